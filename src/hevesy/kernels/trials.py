"""Trials played out, compiled: a walk along a graph of states, and trials on the calendar with subjects still pending.

Everything is counted in whole numbers, so that sums do not depend on the order in which trials are done. Times are in
days from the opening of accrual. Levels are numbered from 0 in here; -1 as a result means none.

Somebody waits for these loops to be compiled, so they are made to compile fast: arrays are made by plain functions,
since `np.zeros` and `sort` within bring half a hundred functions of their own, and every kind of trial has its own
loop.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hevesy.kernels import random

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TICKS_PER_DAY, COARSE_PER_DAY = 1024, 32
"""Durations are added up in whole ticks; their squares in coarse ones, so that they stay within 64 bits."""

# Sums stand in this order: trials by level selected, none first; then by level (`of_level`), one row after another
N, N_SQUARED, DLT, DLT_SQUARED, LATE_DLT, ROWS_BY_LEVEL = 0, 1, 2, 3, 4, 5
# then over all levels (`of_trial`)
SUBJECTS, SUBJECTS_SQUARED, DLTS, DLTS_SQUARED, COHORTS, COHORTS_SQUARED, NOT_EVALUABLE = 0, 1, 2, 3, 4, 5, 6
NOT_SCREENED_IN, DURATION, DURATION_SQUARED, BACKFILLED, TOTALS = 7, 8, 9, 10, 11
BOOK_FULL, NO_ARRIVALS = -1, -2
"""In place of the number of cohorts, and then of the first sum: how a trial failed."""
FROM_COMPLETE = -3
"""In place of the level selected: it is chosen from the complete data."""

COMPLETE, ROLLING_SIX, TITE_CRM, TITE_BOIN = 0, 1, 2, 3
RATE, INTERCEPT, LATE_RATE = 0, 1, 2
LEVEL, START, ONSET, LEAVES, SETTLED, LATE, COUNTED, OPENS, BESIDE, HALVES = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
OF_ARRIVAL, OF_TOLERANCE, NEWS, LEAST_COLUMNS = 0, 2, 1, 4
ENROLLED, CANDIDATES, SCREENED_OUT, OLDEST = 0, 1, 2, 3
SAME, UP, DOWN, SUSPEND, OVER, WAIT = 0, 1, 2, 3, 4, 5
ELIMINATED = 3
"""In a table of answers by subjects and DLTs: the level takes nobody more."""
KNOWN_SETTLED, KNOWN_DLTS, KNOWN_PENDING = 0, 1, 2
"""Rows of what time-to-event BOIN knows of each level."""

_compiled = njit(cache=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=False)
"""A loop over trials, called from Python. Arrays are lent by the caller and none is made: their references are not
counted."""
_helper = njit(cache=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False)
"""Called from compiled code only."""
_inlined = njit(
    cache=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False, forceinline=True
)
"""A helper whose machine code goes into its callers; its types are worked out once, not once a call as by
`inline="always"`."""


class Luck(NamedTuple):
    """The seed and the numbers of the streams."""

    seed: np.uint64
    tolerance: int
    sensitivity: int
    onset: int
    arrival: int
    screen: int
    dropout: int
    late: int


class Toxicity(NamedTuple):
    """P(DLT) by level and when DLTs show."""

    levels: Floats
    """Rows: P(DLT), the intercept where patients differ, and P(DLT after the window); columns: levels."""
    onset: Floats
    """Quantiles of the time to DLT as a fraction of the window, at equal steps of probability from 0 to 1."""
    given_d: Floats
    """Days of arrival where they are given rather than random; empty otherwise."""


class Calendar(NamedTuple):
    """How subjects come and are watched, and how they differ.

    With a spread, P(DLT) is expit(intercept + spread0 z0 + spread1 z1).
    """

    window_d: float
    mean_gap_d: float
    stagger_d: float
    screen_failure: float
    dropout: float
    backfill: float
    """Most subjects a level below the present one takes while a cohort is waited for, beside the escalation."""
    backfill_limit: float
    """Observed DLT rate from which a level takes no more of them."""
    spread0: float
    spread1: float


class Graph(NamedTuple):
    """The graph of states of a design of complete outcomes."""

    level: Ints
    size: Ints
    branch: Ints
    after: NDArray[np.int32]


class Limits(NamedTuple):
    """Of time-to-event BOIN: the number of levels and the rates to go up at or below and down at or above."""

    levels: int
    lambda_e: float
    lambda_d: float


class Tite(NamedTuple):
    """What the designs with pending subjects need; the fields of the other kind are empty."""

    levels: int
    start: int
    cohort_size: int
    n_max: int
    max_pending: int
    follow_up_d: float
    follow_up_n: int
    target: float
    log_skeleton: Floats
    nodes: Floats
    weights: Floats
    """Of the nodes (an even number of them), with the prior."""
    p: Floats
    """DLT rate by level and node."""
    share: Floats
    """Weight of a pending subject at equal steps of the window from 0 to 1; empty: adaptive."""
    answers: NDArray[np.int8]
    """By subjects and DLTs: `ELIMINATED` where a level is."""
    lambda_e: float
    lambda_d: float


@_inlined
def two_uniforms(seed: np.uint64, number: int, trial: int, pair: int) -> tuple[float, float]:
    """As `random.two_uniforms`, its types worked out once."""
    return random.two_uniforms(seed, number, trial, pair)


@_inlined
def uniform(seed: np.uint64, number: int, trial: int, index: int) -> float:
    """As `random.uniform`, its types worked out once."""
    first, second = two_uniforms(seed, number, trial, index >> 1)
    return second if index & 1 else first


@_inlined
def _p_of(rates: Floats, calendar: Calendar, luck: Luck, trial: int, subject: int, level: int) -> float:
    if calendar.spread0 == 0.0 and calendar.spread1 == 0.0:
        return float(rates[RATE, level])
    first, second = two_uniforms(luck.seed, luck.sensitivity, trial, subject)
    radius, angle = math.sqrt(-2.0 * math.log(1.0 - first)), 2.0 * math.pi * second
    x = rates[INTERCEPT, level] + radius * (calendar.spread0 * math.cos(angle) + calendar.spread1 * math.sin(angle))
    return 1.0 / (1.0 + math.exp(-x))


def walk(
    graph: Graph, toxicity: Toxicity, calendar: Calendar, luck: Luck, levels: int, first_trial: int, trials: int
) -> Ints:
    """Sums over trials that walk along a graph of states, each subject's outcome drawn; no calendar."""
    sums, n, dlt = no_sums(levels), np.zeros(levels, dtype=np.int64), np.zeros(levels, dtype=np.int64)
    _walk(sums, n, dlt, graph, toxicity.levels, calendar, luck, first_trial, trials)
    return sums


