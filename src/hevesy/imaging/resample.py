"""A volume on the voxels of another grid: the mean over each voxel, in the patient's coordinates, whatever the axes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.imaging.volume import Floats, Grid, Volume

OFF_AXIS = 0.02
"""Axes that leave one another by more than this share of a voxel from end to end are oblique to one another."""
MOST_POINTS = 6
"""Points along each edge of a voxel, where the grids are oblique to one another."""
STEP_DIGITS, START_DIGITS = 7, 4
"""Of a voxel. Headers have single precision; the sliver of tissue that it would lay over a voxel of air is seen."""
BOTH_FRAMES = "the volume and the grid are told in two frames of reference: registration is done elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resampled:
    """A volume on another grid, and the share of each of its voxels that the original covers, 0 to 1."""

    volume: Volume
    """The mean of what is covered; 0 where nothing is."""
    covered: Floats = field(repr=False)
    rule: str


def mean_onto(volume: Volume, grid: Grid) -> Resampled:
    """The mean of a volume over each voxel of a grid; the volume holds one value throughout each of its own voxels.

    Exact where the axes of both run along one another, in any order and direction; else by points in each voxel, linear
    between the centres of the volume's. Refused: two frames of reference, values that are no finite numbers.
    """
    if not volume.grid.one_frame_with(grid):
        raise RuleError(BOTH_FRAMES)
    wrong = ~np.isfinite(volume.values)
    if wrong.any():
        place = tuple(int(one) for one in np.argwhere(wrong)[0])
        raise RuleError(f"the value at voxel {place} is {volume.values[place]}: a mean needs finite numbers")
    if volume.grid.same_as(grid):
        return _resampled(
            volume, grid, volume.values, np.ones(grid.shape, dtype=np.float32), "they are the same voxels"
        )
    back = np.linalg.inv(volume.grid.affine) @ grid.affine
    axes = _along(back[:3, :3], grid.shape)
    if axes is not None:
        values, covered = _by_overlap(volume, grid.shape, back, axes)
        return _resampled(volume, grid, values, covered, "the mean over each voxel, by the overlap of both")
    values, covered = _by_points(volume, grid.shape, back)
    return _resampled(
        volume, grid, values, covered, "the mean over points of each voxel, linear between the centres of its own"
    )


def _resampled(volume: Volume, grid: Grid, values: Floats, covered: Floats, rule: str) -> Resampled:
    frame = grid.frame_of_reference or volume.grid.frame_of_reference
    own = Grid(shape=grid.shape, affine=grid.affine, frame_of_reference=frame)
    kept = Volume(grid=own, values=values, unit=volume.unit, taken_at=volume.taken_at)
    return Resampled(volume=kept, covered=covered, rule=rule)


def _along(turn: NDArray[np.float64], shape: tuple[int, int, int]) -> tuple[int, int, int] | None:
    """The volume's axis that each axis of the grid runs along; None where they are oblique to one another."""
    axes = np.abs(turn).argmax(axis=0)
    if sorted(axes.tolist()) != [0, 1, 2]:
        return None
    off = turn.copy()
    off[axes, range(3)] = 0.0
    if (np.abs(off) @ np.array(shape)).max() > OFF_AXIS:
        return None
    return int(axes[0]), int(axes[1]), int(axes[2])


def _by_overlap(
    volume: Volume, shape: tuple[int, int, int], back: NDArray[np.float64], axes: tuple[int, int, int]
) -> tuple[Floats, Floats]:
    from scipy import sparse

    values = np.transpose(volume.values, axes)
    shares: list[NDArray[np.float64]] = []
    for axis, own in enumerate(axes):
        step, start = round(float(back[own, axis]), STEP_DIGITS), round(float(back[own, 3]), START_DIGITS)
        weights = _overlap(shape[axis], volume.grid.shape[own], step, start)
        covered = weights.sum(axis=1)
        mean = np.divide(weights, covered[:, None], out=np.zeros_like(weights), where=covered[:, None] > 0)
        moved = np.moveaxis(values, axis, 0)
        flat = sparse.csr_array(mean.astype(np.float32)) @ moved.reshape(moved.shape[0], -1)
        values = np.moveaxis(np.asarray(flat).reshape(shape[axis], *moved.shape[1:]), 0, axis)
        shares.append(covered)
    first, second, third = shares
    covered_by_all = first[:, None, None] * second[None, :, None] * third[None, None, :]
    return np.ascontiguousarray(values, dtype=np.float32), covered_by_all.astype(np.float32)


def _overlap(many: int, own: int, step: float, start: float) -> NDArray[np.float64]:
    """The share of each of `many` intervals that lies in each of `own` of length 1, shape (many, own)."""
    middles = start + step * np.arange(many)
    low, high = middles - abs(step) / 2, middles + abs(step) / 2
    edges = np.arange(own) - 0.5
    length = np.minimum(high[:, None], edges[None, :] + 1) - np.maximum(low[:, None], edges[None, :])
    return np.asarray(np.maximum(length, 0.0) / abs(step))


def _by_points(volume: Volume, shape: tuple[int, int, int], back: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Slice by slice, so that no array of all points is held."""
    from scipy import ndimage

    counts = [min(max(int(np.ceil(step)), 2), MOST_POINTS) for step in np.linalg.norm(back[:3, :3], axis=0)]
    within = [(np.arange(count) + 0.5) / count - 0.5 for count in counts]
    rows = np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[2]), indexing="ij"), axis=-1)
    values = np.zeros(shape, dtype=np.float32)
    covered = np.zeros(shape, dtype=np.float32)
    ends = np.array(volume.grid.shape)[:, None, None] - 0.5
    for first in range(shape[0]):
        held = np.zeros(shape[1:])
        inside = np.zeros(shape[1:])
        for i in within[0]:
            for j in within[1]:
                for k in within[2]:
                    places = np.concatenate([np.full((*shape[1:], 1), first + i), rows + np.array([j, k])], axis=-1)
                    own = np.moveaxis(places @ back[:3, :3].T + back[:3, 3], -1, 0)
                    there = ((own >= -0.5) & (own <= ends)).all(axis=0)
                    found = ndimage.map_coordinates(volume.values, own, order=1, mode="nearest", output=np.float64)
                    held += np.where(there, found, 0.0)
                    inside += there
        values[first] = np.divide(held, inside, out=np.zeros_like(held), where=inside > 0)
        covered[first] = inside / np.prod(counts)
    return values, covered
