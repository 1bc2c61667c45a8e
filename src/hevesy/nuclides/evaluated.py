"""From what an evaluation says of a nuclide to what a decay emits: betas and atoms computed, energy accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from hevesy.nuclides import beta_spectrum
from hevesy.nuclides.capture import capture_fractions
from hevesy.nuclides.emission import BetaBranch, BetaSpectrum, Emission, Emissions, Kind
from hevesy.nuclides.nuclide import Nuclide, atomic_number, mass_number
from hevesy.nuclides.relaxation import binding_keV, cascade, ways
from hevesy.provenance import Source

ALPHA_u = 4.00260325
LARGEST_TILT = 0.02
"""A computed mean beta energy further than this from the evaluated one is kept as computed, and said so."""
LARGEST_SCALING = 0.02
"""Alpha lines further than this from their branching are left as they are: that is no rounding."""
Vacancies = dict[str, tuple[float, float]]
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """A nuclide as one evaluation has it: its decay, the mean energy of its betas in keV per decay, its radiations.

    Rows have the columns of nuclides/data/radiations.csv.
    """

    about: Nuclide
    beta_keV: float
    rows: tuple[Row, ...]
    source: Source


def emissions_of(evaluated: Evaluated) -> Emissions:
    """What a nuclide emits per decay.

    Evaluated gammas, conversion electrons, alphas; computed betas, X rays and Auger electrons.

    Betas: allowed or unique forbidden shapes, tilted so that their mean energy is the evaluated one. X rays and Auger
    electrons: the cascade of the vacancies that capture and conversion leave. Where a nuclide has a single gamma, the
    transition is brought to once for each decay to its level. Alpha lines are brought to the branching they belong to.
    """
    about, because = evaluated.about, [_origin(evaluated)]
    factors = _Factors(
        transition=_single_transition(about, evaluated.rows, because), alpha=_alphas(about, evaluated.rows, because)
    )
    read = _read(about, evaluated.rows, factors)
    daughters = {mode.mode: mode.daughter for mode in about.modes}
    spectra, branches = _betas(about, read.branches, daughters, evaluated.beta_keV, because)
    sources = [evaluated.source, *read.sources, *(ways(z)[1] for z in read.vacancies)]
    return Emissions(
        nuclide=about.name,
        lines=(*read.lines, *_annihilation(branches), *_from_shells(read.vacancies)),
        branches=tuple(branches),
        spectra=spectra,
        because=tuple(because),
        sources=tuple(dict.fromkeys(sources)),
    )


def _origin(evaluated: Evaluated) -> str:
    """What of the emissions is the evaluation's and what is computed here."""
    kinds = {row["kind"] for row in evaluated.rows}
    words = {"gamma": "gammas", "conversion": "conversion electrons", "capture": "captures", "alpha": "alphas"}
    taken = [word for kind, word in words.items() if kind in kinds]
    computed = []
    if kinds & {"beta-", "beta+"}:
        taken.append("endpoints and mean energy of the betas")
        computed.append("spectra of the betas")
    if kinds & {"conversion", "capture"}:
        computed.append(
            "X rays and Auger electrons, from the vacancies that capture and conversion leave (outer shells give one "
            "electron each: the energy is right, the number of such electrons is not for DNA work)"
        )
    if "alpha" in kinds:
        computed.append("recoils")
    return f"taken from {evaluated.source.work}: {', '.join(taken)}; computed: {', '.join(computed) or 'nothing'}"


def neutrino_keV(evaluated: Evaluated, emitted: Emissions) -> float:
    """Mean energy per decay that neutrinos carry away: what betas and captures leave of their transitions."""
    total = sum(branch.yield_per_decay * (branch.endpoint_keV - branch.mean_keV) for branch in emitted.branches)
    about = evaluated.about
    daughters = {mode.mode: mode.daughter for mode in about.modes}
    for row in evaluated.rows:
        if row["kind"] == "capture":
            bound = binding_keV(atomic_number(daughters[row["mode"]]))
            shares, _ = capture_fractions(about.name, float(row["energy_keV"]), bound)
            total += float(row["intensity"]) * sum(
                share * (float(row["energy_keV"]) - bound[shell]) for shell, share in shares.items()
            )
    return total


def released_share(evaluated: Evaluated, emitted: Emissions) -> float:
    """Energy that leaves a decay, neutrinos included, over what it sets free (Q): 1 where the evaluation is complete.

    A daughter's isomer counts as its own nuclide. Source: conservation of energy.
    """
    q_keV = sum(mode.branching * mode.q_keV for mode in evaluated.about.modes)
    return (emitted.energy_keV + neutrino_keV(evaluated, emitted)) / q_keV


