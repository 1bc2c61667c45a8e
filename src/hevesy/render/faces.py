"""One block of an answer by itself: its table as comma-separated values or HTML, its picture as SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from hevesy.blocks.figure import Figure
from hevesy.blocks.section import Block, flat
from hevesy.blocks.table import Table
from hevesy.errors import CannotAnswerError


def csv(blocks: Iterable[Block]) -> str:
    """The first table of some blocks as comma-separated values."""
    from hevesy.render.csv import as_csv

    for block in flat(blocks):
        if isinstance(block, Table):
            return as_csv(block).decode()
    raise CannotAnswerError("this answer has no table")


def svg(blocks: Iterable[Block]) -> str:
    """The first figure of some blocks as a picture with its colours written out."""
    from hevesy.render.svg import as_svg

    for block in flat(blocks):
        if isinstance(block, Figure):
            return as_svg(block, "paper")
    raise CannotAnswerError("this answer has no figure")


FACES: Mapping[str, Callable[[Iterable[Block]], str]] = {"csv": csv, "svg": svg}
"""Faces beside words and data, by name."""
