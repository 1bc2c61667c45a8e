"""Figures of merit of readers: how well the ratings of each tell cases apart, and how that varies with the cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import RuleError
from hevesy.stats.words import CaseCovariance, CaseMerit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MOST_PAIRS = 1 << 21
"""Comparisons of a diseased with a healthy case that are held in memory at a time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """A figure of merit, in 0..1, of each modality (first axis) and reader, and how the figures vary with the cases.

    `estimates` (t, r); `covariance` (t, r, t, r), by `method`.
    """

    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    method: str
    diseased: int
    healthy: int

    def __post_init__(self) -> None:
        t, r = len(self.modalities), len(self.readers)
        if self.estimates.shape != (t, r) or self.covariance.shape != (t, r, t, r):
            raise RuleError(
                f"{t} modalities and {r} readers have estimates of shape {(t, r)} and a covariance of {(t, r, t, r)}, "
                f"got {self.estimates.shape} and {self.covariance.shape}"
            )
        if not (np.isfinite(self.estimates).all() and np.isfinite(self.covariance).all()):
            raise RuleError("figures of merit and their covariance are finite")


class Placements(NamedTuple):
    """Of each reading, the share of the other class that a case is rated apart from (ties by half).

    `diseased` (m, n diseased): of the healthy, how many are rated below; `healthy` (m, n healthy): of the diseased, how
    many are rated above.
    """

    diseased: Floats
    healthy: Floats


def placements(ratings: ArrayLike, diseased: ArrayLike) -> Placements:
    """Placements of the cases of several readings: ratings (m, n), diseased (n); higher ratings mean disease.

    >>> [part.tolist() for part in placements([[3, 1, 1, 2]], [True, True, False, False])]
    [[[1.0, 0.25]], [[0.75, 0.5]]]

    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837; by sorting, n log n.
    """
    rated, ill = np.atleast_2d(np.asarray(ratings, dtype=np.float64)), np.asarray(diseased, dtype=np.bool_)
    above, below = np.empty((len(rated), ill.sum())), np.empty((len(rated), (~ill).sum()))
    for number, one in enumerate(rated):
        of_ill, of_well = one[ill], one[~ill]
        above[number] = _lower(of_well, of_ill) / (2 * len(of_well))
        below[number] = 1 - _lower(of_ill, of_well) / (2 * len(of_ill))
    return Placements(above, below)


def _lower(among: Floats, than: Floats) -> NDArray[np.int64]:
    """For each value, twice how many among the others are lower, each equal one counted once."""
    ordered = np.sort(among)
    found: NDArray[np.int64] = np.searchsorted(ordered, than, "left") + np.searchsorted(ordered, than, "right")
    return found


def figures_of_ratings(
    ratings: ArrayLike,
    diseased: ArrayLike,
    *,
    modalities: Sequence[str],
    readers: Sequence[str],
    merit: CaseMerit = "auc",
    threshold: float | None = None,
    covariance: CaseCovariance = "jackknife",
) -> Figures:
    """Figures of merit of a factorial study from the ratings of its cases, and their covariance.

    `ratings` (t modalities, r readers, n cases), `diseased` (n). `auc` is the empirical area under the ROC curve;
    `sensitivity` and `specificity` count a rating of `threshold` or more as positive, and have one covariance by all
    three methods: that of shares of the same cases.

    Refused are ratings that are not finite, fewer than two cases of a class that the figure needs, a threshold that is
    missing or has no meaning.

    Source: DeLong et al, Biometrics 1988;44:837; Gallas, Pennello and Myers, J Opt Soc Am A 2007;24:B70 (unbiased);
    jackknife over the cases that the figure is made of.
    """
    rated, ill = np.asarray(ratings, dtype=np.float64), np.asarray(diseased, dtype=np.bool_)
    t, r = len(modalities), len(readers)
    if rated.ndim != 3 or rated.shape != (t, r, len(ill)):
        raise RuleError(f"ratings are of {t} modalities, {r} readers and {len(ill)} cases, got shape {rated.shape}")
    if not np.isfinite(rated).all():
        raise RuleError("every rating is a finite number")
    if (threshold is None) != (merit == "auc"):
        raise RuleError(
            f"{merit} is of ratings at or above a threshold: which one?"
            if threshold is None
            else "the area under the ROC curve has no threshold",
            field="threshold",
        )
    refuse_few(ill, merit)
    flat = rated.reshape(t * r, len(ill))
    estimates, spread = _areas(flat, ill, covariance) if threshold is None else _shares(flat, ill, merit, threshold)
    return Figures(
        modalities=tuple(modalities),
        readers=tuple(readers),
        estimates=estimates.reshape(t, r),
        covariance=spread.reshape(t, r, t, r),
        method=covariance if merit == "auc" else "covariance of shares",
        diseased=int(ill.sum()),
        healthy=int((~ill).sum()),
    )


