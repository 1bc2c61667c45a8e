"""From a patient's case to doses of organs, tumours and marrow: curves fitted, tables read, uncertainties joined."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from hevesy.conduct.case_activity import CALIBRATION, NUCLIDE, TABLE, Told
from hevesy.errors import CannotAnswerError, DeliveryError, RuleError
from hevesy.files.icrp107 import INSTALLED, read_icrp107
from hevesy.files.icrp133 import read_icrp133
from hevesy.files.s_value_tables import read_s_table
from hevesy.nuclides.chain import daughters_matter, emissions_with_chain
from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.library import emissions, nuclide
from hevesy.radiation.point_kernel import point_kernel
from hevesy.radiation.s_values import SMatrix, of_organs_there, s_matrix
from hevesy.radiation.sphere_dose import LARGEST_g, SMALLEST_g, sphere_dose
from hevesy.study.case import REST, Case, CaseEffect, CaseRegion, DoseLimit, Method
from hevesy.treat.dose_rate import Course, DoseRate
from hevesy.treat.dose_uncertainty import Input, Inputs, Part, Term
from hevesy.treat.effect import DoseErrors, EffectOfOrgan, ExternalBeam, Limit, Tissue, effect_of
from hevesy.treat.fit import Fitted
from hevesy.treat.kinetics import of_half_life
from hevesy.treat.marrow import MarrowActivity, marrow_by_blood, marrow_by_images
from hevesy.treat.organ_dose import (
    Gy_PER_MBq_h,
    OrganDose,
    OwnMass,
    SourceActivity,
    dose_of,
    nearest,
    organ_doses,
)
from hevesy.treat.possible import decays_possible, energy_possible, masses_alike

OWN_CURVE = 0.9
"""Of a dose: what an organ's own activity brings of it, at least, for its curve to stand for all of it unsaid."""
UNTOLD_SHARE = 0.01
"""Of a dose: what a source without an uncertainty may bring of it before the dose's is not told."""
DETERMINISTIC_Gy = 0.5
"""From here on tissues react (ICRP Publication 118): no diagnostic dose."""
STEP = 1e-3
DECAYS_PER_MBq_h = 3.6e9


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowDose:
    """Dose to red marrow by one way to its activity."""

    activity: MarrowActivity
    dose: OrganDose


@dataclass(frozen=True, slots=True, kw_only=True)
class Sphere:
    """A tumour: its dose and what it is made of."""

    name: str
    dose: OrganDose
    tia_MBq_h: float
    mass_g: float
    s_mGy_per_MBq_s: float
    recovery: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstLimit:
    """A dose beside a limit that has a source."""

    limit: DoseLimit
    dose: OrganDose
    lower_bound: bool = False

    @property
    def reached(self) -> float:
        """The dose over the limit."""
        return self.dose.dose_Gy / self.limit.dose_Gy

    @property
    def verdict(self) -> str:
        """Below or above, with what the uncertainty leaves open."""
        known = self.dose.known
        above = self.dose.dose_Gy > self.limit.dose_Gy
        if self.lower_bound and not above:
            return "not told: the dose is a lower bound"
        if known is None:
            return f"{'above' if above else 'below'}; how surely is not known"
        if known.lower_Gy <= self.limit.dose_Gy <= known.upper_Gy:
            return f"{'above' if above else 'below'}, but within the interval of 95 %"
        return "above" if above else "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDoses:
    """All that is told of a case."""

    case: Case
    nuclide: str
    method: Method
    phantom: str | None
    alpha_weight: float
    organs: tuple[OrganDose, ...]
    tumours: tuple[Sphere, ...] = ()
    marrow: tuple[MarrowDose, ...] = ()
    limits: tuple[AgainstLimit, ...] = ()
    effects: tuple[EffectOfOrgan, ...] = ()
    effective_dose_mSv: float | None = None
    fitted: tuple[Fitted, ...] = ()
    sources: tuple[SourceActivity, ...] = ()
    because: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    inputs: Inputs = field(repr=False)


def patient_doses(case: Case, place: Callable[[str], Path]) -> PatientDoses:
    """Doses of a case; `place` tells where a file that it names lies."""
    joined = _Joined(case, place)
    if case.method == "transport":
        joined.by_transport()
    elif case.regions or case.marrow is not None:
        joined.by_table()
    joined.spheres()
    return joined.found()


