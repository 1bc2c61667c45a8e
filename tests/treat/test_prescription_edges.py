"""The prescription chain at its limits: bounds of a body, nothing left, the tolerance, a stock that just suffices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hevesy.errors import RuleError
from hevesy.nuclides.library import nuclide
from hevesy.study.dose import Dose, LinearQuadratic, parse_activity
from hevesy.study.protocol import Regimen
from hevesy.treat.prescription import (
    Administered,
    Assay,
    Person,
    Prescription,
    administered,
    as_stated,
    body_surface_area_m2,
    draw,
    elapsed_h,
    prescribe,
)
from hevesy.units import ActivityUnit

IODINE = nuclide("I-131")
NOON = datetime(2015, 7, 1, 12, tzinfo=UTC)
ONE_m2 = Person(height_cm=60, weight_kg=60)
"""By Mosteller the root of 60 x 60 / 3600: 1 m2."""


def fixed(activity_MBq: float, person: Person | None = None, **more: Any) -> Prescription:
    return prescribe(Dose(amount=activity_MBq, basis="fixed activity"), person or Person(), **more)


def assay(activity_MBq: float) -> Assay:
    return Assay(activity_MBq=activity_MBq, at=NOON)


@pytest.mark.parametrize("formula", ["Mosteller", "DuBois", "Haycock", "Gehan-George"])
@pytest.mark.parametrize(
    ("height_cm", "weight_kg", "fault"),
    [
        (30, 60, None),
        (250, 60, None),
        (29.9, 60, "height must lie in 30..250 cm, got 29.9 cm"),
        (250.1, 60, "height must lie in 30..250 cm, got 250.1 cm"),
        (160, 2, None),
        (160, 400, None),
        (160, 1.9, "weight must lie in 2..400 kg, got 1.9 kg"),
        (160, 400.1, "weight must lie in 2..400 kg, got 400.1 kg"),
    ],
)
def test_bounds_of_a_body_are_within(formula: str, height_cm: float, weight_kg: float, fault: str | None) -> None:
    if fault is None:
        assert body_surface_area_m2(formula, height_cm, weight_kg) > 0
        return
    with pytest.raises(RuleError, match=fault):
        body_surface_area_m2(formula, height_cm, weight_kg)


@pytest.mark.parametrize(("weight_kg", "fits"), [(2, True), (1.9, False), (400, True), (400.1, False)])
def test_bounds_of_a_mass_are_within(weight_kg: float, fits: bool) -> None:
    level = Dose(amount=5, basis="body mass")
    if fits:
        assert prescribe(level, Person(weight_kg=weight_kg)).prescribed_MBq == 5 * weight_kg
    else:
        with pytest.raises(RuleError, match=r"weight must lie in 2\.\.400 kg"):
            prescribe(level, Person(weight_kg=weight_kg))


def test_an_area_is_told_wherever_it_is_known() -> None:
    """Also of a level that does not need it; of half a body, or one that cannot be, it is not."""
    people = (ONE_m2, Person(height_cm=60), Person(weight_kg=60), Person(height_cm=9999, weight_kg=60))
    assert [fixed(100, person).bsa_m2 for person in people] == [1.0, None, None, None]
    for person in (Person(height_cm=60), Person(weight_kg=60)):
        with pytest.raises(RuleError, match="height or weight not recorded"):
            prescribe(Dose(amount=100, basis="body surface area"), person)


@pytest.mark.parametrize(("dose_per_activity", "activity"), [(0.5, 4000), (1, 2000), (0.001, 2_000_000)])
def test_the_activity_for_a_dose_to_an_organ(dose_per_activity: float, activity: float) -> None:
    """2 Gy at so many Gy/GBq."""
    plan = prescribe(
        Dose(amount=2, basis="absorbed dose", organ="red marrow"), Person(organ_dose_Gy_per_GBq=dose_per_activity)
    )
    assert plan.prescribed_MBq == pytest.approx(activity)
    assert len(plan.because) == 1


def test_a_bed_is_an_absorbed_dose_first() -> None:
    organ = LinearQuadratic(alpha_beta_Gy=2.5, repair_half_life_h=2, effective_half_life_h=2)
    level = Dose(amount=3.6, basis="BED", organ="kidneys", effect=organ)
    with pytest.raises(RuleError, match="dose per activity to the kidneys not recorded"):
        prescribe(level, Person())
    # equal half-lives: BED = D (1 + D / 5); 3.6 = D + D^2 / 5 has D = (-5 + sqrt(25 + 72)) / 2 = 2.42443 Gy
    assert prescribe(level, Person(organ_dose_Gy_per_GBq=1)).prescribed_MBq == pytest.approx(2424.43, abs=0.01)


@pytest.mark.parametrize(("fractions", "told"), [(1, False), (2, True), (3, True)])
def test_more_than_one_fraction_is_told(fractions: int, told: bool) -> None:
    plan = fixed(100, regimen=Regimen(fractions=fractions, interval_d=7 if told else None))
    assert (plan.prescribed_MBq, plan.total_MBq) == (100, 100 * fractions)
    assert (
        any(f"{fractions} fractions 7 days apart: {100 * fractions} MBq in total" in one for one in plan.because)
        == told
    )
    assert plan.regimen.fractions == fractions
    assert fixed(100).regimen == Regimen()


def test_activities_are_shown_in_the_unit_asked_for_or_that_of_the_level() -> None:
    level = parse_activity("3.7 GBq")
    mine = prescribe(level, Person(), shown_in=ActivityUnit("mCi"))
    own = prescribe(level, Person())
    assert (mine.shown_in.name, own.shown_in.name) == ("mCi", "GBq")
    assert ("100.00 mCi" in mine.because[-1], "3.700 GBq" in own.because[-1]) == (True, True)
    made: tuple[Callable[..., Administered], ...] = (
        lambda plan, **more: administered(assay(3700), None, NOON, IODINE, plan, **more),
        lambda plan, **more: as_stated(3700, plan, **more),
    )
    for make in made:
        asked = (
            make(own, shown_in=ActivityUnit("mCi")),
            make(mine),
            make(own),
            make(None),
            make(None, shown_in=ActivityUnit("GBq")),
        )
        told = [next(line for line in one.because if line.startswith("administered ")) for one in asked]
        words = ("100.00 mCi", "100.00 mCi", "3.700 GBq", "3700 MBq", "3.700 GBq")
        assert all(word in line for word, line in zip(words, told, strict=True)), told


@pytest.mark.parametrize(
    ("given", "tolerance", "deviation", "within"),
    [
        (110, 10, 10, True),  # at the limit it is within, above as below
        (90, 10, -10, True),
        (110.1, 10, 10.1, False),
        (89.9, 10, -10.1, False),
        (100, 0, 0, True),
        (107, 7, 7, True),
        (93, 7, -7, True),
        (200, 100, 100, True),
        (0, 100, -100, True),
        (110.0000000003, 10, 10, True),  # what a float may be off is no deviation
        (110.000000002, 10, 10.000000002, False),
    ],
)
def test_the_tolerance_belongs_to_what_is_within(
    given: float, tolerance: float, deviation: float, within: bool
) -> None:
    plan = fixed(100, ONE_m2)
    for found in (as_stated(given, plan, tolerance), administered(assay(given), None, NOON, IODINE, plan, tolerance)):
        assert found.deviation_percent == pytest.approx(deviation, abs=1e-10)
        assert found.within_tolerance is within
        assert f"; {'within' if within else 'outside'} the tolerance of {tolerance:g} %" in found.because[-1]
        assert found.administered_MBq == given


def test_the_tolerance_is_ten_percent_unless_told() -> None:
    plan = fixed(100)
    assert [as_stated(given, plan).within_tolerance for given in (110, 111)] == [True, False]
    assert [administered(assay(given), None, NOON, IODINE, plan).within_tolerance for given in (110, 111)] == [
        True,
        False,
    ]


def test_activity_per_area_where_the_area_is_known() -> None:
    two_m2 = Person(height_cm=160, weight_kg=90)  # 160 x 90 / 3600 = 4
    for person, expected in ((two_m2, 55.0), (Person(), None)):
        plan = fixed(100, person)
        assert as_stated(110, plan).per_m2_MBq == expected
        assert administered(assay(110), None, NOON, IODINE, plan).per_m2_MBq == expected


def test_without_a_prescription_nothing_is_judged() -> None:
    for found in (as_stated(0.5, None), administered(assay(0.5), None, NOON, IODINE, None)):
        assert (found.administered_MBq, found.per_m2_MBq, found.deviation_percent, found.within_tolerance) == (
            0.5,
            None,
            None,
            None,
        )
        assert found.because[-1] == "no prescription known"


@pytest.mark.parametrize(("drawn", "left", "given"), [(2, 2, 0), (2, 1.5, 0.5), (2, 0.5, 1.5), (2, 0, 2), (0, 0, 0)])
def test_what_is_left_may_be_all_or_nothing(drawn: float, left: float, given: float) -> None:
    found = administered(assay(drawn), assay(left), NOON, IODINE, None)
    assert found.administered_MBq == given
    assert any(line.startswith("residual ") for line in found.because)
    assert not any("no residual measured" in line for line in found.because)


def test_without_a_residual_nothing_was_left_and_that_is_told() -> None:
    found = administered(assay(2), None, NOON, IODINE, None)
    assert found.administered_MBq == 2
    assert "no residual measured: taken as nothing left" in found.because


def test_a_start_of_infusion_without_its_zone_is_refused() -> None:
    with pytest.raises(RuleError, match="start of the infusion needs its time zone"):
        administered(assay(2), None, datetime(2015, 7, 1, 12), IODINE, None)


def test_hours_between_times() -> None:
    assert elapsed_h(NOON, NOON + timedelta(hours=36)) == 36
    assert elapsed_h(NOON, NOON - timedelta(minutes=30)) == -0.5


@pytest.mark.parametrize(("stock", "share"), [(100, 1), (200, 0.5), (1000, 0.1), (100.5, 100 / 100.5)])
def test_a_stock_is_drawn_up_to_the_last_of_it(stock: float, share: float) -> None:
    drawn = draw(fixed(100), assay(stock), 6.0, NOON, IODINE)
    assert drawn.at_calibration_MBq == pytest.approx(100)
    assert drawn.volume_mL == pytest.approx(6 * share)
    assert draw(fixed(100), assay(stock), None, NOON, IODINE).volume_mL is None


def test_a_stock_is_drawn_by_its_activity_at_the_infusion() -> None:
    """400 MBq one half-life before hold 200: half of the stock, 200 MBq at its calibration."""
    earlier = Assay(activity_MBq=400, at=NOON - timedelta(hours=IODINE.half_life_h))
    drawn = draw(fixed(100), earlier, 6.0, NOON, IODINE)
    assert drawn.at_calibration_MBq == pytest.approx(200)
    assert drawn.volume_mL == pytest.approx(3)
    assert draw(fixed(0.25), assay(0.5), 6.0, NOON, IODINE).volume_mL == pytest.approx(3)


@pytest.mark.parametrize(
    ("stock", "fault"), [(0, "holds no activity"), (99.9, "less than the prescribed"), (60, "less than the prescribed")]
)
def test_a_stock_that_holds_too_little_is_refused(stock: float, fault: str) -> None:
    with pytest.raises(RuleError, match=fault):
        draw(fixed(100), assay(stock), 6.0, NOON, IODINE)
