"""Odd and hostile files: each is refused with one sentence that names the file, the place, the value and the rule; nothing hangs."""

from __future__ import annotations

import gzip
import json
import re
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars
import pyreadstat
import pytest

from hevesy.errors import DeliveryError
from hevesy.files import limits, tables
from hevesy.files.protocol import read_protocol
from hevesy.files.sources import read_sources
from hevesy.files.tables import DeliveredTable, read_table
from tests.conftest import EXAMPLE, MAPPINGS, ROOT
from tests.files.test_dataset_json import AGE, content

PROTOCOL = (EXAMPLE / "protocol.toml").read_text()
SOURCES = (MAPPINGS / "clr131.toml").read_text()
QUICK_S = 5.0


def refusal(read: Callable[[], object]) -> str:
    """The one sentence of a file that is refused, and soon."""
    began = time.monotonic()
    with pytest.raises(DeliveryError) as error:
        read()
    assert time.monotonic() - began < QUICK_S
    told = str(error.value)
    assert "\n" not in told
    assert len(told) < 1000
    told.encode()
    return told


def refused(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> str:
    """Why a table is refused; the sentence begins with the file's name."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    told = refusal(lambda: read_table(path, encoding))
    assert told.startswith(name)
    return told


def read(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> DeliveredTable:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, encoding)


def test_a_csv_of_100_000_columns_is_refused_at_once(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(100_000))
    assert refused(tmp_path, "wide.csv", f"{names}\n") == "wide.csv, line 1: 100,000 columns; at most 5,000 are read"


def test_more_rows_than_are_read_are_refused_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ROWS", 3)
    assert refused(tmp_path, "long.csv", "a\n1\n2\n3\n4\n") == "long.csv, line 5: more than 3 rows; deliver it in parts"
    assert len(read(tmp_path, "right.csv", "a\n1\n2\n3\n").rows) == 3
    frame = polars.DataFrame({"a": [1, 2, 3, 4]})
    frame.write_parquet(tmp_path / "long.parquet")
    pyreadstat.write_xport(frame, str(tmp_path / "long.xpt"), file_format_version=5)
    for name in ("long.parquet", "long.xpt"):
        assert (
            refusal(lambda name=name: read_table(tmp_path / name))  # type: ignore[misc]
            == f"{name}: 4 rows; at most 3 are read: deliver it in parts"
        )
    text = content(records=4, rows=[[1], [2], [3], [4]])
    assert refused(tmp_path, "dm.json", text) == "dm.json: 4 rows; at most 3 are read: deliver it in parts"


def test_more_values_or_bytes_than_are_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_VALUES", 5)
    assert (
        refused(tmp_path, "a.csv", "a,b\n1,2\n1,2\n1,2\n") == "a.csv, line 4: more than 5 values; deliver it in parts"
    )
    polars.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3]}).write_parquet(tmp_path / "a.parquet")
    assert "a.parquet: 6 values; at most 5 are read" in refusal(lambda: read_table(tmp_path / "a.parquet"))
    monkeypatch.setattr(limits, "MOST_BYTES", 10)
    assert refused(tmp_path, "b.csv", "a,b\n1,2\n1,2\n") == "b.csv: 12 bytes; at most 10 are read: deliver it in parts"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a;b;c\n1,5;2;3\n",
            "looks like semicolon-separated values (as Excel writes in some countries): export it with commas",
        ),
        ("a;b, mg;c\n1;2;3\n", "looks like semicolon-separated values"),
        ("a\tb\n1\t2\n", "looks like tab-separated values"),
        ("a|b\n1|2\n", "looks like values separated by |"),
        ("\n1,2\n", "line 1: the first line is empty; it must name the columns"),
        ("a,b\x00\n1,2\n", "line 1: the column 'b\\x00' has a control character in its name"),
        ("a,\x1b[2J\n1,2\n", "control character"),
        ("a,b,a\n1,2,3\n", "two columns are called 'a'"),
        ("%PDF-1.7\n", "looks like a PDF"),
        ("<!DOCTYPE html>\n<html>", "looks like a web page (HTML)"),
        ("\n <html><table>", "looks like a web page (HTML)"),
        ('<?xml version="1.0"?>', "looks like XML"),
        ('{"a": 1}', "looks like JSON"),
        ("{\\rtf1", "looks like a text document (RTF)"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "looks like gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "looks like an Excel workbook of the old kind (.xls)"),
        (b"PAR1" + bytes(10), "looks like parquet: give it the ending .parquet"),
        (
            b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!",
            "looks like a SAS transport file: give it the ending .xpt",
        ),
        ("a,b\n1,2\n".encode("utf-16"), "looks like UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "NUL"),
    ],
)
def test_what_is_no_csv_is_told_what_it_looks_like(tmp_path: Path, text: str | bytes, words: str) -> None:
    assert words in refused(tmp_path, "dm.csv", text)


@pytest.mark.parametrize("name", ["dm.csv", "dm.xlsx"])
def test_a_workbook_is_told_to_be_exported(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert refusal(lambda: read_table(tmp_path / name)) == (
        f"{name}: looks like an Excel workbook: export the sheet as CSV (UTF-8) and deliver that"
    )


@pytest.mark.parametrize("ending", [".xls", ".ods", ".tsv", ".txt", ".gz", ".zip", ".sas7bdat", ".pdf", ""])
def test_an_ending_that_is_not_read_says_what_to_do(tmp_path: Path, ending: str) -> None:
    assert "export" in refused(tmp_path, f"dm{ending}", "a,b\n1,2\n")


def test_utf_16_needs_its_mark_or_its_order(tmp_path: Path) -> None:
    text = "a,b\n1,2\n"
    assert read(tmp_path, "a.csv", text.encode("utf-16"), "utf-16").columns == ("a", "b")
    assert read(tmp_path, "a.csv", text.encode("utf-16-le"), "utf-16-le").columns == ("a", "b")
    assert read(tmp_path, "a.csv", b"\xff\xfe" + text.encode("utf-16-le"), "utf-16-le").columns == ("a", "b")
    assert "utf-16 text begins with a byte order mark, or its order is named: utf-16-le" in refused(
        tmp_path, "a.csv", text.encode("utf-16-le"), "utf-16"
    )
    assert "line 3: not utf-16 text" in refused(tmp_path, "a.csv", (text + "x\n").encode("utf-16")[:-1], "utf-16")


def test_a_line_that_is_not_text_is_named(tmp_path: Path) -> None:
    assert "dm.csv, line 3: not utf-8 text (byte 0xe9)" in refused(tmp_path, "dm.csv", b"a,b\n1,2\n\xe9,4\n")
    assert "dm.csv, line 2: not shift_jis text" in refused(tmp_path, "dm.csv", b"a,b\n\x81\n", "shift_jis")


ENCODINGS = [
    "punycode",
    "idna",
    "base64",
    "rot13",
    "hex",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "utf-7",
    "klingon",
    "",
    "a\x00b",
]


@pytest.mark.parametrize("name", ENCODINGS)
def test_an_encoding_that_is_none_of_text_is_refused_where_it_is_named(tmp_path: Path, name: str) -> None:
    text = f"encoding = {json.dumps(name)}\n".join(SOURCES.partition("[[source]]\n")[::2]).replace(
        "encoding", "[[source]]\nencoding", 1
    )
    told = refusal(lambda: read_sources(text))
    assert told.startswith("sources.toml, source[1].encoding")
    refused(tmp_path, "dm.csv", "a,b\n", name)


@pytest.mark.parametrize(
    "name", ["latin-1", "cp1252", "UTF8", "utf-8-sig", "utf_16", "shift_jis", "gb18030", "koi8-r", "mac-roman"]
)
def test_an_encoding_of_text_is_taken(name: str) -> None:
    read_sources(SOURCES.replace("[[source]]\n", f'[[source]]\nencoding = "{name}"\n', 1))


def test_a_file_that_may_not_be_read_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tables, "sha256_of", denied)
    assert refused(tmp_path, "dm.csv", "a\n") == "dm.csv: cannot be read: Permission denied"


NESTED = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (content(rows=["deep"]).replace('"deep"', NESTED), "nested deeper than"),
        (content(originator="deep").replace('"deep"', NESTED[:400] + NESTED[-400:]), "originator is text, got [[["),
        (content(rows=[["9"]]).replace('"9"', "9" * 5000), "a number of 5,000 digits"),
        (content(rows=[["9"]]).replace('"9"', "1e400"), "1e400 is beyond every number"),
        (content(columns=[{**AGE, "dataType": "decimal"}], rows=[["1" * 200_000 + "x"]]), "is not of type decimal"),
        (content(columns=[{**AGE, "dataType": "decimal"}], rows=[["1" * 200_000]]), "is not of type decimal"),
        (content(columns=[{**AGE, "dataType": "date"}], rows=[["1" * 200_000]]), "is not of type date"),
        (content(columns=[{**AGE, "dataType": "date"}], rows=[["\u0662\u0660\u0662\u0664"]]), "is not of type date"),
        (content(columns=[{**AGE, "dataType": "time"}], rows=[["00:00:00." + "1" * 5000]]), "is not of type time"),
        (
            content(columns=[{**AGE, "dataType": "string", "length": "9"}]),
            "column 1: length is a whole number of 1 or more, got '9'",
        ),
        (content(columns=[{**AGE, "dataType": "string", "length": 0}]), "length is a whole number of 1 or more, got 0"),
        (content(columns=[{**AGE, "dataType": "string", "length": True}]), "length is a whole number"),
        (content(columns=[{**AGE, "dataType": "string", "keySequence": 1.0}]), "keySequence is a whole number"),
        (content(columns=[{**AGE, "dataType": "string", "displayFormat": 8}]), "displayFormat is text, got 8"),
        (
            content(columns=[{**AGE, "dataType": "string", "targetDataType": "text"}]),
            "targetDataType is integer or decimal, got 'text'",
        ),
        (content(columns=[{**AGE, "dataType": "string", "targetDataType": ["integer"]}]), "targetDataType"),
        (content(records="1"), "records is a whole number, got '1'"),
        (content(records=1.0), "records is a whole number, got 1.0"),
        (content(datasetJSONVersion=1.1), "datasetJSONVersion is 1.1"),
        (content(datasetJSONVersion="1.12"), "datasetJSONVersion is '1.12'"),
        (content(studyOID=5), "studyOID is text, got 5"),
        (content(sourceSystem="EDC"), "sourceSystem is an object of name and version, got 'EDC'"),
        (content(columns=[{**AGE, "name": " ", "dataType": "integer"}]), "column 1: a column has no name"),
        (content(columns=[{**AGE, "name": "A\u0007", "dataType": "integer"}]), "control character"),
        (
            content(columns=[{**AGE, "dataType": "string"}], rows=[["a\x00b"]]),
            "row 1, AGE: 'a\\x00b' has a NUL character",
        ),
        (
            content(columns=[{**AGE, "dataType": "string"}], rows=[["\ud800"]]),
            "row 1, AGE: '\\ud800' has half a character",
        ),
        (content(label="\udfff"), "label: '\\udfff' has half a character"),
        (content(originator="\ud800"), "originator: '\\ud800' has half a character"),
        (content().replace('"AGE"', '"AGE", "name": "SEX"'), "the key 'name' stands twice in one object"),
        ("{" + ",".join(f'"k{number % 250_000}": 1' for number in range(500_000)) + "}", "the key 'k0' stands twice"),
        (content(columns=[], rows=[], records=0), "there are no columns"),
        (content(rows=[[44], {"AGE": 44}]), "rows are not lists of values"),
        (content(columns=[{**AGE, "dataType": ["integer"]}]), "column 1: no dataType"),
        (
            content(
                columns=[{**AGE, "name": f"V{number}", "dataType": "integer"} for number in range(5001)],
                rows=[],
                records=0,
            ),
            "5,001 columns",
        ),
    ],
)
def test_dataset_json_that_is_odd_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, "dm.json", text)


def lines(**changed: Any) -> str:
    given = json.loads(content(**changed))
    rows = given.pop("rows")
    return "\n".join([json.dumps(given), *(json.dumps(row, ensure_ascii=False) for row in rows)])


def test_a_line_of_ndjson_that_is_odd_is_named(tmp_path: Path) -> None:
    assert "dm.ndjson, line 3: not readable as JSON" in refused(tmp_path, "dm.ndjson", lines(rows=[[1]]) + "\n[2")
    assert "dm.ndjson, line 2: nested deeper than" in refused(tmp_path, "dm.ndjson", lines(rows=[]) + "\n" + NESTED)
    assert "dm.ndjson, line 2: a number of 5,000 digits" in refused(
        tmp_path, "dm.ndjson", lines(rows=[]) + "\n[" + "9" * 5000 + "]"
    )


def test_a_separator_of_lines_inside_a_text_ends_no_line_of_ndjson(tmp_path: Path) -> None:
    text = lines(columns=[{**AGE, "dataType": "string"}], rows=[["a\u2028b\u0085c"]])
    assert read(tmp_path, "dm.ndjson", text).rows[0].values == {"AGE": "a\u2028b\u0085c"}


def transport(folder: Path) -> bytes:
    frame = polars.DataFrame({"USUBJID": ["01-1", "01-2"], "AGE": [44.5, 61.0]})
    pyreadstat.write_xport(frame, str(folder / "whole.xpt"), table_name="DM", file_format_version=5)
    return (folder / "whole.xpt").read_bytes()


def changed(whole: bytes, mark: bytes, offset: int, new: bytes) -> bytes:
    at = whole.index(mark) + offset
    return whole[:at] + new + whole[at + len(new) :]


NAMESTR, OBS = b"HEADER RECORD*******NAMESTR", b"HEADER RECORD*******OBS"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda whole: changed(whole, NAMESTR, 54, b"9999"), "9,999 variables"),
        (
            lambda whole: changed(whole, NAMESTR, 54, b"0900"),
            "900 variables are declared and their descriptions end before",
        ),
        (lambda whole: changed(whole, NAMESTR, 54, b"  -1"), "the number of its variables is damaged"),
        (lambda whole: changed(whole, NAMESTR, 54, b"0000"), "no variables"),
        (lambda whole: changed(whole, NAMESTR, 80 + 4, b"\xff\xff"), "variable 1 is of length 65535"),
        (lambda whole: changed(whole, NAMESTR, 80 + 4, b"\x00\x00"), "variable 1 is of length 0"),
        (lambda whole: changed(whole, NAMESTR, 80 + 140 + 4, b"\x00\x09"), "variable 2 is of length 9"),
        (lambda whole: changed(whole, NAMESTR, 80 + 0, b"\x00\x07"), "variable 1 is of type 7"),
        (lambda whole: changed(whole, NAMESTR, 80 + 8, b" " * 8), "a column has no name"),
        (lambda whole: changed(whole, NAMESTR, 80 + 140 + 8, b"USUBJID "), "two columns are called 'USUBJID'"),
        (lambda whole: whole + whole[240:], "more than one dataset"),
        (
            lambda whole: whole.replace(OBS, b"HEADER RECORD*******OBX"),
            "header records of its variables or observations are missing",
        ),
    ],
)
def test_a_damaged_transport_file_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    assert words in refused(tmp_path, "dm.xpt", damage(transport(tmp_path)))


def columnar(folder: Path, frame: polars.DataFrame) -> bytes:
    frame.write_parquet(folder / "whole.parquet", compression="zstd")
    return (folder / "whole.parquet").read_bytes()


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    whole = columnar(tmp_path, polars.DataFrame({"a": ["x", "y"], "b": [1, 2]}))
    assert "not a parquet file" in refused(tmp_path, "dm.parquet", b"PAR2" + whole[4:])
    assert "truncated" in refused(tmp_path, "dm.parquet", whole[:-20])
    assert "footer" in refused(tmp_path, "dm.parquet", whole[:-8] + struct.pack("<I", 2**31) + b"PAR1")
    assert "footer" in refused(tmp_path, "dm.parquet", whole[:-8] + struct.pack("<I", 3) + b"PAR1")


def test_parquet_that_would_fill_the_memory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    text = "x" * 1_000_000
    columnar(tmp_path, polars.DataFrame({"a": [text + str(number) for number in range(600)]}))
    assert "whole.parquet: 6" in (told := refusal(lambda: read_table(tmp_path / "whole.parquet")))
    assert "bytes uncompressed; at most 500,000,000 are read" in told
    columnar(tmp_path, polars.DataFrame({"a": [text] * 600}))
    assert "bytes" in refusal(lambda: read_table(tmp_path / "whole.parquet"))


def test_parquet_that_is_no_table_of_values_is_refused(tmp_path: Path) -> None:
    columnar(tmp_path, polars.DataFrame({"a": [[1, 2], [3]]}))
    assert "column 'a' holds lists" in refusal(lambda: read_table(tmp_path / "whole.parquet"))
    columnar(tmp_path, polars.DataFrame({"a": [b"\xff", b"a"]}))
    assert "column 'a' holds bytes" in refusal(lambda: read_table(tmp_path / "whole.parquet"))
    columnar(tmp_path, polars.DataFrame({"a": ["x", "y\x00"]}))
    assert "whole.parquet, line 2: 'y\\x00' in 'a' has a NUL character" in refusal(
        lambda: read_table(tmp_path / "whole.parquet")
    )
    columnar(tmp_path, polars.DataFrame({"": ["x"]}))
    assert "a column has no name" in refusal(lambda: read_table(tmp_path / "whole.parquet"))
    columnar(tmp_path, polars.DataFrame({"a": [2**62]}).cast(polars.Datetime("ms")))
    assert "whole.parquet" in refusal(lambda: read_table(tmp_path / "whole.parquet"))


def protocol(**lines: str) -> Callable[[], object]:
    """The demonstration's protocol with keys of a table replaced."""
    text = PROTOCOL
    for key, value in lines.items():
        text, done = re.subn(
            rf"(?m)^{key} = .*$",
            lambda _found, key=key, value=value: f"{key} = {value}",  # type: ignore[misc]
            text,
            count=1,
        )
        assert done == 1, key
    return lambda: read_protocol(text)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("window_d", "9" * 18, "whole numbers here lie within 1,000,000,000"),
        ("window_d", "9" * 5000, "a number of 5,000 digits"),
        ("window_d", "0x" + "f" * 5000, "whole numbers here lie within"),
        ("window_d", "4000", "protocol.toml, dlt.window_d: must be 3,650 or less, got 4000"),
        ("cohort_size", "1000000000000000", "protocol.toml, escalation.cohort_size: whole numbers here lie within"),
        ("cohort_size", "101", "escalation.cohort_size: must be 100 or less, got 101"),
        ("within_d", "3651", "within_d: must be 3,650 or less"),
        ("tolerance_d", "3651", "tolerance_d: must be 3,650 or less"),
        ("on_days", "[1, 999999]", "on_days: lies in -3,650..3,650, got 999999"),
        ("on_days", "[1, true]", "must be a list of whole numbers, got True in it"),
        ("infusion", '"1e308 weeks"', "infusion"),
        ("infusion", '"1e-400 h"', "infusion"),
        ("activity", '"1e308 TBq/m2"', "dose_level[1].activity"),
        ("id", '"a\\u0000b"', "study.id: 'a\\x00b' has a NUL character"),
        ("id", '"a\\nb"', "study.id: a name is one line of text, without control characters, got 'a\\nb'"),
        ("id", f'"{"a" * 200}"', "study.id: a name has 1 to 60 characters, got 200"),
        ("id", '""', "study.id: a name has 1 to 60 characters, got 0"),
        ("title", '"a\\u001bb"', "study.title"),
        ("title", f'"{"a" * 400}"', "study.title: a name has 1 to 300 characters, got 400"),
        ("title", '"\\ud800"', "protocol.toml"),
        ("start_before", '"1e300 weeks"', "start_before"),
    ],
)
def test_a_protocol_beyond_all_bounds_is_refused(key: str, value: str, words: str) -> None:
    assert words in refusal(protocol(**{key: value}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = " + NESTED, "protocol.toml, line 1: nested deeper than"),
        ("[study]\na = " + "{ a = " * 5000 + "1" + "}" * 5000, "protocol.toml, line 2: nested deeper than"),
        ("a" + ".a" * 100_000 + " = 1", "protocol.toml, line 1: nested deeper than"),
        ("[" + "a." * 1000 + "a]\n", "protocol.toml, line 1: nested deeper than"),
        ("a = 1979-13-45", "not valid TOML"),
        ("a = nan\n[study]", "protocol.toml, a: must be a finite number, got nan"),
        ("a = [[inf]]\n[study]", "protocol.toml, a[1][1]: must be a finite number"),
        ('a = """' + "x" * 20_000 + '"""', "a: a text has at most 10,000 characters, got 20,000"),
        ('"' + "x" * 600 + '" = 1', "a key has at most 500 characters, got 600"),
        ("#" + "x" * 1_000_001, "protocol.toml: 1,000,002 characters; at most 1,000,000 are read"),
        ("[[arm]]\ncode='a'\nname='a'\n" * 1001, "protocol.toml, arm: at most 1,000 tables, got 1,001"),
        ("a = [" + "1," * 10_001 + "]", "protocol.toml, a: at most 10,000 values, got 10,001"),
        ("a = 1\ud800", "protocol.toml"),
        ('[study]\ndisease = "\\u001b[2J"', "protocol.toml, study.disease: '\\x1b[2J' has a control character"),
        ('[study]\n"a\\u0007" = 1', "protocol.toml, study: the key 'a\\x07' has a control character"),
        ("\x00", "protocol.toml"),
        (
            "[study]\nid='a'\ntitle='a'\nreadout_cuts=[9999-12-31]\n[[arm]]\ncode='a'\nname='a'\n",
            "study.readout_cuts: a year lies in 1900..2200",
        ),
        ("'''\\" * 100_000, "protocol.toml"),
        ('"""\\' * 100_000, "protocol.toml"),
    ],
)
def test_toml_that_is_odd_is_refused(text: str, words: str) -> None:
    told = refusal(lambda: read_protocol(text))
    assert words in told


