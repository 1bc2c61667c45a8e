"""What a physicist wants to see of a nuclide before using its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import OwnFolder, Text
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import Paragraph, said
from hevesy.blocks.section import Block
from hevesy.blocks.table import Column, Table, of_numbers, table

if TYPE_CHECKING:
    from hevesy.nuclides.comparison import Compared
    from hevesy.nuclides.emission import Emissions, Kind
    from hevesy.nuclides.nuclide import Nuclide

COMMAND = "treat nuclide"

LINES = 8
"""Shown of each kind, the most energetic emission first; the document holds all."""
ENERGIES = ("electron_keV", "photon_keV", "alpha_keV")
KINDS: tuple[tuple[Kind, str], ...] = (
    ("alpha", "alpha particles"),
    ("gamma", "gammas"),
    ("annihilation", "annihilation photons"),
    ("x_ray", "X rays"),
    ("conversion_electron", "conversion electrons"),
    ("auger_electron", "Auger and Coster-Kronig electrons"),
)


def nuclide_data(
    name: Annotated[str, Text("As in I-131.", "NAME")],
    *,
    icrp107: Annotated[
        Path | None, OwnFolder("Emissions of ICRP 107 from your own files instead; tells the effect.", "DIR")
    ] = None,
) -> Answer:
    """Half-life, decays, emissions and energies per decay of a nuclide, with uncertainties and sources.

    Returns half-life (h), modes of decay, chain, daughters (decays for one of the parent, energy over its own), mean
    energies (keV per decay) by kind, every line and beta branch (keV, yield per decay), what other evaluations give
    and why this one was taken, the spread between them (relative standard uncertainty), warnings, and with `icrp107`
    the mean energies of Hevesy's own data beside.
    Refused are nuclides that are not known, and a folder without the nuclide's file.
    Source: ENDF/B-VIII.1, JEFF-4.0 or JENDL-5 decay sublibrary, as the answer names.

    >>> import hevesy
    >>> round(hevesy.nuclide_data("I-131").document["half_life_h"] / 24, 3)
    8.025
    """
    from hevesy.nuclides.library import chain, emissions, evaluations, nuclide, released_share

    about = nuclide(name)
    own = found = emissions(about.name)
    if icrp107 is not None:
        from hevesy.files.icrp107 import read_icrp107

        found = read_icrp107(icrp107, about.name)
    compared = evaluations(about.name)
    members, released = chain(about.name), released_share(about.name) if icrp107 is None else None
    daughters = _daughters(about.name)
    document: dict[str, Json] = {
        **picked(about, "half_life_h", "half_life_standard_uncertainty_h", nuclide="name"),
        "decay_modes": [
            picked(mode, "mode", "daughter", "branching", "branching_standard_uncertainty", "q_keV")
            for mode in about.modes
        ],
        "chain": members,
        "daughters": [asdict(one) for one in daughters],
        "mean_energy_keV": _mean_energies(found),
        "released_share": released,
        "evaluations": [
            picked(one, "evaluation", "taken", "apart", "reason", "released_share", *ENERGIES) for one in compared
        ],
        "spread": picked(own.spread, "electron", "photon", "alpha"),
        "warnings": found.warnings,
        "emissions": list(_emitted(found)),
        "because": found.because,
        "source": "; ".join(map(str, found.sources)),
        "half_life_source": str(about.source),
        "source_sha256": about.source.sha256,
    }
    if icrp107 is not None:
        document["with_hevesy_data"] = _mean_energies(own)
    blocks: list[Block] = [*map(said, found.warnings), said(_half_life(about)), _decays(about)]
    if len(members) > 1:
        blocks.append(said(f"chain: {', '.join(members)}"))
    if daughters:
        blocks.append(_of_daughters(about.name, daughters))
    blocks += _energies(found, None if icrp107 is None else own)
    if released is not None:
        blocks.append(said(f"with the neutrinos {100 * released:.5g} % of the energy set free is accounted for"))
    blocks += [_compared(about.name, compared)]
    told = (*found.because, f"half-life: {about.source}", *(f"source: {source}" for source in found.sources))
    return Answer(document=document, blocks=(*blocks, *_branches(found), *_lines(found), *map(said, told)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Daughter:
    """A daughter that lives a year or less: its decays for one of the parent, its energy over the parent's own."""

    nuclide: str
    decays_if_the_chain_stays: float
    decays_in_equilibrium: float | None
    """None: it never comes to it."""
    energy_over_own: float


def _daughters(name: str) -> tuple[Daughter, ...]:
    from hevesy.nuclides.chain import daughters_per_decay
    from hevesy.nuclides.library import emissions

    own, equilibrium = emissions(name).energy_keV, daughters_per_decay(name, "equilibrium")
    return tuple(
        Daughter(
            nuclide=one,
            decays_if_the_chain_stays=number,
            decays_in_equilibrium=equilibrium.get(one),
            energy_over_own=number * emissions(one).energy_keV / own,
        )
        for one, number in daughters_per_decay(name, "stays").items()
    )


def _of_daughters(name: str, daughters: tuple[Daughter, ...]) -> Table:
    from hevesy.nuclides.chain import daughters_matter

    rows = [
        (
            one.nuclide,
            shown(one.decays_if_the_chain_stays, ".4g"),
            shown(one.decays_in_equilibrium, ".4g", "never comes to it"),
            shown(100 * one.energy_over_own, ".3g"),
        )
        for one in daughters
    ]
    columns = (
        of_numbers("if the chain stays"),
        of_numbers("in equilibrium"),
        of_numbers("energy, of the parent's own", "%"),
    )
    told = (
        "they matter: a dose of this nuclide says what becomes of them, or is not answered"
        if daughters_matter(name)
        else "they carry less than 1 %: a dose of this nuclide leaves them out unless asked"
    )
    return table("daughters", "Decays of daughters for each decay of the parent", ("daughter", *columns), rows, told)


