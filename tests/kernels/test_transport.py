"""The transport kernel: random numbers, energy balance, laws of scattering, ranges; the same for any number of workers."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from hevesy.kernels import transport
from hevesy.kernels.random import stream
from hevesy.kernels.transport import ELECTRON, PHOTON, POSITRON, Emitted, Grid, Rules, Tables, histories
from hevesy.kernels.transport_batches import OnCpu
from hevesy.matter.electron import csda_range_g_per_cm2
from hevesy.matter.material import material
from hevesy.matter.photon import coefficients, recoil_share
from hevesy.matter.transport_tables import tables

WATER = material("water")
FINE = Rules(1.0, 1.0, 1.0, 1.0, 0.05, 0.2, False, True)
LOCAL = Rules(10.0, 10.0, 20.0, 20.0, 0.2, 0.3, True, True)
PER = 60 / math.log(10)


def shells(first_cm: float = 1e-5, last_cm: float = 100.0) -> tuple[Grid, NDArray[np.float64]]:
    count = int(math.log(last_cm / first_cm) * PER) + 1
    edges = first_cm * np.exp(np.arange(count) / PER)
    grid = Grid(
        np.ones(3, np.int64),
        np.ones(3),
        np.ones(3),
        np.zeros(1, np.uint8),
        np.ones(1, np.float32),
        count,
        first_cm,
        PER,
    )
    return grid, edges


def cube(edge: int, size_cm: float) -> Grid:
    return Grid(
        np.full(3, edge, np.int64),
        np.full(3, size_cm),
        np.full(3, 1 / size_cm),
        np.zeros(1, np.uint8),
        np.ones(1, np.float32),
        0,
        1.0,
        1.0,
    )


def run(
    kind: int, energy_keV: float, count: int, rules: Rules, grid: Grid, workers: int = 1, seed: int = 5, voxel: int = -1
) -> NDArray[np.int64]:
    place = (np.array([voxel], np.int64), np.ones(1)) if voxel >= 0 else (np.zeros(0, np.int64), np.zeros(0))
    emitted = Emitted(kind, np.array([energy_keV]), np.ones(1), False, *place)
    cells = grid.shells or int(np.prod(grid.shape))
    tally = np.zeros((workers, cells + 2), np.int64)
    histories(
        tables([WATER], [1.0], rules), grid, emitted, rules, np.uint64(seed), stream("transport"), 0, count, tally
    )
    return np.asarray(tally.sum(axis=0))


@pytest.mark.parametrize(
    ("kind", "energy_keV", "rules"),
    [
        (PHOTON, 364.489, FINE),
        (PHOTON, 364.489, LOCAL),
        (PHOTON, 2500.0, LOCAL),
        (ELECTRON, 600.0, FINE),
        (POSITRON, 600.0, FINE),
        (PHOTON, 30.0, FINE),
    ],
)
def test_energy_is_conserved(kind: int, energy_keV: float, rules: Rules) -> None:
    """Scored and escaped are what was emitted, to 1e-6, also with pairs, bremsstrahlung and annihilation."""
    found = run(kind, energy_keV, 300, rules, shells()[0])
    assert found[:-1].sum() / found[-1] == pytest.approx(1, abs=1e-6)
    found = run(kind, energy_keV, 300, rules, cube(8, 0.5), voxel=219)
    assert found[:-1].sum() / found[-1] == pytest.approx(1, abs=1e-6)


def test_one_two_and_eight_workers_find_the_same() -> None:
    first = run(ELECTRON, 300.0, 400, FINE, shells()[0], 1)
    assert (run(ELECTRON, 300.0, 400, FINE, shells()[0], 2) == first).all()
    assert (run(ELECTRON, 300.0, 400, FINE, shells()[0], 8) == first).all()
    assert (run(ELECTRON, 300.0, 400, FINE, shells()[0], 1, seed=6) != first).any()


@njit
def drawn(count: int) -> NDArray[np.float64]:
    found = np.empty((count, 4))
    luck = np.zeros(4, dtype=np.uint64)
    for one in range(count):
        luck[0], luck[1] = np.uint64(one // 50), np.uint64(one % 50)
        found[one] = transport._four(luck)
    return found


def test_the_random_stream_has_no_bias_of_a_thousandth() -> None:
    """Means, squares, and products of neighbours, of four million numbers: 1/2, 1/3 and 1/4 within 4 standard errors, below 1e-3."""
    numbers = drawn(1_000_000)
    n = numbers.size
    assert numbers.mean() == pytest.approx(0.5, abs=4 / math.sqrt(12 * n))
    assert (numbers**2).mean() == pytest.approx(1 / 3, abs=4 * math.sqrt(4 / 45 / n))
    for a, b in ((0, 1), (1, 2), (2, 3), (3, 0)):
        assert (numbers[:, a] * numbers[:, b]).mean() == pytest.approx(0.25, abs=4 * math.sqrt(7 / 144 * 4 / n))
    counts, _ = np.histogram(numbers, 100, (0, 1))
    assert np.abs(counts / (n / 100) - 1).max() < 5 / math.sqrt(n / 100)


@njit
def scattered(matter: Tables, energy: float, count: int) -> tuple[float, float]:
    total, cosine = 0.0, 0.0
    luck = np.zeros(4, dtype=np.uint64)
    for _ in range(count):
        u, _, _, _ = transport._four(luck)
        turn = transport._compton(matter, 0, math.log(energy), u)
        total += energy - energy / (1.0 + energy / 510.99895 * turn)
        cosine += 1.0 - turn
    return total / count / energy, cosine / count


def table_of_water(column: str, x: NDArray[np.float64], power: int) -> NDArray[np.float64]:
    """A column of the scattering table for a molecule of water, read anew."""
    text = (Path(transport.__file__).parents[1] / "matter" / "data" / "photon_scattering.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    total = np.zeros_like(x)
    for z, atoms in ((1, 2), (8, 1)):
        own = [row for row in rows if row["z"] == str(z)]
        total += (
            atoms
            * np.interp(x, [float(row["x_per_angstrom"]) for row in own], [float(row[column]) for row in own]) ** power
        )
    return total


@pytest.mark.parametrize("energy_keV", [20.0, 60.0, 140.0, 364.489, 662.0, 1500.0, 2900.0])
def test_incoherent_scattering_gives_electrons_the_mean_energy_of_klein_and_nishina(energy_keV: float) -> None:
    """With binding, by direct integration over the cosine: within 4e-3 (statistics 1e-3, interpolation of the table 3e-3)."""
    share, _ = scattered(tables([WATER], [1.0], LOCAL), energy_keV, 400_000)
    cosine = np.linspace(-1, 1, 200_001)
    kept = 1 / (1 + energy_keV / 510.99895 * (1 - cosine))
    law = kept**2 * (kept + 1 / kept - 1 + cosine**2)
    law *= table_of_water("scattering_function", energy_keV / 12.398419843 * np.sqrt((1 - cosine) / 2), 1)
    assert share == pytest.approx((law * (1 - kept)).sum() / law.sum(), rel=4e-3)
    if energy_keV > 300:
        assert share == pytest.approx(recoil_share(np.array([energy_keV]))[0], rel=4e-3)


def test_photons_reach_as_far_as_the_attenuation_says() -> None:
    """A photon of 60 keV in a thin shell: what has been scored first within one mean free path is 1 - 1/e of the photons that interact.

    By the kerma of the first collision: share within r of energy of uncollided photons is 1 - exp(-mu r) times the mean energy left.
    """
    found = coefficients(WATER, np.array([15.0]))
    mu = float(found.total[0])
    # at 15 keV most of the energy is left by the photoelectric effect: within 0.05 mean free paths multiple scattering is negligible
    grid, edges = shells(1e-3 / mu, 40 / mu)
    energy = run(PHOTON, 15.0, 400_000, LOCAL._replace(photon_cut=1.0), grid)
    share = np.cumsum(energy[:-2]) / energy[-1]
    r = 0.05
    single = float((found.photoelectric + found.incoherent * recoil_share(np.array([15.0])))[0] / mu) * (
        1 - math.exp(-r)
    )
    assert np.interp(r / mu, edges, share) == pytest.approx(single, rel=0.03)


def test_coherent_scattering_is_by_the_form_factor() -> None:
    """Mean cosine at 30 keV against direct integration of the squared form factor of water with Thomson's law."""
    matter = tables([WATER], [1.0], LOCAL)

    @njit
    def mean(tabled: Tables, count: int) -> float:
        luck = np.zeros(4, dtype=np.uint64)
        total = 0.0
        for _ in range(count):
            total += transport._rayleigh(tabled, 0, 30.0, luck)
        return total / count

    cosine = np.linspace(-1, 1, 200_001)
    weight = table_of_water("form_factor", 30.0 / 12.398419843 * np.sqrt((1 - cosine) / 2), 2)
    weight *= 1 + cosine**2
    expected = (weight * cosine).sum() / weight.sum()
    assert mean(matter, 300_000) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("energy_keV", [20.0, 100.0, 500.0])
