"""How much of the activity given is in a region of an image, with the uncertainty of its noise and of its edge."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from hevesy.errors import RuleError
from hevesy.imaging.region import Mask, Region
from hevesy.imaging.volume import Volume

HALF_A_VOXEL = 1 / math.sqrt(12)
"""Standard deviation of an edge that lies anywhere within half a voxel, in voxels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Share of the administered activity in a region, decay to the injection corrected, and its uncertainty (k = 1).

    `noise`: of the mean of its voxels, of which as many are taken as independent as spheres of the resolution fill the
    region. `edge`: what a boundary anywhere within half a voxel adds or takes.
    """

    share: float
    noise: float
    edge: float
    volume_mL: float
    independent: float

    @property
    def standard_uncertainty(self) -> float:
        """Both together."""
        return math.hypot(self.noise, self.edge)


def content(per_mL: Volume, region: Region, resolution_mm: float) -> Content:
    """What is in a region of an image of shares per mL.

    Refused: a region of another grid or without a voxel, values that are no numbers, a resolution of 0.
    """
    if not resolution_mm > 0:
        raise RuleError(f"a resolution lies above 0 mm, got {resolution_mm:g}")
    values = region.within(per_mL)
    if not np.isfinite(values).all():
        raise RuleError(f"region {region.name!r} holds values that are no finite numbers")
    voxel_mL = per_mL.grid.voxel_mL
    share = float(values.sum(dtype=np.float64)) * voxel_mL
    sphere_mL = math.pi / 6 * (resolution_mm / 10) ** 3
    independent = max(1.0, min(len(values), region.volume_mL / max(sphere_mL, voxel_mL)))
    spread = float(values.std(ddof=1, dtype=np.float64)) if len(values) > 1 else abs(float(values[0]))
    inner, outer = _rim(per_mL, region.mask)
    return Content(
        share=share,
        noise=spread / math.sqrt(independent) * len(values) * voxel_mL,
        edge=HALF_A_VOXEL * (abs(inner) + abs(outer)) / 2 * voxel_mL,
        volume_mL=region.volume_mL,
        independent=independent,
    )


def _rim(volume: Volume, mask: Mask) -> tuple[float, float]:
    """Sums over the voxels just within and just outside a region's boundary."""
    found = ndimage.find_objects(mask.astype(np.int8))[0]
    box = tuple(slice(max(one.start - 1, 0), one.stop + 1) for one in found)
    own, values = mask[box], volume.values[box]
    inner = own & ~ndimage.binary_erosion(own, border_value=0)
    outer = ndimage.binary_dilation(own) & ~own
    return float(values[inner].sum(dtype=np.float64)), float(values[outer].sum(dtype=np.float64))
