"""Read the nuclear decay data of ICRP Publication 107 from a folder of JSON files that the user is licensed to use."""

from __future__ import annotations

import json
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.interpolate import PchipInterpolator

from hevesy.errors import DeliveryError, shown
from hevesy.nuclides.emission import BetaBranch, BetaSpectrum, Emission, Emissions, Kind
from hevesy.nuclides.library import nuclide
from hevesy.provenance import Source

KINDS: dict[str, Kind] = {
    "gamma": "gamma",
    "X": "x_ray",
    "annihilation": "annihilation",
    "IE": "conversion_electron",
    "auger": "auger_electron",
    "alpha": "alpha",
    "alpha recoil": "recoil",
}
SIGNS: dict[str, Literal[-1, 1]] = {"beta-": -1, "beta+": 1}
SPECTRUM = "b-spectra"
HOURS = {"us": 1e-6 / 3600, "ms": 1e-3 / 3600, "s": 1 / 3600, "m": 1 / 60, "h": 1.0, "d": 24.0, "y": 24 * 365.2422}
"""Hours in the units of half-lives; the year is the tropical one of Publication 107."""
INSTALLED = "installed"
FINER = 16
Betas = Literal["monotone cubic", "straight lines"]
"""How the table of a beta spectrum is read between its energies."""
SPECTRUM_WITHIN = 0.01
"""How near the integral of the spectrum comes to the branches' yields."""


def read_icrp107(folder: Path, name: str, betas: Betas = "monotone cubic") -> Emissions:
    """Emissions of a nuclide as in Publication 107.

    From NAME.json in a folder, or from the package icrp107-database (`installed`).

    Energies stand there in MeV; the beta spectrum is one of all branches. It is read by a monotone cubic: read by
    `straight lines`, as MIRDcalc does, its mean energy is up to half a percent too high.
    """
    found = nuclide(name).name
    path, content = _content(folder, found)
    try:
        given = dict(content["emissions"])
    except (ValueError, KeyError, TypeError) as error:
        raise DeliveryError(f"{path.name} does not hold emissions as of ICRP Publication 107: {error!r}") from error
    tables = {table: _pairs(path.name, table, pairs) for table, pairs in given.items() if pairs}
    if unknown := sorted(set(tables) - KINDS.keys() - SIGNS.keys() - {SPECTRUM}):
        raise DeliveryError(
            f"{path.name} has a table {unknown[0]!r}; what is read is {', '.join([*KINDS, *SIGNS, SPECTRUM])}"
        )
    lines = tuple(
        Emission(kind=kind, energy_keV=1000 * energy, yield_per_decay=number, yield_standard_uncertainty=None)
        for table, kind in KINDS.items()
        for energy, number in tables.get(table, ())
    )
    branches = tuple(
        BetaBranch(
            sign=sign,
            endpoint_keV=0.0,
            mean_keV=1000 * mean,
            yield_per_decay=number,
            yield_standard_uncertainty=None,
            forbidden=0,
        )
        for table, sign in SIGNS.items()
        for mean, number in tables.get(table, ())
    )
    spectra = _spectra(path.name, tables.get(SPECTRUM, ()), branches, betas)
    told = ["as tabulated in ICRP Publication 107, from the user's own copy; no uncertainties are stated there"]
    if spectra and betas == "straight lines":
        told.append(
            "the table of betas is read by straight lines, as MIRDcalc does, which makes their energy larger by up to "
            "half a percent"
        )
    return Emissions(
        nuclide=found,
        lines=lines,
        branches=branches,
        spectra=spectra,
        because=tuple(told),
        sources=(
            Source(work="ICRP Publication 107 (Ann. ICRP 38(3), 2008)", locator=found, licence="ICRP, restricted"),
        ),
    )


def has_icrp107(folder: Path, name: str) -> bool:
    """Whether a folder has the file of a nuclide."""
    return ((_installed() if str(folder) == INSTALLED else folder) / f"{nuclide(name).name}.json").is_file()


