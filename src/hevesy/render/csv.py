"""A table as a file of comma-separated values, for programs and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from hevesy.blocks.number import Cell, Shown, Value, plain
from hevesy.blocks.table import Row, Table
from hevesy.names import as_cell

INSET = "\u2003"
"""What sets a row in below the one it belongs to."""


def as_csv(table: Table) -> bytes:
    r"""Headings and cells: a number as it is shown, a value that a cell only shows as the value itself.

    >>> from hevesy.blocks.table import table
    >>> as_csv(table("levels", "Levels", ("level", "subjects"), [("1", "4")]))
    b'level,subjects\n1,4\n'
    """
    return csv_of((column.full_heading for column in table.columns), map(_values, table.rows))


def csv_of(headings: Iterable[str], rows: Iterable[Iterable[Value]]) -> bytes:
    """Rows as a file; no text of them is taken for a formula by a spreadsheet."""
    content = io.BytesIO()
    text = io.TextIOWrapper(content, encoding="utf-8", newline="")  # a StringIO takes four bytes a character
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(as_cell, headings))
    writer.writerows([as_cell(cell) if type(cell) is str else cell for cell in row] for row in rows)
    text.flush()
    return content.getvalue()


def _values(row: Row) -> list[Value]:
    first, *others = map(_value, row.cells)
    return [f"{INSET * row.level}{first}" if row.level else first, *others]


def _value(cell: Cell) -> Value:
    return cell.value if isinstance(cell, Shown) else plain(cell)
