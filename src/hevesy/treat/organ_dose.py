"""Absorbed dose to organs from what decays in source regions, by an S matrix and the patient's own masses."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.radiation.s_values import SMatrix
from hevesy.radiation.sphere_dose import mGy_PER_keV_PER_g
from hevesy.radiation.words import Masses
from hevesy.treat.dose_uncertainty import Inputs, Known, Part, Recovered, Term

Floats = NDArray[np.float64]
Gy_PER_MBq_h = 3.6
"""Of an S value in mGy/(MBq s)."""
REST = "rest"
PHOTON_POWER = 2 / 3
SOLID_WITHIN = 0.02
"""How much more than the whole self dose electrons may seem to bring, by rounding of a table."""
ROUNDING = 0.03
"""Of what the whole body brings to an organ: how far three digits of a table may take the remainder below nothing."""
SCALING = (
    "own masses: self dose of electrons and alphas by (table's mass / own mass), of photons by its power of 2/3, cross "
    "dose as it stands (W. Snyder, in MIRD Pamphlet 11, 1975; as OLINDA does)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceActivity:
    """Decays in a source region, and the inputs that they hang on by powers.

    `source` and `target` are its names among the columns and the rows of the matrix; `target` None: no row is its own.
    """

    name: str
    source: str
    target: str | None
    tia_MBq_h: float
    exponents: tuple[tuple[str, float], ...] = ()
    recovered: Recovered | None = None
    less: tuple[SourceActivity, ...] = ()
    """Sources of their own whose decays were taken off: inputs are of what was there before."""

    @property
    def parts(self) -> tuple[SourceActivity, ...]:
        """What was there before and, below 0, what was taken off it, each with its own inputs."""
        if not self.less:
            return (self,)
        whole = replace(self, tia_MBq_h=self.tia_MBq_h + sum(one.tia_MBq_h for one in self.less), less=())
        off = [
            replace(
                self,
                name=taken_off(one.name),
                tia_MBq_h=-one.tia_MBq_h,
                exponents=one.exponents,
                recovered=one.recovered,
                less=(),
            )
            for one in self.less
        ]
        return (whole, *off)

    def without(self, *others: SourceActivity) -> SourceActivity:
        """Less the decays of sources of their own that are in it.

        Refused: more decays than there are.

        >>> body = SourceActivity(name="rest", source="rest", target=None, tia_MBq_h=10.0)
        >>> body.without(SourceActivity(name="b", source="b", target=None, tia_MBq_h=4.0)).tia_MBq_h
        6.0
        """
        held = sum(one.tia_MBq_h for one in others)
        if held > self.tia_MBq_h:
            names = ", ".join(one.name for one in others)
            raise RuleError(
                f"{names}: together {held:.4g} MBq h, and {self.name}, which they are in, holds {self.tia_MBq_h:.4g}"
            )
        return replace(self, tia_MBq_h=self.tia_MBq_h - held, less=(*self.less, *others)) if others else self


def taken_off(name: str) -> str:
    """What a source is called where it is taken off another."""
    return f"less {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMass:
    """What an organ weighs in the patient, with or without its blood; `input`: what its uncertainty is called."""

    mass_g: float
    masses: Masses
    input: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganDose:
    """Dose to an organ (Gy): its standard error where an input tells one, and where both come from.

    `own_share` is what its own activity brings of it; `parts` are relative uncertainties by where they come from.
    """

    name: str
    dose_Gy: float
    standard_error_Gy: float | None
    known: Known | None
    own_share: float | None
    terms: tuple[Term, ...]
    because: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[tuple[Part, float], ...]:
        """Relative standard uncertainties, independent of each other."""
        return () if self.known is None else self.known.parts


def organ_doses(
    matrix: SMatrix,
    sources: Sequence[SourceActivity],
    inputs: Inputs,
    own: Mapping[str, OwnMass] | None = None,
    *,
    every: tuple[str, ...] = (),
    only: str | None = None,
    total_body: str | None = None,
    electron_keV: float | None = None,
) -> tuple[tuple[OrganDose, ...], tuple[str, ...]]:
    """Doses to all targets of a matrix, the largest first, and what was done.

    `own`: masses of the patient by target. `every`: inputs in every term once (the table's, the nuclide's). `only`: one
    target alone.
    `total_body`: the source that is the whole body, for the remainder ("rest"). `electron_keV`: energy of electrons and
    alphas per decay, from which their share of a self dose is worked out where the table has only sums.

    Refused: a source or target that the matrix lacks, an own mass in the other convention, or of an organ whose mass in
    the table is not known.
    """
    own = own or {}
    _refuse_unknown(matrix, sources, own)
    columns, because = _columns(matrix, sources, total_body)
    shares = {
        one.target: _electron_share(matrix, one, electron_keV)
        for one in sources
        if one.target is not None and one.target in own
    }
    because += _scaled(matrix, own, shares)
    found = []
    for row, target in enumerate(matrix.targets):
        if only not in (None, target):
            continue
        terms = [
            term
            for one, column in zip(sources, columns, strict=True)
            for part in one.parts
            for term in _terms(matrix, part, float(column[row]), target, own.get(target), shares.get(target), every)
        ]
        found.append(dose_of(target, terms, inputs, [one.name for one in sources if one.target == target]))
    return tuple(sorted(found, key=lambda one: -one.dose_Gy)), tuple(because)


def dose_of(name: str, terms: Sequence[Term], inputs: Inputs, own_sources: Sequence[str] = ()) -> OrganDose:
    """A dose from its terms."""
    dose_Gy = sum(one.dose_Gy for one in terms)
    known = inputs.known(terms)
    own = sum(one.dose_Gy for one in terms if one.source in own_sources)
    return OrganDose(
        name=name,
        dose_Gy=dose_Gy,
        standard_error_Gy=None if known is None else known.standard_error_Gy,
        known=known,
        own_share=own / dose_Gy if dose_Gy > 0 and own_sources else None,
        terms=tuple(terms),
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Which names are near one that is not known.

    >>> nearest("Kidney", ("Liver", "Kidneys"))
    'nearest are Kidneys'
    """
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)
    return (
        f"nearest are {', '.join(folded[one] for one in near)}" if near else f"known are {', '.join(folded.values())}"
    )


