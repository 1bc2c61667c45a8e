"""Every path to a horizon, cohort by cohort, with the probability of each under given DLT rates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import CountDesign
from hevesy.plan.escalation.graph import state_graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Outcomes so far (`NNT` per cohort), the level that follows, the MTD if the trial is over, probability.

    The level is None where it is over.
    """

    outcomes: tuple[str, ...]
    levels: tuple[int, ...]
    level: int | None
    mtd: int | None
    probability: float | None


def paths(design: CountDesign, cohorts: int, p: Sequence[float] | None = None) -> tuple[Path, ...]:
    """All paths of up to `cohorts` cohorts; those that stop earlier end there. Without `p` no probabilities."""
    if cohorts < 1:
        raise RuleError(f"a path has at least one cohort, got {cohorts}")
    if p is not None and len(p) != design.levels:
        raise RuleError(f"p must give a DLT rate for each of {design.levels} levels, got {len(p)}")
    if p is not None and not all(0 <= rate <= 1 for rate in p):
        raise RuleError(f"a DLT rate lies in 0..1, got {', '.join(f'{rate:g}' for rate in p)}")

    graph = state_graph(design)

    def walk(state: int, done: tuple[str, ...], at: tuple[int, ...], chance: float | None) -> Iterator[Path]:
        level, size = int(graph.level[state]), int(graph.size[state])
        for dlt in range(size + 1):
            rate = None if p is None else p[level - 1]
            here = (
                None
                if chance is None or rate is None
                else chance * comb(size, dlt) * rate**dlt * (1 - rate) ** (size - dlt)
            )
            after = int(graph.after[graph.branch[state] + dlt])
            outcomes, levels = (*done, "N" * (size - dlt) + "T" * dlt), (*at, level)
            if after < 0:
                yield Path(outcomes=outcomes, levels=levels, level=None, mtd=(-1 - after) or None, probability=here)
            elif len(outcomes) == cohorts:
                yield Path(outcomes=outcomes, levels=levels, level=int(graph.level[after]), mtd=None, probability=here)
            else:
                yield from walk(after, outcomes, levels, here)

    return tuple(walk(0, (), (), None if p is None else 1.0))
