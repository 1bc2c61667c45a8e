"""Bayesian logistic regression with overdose control: two parameters, posteriors by quadrature, intervals cut exactly.

logit p(d) = log alpha + beta log(d / d*), (log alpha, log beta) bivariate normal. The DLT rate at a dose exceeds a
limit where log alpha is above a line that depends on log beta, so the panels over log alpha are cut there.

Source: Neuenschwander, Branson and Gsponer, Stat Med 2008;27:2420; overdose control after Babb, Rogatko and Zacks,
Stat Med 1998;17:1103.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, NoReturn

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import (
    Counts,
    Decision,
    Flags,
    History,
    Ints,
    Steps,
    count_rows,
    distinct_rows,
    one_step,
    without_table,
)
from hevesy.plan.escalation.paragraph import in_cohorts, sizes
from hevesy.plan.escalation.replay import replay
from hevesy.stats.quadrature import Panels
from hevesy.study.protocol.escalation import check_prior, check_target_interval

Floats = NDArray[np.float64]

ROWS_AT_ONCE = 512
REACH = 8.0
"""Standard deviations of the prior on either side that the quadrature covers."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Points of the trapezoidal rule over log beta, and panels over log alpha, both over the reach of the prior.

    For a smooth density that fades at both ends the trapezoidal rule converges geometrically. The more subjects, the
    narrower the posterior: the spacing follows.
    """

    outer: int
    panels: int

    @property
    def z_outer(self) -> Floats:
        """Standardised log beta."""
        return np.linspace(-REACH, REACH, self.outer)

    @property
    def inner(self) -> Panels:
        """Standardised log alpha, given log beta."""
        return Panels(low=-REACH, high=REACH, panels=self.panels, order=8)


def resolution(subjects: int) -> Resolution:
    """Fine enough for the posterior of so many subjects to 1e-6."""
    if subjects <= 40:
        return Resolution(65, 16)
    return Resolution(129, 48) if subjects <= 160 else Resolution(257, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticPrior:
    """Normal prior of (log alpha, log beta) and the reference dose d*, in the unit of the doses.

    The default is that of Neuenschwander et al. 2008.
    """

    mean: tuple[float, float] = (2.15, 0.52)
    sd: tuple[float, float] = (0.84, 0.80)
    correlation: float = 0.134 / (0.84 * 0.80)
    reference_dose: float = 250.0

    def __post_init__(self) -> None:
        check_prior(self.sd, self.correlation, self.reference_dose)
        if not all(map(math.isfinite, (*self.mean, *self.sd, self.correlation, self.reference_dose))):
            raise RuleError(f"the numbers of a prior are finite, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """DLT rates by dose: posterior mean, central interval, and the probabilities of the intervals of the rate."""

    mean: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    intervals: tuple[tuple[float, ...], ...]
    """For each dose the probability of each interval between 0, the limits and 1."""
    log_alpha: tuple[float, float]
    """Posterior mean and standard deviation."""
    log_beta: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Grid:
    """The quadrature of a prior and its doses.

    Nodes flattened over (log beta, log alpha), prior density in the weights.
    """

    log_alpha: Floats
    log_beta: Floats
    density: Floats
    weights: Floats
    log_p: Floats
    log_q: Floats


@lru_cache(maxsize=8)
def _grid(prior: LogisticPrior, doses: tuple[float, ...], fine: Resolution) -> _Grid:
    z_outer, z_inner = fine.z_outer, fine.inner.nodes()
    log_beta = prior.mean[1] + prior.sd[1] * z_outer
    log_alpha = (
        prior.mean[0]
        + prior.correlation * prior.sd[0] * z_outer[:, None]
        + prior.sd[0] * (1 - prior.correlation**2) ** 0.5 * z_inner
    )
    density = np.exp(-(z_outer[:, None] ** 2 + z_inner**2) / 2).ravel()
    beta = np.repeat(np.exp(log_beta), len(z_inner))
    logit = log_alpha.ravel() + beta * np.log(np.array(doses)[:, None] / prior.reference_dose)
    return _Grid(
        log_alpha=log_alpha.ravel(),
        log_beta=np.repeat(log_beta, len(z_inner)),
        density=density,
        weights=density * np.tile(fine.inner.weights(), fine.outer),
        log_p=-np.logaddexp(0, -logit),
        log_q=-np.logaddexp(0, logit),
    )


def _weights_above(prior: LogisticPrior, dose: float, limit: float, fine: Resolution) -> Floats:
    """Weights (with the prior density) of the region where the DLT rate at a dose exceeds a limit."""
    z_outer = fine.z_outer
    beta = np.exp(prior.mean[1] + prior.sd[1] * z_outer)
    cut = np.log(limit / (1 - limit)) - beta * np.log(dose / prior.reference_dose)
    centre = prior.mean[0] + prior.correlation * prior.sd[0] * z_outer
    z_cut = (cut - centre) / (prior.sd[0] * (1 - prior.correlation**2) ** 0.5)
    density = np.exp(-(z_outer[:, None] ** 2 + fine.inner.nodes() ** 2) / 2).ravel()
    return np.asarray(fine.inner.weights_above(z_cut).ravel() * density)


@lru_cache(maxsize=8)
def _all_above(prior: LogisticPrior, doses: tuple[float, ...], limits: tuple[float, ...], fine: Resolution) -> Floats:
    """Weights above each limit at each dose: (limits, doses, nodes)."""
    return np.stack([np.stack([_weights_above(prior, dose, limit, fine) for dose in doses]) for limit in limits])


def fit(
    prior: LogisticPrior,
    doses: Sequence[float],
    n: Sequence[int],
    dlt: Sequence[int],
    limits: Sequence[float] = (0.2, 0.35, 0.6),
    level: float = 0.95,
) -> Posterior:
    """Posterior DLT rates at the doses.

    `n` subjects and `dlt` DLTs were seen at each (0 where none was treated).

    >>> found = fit(LogisticPrior(), (1, 2.5, 5, 10, 25), (3, 4, 5, 4, 2), (0, 0, 0, 0, 2))
    >>> [round(rate, 4) for rate in found.mean]
    [0.0116, 0.0295, 0.0613, 0.1272, 0.3089]
    """
    at = checked_doses(doses)
    if not len(at) == len(n) == len(dlt):
        raise RuleError(f"doses, n and dlt must be of one length, got {len(at)}, {len(n)}, {len(dlt)}")
    for place, (subjects, events) in enumerate(zip(n, dlt, strict=True), start=1):
        if not 0 <= events <= subjects:
            raise RuleError(f"dlt must lie in 0..{subjects} (treated), got {events} (level {place})")
    if any(b <= a for a, b in pairwise((0.0, *limits, 1.0))):
        raise RuleError(f"limits increase between 0 and 1, got {', '.join(f'{limit:g}' for limit in limits)}")
    fine = resolution(sum(n))
    grid = _grid(prior, at, fine)
    y, m = np.asarray(dlt, dtype=float), np.asarray(n, dtype=float)
    log_likelihood = y @ grid.log_p + (m - y) @ grid.log_q
    likelihood = np.exp(log_likelihood - log_likelihood.max())
    total = float(likelihood @ grid.weights)

    def expected(of: Floats) -> float:
        return float((likelihood * of) @ grid.weights / total)

    above = _all_above(prior, at, tuple(limits), fine) @ likelihood / total
    edges = np.vstack([np.ones(len(at)), above, np.zeros(len(at))])

    def quantile(dose: float, share: float) -> float:
        from scipy.optimize import brentq

        return float(
            brentq(
                lambda limit: _weights_above(prior, dose, limit, fine) @ likelihood / total - (1 - share),
                1e-12,
                1 - 1e-12,
            )
        )

    first, second = expected(grid.log_alpha), expected(grid.log_beta)
    return Posterior(
        mean=tuple(expected(np.exp(row)) for row in grid.log_p),
        lower=tuple(quantile(dose, (1 - level) / 2) for dose in at),
        upper=tuple(quantile(dose, (1 + level) / 2) for dose in at),
        intervals=tuple(tuple(column) for column in (edges[:-1] - edges[1:]).T.tolist()),
        log_alpha=(first, (expected(grid.log_alpha**2) - first**2) ** 0.5),
        log_beta=(second, (expected(grid.log_beta**2) - second**2) ** 0.5),
    )


def checked_doses(doses: Sequence[float]) -> tuple[float, ...]:
    """Doses, positive and increasing."""
    at = tuple(float(dose) for dose in doses)
    if not at or at[0] <= 0 or any(b <= a for a, b in pairwise(at)):
        raise RuleError(f"doses are positive and increase, got {', '.join(f'{dose:g}' for dose in at) or 'none'}")
    return at


@dataclass(frozen=True, slots=True, kw_only=True)
class BLRM:
    """The model as a design.

    Of the doses whose risk of overdose is bounded, the one most probably in the target interval.

    Overdose is a DLT rate above `target_interval[1]`; its probability must be below `overdose_bound` (EWOC). No level
    is skipped going up, and no dose is more than `largest_increase` times the present one (None: no such limit). Where
    no dose is admissible the trial stops without an MTD; after `n_max` subjects the recommended dose is the MTD.
    """

    doses: tuple[float, ...]
    prior: LogisticPrior
    target_interval: tuple[float, float] = (0.2, 0.35)
    overdose_bound: float = 0.25
    largest_increase: float | None = None
    cohort_size: int = 3
    n_max: int = 30
    start: int = 1
    needs_calendar: ClassVar[bool] = False
    splits_cohorts: ClassVar[bool] = True

    def __post_init__(self) -> None:
        checked_doses(self.doses)
        if not 1 <= self.cohort_size <= self.n_max:
            raise RuleError(
                f"a trial has at least one whole cohort of {self.cohort_size}, got {self.n_max} subjects in all"
            )
        check_target_interval(self.target_interval, self.overdose_bound)
        if self.largest_increase is not None and self.largest_increase <= 1:
            raise RuleError(f"the largest increase is a factor above 1, got {self.largest_increase:g}")

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        return len(self.doses)

    @property
    def in_short(self) -> str:
        """The design in a line."""
        return f"BLRM, {self.stated()}; {sizes(self)}"

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol."""
        low, high = self.target_interval
        return (
            f"{in_cohorts(self)}, by a Bayesian logistic regression of the DLT rate on dose with two parameters; "
            f"{self.stated()}. Of the doses whose probability of a DLT rate above {high:g} is below "
            f"{self.overdose_bound:g}, the one with the highest probability of a rate of {low:g} to {high:g} is "
            "given; if there is none the trial stops and no dose is the MTD. When all subjects are treated that dose "
            "is the MTD. (Neuenschwander, Branson and Gsponer, Stat Med 2008;27:2420.)"
        )

    def starting_at(self, level: int) -> BLRM:
        """The design, begun at a level of its own."""
        return replace(self, start=level)

    def complete(self) -> BLRM:
        """It waits for complete outcomes."""
        return self

    def decision_table(self, n_max: int) -> NoReturn:
        """It has none."""
        raise without_table(self)

    def interval_probabilities(self, n: Ints, dlt: Ints) -> tuple[Floats, Floats]:
        """Probability of the target interval and of overdose at each dose (columns), for each row of counts."""
        first, inverse = distinct_rows(np.column_stack([n, dlt]))
        n, dlt = n[first], dlt[first]
        fine = resolution(self.n_max)
        grid = _grid(self.prior, self.doses, fine)
        above = _all_above(self.prior, self.doses, self.target_interval, fine).reshape(2 * self.levels, -1).T
        everything = np.column_stack([above, grid.weights])
        target, overdose = np.empty((len(n), self.levels)), np.empty((len(n), self.levels))
        for begin in range(0, len(n), ROWS_AT_ONCE):
            some = slice(begin, begin + ROWS_AT_ONCE)
            y, m = dlt[some].astype(float), n[some].astype(float)
            log_likelihood = y @ grid.log_p + (m - y) @ grid.log_q
            log_likelihood -= log_likelihood.max(axis=1, keepdims=True)
            np.exp(log_likelihood, out=log_likelihood)
            sums = log_likelihood @ everything
            shares = sums[:, :-1] / sums[:, -1:]
            overdose[some] = shares[:, self.levels :]
            target[some] = shares[:, : self.levels] - overdose[some]
        return target[inverse], overdose[inverse]

    def recommended(self, n: Ints, dlt: Ints, level: Ints) -> Ints:
        """The admissible dose most probably in the target interval, within the permitted increase.

        0 where there is none.
        """
        target, overdose = self.interval_probabilities(n, dlt)
        reachable = np.arange(1, self.levels + 1) <= level[:, None] + 1
        if self.largest_increase is not None:
            doses = np.array(self.doses)
            reachable &= doses <= doses[level - 1][:, None] * self.largest_increase * (1 + 1e-12)
        admissible = reachable & (overdose < self.overdose_bound)
        best = np.where(admissible, target, -1.0).argmax(axis=1) + 1
        return np.where(admissible.any(axis=1), best, 0)

    def closed(self, n: Ints, dlt: Ints, level: Ints) -> Flags:
        """Whether the probability of overdose at the level has reached its bound."""
        _, overdose = self.interval_probabilities(n, dlt)
        return np.asarray(overdose[np.arange(len(level)), level - 1] >= self.overdose_bound)

    def steps(self, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints) -> Steps:
        """What comes next in many trials at once, a row for each; it does not depend on the last cohort."""
        del last_dlt
        best, total = self.recommended(n, dlt, level), n.sum(axis=1)
        over = (best == 0) | (total >= self.n_max)
        places = np.minimum(self.cohort_size, self.n_max - total)
        return Steps(np.where(over, 0, best), np.where(over, 0, places), np.where(over, best, 0))

    def explain(self, counts: Counts, level: int, last_dlt: int) -> Decision:
        """The step with its reasons; the prior, reference dose, intervals and bound are always stated."""
        step = one_step(self, counts, level, last_dlt)
        target, overdose = self.interval_probabilities(*count_rows(counts))
        (n, dlt), (low, high) = counts[level - 1], self.target_interval
        told = [f"level {level}: {dlt} DLT among {n}"]
        for place in sorted({level, min(level + 1, self.levels), step.level or level}):
            risk = float(overdose[0, place - 1])
            told.append(
                f"level {place}: P(rate in {low:g} to {high:g}) = {target[0, place - 1]:.3f}, "
                f"P(rate > {high:g}) = {risk:.3f}"
                + ("" if risk < self.overdose_bound else f", not below {self.overdose_bound:g}: too risky")
            )
        if step.action == "stop":
            told.append(
                f"{sum(m for m, _ in counts)} subjects treated; "
                + (f"the MTD is level {step.mtd}" if step.mtd else "no dose is admissible")
            )
        else:
            told.append(f"level {step.level} is the admissible one most probably in the target interval")
        told.append(self.stated())
        return Decision(
            action=step.action, level=step.level, open_places=step.open_places, mtd=step.mtd, because=tuple(told)
        )

    def stated(self) -> str:
        """The choices every result of this model depends on."""
        prior, (low, high) = self.prior, self.target_interval
        return (
            f"prior of (log alpha, log beta): mean {prior.mean[0]:g}, {prior.mean[1]:g}, SD {prior.sd[0]:g}, "
            f"{prior.sd[1]:g}, correlation {prior.correlation:.3g}; reference dose {prior.reference_dose:g}; "
            f"target {low:g} to {high:g}; overdose bound {self.overdose_bound:g}; no level skipped"
            + (
                f", at most {self.largest_increase:g} times the present dose"
                if self.largest_increase is not None
                else ""
            )
        )

    def decide(self, history: History) -> Decision:
        """The next step; each cohort must be at the level the design asked for, and only the last may be unsettled."""
        return replay(self, history)
