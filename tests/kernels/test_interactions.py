"""Single interactions of the transport kernel against their laws, integrated another way."""

from __future__ import annotations

import math
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray
from scipy.integrate import quad

from hevesy.kernels import transport
from hevesy.kernels.transport import PHOTON, POSITRON, Grid, Rules, Tables
from hevesy.matter.electron import collision_stopping, density_correction, radiative_stopping
from hevesy.matter.material import AVOGADRO_per_mol, Material, atomic_weight, material
from hevesy.matter.photon import coefficients
from hevesy.matter.transport_tables import tables
from hevesy.provenance import shipped_table

WATER, BONE = material("water"), material("cortical bone")
REST_keV = 510.99895
RADIUS_cm = 2.8179403e-13
RULES = Rules(1.0, 1.0, 10.0, 10.0, 0.05, 0.2, False, True)


def electron_table(matter: Material, rules: Rules, charge: int, energy_keV: float) -> NDArray[np.float64]:
    """The row of a material's table at an energy, interpolated as the kernel does."""
    found = tables([matter], [1.0], rules)
    place = (math.log(energy_keV) - found.electron_start) * found.electron_per
    at = int(place)
    low, high = found.electron[0, charge, at], found.electron[0, charge, at + 1]
    return np.asarray(low + (place - at) * (high - low))


def bhabha(energy_keV: float, share: float) -> float:
    """Bhabha's law in its first form (Proc. R. Soc. A 154 (1936) 195), as ICRU Report 37 (1984) has it, equation 2.10."""
    gamma = energy_keV / REST_keV + 1
    b2 = 1 - 1 / gamma**2
    y = 1 / (gamma + 1)
    terms = (2 - y**2, (1 - 2 * y) * (3 + y**2), (1 - 2 * y) ** 2 + (1 - 2 * y) ** 3, (1 - 2 * y) ** 3)
    return float(1 / share**2 - b2 * (terms[0] / share - terms[1] + terms[2] * share - terms[3] * share**2))


def moller(energy_keV: float, share: float) -> float:
    """Moller's law (Ann. Phys. 406 (1932) 531), ICRU Report 37 (1984), equation 2.8, in the energy given over the energy had."""
    tau = energy_keV / REST_keV
    return float(
        1 / share**2
        + 1 / (1 - share) ** 2
        + (tau / (tau + 1)) ** 2
        - (2 * tau + 1) / (tau + 1) ** 2 / (share * (1 - share))
    )


@njit
def drawn(which: int, energy: float, least: float, count: int) -> NDArray[np.float64]:
    found = np.empty(count)
    luck = np.zeros(4, dtype=np.uint64)
    for one in range(count):
        if which == 0:
            found[one] = transport._moller(energy, least, luck)
        elif which == 1:
            found[one] = transport._bhabha(energy, least, luck)
        else:
            found[one] = transport._brems(energy, least, luck)
    return found


@pytest.mark.parametrize("energy_keV", [30.0, 300.0, 2000.0])
@pytest.mark.parametrize(("which", "law", "most"), [(0, moller, 0.5), (1, bhabha, 1.0)])
def test_hard_collisions_are_drawn_from_their_law(which: int, law: Any, most: float, energy_keV: float) -> None:
    """Mean and mean square of the energy given, within 4 standard errors of the integrals."""
    least = 10.0
    whole = quad(lambda share: law(energy_keV, share), least / energy_keV, most, epsabs=0, limit=400)[0]
    given = drawn(which, energy_keV, least, 400_000)
    assert given.min() >= least * (1 - 1e-12)
    assert given.max() <= most * energy_keV * (1 + 1e-12)
    for power in (1, 2):
        mean = quad(
            lambda share, n=power: law(energy_keV, share) * (share * energy_keV) ** n,
            least / energy_keV,
            most,
            epsabs=0,
            limit=400,
        )[0]
        values = given**power
        assert values.mean() == pytest.approx(mean / whole, abs=4 * values.std() / math.sqrt(len(values)))


