"""Trials of BOIN12 simulated: which level is taken as the optimal one, and how many are treated, have DLTs and respond.

The trials of a block take their decisions together, from tables of the worth of every outcome. Toxicity and response of
a subject are independent; the random numbers of the DLTs are those of every other design (same seed, same virtual
patients).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.plan.escalation.boin12 import BOIN12
from hevesy.plan.escalation.interval import select_mtds
from hevesy.plan.escalation.interval_rules import BOIN
from hevesy.plan.escalation.simulate import BLOCK, Estimate

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
N, DLT, RESPONSES, COUNTED = 0, 1, 2, 3
"""Rows of the counts of a block, and how many they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimalDose:
    """Operating characteristics by simulation; `selected` has "none" first, then each level."""

    p: tuple[float, ...]
    q: tuple[float, ...]
    trials: int
    seed: int
    selected: tuple[Estimate, ...]
    n: tuple[Estimate, ...]
    dlt: tuple[Estimate, ...]
    responses: tuple[Estimate, ...]
    subjects: Estimate
    method: str = "simulation"


def simulate_boin12(design: BOIN12, p: Sequence[float], q: Sequence[float], trials: int, seed: int) -> OptimalDose:
    """Simulate trials with DLT rates `p` and response rates `q` by level.

    >>> found = simulate_boin12(BOIN12(levels=2), (0.1, 0.5), (0.5, 0.6), trials=2000, seed=3)
    >>> found.selected[1].mean > found.selected[2].mean
    True
    """
    for name, rates in (("p", p), ("q", q)):
        if len(rates) != design.levels or not all(0 <= rate <= 1 for rate in rates):
            raise RuleError(
                f"{name} gives a rate between 0 and 1 for each of {design.levels} levels, got {list(rates)}"
            )
    if trials < 1:
        raise RuleError(f"at least one trial is simulated, got {trials}")
    table = _tables(design)
    selected = np.zeros(design.levels + 1, dtype=np.int64)
    sums, squares = np.zeros((COUNTED, design.levels)), np.zeros((COUNTED, design.levels))
    total, total_squared = 0, 0
    for first in range(0, trials, BLOCK):
        best, counts = _block(design, table, np.array(p), np.array(q), seed, first, min(BLOCK, trials - first))
        selected += np.bincount(best, minlength=design.levels + 1)
        sums += counts.sum(axis=1)
        squares += (counts**2).sum(axis=1)
        subjects = counts[N].sum(axis=1)
        total, total_squared = total + int(subjects.sum()), total_squared + int((subjects**2).sum())

    def estimate(sum_: float, square: float) -> Estimate:
        mean = sum_ / trials
        return Estimate(float(mean), float((max(square / trials - mean**2, 0.0) / trials) ** 0.5))

    n, dlt, responses = (tuple(map(estimate, sums[row], squares[row])) for row in (N, DLT, RESPONSES))
    return OptimalDose(
        p=tuple(p),
        q=tuple(q),
        trials=trials,
        seed=seed,
        selected=tuple(estimate(count, count) for count in selected.tolist()),
        n=n,
        dlt=dlt,
        responses=responses,
        subjects=estimate(total, total_squared),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    """By subjects, DLTs and responses at a level: desirability and mean worth; whether too toxic, whether futile."""

    desirability: Floats
    worth: Floats
    toxic: NDArray[np.bool_]
    futile: NDArray[np.bool_]


def _tables(design: BOIN12) -> _Tables:
    most, worth = design.n_max + 1, design.worth
    desirability, mean = np.zeros((most, most, most)), np.zeros((most, most, most))
    toxic, futile = np.zeros((most, most), dtype=bool), np.zeros((most, most), dtype=bool)
    for n in range(most):
        for one in range(n + 1):
            toxic[n, one] = not worth.admissible(n, one, n)
            futile[n, one] = not worth.admissible(n, 0, one)
            for responses in range(n + 1):
                desirability[n, one, responses] = round(worth.probability(n, one, responses), 12)
                mean[n, one, responses] = round(worth.mean(n, one, responses), 12)
    return _Tables(desirability=desirability, worth=mean, toxic=toxic, futile=futile)


def _block(
    design: BOIN12, table: _Tables, p: Floats, q: Floats, seed: int, first: int, count: int
) -> tuple[Ints, Ints]:
    """The level taken in each trial (0: none) and the counts: (n, DLTs, responses) x trials x levels."""
    from hevesy.kernels.random import stream, uniforms

    tolerance, response = (
        uniforms(seed, stream(purpose), first, count, design.n_max) for purpose in ("tolerance", "response")
    )
    counts = np.zeros((COUNTED, count, design.levels), dtype=np.int64)
    level, treated, best = (
        np.ones(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
    )
    on = np.arange(count)
    while len(on):
        size = np.minimum(design.cohort_size, design.n_max - treated[on])
        at = level[on] - 1
        for place in range(design.cohort_size):
            some = on[place < size]
            here = level[some] - 1
            subject = treated[some]
            counts[N, some, here] += 1
            counts[DLT, some, here] += tolerance[some, subject] < p[here]
            counts[RESPONSES, some, here] += response[some, subject] < q[here]
            treated[some] += 1
        following, best[on] = _next(design, table, counts[:, on], at, treated[on])
        level[on] = following
        on = on[following > 0]
    return best, counts


def _next(design: BOIN12, table: _Tables, counts: Ints, at: Ints, treated: Ints) -> tuple[Ints, Ints]:
    """The next level of each trial (from 1; 0: over) and the optimal level if it is over (0: none).

    `at` counts from 0.
    """
    n, dlt, responses = counts[N], counts[DLT], counts[RESPONSES]
    rows, places = np.arange(len(at)), np.arange(design.levels)
    tolerated = ~np.logical_or.accumulate(table.toxic[n, dlt], axis=1)
    open_ = tolerated & ~table.futile[n, responses]
    rule = BOIN(target=design.worth.toxicity_limit)
    rate = dlt[rows, at] / n[rows, at]
    down = rate >= rule.lambda_d
    not_up = down | ((rate > rule.lambda_e) & (n[rows, at] >= design.enough_n))
    lowest, highest = np.maximum(at - 1, 0), np.where(down, np.maximum(at - 1, 0), np.where(not_up, at, at + 1))
    among = open_ & (places >= lowest[:, None]) & (places <= highest[:, None])
    below = open_ & (places < at[:, None])
    candidates = np.where(among.any(axis=1)[:, None], among, below)
    scores = np.where(candidates, table.desirability[n, dlt, responses], -1.0)
    full = treated >= design.n_max
    over = full | ~candidates.any(axis=1)
    mtd = np.zeros(len(at), dtype=np.int64)
    ended = full & open_.any(axis=1)
    if ended.any():
        mtd[ended] = select_mtds(n[ended], dlt[ended], design.worth.toxicity_limit)
    worth = np.where(open_ & (n > 0) & (places < mtd[:, None]), table.worth[n, dlt, responses], -1.0)
    best = np.where((worth > -1).any(axis=1), worth.argmax(axis=1) + 1, 0)
    return np.where(over, 0, scores.argmax(axis=1) + 1), best
