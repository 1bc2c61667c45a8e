"""When a dose-limiting toxicity shows within its window: laws of the time to DLT, given that there is one.

Marrow toxicity of a radiopharmaceutical is late: counts fall to a nadir four to eight weeks after the activity. A law
that is uniform over the window would have half of the DLTs seen by its middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
STEPS = 1024


class OnsetLaw(Protocol):
    """A law of the time to DLT within a window."""

    def share_by(self, elapsed_d: Floats, window_d: float) -> Floats:
        """Share of the DLTs within the window that have shown by a time."""
        ...

    def __hash__(self) -> int:
        """A law is a value."""
        ...


@dataclass(frozen=True, slots=True)
class UniformOnset:
    """Every day of the window alike."""

    def share_by(self, elapsed_d: Floats, window_d: float) -> Floats:
        """Share of the DLTs within the window that have shown by a time."""
        return np.clip(np.asarray(elapsed_d, dtype=float) / window_d, 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeibullOnset:
    """Weibull with a shape and a peak: the day on which DLTs are most frequent, for a shape above 1.

    >>> law = WeibullOnset(shape=3.5, peak_d=42)
    >>> [round(float(share), 2) for share in law.share_by(np.array([28.0, 42.0, 56.0]), 85)]
    [0.16, 0.51, 0.86]
    """

    shape: float
    peak_d: float

    def __post_init__(self) -> None:
        if self.shape <= 1 or self.peak_d <= 0:
            raise RuleError(
                f"a Weibull law with a peak needs a shape above 1 and a peak after day 0, got {self.shape:g}, "
                f"{self.peak_d:g}"
            )

    def share_by(self, elapsed_d: Floats, window_d: float) -> Floats:
        """Share of the DLTs within the window that have shown by a time."""
        scale = self.peak_d / ((self.shape - 1) / self.shape) ** (1 / self.shape)

        def so_far(day: Floats) -> Floats:
            return np.asarray(1 - np.exp(-((np.clip(day, 0, window_d) / scale) ** self.shape)))

        return np.asarray(so_far(np.asarray(elapsed_d, dtype=float)) / so_far(np.array(window_d)))


@dataclass(frozen=True, slots=True, kw_only=True)
class NadirOnset:
    """Around the nadir of the blood counts: a scaled beta law over the window with its peak at `nadir_d`.

    `concentration` is that of the beta law less 2: 0 is uniform, 6 has four of five DLTs within three weeks of the
    nadir.
    """

    nadir_d: float
    concentration: float = 6.0

    def __post_init__(self) -> None:
        if self.nadir_d <= 0 or self.concentration < 0:
            raise RuleError(
                f"a nadir is after day 0 and a concentration not negative, got {self.nadir_d:g}, {self.concentration:g}"
            )

    def share_by(self, elapsed_d: Floats, window_d: float) -> Floats:
        """Share of the DLTs within the window that have shown by a time."""
        if self.nadir_d >= window_d:
            raise RuleError(f"the nadir lies within the window of {window_d:g} days, got day {self.nadir_d:g}")
        peak = self.nadir_d / window_d
        a, b = 1 + self.concentration * peak, 1 + self.concentration * (1 - peak)
        return np.asarray(betainc(a, b, np.clip(np.asarray(elapsed_d, dtype=float) / window_d, 0, 1)))


def shares(law: OnsetLaw, window_d: float) -> Floats:
    """Share of the DLTs seen at equal steps of the window, from 0 to 1."""
    seen = np.asarray(law.share_by(np.linspace(0, window_d, STEPS + 1), window_d))
    seen[0], seen[-1] = 0.0, 1.0
    return seen


def quantiles(law: OnsetLaw, window_d: float) -> Floats:
    """Time to DLT as a fraction of the window at equal steps of probability from 0 to 1."""
    fine = np.linspace(0, 1, 16 * STEPS + 1)
    seen = np.asarray(law.share_by(fine * window_d, window_d))
    seen[0], seen[-1] = 0.0, 1.0
    return np.interp(np.linspace(0, 1, STEPS + 1), seen, fine)
