"""Dose maps written as RTDOSE and NIfTI lie where they lay, by another program and by readers written differently."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from scipy.spatial.transform import Rotation

from hevesy.errors import RuleError
from hevesy.files.dicom.dose import RT_DOSE, links_of, rt_dose
from hevesy.files.dicom.series import look_into
from hevesy.files.nifti import nifti, read_nifti
from hevesy.imaging.volume import Grid, Volume
from tests.conftest import outside_truth
from tests.files.dose_cases import CASES, LARGEST_Gy, doses, inside_the_box, straight
from tests.files.pet_objects import IDENTIFIERS, write_ct, write_scan
from tests.tiers import cases

MOST_mm, MOST_PART = 0.1, 1e-6
"""Bars: places in mm, doses as a share of the largest."""


def read_back(content: bytes) -> tuple[NDArray[np.float64], NDArray[np.float64], Dataset]:
    """Centres (n, 3) in mm and doses (n,) by the equations of DICOM PS3.3 C.7.6.2.1.1 and C.8.8.3.2, voxel by voxel."""
    found = pydicom.dcmread(io.BytesIO(content))
    stored = np.frombuffer(found.PixelData, dtype="<u4")
    corner = np.array([float(one) for one in found.ImagePositionPatient])
    cosines = [float(one) for one in found.ImageOrientationPatient]
    along_row, along_column = np.array(cosines[:3]), np.array(cosines[3:])
    normal = np.cross(along_row, along_column)
    between_rows, between_columns = (float(one) for one in found.PixelSpacing)
    offsets = np.atleast_1d(np.array(found.GridFrameOffsetVector, dtype=np.float64))
    points = [
        corner + offset * normal + row * between_rows * along_column + column * between_columns * along_row
        for offset in offsets
        for row in range(found.Rows)
        for column in range(found.Columns)
    ]
    return np.array(points), stored * float(found.DoseGridScaling), found


def farthest(volume: Volume, points: NDArray[np.float64], told_Gy: NDArray[np.float64]) -> tuple[float, float]:
    """How far a point lies from the centre of a voxel (mm) and its dose from that voxel's, over the largest."""
    places = volume.grid.places(points)
    nearest = np.rint(places).astype(int)
    away = np.linalg.norm(volume.grid.centres_mm(nearest) - points, axis=1).max()
    assert len(np.unique(nearest, axis=0)) == volume.values.size == len(points)
    off = np.abs(volume.values[tuple(nearest.T)].astype(np.float64) - told_Gy).max() / volume.values.max()
    return float(away), float(off)


def test_another_program_reads_every_order_and_direction_of_axes_where_it_lay() -> None:
    """dicompyler-core: places within 0.1 mm, doses within 1e-6 of the largest (measured: 0 mm, 2e-10)."""
    kept = json.loads(outside_truth("dicompyler/dose.json").read_text())
    assert set(kept["objects"]) == set(CASES)
    for name, (axes, signs) in CASES.items():
        volume, told = straight(axes, signs), kept["objects"][name]
        for k, j, i, dose_Gy in told["voxels"]:
            point = np.array([told["x_mm"][i], told["y_mm"][j], told["z_mm"][k]])
            place = np.rint(volume.grid.places(point)).astype(int)
            assert np.abs(volume.grid.centres_mm(place) - point).max() <= MOST_mm
            assert abs(float(volume.values[tuple(place)]) - dose_Gy) <= MOST_PART * LARGEST_Gy
        assert [len(told[f"{axis}_mm"]) for axis in "xyz"] == [7, 8, 6]


def test_the_objects_are_still_those_that_the_other_program_read() -> None:
    """What is written now has the places and doses that were read then: the reading has not grown old."""
    kept = json.loads(outside_truth("dicompyler/dose.json").read_text())["objects"]
    for name, (axes, signs) in CASES.items():
        points, told_Gy, _ = read_back(rt_dose(straight(axes, signs), None, name))
        x, y, z = (np.array(kept[name][f"{axis}_mm"]) for axis in "xyz")
        assert np.abs(points.reshape(len(z), len(y), len(x), 3)[:, 0, 0, 2] - z).max() < 1e-9
        assert np.abs(points.reshape(len(z), len(y), len(x), 3)[0, 0, :, 0] - x).max() < 1e-9
        grid = told_Gy.reshape(len(z), len(y), len(x))
        for k, j, i, dose_Gy in kept[name]["voxels"]:
            assert grid[k, j, i] == pytest.approx(dose_Gy, rel=1e-12)


