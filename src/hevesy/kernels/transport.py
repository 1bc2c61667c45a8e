"""Photons, electrons and positrons through matter, one history after another.

Photons are tracked by Woodcock's method; electrons and positrons by condensed histories of class II: collisions above a
threshold and bremsstrahlung one by one, the rest as a continuous loss with the deflection at a random point of each
step (random hinge). Energies are in keV, lengths in cm, densities in g/cm3, cross sections in cm2/g. Energy is scored
in whole ticks, so that sums do not depend on the order of histories; each history has its own random numbers, so that
they do not depend on who runs it.

Every function takes and gives numbers and arrays only, so that the same source compiles for a CPU and for a GPU.

Sources: E. Woodcock et al., ANL-7050 (1965) 557; M. J. Berger, Methods Comput. Phys. 1 (1963) 135; F. Salvat,
PENELOPE-2018 (OECD/NEA 2019), chapter 4, for the random hinge and the angle that matches two moments.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit, prange, uint32, uint64
from numba.extending import overload
from numpy.typing import NDArray

from hevesy.kernels.random import philox

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# nothing compiled so makes or keeps an array: counting references to the tables was a sixth of a photon's time
compiled = njit(cache=True, error_model="numpy", fastmath=True, _nrt=False)
inlined = njit(cache=True, error_model="numpy", fastmath=True, _nrt=False, inline="always")

ELECTRON_keV = 510.99895
TICKS_PER_keV = 65536.0
PHOTON, ELECTRON, POSITRON = 0, 1, 2
TOTAL, PHOTOELECTRIC, COHERENT, PAIR = 0, 1, 2, 3
STOPPING, HARD, BREMS, FIRST, SECOND, FLIGHT = 0, 1, 2, 3, 4, 5
STACK = 512
WAITING = 64
OVER_cm = 1e-9
"""How far behind a wall a particle is set down."""
ESCAPED, EMITTED, EXTRA = -2, -1, 2
"""Places of a tally after those of its cells, and how many these are: what left, and what was started."""


class Tables(NamedTuple):
    """What materials do, at equal steps of the logarithm of the energy."""

    photon_start: float
    photon_per: float
    """Logarithm of the first energy (keV) and steps per unit of the logarithm."""
    photon: Floats
    """By material and energy: total coefficient (cm2/g); shares of photoelectric, and with coherent, and with pair
    (cumulative)."""
    majorant: Floats
    """By energy: the largest coefficient anywhere (1/cm)."""
    x_start: float
    x_per: float
    coherent: Floats
    """By material and x: integral of the squared form factor over x squared, from 0."""
    compton_start: float
    compton_per: float
    compton: NDArray[np.float32]
    """By material, energy and equal steps of probability: 1 - cos(angle) of incoherent scattering."""
    electron_start: float
    electron_per: float
    electron: Floats
    """By material, charge (electron, positron), energy: restricted stopping (keV cm2/g), rates of hard collisions and
    of bremsstrahlung, first and second transport coefficient, rate of annihilation in flight (cm2/g)."""


class Grid(NamedTuple):
    """Where matter is.

    Voxels of a material and a density, or (`shells` > 0) one material everywhere scored in shells about the origin.
    """

    shape: Ints
    """Voxels along x, y and z."""
    size: Floats
    """Edges of a voxel, cm."""
    per_cm: Floats
    """Voxels per cm along x, y and z."""
    material: NDArray[np.uint8]
    density: NDArray[np.float32]
    """By voxel, z fastest; a single one: the same everywhere."""
    shells: int
    first_cm: float
    """Outer radius of the first shell."""
    per_e: float
    """Shells per unit of the logarithm of the radius; past the last shell energy has escaped."""


class Emitted(NamedTuple):
    """What starts a history: one kind of particle, of a line or between two energies of a table."""

    kind: int
    energy: Floats
    cumulative: Floats
    continuous: bool
    voxel: Ints
    """Flat indices of voxels with activity; empty: the origin."""
    voxel_cumulative: Floats


class Tally(NamedTuple):
    """Where energy was left, in ticks.

    Scores wait and are added many at once: the memory of a large grid is far away, and a processor that has many
    places to fetch fetches them together.
    """

    ticks: Ints
    """By cell, escaped and emitted."""
    place: Ints
    waiting: Ints
    """Of what waits, the place and the ticks."""
    held: Ints
    """How many wait."""


class Rules(NamedTuple):
    """How finely.

    Cut-offs and thresholds of hard events (keV), largest share of energy lost and of the transport length in a step.
    """

    photon_cut: float
    electron_cut: float
    hard_from: float
    brems_from: float
    loss: float
    turn: float
    local_electrons: bool
    """Electrons leave their energy where they start."""
    annihilates: bool
    """Positrons end in two photons; otherwise they are stopped as electrons are and their photons are somebody
    else's."""


