"""From what was measured of a subject's region to its time-activity curve, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from hevesy.conduct.cameras import Cameras, Recovered
from hevesy.errors import CannotAnswerError
from hevesy.nuclides.library import nuclide
from hevesy.study.dates import earliest, latest
from hevesy.study.facts.camera import CameraCalibration
from hevesy.study.facts.dosimetry import BloodSample, RegionActivity, RegionMass
from hevesy.study.protocol.dosimetry import DosimetryPlan, DosimetryRegion
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.prescription import elapsed_h

SAME_TIME_h = 1e-3
ABSURD = 1.5
"""Times what decay has left of the injected: no noise and no calibration makes it as much."""
LONG_BEFORE_h = 24.0
LEAST_percent = 0.2
"""No activity, calibration or mass is known better; below it a share of 1 stands where percent are meant."""
A_SHARE = "is it a share of 1 in place of percent?"


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
    """A region at a time: the activity then, its share of what was given, and their standard uncertainty (k = 1).

    Of the measurement alone: what all points share (calibration, recovery) is no part of it.
    """

    elapsed_h: float
    activity_MBq: float
    share: float
    standard_uncertainty: float
    planned_h: float | None
    """The planned time it is of; None: it is of none."""
    row: int
    calibration: CameraCalibration | None = None
    """Of its camera, as it held then; all that was measured under it shares what is not known of it."""
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
    recovered: Recovered | None
    """What all points were divided by for partial volume."""
    rows: tuple[int, ...]
    because: tuple[str, ...]
    warnings: tuple[str, ...]


def measured_curve(
    region: DosimetryRegion,
    measured: Sequence[RegionActivity],
    given: Sequence[GivenActivity],
    mass: RegionMass | None,
    plan: DosimetryPlan,
    cameras: Cameras,
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
    recovered, warnings = _recovery(region, ordered, mass, cameras)
    held = [_calibration(one, cameras) for one in ordered]
    points = tuple(_point(one, start, half_life_h, recovered, of, plan) for one, of in zip(ordered, held, strict=True))
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
        recovered=recovered,
        rows=(
            start.row,
            *(one.row for one in ordered),
            *((mass.row, *recovered.rows) if recovered is not None and mass is not None else ()),
            *dict.fromkeys(one.row for one in held if one is not None),
        ),
        because=(
            *decay_said(ordered, half_life_h),
            *_recovery_said(ordered, recovered),
            *dict.fromkeys(_said_of(one) for one in held if one is not None),
        ),
        warnings=(
            *warnings,
            *more,
            *long_before(ordered, start),
            *_off_time(points, plan, label),
            *_calibrations(ordered, points, cameras),
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
    recovered: Recovered | None,
    calibration: CameraCalibration | None,
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
    ratio = calibration.factor if calibration is not None and not calibration.applied else 1.0
    activity_MBq = told_MBq * decayed / ratio / (1.0 if recovered is None else recovered.value)
    share = activity_MBq / start.activity_MBq
    return MeasuredPoint(
        elapsed_h=hours,
        activity_MBq=activity_MBq,
        share=share,
        standard_uncertainty=share * one.uncertainty_percent / 100,
        planned_h=_planned(hours, plan) if one.nuclide == plan.measured else None,
        row=one.row,
        calibration=calibration,
    )


def _calibration(one: RegionActivity, cameras: Cameras) -> CameraCalibration | None:
    return None if one.camera is None else cameras.calibration(one.camera, one.nuclide, one.start.date())


def _recovery_said(measured: Sequence[RegionActivity], recovered: Recovered | None) -> tuple[str, ...]:
    if recovered is not None:
        return (recovered.because,)
    return ("delivered as corrected for partial volume",) if measured[0].recovery_corrected else ()


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
    region: DosimetryRegion, measured: Sequence[RegionActivity], mass: RegionMass | None, cameras: Cameras
) -> tuple[Recovered | None, list[str]]:
    """What all measurements are divided by, and what is said or warned of instead."""
    told = {one.recovery_corrected for one in measured}
    if told == {True}:
        return None, []
    if None in told:
        return None, ["it is not told whether measurements were corrected for partial volume; they are taken as told"]
    if len(told) > 1:
        raise CannotAnswerError(f"some measurements of {region.name} are corrected for partial volume, others are not")
    if region.kind != "lesion":
        return None, ["not corrected for partial volume (an organ is large)"]
    names = {one.camera for one in measured}
    if len(names) > 1 or (name := next(iter(names))) is None or not cameras.has_phantom(name):
        which = "it was measured on several cameras" if len(names) > 1 else "its camera has no recovery curve"
        return None, [f"not corrected for partial volume ({which})"]
    if mass is None:
        raise CannotAnswerError(f"{region.name} is not corrected for partial volume, and its mass is not told")
    try:
        found = cameras.recovery(name, measured[0].nuclide, measured[0].start.date(), mass.mass_g)
    except CannotAnswerError as error:
        raise CannotAnswerError(f"{region.name}: {error}") from None
    if found is None:
        return None, [f"not corrected for partial volume ({name} has no recovery curve for {measured[0].nuclide})"]
    last = measured[-1].start.date()
    later = [f"recovery on {name} was measured on {found.on}, after the measurement of {last}"]
    return found, [*found.warnings, *(later if earliest(found.on) > last else ())]


def _said_of(one: CameraCalibration) -> str:
    how = f"counts are {one.factor:g} a second of a MBq" if one.factor_is == "counts/s/MBq" else _ratio(one)
    return f"{one.camera} was calibrated on {one.on} ({how}, {one.uncertainty_percent:g} %): {one.source}"


def _ratio(one: CameraCalibration) -> str:
    told = f"it tells {one.factor:g} of what there is"
    return f"{told}, taken off by who delivered" if one.applied else f"{told}; activities are divided by it"


def _calibrations(measured: Sequence[RegionActivity], points: Sequence[MeasuredPoint], cameras: Cameras) -> list[str]:
    """What is not known of the cameras: shared by every region, so that more points do not make it smaller."""
    told = []
    for one, point in zip(measured, points, strict=True):
        held = point.calibration
        if one.camera is None:
            told.append("the camera is not told: its calibration is in no uncertainty here")
        elif held is None:
            told.append(
                f"{one.camera} is calibrated for {one.nuclide} {_instead(one.camera, cameras)} (kind "
                "camera_calibration): its calibration is in no uncertainty here"
            )
    told += _after(measured, points)
    told += [
        f"the calibration of {one.camera} on {one.on} (row {one.row}) is known to {one.uncertainty_percent:g} %: "
        f"{A_SHARE}"
        for one in (point.calibration for point in points)
        if one is not None and one.uncertainty_percent < LEAST_percent
    ]
    return list(dict.fromkeys(told))


def _after(measured: Sequence[RegionActivity], points: Sequence[MeasuredPoint]) -> list[str]:
    """Calibrations that were made after what was measured under them, or on a day that may be after it."""
    days: dict[CameraCalibration, list[date]] = {}
    for one, point in zip(measured, points, strict=True):
        if point.calibration is not None and latest(point.calibration.on) > one.start.date():
            days.setdefault(point.calibration, []).append(one.start.date())
    told = []
    for held, those in days.items():
        when = "after" if earliest(held.on) > those[-1] else "perhaps after"
        measured_on = ", ".join(dict.fromkeys(str(day) for day in those))
        told.append(f"{held.camera} was calibrated on {held.on}, {when} the measurement of {measured_on}")
    return told


def _instead(camera: str, cameras: Cameras) -> str:
    if cameras.known(camera):
        return "for another nuclide alone"
    near = cameras.alike(camera)
    return "nowhere in the record" + (f", and {near} is: is it the same?" if near is not None else "")
