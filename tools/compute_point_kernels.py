"""Write src/hevesy/radiation/data/point_kernels.csv: energy left around a point in water, by particle and energy.

Usage: python tools/compute_point_kernels.py      (some minutes)

Hevesy's own transport: electrons and positrons of 1 keV to 3.5 MeV and photons of 1 keV to 4 MeV, each from a point in
water without end. Radii are in units of the range in continuous slowing down for electrons, of the mean free path for
photons, at 24 a decade; what lies past the last radius is energy that bremsstrahlung or photons carry away. Positrons
are without their annihilation photons.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import sys
from pathlib import Path

import numpy as np

from hevesy.kernels.random import stream
from hevesy.kernels.transport import (
    ELECTRON,
    EMITTED,
    ESCAPED,
    EXTRA,
    PHOTON,
    POSITRON,
    Emitted,
    Grid,
    Rules,
    histories,
)
from hevesy.matter.electron import csda_range_g_per_cm2
from hevesy.matter.material import material
from hevesy.matter.photon import coefficients
from hevesy.matter.transport_tables import tables

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "radiation" / "data"
PER_DECADE, SEED, WORKERS, BATCHES = 24, 131, 2, 10
ENERGIES = {
    "electron": np.geomspace(1, 3500, 40),
    "positron": np.geomspace(1, 3500, 40),
    "photon": np.geomspace(1, 4000, 40),
}
KINDS = {"electron": ELECTRON, "positron": POSITRON, "photon": PHOTON}
SPAN = {"electron": (1e-4, 1.6), "positron": (1e-4, 1.6), "photon": (1e-5, 40.0)}
HISTORIES = {"electron": 40_000, "positron": 40_000, "photon": 200_000}


def one(name: str, energy_keV: float, place: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Unit of radius (cm), cumulative share of the energy by radius, and its standard error."""
    water = material("water")
    kind = KINDS[name]
    cut = max(1.0, 0.01 * energy_keV)
    if name == "photon":
        rules = Rules(1.0, max(1.0, 0.02 * energy_keV), max(2.0, 0.04 * energy_keV), 5.0, 0.1, 0.3, False, True)
        unit = 1 / float(coefficients(water, np.array([energy_keV])).total[0])
    else:
        rules = Rules(1.0, min(cut, 0.5 * energy_keV), cut, cut, 0.03, 0.2, False, False)
        unit = csda_range_g_per_cm2(water, energy_keV)
    low, high = SPAN[name]
    per = PER_DECADE / math.log(10)
    shells = round(math.log(high / low) * per) + 1
    grid = Grid(
        np.ones(3, np.int64),
        np.ones(3),
        np.ones(3),
        np.zeros(1, np.uint8),
        np.ones(1, np.float32),
        shells,
        low * unit,
        per,
    )
    emitted = Emitted(kind, np.array([energy_keV]), np.array([1.0]), False, np.zeros(0, np.int64), np.zeros(0))
    matter = tables([water], [1.0], rules)
    shares = []
    each = HISTORIES[name] // BATCHES
    # luck of its own for every particle and energy, so that errors of single energies do not add up in a nuclide
    number = stream("transport", 64 * kind + place)
    for batch in range(BATCHES):
        tally = np.zeros((WORKERS, shells + EXTRA), np.int64)
        histories(matter, grid, emitted, rules, np.uint64(SEED), number, batch * each, each, tally)
        total = tally.sum(0)
        shares.append(np.cumsum(total[:ESCAPED]) / total[EMITTED])
    found = np.array(shares)
    return unit, found.mean(0), found.std(0, ddof=1) / math.sqrt(BATCHES)


def main() -> None:
    """Write the table and its description."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["particle", "energy_keV", "unit_cm", "radius", "share", "standard_error"])
    for name, energies in ENERGIES.items():
        for number, energy in enumerate(energies):
            unit, share, error = one(name, float(energy), number)
            print(f"{name} {energy:.5g} keV: {share[-1]:.5f}", file=sys.stderr, flush=True)
            for place, (value, u) in enumerate(zip(share, error, strict=True)):
                radius = SPAN[name][0] * 10 ** (place / PER_DECADE)
                writer.writerow([name, f"{energy:.6g}", f"{unit:.6g}", f"{radius:.6g}", f"{value:.5g}", f"{u:.2g}"])
    content = text.getvalue().encode()
    (DATA / "point_kernels.csv").write_bytes(content)
    (DATA / "point_kernels.toml").write_text(
        'work = "Hevesy"\n'
        'locator = "tools/compute_point_kernels.py: class II condensed histories in water, seed 131"\n'
        'origin = "computed"\n'
        'licence = "MIT"\n'
        'made_by = "tools/compute_point_kernels.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'particle = "electron, positron (without annihilation photons), photon"\n'
        'energy_keV = "keV"\n'
        'unit_cm = "cm in water of 1 g/cm3: range in continuous slowing down, or mean free path"\n'
        'radius = "in units of unit_cm"\n'
        'share = "of the energy within the radius"\n'
        'standard_error = "of the share, statistical"\n'
    )


if __name__ == "__main__":
    main()