@inlined
def _larger(one: float, other: float) -> float:
    """The larger of two: not every CUDA compiler of numba knows `max`."""
    return one if one > other else other


@inlined
def _smaller(one: float, other: float) -> float:
    """The smaller of two."""
    return one if one < other else other


@inlined
def _four(luck: NDArray[np.uint64]) -> tuple[float, float, float, float]:
    """Four uniform numbers in (0, 1) and on to the next block of this history."""
    a, b, c, d = philox(
        uint32(luck[1]),
        uint32(luck[0]),
        uint32(luck[0] >> uint64(32)),
        uint32(luck[3]),
        uint32(luck[2]),
        uint32(luck[2] >> uint64(32)),
    )
    luck[1] += uint64(1)
    scale = 2.0**-32
    return (float(a) + 0.5) * scale, (float(b) + 0.5) * scale, (float(c) + 0.5) * scale, (float(d) + 0.5) * scale


@inlined
def _azimuth(uniform: float) -> tuple[float, float]:
    """Cosine and sine of an angle uniform all round: a quadrant, and the series of both within 45 degrees (to 3e-9)."""
    place = 4.0 * uniform
    quadrant = int(place)
    t = (place - quadrant - 0.5) * 1.5707963267948966
    t2 = t * t
    c = 1.0 - t2 * (0.5 - t2 * (1.0 / 24.0 - t2 * (1.0 / 720.0 - t2 * (1.0 / 40320.0 - t2 / 3628800.0))))
    s = t * (1.0 - t2 * (1.0 / 6.0 - t2 * (1.0 / 120.0 - t2 * (1.0 / 5040.0 - t2 / 362880.0))))
    # a quadrant is no branch: none could be foretold
    odd, sign = float(quadrant & 1), 1.0 - float(quadrant & 2)
    return sign * (c - odd * (c + s)), sign * (s + odd * (c - s))


@inlined
def _turned(u: float, v: float, w: float, cosine: float, along: float, across: float) -> tuple[float, float, float]:
    """A direction turned by an angle, about itself by an azimuth of known cosine and sine."""
    opened = _larger(1.0 - cosine * cosine, 0.0)
    side = 1.0 - w * w
    if side > 1e-10:
        part = math.sqrt(opened / side)
        x = u * cosine + part * (u * w * along - v * across)
        y = v * cosine + part * (v * w * along + u * across)
        z = w * cosine - part * side * along
    else:
        sine = math.sqrt(opened)
        x, y, z = sine * along, sine * across, math.copysign(cosine, w * cosine)
    # one step of Newton keeps the length at 1
    norm = 1.5 - 0.5 * (x * x + y * y + z * z)
    return x * norm, y * norm, z * norm


@inlined
def _cell(grid: Grid, x: float, y: float, z: float) -> int:
    """Flat index of the voxel at a point, or of the shell; -1 outside."""
    if grid.shells:
        r = math.sqrt(x * x + y * y + z * z)
        if r <= grid.first_cm:
            return 0
        shell = 1 + int(math.log(r / grid.first_cm) * grid.per_e)
        return shell if shell < grid.shells else -1
    if x < 0.0 or y < 0.0 or z < 0.0:
        return -1
    i, j, k = int(x * grid.per_cm[0]), int(y * grid.per_cm[1]), int(z * grid.per_cm[2])
    if i >= grid.shape[0] or j >= grid.shape[1] or k >= grid.shape[2]:
        return -1
    return (i * grid.shape[1] + j) * grid.shape[2] + k


@inlined
def _matter(grid: Grid, cell: int) -> tuple[int, float]:
    """Material and density of a cell."""
    if grid.density.shape[0] == 1:
        return int(grid.material[0]), grid.density[0]
    return int(grid.material[cell]), grid.density[cell]


