"""The studentized range: how far apart the largest and the smallest of several means come to lie by chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr

from hevesy.errors import RuleError
from hevesy.stats.quadrature import Panels

Floats = NDArray[np.float64]


def tukey_p(t: float, means: int, df: float) -> float:
    """P of a difference of two means among so many, given its t.

    The upper tail itself is integrated, over the deviation and over the largest mean, so that small p keep their
    digits.

    >>> round(tukey_p(-3.461, 3, 66.8), 4)
    0.0027

    Source: J. W. Tukey, The problem of multiple comparisons, 1953; for means of unequal error C. Y. Kramer, Biometrics
    1956;12:307.
    """
    if means < 2:
        raise RuleError(f"a difference is of two means or more, got {means}")
    if not (df > 0 and math.isfinite(t)):
        raise RuleError(f"degrees of freedom are above 0 and t is finite, got {df:g} and {t}")
    q = abs(t) * math.sqrt(2)
    # The integrand over u, the logarithm of the deviation, is largest near -log(1 + q^2 / 2 df) / 2.
    middle = -0.5 * math.log1p(q * q / (2 * df))
    over = Panels(
        low=middle - 34 / df - 10 / math.sqrt(2 * df), high=math.log1p(10 / math.sqrt(df)), panels=16, order=16
    )
    u = over.nodes()
    density = df / 2 * math.log(df / 2) - gammaln(df / 2) + math.log(2) + df * u - df * np.exp(2 * u) / 2
    tail = float((over.weights() * np.exp(density)) @ _beyond(q * np.exp(u), means))
    return min(1.0, tail)


def _beyond(widths: Floats, means: int) -> Floats:
    """Probability that so many standard normal numbers span more than each width."""
    high = (18 + widths / 2)[:, None]
    along = Panels(low=0.0, high=1.0, panels=16, order=16)
    z = high * along.nodes() - 9
    largest, below = log_ndtr(z), log_ndtr(z - widths[:, None])
    span = -np.expm1((means - 1) * np.log1p(-np.exp(np.minimum(below - largest, -1e-15))))
    density = high * np.exp(-z * z / 2 + (means - 1) * largest) / math.sqrt(2 * math.pi)
    return np.asarray(means * (density * span) @ along.weights())