def _mean_energies(found: Emissions) -> dict[str, Json]:
    kinds = ("electron", "photon", "alpha", "beta")
    return picked(found, below_1_keV="below_1_keV", total="energy_keV", **{kind: f"{kind}_keV" for kind in kinds})


def _emitted(found: Emissions) -> Iterator[dict[str, Json]]:
    yields = ("yield_per_decay", "yield_standard_uncertainty")
    for line in found.lines:
        yield {**picked(line, "kind", "energy_keV", *yields), "transition": line.transition or None}
    for branch in found.branches:
        yield {
            "kind": "beta_minus" if branch.sign == -1 else "beta_plus",
            "endpoint_keV": branch.endpoint_keV or None,
            **picked(branch, *yields, energy_keV="mean_keV"),
            "transition": None,
        }


def _half_life(about: Nuclide) -> str:
    hours, u = about.half_life_h, about.half_life_standard_uncertainty_h
    scale, unit = (24.0, "d") if hours >= 48 else (1.0, "h") if hours >= 1 else (1 / 3600, "s")
    error = f" +- {u / scale:.2g}" if u else ""
    return f"{about.name}: half-life {hours / scale:.6g}{error} {unit} ({hours:.6g} h), standard uncertainty"


def _decays(about: Nuclide) -> Table:
    rows = [
        (mode.mode, mode.daughter, shown(100 * mode.branching, ".4g"), shown(mode.q_keV, ".6g")) for mode in about.modes
    ]
    return table("decays", "Decays", ("mode", "to", of_numbers("of decays", "%"), of_numbers("set free", "keV")), rows)


def _energies(found: Emissions, own: Emissions | None) -> Iterator[Paragraph]:
    alphas = f", alphas with recoil {found.alpha_keV:.6g} keV" if found.alpha_keV else ""
    yield said(
        f"energy per decay: electrons {found.electron_keV:.5g} keV (betas {found.beta_keV:.5g}), "
        f"photons {found.photon_keV:.5g} keV{alphas}"
    )
    yield said(
        f"of this {found.below_1_keV:.3g} keV in lines below 1 keV; photons below 1 keV are counted with the electrons"
    )
    if own is not None:
        alphas = f", alphas with recoil {own.alpha_keV:.6g} keV" if own.alpha_keV else ""
        yield said(
            f"with Hevesy's own data: electrons {own.electron_keV:.5g} keV, photons {own.photon_keV:.5g} keV{alphas}"
        )


def _compared(name: str, compared: Sequence[Compared]) -> Table:
    """What each evaluation gives a decay, which was taken and why."""
    states = {True: "yes", False: "no"}
    rows: list[tuple[Cell, ...]] = [
        (
            one.evaluation,
            "not compared" if one.apart else states[one.taken],
            *(shown(value, ".5g") for value in (one.electron_keV, one.photon_keV, one.alpha_keV)),
            shown(100 * one.released_share, ".5g"),
        )
        for one in compared
    ]
    columns: list[str | Column] = ["evaluation", "taken"]
    columns += [of_numbers(kind, "keV") for kind in ("electrons", "photons", "alphas with recoil")]
    columns.append(of_numbers("accounted for", "%"))
    notes = [f"{compared[0].evaluation}: {compared[0].reason}"]
    notes.append("each with its own lines of the nucleus; betas and atoms computed alike")
    return table("evaluations", f"Energy per decay of {name} by evaluation", columns, rows, *notes)


def _branches(found: Emissions) -> Iterator[Table]:
    rows = [
        (
            "beta-" if one.sign == -1 else "beta+",
            shown(100 * one.yield_per_decay, ".4g"),
            shown(one.endpoint_keV or None, ".6g"),
            shown(one.mean_keV, ".5g"),
            f"unique forbidden of order {one.forbidden}" if one.forbidden else "",
        )
        for one in found.branches
    ]
    heads = (of_numbers("yield", "%"), of_numbers("endpoint", "keV"), of_numbers("mean", "keV"))
    if rows:
        yield table("betas", "betas", ("particle", *heads, "shape"), rows)


def _lines(found: Emissions) -> Iterator[Table]:
    heads = (
        of_numbers("energy", "keV"),
        of_numbers("yield", "% of decays"),
        of_numbers("+-", "% of decays"),
        "transition",
    )
    for kind, title in KINDS:
        lines = found.of(kind)
        carried = [line.energy_keV * line.yield_per_decay for line in lines]
        rows = [
            (
                shown(line.energy_keV, ".3f"),
                shown(100 * line.yield_per_decay, ".4g"),
                shown(100 * line.yield_standard_uncertainty if line.yield_standard_uncertainty else None, ".2g"),
                line.transition,
            )
            for line in lines[:LINES]
        ]
        number = sum(line.yield_per_decay for line in lines)
        caption = f"{title}: {len(lines)} lines, in all {number:.4g} a decay with {sum(carried):.4g} keV"
        notes = [
            f"those that carry most energy; {len(lines) - LINES} more carry {sum(carried[LINES:]):.3g} keV per decay"
        ][: int(len(lines) > LINES)]
        if kind == "auger_electron":
            notes.append(
                "the number of Auger electrons is not for DNA work: an outer shell gives one for all of its own"
            )
        if rows:
            yield table(kind, caption, heads, rows, *notes)
