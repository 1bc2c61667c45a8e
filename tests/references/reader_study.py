"""Reader studies by their definitions: areas by counting pairs, covariances by leaving out and by pairs without a shared case.

Slow, and written apart from the code: no ranks, no moments, no closed forms of a jackknife.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

Ratings = Mapping[tuple[str, str], Sequence[float]]
"""By modality and reader, the rating of each case."""


def above(one: float, other: float) -> Fraction:
    return Fraction(1) if one > other else Fraction(1, 2) if one == other else Fraction(0)


def area(ratings: Sequence[float], diseased: Sequence[bool]) -> Fraction:
    ill = [rating for rating, sick in zip(ratings, diseased, strict=True) if sick]
    well = [rating for rating, sick in zip(ratings, diseased, strict=True) if not sick]
    return sum((above(one, other) for one in ill for other in well), Fraction(0)) / (len(ill) * len(well))


def left_out(
    values: Sequence[float], diseased: Sequence[bool], figure: Callable[[Sequence[float], Sequence[bool]], Fraction]
) -> list[Fraction]:
    every = range(len(values))
    return [
        figure([values[at] for at in every if at != gone], [diseased[at] for at in every if at != gone])
        for gone in every
    ]


def jackknife_covariance(one: Sequence[Fraction], other: Sequence[Fraction]) -> Fraction:
    n = len(one)
    first, second = sum(one, Fraction(0)) / n, sum(other, Fraction(0)) / n
    return Fraction(n - 1, n) * sum(((a - first) * (b - second) for a, b in zip(one, other, strict=True)), Fraction(0))


def unbiased_covariance(one: Sequence[float], other: Sequence[float], diseased: Sequence[bool]) -> Fraction:
    """The product of the areas, less an unbiased estimate of the product of their expectations.

    That is the mean over pairs of comparisons that share no case.
    """
    ill = [at for at, sick in enumerate(diseased) if sick]
    well = [at for at, sick in enumerate(diseased) if not sick]
    apart = [
        above(one[k], one[low]) * above(other[k2], other[low2])
        for k, k2 in itertools.permutations(ill, 2)
        for low, low2 in itertools.permutations(well, 2)
    ]
    return area(one, diseased) * area(other, diseased) - sum(apart, Fraction(0)) / len(apart)


def delong_covariance(one: Sequence[float], other: Sequence[float], diseased: Sequence[bool]) -> Fraction:
    ill = [at for at, sick in enumerate(diseased) if sick]
    well = [at for at, sick in enumerate(diseased) if not sick]

    def parts(values: Sequence[float], own: Sequence[int], against: Sequence[int], sign: int) -> list[Fraction]:
        return [
            sum((above(sign * values[at], sign * values[low]) for low in against), Fraction(0)) / len(against)
            for at in own
        ]

    total = Fraction(0)
    for own, against, sign in ((ill, well, 1), (well, ill, -1)):
        a, b = parts(one, own, against, sign), parts(other, own, against, sign)
        first, second = sum(a, Fraction(0)) / len(a), sum(b, Fraction(0)) / len(b)
        products = sum(((x - first) * (y - second) for x, y in zip(a, b, strict=True)), Fraction(0))
        total += products / (len(own) - 1) / len(own)
    return total


def error_of_difference(
    figures: Mapping[tuple[str, str], float],
    covariance: Callable[[tuple[str, str], tuple[str, str]], float],
    modalities: Sequence[str],
    readers: Sequence[str],
) -> tuple[float, float]:
    """Standard error of the difference of two modalities and its degrees of freedom (Hillis 2007, equations 8 and 13)."""
    t, r = len(modalities), len(readers)
    grand = sum(figures.values()) / (t * r)
    of_modality = {i: sum(figures[i, j] for j in readers) / r for i in modalities}
    of_reader = {j: sum(figures[i, j] for i in modalities) / t for j in readers}
    square = sum((figures[i, j] - of_modality[i] - of_reader[j] + grand) ** 2 for i in modalities for j in readers) / (
        (t - 1) * (r - 1)
    )
    pairs = list(itertools.permutations(itertools.product(modalities, readers), 2))
    second = [covariance(a, b) for a, b in pairs if a[0] == b[0] and a[1] != b[1]]
    third = [covariance(a, b) for a, b in pairs if a[0] != b[0] and a[1] != b[1]]
    denominator = square + r * max(sum(second) / len(second) - sum(third) / len(third), 0)
    df = denominator**2 / (square**2 / ((t - 1) * (r - 1)))
    return math.sqrt(2 * denominator / r), df


Marks = Sequence[tuple[int, int | None, float]]
"""Of one reading: case, lesion of the case (from 1) or None, rating."""


def froc_figure(merit: str, lesions: Sequence[int], marks: Marks, without: int | None = None) -> Fraction:
    """A figure of merit of marks, `lesions` being how many each case has; as if one case were not there."""
    cases = [case for case in range(len(lesions)) if case != without]
    lowest = -math.inf
    highest_noise = {
        case: max([rating for at, lesion, rating in marks if at == case and lesion is None], default=lowest)
        for case in cases
    }
    rated = {
        (case, number): max([rating for at, lesion, rating in marks if (at, lesion) == (case, number)], default=lowest)
        for case in cases
        for number in range(1, lesions[case] + 1)
    }
    healthy, ill = [case for case in cases if not lesions[case]], [case for case in cases if lesions[case]]
    if merit == "hrauc":
        highest = {
            case: max([highest_noise[case], *(rated[case, k] for k in range(1, lesions[case] + 1))]) for case in cases
        }
        pairs = [above(highest[one], highest[other]) for one in ill for other in healthy]
        return sum(pairs, Fraction(0)) / len(pairs)
    noise = cases if merit.endswith("1") else healthy
    total, weight = Fraction(0), Fraction(0)
    for case in ill:
        for number in range(1, lesions[case] + 1):
            own = Fraction(1, lesions[case]) if merit.startswith("w") else Fraction(1)
            weight += own
            total += own * sum((above(rated[case, number], highest_noise[other]) for other in noise), Fraction(0))
    return total / (weight * len(noise))
