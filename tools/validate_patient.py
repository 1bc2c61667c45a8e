"""Write docs/validation/patient.md: mean doses of I-131 in the regions of the synthetic patient, by every way there is.

Usage: python tools/validate_patient.py      (a few minutes)

The outside results are read from the folder that HEVESY_REFERENCE names (by default ../shared/reference); without it
nothing is written.
"""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.files.icrp107 import read_icrp107
from hevesy.matter.ct import Calibration
from hevesy.matter.material import material
from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.library import emissions, nuclide
from hevesy.radiation.point_kernel import point_kernel
from hevesy.radiation.sphere_dose import mGy_PER_keV_PER_g
from hevesy.radiation.uncertainty import BODY_LARGE
from hevesy.radiation.voxel_dose import Scene, VoxelDose, transport_dose
from hevesy.radiation.voxel_kernel import preview_dose, voxel_kernel
from make_patient import (
    LABELS,
    NOISE,
    SEED,
    ADMINISTERED_MBq,
    EDGE_mm,
    Kinetics,
    Patient,
    SCANS_h,
    VOXEL_mL,
    patient,
)

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.references.egs_iodine import REACH_cm, energies_keV, shells  # noqa: E402  # found beside this folder

Floats = NDArray[np.float64]
REFERENCE = Path(os.environ.get("HEVESY_REFERENCE", ROOT.parent / "shared" / "reference"))
PAGE = ROOT / "docs" / "validation" / "patient.md"
LABEL = LABELS[1]
SIZE_cm = (EDGE_mm / 10,) * 3
AROUND = 20
"""Voxels of water on each side of the scene in water: what is scattered back from beyond them is not missed."""
WIDE_cm = 40.0
"""From one end of the patient to the other, nearly."""


def in_water(activity: Floats) -> Scene:
    """The patient's map with water in and around the body."""
    padded = np.pad(activity, AROUND)
    return Scene(
        size_cm=SIZE_cm,
        materials=(material("water"),),
        material=np.zeros(padded.shape, np.uint8),
        density_g_per_cm3=np.ones(padded.shape),
        activity=padded,
    )


def in_tissues(made: Patient, activity: Floats) -> Scene:
    """The patient's map in the tissues that the CT tells, air around them."""
    calibration, ct_HU = Calibration(), made.ct_HU.astype(np.float64)
    return Scene(
        size_cm=SIZE_cm,
        materials=tuple(material(name) for _, name in calibration.tissues),
        material=calibration.tissue(ct_HU).astype(np.uint8),
        density_g_per_cm3=calibration.density_g_per_cm3(ct_HU),
        activity=activity,
    )


def by_transport(
    scene: Scene, emitted: Emissions, regions: tuple[NDArray[np.bool_], ...], wanted: float, most_batches: int = 400
) -> VoxelDose:
    """Transport until the regions are known; they may be of the patient's shape in a scene in water."""
    around = (scene.material.shape[0] - regions[0].shape[0]) // 2
    return transport_dose(
        scene,
        emitted,
        regions=tuple(np.pad(region, around) for region in regions),
        wanted=wanted,
        most_batches=most_batches,
        workers=2,
    )


def by_preview(scene: Scene, emitted: Emissions, regions: tuple[NDArray[np.bool_], ...], reach_cm: float) -> Floats:
    """Mean doses of the regions (mGy per MBq s in the scene) by convolution."""
    found = preview_dose(scene, voxel_kernel(point_kernel(emitted), SIZE_cm, reach_cm), workers=2)
    around = (scene.material.shape[0] - regions[0].shape[0]) // 2
    mass_g = scene.mass_g
    return np.array([
        float(np.average(found.dose_mGy_per_MBq_s[inside], weights=mass_g[inside]))
        for inside in (np.pad(region, around) for region in regions)
    ])  # fmt: skip


def own_shares(found_keV: Floats, own_keV: Floats, activity: Floats, regions: tuple[NDArray[np.bool_], ...]) -> Floats:
    """Of what is left in each region, the share that its own activity left; `own_keV` is per decay in the region."""
    carried = np.array([activity[region].sum() for region in regions], dtype=np.float64)
    return np.asarray(own_keV * carried / (activity.sum() * found_keV))


def direct(activity: Floats, regions: tuple[NDArray[np.bool_], ...], points: int) -> tuple[Floats, Floats, Floats]:
    """The sum of EGSnrc's shells: energy per decay in each region, its standard error, and the region's own share."""
    pairs = [(activity, region) for region in regions] + [(activity * region, region) for region in regions]
    energy, error = energies_keV(shells(REFERENCE / "transport"), pairs, SIZE_cm[0], points)
    count = len(regions)
    return energy[:count], error[:count], own_shares(energy[:count], energy[count:], activity, regions)


def trapezoid_h_per_mL(scans_per_mL: Floats, times_h: Floats, half_life_h: float) -> Floats:
    """Time integrals of activities at times (first axis): straight lines from nothing, physical decay from the last."""
    between = np.trapezoid(scans_per_mL, times_h, axis=0)
    return np.asarray(scans_per_mL[0] * times_h[0] / 2 + between + scans_per_mL[-1] * half_life_h / math.log(2))


