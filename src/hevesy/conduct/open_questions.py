"""What a record waits for: values that are questioned, rows that are absent, columns that nobody mapped."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from hevesy.conduct.analysis import questioned_of
from hevesy.conduct.recorded_study import study_of
from hevesy.record import Confirmation, Delivery, Recorded, RecordedRow
from hevesy.study.believable import Questioned


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a row was delivered: its source, the file as it was called, its line."""

    source: str
    file: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentRow:
    """A row that still counts and that the newest full delivery of its source (`absent_from`) does not hold."""

    key: str
    row: int
    place: Place
    absent_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestions:
    """What a data manager settles next, and what was settled of the questioned values."""

    questioned: tuple[tuple[Questioned, Place], ...]
    confirmed: tuple[tuple[Confirmation, bool], ...]
    """With whether the row still stands as it was confirmed: not corrected or withdrawn since."""
    deliveries: tuple[Delivery, ...]
    """The last of each source."""
    absent: tuple[AbsentRow, ...]


def open_questions(recorded: Recorded) -> OpenQuestions:
    """Values that await confirmation or correction, and what the last deliveries leave open."""
    rows = {row.sequence: row for row in recorded.rows.values()}
    asked = questioned_of(study_of(recorded)) if recorded.deliveries else ()
    last = {delivery.source: delivery for delivery in recorded.deliveries}
    full = {delivery.source: delivery.file for delivery in recorded.deliveries if delivery.full}
    return OpenQuestions(
        questioned=tuple((one, place_of(recorded, rows[one.row])) for one in asked),
        confirmed=tuple((one, one.row in rows) for one in recorded.confirmations),
        deliveries=tuple(last.values()),
        absent=tuple(
            AbsentRow(key=key, row=row.sequence, place=place_of(recorded, row), absent_from=full[row.source])
            for key in recorded.missing()
            for row in (recorded.rows[key],)
        ),
    )


def place_of(recorded: Recorded, row: RecordedRow) -> Place:
    """Where a row was delivered: the entries of a delivery follow the one that names its file."""
    before = bisect_left(recorded.deliveries, row.sequence, key=lambda delivery: delivery.sequence)
    return Place(source=row.source, file=recorded.deliveries[before - 1].file, line=row.line)
