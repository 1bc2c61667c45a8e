"""BED and EQD2: closed forms, published figures, laws of fractions, what a limit leaves, and standard errors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.study.dose import LinearQuadratic
from hevesy.study.limits import Limit
from hevesy.treat.dose_rate import Course, DoseRate, course
from hevesy.treat.effect import (
    DoseErrors,
    ExternalBeam,
    Tissue,
    bed_Gy,
    course_bed_Gy,
    drawn_Gy,
    effect_of,
    eqd2_Gy,
    left_under,
    standard_errors_Gy,
)

CORD = Tissue(alpha_beta_Gy=2.0, repair_half_life_h=4.0, source="a test")
LATE = Tissue(alpha_beta_Gy=3.0, repair_half_life_h=1.5, source="a test")
UPTAKE = DoseRate(doses_Gy=(14.0, 3.0, -0.4), half_lives_h=(60.0, 18.0, 1.2))


@given(st.floats(0.1, 100), st.floats(0.5, 20), st.floats(0.1, 10), st.floats(1, 300))
def test_of_one_exponential_bed_is_the_closed_form(dose: float, ratio: float, repair_h: float, half_h: float) -> None:
    """To 1e-10, and the older function for one half-life says the same."""
    found = course_bed_Gy(
        course(DoseRate(doses_Gy=(dose,), half_lives_h=(half_h,))),
        Tissue(alpha_beta_Gy=ratio, repair_half_life_h=repair_h),
    )
    assert found == pytest.approx(dose * (1 + dose * repair_h / (repair_h + half_h) / ratio), rel=1e-10)
    organ = LinearQuadratic(alpha_beta_Gy=ratio, repair_half_life_h=repair_h, effective_half_life_h=half_h)
    assert found == pytest.approx(bed_Gy(dose, organ), rel=1e-12)


@pytest.mark.parametrize(
    ("dose", "washout_h", "uptake_h", "repair_h", "ratio", "bed"),
    [
        (20, 60, 4, 2.8, 2.6, 26.607199469694784),
        (27, 50, 10, 1.5, 2.5, 34.262304769945125),
        (27, 50, 0.001, 2.8, 2.6, 41.868881012714866),
        (10, 80, 1, 0.5, 10, 10.061600593001558),
    ],
)
def test_uptake_and_washout_are_what_another_program_has(
    dose: float, washout_h: float, uptake_h: float, repair_h: float, ratio: float, bed: float
) -> None:
    """The formula of Bodei and others, Eur J Nucl Med Mol Imaging 2008;35:1847, for uptake and washout.

    As PyTheranostics (13514696, calculate_bed, "biexp") works it out; there it divides by zero where repair is as slow
    as either, here the limit is taken.
    """
    size = dose / (washout_h - uptake_h)
    rate = DoseRate(doses_Gy=(size * washout_h, -size * uptake_h), half_lives_h=(washout_h, uptake_h))
    found = course_bed_Gy(course(rate), Tissue(alpha_beta_Gy=ratio, repair_half_life_h=repair_h))
    assert found == pytest.approx(bed, rel=1e-10)


@given(st.integers(1, 60), st.floats(0.1, 30))
def test_fractions_of_2_gy_are_their_own_eqd2(fractions: int, ratio: float) -> None:
    beam = ExternalBeam(dose_Gy=2.0 * fractions, fractions=fractions)
    found = eqd2_Gy(beam.bed_Gy(Tissue(alpha_beta_Gy=ratio, repair_half_life_h=1.0)), ratio)
    assert found == pytest.approx(2.0 * fractions, rel=1e-10)


@pytest.mark.parametrize(
    ("dose", "fractions", "ratio", "bed"),
    [(60, 30, 3, 100.0), (60, 30, 10, 72.0), (50, 20, 2, 112.5), (50, 20, 3, 91.66666666667), (50, 20, 4, 81.25)],
)
def test_bed_of_fractions(dose: float, fractions: int, ratio: float, bed: float) -> None:
    """D (1 + d / (alpha/beta)); the last three are the example of getBED of the R package DVHmetrics, 50 Gy by 2.5."""
    tissue = Tissue(alpha_beta_Gy=ratio, repair_half_life_h=1.5)
    assert ExternalBeam(dose_Gy=dose, fractions=fractions).bed_Gy(tissue) == pytest.approx(bed, rel=1e-10)


@given(st.integers(2, 40), st.floats(0.5, 48), st.floats(0.1, 10))
def test_incomplete_repair_is_thames_closed_form(fractions: int, interval_h: float, repair_h: float) -> None:
    """h = (2/n) (kept / (1 - kept)) (n - (1 - kept^n) / (1 - kept)), Thames 1985."""
    kept = 2 ** (-interval_h / repair_h)
    closed = 2 / fractions * kept / (1 - kept) * (fractions - (1 - kept**fractions) / (1 - kept))
    beam = ExternalBeam(dose_Gy=2.0 * fractions, fractions=fractions, interval_h=interval_h)
    assert beam.unrepaired(repair_h) == pytest.approx(closed, rel=1e-7, abs=1e-14)


def test_fractions_are_administrations_that_fade_at_once() -> None:
    """Thames' fractions and the course of a radionuclide are one theory: acute administrations, 6 h apart."""
    acute = course(DoseRate(doses_Gy=(2.0,), half_lives_h=(1e-7,)), 10, 6.0)
    beam = ExternalBeam(dose_Gy=20.0, fractions=10, interval_h=6.0)
    assert course_bed_Gy(acute, LATE) == pytest.approx(beam.bed_Gy(LATE), rel=1e-6)
    together = ExternalBeam(dose_Gy=20.0, fractions=10, interval_h=1e-9).bed_Gy(LATE)
    assert together == pytest.approx(ExternalBeam(dose_Gy=20.0, fractions=1).bed_Gy(LATE), rel=1e-6)


