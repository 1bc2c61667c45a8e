"""The plain reference of treat/least_squares and treat/profile, much slower and written otherwise.

Rates are scanned, then parts and rates moved together by Levenberg and Marquardt's steps from many starts; the ends of
an interval are looked for by trying steps in all directions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.treat.phases import Family

Floats = NDArray[np.float64]
APART = {1: 0.06, 2: 0.16, 3: 0.35}
APART_DRAWS = {1: 0.12, 2: 0.4, 3: 0.45}
"""Logarithmic steps between rates that are scanned, by number of phases; fewer for curves drawn about a known one."""
CLOSE = 1.6
"""Rates of two phases that are less apart than this are close."""
AT_ONCE = 2_000_000
"""Curves times rates that are held at once."""
ROUNDS = 200
SETTLED = 1e-13


class Best(NamedTuple):
    """The members of a family nearest to curves: parts (b, parts), rates (b, phases), chi-square (b)."""

    parts: Floats
    rates: Floats
    chi_square: Floats


class Face(NamedTuple):
    """Curves of which some parts are 0: which are not, their columns (r, n, k) and the inverse of these squared."""

    parts: tuple[int, ...]
    columns: Floats
    inverse: Floats


def scanned_rates(family: Family, apart: Mapping[int, float] = APART) -> Floats:
    """Rates from the decay to the fastest that can be seen, shape (r, phases)."""
    phases = family.mixed.shape[1]
    span = math.log(family.fastest_per_h / family.physical_per_h)
    line = np.linspace(0.0, span, max(math.ceil(span / apart[phases]), 6) + 1)
    places = np.array(list(itertools.combinations(range(line.size), phases)))
    rates = family.physical_per_h * np.exp(line[places])
    return np.asarray(rates)


def faces(columns: Floats) -> Iterator[Face]:
    """Every choice of parts that are not 0, columns of shape (r, n, parts)."""
    count = columns.shape[-1]
    for size in range(1, count + 1):
        for parts in itertools.combinations(range(count), size):
            kept = columns[..., list(parts)]
            yield Face(parts, kept, inverse_of(kept.swapaxes(-1, -2) @ kept))


def inverse_of(squares: Floats) -> Floats:
    """Inverse of symmetric matrices up to 3 x 3, of those without one that of nearly the same."""
    size = squares.shape[-1]
    diagonal = np.diagonal(squares, axis1=-2, axis2=-1)
    scale = np.sqrt(np.maximum(diagonal, 1e-24 * diagonal.max(axis=-1, keepdims=True) + 1e-300))
    scaled = squares / (scale[..., :, None] * scale[..., None, :]) + 1e-14 * np.eye(size)
    return np.asarray(np.linalg.inv(scaled) / (scale[..., :, None] * scale[..., None, :]))


def nearest(family: Family, measured: Floats, known: tuple[Floats, Floats] | None = None) -> Best:
    """The members nearest to curves (b, n) that share times and uncertainties.

    `known`: parts and rates of a member that the curves were drawn about; the search sets out from it, from the best
    start of all and from the best of each valley. Without it, from the best start for each choice of the faster rates:
    where a part is 0 its rate is lost, and two phases that nearly coincide lie in another valley than two far apart.
    """
    rates = scanned_rates(family, APART if known is None else APART_DRAWS)
    prepared = list(faces(family.columns(rates)))
    groups = _by_faster(rates) if known is None else _valleys(rates)
    each = max(AT_ONCE // len(rates), 1)
    pieces = [_starts(family, prepared, rates, measured[at : at + each], groups)
              for at in range(0, len(measured), each)]  # fmt: skip
    starts = [tuple(np.concatenate(one) for one in zip(*start, strict=True)) for start in zip(*pieces, strict=True)]
    if known is not None:
        starts.append((np.tile(known[0], (len(measured), 1)), np.tile(known[1], (len(measured), 1))))
    count = len(starts)
    parts, places = (np.concatenate(one) for one in zip(*starts, strict=True))
    best = polished(family, np.tile(measured, (count, 1)), parts, places)
    lowest = best.chi_square.reshape(count, -1).argmin(axis=0) * len(measured) + np.arange(len(measured))
    return Best(best.parts[lowest], best.rates[lowest], best.chi_square[lowest])


def _valleys(rates: Floats) -> list[NDArray[np.intp]]:
    """Places of scanned rates by valley: which phases are close to the next."""
    close = rates[:, 1:] < CLOSE * rates[:, :-1]
    kinds = itertools.product((False, True), repeat=close.shape[1])
    valleys = (np.flatnonzero((close == np.array(kind)).all(axis=1)) for kind in kinds)
    return [one for one in valleys if one.size]


def _by_faster(rates: Floats) -> list[NDArray[np.intp]]:
    """Places of scanned rates by their faster phases."""
    _, group = np.unique(rates[:, 1:], axis=0, return_inverse=True)
    return [np.flatnonzero(group == one) for one in range(int(group.max()) + 1)]


def _starts(
    family: Family, prepared: list[Face], rates: Floats, measured: Floats, groups: list[NDArray[np.intp]]
) -> list[tuple[Floats, Floats]]:
    """Parts (b, parts) and rates (b, phases): the best of all, then with all parts of each group of rates."""
    weighted = measured / family.errors
    whole = (weighted**2).sum(axis=-1)
    lowest = np.full(len(measured), np.inf)
    parts, at = np.zeros((len(measured), family.mixed.shape[0])), np.zeros(len(measured), dtype=int)
    every = np.arange(len(measured))
    for face in prepared:
        moments = np.tensordot(weighted, face.columns, axes=(1, 1))
        solved = np.einsum("rkl,brl->brk", face.inverse, moments)
        chi_square = whole[:, None] - (solved * moments).sum(axis=-1)
        chi_square[(solved < 0).any(axis=-1)] = np.inf
        here = chi_square.argmin(axis=1)
        better = chi_square[every, here] < lowest
        lowest[better], at[better] = chi_square[every, here][better], here[better]
        parts[better] = 0.0
        parts[np.ix_(better, np.array(face.parts))] = solved[every, here][better]
    found = [(parts, rates[at])]
    if parts.shape[-1] > 1:  # the last face has all parts
        for group in groups:
            here = group[chi_square[:, group].argmin(axis=1)]
            found.append((np.maximum(solved[every, here], 0.0), rates[here]))
    return found


def polished(
    family: Family, measured: Floats, parts: Floats, rates: Floats, settled: float = SETTLED, rounds: int = ROUNDS
) -> Best:
    """Levenberg and Marquardt's steps from starts, parts kept at 0 or more and rates where they may be.

    Until a step is as small as `settled`, of what it moves.
    Source: D. Marquardt, J. Soc. Indust. Appl. Math. 11 (1963) 431.
    """
    weighted, count = measured / family.errors, parts.shape[-1]
    place = np.concatenate([parts, family.allowed(family.logs_of(rates))], axis=-1)
    damping = np.full(len(measured), 1e-3)
    misfit, _ = _misfit(family, weighted, place, count)
    moving = np.arange(len(measured))
    for _ in range(rounds):
        if not moving.size:
            break
        now = place[moving]
        tried = _stepped(family, weighted[moving], now, damping[moving], count)
        after, _ = _misfit(family, weighted[moving], tried, count)
        before = misfit[moving]
        better = after <= before
        place[moving[better]], misfit[moving[better]] = tried[better], after[better]
        damping[moving] = np.clip(np.where(better, damping[moving] / 6, damping[moving] * 4), 1e-15, 1e12)
        still = np.abs(tried - now).max(axis=-1) <= settled * (1 + np.abs(now).max(axis=-1))
        done = (still & better) | (damping[moving] >= 1e10)
        moving = moving[~done]
    return Best(place[:, :count], family.rates_of(place[:, count:]), misfit)


def _misfit(family: Family, weighted: Floats, place: Floats, count: int) -> tuple[Floats, Floats]:
    columns = family.columns(family.rates_of(place[:, count:]))
    left = weighted - (columns @ place[:, :count, None])[..., 0]
    return (left**2).sum(axis=-1), left


def _stepped(family: Family, weighted: Floats, now: Floats, damping: Floats, count: int) -> Floats:
    """Where a damped step leads; what stands at a bound and would leave stays there."""
    parts = now[:, :count]
    slopes, _ = family.derivatives(parts, family.rates_of(now[:, count:]))
    _, left = _misfit(family, weighted, now, count)
    downhill = (slopes * left[..., None]).sum(axis=-2)
    held = _held(family, now, downhill, count)
    slopes = np.where(held[:, None, :], 0.0, slopes)
    squares = slopes.swapaxes(-1, -2) @ slopes
    scale = np.sqrt(np.diagonal(squares, axis1=-2, axis2=-1))
    scale = np.where(scale > 0, scale, 1.0)
    squares = squares / (scale[:, :, None] * scale[:, None, :])
    squares = (
        squares
        + (damping[:, None] + 1e-15)[..., None] * np.eye(now.shape[-1])
        + held[..., None] * np.eye(now.shape[-1])
    )
    step = np.linalg.solve(squares, (np.where(held, 0.0, downhill) / scale)[..., None])[..., 0] / scale
    found = now + step
    found[:, :count] = np.maximum(found[:, :count], 0.0)
    found[:, count:] = family.allowed(found[:, count:])
    return found


def _held(family: Family, now: Floats, downhill: Floats, count: int) -> NDArray[np.bool_]:
    """Parameters at a bound that a step downhill would cross."""
    nudge = np.where(downhill > 0, 1e-6, -1e-6)
    parts = (now[:, :count] <= 0) & (downhill[:, :count] < 0)
    logs = now[:, count:]
    moved = np.empty(logs.shape, dtype=bool)
    for place in range(logs.shape[-1]):
        there = logs.copy()
        there[:, place] += nudge[:, count + place]
        moved[:, place] = np.abs(family.allowed(there)[:, place] - logs[:, place]) > 1e-9
    return np.concatenate([parts, ~moved], axis=-1)


WIDEST_STEP = 0.3
LEAST_STEP = 1e-4
"""Of the width of a logarithmic rate's standard error, or of `WIDEST_STEP`."""


