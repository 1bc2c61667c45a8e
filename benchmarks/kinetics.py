"""Kinetics: 1,000 bootstrap patients of 8 regions with 5 points each, and one patient with all that is told of a fit.

And a patient whose eight regions, those of the synthetic one, take up or have two phases of which parameters lie near
their bounds, so that each has its 500 draws: with points to 144 h, to 72 h, and eight points of which four models are
tried.

Run: python -m benchmarks.kinetics    (seconds of CPU, one core)
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.fit import Fitted, fit_curve
from hevesy.treat.phases import Model

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
try:
    import make_patient as maker
finally:
    sys.path.pop(0)

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


HARD = {
    "to 144 h": maker.SCANS_h,
    "to 72 h": (4.0, 12.0, 24.0, 48.0, 72.0),
    "of 8 points": (2.0, 4.0, 12.0, 24.0, 48.0, 72.0, 100.0, 144.0),
}
"""Points of patients near their bounds."""


def patient_near_bounds(times_h: tuple[float, ...]) -> list[tuple[TimeActivityCurve, Model | None]]:
    """Eight regions of the synthetic patient with the model that is true of each, where points are too few to choose."""
    chance, found = np.random.default_rng(3), []
    noise = np.interp(times_h, maker.SCANS_h, maker.NOISE)
    for solid in maker.SOLIDS[:8]:
        exact = np.array([solid.kinetics.fraction(time, "I-124") for time in times_h])
        shares = exact * (1 + noise * chance.standard_normal(len(times_h)))
        curve = TimeActivityCurve(
            region=solid.name,
            nuclide="I-124",
            elapsed_h=times_h,
            activity_fractions=tuple(shares.tolist()),
            standard_uncertainties=tuple((noise * shares).tolist()),
        )
        true: Model = "uptake-mono" if solid.kinetics.parts[0][0] < 0 else "bi"
        found.append((curve, None if len(times_h) >= 8 else true))
    return found


def fits_near_bounds(times_h: tuple[float, ...]) -> list[Fitted]:
    """Of that patient."""
    return [
        fit_curve(one, physical_half_life_h=I124_h, for_half_life_h=I131_h, model=model)
        for one, model in patient_near_bounds(times_h)
    ]


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


def fit_s(of: Callable[[], list[Fitted]] = fits) -> float:
    """Seconds of CPU for one patient, the best of three."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        of()
        spent.append(time.process_time() - began)
    return min(spent)


if __name__ == "__main__":
    print(f"a patient of 8 regions: {fit_s():.2f} s; 1,000 bootstrap patients: {bootstrap_s():.2f} s (bar 60)")
    for words, times_h in HARD.items():
        print(f"a patient of 8 regions near bounds, points {words}: {fit_s(partial(fits_near_bounds, times_h)):.2f} s")
