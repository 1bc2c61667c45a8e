"""SUV from headers: objects of others, objects of ours whose truth is put in, and everything that must refuse."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from hevesy.conduct.images import Given, SuvImage, region_of, suv_image
from hevesy.errors import CannotAnswerError, DeliveryError
from hevesy.find.body import Kind
from hevesy.find.decay import mean_time_s
from hevesy.find.uptake import measured
from tests.conftest import reference
from tests.files.pet_objects import FLUORINE, Scan, after, truth, write_scan


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("objects")
    with tarfile.open(reference("imaging/suv_reference_objects.tar.xz")) as packed:
        packed.extractall(folder, filter="data")
    return folder


def within_mask(folder: Path, image: SuvImage) -> tuple[float, float, float]:
    found = measured(image.volume, region_of(folder / "mask" / "DRO_mask.nii.gz", image.volume.grid))
    return found.least, found.median, found.largest


@pytest.mark.parametrize(
    "name", ["DRO_0_0", "DRO_1_0", "DRO_2_0", "DRO_2_4", "DRO_3_1", "DRO_3_3", "DRO_4_0", "DRO_5_0"]
)
def test_a_reference_object_has_its_suv_to_two_decimals(objects: Path, name: str) -> None:
    found = within_mask(objects / "suv_dro" / name, suv_image([objects / "suv_dro" / name / "PT"]))
    assert [round(one, 2) for one in found] == [0.2, 1.0, 4.0]


def test_the_object_by_surface_is_within_one_stored_count(objects: Path) -> None:
    """DRO_2_3 stores its surface SUV in steps of 0.01 cm2/mL, which are 0.038 by weight."""
    found = within_mask(objects / "suv_dro" / "DRO_2_3", suv_image([objects / "suv_dro" / "DRO_2_3" / "PT"]))
    assert np.abs(np.subtract(found, [0.2, 1.0, 4.0])).max() <= 0.038


@pytest.mark.parametrize("name", ["DRO_I124_06h", "DRO_I124_24h", "DRO_I124_48h_ADMIN"])
def test_iodine_is_right_within_a_thousandth(objects: Path, name: str) -> None:
    found = within_mask(objects / "i124_dro" / name, suv_image([objects / "i124_dro" / name / "PT"]))
    assert found == pytest.approx((0.2, 1.0, 4.0), rel=1e-3)


def test_iodine_without_a_date_is_refused(objects: Path) -> None:
    with pytest.raises(CannotAnswerError, match=r"\(0018,1078\)"):
        suv_image([objects / "i124_dro" / "DRO_I124_24h_timeonly" / "PT"])


def rewritten(source: Path, target: Path, change: Callable[[Dataset], None]) -> Path:
    target.mkdir()
    for path in sorted(source.iterdir()):
        found = dcmread(path)
        change(found)
        found.save_as(target / path.name)
    return target


def test_fluorine_without_a_date_is_answered_with_a_warning(objects: Path, tmp_path: Path) -> None:
    def no_date(found: Dataset) -> None:
        del found.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime

    folder = objects / "suv_dro" / "DRO_0_0"
    image = suv_image([rewritten(folder / "PT", tmp_path / "no_date", no_date)])
    assert [round(one, 2) for one in within_mask(folder, image)] == [0.2, 1.0, 4.0]
    assert any("(0018,1078)" in sentence for sentence in image.warnings)


@pytest.mark.parametrize(
    ("suv_type", "sex", "numerator_kg"),
    [  # of 70 kg and 1.75 m, worked out by hand
        ("LBMJAMES128", "M", 1.10 * 70 - 128 * 0.16),
        ("LBMJAMES128", "F", 1.07 * 70 - 148 * 0.16),
        ("IBW", "M", 72.38),
        ("IBW", "F", 66.43),
        ("IBW", "O", 69.405),
        ("LBMJANMA", "M", 9270 * 70 / (6680 + 216 * 22.857142857142858)),
    ],
)
def test_another_kind_of_suv_is_converted(
    objects: Path, tmp_path: Path, suv_type: str, sex: str, numerator_kg: float
) -> None:
    def of_kind(found: Dataset) -> None:
        found.SUVType, found.PatientSex = suv_type, sex

    folder = objects / "suv_dro" / "DRO_2_0"
    image = suv_image([rewritten(folder / "PT", tmp_path / "kind", of_kind)])
    assert within_mask(folder, image) == pytest.approx(np.multiply([0.2, 1, 4], 70 / numerator_kg), rel=1e-6)


KINDS = {"bw": "BW", "lbm": "LBMJANMA", "lbm-james128": "LBMJAMES128", "ibw": "IBW", "bsa": "BSA"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_and_back_is_by_weight_again(tmp_path: Path, kind: str) -> None:
    image = suv_image([write_scan(tmp_path / "bqml")], kind)  # type: ignore[arg-type]  # a key of KINDS
    factor = float(np.median(image.volume.values / truth()))

    def of_kind(found: Dataset, number: int) -> None:
        found.SUVType, found.Units = KINDS[kind], "CM2ML" if kind == "bsa" else "GML"
        found.RescaleSlope = f"{float(found.RescaleSlope) * factor:.10g}"

    back = suv_image([write_scan(tmp_path / "back", change=of_kind, units="GML")])
    assert back.volume.values == pytest.approx(truth(), abs=1e-3)


@pytest.mark.parametrize("decay", ["START", "ADMIN", "NONE"])
@pytest.mark.parametrize("scan", [FLUORINE, Scan(), after(Scan(), hours=48.25)], ids=["F-18", "I-124", "I-124 48 h"])
def test_decay_is_corrected_from_wherever_the_scanner_left_it(tmp_path: Path, scan: Scan, decay: str) -> None:
    from dataclasses import replace

    image = suv_image([write_scan(tmp_path / "scan", replace(scan, decay=decay))])
    assert image.volume.values == pytest.approx(truth(), rel=2e-3, abs=3e-4)
    factors = [one.factor for one in image.conversion.corrections if one.factor is not None]
    assert np.prod(factors) == pytest.approx(image.conversion.factors[0])  # whoever multiplies the steps has the SUV


def change(**elements: object) -> Callable[[Dataset, int], None]:
    def changed(found: Dataset, number: int) -> None:
        for name, value in elements.items():
            item = found.RadiopharmaceuticalInformationSequence[0] if name in _OF_LABEL else found
            if value is None:
                if name in item:
                    delattr(item, name)
            else:
                setattr(item, name, value)

    return changed


_OF_LABEL = {
    "RadionuclideTotalDose", "RadionuclideHalfLife", "RadionuclidePositronFraction", "RadiopharmaceuticalStartTime",
    "RadiopharmaceuticalStartDateTime", "RadionuclideCodeSequence",
}  # fmt: skip


@pytest.mark.parametrize(
    ("elements", "told"),
    [
        ({"RadiopharmaceuticalStartDateTime": None}, "(0018,1078)"),
        ({"RadiopharmaceuticalStartDateTime": None, "RadiopharmaceuticalStartTime": None}, "(0018,1072)"),
        ({"RadiopharmaceuticalStartDateTime": "20250103090000"}, "half-lives apart"),
        ({"RadiopharmaceuticalStartDateTime": "20260303090000"}, "half-lives apart"),
        ({"RadiopharmaceuticalStartDateTime": "20250304103000"}, "after the time the image is of"),
        ({"RadionuclideTotalDose": None}, "(0018,1074)"),
        ({"RadionuclideTotalDose": "0"}, "(0018,1074)"),
        ({"RadionuclideTotalDose": "-185000000"}, "(0018,1074)"),
        ({"RadionuclideHalfLife": None, "RadionuclideCodeSequence": None}, "(0018,1075)"),
        ({"RadionuclideHalfLife": "6586.2"}, "another decay"),
        ({"RadionuclideHalfLife": "0"}, "(0018,1075)"),
        ({"PatientWeight": None}, "(0010,1030)"),
        ({"PatientWeight": "0"}, "(0010,1030)"),
        ({"PatientWeight": "72500"}, "is the unit another?"),
        ({"Units": "PROPCNTS"}, "(0054,1001)"),
        ({"Units": None}, "(0054,1001)"),
        ({"Units": "CNTS"}, "not Philips"),
        ({"Units": "CNTS", "Manufacturer": "Philips Medical Systems"}, "(7053,1000)"),
        ({"Units": "GML", "SUVType": "BSA"}, "contradict"),
        ({"Units": "CM2ML", "SUVType": "BW"}, "contradict"),
        ({"Units": "GML", "SUVType": "XYZ"}, "none of"),
        ({"DecayCorrection": None}, "(0054,1102)"),
        ({"DecayCorrection": "LATER"}, "(0054,1102)"),
        ({"CorrectedImage": ["DECY"]}, "attenuation"),
        ({"CorrectedImage": ["ATTN"]}, "lacks DECY"),
    ],
)
def test_what_would_be_wrong_in_silence_is_refused(tmp_path: Path, elements: dict[str, object], told: str) -> None:
    with pytest.raises(CannotAnswerError) as refusal:
        suv_image([write_scan(tmp_path / "scan", change=change(**elements))])
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "elements", "told"),
    [
        ("bsa", {"PatientSize": None}, "(0010,1020)"),
        ("lbm", {"PatientSize": "168"}, "is the unit another?"),
        ("ibw", {"PatientSex": None}, "(0010,0040)"),
        ("lbm", {"PatientSex": "X"}, "(0010,0040)"),
        ("lbm-james148", {"PatientSex": "M"}, "women"),
    ],
)
def test_what_a_kind_needs_of_the_body_is_asked_for(
    tmp_path: Path, kind: str, elements: dict[str, object], told: str
) -> None:
    folder = write_scan(tmp_path / "scan", change=change(**elements))
    with pytest.raises(CannotAnswerError) as refusal:
        suv_image([folder], kind)  # type: ignore[arg-type]  # a kind in words
    assert told in str(refusal.value)
    assert suv_image([folder]).volume.values.max() == pytest.approx(4.0, rel=1e-3)


@pytest.mark.parametrize(
    ("elements", "told"),
    [
        ({"RadionuclideTotalDose": "185"}, "taken as MBq"),
        ({"RadionuclidePositronFraction": "1.0"}, "(0018,1076)"),
        ({"RadionuclidePositronFraction": None}, "(0018,1076)"),
        ({"RadionuclideHalfLife": None}, "(0018,1075)"),
        ({"RadionuclideHalfLife": "363000"}, "is not I-124's"),
        ({"SeriesTime": "113000"}, "worked out from the frames"),
        ({"SeriesTime": None}, "worked out from the frames"),
        ({"CorrectedImage": ["ATTN", "DECY", "NORM", "DTIM", "RAN"]}, "scatter"),
        ({"CorrectedImage": None}, "(0028,0051)"),
        ({"RadiopharmaceuticalStartTime": "081500"}, "two times of injection"),
        ({"NumberOfSlices": 47}, "(0054,0081)"),
    ],
)
def test_what_is_odd_is_answered_right_and_told(tmp_path: Path, elements: dict[str, object], told: str) -> None:
    image = suv_image([write_scan(tmp_path / "scan", change=change(**elements))])
    assert image.volume.values == pytest.approx(truth(), rel=2e-3, abs=3e-4)
    assert any(told in sentence for sentence in image.warnings)


def test_the_vendors_own_reference_time_goes_before_the_series(tmp_path: Path) -> None:
    """Decay is corrected to 09:00 on the day after; the series was made later and its acquisition began later."""

    def of_ge(found: Dataset, number: int) -> None:
        found.Manufacturer = "GE MEDICAL SYSTEMS"
        found.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", "20250304093000")
        found.SeriesTime, found.AcquisitionTime = "140000", "100000"

    image = suv_image([write_scan(tmp_path / "scan", change=of_ge)])
    assert image.volume.values == pytest.approx(truth(), rel=2e-3, abs=3e-4)


def test_beds_that_begin_later_are_of_the_start_of_the_series(tmp_path: Path) -> None:
    """Every slice is corrected to the start; each was acquired later, and tells by how much."""

    def in_beds(found: Dataset, number: int) -> None:
        begun = datetime(2025, 3, 4, 9, 30) + timedelta(minutes=20 * (number // 3))
        found.AcquisitionTime = begun.strftime("%H%M%S")
        found.FrameReferenceTime = str(float(found.FrameReferenceTime) + 1000 * 60 * 20 * (number // 3))
        found.SeriesTime = "120000"

    image = suv_image([write_scan(tmp_path / "scan", change=in_beds)])
    assert image.volume.values == pytest.approx(truth(), rel=2e-3, abs=3e-4)


def test_an_injection_before_midnight_is_of_the_day_before(tmp_path: Path) -> None:
    scan = Scan(label="F-18", injected=datetime(2025, 3, 3, 23, 30), scanned=datetime(2025, 3, 4, 0, 40))
    folder = write_scan(tmp_path / "scan", scan, change(RadiopharmaceuticalStartDateTime=None))
    image = suv_image([folder])
    assert image.volume.values == pytest.approx(truth(), rel=2e-3, abs=3e-4)
    assert any("the day before" in sentence for sentence in image.warnings)


@pytest.mark.parametrize("offset", ["-0600", "+0100"])
def test_an_offset_of_the_injection_is_brought_to_the_clock_of_the_file(tmp_path: Path, offset: str) -> None:
    local = datetime(2025, 3, 3, 9, 0) + timedelta(hours=int(offset[:3]))
    at = change(
        TimezoneOffsetFromUTC="+0000",
        RadiopharmaceuticalStartDateTime=local.strftime("%Y%m%d%H%M%S") + offset,
        RadiopharmaceuticalStartTime=None,
    )
    image = suv_image([write_scan(tmp_path / "scan", change=at)])
    assert image.volume.values == pytest.approx(truth(), rel=2e-3, abs=3e-4)


def test_what_is_known_better_stands_in_place_of_the_header(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan", change=change(PatientWeight=None, RadiopharmaceuticalStartDateTime=None))
    known = Given(weight_kg=72.5, injected_at=datetime(2025, 3, 3, 9, 0))
    image = suv_image([folder], given=known)
    assert image.volume.values == pytest.approx(truth(), rel=2e-3, abs=3e-4)
    assert "the weight is as given, 72.5 kg" in image.warnings


def test_what_the_header_says_otherwise_is_told(tmp_path: Path) -> None:
    known = Given(weight_kg=7.25, activity_MBq=185_000)
    told = suv_image([write_scan(tmp_path / "scan")], given=known).warnings
    assert "the weight is as given, 7.25 kg; the header says 72.5 kg (0010,1030)" in told
    assert "the activity is as given, 185000 MBq; the header says 185 MBq (0018,1074)" in told


@pytest.mark.parametrize("kind", ["bw", "lbm"])
def test_an_image_that_holds_more_than_was_given_is_told(tmp_path: Path, kind: Kind) -> None:
    def counted(found: Dataset, number: int) -> None:
        found.RescaleSlope = f"{1000 * float(found.RescaleSlope):.10g}"

    scan = write_scan(tmp_path / "scan", change=counted)
    voxel_mL = suv_image([scan]).volume.grid.voxel_mL
    share = 1000 * float(truth().sum()) * voxel_mL / 72_500  # of the 185 MBq that were given
    for times, told in ((1.1, False), (1.6, True)):
        warned = suv_image([scan], kind, Given(activity_MBq=185 * share / times)).warnings
        assert any(one.startswith(f"the image holds {times} times") for one in warned) is told


def test_an_activity_too_little_for_an_image_is_not_taken_for_one_in_MBq(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswerError, match=r"0\.005 MBq is too little"):
        suv_image([write_scan(tmp_path / "scan")], given=Given(activity_MBq=0.005))


def test_no_identifier_is_said(tmp_path: Path) -> None:
    folder = write_scan(tmp_path / "scan", change=change(PatientWeight=None))
    for kind in ("bw", "bsa"):
        with pytest.raises(CannotAnswerError) as refusal:
            suv_image([folder], kind)
        assert "Somebody" not in str(refusal.value)
        assert "HVSY" not in str(refusal.value)


@given(share=st.floats(1e-5, 30), half_life=st.floats(60, 1e7))
@settings(max_examples=200, deadline=None)
def test_the_mean_time_of_a_frame_is_where_its_activity_equals_its_mean(share: float, half_life: float) -> None:
    duration = share * half_life
    at = mean_time_s(duration, half_life)
    times = (np.arange(20000) + 0.5) / 20000 * duration
    assert 0 < at <= duration / 2 * (1 + 1e-9)
    assert 2 ** (-at / half_life) == pytest.approx(float(np.mean(2 ** (-times / half_life))), rel=1e-6)


def test_two_series_are_not_mixed(tmp_path: Path) -> None:
    write_scan(tmp_path / "both" / "one")
    write_scan(tmp_path / "both" / "two")
    with pytest.raises(CannotAnswerError, match="2 PET volumes"):
        suv_image([tmp_path / "both"])


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({"SeriesTime": "080000", "PatientWeight": "90"}, "tell different"),
    ],
)
def test_slices_that_tell_different_facts_are_refused(tmp_path: Path, what: dict[str, object], told: str) -> None:
    def last_alone(found: Dataset, number: int) -> None:
        if number == 5:
            change(**what)(found, number)

    with pytest.raises(DeliveryError, match=told):
        suv_image([write_scan(tmp_path / "scan", change=last_alone)])
