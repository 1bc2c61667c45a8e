"""From contours drawn on planes to the voxels inside, by a rule with a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.imaging.region import Mask, Region
from hevesy.imaging.volume import Grid

Points = NDArray[np.float64]
"""Corners of a closed contour in mm, shape (n, 3)."""
Rule = Literal["centre", "half", "touched"]
RULES: Mapping[Rule, str] = {
    "centre": "voxels whose centre lies within the contour",
    "half": "voxels of which half or more lies within the contour, by 9 x 9 points of each",
    "touched": "voxels of which any of 9 x 9 points lies within the contour",
}
POINTS = 9
"""Along each edge of a voxel, where its share is wanted."""
OFF_PLANE = 0.25
"""A contour whose corners leave the plane of the slices by more than this share of a slice is not drawn on slices."""


def region_of_contours(name: str, grid: Grid, contours: Sequence[Points], rule: Rule = "centre") -> Region:
    """The voxels within contours that lie parallel to the slices (the first axis of the grid).

    Contours of one plane cut holes into one another (even and odd). A slice belongs to the nearest plane with contours,
    where that lies within half the distance between planes, or within half a slice.
    Refused: contours that leave the plane of the slices or lie wholly outside the grid, and no contour at all.
    """
    if rule not in RULES:
        raise RuleError(f"a contour becomes voxels by {', '.join(RULES)}, got {rule!r}")
    if not contours:
        raise RuleError(f"region {name!r} has no closed contour")
    planes = _by_plane(name, grid, contours)
    mask = np.zeros(grid.shape, dtype=bool)
    heights = np.array(sorted(planes))
    reach = max(0.5, 0.5 * float(np.diff(heights).min()) if len(heights) > 1 else 0.5)
    for place in range(grid.shape[0]):
        nearest = heights[int(np.abs(heights - place).argmin())]
        if -reach + 1e-3 < place - nearest <= reach + 1e-3:  # half-open: planes halfway between slices count once each
            mask[place] = _filled(planes[float(nearest)], grid.shape[1:], rule)
    if not mask.any():
        raise RuleError(f"region {name!r} lies outside the image, or is smaller than a voxel: {RULES[rule]}")
    outside = sum(_reaches_out(height, own, grid.shape) for height, own in planes.items())
    told = f"; on {outside} of its {len(planes)} planes it reaches out of the image" if outside else ""
    used = np.flatnonzero(mask.any(axis=(1, 2)))
    empty = int(used[-1] - used[0] + 1 - len(used))
    if empty:
        told += f"; {empty} slices between its planes have no contour and are left out"
    if any(len(own) > 1 for own in planes.values()):
        told = f"; of several contours on a plane what lies in an odd number of them{told}"
    return Region(name=name, grid=grid, mask=mask, rule=RULES[rule] + told)


def _reaches_out(height: float, contours: Sequence[NDArray[np.float64]], shape: tuple[int, int, int]) -> bool:
    corners = np.concatenate(contours)
    beside = (corners < -0.5 - 1e-3) | (corners > np.array(shape[1:]) - 0.5 + 1e-3)
    return bool(beside.any()) or not -0.5 - 1e-3 <= height <= shape[0] - 0.5 + 1e-3


def _by_plane(name: str, grid: Grid, contours: Sequence[Points]) -> dict[float, list[NDArray[np.float64]]]:
    """Contours in places of the grid, shape (n, 2) of row and column, by the place of their plane among the slices."""
    planes: dict[float, list[NDArray[np.float64]]] = {}
    for points in contours:
        if len(points) < 3:
            continue
        places = grid.places(points)
        height = float(places[:, 0].mean())
        if np.abs(places[:, 0] - height).max() > OFF_PLANE:
            raise RuleError(f"region {name!r}: a contour leaves the plane of the slices; it was drawn on other planes")
        known = next((one for one in planes if abs(one - height) < 1e-2), height)
        own = planes.setdefault(known, [])
        if not any(len(one) == len(places) and np.allclose(one, places[:, 1:], atol=1e-3) for one in own):
            own.append(places[:, 1:])  # the same contour twice would be its own hole
    if not planes:
        raise RuleError(f"region {name!r} has no contour of three points or more")
    return planes


def _filled(contours: Sequence[NDArray[np.float64]], shape: tuple[int, ...], rule: Rule) -> Mask:
    rows, columns = shape
    if rule == "centre":
        return _inside(contours, np.arange(rows, dtype=np.float64), np.arange(columns, dtype=np.float64))
    within = (np.arange(POINTS) + 0.5) / POINTS - 0.5
    fine = _inside(
        contours,
        (np.arange(rows)[:, None] + within).ravel(),
        (np.arange(columns)[:, None] + within).ravel(),
    )
    share = fine.reshape(rows, POINTS, columns, POINTS).mean(axis=(1, 3))
    return np.asarray(share >= 0.5 if rule == "half" else share > 0, dtype=bool)


def _inside(contours: Sequence[NDArray[np.float64]], rows: NDArray[np.float64], columns: NDArray[np.float64]) -> Mask:
    """Which points of a lattice lie inside: an odd number of edges to their left, shape (rows, columns)."""
    odd = np.zeros((len(rows), len(columns)), dtype=bool)
    for contour in contours:
        low, high = contour, np.roll(contour, -1, axis=0)
        swap = low[:, 0] > high[:, 0]
        low, high = np.where(swap[:, None], high, low), np.where(swap[:, None], low, high)
        for (row0, column0), (row1, column1) in zip(low, high, strict=True):
            first, last = np.searchsorted(rows, (row0, row1))  # rows in row0 <= row < row1
            if first == last:
                continue
            crossed = column0 + (rows[first:last] - row0) * (column1 - column0) / (row1 - row0)
            odd[first:last] ^= columns[None, :] > crossed[:, None]
    return odd
