"""A case's activities over all time, and every input that a dose is uncertain by, each once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.library import emissions, nuclide
from hevesy.nuclides.nuclide import Nuclide
from hevesy.study.case import REST, Case, CaseRegion, CaseTumour, Integrated, Model, Weighed
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.dose_uncertainty import (
    SEED,
    Input,
    Inputs,
    Part,
    Recovered,
    counts_by_volume,
    volume_uncertainty,
)
from hevesy.treat.fit import Fitted, fit_curve
from hevesy.treat.organ_dose import OrganDose, SourceActivity, taken_off

TABLE, NUCLIDE, CALIBRATION = "S table", "nuclide", "calibration"
HALF, POWER = "recovery: half volume", "recovery: power"
UNTOLD_SHARE = 0.01
"""Of a dose: what a source without an uncertainty may bring of it before the dose's is not told."""
Powers = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a step tells beside its result: inputs of uncertainty, why, what is left untold, curves fitted."""

    inputs: tuple[Input, ...] = ()
    because: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    without_error: frozenset[str] = frozenset()
    """Sources of which nothing tells how well their activity is known."""
    fitted: tuple[Fitted, ...] = ()

    def __add__(self, other: Told) -> Told:
        """Both, one after the other."""
        return Told(
            inputs=self.inputs + other.inputs,
            because=self.because + other.because,
            warnings=self.warnings + other.warnings,
            untold=self.untold + other.untold,
            without_error=self.without_error | other.without_error,
            fitted=self.fitted + other.fitted,
        )

    def has(self, name: str) -> bool:
        """Whether an input is there."""
        return any(one.name == name for one in self.inputs)

    def honest(self, doses: Sequence[OrganDose]) -> tuple[OrganDose, ...]:
        """Doses without a standard error where a source that matters has none, or what was taken off another."""
        blind = self.without_error | {taken_off(one) for one in self.without_error}
        return tuple(
            replace(one, standard_error_Gy=None, known=None)
            if one.dose_Gy > 0
            and sum(abs(term.dose_Gy) for term in one.terms if term.source in blind) > UNTOLD_SHARE * one.dose_Gy
            else one
            for one in doses
        )


NOTHING = Told()


def all_told(every: Sequence[Told]) -> Told:
    """What several steps tell, in their order."""
    return reduce(Told.__add__, every, NOTHING)


def labels(case: Case) -> tuple[Nuclide, Nuclide]:
    """The nuclide that doses are of, and that which was measured."""
    return nuclide(case.nuclide), nuclide(case.imaged or case.nuclide)


def joined(case: Case, told: Told) -> Inputs:
    """All inputs with their correlations."""
    correlation = case.recovery.correlation if case.recovery is not None else 0.0
    return Inputs(told.inputs, {(HALF, POWER): correlation} if correlation else {}, seed=SEED)


def told_of(name: str, part: Part, relative: float | None, untold: str) -> tuple[Told, Powers]:
    """An input and its power of 1 where its uncertainty is told; else that it is not."""
    if relative is None:
        return Told(untold=(untold,)), ()
    return Told(inputs=(Input(name=name, part=part, relative=relative),)), ((name, 1.0),)


def common(case: Case) -> Told:
    """What all regions share: labels, calibration, recovery, nuclide."""
    treated, measured = labels(case)
    because = [
        f"activities over all time that are told are of {treated.name}, for {case.administered_MBq:g} MBq; "
        f"points are of {measured.name}, after {case.measured_after_MBq:g} MBq, "
        "their uncertainties in percent those of each point"
    ]
    because += _several(case)
    inputs, untold = [], []
    if case.calibration is not None:
        inputs.append(Input(name=CALIBRATION, part="calibration", relative=case.calibration.uncertainty))
        because.append(
            f"calibration of {case.calibration.on.isoformat()}: {100 * case.calibration.uncertainty:.3g} %, one factor "
            "for all regions"
        )
    elif case.regions or case.tumours or case.method == "transport":
        untold.append("calibration")
    if case.recovery is not None:
        inputs.append(Input(name=HALF, part="recovery", relative=case.recovery.half_uncertainty))
        inputs.append(Input(name=POWER, part="recovery", relative=case.recovery.power_uncertainty))
        because.append(
            f"recovery measured on {case.recovery.on.isoformat()}, "
            + ("applied before" if case.recovery.applied else "applied here")
            + "; a mL of tissue weighs a g"
        )
    if case.tumours and case.recovery is None:
        untold.append("recovery")
    if case.imaged is not None and case.imaged != case.nuclide:
        because.append(
            f"{measured.name} was measured: points are taken to {treated.name} by its decay; an integral "
            f"that is told is taken for {treated.name}'s"
        )
    inputs.append(Input(name=NUCLIDE, part="nuclide", relative=_nuclide_spread(emissions(treated.name))))
    return Told(inputs=tuple(inputs), because=tuple(because), untold=tuple(untold))


def _several(case: Case) -> list[str]:
    """What is taken of several administrations."""
    if len(case.given) == 1:
        return []
    each = ", ".join(f"{one.activity_MBq:g} MBq at {one.at_h:g} h" for one in case.given)
    return [
        f"{len(case.given)} administrations ({each}): doses are of all of them; kinetics and masses are taken to be "
        "the same after each"
    ]


def source(case: Case, one: CaseRegion | CaseTumour) -> tuple[SourceActivity, Told]:
    """Activity of a region over all time, with the inputs it hangs on."""
    tia_MBq_h, powers, told = integrated(case, one.name, one.activity)
    if case.calibration is not None:
        powers = (*powers, (CALIBRATION, 1.0))
    volume, of_volume = _volume(case, one.name, one.weighed)
    recovered, mass = recovered_of(case, one), one.weighed.mass_g
    if recovered is not None and case.recovery is not None and not case.recovery.applied:
        tia_MBq_h /= recovered.value
    if volume is not None and mass is not None and one.weighed.resolution_cm is not None:
        measured = recovered.value if recovered is not None else None
        powers = (*powers, (volume, counts_by_volume(mass, one.weighed.resolution_cm, measured)))
    name, target = one.name, None
    if isinstance(one, CaseRegion):
        name = REST if one.name == REST else one.source or one.name
        target = one.target
    found = SourceActivity(
        name=one.name, source=name, target=target, tia_MBq_h=tia_MBq_h, exponents=powers, recovered=recovered
    )
    return found, told + of_volume


def recovered_of(case: Case, one: CaseRegion | CaseTumour) -> Recovered | None:
    """The recovery of a region: of the phantom's curve at its volume."""
    curve, mass = case.recovery, one.weighed.mass_g
    if curve is None or mass is None:
        return None
    return Recovered(
        half_mL=curve.half_volume_mL,
        power=curve.power,
        volume_mL=mass,
        volume=volume_of(one.name),
        half=HALF,
        power_name=POWER,
    )


