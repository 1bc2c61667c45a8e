"""Absorbed dose in spheres and ellipsoids filled evenly, in matter like water of their own density."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.radiation.concentric import ball_absorbed_keV, ellipsoid_absorbed_keV
from hevesy.radiation.point_kernel import PointKernel

Floats = NDArray[np.float64]
mGy_PER_keV_PER_g = 1.602176634e-4
"""Of a million decays: MBq s."""
MODEL_UNCERTAINTY = 0.02
"""Of the transport, where its statistics are better: stopping powers and elastic scattering at these energies."""
SMALLEST_g, LARGEST_g = 1e-12, 1e4
LIGHTEST_g_per_cm3, HEAVIEST_g_per_cm3 = 0.05, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SphereDose:
    """Dose factor of a sphere.

    Mass, radius, energy absorbed per decay by carrier, S and its relative standard uncertainty.
    """

    mass_g: float
    radius_cm: float
    beta_keV: float
    electron_keV: float
    photon_keV: float
    alpha_keV: float
    absorbed_keV: float
    s_mGy_per_MBq_s: float
    relative_uncertainty: float


def sphere_dose(kernel: PointKernel, mass_g: float, density_g_per_cm3: float = 1.0) -> SphereDose:
    """Self-dose of a sphere with activity spread evenly, in a medium of the same matter.

    Masses from 1 pg to 10 kg. The uncertainty is that of the statistics of the kernel and 2 % for the transport.
    """
    _positive(mass_g, "a mass", "g")
    _positive(density_g_per_cm3, "a density", "g/cm3")
    _within_kernels(mass_g, density_g_per_cm3)
    radius_cm = (3 * mass_g / (4 * math.pi * density_g_per_cm3)) ** (1 / 3)
    radii = kernel.radius_cm / density_g_per_cm3
    parts = [ball_absorbed_keV(radii, one, radius_cm) for one in _carriers(kernel)]
    return _dose(kernel, parts, mass_g, radius_cm, density_g_per_cm3)


def ellipsoid_dose(
    kernel: PointKernel, semi_axes_cm: tuple[float, float, float], density_g_per_cm3: float = 1.0
) -> SphereDose:
    """Self-dose of an ellipsoid with activity spread evenly; `radius_cm` is that of the sphere of the same volume."""
    _positive(density_g_per_cm3, "a density", "g/cm3")
    if len(semi_axes_cm) != 3 or not all(math.isfinite(axis) and axis > 0 for axis in semi_axes_cm):
        raise RuleError(f"an ellipsoid has three positive semi-axes, got {semi_axes_cm}")
    _within_kernels(4 / 3 * math.pi * math.prod(semi_axes_cm) * density_g_per_cm3, density_g_per_cm3)
    radii = kernel.radius_cm / density_g_per_cm3
    parts = [ellipsoid_absorbed_keV(radii, one, semi_axes_cm) for one in _carriers(kernel)]
    radius_cm = math.prod(semi_axes_cm) ** (1 / 3)
    return _dose(kernel, parts, 4 / 3 * math.pi * radius_cm**3 * density_g_per_cm3, radius_cm, density_g_per_cm3)


def _dose(
    kernel: PointKernel, parts: list[float], mass_g: float, radius_cm: float, density_g_per_cm3: float
) -> SphereDose:
    """The dose factor of a body from what its carriers leave in it; the error of the kernel is taken at its radius."""
    total = sum(parts) + kernel.local_keV
    error = float(np.interp(radius_cm, kernel.radius_cm / density_g_per_cm3, kernel.standard_error_keV))
    return SphereDose(
        mass_g=mass_g,
        radius_cm=radius_cm,
        beta_keV=parts[0],
        electron_keV=parts[1],
        photon_keV=parts[2],
        alpha_keV=parts[3],
        absorbed_keV=total,
        s_mGy_per_MBq_s=total * mGy_PER_keV_PER_g / mass_g,
        relative_uncertainty=math.hypot(error / total, MODEL_UNCERTAINTY),
    )


def _carriers(kernel: PointKernel) -> tuple[Floats, Floats, Floats, Floats]:
    return kernel.beta_keV, kernel.electron_keV, kernel.photon_keV, kernel.alpha_keV


def _within_kernels(mass_g: float, density_g_per_cm3: float) -> None:
    if not SMALLEST_g <= mass_g <= LARGEST_g:
        raise RuleError(f"bodies of {SMALLEST_g:g} to {LARGEST_g:g} g are within the kernels, got {mass_g:g} g")
    if not LIGHTEST_g_per_cm3 <= density_g_per_cm3 <= HEAVIEST_g_per_cm3:
        raise RuleError(
            f"densities like those of tissues are {LIGHTEST_g_per_cm3:g} to {HEAVIEST_g_per_cm3:g} g/cm3, "
            f"got {density_g_per_cm3:g}"
        )


def _positive(value: float, what: str, unit: str) -> None:
    if not math.isfinite(value) or value <= 0:
        raise RuleError(f"{what} is positive, got {value} {unit}")