@dataclass(frozen=True, slots=True, kw_only=True)
class _Factors:
    """What lines are multiplied by: those of gamma transitions, those of alphas."""

    transition: float
    alpha: float


def _alphas(about: Nuclide, rows: tuple[Row, ...], because: list[str]) -> float:
    """Factor that brings the alpha lines to the branching; 1 where they are far from it, and that is said."""
    number = sum(float(row["intensity"]) for row in rows if row["kind"] == "alpha")
    branching = sum(mode.branching for mode in about.modes if mode.mode == "alpha")
    if number == 0 or abs(number / branching - 1) < 1e-6:
        return 1.0
    told = f"alpha lines are evaluated {number / branching:.6f} times for each decay by alphas"
    far = abs(number / branching - 1) > LARGEST_SCALING
    because.append(f"{told}; {'left as they are' if far else 'brought to once'}")
    return 1.0 if far else branching / number


@dataclass(frozen=True, slots=True)
class _Read:
    """What the rows of a nuclide say: its lines, its betas without their means, and the vacancies left in shells."""

    lines: list[Emission] = field(default_factory=list)
    branches: list[BetaBranch] = field(default_factory=list)
    vacancies: dict[int, Vacancies] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)


def _read(about: Nuclide, rows: tuple[Row, ...], factors: _Factors) -> _Read:
    """The rows of a nuclide; gammas and conversion electrons times the factor of their transition, alphas theirs."""
    read = _Read()
    daughters = {mode.mode: mode.daughter for mode in about.modes}
    of_transition, of_alphas = factors.transition, factors.alpha
    for row in rows:
        energy_keV, number = float(row["energy_keV"]), float(row["intensity"])
        u, z = float(row["intensity_standard_uncertainty"]), atomic_number(daughters[row["mode"]])
        match row["kind"]:
            case "gamma":
                read.lines.append(_line("gamma", energy_keV, number * of_transition, u * of_transition))
            case "conversion":
                transition = f"{row['shell']} {float(row['gamma_keV']):.6g}" if row["gamma_keV"] else row["shell"]
                number, u = number * of_transition, u * of_transition
                read.lines.append(_line("conversion_electron", energy_keV, number, u, transition))
                _leave(read.vacancies, z, row["shell"], number, u)
            case "alpha":
                number, u = number * of_alphas, u * of_alphas
                read.lines.append(_line("alpha", energy_keV, number, u))
                read.lines.append(_line("recoil", energy_keV * ALPHA_u / (mass_number(about.name) - 4), number, u))
            case "capture":
                shares, densities = capture_fractions(about.name, energy_keV, binding_keV(z))
                read.sources.append(densities)
                for shell, share in shares.items():
                    _leave(read.vacancies, z, shell, number * share, u * share)
            case "beta-" | "beta+":
                sign: Literal[-1, 1] = -1 if row["kind"] == "beta-" else 1
                read.branches.append(
                    BetaBranch(
                        sign=sign,
                        endpoint_keV=energy_keV,
                        mean_keV=0.0,
                        yield_per_decay=number,
                        yield_standard_uncertainty=u,
                        forbidden=min(int(row["forbidden"]), 2),
                    )
                )
    return read


def _line(kind: Kind, energy_keV: float, number: float, u: float, transition: str = "") -> Emission:
    return Emission(
        kind=kind, energy_keV=energy_keV, yield_per_decay=number, yield_standard_uncertainty=u, transition=transition
    )


def _annihilation(branches: list[BetaBranch]) -> list[Emission]:
    """Two photons for each positron."""
    positrons = [branch for branch in branches if branch.sign == 1]
    if not positrons:
        return []
    number = sum(branch.yield_per_decay for branch in positrons)
    u = sum((branch.yield_standard_uncertainty or 0.0) ** 2 for branch in positrons) ** 0.5
    return [_line("annihilation", beta_spectrum.ELECTRON_keV, 2 * number, 2 * u)]


def _from_shells(vacancies: dict[int, Vacancies]) -> list[Emission]:
    """X rays and Auger electrons of the atoms whose shells were left open."""
    return [
        _line(
            "x_ray" if emitted.process == "photon" else "auger_electron",
            emitted.energy_keV,
            emitted.number,
            emitted.standard_uncertainty,
            emitted.transition,
        )
        for z, open_shells in vacancies.items()
        for emitted in cascade(z, open_shells)
    ]


def _leave(vacancies: dict[int, Vacancies], z: int, shell: str, number: float, u: float) -> None:
    """Count a vacancy; a shell the atom does not have is the nearest further in."""
    shells, _ = ways(z)
    while shell not in shells:
        order = ("K", "L1", "L2", "M1", "M2", "N1", "N2", "O1", "P1")
        shell = order[order.index(shell) - 1]
    before = vacancies.setdefault(z, {}).get(shell, (0.0, 0.0))
    vacancies[z][shell] = (before[0] + number, (before[1] ** 2 + u**2) ** 0.5)