def refuse_few(diseased: Flags, merit: CaseMerit) -> None:
    """Refuse fewer than two cases of a class that a figure is made of."""
    counts = {"diseased": int(diseased.sum()), "healthy": int((~diseased).sum())}
    needed = {"auc": ("diseased", "healthy"), "sensitivity": ("diseased",), "specificity": ("healthy",)}[merit]
    for group in needed:
        if counts[group] < 2:
            raise RuleError(
                f"{counts[group]} {group} case{'s' * (counts[group] != 1)}: two or more are needed, or nothing says "
                f"how far {'the area' if merit == 'auc' else merit} varies with the {group} cases"
            )


def _areas(rated: Floats, diseased: Flags, covariance: CaseCovariance) -> tuple[Floats, Floats]:
    placed = placements(rated, diseased)
    area, (n1, n0) = placed.diseased.mean(axis=1), (placed.diseased.shape[1], placed.healthy.shape[1])
    match covariance:
        case "unbiased":
            return area, _two_sample(pair_moments(rated, diseased), n1, n0)
        case "delong":
            return area, _spread(placed.diseased, n1 - 1) / n1 + _spread(placed.healthy, n0 - 1) / n0
        case "jackknife":
            without = np.hstack(
                [
                    (n1 * area[:, None] - placed.diseased) / (n1 - 1),
                    (n0 * area[:, None] - placed.healthy) / (n0 - 1),
                ]
            )
            return area, jackknife(without)


def _spread(values: Floats, over: int) -> Floats:
    """Sums of products of deviations from the mean of each row, over a number."""
    away = values - values.mean(axis=1, keepdims=True)
    return np.asarray(away @ away.T / over, dtype=np.float64)


class Curve(NamedTuple):
    """An empirical curve: shares of noise and of signal at or above falling thresholds, each (k), from 0 to 1."""

    noise: Floats
    signal: Floats


def curve(noise: ArrayLike, signal: ArrayLike, weight: ArrayLike | None = None) -> Curve:
    """The ROC curve of ratings of noise and of (weighted) signal.

    The area under straight lines between its points is the share of pairs with the signal above the noise.

    >>> [part.tolist() for part in curve([1, 2], [2, 3])]
    [[0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 1.0, 1.0]]
    """
    beside, on = np.asarray(noise, dtype=np.float64), np.asarray(signal, dtype=np.float64)
    heavy = np.ones(len(on)) if weight is None else np.asarray(weight, dtype=np.float64)
    thresholds, by_rating = np.unique(np.concatenate([beside, on]))[::-1], np.argsort(on, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(heavy[by_rating])])[np.searchsorted(on[by_rating], thresholds, "left")]
    false = 1 - np.searchsorted(np.sort(beside), thresholds, "left") / len(beside)
    return Curve(np.concatenate([[0.0], false]), np.concatenate([[0.0], 1 - below / heavy.sum()]))