def volume_of(name: str) -> str:
    """What the input is called that is a region's volume."""
    return f"{name}: volume"


def _volume(case: Case, name: str, weighed: Weighed) -> tuple[str | None, Told]:
    """The input that is a region's volume; one without an uncertainty is there for recovery alone, and it is said."""
    if weighed.mass_g is None:
        return None, NOTHING
    because: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    if weighed.voxel_cm is not None and weighed.resolution_cm is not None:
        relative = volume_uncertainty(weighed.mass_g, weighed.voxel_cm, weighed.resolution_cm)
        because = (f"{name}: volume to {100 * relative:.3g} %, by voxel and resolution of its outline, as of a sphere",)
    elif weighed.mass_uncertainty is not None:
        relative = weighed.mass_uncertainty
    else:
        relative, untold = 0.0, (f"mass of {name}",)
        if case.recovery is None:
            return None, Told(untold=untold)
    volume = Input(name=volume_of(name), part="volume", relative=relative)
    return volume.name, Told(inputs=(volume,), because=because, untold=untold)


def activity_of(name: str) -> str:
    """What the input is called that is how well a region's activity is known."""
    return f"{name}: activity"


def integrated(case: Case, name: str, told: Integrated) -> tuple[float, Powers, Told]:
    """Decays in a region (MBq h) for what was administered, and the input of how well they are known."""
    blind = Told(without_error=frozenset([name]), untold=(f"activity of {name}",))
    input = activity_of(name)
    if told.points is None:
        assert told.tia_MBq_h is not None
        if told.relative_uncertainty is None:
            return told.tia_MBq_h, (), blind
        known = Input(name=input, part="activity", relative=told.relative_uncertainty)
        return told.tia_MBq_h, ((input, 1.0),), Told(inputs=(known,))
    fitted = fit_of(case, curve_of(case, name, told), told.model)
    of_fit = Told(fitted=(fitted,), warnings=tuple(f"{name}: {one}" for one in fitted.warnings))
    tia_MBq_h = fitted.tia_h * case.administered_MBq
    if fitted.tia_standard_error_h is None:
        return tia_MBq_h, (), of_fit + blind
    draws = None if fitted.drawn_h is None else fitted.drawn_h / fitted.tia_h
    relative = fitted.tia_standard_error_h / fitted.tia_h
    known = Input(name=input, part="activity", relative=relative, draws=draws)
    return tia_MBq_h, ((input, 1.0),), of_fit + Told(inputs=(known,))


def curve_of(case: Case, name: str, told: Integrated) -> TimeActivityCurve:
    """The points of a region, of what was administered to measure them."""
    points, (_, measured) = told.points, labels(case)
    assert points is not None
    given = case.measured_after_MBq
    return TimeActivityCurve(
        region=name,
        nuclide=measured.name,
        elapsed_h=points.elapsed_h,
        activity_fractions=tuple(one / given for one in points.activity_MBq),
        standard_uncertainties=tuple(one / given for one in points.standard_uncertainty_MBq),
    )


def fit_of(case: Case, curve: TimeActivityCurve, model: Model | None) -> Fitted:
    """What is fitted to points, of the label that doses are of."""
    treated, measured = labels(case)
    return fit_curve(
        curve,
        physical_half_life_h=measured.half_life_h,
        for_half_life_h=treated.half_life_h,
        model=model,
    )


def _nuclide_spread(emitted: Emissions) -> float:
    """Relative: the spread of evaluations, each kind by its energy per decay."""
    spread = emitted.spread
    parts = (
        spread.electron * emitted.electron_keV,
        spread.photon * emitted.photon_keV,
        spread.alpha * emitted.alpha_keV,
    )
    return math.hypot(*parts) / emitted.energy_keV
