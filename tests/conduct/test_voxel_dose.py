"""From a patient's files to dose: published voxel S values, closed forms of time, and the same dose on any axes."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from hevesy.conduct.voxel_dose import Images, Kinetics, PatientDose, files_of, patient_dose
from hevesy.errors import DeliveryError
from hevesy.imaging.region import Region
from hevesy.imaging.volume import Grid
from hevesy.nuclides.emission import Spread
from hevesy.nuclides.library import emissions, nuclide
from hevesy.treat.activity_unit import map_unit
from hevesy.treat.voxel_engines import Method, Run
from tests.conduct.dosed_patient import SHAPE, Told, activity, ct, labels
from tests.conftest import reference
from tests.files.pet_objects import SHAPE as SCANNED
from tests.files.pet_objects import Scan, enhanced_pet, nifti_mask, structure_set, truth, write_ct, write_scan
from tests.imaging.phantoms import turned

QUICK = Run(wanted=0.05, seed=3, workers=1)


def of_a_map(
    folder: Path, map_: Told, of_ct: Told, of_regions: Told, label: str = "I-131", unit: str = "MBq h/mL"
) -> PatientDose:
    """By kernels, of a map of all time."""
    folder.mkdir(exist_ok=True)
    images = Images(
        activity=[map_.write(folder / "activity.nii")],
        ct=[of_ct.write(folder / "ct.nii")],
        regions=of_regions.write(folder / "regions.nii"),
        unit=map_unit(unit),
    )
    return patient_dose(images, emissions(label), Kinetics(), "kernel", run=QUICK)


def test_one_voxel_gets_the_published_voxel_s_value(tmp_path: Path) -> None:
    """I-131 in one voxel of 3 mm of soft tissue (N. Lanconelli et al., Phys. Med. Biol. 57 (2012) 517), 3 % in itself.

    The CT number is that of 1.04 g/cm3; the half-life is 50 h from the injection on: A 2^(t/T) T / ln 2 decays.
    """
    rows = (reference("svalues") / "voxel" / "131I3mmsoft.txt").read_text(errors="replace").splitlines()[2:]
    published = {tuple(row.split()[:3]): float(row.split()[3]) for row in rows if row.strip()}
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    source = np.zeros((9, 9, 9), np.float32)
    source[4, 4, 4] = 1e6
    hu = np.full((9, 9, 9), 23 + (1.04 - 1.031) / (1.1199 - 1.031) * 77, np.float32)
    images = Images(
        activity=[Told(values=source, affine=affine).write(tmp_path / "a.nii")],
        ct=[Told(values=hu, affine=affine).write(tmp_path / "ct.nii")],
        unit=map_unit("kBq/mL"),
        times_h=(24.0,),
    )
    found = patient_dose(images, emissions("I-131"), Kinetics(half_lives_h={"": 50.0}), "kernel", run=QUICK)
    MBq_s = 1e3 * 0.027 * 2 ** (24 / 50) * 50 * 3600 / math.log(2)
    assert found.decays == pytest.approx(MBq_s * 1e6, rel=1e-5)
    assert found.dose.values[4, 4, 4] == pytest.approx(published["0", "0", "0"] * MBq_s / 1e3, rel=0.03)
    assert found.dose.values[4, 4, 5] == pytest.approx(published["1", "0", "0"] * MBq_s / 1e3, rel=0.10)
    assert found.matter.density_g_per_cm3 == pytest.approx(1.04)


@pytest.mark.parametrize("decay", ["START", "ADMIN", "NONE"])
def test_whatever_decay_a_series_was_corrected_to_its_decays_are_those_that_were(tmp_path: Path, decay: str) -> None:
    """The truth of the scan falls with the nuclide from the injection on: all decays in closed form, to 1 in 1,000."""
    scan = Scan(decay=decay)
    images = Images(activity=[write_scan(tmp_path / "pet", scan)], ct=[write_ct(tmp_path / "ct")])
    found = patient_dose(images, emissions("I-124"), Kinetics(physical=True), "kernel", run=QUICK)
    given_Bq = scan.dose_MBq * 1e6 / (1000 * scan.weight_kg) * truth().sum() * 0.064
    assert found.decays == pytest.approx(given_Bq / scan.decay_per_s, rel=1e-3)
    # an effective half-life counts from the middle of the acquisition, whatever the header corrected to
    short = patient_dose(images, emissions("I-124"), Kinetics(half_lives_h={"": 20.0}), "kernel", run=QUICK)
    middle_h = (scan.scanned - scan.injected).total_seconds() / 3600 + scan.duration_s / 7200
    then_Bq = given_Bq * math.exp(-scan.decay_per_s * middle_h * 3600)
    assert short.decays == pytest.approx(then_Bq * 2 ** (middle_h / 20) * 20 * 3600 / math.log(2), rel=1e-3)


def test_a_file_of_frames_gives_what_a_folder_of_slices_gives(tmp_path: Path) -> None:
    place = write_ct(tmp_path / "ct")
    for path in place.iterdir():  # the file of frames is told in a frame of its own
        header = pydicom.dcmread(path)
        header.FrameOfReferenceUID = pydicom.dcmread(enhanced_pet(tmp_path / "pet.dcm")).FrameOfReferenceUID
        header.save_as(path)
    (tmp_path / "slices").mkdir()
    frames = patient_dose(
        Images(activity=[tmp_path / "pet.dcm"], ct=[place]),
        emissions("I-124"),
        Kinetics(physical=True),
        "kernel",
        run=QUICK,
    )
    folder = patient_dose(
        Images(activity=[write_scan(tmp_path / "pet")], ct=[write_ct(tmp_path / "other")]),
        emissions("I-124"),
        Kinetics(physical=True),
        "kernel",
        run=QUICK,
    )
    assert frames.dose.values == pytest.approx(folder.dose.values, rel=1e-3)


def test_a_region_drawn_as_contours_has_the_dose_of_the_same_voxels(tmp_path: Path) -> None:
    """The block of SUV 4 as a structure set and as a mask; a region of another frame of reference is refused."""
    place, scan = write_ct(tmp_path / "ct"), write_scan(tmp_path / "pet")
    images = Images(activity=[scan], ct=[place], regions=nifti_mask(tmp_path / "r.nii"), names={"1": "lesion"})
    drawn = replace(images, regions=structure_set(tmp_path / "r.dcm"), names={})
    mask, contours = (
        patient_dose(one, emissions("I-124"), Kinetics(physical=True), "kernel", run=QUICK).of_regions[0]
        for one in (images, drawn)
    )
    assert (contours.name, contours.voxels) == (mask.name, mask.voxels) == ("lesion", 18)
    assert contours.mean_Gy == mask.mean_Gy
    header = pydicom.dcmread(tmp_path / "r.dcm")
    header.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.3.4"
    header.save_as(tmp_path / "r.dcm")
    with pytest.raises(DeliveryError, match="drawn in another frame of reference"):
        patient_dose(drawn, emissions("I-124"), Kinetics(physical=True), "kernel", run=QUICK)


def test_several_scans_on_several_grids_are_put_on_the_first(tmp_path: Path) -> None:
    """The second scan on voxels half as large: the same concentration, so trapezoid and tail as on one grid."""
    one = activity()
    fine = np.repeat(np.repeat(np.repeat(one.values, 2, 0), 2, 1), 2, 2) * np.float32(0.5)
    affine = one.affine @ np.diag([0.5, 0.5, 0.5, 1.0])
    affine[:3, 3] -= 1.0
    images = Images(
        activity=[one.write(tmp_path / "1.nii"), Told(values=fine, affine=affine).write(tmp_path / "2.nii")],
        ct=[ct().write(tmp_path / "ct.nii")],
        unit=map_unit("Bq/mL"),
        times_h=(10.0, 30.0),
    )
    found = patient_dose(images, emissions("I-131"), Kinetics(half_lives_h={"": 40.0}), "kernel", run=QUICK)
    whole = float(one.values.sum()) * 0.064
    hours = 10 / 2 + (1 + 0.5) / 2 * 20 + 0.5 * 40 / math.log(2)
    assert found.decays == pytest.approx(whole * hours * 3600, rel=1e-5)
    (body,) = found.of_regions
    assert body.after_share == pytest.approx(0.5 * 40 / math.log(2) / hours, rel=1e-4)
    assert any("scan 2 was put onto the voxels of the first" in sentence for sentence in found.because)


def test_the_dose_is_the_rate_at_the_injection_over_the_decay_constant(tmp_path: Path) -> None:
    images = Images(
        activity=[activity().write(tmp_path / "a.nii")],
        ct=[ct().write(tmp_path / "ct.nii")],
        regions=labels().write(tmp_path / "r.nii"),
        unit=map_unit("kBq/mL"),
        times_h=(20.0,),
        names={"1": "hot", "2": "warm"},
    )
    kinetics = Kinetics(half_lives_h={"": 30.0}, rate_at_h=0.0)
    found = patient_dose(images, emissions("I-131"), kinetics, "kernel", run=QUICK)
    assert [one.name for one in found.of_regions] == ["hot", "warm"]
    for one in found.of_regions:
        assert one.rate_mGy_per_h is not None
        assert one.mean_Gy == pytest.approx(one.rate_mGy_per_h / 1e3 * 30 / math.log(2), rel=1e-5)
    assert found.rate is not None
    assert found.dose.values == pytest.approx(found.rate.values / 1e3 * 30 / math.log(2), rel=1e-4, abs=1e-9)
    assert set(files_of(found)) == {"rtdose.dcm", "dose.nii.gz", "dvh.csv", "dose_rate.nii.gz"}


@pytest.mark.parametrize(
    ("axes", "flips"), [((2, 0, 1), (0,)), ((1, 0, 2), (0, 1, 2)), ((0, 1, 2), (2,)), ((2, 1, 0), ())]
)
@pytest.mark.parametrize("degrees", [0.0, 33.0])
def test_the_same_patient_told_on_other_axes_has_the_same_dose(
    tmp_path: Path, axes: tuple[int, ...], flips: tuple[int, ...], degrees: float
) -> None:
    """Axes in another order and direction, the patient turned, and each file told in its own way."""
    plain = of_a_map(tmp_path / "plain", activity(), ct(), labels())
    motion = turned(degrees, (1.0, -2.0, 0.5))
    other = of_a_map(
        tmp_path / "other",
        activity().along(axes, flips).moved(motion),
        ct().along((1, 2, 0), (1,)).moved(motion),
        labels().along((0, 2, 1), (0, 2)).moved(motion),
    )
    for one, same in zip(plain.of_regions, other.of_regions, strict=True):
        assert same.mean_Gy == pytest.approx(one.mean_Gy, rel=2e-5)
        assert same.mass_g == pytest.approx(one.mass_g, rel=1e-5)
        assert same.volume.at_least_Gy(95) == pytest.approx(one.volume.at_least_Gy(95), rel=2e-5)
    places = np.moveaxis(np.indices(plain.dose.grid.shape), 0, -1).reshape(-1, 3)
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])
    moved = plain.dose.grid.centres_mm(places) @ (flip @ motion @ flip)[:3, :3].T
    there = np.rint(other.dose.grid.places(moved)).astype(int)
    assert np.abs(other.dose.grid.centres_mm(there) - moved).max() < 0.05
    largest = float(plain.dose.values.max())
    assert other.dose.values[tuple(there.T)] == pytest.approx(plain.dose.values[tuple(places.T)], abs=3e-5 * largest)


def test_transport_and_preview_agree_where_the_activity_is(tmp_path: Path) -> None:
    """A water-like block: the hot region within 5 %, twice the standard error aside."""
    folder = tmp_path
    images = Images(
        activity=[activity().write(folder / "a.nii")],
        ct=[ct(around_HU=0.0).write(folder / "ct.nii")],
        regions=labels().write(folder / "r.nii"),
        unit=map_unit("MBq h/mL"),
    )
    by = {
        method: patient_dose(images, emissions("Lu-177"), Kinetics(), method, run=QUICK).of_regions[0]
        for method in METHODS
    }
    preview, transport = by["kernel"], by["transport"]
    assert transport.uncertainty.statistics is not None
    allowed = 0.05 + 2 * transport.uncertainty.statistics
    assert preview.mean_Gy == pytest.approx(transport.mean_Gy, rel=allowed)
    assert preview.mass_g == pytest.approx(transport.mass_g)
    assert (preview.doubtful, transport.doubtful) == (0.0, None)
    assert preview.uncertainty.model == 0.05
    parts = (0.02, transport.uncertainty.statistics, transport.uncertainty.nuclide or 0.0)
    assert transport.uncertainty.whole == pytest.approx(math.hypot(*parts))


METHODS: tuple[Method, Method] = ("kernel", "transport")


@pytest.mark.parametrize("method", METHODS)
def test_the_spread_of_a_nuclide_stands_in_the_uncertainty_of_a_region(tmp_path: Path, method: Method) -> None:
    """Lu-177 gives its dose by electrons almost alone: their 8 % is nearly all of it, the photons' 50 % next to nothing."""
    images = Images(
        activity=[activity().write(tmp_path / "a.nii")],
        ct=[ct(around_HU=0.0).write(tmp_path / "ct.nii")],
        regions=labels().write(tmp_path / "r.nii"),
        unit=map_unit("MBq h/mL"),
    )
    emitted = replace(emissions("Lu-177"), spread=Spread(electron=0.08, photon=0.5), warnings=("it is odd",))
    found = patient_dose(images, emitted, Kinetics(), method, run=QUICK)
    assert found.of_regions[0].uncertainty.nuclide == pytest.approx(0.08, rel=0.06)
    assert "it is odd" in found.warnings
    own = replace(emissions("Lu-177"), spread=Spread())
    assert patient_dose(images, own, Kinetics(), method, run=QUICK).of_regions[0].uncertainty.nuclide is None


