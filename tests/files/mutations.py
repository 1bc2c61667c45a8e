"""Seeded mutations of valid files, and the process that reads them: one file after the other, each within its time, under a limit of memory.

Usage: python -m tests.files.mutations KIND FIRST COUNT   (one line of JSON for each file that is told about, and one at the end)
"""

from __future__ import annotations

import json
import random
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import polars
import pyreadstat

from hevesy.errors import DeliveryError
from hevesy.files.dataset_json import Column, Dataset, Value, write_dataset_json
from hevesy.files.protocol import read_protocol
from hevesy.files.sources import read_sources
from hevesy.files.tables import read_table
from hevesy.study.delivered import fact_of
from tests.conftest import EXAMPLE, MAPPINGS

KINDS = ("csv", "xpt", "parquet", "json", "ndjson", "protocol", "sources")
SECONDS_A_FILE = 10
ADDRESS_SPACE_BYTES = 6 << 30
"""Of the process; what it really takes is measured and held against less."""
LONGEST_SENTENCE = 1_000
LARGEST_BYTES = 20_000_000

Mutation = Callable[[bytes, random.Random], bytes]
Fault = Callable[[bytes, Path], tuple[str | None, bool]]
"""What is wrong with how a file is read in a folder (None: nothing), and whether it is refused."""


def valid(kind: str) -> bytes:
    """A valid file of a kind."""
    if kind == "protocol":
        return (EXAMPLE / "protocol.toml").read_bytes()
    if kind == "sources":
        return (MAPPINGS / "clr131.toml").read_bytes()
    rows = (EXAMPLE / "sources" / "lb.csv").read_bytes().splitlines(keepends=True)[:40]
    if kind == "csv":
        return b"".join(rows)
    frame = polars.DataFrame(
        {
            "USUBJID": [f"01-{number % 7}" for number in range(60)],
            "AGE": [None if number == 5 else 40.5 + number for number in range(60)],
            "VISIT": list(range(60)),
            "SEX": ["F" if number % 2 else "Ärztin" for number in range(60)],
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole"
        if kind == "xpt":
            pyreadstat.write_xport(frame, str(path), table_name="DM", file_format_version=5)
            return path.read_bytes()
        if kind == "parquet":
            days = polars.date_range(polars.date(2016, 1, 1), polars.date(2016, 2, 29), eager=True).alias("DAY")
            frame.with_columns(days, (days.cast(polars.Datetime("us"))).alias("AT")).write_parquet(
                path, compression="zstd", row_group_size=25
            )
            return path.read_bytes()
    types = {"USUBJID": "string", "AGE": "float", "VISIT": "integer", "SEX": "string"}
    columns = tuple(
        Column(item_oid=f"IT.{name}", name=name, label=name, data_type=of, length=20 if of == "string" else None)
        for name, of in types.items()
    )
    values: tuple[tuple[Value, ...], ...] = tuple(frame.iter_rows())
    dataset = Dataset(
        name="DM", label="Subjects", item_group_oid="IG.DM", columns=columns, rows=values, created="2024-01-01T00:00:00"
    )
    text = write_dataset_json(dataset)
    if kind == "ndjson":
        content = json.loads(text)
        text = "\n".join(
            map(json.dumps, [{key: value for key, value in content.items() if key != "rows"}, *content["rows"]])
        )
    return text.encode()


def _place(content: bytes, draw: random.Random) -> int:
    """A place in a file: anywhere, or near an end, where headers and footers are."""
    near = min(len(content), 700)
    return draw.choice((draw.randint(0, len(content)), draw.randint(0, near), len(content) - draw.randint(0, near)))


def _replaced(content: bytes, pattern: bytes, new: bytes, draw: random.Random) -> bytes:
    found = list(re.finditer(pattern, content[:200_000]))
    if not found:
        return content
    one = draw.choice(found)
    return content[: one.start()] + new + content[one.end() :]


def flip_bits(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 8))):
        if changed:
            changed[min(_place(content, draw), len(changed) - 1)] ^= 1 << draw.randrange(8)
    return bytes(changed)


def cut_off(content: bytes, draw: random.Random) -> bytes:
    return content[: _place(content, draw)]