def test_no_electron_goes_further_than_its_range(energy_keV: float) -> None:
    """Almost all energy lies within the range in continuous slowing down, and a good part of it is really reached."""
    range_cm = csda_range_g_per_cm2(WATER, energy_keV)
    grid, edges = shells(1e-4 * range_cm, 3 * range_cm)
    found = run(ELECTRON, energy_keV, 2000, FINE, grid)
    share = np.cumsum(found[:-2]) / found[-1]
    assert np.interp(1.05 * range_cm, edges, share) > 0.995
    assert np.interp(0.6 * range_cm, edges, share) < 0.95


def test_positrons_end_in_two_photons() -> None:
    """Of a positron of 10 keV (range 2.5 um) its kinetic energy stays within 10 um, and 1022 keV leave."""
    grid, _ = shells(1e-6, 1e-3)
    found = run(POSITRON, 10.0, 4000, FINE, grid)
    assert found[-1] / 4000 / 65536 == pytest.approx(10 + 1021.9979, rel=1e-6)
    assert found[:-2].sum() / 4000 / 65536 == pytest.approx(10.0, abs=0.15)
    alone = run(POSITRON, 10.0, 400, FINE._replace(annihilates=False), grid)
    assert alone[-1] / 400 / 65536 == pytest.approx(10.0, rel=1e-6)


