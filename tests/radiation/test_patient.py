"""The synthetic patient: what its maker says of it, and organ doses of I-131 by transport, preview and EGSnrc's kernels."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.files.icrp107 import read_icrp107
from hevesy.files.nifti import read_nifti, read_nifti_regions
from hevesy.matter.ct import Calibration
from hevesy.matter.material import material
from hevesy.nuclides.emission import PHOTONS
from hevesy.nuclides.library import emissions, nuclide
from hevesy.radiation.voxel_dose import Scene, VoxelDose, transport_dose
from tests.conftest import ROOT, reference
from tests.references import egs_iodine
from tests.tiers import FULL

sys.path.insert(0, str(ROOT / "tools"))
try:
    import make_patient as maker
    import validate_patient as ways
finally:
    sys.path.remove(str(ROOT / "tools"))

WANTED = 0.005 if FULL else 0.02
POINTS = 200_000 if FULL else 20_000


@cache
def made() -> maker.Patient:
    return maker.patient()


def regions() -> tuple[Any, ...]:
    return tuple(made().region(name) for name in made().names)


# the maker


def test_a_seed_makes_the_same_bytes_each_time_and_another_seed_other_scans() -> None:
    first, again, other = maker.files(17), maker.files(17), maker.files(18)
    digests = [{name: hashlib.sha256(one).hexdigest() for name, one in files.items()} for files in (first, again)]
    assert digests[0] == digests[1]
    assert len(first) == 11
    changed = {name for name in first if first[name] != other[name]}
    assert changed == {name for name in first if name.startswith("pet_")} | {"truth.json"}


def test_organs_and_lesions_have_the_masses_of_their_sources() -> None:
    """ICRP Publication 89, table 2.8, adult female; NEMA NU 2 spheres of 37 and 28 mm; in single voxels of at most 0.08 g."""
    told = {region["name"]: region for region in maker.truth(made())["regions"]}
    published = {"thyroid": 17, "kidneys": 275, "spleen": 130, "liver": 1400, "lungs": 950}
    assert len(told) == 9
    for name, mass_g in published.items():
        assert told[name]["mass_g"] == pytest.approx(mass_g, abs=0.04), name
    assert told["red marrow in the spine"]["mass_g"] == pytest.approx(900 * (0.161 + 0.123), abs=0.04)
    for name, diameter_cm in (("lesion in the liver", 3.7), ("lesion in the lung", 2.8)):
        assert told[name]["volume_mL"] == pytest.approx(math.pi / 6 * diameter_cm**3, abs=0.04)
    assert made().labels.shape == (64, 64, 100)
    assert {region["label"]: region["voxels"] for region in told.values()} == dict(
        enumerate(np.bincount(made().labels.ravel()).tolist()[1:], 1)
    )


def test_the_ct_says_which_tissue_a_region_is() -> None:
    """By the calibration that voxel doses read CT numbers with; densities of ICRU 44 and 46 within 3 %."""
    calibration = Calibration()
    ct_HU = made().ct_HU.astype(float)
    tissue = np.array([name for _, name in calibration.tissues])[calibration.tissue(ct_HU)]
    density = calibration.density_g_per_cm3(ct_HU)
    wanted = {"lungs": ("lung", 0.26), "red marrow in the spine": ("spongiosa", 1.18), "liver": ("soft tissue", 1.06),
              "spleen": ("soft tissue", 1.06), "kidneys": ("soft tissue", 1.05)}  # fmt: skip
    for name, (kind, g_per_cm3) in wanted.items():
        region = made().region(name)
        assert set(tissue[region]) == {kind}
        assert density[region] == pytest.approx(g_per_cm3, rel=0.03)
    assert set(tissue[made().region(maker.BODY)]) == {"adipose", "soft tissue"}
    assert set(tissue[made().labels == 0]) == {"air"}


def test_time_integrals_are_those_of_the_curves() -> None:
    """By quadrature; of I-131 by the I-124 curve with one decay for the other; maps add up to their regions."""
    away = {label: math.log(2) / nuclide(label).half_life_h for label in maker.LABELS}
    for label in maker.LABELS:
        for kinetics in made().kinetics:

            def curve(elapsed_h: float, one: maker.Kinetics = kinetics, label: str = label) -> float:
                exchange = math.exp((away["I-124"] - away[label]) * elapsed_h)
                return one.fraction(elapsed_h, "I-124") * exchange

            whole = sum(quad(curve, low, high)[0] for low, high in ((0, 50), (50, 500), (500, 8000)))
            assert kinetics.integral_h(label) == pytest.approx(whole, rel=1e-5)
        whole_map = made().integral_h_per_mL(label).sum() * 0.064
        assert whole_map == pytest.approx(sum(one.integral_h(label) for one in made().kinetics), rel=1e-12)
    assert sum(one.fraction(0.0, "I-124") for one in made().kinetics) <= 1
    assert all(one.fraction(elapsed_h, "I-124") > 0 for one in made().kinetics for elapsed_h in maker.SCANS_h)


def test_noise_is_what_truth_says_by_region_and_by_voxel() -> None:
    """3 to 8 %: of 2,000 seeds the factors' spread, of one scan the liver's 20,483 voxels; each within 5 % of it."""
    assert (min(maker.NOISE), max(maker.NOISE)) == (0.03, 0.08)
    drawn = np.array([[made().factors(scan, seed) for scan in range(5)] for seed in range(2000)])
    assert drawn.mean(axis=(0, 2)) == pytest.approx(1, abs=0.003)
    assert drawn.std(axis=(0, 2)) == pytest.approx(maker.NOISE, rel=0.05)
    told = maker.truth(made(), 5)["regions"]
    for scan, elapsed_h in enumerate(maker.SCANS_h):
        ratio = made().scan_Bq_per_mL(scan, 5)[made().region("liver")] / np.float64(
            made().activity_Bq_per_mL(elapsed_h)[made().region("liver")]
        )
        factor = next(one["scan_factors"][scan] for one in told if one["name"] == "liver")
        assert ratio.mean() == pytest.approx(factor, rel=4 * maker.NOISE[scan] / math.sqrt(20483))
        assert ratio.std() == pytest.approx(factor * maker.NOISE[scan], rel=0.05)
        assert not made().scan_Bq_per_mL(scan, 5)[made().labels == 0].any()


@pytest.mark.parametrize(
    ("order", "flipped", "turned"), [("xyz", "", 0.0), ("zyx", "xz", 0.0), ("yxz", "y", 0.0), ("xzy", "z", 20.0)]
)
def test_files_lie_where_the_patient_does(tmp_path: Path, order: str, flipped: str, turned: float) -> None:
    """A marked voxel and the liver, by this program's reader: at their places, whatever the order of the axes."""
    place, affine = (40, 11, 93), maker.affine_mm(turned)
    marked = np.zeros(maker.SHAPE, np.float32)
    marked[place] = 1
    path = tmp_path / "marked.nii.gz"
    path.write_bytes(maker.nifti(*maker.stored(marked, affine, order, flipped), "marked"))
    read = read_nifti(path, "1")
    (found,) = np.argwhere(read.values)
    assert read.values.sum() == 1
    straight = np.array([4 * (40 - 31.5), 4 * (11 - 31.5), 4 * 93.5])
    cos, sin = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    about_head = np.array([cos * straight[0] - sin * straight[1], sin * straight[0] + cos * straight[1], straight[2]])
    x, y, z = about_head
    assert read.grid.centres_mm(found) == pytest.approx([x, cos * y - sin * z, sin * y + cos * z], abs=1e-3)
    assert read.grid.edges_mm == pytest.approx((4, 4, 4), rel=1e-6)
    path = tmp_path / "regions.nii.gz"
    path.write_bytes(maker.nifti(*maker.stored(made().labels, affine, order, flipped), "labels"))
    liver = next(one for one in read_nifti_regions(path) if one.name == str(made().names.index("liver") + 1))
    middle = liver.grid.centres_mm(np.argwhere(liver.mask)).mean(axis=0)
    wanted = np.argwhere(made().region("liver")).mean(axis=0) @ affine[:3, :3].T + affine[:3, 3]
    assert middle == pytest.approx(wanted, abs=1e-3)
    assert turned or middle[0] < 0, "the liver lies on the patient's right"


