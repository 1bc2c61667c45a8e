"""Planes through a point of a volume: the patient's own, axial, coronal and sagittal, whatever the axes of the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.imaging.region import Mask, Region
from hevesy.imaging.volume import Floats, Grid, Volume

Plane = Literal["axial", "coronal", "sagittal"]
Point = tuple[float, float, float]
"""x to the left, y to the back, z to the head, in mm."""
Place = tuple[int, int, int]

MOST_PIXELS = 512
"""Of a plane along each side; pixels become larger rather than more."""
_NUDGE = 1e-6
"""Of a voxel: a pixel whose centre lies between two voxels shows the later one, on every machine."""
_AXES: dict[Plane, tuple[int, int, int, int]] = {
    "axial": (1, 1, 0, 2),
    "coronal": (2, -1, 0, 1),
    "sagittal": (2, -1, 1, 0),
}
"""Of each plane: the patient's axis downwards and its direction, the one to the right, and the one across."""
_ENDS = (("R", "L"), ("A", "P"), ("F", "H"))
"""What lies at the small and at the large end of x, y and z: right, left, front, back, feet, head."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slice:
    """A plane of square pixels: the value of the voxel that each pixel's centre lies in, not a number beside the grid.

    A reader faces the patient: right stands on the left of axial and coronal planes, the front on the left of sagittal.
    """

    plane: Plane
    values: Floats = field(repr=False)
    """Shape (rows, columns)."""
    masks: tuple[Mask, ...] = field(repr=False)
    """Of each region, shape (rows, columns)."""
    pixel_mm: float
    across_mm: float
    """Where it lies: z of an axial plane, y of a coronal, x of a sagittal."""
    point: tuple[int, int]
    """Row and column of the pixel that holds the point."""
    left: str
    right: str
    top: str
    bottom: str


def highest(volume: Volume, region: Region | None = None) -> Place:
    """The place of the largest finite value, in a region or anywhere; of several equal ones the first.

    Refused: an image or region without a finite value, a region of another grid.
    """
    if region is not None:
        region.within(volume)
    best, place = -np.inf, None
    for first, values in enumerate(volume.values):  # a slice at a time, so that no copy of the image is held
        seen = np.isfinite(values) if region is None else np.isfinite(values) & region.mask[first]
        known = np.where(seen, values, -np.inf)
        at = int(np.argmax(known))
        if known.flat[at] > best:
            best, place = float(known.flat[at]), (first, *divmod(at, values.shape[1]))
    if place is None:
        raise RuleError(f"{'the image' if region is None else f'region {region.name!r}'} has no finite value")
    return place


def centre_of(grid: Grid, place: Place) -> Point:
    """The centre of a voxel."""
    x, y, z = (float(one) for one in grid.centres_mm(np.array(place)))
    return x, y, z


def place_of(grid: Grid, point_mm: Point) -> Place:
    """The voxel that a point lies in; refused outside the grid, with what it covers."""
    place = _nearest(grid.places(np.asarray(point_mm, dtype=np.float64)))
    if not all(0 <= one < size for one, size in zip(place, grid.shape, strict=True)):
        covered = "; ".join(
            f"{name} {low:.5g} to {high:.5g}" for name, low, high in zip("xyz", *box_mm(grid), strict=True)
        )
        told = ", ".join(f"{one:g}" for one in point_mm)
        raise RuleError(f"the point ({told}) mm lies outside the image, whose corners lie within {covered} mm")
    return int(place[0]), int(place[1]), int(place[2])


def box_mm(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The smallest and largest x, y and z of the grid's voxels, their edges included."""
    ends = np.array(np.meshgrid(*((-0.5, size - 0.5) for size in grid.shape), indexing="ij")).reshape(3, -1).T
    corners = grid.centres_mm(ends)
    return corners.min(axis=0), corners.max(axis=0)


def three_slices(volume: Volume, point_mm: Point, regions: Sequence[Region] = ()) -> tuple[Slice, Slice, Slice]:
    """The axial, the coronal and the sagittal plane through a point, of one pixel size: the smallest edge of a voxel.

    Refused: a point outside the image, a region of another grid.
    """
    place_of(volume.grid, point_mm)
    for region in regions:
        region.within(volume)
    low, high = box_mm(volume.grid)
    pixel_mm = max(*(float(edge) for edge in ((high - low) / MOST_PIXELS)), min(volume.grid.edges_mm))
    axial, coronal, sagittal = (_slice(plane, volume, point_mm, regions, pixel_mm) for plane in _AXES)
    return axial, coronal, sagittal


def _slice(plane: Plane, volume: Volume, point_mm: Point, regions: Sequence[Region], pixel_mm: float) -> Slice:
    down, direction, right, across = _AXES[plane]
    low, high = box_mm(volume.grid)
    downwards, to_right = (
        _centres(low[down], high[down], pixel_mm)[::direction],
        _centres(low[right], high[right], pixel_mm),
    )
    points = np.empty((len(downwards), len(to_right), 3))
    points[..., down] = downwards[:, None]
    points[..., right] = to_right[None, :]
    points[..., across] = point_mm[across]
    places = _nearest(volume.grid.places(points))
    inside = np.asarray(((places >= 0) & (places < volume.grid.shape)).all(axis=-1), dtype=np.bool_)
    i, j, k = np.moveaxis(np.where(inside[..., None], places, 0), -1, 0)
    return Slice(
        plane=plane,
        values=np.where(inside, volume.values[i, j, k], np.float32(np.nan)),
        masks=tuple(region.mask[i, j, k] & inside for region in regions),
        pixel_mm=pixel_mm,
        across_mm=point_mm[across],
        point=(_closest(downwards, point_mm[down], pixel_mm), _closest(to_right, point_mm[right], pixel_mm)),
        left=_ENDS[right][0],
        right=_ENDS[right][1],
        top=_ENDS[down][0 if direction > 0 else 1],
        bottom=_ENDS[down][1 if direction > 0 else 0],
    )


def _centres(low: float, high: float, pixel_mm: float) -> NDArray[np.float64]:
    """Centres of pixels that cover what lies between, as many beyond one end as beyond the other."""
    many = max(int(np.ceil((high - low) / pixel_mm - _NUDGE)), 1)
    return np.asarray((low + high) / 2 + (np.arange(many) - (many - 1) / 2) * pixel_mm, dtype=np.float64)


def _closest(centres: NDArray[np.float64], at: float, pixel_mm: float) -> int:
    return int(np.argmin(np.abs(centres - (at + _NUDGE * pixel_mm))))


def _nearest(places: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.floor(places + (0.5 + _NUDGE)).astype(np.int64)
