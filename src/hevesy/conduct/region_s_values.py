"""Which S value stands for each pair of a subject's regions: of its own anatomy, of the plan's table, or none.

A pair of the subject's own anatomy stands before the table's. The table's dose of a region to itself is scaled to the
subject's own mass by `treat.organ_dose`, where both masses are told and hold their blood alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hevesy.errors import RuleError
from hevesy.nuclides.chain import daughters_matter
from hevesy.nuclides.library import emissions
from hevesy.provenance import Source
from hevesy.radiation.s_values import SMatrix
from hevesy.study.facts.dosimetry import RegionMass, RegionSValue
from hevesy.study.protocol.dosimetry import DosimetryPlan, DosimetryRegion
from hevesy.study.protocol.listed import nearest
from hevesy.study.protocol.s_values import SValuesDeclared
from hevesy.treat.dose_uncertainty import Inputs, Term
from hevesy.treat.kinetics import ExponentialSum
from hevesy.treat.organ_dose import REST, OwnMass, SourceActivity, organ_doses, remainder
from hevesy.treat.possible import energy_possible, masses_alike

Pair = tuple[str, str]
"""Target and source."""
TABLE = "S values of the plan"
"""The input that all values of the plan's table share."""
ANOTHER_UNIT = 50.0
"""Times heavier or lighter than in the table: kilograms and grams, no organ."""
NO_S_VALUES = (
    "no S values of this subject are recorded (kind region_s_value), nor has the plan any of a table that could be "
    "scaled to its mass ([[dosimetry.s_values.pair]])"
)
NO_OWN = "the S value of its own activity is not told, which gives most of its dose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A region that holds activity: its integral for the label that treats, and the inputs that it hangs on."""

    tia_h: float
    function: ExponentialSum
    exponents: tuple[tuple[str, float], ...]
    known: bool
    """Whether its uncertainty is."""
    rows: tuple[int, ...]
    upper_bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a target receives from its sources, in terms of a dose (Gy), and by which S values."""

    way: str
    terms: tuple[Term, ...]
    rows: tuple[int, ...]
    because: tuple[str, ...]
    warnings: tuple[str, ...]
    without: tuple[str, ...]
    no_value: tuple[str, ...] = ()
    """Of what it is without: the regions whose activity is known, and no S value."""


@dataclass(frozen=True, kw_only=True)
class SValues:
    """The S values of a subject: those of its own anatomy, and the plan's with the masses they are scaled to."""

    plan: DosimetryPlan
    label: str
    own: Mapping[Pair, RegionSValue]
    masses: Mapping[str, RegionMass]

    @property
    def declared(self) -> SValuesDeclared | None:
        """What the plan says of them."""
        return self.plan.s_values

    @property
    def alpha_weight(self) -> float:
        """By which doses by alphas were multiplied; 1 where the label has none."""
        weighed = self.declared is not None and emissions(self.label).alpha_keV > 0
        return (self.declared.alpha_weight or 1.0) if self.declared is not None and weighed else 1.0

    def told_of(self, region: DosimetryRegion) -> bool:
        """Whether any value has the region as its target."""
        return any(target == region.name for target, _ in self.own) or self._in_table(region)

    def _in_table(self, region: DosimetryRegion) -> bool:
        told = () if self.declared is None or region.kind == "lesion" else self.declared.pairs
        return any(one.target == region.as_target for one in told)

    @cached_property
    def table(self) -> dict[Pair, float]:
        """The plan's pairs by their names there, mGy/(MBq s)."""
        told = self.declared.pairs if self.declared is not None else ()
        return {(one.target, one.source): one.s_mGy_per_MBq_per_s for one in told}

    def brought(
        self, region: DosimetryRegion, held: Mapping[str, Held], measured: Collection[str], activity_MBq: float
    ) -> Brought | str:
        """What a region receives from all that hold activity, or why it cannot be told.

        `measured`: regions with measurements, which a remainder is without whether they could be fitted or not.
        """
        if not self.told_of(region):
            return self._nothing_told(region)
        if (why := self._refused_daughters()) is not None:
            return why
        own = {name: self.own[region.name, name] for name in held if (region.name, name) in self.own}
        by_table = _ByTable(self, region, {name: one for name, one in held.items() if name not in own}, measured)
        if region.name not in own and region.name not in by_table.pairs:
            return NO_OWN if not self._in_table(region) else self._nothing_told(region)
        try:
            terms, because, warnings = by_table.terms(activity_MBq)
        except RuleError as error:
            return error.rule
        no_value = [name for name in held if name not in own and name not in by_table.pairs]
        missing = [f"{name} (no S value)" for name in no_value]
        missing += [f"{name} (not measured or not fitted)" for name in self._unheld(region, held)]
        if daughters := self._daughters_left_out():
            missing.append(daughters)
        return Brought(
            way=_way(region.name in own, bool(own), by_table),
            terms=(*_own_terms(region.name, own, held, self.masses, activity_MBq), *terms),
            rows=tuple(value.row for value in own.values()),
            because=(*_own_told(own), *because),
            warnings=(*self._warned(region, own, missing), *warnings),
            without=tuple(missing),
            no_value=tuple(no_value),
        )

    def _nothing_told(self, region: DosimetryRegion) -> str:
        if not self.table:
            return NO_S_VALUES
        assert self.declared is not None
        names = self.declared.names
        near = "" if region.as_target in names else f"; {nearest(region.as_target, names)}"
        return (
            f"{NO_OWN}: it is not recorded (kind region_s_value), and the plan's table ({self.declared.table}) has "
            f"none of {region.as_target!r} from {region.as_source!r}{near}"
        )

    def _unheld(self, region: DosimetryRegion, held: Mapping[str, Held]) -> list[str]:
        """Sources that a value is told of and that hold no activity which is known."""
        told = [source for target, source in self.own if target == region.name]
        if region.kind != "lesion":
            told += [
                one.name for one in self.plan.regions if (region.as_target, one.as_source) in self.table
                and one.kind != "lesion"
            ]  # fmt: skip
        return [name for name in dict.fromkeys(told) if name not in held]

    def _refused_daughters(self) -> str | None:
        if self.declared is None or self.declared.daughters != "none matter":
            return None
        mattering = daughters_matter(self.label)
        if not mattering:
            return None
        return (
            f"the plan says of its S values that no daughters matter, and those of {self.label} do (of its own energy: "
            f"{_shares(mattering)}): are they of the nuclide alone or with daughters?"
        )

    def _daughters_left_out(self) -> str | None:
        """Named where S values are of the nuclide alone, or do not say."""
        if self.declared is not None and self.declared.daughters == "with daughters":
            return None
        mattering = daughters_matter(self.label)
        if not mattering:
            return None
        said = "left out of the S values" if self.declared is not None else "not told whether in the S values"
        return f"daughters of {self.label} ({said}; of its own energy: {_shares(mattering)})"

    def _warned(self, region: DosimetryRegion, own: Mapping[str, RegionSValue], missing: Sequence[str]) -> list[str]:
        warnings = [f"not in the dose: what comes from {', '.join(missing)}"] if missing else []
        if self.alpha_weight != 1:
            warnings.append(f"S values hold alphas times {self.alpha_weight:g}: this is no absorbed dose")
        if unsure := [source for source, value in own.items() if value.uncertainty_percent is None]:
            warnings.append(f"S from {', '.join(unsure)} has no uncertainty told: the interval is without it")
        mass = self.masses.get(region.name)
        if mass is not None and mass.uncertainty_percent is None:
            warnings.append("its mass has no uncertainty told: the interval is without it")
        return warnings


