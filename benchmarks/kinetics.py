"""Kinetics: 1,000 bootstrap patients of 8 regions with 5 points each, and one patient with all that is told of a fit.

Run: python -m benchmarks.kinetics    (seconds of CPU, one core)
"""

from __future__ import annotations

import math
import time

import numpy as np

from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.fit import Fitted, fit_curve

TIMES_h = (4.0, 24.0, 48.0, 96.0, 144.0)
NOISE = np.array((0.03, 0.04, 0.05, 0.065, 0.08))
I124_h, I131_h = 100.224, 192.60480555555557


def patient() -> list[TimeActivityCurve]:
    """Eight regions, of which every second takes up first."""
    chance, found = np.random.default_rng(17), []
    for number in range(8):
        slow = math.log(2) * (1 / I124_h + 1 / (100 + 40 * number))
        fast = -0.02 if number % 2 else 0.05
        shares = 0.05 * np.exp(-slow * np.array(TIMES_h)) + fast * np.exp(-0.08 * np.array(TIMES_h))
        shares = np.maximum(shares * (1 + NOISE * chance.standard_normal(5)), 1e-4)
        found.append(
            TimeActivityCurve(
                region=f"region {number}",
                nuclide="I-124",
                elapsed_h=TIMES_h,
                activity_fractions=tuple(shares.tolist()),
                standard_uncertainties=tuple((NOISE * shares).tolist()),
            )
        )
    return found


def fits() -> list[Fitted]:
    """Of the patient: models chosen, integrals of I-131 with intervals."""
    return [fit_curve(one, physical_half_life_h=I124_h, for_half_life_h=I131_h) for one in patient()]


def bootstrap_s(count: int = 1000) -> float:
    """Seconds of CPU for so many bootstrap patients."""
    found = fits()
    began = time.process_time()
    for one in found:
        one.draws_h(count, 1)
    return time.process_time() - began


def fit_s() -> float:
    """Seconds of CPU for one patient, the best of three."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        fits()
        spent.append(time.process_time() - began)
    return min(spent)


if __name__ == "__main__":
    print(f"a patient of 8 regions: {fit_s():.2f} s; 1,000 bootstrap patients: {bootstrap_s():.2f} s (bar 60)")