class _Joined:
    """A case under way: inputs first, then doses."""

    def __init__(self, case: Case, place: Callable[[str], Path]) -> None:
        self.case, self.place, self.told = case, place, Told(case)
        self.nuclide, self.emitted = self.told.nuclide, self.told.emitted
        self.phantom: str | None = None
        self.alpha_weight = 1.0
        self.organs: tuple[OrganDose, ...] = ()
        self.marrow: tuple[MarrowDose, ...] = ()
        self.made: list[Sphere] = []
        self.regions: list[SourceActivity] = []
        self._tumours = [(one, self.told.source(one)) for one in case.tumours]

    def by_table(self) -> None:
        """Organs by the user's S table."""
        case = self.case
        matrix = self._matrix()
        told = case.table or case.icrp133
        assert told is not None
        self.phantom, self.alpha_weight = matrix.phantom, matrix.alpha_weight
        self.told.because += [*matrix.because, str(matrix.source)]
        if matrix.alpha_weight != 1 and self.emitted.alpha_keV > 0:
            self.told.warnings.append(
                f"doses hold alphas times {matrix.alpha_weight:g}: they are no absorbed doses, and "
                "are not to be laid beside "
                "limits of absorbed dose"
            )
        if told.uncertainty is None:
            self.told.untold.append("S values")
        else:
            self.told.inputs.append(Input(name=TABLE, part="S", relative=told.uncertainty))
        self.regions = [self._named(matrix, self.told.source(one), one) for one in case.regions]
        for one, source in zip(case.regions, self.regions, strict=True):
            if one.weighed.mass_g is not None and source.target is None:
                raise CannotAnswerError(
                    f"{one.name} has an own mass and no row of the table is its own: tell its target; "
                    f"{nearest(source.source, matrix.targets)}"
                )
        own = {
            source.target: OwnMass(
                mass_g=one.weighed.mass_g,
                masses=one.weighed.masses or matrix.masses,
                input=f"{one.name}: volume" if self.told.has(f"{one.name}: volume") else None,
            )
            for one, source in zip(case.regions, self.regions, strict=True)
            if one.weighed.mass_g is not None and source.target is not None
        }
        self._organs(matrix, own)

    def _matrix(self) -> SMatrix:
        """By the user's table, or made of ICRP 133."""
        case = self.case
        if case.method == "s-table":
            assert case.table is not None
            matrix = read_s_table(self.place, case.table)
            self._refuse_daughters(matrix)
            if (charged_keV := self._local_keV(matrix)) is not None:
                whole_keV = charged_keV + self.emitted.photon_keV
                self.told.warnings += energy_possible(matrix, whole_keV, charged_keV)
            return matrix
        assert case.icrp133 is not None
        told = case.icrp133
        of: Callable[[str], Emissions] = emissions
        if told.icrp107 is not None:
            of = partial(read_icrp107, Path(INSTALLED) if told.icrp107 == INSTALLED else self.place(told.icrp107))
        try:
            emitted = emissions_with_chain(self.nuclide.name, case.chain, of)
        except RuleError as error:
            raise CannotAnswerError(f"chain: {error.rule}") from None
        matrix = s_matrix(
            read_icrp133(self.place(told.folder), told.phantom, told.accept_sha256),
            emitted,
            daughters="with daughters" if case.chain in ("stays", "equilibrium") else "nuclide alone",
            masses=told.masses,
        )
        self.told.warnings += matrix.warnings
        return of_organs_there(matrix)

    def _organs(self, matrix: SMatrix, own: dict[str, OwnMass]) -> None:
        ways = self._marrow_ways(matrix, own)
        self.told.warnings += masses_alike(matrix, own)
        for _, source in ways or [(None, None)]:
            held = [*self.regions, *([source] if source is not None else [])]
            self.told.warnings += decays_possible(held, self.case.administered_MBq, self.nuclide.half_life_h)
        inputs = self.told.joined()
        every = (NUCLIDE, *((TABLE,) if TABLE in inputs.inputs else ()))
        table = self.case.table
        made = []
        last = len(ways) - 1
        for place, (activity, source) in enumerate(ways or [(None, None)]):
            sources = [*self.regions, *([source] if source is not None else [])]
            doses, because = organ_doses(
                matrix,
                sources,
                inputs,
                own,
                every=every,
                only=source.target if source is not None and place < last else None,
                total_body=table.total_body if table is not None else None,
                electron_keV=self._local_keV(matrix),
            )
            made.append((activity, source, self._honest(doses), because))
        activity, _, self.organs, because = made[-1]
        self.told.because += because
        if ways:
            assert activity is not None
            if activity.lower_bound:
                self.told.warnings.append(
                    f"{self.case.marrow.target or self.case.marrow.source if self.case.marrow else 'red marrow'}: "
                    "dose, effect and what a limit leaves stand on blood alone, and the disease lies in the marrow: "
                    "the dose is a lower bound"
                )
            self.told.because.append(f"where marrow is a source of other organs its activity is that by {activity.way}")
        self.marrow = tuple(
            MarrowDose(activity=one, dose=next(dose for dose in doses if dose.name == source.target))
            for one, source, doses, _ in made
            if one is not None and source is not None
        )

    def _named(self, matrix: SMatrix, source: SourceActivity, one: CaseRegion) -> SourceActivity:
        """With the row that is its own: the one told, or the one of its column's name."""
        if source.source == REST:
            return source
        if one.target is not None:
            return source
        return replace(source, target=source.source if source.source in matrix.targets else None)

    def _marrow_ways(
        self, matrix: SMatrix, own: dict[str, OwnMass]
    ) -> list[tuple[MarrowActivity | None, SourceActivity | None]]:
        """Marrow as a source, by blood and by images, the latter last."""
        marrow = self.case.marrow
        if marrow is None:
            return []
        target = marrow.target or marrow.source
        mass = "red marrow: mass"
        if marrow.mass_uncertainty is not None:
            self.told.inputs.append(Input(name=mass, part="volume", relative=marrow.mass_uncertainty))
        else:
            self.told.untold.append("mass of red marrow")
        weighed = marrow.mass_uncertainty is not None
        own[target] = OwnMass(mass_g=marrow.mass_g, masses=marrow.masses, input=mass if weighed else None)
        found: list[tuple[MarrowActivity | None, SourceActivity | None]] = []
        if marrow.blood is not None:
            blood = marrow.blood
            by_blood = marrow_by_blood(
                blood.tia_MBq_h_per_mL,
                marrow.mass_g,
                haematocrit=blood.haematocrit,
                ratio=blood.ratio,
                disease_in_marrow=marrow.disease_in_marrow,
            )
            powers = [(mass, 1.0)] if weighed else []
            told: list[tuple[str, Part, float | None]] = [
                ("blood: activity", "activity", blood.tia_uncertainty),
                ("marrow to blood", "marrow", blood.ratio_uncertainty),
            ]
            for name, part, relative in told:
                if relative is None:
                    self.told.untold.append(name)
                    continue
                self.told.inputs.append(Input(name=name, part=part, relative=relative))
                powers.append((name, 1.0))
            if blood.tia_uncertainty is None:
                self.told.without_error.add("red marrow by blood")
            found.append((by_blood, _marrow_source("blood", marrow.source, target, by_blood, powers)))
        if marrow.images is not None:
            images = marrow.images
            tia_MBq_h, powers = self.told.integrated(images.part, images.activity)
            if images.part in self.told.without_error:
                self.told.without_error.add("red marrow by images")
            by_images = marrow_by_images(images.part, tia_MBq_h, images.share, images.share_source)
            if self.case.calibration is not None:
                powers.append((CALIBRATION, 1.0))
            if images.share_uncertainty is None:
                self.told.untold.append(f"share of the marrow in {images.part}")
            else:
                self.told.inputs.append(Input(name="marrow share", part="marrow", relative=images.share_uncertainty))
                powers.append(("marrow share", -1.0))
            found.append((by_images, _marrow_source("images", marrow.source, target, by_images, powers)))
        return found

    def by_transport(self) -> None:
        """Organs as followed in the patient's own images."""
        assert self.case.voxel_dose is not None
        told = read_voxel_doses(self.place(self.case.voxel_dose))
        if nuclide(str(told["nuclide"])).name != self.nuclide.name:
            raise DeliveryError(
                f"{self.case.voxel_dose} is of {told['nuclide']}, and doses are asked for of {self.nuclide.name}"
            )
        self.told.because += [
            f"doses as followed in the patient's own images by {told['method']}: {self.case.voxel_dose}"
        ]
        self.told.warnings += [str(one) for one in told.get("warnings", ())]
        if "decays" in told:
            every = SourceActivity(
                name="all voxels", source=REST, target=None, tia_MBq_h=told["decays"] / DECAYS_PER_MBq_h
            )
            self.told.warnings += decays_possible([every], self.case.administered_MBq, self.nuclide.half_life_h)
        terms = {}
        self.told.inputs = [one for one in self.told.inputs if one.name != NUCLIDE]
        for one in told["regions"]:
            name, parts = str(one["region"]), one["uncertainty_parts_percent"]
            powers = [(CALIBRATION, 1.0)] if self.case.calibration is not None else []
            known: list[tuple[str, Part]] = [("statistics", "statistics"), ("model", "S"), ("nuclide", "nuclide")]
            for key, part in known:
                if parts[key] is None:
                    self.told.without_error.add(name)
                    continue
                own = name if key == "statistics" else "all"
                input = Input(name=f"{own}: {key}", part=part, relative=parts[key] / 100)
                if all(i.name != input.name for i in self.told.inputs):
                    self.told.inputs.append(input)
                powers.append((input.name, 1.0))
            terms[name] = Term(source=name, dose_Gy=float(one["mean_Gy"]), exponents=tuple(powers))
        inputs = self.told.joined()
        self.told.untold.append("fit and volume of the images' activity")
        doses = [dose_of(name, [term], inputs) for name, term in terms.items()]
        self.organs = self._honest(sorted(doses, key=lambda one: -one.dose_Gy))

    def spheres(self) -> None:
        """Tumours as spheres filled evenly."""
        if not self._tumours:
            return
        try:
            emitted = emissions_with_chain(self.nuclide.name, self.case.chain)
        except RuleError as error:
            raise CannotAnswerError(f"chain: {error.rule}") from None
        made = [source for _, source in self._tumours]
        self.told.warnings += decays_possible(made, self.case.administered_MBq, self.nuclide.half_life_h)
        for one, source in self._tumours:
            kernel = point_kernel(emitted, one.matter)
            mass_g = one.weighed.mass_g
            assert mass_g is not None
            if not SMALLEST_g <= mass_g * (1 - STEP) < mass_g * (1 + STEP) <= LARGEST_g:
                raise CannotAnswerError(
                    f"{one.name}: spheres weigh {SMALLEST_g:g} to {LARGEST_g:g} g, got {mass_g:g} g"
                )
            sphere = sphere_dose(kernel, mass_g)
            more, less = (sphere_dose(kernel, mass_g * (1 + step)).s_mGy_per_MBq_s for step in (STEP, -STEP))
            power = math.log(more / less) / math.log((1 + STEP) / (1 - STEP))
            parts = sphere.uncertainty
            physics, data = f"{one.name}: transport", f"{one.name}: emissions"
            self.told.inputs.append(
                Input(name=physics, part="S", relative=math.hypot(parts.statistics, parts.transport))
            )
            self.told.inputs.append(Input(name=data, part="nuclide", relative=parts.nuclide))
            volume = f"{one.name}: volume"
            weighed = self.told.has(volume)
            dose_Gy = source.tia_MBq_h * sphere.s_mGy_per_MBq_s * Gy_PER_MBq_h
            exponents = [*source.exponents, (physics, 1.0), (data, 1.0), *([(volume, power)] if weighed else [])]
            term = Term(source=one.name, dose_Gy=dose_Gy, exponents=tuple(exponents), recovered=source.recovered)
            (dose,) = self._honest([dose_of(one.name, [term], self.told.joined(), [one.name])])
            self.made.append(
                Sphere(
                    name=one.name,
                    dose=dose,
                    tia_MBq_h=source.tia_MBq_h,
                    mass_g=mass_g,
                    s_mGy_per_MBq_s=sphere.s_mGy_per_MBq_s,
                    recovery=None if source.recovered is None else source.recovered.value,
                )
            )
        self.told.because.append(
            "tumours: spheres filled evenly, dose of their own activity alone, by Hevesy's point kernels"
        )
        self.told.because += [str(one) for one in emitted.because]

    def found(self) -> PatientDoses:
        """All of it, with limits and effective dose."""
        if self.told.untold:
            self.told.because.append(
                f"not told and not in the standard errors: {', '.join(dict.fromkeys(self.told.untold))}"
            )
        if any(one.known is not None for one in self.organs) or self.made:
            self.told.because.append(
                "standard errors by propagation with covariance (Gear 2018) and by 20,000 draws; "
                "where the two differ by more "
                "than 3 %, by draws"
            )
        effective_mSv, effects = self._effective_mSv(), tuple(self._effect(one) for one in self.case.effects)
        every = [*self.organs, *(one.dose for one in self.made)]
        if differ := [one.name for one in every if one.known is not None and not one.known.believed]:
            self.told.warnings.append(f"standard errors by draws, as propagation differs: {', '.join(differ)}")
        return PatientDoses(
            case=self.case,
            nuclide=self.nuclide.name,
            method=self.case.method,
            phantom=self.phantom,
            alpha_weight=self.alpha_weight,
            organs=self.organs,
            tumours=tuple(self.made),
            marrow=self.marrow,
            limits=tuple(self._against(one) for one in self.case.limits),
            effects=effects,
            effective_dose_mSv=effective_mSv,
            fitted=tuple(self.told.fitted),
            sources=tuple(self.regions),
            because=tuple(self.told.because),
            warnings=tuple(self.told.warnings),
            untold=tuple(dict.fromkeys(self.told.untold)),
            inputs=self.told.joined(),
        )

    def _against(self, limit: DoseLimit) -> AgainstLimit:
        doses = self._by_name()
        if limit.organ not in doses:
            raise CannotAnswerError(f"limit: {limit.organ!r} has no dose here; {nearest(limit.organ, doses)}")
        return AgainstLimit(limit=limit, dose=doses[limit.organ], lower_bound=limit.organ in self._lower_bounds)

    def _effect(self, told: CaseEffect) -> EffectOfOrgan:
        """BED of an organ's own curve, its dose spread over the curve's phases by what each brings."""
        doses = self._by_name()
        if told.organ not in doses:
            raise CannotAnswerError(f"effect: {told.organ!r} has no dose here; {nearest(told.organ, doses)}")
        dose = doses[told.organ]
        fitted = next((one for one in self.told.fitted if one.region in self._regions_of(told.organ)), None)
        if (fitted is None) == (told.half_life_h is None):
            raise CannotAnswerError(
                f"effect: {told.organ} "
                + (
                    "has no curve fitted: its half_life must be told"
                    if fitted is None
                    else "has a curve of its own: a half_life is not told beside it"
                )
            )
        if fitted is None:
            assert told.half_life_h is not None
            of_half_life(told.half_life_h, self.nuclide.half_life_h)  # refuses one that is longer than the nuclide's
            rate = DoseRate(doses_Gy=(dose.dose_Gy,), half_lives_h=(told.half_life_h,))
        else:
            phases = [
                c / rate for c, rate in zip(fitted.function.coefficients, fitted.function.rates_per_h, strict=True)
            ]
            rate = DoseRate(
                doses_Gy=tuple(dose.dose_Gy * one / sum(phases) for one in phases),
                half_lives_h=fitted.function.half_lives_h,
            )
        errors = None
        if dose.standard_error_Gy is not None:
            errors = DoseErrors(relative_dose=min(dose.standard_error_Gy / dose.dose_Gy, 0.999))
        if dose.own_share is not None and dose.own_share < OWN_CURVE:
            self.told.warnings.append(
                f"{told.organ}: {100 * (1 - dose.own_share):.3g} % of the dose come from elsewhere "
                "and are taken to follow its "
                "own curve"
            )
        limit = told.limit
        return effect_of(
            told.organ,
            Course(rates=(rate,)),
            Tissue(alpha_beta_Gy=told.alpha_beta_Gy, repair_half_life_h=told.repair_half_life_h, source=told.source),
            external=[
                ExternalBeam(dose_Gy=one.dose_Gy, fractions=one.fractions, interval_h=one.interval_h)
                for one in told.external
            ],
            limit=None if limit is None else Limit(amount_Gy=limit.amount_Gy, of=limit.of, source=limit.source),
            errors=errors,
        )

    def _by_name(self) -> dict[str, OrganDose]:
        return {one.name: one for one in (*self.organs, *(one.dose for one in self.made))}

    @property
    def _lower_bounds(self) -> tuple[str, ...]:
        """Organs whose dose is that of marrow by blood where the disease lies in the marrow."""
        last = self.marrow[-1:]  # that by images, where there is one
        return tuple(one.dose.name for one in last if one.activity.lower_bound)

    def _regions_of(self, organ: str) -> set[str]:
        """The names under which an organ of the table was measured."""
        return {organ, *(one.name for one in self.regions if one.target == organ)}

    def _effective_mSv(self) -> float | None:
        told = self.case.effective_dose
        if told is None:
            return None
        doses = {one.name: one.dose_Gy for one in self.organs}
        for name, _ in told.weights:
            if name not in doses:
                raise CannotAnswerError(f"effective_dose: {name!r} has no dose here; {nearest(name, doses)}")
        if self.emitted.alpha_keV > 0:
            raise CannotAnswerError("effective_dose: alphas weigh 20 in it and are not told apart here")
        if self.organs and self.organs[0].dose_Gy > DETERMINISTIC_Gy:
            most = self.organs[0]
            raise CannotAnswerError(
                f"effective_dose: {most.name} receives {most.dose_Gy:.3g} Gy, where tissues react (0.5 Gy, ICRP 118): "
                "effective dose is for diagnostic activities alone"
            )
        self.told.because.append(
            f"effective dose: {told.source}; of a reference person, not of this patient; thyroid "
            + ("blocked" if told.thyroid_blocked else "not blocked")
        )
        self.told.because.append("effective dose: of this phantom's sex alone; that of ICRP is the mean of both")
        if not told.thyroid_blocked and self.nuclide.name.startswith("I-"):
            self.told.warnings.append("the thyroid was not blocked: iodide that is set free makes its dose the largest")
        return 1000 * sum(weight * doses[name] for name, weight in told.weights)

    def _honest(self, doses: Sequence[OrganDose]) -> tuple[OrganDose, ...]:
        """No standard error where a source that matters has none."""
        found = []
        for one in doses:
            blind = sum(term.dose_Gy for term in one.terms if term.source in self.told.without_error)
            if one.dose_Gy > 0 and blind > UNTOLD_SHARE * one.dose_Gy:
                found.append(replace(one, standard_error_Gy=None, known=None))
            else:
                found.append(one)
        return tuple(found)

    def _refuse_daughters(self, matrix: SMatrix) -> None:
        mattering = daughters_matter(self.nuclide.name)
        if not mattering:
            return
        told = ", ".join(
            f"{one} {100 * share:.3g} %" for one, share in sorted(mattering.items(), key=lambda p: -p[1])[:3]
        )
        if matrix.daughters == "none matter":
            raise CannotAnswerError(
                f"table.daughters: the daughters of {self.nuclide.name} matter (of its own energy: "
                f"{told}); say whether the "
                "table is of the nuclide alone or with daughters"
            )
        if matrix.daughters == "nuclide alone":
            self.told.warnings.append(
                f"the table leaves the daughters of {self.nuclide.name} out (of its own energy: {told})"
            )

    def _local_keV(self, matrix: SMatrix) -> float | None:
        """Energy of electrons and alphas per decay, as weighted in the table; None where daughters are in it."""
        if matrix.daughters == "with daughters":
            return None
        return self.emitted.electron_keV + matrix.alpha_weight * self.emitted.alpha_keV


def _marrow_source(
    way: str, source: str, target: str, activity: MarrowActivity, powers: Sequence[tuple[str, float]]
) -> SourceActivity:
    return SourceActivity(
        name=f"red marrow by {way}", source=source, target=target, tia_MBq_h=activity.tia_MBq_h, exponents=tuple(powers)
    )


def read_voxel_doses(path: Path) -> dict[str, Any]:
    """What treat voxel-dose answered, as data."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        for one in found["regions"]:
            float(one["mean_Gy"]), one["region"], one["uncertainty_parts_percent"]["model"]
        found["nuclide"], found["method"], float(found.get("decays", 0.0))
    except OSError as error:
        raise DeliveryError(f"{path.name}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise DeliveryError(f"{path.name} is no answer of ⟦treat voxel-dose⟧ as data: {error!r}") from None
    return dict(found)
