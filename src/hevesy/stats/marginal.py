"""Marginal logistic models of yes-or-no answers in clusters (generalised estimating equations), with robust errors.

The logit of each answer's chance is linear in a design; answers of one cluster may be correlated, and the standard
errors hold whatever the correlation is. Estimates and errors are those of R's geepack.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, expit, stdtrit

from hevesy.errors import CannotAnswerError, RuleError

Floats = NDArray[np.float64]
Working = Literal["independence", "exchangeable"]
"""The correlation that the estimates suppose: none, or one for every two answers of a cluster."""
MOST_STEPS, CONVERGED, LARGEST = 200, 1e-12, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalFit:
    """Coefficients of the design's columns on the scale of the logit, in their order, with robust errors.

    `alpha` is the correlation within clusters (None where independence is supposed), `scale` the mean squared Pearson
    residual.
    """

    estimates: tuple[float, ...]
    standard_errors: tuple[float, ...]
    p_values: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    alpha: float | None
    scale: float
    working: Working
    n: int
    clusters: int


def marginal_logit(
    answers: ArrayLike, clusters: Sequence[Hashable], design: ArrayLike | None = None, working: Working = "independence"
) -> MarginalFit:
    """Fit a marginal logistic model.

    `answers` are 0 or 1, shape (n,); `clusters` one label of each; `design` has shape (n, columns), without one it is
    the share alone. The correlation is the mean product of two residuals of a cluster over the mean square of all,
    neither of them less for what is estimated, as geepack has them; p values are Wald's.

    >>> fit = marginal_logit([1, 1, 0, 1, 0, 1], ["A", "A", "B", "B", "C", "C"])
    >>> round(fit.estimates[0], 4), round(fit.standard_errors[0], 4)
    (0.6931, 0.6124)

    Errors: answers other than 0 and 1, shapes that do not fit; columns that are no column apart, answers that the
    design tells without error (their logit is beyond all numbers) and a correlation that no answers can have cannot be
    answered.
    Source: Liang and Zeger, Biometrika 1986;73:13; Halekoh, Hojsgaard and Yan, J Stat Softw 2006;15(2) (geepack).
    """
    y, x, groups = _checked(answers, clusters, design)
    if working not in ("independence", "exchangeable"):
        raise RuleError(f"a working correlation is independence or exchangeable, got {working!r}")
    if (y == y[0]).all():
        raise CannotAnswerError(f"all {len(y)} answers are {y[0]:g}: their logit is beyond all numbers")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise CannotAnswerError("the columns of the design have no separate effects")
    beta, alpha = np.zeros(x.shape[1]), 0.0
    for _ in range(MOST_STEPS):
        step = _step(y, x, groups, beta, alpha)
        beta = beta + step
        if not np.isfinite(beta).all() or np.abs(x @ beta).max() > LARGEST:
            raise CannotAnswerError("the design tells some answers without error: a logit is beyond all numbers")
        before, alpha = alpha, _correlation(y, x, groups, beta) if working == "exchangeable" else 0.0
        if max(float(np.abs(step).max()), abs(alpha - before)) <= CONVERGED:
            break
    else:
        raise CannotAnswerError("the estimates do not settle")
    return _fitted(y, x, groups, beta, alpha, working)


def _fitted(
    y: Floats, x: Floats, groups: NDArray[np.intp], beta: Floats, alpha: float, working: Working
) -> MarginalFit:
    count = int(groups.max()) + 1
    if count < 2:
        raise CannotAnswerError("one cluster says nothing of the spread between clusters")
    information, scores = _sums(y, x, groups, beta, alpha)
    bread = np.linalg.inv(information)
    covariance = bread @ (scores.T @ scores) @ bread
    errors = np.sqrt(np.diag(covariance))
    if not (errors > 0).all():
        raise CannotAnswerError("the clusters do not differ: the spread between them cannot be told")
    return MarginalFit(
        estimates=tuple(map(float, beta)),
        standard_errors=tuple(map(float, errors)),
        p_values=tuple(float(chdtrc(1, (one / error) ** 2)) for one, error in zip(beta, errors, strict=True)),
        covariance=tuple(tuple(map(float, row)) for row in covariance),
        alpha=alpha if working == "exchangeable" else None,
        scale=float((_residuals(y, x, beta) ** 2).mean()),
        working=working,
        n=len(y),
        clusters=count,
    )


def _residuals(y: Floats, x: Floats, beta: Floats) -> Floats:
    """Pearson's."""
    chance = expit(x @ beta)
    return np.asarray((y - chance) / np.sqrt(chance * (1 - chance)))


def _correlation(y: Floats, x: Floats, groups: NDArray[np.intp], beta: Floats) -> float:
    residuals = _residuals(y, x, beta)
    squares = np.bincount(groups, residuals**2)
    products = float((np.bincount(groups, residuals) ** 2 - squares).sum()) / 2
    sizes = np.bincount(groups)
    pairs = float((sizes * (sizes - 1)).sum()) / 2
    found = 0.0 if not pairs else products / pairs / float((residuals**2).mean())
    if not -1 / max(int(sizes.max()) - 1, 1) < found < 1:
        raise CannotAnswerError(f"a correlation of {found:.3g} is none that clusters of {sizes.max()} can have")
    return found


