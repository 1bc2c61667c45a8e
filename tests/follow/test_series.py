"""Responses of a table by reader, and assessments by their criteria, as any caller may ask them."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from hevesy.errors import RuleError
from hevesy.follow.ctcae import VERSIONS, laboratory_terms
from hevesy.follow.response.judged import judged_by, response_to
from hevesy.follow.response.series import best_of_each
from hevesy.study.called import Called
from hevesy.study.facts.response import Assessed, Assessment, IgMAssessment, TumourAssessment
from hevesy.study.protocol.criteria import CRITERIA, found_by
from hevesy.study.protocol.toxicity import CtcaeVersion

RECIST = CRITERIA["recist-1.1"]


def called(*words: str, evaluator: str = "") -> list[Called]:
    return [
        Called(
            subject="S", row=place, visit=f"V{place}", visit_number=place, on=date(2020, place, 1), response=word,
            evaluator=evaluator,
        )
        for place, word in enumerate(words, 1)
    ]  # fmt: skip


def test_the_words_of_signatures_are_those_of_the_rules() -> None:
    assert set(found_by()) == set(CRITERIA) - {"imwg"}
    assert get_args(CtcaeVersion) == VERSIONS
    assert all(laboratory_terms(version) for version in VERSIONS)


def test_each_reader_has_a_best_response_of_its_own() -> None:
    found = best_of_each([*called("PR", "PR", evaluator="one"), *called("PR", "SD", evaluator="two")], RECIST)
    assert [(one.visits[0].evaluator, one.best, one.best_unconfirmed) for one in found] == [
        ("one", "PR", "PR"),
        ("two", "SD", "PR"),
    ]


def test_a_word_of_no_criteria_says_nothing_and_is_told() -> None:
    (found,) = best_of_each(called("PR", "better"), RECIST)
    assert [one.response for one in found.visits] == ["PR", "NE"]
    assert found.because[-1] == "line 2: 'better' is no response of RECIST 1.1: that visit is not evaluable"


def test_responses_by_other_criteria_are_refused() -> None:
    with pytest.raises(RuleError, match=r"no response in it is one of RECIST 1\.1: PMR, VGPR"):
        best_of_each(called("VGPR", "PMR", "NE"), RECIST)


def test_of_myeloma_each_visit_has_what_the_next_one_bears_out() -> None:
    (found,) = best_of_each(called("VGPR", "PR", "PR"), CRITERIA["imwg-2016"])
    assert [one.response for one in found.confirmed] == ["PR", "PR", "PR"]
    assert (found.best, found.best_unconfirmed) == ("PR", "VGPR")


def proteins(*serum: float) -> list[Assessed]:
    return [
        Assessment(subject="S", row=place, on=date(2020, place, 1), serum_m_protein_g_per_dL=value)
        for place, value in enumerate(serum, 1)
    ]


def igm(*values: float) -> list[Assessed]:
    return [
        IgMAssessment(subject="S", row=place, on=date(2020, place, 1), igm_g_per_dL=value)
        for place, value in enumerate(values, 1)
    ]


def sums(*values: float) -> list[Assessed]:
    return [
        TumourAssessment(
            subject="S", row=place, on=date(2020, place, 1), target_mm=10 * value, target_cm2=value, new_lesion=False
        )
        for place, value in enumerate(values, 1)
    ]


@pytest.mark.parametrize(
    ("criteria", "events", "best"),
    [
        ("imwg-2016", proteins(3, 1.4, 1.3), "PR"),
        ("iwwm", igm(4, 1.9, 1.8), "PR"),
        ("recist-1.1", sums(10, 6, 6), "PR"),
    ],
)
def test_criteria_find_a_response_in_what_they_are_judged_by(criteria: str, events: list[Assessed], best: str) -> None:
    assert isinstance(events[0], judged_by(criteria))
    found = response_to("S", criteria, events)
    assert found.best_unconfirmed == best


def test_growth_soon_after_radiotherapy_is_not_told_from_its_effect() -> None:
    soon, late = (response_to("S", "rano-2.0", sums(10, 20), ended) for ended in (date(2019, 12, 20), date(2019, 6, 1)))
    assert (soon.progression_on, late.progression_on) == (None, date(2020, 2, 1))
