"""What a study's record waits for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import StudyFolder
from hevesy.answers.study.taken import first_rows
from hevesy.blocks.prose import said
from hevesy.blocks.table import of_numbers

if TYPE_CHECKING:
    from hevesy.blocks.section import Block
    from hevesy.conduct.lineage import DeliveredRow
    from hevesy.conduct.open_questions import OpenQuestions

COMMAND = "study questioned"
ROW, LINE = of_numbers("Ledger row"), of_numbers("Line")
ASKED = (ROW, "Subject", "What", "As delivered", "Day", "Because", "File", LINE)
CONFIRMED = (of_numbers("Of row"), "Value", "By", "Recorded (UTC)", "Reason", "Stands")
ABSENT = ("Key", ROW, "File", LINE, "Absent from")
COLUMNS = ("Source", "File", "Not mapped, in the kept copy alone", "Dropped, in no copy")
REMEDY = (
    "A value that is right is confirmed by its ledger row, with the reason; one that is wrong is corrected by the "
    "corrected file, taken in with the reason."
)


def questioned(folder: Annotated[Path, StudyFolder()]) -> Answer:
    """Values that are questioned and await confirmation or correction, and what was confirmed.

    Beside them what the last delivery of each source leaves open: columns that nobody mapped, columns that were dropped
    since they say who somebody is, and rows that are absent from it and not withdrawn.

    Returns every questioned value with its ledger row, file and line and why it is questioned; the confirmations, and
    whether the row still stands as it was confirmed; the last deliveries; the absent rows; the head.
    Refused where the record does not verify.

    Example: print(hevesy.open("trial").questioned())
    """
    from hevesy.conduct.open_questions import open_questions
    from hevesy.conduct.recorded_study import read_record

    recorded = read_record(folder)
    found = open_questions(recorded)
    return Answer(
        document={
            "chain_head": recorded.head,
            "questioned": [
                {
                    **picked(one, "row", "subject", "quantity", "value", "because"),
                    "on": str(one.on) if one.on is not None else None,
                    **picked(delivered, "source", "file", "line"),
                }
                for one, delivered in found.questioned
            ],
            "confirmed": [
                {**picked(one, "row", "value", "who", "recorded_at", "reason", entry="sequence"), "stands": stands}
                for one, stands in found.confirmed
            ],
            "deliveries": [
                picked(one, "source", "file", "recorded_at", "who", "full", "unknown_columns", "cut", "skipped")
                for one in found.deliveries
            ],
            "missing": _absent(found),
        },
        blocks=tuple(_blocks(found, recorded.head)),
    )


def _absent(found: OpenQuestions) -> list[Json]:
    return [
        {**picked(one.row, "key", "source", "file", "line", row="ledger_row"), "absent_from": one.absent_from}
        for one in found.absent
    ]


def _blocks(found: OpenQuestions, head: str) -> Iterator[Block]:
    count = len(found.questioned)
    if count:
        values, them = ("1 value is", "it") if count == 1 else (f"{count} values are", "them")
        yield said(f"{values} questioned, and nothing rests on {them} until it is settled", tone="caution")
    else:
        yield said("no value is questioned", tone="answer")
    asked = (
        (str(one.row), one.subject, one.quantity, one.value, str(one.on or ""), one.because, *_place(delivered))
        for one, delivered in found.questioned
    )
    yield from first_rows("questioned", "Values that await confirmation or correction", ASKED, asked, REMEDY)
    confirmed = (
        (str(one.row), one.value, one.who, one.recorded_at, one.reason or "", "yes" if stands else "changed since")
        for one, stands in found.confirmed
    )
    yield from first_rows("confirmed", "Values that were confirmed", CONFIRMED, confirmed)
    absent = ((one.row.key, str(one.row.ledger_row), *_place(one.row), one.absent_from) for one in found.absent)
    counted = "They still count until they are withdrawn, with a reason, or delivered again."
    yield from first_rows("missing", "Rows that a newer full delivery does not hold", ABSENT, absent, counted)
    left = [
        (one.source, one.file, ", ".join(one.unknown_columns), ", ".join(one.cut))
        for one in found.deliveries
        if one.unknown_columns or one.cut
    ]
    yield from first_rows("columns", "Columns of the last deliveries that the record does not hold", COLUMNS, left)
    yield said(f"head {head}")


def _place(delivered: DeliveredRow) -> tuple[str, str]:
    return delivered.file, str(delivered.line or "")
