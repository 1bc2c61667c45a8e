"""What deliveries for dose in voxels hold: each of these would change a number without a word, and is refused or told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from hevesy.conduct.voxel_dose import Images, Kinetics, PatientDose, patient_dose
from hevesy.errors import HevesyError
from hevesy.files.nifti import read_nifti
from hevesy.nuclides.library import emissions
from hevesy.treat.activity_unit import map_unit
from hevesy.treat.voxel_engines import Method, Run
from tests.conduct.dosed_patient import Told, activity, ct, labels
from tests.files.pet_objects import structure_set, write_ct, write_scan

QUICK = Run(wanted=0.05, seed=3, workers=1)


def of_scans(
    folder: Path,
    scans: list[Told],
    *,
    of_ct: Told | None = None,
    unit: str = "kBq/mL",
    half_life_h: float = 40.0,
    rate_at_h: float | None = None,
    method: Method = "kernel",
    label: str = "Lu-177",
    times_h: tuple[float, ...] = (24.0, 72.0),
    names: dict[str, str] | None = None,
) -> PatientDose:
    images = Images(
        activity=[scan.write(folder / f"{number}.nii") for number, scan in enumerate(scans)],
        ct=[(of_ct or ct()).write(folder / "ct.nii")],
        regions=labels().write(folder / "regions.nii"),
        unit=map_unit(unit),
        times_h=() if map_unit(unit).integrated else times_h[: len(scans)],
        names=names or {},
    )
    kinetics = (
        Kinetics() if map_unit(unit).integrated else Kinetics(half_lives_h={"": half_life_h}, rate_at_h=rate_at_h)
    )
    return patient_dose(images, emissions(label), kinetics, method, run=QUICK)


def of_dicom(folder: Path, regions: Path | None = None, **places: Path) -> PatientDose:
    pet, of_ct = places.get("pet", folder / "pet"), places.get("ct", folder / "ct")
    if not pet.exists():
        write_scan(pet)
    if not of_ct.exists():
        write_ct(of_ct)
    images = Images(activity=[pet], ct=[of_ct], regions=regions)
    return patient_dose(images, emissions("I-124"), Kinetics(physical=True), "kernel", run=QUICK)


def changed(place: Path, change: Callable[[Dataset], object]) -> Path:
    for path in place.iterdir():
        found = dcmread(path)
        change(found)
        found.save_as(path)
    return place


def scaled(made: Told, by: float) -> Told:
    return replace(made, values=(made.values * by).astype(np.float32))


def told(made: PatientDose, words: str) -> bool:
    return any(words in one for one in made.warnings)


def refused(words: str, work: Callable[[], object]) -> None:
    with pytest.raises(HevesyError) as refusal:
        work()
    assert words in str(refusal.value)


def test_one_scan_given_twice_is_no_series(tmp_path: Path) -> None:
    """It was 9 % low: the second scan showed what was there at the first."""
    refused("the same values in every voxel", lambda: of_scans(tmp_path, [activity(), activity()]))


def test_values_corrected_for_decay_are_asked_about(tmp_path: Path) -> None:
    """From 24 h to 72 h decay alone leaves 81 % of Lu-177; what stays level was corrected for it, and a third too high."""
    assert told(of_scans(tmp_path, [activity(), scaled(activity(), 1.001)]), "corrected for decay")
    (tmp_path / "right").mkdir()
    assert not told(of_scans(tmp_path / "right", [activity(), scaled(activity(), 0.8)]), "corrected for decay")


@pytest.mark.parametrize("unit", ["GBq/mL", "TBq h/mL"])
def test_more_than_any_patient_is_given_is_asked_about(tmp_path: Path, unit: str) -> None:
    """Whatever the unit, every answer says how much the images hold: a thousandfold is seen."""
    found = of_scans(tmp_path, [activity()], unit=unit)
    assert told(found, "is the unit right?")
    assert any("in the whole" in one and "MBq" in one for one in found.because)
    (tmp_path / "right").mkdir()
    assert not told(of_scans(tmp_path / "right", [activity()], unit="k" + unit[1:]), "is the unit right?")


def test_activity_where_the_ct_shows_no_body_is_asked_about(tmp_path: Path) -> None:
    """A CT that lies elsewhere in the same coordinates: no header tells, the share in air does."""
    elsewhere = replace(ct(), values=np.roll(ct().values, 5, axis=2))
    assert told(of_scans(tmp_path, [activity(background=0.0)], of_ct=elsewhere), "do activity and CT lie together")
    (tmp_path / "right").mkdir()
    assert not told(of_scans(tmp_path / "right", [activity(background=0.0)]), "lie together")


def test_no_rate_is_told_of_a_time_without_activity(tmp_path: Path) -> None:
    scans = [activity(), scaled(activity(), 0.5)]
    refused("no activity at 0 h", lambda: of_scans(tmp_path, scans, rate_at_h=0.0))


def test_a_region_is_not_called_what_lies_in_none(tmp_path: Path) -> None:
    """Its half-life and that of all outside would be one."""
    refused("'rest'", lambda: of_scans(tmp_path, [activity()], names={"1": "rest"}))


def test_the_noise_of_histories_is_told_beside_the_spread_of_doses(tmp_path: Path) -> None:
    """An evenly filled block by far too few histories for its voxels: its D95 is their noise, its mean is known.

    The scatter of its voxels, which all receive one dose, is the truth that the noise is told against (10 %).
    """
    block = Told(values=np.ones((30, 30, 30), np.float32), affine=np.diag([4.0, 4.0, 4.0, 1.0]))
    inner = np.zeros(block.values.shape, np.uint8)
    inner[8:22, 8:22, 8:22] = 1
    images = Images(
        activity=[block.write(tmp_path / "a.nii")],
        ct=[scaled(block, 0.0).write(tmp_path / "ct.nii")],
        regions=replace(block, values=inner).write(tmp_path / "r.nii"),
        unit=map_unit("kBq h/mL"),
    )
    by = {method: patient_dose(images, emissions("Y-90"), Kinetics(), method, run=QUICK) for method in METHODS}
    even, noisy = by["kernel"].of_regions[0], by["transport"].of_regions[0]
    assert noisy.mean_Gy == pytest.approx(even.mean_Gy, rel=0.05)
    assert noisy.volume.at_least_Gy(95) < 0.6 * even.volume.at_least_Gy(95)
    assert noisy.of_a_voxel == pytest.approx(float(noisy.volume.falling_Gy.std()) / noisy.mean_Gy, rel=0.1)
    assert told(by["transport"], "hold this noise")
    assert not told(by["kernel"], "hold this noise")
    assert even.of_a_voxel is None
    assert noisy.spread is None  # above 10 % none but the mean is told
    assert even.spread is even.volume
    assert told(by["transport"], "none but the mean is told (1)")


METHODS: tuple[Method, Method] = ("kernel", "transport")


@pytest.mark.parametrize("missing", ["RescaleIntercept", "RescaleSlope"])
def test_a_ct_without_its_scale_is_not_taken_as_it_was_stored(tmp_path: Path, missing: str) -> None:
    """Stored as 1024 more: water was bone of 1.6 g/cm3."""
    place = changed(write_ct(tmp_path / "ct"), lambda found: found.__delattr__(missing))
    refused("is missing (0028,105", lambda: of_dicom(tmp_path, ct=place))


def test_what_a_ct_shows_of_electrons_is_not_in_hu(tmp_path: Path) -> None:
    place = changed(write_ct(tmp_path / "ct"), lambda found: setattr(found, "RescaleType", "ED"))
    refused("the CT is in ED, not in HU", lambda: of_dicom(tmp_path, ct=place))


def test_a_frame_of_reference_that_is_not_told_is_said_to_be_believed(tmp_path: Path) -> None:
    place = changed(write_ct(tmp_path / "ct"), lambda found: found.__delattr__("FrameOfReferenceUID"))
    assert told(of_dicom(tmp_path, ct=place), "the CT tells no frame of reference")
    shutil.rmtree(place)
    assert not told(of_dicom(tmp_path), "tells no frame of reference")


def test_regions_drawn_in_another_patient_are_refused(tmp_path: Path) -> None:
    path = structure_set(tmp_path / "regions.dcm")
    assert of_dicom(tmp_path, path).of_regions[0].name == "lesion"
    found = dcmread(path)
    found.PatientID = "ANOTHER"
    found.save_as(path)
    refused("of another patient", lambda: of_dicom(tmp_path, path))


def test_a_region_drawn_in_finer_voxels_is_told_by_what_it_grows(tmp_path: Path) -> None:
    """A cube of 5 mm about a corner of voxels of 4 mm holds the centres of eight: four times its volume."""

    def drawn(from_mm: int, to_mm: int) -> Path:
        values = np.zeros(tuple(4 * size for size in activity().values.shape), np.uint8)
        values[from_mm:to_mm, from_mm:to_mm, from_mm:to_mm] = 1
        affine = activity().affine @ np.diag([0.25, 0.25, 0.25, 1.0])
        affine[:3, 3] -= 1.5
        return Told(values=values, affine=affine).write(tmp_path / "fine.nii")

    def of(regions: Path) -> PatientDose:
        images = Images(
            activity=[activity().write(tmp_path / "a.nii")],
            ct=[ct().write(tmp_path / "ct.nii")],
            regions=regions,
            unit=map_unit("kBq h/mL"),
        )
        return patient_dose(images, emissions("Lu-177"), Kinetics(), "kernel", run=QUICK)

    assert told(of(drawn(9, 15)), "0.512 mL in the voxels of the activity and 0.216 mL as drawn")
    assert not told(of(drawn(8, 20)), "as drawn")
    refused("smaller than the image's voxels", lambda: of(drawn(8, 9)))


def test_complex_numbers_are_no_activity(tmp_path: Path) -> None:
    """Their imaginary part was left out."""
    held = activity()
    image: Any = nibabel.Nifti1Image(held.values.astype(np.complex64) * (1 + 1j), held.affine)  # type: ignore[no-untyped-call]  # nibabel has no types
    image.set_sform(held.affine, code=1)
    nibabel.save(image, tmp_path / "complex.nii")
    refused("complex or colours", lambda: read_nifti(tmp_path / "complex.nii"))
