"""What was measured for dosimetry: what cannot be is refused, units are read, and a cut hides what is later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hevesy.errors import RuleError
from hevesy.files.sources import read_sources
from hevesy.study.delivered import fact_of
from hevesy.study.facts.dosimetry import (
    BloodSample,
    DeliveredDose,
    ExternalCourse,
    RegionActivity,
    RegionMass,
    RegionSValue,
    TracerInjection,
)

AT = datetime(2016, 5, 2, 9, 0, tzinfo=UTC)


def made(kind: Any, **fields: Any) -> Any:
    usual: dict[Any, dict[str, Any]] = {
        TracerInjection: {"start": AT, "activity_MBq": 74.0, "nuclide": "I-124"},
        RegionActivity: {
            "start": AT, "region": "liver", "nuclide": "I-124", "activity_MBq": 9.0, "decay": "as measured",
        },
        RegionMass: {"region": "liver", "mass_g": 1400.0},
        RegionSValue: {
            "target": "liver", "source": "liver", "nuclide": "I-131", "s_mGy_per_MBq_per_s": 2.9e-5, "program": "P 1",
        },
        BloodSample: {
            "start": AT, "nuclide": "I-124", "of": "whole blood", "activity_MBq_per_mL": 0.01, "decay": "as measured",
        },
        DeliveredDose: {
            "region": "liver", "dose_Gy": 1.7, "of": "administered", "nuclide": "I-131", "program": "P 1",
        },
        ExternalCourse: {"on": date(2014, 3, 10), "region": "liver", "dose_Gy": 20.0, "fractions": 10},
    }  # fmt: skip
    return kind(**{"subject": "D-01", "row": 1, **usual[kind], **fields})


@pytest.mark.parametrize(
    ("kind", "wrong", "field", "sentence"),
    [
        (TracerInjection, {"activity_MBq": 7.4e7}, "activity_MBq", "an injected activity must lie in 0..1e+06 MBq"),
        (TracerInjection, {"activity_MBq": 0.0}, "activity_MBq", "an injected activity lies above 0"),
        (TracerInjection, {"nuclide": "I124"}, "nuclide", "a nuclide is written as the library does, I-124"),
        (TracerInjection, {"nuclide": "Zr-98"}, "nuclide", "nuclide 'Zr-98' is not known"),
        (RegionActivity, {"activity_MBq": None}, "activity_MBq", "tells an activity, or a share"),
        (RegionActivity, {"injected_percent": 12.0}, "activity_MBq", "tells an activity, or a share"),
        (RegionActivity, {"activity_MBq": float("nan")}, "activity_MBq", "an activity is a finite number"),
        (RegionActivity, {"activity_MBq": -1.0}, "activity_MBq", "an activity must lie in 0..1e+06 MBq"),
        (RegionActivity, {"activity_MBq": None, "injected_percent": 900.0}, "injected_percent", "must lie in 0..200 %"),
        (RegionActivity, {"uncertainty_percent": 0.0}, "uncertainty_percent", "a standard uncertainty lies above 0"),
        (RegionActivity, {"decay": "decay-corrected"}, "corrected_to", "tells to which time"),
        (RegionActivity, {"corrected_to": AT}, "corrected_to", "corrected to no time"),
        (RegionActivity, {"corrected_for": "I-124"}, "corrected_for", "corrected for no decay"),
        (
            RegionActivity,
            {"decay": "decay-corrected", "corrected_to": AT, "corrected_for": "I-131"},
            "corrected_for",
            "what was measured of I-124 is corrected for the decay of I-124",
        ),
        (RegionMass, {"mass_g": 1.4e6}, "mass_g", "a mass must lie in 0..300000 g"),
        (RegionMass, {"mass_g": 0.0}, "mass_g", "a mass lies above 0"),
        (RegionSValue, {"s_mGy_per_MBq_per_s": 2.9e4}, "s_mGy_per_MBq_per_s", "an S value must lie in 0..1000"),
        (BloodSample, {"haematocrit_percent": 0.42}, "haematocrit_percent", "a haematocrit must lie in 5..80 %"),
        (BloodSample, {"activity_MBq_per_mL": 1e4}, "activity_MBq_per_mL", "must lie in 0..100 MBq/mL"),
        (BloodSample, {"decay": "decay-corrected"}, "corrected_to", "tells to which time"),
        (DeliveredDose, {"dose_Gy": 1.7e6}, "dose_Gy", "an absorbed dose must lie in 0..10000 Gy"),
        (ExternalCourse, {"last": date(2014, 3, 1)}, "last", "a course ends no sooner than it begins"),
        (ExternalCourse, {"fractions": 0}, "fractions", "the number of fractions must lie in 1..150"),
        (ExternalCourse, {"dose_Gy": 2000.0}, "dose_Gy", "must lie in 0..200 Gy"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_by_its_field(
    kind: Any, wrong: dict[str, Any], field: str, sentence: str
) -> None:
    assert made(kind) is not None
    with pytest.raises(RuleError) as error:
        made(kind, **wrong)
    assert error.value.field == field
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("build", "day"),
    [
        (lambda: made(RegionActivity), date(2016, 5, 2)),
        (
            lambda: made(RegionActivity, decay="decay-corrected", corrected_to=AT + timedelta(days=9)),
            date(2016, 5, 2),
        ),
        (lambda: made(BloodSample), date(2016, 5, 2)),
        (lambda: made(ExternalCourse, last=date(2014, 3, 21)), date(2014, 3, 21)),
    ],
)
def test_a_cut_hides_what_was_not_over(build: Callable[[], Any], day: date) -> None:
    """A time that decay is corrected to is a convention; a course that runs has no dose yet."""
    assert build().as_of(day) == build()
    assert build().as_of(day - timedelta(days=1)) is None


MAPPING = """
time_zone = "America/Chicago"
[[source]]
name = "activity"
file = "a.csv"
kind = "region_activity"
delivery = "full"
key = ["subject", "start", "region"]
[source.fields]
subject = "subject"
start = "start"
region = "region"
nuclide = "nuclide"
activity = { column = "activity", unit_column = "unit" }
uncertainty_percent = "u"
decay = "decay"
"""
ROW = {"subject": "D-01", "start": "2016-05-02T13:00", "region": "liver", "nuclide": "131I", "activity": "13",
       "unit": "MBq", "u": "3", "decay": "As measured"}  # fmt: skip


def read(**changed: str) -> Any:
    (mapping,) = read_sources(MAPPING)
    return fact_of({**ROW, **changed}, 7, mapping, None)


def test_a_row_is_read_with_its_unit_its_zone_and_the_librarys_name_of_its_nuclide() -> None:
    fact = read(activity="0.35", unit="mCi")
    assert isinstance(fact, RegionActivity)
    assert fact.activity_MBq == pytest.approx(12.95)
    assert fact.nuclide == "I-131"
    assert fact.start == datetime(2016, 5, 2, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "column", "sentence"),
    [
        ({"unit": ""}, "activity", "a unit of activity is missing"),
        ({"unit": "MCi"}, "activity", "'MCi' is not a unit of activity"),
        ({"start": "2016-05-02"}, "start", "has no hour"),
        ({"start": "2016-03-13T02:30"}, "start", "does not exist in America/Chicago"),
        ({"nuclide": "J-131"}, "nuclide", "nuclide 'J-131' is not known; nearest are"),
        ({"decay": "corrected"}, "decay", "decay is one of as measured, decay-corrected"),
        ({"decay": "decay-corrected"}, "corrected_to", "tells to which time"),
        ({"u": "300"}, "u", "a standard uncertainty must lie in 0..100 %"),
        ({"region": ""}, "region", "region must not be empty"),
    ],
)
def test_a_row_that_cannot_be_is_refused_at_its_column(changed: dict[str, str], column: str, sentence: str) -> None:
    faults = read(**changed)
    assert isinstance(faults, list)
    assert [fault.column for fault in faults] == [column]
    assert sentence in faults[0].rule
