"""A design as a graph of states: everything that can happen under it, each state once.

A state is the present level, the size of the cohort to come, and the counts at every level; it is met after a number of
cohorts, its layer. From it every number of DLTs in the cohort leads to a state of the next layer or to the end. Paths
that meet in a state are one. The graph knows no DLT rates: exact operating characteristics carry probability along it,
simulated trials walk along it, and both therefore follow the same decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CannotAnswerError
from hevesy.plan.escalation.design import CountDesign, Counts, Ints, count_rows, distinct_rows

MOST_STATES = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StateGraph:
    """States in the order of their layers, and for each a run of `size + 1` branches, one for each number of DLTs.

    `after` is the state a branch leads to, or -1 - MTD where the trial is over (-1: no MTD). `n` and `dlt` have a row
    for each state and a column for each level.
    """

    levels: int
    layer: tuple[int, ...]
    """Where each layer begins, and at the end the number of states."""
    level: NDArray[np.int64]
    size: NDArray[np.int64]
    n: NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32]
    dlt: NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32]
    branch: NDArray[np.int64]
    """Where the branches of each state begin, and at the end the number of branches."""
    after: NDArray[np.int32]

    @property
    def states(self) -> int:
        """Number of states in which a cohort is treated."""
        return len(self.level)


class Standing(NamedTuple):
    """Where a trial stands between two cohorts: the level and the size of the next one, and the counts by level."""

    level: int
    size: int
    counts: Counts


@lru_cache(maxsize=8)
def state_graph(design: CountDesign, most: int = MOST_STATES, begun: tuple[Standing, ...] = ()) -> StateGraph:
    """Every state a design can reach from its start; raises CannotAnswerError beyond `most` of them.

    With `begun` from these standings, which are the first states, in their order.

    >>> from hevesy.plan.escalation.three_plus_three import three_plus_three
    >>> state_graph(three_plus_three("no-de-escalation", 1)).states
    2
    """
    levels = design.levels
    first = begun or (Standing(design.start, design.cohort_size, ((0, 0),) * levels),)
    n, dlt = (np.concatenate(rows) for rows in zip(*(count_rows(one.counts) for one in first), strict=True))
    level, size = np.array([one.level for one in first]), np.array([one.size for one in first])
    kept: list[tuple[Ints, Ints, Ints, Ints]] = []
    ends: list[NDArray[np.int32]] = []
    layer = [0]
    while len(level):
        kept.append((level, size, n, dlt))
        layer.append(layer[-1] + len(level))
        if layer[-1] > most:
            raise CannotAnswerError(
                f"{layer[-1]:,} states after {len(kept)} cohorts, more than {most:,}: simulate it instead, "
                "without a calendar (⟦trials⟧)"
            )
        source = np.repeat(np.arange(len(level)), size + 1)
        seen = np.arange(len(source)) - np.repeat(np.cumsum(size + 1) - (size + 1), size + 1)
        rows, here = np.arange(len(source)), level[source]
        n_after, dlt_after = n[source], dlt[source]
        n_after[rows, here - 1] += size[source]
        dlt_after[rows, here - 1] += seen
        following = design.steps(n_after, dlt_after, here, seen)
        after = -1 - following.mtd
        on = np.flatnonzero(following.level)
        level, size = following.level[on], following.places[on]
        places, inverse = distinct_rows(np.column_stack([n_after[on], dlt_after[on], level, size]))
        after[on] = layer[-1] + inverse
        n, dlt, level, size = n_after[on][places], dlt_after[on][places], level[places], size[places]
        ends.append(after.astype(np.int32))
    sizes = np.concatenate([one[1] for one in kept])
    n, dlt = np.concatenate([one[2] for one in kept]), np.concatenate([one[3] for one in kept])
    narrow = np.min_scalar_type(int(n.max()))
    return StateGraph(
        levels=levels,
        layer=tuple(layer),
        level=np.concatenate([one[0] for one in kept]),
        size=sizes,
        n=n.astype(narrow),
        dlt=dlt.astype(narrow),
        branch=np.concatenate([[0], np.cumsum(sizes + 1)]),
        after=np.concatenate(ends),
    )
