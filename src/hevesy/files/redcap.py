"""REDCap's exports: one wide table in which a row belongs to an instrument, an event or a repeat of one.

What they mean for a mapping is told here, so that no other room knows of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hevesy.files.tables import DeliveredRow, DeliveredTable
from hevesy.study.mapping import SourceMapping

REPEATS = _EVENT, _INSTRUMENT, _INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"
"""Columns that say which event and which repeat a row is."""
_OF_EVERY_EXPORT = (*REPEATS, "redcap_data_access_group", "redcap_survey_timestamp")
_COMPLETE = {"", "0", "1", "2", "Incomplete", "Unverified", "Complete"}


def rows_of(instrument: str, events: tuple[str, ...] | None) -> dict[str, tuple[str, ...]]:
    """Which rows of an export are a repeating instrument's, or where it is none ("") those that are no repeat.

    With events, those of them alone.
    """
    return {_INSTRUMENT: (instrument,)} | ({_EVENT: events} if events is not None else {})


def may_be_absent(only: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """The columns of repeats that a file need not have: those by which the mapping names nothing."""
    named = {column for column, wanted in only.items() if any(wanted)}
    return frozenset(set(REPEATS) - named - ({_INSTANCE} if _INSTRUMENT in named else set()))


def boxes_of(checkbox: str, codes: Mapping[str, str]) -> dict[str, str]:
    """The column of each box of a checkbox field, as REDCap names them, and what it means when it is ticked."""
    # a code in small letters, what is no letter or digit as _
    return {f"{checkbox}___{re.sub(r'[^a-z0-9_]', '_', code.lower())}": meaning for code, meaning in codes.items()}


def adds(column: str, table: DeliveredTable) -> bool:
    """Whether it is a column that every export has, by name or, where it tells if a form is complete, by its values."""
    return column in _OF_EVERY_EXPORT or (
        column.endswith("_complete") and {value or "" for value in table.column(column)} <= _COMPLETE
    )


def left_out(table: DeliveredTable, mapping: SourceMapping) -> tuple[list[tuple[str, DeliveredRow, str]], list[str]]:
    """Rows with a source's own columns filled that its instrument or events leave out.

    Where a name that the mapping gives stands in no row at all it is taken to be mistyped, or the export to be one of
    labels: column, first row and rule. The others are notes.
    """
    wrong, notes = [], []
    for column, wanted in mapping.only.items() if mapping.only_filled else ():
        present = {(row.values.get(column) or "") for row in table.rows}
        filled = [
            row
            for row in table.rows
            if (row.values.get(column) or "") not in wanted and mapping.says_something(row.values)
        ]
        absent = [name for name in wanted if name and name not in present]
        if absent and filled:
            there = ", ".join(sorted(present - {""})) or "none"
            rule = f"{', '.join(absent)} of {mapping.name!r} stands in no row; the file has {there}"
            wrong.append((column, filled[0], rule))
        elif filled:
            notes.append(
                f"{table.name}: {len(filled)} rows with columns of {mapping.name!r} filled are of another {column} "
                "and are not taken"
            )
    return wrong, notes
