"""Write src/hevesy/nuclides/data/{decays,decay_modes,radiations,evaluations}.csv from three libraries of decay data.

Usage: python tools/extract_decay_data.py FOLDER

FOLDER holds decay_endfb_81.dat, decay_jeff_40.dat and decay_jendl_5.dat, in the PyPI package sandy 1.2.0
(appendix/onefile_archives/*.tar.xz). Needs xraylib, for the edges by which conversion electrons are told apart.

Kept are the wanted nuclides and their descendants as far as they live less than a hundred years, each whole from one
evaluation: half-life, branchings, Q and radiations (tools/compare_evaluations.py says which, tools/decay_rows.py what
is kept of a section). A new nuclide that captures first needs its row of tools/compute_capture_densities.py, and the
elements of its daughters those of tools/extract_relaxation.py.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
from pathlib import Path

from compare_evaluations import STANDARD, Choice, candidate, choose
from decay_rows import Key, Row, key_of, name_of, rows_of
from decay_sections import Section, sections_of

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "nuclides" / "data"
WANTED = (
    "F-18 P-32 Sc-47 Cu-61 Cu-64 Cu-67 Ga-67 Ga-68 Sr-89 Y-86 Y-90 Zr-89 Tc-99m In-111 I-123 I-124 I-125 I-131 "
    "Xe-131m Sm-153 Tb-149 Tb-152 Tb-155 Tb-161 Ho-166 Lu-177 Re-186 Re-188 At-211 Pb-203 Pb-212 Bi-213 Ra-223 Ac-225 "
    "Th-227"
).split(" ")
LONGEST_DAUGHTER_S = 100 * 365.25 * 86400
ARCHIVES = {STANDARD: "decay_endfb_81.dat", "JEFF-4.0": "decay_jeff_40.dat", "JENDL-5": "decay_jendl_5.dat"}
WORK = "ENDF/B-VIII.1, JEFF-4.0 and JENDL-5 decay sublibraries"
LICENCE = (
    "none stated in the files; evaluated nuclear data of the US government (ENDF/B), the OECD NEA Data Bank (JEFF) and "
    "the Japan Atomic Energy Agency (JENDL)"
)
ORIGIN = (
    "National Nuclear Data Center, OECD NEA Data Bank, JAEA; the archives decay_endfb_81, decay_jeff_40 and "
    "decay_jendl_5 of the PyPI package sandy 1.2.0"
)
Library = dict[Key, tuple[Section, list[str]]]


def write(name: str, rows: list[Row], work: str, locator: str, columns: dict[str, str]) -> None:
    """A table and its description."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    (DATA / f"{name}.csv").write_bytes(content)
    described = [
        f'work = "{work}"',
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


def choices(libraries: dict[str, Library]) -> dict[str, tuple[Choice, list[Row]]]:
    """By nuclide the evaluation taken, and the rows of evaluations.csv: the wanted nuclides and their descendants."""
    waiting, found = [key_of(name) for name in WANTED], dict[Key, tuple[Choice, list[Row]]]()
    while waiting:
        key = waiting.pop(0)
        if key in found or key not in libraries[STANDARD]:
            continue
        section, _ = libraries[STANDARD][key]
        wanted = name_of(key) in WANTED
        if section.stable or section.half_life_s == 0 or (section.half_life_s > LONGEST_DAUGHTER_S and not wanted):
            continue
        candidates = [
            candidate(rows_of(*library[key], evaluation)) for evaluation, library in libraries.items() if key in library
        ]
        choice = choose(name_of(key), candidates)
        rows: list[Row] = [
            {
                "nuclide": name_of(key),
                "evaluation": one.evaluation,
                "taken": "yes" if one is choice.taken else "apart" if one in choice.apart else "no",
                "released_share": round(one.released_share, 5),
                **{f"{part}_keV": f"{getattr(one, f'{part}_keV'):.6g}" for part in ("electron", "photon", "alpha")},
                "stated_electron_keV": f"{float(str(one.rows.decay['electron_keV'])):.6g}",
                "stated_photon_keV": f"{float(str(one.rows.decay['photon_keV'])):.6g}",
                "stated_alpha_keV": f"{float(str(one.rows.decay['heavy_keV'])):.6g}",
                "reason": choice.reason if one is choice.taken else "",
            }
            for one in candidates
        ]
        found[key] = choice, rows
        waiting += [key_of(str(mode["daughter"])) for mode in choice.taken.rows.modes]
    return {name_of(key): found[key] for key in sorted(found)}


def main(folder: Path) -> None:
    """Write the four tables."""
    libraries: dict[str, Library] = {}
    for evaluation, file in ARCHIVES.items():
        with (folder / file).open(errors="replace") as rows:
            libraries[evaluation] = sections_of(rows)
    taken = choices(libraries)
    for nuclide, (choice, _) in taken.items():
        for sentence in choice.taken.rows.left_out:
            print(sentence)
        if choice.taken.evaluation != STANDARD:
            print(f"{nuclide}: {choice.taken.evaluation}: {choice.reason}")
    own = [choice.taken.rows for choice, _ in taken.values()]
    write(
        "decays",
        [rows.decay for rows in own],
        WORK,
        "MF 8, MT 457, first LIST record (half-life, mean energies) and heads of the spectra (mean beta energy)",
        {
            "nuclide": "element symbol, mass number, m for metastable",
            "evaluation": "where the nuclide is taken from, whole",
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
        [row for rows in own for row in rows.modes],
        WORK,
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
        [row for rows in own for row in rows.radiations],
        WORK,
        "MF 8, MT 457, radiations of the nucleus",
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
    write(
        "evaluations",
        [row for _, rows in taken.values() for row in rows],
        WORK,
        "MF 8, MT 457, computed alike by tools/compare_evaluations.py",
        {
            "nuclide": "element symbol, mass number, m for metastable",
            "evaluation": "of it",
            "taken": "yes, no, or apart: not compared, for a fault or an isomer that it counts apart",
            "released_share": "energy that leaves a decay, neutrinos included, over Q",
            "electron_keV": "keV per decay, betas, conversion and Auger electrons and photons below 1 keV, computed",
            "photon_keV": "keV per decay, photons of 1 keV or more, computed",
            "alpha_keV": "keV per decay, alphas and recoils, computed",
            "stated_electron_keV": "keV per decay, as the evaluation states it",
            "stated_photon_keV": "keV per decay, as the evaluation states it",
            "stated_alpha_keV": "keV per decay, as the evaluation states it (JENDL-5 without recoils)",
            "reason": "of the one that was taken",
        },
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
