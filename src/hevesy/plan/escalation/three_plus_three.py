"""The 3+3 family: A subjects, then B more if needed, by counted rules.

"3+3" names several designs; each has its name here.

Sources: Storer, Biometrics 1989;45:925 (the traditional design); Lin and Shih, Biostatistics 2001;2:203 (A+B designs,
with and without dose de-escalation). `modified` is our reading of the CLR 131 trial ("minimally modified, standard 3+3
schema", four evaluable subjects a cohort, release of 2016-12-01): 0 of 4 up; 1 of 4 add four; at most 1 of 8 up;
otherwise stop; subjects who are not evaluable are replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import Answer, Cell, Decision, History, Ints, Steps, parse_history
from hevesy.plan.escalation.paragraph import over_levels
from hevesy.study.outcomes import CohortOutcome
from hevesy.study.protocol.escalation import VARIANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreePlusThree:
    """An A+B design: `first` subjects, then `more` of them if needed.

    Of the first: at most `up_at_most` DLT go up, at most `add_at_most` add `more`, more are too many. Of all: at most
    `up_at_most_of_all` go up, more are too many.

    Too many without `de_escalation`: stop, the MTD is the level below. With it: go down; a level below with only
    `first` subjects gets `more`, one that has them all is the MTD.
    """

    levels: int
    variant: str
    first: int = 3
    more: int = 3
    up_at_most: int = 0
    add_at_most: int = 1
    up_at_most_of_all: int = 1
    de_escalation: bool = False
    first_level: int = 1
    needs_calendar: ClassVar[bool] = False
    splits_cohorts: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.levels < 1:
            raise RuleError(f"a design needs at least one level, got {self.levels}")
        if not 1 <= self.first_level <= self.levels:
            raise RuleError(f"the first level lies in 1..{self.levels}, got {self.first_level}")
        if self.first < 1 or self.more < 0:
            raise RuleError(f"cohort sizes must be positive, got {self.first} and {self.more}")
        if not 0 <= self.up_at_most <= self.add_at_most < self.first:
            raise RuleError(
                f"of the first {self.first} subjects, 0 <= up_at_most <= add_at_most < {self.first}; "
                f"got {self.up_at_most}, {self.add_at_most}"
            )

    @property
    def start(self) -> int:
        """The level the trial begins at."""
        return self.first_level

    @property
    def cohort_size(self) -> int:
        """Size of the first cohort."""
        return self.first

    @property
    def in_short(self) -> str:
        """The design in a line."""
        return f"{self.variant} 3+3 family; {self.levels} levels, {self.first} and {self.more} more a level"

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol.

        >>> print(three_plus_three("modified", 4).paragraph[:72])
        Doses are escalated over 4 levels in cohorts of 4 evaluable subjects. Of
        """
        both = self._both
        end = (
            f"the level below is then filled to {both}, and it is the MTD if it has {both} with at most "
            f"{self.up_at_most_of_all} DLT"
            if self.de_escalation
            else "escalation then stops and the MTD is the level below"
        )
        return (
            f"{over_levels(self.levels)} in cohorts of {self.first} evaluable subjects. "
            f"Of the first {self.first} at a level, "
            f"with {'no' if self.up_at_most == 0 else f'at most {self.up_at_most}'} DLT the next level is opened; "
            f"with up to {self.add_at_most} DLT {self.more} more are treated at the same level, "
            f"and with at most {self.up_at_most_of_all} DLT of {both} the next level is opened. More are too many: "
            f"{end}. Subjects who are not evaluable are replaced. (Storer, Biometrics 1989;45:925; Lin and Shih, "
            "Biostatistics 2001;2:203.)"
        )

    def starting_at(self, level: int) -> ThreePlusThree:
        """The design, begun at a level of its own."""
        return replace(self, first_level=level)

    def complete(self) -> ThreePlusThree:
        """It waits for complete outcomes."""
        return self

    def decision_table(self, n_max: int) -> tuple[Cell, ...]:
        """The decision with each number of DLTs among the first, and among all, at the second of three levels.

        >>> "".join(cell.decision for cell in three_plus_three("no-de-escalation", 3).decision_table(6))
        'ESDDEDDD'
        """
        del n_max
        return tuple(replace(self, levels=3, first_level=1)._cells())

    def _cells(self) -> Iterator[Cell]:
        words: dict[str, Answer] = {"escalate": "E", "stay": "S", "de-escalate": "D", "stop": "D"}

        def answer(*cohorts: str) -> Answer:
            return words[self.decide(parse_history(f"1{'N' * self.first} {' '.join(cohorts)}")).action]

        def treated(n: int, dlt: int) -> str:
            return f"2{'N' * (n - dlt)}{'T' * dlt}"

        first = [(dlt, answer(treated(self.first, dlt))) for dlt in range(self.first + 1)]
        yield from (Cell(self.first, dlt, told) for dlt, told in first)
        for fewest in [dlt for dlt, told in first if told == "S"][:1]:
            for more in range(self.more + 1):
                told = answer(treated(self.first, fewest), treated(self.more, more))
                yield Cell(self._both, fewest + more, told)

    @property
    def _both(self) -> int:
        return self.first + self.more

    @property
    def _at_most_of_all(self) -> int:
        """Where nobody is added the first are all, and their own limits come before that of all."""
        return (
            self.up_at_most_of_all if self.more else max(self.up_at_most, min(self.add_at_most, self.up_at_most_of_all))
        )

    def steps(self, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints) -> Steps:
        """What comes next in many trials at once; a row for each."""
        del last_dlt
        rows, nobody = np.arange(len(level)), np.zeros_like(n[:, :1])
        beside = np.hstack([nobody, n, nobody])
        below_n, here_n, here_dlt = beside[rows, level - 1], n[rows, level - 1], dlt[rows, level - 1]
        returned = beside[rows, level + 1] > 0
        full = here_n >= self._both
        up = np.where(
            full, here_dlt <= self._at_most_of_all, (here_n >= self.first) & (here_dlt <= self.up_at_most) & ~returned
        )
        of_first, of_all = here_dlt > self.add_at_most, here_dlt > self._at_most_of_all
        toxic = ~up & ((here_n <= self.first) & of_first | (here_n >= self.first) & of_all)
        over = up & (returned | (level == self.levels))
        down = toxic & self.de_escalation & (level > 1) & (below_n < self._both)
        cases = [~toxic & ~up, up & ~over, down]
        following = np.select(cases, [level, level + 1, level - 1], 0)
        given_n = np.select(cases, [here_n, np.zeros_like(level), below_n], self._both)
        places = np.where(given_n < self.first, self.first, self._both) - given_n
        # without going down, nobody was given the level below the first
        below = level - 1 if self.de_escalation else np.where(level > self.first_level, level - 1, 0)
        mtd = np.select([over, toxic & ~down], [level, below], 0)
        return Steps(following, places, mtd)

    def decide(self, history: History) -> Decision:
        """The next step after a history, cohort by cohort.

        Each must be what the design asked for after those before it.
        """
        answer = _decision(
            "stay", self.start, self.first, [f"no subject yet: enrol {self.first} at level {self.start}"]
        )
        merged: list[CohortOutcome] = []
        for step, cohort in enumerate(history, start=1):
            if cohort.level > self.levels:
                raise RuleError(f"step {step}: level {cohort.level} does not exist, the design has {self.levels}")
            if cohort.level != answer.level:
                if answer.action == "wait":
                    return self._begun_too_early(merged[-1], cohort, answer)
                raise RuleError(f"step {step}: {self._not_asked_for(cohort, merged, answer)}")
            merged = _merge(merged, cohort)
            answer = self._after(merged)
        return answer

    def _not_asked_for(self, cohort: CohortOutcome, before: list[CohortOutcome], wanted: Decision) -> str:
        if not before:
            return f"the design starts at level {self.start}, the history at level {cohort.level}"
        if wanted.action == "stop":
            return f"the design had stopped ({wanted.because[-1]}), but level {cohort.level} was given"
        told = f"level {cohort.level} was given where the design says {wanted.action}, level {wanted.level}"
        return f"{told} ({wanted.because[-1]})"

    def _begun_too_early(self, unsettled: CohortOutcome, cohort: CohortOutcome, waiting: Decision) -> Decision:
        told = (
            f"level {cohort.level} was begun while level {unsettled.level} was not settled; nothing follows until it is"
        )
        return _decision("wait", cohort.level, 0, [*waiting.because[:-1], told])

    def _after(self, merged: list[CohortOutcome]) -> Decision:
        """The decision at the level of the last cohort.

        A level above it was too toxic, or the trial would not be here again.
        """
        here, both = merged[-1], self._both
        level, n, dlt, waiting = here.level, here.evaluable, here.with_dlt, here.pending + here.undetermined
        told = [f"level {level}: {dlt} DLT among {n} evaluable"]
        if here.not_evaluable:
            told.append(
                f"{here.not_evaluable} not evaluable and not counted" + (", to be replaced" if n < self.first else "")
            )
        if n + waiting > both:
            raise RuleError(f"level {level} has {n + waiting} subjects; the design gives at most {both}")
        returned = _at(merged, level + 1).evaluable > 0
        stage = both if n >= self.first and (dlt > self.up_at_most or returned) else self.first
        of_first, of_all = n <= self.first and dlt > self.add_at_most, n >= self.first and dlt > self._at_most_of_all
        if waiting:
            return self._wait(here, max(stage - n - waiting, 0), of_first or of_all, told)
        up_at_most = self._at_most_of_all if n == both else self.up_at_most
        if n >= stage and dlt <= up_at_most:
            return self._up(level, returned, [*told, f"{dlt} of {n} permits escalation (at most {up_at_most})"])
        if of_first:
            return self._too_toxic(
                merged, [*told, f"more than {self.add_at_most} of the first {self.first} are too many"]
            )
        if of_all:
            return self._too_toxic(merged, [*told, f"more than {self._at_most_of_all} of {both} are too many"])
        more = (
            f"{stage - n} more needed before a decision"
            if stage == self.first
            else f"add {stage - n} at the same level"
        )
        return _decision("stay", level, stage - n, [*told, more])

    def _wait(self, here: CohortOutcome, places: int, too_many: bool, told: list[str]) -> Decision:
        if here.pending:
            told.append(f"{here.pending} still within the window")
        if here.undetermined:
            told.append(f"{here.undetermined} undetermined; undetermined is not counted as no DLT")
        if too_many:
            told.append("already more DLT than the level permits: enrol nobody at this level")
            places = 0
        told.append(f"wait; {places} place{'' if places == 1 else 's'} open at level {here.level}")
        return _decision("wait", here.level, places, told)

    def _up(self, level: int, returned: bool, told: list[str]) -> Decision:
        if returned:
            return _stop(level, [*told[:-1], f"level {level + 1} was too toxic: the MTD is level {level}"])
        if level == self.levels:
            return _stop(level, [*told[:-1], f"this is the highest level: the MTD is level {level} or above it"])
        return _decision("escalate", level + 1, self.first, [*told, f"next: level {level + 1}, {self.first} subjects"])

    def _too_toxic(self, merged: list[CohortOutcome], told: list[str]) -> Decision:
        level = merged[-1].level
        if level == 1:
            return _stop(None, [*told, "the lowest level is too toxic: no MTD among the levels"])
        below = _at(merged, level - 1)
        if not self.de_escalation and level == self.first_level:
            return _stop(
                None, [*told, f"stop; level {level - 1} was given to nobody here: no MTD among the levels tried"]
            )
        if not self.de_escalation:
            return _stop(level - 1, [*told, f"stop: the MTD is the level below, {level - 1}"])
        if below.evaluable >= self._both:
            return _stop(
                level - 1, [*told, f"level {level - 1} has {below.with_dlt} DLT of {below.evaluable}: it is the MTD"]
            )
        places = (self.first if below.evaluable < self.first else self._both) - below.evaluable
        return _decision("de-escalate", level - 1, places, [*told, f"go down: {places} more at level {level - 1}"])


