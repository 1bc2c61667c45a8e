"""What a study's subjects absorb: curves, fits, doses foreseen and given, and limits, from what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.measured_curves import GivenActivity, MeasuredCurve, measured_curve
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.nuclides.chain import daughters_matter
from hevesy.nuclides.library import emissions, nuclide
from hevesy.radiation.sphere_dose import mGy_PER_keV_PER_g
from hevesy.study.facts.dosimetry import (
    DeliveredDose,
    ExternalCourse,
    RegionActivity,
    RegionMass,
    RegionSValue,
    TracerInjection,
)
from hevesy.study.protocol.dosimetry import DosimetryPlan, DosimetryRegion, OrganLimit
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.dose_rate import Course, DoseRate
from hevesy.treat.dose_uncertainty import Input, Inputs, Known, Term
from hevesy.treat.fit import Fitted, Sigma, fit_curve
from hevesy.treat.phases import Model
from hevesy.treat.possible import IMPOSSIBLE, IN_DOUBT, ROUNDED
from hevesy.treat.prescription import elapsed_h

if TYPE_CHECKING:
    from hevesy.radiation.point_kernel import PointKernel

KINDS = frozenset({"region_activity", "region_mass", "region_s_value", "tracer_injection", "delivered_dose"})
"""Kinds of record that doses are worked out from."""
DRAWS, SEED = 1_000, 131
MOST_FITS = 500
"""That are remembered."""
DENSITY_g_per_cm3 = 1.0
Basis = Literal["administered", "planned", "a GBq"]
Met = Literal["kept", "exceeded", "not told", "part is missing"]
"""Of a limit: the whole 95 % interval lies below it, or above it, or it lies within the interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRegion:
    """A curve as measured, and what was fitted to it for the label that treats; or the reason why nothing was.

    `fitted` and `measured` None: nothing was measured, or it cannot be used (`because`).
    """

    measured: MeasuredCurve | None
    fitted: Fitted | None
    because: str | None

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows it stands on."""
        return self.measured.rows if self.measured is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDose:
    """Absorbed dose to a region (Gy), for an activity and for a GBq: its uncertainty and its parts by source.

    `known` None: nothing tells how well it is known.
    """

    dose_Gy: float
    dose_Gy_per_GBq: float
    activity_MBq: float
    basis: Basis
    known: Known | None
    by_source_Gy: tuple[tuple[str, float], ...]
    course: Course
    """Its dose rate over all administrations."""
    rows: tuple[int, ...]
    because: tuple[str, ...]
    warnings: tuple[str, ...]
    without: tuple[str, ...] = ()
    """Sources that give to it and are not in it: the dose is then a lower bound."""

    @property
    def interval_Gy(self) -> tuple[float, float] | None:
        """Within which it lies, 95 %."""
        return None if self.known is None else (self.known.lower_Gy, self.known.upper_Gy)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitHeld:
    """A limit against what a region absorbs: the value in the limit's own quantity, its interval, and the verdict."""

    limit: OrganLimit
    value_Gy: float
    interval_Gy: tuple[float, float] | None
    met: Met
    because: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DosedRegion:
    """A region of a subject.

    `foreseen` is from the label that is measured before, `given` from measurements of the label that treats; each has
    its dose or a reason why there is none.
    """

    region: DosimetryRegion
    mass: RegionMass | None
    before: FittedRegion
    after: FittedRegion
    foreseen: RegionDose | str
    given: RegionDose | str | None
    """None: the label that treats was not measured."""
    told: tuple[DeliveredDose, ...]
    """What others worked out."""
    limits: tuple[LimitHeld, ...]

    @property
    def name(self) -> str:
        """Of the region."""
        return self.region.name


@dataclass(frozen=True, slots=True, kw_only=True)
class DosedSubject:
    """A subject: its regions in the order of the plan, what it was given, external beam, and what is not used."""

    item: SubjectAnalysis
    regions: tuple[DosedRegion, ...]
    administered: tuple[GivenActivity, ...]
    activity_MBq: float
    basis: Basis
    external: tuple[ExternalCourse, ...]
    notes: tuple[str, ...]

    @property
    def id(self) -> str:
        """The subject."""
        return self.item.subject.id


