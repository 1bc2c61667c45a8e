"""Absorbed dose in voxels by transport: any map of activity, any emissions, tissues that differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.kernels.random import stream
from hevesy.kernels.transport import (
    ELECTRON,
    EMITTED,
    ESCAPED,
    PHOTON,
    POSITRON,
    Emitted,
    Grid,
    Rules,
    TICKS_PER_keV,
)
from hevesy.kernels.transport_batches import OnCpu
from hevesy.matter.material import Material
from hevesy.matter.photon import HIGHEST_keV
from hevesy.matter.transport_tables import FASTEST_keV, tables
from hevesy.nuclides.emission import ELECTRONS, HEAVY, PHOTONS, Emissions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Component = tuple[str, Emitted, float]
"""Its name, the source of its particles, and how many of them a decay gives."""
LEAST_BATCHES = 50
"""Of fewer a standard error is known too badly to stop by: of ten to 24 %, and the luckiest runs end first."""
MOST_BATCHES = 250
FEWEST, FEWEST_ON_GPU, CELLS_PER_HISTORY = 1000, 500_000, 800
"""Histories of a first batch, and of how many cells at least one: a batch goes through all cells to sum them up."""
LEAST_CUT_keV = 1.0
LIGHTEST_g_per_cm3, HEAVIEST_g_per_cm3 = 0.001, 20.0

PRECISE = Rules(1.0, 1.0, 1.0, 1.0, 0.05, 0.2, False, True)
"""Down to 1 keV, for kernels and cells."""
VOXELS = Rules(10.0, 20.0, 20.0, 20.0, 0.15, 0.3, False, True)
"""Electrons down to 20 keV (range 9 um), for voxels of half a millimetre and more."""
LOCAL = Rules(10.0, 20.0, 20.0, 20.0, 0.15, 0.3, True, True)
"""Electrons stay where they start; cheaper, wrong at borders and in lung."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """Where matter and activity are, in voxels of one size.

    `material` indexes `materials`; `density_g_per_cm3` and `activity` (in any unit) have its shape (nx, ny, nz).
    """

    size_cm: tuple[float, float, float]
    materials: tuple[Material, ...]
    material: NDArray[np.uint8]
    density_g_per_cm3: Floats
    activity: Floats

    def __post_init__(self) -> None:
        """Refuse maps that do not fit or cannot be."""
        if len(self.size_cm) != 3 or not all(math.isfinite(size) and size > 0 for size in self.size_cm):
            raise RuleError(f"voxels have three positive sizes, got {self.size_cm} cm")
        if self.material.ndim != 3 or 0 in self.material.shape:
            raise RuleError(f"a map of materials has three dimensions, got shape {self.material.shape}")
        if self.material.dtype.kind not in "iu" or int(self.material.min()) < 0:
            raise RuleError(
                f"a map of materials holds whole numbers from 0, got {self.material.dtype} down to "
                f"{self.material.min()}"
            )
        self._check_map("density", self.density_g_per_cm3, LIGHTEST_g_per_cm3, HEAVIEST_g_per_cm3)
        self._check_map("activity", self.activity, 0.0, math.inf)
        if int(self.material.max()) >= len(self.materials):
            place = tuple(int(at) for at in np.argwhere(self.material >= len(self.materials))[0])
            raise RuleError(
                f"voxel {place} has material {int(self.material[place])}, but {len(self.materials)} are given"
            )
        if self.activity.sum() <= 0:
            raise RuleError("there is no activity anywhere")

    def _check_map(self, name: str, values: Floats, least: float, most: float) -> None:
        if values.shape != self.material.shape:
            raise RuleError(f"the map of {name} has shape {values.shape}, that of materials {self.material.shape}")
        wrong = ~(np.isfinite(values) & (values >= least) & (values <= most))
        if wrong.any():
            place = tuple(int(at) for at in np.argwhere(wrong)[0])
            rule = f"{least:g} or more" if math.isinf(most) else f"in {least:g}..{most:g} g/cm3"
            raise RuleError(f"{name} at voxel {place} is {values[place]:g}, it must be {rule}")

    @property
    def voxel_cm3(self) -> float:
        """Volume of a voxel."""
        return math.prod(self.size_cm)

    @property
    def mass_g(self) -> Floats:
        """Mass of each voxel."""
        return self.density_g_per_cm3 * self.voxel_cm3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoxelDose:
    """Energy left in each voxel per decay anywhere in the scene (keV), its standard error, and the run's account."""

    energy_keV: Floats
    standard_error_keV: Floats
    escaped_keV: float
    emitted_keV: float
    by_component_keV: dict[str, Floats]
    batch_energy_keV: Floats
    """Of each batch: energy per decay in each region of `regions`, shape (batches, regions)."""
    batch_histories: Ints
    """Of each batch: histories of each kind of particle."""
    histories: int
    batches: int
    imbalance: float
    """What is scored and escaped over what was emitted, less 1."""
    because: tuple[str, ...]

    def region_of_batches(self, place: int) -> tuple[float, float]:
        """Energy per decay in a region named before the run, and its standard error by batches.

        Voxels of a region share histories: their errors do not add as squares, and only batches know how they do.
        """
        mean, error = _by_batches(self.batch_energy_keV[:, [place]], self.batch_histories)
        return float(mean[0]), float(error[0])

    def error_known_to(self, place: int) -> float | None:
        """Relative standard uncertainty of that standard error, by the number of batches and their outliers.

        None: all batches left the same there, as where none left anything.
        """
        squares = self.batch_histories * (self.batch_energy_keV[:, place] - self.region_of_batches(place)[0]) ** 2
        if not squares.any():
            return None
        spread = float(squares.std(ddof=1) / squares.mean()) / 2
        return max(spread / math.sqrt(self.batches), 1 / math.sqrt(2 * (self.batches - 1)))


