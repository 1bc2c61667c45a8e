"""Scores against the truth: the empirical ROC curve, its area with DeLong's or a clustered variance, a threshold.

A higher score speaks for the condition. Units may lie in clusters (lesions in patients): the variance is Obuchowski's
then, which with one unit in each cluster is DeLong's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, logit, ndtri, stdtrit
from scipy.stats import rankdata

from hevesy.errors import RuleError
from hevesy.stats.proportion import Interval

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Area under an empirical curve: how often a unit with the condition scores above one without, ties by half.

    `variance` is None where it cannot be told. `delong` has the limits of the normal law cut at 0 and 1, `logit` those
    made on the scale of the logit (of clusters by the quantile of t), `score` Newcombe's, which never have no length
    (of clusters only where no variance can be told, and then as if the units of each were one). What cannot be told is
    None, and `because` says why.
    """

    area: float
    variance: float | None
    delong: Interval | None
    logit: Interval | None
    score: Interval | None
    with_it: int
    without: int
    clusters: int | None
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AreasCompared:
    """Two areas of the same units; the difference is the first less the second.

    `interval` has the limits of the normal law, `recovered` those recovered from the limits of each area, which hold of
    few units. What cannot be told is None, and `because` says why.
    """

    first: Area
    second: Area
    difference: float
    covariance: float | None = None
    standard_error: float | None = None
    interval: Interval | None = None
    recovered: Interval | None = None
    z: float | None = None
    p_value: float | None = None
    because: str = ""


def area(scores: ArrayLike, truth: ArrayLike, clusters: Sequence[Hashable] | None = None, level: float = 0.95) -> Area:
    """The area under the curve of scores, shape (n,), where truth is 1 with the condition and 0 without.

    >>> found = area([1, 2, 3, 4], [0, 1, 0, 1])
    >>> found.area, round(found.variance, 4)
    (0.75, 0.125)

    Errors: scores that are not finite, truth other than 0 and 1 or of one kind alone, a level outside 0..1.
    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837, by ranks as Sun and Xu, IEEE Signal Process Lett
    2014;21:1389; Obuchowski, Biometrics 1997;53:567; limits `score`: Newcombe, Stat Med 2006;25:559 (method 5).
    """
    placed = _Placed.of([scores], truth, clusters, level)
    return _area(placed, 0, level)


def compare_areas(
    first: ArrayLike,
    second: ArrayLike,
    truth: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
) -> AreasCompared:
    """Two scores of the same units compared: difference of their areas with limits and a two-sided p.

    >>> found = compare_areas([1, 2, 3, 4], [1, 3, 2, 4], [0, 1, 0, 1])
    >>> found.difference, round(found.covariance, 4)
    (-0.25, 0.0)

    Errors and source as of `area`; `recovered`: Zou and Donner, Stat Med 2008;27:1693.
    """
    placed = _Placed.of([first, second], truth, clusters, level)
    one, two = (_area(placed, place, level) for place in (0, 1))
    matrix = placed.covariance()
    told = AreasCompared(
        first=one, second=two, difference=one.area - two.area, recovered=_recovered(one, two, matrix, level)
    )
    untold = "the spread of the difference cannot be told"
    if matrix is None:
        return replace(told, because=untold)
    covariance = float(matrix[0, 1])
    variance = float(matrix[0, 0] + matrix[1, 1] - 2 * covariance)
    if variance <= 1e-15:
        return replace(told, covariance=covariance, because=untold)
    error = math.sqrt(variance)
    z, half = told.difference / error, float(ndtri(1 - (1 - level) / 2)) * error
    limits = told.difference - half, told.difference + half
    return replace(
        told,
        covariance=covariance,
        standard_error=error,
        interval=Interval(lower=limits[0], upper=limits[1], method=placed.method, level=level),
        z=z,
        p_value=float(chdtrc(1, z * z)),
    )


