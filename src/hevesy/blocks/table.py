"""A table: columns that say what they hold, rows that say what they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hevesy.blocks.number import Cell, Number, ranges
from hevesy.blocks.prose import Note
from hevesy.errors import RuleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its title, the unit of its values, how they are set, and the title it shares with its neighbours."""

    title: str
    unit: str | None = None
    kind: Literal["text", "number", "date"] = "text"
    under: str | None = None

    @property
    def heading(self) -> str:
        """The title with the unit."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    @property
    def full_heading(self) -> str:
        """The heading where there is one line of them."""
        return f"{self.under}: {self.heading}" if self.under else self.heading


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: its cells, how far it is set in below the row it belongs to, and what it is."""

    cells: tuple[Cell, ...]
    level: int = 0
    kind: Literal["plain", "heading", "total"] = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with a caption; `population` is on whom it was made, its N in it.

    `looked_up` are rows in which something is looked for, not read from first to last: a screen shows fewer of them.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()
    population: str | None = None
    looked_up: bool = False

    def __post_init__(self) -> None:
        """Refuse a row that has not a cell for every column."""
        for place, row in enumerate(self.rows, start=1):
            if len(row.cells) != len(self.columns):
                raise RuleError(
                    f"table {self.id}: a row has a cell for each of {len(self.columns)} columns, got "
                    f"{len(row.cells)} (row {place})"
                )

    @property
    def title(self) -> str:
        """The caption and on whom the table was made."""
        return f"{self.caption} ({self.population})" if self.population else self.caption

    @property
    def source(self) -> tuple[tuple[int, int], ...]:
        """The ledger rows that its numbers come from, as pairs of first and last."""
        return ranges(row for line in self.rows for cell in line.cells if isinstance(cell, Number) for row in cell.rows)


def of_numbers(title: str, unit: str | None = None, under: str | None = None) -> Column:
    """A column of numbers, with the title it shares with its neighbours.

    >>> of_numbers("Area", "m2").heading
    'Area, m2'
    """
    return Column(title=title, unit=unit, kind="number", under=under)


def table(
    id: str,
    caption: str,
    columns: Sequence[str | Column],
    rows: Iterable[Sequence[Cell] | Row],
    *notes: str,
    population: str | None = None,
    looked_up: bool = False,
) -> Table:
    """A table from plain titles, cells and notes where nothing more is to be said of them.

    >>> table("levels", "Levels", ("level", "subjects"), [("1", "4")]).rows[0].cells
    ('1', '4')
    """
    return Table(
        id=id,
        caption=caption,
        columns=tuple(Column(title=one) if isinstance(one, str) else one for one in columns),
        rows=tuple(one if isinstance(one, Row) else Row(cells=tuple(one)) for one in rows),
        notes=tuple(Note(parts=(note,)) for note in notes),
        population=population,
        looked_up=looked_up,
    )