def no_sums(levels: int) -> Ints:
    """The sums of no trial."""
    return np.zeros(of_trial(TOTALS, levels), dtype=np.int64)


def of_level(row: int, levels: int) -> slice:
    """Where a row of sums by level stands."""
    return slice(levels + 1 + row * levels, levels + 1 + (row + 1) * levels)


def of_trial(place: int, levels: int) -> int:
    """Where a sum over all levels stands."""
    return levels + 1 + ROWS_BY_LEVEL * levels + place


@_compiled
def _walk(
    sums: Ints,
    n: Ints,
    dlt: Ints,
    graph: Graph,
    rates: Floats,
    calendar: Calendar,
    luck: Luck,
    first_trial: int,
    trials: int,
) -> None:
    levels_of, sizes, branches, after = graph.level, graph.size, graph.branch, graph.after
    plain = calendar.spread0 == 0.0 and calendar.spread1 == 0.0
    for trial in range(first_trial, first_trial + trials):
        n[:] = 0
        dlt[:] = 0
        state, subject, cohorts = 0, 0, 0
        u0, u1 = 0.0, 0.0
        while state >= 0:
            level, size, seen = levels_of[state] - 1, sizes[state], 0
            for _ in range(size):
                if subject & 1 == 0:
                    u0, u1 = two_uniforms(luck.seed, luck.tolerance, trial, subject >> 1)
                u = u1 if subject & 1 else u0
                p = rates[RATE, level] if plain else _p_of(rates, calendar, luck, trial, subject, level)
                if u < p:
                    seen += 1
                subject += 1
            n[level] += size
            dlt[level] += seen
            cohorts += 1
            state = after[branches[state] + seen]
        _add(sums, -1 - state, n, dlt, cohorts)


def outcomes(
    toxicity: Toxicity, calendar: Calendar, luck: Luck, trials: Ints, subjects: Ints, levels: Ints, sizes: Ints
) -> Ints:
    """DLTs in the next cohort of each of many trials.

    Its size, its level (from 0), and the number of its first subject.
    """
    found = np.zeros(len(trials), dtype=np.int64)
    _outcomes(found, toxicity.levels, calendar, luck, trials, subjects, levels, sizes)
    return found


@_compiled
def _outcomes(
    found: Ints, rates: Floats, calendar: Calendar, luck: Luck, trials: Ints, subjects: Ints, levels: Ints, sizes: Ints
) -> None:
    for place in range(len(trials)):
        for subject in range(subjects[place], subjects[place] + sizes[place]):
            p = _p_of(rates, calendar, luck, trials[place], subject, levels[place])
            if uniform(luck.seed, luck.tolerance, trials[place], subject) < p:
                found[place] += 1


@_helper
def _add(sums: Ints, selected: int, n: Ints, dlt: Ints, cohorts: int) -> None:
    levels = len(n)
    sums[selected] += 1
    at = levels + 1
    subjects, dlts = 0, 0
    for level in range(levels):
        sums[at + N * levels + level] += n[level]
        sums[at + N_SQUARED * levels + level] += n[level] * n[level]
        sums[at + DLT * levels + level] += dlt[level]
        sums[at + DLT_SQUARED * levels + level] += dlt[level] * dlt[level]
        subjects += n[level]
        dlts += dlt[level]
    at += ROWS_BY_LEVEL * levels
    sums[at + SUBJECTS] += subjects
    sums[at + SUBJECTS_SQUARED] += subjects * subjects
    sums[at + DLTS] += dlts
    sums[at + DLTS_SQUARED] += dlts * dlts
    sums[at + COHORTS] += cohorts
    sums[at + COHORTS_SQUARED] += cohorts * cohorts


