"""Times to an event in the columns of a table, and the fields that name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from hevesy.answers.asked import ColumnName, Real
from hevesy.errors import CannotAnswerError, QuestionError
from hevesy.files.columns import number_in
from hevesy.files.tables import DeliveredRow, DeliveredTable

TimeColumn = Annotated[str, ColumnName(metavar="COL")]
EventColumn = Annotated[str | None, ColumnName("1: event, 0: censored.", "COL")]
CensoredColumn = Annotated[
    str | None, ColumnName("In place of «event»: 0: event, above 0: censored (CNSR of ADaM).", "COL")
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
        raise QuestionError("give one of «event» and «censored»", "event")
    if event is not None and event.strip().upper() != "CNSR":
        return Seen(event, False)
    return Seen(event or censored or "", True)


def observed(
    table: DeliveredTable, rows: Sequence[DeliveredRow], time: str, event: Seen, entry: str | None
) -> tuple[list[float], list[float], list[float] | None]:
    """Times, events and entries of rows, each row refused with its place."""
    times, events, entries = [], [], []
    for row in rows:
        length, seen = number_in(table, row, time), number_in(table, row, event.column)
        place = f"{table.name}, line {row.line}"
        if length < 0:
            raise CannotAnswerError(f"{place}, {time}: a time must not be negative, got {length:g}")
        if event.turned:
            if seen < 0 or seen != int(seen):
                raise CannotAnswerError(f"{place}, {event.column}: censoring is 0, or a code above 0, got {seen:g}")
            seen = float(seen == 0)
        if seen not in (0, 1):
            raise CannotAnswerError(f"{place}, {event.column}: an event is 0 or 1, got {seen:g}")
        times.append(length)
        events.append(seen)
        if entry is not None:
            entries.append(number_in(table, row, entry))
            if not entries[-1] < length:
                raise CannotAnswerError(
                    f"{place}, {entry}: entry comes before exit, got {entries[-1]:g} and {length:g}"
                )
    return times, events, entries if entry is not None else None