@compiled
def settle(tally: Tally) -> None:
    """Add what waits."""
    for one in range(tally.held[0]):
        tally.ticks[tally.place[one]] += tally.waiting[one]
    tally.held[0] = 0


def add(tally: Tally, place: int, ticks: int) -> None:
    """Add to a tally; a GPU has its own way to do it (`transport_cuda`)."""
    held = tally.held[0]
    tally.place[held], tally.waiting[held] = place, ticks
    tally.held[0] = held + 1
    if held + 1 == tally.place.shape[0]:
        settle(tally)


@overload(add, inline="always")
def _add_alone(tally: Tally, place: int, ticks: int) -> object:
    return add


@inlined
def _score(tally: Tally, cell: int, energy: float) -> None:
    """Energy left in a cell, in whole ticks; outside is its own place."""
    ticks = int(energy * TICKS_PER_keV + 0.5)
    add(tally, cell if cell >= 0 else tally.ticks.shape[0] + ESCAPED, ticks)


@inlined
def _put(
    stack: Floats, top: int, kind: int, energy: float, x: float, y: float, z: float, u: float, v: float, w: float
) -> int:
    """A particle to be followed later."""
    # the least threshold of 1 keV keeps the stack below 200; it never grows past its end
    top = _smaller(top, stack.shape[0] - 1)
    stack[top, 0], stack[top, 1] = kind, energy
    stack[top, 2], stack[top, 3], stack[top, 4] = x, y, z
    stack[top, 5], stack[top, 6], stack[top, 7] = u, v, w
    return top + 1


@inlined
def _compton(tables: Tables, material: int, log_energy: float, chance: float) -> float:
    """1 - cos(angle) of incoherent scattering, by its quantiles."""
    place = (log_energy - tables.compton_start) * tables.compton_per
    at = _smaller(_larger(int(place), 0), tables.compton.shape[1] - 2)
    part = place - at
    quantile = chance * (tables.compton.shape[2] - 1)
    q = int(quantile)
    rest = quantile - q
    low, next_low = tables.compton[material, at, q], tables.compton[material, at, q + 1]
    high, next_high = tables.compton[material, at + 1, q], tables.compton[material, at + 1, q + 1]
    return (1.0 - part) * (low + rest * (next_low - low)) + part * (high + rest * (next_high - high))


@inlined
def _between(table: Floats, material: int, at: int, part: float, column: int) -> float:
    """A column of a table of materials, between two energies."""
    low = table[material, at, column]
    return low + part * (table[material, at + 1, column] - low)


@compiled
def _rayleigh(tables: Tables, material: int, energy: float, luck: NDArray[np.uint64]) -> float:
    """Cosine of the angle of coherent scattering: the squared form factor, accepted by Thomson's law."""
    most = energy / 12.398419843
    sums = tables.coherent[material]
    end = _smaller(_larger((math.log(most) - tables.x_start) * tables.x_per, 0.0), sums.shape[0] - 1.000001)
    at = int(end)
    whole = sums[at] + (end - at) * (sums[at + 1] - sums[at])
    while True:
        u0, u1, _, _ = _four(luck)
        wanted = u0 * whole
        low, high = 0, sums.shape[0] - 1
        if wanted <= sums[0]:
            x = math.exp(tables.x_start) * math.sqrt(wanted / sums[0])
        else:
            while high - low > 1:
                middle = (low + high) // 2
                if sums[middle] < wanted:
                    low = middle
                else:
                    high = middle
            x = math.exp(tables.x_start + (low + (wanted - sums[low]) / (sums[high] - sums[low])) / tables.x_per)
        cosine = 1.0 - 2.0 * _smaller((x / most) ** 2, 1.0)
        if u1 * 2.0 < 1.0 + cosine * cosine:
            return cosine


