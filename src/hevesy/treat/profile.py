"""The interval of a time-integrated activity by profile likelihood: all values that some member of the family allows.

At given rates the parts that reach furthest within a limit of the chi-square are known in closed form; how far they
reach is a smooth function of logarithmic rates, which is scanned and then descended.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.treat.least_squares import APART, Face, along, bends, columns_of, face, faces, floors, sum_of, through
from hevesy.treat.phases import Family
from hevesy.treat.valleys import Height, descended, lattice, valleys

Floats = NDArray[np.float64]
SETTLED = 1e-7
"""Of an end, what the next step should take away at most: after it the end is as good as the square of that."""
STRIDE = 8.0
"""Steps are those to the least misfit at an integral, which are short far from the end: up to so many at once."""
ROUNDS = 2_000
"""Steps at most: of points that are known to 0.01 % they are as short as that."""
NO_ROOM = 1e-100


def interval_h(family: Family, measured: Floats, limit: float, best_rates: Floats) -> tuple[float, float]:
    """Least and largest integral of members whose chi-square does not exceed `limit`.

    `best_rates` (phases) are those of the best member; the search sets out from it and from those of a lattice that
    reach furthest.
    Source: D. Venzon and S. Moolgavkar, J. R. Stat. Soc. C 37 (1988) 87, for the interval.
    """
    weighted = (measured / family.errors)[:, None]
    grid = lattice(family, APART[best_rates.size])
    columns, squares = columns_of(family, grid.logs)
    ends = [_furthest(family, weighted, limit, one, grid.logs, columns, squares).integral_h for one in (1.0, -1.0)]
    which, logs = valleys(grid, np.stack(ends, axis=1))
    best = family.logs_of(best_rates)[:, None]
    inside = floors(family, measured, limit) if len(best) > 1 else best
    more = np.concatenate([best, inside], axis=1)
    which = np.concatenate([np.repeat((0, 1), more.shape[1]), which])
    logs = np.concatenate([more, more, logs], axis=1)
    sign = np.where(which == 0, 1.0, -1.0)
    within = np.isfinite(reach_at(family, weighted, limit, sign, family.allowed(logs.T).T).height)
    within[[0, more.shape[1]]] = True  # the best, which rounding alone leaves outside
    which, logs, sign = which[within], logs[:, within], sign[within]
    _, _, found = descended(
        lambda rows, logs: reach_at(family, weighted, limit, sign[rows], logs),
        family,
        logs,
        SETTLED,
        STRIDE,
        rounds=ROUNDS,
    )
    least, most = float(found[which == 0].min()), -float(found[which == 1].min())
    if float((weighted**2).sum()) <= limit:
        least = 0.0  # nothing at all is within the limit
    return max(least, 0.0), most


class _Furthest(NamedTuple):
    """Members that reach furthest within a limit."""

    integral_h: Floats
    """Times the sign, shape (b)."""
    parts: Floats
    inverse: Floats
    """Of the products of parts above 0, 0 for others."""
    room: Floats
    """How far they lie from the best member of these rates, along the integral."""
    wanted: Floats
    """The integral of each part times the sign."""


def _furthest(
    family: Family, weighted: Floats, limit: float, sign: Floats | float, logs: Floats, columns: Floats, squares: Floats
) -> _Furthest:
    moments = along(columns, weighted)
    wanted = sign * (family.mixed @ (1 / family.of_label(family.rates_of(logs))))
    room = limit - float((weighted**2).sum())
    found = _on_face(face(squares, tuple(range(len(moments)))), moments, wanted, room)
    alike = (found.parts == 0).all(axis=0)  # columns of which fewer do as well
    (some,) = np.nonzero(alike | ((found.parts < 0).any(axis=0) & np.isfinite(found.integral_h)))
    if some.size:
        fewer = _on_fewer(squares.take(some, axis=-1), moments.take(some, axis=1), wanted.take(some, axis=1), room)
        for one, other in zip(found, fewer, strict=True):
            one[..., some] = other
    found.parts[:, np.isinf(found.integral_h)] = 0.0
    return found


def _on_fewer(squares: Floats, moments: Floats, wanted: Floats, room: float) -> _Furthest:
    """Where some part is 0."""
    count, width = moments.shape
    found = _Furthest(np.full(width, np.inf), np.zeros((count, width)), np.zeros((count, count, width)), np.ones(width),
                      wanted)  # fmt: skip
    for one in faces(squares, count - 1):
        told = _on_face(one, moments, wanted, room)
        better = (told.integral_h < found.integral_h) & (told.parts >= 0).all(axis=0)
        found = _Furthest(*(np.where(better, new, old) for new, old in zip(told, found, strict=True)))
    return found


def _above_nothing(lengths: Floats) -> Floats:
    """Of members without any part there is none, and nothing hangs on it."""
    return np.where(lengths > 0, lengths, 1.0)


def _on_face(on: Face, moments: Floats, wanted: Floats, room: float) -> _Furthest:
    """Of given parts, which may come out below 0; `room`: the limit less the squares of all points."""
    solved, ways = on.solved(moments), on.solved(wanted)
    left = room + sum_of(solved, [moments[one] for one in on.parts])
    length = _above_nothing(sum_of(ways, [wanted[one] for one in on.parts]))
    by = np.sqrt(np.maximum(left, 0.0) / length)
    parts = np.zeros_like(moments)
    for one, share, way in zip(on.parts, solved, ways, strict=True):
        parts[one] = share - by * way
    integral_h = np.where(left >= 0, (parts * wanted).sum(axis=0), np.inf)
    return _Furthest(integral_h, parts, on.whole(len(moments)), by, wanted)


def reach_at(family: Family, weighted: Floats, limit: float, sign: Floats, logs: Floats) -> Height:
    """The least integral (sign 1), or less the largest one (-1), within a limit at logarithmic rates (phases, b).

    inf where they allow none. Slopes are by the multiplier of the limit; curvatures are those of the misfit at that
    integral, over it: where the integral is an end they are its own, and elsewhere they lead no step out of the limit.
    """
    rates = family.rates_of(logs)
    columns, squares = columns_of(family, logs)
    end = _furthest(family, weighted, limit, sign, logs, columns, squares)
    turns = bends(family, weighted, rates, columns, end.parts)
    label = family.of_label(rates)
    by_log = -sign * rates / label**2
    by_log_twice = by_log * (1 - 2 * rates / label)
    room = np.maximum(end.room, NO_ROOM)
    mixed = family.mixed.T[:, :, None]
    crossed = mixed * by_log[:, None] + (turns.across - mixed * turns.turning[:, None]) / room
    ways = along(end.inverse, end.wanted)
    length = _above_nothing((ways * end.wanted).sum(axis=0))
    bound = along(crossed, ways) - turns.shares * by_log / room
    curved = turns.own / room - room * through(crossed, end.inverse) + room / length * bound[:, None] * bound
    for one in range(len(rates)):
        curved[one, one] += turns.shares[one] * by_log_twice[one] - turns.second[one] / room
    curved[:, :, ~np.isfinite(curved).all(axis=(0, 1))] = 0.0  # where nothing is within the limit, or all of it
    return Height(end.parts, end.integral_h, turns.shares * by_log - turns.downhill / room, curved)
