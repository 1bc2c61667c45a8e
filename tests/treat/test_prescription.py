"""The prescription chain: body surface area, prescription, decay correction, deviation."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad

from hevesy.errors import RuleError
from hevesy.nuclides.library import nuclide
from hevesy.study.dose import Dose, LinearQuadratic, parse_activity
from hevesy.study.protocol import Regimen, SurfaceFormula
from hevesy.treat.effect import bed_Gy, dose_for_bed_Gy
from hevesy.treat.prescription import BSA_SOURCES, Assay, Person, administered, body_surface_area_m2, draw, prescribe
from hevesy.units import mCi
from tests.references import decay

IODINE = nuclide("I-131")
NOON = datetime(2015, 7, 1, 12, tzinfo=UTC)
MARROW = Dose(amount=2, basis="absorbed dose", organ="red marrow")
heights, weights = st.floats(100, 220), st.floats(20, 200)


def per_m2(activity_MBq: float) -> Dose:
    return Dose(amount=activity_MBq, basis="body surface area")


@given(st.sampled_from(sorted(BSA_SOURCES)), heights, weights)
def test_body_surface_area_equals_decimal_arithmetic(formula: str, height_cm: float, weight_kg: float) -> None:
    assert body_surface_area_m2(formula, height_cm, weight_kg) == pytest.approx(
        float(decay.bsa(formula, height_cm, weight_kg)), rel=1e-12
    )


@given(st.sampled_from(sorted(BSA_SOURCES)), heights, weights)
def test_body_surface_area_grows_with_height_and_weight(formula: str, height_cm: float, weight_kg: float) -> None:
    here = body_surface_area_m2(formula, height_cm, weight_kg)
    assert body_surface_area_m2(formula, height_cm + 1, weight_kg) > here
    assert body_surface_area_m2(formula, height_cm, weight_kg + 1) > here


def test_published_body_surface_areas() -> None:
    """Mosteller's own example has 160 cm and 60 kg: 1.63 m2 (N Engl J Med 1987;317:1098)."""
    assert body_surface_area_m2("Mosteller", 160, 60) == pytest.approx(1.63, abs=0.005)


def test_the_regimen_of_two_fractions_a_week_apart() -> None:
    plan = prescribe(
        per_m2(15.625 * mCi), Person(height_cm=173, weight_kg=79), "Mosteller", Regimen(fractions=2, interval_d=7)
    )
    assert plan.total_MBq == pytest.approx(2 * plan.prescribed_MBq)
    assert plan.bsa_m2 is not None
    assert plan.total_MBq == pytest.approx(31.25 * mCi * plan.bsa_m2)
    assert any("2 fractions 7 days apart" in sentence for sentence in plan.because)


def test_levels_of_other_kinds_than_per_area() -> None:
    person = Person(height_cm=173, weight_kg=80, organ_dose_Gy_per_GBq=0.5)
    assert prescribe(Dose(amount=5, basis="body mass"), person).prescribed_MBq == pytest.approx(400)
    fixed = Dose(amount=7400, basis="fixed activity")
    assert prescribe(fixed, Person()).prescribed_MBq == 7400
    assert prescribe(fixed, Person(height_cm=9999, weight_kg=80)).prescribed_MBq == 7400, (
        "a height that is not needed does no harm"
    )
    assert prescribe(MARROW, person).prescribed_MBq == pytest.approx(4000), "2 Gy at 0.5 Gy/GBq"
    organ = LinearQuadratic(alpha_beta_Gy=2.5, repair_half_life_h=2.8, effective_half_life_h=50)
    plan = prescribe(Dose(amount=bed_Gy(2, organ), basis="BED", organ="kidneys", effect=organ), person)
    assert plan.prescribed_MBq == pytest.approx(4000)
    assert "is an absorbed dose of 2.000 Gy" in plan.because[0]


@given(st.floats(0.1, 100), st.floats(1, 20), st.floats(0.2, 10), st.floats(1, 200))
def test_the_dose_for_a_bed_has_that_bed(dose_Gy: float, ratio: float, repair: float, effective: float) -> None:
    organ = LinearQuadratic(alpha_beta_Gy=ratio, repair_half_life_h=repair, effective_half_life_h=effective)
    assert dose_for_bed_Gy(bed_Gy(dose_Gy, organ), organ) == pytest.approx(dose_Gy)


