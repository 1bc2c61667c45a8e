"""The energy that a nuclide at a point leaves around it in water or bone, by radius."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.matter.alpha import alpha_share_within
from hevesy.nuclides.emission import ELECTRONS, PHOTONS, BetaSpectrum, Emission, Emissions, Spread
from hevesy.provenance import Source, shipped_table
from hevesy.radiation.words import Matter

Floats = NDArray[np.float64]
Particle = Literal["electron", "positron", "photon"]
LOCAL_keV = 1.0
"""Electrons and photons of less energy are taken as absorbed where they start (ranges below 0.1 micrometre)."""
SLOW_keV = 50.0
"""Electrons of lines below this go no further than a few cells (43 micrometres)."""
SUBSTANCE: dict[Matter, str] = {"water": "water", "bone": "cortical bone (ICRP)"}
"""Which material it is."""
_END: dict[Matter, str] = {"water": "", "bone": "_bone"}
RADII_cm = np.geomspace(1e-6, 1e3, 9 * 64 + 1)
BETAS_PER_SPECTRUM = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Energy that a decay leaves in a target, keV, by what brings it; as the fields of a kernel of these names."""

    beta_keV: float
    electron_keV: float
    slow_keV: float
    photon_keV: float
    bremsstrahlung_keV: float
    alpha_keV: float
    local_keV: float
    recoil_keV: float

    @classmethod
    def of(cls, values_keV: Floats) -> Left:
        """From what a geometry makes of `PointKernel.by_carrier_keV`, shape (8,)."""
        return cls(**dict(zip(CARRIERS, values_keV.tolist(), strict=True)))

    @property
    def total_keV(self) -> float:
        """All energy; slow electrons are among the electrons, recoils in what stays at the point."""
        light = self.beta_keV + self.electron_keV + self.photon_keV + self.bremsstrahlung_keV
        return light + self.alpha_keV + self.local_keV


CARRIERS = tuple(field.name for field in fields(Left))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PointKernel:
    """Energy within a radius of a decay, keV per decay, by what carries it.

    At `radius_cm` of shape (n,), in matter of 1 g/cm3. Betas and electrons leave what they lose in collisions. What
    they hand to photons, by bremsstrahlung and by annihilation in flight, is `lost_keV`; these photons are a carrier of
    their own, as if they started at the decay (an approximation: they start along the track).
    """

    nuclide: str
    matter: Matter
    radius_cm: Floats
    beta_keV: Floats
    electron_keV: Floats
    photon_keV: Floats
    bremsstrahlung_keV: Floats
    """Of photons that charged particles produce, annihilation in flight with them."""
    alpha_keV: Floats
    local_keV: float
    """Left at the very point: lines below 1 keV, and nuclei that alphas push back."""
    recoil_keV: float
    """Of `local_keV`, what those nuclei carry."""
    slow_keV: Floats
    """Of `electron_keV`, what lines below 50 keV leave: Auger and soft conversion electrons."""
    lost_keV: float
    """What betas and electrons hand to photons, per decay."""
    standard_error_keV: Floats
    """Statistical, of the whole; the errors of single energies added up as if they went together."""
    spread: Spread
    """Of what the decay gives, as far as evaluations of the nuclide differ."""
    source: Source

    @property
    def by_carrier_keV(self) -> Floats:
        """Energy within each radius by the carriers of `Left`, shape (n, 8)."""
        return np.column_stack([np.broadcast_to(getattr(self, name), self.radius_cm.shape) for name in CARRIERS])

    @property
    def charged_keV(self) -> Floats:
        """Of electrons, alphas and what stays at the point."""
        return np.asarray(self.beta_keV + self.electron_keV + self.alpha_keV + self.local_keV)

    @property
    def photons_keV(self) -> Floats:
        """Of all photons, the decay's own and those that charged particles produce."""
        return np.asarray(self.photon_keV + self.bremsstrahlung_keV)

    @property
    def within_keV(self) -> Floats:
        """All energy within each radius."""
        return np.asarray(self.charged_keV + self.photons_keV)


