"""Exact operating characteristics of A+B and 3+3 dose escalation, by recursion over levels.

Source: Lin Y, Shih WJ. Statistical properties of the traditional algorithm-based designs for phase I cancer
clinical trials. Biostatistics 2001;2:203-215.

Conventions followed by `a_plus_b_without_de_escalation` (those of exact_aplusb.csv):

* Start at level 1 with `a` subjects: at most c-1 DLTs escalate, more than `d` stop, otherwise `b` more are
  treated there and at most `e` DLTs among a+b escalate, more stop.
* Stopping at a level makes the level below the MTD, whatever number was treated there (none below level 1).
* When the top level says "escalate" the top level is the MTD.

Conventions followed by `three_plus_three_with_de_escalation` (those of threeplus3_exact_bcrm.csv, FALSE):

* 0 of 3 goes up, 1 of 3 treats 3 more, at most 1 of 6 goes up, two or more DLTs go down.
* Going down to a level with 3 subjects (0 of 3) treats 3 more: at most 1 of 6 makes it the MTD, two or more
  go down again. Going down to a level with 6 subjects (1 of 6) makes it the MTD.
* A level below one found too toxic is the highest ever considered again; below level 1 there is no MTD.
* The top level passed, with 0 of 3 at once or 1 of 6, is the MTD; 0 of 3 there treats no 3 more.

Probabilities are exact fractions of the decimal text of p and become floats at the end. In the results
prob_mtd has P(no MTD) first and then one entry per level; mean_n and mean_dlt have one entry per level and
count trials that never reach the level as zero.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb

Row = list[Fraction]


def binomial(count: int, size: int, p: Fraction) -> Fraction:
    """P(exactly `count` DLTs among `size`)."""
    return comb(size, count) * p**count * (1 - p) ** (size - count)


def as_floats(prob_mtd: Row, mean_n: Row, mean_dlt: Row) -> dict[str, list[float]]:
    """The results in the shape that callers get."""
    return {
        "prob_mtd": [float(x) for x in prob_mtd],
        "mean_n": [float(x) for x in mean_n],
        "mean_dlt": [float(x) for x in mean_dlt],
    }


def a_plus_b_at_level(p: Fraction, a: int, b: int, c: int, d: int, e: int) -> tuple[Fraction, Fraction, Fraction]:
    """P(escalate), mean number treated and mean number of DLTs at a level that is reached."""
    up = mean_n = mean_dlt = Fraction(0)
    for first in range(a + 1):
        weight = binomial(first, a, p)
        if first < c or first > d:
            mean_n += weight * a
            mean_dlt += weight * first
            up += weight if first < c else 0
            continue
        for second in range(b + 1):
            both = weight * binomial(second, b, p)
            mean_n += both * (a + b)
            mean_dlt += both * (first + second)
            up += both if first + second <= e else 0
    return up, mean_n, mean_dlt


def a_plus_b_from(levels: list[Fraction], a: int, b: int, c: int, d: int, e: int) -> tuple[Row, Row, Row]:
    """The three result rows for a trial starting at the first of `levels`, by recursion on the rest."""
    if not levels:
        return [Fraction(1)], [], []
    up, here_n, here_dlt = a_plus_b_at_level(levels[0], a, b, c, d, e)
    prob, mean_n, mean_dlt = a_plus_b_from(levels[1:], a, b, c, d, e)
    return (
        [1 - up] + [up * x for x in prob],
        [here_n] + [up * x for x in mean_n],
        [here_dlt] + [up * x for x in mean_dlt],
    )


def a_plus_b_without_de_escalation(p: list[float], a: int, b: int, c: int, d: int, e: int) -> dict[str, list[float]]:
    """Exact operating characteristics of the A+B design without de-escalation."""
    levels = [Fraction(str(x)) for x in p]
    return as_floats(*a_plus_b_from(levels, a, b, c, d, e))


def too_toxic(levels: list[Fraction]) -> Fraction:
    """P(the first of `levels` is in the end found too toxic), given that the trial reaches it.

    It is found so either on the way up, or when it passed with 0 of 3, the level above was in the end
    found too toxic, and the 3 more subjects then treated have two or more DLTs.
    """
    if not levels:
        return Fraction(0)
    p = levels[0]
    none, one = binomial(0, 3, p), binomial(1, 3, p)
    on_the_way_up = (1 - none - one) + one * (1 - none)
    on_the_way_down = none * too_toxic(levels[1:]) * (1 - none - one)
    return on_the_way_up + on_the_way_down


def three_plus_three_with_de_escalation(p: list[float]) -> dict[str, list[float]]:
    """Exact operating characteristics of the classical 3+3 design with de-escalation."""
    levels = [Fraction(str(x)) for x in p]
    prob = [too_toxic(levels)]
    mean_n: Row = []
    mean_dlt: Row = []
    reach = Fraction(1)
    for index, rate in enumerate(levels):
        above = levels[index + 1 :]
        none, one = binomial(0, 3, rate), binomial(1, 3, rate)
        passed_three, passed_six = none, one * none
        back = too_toxic(above)
        stay = 1 - back  # above is never too toxic: the MTD is higher, or this is the top level
        mtd_here = passed_three * back * (none + one) + passed_six * back
        if not above:
            mtd_here = (passed_three + passed_six) * stay
        prob.append(reach * mtd_here)
        three_dlt = sum(count * binomial(count, 3, rate) for count in range(4))
        threes = 1 + one + passed_three * back  # expected number of cohorts of three, once reached
        mean_n.append(reach * 3 * threes)
        mean_dlt.append(reach * three_dlt * threes)
        reach *= passed_three + passed_six
    return as_floats(prob, mean_n, mean_dlt)
