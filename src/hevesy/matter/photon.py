"""Photons in matter: mass coefficients from 1 keV to 4 MeV and what they leave behind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.matter.material import AVOGADRO_per_mol, Material, atomic_weight
from hevesy.provenance import shipped_table

Floats = NDArray[np.float64]
LOWEST_keV, HIGHEST_keV, TABLE_ENDS_keV = 1.0, 4000.0, 800.0
ELECTRON_keV = 510.99895
RADIUS_cm = 2.8179403e-13
FINE_STRUCTURE = 7.2973525693e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coefficients:
    """Mass coefficients (cm2/g) at energies (keV), each of shape (n,)."""

    energy_keV: Floats
    photoelectric: Floats
    incoherent: Floats
    coherent: Floats
    pair: Floats
    energy_absorption: Floats

    @property
    def total(self) -> Floats:
        """Mass attenuation coefficient, with coherent scattering."""
        return np.asarray(self.photoelectric + self.incoherent + self.coherent + self.pair)


def coefficients(matter: Material, energy_keV: Floats) -> Coefficients:
    """Mass coefficients of a material at photon energies, shape (n,), from 1 to 4000 keV.

    Up to 800 keV from the tables by logarithmic interpolation. Beyond: the photoelectric effect falls as E^-1.2 and
    coherent scattering as E^-2 (both below 2e-4 of the total in tissue), incoherent scattering is that of free
    electrons, and pair production is the Born result for an unscreened nucleus and electrons as one more charge.

    Energy absorption: photoelectric, recoil electrons, and pairs less their rest energy; bremsstrahlung and
    fluorescence are taken as absorbed, which is right to 0.3 % in tissue below 1 MeV.

    Source: L. C. Maximon, J. Res. NBS 72B (1968) 79 for pairs.
    """
    energy = np.asarray(energy_keV, dtype=np.float64)
    if energy.size and not (np.all(np.isfinite(energy)) and energy.min() >= LOWEST_keV and energy.max() <= HIGHEST_keV):
        wrong = energy[~((energy >= LOWEST_keV) & (energy <= HIGHEST_keV))][0]
        raise RuleError(f"photon energies lie in {LOWEST_keV:g}..{HIGHEST_keV:g} keV, got {wrong:g} keV")
    parts = np.zeros((3, energy.size))
    pair = np.zeros_like(energy)
    for z, share in matter.fractions:
        parts += share * _of_element(z, energy)
        pair += share * AVOGADRO_per_mol / atomic_weight(z) * z * (z + 1) * _pair_cm2(energy)
    recoil = recoil_share(energy)
    left = np.maximum(energy - 2 * ELECTRON_keV, 0.0) / energy
    return Coefficients(
        energy_keV=energy,
        photoelectric=parts[0],
        incoherent=parts[1],
        coherent=parts[2],
        pair=pair,
        energy_absorption=parts[0] + parts[1] * recoil + pair * left,
    )


@cache
def _table(z: int) -> tuple[Floats, Floats]:
    rows, _ = shipped_table("matter", "photon_cross_sections")
    own = [row for row in rows if int(row["z"]) == z]
    energy = np.array([float(row["energy_keV"]) for row in own])
    columns = ("photoelectric_cm2_per_g", "incoherent_cm2_per_g", "coherent_cm2_per_g")
    return energy, np.array([[float(row[column]) for row in own] for column in columns])


def _of_element(z: int, energy_keV: Floats) -> Floats:
    """Photoelectric, incoherent and coherent mass coefficients, shape (3, n)."""
    table, values = _table(z)
    inside = np.minimum(energy_keV, TABLE_ENDS_keV)
    found = np.exp([np.interp(np.log(inside), np.log(table), np.log(row)) for row in values])
    beyond = energy_keV > TABLE_ENDS_keV
    ratio = np.where(beyond, energy_keV / TABLE_ENDS_keV, 1.0)
    found[0] *= ratio**-1.2
    found[2] *= ratio**-2.0
    free = klein_nishina_cm2(energy_keV) * AVOGADRO_per_mol * z / atomic_weight(z)
    found[1] = np.where(beyond, free, found[1])
    return np.asarray(found)


def klein_nishina_cm2(energy_keV: Floats) -> Floats:
    """Cross section of incoherent scattering by a free electron (cm2). Source: O. Klein and Y. Nishina, Z. Phys.

    52 (1929) 853.
    """
    k = np.asarray(energy_keV, dtype=np.float64) / ELECTRON_keV
    log = np.log1p(2 * k)
    whole = (1 + k) / k**2 * (2 * (1 + k) / (1 + 2 * k) - log / k) + log / (2 * k) - (1 + 3 * k) / (1 + 2 * k) ** 2
    return np.asarray(2 * math.pi * RADIUS_cm**2 * whole)


def recoil_share(energy_keV: Floats) -> Floats:
    """Mean share of the photon's energy that a free electron takes in incoherent scattering."""
    k = np.asarray(energy_keV, dtype=np.float64) / ELECTRON_keV
    cosine, weight = np.polynomial.legendre.leggauss(64)
    kept = 1 / (1 + k[..., None] * (1 - cosine))
    density = kept**2 * (kept + 1 / kept - 1 + cosine**2)
    return np.asarray(((1 - kept) * density * weight).sum(-1) / (density * weight).sum(-1))


def _pair_cm2(energy_keV: Floats) -> Floats:
    """Cross section of pair production over Z^2, Born approximation without screening (cm2)."""
    k = np.maximum(energy_keV / ELECTRON_keV, 2.0)
    near = (2 * k - 4) / (2 + k + 2 * np.sqrt(2 * k))
    low = (
        (2 * math.pi / 3)
        * ((k - 2) / k) ** 3
        * (1 + near / 2 + 23 / 40 * near**2 + 11 / 60 * near**3 + 29 / 960 * near**4)
    )
    log = np.log(2 * k)
    high = (
        28 / 9 * log
        - 218 / 27
        + (2 / k) ** 2
        * (6 * log - 3.5 + 2 / 3 * log**3 - log**2 - math.pi**2 / 3 * log + 2 * 1.2020569 + math.pi**2 / 6)
        - (2 / k) ** 4 * (3 / 16 * log + 1 / 8)
        - (2 / k) ** 6 * (29 / (9 * 256) * log - 77 / (27 * 512))
    )
    return np.asarray(FINE_STRUCTURE * RADIUS_cm**2 * np.where(k < 4, low, high))
