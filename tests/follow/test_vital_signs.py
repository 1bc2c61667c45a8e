"""Grades of vital signs and QTc at the limits that CTCAE prints (the texts of the reference's tables, v5.0 and v6.0; NCI's v4.03)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.follow.vital_signs import (
    TERMS,
    fever,
    grades_of_signs,
    hypertension,
    hypothermia,
    qtc_prolonged,
    qtcf_of,
    weight_change,
)
from hevesy.study.dates import PartialDate
from hevesy.study.facts.ecg import Electrocardiogram
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.treatment import Administration
from hevesy.study.facts.vital_signs import VitalSigns
from hevesy.study.subject import Subject

DAY_1 = date(2016, 3, 1)


def on(day: int) -> date:
    return DAY_1 + timedelta(days=day - 1)


def subject(*facts: Fact, age_a: float | None = 60, weight_kg: float | None = None) -> Subject:
    given = Administration(subject="S", row=2, start=datetime(2016, 3, 1, 12, tzinfo=UTC))
    return Subject(
        id="S", enrolment=Enrolment(subject="S", row=1, age_a=age_a, weight_kg=weight_kg), events=(given, *facts)
    )


def signs(day: int, row: int = 9, **values: float) -> VitalSigns:
    return VitalSigns(subject="S", row=row, on=on(day), **values)  # type: ignore[arg-type]


def ecg(day: int, qtcf_ms: float | None = None, row: int = 9, **values: float) -> Electrocardiogram:
    return Electrocardiogram(subject="S", row=row, on=on(day), qtcf_ms=qtcf_ms, **values)  # type: ignore[arg-type]


def told(found: Subject, term: str, version: str = "5.0") -> list[tuple[int | None, str]]:
    return [(one.grade, one.because) for one in grades_of_signs(found, version) if one.term == term]


@pytest.mark.parametrize(
    ("pressure", "before_6", "version_6"),
    [
        ((119, 79), 0, 0), ((120, 79), 1, 0), ((119, 80), 1, 0), ((139, 89), 1, 0), ((140, 70), 2, 2), ((120, 90), 2, 2),
        ((159, 99), 2, 2), ((160, 70), 3, 3), ((120, 100), 3, 3), ((179, 109), 3, 3), ((180, 70), 3, 4), ((150, 110), 3, 4),
        ((139.4, 70), 1, 0), ((139.5, 70), 2, 2),
    ],
)  # fmt: skip
def test_blood_pressure(pressure: tuple[float, float], before_6: int, version_6: int) -> None:
    assert hypertension(pressure, "4.03") == hypertension(pressure, "5.0") == before_6
    assert hypertension(pressure, "6.0") == version_6


@pytest.mark.parametrize(
    ("pressure", "baseline", "grade"),
    [
        ((141, 80), (120, 80), 3), ((141, 80), (121, 80), 2), ((140, 80), (100, 80), 2),
        ((142, 100), (130, 82), 3), ((142, 95), (135, 76), 2), ((145, 80), (None, None), 2),
    ],
)  # fmt: skip
def test_version_6_asks_how_far_the_pressure_rose(
    pressure: tuple[float, float], baseline: tuple[float | None, float | None], grade: int
) -> None:
    """Mean pressures by hand: (142 + 2 x 95)/3 = 110.7 against (135 + 2 x 76)/3 = 95.7, which is 15 and not more."""
    assert hypertension(pressure, "6.0", baseline) == grade


@pytest.mark.parametrize(
    ("temperature_C", "warm", "cold"),
    [(36.5, 0, 0), (37.94, 0, 0), (38.0, 1, 0), (39.0, 1, 0), (39.1, 2, 0), (40.0, 2, 0), (40.1, 3, 0), (35.1, 0, 0),
     (35.0, 0, 2), (32.1, 0, 2), (32.0, 0, 3), (28.1, 0, 3), (28.0, 0, 4)],
)  # fmt: skip
def test_temperature(temperature_C: float, warm: int, cold: int) -> None:
    assert (fever(temperature_C), hypothermia(temperature_C)) == (warm, cold)


@pytest.mark.parametrize(
    ("kg", "grade"), [(80, 0), (76.1, 0), (76, 1), (72.1, 1), (72, 2), (64.1, 2), (64, 3), (84, 1), (88, 2), (96, 3)]
)
def test_weight(kg: float, grade: int) -> None:
    assert weight_change(kg, 80) == grade


@pytest.mark.parametrize(
    ("qtc", "baseline", "version", "recordings", "grade"),
    [
        (449, None, "5.0", 1, 0), (449.5, None, "5.0", 1, 1), (450, None, "5.0", 1, 1), (480, None, "5.0", 1, 1),
        (481, None, "5.0", 1, 2), (500, None, "5.0", 1, 2), (501, None, "5.0", 1, 3), (500.6, None, "6.0", 1, 3),
        (461, 400, "5.0", 1, 3), (460, 400, "5.0", 1, 1), (461, 400, "4.03", 1, 1), (430, 360, "6.0", 1, 3),
        (505, None, "4.03", 1, 2), (505, None, "4.03", 2, 3),
    ],
)  # fmt: skip
def test_qtc(qtc: float, baseline: float | None, version: str, recordings: int, grade: int) -> None:
    assert qtc_prolonged(qtc, baseline, version, recordings) == grade


@given(qt=st.floats(250, 550), rate=st.floats(40, 160))
def test_fridericia_divides_by_the_cube_root_of_the_interval(qt: float, rate: float) -> None:
    found = qtcf_of(ecg(1, qt_ms=qt, heart_rate_beats_per_min=rate))
    assert found is not None
    assert found**3 * (60 / rate) == pytest.approx(qt**3)
    assert qtcf_of(ecg(1, 420, qt_ms=qt, heart_rate_beats_per_min=rate)) == 420, "as delivered"
    assert qtcf_of(ecg(1, qt_ms=qt)) is None


def test_what_was_measured_up_to_day_1_is_the_baseline() -> None:
    found = subject(signs(1, weight_kg=80, systolic_mmHg=170, diastolic_mmHg=90), signs(15, 10, weight_kg=71))
    assert told(found, "Weight loss") == [(2, "71 kg (-11.2 %) on 2016-03-15 against 80 kg at baseline")]
    assert told(found, "Weight gain") == [(0, "71 kg (-11.2 %) on 2016-03-15 against 80 kg at baseline")]
    assert told(found, "Hypertension") == [], "the pressure of day 1 is no event after it"
    enrolled = subject(signs(15, weight_kg=71), weight_kg=80)
    assert told(enrolled, "Weight loss")[0][0] == 2
    assert told(subject(signs(15, weight_kg=71)), "Weight loss") == [(None, "no weight up to day 1")]


def test_recordings_of_a_day_are_averaged() -> None:
    found = subject(ecg(-1, 400, 3), ecg(15, 440, 4), ecg(15, 470, 5), ecg(15, 482, 6))
    assert told(found, TERMS[-1]) == [(3, "QTcF 464 ms on 2016-03-15, mean of 3 recordings; +64 ms from baseline")]
    (one,) = grades_of_signs(found, "5.0")
    assert one.rows == (3, 4, 5, 6)
    assert told(subject(ecg(15, 464)), TERMS[-1]) == [(1, "QTcF 464 ms on 2016-03-15; no baseline")]


def test_one_pressure_of_two_is_no_grade_0() -> None:
    low, high = subject(signs(8, systolic_mmHg=110)), subject(signs(8, systolic_mmHg=145))
    assert told(low, "Hypertension")[0][0] is None
    assert told(high, "Hypertension")[0][0] == 2
    assert "one of the two was not measured" in told(high, "Hypertension")[0][1]


def test_limits_of_adults_are_not_those_of_children() -> None:
    pressure = signs(8, systolic_mmHg=145, diastolic_mmHg=80)
    assert told(subject(pressure, age_a=17.9), "Hypertension")[0][0] is None
    assert told(subject(pressure, age_a=18), "Hypertension")[0][0] == 2
    assert "age not known" in told(subject(pressure, age_a=None), "Hypertension")[0][1]


def test_nothing_is_graded_without_a_day() -> None:
    partly = replace(signs(8, temperature_C=41), on=PartialDate(year=2016, month=3))
    assert grades_of_signs(subject(partly), "5.0") == ()
    untreated = replace(subject(signs(8, temperature_C=41)), events=(signs(8, temperature_C=41),))
    assert grades_of_signs(untreated, "5.0") == ()


def test_two_long_recordings_on_two_days_are_grade_3_of_version_4_03() -> None:
    found = subject(ecg(8, 510, 4), ecg(15, 520, 5), ecg(29, 440, 6))
    assert [grade for grade, _ in told(found, TERMS[-1], "4.03")] == [2, 3, 0]
    one_day = subject(ecg(8, 510, 4), ecg(8, 505, 5), ecg(8, 480, 6))
    assert [grade for grade, _ in told(one_day, TERMS[-1], "4.03")] == [3], "two of the day's three are 501 ms or more"


def test_an_interval_that_cannot_be_corrected_is_told() -> None:
    found = subject(ecg(8, row=4, qt_ms=580), ecg(15, 430, 5))
    assert told(found, TERMS[-1]) == [
        (0, "QTcF 430 ms on 2016-03-15; no baseline"),
        (None, "QT 580 ms on 2016-03-08: no heart rate to correct it by"),
    ]


def test_each_half_of_a_pressure_may_have_a_row_of_its_own() -> None:
    found = subject(signs(8, 4, systolic_mmHg=118), signs(8, 5, diastolic_mmHg=72))
    assert told(found, "Hypertension") == [(0, "118/72 mmHg on 2016-03-08")]
    twice = subject(signs(8, 4, systolic_mmHg=118), signs(8, 5, diastolic_mmHg=72), signs(8, 6, systolic_mmHg=110))
    assert [grade for grade, _ in told(twice, "Hypertension")] == [None] * 3, "which belong together is not known"


def test_the_baseline_of_a_pressure_is_the_last_that_is_whole() -> None:
    after = signs(8, 9, systolic_mmHg=145, diastolic_mmHg=80)
    before = signs(-2, 4, systolic_mmHg=118, diastolic_mmHg=76), signs(1, 5, diastolic_mmHg=70)
    assert told(subject(*before, after), "Hypertension", "6.0")[0][0] == 3
    grade, because = told(subject(after), "Hypertension", "6.0")[0]
    assert (grade, "3 where it rose enough from the baseline" in because) == (2, True)


def test_halves_of_a_tenth_are_rounded_up_as_they_are_shown() -> None:
    assert (fever(39.05), fever(40.05), hypothermia(35.05)) == (2, 3, 0)


def test_a_reason_shows_the_change_that_the_grade_goes_by() -> None:
    assert told(subject(ecg(-1, 400, 3), ecg(15, 460.5)), TERMS[-1]) == [
        (3, "QTcF 461 ms on 2016-03-15; +61 ms from baseline")
    ]


def test_a_version_without_criteria_is_refused() -> None:
    with pytest.raises(RuleError, match=r"CTCAE 3\.0 has no criteria here"):
        grades_of_signs(subject(), "3.0")
