"""The dose to a region of a subject: from curves and S values, with its uncertainty and all that it leaves open."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from hevesy.conduct.blood_curve import FittedBlood
from hevesy.conduct.measured_curves import GivenActivity
from hevesy.conduct.region_fits import FittedRegion, calibration_input, recoveries, shared_powers
from hevesy.conduct.region_s_values import TABLE, Brought, Held, SValues
from hevesy.errors import RuleError
from hevesy.nuclides.chain import daughters_matter
from hevesy.nuclides.library import emissions, nuclide
from hevesy.radiation.sphere_dose import mGy_PER_keV_PER_g
from hevesy.study.facts.dosimetry import RegionMass, RegionSValue
from hevesy.study.protocol.dosimetry import DosimetryPlan, DosimetryRegion
from hevesy.treat.dose_rate import Course, DoseRate
from hevesy.treat.dose_uncertainty import Input, Inputs, Known, Term
from hevesy.treat.fit import Fitted
from hevesy.treat.kinetics import ExponentialSum
from hevesy.treat.marrow import marrow_by_blood
from hevesy.treat.possible import IMPOSSIBLE, LITTLE, NOTHING, ROUNDED, LARGE_g
from hevesy.treat.prescription import elapsed_h

if TYPE_CHECKING:
    from hevesy.radiation.point_kernel import PointKernel

DRAWS, SEED = 1_000, 131
DENSITY_g_per_cm3 = 1.0
OWN_ENERGY = "the energy of its own electrons and alphas"
SMALL_g, HARDLY = 1.0, 0.02
"""From this mass on no region keeps as little of the energy of its own electrons and alphas."""
BLOOD, RATIO = "fit blood", "marrow to blood"
"""Inputs of marrow by blood."""
IN_MARROW = "what the disease takes up in the marrow"
Basis = Literal["administered", "planned", "a GBq"]
A_GBQ: Basis = "a GBq"
"""Of doses where nothing that is known was given and nothing is planned."""
Bound = Literal["lower bound", "upper bound", "no bound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDose:
    """Absorbed dose to a region (Gy), for an activity and for a GBq: its uncertainty and its parts by source.

    `known` None: nothing tells how well it is known.
    """

    dose_Gy: float
    dose_Gy_per_GBq: float
    activity_MBq: float
    basis: Basis
    way: str
    """By which S values: own anatomy, the plan's table, a sphere."""
    known: Known | None
    by_source_Gy: tuple[tuple[str, float], ...]
    course: Course
    """Its dose rate over all administrations."""
    rows: tuple[int, ...]
    because: tuple[str, ...]
    warnings: tuple[str, ...]
    without: tuple[str, ...] = ()
    """What gives to it and is not in it: the dose is then a lower bound."""
    without_up_to_Gy: float | None = None
    """What it is without gives no more: all energy of its decays in it. None: it is without nothing, or of a part not
    even its decays are known."""
    above: tuple[str, ...] = ()
    """Sources whose activity is an upper bound: what they give is."""

    @property
    def interval_Gy(self) -> tuple[float, float] | None:
        """Within which it lies, 95 %."""
        return None if self.known is None else (self.known.lower_Gy, self.known.upper_Gy)

    @property
    def bound(self) -> Bound | None:
        """What it is where a part is missing or too large; "no bound" where both are; None: neither is."""
        if self.without and self.above:
            return "no bound"
        if self.without:
            return "lower bound"
        return "upper bound" if self.above else None


