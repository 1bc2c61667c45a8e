"""Dose in voxels as it is asked: what cannot be is one sentence with place, value and rule, and nothing is written."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

import hevesy
from hevesy.answers.answer import Answer
from hevesy.errors import CannotAnswerError, HevesyError, QuestionError
from tests.conduct.dosed_patient import Told, activity, ct, labels
from tests.conftest import Run
from tests.files.pet_objects import IDENTIFIERS, Scan, write_ct, write_scan
from tests.tiers import cases

NIFTI = {
    "activity": "activity.nii",
    "ct": "ct.nii",
    "regions": "regions.nii",
    "nuclide": "I-131",
    "method": "kernel",
    "activity-unit": "kBq/mL",
    "times": "24h",
    "half-life": "1=40h,2=30h,rest=20h",
}
DICOM = {"activity": "pet", "ct": "scan_ct", "nuclide": "I-124", "method": "kernel", "kinetics": "physical"}
Change = dict[str, str | None]


def written(folder: Path) -> None:
    """A patient as NIfTI and another as DICOM, by the names that the cases have."""
    activity().write(folder / "activity.nii")
    ct().write(folder / "ct.nii")
    labels().write(folder / "regions.nii")
    write_scan(folder / "pet")
    write_ct(folder / "scan_ct")


class Case(NamedTuple):
    """What is changed of a question that can be answered, by its fields and in its files, and what the refusal says."""

    base: dict[str, str]
    change: Change
    says: str
    spoil: Callable[[Path], object] | None = None


def told(path: str, made: Told) -> Callable[[Path], object]:
    return lambda folder: made.write(folder / path)


def with_value(value: float) -> Told:
    held = activity()
    values = held.values.copy()
    values[3, 4, 5] = value
    return replace(held, values=values)


def ct_with(value: float) -> Told:
    held = ct()
    values = held.values.copy()
    values[0, 0, 0] = value
    return replace(held, values=values)


def stretched(made: Told, by: float) -> Told:
    return replace(made, affine=made.affine @ np.diag([by, by, by, 1.0]))


def leaning() -> Told:
    held = activity()
    affine = held.affine.copy()
    affine[0, 1] = 1.5
    return replace(held, affine=affine)


def moved(made: Told, x_mm: float) -> Told:
    motion = np.eye(4)
    motion[0, 3] = x_mm
    return made.moved(motion)


def shorter(made: Told) -> Told:
    return replace(made, values=made.values[:, :, :5])


def header(name: str, change: Callable[[Dataset], object]) -> Callable[[Path], None]:
    """Every header of a folder changed."""

    def spoil(folder: Path) -> None:
        for path in (folder / name).iterdir():
            found = pydicom.dcmread(path)
            change(found)
            found.save_as(path)

    return spoil


CASES = {
    "two frames of reference": Case(
        DICOM,
        {},
        "the activity and the CT are told in two frames of reference (0020,0052)",
        header("scan_ct", lambda found: setattr(found, "FrameOfReferenceUID", generate_uid(entropy_srcs=["other"]))),
    ),
    "two patients": Case(
        DICOM, {}, "of two patients (0010,0020)", header("scan_ct", lambda found: setattr(found, "PatientID", "B"))
    ),
    "another label": Case(
        DICOM, {"nuclide": "I-131"}, "the images are of I-124 (0054,0300) and the dose of I-131 was asked"
    ),
    "SUV": Case(
        DICOM,
        {},
        "values in GML (0054,1001) are no activity",
        lambda folder: write_scan(folder / "pet", units="GML"),
    ),
    "two injections": Case(
        DICOM,
        {"activity": "pet later"},
        "two administrations",
        lambda folder: write_scan(folder / "later", replace(Scan(), injected=Scan().injected.replace(hour=7),
                                                            scanned=Scan().scanned.replace(day=5))),
    ),
    "the same scan twice": Case(
        DICOM, {"activity": "pet again"}, "two volumes are of one time",
        lambda folder: write_scan(folder / "again", replace(Scan(), dose_MBq=185.0)),
    ),
    "both kinds of files": Case(DICOM, {"activity": "pet activity.nii"}, "by NIfTI files or by DICOM series, not by both"),
    "the times of DICOM": Case(DICOM, {"times": "3h"}, "DICOM tells the times of its scans"),
    "the unit of DICOM": Case(DICOM, {"activity-unit": "kBq/mL"}, "DICOM tells the unit of its values, and it is not kBq/mL"),
    "no CT there": Case(DICOM, {"ct": "pet"}, "one CT (0008,0060) is needed; here are PT of 6 slices"),
    "no unit": Case(NIFTI, {"activity-unit": None}, "activity.nii: NIfTI does not tell what its values are"),
    "no such unit": Case(NIFTI, {"activity-unit": "SUV"}, "'SUV' is no unit of a map of activity"),
    "no time": Case(NIFTI, {"times": None}, "1 scan of NIfTI, whose times after the injection it does not tell"),
    "a time too many": Case(NIFTI, {"times": "4h,24h"}, "got 2"),
    "a clock for NIfTI": Case(NIFTI, {"injected": "2025-03-03T09:00"}, "NIfTI tells no time of a day"),
    "times that fall": Case(
        NIFTI, {"activity": "activity.nii activity.nii", "times": "24h,4h"}, "times of scans rise in the order of the files, got 24, 4 h"
    ),
    "times of a map of all time": Case(NIFTI, {"activity-unit": "MBq h/mL", "half-life": None}, "is of all time: it has no"),
    "kinetics of a map of all time": Case(
        NIFTI, {"activity-unit": "MBq h/mL", "times": None}, "a map of all time has no kinetics: leave out --half-life"
    ),
    "two maps of all time": Case(
        NIFTI, {"activity-unit": "MBq h/mL", "times": None, "half-life": None, "activity": "activity.nii activity.nii"},
        "a map in MBq h/mL is one file, got 2",
    ),
    "no kinetics": Case(NIFTI, {"half-life": None}, "scans tell nothing of the time after the last"),
    "two kinetics": Case(NIFTI, {"kinetics": "physical"}, "either effective half-lives or --kinetics physical"),
    "a region without a half-life": Case(NIFTI, {"half-life": "1=40h,rest=20h"}, "region '2' has no half-life"),
    "the rest without a half-life": Case(NIFTI, {"half-life": "1=40h,2=30h"}, "of the activity lie in no region"),
    "a half-life of no region": Case(NIFTI, {"half-life": "1=40h,2=30h,rest=20h,spleen=3h"}, "told of 'spleen', which is no region"),
    "a half-life too long": Case(NIFTI, {"half-life": "300h"}, "the effective half-life of all is 300 h"),
    "a half-life twice": Case(NIFTI, {"half-life": "1=40h,1=30h,rest=20h"}, "1 is told of twice"),
    "a half-life without a unit": Case(NIFTI, {"half-life": "1=40"}, "a unit of time is missing"),
    "half-lives without regions": Case(NIFTI, {"regions": None}, "half-lives of 1, 2 need the --regions"),
    "a region outside": Case(NIFTI, {}, "region '1': 27 of its 27 voxels lie outside the image", told("regions.nii", moved(labels(), 500.0))),
    "a region partly outside": Case(NIFTI, {}, "region '2': 6 of its 12 voxels lie outside the image", told("regions.nii", moved(labels(), 12.0))),
    "no region": Case(
        NIFTI, {}, "regions.nii: holds no region", told("regions.nii", replace(labels(), values=np.zeros((10, 9, 8), np.uint8)))
    ),
    "a name of no region": Case(NIFTI, {"names": "7=liver"}, "no region '7' to be named; there are 1, 2"),
    "one name for two": Case(NIFTI, {"names": "1=a,2=a", "half-life": "20h"}, "two regions are called 'a'"),
    "names without regions": Case(NIFTI, {"regions": None, "names": "1=a", "half-life": "20h"}, "names are of regions"),
    "negative activity": Case(NIFTI, {}, "the first at (3, 4, 5) (column, row, slice from 0) is -3 kBq/mL", told("activity.nii", with_value(-3.0))),
    "activity that is no number": Case(NIFTI, {}, "activity.nii: 1 voxels hold no activity, the first at (3, 4, 5)", told("activity.nii", with_value(np.nan))),
    "no activity": Case(NIFTI, {}, "activity.nii: there is no activity anywhere", told("activity.nii", activity(0, 0, 0))),
    "mm told as cm": Case(NIFTI, {}, "voxels of the activity are 40 x 40 x 40 mm, no image of a patient", told("activity.nii", stretched(activity(), 10.0))),
    "mm told as cm of the CT": Case(
        NIFTI, {}, "voxels of the CT are 40 x 40 x 40 mm", told("ct.nii", stretched(ct(), 10.0))
    ),
    "axes that lean": Case(NIFTI, {}, "the axes of the activity's voxels lean by 21 degrees", told("activity.nii", leaning())),
    "padding": Case(NIFTI, {}, "1 voxels of the CT lie below -1024 HU, down to -3024", told("ct.nii", ct_with(-3024.0))),
    "metal": Case(NIFTI, {}, "1 voxels of the CT lie above 3071 HU, up to 20000", told("ct.nii", ct_with(20000.0))),
    "a CT that is no number": Case(NIFTI, {}, "the CT has nan at voxel (0, 0, 0)", told("ct.nii", ct_with(np.nan))),
    "a CT that is too small": Case(NIFTI, {}, "the CT does not cover 270 voxels of the activity's image (37.5 % of them", told("ct.nii", shorter(ct()))),
    "a CT elsewhere": Case(NIFTI, {}, "100 % of them, with 100 % of the activity", told("ct.nii", moved(ct(), 900.0))),
    "a chain that is not said": Case(NIFTI, {"nuclide": "Ac-225"}, "the daughters of Ac-225 matter"),
    "no such nuclide": Case(NIFTI, {"nuclide": "Xx-1"}, "Xx-1"),
    "a parameter of 0": Case(NIFTI, {"eud-a": "1=0"}, "the parameter a of an equivalent uniform dose is finite and not 0"),
    "a parameter of no region": Case(NIFTI, {"eud-a": "liver=3"}, "there is no region 'liver' to have an equivalent uniform dose"),
    "nothing wanted": Case(NIFTI, {"wanted": "0%"}, "a standard error lies above 0 and below 100 %, got 0 %"),
    "everything wanted": Case(NIFTI, {"wanted": "100"}, "got 10000 %"),
    "a rate before the injection": Case(NIFTI, {"rate-at": "-3h"}, "must not be negative"),
    "a folder that is there": Case(NIFTI, {}, "dose is there already; nothing was written", lambda folder: (folder / "dose").mkdir()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_cannot_be_is_one_sentence_and_nothing_is_written(
    case: Case, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    if case.spoil is not None:
        case.spoil(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    code, out, err = run(*_typed({**case.base, **case.change}))
    assert code in (1, 2), out
    assert case.says in re.sub(r"\s+", " ", err), err
    assert out == ""
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def _typed(fields: Change) -> list[str]:
    typed = ["treat", "voxel-dose"]
    for name, value in fields.items():
        for one in (value or "").split() if name in ("activity", "ct") else [value]:
            typed += [f"--{name}", one] if one is not None else []
    return [*typed, "--out", "dose"]


@pytest.mark.parametrize("part", range(10))
def test_files_that_broke_are_a_sentence_or_are_dosed(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes of one file changed, or its end cut off: no other error, nothing written, no name told."""
    written(tmp_path)
    monkeypatch.chdir(tmp_path)

    def stop(*_: object) -> None:
        raise CannotAnswerError("far enough")

    monkeypatch.setattr("hevesy.conduct.voxel_dose.dosed", stop)
    rng = random.Random(part)
    reached = 0
    for number in range(cases(1000) // 10):
        base = (NIFTI, DICOM)[number % 2]
        path = rng.choice([tmp_path / base[one] for one in ("activity", "ct", "regions") if one in base])
        path = path if path.is_file() else rng.choice(sorted(path.iterdir()))
        whole = path.read_bytes()
        path.write_bytes(_broken(whole, rng))
        fields = {name.replace("-", "_"): value for name, value in base.items()}
        with pytest.raises(HevesyError) as refusal:
            hevesy.ask("treat voxel-dose", **fields, out="dose")
        path.write_bytes(whole)
        assert not any(name in str(refusal.value) for name in IDENTIFIERS)
        assert not (tmp_path / "dose").exists()
        reached += str(refusal.value) == "far enough"
    assert reached < cases(1000) // 10


def _broken(whole: bytes, rng: random.Random) -> bytes:
    changed = bytearray(whole)
    for _ in range(rng.choice((1, 2, 8))):
        changed[rng.randrange(len(changed) if rng.random() < 0.5 else 352)] = rng.randrange(256)
    return bytes(changed[: rng.randrange(len(changed))] if rng.random() < 0.1 else changed)


def test_what_the_cases_change_can_be_answered(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both questions as they are, so that every refusal is of its change."""
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    for base in (NIFTI, DICOM):
        code, out, err = run(*_typed(dict(base)), "--json")
        assert code == 0, err
        assert all(one["mean_Gy"] > 0 for one in json.loads(out)["regions"])
        assert {path.name for path in (tmp_path / "dose").iterdir()} == {"rtdose.dcm", "dose.nii.gz", "dvh.csv"}
        shutil.rmtree(tmp_path / "dose")


def ask(**given: object) -> Answer:
    fields: dict[str, object] = {
        "activity": "activity.nii",
        "ct": "ct.nii",
        "nuclide": "I-131",
        "method": "kernel",
        "activity_unit": "kBq/mL",
        "times": "24h",
        "half_life": "20h",
        "out": "dose",
    }
    return hevesy.ask("treat voxel-dose", **{**fields, **given})


def _data(answer: Answer) -> dict[str, Any]:
    return dict(answer.document)


def test_no_room_on_the_disk_is_said_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**6, 10**6, 100))
    monkeypatch.setattr("hevesy.conduct.voxel_dose.dosed", None)
    with pytest.raises(
        CannotAnswerError, match=r"the maps need 0.005493 MiB, and .* has 9.537e-05 left; nothing was written"
    ):
        ask()


def test_a_folder_within_a_file_is_said_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hevesy.conduct.voxel_dose.dosed", None)
    with pytest.raises(CannotAnswerError, match="is a file: no folder can be made in it; nothing was written"):
        ask(out="ct.nii/dose")


def test_no_memory_is_said_before_anything_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hevesy.conduct.voxel_dose._memory_bytes", lambda: 10_000)
    monkeypatch.setattr("hevesy.conduct.voxel_dose.dosed", None)
    with pytest.raises(CannotAnswerError, match=r"10 x 9 x 8 voxels need some .* GiB of memory"):
        ask()


def test_memory_that_ends_on_the_way_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)

    def ends(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("hevesy.conduct.voxel_dose.dosed", ends)
    with pytest.raises(CannotAnswerError, match="need more memory than there is; nothing was written"):
        ask()


def test_a_disk_that_fills_while_it_is_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    answer = ask()
    before = sorted(path.name for path in tmp_path.rglob("*"))
    opened = os.fdopen

    def full(descriptor: int, *given: object) -> object:
        if len(list(tmp_path.rglob("*.nii.gz"))):
            os.close(descriptor)
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(descriptor, *given)  # type: ignore[call-overload]

    monkeypatch.setattr("hevesy.record.folder.os.fdopen", full)
    with pytest.raises(CannotAnswerError, match="No space left on device"):
        answer.write()
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_words_are_taken_as_values_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    in_words = ask(
        regions="regions.nii",
        names="1=hot,2=warm",
        half_life="hot=40h,20h",
        eud_a="hot=-10,2",
        wanted="2%",
        doses="1Gy",
    )
    as_values = ask(
        regions="regions.nii",
        names={"1": "hot", "2": "warm"},
        half_life={"hot": 40.0, "": 20.0},
        eud_a={"hot": -10, "": 2},
        wanted=0.02,
        doses=[1.0],
    )
    one, other = (_data(answer) | {"seconds": 0} for answer in (in_words, as_values))
    assert one == other
    hot, warm = one["regions"]
    assert (hot["eud_a"], warm["eud_a"]) == (-10, 2)
    assert hot["least_Gy"] <= hot["eud_Gy"] <= hot["mean_Gy"] <= hot["largest_Gy"]
    assert hot["d98_Gy"] <= hot["d95_Gy"] <= hot["d50_Gy"] <= hot["d2_Gy"]
    assert 0 < hot["volumes_percent"][0]["percent"] <= 100
    with pytest.raises(QuestionError, match="is told of twice"):
        ask(half_life=["20h", "30h"])


def test_padding_metal_and_a_smaller_ct_are_taken_when_they_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    held = shorter(ct())
    values = held.values.copy()
    values[0, 0, :2] = -3024, 20000
    replace(held, values=values).write(tmp_path / "ct.nii")
    monkeypatch.chdir(tmp_path)
    found = _data(ask(padding="air", metal="clamp", outside="air"))
    assert (found["padding_voxels"], found["metal_voxels"], found["outside_voxels"]) == (1, 1, 270)
    because = " ".join(found["because"])
    assert "1 voxels of the CT below -1024 HU (padding) were taken as air" in because
    assert "1 voxels of the CT above 3071 HU (metal) were taken as 3071 HU" in because
    assert "270 voxels that the CT does not cover were taken as air" in because


def test_every_face_shows_regions_curves_and_planes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    answer = ask(regions="regions.nii", half_life="20h", rate_at="24h", doses="1Gy", eud_a="-10")
    head, *rows = answer.csv().splitlines()
    assert [row.split(",")[0] for row in rows] == ["1", "2"]
    for title in ("mean, Gy", "D95, Gy", "V1 Gy, %", "EUD, Gy", "dose rate, mGy/h", "doubtful, %"):
        assert title in head.replace('"', "")
    assert "% of the volume that receive it" in answer.svg()
    assert answer.png().startswith(b"\x89PNG")
    page = answer.html()
    assert page.count("<img") + page.count("<picture") + page.count("data:image/png") >= 2
    assert set(answer.files) == {"rtdose.dcm", "dose.nii.gz", "dvh.csv", "dose_rate.nii.gz"}
