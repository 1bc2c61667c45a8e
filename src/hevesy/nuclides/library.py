"""The nuclides Hevesy knows, each with the source of its half-life."""

from __future__ import annotations

import difflib
import re

from hevesy.nuclides.nuclide import Nuclide
from hevesy.provenance import Source, shipped_table


class UnknownNuclideError(ValueError):
    """The name is none of the library's; the message gives the nearest."""


def nuclide(name: str) -> Nuclide:
    """Nuclide by name; `I-131`, `I131`, `131I` and `i-131` are the same.

    >>> nuclide("131I").half_life_h / 24
    8.0252002...
    """
    rows, source = shipped_table("nuclides", "half_lives")
    by_name = {row["nuclide"].replace("-", "").casefold(): row for row in rows}
    written = name.strip().replace("-", "").casefold()
    mass_first = re.fullmatch(r"(\d+m?)([a-z]{1,2})", written)
    if mass_first:
        written = mass_first.group(2) + mass_first.group(1)
    if written not in by_name:
        near = difflib.get_close_matches(written, by_name, n=3, cutoff=0.5) or list(by_name)
        raise UnknownNuclideError(f"nuclide {name!r} is not known; nearest are {', '.join(by_name[key]['nuclide'] for key in near)}")
    row = by_name[written]
    return Nuclide(
        name=row["nuclide"],
        half_life_h=float(row["half_life_s"]) / 3600,
        half_life_standard_uncertainty_h=float(row["half_life_standard_uncertainty_s"]) / 3600,
        source=Source(
            work=source.work, locator=f"{row['nuclide']}, {source.locator}", licence=source.licence, sha256=row["section_sha256"]
        ),
    )


def names() -> tuple[str, ...]:
    """Names of all nuclides in the library."""
    rows, _ = shipped_table("nuclides", "half_lives")
    return tuple(row["nuclide"] for row in rows)