def test_what_a_voxel_is_known_to_is_how_far_two_runs_are_apart(tmp_path: Path) -> None:
    """The difference of runs with other seeds scatters by the root of two times what each tells of a voxel."""
    images = Images(
        activity=[activity().write(tmp_path / "a.nii")],
        ct=[ct(around_HU=0.0).write(tmp_path / "ct.nii")],
        regions=labels().write(tmp_path / "r.nii"),
        unit=map_unit("MBq h/mL"),
    )
    first, second = (
        patient_dose(images, emissions("I-131"), Kinetics(), "transport", run=Run(wanted=0.05, seed=seed))
        for seed in (1, 2)
    )
    for place, region in enumerate(first.regions):
        here = [run.of_regions[place].of_a_voxel or 0.0 for run in (first, second)]
        apart = (first.dose.values - second.dose.values)[region.mask] / first.of_regions[place].mean_Gy
        told = math.hypot(*here)
        assert float(np.sqrt((apart**2).mean())) == pytest.approx(told, rel=4 / math.sqrt(2 * region.voxels) + 0.1)
    assert any("a single voxel by statistics only to" in one for one in first.warnings)


def test_a_region_near_bone_or_lung_has_no_figure_of_what_its_preview_is_good_to(tmp_path: Path) -> None:
    found = of_a_map(tmp_path, activity(), ct(), labels())
    assert found.of_regions[0].doubtful == 1.0  # air lies within 2 cm
    assert found.of_regions[0].uncertainty.whole is None