def _at(merged: list[CohortOutcome], level: int) -> CohortOutcome:
    return next(
        (cohort for cohort in merged if cohort.level == level), CohortOutcome(level=level, evaluable=0, with_dlt=0)
    )


def _merge(merged: list[CohortOutcome], cohort: CohortOutcome) -> list[CohortOutcome]:
    """Cohorts gathered by level, the level of the last one at the end."""
    known = _at(merged, cohort.level)
    joined = CohortOutcome(
        level=cohort.level,
        evaluable=known.evaluable + cohort.evaluable,
        with_dlt=known.with_dlt + cohort.with_dlt,
        pending=known.pending + cohort.pending,
        undetermined=known.undetermined + cohort.undetermined,
        not_evaluable=known.not_evaluable + cohort.not_evaluable,
    )
    return [other for other in merged if other.level != cohort.level] + [joined]


def _decision(action: str, level: int, places: int, because: list[str]) -> Decision:
    return Decision(action=action, level=level, open_places=places, mtd=None, because=tuple(because))  # type: ignore[arg-type]


def _stop(mtd: int | None, because: list[str]) -> Decision:
    return Decision(action="stop", level=None, open_places=0, mtd=mtd, because=tuple(because))


def a_plus_b(levels: int, a: int, b: int, c: int, d: int, e: int) -> ThreePlusThree:
    """The A+B design of Lin and Shih without de-escalation.

    Fewer than C DLTs of A up, more than D stop, else B more, at most E up.

    >>> a_plus_b(4, 3, 3, 1, 1, 1).first
    3
    """
    return ThreePlusThree(
        levels=levels, variant="a-plus-b", first=a, more=b, up_at_most=c - 1, add_at_most=d, up_at_most_of_all=e
    )


def three_plus_three(variant: str, levels: int, cohort_size: int | None = None) -> ThreePlusThree:
    """A member of the family by name: `no-de-escalation`, `de-escalation`, `modified` (cohorts of four).

    `cohort_size` sets both the first and the added cohort (3, or 4 for `modified`).

    >>> from hevesy.plan.escalation.design import parse_history
    >>> three_plus_three("modified", levels=4).decide(parse_history("1NNNN 2NNTP")).action
    'wait'
    """
    if variant not in VARIANTS:
        raise RuleError(f"variant of three-plus-three must be one of {', '.join(VARIANTS)}, got {variant!r}")
    size = cohort_size or (4 if variant == "modified" else 3)
    return ThreePlusThree(
        levels=levels, variant=variant, first=size, more=size, de_escalation=variant == "de-escalation"
    )
