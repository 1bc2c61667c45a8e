"""Every path to a horizon, cohort by cohort, with the probability of each under given DLT rates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb

from hevesy.plan.escalation.design import CountDesign, Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Outcomes so far (`NNT` per cohort), the level that follows (None: the trial is over), the MTD if it is, probability."""

    outcomes: tuple[str, ...]
    levels: tuple[int, ...]
    level: int | None
    mtd: int | None
    probability: float | None


def paths(design: CountDesign, cohorts: int, p: Sequence[float] | None = None) -> tuple[Path, ...]:
    """All paths of up to `cohorts` cohorts; those that stop earlier end there. Without `p` no probabilities."""
    if cohorts < 1:
        raise ValueError(f"a path has at least one cohort, got {cohorts}")
    if p is not None and len(p) != design.levels:
        raise ValueError(f"p must give a DLT rate for each of {design.levels} levels, got {len(p)}")

    def walk(counts: Counts, level: int, size: int, done: tuple[str, ...], at: tuple[int, ...], chance: float | None) -> Iterator[Path]:
        for dlt in range(size + 1):
            n, y = counts[level - 1]
            after = (*counts[: level - 1], (n + size, y + dlt), *counts[level:])
            rate = None if p is None else p[level - 1]
            here = None if chance is None or rate is None else chance * comb(size, dlt) * rate**dlt * (1 - rate) ** (size - dlt)
            step = design.step(after, level, dlt)
            outcomes, levels = (*done, "N" * (size - dlt) + "T" * dlt), (*at, level)
            if step.level is None or len(outcomes) == cohorts:
                yield Path(outcomes=outcomes, levels=levels, level=step.level, mtd=step.mtd, probability=here)
            else:
                yield from walk(after, step.level, step.open_places, outcomes, levels, here)

    nobody: Counts = tuple((0, 0) for _ in range(design.levels))
    return tuple(walk(nobody, design.start, design.cohort_size, (), (), None if p is None else 1.0))
