"""How a dose is delivered: dose rates that are sums of exponentials, one administration or several at their times.

The Lea-Catcheside factor is the share of the quadratic damage of an acute dose that is left when repair goes on during
delivery. For sums of exponentials it is a double sum; where a rate equals that of repair the sum's limit is taken.

Source: Lea and Catcheside, J Genet 1942;44:216; Dale, Br J Radiol 1985;58:515; for several exponentials Baechler,
Hobbs, Prideaux, Wahl and Sgouros, Med Phys 2008;35:1123.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
ROUNDING = 0.01
"""A dose rate may fall so far below 0, in parts of its largest: doses and half-lives are written with few digits."""
DOSES_GY = (1e-12, 1e6)
"""Of anything that is treated, and beyond it: else a unit is another."""
NEAR = 1e-5
"""Rates that differ by less, in parts of the inverse of the time between, are taken together: the limit is nearer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRate:
    """Dose rate after one administration: the sum of dose x rate x exp(-rate t), each part by its dose and half-life.

    A part may be negative, for uptake; the dose rate may at no time be.
    """

    doses_Gy: tuple[float, ...]
    half_lives_h: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.doses_Gy or len(self.doses_Gy) != len(self.half_lives_h):
            raise RuleError(
                f"every part has a dose and a half-life, got {len(self.doses_Gy)} doses and "
                f"{len(self.half_lives_h)} half-lives"
            )
        if not all(math.isfinite(dose) for dose in self.doses_Gy):
            raise RuleError("the doses of the parts are finite")
        for half_life in self.half_lives_h:
            if not 0 < half_life < math.inf:
                raise RuleError(f"a half-life lies above 0 h, got {half_life:g} h")
        if not self.dose_Gy > 0:
            raise RuleError(f"the dose in all lies above 0 Gy, got {self.dose_Gy:g} Gy")
        if not DOSES_GY[0] <= self.dose_Gy <= DOSES_GY[1]:
            raise RuleError(f"a dose lies in {DOSES_GY[0]:g}..{DOSES_GY[1]:g} Gy, got {self.dose_Gy:g} Gy")
        time_h, share = self.lowest()
        if (slowest := self._slowest()) < 0:
            raise RuleError(
                "a dose rate is 0 or more at every time: the part that fades last is below 0, got "
                f"{slowest:g} Gy with {max(self.half_lives_h):g} h"
            )
        if share < -ROUNDING:
            raise RuleError(
                f"a dose rate is 0 or more at every time, got {100 * share:.3g} % of its largest at {time_h:.3g} h"
            )

    @property
    def dose_Gy(self) -> float:
        """The absorbed dose of all parts."""
        return math.fsum(self.doses_Gy)

    @property
    def rates_per_h(self) -> Floats:
        """The rate of each part."""
        return math.log(2) / np.array(self.half_lives_h)

    def at(self, elapsed_h: ArrayLike) -> Floats:
        """Dose rate at times after the administration, Gy/h; 0 before it."""
        times, rates = np.asarray(elapsed_h, dtype=np.float64), self.rates_per_h
        parts = np.array(self.doses_Gy) * rates * np.exp(-rates * np.maximum(times, 0)[..., None])
        return np.where(times < 0, 0.0, parts.sum(axis=-1))

    def until_Gy(self, elapsed_h: ArrayLike) -> Floats:
        """Dose delivered up to times after the administration."""
        times = np.maximum(np.asarray(elapsed_h, dtype=np.float64), 0)[..., None]
        return np.asarray((np.array(self.doses_Gy) * -np.expm1(-self.rates_per_h * times)).sum(axis=-1))

    def _slowest(self) -> float:
        """The dose of the parts that fade last."""
        last = max(self.half_lives_h)
        return math.fsum(dose for dose, half in zip(self.doses_Gy, self.half_lives_h, strict=True) if half == last)

    def lowest(self) -> tuple[float, float]:
        """When the dose rate is lowest (h), and how low in parts of its largest; it is 0 at last.

        Its turns are where its derivative, a sum of exponentials too, is 0: between the turns of that one.
        """
        if min(self.doses_Gy) >= 0:
            return math.inf, 0.0
        rates = self.rates_per_h
        heights = np.array(self.doses_Gy) * rates
        times = np.array([0.0, *_zeros(heights * rates, rates)])
        values = np.exp(-rates * times[:, None]) @ heights
        place = int(values.argmin())
        return float(times[place]), min(float(values[place] / max(values.max(), 1e-300)), 0.0)