@_inlined
def _drawn(book: Floats, place: int, luck: Luck, number: int, trial: int, index: int) -> float:
    """A uniform number of a stream that is asked for in order.

    Numbers come in pairs, and the second of a pair is kept.
    """
    pair = index >> 1
    if index & 1 and book[HALVES, place] == pair:
        return float(book[HALVES, place + 1])
    first, second = two_uniforms(luck.seed, number, trial, pair)
    book[HALVES, place], book[HALVES, place + 1] = pair, second
    return second if index & 1 else first


@_inlined
def _arrival(
    book: Floats, numbers: Ints, given_d: Floats, calendar: Calendar, luck: Luck, trial: int, until: float
) -> float:
    """When the next candidate who passes screening comes, after accrual opened by the book's clock.

    Infinite: not before `until`.
    """
    at = book[OPENS, 0]
    while True:
        candidate = numbers[CANDIDATES]
        numbers[CANDIDATES] += 1
        if len(given_d):
            if candidate >= len(given_d):
                return math.inf
            if given_d[candidate] < at:
                continue
            at = given_d[candidate]
        else:
            at -= math.log(1.0 - _drawn(book, OF_ARRIVAL, luck, luck.arrival, trial, candidate)) * calendar.mean_gap_d
        if at >= until:
            return math.inf
        if (
            calendar.screen_failure == 0.0
            or uniform(luck.seed, luck.screen, trial, candidate) >= calendar.screen_failure
        ):
            return at
        numbers[SCREENED_OUT] += 1


@_inlined
def _enrol(
    book: Floats,
    numbers: Ints,
    calendar: Calendar,
    rates: Floats,
    onsets: Floats,
    luck: Luck,
    trial: int,
    level: int,
    at: float,
) -> None:
    """Write a subject's fate into the book."""
    subject = numbers[ENROLLED]
    numbers[ENROLLED] += 1
    book[LEVEL, subject], book[START, subject], book[COUNTED, subject], book[BESIDE, subject] = level, at, 0.0, 0.0
    onset, leaves, late = math.inf, math.inf, 0
    if _drawn(book, OF_TOLERANCE, luck, luck.tolerance, trial, subject) < _p_of(
        rates, calendar, luck, trial, subject, level
    ):
        place = uniform(luck.seed, luck.onset, trial, subject) * (len(onsets) - 1)
        below = int(place)
        fraction = onsets[below] + (place - below) * (onsets[below + 1] - onsets[below])
        onset = at + calendar.window_d * fraction
    if calendar.dropout > 0.0:
        u = uniform(luck.seed, luck.dropout, trial, subject)
        if u < calendar.dropout:
            leaves = at + calendar.window_d * u / calendar.dropout
    if onset <= leaves:
        leaves = math.inf
    else:
        onset = math.inf
    if onset == math.inf and leaves == math.inf and rates[LATE_RATE, level] > 0.0:
        late = 1 if uniform(luck.seed, luck.late, trial, subject) < rates[LATE_RATE, level] else 0
    book[ONSET, subject], book[LEAVES, subject], book[LATE, subject] = onset, leaves, late
    book[SETTLED, subject] = min(onset, leaves, at + calendar.window_d)
    book[OPENS, 0] = at + calendar.stagger_d
    book[OPENS, NEWS] = min(book[OPENS, NEWS], onset, leaves)


@_helper
def _next_settled(book: Floats, numbers: Ints, after: float) -> float:
    """The first time after a time at which something becomes known; infinite where nothing is left to know."""
    found = math.inf
    for subject in range(numbers[OLDEST], numbers[ENROLLED]):
        if after < book[SETTLED, subject] < found:
            found = book[SETTLED, subject]
    return found


@_helper
def _all_settled(book: Floats, numbers: Ints) -> float:
    found = 0.0
    for subject in range(numbers[ENROLLED]):
        found = max(found, book[SETTLED, subject])
    return found


@_helper
def _insert(ascending: Floats, count: int, value: float) -> None:
    """Put a value among the first `count`, which ascend."""
    while count and ascending[count - 1] > value:
        ascending[count] = ascending[count - 1]
        count -= 1
    ascending[count] = value


@_helper
def _complete(
    book: Floats,
    numbers: Ints,
    graph: Graph,
    calendar: Calendar,
    rates: Floats,
    onsets: Floats,
    given_d: Floats,
    luck: Luck,
    trial: int,
    leaving: Floats,
) -> tuple[int, float, int]:
    """A trial of whole cohorts: MTD, day of the last decision, number of cohorts (below 0: how it failed)."""
    state, cohorts, at = 0, 0, 0.0
    while state >= 0:
        level, size = graph.level[state] - 1, graph.size[state]
        first = numbers[ENROLLED]
        evaluable, left = 0, 0
        while evaluable < size:
            enrolled = numbers[ENROLLED]
            if enrolled == book.shape[1]:
                return 0, 0.0, BOOK_FULL
            if enrolled - first >= size:
                book[OPENS, 0] = max(book[OPENS, 0], leaving[enrolled - first - size])
            start = _arrival(book, numbers, given_d, calendar, luck, trial, math.inf)
            if start == math.inf:
                return 0, 0.0, NO_ARRIVALS
            _enrol(book, numbers, calendar, rates, onsets, luck, trial, level, start)
            if book[LEAVES, enrolled] < math.inf:
                _insert(leaving, left, book[LEAVES, enrolled])
                left += 1
            else:
                evaluable += 1
        seen = 0
        for subject in range(first, numbers[ENROLLED]):
            at = max(at, book[SETTLED, subject])
            if book[ONSET, subject] < math.inf:
                seen += 1
        cohorts += 1
        room = calendar.backfill == 0.0 or _backfill(
            book, numbers, calendar, rates, onsets, given_d, luck, trial, level, at
        )
        if not room:
            return 0, 0.0, BOOK_FULL
        book[OPENS, 0] = max(book[OPENS, 0], at)
        state = graph.after[graph.branch[state] + seen]
    return -1 - state, at, cohorts


