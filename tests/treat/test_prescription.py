"""The prescription chain: body surface area, prescription, decay correction, deviation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.nuclides.library import nuclide
from hevesy.study.protocol import Regimen
from hevesy.treat.prescription import BSA_SOURCES, Assay, PrescriptionError, administered, body_surface_area_m2, draw, prescribe
from hevesy.units import mCi
from tests.references import decay

IODINE = nuclide("I-131")
NOON = datetime(2015, 7, 1, 12, tzinfo=UTC)
heights, weights = st.floats(100, 220), st.floats(20, 200)


@given(st.sampled_from(sorted(BSA_SOURCES)), heights, weights)
def test_body_surface_area_equals_decimal_arithmetic(formula: str, height_cm: float, weight_kg: float) -> None:
    assert body_surface_area_m2(formula, height_cm, weight_kg) == pytest.approx(float(decay.bsa(formula, height_cm, weight_kg)), rel=1e-12)


@given(st.sampled_from(sorted(BSA_SOURCES)), heights, weights)
def test_body_surface_area_grows_with_height_and_weight(formula: str, height_cm: float, weight_kg: float) -> None:
    here = body_surface_area_m2(formula, height_cm, weight_kg)
    assert body_surface_area_m2(formula, height_cm + 1, weight_kg) > here
    assert body_surface_area_m2(formula, height_cm, weight_kg + 1) > here


def test_published_body_surface_areas() -> None:
    """Mosteller's own example has 160 cm and 60 kg: 1.63 m2 (N Engl J Med 1987;317:1098)."""
    assert body_surface_area_m2("Mosteller", 160, 60) == pytest.approx(1.63, abs=0.005)


def test_the_regimen_of_two_fractions_a_week_apart() -> None:
    plan = prescribe(15.625 * mCi, 173, 79, "Mosteller", Regimen(fractions=2, interval_d=7))
    assert plan.total_MBq == pytest.approx(2 * plan.prescribed_MBq)
    assert plan.total_MBq == pytest.approx(31.25 * mCi * plan.bsa_m2)
    assert any("2 fractions 7 days apart" in sentence for sentence in plan.because)


def test_assay_and_residual_are_corrected_to_the_start_of_the_infusion() -> None:
    """100 MBq one half-life before is 50 MBq; 10 MBq one half-life after was 20 MBq: 30 MBq were given."""
    start = NOON
    gap = timedelta(hours=IODINE.half_life_h)
    given_ = administered(Assay(activity_MBq=100, at=start - gap), Assay(activity_MBq=10, at=start + gap), start, IODINE, None)
    assert given_.administered_MBq == pytest.approx(30)


def test_times_are_compared_across_zones() -> None:
    chicago = timezone(timedelta(hours=-5))
    there = Assay(activity_MBq=100, at=datetime(2015, 7, 1, 7, tzinfo=chicago))
    assert there.decayed_to(NOON, IODINE) == 100


@given(st.floats(0.5, 1.5), st.floats(1, 20))
def test_deviation_and_tolerance(share: float, tolerance: float) -> None:
    plan = prescribe(12.5 * mCi, 162, 68, "Mosteller")
    result = administered(Assay(activity_MBq=share * plan.prescribed_MBq, at=NOON), None, NOON, IODINE, plan, tolerance)
    assert result.deviation_percent == pytest.approx(100 * (share - 1), abs=1e-9)
    assert result.within_tolerance == (abs(result.deviation_percent or 0) <= tolerance)


def test_the_volume_to_draw_gives_the_prescription_at_the_infusion() -> None:
    plan = prescribe(12.5 * mCi, 162, 68, "Mosteller")
    stock = Assay(activity_MBq=3000, at=NOON - timedelta(days=2))
    drawn = draw(plan, stock, 6.0, NOON, IODINE)
    assert drawn.volume_mL is not None
    assert stock.decayed_to(NOON, IODINE) * drawn.volume_mL / 6.0 == pytest.approx(plan.prescribed_MBq)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: prescribe(-1, 162, 68, "Mosteller"), "must be positive"),
        (lambda: prescribe(1, 1.62, 68, "Mosteller"), "height must lie in 30..250 cm, got 1.62 cm"),
        (lambda: prescribe(1, 162, 6800, "Mosteller"), "weight must lie in 2..400 kg"),
        (lambda: prescribe(1, 162, 68, "Boyd"), "must be one of Mosteller"),
        (lambda: Assay(activity_MBq=-2, at=NOON), "not negative, got -2 MBq"),
        (lambda: Assay(activity_MBq=2, at=datetime(2015, 7, 1, 12)), "needs its zone"),
        (lambda: administered(Assay(activity_MBq=1, at=NOON), Assay(activity_MBq=2, at=NOON), NOON, IODINE, None), "more was left"),
        (
            lambda: draw(prescribe(1000, 162, 68, "Mosteller"), Assay(activity_MBq=1, at=NOON), 1.0, NOON, IODINE),
            "less than the prescribed",
        ),
    ],
)
def test_bad_input_says_which_value_and_why(call: object, words: str) -> None:
    assert callable(call)
    with pytest.raises(PrescriptionError, match=words):
        call()


@pytest.mark.parametrize("name", ["I-131", "F-18"])
def test_decay_does_not_notice_that_the_clocks_were_changed(name: str) -> None:
    """In Chicago 2016-03-13 had 23 hours: from noon to noon over that night are 23 hours, not 24."""
    from zoneinfo import ZoneInfo

    chicago, isotope = ZoneInfo("America/Chicago"), nuclide(name)
    before, after = datetime(2016, 3, 12, 13, tzinfo=chicago), datetime(2016, 3, 13, 13, tzinfo=chicago)
    expected = 1000 * 2 ** (-23 / isotope.half_life_h)
    assert Assay(activity_MBq=1000, at=before).decayed_to(after, isotope) == pytest.approx(expected, rel=1e-12)


def test_a_time_with_an_offset_falls_on_the_day_of_the_site() -> None:
    from hevesy.study.mapping import _time

    given_in_utc, given_locally = _time("2016-08-13T01:00Z", "America/Chicago"), _time("2016-08-12T20:00", "America/Chicago")
    assert given_in_utc == given_locally
    assert given_in_utc.date() == given_locally.date() == datetime(2016, 8, 12).date()


@pytest.mark.parametrize(("text", "words"), [("2016-03-13T02:30", "does not exist"), ("2016-11-06T01:30", "happened twice")])
def test_an_hour_that_the_clocks_skipped_or_repeated_is_refused(text: str, words: str) -> None:
    from hevesy.study.mapping import _time

    with pytest.raises(ValueError, match=words):
        _time(text, "America/Chicago")
