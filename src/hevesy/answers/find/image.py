"""An image looked at: three planes through a point, with regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import ImageFile, ImagePlaces, Numbers, Text
from hevesy.answers.find.asked_image import ContourRule, Contours
from hevesy.answers.find.pictured import pictured
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Column, Table, of_numbers, table
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.find.body import Kind

if TYPE_CHECKING:
    from hevesy.imaging.region import Region
    from hevesy.imaging.slices import Place, Point
    from hevesy.imaging.volume import Volume

COMMAND = "find image"
FACES = ("png",)


def image(
    series: Annotated[
        Sequence[Path], ImagePlaces("A NIfTI file, a folder of DICOM files, or the files themselves.", "SERIES")
    ],
    *,
    mask: Annotated[Path | None, ImageFile("Regions: NIfTI, or DICOM contours or segmentation.", "FILE")] = None,
    region: Annotated[str | None, Text("The one region of the file that is shown.", "NAME")] = None,
    contours: Contours = "centre",
    at: Annotated[
        Sequence[float],
        Numbers("A point in mm to the left, back and head, as in 12,-30,40; else where the value is largest.", "X,Y,Z"),
    ] = (),
    window: Annotated[
        Sequence[float],
        Numbers("Values drawn black and white, as in 0,10; else the least and the largest.", "LOW,HIGH"),
    ] = (),
    kind: Annotated[
        Kind | None, Text("As SUV of this kind, where it is PET; else as stored.", choices=get_args(Kind))
    ] = None,
) -> Answer:
    """Three planes of an image through a point, with the contours of regions and the value there.

    The planes are the patient's own, however oblique the image is. In a browser it can be looked through.

    Returns the point (mm to the left, back and head), its voxel (column, row and slice from 0) and value, the window,
    size and edges of the voxels, and of each region voxels, volume, least, mean and largest value.
    Refused are several images at once, a point beside the image, regions of another frame of reference.

    Example: print(hevesy.image("pet/24h", mask="pet/regions.nii", window="0,10", kind="bw"))
    """
    from hevesy.conduct.looked_at import image_of

    seen = image_of(series, kind)
    volume = seen.volume
    drawn = _drawn(volume, mask, region, contours)
    place, point_mm = _point(volume, at, drawn)
    ends = _ends(volume, window)
    value = float(volume.values[place])
    measured = [_measured(one, volume) for one in drawn]
    because = (
        f"values: {seen.values}",
        *([] if at else [f"the point is where the value is largest{' in the first region' if drawn else ''}"]),
        *([] if window else ["the window is from the least to the largest value"]),
    )
    document: dict[str, Json] = {
        "at_mm": list(point_mm),
        "voxel": list(place[::-1]),
        "value": value if isfinite(value) else None,
        "unit": volume.unit,
        "window": list(ends),
        "size": list(volume.grid.shape[::-1]),
        "edges_mm": list(volume.grid.edges_mm[::-1]),
        "regions": [asdict(one) for one in measured],
        "warnings": list(seen.warnings),
        "because": [*because, "each pixel shows the voxel that its centre lies in"],
    }
    where = ", ".join(f"{one:.1f}" for one in point_mm)
    told = f"{value:.6g} {volume.unit}".strip() if isfinite(value) else "no number"
    return Answer(
        document=document,
        blocks=(
            said(f"{told} at {where} mm to the left, back and head", tone="answer"),
            *(said(sentence, tone="caution") for sentence in seen.warnings),
            pictured(volume, drawn, point_mm, ends, look_through=True),
            *([_table(measured, volume.unit)] if measured else []),
            *map(said, because),
        ),
    )


def _drawn(volume: Volume, mask: Path | None, region: str | None, contours: ContourRule) -> tuple[Region, ...]:
    from hevesy.conduct.images import region_of, regions_of

    if mask is None:
        if region is not None:
            raise QuestionError("⟦region⟧ belongs to a file of regions: give it, ⟦mask⟧", "region", "mask")
        return ()
    if region is not None:
        return (region_of(mask, volume.grid, region, contours),)
    return regions_of(mask, volume.grid, contours)


def _point(volume: Volume, at: Sequence[float], drawn: Sequence[Region]) -> tuple[Place, Point]:
    """The voxel that is asked about and the point itself: by default the centre of the voxel with the largest value."""
    from hevesy.imaging.slices import centre_of, highest, place_of

    if not at:
        place = highest(volume, drawn[0] if drawn else None)
        return place, centre_of(volume.grid, place)
    if len(at) != 3:
        raise QuestionError(f"a point has three numbers, as in 12,-30,40, got {len(at)}", "at")
    point_mm = at[0], at[1], at[2]
    try:
        return place_of(volume.grid, point_mm), point_mm
    except RuleError as error:
        raise QuestionError(error.rule, "at") from None


def _ends(volume: Volume, window: Sequence[float]) -> tuple[float, float]:
    """The values that are drawn black and white."""
    import numpy as np

    if window:
        if len(window) != 2 or not window[0] < window[1]:
            told = ",".join(f"{one:g}" for one in window)
            raise QuestionError(f"a window is a lower and a higher value, as in 0,10, got {told}", "window")
        return window[0], window[1]
    known = np.isfinite(volume.values)
    lower = float(np.min(volume.values, where=known, initial=np.inf))
    upper = float(np.max(volume.values, where=known, initial=-np.inf))
    if not known.any():
        raise CannotAnswerError("the image has no finite value")
    return lower, upper if lower < upper else lower + 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A region in numbers; what is no number is left out of least, mean and largest, and counted."""

    region: str
    voxels: int
    without_value: int
    volume_mL: float
    least: float | None
    mean: float | None
    largest: float | None
    rule: str


def _measured(region: Region, volume: Volume) -> Measured:
    import numpy as np

    values = region.within(volume).astype(np.float64)
    known = values[np.isfinite(values)]
    return Measured(
        region=region.name,
        voxels=region.voxels,
        without_value=len(values) - len(known),
        volume_mL=region.volume_mL,
        least=float(known.min()) if len(known) else None,
        mean=float(known.mean()) if len(known) else None,
        largest=float(known.max()) if len(known) else None,
        rule=region.rule,
    )


def _table(measured: Sequence[Measured], unit: str) -> Table:
    """The regions by the number that stands at their contour."""
    columns: list[str | Column] = ["number", "region", of_numbers("voxels"), of_numbers("volume", "mL")]
    columns += [of_numbers(name, unit or None) for name in ("least", "mean", "largest")]
    rows: list[list[Cell]] = [
        [
            str(number),
            one.region,
            shown(one.voxels),
            shown(one.volume_mL, ".4f"),
            *(shown(value, ".6g", "no number") for value in (one.least, one.mean, one.largest)),
        ]
        for number, one in enumerate(measured, start=1)
    ]
    return table("regions", "Regions", columns, rows, *sorted({one.rule for one in measured}))