def mean_curve(curves: Sequence[Curve]) -> Curve:
    """The mean of curves, of the signal at each share of noise; its area is the mean of theirs."""
    places = np.unique(np.concatenate([one.noise for one in curves]))
    lower = np.mean([_at(one, places, first=True) for one in curves], axis=0)
    upper = np.mean([_at(one, places, first=False) for one in curves], axis=0)
    both = np.column_stack([lower, upper]).ravel()
    return Curve(np.repeat(places, 2), both)


def _at(one: Curve, places: Floats, first: bool) -> Floats:
    """The signal at shares of noise: where the curve rises straight up, at its foot (`first`) or at its top."""
    if first:
        kept = np.concatenate([[True], np.diff(one.noise) > 0])
    else:
        kept = np.concatenate([np.diff(one.noise) > 0, [True]])
    between = np.interp(places, one.noise, one.signal)
    at = np.searchsorted(one.noise[kept], places)
    exact = (at < kept.sum()) & (one.noise[kept][np.minimum(at, kept.sum() - 1)] == places)
    return np.where(exact, one.signal[kept][np.minimum(at, kept.sum() - 1)], between)


def jackknife(without: Floats) -> Floats:
    """Covariance (m, m) of m figures from their values without each of n cases, (m, n).

    Source: Efron, The Jackknife, the Bootstrap and Other Resampling Plans, SIAM 1982.
    """
    n = without.shape[1]
    return np.asarray(_spread(without, 1) * ((n - 1) / n), dtype=np.float64)


def _shares(rated: Floats, diseased: Flags, merit: CaseMerit, threshold: float) -> tuple[Floats, Floats]:
    positive = rated >= threshold
    right = (positive[:, diseased] if merit == "sensitivity" else ~positive[:, ~diseased]).astype(np.float64)
    n = right.shape[1]
    return right.mean(axis=1), _spread(right, n - 1) / n


def pair_moments(ratings: Floats, diseased: Flags) -> Floats:
    """Mean products of two readings' comparisons of a diseased with a healthy case, (4, m, m).

    Of one pair of cases in both; of one diseased case and two healthy; of one healthy and two diseased; of two and two.
    A comparison is 1 where the diseased case is rated higher, 1/2 where both are rated equal.
    """
    ill, well = ratings[:, diseased], ratings[:, ~diseased]
    m, n1, n0 = len(ratings), ill.shape[1], well.shape[1]
    both = np.zeros((m, m))
    rows, columns = np.zeros((m, n1)), np.zeros((m, n0))
    step = max(1, MOST_PAIRS // (m * n0))
    for first in range(0, n1, step):
        part = ill[:, first : first + step, None]
        twice = np.greater(part, well[:, None, :]).astype(np.float32)  # 0, 1, 2: sums of so many pairs are exact
        twice += part >= well[:, None, :]
        rows[:, first : first + step] = twice.sum(axis=2) / 2
        columns += twice.sum(axis=1) / 2
        flat = twice.reshape(m, -1)
        both += flat @ flat.T / 4
    of_rows, of_columns = rows @ rows.T, columns @ columns.T
    total = rows.sum(axis=1)
    sums = [both, of_rows - both, of_columns - both, np.outer(total, total) - of_rows - of_columns + both]
    pairs = [n1 * n0, n1 * n0 * (n0 - 1), n1 * n0 * (n1 - 1), n1 * n0 * (n1 - 1) * (n0 - 1)]
    return np.array([one / number for one, number in zip(sums, pairs, strict=True)])


def _two_sample(moments: Floats, n1: int, n0: int) -> Floats:
    """Unbiased covariance of areas from their moments; the product of their expectations is that of two and two."""
    shares = np.array([1, n0 - 1, n1 - 1, (n1 - 1) * (n0 - 1)]) / (n1 * n0)
    return np.asarray(np.tensordot(shares, moments, axes=1) - moments[3], dtype=np.float64)
