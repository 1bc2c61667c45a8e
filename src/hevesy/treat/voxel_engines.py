"""Decays in voxels to dose in voxels and regions: the quick kernel or transport, with what the figures are good to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.nuclides.emission import Emissions
from hevesy.radiation.point_kernel import PointKernel, point_kernel
from hevesy.radiation.uncertainty import BODY_LARGE
from hevesy.radiation.voxel_dose import Scene, VoxelDose, transport_dose
from hevesy.radiation.voxel_kernel import VoxelKernel, preview_dose, voxel_kernel

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Method = Literal["kernel", "transport"]
J_PER_keV = 1.602176634e-16
PREVIEW_UNCERTAINTY = 0.05
"""Of a preview against transport in water, in regions whose own activity gives over half of their dose."""
MOST_DOUBTFUL, LEAST_OWN = 0.1, 0.5
"""A region of which a larger share lies near bone or lung, or whose own activity gives it less of its dose, has no
figure for what its preview is good to."""
FARTHEST_cm, KEPT = 20.0, 0.999
"""Kernels reach as far as this, or to where this share of the energy stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionUncertainty:
    """Relative standard uncertainties (k = 1) of a region's mean dose by where they come from; None: no figure."""

    statistics: float | None
    """Of the histories that were played; None: none were."""
    model: float | None
    """Of transport in matter, or of a preview in place of it; None of a region that no history reached, too."""
    nuclide: float | None
    """Of the energy that a decay gives, between evaluations; None: no spread of them is known."""

    @property
    def whole(self) -> float | None:
        """All together; None where a part has no figure."""
        if self.model is None:
            return None
        return math.hypot(self.statistics or 0.0, self.model, self.nuclide or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dosed:
    """Dose (Gy) in each voxel, and of each region its mean (energy over mass), mass and uncertainty."""

    dose_Gy: Floats = field(repr=False)
    means_Gy: tuple[float, ...]
    masses_g: tuple[float, ...]
    uncertainties: tuple[RegionUncertainty, ...]
    doubtful: tuple[float, ...] | None
    """Of a preview: the share of each region that lies near bone or lung."""
    own: tuple[float, ...] | None
    """Of a preview: the share of each region's dose that its own activity gives."""
    noise: tuple[float | None, ...] | None
    """Of transport: the standard error of one voxel's dose over its region's mean, the root of its mean square."""
    histories: int | None
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How transport is run: the wanted relative standard error of every region, the seed, and who works."""

    wanted: float = 0.01
    seed: int = 131
    workers: int = 1
    progress: Callable[[int, float], None] | None = None


def dosed(
    scene: Scene, emitted: Emissions, decays: float, regions: Sequence[Mask], method: Method, run: Run | None = None
) -> Dosed:
    """The dose of so many decays, spread over a scene as its activity is.

    Refused: a region without a voxel or of another shape.
    """
    for place, region in enumerate(regions, start=1):
        if region.shape != scene.material.shape or not region.any():
            raise RuleError(f"region {place} has no voxel of the scene, whose shape is {scene.material.shape}")
    if method == "kernel":
        return _by_kernel(scene, emitted, decays, regions, (run or Run()).workers)
    return _by_transport(scene, emitted, decays, regions, run or Run())


def _by_transport(scene: Scene, emitted: Emissions, decays: float, regions: Sequence[Mask], run: Run) -> Dosed:
    found = transport_dose(
        scene,
        emitted,
        regions=tuple(regions),
        wanted=run.wanted,
        seed=run.seed,
        workers=run.workers,
        progress=run.progress,
    )
    masses_g = scene.mass_g
    per_keV = decays * J_PER_keV * 1e3
    means, errors, weights, noise = [], [], [], []
    for place, region in enumerate(regions):
        energy_keV, error_keV = found.region_of_batches(place)
        weight_g = float(masses_g[region].sum())
        means.append(energy_keV * per_keV / weight_g)
        errors.append(error_keV / energy_keV if energy_keV > 0 else None)
        weights.append(weight_g)
        of_voxels = found.standard_error_keV[region] / masses_g[region] * weight_g
        noise.append(float(np.sqrt((of_voxels**2).mean())) / energy_keV if energy_keV > 0 else None)
    return Dosed(
        dose_Gy=found.energy_keV * per_keV / masses_g,
        means_Gy=tuple(means),
        masses_g=tuple(weights),
        uncertainties=tuple(
            RegionUncertainty(
                statistics=error,
                model=None if error is None else BODY_LARGE,
                nuclide=_spread(emitted, _carried(found, region)),
            )
            for error, region in zip(errors, regions, strict=True)
        ),
        doubtful=None,
        own=None,
        noise=tuple(noise),
        histories=found.histories,
        because=(f"transport: {'; '.join(found.because)}",),
    )


def _carried(found: VoxelDose, region: Mask) -> tuple[float, float, float]:
    """The energy that electrons (with positrons), photons and alphas left in a region, keV per decay."""
    parts = {name: float(part[region].sum()) for name, part in found.by_component_keV.items()}
    photons = sum(value for name, value in parts.items() if name.startswith("photon"))
    electrons = sum(parts.values()) - photons
    return electrons, photons, max(float(found.energy_keV[region].sum()) - electrons - photons, 0.0)


def _spread(emitted: Emissions, carried: tuple[float, float, float]) -> float | None:
    """The relative uncertainty of what carriers left together, each with its own spread between evaluations."""
    whole = sum(carried)
    own = (emitted.spread.electron, emitted.spread.photon, emitted.spread.alpha)
    if not any(own) or whole <= 0:
        return None
    return math.hypot(*(part * one for part, one in zip(carried, own, strict=True))) / whole


def _by_kernel(scene: Scene, emitted: Emissions, decays: float, regions: Sequence[Mask], workers: int) -> Dosed:
    point = point_kernel(emitted)
    kernel = voxel_kernel(point, scene.size_cm, _reach_cm(point, scene))
    preview = preview_dose(scene, kernel, workers)
    per = decays / 1e6 / 1e3  # decays to MBq s, mGy to Gy
    dose_Gy = preview.dose_mGy_per_MBq_s.astype(np.float64) * per
    masses_g = scene.mass_g
    weights = [float(masses_g[region].sum()) for region in regions]
    means = [
        float((dose_Gy[region] * masses_g[region]).sum()) / weight
        for region, weight in zip(regions, weights, strict=True)
    ]
    doubtful = tuple(float(preview.doubtful[region].mean()) for region in regions)
    owned = [_own(scene, kernel, region, workers) * per for region in regions]
    own = tuple(part / mean if mean > 0 else 0.0 for part, mean in zip(owned, means, strict=True))
    charged = _charged(scene, emitted, kernel, regions, workers, per)
    near = float(np.interp(kernel.reach_cm, point.radius_cm, point.standard_error_keV))
    held = float(np.interp(kernel.reach_cm, point.radius_cm, point.within_keV))
    return Dosed(
        dose_Gy=dose_Gy,
        means_Gy=tuple(means),
        masses_g=tuple(weights),
        uncertainties=tuple(
            RegionUncertainty(
                statistics=near / held,
                model=PREVIEW_UNCERTAINTY if share <= MOST_DOUBTFUL and part >= LEAST_OWN else None,
                nuclide=_spread(emitted, _parted(emitted, mean, near_Gy)),
            )
            for mean, near_Gy, share, part in zip(means, charged, doubtful, own, strict=True)
        ),
        doubtful=doubtful,
        own=own,
        noise=None,
        histories=None,
        because=preview.because,
    )


def _own(scene: Scene, kernel: VoxelKernel, region: Mask, workers: int) -> float:
    """The mean dose of a region by its own activity, mGy per MBq s in the scene: in the box around it alone."""
    ends = [np.flatnonzero(region.any(axis=tuple(other for other in range(3) if other != axis))) for axis in range(3)]
    box = tuple(slice(int(along[0]), int(along[-1]) + 1) for along in ends)
    inside = region[box]
    activity = np.where(inside, scene.activity[box], 0.0)
    if activity.sum() <= 0:
        return 0.0
    alone = replace(
        scene, material=scene.material[box], density_g_per_cm3=scene.density_g_per_cm3[box], activity=activity
    )
    near = tuple(
        slice(max(many // 2 - size + 1, 0), many // 2 + size)
        for many, size in zip(kernel.electron_keV.shape, inside.shape, strict=True)
    )
    small = replace(kernel, electron_keV=kernel.electron_keV[near], photon_keV=kernel.photon_keV[near])
    dose = preview_dose(alone, small, workers).dose_mGy_per_MBq_s
    masses_g = alone.mass_g
    mean = float((dose[inside] * masses_g[inside]).sum() / masses_g[inside].sum())
    return mean * float(activity.sum() / scene.activity.sum())


def _reach_cm(point: PointKernel, scene: Scene) -> float:
    """How far the kernel has to reach: not beyond the scene, nor beyond where the energy stays."""
    across = math.sqrt(sum((size * many) ** 2 for size, many in zip(scene.size_cm, scene.material.shape, strict=True)))
    held = point.within_keV / point.within_keV[-1]
    stays = float(point.radius_cm[int(np.argmax(held >= KEPT))])
    return max(min(stays, FARTHEST_cm, across), max(scene.size_cm))


def _charged(
    scene: Scene, emitted: Emissions, kernel: VoxelKernel, regions: Sequence[Mask], workers: int, per: float
) -> list[float]:
    """The mean dose of each region without photons; not worked out where it changes nothing."""
    if not any((emitted.spread.electron, emitted.spread.photon, emitted.spread.alpha)):
        return [0.0] * len(regions)
    without = replace(kernel, photon_keV=np.zeros_like(kernel.photon_keV))
    dose = preview_dose(scene, without, workers).dose_mGy_per_MBq_s
    masses_g = scene.mass_g
    return [float((dose[region] * masses_g[region]).sum() / masses_g[region].sum()) * per for region in regions]


def _parted(emitted: Emissions, mean_Gy: float, charged_Gy: float) -> tuple[float, float, float]:
    """A region's dose by electrons, photons and alphas; electrons and alphas as a decay gives to each."""
    near = emitted.electron_keV + emitted.alpha_keV
    alphas = charged_Gy * emitted.alpha_keV / near if near > 0 else 0.0
    return charged_Gy - alphas, max(mean_Gy - charged_Gy, 0.0), alphas
