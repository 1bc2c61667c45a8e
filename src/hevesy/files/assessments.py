"""What was assessed at visits, read from a table by the names of its columns.

Under the rules that a study's deliveries keep.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from datetime import date

from hevesy.errors import CannotAnswerError
from hevesy.files.called import COLUMNS as CALLED
from hevesy.files.columns import require
from hevesy.files.tables import DeliveredRow, DeliveredTable
from hevesy.study.dates import When, parse_when
from hevesy.study.delivered import fact_of
from hevesy.study.facts.fact import Field, kind_called
from hevesy.study.facts.response import Assessed, Lesion
from hevesy.study.mapping import Column, SourceMapping

Kinds = Sequence[type[Assessed]]
_OF_EVERY_VISIT = ("subject", "on", "evaluator")
"""The attributes that say whose visit it is."""
_NOT_ASKED = ("reader", "accepted", "state")
"""Of deliveries with several readings of a visit; a table that is asked of has one for each evaluator."""


def fields_of(kind: type[Assessed]) -> dict[Field, tuple[tuple[str, str | None], ...]]:
    """The fields of a kind of assessment, each with the columns that may hold it and their units."""
    declared = kind_called(kind).fields.values()
    return {field: field.columns_with_units for field in declared if field.attribute not in _NOT_ASKED}


RADIOTHERAPY = "radiotherapy_end"
"""Of glioma, in any row of a subject."""


def columns_of(kind: type[Assessed]) -> tuple[str, ...]:
    """Columns that tell of a visit, beside the subject, the date and the reader."""
    own = (columns for field, columns in fields_of(kind).items() if field.attribute not in _OF_EVERY_VISIT)
    return tuple(name for columns in own for name, _ in columns)


def unread(table: DeliveredTable, kinds: Kinds, *also: str) -> list[str]:
    """Columns that nobody reads, each with the name that may be meant."""
    known = [*(name for kind in kinds for columns in fields_of(kind).values() for name, _ in columns), *also]
    told = []
    for column in table.columns:
        if column not in known:
            near = difflib.get_close_matches(column, known, n=1, cutoff=0.6)
            told.append(f"not read: column {column!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return told


def assessments_in(table: DeliveredTable, kinds: Kinds) -> dict[tuple[str, str], list[Assessed]]:
    """What each reader found of each subject, in order of day; a row of a lesion tells of that lesion alone.

    Refused by place are what breaks a rule, a row without its day, and two assessments of one reader on a day.
    """
    require(table, ("subject", "date"))
    wanted = [name for kind in kinds for name in columns_of(kind)]
    if not set(wanted) & set(table.columns):
        raise CannotAnswerError(
            f"{table.name} has no column of called responses ({', '.join(CALLED['response'])}) and none of findings "
            f"({', '.join(wanted)})"
        )
    if not table.rows:
        raise CannotAnswerError(f"{table.name} has no rows")
    lesions = [row for row in table.rows if Lesion in kinds and _text(row, "lesion")]
    visits = [row for row in table.rows if Lesion not in kinds or not _text(row, "lesion")]
    for row in lesions:
        for column in columns_of(kinds[0]):
            if _text(row, column):
                rule = "is told of a visit, in a row of its own without a lesion"
                raise CannotAnswerError(f"{_place(table, row, column)}: {rule}, got {row.values[column]!r}")
    found: dict[tuple[str, str], list[Assessed]] = {}
    for event in (*(_event(row, table, Lesion) for row in lesions), *(_event(row, table, kinds[0]) for row in visits)):
        found.setdefault((event.subject, getattr(event, "evaluator", None) or ""), []).append(event)
    for events in found.values():
        events.sort(key=lambda event: str(event.on))
        _refuse_two_a_day(table, [event for event in events if not isinstance(event, Lesion)])
    return found


def radiotherapy_ends(table: DeliveredTable) -> dict[str, When]:
    """The last day of radiotherapy of each subject that has one told; two of one subject are refused."""
    found: dict[str, When] = {}
    for row in table.rows:
        text, subject = _text(row, RADIOTHERAPY), _text(row, "subject")
        if not text:
            continue
        try:
            on = parse_when(text)
        except ValueError as error:
            raise CannotAnswerError(f"{_place(table, row, RADIOTHERAPY)}: {error}") from None
        if found.setdefault(subject, on) != on:
            raise CannotAnswerError(f"{_place(table, row, RADIOTHERAPY)}: {subject} has another, {found[subject]}")
    return found


def _refuse_two_a_day(table: DeliveredTable, events: Sequence[Assessed]) -> None:
    for earlier, later in itertools.pairwise(events):
        if earlier.on == later.on:
            told = f"{later.subject} has two assessments on {later.on}"
            raise CannotAnswerError(f"{table.name}, line {later.row}: {told}")


def _event(row: DeliveredRow, table: DeliveredTable, kind: type[Assessed]) -> Assessed:
    columns: dict[str, Column] = {}
    for field, choices in fields_of(kind).items():
        given = [(name, unit) for name, unit in choices if _text(row, name)]
        if len(given) > 1:
            raise CannotAnswerError(f"{_place(table, row, given[1][0])}: given in two units, also as {given[0][0]}")
        name, unit = given[0] if given else choices[0]
        columns[field.name] = Column(column=name, unit=unit)
    name = kind_called(kind).name
    mapping = SourceMapping(
        name=name, file=table.name, kind=name, full=True, time_zone="UTC", key=("subject",), columns=columns
    )
    event = fact_of(row.values, row.line, mapping, None)
    if isinstance(event, list):
        raise CannotAnswerError(f"{_place(table, row, event[0].column)}: {event[0].rule}")
    assert isinstance(event, kind)
    if not isinstance(event.on, date):
        raise CannotAnswerError(f"{_place(table, row, 'date')}: a visit needs its day, got {row.values['date']!r}")
    return event


def _text(row: DeliveredRow, column: str) -> str:
    return (row.values.get(column) or "").strip()


def _place(table: DeliveredTable, row: DeliveredRow, column: str) -> str:
    return f"{table.name}, line {row.line}, {column}"
