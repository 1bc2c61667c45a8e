"""Trials over a grid of activities and cycles: what a design does on average, exactly or by simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation.partial_order import Cell, PartialOrderCRM
from hevesy.plan.escalation.simulate import Estimate

Counts = tuple[tuple[int, int], ...]
"""Subjects and DLTs by the number of the cell."""
State = tuple[Counts, Cell, bool]
"""What has been seen, the cell given last, and whether its last cohort had a DLT."""
MOST_STATES = 50_000
"""Beyond so many states of one cohort exact results are refused: each asks for a fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCharacteristics:
    """What a design over a grid does on average; cells by activity, then cycles; `selected` has "none" first."""

    p: tuple[float, ...]
    selected: tuple[float, ...]
    mean_n: tuple[float, ...]
    mean_dlt: tuple[float, ...]
    expected_n: float
    states: int
    method: str = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedGrid:
    """The same by simulation, with standard errors."""

    p: tuple[float, ...]
    trials: int
    seed: int
    selected: tuple[Estimate, ...]
    n: tuple[Estimate, ...]
    dlt: tuple[Estimate, ...]
    subjects: Estimate
    method: str = "simulation"


def cells_of(design: PartialOrderCRM) -> tuple[Cell, ...]:
    """The cells in the order of their numbers."""
    return tuple((a, c) for a in range(1, len(design.activity) + 1) for c in range(1, design.cycles + 1))


def grid_rates(design: PartialOrderCRM, p: Sequence[float]) -> tuple[float, ...]:
    """DLT rates, one a cell in the order of their numbers, none of which falls with activity or cycles."""
    cells = cells_of(design)
    if len(p) != len(cells):
        raise RuleError(
            f"p must give a DLT rate for each of {len(design.activity)} x {design.cycles} cells, got {len(p)}"
        )
    by_cell = dict(zip(cells, p, strict=True))
    for (a, c), rate in by_cell.items():
        if not 0 <= rate <= 1:
            raise RuleError(f"a DLT rate lies in 0..1, got {rate:g} (activity {a}, cycles {c})")
        for less in ((a - 1, c), (a, c - 1)):
            if by_cell.get(less, 0.0) > rate:
                raise RuleError(
                    f"more activity or cycles are no safer, got {rate:g} (activity {a}, cycles {c}) after "
                    f"{by_cell[less]:g} (activity {less[0]}, cycles {less[1]})"
                )
    return tuple(p)


def exact_grid(design: PartialOrderCRM, p: Sequence[float]) -> GridCharacteristics:
    """Every path added up: probability is carried from state to state, cohort by cohort.

    Refused: beyond 50,000 states of one cohort, with their count.
    """
    rates, cells = grid_rates(design, p), cells_of(design)
    selected, mean_n = np.zeros(len(cells) + 1), np.zeros(len(cells))
    here: dict[State, float] = {}
    _carry(design, rates, [(None, 1.0)], here, mean_n, selected)
    states = 1
    while here:
        states += len(here)
        if len(here) > MOST_STATES:
            raise CannotAnswerError(
                f"exact results beyond {MOST_STATES:,} states of one cohort, got {len(here):,}: simulate the trials"
            )
        after: dict[State, float] = {}
        _carry(design, rates, here.items(), after, mean_n, selected)
        here = after
    return GridCharacteristics(
        p=rates,
        selected=tuple(selected.tolist()),
        mean_n=tuple(mean_n.tolist()),
        mean_dlt=tuple((mean_n * np.array(rates)).tolist()),
        expected_n=float(mean_n.sum()),
        states=states,
    )


def _carry(
    design: PartialOrderCRM, rates: Sequence[float],
    here: Iterable[tuple[State | None, float]], after: dict[State, float],
    mean_n: np.ndarray[tuple[int], np.dtype[np.float64]], selected: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> None:  # fmt: skip
    """What the next cohort makes of every state; trials that end are added to what is selected."""
    cells = cells_of(design)
    for state, chance in here:
        number, size = _next(design, state)
        if size == 0:
            selected[number] += chance
            continue
        mean_n[number - 1] += chance * size
        rate = rates[number - 1]
        for dlts in range(size + 1):
            weight = chance * comb(size, dlts) * rate**dlts * (1 - rate) ** (size - dlts)
            if weight > 0:
                seen = _seen(state[0] if state else ((0, 0),) * len(cells), number, size, dlts)
                to = (seen, cells[number - 1], dlts > 0)
                after[to] = after.get(to, 0.0) + weight


def _seen(counts: Counts, number: int, size: int, dlts: int) -> Counts:
    n, dlt = counts[number - 1]
    return (*counts[: number - 1], (n + size, dlt + dlts), *counts[number:])


def _next(design: PartialOrderCRM, state: State | None) -> tuple[int, int]:
    """The cell of the next cohort and its size; size 0: the trial has ended and selects the cell."""
    if state is None:
        return 1, min(design.cohort_size, design.n_max)
    counts = {cell: seen for cell, seen in zip(cells_of(design), state[0], strict=True) if seen[0]}
    found = design.after(counts, state[1], after_dlt=state[2])
    if found.action == "stop":
        return found.mtd or 0, 0
    assert found.level is not None
    return found.level, found.open_places


def simulate_grid(
    design: PartialOrderCRM, p: Sequence[float], trials: int, seed: int, progress: Callable[[int], None] | None = None
) -> SimulatedGrid:
    """Trials played out one by one; each trial's luck hangs on the seed alone."""
    if trials < 1:
        raise RuleError(f"at least one trial is simulated, got {trials}")
    rates, cells = grid_rates(design, p), cells_of(design)
    luck = np.random.default_rng(seed).random((trials, design.n_max))
    following = cache(lambda state: _next(design, state))
    n, dlt = np.zeros((trials, len(cells))), np.zeros((trials, len(cells)))
    selected = np.zeros((trials, len(cells) + 1))
    for trial in range(trials):
        state: State | None = None
        treated = 0
        number, size = following(state)
        while size:
            dlts = int((luck[trial, treated : treated + size] < rates[number - 1]).sum())
            treated += size
            n[trial, number - 1] += size
            dlt[trial, number - 1] += dlts
            seen = _seen(state[0] if state else ((0, 0),) * len(cells), number, size, dlts)
            state = (seen, cells[number - 1], dlts > 0)
            number, size = following(state)
        selected[trial, number] = 1
        if progress is not None and (trial + 1) % 256 == 0:
            progress(trial + 1)
    return SimulatedGrid(
        p=rates,
        trials=trials,
        seed=seed,
        selected=_estimates(selected),
        n=_estimates(n),
        dlt=_estimates(dlt),
        subjects=_estimates(n.sum(axis=1, keepdims=True))[0],
    )


def _estimates(values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> tuple[Estimate, ...]:
    means, errors = values.mean(axis=0), values.std(axis=0) / len(values) ** 0.5
    return tuple(Estimate(mean, error) for mean, error in zip(means.tolist(), errors.tolist(), strict=True))
