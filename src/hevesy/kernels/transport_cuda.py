"""The same histories on a CUDA GPU: one thread follows one after another, all add to one tally.

Numba compiles the functions of `transport` for the device; whole ticks are added atomically, so that the sum does not
depend on the order of threads. The device's arithmetic may round otherwise than a CPU's: the two agree statistically,
not history by history.
"""

from __future__ import annotations

import numpy as np
from numba import cuda, uint64
from numba.extending import overload
from numpy.typing import NDArray

from hevesy.kernels.transport import EXTRA, STACK, Emitted, Grid, Rules, Tables, add, history

Ints = NDArray[np.int64]
THREADS_PER_BLOCK = 64
BLOCKS = 1024


@overload(add, target="cuda")
def _add_with_others(tally: Ints, place: int, ticks: int) -> object:
    def atomic(tally: Ints, place: int, ticks: int) -> None:
        cuda.atomic.add(tally, place, ticks)

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
    tally: Ints,
) -> None:
    stack = cuda.local.array((STACK, 8), np.float64)
    luck = cuda.local.array(4, np.uint64)
    luck[2], luck[3] = seed, uint64(number)
    for one in range(first + cuda.grid(1), first + count, cuda.gridsize(1)):
        luck[0], luck[1] = uint64(one), uint64(0)
        history(tables, grid, emitted, rules, stack, tally, luck)


def available() -> bool:
    """Whether there is a CUDA GPU (or its simulator)."""
    return bool(cuda.is_available())


def histories_on_gpu(
    tables: Tables,
    grid: Grid,
    emitted: Emitted,
    rules: Rules,
    seed: int,
    number: int,
    first: int,
    count: int,
    blocks: int = BLOCKS,
    threads: int = THREADS_PER_BLOCK,
) -> Ints:
    """Tally of histories `first` to `first + count`: by cell, escaped and emitted, in ticks, shape (cells + EXTRA,)."""
    cells = grid.shells or int(np.prod(grid.shape))
    tally = np.zeros(cells + EXTRA, np.int64)
    on_device = cuda.to_device(tally)
    _histories[blocks, threads](tables, grid, emitted, rules, np.uint64(seed), number, first, count, on_device)
    return np.asarray(on_device.copy_to_host())
