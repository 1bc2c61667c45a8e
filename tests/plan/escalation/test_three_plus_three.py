"""The 3+3 family: published operating characteristics, the trial's own questions, and laws."""

from __future__ import annotations

import csv
from functools import cache
from itertools import groupby
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import parse_history
from hevesy.plan.escalation.three_plus_three import ThreePlusThree, three_plus_three
from hevesy.study.outcomes import CohortOutcome
from tests.conftest import reference
from tests.references.three_plus_three import a_plus_b_without_de_escalation, three_plus_three_with_de_escalation

SCENARIOS = {
    "A": (0.05, 0.10, 0.17, 0.25, 0.38, 0.52),
    "B": (0.01, 0.03, 0.06, 0.10, 0.15, 0.22),
    "C": (0.25, 0.38, 0.50, 0.60, 0.70),
    "D": (0.10, 0.20, 0.30, 0.40, 0.50),
    "E": (0.02, 0.05, 0.25, 0.55),
}


def mtd_probabilities(design: ThreePlusThree, p: tuple[float, ...]) -> list[float]:
    """P(no MTD), P(level 1) ... by asking the design itself at every history it can meet."""
    totals = [0.0] * (len(p) + 1)

    def walk(history: tuple[CohortOutcome, ...], probability: float) -> None:
        decision = decide(history)
        if decision.action == "stop":
            totals[decision.mtd or 0] += probability
            return
        assert decision.level is not None
        n = decision.open_places
        for dlt in range(n + 1):
            chance = comb(n, dlt) * p[decision.level - 1] ** dlt * (1 - p[decision.level - 1]) ** (n - dlt)
            walk((*history, CohortOutcome(level=decision.level, evaluable=n, with_dlt=dlt)), probability * chance)

    @cache
    def decide(history: tuple[CohortOutcome, ...]):  # type: ignore[no-untyped-def]
        return design.decide(history)

    walk((), 1.0)
    return totals


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("esc_only", "variant"), [("TRUE", "no-de-escalation"), ("FALSE", "de-escalation")])
def test_selection_equals_bcrm(scenario: str, esc_only: str, variant: str) -> None:
    p = SCENARIOS[scenario]
    ours = mtd_probabilities(three_plus_three(variant, levels=len(p)), p)
    with reference("escalation/threeplus3_exact_bcrm.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["scenario"] == scenario and row["esc_only"] == esc_only]
    assert rows
    for row in rows:
        assert ours[int(row["dose"])] == pytest.approx(float(row["prob_mtd"]), abs=1e-12)


def test_selection_equals_exact_a_plus_b_designs() -> None:
    with reference("escalation/exact_aplusb.csv").open() as file:
        rows = list(csv.DictReader(file))
    parameters = ("scenario", "A", "B", "C", "D", "E")
    compared = 0
    for (scenario, *numbers), group in groupby(rows, key=lambda row: tuple(row[name] for name in parameters)):
        a, b, c, d, e = map(int, numbers)
        p = SCENARIOS[scenario]
        design = ThreePlusThree(
            levels=len(p), variant="A+B", first=a, more=b, up_at_most=c - 1, add_at_most=d, up_at_most_of_all=e
        )
        ours = mtd_probabilities(design, p)
        for row in group:
            assert ours[int(row["dose"])] == pytest.approx(float(row["prob_mtd"]), abs=1e-12)
            compared += 1
    assert compared > 50


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_selection_equals_a_reference_written_differently(p: list[float]) -> None:
    levels = len(p)
    with_de_escalation = three_plus_three_with_de_escalation(p)["prob_mtd"]
    assert mtd_probabilities(three_plus_three("de-escalation", levels), tuple(p)) == pytest.approx(
        with_de_escalation, abs=1e-12
    )
    without = a_plus_b_without_de_escalation(p, 4, 4, 1, 1, 1)["prob_mtd"]
    assert mtd_probabilities(three_plus_three("modified", levels), tuple(p)) == pytest.approx(without, abs=1e-12)


@pytest.mark.parametrize(
    ("history", "action", "level", "places", "mtd"),
    [
        ("", "stay", 1, 4, None),
        ("1NNNN", "escalate", 2, 4, None),
        ("1NNNN 2P", "wait", 2, 3, None),
        ("1NNNN 2NNTP", "wait", 2, 0, None),
        ("1NNNN 2NNNU", "wait", 2, 0, None),
        ("1NNNN 2NNNX", "stay", 2, 1, None),
        ("1NNNNX 2NNNNX", "escalate", 3, 4, None),
        ("1NNNT", "stay", 1, 4, None),
        ("1NNNT 1NNNN", "escalate", 2, 4, None),
        ("1NNNT 1NNPP", "wait", 1, 0, None),
        ("1NNNT 1NNP", "wait", 1, 1, None),
        ("1NNNT 1NNNT", "stop", None, 0, None),
        ("1NNNN 2NNTT", "stop", None, 0, 1),
        ("1NNNN 2NNNN 3NNNN 4NNNN", "stop", None, 0, 4),
        ("1TTPP", "wait", 1, 0, None),
        ("1NNNNN", "escalate", 2, 4, None),
        ("1NNNU 2NNNN", "wait", 2, 0, None),
    ],
)
def test_the_modified_design_of_the_trial(
    history: str, action: str, level: int | None, places: int, mtd: int | None
) -> None:
    decision = three_plus_three("modified", levels=4).decide(parse_history(history))
    assert (decision.action, decision.level, decision.open_places, decision.mtd) == (action, level, places, mtd)
    assert decision.because


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ("2NNNN", "starts at level 1"),
        ("1NNNN 3NNNN", "step 2"),
        ("1NNTT 2NNNN", "had stopped"),
        ("1NNNN 5NNNN", "does not exist"),
        ("1NNQN", "'Q'"),
        ("NNNN", "not a level and letters"),
        ("1NNNNNNNNN", "at most 8"),
        ("1NNNNNPPUU", "has 9 subjects"),
    ],
)
def test_an_impossible_history_is_refused_with_its_step(history: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        three_plus_three("modified", levels=4).decide(parse_history(history))


@pytest.mark.parametrize(
    ("history", "action", "places"),
    [("1TTP", "wait", 0), ("1NNNT 1TP", "wait", 2), ("1NNNT 1TTP", "wait", 0), ("1NNNT 1TNNN", "escalate", 4)],
)
def test_an_a_plus_b_design_permits_more_of_all_than_of_the_first(history: str, action: str, places: int) -> None:
    """Of the first four at most one DLT, of all eight at most two (Lin and Shih's A+B): while some are open, places go by the same limits."""
    design = ThreePlusThree(levels=3, variant="A+B", first=4, more=4, up_at_most_of_all=2)
    decision = design.decide(parse_history(history))
    assert (decision.action, decision.open_places) == (action, places)