def _zeros(heights: Floats, rates: Floats) -> list[float]:
    """Times above 0 at which the sum of height exp(-rate t) is 0, in order."""
    together = dict.fromkeys(sorted(rates.tolist()), 0.0)
    for height, rate in zip(heights.tolist(), rates.tolist(), strict=True):
        together[rate] += height
    kept = {rate: height for rate, height in together.items() if height != 0}
    slow, c = np.array(list(kept)), np.array(list(kept.values()))
    if len(c) < 2:
        return []
    beyond = slow - slow[0]
    turns = _zeros((-c * beyond)[1:], beyond[1:])

    def value(time_h: float) -> float:
        return float(c @ np.exp(-beyond * time_h))

    return [_root(value, a, b) for a, b in pairwise([0.0, *turns, math.inf]) if _changes(value, a, b, c[0])]


def _changes(value: Callable[[float], float], low_h: float, high_h: float, at_last: float) -> bool:
    after = at_last if math.isinf(high_h) else value(high_h)
    return value(low_h) * after < 0


def _root(value: Callable[[float], float], low_h: float, high_h: float) -> float:
    """The time between two at which a function changes its sign, by halving."""
    before = value(low_h) > 0
    if math.isinf(high_h):
        high_h = 2 * low_h + 1
        while (value(high_h) > 0) == before:
            high_h *= 2
    for _ in range(200):
        middle = (low_h + high_h) / 2
        if middle in (low_h, high_h):
            break
        if (value(middle) > 0) == before:
            low_h = middle
        else:
            high_h = middle
    return (low_h + high_h) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Administrations of a treatment, each with its dose rate, at their times after the first (h)."""

    rates: tuple[DoseRate, ...]
    at_h: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        if not self.rates or len(self.rates) != len(self.at_h):
            raise RuleError(
                f"every administration has its dose rate and its time, got {len(self.rates)} dose rates and "
                f"{len(self.at_h)} times"
            )
        if self.at_h[0] != 0 or any(not a < b < math.inf for a, b in pairwise(self.at_h)):
            raise RuleError(
                "times of administrations begin at 0 h and rise, got " + ", ".join(f"{time:g}" for time in self.at_h)
            )

    @property
    def dose_Gy(self) -> float:
        """The absorbed dose of all administrations."""
        return math.fsum(one.dose_Gy for one in self.rates)

    @property
    def doses_Gy(self) -> Floats:
        """The doses of all parts, administration by administration."""
        return np.array([dose for one in self.rates for dose in one.doses_Gy])

    @property
    def rates_per_h(self) -> Floats:
        """Their rates."""
        return np.concatenate([one.rates_per_h for one in self.rates])

    @property
    def begins_h(self) -> Floats:
        """The time of the administration that each part belongs to."""
        return np.repeat(np.array(self.at_h), [len(one.doses_Gy) for one in self.rates])

    def at(self, elapsed_h: ArrayLike) -> Floats:
        """Dose rate at times after the first administration, Gy/h."""
        times = np.asarray(elapsed_h, dtype=np.float64)
        parts = [one.at(times - begin) for one, begin in zip(self.rates, self.at_h, strict=True)]
        return np.asarray(np.sum(parts, axis=0))

    def until_Gy(self, elapsed_h: ArrayLike) -> Floats:
        """Dose delivered up to times after the first administration."""
        times = np.asarray(elapsed_h, dtype=np.float64)
        parts = [one.until_Gy(times - begin) for one, begin in zip(self.rates, self.at_h, strict=True)]
        return np.asarray(np.sum(parts, axis=0))

    def quadratic_Gy2(self, repair_half_life_h: float) -> float:
        """The integral of rate(t) rate(s) exp(-repair |t - s|) over all times t and s: the dose squared, if acute."""
        doses = self.doses_Gy
        return float(doses @ together(self.rates_per_h, self.begins_h, repair_per_h(repair_half_life_h)) @ doses)

    def lea_catcheside(self, repair_half_life_h: float) -> float:
        """The Lea-Catcheside factor: 1 if acute, near 0 if slow or far apart against repair.

        >>> once = DoseRate(doses_Gy=(20.0,), half_lives_h=(50.0,))
        >>> round(Course(rates=(once,)).lea_catcheside(2.8), 6), round(2.8 / 52.8, 6)
        (0.05303, 0.05303)
        """
        return self.quadratic_Gy2(repair_half_life_h) / self.dose_Gy**2

    def quadratic_until_Gy2(self, elapsed_h: ArrayLike, repair_half_life_h: float) -> Floats:
        """The same integral over times up to each of those given: what has been done until then."""
        until = np.asarray(elapsed_h, dtype=np.float64)
        mu, rates, doses = repair_per_h(repair_half_life_h), self.rates_per_h, self.doses_Gy
        done = np.zeros(until.shape)
        left = np.zeros((*until.shape, len(rates)))  # dose of each part still to come at its step's begin
        unrepaired = np.zeros(until.shape)
        steps = [*self.at_h, math.inf]
        for place, (begin, end) in enumerate(pairwise(steps)):
            left[..., self.begins_h == self.at_h[place]] = doses[self.begins_h == self.at_h[place]]
            span = np.clip(until - begin, 0, end - begin)
            heights = left * rates
            both = _difference(rates[:, None] + rates, rates[:, None] + mu, span[..., None, None])
            done += 2 * np.einsum("...i,...j,...ij->...", heights, heights, both.swapaxes(-1, -2))
            done += 2 * unrepaired * (heights * _through(rates + mu, span[..., None])).sum(axis=-1)
            unrepaired = unrepaired * np.exp(-mu * span) + (heights * _survives(rates, mu, span[..., None])).sum(-1)
            left = left * np.exp(-rates * span[..., None])
        return done


def course(rate: DoseRate, administrations: int = 1, interval_h: float | None = None) -> Course:
    """The same administration so many times, always so long after the one before.

    >>> course(DoseRate(doses_Gy=(2.0,), half_lives_h=(60.0,)), 2, 168.0).at_h
    (0.0, 168.0)
    """
    if administrations < 1:
        raise RuleError(f"a course has an administration or more, got {administrations}")
    if (administrations > 1) != (interval_h is not None):
        raise RuleError("an interval is given exactly where there are several administrations")
    if interval_h is not None and not 0 < interval_h < math.inf:
        raise RuleError(f"an interval lies above 0 h, got {interval_h:g} h")
    return Course(
        rates=(rate,) * administrations, at_h=tuple(place * (interval_h or 0.0) for place in range(administrations))
    )


def repair_per_h(half_life_h: float) -> float:
    """The rate of repair."""
    if not 0 < half_life_h < math.inf:
        raise RuleError(f"a half-life of repair lies above 0 h, got {half_life_h:g} h")
    return math.log(2) / half_life_h


def together(rates_per_h: ArrayLike, begins_h: ArrayLike, mu_per_h: ArrayLike) -> Floats:
    """For parts i and j of unit dose: the integral of rate_i(t) rate_j(s) exp(-mu |t - s|), shape (..., n, n).

    `rates_per_h` has the shape (..., n) and `mu_per_h` (...); `begins_h` (n) is when each part begins.
    The earlier of two is followed to the begin of the later; what is left of it then runs beside the later.
    """
    rates, mu = np.asarray(rates_per_h, dtype=np.float64), np.asarray(mu_per_h, dtype=np.float64)[..., None]
    begins = np.asarray(begins_h, dtype=np.float64)
    through = rates / (rates + mu)
    a, b = rates[..., :, None], rates[..., None, :]
    beside = (b * through[..., :, None] + a * through[..., None, :]) / (a + b)
    gap = begins[None, :] - begins[:, None]  # above 0 where i is the earlier
    wait = np.maximum(gap, 0)
    first = a * _survives(a, mu[..., None], wait) * through[..., None, :] + np.exp(-a * wait) * beside
    return np.asarray(np.where(gap >= 0, first, np.swapaxes(first, -1, -2)))


def _survives(rate: Floats, mu: Floats | float, span_h: Floats) -> Floats:
    """The integral of exp(-rate s) exp(-mu (span - s)) over s from 0 to the span; span exp(-mu span) if both agree."""
    apart = np.abs(mu - rate)
    slower = np.minimum(mu, rate)
    with np.errstate(invalid="ignore"):
        through = np.exp(-slower * span_h) * _through(apart, span_h)
    return np.where(np.isinf(span_h), 0.0, through)


def _through(rate: Floats, span_h: Floats) -> Floats:
    """The integral of exp(-rate s) over s from 0 to the span."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(rate > 0, -np.expm1(-rate * span_h) / rate, span_h)


def _difference(rate: Floats, other: Floats, span_h: Floats) -> Floats:
    """The difference of `_through` at two rates, over the other less the one; minus its derivative if both agree."""
    apart = other - rate
    near = np.abs(apart) * np.minimum(span_h, 1 / rate) < NEAR
    with np.errstate(invalid="ignore", divide="ignore"):
        far = (_through(rate, span_h) - _through(other, span_h)) / apart
        middle = (rate + other) / 2
        limit = gammainc(2, middle * span_h) / middle**2
    return np.where(near, limit, far)
