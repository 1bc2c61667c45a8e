"""Write src/hevesy/nuclides/data/capture_densities.csv: electron densities at the nucleus by shell, relative to K.

Usage: python tools/compute_capture_densities.py [NUCLIDE ...]

For every nuclide of radiations.csv that captures, and those named: a new one must stand here before
tools/extract_decay_data.py can compare its evaluations.

The radial Dirac equation is solved for the shells that electrons are captured from, in the field of the nucleus (a
charged sphere of 1.2 A^(1/3) fm) screened by the other electrons after Moliere (Z. Naturforsch. 2a (1947) 133, the
Thomas-Fermi function as three exponentials). Captured are electrons of the parent atom. Exchange and overlap
corrections are not in the table.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import sys
from pathlib import Path

import numpy as np
from numba import njit

NUCLIDES = Path(__file__).parent.parent / "src" / "hevesy" / "nuclides" / "data"
C = 137.035999
SHELLS = {
    "K": (1, -1),
    "L1": (2, -1),
    "L2": (2, 1),
    "M1": (3, -1),
    "M2": (3, 1),
    "N1": (4, -1),
    "N2": (4, 1),
    "O1": (5, -1),
}
FULL_FROM_Z = {"K": 2, "L1": 4, "L2": 6, "M1": 12, "M2": 14, "N1": 20, "N2": 32, "O1": 38}


@njit
def potential(r: float, z: float, radius: float) -> float:
    """Of an electron, in hartree: the nucleus as a sphere, screened."""
    x = r * z ** (1 / 3) / 0.88534
    screen = 0.1 * math.exp(-6.0 * x) + 0.55 * math.exp(-1.2 * x) + 0.35 * math.exp(-0.3 * x)
    bare = (3.0 - (r / radius) ** 2) / (2.0 * radius) if r < radius else 1.0 / r
    # an electron never sees less than one charge far outside
    return -bare * max(z * screen, 1.0)


@njit
def slopes(t: float, p: float, q: float, energy: float, kappa: int, z: float, radius: float) -> tuple[float, float]:
    """R dP/dr and r dQ/dr at r = exp(t)."""
    r = math.exp(t)
    v = potential(r, z, radius)
    return -kappa * p + r * (2.0 * C + (energy - v) / C) * q, kappa * q - r * (energy - v) / C * p


@njit
def outward(
    energy: float, kappa: int, z: float, radius: float, t0: float, t1: float, steps: int
) -> tuple[int, float, float, float]:
    """Nodes of P, P at the end, the norm, and the greater component at the start over r to its power."""
    h = (t1 - t0) / steps
    r0 = math.exp(t0)
    v0 = potential(r0, z, radius)
    if kappa < 0:
        p, q = r0, -r0 * r0 * (energy - v0) / C / 3.0
    else:
        q, p = r0, r0 * r0 * (2.0 * C + (energy - v0) / C) / 3.0
    nodes, norm, t = 0, 0.0, t0
    begin = (p if kappa < 0 else q) / r0
    for _ in range(steps):
        a1, b1 = slopes(t, p, q, energy, kappa, z, radius)
        a2, b2 = slopes(t + h / 2, p + h / 2 * a1, q + h / 2 * b1, energy, kappa, z, radius)
        a3, b3 = slopes(t + h / 2, p + h / 2 * a2, q + h / 2 * b2, energy, kappa, z, radius)
        a4, b4 = slopes(t + h, p + h * a3, q + h * b3, energy, kappa, z, radius)
        before = p
        norm += 0.5 * h * math.exp(t) * (p * p + q * q)
        p += h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
        q += h / 6 * (b1 + 2 * b2 + 2 * b3 + b4)
        t += h
        norm += 0.5 * h * math.exp(t) * (p * p + q * q)
        if before * p < 0:
            nodes += 1
        if norm > 1e200:
            break
        if energy < potential(math.exp(t), z, radius) and nodes > 12:
            break
    return nodes, p, norm, begin


def density(z: int, mass: int, shell: str) -> float:
    """Square of the amplitude at the nucleus of a normalised orbital."""
    n, kappa = SHELLS[shell]
    wanted = n - 1 if kappa < 0 else n - 2  # nodes of P beyond the origin
    radius = 1.2 * mass ** (1 / 3) / 52917.72
    low, high = -0.6 * z * z * 1.6 - 10.0, -1e-3
    t0, far = math.log(radius) - 6.0, math.log(60.0 * n * n / z**0.5)
    for _ in range(90):
        middle = 0.5 * (low + high)
        # stop the integration where the solution has decayed as far as it will
        nodes, *_ = outward(middle, kappa, float(z), radius, t0, far, 6000)
        low, high = (low, middle) if nodes > wanted else (middle, high)
    energy = 0.5 * (low + high)
    # the norm up to where P is smallest beyond its last turning point
    best = None
    for place in np.linspace(math.log(2.0 * n * n / z), far, 160):
        nodes, end, norm, begin = outward(energy, kappa, float(z), radius, t0, float(place), 6000)
        if nodes == wanted and (best is None or abs(end) < best[0]):
            best = (abs(end), begin * begin / norm)
    assert best is not None, (z, shell)
    return float(best[1])


def main() -> None:
    """Write the table for every parent that captures, and those named."""
    with (NUCLIDES / "radiations.csv").open() as rows:
        capture = {row["nuclide"] for row in csv.DictReader(rows) if row["kind"] == "capture"}
    parents = sorted(capture | set(sys.argv[1:]))
    import xraylib

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["nuclide", "z", *SHELLS])
    for name in parents:
        symbol, _, mass = name.partition("-")
        z = xraylib.SymbolToAtomicNumber(symbol)
        found = {
            shell: density(z, int(mass.rstrip("m")), shell) if z >= FULL_FROM_Z[shell] else 0.0 for shell in SHELLS
        }
        writer.writerow([name, z, *(f"{found[shell] / found['K']:.6f}" for shell in SHELLS)])
    content = text.getvalue().encode()
    (NUCLIDES / "capture_densities.csv").write_bytes(content)
    (NUCLIDES / "capture_densities.toml").write_text(
        'work = "Hevesy"\n'
        'locator = "tools/compute_capture_densities.py: Dirac orbitals in a screened Coulomb field (Moliere 1947)"\n'
        'origin = "computed"\n'
        'licence = "MIT"\n'
        'made_by = "tools/compute_capture_densities.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'nuclide = "parent that captures"\n'
        'z = "atomic number of the parent"\n'
        + "".join(
            f'{shell} = "density of a {shell} electron at the nucleus over that of a K electron"\n' for shell in SHELLS
        )
    )


if __name__ == "__main__":
    main()
