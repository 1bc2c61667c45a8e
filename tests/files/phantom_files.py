"""Files in the layout of ICRP Publication 133 of a phantom that nobody has: three sources, three targets, made up."""

from __future__ import annotations

import hashlib
from pathlib import Path

SOURCES = {"Liver": (1.8, 1, 1.4, 1), "Blood": (5.6, 0, 4.1, 0), "Muscle": (29.0, 1, 17.5, 1)}
TARGETS = {"Liver": (2.36, 1.81), "R-marrow": (1.394, 1.064), "Muscle": (29.78, 17.93)}
ENERGIES_MeV = {
    "photon": (0.0, 0.01, 0.05, 0.1, 0.5, 1.0, 4.0),
    "electron": (0.0, 0.01, 0.1, 0.5, 1.0, 4.0),
    "alpha": (0.0, 2.0, 6.0, 12.0),
}
SAID = {"photon": "Photons", "electron": "Electrons", "alpha": "Alpha SAFs"}
SHARES = {"photon": 0.3, "electron": 0.95, "alpha": 1.0}
"""Of the energy that a made-up organ keeps of its own at most."""


def table(sex: str, carrier: str) -> str:
    """An absorbed-fraction table: what stays falls with energy, the rest is shared out by mass."""
    place = 0 if sex == "Male" else 1
    energies = ENERGIES_MeV[carrier]
    lines = [
        "Specific absorbed fractions of energy (1/kg)",
        f"Adult {sex} phantom, made up for tests",
        SAID[carrier],
        f"  {len(TARGETS)}  {len(SOURCES)}                 {'       '.join(f'{one:.3f}' for one in energies)}   Ecutoff ID",
        "-" * 60,
    ]
    whole = sum(masses[place] for masses in TARGETS.values())
    for source in SOURCES:
        for target in TARGETS:
            values = []
            for energy in energies:
                kept = SHARES[carrier] / (1 + energy) if source in TARGETS else 0.0
                own = kept / TARGETS[source][place] if source == target else 0.0
                values.append(own + (1 - kept) * 0.5 / whole)
            lines.append(f"{target:<10}<-{source:<10} {' '.join(f'{one:.3E}' for one in values)}   0.001    2")
    return "\n".join(lines) + "\n"


def files() -> dict[str, str]:
    """Every file of the folder by its name."""
    sources = [f"{name:<11} {m:.3E} {i} {f:.3E} {j}" for name, (m, i, f, j) in SOURCES.items()]
    targets = [f"{name:<11} {m:.3E} {f:.3E}" for name, (m, f) in TARGETS.items()]
    return {
        "sregions_made-up.NDX": "\n".join(
            [
                "Source Regions, made up",
                "",
                " #          ------ Mass (kg) ------",
                f"{len(SOURCES)}  Male ID Female ID",
                "-" * 35,
                *sources,
                "-" * 35,
                "",
            ]
        ),
        "torgans_made-up.NDX": "\n".join(
            [
                "Targets, made up",
                "   ---- Mass(kg) ----",
                f"  {len(TARGETS)}    Male  Female",
                "-" * 32,
                *targets,
                "-" * 32,
                "",
            ]
        ),
        **{
            f"rcp-{phantom}_{carrier}_made-up.SAF": table(sex, carrier)
            for phantom, sex in (("am", "Male"), ("af", "Female"))
            for carrier in ENERGIES_MeV
        },
    }


def hash_of(text: str) -> str:
    """The hash by which a file is accepted."""
    lines = [line.rstrip() for line in text.splitlines()]
    return hashlib.sha256(("\n".join(lines).strip() + "\n").encode("latin-1")).hexdigest()


def known() -> dict[str, str]:
    """The files as if they were those of Publication 133."""
    return {hash_of(text): name for name, text in files().items()}


def write(folder: Path, changed: dict[str, str] | None = None) -> list[str]:
    """Write the folder, some files changed; returns the hashes to accept."""
    folder.mkdir(exist_ok=True)
    written = {**files(), **(changed or {})}
    for name, text in written.items():
        (folder / name).write_text(text, encoding="latin-1")
    return [hash_of(text) for text in written.values()]


if __name__ == "__main__":
    write(Path(__file__).parent.parent / "answers" / "data" / "icrp133")
