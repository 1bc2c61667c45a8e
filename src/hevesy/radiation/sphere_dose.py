"""Absorbed dose in spheres and ellipsoids filled evenly, in matter like water of their own density."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hevesy.errors import RuleError
from hevesy.radiation.concentric import ball_absorbed_each_keV, ellipsoid_absorbed_each_keV
from hevesy.radiation.point_kernel import Left, PointKernel
from hevesy.radiation.uncertainty import Uncertainty, of_body, of_nuclide

mGy_PER_keV_PER_g = 1.602176634e-4
"""Of a million decays: MBq s."""
SMALLEST_g, LARGEST_g = 1e-12, 1e4
LIGHTEST_g_per_cm3, HEAVIEST_g_per_cm3 = 0.05, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SphereDose:
    """Dose factor of a sphere.

    Mass, radius, energy absorbed per decay by carrier, S and its relative standard uncertainty by where it comes from.
    """

    mass_g: float
    radius_cm: float
    beta_keV: float
    electron_keV: float
    photon_keV: float
    bremsstrahlung_keV: float
    alpha_keV: float
    absorbed_keV: float
    s_mGy_per_MBq_s: float
    uncertainty: Uncertainty

    @property
    def relative_uncertainty(self) -> float:
        """Of statistics, transport and nuclide together."""
        return self.uncertainty.whole


def sphere_dose(kernel: PointKernel, mass_g: float, density_g_per_cm3: float = 1.0) -> SphereDose:
    """Self-dose of a sphere with activity spread evenly, in a medium of the same matter.

    Masses from 1 pg to 10 kg. For the uncertainty see `uncertainty`.
    """
    _positive(mass_g, "a mass", "g")
    _positive(density_g_per_cm3, "a density", "g/cm3")
    _within_kernels(mass_g, density_g_per_cm3)
    radius_cm = (3 * mass_g / (4 * math.pi * density_g_per_cm3)) ** (1 / 3)
    left = ball_absorbed_each_keV(kernel.radius_cm / density_g_per_cm3, kernel.by_carrier_keV, radius_cm)
    return _dose(kernel, Left.of(left), mass_g, radius_cm, density_g_per_cm3)


def ellipsoid_dose(
    kernel: PointKernel, semi_axes_cm: tuple[float, float, float], density_g_per_cm3: float = 1.0
) -> SphereDose:
    """Self-dose of an ellipsoid with activity spread evenly; `radius_cm` is that of the sphere of the same volume."""
    _positive(density_g_per_cm3, "a density", "g/cm3")
    if len(semi_axes_cm) != 3 or not all(math.isfinite(axis) and axis > 0 for axis in semi_axes_cm):
        raise RuleError(f"an ellipsoid has three positive semi-axes, got {semi_axes_cm}")
    _within_kernels(4 / 3 * math.pi * math.prod(semi_axes_cm) * density_g_per_cm3, density_g_per_cm3)
    left = ellipsoid_absorbed_each_keV(kernel.radius_cm / density_g_per_cm3, kernel.by_carrier_keV, semi_axes_cm)
    radius_cm = math.prod(semi_axes_cm) ** (1 / 3)
    mass_g = 4 / 3 * math.pi * radius_cm**3 * density_g_per_cm3
    return _dose(kernel, Left.of(left), mass_g, radius_cm, density_g_per_cm3)


def _dose(kernel: PointKernel, left: Left, mass_g: float, radius_cm: float, density_g_per_cm3: float) -> SphereDose:
    """The dose factor of a body from what its carriers leave in it; the error of the kernel is taken at its radius."""
    error = float(np.interp(radius_cm, kernel.radius_cm / density_g_per_cm3, kernel.standard_error_keV))
    return SphereDose(
        mass_g=mass_g,
        radius_cm=radius_cm,
        beta_keV=left.beta_keV,
        electron_keV=left.electron_keV,
        photon_keV=left.photon_keV,
        bremsstrahlung_keV=left.bremsstrahlung_keV,
        alpha_keV=left.alpha_keV,
        absorbed_keV=left.total_keV,
        s_mGy_per_MBq_s=left.total_keV * mGy_PER_keV_PER_g / mass_g,
        uncertainty=Uncertainty(
            statistics=error / left.total_keV,
            transport=of_body(radius_cm * density_g_per_cm3),
            nuclide=of_nuclide(left, kernel.spread),
        ),
    )


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
