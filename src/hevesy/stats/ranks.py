"""Groups by the ranks of their values: exact, with ties, no law of the values assumed; and many comparisons at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from hevesy.errors import RuleError


@dataclass(frozen=True, slots=True)
class RankSum:
    """Of one group against all others: two-sided p, and how often its value lies above one of theirs (ties by half)."""

    p_value: float
    above: float


MOST_STEPS = 300_000_000
"""Additions that an exact distribution may take (about a second)."""


def can_rank(sizes: Iterable[int]) -> bool:
    """Whether groups of these sizes are small enough for the exact distribution of their ranks.

    >>> can_rank([10, 200]), can_rank([400, 400])
    (True, False)
    """
    every = list(sizes)
    n = sum(every)
    return 2 * (n * max((min(size, n - size) for size in every), default=0)) ** 2 <= MOST_STEPS


def rank_sums(groups: Mapping[str, Sequence[float]]) -> dict[str, RankSum]:
    """The exact rank-sum test of each group against all the others together, two-sided.

    P is the share of all ways to choose so many values whose rank sum lies as far from its mean as the one seen, or
    further. Tied values share the mean of their ranks. The p values are of one comparison each.

    >>> round(rank_sums({"A": [0, 1], "B": [2, 3, 4, 5]})["A"].p_value, 4)
    0.1333

    Source: Wilcoxon, Biometrics Bull 1945;1:80; with ties Streitberg and Röhmel, Stat Softw Newsl 1986;12:10.
    """
    sizes = {name: len(values) for name, values in groups.items()}
    if len(groups) < 2 or not all(sizes.values()):
        raise RuleError(f"two groups or more have values, got {list(sizes.values())}")
    every = [value for values in groups.values() for value in values]
    if not all(map(math.isfinite, every)):
        raise RuleError("values that are ranked are finite")
    if not can_rank(sizes.values()):
        raise RuleError(f"groups of {list(sizes.values())} are too large for exact ranks")
    doubled = [round(2 * rank) for rank in rankdata(every)]
    n = len(doubled)
    ways = _ways(doubled, max(min(size, n - size) for size in sizes.values()))
    found, first = {}, 0
    for name, size in sizes.items():
        fewer, total = min(size, n - size), sum(doubled[first : first + size])
        away = abs(total - size * (n + 1))  # as far as the others' sum is from its own mean
        sums = np.arange(ways.shape[1])
        p = float(ways[fewer, np.abs(sums - fewer * (n + 1)) >= away].sum()) / math.comb(n, fewer)
        found[name] = RankSum(min(1.0, p), (total - size * (size + 1)) / (2 * size * (n - size)))
        first += size
    return found


def _ways(doubled: Sequence[int], most: int) -> NDArray[np.float64]:
    """In how many ways so many (first axis, up to `most`) of the doubled ranks make a sum (second axis)."""
    ways = np.zeros((most + 1, sum(sorted(doubled)[-most:]) + 1))
    ways[0, 0] = 1.0
    for taken, rank in enumerate(doubled):
        for size in range(min(taken + 1, most), 0, -1):
            ways[size, rank:] += ways[size - 1, : ways.shape[1] - rank]
    return ways


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """P values of several comparisons, so raised that any of them falls below a level by chance that often at most.

    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)

    Source: Holm, Scand J Stat 1979;6:65.
    """
    raised, worst = [1.0] * len(p_values), 0.0
    for place, at in enumerate(sorted(range(len(p_values)), key=lambda one: p_values[one])):
        if not 0 <= p_values[at] <= 1:
            raise RuleError(f"a p value lies in 0..1, got {p_values[at]}")
        worst = max(worst, min(1.0, (len(p_values) - place) * p_values[at]))
        raised[at] = worst
    return tuple(raised)
