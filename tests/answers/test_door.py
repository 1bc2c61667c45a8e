"""The door for Python: what it takes beside words, what an answer gives beside its words."""

from __future__ import annotations

import inspect
import json
from datetime import date

import polars as pl
import pytest

import hevesy
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.errors import CannotAnswerError, DeliveryError, QuestionError, RuleError
from tests.answers.asking import DATA
from tests.conftest import EXAMPLE, Folder

ROWS: list[dict[str, object]] = [
    {"t": 1.0, "e": 1, "arm": "A"},
    {"t": 2.5, "e": 0, "arm": "B"},
    {"t": 4.0, "e": 1, "arm": None},
]


def test_a_table_may_be_a_file_a_frame_or_rows() -> None:
    frame = pl.read_csv(DATA / "km.csv")
    of_a_file = hevesy.kaplan_meier(DATA / "km.csv", time="t", event="e", by="arm").document
    assert hevesy.kaplan_meier(frame, time="t", event="e", by="arm").document == of_a_file
    assert hevesy.kaplan_meier(frame.to_dicts(), time="t", event="e", by="arm").document == of_a_file


class LikePandas:
    """What of a pandas frame is used: its columns, and its rows as records with NaN where a cell is empty."""

    columns = ("t", "e", "arm")

    def to_dict(self, orient: str) -> list[dict[str, object]]:
        assert orient == "records"
        return [{"t": 1.0, "e": 1, "arm": "A"}, {"t": 2.5, "e": float("nan"), "arm": "B"}]


def test_an_empty_cell_of_a_frame_is_never_a_number() -> None:
    with pytest.raises(CannotAnswerError, match="the table, line 2, e: the cell is empty, a number is needed"):
        hevesy.kaplan_meier(LikePandas(), time="t", event="e")


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([{1: 2, "e": 1}], "the table: the name of a column is a text, got 1"),
        ([], "the table: there are no columns"),
        ([{"t": 1, " ": 1}], "the table: a column has no name"),
        ([{"t": 1, "e": 1}, {"t": 1}], "the table, row 2: it has not the columns of the first row"),
    ],
)
def test_rows_that_make_no_table_are_refused_with_their_rule(rows: list[dict[str, object]], rule: str) -> None:
    with pytest.raises(DeliveryError, match=rule):
        hevesy.kaplan_meier(rows, time="t", event="e")


def test_a_missing_cell_of_rows_is_missing() -> None:
    with pytest.raises(CannotAnswerError, match="the table, line 3, arm: a row without its group"):
        hevesy.kaplan_meier(ROWS, time="t", event="e", by="arm")


@pytest.mark.parametrize("given", [3, [1, 2], {"t": 1}, object(), b"x"])
def test_what_is_no_table_is_refused_by_its_kind_and_not_shown(given: object) -> None:
    with pytest.raises(QuestionError, match="a table is a file, a data frame or a list of rows by column") as refused:
        hevesy.ask("follow km", given, time="t", event="e")
    assert refused.value.fields == ("table",)


def test_a_bare_number_is_in_the_unit_of_the_parameter() -> None:
    asked = {"history": "1NNN 2NP40", "design": "titecrm", "target": 0.25, "skeleton": [0.06, 0.14, 0.25, 0.38]}
    answers = [
        hevesy.ask("plan next", **asked, **{name: value}).document
        for name, value in (("window", "85d"), ("window", 85), ("window_d", 85.0), ("window", "2040h"))
    ]
    assert all(answer == answers[0] for answer in answers)


def test_a_group_of_fields_may_be_given_whole_but_not_beside_one_of_its_fields() -> None:
    whole = AskedDesign(design="boin", target=0.25, levels=3)
    told = hevesy.ask("plan next", history="1NNN", by=whole).document
    assert told == hevesy.next_dose(history="1NNN", design="boin", target=0.25, levels="3").document
    with pytest.raises(QuestionError, match="target is given beside by, which holds it"):
        hevesy.ask("plan next", history="1NNN", by=whole, target=0.3)


def test_a_field_given_twice_is_refused() -> None:
    with pytest.raises(QuestionError, match="window is given twice"):
        hevesy.ask("plan next", history="1NNN", window=85, window_d=85)
    with pytest.raises(QuestionError, match="table is given twice"):
        hevesy.ask("follow km", "km.csv", table="km.csv", time="t")


def test_an_answer_is_data_a_table_a_picture_and_a_page() -> None:
    answer = hevesy.kaplan_meier(DATA / "km.csv", time="t", event="e", by="arm")
    assert json.loads(json.dumps(answer.document)) == answer.document
    assert answer.csv().splitlines()[0].startswith("group,n,events,median")
    assert answer.svg().count("<path") >= 2
    assert "var(" not in answer.svg(), "a picture has its colours written out"
    assert answer.html().startswith("<!DOCTYPE html>")
    assert "log-rank" in answer.html()
    with pytest.raises(CannotAnswerError, match="this answer has no figure"):
        hevesy.event_rate(3, 41.5).svg()
    with pytest.raises(CannotAnswerError, match="this answer has no files"):
        answer.write()


def test_an_answer_shares_nothing_with_the_next() -> None:
    first = hevesy.two_stage_designs(p0=0.1, p1=0.3, alpha=0.05, beta=0.2)
    first.document["optimal"]["n"] = -1  # type: ignore[index]
    assert hevesy.two_stage_designs(p0=0.1, p1=0.3, alpha=0.05, beta=0.2).document["optimal"]["n"] == 29  # type: ignore[index,call-overload]


def test_a_readout_is_data_too(demo: Folder) -> None:
    document = hevesy.open(demo.path).readout(as_of=date(2016, 11, 4)).document
    assert json.loads(json.dumps(document))["as_of"] == "2016-11-04"


def test_a_study_gives_its_results_as_values_at_its_last_fact_and_at_a_cut(demo: Folder) -> None:
    study = hevesy.open(demo.path)
    assert (study.treated.cut, study.followed.cut) == (date(2016, 12, 1), date(2016, 12, 1))
    assert len(study.treated.subjects) == 8
    assert study.followed.safety is not None
    whole = study.followed.safety.tallies[-1][1]
    earlier = study.followed_at("2015-08-01")
    assert earlier.cut == study.treated_at(date(2015, 8, 1)).cut == date(2015, 8, 1)
    assert earlier.safety is not None
    delivered = (EXAMPLE / "sources" / "ae.csv").read_text().splitlines()[1:]
    assert earlier.safety.tallies[-1][1].events < whole.events == len(delivered)
    with pytest.raises(RuleError, match="'soon' is not a date"):
        study.followed_at("soon")


def test_a_function_of_the_door_says_what_it_takes(demo: Folder) -> None:
    signature = inspect.signature(hevesy.kaplan_meier)
    assert list(signature.parameters)[:2] == ["table", "time"]
    assert signature.parameters["level"].default == 0.95
    assert "Left truncation" in (hevesy.kaplan_meier.__doc__ or "")
    assert "folder" not in inspect.signature(hevesy.open(demo.path).next_dose).parameters


def test_long_work_tells_its_progress() -> None:
    told: list[tuple[str, int | None, int | None]] = []
    with hevesy.progress(lambda words, done, of: told.append((words, done, of))):
        hevesy.operating_characteristics(design="boin", target=0.25, n=6, p=[0.1, 0.3], trials=10)
    assert told[-1] == ("trials", 10, 10)
