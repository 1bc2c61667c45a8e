"""Quantiles of survival of resampled subjects, compiled; each replicate has its own random numbers."""

from __future__ import annotations

import numpy as np
from numba import njit, prange, uint32, uint64
from numpy.typing import NDArray

from hevesy.kernels.random import philox

Floats = NDArray[np.float64]


@njit(cache=True, parallel=True)
def resampled_quantiles(
    time: Floats,
    event: NDArray[np.int64],
    p: float,
    tie: float,
    seed: np.uint64,
    number: int,
    first: int,
    found: Floats,
) -> None:
    """Quantile of Kaplan and Meier's curve for replicates `first`, `first + 1`, ... into `found`; nan: not reached.

    `time` rises; among equal times events come first. Where the curve lies at 1 - p, the middle of that stretch.
    """
    n = time.shape[0]
    for replicate in prange(found.shape[0]):
        drawn = np.zeros(n, dtype=np.int32)
        one = uint64(first + replicate)
        for block in range((n + 3) // 4):
            words = philox(
                uint32(block),
                uint32(one),
                uint32(one >> uint64(32)),
                uint32(number),
                uint32(seed),
                uint32(seed >> uint64(32)),
            )
            for part in range(4):
                if 4 * block + part < n:
                    drawn[(uint64(words[part]) * uint64(n)) >> uint64(32)] += 1
        at_risk, survival, reached, last = n, 1.0, np.nan, 0.0
        at = 0
        while at < n:
            now, died, gone = time[at], 0, 0
            while at < n and time[at] == now:
                gone += drawn[at]
                died += drawn[at] * event[at]
                at += 1
            if gone == 0:
                continue
            last = now
            if died > 0:
                survival *= (at_risk - died) / at_risk
                if np.isnan(reached):
                    if 1.0 - survival >= p - tie:
                        reached = now
                        if 1.0 - survival > p + tie:
                            break
                else:
                    reached = 0.5 * (reached + now)
                    last = -1.0
                    break
            at_risk -= gone
        if at >= n and last >= 0.0 and not np.isnan(reached) and abs(1.0 - survival - p) <= tie:
            # the curve stays at 1 - p to its end
            reached = 0.5 * (reached + last)
        found[replicate] = reached