@st.composite
def volumes(draw: st.DrawFn) -> Volume:
    """Any dose on any grid whose axes stand at right angles, mirrored ones too."""
    turn = Rotation.from_euler("xyz", draw(st.tuples(*[st.floats(-180, 180)] * 3)), degrees=True).as_matrix()
    edges = np.array(draw(st.tuples(*[st.floats(0.5, 9.7)] * 3))) * np.array(
        draw(st.tuples(*[st.sampled_from([-1, 1])] * 3))
    )
    affine = np.eye(4)
    affine[:3, :3] = turn * edges
    affine[:3, 3] = draw(st.tuples(*[st.floats(-900, 900)] * 3))
    shape = draw(st.tuples(*[st.integers(1, 6)] * 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    largest = 10.0 ** draw(st.floats(-6, 4))
    values = (rng.random(shape) ** 3 * largest).astype(np.float32)
    return Volume(grid=Grid(shape=shape, affine=affine, frame_of_reference="1.2.3"), values=values, unit="Gy")


@settings(max_examples=cases(1000))
@given(volumes())
def test_a_dose_on_any_axes_comes_back_where_it_lay(volume: Volume) -> None:
    content = rt_dose(volume, None, "a test")
    away_mm, off = farthest(volume, *read_back(content)[:2])
    assert away_mm <= 1e-6
    assert off <= 1e-9 + 2.0**-31
    assert content == rt_dose(volume, None, "a test")


@settings(max_examples=cases(1000))
@given(volumes())
def test_a_dose_comes_back_from_nifti_where_it_lay(tmp_path_factory: pytest.TempPathFactory, volume: Volume) -> None:
    """By our reader, and by nibabel's own affine of sform and of qform; the header has single precision."""
    path = tmp_path_factory.mktemp("nifti") / "dose.nii.gz"
    path.write_bytes(nifti(volume))
    found = read_nifti(path, "Gy")
    assert np.abs(found.grid.affine - volume.grid.affine).max() < 2e-4
    assert (found.values == volume.values).all()
    image: Any = nibabel.load(path)
    assert image.get_sform(coded=True)[1] == 1
    for affine, code in (image.get_sform(coded=True), image.get_qform(coded=True)):
        if code == 0:  # a turn that a quaternion of single precision cannot tell
            continue
        place = np.array(volume.grid.shape) - 1
        right, front, head = (affine @ [*place[::-1], 1])[:3]
        assert np.array([-right, -front, head]) == pytest.approx(volume.grid.centres_mm(place), abs=1e-2)


def test_an_object_says_whose_it_is_and_of_which_images_it_was_made(tmp_path: Path) -> None:
    pet, ct = (look_into([place]).series[0] for place in (write_scan(tmp_path / "pet"), write_ct(tmp_path / "ct")))
    links = links_of([pet, ct])
    assert links is not None
    *_, found = read_back(rt_dose(straight(), links, "I-131 by transport", "how it was made"))
    first = pydicom.dcmread(pet.slices[0].path)
    assert (str(found.PatientName).split("^")[0], found.PatientID) == IDENTIFIERS
    assert found.StudyInstanceUID == first.StudyInstanceUID
    assert found.SeriesInstanceUID not in (first.SeriesInstanceUID, ct.slices[0].series)
    assert found.FrameOfReferenceUID == straight().grid.frame_of_reference
    told = {(one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID) for one in found.ReferencedImageSequence}
    wanted = {
        (header.SOPClassUID, header.SOPInstanceUID)
        for place in ("pet", "ct")
        for header in (pydicom.dcmread(path) for path in (tmp_path / place).iterdir())
    }
    assert told == wanted
    assert (found.SOPClassUID, found.Modality) == (RT_DOSE, "RTDOSE")
    assert (found.DoseUnits, found.DoseType, found.DoseSummationType) == ("GY", "PHYSICAL", "PLAN")
    assert (found.BitsAllocated, found.PixelRepresentation) == (32, 0)
    assert (found.DoseComment, found.DerivationDescription) == ("I-131 by transport", "how it was made")
    assert links_of([]) is None


def test_names_in_any_characters_and_values_that_break_rules_are_passed_on_as_they_are(tmp_path: Path) -> None:
    """A name in Latin 1 beside a region in Greek; a date of birth and a sex that DICOM does not allow."""

    def change(found: Dataset, _: int) -> None:
        found.SpecificCharacterSet, found.PatientName = "ISO_IR 100", "M\u00fcller^J\u00f6rg"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.PatientBirthDate, found.PatientSex = "1950-01-01", "female"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (pet,) = look_into([write_scan(tmp_path / "pet", change=change)]).series
    *_, found = read_back(rt_dose(straight(), links_of([pet]), "a test", "region \u03b1"))
    assert (str(found.PatientName), found.DerivationDescription) == ("M\u00fcller^J\u00f6rg", "region \u03b1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert (found.PatientBirthDate, found.PatientSex) == ("1950-01-01", "female")


def test_without_images_of_dicom_patient_and_study_are_empty_and_the_frame_is_its_own() -> None:
    grid = Grid(shape=(2, 2, 2), affine=np.diag([3.0, 2.0, 2.0, 1.0]))
    one, same, other = (
        read_back(rt_dose(Volume(grid=grid, values=np.full((2, 2, 2), value, np.float32), unit="Gy"), None, "a test"))[
            2
        ]
        for value in (1.0, 1.0, 2.0)
    )
    assert (one.PatientName, one.PatientID, one.StudyDate) == ("", "", "")
    assert one.FrameOfReferenceUID == same.FrameOfReferenceUID
    assert one.SOPInstanceUID == same.SOPInstanceUID
    assert other.SOPInstanceUID != one.SOPInstanceUID  # of the same values as integers: the scaling tells them apart


def test_what_can_be_no_object_is_refused() -> None:
    straight_volume = straight()
    values = straight_volume.values.copy()
    values[0, 0, 0] = -1
    with pytest.raises(RuleError, match="0 or more and finite"):
        rt_dose(Volume(grid=straight_volume.grid, values=values, unit="Gy"), None, "")
    with pytest.raises(RuleError, match="in Gy, got mGy"):
        rt_dose(Volume(grid=straight_volume.grid, values=straight_volume.values, unit="mGy"), None, "")
    leaning = np.eye(4)
    leaning[0, 1] = 0.3
    sheared = Volume(grid=Grid(shape=(2, 2, 2), affine=leaning), values=np.ones((2, 2, 2), np.float32), unit="Gy")
    with pytest.raises(RuleError, match="right angles"):
        rt_dose(sheared, None, "")
    with pytest.raises(RuleError, match="right angles"):
        nifti(sheared)


def test_the_curves_of_a_region_are_those_of_another_program() -> None:
    """dicompyler-core, to its bins of 0.01 Gy; its D95 is of the nearest share of whole voxels, so a voxel on or back."""
    from hevesy.treat.dose_volume import dose_volume

    told = json.loads(outside_truth("dicompyler/dose.json").read_text())["dvh"]
    volume = straight()
    mask = inside_the_box(volume.grid)
    found = dose_volume(volume.values[mask], volume.grid.voxel_mL)
    assert found.volume_mL == pytest.approx(told["volume_mL"], rel=1e-6)
    assert found.mean_Gy == pytest.approx(told["mean_Gy"], abs=0.011)
    assert float(found.falling_Gy[0]) == pytest.approx(told["largest_Gy"], abs=0.011)
    for share in (98, 95, 50, 2):
        place = int(np.flatnonzero(found.falling_Gy == found.at_least_Gy(share))[0])
        lowest, highest = found.falling_Gy[min(place + 1, 74)], found.falling_Gy[max(place - 1, 0)]
        assert lowest - 0.011 <= told[f"D{share}_Gy"] <= highest + 0.011
    for dose in (10, 20, 40):
        assert found.percent_with(dose) / 100 * found.volume_mL == pytest.approx(told[f"V{dose}Gy_mL"], abs=0.031)
    assert doses(volume.grid, LARGEST_Gy).max() == pytest.approx(volume.values.max())
