"""Interval designs.

A rule at the present level, levels that stay closed once too toxic, the MTD by isotonic regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation.design import (
    Answer,
    Cell,
    Counts,
    Decision,
    Flags,
    History,
    Ints,
    Steps,
    count_rows,
    one_step,
)
from hevesy.plan.escalation.interval_rules import IntervalRule
from hevesy.plan.escalation.paragraph import in_cohorts, sizes
from hevesy.plan.escalation.replay import replay
from hevesy.stats.isotonic import isotonic_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalDesign:
    """BOIN, Keyboard, mTPI or mTPI-2 over `levels` levels, in cohorts, to at most `n_max` subjects.

    A level that is too toxic is closed with all above it; level 1 too toxic stops the trial without an MTD. The next
    level up that is closed, or the highest, means staying; level 1 means staying instead of going down.
    """

    rule: IntervalRule
    levels: int
    cohort_size: int = 3
    n_max: int = 30
    first_level: int = 1
    needs_calendar: ClassVar[bool] = False
    splits_cohorts: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.levels < 1 or self.cohort_size < 1 or self.n_max < 1:
            raise RuleError(
                f"levels, cohort size and n must be positive, got {self.levels}, {self.cohort_size}, {self.n_max}"
            )
        if self.n_max < self.cohort_size:
            raise RuleError(
                f"a trial has at least one whole cohort of {self.cohort_size}, got {self.n_max} subjects in all"
            )
        if not 1 <= self.first_level <= self.levels:
            raise RuleError(f"the first level lies in 1..{self.levels}, got {self.first_level}")

    @property
    def start(self) -> int:
        """The level the trial begins at."""
        return self.first_level

    @property
    def in_short(self) -> str:
        """The design in a line.

        >>> from hevesy.plan.escalation.interval_rules import Keyboard
        >>> IntervalDesign(rule=Keyboard(target=0.25), levels=4).in_short
        'Keyboard, target 0.25; 4 levels, cohorts of 3, at most 30 subjects'
        """
        return f"{self.rule.in_short}; {sizes(self)}"

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol."""
        return f"{in_cohorts(self)}. {by_rule(self.rule)}"

    def starting_at(self, level: int) -> IntervalDesign:
        """The design, begun at a level of its own."""
        return replace(self, first_level=level)

    def complete(self) -> IntervalDesign:
        """It waits for complete outcomes."""
        return self

    def decision_table(self, n_max: int) -> tuple[Cell, ...]:
        """The decision with each number of subjects and DLTs at a level."""
        return tuple(Cell(n, dlt, self.rule.at(n, dlt)) for n in range(1, n_max + 1) for dlt in range(n + 1))

    def steps(self, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints) -> Steps:
        """What comes next in many trials at once, a row for each; it does not depend on the last cohort."""
        del last_dlt
        answers = answer_table(self.rule, max(self.n_max, int(n.max(initial=0))))
        rows = np.arange(len(level))
        toxic = self._toxic(n, dlt)
        closed = np.where(toxic.any(axis=1), toxic.argmax(axis=1) + 1, self.levels + 1)
        total = n.sum(axis=1)
        answer = answers[n[rows, level - 1], dlt[rows, level - 1]]
        unanswered = np.flatnonzero(answer == NOT_ANSWERED)
        if len(unanswered):
            row = unanswered[0]
            self.rule.at(int(n[row, level[row] - 1]), int(dlt[row, level[row] - 1]))
        up = (answer == ANSWERS.index("E")) & (level + 1 < np.minimum(closed, self.levels + 1))
        down = (answer >= ANSWERS.index("D")) & (level > 1)
        over = (closed == 1) | (total >= self.n_max)
        mtd = np.zeros_like(level)
        chosen = np.flatnonzero((closed > 1) & over)
        mtd[chosen] = self.recommended(n[chosen], dlt[chosen], level[chosen])
        following = np.where(over, 0, level + up - down)
        return Steps(following, np.where(over, 0, np.minimum(self.cohort_size, self.n_max - total)), mtd)

    def closed(self, n: Ints, dlt: Ints, level: Ints) -> Flags:
        """Whether the rule has closed the level."""
        return self._toxic(n, dlt)[np.arange(len(level)), level - 1]

    def recommended(self, n: Ints, dlt: Ints, level: Ints) -> Ints:
        """The MTD if the trial ended with these counts: never a level the rule has closed."""
        del level
        return select_mtds(n, dlt, self.rule.target, closed=self._toxic(n, dlt))

    def _toxic(self, n: Ints, dlt: Ints) -> Flags:
        answers = answer_table(self.rule, max(self.n_max, int(n.max(initial=0))))
        return np.asarray(answers[n, dlt] == ANSWERS.index("X"))

    def explain(self, counts: Counts, level: int, last_dlt: int = 0) -> Decision:
        """The step with its reasons."""
        del last_dlt
        step = one_step(self, counts, level)
        (n, dlt), total = counts[level - 1], sum(n for n, _ in counts)
        answer = self.rule.at(n, dlt)
        if step.action == "stop" and total >= self.n_max and step.mtd is not None:
            why = f"{total} subjects treated; isotonic regression takes level {step.mtd}"
        elif step.action == "stop":
            why = (
                "level 1 is too toxic: no level is tolerated"
                if self.rule.at(*counts[0]) == "X"
                else f"{total} subjects treated; no level qualifies"
            )
        elif step.action == "escalate":
            why = f"go up to level {step.level}"
        elif step.action == "de-escalate":
            why = f"{'too toxic, never again' if answer == 'X' else 'go down'}: level {step.level}"
        else:
            why = {"E": "no level above is open: stay", "D": "there is no level below: stay"}.get(answer, "stay")
        told = (f"level {level}: {dlt} DLT among {n}", why)
        return Decision(action=step.action, level=step.level, open_places=step.open_places, mtd=step.mtd, because=told)

    def decide(self, history: History) -> Decision:
        """The next step; each cohort must be at the level the design asked for, and only the last may be unsettled."""
        return replay(self, history)


