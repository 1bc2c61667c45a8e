"""What a record waits for: values that are questioned, rows that are absent, columns that nobody mapped."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.conduct.analysis import questioned_of
from hevesy.conduct.lineage import DeliveredRow, lineage
from hevesy.conduct.recorded_study import study_of
from hevesy.record import Confirmation, Delivery, Recorded
from hevesy.study.believable import Questioned


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentRow:
    """A row that still counts and that the newest full delivery of its source (`absent_from`) does not hold."""

    row: DeliveredRow
    absent_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestions:
    """What a data manager settles next, and what was settled of the questioned values."""

    questioned: tuple[tuple[Questioned, DeliveredRow], ...]
    """Each with the row that it stands in."""
    confirmed: tuple[tuple[Confirmation, bool], ...]
    """With whether the row still stands as it was confirmed: not corrected or withdrawn since."""
    deliveries: tuple[Delivery, ...]
    """The last of each source."""
    absent: tuple[AbsentRow, ...]


def open_questions(recorded: Recorded) -> OpenQuestions:
    """Values that await confirmation or correction, and what the last deliveries leave open."""
    if not recorded.deliveries:
        return OpenQuestions(questioned=(), confirmed=(), deliveries=(), absent=())
    rows = lineage(recorded)
    full = {delivery.source: delivery.file for delivery in recorded.deliveries if delivery.full}
    counting = {row.sequence for row in recorded.rows.values()}
    missing = [rows.row(recorded.rows[key].sequence) for key in recorded.missing()]
    return OpenQuestions(
        questioned=tuple((one, rows.row(one.row)) for one in questioned_of(study_of(recorded))),
        confirmed=tuple((one, one.row in counting) for one in recorded.confirmations),
        deliveries=tuple({delivery.source: delivery for delivery in recorded.deliveries}.values()),
        absent=tuple(AbsentRow(row=row, absent_from=full[row.source]) for row in missing),
    )
