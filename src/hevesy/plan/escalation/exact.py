"""Exact operating characteristics: probability is carried from state to state, so there is no Monte Carlo error.

Outcomes within a cohort are binomial. Beyond about two million states the graph of a design is refused, with the count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import CountDesign
from hevesy.plan.escalation.graph import StateGraph, state_graph


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingCharacteristics:
    """What a design does on average under given DLT rates; `selected` has "none" first, then each level."""

    p: tuple[float, ...]
    selected: tuple[float, ...]
    mean_n: tuple[float, ...]
    mean_dlt: tuple[float, ...]
    dlt_distribution: tuple[float, ...]
    """Probability of 0, 1, 2 ... DLTs in the trial."""
    cohort_distribution: tuple[float, ...]
    """Probability that the trial takes 1, 2, 3 ... cohorts."""
    states: int
    method: str = "exact"

    @property
    def expected_n(self) -> float:
        """Expected number of subjects in all."""
        return sum(self.mean_n)

    @property
    def mean_cohorts(self) -> float:
        """Expected number of cohorts."""
        return sum(number * chance for number, chance in enumerate(self.cohort_distribution, start=1))

    def risk_of(self, dlts: int) -> float:
        """Probability of so many DLTs or more in the trial."""
        return sum(self.dlt_distribution[dlts:])


def checked_rates(p: Sequence[float], levels: int) -> tuple[float, ...]:
    """DLT rates, one a level, each within 0..1."""
    rates = tuple(p)
    if len(rates) != levels:
        raise RuleError(f"p must give a DLT rate for each of {levels} levels, got {len(rates)}")
    for level, rate in enumerate(rates, start=1):
        if not 0 <= rate <= 1:
            raise RuleError(f"a DLT rate lies in 0..1, got {rate:g} (level {level})")
    return rates


def operating_characteristics(design: CountDesign, p: Sequence[float]) -> OperatingCharacteristics:
    """Selection, subjects and DLTs per level under true DLT rates `p`, without Monte Carlo error.

    >>> from hevesy.plan.escalation.three_plus_three import three_plus_three
    >>> round(operating_characteristics(three_plus_three("no-de-escalation", 2), [0.1, 0.3]).selected[0], 4)
    0.0939
    """
    rates = checked_rates(p, design.levels)
    return carried(state_graph(design), rates)


def carried(graph: StateGraph, rates: tuple[float, ...]) -> OperatingCharacteristics:
    """Operating characteristics of a design whose graph is known."""
    chances, stride = _chances(graph, rates)
    probability = np.zeros(graph.states)
    probability[0] = 1.0
    selected = np.zeros(graph.levels + 1)
    dlts = np.zeros(int(graph.dlt.sum(axis=1).max()) + int(graph.size.max()) + 1)
    cohorts = []
    for begin, end in zip(graph.layer[:-1], graph.layer[1:], strict=True):
        here, size, level = probability[begin:end], graph.size[begin:end], graph.level[begin:end]
        branches = slice(graph.branch[begin], graph.branch[end])
        source = np.repeat(np.arange(end - begin), size + 1)
        seen = np.arange(len(source)) - np.repeat(graph.branch[begin:end] - graph.branch[begin], size + 1)
        weight = here[source] * chances[level[source] - 1, size[source] * stride + seen]
        after = graph.after[branches]
        over = after < 0
        selected += np.bincount(-1 - after[over], weight[over], len(selected))
        so_far = graph.dlt[begin:end].sum(axis=1, dtype=np.int64)
        dlts += np.bincount(so_far[source[over]] + seen[over], weight[over], len(dlts))
        cohorts.append(float(weight[over].sum()))
        on = ~over
        if on.any():
            arrived = np.bincount(after[on] - end, weight[on])
            probability[end : end + len(arrived)] = arrived
    mean_n = np.bincount(graph.level - 1, probability * graph.size, graph.levels)
    return OperatingCharacteristics(
        p=rates,
        selected=tuple(selected.tolist()),
        mean_n=tuple(mean_n.tolist()),
        mean_dlt=tuple((mean_n * np.array(rates)).tolist()),
        dlt_distribution=tuple(dlts.tolist()),
        cohort_distribution=tuple(cohorts),
        states=graph.states,
    )


def _chances(graph: StateGraph, rates: tuple[float, ...]) -> tuple[NDArray[np.float64], int]:
    """Binomial probabilities: a row for each level, in it a stretch for each cohort size that occurs."""
    largest = int(graph.size.max())
    stride = largest + 1
    table = np.zeros((graph.levels, stride * stride))
    for size in np.unique(graph.size).tolist():
        for level, rate in enumerate(rates):
            table[level, size * stride : size * stride + size + 1] = [
                comb(size, dlt) * rate**dlt * (1 - rate) ** (size - dlt) for dlt in range(size + 1)
            ]
    return table, stride


def worst_case(
    design: CountDesign, scenarios: Mapping[str, Sequence[float]], right: Mapping[str, int]
) -> tuple[str, float]:
    """The scenario in which the right level is selected least often, and how often; `right` has its level (0: none)."""
    if not scenarios or scenarios.keys() != right.keys():
        raise RuleError(
            f"give the right level of every scenario; scenarios {', '.join(scenarios)}, levels for {', '.join(right)}"
        )
    graph = state_graph(design)
    found = {
        name: carried(graph, checked_rates(p, design.levels)).selected[right[name]] for name, p in scenarios.items()
    }
    name = min(found, key=lambda one: found[one])
    return name, found[name]
