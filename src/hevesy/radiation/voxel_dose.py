"""Absorbed dose in voxels by transport: any map of activity, any emissions, tissues that differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.kernels.random import stream
from hevesy.kernels.transport import (
    ELECTRON,
    EMITTED,
    ESCAPED,
    EXTRA,
    PHOTON,
    POSITRON,
    Emitted,
    Grid,
    Rules,
    Tables,
    TICKS_PER_keV,
    histories,
)
from hevesy.matter.material import Material
from hevesy.matter.transport_tables import tables
from hevesy.nuclides.emission import ELECTRONS, HEAVY, PHOTONS, Emissions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Component = tuple[str, Emitted, float]
"""Its name, the source of its particles, and how many of them a decay gives."""
LEAST_BATCHES = 10
LEAST_CUT_keV = 1.0
HIGHEST_keV = 4000.0
"""Of photons; betas go to 3.5 MeV."""

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
        for name, values in (("density", self.density_g_per_cm3), ("activity", self.activity)):
            if values.shape != self.material.shape:
                raise RuleError(f"the map of {name} has shape {values.shape}, that of materials {self.material.shape}")
            wrong = (
                ~(np.isfinite(values) & (values >= 0)) if name == "activity" else ~(np.isfinite(values) & (values > 0))
            )
            if wrong.any():
                place = tuple(int(at) for at in np.argwhere(wrong)[0])
                rule = "0 or more" if name == "activity" else "positive"
                raise RuleError(f"{name} at voxel {place} is {values[place]}, it must be {rule}")
        if int(self.material.max()) >= len(self.materials):
            place = tuple(int(at) for at in np.argwhere(self.material >= len(self.materials))[0])
            raise RuleError(
                f"voxel {place} has material {int(self.material[place])}, but {len(self.materials)} are given"
            )
        if self.activity.sum() <= 0:
            raise RuleError("there is no activity anywhere")

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
    histories: int
    batches: int
    imbalance: float
    """What is scored and escaped over what was emitted, less 1."""
    because: tuple[str, ...]

    def region(self, inside: NDArray[np.bool_]) -> tuple[float, float]:
        """Energy per decay in a set of voxels, and a standard error.

        The error takes voxels as independent (an underestimate).
        """
        return float(self.energy_keV[inside].sum()), float(np.sqrt((self.standard_error_keV[inside] ** 2).sum()))

    def region_of_batches(self, place: int) -> tuple[float, float]:
        """Energy per decay in a region named before the run, and its standard error by batches."""
        values = self.batch_energy_keV[:, place]
        return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def components(emitted: Emissions, rules: Rules) -> tuple[Component, ...]:
    """What a nuclide emits as sources of transport: name, source without its place, particles per decay.

    Lines below the cut-offs are left where they start by the transport itself. Alphas and recoils are no particles of
    this transport.
    """
    nowhere = np.zeros(0, np.int64), np.zeros(0)
    sources: list[Component] = []
    for spectrum in emitted.spectra:
        steps = 0.5 * (spectrum.per_keV[1:] + spectrum.per_keV[:-1]) * np.diff(spectrum.energy_keV)
        sums = np.concatenate([[0.0], np.cumsum(steps)])
        kind = ELECTRON if spectrum.sign == -1 else POSITRON
        name = "beta-" if spectrum.sign == -1 else "beta+"
        source = Emitted(kind, np.maximum(spectrum.energy_keV, 0.01), sums, True, *nowhere)
        sources.append((name, source, spectrum.yield_per_decay))
    positrons_annihilate = rules.annihilates and any(spectrum.sign == 1 for spectrum in emitted.spectra)
    for name, kinds, kind in (("electrons", ELECTRONS, ELECTRON), ("photons", PHOTONS, PHOTON)):
        lines = [line for line in emitted.of(*kinds) if not (line.kind == "annihilation" and positrons_annihilate)]
        if lines:
            highest = max(line.energy_keV for line in lines)
            if highest > HIGHEST_keV:
                raise RuleError(f"{emitted.nuclide} emits {highest:g} keV, the tables end at {HIGHEST_keV:g} keV")
            yields = np.array([line.yield_per_decay for line in lines])
            energies = np.array([line.energy_keV for line in lines])
            source = Emitted(kind, energies, np.cumsum(yields), False, *nowhere)
            sources.append((name, source, float(yields.sum())))
    return tuple(sources)


def transport_dose(
    scene: Scene,
    emitted: Emissions,
    *,
    rules: Rules = VOXELS,
    regions: tuple[NDArray[np.bool_], ...] = (),
    batch: int = 20_000,
    wanted: float = 0.01,
    most_batches: int = 200,
    seed: int = 131,
    workers: int = 1,
    gpu: bool = False,
    progress: Callable[[int, float], None] | None = None,
) -> VoxelDose:
    """Transport, in whole batches, until every region is known to a wanted relative standard error.

    Without regions, until the whole is.

    `batch` histories of each kind of particle make a batch; at least 10 batches are run. The result depends on the seed
    and the batches, not on the number of workers; on a GPU it agrees statistically. Alphas and recoils are left in the
    voxel of their decay.
    """
    _check_asked(batch, wanted, most_batches, workers)
    _check_regions(scene, regions)
    _check(rules)
    sources = _in_place(scene, components(emitted, rules))
    play = _player(scene, rules, seed, batch, workers, gpu)
    local_keV = sum(line.energy_keV * line.yield_per_decay for line in emitted.of(*HEAVY))
    at_decays_keV = local_keV * scene.activity.ravel() / scene.activity.sum()
    masks = [region.ravel() for region in regions or (np.ones(scene.material.shape, dtype=bool),)]
    account = _Account.opened(scene.material.size, [name for name, _, _ in sources])
    worst = math.inf
    while account.batches < most_batches:
        batch_keV = at_decays_keV.copy()
        for place, (name, source, per_decay) in enumerate(sources):
            tally = play(place, source, account.batches * batch)
            account.enter(name, tally, per_decay / batch / TICKS_PER_keV, batch_keV)
        account.close(batch_keV, masks)
        worst = _worst(np.array(account.regions_keV))
        if progress is not None:
            progress(account.batches, worst)
        if account.batches >= LEAST_BATCHES and worst <= wanted:
            break
    stays = "left where they start" if rules.local_electrons else f"to {rules.electron_cut:g} keV"
    reached = "" if worst <= wanted else f", the wanted {wanted:g} was not reached"
    return account.dose(
        scene.material.shape,
        local_keV,
        batch,
        because=(
            f"{account.batches} batches of {batch:,} histories of each of {', '.join(account.by_component_keV)}, "
            f"seed {seed}",
            f"photons to {rules.photon_cut:g} keV, electrons {stays}",
            f"largest relative standard error {worst:.2g}{reached}",
            *(("alphas and recoils left in the voxel of their decay",) if local_keV else ()),
        ),
    )


@dataclass(slots=True, kw_only=True)
class _Account:
    """What the batches so far left in each cell, escaped with and emitted, keV per decay, summed over them."""

    energy_keV: Floats
    squared_keV2: Floats
    by_component_keV: dict[str, Floats]
    regions_keV: list[list[float]]
    escaped_keV: float = 0.0
    emitted_keV: float = 0.0
    scored_ticks: float = 0.0
    emitted_ticks: float = 0.0

    @classmethod
    def opened(cls, cells: int, names: Sequence[str]) -> _Account:
        """Without a batch."""
        return cls(
            energy_keV=np.zeros(cells),
            squared_keV2=np.zeros(cells),
            by_component_keV={name: np.zeros(cells) for name in names},
            regions_keV=[],
        )

    @property
    def batches(self) -> int:
        """How many have been closed."""
        return len(self.regions_keV)

    def enter(self, name: str, tally: Ints, keV_per_tick: float, batch_keV: Floats) -> None:
        """The tally of a component's histories, also into its batch."""
        self.scored_ticks += float(tally[:EMITTED].sum())
        self.emitted_ticks += float(tally[EMITTED])
        self.by_component_keV[name] += tally[:ESCAPED] * keV_per_tick
        batch_keV += tally[:ESCAPED] * keV_per_tick
        self.escaped_keV += float(tally[ESCAPED]) * keV_per_tick
        self.emitted_keV += float(tally[EMITTED]) * keV_per_tick

    def close(self, batch_keV: Floats, masks: Sequence[NDArray[np.bool_]]) -> None:
        """The batch is whole: its cells, and its regions beside those of the others."""
        self.energy_keV += batch_keV
        self.squared_keV2 += batch_keV**2
        self.regions_keV.append([float(batch_keV[mask].sum()) for mask in masks])

    def dose(self, shape: tuple[int, ...], local_keV: float, batch: int, because: tuple[str, ...]) -> VoxelDose:
        """Means over the batches, with their standard errors."""
        done = self.batches
        mean = self.energy_keV / done
        error = np.sqrt(np.maximum(self.squared_keV2 / done - mean**2, 0.0) / max(done - 1, 1))
        return VoxelDose(
            energy_keV=mean.reshape(shape),
            standard_error_keV=error.reshape(shape),
            escaped_keV=self.escaped_keV / done,
            emitted_keV=self.emitted_keV / done + local_keV,
            by_component_keV={name: (part / done).reshape(shape) for name, part in self.by_component_keV.items()},
            batch_energy_keV=np.array(self.regions_keV),
            histories=done * batch * len(self.by_component_keV),
            batches=done,
            imbalance=self.scored_ticks / self.emitted_ticks - 1 if self.emitted_ticks else 0.0,
            because=because,
        )


