"""Time-activity curves of regions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import ImageFile, Quantity, Text
from hevesy.answers.find.asked_image import AskedBody, Contours, Files
from hevesy.answers.progress import tell
from hevesy.blocks.curves import Spread, SpreadLine, spread_figure
from hevesy.blocks.figure import Figure
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.blocks.table import of_numbers, table

if TYPE_CHECKING:
    from hevesy.conduct.curves import Curves, Point

COMMAND = "find curve"
FACES = ("csv", "svg")
USUAL_RESOLUTION_MM = 6.0
"""Of a clinical PET after reconstruction."""


def curve(
    series: Files,
    *,
    regions: Annotated[Path, ImageFile("Regions: NIfTI, or DICOM contours or segmentation.", "FILE")],
    nuclide: Annotated[str, Text("The label of the images, as in I-124.", "NUCLIDE")],
    for_: Annotated[str | None, Text("Curves of another label of the same molecule, as in I-131.", "NUCLIDE")] = None,
    resolution_mm: Annotated[
        float | None,
        Quantity("Full width at half maximum, for the noise; 6 mm where not given.", dimension="length", unit="mm"),
    ] = None,
    contours: Contours = "centre",
    body: AskedBody,
) -> Answer:
    """Time-activity curves of regions over PET volumes of one frame of reference, for another label too.

    Returns by region the hours after injection, the share of the administered activity (decay included) and its
    standard uncertainty, from the noise of the region and from its edge.
    Refused are volumes in two frames of reference, two of one time, another label than the header's, and what SUV
    refuses.
    Source: shares are corrected to the injection as SUV is; another label keeps the biology and has its own decay.

    Example: print(hevesy.curve(["pet/6h", "pet/24h", "pet/48h"], regions="pet/regions.nii", nuclide="I-124"))
    """
    from hevesy.conduct.curves import time_activity_curves

    found = time_activity_curves(
        series,
        regions,
        nuclide,
        other=for_,
        resolution_mm=USUAL_RESOLUTION_MM if resolution_mm is None else resolution_mm,
        contours=contours,
        given=body.given(),
        tell=tell,
    )
    document: dict[str, Json] = {
        "nuclide": found.nuclide,
        "imaged": found.curves[0].measured_with or found.nuclide,
        "curves": [
            {
                "region": name,
                "elapsed_h": time,
                "activity_fraction": share,
                "uncertainty": uncertainty,
                "decay_corrected_fraction": point.content.share,
                "noise": point.content.noise,
                "edge": point.content.edge,
                "volume_mL": point.content.volume_mL,
            }
            for name, time, share, uncertainty, point in _points(found)
        ],
        "warnings": list(found.warnings),
        "because": list(found.because),
    }
    return Answer(document=document, blocks=tuple(_blocks(found)))


def _points(found: Curves) -> Iterator[tuple[str, float, float, float, Point]]:
    for one in found.curves:
        rows = zip(
            one.elapsed_h, one.activity_fractions, one.standard_uncertainties, found.points[one.region], strict=True
        )
        yield from ((one.region, *row) for row in rows)


def _blocks(found: Curves) -> Iterator[Block]:
    imaged = found.curves[0].measured_with
    of = found.nuclide if imaged is None else f"{found.nuclide}, from images of {imaged}"
    points = len(found.curves[0].elapsed_h)
    yield said(
        f"activity of {len(found.curves)} region{'s' * (len(found.curves) > 1)} at {points} "
        f"time{'s' * (points > 1)}: {of}",
        tone="answer",
    )
    yield from (said(sentence, tone="caution") for sentence in found.warnings)
    percent = "% of the administered"
    # the nuclide stands in each row, so that who fits the table cannot take it for another
    columns = [of_numbers(title, unit) for title, unit in (("after injection", "h"), ("activity", percent))]
    columns += [of_numbers("standard uncertainty", percent), of_numbers("corrected for decay", percent)]
    columns += [
        of_numbers("of noise", percent, "corrected for decay"),
        of_numbers("of the edge", percent, "corrected for decay"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (name, found.nuclide, shown(time, ".4g"), shown(100 * share, ".4g"), shown(100 * uncertainty, ".2g"),
         *(shown(100 * one, form) for one, form in (
             (point.content.share, ".4g"), (point.content.noise, ".2g"), (point.content.edge, ".2g"))),
         shown(point.content.volume_mL, ".4g"))
        for name, time, share, uncertainty, point in _points(found)
    ]  # fmt: skip
    yield table(
        "curves", f"Activity by region and time, {of}", ("region", "nuclide", *columns, of_numbers("volume", "mL")),
        rows, *found.because,
    )  # fmt: skip
    yield _figure(found, of)


def _figure(found: Curves, of: str) -> Figure:
    lines: dict[str, list[Spread]] = {}
    for name, time, share, uncertainty, _ in _points(found):
        told = f"{time:.4g} h: {100 * share:.3g} +- {100 * uncertainty:.2g} %"
        low, high = 100 * (share - uncertainty), 100 * (share + uncertainty)
        lines.setdefault(name, []).append(Spread(x=time, y=100 * share, lower=low, upper=high, told=told))
    return spread_figure(
        [SpreadLine(name=name, points=tuple(points)) for name, points in lines.items()],
        "curves-figure",
        f"Activity in regions, {of}",
        "Share of the administered activity, decay included, with its standard uncertainty (k = 1).",
        "after the injection, h",
        "% of the administered",
    )
