"""A record in words: every entry in a group that can be read, and what waits for somebody to settle it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.conduct.confirmation import confirm
from hevesy.conduct.history import history
from hevesy.conduct.recorded_study import read_record
from hevesy.errors import CannotAnswerError
from hevesy.record import Draft, Record
from tests.conftest import EXAMPLE, Folder, Run, entries_of
from tests.record.test_earlier_study import BY_7A8CDFB, BY_9D921DD, EARLIER, Written, unpacked

LB = (EXAMPLE / "sources" / "lb.csv").read_text()
SUSPECT = "1-01,1,8,2015-07-08,PLT,24400,10^9/L,0,0"


@pytest.fixture
def lived(demo: Folder) -> Folder:
    """The demonstration with a value typed again, confirmed, a last row withdrawn, the plan changed, an array kept, and a
    dose decision."""
    shorter = LB.replace("PLT,244,", "PLT,24400,").rstrip("\n").rpartition("\n")[0] + "\n"
    assert demo.deliver(demo.write("lb.csv", shorter), reason="the laboratory sent it again").written
    assert demo.deliver(demo.path / "incoming" / "lb.csv", reason="of another subject", withdraw=True).written
    confirm(demo.path, 762, who="data manager", reason="repeated by the laboratory")
    plan = demo.path / "protocol.toml"
    plan.write_text(plan.read_text().replace("activity_tolerance_percent = 10", "activity_tolerance_percent = 12"))
    assert demo.deliver(EXAMPLE / "sources" / "ae.csv", reason="amendment 2").written
    record = Record(demo.path)
    record.keep_object("dose map", {"map.npy": b"12"}, "physicist", after=read_record(demo.path).head)
    hevesy.open(demo.path).decide(
        level="stop", cohort=2, who="sponsor", on="2016-12-01", reason="slow accrual", writer="secretary"
    )
    return demo


def told(folder: Path) -> dict[str, Any]:
    return hevesy.open(folder).history().document


def waiting(folder: Path) -> dict[str, Any]:
    return hevesy.open(folder).questioned().document


def test_every_entry_is_in_one_group_and_a_delivery_is_one(lived: Folder) -> None:
    entries, groups = entries_of(lived.path), told(lived.path)["entries"]
    assert [number for one in groups for number in range(one["first"], one["last"] + 1)] == [
        *range(1, len(entries) + 1)
    ]
    begins = {"protocol": "plan", "sources": "plan"}
    for one in groups:
        first, *rest = entries[one["first"] - 1 : one["last"]]
        assert one["kind"] == begins.get(first.action, first.action)
        assert {entry.action for entry in rest} <= {"row", "correction", "withdrawal"}
        assert (one["recorded_at"], one["who"], one["reason"]) == (first.recorded_at, first.who, first.reason)


def test_each_group_says_what_it_is(lived: Folder) -> None:
    words = [one["words"] for one in told(lived.path)["entries"]]
    assert words[:4] == [
        f"the record begins, by Hevesy {hevesy.__version__}",
        "protocol.toml: a version of the plan",
        "sources.toml: a version of the mapping",
        "ae.csv into adverse events: 36 added, 0 changed, 0 unchanged",
    ]
    assert words[11:] == [
        "lb.csv into laboratory: 0 added, 1 changed, 502 unchanged, 1 absent",
        "lb.csv into laboratory: 0 added, 0 changed, 503 unchanged, 1 withdrawn, 1 absent",
        "row 762 is right: 1-01: platelets 24400 10^9/L",
        "protocol.toml: a version of the plan",
        "dose map is kept, files: 1, bytes: 2",
        "dose decision: stop after cohort 2, by sponsor on 2016-12-01",
    ]


def test_corrections_and_withdrawals_are_told_value_by_value(lived: Folder) -> None:
    groups = told(lived.path)["entries"]
    (changed, withdrawn) = [one for one in groups if one["kind"] == "delivery"][-2:]
    assert changed["corrections"] == [
        {
            "entry": 762,
            "key": "laboratory|1-01|2015-07-08|PLT",
            "values": {"value": ["244", "24400"]},
            "reason": "the laboratory sent it again",
        }
    ]
    (gone,) = withdrawn["withdrawn"]
    assert (gone["entry"], gone["reason"]) == (764, "of another subject")
    assert gone["key"] in changed["missing"]
    assert groups[-1]["decision"]["flags"][0].startswith("differs from the design")
    page = str(hevesy.open(lived.path).history())
    assert re.search(r"laboratory, 1-01, 2015-07-08, PLT +value +244 +24400", page)
    assert page.index("dose decision: stop") < page.index("the record begins"), "the latest stands first"


def test_what_a_terminal_leaves_off_is_counted(demo: Folder) -> None:
    lines = [line.replace(",PLT,", ",PLT,1") for line in LB.splitlines()]
    assert demo.deliver(demo.write("lb.csv", "\n".join(lines) + "\n"), reason="typed again").written
    platelets = LB.count(",PLT,")
    page = str(hevesy.open(demo.path).history())
    assert f"and {platelets - 50} more" in page
    assert len(told(demo.path)["entries"][-1]["corrections"]) == platelets


def test_entries_of_a_later_version_are_counted_and_not_hidden(demo: Folder) -> None:
    recorded = read_record(demo.path)
    new = [Draft(action="signature", key="s|1", content="{}")] * 2  # type: ignore[arg-type]  # no action yet
    Record(demo.path).append(new, "somebody", after=recorded.head)
    last = told(demo.path)["entries"][-1]
    assert (last["first"], last["last"], last["kind"]) == (761, 762, "unknown")
    assert last["words"] == "2 entries of a kind that this version does not know"


@EARLIER
def test_the_history_of_an_earlier_version(written: Written, tmp_path: Path) -> None:
    groups = told(unpacked(written, tmp_path) / "study")["entries"]
    assert (groups[0]["first"], groups[-1]["last"]) == (1, written.entries)
    assert "unknown" not in {one["kind"] for one in groups}


def test_a_column_that_nobody_mapped_is_not_told(tmp_path: Path) -> None:
    """9d921dd recorded every column; a correction since lacks the one that nobody mapped."""
    earlier = unpacked(BY_9D921DD, tmp_path)
    text = (earlier / "src" / "ae.csv").read_text().replace(",W1\n", ",W9\n", 1)
    study = Folder(earlier / "study")
    file = study.write("ae.csv", text.replace("4.03,2,36,36,113", "4.03,1,36,36,113", 1))
    assert study.deliver(file, reason="read again").written
    (corrected,) = told(study.path)["entries"][-1]["corrections"]
    assert corrected["values"] == {"max_grade": ["2", "1"]}


def test_a_record_that_does_not_verify_has_no_history(demo: Folder) -> None:
    kept = next((demo.path / "sources").rglob("ae.csv"))
    kept.write_text("other")
    for question in ("study history", "study questioned"):
        with pytest.raises(CannotAnswerError, match="does not verify"):
            hevesy.ask(question, demo.path)


def test_nothing_waits_in_the_demonstration(demo: Folder) -> None:
    answer = hevesy.open(demo.path).questioned()
    document = waiting(demo.path)
    assert (document["questioned"], document["confirmed"], document["missing"]) == ([], [], [])
    assert len(document["deliveries"]) == 8
    assert str(answer).startswith("no value is questioned")


def test_a_questioned_value_stands_with_its_line_until_it_is_confirmed(demo: Folder) -> None:
    text = LB.replace("PLT,244,", "PLT,24400,")
    line = text.splitlines().index(SUSPECT) + 1
    assert demo.deliver(demo.write("lb.csv", text), reason="typed again").written
    document = waiting(demo.path)
    (one,) = document["questioned"]
    assert (one["row"], one["file"], one["line"], one["source"]) == (762, "lb.csv", line, "laboratory")
    assert (one["subject"], one["quantity"], one["value"]) == ("1-01", "platelets", "24400 10^9/L")
    assert one["on"] == "2015-07-08"
    assert "0..3000" in one["because"]
    confirm(demo.path, 762, who="data manager", reason="repeated")
    document = waiting(demo.path)
    assert document["questioned"] == []
    (settled,) = document["confirmed"]
    assert (settled["row"], settled["who"], settled["reason"], settled["stands"]) == (
        762,
        "data manager",
        "repeated",
        True,
    )
    assert demo.deliver(demo.write("lb.csv", LB), reason="a slip of the pen").written
    (settled,) = waiting(demo.path)["confirmed"]
    assert settled["stands"] is False


def test_rows_of_two_deliveries_name_each_its_own_file(demo: Folder) -> None:
    """A row that nobody delivered again keeps the file it came from, a corrected one has the file of its correction."""
    assert demo.deliver(demo.write("lb.csv", LB.replace("PLT,244,", "PLT,24400,")), reason="typed again").written
    shorter = LB.replace("PLT,244,", "PLT,24400,").rstrip("\n").rpartition("\n")[0] + "\n"
    assert demo.deliver(demo.write("lb.csv", shorter), reason="once more").written
    document = waiting(demo.path)
    (absent,) = document["missing"]
    assert (absent["file"], absent["line"], absent["absent_from"]) == ("lb.csv", len(LB.splitlines()), "lb.csv")
    assert absent["row"] == 669, "the last of the 504 rows after entry 165"
    page = str(hevesy.open(demo.path).questioned())
    assert "Rows that a newer full delivery does not hold" in page
    assert "They still count until they are withdrawn" in page


def test_columns_that_were_dropped_and_not_mapped_are_named(tmp_path: Path) -> None:
    document = waiting(unpacked(BY_7A8CDFB, tmp_path) / "study")
    left = {one["source"]: (one["unknown_columns"], one["cut"]) for one in document["deliveries"]}
    assert any(cut for _, cut in left.values())
    document = waiting(unpacked(BY_9D921DD, tmp_path / "other") / "study")
    assert ["ward"] in [one["unknown_columns"] for one in document["deliveries"]]


def test_a_study_without_files_waits_for_nothing(empty: Folder, run: Run) -> None:
    code, out, _ = run("study", "questioned", empty.path)
    assert (code, out.splitlines()[0]) == (0, "no value is questioned")
    assert [one["kind"] for one in told(empty.path)["entries"]] == ["begin", "plan", "plan"]
    assert len(history(read_record(empty.path))) == 3
