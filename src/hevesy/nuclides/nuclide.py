"""A radionuclide and what is left of its activity."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.errors import RuleError
from hevesy.provenance import Source

SYMBOLS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb "
    "Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au "
    "Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U"
).split(" ")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayMode:
    """A way to decay: `beta-`, `ec/beta+`, `it` or `alpha`.

    The daughter, the share of decays, the energy set free in keV.
    """

    mode: str
    daughter: str
    branching: float
    branching_standard_uncertainty: float
    q_keV: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Nuclide:
    """A radionuclide: name, half-life with standard uncertainty (both in h), modes of decay, and the source of all."""

    name: str
    half_life_h: float
    half_life_standard_uncertainty_h: float
    modes: tuple[DecayMode, ...] = ()
    source: Source


def remaining_MBq(activity_MBq: float, elapsed_h: float, nuclide: Nuclide) -> float:
    """Activity after `elapsed_h` (negative: before), by A = A0 * 2^(-t / T).

    >>> from hevesy.nuclides.library import nuclide
    >>> iodine = nuclide("I-131")
    >>> remaining_MBq(100.0, iodine.half_life_h, iodine)
    50.0

    Source: the law of radioactive decay (Rutherford and Soddy 1902).
    """
    if activity_MBq < 0:
        raise RuleError(f"an activity is not negative, got {activity_MBq} MBq")
    return float(activity_MBq * 2.0 ** (-elapsed_h / nuclide.half_life_h))


def atomic_number(name: str) -> int:
    """Atomic number of a nuclide or element.

    >>> atomic_number("I-125")
    53
    """
    return SYMBOLS.index(name.partition("-")[0]) + 1


def mass_number(name: str) -> int:
    """Mass number of a nuclide.

    >>> mass_number("Xe-131m")
    131
    """
    return int(name.partition("-")[2].partition("m")[0])
