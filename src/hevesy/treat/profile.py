"""The interval of a time-integrated activity by profile likelihood: all values that some member of the family allows.

At given rates the least chi-square is a parabola in the integral, so that the members which reach a limit are known
without a search; rates are scanned, then improved from the best of them.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from hevesy.treat.least_squares import faces, scanned_rates
from hevesy.treat.phases import Family

Floats = NDArray[np.float64]
WIDEST_STEP = 0.3
LEAST_STEP = 1e-4
"""Of the width of a logarithmic rate's standard error, or of `WIDEST_STEP`."""
ROUNDS = 200


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
    for _ in range(ROUNDS):
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
