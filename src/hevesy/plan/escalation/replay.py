"""A history played cohort by cohort through a design that uses complete outcomes."""

from __future__ import annotations

from typing import Protocol

from hevesy.plan.escalation.design import CountDesign, Counts, Decision, History, HistoryError


class ExplainingDesign(CountDesign, Protocol):
    """A design of counts that gives its reasons."""

    def explain(self, counts: Counts, level: int, last_dlt: int) -> Decision:
        """The decision with these counts, the last cohort having been at `level` with `last_dlt` DLTs."""
        ...


def replay(design: ExplainingDesign, history: History) -> Decision:
    """The next step; each cohort must be at the level the design asked for, and only the last may be unsettled."""
    counts: list[tuple[int, int]] = [(0, 0)] * design.levels
    level, answer = design.start, None
    for step, cohort in enumerate(history, start=1):
        if cohort.level > design.levels:
            raise HistoryError(f"step {step}: level {cohort.level} does not exist, the design has {design.levels}")
        wanted = answer.level if answer is not None else level
        if answer is not None and answer.action == "stop":
            raise HistoryError(f"step {step}: the design had stopped ({answer.because[-1]}), but level {cohort.level} was given")
        if answer is not None and answer.action == "wait" and cohort.level != answer.level:
            raise HistoryError(f"step {step}: level {cohort.level} was begun while level {answer.level} was not settled")
        if cohort.level != wanted:
            raise HistoryError(f"step {step}: level {cohort.level} was given where the design says level {wanted}")
        level = cohort.level
        n, dlt = counts[level - 1]
        counts[level - 1] = (n + cohort.evaluable, dlt + cohort.with_dlt)
        waiting = cohort.pending + cohort.undetermined
        if waiting:
            text = f"{waiting} not settled at level {level}: this design uses complete outcomes only; wait"
            answer = Decision(action="wait", level=level, open_places=0, mtd=None, because=(text,))
        elif not counts[level - 1][0]:
            text = f"nobody evaluable at level {level} yet"
            answer = Decision(action="stay", level=level, open_places=design.cohort_size, mtd=None, because=(text,))
        else:
            answer = design.explain(tuple(counts), level, cohort.with_dlt)
    if answer is not None:
        return answer
    told = f"no subject yet: enrol {design.cohort_size} at level {level}"
    return Decision(action="stay", level=level, open_places=design.cohort_size, mtd=None, because=(told,))
