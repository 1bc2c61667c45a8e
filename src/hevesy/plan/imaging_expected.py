"""What so many subjects of an imaging trial give: intervals, power of a paired comparison, the right dose and time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from hevesy.errors import RuleError
from hevesy.plan.imaging import ImagingGrid, exact_power, rejection
from hevesy.stats.best import Best, chances, monte_carlo_error
from hevesy.stats.mixed import random_start
from hevesy.stats.proportion import Interval, clopper_pearson, wilson

Floats = NDArray[np.float64]
METHODS: dict[str, Callable[[int, int, float], Interval]] = {"Clopper-Pearson": clopper_pearson, "Wilson": wilson}
MOST_SUBJECTS = 1000
"""For how many subjects all outcomes are added up."""
_NEGLIGIBLE = 1e-12
DRAWS = 1000
"""From the posterior of each trial that is played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCount:
    """How many of the subjects are of a kind: on average, the central 95 %, and the probability of none."""

    share: float
    expected: float
    lower: int
    upper: int
    p_none: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedInterval:
    """An interval on average over all outcomes with at least one subject of the kind: limits, width, and coverage.

    `typical` is the interval of the outcome that is expected, `x` of `n`.
    """

    method: str
    lower: float
    upper: float
    width: float
    coverage: float
    x: int
    n: int
    typical: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAccuracy:
    """Subjects with and without disease, and the intervals of sensitivity and specificity."""

    subjects: int
    with_disease: ExpectedCount
    without_disease: ExpectedCount
    sensitivity: tuple[ExpectedInterval, ...]
    specificity: tuple[ExpectedInterval, ...]


def expected_accuracy(
    subjects: int, sensitivity: float, specificity: float, prevalence: float, level: float = 0.95
) -> ExpectedAccuracy:
    """Numbers and exact and Wilson's intervals, over all outcomes of so many subjects in all.

    >>> found = expected_accuracy(36, 0.9, 0.8, 0.7)
    >>> found.with_disease.expected, round(found.sensitivity[0].width, 3)
    (25.2, 0.26)
    """
    for name, value in (("sensitivity", sensitivity), ("specificity", specificity), ("prevalence", prevalence)):
        if not 0 < value < 1:
            raise RuleError(f"{name} lies between 0 and 1, got {value:g}", field=name)
    _refuse_too_many(subjects)
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level:g}", field="level")
    return ExpectedAccuracy(
        subjects=subjects,
        with_disease=_count(subjects, prevalence),
        without_disease=_count(subjects, 1 - prevalence),
        sensitivity=tuple(_interval(name, subjects, prevalence, sensitivity, level) for name in METHODS),
        specificity=tuple(_interval(name, subjects, 1 - prevalence, specificity, level) for name in METHODS),
    )


def _refuse_too_many(subjects: int) -> None:
    if not 1 <= subjects <= MOST_SUBJECTS:
        raise RuleError(f"subjects in all are 1 to {MOST_SUBJECTS}, got {subjects}", field="subjects")


def _count(n: int, share: float) -> ExpectedCount:
    return ExpectedCount(
        share=share,
        expected=n * share,
        lower=int(binom.ppf(0.025, n, share)),
        upper=int(binom.ppf(0.975, n, share)),
        p_none=float(binom.pmf(0, n, share)),
    )


def _likely(n: int, p: float) -> list[tuple[int, float]]:
    """Outcomes and their probabilities, but for those that never happen."""
    every = binom.pmf(np.arange(n + 1), n, p).tolist()
    return [(x, chance) for x, chance in enumerate(every) if chance > _NEGLIGIBLE]


def _nearest(count: float) -> int:
    """The nearest whole number, a half upwards."""
    return int(count + 0.5)


