"""Where a lesion ends in an image: a share of its maximum, a fixed value, above its background, the steepest edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.errors import RuleError
from hevesy.imaging.region import Mask, Region
from hevesy.imaging.volume import Volume

STEPS = 91
"""Thresholds from 5 to 95 % between background and maximum among which the steepest edge is sought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The value that a lesion's voxels reach, and how it was chosen."""

    value: float
    because: str


def share_of_maximum(volume: Volume, within: Region, share: float) -> Threshold:
    """A share of the largest value of a region, as in 0.41 or 0.5."""
    _refuse_no_share(share)
    largest = float(within.within(volume).max())
    if largest <= 0:
        raise RuleError(f"region {within.name!r} has no value above 0: a share of its maximum is no threshold")
    return Threshold(value=share * largest, because=f"{100 * share:g} % of the maximum, {largest:.4g}")


def above_background(volume: Volume, within: Region, share: float, background: float) -> Threshold:
    """A share of the way from the background to the maximum; the half of it is the usual background-adaptive 50 %.

    Source: van Dalen et al., Nucl Med Commun 2007;28:485; Frings et al., J Nucl Med 2010;51:1870.
    """
    _refuse_no_share(share)
    largest = float(within.within(volume).max())
    if not background < largest:
        raise RuleError(f"the background, {background:.4g}, is not below the maximum of {within.name!r}, {largest:.4g}")
    return Threshold(
        value=background + share * (largest - background),
        because=f"{100 * share:g} % of the way from the background, {background:.4g}, to the maximum, {largest:.4g}",
    )


def steepest_edge(volume: Volume, within: Region, background: float = 0.0) -> Threshold:
    """The threshold whose boundary, grown from the maximum, is the steepest on average.

    The slope is that of central differences in mm; thresholds are tried at every hundredth from 5 to 95 % between
    background and maximum.
    """
    largest = float(within.within(volume).max())
    if not background < largest:
        raise RuleError(f"the background, {background:.4g}, is not below the maximum of {within.name!r}, {largest:.4g}")
    box = _box(grown(volume, within, Threshold(value=background + 0.05 * (largest - background), because="")).mask)
    values = volume.values[box].astype(np.float64)
    if min(values.shape) < 2:
        raise RuleError(f"region {within.name!r} lies in one slice: an edge has no slope there")
    slope = np.sqrt(sum(np.square(part) for part in np.gradient(values, *volume.grid.edges_mm)))
    seed = _place_of_maximum(volume, within) - np.array([one.start for one in box])
    shares = np.linspace(0.05, 0.95, STEPS)
    steepness = []
    for share in shares:
        mask = _connected(values >= background + share * (largest - background), seed)
        rim = mask & ~ndimage.binary_erosion(mask, border_value=0)
        steepness.append(float(slope[rim].mean()))
    best = float(shares[int(np.argmax(steepness))])
    return Threshold(
        value=background + best * (largest - background),
        because=f"the steepest edge, at {100 * best:.0f} % between {background:.4g} and the maximum, {largest:.4g}",
    )


def grown(volume: Volume, within: Region, threshold: Threshold) -> Region:
    """Voxels at or above a threshold that hang together with the maximum of a region, wherever they lead.

    Voxels that touch by a face hang together.
    """
    mask = _connected(volume.values >= np.float32(threshold.value), _place_of_maximum(volume, within))
    rule = f"grown from the maximum of {within.name}: voxels of {threshold.value:.4g} or more ({threshold.because})"
    return Region(name=within.name, grid=volume.grid, mask=mask, rule=rule)


def confined(volume: Volume, within: Region, threshold: Threshold) -> Region:
    """Voxels of a region at or above a threshold."""
    mask = within.mask & (volume.values >= np.float32(threshold.value))
    if not mask.any():
        raise RuleError(f"region {within.name!r} has no value of {threshold.value:.4g} or more")
    rule = f"voxels of {within.name} of {threshold.value:.4g} or more ({threshold.because})"
    return Region(name=within.name, grid=volume.grid, mask=mask, rule=rule)


def mirrored(region: Region, plane_x_mm: float) -> Region:
    """A region reflected in a sagittal plane: the contralateral background of a lesion.

    Refused: a reflection that leaves the image, or meets the region itself.
    """
    grid = region.grid
    centres = grid.centres_mm(np.argwhere(region.mask))
    centres[:, 0] = 2 * plane_x_mm - centres[:, 0]
    # Not to the nearest even place: in a plane halfway between voxels two columns would fall onto one.
    places = np.floor(grid.places(centres) + 0.5 + 1e-6).astype(np.int64)
    if ((places < 0) | (places >= grid.shape)).any():
        raise RuleError(f"region {region.name!r} reflected in x = {plane_x_mm:g} mm leaves the image")
    mask = np.zeros(grid.shape, dtype=bool)
    mask[tuple(places.T)] = True
    if (mask & region.mask).any():
        raise RuleError(f"region {region.name!r} reflected in x = {plane_x_mm:g} mm meets itself")
    rule = f"{region.name} reflected in the plane x = {plane_x_mm:g} mm"
    return Region(name=f"contralateral to {region.name}", grid=grid, mask=mask, rule=rule)


def _refuse_no_share(share: float) -> None:
    if not 0 < share < 1:
        raise RuleError(f"a share of the maximum lies between 0 and 100 %, got {100 * share:g} %")


def _place_of_maximum(volume: Volume, within: Region) -> NDArray[np.int64]:
    values = within.within(volume)
    return np.asarray(np.argwhere(within.mask)[int(values.argmax())], dtype=np.int64)


def _connected(mask: Mask, seed: NDArray[np.int64]) -> Mask:
    labels, _ = ndimage.label(mask)
    own = labels[tuple(seed)]
    if not own:
        raise RuleError("the maximum of the region is below the threshold")
    return np.asarray(labels == own, dtype=bool)


def _box(mask: Mask) -> tuple[slice, ...]:
    """The smallest box of a mask, with a voxel more on each side for slopes."""
    found = ndimage.find_objects(mask.astype(np.int8))[0]
    return tuple(slice(max(one.start - 1, 0), one.stop + 1) for one in found)
