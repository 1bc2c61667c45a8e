"""CT numbers to density and tissue, by a stated calibration."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
LEAST_DENSITY_g_per_cm3, LARGEST_DENSITY_g_per_cm3 = 0.001, 20.0
"""From air to gold; what lies outside is a wrong unit."""
Padding = Literal["air"]
Metal = Literal["clamp"]


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
        for _, density in self.density:
            if not LEAST_DENSITY_g_per_cm3 <= density <= LARGEST_DENSITY_g_per_cm3:
                raise RuleError(
                    f"densities lie in {LEAST_DENSITY_g_per_cm3:g}..{LARGEST_DENSITY_g_per_cm3:g} g/cm3, "
                    f"got {density:g} ({self.name})"
                )

    @property
    def limits_HU(self) -> tuple[float, float]:
        """The lowest and the highest CT number that has a density."""
        return self.density[0][0], self.density[-1][0]

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clamped:
    """CT numbers within a calibration, and how many were brought there from below and from above."""

    ct_HU: NDArray[np.float32] = field(repr=False)
    padding: int
    metal: int
    because: tuple[str, ...]


def clamped(
    ct_HU: NDArray[np.floating], calibration: Calibration, padding: Padding | None = None, metal: Metal | None = None
) -> Clamped:
    """CT numbers as a calibration takes them: what scanners write where they saw nothing (-2048, -3024), and metal.

    Numbers below the calibration become its lowest with `padding="air"`, those above its highest with `metal="clamp"`;
    without, they are refused, as is what is no finite number.
    """
    low, high = calibration.limits_HU
    if not np.isfinite(ct_HU).all():
        place = tuple(int(one) for one in np.argwhere(~np.isfinite(ct_HU))[0])
        raise RuleError(f"the CT has {ct_HU[place]} at voxel {place}: CT numbers are finite")
    below, above = int(np.count_nonzero(ct_HU < low)), int(np.count_nonzero(ct_HU > high))
    if below and padding is None:
        raise RuleError(
            f"{below:,} voxels of the CT lie below {low:g} HU, down to {float(ct_HU.min()):g}: nothing is so light; "
            "what the scanner did not see is taken as air with ⟦padding⟧ air",
            field="padding",
        )
    if above and metal is None:
        raise RuleError(
            f"{above:,} voxels of the CT lie above {high:g} HU, up to {float(ct_HU.max()):g}: metal, which has no "
            f"density by this calibration; it is taken as {high:g} HU with ⟦metal⟧ clamp",
            field="metal",
        )
    because = []
    if below:
        because.append(f"{below:,} voxels of the CT below {low:g} HU (padding) were taken as air")
    if above:
        because.append(f"{above:,} voxels of the CT above {high:g} HU (metal) were taken as {high:g} HU: too light")
    held = np.clip(ct_HU, low, high).astype(np.float32, copy=False) if below or above else ct_HU.astype(np.float32)
    return Clamped(ct_HU=held, padding=below, metal=above, because=tuple(because))
