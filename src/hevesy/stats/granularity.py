"""Whether a reported figure can have come from whole numbers in so many subjects, and which data it can have come from.

Figures are read as they were printed ("4.50" is not "4.5"): what was rounded away is the question.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from hevesy.errors import RuleError
from hevesy.stats.words import Rounding

MOST_DIGITS, MOST_SUBJECTS, MOST_STEPS = 15, 1_000_000, 2_000_000
"""Of a printed figure, of a study, and of a search for samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granularity:
    """Whether the figure is possible, from which whole totals, and what the nearest possible figures are."""

    possible: bool
    totals: tuple[int, ...]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOfTimes:
    """What a reported mean time turns out to be a mean of."""

    kind: Literal["of events only", "of all times, censored ones too", "restricted mean", "none of these"]
    lower_bound: bool
    because: str


def _figure(text: str) -> Decimal:
    try:
        found = Decimal(text.strip().removesuffix("%").strip())
    except InvalidOperation:
        raise RuleError(f"{text!r} is not a number as printed") from None
    if not found.is_finite():
        raise RuleError(f"{text!r} is not a finite number")
    if (found and not -MOST_DIGITS <= found.adjusted() <= MOST_DIGITS) or len(found.as_tuple().digits) > MOST_DIGITS:
        raise RuleError(f"{text!r} is no figure as papers print them: more than {MOST_DIGITS} digits")
    return found


def interval(text: str, rounding: Rounding = "any") -> tuple[Decimal, Decimal, bool, bool]:
    """Lowest and highest value that is printed so, and whether each end itself is.

    >>> interval("4.5", "half-up")
    (Decimal('4.45'), Decimal('4.55'), True, False)
    """
    value = _figure(text)
    exponent = value.as_tuple().exponent
    unit = Decimal(1).scaleb(int(exponent))
    half = unit / 2
    last = int(abs(value).scaleb(-int(exponent))) % 2
    # of the magnitude: lower end, upper end, whether they belong
    ends = {
        "half-up": (-half, half, True, False),
        "half-down": (-half, half, False, True),
        "half-even": (-half, half, last == 0, last == 0),
        "up": (-unit, Decimal(0), False, True),
        "down": (Decimal(0), unit, True, False),
        "any": (-unit, unit, False, False),
    }
    if rounding not in ends:
        raise RuleError(f"roundings are {', '.join(ends)}, got {rounding!r}")
    low, high, with_low, with_high = ends[rounding]
    if value < 0:
        return value - high, value - low, with_high, with_low
    if value == 0:
        # of magnitudes: what is printed 0 lies from 0 up to the upper end; what is always rounded up is 0 itself
        return -high, high, with_high, with_high
    return value + low, value + high, with_low, with_high


def _inside(value: Decimal, bounds: tuple[Decimal, Decimal, bool, bool]) -> bool:
    low, high, with_low, with_high = bounds
    return (low < value or (with_low and value == low)) and (value < high or (with_high and value == high))


def _whole_within(bounds: tuple[Decimal, Decimal, bool, bool], scale: int) -> tuple[int, ...]:
    low, high, _, _ = bounds
    first = int((low * scale).to_integral_value(ROUND_FLOOR))
    last = int((high * scale).to_integral_value(ROUND_CEILING))
    return tuple(total for total in range(first, last + 1) if _rational_inside(total, scale, bounds))


def _rational_inside(total: int, scale: int, bounds: tuple[Decimal, Decimal, bool, bool]) -> bool:
    low, high, with_low, with_high = bounds
    above = total - low * scale
    below = high * scale - total
    return (above > 0 or (with_low and above == 0)) and (below > 0 or (with_high and below == 0))


def grim(mean: str, n: int, *, items: int = 1, percent: bool = False, rounding: Rounding = "half-up") -> Granularity:
    """Whether a mean of whole numbers (or a percentage of subjects) can be what is printed.

    In n subjects of `items` items each.

    >>> grim("80", 8, percent=True).possible, grim("4.75", 4).possible
    (False, True)

    Source: N. J. L. Brown and J. A. J. Heathers, Soc Psychol Personal Sci 2017;8:363.
    """
    if n < 1 or items < 1:
        raise RuleError(f"n and items are 1 or more, got {n} and {items}")
    if n * items > MOST_SUBJECTS:
        raise RuleError(f"in more than {MOST_SUBJECTS:,} numbers every printed figure is possible, got {n} x {items}")
    scale = n * items
    bounds = interval(mean, rounding)
    if percent:
        low, high, with_low, with_high = bounds
        bounds = (low / 100, high / 100, with_low, with_high)
    totals = _whole_within(bounds, scale)
    if percent and not 0 <= _figure(mean) <= 100:
        raise RuleError(f"a percentage of subjects lies between 0 and 100, got {mean}")
    if percent:
        totals = tuple(total for total in totals if 0 <= total <= scale)
    shown = f"{mean}{' %' if percent else ''}"
    if totals:
        among = f"{totals[0]}" if len(totals) == 1 else f"{totals[0]} to {totals[-1]}"
        return Granularity(possible=True, totals=totals, because=f"{shown} is {among} of {scale} ({rounding})")
    value = _figure(mean) / (100 if percent else 1)
    below = int((value * scale).to_integral_value(ROUND_FLOOR))
    factor = 100 if percent else 1
    near = " and ".join(
        f"{one}/{scale} = {factor * one / scale:.6g}" for one in (below, below + 1) if not percent or 0 <= one <= scale
    )
    return Granularity(possible=False, totals=(), because=f"{shown} cannot be: nearest are {near} ({rounding})")


