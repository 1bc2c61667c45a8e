"""Organ doses of a case by the user's S table, or by S values made of the user's files of ICRP 133."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from hevesy.conduct.case_activity import (
    NOTHING,
    NUCLIDE,
    TABLE,
    Told,
    all_told,
    joined,
    labels,
    source,
    volume_of,
)
from hevesy.conduct.case_marrow import MarrowDose, MarrowWay, marrow_ways
from hevesy.conduct.case_organs import OrgansFound
from hevesy.conduct.case_remainder import rest_of_body
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.icrp107 import INSTALLED, read_icrp107
from hevesy.files.icrp133 import read_icrp133
from hevesy.files.s_value_tables import read_s_table
from hevesy.nuclides.chain import daughters_matter, emissions_with_chain
from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.library import emissions
from hevesy.radiation.s_values import SMatrix, of_organs_there, s_matrix
from hevesy.study.case import REST, Case, CaseRegion, Icrp133, STable
from hevesy.treat.dose_uncertainty import Input
from hevesy.treat.organ_dose import OrganDose, OwnMass, SourceActivity, nearest, organ_doses
from hevesy.treat.possible import decays_possible, energy_possible, masses_alike

NO_REST = (
    "no rest of the body is told ([remainder], or a region rest): what decays there is in no dose, and doses are lower "
    "bounds"
)
Place = Callable[[str], Path]
"""Where a file lies that a case names."""


def organs_by_table(case: Case, place: Place, before: Told) -> OrgansFound:
    """Doses to every target of the table; `before` is what was told until here."""
    matrix, of_matrix = _matrix(case, place)
    regions = [source(case, one) for one in case.regions]
    sources = tuple(_named(matrix, found, one) for one, (found, _) in zip(case.regions, regions, strict=True))
    told = before + of_matrix + all_told([of_source for _, of_source in regions])
    own = _own_masses(matrix, case.regions, sources, told)
    made, told = rest_of_body(case, sources, told)
    ways, marrow_mass, of_marrow = marrow_ways(case)
    own |= marrow_mass
    told += of_marrow + Told(warnings=masses_alike(matrix, own))
    if rest_untold(case):
        told += Told(warnings=(NO_REST,))
    return _organs(case, matrix, (*sources, *made), own, ways, told)


def rest_untold(case: Case) -> bool:
    """Whether nothing tells what decays in the remainder of the body, of doses by a table: they are lower bounds."""
    body = case.table.total_body if case.table is not None else None
    told = case.remainder is not None or any(
        one.name == REST or (body is not None and (one.source or one.name) == body) for one in case.regions
    )
    return case.method != "transport" and not told


def _organs(
    case: Case,
    matrix: SMatrix,
    regions: tuple[SourceActivity, ...],
    own: dict[str, OwnMass],
    ways: Sequence[MarrowWay],
    told: Told,
) -> OrgansFound:
    """Doses by each way to the marrow's activity; where marrow is a source of other organs the last counts."""
    treated, _ = labels(case)
    inputs = joined(case, told)
    every = (NUCLIDE, *((TABLE,) if TABLE in inputs.inputs else ()))
    doses: tuple[OrganDose, ...] = ()
    because: tuple[str, ...] = ()
    marrow = []
    of_decays, sources = NOTHING, regions
    for place, way in enumerate(ways or (None,)):
        sources = regions if way is None else _beside(case, regions, way.source)
        of_decays += Told(warnings=decays_possible(sources, case.administered_MBq, treated.half_life_h))
        doses, because = organ_doses(
            matrix,
            sources,
            inputs,
            own,
            every=every,
            only=way.source.target if way is not None and place < len(ways) - 1 else None,
            total_body=case.table.total_body if case.table is not None else None,
            electron_keV=_local_keV(case, matrix),
        )
        doses = told.honest(doses)
        if way is not None:
            dose = next(one for one in doses if one.name == way.source.target)
            marrow.append(MarrowDose(activity=way.activity, dose=dose))
    return OrgansFound(
        organs=doses,
        inputs=inputs,
        marrow=tuple(marrow),
        sources=tuple(one for one in sources if one.name in [region.name for region in regions]),
        phantom=matrix.phantom,
        alpha_weight=matrix.alpha_weight,
        told=told + of_decays + Told(because=because) + _of_last_way(marrow),
    )


def _beside(case: Case, regions: tuple[SourceActivity, ...], marrow: SourceActivity) -> tuple[SourceActivity, ...]:
    """Regions with marrow, whose decays are taken off a remainder that was made of points: it is in it."""
    if case.remainder is None:
        return (*regions, marrow)
    return (*(one.without(marrow) if one.source == REST else one for one in regions), marrow)


def _of_last_way(marrow: Sequence[MarrowDose]) -> Told:
    """Which way other organs stand on, and that it may be a lower bound."""
    if not marrow:
        return NOTHING
    last = marrow[-1]
    warnings: tuple[str, ...] = ()
    if last.activity.lower_bound:
        warnings = (
            f"{last.dose.name}: dose, effect and what a limit leaves stand on blood alone, and the disease lies in the "
            "marrow: the dose is a lower bound",
        )
    because = f"where marrow is a source of other organs its activity is that by {last.activity.way}"
    return Told(because=(because,), warnings=warnings)