def _single_transition(about: Nuclide, own: tuple[Row, ...], because: list[str]) -> float:
    """Factor that brings the only gamma transition to once for each decay to its level; 1 where there are several."""
    gammas = [row for row in own if row["kind"] == "gamma"]
    if len(gammas) != 1:
        return 1.0
    energy, mode = float(gammas[0]["energy_keV"]), gammas[0]["mode"]
    converted = [row for row in own if row["kind"] == "conversion"]
    if any(row["gamma_keV"] == "" or abs(float(row["gamma_keV"]) - energy) > 1e-6 for row in converted):
        return 1.0
    q_keV = next(one.q_keV for one in about.modes if one.mode == mode)
    if mode == "it":
        feeding = next(one.branching for one in about.modes if one.mode == mode)
    else:
        feeding = sum(
            float(row["intensity"])
            for row in own
            if row["kind"] in ("beta-", "beta+", "capture") and _feeds(row, q_keV, energy)
        )
    evaluated = float(gammas[0]["intensity"]) + sum(float(row["intensity"]) for row in converted)
    if feeding == 0 or abs(evaluated / feeding - 1) > 0.05:
        return 1.0
    because.append(
        f"the {energy:g} keV transition is evaluated {evaluated / feeding:.4f} times for each decay to its level; "
        "brought to once"
    )
    return feeding / evaluated


def _feeds(row: Row, q_keV: float, level_keV: float) -> bool:
    transition = float(row["energy_keV"]) + (2 * beta_spectrum.ELECTRON_keV if row["kind"] == "beta+" else 0.0)
    return abs(q_keV - transition - level_keV) < 1.0


def _betas(
    about: Nuclide, branches: list[BetaBranch], daughters: dict[str, str], evaluated_keV: float, because: list[str]
) -> tuple[tuple[BetaSpectrum, ...], list[BetaBranch]]:
    """Spectra by sign, all tilted alike, and the branches with their means.

    Tilted so that the mean energy is the evaluated one.
    """
    if not branches:
        return (), []
    parts = []
    for branch in branches:
        grid = beta_spectrum.grid_keV(branch.endpoint_keV)
        z = atomic_number(daughters["beta-" if branch.sign == -1 else "ec/beta+"])
        raw = beta_spectrum.shape(grid, branch.endpoint_keV, z, mass_number(about.name), branch.sign, branch.forbidden)
        parts.append((branch, grid, raw))
    tilt = _tilt(parts, evaluated_keV)
    computed = _mean_of(parts, 0.0)
    if tilt is None:
        because.append(
            f"mean beta energy as computed, {computed:.5g} keV per decay; the evaluation states {evaluated_keV:.5g}"
        )
        tilt = 0.0
    else:
        because.append(
            f"computed betas carry {computed:.5g} keV per decay; tilted to the evaluated {evaluated_keV:.5g}"
        )
    with_means = []
    spectra = []
    for sign in (-1, 1):
        same = [part for part in parts if part[0].sign == sign]
        if not same:
            continue
        energies = np.unique(np.concatenate([grid for _, grid, _ in same]))
        total = np.zeros_like(energies)
        for branch, grid, raw in same:
            bent = raw * (1 + tilt * grid)
            area = float(np.trapezoid(bent, grid))
            total += branch.yield_per_decay * np.interp(energies, grid, bent / area, right=0.0)
            with_means.append(replace(branch, mean_keV=beta_spectrum.mean_keV(grid, bent)))
        spectra.append(BetaSpectrum(sign=sign, energy_keV=energies, per_keV=total))
    return tuple(spectra), with_means


Part = tuple[BetaBranch, beta_spectrum.Floats, beta_spectrum.Floats]


def _mean_of(parts: list[Part], tilt: float) -> float:
    return sum(
        branch.yield_per_decay * beta_spectrum.mean_keV(grid, raw * (1 + tilt * grid)) for branch, grid, raw in parts
    )


def _tilt(parts: list[Part], evaluated_keV: float) -> float | None:
    """The slope, per keV, that gives the evaluated mean.

    None where it would change the mean by more than LARGEST_TILT.
    """
    computed = _mean_of(parts, 0.0)
    if evaluated_keV <= 0 or abs(evaluated_keV / computed - 1) > LARGEST_TILT:
        return None
    longest = max(branch.endpoint_keV for branch, _, _ in parts)
    low, high = -0.9 / longest, 20.0 / longest
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _mean_of(parts, middle) < evaluated_keV else (low, middle)
    return 0.5 * (low + high)
