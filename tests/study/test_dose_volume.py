"""Dose over volume: points that no histogram has are refused at their row; what is read off a curve is what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.conduct.voxel_dose import Images, Kinetics, files_of, patient_dose
from hevesy.errors import RuleError
from hevesy.nuclides.library import emissions
from hevesy.study.dose_volume_curve import DoseVolumeCurve
from hevesy.study.facts.dose_volume import DoseVolumePoint, curve_of, curves
from hevesy.study.facts.fact import kinds
from hevesy.treat.activity_unit import map_unit
from hevesy.treat.dose_volume import dose_volume
from hevesy.treat.voxel_engines import Run
from tests.conduct.dosed_patient import activity, ct, labels


def point(row: int = 1, **changed: Any) -> DoseVolumePoint:
    usual: dict[str, Any] = {
        "subject": "D-01", "row": row, "region": "liver", "of": "radionuclide", "nuclide": "I-131", "dose_Gy": 1.0,
        "volume_percent": 100.0, "region_volume_mL": 1400.0, "program": "P 1",
    }  # fmt: skip
    return DoseVolumePoint(**(usual | changed))


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"nuclide": None}, "nuclide", "a dose by a radionuclide names it"),
        ({"nuclide": "I131"}, "nuclide", "a nuclide is written as the library does, I-131"),
        ({"of": "external beam"}, "nuclide", "an external beam is of no nuclide"),
        ({"fractions": 10}, "fractions", "fractions are of external beam"),
        ({"of": "external beam", "nuclide": None, "fractions": 0}, "fractions", "must lie in 1..150"),
        ({"dose_Gy": -0.1}, "dose_Gy", "a dose must lie in 0..10000 Gy"),
        ({"dose_Gy": float("nan")}, "dose_Gy", "a dose must lie in 0..10000 Gy"),
        ({"dose_Gy": 2e4}, "dose_Gy", "a dose must lie in 0..10000 Gy"),
        ({"volume_percent": 100.2}, "volume_percent", "a share of the volume must lie in 0..100 %"),
        ({"volume_percent": -1.0}, "volume_percent", "a share of the volume must lie in 0..100 %"),
        ({"region_volume_mL": 0.0}, "region_volume_mL", "the volume of a region lies above 0"),
        ({"region_volume_mL": 1.4e6}, "region_volume_mL", "must lie in 0..300000 mL"),
    ],
)
def test_a_point_that_no_histogram_has_is_refused_by_its_field(
    changed: dict[str, Any], field: str, sentence: str
) -> None:
    assert point() is not None
    with pytest.raises(RuleError) as error:
        point(**changed)
    assert error.value.field == field
    assert sentence in str(error.value)


def rows(*points: tuple[float, float], **more: Any) -> list[DoseVolumePoint]:
    return [point(row, dose_Gy=dose, volume_percent=share, **more) for row, (dose, share) in enumerate(points, start=1)]


@pytest.mark.parametrize(
    ("points", "row", "sentence"),
    [
        ([(0.0, 98.0), (1.0, 50.0)], 1, "the share at the lowest dose is 100 %"),
        ([(0.0, 100.0), (1.0, 40.0), (2.0, 55.0)], 3, "the share never rises with the dose"),
        ([(0.0, 100.0), (1.0, 55.0), (1.0, 40.0)], 3, "has two shares, 55 and 40 %"),
        ([(0.0, 100.0), (1.0, 55.0), (1.0, 55.0)], 3, "stands twice"),
        ([(0.0, 100.0)], 1, "a curve has two points or more"),
        ([(0.0, 5.0), (1.0, 40.0), (2.0, 30.0)], 1, "the share at the lowest dose is 100 %"),
    ],
)
def test_rows_that_are_no_curve_together_are_told_at_the_row(
    points: list[tuple[float, float]], row: int, sentence: str
) -> None:
    together = kinds()["dose_volume"].together
    assert together is not None
    (found,) = together(rows(*points))
    assert found[0] == row
    assert sentence in str(found[1])


def test_two_doses_may_have_one_share_and_every_region_source_and_program_its_own_curve() -> None:
    told = [
        *rows((0.0, 100.0), (1.0, 60.0), (2.0, 60.0), (3.0, 0.0)),
        *rows((0.5, 100.0), (1.0, 10.0), program="P 2"),
        *rows((20.0, 100.0), (21.0, 10.0), of="external beam", nuclide=None, fractions=10),
    ]
    assert list(DoseVolumePoint.together(told)) == []
    assert [len(one) for one in curves(told)] == [4, 2, 2]


def test_a_curve_has_one_volume_and_one_number_of_fractions() -> None:
    told = [point(1, dose_Gy=0.0), point(2, volume_percent=3.0, region_volume_mL=900.0)]
    assert [(row, str(rule)) for row, rule in DoseVolumePoint.together(told)] == [
        (2, "a curve is of one region: 1400 and 900 are told")
    ]


steps = st.lists(st.tuples(st.floats(0.01, 30), st.integers(0, 40)), min_size=1, max_size=12)


@given(steps, st.floats(0, 40), st.floats(0.1, 100))
def test_what_is_read_off_a_curve_is_what_its_definition_says(
    steps: list[tuple[float, int]], first_Gy: float, percent: float
) -> None:
    """The mean as a sum over 100,000 strips of the volume; a D as the last dose that so many percent receive."""
    doses = first_Gy + np.cumsum([0.0, *(step for step, _ in steps)])
    shares = np.maximum(100.0 - np.cumsum([0, *(fall for _, fall in steps)]), 0.0)
    curve = DoseVolumeCurve(region="r", doses_Gy=tuple(doses.tolist()), shares_percent=tuple(shares.tolist()))
    strips = (np.arange(100_000) + 0.5) / 1000
    received = np.interp(strips, shares[::-1], doses[::-1])
    assert curve.mean_Gy == pytest.approx(received.mean(), rel=1e-6, abs=0.01)
    reached = curve.at_least_Gy(percent)
    assert curve.percent_with(reached) >= percent - 1e-9
    beyond = reached + 1e-6
    assert curve.percent_with(beyond) < percent or curve.percent_with(beyond) == pytest.approx(percent, abs=1e-3)
    assert curve.percent_with(curve.largest_Gy + 1e-6) == 0
    assert curve.percent_with(first_Gy / 2) == 100


@given(st.lists(st.floats(0, 60), min_size=3, max_size=60))
def test_the_curve_of_voxels_has_their_mean_and_their_doses(values: list[float]) -> None:
    """Held against the voxels themselves: within a step of the sampled curve."""
    spread = dose_volume(values, 0.1)
    if spread.falling_Gy[0] < 1e-3:
        return
    doses, percent = spread.curve(2000)
    curve = DoseVolumeCurve(region="r", doses_Gy=tuple(doses.tolist()), shares_percent=tuple(percent.tolist()))
    step = float(doses[1])
    assert curve.mean_Gy == pytest.approx(spread.mean_Gy, abs=1.01 * step)
    for share in (95, 50, 2):
        assert curve.at_least_Gy(share) == pytest.approx(spread.at_least_Gy(share), abs=1.01 * step)


PROTOCOL = """
[study]
id = "T"
title = "Doses over volumes"
synthetic = true
nuclide = "I-131"
[[dose_level]]
number = 1
activity = "20 mCi"
"""
MAPPING = """
time_zone = "America/Chicago"
[[source]]
name = "demography"
file = "dm.csv"
kind = "enrolment"
delivery = "full"
key = ["subject"]
[source.fields]
subject = "subject"
enrolled = "enrolled"
arm = "cohort"