@dataclass(frozen=True, kw_only=True)
class Dosed:
    """The doses of a study as of a cut, by subject and region."""

    analysis: Analysis = field(repr=False)
    plan: DosimetryPlan
    treated_with: str
    """The label that treats."""

    @property
    def cut(self) -> date:
        """The data cut."""
        return self.analysis.cut

    @cached_property
    def subjects(self) -> tuple[DosedSubject, ...]:
        """Those of whom anything was measured."""
        return tuple(
            _subject(item, self.plan, self.treated_with)
            for item in self.analysis.subjects
            if item.subject.of(RegionActivity)
        )

    @property
    def assumed(self) -> tuple[str, ...]:
        """What holds of every dose here without having been measured."""
        label, measured = self.treated_with, self.plan.measured
        told = [
            "dose: time-integrated activity of every region times its S value; those not measured give none",
            "activity is even in a region, and a region keeps its mass",
            "uncertainty: fit, calibration of the camera (shared by all regions), S values, mass; not that of the dose "
            "meter, and not of a model that is wrong",
        ]
        if label != measured:
            told.insert(0, f"{label} goes where {measured} went: the same molecule and the same biology, other decay")
        if self.plan.disease_in_marrow:
            told.append(
                "the disease is in the marrow: a dose to it by the activity in blood is a lower bound: what binds "
                "in it is not in the blood"
            )
        return tuple(told)


def dosed(analysis: Analysis) -> Dosed | None:
    """The doses of a study; None: its protocol has no [dosimetry]. Nothing is worked out before it is asked for."""
    plan, label = analysis.study.protocol.dosimetry, analysis.study.protocol.nuclide
    if plan is None or label is None:
        return None
    return Dosed(analysis=analysis, plan=plan, treated_with=label)


def _subject(item: SubjectAnalysis, plan: DosimetryPlan, label: str) -> DosedSubject:
    subject = item.subject
    administered, notes = _administered(item)
    tracers = tuple(
        GivenActivity(start=one.start, activity_MBq=one.activity_MBq, row=one.row)
        for one in subject.of(TracerInjection)
        if one.nuclide == plan.measured
    )
    activity_MBq, basis = _activity(administered, plan) if not notes else (1e3, "a GBq")
    masses, more = _masses(subject.of(RegionMass))
    notes += more
    of_label: dict[str, Sequence[GivenActivity]] = {label: administered}
    if plan.measured != label:
        of_label[plan.measured] = tracers
    names = [one.name for one in plan.regions]
    notes += _unplanned(subject.of(RegionActivity), names, set(of_label))
    fits = {
        (region.name, measured): _fit(
            region, measured, label, subject.of(RegionActivity), given, masses.get(region.name), plan
        )
        for region in plan.regions
        for measured, given in of_label.items()
    }
    s_values, refused = _own_s_values(subject.of(RegionSValue), label)
    notes += refused
    doses = {
        measured: _Doses(
            plan=plan,
            label=label,
            fits={name: fit for (name, of), fit in fits.items() if of == measured},
            s_values=s_values,
            masses=masses,
            administered=administered,
            activity_MBq=activity_MBq,
            basis=basis,
        )
        for measured in of_label
    }
    for measured in of_label:
        held = [fit.fitted for (_, of), fit in fits.items() if of == measured and fit.fitted is not None]
        notes += _more_than_all([(one.region, one.tia_h) for one in held], measured, label)
    regions = tuple(_region(region, fits, doses, masses.get(region.name), item, plan, label) for region in plan.regions)
    return DosedSubject(
        item=item,
        regions=regions,
        administered=administered,
        activity_MBq=activity_MBq,
        basis=basis,
        external=subject.of(ExternalCourse),
        notes=tuple(notes),
    )


def _more_than_all(held: Sequence[tuple[str, float]], measured: str, label: str) -> list[str]:
    """A sentence where regions together hold more than all decays: each alone may be possible."""
    most_h, whole_h = nuclide(label).half_life_h / math.log(2), sum(tia_h for _, tia_h in held)
    if whole_h <= IN_DOUBT * most_h:
        return []
    return [
        f"by {measured} {', '.join(name for name, _ in held)} together hold {whole_h:.4g} h, and all decays of what "
        f"was given are {most_h:.4g} h: is one region a part of another, or a unit another?"
    ]