def components(emitted: Emissions, rules: Rules) -> tuple[Component, ...]:
    """What a nuclide emits as sources of transport: name, source without its place, particles per decay.

    Lines below the cut-offs are left where they start by the transport itself. Alphas and recoils are no particles of
    this transport.
    """
    nowhere = np.zeros(0, np.int64), np.zeros(0)
    sources: list[Component] = []
    for spectrum in emitted.spectra:
        _check_energy(emitted.nuclide, float(spectrum.energy_keV[-1]), "betas", FASTEST_keV)
        steps = 0.5 * (spectrum.per_keV[1:] + spectrum.per_keV[:-1]) * np.diff(spectrum.energy_keV)
        sums = np.concatenate([[0.0], np.cumsum(steps)])
        kind = ELECTRON if spectrum.sign == -1 else POSITRON
        name = "beta-" if spectrum.sign == -1 else "beta+"
        source = Emitted(kind, np.maximum(spectrum.energy_keV, 0.01), sums, True, *nowhere)
        sources.append((name, source, spectrum.yield_per_decay))
    positrons_annihilate = rules.annihilates and any(spectrum.sign == 1 for spectrum in emitted.spectra)
    for name, kinds, kind, most_keV in (
        ("electrons", ELECTRONS, ELECTRON, FASTEST_keV),
        ("photons", PHOTONS, PHOTON, HIGHEST_keV),
    ):
        lines = [line for line in emitted.of(*kinds) if not (line.kind == "annihilation" and positrons_annihilate)]
        if lines:
            _check_energy(emitted.nuclide, max(line.energy_keV for line in lines), name, most_keV)
            yields = np.array([line.yield_per_decay for line in lines])
            energies = np.array([line.energy_keV for line in lines])
            source = Emitted(kind, energies, np.cumsum(yields), False, *nowhere)
            sources.append((name, source, float(yields.sum())))
    return tuple(sources)


def _check_energy(nuclide: str, energy_keV: float, name: str, most_keV: float) -> None:
    if energy_keV > most_keV:
        raise RuleError(f"{nuclide} emits {name} of {energy_keV:g} keV, their tables end at {most_keV:g} keV")


