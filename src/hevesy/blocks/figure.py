"""A figure: a scene of lines, areas, marks and texts with the data it shows, before it has a format or colours.

Places are pixels of the scene (x to the right, y down); paint is a name that a theme gives a colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SERIES = 8
"""Colours (each with its own dash and mark) before they repeat."""

Point = tuple[float, float]
Paint = str
"""`ink`, `faint`, `grid`, `hole`, `series-0` to `series-7`, `grade-0` to `grade-4`."""
Shape = Literal["dot", "cross", "tick", "diamond", "arrow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through points; `dash` is the number of a pattern (0: none), the same in every theme."""

    points: tuple[Point, ...]
    paint: Paint
    width: float = 1.0
    dash: int = 0
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A filled area around points."""

    points: tuple[Point, ...]
    paint: Paint
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A mark at a point, with the words that a pointer shows."""

    at: Point
    shape: Shape
    paint: Paint
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words at a point, of which they are the start, the middle or the end."""

    at: Point
    words: str
    paint: Paint = "ink"
    anchor: Literal["start", "middle", "end"] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What a line or a set of marks shows, in the units of its axes, so that values can be read off and kept.

    `places` are where its points lie in the scene.
    """

    name: str
    paint: Paint
    points: tuple[Point, ...]
    places: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is drawn, in the order in which it is drawn, and its data.

    `scales`: whether values can be read off the axis across, and the one upwards.
    """

    width: int
    height: int
    parts: tuple[Line | Area | Mark | Text, ...]
    data: tuple[Series, ...] = ()
    x_title: str = ""
    y_title: str = ""
    scales: tuple[bool, bool] = (True, True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A scene with a title, a caption and a description for those who do not see it."""

    id: str
    title: str
    caption: str
    description: str
    scene: Scene