@inlined
def _photon(
    tables: Tables, grid: Grid, rules: Rules, stack: Floats, top: int, tally: Tally, luck: NDArray[np.uint64]
) -> int:
    """Follow the photon on top of the stack; what it sets free goes on the stack. Gives the new top."""
    top -= 1
    energy, x, y, z = stack[top, 1], stack[top, 2], stack[top, 3], stack[top, 4]
    u, v, w = stack[top, 5], stack[top, 6], stack[top, 7]
    last = tables.photon.shape[1] - 2
    log_energy = math.log(energy)
    place = _smaller(_larger((log_energy - tables.photon_start) * tables.photon_per, 0.0), last + 0.999999)
    at = int(place)
    part = place - at
    most = tables.majorant[at] + part * (tables.majorant[at + 1] - tables.majorant[at])
    while True:
        u0, u1, u2, u3 = _four(luck)
        path = -math.log(u0) / most
        x, y, z = x + path * u, y + path * v, z + path * w
        cell = _cell(grid, x, y, z)
        if cell < 0:
            _score(tally, -1, energy)
            return top
        material, density = _matter(grid, cell)
        chance, total = u1 * most, _between(tables.photon, material, at, part, TOTAL) * density
        if chance >= total:
            continue
        if chance < total * _between(tables.photon, material, at, part, PAIR):
            chance /= total
            if chance < _between(tables.photon, material, at, part, PHOTOELECTRIC):
                if rules.local_electrons or energy <= rules.electron_cut:
                    _score(tally, cell, energy)
                    return top
                along, across = _azimuth(u3)
                a, b, c = _turned(u, v, w, 2.0 * u2 - 1.0, along, across)
                return _put(stack, top, ELECTRON, energy, x, y, z, a, b, c)
            if chance < _between(tables.photon, material, at, part, COHERENT):
                cosine = _rayleigh(tables, material, energy, luck)
                along, across = _azimuth(u2)
                u, v, w = _turned(u, v, w, cosine, along, across)
                continue
            free = energy - 2.0 * ELECTRON_keV
            if rules.local_electrons:
                _score(tally, cell, free)
                return _annihilate(stack, top, x, y, z, luck)
            cosine = math.cos(_smaller(ELECTRON_keV / energy, 1.0))
            along, across = _azimuth(u3)
            a, b, c = _turned(u, v, w, cosine, along, across)
            top = _put(stack, top, ELECTRON, u2 * free, x, y, z, a, b, c)
            a, b, c = _turned(u, v, w, cosine, -along, -across)
            return _put(stack, top, POSITRON, (1.0 - u2) * free, x, y, z, a, b, c)
        turn = _compton(tables, material, log_energy, u3)
        cosine = 1.0 - turn
        scattered = energy / (1.0 + energy / ELECTRON_keV * turn)
        recoil = energy - scattered
        along, across = _azimuth(u2)
        if rules.local_electrons or recoil <= rules.electron_cut:
            _score(tally, cell, recoil)
        else:
            k = energy / ELECTRON_keV
            back = (1.0 + k) * math.sqrt(_larger((1.0 - cosine) / (2.0 + k * (k + 2.0) * (1.0 - cosine)), 0.0))
            a, b, c = _turned(u, v, w, _smaller(back, 1.0), -along, -across)
            top = _put(stack, top, ELECTRON, recoil, x, y, z, a, b, c)
        energy = scattered
        u, v, w = _turned(u, v, w, cosine, along, across)
        if energy <= rules.photon_cut:
            _score(tally, cell, energy)
            return top
        log_energy = math.log(energy)
        place = _smaller(_larger((log_energy - tables.photon_start) * tables.photon_per, 0.0), last + 0.999999)
        at = int(place)
        part = place - at
        most = tables.majorant[at] + part * (tables.majorant[at + 1] - tables.majorant[at])
        if top > 0 and not rules.local_electrons:
            # electrons first, so that the stack stays short
            top = _put(stack, top, PHOTON, energy, x, y, z, u, v, w)
            if int(stack[top - 2, 0]) != PHOTON:
                for column in range(8):
                    stack[top - 1, column], stack[top - 2, column] = stack[top - 2, column], stack[top - 1, column]
            return top


@compiled
def _annihilate(stack: Floats, top: int, x: float, y: float, z: float, luck: NDArray[np.uint64]) -> int:
    """Two photons back to back."""
    u0, u1, _, _ = _four(luck)
    w = 2.0 * u0 - 1.0
    along, across = _azimuth(u1)
    side = math.sqrt(_larger(1.0 - w * w, 0.0))
    u, v = side * along, side * across
    top = _put(stack, top, PHOTON, ELECTRON_keV, x, y, z, u, v, w)
    return _put(stack, top, PHOTON, ELECTRON_keV, x, y, z, -u, -v, -w)