def interval_h(
    family: Family, measured: Floats, limit: float, best_rates: Floats, spread: Floats
) -> tuple[float, float]:
    """Least and largest integral of members whose chi-square does not exceed `limit`.

    `best_rates` (phases) are those of the best member, `spread` (phases, phases) the covariance of their logarithms.
    Source: D. Venzon and S. Moolgavkar, J. R. Stat. Soc. C 37 (1988) 87, for the interval.
    """
    weighted = measured / family.errors
    rates = np.vstack([scanned_rates(family), best_rates])
    ends = _ends(family, weighted, limit, rates)
    directions = _directions(spread, best_rates.size)
    found = []
    for sign, told in zip((-1.0, 1.0), ends, strict=True):
        at = int(np.argmax(sign * told))
        found.append(_improved(family, weighted, limit, rates[at], float(told[at]), sign, directions))
    return max(found[0], 0.0), found[1]  # no curve is below nothing, but by rounding


def _directions(spread: Floats, phases: int) -> Floats:
    """Steps of logarithmic rates, one a row: along what the points leave open, none too wide."""
    widths, ways = np.linalg.eigh(np.where(np.isfinite(spread), spread, 0.0))
    widths = np.clip(np.sqrt(np.maximum(widths, 0.0)), 1e-9, WIDEST_STEP)
    offsets = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=phases)))
    return np.asarray(offsets @ (widths[:, None] * ways.T))