def _administered(item: SubjectAnalysis) -> tuple[tuple[GivenActivity, ...], list[str]]:
    """What was given to treat; of an infusion whose activity is not known nothing in all is, and a note says so."""
    infusions = item.given.exposure.infusions
    untold = [str(one.administration.start.date()) for one in infusions if one.given is None]
    if untold:
        days = ", ".join(untold)
        return (), [f"the activity infused on {days} could not be told or is questioned: doses are for a GBq"]
    return tuple(
        GivenActivity(
            start=one.administration.start,
            activity_MBq=one.given.administered_MBq,
            row=one.administration.row,
            hour_known=one.administration.hour_known,
        )
        for one in infusions
        if one.given is not None
    ), []


def _activity(administered: Sequence[GivenActivity], plan: DosimetryPlan) -> tuple[float, Basis]:
    if administered:
        return sum(one.activity_MBq for one in administered), "administered"
    if plan.planned_activity_MBq is not None:
        return plan.planned_activity_MBq, "planned"
    return 1e3, "a GBq"


def _masses(told: Sequence[RegionMass]) -> tuple[dict[str, RegionMass], list[str]]:
    """The last mass of each region, and where it was measured more than once."""
    found: dict[str, RegionMass] = {}
    notes = []
    for one in sorted(told, key=lambda mass: (str(mass.on or ""), mass.row)):
        if (before := found.get(one.region)) is not None:
            notes.append(
                f"the mass of {one.region} is told more than once: {one.mass_g:g} g (row {one.row}, "
                f"{one.on or 'day not told'}) is taken and not {before.mass_g:g} g (row {before.row})"
            )
        found[one.region] = one
    return found, notes


def _unplanned(measured: Iterable[RegionActivity], names: Sequence[str], labels: set[str]) -> list[str]:
    """Measurements that nothing is made of, with the nearest names of the plan."""
    told: dict[str, list[int]] = {}
    for one in measured:
        if one.region not in names:
            near = get_close_matches(one.region, names, 2, 0.5)
            hint = f"; nearest are {', '.join(near)}" if near else ""
            told.setdefault(f"{one.region!r} is no region of the plan{hint}", []).append(one.row)
        elif one.nuclide not in labels:
            told.setdefault(f"{one.nuclide} is neither measured nor treated with by the plan", []).append(one.row)
    return [f"{why}: {len(rows)} measurements play no part (row {rows[0]} the first)" for why, rows in told.items()]


def _fit(
    region: DosimetryRegion,
    measured: str,
    label: str,
    every: Sequence[RegionActivity],
    given: Sequence[GivenActivity],
    mass: RegionMass | None,
    plan: DosimetryPlan,
) -> FittedRegion:
    own = [one for one in every if one.region == region.name and one.nuclide == measured]
    if not own:
        return FittedRegion(measured=None, fitted=None, because=f"no activity of {measured} was measured in it")
    model = region.model or plan.model
    curve = None
    try:
        curve = measured_curve(region, own, given, mass, plan)
        fitted = _fitted(curve.curve, label, None if model == "by AICc" else model, plan.measurement_uncertainty)
    except (CannotAnswerError, RuleError) as error:
        return FittedRegion(measured=curve, fitted=None, because=str(error))
    return FittedRegion(measured=curve, fitted=fitted, because=None)


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


Pair = tuple[str, str]


def _own_s_values(told: Sequence[RegionSValue], label: str) -> tuple[dict[Pair, RegionSValue], list[str]]:
    """S values of the subject's own anatomy by target and source; of a pair told twice none is taken."""
    found: dict[Pair, RegionSValue] = {}
    twice: list[RegionSValue] = []
    for one in told:
        if one.nuclide == label and found.setdefault((one.target, one.source), one) is not one:
            twice.append(one)
    for one in twice:
        found.pop((one.target, one.source), None)
    return found, [
        f"the S value of {one.target} from {one.source} is told twice (row {one.row}): none of the two is taken"
        for one in twice
    ]


