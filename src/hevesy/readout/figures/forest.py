"""A forest plot: rates of several groups with their intervals, alone and borrowing."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.blocks.figure import Figure
from hevesy.blocks.sheet import LIMIT, Sheet

Borrowed = tuple[float | None, float | None, float | None]


def forest_figure(
    groups: Sequence[tuple[str, float, tuple[float, float] | None, Borrowed]], null: float, method: str
) -> Figure:
    """One row a group.

    The rate with its exact interval (dot), the borrowed one below it (diamond), and the null rate as a line.
    """
    told = "; ".join(
        f"{name}: {rate:.0%}" + (f" ({limits[0]:.0%} to {limits[1]:.0%})" if limits else "")
        for name, rate, limits, _ in groups
    )
    height = 90 + 40 * len(groups)
    sheet = Sheet(760, height + 20, "forest", "Response rate by indication", told)
    sheet.area(240, 20, 730, height - 50, (0, 1), (len(groups), 0))
    sheet.axes([0, 0.25, 0.5, 0.75, 1], [], "response rate", "")
    sheet.rule(sheet.x(null), 20, sheet.x(null), height - 50, dash=LIMIT)
    for place, (name, rate, limits, (mean, lower, upper)) in enumerate(groups):
        sheet.text(232, sheet.y(place + 0.45) + 4, name, "end")
        if limits is not None:
            sheet.line([(limits[0], place + 0.35), (limits[1], place + 0.35)], "series-0")
        sheet.mark(rate, place + 0.35, "dot", "series-0", f"{name}, alone: {rate:.1%}")
        if mean is not None and lower is not None and upper is not None:
            sheet.line([(lower, place + 0.65), (upper, place + 0.65)], "series-1")
            sheet.mark(mean, place + 0.65, "diamond", "series-1", f"{name}, {method}: {mean:.1%}")
    middles = list(enumerate(groups))
    sheet.keep("alone", "series-0", [(rate, place + 0.35) for place, (_, rate, _, _) in middles])
    borrowing = [(mean, place + 0.65) for place, (_, _, _, (mean, _, _)) in middles if mean is not None]
    if borrowing:
        sheet.keep(f"borrowing ({method})", "series-1", borrowing)
    sheet.key(["alone, exact interval", f"borrowing ({method})"], 240, height + 8)
    return sheet.figure(f"Dashed line: the null rate, {null:.0%}. Intervals of 95 %.")