@_helper
def _backfill(
    book: Floats,
    numbers: Ints,
    calendar: Calendar,
    rates: Floats,
    onsets: Floats,
    given_d: Floats,
    luck: Luck,
    trial: int,
    level: int,
    until: float,
) -> bool:
    """Enrol who comes before the cohort is settled at the highest open level below; False: the book is full."""
    while True:
        start = _arrival(book, numbers, given_d, calendar, luck, trial, until)
        if start == math.inf:
            return True
        to = level - 1
        while to >= 0 and not _open_beside(book, numbers, calendar, to, start):
            to -= 1
        if to < 0:
            book[OPENS, 0] = start
            continue
        if numbers[ENROLLED] == book.shape[1]:
            return False
        _enrol(book, numbers, calendar, rates, onsets, luck, trial, to, start)
        book[BESIDE, numbers[ENROLLED] - 1] = 1.0


@_helper
def _open_beside(book: Floats, numbers: Ints, calendar: Calendar, level: int, at: float) -> bool:
    """Whether a level takes one more beside the escalation: not full, and its DLT rate so far below the limit."""
    beside = 0
    for subject in range(numbers[ENROLLED]):
        if book[LEVEL, subject] == level and book[BESIDE, subject] == 1.0:
            beside += 1
    dlt, none, pending = _at_level(book, numbers, level, at)
    n = dlt + none + pending
    return beside < calendar.backfill and (n == 0 or dlt < calendar.backfill_limit * n)


@_helper
def _at_level(book: Floats, numbers: Ints, level: int, at: float) -> tuple[int, int, int]:
    """Subjects with a DLT known, known to have none, and pending at a level."""
    dlt, none, pending = 0, 0, 0
    for subject in range(numbers[ENROLLED]):
        if book[LEVEL, subject] == level and book[LEAVES, subject] > at:
            if book[ONSET, subject] <= at:
                dlt += 1
            elif book[LEAVES, subject] == math.inf and book[SETTLED, subject] <= at:
                none += 1
            else:
                pending += 1
    return dlt, none, pending


@_helper
def _six(book: Floats, numbers: Ints, levels: int, level: int, ceiling: int, at: float) -> tuple[int, int, int, int]:
    """The answer of rolling six at a time.

    What to do, at which level, the lowest level too toxic, the MTD if it is over.

    The level moves as far as the answers lead.
    """
    while True:
        dlt, none, pending = _at_level(book, numbers, level, at)
        n = dlt + none + pending
        if dlt >= 2:
            ceiling = min(ceiling, level)
            if level == 0:
                return OVER, level, ceiling, 0
            below_dlt, below_none, below_pending = _at_level(book, numbers, level - 1, at)
            if below_dlt >= 2 or below_dlt + below_none + below_pending < 6:
                level -= 1
                continue
            if below_pending:
                return WAIT, level, ceiling, 0
            return OVER, level, ceiling, level
        if level + 1 >= ceiling:
            if n < 6:
                return SAME, level, ceiling, 0
            return (SUSPEND, level, ceiling, 0) if pending else (OVER, level, ceiling, level + 1)
        if n < 3:
            return SAME, level, ceiling, 0
        up = dlt <= 1 and none >= 5 if n >= 6 else dlt == 0 and none == n
        if not up:
            return (SUSPEND if n >= 6 else SAME), level, ceiling, 0
        if level == levels - 1:
            return OVER, level, ceiling, level + 1
        level += 1


@_helper
def _rolling_six(
    book: Floats,
    numbers: Ints,
    levels: int,
    calendar: Calendar,
    rates: Floats,
    onsets: Floats,
    given_d: Floats,
    luck: Luck,
    trial: int,
) -> tuple[int, float, int]:
    """A trial by rolling six: MTD, day it is over, number of levels begun or begun again."""
    level, ceiling, at, moves = 0, levels + 1, 0.0, 1
    while True:
        ends, mtd = math.inf, 0  # when the trial would be over if nobody came any more
        known = _next_settled(book, numbers, at)
        while known < math.inf:
            answer, _, _, mtd = _six(book, numbers, levels, level, ceiling, known)
            if answer == OVER:
                ends = known
                break
            known = _next_settled(book, numbers, known)
        start = _arrival(book, numbers, given_d, calendar, luck, trial, ends)
        if start == math.inf:
            return (mtd, ends, moves) if ends < math.inf else (0, 0.0, NO_ARRIVALS)
        at = start
        answer, to, ceiling, mtd = _six(book, numbers, levels, level, ceiling, at)
        moves += 1 if to != level else 0
        level = to
        if answer in (SUSPEND, WAIT):
            while answer in (SUSPEND, WAIT):
                at = _next_settled(book, numbers, at)
                answer, _, _, mtd = _six(book, numbers, levels, level, ceiling, at)
                if answer == OVER:
                    return mtd, at, moves
            book[OPENS, 0] = max(book[OPENS, 0], at)
            continue
        if numbers[ENROLLED] == book.shape[1]:
            return 0, 0.0, BOOK_FULL
        _enrol(book, numbers, calendar, rates, onsets, luck, trial, level, at)


