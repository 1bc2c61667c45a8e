"""One dose-finding trial on the calendar: a reference written from the specification without sight of the product.

Times are days (floats). All randomness comes in as u(purpose, index) in [0, 1), with the purposes "arrival" and
"screen" (index: candidates 0, 1, 2 ...) and "tolerance", "onset", "dropout", "late" (index: subjects 0, 1, 2 ...).
Nothing here is meant to be fast: who is known, pending or gone is worked out from the full list of subjects anew
whenever it is asked, and what happens at a time t knows everything that became known at t or before.

Four kinds of design:

* `complete`: every cohort is settled before the next one opens; the design itself is a function `step`.
* `rolling_six`: Skolnik JM et al. J Clin Oncol 2008;26:190-195.
* `titecrm`: Cheung YK, Chappell R. Biometrics 2000;56:1177-1182 (empiric model, prior variance 1.34, linear weights).
* `titeboin`: Yuan Y et al. Clin Cancer Res 2018;24:4921-4930.

Choices made where the specification leaves room:

* `counts`, as given to `step` and `select_mtd`, holds one pair (evaluable subjects, DLT subjects) per level;
  `last_dlt` is the number of DLT subjects in the cohort just settled. An MTD of None is taken as 0 (none).
* A candidate who arrives, passes screening and finds accrual suspended (`rolling_six`, `titeboin`) is used up and
  turned away: the next candidate has the next number. Suspension is found out at such an arrival, not before.
  Closing for `max_pending`, for a full trial or for a settling cohort happens at the enrolment; nobody arrives then.
* A candidate whose arrival would be at or after the end of the trial is not counted as screened out.
* `cohorts` counts the cohorts that enrolled somebody (replacements in `titecrm` and `titeboin` are cohorts of one);
  it is 0 for `rolling_six`, which has none.
* In `titecrm` and `titeboin` a replacement is whoever is enrolled after the trial was full for the first time.
* In `titeboin` a level where everybody has left (n = 0) means stay.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

Uniform = Callable[[str, int], float]
Counts = tuple[tuple[int, int], ...]
Step = Callable[[Counts, int, int], tuple[int | None, int, int | None]]
SelectMtd = Callable[[Counts], int | None]


@dataclass(frozen=True)
class Setting:
    """What is common to all designs; p and late have one entry per level, the lowest level first."""

    p: tuple[float, ...]
    late: tuple[float, ...]
    window_d: float
    onset_fraction: Callable[[float], float]
    arrivals_per_d: float
    stagger_d: float
    screen_failure: float
    dropout: float
    n_max: int
    backfill: int = 0
    backfill_limit: float = 1 / 3


@dataclass(frozen=True)
class Outcome:
    """What came of one trial; n, dlt and late are eventual counts of evaluable subjects per level."""

    selected: int
    n: tuple[int, ...]
    dlt: tuple[int, ...]
    late: tuple[int, ...]
    not_evaluable: int
    screened_out: int
    cohorts: int
    duration_d: float


class Fate(Enum):
    """How a subject ends."""

    DLT = "DLT within the window"
    NO_DLT = "no DLT within the window"
    LEFT = "left the trial, not evaluable"


@dataclass(frozen=True)
class Subject:
    """An enrolled subject, with what will become known of them and when."""

    level: int
    cohort: int
    start: float
    fate: Fate
    settled: float
    late_dlt: bool

    def pending(self, t: float) -> bool:
        """Nothing is known yet at t."""
        return self.settled > t

    def known(self, fate: Fate, t: float) -> bool:
        """It is known at t that the subject has had this fate."""
        return self.fate is fate and self.settled <= t


class Trial:
    """The subjects enrolled so far and the state of accrual."""

    def __init__(self, setting: Setting, u: Uniform) -> None:
        self.setting = setting
        self.u = u
        self.subjects: list[Subject] = []
        self.open_at = 0.0
        self.candidates = 0
        self.screened_out = 0

    def draw_candidate(self) -> tuple[float, bool]:
        """Arrival time of the next candidate, and whether they pass screening."""
        c = self.candidates
        self.candidates += 1
        gap = -math.log(1.0 - self.u("arrival", c)) / self.setting.arrivals_per_d
        return self.open_at + gap, not self.u("screen", c) < self.setting.screen_failure

    def screen_out(self, arrival: float) -> None:
        """The candidate arriving at this time fails screening."""
        self.screened_out += 1
        self.open_at = arrival

    def next_eligible(self) -> float:
        """Arrival time of the next candidate who passes screening."""
        while True:
            arrival, passes = self.draw_candidate()
            if passes:
                return arrival
            self.screen_out(arrival)

    def reopen(self, t: float) -> None:
        """Accrual was closed and reopens at t."""
        self.open_at = max(self.open_at, t)

    def enrol(self, level: int, cohort: int, start: float) -> Subject:
        """Enrol a subject, who is in the list of subjects from then on."""
        setting, j = self.setting, len(self.subjects)
        fate, settled = Fate.NO_DLT, start + setting.window_d
        if self.u("tolerance", j) < setting.p[level - 1]:
            fate, settled = Fate.DLT, start + setting.window_d * setting.onset_fraction(self.u("onset", j))
        if self.u("dropout", j) < setting.dropout:
            leaves = start + setting.window_d * self.u("dropout", j) / setting.dropout
            if not (fate is Fate.DLT and settled <= leaves):
                fate, settled = Fate.LEFT, leaves
        late_dlt = fate is Fate.NO_DLT and self.u("late", j) < setting.late[level - 1]
        subject = Subject(level, cohort, start, fate, settled, late_dlt)
        self.subjects.append(subject)
        self.open_at = start + setting.stagger_d
        return subject

    def not_left(self, t: float) -> list[Subject]:
        """The subjects who are in the data at t."""
        return [s for s in self.subjects if not s.known(Fate.LEFT, t)]

    def settled_times_after(self, t: float) -> Iterator[float]:
        """The times after t at which something becomes known, in order."""
        return iter(sorted({s.settled for s in self.subjects if s.settled > t}))

    def counts(self, cohorts_only: bool = False) -> Counts:
        """Evaluable subjects and DLT subjects per level, by their eventual outcome; those beside the cohorts too, or not."""
        result = []
        for level in range(1, len(self.setting.p) + 1):
            there = [s for s in self.subjects if s.level == level and not (cohorts_only and s.cohort == BESIDE)]
            fates = [s.fate for s in there if s.fate is not Fate.LEFT]
            result.append((len(fates), fates.count(Fate.DLT)))
        return tuple(result)

    def outcome(self, selected: int | None, cohorts: int, end: float) -> Outcome:
        """The trial is over at time `end`."""
        levels = range(1, len(self.setting.p) + 1)
        return Outcome(
            selected=selected or 0,
            n=tuple(n for n, _ in self.counts()),
            dlt=tuple(dlt for _, dlt in self.counts()),
            late=tuple(sum(s.late_dlt for s in self.subjects if s.level == level) for level in levels),
            not_evaluable=sum(s.fate is Fate.LEFT for s in self.subjects),
            screened_out=self.screened_out,
            cohorts=cohorts,
            duration_d=end,
        )


# --- every cohort settled before the next --------------------------------------------------------------------------


BESIDE = -1  # the "cohort" of those who are backfilled


def backfill(trial: Trial, level: int, settled: float) -> None:
    """Until the cohort at `level` is settled, candidates go to the highest open level below; where none is, elsewhere."""
    while True:
        arrival, passes = trial.draw_candidate()
        if arrival >= settled:
            return
        if not passes:
            trial.screen_out(arrival)
            continue
        open_levels = [place for place in range(1, level) if takes_more(trial, place, arrival)]
        if open_levels:
            trial.enrol(max(open_levels), BESIDE, arrival)
        else:
            trial.open_at = arrival


def takes_more(trial: Trial, place: int, t: float) -> bool:
    """Whether a level has room beside the escalation and few enough DLTs among those not gone at t."""
    there = [s for s in trial.not_left(t) if s.level == place]
    already = sum(s.cohort == BESIDE and s.level == place for s in trial.subjects)
    dlt = sum(s.known(Fate.DLT, t) for s in there)
    return already < trial.setting.backfill and (not there or dlt / len(there) < trial.setting.backfill_limit)


def complete(setting: Setting, u: Uniform, start: int, cohort_size: int, step: Step) -> Outcome:
    """A trial in which every decision waits for complete data.

    `step(counts, level, last_dlt)` gives (next level, places, anything) or (None, anything, MTD).
    """
    trial = Trial(setting, u)
    level, places, cohort = start, cohort_size, 0
    while True:
        cohort += 1
        members: list[Subject] = []
        while sum(s.fate is not Fate.LEFT for s in members) < places:
            replacement = len(members) + 1 - places
            if replacement > 0:
                leaving_times = sorted(s.settled for s in members if s.fate is Fate.LEFT)
                trial.reopen(leaving_times[replacement - 1])
            members.append(trial.enrol(level, cohort, trial.next_eligible()))
        settled = max(s.settled for s in members)
        last_dlt = sum(s.fate is Fate.DLT for s in members)
        next_level, places, mtd = step(trial.counts(cohorts_only=True), level, last_dlt)
        if setting.backfill:
            backfill(trial, level, settled)
        if next_level is None:
            return trial.outcome(mtd, cohort, settled)
        level = next_level
        trial.reopen(settled)


# --- rolling six ---------------------------------------------------------------------------------------------------


class Answer(Enum):
    """What the rolling six says."""

    UP = "up"
    SAME = "same"
    DOWN = "down"
    SUSPEND = "suspend"
    OVER = "over"


@dataclass(frozen=True)
class Place:
    """Where a rolling six trial stands: the present level, and the lowest level ever found to be too toxic."""

    level: int
    ceiling: float


def rolling_six_answer(trial: Trial, place: Place, t: float) -> Answer:
    """The answer at the present level with what is known at t."""
    here = [s for s in trial.not_left(t) if s.level == place.level]
    n = len(here)
    d = sum(s.known(Fate.DLT, t) for s in here)
    c = sum(s.known(Fate.NO_DLT, t) for s in here)
    if d >= 2:
        return Answer.DOWN
    if place.level + 1 >= place.ceiling:
        if n < 6:
            return Answer.SAME
        return Answer.OVER if c + d == n else Answer.SUSPEND
    if n < 3:
        return Answer.SAME
    if n < 6:
        return Answer.UP if d == 0 and c == n else Answer.SAME
    return Answer.UP if c >= 5 else Answer.SUSPEND


def rolling_six_moves(trial: Trial, place: Place, t: float) -> tuple[Answer, Place, int]:
    """Follow UP and DOWN until the answer is SAME, SUSPEND or OVER; the last item is the MTD if it is OVER.

    The rules for DOWN onto a level (over or waiting at 6 subjects, on DOWN at 2 DLTs, else filled up to 6) are
    those for staying at a level right below the ceiling, so DOWN is a move and the answer there.
    """
    while True:
        answer = rolling_six_answer(trial, place, t)
        if answer is Answer.UP:
            if place.level == len(trial.setting.p):
                return Answer.OVER, place, place.level
            place = Place(place.level + 1, place.ceiling)
        elif answer is Answer.DOWN:
            if place.level == 1:
                return Answer.OVER, place, 0
            place = Place(place.level - 1, min(place.ceiling, place.level))
        else:
            return answer, place, place.level


def rolling_six(setting: Setting, u: Uniform) -> Outcome:
    """A rolling six trial, by a queue of events; at equal times what becomes known comes before who arrives."""
    trial = Trial(setting, u)
    place = Place(level=1, ceiling=math.inf)
    becomes_known, arrives = 0, 1
    queue: list[tuple[float, int, bool]] = []

    def await_candidate() -> None:
        arrival, passes = trial.draw_candidate()
        heapq.heappush(queue, (arrival, arrives, passes))

    suspended = False
    await_candidate()
    while True:
        t, event, passes = heapq.heappop(queue)
        if event == arrives and not passes:
            trial.screen_out(t)
            await_candidate()
            continue
        answer, moved_to, mtd = rolling_six_moves(trial, place, t)
        if answer is Answer.OVER:
            return trial.outcome(mtd, 0, t)
        if event == becomes_known:
            if suspended and answer is not Answer.SUSPEND:
                suspended = False
                trial.reopen(t)
                await_candidate()
        elif answer is Answer.SUSPEND:
            suspended = True
        else:
            place = moved_to
            subject = trial.enrol(place.level, 0, t)
            heapq.heappush(queue, (subject.settled, becomes_known, True))
            await_candidate()


# --- designs that decide with pending subjects ---------------------------------------------------------------------


class Halt(Enum):
    """A decision that is not a level."""

    SUSPEND = "suspend accrual"
    OVER = "the trial is over without an MTD"


# (trial, level of the last cohort, number of the last cohort, time) -> level of the next cohort, or a halt
Decide = Callable[[Trial, int, int, float], int | Halt]


def run_with_pending(
    setting: Setting,
    u: Uniform,
    cohort_size: int,
    max_pending: int | None,
    decide: Decide,
    select: Callable[[Trial], int | None],
    abandons: Callable[[Trial, int, float], bool | Halt] | None = None,
) -> Outcome:
    """A trial whose cohorts are assigned a level when their first subject arrives.

    `abandons` says whether a cohort that is not full is given up at its level: something is asked of it at every arrival.
    """
    trial = Trial(setting, u)
    level, cohort, room = 1, 0, 0
    was_full = False

    def full(t: float) -> bool:
        return len(trial.not_left(t)) >= setting.n_max

    def closed(t: float) -> bool:
        pending = sum(s.pending(t) for s in trial.subjects)
        return full(t) or (max_pending is not None and pending >= max_pending)

    while True:
        t = trial.next_eligible()
        if room and cohort and abandons is not None:
            found = abandons(trial, level, t)
            if found is Halt.OVER:
                return trial.outcome(0, cohort, t)
            room = 0 if found else room
        if room == 0:
            decision = decide(trial, level, cohort, t) if cohort > 0 else level
            if decision is Halt.SUSPEND:
                looks = ((later, decide(trial, level, cohort, later)) for later in trial.settled_times_after(t))
                t, decision = next((later, look) for later, look in looks if look is not Halt.SUSPEND)
                if decision is not Halt.OVER:
                    trial.reopen(t)
                    continue
            if isinstance(decision, Halt):
                return trial.outcome(0, cohort, t)
            level = decision
            cohort += 1
            room = 1 if was_full else cohort_size
        trial.enrol(level, cohort, t)
        room -= 1
        if full(t):
            was_full = True
            room = 0
        if closed(t):
            reopens = next((later for later in trial.settled_times_after(t) if not closed(later)), None)
            if reopens is None:
                return trial.outcome(select(trial), cohort, max(s.settled for s in trial.subjects))
            trial.reopen(reopens)


# --- TITE-CRM ------------------------------------------------------------------------------------------------------

PRIOR_VARIANCE = 1.34
GRID = np.linspace(-12.0, 12.0, 4801)


def crm_posterior_mean(skeleton: Sequence[float], subjects: Sequence[Subject], window_d: float, t: float) -> float:
    """Posterior mean of b in p_l = skeleton_l ** exp(b) with the subjects in the data at t, by the trapezoid rule.

    The rule is accurate far beyond 1e-10 here: the integrand is analytic and vanishes at both ends of the grid.
    """
    log_density = -(GRID**2) / (2.0 * PRIOR_VARIANCE)
    for s in subjects:
        log_p = np.exp(GRID) * math.log(skeleton[s.level - 1])
        one_minus_p = -np.expm1(log_p)
        if s.known(Fate.DLT, t):
            log_density = log_density + log_p
        elif s.known(Fate.NO_DLT, t):
            log_density = log_density + np.log(one_minus_p)
        else:
            weight = (t - s.start) / window_d
            log_density = log_density + np.log((1.0 - weight) + weight * one_minus_p)
    density = np.exp(log_density - log_density.max())
    return float(np.trapezoid(GRID * density, GRID) / np.trapezoid(density, GRID))


def crm_nearest_level(skeleton: Sequence[float], target: float, b: float) -> int:
    """The level whose probability at b is nearest to the target, the lower one of a tie."""
    distances = [abs(s ** math.exp(b) - target) for s in skeleton]
    return distances.index(min(distances)) + 1


def titecrm(
    setting: Setting,
    u: Uniform,
    skeleton: Sequence[float],
    target: float,
    cohort_size: int = 1,
    max_pending: int | None = None,
) -> Outcome:
    """A TITE-CRM trial."""

    def nearest(trial: Trial, t: float) -> int:
        b = crm_posterior_mean(skeleton, trial.not_left(t), setting.window_d, t)
        return crm_nearest_level(skeleton, target, b)

    def decide(trial: Trial, level: int, cohort: int, t: float) -> int:
        dlt_in_last = any(s.known(Fate.DLT, t) for s in trial.subjects if s.cohort == cohort)
        return min(nearest(trial, t), level if dlt_in_last else level + 1)

    def select(trial: Trial) -> int:
        return nearest(trial, max(s.settled for s in trial.subjects))

    return run_with_pending(setting, u, cohort_size, max_pending, decide, select)


# --- TITE-BOIN -----------------------------------------------------------------------------------------------------


def boin_boundaries(target: float) -> tuple[float, float]:
    """The boundaries lambda_e and lambda_d of BOIN for the default alternatives 0.6 and 1.4 times the target."""
    low, high = 0.6 * target, 1.4 * target
    lambda_e = math.log((1 - low) / (1 - target)) / math.log(target * (1 - low) / (low * (1 - target)))
    lambda_d = math.log((1 - target) / (1 - high)) / math.log(high * (1 - target) / (target * (1 - high)))
    return lambda_e, lambda_d


def too_toxic(n: int, y: int, target: float) -> bool:
    """At least 3 subjects, and P(rate > target) > 0.95 under Beta(1 + y, 1 + n - y).

    That probability is P(at most y of n + 1 independent events of probability `target`).
    """
    tail = math.fsum(math.comb(n + 1, k) * target**k * (1 - target) ** (n + 1 - k) for k in range(y + 1))
    return n >= 3 and tail > 0.95


def titeboin(setting: Setting, u: Uniform, target: float, cohort_size: int, select_mtd: SelectMtd) -> Outcome:
    """A TITE-BOIN trial."""
    lambda_e, lambda_d = boin_boundaries(target)
    eliminated: set[int] = set()
    top = len(setting.p)

    def eliminate(trial: Trial, t: float) -> None:
        for place in range(
            1, top + 1
        ):  # every level, as TITEgBOIN's next dose does (since a late DLT may come at a lower one)
            there = [s for s in trial.not_left(t) if s.level == place]
            if too_toxic(len(there), sum(s.known(Fate.DLT, t) for s in there), target):
                eliminated.update(range(place, top + 1))

    def abandons(trial: Trial, level: int, t: float) -> bool | Halt:
        eliminate(trial, t)
        return Halt.OVER if 1 in eliminated else level in eliminated

    def decide(trial: Trial, level: int, cohort: int, t: float) -> int | Halt:
        here = [s for s in trial.not_left(t) if s.level == level]
        n = len(here)
        y = sum(s.known(Fate.DLT, t) for s in here)
        elapsed = [t - s.start for s in here if s.pending(t)]
        q = len(elapsed)
        eliminate(trial, t)
        if 1 in eliminated:
            return Halt.OVER
        if level in eliminated:
            return min(eliminated) - 1
        if n == 0:
            return level
        if q / n > 0.5:
            return Halt.SUSPEND
        rate = y / (n - q + sum(elapsed) / setting.window_d)
        if rate <= lambda_e:
            return level + 1 if level < top and level + 1 not in eliminated else level
        if rate >= lambda_d:
            if level > 1:
                return level - 1
            return Halt.SUSPEND if q > 0 else level
        return level

    return run_with_pending(setting, u, cohort_size, None, decide, lambda trial: select_mtd(trial.counts()), abandons)
