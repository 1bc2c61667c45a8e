"""What the transport kernel needs of materials, as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hevesy.kernels.transport import TOTAL, Rules, Tables
from hevesy.matter.electron import collision_stopping, radiative_stopping
from hevesy.matter.material import AVOGADRO_per_mol, Material, atomic_weight
from hevesy.matter.photon import FINE_STRUCTURE, ELECTRON_keV, HIGHEST_keV, LOWEST_keV, RADIUS_cm, coefficients
from hevesy.provenance import shipped_table

Floats = NDArray[np.float64]
PHOTON_ENERGIES, ELECTRON_ENERGIES, ANGLES = 1025, 385, 2000
SLOWEST_keV, FASTEST_keV = 0.5, 3500.0
X_START, X_END, X_POINTS = 1e-3, 300.0, 401
COMPTON_ENERGIES, QUANTILES = 129, 257
HC_keV_angstrom = 12.398419843


def tables(
    matter: Sequence[Material], greatest_density_g_per_cm3: Sequence[float], rules: Rules, spin: bool = True
) -> Tables:
    """Tables of materials, for densities up to the greatest at which each is found and the thresholds of the rules.

    Without `spin` electrons scatter as charges without one do (Rutherford's law, screened), for comparison with
    programs that do so.
    """
    photon = np.empty((len(matter), PHOTON_ENERGIES, 4))
    majorant = np.zeros(PHOTON_ENERGIES)
    coherent = np.empty((len(matter), X_POINTS))
    compton = np.empty((len(matter), COMPTON_ENERGIES, QUANTILES), dtype=np.float32)
    electron = np.empty((len(matter), 2, ELECTRON_ENERGIES, 6))
    for place, (one, density) in enumerate(zip(matter, greatest_density_g_per_cm3, strict=True)):
        photon[place], coherent[place], compton[place] = _of_photons(one)
        majorant = np.maximum(majorant, photon[place, :, TOTAL] * density)
        electron[place] = _of_electrons(one, rules.hard_from, rules.brems_from, spin)
    return Tables(
        photon_start=math.log(LOWEST_keV),
        photon_per=(PHOTON_ENERGIES - 1) / math.log(HIGHEST_keV / LOWEST_keV),
        photon=photon,
        majorant=majorant,
        x_start=math.log(X_START),
        x_per=(X_POINTS - 1) / math.log(X_END / X_START),
        coherent=coherent,
        compton_start=math.log(LOWEST_keV),
        compton_per=(COMPTON_ENERGIES - 1) / math.log(HIGHEST_keV / LOWEST_keV),
        compton=compton,
        electron_start=math.log(SLOWEST_keV),
        electron_per=(ELECTRON_ENERGIES - 1) / math.log(FASTEST_keV / SLOWEST_keV),
        electron=electron,
    )


@lru_cache(maxsize=64)
def _of_photons(matter: Material) -> tuple[Floats, Floats, Floats]:
    """Coefficients, coherent and incoherent scattering of a material."""
    found = coefficients(matter, np.geomspace(LOWEST_keV, HIGHEST_keV, PHOTON_ENERGIES))
    shares = np.cumsum([found.photoelectric, found.coherent, found.pair], axis=0) / found.total
    x = np.geomspace(X_START, X_END, X_POINTS)
    coherent, incoherent = _scattering(matter, x)
    return np.column_stack([found.total, *shares]), coherent, _compton_angles(x, incoherent)


@lru_cache(maxsize=64)
def _of_electrons(matter: Material, hard_from_keV: float, brems_from_keV: float, spin: bool) -> Floats:
    """What electrons and positrons do in a material, shape (2, energies, 6)."""
    energy = np.geomspace(SLOWEST_keV, FASTEST_keV, ELECTRON_ENERGIES)
    return np.stack([_electron(matter, energy, charge, hard_from_keV, brems_from_keV, spin) for charge in (0, 1)])


def _scattering(matter: Material, x: Floats) -> tuple[Floats, Floats]:
    """Integral of the squared form factor over x squared, and the scattering function per electron."""
    rows, _ = shipped_table("matter", "photon_scattering")
    squared, loose, electrons = np.zeros_like(x), np.zeros_like(x), 0.0
    for z, share in matter.fractions:
        own = [row for row in rows if int(row["z"]) == z]
        at = np.log([float(row["x_per_angstrom"]) for row in own])
        atoms = share / atomic_weight(z)
        form = np.exp(np.interp(np.log(x), at, np.log([float(row["form_factor"]) for row in own])))
        squared += atoms * form**2
        loose += atoms * np.exp(np.interp(np.log(x), at, np.log([float(row["scattering_function"]) for row in own])))
        electrons += atoms * z
    steps = 0.5 * (squared[1:] + squared[:-1]) * np.diff(x**2)
    return np.concatenate([[squared[0] * x[0] ** 2], squared[0] * x[0] ** 2 + np.cumsum(steps)]), loose / electrons


def _compton_angles(x: Floats, scattering: Floats) -> Floats:
    """Quantiles of 1 - cos(angle) of incoherent scattering, by energy.

    Klein and Nishina's law times the scattering function.
    """
    found = np.empty((COMPTON_ENERGIES, QUANTILES))
    t = np.concatenate([[0.0], np.geomspace(1e-8, 2.0, 6000)])
    for place, energy in enumerate(np.geomspace(LOWEST_keV, HIGHEST_keV, COMPTON_ENERGIES)):
        kept = 1 / (1 + energy / ELECTRON_keV * t)
        law = kept**2 * (kept + 1 / kept - t * (2 - t))
        bound = np.interp(energy / HC_keV_angstrom * np.sqrt(t / 2), x, scattering, left=0.0)
        density = law * bound
        sums = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(t))])
        found[place] = np.interp(np.linspace(0, 1, QUANTILES), sums / sums[-1], t)
    return found


def _electron(
    matter: Material, energy_keV: Floats, charge: int, hard_from_keV: float, brems_from_keV: float, spin: bool
) -> Floats:
    """Restricted stopping, rates of hard collisions and bremsstrahlung, two transport coefficients, flight.

    Shape (n, 6).
    """
    whole = collision_stopping(matter, energy_keV, -1 if charge == 0 else 1) * 1000
    rate, loss = _hard(matter, energy_keV, charge, hard_from_keV)
    radiated = radiative_stopping(matter, energy_keV) * 1000
    emitted = _brems_mean_keV(energy_keV, brems_from_keV)
    brems = np.where(energy_keV > brems_from_keV, radiated / emitted, 0.0)
    flight = _flight_cm2(energy_keV) * matter.electrons_per_g if charge == 1 else np.zeros_like(energy_keV)
    return np.column_stack(
        [whole - loss, rate, brems, *_transport(matter, energy_keV, charge, hard_from_keV, spin), flight]
    )


def _hard(matter: Material, energy_keV: Floats, charge: int, least_keV: float) -> tuple[Floats, Floats]:
    """Rate (cm2/g) and energy loss (keV cm2/g) of collisions that give more than a threshold.

    Moller's or Bhabha's cross section.
    """
    gamma = energy_keV / ELECTRON_keV + 1
    beta2 = 1 - 1 / gamma**2
    most = 0.5 if charge == 0 else 1.0
    start = np.minimum(least_keV / energy_keV, most)
    share = start[:, None] * (most / start[:, None]) ** np.linspace(0, 1, 600)
    if charge == 0:
        c1, c2 = ((gamma - 1) / gamma) ** 2, (2 * gamma - 1) / gamma**2
        density = 1 / share**2 + 1 / (1 - share) ** 2 + c1[:, None] - c2[:, None] / (share * (1 - share))
    else:
        y = 1 / (gamma + 1)
        b4 = (1 - 2 * y) ** 3
        b3, b2, b1 = b4 + (1 - 2 * y) ** 2, (1 - 2 * y) * (3 + y * y), 2 - y * y
        series = share * (b1[:, None] - share * (b2[:, None] - share * (b3[:, None] - share * b4[:, None])))
        density = (1 - beta2[:, None] * series) / share**2
    scale = 2 * math.pi * RADIUS_cm**2 * ELECTRON_keV / (beta2 * energy_keV) * matter.electrons_per_g
    rate = scale * np.trapezoid(density * share, np.log(share), axis=1)
    loss = scale * energy_keV * np.trapezoid(density * share**2, np.log(share), axis=1)
    closed = start >= most
    return np.where(closed, 0.0, rate), np.where(closed, 0.0, loss)


def _flight_cm2(energy_keV: Floats) -> Floats:
    """Cross section of annihilation in flight, per electron (cm2).

    Source: W. Heitler, The Quantum Theory of Radiation (1954).
    """
    gamma = energy_keV / ELECTRON_keV + 1
    root = np.sqrt(gamma**2 - 1)
    whole = (gamma**2 + 4 * gamma + 1) / (gamma**2 - 1) * np.log(gamma + root) - (gamma + 3) / root
    return np.asarray(math.pi * RADIUS_cm**2 / (gamma + 1) * whole)


def _brems_mean_keV(energy_keV: Floats, least_keV: float) -> Floats:
    """Mean energy of photons of the spectrum 1/k (1 - 3/4 k/T) above a threshold."""
    top = np.maximum(energy_keV, least_keV * 1.0001)
    number = np.log(top / least_keV) - 0.75 * (1 - least_keV / top)
    return np.asarray((top - least_keV - 0.375 * (top - least_keV**2 / top)) / number)


def _transport(
    matter: Material, energy_keV: Floats, charge: int, hard_keV: float, spin: bool = True
) -> tuple[Floats, Floats]:
    """First and second transport coefficient (cm2/g) of elastic and of soft inelastic scattering.

    Wentzel's cross section with Moliere's screening, times the correction of Mott in the approximation of McKinley and
    Feshbach; scattering by electrons up to the angle that goes with the threshold of hard collisions. Sources: G.
    Moliere, Z. Naturforsch. 2a (1947) 133; W. A. McKinley and H. Feshbach, Phys. Rev. 74 (1948) 1759.
    """
    first, second = np.zeros_like(energy_keV), np.zeros_like(energy_keV)
    for z, share in matter.fractions:
        atoms = AVOGADRO_per_mol * share / atomic_weight(z)
        of_atom = _transport_of_atom(z, tuple(energy_keV.tolist()), charge, hard_keV, spin)
        # solid angle: 2 pi d(cos) = 4 pi dt
        for coefficient, own in zip((first, second), of_atom, strict=True):
            coefficient += atoms * 4 * math.pi * own
    return first, second


@lru_cache(maxsize=256)
def _transport_of_atom(
    z: int, energies_keV: tuple[float, ...], charge: int, hard_keV: float, spin: bool
) -> tuple[Floats, Floats]:
    """Both coefficients of an atom over 4 pi (cm2); tissues share their elements."""
    energy_keV = np.array(energies_keV)
    tau = energy_keV / ELECTRON_keV
    gamma = tau + 1
    momentum2 = tau * (tau + 2)
    beta2 = momentum2 / gamma**2
    given = np.minimum(hard_keV, 0.5 * energy_keV)
    cosine = np.sqrt(
        (energy_keV - given) * (energy_keV + 2 * ELECTRON_keV) / (energy_keV * (energy_keV - given + 2 * ELECTRON_keV))
    )
    screening = (
        0.25
        * (FINE_STRUCTURE / 0.88534) ** 2
        * z ** (2 / 3)
        / momentum2
        * (1.13 + 3.76 * (FINE_STRUCTURE * z) ** 2 / beta2)
    )
    # t = (1 - cos) / 2, from well inside the screening angle to 1
    low = 1e-4 * screening
    t = low[:, None] * (1 / low[:, None]) ** np.linspace(0, 1, ANGLES)
    half = np.sqrt(t)
    slope = math.pi * FINE_STRUCTURE * z * np.sqrt(beta2)[:, None] * half * (1 - half)
    mott = 1 - beta2[:, None] * t + (slope if charge == 0 else -slope) if spin else np.ones_like(t)
    nucleus = z * z * mott
    electrons = np.where(t < 0.5 * (1 - cosine[:, None]), float(z), 0.0)
    cross = (RADIUS_cm / (gamma * beta2))[:, None] ** 2 / (2 * t + 2 * screening[:, None]) ** 2 * (nucleus + electrons)
    # 1 - P1 = 2 t, 1 - P2 = 6 t (1 - t)
    log_t = np.log(t)
    return np.trapezoid(cross * 2 * t * t, log_t, axis=1), np.trapezoid(cross * 6 * t * (1 - t) * t, log_t, axis=1)
