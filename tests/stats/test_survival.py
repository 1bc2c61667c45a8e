"""Survival against a reference written with exact fractions, and laws that hold for every sample."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from hevesy.kernels.bootstrap import resampled_quantiles
from hevesy.kernels.random import philox, stream
from hevesy.stats import survival
from tests.references import product_limit

samples = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 1)), min_size=1, max_size=40).map(
    lambda pairs: tuple(map(list, zip(*pairs, strict=True)))
)


@given(samples)
def test_curve_equals_the_product_limit_in_exact_fractions(sample: tuple[list[int], list[int]]) -> None:
    times, events = sample
    curve = survival.kaplan_meier(times, events)
    expected = product_limit.survival(times, events)
    assert curve.time.tolist() == [row[0] for row in expected]
    assert curve.n_risk.tolist() == [row[1] for row in expected]
    assert curve.survival.tolist() == pytest.approx([float(row[4]) for row in expected], abs=1e-14)


@given(samples, st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]))
def test_quantiles_equal_the_reference(sample: tuple[list[int], list[int]], p: Fraction) -> None:
    times, events = sample
    expected = product_limit.quantile(times, events, p)
    ours = survival.quantile(survival.kaplan_meier(times, events), float(p)).estimate
    assert ours == (None if expected is None else pytest.approx(float(expected)))


@given(samples, st.integers(1, 60))
def test_restricted_mean_equals_the_reference(sample: tuple[list[int], list[int]], tau: int) -> None:
    times, events = sample
    ours = survival.restricted_mean(survival.kaplan_meier(times, events), tau)
    assert ours.estimate == pytest.approx(float(product_limit.restricted_mean(times, events, tau)), abs=1e-10)


@given(samples)
def test_laws_of_the_curve(sample: tuple[list[int], list[int]]) -> None:
    times, events = sample
    curve = survival.kaplan_meier(times, events)
    assert np.all(np.diff(curve.survival) <= 1e-15)
    assert np.all((curve.survival >= 0) & (curve.survival <= 1))
    defined = ~np.isnan(curve.lower)
    assert np.all(curve.lower[defined] <= curve.survival[defined] + 1e-12)
    assert np.all(curve.upper[defined] >= curve.survival[defined] - 1e-12)
    if all(events):
        share = [np.mean(np.asarray(times) > time) for time in curve.time]
        assert curve.survival.tolist() == pytest.approx(share)
    if not any(events):
        assert survival.quantile(curve).estimate is None
    order = np.random.default_rng(1).permutation(len(times))
    again = survival.kaplan_meier(np.asarray(times)[order], np.asarray(events)[order])
    assert again.survival.tolist() == curve.survival.tolist()


@given(samples, samples)
def test_log_rank_does_not_know_which_group_comes_first(
    first: tuple[list[int], list[int]], second: tuple[list[int], list[int]]
) -> None:
    if not any(first[1]) and not any(second[1]):
        with pytest.raises(ValueError, match="at least one event"):
            survival.log_rank([first, second])
        return
    earliest = min(time for time, seen in zip(first[0] + second[0], first[1] + second[1], strict=True) if seen)
    if min(max(first[0]), max(second[0])) < earliest:
        with pytest.raises(ValueError, match="two groups that are at risk at an event"):
            survival.log_rank([first, second])
        return
    there, back = survival.log_rank([first, second]), survival.log_rank([second, first])
    assert there.chi_square == pytest.approx(back.chi_square, abs=1e-9)
    assert sum(there.expected) == pytest.approx(sum(there.observed))


@pytest.mark.parametrize(
    ("times", "events", "words"),
    [
        ([1, -2], [1, 0], "not negative, got -2.0 .subject 2"),
        ([1, 2], [1, 2], "0 or 1, got 2 .subject 2"),
        ([], [], "at least one subject"),
        ([1, 2], [1], "one length"),
        ([1, float("nan")], [1, 1], "finite"),
    ],
)
def test_bad_input_says_the_rule_and_the_place(times: list[float], events: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        survival.kaplan_meier(times, events)


@given(samples, st.sampled_from([0.25, 0.5, 0.75]))
@settings(max_examples=25, deadline=None)
def test_resampled_quantiles_are_those_of_curves_of_resampled_subjects(
    sample: tuple[list[int], list[int]], p: float
) -> None:
    """The same draws, one replicate after another through the plain curve."""
    times, events = np.asarray(sample[0], float), np.asarray(sample[1])
    order = np.lexsort((1 - events, times))
    times, events = times[order], events[order]
    found = np.empty(20)
    resampled_quantiles(times, events.astype(np.int64), p, survival._TIE, np.uint64(7), stream("bootstrap"), 3, found)
    for replicate in range(20):
        words = [philox(block, 3 + replicate, 0, stream("bootstrap"), 7, 0) for block in range((len(times) + 3) // 4)]
        drawn = [int(word) * len(times) >> 32 for block in words for word in block][: len(times)]
        plain = survival.quantile(survival.kaplan_meier(times[drawn], events[drawn]), p).estimate
        assert found[replicate] == pytest.approx(np.nan if plain is None else plain, nan_ok=True)


def test_bootstrap_limits_are_about_those_of_the_curve() -> None:
    """120 exponential times: the limits of the median lie within 20 % of those on the log-log scale; none censored, nothing not reached."""
    times = np.random.default_rng(3).exponential(100, 120)
    found = survival.bootstrap_quantile(times, np.ones(120), replicates=4000)
    exact = survival.quantile(survival.kaplan_meier(times, np.ones(120)))
    assert found.estimate == exact.estimate
    assert found.not_reached == 0
    assert found.lower == pytest.approx(exact.lower, rel=0.2)
    assert found.upper == pytest.approx(exact.upper, rel=0.2)
    with pytest.raises(ValueError, match="100 replicates or more, got 10"):
        survival.bootstrap_quantile(times, np.ones(120), replicates=10)


def test_the_difference_of_restricted_means() -> None:
    """The difference, the root of the sum of squares, and the normal distribution's limits and p."""
    a, b = survival.kaplan_meier([30, 60, 90, 150], [1, 1, 0, 1]), survival.kaplan_meier([20, 40, 60, 80], [1, 1, 1, 1])
    found = survival.restricted_mean_difference(a, b, 100)
    one, other = survival.restricted_mean(a, 100), survival.restricted_mean(b, 100)
    assert found.estimate == one.estimate - other.estimate
    assert found.standard_error**2 == pytest.approx(one.standard_error**2 + other.standard_error**2)
    assert found.upper - found.estimate == pytest.approx(1.959963985 * found.standard_error)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(found.estimate) / found.standard_error))