def _interval(method: str, subjects: int, share: float, p: float, level: float) -> ExpectedInterval:
    """The interval of p in those of a kind, whose number is a matter of chance itself."""
    limits = METHODS[method]
    lower = upper = covered = some = 0.0
    for n, chance in _likely(subjects, share):
        if n == 0:
            continue
        some += chance
        for x, own in _likely(n, p):
            interval = limits(x, n, level)
            lower += chance * own * interval.lower
            upper += chance * own * interval.upper
            covered += chance * own * (interval.lower <= p <= interval.upper)
    n = max(1, _nearest(subjects * share))
    x = _nearest(n * p)
    return ExpectedInterval(
        method=method,
        lower=lower / some,
        upper=upper / some,
        width=(upper - lower) / some,
        coverage=covered / some,
        x=x,
        n=n,
        typical=limits(x, n, level),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPower:
    """Power of McNemar's exact test, over the number with disease, and at the number that is expected."""

    power: float
    at_expected: float
    with_disease: int
    second_sensitivity: float
    because: str


def expected_power(
    subjects: int, sensitivity: float, prevalence: float, only_first: float, only_second: float, alpha: float = 0.05
) -> ExpectedPower:
    """Power of the comparison of two tests in the same subjects, of whom a share has the disease.

    `sensitivity` is the first test's; `only_first` and `only_second` are shares of those with disease.
    """
    _refuse_too_many(subjects)
    if min(only_first, only_second) < 0 or only_first + only_second <= 0 or only_first + only_second >= 1:
        raise RuleError(
            f"shares found by one test only are 0 or more, their sum above 0 and below 1, got {only_first:g} and "
            f"{only_second:g}"
        )
    if not 0 < alpha < 1:
        raise RuleError(f"alpha lies between 0 and 1, got {alpha:g}", field="alpha")
    second = sensitivity - only_first + only_second
    if only_first > sensitivity + 1e-12 or only_second > 1 - sensitivity + 1e-12:
        raise RuleError(
            f"a first test of sensitivity {sensitivity:g} cannot alone find {only_first:g} and miss {only_second:g}: "
            f"at most {sensitivity:g} and {1 - sensitivity:g}"
        )
    n = max(1, _nearest(subjects * prevalence))
    psi = only_first + only_second
    rejected = np.array([rejection(pairs, only_first / psi, alpha) for pairs in range(subjects + 1)])
    power = sum(
        chance * float(binom.pmf(np.arange(diseased + 1), diseased, psi) @ rejected[: diseased + 1])
        for diseased, chance in _likely(subjects, prevalence)
    )
    return ExpectedPower(
        power=power,
        at_expected=exact_power(n, only_first, only_second, alpha),
        with_disease=n,
        second_sensitivity=second,
        because=f"McNemar's exact test, two-sided {alpha:g}, of those with disease",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedMeans:
    """Expected mean of each activity and time (activities one after another), and the spread of subjects and scans.

    Standard deviations are on the scale compared: of a ratio those of its natural logarithm.
    """

    means: tuple[float, ...]
    sd_between: float
    sd_residual: float
    by: Best

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.sd_between < 0 or self.sd_residual <= 0:
            raise RuleError(
                "a standard deviation of subjects is 0 or more, of a scan above 0, got "
                f"{self.sd_between:g} and {self.sd_residual:g}"
            )
        if self.by.scale == "ratio" and min(self.means, default=1.0) <= 0:
            raise RuleError(f"the mean of a ratio is above 0, got {min(self.means):g}", field="means")

    @property
    def compared(self) -> Floats:
        """The means on the scale compared."""
        found = np.array(self.means)
        return np.log(found) if self.by.scale == "ratio" else found


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedChoice:
    """How often a grid's trial chooses the best activity and time, or one that is hardly worse, and what it costs.

    `chosen` are shares of the trials by cell; the errors are Monte Carlo's. `best` are the places of the cells whose
    expected mean is the best.
    """

    subjects_per_activity: int
    subjects: int
    scans: int
    best: tuple[int, ...]
    chosen: tuple[float, ...]
    p_correct: float
    p_correct_error: float
    p_hardly_worse: float
    p_hardly_worse_error: float
    mean_p_best: float
    """What `find time-points` says of its choice, on average."""
    trials: int
    seed: int


def expected_choice(
    grid: ImagingGrid, expected: ExpectedMeans, trials: int, seed: int, told: Callable[[int], None] = lambda done: None
) -> ExpectedChoice:
    """Trials of a grid are played: each has its scans, its mixed model and its choice, as `find time-points` has them.

    Nobody is lost and no scan is missing. `told` hears how many trials are done.
    """
    cells = len(grid.activities_MBq) * len(grid.times_h)
    if len(expected.means) != cells:
        raise RuleError(
            f"a grid of {len(grid.activities_MBq)} activities and {len(grid.times_h)} times has {cells} means, got "
            f"{len(expected.means)}",
            field="means",
        )
    for name, every in (("activities", grid.activities_MBq), ("times", grid.times_h)):
        if len(set(every)) < len(every):
            raise RuleError(f"each of the {name} stands once, got {', '.join(f'{one:g}' for one in every)}", field=name)
    if grid.subjects_per_activity < 2:
        raise RuleError(
            f"a choice needs two subjects for each activity, got {grid.subjects_per_activity}", field="subjects"
        )
    if cells < 2:
        raise RuleError("a choice is among two activities or times at least")
    true = expected.by.turned(expected.compared)
    hardly_worse = true >= expected.by.least(true.max(keepdims=True))
    counts, confident = np.zeros(cells), 0.0
    for trial in range(trials):
        place, share = _played(grid, expected, [seed, trial])
        counts[place] += 1
        confident += share
        told(trial + 1)
    chosen = counts / trials
    best = np.flatnonzero(true == true.max())
    correct, near = float(chosen[best].sum()), float(chosen[hardly_worse].sum())
    return ExpectedChoice(
        subjects_per_activity=grid.subjects_per_activity,
        subjects=grid.subjects,
        scans=grid.scans,
        best=tuple(best.tolist()),
        chosen=tuple(chosen.tolist()),
        p_correct=correct,
        p_correct_error=monte_carlo_error(correct, trials),
        p_hardly_worse=near,
        p_hardly_worse_error=monte_carlo_error(near, trials),
        mean_p_best=confident / trials,
        trials=trials,
        seed=seed,
    )


def _played(grid: ImagingGrid, expected: ExpectedMeans, seed: Sequence[int]) -> tuple[int, float]:
    """The place of the cell that a trial chooses, and the probability it gives it."""
    stream = np.random.default_rng(seed)
    times = len(grid.times_h)
    arm = np.repeat(np.arange(len(grid.activities_MBq)), grid.subjects_per_activity)
    cell = (arm[:, None] * times + np.arange(times)).ravel()
    start = np.repeat(stream.normal(0.0, expected.sd_between, len(arm)), times)
    values = expected.compared[cell] + start + stream.normal(0.0, expected.sd_residual, len(cell))
    subjects = [str(one) for one in range(len(arm)) for _ in range(times)]
    fit = random_start(subjects, np.eye(len(expected.means))[cell], values)
    of_activity = np.repeat(np.arange(len(grid.activities_MBq)), times).tolist()
    found = chances(fit.coefficients, fit.covariance, of_activity, expected.by, DRAWS, int(stream.integers(2**63)))
    place = int(found.best.argmax())
    return place, float(found.best[place])
