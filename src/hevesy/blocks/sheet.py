"""A sheet to draw on: axes, lines, bands and marks in the units of the data, until they are a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from hevesy.blocks.figure import SERIES, Area, Figure, Line, Mark, Paint, Point, Scene, Series, Shape, Text

LIMIT = 8
"""The dash of lines that are limits, of no series."""
COURSE_WIDTH, THIN = 1.6, 1.0
BAND = 0.25
"""How opaque a band behind a line is."""


def series_paint(number: int) -> Paint:
    """The paint of the series at a place; after eight they repeat.

    >>> series_paint(9)
    'series-1'
    """
    return f"series-{number % SERIES}"


class Sheet:
    """A drawing under way; x and y are in data units of the plot area set by `area`."""

    def __init__(self, width: int, height: int, id: str, title: str, description: str) -> None:
        self.width, self.height, self.id, self.title, self.description = width, height, id, title, description
        self._parts: list[Line | Area | Mark | Text] = []
        self._data: list[Series] = []
        self._x = (0.0, 1.0, 0.0, 1.0)
        self._y = (0.0, 1.0, 0.0, 1.0)
        self._titles = ("", "")
        self._scales = (True, True)

    def area(
        self, left: float, top: float, right: float, bottom: float, x: tuple[float, float], y: tuple[float, float]
    ) -> None:
        """Set where the plot area lies (pixels) and which data it spans; (high, low) turns an axis round."""
        self._x = (left, right, x[0], x[1] if x[1] != x[0] else x[0] + 1)
        self._y = (bottom, top, y[0], y[1] if y[1] != y[0] else y[0] + 1)

    def x(self, value: float) -> float:
        """Pixel of a data value across."""
        left, right, low, high = self._x
        return left + (value - low) / (high - low) * (right - left)

    def y(self, value: float) -> float:
        """Pixel of a data value upwards."""
        bottom, top, low, high = self._y
        return bottom + (value - low) / (high - low) * (top - bottom)

    def text(
        self,
        x_px: float,
        y_px: float,
        words: str,
        anchor: Literal["start", "middle", "end"] = "start",
        paint: Paint = "ink",
    ) -> None:
        """Words at a place in pixels."""
        self._parts.append(Text(at=(x_px, y_px), words=words, anchor=anchor, paint=paint))

    def keep(self, name: str, paint: Paint, points: Sequence[Point], drawn: Sequence[Point] | None = None) -> None:
        """What has been drawn in a paint, as data; `drawn`: where, if beside its values."""
        kept = tuple((float(x), float(y)) for x, y in points)
        self._data.append(Series(name=name, paint=paint, points=kept, places=self._pixels(drawn or kept)))

    def course(
        self, name: str, number: int, points: Sequence[Point], width: float = COURSE_WIDTH, step: bool = False
    ) -> None:
        """The line of a series in its colour and dash, kept as data; `step` holds each value until the next."""
        self.keep(name, series_paint(number), points)
        corners = points
        if step:
            steps = (((after[0], before[1]), after) for before, after in pairwise(points))
            corners = [points[0], *(corner for held in steps for corner in held)]
        self.line(corners, series_paint(number), width, number % SERIES)

    def line(self, points: Sequence[Point], paint: Paint, width: float = COURSE_WIDTH, dash: int = 0) -> None:
        """A line through data points."""
        self._parts.append(Line(points=self._pixels(points), paint=paint, width=width, dash=dash))

    def rule(
        self, x1: float, y1: float, x2: float, y2: float, paint: Paint = "ink", dash: int = 0, width: float = THIN
    ) -> None:
        """A straight line in pixels."""
        self._parts.append(Line(points=((x1, y1), (x2, y2)), paint=paint, width=width, dash=dash))

    def box(self, x1: float, y1: float, x2: float, y2: float, paint: Paint, opacity: float = 1.0) -> None:
        """A filled box between data values."""
        self.polygon([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], paint, opacity)

    def polygon(self, points: Sequence[Point], paint: Paint, opacity: float = 1.0) -> None:
        """A filled area around data points."""
        self._parts.append(Area(points=self._pixels(points), paint=paint, opacity=opacity))

    def mark(self, x: float, y: float, shape: Shape, paint: Paint, told: str) -> None:
        """A mark at a data point with words that a pointer shows."""
        self._parts.append(Mark(at=(self.x(x), self.y(y)), shape=shape, paint=paint, told=told))

    def axes(
        self, x_ticks: Sequence[float], y_ticks: Sequence[float], x_title: str, y_title: str, grid: bool = True
    ) -> None:
        """Axes with ticks and titles around the plot area."""
        left, right = self._x[0], self._x[1]
        bottom, top = self._y[0], self._y[1]
        self._titles = (x_title, y_title)
        self._scales = (bool(x_ticks), bool(y_ticks))
        for tick in y_ticks:
            if grid:
                self.rule(left, self.y(tick), right, self.y(tick), "grid")
            self.text(left - 6, self.y(tick) + 4, f"{tick:g}", "end", "faint")
        for tick in x_ticks:
            self.rule(self.x(tick), bottom, self.x(tick), bottom + 4)
            self.text(self.x(tick), bottom + 17, f"{tick:g}", "middle", "faint")
        self.rule(left, bottom, right, bottom)
        self.rule(left, bottom, left, top)
        self.text((left + right) / 2, bottom + 34, x_title, "middle")
        if y_title:
            self.text(left, top - 10, y_title)

    def key(self, names: Sequence[str], left: float, y: float) -> None:
        """Which colour and dash is which group; a group without a name keeps its place.

        Many groups take several lines.
        """
        shown = [(number, name) for number, name in enumerate(names) if name]
        across = min(len(shown), 4) if len(shown) <= 4 else 3
        room = (self.width - left) / max(across, 1)
        for place, (number, name) in enumerate(shown):
            x, line = left + place % across * room, y + 16 * (place // across)
            self.rule(x, line - 4, x + 24, line - 4, series_paint(number), number % SERIES, COURSE_WIDTH)
            most = int((room - 34) / 6.4)
            self.text(x + 30, line, name if len(name) <= most else name[: most - 1] + "\u2026")
            self.height = max(self.height, int(line) + 14)

    def figure(self, caption: str) -> Figure:
        """What has been drawn."""
        scene = Scene(
            width=self.width,
            height=self.height,
            parts=tuple(self._parts),
            data=tuple(self._data),
            x_title=self._titles[0],
            y_title=self._titles[1],
            scales=self._scales,
        )
        return Figure(id=self.id, title=self.title, caption=caption, description=self.description, scene=scene)

    def _pixels(self, points: Sequence[Point]) -> tuple[Point, ...]:
        return tuple((self.x(x), self.y(y)) for x, y in points)


def nice_ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round values that span a range."""
    if high <= low:
        return [low]
    rough = (high - low) / about
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(magnitude * factor for factor in (1, 2, 2.5, 5, 10) if magnitude * factor >= rough)
    first = math.ceil(low / step) * step
    ticks = []
    while first <= high + step * 1e-9:
        ticks.append(round(first, 10) + 0.0)
        first += step
    return ticks
