"""Dose in a region: how it is spread over its volume, and the uniform dose that would do the same."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
EUD_RULE = "generalised equivalent uniform dose, the mean of dose to the power a, to the power 1/a"
EUD_SOURCE = "A. Niemierko, Med. Phys. 26 (1999) 1100"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DoseVolume:
    """Doses of a region's voxels, which are of one volume, in falling order."""

    falling_Gy: Floats = field(repr=False)
    voxel_mL: float

    @property
    def volume_mL(self) -> float:
        """The volume of all."""
        return len(self.falling_Gy) * self.voxel_mL

    @property
    def mean_Gy(self) -> float:
        """The mean over the volume."""
        return float(self.falling_Gy.mean())

    def at_least_Gy(self, percent: float) -> float:
        """The largest dose that so many percent of the volume receive or exceed (D95 of 95).

        >>> dose_volume([4.0, 1.0, 3.0, 2.0], 1.0).at_least_Gy(50)
        3.0
        """
        if not 0 < percent <= 100:
            raise RuleError(f"a share of the volume lies above 0 and up to 100 %, got {percent:g}")
        voxels = math.ceil(percent / 100 * len(self.falling_Gy) - 1e-9)
        return float(self.falling_Gy[max(voxels, 1) - 1])

    def percent_with(self, dose_Gy: float) -> float:
        """The percentage of the volume that receives a dose or more.

        >>> dose_volume([4.0, 1.0, 3.0, 2.0], 1.0).percent_with(3)
        50.0
        """
        return 100 * float(np.count_nonzero(self.falling_Gy >= dose_Gy)) / len(self.falling_Gy)

    def eud_Gy(self, a: float) -> float:
        """The generalised equivalent uniform dose: below 0 the least doses count most (tumours), above 1 the largest.

        >>> round(dose_volume([1.0, 3.0], 1.0).eud_Gy(2), 6)
        2.236068
        """
        if a == 0 or not math.isfinite(a):
            raise RuleError(f"the parameter a of an equivalent uniform dose is finite and not 0, got {a:g}")
        largest = float(self.falling_Gy[0])
        if largest == 0 or (a < 0 and float(self.falling_Gy[-1]) == 0):
            return 0.0
        scale = largest if a > 0 else float(self.falling_Gy[-1])  # powers of at most 1: nothing overflows
        return float(scale * np.mean((self.falling_Gy / scale) ** a) ** (1 / a))

    def curve(self, points: int = 200) -> tuple[Floats, Floats]:
        """The cumulative curve: doses from 0 to the largest, shape (points + 1,), and percent that receive them."""
        doses = np.linspace(0.0, float(self.falling_Gy[0]), points + 1)
        rising = self.falling_Gy[::-1]
        fewer = np.searchsorted(rising, doses, side="left")
        return doses, 100 * (len(rising) - fewer) / len(rising)


def dose_volume(doses_Gy: NDArray[np.floating] | list[float], voxel_mL: float) -> DoseVolume:
    """The doses of a region, in any order, its voxels of one volume.

    Refused: no voxel, doses below 0 or not finite, a volume that is none.
    """
    values = np.sort(np.asarray(doses_Gy, dtype=np.float64).ravel())[::-1]
    if not len(values):
        raise RuleError("a region has a voxel or more")
    if not np.isfinite(values).all() or values[-1] < 0:
        raise RuleError(f"doses are finite and 0 or more, got {float(values[-1]):g} Gy")
    if not (math.isfinite(voxel_mL) and voxel_mL > 0):
        raise RuleError(f"a voxel has a volume, got {voxel_mL:g} mL")
    return DoseVolume(falling_Gy=values, voxel_mL=voxel_mL)
