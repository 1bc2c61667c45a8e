"""What is in a region over time, as a sum of exponentials of which each decays physically and leaves biologically."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
ROUNDED = 1e-4
"""An effective half-life may be told longer than the physical one by this share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentialSum:
    """Share of the administered activity in a region: the sum of c exp(-(biological + physical) t).

    A negative coefficient is uptake. Biological rates are 0 or more by construction: nothing lives longer than its
    label.
    """

    coefficients: tuple[float, ...]
    biological_per_h: tuple[float, ...]
    physical_per_h: float

    def __post_init__(self) -> None:
        if not self.coefficients or len(self.coefficients) != len(self.biological_per_h):
            raise RuleError("a sum of exponentials has one or more, each with a coefficient and a biological rate")
        if not all(math.isfinite(one) for one in (*self.coefficients, *self.biological_per_h)):
            raise RuleError("coefficients and rates of a sum of exponentials are finite numbers")
        if min(self.biological_per_h) < 0:
            raise RuleError(f"a biological rate is 0 or more, got {min(self.biological_per_h):g} per h")
        if not 0 < self.physical_per_h < math.inf:
            raise RuleError(f"a nuclide decays: its rate lies above 0, got {self.physical_per_h:g} per h")

    @property
    def rates_per_h(self) -> tuple[float, ...]:
        """Total rates: biological and physical together."""
        return tuple(one + self.physical_per_h for one in self.biological_per_h)

    @property
    def half_lives_h(self) -> tuple[float, ...]:
        """Effective half-lives."""
        return tuple(math.log(2) / rate for rate in self.rates_per_h)

    def at(self, elapsed_h: ArrayLike) -> Floats:
        """Share at times after the administration."""
        times = np.asarray(elapsed_h, dtype=np.float64)[..., None]
        return np.asarray((np.array(self.coefficients) * np.exp(-np.array(self.rates_per_h) * times)).sum(axis=-1))

    def integral_h(self, from_h: float = 0.0, to_h: float = math.inf) -> float:
        """Time-integrated activity over the administered between two times (MBq h in the region for a MBq given).

        >>> one = ExponentialSum(coefficients=(0.5,), biological_per_h=(0.0,), physical_per_h=0.01)
        >>> round(one.integral_h(), 9)
        50.0
        """
        if not 0 <= from_h <= to_h:
            raise RuleError(f"an integral runs forward from 0 or later, got {from_h:g} to {to_h:g} h")
        return sum(
            c * (math.exp(-rate * from_h) - math.exp(-rate * to_h)) / rate
            for c, rate in zip(self.coefficients, self.rates_per_h, strict=True)
        )

    def of(self, physical_per_h: float) -> ExponentialSum:
        """The same molecule with another label: the same biology, the other decay."""
        return replace(self, physical_per_h=physical_per_h)


def of_half_life(half_life_h: float, physical_half_life_h: float) -> ExponentialSum:
    """One phase that begins with 1 and has an effective half-life.

    Refused: a half-life longer than that of the nuclide (by more than rounding).

    >>> round(of_half_life(50.0, 100.224).half_lives_h[0], 9)
    50.0
    """
    if not 0 < half_life_h <= physical_half_life_h * (1 + ROUNDED):
        raise RuleError(
            f"an effective half-life lies above 0 and not above the nuclide's, {physical_half_life_h:.6g} h, got "
            f"{half_life_h:g} h"
        )
    physical = math.log(2) / physical_half_life_h
    return ExponentialSum(
        coefficients=(1.0,), biological_per_h=(max(math.log(2) / half_life_h - physical, 0.0),), physical_per_h=physical
    )