def _recovered(first: Area, second: Area, matrix: Floats | None, level: float) -> Interval | None:
    """Limits of a difference from those of its two parts, which are as correlated as their estimates.

    Where one estimate does not vary they are taken as not correlated.
    """
    one, two = (each.score or each.logit for each in (first, second))
    if one is None or two is None:
        return None
    spread = 0.0 if matrix is None else math.sqrt(float(matrix[0, 0] * matrix[1, 1]))
    r = float(matrix[0, 1]) / spread if matrix is not None and spread > 1e-15 else 0.0
    difference = first.area - second.area

    def away(up: float, down: float) -> float:
        return math.sqrt(max(up * up + down * down - 2 * r * up * down, 0.0))

    return Interval(
        lower=max(-1.0, difference - away(first.area - one.lower, two.upper - second.area)),
        upper=min(1.0, difference + away(one.upper - first.area, second.area - two.lower)),
        method="recovered from the limits of each",
        level=level,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """Units placed among those of the other kind: share below each with the condition, and above each without.

    `above` has shape (scores, with it), `below` (scores, without); `own` are the clusters of both kinds, by number.
    """

    above: Floats
    below: Floats
    own: tuple[NDArray[np.intp], NDArray[np.intp]] | None

    @classmethod
    def of(
        cls, scores: Sequence[ArrayLike], truth: ArrayLike, clusters: Sequence[Hashable] | None, level: float
    ) -> _Placed:
        if not 0 < level < 1:
            raise RuleError(f"level must lie between 0 and 1, got {level}")
        true = _truth(truth)
        placements = [_placements(_scores(each, true.size), true) for each in scores]
        own = None
        if clusters is not None:
            if len(clusters) != true.size:
                raise RuleError(f"each unit has a cluster, got {len(clusters)} for {true.size} units")
            places: dict[Hashable, int] = {}
            numbers = np.array([places.setdefault(one, len(places)) for one in clusters], dtype=np.intp)
            own = (numbers[true], numbers[~true])
        return cls(
            above=np.array([above for above, _ in placements]),
            below=np.array([below for _, below in placements]),
            own=own,
        )

    @property
    def areas(self) -> Floats:
        return np.asarray(self.above.mean(1))

    @property
    def clusters(self) -> int | None:
        """Of the units' clusters, how many there are."""
        return None if self.own is None else int(np.unique(np.concatenate(self.own)).size)

    @property
    def method(self) -> str:
        return "DeLong" if self.own is None else "Obuchowski"

    def covariance(self) -> Floats | None:
        """Of the areas, shape (scores, scores); None where it cannot be told."""
        m, n = self.above.shape[1], self.below.shape[1]
        one, two = self.above - self.areas[:, None], self.below - self.areas[:, None]
        if self.own is None:
            if m < 2 or n < 2:
                return None
            return np.asarray(one @ one.T / ((m - 1) * m) + two @ two.T / ((n - 1) * n))
        first, second = (np.unique(own).size for own in self.own)
        every = int(max(own.max() for own in self.own)) + 1
        if first < 2 or second < 2:
            return None
        by = [
            np.array([np.bincount(own, row, minlength=every) for row in rows])
            for own, rows in zip(self.own, (one, two), strict=True)
        ]
        across = by[0] @ by[1].T * (every / (every - 1))
        return np.asarray(
            by[0] @ by[0].T * (first / (first - 1)) / m**2
            + by[1] @ by[1].T * (second / (second - 1)) / n**2
            + (across + across.T) / (m * n)
        )


def _area(placed: _Placed, place: int, level: float) -> Area:
    m, n, found = placed.above.shape[1], placed.below.shape[1], float(placed.areas[place])
    matrix = placed.covariance()
    variance = None if matrix is None else float(matrix[place, place])
    told = variance is not None and variance > 1e-15
    error = math.sqrt(variance) if variance is not None and told else 0.0
    z = float(ndtri(1 - (1 - level) / 2))
    plain = on_logits = None
    if told:
        plain = Interval(
            lower=max(0.0, found - z * error), upper=min(1.0, found + z * error), method=placed.method, level=level
        )
        # few clusters tell little of the spread: the quantile is that of t
        few = z if placed.clusters is None else float(stdtrit(placed.clusters - 1, 1 - (1 - level) / 2))
        centre, half = float(logit(found)), few * error / (found * (1 - found))
        on_logits = Interval(
            lower=1 / (1 + math.exp(half - centre)),
            upper=1 / (1 + math.exp(-half - centre)),
            method=f"{placed.method}, on logits",
            level=level,
        )
    because = "" if told else "the placements do not vary (or too few units have one truth): no variance can be told"
    return Area(
        area=found,
        variance=variance if told else None,
        delong=plain,
        logit=on_logits,
        score=_score_of(placed, found, told, level),
        with_it=m,
        without=n,
        clusters=placed.clusters,
        because=because,
    )


def _score_of(placed: _Placed, found: float, told: bool, level: float) -> Interval | None:
    if placed.own is None:
        return score_limits(found, placed.above.shape[1], placed.below.shape[1], level)
    if told:
        return None
    with_it, without = (int(np.unique(own).size) for own in placed.own)
    return score_limits(found, with_it, without, level)


def score_limits(area: float, with_it: int, without: int, level: float = 0.95) -> Interval:
    """Limits of an area by the variance that each supposed area has, which hold of few units and of an area of 1.

    >>> found = score_limits(1.0, 10, 10)
    >>> round(found.lower, 3), found.upper
    (0.8, 1.0)

    Errors: an area outside 0..1, no units.
    Source: Newcombe, Stat Med 2006;25:559, method 5; the variance is Hanley and McNeil's, Radiology 1982;143:29, with
    the mean number of units in both places.
    """
    if not 0 <= area <= 1 or with_it < 1 or without < 1:
        raise RuleError(f"an area lies in 0..1 and both kinds have units, got {area}, {with_it} and {without}")
    z2, mean = float(ndtri(1 - (1 - level) / 2)) ** 2, (with_it + without) / 2 - 1

    def away(supposed: float) -> float:
        """The distance squared, less that which is still within."""
        spread = supposed * (1 - supposed) * (1 + mean * ((1 - supposed) / (2 - supposed) + supposed / (1 + supposed)))
        return (supposed - area) ** 2 - z2 * spread / (with_it * without)

    return Interval(
        lower=0.0 if area == 0 else _edge(away, 0.0, area),
        upper=1.0 if area == 1 else _edge(away, 1.0, area),
        method="Newcombe, score",
        level=level,
    )


def _edge(away: Callable[[float], float], outside: float, inside: float) -> float:
    """Where a distance becomes 0 between a place outside and one within, halved to the last bit."""
    while True:
        middle = (outside + inside) / 2
        if middle in (outside, inside):
            return inside
        if away(middle) > 0:
            outside = middle
        else:
            inside = middle


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialArea:
    """Part of the area, and the same scaled so that chance is 0.5 and a perfect score 1 (None: below chance)."""

    area: float
    corrected: float | None
    because: str


Axis = Literal["specificity", "sensitivity"]


def partial_area(
    scores: ArrayLike, truth: ArrayLike, between: tuple[float, float], of: Axis = "specificity"
) -> PartialArea:
    """The area under the curve between two specificities (or beside it between two sensitivities), by trapezoids.

    >>> round(partial_area([1, 2, 3, 4], [0, 1, 0, 1], (0.5, 1.0)).area, 3)
    0.25

    Errors: a range that is none, and those of `area`.
    Source: McClish, Med Decis Making 1989;9:190; as pROC's partial.auc and partial.auc.correct.
    """
    low, high = between
    if not 0 <= low < high <= 1:
        raise RuleError(f"a range of {of} is a lower and a higher number in 0..1, got {low:g} and {high:g}")
    curve = roc_points(scores, truth)
    along, up = curve.specificity, curve.sensitivity
    if of == "sensitivity":
        along, up = up, along
    order = np.lexsort((-up, along))
    across, height = along[order], up[order]
    inside = (across > low) & (across < high)
    grid = np.concatenate([[low], across[inside], [high]])
    tall = np.concatenate(
        [[_height(across, height, low, last=True)], height[inside], [_height(across, height, high, last=False)]]
    )
    found = float(np.sum((grid[1:] - grid[:-1]) * (tall[1:] + tall[:-1]) / 2))
    chance, perfect = (high - low) * (2 - low - high) / 2, high - low
    if found < chance:
        return PartialArea(area=found, corrected=None, because="below chance, where the scaled part means nothing")
    return PartialArea(area=found, corrected=(1 + (found - chance) / (perfect - chance)) / 2, because="")


def _height(across: Floats, height: Floats, at: float, last: bool) -> float:
    """The curve's height at a place; on a vertical part its lower end coming from the left, else its upper one."""
    here = np.flatnonzero(across == at)
    if here.size:
        return float(height[here[-1]] if last else height[here[0]])
    return float(np.interp(at, across, height))


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The empirical curve: at each threshold (-inf and inf at its ends) the shares of both kinds it is right about.

    A score at or above the threshold is positive; thresholds lie midway between scores.
    """

    threshold: Floats
    sensitivity: Floats
    specificity: Floats


def roc_points(scores: ArrayLike, truth: ArrayLike) -> Curve:
    """The points of the curve, thresholds rising.

    >>> roc_points([1, 2], [0, 1]).threshold.tolist()
    [-inf, 1.5, inf]
    """
    true = _truth(truth)
    values = _scores(scores, true.size)
    levels = np.unique(values)
    middle = (levels[1:] + levels[:-1]) / 2
    counts = [np.bincount(np.searchsorted(levels, values[kind]), minlength=levels.size) for kind in (true, ~true)]
    below = [np.concatenate([[0], np.cumsum(each)]) for each in counts]
    return Curve(
        threshold=np.concatenate([[-np.inf], middle, [np.inf]]),
        sensitivity=1 - below[0] / below[0][-1],
        specificity=below[1] / below[1][-1],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BestThreshold:
    """Where sensitivity and specificity have their largest sum; `others` are thresholds that are as good.

    The threshold is None where no score tells more than chance: the best is to call all alike.
    """

    threshold: float | None
    sensitivity: float
    specificity: float
    youden: float
    others: tuple[float, ...]
    because: str


def best_threshold(scores: ArrayLike, truth: ArrayLike) -> BestThreshold:
    """Youden's threshold. It was looked for in these units: of others it will be right about fewer.

    >>> found = best_threshold([1, 2, 3, 4], [0, 0, 1, 1])
    >>> found.threshold, found.youden
    (2.5, 1.0)

    Source: Youden, Cancer 1950;3:32; thresholds as pROC's coords(best).
    """
    curve = roc_points(scores, truth)
    index = curve.sensitivity + curve.specificity - 1
    best = np.flatnonzero(index >= index.max() - 1e-12)
    told = [int(place) for place in best if np.isfinite(curve.threshold[place])]
    first = told[0] if told else int(best[0])
    return BestThreshold(
        threshold=float(curve.threshold[first]) if told else None,
        sensitivity=float(curve.sensitivity[first]),
        specificity=float(curve.specificity[first]),
        youden=float(index[first]),
        others=tuple(float(curve.threshold[place]) for place in told[1:]),
        because="" if told else "no threshold does better than to call all alike",
    )


def _placements(scores: Floats, true: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Of each unit with the condition the share of those without below it, of each without the share above it."""
    every = rankdata(scores)
    above = (every[true] - rankdata(scores[true])) / (~true).sum()
    below = 1 - (every[~true] - rankdata(scores[~true])) / true.sum()
    return np.asarray(above), np.asarray(below)


def _truth(truth: ArrayLike) -> NDArray[np.bool_]:
    found = np.asarray(truth, dtype=np.float64)
    if found.ndim != 1 or not np.isin(found, (0, 1)).all():
        raise RuleError("the truth of each unit is 0 or 1")
    if found.min(initial=1) == found.max(initial=0) or not found.size:
        raise RuleError("a curve needs units with the condition and units without it")
    return np.asarray(found == 1)


def _scores(scores: ArrayLike, count: int) -> Floats:
    found = np.asarray(scores, dtype=np.float64)
    if found.shape != (count,):
        raise RuleError(f"each unit has one score, got {found.size} for {count} units")
    if not np.isfinite(found).all():
        raise RuleError("scores are finite")
    return found
