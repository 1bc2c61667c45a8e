"""Kinetics fitted: exact where there is no noise, intervals that cover, errors that Monte Carlo finds again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq, least_squares

from hevesy.errors import RuleError
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat import fit as fitting
from hevesy.treat.fit import Fitted, Sigma, fit_curve
from hevesy.treat.kinetics import ExponentialSum
from hevesy.treat.phases import FREE, Model
from tests.tiers import FULL, cases

Floats = NDArray[np.float64]
I124_h, I131_h, LU177_h = 100.224, 192.60480555555557, 159.528
NOISE = 0.05
SPACED = {5: (0.04, 0.15, 0.35, 0.65, 1.0), 8: (0.02, 0.06, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0)}
"""Times of points, of the last one."""
OF = math.log(2) / I131_h
TRUTHS = {
    "mono": ExponentialSum(coefficients=(0.2,), biological_per_h=(0.006,), physical_per_h=OF),
    "uptake-mono": ExponentialSum(coefficients=(0.2, -0.2), biological_per_h=(0.006, 0.15), physical_per_h=OF),
    "bi": ExponentialSum(coefficients=(0.12, 0.2), biological_per_h=(0.005, 0.08), physical_per_h=OF),
}

MIXES: dict[str, list[tuple[int, ...]]] = {"mono": [(1,)], "uptake-mono": [(1, -1)], "bi": [(1, 0), (0, 1)]}


def curve(
    times: Sequence[float] | Floats,
    shares: Sequence[float] | Floats,
    errors: Sequence[float] | Floats,
    nuclide: str = "I-131",
) -> TimeActivityCurve:
    return TimeActivityCurve(
        region="liver",
        nuclide=nuclide,
        elapsed_h=tuple(map(float, times)),
        activity_fractions=tuple(map(float, shares)),
        standard_uncertainties=tuple(map(float, errors)),
    )


def times_with_tail(truth: ExponentialSum, points: int, tail: float) -> Floats:
    """Times of which the last leaves this share of all decays behind it."""
    last = brentq(lambda time: truth.integral_h(time) / truth.integral_h() - tail, 1.0, 3000.0)
    return np.asarray(last * np.array(SPACED[points]))


biological = st.floats(0.0, 0.05)
apart = st.floats(1.5, 20.0)
share = st.floats(0.01, 0.9)


class TestWithoutNoise:
    TIMES: tuple[float, ...] = (1.0, 3.0, 8.0, 24.0, 48.0, 72.0, 120.0, 168.0, 240.0)

    def found(self, truth: ExponentialSum, model: Model) -> None:
        shares = truth.at(self.TIMES)
        measured = curve(self.TIMES, shares, np.maximum(0.05 * shares, 1e-9), "I-124")
        fitted = fit_curve(measured, physical_half_life_h=I124_h, for_half_life_h=I131_h, model=model)
        wanted = truth.of(math.log(2) / I131_h)
        assert fitted.tia_h == pytest.approx(wanted.integral_h(), rel=1e-6)
        assert min(fitted.function.biological_per_h) >= 0
        assert fitted.measured.at(self.TIMES) == pytest.approx(shares, rel=1e-6)

    @given(slow=biological, a=share)
    @settings(max_examples=cases(400))
    def test_mono(self, slow: float, a: float) -> None:
        self.found(
            ExponentialSum(coefficients=(a,), biological_per_h=(slow,), physical_per_h=math.log(2) / I124_h), "mono"
        )

    @given(slow=biological, ratio=apart, a=share)
    @settings(max_examples=cases(400))
    def test_uptake_and_mono(self, slow: float, ratio: float, a: float) -> None:
        physical = math.log(2) / I124_h
        fast = (slow + physical) * ratio - physical
        self.found(
            ExponentialSum(coefficients=(a, -a), biological_per_h=(slow, fast), physical_per_h=physical), "uptake-mono"
        )

    @given(slow=biological, ratio=apart, a=share, b=st.floats(-0.9, 3.0))
    @settings(max_examples=cases(400))
    def test_two_phases(self, slow: float, ratio: float, a: float, b: float) -> None:
        physical = math.log(2) / I124_h
        fast = (slow + physical) * ratio - physical
        self.found(
            ExponentialSum(coefficients=(a, a * b), biological_per_h=(slow, fast), physical_per_h=physical), "bi"
        )

    @given(
        slow=st.floats(0.0, 0.01), first=st.floats(3.0, 8.0), second=st.floats(3.0, 8.0), parts=st.tuples(share, share)
    )
    @settings(max_examples=cases(100))
    def test_three_phases(self, slow: float, first: float, second: float, parts: tuple[float, float]) -> None:
        physical = math.log(2) / I124_h
        rates = np.array([1.0, first, first * second]) * (slow + physical)
        a, b = parts
        self.found(
            ExponentialSum(
                coefficients=(a, b, -0.5 * (a + b)), biological_per_h=tuple(rates - physical), physical_per_h=physical
            ),
            "tri",
        )

    def test_an_integral_is_what_quadrature_gives(self) -> None:
        from scipy.integrate import quad

        truth = ExponentialSum(
            coefficients=(0.3, 0.2, -0.45), biological_per_h=(0.002, 0.03, 0.9), physical_per_h=math.log(2) / I124_h
        )
        for physical_h in (I124_h, I131_h, 1.1285):
            label = truth.of(math.log(2) / physical_h)
            bounds = [0.0, 2.0, 10.0, 50.0, 200.0, 1000.0, 8000.0]
            by_panels = sum(quad(label.at, a, b, epsabs=0, epsrel=1e-12)[0] for a, b in pairwise(bounds))
            assert label.integral_h() == pytest.approx(by_panels, rel=1e-8)
            assert label.integral_h(2.0, 50.0) == pytest.approx(quad(label.at, 2.0, 50.0, epsrel=1e-12)[0], rel=1e-8)


class TestWithNoise:
    @given(noise=st.lists(st.floats(-3.0, 3.0), min_size=8, max_size=8), model=st.sampled_from(sorted(FREE)))
    @settings(max_examples=cases(100))
    def test_no_rate_is_below_the_decay_whatever_the_points_say(self, noise: list[float], model: Model) -> None:
        times = (1.0, 4.0, 12.0, 24.0, 48.0, 72.0, 96.0, 144.0)
        shares = [0.1 * (1 + 0.3 * one) if one > -3 else 0.0 for one in noise]
        measured = curve(times, np.maximum(shares, 0.001), [0.02] * 8)
        fitted = fit_curve(measured, physical_half_life_h=I131_h, model=model)
        assert min(fitted.function.biological_per_h) >= 0
        assert (fitted.function.at(np.linspace(0, 2000, 300)) >= -1e-12).all()
        assert fitted.tia_lower_h is not None
        assert fitted.tia_upper_h is not None
        assert fitted.tia_lower_h <= fitted.tia_h * (1 + 1e-9)
        assert fitted.tia_h <= fitted.tia_upper_h * (1 + 1e-9)

    @pytest.mark.parametrize("model", ["mono", "uptake-mono", "bi"])
    def test_another_search_finds_no_better_curve(self, model: Model) -> None:
        """Scipy's trust region from many starts, in other parameters (shares and logarithms of total rates)."""
        chance, truth = np.random.default_rng(4), TRUTHS["bi"]
        times = times_with_tail(truth, 8, 0.2)
        mixed = MIXES[model]
        for _ in range(cases(100)):
            exact = truth.at(times)
            errors = NOISE * exact
            shares = exact + errors * chance.standard_normal(8)
            fitted = fit_curve(curve(times, shares, errors), physical_half_life_h=I131_h, model=model)

            def left(at: Floats, shares: Floats = shares, errors: Floats = errors) -> Floats:
                phases = np.exp(-np.exp(at[len(mixed) :]) * times[:, None])
                return np.asarray(((phases @ np.array(mixed).T) @ at[: len(mixed)] - shares) / errors)

            starts: list[tuple[float, ...]] = [(0.01,), (0.03,)]
            starts = starts if model == "mono" else [(0.01, 0.1), (0.005, 0.03), (0.02, 0.5)]
            fastest = 4 * math.log(2) / times[0]
            low = [*([-1.0] * len(mixed)), *([math.log(OF)] * len(starts[0]))]
            high = [*([10.0] * len(mixed)), *([math.log(fastest)] * len(starts[0]))]
            best = min(
                2 * least_squares(left, [*[0.1] * len(mixed), *np.log(np.minimum(start, 0.9 * fastest))],
                                  bounds=(low, high), xtol=1e-14, ftol=1e-14, gtol=1e-14).cost
                for start in starts
            )  # fmt: skip
            assert fitted.chi_square <= best * (1 + 1e-6) + 1e-9

    def test_an_interval_is_what_a_search_along_the_integral_gives(self) -> None:
        """The least chi-square at a given integral, by scipy, is as far above the best at both limits as it should be."""
        truth = TRUTHS["bi"]
        times = times_with_tail(truth, 8, 0.3)
        exact = truth.at(times)
        errors = NOISE * exact
        shares = exact + errors * np.random.default_rng(8).standard_normal(8)
        fitted = fit_curve(curve(times, shares, errors), physical_half_life_h=I131_h, model="bi")
        assert fitted.tia_lower_h is not None
        assert fitted.tia_upper_h is not None
        for limit in (fitted.tia_lower_h, fitted.tia_upper_h):

            def left(at: Floats, tia: float = limit) -> Floats:
                slow, fast = np.exp(at[1:])
                other = (tia - at[0] / slow) * fast  # the fast share that the integral leaves
                return np.asarray((at[0] * np.exp(-slow * times) + other * np.exp(-fast * times) - shares) / errors)

            best = min(
                2 * least_squares(left, [a, math.log(slow), math.log(fast)], bounds=(
                    [0.0, math.log(OF), math.log(OF)], [1.0, 0.0, 0.0]), xtol=1e-14, ftol=1e-14).cost
                for a in (0.08, 0.12, 0.16) for slow in (0.005, 0.009, 0.012) for fast in (0.05, 0.1)
            )  # fmt: skip
            assert best - fitted.chi_square == pytest.approx(3.841459, rel=1e-3)


