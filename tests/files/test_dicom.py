"""Folders of images told apart by their headers: what is one volume, what is not, and exactly where its voxels lie."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from hevesy.conduct.images import region_of, regions_of, suv_image
from hevesy.errors import CannotAnswerError, DeliveryError, HevesyError
from hevesy.files.dicom.series import look_into, values_of
from hevesy.files.nifti import read_nifti_regions
from tests.files.pet_objects import (
    SHAPE,
    enhanced_pet,
    nifti_mask,
    segmentation,
    structure_set,
    truth,
    write_scan,
)


def test_slices_lie_by_their_position_whatever_their_names(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan")
    for number, path in enumerate(sorted(folder.iterdir(), reverse=True)):
        path.rename(folder / f"{number:03d}_renamed")
    image = suv_image([folder])
    assert image.volume.values == pytest.approx(truth(), rel=2e-3, abs=3e-4)
    assert image.volume.grid.centres_mm(np.array([2, 7, 9])).tolist() == [-30 + 36.0, -20 + 28.0, 108.0]


def edited(tmp_path: Path, change: Callable[[Dataset, int], None]) -> Path:
    return write_scan(tmp_path / "scan", change=change)


def lost(folder: Path, number: int) -> Path:
    (folder / f"slice_{number:02d}.dcm").unlink()
    return folder


def test_a_missing_slice_is_named_by_its_neighbours(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"slices are missing: between slice_01.dcm and slice_03.dcm lie 8 mm"):
        suv_image([lost(write_scan(tmp_path / "scan"), 2)])


def test_a_missing_slice_at_the_end_is_told_by_the_number_of_slices(tmp_path: Path) -> None:
    image = suv_image([lost(write_scan(tmp_path / "scan"), 5)])
    assert "the series tells 6 slices (0054,0081), and 5 are there" in image.warnings


def test_copies_are_left_out_and_told(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan")
    shutil.copy(folder / "slice_03.dcm", folder / "again.dcm")
    image = suv_image([folder])
    assert image.volume.grid.shape == SHAPE
    assert "1 files are copies of others and were left out" in image.warnings


def test_one_instance_with_two_contents_is_refused(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan")
    found = dcmread(folder / "slice_03.dcm")
    found.PatientWeight = 99
    found.save_as(folder / "again.dcm")
    with pytest.raises(DeliveryError, match="say they are one image and differ"):
        suv_image([folder])


def twice(found: Dataset, number: int) -> None:
    found.ImagePositionPatient = [-30, -20, 100 + 4.0 * min(number, 4)]


def turned(found: Dataset, number: int) -> None:
    if number > 2:
        found.ImageOrientationPatient = [0, 1, 0, 1, 0, 0]


def another_frame(found: Dataset, number: int) -> None:
    if number > 2:
        found.FrameOfReferenceUID = generate_uid()


def two_units(found: Dataset, number: int) -> None:
    if number > 2:
        found.Units = "CNTS"


def uneven(found: Dataset, number: int) -> None:
    found.ImagePositionPatient = [-30, -20, 100 + 4.0 * number + (0.8 if number == 3 else 0)]


def sideways(found: Dataset, number: int) -> None:
    found.ImagePositionPatient = [-30 + (3.0 if number == 3 else 0), -20, 100 + 4.0 * number]


def coloured(found: Dataset, number: int) -> None:
    found.SamplesPerPixel = 3


def shortened(found: Dataset, number: int) -> None:
    found.PixelData = found.PixelData[:100]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (twice, "lie at one place and are two images"),
        (turned, "different size, spacing or direction"),
        (another_frame, "two frames of reference"),
        (two_units, "two units"),
        (uneven, "not evenly"),
        (sideways, "shifted against one another"),
        (coloured, "in colours"),
        (shortened, "pixels end too early"),
    ],
)
def test_slices_that_are_no_volume_are_refused(
    tmp_path: Path, change: Callable[[Dataset, int], None], told: str
) -> None:
    with pytest.raises(DeliveryError, match=told):
        suv_image([edited(tmp_path, change)])


def test_a_tilt_is_told_and_its_voxels_lie_where_they_lie(tmp_path: Path) -> None:
    def tilted(found: Dataset, number: int) -> None:
        found.ImagePositionPatient = [-30, -20 + 0.5 * number, 100 + 4.0 * number]

    image = suv_image([edited(tmp_path, tilted)])
    assert any("a tilt of 7.1 degrees" in sentence for sentence in image.warnings)
    assert image.volume.grid.centres_mm(np.array([4, 0, 0])).tolist() == pytest.approx([-30, -18, 116])
    assert image.volume.grid.voxel_mL == pytest.approx(0.064)


def test_other_series_of_the_folder_are_told_and_left(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan")
    shutil.copy(str(get_testdata_file("CT_small.dcm")), folder / "ct.dcm")
    (folder / "notes.txt").write_text("no image")
    with pytest.raises(DeliveryError, match=r"notes.txt: is not a DICOM file"):
        suv_image([folder])
    (folder / "notes.txt").unlink()
    assert "other series here were not read: CT" in suv_image([folder]).warnings


def test_bits_that_are_not_stored_are_not_read(tmp_path: Path) -> None:
    """Twelve bits of sixteen, signed: the four above hold what they like."""

    def twelve(found: Dataset, number: int) -> None:
        values = np.frombuffer(found.PixelData, dtype="<i2")
        small = np.rint(values / 16).astype(np.int16)
        found.RescaleSlope = f"{float(found.RescaleSlope) * 16:.10g}"
        found.PixelData = ((small & 0x0FFF) | (0x5000 if number % 2 else 0xA000 - 0x10000)).astype("<i2").tobytes()
        found.BitsStored, found.HighBit = 12, 11

    image = suv_image([edited(tmp_path, twelve)])
    assert image.volume.values == pytest.approx(truth(), rel=5e-3, abs=5e-3)


def test_a_file_of_frames_is_the_scan_again(tmp_path: Path) -> None:
    """Frames in reverse order, each with its own mapping to Bq/mL, the dose in MBq."""
    image = suv_image([enhanced_pet(tmp_path / "enhanced.dcm")])
    assert image.volume.values == pytest.approx(truth(), rel=2e-3, abs=3e-4)
    assert any("taken as MBq" in sentence for sentence in image.warnings)


@pytest.mark.parametrize(
    ("name", "modality", "shape"),
    [("CT_small.dcm", "CT", (1, 128, 128)), ("MR_small.dcm", "MR", (1, 64, 64)),
     ("MR_small_RLE.dcm", "MR", (1, 64, 64)), ("MR_small_bigendian.dcm", "MR", (1, 64, 64))],
)  # fmt: skip
def test_files_of_the_library_are_read_as_it_reads_them(name: str, modality: str, shape: tuple[int, ...]) -> None:
    path = Path(str(get_testdata_file(name)))
    (series,) = look_into([path]).series
    own = dcmread(path)
    slope, intercept = float(own.get("RescaleSlope", 1)), float(own.get("RescaleIntercept", 0))
    expected = own.pixel_array.reshape(shape) * slope + intercept
    found = values_of(series)
    assert (series.modality, found.shape) == (modality, shape)
    order = [one.place for one in series.slices]
    assert found.tolist() == expected[order].astype(np.float32).tolist()


@pytest.mark.parametrize("name", ["rtdose.dcm", "rtplan.dcm", "DICOMDIR", "reportsi.dcm", "JPEG2000.dcm"])
def test_what_is_no_image_to_be_read_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(HevesyError):
        suv_image([Path(str(get_testdata_file(name)))])


def test_contours_become_the_voxels_whose_centres_they_hold(tmp_path: Path) -> None:
    image = suv_image([write_scan(tmp_path / "scan")])
    found = region_of(structure_set(tmp_path / "rs.dcm"), image.volume.grid)
    assert (found.name, found.mask.tolist()) == ("lesion", (truth() == 4.0).tolist())
    assert "centre" in found.rule


def test_a_contour_that_encloses_nothing_is_refused(tmp_path: Path) -> None:
    image = suv_image([write_scan(tmp_path / "scan")])
    points = structure_set(tmp_path / "rs.dcm", [[(0.0, 0.0, 108.0)]], kind="POINT")
    with pytest.raises(DeliveryError, match="encloses nothing"):
        region_of(points, image.volume.grid)


def test_a_region_that_is_asked_for_is_read_whatever_the_others_are(tmp_path: Path) -> None:
    image = suv_image([write_scan(tmp_path / "scan")])
    found = dcmread(structure_set(tmp_path / "rs.dcm"))
    point, named = Dataset(), Dataset()
    named.ROINumber, named.ROIName = 2, "point"
    contour = Dataset()
    contour.ContourGeometricType, contour.ContourData = "POINT", ["0", "0", "108"]
    point.ReferencedROINumber, point.ContourSequence = 2, [contour]
    found.StructureSetROISequence.append(named)
    found.ROIContourSequence.append(point)
    found.save_as(tmp_path / "two.dcm")
    assert region_of(tmp_path / "two.dcm", image.volume.grid, "lesion").voxels == 18
    with pytest.raises(DeliveryError, match="encloses nothing"):
        region_of(tmp_path / "two.dcm", image.volume.grid, "point")


def test_a_segmentation_comes_back_exactly_by_position(tmp_path: Path) -> None:
    """Written by highdicom with empty frames left out and segments that overlap; by position alone."""
    folder = write_scan(tmp_path / "scan")
    rng = np.random.default_rng(3)
    masks = {"lesion": truth() == 4.0, "scattered": rng.random(SHAPE) < 0.2, "one": np.zeros(SHAPE, dtype=bool)}
    masks["one"][4, 15, 0] = True
    file = segmentation(tmp_path / "seg.dcm", sorted(folder.iterdir()), masks)
    grid = suv_image([folder]).volume.grid
    for region in regions_of(file, grid):
        assert region.mask.tolist() == masks[region.name].tolist()


def test_a_mask_of_numbers_is_the_same_region(tmp_path: Path) -> None:
    image = suv_image([write_scan(tmp_path / "scan")])
    file = nifti_mask(tmp_path / "mask.nii")
    assert region_of(file, image.volume.grid, "1").mask.tolist() == (truth() == 4.0).tolist()
    assert [one.name for one in read_nifti_regions(file)] == ["1", "2"]
    with pytest.raises(CannotAnswerError, match="name one of its regions: there are 1, 2"):
        region_of(file, image.volume.grid)
    with pytest.raises(CannotAnswerError, match="has no region '7'"):
        region_of(file, image.volume.grid, "7")


def test_a_region_of_another_frame_of_reference_is_refused(tmp_path: Path) -> None:
    def elsewhere(found: Dataset, number: int) -> None:
        found.FrameOfReferenceUID = "1.2.3"

    image = suv_image([edited(tmp_path, elsewhere)])
    with pytest.raises(DeliveryError, match="another frame of reference"):
        region_of(structure_set(tmp_path / "rs.dcm"), image.volume.grid)


def test_time_frames_of_one_series_are_volumes_of_their_own(tmp_path: Path) -> None:
    def dynamic(found: Dataset, number: int) -> None:
        found.SeriesType = ["DYNAMIC", "IMAGE"]
        found.NumberOfSlices, found.ImageIndex = 3, number + 1
        found.ImagePositionPatient = [-30, -20, 100 + 4.0 * (number % 3)]
        found.AcquisitionTime = f"09{30 + 5 * (number // 3)}00"

    folder = edited(tmp_path, dynamic)
    assert [one.grid.shape for one in look_into([folder]).series] == [(3, 16, 16)] * 2
    with pytest.raises(CannotAnswerError, match="2 PET volumes"):
        suv_image([folder])
