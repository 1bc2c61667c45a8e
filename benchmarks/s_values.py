"""Organ S values: reading a phantom of ICRP 133, an S matrix of it, and a model's dose coefficients.

Run: python -m benchmarks.s_values FOLDER (with the user's files of ICRP 133 and 107)

Best of five, one core. The bar: an S matrix at most 0.1 s warm.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from hevesy.files.icrp107 import read_icrp107
from hevesy.files.icrp133 import read_icrp133
from hevesy.nuclides.chain import emissions_with_chain
from hevesy.radiation.s_values import s_matrix


def best_s(work: Callable[[], object]) -> float:
    """The least of five times of CPU."""
    found = []
    for _ in range(5):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return min(found)


def main(folder: Path) -> None:
    """Read, and build."""
    absorbed = read_icrp133(folder, "AM")
    iodine, actinium = read_icrp107(folder, "I-131"), emissions_with_chain("Ac-225", "stays")
    print(f"read a phantom: {best_s(lambda: read_icrp133(folder, 'AM')):.3f} s")
    print(f"S matrix of I-131, 43 x 79: {best_s(lambda: s_matrix(absorbed, iodine)):.3f} s")
    print(f"S matrix of Ac-225 with its chain: {best_s(lambda: s_matrix(absorbed, actinium)):.3f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
