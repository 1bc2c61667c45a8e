"""Vital signs and ECG from a delivery to the page: units, grades by hand, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hevesy.blocks.section import numbers_in
from hevesy.conduct.delivery import ImportReport, import_files, init_study
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.readout.build import build
from hevesy.study.facts.vital_signs import VitalSigns
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
age = { column = "age", unit = "years" }
[[source]]
name = "infusions"
file = "ex.csv"
kind = "administration"
delivery = "full"
key = ["id", "start"]
[source.fields]
subject = "id"
start = "start"
[[source]]
name = "vitals"
file = "vs.csv"
kind = "vital_signs"
delivery = "full"
key = ["id", "day"]
[source.fields]
subject = "id"
on = "day"
systolic = { column = "sys", unit = "mmHg" }
diastolic = { column = "dia", unit = "kPa" }
pulse = { column = "hr", unit = "bpm" }
temperature = { column = "temp", unit_column = "tu" }
weight = { column = "kg", unit = "kg" }
[[source]]
name = "ecgs"
file = "eg.csv"
kind = "ecg"
delivery = "full"
key = ["id", "day", "n"]
[source.fields]
subject = "id"
on = "day"
qtcf = { column = "qtcf", unit = "ms" }
"""
FILES = {
    "dm.csv": "id,arm,age\nA,1,61\nB,1,55\nC,1,70\n",
    "ex.csv": "id,start\nA,2016-03-01\nB,2016-03-02\nC,2016-03-03\n",
    "vs.csv": "id,day,sys,dia,hr,temp,tu,kg\nA,2016-03-01,118,10,70,36.6,C,80\nA,2016-03-08,162,11,88,102.4,F,76\n"
    "B,2016-03-09,119,10,70,36.6,C,\nC,2016-03-10,,,,,,70\n",
    "eg.csv": "id,day,n,qtcf\nA,2016-02-28,1,410\nA,2016-03-08,1,470\nA,2016-03-08,2,476\nB,2016-03,1,510\n",
}


def study(tmp_path: Path, **changed: str) -> ImportReport:
    for name, content in (FILES | {f"{name}.csv": text for name, text in changed.items()}).items():
        (tmp_path / name).write_text(content)
    (tmp_path / "sources.toml").write_text(MAPPING)
    init_study(tmp_path / "study", EXAMPLE / "protocol.toml", tmp_path / "sources.toml", who="tester")
    return import_files(tmp_path / "study", sorted(tmp_path.glob("*.csv")), who="tester")


def test_units_are_entered_once(tmp_path: Path) -> None:
    assert study(tmp_path).written
    first = study_of(read_record(tmp_path / "study")).subjects[0].of(VitalSigns)[1]
    assert first.diastolic_mmHg == pytest.approx(82.5, abs=0.05), "11 kPa"
    assert first.temperature_C == pytest.approx(39.1111, abs=1e-4), "102.4 F"


def test_worst_grades_stand_on_the_page(tmp_path: Path) -> None:
    """A: 162 mmHg is grade 3; 102.4 F = 39.1 C grade 2; 76 of 80 kg is 5 %, grade 1; mean QTcF 473, grade 1 of version 4.03."""
    study(tmp_path)
    page = build(read_record(tmp_path / "study"), date(2016, 4, 1))
    number = {one.id: one for one in numbers_in(page.sections)}
    graded = {
        term: [number[f"sign-{term}-grade-{grade}"].value for grade in range(5)]
        for term in ("hypertension", "fever", "hypothermia", "weight-loss")
    }
    assert graded == {
        "hypertension": [1, 0, 0, 1, 0], "fever": [1, 0, 1, 0, 0], "hypothermia": [2, 0, 0, 0, 0],
        "weight-loss": [0, 1, 0, 0, 0],
    }  # fmt: skip
    assert number["sign-weight-loss-open"].value == 1, "C has no weight up to day 1"
    qtc = number["sign-electrocardiogram-qt-corrected-interval-prolonged-grade-1"]
    assert qtc.because == ("A: QTcF 473 ms on 2016-03-08, mean of 2 recordings; +63 ms from baseline",)
    assert number["signs-undated"].value == 1, "B's recording is dated to the month"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("A,2016-03-08,162,11,88,98.6,C,76", "vs.csv, line 2, temp: temperature must lie in 24..45 C (got '98.6 C')"),
        ("A,2016-03-08,16,11,88,36,C,76", "vs.csv, line 2, sys: systolic blood pressure must lie in 30..320 mmHg (got '16 mmHg')"),
        ("A,2016-03-08,60,11,88,36,C,76", "vs.csv, line 2, dia: the diastolic pressure lies below the systolic (60 mmHg) (got '82.5068 mmHg')"),
        ("A,2016-03-08,120,11,88,36,K,76", "vs.csv, line 2, temp: 'K' is not a unit of temperature; known are C, degC, F, degF (got '36')"),
        ("A,2016-03-08,120,11,-88,36,C,76", "vs.csv, line 2, hr: heart rate must not be negative, got -88 (got '-88')"),
    ],
)  # fmt: skip
def test_what_no_person_has_is_refused_by_its_column(tmp_path: Path, row: str, sentence: str) -> None:
    report = study(tmp_path, vs=f"id,day,sys,dia,hr,temp,tu,kg\n{row}\n")
    assert str(report.refused[0]) == sentence
    assert not report.written


def test_a_fault_stands_at_the_file_it_is_in(tmp_path: Path) -> None:
    """Two files of one source: the name is that of the row's own."""
    (tmp_path / "dm.csv").write_text(FILES["dm.csv"])
    (tmp_path / "vs_a.csv").write_text("id,day,sys,dia,hr,temp,tu,kg\nA,2016-03-08,120,11,70,xx,C,76\n")
    (tmp_path / "vs_b.csv").write_text("id,day,sys,dia,hr,temp,tu,kg\nB,2016-03-08,120,11,70,36,C,76\n")
    (tmp_path / "sources.toml").write_text(MAPPING.replace('file = "vs.csv"', 'file = "vs*.csv"'))
    init_study(tmp_path / "study", EXAMPLE / "protocol.toml", tmp_path / "sources.toml", who="tester")
    report = import_files(tmp_path / "study", sorted(tmp_path.glob("*.csv")), who="tester")
    assert [str(one) for one in report.refused] == ["vs_a.csv, line 2, temp: 'xx' is not a number"]
