"""Alpha particles in water and other matter: stopping power, range, and the energy left along a straight track."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.matter.material import Material, material
from hevesy.matter.photon import ELECTRON_keV
from hevesy.provenance import shipped_table

Floats = NDArray[np.float64]
ALPHA_keV = 3727379.4
"""Rest energy."""

BETHE_FROM_keV = 1000.0
"""Below, where shells count, matter is to water as it is at this energy."""


def over_water(matter: Material, energy_keV: Floats) -> Floats:
    """Mass stopping power of alphas in a matter over that in water, shape (n,), by Bethe's formula.

    Source: H. Bethe, Ann. Phys. 397 (1930) 325; the ratio needs the electrons in a gram and the excitation energy only.
    """
    energy = np.maximum(np.asarray(energy_keV, dtype=np.float64), BETHE_FROM_keV)
    water = material("water")
    most_eV = 4 * ELECTRON_keV * 1e3 * energy / ALPHA_keV
    logarithms = np.log(most_eV / matter.excitation_eV) / np.log(most_eV / water.excitation_eV)
    return np.asarray(matter.electrons_per_g / water.electrons_per_g * logarithms)


@cache
def _table(name: str = "water") -> tuple[Floats, Floats, Floats]:
    """Energies (keV), stopping powers (MeV cm2/g) and ranges (g/cm2) in a material."""
    rows, _ = shipped_table("matter", "alpha_stopping")
    energy = np.array([float(row["energy_keV"]) for row in rows])
    stopping = np.array([float(row["stopping_MeV_cm2_per_g"]) for row in rows])
    fine = np.geomspace(energy[0], energy[-1], 4000)
    smooth = np.exp(np.interp(np.log(fine), np.log(energy), np.log(stopping)))
    smooth = smooth * over_water(material(name), fine)
    per = 1e-3 / smooth
    # below the table stopping falls as the square root of the energy
    ranges = 2 * fine[0] * per[0] + np.concatenate([[0.0], np.cumsum(0.5 * (per[1:] + per[:-1]) * np.diff(fine))])
    return fine, smooth, ranges


def alpha_range_g_per_cm2(energy_keV: float, name: str = "water") -> float:
    """Range in continuous slowing down in water or another material (g/cm2), 1 keV to 10 MeV.

    Source: ICRU Report 49 (1993); nuclear stopping is left out, which makes ranges about 0.3 um longer. Other materials
    by `over_water`.

    >>> round(1e4 * alpha_range_g_per_cm2(5000.0))
    38
    """
    energy, _, ranges = _table(name)
    return float(np.interp(_checked(energy_keV), energy, ranges))


def alpha_share_within(energy_keV: float, radius_cm: Floats, name: str = "water") -> Floats:
    """Share of the energy left within radii of the start in matter of 1 g/cm3, shape (n,): the track is straight."""
    energy, _, ranges = _table(name)
    left = np.interp(_checked(energy_keV), energy, ranges) - np.asarray(radius_cm, dtype=np.float64)
    return np.asarray(
        1 - np.interp(left, np.concatenate([[0.0], ranges]), np.concatenate([[0.0], energy])) / energy_keV
    )


def _checked(energy_keV: float) -> float:
    low, high = 1.0, 10000.0
    if not low <= energy_keV <= high:
        raise RuleError(f"alpha energies lie in {low:g}..{high:g} keV, got {energy_keV:g} keV")
    return energy_keV
