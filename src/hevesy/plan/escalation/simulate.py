"""Trials simulated: what a design does on average, with standard errors, and how long the trial takes.

Every trial's luck hangs on the seed, the scenario and the trial's number, not on who simulates it: the counts are the
same bit for bit on one worker or many, and two designs meet the same virtual patients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation import crm
from hevesy.plan.escalation.design import CountDesign, DescribedDesign
from hevesy.plan.escalation.graph import state_graph
from hevesy.plan.escalation.interval import answer_table
from hevesy.plan.escalation.onset import quantiles, shares
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.plan.escalation.scenario import Accrual, Scenario
from hevesy.plan.escalation.tite import TITEBOIN, TITECRM, Weighting
from hevesy.workers import Serial, Workers

if TYPE_CHECKING:
    from hevesy.kernels import trials as kernel

BLOCK = 16_384
"""Trials done at a time: enough to keep a core busy, few enough to show progress and to keep sums within 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Sums over trials, in whole numbers: they may be added in any order. The layout is that of `kernels.trials`."""

    levels: int
    trials: int
    sums: tuple[int, ...]

    def added(self, other: tuple[int, ...], trials: int) -> Tally:
        """With the sums of further trials."""
        return replace(
            self, trials=self.trials + trials, sums=tuple(a + b for a, b in zip(self.sums, other, strict=True))
        )

    @property
    def sha256(self) -> str:
        """Digest of the sums."""
        return sha256(repr((self.levels, self.trials, self.sums)).encode()).hexdigest()


class Estimate(NamedTuple):
    """A mean over simulated trials and its standard error."""

    mean: float
    standard_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Operating characteristics by simulation; `selected` has "none" first, then each level.

    Days are None without a calendar.
    """

    p: tuple[float, ...]
    trials: int
    seed: int
    selected: tuple[Estimate, ...]
    n: tuple[Estimate, ...]
    dlt: tuple[Estimate, ...]
    subjects: Estimate
    dlts: Estimate
    duration_d: Estimate | None
    late_dlts: tuple[float, ...]
    not_evaluable: float
    screened_out: float
    backfilled: float
    sha256: str
    method: str = "simulation"


def simulate(
    design: DescribedDesign,
    scenario: Scenario,
    trials: int,
    seed: int,
    accrual: Accrual | None = None,
    workers: Workers | None = None,
    scenario_number: int = 0,
    progress: Callable[[int], None] | None = None,
    block: int = BLOCK,
) -> Simulated:
    """Simulate `trials` trials of a design; with `accrual` on the calendar, which designs with pending subjects need.

    `scenario_number` keys the random numbers beside the seed; `progress` is told the trials done so far.

    >>> from hevesy.plan.escalation.three_plus_three import three_plus_three
    >>> design = three_plus_three("no-de-escalation", 2)
    >>> found = simulate(design, Scenario(name="A", p=(0.1, 0.3)), trials=20_000, seed=7)
    >>> abs(found.selected[0].mean - 0.0939) < 4 * found.selected[0].standard_error
    True
    """
    if trials < 1:
        raise RuleError(f"at least one trial is simulated, got {trials}")
    if not 0 <= seed < 2**64:
        raise RuleError(f"a seed lies between 0 and 2**64 - 1, got {seed}")
    if len(scenario.p) != design.levels:
        raise RuleError(f"p must give a DLT rate for each of {design.levels} levels, got {len(scenario.p)}")
    task = prepared(design, scenario, seed, accrual, scenario_number)
    # no trial: on first use the loop is compiled here, once, and not by every worker at a time
    tally = Tally(levels=design.levels, trials=0, sums=_run(task, (0, 0)))
    results = (workers or Serial()).map(partial(_run, task), _blocks(trials, block))
    for (_, done), sums in zip(_blocks(trials, block), results, strict=True):
        tally = tally.added(sums, done)
        if progress is not None:
            progress(tally.trials)
    return _read(tally, scenario, seed, accrual is not None)


def _blocks(trials: int, block: int) -> Iterator[tuple[int, int]]:
    return ((first, min(block, trials - first)) for first in range(0, trials, block))