def transport_dose(
    scene: Scene,
    emitted: Emissions,
    *,
    rules: Rules = VOXELS,
    regions: tuple[NDArray[np.bool_], ...] = (),
    batch: int | None = None,
    wanted: float = 0.01,
    most_batches: int = MOST_BATCHES,
    seed: int = 131,
    workers: int = 1,
    gpu: bool = False,
    progress: Callable[[int, float], None] | None = None,
) -> VoxelDose:
    """Transport, in whole batches, until every region is known to a wanted relative standard error.

    Without regions, until the whole is.

    `batch` histories of each kind of particle make a batch (without it, by the number of voxels), after the first 50
    batches a fiftieth of all before. It stops after 50 or more when the largest relative standard error and half of
    that one's own are at most the wanted: to stop as soon as the error seems small enough would choose runs where it
    seems too small. The result depends on the seed and the batches, not on the number of workers; on a GPU it agrees
    statistically. Alphas and recoils are left in the voxel of their decay.
    """
    batch = _first_batch(scene, gpu) if batch is None else batch
    _check_asked(batch, wanted, most_batches, workers)
    _check_regions(scene, regions)
    _check(rules)
    sources = _in_place(scene, components(emitted, rules))
    everywhere = np.ones(scene.material.shape, dtype=bool)
    places = tuple(np.flatnonzero(region.ravel()) for region in regions or (everywhere,))
    local_keV = sum(line.energy_keV * line.yield_per_decay for line in emitted.of(*HEAVY))
    at_decays_keV = local_keV * scene.activity.ravel() / scene.activity.sum()
    left_keV = np.array([at_decays_keV[cells].sum() for cells in places])
    player = _player(scene, rules, seed, len(sources), places, workers, gpu)
    rows_keV, sizes, worst = np.zeros((0, len(places))), np.zeros(0, np.int64), math.inf
    while len(sizes) < most_batches:
        played = int(sizes.sum())
        size = max(batch, played // LEAST_BATCHES)
        row_keV = left_keV.copy()
        for place, (_, source, per_decay) in enumerate(sources):
            keV_per_tick = per_decay / TICKS_PER_keV
            ticks = player.play(place, source, stream("transport", place), played, size, keV_per_tick)
            row_keV += ticks * (keV_per_tick / size)
        player.close(size)
        rows_keV, sizes = np.vstack([rows_keV, row_keV]), np.append(sizes, size)
        worst = _worst(rows_keV, sizes)
        if progress is not None:
            progress(len(sizes), worst)
        if len(sizes) >= LEAST_BATCHES and _upper(worst, len(sizes)) <= wanted:
            break
    ticks, squared = player.found()
    total = int(sizes.sum())
    kinds = [name for name, _, _ in sources]
    stays = "left where they start" if rules.local_electrons else f"to {rules.electron_cut:g} keV"
    reached = "" if _upper(worst, len(sizes)) <= wanted else f", the wanted {wanted:g} was not reached"
    return _dose(
        scene,
        sources,
        ticks,
        squared,
        at_decays_keV,
        rows_keV,
        sizes,
        because=(
            f"{len(sizes)} batches, {total:,} histories of each of {', '.join(kinds)}, seed {seed}",
            f"photons to {rules.photon_cut:g} keV, electrons {stays}",
            f"largest relative standard error {worst:.2g}{reached}",
            *(("alphas and recoils left in the voxel of their decay",) if local_keV else ()),
        ),
    )


def _first_batch(scene: Scene, gpu: bool) -> int:
    """Histories of a batch where nobody says."""
    return max(FEWEST_ON_GPU if gpu else FEWEST, scene.material.size // CELLS_PER_HISTORY)


def _by_batches(rows_keV: Floats, sizes: Ints) -> tuple[Floats, Floats]:
    """Mean of batches of some sizes, and its standard error: a batch varies as one over its size."""
    mean = sizes @ rows_keV / sizes.sum()
    variance = sizes @ (rows_keV - mean) ** 2 / (len(sizes) - 1) / sizes.sum()
    return mean, np.sqrt(variance)


def _worst(rows_keV: Floats, sizes: Ints) -> float:
    """Largest relative standard error of the regions so far."""
    if len(sizes) < 2:
        return math.inf
    mean, error = _by_batches(rows_keV, sizes)
    return float(np.divide(error, mean, out=np.full_like(mean, np.inf), where=mean > 0).max())


def _upper(worst: float, batches: int) -> float:
    """A standard error and half of what it is uncertain by."""
    return worst * (1 + 0.5 / math.sqrt(2 * (batches - 1)))


def _dose(
    scene: Scene,
    sources: Sequence[Component],
    ticks: Ints,
    squared_keV2: Floats,
    at_decays_keV: Floats,
    rows_keV: Floats,
    sizes: Ints,
    because: tuple[str, ...],
) -> VoxelDose:
    """Means over the batches, with their standard errors."""
    shape, total = scene.material.shape, int(sizes.sum())
    by_component: dict[str, Floats] = {}
    escaped_keV, emitted_keV = 0.0, float(at_decays_keV.sum())
    for (name, _, per_decay), own in zip(sources, ticks, strict=True):
        keV_per_tick = per_decay / total / TICKS_PER_keV
        by_component[name] = by_component.get(name, np.zeros(shape)) + (own[:ESCAPED] * keV_per_tick).reshape(shape)
        escaped_keV += float(own[ESCAPED]) * keV_per_tick
        emitted_keV += float(own[EMITTED]) * keV_per_tick
    mean = sum(by_component.values(), np.zeros(shape))
    spread = np.maximum(squared_keV2.reshape(shape) - total * mean**2, 0.0)
    emitted_ticks = float(ticks[:, EMITTED].sum())
    return VoxelDose(
        energy_keV=mean + at_decays_keV.reshape(shape),
        standard_error_keV=np.sqrt(spread / (len(sizes) - 1) / total),
        escaped_keV=escaped_keV,
        emitted_keV=emitted_keV,
        by_component_keV=by_component,
        batch_energy_keV=rows_keV,
        batch_histories=sizes,
        histories=total * len(sources),
        batches=len(sizes),
        imbalance=float(ticks[:, :EMITTED].sum()) / emitted_ticks - 1 if emitted_ticks else 0.0,
        because=because,
    )


class _Player(Protocol):
    """What plays batches: on this machine (`OnCpu`) or on a GPU (`OnGpu`)."""

    def play(
        self, component: int, emitted: Emitted, number: int, first: int, count: int, keV_per_tick: float
    ) -> Ints: ...

    def close(self, histories: int) -> None: ...

    def found(self) -> tuple[Ints, Floats]: ...


def _in_place(scene: Scene, sources: Sequence[Component]) -> tuple[Component, ...]:
    """The sources where the scene has activity."""
    active = np.flatnonzero(scene.activity.ravel() > 0)
    sums = np.cumsum(scene.activity.ravel()[active])
    return tuple(
        (name, source._replace(voxel=active, voxel_cumulative=sums), per_decay) for name, source, per_decay in sources
    )


def _player(
    scene: Scene, rules: Rules, seed: int, components: int, places: Sequence[Ints], workers: int, gpu: bool
) -> _Player:
    """Who plays the batches, without one yet."""
    densest = [
        float(scene.density_g_per_cm3[scene.material == place].max(initial=0.0))
        for place in range(len(scene.materials))
    ]
    if not gpu:
        matter = tables(scene.materials, densest, rules)
        return OnCpu.opened(matter, _grid(scene), rules, seed, components, places, workers)
    from hevesy.kernels.transport_cuda import OnGpu, available

    if not available():
        raise CannotAnswerError("there is no CUDA GPU here; leave out gpu")
    return OnGpu.opened(tables(scene.materials, densest, rules), _grid(scene), rules, seed, components, places)


def _grid(scene: Scene) -> Grid:
    """The scene as the kernel takes it: one voxel stands for all where they are alike."""
    alike = len(scene.materials) == 1 and bool((scene.density_g_per_cm3 == scene.density_g_per_cm3.flat[0]).all())
    return Grid(
        np.array(scene.material.shape, np.int64),
        np.array(scene.size_cm),
        1.0 / np.array(scene.size_cm),
        scene.material.ravel()[:1] if alike else np.ascontiguousarray(scene.material.ravel()),
        (scene.density_g_per_cm3.ravel()[:1] if alike else scene.density_g_per_cm3.ravel()).astype(np.float32),
        0,
        1.0,
        1.0,
    )


def _check_asked(batch: int, wanted: float, most_batches: int, workers: int) -> None:
    if batch < 1 or most_batches < LEAST_BATCHES or not 0 < wanted < 1:
        asked = f"{batch}, {most_batches} and {wanted}"
        raise RuleError(
            f"a batch of 1 or more, {LEAST_BATCHES} batches or more and an uncertainty in 0..1 are needed, got {asked}"
        )
    if workers < 1:
        raise RuleError(f"the work is done by one worker or more, got {workers}")


def _check_regions(scene: Scene, regions: Sequence[NDArray[np.bool_]]) -> None:
    for place, region in enumerate(regions):
        if region.dtype != np.bool_ or region.shape != scene.material.shape or not region.any():
            raise RuleError(
                f"region {place} must mark voxels of the scene (bool, shape {scene.material.shape}, not empty), "
                f"got {region.dtype}, shape {region.shape}"
            )


def _check(rules: Rules) -> None:
    """Refuse thresholds under which the transport has no tables, or would fill its stack."""
    cuts = (rules.photon_cut, rules.electron_cut, rules.hard_from, rules.brems_from)
    if not all(math.isfinite(cut) and cut >= LEAST_CUT_keV for cut in cuts):
        raise RuleError(f"cut-offs and thresholds are {LEAST_CUT_keV:g} keV or more, got {cuts}")
    if not (0 < rules.loss <= 0.5 and 0 < rules.turn <= 1):
        raise RuleError(
            f"a step loses at most half of the energy and turns at most once, got {rules.loss} and {rules.turn}"
        )