[[source]]
name = "dose over volume"
file = "dvh.csv"
kind = "dose_volume"
delivery = "full"
key = ["subject", "region", "dose_Gy"]
ignore = ["volume_mL"]
[source.fields]
subject = "subject"
region = "region"
of = "of"
nuclide = "nuclide"
dose = { column = "dose_Gy", unit = "Gy" }
volume_percent = "volume_percent"
region_volume = { column = "region_volume_mL", unit = "mL" }
program = "program"
"""


def study(folder: Path) -> Path:
    (folder / "protocol.toml").write_text(PROTOCOL)
    (folder / "sources.toml").write_text(MAPPING)
    init_study(folder / "study", folder / "protocol.toml", folder / "sources.toml", "a test")
    (folder / "dm.csv").write_text("subject,enrolled,cohort\nD-01,2016-05-02,1\n")
    return folder / "study"


def test_what_treat_voxel_dose_writes_enters_a_record_as_it_is(tmp_path: Path) -> None:
    images = Images(
        activity=[activity().write(tmp_path / "a.nii")],
        ct=[ct().write(tmp_path / "ct.nii")],
        regions=labels().write(tmp_path / "r.nii"),
        names={"1": "liver", "2": "spleen"},
        unit=map_unit("Bq/mL"),
        times_h=(0.0,),
    )
    made = patient_dose(images, emissions("I-131"), Kinetics(physical=True), "kernel", run=Run(workers=1))
    (tmp_path / "dvh.csv").write_bytes(files_of(made, "D-01")["dvh.csv"])
    folder = study(tmp_path)
    report = import_files(folder, [tmp_path / "dm.csv", tmp_path / "dvh.csv"], who="a test")
    assert list(report.refused) == []
    (subject,) = study_of(read_record(folder)).subjects
    found = curves(subject.of(DoseVolumePoint))
    of_regions = {one.name: one for one in made.of_regions}
    assert sorted(one[0].region for one in found) == sorted(of_regions)
    for one in found:
        curve, told = curve_of(one), of_regions[one[0].region]
        assert one[0].nuclide == "I-131"
        assert curve.volume_mL == pytest.approx(told.volume.volume_mL)
        step = told.volume.falling_Gy[0] / 200
        assert curve.mean_Gy == pytest.approx(told.volume.mean_Gy, abs=step)
        assert curve.at_least_Gy(95) == pytest.approx(told.volume.at_least_Gy(95), abs=1.01 * step)


def written(folder: Path, points: str) -> Path:
    header = "region,dose_Gy,volume_percent,volume_mL,region_volume_mL,of,nuclide,program,subject\n"
    pairs = [pair.split() for pair in points.split(",")]
    lines = [f"liver,{dose},{share},0,1400,radionuclide,I-131,P,D-01\n" for dose, share in pairs]
    (folder / "dvh.csv").write_text(header + "".join(lines))
    return folder / "dvh.csv"


def test_a_curve_that_is_worked_out_anew_does_not_mix_with_the_one_before(tmp_path: Path) -> None:
    """Its points beside those that stand are no curve; without the old ones they are, and the reason is asked for."""
    folder = study(tmp_path)
    assert import_files(folder, [tmp_path / "dm.csv", written(tmp_path, "0 100,1 40,3 0")], who="a test").written
    anew = written(tmp_path, "0 100,2 60,4 0")
    refused = import_files(folder, [anew], who="a test", reason="anew")
    assert not refused.written
    assert any("never rises with the dose" in one.rule for one in refused.refused)
    assert import_files(folder, [anew], who="a test", reason="anew", withdraw=True).written
    (subject,) = study_of(read_record(folder)).subjects
    (found,) = curves(subject.of(DoseVolumePoint))
    assert curve_of(found).doses_Gy == (0.0, 2.0, 4.0)


def test_a_delivery_whose_shares_rise_is_refused_at_its_line_and_nothing_is_written(tmp_path: Path) -> None:
    folder = study(tmp_path)
    report = import_files(folder, [tmp_path / "dm.csv", written(tmp_path, "0 100,1 40,2 50")], who="a test")
    (refusal,) = report.refused
    assert (refusal.file, refusal.line, refusal.column, refusal.value) == ("dvh.csv", 4, "volume_percent", "50 %")
    assert "never rises with the dose" in refusal.rule
    assert not report.written
