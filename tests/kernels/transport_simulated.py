"""Run a few histories in numba's CUDA simulator, as plain Python; prints the tally as JSON. Its own process, as the simulator is chosen once.

Set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1.
"""

from __future__ import annotations

import json
import warnings

import numpy as np

warnings.simplefilter("ignore")

from hevesy.kernels.random import stream  # noqa: E402
from hevesy.kernels.transport import Emitted, Grid, Rules  # noqa: E402
from hevesy.kernels.transport_cuda import histories_on_gpu  # noqa: E402
from hevesy.matter.material import material  # noqa: E402
from hevesy.matter.transport_tables import tables  # noqa: E402

RULES = Rules(20.0, 20.0, 20.0, 20.0, 0.2, 0.3, False, True)
CASES = ((0, 364.489, 12), (1, 300.0, 6), (2, 200.0, 3))


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
    """Print the tallies of the cases."""
    matter = tables([material("water")], [1.0], RULES)
    found = [
        histories_on_gpu(
            matter, grid(), emitted(kind, energy), RULES, 5, stream("transport"), 0, count, blocks=1, threads=1
        ).tolist()
        for kind, energy, count in CASES
    ]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
