"""Rules that answer in a design's place: when to stop early, how far to go up, who is replaced.

`Ruled` holds a design of counts and rules; each rule sees what would come next and may amend it. A rule is a frozen
value, so a design with its rules is one too, and whatever a design can do (decide, be drawn as a graph, be simulated)
it can.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NoReturn, Protocol

import numpy as np
from scipy.special import betainc

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import (
    CountDesign,
    Counts,
    Decision,
    Flags,
    History,
    Ints,
    Steps,
    one_step,
)
from hevesy.plan.escalation.replay import replay


class RecommendingDesign(CountDesign, Protocol):
    """A design of counts that gives its reasons and can name an MTD at any time."""

    @property
    def n_max(self) -> int:
        """Subjects in all."""
        ...

    def closed(self, n: Ints, dlt: Ints, level: Ints) -> Flags:
        """Whether the level is too toxic to be given again; a row for each trial."""
        ...

    def recommended(self, n: Ints, dlt: Ints, level: Ints) -> Ints:
        """The MTD if the trial ended with these counts, 0 for none; a row for each trial."""
        ...

    def explain(self, counts: Counts, level: int, last_dlt: int) -> Decision:
        """The decision with these counts, the last cohort having been at `level` with `last_dlt` DLTs."""
        ...


class Rule(Protocol):
    """What may amend the next step."""

    @property
    def says(self) -> str:
        """The rule in words."""
        ...

    def __hash__(self) -> int:
        """A rule is a value."""
        ...

    def amended(
        self, design: RecommendingDesign, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints, after: Steps
    ) -> Steps:
        """What comes next under the rule."""
        ...


def _stopped(after: Steps, when: Ints | np.ndarray, mtd: Ints) -> Steps:
    return Steps(np.where(when, 0, after.level), np.where(when, 0, after.places), np.where(when, mtd, after.mtd))


def _at_most(after: Steps, highest: Ints) -> Steps:
    return after._replace(level=np.minimum(after.level, np.maximum(highest, 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAtN:
    """Stop when the next cohort would be given at a level that already has `n` subjects.

    The design then names the MTD.
    """

    n: int

    def __post_init__(self) -> None:
        if self.n < 1:
            raise RuleError(f"a number of subjects to stop at is positive, got {self.n}")

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"stop when a level that has {self.n} subjects would be given again"

    def amended(
        self, design: RecommendingDesign, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints, after: Steps
    ) -> Steps:
        """What comes next under the rule."""
        del last_dlt
        enough = (after.level > 0) & (n[np.arange(len(level)), np.maximum(after.level, 1) - 1] >= self.n)
        return _stopped(after, enough, design.recommended(n, dlt, level)) if enough.any() else after


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWhenToxic:
    """Stop without an MTD when P(DLT rate of level 1 > limit | data at level 1, uniform prior) exceeds `above`.

    With a lower `above` than elimination uses it is the extra safety of BOIN.
    """

    limit: float
    above: float = 0.95
    from_n: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.limit < 1 or not 0 < self.above < 1:
            raise RuleError(f"a limit and a probability lie between 0 and 1, got {self.limit:g} and {self.above:g}")

    @property
    def says(self) -> str:
        """The rule in words."""
        return (
            f"stop when P(rate of level 1 > {self.limit:g}) exceeds {self.above:g}, from {self.from_n} subjects there"
        )

    def amended(
        self, design: RecommendingDesign, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints, after: Steps
    ) -> Steps:
        """What comes next under the rule."""
        del design, level, last_dlt
        first, seen = n[:, 0], dlt[:, 0]
        toxic = (first >= self.from_n) & (1 - betainc(seen + 1.0, first - seen + 1.0, self.limit) > self.above)
        return _stopped(after, toxic, np.zeros_like(after.mtd))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSkipping:
    """Go up by one level at a time."""

    @property
    def says(self) -> str:
        """The rule in words."""
        return "no level is skipped going up"

    def amended(
        self, design: RecommendingDesign, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints, after: Steps
    ) -> Steps:
        """What comes next under the rule."""
        del design, n, dlt, last_dlt
        return _at_most(after, level + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumIncrement:
    """No dose more than `factor` times the present one; `doses` are those of the levels, in any one unit."""

    doses: tuple[float, ...]
    factor: float

    def __post_init__(self) -> None:
        rising = all(0 < dose < math.inf for dose in self.doses) and all(a < b for a, b in pairwise(self.doses))
        if not 1 < self.factor < math.inf or not self.doses or not rising:
            raise RuleError(
                f"doses are positive and increase, and the factor is above 1, got {self.doses} and {self.factor:g}"
            )

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"no dose more than {self.factor:g} times the present one"

    def amended(
        self, design: RecommendingDesign, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints, after: Steps
    ) -> Steps:
        """What comes next under the rule."""
        del n, dlt, last_dlt
        if len(self.doses) != design.levels:
            raise RuleError(f"a largest increase needs the doses of the {design.levels} levels, got {len(self.doses)}")
        doses = np.array(self.doses)
        return _at_most(after, np.searchsorted(doses, doses[level - 1] * self.factor * (1 + 1e-12), side="right"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CumulativeLimit:
    """Levels whose cycles together would exceed a limit to an organ are not given.

    `totals_Gy` of the levels, and the limit.
    """

    organ: str
    totals_Gy: tuple[float, ...]
    limit_Gy: float

    def __post_init__(self) -> None:
        if not self.totals_Gy or self.totals_Gy[0] > self.limit_Gy:
            raise RuleError(
                f"the lowest level must stay within {self.limit_Gy:g} Gy to the {self.organ}, got {self.totals_Gy}"
            )

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"no level whose cycles together exceed {self.limit_Gy:g} Gy to the {self.organ}"

    def amended(
        self, design: RecommendingDesign, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints, after: Steps
    ) -> Steps:
        """What comes next under the rule."""
        del design, n, dlt, last_dlt
        within = sum(total <= self.limit_Gy for total in self.totals_Gy)
        return _at_most(after, np.full_like(level, within))


@dataclass(frozen=True, slots=True, kw_only=True)
class Titration:
    """One subject a level until the first DLT or the highest level; then that level is filled to a whole cohort.

    Source: Liu and Yuan 2015 (accelerated titration of BOIN).
    """

    cohort_size: int = 3

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"one subject a level until the first DLT, then cohorts of {self.cohort_size}"

    def amended(
        self, design: RecommendingDesign, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints, after: Steps
    ) -> Steps:
        """What comes next under the rule."""
        del last_dlt
        on = after.level > 0
        alone = n[np.arange(len(level)), level - 1] == 1
        rising = on & (dlt.sum(axis=1) == 0) & (n.max(axis=1) == 1) & (level < design.levels)
        filling = on & alone & ~rising & (after.places > 0) & ~design.closed(n, dlt, level)
        left = np.maximum(design.n_max - n.sum(axis=1), 0)
        to = np.where(rising, level + 1, np.where(filling, level, after.level))
        places = np.where(rising, 1, np.where(filling, np.minimum(self.cohort_size - 1, left), after.places))
        return Steps(to, places, np.where(rising | filling, 0, after.mtd))


def rules_named(
    *,
    titration: bool = False,
    cohort_size: int = 3,
    largest_increase: float | None = None,
    doses: tuple[float, ...] = (),
    safety: float | None = None,
    target: float | None = None,
    stop_at: int | None = None,
) -> tuple[Rule, ...]:
    """The rules asked for, in the order in which they apply.

    `largest_increase` is a factor on the `doses`, `safety` the probability that the rate of level 1 is above `target`.
    """
    rules: list[Rule] = [Titration(cohort_size=cohort_size)] if titration else []
    if largest_increase is not None:
        if not doses:
            raise RuleError("the largest increase is of doses; give them", field="doses", value=doses)
        rules.append(MaximumIncrement(doses=doses, factor=largest_increase))
    if safety is not None:
        if target is None:
            raise RuleError("the safety rule needs the target DLT rate", field="target")
        rules.append(StopWhenToxic(limit=target, above=safety))
    return (*rules, StopAtN(n=stop_at)) if stop_at is not None else tuple(rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A design with rules; each is applied in turn to what comes next."""

    design: RecommendingDesign
    rules: tuple[Rule, ...]

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        return self.design.levels

    @property
    def start(self) -> int:
        """The level the trial begins at."""
        return self.design.start

    @property
    def n_max(self) -> int:
        """Subjects in all."""
        return self.design.n_max

    @property
    def in_short(self) -> str:
        """The design in a line, with its rules."""
        return self.design.in_short + "".join(f"; {rule.says}" for rule in self.rules)

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol, with the rules at its end."""
        return self.design.paragraph + "".join(f" In addition: {rule.says}." for rule in self.rules)

    @property
    def needs_calendar(self) -> bool:
        """As the design."""
        return self.design.needs_calendar

    @property
    def splits_cohorts(self) -> bool:
        """As the design."""
        return self.design.splits_cohorts

    def starting_at(self, level: int) -> Ruled:
        """The design, begun at a level of its own."""
        return replace(self, design=self.design.starting_at(level))

    def complete(self) -> Ruled:
        """It waits for complete outcomes."""
        return self

    def decision_table(self, n_max: int) -> NoReturn:
        """It has none: one level does not tell what the rules would do."""
        told = "the table is of the design alone: rules look at more than one level"
        raise RuleError(told, field="design", value=self.in_short)

    def closed(self, n: Ints, dlt: Ints, level: Ints) -> Flags:
        """Whether the level is too toxic to be given again."""
        return self.design.closed(n, dlt, level)

    @property
    def cohort_size(self) -> int:
        """Size of the first cohort."""
        return 1 if any(isinstance(rule, Titration) for rule in self.rules) else self.design.cohort_size

    def recommended(self, n: Ints, dlt: Ints, level: Ints) -> Ints:
        """The MTD if the trial ended with these counts."""
        return self.design.recommended(n, dlt, level)

    def steps(self, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints) -> Steps:
        """What comes next in many trials at once, a row for each."""
        after = self.design.steps(n, dlt, level, last_dlt)
        for rule in self.rules:
            after = rule.amended(self.design, n, dlt, level, last_dlt, after)
        return after

    def explain(self, counts: Counts, level: int, last_dlt: int) -> Decision:
        """The step with its reasons: those of the design, and the rules that answered in its place."""
        told, step = self.design.explain(counts, level, last_dlt), one_step(self, counts, level, last_dlt)
        if (step.level, step.mtd, step.open_places) == (told.level, told.mtd, told.open_places):
            return told
        because = [*told.because, *(f"but {rule.says}" for rule in self._answering(counts, level, last_dlt))]
        return Decision(
            action=step.action, level=step.level, open_places=step.open_places, mtd=step.mtd, because=tuple(because)
        )

    def _answering(self, counts: Counts, level: int, last_dlt: int) -> Sequence[Rule]:
        found, before = [], one_step(self.design, counts, level, last_dlt)
        for place, rule in enumerate(self.rules, start=1):
            after = one_step(Ruled(design=self.design, rules=self.rules[:place]), counts, level, last_dlt)
            if after != before:
                found.append(rule)
            before = after
        return found

    def decide(self, history: History) -> Decision:
        """The next step; each cohort must be at the level the design asked for, and only the last may be unsettled."""
        return replay(self, history)
