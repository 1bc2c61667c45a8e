"""Least squares of many curves at once: parts are solved for, so that logarithms of rates alone are searched.

At given rates the parts that are 0 or more and fit best are known in closed form, face by face; what is left of the
misfit is a smooth function of one to three logarithms, with slopes and curvatures of its own. Arrays have their curves
last.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.treat.phases import LEAST_RATIO, Family
from hevesy.treat.valleys import Height, Places, descended, lattice, touching, valleys, valleys_walked

Floats = NDArray[np.float64]
APART = {1: 0.06, 2: 0.16, 3: 0.35}
APART_DRAWS = {1: 0.12, 2: 0.25, 3: 0.45}
"""Logarithmic steps between rates that are scanned, by number of phases; fewer for many curves drawn about one."""
ALIKE = 1e-13
"""Columns (of length 1) whose volume squared is less are told apart by rounding alone."""
ALIKE_LOGS = 6
"""Decimals of logarithmic rates to which floors are one."""
SHALLOW = 1e-3
"""Of points that lie so much closer to a curve than their uncertainties say, valleys are lost in a scan's rounding."""
AT_FASTEST = 1.0
"""Of the chi-square: floors of a scan at the fastest rate that are less above the lowest are set out from too."""
AT_ONCE = 15_000
"""Curves times rates that are scanned at once: arrays that stay near the processor."""
TOGETHER = 5_000
"""Curves that are fitted at once."""
SETTLED, SETTLED_DRAWS = 1e-13, 1e-7
"""Of the misfit, what the next step should take away at most: after it the fit is as good as the square of that."""


class Best(NamedTuple):
    """The members of a family nearest to curves: parts (b, parts), rates (b, phases), chi-square (b)."""

    parts: Floats
    rates: Floats
    chi_square: Floats


def inverse_of(squares: Floats) -> Floats:
    """Inverse of symmetric matrices up to 3 x 3, of those without one that of nearly the same."""
    size = squares.shape[-1]
    diagonal = np.diagonal(squares, axis1=-2, axis2=-1)
    scale = np.sqrt(np.maximum(diagonal, 1e-24 * diagonal.max(axis=-1, keepdims=True) + 1e-300))
    scaled = squares / (scale[..., :, None] * scale[..., None, :]) + 1e-14 * np.eye(size)
    return np.asarray(np.linalg.inv(scaled) / (scale[..., :, None] * scale[..., None, :]))


class Face(NamedTuple):
    """Curves of which some parts are 0: which are not, and the inverse of their products, k x k arrays over curves."""

    parts: tuple[int, ...]
    inverse: list[list[Floats]]

    def solved(self, moments: Floats) -> list[Floats]:
        """Parts on the face from the products of columns and points, moments of shape (parts, ...)."""
        own = [moments[one] for one in self.parts]
        return [sum_of(row, own) for row in self.inverse]

    def whole(self, count: int) -> Floats:
        """The inverse among all parts, (count, count, b), 0 for those that are 0."""
        found = np.zeros((count, count, *self.inverse[0][0].shape))
        for row, one in enumerate(self.parts):
            for place, other in enumerate(self.parts):
                found[one, other] = self.inverse[row][place]
        return found


def sum_of(one: list[Floats], other: list[Floats]) -> Floats:
    """Sum of products."""
    found = one[0] * other[0]
    for a, b in zip(one[1:], other[1:], strict=True):
        found = found + a * b
    return found


def faces(squares: Floats, most: int | None = None) -> Iterator[Face]:
    """Every choice of parts that are not 0, from the products of columns (parts, parts, ...), up to so many."""
    count = len(squares)
    for size in range(1, (count if most is None else most) + 1):
        for parts in itertools.combinations(range(count), size):
            yield face(squares, parts)


def face(squares: Floats, parts: tuple[int, ...]) -> Face:
    """Of given parts."""
    scale = {one: np.sqrt(np.maximum(squares[one, one], 1e-300)) for one in parts}
    alike = {(a, b): squares[a, b] / (scale[a] * scale[b]) for a, b in itertools.combinations(parts, 2)}
    inverse = _inverse_alike(parts, alike, squares.shape[2:])
    return Face(parts, [[inverse[i][j] / (scale[a] * scale[b]) for j, b in enumerate(parts)]
                        for i, a in enumerate(parts)])  # fmt: skip


