"""Means of a measure over time by dose, with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.curves import Spread, SpreadLine, spread_figure

if TYPE_CHECKING:
    from hevesy.blocks.figure import Figure
    from hevesy.find.time_points import Cell, TimePoints


def separation_figure(found: TimePoints, measure: str, dose_unit: str, level: float = 0.95) -> Figure:
    """One line a dose, a mark and an interval at each time; of a ratio from 0 on."""
    lines = [
        SpreadLine(
            name=f"{dose:g} {dose_unit}".strip(),
            points=tuple(_spread(cell) for cell in found.cells if cell.dose == dose),
        )
        for dose in sorted({cell.dose for cell in found.cells})
    ]
    return spread_figure(
        lines,
        "separation",
        f"{measure} by dose and time",
        f"{'Geometric means' if found.scale == 'ratio' else 'Means'} of {measure} with {level:.0%} intervals of the "
        "mixed model.",
        "hours after the injection",
        measure,
        0.0 if found.scale == "ratio" else None,
    )


def _spread(cell: Cell) -> Spread:
    told = f"{cell.time_h:g} h: {cell.mean:.3g} ({cell.lower:.3g} to {cell.upper:.3g}), n = {cell.scans}"
    return Spread(x=cell.time_h, y=cell.mean, lower=cell.lower, upper=cell.upper, told=told)