COVERED = [
    (model, points, tail, sigma)
    for model, points in (("mono", 5), ("uptake-mono", 5), ("mono", 8), ("bi", 8))
    for tail in (0.1, 0.3, 0.6)
    for sigma in ("known", "unknown")
]


@pytest.mark.parametrize(("model", "points", "tail", "sigma"), COVERED)
def test_profile_intervals_cover(model: Model, points: int, tail: float, sigma: Sigma) -> None:
    """500 curves with noise of 5 %: intervals of the model that is true hold the truth in 92..98 %, with tails of 10 and
    30 %; those of the model chosen by AICc in 90 % or more (the choice may be wrong).

    Of 60 % it is told (docs/how-to/kinetics.md): there two phases look like one, and what is chosen is not what is true.
    """
    truth = TRUTHS[model]
    times = times_with_tail(truth, points, tail)
    exact = truth.at(times)
    chance = np.random.default_rng([points, int(10 * tail), len(model)])
    # quick ones in full: among 24 sets of 500 one falls below 92 % by chance (458 of the first 500 here; 5,676 of 6,000 with other seeds)
    draws, named, chosen = 2000 if FULL and points == 5 else cases(500), 0, 0
    for _ in range(draws):
        shares = exact * (1 + NOISE * chance.standard_normal(points))
        measured = curve(times, shares, NOISE * exact)
        named += held(fit_curve(measured, physical_half_life_h=I131_h, sigma=sigma, model=model), truth)
        if tail < 0.5:
            chosen += held(fit_curve(measured, physical_half_life_h=I131_h, sigma=sigma), truth)
    if tail > 0.5:
        assert named / draws >= (0.90 if FULL else 0.75)
        return
    assert (0.92 <= named / draws <= 0.98) if FULL else named / draws >= 0.8
    assert chosen / draws >= (0.90 if FULL else 0.8)


