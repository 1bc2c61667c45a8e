"""How an atom fills its vacancies: X rays, Auger and Coster-Kronig electrons, energy conserved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from hevesy.errors import RuleError
from hevesy.provenance import Source, shipped_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to fill a vacancy: what is emitted, the shells left empty, the energy in keV and the probability."""

    process: Literal["photon", "electron"]
    left: tuple[str, ...]
    energy_keV: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaxationLine:
    """An emission of the atom.

    Its transition (`K-L3`, `K-L2L3`), energy in keV, number per decay and its standard uncertainty.
    """

    process: Literal["photon", "electron"]
    transition: str
    energy_keV: float
    number: float
    standard_uncertainty: float


@cache
def ways(z: int) -> tuple[Mapping[str, tuple[Way, ...]], Source]:
    """Ways to fill each vacancy of an element, innermost shell first."""
    rows, source = shipped_table("nuclides", "relaxation")
    found: dict[str, list[Way]] = {}
    for row in rows:
        if int(row["z"]) == z:
            left = tuple(shell for shell in (row["left_1"], row["left_2"]) if shell)
            process: Literal["photon", "electron"] = "photon" if row["process"] == "photon" else "electron"
            way = Way(
                process=process, left=left, energy_keV=float(row["energy_keV"]), probability=float(row["probability"])
            )
            found.setdefault(row["vacancy"], []).append(way)
    if not found:
        raise RuleError(f"no relaxation data for atomic number {z}")
    return {shell: tuple(ways) for shell, ways in found.items()}, source


def binding_keV(z: int) -> dict[str, float]:
    """Binding energy by shell: what a vacancy sets free until the atom is at rest."""
    found: dict[str, float] = {}
    shells, _ = ways(z)
    for shell in reversed(list(shells)):
        found[shell] = sum(
            way.probability * (way.energy_keV + sum(found[one] for one in way.left)) for way in shells[shell]
        )
    return {shell: found[shell] for shell in shells}


@cache
def _per_vacancy(z: int, start: str) -> dict[tuple[Literal["photon", "electron"], str, float], float]:
    shells, _ = ways(z)
    vacancies = dict.fromkeys(shells, 0.0)
    vacancies[start] = 1.0
    found: dict[tuple[Literal["photon", "electron"], str, float], float] = {}
    for shell, options in shells.items():
        if vacancies[shell] == 0.0:
            continue
        for way in options:
            number = vacancies[shell] * way.probability
            place = (way.process, f"{shell}-{''.join(way.left)}" if way.left else shell, way.energy_keV)
            found[place] = found.get(place, 0.0) + number
            for left in way.left:
                vacancies[left] += number
    return found


def cascade(z: int, vacancies: Mapping[str, tuple[float, float]]) -> tuple[RelaxationLine, ...]:
    """Mean emissions of an atom left with vacancies: by shell their number and its standard uncertainty.

    Vacancies are followed one by one, inner shells first, in an otherwise neutral atom; energies are differences of
    binding energies, so that what is emitted adds up to the binding energies of the vacancies. The uncertainty is that
    of the vacancies alone.
    """
    shells, _ = ways(z)
    numbers: dict[tuple[Literal["photon", "electron"], str, float], tuple[float, float]] = {}
    for shell, (number, uncertainty) in vacancies.items():
        if shell not in shells:
            raise RuleError(f"element {z} has no shell {shell}")
        for place, each in _per_vacancy(z, shell).items():
            before = numbers.get(place, (0.0, 0.0))
            numbers[place] = (before[0] + number * each, before[1] + (uncertainty * each) ** 2)
    return tuple(
        RelaxationLine(
            process=process, transition=transition, energy_keV=energy, number=number, standard_uncertainty=variance**0.5
        )
        for (process, transition, energy), (number, variance) in numbers.items()
        if number > 0
    )