def grimmer(mean: str, sd: str, n: int, *, rounding: Rounding = "half-up") -> Granularity:
    """Whether a mean and a standard deviation (n - 1) of whole numbers can both be what is printed.

    For a total T the sum of squares must be a whole number of T's parity within the bounds that the printed deviation
    leaves.

    Source: A. Allard, Analytic-GRIMMER (2018).
    """
    if n < 2:
        raise RuleError(f"a standard deviation needs two subjects, got n = {n}")
    first = grim(mean, n, rounding=rounding)
    if not first.possible:
        return first
    low, high, with_low, with_high = interval(sd, rounding)
    if high < 0:
        raise RuleError(f"a standard deviation is not negative, got {sd}")
    low = max(low, Decimal(0))
    fitting = []
    for total in first.totals:
        # (n - 1) s^2 n + T^2 = n Q for a whole sum of squares Q
        least, most = low**2 * (n - 1) * n + total**2, high**2 * (n - 1) * n + total**2
        start = max(int((least / n).to_integral_value(ROUND_FLOOR)), 0)
        for squares in range(start, int((most / n).to_integral_value(ROUND_CEILING)) + 1):
            above, below = squares * n - least, most - squares * n
            fits = (above > 0 or (above == 0 and (with_low or low == 0))) and (below > 0 or (below == 0 and with_high))
            if fits and squares % 2 == total % 2 and squares * n >= total**2:
                fitting.append(total)
                break
    if fitting:
        return Granularity(
            possible=True, totals=tuple(fitting), because=f"mean {mean} and SD {sd} fit totals {fitting} in {n}"
        )
    return Granularity(
        possible=False, totals=(), because=f"mean {mean} is possible in {n}, SD {sd} with it is not ({rounding})"
    )


def possible_samples(
    mean: str, sd: str | None, n: int, lowest: int, highest: int, *, most: int = 1000, rounding: Rounding = "half-up"
) -> tuple[tuple[int, ...], ...]:
    """Samples of whole numbers in lowest..highest, in rising order, with the printed mean (and deviation).

    At most so many.

    An exhaustive search, so that an empty answer means there is none. Written for the question of SPRITE (J. A. J.
    Heathers et al., PeerJ Preprints 2018;6:e26968), which searches at random.
    """
    if lowest > highest or n < 1:
        raise RuleError(f"n is 1 or more and the range rises, got {n} in {lowest}..{highest}")
    bounds = None if sd is None else interval(sd, rounding)
    samples: list[tuple[int, ...]] = []
    steps = count(1)
    for total in grim(mean, n, rounding=rounding).totals:
        for sample in _rising(n, total, lowest, (lowest, highest), steps):
            if sample[-1] <= highest and (bounds is None or n < 2 or _inside(_deviation(sample, total), bounds)):
                samples.append(sample)
                if len(samples) == most:
                    return tuple(samples)
    return tuple(samples)


def _rising(
    left: int, total: int, least: int, within: tuple[int, int], steps: Iterator[int]
) -> Iterator[tuple[int, ...]]:
    """Rising samples of so many whole numbers from `least` on with a total; `steps` counts over the whole search."""
    if next(steps) > MOST_STEPS:
        raise RuleError(
            f"more than {MOST_STEPS:,} partial samples in {within[0]}..{within[1]}: the search was ended, "
            "give a narrower range"
        )
    if left == 0:
        if total == 0:
            yield ()
        return
    for one in range(max(least, total - (left - 1) * within[1]), total // left + 1):
        for rest in _rising(left - 1, total - one, one, within, steps):
            yield (one, *rest)


def _deviation(sample: tuple[int, ...], total: int) -> Decimal:
    """The standard deviation (n - 1) of a sample."""
    square = Decimal(sum(one * one for one in sample)) - Decimal(total * total) / len(sample)
    return (max(square, Decimal(0)) / (len(sample) - 1)).sqrt()


def mean_of_times(mean: str, time: ArrayLike, observed: ArrayLike, rounding: Rounding = "half-up") -> MeanOfTimes:
    """What a reported mean time to an event was made of; with censored times in it, it is only a lower bound.

    >>> mean_of_times("127", [57, 90, 160, 201], [1, 1, 1, 0]).kind
    'of all times, censored ones too'
    """
    from hevesy.stats.survival import checked_times, kaplan_meier, restricted_mean

    times, events, _ = checked_times(time, observed)
    bounds = interval(mean, rounding)
    censored = int((~events).sum())
    if events.any() and _inside(Decimal(repr(float(times[events].mean()))), bounds):
        what = (
            "every time was an event"
            if not censored
            else f"{censored} censored times were left out, which favours short times"
        )
        return MeanOfTimes(kind="of events only", lower_bound=censored > 0, because=what)
    if censored and _inside(Decimal(repr(float(times.mean()))), bounds):
        because = (
            f"{censored} of {len(times)} times are censored and were counted as if they had ended: "
            "a lower bound of the mean"
        )
        return MeanOfTimes(kind="of all times, censored ones too", lower_bound=True, because=because)
    area = restricted_mean(kaplan_meier(times, events), float(times.max())).estimate
    if math.isfinite(area) and _inside(Decimal(repr(area)), bounds):
        because = f"the area under the curve to the last time, {np.max(times):g}"
        return MeanOfTimes(kind="restricted mean", lower_bound=bool(censored), because=because)
    return MeanOfTimes(
        kind="none of these",
        lower_bound=False,
        because=f"mean of all times is {times.mean():.6g}, of events {_mean(times[events])}",
    )


def _mean(times: ArrayLike) -> str:
    values = np.asarray(times)
    return f"{values.mean():.6g}" if values.size else "not defined"
