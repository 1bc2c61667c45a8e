"""Means of a quantity over planned times, a line an activity, with the limits of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.curves import Spread, SpreadLine, spread_figure

if TYPE_CHECKING:
    from hevesy.blocks.figure import Figure
    from hevesy.conduct.dose_times import Cell, Grid


def dose_times_figure(grid: Grid) -> Figure:
    """The cells of a quantity; where the model tells nothing, plain means without limits."""
    quantity = grid.quantity
    lines: dict[str, list[Spread]] = {}
    for cell in grid.cells:
        if cell.spread is not None:
            lines.setdefault(cell.group.name, []).append(_spread(grid, cell, cell.spread.mean))
    kind = "Geometric means" if quantity.scale == "ratio" else "Means"
    return spread_figure(
        [SpreadLine(name=name, points=tuple(points)) for name, points in lines.items()],
        f"cells-{quantity.key}",
        f"{quantity.title} by activity and time",
        "Arithmetic means of the cells." if grid.compared is None else f"{kind} by the model, with 95 % limits.",
        "planned time after the injection, h",
        quantity.title.lower(),
    )


def _spread(grid: Grid, cell: Cell, plain_mean: float) -> Spread:
    """Mean with limits by the model, else the plain mean."""
    found = grid.compared_at(cell)
    if found is None:
        return Spread(
            x=cell.planned_h, y=plain_mean, lower=None, upper=None, told=f"{cell.planned_h:g} h: {plain_mean:.2f}"
        )
    told = f"{cell.planned_h:g} h: {found.mean:.2f} ({found.lower:.2f} to {found.upper:.2f})"
    return Spread(x=cell.planned_h, y=found.mean, lower=found.lower, upper=found.upper, told=told)