def test_the_folder_tells_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["make_patient.py", str(tmp_path / "p"), "--seed", "3"])
    maker.main()
    told = json.loads((tmp_path / "p" / "truth.json").read_text())
    assert told["scans_h"] == [4, 24, 48, 96, 144]
    assert told["seed"] == 3
    scan = read_nifti(tmp_path / "p" / "pet_004h.nii.gz", "Bq/mL")
    assert (made().scan_Bq_per_mL(0, 3) == scan.values.T).all()
    tia = read_nifti(tmp_path / "p" / "tia_I-131.nii.gz", "h/mL")
    regions = read_nifti_regions(tmp_path / "p" / "regions.nii.gz")
    assert (tmp_path / "p" / "regions.csv").read_text().splitlines()[1:] == [
        f"{region['label']},{region['name']}" for region in told["regions"]
    ]
    for region, given in zip(regions, told["regions"], strict=True):
        integral_h = given["time_integrated_activity_MBq_h_per_MBq"]["I-131"]
        assert region.within(tia).sum(dtype=float) * tia.grid.voxel_mL == pytest.approx(integral_h, rel=1e-5)
        halves = [
            1 / (1 / part["biological_half_life_h"] + 1 / nuclide("I-131").half_life_h) for part in given["parts"]
        ]
        assert halves == pytest.approx([part["effective_half_life_I-131_h"] for part in given["parts"]])
    monkeypatch.setattr(sys, "argv", ["make_patient.py", str(tmp_path / "q"), "--order", "xxz"])
    with pytest.raises(SystemExit):
        maker.main()
    assert not (tmp_path / "q").exists()


