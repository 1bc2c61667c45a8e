"""Effective half-lives of earlier patients, known before the first point: a log-normal that ends at the decay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from hevesy.errors import RuleError
from hevesy.study.time_activity import TimeActivityCurve

Floats = NDArray[np.float64]
LEAST_PATIENTS = 3
PLACES = 2001
"""Half-lives that stand for all."""
DOUBT = 0.05
"""Of the half-lives expected: when more of them are not possible it is told."""
MOST = 1.5
"""Of the administered, in a region at first: with no noise and no calibration is there more."""
FAR = 0.5e-6
"""Of the distribution, left out on each side."""
LIMITS = (0.025, 0.5, 0.975)
ONE_ERROR = (0.158655, 0.841345)
"""Between these lie two standard errors of a normal distribution."""
ROUNDED = 1e-4
"""An effective half-life may be told longer than the physical one by this share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfLifePrior:
    """Effective half-lives of a nuclide in a region of earlier patients: their geometric mean and spread."""

    median_h: float
    log_spread: float
    """Standard deviation of the logarithms, n - 1."""
    patients: int
    physical_half_life_h: float

    def places_h(self) -> Floats:
        """Half-lives that stand, each for an equal share, for those of the next patient (ascending).

        Student's distribution of n - 1 degrees about the mean, wider by 1 / n: the mean and the spread are estimates.
        None is longer than the nuclide's.
        """
        from scipy.special import stdtr

        wide = self.log_spread * math.sqrt(1 + 1 / self.patients)
        degrees = self.patients - 1
        most = float(stdtr(degrees, math.log(self.physical_half_life_h / self.median_h) / wide)) if wide else 1.0
        shares = FAR + (most - 2 * FAR) * (np.arange(PLACES) + 0.5) / PLACES
        return np.asarray(self.median_h * np.exp(wide * stdtrit(degrees, shares)))


@dataclass(frozen=True, slots=True, kw_only=True)
class WithPrior:
    """The integral (h) of a curve with few points and the half-lives of earlier patients.

    The middle of what is left possible, half of where 68 % of it lies, 95 % limits; `half_life_h` is the middle one of
    the label measured, `label_half_life_h` the same of the label treated with.
    """

    tia_h: float
    tia_standard_error_h: float
    tia_lower_h: float
    tia_upper_h: float
    label_half_life_h: float
    half_life_h: float
    half_life_lower_h: float
    half_life_upper_h: float
    because: tuple[str, ...]


def learnt(half_lives_h: Sequence[float], physical_half_life_h: float) -> HalfLifePrior:
    """What earlier patients' effective half-lives tell; refused: fewer than three, all alike, or above the nuclide's.

    >>> round(learnt([50.0, 60.0, 72.0], 100.224).median_h, 9)
    60.0
    """
    if len(half_lives_h) < LEAST_PATIENTS:
        raise RuleError(f"half-lives of {LEAST_PATIENTS} patients or more are needed, got {len(half_lives_h)}")
    for told in half_lives_h:
        if not 0 < told <= physical_half_life_h * (1 + ROUNDED):
            raise RuleError(
                f"an effective half-life lies above 0 and not above the nuclide's, {physical_half_life_h:.6g} h, got "
                f"{told:g} h (another label's?)"
            )
    if max(half_lives_h) <= min(half_lives_h) * (1 + ROUNDED):
        raise RuleError(
            f"half-lives of {len(half_lives_h)} patients are all {half_lives_h[0]:g} h: patients differ, and without a "
            "spread the next one's would be certain"
        )
    logs = np.log(np.asarray(half_lives_h, dtype=np.float64))
    return HalfLifePrior(
        median_h=float(np.exp(logs.mean())),
        log_spread=float(logs.std(ddof=1)),
        patients=len(half_lives_h),
        physical_half_life_h=physical_half_life_h,
    )


def with_prior(curve: TimeActivityCurve, prior: HalfLifePrior, for_half_life_h: float | None = None) -> WithPrior:
    """Mono-exponential kinetics with a half-life from earlier patients, one point or more, uncertainties known.

    Of the share's logarithm nothing is known before, so that one point tells nothing of the
    half-life; `for_half_life_h` is of the label treated with, where it is another.
    Refused: an uncertainty of 0.
    """
    errors = np.array(curve.standard_uncertainties)
    if not (errors > 0).all():
        raise RuleError(f"{curve.region}: an uncertainty lies above 0, got 0")
    measured, times = np.array(curve.activity_fractions), np.array(curve.elapsed_h)
    if not (measured > 0).any():
        raise RuleError(f"{curve.region}: no point has activity, and nothing has no half-life")
    half_lives_h = prior.places_h()
    phase = 2.0 ** (-times / half_lives_h[:, None]) / errors
    squares, moments = (phase**2).sum(axis=1), phase @ (measured / errors)
    # the far tail of few patients has half-lives by which many times the administered would have been there at first
    possible = moments <= MOST * squares
    possible &= squares > 0
    if not possible.any():
        raise RuleError(
            f"{curve.region}: every half-life of the earlier patients makes it more at first than was given"
        )
    impossible = 1 - float(possible.mean())
    half_lives_h, squares, moments, phase = (one[possible] for one in (half_lives_h, squares, moments, phase))
    shares, spread = moments / squares, 1 / np.sqrt(squares)
    evidence = moments**2 / squares / 2
    weights = np.where(moments > 0, np.exp(evidence - evidence.max()) * spread / np.maximum(shares, 1e-300), 0.0)
    weights /= weights.sum()
    biological = np.maximum(1 / half_lives_h - 1 / prior.physical_half_life_h, 0.0)
    mean_life_h = 1 / (biological + 1 / (for_half_life_h or prior.physical_half_life_h)) / math.log(2)
    means, errors_h = shares * mean_life_h, spread * mean_life_h
    lower, middle, upper, below, above = (_quantile(weights, means, errors_h, one) for one in (*LIMITS, *ONE_ERROR))
    known = np.interp(LIMITS, np.cumsum(weights) - weights / 2, half_lives_h)
    return WithPrior(
        tia_h=middle,
        tia_standard_error_h=(above - below) / 2,
        tia_lower_h=max(lower, 0.0),
        tia_upper_h=upper,
        label_half_life_h=float(np.interp(known[1], half_lives_h, mean_life_h * math.log(2))),
        half_life_h=float(known[1]),
        half_life_lower_h=float(known[0]),
        half_life_upper_h=float(known[2]),
        because=(
            f"half-lives of {prior.patients} earlier patients: log-normal about {prior.median_h:.4g} h, geometric "
            f"standard deviation {math.exp(prior.log_spread):.3f}, widened for their number, none above the nuclide's",
            f"mono-exponential; {len(times)} point{'s' * (len(times) > 1)} of known uncertainty and this prior "
            f"leave {known[0]:.4g} to {known[2]:.4g} h (95 %)",
            "whether this patient is like the earlier ones is not tested",
            *_unlike(impossible),
        ),
    )


def _unlike(impossible: float) -> tuple[str, ...]:
    if impossible < DOUBT:
        return ()
    return (
        f"of the half-lives expected by the earlier patients {100 * impossible:.3g} % are not possible: it would have "
        "held more than was given at first",
    )


def _quantile(weights: Floats, means: Floats, errors: Floats, share: float) -> float:
    """Of a mixture of normal distributions, by halving."""
    low, high = float((means - 9 * errors).min()), float((means + 9 * errors).max())
    for _ in range(80):
        middle = (low + high) / 2
        if float(weights @ ndtr((middle - means) / errors)) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2