class Task(NamedTuple):
    """What the kernel needs, ready to be sent to a worker; `kind` None means a walk without a calendar."""

    kind: int | None
    levels: int
    graph: kernel.Graph
    tite: kernel.Tite
    calendar: kernel.Calendar
    toxicity: kernel.Toxicity
    luck: kernel.Luck
    capacity: int
    without_graph: CountDesign | None = None
    """The design itself, where its graph would be too large: the trials of a block then take their decisions
    together."""


def _run(task: Task, block: tuple[int, int]) -> tuple[int, ...]:
    """Sums over a block of trials."""
    from hevesy.kernels import trials as kernel

    first, count = block
    if task.without_graph is not None:
        return _together(task, task.without_graph, first, count)
    if task.kind is None:
        return tuple(
            kernel.walk(task.graph, task.toxicity, task.calendar, task.luck, task.levels, first, count).tolist()
        )
    sums = kernel.on_calendar(
        task.kind,
        task.levels,
        task.graph,
        task.tite,
        task.calendar,
        task.toxicity,
        task.luck,
        task.capacity,
        first,
        count,
    ).tolist()
    if sums[0] == kernel.NO_ARRIVALS:
        raise RuleError("the days of arrival given are too few for the trial to end")
    if sums[0] == kernel.BOOK_FULL:
        raise RuleError(f"a trial enrolled {task.capacity} subjects without ending: too many are not evaluable")
    return tuple(sums)


def _together(task: Task, design: CountDesign, first: int, count: int) -> tuple[int, ...]:
    """Sums over a block of trials, cohort by cohort, without the graph: the same trials as a walk along it."""
    from hevesy.kernels import trials as kernel

    levels = task.levels
    n, dlt = np.zeros((count, levels), dtype=np.int64), np.zeros((count, levels), dtype=np.int64)
    level, size = np.full(count, design.start), np.full(count, design.cohort_size)
    treated, cohorts, selected = (
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
    )
    on = np.arange(count)
    while len(on):
        seen = kernel.outcomes(
            task.toxicity, task.calendar, task.luck, first + on, treated[on], level[on] - 1, size[on]
        )
        n[on, level[on] - 1] += size[on]
        dlt[on, level[on] - 1] += seen
        treated[on] += size[on]
        cohorts[on] += 1
        after = design.steps(n[on], dlt[on], level[on], seen)
        selected[on], level[on], size[on] = after.mtd, after.level, after.places
        on = on[after.level > 0]
    sums = kernel.no_sums(levels)
    sums[: levels + 1] = np.bincount(selected, minlength=levels + 1)
    for row, squared, counts in ((kernel.N, kernel.N_SQUARED, n), (kernel.DLT, kernel.DLT_SQUARED, dlt)):
        sums[kernel.of_level(row, levels)] = counts.sum(axis=0)
        sums[kernel.of_level(squared, levels)] = (counts**2).sum(axis=0)
    for place, squared, of_trials in (
        (kernel.SUBJECTS, kernel.SUBJECTS_SQUARED, treated),
        (kernel.DLTS, kernel.DLTS_SQUARED, dlt.sum(axis=1)),
        (kernel.COHORTS, kernel.COHORTS_SQUARED, cohorts),
    ):
        sums[kernel.of_trial(place, levels)] = of_trials.sum()
        sums[kernel.of_trial(squared, levels)] = (of_trials**2).sum()
    return tuple(sums.tolist())


