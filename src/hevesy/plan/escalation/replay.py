"""A history played cohort by cohort through a design that uses complete outcomes.

Records at one level make one cohort until its places are filled. A decision is taken on whole cohorts whose outcomes
are all known; nothing pending or undetermined is ever forgotten, in whichever cohort it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import CountDesign, Counts, Decision, History
from hevesy.study.outcomes import CohortOutcome


class ExplainingDesign(CountDesign, Protocol):
    """A design of counts that gives its reasons."""

    def explain(self, counts: Counts, level: int, last_dlt: int) -> Decision:
        """The decision with these counts, the last cohort having been at `level` with `last_dlt` DLTs."""
        ...


Explain = Callable[[Sequence[CohortOutcome], int, int], Decision]
"""The decision from the totals by level, the present level and the DLTs of the last cohort."""


def replay(design: ExplainingDesign, history: History) -> Decision:
    """The next step of a design of counts; each cohort must be at the level the design asked for."""

    def explain(totals: Sequence[CohortOutcome], level: int, last_dlt: int) -> Decision:
        return design.explain(tuple((total.evaluable, total.with_dlt) for total in totals), level, last_dlt)

    return played(history, design.levels, design.start, design.cohort_size, explain)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cohort:
    """The cohort being treated: its places, and who is in it so far."""

    level: int
    size: int
    evaluable: int = 0
    with_dlt: int = 0
    waiting: int = 0

    @property
    def missing(self) -> int:
        return max(self.size - self.evaluable - self.waiting, 0)

    def joined(self, record: CohortOutcome) -> _Cohort:
        return replace(
            self,
            evaluable=self.evaluable + record.evaluable,
            with_dlt=self.with_dlt + record.with_dlt,
            waiting=self.waiting + record.pending + record.undetermined,
        )


def played(history: History, levels: int, start: int, cohort_size: int, explain: Explain) -> Decision:
    """The next step after a history; raises RuleError where a cohort is not where the design asked for it."""
    totals = [CohortOutcome(level=level, evaluable=0, with_dlt=0) for level in range(1, levels + 1)]
    cohort = _Cohort(level=start, size=cohort_size)
    told = f"no subject yet: enrol {cohort_size} at level {start}"
    answer = Decision(action="stay", level=start, open_places=cohort_size, mtd=None, because=(told,))
    for step, record in enumerate(history, start=1):
        if record.level > levels:
            raise RuleError(f"step {step}: level {record.level} does not exist, the design has {levels}")
        short = cohort.missing > 0 and not cohort.waiting and cohort.evaluable > 0
        if record.level != cohort.level and short:  # a cohort closed before it was full: what it was decided on then
            answer = explain(totals, cohort.level, cohort.with_dlt)
        _require_asked_for(step, record, answer)
        joins = record.level == cohort.level and (cohort.missing > 0 or cohort.waiting > 0)
        if not joins:
            cohort = _Cohort(level=record.level, size=answer.open_places)
        cohort = cohort.joined(record)
        totals[record.level - 1] = _added(totals[record.level - 1], record)
        answer = _answer(totals, cohort, explain)
    return answer


def _require_asked_for(step: int, record: CohortOutcome, answer: Decision) -> None:
    if answer.action == "stop":
        raise RuleError(
            f"step {step}: the design had stopped ({answer.because[-1]}), but level {record.level} was given"
        )
    if answer.action == "wait" and record.level != answer.level:
        raise RuleError(f"step {step}: level {record.level} was begun while level {answer.level} was not settled")
    if record.level != answer.level:
        raise RuleError(f"step {step}: level {record.level} was given where the design says level {answer.level}")


def _added(total: CohortOutcome, record: CohortOutcome) -> CohortOutcome:
    return replace(
        total,
        evaluable=total.evaluable + record.evaluable,
        with_dlt=total.with_dlt + record.with_dlt,
        responses_without_dlt=total.responses_without_dlt + record.responses_without_dlt,
        responses_with_dlt=total.responses_with_dlt + record.responses_with_dlt,
    )


def _answer(totals: Sequence[CohortOutcome], cohort: _Cohort, explain: Explain) -> Decision:
    """The decision, or what is missing before there can be one."""
    level, open_ = cohort.level, cohort.missing + cohort.waiting
    if not open_:
        decision = explain(totals, level, cohort.with_dlt)
        if cohort.evaluable > cohort.size:
            note = f"{cohort.evaluable} evaluable where the cohort has {cohort.size}: all are counted"
            return replace(decision, because=(*decision.because, note))
        return decision
    settled = _settled_anyway(totals, cohort, open_, explain)
    if settled is not None and not cohort.waiting:
        return settled
    if settled is not None:
        told = f"{cohort.waiting} not settled at level {level}: wait, and enrol nobody; {settled.because[-1]}"
        return Decision(action="wait", level=level, open_places=0, mtd=None, because=(settled.because[0], told))
    if cohort.waiting:
        places = f"; {cohort.missing} more places of the cohort are open" if cohort.missing else ""
        told = f"{cohort.waiting} not settled at level {level}: this design uses complete outcomes only; wait{places}"
        return Decision(action="wait", level=level, open_places=cohort.missing, mtd=None, because=(told,))
    told = (
        f"{cohort.evaluable} of {cohort.size} evaluable in the cohort at level {level}: "
        f"{cohort.missing} more before a decision"
    )
    return Decision(action="stay", level=level, open_places=cohort.missing, mtd=None, because=(told,))


def _settled_anyway(totals: Sequence[CohortOutcome], cohort: _Cohort, open_: int, explain: Explain) -> Decision | None:
    """Going down or stopping without an MTD, where that follows whatever those not known have, even no DLT at all."""
    if not cohort.with_dlt:
        return None
    found = []
    for dlt in (0, open_):
        more = CohortOutcome(level=cohort.level, evaluable=open_, with_dlt=dlt)
        after = [_added(total, more) if total.level == cohort.level else total for total in totals]
        found.append(explain(after, cohort.level, cohort.with_dlt + dlt))
    best, worst = found
    if best.action == worst.action == "stop" and best.mtd is None and worst.mtd is None:
        why = f"whatever the {open_} not known yet will have, the trial stops"
    elif best.action == worst.action == "de-escalate" and best.level == worst.level:
        why = (
            f"whatever the {open_} not known yet will have, the next level is {best.level}: "
            f"enrol nobody more at level {cohort.level}"
        )
    else:
        return None
    here = totals[cohort.level - 1]
    told = f"level {cohort.level}: {here.with_dlt} DLT among {here.evaluable} known"
    return replace(best, because=(told, why))
