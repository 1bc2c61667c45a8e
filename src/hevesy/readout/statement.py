"""What a readout is made of: numbers that carry their meaning, in paragraphs, tables and figures, in sections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from hevesy.errors import RuleError

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A value as shown, what it means, on whom, by which rule and from which ledger rows.

    Its id is stable between cuts.
    """

    id: str
    value: Value
    text: str
    label: str
    definition: str
    population: str
    because: tuple[str, ...]
    rows: tuple[int, ...]


Part = str | Number
Tone = Literal["plain", "answer", "caution"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A sentence made of text and numbers; `answer` stands out, `caution` warns."""

    parts: tuple[Part, ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Short sentences, one below another."""

    items: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with a caption; the page shows at most `shown` rows, the file beside it all of them."""

    id: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Part, ...], ...]
    note: str | None = None
    shown: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing as SVG with a caption and a description for those who do not see it."""

    id: str
    caption: str
    description: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Blocks under a title that is opened on demand (a subject's profile)."""

    id: str
    title: str
    blocks: tuple[Block, ...]


Block = Paragraph | Listing | Table | Figure | Folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the readout under a heading."""

    id: str
    title: str
    blocks: tuple[Block, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFile:
    """Delivered rows of one source for tables/: file name, columns, and per ledger row its file line and values."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Iterable[tuple[int, int | None, tuple[str | None, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """A study read out at a cut: what identifies it, its sections, and the rows its numbers point to."""

    study_id: str
    title: str
    synthetic: bool
    cut: str
    known_at: str | None
    head: str
    entries: int
    version: str
    sections: tuple[Section, ...]
    row_files: tuple[RowFile, ...]


def numbers_in(blocks: Iterable[Block]) -> list[Number]:
    """Every number of some blocks in reading order, each once."""
    found: dict[str, Number] = {}

    def look(block: Block) -> None:
        match block:
            case Paragraph(parts=parts):
                note(parts)
            case Listing(items=items):
                for item in items:
                    note(item)
            case Table(rows=rows):
                for row in rows:
                    note(row)
            case Folded(blocks=inside):
                for part in inside:
                    look(part)
            case Figure():
                pass

    def note(parts: Iterable[Part]) -> None:
        for part in parts:
            if isinstance(part, Number):
                known = found.setdefault(part.id, part)
                if known != part:
                    raise RuleError(f"two numbers are called {part.id!r}: {known.text} and {part.text}")

    for block in blocks:
        look(block)
    return list(found.values())


def plain(part: Part) -> str:
    """The text of a part."""
    return part.text if isinstance(part, Number) else part


def ranges(rows: Iterable[int]) -> str:
    """Row numbers as short as they can be said.

    >>> ranges([3, 1, 2, 7, 9, 10])
    '1-3, 7, 9-10'
    """
    said: list[tuple[int, int]] = []
    for row in sorted(set(rows)):
        if said and row == said[-1][1] + 1:
            said[-1] = (said[-1][0], row)
        else:
            said.append((row, row))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in said)
