"""Dose rates that are sums of exponentials: the Lea-Catcheside factor against closed forms, integration and laws."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad

from hevesy.errors import RuleError
from hevesy.treat.dose_rate import Course, DoseRate, course

half_lives = st.floats(0.5, 300.0)
repairs = st.floats(0.1, 20.0)
parts = st.lists(st.tuples(st.floats(0.1, 50.0), half_lives), min_size=1, max_size=4)


def rate_of(given_parts: list[tuple[float, float]]) -> DoseRate:
    return DoseRate(doses_Gy=tuple(d for d, _ in given_parts), half_lives_h=tuple(h for _, h in given_parts))


def integrated(given_course: Course, repair_h: float, until_h: float) -> float:
    """The double integral by two nested adaptive quadratures, from the dose rate alone."""
    mu = math.log(2) / repair_h
    edges = [time for time in (*given_course.at_h, until_h) if time <= until_h]
    edges = sorted({*edges, *(min(begin + gap, until_h) for begin in given_course.at_h for gap in (0.5, 5, 50, 300))})

    def rate(time: float) -> float:
        return float(given_course.at(time))

    def unrepaired(time: float) -> float:
        stops = [edge for edge in edges if edge < time] + [time]
        return math.fsum(
            quad(lambda s: rate(s) * math.exp(-mu * (time - s)), a, b, epsabs=1e-13, epsrel=1e-12)[0]
            for a, b in pairwise(stops)
        )

    return 2.0 * math.fsum(
        quad(lambda t: rate(t) * unrepaired(t), a, b, epsabs=1e-11, epsrel=1e-11, limit=100)[0]
        for a, b in pairwise(edges)
    )


@pytest.mark.parametrize(("half_life_h", "repair_h"), [(50.0, 2.8), (0.5, 20.0), (1e5, 0.01), (3.0, 3.0)])
def test_of_one_exponential_it_is_the_closed_form(half_life_h: float, repair_h: float) -> None:
    """Dale 1985: G = repair half-life / (repair half-life + effective half-life), to 1e-10."""
    found = course(DoseRate(doses_Gy=(7.0,), half_lives_h=(half_life_h,))).lea_catcheside(repair_h)
    assert found == pytest.approx(repair_h / (repair_h + half_life_h), rel=1e-10)


def test_of_uptake_and_clearance_it_is_the_closed_form() -> None:
    """Rate A (e^-at - e^-bt), b > a: the double integral worked out by hand is A^2 (b-a)^2 (a+b+m) / (...)."""
    a, b, m = math.log(2) / 60, math.log(2) / 4, math.log(2) / 1.5
    quadratic = (b - a) ** 2 * (a + b + m) / (a * b * (a + b) * (a + m) * (b + m))
    one = DoseRate(doses_Gy=(1 / a, -1 / b), half_lives_h=(60.0, 4.0))
    assert course(one).quadratic_Gy2(1.5) == pytest.approx(quadratic, rel=1e-10)


@pytest.mark.parametrize(
    ("given_parts", "repair_h", "administrations", "interval_h"),
    [
        ([(12.0, 20.0), (8.0, 90.0)], 1.5, 1, None),
        ([(15.0, 50.0), (-0.5, 2.0)], 2.8, 2, 30.0),
        ([(3.0, 1.5), (4.0, 60.0)], 1.5, 2, 5.0),  # a rate that equals that of repair
        ([(3.0, 1.5000001), (4.0, 60.0), (-0.05, 0.7)], 1.5, 3, 12.0),  # one that nearly does
    ],
)
def test_sums_agree_with_numerical_integration(
    given_parts: list[tuple[float, float]], repair_h: float, administrations: int, interval_h: float | None
) -> None:
    """To 1e-8, over all time and up to a time within the course."""
    whole = course(rate_of(given_parts), administrations, interval_h)
    last = whole.at_h[-1] + 40 * max(h for _, h in given_parts)
    assert whole.quadratic_Gy2(repair_h) == pytest.approx(integrated(whole, repair_h, last), rel=1e-8)
    within = whole.at_h[-1] + 7.0
    until = float(whole.quadratic_until_Gy2(within, repair_h))
    assert until == pytest.approx(integrated(whole, repair_h, within), rel=1e-8)
    assert float(whole.quadratic_until_Gy2(math.inf, repair_h)) == pytest.approx(
        whole.quadratic_Gy2(repair_h), rel=1e-10
    )


@given(parts, repairs, st.integers(1, 4), st.floats(0.5, 400.0))
def test_the_factor_lies_between_nothing_and_one(
    given_parts: list[tuple[float, float]], repair_h: float, administrations: int, interval_h: float
) -> None:
    whole = course(rate_of(given_parts), administrations, interval_h if administrations > 1 else None)
    assert 0 < whole.lea_catcheside(repair_h) <= 1 + 1e-12


@given(parts)
def test_an_acute_dose_keeps_all_of_it_and_a_slow_one_nothing(given_parts: list[tuple[float, float]]) -> None:
    one = course(rate_of(given_parts))
    assert one.lea_catcheside(1e9) == pytest.approx(1, abs=1e-5)
    assert one.lea_catcheside(1e-9) == pytest.approx(0, abs=1e-7)


@given(parts, repairs, st.floats(0.1, 0.9))
def test_a_part_in_two_of_one_half_life_is_that_part(
    given_parts: list[tuple[float, float]], repair_h: float, share: float
) -> None:
    (dose, half_life), *others = given_parts
    split = rate_of([(share * dose, half_life), ((1 - share) * dose, half_life), *others])
    assert course(split).quadratic_Gy2(repair_h) == pytest.approx(
        course(rate_of(given_parts)).quadratic_Gy2(repair_h), rel=1e-12
    )


@given(parts, repairs, st.floats(1.0, 300.0))
def test_two_administrations_far_apart_add_up_and_near_ones_do_more(
    given_parts: list[tuple[float, float]], repair_h: float, interval_h: float
) -> None:
    """Superposition: apart their quadratic parts add; together in time they are one of twice the dose, four times it."""
    once = rate_of(given_parts)
    alone = course(once).quadratic_Gy2(repair_h)
    assert course(once, 2, 1e6).quadratic_Gy2(repair_h) == pytest.approx(2 * alone, rel=1e-9)
    assert course(once, 2, 1e-9).quadratic_Gy2(repair_h) == pytest.approx(4 * alone, rel=1e-6)
    assert 2 * alone <= course(once, 2, interval_h).quadratic_Gy2(repair_h) * (1 + 1e-12) <= 4 * alone * (1 + 1e-11)


@given(parts, repairs, st.floats(0.1, 500.0))
def test_a_course_cut_in_time_is_what_was_and_what_is_to_come(
    given_parts: list[tuple[float, float]], repair_h: float, cut_h: float
) -> None:
    """What is left at a time is itself a dose rate: both halves and what passes between them make the whole."""
    once = rate_of(given_parts)
    mu = math.log(2) / repair_h
    rates, doses = once.rates_per_h, np.array(once.doses_Gy)
    later_doses = doses * np.exp(-rates * cut_h)
    assume(later_doses.sum() > 1e-9 * doses.sum())
    later = DoseRate(doses_Gy=tuple(later_doses.tolist()), half_lives_h=once.half_lives_h)
    passing = quad(lambda s: float(once.at(s)) * math.exp(-mu * (cut_h - s)), 0, cut_h, epsrel=1e-11, limit=400)[0]
    passing *= 2 * float((later_doses * rates / (rates + mu)).sum())
    parts_of_it = float(course(once).quadratic_until_Gy2(cut_h, repair_h)) + course(later).quadratic_Gy2(repair_h)
    assert parts_of_it + passing == pytest.approx(course(once).quadratic_Gy2(repair_h), rel=1e-7)


def test_dose_delivered_is_the_integral_of_its_rate() -> None:
    whole = course(rate_of([(15.0, 50.0), (-0.5, 2.0)]), 2, 30.0)
    for until in (10.0, 29.0, 55.0, 400.0):
        stops = [0.0, *(time for time in (30.0,) if time < until), until]
        area = sum(quad(lambda t: float(whole.at(t)), a, b, epsrel=1e-12, limit=200)[0] for a, b in pairwise(stops))
        assert float(whole.until_Gy(until)) == pytest.approx(area, rel=1e-10)
    assert float(whole.until_Gy(math.inf)) == pytest.approx(whole.dose_Gy) == 29.0


@given(st.lists(st.tuples(st.floats(-20.0, 20.0), st.sampled_from([0.5, 1.0, 3.0, 8.0, 30.0, 90.0])), min_size=2,
                max_size=5, unique_by=lambda part: part[1]))  # fmt: skip
def test_a_dose_rate_below_nothing_is_found_wherever_it_is(given_parts: list[tuple[float, float]]) -> None:
    """Against a fine grid of times: what is accepted is nowhere below -1 % of its largest, what is refused is."""
    times = np.concatenate([[0.0], np.geomspace(1e-4, 3000, 20_000)])
    heights = np.array([dose / half for dose, half in given_parts])
    halves = np.array([half for _, half in given_parts])
    shape = np.exp(-math.log(2) / halves * times[:, None]) @ heights
    lowest = shape.min() / max(shape.max(), 1e-300)
    total, slowest = sum(dose for dose, _ in given_parts), max(given_parts, key=lambda part: part[1])[0]
    assume(abs(lowest + 0.01) > 1e-4 and abs(total) > 1e-9 and abs(slowest) > 1e-9)
    if lowest > -0.01 and total > 0 and slowest > 0:
        assert rate_of(given_parts).lowest()[1] == pytest.approx(min(lowest, 0.0), abs=1e-5)
    else:
        with pytest.raises(RuleError):
            rate_of(given_parts)


def test_refusals_name_what_is_wrong() -> None:
    for given_doses, given_halves, said in (
        ((12.0, 8.0), (20.0,), "got 2 doses and 1 half-lives"),
        ((), (), "got 0 doses"),
        ((12.0,), (-20.0,), "a half-life lies above 0 h, got -20 h"),
        ((12.0,), (math.inf,), "got inf h"),
        ((math.nan,), (20.0,), "finite"),
        ((1.0, -2.0), (20.0, 3.0), "the dose in all lies above 0 Gy, got -1 Gy"),
        ((12.0, -5.0), (20.0, 2.0), "0 or more at every time, got -533"),
        ((12.0, -0.2), (20.0, 90.0), "the part that fades last is below 0, got -0.2 Gy with 90 h"),
    ):
        with pytest.raises(RuleError, match=said):
            DoseRate(doses_Gy=given_doses, half_lives_h=given_halves)
    once = DoseRate(doses_Gy=(1.0,), half_lives_h=(20.0,))
    for number, interval, said in ((2, None, "interval"), (1, 5.0, "interval"), (0, None, "an administration or more"),
                                   (2, 0.0, "above 0 h")):  # fmt: skip
        with pytest.raises(RuleError, match=said):
            course(once, number, interval)
    with pytest.raises(RuleError, match="begin at 0 h and rise"):
        Course(rates=(once, once), at_h=(0.0, 0.0))
    with pytest.raises(RuleError, match="got 1 dose rates and 2 times"):
        Course(rates=(once,), at_h=(0.0, 1.0))
    with pytest.raises(RuleError, match="repair"):
        course(once).lea_catcheside(0.0)


def test_rounded_figures_of_uptake_are_taken() -> None:
    """Uptake from nothing is -1.2 Gy with 2 h beside 12 Gy with 20 h; rounding puts its begin a little below."""
    one = DoseRate(doses_Gy=(12.0, -1.201), half_lives_h=(20.0, 2.0))
    time, share = one.lowest()
    assert time == 0
    assert -0.01 < share < 0
