"""Interval designs: a rule at the present level, levels that stay closed once too toxic, the MTD by isotonic regression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from hevesy.plan.escalation.design import Counts, Decision, History, Step
from hevesy.plan.escalation.interval_rules import Answer, IntervalRule, above_target
from hevesy.plan.escalation.replay import replay
from hevesy.stats.isotonic import pool_adjacent_violators


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

    def __post_init__(self) -> None:
        if self.levels < 1 or self.cohort_size < 1 or self.n_max < 1:
            raise ValueError(f"levels, cohort size and n must be positive, got {self.levels}, {self.cohort_size}, {self.n_max}")
        if not 1 <= self.first_level <= self.levels:
            raise ValueError(f"the first level lies in 1..{self.levels}, got {self.first_level}")

    @property
    def start(self) -> int:
        """The level the trial begins at."""
        return self.first_level

    def step(self, counts: Counts, level: int, last_dlt: int = 0) -> Step:
        """What comes next with these counts, the last cohort having been at `level`; it depends on nothing else."""
        del last_dlt
        answers, levels = _answers(self.rule), self.levels
        closed = next((place for place, (n, dlt) in enumerate(counts, start=1) if n and answers(n, dlt) == "X"), levels + 1)
        total = sum(n for n, _ in counts)
        if closed == 1:
            return Step("stop", None, 0, None)
        if total >= self.n_max:
            return Step("stop", None, 0, select_mtd(counts, self.rule.target))
        answer = answers(*counts[level - 1])
        places = min(self.cohort_size, self.n_max - total)
        if answer == "E" and level < levels and level + 1 < closed:
            return Step("escalate", level + 1, places, None)
        if answer in ("D", "X") and level > 1:
            return Step("de-escalate", level - 1, places, None)
        return Step("stay", level, places, None)

    def explain(self, counts: Counts, level: int, last_dlt: int = 0) -> Decision:
        """The step with its reasons."""
        del last_dlt
        step = self.step(counts, level)
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


@cache
def _answers(rule: IntervalRule) -> Callable[[int, int], Answer]:
    """The rule's answers, each worked out once."""
    return cache(rule.at)


def select_mtd(counts: Sequence[tuple[int, int]], target: float, eliminate_above: float = 0.95, at_most: float | None = None) -> int | None:
    """The level whose isotonic DLT rate is nearest the target; None when level 1 is too toxic or nobody was treated.

    Levels too toxic (from three subjects on) and those above them are left out, as are untried ones. Rates are
    (y + 0.05) / (n + 0.1), weighted by the inverse of their variance; of equal rates the higher level is taken below the
    target and the lower above it. `at_most`: the MTD's isotonic rate must not exceed it.

    Source: Liu and Yuan 2015; the tie rule is that of the BOIN package 2.7.2, whose selections it reproduces.
    """
    closed = next(
        (level for level, (n, y) in enumerate(counts, start=1) if n >= 3 and above_target(target, n, y) > eliminate_above), len(counts) + 1
    )
    tried = [(level, n, y) for level, (n, y) in enumerate(counts, start=1) if n and level < closed]
    if closed == 1 or not tried:
        return None
    rates = [(y + 0.05) / (n + 0.1) for _, n, y in tried]
    variances = [(y + 0.05) * (n - y + 0.05) / ((n + 0.1) ** 2 * (n + 1.1)) for _, n, y in tried]
    fitted = pool_adjacent_violators(rates, [1 / variance for variance in variances])
    apart = [rate + place * 1e-10 for place, rate in enumerate(fitted, start=1)]
    candidates = [
        (abs(rate - target), level) for rate, (level, _, _) in zip(apart, tried, strict=True) if at_most is None or rate <= at_most
    ]
    return min(candidates)[1] if candidates else None