def _in_place(scene: Scene, sources: Sequence[Component]) -> tuple[Component, ...]:
    """The sources where the scene has activity."""
    active = np.flatnonzero(scene.activity.ravel() > 0)
    sums = np.cumsum(scene.activity.ravel()[active])
    return tuple(
        (name, source._replace(voxel=active, voxel_cumulative=sums), per_decay) for name, source, per_decay in sources
    )


def _player(
    scene: Scene, rules: Rules, seed: int, batch: int, workers: int, gpu: bool
) -> Callable[[int, Emitted, int], Ints]:
    """What plays a batch: the tally by a source's place among the sources, the source, and its first history."""
    densest = [
        float(scene.density_g_per_cm3[scene.material == place].max(initial=0.0))
        for place in range(len(scene.materials))
    ]
    matter, grid = tables(scene.materials, densest, rules), _grid(scene)
    tally = np.zeros((workers, scene.material.size + EXTRA), np.int64)

    def play(place: int, source: Emitted, first: int) -> Ints:
        number = stream("transport", place)
        if gpu:
            return _on_gpu(matter, grid, source, rules, seed, number, first, batch)
        tally[:] = 0
        histories(matter, grid, source, rules, np.uint64(seed), number, first, batch, tally)
        return np.asarray(tally.sum(axis=0))

    return play


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


def _on_gpu(
    matter: Tables, grid: Grid, source: Emitted, rules: Rules, seed: int, number: int, first: int, count: int
) -> Ints:
    """One batch on a CUDA GPU."""
    from hevesy.kernels.transport_cuda import available, histories_on_gpu

    if not available():
        raise CannotAnswerError("there is no CUDA GPU here; leave out gpu")
    return histories_on_gpu(matter, grid, source, rules, seed, number, first, count)


def _worst(rows: Floats) -> float:
    """Largest relative standard error of the regions so far."""
    if len(rows) < 2:
        return math.inf
    mean = rows.mean(axis=0)
    error = rows.std(axis=0, ddof=1) / math.sqrt(len(rows))
    relative = np.divide(error, mean, out=np.full_like(mean, np.inf), where=mean > 0)
    return float(relative.max())