def _inverse_alike(
    parts: tuple[int, ...], alike: dict[tuple[int, int], Floats], shape: tuple[int, ...]
) -> list[list[Floats]]:
    """Inverse of a matrix of 1 on its diagonal, up to 3 x 3; 0 where columns are alike, as fewer do as well."""
    if len(parts) == 1:
        return [[np.ones(shape)]]
    if len(parts) == 2:
        (x,) = alike.values()
        over = _over(1 - x * x)
        return [[over, -x * over], [-x * over, over]]
    x, y, z = alike.values()  # of 0 and 1, 0 and 2, 1 and 2
    cofactors = [
        [1 - z * z, y * z - x, x * z - y],
        [y * z - x, 1 - y * y, x * y - z],
        [x * z - y, x * y - z, 1 - x * x],
    ]
    over = _over(cofactors[0][0] + x * cofactors[0][1] + y * cofactors[0][2])
    return [[one * over for one in row] for row in cofactors]


def _over(determinant: Floats) -> Floats:
    apart = determinant > ALIKE
    return np.asarray(apart / np.where(apart, determinant, 1.0))


def nearest(family: Family, measured: Floats, many: bool = False) -> Best:
    """The members nearest to curves (b, n) that share times and uncertainties; of `many` less finely searched."""
    some = [_nearest(family, measured[at : at + TOGETHER], many) for at in range(0, len(measured), TOGETHER)]
    best = some[0] if len(some) == 1 else Best(*(np.concatenate(one) for one in zip(*some, strict=True)))
    if many or (best.chi_square >= SHALLOW).all():
        return best
    other = _nearest(family, measured, many, every=True)
    lower = other.chi_square < best.chi_square
    return Best(*(np.where(lower if one.ndim == 1 else lower[:, None], one, two)
                  for one, two in zip(other, best, strict=True)))  # fmt: skip


def _nearest(family: Family, measured: Floats, many: bool, every: bool = False) -> Best:
    weighted = np.ascontiguousarray((measured / family.errors).T)
    curve, logs = _starts(family, weighted, many, every)
    parts, logs, misfit = descended(
        lambda which, logs: _misfit_of(family, weighted, curve[which], logs),
        family,
        logs,
        SETTLED_DRAWS if many else SETTLED,
        of=curve if many else None,
    )
    order = np.lexsort((misfit, curve))
    best = order[np.searchsorted(curve[order], np.arange(len(measured)))]
    return Best(parts[:, best].T, family.rates_of(logs[:, best].T), misfit[best])


def floors(family: Family, measured: Floats, limit: float) -> Floats:
    """Logarithmic rates (phases, k) in every valley of one curve (n) that does not exceed a chi-square.

    Bottoms, and the floors along the slowest rate for each choice of the faster ones: a valley is long and narrow.
    """
    weighted = (measured / family.errors)[:, None]
    curve, logs = _starts(family, weighted, many=False, every=True)
    _, ends, misfit = descended(
        lambda which, logs: _misfit_of(family, weighted, curve[which], logs), family, logs, SETTLED
    )
    found = np.concatenate([ends[:, misfit <= limit], family.allowed(logs.T).T], axis=1)
    misfit = _misfit_of(family, weighted, np.zeros(found.shape[1], dtype=np.intp), found).height
    return np.unique(np.round(found[:, misfit <= limit], ALIKE_LOGS), axis=1)


def _starts(family: Family, weighted: Floats, many: bool, every: bool) -> tuple[Places, Floats]:
    """Curves and logarithmic rates (phases, starts) to set out from."""
    grid = lattice(family, (APART_DRAWS if many else APART)[family.mixed.shape[1]])
    columns, squares = columns_of(family, grid.logs)
    told = list(faces(squares))
    each = max(AT_ONCE // grid.logs.shape[1], 1)
    found = []
    for first in range(0, weighted.shape[1], each):
        some = weighted[:, first : first + each]
        heights = -_explained(told, columns, some)
        if many:
            curve, logs = valleys(grid, heights, AT_FASTEST)
        else:
            curve, logs = valleys_walked(partial(_misfit_of, family, some), grid, heights, every)
            if len(logs) > 1:
                near = touching(grid, math.log(LEAST_RATIO))
                curve = np.concatenate([curve, np.repeat(np.arange(some.shape[1]), near.shape[1])])
                logs = np.concatenate([logs, np.tile(near, (1, some.shape[1]))], axis=1)
        found.append((curve + first, logs))
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found], axis=1)


def _misfit_of(family: Family, weighted: Floats, curve: Places, logs: Floats) -> Height:
    return misfit_at(family, weighted.take(curve, axis=1), logs)


def _explained(told: list[Face], columns: Floats, weighted: Floats) -> Floats:
    """How much of their squares the best members of some rates take from curves, shape (r, b)."""
    moments = np.stack([one.T @ weighted for one in columns])
    found = np.zeros(moments.shape[1:])
    for one in told:
        solved = Face(one.parts, [[each[:, None] for each in row] for row in one.inverse]).solved(moments)
        here = sum_of(solved, [moments[part] for part in one.parts])
        for share in solved:
            here *= share > 0
        np.maximum(found, here, out=found)
    return found


