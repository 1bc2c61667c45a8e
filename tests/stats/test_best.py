"""Which of several means is the best: draws against integrals and a normal distribution shifted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from hevesy.stats.best import Best, chances, monte_carlo_error


def test_chances_are_those_of_integrals() -> None:
    """Independent means: of three, the density of one times the distribution of the others, added up over a line."""
    mean, error = np.array([1.0, 1.2, 0.7]), np.array([0.2, 0.1, 0.4])
    found = chances(mean, np.diag(error**2), [1, 1, 2], Best(scale="score", margin=0.0), 100_000, 1)
    x = np.linspace(-2, 4, 60_001)
    for one in range(3):
        others = [place for place in range(3) if place != one]
        density = norm.pdf(x, mean[one], error[one])
        for place in others:
            density = density * ndtr((x - mean[place]) / error[place])
        wanted = float(np.trapezoid(density, x))
        assert found.best[one] == pytest.approx(wanted, abs=5 * monte_carlo_error(wanted, 100_000))
    first = float(ndtr((mean[0] - mean[1]) / math.hypot(*error[:2])))
    assert found.best_of_group == pytest.approx([first, 1 - first, 1.0], abs=5 * monte_carlo_error(first, 100_000))
    assert found.within == pytest.approx(found.best)


def test_of_two_ratios_hardly_worse_is_a_shift_of_a_normal_distribution() -> None:
    covariance = np.array([[0.04, 0.01], [0.01, 0.03]])
    found = chances(np.array([1.0, 1.1]), covariance, [1, 1], Best(margin=0.2), 100_000, 1)
    spread = math.sqrt(0.04 + 0.03 - 0.02)
    wanted = [float(ndtr((less - math.log(0.8)) / spread)) for less in (-0.1, 0.1)]
    assert found.within == pytest.approx(wanted, abs=0.005)
    lowest = chances(np.array([1.0, 1.1]), covariance, [1, 1], Best(margin=0.2, wanted="lowest"), 100_000, 1)
    wanted = [float(ndtr((less + math.log(1.2)) / spread)) for less in (0.1, -0.1)]
    assert lowest.within == pytest.approx(wanted, abs=0.005)


def test_a_margin_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="a margin is a share of the best mean from 0 to below 1, got 1"):
        Best(margin=1.0)
