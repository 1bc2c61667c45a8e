"""Reading the rows of a table that is named on the command line."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.errors import CannotAnswerError

TableFile = Annotated[Path, typer.Argument(metavar="FILE", help="A table: .csv, .xpt or .parquet.")]


def number_of(row: Any, column: str, file: Path) -> float:
    """The number in a column of a row; anything else is refused with its place."""
    text = row.values.get(column)
    if text is None or not text.strip():
        raise CannotAnswerError(f"{file.name}, line {row.line}, {column}: the cell is empty, a number is needed")
    try:
        found = float(text or "")
    except ValueError:
        raise CannotAnswerError(f"{file.name}, line {row.line}, {column}: {text!r} is not a number") from None
    if not math.isfinite(found):
        raise CannotAnswerError(f"{file.name}, line {row.line}, {column}: {text!r} is not a finite number")
    return found


def read_columns(file: Path, columns: list[str]) -> Any:
    """A table that has these columns."""
    from hevesy.files.tables import read_table

    table = read_table(file)
    for column in columns:
        if column not in table.columns:
            raise CannotAnswerError(f"{file.name} has no column {column!r}; it has {', '.join(table.columns)}")
    return table


def groups_of(table: Any, by: str | None, file: Path) -> dict[str, list[Any]]:
    """Rows by the group that a column names, in order of the names; without a column all are one."""
    groups: dict[str, list[Any]] = {}
    for row in table.rows:
        if by and not (row.values[by] or "").strip():
            raise CannotAnswerError(f"{file.name}, line {row.line}, {by}: a row without its group")
        groups.setdefault((row.values[by] or "") if by else "all", []).append(row)
    if not groups:
        raise CannotAnswerError(f"{file.name} has no rows")
    return {name: groups[name] for name in sorted(groups)}


def is_number(text: str) -> bool:
    """Whether a text reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
