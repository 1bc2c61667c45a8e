"""BED of drawn curves: one by one the same as that of a course, and curves fitted again to noisy points."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.dose_rate import Course, DoseRate
from hevesy.treat.drawn_effect import drawn_bed_Gy
from hevesy.treat.effect import ExternalBeam, Tissue, course_bed_Gy
from hevesy.treat.fit import fit_curve

TISSUE = Tissue(alpha_beta_Gy=3.0, repair_half_life_h=1.5)


def test_draws_are_those_of_courses_one_by_one() -> None:
    chance = np.random.default_rng(11)
    doses = chance.uniform(1, 40, 50)
    coefficients, rates = chance.uniform(0.1, 1, (50, 2)), chance.uniform(0.004, 0.3, (50, 2))
    shares, at_h = (0.5, 0.3, 0.2), (0.0, 20.0, 400.0)
    beam = ExternalBeam(dose_Gy=20, fractions=10, interval_h=8.0)
    found = drawn_bed_Gy(doses, coefficients, rates, TISSUE, shares=shares, at_h=at_h, external=[beam])
    for dose, c, r, bed in zip(doses, coefficients, rates, found, strict=True):
        parts = c / r / (c / r).sum()
        halves = tuple(math.log(2) / r)
        course = Course(
            rates=tuple(DoseRate(doses_Gy=tuple(dose * share * parts), half_lives_h=halves) for share in shares),
            at_h=at_h,
        )
        assert bed == pytest.approx(course_bed_Gy(course, TISSUE) + beam.bed_Gy(TISSUE), rel=1e-12)


def test_a_curve_fitted_again_is_a_fit_to_its_noisy_points() -> None:
    times = (4.0, 24.0, 48.0, 96.0, 144.0)
    shares = np.array([0.168, 0.13, 0.095, 0.05, 0.027])

    def of(values: np.ndarray) -> TimeActivityCurve:
        return TimeActivityCurve(
            region="liver", nuclide="I-124", elapsed_h=times, activity_fractions=tuple(values.tolist()),
            standard_uncertainties=tuple((0.05 * shares).tolist()),
        )  # fmt: skip

    fit = partial(fit_curve, physical_half_life_h=100.224, for_half_life_h=192.6, model="mono")
    fitted = fit(of(shares))
    best = np.array(fitted.measured.coefficients[0] * np.exp(-fitted.measured.rates_per_h[0] * np.array(times)))
    noise = 0.05 * shares * np.random.default_rng(2).standard_normal((8, 5))
    coefficients, rates = fitted.fitted_again(noise)
    for place in range(8):
        again = fit(of(best + noise[place]))
        assert (coefficients[place] / rates[place]).sum() == pytest.approx(again.tia_h, rel=1e-7)