def _improved(
    family: Family, weighted: Floats, limit: float, rates: Floats, end: float, sign: float, directions: Floats
) -> float:
    width = 1.0
    side = 0 if sign < 0 else 1
    for _ in range(200):
        if width < LEAST_STEP:
            break
        near = family.rates_of(family.allowed(family.logs_of(rates) + width * directions))
        told = _ends(family, weighted, limit, near)[side]
        at = int(np.argmax(sign * told))
        if sign * told[at] > sign * end:
            end, rates = float(told[at]), near[at]
        else:
            width /= 3
    return end


def _ends(family: Family, weighted: Floats, limit: float, rates: Floats) -> tuple[Floats, Floats]:
    """Least and largest integral that each of some rates allow (r); where they allow none, inf and -inf."""
    integrals = family.integrals_h(rates)
    whole = float(weighted @ weighted)
    low, high = np.full(len(rates), np.inf), np.full(len(rates), -np.inf)
    for face in faces(family.columns(rates)):
        moments = weighted @ face.columns
        solved = (face.inverse @ moments[..., None])[..., 0]
        room = limit - (whole - (solved * moments).sum(axis=-1))
        weights = integrals[:, list(face.parts)]
        along = (face.inverse @ weights[..., None])[..., 0]
        unit = np.maximum((weights * along).sum(axis=-1), 1e-300)
        middle, half = (weights * solved).sum(axis=-1), np.sqrt(np.maximum(room, 0.0) * unit)
        # along the line of an integral a part falls to 0 where solved + along x (integral - middle) / unit does
        with np.errstate(divide="ignore", invalid="ignore"):
            zero = middle[:, None] - solved * unit[:, None] / along
        least = np.where(along > 0, zero, -np.inf).max(axis=-1)
        most = np.where(along < 0, zero, np.inf).min(axis=-1)
        from_, to = np.maximum(middle - half, least), np.minimum(middle + half, most)
        there = (room >= 0) & (from_ <= to)
        low, high = np.where(there, np.minimum(low, from_), low), np.where(there, np.maximum(high, to), high)
    return low, high
