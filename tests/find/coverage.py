"""Trials of a grid are drawn, and how often the intervals of their means and differences hold the truth is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.stats.best import Best, chances
from hevesy.stats.mixed import DegreesOfFreedom, MixedFit, random_start, unstructured

DOSES, TIMES = 2, 3
METHODS: tuple[DegreesOfFreedom, ...] = ("satterthwaite", "kenward-roger")
Floats = NDArray[np.float64]


class Truth(NamedTuple):
    """Standard deviations of subjects and of their scans at each time, and the share of scans that is lost."""

    name: str
    between: float
    residual: tuple[float, ...]
    lost: float


TRUTHS = (
    Truth("subjects alike to scans (0.22, 0.19)", 0.2166, (0.1928,) * 3, 0.0),
    Truth("the same, 15 % of scans lost", 0.2166, (0.1928,) * 3, 0.15),
    Truth("subjects far apart (0.78, 0.10)", 0.78, (0.10,) * 3, 0.0),
    Truth("the same, 15 % of scans lost", 0.78, (0.10,) * 3, 0.15),
    Truth("subjects alike (0, 0.19)", 0.0, (0.1928,) * 3, 0.0),
    Truth("the same, 15 % of scans lost", 0.0, (0.1928,) * 3, 0.15),
)
GROWING = Truth("scans vary more with time (0.10, 0.20, 0.30)", 0.2166, (0.10, 0.20, 0.30), 0.0)


class Trial(NamedTuple):
    """Subject, cell and time of each scan, and its response without its mean."""

    subject: list[str]
    cell: list[int]
    time: list[int]
    response: Floats


class Covered(NamedTuple):
    """Shares of 95 % intervals that hold the truth, and of tests at 5 % that reject what is true."""

    means: float
    within_dose: float
    between_doses: float
    rejected: float


def drawn(truth: Truth, subjects: int, stream: np.random.Generator) -> Trial:
    """A trial; subjects are at both doses in turn."""
    starts = stream.normal(0, truth.between, subjects)
    values = starts[:, None] + stream.normal(0, 1, (subjects, TIMES)) * truth.residual
    kept = np.argwhere(stream.random((subjects, TIMES)) >= truth.lost).tolist()
    return Trial(
        subject=[str(one) for one, _ in kept],
        cell=[one % DOSES * TIMES + time for one, time in kept],
        time=[time for _, time in kept],
        response=np.array([values[one, time] for one, time in kept]),
    )


def _rows() -> dict[str, Floats]:
    """Weights of means, of differences within and between doses, and of the test of time."""
    each = np.eye(DOSES * TIMES)
    within = [
        (dose * TIMES + one, dose * TIMES + other) for dose in range(DOSES) for one, other in ((0, 1), (0, 2), (1, 2))
    ]
    return {
        "means": each,
        "within": np.array([each[one] - each[other] for one, other in within]),
        "between": np.array([each[time] - each[TIMES + time] for time in range(TIMES)]),
        "time": np.array([(each[time] - each[0] + each[TIMES + time] - each[TIMES]) / 2 for time in (1, 2)]),
    }


def coverage(
    truth: Truth, subjects: int, trials: int, seed: int, free_covariance: bool = False
) -> dict[DegreesOfFreedom, Covered]:
    """The coverage by each way to reckon degrees of freedom; every mean is 0 in truth."""
    rows = _rows()
    stream = np.random.default_rng(seed)
    counts: dict[DegreesOfFreedom, Floats] = {method: np.zeros(4) for method in METHODS}
    for _ in range(trials):
        fit = _fitted(drawn(truth, subjects, stream), free_covariance)
        for method in METHODS:
            held = [
                np.mean([(one := fit.contrast(row, method)).lower <= 0 <= one.upper for row in rows[what]])
                for what in ("means", "within", "between")
            ]
            counts[method] += np.array([*held, fit.tested(rows["time"], method).p_value < 0.05], dtype=np.float64)
    return {method: Covered(*(counts[method] / trials).tolist()) for method in METHODS}


def _fitted(trial: Trial, free_covariance: bool) -> MixedFit:
    design = np.eye(DOSES * TIMES)[trial.cell]
    if free_covariance:
        return unstructured(trial.subject, trial.time, design, trial.response)
    return random_start(trial.subject, design, trial.response)


class Calibrated(NamedTuple):
    """Choices whose probability of being the best lay in an interval: how many, their mean, and how many were."""

    low: float
    high: float
    choices: int
    told: float
    true: float


def calibration(truth: Truth, means: Sequence[float], subjects: int, trials: int, seed: int) -> list[Calibrated]:
    """Whether a choice that is told to be the best with some probability is so in that share of trials.

    The means of a trial are drawn around `means` with a standard deviation of 0.15, so that many truths are met.
    """
    stream = np.random.default_rng(seed)
    told, right = [], []
    for trial in range(trials):
        own = np.asarray(means) + stream.normal(0, 0.15, len(means))
        one = drawn(truth, subjects, stream)
        fit = random_start(one.subject, np.eye(len(own))[one.cell], one.response + own[one.cell])
        found = chances(fit.coefficients, fit.covariance, [0] * len(own), Best(), 1000, trial)
        place = int(found.best.argmax())
        told.append(float(found.best[place]))
        right.append(place == int(own.argmax()))
    edges = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
    groups = np.clip(np.searchsorted(edges, told, side="right") - 1, 0, len(edges) - 2)
    return [
        Calibrated(
            edges[group], edges[group + 1], int(own.sum()), float(np.array(told)[own].mean()),
            float(np.array(right)[own].mean()),
        )
        for group in range(len(edges) - 1)
        if (own := groups == group).any()
    ]  # fmt: skip
