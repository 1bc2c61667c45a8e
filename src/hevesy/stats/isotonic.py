"""Isotonic regression: the nearest estimates that never fall from one level to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]


def isotonic_rows(values: Floats, weights: Floats) -> Floats:
    """Weighted least-squares fit that does not decrease along each row.

    A weight of 0 leaves a place out (its fit is -inf).

    The fit at a place is the greatest, over the stretches that begin at or before it, of the least mean of those
    stretches that end at or after it.

    >>> isotonic_rows(np.array([[0.1, 0.4, 0.2]]), np.array([[1.0, 1.0, 1.0]])).round(12).tolist()
    [[0.1, 0.3, 0.3]]

    Source: Ayer et al., Ann Math Stat 1955;26:641; Robertson, Wright and Dykstra, Order Restricted Statistical
    Inference, 1988, theorem 1.4.4.
    """
    if values.shape != weights.shape or values.ndim != 2:
        raise RuleError(f"values and weights must be rows of one shape, got {values.shape} and {weights.shape}")
    if (weights < 0).any():
        raise RuleError("weights must not be negative")
    rows, places = values.shape
    there = weights > 0
    mass = np.zeros((rows, places + 1))
    moment = np.zeros((rows, places + 1))
    np.cumsum(weights, axis=1, out=mass[:, 1:])
    np.cumsum(np.where(there, weights * values, 0.0), axis=1, out=moment[:, 1:])
    fitted = np.full(values.shape, -np.inf)
    for first in range(places):
        least = np.full(rows, np.inf)
        for last in range(places - 1, first - 1, -1):
            stretch = mass[:, last + 1] - mass[:, first]
            some = there[:, first : last + 1].any(axis=1)
            mean = np.divide(moment[:, last + 1] - moment[:, first], stretch, out=np.full(rows, np.inf), where=some)
            np.minimum(least, mean, out=least)
            fitted[:, last] = np.where(there[:, last], np.maximum(fitted[:, last], least), fitted[:, last])
    return fitted
