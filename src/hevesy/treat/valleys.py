"""Smooth functions of one to three logarithmic rates, many at once: scanned on a lattice, then descended by Newton.

Rates keep to where they may be: the gaps from the decay to the slowest phase, between phases and from the fastest to
what can be seen are 0 or more and have a sum. Arrays have their functions last.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.treat.phases import LEAST_RATIO, Family

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Held = NDArray[np.bool_]
ROUNDS = 100
FLAT = 1e-12
"""A curvature below this share of the largest tells nothing of its direction."""
PROMISE = 3.0
"""A start that lies higher than a bottom by more times what its step should take away is left."""
WALKED = 1e-8
"""Steps along the slowest rate after which a floor is reached."""
UNDIMINISHED = 0.75
FIRST_STEP, LONGEST_STEP, LEAST_STEP = 0.5, 2.0, 1e-14


class Height(NamedTuple):
    """A function at some logarithmic rates (b), its slopes (phases, b) and curvatures (phases, phases, b)."""

    parts: Floats
    """Those that it has there, shape (parts, b)."""
    height: Floats
    slopes: Floats
    curved: Floats


At = Callable[[Places, Floats], Height]
"""Of the functions at some places the heights at logarithmic rates."""


class Lattice(NamedTuple):
    """Logarithmic rates from the decay to the fastest that can be seen, (phases, r), and where they lie."""

    logs: Floats
    places: tuple[Places, ...]
    size: int
    apart: float


def lattice(family: Family, apart: float) -> Lattice:
    """Rates that are scanned, so far apart: phases are in order."""
    phases = family.mixed.shape[1]
    span = math.log(family.fastest_per_h / family.physical_per_h)
    line = np.linspace(0.0, span, max(math.ceil(span / apart), 6) + 1)
    places = np.array(list(itertools.combinations(range(line.size), phases))).T
    return Lattice(line[places], tuple(places), line.size, float(line[1]))


def touching(grid: Lattice, apart: float) -> Floats:
    """Rates of a lattice where a phase is as near to the next slower one as it may be, (phases, r).

    A valley between them is narrower than the lattice is fine. `apart`: how near, in logarithms.
    """
    phases, line = len(grid.logs), grid.apart * np.arange(grid.size)
    if phases == 1:
        return np.empty((1, 0))
    fewer = line[np.array(list(itertools.combinations(range(grid.size), phases - 1))).T]
    return np.concatenate([np.insert(fewer, one + 1, fewer[one] + apart, axis=0) for one in range(phases - 1)], axis=1)


class Ridge(NamedTuple):
    """Where functions of a lattice are lowest along the slowest rate: which (k), their places, logarithms and heights.

    A valley may be steeper than the lattice is fine: its floor is that of a parabola.
    """

    of: Places
    places: tuple[Places, ...]
    logs: Floats
    floor: Floats


def ridge(grid: Lattice, heights: Floats) -> Ridge:
    """Of a scan (r, b)."""
    told = np.full((*[grid.size + 2] * len(grid.places), heights.shape[1]), np.inf)
    first, *others = grid.places
    told[(first + 1, *others)] = heights
    slower, faster = told[(first, *others)], told[(first + 2, *others)]
    cell, of = np.nonzero((heights < slower) & (heights <= faster))
    here, slower, faster = heights[cell, of], slower[cell, of], faster[cell, of]
    inside = np.isfinite(slower) & np.isfinite(faster)
    slower, faster = np.where(inside, slower, 0.0), np.where(inside, faster, 0.0)
    bend, tilt = np.where(inside, slower + faster - 2 * here, 1.0), slower - faster
    moved = tilt / (2 * np.where(bend > 0, bend, 1.0))
    logs = grid.logs[:, cell]
    logs[0] += moved * grid.apart
    return Ridge(of, tuple(one[cell] for one in grid.places), logs, here - moved * tilt / 4)


def lowest(found: Ridge, size: int) -> Held:
    """Whether floors lie lower than those beside on the lattice."""
    told = np.full((*[size + 2] * len(found.places), int(found.of.max(initial=0)) + 1), np.inf)
    places = tuple(one + 1 for one in found.places)
    told[(*places, found.of)] = found.floor
    kept = np.ones(len(found.of), dtype=bool)
    for offset in itertools.product((-1, 0, 1), repeat=len(places)):
        if any(offset):
            beside = told[(*(one + by for one, by in zip(places, offset, strict=True)), found.of)]
            kept &= found.floor < beside if offset < (0,) * len(places) else found.floor <= beside
    return kept


def valleys(grid: Lattice, heights: Floats, at_fastest: float = 0.0) -> tuple[Places, Floats]:
    """Functions and logarithmic rates (phases, starts) about which a scan (r, b) lies lower than beside.

    A narrow valley at the fastest rate that can be seen may lie between the lattice's points: there floors count that
    are less than `at_fastest` above the lowest of all.
    """
    found = ridge(grid, heights)
    kept = lowest(found, grid.size)
    if at_fastest:
        of_all = np.full(heights.shape[1], np.inf)
        np.minimum.at(of_all, found.of, found.floor)
        kept |= (found.places[-1] == grid.size - 1) & (found.floor < of_all[found.of] + at_fastest)
    return found.of[kept], found.logs[:, kept]


def valleys_walked(at: At, grid: Lattice, heights: Floats, every: bool = False) -> tuple[Places, Floats]:
    """The same more carefully: for each choice of the faster rates the floor is walked to along the slowest rate.

    `every`: all these floors.
    """
    found = ridge(grid, heights)
    logs, floor = _along_slowest(lambda which, logs: at(found.of[which], logs), found.logs)
    if every:
        return found.of, logs
    cell = np.ravel_multi_index((found.of, *found.places[1:]), (heights.shape[1], *[grid.size] * (len(logs) - 1)))
    order = np.lexsort((floor, cell))
    first = order[np.diff(cell[order], prepend=-1) > 0]
    places = (np.zeros_like(first), *(one[first] for one in found.places[1:]))
    kept = lowest(found, grid.size)
    kept[first] |= lowest(Ridge(found.of[first], places, logs[:, first], floor[first]), grid.size)
    return found.of[kept], logs[:, kept]


def _along_slowest(at: At, logs: Floats) -> tuple[Floats, Floats]:
    """Logarithmic rates and heights at the floor along the slowest rate, the others as they are."""
    logs, every = logs.copy(), np.arange(logs.shape[1])
    most = logs[1] - math.log(LEAST_RATIO) if len(logs) > 1 else np.full(logs.shape[1], np.inf)
    reach = np.full(logs.shape[1], FIRST_STEP)
    now = at(every, logs)
    for _ in range(ROUNDS):
        slope, bent = now.slopes[0], now.curved[0, 0]
        step = np.where(bent > 0, -slope / np.where(bent > 0, bent, 1.0), -np.sign(slope) * reach)
        ahead = logs.copy()
        ahead[0] = np.clip(logs[0] + np.clip(step, -reach, reach), 0.0, np.maximum(most, 0.0))
        then = at(every, ahead)
        moved = np.abs(ahead[0] - logs[0])
        better = then.height <= now.height
        reach = np.where(better, reach, moved / 4)
        logs = np.where(better, ahead, logs)
        now = Height(*(np.where(better, one, other) for one, other in zip(then, now, strict=True)))
        if (moved <= WALKED).all():
            break
    return logs, now.height


def descended(
    at: At,
    family: Family,
    logs: Floats,
    settled: float,
    longest_stride: float = 1.0,
    of: Places | None = None,
    rounds: int = ROUNDS,
) -> tuple[Floats, Floats, Floats]:
    """Parts (parts, b), logarithmic rates (phases, b) and height (b) at the bottom of each start's valley.

    `settled`: of the height, what another step should take away at most for the step to be the last. `of`: functions
    of the starts (b), of which only the lowest bottom is wanted; starts that promise none lower are left. `rounds`:
    steps at most.
    Source: D. Bertsekas, SIAM J. Control Optim. 20 (1982) 221; the widest gap gives what the others take.
    """
    phases, width = logs.shape
    order: Floats = math.log(LEAST_RATIO) * np.arange(phases, dtype=np.float64)[:, None]
    room = math.log(family.fastest_per_h / family.physical_per_h) - float(order[-1, 0])
    gaps = np.diff(family.allowed(logs.T).T - order, axis=0, prepend=0.0, append=room)
    gaps = np.ascontiguousarray(np.maximum(gaps, 0.0))
    moving, reach, stride = np.arange(width), np.full(width, FIRST_STEP), np.ones(width)
    now = at(moving, _logs(gaps, order))
    parts, bottom, height = np.empty_like(now.parts), np.empty_like(logs), np.empty(width)
    least = np.full(0 if of is None else int(of.max()) + 1, np.inf)
    for _ in range(rounds):
        ahead, expected = _stepped(now, gaps, reach, stride)
        then = at(moving, _logs(ahead, order))
        moved = np.abs(ahead - gaps).max(axis=0)
        rounding = settled * np.abs(now.height)
        last = expected <= rounding
        better = then.height <= now.height + np.where(last, rounding, 0.0)
        # a fall that goes on undiminished, where a parabola's would be half of it
        straight = then.height < now.height - UNDIMINISHED * expected
        stride = np.where(straight, np.minimum(2 * stride, longest_stride), 1.0)
        reach = np.where(better, np.clip(2 * moved, reach, LONGEST_STEP), moved / 4)
        if better.all():
            gaps, now = ahead, then
        else:
            gaps = np.where(better, ahead, gaps)
            now = Height(*(np.where(better, one, other) for one, other in zip(then, now, strict=True)))
        last |= reach < LEAST_STEP
        if of is not None:
            np.minimum.at(least, of[moving[last]], now.height[last])
            last |= now.height - PROMISE * expected > least[of[moving]]
        if last.any():
            there, on = moving[last], ~last
            parts[:, there], height[there] = now.parts[:, last], now.height[last]
            bottom[:, there] = _logs(gaps[:, last], order)
            moving, reach, stride = moving[on], reach[on], stride[on]
            gaps, now = gaps.compress(on, axis=1), Height(*(one.compress(on, axis=-1) for one in now))
            if not moving.size:
                break
    parts[:, moving], bottom[:, moving], height[moving] = now.parts, _logs(gaps, order), now.height
    return parts, bottom, height


def _logs(gaps: Floats, order: Floats) -> Floats:
    return np.asarray(np.cumsum(gaps[:-1], axis=0) + order)


@cache
def _ways(phases: int) -> tuple[Floats, Places]:
    """Where logarithms go as a gap grows and another gives, shape (gap, phase, giving), and which gap that is."""
    found = np.zeros((phases, phases, phases + 1))
    others = np.array([[one for one in range(phases + 1) if one != given] for given in range(phases + 1)]).T
    for row, given in itertools.product(range(phases), range(phases + 1)):
        gap = others[row, given]
        found[row, min(gap, given) : max(gap, given), given] = 1.0 if gap < given else -1.0
    return found, others


def _stepped(now: Height, gaps: Floats, reach: Floats, stride: Floats) -> tuple[Floats, Floats]:
    """Gaps after a step of Newton's, and by how much the height should fall."""
    phases, every = len(now.slopes), np.arange(gaps.shape[1])
    given = gaps.argmax(axis=0)
    ways, taking = _ways(phases)
    ways, taking = ways.take(given, axis=-1), taking.take(given, axis=-1)
    own = gaps[taking, every]
    slopes = np.einsum("gpb,pb->gb", ways, now.slopes)
    step = _to_bottom(_turned(now.curved, ways), slopes, own, reach)
    step *= stride
    expected = -(slopes * step).sum(axis=0)
    share = np.minimum(1.0, reach / np.maximum(np.abs(step).max(axis=0), 1e-300))
    taken = np.maximum(step, 0.0).sum(axis=0)
    share = np.minimum(share, 0.9 * gaps[given, every] / np.maximum(taken, 1e-300))
    after = np.maximum(own + share * step, 0.0)
    ahead = gaps.copy()
    ahead[taking, every] = after
    ahead[given, every] -= (after - own).sum(axis=0)
    return ahead, expected * share