def mapping(old: str, new: str) -> Callable[[], object]:
    assert old in SOURCES
    return lambda: read_sources(SOURCES.replace(old, new, 1))


FIRST = "[[source]]\n"


@pytest.mark.parametrize(
    "date_format",
    [
        "%Y%Y",
        "%d %b %B %Y",
        "%Q",
        "%",
        "%Y-%m",
        "%H:%M",
        "",
        "abc",
        "%s",
        "%Y-%m-%d\x00",
        "%d" * 100,
        "%Y-%m-%d" * 1000,
        "%e %Y %m",
    ],
)
def test_a_date_format_that_gives_no_date_back_is_refused(date_format: str) -> None:
    text = SOURCES.replace(
        'subject = "subject"',
        f'first_treatment = {{ column = "x", date_format = {json.dumps(date_format)} }}\nsubject = "subject"',
        1,
    )
    text = text.replace('first_treatment = "first_infusion"\n', "", 1)
    told = refusal(lambda: read_sources(text))
    assert re.match(r"sources\.toml, source\[1\]\.fields\.\w+\.date_format: ", told)


@pytest.mark.parametrize(
    "date_format",
    [
        "%d-%m-%Y",
        "%d %b %Y",
        "%d%b%Y:%H:%M:%S",
        "%Y-%m-%dT%H:%M:%S%z",
        "%m/%d/%y",
        "%Y%m%d %I:%M %p",
        "%j %Y",
        "%%%Y-%m-%d",
    ],
)
def test_a_date_format_that_gives_the_date_back_is_taken(date_format: str) -> None:
    text = SOURCES.replace(
        'subject = "subject"',
        f'first_treatment = {{ column = "x", date_format = "{date_format}" }}\nsubject = "subject"',
        1,
    )
    read_sources(text.replace('first_treatment = "first_infusion"\n', "", 1))


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (f'name = "{"n" * 200}"\n', "source[1].name: a name has 1 to 60 characters, got 200"),
        ('name = "a\\u0007"\n', "source[1].name: 'a\\x07' has a control character"),
        ('name = "a\\nb"\n', "source[1].name: a name is one line of text"),
    ],
)
def test_a_source_whose_name_can_be_no_files_is_refused(new: str, words: str) -> None:
    assert words in refusal(lambda: read_sources(re.sub(r'(?m)^name = ".*"\n', lambda _: new, SOURCES, count=1)))


