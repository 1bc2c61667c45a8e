"""A sheet to draw on: axes, lines, bands and marks as SVG, with a title and description inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from hevesy.names import printable

STYLE = """
.fig { --ink: #1a1a1a; --faint: #8a8a8a; --grid: #e3e3e3; --s0: #0072b2; --s1: #b34700; --s2: #00775a; --s3: #8f3f76;
  --s4: #7a6a00; --s5: #4d4d4d; --s6: #2c3e94; --s7: #c2185b;
  --g1: #fff3c4; --g2: #ffd9a0; --g3: #ffb59c; --g4: #f08a8a; font: 12px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { .fig { --ink: #ededed; --faint: #9a9a9a; --grid: #3a3a3a; --s0: #67b7ec; \
--s1: #ffa15c;
  --s2: #4fd1ac; --s3: #e09ac8; --s4: #d9c74a; --s5: #bdbdbd; --s6: #9fb0ff; --s7: #ff8ab5;
  --g1: #3d3820; --g2: #4d3a1e; --g3: #57301f; --g4: #5e2427; } }
.fig text { fill: var(--ink); } .fig .faint { fill: var(--faint); } .fig .end { text-anchor: end; } \
.fig .mid { text-anchor: middle; }
.fig .axis { stroke: var(--ink); fill: none; } .fig .grid { stroke: var(--grid); fill: none; }
.fig .line { fill: none; stroke-width: 1.6; } .fig .c0 { stroke: var(--s0); } .fig .c1 { stroke: var(--s1); }
.fig .c2 { stroke: var(--s2); } .fig .c3 { stroke: var(--s3); } .fig .f0 { fill: var(--s0); } \
.fig .f1 { fill: var(--s1); }
.fig .f2 { fill: var(--s2); } .fig .f3 { fill: var(--s3); } .fig .thin { stroke-width: 1; opacity: .85; }
.fig .d1 { stroke-dasharray: 6 3; } .fig .d2 { stroke-dasharray: 2 3; } .fig .d3 { stroke-dasharray: 8 3 2 3; }
.fig .c4 { stroke: var(--s4); } .fig .c5 { stroke: var(--s5); } .fig .c6 { stroke: var(--s6); } \
.fig .c7 { stroke: var(--s7); }
.fig .f4 { fill: var(--s4); } .fig .f5 { fill: var(--s5); } .fig .f6 { fill: var(--s6); } .fig .f7 { fill: var(--s7); }
.fig .d4 { stroke-dasharray: 1 2; } .fig .d5 { stroke-dasharray: 10 2; } .fig .d6 { stroke-dasharray: 4 2 1 2 1 2; }
.fig .d7 { stroke-dasharray: 12 4; }
.fig .b1 { fill: var(--g1); } .fig .b2 { fill: var(--g2); } .fig .b3 { fill: var(--g3); } .fig .b4 { fill: var(--g4); }
.fig .hole { fill: #fff; stroke: #1a1a1a; }
.fig .window { stroke: var(--ink); stroke-dasharray: 4 3; } .fig .band { opacity: .25; stroke: none; }
""".strip()

SERIES = 8
"""Colours (each with its own dash and mark) before they repeat."""


def coordinate(value: float) -> str:
    """A coordinate to a tenth of a pixel: the same on every machine."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


class Sheet:
    """A drawing under way; x and y are in data units of the plot area set by `axes`."""

    def __init__(self, width: int, height: int, name: str, title: str, description: str) -> None:
        self.width, self.height, self.name, self.title, self.description = width, height, name, title, description
        self._parts: list[str] = []
        self._x = (0.0, 1.0, 0.0, 1.0)
        self._y = (0.0, 1.0, 0.0, 1.0)

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

    def text(self, x_px: float, y_px: float, words: str, classes: str = "") -> None:
        """Words at a place in pixels."""
        kind = f' class="{classes}"' if classes else ""
        self._parts.append(
            f'<text x="{coordinate(x_px)}" y="{coordinate(y_px)}"{kind}>{escape(printable(words))}</text>'
        )

    def line(self, points: Sequence[tuple[float, float]], classes: str, step: bool = False) -> None:
        """A line through data points; `step` holds each value until the next."""
        path: list[str] = []
        for number, (x, y) in enumerate(points):
            if number and step:
                path.append(f"H{coordinate(self.x(x))}")
                path.append(f"V{coordinate(self.y(y))}")
            else:
                path.append(f"{'L' if number else 'M'}{coordinate(self.x(x))} {coordinate(self.y(y))}")
        self._parts.append(f'<path class="{classes}" d="{"".join(path)}"/>')

    def rule(self, x1: float, y1: float, x2: float, y2: float, classes: str) -> None:
        """A straight line in pixels."""
        ends = zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True)
        self._parts.append(
            f'<line class="{classes}" '
            f"{' '.join(f'{key}={chr(34)}{coordinate(value)}{chr(34)}' for key, value in ends)}/>"
        )

    def box(self, x1: float, y1: float, x2: float, y2: float, classes: str) -> None:
        """A filled box between data values."""
        left, right = sorted((self.x(x1), self.x(x2)))
        top, bottom = sorted((self.y(y1), self.y(y2)))
        size = f'width="{coordinate(right - left)}" height="{coordinate(bottom - top)}"'
        self._parts.append(f'<rect class="{classes}" x="{coordinate(left)}" y="{coordinate(top)}" {size}/>')

    def polygon(self, points: Sequence[tuple[float, float]], classes: str) -> None:
        """A filled area around data points."""
        corners = " ".join(f"{coordinate(self.x(x))},{coordinate(self.y(y))}" for x, y in points)
        self._parts.append(f'<polygon class="{classes}" points="{corners}"/>')

    def mark(self, x: float, y: float, shape: str, classes: str, told: str) -> None:
        """A mark at a data point with words that a pointer shows: dot, cross, tick, diamond, arrow."""
        px, py = self.x(x), self.y(y)
        paths = {
            "dot": f"M{coordinate(px - 3)} {coordinate(py)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0",
            "cross": f"M{coordinate(px - 4)} {coordinate(py - 4)}l8 8m0 -8l-8 8",
            "tick": f"M{coordinate(px)} {coordinate(py - 5)}v10",
            "diamond": f"M{coordinate(px)} {coordinate(py - 5)}l5 5l-5 5l-5 -5z",
            "arrow": f"M{coordinate(px)} {coordinate(py - 4)}l7 4l-7 4z",
        }
        self._parts.append(
            f'<path class="{classes}" d="{paths[shape]}"><title>{escape(printable(told))}</title></path>'
        )

    def axes(
        self, x_ticks: Sequence[float], y_ticks: Sequence[float], x_label: str, y_label: str, grid: bool = True
    ) -> None:
        """Axes with ticks and labels around the plot area."""
        left, right = self._x[0], self._x[1]
        bottom, top = self._y[0], self._y[1]
        for tick in y_ticks:
            if grid:
                self.rule(left, self.y(tick), right, self.y(tick), "grid")
            self.text(left - 6, self.y(tick) + 4, f"{tick:g}", "end faint")
        for tick in x_ticks:
            self.rule(self.x(tick), bottom, self.x(tick), bottom + 4, "axis")
            self.text(self.x(tick), bottom + 17, f"{tick:g}", "mid faint")
        self.rule(left, bottom, right, bottom, "axis")
        self.rule(left, bottom, left, top, "axis")
        self.text((left + right) / 2, bottom + 34, x_label, "mid")
        self.text(left, top - 10, y_label)

    def key(self, names: Sequence[str], left: float, y: float) -> None:
        """Which colour and dash is which group; a group without a name keeps its place.

        Many groups take several lines.
        """
        shown = [(number, name) for number, name in enumerate(names) if name]
        across = min(len(shown), 4) if len(shown) <= 4 else 3
        room = (self.width - left) / max(across, 1)
        for place, (number, name) in enumerate(shown):
            series = number % SERIES
            x, line = left + place % across * room, y + 16 * (place // across)
            self.rule(x, line - 4, x + 24, line - 4, f"line c{series} d{series}")
            most = int((room - 34) / 6.4)
            self.text(x + 30, line, name if len(name) <= most else name[: most - 1] + "\u2026")
            self.height = max(self.height, int(line) + 14)

    def svg(self) -> str:
        """The drawing without its style (a page has the style once)."""
        named = f"{self.name}-title {self.name}-desc"
        title, description = escape(printable(self.title)), escape(printable(self.description))
        head = (
            f'<svg class="fig" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-labelledby="{named}">'
            f'<title id="{self.name}-title">{title}</title><desc id="{self.name}-desc">{description}</desc>'
        )
        return head + "".join(self._parts) + "</svg>"


def standalone(svg: str) -> str:
    """The drawing as a file of its own, with its style inside."""
    end_of_tag = svg.index(">") + 1
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg[:end_of_tag]}<style>{STYLE}</style>{svg[end_of_tag:]}\n'


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
