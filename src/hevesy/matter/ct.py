"""CT numbers to density and tissue, by a stated calibration."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How one scanner's CT numbers (HU) mean density (g/cm3), linear between points, and tissue, by upper bounds in HU.

    The default is that of W. Schneider, T. Bortfeld and W. Schlegel (Phys. Med. Biol. 45 (2000) 459) for density; the
    bounds of tissues are Hevesy's own choice.
    """

    density: tuple[tuple[float, float], ...] = (
        (-1024, 0.00121),
        (-1000, 0.00121),
        (-98, 0.930486),
        (14, 1.03),
        (23, 1.031),
        (100, 1.1199),
        (1600, 1.9642),
        (3071, 2.835),
    )
    tissues: tuple[tuple[float, str], ...] = field(
        default=(
            (-950, "air"),
            (-150, "lung"),
            (-20, "adipose"),
            (120, "soft tissue"),
            (500, "spongiosa"),
            (float("inf"), "cortical bone"),
        )
    )
    name: str = "Schneider 2000, generic"

    def __post_init__(self) -> None:
        """Refuse what does not rise."""
        for points, word in (
            (self.density, "CT numbers of the density calibration"),
            (self.tissues, "bounds of tissues"),
        ):
            marks = [point[0] for point in points]
            if len(marks) < 2 or not all(earlier < later for earlier, later in pairwise(marks)):
                raise RuleError(f"{word} rise strictly, got {marks} ({self.name})")
        if not all(0 < density < float("inf") for _, density in self.density):
            raise RuleError(f"densities are positive ({self.name})")

    def density_g_per_cm3(self, ct_HU: Floats) -> Floats:
        """Density by CT number, any shape; numbers outside the calibration are refused."""
        numbers = np.asarray(ct_HU, dtype=np.float64)
        low, high = self.density[0][0], self.density[-1][0]
        if numbers.size and not (np.all(np.isfinite(numbers)) and numbers.min() >= low and numbers.max() <= high):
            wrong = numbers[~((numbers >= low) & (numbers <= high))].flat[0]
            raise RuleError(f"CT numbers lie in {low:g}..{high:g} HU ({self.name}), got {wrong:g}")
        return np.asarray(np.interp(numbers, *np.array(self.density).T))

    def tissue(self, ct_HU: Floats) -> NDArray[np.int64]:
        """Index into `tissues` by CT number, any shape."""
        self.density_g_per_cm3(ct_HU)
        return np.asarray(
            np.searchsorted([bound for bound, _ in self.tissues], np.asarray(ct_HU, dtype=np.float64), side="left")
        )
