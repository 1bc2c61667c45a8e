"""Shares of units that lie in clusters, as lesions in patients: ratio estimators, and two answers compared.

The clusters are the sample; units of one cluster may be alike. Where the spread between clusters cannot be told (all
units or none have yes, one cluster only) an interval is made that supposes the worst or none is made, never one of no
length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, chdtrc, ndtri, stdtrit

from hevesy.errors import RuleError
from hevesy.stats.diagnostic import Counts, Measure, measures
from hevesy.stats.paired import score_interval
from hevesy.stats.proportion import Interval

Floats = NDArray[np.float64]
ONE_CLUSTER = "one cluster says nothing of the spread between clusters"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredShare:
    """A share of the units of clusters.

    `standard_error` and `design_effect` (its variance over that of as many independent units) are None where they
    cannot be told; `effective_n` is the number of independent units that the limits stand on. `exact` and `wilson` are
    made of it.
    """

    x: int
    n: int
    clusters: int
    estimate: float
    standard_error: float | None = None
    design_effect: float | None = None
    effective_n: float | None = None
    exact: Interval | None = None
    wilson: Interval | None = None
    because: str = ""


def clustered_share(x: Sequence[int], n: Sequence[int], level: float = 0.95) -> ClusteredShare:
    """The share of units with yes, `x` of `n` in each cluster; clusters without a unit do not count.

    The variance is that of a ratio, with clusters drawn and clusters / (clusters - 1). Limits: Clopper and Pearson's
    and Wilson's at the effective number of units, which is n over the design effect, less for the few clusters by the
    quantiles of t, and never above n. With all units or none it is the number of clusters: as if units of a cluster
    were one.

    >>> found = clustered_share([2, 0, 1, 3], [2, 1, 3, 3])
    >>> round(found.estimate, 4), round(found.standard_error, 4)
    (0.6667, 0.2181)

    Errors: counts that are not whole, more with yes than there are, no unit at all.
    Source: Cochran, Sampling techniques (1977), ch. 9; design effect: Rao and Scott, Biometrics 1992;48:577; limits:
    Korn and Graubard, Surv Methodol 1998;24:193.
    """
    with_yes, units = _counted(x, n, level)
    total, clusters = float(units.sum()), len(units)
    estimate = float(with_yes.sum()) / total
    told = ClusteredShare(x=int(with_yes.sum()), n=int(total), clusters=clusters, estimate=estimate)
    if clusters < 2:
        return replace(told, because=ONE_CLUSTER)
    error = math.sqrt(clusters / (clusters - 1) * float(((with_yes - units * estimate) ** 2).sum())) / total
    if estimate in (0.0, 1.0):
        effective, effect, because = (
            float(clusters),
            None,
            f"all units are alike: {clusters} clusters are counted, as if the units of each were one",
        )
    else:
        effect = error**2 / (estimate * (1 - estimate) / total)
        effective, because = effective_number(total, effect, clusters, level), ""
    return replace(
        told,
        standard_error=error,
        design_effect=effect,
        effective_n=effective,
        exact=_exact(estimate, effective, level),
        wilson=_wilson(estimate, effective, level),
        because=because,
    )


def effective_number(n: float, design_effect: float, clusters: int, level: float) -> float:
    """How many independent units n units of clusters stand for: fewer by the design effect and the few clusters.

    >>> round(effective_number(40, 2.0, 12, 0.95), 2)
    16.89
    """
    tail = 1 - (1 - level) / 2
    few = (float(stdtrit(n - 1, tail)) / float(stdtrit(clusters - 1, tail))) ** 2
    return n if design_effect <= 0 else min(n, n / design_effect * few)


def _exact(estimate: float, n: float, level: float) -> Interval:
    tail, x = (1 - level) / 2, estimate * n
    lower = 0.0 if estimate == 0 else float(betaincinv(x, n - x + 1, tail))
    upper = 1.0 if estimate == 1 else float(betaincinv(x + 1, n - x, 1 - tail))
    return Interval(lower=lower, upper=upper, method="Clopper-Pearson at the effective number", level=level)


def _wilson(estimate: float, n: float, level: float) -> Interval:
    z2 = float(ndtri(1 - (1 - level) / 2)) ** 2
    centre = (estimate + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2) / (1 + z2 / n) * math.sqrt(estimate * (1 - estimate) / n + z2 / (4 * n * n))
    lower = 0.0 if estimate == 0 else centre - half
    upper = 1.0 if estimate == 1 else centre + half
    return Interval(lower=lower, upper=upper, method="Wilson at the effective number", level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterTest:
    """A chi-square of one degree of freedom and its p; None where no cluster leans to either side."""

    chi_square: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredPairs:
    """Two answers of each unit compared over clusters; the difference is the second's share less the first's.

    `obuchowski` is the test with the variance where both shares are equal, `durkalski` weighs clusters alike whatever
    their size, `yang` is Obuchowski's without clusters / (clusters - 1).
    """

    difference: float
    clusters: int
    obuchowski: ClusterTest
    durkalski: ClusterTest
    yang: ClusterTest
    standard_error: float | None = None
    design_effect: float | None = None
    effective_n: float | None = None
    interval: Interval | None = None
    wald: Interval | None = None
    """Difference and t times its standard error: told for comparison, too short of few clusters."""
    because: str = ""


def clustered_pairs(b: Sequence[int], c: Sequence[int], n: Sequence[int], level: float = 0.95) -> ClusteredPairs:
    """Compare two answers: in each cluster `b` units have yes in the first only, `c` in the second only, of `n`.

    The interval is Tango's at the effective number of pairs (as that of a share, see `clustered_share`).

    >>> found = clustered_pairs([1, 0, 2], [0, 1, 0], [3, 2, 4])
    >>> round(found.difference, 4), round(found.yang.chi_square, 4), round(found.durkalski.chi_square, 4)
    (-0.2222, 0.6667, 0.1818)

    Errors: counts that are not whole numbers from 0, more discordant units than units, no unit at all.
    Source: Obuchowski, Stat Med 1998;17:1495; Durkalski, Palesch, Lipsitz and Rust, Stat Med 2003;22:2417; Yang, Sun
    and Hardin, Biom J 2010;52:638.
    """
    first, units = _counted(b, n, level)
    second, _ = _counted(c, n, level)
    if (first + second > units).any():
        raise RuleError("a unit is discordant one way at most: b + c lies in 0..n of its cluster")
    total, clusters, lean = float(units.sum()), len(units), second - first
    difference = float(lean.sum()) / total
    told = ClusteredPairs(
        difference=difference,
        clusters=clusters,
        obuchowski=_test(lean, (clusters - 1) / clusters),
        durkalski=_test(lean / units, 1.0),
        yang=_test(lean, 1.0),
    )
    if clusters < 2:
        return replace(told, because=ONE_CLUSTER)
    error = math.sqrt(clusters / (clusters - 1) * float(((lean - units * difference) ** 2).sum())) / total
    discordant = float((first + second).sum()) / total
    independent = (discordant - difference**2) / total
    if independent > 0:
        effect: float | None = error**2 / independent
        effective, because = effective_number(total, error**2 / independent, clusters, level), ""
    else:
        effect, effective = None, float(clusters)
        because = f"no unit differs from another: {clusters} clusters are counted, as if the units of each were one"
    half = float(stdtrit(clusters - 1, 1 - (1 - level) / 2)) * error
    share = effective / total
    interval = score_interval(float(first.sum()) * share, float(second.sum()) * share, effective, level)
    return replace(
        told,
        standard_error=error,
        design_effect=effect,
        effective_n=effective,
        interval=replace(interval, method="Tango at the effective number"),
        wald=Interval(lower=difference - half, upper=difference + half, method="Wald, t", level=level)
        if half
        else None,
        because=because,
    )


def _test(lean: Floats, factor: float) -> ClusterTest:
    squares = float((lean**2).sum())
    if not squares or not factor:
        return ClusterTest(chi_square=None, p_value=None)
    chi_square = factor * float(lean.sum()) ** 2 / squares
    return ClusterTest(chi_square=chi_square, p_value=float(chdtrc(1, chi_square)))


def _counted(x: Sequence[int], n: Sequence[int], level: float) -> tuple[Floats, Floats]:
    """Counts of the clusters that have units."""
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    counts, units = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if counts.shape != units.shape or counts.ndim != 1:
        raise RuleError(f"every cluster has both counts, got {counts.size} and {units.size}")
    odd = np.flatnonzero((counts % 1 != 0) | (units % 1 != 0) | (counts < 0) | (counts > units))
    if odd.size:
        raise RuleError(
            f"counts are whole numbers in 0..n, got {counts[odd[0]]:g} of {units[odd[0]]:g} (cluster {odd[0] + 1})"
        )
    if not units.sum():
        raise RuleError("a share needs at least one unit, got none")
    return counts[units > 0], units[units > 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Of one side of the truth, by cluster: how many units the test calls positive, and of how many."""

    positive: Sequence[int]
    n: Sequence[int]


