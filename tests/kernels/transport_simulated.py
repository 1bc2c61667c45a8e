"""Run a few histories in numba's CUDA simulator, as plain Python; prints what two batches left as JSON. Its own process, as the simulator is chosen once.

Set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np

warnings.simplefilter("ignore")

from hevesy.kernels.random import stream  # noqa: E402
from hevesy.kernels.transport import Emitted, Grid, Rules  # noqa: E402
from hevesy.kernels.transport_cuda import OnGpu  # noqa: E402
from hevesy.matter.material import material  # noqa: E402
from hevesy.matter.transport_tables import tables  # noqa: E402

RULES = Rules(20.0, 20.0, 20.0, 20.0, 0.2, 0.3, False, True)
CASES = ((0, 364.489, 12), (1, 300.0, 6), (2, 200.0, 3))
REGIONS = (np.arange(512), np.arange(200, 320), np.array([292]))
KEV_PER_TICK = (1e-5, 2e-5, 3e-5)


def two_batches(player: Any) -> tuple[list[list[int]], np.ndarray, np.ndarray]:
    """A batch of some histories and one of the next: ticks of regions by batch and case, and the maps."""
    rows: list[list[int]] = []
    for batch in (0, 1):
        for place, (kind, energy, count) in enumerate(CASES):
            part = (count + 1 - batch) // 2
            first = batch * ((count + 1) // 2)
            row = player.play(place, emitted(kind, energy), stream("transport"), first, part, KEV_PER_TICK[place])
            rows.append([int(ticks) for ticks in row])
        player.close(7 + batch)
    return rows, *player.found()


def grid() -> Grid:
    """Eight voxels of 5 mm a side in a cube of water."""
    return Grid(
        np.full(3, 8, np.int64),
        np.full(3, 0.5),
        np.full(3, 2.0),
        np.zeros(1, np.uint8),
        np.ones(1, np.float32),
        0,
        1.0,
        1.0,
    )


def emitted(kind: int, energy: float) -> Emitted:
    """A line from one voxel in the middle."""
    return Emitted(kind, np.array([energy]), np.ones(1), False, np.array([(4 * 8 + 4) * 8 + 4], np.int64), np.ones(1))


def main() -> None:
    """Print what the batches left."""
    matter = tables([material("water")], [1.0], RULES)
    rows, ticks, squared = two_batches(OnGpu.opened(matter, grid(), RULES, 5, len(CASES), REGIONS, 1, 1))
    print(json.dumps([rows, ticks.tolist(), squared.tolist()]))


if __name__ == "__main__":
    main()
