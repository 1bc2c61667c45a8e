"""An image and its regions as a picture, for every answer that has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.picture import Picture

if TYPE_CHECKING:
    from hevesy.imaging.region import Region
    from hevesy.imaging.slices import Point
    from hevesy.imaging.volume import Volume


def pictured(
    volume: Volume,
    regions: Sequence[Region],
    point_mm: Point,
    window: tuple[float, float],
    *,
    name: str = "planes",
    look_through: bool = False,
) -> Picture:
    """The three planes through a point with the contours of regions; `window` has what is drawn black and white.

    `look_through`: with all voxels beside it, for a browser. Refused: a point beside the image.
    """
    from hevesy.conduct.looked_at import voxels_of
    from hevesy.imaging.slices import place_of, three_slices
    from hevesy.readout.figures.planes import planes_picture

    place = place_of(volume.grid, point_mm)
    return planes_picture(
        three_slices(volume, point_mm, regions),
        point_mm,
        float(volume.values[place]),
        window=window,
        unit=volume.unit,
        regions=[one.name for one in regions],
        name=name,
        voxels=voxels_of(volume, place, regions) if look_through else None,
    )
