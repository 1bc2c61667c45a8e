"""Designs that go on while subjects are pending.

A subject without DLT so far counts by a weight until the window is over.

TITE-CRM: Cheung and Chappell, Biometrics 2000;56:1177. TITE-BOIN: Yuan, Lin, Li, Nie and Warren, Clin Cancer Res
2018;24:4921, with the quasi-estimator of the DLT rate, DLTs over effective sample size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NoReturn

import numpy as np

from hevesy.errors import RuleError
from hevesy.plan.escalation import crm
from hevesy.plan.escalation.design import Action, Answer, Decision, History, never_complete, without_table
from hevesy.plan.escalation.interval import by_rule, select_mtd
from hevesy.plan.escalation.interval_rules import BOIN
from hevesy.plan.escalation.onset import OnsetLaw
from hevesy.plan.escalation.paragraph import in_cohorts, listed, sizes

Weighting = Literal["linear", "adaptive"] | OnsetLaw
"""Weights of pending subjects: elapsed over window, after Cheung and Chappell from the DLTs seen, or by a law of their
time."""


def weights(
    weighting: Weighting, elapsed_d: Sequence[float], window_d: float, dlt_after_d: Sequence[float] = ()
) -> tuple[float, ...]:
    """Weight of each subject under observation for so many days.

    `dlt_after_d` are the times of the DLTs seen, for `adaptive`.

    >>> weights("linear", [17, 85], 85)
    (0.2, 1.0)
    >>> [round(one, 5) for one in weights("adaptive", [2, 57, 85], 85, [55, 72, 79, 85])]
    [0.00727, 0.22353, 1.0]
    """
    if any(not 0 <= day <= window_d for day in (*elapsed_d, *dlt_after_d)):
        raise RuleError(
            f"days elapsed and days of DLTs lie in 0..{window_d:g}, got "
            f"{', '.join(f'{day:g}' for day in (*elapsed_d, *dlt_after_d))}"
        )
    if weighting == "linear":
        return tuple(day / window_d for day in elapsed_d)
    if weighting == "adaptive":
        seen = sorted(dlt_after_d)
        found = []
        for day in elapsed_d:
            before = sum(time <= day for time in seen)
            lower = seen[before - 1] if before else 0.0
            upper = seen[before] if before < len(seen) else window_d
            found.append(1.0 if day >= window_d else (before + (day - lower) / (upper - lower)) / (len(seen) + 1))
        return tuple(found)
    return tuple(np.asarray(weighting.share_by(np.array(elapsed_d, dtype=float), window_d)).tolist())


def _weights_told(weighting: Weighting) -> str:
    if isinstance(weighting, str):
        return {"linear": "weights days elapsed / window", "adaptive": "adaptive weights"}[weighting]
    return "weights by the time to toxicity around a nadir"


def _checked(history: History, levels: int, start: int, window_d: float) -> None:
    """Levels exist, none was skipped going up, and what is not settled has its days."""
    highest = start
    for step, cohort in enumerate(history, start=1):
        if cohort.level > levels:
            raise RuleError(f"step {step}: level {cohort.level} does not exist, the design has {levels}")
        if cohort.level > highest + (step > 1):
            raise RuleError(
                f"step {step}: level {cohort.level} was given where level {highest + (step > 1)} is the highest "
                "possible"
            )
        highest = max(highest, cohort.level)
    _with_days(history, window_d)


def _with_days(history: History, window_d: float) -> None:
    """What is pending has its days, and none are outside the window."""
    for step, cohort in enumerate(history, start=1):
        if len(cohort.pending_d) != cohort.pending:
            raise RuleError(
                f"step {step}: a design that counts pending subjects needs the days elapsed of each, "
                f"as in {cohort.level}NNP40"
            )
        outside = next((day for day in (*cohort.pending_d, *cohort.dlt_after_d) if day > window_d), None)
        if outside is not None:
            raise RuleError(
                f"step {step}: day {outside:g} lies after the window of {window_d:g} days; "
                "who has completed it without DLT is N, and a toxicity after it is not a DLT"
            )


def _first(level: int, places: int) -> Decision:
    told = f"no subject yet: enrol {places} at level {level}"
    return Decision(action="stay", level=level, open_places=places, mtd=None, because=(told,))


def _undetermined(history: History) -> Decision | None:
    waiting = [cohort for cohort in history if cohort.undetermined]
    if not waiting:
        return None
    level, count = history[-1].level, sum(cohort.undetermined for cohort in waiting)
    told = f"{count} undetermined; undetermined is not counted as no DLT, and has no weight: wait"
    return Decision(action="wait", level=level, open_places=0, mtd=None, because=(told,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """What holds a design with pending subjects back.

    `max_pending`: nobody is enrolled while so many are pending (0: no such rule). No escalation before `follow_up_n`
    subjects at the present level are settled or have been followed for `follow_up_d` days.
    """

    max_pending: int = 0
    follow_up_n: int = 0
    follow_up_d: float = 0.0

    @property
    def says(self) -> str:
        """What restrains accrual, in sentences that follow another."""
        told = f" Nobody is enrolled while {self.max_pending} are pending." if self.max_pending else ""
        if self.follow_up_n:
            told += (
                f" No level is opened before {self.follow_up_n} at the present one are settled or followed for "
                f"{self.follow_up_d:g} days."
            )
        return told

    def applied(self, decision: Decision, history: History) -> Decision:
        """The decision, or the one that takes its place."""
        level, pending = history[-1].level, sum(cohort.pending for cohort in history)
        if decision.action == "stop":
            return decision
        if self.max_pending and pending >= self.max_pending:
            told = f"{pending} pending; accrual waits until fewer than {self.max_pending} are"
            return Decision(action="wait", level=level, open_places=0, mtd=None, because=(*decision.because, told))
        here = [cohort for cohort in history if cohort.level == level]
        followed = sum(cohort.evaluable + sum(day >= self.follow_up_d for day in cohort.pending_d) for cohort in here)
        if decision.action == "escalate" and followed < self.follow_up_n:
            told = (
                f"{followed} at level {level} followed for {self.follow_up_d:g} days; {self.follow_up_n} are needed "
                "to go up: stay"
            )
            return Decision(
                action="stay",
                level=level,
                open_places=decision.open_places,
                mtd=None,
                because=(*decision.because, told),
            )
        return decision


@dataclass(frozen=True, slots=True, kw_only=True)
class TITECRM:
    """The continual reassessment method with weights.

    No level is skipped, none goes up after a DLT in the last cohort.
    """

    prior: tuple[float, ...]
    target: float
    window_d: float
    cohort_size: int = 1
    n_max: int = 30
    weighting: Weighting = "linear"
    model: crm.Model = "empiric"
    variance: float = crm.PRIOR_VARIANCE
    start: int = 1
    restraint: Restraint = Restraint()
    needs_calendar: ClassVar[bool] = True
    splits_cohorts: ClassVar[bool] = True

    def __post_init__(self) -> None:
        crm.checked_skeleton(self.prior, self.target)
        if self.window_d <= 0 or self.cohort_size < 1 or self.n_max < 1:
            raise RuleError(
                f"window, cohort size and n are positive, got {self.window_d:g}, {self.cohort_size}, {self.n_max}"
            )

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        return len(self.prior)

    @property
    def in_short(self) -> str:
        """The design in a line."""
        weighted = f"{_weights_told(self.weighting)}, skeleton {listed(self.prior)}"
        return f"TITE-CRM, target {self.target:g}, {weighted}; {sizes(self)}"

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol."""
        return (
            f"{crm.by_skeleton(self, 'time-to-event continual reassessment method')} Subjects still within the window "
            f"of {self.window_d:g} days count by weight ({_weights_told(self.weighting)}). "
            f"(Cheung and Chappell, Biometrics 2000;56:1177.){self.restraint.says}"
        )

    def starting_at(self, level: int) -> TITECRM:
        """The design, begun at a level of its own."""
        return replace(self, start=level)

    def complete(self) -> NoReturn:
        """It never waits for all outcomes."""
        raise never_complete(self)

    def decision_table(self, n_max: int) -> NoReturn:
        """It has none."""
        raise without_table(self)

    def fit(self, history: History) -> crm.Fit:
        """The posterior of the parameter, pending subjects counted by their weights."""
        _with_days(history, self.window_d)
        levels, dlt, share = [], [], []
        times = [day for cohort in history for day in cohort.dlt_after_d]
        if self.weighting == "adaptive" and len(times) != sum(cohort.with_dlt for cohort in history):
            raise RuleError("adaptive weights need the day of every DLT, as in 2NNT37")
        for cohort in history:
            pending = weights(self.weighting, cohort.pending_d, self.window_d, times)
            levels += [cohort.level] * (cohort.evaluable + cohort.pending)
            dlt += [1] * cohort.with_dlt + [0] * (cohort.evaluable - cohort.with_dlt + cohort.pending)
            share += [1.0] * cohort.evaluable + list(pending)
        return crm.fit(self.model, self.prior, self.target, levels, dlt, share, self.variance)

    def decide(self, history: History) -> Decision:
        """Where the next cohort goes, with the subjects pending as they are now."""
        if not history:
            return _first(self.start, self.cohort_size)
        _checked(history, self.levels, self.start, self.window_d)
        if (waiting := _undetermined(history)) is not None:
            return waiting
        found, last = self.fit(history), history[-1]
        pending = sum(cohort.pending for cohort in history)
        treated = sum(cohort.evaluable for cohort in history) + pending
        told = [
            f"{treated - pending} settled with {sum(cohort.with_dlt for cohort in history)} DLT, {pending} pending",
            f"rates at the posterior mean: {', '.join(f'{rate:.3f}' for rate in found.p_dlt)}",
            f"nearest {self.target:g} is level {found.recommended}",
        ]
        if treated >= self.n_max and pending:
            told.append(f"all {self.n_max} subjects enrolled; {pending} pending: wait")
            return Decision(action="wait", level=last.level, open_places=0, mtd=None, because=tuple(told))
        if treated >= self.n_max:
            told.append(f"all {self.n_max} subjects settled: the MTD is level {found.recommended}")
            return Decision(action="stop", level=None, open_places=0, mtd=found.recommended, because=tuple(told))
        begun = last.evaluable + last.pending
        if begun < self.cohort_size:
            told.append(f"the cohort at level {last.level} is not full yet")
            decision = Decision(
                action="stay",
                level=last.level,
                open_places=min(self.cohort_size - begun, self.n_max - treated),
                mtd=None,
                because=tuple(told),
            )
            return self.restraint.applied(decision, history)
        to = min(found.recommended, last.level if last.with_dlt else last.level + 1)
        if to < found.recommended:
            told.append("not up after a DLT in the last cohort" if last.with_dlt else "no level is skipped")
        action: Action = "escalate" if to > last.level else "stay" if to == last.level else "de-escalate"
        places = min(self.cohort_size, self.n_max - treated)
        here = [cohort for cohort in history if cohort.level == last.level]
        if action == "escalate" and any(cohort.pending for cohort in here) and not self.restraint.follow_up_n:
            days = sorted(day for cohort in here for day in cohort.pending_d)
            told.append(
                f"{len(days)} at level {last.level} are pending, followed for {', '.join(f'{day:g}' for day in days)} "
                f"of {self.window_d:g} days; no least follow-up before going up is set"
            )
        return self.restraint.applied(
            Decision(action=action, level=to, open_places=places, mtd=None, because=tuple(told)), history
        )