@cache
def _table(particle: Particle, matter: Matter) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Energies (n,), units (n,), radii (m,), shares and standard errors (n, m)."""
    rows, _ = shipped_table("radiation", f"point_kernels{_END[matter]}")
    own = [row for row in rows if row["particle"] == particle]
    energies = np.array(list(dict.fromkeys(float(row["energy_keV"]) for row in own)))
    shape = (len(energies), -1)
    units = np.array([float(row["unit_cm"]) for row in own]).reshape(shape)[:, 0]
    radii = np.array([float(row["radius"]) for row in own]).reshape(shape)[0]
    shares = np.array([float(row["share"]) for row in own]).reshape(shape)
    return energies, units, radii, shares, np.array([float(row["standard_error"]) for row in own]).reshape(shape)


@cache
def _produced(particle: Particle, matter: Matter) -> tuple[Floats, Floats, Floats]:
    """Energies of photons (b,), and of the particles' energies (n, as in `_table`) the shares handed to them.

    And the standard errors of these shares, both of shape (n, b).
    """
    rows, _ = shipped_table("radiation", f"produced_photons{_END[matter]}")
    photons = sorted({float(row["photon_keV"]) for row in rows})
    energies = _table(particle, matter)[0].tolist()
    shares = np.zeros((2, len(energies), len(photons)))
    for row in rows:
        if row["particle"] == particle:
            place = energies.index(float(row["energy_keV"])), photons.index(float(row["photon_keV"]))
            shares[0][place], shares[1][place] = float(row["share"]), float(row["standard_error"])
    return np.array(photons), shares[0], shares[1]


@cache
def _of_produced_photons(matter: Matter) -> Floats:
    """Share of the energy of each of the produced photons within the radii of a kernel, shape (b, n)."""
    photons, _, _ = _produced("electron", matter)
    return np.array([share_within("photon", float(energy), RADII_cm, matter)[0] for energy in photons])


def _between(particle: Particle, energy_keV: float, matter: Matter) -> tuple[tuple[float, int], tuple[float, int]]:
    """Weights and places of the tabulated energies on both sides, by the logarithm."""
    energies = _table(particle, matter)[0]
    if not energies[0] <= energy_keV <= energies[-1]:
        raise RuleError(f"{particle} energies lie in {energies[0]:g}..{energies[-1]:g} keV, got {energy_keV:g} keV")
    high = max(int(np.searchsorted(energies, energy_keV)), 1)
    part = float(np.log(energy_keV / energies[high - 1]) / np.log(energies[high] / energies[high - 1]))
    return (1 - part, high - 1), (part, high)


def share_within(
    particle: Particle, energy_keV: float, radius_cm: Floats, matter: Matter = "water"
) -> tuple[Floats, Floats]:
    """Share of a particle's energy left within radii of its start, and its statistical standard error.

    Of shape (n,), in water or bone of 1 g/cm3. Electrons and positrons leave what they lose in collisions, photons all
    that they set free.

    Between tabulated energies the radius is scaled (by the range of electrons, the mean free path of photons).
    """
    _, units, radii, shares, errors = _table(particle, matter)
    sides = _between(particle, energy_keV, matter)
    unit = math.prod(units[place] ** weight for weight, place in sides)
    scaled = np.asarray(radius_cm) / unit
    within = np.zeros((2, scaled.size))
    for weight, place in sides:
        for column, values in enumerate((shares[place], errors[place])):
            inside = np.interp(np.log(scaled), np.log(radii), values)
            within[column] += weight * np.where(scaled < radii[0], values[0] * scaled / radii[0], inside)
    return within[0], within[1]


def handed_to_photons(particle: Particle, energy_keV: float, matter: Matter = "water") -> tuple[Floats, Floats, Floats]:
    """Energies of photons (keV), the shares of an electron's or positron's energy handed to them, standard errors.

    Each of shape (b,). Of positrons annihilated in flight the photons are more than two of 511 keV, which are counted
    with the nuclide's lines: there the share may be negative.
    """
    photons, shares, errors = _produced(particle, matter)
    sides = _between(particle, energy_keV, matter)
    share, error = (np.sum([weight * each[place] for weight, place in sides], axis=0) for each in (shares, errors))
    return photons, share, error


class _Sum:
    """What carriers leave within the radii, added up line by line."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self.carried: dict[str, Floats] = {
            name: np.zeros_like(RADII_cm) for name in ("beta", "electron", "photon", "alpha", "slow")
        }
        self.local_keV = self.recoil_keV = 0.0
        self.error_keV = np.zeros_like(RADII_cm)
        self.produced_keV = np.zeros(len(_produced("electron", matter)[0]))
        self.produced_error_keV = np.zeros_like(self.produced_keV)

    def add(self, particle: Particle, energy_keV: float, carried_keV: float, *carriers: str) -> None:
        """Particles of one energy that carry so much per decay, as one of the carriers or more."""
        share, error = share_within(particle, energy_keV, RADII_cm, self.matter)
        for carrier in carriers:
            self.carried[carrier] += carried_keV * share
        self.error_keV += carried_keV * error
        if particle != "photon":
            _, handed, error = handed_to_photons(particle, energy_keV, self.matter)
            self.produced_keV += carried_keV * handed
            self.produced_error_keV += carried_keV * error

    def add_spectrum(self, spectrum: BetaSpectrum) -> None:
        """Betas, in equal steps of energy."""
        edges = np.linspace(0.0, spectrum.energy_keV[-1], BETAS_PER_SPECTRUM + 1)
        fine = np.unique(np.concatenate([edges, spectrum.energy_keV]))
        density = np.interp(fine, spectrum.energy_keV, spectrum.per_keV)
        numbers = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(fine))])
        product = fine * density
        carried = np.concatenate([[0.0], np.cumsum(0.5 * (product[1:] + product[:-1]) * np.diff(fine))])
        carried *= spectrum.energy_per_decay_keV / carried[-1]
        counts, energies = np.diff(np.interp(edges, fine, numbers)), np.diff(np.interp(edges, fine, carried))
        particle: Particle = "electron" if spectrum.sign == -1 else "positron"
        for count, energy in zip(counts.tolist(), energies.tolist(), strict=True):
            if count <= 0 or energy / count < LOCAL_keV:
                self.local_keV += energy
            else:
                self.add(particle, energy / count, energy, "beta")

    def add_line(self, line: Emission) -> None:
        """A line: alphas on their range, recoils at the point."""
        carried_keV = line.energy_keV * line.yield_per_decay
        if line.energy_keV < LOCAL_keV or line.kind == "recoil":
            self.local_keV += carried_keV
            self.recoil_keV += carried_keV if line.kind == "recoil" else 0.0
        elif line.kind == "alpha":
            self.carried["alpha"] += carried_keV * alpha_share_within(line.energy_keV, RADII_cm, SUBSTANCE[self.matter])
        elif line.kind in ELECTRONS:
            slow = ("slow",) if line.energy_keV < SLOW_keV else ()
            self.add("electron", line.energy_keV, carried_keV, "electron", *slow)
        elif line.kind in PHOTONS:
            self.add("photon", line.energy_keV, carried_keV, "photon")


def point_kernel(emitted: Emissions, matter: Matter = "water") -> PointKernel:
    """The kernel of what a nuclide emits, with daughters where that has them, by superposition of single energies.

    In water or cortical bone, of 1 g/cm3. Alphas on their range, recoils at the point.
    """
    found = _Sum(matter)
    for spectrum in emitted.spectra:
        found.add_spectrum(spectrum)
    for line in emitted.lines:
        found.add_line(line)
    _, source = shipped_table("radiation", f"point_kernels{_END[matter]}")
    return PointKernel(
        nuclide=emitted.nuclide,
        matter=matter,
        radius_cm=RADII_cm,
        beta_keV=found.carried["beta"],
        electron_keV=found.carried["electron"],
        photon_keV=found.carried["photon"],
        alpha_keV=found.carried["alpha"],
        slow_keV=found.carried["slow"],
        bremsstrahlung_keV=found.produced_keV @ _of_produced_photons(matter),
        local_keV=found.local_keV,
        recoil_keV=found.recoil_keV,
        lost_keV=float(found.produced_keV.sum()),
        standard_error_keV=found.error_keV + found.produced_error_keV @ _of_produced_photons(matter),
        spread=emitted.spread,
        source=source,
    )
