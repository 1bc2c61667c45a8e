"""A decay section as rows of Hevesy's tables: what is kept of an evaluation, and how its electrons are read.

Gammas, alphas, beta branches and conversion electrons are kept as evaluated (energies in keV, intensities per decay);
the evaluation's groups of Auger electrons and its X rays are not, because Hevesy computes the relaxation of the atom
itself. A line of the evaluation's electrons is a conversion electron where it lies a binding energy of the daughter
below a gamma, or above the K edge, where no Auger electron lies (transitions without gamma); the rest are Auger
electrons. JEFF-4.0 and JENDL-5 list no electrons of outer shells, those of L at a mean energy of its subshells, and
some twice: from them conversion is read by its coefficients, and lines only where a transition has none.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import xraylib

from decay_sections import Line, Section
from hevesy.nuclides.evaluated import Evaluated
from hevesy.nuclides.nuclide import DecayMode, Nuclide
from hevesy.provenance import Source

CONVERTING = ("K", "L1", "M1", "N1", "O1", "P1")
PAIR_keV = 2 * 510.99895
Key = tuple[int, int, int]
Row = dict[str, object]


@dataclass(slots=True, kw_only=True)
class Rows:
    """A nuclide of an evaluation: its row of decays.csv, those of decay_modes.csv and radiations.csv."""

    decay: Row
    modes: list[Row] = field(default_factory=list)
    radiations: list[Row] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def evaluated(self) -> Evaluated:
        """As Hevesy computes with it."""
        text = [{column: str(value) for column, value in row.items()} for row in self.radiations]
        return Evaluated(
            about=Nuclide(
                name=str(self.decay["nuclide"]),
                half_life_h=float(str(self.decay["half_life_s"])) / 3600,
                half_life_standard_uncertainty_h=0.0,
                modes=tuple(
                    DecayMode(
                        mode=str(row["mode"]),
                        daughter=str(row["daughter"]),
                        branching=float(str(row["branching"])),
                        branching_standard_uncertainty=0.0,
                        q_keV=float(str(row["q_keV"])),
                    )
                    for row in self.modes
                ),
                source=Source(work=str(self.decay["evaluation"]), locator=""),
            ),
            beta_keV=float(str(self.decay["beta_keV"])),
            rows=tuple(text),
            source=Source(work=str(self.decay["evaluation"]), locator=""),
        )


def name_of(key: Key) -> str:
    """As in Xe-131m; a second isomer is m2."""
    z, a, isomer = key
    return f"{xraylib.AtomicNumberToSymbol(z)}-{a}{('', 'm')[isomer] if isomer < 2 else f'm{isomer}'}"


def key_of(name: str) -> Key:
    """Z, A and isomer of a name."""
    symbol, _, mass = name.partition("-")
    return xraylib.SymbolToAtomicNumber(symbol), int(mass.rstrip("m")), int(mass.endswith("m"))


def daughter_of(section: Section, rtyp: float, isomer: int) -> tuple[str, Key] | None:
    """The mode's name and the daughter; None: a mode of more than one particle."""
    z, a = section.z, section.a
    match rtyp:
        case 1.0:
            return "beta-", (z + 1, a, isomer)
        case 2.0:
            return "ec/beta+", (z - 1, a, isomer)
        case 3.0:
            return "it", (z, a, isomer)
        case 4.0:
            return "alpha", (z - 2, a - 4, isomer)
    return None


