"""Write src/hevesy/nuclides/data/{decays,decay_modes,radiations}.csv from the decay sections of ENDF/B-VIII.1.

Usage: python tools/extract_decay_data.py ARCHIVE

ARCHIVE is decay_endfb_81.dat, in the PyPI package sandy 1.2.0 (appendix/onefile_archives/decay_endfb_81.tar.xz). Needs
xraylib, for the edges by which conversion electrons are told apart.

Kept are the wanted nuclides and their descendants as far as they live less than a hundred years. Gammas, alphas, beta
branches and conversion electrons are kept as evaluated (energies in keV, intensities per decay); the evaluation's
groups of Auger electrons and its X rays are not, because Hevesy computes the relaxation of the atom itself. A line of
the evaluation's electrons is a conversion electron where it lies a binding energy of the daughter below a gamma, or
above the K edge, where no Auger electron lies (transitions without gamma); the rest are Auger electrons.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
from pathlib import Path

import xraylib

from decay_sections import Section, sections_of

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "nuclides" / "data"
WANTED = (
    "F-18 P-32 Sc-47 Cu-61 Cu-64 Cu-67 Ga-67 Ga-68 Sr-89 Y-86 Y-90 Zr-89 Tc-99m In-111 I-123 I-124 I-125 I-131 "
    "Xe-131m Sm-153 Tb-149 Tb-152 Tb-155 Tb-161 Ho-166 Lu-177 Re-186 Re-188 At-211 Pb-212 Bi-213 Ra-223 Ac-225 Th-227"
).split(" ")
LONGEST_DAUGHTER_S = 100 * 365.25 * 86400
CONVERTING = ("K", "L1", "M1", "N1", "O1", "P1")
LICENCE = "none stated in the files; evaluated nuclear data of the US government"
ORIGIN = "National Nuclear Data Center; the archive decay_endfb_81 of the PyPI package sandy 1.2.0"
Key = tuple[int, int, int]


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


def electrons(section: Section) -> list[tuple[float, float, float, float, str, float, float]]:
    """Conversion electrons.

    Energy, its uncertainty, intensity, its uncertainty, shell, energy of the gamma (0: none), mode.
    """
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
        kept = (energy, line.energy_u_eV / 1000, line.intensity, line.intensity_u)
        if best is not None:
            found.append((*kept, best[1], best[2], line.mode))
        elif edges and energy > edges["K"]:
            loose.append((kept, line.mode, edges))
    for kept, mode, edges in loose:
        outer = any(
            other is not kept and abs(kept[0] - other[0] - edges["K"] + edges.get("L1", 0.0)) < 0.02
            for other, _, _ in loose
        )
        found.append((*kept, "L1" if outer else "K", 0.0, mode))
    return found


def write(name: str, rows: list[dict[str, object]], locator: str, columns: dict[str, str]) -> None:
    """A table and its description."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    (DATA / f"{name}.csv").write_bytes(content)
    described = [
        'work = "ENDF/B-VIII.1 decay sublibrary"',
        f'locator = "{locator}"',
        f'origin = "{ORIGIN}"',
        f'licence = "{LICENCE}"',
        'made_by = "tools/extract_decay_data.py"',
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"',
        "",
        "[columns]",
        *(f'{column} = "{meaning}"' for column, meaning in columns.items()),
    ]
    (DATA / f"{name}.toml").write_text("\n".join(described) + "\n")


def closure(sections: dict[Key, tuple[Section, list[str]]]) -> list[Key]:
    """The wanted nuclides and their descendants."""
    waiting, found = [key_of(name) for name in WANTED], []
    while waiting:
        key = waiting.pop(0)
        if key in found or key not in sections:
            continue
        section, _ = sections[key]
        wanted = name_of(key) in WANTED
        if section.stable or section.half_life_s == 0 or (section.half_life_s > LONGEST_DAUGHTER_S and not wanted):
            continue
        found.append(key)
        for mode in section.modes:
            change = daughter_of(section, mode.rtyp, mode.isomer)
            if change is not None:
                waiting.append(change[1])
    return sorted(found)