def held(fitted: Fitted, truth: ExponentialSum) -> bool:
    assert fitted.tia_lower_h is not None
    assert fitted.tia_upper_h is not None
    return fitted.tia_lower_h <= truth.integral_h() <= fitted.tia_upper_h


ANALYTIC = [("mono", 5, 0.1), ("mono", 5, 0.3), ("uptake-mono", 5, 0.1), ("mono", 8, 0.3), ("bi", 8, 0.1)]


@pytest.mark.parametrize(("model", "points", "tail"), ANALYTIC)
def test_monte_carlo_finds_the_analytic_error_again(model: Model, points: int, tail: float) -> None:
    """20,000 draws, 3 % of sigma, where no parameter lies within three standard errors of its bound."""
    truth = TRUTHS[model]
    times = times_with_tail(truth, points, tail)
    exact = truth.at(times)
    fitted = fit_curve(curve(times, exact, 0.02 * exact), physical_half_life_h=I131_h, model=model)
    assert fitted.by == "covariance"
    assert not any(one.near_bound for one in fitted.parameters)
    assert fitted.tia_standard_error_h is not None
    drawn = fitted.draws_h(20_000 if FULL else 5_000, 3)
    assert drawn.std(ddof=1) == pytest.approx(fitted.tia_standard_error_h, rel=0.03 if FULL else 0.05)