def _turned(curved: Floats, ways: Floats) -> Floats:
    """Curvatures along ways of phases."""
    return np.asarray(np.einsum("gqb,hqb->ghb", np.einsum("gpb,pqb->gqb", ways, curved), ways))


def _to_bottom(curved: Floats, slopes: Floats, own: Floats, reach: Floats) -> Floats:
    """The step to the bottom of a parabola where gaps are 0 or more; as far as may be where there is no bottom."""
    held = (own <= 0) & (slopes >= 0)
    step, rising = _newton(curved, slopes, held)
    (some,) = np.nonzero(~rising)
    if some.size:
        step[:, some] = _downhill(curved[:, :, some], slopes[:, some], held[:, some], reach[some])
    for _ in range(len(own)):
        over = ~held & (own + step < 0)
        (some,) = np.nonzero(over.any(axis=0))
        if not some.size:
            break
        held |= over
        to = np.where(held[:, some], -own[:, some], 0.0)
        tied = slopes[:, some] + (curved[:, :, some] * to).sum(axis=1)
        further = _newton(curved[:, :, some], tied, held[:, some])[0] + to
        falls = rising[some] & ((slopes[:, some] * further).sum(axis=0) <= 0)
        step[:, some] = np.where(falls, further, step[:, some])
    return step


