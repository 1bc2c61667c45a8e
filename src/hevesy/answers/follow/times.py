"""Times to an event in the columns of a table, and the fields that name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from hevesy.answers.answer import Json, picked
from hevesy.answers.asked import ColumnName, Real
from hevesy.errors import CannotAnswerError, QuestionError
from hevesy.files.columns import number_in
from hevesy.files.tables import DeliveredRow, DeliveredTable

TimeColumn = Annotated[str, ColumnName(metavar="COL")]
EventColumn = Annotated[str | None, ColumnName("1: event, 0: censored.", "COL")]
CensoredColumn = Annotated[
    str | None, ColumnName("In place of ⟦event⟧: 0: event, above 0: censored (CNSR of ADaM).", "COL")
]
GroupColumn = Annotated[str | None, ColumnName(metavar="COL")]
Level = Annotated[float, Real()]


@dataclass(frozen=True, slots=True)
class Seen:
    """The column that says whether the event was seen: 1 where it was, or (`turned`) 0 where it was."""

    column: str
    turned: bool

    @property
    def told(self) -> list[str]:
        """How the column was read, where that is not as its field says."""
        return [f"{self.column} is read as censoring: 0 is the event"] if self.turned else []


def seen_by(event: str | None, censored: str | None) -> Seen:
    """Which column says it.

    CNSR is ADaM's column of censoring by whichever field: taken for events it would turn every answer round.
    """
    if (event is None) == (censored is None):
        raise QuestionError("give one of ⟦event⟧ and ⟦censored⟧", "event")
    if event is not None and event.strip().upper() != "CNSR":
        return Seen(event, False)
    return Seen(event or censored or "", True)


def observed(
    table: DeliveredTable, rows: Sequence[DeliveredRow], time: str, event: Seen, entry: str | None
) -> tuple[list[float], list[float], list[float] | None]:
    """Times, events and entries of rows, each row refused with its place."""
    times, events, entries = [], [], []
    for row in rows:
        times.append(time_in(table, row, time))
        events.append(event_in(table, row, event))
        if entry is not None:
            entries.append(number_in(table, row, entry))
            if not entries[-1] < times[-1]:
                raise CannotAnswerError(
                    f"{table.name}, line {row.line}, {entry}: entry comes before exit, got {entries[-1]:g} and "
                    f"{times[-1]:g}"
                )
    return times, events, entries if entry is not None else None


def time_in(table: DeliveredTable, row: DeliveredRow, column: str) -> float:
    """The time in a column of a row."""
    found = number_in(table, row, column)
    if found < 0:
        raise CannotAnswerError(f"{table.name}, line {row.line}, {column}: a time must not be negative, got {found:g}")
    return found


def event_in(table: DeliveredTable, row: DeliveredRow, event: Seen) -> float:
    """Whether the event was seen in a row, 0 or 1."""
    found, place = number_in(table, row, event.column), f"{table.name}, line {row.line}, {event.column}"
    if event.turned:
        if found < 0 or found != int(found):
            raise CannotAnswerError(f"{place}: censoring is 0, or a code above 0, got {found:g}")
        return float(found == 0)
    if found not in (0, 1):
        raise CannotAnswerError(f"{place}: an event is 0 or 1, got {found:g}")
    return found


def as_data(test: object) -> dict[str, Json]:
    """A chi-square test as data."""
    return picked(test, "p_value", chisq="chi_square", df="degrees_of_freedom")