def test_maps_per_voxel_and_per_mL_are_one(tmp_path: Path) -> None:
    per_mL = of_a_map(tmp_path / "1", activity(), ct(), labels())
    held = activity()
    per_voxel = of_a_map(
        tmp_path / "2",
        replace(held, values=held.values * np.float32(0.064)),
        ct(),
        labels(),
        unit="MBq h/voxel",
    )
    assert per_voxel.of_regions[0].mean_Gy == pytest.approx(per_mL.of_regions[0].mean_Gy, rel=1e-5)


def test_the_object_lies_in_the_frame_of_the_images_and_names_them(tmp_path: Path) -> None:
    images = Images(activity=[write_scan(tmp_path / "pet")], ct=[write_ct(tmp_path / "ct")])
    found = patient_dose(images, emissions("I-124"), Kinetics(physical=True), "kernel", run=QUICK)
    files = files_of(found)
    written = pydicom.dcmread(io.BytesIO(files["rtdose.dcm"]))
    header = pydicom.dcmread(next((tmp_path / "pet").iterdir()))
    assert written.FrameOfReferenceUID == header.FrameOfReferenceUID
    assert (written.PatientID, written.StudyInstanceUID) == (header.PatientID, header.StudyInstanceUID)
    assert len(written.ReferencedImageSequence) == SCANNED[0] + 13
    dose = np.frombuffer(written.PixelData, "<u4").reshape(SCANNED) * float(written.DoseGridScaling)
    assert dose == pytest.approx(found.dose.values, abs=1e-6 * float(found.dose.values.max()))
    lines = files["dvh.csv"].decode().splitlines()
    assert lines[0].startswith("region,dose_Gy,volume_percent,volume_mL,")
    name, dose_Gy, percent, volume, *_ = lines[1].split(",")
    assert (name, float(dose_Gy), float(percent)) == ("body", 0.0, 100.0)
    assert float(volume) == pytest.approx(found.of_regions[0].volume.volume_mL)


