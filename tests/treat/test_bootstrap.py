"""Curves drawn about a fit and fitted again: against a bootstrap written with scipy, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import least_squares

from hevesy.errors import RuleError
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.bootstrap import Drawn, bootstrap
from hevesy.treat.fit import Fitted, fit_curve

I131_h = 192.60480555555557
TIMES_h = np.linspace(2.0, 240.0, 20)
ERRORS = 0.04


def fitted(points: int = 20, scale: float = 1.0) -> Fitted:
    """One phase of 90 h in 20 points, whose scatter is skewed and `scale` times as wide as their uncertainties say."""
    times, chance = TIMES_h[:points], np.random.default_rng(3)
    exact = 0.2 * 2.0 ** (-times / 90)
    noise = scale * ERRORS * (chance.exponential(1.0, points) - 1)
    return fit_curve(
        TimeActivityCurve(
            region="liver",
            nuclide="I-131",
            elapsed_h=tuple(times.tolist()),
            activity_fractions=tuple((exact * (1 + noise)).tolist()),
            standard_uncertainties=tuple((ERRORS * exact).tolist()),
        ),
        physical_half_life_h=I131_h,
        model="mono",
    )


def by_scipy(one: Fitted, drawn_by: Drawn, draws: int) -> np.ndarray:
    """Amplitude and rate by Levenberg-Marquardt for each draw; residuals as Efron and Tibshirani have them (9.4)."""
    exact, errors = one.measured.at(TIMES_h), ERRORS * 0.2 * 2.0 ** (-TIMES_h / 90)
    left = np.array(one.residuals)
    left = (left - left.mean()) * math.sqrt(len(left) / (len(left) - 2))
    chance, found = np.random.default_rng(77), []
    for _ in range(draws):
        off = chance.choice(left, len(left)) if drawn_by == "residuals" else chance.standard_normal(len(left))
        shares = exact + errors * off
        best = least_squares(
            lambda at, shares=shares: (at[0] * np.exp(-at[1] * TIMES_h) - shares) / errors, [0.2, 0.008], method="lm"
        ).x
        found.append(best[0] / best[1])
    return np.array(found)


@pytest.mark.parametrize("drawn_by", ["residuals", "law"])
def test_a_bootstrap_is_that_of_another_program(drawn_by: Drawn) -> None:
    """800 draws of each: standard errors within 10 %, limits within 0.3 of it."""
    one = fitted(scale=2.0)
    ours, theirs = bootstrap(one, 5000, drawn_by), by_scipy(one, drawn_by, 800)
    spread = theirs.std(ddof=1)
    assert ours.tia_standard_error_h == pytest.approx(spread, rel=0.1)
    assert ours.tia_mean_h == pytest.approx(theirs.mean(), abs=0.15 * spread)
    low, high = np.quantile(theirs, [0.025, 0.975])
    assert (ours.tia_lower_h, ours.tia_upper_h) == pytest.approx((low, high), abs=0.3 * spread)
    assert ours.warning is None


def test_residuals_tell_a_scatter_that_uncertainties_do_not() -> None:
    one = fitted(scale=3.0)
    by_residuals, by_law = (bootstrap(one, 2000, by).tia_standard_error_h for by in ("residuals", "law"))
    assert by_residuals / by_law == pytest.approx(math.sqrt(one.chi_square / one.degrees), rel=0.1)


def test_few_residuals_are_told() -> None:
    warning = bootstrap(fitted(points=5), 200, "residuals").warning
    assert warning is not None
    assert "3 of 5 are free (mono takes 2)" in warning


def test_refused() -> None:
    with pytest.raises(RuleError, match=r"liver: mono has as many parameters as there are points \(2\)"):
        bootstrap(fitted(points=2), 200, "residuals")
    for draws in (0, 99, 100_001):
        with pytest.raises(RuleError, match=rf"lie in 100\.\.100000, got {draws}"):
            bootstrap(fitted(), draws, "law")
