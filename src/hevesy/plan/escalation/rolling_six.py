"""Rolling six: up to six subjects at a level without waiting for each three.

Source: Skolnik, Barrett, Jayaraman, Patel and Adamson, J Clin Oncol 2008;26:190, table 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, NoReturn

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import Action, Decision, History, never_complete, without_table
from hevesy.plan.escalation.paragraph import over_levels
from hevesy.study.outcomes import CohortOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingSix:
    """With n treated: two DLTs go down; 3 to 5 all without DLT go up; six with at most one DLT and five without go up.

    Fewer than that and fewer than six: the next subject at the same level; six and not yet known: wait. A level below
    one that was too toxic is filled to six; with at most one DLT of six it is the MTD.
    """

    levels: int
    first_level: int = 1
    cohort_size: ClassVar[int] = 6
    needs_calendar: ClassVar[bool] = True
    splits_cohorts: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.levels < 1:
            raise RuleError(f"a design needs at least one level, got {self.levels}")
        if not 1 <= self.first_level <= self.levels:
            raise RuleError(f"the first level lies in 1..{self.levels}, got {self.first_level}")

    @property
    def in_short(self) -> str:
        """The design in a line."""
        return f"rolling six; {self.levels} levels"

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol."""
        return (
            f"{over_levels(self.levels)} by the rolling six design: up to 6 subjects are enrolled at a level without "
            "waiting; the next "
            "level is opened when 3, 4 or 5 subjects have all completed the window without DLT, or 5 of 6 with at "
            "most 1 DLT; with 2 DLTs the level below is filled to 6. (Skolnik et al., J Clin Oncol 2008;26:190.)"
        )

    def starting_at(self, level: int) -> RollingSix:
        """The design, begun at a level of its own."""
        return replace(self, first_level=level)

    def complete(self) -> NoReturn:
        """It never waits for all outcomes."""
        raise never_complete(self)

    def decision_table(self, n_max: int) -> NoReturn:
        """It has none."""
        raise without_table(self)

    def decide(self, history: History) -> Decision:
        """Where the next subject goes."""
        if not history:
            return _told("stay", self.first_level, 6, [f"no subject yet: enrol at level {self.first_level}"])
        at: dict[int, CohortOutcome] = {}
        for step, cohort in enumerate(history, start=1):
            level = cohort.level
            if level > self.levels:
                raise RuleError(f"step {step}: level {level} does not exist, the design has {self.levels}")
            highest = max(at) + 1 if at else self.first_level
            if level > highest:
                raise RuleError(f"step {step}: level {level} was given where level {highest} is the highest possible")
            below = at.get(level - 1)
            if level not in at and below is not None and (_treated(below) < 3 or below.with_dlt > 1):
                raise RuleError(
                    f"step {step}: level {level} was begun with {below.with_dlt} DLT among {_treated(below)} at level "
                    f"{level - 1}; at least three without, or five of six, are needed"
                )
            before = _at(at, level)
            at[level] = CohortOutcome(
                level=level,
                evaluable=before.evaluable + cohort.evaluable,
                with_dlt=before.with_dlt + cohort.with_dlt,
                pending=before.pending + cohort.pending,
                undetermined=before.undetermined + cohort.undetermined,
            )
            if _treated(at[level]) > 6:
                raise RuleError(
                    f"step {step}: level {level} has {_treated(at[level])} subjects; the design gives at most 6"
                )
        present = history[-1].level
        not_cleared = [level for level in at if level < present and not _cleared(at[level])]
        if not_cleared:
            level = min(not_cleared)
            here = at[level]
            told = f"level {level}: {_counts(here)}"
            if _waiting(here) and here.with_dlt < 2:
                return _told(
                    "wait",
                    present,
                    0,
                    [told, f"level {present} was begun before it was settled; nothing follows until it is"],
                )
            raise RuleError(f"level {present} was given where level {level} does not permit it ({told})")
        return self._answer(at, present, present, [])

    def _answer(self, at: dict[int, CohortOutcome], level: int, present: int, told: list[str]) -> Decision:
        here = _at(at, level)
        n = _treated(here)
        told = [*told, f"level {level}: {_counts(here)}"]
        action: Action = "escalate" if level > present else "de-escalate" if level < present else "stay"
        if here.with_dlt >= 2:
            if level == 1:
                return _over(None, [*told, "two DLTs at the lowest level: no MTD among the levels"])
            return self._answer(at, level - 1, present, [*told, "two DLTs: go down"])
        if _at(at, level + 1).with_dlt >= 2:
            if n < 6:
                return _told(action, level, 6 - n, [*told, f"level {level + 1} was too toxic: fill this level to six"])
            if _waiting(here):
                return _told("wait", level, 0, [*told, "six, not all settled: wait"])
            return _over(level, [*told, f"level {level + 1} was too toxic: the MTD is level {level}"])
        if not _cleared(here):
            if n == 6:
                return _told("wait", level, 0, [*told, "six, not yet known: wait"])
            return _told(action, level, 6 - n, [*told, f"the next subject at level {level}"])
        if level == self.levels:
            return _over(level, [*told, f"this is the highest level: the MTD is level {level} or above it"])
        return self._answer(at, level + 1, present, [*told, "go up"])


def _at(at: dict[int, CohortOutcome], level: int) -> CohortOutcome:
    return at.get(level) or CohortOutcome(level=level, evaluable=0, with_dlt=0)


def _counts(cohort: CohortOutcome) -> str:
    return f"{cohort.with_dlt} DLT, {cohort.evaluable - cohort.with_dlt} without, {_waiting(cohort)} not settled"


def _cleared(cohort: CohortOutcome) -> bool:
    """Whether the level above may be given: three to five all without DLT, or five of six without."""
    without = cohort.evaluable - cohort.with_dlt
    return without >= 5 if _treated(cohort) == 6 else without >= 3 and without == _treated(cohort)


def _treated(cohort: CohortOutcome) -> int:
    return cohort.evaluable + _waiting(cohort)


def _waiting(cohort: CohortOutcome) -> int:
    return cohort.pending + cohort.undetermined


def _told(action: Action, level: int, places: int, because: list[str]) -> Decision:
    return Decision(action=action, level=level, open_places=places, mtd=None, because=tuple(because))


def _over(mtd: int | None, because: list[str]) -> Decision:
    return Decision(action="stop", level=None, open_places=0, mtd=mtd, because=tuple(because))