@_helper
def _share_of(tite: Tite, book: Floats, numbers: Ints, elapsed: float, at: float, window: float) -> float:
    """Weight of a pending subject."""
    if len(tite.share):
        place = elapsed / window * (len(tite.share) - 1)
        below = min(int(place), len(tite.share) - 2)
        return tite.share[below] + (place - below) * (tite.share[below + 1] - tite.share[below])
    before, seen, lower, upper = 0, 0, 0.0, window
    for subject in range(numbers[ENROLLED]):
        if book[ONSET, subject] <= at:
            seen += 1
            time = book[ONSET, subject] - book[START, subject]
            if time <= elapsed:
                before += 1
                lower = max(lower, time)
            else:
                upper = min(upper, time)
    return (before + (elapsed - lower) / (upper - lower)) / (seen + 1)


@_inlined
def _counted(book: Floats, numbers: Ints, subject: int) -> None:
    """Remember that a subject is settled and in the running sums; times are asked for in ascending order."""
    book[COUNTED, subject] = 1.0
    while numbers[OLDEST] < numbers[ENROLLED] and book[COUNTED, numbers[OLDEST]] == 1.0:
        numbers[OLDEST] += 1


@_helper
def _crm_level(tite: Tite, book: Floats, numbers: Ints, window_d: float, at: float, likelihood: Floats) -> int:
    """The level nearest the target at the posterior mean, pending subjects counted by their weights.

    The first row of `likelihood` is kept through a trial: prior times the settled subjects; the second is for those
    pending.
    """
    nodes, p, at_node, log_skeleton = len(tite.nodes), tite.p, tite.nodes, tite.log_skeleton
    for node in range(nodes):
        likelihood[1, node] = 1.0
    for subject in range(numbers[OLDEST], numbers[ENROLLED]):
        if book[COUNTED, subject] == 1.0:
            continue
        level = int(book[LEVEL, subject])
        elapsed = at - book[START, subject]
        if book[LEAVES, subject] <= at:
            _counted(book, numbers, subject)
        elif book[ONSET, subject] <= at:
            _counted(book, numbers, subject)
            for node in range(nodes):
                likelihood[0, node] *= p[level, node]
        elif book[SETTLED, subject] <= at:
            _counted(book, numbers, subject)
            for node in range(nodes):
                likelihood[0, node] *= 1.0 - p[level, node]
        else:
            share = _share_of(tite, book, numbers, elapsed, at, window_d)
            for node in range(nodes):
                likelihood[1, node] *= 1.0 - share * p[level, node]
    total0, total1, moment0, moment1 = 0.0, 0.0, 0.0, 0.0
    for node in range(0, nodes, 2):
        here0, here1 = likelihood[0, node] * likelihood[1, node], likelihood[0, node + 1] * likelihood[1, node + 1]
        total0 += here0
        total1 += here1
        moment0 += here0 * at_node[node]
        moment1 += here1 * at_node[node + 1]
    power = math.exp((moment0 + moment1) / (total0 + total1))
    nearest, distance = 0, math.inf
    for level in range(tite.levels):
        away = abs(math.exp(log_skeleton[level] * power) - tite.target)
        if away < distance:
            nearest, distance = level, away
    return nearest


@_inlined
def _learn(
    answers: NDArray[np.int8], book: Floats, numbers: Ints, known: Ints, level: int, ceiling: int, at: float
) -> tuple[float, int]:
    """Bring `known` up to a time: the days the pending at a level have been followed, and the lowest level eliminated.

    `known` has by level the settled subjects, their DLTs and the pending, kept through a trial. Every level with news
    is looked at for elimination beside the given one: a late DLT may come at one below.
    """
    elapsed, news, first, last = 0.0, math.inf, level, level + 1
    for subject in range(numbers[OLDEST], numbers[ENROLLED]):
        if book[COUNTED, subject] == 1.0:
            continue
        place = int(book[LEVEL, subject])
        if book[SETTLED, subject] <= at:
            known[KNOWN_PENDING, place] -= 1
            if book[LEAVES, subject] == math.inf:
                known[KNOWN_SETTLED, place] += 1
            if book[ONSET, subject] <= at:
                known[KNOWN_DLTS, place] += 1
            if min(book[ONSET, subject], book[LEAVES, subject]) <= at:
                first, last = min(first, place), max(last, place + 1)
            _counted(book, numbers, subject)
            continue
        news = min(news, book[ONSET, subject], book[LEAVES, subject])
        if place == level:
            elapsed += at - book[START, subject]
    book[OPENS, NEWS] = news
    for place in range(first, min(last, ceiling)):
        if answers[known[KNOWN_SETTLED, place] + known[KNOWN_PENDING, place], known[KNOWN_DLTS, place]] == ELIMINATED:
            ceiling = place
            break
    return elapsed, ceiling


