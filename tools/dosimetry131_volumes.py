"""Dose over the volume of regions for the demonstration `dosimetry131`: what make_dosimetry131.py writes to dvh.csv.

By I-131: the true map of its decays in the patient of make_patient.py, by kernels in water at the densities of the CT,
as `hevesy treat voxel-dose --method kernel` does it. By external beam: a field over the spine, even along it, with a
penumbra and a little scatter: a formula, no treatment plan.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.nuclides.library import emissions
from hevesy.radiation.point_kernel import point_kernel
from hevesy.radiation.voxel_kernel import preview_dose, voxel_kernel
from make_patient import LABELS, EDGE_mm, Patient, VOXEL_mL, centres_mm
from validate_patient import SIZE_cm, WIDE_cm, in_tissues

LABEL = LABELS[1]
POINTS, FINE_UP_TO_Gy = 18, 10.0
"""Of a curve over the doses, and again over the volume; doses are told to a mGy where none is larger, else to a cGy."""
ACROSS = (-0.4, -0.2, 0.0, 0.2, 0.4)
"""Points across a voxel at which the beam is taken."""
BEAM_Gy, BEAM_FRACTIONS = 20.0, 10
FIELD_mm, PENUMBRA_mm, SCATTER = 34.0, 6.0, 0.02
"""Half the width of the field across the spine, the standard deviation of its edge, and the share beside it."""
REGIONS = {
    "D-01": ("red marrow in the spine", "kidneys", "liver", "spleen", "lesion in the liver"),
    "D-02": ("red marrow in the spine", "kidneys"),
}
IN_THE_BEAM = {"D-02": ("red marrow in the spine", "kidneys")}
Floats = NDArray[np.float64]
Rows = list[dict[str, Any]]


def radionuclide_Gy_per_GBq(made: Patient) -> Floats:
    """The true dose of I-131 by voxel, for an activity administered."""
    decays = made.integral_h_per_mL(LABEL)
    found = preview_dose(
        in_tissues(made, decays), voxel_kernel(point_kernel(emissions(LABEL)), SIZE_cm, WIDE_cm), workers=2
    )
    in_all_MBq_s = 3600 * float(decays.sum()) * VOXEL_mL
    return np.asarray(found.dose_mGy_per_MBq_s * in_all_MBq_s)


def beam_Gy(made: Patient, name: str) -> Floats:
    """The external dose to a region at points across its voxels: even along the spine and through the patient."""
    x, y, z = centres_mm()
    voxels = np.broadcast_to(x, (x.size, y.size, z.size))[made.region(name)]
    across = np.concatenate([voxels + EDGE_mm * shift for shift in ACROSS])
    edge = np.vectorize(math.erfc)((np.abs(across) - FIELD_mm) / (PENUMBRA_mm * math.sqrt(2))) / 2
    return np.asarray(BEAM_Gy * (SCATTER + (1 - SCATTER) * edge))


def curve(doses_Gy: Floats) -> list[tuple[float, float]]:
    """Dose and share of the volume that receives it or more, from the lowest dose to the largest."""
    fine = 10 ** (2 if doses_Gy.max() > FINE_UP_TO_Gy else 3)
    wanted = [np.linspace(doses_Gy.min(), doses_Gy.max(), POINTS), np.quantile(doses_Gy, np.linspace(0, 1, POINTS))]
    doses = np.unique(np.floor(np.concatenate(wanted) * fine) / fine)
    return [(float(dose), float(f"{100 * (doses_Gy >= dose).mean():.4g}")) for dose in doses]


def rows(made: Patient, given_MBq: dict[str, float], days: dict[str, str]) -> Rows:
    """The table: a point a row."""
    per_GBq, found = radionuclide_Gy_per_GBq(made), []
    for subject, names in REGIONS.items():
        own = [(name, per_GBq[made.region(name)] * given_MBq[subject] / 1e3, "radionuclide") for name in names]
        external = [(name, beam_Gy(made, name), "external beam") for name in IN_THE_BEAM.get(subject, ())]
        for name, doses_Gy, of in (*own, *external):
            by_beam = of == "external beam"
            for at_Gy, share in curve(doses_Gy):
                found.append({
                    "subject": subject, "day": days[subject], "region": name, "of": of,
                    "nuclide": "" if by_beam else LABEL, "dose_Gy": f"{at_Gy:g}", "volume_percent": f"{share:g}",
                    "region_volume_mL": f"{made.region(name).sum() * VOXEL_mL:.4g}",
                    "fractions": str(BEAM_FRACTIONS) if by_beam else "",
                    "program": "a field over the spine by a formula (tools/dosimetry131_volumes.py)"
                    if by_beam else "Hevesy, kernels in water at the densities of the CT",
                })  # fmt: skip
    return found


def mean_of_beam_Gy(made: Patient, name: str) -> float:
    """The mean external dose to a region."""
    return float(beam_Gy(made, name).mean())
