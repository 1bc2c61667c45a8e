"""What was taken into a record, as data, and the fields of what is taken in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Json, picked
from hevesy.answers.asked import MappingFile, Who

if TYPE_CHECKING:
    from hevesy.conduct.delivery import ImportReport

Mapping = Annotated[Path | None, MappingFile("A sources.toml, or one that comes with Hevesy: clr131, sdtm.")]
Writer = Annotated[str, Who()]


def document(report: ImportReport) -> dict[str, Json]:
    """What a delivery added, changed and left, and every reason why it was refused."""
    refused = ("file", "line", "column", "value", "rule")
    return {
        "entries": report.entries,
        "added": len(report.added),
        "changed": [picked(change, "key", "file", "line", "values") for change in report.changed],
        **picked(report, "unchanged", "missing", "withdrawn"),
        "refused": [picked(refusal, *refused) | {"message": str(refusal)} for refusal in report.refused],
        **picked(report, "unknown_columns", "skipped", "notes", "plan_changes", "chain_head"),
        "intact": True,
        "written": report.written,
    }
