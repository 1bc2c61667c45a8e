"""Decays in the urinary bladder that fills from the body and is emptied at intervals."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import RuleError
from hevesy.treat.kinetics import ExponentialSum

Floats = NDArray[np.float64]


def bladder_tia_h(body: ExponentialSum, urinary_share: float, voided_every_h: float) -> float:
    """Time-integrated activity (h) of a bladder that gets a share of what leaves the body and is emptied wholly.

    `body`: what is in the body, of the label treated with; its biological rates are those of leaving. The bladder is
    empty at the injection, then voided at each multiple of the interval. Infinite intervals are allowed: never voided.
    Refused: a share outside 0..1, an interval of 0 or less, a body that gains activity.
    Source: R. Cloutier et al., Health Phys. 25 (1973) 147, for several phases.

    >>> body = ExponentialSum(coefficients=(1.0,), biological_per_h=(0.1,), physical_per_h=0.004)
    >>> round(bladder_tia_h(body, 0.6, 4.0), 6)
    1.226843
    """
    if not 0 <= urinary_share <= 1:
        raise RuleError(f"the share that leaves with urine lies in 0..1, got {urinary_share:g}")
    if not voided_every_h > 0:
        raise RuleError(f"a bladder is voided after some time, got {voided_every_h:g} h")
    if min(body.coefficients) < 0:
        raise RuleError("a body that takes up after the injection leaves no rate of excretion to its bladder")
    held_h = held_of_phases_h(body.rates_per_h, body.physical_per_h, voided_every_h)
    return urinary_share * float(np.array(body.coefficients) @ held_h)


def held_of_phases_h(rates_per_h: ArrayLike, physical_per_h: float, voided_every_h: float) -> Floats:
    """Of phases of the body that each begin with 1: time-integrated activity (h) of a bladder that gets all of them.

    `rates_per_h`: total rates, of any shape; at the physical rate alone nothing leaves and nothing is held.
    """
    rates = np.asarray(rates_per_h, dtype=np.float64)
    emptied = -np.expm1(-rates * voided_every_h)
    of_decay = -math.expm1(-physical_per_h * voided_every_h) / physical_per_h
    return np.asarray((of_decay - emptied / rates) / emptied)
