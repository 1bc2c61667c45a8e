"""Blocks in their order: sections under headings, and the document they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hevesy.blocks.figure import Figure
from hevesy.blocks.number import Cell, Number, Value
from hevesy.blocks.picture import Picture
from hevesy.blocks.prose import Listing, Paragraph
from hevesy.blocks.table import Table
from hevesy.errors import RuleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Blocks under a heading; a folded one is opened on demand (a subject's profile)."""

    id: str
    title: str
    blocks: tuple[Block, ...] = field(repr=False)
    folded: bool = False


Block = Paragraph | Listing | Table | Figure | Picture | Section


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFile:
    """Delivered rows of one source, to which numbers point: per ledger row its line in the file and its values.

    `ledger_rows` are the rows it holds, as pairs of first and last in order.
    """

    name: str
    columns: tuple[str, ...]
    rows: Iterable[tuple[int, int | None, tuple[str | None, ...]]]
    ledger_rows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Sections under a title, and the rows behind their numbers; `id` names the folder or file it is kept in.

    What identifies it stands in `facts` as it is shown and in `about` as data, each as pairs of name and value.
    """

    id: str
    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    about: tuple[tuple[str, Value], ...]
    sections: tuple[Section, ...]
    row_files: tuple[RowFile, ...] = ()
    synthetic: bool = False


def flat(blocks: Iterable[Block]) -> Iterator[Block]:
    """Every block in reading order, those of sections after the section itself."""
    for block in blocks:
        yield block
        if isinstance(block, Section):
            yield from flat(block.blocks)


class Standing(NamedTuple):
    """A number where it stands: in which sections, from the outermost, and in which table, if in one."""

    number: Number
    sections: tuple[Section, ...]
    table: Table | None


def standing(blocks: Iterable[Block], within: tuple[Section, ...] = ()) -> Iterator[Standing]:
    """Every number of some blocks in reading order, each time that it stands somewhere."""
    for block in blocks:
        table = block if isinstance(block, Table) else None
        for part in _parts(block):
            if isinstance(part, Number):
                yield Standing(part, within, table)
        if isinstance(block, Section):
            yield from standing(block.blocks, (*within, block))


def numbers_in(blocks: Iterable[Block]) -> list[Number]:
    """Every number of some blocks in reading order, each once; two of one id that differ are refused."""
    found: dict[str, Number] = {}
    for number, _, _ in standing(blocks):
        known = found.setdefault(number.id, number)
        if known != number:
            raise RuleError(f"two numbers are called {number.id!r}: {known.text} and {number.text}")
    return list(found.values())


def _parts(block: Block) -> Iterator[Cell]:
    match block:
        case Paragraph(parts=parts):
            yield from parts
        case Listing(items=items):
            for item in items:
                yield from item
        case Table(rows=rows, notes=notes):
            for row in rows:
                yield from row.cells
            for note in notes:
                yield from note.parts
        case Figure() | Picture() | Section():
            pass
