"""Which dose and time separate best: a mean for each from scans of the same subjects, and how likely each is the best.

Source: N. M. Laird and J. H. Ware, Biometrics 1982;38:963.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import RuleError
from hevesy.stats.best import Best, Scale, Wanted, chances, monte_carlo_error
from hevesy.stats.mixed import Contrast, DegreesOfFreedom, FTest, MixedFit, random_start, unstructured
from hevesy.stats.studentized import tukey_p

Floats = NDArray[np.float64]
_FEW = 20
EffectName = Literal["time", "dose", "interaction"]
Covariance = Literal["subject", "unstructured"]
"""Each subject has a start of its own, or scans have any covariance between times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What was measured of a subject at a dose (in any one unit) and a time after the injection (h).

    `value` None: not measured, or not readable; `place` is where it stands, for sentences.
    """

    subject: str
    dose: float
    time_h: float
    value: float | None
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A dose and a time: its scans, its mean with limits, and the probability that it is the best.

    `estimate` and `standard_error` are on the scale compared (the logarithm of a ratio), with their degrees of freedom.
    `p_best_of_dose` is the probability that it is the best of its own dose, `p_within` that its mean is not worse than
    the best one by more than the margin; the errors are Monte Carlo's.
    """

    dose: float
    time_h: float
    scans: int
    mean: float
    lower: float
    upper: float
    estimate: float
    standard_error: float
    df: float
    p_best: float
    p_best_error: float
    p_best_of_dose: float
    p_within: float
    p_within_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One cell against another, as (dose, time): `found` on the scale compared, and as a ratio or a difference.

    `p_tukey` is adjusted for all pairs among so many `means`.
    """

    one: tuple[float, float]
    other: tuple[float, float]
    found: Contrast
    value: float
    lower: float
    upper: float
    means: int
    p_tukey: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A test of type III (equal weight of every cell): of time, of dose, of their interaction."""

    name: EffectName
    satterthwaite: FTest
    kenward_roger: FTest


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePoints:
    """Every cell, the one that is most likely the best, and an earlier or smaller one that is hardly worse, if any."""

    cells: tuple[Cell, ...]
    empty: tuple[tuple[float, float], ...]
    """Doses and times (h) at which nothing was measured."""
    choice: Cell
    earlier: Cell | None
    effects: tuple[Effect, ...]
    to_the_choice: tuple[Difference, ...]
    """Every other cell against the choice."""
    within_dose: tuple[Difference, ...]
    """Each time against each other at one dose."""
    between: float | None
    """Standard deviation between subjects, on the scale compared; None where the model has none."""
    residual: float | None
    """Standard deviation of a scan of a subject."""
    fit: MixedFit
    scale: Scale
    subjects: int
    scans: int
    missing: tuple[str, ...]
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How cells are compared: on which scale, what is better, what is hardly worse, and by how many draws.

    `margin` is a share of the best mean; an earlier cell is preferred where it is within the margin with a probability
    of `sure`.
    """

    scale: Scale = "ratio"
    wanted: Wanted = "highest"
    covariance: Covariance = "subject"
    df: DegreesOfFreedom = "satterthwaite"
    level: float = 0.95
    margin: float = 0.1
    sure: float = 0.9
    draws: int = 100_000
    seed: int = 1
    dose_unit: str = ""

    def __post_init__(self) -> None:
        """Refuse what compares nothing."""
        Best(scale=self.scale, wanted=self.wanted, margin=self.margin)
        if not 0 < self.level < 1:
            raise RuleError(f"level must lie between 0 and 1, got {self.level:g}", field="level")
        if not 0 < self.sure <= 1:
            raise RuleError(f"how sure is a probability above 0 and at most 1, got {self.sure:g}", field="sure")
        if not 100 <= self.draws <= 10_000_000:
            raise RuleError(f"draws are 100 to 10,000,000, got {self.draws}", field="draws")

    def told(self, dose: float, time_h: float) -> str:
        """A cell in words."""
        return f"{f'{dose:g} {self.dose_unit}' if self.dose_unit else f'dose {dose:g}'} at {time_h:g} h"

    def onto(self, value: float) -> float:
        """A value on the scale compared."""
        return math.log(value) if self.scale == "ratio" else value

    @property
    def best(self) -> Best:
        """What is best, and what is hardly worse."""
        return Best(scale=self.scale, wanted=self.wanted, margin=self.margin)

    def back(self, value: float) -> float:
        """A value of the scale compared as it was measured; of a difference of logarithms the ratio."""
        if self.scale == "score":
            return value
        try:
            return math.exp(value)
        except OverflowError:
            raise RuleError("the limits are beyond any number: there are too few scans") from None


def time_points(scans: Sequence[Scan], by: Comparison = Comparison()) -> TimePoints:
    """The mean of every dose and time by a mixed model, and the probability that each is the best.

    Refused are a value of a ratio that is not above 0, two scans of a subject at one dose and time, a subject at two
    doses, and scans too few for an error.

    >>> values = {("a", 6): 2.0, ("b", 6): 3.0, ("c", 6): 2.5, ("a", 24): 4.1, ("b", 24): 5.0, ("c", 24): 5.5}
    >>> found = time_points([Scan(subject=s, dose=5, time_h=t, value=v) for (s, t), v in values.items()])
    >>> found.choice.time_h, found.choice.p_best
    (24, 1.0)
    """
    measured = _measured(scans, by)
    doses, times = sorted({scan.dose for scan in scans}), sorted({scan.time_h for scan in scans})
    grid = [(dose, time) for dose in doses for time in times]
    held = {(scan.dose, scan.time_h) for scan in measured}
    filled, empty = [cell for cell in grid if cell in held], tuple(cell for cell in grid if cell not in held)
    fit = _fitted(measured, filled, by)
    cells = _cells(measured, filled, fit, by)
    choice = max(cells, key=lambda one: (one.p_best, -one.time_h, -one.dose))
    best = filled.index((choice.dose, choice.time_h))
    effects, untested = _tested(fit, cells, empty, (len(doses), len(times)), by)
    differences = [
        _difference(fit, filled, (place, best), len(filled), by) for place in range(len(filled)) if place != best
    ]
    within = [
        _difference(fit, filled, (one, other), sum(cell[0] == filled[one][0] for cell in filled), by)
        for one, other in combinations(range(len(filled)), 2)
        if filled[one][0] == filled[other][0]
    ]
    two = len(fit.components) == 2 and by.covariance == "subject"
    return TimePoints(
        cells=cells,
        empty=empty,
        choice=choice,
        earlier=_earlier(cells, choice, by),
        effects=effects,
        to_the_choice=tuple(differences),
        within_dose=tuple(within),
        between=math.sqrt(fit.components[0]) if two else None,
        residual=math.sqrt(fit.components[-1]) if by.covariance == "subject" else None,
        fit=fit,
        scale=by.scale,
        subjects=fit.subjects,
        scans=fit.scans,
        missing=_missing(scans, times, by),
        because=(*_because(fit, cells, by), *untested),
    )


def _measured(scans: Sequence[Scan], by: Comparison) -> list[Scan]:
    """The scans with a value, subject by subject; what cannot be is refused with its place."""
    at: dict[tuple[str, float, float], Scan] = {}
    of: dict[str, Scan] = {}
    for scan in scans:
        place = f"{scan.place}: " if scan.place else ""
        if not (0 < scan.dose < math.inf and 0 <= scan.time_h < math.inf):
            raise RuleError(
                f"{place}a dose is above 0 and a time after the injection not below, got {scan.dose:g} and "
                f"{scan.time_h:g} h"
            )
        told = f"subject {scan.subject}, {by.told(scan.dose, scan.time_h)}"
        before = at.setdefault((scan.subject, scan.dose, scan.time_h), scan)
        if before is not scan:
            raise RuleError(f"{place}{told}, stands twice{f', first in {before.place}' if before.place else ''}")
        other = of.setdefault(scan.subject, scan)
        if other.dose != scan.dose:
            both = f"{other.dose:g} and {scan.dose:g} {by.dose_unit}".strip()
            raise RuleError(
                f"{place}subject {scan.subject} is at two doses, {both}{f' ({other.place})' if other.place else ''}"
            )
        if scan.value is not None and not math.isfinite(scan.value):
            raise RuleError(f"{place}{told}: a value is a finite number, got {scan.value}")
        if scan.value is not None and by.scale == "ratio" and scan.value <= 0:
            raise RuleError(f"{place}{told}: a ratio is above 0 on the logarithmic scale, got {scan.value:g}")
    found = [scan for scan in at.values() if scan.value is not None]
    if not found:
        raise RuleError("no scan has a value")
    return found


def _fitted(measured: Sequence[Scan], filled: Sequence[tuple[float, float]], by: Comparison) -> MixedFit:
    """The model with a mean for every cell in which something was measured."""
    if len(filled) < 2:
        raise RuleError("two doses or times with values are needed to compare, got one")
    design = np.array([[float((scan.dose, scan.time_h) == cell) for cell in filled] for scan in measured])
    values = [by.onto(scan.value) for scan in measured if scan.value is not None]
    subjects = [scan.subject for scan in measured]
    if by.covariance == "unstructured":
        _refuse_never_both(measured)
        times = sorted({scan.time_h for scan in measured})
        return unstructured(subjects, [times.index(scan.time_h) for scan in measured], design, values)
    return random_start(subjects, design, values)


def _refuse_never_both(measured: Sequence[Scan]) -> None:
    """Refuse two times at which no subject has a value both times: nothing tells their covariance."""
    of = {time: {scan.subject for scan in measured if scan.time_h == time} for time in {s.time_h for s in measured}}
    for one, other in combinations(sorted(of), 2):
        if not of[one] & of[other]:
            raise RuleError(
                f"no subject has a value both at {one:g} h and at {other:g} h: nothing tells their covariance"
            )


def _cells(
    measured: Sequence[Scan], filled: Sequence[tuple[float, float]], fit: MixedFit, by: Comparison
) -> tuple[Cell, ...]:
    scans = Counter((scan.dose, scan.time_h) for scan in measured)
    shares = chances(
        fit.coefficients, fit.covariance, [dose for dose, _ in filled], by.best, by.draws, by.seed
    )  # fmt: skip
    cells = []
    for place, (dose, time) in enumerate(filled):
        found = fit.contrast(np.eye(len(filled))[place], by.df, by.level)
        best, of_dose, within = (float(share[place]) for share in shares)
        cells.append(
            Cell(
                dose=dose,
                time_h=time,
                scans=scans[dose, time],
                mean=by.back(found.estimate),
                lower=by.back(found.lower),
                upper=by.back(found.upper),
                estimate=found.estimate,
                standard_error=found.standard_error,
                df=found.df,
                p_best=best,
                p_best_error=monte_carlo_error(best, by.draws),
                p_best_of_dose=of_dose,
                p_within=within,
                p_within_error=monte_carlo_error(within, by.draws),
            )
        )
    return tuple(cells)


def _difference(
    fit: MixedFit, filled: Sequence[tuple[float, float]], pair: tuple[int, int], means: int, by: Comparison
) -> Difference:
    weights = np.eye(len(filled))[pair[0]] - np.eye(len(filled))[pair[1]]
    found = fit.contrast(weights, by.df, by.level)
    return Difference(
        one=filled[pair[0]],
        other=filled[pair[1]],
        found=found,
        value=by.back(found.estimate),
        lower=by.back(found.lower),
        upper=by.back(found.upper),
        means=means,
        p_tukey=tukey_p(found.t, means, found.df),
    )


def _tested(
    fit: MixedFit,
    cells: Sequence[Cell],
    empty: Sequence[tuple[float, float]],
    grid: tuple[int, int],
    by: Comparison,
) -> tuple[tuple[Effect, ...], tuple[str, ...]]:
    """The tests of a grid of so many doses and times, or why there are none."""
    if empty:
        places = ", ".join(by.told(*one) for one in empty)
        return (), (f"no value at {places}: time, dose and interaction are not tested",)
    try:
        return _effects(fit, cells, *grid), ()
    except RuleError as error:
        return (), (f"time, dose and interaction are not tested: {error}",)


def _effects(fit: MixedFit, cells: Sequence[Cell], doses: int, times: int) -> tuple[Effect, ...]:
    """Tests of what the grid has more than one of; cells are in order of dose, then time.

    Satterthwaite's degrees of freedom depend on which rows say a hypothesis: these are those of R's lmerTest 3.1.
    """
    if min(doses, times) == 1:
        name: EffectName = "time" if doses == 1 else "dose"
        return (_effect(fit, name, _from_the_later([cell.scans for cell in cells])),)
    of_dose, of_time = _from_the_first(doses), _from_the_first(times)
    return (
        _effect(fit, "time", np.kron(np.full((1, doses), 1 / doses), of_time)),
        _effect(fit, "dose", np.kron(of_dose, np.full((1, times), 1 / times))),
        _effect(fit, "interaction", np.kron(of_dose, of_time)),
    )


def _effect(fit: MixedFit, name: EffectName, rows: ArrayLike) -> Effect:
    return Effect(name=name, satterthwaite=fit.tested(rows), kenward_roger=fit.tested(rows, "kenward-roger"))


def _from_the_first(levels: int) -> Floats:
    """Each level less the first, shape (levels - 1, levels)."""
    each: Floats = np.eye(levels, dtype=np.float64)
    less: Floats = each[1:] - each[0]
    return less


def _from_the_later(counts: Sequence[int]) -> Floats:
    """Each level less the mean of all responses of the first and the later ones."""
    rows = np.zeros((len(counts) - 1, len(counts)))
    for row, level in zip(rows, range(1, len(counts)), strict=True):
        others = [0, *range(level + 1, len(counts))]
        row[others] = [-counts[other] / sum(counts[one] for one in others) for other in others]
        row[level] = 1.0
    return rows


def _earlier(cells: Sequence[Cell], choice: Cell, by: Comparison) -> Cell | None:
    """The earliest cell, of the smallest dose, that asks less of a patient than the choice and is hardly worse."""
    less = [
        one
        for one in cells
        if one is not choice and one.p_within >= by.sure and one.time_h <= choice.time_h and one.dose <= choice.dose
    ]
    return min(less, key=lambda one: (one.time_h, one.dose), default=None)


def _missing(scans: Sequence[Scan], times: Sequence[float], by: Comparison) -> tuple[str, ...]:
    """Which subjects have no value at which time."""
    seen = {(scan.subject, scan.time_h): scan for scan in scans}
    told = []
    for subject, dose in {scan.subject: scan.dose for scan in scans}.items():
        for time in times:
            scan = seen.get((subject, time))
            if scan is None:
                told.append(f"subject {subject}, {by.told(dose, time)}: no scan")
            elif scan.value is None:
                told.append(
                    f"subject {subject}, {by.told(dose, time)}: no value{f' ({scan.place})' if scan.place else ''}"
                )
    return tuple(told)


def _because(fit: MixedFit, cells: Sequence[Cell], by: Comparison) -> tuple[str, ...]:
    means = "geometric means, compared as logarithms" if by.scale == "ratio" else "means on the scale of the score"
    covariance = "a start of its own for each subject" if by.covariance == "subject" else "any covariance between times"
    told = [
        f"{means}; linear mixed model by restricted maximum likelihood, {covariance}, a mean for each of {len(cells)} "
        f"doses and times; {by.df.title()} degrees of freedom",
        f"p_best: share of {by.draws:,} draws (seed {by.seed}) from the normal posterior of the means in which a mean "
        f"is the {by.wanted}; Monte Carlo error at most {max(one.p_best_error for one in cells):.2g}",
    ]
    if fit.subjects < _FEW:
        told.append(f"with fewer than {_FEW} subjects p_best is a little too sure: its draws take the errors as known")
    if by.covariance == "subject" and len(fit.components) == 1:
        told.append("every subject was scanned once: subjects and scans cannot be told apart, scans are independent")
    if fit.at_boundary:
        told.append("no variation between subjects beyond that of scans was found: its variance is 0")
    return tuple(told)
