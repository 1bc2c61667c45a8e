"""A history played cohort by cohort through a design that uses complete outcomes."""

from __future__ import annotations

from typing import Protocol

from hevesy.plan.escalation.design import CountDesign, Counts, Decision, History, HistoryError
from hevesy.study.outcomes import CohortOutcome


class ExplainingDesign(CountDesign, Protocol):
    """A design of counts that gives its reasons."""

    def explain(self, counts: Counts, level: int, last_dlt: int) -> Decision:
        """The decision with these counts, the last cohort having been at `level` with `last_dlt` DLTs."""
        ...


def require_asked_for(step: int, cohort: CohortOutcome, answer: Decision, levels: int) -> None:
    """Raise HistoryError unless the cohort is at the level that the decision before it asked for."""
    if cohort.level > levels:
        raise HistoryError(f"step {step}: level {cohort.level} does not exist, the design has {levels}")
    if answer.action == "stop":
        raise HistoryError(f"step {step}: the design had stopped ({answer.because[-1]}), but level {cohort.level} was given")
    if answer.action == "wait" and cohort.level != answer.level:
        raise HistoryError(f"step {step}: level {cohort.level} was begun while level {answer.level} was not settled")
    if cohort.level != answer.level:
        raise HistoryError(f"step {step}: level {cohort.level} was given where the design says level {answer.level}")


def unsettled(cohort: CohortOutcome) -> Decision | None:
    """The decision to wait, where subjects are pending or undetermined and the design uses complete outcomes only."""
    waiting = cohort.pending + cohort.undetermined
    if not waiting:
        return None
    text = f"{waiting} not settled at level {cohort.level}: this design uses complete outcomes only; wait"
    return Decision(action="wait", level=cohort.level, open_places=0, mtd=None, because=(text,))


def replay(design: ExplainingDesign, history: History) -> Decision:
    """The next step; each cohort must be at the level the design asked for, and only the last may be unsettled."""
    counts: list[tuple[int, int]] = [(0, 0)] * design.levels
    told = f"no subject yet: enrol {design.cohort_size} at level {design.start}"
    answer = Decision(action="stay", level=design.start, open_places=design.cohort_size, mtd=None, because=(told,))
    for step, cohort in enumerate(history, start=1):
        require_asked_for(step, cohort, answer, design.levels)
        level = cohort.level
        n, dlt = counts[level - 1]
        counts[level - 1] = (n + cohort.evaluable, dlt + cohort.with_dlt)
        waiting = unsettled(cohort)
        if waiting is not None:
            answer = waiting
        elif not counts[level - 1][0]:
            text = f"nobody evaluable at level {level} yet"
            answer = Decision(action="stay", level=level, open_places=design.cohort_size, mtd=None, because=(text,))
        else:
            answer = design.explain(tuple(counts), level, cohort.with_dlt)
    return answer
