"""Activity and number of cycles together: more of either is no safer, but two combinations may not be comparable.

The continual reassessment method for partial orders: several complete orders of the combinations that respect what is
known, each with its own posterior, the likeliest of them used for the next assignment.

Source: Wages, Conaway and O'Quigley, Biometrics 2011;67:1555 and Clin Trials 2011;8:380.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.errors import RuleError
from hevesy.plan.escalation.crm import PRIOR_VARIANCE, Floats, checked_skeleton, log_rates, nodes_of, rates
from hevesy.plan.escalation.design import Action, Decision

Cell = tuple[int, int]
"""Level of activity and number of cycles, both from 1."""


def orderings(activities: int, cycles: int) -> tuple[tuple[Cell, ...], ...]:
    """The six usual orders: by rows, by columns, and along the diagonals upwards, downwards and to and fro.

    >>> [len(order) for order in orderings(3, 2)]
    [6, 6, 6, 6, 6, 6]
    """
    cells = [(a, c) for a in range(1, activities + 1) for c in range(1, cycles + 1)]

    def fro(cell: Cell, first: int) -> tuple[int, int]:
        diagonal = sum(cell)
        return diagonal, cell[0] if (diagonal + first) % 2 else -cell[0]

    return (
        tuple(sorted(cells, key=lambda cell: (cell[1], cell[0]))),
        tuple(sorted(cells)),
        tuple(sorted(cells, key=lambda cell: (sum(cell), cell[0]))),
        tuple(sorted(cells, key=lambda cell: (sum(cell), -cell[0]))),
        tuple(sorted(cells, key=lambda cell: fro(cell, 0))),
        tuple(sorted(cells, key=lambda cell: fro(cell, 1))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialOrderFit:
    """Posterior probability of each order, DLT rates by cell under the likeliest, and the cell nearest the target."""

    order_probability: tuple[float, ...]
    p_dlt: dict[Cell, float]
    recommended: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialOrderCRM:
    """The design over a grid of activities and cycles; from a cell one step up in one direction at a time.

    `prior` has a rate for each place in an order; `limit` leaves out cells whose activity times cycles exceeds it (a
    cumulative limit in the unit of `activity`).
    """

    activity: tuple[float, ...]
    cycles: int
    prior: tuple[float, ...]
    target: float
    cohort_size: int = 3
    n_max: int = 30
    limit: float | None = None

    def __post_init__(self) -> None:
        checked_skeleton(self.prior, self.target)
        if len(self.prior) != len(self.activity) * self.cycles:
            raise RuleError(
                f"a prior rate is needed for each of {len(self.activity)} x {self.cycles} cells, got {len(self.prior)}"
            )
        if self.limit is not None and self.activity[0] > self.limit:
            raise RuleError(
                f"the lowest activity in one cycle must stay within the limit of {self.limit:g}, "
                f"got {self.activity[0]:g}"
            )

    def fit(self, counts: dict[Cell, tuple[int, int]]) -> PartialOrderFit:
        """The posterior, with subjects and DLTs by cell; orders are equally likely before."""
        every = orderings(len(self.activity), self.cycles)
        for cell, (n, dlt) in counts.items():
            if cell not in every[0] or not 0 <= dlt <= n:
                raise RuleError(f"cell {cell}: it must lie on the grid and 0 <= dlt <= n, got {dlt} of {n}")
        log_p, log_q = log_rates("empiric", self.prior, PRIOR_VARIANCE)
        nodes, weights = nodes_of(PRIOR_VARIANCE)
        log_likelihoods = []
        for order in every:
            seen = np.array([counts.get(cell, (0, 0)) for cell in order], dtype=float)
            log_likelihoods.append(seen[:, 1] @ log_p + (seen[:, 0] - seen[:, 1]) @ log_q)
        peak = max(float(one.max()) for one in log_likelihoods)
        posteriors: list[Floats] = [weights * np.exp(one - peak) for one in log_likelihoods]
        evidence = np.array([posterior.sum() for posterior in posteriors])
        best = int(np.argmax(np.round(evidence / evidence.sum(), 12)))
        beta = float(posteriors[best] @ nodes / posteriors[best].sum())
        p = dict(zip(every[best], rates("empiric", self.prior, beta).tolist(), strict=True))
        allowed = [cell for cell in every[best] if self._within(cell)]
        nearest = min(allowed, key=lambda cell: (abs(p[cell] - self.target), p[cell]))
        return PartialOrderFit(
            order_probability=tuple((evidence / evidence.sum()).tolist()), p_dlt=p, recommended=nearest
        )

    def decide(self, cohorts: Sequence[tuple[Cell, int, int]]) -> Decision:
        """The next cell after cohorts of (cell, evaluable, DLTs).

        `level` of the decision numbers cells by activity, then cycles.
        """
        if not cohorts:
            first = f"no subject yet: enrol {self.cohort_size} at activity {self.activity[0]:g}, 1 cycle"
            return Decision(action="stay", level=1, open_places=self.cohort_size, mtd=None, because=(first,))
        counts: dict[Cell, tuple[int, int]] = {}
        previous: tuple[Cell, int] | None = None
        for step, (cell, n, dlt) in enumerate(cohorts, start=1):
            if previous is None and cell != (1, 1):
                raise RuleError(f"step {step}: the grid is begun at cell (1, 1), the history at {cell}")
            if previous is not None and not self._reachable(previous[0], cell, bool(previous[1])):
                raise RuleError(
                    f"step {step}: cell {cell} is more than a step up from {previous[0]}, or up after a DLT"
                )
            previous = (cell, dlt)
            before = counts.get(cell, (0, 0))
            counts[cell] = (before[0] + n, before[1] + dlt)
        cell, _, last_dlt = cohorts[-1]
        return self.after(counts, cell, after_dlt=bool(last_dlt))

    def after(self, counts: dict[Cell, tuple[int, int]], cell: Cell, *, after_dlt: bool) -> Decision:
        """The next cell by what has been seen in each, the cell given last, and whether it had a DLT then."""
        found = self.fit(counts)
        total = sum(n for n, _ in counts.values())
        best = max(range(6), key=lambda place: round(found.order_probability[place], 12))
        told = [
            f"order {best + 1} is the likeliest ({found.order_probability[best]:.2f})",
            (
                f"nearest {self.target:g} is activity {self.activity[found.recommended[0] - 1]:g} in "
                f"{found.recommended[1]} cycles"
            ),
        ]
        if total >= self.n_max:
            return Decision(
                action="stop",
                level=None,
                open_places=0,
                mtd=self.number(found.recommended),
                because=(*told, "all subjects treated"),
            )
        near = [other for other in found.p_dlt if self._within(other) and self._reachable(cell, other, after_dlt)]
        to = min(near, key=lambda other: (abs(found.p_dlt[other] - self.target), found.p_dlt[other]))
        higher = to[0] > cell[0] or to[1] > cell[1]
        action: Action = "stay" if to == cell else "escalate" if higher else "de-escalate"
        told.append(f"next: activity {self.activity[to[0] - 1]:g} in {to[1]} cycles")
        places = min(self.cohort_size, self.n_max - total)
        return Decision(action=action, level=self.number(to), open_places=places, mtd=None, because=tuple(told))

    def number(self, cell: Cell) -> int:
        """The number of a cell, by activity and then cycles."""
        return (cell[0] - 1) * self.cycles + cell[1]

    def _within(self, cell: Cell) -> bool:
        return self.limit is None or self.activity[cell[0] - 1] * cell[1] <= self.limit

    def _reachable(self, here: Cell, to: Cell, after_dlt: bool) -> bool:
        up = (max(to[0] - here[0], 0), max(to[1] - here[1], 0))
        return sum(up) <= (0 if after_dlt else 1)
