"""Competing risks: cumulative incidence with standard errors, and Gray's test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri

from hevesy.errors import RuleError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CumulativeIncidence:
    """Probability of each cause by time: `incidence` and `standard_error` have shape (times, causes)."""

    time: Floats
    n_risk: Floats
    causes: tuple[int, ...]
    incidence: Floats
    standard_error: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidenceAt:
    """Cumulative incidence of one cause at a time, with limits on the scale log(-log)."""

    time: float
    cause: int
    incidence: float
    standard_error: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrayTest:
    """Gray's test of one cause's incidence in two or more groups."""

    cause: int
    chi_square: float
    degrees_of_freedom: int
    p_value: float


def _checked(time: ArrayLike, cause: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    times, causes = np.asarray(time, dtype=float), np.asarray(cause)
    if times.ndim != 1 or times.shape != causes.shape or times.size == 0:
        raise RuleError(
            f"time and cause must be two lists of one length above 0, got shapes {times.shape} and {causes.shape}"
        )
    for place in np.flatnonzero(~np.isfinite(times) | (times < 0))[:1]:
        raise RuleError(f"a time must be finite and not negative, got {times[place]} (subject {place + 1})")
    for place in np.flatnonzero((causes != np.floor(causes)) | (causes < 0))[:1]:
        raise RuleError(f"a cause is 0 (censored), 1, 2, ..., got {causes[place]} (subject {place + 1})")
    return times, causes.astype(np.int64)


def cumulative_incidence(time: ArrayLike, cause: ArrayLike) -> CumulativeIncidence:
    """Aalen and Johansen's estimate; `cause` is 0 for censored, 1, 2, ... for what happened first.

    The standard error is that of the infinitesimal jackknife (R survival 3.8). All who are at risk at a time have had
    the same past, so that one influence stands for them; of those who have left only sums of squares are kept.

    >>> cumulative_incidence([1, 2, 3, 4], [1, 2, 0, 1]).incidence[:, 0].tolist()
    [0.25, 0.25, 0.25, 0.75]
    """
    times, causes = _checked(time, cause)
    kinds = tuple(int(one) for one in np.unique(causes[causes > 0]))
    if not kinds:
        raise RuleError("cumulative incidence needs at least one event, got none")
    distinct, place = np.unique(times, return_inverse=True)
    counts = np.array(
        [np.bincount(place[causes == kind], minlength=distinct.size) for kind in (0, *kinds)], dtype=float
    )
    n_risk = np.cumsum(counts.sum(0)[::-1])[::-1]
    k = len(kinds)
    free, at_risk = 1.0, np.zeros(k + 1)
    incidence, now = np.zeros((distinct.size, k)), np.zeros(k)
    error = np.zeros((distinct.size, k))
    # sums over those who have left: influence on event-free survival squared, its product with that on each cause,
    # squares of these
    square, product, squares = 0.0, np.zeros(k), np.zeros(k)
    for at in range(distinct.size):
        n, events = n_risk[at], counts[1:, at]
        hazard = events / n
        whole = hazard.sum()
        squares += 2 * hazard * product + hazard**2 * square
        product = (1 - whole) * (product + hazard * square)
        square *= (1 - whole) ** 2
        stays = np.concatenate(
            ([at_risk[0] * (1 - whole) + free * whole / n], at_risk[1:] + at_risk[0] * hazard - free * hazard / n)
        )
        for number, kind in enumerate(events):
            own = stays.copy()
            own[0] -= free / n
            own[1 + number] += free / n
            square += kind * own[0] ** 2
            product += kind * own[0] * own[1:]
            squares += kind * own[1:] ** 2
        censored = counts[0, at]
        square += censored * stays[0] ** 2
        product += censored * stays[0] * stays[1:]
        squares += censored * stays[1:] ** 2
        now = now + free * hazard
        free *= 1 - whole
        at_risk = stays
        incidence[at] = now
        left = n - events.sum() - censored
        error[at] = np.sqrt(np.maximum(squares + left * stays[1:] ** 2, 0))
    return CumulativeIncidence(time=distinct, n_risk=n_risk, causes=kinds, incidence=incidence, standard_error=error)


def incidence_at(curve: CumulativeIncidence, cause: int, time: float, level: float = 0.95) -> IncidenceAt:
    """Incidence of a cause by a time; beyond the last observation the last value is carried on."""
    if not 0 < level < 1 or not np.isfinite(time):
        raise RuleError(f"level lies between 0 and 1 and the time is finite, got {level} and {time}")
    if cause not in curve.causes:
        raise RuleError(f"causes are {', '.join(map(str, curve.causes))}, got {cause}")
    at, column = int(np.searchsorted(curve.time, time, side="right")) - 1, curve.causes.index(cause)
    value = float(curve.incidence[at, column]) if at >= 0 else 0.0
    error = float(curve.standard_error[at, column]) if at >= 0 else 0.0
    lower = upper = None
    if 0 < value < 1:
        half = float(ndtri(1 - (1 - level) / 2)) * error / (value * np.log(value))
        first, second = float(value ** np.exp(half)), float(value ** np.exp(-half))
        lower, upper = min(first, second), max(first, second)
    return IncidenceAt(time=time, cause=cause, incidence=value, standard_error=error, lower=lower, upper=upper)


def gray(groups: Sequence[tuple[ArrayLike, ArrayLike]], cause: int) -> GrayTest:
    """Gray's test that a cause has the same cumulative incidence in all groups, each given as (time, cause).

    Source: R. J. Gray, Ann Stat 1988;16:1141, with weights of 1; tied events by the hypergeometric correction of its
    program.
    """
    if len(groups) < 2:
        raise RuleError(f"Gray's test needs at least two groups, got {len(groups)}")
    arrays = [_checked(*group) for group in groups]
    if not any((causes == cause).any() for _, causes in arrays):
        raise RuleError(f"Gray's test needs at least one event of cause {cause}, got none")
    times = np.unique(np.concatenate([t[c > 0] for t, c in arrays]))
    g = len(groups)
    at_risk = np.array([t.size - np.searchsorted(np.sort(t), times) for t, _ in arrays], dtype=float)
    counts = []
    for wanted in (True, False):
        own = [t[(c > 0) & ((c == cause) == wanted)] for t, c in arrays]
        counts.append(
            np.array([np.bincount(np.searchsorted(times, t), minlength=times.size) for t in own], dtype=float)
        )
    ours, others = counts
    alive = at_risk > 0
    safe = np.where(alive, at_risk, 1.0)
    after = np.cumprod(np.where(alive, 1 - (ours + others) / safe, 1.0), axis=1)
    before = np.column_stack([np.ones(g), after[:, :-1]])
    own_incidence = np.cumsum(np.where(alive, before * ours / safe, 0.0), axis=1)
    own_before = np.column_stack([np.zeros(g), own_incidence[:, :-1]])
    # at risk as if nobody were censored, and those of them without the cause
    virtual = np.where(alive, at_risk / np.where(before > 0, before, 1.0), 0.0)
    share = virtual * (1 - own_before)
    died = ours.sum(0)
    incidence = np.cumsum(died / virtual.sum(0))
    incidence_before = np.concatenate(([0.0], incidence[:-1]))
    score = (ours - died * share / np.where(share.sum(0) > 0, share.sum(0), 1.0)).sum(1)
    fraction = virtual / virtual.sum(0)
    # a[i, r]: weight of group i less its part of the pooled weight, for an event in group r
    a = virtual[:, None, :] * (np.eye(g)[:, :, None] - fraction[None, :, :])
    c = np.cumsum(a * died / (virtual.sum(0) * (1 - incidence_before)), axis=2)
    to_come = c[:, :, -1:] - c
    ratio = np.where(after > 0, (1 - incidence) / np.where(after > 0, after, 1.0), 0.0)
    covariance = np.zeros((g, g))
    pooled = virtual.sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        tied = np.where(died > 1, 1 - (died - 1) / (pooled * before - 1), 1.0)
        first = np.where(alive & (died > 0), tied * before * died / (pooled * safe), 0.0)
        tied = np.where(others > 1, 1 - (others - 1) / (safe - 1), 1.0)
        second = np.where((others > 0) & (after > 0), tied * before**2 * others / safe**2, 0.0)
    own = a + np.where(after > 0, 1 - ratio, 1.0)[None] * to_come
    covariance += np.einsum("irt,jrt,rt->ij", own, own, first)
    other = ratio[None] * to_come
    covariance += np.einsum("irt,jrt,rt->ij", other, other, second)
    chi_square = float(score[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ score[:-1])
    return GrayTest(
        cause=cause, chi_square=chi_square, degrees_of_freedom=g - 1, p_value=float(chdtrc(g - 1, chi_square))
    )
