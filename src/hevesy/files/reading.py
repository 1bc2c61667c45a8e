"""A delivered table read once through a mapping: the rows it takes, under which keys, and which it cannot take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from hevesy.files.tables import Cells, DeliveredTable
from hevesy.study.mapping import SourceMapping

MOST_FAULTS = 1_000
"""Rows that cannot be taken and are told; a table with more is not looked at any further."""


class Taken(NamedTuple):
    """A row that a mapping takes: its line, its key in the record, and its cells in the order of the table."""

    line: int
    key: str
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """Why a row cannot be taken: its line, the columns of the key, what stands in them, the rule."""

    line: int
    columns: str
    value: str | None
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a mapping takes of a table; `whole` is False where it ended early for the faults it has."""

    table: DeliveredTable
    mapping: SourceMapping
    rows: tuple[Taken, ...]
    skipped: int
    faults: tuple[RowFault, ...]
    whole: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that enter the record."""
        return self.mapping.recorded_columns(self.table.columns)

    def values(self, row: Taken) -> dict[str, str | None]:
        """The texts of a row by column."""
        return dict(zip(self.table.columns, row.cells, strict=True))

    def texts(self, *fields: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Of each row the line and what it says of some fields of the record, codes resolved; nothing is ""."""
        columns = [self.mapping.columns.get(field) for field in fields]
        for row in self.rows:
            values = self.values(row)
            written = [
                self.mapping.without_missing(column.text_of(values)) if column is not None else None
                for column in columns
            ]
            yield (
                row.line,
                tuple(
                    column.meaning(text) if column is not None and column.checkbox is None and text else text or ""
                    for column, text in zip(columns, written, strict=True)
                ),
            )


def read_through(
    table: DeliveredTable, mapping: SourceMapping, before: Mapping[str, tuple[str, int]] | None = None
) -> Reading:
    """Read a table through a mapping.

    `before`: file and line of each key that other tables of this delivery have; a key that stands twice is a fault.
    """
    rows: list[Taken] = []
    faults: list[RowFault] = []
    lines: dict[str, int] = {}
    skipped, selects, before = 0, mapping.selects, before or {}
    cells_of_key = cells_of(mapping.key, table.columns)
    needed = [place for place, column in enumerate(mapping.key) if column not in mapping.may_be_empty]
    for line, cells in zip(table.lines, table.cells, strict=True):
        if len(faults) >= MOST_FAULTS:
            return Reading(
                table=table, mapping=mapping, rows=tuple(rows), skipped=skipped, faults=tuple(faults), whole=False
            )
        if selects and not mapping.takes(dict(zip(table.columns, cells, strict=True))):
            skipped += 1
            continue
        named = cells_of_key(cells)
        empty = [mapping.key[place] for place in needed if not (named[place] or "").strip()]
        if empty:
            rule = "a key column must not be empty: the row could not be told from others"
            faults.append(RowFault(line=line, columns=" + ".join(empty), value=None, rule=rule))
            continue
        key = mapping.key_from(named)
        first = (table.name, lines[key]) if key in lines else before.get(key)
        if first is not None:
            columns = " + ".join(mapping.key)
            rule = f"duplicate key: the same {columns} stands in {first[0]}, line {first[1]}"
            value = " + ".join(text or "" for text in named)
            faults.append(RowFault(line=line, columns=columns, value=value, rule=rule))
            continue
        lines[key] = line
        rows.append(Taken(line, key, cells))
    return Reading(table=table, mapping=mapping, rows=tuple(rows), skipped=skipped, faults=tuple(faults), whole=True)


def cells_of(columns: Sequence[str], there: Sequence[str]) -> Callable[[Cells], Cells]:
    """What picks the cells of columns from a row; one that is not there is empty."""
    places = [there.index(name) if name in there else None for name in columns]
    known = [place for place in places if place is not None]
    if len(known) == len(places) > 1:
        return itemgetter(*known)
    return lambda cells: [None if place is None else cells[place] for place in places]
