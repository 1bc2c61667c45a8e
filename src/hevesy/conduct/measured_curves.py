"""From what was measured of a subject's region to its time-activity curve, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from hevesy.errors import CannotAnswerError
from hevesy.nuclides.library import nuclide
from hevesy.study.facts.dosimetry import BloodSample, RegionActivity, RegionMass
from hevesy.study.protocol.dosimetry import DosimetryPlan, DosimetryRegion, RecoverySphere
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.prescription import elapsed_h

SAME_TIME_h = 1e-3
ABSURD = 1.5
"""Times what decay has left of the injected: no noise and no calibration makes it as much."""
LONG_BEFORE_h = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenActivity:
    """An activity that was injected or infused: when it began, how much, and the row that says so."""

    start: datetime
    activity_MBq: float
    row: int
    hour_known: bool = True
    """Without it `start` is noon of the day, and no hours can be counted from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPoint:
    """A region at a time: the activity then, its share of what was given, and their standard uncertainty (k = 1)."""

    elapsed_h: float
    activity_MBq: float
    share: float
    standard_uncertainty: float
    planned_h: float | None
    """The planned time it is of; None: it is of none."""
    row: int
    camera: str | None = None
    beside: tuple[int, ...] = ()
    """Rows of other regions that it was worked out from."""

    @property
    def rows(self) -> tuple[int, ...]:
        """All rows it stands on."""
        return (self.row, *self.beside)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCurve:
    """A region's curve of the label that was measured, decay included, with its points and what was made of them."""

    curve: TimeActivityCurve
    points: tuple[MeasuredPoint, ...]
    given: GivenActivity
    cameras: tuple[str, ...]
    rows: tuple[int, ...]
    because: tuple[str, ...]
    warnings: tuple[str, ...]


def measured_curve(
    region: DosimetryRegion,
    measured: Sequence[RegionActivity],
    given: Sequence[GivenActivity],
    mass: RegionMass | None,
    plan: DosimetryPlan,
) -> MeasuredCurve:
    """The curve of a region from its measurements of one label, after the one administration that they follow.

    CannotAnswerError: nothing given before a measurement, two administrations, two measurements of one time, some
    corrected for decay and others not, a point without uncertainty, a recovery that was not measured.
    """
    label = measured[0].nuclide
    ordered = sorted(measured, key=lambda one: one.start)
    start = followed(label, ordered, given)
    one_way(ordered, region.name)
    half_life_h = nuclide(label).half_life_h
    recovered, because, warnings = _recovery(region, ordered, mass, plan)
    points = tuple(_point(one, start, half_life_h, recovered, plan) for one in ordered)
    for before, after in pairwise(points):
        if after.elapsed_h - before.elapsed_h < SAME_TIME_h:
            raise CannotAnswerError(
                f"two measurements of {region.name} are of one time, {after.elapsed_h:.4g} h after the injection "
                f"(rows {before.row} and {after.row}): which one counts?"
            )
    more = _beyond(points, half_life_h)
    return MeasuredCurve(
        curve=TimeActivityCurve(
            region=region.name,
            nuclide=label,
            elapsed_h=tuple(one.elapsed_h for one in points),
            activity_fractions=tuple(one.share for one in points),
            standard_uncertainties=tuple(one.standard_uncertainty for one in points),
        ),
        points=points,
        given=start,
        cameras=tuple(dict.fromkeys(one.camera for one in ordered if one.camera is not None)),
        rows=(start.row, *(one.row for one in ordered), *((mass.row,) if recovered is not None and mass else ())),
        because=(*decay_said(ordered, half_life_h), *because),
        warnings=(
            *warnings,
            *more,
            *long_before(ordered, start),
            *_off_time(points, plan, label),
            *_calibrations(ordered, plan),
        ),
    )