def test_relative_uncertainties_in_the_place_of_those_of_the_share_are_asked_about() -> None:
    times = np.array([4.0, 24.0, 48.0, 96.0, 144.0])
    exact = 0.05 * 2.0 ** (-times / 40.0)
    scattered = exact * (1 + 0.05 * np.array([1.0, -1.0, 0.5, -1.0, 1.0]))
    wrong, right = (
        fit_curve(curve(times, scattered, errors), physical_half_life_h=I131_h, model="mono")
        for errors in (np.full(5, 0.05), 0.05 * exact)
    )
    assert any("were relative uncertainties given" in line for line in wrong.warnings)
    assert not any("were relative uncertainties given" in line for line in right.warnings)
    assert wrong.tia_lower_h is not None
    assert wrong.tia_lower_h >= 0


def test_near_a_bound_monte_carlo_is_told_and_the_analytic_error_marked() -> None:
    times = np.array([4.0, 24.0, 48.0, 72.0, 96.0])
    exact = 0.2 * 2.0 ** (-times / I131_h)
    fitted = fit_curve(curve(times, exact, 0.05 * exact), physical_half_life_h=I131_h, model="mono")
    assert fitted.by == "Monte Carlo"
    assert fitted.tia_covariance_error_h is not None
    assert fitted.tia_standard_error_h is not None
    assert fitted.tia_standard_error_h < 0.8 * fitted.tia_covariance_error_h
    assert fitted.tia_standard_error_h == pytest.approx(fitted.draws_h(20_000, 9).std(), rel=0.1)
    assert any("covariance" in line and "does not hold there" in line for line in fitted.because)


def test_where_the_interval_is_wider_than_the_covariance_says_monte_carlo_is_told() -> None:
    """No parameter within three standard errors of its bound, and the covariance is 30 % too small all the same."""
    truth = TRUTHS["bi"]
    times = times_with_tail(truth, 8, 0.3)
    exact = truth.at(times)
    fitted = fit_curve(curve(times, exact, NOISE * exact), physical_half_life_h=I131_h, model="bi")
    assert not any(one.near_bound for one in fitted.parameters)
    assert fitted.by == "Monte Carlo"
    assert fitted.tia_standard_error_h is not None
    assert fitted.tia_standard_error_h == pytest.approx(fitted.draws_h(4000, 5).std(), rel=0.25)
    assert any("times as wide as the covariance says" in line for line in fitted.because)


def test_residuals_drawn_again_scatter_as_much_as_their_scale() -> None:
    times, truth = times_with_tail(TRUTHS["mono"], 8, 0.2), TRUTHS["mono"]
    exact = truth.at(times)
    shares = exact * (1 + NOISE * np.random.default_rng(2).standard_normal(8))
    fitted = fit_curve(curve(times, shares, NOISE * exact), physical_half_life_h=I131_h, model="mono", sigma="unknown")
    assert fitted.residual_draws_h(5000, 1).std() == pytest.approx(fitted.draws_h(5000, 1).std(), rel=0.15)


@pytest.mark.parametrize(("model", "points"), [("mono", 5), ("uptake-mono", 5), ("bi", 6)])
def test_curves_drawn_integrate_to_the_draws(model: Model, points: int) -> None:
    """By quadrature of each curve, of the label treated with; and no phase of it outlives that label."""
    from scipy.integrate import quad

    times = np.array([4.0, 12.0, 24.0, 48.0, 96.0, 144.0])[-points:]
    exact = TRUTHS[model].of(math.log(2) / I124_h).at(times)
    fitted = fit_curve(
        curve(times, exact, NOISE * exact), physical_half_life_h=I124_h, for_half_life_h=I131_h, model=model
    )
    coefficients, rates_per_h = fitted.drawn_curves(20, 7)
    assert coefficients.shape == rates_per_h.shape == (20, len(fitted.function.coefficients))
    assert (rates_per_h >= OF * (1 - 1e-12)).all()
    if fitted.drawn_h is not None:  # those that a standard error by Monte Carlo is of are the same
        coefficients, rates_per_h = fitted.drawn_curves(fitting.DRAWS, fitting.SEED)
        assert (coefficients / rates_per_h).sum(axis=1) == pytest.approx(fitted.drawn_h, rel=1e-12)
        assert fitted.drawn_h == pytest.approx(fitted.draws_h(fitting.DRAWS, fitting.SEED), rel=1e-12)
        coefficients, rates_per_h = fitted.drawn_curves(20, 7)
    for shares, rates, integral_h in zip(coefficients, rates_per_h, fitted.draws_h(20, 7), strict=True):

        def at(time: float, shares: Floats = shares, rates: Floats = rates) -> float:
            return float(shares @ np.exp(-rates * time))

        bounds = [0.0, 5.0, 50.0, 500.0, 2000.0, 10000.0]
        assert sum(quad(at, a, b, epsabs=1e-12)[0] for a, b in pairwise(bounds)) == pytest.approx(integral_h, rel=1e-7)


