"""The design on paper, for the demonstration study and for designs that have no exact results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hevesy.conduct.expectations import assumed_rates, on_paper
from hevesy.conduct.next_dose import cohorts_of, design_of, paths_ahead
from hevesy.plan.escalation.design import notation, parse_history
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.three_plus_three import three_plus_three
from hevesy.study.outcomes import DLTStatus, SubjectOutcome
from hevesy.study.protocol import Escalation, TrialProtocol
from tests.conftest import Folder


@pytest.fixture
def protocol(demo: Folder) -> TrialProtocol:
    return demo.study().protocol


def test_the_demonstration_design_is_worked_out_exactly(protocol: TrialProtocol) -> None:
    (found,) = on_paper(protocol)
    assert found.because is None
    assert len(found.cells) == 10
    for world in found.expectations:
        p = assumed_rates(4, world.right_level)
        assert p[world.right_level - 1] == pytest.approx(0.25)
        assert world.found.selected == operating_characteristics(three_plus_three("modified", 4), p).selected
    nothing_chosen = 1 - (0.75**4 + 4 * 0.25 * 0.75**3 * 0.75**4)
    assert found.expectations[0].found.selected[0] == pytest.approx(nothing_chosen), "0 of 4, or 1 of 4 and then 0 of 4"


def test_designs_with_pending_subjects_say_why_there_is_no_table(protocol: TrialProtocol) -> None:
    plan = Escalation(design="titecrm", cohort_size=1, target=0.25, n_max=24, skeleton=(0.05, 0.12, 0.25, 0.4))
    (found,) = on_paper(replace(protocol, escalation=plan))
    assert found.expectations == ()
    assert "simulate" in str(found.because)
    assert "time-to-event" in found.paragraph


def test_paths_ahead_hold_every_outcome_of_two_cohorts(protocol: TrialProtocol) -> None:
    design, history = design_of(protocol), parse_history("1NNNN 2NNNN")
    found = {path.outcomes: path.decision for path in paths_ahead(design, history, design.decide(history))}
    assert len(found) == 13
    assert found["3NNNT 3NNNN"].level == 4
    assert found["3NNTT"].mtd == 2
    for outcomes, decision in found.items():
        assert design.decide((*history, *parse_history(outcomes))) == decision


def test_two_cohorts_at_one_level_are_told_apart_where_it_matters() -> None:
    """A DLT in the first of two cohorts does not forbid going up after the second."""
    statuses: list[DLTStatus] = ["no DLT", "DLT", "not evaluable", "no DLT", "no DLT", "no DLT", "no DLT"]
    outcomes = tuple(
        SubjectOutcome(subject=str(place), level=1, status=status, because=(), rows=(), elapsed_d=85)
        for place, status in enumerate(statuses)
    )
    assert notation(cohorts_of(outcomes)) == "1NNNNNTX"
    assert notation(cohorts_of(outcomes, 3)) == "1NNTX 1NNN"


def test_a_study_hands_over_the_days_that_adaptive_weights_need() -> None:
    pending = SubjectOutcome(subject="1", level=1, status="pending", because=(), rows=(), elapsed_d=40)
    with_dlt = SubjectOutcome(subject="2", level=1, status="DLT", because=(), rows=(), elapsed_d=85, dlt_after_d=31)
    assert notation(cohorts_of((pending, with_dlt))) == "1T31P40"