def _refuse_unknown(matrix: SMatrix, sources: Sequence[SourceActivity], own: Mapping[str, OwnMass]) -> None:
    for one in sources:
        if one.source != REST and one.source not in matrix.sources:
            raise RuleError(f"{one.source!r} is no source of the table; {nearest(one.source, matrix.sources)}")
        if one.target is not None and one.target not in matrix.targets:
            raise RuleError(f"{one.target!r} is no target of the table; {nearest(one.target, matrix.targets)}")
    used = [one.source for one in sources]
    if len(set(used)) != len(used):
        twice = next(one for one in used if used.count(one) > 1)
        raise RuleError(f"the source {twice!r} of the table is told of twice")
    masses = dict(matrix.target_masses_g)
    for target, mass in own.items():
        if target not in matrix.targets:
            raise RuleError(f"{target!r} is no target of the table; {nearest(target, matrix.targets)}")
        if mass.masses != matrix.masses:
            raise RuleError(
                f"the own mass of {target} is {_convention(mass.masses)} and the table's masses are "
                f"{_convention(matrix.masses)}: the two are a third apart and are not mixed"
            )
        if target not in masses:
            raise RuleError(
                f"{target} has a mass of its own, and what it weighs in the table's phantom is not told (table.mass, "
                "by the name of the target): a dose is scaled by both"
            )


def _convention(masses: Masses) -> str:
    return "with blood" if masses == "with blood" else "of parenchyma alone"


def _columns(
    matrix: SMatrix, sources: Sequence[SourceActivity], total_body: str | None
) -> tuple[list[Floats], list[str]]:
    columns, because = [], []
    for one in sources:
        if one.source != REST:
            columns.append(matrix.s_mGy_per_MBq_s[:, matrix.sources.index(one.source)])
            continue
        named = [other.source for other in sources if other.source != REST]
        if total_body is None and matrix.tissues:
            columns.append(matrix.of_other_tissue(named))
            because.append(
                "the rest of the body: every tissue of the phantom that is no other source, by mass (ICRP 133)"
            )
            continue
        rest, told = remainder(matrix, named, total_body)
        columns.append(rest)
        because.append(told)
    return columns, because


def _refuse_a_body(parts: Sequence[str], masses: Mapping[str, float]) -> None:
    """A whole body taken for a tissue beside the regions would be counted with them, and nothing taken off it."""
    heaviest = max(parts, key=lambda one: masses[one])
    others_g = sum(mass for one, mass in masses.items() if one != heaviest)
    if masses[heaviest] >= others_g:
        raise RuleError(
            f"for the remainder of the body {heaviest!r} weighs {masses[heaviest]:g} g and all other sources together "
            f"{others_g:g} g: is it the whole body (table.total_body), or are masses missing?"
        )


