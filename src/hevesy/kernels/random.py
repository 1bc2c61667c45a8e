"""Philox 4x32-10: random numbers by place, so that a trial's luck does not depend on who simulates it, or when.

Source: Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011. The uniform number `index`
of a stream is half of the block whose counter is (index // 2, trial, trial's upper half, stream); the key is the seed.
Nothing is kept between calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit, uint32, uint64

from hevesy.errors import RuleError

if TYPE_CHECKING:
    from numpy.typing import NDArray

M0, M1 = 0xD2511F53, 0xCD9E8D57
W0, W1 = 0x9E3779B9, 0xBB67AE85
PURPOSES = {
    "tolerance": 0,
    "onset": 1,
    "arrival": 2,
    "screen": 3,
    "dropout": 4,
    "late": 5,
    "sensitivity": 6,
    "response": 7,
    "transport": 8,
    "bootstrap": 9,
}
"""What a stream's numbers are for; with the scenario it makes the stream's number, 16 purposes to a scenario."""


def stream(purpose: str, scenario: int = 0) -> int:
    """The number of the stream of a purpose in a scenario.

    >>> stream("onset", scenario=2)
    33
    """
    if not 0 <= scenario < 2**27:
        raise RuleError(f"scenarios are numbered from 0 to {2**27 - 1}, got {scenario}")
    return 16 * scenario + PURPOSES[purpose]


@njit(cache=True, inline="always")
def philox(
    c0: np.uint32, c1: np.uint32, c2: np.uint32, c3: np.uint32, k0: np.uint32, k1: np.uint32
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """One block of four 32-bit words for a counter of four and a key of two."""
    for _ in range(10):
        p0, p1 = uint64(M0) * uint64(c0), uint64(M1) * uint64(c2)
        c0, c1, c2, c3 = (
            uint32(uint32(p1 >> uint64(32)) ^ c1 ^ k0),
            uint32(p1),
            uint32(uint32(p0 >> uint64(32)) ^ c3 ^ k1),
            uint32(p0),
        )
        k0, k1 = uint32(k0 + uint32(W0)), uint32(k1 + uint32(W1))
    return c0, c1, c2, c3


@njit(cache=True, inline="always")
def two_uniforms(seed: np.uint64, number: int, trial: int, pair: int) -> tuple[float, float]:
    """Uniform numbers 2 * pair and 2 * pair + 1 of a stream in [0, 1), of 53 bits each."""
    a, b, c, d = philox(
        uint32(pair),
        uint32(trial & 0xFFFFFFFF),
        uint32((trial >> 32) & 0xFFFFFFFF),
        uint32(number),
        uint32(seed & uint64(0xFFFFFFFF)),
        uint32(seed >> uint64(32)),
    )
    first = (uint64(a) << uint64(21)) | (uint64(b) >> uint64(11))
    second = (uint64(c) << uint64(21)) | (uint64(d) >> uint64(11))
    return float(first) * 2.0**-53, float(second) * 2.0**-53


@njit(cache=True, inline="always")
def uniform(seed: np.uint64, number: int, trial: int, index: int) -> float:
    """The uniform number `index` of a stream in [0, 1).

    >>> round(uniform(1009, stream("tolerance"), 5, 3), 6) == round(uniform(1009, 0, 5, 3), 6)
    True
    """
    first, second = two_uniforms(seed, number, trial, index >> 1)
    return second if index & 1 else first


@njit(cache=True)
def _fill(seed: np.uint64, number: int, first_trial: int, found: NDArray[np.float64]) -> None:
    trials, count = found.shape
    for trial in range(trials):
        for index in range(count):
            found[trial, index] = uniform(seed, number, first_trial + trial, index)


def uniforms(seed: int, number: int, first_trial: int, trials: int, count: int) -> NDArray[np.float64]:
    """The first `count` uniform numbers of a stream for each of many trials, a row to a trial.

    >>> bool(uniforms(1009, 0, 5, 1, 4)[0, 3] == uniforms(1009, 0, 0, 6, 8)[5, 3])
    True
    """
    found = np.empty((trials, count))
    _fill(np.uint64(seed), number, first_trial, found)
    return found
