"""Interval rules from their published formulas, in exact fractions where the formula allows.

With a uniform prior the posterior after `dlt` of `n` is Beta(dlt + 1, n - dlt + 1); with whole numbers its distribution function is a
sum of binomial terms: P(rate <= x) = P(Binomial(n + 1, x) >= dlt + 1).
"""

from __future__ import annotations

from decimal import Decimal, getcontext
from fractions import Fraction
from functools import cache
from math import comb

getcontext().prec = 40
Interval = tuple[Fraction, Fraction]


@cache
def at_most(n: int, dlt: int, rate: Fraction) -> Fraction:
    """P(DLT rate <= rate)."""
    hit, miss = rate.numerator, rate.denominator - rate.numerator
    ways = sum(comb(n + 1, k) * hit**k * miss ** (n + 1 - k) for k in range(dlt + 1, n + 2))
    return Fraction(ways, rate.denominator ** (n + 1))


def mass(n: int, dlt: int, interval: Interval) -> Fraction:
    """P(the DLT rate lies in an interval)."""
    return at_most(n, dlt, interval[1]) - at_most(n, dlt, interval[0])


def eliminated(n: int, dlt: int, target: Fraction, from_n: int, above: Fraction = Fraction(95, 100)) -> bool:
    """Never again: P(rate > target) above 0.95."""
    return n >= from_n and dlt > 0 and 1 - at_most(n, dlt, target) > above


def boin(n: int, dlt: int, target: Fraction, low: Fraction = Fraction(6, 10), high: Fraction = Fraction(14, 10)) -> str:
    """Liu and Yuan 2015: up where the target's likelihood is not above that of low x target, down where not above that of high x target.

    The boundaries lambda_e and lambda_d are where these likelihoods are equal.
    """

    def log_likelihood(rate: Fraction) -> Decimal:
        p = Decimal(rate.numerator) / rate.denominator
        return dlt * p.ln() + (n - dlt) * (1 - p).ln()

    if log_likelihood(low * target) >= log_likelihood(target):
        return "E"
    return "D" if log_likelihood(high * target) >= log_likelihood(target) else "S"


def keyboard(n: int, dlt: int, target: Interval) -> str:
    """Yan, Mandrekar and Yuan 2017: keys as wide as the target key, as many as fit whole on each side; the strongest decides."""
    width = target[1] - target[0]
    strongest, told = mass(n, dlt, target), "S"
    for answer, step in (("E", -width), ("D", width)):
        key = (target[0] + step, target[1] + step)
        while key[0] >= 0 and key[1] <= 1:
            if mass(n, dlt, key) > strongest:
                strongest, told = mass(n, dlt, key), answer
            key = (key[0] + step, key[1] + step)
    return told


def mtpi(n: int, dlt: int, target: Interval) -> str:
    """Ji and others 2010: the interval with the highest unit probability mass; of equal ones the lower dose."""
    below, above = (Fraction(0), target[0]), (target[1], Fraction(1))
    return max("DSE", key=lambda answer: unit_mass(n, dlt, {"S": target, "E": below, "D": above}[answer]))


def mtpi2(n: int, dlt: int, target: Interval) -> str:
    """Guo and others 2017: both sides cut into intervals as wide as the target's, what is left over at 0 and 1 being narrower."""
    width = target[1] - target[0]
    intervals = []
    low = target[1]
    while low < 1:
        intervals.append(("D", (low, min(low + width, Fraction(1)))))
        low += width
    intervals.append(("S", target))
    high = target[0]
    while high > 0:
        intervals.append(("E", (max(high - width, Fraction(0)), high)))
        high -= width
    return max(intervals, key=lambda one: unit_mass(n, dlt, one[1]))[0]


def unit_mass(n: int, dlt: int, interval: Interval) -> Fraction:
    """Probability over width."""
    return mass(n, dlt, interval) / (interval[1] - interval[0])


def i3plus3(n: int, dlt: int, target: Interval) -> str:
    """Liu, Wang and Ji 2020: below the interval up, in it stay, above it stay if one DLT less were below it, otherwise down."""
    rate, one_less = Fraction(dlt, n), Fraction(dlt - 1, n)
    if rate < target[0]:
        return "E"
    return "S" if rate <= target[1] or one_less < target[0] else "D"
