"""Write src/hevesy/nuclides/data/relaxation.csv: how atoms fill the vacancies that nuclear decay leaves.

Usage: python tools/extract_relaxation.py      (needs xraylib 4.3, BSD-3)

Fluorescence yields, radiative rates, Coster-Kronig probabilities, Auger rates and edges are xraylib's. From them one
table is made: for each vacancy the ways to fill it, their probabilities (they add up to one) and the energy set free,
which is the difference of binding energies, so that energy is conserved. Where xraylib has no detail: a Coster-Kronig
transition ejects from the least bound M shell that the energy permits, else from N; a vacancy of M that does not
radiate is filled from N and ejects from N; a vacancy further out is filled by an outer electron and gives its binding
energy as one electron. Ways of less than 1e-4 are given to the others.
"""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import xraylib

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "nuclides" / "data"
SHELLS = (
    "K",
    "L1",
    "L2",
    "L3",
    "M1",
    "M2",
    "M3",
    "M4",
    "M5",
    "N1",
    "N2",
    "N3",
    "N4",
    "N5",
    "N6",
    "N7",
    "O1",
    "O2",
    "O3",
    "P1",
)
OCCUPANCY = {"N1": 2, "N2": 2, "N3": 4, "N4": 4, "N5": 6, "N6": 6, "N7": 8, "O1": 2, "O2": 2, "O3": 4, "P1": 2}
LEAST = 1e-4
Way = tuple[str, str, str, float, float]  # process, shells left empty, energy in keV, probability


def asked(function: str, *arguments: object) -> float:
    """A number of xraylib; nothing where it has none."""
    try:
        return float(getattr(xraylib, function)(*arguments))
    except ValueError:
        return 0.0


def edges(z: int) -> dict[str, float]:
    """Binding energies in keV of the shells that are there; a subshell xraylib lacks takes that of its neighbour."""
    found = {shell: asked("EdgeEnergy", z, getattr(xraylib, f"{shell}_SHELL")) for shell in SHELLS}
    if found["M4"] and not found["M5"]:
        found["M5"] = found["M4"]
    if found["L2"] and not found["L3"]:
        found["L3"] = found["L2"]
    return {shell: edge for shell, edge in found.items() if edge > 0}


def ways_of(z: int, shell: str, binding: dict[str, float]) -> list[Way]:
    """How one vacancy is filled."""
    edge = binding[shell]
    outer = [other for other in binding if binding[other] < edge and other[0] != shell[0]]
    if shell[0] not in "KLM" or not outer:
        return [("electron", "", "", edge, 1.0)]
    found: list[Way] = []
    yield_ = asked("FluorYield", z, getattr(xraylib, f"{shell}_SHELL"))
    radiative = {other: asked("RadRate", z, getattr(xraylib, f"{shell}{other}_LINE", -9999)) for other in outer}
    radiative = {other: rate for other, rate in radiative.items() if rate > 0}
    if radiative and yield_ > 0:
        total = sum(radiative.values())
        found += [
            ("photon", other, "", edge - binding[other], yield_ * rate / total) for other, rate in radiative.items()
        ]
    within = 0.0
    for other in (one for one in binding if one[0] == shell[0] and one > shell):
        name = f"F{'' if shell[0] == 'L' else shell[0]}{shell[1]}{other[1]}_TRANS"
        chance = asked("CosKronTransProb", z, getattr(xraylib, name)) if hasattr(xraylib, name) else 0.0
        if chance <= 0:
            continue
        free = edge - binding[other]
        ejected = [one for one in outer if 1.1 * binding[one] < free]
        if not ejected:
            continue
        nearest = max((one for one in ejected), key=lambda one: binding[one])
        found.append(("electron", other, nearest, free - binding[nearest], chance))
        within += chance
    auger: dict[tuple[str, str], float] = {}
    for first in outer:
        for second in outer:
            name = f"{shell}_{first}{second}_AUGER"
            rate = asked("AugerRate", z, getattr(xraylib, name)) if hasattr(xraylib, name) else 0.0
            free = edge - binding[first] - binding[second]
            if rate > 0 and free > 0:
                auger[first, second] = auger.get((first, second), 0.0) + rate
    if not auger:
        near = [one for one in outer if one[0] == outer[0][0]]
        weight = {one: OCCUPANCY.get(one, 4) for one in near}
        pairs = {(a, b): float(weight[a] * weight[b]) for a in near for b in near if edge - binding[a] - binding[b] > 0}
        auger = pairs
    rest = max(1.0 - (yield_ if radiative else 0.0) - within, 0.0)
    total = sum(auger.values())
    if total > 0:
        found += [
            ("electron", a, b, edge - binding[a] - binding[b], rest * rate / total) for (a, b), rate in auger.items()
        ]
    elif rest > 0:
        least = min(outer, key=lambda one: binding[one])
        found.append(("electron", least, "", edge - binding[least], rest))
    kept = [way for way in found if way[4] >= LEAST]
    whole = sum(way[4] for way in kept)
    return [(process, a, b, energy, part / whole) for process, a, b, energy, part in kept]


def main() -> None:
    """Write the table for every element whose atoms are left with vacancies."""
    with (DATA / "decay_modes.csv").open() as rows:
        symbols = {row["daughter"].partition("-")[0] for row in csv.DictReader(rows)}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["z", "vacancy", "process", "left_1", "left_2", "energy_keV", "probability"])
    for z in sorted(xraylib.SymbolToAtomicNumber(symbol) for symbol in symbols):
        binding = edges(z)
        for shell in binding:
            for process, first, second, energy, part in ways_of(z, shell, binding):
                writer.writerow([z, shell, process, first, second, f"{energy:.4f}", f"{part:.5g}"])
    content = text.getvalue().encode()
    (DATA / "relaxation.csv").write_bytes(content)
    (DATA / "relaxation.toml").write_text(
        'work = "xraylib 4.3.0 (Schoonjans et al., Spectrochim. Acta B 66 (2011) 776)"\n'
        'locator = "FluorYield, RadRate, CosKronTransProb, AugerRate, EdgeEnergy"\n'
        'origin = "PyPI package xraylib 4.3.0"\n'
        'licence = "BSD-3-Clause"\n'
        'made_by = "tools/extract_relaxation.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'z = "atomic number"\n'
        'vacancy = "shell that is empty"\n'
        'process = "photon, or electron (Auger, Coster-Kronig, or what is left in the outer shells)"\n'
        'left_1 = "shell left empty; empty: none that is followed"\n'
        'left_2 = "second shell left empty"\n'
        'energy_keV = "keV, difference of binding energies"\n'
        'probability = "per vacancy, adds up to 1"\n'
    )


if __name__ == "__main__":
    main()