def test_physical_decay_is_the_librarys(tmp_path: Path) -> None:
    images = Images(
        activity=[activity().write(tmp_path / "a.nii")],
        ct=[ct().write(tmp_path / "ct.nii")],
        unit=map_unit("Bq/mL"),
        times_h=(0.0,),
    )
    found = patient_dose(images, emissions("Lu-177"), Kinetics(physical=True), "kernel", run=QUICK)
    whole = float(activity().values.sum()) * 0.064
    assert found.decays == pytest.approx(whole * nuclide("Lu-177").half_life_h * 3600 / math.log(2), rel=1e-5)
    assert isinstance(found.regions[0], Region)
    assert isinstance(found.dose.grid, Grid)
    assert found.dose.grid.shape == SHAPE[::-1]


def test_air_beside_a_source_has_no_dose_beyond_that_of_tissue(tmp_path: Path) -> None:
    """What electrons bring into a voxel of air does not stay there: over its mass it was 120 times transport's largest.

    By transport of Y-90 air has 0.6 Gy on average and at most 25 Gy, where tissue has 500 Gy; by preview 0.3 and 4 Gy.
    """
    found = of_a_map(tmp_path, activity(background=0.0), ct(), labels(), "Y-90")
    air = found.matter.density_g_per_cm3 < 0.05
    assert 0.2 < float(found.dose.values[air].mean()) < 0.9
    assert float(found.dose.values[air].max()) < 25
    assert float(found.dose.values[~air].max()) == pytest.approx(500, rel=0.1)