@_helper
def _boin_answer(
    limits: Limits,
    answers: NDArray[np.int8],
    book: Floats,
    numbers: Ints,
    known: Ints,
    window_d: float,
    level: int,
    ceiling: int,
    at: float,
) -> tuple[int, int]:
    """The answer of time-to-event BOIN at a level and a time, and the lowest level eliminated."""
    elapsed, ceiling = _learn(answers, book, numbers, known, level, ceiling, at)
    dlt, pending = known[KNOWN_DLTS, level], known[KNOWN_PENDING, level]
    n = known[KNOWN_SETTLED, level] + pending
    if level >= ceiling:
        return (OVER if ceiling == 0 else DOWN), ceiling
    if n == 0:
        return SAME, ceiling
    if pending > 0.5 * n:
        return SUSPEND, ceiling
    rate = dlt / (n - pending + elapsed / window_d)
    if rate <= limits.lambda_e:
        return (UP if level + 1 < min(limits.levels, ceiling) else SAME), ceiling
    if rate >= limits.lambda_d:
        return (DOWN if level else SUSPEND if pending else SAME), ceiling
    return SAME, ceiling


@_helper
def _active(book: Floats, numbers: Ints, at: float) -> int:
    found = 0
    for subject in range(numbers[ENROLLED]):
        if book[LEAVES, subject] > at:
            found += 1
    return found


@_helper
def _followed(book: Floats, numbers: Ints, level: int, follow_up_d: float, at: float) -> int:
    """Subjects at a level who are settled or have been followed long enough."""
    found = 0
    for subject in range(numbers[ENROLLED]):
        if (
            book[LEVEL, subject] == level
            and book[LEAVES, subject] > at
            and (book[SETTLED, subject] <= at or at - book[START, subject] >= follow_up_d)
        ):
            found += 1
    return found


@_helper
def _reopens(book: Floats, numbers: Ints, max_pending: int, all_places_taken: bool, at: float) -> float:
    """When accrual opens again after somebody was enrolled.

    Now, once somebody leaves a full trial, or once fewer are pending.

    Infinite where nobody leaves a full trial any more: it is over.
    """
    reopens = at
    if all_places_taken:
        reopens = math.inf
        for subject in range(numbers[ENROLLED]):
            if at < book[LEAVES, subject] < reopens:
                reopens = book[LEAVES, subject]
        if reopens == math.inf:
            return reopens
    while max_pending:
        pending = 0
        for subject in range(numbers[ENROLLED]):
            if book[SETTLED, subject] > reopens:
                pending += 1
        if pending < max_pending:
            break
        reopens = _next_settled(book, numbers, reopens)
    return reopens


@_helper
def _tite_crm(
    book: Floats,
    numbers: Ints,
    tite: Tite,
    calendar: Calendar,
    rates: Floats,
    onsets: Floats,
    given_d: Floats,
    luck: Luck,
    trial: int,
    likelihood: Floats,
) -> tuple[int, float, int]:
    """A trial by TITE-CRM, which assigns while subjects are pending.

    MTD, day it is over, cohorts (below 0: how it failed).
    """
    level, left, cohorts, first, full = tite.start - 1, tite.cohort_size, 1, 0, False
    while True:
        at = _arrival(book, numbers, given_d, calendar, luck, trial, math.inf)
        if at == math.inf:
            return 0, 0.0, NO_ARRIVALS
        if left == 0:
            nearest = _crm_level(tite, book, numbers, calendar.window_d, at, likelihood)
            to = min(nearest, level + 1)
            for subject in range(first, numbers[ENROLLED]):
                if book[ONSET, subject] <= at:
                    to = min(to, level)
            if (
                to > level
                and tite.follow_up_n
                and _followed(book, numbers, level, tite.follow_up_d, at) < tite.follow_up_n
            ):
                to = level
            level = to
            left = 1 if full else tite.cohort_size
            first = numbers[ENROLLED]
            cohorts += 1
        if numbers[ENROLLED] == book.shape[1]:
            return 0, 0.0, BOOK_FULL
        _enrol(book, numbers, calendar, rates, onsets, luck, trial, level, at)
        left -= 1
        all_places_taken = numbers[ENROLLED] >= tite.n_max and _active(book, numbers, at) >= tite.n_max
        full = full or all_places_taken
        reopens = _reopens(book, numbers, tite.max_pending, all_places_taken, at)
        if reopens == math.inf:
            break
        if reopens > at:
            book[OPENS, 0] = max(book[OPENS, 0], reopens)
        if full:
            left = 0
    at = _all_settled(book, numbers)
    return _crm_level(tite, book, numbers, calendar.window_d, at, likelihood) + 1, at, cohorts


