"""What hospitals' archives hold: each of these would change a number without a word, and is refused or told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

import hevesy
from hevesy.conduct.curves import Curves, time_activity_curves
from hevesy.conduct.images import Given, SuvImage, regions_of, suv_image
from hevesy.errors import HevesyError
from hevesy.find.delineation import mirrored
from hevesy.find.uptake import measured
from hevesy.imaging.region import Region
from hevesy.imaging.volume import Grid, Volume
from tests.files.pet_objects import (
    FLUORINE,
    IDENTIFIERS,
    SHAPE,
    Scan,
    enhanced_pet,
    nifti_mask,
    segmentation,
    structure_set,
    truth,
    write_scan,
)
from tests.find.test_suv import change

Edit = Callable[[Dataset, int], None]


def in_slices(numbers: tuple[int, ...], **elements: object) -> Edit:
    def changed(found: Dataset, number: int) -> None:
        if number in numbers:
            change(**elements)(found, number)

    return changed


def refused(told: str, work: Callable[[], object]) -> None:
    with pytest.raises(HevesyError) as refusal:
        work()
    assert told in str(refusal.value)
    assert not any(one in str(refusal.value) for one in IDENTIFIERS)


def warned(image: SuvImage, told: str) -> bool:
    return any(told in sentence for sentence in image.warnings)


# One factor for all slices


def of_philips(factors: tuple[float, ...]) -> Edit:
    def changed(found: Dataset, number: int) -> None:
        found.Manufacturer = "Philips"
        found.add_new(0x70531000, "DS", str(factors[number]))

    return changed


@pytest.mark.parametrize("factors", [(1.0,) * 5 + (2.0,), (1.0, 1.0, 2.0, 2.0, 1.0, 1.0)])
def test_philips_factors_that_differ_between_slices_are_refused(tmp_path: Path, factors: tuple[float, ...]) -> None:
    folder = write_scan(tmp_path / "scan", change=of_philips(factors), units="CNTS")
    refused("tell different", lambda: suv_image([folder]))


@pytest.mark.parametrize(
    "elements",
    [{"RadionuclideTotalDose": "370000000"}, {"DecayCorrection": "NONE"}, {"RadiopharmaceuticalStartTime": "081500"}],
)
def test_slices_in_the_middle_that_tell_other_facts_are_refused(tmp_path: Path, elements: dict[str, object]) -> None:
    folder = write_scan(tmp_path / "scan", change=in_slices((2, 3), **elements))
    refused("tell different", lambda: suv_image([folder]))


def test_slices_of_two_patients_are_refused_without_their_numbers(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan", change=in_slices((2,), PatientID="HVSY-0002"))
    refused("two patients (0010,0020)", lambda: suv_image([folder]))


@pytest.mark.parametrize("slices", [(2,), tuple(range(6))])
def test_a_missing_slope_is_not_taken_as_one(tmp_path: Path, slices: tuple[int, ...]) -> None:
    folder = write_scan(tmp_path / "scan", change=in_slices(slices, RescaleSlope=None))
    refused("(0028,1053)", lambda: suv_image([folder]))


def test_a_slice_that_does_not_tell_where_it_lies_is_not_left_out(tmp_path: Path) -> None:
    folder = write_scan(
        tmp_path / "scan",
        change=lambda found, number: change(
            NumberOfSlices=None, **({"ImagePositionPatient": None} if number == 5 else {})
        )(found, number),
    )
    refused("(0020,0032)", lambda: suv_image([folder]))


def test_a_slope_below_nought_is_refused(tmp_path: Path) -> None:
    refused(
        "(0028,1053)", lambda: suv_image([write_scan(tmp_path / "scan", change=in_slices((2,), RescaleSlope="-0.5"))])
    )


def test_bits_that_do_not_begin_with_the_lowest_are_refused(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan", change=change(BitsStored=12, HighBit=15))
    refused("(0028,0102)", lambda: suv_image([folder]))


def test_two_ranges_of_stored_values_in_one_unit_are_refused(tmp_path: Path) -> None:
    """Stored values up to 5,000 by one slope, the others by another: neither holds for all."""
    path = enhanced_pet(tmp_path / "frames.dcm")
    found = dcmread(path)
    for group in found.PerFrameFunctionalGroupsSequence:
        low = group.RealWorldValueMappingSequence[0]
        high = Dataset()
        high.RealWorldValueSlope, high.RealWorldValueIntercept = 2 * low.RealWorldValueSlope, 0.0
        high.MeasurementUnitsCodeSequence = low.MeasurementUnitsCodeSequence
        for one, ends in ((low, (0, 5000)), (high, (5001, 65535))):
            one.add_new(0x00409216, "US", ends[0])
            one.add_new(0x00409211, "US", ends[1])
        group.RealWorldValueMappingSequence = [low, high]
    found.save_as(path)
    refused("two mappings to real values", lambda: suv_image([path]))


def test_every_other_slice_missing_is_told_by_the_thickness(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan", change=change(NumberOfSlices=None))
    for path in sorted(folder.glob("*.dcm"))[1::2]:
        path.unlink()
    assert warned(suv_image([folder]), "(0018,0050)")


# Values that are SUV already


@pytest.mark.parametrize("units", ["GML", "CNTS"])
@pytest.mark.parametrize(
    ("elements", "told"),
    [
        ({"CorrectedImage": ["NORM", "DECY"]}, "lacks ATTN"),
        ({"RadionuclideHalfLife": "6586.2"}, "another decay"),
    ],
)
def test_an_suv_of_the_scanner_is_not_believed_whatever_it_rests_on(
    tmp_path: Path, units: str, elements: dict[str, object], told: str
) -> None:
    def changed(found: Dataset, number: int) -> None:
        of_philips((1.0,) * 6)(found, number)
        change(**elements)(found, number)

    folder = write_scan(tmp_path / "scan", change=changed, units=units)
    refused(told, lambda: suv_image([folder]))


@pytest.mark.parametrize(
    ("elements", "told"),
    [({"RadionuclidePositronFraction": "1.0"}, "(0018,1076)"), ({"DecayCorrection": "NONE"}, "(0054,1102)")],
)
def test_what_is_odd_of_a_scanners_suv_is_told(tmp_path: Path, elements: dict[str, object], told: str) -> None:
    image = suv_image([write_scan(tmp_path / "scan", change=change(**elements), units="GML")])
    assert warned(image, told)


@pytest.mark.parametrize("kind", ["bw", "lbm"])
@pytest.mark.parametrize("units", ["GML", "CNTS"])
def test_another_weight_than_the_scanners_makes_nothing_of_its_suv(tmp_path: Path, units: str, kind: str) -> None:
    """By lean mass it would be 1.74 for 145 kg: the SUV by weight of 72.5 kg over 145 kg times the lean mass of that."""
    folder = write_scan(tmp_path / "scan", change=of_philips((1.0,) * 6), units=units)
    refused("SUV already", lambda: suv_image([folder], kind, Given(weight_kg=145.0)))  # type: ignore[arg-type]  # words
    assert suv_image([folder], given=Given(weight_kg=72.5)).volume.values.max() == pytest.approx(4.0, rel=1e-3)


# What is given


def test_an_activity_that_is_given_is_never_taken_for_another_unit(tmp_path: Path) -> None:
    """50 kBq would be taken as 50,000 MBq."""
    folder = write_scan(tmp_path / "scan")
    refused("0.05 MBq", lambda: suv_image([folder], given=Given(activity_MBq=0.05)))


def test_another_injection_than_decay_was_corrected_to_is_refused(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan", Scan(decay="ADMIN"))
    refused("holds no other", lambda: suv_image([folder], given=Given(injected_at=datetime(2025, 3, 3, 21))))
    again = suv_image([folder], given=Given(injected_at=datetime(2025, 3, 3, 9)))
    assert again.volume.values.max() == pytest.approx(4.0, rel=1e-3)


@pytest.mark.parametrize("injected", ["2025-03-03", "2025-03-03T08:00Z", "2025-03-03T09:00+01:00"])
def test_a_day_alone_or_an_offset_is_no_time_by_the_scanners_clock(tmp_path: Path, injected: str) -> None:
    """A day alone was midnight: an SUV of 121 for 4."""
    folder = write_scan(tmp_path / "scan", FLUORINE)
    with pytest.raises(HevesyError):
        hevesy.suv([folder], injected=injected)


@pytest.mark.parametrize(("dose", "told"), [("185000", "kBq"), ("5", "mCi")])
def test_an_activity_in_another_unit_is_told(tmp_path: Path, dose: str, told: str) -> None:
    assert warned(suv_image([write_scan(tmp_path / "scan", change=change(RadionuclideTotalDose=dose))]), told)


# Times


def test_an_offset_that_only_the_injection_tells_is_told(tmp_path: Path) -> None:
    """Nine in the morning of a site an hour east of Greenwich: SUV would be 5.84 for 4."""
    at = change(RadiopharmaceuticalStartDateTime="20250303080000+0000", RadiopharmaceuticalStartTime=None)
    assert warned(suv_image([write_scan(tmp_path / "scan", FLUORINE, at)]), "offset from UTC")


@pytest.mark.parametrize(("alone", "disagrees"), [("080000", True), ("090000", False)])
def test_the_two_clocks_of_an_injection_are_compared_in_one_zone(tmp_path: Path, alone: str, disagrees: bool) -> None:
    at = change(
        TimezoneOffsetFromUTC="+0100",
        RadiopharmaceuticalStartDateTime="20250303080000+0000",
        RadiopharmaceuticalStartTime=alone,
    )
    image = suv_image([write_scan(tmp_path / "scan", FLUORINE, at)])
    assert image.volume.values.max() == pytest.approx(4.0, rel=1e-3)
    assert warned(image, "two times of injection") is disagrees


def test_an_injection_after_a_static_scan_is_refused_though_it_has_a_place_in_time(tmp_path: Path) -> None:
    at = change(
        TemporalPositionIdentifier=1,
        RadiopharmaceuticalStartDateTime="20250303104500",
        RadiopharmaceuticalStartTime="104500",
    )
    refused("after the time the image is of", lambda: suv_image([write_scan(tmp_path / "scan", FLUORINE, at)]))


def test_an_injection_after_the_start_of_a_series_in_time_is_told(tmp_path: Path) -> None:
    at = change(
        SeriesType=["DYNAMIC", "IMAGE"],
        RadiopharmaceuticalStartDateTime="20250303103000",
        RadiopharmaceuticalStartTime="103000",
    )
    assert warned(suv_image([write_scan(tmp_path / "scan", FLUORINE, at)]), "30 min after")


def test_a_series_long_before_its_acquisition_is_told_where_no_frame_bears_it_out(tmp_path: Path) -> None:
    early = change(SeriesTime="090500", FrameReferenceTime=None)
    assert warned(suv_image([write_scan(tmp_path / "scan", FLUORINE, early)]), "SUV would differ by +41.5 %")


@pytest.mark.parametrize("milliseconds", ["0", "150"])
def test_a_reference_time_within_the_frame_is_no_later_start(tmp_path: Path, milliseconds: str) -> None:
    """150 are seconds where milliseconds belong; a start within the frame would make it 4.39 for 4."""
    scan = replace(FLUORINE, duration_s=1800.0)
    late = change(SeriesTime="120000", FrameReferenceTime=milliseconds)
    image = suv_image([write_scan(tmp_path / "scan", scan, late)])
    assert image.volume.values.max() == pytest.approx(4.0, rel=1e-3)


def test_a_vendors_reference_long_before_the_acquisition_is_told(tmp_path: Path) -> None:
    """The series says the same as the vendor, the acquisition begins 55 min later: SUV would be 2.83 for 4."""

    def of_ge(found: Dataset, number: int) -> None:
        found.Manufacturer, found.SeriesTime = "GE MEDICAL SYSTEMS", "090500"
        found.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", "20250303090500")

    assert warned(suv_image([write_scan(tmp_path / "scan", FLUORINE, of_ge)]), "(0009,100D) and (0008,0032)")


def test_a_series_of_another_year_is_refused_in_words(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan", FLUORINE, change(SeriesDate="20240303"))
    refused("half-lives apart", lambda: suv_image([folder]))


def test_a_private_element_of_another_creator_is_no_reference_time(tmp_path: Path) -> None:
    def of_another(found: Dataset, number: int) -> None:
        found.private_block(0x0009, "ANOTHER", create=True).add_new(0x0D, "DT", "20250303090000")

    image = suv_image([write_scan(tmp_path / "scan", FLUORINE, of_another)])
    assert image.volume.values.max() == pytest.approx(4.0, rel=1e-3)


def test_a_half_life_of_a_nuclide_that_is_not_known_is_told(tmp_path: Path) -> None:
    def named(found: Dataset, number: int) -> None:
        label = found.RadiopharmaceuticalInformationSequence[0]
        label.RadionuclideCodeSequence[0].CodeMeaning = "Jod"

    assert warned(suv_image([write_scan(tmp_path / "scan", change=named)]), "names no nuclide")


# Regions

AFFINE = np.array([[-4.0, 0, 0, 30], [0, -4, 0, 20], [0, 0, 4, 100], [0, 0, 0, 1]])
FLIPPED = np.array([[4.0, 0, 0, -30], [0, -4, 0, 20], [0, 0, 4, 100], [0, 0, 0, 1]])
LESION = truth() == 4.0


@pytest.fixture
def image(tmp_path: Path) -> SuvImage:
    return suv_image([write_scan(tmp_path / "scan")])


def mask_file(
    path: Path,
    mask: NDArray[np.bool_],
    qform: NDArray[np.float64] | None,
    sform: NDArray[np.float64] | None,
    code: int = 1,
) -> Path:
    written = nibabel.Nifti1Image(mask.astype(np.uint8).T, None)  # type: ignore[no-untyped-call]  # nibabel has no types
    if qform is not None:
        written.set_qform(qform, 1)  # type: ignore[no-untyped-call]  # nibabel has no types
    if sform is not None:
        written.set_sform(sform, code)  # type: ignore[no-untyped-call]  # nibabel has no types
    nibabel.save(written, path)
    return path


@pytest.mark.parametrize(
    ("qform", "sform", "code", "told"),
    [(AFFINE, FLIPPED, 1, "two places"), (None, AFFINE, 4, "atlas"), (None, AFFINE, 3, "atlas")],
)
def test_a_mask_that_tells_two_places_or_an_atlas_is_refused(
    tmp_path: Path,
    image: SuvImage,
    qform: NDArray[np.float64] | None,
    sform: NDArray[np.float64],
    code: int,
    told: str,
) -> None:
    path = mask_file(tmp_path / "mask.nii", LESION, qform, sform, code)
    refused(told, lambda: regions_of(path, image.volume.grid))


def test_a_mask_of_another_lattice_partly_outside_is_refused_as_one_of_its_own_is(
    tmp_path: Path, image: SuvImage
) -> None:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[0:3, 6:9, 6:9] = True
    lower = AFFINE.copy()
    lower[2, 3] = 94.0
    path = mask_file(tmp_path / "mask.nii", mask, lower, None)
    refused("lie outside the image", lambda: regions_of(path, image.volume.grid))


Contour = list[tuple[float, float, float]]


def square(z: float, right: float = -7.9) -> Contour:
    return [(x, y, z) for x, y in ((right, 2.1), (2.1, 2.1), (2.1, 14.1), (right, 14.1))]


@pytest.mark.parametrize(
    ("contours", "volume_mL"),
    [
        ([square(108.0), square(112.0)], 1.152),
        ([square(110.0), square(114.0)], 1.152),
        ([square(106.0), square(110.0), square(114.0)], 1.728),
        ([square(108.0), square(112.0), square(112.0)], 1.152),
    ],
)
def test_a_contour_holds_its_planes_times_their_distance(
    tmp_path: Path, image: SuvImage, contours: list[Contour], volume_mL: float
) -> None:
    """Planes halfway between slices had a slice too many; one drawn twice cut itself out."""
    (region,) = regions_of(structure_set(tmp_path / "drawn.dcm", contours), image.volume.grid)
    assert region.volume_mL == pytest.approx(volume_mL)


@pytest.mark.parametrize(
    ("contours", "told"),
    [
        ([square(z) for z in (116.0, 120.0, 124.0, 128.0)], "on 2 of its 4 planes it reaches out of the image"),
        ([square(108.0, -60.0), square(112.0)], "on 1 of its 2 planes it reaches out of the image"),
    ],
)
def test_contours_that_reach_out_of_the_image_are_told(
    tmp_path: Path, image: SuvImage, contours: list[Contour], told: str
) -> None:
    (region,) = regions_of(structure_set(tmp_path / "drawn.dcm", contours), image.volume.grid)
    assert told in region.rule


def test_slices_between_planes_that_have_no_contour_are_told(tmp_path: Path, image: SuvImage) -> None:
    drawn = structure_set(tmp_path / "drawn.dcm", [square(z) for z in (100.0, 108.0, 116.0, 120.0)])
    (region,) = regions_of(drawn, image.volume.grid)
    assert region.voxels == 4 * 9
    assert "2 slices between its planes have no contour" in region.rule


@pytest.mark.parametrize("plane_x_mm", [10.0, 11.0, 12.0])
def test_a_mirrored_region_has_as_many_voxels_wherever_the_plane_lies(image: SuvImage, plane_x_mm: float) -> None:
    """In a plane halfway between voxels two columns fell onto one, and one stayed empty: 12 voxels of 18."""
    region = Region(name="lesion", grid=image.volume.grid, mask=LESION, rule="as put in")
    other = mirrored(region, plane_x_mm)
    assert other.voxels == region.voxels
    assert np.ptp(np.argwhere(other.mask)[:, 2]) == 2


def test_what_was_given_is_not_told_as_the_headers(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan")
    steps = suv_image([folder], given=Given(activity_MBq=185.0, weight_kg=72.5)).conversion.corrections
    assert not {one.tag for one in steps} & {"(0018,1074)", "(0010,1030)"}
    assert [one.tag for one in steps].count("as given") == 2


def test_a_segmentation_of_shares_holds_the_voxels_of_half_or_more(tmp_path: Path, image: SuvImage) -> None:
    path = segmentation(tmp_path / "seg.dcm", sorted((tmp_path / "scan").glob("*.dcm")))
    found = dcmread(path)
    shares = np.unpackbits(np.frombuffer(found.PixelData, np.uint8), bitorder="little")
    frames = shares[: int(found.NumberOfFrames) * SHAPE[1] * SHAPE[2]].reshape(-1, *SHAPE[1:])
    stored = np.where(frames == 1, 230, 0).astype(np.uint8)
    stored[:, 3, 3] = 90
    found.SegmentationType, found.SegmentationFractionalType, found.MaximumFractionalValue = (
        "FRACTIONAL",
        "OCCUPANCY",
        255,
    )
    found.BitsAllocated = found.BitsStored = 8
    found.HighBit = 7
    found.PixelData = stored.tobytes()
    found.save_as(path)
    (region,) = regions_of(path, image.volume.grid)
    assert np.array_equal(region.mask, LESION)
    assert "half or more" in region.rule


def test_an_edge_that_grew_into_something_hotter_is_told(tmp_path: Path) -> None:
    """A bladder of SUV 16 beside a lesion of SUV 4 was the lesion's largest value."""

    def beside(found: Dataset, number: int) -> None:
        values = np.frombuffer(found.PixelData, "<i2").reshape(SHAPE[1:]).copy()
        if number in (2, 3):
            values[6:9, 9:13] = 4 * values[7, 7]
        found.PixelData = values.tobytes()

    folder = write_scan(tmp_path / "scan", Scan(slopes=(5.0,)), beside)
    mask = mask_file(tmp_path / "mask.nii", LESION, AFFINE, None)
    leaked = hevesy.suv([folder], mask=mask, edge="41%")
    kept = hevesy.suv([folder], mask=mask, edge="41%", confined=True)
    assert leaked.document["suv_max"] == pytest.approx(16.0, rel=1e-3)
    assert any("something hotter" in str(one) for one in leaked.document["warnings"])  # type: ignore[union-attr]  # a list
    assert kept.document["suv_max"] == pytest.approx(4.0, rel=1e-3)
    assert not any("something hotter" in str(one) for one in kept.document["warnings"])  # type: ignore[union-attr]  # a list


