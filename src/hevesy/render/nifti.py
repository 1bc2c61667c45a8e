"""Voxels as NIfTI-1, for a viewer: values in single precision and where they lie; nothing of who or when.

A file is given in pieces, since an image may be large: each but the first is a slice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hevesy.blocks.picture import Voxels
from hevesy.errors import RuleError

HEADER, BEGINS = 348, 352
"""Bytes of the header, and at which byte the values begin."""
MOST = 32767
"""Voxels along an axis, which the header counts in 16 bits."""
FLOAT32, UINT8 = (16, 32), (2, 8)
"""Codes of a type and its bits."""


def as_nifti(voxels: Voxels) -> Iterator[bytes]:
    """The values, uncompressed, little-endian; refused where an axis is longer than the format can tell."""
    return _file(voxels.values, voxels.affine, FLOAT32)


def regions_as_nifti(voxels: Voxels) -> Iterator[bytes]:
    """The numbers of the regions on the same grid; refused where there are none."""
    if voxels.regions is None:
        raise RuleError("these voxels have no regions")
    return _file(voxels.regions, voxels.affine, UINT8)


def _file(
    values: NDArray[np.float32] | NDArray[np.uint8], affine: NDArray[np.float64], kind: tuple[int, int]
) -> Iterator[bytes]:
    if max(values.shape) > MOST:
        raise RuleError(f"a NIfTI-1 file has at most {MOST} voxels along an axis, got {max(values.shape)}")
    to_ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine  # the format's x goes to the right, its y to the front
    edges = np.linalg.norm(affine[:3, :3], axis=0)
    header = bytearray(BEGINS)
    struct.pack_into("<i", header, 0, HEADER)
    struct.pack_into("<8h", header, 40, 3, *values.shape, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, *kind)
    struct.pack_into("<8f", header, 76, 1.0, *edges, 1.0, 1.0, 1.0, 1.0)
    struct.pack_into("<3f", header, 108, BEGINS, 1.0, 0.0)
    header[123] = 2  # lengths are in mm
    struct.pack_into("<2h", header, 252, 0, 1)  # the affine alone says where voxels lie: coordinates of a scanner
    struct.pack_into("<12f", header, 280, *to_ras[:3].ravel())
    header[344:348] = b"n+1\0"
    stored = "<f4" if kind == FLOAT32 else "u1"
    slices = (values[..., place].astype(stored, copy=False).tobytes(order="F") for place in range(values.shape[2]))
    return chain((bytes(header),), slices)