@compiled
def _annihilate_in_flight(
    stack: Floats,
    top: int,
    energy: float,
    x: float,
    y: float,
    z: float,
    u: float,
    v: float,
    w: float,
    luck: NDArray[np.uint64],
) -> int:
    """Two photons that share a moving positron's energy and rest energies.

    After Heitler; sampled as in PENELOPE-2018, section 3.3.6.
    """
    gamma = energy / ELECTRON_keV + 1.0
    root = math.sqrt(gamma * gamma - 1.0)
    least = 1.0 / (gamma + 1.0 + root)
    a = gamma * gamma + 4.0 * gamma + 1.0
    b = (gamma + 1.0) ** 2
    most = -b * least + a - 1.0 / least + least * (-b + a / (1.0 - least) - 1.0 / (1.0 - least) ** 2)
    while True:
        u0, u1, u2, _ = _four(luck)
        share = least * math.exp(-math.log(2.0 * least) * u0)
        # both photons' laws times the share, as the share is drawn by its inverse
        law = -b * share + a - 1.0 / share + share * (-b + a / (1.0 - share) - 1.0 / (1.0 - share) ** 2)
        if u1 * _larger(most, 0.5 * (-2.0 * b + 4.0 * a - 8.0)) < law:
            break
    whole = energy + 2.0 * ELECTRON_keV
    along, across = _azimuth(u2)
    cosine = _smaller(_larger((gamma + 1.0 - 1.0 / share) / root, -1.0), 1.0)
    p, q, r = _turned(u, v, w, cosine, along, across)
    top = _put(stack, top, PHOTON, share * whole, x, y, z, p, q, r)
    cosine = _smaller(_larger((gamma + 1.0 - 1.0 / (1.0 - share)) / root, -1.0), 1.0)
    p, q, r = _turned(u, v, w, cosine, -along, -across)
    return _put(stack, top, PHOTON, (1.0 - share) * whole, x, y, z, p, q, r)


@compiled
def _moller(energy: float, least: float, luck: NDArray[np.uint64]) -> float:
    """Energy given to the slower electron of a hard collision (Moller)."""
    gamma = energy / ELECTRON_keV + 1.0
    c1, c2 = ((gamma - 1.0) / gamma) ** 2, (2.0 * gamma - 1.0) / gamma**2
    start = least / energy
    most = _larger(1.0, 2.0 + 0.25 * c1 - c2)
    while True:
        u0, u1, _, _ = _four(luck)
        share = start / (1.0 - u0 * (1.0 - 2.0 * start))
        other = share / (1.0 - share)
        if u1 * most < 1.0 + other * other + c1 * share * share - c2 * other:
            return share * energy


@compiled
def _bhabha(energy: float, least: float, luck: NDArray[np.uint64]) -> float:
    """Energy a positron gives an electron in a hard collision (Bhabha)."""
    gamma = energy / ELECTRON_keV + 1.0
    beta2, y = 1.0 - 1.0 / gamma**2, 1.0 / (gamma + 1.0)
    b4 = (1.0 - 2.0 * y) ** 3
    b3 = b4 + (1.0 - 2.0 * y) ** 2
    b2 = (1.0 - 2.0 * y) * (3.0 + y * y)
    b1 = 2.0 - y * y
    start = least / energy
    while True:
        u0, u1, _, _ = _four(luck)
        share = start / (1.0 - u0 * (1.0 - start))
        if u1 < 1.0 - beta2 * share * (b1 - share * (b2 - share * (b3 - share * b4))):
            return share * energy


