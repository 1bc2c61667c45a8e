"""Blocks of an answer in other formats: a table as CSV or HTML, a figure as SVG, a picture as PNG."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from hevesy.blocks.figure import Figure
from hevesy.blocks.picture import Picture
from hevesy.blocks.section import Block, Section, flat
from hevesy.blocks.table import Table
from hevesy.errors import CannotAnswerError

Kind = TypeVar("Kind", Table, Figure, Picture)


def csv(blocks: Iterable[Block]) -> str:
    """The first table of some blocks as comma-separated values."""
    from hevesy.render.csv import as_csv

    return as_csv(_first(blocks, Table)).decode()


def html(blocks: Iterable[Block]) -> str:
    """The first table that is not opened on demand, as HTML."""
    from hevesy.render.html import as_html

    return as_html([_first([block for block in blocks if not isinstance(block, Section)], Table)])


def svg(blocks: Iterable[Block]) -> str:
    """The first figure of some blocks as a picture with its colours written out."""
    from hevesy.render.svg import as_svg

    return as_svg(_first(blocks, Figure), "paper")


def png(blocks: Iterable[Block]) -> bytes:
    """The first picture of some blocks."""
    from hevesy.render.png import as_png

    return as_png(_first(blocks, Picture))


def _first(blocks: Iterable[Block], kind: type[Kind]) -> Kind:
    for block in flat(blocks):
        if isinstance(block, kind):
            return block
    raise CannotAnswerError(f"this answer has no {kind.__name__.lower()}")


FACES: Mapping[str, Callable[[Iterable[Block]], str | bytes]] = {"csv": csv, "html": html, "png": png, "svg": svg}
"""Faces beside words and data, by name."""
