"""The study at a data cut, as a page, data, tables and figures."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import Day, Moment, NewFolder, StudyFolder, Text, ledger_time
from hevesy.answers.progress import tell
from hevesy.blocks.prose import said
from hevesy.errors import CannotAnswerError, QuestionError

if TYPE_CHECKING:
    from hevesy.blocks.section import Document

COMMAND = "readout"
WRITES = True


def readout(
    folder: Annotated[Path, StudyFolder()],
    *,
    as_of: Annotated[date | None, Day("Data cut: later facts are hidden (default: the last fact).")] = None,
    known_at: Annotated[datetime | None, Moment("Only what was recorded by then, with its time zone.")] = None,
    since: Annotated[date | None, Day("Earlier cut to compare with.")] = None,
    format: Annotated[str, Text("html (pdf, docx and rtf are not made yet).")] = "html",
    out: Annotated[Path | None, NewFolder("Where to put the readout (default: DIR/readouts).", "DIR")] = None,
) -> Answer:
    """The study's readout at a data cut: a page, readout.json, tables and figures.

    Returns what readout.json holds (every number with its definition, rule and rows) and the page's path; `files` are
    the readout, to be written to a folder that is chosen for them.
    Refused are a record that does not verify, a cut before anybody was enrolled, and a place in another study.

    Example: hevesy.open("trial").readout(as_of="2016-11-04").write()
    """
    from hevesy.conduct.recorded_study import read_record
    from hevesy.readout.build import build
    from hevesy.record import Record, folder_for, refuse_another_study
    from hevesy.render.package import package

    if format != "html":
        raise QuestionError(f"only html is made yet, got {format!r}", "format")
    tell("building the readout ...")
    known = ledger_time(known_at)
    recorded = read_record(folder, known)
    if not recorded.entries:
        raise CannotAnswerError(f"nothing was known at {known}: the first entry was written later")
    made = build(recorded, as_of, known, since)
    readouts = Record(folder).readouts
    place = out or readouts
    refuse_another_study(place / made.id, readouts)
    files = package(made)
    chosen = folder_for(place / made.id, files)
    page = chosen / "index.html"
    return Answer(
        document=lambda: _said(page, made),
        blocks=(said(str(page)),),
        files=files,
        folder=chosen,
        whole=True,
    )


def _said(page: Path, made: Document) -> dict[str, Json]:
    """Where the page is and what the readout holds: every number in full, every row listed."""
    from hevesy.render.package import as_data

    said = as_data(made)
    for number in said["numbers"]:
        number["rows"] = [row for first, last in number["row_ranges"] for row in range(first, last + 1)]
    return {"path": str(page), **said}