@dataclass(frozen=True, kw_only=True)
class _Doses:
    """The doses of a subject from the curves of one label: all regions by the same draws, since they share inputs."""

    plan: DosimetryPlan
    label: str
    fits: Mapping[str, FittedRegion]
    s_values: Mapping[Pair, RegionSValue]
    masses: Mapping[str, RegionMass]
    administered: Sequence[GivenActivity]
    activity_MBq: float
    basis: Basis

    @cached_property
    def usable(self) -> dict[str, Fitted]:
        return {name: fit.fitted for name, fit in self.fits.items() if fit.fitted is not None}

    @cached_property
    def inputs(self) -> Inputs:
        """Fits with their own draws, cameras, S values and masses by name."""
        told: list[Input] = []
        for name, fit in self.usable.items():
            relative = (fit.tia_standard_error_h or 0.0) / fit.tia_h
            draws = None if fit.drawn_h is None else fit.drawn_h / fit.tia_h
            told.append(Input(name=f"fit {name}", part="activity", relative=relative, draws=draws))
        for camera in self.plan.cameras:
            percent = camera.uncertainty_percent
            told.append(Input(name=f"camera {camera.name}", part="calibration", relative=percent / 100))
        for (target, source), value in self.s_values.items():
            percent = value.uncertainty_percent or 0.0
            told.append(Input(name=f"S {target} from {source}", part="S", relative=percent / 100))
        for name, mass in self.masses.items():
            told.append(Input(name=f"mass {name}", part="volume", relative=(mass.uncertainty_percent or 0.0) / 100))
        return Inputs(told, draws=DRAWS, seed=SEED)

    def dose(self, region: DosimetryRegion) -> RegionDose | str:
        """The dose to a region, or why there is none."""
        own = self.usable.get(region.name)
        if own is None:
            return self.fits[region.name].because or "its activity was not measured"
        if twice := [one.row for one, then in pairwise(self._ordered) if one.start == then.start]:
            return f"two administrations begin at one time (row {twice[0]} the first): which one counts?"
        if (why := self._impossible(region.name, own)) is not None:
            return why
        if not self._told(region):
            return self._sphere(region, own) if region.kind == "lesion" else NO_S_VALUES
        if (region.name, region.name) not in self.s_values:
            return "the S value of its own activity is not told, which gives most of its dose"
        brought = {
            source: self.s_values[region.name, source]
            for source in self.usable
            if (region.name, source) in self.s_values
        }
        because = [
            f"S values of the subject's own anatomy: {one}"
            for one in dict.fromkeys(
                f"{value.program}; {value.method or 'method not told'}" for value in brought.values()
            )
        ]
        without = [f"{source} (no S value)" for source in self.usable if source not in brought]
        without += [
            f"{source} (not measured or not fitted)"
            for target, source in self.s_values
            if target == region.name and source not in self.usable
        ]
        warnings = [f"not in the dose: what comes from {', '.join(without)}"] if without else []
        if self._alpha_weight != 1:
            warnings.append(f"S values hold alphas times {self._alpha_weight:g}: this is no absorbed dose")
        if unsure := [source for source, value in brought.items() if value.uncertainty_percent is None]:
            warnings.append(f"S from {', '.join(unsure)} has no uncertainty told: the interval is without it")
        mass = self.masses.get(region.name)
        if mass is not None and mass.uncertainty_percent is None:
            warnings.append("its mass has no uncertainty told: the interval is without it")
        per_h = {source: 3600 * value.s_mGy_per_MBq_per_s for source, value in brought.items()}
        return self._dose(region, per_h, (value.row for value in brought.values()), because, warnings, without)

    @property
    def _ordered(self) -> list[GivenActivity]:
        return sorted(self.administered, key=lambda one: one.start)

    def _impossible(self, name: str, own: Fitted) -> str | None:
        """Why a region cannot have held or received so much; None: it can."""
        most_h = nuclide(self.label).half_life_h / math.log(2)
        if own.tia_h > IMPOSSIBLE * most_h:
            return (
                f"its time-integrated activity, {own.tia_h:.4g} h, is more than all decays of what was given "
                f"({most_h:.4g} h): an activity, a unit or a time is another"
            )
        value, mass = self.s_values.get((name, name)), self.masses.get(name)
        if value is None or mass is None or daughters_matter(self.label):
            return None
        whole_keV = emissions(self.label).energy_keV
        taken_keV = value.s_mGy_per_MBq_per_s * mass.mass_g / mGy_PER_keV_PER_g
        if taken_keV > ROUNDED * whole_keV * self._alpha_weight:
            return (
                f"by its S value and its mass of {mass.mass_g:g} g a decay gives it {taken_keV:.3g} keV, and one of "
                f"{self.label} has {whole_keV:.3g} keV: the S value, its unit or the mass is another"
            )
        return None

    @property
    def _alpha_weight(self) -> float:
        """By which doses by alphas were multiplied; 1 where the label has none."""
        declared = self.plan.s_values
        weighed = declared is not None and emissions(self.label).alpha_keV > 0
        return (declared.alpha_weight or 1.0) if declared is not None and weighed else 1.0

    def _told(self, region: DosimetryRegion) -> bool:
        return any(target == region.name for target, _ in self.s_values)

    def _sphere(self, region: DosimetryRegion, own: Fitted) -> RegionDose | str:
        mass = self.masses.get(region.name)
        if mass is None:
            return "its mass is not told: a sphere has none"
        try:
            s, relative = _sphere_s(self.label, mass.mass_g)
        except RuleError as error:
            return str(error)
        because = [
            f"a sphere of {mass.mass_g:.4g} g of water: its own activity alone, S {s:.3g} mGy/(MBq s) "
            f"({100 * relative:.2g} %)"
        ]
        warnings = ["what other regions give to it is not in the dose"]
        if mass.uncertainty_percent is None:
            warnings.append("its mass has no uncertainty told: the interval is without it")
        return self._dose(region, {region.name: 3600 * s}, (mass.row,), because, warnings, ["other regions"])

    def _dose(
        self,
        region: DosimetryRegion,
        per_h: Mapping[str, float],
        rows: Iterable[int],
        because: Sequence[str],
        warnings: Sequence[str],
        without: Sequence[str],
    ) -> RegionDose:
        """Doses by source from S in mGy for a MBq h."""
        GBq = self.activity_MBq / 1e3
        by_source = {source: GBq * self.usable[source].tia_h * s for source, s in per_h.items()}
        terms = [
            Term(source=source, dose_Gy=dose, exponents=self._exponents(region.name, source))
            for source, dose in by_source.items()
        ]
        whole_Gy = sum(by_source.values())
        mass = self.masses.get(region.name)
        own_rows = (row for source in by_source for row in self.fits[source].rows)
        given = (one.row for one in self.administered)
        fitted = [self.usable[source] for source in by_source]
        unknown = [one.region for one in fitted if one.tia_standard_error_h is None]
        more = [f"the uncertainty of {name} is not known, so that of the dose is not" for name in unknown]
        return RegionDose(
            dose_Gy=whole_Gy,
            dose_Gy_per_GBq=whole_Gy / GBq,
            activity_MBq=self.activity_MBq,
            basis=self.basis,
            known=None if unknown else self.inputs.known(terms),
            by_source_Gy=tuple(sorted(by_source.items(), key=lambda one: -one[1])),
            course=self._course(per_h),
            rows=tuple(sorted({*own_rows, *rows, *given, *((mass.row,) if mass is not None else ())})),
            because=tuple(because),
            warnings=(*warnings, *more),
            without=tuple(without),
        )

    def _exponents(self, target: str, source: str) -> tuple[tuple[str, float], ...]:
        """What a term depends on, and by which power: its own dose falls with the mass."""
        named = [(f"fit {source}", 1.0)]
        measured = self.fits[source].measured
        assert measured is not None
        known = {one.name for one in self.plan.cameras}
        named += [(f"camera {name}", 1.0) for name in measured.cameras[:1] if name in known]
        if (target, source) in self.s_values:
            named.append((f"S {target} from {source}", 1.0))
        if target == source and target in self.masses:
            named.append((f"mass {target}", -1.0))
        return tuple(named)

    def _course(self, per_h: Mapping[str, float]) -> Course:
        """The dose rate of the region over the administrations, or one of all that is planned."""
        parts: dict[float, float] = {}
        for source, s in per_h.items():
            function = self.usable[source].function
            for part, rate in zip(function.coefficients, function.rates_per_h, strict=True):
                half_life_h = math.log(2) / rate
                parts[half_life_h] = parts.get(half_life_h, 0.0) + part / rate * s / 1e3
        ordered = self._ordered
        amounts = [one.activity_MBq for one in ordered] or [self.activity_MBq]
        times = [elapsed_h(ordered[0].start, one.start) for one in ordered] or [0.0]
        return Course(
            rates=tuple(
                DoseRate(doses_Gy=tuple(one * dose for dose in parts.values()), half_lives_h=tuple(parts))
                for one in amounts
            ),
            at_h=tuple(times),
        )