class _ByTable:
    """A target by the plan's table: the sources that it has a pair for."""

    def __init__(
        self, values: SValues, region: DosimetryRegion, held: Mapping[str, Held], measured: Collection[str]
    ) -> None:
        self.values, self.region, self.held = values, region, held
        self.because: list[str] = []
        self.warnings: list[str] = []
        self.pairs: dict[str, float] = {}
        """S by the region that is the source, mGy/(MBq s)."""
        if values.declared is None or region.kind == "lesion":
            return
        by_name = {one.name: one for one in values.plan.regions}
        for name in held:
            source = by_name[name]
            s = values.table.get((region.as_target, source.as_source)) if source.kind != "lesion" else None
            if source.kind == "remainder" and (s is None or source.as_source == values.declared.total_body):
                s = self._rest(source, measured)
            if s is not None:
                self.pairs[name] = s

    def _rest(self, rest: DosimetryRegion, measured: Collection[str]) -> float | None:
        """S of what the table's whole body holds beside the regions that were measured; None: it cannot be told."""
        declared = self.values.declared
        assert declared is not None
        if declared.total_body is None:
            return None
        regions = [one.as_source for one in self.values.plan.regions if one.name in measured and one.kind == "organ"]
        matrix = self._matrix([*regions, declared.total_body])
        if matrix is None:
            lacking = ", ".join(one for one in regions if (self.region.as_target, one) not in self.values.table)
            self.warnings.append(f"of {rest.name} nothing is told: the table has no S value from {lacking}")
            return None
        try:
            of_rest, told = remainder(matrix, regions, declared.total_body)
        except RuleError as error:
            why = error.rule.replace("table.mass", "[[dosimetry.s_values.mass]]")
            self.warnings.append(f"of {rest.name} nothing is told: {why}")
            return None
        self.because.append(told)
        return float(of_rest[0])

    def _matrix(self, sources: Sequence[str], values: Sequence[float] | None = None) -> SMatrix | None:
        """The row of the target by the table's names; None where a value lacks."""
        declared, target = self.values.declared, self.region.as_target
        assert declared is not None
        assert declared.daughters is not None
        assert declared.masses is not None
        if values is None:
            found = [self.values.table.get((target, source)) for source in sources]
            if any(one is None for one in found):
                return None
            values = [one for one in found if one is not None]
        masses = {one.region: one.mass_g for one in declared.table_masses}
        own_g = masses.get(target, masses.get(self.region.as_source))
        shares = {one.source: one.electron_share for one in declared.pairs if one.target == target}
        share = shares.get(self.region.as_source)
        return SMatrix(
            nuclide=self.values.label,
            phantom=declared.table,
            sources=tuple(sources),
            targets=(target,),
            s_mGy_per_MBq_s=np.array([values], dtype=np.float64),
            target_masses_g=() if own_g is None else ((target, own_g),),
            source_masses_g=tuple(masses.items()),
            masses=declared.masses,
            daughters=declared.daughters,
            alpha_weight=declared.alpha_weight or 1.0,
            self_electron_share=() if share is None else ((self.region.as_source, share),),
            because=(),
            source=Source(work=declared.table, locator="as the plan tells its values", licence="the user's own"),
        )

    def terms(self, activity_MBq: float) -> tuple[list[Term], list[str], list[str]]:
        """Terms of the dose, what was done, and what is warned of; RuleError where masses do not go together."""
        if not self.pairs:
            return [], [], self.warnings
        declared, region = self.values.declared, self.region
        assert declared is not None
        by_name = {one.name: one for one in self.values.plan.regions}
        matrix = self._matrix([_column(by_name[name]) for name in self.pairs], list(self.pairs.values()))
        assert matrix is not None
        own = self._own_mass(matrix)
        charged_keV = self._charged_keV(matrix)
        if charged_keV is not None:
            whole_keV = charged_keV + emissions(self.values.label).photon_keV
            self.warnings += energy_possible(matrix, whole_keV, charged_keV)
        self.warnings += masses_alike(matrix, own)
        if declared.uncertainty_percent is None:
            self.warnings.append("S values of the plan have no uncertainty told: the interval is without it")
        sources = [
            SourceActivity(
                name=name,
                source=_column(by_name[name]),
                target=region.as_target if name == region.name else None,
                tia_MBq_h=self.held[name].tia_h * activity_MBq,
                exponents=self.held[name].exponents,
            )
            for name in self.pairs
        ]
        every = (TABLE,) if declared.uncertainty_percent is not None else ()
        (dose,), told = organ_doses(matrix, sources, Inputs([]), own, every=every, electron_keV=charged_keV)
        return list(dose.terms), [*self._told(own), *told, *self.because], self.warnings

    def _told(self, own: Mapping[str, OwnMass]) -> list[str]:
        declared, region = self.values.declared, self.region
        assert declared is not None
        told = [f"S values of the plan's table ({declared.table}) from {', '.join(self.pairs)}"]
        if own:
            mass_g = own[region.as_target].mass_g
            told.append(f"{region.name} weighs {mass_g:.4g} g, {region.as_target} in the table {self._table_g():.4g} g")
        return told

    def _table_g(self) -> float:
        declared = self.values.declared
        assert declared is not None
        masses = {one.region: one.mass_g for one in declared.table_masses}
        return masses.get(self.region.as_target, masses.get(self.region.as_source, 0.0))

    def _own_mass(self, matrix: SMatrix) -> dict[str, OwnMass]:
        """The subject's mass of the target, where its own dose is by the table; RuleError where the two do not fit."""
        region, mass = self.region, self.values.masses.get(self.region.name)
        if region.name not in self.pairs:
            return {}
        table_g = self._table_g()
        if mass is None:
            weighs = f"{table_g:.4g} g" if table_g else "not told"
            self.warnings.append(
                f"its mass was not measured: the dose is of the table's {region.as_target} ({weighs}), as it stands"
            )
            return {}
        if not table_g:
            raise RuleError(
                f"it weighs {mass.mass_g:.4g} g, and what {region.as_target} weighs in the plan's table is not told "
                "([[dosimetry.s_values.mass]]): a dose is scaled by both"
            )
        if mass.holds is None:
            raise RuleError(
                f"its mass of {mass.mass_g:.4g} g (row {mass.row}) does not say whether its blood is weighed (holds), "
                f"and the table's masses are {_convention(matrix)}: the two may be a third apart and are not mixed"
            )
        if not 1 / ANOTHER_UNIT <= mass.mass_g / table_g <= ANOTHER_UNIT:
            raise RuleError(
                f"it weighs {mass.mass_g:.4g} g (row {mass.row}), and {region.as_target} in the table {table_g:.4g} g: "
                "is one of them in another unit?"
            )
        named = None if mass.uncertainty_percent is None else f"mass {region.name}"
        return {region.as_target: OwnMass(mass_g=mass.mass_g, masses=mass.holds, input=named)}

    def _charged_keV(self, matrix: SMatrix) -> float | None:
        """Energy of electrons and alphas per decay, as weighted in the table; None where daughters are in it."""
        if matrix.daughters == "with daughters":
            return None
        emitted = emissions(self.values.label)
        return emitted.electron_keV + matrix.alpha_weight * emitted.alpha_keV


