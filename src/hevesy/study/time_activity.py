"""A time-activity curve: how much of what was given is in a region, and when. What imaging hands to dosimetry."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hevesy.errors import RuleError


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeActivityCurve:
    """Share of the administered activity in a region by time after the injection, decay of the nuclide included.

    `standard_uncertainties` are of the shares, k = 1. Times rise.
    """

    region: str
    nuclide: str
    elapsed_h: tuple[float, ...]
    activity_fractions: tuple[float, ...]
    standard_uncertainties: tuple[float, ...]
    measured_with: str | None = None
    """The nuclide that was imaged, where the curve is of another."""

    def __post_init__(self) -> None:
        if not self.elapsed_h or not (
            len(self.elapsed_h) == len(self.activity_fractions) == len(self.standard_uncertainties)
        ):
            raise RuleError("a curve has a time, a share and an uncertainty for each of its points, one or more")
        if any(not math.isfinite(one) for one in (*self.elapsed_h, *self.activity_fractions)):
            raise RuleError("times and shares of a curve are finite numbers")
        if any(before >= after for before, after in zip(self.elapsed_h, self.elapsed_h[1:], strict=False)):
            raise RuleError(f"times of a curve rise, got {', '.join(f'{one:g}' for one in self.elapsed_h)} h")
        if min(self.standard_uncertainties) < 0:
            raise RuleError("an uncertainty is not negative")

    def of(self, nuclide: str, half_life_h: float, own_half_life_h: float) -> TimeActivityCurve:
        """The curve of another label of the same molecule: the same biology, the other decay."""
        change = [2.0 ** (time / own_half_life_h - time / half_life_h) for time in self.elapsed_h]
        return TimeActivityCurve(
            region=self.region,
            nuclide=nuclide,
            elapsed_h=self.elapsed_h,
            activity_fractions=tuple(one * by for one, by in zip(self.activity_fractions, change, strict=True)),
            standard_uncertainties=tuple(one * by for one, by in zip(self.standard_uncertainties, change, strict=True)),
            measured_with=self.nuclide,
        )
