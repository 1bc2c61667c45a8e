"""Electrons and positrons in matter: stopping powers and ranges."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.matter.material import AVOGADRO_per_mol, Material, atomic_weight
from hevesy.matter.photon import FINE_STRUCTURE, ELECTRON_keV, RADIUS_cm

Floats = NDArray[np.float64]
LOWEST_keV, HIGHEST_keV = 0.1, 10000.0


def plasma_eV(matter: Material) -> float:
    """Plasma energy of all electrons (eV)."""
    z_per_a = matter.electrons_per_g / AVOGADRO_per_mol
    return 28.816 * math.sqrt(matter.density_g_per_cm3 * z_per_a)


def density_correction(matter: Material, energy_keV: Floats) -> Floats:
    """The density effect delta, shape (n,). Source: R. M. Sternheimer and R. F. Peierls, Phys. Rev. B 3 (1971) 3681."""
    constant = 2 * math.log(matter.excitation_eV / plasma_eV(matter)) + 1
    if matter.density_g_per_cm3 < 0.01:
        limits = (
            (10.0, 1.6, 4.0),
            (10.5, 1.7, 4.0),
            (11.0, 1.8, 4.0),
            (11.5, 1.9, 4.0),
            (12.25, 2.0, 4.0),
            (13.804, 2.0, 5.0),
        )
        x0, x1 = next(((low, high) for most, low, high in limits if constant < most), (0.326 * constant - 2.5, 5.0))
    elif matter.excitation_eV < 100:
        x0, x1 = (0.2 if constant < 3.681 else 0.326 * constant - 1.0), 2.0
    else:
        x0, x1 = (0.2 if constant < 5.215 else 0.326 * constant - 1.5), 3.0
    slope = (constant - 2 * math.log(10) * x0) / (x1 - x0) ** 3
    tau = np.asarray(energy_keV) / ELECTRON_keV
    x = 0.5 * np.log10(tau * (tau + 2))
    bent = np.where(x < x1, slope * np.maximum(x1 - x, 0.0) ** 3, 0.0)
    return np.asarray(np.where(x < x0, 0.0, 2 * math.log(10) * x - constant + bent))


def collision_stopping(matter: Material, energy_keV: Floats, charge: Literal[-1, 1] = -1) -> Floats:
    """Mass collision stopping power (MeV cm2/g), shape (n,), of electrons (-1) or positrons (1).

    Bethe's formula with the density effect; below some keV it is uncertain by 5 to 10 %, as the shell corrections are
    left out. Source: ICRU Report 37 (1984), equations 2.11 to 2.15.
    """
    energy = _checked(energy_keV)
    tau = energy / ELECTRON_keV
    gamma = tau + 1
    beta2 = tau * (tau + 2) / gamma**2
    if charge == -1:
        f = 1 - beta2 + (tau**2 / 8 - (2 * tau + 1) * math.log(2)) / gamma**2
    else:
        t2 = tau + 2
        f = 2 * math.log(2) - beta2 / 12 * (23 + 14 / t2 + 10 / t2**2 + 4 / t2**3)
    excitation = matter.excitation_eV * 1e-3 / ELECTRON_keV
    log = np.log(tau**2 * (tau + 2) / (2 * excitation**2))
    scale = 2 * math.pi * RADIUS_cm**2 * ELECTRON_keV * 1e-3 * matter.electrons_per_g
    return np.asarray(scale / beta2 * np.maximum(log + f - density_correction(matter, energy), 0.05))


def radiative_stopping(matter: Material, energy_keV: Floats) -> Floats:
    """Mass radiative stopping power (MeV cm2/g), shape (n,).

    The nonrelativistic and the unscreened relativistic limit, whichever is more.

    Good to some 15 % below 3 MeV, where in tissue it is below 2 % of the whole. Source: H. W. Koch and J. W. Motz, Rev.
    Mod. Phys. 31 (1959) 920, formulas 4BN.
    """
    energy = _checked(energy_keV)
    gamma = energy / ELECTRON_keV + 1
    shape = np.maximum(16 / 3, 4 * (np.log(2 * gamma) - 1 / 3))
    charge = sum(share * z * (z + 1) / atomic_weight(z) for z, share in matter.fractions)
    return np.asarray(FINE_STRUCTURE * RADIUS_cm**2 * AVOGADRO_per_mol * charge * gamma * ELECTRON_keV * 1e-3 * shape)


def csda_range_g_per_cm2(matter: Material, energy_keV: float) -> float:
    """Range in continuous slowing down (g/cm2) from an energy down to 0.1 keV.

    The rest is at that energy's stopping power.
    """
    grid = np.geomspace(LOWEST_keV, float(_checked(np.array([energy_keV]))[0]), 2000)
    stopping = collision_stopping(matter, grid) + radiative_stopping(matter, grid)
    return float(np.trapezoid(grid / stopping, np.log(grid)) / 1000 + LOWEST_keV / 1000 / stopping[0])


def _checked(energy_keV: Floats) -> Floats:
    energy = np.asarray(energy_keV, dtype=np.float64)
    if energy.size and not (np.all(np.isfinite(energy)) and energy.min() >= LOWEST_keV and energy.max() <= HIGHEST_keV):
        wrong = energy[~((energy >= LOWEST_keV) & (energy <= HIGHEST_keV))][0]
        raise RuleError(f"electron energies lie in {LOWEST_keV:g}..{HIGHEST_keV:g} keV, got {wrong:g} keV")
    return energy