@compiled
def _ahead(
    grid: Grid, x: float, y: float, z: float, u: float, v: float, w: float, thickness: float
) -> tuple[float, float, float, int]:
    """The point so many g/cm2 ahead and its cell (-1: outside), the density of every voxel on the way counted."""
    if grid.shells:
        path = thickness / grid.density[0]
        x, y, z = x + path * u, y + path * v, z + path * w
        return x, y, z, 0
    sx, sy, sz = grid.size[0], grid.size[1], grid.size[2]
    while True:
        cell = _cell(grid, x, y, z)
        if cell < 0:
            return x, y, z, -1
        _, density = _matter(grid, cell)
        path = thickness / density
        wall, axis, beyond = path, -1, 0.0
        if u != 0.0:
            plane = (math.floor(x / sx) + (1.0 if u > 0.0 else 0.0)) * sx
            if (plane - x) / u < wall:
                wall, axis, beyond = (plane - x) / u, 0, plane + math.copysign(OVER_cm, u)
        if v != 0.0:
            plane = (math.floor(y / sy) + (1.0 if v > 0.0 else 0.0)) * sy
            if (plane - y) / v < wall:
                wall, axis, beyond = (plane - y) / v, 1, plane + math.copysign(OVER_cm, v)
        if w != 0.0:
            plane = (math.floor(z / sz) + (1.0 if w > 0.0 else 0.0)) * sz
            if (plane - z) / w < wall:
                wall, axis, beyond = (plane - z) / w, 2, plane + math.copysign(OVER_cm, w)
        x, y, z = x + wall * u, y + wall * v, z + wall * w
        if axis < 0:
            return x, y, z, cell
        # set down behind the wall, so that no rounding keeps a grazing particle on it
        if axis == 0:
            x = beyond
        elif axis == 1:
            y = beyond
        else:
            z = beyond
        thickness -= wall * density
        if thickness <= 0.0:
            return x, y, z, _cell(grid, x, y, z)


@compiled
def _electron(
    tables: Tables, grid: Grid, rules: Rules, stack: Floats, top: int, tally: Tally, luck: NDArray[np.uint64]
) -> int:
    """Follow the electron or positron on top of the stack to its end. Gives the new top."""
    top -= 1
    kind = int(stack[top, 0])
    energy, x, y, z = stack[top, 1], stack[top, 2], stack[top, 3], stack[top, 4]
    u, v, w = stack[top, 5], stack[top, 6], stack[top, 7]
    last = tables.electron.shape[2] - 2
    cell = _cell(grid, x, y, z)
    if cell < 0:
        _score(tally, -1, energy)
        return top if kind == ELECTRON or not rules.annihilates else _annihilate_outside(tally, top)
    while energy > rules.electron_cut:
        material, _ = _matter(grid, cell)
        row = tables.electron[material, kind - 1]
        place = _smaller(
            _larger((math.log(energy) - tables.electron_start) * tables.electron_per, 0.0), last + 0.999999
        )
        at = int(place)
        part = place - at
        stopping = row[at, STOPPING] + part * (row[at + 1, STOPPING] - row[at, STOPPING])
        hard = row[at, HARD] + part * (row[at + 1, HARD] - row[at, HARD])
        brems = row[at, BREMS] + part * (row[at + 1, BREMS] - row[at, BREMS])
        first = row[at, FIRST] + part * (row[at + 1, FIRST] - row[at, FIRST])
        flight = row[at, FLIGHT] + part * (row[at + 1, FLIGHT] - row[at, FLIGHT])
        events = hard + brems + flight
        u0, u1, u2, u3 = _four(luck)
        step = _smaller(rules.loss * energy / stopping, rules.turn / first)
        to_hard = -math.log(u0) / events
        collides = to_hard < step
        if collides:
            step = to_hard
        lost = stopping * step
        half = _smaller(
            _larger((math.log(_larger(energy - 0.5 * lost, 1e-3)) - tables.electron_start) * tables.electron_per, 0.0),
            last + 0.999999,
        )
        # stopping and scattering of a step are those at the energy in its middle
        near = int(half)
        part = half - near
        lost = step * (row[near, STOPPING] + part * (row[near + 1, STOPPING] - row[near, STOPPING]))
        first = row[near, FIRST] + part * (row[near + 1, FIRST] - row[near, FIRST])
        second = row[near, SECOND] + part * (row[near + 1, SECOND] - row[near, SECOND])
        if lost >= energy:
            lost, collides = energy, False
        # where on the step its energy is left, and where it turns
        v0, v1, v2, v3 = _four(luck)
        hinge = u1 * step
        left = v0 * step
        if left < hinge:
            a, b, c, where = _ahead(grid, x, y, z, u, v, w, left)
            _score(tally, _cell(grid, a, b, c) if where >= 0 else -1, lost)
        x, y, z, cell = _ahead(grid, x, y, z, u, v, w, hinge)
        if cell >= 0:
            mean = 0.5 * (1.0 - math.exp(-step * first))
            square = mean - (1.0 - math.exp(-step * second)) / 6.0
            bound = (2.0 * mean - 3.0 * square) / (1.0 - 2.0 * mean)
            weight = 1.0 - 2.0 * mean + bound
            bent = bound * v1 if v2 < weight else bound + (1.0 - bound) * v1
            along, across = _azimuth(u2)
            u, v, w = _turned(u, v, w, 1.0 - 2.0 * bent, along, across)
            if left >= hinge:
                a, b, c, where = _ahead(grid, x, y, z, u, v, w, left - hinge)
                _score(tally, _cell(grid, a, b, c) if where >= 0 else -1, lost)
            x, y, z, cell = _ahead(grid, x, y, z, u, v, w, step - hinge)
        elif left >= hinge:
            _score(tally, -1, lost)
        energy -= lost
        if cell >= 0:
            cell = _cell(grid, x, y, z)
        if cell < 0:
            _score(tally, -1, energy)
            return top if kind == ELECTRON or not rules.annihilates else _annihilate_outside(tally, top)
        if not collides or energy <= rules.electron_cut:
            continue
        if u3 * events < flight:
            if not rules.annihilates:
                # its photons are somebody else's, what it still had goes with them
                _score(tally, -1, energy)
                return top
            return _annihilate_in_flight(stack, top, energy, x, y, z, u, v, w, luck)
        if u3 * events < flight + brems:
            if energy > rules.brems_from:
                photon = _brems(energy, rules.brems_from, luck)
                energy -= photon
                top = _put(stack, top, PHOTON, photon, x, y, z, u, v, w)
            continue
        if kind == ELECTRON:
            if energy <= 2.0 * rules.hard_from:
                continue
            given = _moller(energy, rules.hard_from, luck)
        else:
            if energy <= rules.hard_from:
                continue
            given = _bhabha(energy, rules.hard_from, luck)
        whole = energy + 2.0 * ELECTRON_keV
        kept = energy - given
        along, across = _azimuth(v3)
        if given > rules.electron_cut:
            cosine = math.sqrt(_smaller(given * whole / (energy * (given + 2.0 * ELECTRON_keV)), 1.0))
            a, b, c = _turned(u, v, w, cosine, -along, -across)
            top = _put(stack, top, ELECTRON, given, x, y, z, a, b, c)
        else:
            _score(tally, cell, given)
        if kept > 0.0:
            cosine = math.sqrt(_smaller(kept * whole / (energy * (kept + 2.0 * ELECTRON_keV)), 1.0))
            u, v, w = _turned(u, v, w, cosine, along, across)
        energy = kept
    _score(tally, cell, energy)
    if kind == POSITRON and rules.annihilates:
        return _annihilate(stack, top, x, y, z, luck)
    return top


