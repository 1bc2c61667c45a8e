"""The energy that a nuclide at a point leaves around it in water, by radius."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.matter.alpha import alpha_share_within
from hevesy.nuclides.emission import ELECTRONS, PHOTONS, Emissions
from hevesy.provenance import Source, shipped_table

Floats = NDArray[np.float64]
Particle = Literal["electron", "positron", "photon"]
LOCAL_keV = 1.0
"""Electrons and photons of less energy are taken as absorbed where they start (ranges below 0.1 micrometre)."""
RADII_cm = np.geomspace(1e-6, 1e3, 9 * 64 + 1)
BETAS_PER_SPECTRUM = 160


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PointKernel:
    """Energy within a radius of a decay, keV per decay, by what carries it.

    At `radius_cm` of shape (n,), in water of 1 g/cm3.
    """

    nuclide: str
    radius_cm: Floats
    beta_keV: Floats
    electron_keV: Floats
    photon_keV: Floats
    alpha_keV: Floats
    local_keV: float
    """Left at the very point: lines below 1 keV, and nuclei that alphas push back."""
    standard_error_keV: Floats
    """Statistical, of the whole; the errors of single energies added up as if they went together."""
    source: Source

    @property
    def within_keV(self) -> Floats:
        """All energy within each radius."""
        return np.asarray(self.beta_keV + self.electron_keV + self.photon_keV + self.alpha_keV + self.local_keV)


@cache
def _table(particle: Particle) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Energies (n,), units (n,), radii (m,), shares and standard errors (n, m)."""
    rows, _ = shipped_table("radiation", "point_kernels")
    own = [row for row in rows if row["particle"] == particle]
    energies = np.array(list(dict.fromkeys(float(row["energy_keV"]) for row in own)))
    shape = (len(energies), -1)
    units = np.array([float(row["unit_cm"]) for row in own]).reshape(shape)[:, 0]
    radii = np.array([float(row["radius"]) for row in own]).reshape(shape)[0]
    shares = np.array([float(row["share"]) for row in own]).reshape(shape)
    return energies, units, radii, shares, np.array([float(row["standard_error"]) for row in own]).reshape(shape)


def share_within(particle: Particle, energy_keV: float, radius_cm: Floats) -> tuple[Floats, Floats]:
    """Share of a particle's energy left within radii of its start in water, and its statistical standard error.

    Of shape (n,).

    Between tabulated energies the radius is scaled (by the range of electrons, the mean free path of photons).
    """
    energies, units, radii, shares, errors = _table(particle)
    if not energies[0] <= energy_keV <= energies[-1]:
        raise RuleError(f"{particle} energies lie in {energies[0]:g}..{energies[-1]:g} keV, got {energy_keV:g} keV")
    high = min(int(np.searchsorted(energies, energy_keV)), len(energies) - 1)
    low = max(high - 1, 0)
    part = np.log(energy_keV / energies[low]) / np.log(energies[high] / energies[low]) if high > low else 0.0
    unit = units[low] ** (1 - part) * units[high] ** part
    scaled = np.asarray(radius_cm) / unit
    within = np.zeros((2, scaled.size))
    for weight, place in ((1 - part, low), (part, high)):
        for column, values in enumerate((shares[place], errors[place])):
            inside = np.interp(np.log(scaled), np.log(radii), values)
            within[column] += weight * np.where(scaled < radii[0], values[0] * scaled / radii[0], inside)
    return within[0], within[1]


def point_kernel(emitted: Emissions) -> PointKernel:
    """The kernel of what a nuclide emits, with daughters where that has them, by superposition of single energies.

    Alphas on their range, recoils at the point.
    """
    beta, electron, photon, alpha, error = (np.zeros_like(RADII_cm) for _ in range(5))
    local = 0.0
    for spectrum in emitted.spectra:
        edges = np.linspace(0.0, spectrum.energy_keV[-1], BETAS_PER_SPECTRUM + 1)
        fine = np.unique(np.concatenate([edges, spectrum.energy_keV]))
        density = np.interp(fine, spectrum.energy_keV, spectrum.per_keV)
        numbers = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(fine))])
        product = fine * density
        carried = np.concatenate([[0.0], np.cumsum(0.5 * (product[1:] + product[:-1]) * np.diff(fine))])
        carried *= spectrum.energy_per_decay_keV / carried[-1]
        counts, energies = np.diff(np.interp(edges, fine, numbers)), np.diff(np.interp(edges, fine, carried))
        particle: Particle = "electron" if spectrum.sign == -1 else "positron"
        for count, energy in zip(counts, energies, strict=True):
            if count <= 0 or energy / count < LOCAL_keV:
                local += energy
                continue
            share, u = share_within(particle, energy / count, RADII_cm)
            beta += energy * share
            error += energy * u
    for line in emitted.lines:
        carried_keV = line.energy_keV * line.yield_per_decay
        if line.energy_keV < LOCAL_keV or line.kind == "recoil":
            local += carried_keV
        elif line.kind == "alpha":
            alpha += carried_keV * alpha_share_within(line.energy_keV, RADII_cm)
        elif line.kind in ELECTRONS:
            share, u = share_within("electron", line.energy_keV, RADII_cm)
            electron += carried_keV * share
            error += carried_keV * u
        elif line.kind in PHOTONS:
            share, u = share_within("photon", line.energy_keV, RADII_cm)
            photon += carried_keV * share
            error += carried_keV * u
    _, source = shipped_table("radiation", "point_kernels")
    return PointKernel(
        nuclide=emitted.nuclide,
        radius_cm=RADII_cm,
        beta_keV=beta,
        electron_keV=electron,
        photon_keV=photon,
        alpha_keV=alpha,
        local_keV=local,
        standard_error_keV=error,
        source=source,
    )