def two_parts(fractions: Floats, times_h: Floats) -> Kinetics:
    """The two decaying parts nearest to fractions without physical decay, by their noise; half-lives on a grid."""
    halves_h = np.geomspace(2.0, 2000.0, 61)
    best, found = math.inf, Kinetics(parts=())
    for place, fast_h in enumerate(halves_h):
        for slow_h in halves_h[place + 1 :]:
            shape = 2.0 ** (-times_h[:, None] / np.array([fast_h, slow_h]))
            weight = 1 / (fractions * np.array(NOISE))
            amount = np.linalg.lstsq(shape * weight[:, None], fractions * weight, rcond=None)[0]
            off = float((((shape @ amount - fractions) * weight) ** 2).sum())
            if amount[1] > 0 and amount.sum() > -0.02 and off < best:
                best, found = off, Kinetics(parts=((float(amount[0]), fast_h), (float(amount[1]), slow_h)))
    return found


def exchanged(made: Patient, seed: int | None) -> Floats:
    """The five scans as they would be of I-131: activity per mL over the administered, first axis the time.

    Without a seed they have no noise.
    """
    rate = {label: math.log(2) / nuclide(label).half_life_h for label in LABELS}
    return np.array(
        [
            (made.activity_Bq_per_mL(elapsed_h) if seed is None else made.scan_Bq_per_mL(scan, seed))
            / (1e6 * ADMINISTERED_MBq)
            * math.exp((rate[LABELS[0]] - rate[LABEL]) * elapsed_h)
            for scan, elapsed_h in enumerate(SCANS_h)
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FromScans:
    """Maps of time-integrated activity (h/mL) from the noisy scans."""

    trapezoid: Floats
    two_parts: Floats


def from_scans(made: Patient, scans: Floats) -> FromScans:
    """Voxel by voxel by trapezoid; region by region by two parts, spread evenly."""
    times_h = np.array(SCANS_h)
    half_life_h = nuclide(LABEL).half_life_h
    fitted = np.zeros(made.labels.shape)
    for name in made.names:
        region = made.region(name)
        volume_mL = region.sum() * VOXEL_mL
        of_region = scans[:, region].sum(axis=1) * VOXEL_mL
        parts = two_parts(of_region * 2 ** (times_h / half_life_h), times_h)
        fitted[region] = parts.integral_h(LABEL) / volume_mL
    return FromScans(trapezoid=trapezoid_h_per_mL(scans, times_h, half_life_h), two_parts=fitted)


def doses(found: VoxelDose, masses_g: Floats, integral_h: float) -> tuple[Floats, Floats]:
    """Mean doses of the regions of a run (mGy per MBq administered) and their statistical standard errors."""
    values = np.array([found.region_of_batches(place) for place in range(len(masses_g))])
    per_keV = 3600 * integral_h * mGy_PER_keV_PER_g / masses_g
    return values[:, 0] * per_keV, values[:, 1] * per_keV


def water(made: Patient, truth: Floats, regions: tuple[NDArray[np.bool_], ...]) -> list[str]:
    """All water: transport and preview against the sum of EGSnrc's shells."""
    icrp = read_icrp107(REFERENCE / "icrp", LABEL)
    energy, error, own = direct(truth, regions, 200_000)
    scene = in_water(truth)
    found = by_transport(scene, icrp, regions, 0.005)
    masses_g = np.array([region.sum() * VOXEL_mL for region in regions])
    integral_h = float(truth.sum()) * VOXEL_mL
    summed = energy * 3600 * integral_h * mGy_PER_keV_PER_g / masses_g
    dose, sigma = doses(found, masses_g, integral_h)
    total_s = 3600 * integral_h
    near, far = (total_s * by_preview(scene, icrp, regions, reach_cm) for reach_cm in (REACH_cm, WIDE_cm))
    library = total_s * by_preview(scene, emissions(LABEL), regions, REACH_cm)
    told = [
        "## Body and surroundings of water",
        "",
        (
            "The sum of EGSnrc's shells about a point (spectra of ICRP 107, spin effects off) "
            f"over all pairs of voxels; it knows photons to {REACH_cm:g} cm. Transport and preview with the same "
            f"spectra, the preview to {REACH_cm:g} cm too; transport in {AROUND * EDGE_mm / 10:g} cm more water on "
            "each side. Judged where the region's own activity gives more than half of its dose: transport within "
            "2 % + 2 sigma, preview within 5 %. Beside: what the preview has from beyond "
            f"{REACH_cm:g} cm (to {WIDE_cm:g} cm), which the sum lacks and transport has; and the preview with "
            "Hevesy's own spectra over that with those of ICRP 107."
        ),
        "",
        "| region | own share | sum, mGy/MBq | transport over sum | sigma of it | preview over sum "
        f"| beyond {REACH_cm:g} cm | own spectra | met |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for place, name in enumerate(made.names):
        off, near_off = dose[place] / summed[place] - 1, near[place] / summed[place] - 1
        both = math.hypot(sigma[place] / dose[place], error[place] / energy[place])
        met = abs(off) <= 0.02 + 2 * both and abs(near_off) <= 0.05
        judged = ("yes" if met else "**no**") if own[place] > 0.5 else "listed"
        told.append(
            f"| {name} | {own[place]:.2f} | {summed[place]:.4g} | {1 + off:.4f} | {both:.4f} | {1 + near_off:.4f} | "
            f"{100 * (far[place] / near[place] - 1):+.2f} % | {library[place] / near[place]:.4f} | {judged} |"
        )
    return [*told, "", f"Transport: {'; '.join(found.because)}.", ""]


def tissues(made: Patient, truth: Floats, regions: tuple[NDArray[np.bool_], ...], seed: int) -> list[str]:
    """The patient: transport, preview, and what the noisy scans make of it."""
    emitted = emissions(LABEL)
    clean, scans = (from_scans(made, exchanged(made, one)) for one in (None, seed))
    scene = in_tissues(made, truth)
    masses_g = np.array([float(scene.mass_g[region].sum()) for region in regions])
    integral_h = float(truth.sum()) * VOXEL_mL
    found = by_transport(scene, emitted, regions, 0.005)
    dose, sigma = doses(found, masses_g, integral_h)
    preview = 3600 * integral_h * by_preview(scene, emitted, regions, WIDE_cm)
    noisy = []
    for estimate in (scans.trapezoid, scans.two_parts):
        run = by_transport(in_tissues(made, estimate), emitted, regions, 0.01)
        noisy.append(doses(run, masses_g, float(estimate.sum()) * VOXEL_mL))
    told = [
        "## The patient",
        "",
        (
            "Tissues and densities by the CT, Hevesy's own spectra. Dose: transport of the true map of I-131 "
            "(biology of the regions, decay of I-131), with its standard uncertainty: statistics and "
            f"{100 * BODY_LARGE:g} % of the model; nothing for the nuclide's data or for the activity. "
            "Not judged: the preview over it (kernels in water, photon doses as in water), and what the five scans "
            f"of I-124 make of it ({', '.join(f'{100 * one:g}' for one in NOISE)} % noise, seed {seed}), exchanged for "
            "I-131: map by trapezoid, in a straight line from nothing to the first and with the decay of I-131 from "
            "the last on; and two decaying parts fitted to each region's five values (four parameters, so that noise "
            "is followed). Activities and doses over the true ones; in brackets scans without noise: what the rule "
            "itself makes of the truth."
        ),
        "",
        "| region | mass, g | MBq h/MBq | dose, mGy/MBq | statistics | preview | trapezoid: activity | dose "
        "| two parts: activity | dose |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for place, (name, region) in enumerate(zip(made.names, regions, strict=True)):
        true_h = truth[region].sum()
        u = dose[place] * math.hypot(sigma[place] / dose[place], BODY_LARGE)
        activities = [
            f"{noisy_map[region].sum() / true_h:.3f} ({clean_map[region].sum() / true_h:.3f})"
            for noisy_map, clean_map in ((scans.trapezoid, clean.trapezoid), (scans.two_parts, clean.two_parts))
        ]
        ratios = [one[0][place] / dose[place] for one in noisy]
        told.append(
            f"| {name} | {masses_g[place]:.4g} | {true_h * VOXEL_mL:.4g} | {dose[place]:.3g} +- {u:.2g} | "
            f"{100 * sigma[place] / dose[place]:.2f} % | {preview[place] / dose[place]:.3f} | "
            f"{activities[0]} | {ratios[0]:.3f} | {activities[1]} | {ratios[1]:.3f} |"
        )
    emitted_keV, left_keV = found.emitted_keV, float(found.energy_keV.sum())
    return [
        *told,
        "",
        f"Transport: {'; '.join(found.because)}. Of {emitted_keV:.2f} keV per decay {left_keV:.2f} stay in the scene "
        f"and {found.escaped_keV:.2f} leave it; what is left over is {found.imbalance:.1g} of it.",
        "",
    ]


def main() -> None:
    """Write the page."""
    if not REFERENCE.is_dir():
        sys.exit(f"outside results are not there: {REFERENCE} (set HEVESY_REFERENCE)")
    made = patient()
    truth, regions = made.integral_h_per_mL(LABEL), tuple(made.region(name) for name in made.names)
    told = [
        "# A synthetic patient",
        "",
        (
            "Written by tools/validate_patient.py. The patient is made by `python tools/make_patient.py DIR`: "
            "64 x 64 x 100 voxels of 4 mm, six organs and two lesions as geometric solids of reference masses; no "
            "patient is described, and what the regions take up is chosen, not measured."
        ),
        "",
        *water(made, truth, regions),
        *tissues(made, truth, regions, SEED),
    ]
    PAGE.write_text("\n".join(told).rstrip() + "\n")
    print(PAGE)


if __name__ == "__main__":
    main()
