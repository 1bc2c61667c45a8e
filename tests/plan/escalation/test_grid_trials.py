"""Trials over a grid: exact results against every path told one by one, the one-way design, and simulation."""

from __future__ import annotations

from itertools import product
from math import comb

import pytest

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation import crm
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.grid_trials import cells_of, exact_grid, simulate_grid
from hevesy.plan.escalation.partial_order import Cell, PartialOrderCRM

PRIOR = (0.05, 0.1, 0.17, 0.25, 0.35, 0.45)
RATES = (0.05, 0.1, 0.12, 0.25, 0.2, 0.4)


def grid(n_max: int, limit: float | None = None, cohort_size: int = 3) -> PartialOrderCRM:
    return PartialOrderCRM(activity=(1.0, 2.0, 3.0), cycles=2, prior=PRIOR, target=0.25, n_max=n_max, limit=limit,
                           cohort_size=cohort_size)  # fmt: skip


def by_paths(design: PartialOrderCRM, p: tuple[float, ...], cohorts: int) -> tuple[list[float], list[float]]:
    """Every sequence of outcomes, each asked of the design with its whole history, as a committee would."""
    cells = cells_of(design)
    selected, subjects = [0.0] * (len(cells) + 1), [0.0] * len(cells)
    for outcomes in product(range(design.cohort_size + 1), repeat=cohorts):
        history: list[tuple[Cell, int, int]] = []
        chance, places = 1.0, []
        for dlts in outcomes:
            number = design.decide(history).level
            assert number is not None
            rate, size = p[number - 1], design.cohort_size
            chance *= comb(size, dlts) * rate**dlts * (1 - rate) ** (size - dlts)
            history.append((cells[number - 1], size, dlts))
            places.append(number)
        last = design.decide(history)
        assert last.action == "stop"
        selected[last.mtd or 0] += chance
        for number in places:
            subjects[number - 1] += chance * design.cohort_size
    return selected, subjects


@pytest.mark.parametrize(("limit", "cohort_size", "cohorts"), [(None, 3, 4), (4.0, 3, 4), (None, 1, 7)])
def test_exact_results_are_those_of_every_path(limit: float | None, cohort_size: int, cohorts: int) -> None:
    design = grid(cohort_size * cohorts, limit, cohort_size)
    found = exact_grid(design, RATES)
    selected, subjects = by_paths(design, RATES, cohorts)
    assert found.selected == pytest.approx(selected, abs=1e-12)
    assert found.mean_n == pytest.approx(subjects, abs=1e-10)
    assert found.mean_dlt == pytest.approx([n * p for n, p in zip(subjects, RATES, strict=True)], abs=1e-10)
    assert sum(found.selected) == pytest.approx(1, abs=1e-12)


def test_with_one_cycle_it_is_the_continual_reassessment_method() -> None:
    """The exact results of another program part: the state graph of the one-way design."""
    p = (0.05, 0.1, 0.15, 0.25, 0.4, 0.5)
    design = PartialOrderCRM(activity=(1, 2, 3, 4, 5, 6), cycles=1, prior=PRIOR, target=0.25, n_max=18)
    told = operating_characteristics(crm.CRM(prior=PRIOR, target=0.25, n_max=18), p)
    found = exact_grid(design, p)
    assert found.selected == pytest.approx(told.selected, abs=1e-12)
    assert found.mean_n == pytest.approx(told.mean_n, abs=1e-10)


def test_simulated_trials_are_the_exact_ones_on_average() -> None:
    exact, found = exact_grid(grid(18), RATES), simulate_grid(grid(18), RATES, 4000, seed=5)
    for told, estimates in ((exact.selected, found.selected), (exact.mean_n, found.n), (exact.mean_dlt, found.dlt)):
        for value, one in zip(told, estimates, strict=True):
            assert abs(one.mean - value) <= 4 * one.standard_error + 1e-12
    again = simulate_grid(grid(18), RATES, 4000, seed=5)
    assert again == found
    assert simulate_grid(grid(18), RATES, 4000, seed=6) != found


def test_rates_that_fall_or_are_too_few_are_refused() -> None:
    for p, said in (
        (RATES[:5], "each of 3 x 2 cells, got 5"),
        ((0.05, 0.1, 0.12, 0.25, 0.1, 0.4), r"got 0.1 \(activity 3, cycles 1\) after 0.12 \(activity 2, cycles 1\)"),
        ((0.05, 0.1, 0.12, 0.25, 0.2, 1.4), "lies in 0..1, got 1.4"),
    ):
        with pytest.raises(RuleError, match=said):
            exact_grid(grid(9), p)
    with pytest.raises(RuleError, match="at least one trial"):
        simulate_grid(grid(9), RATES, 0, seed=1)


def test_a_grid_too_large_for_exact_results_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hevesy.plan.escalation.grid_trials.MOST_STATES", 100)
    with pytest.raises(CannotAnswerError, match="simulate the trials"):
        exact_grid(grid(18), RATES)
