"""The continual reassessment method: one parameter, its posterior by quadrature, the level nearest the target.

Sources: O'Quigley, Pepe and Fisher, Biometrics 1990;46:33 (the method); Lee and Cheung, Clin Trials 2009;6:227
(skeletons from an indifference interval); Cheung and Chappell, Biometrics 2000;56:1177 (weights for subjects still
under observation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar, Literal, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

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
from hevesy.plan.escalation.interval_rules import above_target
from hevesy.plan.escalation.paragraph import InCohorts, in_cohorts, listed, sizes
from hevesy.plan.escalation.replay import replay
from hevesy.study.protocol.escalation import check_skeleton

Floats = NDArray[np.float64]
Model = Literal["empiric", "logistic"]

PRIOR_VARIANCE = 1.34
ROWS_AT_ONCE = 2048
TOXIC_ABOVE = 0.95
INTERCEPT = 3.0
"""Of the logistic model, as in dfcrm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Posterior mean and variance of the parameter, DLT rates at that mean, and the level nearest the target."""

    beta: float
    variance: float
    p_dlt: tuple[float, ...]
    recommended: int
    intervals: tuple[tuple[float, float], ...]
    """Central 95 % intervals of the DLT rates, by the quantiles of the parameter."""


@cache
def nodes_of(variance: float) -> tuple[Floats, Floats]:
    """Nodes and prior-weighted weights of composite Gauss-Legendre over ten standard deviations either side."""
    reach, panels = 10 * variance**0.5, 40
    x, w = np.polynomial.legendre.leggauss(16)
    edges = np.linspace(-reach, reach, panels + 1)
    half = (edges[1] - edges[0]) / 2
    nodes = (edges[:-1, None] + half * (x + 1)).ravel()
    weights = np.tile(half * w, panels) * np.exp(-(nodes**2) / (2 * variance))
    return nodes, np.asarray(weights)


def rates(model: Model, skeleton: Sequence[float], beta: float | Floats) -> Floats:
    """DLT rates at every level (last axis) for a value of the parameter, or for several (first axis)."""
    skeleton_of = np.asarray(skeleton, dtype=float)
    slope = np.exp(np.asarray(beta, dtype=float))[..., None]
    if model == "empiric":
        return np.asarray(skeleton_of**slope)
    labels = np.log(skeleton_of / (1 - skeleton_of)) - INTERCEPT
    return np.asarray(expit(INTERCEPT + slope * labels))


def checked_skeleton(skeleton: Sequence[float], target: float) -> None:
    """Refuse a target or a skeleton that cannot be."""
    if not 0 < target < 1:
        raise RuleError(f"a target DLT rate lies between 0 and 1, got {target:g}")
    check_skeleton(tuple(skeleton))


def fit(
    model: Model,
    skeleton: Sequence[float],
    target: float,
    levels: Sequence[int],
    dlt: Sequence[int],
    weights: Sequence[float] | None = None,
    variance: float = PRIOR_VARIANCE,
) -> Fit:
    """Fit to subjects, each with a level (from 1), a DLT (0 or 1) and, while under observation, a weight of 0 to 1.

    The prior of the parameter is normal around 0; a subject with a DLT counts fully whatever its weight says.

    >>> fit("empiric", (0.05, 0.12, 0.25, 0.4, 0.55), 0.25, [1, 1, 1, 2, 2, 2], [0, 0, 0, 0, 0, 1]).recommended
    2
    """
    checked_skeleton(skeleton, target)
    if not len(levels) == len(dlt) == len(weights if weights is not None else levels):
        raise RuleError("levels, dlt and weights must be of one length")
    for place, (level, seen) in enumerate(zip(levels, dlt, strict=True), start=1):
        if not 1 <= level <= len(skeleton) or seen not in (0, 1):
            raise RuleError(
                f"subject {place}: a level lies in 1..{len(skeleton)} and a DLT is 0 or 1, got level {level}, "
                f"DLT {seen}"
            )
    share = (
        np.ones(len(levels))
        if weights is None
        else np.where(np.asarray(dlt) == 1, 1.0, np.asarray(weights, dtype=float))
    )
    if len(share) and not (share.min() >= 0 and share.max() <= 1):
        raise RuleError("weights lie in 0..1")
    nodes, prior = nodes_of(variance)
    at = np.asarray(levels, dtype=int) - 1
    p = rates(model, skeleton, nodes)[:, at] * share
    tiny = np.finfo(float).tiny
    log_likelihood = (
        np.log(np.maximum(np.where(np.asarray(dlt) == 1, p, 1 - p), tiny)).sum(axis=1)
        if len(at)
        else np.zeros_like(nodes)
    )
    return _summary(model, skeleton, target, nodes, prior * np.exp(log_likelihood - log_likelihood.max()))


def _summary(model: Model, skeleton: Sequence[float], target: float, nodes: Floats, posterior: Floats) -> Fit:
    total = posterior.sum()
    beta = float((posterior * nodes).sum() / total)
    variance = float((posterior * nodes**2).sum() / total) - beta**2
    p = rates(model, skeleton, beta)
    so_far = np.cumsum(posterior) - posterior / 2
    highest, lowest = (
        rates(model, skeleton, float(np.interp(share * total, so_far, nodes))) for share in (0.025, 0.975)
    )
    return Fit(
        beta=beta,
        variance=variance,
        p_dlt=tuple(p.tolist()),
        recommended=int(np.argmin(np.abs(p - target))) + 1,
        intervals=tuple(zip(lowest.tolist(), highest.tolist(), strict=True)),
    )


def skeleton(half_width: float, target: float, start: int, levels: int, model: Model = "empiric") -> tuple[float, ...]:
    """Prior DLT rates whose indifference interval is target +- half_width, with level `start` at the target.

    Source: Lee and Cheung 2009.
    """
    if not 0 < half_width < min(target, 1 - target):
        raise RuleError(f"the half width must keep the interval between 0 and 1, got {target:g} +- {half_width:g}")
    if not 1 <= start <= levels:
        raise RuleError(f"the level at the target lies in 1..{levels}, got {start}")
    low, high = target - half_width, target + half_width

    def logit(p: float) -> float:
        return float(np.log(p / (1 - p)))

    found = [target]
    if model == "empiric":
        up, down = np.log(high) / np.log(low), np.log(low) / np.log(high)
        for _ in range(start, levels):
            found.append(float(np.exp(np.log(found[-1]) * up)))
        for _ in range(start - 1):
            found.insert(0, float(np.exp(np.log(found[0]) * down)))
        return tuple(found)
    up = (logit(high) - INTERCEPT) / (logit(low) - INTERCEPT)
    labels = [logit(target) - INTERCEPT]
    for _ in range(start, levels):
        labels.append(labels[-1] * up)
    for _ in range(start - 1):
        labels.insert(0, labels[0] / up)
    return tuple(float(1 / (1 + np.exp(-(INTERCEPT + label)))) for label in labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class CRM:
    """The method as a design of counts: no level is skipped going up, none goes up right after a DLT, ties go down."""

    prior: tuple[float, ...]
    target: float
    cohort_size: int = 3
    n_max: int = 30
    model: Model = "empiric"
    variance: float = PRIOR_VARIANCE
    start: int = 1
    needs_calendar: ClassVar[bool] = False
    splits_cohorts: ClassVar[bool] = True

    def __post_init__(self) -> None:
        checked_skeleton(self.prior, self.target)
        if not 1 <= self.cohort_size <= self.n_max:
            raise RuleError(
                f"a trial has at least one whole cohort of {self.cohort_size}, got {self.n_max} subjects in all"
            )

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        return len(self.prior)

    @property
    def in_short(self) -> str:
        """The design in a line."""
        return f"CRM, target {self.target:g}, {self.model} model, skeleton {listed(self.prior)}; {sizes(self)}"

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol."""
        return by_skeleton(self, "continual reassessment method")

    def starting_at(self, level: int) -> CRM:
        """The design, begun at a level of its own."""
        return replace(self, start=level)

    def complete(self) -> CRM:
        """It waits for complete outcomes."""
        return self

    def decision_table(self, n_max: int) -> NoReturn:
        """It has none."""
        raise without_table(self)

    def nearest(self, n: Ints, dlt: Ints) -> Ints:
        """The level whose rate at the posterior mean is nearest the target, for each row of counts."""
        first, inverse = distinct_rows(np.column_stack([n, dlt]))
        n, dlt = n[first], dlt[first]
        log_p, log_q = log_rates(self.model, self.prior, self.variance)
        nodes, weights = nodes_of(self.variance)
        found = np.empty(len(n), dtype=np.int64)
        for begin in range(0, len(n), ROWS_AT_ONCE):
            some = slice(begin, begin + ROWS_AT_ONCE)
            log_likelihood = dlt[some] @ log_p + (n[some] - dlt[some]) @ log_q
            posterior = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True)) * weights
            beta = posterior @ nodes / posterior.sum(axis=1)
            found[some] = np.abs(rates(self.model, self.prior, beta) - self.target).argmin(axis=1) + 1
        return found[inverse]

    def recommended(self, n: Ints, dlt: Ints, level: Ints) -> Ints:
        """The MTD if the trial ended with these counts."""
        del level
        return self.nearest(n, dlt)

    def closed(self, n: Ints, dlt: Ints, level: Ints) -> Flags:
        """No level is closed by the method itself."""
        del n, dlt
        return np.zeros(len(level), dtype=bool)

    def explain(self, counts: Counts, level: int, last_dlt: int) -> Decision:
        """The step with its reasons."""
        step = one_step(self, counts, level, last_dlt)
        nearest = int(self.nearest(*count_rows(counts))[0])
        n, dlt = counts[level - 1]
        told = [
            f"level {level}: {dlt} DLT among {n}",
            f"the rate nearest the target {self.target:g} is that of level {nearest}",
        ]
        if step.action == "stop":
            told.append(f"all {self.n_max} subjects treated: the MTD is level {step.mtd}")
        elif step.level is not None and step.level < nearest:
            told.append("not up after a DLT in the last cohort" if last_dlt else "no level is skipped")
        risk = above_target(self.target, *counts[0])
        if counts[0][0] >= 3 and risk > TOXIC_ABOVE:
            told.append(
                f"level 1 has {counts[0][1]} DLT among {counts[0][0]}: P(rate > {self.target:g}) = {risk:.3f}, "
                "uniform prior; the method has no rule that stops it, a rule of safety would"
            )
        return Decision(
            action=step.action, level=step.level, open_places=step.open_places, mtd=step.mtd, because=tuple(told)
        )

    def decide(self, history: History) -> Decision:
        """The next step; each cohort must be at the level the design asked for, and only the last may be unsettled."""
        return replay(self, history)

    def steps(self, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints) -> Steps:
        """What comes next in many trials at once, a row for each.

        At the end the level nearest the target is the MTD, whatever the last cohort had.
        """
        nearest, total = self.nearest(n, dlt), n.sum(axis=1)
        over = total >= self.n_max
        following = np.minimum(nearest, np.where(last_dlt > 0, level, level + 1))
        places = np.minimum(self.cohort_size, self.n_max - total)
        return Steps(np.where(over, 0, following), np.where(over, 0, places), np.where(over, nearest, 0))


