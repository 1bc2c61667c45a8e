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
    drawn_mL: float | None = None
    """Its volume as drawn, where it was put onto voxels that are not those it was drawn in."""

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


ON_LATTICE = 1e-2
"""A voxel that is off the lattice of another grid by more than this share of an edge lies on another lattice."""
NEAREST = "a voxel of the image belongs where its centre falls into a voxel of the mask"


def onto(region: Region, grid: Grid) -> Region:
    """A region on the grid of an image: exactly by position where both are of one lattice, else by the nearest voxel.

    Axes may run in another order or direction. Refused: two frames of reference, and a region wholly outside.
    """
    if not region.grid.one_frame_with(grid):
        raise RuleError(f"region {region.name!r} and the image are told in two frames of reference")
    if not region.mask.any():
        raise RuleError(f"region {region.name!r} has no voxel")
    if region.grid.same_as(grid):
        return region
    places = np.argwhere(region.mask)
    wanted = grid.places(region.grid.centres_mm(places))
    whole = np.rint(wanted)
    edges_alike = np.allclose(sorted(region.grid.edges_mm), sorted(grid.edges_mm), rtol=ON_LATTICE)
    if edges_alike and np.abs(wanted - whole).max() <= ON_LATTICE:
        mask, rule, drawn_mL = _by_position(region, grid, whole.astype(np.int64)), region.rule, region.drawn_mL
    else:
        mask, rule, drawn_mL = _by_nearest(region, grid), f"{region.rule}; {NEAREST}", region.volume_mL
    if not mask.any():
        inside = ((wanted >= -0.5) & (wanted <= np.array(grid.shape) - 0.5)).all(axis=1).any()
        missed = (
            "is smaller than the image's voxels: no centre of one lies in it" if inside else "lies outside the image"
        )
        raise RuleError(f"region {region.name!r} {missed}")
    return Region(name=region.name, grid=grid, mask=mask, rule=rule, drawn_mL=drawn_mL)


def _by_position(region: Region, grid: Grid, places: NDArray[np.int64]) -> Mask:
    inside = ((places >= 0) & (places < grid.shape)).all(axis=1)
    if not inside.all():
        outside = int(np.count_nonzero(~inside))
        raise RuleError(f"region {region.name!r}: {outside} of its {len(places)} voxels lie outside the image")
    mask = np.zeros(grid.shape, dtype=bool)
    mask[tuple(places.T)] = True
    return mask


def _by_nearest(region: Region, grid: Grid) -> Mask:
    """Asked slice by slice, so that no array of all centres is held."""
    mask = np.zeros(grid.shape, dtype=bool)
    rows = np.stack(np.meshgrid(*map(np.arange, grid.shape[1:]), indexing="ij"), axis=-1).reshape(-1, 2)
    centres = grid.places(region.grid.centres_mm(np.argwhere(region.mask)))
    outside = int(np.count_nonzero(((centres < -0.5) | (centres > np.array(grid.shape) - 0.5)).any(axis=1)))
    if 0 < outside < len(centres):
        raise RuleError(f"region {region.name!r}: {outside} of its {len(centres)} voxels lie outside the image")
    for place in range(grid.shape[0]):
        own = np.column_stack([np.full(len(rows), place), rows])
        there = np.rint(region.grid.places(grid.centres_mm(own))).astype(np.int64)
        inside = ((there >= 0) & (there < region.grid.shape)).all(axis=1)
        found = np.zeros(len(rows), dtype=bool)
        found[inside] = region.mask[tuple(there[inside].T)]
        mask[place] = found.reshape(grid.shape[1:])
    return mask
