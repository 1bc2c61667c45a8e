"""Voxel kernels from point kernels, and the quick dose by convolution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.kernels.convolve import convolve
from hevesy.radiation.point_kernel import PointKernel
from hevesy.radiation.sphere_dose import HEAVIEST_g_per_cm3, LIGHTEST_g_per_cm3, mGy_PER_keV_PER_g
from hevesy.radiation.voxel_dose import Scene

Floats = NDArray[np.float64]
DIRECTIONS, PER_DECADE = 8192, 160
NEAR_cm, ODD_DENSITY = 2.0, 0.2
"""A dose is marked where within this distance the density is more than a fifth from water's."""
AIR_g_per_cm3 = 0.05
"""Below it a voxel does not hold what electrons bring: their energy over its hardly any mass would be no dose."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoxelKernel:
    """Mean energy (keV per decay) in voxels around one filled evenly, in water.

    Electrons (with alphas) and photons (with bremsstrahlung) apart, odd edges. Each voxel whose centre lies within the
    reach has all that it gets; those beyond are 0.
    """

    nuclide: str
    size_cm: tuple[float, float, float]
    electron_keV: Floats
    photon_keV: Floats
    outside_keV: float
    """Left in voxels beyond the kernel's reach."""
    reach_cm: float
    density_g_per_cm3: float

    def s_mGy_per_MBq_s(self) -> Floats:
        """Voxel S values in matter like water of the kernel's density."""
        return np.asarray(
            (self.electron_keV + self.photon_keV)
            * mGy_PER_keV_PER_g
            / (self.density_g_per_cm3 * math.prod(self.size_cm))
        )


def voxel_kernel(
    kernel: PointKernel, size_cm: tuple[float, float, float], reach_cm: float, density_g_per_cm3: float = 1.0
) -> VoxelKernel:
    """Kernel of voxels of any size up to a reach.

    By the mean overlap of a voxel with itself moved by points of spheres.

    Two voxels moved by d share the product of 1 - |d|/size along the axes: its mean over each sphere weighs the energy
    left at that radius.
    """
    if kernel.matter != "water":
        raise RuleError(f"kernels of voxels are of water, this point kernel is of {kernel.matter}")
    sizes = np.asarray(size_cm, dtype=np.float64)
    _check(sizes, size_cm, reach_cm, density_g_per_cm3)
    # a voxel within the reach gets from points up to its diagonal further away
    furthest_cm = reach_cm + float(np.linalg.norm(sizes))
    edges, (electron_keV, photon_keV) = _by_sphere(kernel, float(sizes.min()), furthest_cm, density_g_per_cm3)
    half = np.floor(reach_cm / sizes * (1 + 1e-9)).astype(int)
    octants = _octants(edges, (electron_keV, photon_keV), sizes, np.ceil(furthest_cm / sizes).astype(int))
    centres_cm = np.meshgrid(
        *(np.arange(count + 1) * size for count, size in zip(half, sizes, strict=True)), indexing="ij"
    )
    within = np.sqrt(sum(one**2 for one in centres_cm)) <= reach_cm * (1 + 1e-9)
    electrons, photons = (
        _unfolded(octant[: half[0] + 1, : half[1] + 1, : half[2] + 1] * within, half) for octant in octants
    )
    total = float(kernel.within_keV[-1])
    return VoxelKernel(
        nuclide=kernel.nuclide,
        size_cm=(float(sizes[0]), float(sizes[1]), float(sizes[2])),
        electron_keV=electrons,
        photon_keV=photons,
        outside_keV=total - float(electrons.sum() + photons.sum()),
        reach_cm=reach_cm,
        density_g_per_cm3=density_g_per_cm3,
    )


def _check(sizes: Floats, size_cm: tuple[float, float, float], reach_cm: float, density_g_per_cm3: float) -> None:
    if sizes.shape != (3,) or not np.all(np.isfinite(sizes)) or np.any(sizes <= 0):
        raise RuleError(f"voxels have three positive sizes, got {size_cm} cm")
    if not (math.isfinite(reach_cm) and reach_cm >= sizes.max()):
        raise RuleError(f"a kernel reaches a voxel or further, got {reach_cm} cm for voxels of {size_cm} cm")
    if not (math.isfinite(density_g_per_cm3) and LIGHTEST_g_per_cm3 <= density_g_per_cm3 <= HEAVIEST_g_per_cm3):
        raise RuleError(
            f"densities like those of tissues are {LIGHTEST_g_per_cm3:g} to {HEAVIEST_g_per_cm3:g} g/cm3, "
            f"got {density_g_per_cm3}"
        )