def test_what_a_spinal_cord_has_left_of_the_published_plan() -> None:
    """Hobbs and others, Int J Radiat Oncol Biol Phys 2011;80:1256 (abstract).

    Samarium-153 gave the cord 6.8 Gy in fractions of 2 Gy at most, 50 Gy were its limit: 43.2 Gy are left to the beam.
    """
    limit = Limit(region="cord", amount_Gy=50.0, of="EQD2", source="Hobbs and others 2011, abstract")
    left = left_under(limit, 6.8 * (1 + 2 / CORD.alpha_beta_Gy), CORD)
    assert left.eqd2_Gy == pytest.approx(43.2, abs=1e-9)
    assert (left.fractions, left.dose_Gy) == (21, 42.0)


@given(st.floats(0.5, 60), st.floats(1.0, 3.0), st.floats(20, 80), st.sampled_from(["BED", "EQD2"]))
def test_what_is_left_fits_and_one_fraction_more_does_not(dose: float, fraction: float, amount: float, of: str) -> None:
    own = course(DoseRate(doses_Gy=(dose,), half_lives_h=(60.0,)))
    limit = Limit(region="cord", amount_Gy=amount, of="BED" if of == "BED" else "EQD2", source="a test")
    found = effect_of("cord", own, CORD, limit=limit, fraction_Gy=fraction)
    assert found.left is not None
    allowed = limit.bed_Gy(CORD.alpha_beta_Gy) * (1 + 1e-9)
    for more, fits in ((found.left.fractions, True), (found.left.fractions + 1, False)):
        given_more = (ExternalBeam(dose_Gy=more * fraction, fractions=more),) if more else ()
        if found.left.bed_Gy >= 0:
            assert (effect_of("cord", own, CORD, external=given_more).bed_Gy <= allowed) == fits
    assert (found.left.bed_Gy < 0) == (found.bed_Gy > limit.bed_Gy(CORD.alpha_beta_Gy))