def _sums(y: Floats, x: Floats, groups: NDArray[np.intp], beta: Floats, alpha: float) -> tuple[Floats, Floats]:
    """The information, and the score of each cluster, shape (clusters, columns).

    The inverse of an exchangeable correlation of m answers is (1 - alpha)^-1 (I - alpha / (1 + (m - 1) alpha) J).
    """
    chance = expit(x @ beta)
    root = np.sqrt(chance * (1 - chance))
    weighted, residuals = x * root[:, None], (y - chance) / root
    share = alpha / (1 + (np.bincount(groups) - 1) * alpha)
    sums = np.zeros((len(share), x.shape[1]))
    np.add.at(sums, groups, weighted)
    total = np.bincount(groups, residuals)
    scores = np.zeros_like(sums)
    np.add.at(scores, groups, weighted * residuals[:, None])
    scores -= (share * total)[:, None] * sums
    information = weighted.T @ weighted - (share[:, None] * sums).T @ sums
    return information / (1 - alpha), scores / (1 - alpha)


def _step(y: Floats, x: Floats, groups: NDArray[np.intp], beta: Floats, alpha: float) -> Floats:
    information, scores = _sums(y, x, groups, beta, alpha)
    if not np.isfinite(information).all() or np.linalg.cond(information) > 1e14:
        raise CannotAnswerError("the design tells some answers without error: a logit is beyond all numbers")
    return np.asarray(np.linalg.solve(information, scores.sum(0)))


def _checked(
    answers: ArrayLike, clusters: Sequence[Hashable], design: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    y = np.asarray(answers, dtype=np.float64)
    x = np.ones((y.size, 1)) if design is None else np.asarray(design, dtype=np.float64)
    if y.ndim != 1 or not y.size or x.ndim != 2 or len(x) != y.size or len(clusters) != y.size:
        raise RuleError(
            f"each answer has a cluster and a row of the design, got {y.size}, {len(clusters)} and {len(x)}"
        )
    if not np.isin(y, (0, 1)).all() or not np.isfinite(x).all():
        raise RuleError("answers are 0 or 1 and the design is finite")
    places: dict[Hashable, int] = {}
    groups = np.array([places.setdefault(one, len(places)) for one in clusters], dtype=np.intp)
    return y, x, groups


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalShare:
    """A share of the units of clusters by a marginal model: its logit with robust error, and limits of the share.

    What cannot be told is None, and `because` says why.
    """

    working: Working
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    logit: float | None = None
    standard_error: float | None = None
    alpha: float | None = None
    because: str = ""


def marginal_share(
    answers: ArrayLike, clusters: Sequence[Hashable], working: Working = "exchangeable", level: float = 0.95
) -> MarginalShare:
    """The share of units with yes, with limits on the scale of the logit by the quantile of t for so many clusters.

    >>> found = marginal_share([1, 1, 0, 1, 0, 1], ["A", "A", "B", "B", "C", "C"], "independence")
    >>> round(found.estimate, 3), round(found.lower, 3), round(found.upper, 3)
    (0.667, 0.125, 0.965)
    """
    try:
        fit = marginal_logit(answers, clusters, working=working)
    except CannotAnswerError as why:
        return MarginalShare(working=working, because=f"cannot be told: {why}")
    (logit,), (error,) = fit.estimates, fit.standard_errors
    half = float(stdtrit(fit.clusters - 1, 1 - (1 - level) / 2)) * error
    estimate, lower, upper = (float(expit(logit + away)) for away in (0.0, -half, half))
    return MarginalShare(
        working=working,
        estimate=estimate,
        lower=lower,
        upper=upper,
        logit=logit,
        standard_error=error,
        alpha=fit.alpha,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalPair:
    """Two answers of each unit by a marginal model: the logarithm of the odds ratio, first over second, and its test.

    What cannot be told is None, and `because` says why.
    """

    log_odds_ratio: float | None = None
    standard_error: float | None = None
    p_value: float | None = None
    because: str = ""


def marginal_pair(first: Sequence[bool], second: Sequence[bool], clusters: Sequence[Hashable]) -> MarginalPair:
    """Compare two answers of the same units, independence supposed and errors robust against all else.

    >>> found = marginal_pair([True, True, False, True], [True, False, False, False], ["A", "A", "B", "C"])
    >>> round(found.log_odds_ratio, 4)
    2.1972
    """
    answers = [float(one) for one in (*first, *second)]
    design = [(1.0, 1.0)] * len(first) + [(1.0, 0.0)] * len(second)
    try:
        fit = marginal_logit(answers, [*clusters, *clusters], design)
    except CannotAnswerError as why:
        return MarginalPair(because=f"cannot be told: {why}")
    return MarginalPair(log_odds_ratio=fit.estimates[1], standard_error=fit.standard_errors[1], p_value=fit.p_values[1])