def _downhill(curved: Floats, slopes: Floats, held: Held, reach: Floats) -> Floats:
    """Along each way in which a function is bent: to the bottom, or downhill as far as may be."""
    free = ~held
    bent, ways = np.linalg.eigh(np.where(free[:, None] & free, curved, 0.0).transpose(2, 0, 1))
    along = (ways * np.where(free, slopes, 0.0).T[:, :, None]).sum(axis=1)
    firm = bent > FLAT * np.abs(bent).max(axis=1, keepdims=True)
    steps = np.where(firm, -along / np.where(firm, bent, 1.0), -np.sign(along) * reach[:, None])
    return np.asarray((ways * steps[:, None]).sum(axis=2).T)


def _newton(curved: Floats, slopes: Floats, held: Held) -> tuple[Floats, Held]:
    """The step to a parabola's bottom, 0 of what is held or flat, and whether it rises from there to every side."""
    size = len(slopes)
    lower = [[curved[one, other] for other in range(one + 1)] for one in range(size)]
    least = FLAT * np.abs(curved[range(size), range(size)]).max(axis=0)
    step, over, rising = [-one for one in slopes], [], np.ones(slopes.shape[1], dtype=bool)
    for one in range(size):
        pivot = lower[one][one]
        firm = (pivot > least) & ~held[one]
        rising &= held[one] | (pivot >= -least)
        over.append(firm / np.where(firm, pivot, 1.0))
        for other in range(one + 1, size):
            share = lower[other][one] * over[one]
            step[other] = step[other] - share * step[one]
            for third in range(one + 1, other + 1):
                lower[other][third] = lower[other][third] - share * lower[third][one]
    for one in reversed(range(size)):
        for other in range(one + 1, size):
            step[one] = step[one] - lower[other][one] * step[other]
        step[one] = step[one] * over[one]
    return np.array(step), rising
