"""Sizes of imaging trials against scipy's intervals and against trials drawn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from hevesy.plan.imaging import (
    ImagingGrid,
    exact_power,
    for_paired_comparison,
    for_precision,
    mean_half_width,
)
from hevesy.stats.paired import mcnemar


def test_the_mean_half_width_is_that_of_scipy() -> None:
    n, p = 40, 0.9
    widths = [
        (interval.high - interval.low) / 2
        for x in range(n + 1)
        for interval in (binomtest(x, n).proportion_ci(0.95, "exact"),)
    ]
    assert mean_half_width(n, p) == pytest.approx(float(binom.pmf(np.arange(n + 1), n, p) @ widths), abs=1e-9)


def test_the_size_for_precision_is_the_smallest() -> None:
    found = for_precision(0.9, 0.75, 0.1, 0.4)
    for size, p in ((found.diseased, 0.9), (found.healthy, 0.75)):
        assert mean_half_width(size, p) <= 0.1 < mean_half_width(size - 1, p)
    assert found.subjects >= found.diseased / 0.4
    assert found.subjects >= found.healthy / 0.6


def test_the_power_of_the_paired_test_is_that_of_trials_drawn() -> None:
    stream, trials = np.random.default_rng(5), 20_000
    drawn = stream.multinomial(60, (0.25, 0.05, 0.7), size=trials)
    pairs, counts = np.unique(drawn[:, :2], axis=0, return_counts=True)
    rejected = sum(
        count
        for (first, second), count in zip(pairs.tolist(), counts.tolist(), strict=True)
        if mcnemar(first, second).exact_p <= 0.05
    )
    power = exact_power(60, 0.25, 0.05, 0.05)
    assert abs(rejected / trials - power) < 4 * (power * (1 - power) / trials) ** 0.5


def test_the_size_for_a_paired_comparison_has_its_power() -> None:
    found = for_paired_comparison(0.3, 0.1, power=0.9)
    assert found.power >= 0.9
    assert found.power == exact_power(found.n, 0.3, 0.1, 0.05)


def test_grids_and_bad_input() -> None:
    grid = ImagingGrid(activities_MBq=(55, 110, 185), times_h=(24, 48, 120), subjects_per_activity=6)
    assert (grid.subjects, grid.scans) == (18, 54)
    with pytest.raises(ValueError, match="all positive"):
        ImagingGrid(activities_MBq=(), times_h=(24,), subjects_per_activity=6)
    with pytest.raises(ValueError, match="specificity"):
        for_precision(0.9, 1.0, 0.1, 0.5)
    with pytest.raises(ValueError, match="only_second"):
        for_paired_comparison(0.1, 0.2)
