"""Exact operating characteristics: probability is carried from state to state, so there is no Monte Carlo error.

A state is the present level and the counts at every level; what comes next depends on these and on the last cohort only.
Paths that meet in a state are added up. Outcomes within a cohort are binomial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from hevesy.plan.escalation.design import CountDesign, Counts

MOST_STATES = 2_000_000


class TooManyStatesError(ValueError):
    """More states than can be carried; the message gives the count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingCharacteristics:
    """What a design does on average under given DLT rates; `selected` has "none" first, then each level."""

    p: tuple[float, ...]
    selected: tuple[float, ...]
    mean_n: tuple[float, ...]
    mean_dlt: tuple[float, ...]
    mean_cohorts: float
    states: int
    method: str = "exact"

    @property
    def expected_n(self) -> float:
        """Expected number of subjects in all."""
        return sum(self.mean_n)


def operating_characteristics(design: CountDesign, p: Sequence[float]) -> OperatingCharacteristics:
    """Selection, subjects and DLTs per level under true DLT rates `p`, without Monte Carlo error.

    >>> from hevesy.plan.escalation.three_plus_three import three_plus_three
    >>> round(operating_characteristics(three_plus_three("no-de-escalation", 2), [0.1, 0.3]).selected[0], 4)
    0.0939
    """
    rates = tuple(p)
    if len(rates) != design.levels:
        raise ValueError(f"p must give a DLT rate for each of {design.levels} levels, got {len(rates)}")
    for level, rate in enumerate(rates, start=1):
        if not 0 <= rate <= 1:
            raise ValueError(f"a DLT rate lies in 0..1, got {rate:g} (level {level})")
    levels = design.levels
    selected = [0.0] * (levels + 1)
    mean_n, mean_dlt = [0.0] * levels, [0.0] * levels
    nobody: Counts = tuple((0, 0) for _ in rates)
    now: dict[tuple[int, Counts, int], float] = {(design.start, nobody, design.cohort_size): 1.0}
    seen, cohorts = 0, 0.0
    chances: dict[tuple[int, int], list[float]] = {}
    while now:
        following: dict[tuple[int, Counts, int], float] = {}
        cohorts += sum(now.values())
        seen += len(now)
        if seen > MOST_STATES:
            raise TooManyStatesError(f"more than {MOST_STATES:,} states; use simulation for {levels} levels")
        for (level, counts, size), probability in now.items():
            if (level, size) not in chances:
                rate = rates[level - 1]
                chances[level, size] = [comb(size, dlt) * rate**dlt * (1 - rate) ** (size - dlt) for dlt in range(size + 1)]
            mean_n[level - 1] += size * probability
            mean_dlt[level - 1] += size * rates[level - 1] * probability
            n, y = counts[level - 1]
            for dlt, chance in enumerate(chances[level, size]):
                weight = probability * chance
                if weight == 0.0:
                    continue
                after = (*counts[: level - 1], (n + size, y + dlt), *counts[level:])
                decision = design.step(after, level, dlt)
                if decision.level is None:
                    selected[decision.mtd or 0] += weight
                else:
                    state = (decision.level, after, decision.open_places)
                    following[state] = following.get(state, 0.0) + weight
        now = following
    return OperatingCharacteristics(
        p=rates,
        selected=tuple(selected),
        mean_n=tuple(mean_n),
        mean_dlt=tuple(mean_dlt),
        mean_cohorts=cohorts,
        states=seen,
    )