def test_scans_without_noise_give_the_truth_back_by_two_parts() -> None:
    """What the page says of the scans is no fault of the rule by two parts: half-lives from a grid, 3 % at most."""
    found = ways.from_scans(made(), ways.exchanged(made(), None)).two_parts
    true = made().integral_h_per_mL("I-131")
    for name in made().names:
        region = made().region(name)
        assert found[region].sum() == pytest.approx(true[region].sum(), rel=0.03), name


# its doses


def test_the_sum_of_shells_is_that_of_a_sphere() -> None:
    """EGSnrc's own sphere of 1 kg (spheres_water_EGSnrc.csv: 250.21 keV), made of voxels: within 1 %."""
    table = egs_iodine.shells(reference("transport"))
    away = np.arange(-18, 19) * 0.4
    radius = np.sqrt(away[:, None, None] ** 2 + away[None, :, None] ** 2 + away[None, None, :] ** 2)
    ball = np.zeros(radius.shape, bool)
    ball.ravel()[np.argsort(radius, axis=None, kind="stable")[: round(1000 / 0.064)]] = True
    energy, error = egs_iodine.energies_keV(table, [(ball.astype(float), ball)], 0.4)
    assert error[0] < 0.003 * energy[0]
    assert energy[0] == pytest.approx(250.21, rel=0.01)


def test_organ_doses_of_iodine_131_in_water_are_the_sum_of_egsnrcs_kernels() -> None:
    """True map of I-131, body and surroundings of water, spectra of ICRP 107; regions with half of the dose by their own.

    Transport within 2 % + 2 sigma, preview within 5 %. The sum has no photons beyond 20 cm: 0.1 to 1.7 % of these doses
    (docs/validation/patient.md).
    """
    reference("transport"), reference("icrp")
    true = made().integral_h_per_mL("I-131")
    icrp = read_icrp107(reference("icrp"), "I-131")
    energy, error, own = ways.direct(true, regions(), POINTS)
    scene = ways.in_water(true)
    found = ways.by_transport(scene, icrp, regions(), WANTED)
    near = ways.by_preview(scene, icrp, regions(), egs_iodine.REACH_cm) * 1000 / 1.602176634e-1
    assert abs(found.imbalance) < 1e-6
    judged = [place for place, share in enumerate(own) if share > 0.5]
    assert [made().names[place] for place in judged] == [name for name in made().names if name != "lungs"]
    for place in judged:
        name, mass_g = made().names[place], regions()[place].sum() * 0.064
        value, sigma = found.region_of_batches(place)
        assert abs(value - energy[place]) < 0.02 * energy[place] + 2 * math.hypot(sigma, error[place]), name
        assert near[place] * mass_g == pytest.approx(energy[place], rel=0.05), name