@pytest.mark.parametrize(
    "zone",
    ["a." * 3000 + "a", "..", "/etc/passwd", "America", "", "a\u0000", "America/" + "x" * 5000, "tzdata.zoneinfo"],
)
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    text = SOURCES.replace('"America/Chicago"', json.dumps(zone), 1)
    assert "sources.toml, time_zone: " in refusal(lambda: read_sources(text))


def test_a_long_message_keeps_its_ends_and_is_one_line() -> None:
    told = str(DeliveryError("dm.csv, line 1: " + "x" * 5000 + "\x1b\n\ud800 is not a number"))
    assert told.startswith("dm.csv, line 1: xxx")
    assert told.endswith("  \\ud800 is not a number")
    assert len(told) < 1000


def test_a_pattern_of_files_is_short() -> None:
    told = refusal(lambda: read_sources(re.sub(r'(?m)^file = ".*"$', f'file = "{"*a" * 300}"', SOURCES, count=1)))
    assert "source[1].file: a name has 1 to 200 characters, got 600" in told


def test_every_key_of_sources_toml_is_documented() -> None:
    code = (ROOT / "src" / "hevesy" / "files" / "sources.py").read_text()
    asked = set(re.findall(r'\.(?:get|maybe|has|texts|section|sections|name|is_table)\(\s*"(\w+)"', code))
    page = (ROOT / "docs" / "reference" / "sources.md").read_text()
    named = set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE))
    assert {"encoding", "key", "ignore", "delivery", "only", "date_format", "others", "record", "events"} <= asked
    assert asked == named


def test_the_limits_are_documented() -> None:
    page = (ROOT / "docs" / "reference" / "sources.md").read_text()
    for limit in (
        limits.MOST_ROWS,
        limits.MOST_COLUMNS,
        limits.MOST_VALUES,
        limits.MOST_BYTES,
        limits.LONGEST_LINE_BYTES,
    ):
        assert f"{limit:,}" in page
