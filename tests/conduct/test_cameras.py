"""Calibrations of cameras: records of the study that belong to no subject."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hevesy.conduct.cameras import Cameras
from hevesy.conduct.delivery import ImportReport, import_files, init_study
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.find.recovery import sphere_mL
from hevesy.study.cut import as_of
from hevesy.study.facts.camera import CameraCalibration, RecoverySphere
from tests.conftest import EXAMPLE

MAPPING = """
time_zone = "America/Chicago"
[[source]]
name = "subjects"
file = "dm.csv"
kind = "enrolment"
delivery = "full"
key = ["id"]
[source.fields]
subject = "id"
arm = "arm"
[[source]]
name = "calibrations"
file = "cal.csv"
kind = "camera_calibration"
delivery = "full"
key = ["camera", "day"]
[source.fields]
calibrated = "day"
camera = "camera"
nuclide = "nuclide"
factor = "factor"
factor_is = "is"
applied = "applied"
uncertainty_percent = "u"
source = "how"
[[source]]
name = "spheres"
file = "rc.csv"
kind = "recovery_sphere"
delivery = "full"
key = ["camera", "d"]
[source.fields]
measured = "day"
camera = "camera"
diameter = { column = "d", unit = "cm" }
recovery = "rc"
uncertainty_percent = "u"
source = { constant = "NEMA body phantom" }
"""
HEAD = "camera,day,nuclide,factor,is,applied,u,how\n"
FILES = {
    "dm.csv": "id,arm\nA,1\n",
    "cal.csv": HEAD + "PET 1,2016-01-10,I124,1.02,told/true,no,3,cylinder\n"
    "PET 1,2016-06-01,I-124,0.99,told/true,no,3,cylinder\nSPECT 1,2016-01-10,,52,counts/s/MBq,yes,5,cylinder\n",
    "rc.csv": "camera,day,d,rc,u\nPET 1,2016-01-10,1.0,0.4,8\nPET 1,2016-01-10,3.7,0.9,4\n",
}


def delivered(folder: Path, **changed: str) -> ImportReport:
    for name, content in (FILES | {f"{name}.csv": text for name, text in changed.items()}).items():
        (folder / name).write_text(content)
    (folder / "sources.toml").write_text(MAPPING)
    init_study(folder / "study", EXAMPLE / "protocol.toml", folder / "sources.toml", who="tester")
    return import_files(folder / "study", sorted(folder.glob("*.csv")), who="tester")


def test_they_stand_in_the_record_and_a_cut_hides_those_that_come_later(tmp_path: Path) -> None:
    delivered(tmp_path)
    study = study_of(read_record(tmp_path / "study"))
    told = [(one.camera, str(one.on), one.nuclide, one.factor) for one in study.of(CameraCalibration)]
    assert told == [
        ("PET 1", "2016-01-10", "I-124", 1.02),
        ("SPECT 1", "2016-01-10", None, 52.0),
        ("PET 1", "2016-06-01", "I-124", 0.99),
    ]
    assert [one.diameter_mm for one in study.of(RecoverySphere)] == [10.0, 37.0]
    assert len(as_of(study, date(2016, 5, 31)).of(CameraCalibration)) == 2
    assert not as_of(study, date(2016, 1, 9)).facts
    assert [one.id for one in study.subjects] == ["A"]
    assert not [one for one in study.findings if "not enrolled" in one.topic]


def test_none_moves_the_last_day_of_the_study(tmp_path: Path) -> None:
    """The default cut is the last fact of a subject: a camera calibrated later changes no follow-up."""
    delivered(tmp_path, cal=HEAD + "PET 1,2019-01-10,I-124,1.02,told/true,no,3,cylinder\n")
    last = study_of(read_record(tmp_path / "study")).last_fact_on()
    assert last is None or last < date(2019, 1, 1)


ROW = "PET 1,2016-01-10,I-124,{factor},{is_},{applied},{u},cylinder\n"
GOOD = {"factor": "1.02", "is_": "told/true", "applied": "no", "u": "3"}


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"factor": "102"}, "of what a camera tells to what there is lies near 1"),
        ({"factor": "0"}, "a calibration factor lies above 0"),
        ({"factor": "52", "is_": "counts/s/MBq"}, "activities in MBq were made with the counts a second"),
        ({"is_": "ratio"}, "counts/s/MBq"),
        ({"applied": ""}, "applied must not be empty"),
        ({"u": "0"}, "a standard uncertainty lies above 0"),
        ({"u": ""}, "uncertainty_percent must not be empty"),
    ],
)
def test_what_no_calibration_is_is_refused(tmp_path: Path, changed: dict[str, str], rule: str) -> None:
    report = delivered(tmp_path, cal=HEAD + ROW.format(**(GOOD | changed)))
    assert any(rule in str(one) for one in report.refused)
    assert not report.written


def test_one_of_the_future_is_refused(tmp_path: Path) -> None:
    report = delivered(tmp_path, cal=HEAD + ROW.format(**GOOD).replace("2016", "2096"))
    assert any("cannot be dated after the day it was received" in str(one) for one in report.refused)


def test_a_sphere_is_as_phantoms_have_it() -> None:
    sphere = RecoverySphere(
        row=1, on=date(2016, 1, 10), camera="PET 1", diameter_mm=10.0, recovery=0.4, uncertainty_percent=8.0, source="x"
    )
    with pytest.raises(RuleError, match="measures 1 to 300 mm"):
        replace(sphere, diameter_mm=0.1)
    with pytest.raises(RuleError, match="a recovery must lie in 0"):
        replace(sphere, recovery=40.0)


def calibration(on: date, row: int = 1, **more: Any) -> CameraCalibration:
    given: dict[str, Any] = {"camera": "PET 1", "factor": 1.0, "factor_is": "told/true", "applied": True} | more
    return CameraCalibration(row=row, on=on, uncertainty_percent=3.0, source="x", **given)


def sphere(diameter_mm: float, recovery: float, row: int = 1, **more: Any) -> RecoverySphere:
    given: dict[str, Any] = {"on": date(2016, 1, 10), "camera": "PET 1", "uncertainty_percent": 4.0} | more
    return RecoverySphere(row=row, diameter_mm=diameter_mm, recovery=recovery, source="NEMA", **given)


def test_the_last_calibration_before_a_measurement_holds_and_that_of_its_nuclide_goes_first() -> None:
    early, late = calibration(date(2016, 1, 1)), calibration(date(2016, 6, 1))
    own, other = calibration(date(2015, 1, 1), nuclide="I-124"), calibration(date(2016, 3, 1), nuclide="F-18")
    cameras = Cameras(calibrations=(early, late, own, other))
    assert cameras.calibration("PET 1", "I-124", date(2016, 4, 1)) is own
    assert cameras.calibration("PET 1", "I-131", date(2016, 4, 1)) is early
    assert cameras.calibration("PET 1", "I-131", date(2016, 6, 1)) is late
    assert cameras.calibration("PET 1", "I-131", date(2014, 1, 1)) is early  # none before: the first after
    assert cameras.calibration("PET 2", "I-131", date(2016, 4, 1)) is None
    with pytest.raises(CannotAnswerError, match=r"calibrated twice on 2016-01-01 \(rows 1 and 7\)"):
        Cameras(calibrations=(early, calibration(date(2016, 1, 1), row=7))).calibration(
            "PET 1", "I-131", date(2016, 4, 1)
        )


def test_recovery_lies_on_the_phantoms_curve_and_grows_with_the_volume() -> None:
    """Between two spheres a straight line over the logarithm of the volume, which is that of the diameter."""
    cameras = Cameras(spheres=(sphere(37.0, 0.8), sphere(22.0, 0.7, uncertainty_percent=6.0)))
    found = cameras.recovery("PET 1", "I-124", date(2016, 4, 1), 10.0)
    assert found is not None
    diameter_mm = 10 * (60 / math.pi) ** (1 / 3)
    slope = 0.1 / math.log(37 / 22)
    assert found.value == pytest.approx(0.7 + slope * math.log(diameter_mm / 22), rel=1e-12)
    assert found.by_volume == pytest.approx(slope / 3 / found.value, rel=1e-5)
    assert found.relative_uncertainty == 0.06
    with pytest.raises(CannotAnswerError, match=r"measures 12\.4 mm: recovery on PET 1 was measured from 22 to 37 mm"):
        cameras.recovery("PET 1", "I-124", date(2016, 4, 1), 1.0)
    assert cameras.recovery("PET 2", "I-124", date(2016, 4, 1), 10.0) is None
    with pytest.raises(CannotAnswerError, match="a sphere of 22 mm stands twice"):
        Cameras(spheres=(sphere(22.0, 0.7), sphere(22.0, 0.8), sphere(37.0, 0.8))).recovery(
            "PET 1", "I-124", date(2016, 4, 1), 10.0
        )


def test_the_uncertainty_of_recovery_is_that_of_the_spheres_beside() -> None:
    diameters = ((10.0, 0.3, 20.0), (13.0, 0.5, 10.0), (22.0, 0.7, 6.0), (37.0, 0.9, 4.0))
    cameras = Cameras(spheres=tuple(sphere(d, r, uncertainty_percent=u) for d, r, u in diameters))

    def at(diameter_mm: float) -> float:
        found = cameras.recovery("PET 1", "I-124", date(2016, 4, 1), sphere_mL(diameter_mm))
        assert found is not None
        return found.relative_uncertainty

    assert [at(d) for d in (10.5, 15.0, 30.0, 36.9)] == [0.2, 0.1, 0.06, 0.06]