def test_an_edge_that_grew_to_the_end_of_the_image_is_told(tmp_path: Path) -> None:
    mask = mask_file(tmp_path / "mask.nii", LESION, AFFINE, None)
    found = hevesy.suv([write_scan(tmp_path / "scan")], mask=mask, edge="0.1").document
    assert any("to the end of the image" in str(one) for one in found["warnings"])  # type: ignore[union-attr]  # a list
    outside = truth().size - LESION.sum()
    assert f"{outside} lie outside the region that was drawn" in str(found["because"])


def test_a_peak_beside_what_is_no_number_is_refused() -> None:
    values = truth().astype(np.float32)
    values[2, 6, 9] = np.nan
    grid = Grid(shape=SHAPE, affine=np.diag([4.0, 4.0, 4.0, 1.0]))
    region = Region(name="lesion", grid=grid, mask=LESION, rule="as put in")
    refused("no finite numbers", lambda: measured(Volume(grid=grid, values=values, unit="g/mL"), region))


# Curves


def scan_at(folder: Path, hours: float, edit: Edit | None = None) -> Path:
    scan = Scan()
    return write_scan(folder, replace(scan, scanned=scan.injected + timedelta(hours=hours)), edit)


def curves(places: list[Path], tmp_path: Path) -> Curves:
    return time_activity_curves(places, nifti_mask(tmp_path / "regions.nii"), "I-124", resolution_mm=6.0)