@_helper
def _tite_boin(
    book: Floats,
    numbers: Ints,
    tite: Tite,
    calendar: Calendar,
    rates: Floats,
    onsets: Floats,
    given_d: Floats,
    luck: Luck,
    trial: int,
    known: Ints,
) -> tuple[int, float, int]:
    """A trial by time-to-event BOIN, which assigns while subjects are pending.

    Level, day it is over, cohorts (below 0: how it failed).

    The level is 0 where the trial stopped, or `FROM_COMPLETE`: the caller chooses the MTD.
    """
    limits, answers = Limits(tite.levels, tite.lambda_e, tite.lambda_d), tite.answers
    level, ceiling, left, cohorts, full = tite.start - 1, tite.levels, tite.cohort_size, 1, False
    while True:
        at = _arrival(book, numbers, given_d, calendar, luck, trial, math.inf)
        if at == math.inf:
            return 0, 0.0, NO_ARRIVALS
        n = known[KNOWN_SETTLED, level] + known[KNOWN_PENDING, level]
        if left and (book[OPENS, NEWS] <= at or answers[n, known[KNOWN_DLTS, level]] == ELIMINATED):
            # a level that turns out too toxic takes nobody more, although its cohort is not full
            _, ceiling = _learn(answers, book, numbers, known, level, ceiling, at)
            if ceiling == 0:
                return 0, at, cohorts
            left = left if level < ceiling else 0
        if left == 0:
            answer, ceiling = _boin_answer(limits, answers, book, numbers, known, calendar.window_d, level, ceiling, at)
            if answer == OVER:
                return 0, at, cohorts
            if answer == SUSPEND:
                while answer == SUSPEND:
                    at = _next_settled(book, numbers, at)
                    answer, ceiling = _boin_answer(
                        limits, answers, book, numbers, known, calendar.window_d, level, ceiling, at
                    )
                    if answer == OVER:
                        return 0, at, cohorts
                book[OPENS, 0] = max(book[OPENS, 0], at)
                continue
            if (
                answer == UP
                and tite.follow_up_n
                and _followed(book, numbers, level, tite.follow_up_d, at) < tite.follow_up_n
            ):
                answer = SAME
            level = min(level - 1, ceiling - 1) if answer == DOWN else level + 1 if answer == UP else level
            left = 1 if full else tite.cohort_size
            cohorts += 1
        if numbers[ENROLLED] == book.shape[1]:
            return 0, 0.0, BOOK_FULL
        _enrol(book, numbers, calendar, rates, onsets, luck, trial, level, at)
        known[KNOWN_PENDING, level] += 1
        left -= 1
        all_places_taken = numbers[ENROLLED] >= tite.n_max and _active(book, numbers, at) >= tite.n_max
        full = full or all_places_taken
        reopens = _reopens(book, numbers, tite.max_pending, all_places_taken, at)
        if reopens == math.inf:
            return FROM_COMPLETE, _all_settled(book, numbers), cohorts
        if reopens > at:
            book[OPENS, 0] = max(book[OPENS, 0], reopens)
        if full:
            left = 0


@_helper
def _isotonic_mtd(n: Ints, dlt: Ints, toxic: NDArray[np.int8], target: float, mass: Floats, moment: Floats) -> int:
    """The level (from 1) whose isotonic rate is nearest the target, 0 for none.

    A level that is eliminated by `toxic` is closed from n = 3 on.
    """
    levels = len(n)
    open_ = levels
    for level in range(levels):
        if n[level] >= 3 and toxic[n[level], dlt[level]] == ELIMINATED:
            open_ = level
            break
    for level in range(open_):
        if n[level]:
            rate = (dlt[level] + 0.05) / (n[level] + 0.1)
            mass[level] = (
                (n[level] + 0.1) ** 2 * (n[level] + 1.1) / ((dlt[level] + 0.05) * (n[level] - dlt[level] + 0.05))
            )
            moment[level] = mass[level] * rate
        else:
            mass[level], moment[level] = 0.0, 0.0
    best, distance = 0, math.inf
    for level in range(open_):
        if n[level] == 0:
            continue
        fitted = -math.inf
        for first in range(level + 1):
            total, sum_ = 0.0, 0.0
            for place in range(first, level):
                total += mass[place]
                sum_ += moment[place]
            least = math.inf
            for last in range(level, open_):
                total += mass[last]
                sum_ += moment[last]
                least = min(least, sum_ / total)
            fitted = max(fitted, least)
        away = abs(fitted + (level + 1) * 1e-10 - target)
        if away < distance:
            best, distance = level + 1, away
    return best


@_helper
def _begin(book: Floats, numbers: Ints) -> None:
    """An empty book, accrual open."""
    numbers[:] = 0
    book[OPENS, 0], book[OPENS, NEWS], book[HALVES, OF_ARRIVAL], book[HALVES, OF_TOLERANCE] = 0.0, math.inf, -1.0, -1.0


@_helper
def _gather(sums: Ints, book: Floats, numbers: Ints, n: Ints, dlt: Ints, day: float) -> None:
    """Evaluable subjects and DLTs by level of a trial that is over; what it adds to the sums beside them."""
    levels = len(n)
    late = levels + 1 + LATE_DLT * levels
    at = levels + 1 + ROWS_BY_LEVEL * levels
    n[:] = 0
    dlt[:] = 0
    for subject in range(numbers[ENROLLED]):
        level = int(book[LEVEL, subject])
        if book[BESIDE, subject] == 1.0:
            sums[at + BACKFILLED] += 1
        if book[LEAVES, subject] < math.inf:
            sums[at + NOT_EVALUABLE] += 1
            continue
        n[level] += 1
        if book[ONSET, subject] < math.inf:
            dlt[level] += 1
        sums[late + level] += int(book[LATE, subject])
    sums[at + NOT_SCREENED_IN] += numbers[SCREENED_OUT]
    ticks = math.floor(day * TICKS_PER_DAY + 0.5)
    sums[at + DURATION] += ticks
    coarse = (ticks + 16) >> 5
    sums[at + DURATION_SQUARED] += coarse * coarse


