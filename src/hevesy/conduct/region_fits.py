"""Curves of a subject's regions as fitted for the label that treats, and what the remainder of the body is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from hevesy.conduct.cameras import Cameras
from hevesy.conduct.measured_curves import GivenActivity, MeasuredCurve, MeasuredPoint, measured_curve
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.nuclides.library import nuclide
from hevesy.study.facts.camera import CameraCalibration
from hevesy.study.facts.dosimetry import RegionActivity, RegionMass
from hevesy.study.protocol.dosimetry import CurveModel, DosimetryPlan, DosimetryRegion
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.fit import Fitted, Sigma, fit_curve
from hevesy.treat.phases import Model
from hevesy.treat.remainder import remainder

MOST_FITS = 500
"""That are remembered."""
STEP = 0.01
"""Of the logarithm of a calibration's points, up and down, for what an integral changes with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRegion:
    """A curve as measured, and what was fitted to it for the label that treats; or the reason why nothing was.

    `fitted` and `measured` None: nothing was measured, or it cannot be used (`because`).
    """

    measured: MeasuredCurve | None
    fitted: Fitted | None
    because: str | None
    delivered: bool = True
    """Whether anything was measured, of use or not."""
    left_by: tuple[str, ...] = ()
    """Of a remainder that was not measured: the regions that leave it. Nothing excreted, it is an upper bound."""

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows it stands on."""
        return self.measured.rows if self.measured is not None else ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know of the curve and of its fit."""
        parts = (self.measured, self.fitted)
        return tuple(one for part in parts if part is not None for one in part.warnings)


def fitted_regions(
    measured: str,
    label: str,
    every: Sequence[RegionActivity],
    given: Sequence[GivenActivity],
    masses: Mapping[str, RegionMass],
    plan: DosimetryPlan,
    cameras: Cameras,
) -> dict[str, FittedRegion]:
    """Every region of the plan with its curve of the label that is measured, the remainder from the others."""
    own = {
        region.name: [one for one in every if one.region == region.name and one.nuclide == measured]
        for region in plan.regions
    }
    fits = {
        region.name: _fit(region, measured, label, own[region.name], given, masses.get(region.name), plan, cameras)
        for region in plan.regions
    }
    for region in plan.regions:
        if region.remainder_by == "what regions leave" and not own[region.name]:
            others = {name: fits[name] for name, told in own.items() if told}
            fits[region.name] = _left(region, others, measured, label, plan)
    return fits


def _fit(
    region: DosimetryRegion,
    measured: str,
    label: str,
    own: Sequence[RegionActivity],
    given: Sequence[GivenActivity],
    mass: RegionMass | None,
    plan: DosimetryPlan,
    cameras: Cameras,
) -> FittedRegion:
    if not own:
        why = f"no activity of {measured} was measured in it"
        return FittedRegion(measured=None, fitted=None, because=why, delivered=False)
    curve = None
    try:
        curve = measured_curve(region, own, given, mass, plan, cameras)
        fitted = fitted_to(curve.curve, label, region.model or plan.model, plan.measurement_uncertainty)
    except (CannotAnswerError, RuleError) as error:
        return FittedRegion(measured=curve, fitted=None, because=str(error))
    return FittedRegion(measured=curve, fitted=fitted, because=None)


def fitted_to(curve: TimeActivityCurve, label: str, model: CurveModel, sigma: Sigma) -> Fitted:
    """A curve fitted for a label, its model by name or by AICc."""
    return _fitted(curve, label, None if model == "by AICc" else model, sigma)


@lru_cache(MOST_FITS)
def _fitted(curve: TimeActivityCurve, label: str, model: Model | None, sigma: Sigma) -> Fitted:
    """A curve is fitted once: a study is worked out at several cuts."""
    return fit_curve(
        curve,
        physical_half_life_h=nuclide(curve.nuclide).half_life_h,
        for_half_life_h=nuclide(label).half_life_h,
        model=model,
        sigma=sigma,
    )


def _left(
    region: DosimetryRegion, others: Mapping[str, FittedRegion], measured: str, label: str, plan: DosimetryPlan
) -> FittedRegion:
    """What regions leave of the injected, fitted as a region's own."""
    if not others:
        why = f"no activity of {measured} was measured in any region: nothing tells what they leave"
        return FittedRegion(measured=None, fitted=None, because=why, delivered=False)
    curve = None
    try:
        curve = _left_curve(region, others, measured)
        fitted = fitted_to(curve.curve, label, region.model or plan.model, plan.measurement_uncertainty)
    except (CannotAnswerError, RuleError) as error:
        return FittedRegion(measured=curve, fitted=None, because=str(error))
    return FittedRegion(measured=curve, fitted=fitted, because=None, left_by=tuple(others))