@compiled
def _annihilate_outside(tally: Tally, top: int) -> int:
    _score(tally, -1, 2.0 * ELECTRON_keV)
    return top


@compiled
def _brems(energy: float, least: float, luck: NDArray[np.uint64]) -> float:
    """Energy of a bremsstrahlung photon: as 1/k (1 - 3/4 k/T), a straight fall of the energy spectrum."""
    log = math.log(energy / least)
    while True:
        u0, u1, _, _ = _four(luck)
        photon = least * math.exp(log * u0)
        if u1 < 1.0 - 0.75 * photon / energy:
            return photon


@inlined
def _begin(emitted: Emitted, grid: Grid, rules: Rules, stack: Floats, tally: Tally, luck: NDArray[np.uint64]) -> int:
    """Put a history's first particle on the stack."""
    u0, u1, u2, _ = _four(luck)
    energies, sums = emitted.energy, emitted.cumulative
    low, high = -1, sums.shape[0] - 1
    wanted = u0 * sums[high]
    while high - low > 1:
        middle = (low + high) // 2
        if sums[middle] < wanted:
            low = middle
        else:
            high = middle
    energy = energies[high]
    if emitted.continuous and low >= 0:
        energy = energies[low] + (energies[high] - energies[low]) * (wanted - sums[low]) / (sums[high] - sums[low])
    x, y, z = 0.0, 0.0, 0.0
    count = emitted.voxel.shape[0]
    if count:
        v0, v1, v2, v3 = _four(luck)
        low, high = -1, count - 1
        wanted = v3 * emitted.voxel_cumulative[high]
        while high - low > 1:
            middle = (low + high) // 2
            if emitted.voxel_cumulative[middle] < wanted:
                low = middle
            else:
                high = middle
        ny, nz = grid.shape[1], grid.shape[2]
        flat = emitted.voxel[high]
        i, rest = flat // (ny * nz), flat % (ny * nz)
        x, y, z = (i + v0) * grid.size[0], (rest // nz + v1) * grid.size[1], (rest % nz + v2) * grid.size[2]
    w = 2.0 * u1 - 1.0
    along, across = _azimuth(u2)
    side = math.sqrt(_larger(1.0 - w * w, 0.0))
    rest_energy = 2.0 * ELECTRON_keV if emitted.kind == POSITRON and rules.annihilates else 0.0
    add(tally, tally.ticks.shape[0] + EMITTED, int((energy + rest_energy) * TICKS_PER_keV + 0.5))
    return _put(stack, 0, emitted.kind, energy, x, y, z, side * along, side * across, w)


@inlined
def history(
    tables: Tables, grid: Grid, emitted: Emitted, rules: Rules, stack: Floats, tally: Tally, luck: NDArray[np.uint64]
) -> None:
    """One emission and everything it sets free."""
    top = _begin(emitted, grid, rules, stack, tally, luck)
    while top > 0:
        kind = int(stack[top - 1, 0])
        if kind == PHOTON:
            if stack[top - 1, 1] <= rules.photon_cut:
                top -= 1
                _score(tally, _cell(grid, stack[top, 2], stack[top, 3], stack[top, 4]), stack[top, 1])
            else:
                top = _photon(tables, grid, rules, stack, top, tally, luck)
        elif rules.local_electrons or stack[top - 1, 1] <= rules.electron_cut:
            top -= 1
            x, y, z = stack[top, 2], stack[top, 3], stack[top, 4]
            _score(tally, _cell(grid, x, y, z), stack[top, 1])
            if kind == POSITRON and rules.annihilates:
                top = _annihilate(stack, top, x, y, z, luck)
        else:
            top = _electron(tables, grid, rules, stack, top, tally, luck)


@compiled
def _one_after_another(
    tables: Tables,
    grid: Grid,
    emitted: Emitted,
    rules: Rules,
    first: int,
    end: int,
    stack: Floats,
    tally: Tally,
    luck: NDArray[np.uint64],
) -> None:
    """Histories `first` to `end`."""
    for one in range(first, end):
        luck[0], luck[1] = uint64(one), uint64(0)
        history(tables, grid, emitted, rules, stack, tally, luck)
    settle(tally)


@njit(cache=True, error_model="numpy", fastmath=True)
def _of_one_worker(
    tables: Tables,
    grid: Grid,
    emitted: Emitted,
    rules: Rules,
    seed: np.uint64,
    number: int,
    first: int,
    end: int,
    ticks: Ints,
) -> None:
    """Histories `first` to `end`, with what they need of their own."""
    stack = np.empty((STACK, 8))
    luck = np.zeros(4, dtype=np.uint64)
    luck[2], luck[3] = seed, uint64(number)
    waiting = np.empty((2, WAITING), np.int64)
    tally = Tally(ticks, waiting[0], waiting[1], np.zeros(1, dtype=np.int64))
    _one_after_another(tables, grid, emitted, rules, first, end, stack, tally, luck)


@njit(cache=True, error_model="numpy", fastmath=True, parallel=True)
def histories(
    tables: Tables,
    grid: Grid,
    emitted: Emitted,
    rules: Rules,
    seed: np.uint64,
    number: int,
    first: int,
    count: int,
    tally: Ints,
) -> None:
    """Histories `first` to `first + count`, in `tally` of shape (workers, cells + EXTRA).

    By cell, escaped and emitted, in ticks.
    """
    workers = tally.shape[0]
    if workers == 1:
        # alone without waking anybody: small batches would wait for threads longer than they take
        _of_one_worker(tables, grid, emitted, rules, seed, number, first, first + count, tally[0])
        return
    for worker in prange(workers):
        begin, end = first + worker * count // workers, first + (worker + 1) * count // workers
        _of_one_worker(tables, grid, emitted, rules, seed, number, begin, end, tally[worker])