def test_all_energy_is_accounted_for_in_the_patient() -> None:
    """What stays in regions and air and what leaves is what was emitted: that of the nuclide's data, within 1 %."""
    scene = ways.in_tissues(made(), made().integral_h_per_mL("I-131"))
    air = made().labels == 0
    found = transport_dose(
        scene, emissions("I-131"), regions=(*regions(), air), batch=2_000, wanted=0.1, most_batches=50, workers=2
    )
    kept_keV = sum(found.region_of_batches(place)[0] for place in range(len(regions()) + 1))
    assert abs(found.imbalance) < 1e-6
    assert kept_keV == pytest.approx(float(found.energy_keV.sum()), rel=1e-9)
    assert kept_keV + found.escaped_keV == pytest.approx(found.emitted_keV, rel=1e-6)
    assert found.emitted_keV == pytest.approx(emissions("I-131").energy_keV, rel=0.01)
    assert found.escaped_keV > 0.4 * found.emitted_keV, "a slim trunk lets photons go"


def between(scene: Scene, place: Any, regions: tuple[Any, ...]) -> VoxelDose:
    """Transport of the photons of I-131 from one region."""
    whole = emissions("I-131")
    photons = replace(whole, spectra=(), lines=whole.of(*PHOTONS))
    moved = replace(scene, activity=place.astype(float))
    batch = 96_000 if FULL else 12_000
    return transport_dose(moved, photons, regions=regions, batch=batch, wanted=1e-4, most_batches=50, workers=2)


@pytest.mark.parametrize(("matter", "part"), [("water", 0.0), ("tissues", 0.05)])
def test_doses_there_and_back_are_alike(matter: str, part: float) -> None:
    """Reciprocity (R. Loevinger, M. Berman, MIRD Pamphlet 1, 1968): energy per mass of the target there as back.

    In one infinite medium exactly (3 sigma; 8 cm of water stand around), in tissues nearly (5 % more).
    """
    true = made().integral_h_per_mL("I-131")
    scene = ways.in_water(true) if matter == "water" else ways.in_tissues(made(), true)
    around = ways.AROUND if matter == "water" else 0
    pair = tuple(np.pad(made().region(name), around) for name in ("liver", "kidneys"))
    masses_g = [float(scene.mass_g[one].sum()) for one in pair]
    there, back = (between(scene, one, pair) for one in pair)
    (first, first_error), (second, second_error) = there.region_of_batches(1), back.region_of_batches(0)
    ratio = first / masses_g[1] / (second / masses_g[0])
    sigma = math.hypot(first_error / first, second_error / second)
    assert sigma < 0.015
    assert abs(ratio - 1) < part + 3 * sigma


@pytest.mark.parametrize("name", ["I-131", "F-18", "Lu-177", "Y-90"])
def test_a_large_body_of_water_keeps_all_that_is_emitted(name: str) -> None:
    """In the middle of a cube of 3 m: the energy per decay of the library within 3 sigma, a thousandth leaves."""
    shape = (61, 61, 61)
    activity = np.zeros(shape)
    activity[30, 30, 30] = 1
    scene = Scene(
        size_cm=(5.0,) * 3,
        materials=(material("water"),),
        material=np.zeros(shape, np.uint8),
        density_g_per_cm3=np.ones(shape),
        activity=activity,
    )
    emitted = emissions(name)
    found = transport_dose(scene, emitted, batch=20_000 if FULL else 1_000, wanted=0.005, most_batches=50)
    value, sigma = found.region_of_batches(0)
    assert found.escaped_keV < 1e-3 * emitted.energy_keV
    assert sigma < 0.01 * emitted.energy_keV
    assert value + found.escaped_keV == pytest.approx(emitted.energy_keV, abs=3 * sigma + 1e-4 * emitted.energy_keV)
