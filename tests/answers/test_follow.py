"""Questions of `follow` asked from Python: values in place of words, and refusals by their fields."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hevesy
from hevesy.blocks.figure import Figure, Text
from hevesy.blocks.number import plain
from hevesy.blocks.table import Table
from hevesy.errors import CannotAnswerError, QuestionError
from tests.answers.asking import DATA, as_data

OURS, COX = DATA / "ours.csv", DATA / "cox.csv"


def test_words_and_values_ask_the_same() -> None:
    for by_words, by_values in (
        (hevesy.event_rate(3, 41.5, against="4/20.5"), hevesy.event_rate(3, 41.5, against=(4, 20.5))),
        (hevesy.consistent_figures("2.5", 4, within="1..4"), hevesy.consistent_figures("2.5", 4, within=(1, 4))),
        (
            hevesy.reconstructed_times(DATA / "curve.csv", at_risk="0:12,5:10"),
            hevesy.reconstructed_times(DATA / "curve.csv", at_risk=[(0, 12), (5, 10)]),
        ),
        (
            hevesy.cox_regression(COX, time="t", event="e", covariates="x, arm"),
            hevesy.cox_regression(COX, time="t", event="e", covariates=["x", "arm"]),
        ),
        (
            hevesy.matched_comparison(OURS, target=["male=60%"], event="e", published="21/40"),
            hevesy.ask("follow match", OURS, target=[("male", 0.6)], event="e", published=(21, 40)),
        ),
    ):
        assert as_data(by_words) == as_data(by_values)


@pytest.mark.parametrize(
    ("command", "given", "field", "rule"),
    [
        ("follow cox", {"table": COX, "time": "t", "covariates": "x"}, "event", "give one of event and censored"),
        ("follow cox", {"table": COX, "time": "t", "event": "e", "covariates": "x", "ties": "fair"}, "ties", "'fair' is none of"),
        ("follow rate", {"events": 3, "at_risk": 10, "against": "x"}, "against", "'x' is not events/time, as in 4/20.5"),
        ("follow consistent", {"figure": "80%", "n": 8, "sd": "1"}, "sd", "a percentage of subjects has no standard deviation"),
        ("follow consistent", {"figure": "2.5", "n": 8, "items": 2, "within": "1..4"}, "items", "one whole number per subject"),
        ("follow consistent", {"figure": "2.5", "n": 8, "within": "1-4"}, "within", "'1-4' is not a range as in 1..5"),
        ("follow match", {"table": OURS, "target": []}, "target", "target is needed"),
        ("follow match", {"table": OURS, "target": "age"}, "target", "'age' is not a mean as in age=51"),
        ("follow match", {"table": OURS, "target": "age=46", "event": "e"}, "event", "published X/N, or time and against FILE"),
        ("follow match", {"table": OURS, "target": "age=46", "published": "2/3"}, "event", "name the column of the event"),
        ("follow match", {"table": OURS, "target": "age=46", "time": "t"}, "time", "hazards need both time and against"),
        ("follow reconstruct", {"table": DATA / "curve.csv", "at_risk": "0-12"}, "at_risk", "is not times and numbers"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_told_by_its_field(
    command: str, given: dict[str, object], field: str, rule: str
) -> None:
    with pytest.raises(QuestionError, match=rule) as refused:
        hevesy.ask(command, **given)
    assert refused.value.fields == (field,)


def test_a_comparison_that_nobody_can_be_weighted_to_says_so_as_data() -> None:
    with pytest.raises(CannotAnswerError, match=r"ours.csv: nobody lies beyond the published age of 900") as refused:
        hevesy.matched_comparison(OURS, target=["age=900"])
    assert refused.value.document is not None
    assert refused.value.document["effective_sample_size"] is None


def test_a_file_is_written_when_it_is_asked_for_and_not_before(tmp_path: Path) -> None:
    answer = hevesy.matched_comparison(OURS, target=["age=46"], out=tmp_path / "weighted.csv")
    assert list(tmp_path.iterdir()) == []
    assert str(answer).endswith("1 files, to be written by write()")
    answer.write()
    fit = hevesy.cox_regression(tmp_path / "weighted.csv", time="t", event="e", covariates="male", weights="weight")
    assert fit.document["n"] == 12
    assert fit.because[1].startswith("weighted rows")


def test_a_limit_that_no_number_can_hold_is_null_in_a_file_and_inf_for_a_reader(tmp_path: Path) -> None:
    from hevesy.render.faces import csv

    table = tmp_path / "t.csv"
    table.write_text(
        "time,event,x\n1,1,0.001\n2,1,0.0011\n3,0,0.0012\n4,1,0.0009\n5,1,0.00095\n6,1,0.00105\n7,0,0.001\n"
    )
    answer = hevesy.cox_regression(table, time="time", event="event", covariates="x")
    head, row = csv(answer.blocks).splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=True))["95% limits: upper"] == ""
    assert "inf" in str(answer)


def test_the_curves_that_are_drawn_are_those_of_the_numbers() -> None:
    """Of three in A one dies at 1 and one at 3, one is lost at 2; the causes of A take 3/4 and 1/4 of it by 4."""
    curves = _drawn(hevesy.kaplan_meier(DATA / "km.csv", time="t", event="e", by="arm"))
    assert [time for time, _ in curves["A"]] == [0, 1, 2, 3]
    assert [value for _, value in curves["A"]] == pytest.approx([1, 2 / 3, 2 / 3, 0])
    assert curves["B"][-1] == pytest.approx((7, 1 / 3))
    causes = _drawn(hevesy.cumulative_incidence(DATA / "causes.csv", time="t", cause="cause", at=[4], by="arm"))
    assert list(causes) == ["A, cause 1", "A, cause 2", "B, cause 1", "B, cause 2"]  # nobody in C had an event
    assert causes["A, cause 1"] == ((0, 0), (1, 0.25), (2, 0.25), (3, 0.25), (4, 0.75))


def test_numbers_at_risk_stand_below_the_figure_and_in_a_table() -> None:
    """A is watched to 1, 2 and 3; B to 2, 5 and 7."""
    answer = hevesy.kaplan_meier(DATA / "km.csv", time="t", event="e", by="arm")
    kinds = [type(block).__name__ for block in answer.blocks]
    assert kinds[-2:] == ["Figure", "Table"]
    told = {
        group["group"]: [(one["time"], one["n"]) for one in group["at_risk"]]
        for group in json.loads(json.dumps(answer.document))["groups"]
    }
    assert told["A"] == [(0, 3), (1, 3), (2, 2), (3, 1), (4, 0), (5, 0), (6, 0), (7, 0)]
    assert told["B"] == [(0, 3), (1, 3), (2, 3), (3, 2), (4, 2), (5, 2), (6, 1), (7, 1)]
    table = answer.blocks[-1]
    assert isinstance(table, Table)
    assert [plain(cell) for cell in table.rows[1].cells] == ["B", "3", "3", "3", "2", "2", "2", "1", "1"]
    figure = answer.blocks[-2]
    assert isinstance(figure, Figure)
    words = [part.words for part in figure.scene.parts if isinstance(part, Text)]
    assert words[-10:-1] == ["B", "3", "3", "3", "2", "2", "2", "1", "1"]


def test_who_comes_under_observation_late_is_not_at_risk_before(tmp_path: Path) -> None:
    """Watched from 0 to 3, from 4 to 10 and from 8 to 20: at 5 only the second is, at 10 the third too."""
    (tmp_path / "late.csv").write_text("t,e,begun\n3,1,0\n10,1,4\n20,0,8\n")
    answer = hevesy.kaplan_meier(tmp_path / "late.csv", time="t", event="e", entry="begun")
    (group,) = json.loads(json.dumps(answer.document))["groups"]
    told = {one["time"]: one["n"] for one in group["at_risk"]}
    assert told == {0: 1, 5: 1, 10: 2, 15: 1, 20: 1}


def _drawn(answer: hevesy.Answer) -> dict[str, tuple[tuple[float, float], ...]]:
    figure = next(block for block in answer.blocks if isinstance(block, Figure))
    return {series.name: series.points for series in figure.scene.data}


def test_rows_without_a_grade_are_counted_by_their_reason() -> None:
    answer = hevesy.laboratory_grades(DATA / "adlb.csv", ctcae="5.0")
    assert str(answer).count("not graded: 1 rows: ") == 4
    assert answer.document["not_graded"]["count"] == 4  # type: ignore[index,call-overload]