def edges_keV(z: int) -> dict[str, float]:
    """Binding energies of the shells that convert."""
    found = {}
    for shell in CONVERTING:
        try:
            found[shell] = xraylib.EdgeEnergy(z, getattr(xraylib, f"{shell}_SHELL"))
        except ValueError:
            continue
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Conversion electrons of a shell: energies in keV, number per decay, energy of the gamma (0: none), mode."""

    energy_keV: float
    energy_u_keV: float
    number: float
    number_u: float
    shell: str
    gamma_keV: float
    mode: float


def listed(section: Section) -> list[Conversion]:
    """Conversion electrons as lines of ENDF/B-VIII.1."""
    gammas, found, loose = section.lines.get("gamma", ()), [], []
    for line in section.lines.get("electron", ()):
        change = daughter_of(section, line.mode, 0)
        if change is None:
            continue
        edges, energy = edges_keV(change[1][0]), line.energy_eV / 1000
        best: tuple[float, str, float] | None = None
        for gamma in gammas:
            converted = gamma.extra[2] * gamma.intensity if len(gamma.extra) > 2 else 1.0
            same = gamma.mode == line.mode and line.intensity <= 1.001 * converted
            sharp = (
                line.energy_u_eV < 0.01 * line.energy_eV or line.energy_u_eV < 3 * gamma.energy_u_eV
            )  # groups of Auger electrons are not
            outermost = energy < gamma.energy_eV / 1000 < energy + 0.15
            for shell, edge in edges.items():
                away = abs(gamma.energy_eV / 1000 - edge - energy)
                if same and sharp and away < 0.02 + 1e-5 * energy and (best is None or away < best[0]):
                    best = (away, shell, gamma.energy_eV / 1000)
            if same and sharp and best is None and outermost:
                best = (1.0, "O1", gamma.energy_eV / 1000)
        if best is not None:
            found.append(_conversion(line, best[1], best[2]))
        elif edges and energy > edges["K"]:
            loose.append((line, edges))
    for line, edges in loose:
        outer = any(
            other is not line
            and abs((line.energy_eV - other.energy_eV) / 1000 - edges["K"] + edges.get("L1", 0.0)) < 0.02
            for other, _ in loose
        )
        found.append(_conversion(line, "L1" if outer else "K", 0.0))
    return found


def _conversion(line: Line, shell: str, gamma_keV: float) -> Conversion:
    return Conversion(
        energy_keV=line.energy_eV / 1000,
        energy_u_keV=line.energy_u_eV / 1000,
        number=line.intensity,
        number_u=line.intensity_u,
        shell=shell,
        gamma_keV=gamma_keV,
        mode=line.mode,
    )


def by_coefficients(section: Section) -> list[Conversion]:
    """Conversion electrons by the coefficients of JEFF-4.0 and JENDL-5, and by lines where a transition has none.

    Of the whole coefficient what is not K or L is M. Where K and L are not told apart all is of the innermost shell
    that the energy opens.
    """
    found, known = [], []
    for gamma in section.lines.get("gamma", ()):
        change = daughter_of(section, gamma.mode, 0)
        if change is None or len(gamma.extra) < 3 or gamma.extra[2] <= 0:
            continue
        energy, edges = gamma.energy_eV / 1000, edges_keV(change[1][0])
        known.append((energy, edges))
        whole, whole_u, k, _, l_shell, *_ = (*gamma.extra[2:], 0.0, 0.0, 0.0, 0.0, 0.0)
        open_to = [shell for shell in ("K", "L1", "M1", "N1", "O1") if energy > edges.get(shell, energy)]
        if not open_to:
            continue
        parts = {open_to[0]: whole} if k + l_shell == 0 else {"K": k, "L1": l_shell, "M1": max(whole - k - l_shell, 0)}
        for shell, part in parts.items():
            place = shell if shell in open_to else open_to[0]
            number = part * gamma.intensity
            relative = math.hypot(gamma.intensity_u / gamma.intensity if gamma.intensity else 0.0, whole_u / whole)
            if number > 0:
                found.append(
                    Conversion(
                        energy_keV=energy - edges[place],
                        energy_u_keV=gamma.energy_u_eV / 1000,
                        number=number,
                        number_u=number * relative,
                        shell=place,
                        gamma_keV=energy,
                        mode=gamma.mode,
                    )
                )
    return [*found, *_without_coefficient(section, known)]


def _without_coefficient(section: Section, known: Sequence[tuple[float, dict[str, float]]]) -> list[Conversion]:
    """Lines above the K edge that belong to no transition with a coefficient, once each.

    None where a daughter is an isomer: JENDL-5 lists the isomer's lines there, though it is a nuclide of its own.
    """
    found: list[Conversion] = []
    if any(mode.isomer for mode in section.modes):
        return found
    for line in section.lines.get("electron", ()):
        energy = line.energy_eV / 1000
        change = daughter_of(section, line.mode, 0)
        if change is None or any(_belongs(gamma - energy, edges) for gamma, edges in known):
            continue
        edges = edges_keV(change[1][0])
        twice = any(abs(one.energy_keV - energy) < 1e-3 + 1e-5 * energy for one in found)
        if energy > edges.get("K", energy) and not twice:
            inner = any(_belongs(one.energy_keV + edges["K"] - energy, edges) for one in found if one.shell == "K")
            found.append(_conversion(line, "L1" if inner else "K", 0.0))
    return found


def _belongs(bound_keV: float, edges: dict[str, float]) -> bool:
    """Whether an electron was bound so: in K, between L3 and L1 (a mean of L also), or further out.

    To 8 %: JENDL-5 now and then takes the edges of the element beside.
    """
    near = 0.02 + 0.08 * bound_keV
    shells = [edges[shell] for shell in ("K", "L1") if shell in edges]
    in_l = len(shells) > 1 and 0.75 * shells[1] - near < bound_keV < shells[1] + near
    further = -near < bound_keV < edges.get("M1", 0.0) + near
    return bool(shells) and (abs(bound_keV - shells[0]) < near or in_l or further)


def rows_of(section: Section, lines: list[str], evaluation: str) -> Rows:
    """A section as rows."""
    nuclide = name_of((section.z, section.a, section.isomer))
    rows = Rows(
        decay={
            "nuclide": nuclide,
            "evaluation": evaluation,
            "half_life_s": section.half_life_s,
            "half_life_standard_uncertainty_s": section.half_life_u_s,
            "electron_keV": section.means_eV[0] / 1000,
            "photon_keV": section.means_eV[2] / 1000,
            "heavy_keV": section.means_eV[4] / 1000,
            "beta_keV": section.mean_beta_eV / 1000,
            "section_sha256": hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest(),
        }
    )
    kinds = {}
    for mode in section.modes:
        change = daughter_of(section, mode.rtyp, mode.isomer)
        if change is None:
            rows.left_out.append(f"{nuclide}: mode {mode.rtyp} with branching {mode.branching:g} left out")
            continue
        kinds[mode.rtyp] = change[0]
        rows.modes.append(
            {
                "nuclide": nuclide,
                "mode": change[0],
                "daughter": name_of(change[1]),
                "branching": mode.branching,
                "branching_standard_uncertainty": mode.branching_u,
                "q_keV": mode.q_eV / 1000,
            }
        )
    for row in (*_lines(section), *_conversions(section, evaluation), *_betas(section)):
        kind, mode_, energy, u, part, part_u, more = row
        if part > 0 and mode_ in kinds:
            rows.radiations.append(
                {
                    "nuclide": nuclide,
                    "kind": kind,
                    "mode": kinds[mode_],
                    "energy_keV": round(energy, 6),
                    "energy_standard_uncertainty_keV": round(u, 6),
                    "intensity": part,
                    "intensity_standard_uncertainty": part_u,
                    "shell": more.get("shell", ""),
                    "gamma_keV": more.get("gamma", ""),
                    "forbidden": more.get("forbidden", ""),
                }
            )
    order = ("gamma", "conversion", "alpha", "beta-", "beta+", "capture")
    rows.radiations.sort(key=lambda row: order.index(str(row["kind"])) if row["kind"] in order[:4] else 4)
    return rows


Radiation = tuple[str, float, float, float, float, float, dict[str, object]]


def _lines(section: Section) -> list[Radiation]:
    return [
        (
            kind,
            line.mode,
            line.energy_eV / 1000,
            line.energy_u_eV / 1000,
            line.intensity,
            line.intensity_u,
            {},
        )
        for kind in ("gamma", "alpha")
        for line in section.lines.get(kind, ())
    ]


def _conversions(section: Section, evaluation: str) -> list[Radiation]:
    found = listed(section) if evaluation.startswith("ENDF") else by_coefficients(section)
    return [
        (
            "conversion",
            one.mode,
            one.energy_keV,
            one.energy_u_keV,
            one.number,
            one.number_u,
            {"shell": one.shell, "gamma": round(one.gamma_keV, 6) or ""},
        )
        for one in found
    ]


def _betas(section: Section) -> list[Radiation]:
    found: list[Radiation] = []
    for kind in ("beta-", "ec/beta+"):
        for line in section.lines.get(kind, ()):
            more: dict[str, object] = {"forbidden": max(int(line.type) - 1, 0)}
            energy, u = line.energy_eV / 1000, line.energy_u_eV / 1000
            if kind == "beta-":
                found.append((kind, line.mode, energy, u, line.intensity, line.intensity_u, more))
                continue
            positrons, positrons_u = line.extra[0], line.extra[1]
            found.append(("beta+", line.mode, energy - PAIR_keV, u, positrons, positrons_u, more))
            found.append(("capture", line.mode, energy, u, line.intensity - positrons, line.intensity_u, more))
    return found
