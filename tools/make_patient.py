"""Write a synthetic patient: CT, regions, five noisy I-124 scans, the true map of time-integrated activity.

Usage: python tools/make_patient.py DIR [--seed S] [--order xyz] [--flipped LETTERS] [--turned DEGREES]

No patient is described. A slim adult trunk of 64 x 64 x 100 voxels of 4 mm, cut at both ends, holds six organs and two
lesions as geometric solids. Each solid is as many of the nearest voxels as have its mass (reference adult female, to
half a voxel); activity is even in a region, with no blur, so that what a scan says of a region is true but for its
noise. The arrays are not shipped: this file and a seed make them, the same bytes each time.

Files: `ct.nii.gz` (HU), `regions.nii.gz` (labels, names in `regions.csv`), `pet_004h.nii.gz` and four more (Bq/mL of
I-124 at the time of the scan, not corrected for decay), `tia_I-124.nii.gz` and `tia_I-131.nii.gz` (h/mL: MBq h in a
millilitre for a MBq administered), `truth.json`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.matter.ct import Calibration
from hevesy.nuclides.library import nuclide

Floats = NDArray[np.float64]
SHAPE = (64, 64, 100)
EDGE_mm = 4.0
VOXEL_mL = (EDGE_mm / 10) ** 3
SCANS_h = (4.0, 24.0, 48.0, 96.0, 144.0)
NOISE = (0.03, 0.04, 0.05, 0.065, 0.08)
"""Of each scan: the relative standard deviation of a factor that all of a region shares (calibration, outline,
reconstruction), and again of a factor that each voxel has of its own."""
ADMINISTERED_MBq = 74.0
LABELS = ("I-124", "I-131")
"""The label that is scanned, and the one it stands for: the same molecule, so the same biology."""
SEED = 17
BODY = "rest of the body"
BODY_mm, FAT_mm = (122.0, 98.0), 12.0
AIR_HU, FAT_HU, TISSUE_HU = -1000, -100, 25
ICRP_89 = "ICRP Publication 89 (2002), table 2.8, adult female"
NEMA = "NEMA NU 2, filled sphere of {} mm inner diameter"

Ellipsoid = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Centre and semi-axes in mm: to the left of the middle, to the back of it, to the head from the lower cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinetics:
    """What is in a region: parts of the administered activity, each with its biological half-life.

    A negative part is uptake: at the start it makes good for what is not there yet.
    """

    parts: tuple[tuple[float, float], ...]
    """Fraction, and half-life in h."""

    def effective_h(self, label: str) -> tuple[float, ...]:
        """Half-lives of the parts for a label (h)."""
        physical_h = nuclide(label).half_life_h
        return tuple(1 / (1 / biological_h + 1 / physical_h) for _, biological_h in self.parts)

    def fraction(self, elapsed_h: float, label: str) -> float:
        """Of the administered activity, at a time."""
        halves = zip(self.parts, self.effective_h(label), strict=True)
        return sum(part * 2 ** (-elapsed_h / half_h) for (part, _), half_h in halves)

    def integral_h(self, label: str) -> float:
        """Time-integrated activity over the administered: MBq h per MBq."""
        halves = zip(self.parts, self.effective_h(label), strict=True)
        return sum(part * half_h for (part, _), half_h in halves) / math.log(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solid:
    """An organ or a lesion: its mass and whose, its CT number, its form, and what it takes up."""

    name: str
    mass_g: float
    source: str
    ct_HU: int
    form: tuple[Ellipsoid, ...]
    """Grown or shrunk until they hold the mass."""
    kinetics: Kinetics

    @property
    def density_g_per_cm3(self) -> float:
        """By the calibration that CT numbers are read with."""
        return density_g_per_cm3(self.ct_HU)

    @property
    def voxels(self) -> int:
        """As many as have the mass."""
        return round(self.mass_g / (self.density_g_per_cm3 * VOXEL_mL))


def _parts(*given: float) -> Kinetics:
    return Kinetics(parts=tuple(zip(given[::2], given[1::2], strict=True)))


def density_g_per_cm3(ct_HU: int) -> float:
    """Density of a CT number."""
    return float(Calibration().density_g_per_cm3(np.array([float(ct_HU)]))[0])


EVER = math.inf
SOLIDS = (
    Solid(
        name="lesion in the liver", mass_g=26.52 * density_g_per_cm3(50), source=NEMA.format(37), ct_HU=50,
        form=(((-60.0, -10.0, 120.0), (1.0, 1.0, 1.0)),), kinetics=_parts(-0.006, 8.0, 0.006, 400.0),
    ),
    Solid(
        name="lesion in the lung", mass_g=11.49 * density_g_per_cm3(40), source=NEMA.format(28), ct_HU=40,
        form=(((60.0, 0.0, 280.0), (1.0, 1.0, 1.0)),), kinetics=_parts(-0.003, 8.0, 0.003, 400.0),
    ),
    Solid(
        name="red marrow in the spine", mass_g=0.284 * 900.0,
        source="ICRP Publication 89 (2002): 900 g of active marrow of the adult female, of which 16.1 % in thoracic "
        "and 12.3 % in lumbar vertebrae (M. Cristy, Phys. Med. Biol. 26 (1981) 389); its trabeculae are not added",
        ct_HU=207, form=(((0.0, 68.0, 0.0), (1.0, 1.0, EVER)),), kinetics=_parts(0.02, 20.0, 0.025, 200.0),
    ),
    Solid(
        name="thyroid", mass_g=17.0, source=ICRP_89, ct_HU=100,
        form=(((-12.0, -70.0, 370.0), (8.0, 8.0, 18.0)), ((12.0, -70.0, 370.0), (8.0, 8.0, 18.0))),
        kinetics=_parts(-0.008, 6.0, 0.008, 1500.0),
    ),
    Solid(
        name="kidneys", mass_g=275.0, source=ICRP_89, ct_HU=35,
        form=(((-52.0, 52.0, 60.0), (27.0, 25.0, 48.0)), ((52.0, 52.0, 68.0), (27.0, 25.0, 48.0))),
        kinetics=_parts(0.02, 10.0, 0.015, 150.0),
    ),
    Solid(
        name="spleen", mass_g=130.0, source=ICRP_89, ct_HU=45,
        form=(((78.0, 32.0, 140.0), (20.0, 30.0, 45.0)),), kinetics=_parts(0.01, 12.0, 0.012, 200.0),
    ),
    Solid(
        name="liver", mass_g=1400.0, source=ICRP_89, ct_HU=55,
        form=(((-32.0, -10.0, 120.0), (90.0, 65.0, 55.0)),), kinetics=_parts(0.08, 15.0, 0.12, 250.0),
    ),
    Solid(
        name="lungs", mass_g=950.0, source=ICRP_89 + ", with blood", ct_HU=-749,
        form=(((-56.0, 0.0, 270.0), (50.0, 75.0, 116.0)), ((56.0, 0.0, 270.0), (50.0, 75.0, 116.0))),
        kinetics=_parts(0.03, 10.0, 0.015, 150.0),
    ),
)  # fmt: skip
"""In the order in which they take their voxels: what stands later goes round what stands before it."""
REST = _parts(0.40, 20.0, 0.24, 180.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patient:
    """Regions and CT of the patient, shape (64, 64, 100): axes to the left, to the back, to the head."""

    labels: NDArray[np.uint8]
    """0 in the air, from 1 as in `names`."""
    ct_HU: NDArray[np.int16]
    names: tuple[str, ...]
    kinetics: tuple[Kinetics, ...]

    def region(self, name: str) -> NDArray[np.bool_]:
        """The voxels of a region."""
        return np.asarray(self.labels == self.names.index(name) + 1)

    def _even(self, amounts: list[float]) -> Floats:
        """Amounts of the regions, each spread evenly: amount per mL."""
        voxels = np.bincount(self.labels.ravel(), minlength=len(self.names) + 1)
        return np.array([0.0, *(amount / (n * VOXEL_mL) for amount, n in zip(amounts, voxels[1:], strict=True))])[
            self.labels
        ]

    def integral_h_per_mL(self, label: str) -> Floats:
        """The true map of time-integrated activity over the administered."""
        return self._even([one.integral_h(label) for one in self.kinetics])

    def activity_Bq_per_mL(self, elapsed_h: float) -> Floats:
        """What a scan without noise would show of I-124, at its time."""
        return self._even([1e6 * ADMINISTERED_MBq * one.fraction(elapsed_h, LABELS[0]) for one in self.kinetics])

    def factors(self, scan: int, seed: int = SEED) -> Floats:
        """What a scan (0 to 4) makes of each region: the factor that all of it shares."""
        return 1 + NOISE[scan] * np.random.default_rng((seed, scan, 0)).standard_normal(len(self.names))

    def scan_Bq_per_mL(self, scan: int, seed: int = SEED) -> NDArray[np.float32]:
        """One of the five scans, with its noise."""
        of_voxels = 1 + NOISE[scan] * np.random.default_rng((seed, scan, 1)).standard_normal(SHAPE)
        of_regions = np.concatenate([[0.0], self.factors(scan, seed)])[self.labels]
        return np.asarray(self.activity_Bq_per_mL(SCANS_h[scan]) * of_regions * of_voxels, dtype=np.float32)


def patient() -> Patient:
    """The patient without a scan: nothing about it is drawn by chance.

    Refused: solids that find too few voxels in the body.
    """
    x, y, z = centres_mm()
    inside = np.broadcast_to((x / BODY_mm[0]) ** 2 + (y / BODY_mm[1]) ** 2 <= 1, SHAPE)
    under_fat = np.broadcast_to((x / (BODY_mm[0] - FAT_mm)) ** 2 + (y / (BODY_mm[1] - FAT_mm)) ** 2 <= 1, SHAPE)
    labels = np.where(inside, len(SOLIDS) + 1, 0).astype(np.uint8)
    ct_HU = np.select([under_fat, inside], [TISSUE_HU, FAT_HU], AIR_HU).astype(np.int16)
    free = under_fat.copy()
    for label, solid in enumerate(SOLIDS, 1):
        away = np.min([_away(one, x, y, z) for one in solid.form], axis=0)
        nearest = np.argsort(np.where(free, away, np.inf), axis=None, kind="stable")[: solid.voxels]
        if not free.ravel()[nearest].all():
            raise ValueError(f"{solid.name} of {solid.voxels} voxels finds no room in the body")
        labels.ravel()[nearest], ct_HU.ravel()[nearest], free.ravel()[nearest] = label, solid.ct_HU, False
    return Patient(
        labels=labels,
        ct_HU=ct_HU,
        names=(*(solid.name for solid in SOLIDS), BODY),
        kinetics=(*(solid.kinetics for solid in SOLIDS), REST),
    )


def centres_mm() -> tuple[Floats, Floats, Floats]:
    """Centres of the voxels along each axis, to be broadcast; the origin is the middle of the lower cut."""
    x, y, z = (np.asarray(EDGE_mm * (np.arange(n) + 0.5), dtype=np.float64) for n in SHAPE)
    return x[:, None, None] - x.mean(), y[None, :, None] - y.mean(), z[None, None, :]


def _away(ellipsoid: Ellipsoid, x: Floats, y: Floats, z: Floats) -> Floats:
    """How much an ellipsoid must grow to reach each voxel, squared."""
    (a, b, c), (wide, deep, high) = ellipsoid
    return ((x - a) / wide) ** 2 + ((y - b) / deep) ** 2 + ((z - c) / high) ** 2


def affine_mm(turned_deg: float = 0.0) -> Floats:
    """From a voxel's place to its centre in the patient (LPS, mm), turned about the head's axis and then the left's."""
    straight = np.diag([EDGE_mm, EDGE_mm, EDGE_mm, 1.0])
    straight[:3, 3] = [axis.ravel()[0] for axis in centres_mm()]
    cos, sin = math.cos(math.radians(turned_deg)), math.sin(math.radians(turned_deg))
    turn = np.eye(4)
    turn[:3, :3] = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]
    return np.asarray(turn @ straight)


