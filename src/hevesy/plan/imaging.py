"""Imaging trials: grids of administered activity and time, and how many subjects a question about accuracy needs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.stats import binom, norm

from hevesy.errors import RuleError
from hevesy.stats.proportion import clopper_pearson


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagingGrid:
    """Groups by administered activity, each subject imaged at every time.

    Cells to choose the best dose and time from.
    """

    activities_MBq: tuple[float, ...]
    times_h: tuple[float, ...]
    subjects_per_activity: int

    def __post_init__(self) -> None:
        if (
            not self.activities_MBq
            or not self.times_h
            or min(*self.activities_MBq, *self.times_h) <= 0
            or self.subjects_per_activity < 1
        ):
            raise RuleError("a grid has activities, times after the injection and subjects, all positive")

    @property
    def subjects(self) -> int:
        """Subjects in all."""
        return len(self.activities_MBq) * self.subjects_per_activity

    @property
    def scans(self) -> int:
        """Scans in all."""
        return self.subjects * len(self.times_h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Subjects with and without disease, and in all, for intervals of a wanted half width."""

    diseased: int
    healthy: int
    subjects: int
    because: str


def for_precision(
    sensitivity: float, specificity: float, half_width: float, prevalence: float, level: float = 0.95
) -> Precision:
    """The smallest trial whose exact intervals have on average no more than a half width.

    Intervals are those of sensitivity and specificity.

    The average is over the binomial outcomes at the expected values; subjects in all are those needed so that both
    groups are expected to be large enough at the prevalence.

    >>> for_precision(0.9, 0.8, 0.1, 0.5).subjects
    136
    """
    for name, value in (("sensitivity", sensitivity), ("specificity", specificity), ("prevalence", prevalence)):
        if not 0 < value < 1:
            raise RuleError(f"{name} lies between 0 and 1, got {value:g}")
    if not 0.01 <= half_width < 0.5:
        raise RuleError(f"a half width lies between 0.01 and 0.5, got {half_width:g}")
    diseased, healthy = (_smallest(p, half_width, level) for p in (sensitivity, specificity))
    subjects = max(ceil(diseased / prevalence), ceil(healthy / (1 - prevalence)))
    because = (
        f"mean half width of the exact {100 * level:g} % interval at most {half_width:g}; prevalence {prevalence:g}"
    )
    return Precision(diseased=diseased, healthy=healthy, subjects=subjects, because=because)


def mean_half_width(n: int, p: float, level: float = 0.95) -> float:
    """Expected half width of the Clopper-Pearson interval of n subjects at a true proportion p."""
    total = 0.0
    for x in range(n + 1):
        chance = float(binom.pmf(x, n, p))
        if chance > 1e-12:
            interval = clopper_pearson(x, n, level)
            total += chance * (interval.upper - interval.lower) / 2
    return total


def _smallest(p: float, half_width: float, level: float) -> int:
    low, high = 1, 16
    while mean_half_width(high, p, level) > half_width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if mean_half_width(middle, p, level) <= half_width else (middle, high)
    return high


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """Diseased subjects for a paired comparison of two tests' sensitivities, and the exact power at that size."""

    n: int
    power: float
    because: str


def for_paired_comparison(
    only_first: float, only_second: float, alpha: float = 0.05, power: float = 0.8
) -> PairedComparison:
    """Subjects for McNemar's exact test.

    `only_first` and `only_second` are the shares found by one test and missed by the other.

    The search begins at Connor's formula and goes up to the first size from which the exact power does not fall below.

    >>> found = for_paired_comparison(0.25, 0.05)
    >>> found.n, round(found.power, 2)
    (61, 0.81)

    Source: Connor, Biometrics 1987;43:207; exact power by adding up the discordant pairs.
    """
    if not 0 <= only_second < only_first or only_first + only_second >= 1:
        raise RuleError(f"0 <= only_second < only_first and their sum below 1, got {only_first:g} and {only_second:g}")
    if not 0 < alpha < 1 or not 0 < power < 1:
        raise RuleError(f"alpha and power lie between 0 and 1, got {alpha:g} and {power:g}")
    psi, delta = only_first + only_second, only_first - only_second
    n = ceil((norm.isf(alpha / 2) * psi**0.5 + norm.isf(1 - power) * (psi - delta**2) ** 0.5) ** 2 / delta**2)
    while min(exact_power(size, only_first, only_second, alpha) for size in range(n, n + 5)) < power:
        n += 1
    because = f"McNemar's exact test, two-sided {alpha:g}; discordant {psi:g}, difference {delta:g}"
    return PairedComparison(n=n, power=exact_power(n, only_first, only_second, alpha), because=because)


def exact_power(n: int, only_first: float, only_second: float, alpha: float) -> float:
    """Power of McNemar's exact test with n pairs."""
    psi = only_first + only_second
    total = 0.0
    for discordant in range(n + 1):
        chance = float(binom.pmf(discordant, n, psi))
        if chance < 1e-12 or not discordant:
            continue
        total += chance * rejection(discordant, only_first / psi, alpha)
    return total


def rejection(discordant: int, first_share: float, alpha: float) -> float:
    """Probability that McNemar's exact test rejects with so many discordant pairs, of which a share is the first's."""
    first = np.arange(discordant + 1)
    tail = binom.cdf(np.minimum(first, discordant - first), discordant, 0.5)
    rejects = np.minimum(2 * tail, 1.0) <= alpha
    return float(binom.pmf(first, discordant, first_share)[rejects].sum())