def icrp107_half_life_h(folder: Path, name: str) -> float:
    """The half-life of a nuclide as in Publication 107, in h, from the same file as its emissions."""
    path, content = _content(folder, nuclide(name).name)
    try:
        number, unit = float(content["half_life"]), str(content["time_unit"])
    except (ValueError, KeyError, TypeError) as error:
        raise DeliveryError(f"{path.name} does not hold a half-life with its unit: {error!r}") from error
    if unit not in HOURS or not 0 < number < math.inf:
        raise DeliveryError(
            f"{path.name}: a half-life lies above 0, in {', '.join(HOURS)}, got {number:g} {shown(unit)}"
        )
    return number * HOURS[unit]


def _content(folder: Path, name: str) -> tuple[Path, Any]:
    """What the file of a nuclide holds, which names itself."""
    folder = _installed() if str(folder) == INSTALLED else folder
    path = folder / f"{name}.json"
    if not path.is_file():
        raise DeliveryError(f"{folder} has no {name}.json")
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        content = json.loads(content) if isinstance(content, str) else content
        whose = content["name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeliveryError(f"{path.name} does not hold emissions as of ICRP Publication 107: {error!r}") from error
    if whose != name:
        raise DeliveryError(f"{path.name} is of {whose}, not of {name}")
    return path, content


def _installed() -> Path:
    """The folder of the package icrp107-database, where the user has installed it."""
    spec = find_spec("icrp107_database")
    if spec is None or spec.origin is None:
        raise DeliveryError(
            "icrp107-database is not installed: pip install 'hevesy[icrp107]', if its terms allow your use"
        )
    return Path(spec.origin).parent / "icrp107"


def _pairs(file: str, table: str, pairs: Any) -> tuple[tuple[float, float], ...]:
    """Rows of energy and number, finite and not negative."""
    try:
        found = tuple((float(energy), float(number)) for energy, number in pairs)
    except (TypeError, ValueError) as error:
        raise DeliveryError(
            f"{file}, table {table}: rows are pairs of an energy and a number, got {str(pairs)[:40]}"
        ) from error
    for place, row in enumerate(found):
        if not all(math.isfinite(value) and value >= 0 for value in row):
            raise DeliveryError(
                f"{file}, table {table}, row {place}: energy and number are 0 or more, got {row[0]:g} and {row[1]:g}"
            )
    return found


def _spectra(
    file: str, table: tuple[tuple[float, float], ...], branches: tuple[BetaBranch, ...], betas: Betas
) -> tuple[BetaSpectrum, ...]:
    """The spectrum of all betas; where both signs are emitted it is shared by their yields."""
    total = sum(branch.yield_per_decay for branch in branches)
    if not table and total == 0:
        return ()
    if not table or total == 0:
        raise DeliveryError(
            f"{file} has {'betas without their' if total else 'a'} "
            f"spectrum{'' if total else ' of betas without branches'}"
        )
    energy, per = np.array(table, dtype=np.float64).T
    if len(energy) < 2 or not (np.diff(energy) > 0).all():
        raise DeliveryError(f"{file}, table {SPECTRUM}: energies rise strictly")
    finer, smooth = energy, per = 1000 * energy, per / 1000
    if betas == "monotone cubic":
        steps = np.arange(FINER) / FINER
        finer = np.append((energy[:-1, None] + np.diff(energy)[:, None] * steps).ravel(), energy[-1])
        smooth = np.maximum(PchipInterpolator(energy, per)(finer), 0.0)
    whole = float(np.trapezoid(smooth, finer))
    if abs(whole / total - 1) > SPECTRUM_WITHIN:
        raise DeliveryError(
            f"{file}, table {SPECTRUM}: the spectrum adds up to {whole:.4g} betas per decay, "
            f"the branches to {total:.4g}"
        )
    found = []
    for sign in SIGNS.values():
        share = sum(branch.yield_per_decay for branch in branches if branch.sign == sign) / total
        if share > 0:
            found.append(BetaSpectrum(sign=sign, energy_keV=finer, per_keV=share * smooth))
    return tuple(found)