def test_a_curve_is_of_one_patient(tmp_path: Path) -> None:
    places = [scan_at(tmp_path / "a", 6), scan_at(tmp_path / "b", 48, change(PatientID="HVSY-0002"))]
    refused("two patients", lambda: curves(places, tmp_path))


def test_a_curve_is_of_one_administration(tmp_path: Path) -> None:
    week_later = Scan(injected=datetime(2025, 3, 10, 9), scanned=datetime(2025, 3, 12, 9))
    places = [scan_at(tmp_path / "a", 6), write_scan(tmp_path / "b", week_later)]
    refused("two administrations", lambda: curves(places, tmp_path))
    places = [scan_at(tmp_path / "a", 6), scan_at(tmp_path / "c", 48, change(RadionuclideTotalDose="370000000"))]
    refused("two administrations", lambda: curves(places, tmp_path))


def test_the_decay_that_is_put_back_is_the_one_that_was_taken_out(tmp_path: Path) -> None:
    """A header's half-life that is 9 % too long changes neither what was measured nor what it is a share of."""
    right = curves([scan_at(tmp_path / "a", 144)], tmp_path).curves[0]
    longer = change(RadionuclideHalfLife="393279")
    other = curves([scan_at(tmp_path / "b", 144, longer)], tmp_path).curves[0]
    assert other.activity_fractions == pytest.approx(right.activity_fractions, rel=2e-4)