NO_S_VALUES = (
    "no S values of this subject are recorded (kind region_s_value: by transport in its own CT, or of a phantom "
    "scaled to its masses)"
)


@cache
def _kernel(label: str) -> PointKernel:
    from hevesy.nuclides.library import emissions
    from hevesy.radiation.point_kernel import point_kernel

    return point_kernel(emissions(label))


def _sphere_s(label: str, mass_g: float) -> tuple[float, float]:
    from hevesy.radiation.sphere_dose import sphere_dose

    found = sphere_dose(_kernel(label), mass_g, DENSITY_g_per_cm3)
    return found.s_mGy_per_MBq_s, found.relative_uncertainty


def _region(
    region: DosimetryRegion,
    fits: Mapping[Pair, FittedRegion],
    doses: Mapping[str, _Doses],
    mass: RegionMass | None,
    item: SubjectAnalysis,
    plan: DosimetryPlan,
    label: str,
) -> DosedRegion:
    before, after = fits[region.name, plan.measured], fits[region.name, label]
    foreseen = doses[plan.measured].dose(region)
    given = doses[label].dose(region) if after.measured is not None or after.fitted is not None else None
    best = given if isinstance(given, RegionDose) else foreseen
    external = [one for one in item.subject.of(ExternalCourse) if one.region == region.name]
    return DosedRegion(
        region=region,
        mass=mass,
        before=before,
        after=after,
        foreseen=foreseen,
        given=given,
        told=tuple(one for one in item.subject.of(DeliveredDose) if one.region == region.name and one.nuclide == label),
        limits=tuple(
            _held(one, best, region, external)
            for one in plan.limits
            if one.region == region.name and isinstance(best, RegionDose)
        ),
    )