def test_a_region_that_its_own_activity_does_not_dose_has_no_figure_by_preview(tmp_path: Path) -> None:
    """Far from the source there is only the noise of a transform: it is not told to be good to 5 %."""
    far = Told(values=np.zeros((30, 6, 6), np.uint8), affine=np.diag([20.0, 20.0, 20.0, 1.0]))
    source, region = far.values.astype(np.float32), far.values.copy()
    source[0, 3, 3], region[0, 3, 3], region[29, 3, 3] = 1.0, 1, 2
    here, there = of_a_map(
        tmp_path,
        replace(far, values=source),
        replace(far, values=np.zeros(far.values.shape, np.float32)),
        replace(far, values=region),
        "Y-90",
    ).of_regions
    assert there.mean_Gy <= 1e-6 * here.mean_Gy
    assert (there.own, there.uncertainty.whole) == (0.0, None)
    assert here.own == pytest.approx(1.0, abs=1e-5)
    assert here.uncertainty.whole == pytest.approx(0.05, abs=0.01)


def test_the_own_share_of_a_region_is_its_dose_where_it_alone_is_active(tmp_path: Path) -> None:
    """The same scene with all other activity taken away, dosed as a whole."""
    both = of_a_map(tmp_path / "both", activity(), ct(), labels())
    alone = activity(background=0.0, warm=0.0)
    (hot, _) = of_a_map(tmp_path / "hot", alone, ct(), labels()).of_regions
    assert both.of_regions[0].own == pytest.approx(hot.mean_Gy / both.of_regions[0].mean_Gy, rel=1e-4)
    assert hot.own == pytest.approx(1.0, rel=1e-4)


def test_a_ct_without_air_is_asked_whether_it_is_in_HU(tmp_path: Path) -> None:
    moved_by_1024 = replace(ct(), values=ct().values + np.float32(1024))
    asked = of_a_map(tmp_path / "1", activity(), moved_by_1024, labels()).warnings
    assert any("nothing below -500 HU, where air is -1000: are its values HU?" in one for one in asked)
    assert not any("HU?" in one for one in of_a_map(tmp_path / "2", activity(), ct(), labels()).warnings)
