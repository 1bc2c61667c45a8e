"""The same histories on a CUDA GPU: one thread follows one after another, all add to one tally.

Numba compiles the functions of `transport` for the device; whole ticks are added atomically, so that the sum does not
depend on the order of threads. The device's arithmetic may round otherwise than a CPU's: the two agree statistically,
not history by history. Tables, grid, sources, tallies and sums are put on the device once and stay there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numba import cuda, uint64
from numba.extending import overload
from numpy.typing import NDArray

from hevesy.kernels.transport import EXTRA, STACK, Emitted, Grid, Rules, Tables, Tally, add, history

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Arrays = TypeVar("Arrays", bound=NamedTuple)
THREADS_PER_BLOCK = 64
BLOCKS = 1024


@overload(add, target="cuda")
def _add_with_others(tally: Tally, place: int, ticks: int) -> object:
    def atomic(tally: Tally, place: int, ticks: int) -> None:
        cuda.atomic.add(tally.ticks, place, ticks)

    return atomic


@cuda.jit
def _histories(
    tables: Tables,
    grid: Grid,
    emitted: Emitted,
    rules: Rules,
    seed: np.uint64,
    number: int,
    first: int,
    count: int,
    tally: Tally,
) -> None:
    stack = cuda.local.array((STACK, 8), np.float64)
    luck = cuda.local.array(4, np.uint64)
    luck[2], luck[3] = seed, uint64(number)
    for one in range(first + cuda.grid(1), first + count, cuda.gridsize(1)):
        luck[0], luck[1] = uint64(one), uint64(0)
        history(tables, grid, emitted, rules, stack, tally, luck)


@cuda.jit
def _ticks_of_region(ticks: Ints, inside: Ints, begin: int, end: int, region: int, found: Ints) -> None:
    own = 0
    for at in range(begin + cuda.grid(1), end, cuda.gridsize(1)):
        own += ticks[inside[at]]
    cuda.atomic.add(found, region, own)


@cuda.jit
def _empty(ticks: Ints, keV_per_tick: float, component: int, whole: Ints, batch_keV: Floats) -> None:
    for place in range(cuda.grid(1), ticks.shape[0], cuda.gridsize(1)):
        whole[component, place] += ticks[place]
        if place < batch_keV.shape[0]:
            batch_keV[place] += ticks[place] * keV_per_tick
        ticks[place] = 0


@cuda.jit
def _close(batch_keV: Floats, histories: int, squared: Floats) -> None:
    for cell in range(cuda.grid(1), batch_keV.shape[0], cuda.gridsize(1)):
        squared[cell] += batch_keV[cell] * batch_keV[cell] / histories
        batch_keV[cell] = 0.0


def available() -> bool:
    """Whether there is a CUDA GPU (or its simulator)."""
    return bool(cuda.is_available())


def _there(given: Arrays) -> Arrays:
    """A named tuple with its arrays on the device."""
    moved = {
        name: cuda.to_device(np.ascontiguousarray(value))
        for name, value in given._asdict().items()
        if isinstance(value, np.ndarray)
    }
    return given._replace(**moved)


@dataclass(slots=True, kw_only=True, eq=False)
class OnGpu:
    """Batches played on the device: only sums of regions come back, and the maps when all is done."""

    tables: Tables
    grid: Grid
    rules: Rules
    seed: int
    inside: Any
    ends: tuple[int, ...]
    """Cells of all regions one after another, and where each region ends."""
    tally: Tally
    ticks: Any
    batch_keV: Any
    squared: Any
    blocks: int
    threads: int
    sources: dict[int, Emitted] = field(default_factory=dict)

    @classmethod
    def opened(
        cls,
        tables: Tables,
        grid: Grid,
        rules: Rules,
        seed: int,
        components: int,
        regions: Sequence[Ints],
        blocks: int = BLOCKS,
        threads: int = THREADS_PER_BLOCK,
    ) -> OnGpu:
        """Without a batch."""
        cells = grid.shells or int(np.prod(grid.shape))
        one = np.zeros(1, np.int64)
        return cls(
            tables=_there(tables),
            grid=_there(grid),
            rules=rules,
            seed=seed,
            inside=cuda.to_device(np.concatenate(regions)),
            ends=tuple(int(end) for end in np.cumsum([len(own) for own in regions])),
            # one that waits is added at once
            tally=Tally(
                cuda.to_device(np.zeros(cells + EXTRA, np.int64)),
                cuda.to_device(one),
                cuda.to_device(one),
                cuda.to_device(one),
            ),
            ticks=cuda.to_device(np.zeros((components, cells + EXTRA), np.int64)),
            batch_keV=cuda.to_device(np.zeros(cells)),
            squared=cuda.to_device(np.zeros(cells)),
            blocks=blocks,
            threads=threads,
        )

    def play(self, component: int, emitted: Emitted, number: int, first: int, count: int, keV_per_tick: float) -> Ints:
        """Histories `first` to `first + count` of a component, by a stream's number: ticks left in each region."""
        size = self.blocks, self.threads
        if component not in self.sources:
            self.sources[component] = _there(emitted)
        _histories[size](
            self.tables,
            self.grid,
            self.sources[component],
            self.rules,
            np.uint64(self.seed),
            number,
            first,
            count,
            self.tally,
        )
        found = cuda.to_device(np.zeros(len(self.ends), np.int64))
        for region, (begin, end) in enumerate(zip((0, *self.ends[:-1]), self.ends, strict=True)):
            _ticks_of_region[size](self.tally.ticks, self.inside, begin, end, region, found)
        _empty[size](self.tally.ticks, keV_per_tick, component, self.ticks, self.batch_keV)
        return np.asarray(found.copy_to_host())

    def close(self, histories: int) -> None:
        """Every component of a batch has been played."""
        _close[self.blocks, self.threads](self.batch_keV, histories, self.squared)

    def found(self) -> tuple[Ints, Floats]:
        """Ticks by component and place; sums of squares by cell."""
        return np.asarray(self.ticks.copy_to_host()), np.asarray(self.squared.copy_to_host())
