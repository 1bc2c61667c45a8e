"""S values of a phantom's organs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import NewFile, Real, Several
from hevesy.answers.treat.asked_phantom import (
    AcceptSha256,
    AskedCompatibility,
    AskedMasses,
    AskedPhantom,
    SafFolder,
    absorbed_in,
    emitted_in_phantom,
    s_matrix_asked,
)
from hevesy.answers.treat.point_kernels import AskedChain, Icrp107, NuclideName
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.section import Section
from hevesy.blocks.table import Column, Table, of_numbers, table
from hevesy.errors import QuestionError, RuleError

if TYPE_CHECKING:
    from hevesy.radiation.s_values import SMatrix

COMMAND = "treat s-values"
FACES = ("csv", "html")


def s_values(
    *,
    nuclide: NuclideName,
    phantom: AskedPhantom,
    saf_folder: SafFolder,
    icrp107: Icrp107 = None,
    compatibility: AskedCompatibility = None,
    chain: AskedChain = None,
    masses: AskedMasses = "with blood",
    alpha_weight: Annotated[float, Real("What alphas count: 1 is absorbed dose.")] = 1.0,
    accept_sha256: AcceptSha256 = (),
    regions: Annotated[
        Sequence[str],
        Several(
            "A region whose lines for a plan are written: a source of the phantom, SOURCE=TARGET where it is called "
            "otherwise as a target, or rest (the tissue in none of them).",
            "REGION",
        ),
    ] = (),
    out: Annotated[Path | None, NewFile("Write the plan's lines of those regions to this .toml.")] = None,
) -> Answer:
    """Dose to each organ of the adult reference phantom per decay in each source, from your own files of ICRP 133.

    Returns S (mGy per MBq s), a row for each of `targets` and a column for each of `sources`; masses (g) and whether
    they hold blood; of each organ's dose to itself the share of electrons, betas and alphas, which falls with 1/mass.
    With `regions` and `out` their S values and masses are written as lines of a plan ([dosimetry.s_values]).
    Refused are files that are not those of Publication 133 by their SHA-256, incomplete or damaged ones, MIRDcalc's
    reading without ICRP 107, and a nuclide whose daughters matter without what becomes of them.
    Source: ICRP Publications 133 and 107; nothing of them ships with Hevesy.

    Example: hevesy.s_values(nuclide="I-131", phantom="AM", saf_folder="icrp133")
    """
    if not alpha_weight > 0:
        raise QuestionError(f"a weight of alphas lies above 0, got {alpha_weight:g}", "alpha_weight")
    absorbed = absorbed_in(saf_folder, phantom, accept_sha256)
    emitted = emitted_in_phantom(nuclide, icrp107, chain, compatibility)
    found = s_matrix_asked(absorbed, emitted, chain, masses, alpha_weight)
    lines = _lines(found, regions, out)
    told = (*found.because, *(() if alpha_weight == 1 else (f"alphas count {alpha_weight:g} times: no absorbed dose",)))
    values: list[Json] = [[float(one) for one in row] for row in found.s_mGy_per_MBq_s]
    document: dict[str, Json] = {
        **picked(found, "nuclide", "phantom", "sources", "targets"),
        "s_mGy_per_MBq_s": values,
        "target_masses_g": dict(found.target_masses_g),
        "source_masses_g": dict(found.source_masses_g),
        **picked(found, "masses", "daughters", "alpha_weight"),
        "self_electron_share": dict(found.self_electron_share),
        "compatibility": compatibility,
        "warnings": found.warnings,
        "because": told,
        "source": str(found.source),
    }
    matrix = Section(id="matrix", title="Every target and source", blocks=(_matrix(found),), folded=True)
    return Answer(
        document=document,
        blocks=(matrix, *map(said, found.warnings), _selves(found), *map(said, told)),
        files={} if out is None else {out.name: lines.encode()},
        folder=out.parent if out is not None else None,
    )


def _lines(found: SMatrix, regions: Sequence[str], out: Path | None) -> str:
    """The lines of a plan; nothing where none are asked for."""
    from hevesy.files.plan_lines import s_values_lines
    from hevesy.nuclides.chain import daughters_matter

    if bool(regions) != (out is not None):
        missing = "out" if regions else "regions"
        raise QuestionError("the lines of a plan need regions and a file to write them to", missing)
    if not regions:
        return ""
    daughters = found.daughters if daughters_matter(found.nuclide) else "none matter"
    try:
        return s_values_lines(found, regions, daughters)
    except RuleError as error:
        raise QuestionError(error.rule, "regions") from error


def _matrix(found: SMatrix) -> Table:
    rows: list[list[Cell]] = [
        [target, *(shown(float(one), ".6g") for one in row)]
        for target, row in zip(found.targets, found.s_mGy_per_MBq_s, strict=True)
    ]
    columns: list[str | Column] = [
        "target: S in mGy/(MBq s) by source",
        *(of_numbers(source) for source in found.sources),
    ]
    caption = f"S of {found.nuclide} in the phantom {found.phantom}, mGy/(MBq s), by target and source"
    return table("s_values", caption, columns, rows, looked_up=True)


def _selves(found: SMatrix) -> Table:
    """Of organs that are both: what a decay in them gives them."""
    masses = dict(found.target_masses_g)
    rows = [
        (name, shown(masses.get(name), ".4g"), shown(found.of(name, name), ".4g"), shown(100 * share, ".3g"))
        for name, share in found.self_electron_share
    ]
    heads = ("organ", of_numbers("mass", "g"), of_numbers("S", "mGy/(MBq s)"), of_numbers("by charged particles", "%"))
    caption = f"Dose of organs to themselves, {found.nuclide} in the phantom {found.phantom}, masses {_held(found)}"
    return table("self_doses", caption, heads, rows, "all targets and sources: as data or CSV")


def _held(found: SMatrix) -> str:
    return "with their blood" if found.masses == "with blood" else "of parenchyma"
