"""BOIN12 against the desirability table of the escalation package, and its rules."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import pytest
from scipy.stats import binom

from hevesy.errors import RuleError
from hevesy.plan.escalation.boin12 import BOIN12, Desirability
from hevesy.plan.escalation.boin12_trials import simulate_boin12
from hevesy.plan.escalation.design import notation, parse_history
from tests.conftest import reference


def test_the_desirability_table_is_identical() -> None:
    ranks = Desirability().ranks()
    with reference("escalation/escalation_boin12_rds.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(ranks)
    for row in rows:
        found = ranks[int(row["Patients"]), int(row["Toxicity"]), int(row["Efficacy"])]
        assert found == (None if row["RDS_x"] == "NA" else float(row["RDS_x"])), row


def test_the_rules_of_the_design() -> None:
    design = BOIN12(levels=3, worth=Desirability())
    untried = (0, 0, 0)
    assert design.after([(3, 3, 0), untried, untried], 1).action == "stop"
    assert design.after([(3, 0, 1), (3, 2, 1), untried], 2).level == 1, "toxic: down"
    assert design.after([(3, 0, 0), untried, untried], 1).level == 2, "nothing seen: the next level offers more"
    assert design.after([(3, 0, 3), untried, untried], 1).level == 1, "all respond: nothing to gain above"
    assert design.after([(12, 0, 2), (12, 2, 8), (12, 4, 8)], 2).mtd == 2
    with pytest.raises(RuleError, match="level 1"):
        design.after([(3, 4, 0), untried, untried], 1)
    assert design.after([(12, 6, 0), untried, untried], 1).action == "stop", "futile here, and too many DLTs to go up"
    with pytest.raises(ValueError, match="add up to 100"):
        Desirability(neither=30)


def test_the_design_reads_notation_with_responses() -> None:
    design = BOIN12(levels=3)
    history = parse_history("1NNE 2EEB")
    assert notation(history) == "1NNE 2EEB"
    assert design.decide(history).because == design.after([(3, 0, 1), (3, 1, 3), (0, 0, 0)], 2).because
    assert design.decide(parse_history("1NNP")).action == "wait"
    assert design.decide(()).level == 1
    with pytest.raises(RuleError, match="step 2: level 3 was given where the design says level 2"):
        design.decide(parse_history("1NNE 3NNN"))


def exactly(design: BOIN12, p: Sequence[float], q: Sequence[float]) -> tuple[list[float], list[float]]:
    """Selection (none first) and mean numbers treated by every path, one decision at a time."""
    selected, treated = [0.0] * (design.levels + 1), [0.0] * design.levels

    def go(counts: tuple[tuple[int, int, int], ...], level: int, size: int, chance: float) -> None:
        for dlt in range(size + 1):
            for responses in range(size + 1):
                here = chance * binom.pmf(dlt, size, p[level - 1]) * binom.pmf(responses, size, q[level - 1])
                n, y, r = counts[level - 1]
                after = (*counts[: level - 1], (n + size, y + dlt, r + responses), *counts[level:])
                decision = design.after(after, level)
                if decision.level is None:
                    selected[decision.mtd or 0] += here
                    for place, (m, _, _) in enumerate(after):
                        treated[place] += here * m
                else:
                    go(after, decision.level, decision.open_places, here)

    go(((0, 0, 0),) * design.levels, 1, min(design.cohort_size, design.n_max), 1.0)
    return selected, treated


@pytest.mark.parametrize(("p", "q"), [((0.1, 0.3, 0.5), (0.2, 0.5, 0.5)), ((0.3, 0.45, 0.6), (0.1, 0.3, 0.7))])
def test_simulated_trials_agree_with_every_path_added_up(p: tuple[float, ...], q: tuple[float, ...]) -> None:
    """Cohorts of three and eight subjects: the last cohort is smaller."""
    design = BOIN12(levels=3, n_max=8)
    selected, treated = exactly(design, p, q)
    found = simulate_boin12(design, p, q, trials=100_000, seed=11)
    for estimates, truth in ((found.selected, selected), (found.n, treated)):
        for estimate, value in zip(estimates, truth, strict=True):
            assert abs(estimate.mean - value) <= 4 * estimate.standard_error + 1e-12


def test_a_response_rate_is_needed_at_every_level() -> None:
    with pytest.raises(ValueError, match="q gives a rate between 0 and 1 for each of 3 levels"):
        simulate_boin12(BOIN12(levels=3), (0.1, 0.2, 0.3), (0.1, 1.2, 0.3), 10, 1)
