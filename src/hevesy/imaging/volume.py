"""A volume: values on a grid of voxels, and where the grid lies in the patient."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float32]
Affine = NDArray[np.float64]
"""Shape (4, 4): from the place of a voxel (i, j, k, 1) to its centre (x, y, z, 1) in mm."""

SAME_PLACE_MM = 1e-2
"""Grids that differ by less than this at every corner are one grid."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Where voxels lie: their number along each axis, and from a voxel's place to its centre in the patient.

    Coordinates are those of the patient in mm: x to the left, y to the back, z to the head (LPS), whatever the order or
    direction of the axes of an array.
    """

    shape: tuple[int, int, int]
    affine: Affine
    frame_of_reference: str | None = None
    """What coordinates are told in; two grids may be compared only where it is one."""

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise RuleError(f"a volume has three axes of one voxel or more, got {self.shape}")
        if self.affine.shape != (4, 4) or not np.isfinite(self.affine).all():
            raise RuleError("an affine has 4 x 4 finite numbers")
        if abs(float(np.linalg.det(self.affine[:3, :3]))) < 1e-9:
            raise RuleError("a voxel must have a volume: the axes of the affine lie in one plane")

    @property
    def edges_mm(self) -> tuple[float, float, float]:
        """Distance between the centres of neighbours along each axis."""
        first, second, third = (float(edge) for edge in np.linalg.norm(self.affine[:3, :3], axis=0))
        return first, second, third

    @property
    def voxel_mL(self) -> float:
        """Volume of one voxel."""
        return abs(float(np.linalg.det(self.affine[:3, :3]))) / 1000

    def centres_mm(self, places: NDArray[np.integer] | NDArray[np.floating]) -> NDArray[np.float64]:
        """Centres of voxels at places of shape (..., 3), in mm."""
        return np.asarray(places @ self.affine[:3, :3].T + self.affine[:3, 3], dtype=np.float64)

    def places(self, points_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Places, not rounded, of points of shape (..., 3)."""
        back = np.linalg.inv(self.affine)
        return np.asarray(points_mm @ back[:3, :3].T + back[:3, 3], dtype=np.float64)

    def same_as(self, other: Grid) -> bool:
        """Whether both are one grid: the same voxels at the same places."""
        if self.shape != other.shape or not self.one_frame_with(other):
            return False
        corners = np.array(np.meshgrid(*((0, n - 1) for n in self.shape), indexing="ij")).reshape(3, -1).T
        apart = np.abs(self.centres_mm(corners) - other.centres_mm(corners))
        return bool(apart.max() <= SAME_PLACE_MM)

    def one_frame_with(self, other: Grid) -> bool:
        """Whether coordinates may be compared; what does not tell its frame of reference is believed."""
        return None in (self.frame_of_reference, other.frame_of_reference) or (
            self.frame_of_reference == other.frame_of_reference
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Volume:
    """Values on a grid, single precision, with their unit and the time they are of; None: not told."""

    grid: Grid
    values: Floats = field(repr=False)
    """Shape of the grid."""
    unit: str
    taken_at: datetime | None = None
    """The time the values are of, after whatever correction for decay was made."""

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise RuleError(f"values have the shape of their grid, {self.grid.shape}, got {self.values.shape}")