def followed(
    label: str, measured: Sequence[RegionActivity | BloodSample], given: Sequence[GivenActivity]
) -> GivenActivity:
    """The one administration that all measurements follow; CannotAnswerError where there is none or another."""
    before = [[one for one in given if one.start <= each.start] for each in measured]
    for each, theirs in zip(measured, before, strict=True):
        if not theirs:
            raise CannotAnswerError(
                f"no injection of {label} is recorded before the measurement of {each.start:%Y-%m-%d %H:%M} "
                f"(row {each.row}): its share of what was given is not known"
            )
        if len(theirs) > 1:
            days = " and ".join(f"{one.start:%Y-%m-%d}" for one in theirs)
            raise CannotAnswerError(
                f"the measurement of {each.start:%Y-%m-%d} (row {each.row}) follows {len(theirs)} injections of "
                f"{label} ({days}): what is left of the first is not told apart"
            )
    (first,) = before[0]
    if not first.hour_known:
        raise CannotAnswerError(
            f"the hour of the injection of {label} on {first.start:%Y-%m-%d} (row {first.row}) is not told: no hours "
            "can be counted from it"
        )
    return first


def one_way(measured: Sequence[RegionActivity | BloodSample], what: str) -> None:
    """CannotAnswerError where some are corrected for decay and others are not."""
    ways = {one.decay: one.row for one in measured}
    if len(ways) > 1:
        told = " and ".join(f"{way} (row {row})" for way, row in sorted(ways.items()))
        raise CannotAnswerError(f"measurements of {what} are {told}: a curve is told in one way")


def _point(
    one: RegionActivity,
    start: GivenActivity,
    half_life_h: float,
    recovered: tuple[float, float] | None,
    plan: DosimetryPlan,
) -> MeasuredPoint:
    if one.uncertainty_percent is None:
        raise CannotAnswerError(
            f"the measurement of {one.region} on {one.start:%Y-%m-%d %H:%M} (row {one.row}) has no uncertainty: "
            "nothing tells what it weighs"
        )
    hours = elapsed_h(start.start, one.start)
    decayed = 1.0 if one.corrected_to is None else 2.0 ** (-elapsed_h(one.corrected_to, one.start) / half_life_h)
    if one.activity_MBq is not None:
        told_MBq = one.activity_MBq
    else:
        assert one.injected_percent is not None
        told_MBq = one.injected_percent / 100 * start.activity_MBq
    recovery, relative = recovered or (1.0, 0.0)
    activity_MBq = told_MBq * decayed / recovery
    share = activity_MBq / start.activity_MBq
    return MeasuredPoint(
        elapsed_h=hours,
        activity_MBq=activity_MBq,
        share=share,
        standard_uncertainty=share * math.hypot(one.uncertainty_percent / 100, relative),
        planned_h=_planned(hours, plan) if one.nuclide == plan.measured else None,
        row=one.row,
        camera=one.camera,
    )


def _beyond(points: Sequence[MeasuredPoint], half_life_h: float) -> list[str]:
    """A sentence where a region held more than decay had left of what was given; refused well above it."""
    told = []
    for one in points:
        left = 2.0 ** (-one.elapsed_h / half_life_h)
        rule = (
            f"{one.share:.4g} of the injected at {one.elapsed_h:.4g} h (row {one.row}) is more than decay has left of "
            f"it, {left:.4g}"
        )
        if one.share > ABSURD * left:
            raise CannotAnswerError(f"{rule}: an activity, a unit or a time is another, or its decay was corrected")
        if one.share - 2 * one.standard_uncertainty > left:
            told.append(rule)
    return told[:1]


def long_before(measured: Sequence[RegionActivity | BloodSample], start: GivenActivity) -> list[str]:
    """A sentence where decay was corrected to a time long before the injection."""
    for one in measured:
        if one.corrected_to is not None and elapsed_h(one.corrected_to, start.start) > LONG_BEFORE_h:
            return [
                f"decay was corrected to {one.corrected_to:%Y-%m-%d %H:%M} (row {one.row}), "
                f"{elapsed_h(one.corrected_to, start.start):.4g} h before the injection"
            ]
    return []


def _planned(hours: float, plan: DosimetryPlan) -> float | None:
    near = (one.planned_h for one in plan.time_points if abs(hours - one.planned_h) <= one.tolerance_h)
    return next(near, None)


