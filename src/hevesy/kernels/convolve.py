"""Convolution of a map with a kernel by the fast Fourier transform, in single precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from hevesy.errors import RuleError

Single = NDArray[np.float32]


def convolve(values: NDArray[np.floating], kernel: NDArray[np.floating], workers: int = 1) -> Single:
    """Map (nx, ny, nz) convolved with a kernel of odd edges whose centre is its origin.

    Nothing comes from outside the map.

    Source: the convolution theorem; zeros are added so that nothing wraps round.
    """
    if any(edge % 2 == 0 for edge in kernel.shape) or kernel.ndim != values.ndim:
        raise RuleError(
            f"a kernel has odd edges and as many dimensions as the map, got {kernel.shape} for {values.shape}"
        )
    full = [fft.next_fast_len(n + k - 1, real=True) for n, k in zip(values.shape, kernel.shape, strict=True)]
    with fft.set_workers(workers):
        spectrum = fft.rfftn(values.astype(np.float32), full)
        spectrum *= fft.rfftn(kernel.astype(np.float32), full)
        found = fft.irfftn(spectrum, full)
    inside = tuple(slice(k // 2, k // 2 + n) for n, k in zip(values.shape, kernel.shape, strict=True))
    return np.asarray(found[inside], dtype=np.float32)
