"""Calibration: the value of a design's parameter that does best over a set of scenarios, by exact results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import CountDesign
from hevesy.plan.escalation.exact import carried, checked_rates
from hevesy.plan.escalation.graph import state_graph


class Tried(NamedTuple):
    """A value, and how often the right level is selected with it.

    On average over the scenarios, and in the worst of them.
    """

    value: float
    mean: float
    worst: float


def calibrate(
    make: Callable[[float], CountDesign],
    values: Sequence[float],
    scenarios: Mapping[str, Sequence[float]],
    right: Mapping[str, int],
    by_worst: bool = False,
) -> tuple[Tried, ...]:
    """Every value tried, the best first: by the mean chance of the right level, or with `by_worst` by the least.

    `make` builds the design for a value: the half width of a skeleton, a bound on overdose, an edge of BOIN's interval.

    >>> from hevesy.plan.escalation.crm import CRM, skeleton
    >>> found = calibrate(
    ...     lambda half: CRM(prior=skeleton(half, 0.25, 2, 3), target=0.25, n_max=12),
    ...     (0.03, 0.08),
    ...     {"low": (0.25, 0.45, 0.6), "high": (0.05, 0.1, 0.25)},
    ...     {"low": 1, "high": 3},
    ... )
    >>> found[0].mean >= found[1].mean
    True
    """
    if not values or not scenarios or scenarios.keys() != right.keys():
        raise RuleError("calibration needs values to try, scenarios, and the right level of each")
    tried = []
    for value in values:
        design = make(value)
        graph = state_graph(design)
        chances = [
            carried(graph, checked_rates(p, design.levels)).selected[right[name]] for name, p in scenarios.items()
        ]
        tried.append(Tried(value, sum(chances) / len(chances), min(chances)))
    return tuple(
        sorted(tried, key=lambda one: (one.worst, one.mean) if by_worst else (one.mean, one.worst), reverse=True)
    )
