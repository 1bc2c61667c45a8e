"""Matching-adjusted comparison against maicplus, and laws of the weights."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import CannotAnswerError
from hevesy.stats.indirect import hazard_ratio, matched_weights, odds_ratio
from tests.conftest import reference

NAMES = ("age", "age squared", "male", "ECOG 0", "smoker", "prior therapies above the median")


def test_weights_and_odds_ratio_of_maicplus() -> None:
    """500 subjects matched in six moments: every weight to 1e-6, sample of 166.7, odds ratio 1.519 before and 1.083 after."""
    with reference("external/maic_weights_golden.csv").open() as file:
        rows = list(csv.DictReader(file))
    centred = np.array([[float(value) for name, value in row.items() if name.endswith("CENTERED")] for row in rows])
    found = matched_weights(centred, np.zeros(6), NAMES)
    assert found.weights == pytest.approx([float(row["weights"]) for row in rows], abs=1e-6)
    assert found.scaled == pytest.approx([float(row["scaled_weights"]) for row in rows], abs=1e-6)
    # maicplus stops its search with means that differ by 1e-7; ours are met
    assert list(found.after.values()) == pytest.approx([0.0] * 6, abs=1e-9)
    assert found.effective_sample_size == pytest.approx(166.7, abs=0.05)
    with reference("external/maic_adrs_sat.csv").open() as file:
        responses = [int(row["AVAL"]) for row in csv.DictReader(file)]
    assert odds_ratio(responses, None, (210, 300)).estimate == pytest.approx(1.519, abs=5e-4)
    after = odds_ratio(responses, found.weights, (210, 300))
    assert after.estimate == pytest.approx(1.083, abs=5e-4)
    assert after.log_standard_error > odds_ratio(responses, None, (210, 300)).log_standard_error


def test_hazard_ratios_are_those_of_maicplus() -> None:
    """Unanchored, its own data: 0.3748981 (0.3039010 to 0.4624815) before, 0.2834780 (0.2074664 to 0.3873387) matched, robust."""

    def times_of(name: str) -> tuple[list[float], list[float]]:
        with reference(f"external/{name}.csv").open() as file:
            rows = list(csv.DictReader(file))
        return [float(row["TIME"]) for row in rows], [float(row["EVENT"]) for row in rows]

    with reference("external/maic_weights_golden.csv").open() as file:
        weights = [float(row["weights"]) for row in csv.DictReader(file)]
    assert sum(weights) == pytest.approx(199.4265, abs=5e-5)
    ours, theirs = times_of("maic_adtte_sat"), times_of("maic_pseudo_ipd_sat")
    before, after = hazard_ratio(ours, None, theirs), hazard_ratio(ours, weights, theirs)
    assert (before.estimate, before.lower, before.upper) == pytest.approx((0.3748981, 0.3039010, 0.4624815), abs=6e-8)
    assert before.p_value == pytest.approx(5.245204e-20, rel=1e-6)
    assert (after.estimate, after.lower, after.upper) == pytest.approx((0.2834780, 0.2074664, 0.3873387), abs=6e-8)
    assert after.p_value == pytest.approx(2.473442e-15, rel=1e-6)


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 1)), min_size=12, max_size=40),
    st.floats(-0.5, 0.5),
    st.floats(0.3, 0.7),
)
def test_weighted_means_are_the_published_ones(rows: list[tuple[float, int]], mean: float, share: float) -> None:
    x = np.array(rows, dtype=float)
    try:
        found = matched_weights(x, [mean, share], ["score", "male"])
    except CannotAnswerError:
        return
    assert list(found.after.values()) == pytest.approx([mean, share], abs=1e-4)
    assert 1 - 1e-9 <= found.effective_sample_size <= len(rows) + 1e-9
    assert found.scaled.mean() == pytest.approx(1)


def test_a_sample_that_has_the_means_keeps_its_size() -> None:
    x = np.random.default_rng(1).normal(size=(50, 2))
    found = matched_weights(x, x.mean(0), ["a", "b"])
    assert found.effective_sample_size == pytest.approx(50)


def test_unweighted_errors_are_woolfs() -> None:
    """1/a + 1/b + 1/c + 1/d."""
    found = odds_ratio([1] * 30 + [0] * 20, None, (10, 30))
    assert found.log_standard_error**2 == pytest.approx(1 / 30 + 1 / 20 + 1 / 10 + 1 / 20)


def test_what_cannot_be_matched_is_said() -> None:
    with pytest.raises(CannotAnswerError, match="nobody lies beyond the published age of 90: ours go from 40 to 80"):
        matched_weights(np.array([[40.0], [60], [80]]), [90.0], ["age"])
    with pytest.raises(CannotAnswerError, match="no weights give the subjects all of a, b at once"):
        matched_weights(np.array([[0.0, 0], [1, 1], [2, 2]]), [0.5, 1.5], ["a", "b"])
    with pytest.raises(ValueError, match=r"got 0 of 30"):
        odds_ratio([1, 0], None, (0, 30))
    with pytest.raises(ValueError, match="finite"):
        matched_weights(np.array([[float("nan")], [1]]), [0.5], ["a"])
