"""Which calibration a measurement was made under, and what part of a lesion's activity its camera told."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import pairwise

from hevesy.errors import CannotAnswerError
from hevesy.find.recovery import RecoveryCurve, sphere_mL
from hevesy.names import sounding
from hevesy.study.dates import When, earliest
from hevesy.study.facts.camera import CameraCalibration, RecoverySphere

DENSITY_g_per_mL = 1.0
"""Of a lesion whose mass is told, for the sphere that it is taken for."""
BELIEVED = 2.0
"""Standard uncertainties by which a larger sphere may recover less than a smaller one."""
STEP = 1e-3
"""Of a volume's logarithm, for the slope of recovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The recovery of a lesion: what its measurements are divided by, and how that is known.

    `by_volume` is how recovery grows with the volume, as logarithms: a lesion that is larger than its outline
    has more recovery and a smaller S at once.
    """

    value: float
    relative_uncertainty: float
    by_volume: float
    name: str
    """Of the phantom on its day: lesions measured under it share what is not known of it, each by its own part."""
    on: When
    """The day of the phantom."""
    because: str
    warnings: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cameras:
    """The cameras of a study: their calibrations and the spheres of their phantoms, as recorded."""

    calibrations: tuple[CameraCalibration, ...] = ()
    spheres: tuple[RecoverySphere, ...] = ()

    def known(self, camera: str) -> bool:
        """Whether a camera was ever calibrated."""
        return any(one.camera == camera for one in self.calibrations)

    def alike(self, camera: str) -> str | None:
        """A camera that was calibrated and whose name reads nearly as another; None: there is none."""
        by_sound = {sounding(one.camera): one.camera for one in self.calibrations}
        near = get_close_matches(sounding(camera), by_sound, 1, 0.8)
        return by_sound[near[0]] if near else None

    def has_phantom(self, camera: str) -> bool:
        """Whether spheres were measured on a camera."""
        return any(one.camera == camera for one in self.spheres)

    def calibration(self, camera: str, nuclide: str, on: date) -> CameraCalibration | None:
        """The calibration for a nuclide that held on a day: the last until then, or else the first after it.

        One for the nuclide itself goes before one for all. CannotAnswerError: two of one day.
        """
        own = [one for one in self.calibrations if one.camera == camera and one.nuclide in (nuclide, None)]
        own = [one for one in own if one.nuclide == nuclide] or own
        days = _in_force([earliest(one.on) for one in own], on)
        held = [one for one in own if earliest(one.on) == days]
        if len(held) > 1:
            raise CannotAnswerError(
                f"{camera} is calibrated twice on {days} (rows {held[0].row} and {held[1].row}): which one holds?"
            )
        return held[0] if held else None

    def recovery(self, camera: str, nuclide: str, on: date, mass_g: float) -> Recovered | None:
        """The recovery of a sphere of a mass, between the phantom's spheres; None: the camera has no phantom.

        CannotAnswerError: outside of them, or one diameter measured twice.
        """
        own = [one for one in self.spheres if one.camera == camera and one.nuclide in (nuclide, None)]
        own = [one for one in own if one.nuclide == nuclide] or own
        day = _in_force([earliest(one.on) for one in own], on)
        ordered = sorted((one for one in own if earliest(one.on) == day), key=lambda one: one.diameter_mm)
        if len(ordered) < 2:
            return None
        _once(ordered)
        curve = RecoveryCurve(
            volumes_mL=tuple(sphere_mL(one.diameter_mm) for one in ordered),
            coefficients=tuple(one.recovery for one in ordered),
        )
        volume_mL = mass_g / DENSITY_g_per_mL
        diameter_mm = 10 * (6 * volume_mL / math.pi) ** (1 / 3)
        low, high = ordered[0], ordered[-1]
        if not curve.volumes_mL[0] <= volume_mL <= curve.volumes_mL[-1]:
            raise CannotAnswerError(
                f"a sphere of {mass_g:.4g} g measures {diameter_mm:.3g} mm: recovery on {camera} was measured from "
                f"{low.diameter_mm:g} to {high.diameter_mm:g} mm"
            )
        above = max(1, bisect_left(curve.volumes_mL, volume_mL))
        beside = [one.uncertainty_percent for one in ordered[above - 1 : above + 1]]
        value = curve.at(volume_mL)
        return Recovered(
            value=value,
            relative_uncertainty=max(beside) / 100,
            by_volume=_slope(curve, volume_mL),
            name=f"recovery on {camera}, {low.on}",
            on=low.on,
            warnings=_falling(ordered),
            because=(
                f"divided by a recovery of {value:.3f}, of a sphere of {diameter_mm:.3g} mm on {camera} ({low.on}): "
                f"{low.source}"
            ),
            rows=tuple(one.row for one in ordered),
        )


def _in_force(days: Sequence[date], on: date) -> date | None:
    """The last day until then, or else the first after it."""
    until = [day for day in days if day <= on]
    return max(until) if until else min(days, default=None)


def _once(ordered: Sequence[RecoverySphere]) -> None:
    for one, then in pairwise(ordered):
        if one.diameter_mm == then.diameter_mm:
            raise CannotAnswerError(
                f"a sphere of {one.diameter_mm:g} mm stands twice on {one.camera} on {one.on} (rows {one.row} and "
                f"{then.row}): which one holds?"
            )


def _falling(ordered: Sequence[RecoverySphere]) -> tuple[str, ...]:
    """A sentence where a larger sphere recovers less than a smaller one, beyond what is not known of the two."""
    for one, then in pairwise(ordered):
        apart = math.hypot(one.uncertainty_percent * one.recovery, then.uncertainty_percent * then.recovery) / 100
        if one.recovery - then.recovery > BELIEVED * apart:
            return (
                f"recovery on {one.camera} falls from {one.recovery:g} at {one.diameter_mm:g} mm to {then.recovery:g} "
                f"at {then.diameter_mm:g} mm (rows {one.row} and {then.row}): are two exchanged?",
            )
    return ()


def _slope(curve: RecoveryCurve, volume_mL: float) -> float:
    """The derivative of recovery's logarithm by the volume's."""
    less = max(volume_mL * (1 - STEP), curve.volumes_mL[0])
    more = min(volume_mL * (1 + STEP), curve.volumes_mL[-1])
    return math.log(curve.at(more) / curve.at(less)) / math.log(more / less)
