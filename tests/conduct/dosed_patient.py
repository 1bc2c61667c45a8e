"""A patient small enough to be dosed in a test: a block of tissue in air, a hot block and a warm one, as NIfTI files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray

EDGE_mm = 4.0
SHAPE = (10, 9, 8)
"""Along x, y and z."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """Values by voxel on axes of any order, direction and turn: `affine` leads to x right, y front and z head (NIfTI)."""

    values: NDArray[Any]
    affine: NDArray[np.float64]

    def along(self, axes: tuple[int, ...], flips: tuple[int, ...]) -> Told:
        """The same in the patient, told on the same axes in another order, some of them turned round."""
        values, affine = np.transpose(self.values, axes), self.affine[:, [*axes, 3]].copy()
        for axis in flips:
            values = np.flip(values, axis)
            affine[:3, 3] += affine[:3, axis] * (values.shape[axis] - 1)
            affine[:3, axis] *= -1
        return Told(values=values, affine=affine)

    def moved(self, motion: NDArray[np.float64]) -> Told:
        """The patient moved: the same values elsewhere."""
        return Told(values=self.values, affine=motion @ self.affine)

    def write(self, path: Path) -> Path:
        """As a file."""
        header: Any = nibabel.Nifti1Header()  # type: ignore[no-untyped-call]  # nibabel has no types
        image: Any = nibabel.Nifti1Image(np.ascontiguousarray(self.values), self.affine, header)  # type: ignore[no-untyped-call]
        image.set_sform(self.affine, code=1)
        image.set_qform(None, code=0)
        nibabel.save(image, path)
        return path


def _affine(edge_mm: float) -> NDArray[np.float64]:
    affine = np.diag([edge_mm, edge_mm, edge_mm, 1.0])
    affine[:3, 3] = (17.5, -12.25, 400.0)
    return affine


def labels() -> Told:
    """Region 1 is hot, region 2 warm."""
    values = np.zeros(SHAPE, np.uint8)
    values[2:5, 2:5, 2:5] = 1
    values[6:8, 5:7, 3:6] = 2
    return Told(values=values, affine=_affine(EDGE_mm))


def activity(background: float = 10.0, hot: float = 1000.0, warm: float = 300.0) -> Told:
    """Activity in a unit of one's own."""
    held = labels()
    values = np.choose(held.values.astype(int), (background, hot, warm)).astype(np.float32)
    values[[0, -1]] = 0
    return replace(held, values=values)


def ct(tissue_HU: float = 0.0, around_HU: float = -1000.0) -> Told:
    """Tissue everywhere but in the outermost voxels."""
    values = np.full(SHAPE, around_HU, np.float32)
    values[1:-1, 1:-1, 1:-1] = tissue_HU
    return Told(values=values, affine=_affine(EDGE_mm))
