"""Reading the columns of a delivered table: what is missing or no number is refused with its place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from hevesy.errors import CannotAnswerError
from hevesy.files.tables import DeliveredRow, DeliveredTable


def require(table: DeliveredTable, columns: Sequence[str | None]) -> DeliveredTable:
    """The table, which has these columns (a column that was not asked for is None)."""
    for column in columns:
        if column is not None and column not in table.columns:
            raise CannotAnswerError(f"{table.name} has no column {column!r}; it has {', '.join(table.columns)}")
    return table


def columns_for(table: DeliveredTable, names: Mapping[str, Sequence[str]], *needed: str) -> dict[str, str]:
    """The column of each field by the names it may have; a needed one that is not there is refused."""
    found = {field: next((name for name in choices if name in table.columns), "") for field, choices in names.items()}
    for field in needed:
        if not found[field]:
            raise CannotAnswerError(f"{table.name} has no column for {field}: one of {', '.join(names[field])}")
    return found


def texts_of(row: DeliveredRow, columns: Mapping[str, str]) -> dict[str, str]:
    """What a row says of each field; nothing is an empty text."""
    return {field: (row.values.get(column) or "") if column else "" for field, column in columns.items()}


def plain(name: str) -> str:
    """The name of a column, however its words are divided and written.

    >>> plain("Patient ID ")
    'patient_id'
    """
    return "_".join(re.split(r"[^a-z0-9]+", name.strip().casefold()))


def number_of(text: str) -> float | None:
    """A number as files write it, or None; 0_5, which is 5 in Python alone, is none.

    >>> number_of(" 2.1e-05")
    2.1e-05
    """
    if "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None


def number_in(table: DeliveredTable, row: DeliveredRow, column: str) -> float:
    """The number in a column of a row; anything else is refused with its place."""
    text = row.values.get(column)
    if text is None or not text.strip():
        raise CannotAnswerError(f"{table.name}, line {row.line}, {column}: the cell is empty, a number is needed")
    found = number_of(text)
    if found is None:
        raise CannotAnswerError(f"{table.name}, line {row.line}, {column}: {text!r} is not a number")
    if not math.isfinite(found):
        raise CannotAnswerError(f"{table.name}, line {row.line}, {column}: {text!r} is not a finite number")
    return found


def numbers_in(table: DeliveredTable, column: str) -> list[float]:
    """The numbers of a column, row by row."""
    return [number_in(table, row, column) for row in table.rows]


def rows_by(table: DeliveredTable, by: str | None) -> dict[str, list[DeliveredRow]]:
    """Rows by the group that a column names, in order of the names; without a column all are one."""
    groups: dict[str, list[DeliveredRow]] = {}
    for row in table.rows:
        if by and not (row.values[by] or "").strip():
            raise CannotAnswerError(f"{table.name}, line {row.line}, {by}: a row without its group")
        groups.setdefault((row.values[by] or "").strip() if by else "all", []).append(row)
    if not groups:
        raise CannotAnswerError(f"{table.name} has no rows")
    return {name: groups[name] for name in sorted(groups)}


def is_number(text: str | None) -> bool:
    """Whether a text reads as a number."""
    try:
        float(text or "")
    except ValueError:
        return False
    return True
