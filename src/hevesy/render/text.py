"""Blocks as the words of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from hevesy.blocks.figure import Figure
from hevesy.blocks.number import Part, plain
from hevesy.blocks.picture import Picture
from hevesy.blocks.prose import Listing, Paragraph
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Column, Row, Table
from hevesy.names import printable

BETWEEN = "  "


def as_text(blocks: Iterable[Block]) -> str:
    r"""Sentences one a line, tables in columns; a blank line around what is more than a sentence.

    A figure or a picture is its description. What is folded is opened on demand, which a terminal cannot: it is
    left out.

    >>> from hevesy.blocks.prose import said
    >>> as_text([said("one"), said("two")])
    'one\ntwo'
    """
    lines: list[str] = []
    set_apart = False
    for block in blocks:
        told, apart = _lines(block), not isinstance(block, Paragraph | Listing)
        if not told:
            continue
        if lines and (apart or set_apart):
            lines.append("")
        lines += told
        set_apart = apart
    return printable("\n".join(lines))


def _lines(block: Block) -> list[str]:
    match block:
        case Paragraph(parts=parts):
            return [_sentence(parts)]
        case Listing(items=items):
            return [_sentence(item) for item in items]
        case Table():
            return _of_table(block)
        case Figure(description=description) | Picture(description=description):
            return [description]
        case Section(folded=True):
            return []
        case Section(title=title, blocks=inside):
            return [title, as_text(inside)] if inside else [title]
        case _:
            assert_never(block)


def _sentence(parts: Iterable[Part]) -> str:
    return "".join(map(plain, parts))


def _of_table(table: Table) -> list[str]:
    heads = [_above(table.columns)] if any(column.under for column in table.columns) else []
    every = [*heads, [column.heading for column in table.columns], *(_cells(row) for row in table.rows)]
    wide = [max(len(cells[place]) for cells in every) for place in range(len(table.columns))]
    return [
        table.title,
        *(_line(cells, wide, table.columns) for cells in every),
        *(_sentence(note.words) for note in table.notes),
    ]


def _above(columns: Sequence[Column]) -> list[str]:
    """The titles that neighbours share, each over the first of them."""
    earlier = [None, *(column.under for column in columns)]
    return [(one.under or "") if one.under != before else "" for one, before in zip(columns, earlier, strict=False)]


def _cells(row: Row) -> list[str]:
    first, *others = (" ".join(plain(cell).split("\n")) for cell in row.cells)
    return [BETWEEN * row.level + first, *others]


def _line(cells: Sequence[str], wide: Sequence[int], columns: Sequence[Column]) -> str:
    told = zip(cells, wide, columns, strict=True)
    return BETWEEN.join(
        cell.rjust(width) if column.kind == "number" else cell.ljust(width) for cell, width, column in told
    ).rstrip()
