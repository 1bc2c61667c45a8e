"""A questioned value was right after all: said by somebody, with the reason, as an entry of the record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from hevesy.conduct.analysis import questioned_of
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.errors import DeliveryError
from hevesy.record import Draft, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The row that was confirmed, what stands in it, and the entry that says so."""

    row: int
    value: str
    entry: int
    chain_head: str


def confirm(folder: Path, row: int, *, who: str, reason: str, head: str | None = None) -> Confirmed:
    """Write down that a questioned row is right: from then on it counts as delivered, until it is corrected.

    Refused without a reason, for a row that is not questioned, and where the record does not verify or is no longer in
    the state `head`.
    """
    said = reason.strip()
    if not said:
        raise DeliveryError("a confirmation needs its reason")
    record = Record(folder)
    with record.writing():
        recorded = read_record(folder)
        record.refuse_moved(recorded, head)
        asked: dict[int, list[str]] = {}
        for one in questioned_of(study_of(recorded)):
            asked.setdefault(one.row, []).append(f"{one.subject}: {one.quantity} {one.value}")
        if row not in asked:
            known = ", ".join(str(number) for number in sorted(asked)[:20]) or "none"
            raise DeliveryError(f"row {row} holds no questioned value; questioned are the rows {known}")
        key = next(key for key, kept in recorded.rows.items() if kept.sequence == row)
        value = "; ".join(asked[row])
        content = json.dumps({"row": row, "value": value}, ensure_ascii=False)
        draft = Draft(action="confirmation", key=key, content=content, reason=said)
        written = record.append([draft], who, after=recorded.head)
    return Confirmed(row=row, value=value, entry=written.entries, chain_head=written.head)
