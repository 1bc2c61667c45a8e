"""What a cell means: flags, sex, grades, findings, numbers, and rules between the fields of a row."""

from __future__ import annotations

from typing import Any

import pytest

from hevesy.study.delivered import fact_of
from hevesy.study.facts.disposition import Contact
from hevesy.study.facts.enrolment import BodyMeasurement, Enrolment
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.response import TumourAssessment
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration
from hevesy.study.mapping import Column, SourceMapping

ZONE = "America/Chicago"


def read(kind: str, **cells: Any) -> Any:
    """The event of a row whose columns are named like the fields; a pair gives the unit of a field."""
    row, columns = {}, {}
    for name, given in cells.items():
        text, unit = given if isinstance(given, tuple) else (given, None)
        row[name] = text
        columns[name] = Column(column=name, unit=unit)
    columns.setdefault("subject", Column(constant="S"))
    mapping = SourceMapping(
        name="source", file="f.csv", kind=kind, full=True, time_zone=ZONE, key=("subject",), columns=columns
    )
    return fact_of(row, 1, mapping, None)


def refused(kind: str, **cells: Any) -> str:
    found = read(kind, **cells)
    assert isinstance(found, list), found
    return "; ".join(fault.rule for fault in found)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("1", True),
        ("0", False),
        ("Y", True),
        ("N", False),
        ("YES", True),
        ("NO", False),
        ("no", False),
        ("true", True),
        ("False", False),
    ],
)
def test_a_flag_is_what_it_says(text: str, flag: bool) -> None:
    event = read("adverse_event", term="Nausea", serious=text)
    assert isinstance(event, AdverseEvent)
    assert event.serious is flag


def test_what_is_no_flag_is_refused() -> None:
    assert "a flag is one of 1, 0, Y, N" in refused("adverse_event", term="Nausea", serious="perhaps")


@pytest.mark.parametrize(
    ("text", "sex"), [("F", "F"), ("m", "M"), ("U", None), ("unknown", None), ("UNDIFFERENTIATED", None)]
)
def test_sex_is_f_m_or_not_known(text: str, sex: str | None) -> None:
    event = read("enrolment", sex=text)
    assert isinstance(event, Enrolment)
    assert event.sex == sex
    assert "sex is F, M or U" in refused("enrolment", sex="X")


@pytest.mark.parametrize("grade", ["0", "3", "5", "3.0"])
def test_a_grade_lies_in_0_to_5(grade: str) -> None:
    event = read("adverse_event", term="Nausea", grade=grade)
    assert isinstance(event, AdverseEvent)
    assert event.grade == int(float(grade))


@pytest.mark.parametrize("grade", ["6", "-1", "3.5", "severe"])
def test_another_grade_is_refused(grade: str) -> None:
    assert refused("adverse_event", term="Nausea", grade=grade)


@pytest.mark.parametrize("status", ["alive", "Dead", "DEAD"])
def test_vital_status_is_alive_or_dead(status: str) -> None:
    assert isinstance(read("contact", vital_status=status), Contact)
    assert isinstance(read("contact", on="2016-01-01"), Contact), "nobody has to say it"
    assert "vital status is alive or dead" in refused("contact", vital_status="maybe")


@pytest.mark.parametrize(("score", "ok"), [("1", True), ("5", True), ("0", False), ("6", False)])
def test_a_deauville_score_is_1_to_5(score: str, ok: bool) -> None:
    found = read("tumour_assessment", deauville=score)
    assert isinstance(found, TumourAssessment) == ok


@pytest.mark.parametrize(
    ("longest", "shortest", "ok"),
    [("20", "10", True), ("20", "20", True), ("20", "21", False)],
    ids=["less", "equal", "more"],
)
def test_the_shorter_diameter_is_not_above_the_longest(longest: str, shortest: str, ok: bool) -> None:
    found = read("lesion", lesion="T1", longest=(longest, "mm"), shortest=(shortest, "mm"))
    assert isinstance(found, list) != ok


@pytest.mark.parametrize(("height", "ok"), [("30", True), ("29.9", False), ("250", True), ("250.1", False)])
def test_height_lies_in_bounds_wherever_it_is_measured(height: str, ok: bool) -> None:
    assert isinstance(read("enrolment", height=(height, "cm")), Enrolment) == ok
    assert isinstance(read("body_measurement", height=(height, "cm")), BodyMeasurement) == ok