@pytest.mark.parametrize("matter", [WATER, BONE], ids=lambda one: one.name)
@pytest.mark.parametrize("energy_keV", [50.0, 500.0, 3000.0])
def test_what_is_drawn_and_what_is_continuous_add_up_to_bethe(matter: Material, energy_keV: float) -> None:
    """The restricted stopping power of electrons in closed form (Berger and Seltzer; ICRU Report 37, equation 2.19), rate times mean."""
    restricted, rate = electron_table(matter, RULES, 0, energy_keV)[:2]
    tau, part = energy_keV / REST_keV, 10.0 / energy_keV
    beta2 = tau * (tau + 2) / (tau + 1) ** 2
    f = -1 - beta2 + math.log(4 * (1 - part) * part) + 1 / (1 - part)
    f += (1 - beta2) * (tau**2 * part**2 / 2 + (2 * tau + 1) * math.log(1 - part))
    excitation = matter.excitation_eV * 1e-3
    log = 2 * math.log(energy_keV / excitation) + math.log(1 + tau / 2)
    scale = 2 * math.pi * RADIUS_cm**2 * REST_keV * matter.electrons_per_g / beta2
    closed = scale * (log + f - float(density_correction(matter, np.array([energy_keV]))[0]))
    assert restricted == pytest.approx(closed, rel=1e-3)
    given = drawn(0, energy_keV, 10.0, 400_000)
    whole = 1000 * float(collision_stopping(matter, np.array([energy_keV]))[0])
    error = 4 * rate * given.std() / math.sqrt(len(given))
    assert restricted + rate * given.mean() == pytest.approx(whole, abs=error + 5e-4 * whole)


@pytest.mark.parametrize("energy_keV", [100.0, 1000.0, 3000.0])
def test_bremsstrahlung_carries_the_radiative_stopping_power(energy_keV: float) -> None:
    rate = electron_table(WATER, RULES, 0, energy_keV)[transport.BREMS]
    photons = drawn(2, energy_keV, 10.0, 400_000)
    assert photons.min() >= 10.0 * (1 - 1e-12)
    assert photons.max() <= energy_keV
    whole = 1000 * float(radiative_stopping(WATER, np.array([energy_keV]))[0])
    assert rate * photons.mean() == pytest.approx(whole, rel=5e-3)


@pytest.mark.parametrize("matter", [WATER, BONE], ids=lambda one: one.name)
@pytest.mark.parametrize("energy_keV", [20.0, 200.0, 2000.0])
@pytest.mark.parametrize("charge", [0, 1])
def test_transport_coefficients_are_those_of_screened_mott_scattering(
    matter: Material, energy_keV: float, charge: int
) -> None:
    """With almost no soft collisions left (threshold of 1e-4 of the energy) what scatters is the nucleus: integrated over the angle."""
    from hevesy.matter.transport_tables import _transport

    found = [float(one[0]) for one in _transport(matter, np.array([energy_keV]), charge, 1e-6 * energy_keV)]
    gamma = energy_keV / REST_keV + 1
    beta = math.sqrt(1 - 1 / gamma**2)
    expected = np.zeros(2)
    for z, share in matter.fractions:
        momentum = gamma * beta
        # Thomas-Fermi radius 0.885 a0 Z^(-1/3); a0 = 1 / alpha in Compton wavelengths over 2 pi
        angle = z ** (1 / 3) / (137.036 * 0.88534 * momentum)
        a = angle**2 / 4 * (1.13 + 3.76 * (z / (137.036 * beta)) ** 2)
        sign = 1 if charge == 0 else -1

        def law(theta: float, z: int = z, a: float = a, sign: int = sign) -> float:
            s = math.sin(theta / 2)
            mott = 1 - beta**2 * s**2 + sign * math.pi * z / 137.036 * beta * s * (1 - s)
            return (
                (z * RADIUS_cm / (gamma * beta**2)) ** 2
                * mott
                / (1 - math.cos(theta) + 2 * a) ** 2
                * 2
                * math.pi
                * math.sin(theta)
            )

        for place, moment in enumerate((lambda t: 1 - math.cos(t), lambda t: 1.5 * math.sin(t) ** 2)):
            points = [math.sqrt(a) * factor for factor in (0.1, 1, 10, 100) if math.sqrt(a) * factor < 3]
            part = quad(lambda t, m=moment: law(t) * m(t), 0, math.pi, points=points, limit=800, epsabs=0)[0]
            expected[place] += AVOGADRO_per_mol * share / atomic_weight(z) * part
    assert found[0] == pytest.approx(expected[0], rel=2e-3)
    assert found[1] == pytest.approx(expected[1], rel=2e-3)


@njit
def first_of(matter: Tables, grid: Grid, rules: Rules, energy: float, count: int) -> tuple[int, int, float]:
    """Of photons that interact: how many set a pair free, how many do not, and what a pair carries on the mean."""
    stack = np.empty((transport.STACK, 8))
    one = np.zeros(1, dtype=np.int64)
    tally = transport.Tally(np.zeros(grid.shells + 2, dtype=np.int64), one, one.copy(), one.copy())
    pairs, others, carried = 0, 0, 0.0
    for number in range(count):
        luck = np.zeros(4, dtype=np.uint64)
        luck[0] = np.uint64(number)
        stack[0, :] = 0.0
        stack[0, 0], stack[0, 1], stack[0, 7] = PHOTON, energy, 1.0
        top = transport._photon(matter, grid, rules, stack, 1, tally, luck)
        positron = False
        for place in range(top):
            positron = positron or stack[place, 0] == POSITRON
        if positron:
            pairs += 1
            for place in range(top):
                carried += stack[place, 1]
        else:
            others += 1
    return pairs, others, carried / max(pairs, 1)