def clustered_ratios(with_it: Alarms, without: Alarms, level: float = 0.95) -> tuple[Measure, Measure, Measure]:
    """Likelihood ratios of a positive and of a negative answer, and Youden's index, of units in clusters.

    Both sides have the same clusters in the same order; a cluster may lie on one side alone. Limits by the influence of
    each cluster (on the logarithm of a ratio) and the quantile of t.

    >>> one, two = Alarms(positive=[2, 1, 1], n=[2, 2, 1]), Alarms(positive=[0, 1, 0], n=[1, 2, 1])
    >>> [round(found.estimate, 4) for found in clustered_ratios(one, two)]
    [3.2, 0.2667, 0.55]

    Source: linearised ratios of totals, Cochran, Sampling techniques (1977), ch. 6 and 9.
    """
    (found, n), (false, m) = ((sum(one.positive), sum(one.n)) for one in (with_it, without))
    plain = measures(Counts(tp=found, fn=n - found, fp=false, tn=m - false), level)
    clusters = len(with_it.n)
    told = (plain.lr_positive, plain.lr_negative, plain.youden)
    if clusters < 2 or not n or not m:
        return told
    one, two = (
        (np.asarray(side.positive, dtype=np.float64) - np.asarray(side.n) * positive / of) / of
        for side, positive, of in ((with_it, found, n), (without, false, m))
    )

    def limited(measure: Measure, along: Callable[[], Floats], logarithm: bool) -> Measure:
        if measure.estimate is None or measure.lower is None:
            return measure
        error = math.sqrt(clusters / (clusters - 1) * float((along() ** 2).sum()))
        half = float(stdtrit(clusters - 1, 1 - (1 - level) / 2)) * error
        if not error:
            why = "the spread between clusters cannot be told"
            return Measure(estimate=measure.estimate, lower=None, upper=None, because=why)
        lower, upper = (
            (measure.estimate * math.exp(-half), measure.estimate * math.exp(half))
            if logarithm
            else (max(-1.0, measure.estimate - half), min(1.0, measure.estimate + half))
        )
        return Measure(estimate=measure.estimate, lower=lower, upper=upper)

    return (
        limited(told[0], lambda: one / (found / n) - two / (false / m), True),
        limited(told[1], lambda: two / (1 - false / m) - one / (1 - found / n), True),
        limited(told[2], lambda: one - two, False),
    )
