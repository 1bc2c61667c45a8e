"""Proportions of small samples: exact, mid-p and Wilson intervals, and what zero events permit to say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import bdtr, betaincinv, ndtri


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Lower and upper limit, the method that gave them and the coverage it aims at."""

    lower: float
    upper: float
    method: str
    level: float


def _checked(x: int, n: int, level: float) -> None:
    if n < 1:
        raise ValueError(f"a proportion needs at least one subject, got n = {n}")
    if not 0 <= x <= n:
        raise ValueError(f"x must lie in 0..n, got x = {x}, n = {n}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")


def clopper_pearson(x: int, n: int, level: float = 0.95) -> Interval:
    """Exact two-sided interval of x in n.

    >>> round(clopper_pearson(0, 8).upper, 3)
    0.369

    Source: Clopper and Pearson, Biometrika 1934;26:404.
    """
    _checked(x, n, level)
    tail = (1 - level) / 2
    lower = 0.0 if x == 0 else float(betaincinv(x, n - x + 1, tail))
    upper = 1.0 if x == n else float(betaincinv(x + 1, n - x, 1 - tail))
    return Interval(lower=lower, upper=upper, method="Clopper-Pearson", level=level)


def one_sided_upper(x: int, n: int, level: float = 0.95) -> float:
    """Exact one-sided upper bound of x in n; with x = 0 this is 1 - (1 - level)^(1/n).

    >>> round(one_sided_upper(0, 8), 3)
    0.312
    """
    _checked(x, n, level)
    return 1.0 if x == n else float(betaincinv(x + 1, n - x, level))


def wilson(x: int, n: int, level: float = 0.95) -> Interval:
    """Score interval without continuity correction.

    Source: Wilson, J Am Stat Assoc 1927;22:209.
    """
    _checked(x, n, level)
    z2 = float(ndtri(1 - (1 - level) / 2)) ** 2
    p = x / n
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2) / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    lower = 0.0 if x == 0 else centre - half
    upper = 1.0 if x == n else centre + half
    return Interval(lower=lower, upper=upper, method="Wilson", level=level)


def mid_p(x: int, n: int, level: float = 0.95) -> Interval:
    """Interval whose limits have mid-p tail probability (1 - level) / 2.

    Source: Lancaster, J Am Stat Assoc 1961;56:223.
    """
    _checked(x, n, level)
    tail = (1 - level) / 2

    def below_or_half(p: float) -> float:
        """P(X < x) + P(X = x) / 2."""
        at_most = float(bdtr(x, n, p))
        fewer = float(bdtr(x - 1, n, p)) if x > 0 else 0.0
        return (at_most + fewer) / 2

    lower = 0.0 if x == 0 else _root(lambda p: 1 - below_or_half(p) - tail)
    upper = 1.0 if x == n else _root(lambda p: tail - below_or_half(p))
    return Interval(lower=lower, upper=upper, method="mid-p", level=level)


def _root(increasing: Callable[[float], float]) -> float:
    """Root in 0..1 of a function that increases, by bisection to the last bit."""
    low, high = 0.0, 1.0
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if increasing(middle) < 0:
            low = middle
        else:
            high = middle