def _by_sphere(
    kernel: PointKernel, least_size_cm: float, reach_cm: float, density_g_per_cm3: float
) -> tuple[Floats, tuple[Floats, Floats]]:
    """Radii of spheres from 0 to the reach, shape (n + 1,), and what electrons and photons leave between them."""
    start = least_size_cm / 200
    edges = np.concatenate([[0.0], np.geomspace(start, reach_cm, int(PER_DECADE * math.log10(reach_cm / start)) + 2)])
    radii = kernel.radius_cm / density_g_per_cm3

    def between(within_keV: Floats) -> Floats:
        within = np.interp(edges, radii, within_keV)
        within[0] = 0.0
        return np.diff(within)

    return edges, (between(kernel.charged_keV), between(kernel.photons_keV))


def _octants(
    edges: Floats, carried_keV: tuple[Floats, Floats], sizes: Floats, half: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Energy by carrier in the voxels of one octant, by the overlap of a voxel with itself moved by points of spheres.

    Points of a Fibonacci lattice in one octant would do for cubes; all octants are folded together, so that the kernel
    is symmetric.
    """
    place = np.arange(DIRECTIONS) + 0.5
    up = 1 - 2 * place / DIRECTIONS
    side = np.sqrt(1 - up**2)
    folded = np.zeros((len(carried_keV), *(half + 2)))
    for step in range(len(edges) - 1):
        radius = math.sqrt(edges[step] * edges[step + 1]) if step else 0.5 * edges[1]
        turn = 2.399963229728653 * place + 1.7 * step
        away = np.abs(np.column_stack([side * np.cos(turn), side * np.sin(turn), up])) * radius / sizes
        low = away.astype(int)
        rest = away - low
        for corner in range(8):
            bits = np.array([corner & 1, corner >> 1 & 1, corner >> 2 & 1])
            weight = np.where(bits, rest, 1 - rest).prod(axis=1) / DIRECTIONS
            index = np.ravel_multi_index(tuple((low + bits).T), folded.shape[1:])
            overlap = np.bincount(index, weight, folded[0].size).reshape(folded.shape[1:])
            for octant, left_keV in zip(folded, carried_keV, strict=True):
                octant += left_keV[step] * overlap
    # a voxel off an axis plane stands for its mirror images as well
    for axis in range(3):
        mirrored = np.ones(folded.shape[axis + 1])
        mirrored[1:] = 0.5
        folded *= mirrored.reshape([-1 if other == axis + 1 else 1 for other in range(4)])
    return folded


def _unfolded(octant: Floats, half: NDArray[np.int64]) -> Floats:
    """All eight octants of one, shape of odd edges 2 half + 1."""
    whole = octant[: half[0] + 1, : half[1] + 1, : half[2] + 1]
    for axis in range(3):
        whole = np.concatenate([np.flip(whole, axis).take(range(whole.shape[axis] - 1), axis), whole], axis)
    return whole


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreviewDose:
    """Quick dose (mGy per MBq s in the scene) by convolution, and where it must not be trusted."""

    dose_mGy_per_MBq_s: NDArray[np.float32]
    doubtful: NDArray[np.bool_]
    because: tuple[str, ...]


def preview_dose(scene: Scene, kernel: VoxelKernel, workers: int = 1) -> PreviewDose:
    """Dose by convolution.

    Electrons keep their energy and are divided by the voxel's own mass, photons leave the dose they leave in water. In
    air electrons leave the dose they leave in water, too.

    Marked as doubtful is what lies within 2 cm of bone or lung: the photon dose there can be wrong by a factor of some
    units.
    """
    from scipy import ndimage

    if not np.allclose(kernel.size_cm, scene.size_cm, rtol=1e-6):
        raise RuleError(f"the kernel is of voxels of {kernel.size_cm} cm, the scene of {scene.size_cm} cm")
    if kernel.density_g_per_cm3 != 1.0:
        raise RuleError(f"a preview takes a kernel in water of 1 g/cm3, this one is of {kernel.density_g_per_cm3:g}")
    activity = scene.activity / scene.activity.sum()
    heavy = np.where(scene.density_g_per_cm3 < AIR_g_per_cm3, 1.0, scene.density_g_per_cm3)
    dose = convolve(activity, kernel.electron_keV, workers) / (heavy * scene.voxel_cm3).astype(np.float32)
    dose += convolve(activity, kernel.photon_keV, workers) / np.float32(scene.voxel_cm3)
    odd = np.abs(scene.density_g_per_cm3 - 1) > ODD_DENSITY
    near = ndimage.distance_transform_edt(~odd, sampling=scene.size_cm) <= NEAR_cm if odd.any() else odd
    because = (
        (
            f"preview by kernels of {kernel.nuclide} in water, between voxels whose centres lie within "
            f"{kernel.reach_cm:g} cm; {kernel.outside_keV:.3g} keV per decay lie beyond and are left out"
        ),
        f"{100 * float(near.mean()):.3g} % of the voxels lie within {NEAR_cm:g} cm of bone or lung and are doubtful",
    )
    return PreviewDose(
        dose_mGy_per_MBq_s=np.maximum(dose, 0.0) * np.float32(mGy_PER_keV_PER_g),
        doubtful=np.asarray(near, dtype=bool),
        because=because,
    )