def _column(region: DosimetryRegion) -> str:
    """The source's name in the matrix: where a region is called as the verb calls the remainder, another."""
    return region.as_source if region.as_source != REST else f"{REST} (a region)"


def _convention(matrix: SMatrix) -> str:
    return "with blood" if matrix.masses == "with blood" else "of parenchyma alone"


def _shares(mattering: Mapping[str, float]) -> str:
    most = sorted(mattering.items(), key=lambda one: -one[1])[:3]
    return ", ".join(f"{name} {100 * share:.3g} %" for name, share in most)


def _way(own_self: bool, own_any: bool, by_table: _ByTable) -> str:
    if own_self:
        return "own anatomy, the plan's table from elsewhere" if by_table.pairs else "own anatomy"
    scaled = by_table.region.name in by_table.values.masses
    way = f"the plan's table, {'scaled to its mass' if scaled else 'as it stands'}"
    return f"{way}, own anatomy from elsewhere" if own_any else way


def _own_told(own: Mapping[str, RegionSValue]) -> list[str]:
    methods = dict.fromkeys(f"{value.program}; {value.method or 'method not told'}" for value in own.values())
    return [f"S values of the subject's own anatomy: {one}" for one in methods]


def _own_terms(
    target: str,
    own: Mapping[str, RegionSValue],
    held: Mapping[str, Held],
    masses: Mapping[str, RegionMass],
    activity_MBq: float,
) -> list[Term]:
    """Terms by the subject's own anatomy: its own dose falls with the mass."""
    terms = []
    for source, value in own.items():
        exponents = [*held[source].exponents, (f"S {target} from {source}", 1.0)]
        if target == source and target in masses:
            exponents.append((f"mass {target}", -1.0))
        dose_Gy = activity_MBq / 1e3 * held[source].tia_h * (3600 * value.s_mGy_per_MBq_per_s)
        terms.append(Term(source=source, dose_Gy=dose_Gy, exponents=tuple(exponents)))
    return terms
