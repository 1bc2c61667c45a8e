"""Dose-volume histograms of a subject's regions, by radionuclides and by external beam each on their own scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.sheet import Sheet, nice_ticks

if TYPE_CHECKING:
    from hevesy.blocks.figure import Figure
    from hevesy.conduct.dose_volumes import RegionVolumeDose

MOST_LINES = 8
"""Colours and dashes there are; the table has every curve."""


def histograms_figure(id: str, subject: str, by: str, curves: Sequence[RegionVolumeDose]) -> Figure | None:
    """The cumulative curves of one radionuclide, or of external beam; None: there is none."""
    drawn = curves[:MOST_LINES]
    if not drawn:
        return None
    largest_Gy = max(one.curve.largest_Gy for one in drawn) or 1.0
    described = "; ".join(
        f"{one.region}: mean {one.curve.mean_Gy:.3g} Gy, D95 {one.curve.at_least_Gy(95):.3g} Gy, D2 "
        f"{one.curve.at_least_Gy(2):.3g} Gy"
        for one in drawn
    )
    sheet = Sheet(760, 350, id, f"{subject}: dose over volume by {by}", described)
    sheet.area(62, 34, 745, 270, (0.0, 1.02 * largest_Gy), (0.0, 102.0))
    sheet.axes(nice_ticks(0.0, largest_Gy), [0, 25, 50, 75, 100], "dose, Gy", "% of the volume that receive it")
    for number, one in enumerate(drawn):
        points = list(zip(one.curve.doses_Gy, one.curve.shares_percent, strict=True))
        before = [(0.0, 100.0)] * (points[0][0] > 0)
        after = [(points[-1][0], 0.0)] * (points[-1][1] > 0)
        sheet.course(_name(one, drawn), number, [*before, *points, *after])
    sheet.key([_name(one, drawn) for one in drawn], 60, 332)
    more = f" Of {len(curves)} curves the first {MOST_LINES}." if len(curves) > MOST_LINES else ""
    return sheet.figure(
        f"{subject}: the share of each region's volume that receives a dose of {by} or more, as delivered.{more}"
    )


def _name(one: RegionVolumeDose, drawn: Sequence[RegionVolumeDose]) -> str:
    """The region, with the program where two tell of it."""
    twice = sum(other.region == one.region for other in drawn) > 1
    return f"{one.region} ({one.points[0].program})" if twice else one.region