class TestTail:
    def test_points_to_144_h_of_156_h_effective_leave_over_half_and_that_is_marked(self) -> None:
        """A share of 2 ** (-144 / 156), 52.7 %, of a curve that falls with 156 h from the injection on."""
        times = (4.0, 24.0, 48.0, 96.0, 144.0)
        shares = [0.02 * 2.0 ** (-one / 156) for one in times]
        measured = curve(times, shares, [0.01 * one for one in shares])
        fitted = fit_curve(measured, physical_half_life_h=I131_h)
        assert fitted.tail_share == pytest.approx(2.0 ** (-144 / 156), rel=1e-4)
        assert any(
            "53 % of the decays lie after the last point" in line.replace("52.7", "53") for line in fitted.warnings
        )

    def test_a_tail_by_decay_alone_goes_on_from_the_fit(self) -> None:
        times = (4.0, 24.0, 48.0, 96.0)
        shares = [0.2 * 2.0 ** (-one / 60) for one in times]
        fitted = fit_curve(
            curve(times, shares, [0.01] * 4, "I-124"), physical_half_life_h=I124_h, for_half_life_h=I131_h
        )
        biological_h = 1 / (1 / 60 - 1 / I124_h)
        label_h = 1 / (1 / biological_h + 1 / I131_h)
        within = 0.2 * label_h / math.log(2) * (1 - 2 ** (-96 / label_h))
        assert fitted.tail_physical_h == pytest.approx(within + 0.2 * 2 ** (-96 / label_h) * I131_h / math.log(2))


@pytest.mark.parametrize(
    ("own_h", "other_h"), [(I124_h, I131_h), (14.74, 64.0), (1.1285, LU177_h)], ids=["I-131", "Y-90", "Lu-177"]
)
class TestLabels:
    """I-124 -> I-131, Y-86 -> Y-90, Ga-68 -> Lu-177, in closed form."""

    def test_of_a_model(self, own_h: float, other_h: float) -> None:
        biological_h = 55.0
        own = math.log(2) / own_h
        one = ExponentialSum(coefficients=(0.3,), biological_per_h=(math.log(2) / biological_h,), physical_per_h=own)
        wanted = 0.3 * biological_h * other_h / (biological_h + other_h) / math.log(2)
        assert one.of(math.log(2) / other_h).integral_h() == pytest.approx(wanted, rel=1e-10)

    def test_of_points_is_that_of_the_model(self, own_h: float, other_h: float) -> None:
        times = np.array([0.5, 1.0, 2.0, 4.0])
        own = ExponentialSum(
            coefficients=(0.3, -0.2), biological_per_h=(0.004, 0.7), physical_per_h=math.log(2) / own_h
        )
        shares = own.at(times)
        exchanged = curve(times, shares, 0.1 * shares).of("other", other_h, own_h)
        assert exchanged.activity_fractions == pytest.approx(own.of(math.log(2) / other_h).at(times), rel=1e-10)

    def test_fitted_before_or_after_the_exchange_is_the_same(self, own_h: float, other_h: float) -> None:
        times = own_h * np.array([0.1, 0.5, 1.0, 2.0])
        shares = 0.3 * np.exp(-(0.02 + math.log(2) / own_h) * times) * (1 + np.array([0.02, -0.03, 0.01, 0.02]))
        before = curve(times, shares, 0.05 * shares, "own")
        one = fit_curve(before, physical_half_life_h=own_h, for_half_life_h=other_h, model="mono")
        two = fit_curve(before.of("other", other_h, own_h), physical_half_life_h=other_h, model="mono")
        assert one.tia_h == pytest.approx(two.tia_h, rel=1e-8)
        assert one.tia_standard_error_h == pytest.approx(two.tia_standard_error_h, rel=0.05)