@pytest.mark.parametrize(("weight", "ok"), [("2", True), ("1.9", False), ("400", True), ("400.1", False)])
def test_weight_lies_in_bounds(weight: str, ok: bool) -> None:
    assert isinstance(read("body_measurement", weight=(weight, "kg")), BodyMeasurement) == ok


@pytest.mark.parametrize(("age", "ok"), [("0", True), ("120", True), ("121", False)])
def test_age_lies_in_bounds(age: str, ok: bool) -> None:
    assert isinstance(read("enrolment", age=(age, "years")), Enrolment) == ok


@pytest.mark.parametrize(
    ("text", "value", "side"), [("<20", 20.0, "<"), ("> 1000", 1000.0, ">"), ("<=0.5", 0.5, "<"), ("20", 20.0, None)]
)
def test_a_value_below_or_above_a_limit_is_a_value(text: str, value: float, side: str | None) -> None:
    event = read("laboratory", test="platelets", value=text, unit="10^9/L")
    assert isinstance(event, Lab)
    assert (event.value, event.side) == (value, side)


@pytest.mark.parametrize("text", ["<<20", "<", "20<", "less than 20", "nan", "1e999"])
def test_what_is_no_value_is_refused(text: str) -> None:
    assert refused("laboratory", test="platelets", value=text, unit="10^9/L")


def test_blood_counts_are_not_negative_and_have_a_unit() -> None:
    assert "must not be negative" in refused("laboratory", test="platelets", value="-1", unit="10^9/L")
    assert "unit" in refused("laboratory", test="platelets", value="20", unit="furlongs")
    assert isinstance(read("laboratory", test="albumin", value="-1", unit="furlongs"), Lab), (
        "other tests are kept as they are"
    )
    assert isinstance(read("laboratory", test="platelets", value="0", unit="10^9/L"), Lab)


def test_an_infusion_may_be_known_to_the_day_and_then_has_no_assay() -> None:
    event = read("administration", start="2016-08-12", administered=("30", "mCi"))
    assert isinstance(event, Administration)
    assert (event.hour_known, event.start.date().isoformat(), event.administered_MBq) == (False, "2016-08-12", 1110.0)
    timed = read("administration", start="2016-08-12T13:00", assay=("30", "mCi"), assay_time="2016-08-12T12:00")
    assert isinstance(timed, Administration)
    assert timed.hour_known
    day_alone = refused("administration", start="2016-08-12", assay=("30", "mCi"), assay_time="2016-08-12T12:00")
    assert "an assay needs the hour of the infusion" in day_alone


def test_times_within_a_row_follow_one_another() -> None:
    start = "2016-08-12T13:00"
    assert "ends after its start" in refused("administration", start=start, end="2016-08-12T12:59")
    assert isinstance(read("administration", start=start, end=start), Administration)
    assert "an assay needs its time" in refused("administration", start=start, assay=("30", "mCi"))
    assert "a residual needs its time" in refused(
        "administration", start=start, assay=("30", "mCi"), assay_time=start, residual=("1", "mCi")
    )
    assert "resolves no sooner" in refused("adverse_event", term="Nausea", onset="2016-08-12", resolved="2016-08-11")
    assert "worst no sooner" in refused("adverse_event", term="Nausea", onset="2016-08-12", worst="2016-08-11")
    assert isinstance(
        read("adverse_event", term="Nausea", onset="2016-08-12", worst="2016-08-12", resolved="2016-08"), AdverseEvent
    )
    assert "stops no sooner" in refused("thyroid_block", start="2016-08-12", stop="2016-08-11")
    assert "ends no sooner" in refused("exposure", start="2016-08-12", end="2016-08-11")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2016-03-13T02:30", "does not exist"),
        ("2016-11-06T01:30", "happened twice"),
        ("2016-08-12", "no hour"),
        ("noon", "not a time"),
    ],
)
def test_hours_that_are_none_are_refused(text: str, words: str) -> None:
    assert words in refused("administration", start="2016-08-12T13:00", end=text)
