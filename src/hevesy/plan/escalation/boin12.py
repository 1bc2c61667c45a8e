"""BOIN12: toxicity and efficacy together, the dose that offers most by rank.

Source: Lin, Zhou, Yan, Li and Yuan, JCO Precis Oncol 2020;4:1393 (rank-based desirability scores); the cut-offs of
admissibility, 0.95 for toxicity and 0.90 for efficacy, under Beta(1, 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NoReturn

import numpy as np
from scipy.special import betainc

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import Action, Decision, History, without_table
from hevesy.plan.escalation.interval import select_mtds
from hevesy.plan.escalation.interval_rules import BOIN
from hevesy.plan.escalation.paragraph import in_cohorts, sizes
from hevesy.plan.escalation.replay import played
from hevesy.study.outcomes import CohortOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Desirability:
    """What is tolerated, what is hoped for, and what each outcome is worth.

    From 0 (DLT, no response) to 100 (response, no DLT).
    """

    toxicity_limit: float = 0.35
    efficacy_limit: float = 0.25
    neither: float = 40.0
    both: float = 60.0
    toxicity_cut: float = 0.95
    efficacy_cut: float = 0.90

    def __post_init__(self) -> None:
        if not 0 < self.toxicity_limit < 1 or not 0 < self.efficacy_limit < 1:
            raise RuleError(f"limits lie between 0 and 1, got {self.toxicity_limit:g} and {self.efficacy_limit:g}")
        if self.neither + self.both != 100:
            raise RuleError(
                "the worth of neither and of both must add up to 100 to be read from the margins, "
                f"got {self.neither:g} + {self.both:g}"
            )

    def admissible(self, n: int, dlt: int, responses: int) -> bool:
        """Whether neither the toxicity nor the lack of efficacy is all but sure."""
        too_toxic = 1 - betainc(dlt + 1, n - dlt + 1, self.toxicity_limit) > self.toxicity_cut
        futile = betainc(responses + 1, n - responses + 1, self.efficacy_limit) > self.efficacy_cut
        return not (too_toxic or futile)

    def probability(self, n: int, dlt: int, responses: int) -> float:
        """Posterior probability that the mean worth exceeds the benchmark: halfway from that at both limits to 100."""
        t, e = self.toxicity_limit, self.efficacy_limit
        worst = (100 * e * (1 - t) + self.neither * (1 - t) * (1 - e) + self.both * t * e) / 100
        benchmark = worst + (1 - worst) / 2
        events = self._events(n, dlt, responses)
        return float(1 - betainc(1 + events, 1 + n - events, benchmark))

    def mean(self, n: int, dlt: int, responses: int) -> float:
        """Posterior mean of the worth, from 0 to 1."""
        return (1 + self._events(n, dlt, responses)) / (2 + n)

    def _events(self, n: int, dlt: int, responses: int) -> float:
        """Quasi-events: the worth of the outcomes seen, in subjects of full worth."""
        return (self.both * responses + self.neither * (n - dlt)) / 100

    def ranks(self, sizes: Sequence[int] = (0, 3, 6, 9, 12)) -> dict[tuple[int, int, int], float | None]:
        """Rank-based desirability score by (n, DLTs, responses); None where not admissible, ties share their mean rank.

        >>> Desirability().ranks()[3, 0, 3]
        161.0
        """
        return dict(_ranks(self, tuple(sizes)))


@lru_cache(maxsize=16)
def _ranks(worth: Desirability, sizes: tuple[int, ...]) -> tuple[tuple[tuple[int, int, int], float | None], ...]:
    cells = [(n, dlt, responses) for n in sizes for dlt in range(n + 1) for responses in range(n + 1)]
    scored = [(cell, worth.probability(*cell)) for cell in cells if worth.admissible(*cell)]
    from scipy.stats import rankdata

    ranks = rankdata(np.round([probability for _, probability in scored], 12))
    found = dict(zip((cell for cell, _ in scored), ranks.tolist(), strict=True))
    return tuple((cell, found.get(cell)) for cell in cells)


Counts = Sequence[tuple[int, int, int]]
"""Subjects, DLTs and responses at each level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BOIN12:
    """The design: the toxicity at the present level says which neighbours may be compared, desirability which is taken.

    `mtd` of its last decision is the optimal biological dose: of the admissible tried levels up to the MTD that of the
    highest mean worth.
    """

    levels: int
    worth: Desirability = Desirability()
    cohort_size: int = 3
    n_max: int = 36
    enough_n: int = 6
    needs_calendar: ClassVar[bool] = False
    splits_cohorts: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.levels < 1 or self.cohort_size < 1 or self.n_max < 1:
            raise RuleError(
                f"levels, cohort size and n are positive, got {self.levels}, {self.cohort_size} and {self.n_max}"
            )

    @property
    def in_short(self) -> str:
        """The design in a line."""
        worth = self.worth
        limits = f"DLT limit {worth.toxicity_limit:g}, response limit {worth.efficacy_limit:g}"
        return f"BOIN12, {limits}; {sizes(self)}"

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol."""
        worth = self.worth
        return (
            f"{in_cohorts(self)}, weighing toxicity against response (BOIN12). "
            f"A DLT rate of at most {worth.toxicity_limit:g} "
            f"is tolerated and a response rate of at least {worth.efficacy_limit:g} is hoped for; "
            f"of 100 points a response without DLT is worth 100, neither {worth.neither:g}, both {worth.both:g}, "
            "a DLT alone 0. After each cohort the levels that the DLT rate at the present one permits (the one "
            "below; also the present one; also the one above) are compared, and that with the highest probability of "
            f"more worth than the benchmark is given. Levels with P(DLT rate > {worth.toxicity_limit:g}) above "
            f"{worth.toxicity_cut:g} or P(response rate < {worth.efficacy_limit:g}) above {worth.efficacy_cut:g} are "
            "not given; if none is left the trial stops. The optimal biological dose is the admissible level up to "
            "the MTD of the highest mean worth. (Lin et al., JCO Precis Oncol 2020;4:1393.)"
        )

    def starting_at(self, level: int) -> BOIN12:
        """The design; RuleError for another level than the first."""
        if level != 1:
            raise RuleError(f"BOIN12 begins at level 1, not at level {level}")
        return self

    def complete(self) -> NoReturn:
        """Its answer depends on more than DLTs."""
        raise RuleError(
            "BOIN12 weighs responses as well: it has no exact results; simulate it (⟦trials⟧ and ⟦efficacy⟧)"
        )

    def decision_table(self, n_max: int) -> NoReturn:
        """It has none of DLTs alone; its desirability has `ranks`."""
        raise without_table(self)

    def decide(self, history: History) -> Decision:
        """The next step; each cohort must be at the level the design asked for, and only the last may be unsettled."""

        def explain(totals: Sequence[CohortOutcome], level: int, last_dlt: int) -> Decision:
            del last_dlt
            counts = [
                (total.evaluable, total.with_dlt, total.responses_with_dlt + total.responses_without_dlt)
                for total in totals
            ]
            return self.after(counts, level)

        return played(history, self.levels, 1, min(self.cohort_size, self.n_max), explain)

    def after(self, counts: Counts, level: int) -> Decision:
        """The next step with these counts, the last cohort having been at `level`."""
        if len(counts) != self.levels or not 1 <= level <= self.levels:
            raise RuleError(
                f"counts are given for {self.levels} levels and the present one lies among them, "
                f"got {len(counts)} and {level}"
            )
        for place, (n, dlt, responses) in enumerate(counts, start=1):
            if not 0 <= dlt <= n or not 0 <= responses <= n:
                raise RuleError(f"DLTs and responses lie in 0..{n} (level {place}), got {dlt} and {responses}")
        n, dlt, responses = counts[level - 1]
        total = sum(m for m, _, _ in counts)
        told = [f"level {level}: {dlt} DLT and {responses} responses among {n}"]
        open_ = [place for place in range(1, self.levels + 1) if self._open(counts, place)]
        if not open_:
            return _over(None, [*told, "no level is admissible"])
        if total >= self.n_max:
            best = self._best(counts)
            return _over(
                best,
                [
                    *told,
                    f"{total} subjects treated: the optimal level is {best}"
                    if best
                    else f"{total} treated; no level qualifies",
                ],
            )
        rule = BOIN(target=self.worth.toxicity_limit)
        rate = dlt / n if n else 0.0
        if n and rate >= rule.lambda_d:
            among, why = [max(level - 1, 1)], f"a rate of {rate:.3f} is at least {rule.lambda_d:.3f}: down"
        elif n and rate > rule.lambda_e and n >= self.enough_n:
            among, why = (
                [level - 1, level],
                f"between {rule.lambda_e:.3f} and {rule.lambda_d:.3f} with {n} treated: not up",
            )
        else:
            among, why = [level - 1, level, level + 1], "the neighbours are compared"
        candidates = [place for place in among if place in open_] or [place for place in open_ if place < level]
        if not candidates:
            return _over(None, [*told, why, "no level that the toxicity permits is admissible"])
        scores = {place: self.worth.probability(*counts[place - 1]) for place in candidates}
        to = max(scores, key=lambda place: (round(scores[place], 12), -place))
        told += [why, "; ".join(f"level {place}: desirability {score:.3f}" for place, score in scores.items())]
        action: Action = "escalate" if to > level else "stay" if to == level else "de-escalate"
        return Decision(
            action=action,
            level=to,
            open_places=min(self.cohort_size, self.n_max - total),
            mtd=None,
            because=tuple(told),
        )

    def _open(self, counts: Counts, place: int) -> bool:
        """Admissible, and no level at or below it too toxic."""
        below = all(self.worth.admissible(n, dlt, n) for n, dlt, _ in counts[:place])
        return below and self.worth.admissible(*counts[place - 1])

    def _best(self, counts: Counts) -> int | None:
        """Of the admissible tried levels up to the MTD, the one of the highest mean worth."""
        both = np.array([(n, dlt) for n, dlt, _ in counts], dtype=np.int64)[None]
        mtd = int(select_mtds(both[:, :, 0], both[:, :, 1], self.worth.toxicity_limit)[0])
        worth = {
            place: self.worth.mean(*counts[place - 1])
            for place in range(1, mtd + 1)
            if counts[place - 1][0] and self._open(counts, place)
        }
        return max(worth, key=lambda place: (round(worth[place], 12), -place), default=None)


def _over(level: int | None, told: list[str]) -> Decision:
    return Decision(action="stop", level=None, open_places=0, mtd=level, because=tuple(told))
