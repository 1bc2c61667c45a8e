"""Step curves of a probability over time, with those censored as ticks and the numbers at risk below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hevesy.blocks.figure import SERIES, Figure, Point
from hevesy.blocks.sheet import COURSE_WIDTH, Sheet, nice_ticks, series_paint


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCurve:
    """A curve: its name, the number of its colour and dash, its points from time 0 on.

    `censored` are times, values and what a pointer is told there; `at_risk` gives how many are at risk at a time.
    """

    name: str
    number: int
    points: Sequence[Point]
    censored: Sequence[tuple[float, float, str]] = ()
    at_risk: Callable[[float], int] | None = None


def longest_of(curves: Sequence[StepCurve]) -> float:
    """The last time of any curve."""
    return max(curve.points[-1][0] for curve in curves)


def risk_times(curves: Sequence[StepCurve]) -> list[float]:
    """The times at which numbers at risk are told."""
    return nice_ticks(0, longest_of(curves) * 1.04, 8)


def step_figure(
    curves: Sequence[StepCurve], id: str, title: str, caption: str, description: str, x_title: str
) -> Figure:
    """The curves on one sheet, told apart by colour and dash."""
    longest, ticks = longest_of(curves), risk_times(curves)
    sheet = Sheet(760, 320 + 18 * len(curves), id, title, description)
    sheet.area(190, 34, 730, 250, (0, longest * 1.04), (0, 1))
    sheet.axes(ticks, [0, 0.25, 0.5, 0.75, 1], x_title, "probability")
    for place, curve in enumerate(curves):
        paint, y = series_paint(curve.number), 308 + 18 * place
        sheet.course(curve.name, curve.number, curve.points, step=True)
        for time, value, told in curve.censored:
            sheet.mark(time, value, "tick", paint, told)
        sheet.rule(8, y - 4, 26, y - 4, paint, curve.number % SERIES, COURSE_WIDTH)
        sheet.text(30, y, curve.name[:25])
        if curve.at_risk is not None:
            for tick in ticks:
                sheet.text(sheet.x(tick), y, str(curve.at_risk(tick)), "middle")
    sheet.text(8, 290, "at risk", paint="faint")
    return sheet.figure(caption)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A value at a place with its limits (None: none are told), and the words that a pointer shows."""

    x: float
    y: float
    lower: float | None
    upper: float | None
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadLine:
    """Values of one group, in the order of their places."""

    name: str
    points: tuple[Spread, ...]


APART = 0.012
"""How far groups stand apart, in parts of what is shown, so that the limits of each can be seen."""


def spread_figure(
    lines: Sequence[SpreadLine], id: str, title: str, caption: str, x_title: str, y_title: str, low: float | None = 0.0
) -> Figure:
    """Values with their limits over a quantity, a line a group; the groups stand a little beside one another.

    `low`: where the axis begins; None: at the lowest limit.
    """
    every = [point for line in lines for point in line.points]
    places = sorted({point.x for point in every})
    values = [one for point in every for one in (point.y, point.lower, point.upper) if one is not None]
    room = (places[-1] - places[0]) or abs(places[0]) or 1.0
    lowest = min(values) if low is None else min(low, *values)
    described = "; ".join(f"{line.name}, {point.told}" for line in lines for point in line.points)
    sheet = Sheet(760, 350, id, title, described)
    highest = max(values) + 0.05 * (max(values) - lowest)
    sheet.area(62, 34, 745, 270, (places[0] - 0.08 * room, places[-1] + 0.08 * room), (lowest, highest))
    whole = all(place == int(place) for place in places)
    sheet.axes(places if whole else nice_ticks(places[0], places[-1]), nice_ticks(lowest, highest), x_title, y_title)
    for number, line in enumerate(lines):
        paint, beside = series_paint(number), (number - (len(lines) - 1) / 2) * APART * room
        drawn = [(point.x + beside, point.y) for point in line.points]
        sheet.keep(line.name, paint, [(point.x, point.y) for point in line.points], drawn)
        sheet.line(drawn, paint, dash=number % SERIES)
        for point, (x, y) in zip(line.points, drawn, strict=True):
            if point.lower is not None and point.upper is not None:
                sheet.line([(x, point.lower), (x, point.upper)], paint)
            sheet.mark(x, y, "dot" if number % 2 == 0 else "diamond", paint, f"{line.name}, {point.told}")
    sheet.key([line.name for line in lines], 60, 332)
    return sheet.figure(caption)