def _matrix(case: Case, place: Place) -> tuple[SMatrix, Told]:
    """By the user's table, or made of ICRP 133."""
    treated, _ = labels(case)
    declared: STable | Icrp133
    if case.method == "s-table":
        assert case.table is not None
        declared = case.table
        matrix = read_s_table(place, declared)
        told = _of_table(case, matrix)
    else:
        assert case.icrp133 is not None
        declared = case.icrp133
        matrix, told = _of_phantom(case, declared, place)
    told += Told(because=(*matrix.because, str(matrix.source)))
    if matrix.alpha_weight != 1 and emissions(treated.name).alpha_keV > 0:
        told += Told(
            warnings=(
                f"doses hold alphas times {matrix.alpha_weight:g}: they are no absorbed doses, and are not to be laid "
                "beside limits of absorbed dose",
            )
        )
    if declared.uncertainty is None:
        return matrix, told + Told(untold=("S values",))
    return matrix, told + Told(inputs=(Input(name=TABLE, part="S", relative=declared.uncertainty),))


def _of_table(case: Case, matrix: SMatrix) -> Told:
    """Warnings of a table of the user's; refused where its daughters or its energies cannot be."""
    names = dict.fromkeys((*matrix.sources, *matrix.targets))
    if unknown := [name for name, _ in matrix.target_masses_g if name not in names]:
        raise CannotAnswerError(
            f"table.mass: {unknown[0]!r} is neither a source nor a target of the table; {nearest(unknown[0], names)}"
        )
    told = _daughters(case, matrix)
    charged_keV = _local_keV(case, matrix)
    if charged_keV is None:
        return told
    whole_keV = charged_keV + emissions(labels(case)[0].name).photon_keV
    return told + Told(warnings=energy_possible(matrix, whole_keV, charged_keV))


def _of_phantom(case: Case, told: Icrp133, place: Place) -> tuple[SMatrix, Told]:
    of: Callable[[str], Emissions] = emissions
    if told.icrp107 is not None:
        of = partial(read_icrp107, Path(INSTALLED) if told.icrp107 == INSTALLED else place(told.icrp107))
    try:
        emitted = emissions_with_chain(labels(case)[0].name, case.chain, of)
    except RuleError as error:
        raise CannotAnswerError(f"chain: {error.rule}") from None
    matrix = s_matrix(
        read_icrp133(place(told.folder), told.phantom, told.accept_sha256),
        emitted,
        daughters="with daughters" if case.chain in ("stays", "equilibrium") else "nuclide alone",
        masses=told.masses,
    )
    return of_organs_there(matrix), Told(warnings=matrix.warnings)


def _daughters(case: Case, matrix: SMatrix) -> Told:
    treated, _ = labels(case)
    mattering = daughters_matter(treated.name)
    if not mattering:
        return NOTHING
    shares = ", ".join(
        f"{one} {100 * share:.3g} %" for one, share in sorted(mattering.items(), key=lambda p: -p[1])[:3]
    )
    if matrix.daughters == "none matter":
        raise CannotAnswerError(
            f"table.daughters: the daughters of {treated.name} matter (of its own energy: {shares}); say whether the "
            "table is of the nuclide alone or with daughters"
        )
    if matrix.daughters == "nuclide alone":
        told = f"the table leaves the daughters of {treated.name} out (of its own energy: {shares})"
        return Told(warnings=(told,))
    return NOTHING


def _local_keV(case: Case, matrix: SMatrix) -> float | None:
    """Energy of electrons and alphas per decay, as weighted in the table; None where daughters are in it."""
    if matrix.daughters == "with daughters":
        return None
    emitted = emissions(labels(case)[0].name)
    return emitted.electron_keV + matrix.alpha_weight * emitted.alpha_keV


def _named(matrix: SMatrix, found: SourceActivity, one: CaseRegion) -> SourceActivity:
    """With the row that is its own: the one told, or the one of its column's name."""
    if found.source == REST or one.target is not None:
        return found
    return replace(found, target=found.source if found.source in matrix.targets else None)


def _own_masses(
    matrix: SMatrix, regions: Sequence[CaseRegion], sources: Sequence[SourceActivity], told: Told
) -> dict[str, OwnMass]:
    """What regions weigh in the patient, by their rows of the table."""
    own = {}
    for one, found in zip(regions, sources, strict=True):
        if one.weighed.mass_g is None:
            continue
        if found.target is None:
            raise CannotAnswerError(
                f"{one.name} has a mass of its own, and no target of the table is called so: name it by `target` "
                f"of that region; {nearest(found.source, matrix.targets)}"
            )
        volume = volume_of(one.name)
        own[found.target] = OwnMass(
            mass_g=one.weighed.mass_g,
            masses=one.weighed.masses or matrix.masses,
            input=volume if told.has(volume) else None,
        )
    return own