def main(archive: Path) -> None:
    """Write the three tables."""
    with archive.open(errors="replace") as rows:
        sections = sections_of(rows)
    decays: list[dict[str, object]] = []
    modes: list[dict[str, object]] = []
    radiations: list[dict[str, object]] = []
    for key in closure(sections):
        section, lines = sections[key]
        nuclide = name_of(key)
        digest = hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()
        decays.append(
            {
                "nuclide": nuclide,
                "half_life_s": section.half_life_s,
                "half_life_standard_uncertainty_s": section.half_life_u_s,
                "electron_keV": section.means_eV[0] / 1000,
                "photon_keV": section.means_eV[2] / 1000,
                "heavy_keV": section.means_eV[4] / 1000,
                "beta_keV": section.mean_beta_eV / 1000,
                "section_sha256": digest,
            }
        )
        kinds = {}
        for mode in section.modes:
            change = daughter_of(section, mode.rtyp, mode.isomer)
            if change is None:
                print(f"{nuclide}: mode {mode.rtyp} with branching {mode.branching:g} left out")
                continue
            kinds[mode.rtyp] = change[0]
            modes.append(
                {
                    "nuclide": nuclide,
                    "mode": change[0],
                    "daughter": name_of(change[1]),
                    "branching": mode.branching,
                    "branching_standard_uncertainty": mode.branching_u,
                    "q_keV": mode.q_eV / 1000,
                }
            )

        def add(kind: str, mode: float, energy: float, u: float, part: float, part_u: float, **more: object) -> None:
            if part > 0 and mode in kinds:  # noqa: B023  called in this turn of the loop only
                radiations.append(
                    {
                        "nuclide": nuclide,  # noqa: B023
                        "kind": kind,
                        "mode": kinds[mode],  # noqa: B023
                        "energy_keV": round(energy, 6),
                        "energy_standard_uncertainty_keV": round(u, 6),
                        "intensity": part,
                        "intensity_standard_uncertainty": part_u,
                        "shell": more.get("shell", ""),
                        "gamma_keV": more.get("gamma", ""),
                        "forbidden": more.get("forbidden", ""),
                    }
                )

        for line in section.lines.get("gamma", ()):
            add("gamma", line.mode, line.energy_eV / 1000, line.energy_u_eV / 1000, line.intensity, line.intensity_u)
        for energy, u, part, part_u, shell, gamma, mode_ in electrons(section):
            add("conversion", mode_, energy, u, part, part_u, shell=shell, gamma=round(gamma, 6) or "")
        for line in section.lines.get("alpha", ()):
            add("alpha", line.mode, line.energy_eV / 1000, line.energy_u_eV / 1000, line.intensity, line.intensity_u)
        for line in section.lines.get("beta-", ()):
            order = max(int(line.type) - 1, 0)
            add(
                "beta-",
                line.mode,
                line.energy_eV / 1000,
                line.energy_u_eV / 1000,
                line.intensity,
                line.intensity_u,
                forbidden=order,
            )
        for line in section.lines.get("ec/beta+", ()):
            order, energy, u = max(int(line.type) - 1, 0), line.energy_eV / 1000, line.energy_u_eV / 1000
            positrons, positrons_u = line.extra[0], line.extra[1]
            add("beta+", line.mode, energy - 2 * 510.99895, u, positrons, positrons_u, forbidden=order)
            add("capture", line.mode, energy, u, line.intensity - positrons, line.intensity_u, forbidden=order)
    write(
        "decays",
        decays,
        "MF 8, MT 457, first LIST record (half-life, mean energies) and heads of the spectra (mean beta energy)",
        {
            "nuclide": "element symbol, mass number, m for metastable",
            "half_life_s": "s",
            "half_life_standard_uncertainty_s": "s, one standard deviation",
            "electron_keV": "keV per decay, mean energy of all electrons and positrons, as evaluated",
            "photon_keV": "keV per decay, mean energy of all photons, as evaluated",
            "heavy_keV": "keV per decay, mean energy of alphas and recoils, as evaluated",
            "beta_keV": "keV per decay, mean energy of beta particles, as evaluated",
            "section_sha256": "SHA-256 of the section the row was read from",
        },
    )
    write(
        "decay_modes",
        modes,
        "MF 8, MT 457, second LIST record (modes of decay)",
        {
            "nuclide": "parent",
            "mode": "beta-, ec/beta+, it, alpha",
            "daughter": "nuclide, isomers named",
            "branching": "per decay",
            "branching_standard_uncertainty": "per decay",
            "q_keV": "keV",
        },
    )
    write(
        "radiations",
        radiations,
        (
            "MF 8, MT 457, radiations of the nucleus; Auger electrons and X rays are computed from the vacancies "
            "these leave"
        ),
        {
            "nuclide": "parent",
            "kind": "gamma, conversion, alpha, beta-, beta+, capture",
            "mode": "mode of decay it belongs to",
            "energy_keV": "keV; beta: endpoint; capture: energy of the nuclear transition",
            "energy_standard_uncertainty_keV": "keV",
            "intensity": "per decay",
            "intensity_standard_uncertainty": "per decay",
            "shell": "of conversion: where the electron came from (L1, M1, ... stand for the whole shell)",
            "gamma_keV": "of conversion: energy of the gamma it competes with; empty: a transition without gamma",
            "forbidden": "of beta and capture: order of forbiddenness if unique, 0: allowed or not unique",
        },
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
