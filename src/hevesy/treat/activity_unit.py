"""The unit that a map of activity is told in: of a moment or integrated over time, per mL or per voxel."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hevesy.errors import RuleError
from hevesy.units import factor_of

EXAMPLES = "Bq/mL, kBq/mL, MBq/voxel, Bq s/mL, MBq h/mL, MBq h/voxel"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapUnit:
    """A unit as written, its factor to Bq or to decays (Bq s), and what it is told of."""

    written: str
    factor: float
    integrated: bool
    per_voxel: bool

    def per_mL(self, voxel_mL: float) -> float:
        """The factor to Bq/mL, or to decays per mL, in voxels of a volume."""
        return self.factor / voxel_mL if self.per_voxel else self.factor


def map_unit(words: str) -> MapUnit:
    """A unit of maps.

    >>> map_unit("MBq h/mL").factor, map_unit("kBq/voxel").per_mL(0.5)
    (3600000000.0, 2000.0)
    """
    text = " ".join(words.strip().replace("*", " ").replace(".", " ").split())
    found = re.fullmatch(r"([kMGT]?Bq|[um]?Ci) ?(s|min|h|d)? ?/ ?(mL|ml|cm3|cc|voxel)", text)
    if found is None:
        raise RuleError(f"{words!r} is no unit of a map of activity, as in {EXAMPLES}")
    activity, time, per = found.groups()
    factor = factor_of(activity, "activity") * 1e6
    if time is not None:
        factor *= factor_of(time, "time") * 3600
    return MapUnit(written=text, factor=factor, integrated=time is not None, per_voxel=per == "voxel")
