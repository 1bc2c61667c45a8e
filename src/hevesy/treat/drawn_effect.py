"""BED of drawn courses: dose and curve vary together, as one fit or one measurement tells both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.treat.dose_rate import repair_per_h, together
from hevesy.treat.effect import ExternalBeam, Tissue

Floats = NDArray[np.float64]
BLOCK = 2_048
"""Of draws that are worked out at once."""


def drawn_bed_Gy(
    doses_Gy: ArrayLike,
    coefficients: ArrayLike,
    rates_per_h: ArrayLike,
    tissue: Tissue,
    *,
    shares: Sequence[float] = (1.0,),
    at_h: Sequence[float] = (0.0,),
    external: Sequence[ExternalBeam] = (),
) -> Floats:
    """BEDs (count) of doses (count), each spread over the phases of its own curve; with external beams beside.

    `coefficients` and `rates_per_h`: of the curves, shape (count, phases), in any scale. `shares`: of the dose, by
    administration, given at `at_h` (h), each with the same curve. The tissue counts as known.

    >>> tissue = Tissue(alpha_beta_Gy=2.5, repair_half_life_h=2.8)
    >>> drawn_bed_Gy([20.0], [[1.0]], [[np.log(2) / 50]], tissue).round(2).tolist()
    [28.48]
    """
    doses, parts = np.asarray(doses_Gy, dtype=np.float64), np.asarray(coefficients) / np.asarray(rates_per_h)
    spread = parts / parts.sum(axis=-1, keepdims=True)
    count, phases = spread.shape
    given = (doses[:, None, None] * np.array(shares)[:, None] * spread[:, None, :]).reshape(count, -1)
    rates = np.tile(np.asarray(rates_per_h, dtype=np.float64), (1, len(shares)))
    begins, mu = np.repeat(np.array(at_h), phases), repair_per_h(tissue.repair_half_life_h)
    quadratic = np.empty(count)
    for first in range(0, count, BLOCK):
        block = slice(first, first + BLOCK)
        kernel = together(rates[block], begins, mu)
        quadratic[block] = np.einsum("ki,kij,kj->k", given[block], kernel, given[block])
    beams = sum(one.bed_Gy(tissue) for one in external)
    return np.asarray(doses + quadratic / tissue.alpha_beta_Gy + beams)