@pytest.mark.parametrize("matter", [WATER, BONE], ids=lambda one: one.name)
def test_pairs_are_as_many_as_their_coefficient_says(matter: Material) -> None:
    """At 2614.5 keV (Tl-208): share of the interactions that are not coherent, and 2614.5 - 1022.0 keV for the two."""
    grid = Grid(
        np.ones(3, np.int64), np.ones(3), np.ones(3), np.zeros(1, np.uint8), np.ones(1, np.float32), 300, 1e-4, 10.0
    )
    energy = 2614.511
    rules = RULES._replace(photon_cut=1e6)
    pairs, others, carried = first_of(tables([matter], [1.0], rules), grid, rules, energy, 200_000)
    law = coefficients(matter, np.array([energy]))
    share = float((law.pair / (law.total - law.coherent))[0])
    assert pairs / (pairs + others) == pytest.approx(share, abs=4 * math.sqrt(share / 200_000))
    assert carried == pytest.approx(energy - 2 * REST_keV, rel=1e-9)


@njit
def ahead(
    grid: Grid, point: NDArray[np.float64], way: NDArray[np.float64], thickness: float
) -> tuple[float, float, float, int]:
    return transport._ahead(grid, point[0], point[1], point[2], way[0], way[1], way[2], thickness)


@pytest.mark.parametrize("size_cm", [0.1, 0.3, 0.7])
def test_a_step_along_a_wall_ends_and_counts_all_it_crosses(size_cm: float) -> None:
    """From walls, edges and corners, along them and almost along them, 0.5 g/cm2 of two alternating densities."""
    shape = (9, 9, 9)
    density = np.where(np.indices(shape).sum(axis=0) % 2 == 0, 1.0, 0.25).astype(np.float32)
    grid = Grid(
        np.array(shape),
        np.full(3, size_cm),
        np.full(3, 1 / size_cm),
        np.zeros(density.size, np.uint8),
        density.ravel(),
        0,
        1.0,
        1.0,
    )
    rng = np.random.default_rng(1)
    tilts = [0.0, 1e-17, -1e-17, 1e-12, -1e-12, 1e-7, -1e-7, 0.3]
    for number in range(2000):
        point = size_cm * rng.integers(2, 7, 3).astype(float)
        if number % 2:
            point[rng.integers(0, 3)] += size_cm * rng.random()
        way = np.array([rng.choice(tilts), rng.choice(tilts), 1.0])[rng.permutation(3)]
        way /= np.linalg.norm(way)
        x, y, z, cell = ahead(grid, point, way, 0.2 * size_cm)
        end = np.array([x, y, z])
        gone = float((end - point) @ way)
        assert 0.2 * size_cm * (1 - 1e-6) <= gone + 1e-6 <= 0.8 * size_cm * (1 + 1e-6) + 1e-6
        assert np.abs(end - point - gone * way).max() < 1e-6
        assert cell >= 0


def computed() -> Any:
    path = Path(__file__).parents[2] / "tools" / "compute_point_kernels.py"
    spec = util.spec_from_file_location("compute_point_kernels", path)
    assert spec is not None
    assert spec.loader is not None
    found = util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize(
    ("name", "place"), [("electron", 8), ("electron", 26), ("positron", 30), ("photon", 14), ("photon", 29)]
)
def test_the_shipped_kernels_are_what_the_transport_gives(name: str, place: int) -> None:
    """Made anew with other luck: at every radius within 5 standard errors of the two, so that a change of the physics is seen."""
    tool = computed()
    tool.SEED = 977
    energy = float(tool.ENERGIES[name][place])
    rows, _ = shipped_table("radiation", "point_kernels")
    own = [row for row in rows if row["particle"] == name and row["energy_keV"] == f"{energy:.6g}"]
    play = tool.photons if name == "photon" else tool.electrons
    unit, within, _ = play(name, energy, place, 20_000, material("water"))
    share, error = within.mean(0), tool.standard_error(within)
    assert unit == pytest.approx(float(own[0]["unit_cm"]), rel=1e-5)
    shipped = np.array([float(row["share"]) for row in own])
    both = np.hypot(error, [float(row["standard_error"]) for row in own])
    assert len(share) == len(shipped)
    assert (np.abs(share - shipped) <= 5 * both + 2e-4).all()
    assert shipped.max() > 0.9