def _off_time(points: Sequence[MeasuredPoint], plan: DosimetryPlan, label: str) -> list[str]:
    if not plan.time_points or label != plan.measured:
        return []
    off = [f"{one.elapsed_h:.3g} h (row {one.row})" for one in points if one.planned_h is None]
    return [f"measured at none of the planned times: {', '.join(off)}"] if off else []


def decay_said(measured: Sequence[RegionActivity | BloodSample], half_life_h: float) -> list[str]:
    """How hours were counted and decay was taken."""
    told = [
        f"hours count from the start of the injection; {measured[0].nuclide} has a half-life of {half_life_h:.6g} h"
    ]
    if measured[0].decay == "decay-corrected":
        told.append("the correction for decay was taken back, by the same half-life")
    return told


def _recovery(
    region: DosimetryRegion, measured: Sequence[RegionActivity], mass: RegionMass | None, plan: DosimetryPlan
) -> tuple[tuple[float, float] | None, list[str], list[str]]:
    """What measurements are divided by with its relative uncertainty, what is said of it, and what is warned of."""
    told = {one.recovery_corrected for one in measured}
    if told == {True}:
        return None, ["delivered as corrected for partial volume"], []
    if None in told:
        return (
            None,
            [],
            ["it is not told whether measurements were corrected for partial volume; they are taken as told"],
        )
    if len(told) > 1:
        raise CannotAnswerError(f"some measurements of {region.name} are corrected for partial volume, others are not")
    cameras = {one.camera for one in measured}
    spheres = [one for one in plan.recovery_spheres if cameras == {one.camera}]
    if region.kind != "lesion" or not spheres:
        what = "its camera has no recovery curve in the plan" if region.kind == "lesion" else "an organ is large"
        return None, [], [f"not corrected for partial volume ({what})"]
    if mass is None:
        raise CannotAnswerError(f"{region.name} is not corrected for partial volume, and its mass is not told")
    return _interpolated(region, mass, spheres)


def _interpolated(
    region: DosimetryRegion, mass: RegionMass, spheres: Sequence[RecoverySphere]
) -> tuple[tuple[float, float], list[str], list[str]]:
    diameter_mm = 10 * (6 * mass.mass_g / math.pi) ** (1 / 3)
    ordered = sorted(spheres, key=lambda one: one.diameter_mm)
    if not ordered[0].diameter_mm <= diameter_mm <= ordered[-1].diameter_mm:
        raise CannotAnswerError(
            f"{region.name} is a sphere of {diameter_mm:.3g} mm by its mass: recovery was measured from "
            f"{ordered[0].diameter_mm:g} to {ordered[-1].diameter_mm:g} mm"
        )
    place = max(1, next(n for n, one in enumerate(ordered) if diameter_mm <= one.diameter_mm))
    low, high = (ordered[place - 1], ordered[place]) if len(ordered) > 1 else (ordered[0], ordered[0])
    span = high.diameter_mm - low.diameter_mm
    part = (diameter_mm - low.diameter_mm) / span if span else 0.0
    recovery = low.recovery + part * (high.recovery - low.recovery)
    relative = max(low.uncertainty_percent, high.uncertainty_percent) / 100
    told = (
        f"divided by a recovery of {recovery:.3f}, of a sphere of {diameter_mm:.3g} mm on {low.camera} "
        f"({low.measured_on}): {low.source}"
    )
    return (recovery, relative), [told], []


def _calibrations(measured: Sequence[RegionActivity], plan: DosimetryPlan) -> list[str]:
    """What is not known of the cameras: shared by every region, so that more points do not make it smaller."""
    told = []
    for name in dict.fromkeys(one.camera for one in measured):
        camera = plan.camera(name)
        if camera is None:
            who = "the camera is not told" if name is None else f"{name} is no camera of the plan"
            told.append(f"{who}: its calibration is in no uncertainty here")
            continue
        first = min(one.start for one in measured if one.camera == name)
        if camera.calibrated_on > first.date():
            told.append(f"{camera.name} was calibrated on {camera.calibrated_on}, after the first measurement")
    return told