def _held(
    limit: OrganLimit, found: RegionDose, region: DosimetryRegion, external: Sequence[ExternalCourse]
) -> LimitHeld:
    """A dose held against a limit of its own quantity; external beam is added where both are BED."""
    because, value_Gy, factor = list(found.warnings), found.dose_Gy, 1.0
    if limit.quantity == "BED":
        value_Gy, told = _bed_Gy(found, region)
        because.append(told)
        factor = value_Gy / found.dose_Gy
    for one in external:
        if limit.quantity == "BED":
            assert region.alpha_beta_Gy is not None
            beam_Gy = one.dose_Gy * (1 + one.dose_Gy / one.fractions / region.alpha_beta_Gy)
            value_Gy += beam_Gy
            because.append(f"with {beam_Gy:.3g} Gy of BED by {one.dose_Gy:g} Gy of external beam in {one.fractions}")
        else:
            when = one.on if one.on is not None else "a day not told"
            because.append(
                f"{one.dose_Gy:g} Gy of external beam in {one.fractions} fractions ({when}) are not in it: dose rates "
                "differ, and the limit is one of absorbed dose"
            )
    interval = None
    if found.interval_Gy is not None:
        beam = value_Gy - factor * found.dose_Gy
        interval = (_scaled(found, region, limit, 0) + beam, _scaled(found, region, limit, 1) + beam)
    return LimitHeld(
        limit=limit,
        value_Gy=value_Gy,
        interval_Gy=interval,
        met=_met(limit.limit_Gy, value_Gy, interval, whole=not found.without),
        because=tuple(because),
        rows=tuple(sorted({*found.rows, *(one.row for one in external)})),
    )


def _scaled(found: RegionDose, region: DosimetryRegion, limit: OrganLimit, end: int) -> float:
    """An end of the interval in the quantity of the limit: BED grows with the square of the dose too."""
    assert found.interval_Gy is not None
    dose_Gy = found.interval_Gy[end]
    if limit.quantity == "absorbed dose":
        return dose_Gy
    whole_Gy, _ = _bed_Gy(found, region)
    return dose_Gy + (whole_Gy - found.dose_Gy) * (dose_Gy / found.dose_Gy) ** 2


def _bed_Gy(found: RegionDose, region: DosimetryRegion) -> tuple[float, str]:
    assert region.alpha_beta_Gy is not None
    assert region.repair_half_life_h is not None
    quadratic = found.course.quadratic_Gy2(region.repair_half_life_h)
    told = (
        f"BED by the region's own dose rate, alpha/beta {region.alpha_beta_Gy:g} Gy, repair "
        f"{region.repair_half_life_h:g} h ({region.effect_source})"
    )
    return found.dose_Gy + quadratic / region.alpha_beta_Gy, told


def _met(limit_Gy: float, value_Gy: float, interval: tuple[float, float] | None, *, whole: bool) -> Met:
    """Below or above in the whole interval; without one, or of a lower bound, nothing is called kept."""
    if interval is None:
        return "exceeded" if value_Gy > limit_Gy else "not told"
    if interval[1] <= limit_Gy:
        return "kept" if whole else "part is missing"
    return "exceeded" if interval[0] > limit_Gy else "not told"
