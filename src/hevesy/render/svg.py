"""A figure as SVG: in a page with its variables (light and dark), or as a file whose colours are written out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from math import isfinite
from typing import Literal, assert_never

from hevesy.blocks.figure import SERIES, Area, Figure, Line, Mark, Paint, Point, Scene, Text
from hevesy.names import printable

Theme = Literal["page", "paper"]

_NAMES = ("ink", "faint", "grid", "hole", *(f"series-{n}" for n in range(SERIES)), *(f"grade-{n}" for n in range(5)))
_LIGHT = (
    *("#1a1a1a", "#757575", "#e3e3e3", "#ffffff"),
    *("#0072b2", "#b34700", "#00775a", "#8f3f76", "#7a6a00", "#4d4d4d", "#2c3e94", "#c2185b"),
    *("#bfdbd6", "#fff3c4", "#ffd9a0", "#ffb59c", "#f08a8a"),
)
_DARK = (
    *("#ededed", "#9a9a9a", "#3a3a3a", "#14171a"),
    *("#67b7ec", "#ffa15c", "#4fd1ac", "#e09ac8", "#d9c74a", "#bdbdbd", "#9fb0ff", "#ff8ab5"),
    *("#23463f", "#3d3820", "#4d3a1e", "#57301f", "#5e2427"),
)
_COLOURS: dict[Theme, dict[Paint, str]] = {
    "paper": dict(zip(_NAMES, _LIGHT, strict=True)),
    "page": {name: f"var(--{name})" for name in _NAMES},
}
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 2", "10 2", "4 2 1 2 1 2", "12 4", "4 3")
_FONT = 'font-family="Liberation Sans, Arial, Helvetica, sans-serif" font-size="12"'


def _variables(colours: Sequence[str]) -> str:
    return "; ".join(f"--{name}: {colour}" for name, colour in zip(_NAMES, colours, strict=True))


DARK = dict(zip(_NAMES, _DARK, strict=True))
"""Colours on a dark ground, by the names of paints."""
STYLE = (
    f".fig {{ {_variables(_LIGHT)}; font: 12px system-ui, sans-serif; }}\n"
    f"@media (prefers-color-scheme: dark) {{ .fig {{ {_variables(_DARK)}; }} }}"
)
"""What a page says once, for all its figures."""


def as_svg(figure: Figure, theme: Theme, *, read_off: bool = False) -> str:
    """The figure to stand in a page that has `STYLE`, or as a file of its own.

    `read_off`: the page's figure carries its data for a script that tells the nearest value.
    """
    scene, colours = figure.scene, _COLOURS[theme]
    drawn = "".join(_part(part, colours) for part in scene.parts)
    named = f"{figure.id}-title {figure.id}-desc"
    head = f'viewBox="0 0 {scene.width} {scene.height}" role="img" aria-labelledby="{named}"'
    told = (
        f'<title id="{figure.id}-title">{_words(figure.title)}</title>'
        f'<desc id="{figure.id}-desc">{_words(figure.description)}</desc>'
    )
    if theme == "page":
        carried = _carried(scene) if read_off and scene.data else ""
        return f'<svg class="fig" xmlns="http://www.w3.org/2000/svg" {head}{carried}>{told}{drawn}</svg>'
    size = f'width="{scene.width}" height="{scene.height}"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" {size} {head} {_FONT}>'
        f'{told}<rect {size} fill="{colours["hole"]}"/>{drawn}</svg>\n'
    )


def _carried(scene: Scene) -> str:
    """The data of a scene: titles of axes with a scale, and of each series the name and x, y, place across and down."""
    series = [
        [one.name, *([*map(_figures, point), *(round(px, 1) for px in place)] for point, place in shown)]
        for one in scene.data
        if (shown := [pair for pair in zip(one.points, one.places, strict=True) if all(map(isfinite, pair[0]))])
    ]
    across, upwards = scene.scales
    titles = [across and (scene.x_title or "x"), upwards and (scene.y_title or "y")]
    told = json.dumps([*titles, series], ensure_ascii=False, separators=(",", ":"))
    return f' data-read="{_words(told)}"'


def _figures(value: float) -> float:
    return float(f"{value:.4g}")


def _part(part: Line | Area | Mark | Text, colours: dict[Paint, str]) -> str:
    colour = colours[part.paint]
    match part:
        case Line(points=points, width=width, dash=dash, opacity=opacity):
            dashed = f' stroke-dasharray="{_DASHES[dash]}"' if dash else ""
            stroke = f'stroke="{colour}" stroke-width="{width:g}"{dashed}{_see_through(opacity)}'
            return f'<path fill="none" {stroke} d="{_path(points)}"/>'
        case Area(points=points, opacity=opacity):
            return f'<path fill="{colour}"{_see_through(opacity)} d="{_path(points)}z"/>'
        case Mark(told=told):
            return f"{_mark(part, colours)}<title>{_words(told)}</title></path>"
        case Text(at=(x, y), words=words, anchor=anchor):
            where = "" if anchor == "start" else f' text-anchor="{anchor}"'
            return f'<text x="{_px(x)}" y="{_px(y)}" fill="{colour}"{where}>{_words(words)}</text>'
        case _:
            assert_never(part)


def _mark(mark: Mark, colours: dict[Paint, str]) -> str:
    x, y = mark.at
    paths = {
        "dot": f"M{_px(x - 3)} {_px(y)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0",
        "cross": f"M{_px(x - 4)} {_px(y - 4)}l8 8m0 -8l-8 8",
        "tick": f"M{_px(x)} {_px(y - 5)}v10",
        "diamond": f"M{_px(x)} {_px(y - 5)}l5 5l-5 5l-5 -5z",
        "arrow": f"M{_px(x)} {_px(y - 4)}l7 4l-7 4z",
    }
    if mark.shape in ("cross", "tick"):
        paint = f'fill="none" stroke="{colours[mark.paint]}" stroke-width="1.6"'
    else:
        edge = f' stroke="{colours["ink"]}"' if mark.paint == "hole" else ""
        paint = f'fill="{colours[mark.paint]}"{edge}'
    return f'<path {paint} d="{paths[mark.shape]}">'


def _see_through(opacity: float) -> str:
    return "" if opacity == 1 else f' opacity="{opacity:g}"'


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_px(x)} {_px(y)}" for x, y in points)


@lru_cache(maxsize=50_000)  # every figure is drawn twice, on the page and on paper
def _px(value: float) -> str:
    """A place to a tenth of a pixel: the same on every machine."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _words(text: str) -> str:
    return escape(printable(text))
