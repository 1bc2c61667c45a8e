"""What was taken into a record, as data, and the fields of what is taken in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Json, picked
from hevesy.answers.asked import MappingFile, Text, Who
from hevesy.blocks.number import Cell
from hevesy.blocks.table import Column, Table, table

if TYPE_CHECKING:
    from hevesy.conduct.decisions import Judged
    from hevesy.conduct.delivery import ImportReport

MOST_ROWS = 50
"""Rows of a table, or sentences of a kind, that are said; the document has them all."""

Mapping = Annotated[Path | None, MappingFile("A sources.toml, or one that comes with Hevesy: clr131, sdtm.")]
Writer = Annotated[str, Who()]
Head = Annotated[
    str | None,
    Text("Head of the record that this was decided on (8 characters or more); refused where it has moved.", "HASH"),
]


def document(report: ImportReport) -> dict[str, Json]:
    """What a delivery added, changed and left, and every reason why it was refused."""
    refused = ("file", "line", "column", "value", "rule")
    return {
        "entries": report.entries,
        "added": len(report.added),
        "changed": [picked(change, "key", "file", "line", "values") for change in report.changed],
        **picked(report, "unchanged", "missing", "withdrawn"),
        "refused": [picked(refusal, *refused) | {"message": str(refusal)} for refusal in report.refused],
        **picked(report, "unknown_columns", "dropped_columns", "skipped", "notes", "plan_changes", "chain_head"),
        "intact": True,
        "written": report.written,
    }


def first_rows(
    id: str, caption: str, columns: Sequence[str | Column], rows: Iterable[Sequence[Cell]], *notes: str
) -> list[Table]:
    """A table of the first rows, with how many more there are below it; none where there are no rows."""
    every = iter(rows)
    shown = tuple(islice(every, MOST_ROWS))
    more = sum(1 for _ in every)
    notes = (*([f"and {more} more"] if more else []), *notes)
    return [table(id, caption, columns, shown, *notes)] if shown else []


def value_shown(value: str | None) -> str:
    """A delivered value as a cell; an empty one says so."""
    return "(empty)" if value is None else value


def decided_document(found: Judged) -> dict[str, Json]:
    """What people decided, what the design said on the facts up to that day, and the flags."""
    decided, design = found.decided, found.design
    return {
        "cohort": decided.cohort,
        "stratum": decided.stratum,
        "decision": decided.words,
        "level": decided.level,
        "who": decided.by,
        "on": str(decided.on),
        "design_action": getattr(design, "action", None),
        "design_level": getattr(design, "level", None),
        "design_mtd": getattr(design, "mtd", None),
        "because": found.because,
        "flags": found.flags,
    }


def recorded_decision(found: Judged) -> dict[str, Json]:
    """A decision as it was written down, with the head it was made on and its flags."""
    written = picked(found.taken, "reason", "recorded_at", "head", entry="sequence", written_by="who")
    return {**decided_document(found), **written}
