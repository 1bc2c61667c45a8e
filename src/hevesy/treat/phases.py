"""Families of time-activity curves: phases that come and go, with rates that cannot be less than the decay.

A member is a sum of parts, each 0 or more, of which none can be negative at any time: what is taken up is a slow phase
less the fastest one, so that a negative coefficient never outweighs the positive ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.treat.kinetics import ExponentialSum

Floats = NDArray[np.float64]
Model = Literal["mono", "uptake-mono", "bi", "tri"]
MODELS: tuple[Model, ...] = ("mono", "uptake-mono", "bi", "tri")
"""From the simplest on."""
FREE: dict[Model, int] = {"mono": 2, "uptake-mono": 3, "bi": 4, "tri": 6}
"""Free parameters."""
MIXED: dict[Model, tuple[tuple[float, ...], ...]] = {
    "mono": ((1,),),
    "uptake-mono": ((1, -1),),
    "bi": ((1, -1), (0, 1)),
    "tri": ((1, 0, -1), (0, 1, -1), (0, 0, 1)),
}
"""Coefficients of the phases, the slowest first, in each part of a curve."""
LEAST_RATIO = 1.05
"""Of the rate of a phase to that of the next slower one: nearer ones cannot be told apart."""
FASTEST = 4.0
"""Half-lives of the fastest phase up to the first point: of what was gone before, no point tells."""


@cache
def _mixed(model: Model) -> Floats:
    found = np.array(MIXED[model], dtype=np.float64)
    found.flags.writeable = False
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Curves of a model at the times of measured points, and what they mean for the label treated with.

    `errors` (n): standard uncertainties of the points, which weigh them. Rates are total ones of the label measured,
    per h, the slowest first, shape (..., phases); parts have shape (..., parts).
    """

    model: Model
    times_h: Floats
    errors: Floats
    physical_per_h: float
    label_per_h: float
    """Of the label that the integral is of."""

    @property
    def mixed(self) -> Floats:
        """Coefficients of the phases in each part, shape (parts, phases)."""
        return _mixed(self.model)

    @property
    def fastest_per_h(self) -> float:
        """No phase is faster than this."""
        first = float(self.times_h[self.times_h > 0].min(initial=math.inf))
        return max(FASTEST * math.log(2) / first, 4.0 * self.physical_per_h)

    def columns(self, rates: Floats) -> Floats:
        """The parts at the points, over their uncertainties, shape (..., n, parts)."""
        phases = np.exp(-rates[..., None, :] * self.times_h[:, None]) / self.errors[:, None]
        return np.asarray(phases @ self.mixed.T)

    def integrals_h(self, rates: Floats) -> Floats:
        """Time-integrated activity of each part for the label treated with, shape (..., parts)."""
        return np.asarray((1 / self.of_label(rates)) @ self.mixed.T)

    def of_label(self, rates: Floats) -> Floats:
        """Total rates of the label treated with."""
        return np.asarray(rates - self.physical_per_h + self.label_per_h)

    def rates_of(self, logs: Floats) -> Floats:
        """Rates from their logarithms over the decay."""
        return np.asarray(self.physical_per_h * np.exp(logs))

    def logs_of(self, rates: Floats) -> Floats:
        """The other way about."""
        return np.asarray(np.log(rates / self.physical_per_h))

    def allowed(self, logs: Floats) -> Floats:
        """Logarithms brought to where rates are in order, not below the decay and not too fast to be seen."""
        phases, apart = logs.shape[-1], math.log(LEAST_RATIO)
        most = math.log(self.fastest_per_h / self.physical_per_h)
        order = apart * np.arange(phases)
        found = np.clip(logs, order, most - order[::-1])
        for place in range(1, phases):
            found[..., place] = np.maximum(found[..., place], found[..., place - 1] + apart)
        return np.asarray(found)

    def derivatives(self, parts: Floats, rates: Floats) -> tuple[Floats, Floats]:
        """Of the points over their uncertainties (..., n, free) and of the integral (..., free).

        By the parts and then by the logarithms of rates.
        """
        coefficients = parts @ self.mixed
        phases = np.exp(-rates[..., None, :] * self.times_h[:, None]) / self.errors[:, None]
        by_rate = -self.times_h[:, None] * phases * (coefficients * rates)[..., None, :]
        label = self.of_label(rates)
        integral_by_rate = -coefficients * rates / label**2
        return (
            np.concatenate([phases @ self.mixed.T, by_rate], axis=-1),
            np.concatenate([(1 / label) @ self.mixed.T, integral_by_rate], axis=-1),
        )

    def function(self, parts: Floats, rates: Floats) -> ExponentialSum:
        """One curve of the label treated with."""
        return ExponentialSum(
            coefficients=tuple((parts @ self.mixed).tolist()),
            biological_per_h=tuple(np.maximum(rates - self.physical_per_h, 0.0).tolist()),
            physical_per_h=self.label_per_h,
        )