def stored(values: NDArray[Any], affine: Floats, order: str = "xyz", flipped: str = "") -> tuple[NDArray[Any], Floats]:
    """An array with its axes in another order, some of them running back, and the affine that tells the same places."""
    axes = ["xyz".index(letter) for letter in order]
    told, values = affine[:, [*axes, 3]].copy(), values.transpose(axes)
    for axis, letter in enumerate(order):
        if letter in flipped:
            told[:, 3] += told[:, axis] * (values.shape[axis] - 1)
            told[:, axis] *= -1
            values = np.flip(values, axis)
    return np.ascontiguousarray(values), told


def nifti(values: NDArray[Any], affine: Floats, words: str) -> bytes:
    """A compressed NIfTI file of an array and its affine (LPS, mm); the same bytes for the same array."""
    from nibabel import Nifti1Image

    image: Any = Nifti1Image(values, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)  # type: ignore[no-untyped-call]
    image.header["descrip"] = words.encode()[:79]
    image.header.set_xyzt_units("mm")
    image.set_qform(image.affine, code=1)
    image.set_sform(image.affine, code=1)
    return gzip.compress(image.to_bytes(), mtime=0)


def truth(made: Patient, seed: int = SEED) -> dict[str, Any]:
    """What is true of the patient, and how the scans were spoilt."""
    factors = np.array([made.factors(scan, seed) for scan in range(len(SCANS_h))])
    voxels = np.bincount(made.labels.ravel(), minlength=len(made.names) + 1)[1:]
    mass_g = Calibration().density_g_per_cm3(made.ct_HU.astype(float)) * VOXEL_mL
    regions = []
    for place, (name, kinetics) in enumerate(zip(made.names, made.kinetics, strict=True)):
        solid = SOLIDS[place] if place < len(SOLIDS) else None
        effective = {label: kinetics.effective_h(label) for label in LABELS}
        regions.append({
            "label": place + 1,
            "name": name,
            "voxels": int(voxels[place]),
            "volume_mL": float(voxels[place] * VOXEL_mL),
            "mass_g": float(mass_g[made.labels == place + 1].sum()),
            "wanted_mass_g": solid.mass_g if solid else None,
            "source": solid.source if solid else "what is left of the body, its outer 12 mm adipose",
            "ct_HU": [solid.ct_HU] if solid else [TISSUE_HU, FAT_HU],
            "parts": [
                {"fraction": part, "biological_half_life_h": biological_h}
                | {f"effective_half_life_{label}_h": effective[label][index] for label in LABELS}
                for index, (part, biological_h) in enumerate(kinetics.parts)
            ],
            "time_integrated_activity_MBq_h_per_MBq": {label: kinetics.integral_h(label) for label in LABELS},
            "scan_factors": factors[:, place].tolist(),
        })  # fmt: skip
    return {
        "made_by": "tools/make_patient.py: synthetic, no patient is described",
        "seed": seed,
        "shape": list(SHAPE),
        "edge_mm": EDGE_mm,
        "administered_MBq": ADMINISTERED_MBq,
        "scanned": LABELS[0],
        "scans_h": list(SCANS_h),
        "physical_half_life_h": {label: nuclide(label).half_life_h for label in LABELS},
        "noise": {
            "relative_standard_deviation": list(NOISE),
            "rule": "by scan; normal; once for each region (scan_factors), and once more for each voxel",
        },
        "ct": f"{Calibration().name}: density and tissue by CT number; no noise",
        "units": {"ct": "HU", "pet": "Bq/mL at the time of the scan", "tia": "MBq h/mL per MBq administered"},
        "regions": regions,
    }