def test_bed_equals_the_integral_of_incomplete_repair() -> None:
    """BED = D + 2 / (alpha/beta) x the double integral of R(t) R(w) exp(-mu (t - w)) over w < t (Dale 1985)."""
    dose, ratio, repair, effective = 20.0, 2.5, 2.8, 50.0
    decay_, mend = math.log(2) / effective, math.log(2) / repair

    def rate(t: float) -> float:
        return dose * decay_ * math.exp(-decay_ * t)

    inner, _ = dblquad(lambda w, t: rate(t) * rate(w) * math.exp(-mend * (t - w)), 0, 1500, 0, lambda t: t, epsabs=1e-9)
    organ = LinearQuadratic(alpha_beta_Gy=ratio, repair_half_life_h=repair, effective_half_life_h=effective)
    assert bed_Gy(dose, organ) == pytest.approx(dose + 2 / ratio * inner, rel=1e-5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: per_m2(-1), "must be positive, got -1 MBq/m2"),
        (lambda: Dose(amount=2, basis="absorbed dose"), "an organ is named exactly where"),
        (lambda: Dose(amount=2, basis="fixed activity", organ="liver"), "an organ is named exactly where"),
        (lambda: Dose(amount=2, basis="BED", organ="liver"), "a BED needs alpha over beta"),
        (
            lambda: LinearQuadratic(alpha_beta_Gy=0, repair_half_life_h=1, effective_half_life_h=1),
            "alpha_beta_Gy must be positive, got 0",
        ),
        (lambda: parse_activity("5 MBq/lb"), "not a unit of activity per area"),
        (lambda: parse_activity("0 mCi/m2"), "must be positive, got 0 MBq/m2"),
        (lambda: parse_activity("-5 MBq/kg"), "must be positive, got -5 MBq/kg"),
    ],
)
def test_a_dose_that_is_none_says_why(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_assay_and_residual_are_corrected_to_the_start_of_the_infusion() -> None:
    """100 MBq one half-life before is 50 MBq; 10 MBq one half-life after was 20 MBq: 30 MBq were given."""
    start = NOON
    gap = timedelta(hours=IODINE.half_life_h)
    given_ = administered(
        Assay(activity_MBq=100, at=start - gap), Assay(activity_MBq=10, at=start + gap), start, IODINE, None
    )
    assert given_.administered_MBq == pytest.approx(30)


def test_times_are_compared_across_zones() -> None:
    chicago = timezone(timedelta(hours=-5))
    there = Assay(activity_MBq=100, at=datetime(2015, 7, 1, 7, tzinfo=chicago))
    assert there.decayed_to(NOON, IODINE) == 100


@given(st.floats(0.5, 1.5), st.floats(1, 20))
def test_deviation_and_tolerance(share: float, tolerance: float) -> None:
    plan = prescribe(per_m2(12.5 * mCi), Person(height_cm=162, weight_kg=68), "Mosteller")
    result = administered(Assay(activity_MBq=share * plan.prescribed_MBq, at=NOON), None, NOON, IODINE, plan, tolerance)
    assert result.deviation_percent == pytest.approx(100 * (share - 1), abs=1e-9)
    assert result.within_tolerance == (abs(result.deviation_percent or 0) <= tolerance)


def test_the_volume_to_draw_gives_the_prescription_at_the_infusion() -> None:
    plan = prescribe(per_m2(12.5 * mCi), Person(height_cm=162, weight_kg=68), "Mosteller")
    stock = Assay(activity_MBq=3000, at=NOON - timedelta(days=2))
    drawn = draw(plan, stock, 6.0, NOON, IODINE)
    assert drawn.volume_mL is not None
    assert stock.decayed_to(NOON, IODINE) * drawn.volume_mL / 6.0 == pytest.approx(plan.prescribed_MBq)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: prescribe(per_m2(1), Person(height_cm=162)), "no body surface area"),
        (lambda: prescribe(Dose(amount=5, basis="body mass"), Person()), "weight not recorded"),
        (lambda: prescribe(Dose(amount=5, basis="body mass"), Person(weight_kg=0.5)), "weight must lie in"),
        (lambda: prescribe(MARROW, Person()), "dose per activity to the red marrow not recorded"),
        (lambda: prescribe(MARROW, Person(organ_dose_Gy_per_GBq=0)), "is positive, got 0 Gy/GBq"),
        (
            lambda: prescribe(per_m2(1), Person(height_cm=1.62, weight_kg=68), "Mosteller"),
            "height must lie in 30..250 cm, got 1.62 cm",
        ),
        (
            lambda: prescribe(per_m2(1), Person(height_cm=162, weight_kg=6800), "Mosteller"),
            "weight must lie in 2..400 kg",
        ),
        (lambda: prescribe(per_m2(1), Person(height_cm=162, weight_kg=68), "Boyd"), "must be one of Mosteller"),
        (lambda: Assay(activity_MBq=-2, at=NOON), "not negative, got -2 MBq"),
        (lambda: Assay(activity_MBq=2, at=datetime(2015, 7, 1, 12)), "needs its zone"),
        (
            lambda: administered(Assay(activity_MBq=1, at=NOON), Assay(activity_MBq=2, at=NOON), NOON, IODINE, None),
            "more was left",
        ),
        (
            lambda: draw(
                prescribe(per_m2(1000), Person(height_cm=162, weight_kg=68), "Mosteller"),
                Assay(activity_MBq=1, at=NOON),
                1.0,
                NOON,
                IODINE,
            ),
            "less than the prescribed",
        ),
    ],
)
def test_bad_input_says_which_value_and_why(call: object, words: str) -> None:
    assert callable(call)
    with pytest.raises(RuleError, match=words):
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
    from hevesy.study.delivered import _time_at as _time

    given_in_utc, given_locally = (
        _time("2016-08-13T01:00Z", "America/Chicago"),
        _time("2016-08-12T20:00", "America/Chicago"),
    )
    assert given_in_utc == given_locally
    assert given_in_utc.date() == given_locally.date() == datetime(2016, 8, 12).date()


@pytest.mark.parametrize(
    ("text", "words"), [("2016-03-13T02:30", "does not exist"), ("2016-11-06T01:30", "happened twice")]
)
def test_an_hour_that_the_clocks_skipped_or_repeated_is_refused(text: str, words: str) -> None:
    from hevesy.study.delivered import _time_at as _time

    with pytest.raises(ValueError, match=words):
        _time(text, "America/Chicago")


def test_every_formula_that_a_plan_may_name_is_worked_out_with_its_source() -> None:
    assert set(get_args(SurfaceFormula)) == set(BSA_SOURCES)
    assert all(1.7 < body_surface_area_m2(name, 162, 68) < 1.8 for name in get_args(SurfaceFormula))
