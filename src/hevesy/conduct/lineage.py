"""Where a recorded row came from and what became of it: file, line and values, who took it in, what replaced it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from hevesy.conduct.recorded_study import mapped_columns
from hevesy.record import Change, Confirmation, Delivery, Recorded, RecordedRow

State = Literal["counts", "corrected", "withdrawn", "no row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredRow:
    """A row of the record, and the line of the file that it came from.

    `values` are its mapped columns as they were delivered (None: an empty cell); `line` is None in a file without
    lines. `because` tells what it corrects, and who confirmed it.
    """

    ledger_row: int
    key: str
    source: str
    file: str
    line: int | None
    values: Mapping[str, str | None]
    recorded_at: str
    who: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Whether an entry is a row that counts; `told` says what else it is.

    `row` is the row as it was delivered (None: the entry is no row), `now` the ledger row that counts under its key.
    """

    state: State
    told: str
    row: DeliveredRow | None
    now: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A record by its ledger rows: those that count, what replaced the others, and what every other entry is."""

    recorded: Recorded = field(repr=False)
    _columns: Mapping[str, tuple[str, ...]] = field(repr=False)
    _counting: Mapping[int, RecordedRow] = field(repr=False)
    _replaced: Mapping[int, tuple[RecordedRow, Change]] = field(repr=False)
    _replacing: Mapping[int, Change] = field(repr=False)
    _confirmed: Mapping[int, Confirmation] = field(repr=False)
    _begun: tuple[int, ...] = field(repr=False)
    """The first entry of each delivery."""
    _absent: frozenset[str] = field(repr=False)
    """Keys that the newest full delivery of their source does not have."""

    def row(self, ledger_row: int) -> DeliveredRow:
        """A row that counts; KeyError: there is none of that number."""
        return self._delivered(self._counting[ledger_row])

    def fate(self, entry: int) -> Fate:
        """What an entry of the record is, and what became of it where it is a row."""
        if entry in self._counting:
            return Fate(state="counts", told="", row=self.row(entry), now=entry)
        if entry not in self._replaced:
            return Fate(state="no row", told=_told(entry, self.recorded), row=None, now=None)
        row, change = self._replaced[entry]
        now = self.recorded.rows.get(row.key)
        by = f"by {change.who} on {day_of(change.recorded_at)} ({change.reason or 'no reason given'})"
        if change.action == "withdrawal":
            state: State = "withdrawn"
            became = f"was withdrawn {by}"
            since = "" if now is None else f"; it was delivered again, and what counts is row {now.sequence}"
        else:
            state = "corrected"
            became = f"was corrected by row {change.sequence}, {by}"
            since = _since(change, now)
        return Fate(
            state=state,
            told=f"Row {entry} {became}{since}.",
            row=self._delivered(row),
            now=now.sequence if now is not None else None,
        )

    def _delivered(self, row: RecordedRow) -> DeliveredRow:
        delivery, values = self._delivery(row.sequence), row.values
        return DeliveredRow(
            ledger_row=row.sequence,
            key=row.key,
            source=row.source,
            file=delivery.file,
            line=row.line,
            values={name: values[name] for name in self._columns.get(row.source, ()) if name in values},
            recorded_at=delivery.recorded_at,
            who=delivery.who,
            because=tuple(self._because(row)),
        )

    def _delivery(self, ledger_row: int) -> Delivery:
        """The delivery of a row: the last that began before it, as the check of the record holds."""
        return self.recorded.deliveries[bisect_left(self._begun, ledger_row) - 1]

    def _because(self, row: RecordedRow) -> Iterator[str]:
        ledger_row = row.sequence
        change, confirmed = self._replacing.get(ledger_row), self._confirmed.get(ledger_row)
        if change is not None and change.replaced is not None:
            yield f"Row {ledger_row} corrects row {change.replaced.sequence}: {change.reason or 'no reason given'}"
        if confirmed is not None:
            why = confirmed.reason or "no reason given"
            yield f"Row {ledger_row} was questioned and confirmed by {confirmed.who}: {why}"
        if row.key in self._absent and ledger_row in self._counting:
            yield f"Row {ledger_row} is absent from the newest full delivery of its source and still counts"


def lineage(recorded: Recorded) -> Lineage:
    """The rows of a record by their numbers in the ledger."""
    return Lineage(
        recorded=recorded,
        _columns=mapped_columns(recorded),
        _counting={row.sequence: row for row in recorded.rows.values()},
        _replaced={one.replaced.sequence: (one.replaced, one) for one in recorded.changes if one.replaced is not None},
        _replacing={one.sequence: one for one in recorded.changes if one.action == "correction"},
        _confirmed={one.row: one for one in recorded.confirmations},
        _begun=tuple(one.sequence for one in recorded.deliveries),
        _absent=frozenset(recorded.missing()),
    )


def day_of(recorded_at: str) -> str:
    """The time of an entry to the minute.

    >>> day_of("2026-11-28T19:27:59.000000Z")
    '2026-11-28 19:27 UTC'
    """
    return f"{recorded_at[:10]} {recorded_at[11:16]} UTC"


def _since(correction: Change, now: RecordedRow | None) -> str:
    if now is None:
        return "; that was withdrawn since, and nothing stands in its place"
    return "" if now.sequence == correction.sequence else f"; what counts now is row {now.sequence}"


def _told(entry: int, recorded: Recorded) -> str:
    """What an entry that is no row of a delivery is."""
    what = next((words for sequence, words in _of_no_row(recorded) if sequence == entry), None)
    return f"Entry {entry} is no row of a delivery{f': {what}' if what is not None else ''}."


def _of_no_row(recorded: Recorded) -> Iterator[tuple[int, str]]:
    """Every entry that is no row, with what it is."""
    if recorded.begun is not None:
        yield recorded.begun.sequence, f"with it {recorded.begun.who} began the record"
    for plan in recorded.plans:
        yield plan.sequence, f"it is {plan.name} as recorded by {plan.who} on {day_of(plan.recorded_at)}"
    for delivery in recorded.deliveries:
        began = f"with it the rows of {delivery.file} ({delivery.source}) begin, taken in by {delivery.who}"
        yield delivery.sequence, began
    for confirmation in recorded.confirmations:
        why = f"with it {confirmation.who} confirmed row {confirmation.row} ({confirmation.reason})"
        yield confirmation.sequence, why
    for taken in recorded.decisions:
        decided = taken.decided
        words = f"{decided.words} after cohort {decided.cohort}, by {decided.by} on {decided.on}"
        yield taken.sequence, f"it is a dose decision: {words}"
    for change in recorded.changes:
        if change.replaced is not None and change.replacement is None:
            yield change.sequence, f"it withdraws row {change.replaced.sequence} ({change.reason or 'no reason given'})"
    for kept in recorded.objects:
        yield kept.sequence, f"it keeps the files of {kept.name}"
