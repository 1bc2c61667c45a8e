"""Write point_kernels.csv and produced_photons.csv of src/hevesy/radiation/data: energy left around a point.

Usage: python tools/compute_point_kernels.py [electron] [positron] [photon] [--matter bone]     (all: some minutes)

Hevesy's own transport: electrons and positrons of 1 keV to 3.5 MeV and photons of 1 keV to 4 MeV, each from a point in
water without end, or in cortical bone (files that end with _bone). Radii are in units of the range in continuous
slowing down for electrons, of the mean free path for photons, at 24 a decade. Kinds not named keep their rows.

Electrons and positrons leave what they lose in collisions. The photons they make are not followed but counted by their
energy, in the second table: bremsstrahlung, and of positrons what annihilation in flight gives more than two photons
of 511 keV, which belong to the nuclide's own lines (so that the share at 511 keV may be negative).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

from hevesy.kernels.random import stream
from hevesy.kernels.transport import (
    ELECTRON,
    EMITTED,
    ESCAPED,
    EXTRA,
    PHOTON,
    POSITRON,
    STACK,
    WAITING,
    ELECTRON_keV,
    Emitted,
    Floats,
    Grid,
    Ints,
    Rules,
    Tables,
    Tally,
    TICKS_PER_keV,
    _begin,
    _electron,
    histories,
    settle,
)
from hevesy.matter.electron import csda_range_g_per_cm2
from hevesy.matter.material import Material, material
from hevesy.matter.photon import HIGHEST_keV, coefficients
from hevesy.matter.transport_tables import tables

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "radiation" / "data"
PER_DECADE, SEED, WORKERS, BATCHES = 24, 131, 2, 10
ENERGIES = {
    "electron": np.geomspace(1, 3500, 40),
    "positron": np.geomspace(1, 3500, 40),
    "photon": np.geomspace(1, 4000, 40),
}
MATTERS = {"water": "water", "bone": "cortical bone (ICRP)"}
KINDS = {"electron": ELECTRON, "positron": POSITRON, "photon": PHOTON}
SPAN = {"electron": (1e-4, 1.6), "positron": (1e-4, 1.6), "photon": (1e-5, 40.0)}
HISTORIES = {"electron": 100_000, "positron": 100_000, "photon": 200_000}
BINS, BINS_PER_DECADE = 60, 16
"""Of produced photons, from 1 keV."""
AT_REST = BINS
"""Place of the photons of positrons that annihilate at rest, after the bins."""


class Played(NamedTuple):
    """Histories of one energy: unit of radius (cm), cumulative share of the energy by radius, and of produced photons.

    Of these by bin and then at 511 keV; each of shape (batches, ...).
    """

    unit_cm: float
    within: Floats
    produced: Floats


def bin_keV() -> Floats:
    """What stands for the energy of a bin: its middle, within the tables of photons; and 511 keV."""
    edges = 10 ** (np.arange(BINS + 1) / BINS_PER_DECADE)
    return np.append(np.minimum(0.5 * (edges[1:] + edges[:-1]), HIGHEST_keV), ELECTRON_keV)


@njit(error_model="numpy", fastmath=True, _nrt=False)
def _followed(
    matter: Tables,
    grid: Grid,
    emitted: Emitted,
    rules: Rules,
    first: int,
    end: int,
    stack: Floats,
    tally: Tally,
    luck: NDArray[np.uint64],
    produced: Ints,
) -> None:
    """Histories of charged particles `first` to `end`; photons are only counted, in ticks by bin."""
    for one in range(first, end):
        luck[0], luck[1] = uint64(one), uint64(0)
        top = _begin(emitted, grid, rules, stack, tally, luck)
        while top > 0:
            if int(stack[top - 1, 0]) == PHOTON:
                top -= 1
                energy = stack[top, 1]
                place = int(math.log10(energy) * BINS_PER_DECADE)
                place = 0 if place < 0 else BINS - 1 if place > BINS - 1 else place
                if energy == ELECTRON_keV:
                    place = AT_REST
                produced[place] += int(energy * TICKS_PER_keV + 0.5)
            else:
                top = _electron(matter, grid, rules, stack, top, tally, luck)
    settle(tally)


@njit(error_model="numpy", fastmath=True)
def charged(
    matter: Tables,
    grid: Grid,
    emitted: Emitted,
    rules: Rules,
    seed: np.uint64,
    number: int,
    first: int,
    count: int,
    ticks: Ints,
    produced: Ints,
) -> None:
    """As `histories`, of electrons and positrons and by one worker; photons are counted and not followed."""
    stack = np.empty((STACK, 8))
    luck = np.zeros(4, dtype=np.uint64)
    luck[2], luck[3] = seed, uint64(number)
    waiting = np.empty((2, WAITING), np.int64)
    tally = Tally(ticks, waiting[0], waiting[1], np.zeros(1, dtype=np.int64))
    _followed(matter, grid, emitted, rules, first, first + count, stack, tally, luck, produced)


def shells_about(unit_cm: float, low: float, high: float) -> Grid:
    """Water or what else without end, scored in shells."""
    per = PER_DECADE / math.log(10)
    return Grid(
        np.ones(3, np.int64),
        np.ones(3),
        np.ones(3),
        np.zeros(1, np.uint8),
        np.ones(1, np.float32),
        round(math.log(high / low) * per) + 1,
        low * unit_cm,
        per,
    )


def electrons(name: str, energy_keV: float, place: int, count: int, matter: Material) -> Played:
    """Electrons or positrons of one energy in matter of 1 g/cm3."""
    cut = max(1.0, 0.01 * energy_keV)
    rules = Rules(1.0, min(cut, 0.5 * energy_keV), cut, 1.0, 0.03, 0.2, False, True)
    unit = csda_range_g_per_cm2(matter, energy_keV)
    grid = shells_about(unit, *SPAN[name])
    emitted, number = _alone(name, energy_keV, place, matter)
    found = tables([matter], [1.0], rules)
    within, produced = [], []
    each = count // BATCHES
    for batch in range(BATCHES):
        total, photons = np.zeros(grid.shells + EXTRA, np.int64), np.zeros(BINS + 1, np.int64)
        charged(found, grid, emitted, rules, np.uint64(SEED), number, batch * each, each, total, photons)
        made = photons.astype(float)
        rest = 2 * ELECTRON_keV * TICKS_PER_keV * each if name == "positron" else 0.0
        # two photons of 511 keV a positron are the nuclide's own
        made[AT_REST] -= rest
        started = total[EMITTED] - rest
        within.append(np.cumsum(total[:ESCAPED]) / started)
        produced.append(made / started)
    return Played(unit, np.array(within), np.array(produced))


def photons(name: str, energy_keV: float, place: int, count: int, matter: Material) -> Played:
    """Photons of one energy in matter of 1 g/cm3, with all they set free."""
    rules = Rules(1.0, max(1.0, 0.02 * energy_keV), max(2.0, 0.04 * energy_keV), 5.0, 0.1, 0.3, False, True)
    unit = 1 / float(coefficients(matter, np.array([energy_keV])).total[0])
    grid = shells_about(unit, *SPAN[name])
    emitted, number = _alone(name, energy_keV, place, matter)
    found = tables([matter], [1.0], rules)
    within = []
    each = count // BATCHES
    for batch in range(BATCHES):
        tally = np.zeros((WORKERS, grid.shells + EXTRA), np.int64)
        histories(found, grid, emitted, rules, np.uint64(SEED), number, batch * each, each, tally)
        total = tally.sum(0)
        within.append(np.cumsum(total[:ESCAPED]) / total[EMITTED])
    return Played(unit, np.array(within), np.zeros((BATCHES, 0)))


def _alone(name: str, energy_keV: float, place: int, matter: Material) -> tuple[Emitted, int]:
    """A source of one energy, and luck of its own, so that errors of single energies do not add up in a nuclide."""
    own = 256 * list(MATTERS.values()).index(matter.name) + 64 * KINDS[name] + place
    nowhere = np.zeros(0, np.int64), np.zeros(0)
    emitted = Emitted(KINDS[name], np.array([energy_keV]), np.array([1.0]), False, *nowhere)
    return emitted, stream("transport", own)


def standard_error(batches: Floats) -> Floats:
    """Of the mean over batches, the first axis."""
    return np.asarray(batches.std(0, ddof=1) / math.sqrt(len(batches)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables of a matter and their descriptions; of kinds not asked for the rows stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", help="electron, positron, photon; all by default")
    parser.add_argument("--matter", choices=sorted(MATTERS), default="water")
    asked = parser.parse_args(arguments)
    wanted = asked.kinds or list(ENERGIES)
    if not set(wanted) <= set(ENERGIES):
        parser.error(f"kinds are {', '.join(ENERGIES)}, got {' '.join(wanted)}")
    end, matter = ("" if asked.matter == "water" else f"_{asked.matter}"), material(MATTERS[asked.matter])
    kernels, made = _kept(f"point_kernels{end}", wanted), _kept(f"produced_photons{end}", wanted)
    for name in wanted:
        kernels[name], made[name] = [], []
        for place, energy in enumerate(ENERGIES[name].tolist()):
            play = photons if name == "photon" else electrons
            _enter(name, energy, play(name, energy, place, HISTORIES[name], matter), kernels[name], made[name])
    _write(f"point_kernels{end}", matter, KERNEL_COLUMNS, kernels.values())
    _write(f"produced_photons{end}", matter, PRODUCED_COLUMNS, made.values())


def _enter(name: str, energy: float, one: Played, kernels: list[list[str]], made: list[list[str]]) -> None:
    """The rows of one energy."""
    share, error = one.within.mean(0), standard_error(one.within)
    print(f"{name} {energy:.5g} keV: {share[-1]:.5f} + {one.produced.mean(0).sum():.5f}", file=sys.stderr, flush=True)
    for place, (value, u) in enumerate(zip(share, error, strict=True)):
        radius = SPAN[name][0] * 10 ** (place / PER_DECADE)
        kernels.append([name, f"{energy:.6g}", f"{one.unit_cm:.6g}", f"{radius:.6g}", f"{value:.6g}", f"{u:.2g}"])
    for photon, batches in zip(bin_keV(), one.produced.T, strict=False):
        if batches.any():
            u = standard_error(batches)
            made.append([name, f"{energy:.6g}", f"{photon:.6g}", f"{batches.mean():.6g}", f"{u:.2g}"])


KERNEL_COLUMNS = {
    "particle": "electron, positron (collisions only, without photons), photon",
    "energy_keV": "keV",
    "unit_cm": "cm in matter of 1 g/cm3: range in continuous slowing down, or mean free path",
    "radius": "in units of unit_cm",
    "share": "of the energy within the radius",
    "standard_error": "of the share, statistical",
}
PRODUCED_COLUMNS = {
    "particle": "electron, positron",
    "energy_keV": "keV, of the particle at its start",
    "photon_keV": "keV, the middle of a bin (16 a decade from 1 keV), and 511 keV",
    "share": "of the particle's energy that it hands to photons of the bin; at 511 keV negative: two photons for each "
    "positron annihilated in flight, which are with the nuclide's lines",
    "standard_error": "of the share, statistical",
}


def _kept(table: str, wanted: Sequence[str]) -> dict[str, list[list[str]]]:
    """Rows by kind as they lie there, of the kinds in their order; those asked for are to be made again."""
    kept: dict[str, list[list[str]]] = {name: [] for name in ENERGIES}
    if len(wanted) < len(ENERGIES):
        for row in list(csv.reader((DATA / f"{table}.csv").open(encoding="utf-8")))[1:]:
            kept[row[0]].append(row)
    return kept


def _write(table: str, matter: Material, columns: dict[str, str], groups: Iterable[list[list[str]]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for rows in groups:
        writer.writerows(rows)
    content = text.getvalue().encode()
    (DATA / f"{table}.csv").write_bytes(content)
    (DATA / f"{table}.toml").write_text(
        'work = "Hevesy"\n'
        f'locator = "tools/compute_point_kernels.py: class II condensed histories in {matter.name}, seed 131"\n'
        'origin = "computed"\n'
        'licence = "MIT"\n'
        'made_by = "tools/compute_point_kernels.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n" + "".join(f'{name} = "{meaning}"\n' for name, meaning in columns.items()),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
