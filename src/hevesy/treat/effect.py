"""From absorbed dose to biological effect, for a dose rate that falls with one half-life.

Source: Dale, Br J Radiol 1985;58:515; the form of Baechler, Hobbs, Prideaux, Wahl and Sgouros, Med Phys 2008;35:1123.
"""

from __future__ import annotations

import math

from hevesy.study.dose import LinearQuadratic


def bed_Gy(dose_Gy: float, organ: LinearQuadratic) -> float:
    """Biologically effective dose: D (1 + G D / (alpha/beta)), G the repair half-life over both half-lives together.

    >>> round(bed_Gy(20, LinearQuadratic(alpha_beta_Gy=2.5, repair_half_life_h=2.8, effective_half_life_h=50)), 2)
    28.48
    """
    return dose_Gy * (1 + _protracted(organ) * dose_Gy / organ.alpha_beta_Gy)


def dose_for_bed_Gy(bed_Gy: float, organ: LinearQuadratic) -> float:
    """The absorbed dose that has a biologically effective dose.

    >>> organ = LinearQuadratic(alpha_beta_Gy=2.5, repair_half_life_h=2.8, effective_half_life_h=50)
    >>> round(dose_for_bed_Gy(28.48, organ), 2)
    20.0
    """
    g = _protracted(organ) / organ.alpha_beta_Gy
    # the root of g D^2 + D = BED, written so that it does not cancel where g is small
    return 2 * bed_Gy / (1 + math.sqrt(1 + 4 * g * bed_Gy))


def _protracted(organ: LinearQuadratic) -> float:
    return organ.repair_half_life_h / (organ.repair_half_life_h + organ.effective_half_life_h)
