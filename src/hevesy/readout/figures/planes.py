"""Planes of an image as a picture, and the words that say what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.picture import Contour, Pane, Picture, Voxels
from hevesy.blocks.sheet import series_paint

if TYPE_CHECKING:
    from hevesy.imaging.slices import Point, Slice

COLOURS = ("blue", "orange", "green", "pink", "yellow", "grey", "violet", "rose")
"""What a reader calls the paints of regions, in their order."""


def planes_picture(
    slices: Sequence[Slice],
    point_mm: Point,
    value: float,
    *,
    window: tuple[float, float],
    unit: str,
    regions: Sequence[str] = (),
    name: str = "planes",
    voxels: Voxels | None = None,
) -> Picture:
    """Planes side by side; `regions` names their masks, `value` is that of the voxel at the point."""
    panes = tuple(_pane(one) for one in slices)
    where = ", ".join(f"{told} {one:.1f}" for told, one in zip("xyz", point_mm, strict=True))
    *first, last = (one.plane for one in slices)
    named = f"{', '.join(first)} and {last} plane" if first else f"{last} plane"
    lower, upper = (_with_unit(f"{one:.6g}", unit) for one in window)
    numbered = [f"{place + 1} {region} ({COLOURS[place % len(COLOURS)]})" for place, region in enumerate(regions)]
    caption = (
        f"The {named} through {where} mm (to the left, back and head). Black is {lower} and below, white {upper} "
        f"and above. Each pixel, {panes[0].pixel_mm:.3g} mm wide, shows the voxel that its centre lies in; "
        "blue-grey has no value. R, L, A, P, H, F: the patient's right, left, front, back, head and feet."
    )
    caption += f" Contours: {', '.join(numbered)}." if numbered else ""
    contours = f", with {len(numbered)} contours" * (len(numbered) > 1) or ", with a contour" * len(numbered)
    there = _with_unit(f"{value:.6g}", unit)
    return Picture(
        id=name,
        title="Three planes",
        caption=caption,
        description=f"The {named} through {where} mm{contours}; the voxel there has {there}.",
        panes=panes,
        window=window,
        unit=unit,
        voxels=voxels,
    )


def _with_unit(number: str, unit: str) -> str:
    return f"{number} {unit}".strip()


def _pane(one: Slice) -> Pane:
    contours = (Contour(number=place + 1, paint=series_paint(place), mask=mask) for place, mask in enumerate(one.masks))
    return Pane(
        values=one.values,
        pixel_mm=one.pixel_mm,
        left=one.left,
        right=one.right,
        top=one.top,
        bottom=one.bottom,
        cross=one.point,
        contours=tuple(contours),
    )