class OfSkeleton(InCohorts, Protocol):
    """A design whose rates come from a skeleton."""

    @property
    def prior(self) -> tuple[float, ...]:
        """Prior DLT rates by level."""
        ...

    @property
    def target(self) -> float:
        """Target DLT rate."""
        ...

    @property
    def model(self) -> Model:
        """How the parameter acts on the skeleton."""
        ...

    @property
    def variance(self) -> float:
        """Of the normal prior."""
        ...

    @property
    def start(self) -> int:
        """The level the trial begins at."""
        ...


def by_skeleton(design: OfSkeleton, name: str) -> str:
    """What a protocol says of the method."""
    return (
        f"{in_cohorts(design)}, by the {name} ({design.model} model, normal prior of variance {design.variance:g}, "
        f"skeleton {listed(design.prior)}). The next cohort is given the level whose DLT "
        f"rate at the posterior mean is nearest the target of {design.target:g}; no level is skipped going up, "
        f"and none is opened right after a cohort with a DLT. The first cohort is given level {design.start}. "
        "When all subjects are treated the MTD is the level nearest the target. The method itself has no rule that "
        "stops the trial for toxicity. (O'Quigley, Pepe and Fisher, Biometrics 1990;46:33.)"
    )


@cache
def log_rates(model: Model, prior: tuple[float, ...], variance: float) -> tuple[Floats, Floats]:
    """Logarithms of DLT and of no DLT at every node (columns) and level (rows)."""
    nodes, _ = nodes_of(variance)
    p = rates(model, prior, nodes).T
    tiny = np.finfo(float).tiny
    return np.log(np.maximum(p, tiny)), np.log(np.maximum(1 - p, tiny))
