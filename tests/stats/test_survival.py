"""Survival against a reference written with exact fractions, and laws that hold for every sample."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
def test_log_rank_does_not_know_which_group_comes_first(first: tuple[list[int], list[int]], second: tuple[list[int], list[int]]) -> None:
    if not any(first[1]) and not any(second[1]):
        with pytest.raises(ValueError, match="at least one event"):
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
