"""What so many subjects give: against scipy's intervals, trials drawn, and normal theory; and what is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import binom, binomtest

import hevesy
from hevesy.errors import QuestionError
from hevesy.plan.imaging import ImagingGrid
from hevesy.plan.imaging_expected import (
    ExpectedChoice,
    ExpectedMeans,
    expected_accuracy,
    expected_choice,
    expected_power,
)
from hevesy.stats.best import Best
from hevesy.stats.paired import mcnemar

GRID = ImagingGrid(activities_MBq=(185.0,), times_h=(24.0, 48.0), subjects_per_activity=12)


@pytest.mark.parametrize(("place", "method"), [(0, "exact"), (1, "wilson")])
def test_intervals_are_those_of_scipy_over_trials_drawn(place: int, method: str) -> None:
    """36 subjects, 70 % with disease: means of 40,000 trials, each with its own number with disease."""
    found = expected_accuracy(36, 0.9, 0.8, 0.7).sensitivity[place]
    stream, limits = np.random.default_rng(3), {}
    diseased = stream.binomial(36, 0.7, size=40_000)
    positive = stream.binomial(diseased, 0.9)
    for x, n in {*zip(positive.tolist(), diseased.tolist(), strict=True)}:
        interval = binomtest(x, n).proportion_ci(0.95, method)
        limits[x, n] = (interval.low, interval.high)
    drawn = np.array([limits[pair] for pair in zip(positive.tolist(), diseased.tolist(), strict=True)])
    assert (found.lower, found.upper) == pytest.approx(drawn.mean(axis=0), abs=0.002)
    assert found.width == pytest.approx(float(np.ptp(drawn, axis=1).mean()), abs=0.002)
    covered = ((drawn[:, 0] <= 0.9) & (drawn[:, 1] >= 0.9)).mean()
    assert found.coverage == pytest.approx(float(covered), abs=0.005)
    assert (found.x, found.n) == (23, 25)
    assert (found.typical.lower, found.typical.upper) == pytest.approx(
        tuple(binomtest(23, 25).proportion_ci(0.95, method))[:2]
    )


def test_numbers_with_and_without_disease_are_binomial() -> None:
    found = expected_accuracy(12, 0.9, 0.8, 0.75)
    assert (found.with_disease.expected, found.without_disease.expected) == (9.0, 3.0)
    assert (found.without_disease.lower, found.without_disease.upper) == tuple(binom.ppf((0.025, 0.975), 12, 0.25))
    assert found.without_disease.p_none == pytest.approx(0.75**12)


def test_power_is_that_of_trials_drawn() -> None:
    found = expected_power(60, 0.9, 0.7, 0.3, 0.05)
    stream, trials = np.random.default_rng(8), 20_000
    diseased = stream.binomial(60, 0.7, size=trials)
    drawn = np.array([stream.multinomial(n, (0.3, 0.05, 0.65)) for n in diseased.tolist()])
    pairs, counts = np.unique(drawn[:, :2], axis=0, return_counts=True)
    rejected = sum(
        count
        for (first, second), count in zip(pairs.tolist(), counts.tolist(), strict=True)
        if mcnemar(first, second).exact_p <= 0.05
    )
    assert found.power == pytest.approx(rejected / trials, abs=4 * (0.25 / trials) ** 0.5)
    assert found.with_disease == 42
    assert found.second_sensitivity == pytest.approx(0.65)


def played(means: tuple[float, ...], by: Best, grid: ImagingGrid = GRID, trials: int = 250) -> ExpectedChoice:
    return expected_choice(
        grid, ExpectedMeans(means=means, sd_between=0.4, sd_residual=0.2, by=by), trials=trials, seed=5
    )


def test_of_two_times_the_better_is_chosen_as_normal_theory_says() -> None:
    """A difference within subjects: its error is 0.2 times the root of 2 / 12, whatever the spread of subjects."""
    found = played((1.0, 1.1), Best(scale="score", margin=0.0))
    wanted = float(ndtr(0.1 / (0.2 * (2 / 12) ** 0.5)))
    assert found.p_correct == pytest.approx(wanted, abs=4 * found.p_correct_error)
    assert (found.best, found.subjects, found.scans) == ((1,), 12, 24)
    assert sum(found.chosen) == pytest.approx(1)
    ratio = played((1.0, float(np.exp(0.1))), Best(margin=0.0))
    assert ratio.chosen == found.chosen


def test_a_choice_that_is_hardly_worse_is_counted_apart() -> None:
    found = played((1.0, 1.05), Best(margin=0.1))
    assert found.p_correct < 1
    assert found.p_hardly_worse == 1
    low = played((1.0, 1.05), Best(margin=0.1, wanted="lowest"))
    assert low.best == (0,)


def test_two_equal_means_are_both_the_best() -> None:
    found = played((1.0, 1.0), Best(scale="score"), trials=20)
    assert (found.best, found.p_correct) == ((0, 1), 1.0)


def test_a_seed_gives_the_same_trials_and_progress_is_told() -> None:
    heard: list[int] = []
    expected = ExpectedMeans(means=(1.0, 1.1), sd_between=0.0, sd_residual=0.2, by=Best())
    one = expected_choice(GRID, expected, 20, 1, heard.append)
    assert heard == list(range(1, 21))
    assert one == expected_choice(GRID, expected, 20, 1)
    assert one.chosen != expected_choice(GRID, expected, 20, 2).chosen


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="prevalence lies between 0 and 1, got 1"):
        expected_accuracy(36, 0.9, 0.8, 1.0)
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        expected_accuracy(36, 0.9, 0.8, 0.5, level=1.0)
    for subjects in (0, 1001):
        with pytest.raises(ValueError, match=f"subjects in all are 1 to 1000, got {subjects}"):
            expected_accuracy(subjects, 0.9, 0.8, 0.7)
    with pytest.raises(ValueError, match=r"cannot alone find 0\.1 and miss 0\.2: at most 0\.9 and 0\.1"):
        expected_power(36, 0.9, 0.7, 0.1, 0.2)
    with pytest.raises(ValueError, match="their sum above 0 and below 1, got 0 and 0"):
        expected_power(36, 0.9, 0.7, 0.0, 0.0)
    with pytest.raises(ValueError, match="alpha lies between 0 and 1, got 0"):
        expected_power(36, 0.9, 0.7, 0.2, 0.05, alpha=0.0)
    with pytest.raises(ValueError, match="has 2 means, got 3"):
        played((1.0, 1.1, 1.2), Best())
    with pytest.raises(ValueError, match="the mean of a ratio is above 0, got 0"):
        played((0.0, 1.1), Best())
    with pytest.raises(ValueError, match="of a scan above 0, got 0 and 0"):
        ExpectedMeans(means=(1.0, 2.0), sd_between=0.0, sd_residual=0.0, by=Best())
    alone = ImagingGrid(activities_MBq=(185.0, 370.0), times_h=(24.0,), subjects_per_activity=1)
    with pytest.raises(ValueError, match="two subjects for each activity, got 1"):
        played((1.0, 1.1), Best(), alone)
    twice = ImagingGrid(activities_MBq=(185.0,), times_h=(24.0, 24.0), subjects_per_activity=9)
    with pytest.raises(ValueError, match="each of the times stands once, got 24, 24"):
        played((1.0, 1.1), Best(), twice)
    single = ImagingGrid(activities_MBq=(185.0,), times_h=(24.0,), subjects_per_activity=9)
    with pytest.raises(ValueError, match="among two activities or times"):
        played((1.0,), Best(), single)


PRECISE = {"sensitivity": 0.9, "specificity": 0.8, "prevalence": 0.7}
OF_GRID = {"activities": "5mCi,7.5mCi", "times": "6h,24h,48h"}


def asked(**given: object) -> Any:
    return json.loads(json.dumps(hevesy.ask("plan imaging", **given).document))


def test_subjects_are_in_all_without_a_grid_and_of_each_activity_with_one() -> None:
    alone, gridded = asked(subjects=36, **PRECISE), asked(subjects=18, **PRECISE, **OF_GRID)
    assert (alone["expected"]["subjects"], alone["expected"]["subjects_per_activity"], alone["grid"]) == (
        36,
        None,
        None,
    )
    assert (gridded["expected"]["subjects"], gridded["expected"]["subjects_per_activity"]) == (36, 18)
    assert (gridded["grid"]["subjects"], gridded["grid"]["subjects_per_activity"]) == (36, 18)
    assert alone["expected"]["sensitivity"] == gridded["expected"]["sensitivity"]
    told = str(hevesy.ask("plan imaging", subjects=18, **PRECISE, **OF_GRID))
    assert "36 subjects in all (18 for each of 2 activities)" in told
    assert "36 subjects, 108 scans; 18 subjects for each activity" in told


def test_what_was_asked_before_is_answered_as_before() -> None:
    found = asked(**PRECISE, only_first=0.2, only_second=0.05)
    assert (found["expected"], found["choice"], found["grid"]) == (None, None, None)
    assert set(found["precision"]) == {"diseased", "healthy", "subjects", "because"}
    assert set(found["paired"]) == {"n", "power", "because"}
    assert asked(subjects=6, **OF_GRID)["expected"] is None
    many = hevesy.ask("plan imaging", subjects=600, **PRECISE, **OF_GRID)
    assert (many.document["expected"], many.document["grid"]["scans"]) == (None, 3600)  # type: ignore[index,call-overload]
    assert "what 1200 subjects give is not worked out" in str(many)


def test_nobody_without_disease_is_warned_of() -> None:
    told = str(hevesy.imaging_trial(subjects=10, sensitivity=0.9, specificity=0.8, prevalence=0.8))
    assert (
        "With a probability of 0.107 nobody without disease is among them, and nothing is said of specificity." in told
    )


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"subjects": 36}, {"subjects"}),
        ({"subjects": 36, "only_first": 0.2, "only_second": 0.1}, {"subjects"}),
        ({"activities": "5mCi", "times": "6h"}, {"activities", "times", "subjects"}),
        ({"means": "1,2", "sd_between": 0.1, "sd_residual": 0.1}, {"means"}),
        ({"means": "1,2"}, {"means", "sd_between", "sd_residual"}),
        ({"means": "1,2", "sd_between": 0.1, "sd_residual": 0.1, "subjects": 6, **OF_GRID}, {"means"}),
        ({}, {"activities", "sensitivity", "only_first"}),
    ],
)
def test_a_part_of_which_something_is_missing_is_refused_by_its_fields(given: Any, fields: set[str]) -> None:
    with pytest.raises(QuestionError) as refused:
        hevesy.ask("plan imaging", **given)
    assert set(refused.value.fields) == fields
