"""Asking where a number comes from, what stands on a row, and for one section: what is told, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

import hevesy
from hevesy.blocks.prose import Paragraph
from hevesy.blocks.table import Table
from hevesy.errors import CannotAnswerError, QuestionError
from hevesy.render.html import as_html
from tests.conftest import EXAMPLE, Folder, Run, entries_of

EVENTS = (EXAMPLE / "sources" / "ae.csv").read_text(encoding="utf-8")
INSOMNIA = "1-01,1,3,Insomnia,Psychiatric disorders,4.03,1,6,6,11,0,not related,0"


def study(folder: Folder) -> Any:
    return hevesy.open(folder.path)


def test_a_number_is_told_in_words_then_its_rows(demo: Folder) -> None:
    answer = study(demo).trace("ae-events-1", as_of="2016-11-04")
    first, *others = answer.blocks
    assert isinstance(first, Paragraph)
    assert first.tone == "answer"
    assert str(answer).startswith("Adverse events, Cohort 1, 12.5 mCi/m2: 19\nMeans: ")
    (rows,) = [block for block in others if isinstance(block, Table)]
    assert len(rows.rows) == 19 == len(answer.document["rows"])
    assert [column.title for column in rows.columns[:3]] == ["Ledger row", "File", "Line"]
    delivered = [line for line in EVENTS.splitlines() if line.split(",")[1] == "1"]
    assert [row["values"]["preferred_term"] for row in answer.document["rows"]] == [
        line.split(",")[3] for line in delivered
    ]
    assert answer.document["section"] == {"id": "safety", "title": "Safety"}
    assert answer.document["table"] == "adverse-events"
    assert "It stands in Safety, table 'Adverse events" in str(answer)
    assert "19 rows of ae.csv" in str(answer)


def test_the_rule_is_the_definition_and_the_reasons(demo: Folder) -> None:
    said = study(demo).trace("decision").document
    assert said["rule"] == [said["number"]["definition"], *said["number"]["because"]]
    assert [row["ledger_row"] for row in said["rows"]] == said["number"]["rows"]


def test_a_number_without_rows_says_so(demo: Folder) -> None:
    answer = study(demo).trace("dlt-upper")
    assert answer.document["rows"] == []
    assert "It names no row: it follows from what its rule says." in str(answer)


def test_a_row_tells_the_numbers_on_it(demo: Folder) -> None:
    row = next(entry.sequence for entry in entries_of(demo.path) if entry.content and "Insomnia" in entry.content)
    answer = study(demo).trace(row=row)
    count = len(answer.document["numbers"])
    line = EVENTS.splitlines().index(INSOMNIA) + 1
    assert str(answer).startswith(f"Row {row} is line {line} of ae.csv; {count} numbers stand on it.")
    assert {"ae-events-1", "ae-events-all", f"event-{row}"} <= {one["id"] for one in answer.document["numbers"]}
    assert all(one["document"] == "Readout of CLR131-DEMO" for one in answer.document["numbers"])
    assert "Insomnia" in as_html(answer.blocks)


def test_a_corrected_row_names_the_newer_one_in_place_of_silence(demo: Folder) -> None:
    row = next(entry.sequence for entry in entries_of(demo.path) if entry.content and "Insomnia" in entry.content)
    corrected = demo.write("ae.csv", EVENTS.replace(INSOMNIA, INSOMNIA.replace(",4.03,1,", ",4.03,2,")))
    assert demo.deliver(corrected, reason="graded again").written
    answer = study(demo).trace(row=row)
    now = answer.document["counts_now"]
    assert (answer.document["state"], answer.document["numbers"]) == ("corrected", [])
    assert str(answer).startswith(f"Row {row} was corrected by row {now}, by tester on ")
    assert answer.document["rows"][0]["values"]["max_grade"] == "1"
    newer = study(demo).trace(row=now)
    assert newer.document["rows"][0]["values"]["max_grade"] == "2"
    assert newer.document["rows"][0]["because"] == [f"Row {now} corrects row {row}: graded again"]
    assert f"event-{now}" in {one["id"] for one in newer.document["numbers"]}


def test_a_row_of_a_later_day_than_the_cut_is_not_passed_over_in_silence(demo: Folder) -> None:
    last = max(entry.sequence for entry in entries_of(demo.path) if entry.key.startswith("laboratory|2-04"))
    answer = study(demo).trace(row=last, as_of="2016-06-01")
    assert (answer.document["state"], answer.document["numbers"]) == ("counts", [])
    assert "no number of the readout and the dose meeting at 2016-06-01 stands on it." in str(answer)


def test_a_number_of_another_comparison_is_traced_by_its_cut_before(demo: Folder) -> None:
    planned, asked = (
        study(demo).trace("change-treated", as_of="2016-11-04", since=since).document["number"]["value"]
        for since in (None, "2015-06-01")
    )
    assert (planned, asked) == (3, 8)


@pytest.mark.parametrize(
    ("given", "fields", "words"),
    [
        ({}, ("number", "row"), "one of two is needed, the id of a number or a row"),
        ({"number": "dlt-count", "row": 5}, ("number", "row"), "one of two is needed"),
        (
            {"number": "dlt-cuont"},
            ("number",),
            "there is no number 'dlt-cuont' among the 579 of the readout and the dose meeting at 2016-12-01; nearest is dlt-count",
        ),
        ({"number": "xxxxxxxx"}, ("number",), "nearest is none of them"),
        ({"number": ""}, ("number",), "there is no number ''"),
        ({"row": 0}, ("row",), "at least 1"),
        ({"row": 100_000}, ("row",), "the record has 760 entries, got row 100000"),
        ({"row": 500, "known_at": "2000-01-01T00:00Z"}, (), "nothing was known at"),
        ({"number": "dlt-count", "as_of": "2010-01-01"}, (), "no subject had been enrolled by 2010-01-01"),
    ],
    ids=lambda given: str(given)[:40],
)
def test_what_cannot_be_traced_says_why(
    demo: Folder, given: dict[str, object], fields: tuple[str, ...], words: str
) -> None:
    with pytest.raises((QuestionError, CannotAnswerError), match=words) as refused:
        study(demo).trace(**given)
    assert getattr(refused.value, "fields", ()) == fields


def test_an_unknown_number_is_wrong_usage_typed(demo: Folder, run: Run) -> None:
    code, out, err = run("trace", demo.path, "dlt-cuont", "--json")
    assert (code, out) == (2, "")
    assert "nearest is dlt-count" in " ".join(err.replace("│", " ").split())


def test_a_section_has_the_blocks_and_numbers_of_the_page(demo: Folder) -> None:
    readout = study(demo).readout(as_of="2016-11-04").document
    listed = study(demo).section(as_of="2016-11-04").document
    assert (listed["sections"], listed["section"]) == (readout["sections"], None)
    assert listed["head"] == readout["ledger_head"]
    known = {number["id"]: number for number in readout["numbers"]}
    for name in ("summary", "safety", "decision", "os"):
        answer = study(demo).section(name, as_of="2016-11-04")
        told = answer.document["section"]
        assert {"id": told["id"], "title": told["title"]} in readout["sections"]
        assert told["numbers"]
        assert all(number == known[number["id"]] for number in told["numbers"])
        assert str(answer).startswith(told["title"])


@pytest.mark.parametrize("name", ["dose-decision", "", "indications"])
def test_a_section_that_is_not_there_names_those_that_are(demo: Folder, name: str) -> None:
    with pytest.raises(QuestionError, match=f"has no section '{name}'; there are summary, .*, provenance") as refused:
        study(demo).section(name)
    assert refused.value.fields == ("name",)
    assert "indications," not in str(refused.value)


def test_the_readout_says_its_page_first_then_its_summary(demo: Folder, run: Run) -> None:
    code, out, _ = run("readout", demo.path)
    page, *told = out.splitlines()
    assert (code, page.endswith("index.html")) == (0, True)
    assert told[0] == "Synthetic data: a demonstration, no patient is described."
    assert told[1] == "Readout of CLR131-DEMO: 561 numbers in 18 sections, each with its definition and rule."
    assert [line for line in told if line.startswith("Do we escalate? escalate to level 3")]