def _left_curve(region: DosimetryRegion, others: Mapping[str, FittedRegion], label: str) -> MeasuredCurve:
    curves: list[MeasuredCurve] = []
    for name, one in others.items():
        if one.measured is None:
            raise CannotAnswerError(f"{name} was measured and has no curve ({one.because}): what is left would hold it")
        curves.append(one.measured)
    first = curves[0].given
    if any(one.given != first for one in curves):
        raise CannotAnswerError("regions were measured after different injections: they leave nothing in common")
    left, because = remainder([one.curve for one in curves], nuclide(label).half_life_h)
    shares = zip(left.elapsed_h, left.activity_fractions, left.standard_uncertainties, strict=True)
    points = tuple(
        MeasuredPoint(
            elapsed_h=hours,
            activity_MBq=share * first.activity_MBq,
            share=share,
            standard_uncertainty=error,
            planned_h=curves[0].points[place].planned_h,
            row=curves[0].points[place].row,
            beside=tuple(one.points[place].row for one in curves[1:]),
        )
        for place, (hours, share, error) in enumerate(shares)
    )
    return MeasuredCurve(
        curve=replace(left, region=region.name),
        points=points,
        given=first,
        cameras=(),
        recovered=None,
        rows=tuple(dict.fromkeys(row for one in curves for row in one.rows)),
        because=(
            *because,
            "its uncertainty is drawn apart from the regions' that leave it: intervals of both are wider",
        ),
        warnings=("not measured: what the regions leave of the injected, with nothing excreted: an upper bound",),
    )


def calibration_input(one: CameraCalibration) -> str:
    """The name of what is not known of a calibration, which all measured under it share."""
    return f"camera {one.camera}, {one.on}"


def shared_powers(
    name: str, fits: Mapping[str, FittedRegion], label: str, plan: DosimetryPlan
) -> tuple[tuple[str, float], ...]:
    """By which power the integral of a region hangs on each calibration, recovery and volume that its points share.

    One calibration: 1. Of several each by what the integral changes when its points do, the model kept: late points
    tell the tail, so that no share of points or of hours would do. A recovery divides, and grows with the volume.
    What regions leave falls by as much as they rise.
    """
    of = fits[name]
    assert of.measured is not None
    assert of.fitted is not None
    if of.left_by:
        return _powers_of_left(of, fits, label, plan)
    found = _of_calibrations(of.measured, of.fitted, label, plan.measurement_uncertainty)
    if (recovered := of.measured.recovered) is not None:
        of_largest = recovered.relative_uncertainty / recoveries(fits)[recovered.name]
        found += ((recovered.name, -of_largest), (f"mass {name}", -recovered.by_volume))
    return found


def recoveries(fits: Mapping[str, FittedRegion]) -> dict[str, float]:
    """The largest relative uncertainty that a phantom's recovery has in any region, by the phantom's name.

    Regions share what is not known of a phantom, and a small sphere is known less well than a large one: each hangs on
    the shared part by its own uncertainty over the largest.
    """
    found: dict[str, float] = {}
    for one in fits.values():
        if one.measured is not None and (recovered := one.measured.recovered) is not None:
            found[recovered.name] = max(found.get(recovered.name, 0.0), recovered.relative_uncertainty)
    return found


def _of_calibrations(of: MeasuredCurve, fitted: Fitted, label: str, sigma: Sigma) -> tuple[tuple[str, float], ...]:
    under = [one.calibration for one in of.points]
    every = tuple(dict.fromkeys(one for one in under if one is not None))
    if len(set(under)) == 1:
        return tuple((calibration_input(one), 1.0) for one in every)
    return tuple((calibration_input(one), _power(of, fitted, one, label, sigma)) for one in every)


def _powers_of_left(
    of: FittedRegion, fits: Mapping[str, FittedRegion], label: str, plan: DosimetryPlan
) -> tuple[tuple[str, float], ...]:
    assert of.fitted is not None
    found: dict[str, float] = {}
    for one in of.left_by:
        fitted = fits[one].fitted
        if fitted is None:  # its curve is there and has no fit of its own: points alone tell what it leaves
            continue
        for shared, power in shared_powers(one, fits, label, plan):
            found[shared] = found.get(shared, 0.0) - power * fitted.tia_h / of.fitted.tia_h
    return tuple(found.items())


def _power(of: MeasuredCurve, fitted: Fitted, under: CameraCalibration, label: str, sigma: Sigma) -> float:
    up, down = (
        fitted_to(_scaled(of, under, math.exp(step)), label, fitted.model, sigma).tia_h for step in (STEP, -STEP)
    )
    return math.log(up / down) / (2 * STEP)


def _scaled(of: MeasuredCurve, under: CameraCalibration, factor: float) -> TimeActivityCurve:
    """The curve with the points under one calibration, and their uncertainties, times a factor."""
    by = [factor if one.calibration == under else 1.0 for one in of.points]
    curve = of.curve

    def each(values: Iterable[float]) -> tuple[float, ...]:
        return tuple(value * one for value, one in zip(values, by, strict=True))

    return replace(
        curve,
        activity_fractions=each(curve.activity_fractions),
        standard_uncertainties=each(curve.standard_uncertainties),
    )
