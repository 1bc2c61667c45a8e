"""The intervals of means and differences hold the truth as often as they say (`tools/cover_time_points.py` has all of it)."""

from __future__ import annotations

import pytest

from tests.find.coverage import METHODS, TRUTHS, Truth, calibration, coverage
from tests.tiers import FULL, cases

TRIALS = cases(3000)
LEAST = 0.94 if FULL else 0.90


@pytest.mark.parametrize("subjects", [12, 25, 36])
@pytest.mark.parametrize("truth", TRUTHS[1:4:2] if not FULL else TRUTHS[:4], ids=lambda truth: truth.name)
def test_intervals_hold_the_truth_as_often_as_they_say(truth: Truth, subjects: int) -> None:
    """All three kinds and the test, each within 4 errors of chance below what it says."""
    for method, found in coverage(truth, subjects, TRIALS, subjects).items():
        assert method in METHODS
        assert min(found.means, found.within_dose, found.between_doses) > LEAST
        assert found.rejected < (0.07 if FULL else 0.12)


@pytest.mark.parametrize("subjects", [12, 36])
def test_a_choice_is_the_best_about_as_often_as_it_is_told_to_be(subjects: int) -> None:
    found = calibration(TRUTHS[0], (1.39, 2.0, 2.23, 1.44, 2.06, 2.12), subjects, cases(4000), 3)
    told = sum(one.choices * one.told for one in found)
    true = sum(one.choices * one.true for one in found)
    every = sum(one.choices for one in found)
    assert abs(told - true) / every < 4 * (0.25 / every) ** 0.5 + 0.02
