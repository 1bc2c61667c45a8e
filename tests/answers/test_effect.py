"""`treat effect`: what it answers against its parts, and what it refuses, by the field that is wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest

import hevesy
from hevesy import ask
from hevesy.errors import QuestionError

ASKED = {"dose": "12Gy,8Gy", "half_life": "20h,90h", "alpha_beta": "3Gy", "repair": "1.5h"}
LIMIT = {"limit": "45Gy", "limit_as": "EQD2", "limit_source": "a protocol"}


def asked(**more: Any) -> Any:
    given: dict[str, Any] = ASKED | more
    return ask("treat effect", **given).document


def test_the_parts_add_up_by_hand() -> None:
    """12 and 8 Gy of 20 and 90 h, repair 1.5 h: three pairs of the double sum written out."""
    own = 12**2 * 1.5 / 21.5 + 8**2 * 1.5 / 91.5
    a, b, m = 1 / 20, 1 / 90, 1 / 1.5
    own += 2 * 12 * 8 * a * b / (a + b) * (1 / (a + m) + 1 / (b + m))
    found = asked(external=["60Gy/30"])
    assert found["course_bed_Gy"] == pytest.approx(20 + own / 3, rel=1e-10)
    assert found["external_bed_Gy"] == pytest.approx(100, rel=1e-10)
    assert found["bed_Gy"] == pytest.approx(120 + own / 3, rel=1e-10)
    assert found["eqd2_Gy"] == pytest.approx(found["bed_Gy"] / (1 + 2 / 3), rel=1e-10)
    assert found["lea_catcheside"] == pytest.approx(own / 400, rel=1e-10)


def test_units_and_python_values_mean_the_same() -> None:
    said = asked()
    assert asked(dose="1200cGy,8000mGy", half_life="1200min,3.75d") == said
    with_values = hevesy.biological_effect(dose=[12.0, 8.0], half_life=[20.0, 90.0], alpha_beta=3.0, repair=1.5)
    assert with_values.document == said


def test_two_administrations_a_week_apart_are_nearly_twice_one_and_an_hour_apart_are_more() -> None:
    once, week = asked()["bed_Gy"], asked(administrations=2, interval="7d")["bed_Gy"]
    soon = asked(administrations=2, interval="1h")["bed_Gy"]
    assert 2 * once < week < 2 * once * 1.03
    assert soon > week


def test_what_is_left_is_told_with_its_source() -> None:
    found = asked(**LIMIT, fraction="1.8Gy", source="a book")
    left = found["left"]
    assert left["bed_Gy"] == pytest.approx(45 * (1 + 2 / 3) - found["bed_Gy"])
    assert left["fractions"] == int(left["bed_Gy"] / (1.8 * 1.6))
    assert "limit 45 Gy EQD2: a protocol" in found["because"]
    assert not any("no source is named" in words for words in found["because"])
    unnamed = asked(**LIMIT)
    assert any("no source is named" in words for words in unnamed["because"])
    over: dict[str, Any] = ASKED | LIMIT | {"external": ["60Gy/30"]}
    assert asked(**over)["left"]["fractions"] == 0
    assert "exceeded" in str(ask("treat effect", **over))


def test_nothing_uncertain_has_no_interval_and_something_has_its_own() -> None:
    assert asked()["bed_standard_error_Gy"] is None
    assert asked()["bed_lower_Gy"] is None
    found = asked(dose_error=10, seed=3)
    quadratic = found["bed_Gy"] - found["dose_Gy"]
    assert found["bed_standard_error_Gy"] == pytest.approx(0.1 * (found["dose_Gy"] + 2 * quadratic), rel=1e-6)
    half = (found["bed_upper_Gy"] - found["bed_lower_Gy"]) / 2
    assert half == pytest.approx(1.96 * found["bed_standard_error_Gy"], rel=0.05)
    assert found == asked(dose_error=10, seed=3)


def test_the_figures_end_at_what_is_told() -> None:
    answer = ask("treat effect", **ASKED)
    drawn = re.findall(r"Accumulated dose and BED: BED ([\d.]+) Gy", str(answer))
    assert 0.95 * asked()["course_bed_Gy"] < float(drawn[0]) <= asked()["course_bed_Gy"]


@pytest.mark.parametrize(
    ("more", "fields", "said"),
    [
        ({"dose": "12Gy"}, ("dose",), "got 1 doses and 2 half-lives"),
        ({"dose": "12,8"}, ("dose",), "a unit of dose is missing"),
        ({"dose": "12Gy,8MBq"}, ("dose",), "not a unit of dose"),
        ({"dose": "12Gy,-8Gy"}, ("dose",), "the part that fades last is below 0"),
        ({"dose": "-8Gy,12Gy"}, ("dose",), "a dose rate is 0 or more at every time"),
        ({"dose": "0Gy,0Gy"}, ("dose",), "the dose in all lies above 0"),
        ({"half_life": "20,90"}, ("half_life",), "a unit of time is missing"),
        ({"half_life": "0h,90h"}, ("half_life",), "a half-life lies above 0"),
        ({"half_life": "-20h,90h"}, ("half_life",), "must not be negative"),
        ({"alpha_beta": "3"}, ("alpha_beta",), "unit of dose is missing"),
        ({"alpha_beta": "0Gy"}, ("alpha_beta",), "lies in 0.1..100"),
        ({"alpha_beta": "3000Gy"}, ("alpha_beta",), "lies in 0.1..100"),
        ({"repair": "1500h"}, ("repair",), "lies in 0.01..100"),
        ({"repair_error": "2h"}, ("repair_error",), "standard error of the half-life of repair"),
        ({"administrations": 2}, ("interval",), "an interval is given exactly where"),
        ({"interval": "7d"}, ("interval",), "an interval is given exactly where"),
        ({"external": ["60Gy"]}, ("external",), "not a dose in fractions"),
        ({"external": ["60/30"]}, ("external",), "unit of dose is missing"),
        ({"external": ["60Gy/0"]}, ("external",), "a fraction or more"),
        ({"external_interval": "6h"}, ("external_interval",), "belongs to an external beam"),
        ({"limit": "45Gy"}, ("limit_as", "limit_source"), "together"),
        ({**LIMIT, "limit_source": " "}, ("limit_source",), "a limit has its source"),
        ({**LIMIT, "limit": "0Gy"}, ("limit",), "above 0 Gy"),
        ({**LIMIT, "limit_as": "Gy"}, ("limit_as",), "none of BED, EQD2"),
        ({**LIMIT, "fraction": "0Gy"}, ("fraction",), "a fraction lies above 0"),
        ({"dose_error": 120}, ("dose_error",), "lies in 0..100 %"),
        ({"half_life_errors": "10"}, ("half_life_errors",), "every half-life has its standard error"),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(more: dict[str, Any], fields: tuple[str, ...], said: str) -> None:
    with pytest.raises(QuestionError, match=said) as refused:
        asked(**more)
    assert refused.value.fields == fields