def quasi_answer(
    rule: BOIN, n: int, dlt: int, pending: int, elapsed_d: float, window_d: float
) -> Answer | Literal["wait"]:
    """The answer of time-to-event BOIN at a level.

    `n` subjects in all, `pending` of them for `elapsed_d` days together.

    Elimination (on all n) comes before suspension (more than half pending); the rate is DLTs over effective sample
    size.

    >>> quasi_answer(BOIN(target=0.25), n=6, dlt=0, pending=4, elapsed_d=245, window_d=85)
    'wait'
    """
    if not 0 <= dlt <= n - pending or not 0 <= elapsed_d <= pending * window_d:
        raise RuleError(
            f"dlt lies in 0..{n - pending} and the days of {pending} pending in 0..{pending * window_d:g}, "
            f"got {dlt} and {elapsed_d:g}"
        )
    if rule.at(n, dlt) == "X":
        return "X"
    if pending > n / 2:
        return "wait"
    rate = dlt / (n - pending + elapsed_d / window_d)
    return "E" if rate <= rule.lambda_e else "D" if rate >= rule.lambda_d else "S"


@dataclass(frozen=True, slots=True, kw_only=True)
class TITEBOIN:
    """BOIN with the quasi-estimator; going down from level 1 with pending subjects means waiting for them.

    Every level is looked at for elimination, since a DLT may come late at one that was left.
    """

    rule: BOIN
    levels: int
    window_d: float
    cohort_size: int = 3
    n_max: int = 30
    start: int = 1
    restraint: Restraint = Restraint()
    needs_calendar: ClassVar[bool] = True
    splits_cohorts: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.levels < 1 or self.window_d <= 0 or self.cohort_size < 1 or self.n_max < 1:
            raise RuleError(
                f"levels, window, cohort size and n are positive, got {self.levels}, {self.window_d:g}, "
                f"{self.cohort_size}, {self.n_max}"
            )

    @property
    def in_short(self) -> str:
        """The design in a line."""
        return f"TITE-{self.rule.in_short}; {sizes(self)}"

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol."""
        return (
            f"{in_cohorts(self)}. {by_rule(self.rule)} Subjects still within the window of {self.window_d:g} days "
            "count by the share of it that has "
            "elapsed; accrual is suspended while more than half of those at the level are pending. (Yuan et al., "
            f"Clin Cancer Res 2018;24:4921.){self.restraint.says}"
        )

    def starting_at(self, level: int) -> TITEBOIN:
        """The design, begun at a level of its own."""
        return replace(self, start=level)

    def complete(self) -> NoReturn:
        """It never waits for all outcomes."""
        raise never_complete(self)

    def decision_table(self, n_max: int) -> NoReturn:
        """It has none."""
        raise without_table(self)

    def decide(self, history: History) -> Decision:
        """Where the next cohort goes, with the subjects pending as they are now."""
        if not history:
            return _first(self.start, self.cohort_size)
        _checked(history, self.levels, self.start, self.window_d)
        if (waiting := _undetermined(history)) is not None:
            return waiting
        seen, last = _Seen.of(history, self.levels), history[-1]
        closed = self._closed(seen)
        if seen.treated >= self.n_max or closed == 1:
            return self._ended(seen)
        begun = last.evaluable + last.pending
        if begun < self.cohort_size and seen.level < closed:
            places = min(self.cohort_size - begun, self.n_max - seen.treated)
            why = f"the cohort at level {seen.level} is not full yet"
            made = Decision(action="stay", level=seen.level, open_places=places, mtd=None, because=(seen.told, why))
        else:
            made = self._by_rate(seen, closed)
        return made if made.action == "wait" else self.restraint.applied(made, history)

    def _closed(self, seen: _Seen) -> int:
        """The lowest level that is eliminated; one above the highest: none is."""
        answers = (self.rule.at(n, dlt) if n else "S" for n, dlt in zip(seen.n, seen.dlt, strict=True))
        return next((level for level, answer in enumerate(answers, 1) if answer == "X"), self.levels + 1)

    def _ended(self, seen: _Seen) -> Decision:
        """Nobody is enrolled any more: all subjects are, or no level is tolerated."""
        if seen.treated >= self.n_max and (pending := sum(seen.pending)):
            why = f"all {self.n_max} subjects enrolled; {pending} pending: wait"
            return Decision(action="wait", level=seen.level, open_places=0, mtd=None, because=(seen.told, why))
        mtd, why = None, "level 1 is too toxic: no level is tolerated"
        if seen.treated >= self.n_max:
            mtd = select_mtd(tuple(zip(seen.n, seen.dlt, strict=True)), self.rule.target)
            which = f"isotonic regression takes level {mtd}" if mtd else "no level qualifies"
            why = f"all {self.n_max} subjects settled; {which}"
        return Decision(action="stop", level=None, open_places=0, mtd=mtd, because=(seen.told, why))

    def _by_rate(self, seen: _Seen, closed: int) -> Decision:
        """By the quasi-estimator at the present level."""
        level, (n, dlt, pending, elapsed_d) = seen.level, seen.here
        answer = quasi_answer(self.rule, n, dlt, pending, elapsed_d, self.window_d) if n else "S"
        action: Action = "stay"
        if level >= closed:
            action, level, why = "de-escalate", closed - 1, "too toxic, never again"
        elif answer == "wait":
            action, why = "wait", f"more than half of the {n} are pending: accrual is suspended"
        elif answer == "E" and level + 1 <= self.levels and level + 1 < closed:
            action, level, why = "escalate", level + 1, f"a rate of at most {self.rule.lambda_e:.3f}: go up"
        elif answer == "D" and level > 1:
            action, level, why = "de-escalate", level - 1, f"a rate of at least {self.rule.lambda_d:.3f}: go down"
        elif answer == "D" and seen.pending[0]:
            action, why = "wait", "go down, but there is no level below: wait for the pending"
        else:
            why = "no level above is open: stay" if answer == "E" else "stay"
        return Decision(
            action=action,
            level=level,
            open_places=0 if action == "wait" else min(self.cohort_size, self.n_max - seen.treated),
            mtd=None,
            because=(seen.told, f"effective sample size {n - pending + elapsed_d / self.window_d:.2f}", why),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """By level: subjects, their DLTs, those pending and the days these have been followed together."""

    level: int
    """Where the trial is."""
    n: tuple[int, ...]
    dlt: tuple[int, ...]
    pending: tuple[int, ...]
    elapsed_d: tuple[float, ...]

    @classmethod
    def of(cls, history: History, levels: int) -> _Seen:
        """Of all cohorts so far."""
        at = [[cohort for cohort in history if cohort.level == level] for level in range(1, levels + 1)]
        return cls(
            level=history[-1].level,
            n=tuple(sum(cohort.evaluable + cohort.pending for cohort in own) for own in at),
            dlt=tuple(sum(cohort.with_dlt for cohort in own) for own in at),
            pending=tuple(sum(cohort.pending for cohort in own) for own in at),
            elapsed_d=tuple(sum((sum(cohort.pending_d) for cohort in own), 0.0) for own in at),
        )

    @property
    def treated(self) -> int:
        """Subjects at all levels."""
        return sum(self.n)

    @property
    def here(self) -> tuple[int, int, int, float]:
        """Subjects, DLTs, pending and their days at the present level."""
        at = self.level - 1
        return self.n[at], self.dlt[at], self.pending[at], self.elapsed_d[at]

    @property
    def told(self) -> str:
        """The present level in words."""
        n, dlt, pending, _ = self.here
        return f"level {self.level}: {dlt} DLT among {n}, {pending} of them pending"
