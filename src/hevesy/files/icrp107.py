"""Read the nuclear decay data of ICRP Publication 107 from a folder of JSON files that the user is licensed to use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.interpolate import PchipInterpolator

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
FINER = 16


class Icrp107Error(ValueError):
    """The file is not one of the nuclide's emissions."""


def read_icrp107(folder: Path, name: str) -> Emissions:
    """Emissions of a nuclide as in Publication 107, from NAME.json in a folder (as the package icrp107-database has them).

    Energies stand there in MeV; the beta spectrum is one of all branches. It is read by a monotone cubic: read by straight lines its mean
    energy is up to half a percent too high.
    """
    found = nuclide(name).name
    path = folder / f"{found}.json"
    if not path.is_file():
        raise Icrp107Error(f"{folder} has no {found}.json")
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        content = json.loads(content) if isinstance(content, str) else content
        tables: dict[str, Any] = content["emissions"]
        if content["name"] != found:
            raise Icrp107Error(f"{path.name} is of {content['name']}, not of {found}")
        lines = tuple(
            Emission(kind=kind, energy_keV=1000 * energy, yield_per_decay=number, yield_standard_uncertainty=None)
            for table, kind in KINDS.items()
            for energy, number in tables.get(table) or ()
        )
        signs: tuple[tuple[str, Literal[-1, 1]], ...] = (("beta-", -1), ("beta+", 1))
        branches = tuple(
            BetaBranch(
                sign=sign, endpoint_keV=0.0, mean_keV=1000 * mean, yield_per_decay=number, yield_standard_uncertainty=None, forbidden=0
            )
            for table, sign in signs
            for mean, number in tables.get(table) or ()
        )
        spectra = _spectra(tables.get("b-spectra") or (), branches)
    except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise Icrp107Error(f"{path.name} does not hold emissions as of ICRP Publication 107: {error!r}") from error
    return Emissions(
        nuclide=found,
        lines=lines,
        branches=branches,
        spectra=spectra,
        because=("as tabulated in ICRP Publication 107, from the user's own copy; no uncertainties are stated there",),
        sources=(Source(work="ICRP Publication 107 (Ann. ICRP 38(3), 2008)", locator=found, licence="ICRP, restricted"),),
    )


def _spectra(table: Any, branches: tuple[BetaBranch, ...]) -> tuple[BetaSpectrum, ...]:
    """The spectrum of all betas; where both signs are emitted it is shared by their yields."""
    if not table:
        return ()
    energy, per = np.array(table, dtype=np.float64).T
    energy, per = 1000 * energy, per / 1000
    steps = np.arange(FINER) / FINER
    finer = np.append((energy[:-1, None] + np.diff(energy)[:, None] * steps).ravel(), energy[-1])
    smooth = np.maximum(PchipInterpolator(energy, per)(finer), 0.0)
    total = sum(branch.yield_per_decay for branch in branches)
    found = []
    signs: tuple[Literal[-1, 1], ...] = (-1, 1)
    for sign in signs:
        share = sum(branch.yield_per_decay for branch in branches if branch.sign == sign) / total
        if share > 0:
            found.append(BetaSpectrum(sign=sign, energy_keV=finer, per_keV=share * smooth))
    return tuple(found)
