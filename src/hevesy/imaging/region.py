"""A region: the voxels of a grid that belong to a lesion or an organ, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.imaging.volume import Floats, Grid, Volume

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """Voxels of a grid under a name; `rule` says how they were chosen, for every answer to repeat."""

    name: str
    grid: Grid
    mask: Mask = field(repr=False)
    """Shape of the grid."""
    rule: str

    def __post_init__(self) -> None:
        if self.mask.dtype != np.bool_ or self.mask.shape != self.grid.shape:
            raise RuleError(f"a mask is yes or no for each voxel of {self.grid.shape}, got {self.mask.shape}")

    @property
    def voxels(self) -> int:
        """Number of its voxels."""
        return int(np.count_nonzero(self.mask))

    @property
    def volume_mL(self) -> float:
        """Its volume."""
        return self.voxels * self.grid.voxel_mL

    def within(self, volume: Volume) -> Floats:
        """The volume's values in the region, shape (voxels,).

        Refused: a region without a voxel, of another grid or of another frame of reference.
        """
        if not self.grid.one_frame_with(volume.grid):
            raise RuleError(f"region {self.name!r} and the image are told in two frames of reference")
        if not self.grid.same_as(volume.grid):
            raise RuleError(
                f"region {self.name!r} lies on another grid ({_told(self.grid)}) than the image ({_told(volume.grid)})"
            )
        if not self.mask.any():
            raise RuleError(f"region {self.name!r} has no voxel in the image")
        return np.asarray(volume.values[self.mask], dtype=np.float32)


def _told(grid: Grid) -> str:
    edges = " x ".join(f"{edge:.4g}" for edge in grid.edges_mm)
    return f"{' x '.join(map(str, grid.shape))} voxels of {edges} mm"