@dataclass(frozen=True, kw_only=True)
class Doses:
    """The doses of a subject from the curves of one label: all regions by the same draws, since they share inputs."""

    plan: DosimetryPlan
    label: str
    fits: Mapping[str, FittedRegion]
    s_values: SValues
    masses: Mapping[str, RegionMass]
    administered: Sequence[GivenActivity]
    activity_MBq: float
    basis: Basis

    @cached_property
    def usable(self) -> dict[str, Fitted]:
        """Regions with a fit."""
        return {name: fit.fitted for name, fit in self.fits.items() if fit.fitted is not None}

    @cached_property
    def held(self) -> dict[str, Held]:
        """Regions that hold activity, each with what its integral hangs on."""
        return {
            name: Held(
                tia_h=fit.tia_h,
                function=fit.function,
                exponents=(
                    (f"fit {name}", 1.0),
                    *shared_powers(name, self.fits, self.label, self.plan),
                ),
                known=fit.tia_standard_error_h is not None,
                rows=self.fits[name].rows,
                upper_bound=bool(self.fits[name].left_by),
            )
            for name, fit in self.usable.items()
        }

    @cached_property
    def _told(self) -> list[Input]:
        """Fits with their own draws, calibrations, recovery, S values and masses by name."""
        told = [_of_fit(f"fit {name}", fit) for name, fit in self.usable.items()]
        curves = [fit.measured for fit in self.fits.values() if fit.measured is not None]
        for one in dict.fromkeys(point.calibration for curve in curves for point in curve.points):
            if one is not None:
                relative = one.uncertainty_percent / 100
                told.append(Input(name=calibration_input(one), part="calibration", relative=relative))
        told += [Input(name=n, part="recovery", relative=largest) for n, largest in recoveries(self.fits).items()]
        for (target, source), value in self.s_values.own.items():
            percent = value.uncertainty_percent or 0.0
            told.append(Input(name=f"S {target} from {source}", part="S", relative=percent / 100))
        for name, mass in self.masses.items():
            told.append(Input(name=f"mass {name}", part="volume", relative=(mass.uncertainty_percent or 0.0) / 100))
        if self.plan.s_values is not None and self.plan.s_values.uncertainty_percent is not None:
            told.append(Input(name=TABLE, part="S", relative=self.plan.s_values.uncertainty_percent / 100))
        return told

    @cached_property
    def inputs(self) -> Inputs:
        """All that the doses hang on."""
        return Inputs(self._told, draws=DRAWS, seed=SEED)

    def dose(self, region: DosimetryRegion) -> RegionDose | str:
        """The dose to a region, or why there is none."""
        own = self.held.get(region.name)
        if own is None:
            return self.fits[region.name].because or "its activity was not measured"
        return self._dose(region, self.held, self.inputs, warnings=self.fits[region.name].warnings)

    def by_blood(self, region: DosimetryRegion, blood: FittedBlood) -> RegionDose | str:
        """The dose to red marrow with its own activity by blood, and all other regions as measured."""
        marrow, mass = self.plan.marrow, self.masses.get(region.name)
        assert marrow is not None
        if blood.fitted is None or blood.measured is None:
            return blood.because or "its activity in blood was not measured"
        if mass is None:
            return "the mass of its red marrow is not told (kind region_mass): by blood its activity goes by it"
        fit, haematocrit = blood.fitted, blood.measured.haematocrit
        if marrow.ratio is None and haematocrit is None:
            return "the ratio of marrow to blood is by haematocrit, and no blood sample tells one"
        activity = marrow_by_blood(
            fit.tia_h,
            mass.mass_g,
            haematocrit=None if marrow.ratio is not None else haematocrit,
            ratio=marrow.ratio,
            disease_in_marrow=self.plan.disease_in_marrow,
        )
        factor = activity.tia_MBq_h / fit.tia_h
        function = ExponentialSum(
            coefficients=tuple(factor * one for one in fit.function.coefficients),
            biological_per_h=fit.function.biological_per_h,
            physical_per_h=fit.function.physical_per_h,
        )
        more, exponents, warnings = [_of_fit(BLOOD, fit)], [(BLOOD, 1.0)], [*blood.measured.warnings, *fit.warnings]
        if marrow.ratio_uncertainty_percent is not None:
            more.append(Input(name=RATIO, part="marrow", relative=marrow.ratio_uncertainty_percent / 100))
            exponents.append((RATIO, 1.0))
        else:
            warnings.append("the ratio of marrow to blood has no uncertainty told: the interval is without it")
        if mass.uncertainty_percent is not None:
            exponents.append((f"mass {region.name}", 1.0))
        held = Held(
            tia_h=activity.tia_MBq_h,
            function=function,
            exponents=tuple(exponents),
            known=fit.tia_standard_error_h is not None,
            rows=(*blood.measured.rows, mass.row),
        )
        told = Inputs([*self._told, *more], draws=DRAWS, seed=SEED)
        because = (*blood.measured.because, *activity.because, *_sourced(marrow.ratio_source))
        without = (IN_MARROW,) if activity.lower_bound else ()
        warnings += ["the disease is in the marrow: by blood its dose is a lower bound"] if activity.lower_bound else []
        return self._dose(
            region, {**self.held, region.name: held}, told, because=because, warnings=warnings, without=without
        )

    def _dose(
        self,
        region: DosimetryRegion,
        held: Mapping[str, Held],
        inputs: Inputs,
        because: Sequence[str] = (),
        warnings: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> RegionDose | str:
        if twice := [one.row for one, then in pairwise(self._ordered) if one.start == then.start]:
            return f"two administrations begin at one time (row {twice[0]} the first): which one counts?"
        if (why := self._impossible(region.name, held[region.name])) is not None:
            return why
        measured = [name for name, fit in self.fits.items() if fit.delivered]
        try:
            found = self._brought(region, held, measured)
            if isinstance(found, str):
                return found
            return self._summed(region, held, inputs, _joined(found, because, warnings, without))
        except RuleError as error:
            return error.rule

    def _brought(self, region: DosimetryRegion, held: Mapping[str, Held], measured: Collection[str]) -> Brought | str:
        if region.kind == "lesion" and not self.s_values.told_of(region):
            return self._sphere(region, held[region.name])
        return self.s_values.brought(region, held, measured, self.activity_MBq)

    @property
    def _ordered(self) -> list[GivenActivity]:
        return sorted(self.administered, key=lambda one: one.start)

    def _impossible(self, name: str, own: Held) -> str | None:
        """Why a region cannot have held or received so much; None: it can."""
        most_h = nuclide(self.label).half_life_h / math.log(2)
        if own.tia_h > IMPOSSIBLE * most_h:
            return (
                f"its time-integrated activity, {own.tia_h:.4g} h, is more than all decays of what was given "
                f"({most_h:.4g} h): an activity, a unit or a time is another"
            )
        value, mass = self.s_values.own.get((name, name)), self.masses.get(name)
        if value is None or mass is None or daughters_matter(self.label):
            return None
        whole_keV, taken_keV = emissions(self.label).energy_keV, self._taken_keV(value, mass)
        if taken_keV > ROUNDED * whole_keV * self.s_values.alpha_weight:
            return (
                f"by its S value and its mass of {mass.mass_g:g} g a decay gives it {taken_keV:.3g} keV, and one of "
                f"{self.label} has {whole_keV:.3g} keV: the S value, its unit or the mass is another"
            )
        kept = self._kept(name)
        if kept is not None and mass.mass_g >= SMALL_g and kept < (NOTHING if mass.mass_g >= LARGE_g else HARDLY):
            return (
                f"by its S value and its mass of {mass.mass_g:g} g it keeps {100 * kept:.2g} % of {OWN_ENERGY}: the S "
                "value, its unit or the mass is another"
            )
        return None

    def _kept(self, name: str) -> float | None:
        """What a region takes of the energy of its own charged particles, by its own S value and mass.

        None: one of the two is not told, or daughters bring most of the energy.
        """
        value, mass = self.s_values.own.get((name, name)), self.masses.get(name)
        if value is None or mass is None or daughters_matter(self.label):
            return None
        emitted = emissions(self.label)
        charged_keV = emitted.electron_keV + self.s_values.alpha_weight * emitted.alpha_keV
        return self._taken_keV(value, mass) / charged_keV if charged_keV > 0 else None

    def _keeps_little(self, name: str) -> list[str]:
        kept, mass = self._kept(name), self.masses.get(name)
        if kept is None or kept >= LITTLE or mass is None or mass.mass_g < LARGE_g:
            return []
        return [f"by its S value and mass it keeps {100 * kept:.2g} % of {OWN_ENERGY}: is one of them another?"]

    @staticmethod
    def _taken_keV(value: RegionSValue, mass: RegionMass) -> float:
        return value.s_mGy_per_MBq_per_s * mass.mass_g / mGy_PER_keV_PER_g

    def _sphere(self, region: DosimetryRegion, own: Held) -> Brought | str:
        mass = self.masses.get(region.name)
        if mass is None:
            return "its mass is not told: a sphere has none"
        s, relative = _sphere_s(self.label, mass.mass_g)
        missing = ["other regions"]
        warnings = ["what other regions give to it is not in the dose"]
        if daughters_matter(self.label):
            missing.append(f"daughters of {self.label}")
            warnings.append(f"what daughters of {self.label} give to it is not in the dose")
        if mass.uncertainty_percent is None:
            warnings.append("its mass has no uncertainty told: the interval is without it")
        exponents = (*own.exponents, (f"mass {region.name}", -1.0))
        dose_Gy = self.activity_MBq / 1e3 * own.tia_h * (3600 * s)
        return Brought(
            way="a sphere of its mass",
            terms=(Term(source=region.name, dose_Gy=dose_Gy, exponents=exponents),),
            rows=(mass.row,),
            because=(
                f"a sphere of {mass.mass_g:.4g} g of water: its own activity alone, S {s:.3g} mGy/(MBq s) "
                f"({100 * relative:.2g} %)",
            ),
            warnings=tuple(warnings),
            without=tuple(missing),
        )

    def _summed(self, region: DosimetryRegion, held: Mapping[str, Held], inputs: Inputs, found: Brought) -> RegionDose:
        GBq = self.activity_MBq / 1e3
        by_source: dict[str, float] = {}
        for term in found.terms:
            by_source[term.source] = by_source.get(term.source, 0.0) + term.dose_Gy
        whole_Gy = sum(by_source.values())
        mass = self.masses.get(region.name)
        own_rows = (row for source in (*by_source, *found.no_value) for row in held[source].rows)
        given = (one.row for one in self.administered)
        unknown = [source for source in by_source if not held[source].known]
        above = [source for source in by_source if held[source].upper_bound]
        warnings = [
            *found.warnings,
            *self._keeps_little(region.name),
            *(f"the uncertainty of {name} is not known, so that of the dose is not" for name in unknown),
            *(
                f"{name} is what regions leave with nothing excreted: the {100 * by_source[name] / whole_Gy:.2g} % of "
                "the dose that it gives are an upper bound"
                for name in above
            ),
        ]
        return RegionDose(
            dose_Gy=whole_Gy,
            dose_Gy_per_GBq=whole_Gy / GBq,
            activity_MBq=self.activity_MBq,
            basis=self.basis,
            way=found.way,
            known=None if unknown else inputs.known(found.terms),
            by_source_Gy=tuple(sorted(by_source.items(), key=lambda one: -one[1])),
            course=self._course({source: dose / GBq / held[source].tia_h for source, dose in by_source.items()}, held),
            rows=tuple(sorted({*own_rows, *found.rows, *given, *((mass.row,) if mass is not None else ())})),
            because=found.because,
            warnings=tuple(warnings),
            without=found.without,
            without_up_to_Gy=self._at_most_Gy(region.name, found),
            above=tuple(above),
        )

    def _at_most_Gy(self, target: str, found: Brought) -> float | None:
        """What regions without an S value give to a region at most: all energy of their decays, in its smallest mass.

        Both at two standard uncertainties. None: a part is missing of which not even the decays are known.
        """
        mass = self.masses.get(target)
        if mass is None or not found.no_value or len(found.no_value) != len(found.without):
            return None
        upper_h = [one for name in found.no_value if (one := self.usable[name].tia_upper_h) is not None]
        least_g = mass.mass_g * (1 - 2 * (mass.uncertainty_percent or 0.0) / 100)
        if len(upper_h) < len(found.no_value) or least_g <= 0 or daughters_matter(self.label):
            return None
        energy_keV = emissions(self.label).energy_keV * self.s_values.alpha_weight
        return self.activity_MBq / 1e3 * sum(upper_h) * 3600 * energy_keV * mGy_PER_keV_PER_g / least_g

    def _course(self, per_h: Mapping[str, float], held: Mapping[str, Held]) -> Course:
        """The dose rate of the region over the administrations, or one of all that is planned."""
        parts: dict[float, float] = {}
        for source, s in per_h.items():
            function = held[source].function
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


def _of_fit(name: str, fit: Fitted) -> Input:
    relative = (fit.tia_standard_error_h or 0.0) / fit.tia_h
    draws = None if fit.drawn_h is None else fit.drawn_h / fit.tia_h
    return Input(name=name, part="activity", relative=relative, draws=draws)


def _sourced(source: str | None) -> tuple[str, ...]:
    return () if source is None else (f"ratio of marrow to blood: {source}",)


def _joined(found: Brought, because: Iterable[str], warnings: Iterable[str], without: Iterable[str]) -> Brought:
    """With what is said of the activity, ahead of what is said of the S values."""
    return Brought(
        way=found.way,
        terms=found.terms,
        rows=found.rows,
        because=(*because, *found.because),
        warnings=(*warnings, *found.warnings),
        without=(*without, *found.without),
        no_value=found.no_value,
    )


@cache
def _kernel(label: str) -> PointKernel:
    from hevesy.radiation.point_kernel import point_kernel

    return point_kernel(emissions(label))


def _sphere_s(label: str, mass_g: float) -> tuple[float, float]:
    from hevesy.radiation.sphere_dose import sphere_dose

    found = sphere_dose(_kernel(label), mass_g, DENSITY_g_per_cm3)
    return found.s_mGy_per_MBq_s, found.relative_uncertainty
