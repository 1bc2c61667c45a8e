"""Sums over risk sets for Cox's partial likelihood, compiled.

Rows are sorted by stratum and by falling time within it, deaths before censored rows of the same time being of no
matter. Weights are exp(linear predictor). Where rows enter late, `leave` lists the rows of the same order by falling
time of entry.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONCORDANT, DISCORDANT, UNDECIDED, KINDS_OF_PAIRS = 0, 1, 2, 3
"""Columns of `pairs`."""


@njit(cache=True, error_model="numpy")
def partial_likelihood(
    time: Floats,
    event: Ints,
    stratum: Ints,
    entry: Floats,
    leave: Ints,
    x: Floats,
    predictor: Floats,
    case: Floats,
    factor: Floats,
    efron: bool,
) -> tuple[float, Floats, Floats]:
    """Logarithm of the partial likelihood, score (p,) and information (p, p).

    Ties by Efron or Breslow; `case`: weights of the rows.

    Of tied deaths each counts with their mean weight. What a time of death adds to the three sums is multiplied by the
    `factor` of that time (given by row): 1 for the likelihood, a function of time for tests of effects that change.
    """
    n, p = x.shape
    late = leave.shape[0] > 0
    log_likelihood, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    s0, s1, s2 = 0.0, np.zeros(p), np.zeros((p, p))
    d1, d2, mean, death_sum = np.zeros(p), np.zeros((p, p)), np.zeros(p), np.zeros(p)
    row, out, begin, peak = 0, 0, 0, 0.0
    while row < n:
        if row == 0 or stratum[row] != stratum[row - 1]:
            s0, peak = 0.0, 0.0
            s1[:], s2[:, :] = 0.0, 0.0
            out = begin = row
        now, group = time[row], stratum[row]
        deaths, d0, death_predictor, death_weight = 0, 0.0, 0.0, 0.0
        d1[:], d2[:, :], death_sum[:] = 0.0, 0.0, 0.0
        while row < n and stratum[row] == group and time[row] == now:
            weight = case[row] * math.exp(predictor[row])
            s0 += weight
            for a in range(p):
                s1[a] += weight * x[row, a]
                for b in range(a + 1):
                    s2[a, b] += weight * x[row, a] * x[row, b]
            if event[row]:
                deaths += 1
                d0 += weight
                death_weight += case[row]
                death_predictor += case[row] * predictor[row]
                for a in range(p):
                    d1[a] += weight * x[row, a]
                    death_sum[a] += case[row] * x[row, a]
                    for b in range(a + 1):
                        d2[a, b] += weight * x[row, a] * x[row, b]
            row += 1
        if late:
            while out < n and stratum[leave[out]] == group and entry[leave[out]] >= now:
                gone = leave[out]
                weight = case[gone] * math.exp(predictor[gone])
                s0 -= weight
                for a in range(p):
                    s1[a] -= weight * x[gone, a]
                    for b in range(a + 1):
                        s2[a, b] -= weight * x[gone, a] * x[gone, b]
                out += 1
            peak = max(peak, s0)
            if s0 < 1e-3 * peak:
                # what has been taken away weighs more than what is left: add up those at risk anew
                s0 = 0.0
                s1[:], s2[:, :] = 0.0, 0.0
                for one in range(begin, row):
                    if entry[one] < now:
                        weight = case[one] * math.exp(predictor[one])
                        s0 += weight
                        for a in range(p):
                            s1[a] += weight * x[one, a]
                            for b in range(a + 1):
                                s2[a, b] += weight * x[one, a] * x[one, b]
                peak = s0
        if deaths == 0:
            continue
        times = factor[row - 1]
        log_likelihood += times * death_predictor
        for a in range(p):
            score[a] += times * death_sum[a]
        share = times * (death_weight / deaths)
        for number in range(deaths):
            part = number / deaths if efron else 0.0
            total = s0 - part * d0
            log_likelihood -= share * math.log(total)
            for a in range(p):
                mean[a] = (s1[a] - part * d1[a]) / total
                score[a] -= share * mean[a]
            for a in range(p):
                for b in range(a + 1):
                    information[a, b] += share * ((s2[a, b] - part * d2[a, b]) / total - mean[a] * mean[b])
    for a in range(p):
        for b in range(a):
            information[b, a] = information[a, b]
    return log_likelihood, score, information


@njit(cache=True, error_model="numpy")
def exact_likelihood(
    time: Floats, event: Ints, stratum: Ints, entry: Floats, x: Floats, predictor: Floats
) -> tuple[float, Floats, Floats]:
    """As `partial_likelihood`, with the exact (conditional logistic) likelihood of tied deaths.

    The sum over all sets of d of the risk set by the recursion of M. H. Gail, J. H. Lubin and L. V. Rubinstein,
    Biometrika 1981;68:703.
    """
    n, p = x.shape
    log_likelihood, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    row, begin = 0, 0
    while row < n:
        if row == 0 or stratum[row] != stratum[row - 1]:
            begin = row
        now, group, first = time[row], stratum[row], row
        deaths = 0
        while row < n and stratum[row] == group and time[row] == now:
            deaths += event[row]
            row += 1
        if deaths == 0:
            continue
        for one in range(first, row):
            if event[one]:
                log_likelihood += predictor[one]
                for a in range(p):
                    score[a] += x[one, a]
        most = -np.inf
        for one in range(begin, row):
            if entry[one] < now and predictor[one] > most:
                most = predictor[one]
        # b0[m]: sum over sets of m of the product of their weights; b1, b2: its derivatives
        b0, b1, b2 = np.zeros(deaths + 1), np.zeros((deaths + 1, p)), np.zeros((deaths + 1, p, p))
        b0[0] = 1.0
        taken = 0
        for one in range(begin, row):
            if entry[one] >= now:
                continue
            taken += 1
            weight = math.exp(predictor[one] - most)
            for m in range(min(taken, deaths), 0, -1):
                for a in range(p):
                    for b in range(a + 1):
                        b2[m, a, b] += weight * (
                            b2[m - 1, a, b]
                            + x[one, a] * b1[m - 1, b]
                            + x[one, b] * b1[m - 1, a]
                            + x[one, a] * x[one, b] * b0[m - 1]
                        )
                for a in range(p):
                    b1[m, a] += weight * (b1[m - 1, a] + x[one, a] * b0[m - 1])
                b0[m] += weight * b0[m - 1]
            scale = b0[min(taken, deaths)]
            if scale > 1e200:
                b0 /= scale
                b1 /= scale
                b2 /= scale
                log_likelihood -= math.log(scale)
        log_likelihood -= math.log(b0[deaths]) + deaths * most
        for a in range(p):
            score[a] -= b1[deaths, a] / b0[deaths]
            for b in range(a + 1):
                information[a, b] += b2[deaths, a, b] / b0[deaths] - b1[deaths, a] * b1[deaths, b] / b0[deaths] ** 2
    for a in range(p):
        for b in range(a):
            information[b, a] = information[a, b]
    return log_likelihood, score, information


@njit(cache=True)
def _add(tree: Floats, place: int, amount: float) -> None:
    """Add at a place of a binary indexed tree."""
    place += 1
    while place < tree.shape[0]:
        tree[place] += amount
        place += place & -place


@njit(cache=True)
def _below(tree: Floats, place: int) -> float:
    """Sum of the places before one."""
    total = 0.0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total


@njit(cache=True)
def pairs(time: Floats, event: Ints, entry: Floats, rank: Ints, ranks: int, by_time: Ints, by_entry: Ints) -> Floats:
    """Of each row of one stratum: concordant, discordant and undecided pairs that it belongs to, in these columns.

    A pair can be compared where one dies while the other is under observation and lives on (a row censored at that time
    does); `rank`: place of the linear predictor among its distinct values, higher for higher risk. `by_time` and
    `by_entry` sort the rows upwards.
    """
    n = time.shape[0]
    found = np.zeros((n, KINDS_OF_PAIRS))
    # deaths so far, by rank; for the one who lives on
    tree, count = np.zeros(ranks + 1), 0.0
    start = 0
    entered = 0
    before = np.zeros((n, KINDS_OF_PAIRS))
    while start < n:
        now = time[by_time[start]]
        while entered < n and entry[by_entry[entered]] < now:
            one = by_entry[entered]
            lower, upto = _below(tree, rank[one]), _below(tree, rank[one] + 1)
            before[one, CONCORDANT] = count - upto
            before[one, DISCORDANT] = lower
            before[one, UNDECIDED] = upto - lower
            entered += 1
        stop = start
        while stop < n and time[by_time[stop]] == now:
            stop += 1
        for phase in range(2):
            # those who die now live on after earlier deaths only; those censored now also after the deaths of this time
            for place in range(start, stop):
                one = by_time[place]
                if (phase == 0) == (event[one] == 1):
                    lower, upto = _below(tree, rank[one]), _below(tree, rank[one] + 1)
                    found[one, CONCORDANT] += count - upto - before[one, CONCORDANT]
                    found[one, DISCORDANT] += lower - before[one, DISCORDANT]
                    found[one, UNDECIDED] += upto - lower - before[one, UNDECIDED]
            if phase == 0:
                for place in range(start, stop):
                    one = by_time[place]
                    if event[one]:
                        _add(tree, rank[one], 1.0)
                        count += 1.0
        start = stop
    # who is under observation, by rank; for the one who dies
    tree[:] = 0.0
    count, entered = 0.0, n - 1
    place = n - 1
    while place >= 0:
        now = time[by_time[place]]
        last = place
        while place >= 0 and time[by_time[place]] == now:
            if not event[by_time[place]]:
                _add(tree, rank[by_time[place]], 1.0)
                count += 1.0
            place -= 1
        while entered >= 0 and entry[by_entry[entered]] >= now:
            _add(tree, rank[by_entry[entered]], -1.0)
            count -= 1.0
            entered -= 1
        for at in range(place + 1, last + 1):
            one = by_time[at]
            if event[one]:
                lower, upto = _below(tree, rank[one]), _below(tree, rank[one] + 1)
                found[one, CONCORDANT] += lower
                found[one, DISCORDANT] += count - upto
                found[one, UNDECIDED] += upto - lower
        for at in range(place + 1, last + 1):
            if event[by_time[at]]:
                _add(tree, rank[by_time[at]], 1.0)
                count += 1.0
    return found
