"""What is measured of a region: volume, least, median, mean and largest uptake, SUVpeak, total lesion glycolysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.imaging.region import Mask, Region
from hevesy.imaging.volume import Volume

PEAK_RADIUS_MM = 6.2035
"""Of a sphere of 1 mL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptake:
    """Values of a region in the unit of the volume; `peak` anywhere in the region, `peak_at_maximum` about its maximum.

    `total` is mean times volume (total lesion glycolysis where the values are SUV). `cut_peak`: the sphere of the peak
    leaves the image and what lies inside was averaged.
    """

    voxels: int
    volume_mL: float
    least: float
    median: float
    mean: float
    largest: float
    peak: float
    peak_at_maximum: float
    cut_peak: bool
    standard_deviation: float | None
    """Of the voxels; None: one voxel."""

    @property
    def total(self) -> float:
        """Mean times volume."""
        return self.mean * self.volume_mL


def measured(volume: Volume, region: Region) -> Uptake:
    """Uptake of a region.

    The peak is the largest mean of the voxels whose centres lie within 6.2035 mm (1 mL) of a voxel of the region; they
    themselves may lie outside the region.
    Refused: a region of another grid, without a voxel, or with a value that is no number.

    Source: PERCIST 1.0, Wahl et al., J Nucl Med 2009;50 Suppl 1:122S; IBSI reference manual, intensity peaks.
    """
    values = region.within(volume)
    if not np.isfinite(values).all():
        raise RuleError(f"region {region.name!r} holds values that are no finite numbers")
    maximum = _place(region.mask, int(values.argmax()))
    best, place = _largest_mean(volume, region.mask)
    about, cut = _mean_about(volume, maximum)
    if not np.isfinite([best, about]).all():
        raise RuleError(f"beside region {region.name!r} lie values that are no finite numbers: it has no peak")
    return Uptake(
        voxels=len(values),
        volume_mL=region.volume_mL,
        least=float(values.min()),
        median=float(np.median(values)),
        mean=float(values.mean(dtype=np.float64)),
        largest=float(values.max()),
        peak=best,
        peak_at_maximum=about,
        cut_peak=cut or _mean_about(volume, place)[1],
        standard_deviation=float(values.std(ddof=1, dtype=np.float64)) if len(values) > 1 else None,
    )


def sphere_offsets(volume: Volume, radius_mm: float) -> NDArray[np.int64]:
    """Steps to the voxels whose centres lie within a radius, shape (voxels, 3); the first axis varies slowest."""
    back = np.linalg.inv(volume.grid.affine[:3, :3])
    reach = np.ceil(radius_mm * np.linalg.norm(back, axis=1)).astype(int)
    steps = np.stack(np.meshgrid(*(np.arange(-one, one + 1) for one in reach), indexing="ij"), axis=-1).reshape(-1, 3)
    apart = np.linalg.norm(steps @ volume.grid.affine[:3, :3].T, axis=1)
    return np.asarray(steps[apart <= radius_mm], dtype=np.int64)


def _place(mask: Mask, number: int) -> tuple[int, ...]:
    """The place of the voxel of a mask that has a number in its order."""
    flat = int(np.flatnonzero(mask)[number])
    return tuple(int(one) for one in np.unravel_index(flat, mask.shape))


def _mean_about(volume: Volume, centre: tuple[int, ...]) -> tuple[float, bool]:
    """Mean of the sphere about a voxel, and whether the sphere leaves the image."""
    places = np.array(centre) + sphere_offsets(volume, PEAK_RADIUS_MM)
    inside = ((places >= 0) & (places < volume.grid.shape)).all(axis=1)
    return float(volume.values[tuple(places[inside].T)].astype(np.float64).mean()), not bool(inside.all())


SLAB = 8
"""Slices whose spheres are added up at once, so that no second volume is held."""


def _largest_mean(volume: Volume, mask: Mask) -> tuple[float, tuple[int, ...]]:
    """The largest mean of a sphere about a voxel of a mask, and that voxel."""
    offsets = sphere_offsets(volume, PEAK_RADIUS_MM)
    used = [np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    best, place = -np.inf, (0, 0, 0)
    for first in range(int(used[0][0]), int(used[0][-1]) + 1, SLAB):
        low = (first, int(used[1][0]), int(used[2][0]))
        high = (min(first + SLAB, int(used[0][-1]) + 1), int(used[1][-1]) + 1, int(used[2][-1]) + 1)
        means = np.where(mask[tuple(map(slice, low, high))], _means_in(volume, offsets, low, high), -np.inf)
        at = np.unravel_index(int(means.argmax()), means.shape)
        if not np.isfinite(means[at]) and mask[low[0] + at[0], low[1] + at[1], low[2] + at[2]]:
            return float(means[at]), place
        if means[at] > best:
            best = float(means[at])
            place = (low[0] + int(at[0]), low[1] + int(at[1]), low[2] + int(at[2]))
    return best, place


def _means_in(
    volume: Volume, offsets: NDArray[np.int64], low: tuple[int, ...], high: tuple[int, ...]
) -> NDArray[np.float64]:
    """Means of the spheres about all voxels of a box; of a sphere that leaves the image what lies inside."""
    size = tuple(b - a for a, b in zip(low, high, strict=True))
    total, count = np.zeros(size), np.zeros(size, dtype=np.int32)
    for offset in offsets.tolist():
        there, here = [], []
        for step, a, b, end in zip(offset, low, high, volume.grid.shape, strict=True):
            begin, stop = max(a + step, 0), min(b + step, end)
            there.append(slice(begin, max(stop, begin)))
            here.append(slice(begin - a - step, max(stop, begin) - a - step))
        total[tuple(here)] += volume.values[tuple(there)]
        count[tuple(here)] += 1
    return np.asarray(total / count, dtype=np.float64)
