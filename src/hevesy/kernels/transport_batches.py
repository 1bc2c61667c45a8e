"""Batches of histories: what each leaves in regions, and in every cell over all of them, with sums of squares.

What a batch leaves in a cell is a whole number of ticks for each component; only sums of squares are of other numbers.
`transport_cuda.OnGpu` does the same where arrays stay on a GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hevesy.kernels.transport import EXTRA, Emitted, Grid, Rules, Tables, histories

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit(cache=True)
def _empty(tally: Ints, keV_per_tick: float, ticks: Ints, batch_keV: Floats, within: NDArray[np.bool_]) -> Ints:
    """Take the ticks of all workers out of the tally: to those of the component, and as energy to the batch.

    Gives the ticks in each region.
    """
    # a small batch leaves nothing in most cells of a large grid: each worker's are read one after another
    for worker in range(1, tally.shape[0]):
        for place in range(tally.shape[1]):
            if tally[worker, place] != 0:
                tally[0, place] += tally[worker, place]
                tally[worker, place] = 0
    found = np.zeros(within.shape[1], dtype=np.int64)
    for place in range(tally.shape[1]):
        left = tally[0, place]
        if left == 0:
            continue
        tally[0, place] = 0
        ticks[place] += left
        if place < batch_keV.shape[0]:
            batch_keV[place] += left * keV_per_tick
            for region in range(within.shape[1]):
                if within[place, region]:
                    found[region] += left
    return found


@njit(cache=True)
def _close(batch_keV: Floats, histories: int, squared: Floats) -> None:
    """Square what the batch left, over its histories, and forget it."""
    for cell in range(batch_keV.shape[0]):
        if batch_keV[cell] == 0.0:
            continue
        squared[cell] += batch_keV[cell] * batch_keV[cell] / histories
        batch_keV[cell] = 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class OnCpu:
    """Batches played by workers of this machine."""

    tables: Tables
    grid: Grid
    rules: Rules
    seed: int
    within: NDArray[np.bool_]
    """By cell and region: whether it belongs to it."""
    tally: Ints
    """By worker: cells, escaped and emitted; empty between components."""
    ticks: Ints
    """By component: cells, escaped and emitted, of all batches."""
    batch_keV: Floats
    squared: Floats
    """By cell: energy of a batch squared over its histories, of all batches."""

    @classmethod
    def opened(
        cls, tables: Tables, grid: Grid, rules: Rules, seed: int, components: int, regions: Sequence[Ints], workers: int
    ) -> OnCpu:
        """Without a batch."""
        cells = grid.shells or int(np.prod(grid.shape))
        within = np.zeros((cells, len(regions)), bool)
        for region, own in enumerate(regions):
            within[own, region] = True
        return cls(
            tables=tables,
            grid=grid,
            rules=rules,
            seed=seed,
            within=within,
            tally=np.zeros((workers, cells + EXTRA), np.int64),
            ticks=np.zeros((components, cells + EXTRA), np.int64),
            batch_keV=np.zeros(cells),
            squared=np.zeros(cells),
        )

    def play(self, component: int, emitted: Emitted, number: int, first: int, count: int, keV_per_tick: float) -> Ints:
        """Histories `first` to `first + count` of a component, by a stream's number: ticks left in each region."""
        histories(self.tables, self.grid, emitted, self.rules, np.uint64(self.seed), number, first, count, self.tally)
        found = _empty(self.tally, keV_per_tick, self.ticks[component], self.batch_keV, self.within)
        return np.asarray(found)

    def close(self, histories: int) -> None:
        """Every component of a batch has been played."""
        _close(self.batch_keV, histories, self.squared)

    def found(self) -> tuple[Ints, Floats]:
        """Ticks by component and place; sums of squares by cell."""
        return self.ticks, self.squared
