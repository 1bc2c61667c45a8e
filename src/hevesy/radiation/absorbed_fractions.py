"""Specific absorbed fractions of a phantom: which share of the energy that is set free a kilogram of a target takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from hevesy.errors import RuleError
from hevesy.nuclides.emission import BetaSpectrum
from hevesy.provenance import Source
from hevesy.radiation.words import Carrier, Masses

Floats = NDArray[np.float64]
CARRIERS: tuple[Carrier, ...] = get_args(Carrier)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
"""Exact for what a beta of a straight-line spectrum brings to a cubic: degree 5."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AbsorbedFractions:
    """Of one kind of radiation: energies (keV) rising from 0, shape (n,); shares per kg, shape (n, targets, sources).

    Between energies a monotone cubic (PCHIP) over the energy, as ICRP Publication 133 means its tables to be read.
    """

    energies_keV: Floats = field(repr=False)
    per_kg: Floats = field(repr=False)

    def __post_init__(self) -> None:
        if self.energies_keV.ndim != 1 or self.per_kg.shape[:1] != self.energies_keV.shape or self.per_kg.ndim != 3:
            raise RuleError(
                "specific absorbed fractions have a table of targets and sources for each of their energies"
            )
        if len(self.energies_keV) < 2 or self.energies_keV[0] != 0 or not (np.diff(self.energies_keV) > 0).all():
            raise RuleError("energies of specific absorbed fractions rise from 0")
        if not (np.isfinite(self.per_kg).all() and (self.per_kg >= 0).all()):
            raise RuleError("specific absorbed fractions are finite and 0 or more")

    def absorbed_keV_per_kg(self, lines: Iterable[tuple[float, float]], spectra: Iterable[BetaSpectrum] = ()) -> Floats:
        """Energy per decay that a kilogram of each target takes from each source, shape (targets, sources).

        `lines`: energy (keV) and number per decay of each. A monotone cubic is linear in its values and slopes, so what
        is emitted is brought to the table's energies once, for all targets and sources.
        """
        grid = self.energies_keV
        energies, numbers = np.array([*lines], dtype=np.float64).reshape(-1, 2).T
        for spectrum in spectra:
            at, number = _points(spectrum, grid)
            energies, numbers = np.append(energies, at), np.append(numbers, number)
        if len(energies) and float(energies.max()) > grid[-1]:
            raise RuleError(
                f"what is emitted reaches {energies.max():.6g} keV, the absorbed fractions end at {grid[-1]:.6g} keV"
            )
        slopes = PchipInterpolator(grid, self.per_kg, axis=0).derivative()(grid)
        values, rates = _brought_to(grid, energies, numbers * energies)
        return np.asarray(np.tensordot(values, self.per_kg, 1) + np.tensordot(rates, slopes, 1))


def _points(spectrum: BetaSpectrum, grid: Floats) -> tuple[Floats, Floats]:
    """Energies and numbers per decay whose sums are the integrals over a spectrum that is linear between its points."""
    low, high = spectrum.energy_keV[0], spectrum.energy_keV[-1]
    edges = np.unique(np.concatenate([spectrum.energy_keV, grid[(grid > low) & (grid < high)]]))
    half = np.diff(edges)[:, None] / 2
    at = edges[:-1, None] + half * (1 + _NODES)
    return at.ravel(), (np.interp(at, spectrum.energy_keV, spectrum.per_keV) * half * _WEIGHTS).ravel()


def _brought_to(grid: Floats, energies: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of the values and of the slopes at the grid that give the weighted sum of a cubic at some energies."""
    place = np.clip(np.searchsorted(grid, energies, side="right") - 1, 0, len(grid) - 2)
    width = np.diff(grid)[place]
    t = (energies - grid[place]) / width
    values, slopes = np.zeros(len(grid)), np.zeros(len(grid))
    np.add.at(values, place, weights * (1 + 2 * t) * (1 - t) ** 2)
    np.add.at(values, place + 1, weights * t**2 * (3 - 2 * t))
    np.add.at(slopes, place, weights * width * t * (1 - t) ** 2)
    np.add.at(slopes, place + 1, weights * width * t**2 * (t - 1))
    return values, slopes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpecificAbsorbedFractions:
    """Of a phantom, for photons, electrons and alphas.

    `target_masses_g` and `source_masses_g` stand in the order of the names; 0 where a region has no mass of its own (a
    surface) or the phantom has none (the other sex). `tissues`: the sources, each once, that together are the body's
    tissue, over which "other tissue" is spread by mass.
    """

    phantom: str
    targets: tuple[str, ...]
    sources: tuple[str, ...]
    of: dict[Carrier, AbsorbedFractions]
    target_masses_g: tuple[float, ...]
    source_masses_g: tuple[float, ...]
    tissues: tuple[str, ...]
    masses: Masses
    because: tuple[str, ...]
    source: Source
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.targets), len(self.sources))
        for carrier in CARRIERS:
            if carrier not in self.of:
                raise RuleError(f"specific absorbed fractions of {carrier}s are missing")
            if self.of[carrier].per_kg.shape[1:] != shape:
                raise RuleError(
                    f"specific absorbed fractions of {carrier}s are of {shape[0]} targets and {shape[1]} sources"
                )
        if (len(self.target_masses_g), len(self.source_masses_g)) != shape:
            raise RuleError("each target and each source has a mass")
        if min(*self.target_masses_g, *self.source_masses_g) < 0:
            raise RuleError("masses are 0 or more")
        for names, what in ((self.targets, "target"), (self.sources, "source")):
            if len(set(names)) != len(names):
                raise RuleError(f"two {what}s are called {next(one for one in names if names.count(one) > 1)!r}")
