"""Of a file like the one before only the lines that differ are read, and what is found is what a reading of the whole finds."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hevesy.conduct import evidence
from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.evidence import Evidence
from hevesy.conduct.recorded_study import examine
from hevesy.record import Record, Replay
from tests.conftest import EXAMPLE, MAPPINGS
from tests.record.test_forgeries import Entries, rewrite, with_content
from tests.tiers import cases

HEADER = "subject,cohort,day,date,test,value,unit,ctcae4_grade,baseline_flag"
Rows = dict[str, list[str]]


def laboratory(rows: int) -> Rows:
    """Rows by what tells them apart."""
    return {
        f"T{n}": [f"1-0{1 + n % 4}", "1", str(n), "2016-01-01", f"T{n}", str(n), "g/L", "0", "0"] for n in range(rows)
    }


def delivered(study: Path, rows: Rows, ends: str = "\n", order: random.Random | None = None, more: str = "") -> None:
    """A full laboratory file with these rows; what it no longer has is withdrawn."""
    file = study.parent / "lb.csv"
    lines = [",".join(cells) for cells in rows.values()]
    if order is not None:
        order.shuffle(lines)
    file.write_bytes((ends.join([HEADER + more, *lines]) + ends).encode())
    report = import_files(study, [file], who="tester", reason="again", withdraw=True)
    assert not report.refused, report.refused


def begun(folder: Path, dropped: str | None = None) -> Path:
    study, mapping = folder / "study", folder / "sources.toml"
    mapping.write_text((f'drop = ["{dropped}"]\n' if dropped else "") + (MAPPINGS / "clr131.toml").read_text())
    init_study(study, EXAMPLE / "protocol.toml", mapping, "tester")
    import_files(study, [EXAMPLE / "sources" / "dm.csv", EXAMPLE / "sources" / "ex.csv"], who="tester")
    return study


def rows_read(study: Path) -> int:
    """How many rows of kept files one check reads."""
    witnesses: list[Evidence] = []

    def witness(played: Replay) -> Evidence:
        witnesses.append(Evidence(Record(study), played))
        return witnesses[-1]

    assert Record(study).examine(witness).verification.intact
    return witnesses[0].rows_read


def test_of_later_files_only_what_differs_is_read(tmp_path: Path) -> None:
    study, rows, files = begun(tmp_path), laboratory(400), 12
    delivered(study, rows)
    once = rows_read(study)
    for number in range(files):
        rows[f"T{number}"][5] = str(1000 + number)
        rows[f"new {number}"] = [*rows["T0"][:4], f"N{number}", "1", "g/L", "0", "0"]
        delivered(study, rows)
    # the first file a second time, for the key of each of its lines; of each later one the two rows that are other
    assert rows_read(study) == once + 400 + 2 * files


@pytest.mark.parametrize("spoilt", ["a cell of two lines", "another header", "no line of its own"])
def test_a_file_that_cannot_be_read_by_lines_is_read_as_a_whole(tmp_path: Path, spoilt: str) -> None:
    study, rows = begun(tmp_path), laboratory(20)
    delivered(study, rows)
    once = rows_read(study)
    if spoilt == "a cell of two lines":
        rows["T3"][6] = '"g/\nL"'
    rows["T4"][5] = "17"
    file = tmp_path / "lb.csv"
    lines = [HEADER, *(",".join(cells) for cells in rows.values())]
    if spoilt == "another header":
        lines = [f"{lines[0]},more", *(f"{line},1" for line in lines[1:])]
    file.write_text(("\r" if spoilt == "no line of its own" else "\n").join(lines) + "\n")
    assert import_files(study, [file], who="tester", reason="again").written
    assert rows_read(study) >= once + 20


def grown(folder: Path, dice: random.Random) -> Path:
    """A study of five deliveries of one source: values that change, and change back, rows that come, go and come again."""
    study, rows, gone = begun(folder), laboratory(16), Rows()
    quoted = dice.random() < 0.5
    for _ in range(5):
        for name in dice.sample(sorted(rows), 3):
            rows[name] = [*rows[name][:5], dice.choice(["1", "2", "3"]), *rows[name][6:]]
        if dice.random() < 0.6:
            name = dice.choice(sorted(rows))
            gone[name] = rows.pop(name)
        if gone and dice.random() < 0.5:
            name = dice.choice(sorted(gone))
            rows[name] = gone.pop(name)
        if quoted:
            name = dice.choice(sorted(rows))
            rows[name] = [*rows[name][:6], dice.choice(['"g/L"', '"a ""unit"", odd"', '"g/\nL"']), *rows[name][7:]]
        ends = dice.choice(["\n", "\n", "\r\n"])
        delivered(study, rows, ends, dice if dice.random() < 0.3 else None)
    return study


def forged(entries: Entries, dice: random.Random) -> Entries:
    """One thing changed by somebody who then makes the chain anew, with the counts that the deliveries tell of themselves."""
    own = [n for n, entry in enumerate(entries) if entry.key.startswith("laboratory|")]
    place = dice.choice(own)
    entry = entries[place]
    kind = dice.choice(["value", "value", "line", "key", "gone", "gone", "twice", "withdrawn", "moved", "action"])
    if kind == "value" and entry.content:
        entries[place] = with_content(entry, value=dice.choice(["1", "2", "3", "99"]))
    elif kind == "line":
        entries[place] = entry._replace(line=(entry.line or 0) + dice.choice([-1, 1]))
    elif kind == "key":
        entries[place] = entry._replace(key=entries[dice.choice(own)].key)
    elif kind == "gone":
        del entries[place]
    elif kind == "twice":
        entries.insert(place, entry)
    elif kind == "withdrawn":
        entries.insert(place, entry._replace(action="withdrawal", key=entries[dice.choice(own)].key, content=None))
    elif kind == "moved":
        entries.insert(dice.choice(own), entries.pop(place))
    else:
        entries[place] = entry._replace(action="correction" if entry.action == "row" else "row")
    return counted_again(entries)


def counted_again(entries: Entries) -> Entries:
    """Each delivery tells what follows it."""
    last, counted = -1, {"row": 0, "correction": 0}
    for place, entry in enumerate([*entries, entries[0]]):
        if entry.action not in ("row", "correction", "withdrawal"):
            if last >= 0:
                told = {"added": counted["row"], "changed": counted["correction"]}
                entries[last] = with_content(entries[last], **told)
            last, counted = (place if entry.action == "delivery" else -1), {"row": 0, "correction": 0}
        elif entry.action != "withdrawal":
            counted[entry.action] += 1
    return entries


def put_in_place_of(kept: Path, content: bytes) -> Callable[[Entries], Entries]:
    """Another content for a kept file, under its new hash here and in every entry."""
    before, digest = (hashlib.sha256(some).hexdigest() for some in (kept.read_bytes(), content))
    place = kept.parent.with_name(digest[:16])
    place.mkdir(exist_ok=True)
    (place / kept.name).write_bytes(content)
    if digest != before:
        shutil.rmtree(kept.parent)
    return lambda entries: [
        entry._replace(source_sha256=digest) if entry.source_sha256 == before else entry for entry in entries
    ]


def kept_file_changed(study: Path, dice: random.Random) -> Callable[[Entries], Entries]:
    """A line of a kept file taken away, doubled or swapped with another."""
    kept = dice.choice(sorted(study.glob("sources/*/lb.csv")))
    header, *lines = kept.read_bytes().splitlines(keepends=True)
    one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
    match dice.choice(["gone", "twice", "swapped", "the header again"]):
        case "gone":
            del lines[one]
        case "twice":
            lines.insert(two, lines[one])
        case "swapped":
            lines[one], lines[two] = lines[two], lines[one]
        case _:
            lines.insert(two, header)
    return put_in_place_of(kept, b"".join([header, *lines]))


@pytest.mark.parametrize("number", range(cases(100)))
def test_what_is_found_is_what_a_reading_of_every_line_finds(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(number)
    study = grown(tmp_path, dice)
    assert examine(study).verification.intact
    found = 0
    for attempt in range(20):
        spoilt = tmp_path / f"{attempt}"
        shutil.copytree(study, spoilt)
        rewrite(
            spoilt,
            kept_file_changed(spoilt, dice) if attempt % 4 == 3 else lambda entries: forged(entries, dice),
        )
        by_lines = examine(spoilt).verification.faults
        with monkeypatch.context() as without:
            without.setattr(evidence, "lines_of", lambda *_: None)
            by_rows = examine(spoilt).verification.faults
            without.setattr(Evidence, "_before", lambda *_: None)
            whole = examine(spoilt).verification.faults
        assert by_lines == by_rows == whole
        found += bool(whole)
    assert found >= 10


def test_a_correction_that_was_taken_out_is_found_though_the_line_was_there_once_before(tmp_path: Path) -> None:
    """A value that goes from 0 to 5 and back to 0; without the way back the ledger says 5, and the last file 0."""
    study, rows = begun(tmp_path), laboratory(8)
    for value in ("0", "5", "0"):
        rows["T2"][5] = value
        delivered(study, rows)
    rewrite(study, lambda entries: counted_again(entries[:-1]))
    told = examine(study).verification.faults
    assert len(told) == 1
    assert "(laboratory|1-03|2016-01-01|T2) contradicts line 4 of the kept file" in told[0]


def test_a_withdrawal_that_was_put_in_is_found_though_no_line_of_the_file_is_new(tmp_path: Path) -> None:
    study, rows = begun(tmp_path), laboratory(8)
    delivered(study, rows)
    rows["T1"][5] = "7"
    delivered(study, rows)

    def withdraw(entries: Entries) -> Entries:
        told = entries[-2]
        assert json.loads(told.content or "")["changed"] == 1
        return [*entries, entries[-1]._replace(action="withdrawal", key="laboratory|1-04|2016-01-01|T3", content=None)]

    rewrite(study, withdraw)
    told = examine(study).verification.faults
    assert len(told) == 1
    assert "line 5 of the kept file (laboratory|1-04|2016-01-01|T3) is not in the ledger" in told[0]


def test_an_entry_put_in_is_found_though_as_many_lines_are_new_as_there_are_entries(tmp_path: Path) -> None:
    """Of a copy without some columns, whose lines are not those delivered, one new line stands twice in the forged file."""
    study, rows = begun(tmp_path, dropped="remark"), laboratory(8)
    for cells in rows.values():
        cells.append("seen")
    delivered(study, rows, more=",remark")
    first = set(study.glob("sources/*/lb.csv"))
    rows["T1"][5] = "7"
    delivered(study, rows, more=",remark")
    (kept,) = set(study.glob("sources/*/lb.csv")) - first
    lines = kept.read_bytes().splitlines(keepends=True)
    under_its_hash = put_in_place_of(kept, b"".join([*lines, lines[2]]))

    def put_in(entries: Entries) -> Entries:
        row = next(entry for entry in entries if entry.key.endswith("|T3"))
        more = with_content(
            entries[-1]._replace(key=row.key, line=5), **json.loads(row.content or "") | {"value": "99"}
        )
        return under_its_hash(counted_again([*entries, more]))

    rewrite(study, put_in)
    told = examine(study).verification.faults
    assert len(told) == 1
    assert "(laboratory|1-04|2016-01-01|T3) contradicts line 5 of the kept file" in told[0]
