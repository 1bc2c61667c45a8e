"""Marks with ratings, of lesions and of places without one (FROC): areas under the AFROC curves, weighted or not.

A reader marks what looks like a lesion. A mark on a lesion counts for that lesion, any other is noise; a case that
bears no mark counts too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import RuleError
from hevesy.stats.merit import Curve, Figures, curve, jackknife
from hevesy.stats.words import MarkMerit

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


def figures_of_marks(
    noise: ArrayLike,
    lesions: ArrayLike,
    case_of_lesion: ArrayLike,
    weights: ArrayLike,
    *,
    modalities: Sequence[str],
    readers: Sequence[str],
    merit: MarkMerit = "wafroc",
) -> Figures:
    """Figures of merit of a factorial study from marks, and their covariance by the jackknife over all cases.

    `noise` (t, r, n cases): the highest rating of a mark beside the lesions; `lesions` (t, r, L): the rating of the
    mark on each lesion; without a mark -inf. `case_of_lesion` (L): the place of its case, every case without one is
    healthy; `weights` (L): of the lesions, 1 in all within a case.

    Each figure is the share of pairs of a noise rating and a lesion in which the lesion is rated higher, ties (also of
    two that were not marked) by half. `afroc`: noise of healthy cases, every lesion alike; `wafroc`: lesions by their
    weights, every diseased case alike; with `1` also the noise of diseased cases; `hrauc`: the highest rating of each
    case, as a ROC curve has it.

    Refused are fewer than two diseased or healthy cases, weights that are not positive or do not add up to 1.

    Source: Chakraborty, Observer Performance Methods for Diagnostic Imaging, CRC 2017, ch 13 and 14; Chakraborty and
    Zhai, Med Phys 2016;43:2548.
    """
    beside, on = np.asarray(noise, dtype=np.float64), np.asarray(lesions, dtype=np.float64)
    cases, weight = np.asarray(case_of_lesion, dtype=np.int64), np.asarray(weights, dtype=np.float64)
    t, r = len(modalities), len(readers)
    if beside.ndim != 3 or beside.shape[:2] != (t, r) or on.shape != (t, r, len(cases)) or weight.shape != cases.shape:
        raise RuleError(
            f"ratings are of {t} modalities, {r} readers, the cases and their {len(cases)} lesions, got shapes "
            f"{beside.shape} and {on.shape}"
        )
    if np.isnan(beside).any() or np.isnan(on).any() or np.isposinf(beside).any() or np.isposinf(on).any():
        raise RuleError("every rating is a finite number")
    n = beside.shape[2]
    diseased = np.isin(np.arange(n), cases)
    _refuse(diseased, cases, weight)
    without = np.empty((t * r, n))
    areas = np.empty(t * r)
    for at, (own_noise, own_lesions) in enumerate(zip(beside.reshape(t * r, n), on.reshape(t * r, -1), strict=True)):
        areas[at], without[at] = _area(_compared(own_noise, own_lesions, cases, weight, merit), n)
    return Figures(
        modalities=tuple(modalities),
        readers=tuple(readers),
        estimates=areas.reshape(t, r),
        covariance=jackknife(without).reshape(t, r, t, r),
        method="jackknife",
        diseased=int(diseased.sum()),
        healthy=int((~diseased).sum()),
    )


def _refuse(diseased: NDArray[np.bool_], cases: Places, weight: Floats) -> None:
    for count, group in ((int(diseased.sum()), "diseased"), (int((~diseased).sum()), "healthy")):
        if count < 2:
            raise RuleError(
                f"{count} {group} case{'s' * (count != 1)}: two or more are needed, or nothing says how far the figure "
                f"varies with the {group} cases"
            )
    if not (weight > 0).all():
        raise RuleError(f"the weight of a lesion is above 0, got {weight[~(weight > 0)][0]:g}")
    together = np.bincount(cases, weight, len(diseased))[diseased]
    if np.abs(together - 1).max() > 1e-6:
        raise RuleError(f"the weights of a case's lesions add up to 1, got {together[np.abs(together - 1).argmax()]:g}")


class _Compared(NamedTuple):
    """Ratings of noise and of signal with their weights, and the places of the cases that they belong to."""

    noise: Floats
    of_noise: Places
    signal: Floats
    of_signal: Places
    weight: Floats


def _compared(noise: Floats, lesions: Floats, cases: Places, weight: Floats, merit: MarkMerit) -> _Compared:
    """What a figure of merit compares in one reading."""
    everyone = np.arange(len(noise))
    diseased = np.isin(everyone, cases)
    healthy, ill, alike = everyone[~diseased], everyone[diseased], np.ones(len(cases))
    match merit:
        case "hrauc":
            highest = noise.copy()
            np.maximum.at(highest, cases, lesions)
            return _Compared(highest[healthy], healthy, highest[ill], ill, np.ones(len(ill)))
        case "afroc":
            return _Compared(noise[healthy], healthy, lesions, cases, alike)
        case "wafroc":
            return _Compared(noise[healthy], healthy, lesions, cases, weight)
        case "afroc1":
            return _Compared(noise, everyone, lesions, cases, alike)
        case "wafroc1":
            return _Compared(noise, everyone, lesions, cases, weight)


def curve_of_marks(
    noise: ArrayLike, lesions: ArrayLike, case_of_lesion: ArrayLike, weights: ArrayLike, merit: MarkMerit
) -> Curve:
    """The curve of one reading under which the figure of merit is the area; arguments as of `figures_of_marks`."""
    found = _compared(
        np.asarray(noise, dtype=np.float64),
        np.asarray(lesions, dtype=np.float64),
        np.asarray(case_of_lesion, dtype=np.int64),
        np.asarray(weights, dtype=np.float64),
        merit,
    )
    return curve(found.noise, found.signal, found.weight)


def _area(compared: _Compared, n: int) -> tuple[float, Floats]:
    """The weighted share of pairs with the signal above the noise, ties by half; and without each of n cases.

    A case has one rating of noise at most.
    """
    noise, of_noise, signal, of_signal, weight = compared
    ordered = np.sort(noise)
    below = (np.searchsorted(ordered, signal, "left") + np.searchsorted(ordered, signal, "right")) / 2
    by_rating = np.argsort(signal, kind="stable")
    heavier = np.concatenate([[0.0], np.cumsum(weight[by_rating])])
    ranked = signal[by_rating]
    up_to = (heavier[np.searchsorted(ranked, noise, "left")] + heavier[np.searchsorted(ranked, noise, "right")]) / 2
    whole, pairs = float(weight.sum()), len(noise) * float(weight.sum())
    won = float(weight @ below)
    noise_of = np.full(n, np.nan)
    noise_of[of_noise] = noise
    own = noise_of[of_signal]
    within = np.where(np.isnan(own), 0.0, weight * ((signal > own) + 0.5 * (signal == own)))
    lost = np.bincount(of_noise, whole - up_to, n) + np.bincount(of_signal, weight * below, n)
    lost -= np.bincount(of_signal, within, n)
    left = (len(noise) - np.bincount(of_noise, minlength=n)) * (whole - np.bincount(of_signal, weight, n))
    return won / pairs, (won - lost) / left
