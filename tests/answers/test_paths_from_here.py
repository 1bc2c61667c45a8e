"""Paths from where a study or a history stands, as they are asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hevesy
from hevesy.errors import CannotAnswerError, QuestionError, RuleError


def test_a_studys_paths_are_those_of_its_history_and_own_design(demonstration: Path) -> None:
    rates = "0.05,0.1,0.2,0.3"
    found = hevesy.ask("plan paths", demonstration, as_of="2016-11-04", cohorts=2, p=rates).document
    told = hevesy.ask(
        "plan paths", history="1NNNN 2NNNN", design="three-plus-three", variant="modified", cohorts=2, p=rates
    ).document
    assert found["from"] == told["from"] == "1NNNN 2NNNN"
    assert found["paths"] == told["paths"]
    assert found["cut"] == "2016-11-04"


def test_a_subject_waited_for_is_said_and_comes_first(demonstration: Path) -> None:
    answer = hevesy.ask("plan paths", demonstration, as_of="2016-06-01", cohorts=1, p="0.05,0.1,0.2,0.3")
    found = json.loads(json.dumps(answer.document))
    assert found["waiting"] == 1
    assert [(one["outcomes"], one["probability"]) for one in found["paths"]] == [("2N", 1.0), ("2T", 1.0)]
    assert "the first step is what the subject waited for will have" in str(answer)
    assert "probabilities are given that step" in str(answer)


def test_another_design_of_a_study_says_that_it_is_not_its_own(demonstration: Path) -> None:
    answer = hevesy.ask("plan paths", demonstration, design="boin", target=0.25, cohorts=1)
    assert "not by the study's own design" in answer.because


def test_a_trial_that_is_over_has_no_paths() -> None:
    with pytest.raises(CannotAnswerError, match="the trial is over; the lowest level is too toxic"):
        hevesy.ask("plan paths", history="1NTT", design="three-plus-three", levels=3)


def test_a_history_that_the_design_did_not_ask_for_is_refused_with_its_sentence() -> None:
    with pytest.raises(RuleError, match="the design starts at level 1, the history at level 3"):
        hevesy.ask("plan paths", history="3NNN", design="three-plus-three", levels=3)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"history": "1NNN", "stratum": "alone"}, "stratum"),
        ({"history": "1NNN", "as_of": "2016-06-01"}, "as_of"),
        ({"history": "1NNN"}, "levels"),
    ],
)
def test_what_a_history_does_not_have_is_refused_at_its_field(given: dict[str, object], field: str) -> None:
    with pytest.raises(QuestionError) as refused:
        hevesy.ask("plan paths", design="boin", target=0.25, **given)
    assert field in refused.value.fields


def test_rates_of_another_number_of_levels_are_refused(demonstration: Path) -> None:
    with pytest.raises(QuestionError, match="2 rates for the study's 4 levels"):
        hevesy.ask("plan paths", demonstration, p="0.1,0.2")
