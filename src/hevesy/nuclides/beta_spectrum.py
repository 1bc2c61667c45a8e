"""Spectra of beta particles.

Phase space, the Fermi function with screening, and the shapes of unique forbidden transitions.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
ELECTRON_keV = 510.99895
"""Rest energy of the electron (CODATA 2018)."""
FINE_STRUCTURE = 7.2973525693e-3
NUCLEAR_RADIUS_fm, COMPTON_fm = 1.2, 386.15926796
POINTS = 1201


def grid_keV(endpoint_keV: float) -> Floats:
    """Energies from 0 to the endpoint, closer at both ends."""
    return endpoint_keV * 0.5 * (1.0 - np.cos(np.linspace(0.0, math.pi, POINTS)))


def shape(
    energy_keV: Floats, endpoint_keV: float, daughter_z: int, mass_number: int, sign: Literal[-1, 1], forbidden: int = 0
) -> Floats:
    """Particles per keV (to a constant) at kinetic energies, shape (n,), of one branch; 0 outside of 0..endpoint.

    `forbidden` is the order of a unique forbidden transition (0, 1 or 2); others have the allowed shape. The Fermi
    function is that of a point nucleus taken at the nuclear radius 1.2 A^(1/3) fm; screening shifts the energy by 1.13
    alpha^2 Z^(4/3) (units of m c^2).

    Sources: H. Behrens and W. Buehring, Electron Radial Wave Functions and Nuclear Beta-Decay (Oxford 1982), sections 4
    and 14; M. E. Rose, Phys. Rev. 49 (1936) 727.
    """
    if endpoint_keV <= 0:
        raise RuleError(f"the endpoint of a beta spectrum is positive, got {endpoint_keV:g} keV")
    if forbidden not in (0, 1, 2):
        raise RuleError(f"the order of a unique forbidden transition lies in 0..2, got {forbidden}")
    kinetic = np.clip(np.asarray(energy_keV, dtype=np.float64), 1e-6 * endpoint_keV, endpoint_keV)
    w, w0 = 1.0 + kinetic / ELECTRON_keV, 1.0 + endpoint_keV / ELECTRON_keV
    neutrino = w0 - w
    charge = -sign * daughter_z
    screening = -sign * 1.13 * FINE_STRUCTURE**2 * daughter_z ** (4 / 3)
    shifted = np.maximum(w - screening, 1.0 + 1e-7)
    momentum, screened = np.sqrt(w * w - 1.0), np.sqrt(shifted * shifted - 1.0)
    radius = NUCLEAR_RADIUS_fm * mass_number ** (1 / 3) / COMPTON_fm
    factor = np.ones_like(w)
    if forbidden:
        logs = [_log_fermi(k, charge, w, momentum, radius) for k in range(1, forbidden + 2)]
        second = np.exp(logs[1] - logs[0]) * momentum**2
        factor = neutrino**2 + second
        if forbidden == 2:
            factor = neutrino**4 + 10 / 3 * second * neutrino**2 + np.exp(logs[2] - logs[0]) * momentum**4
    found = screened * shifted * neutrino**2 * np.exp(_log_fermi(1, charge, shifted, screened, radius)) * factor
    inside = (energy_keV >= 0) & (energy_keV <= endpoint_keV)
    return np.asarray(np.where(inside, found, 0.0))


def _log_fermi(k: int, charge: float, w: Floats, p: Floats, radius: float) -> Floats:
    """Logarithm of the generalised Fermi function F_(k-1) of Behrens and Buehring."""
    from scipy.special import loggamma  # a command that only asks which nuclides there are starts without it

    gamma = math.sqrt(k * k - (FINE_STRUCTURE * charge) ** 2)
    eta = FINE_STRUCTURE * charge * w / p
    double = math.prod(range(1, 2 * k, 2))
    logs = (
        math.log(4.0 ** (k - 1) * 2 * k * (k + gamma) * double**2)
        + math.pi * eta
        + 2 * (gamma - k) * np.log(2 * p * radius)
        + 2 * loggamma(gamma + 1j * eta).real
        - 2 * math.lgamma(1 + 2 * gamma)
    )
    return np.asarray(logs)


def mean_keV(energy_keV: Floats, density: Floats) -> float:
    """Mean energy of a density given at points."""
    return float(np.trapezoid(energy_keV * density, energy_keV) / np.trapezoid(density, energy_keV))
