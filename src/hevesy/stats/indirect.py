"""Comparison with a published arm: matching-adjusted weights, and what is left of the sample."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from hevesy.errors import CannotAnswerError, RuleError

Floats = NDArray[np.float64]
FARTHEST = 300.0
"""Of a coefficient, per standard deviation: further away no weights exist, only ever fewer subjects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedWeights:
    """Weights by subject, and scaled to a mean of 1.

    Effective sample size; means of the covariates before and after.
    """

    weights: Floats
    scaled: Floats
    effective_sample_size: float
    before: Mapping[str, float]
    after: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsRatio:
    """Odds of the event, ours over theirs, with limits; the standard error of the logarithm (robust where weighted)."""

    estimate: float
    log_standard_error: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardRatio:
    """Hazard of ours over theirs, with limits; the standard error of the logarithm (robust where weighted)."""

    estimate: float
    log_standard_error: float
    lower: float
    upper: float
    p_value: float


def matched_weights(covariates: ArrayLike, targets: ArrayLike, names: Sequence[str]) -> MatchedWeights:
    """Weights exp(a'x) that give the subjects the published means `targets`; `covariates` of shape (n, p).

    To match a standard deviation give the square as a covariate and mean^2 + sd^2 as its target; a median as the
    indicator of lying above it, with 0.5.

    Source: J. E. Signorovitch et al., Pharmacoeconomics 2010;28:935; NICE DSU Technical Support Document 18 (2016).
    """
    x, wanted = np.asarray(covariates, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != len(names) or wanted.shape != (len(names),) or not len(x):
        raise RuleError(
            f"covariates have shape (subjects, {len(names)}), targets ({len(names)},), got {x.shape} and {wanted.shape}"
        )
    if not (np.isfinite(x).all() and np.isfinite(wanted).all()):
        raise RuleError("covariates and targets must be finite")
    centred = x - wanted
    scale = np.where(centred.std(0) > 0, centred.std(0), 1.0)
    for place, name in enumerate(names):
        if not centred[:, place].min() < 0 < centred[:, place].max() and np.abs(centred[:, place]).max() > 0:
            low, high = x[:, place].min(), x[:, place].max()
            raise CannotAnswerError(
                f"nobody lies beyond the published {name} of {wanted[place]:g}: ours go from {low:g} to {high:g}"
            )
    z = centred / scale
    a = np.zeros(len(names))
    for _ in range(200):
        linear = z @ a
        shift = linear.max()
        weight = np.exp(linear - shift)
        gradient = weight @ z / weight.sum()
        if np.abs(gradient).max() < 1e-13:
            break
        curvature = (weight[:, None] * z).T @ z / weight.sum() - np.outer(gradient, gradient)
        step = np.linalg.lstsq(curvature, gradient, rcond=1e-12)[0]
        value = math.log(weight.sum()) + shift
        size = 1.0
        # the logarithm of the sum of weights is convex: walk down until it does not rise
        while size > 1e-10:
            after = z @ (a - size * step)
            if math.log(np.exp(after - after.max()).sum()) + after.max() <= value + 1e-14 * abs(value):
                break
            size /= 2
        a = a - size * step
        if np.abs(a).max() > FARTHEST:
            break
    weight = np.exp(z @ a)
    if np.abs(a).max() > FARTHEST or weight.sum() == 0 or np.abs(weight @ z / weight.sum()).max() > 1e-6:
        raise CannotAnswerError(f"no weights give the subjects all of {', '.join(names)} at once")
    after_means = weight @ x / weight.sum()
    return MatchedWeights(
        weights=weight,
        scaled=weight * len(weight) / weight.sum(),
        effective_sample_size=float(weight.sum() ** 2 / (weight**2).sum()),
        before=dict(zip(names, x.mean(0).tolist(), strict=True)),
        after=dict(zip(names, after_means.tolist(), strict=True)),
    )


def odds_ratio(
    with_event: ArrayLike, weights: ArrayLike | None, theirs: tuple[int, int], level: float = 0.95
) -> OddsRatio:
    """Odds ratio of our subjects (weighted) against a published arm of (events, subjects).

    >>> round(odds_ratio([1] * 39 + [0] * 11, None, (210, 300)).estimate, 3)
    1.519

    Source: logistic regression with a robust covariance (H. White, Econometrica 1980;48:817).
    """
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    y = np.asarray(with_event, dtype=np.float64)
    w = np.ones_like(y) if weights is None else np.asarray(weights, dtype=np.float64)
    events, n = theirs
    if y.shape != w.shape or not np.isin(y, (0, 1)).all() or not (np.isfinite(w).all() and (w >= 0).all()):
        raise RuleError("every subject has 0 or 1 and a weight that is not negative")
    if not 0 < events < n:
        raise RuleError(f"the published arm needs subjects with and without the event, got {events} of {n}")
    share = float(w @ y / w.sum())
    if not 0 < share < 1:
        raise RuleError("ours need subjects with and without the event")
    log = math.log(share / (1 - share)) - math.log(events / (n - events))
    ours = float((w**2 * (y - share) ** 2).sum()) / float(w.sum() * share * (1 - share)) ** 2
    error = math.sqrt(ours + 1 / events + 1 / (n - events))
    z = float(ndtri(1 - (1 - level) / 2))
    return OddsRatio(
        estimate=math.exp(log),
        log_standard_error=error,
        lower=math.exp(log - z * error),
        upper=math.exp(log + z * error),
    )


def hazard_ratio(
    ours: tuple[ArrayLike, ArrayLike],
    weights: ArrayLike | None,
    theirs: tuple[ArrayLike, ArrayLike],
    level: float = 0.95,
) -> HazardRatio:
    """Hazard ratio of our subjects (weighted) against the times behind a published curve, each as (times, observed).

    Source: Cox regression with a robust covariance (D. Y. Lin and L. J. Wei, J Am Stat Assoc 1989;84:1074), as in NICE
    DSU document 18.
    """
    from hevesy.stats.regression import cox

    times = [np.asarray(own[0], dtype=np.float64) for own in (ours, theirs)]
    observed = [np.asarray(own[1], dtype=np.float64) for own in (ours, theirs)]
    case = [
        np.ones_like(times[0]) if weights is None else np.asarray(weights, dtype=np.float64),
        np.ones_like(times[1]),
    ]
    is_ours = np.concatenate([np.ones_like(times[0]), np.zeros_like(times[1])])
    n = len(is_ours)
    fit = cox(
        np.concatenate(times),
        np.concatenate(observed),
        is_ours[:, None],
        ["ours"],
        weights=None if weights is None else np.concatenate(case),
        cluster=None if weights is None else np.arange(n),
        level=level,
    ).coefficients[0]
    return HazardRatio(
        estimate=fit.hazard_ratio,
        log_standard_error=fit.standard_error if fit.robust_standard_error is None else fit.robust_standard_error,
        lower=fit.lower,
        upper=fit.upper,
        p_value=fit.p_value,
    )
