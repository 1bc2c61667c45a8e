"""Rolling six: up to six subjects at a level without waiting for each three.

Source: Skolnik, Barrett, Jayaraman, Patel and Adamson, J Clin Oncol 2008;26:190, table 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.plan.escalation.design import Action, Decision, History, HistoryError
from hevesy.study.outcomes import CohortOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingSix:
    """With n treated: two DLTs go down; 3 to 5 all without DLT go up; six with at most one DLT and five without go up.

    Fewer than that and fewer than six: the next subject at the same level; six and not yet known: wait. A level below one
    that was too toxic is filled to six; with at most one DLT of six it is the MTD.
    """

    levels: int
    first_level: int = 1

    def __post_init__(self) -> None:
        if self.levels < 1:
            raise ValueError(f"a design needs at least one level, got {self.levels}")
        if not 1 <= self.first_level <= self.levels:
            raise ValueError(f"the first level lies in 1..{self.levels}, got {self.first_level}")

    def decide(self, history: History) -> Decision:
        """Where the next subject goes."""
        if not history:
            return _told("stay", self.first_level, 6, [f"no subject yet: enrol at level {self.first_level}"])
        at: dict[int, CohortOutcome] = {}
        for step, cohort in enumerate(history, start=1):
            if cohort.level > self.levels:
                raise HistoryError(f"step {step}: level {cohort.level} does not exist, the design has {self.levels}")
            highest = max(at, default=self.first_level - 1) + 1
            if cohort.level > highest:
                raise HistoryError(f"step {step}: level {cohort.level} was given where level {highest} is the highest possible")
            new, below = cohort.level not in at and cohort.level > 1, at.get(cohort.level - 1)
            if new and below is not None and (_treated(below) < 3 or below.with_dlt > 1):
                raise HistoryError(
                    f"step {step}: level {cohort.level} was begun with {below.with_dlt} DLT among {_treated(below)} at level "
                    f"{cohort.level - 1}; at least three without, or five of six, are needed"
                )
            before = at.get(cohort.level, CohortOutcome(level=cohort.level, evaluable=0, with_dlt=0))
            at[cohort.level] = CohortOutcome(
                level=cohort.level,
                evaluable=before.evaluable + cohort.evaluable,
                with_dlt=before.with_dlt + cohort.with_dlt,
                pending=before.pending + cohort.pending,
                undetermined=before.undetermined + cohort.undetermined,
            )
            if _treated(at[cohort.level]) > 6:
                raise HistoryError(
                    f"step {step}: level {cohort.level} has {_treated(at[cohort.level])} subjects; the design gives at most 6"
                )
        ceiling = min((level for level, here in at.items() if here.with_dlt >= 2), default=self.levels + 2)
        present = history[-1].level
        for level in sorted(level for level in at if level < present):
            here = at[level]
            if _cleared(here):
                continue
            without, open_ = here.evaluable - here.with_dlt, _treated(here) - here.evaluable
            told = f"level {level}: {here.with_dlt} DLT, {without} without, {open_} not settled"
            if _treated(here) > here.evaluable and here.with_dlt < 2:
                return _told("wait", present, 0, [told, f"level {present} was begun before it was settled; nothing follows until it is"])
            raise HistoryError(f"level {present} was given where level {level} does not permit it ({told})")
        return self._answer(at, history[-1].level, history[-1].level, ceiling, [])

    def _answer(self, at: dict[int, CohortOutcome], level: int, present: int, ceiling: int, told: list[str]) -> Decision:
        here = at.get(level, CohortOutcome(level=level, evaluable=0, with_dlt=0))
        n, dlt, without = _treated(here), here.with_dlt, here.evaluable - here.with_dlt
        waiting = n - here.evaluable
        told = [*told, f"level {level}: {dlt} DLT, {without} without, {waiting} not settled"]
        action: Action = "stay" if level == present else "escalate" if level > present else "de-escalate"
        if dlt >= 2:
            if level == 1:
                return _over(None, [*told, "two DLTs at the lowest level: no MTD among the levels"])
            return self._answer(at, level - 1, present, min(ceiling, level), [*told, "two DLTs: go down"])
        if level + 1 >= ceiling:
            if n < 6:
                return _told(action, level, 6 - n, [*told, f"level {ceiling} was too toxic: fill this level to six"])
            if waiting:
                return _told("wait", level, 0, [*told, "six, not all settled: wait"])
            return _over(level, [*told, f"level {ceiling} was too toxic: the MTD is level {level}"])
        up = _cleared(here)
        if up and level == self.levels:
            return _over(level, [*told, f"this is the highest level: the MTD is level {level} or above it"])
        if up:
            return self._answer(at, level + 1, present, ceiling, [*told, "go up"])
        if n == 6:
            return _told("wait", level, 0, [*told, "six, not yet known: wait"])
        return _told(action, level, 6 - n, [*told, f"the next subject at level {level}"])


def _cleared(cohort: CohortOutcome) -> bool:
    """Whether the level above may be given: three to five all without DLT, or five of six without."""
    without = cohort.evaluable - cohort.with_dlt
    return (cohort.with_dlt <= 1 and without >= 5) if _treated(cohort) == 6 else _treated(cohort) >= 3 and without == _treated(cohort)


def _treated(cohort: CohortOutcome) -> int:
    return cohort.evaluable + cohort.pending + cohort.undetermined


def _told(action: Action, level: int, places: int, because: list[str]) -> Decision:
    return Decision(action=action, level=level, open_places=places, mtd=None, because=tuple(because))


def _over(mtd: int | None, because: list[str]) -> Decision:
    return Decision(action="stop", level=None, open_places=0, mtd=mtd, because=tuple(because))
