"""Dose factors in cells, in spheroids of them, and which of two nuclides gives more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Quantity, Real, Text
from hevesy.answers.treat.point_kernels import AskedChain, Icrp107, NuclideName, kernel_of
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.radiation.words import Compartment, Pattern

if TYPE_CHECKING:
    from hevesy.radiation import cell_dose
    from hevesy.radiation.point_kernel import PointKernel

    Factors = Mapping[Compartment, Mapping[Compartment, cell_dose.Factor]]

COMMAND = "treat cell"
FACES = ("csv",)


def cell_dose_factor(
    *,
    nuclide: NuclideName,
    radius_cm: Annotated[float, Quantity("Of the cell, as in 5um.", dimension="length", unit="cm")],
    nucleus_cm: Annotated[
        float | None, Quantity("Radius of the nucleus (0.8 of the cell's).", dimension="length", unit="cm")
    ] = None,
    cluster_radius_cm: Annotated[
        float | None, Quantity("Of a spheroid of such cells, as in 200um.", dimension="length", unit="cm")
    ] = None,
    pattern: Annotated[
        Pattern, Text("Of activity in the spheroid: uniform, shell, 'necrotic core'.", choices=get_args(Pattern))
    ] = "uniform",
    labelled: Annotated[float, Real("Share of the spheroid's cells that carry activity.")] = 1.0,
    source: Annotated[
        Compartment,
        Text("In labelled cells: nucleus, cytoplasm, surface, cell.", choices=get_args(Compartment)),
    ] = "surface",
    against: Annotated[str | None, Text("Another nuclide: where their doses cross over.")] = None,
    chain: AskedChain = None,
    icrp107: Icrp107 = None,
) -> Answer:
    """Dose factors in a cell by source and target, in a spheroid with cross-fire, and against another nuclide.

    Returns S (mGy per MBq s) from each compartment to each and its relative standard uncertainty; of a spheroid what
    nuclei get of their own cell and of others and the dose by radius (cm); the radius (cm) of a ball in which two
    nuclides give the same dose.
    Refused are nuclei that do not lie within their cell, spheroids with fewer than two cells or one labelled, and a
    nuclide whose daughters matter without what becomes of them.
    Source: the model of S. M. Goddu et al., MIRD Cellular S Values (SNM 1997).

    >>> import hevesy
    >>> found = hevesy.cell_dose_factor(nuclide="Lu-177", radius="5um").document["s_mGy_per_MBq_s"]
    >>> found["nucleus"]["nucleus"] > found["surface"]["nucleus"]
    True
    """
    from hevesy.radiation import cell_dose
    from hevesy.radiation.uncertainty import words_of_bodies, words_of_cells, words_of_nuclide

    kernel, told = kernel_of(nuclide, icrp107, chain)
    cell = cell_dose.Cell(radius_cm=radius_cm, nucleus_cm=0.8 * radius_cm if nucleus_cm is None else nucleus_cm)
    factors = cell_dose.cell_factors(kernel, cell)
    blocks: list[Block] = [_factors(cell, factors)]
    spheroid = crossing = None
    if cluster_radius_cm is not None:
        body = cell_dose.Spheroid(radius_cm=cluster_radius_cm, pattern=pattern, labelled=labelled)
        spheroid, more = _spheroid(kernel, cell, body, source)
        blocks += more
    if against is not None:
        crossing, more = _crossover(kernel, kernel_of(against, icrp107, chain)[0])
        blocks += more
    terms = (words_of_cells(), words_of_nuclide(kernel.spread))
    told.append("matter like water; electrons below 1 keV are left where they start")
    told.append(f"relative standard uncertainty: of the statistics of the kernels; {'; '.join(terms)}")
    if spheroid is not None or crossing is not None:
        told.append(f"for spheroids and balls filled evenly: {words_of_bodies()}")
    return Answer(
        document={
            "nuclide": kernel.nuclide,
            "s_mGy_per_MBq_s": _by_pair(factors, lambda one: one.s_mGy_per_MBq_s),
            "relative_uncertainty": _by_pair(factors, lambda one: one.uncertainty.whole),
            "spheroid": spheroid,
            "crossover": crossing,
            "because": told,
        },
        blocks=(*blocks, *map(said, told)),
    )


def _by_pair(factors: Factors, value: Callable[[cell_dose.Factor], float]) -> dict[str, Json]:
    """A value of each factor, by source and target."""
    return {source: {target: value(one) for target, one in row.items()} for source, row in factors.items()}


def _factors(cell: cell_dose.Cell, factors: Factors) -> Table:
    sizes = f"cell of radius {cell.radius_cm * 1e4:g} um, its nucleus {cell.nucleus_cm * 1e4:g} um"
    rows: list[list[Cell]] = []
    for source, row in factors.items():
        values = [shown(one.s_mGy_per_MBq_s, ".4g") for one in row.values()]
        rows.append([source, *values, *(shown(100 * one.uncertainty.whole, ".2g") for one in row.values())])
    targets = [of_numbers(target) for target in factors["cell"]]
    targets += [of_numbers(f"{target}, uncertainty", "%") for target in factors["cell"]]
    return table("cell", f"{sizes}; mGy/(MBq s) from (rows) to (columns)", ("from", *targets), rows)


def _spheroid(
    kernel: PointKernel, cell: cell_dose.Cell, body: cell_dose.Spheroid, source: Compartment
) -> tuple[dict[str, Json], list[Block]]:
    """What nuclei get in a spheroid of cells, and the dose by distance from its centre."""
    import numpy as np

    from hevesy.radiation.cell_dose import cross_fire, profile

    fire = cross_fire(kernel, body, cell, source)
    at_cm = np.linspace(0, 1, 11) * body.radius_cm
    found = list(zip(at_cm.tolist(), profile(kernel, body, at_cm), strict=True))
    document: dict[str, Json] = {
        **picked(body, "radius_cm", "pattern", "labelled"),
        **picked(fire, labelled_own_mGy_per_MBq_s="labelled_own", from_others_mGy_per_MBq_s="from_others"),
        "labelled_own_relative_uncertainty": fire.own_uncertainty.whole,
        "from_others_relative_uncertainty": fire.others_uncertainty.whole,
        "profile": [
            {"radius_cm": at, "mGy_per_MBq_s": one.s_mGy_per_MBq_s, "relative_uncertainty": one.uncertainty.whole}
            for at, one in found
        ],
    }
    told = (
        f"spheroid of radius {body.radius_cm * 1e4:g} um, {body.pattern}, {100 * body.labelled:g} % of cells labelled "
        f"({source}): nuclei of labelled cells {fire.labelled:.4g} mGy/(MBq s) in all of it, of others "
        f"{fire.unlabelled:.4g} (cross-fire); relative standard uncertainty of their own activity's dose "
        f"{100 * fire.own_uncertainty.whole:.2g} %, of the others' {100 * fire.others_uncertainty.whole:.2g} %"
    )
    heads = [of_numbers("from the centre", "um"), of_numbers("dose", "mGy/(MBq s)"), of_numbers("uncertainty", "%")]
    rows = [
        (shown(at * 1e4, ".4g"), shown(one.s_mGy_per_MBq_s, ".4g"), shown(100 * one.uncertainty.whole, ".2g"))
        for at, one in found
    ]
    return document, [said(told), table("profile", "Dose in the spheroid", heads, rows)]


def _crossover(kernel: PointKernel, other: PointKernel) -> tuple[dict[str, Json], list[Block]]:
    """Where two nuclides give the same dose, per decay and per administered activity that stays."""
    from hevesy.nuclides.library import nuclide
    from hevesy.radiation.cell_dose import crossover

    times = nuclide(kernel.nuclide).half_life_h / nuclide(other.nuclide).half_life_h
    document: dict[str, Json] = {}
    blocks: list[Block] = []
    for basis, ratio in (("per_decay", 1.0), ("per_activity_that_stays", times)):
        found = crossover(kernel, other, ratio)
        document[basis] = picked(found, "radius_cm", "standard_uncertainty_cm", "relative_uncertainty", "because")
        where = "nowhere"
        if found.radius_cm:
            where = f"{found.radius_cm * 1e4:.3g} +- {(found.standard_uncertainty_cm or 0) * 1e4:.2g} um"
        between = f"{kernel.nuclide} and {other.nuclide} cross over, {basis.replace('_', ' ')}"
        blocks.append(said(f"{between}: {where}; {found.because}"))
    return document, blocks