def take_out(content: bytes, draw: random.Random) -> bytes:
    start = _place(content, draw)
    return content[:start] + content[start + draw.choice((1, 4, 80, 500)) :]


def double(content: bytes, draw: random.Random) -> bytes:
    start = _place(content, draw)
    piece = content[start : start + draw.choice((1, 8, 80, 140, 1000, len(content)))]
    return (
        content[:start] + piece * min(draw.choice((2, 2, 5, 300)), LARGEST_BYTES // (len(piece) + 1)) + content[start:]
    )


ODD = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b'"',
        b"'",
        b",",
        b";",
        b"\r",
        b"\n\n",
        b"\x1b[2J",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\xed\xa0\x80",
    ),
    *(
        b"\\ud800",
        b"\\u0000",
        b"=",
        b"=1+1",
        b"|",
        b"\\",
        b"#",
        b"{",
        b"]",
        b'"""',
        b"'''",
        b"NaN",
        b"null",
        b"true",
        b"%Y%Y",
        b"../../x",
        b"\x80" * 9,
    ),
    *(b"x" * 70_000, b"1" * 200_000, b'"' * 1001, b"," * 6000, b" " * 140_000, b"\xff" * 16),
)


def insert(content: bytes, draw: random.Random) -> bytes:
    start = _place(content, draw)
    return content[:start] + draw.choice(ODD) + content[start:]


def swap_lines(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def repeat_line(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    one = draw.randrange(len(lines))
    return b"\n".join(
        [*lines[:one], *[lines[one]] * draw.choice((2, 50, 5000 if len(lines[one]) < 1000 else 50)), *lines[one:]]
    )


NUMBERS = (
    *(
        b"9" * 5000,
        b"9" * 18,
        b"1e999",
        b"-1e-999",
        b"0x" + b"f" * 4000,
        b"1" * 130_000,
        b"-0",
        b"0",
        b"-1",
        b"1_0",
        b"1e5",
        b"0.1",
        b"2147483648",
    ),
    *(
        b"\xd9\xa1\xd9\xa2",
        b"9999-12-31",
        b"0000-00-00",
        b"4294967295",
        b"18446744073709551616",
        b"nan",
        b"inf",
        b"1." + b"0" * 5000,
        b"0e99999999999999999999",
    ),
)


def blow_up_number(content: bytes, draw: random.Random) -> bytes:
    return _replaced(content, rb"\d+(?:\.\d+)?", draw.choice(NUMBERS), draw)


def exchange_words(content: bytes, draw: random.Random) -> bytes:
    words = re.findall(rb'"[^"\n]{0,80}"|\w{2,40}', content[:200_000]) or [b"x"]
    return _replaced(
        content,
        rb'"[^"\n]{0,80}"|\w{2,40}',
        draw.choice((draw.choice(words), b'""', b"[]", b"{}", b"[1, [2]]", b"'a'")),
        draw,
    )


def edit_header(content: bytes, draw: random.Random) -> bytes:
    head, _, rest = content.partition(b"\n")
    if draw.random() < 0.5 and len(head) < 5000:
        names = head.split(b",")
        one = draw.randrange(len(names))
        names[one] = draw.choice(
            (
                b"",
                b" ",
                names[0],
                b"a\x07",
                b"a;b",
                b"\xef\xbb\xbf",
                b",".join(b"c%d" % number for number in range(100_000)),
            )
        )
        return b",".join(names) + b"\n" + rest
    start = draw.randrange(max(1, min(len(content), 1000)))
    wide = draw.choice((1, 2, 4, 8))
    number = draw.choice(
        (0, 1, 2 ** (8 * wide) - 1, 2 ** (8 * wide - 1), 2 ** (8 * wide - 1) - 1, draw.getrandbits(8 * wide))
    )
    if draw.random() < 0.5:
        start = max(0, len(content) - start - wide)
    return content[:start] + number.to_bytes(wide, draw.choice(("little", "big"))) + content[start + wide :]


def nest(content: bytes, draw: random.Random) -> bytes:
    deep = draw.choice((15, 500, 990, 100_000))
    opening, closing = draw.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"{a=", b"}"), (b"a.", b""), (b"[a.", b"]")))
    nested = opening * deep + b"1" + closing * deep
    start = _place(content, draw)
    return draw.choice(
        (content[:start] + nested + content[start:], _replaced(content, rb'"[^"\n]{0,80}"|\d+', nested, draw))
    )


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, cut_off, take_out, double, insert, swap_lines, repeat_line, blow_up_number, exchange_words, edit_header, nest,
)  # fmt: skip


