"""Means of a quantity over planned times, a line an activity, with the limits of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.figure import SERIES, Figure, Shape
from hevesy.blocks.sheet import Sheet, nice_ticks, series_paint

if TYPE_CHECKING:
    from hevesy.conduct.dose_times import Cell, Grid

APART = 0.012
"""How far the activities stand apart, in parts of the time shown, so that their limits can be seen."""


def dose_times_figure(grid: Grid) -> Figure:
    """The cells of a quantity; where the model tells nothing, plain means without limits."""
    quantity, times = grid.quantity, sorted({cell.planned_h for cell in grid.cells})
    groups = list(dict.fromkeys(cell.group.id for cell in grid.cells))
    shown = [(cell, *_limits(grid, cell)) for cell in grid.cells if cell.spread is not None]
    highest = max(value for _, mean, _, upper in shown for value in (mean, upper) if value is not None) * 1.05
    room = (times[-1] - times[0]) or 24.0
    told = "; ".join(f"{cell.group.name} at {cell.planned_h:g} h: {mean:.2f}" for cell, mean, _, _ in shown)
    sheet = Sheet(760, 330, f"cells-{quantity.key}", f"{quantity.title} by activity and time", told)
    sheet.area(52, 34, 745, 270, (times[0] - 0.08 * room, times[-1] + 0.08 * room), (0, highest))
    sheet.axes(times, nice_ticks(0, highest), "planned time after the injection, h", quantity.title.lower())
    for place, group in enumerate(groups):
        own = [one for one in shown if one[0].group.id == group]
        offset = (place - (len(groups) - 1) / 2) * APART * room
        if own:
            drawn = [(cell.planned_h + offset, mean) for cell, mean, _, _ in own]
            values = [(cell.planned_h, mean) for cell, mean, _, _ in own]
            sheet.keep(own[0][0].group.name, series_paint(place), values, drawn)
            sheet.line(drawn, series_paint(place), dash=place % SERIES)
        for cell, mean, lower, upper in own:
            at = cell.planned_h + offset
            if lower is not None and upper is not None:
                sheet.line([(at, lower), (at, upper)], series_paint(place))
            shape: Shape = "dot" if place % 2 == 0 else "diamond"
            sheet.mark(at, mean, shape, series_paint(place), f"{cell.group.name}, {cell.planned_h:g} h: {mean:.2f}")
    sheet.key([next(cell.group.name for cell in grid.cells if cell.group.id == group) for group in groups], 60, 322)
    if grid.compared is None:
        return sheet.figure("Arithmetic means of the cells.")
    kind = "Geometric means" if quantity.scale == "ratio" else "Means"
    return sheet.figure(f"{kind} by the model, with 95 % limits.")


def _limits(grid: Grid, cell: Cell) -> tuple[float, float | None, float | None]:
    """Mean with limits by the model, else the plain mean."""
    found = grid.compared_at(cell)
    if found is not None:
        return found.mean, found.lower, found.upper
    return (cell.spread.mean if cell.spread is not None else 0.0), None, None
