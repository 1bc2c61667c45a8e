"""Materials: what tissues are made of."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hevesy.errors import RuleError
from hevesy.provenance import Source, shipped_table

AVOGADRO_per_mol = 6.02214076e23


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A material.

    Density (g/cm3), mass fractions by atomic number (they add up to 1), mean excitation energy (eV), source.
    """

    name: str
    density_g_per_cm3: float
    fractions: tuple[tuple[int, float], ...]
    excitation_eV: float
    source: Source

    @property
    def electrons_per_g(self) -> float:
        """Electrons per gram."""
        return AVOGADRO_per_mol * sum(share * z / atomic_weight(z) for z, share in self.fractions)


@cache
def _elements() -> dict[int, tuple[str, float, float]]:
    rows, _ = shipped_table("matter", "elements")
    return {int(row["z"]): (row["symbol"], float(row["atomic_weight"]), float(row["excitation_eV"])) for row in rows}


def atomic_weight(z: int) -> float:
    """Atomic weight (g/mol) of an element that tissues are made of."""
    return _elements()[z][1]


@cache
def material(name: str) -> Material:
    """A material by name.

    >>> material("water").density_g_per_cm3
    1.0
    """
    rows, source = shipped_table("matter", "materials")
    by_name = {row["name"]: row for row in rows}
    if name not in by_name:
        near = difflib.get_close_matches(name, by_name, n=3, cutoff=0.4) or list(by_name)
        raise RuleError(f"material {name!r} is not known; nearest are {', '.join(near)}")
    row = by_name[name]
    fractions = tuple((z, float(row[symbol])) for z, (symbol, _, _) in _elements().items() if float(row[symbol]) > 0)
    return Material(
        name=name,
        density_g_per_cm3=float(row["density_g_per_cm3"]),
        fractions=fractions,
        excitation_eV=float(row["excitation_eV"]) if row["excitation_eV"] else _additive_eV(fractions),
        source=Source(
            work=row["reference"], locator=f"{name}, {source.locator}", licence=source.licence, sha256=source.sha256
        ),
    )


def materials() -> tuple[str, ...]:
    """Names of the known materials."""
    rows, _ = shipped_table("matter", "materials")
    return tuple(row["name"] for row in rows)


def mixture(name: str, parts: Mapping[str, float], density_g_per_cm3: float) -> Material:
    """A mixture of known materials by mass fraction; the mean excitation energy by additivity of the parts.

    >>> mixture("iodinated", {"water": 0.5, "adipose": 0.5}, 0.97).name
    'iodinated'
    """
    if not math.isfinite(density_g_per_cm3) or density_g_per_cm3 <= 0:
        raise RuleError(f"a density is positive, got {density_g_per_cm3} g/cm3 ({name})")
    if not parts or not all(share >= 0 for share in parts.values()) or not abs(sum(parts.values()) - 1) <= 1e-6:
        raise RuleError(f"mass fractions are not negative and add up to 1, got {dict(parts)} ({name})")
    total: dict[int, float] = {}
    weight = log = 0.0
    for one, share in parts.items():
        known = material(one)
        per_g = share * known.electrons_per_g
        weight, log = weight + per_g, log + per_g * math.log(known.excitation_eV)
        for z, fraction in known.fractions:
            total[z] = total.get(z, 0.0) + share * fraction
    source = material(next(iter(parts))).source
    return Material(
        name=name,
        density_g_per_cm3=density_g_per_cm3,
        fractions=tuple(sorted(total.items())),
        excitation_eV=math.exp(log / weight),
        source=Source(
            work=source.work, locator=f"mixture of {', '.join(parts)}", licence=source.licence, sha256=source.sha256
        ),
    )


def _additive_eV(fractions: tuple[tuple[int, float], ...]) -> float:
    """Mean excitation energy by Bragg additivity (ICRU Report 37, section 2.3)."""
    weights = [(share * z / atomic_weight(z), _elements()[z][2]) for z, share in fractions]
    return math.exp(
        sum(weight * math.log(excitation) for weight, excitation in weights) / sum(weight for weight, _ in weights)
    )
