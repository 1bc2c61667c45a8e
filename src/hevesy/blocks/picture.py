"""A picture: planes of an image side by side, as values with a window, before they have a format or colours.

Rows go down, columns to the right. What is drawn on it is told in words beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hevesy.blocks.figure import Paint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float32]
    Mask = NDArray[np.bool_]
    Affine = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contour:
    """The edge of what a mask holds, with the number that stands at it."""

    number: int
    paint: Paint
    mask: Mask = field(repr=False)
    """Shape (rows, columns) of its pane."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pane:
    """One plane: values by row and column, not a number where there is none, and what lies beyond each side."""

    values: Values = field(repr=False)
    """Shape (rows, columns)."""
    pixel_mm: float
    left: str
    right: str
    top: str
    bottom: str
    cross: tuple[int, int]
    """Row and column of the point that all panes go through."""
    contours: tuple[Contour, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Voxels:
    """All that planes were cut from, for who looks through it: values, where they lie, and numbered regions.

    `affine` leads from the place of a voxel (i, j, k, 1) to its centre in mm, x to the left, y to the back, z to the
    head, and `at` is the place of the voxel that the planes go through. `regions` has 0 where there is none, and
    elsewhere the number of the contour.
    """

    values: Values = field(repr=False)
    affine: Affine = field(repr=False)
    at: tuple[int, int, int]
    regions: NDArray[np.uint8] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Panes with a title, a caption and a description for those who do not see them.

    `window` has the values that are drawn black and white, in `unit` (empty: not told).
    """

    id: str
    title: str
    caption: str
    description: str
    panes: tuple[Pane, ...]
    window: tuple[float, float]
    unit: str = ""
    voxels: Voxels | None = None
