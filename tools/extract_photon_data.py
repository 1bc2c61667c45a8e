"""Write src/hevesy/matter/data/{elements,photon_cross_sections,photon_scattering}.csv.

Usage: python tools/extract_photon_data.py      (needs xraylib 4.3, BSD-3)

Mass coefficients of the photoelectric effect, of incoherent (with binding) and coherent scattering from 1 to 800 keV,
where xraylib ends, on a logarithmic grid with both sides of every edge; form factors and incoherent scattering
functions. CS_Photo, CS_Compt and CS_Rayl are used: xraylib's CS_Photo_Total loses shells above some tens of keV and is
wrong there.
"""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import numpy as np
import xraylib

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "matter" / "data"
# in liquid and solid compounds: ICRU Report 37 (1984), table 5.1; the elements it does not name there, 1.13 times their
# own value
EXCITATION_eV = {
    1: 19.2, 6: 81.0, 7: 82.0, 8: 106.0, 9: 112.0, 11: 168.4, 12: 176.3, 15: 195.5, 16: 203.4, 17: 180.0, 18: 188.0,
    19: 214.7, 20: 215.8, 26: 323.2, 30: 372.9, 53: 554.8,
}  # fmt: skip
WHAT = "xraylib 4.3.0 (Schoonjans et al., Spectrochim. Acta B 66 (2011) 776)"


def write(name: str, header: dict[str, str], rows: list[list[object]], work: str, locator: str, licence: str) -> None:
    """A table and its description."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(list(header))
    writer.writerows(rows)
    content = text.getvalue().encode()
    (DATA / f"{name}.csv").write_bytes(content)
    described = [
        f'work = "{work}"',
        f'locator = "{locator}"',
        'origin = "PyPI package xraylib 4.3.0"',
        f'licence = "{licence}"',
        'made_by = "tools/extract_photon_data.py"',
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"',
        "",
        "[columns]",
        *(f'{column} = "{meaning}"' for column, meaning in header.items()),
    ]
    (DATA / f"{name}.toml").write_text("\n".join(described) + "\n")


def main() -> None:
    """Write the three tables."""
    elements, cross, scattering = [], [], []
    for z, excitation in EXCITATION_eV.items():
        elements.append([z, xraylib.AtomicNumberToSymbol(z), f"{xraylib.AtomicWeight(z):.5f}", excitation])
        grid = set(np.round(np.geomspace(1.0, 800.0, 117), 5))
        for shell in ("K", "L1", "L2", "L3"):
            try:
                edge = xraylib.EdgeEnergy(z, getattr(xraylib, f"{shell}_SHELL"))
            except ValueError:
                continue
            if 1.0 < edge < 800.0:
                grid |= {round(edge * (1 - 1e-5), 6), round(edge * (1 + 1e-5), 6)}
        for energy in sorted(grid):
            row = [f(z, float(energy)) for f in (xraylib.CS_Photo, xraylib.CS_Compt, xraylib.CS_Rayl)]
            cross.append([z, float(energy), *(f"{value:.5g}" for value in row)])
        for x in np.round(np.geomspace(1e-3, 300.0, 70), 7):
            scattering.append(
                [
                    z,
                    float(x),
                    f"{max(xraylib.FF_Rayl(z, float(x)), 1e-12):.5g}",
                    f"{min(xraylib.SF_Compt(z, float(x)), z):.5g}",
                ]
            )
    write(
        "elements",
        {
            "z": "atomic number",
            "symbol": "",
            "atomic_weight": "g/mol",
            "excitation_eV": "mean excitation energy in liquid and solid compounds, eV (Ar: gas)",
        },
        elements,
        f"{WHAT}; ICRU Report 37 (1984)",
        "AtomicWeight; mean excitation energies in compounds, table 5.1",
        "BSD-3-Clause; facts",
    )
    write(
        "photon_cross_sections",
        {
            "z": "atomic number",
            "energy_keV": "keV",
            "photoelectric_cm2_per_g": "cm2/g",
            "incoherent_cm2_per_g": "cm2/g, with binding",
            "coherent_cm2_per_g": "cm2/g",
        },
        cross,
        WHAT,
        "CS_Photo, CS_Compt, CS_Rayl",
        "BSD-3-Clause",
    )
    write(
        "photon_scattering",
        {
            "z": "atomic number",
            "x_per_angstrom": "sin(angle/2) / wavelength, 1/angstrom",
            "form_factor": "of coherent scattering, electrons",
            "scattering_function": "of incoherent scattering, electrons",
        },
        scattering,
        WHAT,
        "FF_Rayl, SF_Compt",
        "BSD-3-Clause",
    )


if __name__ == "__main__":
    main()
