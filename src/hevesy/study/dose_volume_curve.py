"""A cumulative dose-volume curve: which share of a region receives at least a dose. What treatment planning exports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hevesy.errors import RuleError

DOSE_UP_TO_Gy = 1e4
"""No dose to a region comes near; beyond it a unit is wrong."""
FULL_PERCENT = 99.5
"""What a curve begins with at least: programs round the share of the first bin."""
FALL_ON_PERCENT = 5.0
"""Of the volume: a curve that ends with more is told."""


def outside_gy(dose_Gy: float) -> RuleError | None:
    """A dose of no region: below 0, beyond all that there is, or no number."""
    if math.isfinite(dose_Gy) and 0 <= dose_Gy <= DOSE_UP_TO_Gy:
        return None
    return RuleError(f"a dose must lie in 0..{DOSE_UP_TO_Gy:g} Gy", field="dose_Gy", value=f"{dose_Gy:g} Gy")


def outside_percent(share_percent: float) -> RuleError | None:
    """A share of a volume that is none."""
    if math.isfinite(share_percent) and 0 <= share_percent <= 100:
        return None
    rule = "a share of the volume must lie in 0..100 %"
    return RuleError(rule, field="volume_percent", value=f"{share_percent:g} %")


def first_fault(doses_Gy: Sequence[float], shares_percent: Sequence[float]) -> tuple[int, RuleError] | None:
    """The first point, by its place, that no cumulative curve has, with the rule; None: the points are one.

    Doses rise, shares begin with all of the region and never rise.
    """
    points = list(zip(doses_Gy, shares_percent, strict=True))
    for place, (dose, share) in enumerate(points):
        if (broken := outside_gy(dose) or outside_percent(share)) is not None:
            return place, broken
    if points and points[0][1] < FULL_PERCENT:
        rule = "the share at the lowest dose is 100 %: all of a region receives that dose or more"
        return 0, RuleError(rule, field="volume_percent", value=f"{points[0][1]:g} %")
    for place, ((dose, share), (then_Gy, left)) in enumerate(pairwise(points), start=1):
        if then_Gy == dose:
            told = "stands twice" if left == share else f"has two shares, {share:g} and {left:g} %"
            return place, RuleError(f"a dose stands once in a curve, {dose:g} Gy {told}", field="dose_Gy",
                                    value=f"{dose:g} Gy")  # fmt: skip
        if then_Gy < dose:
            return place, RuleError(f"doses of a curve rise, {then_Gy:g} Gy follows {dose:g} Gy", field="dose_Gy",
                                    value=f"{then_Gy:g} Gy")  # fmt: skip
        if left > share:
            rule = (
                f"the share never rises with the dose, and {left:g} % at {then_Gy:g} Gy follow {share:g} % at "
                f"{dose:g} Gy: is it a differential histogram, or of two curves?"
            )
            return place, RuleError(rule, field="volume_percent", value=f"{left:g} %")
    if len(points) < 2:
        return 0, RuleError("a curve has two points or more", field="dose_Gy", value=str(len(points)))
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseVolumeCurve:
    """Points of the curve of a region, straight lines between them: dose (Gy), share that receives it or more (%).

    Below the first dose the share is 100 %; nothing receives more than the last one. `volume_mL` None: not told.
    """

    region: str
    doses_Gy: tuple[float, ...]
    shares_percent: tuple[float, ...]
    volume_mL: float | None = None

    def __post_init__(self) -> None:
        if len(self.doses_Gy) != len(self.shares_percent):
            raise RuleError("a dose-volume curve has a share for each dose")
        if (fault := first_fault(self.doses_Gy, self.shares_percent)) is not None:
            raise fault[1]
        if self.volume_mL is not None and not 0 < self.volume_mL < math.inf:
            raise RuleError(f"a region has a volume, got {self.volume_mL:g} mL")

    @property
    def mean_Gy(self) -> float:
        """The mean dose: the integral of the share over the dose.

        >>> DoseVolumeCurve(region="liver", doses_Gy=(0.0, 10.0, 30.0), shares_percent=(100.0, 100.0, 0.0)).mean_Gy
        20.0
        """
        points = zip(self.doses_Gy, self.shares_percent, strict=True)
        steps = ((then[0] - one[0]) * (one[1] + then[1]) / 200 for one, then in pairwise(points))
        return self.doses_Gy[0] + math.fsum(steps)

    @property
    def largest_Gy(self) -> float:
        """The last dose of the curve."""
        return self.doses_Gy[-1]

    @property
    def ends_with_percent(self) -> float:
        """The share that receives the last dose."""
        return self.shares_percent[-1]

    def at_least_Gy(self, percent: float) -> float:
        """The largest dose that so many percent of the volume receive or exceed (D95 of 95).

        >>> DoseVolumeCurve(region="liver", doses_Gy=(0, 10, 30), shares_percent=(100, 100, 0)).at_least_Gy(50)
        20.0
        """
        if not 0 < percent <= 100:
            raise RuleError(f"a share of the volume lies above 0 and up to 100 %, got {percent:g}")
        # the first point is all of the region, whatever its share was rounded to
        place = max((at for at, share in enumerate(self.shares_percent) if share >= percent), default=0)
        if place == len(self.doses_Gy) - 1:
            return float(self.doses_Gy[-1])
        (low, more), (high, less) = self._point(place), self._point(place + 1)
        return low + (high - low) * max(more - percent, 0.0) / (more - less) if more > less else low

    def percent_with(self, dose_Gy: float) -> float:
        """The percentage of the volume that receives a dose or more.

        >>> DoseVolumeCurve(region="liver", doses_Gy=(0, 10, 30), shares_percent=(100, 100, 0)).percent_with(15)
        75.0
        """
        if dose_Gy <= self.doses_Gy[0]:
            return 100.0
        for place, high in enumerate(self.doses_Gy[1:]):
            if dose_Gy <= high:
                (low, more), (_, less) = self._point(place), self._point(place + 1)
                return more - (more - less) * (dose_Gy - low) / (high - low)
        return 0.0

    def _point(self, place: int) -> tuple[float, float]:
        return self.doses_Gy[place], self.shares_percent[place]