def test_a_half_life_is_held_against_the_nuclide_that_is_asked_for(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "a", FLUORINE, change(RadionuclideCodeSequence=None))
    refused("another decay", lambda: curves([folder], tmp_path))


def test_a_volume_that_holds_part_of_a_region_is_refused(tmp_path: Path) -> None:
    def higher(found: Dataset, number: int) -> None:
        found.ImagePositionPatient = [-30.0, -20.0, 111.0 + 4 * number]

    refused("lie outside", lambda: curves([scan_at(tmp_path / "a", 6), scan_at(tmp_path / "b", 48, higher)], tmp_path))


def test_how_a_region_came_onto_another_lattice_is_told(tmp_path: Path) -> None:
    def between(found: Dataset, number: int) -> None:
        found.ImagePositionPatient = [-30.0, -20.0, 101.0 + 4 * number]

    found = curves([scan_at(tmp_path / "a", 6), scan_at(tmp_path / "b", 48, between)], tmp_path)
    assert "falls into a voxel of the mask" in " ".join(found.because)


def test_without_a_day_two_scans_of_two_days_are_of_no_one_injection(tmp_path: Path) -> None:
    """Cu-61, given at nine, at ten of that day and eleven of the next: an hour and two after injections of their own days."""

    def copper(found: Dataset, number: int) -> None:
        label = found.RadiopharmaceuticalInformationSequence[0]
        label.RadionuclideCodeSequence[0].CodeMeaning, label.RadionuclideHalfLife = "^61^Copper", "11998.8"
        del label.RadiopharmaceuticalStartDateTime

    places = [
        write_scan(tmp_path / f"{day}", replace(FLUORINE, scanned=datetime(2025, 3, day, 7 + day)), copper)
        for day in (3, 4)
    ]
    mask = nifti_mask(tmp_path / "regions.nii")
    refused("two administrations", lambda: time_activity_curves(places, mask, "Cu-61", resolution_mm=6.0))


def test_slices_that_were_acquired_a_century_apart_are_refused(tmp_path: Path) -> None:
    """Ten thousand half-lives: more than a power of two can be of."""

    def long_ago(found: Dataset, number: int) -> None:
        if number == 3:
            found.AcquisitionDate = "19000101"

    with pytest.raises(HevesyError, match="point back to starts"):
        suv_image([write_scan(tmp_path / "scan", change=long_ago)])