def by_rule(rule: IntervalRule) -> str:
    """What a protocol says of a rule at the present level, of the levels it closes and of the MTD."""
    return (
        f"The target DLT rate is {rule.target:g}. The design {rule.how}. At level 1 going down means "
        f"staying, at the highest going up means staying. {rule.closes}; if that is level 1 the trial stops and no "
        "level is the MTD. When all subjects are treated the MTD is the level, of those not closed, "
        "whose isotonic DLT rate is nearest the target."
    )


ANSWERS: tuple[Answer, ...] = ("E", "S", "D", "X")
NOT_ANSWERED = len(ANSWERS)


@lru_cache(maxsize=64)
def answer_table(rule: IntervalRule, n_max: int) -> NDArray[np.int8]:
    """The rule's answers by subjects (0..n_max) and DLTs, as places in `ANSWERS` or not answered.

    Nobody treated means stay.
    """
    table = np.full((n_max + 1, n_max + 1), ANSWERS.index("S"), dtype=np.int8)
    for n in range(1, n_max + 1):
        for dlt in range(n + 1):
            try:
                table[n, dlt] = ANSWERS.index(rule.at(n, dlt))
            except CannotAnswerError:
                table[n, dlt] = NOT_ANSWERED
    return table


def select_mtd(
    counts: Sequence[tuple[int, int]], target: float, eliminate_above: float = 0.95, at_most: float | None = None
) -> int | None:
    """The level whose isotonic DLT rate is nearest the target; None when level 1 is too toxic or nobody was treated.

    Source and rules as in `select_mtds`.

    >>> select_mtd([(3, 0), (6, 1), (6, 3)], target=0.25)
    2
    """
    return int(select_mtds(*count_rows(tuple(counts)), target, eliminate_above, at_most)[0]) or None


def select_mtds(
    n: Ints,
    dlt: Ints,
    target: float,
    eliminate_above: float = 0.95,
    at_most: float | None = None,
    closed: Flags | None = None,
) -> Ints:
    """The MTD of many trials, a row of counts for each.

    The level whose isotonic DLT rate is nearest the target, 0 for none.

    Levels too toxic (from three subjects on) and those above them are left out, as are untried ones. Rates are (y +
    0.05) / (n + 0.1), weighted by the inverse of their variance; of equal rates the higher level is taken below the
    target and the lower above it. `at_most`: the MTD's isotonic rate must not exceed it.
    `closed`: levels left out, with those above them, for another reason.

    Source: Liu and Yuan 2015; the tie rule is that of the BOIN package 2.7.2, whose selections it reproduces.
    """
    toxic = (n >= 3) & (dlt > 0) & (1 - betainc(dlt + 1.0, n - dlt + 1.0, target) > eliminate_above)
    if closed is not None:
        toxic |= closed
    open_ = (n > 0) & ~np.logical_or.accumulate(toxic, axis=1)
    rate = (dlt + 0.05) / (n + 0.1)
    variance = (dlt + 0.05) * (n - dlt + 0.05) / ((n + 0.1) ** 2 * (n + 1.1))
    weight = np.where(open_, 1 / variance, 0.0)
    fitted = isotonic_rows(rate, weight)
    apart = fitted + np.arange(1, n.shape[1] + 1) * 1e-10
    allowed = open_ if at_most is None else open_ & (apart <= at_most)
    distance = np.where(allowed, np.abs(apart - target), np.inf)
    return np.where(allowed.any(axis=1), distance.argmin(axis=1) + 1, 0)