def remainder(matrix: SMatrix, regions: Sequence[str], total_body: str | None) -> tuple[Floats, str]:
    """S of the remainder of the body to every target: the body's by mass, less that of the regions that are sources.

    S(rest) m(rest) = S(body) m(body) - sum of S(region) m(region). Without a source that is the whole body, the body is
    every source whose mass is told; refused where one of them weighs as much as all others, as a whole body does.

    Source: MIRD (E. Cloutier et al., J. Nucl. Med. 14 (1973) 53).
    """
    masses = dict(matrix.source_masses_g)
    if missing := [one for one in regions if one not in masses]:
        raise RuleError(
            f"for the remainder of the body the mass of {' and of '.join(missing)} in the table's phantom must "
            "be told (table.mass, by the name of the source): a source is taken off the body"
        )
    if total_body is None:
        parts = [one for one in matrix.sources if one in masses and one not in regions]
        if not parts:
            raise RuleError(
                "for the remainder of the body the source that is the whole body must be named with its mass, or the "
                "masses of all tissues that are the body told"
            )
        _refuse_a_body(parts, masses)
        weights = np.array([masses[one] for one in parts])
        places = [matrix.sources.index(one) for one in parts]
        of_parts = np.asarray(matrix.s_mGy_per_MBq_s[:, places] @ weights / weights.sum())
        return of_parts, f"the rest of the body: by mass over {len(parts)} sources, {weights.sum():g} g"
    if total_body not in matrix.sources:
        raise RuleError(
            f"{total_body!r} is to be the whole body and is no source of the table; "
            f"{nearest(total_body, matrix.sources)}"
        )
    if total_body not in masses:
        raise RuleError(
            f"{total_body!r} is to be the whole body: what it weighs in the table must be told (table.mass)"
        )
    whole_g, regions_g = masses[total_body], sum(masses[one] for one in regions)
    if regions_g >= whole_g:
        raise RuleError(f"the regions weigh {regions_g:g} g, the whole body {whole_g:g} g: nothing remains")
    energy = matrix.s_mGy_per_MBq_s[:, matrix.sources.index(total_body)] * whole_g
    for one in regions:
        energy = energy - matrix.s_mGy_per_MBq_s[:, matrix.sources.index(one)] * masses[one]
    of_body = matrix.s_mGy_per_MBq_s[:, matrix.sources.index(total_body)] * whole_g
    below = [target for target, value in zip(matrix.targets, energy, strict=True) if value < 0]
    if short := [one for one in below if energy[(row := matrix.targets.index(one))] < -ROUNDING * of_body[row]]:
        raise RuleError(
            f"the whole body gives {short[0]} less than the regions in it do: the masses of "
            f"{total_body!r} and of the regions "
            "do not belong to this table"
        )
    told = f"the rest of the body: {total_body} less the regions, by mass (MIRD), {whole_g - regions_g:g} g"
    if below:
        told += f"; below 0 by the table's rounding, taken as 0: {', '.join(below)}"
    return np.maximum(energy, 0.0) / (whole_g - regions_g), told


def _electron_share(matrix: SMatrix, one: SourceActivity, electron_keV: float | None) -> float | None:
    """Of a region's dose to itself what falls with 1/mass; None where nothing tells."""
    assert one.target is not None
    told = dict(matrix.self_electron_share)
    if one.source in told:
        return told[one.source]
    if electron_keV is None or one.source != one.target or one.source == REST:
        return None
    self_dose = matrix.of(one.target, one.source)
    mass_g = dict(matrix.target_masses_g)[one.target]
    share = electron_keV * mGy_PER_keV_PER_g / (mass_g * self_dose) if self_dose > 0 else math.inf
    return min(share, 1.0) if share <= 1 + SOLID_WITHIN else None


def _scaled(matrix: SMatrix, own: Mapping[str, OwnMass], shares: Mapping[str, float | None]) -> list[str]:
    """What was scaled, and how."""
    if not own:
        return []
    told = [SCALING] if shares else []
    if by_sum := [name for name, share in shares.items() if share is None]:
        told.append(f"the table has only sums: the whole self dose went by 1/mass of {', '.join(by_sum)}")
    worked_out = [
        name for name, share in shares.items() if share is not None and name not in dict(matrix.self_electron_share)
    ]
    if worked_out:
        told.append(
            "the table has only sums: the share of electrons was worked out from their energy per "
            "decay, all of it left "
            f"in the organ, of {', '.join(f'{name} {100 * (shares[name] or 0):.3g} %' for name in worked_out)}"
        )
    if unused := [name for name in own if name not in shares]:
        told.append(
            f"the own mass of {', '.join(unused)} changes nothing: no source is there, and cross dose is not scaled"
        )
    return told


def _terms(
    matrix: SMatrix,
    one: SourceActivity,
    s_mGy_per_MBq_s: float,
    target: str,
    own: OwnMass | None,
    share: float | None,
    every: tuple[str, ...],
) -> list[Term]:
    """What a source brings to a target: one term, or two where electrons and photons go by another power of mass."""
    dose_Gy = one.tia_MBq_h * s_mGy_per_MBq_s * Gy_PER_MBq_h
    exponents = (*one.exponents, *((name, 1.0) for name in every))
    plain = Term(source=one.name, dose_Gy=dose_Gy, exponents=exponents, recovered=one.recovered)
    if own is None or one.target != target:
        return [plain]
    ratio = dict(matrix.target_masses_g)[target] / own.mass_g
    electrons = 1.0 if share is None else share
    powers = ((electrons, 1.0), (1 - electrons, PHOTON_POWER))
    return [
        replace(
            plain,
            dose_Gy=dose_Gy * part * ratio**power,
            exponents=_merged((*exponents, *(() if own.input is None else ((own.input, -power),)))),
        )
        for part, power in powers
        if part > 0
    ]


def _merged(exponents: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    found: dict[str, float] = {}
    for name, power in exponents:
        found[name] = found.get(name, 0.0) + power
    return tuple((name, power) for name, power in found.items() if power)