def test_a_limit_and_a_tissue_without_a_source_decide_nothing() -> None:
    with pytest.raises(RuleError, match="a limit has its source: who says that 45 Gy EQD2 is one"):
        Limit(region="cord", amount_Gy=45.0, of="EQD2", source=" ")
    limit = Limit(region="cord", amount_Gy=45.0, of="EQD2", source="a test")
    with pytest.raises(RuleError, match="need their source"):
        effect_of("cord", course(UPTAKE), replace(CORD, source=None), limit=limit)
    assert effect_of("cord", course(UPTAKE), replace(CORD, source=None)).because[0].endswith("no source is named")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"alpha_beta_Gy": 300.0}, "alpha over beta lies in 0.1..100 Gy, got 300 Gy"),
        ({"alpha_beta_Gy": math.nan}, "alpha over beta lies"),
        ({"repair_half_life_h": 2400.0}, "half-life of repair lies in 0.01..100 h, got 2400 h"),
        ({"alpha_beta_standard_error_Gy": 2.0}, "standard error of alpha over beta"),
        ({"repair_standard_error_h": -1.0}, "standard error of the half-life of repair"),
    ],
)
def test_absurd_tissues_are_refused(asked: dict[str, float], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        replace(CORD, **asked)  # type: ignore[arg-type]


def test_absurd_beams_and_limits_are_refused() -> None:
    for given_beam in ({"dose_Gy": 0.0, "fractions": 1}, {"dose_Gy": 2.0, "fractions": 0},
                       {"dose_Gy": 2.0, "fractions": 2, "interval_h": 0.0}):  # fmt: skip
        with pytest.raises(RuleError):
            ExternalBeam(**given_beam)  # type: ignore[arg-type]
    with pytest.raises(RuleError, match="above 0 Gy"):
        Limit(region="cord", amount_Gy=0.0, of="BED", source="a test")
    with pytest.raises(RuleError, match="a fraction lies above 0"):
        left_under(Limit(region="cord", amount_Gy=1.0, of="BED", source="a test"), 0.0, CORD, 0.0)


def test_because_says_what_was_assumed() -> None:
    beams = (ExternalBeam(dose_Gy=60, fractions=30), ExternalBeam(dose_Gy=8, fractions=4, interval_h=6))
    told = "; ".join(effect_of("cord", course(UPTAKE, 2, 168.0), CORD, external=beams).because)
    for words in ("a test", "2 administrations, 168 h apart", "complete repair between fractions assumed", "6 h apart",
                  "no damage is unrepaired between them", "no regrowth"):  # fmt: skip
        assert words in told


def test_standard_error_of_a_dose_alone_is_the_slope_of_bed() -> None:
    """BED = D + c D^2: sigma (1 + 2 c D), whatever the curve; EQD2 in proportion."""
    given_course = course(UPTAKE, 2, 168.0)
    bed, eqd2 = standard_errors_Gy(given_course, LATE, DoseErrors(relative_dose=0.1))
    dose, quadratic = given_course.dose_Gy, given_course.quadratic_Gy2(LATE.repair_half_life_h) / LATE.alpha_beta_Gy
    assert bed == pytest.approx(0.1 * (dose + 2 * quadratic), rel=1e-6)
    assert eqd2 == pytest.approx(bed / (1 + 2 / 3), rel=1e-6)


def test_standard_error_of_alpha_over_beta_alone() -> None:
    """D + Q / r: sigma Q / r^2; of EQD2 = (r D + Q) / (r + 2): sigma |2 D - Q| / (r + 2)^2."""
    one = course(UPTAKE)
    dose, quadratic = one.dose_Gy, one.quadratic_Gy2(LATE.repair_half_life_h)
    bed, eqd2 = standard_errors_Gy(one, replace(LATE, alpha_beta_standard_error_Gy=0.3), DoseErrors())
    assert bed == pytest.approx(0.3 * quadratic / 9, rel=1e-6)
    assert eqd2 == pytest.approx(0.3 * abs(2 * dose - quadratic) / 25, rel=1e-6)


def test_a_covariance_of_parts_gives_what_its_dose_does() -> None:
    """Parts that move together as one dose have the covariance of that dose."""
    doses = np.array(UPTAKE.doses_Gy)
    covariance = tuple(map(tuple, (0.01 * np.outer(doses, doses)).tolist()))
    for one in (course(UPTAKE), course(UPTAKE, 3, 72.0)):
        assert standard_errors_Gy(one, LATE, DoseErrors(covariance_Gy2=covariance)) == pytest.approx(
            standard_errors_Gy(one, LATE, DoseErrors(relative_dose=0.1)), rel=1e-9
        )


@pytest.mark.parametrize("beams", [(), (ExternalBeam(dose_Gy=30, fractions=15, interval_h=6.0),)])
def test_first_order_and_draws_agree(beams: tuple[ExternalBeam, ...]) -> None:
    """20,000 draws against first order, both of BED and EQD2, within 3 % of sigma where errors are small."""
    tissue = replace(LATE, alpha_beta_standard_error_Gy=0.15, repair_standard_error_h=0.1)
    errors = DoseErrors(relative_dose=0.05, relative_half_lives=(0.05, 0.08, 0.1))
    given_course = course(UPTAKE, 2, 48.0)
    first = standard_errors_Gy(given_course, tissue, errors, beams)
    drawn = drawn_Gy(given_course, tissue, errors, beams, count=20_000, seed=11)
    for sigma, draws in zip(first, drawn, strict=True):
        assert float(draws.std(ddof=1)) == pytest.approx(sigma, rel=0.03)
    assert float(drawn[0].mean()) == pytest.approx(
        effect_of("x", given_course, tissue, external=beams).bed_Gy, rel=5e-3
    )


def test_errors_of_another_curve_are_refused() -> None:
    for errors, said in (
        (DoseErrors(relative_half_lives=(0.1,)), "every half-life has its standard error, got 1 for 3"),
        (DoseErrors(covariance_Gy2=((1.0,),)), "a covariance of the parts' doses"),
    ):
        with pytest.raises(RuleError, match=said):
            standard_errors_Gy(course(UPTAKE), LATE, errors)
    other = Course(rates=(UPTAKE, replace(UPTAKE, doses_Gy=(7.0, 1.5, -0.2))), at_h=(0.0, 48.0))
    with pytest.raises(RuleError, match="one curve, which every administration repeats"):
        standard_errors_Gy(other, LATE, DoseErrors(covariance_Gy2=((1.0,) * 3,) * 3))
    for wrong in ({"relative_dose": -0.1}, {"relative_dose": 0.1, "covariance_Gy2": ((1.0,),)},
                  {"covariance_Gy2": ((1.0, 2.0), (2.0, 1.0))}, {"covariance_Gy2": ((1.0, 2.0), (3.0, 1.0))}):  # fmt: skip
        with pytest.raises(RuleError):
            DoseErrors(**wrong)
