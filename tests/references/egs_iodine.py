"""Energy that I-131 leaves in regions of voxels in water, summed from EGSnrc's shells about a point source.

No kernel of voxels and no convolution with one: how often a voxel of the source and one of the region lie at each
offset is counted exactly, then points are thrown into every shell and the count is read where they land.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Floats = NDArray[np.float64]
LOCAL_keV = 0.0911
"""Lines below 1 keV, in no table of shells (column local_below_1keV_keV of spheres_water_EGSnrc.csv)."""
REACH_cm = 20.0
"""Where the table of photons ends."""


def shells(folder: Path) -> Floats:
    """Rows of inner and outer radius (cm), energy per decay (keV) and its standard error."""
    rows = []
    for part in ("beta", "mono_e", "photon"):
        with (folder / f"kernel_I-131_{part}.csv").open() as file:
            for row in csv.DictReader(file):
                energy_keV = 1000 * float(row["Edep_MeV_per_decay"])
                error_keV = energy_keV * float(row["rel_unc_percent"]) / 100
                rows.append((float(row["r_in_cm"]), float(row["r_out_cm"]), energy_keV, error_keV))
    return np.array(rows)


def energies_keV(
    table: Floats,
    pairs: Sequence[tuple[Floats, NDArray[np.bool_]]],
    edge_cm: float,
    points: int = 40_000,
    seed: int = 1,
) -> tuple[Floats, Floats]:
    """Energy per decay in the region of each pair of a source and a region, and standard errors: shells and points."""
    reach = int(np.ceil(REACH_cm / edge_cm)) + 1
    counts = [_meetings(source / source.sum(), region, reach) for source, region in pairs]
    rng = np.random.default_rng(seed)
    energy = LOCAL_keV * np.array([count[0, 0, 0] for count in counts])
    variance = np.zeros(len(counts))
    for inner, outer, shell_keV, error_keV in table:
        start = rng.random((points, 3))
        way = rng.standard_normal((points, 3))
        way *= (rng.uniform(inner, outer, points) / np.linalg.norm(way, axis=1) / edge_cm)[:, None]
        offset = np.floor(start + way).astype(np.int64)
        for place, count in enumerate(counts):
            landed = count[tuple((offset % count.shape).T)]
            energy[place] += shell_keV * landed.mean()
            variance[place] += (error_keV * landed.mean()) ** 2 + shell_keV**2 * landed.var() / points
    return energy, np.sqrt(variance)


def _meetings(source: Floats, region: NDArray[np.bool_], reach: int) -> Floats:
    """The source's share whose voxel, moved by an offset, lies in the region; offsets to the reach, modulo the shape."""
    shape = [fft.next_fast_len(n + reach, real=True) for n in source.shape]
    found = fft.irfftn(fft.rfftn(region.astype(float), shape) * np.conj(fft.rfftn(source, shape)), shape)
    return np.asarray(np.maximum(found, 0.0))
