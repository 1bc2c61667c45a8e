"""The time-integrated activity from one measurement: what it is worth without a half-life of the patient's own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hevesy.errors import RuleError

WINDOW = (0.75, 2.5)
"""Times of the measurement, in effective half-lives, between which the estimate is near."""
SURE = 1.959964
"""Standard errors of 95 % of a normal distribution, to one side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePoint:
    """An estimate (h) by one point, the error of the point alone, and the limits that the method's window adds."""

    tia_h: float
    point_error_h: float
    tia_lower_h: float
    tia_upper_h: float
    half_lives_h: tuple[float, float]
    """Effective half-lives, from the shortest on, for which the measurement lies in the window."""
    because: tuple[str, ...]


def to_truth(half_lives: float) -> float:
    """Estimate over truth of a mono-exponential curve measured so many of its half-lives after the injection.

    >>> round(to_truth(1.0), 12), round(to_truth(2.0), 12)
    (1.0, 1.0)
    """
    return 2 * half_lives * math.exp2(-half_lives)


def hanscheid(share: float, standard_uncertainty: float, elapsed_h: float, physical_half_life_h: float) -> OnePoint:
    """The integral as share x 2 t / ln 2, of the label whose share it is, for mono-exponential kinetics.

    The limits hold the point's error (95 %) and the method's for every effective half-life in the window that the
    nuclide permits. Refused: no time or share above 0; a time so late that no half-life lies in the window.
    Source: H. Hänscheid et al., J. Nucl. Med. 59 (2018) 75.

    >>> round(hanscheid(0.1, 0.005, 72.0, 159.528).tia_h, 6)
    20.774809
    """
    if not (share > 0 and elapsed_h > 0 and 0 < standard_uncertainty < math.inf):
        raise RuleError(
            f"one point needs a time, a share and its uncertainty above 0, got {share:g} +- {standard_uncertainty:g} "
            f"at {elapsed_h:g} h"
        )
    shortest, longest = elapsed_h / WINDOW[1], min(elapsed_h / WINDOW[0], physical_half_life_h)
    if shortest > physical_half_life_h:
        raise RuleError(
            f"a point at {elapsed_h:g} h is too late for this method: it needs an effective half-life of "
            f"{shortest:.4g} h or more, and the nuclide has {physical_half_life_h:.6g} h"
        )
    tia_h = share * 2 * elapsed_h / math.log(2)
    ratios = [to_truth(elapsed_h / one) for one in (shortest, longest)]
    peak = 1 / math.log(2)
    if elapsed_h / longest < peak < WINDOW[1]:
        ratios.append(to_truth(peak))
    error = standard_uncertainty / share
    return OnePoint(
        tia_h=tia_h,
        point_error_h=tia_h * error,
        tia_lower_h=max(tia_h / max(ratios) * (1 - SURE * error), 0.0),
        tia_upper_h=tia_h / min(ratios) * (1 + SURE * error),
        half_lives_h=(shortest, longest),
        because=(
            "one point (Hänscheid 2018): share x 2 t / ln 2, for mono-exponential kinetics",
            f"it holds for effective half-lives of {shortest:.4g} to {longest:.4g} h (measured {WINDOW[0]:g} to "
            f"{WINDOW[1]:g} half-lives after the injection): there the method gives {min(ratios):.3f} to "
            f"{max(ratios):.3f} of the truth",
            "nothing in one point tells whether this patient's half-life is among them; the standard error is of the "
            "point alone, the limits hold the method too",
        ),
    )