def prepared(
    design: DescribedDesign, scenario: Scenario, seed: int, accrual: Accrual | None, scenario_number: int = 0
) -> Task:
    """The design, the scenario and the accrual as the kernel takes them."""
    from hevesy.kernels import random
    from hevesy.kernels import trials as kernel

    luck = kernel.Luck(
        np.uint64(seed),
        *(
            random.stream(purpose, scenario_number)
            for purpose in ("tolerance", "sensitivity", "onset", "arrival", "screen", "dropout", "late")
        ),
    )
    window = accrual.window_d if accrual else 1.0
    levels = [scenario.p, scenario.intercept or scenario.p, scenario.late or (0.0,) * design.levels]
    given = accrual.given_d if accrual else ()
    toxicity = kernel.Toxicity(
        np.array(levels, dtype=float), quantiles(scenario.onset, window), np.array(given, dtype=float)
    )
    gap = 1 / accrual.per_d if accrual and accrual.per_d else 0.0
    course = (1.0, 0.0, 0.0, 0.0, 0, 0.0)
    if accrual is not None:
        course = (
            gap,
            accrual.stagger_d,
            accrual.screen_failure,
            accrual.dropout,
            accrual.backfill,
            accrual.backfill_limit,
        )
    calendar = kernel.Calendar(
        *(float(number) for number in (window, *course, *scenario.spread))
    )  # one type, compiled once
    if design.needs_calendar and accrual is None:
        raise RuleError("a design that goes on while subjects are pending needs the accrual: arrivals and the window")
    if design.needs_calendar and accrual is not None and accrual.backfill:
        raise RuleError(
            "backfill is for designs that wait for whole cohorts; those with pending subjects enrol as they come"
        )
    own = _of_its_own(design, accrual is not None, window)
    if own.without_graph is not None:
        return Task(None, design.levels, own.graph, own.tite, calendar, toxicity, luck, 0, own.without_graph)
    most = own.most + (accrual.backfill if accrual else 0) * design.levels
    capacity = most if calendar.dropout == 0 else 100 + int(8 * most / (1 - calendar.dropout))
    return Task(own.kind, design.levels, own.graph, own.tite, calendar, toxicity, luck, capacity)


class _OfItsOwn(NamedTuple):
    """What of a task depends on the design: its loop, the most subjects it can treat, its graph, its parameters."""

    kind: int | None
    most: int
    graph: kernel.Graph
    tite: kernel.Tite
    without_graph: CountDesign | None = None


def _of_its_own(design: DescribedDesign, on_calendar: bool, window_d: float) -> _OfItsOwn:
    """The one place that tells designs apart: a compiled loop knows no methods."""
    from hevesy.kernels import trials as kernel

    nothing = np.zeros(0, dtype=np.int64)
    no_graph, no_tite = kernel.Graph(nothing, nothing, nothing, nothing.astype(np.int32)), _no_tite(design.levels)
    match design:
        case RollingSix():
            if design.first_level != 1:
                raise RuleError(
                    f"trials of rolling six are simulated from level 1, not from level {design.first_level}"
                )
            return _OfItsOwn(kernel.ROLLING_SIX, 6 * design.levels, no_graph, no_tite)
        case TITECRM() | TITEBOIN() if window_d != design.window_d:
            raise RuleError(f"the design's window is {design.window_d:g} days, that of the accrual {window_d:g}")
        case TITECRM():
            return _OfItsOwn(kernel.TITE_CRM, design.n_max, no_graph, _tite_crm(design, _shared(design, no_tite)))
        case TITEBOIN():
            return _OfItsOwn(kernel.TITE_BOIN, design.n_max, no_graph, _tite_boin(design, _shared(design, no_tite)))
    counted = design.complete()
    if not on_calendar and (too_large := _too_large(counted)):
        return _OfItsOwn(None, 0, no_graph, no_tite, too_large)
    graph = _graph(counted)
    most = int(state_graph(counted).n.sum(axis=1).max()) + int(graph.size.max())
    return _OfItsOwn(kernel.COMPLETE if on_calendar else None, most, graph, no_tite)


@lru_cache(maxsize=8)
def _too_large(design: CountDesign) -> CountDesign | None:
    """The design, if its graph is too large."""
    try:
        state_graph(design)
    except CannotAnswerError:
        return design
    return None


@lru_cache(maxsize=8)
def _graph(design: CountDesign) -> kernel.Graph:
    from hevesy.kernels import trials as kernel

    found = state_graph(design)
    return kernel.Graph(found.level, found.size, found.branch, found.after)


