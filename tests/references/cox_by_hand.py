"""Cox's likelihood, the test of proportional hazards, Gray's test of two groups by permutation, and incidence by leaving one out: written slowly and otherwise."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def log_likelihood(rows: list[tuple[float, float, int, float]], beta: float, ties: str) -> float:
    """Rows of (entry, time, event, covariate): the partial likelihood from its definition, sets of tied deaths written out."""
    total = 0.0
    for now in sorted({time for _, time, event, _ in rows if event}):
        risk = [x for entry, time, _, x in rows if entry < now <= time]
        dying = [x for _, time, event, x in rows if event and time == now]
        total += beta * sum(dying)
        everyone = sum(math.exp(beta * x) for x in risk)
        if ties == "breslow":
            total -= len(dying) * math.log(everyone)
        elif ties == "efron":
            own = sum(math.exp(beta * x) for x in dying)
            total -= sum(math.log(everyone - number / len(dying) * own) for number in range(len(dying)))
        else:
            total -= math.log(sum(math.exp(beta * sum(chosen)) for chosen in itertools.combinations(risk, len(dying))))
    return total


def changes_with_time(
    time: Floats, event: Floats, entry: Floats, stratum: Floats, weight: Floats, x: Floats, beta: Floats, ties: str
) -> tuple[list[float], float]:
    """Score tests of beta + theta g(t), by covariate and of all, with g = 1 - S before t: every risk set looked up and summed by itself."""
    p = x.shape[1]
    steps: dict[float, float] = {}
    surviving = 1.0
    for now in np.unique(time[event == 1]):
        steps[float(now)] = 1 - surviving
        surviving *= 1 - ((time == now) & (event == 1)).sum() / ((entry < now) & (now <= time)).sum()
    score, information = np.zeros(2 * p), np.zeros((2 * p, 2 * p))
    for group in np.unique(stratum):
        for now, g in steps.items():
            dying = np.flatnonzero((stratum == group) & (time == now) & (event == 1))
            risk = np.flatnonzero((stratum == group) & (entry < now) & (now <= time))
            for number in range(len(dying)):
                share = weight[risk] * np.exp(x[risk] @ beta)
                if ties == "efron":
                    share[np.isin(risk, dying)] *= 1 - number / len(dying)
                share = share / share.sum()
                mean = share @ x[risk]
                spread = (x[risk] - mean).T @ (share[:, None] * (x[risk] - mean)) * weight[dying].mean()
                score += np.outer(
                    [1, g], weight[dying[number]] * x[dying[number]] - weight[dying].mean() * mean
                ).ravel()
                information += np.kron([[1, g], [g, g * g]], spread)
    left = information[p:, p:] - information[p:, :p] @ np.linalg.solve(information[:p, :p], information[:p, p:])
    return [float(one) for one in score[p:] ** 2 / np.diag(left)], float(score[p:] @ np.linalg.solve(left, score[p:]))


def concordant_share(rows: list[tuple[float, float, int, float]], beta: float) -> float | None:
    """All pairs, one by one."""
    good = whole = 0.0
    for one, other in itertools.permutations(rows, 2):
        if one[2] and other[0] < one[1] and (one[1] < other[1] or (one[1] == other[1] and not other[2])):
            whole += 1
            first, second = beta * one[3], beta * other[3]
            good += 1.0 if first > second else 0.5 if first == second else 0.0
    return good / whole if whole else None


def incidence(time: Floats, cause: NDArray[np.int64], weight: Floats, wanted: int, until: float) -> float:
    """Cumulative incidence with weights, by the definition."""
    free, total = 1.0, 0.0
    for now in np.unique(time[time <= until]):
        n = weight[time >= now].sum()
        here = (time == now) & (cause > 0)
        if n > 0:
            total += free * weight[here & (cause == wanted)].sum() / n
            free *= 1 - weight[here].sum() / n
    return total