@_compiled
def _trials_complete(
    sums: Ints,
    n: Ints,
    dlt: Ints,
    book: Floats,
    numbers: Ints,
    leaving: Floats,
    graph: Graph,
    calendar: Calendar,
    toxicity: Toxicity,
    luck: Luck,
    first_trial: int,
    trials: int,
) -> None:
    for trial in range(first_trial, first_trial + trials):
        _begin(book, numbers)
        selected, day, cohorts = _complete(
            book, numbers, graph, calendar, toxicity.levels, toxicity.onset, toxicity.given_d, luck, trial, leaving
        )
        if cohorts < 0:
            sums[0] = cohorts
            return
        _gather(sums, book, numbers, n, dlt, day)
        _add(sums, selected, n, dlt, cohorts)


@_compiled
def _trials_of_rolling_six(
    sums: Ints,
    n: Ints,
    dlt: Ints,
    book: Floats,
    numbers: Ints,
    calendar: Calendar,
    toxicity: Toxicity,
    luck: Luck,
    first_trial: int,
    trials: int,
) -> None:
    for trial in range(first_trial, first_trial + trials):
        _begin(book, numbers)
        selected, day, cohorts = _rolling_six(
            book, numbers, len(n), calendar, toxicity.levels, toxicity.onset, toxicity.given_d, luck, trial
        )
        if cohorts < 0:
            sums[0] = cohorts
            return
        _gather(sums, book, numbers, n, dlt, day)
        _add(sums, selected, n, dlt, cohorts)


@_compiled
def _trials_of_tite_crm(
    sums: Ints,
    n: Ints,
    dlt: Ints,
    book: Floats,
    numbers: Ints,
    likelihood: Floats,
    tite: Tite,
    calendar: Calendar,
    toxicity: Toxicity,
    luck: Luck,
    first_trial: int,
    trials: int,
) -> None:
    for trial in range(first_trial, first_trial + trials):
        _begin(book, numbers)
        for node in range(len(tite.weights)):
            likelihood[0, node] = tite.weights[node]
        selected, day, cohorts = _tite_crm(
            book, numbers, tite, calendar, toxicity.levels, toxicity.onset, toxicity.given_d, luck, trial, likelihood
        )
        if cohorts < 0:
            sums[0] = cohorts
            return
        _gather(sums, book, numbers, n, dlt, day)
        _add(sums, selected, n, dlt, cohorts)


@_compiled
def _trials_of_tite_boin(
    sums: Ints,
    n: Ints,
    dlt: Ints,
    book: Floats,
    numbers: Ints,
    known: Ints,
    fitted: Floats,
    tite: Tite,
    calendar: Calendar,
    toxicity: Toxicity,
    luck: Luck,
    first_trial: int,
    trials: int,
) -> None:
    for trial in range(first_trial, first_trial + trials):
        _begin(book, numbers)
        known[:] = 0
        selected, day, cohorts = _tite_boin(
            book, numbers, tite, calendar, toxicity.levels, toxicity.onset, toxicity.given_d, luck, trial, known
        )
        if cohorts < 0:
            sums[0] = cohorts
            return
        _gather(sums, book, numbers, n, dlt, day)
        if selected == FROM_COMPLETE:
            selected = _isotonic_mtd(n, dlt, tite.answers, tite.target, fitted[0], fitted[1])
        _add(sums, selected, n, dlt, cohorts)


def on_calendar(
    kind: int,
    levels: int,
    graph: Graph,
    tite: Tite,
    calendar: Calendar,
    toxicity: Toxicity,
    luck: Luck,
    capacity: int,
    first_trial: int,
    trials: int,
) -> Ints:
    """Sums over trials on the calendar.

    The first sum says how it failed where a book was too small or arrivals ran out.
    """
    sums, n, dlt = no_sums(levels), np.zeros(levels, dtype=np.int64), np.zeros(levels, dtype=np.int64)
    book, numbers = np.zeros((10, max(capacity, LEAST_COLUMNS))), np.zeros(4, dtype=np.int64)
    play = calendar, toxicity, luck, first_trial, trials
    if kind == COMPLETE:
        _trials_complete(sums, n, dlt, book, numbers, np.zeros(capacity), graph, *play)
    elif kind == ROLLING_SIX:
        _trials_of_rolling_six(sums, n, dlt, book, numbers, *play)
    elif kind == TITE_CRM:
        _trials_of_tite_crm(sums, n, dlt, book, numbers, np.zeros((2, len(tite.nodes))), tite, *play)
    else:
        known, fitted = np.zeros((3, levels), dtype=np.int64), np.zeros((2, levels))
        _trials_of_tite_boin(sums, n, dlt, book, numbers, known, fitted, tite, *play)
    return sums