def columns_of(family: Family, logs: Floats) -> tuple[Floats, Floats]:
    """The parts at the points over their uncertainties (parts, n, b) and their products (parts, parts, b)."""
    columns = _mixed(family, phases_of(family, family.rates_of(logs)))
    return columns, products(columns, columns)


def phases_of(family: Family, rates: Floats) -> Floats:
    """Phases at the points over their uncertainties, shape (phases, n, b) of rates (phases, b)."""
    return np.asarray(np.exp(-rates[:, None] * family.times_h[:, None]) / family.errors[:, None])


def _mixed(family: Family, phases: Floats) -> Floats:
    return np.asarray(np.einsum("ip,pnb->inb", family.mixed, phases))


def products(one: Floats, other: Floats) -> Floats:
    """Sums over the points, (a, n, b) with (c, n, b) to (a, c, b)."""
    return np.asarray(np.einsum("anb,cnb->acb", one, other))


class Bends(NamedTuple):
    """How curves of given parts change by logarithms of rates (phases, b), and what they leave of the points."""

    shares: Floats
    """Coefficients of the phases."""
    left: Floats
    """Points less curves, shape (n, b)."""
    downhill: Floats
    """What is left along the slopes."""
    own: Floats
    """Products of the slopes, shape (phases, phases, b)."""
    across: Floats
    """Those of slopes and columns, shape (phases, parts, b)."""
    turning: Floats
    """What is left along the slopes of phases of coefficient 1."""
    second: Floats
    """What is left along second slopes."""


def bends(family: Family, weighted: Floats, rates: Floats, columns: Floats, parts: Floats) -> Bends:
    """Of curves with parts (parts, b) and rates (phases, b)."""
    steep = -(rates[:, None] * family.times_h[:, None])
    bent = steep * phases_of(family, rates)
    shares = family.mixed.T @ parts
    left = weighted - np.einsum("inb,ib->nb", columns, parts)
    by_log = shares[:, None] * bent
    toward = by_log * left
    return Bends(
        shares=shares,
        left=left,
        downhill=toward.sum(axis=1),
        own=products(by_log, by_log),
        across=products(by_log, columns),
        turning=along(bent, left),
        second=((1 + steep) * toward).sum(axis=1),
    )


def along(one: Floats, other: Floats) -> Floats:
    """Sums of products over the second axis, (a, n, b) with (n, b) to (a, b)."""
    return np.asarray(np.einsum("anb,nb->ab", one, other))


def misfit_at(family: Family, weighted: Floats, logs: Floats) -> Height:
    """The chi-square of the best parts at logarithmic rates (phases, b) of curves (n, b)."""
    rates = family.rates_of(logs)
    columns, squares = columns_of(family, logs)
    parts, inverse = _solved(columns, squares, weighted)
    turns = bends(family, weighted, rates, columns, parts)
    curved = turns.own - through(turns.across - turns.turning[:, None] * family.mixed.T[:, :, None], inverse)
    for one in range(len(rates)):
        curved[one, one] -= turns.second[one]
    return Height(parts, (turns.left**2).sum(axis=0), -2 * turns.downhill, 2 * curved)


def through(across: Floats, inverse: Floats) -> Floats:
    """What is lost of curvatures as parts (a, i, b) follow, by the inverse of their products (i, i, b)."""
    return products(np.einsum("aib,ijb->ajb", across, inverse), across)


def _solved(columns: Floats, squares: Floats, weighted: Floats) -> tuple[Floats, Floats]:
    """The best parts of 0 or more, and the inverse products of those above 0, with 0 for the others."""
    count, moments = len(columns), along(columns, weighted)
    inverse = face(squares, tuple(range(count))).whole(count)
    parts = along(inverse, moments)
    (some,) = np.nonzero((parts <= 0).any(axis=0))
    if some.size:
        inverse[:, :, some] = _inverse_of_fewer(squares.take(some, axis=-1), moments.take(some, axis=1))
        parts = along(inverse, moments)
    # once more on what is left: products square how badly columns are told apart
    left = weighted - np.einsum("inb,ib->nb", columns, parts)
    parts += along(inverse, along(columns, left))
    return np.maximum(parts, 0.0), inverse


def _inverse_of_fewer(squares: Floats, moments: Floats) -> Floats:
    """That of the best face on which some part is 0."""
    count, width = moments.shape
    gain, inverse = np.zeros(width), np.zeros((count, count, width))
    for one in faces(squares, count - 1):
        solved = one.solved(moments)
        here = sum_of(solved, [moments[part] for part in one.parts])
        better = np.logical_and.reduce([here > gain, *(share > 0 for share in solved)])
        gain = np.where(better, here, gain)
        inverse = np.where(better, one.whole(count), inverse)
    return inverse
