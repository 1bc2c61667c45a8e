"""Tables of scans: columns by their names, units, missing measures, and what looks like one thing written in two ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from hevesy.errors import CannotAnswerError
from hevesy.files.dose_and_time import DoseAndTime, Named, scale_of, scans_in
from hevesy.files.tables import DeliveredTable, read_table

HEAD = "subject,arm_mCi,hours_pi,TBR"
NAMED = Named()
ROWS = ("a,5,6,2.0", "a,5,24,3.0", "b,7.5,6,2.5", "b,7.5,24,3.5", "c,5,6,2.1", "d,7.5,6,2.2")


def table(tmp_path: Path, head: str = HEAD, rows: tuple[str, ...] = ROWS) -> DeliveredTable:
    (tmp_path / "scans.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return read_table(tmp_path / "scans.csv")


def read(tmp_path: Path, head: str = HEAD, rows: tuple[str, ...] = ROWS, named: Named = NAMED) -> DoseAndTime:
    return scans_in(table(tmp_path, head, rows), named)


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("subject,arm_mCi,hours_pi,TBR", "mCi"),
        ("patient,dose,hour,tbr", ""),
        ("Patient ID,Dose (MBq),Time [h],TBR max", "MBq"),
        ("USUBJID,activity_MBq_per_kg,hours,cnr", "MBq/kg"),
        ("id,level,time_h,lesion_ratio", ""),
        ("subject_id,planned_dose_GBq,hours post injection,contrast", "GBq"),
    ],
)
def test_columns_are_found_by_their_names(head: str, unit: str, tmp_path: Path) -> None:
    found = read(tmp_path, head)
    assert [scan[:4] for scan in found.scans][:2] == [("a", 5.0, 6.0, 2.0), ("a", 5.0, 24.0, 3.0)]
    assert (found.dose_unit, found.scans[3].line) == (unit, 5)
    assert any("has no unit" in line for line in found.told) == (unit == "")


@pytest.mark.parametrize(
    ("head", "rows", "hours"),
    [
        ("subject,dose,minutes,tbr", ("a,5,360,2", "a,5,1440,3"), [6, 24]),
        ("subject,dose,time_min,tbr", ("a,5,90,2",), [1.5]),
        ("subject,dose,days,tbr", ("a,5,1,2", "a,5,2,2"), [24, 48]),
        ("subject,dose,time,tbr", ("a,5,6h,2", "a,5,2d,3", "a,5,90min,3"), [6, 48, 1.5]),
    ],
)
def test_times_are_told_in_hours(head: str, rows: tuple[str, ...], hours: list[float], tmp_path: Path) -> None:
    assert [scan.time_h for scan in read(tmp_path, head, rows).scans] == hours


def test_doses_with_units_are_told_in_the_first_of_them(tmp_path: Path) -> None:
    rows = ("a,5 mCi,6,2", "b,185MBq,6,2", "c,0.2775GBq,6,2", "d,7.5 mCi,6,2")
    found = read(tmp_path, "subject,dose,hour,tbr", rows)
    assert ([scan.dose for scan in found.scans], found.dose_unit) == ([5.0, 5.0, 7.5, 7.5], "mCi")


@pytest.mark.parametrize("word", ["", "NA", "nan", "Not readable", "."])
def test_a_measure_that_is_missing_is_none(word: str, tmp_path: Path) -> None:
    assert read(tmp_path, rows=(*ROWS, f"c,5,24,{word}")).scans[-1].value is None


def test_the_measure_is_the_first_ratio_and_others_are_told(tmp_path: Path) -> None:
    head = "subject,arm_mCi,hours_pi,image_quality_1to5,SUVmax_lesion,TBR"
    rows = tuple(f"{row.rpartition(',')[0]},3,1.5,{row.rpartition(',')[2]}" for row in ROWS)
    found = read(tmp_path, head, rows)
    assert (found.measure, found.others) == ("TBR", ("image_quality_1to5", "SUVmax_lesion"))
    assert read(tmp_path, head, rows, Named(measure="image_quality_1to5")).scans[0].value == 3.0
    assert (scale_of("image_quality_1to5"), scale_of("SUVmax_lesion"), scale_of("volume")) == ("score", "ratio", None)


def test_actual_times_belong_to_the_nearest_nominal_one(tmp_path: Path) -> None:
    rows = ("a,5,5.3,2", "a,5,24.9,3", "b,5,6.9,2", "b,5,47,3")
    found = scans_in(table(tmp_path, rows=rows), Named(), (6.0, 24.0, 48.0))
    assert [scan.time_h for scan in found.scans] == [6, 24, 6, 48]
    with pytest.raises(CannotAnswerError, match=r"line 6, hours_pi: 12 h is within 25% of none of 6, 24, 48 h"):
        scans_in(table(tmp_path, rows=(*rows, "b,5,12,3")), Named(), (6.0, 24.0, 48.0))


def test_actual_times_have_the_unit_of_their_name(tmp_path: Path) -> None:
    head, rows = "subject,arm_mCi,hours_pi,actual_minutes_pi,TBR", ("a,5,6,330,2", "a,5,24,1440,3")
    found = scans_in(table(tmp_path, head, rows), Named(time="actual_minutes_pi"), (6.0, 24.0))
    assert [scan.time_h for scan in found.scans] == [6, 24]
    assert scans_in(table(tmp_path, head, rows), Named(time="actual_minutes_pi")).scans[0].time_h == 5.5


def test_doses_far_apart_are_doubted(tmp_path: Path) -> None:
    """7.5 mCi that was written as 277.5 stands beside 5: no pair is 37 times another."""
    found = read(tmp_path, rows=("a,5,6,2", "b,277.5,6,2"))
    assert found.doubts == ("arm_mCi: doses from 5 to 277.5 are a factor of 55.5 apart; are all in one unit?",)


def test_an_uptake_is_compared_only_where_it_is_asked_for(tmp_path: Path) -> None:
    head = "subject,arm_mCi,hours_pi,SUVmax_lesion"
    with pytest.raises(CannotAnswerError, match="name one with measure: it has subject, arm_mCi, hours_pi, SUVmax"):
        read(tmp_path, head)
    assert read(tmp_path, head, named=Named(measure="SUVmax_lesion")).measure == "SUVmax_lesion"
    assert scale_of("Lesion-to-background") == scale_of("tumour to normal brain") == "ratio"


def test_a_scan_far_from_its_nominal_time_is_named(tmp_path: Path) -> None:
    head = "subject,arm_mCi,hours_pi,actual_hours_pi,TBR"
    found = read(tmp_path, head, ("a,5,6,5.3,2", "a,5,24,12.5,3", "b,5,6,,2", "b,5,24,29,2"))
    assert found.doubts == ("line 3: subject a was scanned at 12.5 h, more than 25% from 24 h",)


@pytest.mark.parametrize(
    ("head", "rows", "sentence"),
    [
        (HEAD, (), "scans.csv has no rows"),
        ("who,arm_mCi,hours_pi,TBR", ROWS, "no column for subject by its name; name it with subject: it has who"),
        ("subject,arm_mCi,clock,TBR", ROWS, "no column for time by its name"),
        ("subject,arm_mCi,hours_pi,x", ROWS, "no column whose name says a ratio or a score"),
        ("subject,patient,hours_pi,TBR", ROWS, "subject and patient could each be subject; name one with subject"),
        ("subject,dose,hour,tbr", ("a,5,,2",), "line 2, hour: the cell is empty, a time is needed"),
        (HEAD, (",5,6,2",), "line 2, subject: the cell is empty, a subject is needed"),
        (HEAD, ("a,,6,2",), "line 2, arm_mCi: the cell is empty, a dose is needed"),
        (HEAD, ("a,low,6,2",), "line 2, arm_mCi: 'low' is not a dose, as in 5 or 5mCi"),
        (HEAD, ("a,5,late,2",), "line 2, hours_pi: 'late' is not a time, as in 24 or 24h"),
        (HEAD, ("a,5,6,high",), "line 2, TBR: 'high' is not a finite number"),
        (HEAD, ("a,5,6,inf",), "line 2, TBR: 'inf' is not a finite number"),
        ("subject,dose,time,tbr", ("a,5,6,2",), "line 2, time: 6 has no unit; say it in the name"),
        (HEAD, ("g01,5,6,2", "G01,5,24,2"), "lines 2 and 3, subject: 'g01' and 'G01' are one but for the case"),
        (HEAD, ("1,5,6,2", "01,5,24,2"), "'1' and '01' are one but for the case of letters or the way a number"),
        (HEAD, ("1,5,6,2", "1.0,5,24,2"), "'1' and '1.0' are one but for"),
        (HEAD, (*ROWS, "e,185,6,2"), "arm_mCi: 5 and 185 are one activity in mCi and in MBq"),
        (HEAD, (*ROWS, "e,5,360,2"), "hours_pi: 6 and 360 h are one time in hours and in minutes"),
        (HEAD, tuple(f"s{n},{5 + n / 10},6,2" for n in range(6)), "6 doses of 6 subjects are doses as given"),
        (HEAD, tuple(f"s{n},5,{6 + n / 10},2" for n in range(8)), "8 times of 8 scans are times as they were"),
    ],
)
def test_what_is_not_sure_is_refused(head: str, rows: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(CannotAnswerError) as refused:
        read(tmp_path, head, rows)
    assert sentence in str(refused.value)


def test_a_subject_with_both_times_has_both(tmp_path: Path) -> None:
    found = read(tmp_path, rows=("a,5,1,2", "a,5,60,3", "b,5,1,2", "b,5,60,2"))
    assert [scan.time_h for scan in found.scans] == [1, 60, 1, 60]


def test_a_named_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for field in ("subject", "dose", "time", "measure"):
        with pytest.raises(CannotAnswerError, match=r"scans\.csv has no column 'z'; it has subject, arm_mCi"):
            read(tmp_path, named=Named(**{field: "z"}))


def test_a_time_of_a_column_without_unit_is_in_the_unit_that_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, "subject,dose,time,tbr", ("a,5,90,2",), Named(time_unit="min"))
    assert found.scans[0].time_h == 1.5


def test_a_unit_against_that_in_the_columns_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswerError, match=r"scans\.csv, hour: the name says h, (⟦time_unit⟧|time_unit) d"):
        read(tmp_path, "subject,dose,hour,tbr", ("a,5,24,2",), Named(time_unit="d"))
    found = read(tmp_path, "subject,dose,hour,tbr", ("a,5,24,2",), Named(time_unit="h"))
    assert found.scans[0].time_h == 24