def test_the_functions_for_a_gpu_follow_the_same_histories() -> None:
    """In numba's CUDA simulator, as plain Python: two batches of a few histories leave what they leave on the CPU.

    Not a run on a GPU: it shows that the kernels, their local arrays and what they add up and keep between batches are right, and is a
    second, uncompiled execution of every function.
    """
    import json
    import os
    import subprocess
    import sys

    from tests.kernels.transport_simulated import CASES, KEV_PER_TICK, REGIONS, RULES, grid, two_batches

    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-m", "tests.kernels.transport_simulated"]
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    theirs_rows, theirs, theirs_squared = (np.array(one) for one in json.loads(done.stdout))
    matter = tables([WATER], [1.0], RULES)
    rows, ticks, squared = two_batches(OnCpu.opened(matter, grid(), RULES, 5, len(CASES), REGIONS, 2))
    assert (theirs[:, -1] == ticks[:, -1]).all()
    assert theirs[:, :-1].sum(axis=1) / theirs[:, -1] == pytest.approx(1, abs=1e-6)
    assert (np.abs(theirs - ticks).sum(axis=1) <= 2e-3 * theirs[:, -1]).all()
    assert np.abs(theirs_rows - np.array(rows)).max() <= 2e-3 * theirs[:, -1].max()
    # what the regions got is what the maps hold, on both
    for found_rows, found in ((theirs_rows, theirs), (np.array(rows), ticks)):
        both = found_rows[: len(CASES)] + found_rows[len(CASES) :]
        assert (both == np.column_stack([found[:, cells].sum(axis=1) for cells in REGIONS])).all()
    assert np.abs(theirs_squared - squared).sum() <= 5e-3 * squared.sum()
    assert squared.sum() > 0
    assert (squared >= 0.99 * (np.array(KEV_PER_TICK) @ ticks[:, :-2]) ** 2 / 15).all()


@njit
def annihilated(energy: float, count: int) -> tuple[float, float]:
    stack = np.empty((4, 8))
    luck = np.zeros(4, dtype=np.uint64)
    least, balance = 0.0, 0.0
    for _ in range(count):
        transport._annihilate_in_flight(stack, 0, energy, 0.0, 0.0, 0.0, 0.0, 0.6, 0.8, luck)
        one, other = min(stack[0, 1], stack[1, 1]), max(stack[0, 1], stack[1, 1])
        least += one / (one + other)
        along = 0.6 * (one * stack[0, 6] + other * stack[1, 6]) + 0.8 * (one * stack[0, 7] + other * stack[1, 7])
        balance += abs(along - math.sqrt(energy * (energy + 2 * 510.99895)))
    return least / count, balance / count


@pytest.mark.parametrize("energy_keV", [50.0, 800.0, 2000.0])
def test_annihilation_in_flight_keeps_energy_and_momentum(energy_keV: float) -> None:
    """The smaller photon's mean share by direct integration of Heitler's law; momentum along the flight is the positron's."""
    share, balance = annihilated(energy_keV, 200_000)
    gamma = energy_keV / 510.99895 + 1
    least = 1 / (gamma + 1 + math.sqrt(gamma**2 - 1))
    z = np.linspace(least, 0.5, 200_001)
    law = np.sum([-((gamma + 1) ** 2) + (gamma**2 + 4 * gamma + 1) / one - 1 / one**2 for one in (z, 1 - z)], axis=0)
    assert share == pytest.approx((law * z).sum() / law.sum(), rel=3e-3)
    assert balance < 1e-6 * energy_keV + 1e-3


def test_some_positrons_annihilate_in_flight() -> None:
    """Of positrons of 1 MeV 3.6 % do in water, by integration of the cross section over the slowing down."""
    from hevesy.matter.electron import collision_stopping, radiative_stopping
    from hevesy.matter.transport_tables import _flight_cm2

    energy = np.linspace(1.0, 1000.0, 4000)
    per = (
        _flight_cm2(energy)
        * WATER.electrons_per_g
        / (1000 * (collision_stopping(WATER, energy, 1) + radiative_stopping(WATER, energy)))
    )
    expected = float(np.trapezoid(per, energy))
    assert expected == pytest.approx(0.0363, abs=0.002)
    lost = energy * per
    grid, _ = shells(1e-4, 3.0)
    quiet = FINE._replace(annihilates=False, photon_cut=1e9)
    found = run(POSITRON, 1000.0, 6000, quiet, grid)
    away = found[-2] / found[-1]
    assert away == pytest.approx(float(np.trapezoid(lost, energy)) / 1000, rel=0.25)