class TestChoice:
    @pytest.mark.parametrize(
        ("points", "tried"),
        [(2, 1), (3, 1), (4, 1), (5, 2), (6, 3), (7, 3), (8, 4)],
    )
    def test_a_model_is_tried_from_two_points_beyond_its_parameters(self, points: int, tried: int) -> None:
        times = np.linspace(4.0, 200.0, points)
        shares = 0.2 * 2.0 ** (-times / 70)
        fitted = fit_curve(curve(times, shares, 0.05 * shares), physical_half_life_h=I131_h)
        assert len(fitted.models) == tried
        assert ("the choice was not tested" in fitted.because[0]) == (points < 4)
        assert sum(one.weight for one in fitted.models) == pytest.approx(1)

    def test_weights_are_akaikes(self) -> None:
        times = np.linspace(4.0, 200.0, 6)
        shares = 0.2 * 2.0 ** (-times / 70) * (1 + 0.04 * np.array([1, -1, 1, -1, 1, -1]))
        fitted = fit_curve(curve(times, shares, 0.05 * shares), physical_half_life_h=I131_h)
        corrected = {"mono": 4 + 12 / 3, "uptake-mono": 6 + 24 / 2, "bi": 8 + 40 / 1}
        raised = {one.model: math.exp(-(one.chi_square + corrected[one.model]) / 2) for one in fitted.models}
        for one in fitted.models:
            assert one.aicc == pytest.approx(one.chi_square + corrected[one.model])
            assert one.weight == pytest.approx(raised[one.model] / sum(raised.values()))

    def test_a_model_that_the_points_refute_is_set_aside(self) -> None:
        truth = ExponentialSum(
            coefficients=(0.12, 0.08), biological_per_h=(0.00277, 0.0462), physical_per_h=math.log(2) / I124_h
        )
        times = (4.0, 24.0, 48.0, 96.0, 144.0, 192.0)
        shares = truth.at(times)
        fitted = fit_curve(curve(times, shares, 0.03 * shares, "I-124"), physical_half_life_h=I124_h)
        assert fitted.model == "bi"
        assert any(line.startswith("set aside") and "mono" in line for line in fitted.because)

    def test_all_refuted_is_said(self) -> None:
        truth = ExponentialSum(
            coefficients=(0.12, 0.08), biological_per_h=(0.00277, 0.0462), physical_per_h=math.log(2) / I124_h
        )
        times = (4.0, 24.0, 48.0, 96.0, 144.0)
        shares = truth.at(times)
        fitted = fit_curve(curve(times, shares, 0.03 * shares, "I-124"), physical_half_life_h=I124_h)
        assert any("more than their uncertainties say" in line for line in fitted.warnings)

    def test_a_curve_slower_than_its_nuclide_is_said(self) -> None:
        times = (4.0, 24.0, 48.0, 96.0)
        fitted = fit_curve(curve(times, [0.2] * 4, [0.005] * 4, "I-124"), physical_half_life_h=I124_h)
        assert any("were they corrected for decay?" in line for line in fitted.warnings)


class TestRefused:
    def refused(self, words: str, measured: TimeActivityCurve, **more: object) -> None:
        with pytest.raises(RuleError, match=words):
            fit_curve(measured, physical_half_life_h=I131_h, **more)  # type: ignore[arg-type]

    def test_one_point(self) -> None:
        self.refused(r"liver: 1 point, and mono has 2 parameters.*single-time-point", curve([4], [0.1], [0.01]))

    def test_fewer_points_than_parameters(self) -> None:
        self.refused("3 points, and bi has 4", curve([4, 24, 48], [0.1] * 3, [0.01] * 3), model="bi")

    def test_an_uncertainty_of_0(self) -> None:
        self.refused("24 h: an uncertainty lies above 0", curve([4, 24], [0.1] * 2, [0.01, 0.0]))

    def test_a_share_below_0(self) -> None:
        self.refused("24 h: times and shares", curve([4, 24], [0.1, -0.1], [0.01] * 2))

    def test_no_activity(self) -> None:
        self.refused("no point has activity", curve([4, 24], [0.0, 0.0], [0.01] * 2))

    def test_an_unknown_model(self) -> None:
        self.refused("none of mono", curve([4, 24], [0.1, 0.1], [0.01] * 2), model="quad")

    def test_no_scale_where_nothing_is_left_over(self) -> None:
        fitted = fit_curve(curve([4, 24], [0.1, 0.08], [0.01] * 2), physical_half_life_h=I131_h, sigma="unknown")
        assert fitted.tia_standard_error_h is None
        assert fitted.tia_lower_h is None
        with pytest.raises(RuleError, match="as many parameters as points"):
            fitted.draws_h(10, 1)
