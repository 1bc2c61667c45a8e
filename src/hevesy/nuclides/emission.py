"""What a nuclide emits: lines, beta branches and spectra, and the energy each kind carries per decay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.provenance import Source

Kind = Literal["gamma", "x_ray", "annihilation", "conversion_electron", "auger_electron", "alpha", "recoil"]
PHOTONS: tuple[Kind, ...] = ("gamma", "x_ray", "annihilation")
ELECTRONS: tuple[Kind, ...] = ("conversion_electron", "auger_electron")
HEAVY: tuple[Kind, ...] = ("alpha", "recoil")
LOCAL_PHOTONS_keV = 1.0
"""Photons of less energy are counted with the electrons: they are absorbed within micrometres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """One line: energy in keV, yield per decay with its standard uncertainty (None: the source states none)."""

    kind: Kind
    energy_keV: float
    yield_per_decay: float
    yield_standard_uncertainty: float | None
    transition: str = ""
    """Where it comes from, as in `K-L3` of an X ray or `K 364.489` of a conversion electron."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaBranch:
    """One branch of beta decay: sign of the particle, endpoint and mean energy in keV, yield per decay."""

    sign: Literal[-1, 1]
    endpoint_keV: float
    mean_keV: float
    yield_per_decay: float
    yield_standard_uncertainty: float | None
    forbidden: int
    """Order of unique forbiddenness; 0: allowed, or forbidden and not unique."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BetaSpectrum:
    """Betas of one sign, all branches.

    Energies in keV, shape (n,), and particles per keV and decay there, linear between.
    """

    sign: Literal[-1, 1]
    energy_keV: NDArray[np.float64]
    per_keV: NDArray[np.float64]

    @property
    def yield_per_decay(self) -> float:
        """Particles per decay."""
        return float(np.trapezoid(self.per_keV, self.energy_keV))

    @property
    def energy_per_decay_keV(self) -> float:
        """Energy per decay (keV), exact for a density that is linear between the points."""
        low, high = self.energy_keV[:-1], self.energy_keV[1:]
        left, right = self.per_keV[:-1], self.per_keV[1:]
        return float(np.sum((high - low) * (left * (2 * low + high) + right * (low + 2 * high)) / 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Relative standard uncertainty of the energy that a decay gives to electrons, photons and alphas.

    As far as evaluations of the nuclide differ; 0 where nothing was compared.
    """

    electron: float = 0.0
    photon: float = 0.0
    alpha: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Emissions:
    """Everything a nuclide emits per decay, without its daughters' unless `because` says so."""

    nuclide: str
    lines: tuple[Emission, ...]
    branches: tuple[BetaBranch, ...]
    spectra: tuple[BetaSpectrum, ...]
    because: tuple[str, ...]
    sources: tuple[Source, ...]
    spread: Spread = field(default_factory=Spread)
    warnings: tuple[str, ...] = ()
    """What every answer that uses the nuclide says."""

    def of(self, *kinds: Kind) -> tuple[Emission, ...]:
        """Lines of some kinds, the most energetic emission first."""
        found = [line for line in self.lines if line.kind in kinds]
        return tuple(sorted(found, key=lambda line: -line.energy_keV * line.yield_per_decay))

    @property
    def beta_keV(self) -> float:
        """Energy of betas per decay."""
        return sum(spectrum.energy_per_decay_keV for spectrum in self.spectra)

    @property
    def electron_keV(self) -> float:
        """Energy per decay of betas, conversion and Auger electrons, and of photons below 1 keV."""
        soft = sum(_energy(line) for line in self.lines if line.kind in PHOTONS and line.energy_keV < LOCAL_PHOTONS_keV)
        return self.beta_keV + sum(_energy(line) for line in self.lines if line.kind in ELECTRONS) + soft

    @property
    def photon_keV(self) -> float:
        """Energy per decay of gammas, X rays and annihilation photons of 1 keV or more."""
        return sum(
            _energy(line) for line in self.lines if line.kind in PHOTONS and line.energy_keV >= LOCAL_PHOTONS_keV
        )

    @property
    def alpha_keV(self) -> float:
        """Energy of alphas and of the nuclei they push back, per decay."""
        return sum(_energy(line) for line in self.lines if line.kind in HEAVY)

    @property
    def energy_keV(self) -> float:
        """Energy per decay, neutrinos excepted."""
        return self.electron_keV + self.photon_keV + self.alpha_keV

    @property
    def below_1_keV(self) -> float:
        """Energy per decay of lines below 1 keV, electrons and photons: short of range, known less well."""
        return sum(_energy(line) for line in self.lines if line.energy_keV < LOCAL_PHOTONS_keV)


def _energy(line: Emission) -> float:
    return line.energy_keV * line.yield_per_decay
