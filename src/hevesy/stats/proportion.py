"""Proportions of small samples.

Exact, mid-p, Blaker, Wilson and Bayesian intervals, exact tests, and what zero events permit to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, betainc, betaincinv, gammaln, ndtri, xlog1py, xlogy

from hevesy.errors import RuleError
from hevesy.stats.words import Alternative


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Lower and upper limit, the method that gave them and the coverage it aims at."""

    lower: float
    upper: float
    method: str
    level: float


def _checked(x: int, n: int, level: float) -> None:
    if x != int(x) or n != int(n):
        raise RuleError(f"x and n are whole numbers, got x = {x}, n = {n}")
    if n < 1:
        raise RuleError(f"a proportion needs at least one subject, got n = {n}")
    if not 0 <= x <= n:
        raise RuleError(f"x must lie in 0..n, got x = {x}, n = {n}")
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")


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


def blaker(x: int, n: int, level: float = 0.95) -> Interval:
    """Exact interval that lies within Clopper and Pearson's: all p whose acceptability is at least 1 - level.

    Acceptability of p is the smaller tail of x and the part of the other tail that is no larger.

    Source: Blaker, Can J Stat 2000;28:783.
    """
    _checked(x, n, level)
    outer = clopper_pearson(x, n, level)
    alpha = 1 - level
    lower = 0.0 if x == 0 else _edge(lambda p: _acceptability(x, n, p) >= alpha, outer.lower, x / n)
    upper = 1.0 if x == n else _edge(lambda p: _acceptability(x, n, p) >= alpha, outer.upper, x / n)
    return Interval(lower=lower, upper=upper, method="Blaker", level=level)


def _acceptability(x: int, n: int, p: float) -> float:
    at_most, at_least = float(bdtr(x, n, p)), 1.0 if x == 0 else float(betainc(x, n - x + 1, p))
    if at_least <= at_most:
        tails = bdtr(np.arange(n + 1), n, p)
        low = tails[tails <= at_least * (1 + 1e-12)]
        return min(1.0, at_least + (float(low[-1]) if low.size else 0.0))
    upper = np.concatenate([[1.0], betainc(np.arange(1, n + 1), np.arange(n, 0, -1), p)])
    high = upper[upper <= at_most * (1 + 1e-12)]
    return min(1.0, at_most + (float(high[0]) if high.size else 0.0))


def _edge(accepted: Callable[[float], bool], outside: float, inside: float) -> float:
    """The outermost accepted point between one that is (nearly) outside and one within.

    Walked in steps, then halved.
    """
    if accepted(outside):
        return outside
    steps = np.linspace(outside, inside, 2001)
    at = next(place for place, p in enumerate(steps) if accepted(float(p)))
    low, high = float(steps[at - 1]), float(steps[at])
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if accepted(middle) else (middle, high)
    return high


def credible(x: int, n: int, level: float = 0.95, prior: tuple[float, float] = (0.5, 0.5)) -> Interval:
    """Central interval of the posterior, beta prior (Jeffreys' unless another is given).

    0 and 1 belong to it where x is 0 or n.

    Source: Brown, Cai and DasGupta, Stat Sci 2001;16:101.
    """
    _checked(x, n, level)
    a, b = prior
    if not (a > 0 and b > 0):
        raise RuleError(f"a beta prior has two positive numbers, got {prior}")
    tail = (1 - level) / 2
    lower = 0.0 if x == 0 else float(betaincinv(x + a, n - x + b, tail))
    upper = 1.0 if x == n else float(betaincinv(x + a, n - x + b, 1 - tail))
    return Interval(lower=lower, upper=upper, method=f"Bayesian, beta({a:g}, {b:g})", level=level)


def exact_test(x: int, n: int, p: float = 0.5, alternative: Alternative = "two-sided") -> float:
    """P value of x in n against a proportion; two-sided: all outcomes no likelier than x.

    McNemar's exact test: x of n discordant pairs.

    >>> round(exact_test(4, 5, 0.3, "greater"), 5)
    0.03078
    """
    _checked(x, n, 0.5)
    if not 0 <= p <= 1:
        raise RuleError(f"a proportion lies in 0..1, got {p}")
    if alternative == "greater":
        return 1.0 if x == 0 else float(betainc(x, n - x + 1, p))
    if alternative == "less":
        return float(bdtr(x, n, p))
    k = np.arange(n + 1)
    likely = np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, p) + xlog1py(n - k, -p))
    return min(1.0, float(likely[likely <= likely[x] * (1 + 1e-7)].sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoByTwo:
    """Fisher's exact test.

    Two-sided p, conditional estimate of the odds ratio (None: no limit) with its exact interval.
    """

    p_value: float
    odds_ratio: float | None
    lower: float
    upper: float | None


def fisher_p(with_event: tuple[int, int], without: tuple[int, int]) -> float:
    """Two-sided p of Fisher's exact test, in whole numbers: the share of tables that are no likelier than the one seen.

    >>> round(fisher_p((3, 1), (1, 3)), 4)
    0.4857

    Source: Fisher, J R Stat Soc 1935;98:39; of equal likelihood within 1e-7, as R's fisher.test has it.
    """
    for count in (*with_event, *without):
        if count < 0 or count != int(count):
            raise RuleError(f"counts are whole numbers from 0, got {count}")
    first, second = with_event[0] + without[0], with_event[1] + without[1]
    if not first or not second:
        raise RuleError(f"both groups have subjects, got {[first, second]}")
    events = sum(with_event)
    fewest, most = max(0, events - second), min(first, events)
    weights = [math.comb(first, fewest) * math.comb(second, events - fewest)]
    for here in range(fewest, most):  # each whole number from the one before, which costs little for large groups
        weights.append(weights[-1] * (first - here) * (events - here) // ((here + 1) * (second - events + here + 1)))
    seen = weights[with_event[0] - fewest]
    return sum(weight for weight in weights if weight * 10**7 <= seen * (10**7 + 1)) / sum(weights)


def fisher(with_event: tuple[int, int], without: tuple[int, int], level: float = 0.95) -> TwoByTwo:
    """Compare two groups: counts with and without the event, first and second group.

    >>> round(fisher((3, 1), (1, 3)).odds_ratio, 4)
    6.4083

    Source: Fisher, J R Stat Soc 1935;98:39; the conditional maximum likelihood estimate as in R's fisher.test.
    """
    from scipy.stats.contingency import odds_ratio

    p_value = fisher_p(with_event, without)
    table = np.array([[with_event[0], without[0]], [with_event[1], without[1]]])
    found = odds_ratio(table, kind="conditional")
    limits = found.confidence_interval(level)
    return TwoByTwo(
        p_value=p_value,
        odds_ratio=float(found.statistic) if math.isfinite(found.statistic) else None,
        lower=float(limits.low),
        upper=float(limits.high) if math.isfinite(limits.high) else None,
    )


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
