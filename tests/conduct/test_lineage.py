"""What became of each row: corrected, withdrawn, delivered again, confirmed; and what every other entry of the record is."""

from __future__ import annotations

import pytest

import hevesy
from hevesy.conduct.confirmation import confirm
from hevesy.conduct.lineage import lineage
from hevesy.conduct.recorded_study import read_record
from hevesy.record import Record
from tests.conftest import EXAMPLE, Folder, entries_of

LINES = (EXAMPLE / "sources" / "lb.csv").read_text(encoding="utf-8").splitlines()
PLACE = next(place for place, line in enumerate(LINES) if line.startswith("1-01,1,8,2015-07-08,PLT,244,"))


def laboratory(folder: Folder, value: str | None, **how: object) -> None:
    """The laboratory file with another value in one line, or without that line (None)."""
    own = [] if value is None else [LINES[PLACE].replace("PLT,244,", f"PLT,{value},")]
    text = "\n".join([*LINES[:PLACE], *own, *LINES[PLACE + 1 :]]) + "\n"
    assert folder.deliver(folder.write("lb.csv", text), **how).written  # type: ignore[arg-type]


def row_of(folder: Folder) -> int:
    """The ledger row that counts of that line."""
    return next(
        row.sequence
        for row in read_record(folder.path).rows.values()
        if row.source == "laboratory" and (row.values["subject"], row.values["date"]) == ("1-01", "2015-07-08")
        if row.values["test"] == "PLT"
    )


def test_a_row_has_its_file_line_values_and_author(demo: Folder) -> None:
    row = lineage(read_record(demo.path)).row(row_of(demo))
    assert (row.file, row.line, row.source, row.who, row.because) == ("lb.csv", PLACE + 1, "laboratory", "tester", ())
    assert row.values.items() >= {"subject": "1-01", "test": "PLT", "value": "244", "unit": "10^9/L"}.items()
    entry = entries_of(demo.path)[row.ledger_row - 1]
    assert (row.recorded_at, row.key) == (entry.recorded_at, entry.key)


def test_a_correction_names_the_row_that_counts_now(demo: Folder) -> None:
    first = row_of(demo)
    laboratory(demo, "245", reason="typed wrongly")
    second = row_of(demo)
    laboratory(demo, "246", reason="typed wrongly again")
    third = row_of(demo)
    known = lineage(read_record(demo.path))
    fate = known.fate(first)
    assert (fate.state, fate.now) == ("corrected", third)
    assert fate.told.startswith(f"Row {first} was corrected by row {second}, by tester on ")
    assert fate.told.endswith(f"(typed wrongly); what counts now is row {third}.")
    assert fate.row is not None
    assert (fate.row.values["value"], fate.row.line) == ("244", PLACE + 1)
    assert known.fate(second).told.endswith("(typed wrongly again).")
    assert known.fate(third).state == "counts"
    assert known.row(third).because == (f"Row {third} corrects row {second}: typed wrongly again",)


def test_a_withdrawal_and_what_is_delivered_again(demo: Folder) -> None:
    first = row_of(demo)
    laboratory(demo, None, withdraw=True, reason="the sample was lost")
    withdrawal = read_record(demo.path).entries
    known = lineage(read_record(demo.path))
    fate = known.fate(first)
    assert (fate.state, fate.now) == ("withdrawn", None)
    assert fate.told.startswith(f"Row {first} was withdrawn by tester on ")
    assert fate.told.endswith("(the sample was lost).")
    assert known.fate(withdrawal).told == (
        f"Entry {withdrawal} is no row of a delivery: it withdraws row {first} (the sample was lost)."
    )
    laboratory(demo, "244", reason="found after all")
    again = lineage(read_record(demo.path)).fate(first)
    assert again.now == row_of(demo) > first
    assert again.told.endswith(f"; it was delivered again, and what counts is row {row_of(demo)}.")


def test_a_corrected_row_that_was_withdrawn_since(demo: Folder) -> None:
    first = row_of(demo)
    laboratory(demo, "245", reason="typed wrongly")
    laboratory(demo, None, withdraw=True, reason="the sample was lost")
    fate = lineage(read_record(demo.path)).fate(first)
    assert (fate.state, fate.now) == ("corrected", None)
    assert fate.told.endswith("; that was withdrawn since, and nothing stands in its place.")


def test_a_row_that_a_newer_full_delivery_lacks_still_counts_and_says_so(demo: Folder) -> None:
    first = row_of(demo)
    laboratory(demo, None)
    known = lineage(read_record(demo.path))
    assert known.fate(first).state == "counts"
    assert known.row(first).because == (
        f"Row {first} is absent from the newest full delivery of its source and still counts",
    )


def test_a_confirmed_row_says_by_whom_and_why(demo: Folder) -> None:
    laboratory(demo, "24400", reason="as the laboratory has it")
    row = row_of(demo)
    entry = confirm(demo.path, row, who="data manager", reason="repeated").entry
    known = lineage(read_record(demo.path))
    assert known.row(row).because[-1] == f"Row {row} was questioned and confirmed by data manager: repeated"
    assert known.fate(entry).told.endswith(f"with it data manager confirmed row {row} (repeated).")


def test_what_was_known_before_the_correction(demo: Folder) -> None:
    first = row_of(demo)
    before = entries_of(demo.path)[-1].recorded_at
    laboratory(demo, "245", reason="typed wrongly")
    assert lineage(read_record(demo.path)).fate(first).state == "corrected"
    assert lineage(read_record(demo.path, before)).fate(first).state == "counts"


def test_every_entry_says_what_it_is(demo: Folder) -> None:
    record = Record(demo.path)
    with record.writing():
        record.keep_object("curves", {"a.csv": b"1"}, "tester", after=read_record(demo.path).head)
    hevesy.open(demo.path).decide(level=3, cohort=2, who="dose committee", on="2016-12-01", writer="tester")
    known = lineage(read_record(demo.path))
    others = [entry for entry in entries_of(demo.path) if entry.action != "row"]
    told = {entry.action: known.fate(entry.sequence).told for entry in others}
    words = {
        "begin": "with it tester began the record.",
        "protocol": "it is protocol.toml as recorded by tester",
        "sources": "it is sources.toml as recorded by tester",
        "delivery": "begin, taken in by tester.",
        "decision": "it is a dose decision: level 3 after cohort 2, by dose committee on 2016-12-01.",
        "object": "it keeps the files of curves.",
    }
    assert {action for action in words if words[action] in told[action]} == set(told) == set(words)


def test_a_row_that_does_not_count_has_no_place_behind_a_number(demo: Folder) -> None:
    with pytest.raises(KeyError):
        lineage(read_record(demo.path)).row(1)