def files(seed: int, order: str = "xyz", flipped: str = "", turned_deg: float = 0.0) -> dict[str, bytes]:
    """Every file by its name."""
    made = patient()

    def image(values: NDArray[Any], words: str) -> bytes:
        return nifti(*stored(values, affine_mm(turned_deg), order, flipped), words)

    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerows([("label", "name"), *enumerate(made.names, 1)])
    found = {
        "ct.nii.gz": image(made.ct_HU, "HU, synthetic"),
        "regions.nii.gz": image(made.labels, "labels, synthetic"),
        "regions.csv": table.getvalue().encode(),
    }
    for scan, elapsed_h in enumerate(SCANS_h):
        found[f"pet_{elapsed_h:03.0f}h.nii.gz"] = image(made.scan_Bq_per_mL(scan, seed), "Bq/mL of I-124, synthetic")
    for label in LABELS:
        words = f"MBq h/mL per MBq of {label}, synthetic"
        found[f"tia_{label}.nii.gz"] = image(made.integral_h_per_mL(label).astype(np.float32), words)
    found["truth.json"] = (json.dumps(truth(made, seed), indent=2) + "\n").encode()
    return found


def main() -> None:
    """Write the files into a folder that is made if need be."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", metavar="DIR", type=Path)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--order", default="xyz", help="the axes of the arrays, such as zyx")
    options.add_argument("--flipped", default="", help="the axes that run to the right, front or feet, such as xz")
    options.add_argument("--turned", type=float, default=0.0, metavar="DEGREES", help="how oblique the patient lies")
    asked = options.parse_args()
    if sorted(asked.order) != list("xyz") or not set(asked.flipped) <= set("xyz") or asked.seed < 0:
        options.error("an order has x, y and z once each, what is flipped is of them, a seed is 0 or more")
    made = files(asked.seed, asked.order, asked.flipped, asked.turned)
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        (asked.folder / name).write_bytes(content)
    print(f"{asked.folder}: {', '.join(made)}")


if __name__ == "__main__":
    main()
