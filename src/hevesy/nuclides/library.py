"""The nuclides Hevesy knows: half-lives, modes of decay, and what each emits, with sources."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from functools import cache

from hevesy.errors import RuleError
from hevesy.nuclides import evaluated
from hevesy.nuclides.comparison import Compared, spread_of, warnings_of, words_of
from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.evaluated import Evaluated
from hevesy.nuclides.nuclide import DecayMode, Nuclide
from hevesy.provenance import Source, shipped_table


def nuclide(name: str) -> Nuclide:
    """Nuclide by name; `I-131`, `I131`, `131I` and `i-131` are the same.

    >>> nuclide("131I").half_life_h / 24
    8.0252002...
    """
    rows, source = shipped_table("nuclides", "decays")
    by_name = {row["nuclide"].replace("-", "").casefold(): row for row in rows}
    written = name.strip().replace("-", "").casefold()
    mass_first = re.fullmatch(r"(\d+m?)([a-z]{1,2})", written)
    if mass_first:
        written = mass_first.group(2) + mass_first.group(1)
    if written not in by_name:
        near = difflib.get_close_matches(written, by_name, n=3, cutoff=0.5)
        told = ", ".join(by_name[key]["nuclide"] for key in near or by_name)
        raise RuleError(f"nuclide {name!r} is not known; {'nearest' if near else 'known'} are {told}")
    row = by_name[written]
    modes, _ = shipped_table("nuclides", "decay_modes")
    return Nuclide(
        name=row["nuclide"],
        half_life_h=float(row["half_life_s"]) / 3600,
        half_life_standard_uncertainty_h=float(row["half_life_standard_uncertainty_s"]) / 3600,
        modes=tuple(
            DecayMode(
                mode=mode["mode"],
                daughter=mode["daughter"],
                branching=float(mode["branching"]),
                branching_standard_uncertainty=float(mode["branching_standard_uncertainty"]),
                q_keV=float(mode["q_keV"]),
            )
            for mode in modes
            if mode["nuclide"] == row["nuclide"]
        ),
        source=Source(
            work=_work(row["evaluation"]),
            locator=f"{row['nuclide']}, {source.locator}",
            licence=source.licence,
            sha256=row["section_sha256"],
        ),
    )


def names() -> tuple[str, ...]:
    """Names of all nuclides in the library."""
    rows, _ = shipped_table("nuclides", "decays")
    return tuple(row["nuclide"] for row in rows)


@cache
def evaluated_means_keV(name: str) -> dict[str, float]:
    """Mean energies per decay as the evaluation states them: `electron`, `photon`, `heavy` and `beta`, in keV."""
    rows, _ = shipped_table("nuclides", "decays")
    row = next(row for row in rows if row["nuclide"] == nuclide(name).name)
    return {kind: float(row[f"{kind}_keV"]) for kind in ("electron", "photon", "heavy", "beta")}


@cache
def evaluations(name: str) -> tuple[Compared, ...]:
    """What the evaluations that were compared give a decay of a nuclide; the one that was taken stands first."""
    rows, _ = shipped_table("nuclides", "evaluations")
    found = [
        Compared(
            evaluation=row["evaluation"],
            taken=row["taken"] == "yes",
            apart=row["taken"] == "apart",
            reason=row["reason"],
            electron_keV=float(row["electron_keV"]),
            photon_keV=float(row["photon_keV"]),
            alpha_keV=float(row["alpha_keV"]),
            released_share=float(row["released_share"]),
        )
        for row in rows
        if row["nuclide"] == nuclide(name).name
    ]
    return tuple(sorted(found, key=lambda one: not one.taken))


@cache
def emissions(name: str) -> Emissions:
    """What a nuclide emits per decay: see hevesy.nuclides.evaluated, with its spread and what is to be warned of."""
    taken = _evaluated(name)
    emitted = evaluated.emissions_of(taken)
    spread = spread_of(evaluations(name))
    return replace(
        emitted,
        because=(*emitted.because, words_of(emitted, spread, evaluations(name))),
        spread=spread,
        warnings=warnings_of(taken.about.name, evaluated.released_share(taken, emitted)),
    )


def neutrino_keV(name: str) -> float:
    """Mean energy per decay that neutrinos carry away: what betas and captures leave of their transitions."""
    return evaluated.neutrino_keV(_evaluated(name), emissions(name))


def released_share(name: str) -> float:
    """Energy that leaves a decay, neutrinos included, over what it sets free (Q): 1 where the evaluation is complete.

    A daughter's isomer counts as its own nuclide. Source: conservation of energy.
    """
    return evaluated.released_share(_evaluated(name), emissions(name))


def _evaluated(name: str) -> Evaluated:
    """The rows of a nuclide, of the evaluation that was taken."""
    about = nuclide(name)
    rows, source = shipped_table("nuclides", "radiations")
    return Evaluated(
        about=about,
        beta_keV=evaluated_means_keV(about.name)["beta"],
        rows=tuple(row for row in rows if row["nuclide"] == about.name),
        source=replace(source, work=about.source.work, locator=f"{about.name}, {source.locator}"),
    )


def _work(evaluation: str) -> str:
    return f"{evaluation} decay sublibrary"


def chain(name: str) -> tuple[str, ...]:
    """A nuclide and its descendants in the library, parents before their daughters."""
    return parents_first(nuclide(name).name, {one: [mode.daughter for mode in nuclide(one).modes] for one in names()})


def parents_first(start: str, daughters: dict[str, list[str]]) -> tuple[str, ...]:
    """A member and all it leads to, each after everything that leads to it; what has no entry is left out.

    >>> parents_first("A", {"A": ["B", "C"], "B": [], "C": ["B", "D"], "D": []})
    ('A', 'C', 'D', 'B')
    """
    done: list[str] = []

    def visit(one: str) -> None:
        if one in daughters and one not in done:
            for daughter in daughters[one]:
                visit(daughter)
            done.append(one)

    visit(start)
    return tuple(reversed(done))
