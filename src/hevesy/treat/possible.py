"""What conservation allows: no more decays than were given, no more energy in an organ than a decay has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hevesy.errors import RuleError
from hevesy.radiation.s_values import SMatrix
from hevesy.radiation.sphere_dose import mGy_PER_keV_PER_g
from hevesy.treat.organ_dose import OwnMass, SourceActivity

IN_DOUBT, IMPOSSIBLE = 1.0, 1.1
"""Of all decays of what was given: from here on it is said, from there on refused."""
ROUNDED = 1.05
"""By which a table's energy may lie above what a decay has: three digits, masses of two, other spectra."""
LITTLE = 0.5
"""Of the energy of charged particles: less of it stays in no organ of some size."""
LARGE_g = 20.0
NOTHING = 0.2
"""Where no organ keeps as much, the table is not what it was told to be."""
UNLIKE = 3.0
"""Times heavier or lighter than in the table."""


def decays_possible(sources: Sequence[SourceActivity], administered_MBq: float, half_life_h: float) -> tuple[str, ...]:
    """A sentence where sources together hold more than all decays of what was given; refused well above them."""
    most = administered_MBq * half_life_h / math.log(2)
    held = sum(one.tia_MBq_h for one in sources)
    if held <= IN_DOUBT * most:
        return ()
    names = ", ".join(one.name for one in sources)
    told = (
        f"{names}: together {held:.4g} MBq h, and all decays of {administered_MBq:g} MBq are {most:.4g} MBq h: is a "
        "unit another, an activity of another administration, or one region part of another?"
    )
    if held > IMPOSSIBLE * most:
        raise RuleError(told)
    return (told,)


def energy_possible(matrix: SMatrix, energy_keV: float, charged_keV: float) -> tuple[str, ...]:
    """Sentences where organs keep little of their own charged particles; refused where a decay gives more than it has.

    `energy_keV` of all radiation per decay and `charged_keV` of electrons and alphas, alphas as the table weighs them.
    """
    masses, kept = dict(matrix.target_masses_g), dict[str, float]()
    for target, mass_g in masses.items():
        if target not in matrix.targets:
            continue
        row = matrix.s_mGy_per_MBq_s[matrix.targets.index(target)]
        taken_keV = float(row.max()) * mass_g / mGy_PER_keV_PER_g
        if taken_keV > ROUNDED * energy_keV:
            raise RuleError(
                f"a decay in {matrix.sources[int(row.argmax())]} gives {target} {taken_keV:.3g} keV by the table and "
                f"its mass of {mass_g:g} g, and a decay of {matrix.nuclide} has {energy_keV:.3g} keV: the unit, the "
                "mass, the weight of alphas or the nuclide is another"
            )
        if mass_g >= LARGE_g and target in matrix.sources:
            own_keV = matrix.of(target, target) * mass_g / mGy_PER_keV_PER_g
            kept[target] = own_keV / charged_keV
    little = [f"{name} {100 * share:.3g} %" for name, share in kept.items() if share < LITTLE]
    if not little:
        return ()
    told = (
        f"by the table and its masses organs keep little of the energy of their own electrons and alphas: "
        f"{', '.join(little)}: is the unit, a mass, the weight of alphas or the nuclide another?"
    )
    if max(kept.values()) < NOTHING:
        raise RuleError(told)
    return (told,)


def masses_alike(matrix: SMatrix, own: Mapping[str, OwnMass]) -> tuple[str, ...]:
    """Sentences on own masses that lie far from the table's."""
    masses = dict(matrix.target_masses_g)
    return tuple(
        f"{name} weighs {one.mass_g:g} g here and {masses[name]:g} g in the table: its dose is scaled by all of it"
        for name, one in own.items()
        if name in masses and not 1 / UNLIKE <= one.mass_g / masses[name] <= UNLIKE
    )