def mutated(content: bytes, kind: str, number: int) -> tuple[bytes, str]:
    """The mutated file of a number, and what was done to it."""
    draw = random.Random(f"{kind} {number}")
    done = draw.choices(MUTATIONS, k=draw.choice((1, 1, 1, 2, 3)))
    for mutation in done:
        content = mutation(content, draw)[:LARGEST_BYTES]
    return content, ", ".join(mutation.__name__ for mutation in done)


LABORATORY = next(
    mapping for mapping in read_sources((MAPPINGS / "clr131.toml").read_text()) if mapping.kind == "laboratory"
)


def _read(kind: str, content: bytes, folder: Path) -> str:
    """Read a file as the program does; gives its name."""
    if kind in ("protocol", "sources"):
        try:
            text = content.decode()
        except UnicodeDecodeError:
            text = content.decode("latin-1")
        name = f"{kind}.toml"
        (read_protocol if kind == "protocol" else read_sources)(text, name)
        return name
    path = folder / f"dm.{kind}"
    path.write_bytes(content)
    for row in read_table(path).rows:
        json.dumps(row.values, ensure_ascii=False).encode()
        if kind == "csv":
            fact_of(row.values, row.line, LABORATORY, None)
    return path.name


def _fault(kind: str, content: bytes, folder: Path) -> tuple[str | None, bool]:
    """What is wrong with how a file is read (None: nothing), and whether it is refused."""
    try:
        _read(kind, content, folder)
    except DeliveryError as error:
        begins = "dm." if kind not in ("protocol", "sources") else f"{kind}.toml"
        return no_sentence(str(error), begins), True
    except BaseException:
        return traceback.format_exc()[-1500:], False
    return None, False


def no_sentence(told: str, begins: str = "") -> str | None:
    """What is wrong with a refusal: it is no one line of text that begins with the file."""
    if "\n" in told or len(told) > LONGEST_SENTENCE or not told.startswith(begins) or not _is_text(told):
        return f"no sentence: {told[:300]!r}"
    return None


def _is_text(told: str) -> bool:
    try:
        told.encode()
    except UnicodeEncodeError:
        return False
    return True


def _most_bytes() -> int:
    """The most memory this process has held; what the system counts for a child holds its parent's too."""
    status = Path("/proc/self/status")
    if status.is_file():
        (kB,) = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))
        return int(kB) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def play(whole: bytes, change: Callable[[int], tuple[bytes, str]], fault_of: Fault, first: int, count: int) -> None:
    """Read mutated files, telling each; a file that takes too long ends the process by its alarm."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    refused, slowest = 0, 0.0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        fault, was_refused = fault_of(whole, folder)
        assert fault is None, fault
        assert not was_refused
        for number in range(first, first + count):
            content, done = change(number)
            print(json.dumps({"file": number, "done": done}), flush=True)
            signal.alarm(SECONDS_A_FILE)
            began = time.monotonic()
            fault, was_refused = fault_of(content, folder)
            signal.alarm(0)
            slowest = max(slowest, time.monotonic() - began)
            refused += was_refused
            if fault is not None:
                print(json.dumps({"file": number, "done": done, "fault": fault}), flush=True)
    most = _most_bytes()
    print(
        json.dumps({"files": count, "refused": refused, "slowest_s": round(slowest, 2), "most_bytes": most}), flush=True
    )


def main() -> None:
    """Read mutated files of a kind."""
    kind, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    whole = valid(kind)
    play(
        whole,
        lambda number: mutated(whole, kind, number),
        lambda content, folder: _fault(kind, content, folder),
        first,
        count,
    )


if __name__ == "__main__":
    main()
