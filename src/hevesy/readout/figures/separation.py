"""Means of a measure over time by dose, with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.figure import Figure
from hevesy.blocks.sheet import Sheet, nice_ticks, series_paint

if TYPE_CHECKING:
    from hevesy.find.time_points import TimePoints


def separation_figure(found: TimePoints, measure: str, dose_unit: str, level: float = 0.95) -> Figure:
    """One line a dose, a mark and an interval at each time; doses stand a little beside one another."""
    doses = sorted({cell.dose for cell in found.cells})
    last = max(cell.time_h for cell in found.cells)
    step = last / 90
    told = "; ".join(
        f"{cell.dose:g} {dose_unit}".strip()
        + f" at {cell.time_h:g} h: {cell.mean:.3g} ({cell.lower:.3g} to {cell.upper:.3g})"
        for cell in found.cells
    )
    low = min(0.0, *(cell.lower for cell in found.cells)) if found.scale == "ratio" else min(
        cell.lower for cell in found.cells)  # fmt: skip
    high = max(cell.upper for cell in found.cells)
    sheet = Sheet(760, 350, "separation", f"{measure} by dose and time", told)
    sheet.area(52, 34, 745, 270, (0, last * 1.05), (low, high))
    sheet.axes(
        sorted({cell.time_h for cell in found.cells}), nice_ticks(low, high), "hours after the injection", measure
    )
    for number, dose in enumerate(doses):
        beside = (number - (len(doses) - 1) / 2) * step
        own = [cell for cell in found.cells if cell.dose == dose]
        points = [(cell.time_h + beside, cell.mean) for cell in own]
        name = f"{dose:g} {dose_unit}".strip()
        sheet.keep(name, series_paint(number), [(cell.time_h, cell.mean) for cell in own], points)
        sheet.line(points, series_paint(number), dash=number)
        for cell, (x, _) in zip(own, points, strict=True):
            sheet.line([(x, cell.lower), (x, cell.upper)], series_paint(number))
            shown = (
                f"{name} at {cell.time_h:g} h: {cell.mean:.3g} ({cell.lower:.3g} to {cell.upper:.3g}), n = {cell.scans}"
            )
            sheet.mark(x, cell.mean, "dot", series_paint(number), shown)
    sheet.key([f"{dose:g} {dose_unit}".strip() for dose in doses], 60, 332)
    mean = "Geometric means" if found.scale == "ratio" else "Means"
    return sheet.figure(f"{mean} of {measure} with {level:.0%} intervals of the mixed model.")