def _no_tite(levels: int) -> kernel.Tite:
    from hevesy.kernels import trials as kernel

    none = np.zeros(0)
    return kernel.Tite(
        levels, 1, 1, 1, 0, 0.0, 0, 0.5, none, none, none, np.zeros((1, 0)), none,
        np.zeros((1, 1), dtype=np.int8), 0.0, 1.0,
    )  # fmt: skip


def _shared(design: TITECRM | TITEBOIN, tite: kernel.Tite) -> kernel.Tite:
    restraint = design.restraint
    return tite._replace(
        start=design.start,
        cohort_size=design.cohort_size,
        n_max=design.n_max,
        max_pending=restraint.max_pending,
        follow_up_d=float(restraint.follow_up_d),
        follow_up_n=restraint.follow_up_n,
    )


def _tite_boin(design: TITEBOIN, shared: kernel.Tite) -> kernel.Tite:
    rule = design.rule
    answers = answer_table(rule, design.n_max)
    return shared._replace(target=rule.target, answers=answers, lambda_e=rule.lambda_e, lambda_d=rule.lambda_d)


def _tite_crm(design: TITECRM, shared: kernel.Tite) -> kernel.Tite:
    if design.model != "empiric":
        raise RuleError("trials of TITE-CRM are simulated with the empiric model only")
    if design.n_max > 600:
        raise RuleError(
            f"trials of TITE-CRM are simulated with at most 600 subjects, got {design.n_max}: "
            "the likelihood would vanish"
        )
    nodes = np.linspace(-9, 9, 124) * (design.variance / crm.PRIOR_VARIANCE) ** 0.5
    return shared._replace(
        target=design.target,
        log_skeleton=np.log(np.array(design.prior)),
        nodes=nodes,
        weights=np.exp(-(nodes**2) / (2 * design.variance)),
        p=np.ascontiguousarray(crm.rates("empiric", design.prior, nodes).T),
        share=_shares(design.weighting, design.window_d),
    )


def _shares(weighting: Weighting, window_d: float) -> NDArray[np.float64]:
    """Weight of a pending subject at equal steps of the window; empty where it depends on the DLTs seen."""
    if weighting == "adaptive":
        return np.zeros(0)
    return np.array([0.0, 1.0]) if weighting == "linear" else shares(weighting, window_d)


def _read(tally: Tally, scenario: Scenario, seed: int, calendar: bool) -> Simulated:
    """Means and standard errors from the sums."""
    from hevesy.kernels import trials as kernel

    levels, trials, sums = tally.levels, tally.trials, tally.sums

    def estimate(total: float, squares: float) -> Estimate:
        mean = total / trials
        return Estimate(mean, (max(squares / trials - mean**2, 0.0) / trials) ** 0.5)

    def by_level(row: int) -> tuple[int, ...]:
        return sums[kernel.of_level(row, levels)]

    def total(place: int) -> int:
        return sums[kernel.of_trial(place, levels)]

    days = total(kernel.DURATION) / kernel.TICKS_PER_DAY
    days_squared = total(kernel.DURATION_SQUARED) / kernel.COARSE_PER_DAY**2
    return Simulated(
        p=scenario.p,
        trials=trials,
        seed=seed,
        selected=tuple(estimate(count, count) for count in sums[: levels + 1]),
        n=tuple(map(estimate, by_level(kernel.N), by_level(kernel.N_SQUARED))),
        dlt=tuple(map(estimate, by_level(kernel.DLT), by_level(kernel.DLT_SQUARED))),
        subjects=estimate(total(kernel.SUBJECTS), total(kernel.SUBJECTS_SQUARED)),
        dlts=estimate(total(kernel.DLTS), total(kernel.DLTS_SQUARED)),
        duration_d=estimate(days, days_squared) if calendar else None,
        late_dlts=tuple(count / trials for count in by_level(kernel.LATE_DLT)),
        not_evaluable=total(kernel.NOT_EVALUABLE) / trials,
        screened_out=total(kernel.NOT_SCREENED_IN) / trials,
        backfilled=total(kernel.BACKFILLED) / trials,
        sha256=tally.sha256,
    )
