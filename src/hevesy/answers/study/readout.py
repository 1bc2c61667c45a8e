"""The study at a data cut, as a page, data, tables and figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import NewFolder, StudyFolder, Text, ledger_time
from hevesy.answers.progress import tell
from hevesy.answers.study.at_cut import MADE_UP, AsOf, KnownAt, Since, recorded_at
from hevesy.blocks.prose import said
from hevesy.errors import QuestionError

if TYPE_CHECKING:
    from hevesy.blocks.section import Block, Document

COMMAND = "readout"
WRITES = True


def readout(
    folder: Annotated[Path, StudyFolder()],
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    since: Since = None,
    format: Annotated[str, Text("html (pdf, docx and rtf are not made yet).")] = "html",
    out: Annotated[Path | None, NewFolder("Where to put the readout (default: DIR/readouts).", "DIR")] = None,
) -> Answer:
    """The study's readout at a data cut: a page, readout.json, tables and figures.

    Returns what readout.json holds (every number with its definition, rule and rows) and the page's path; `files` are
    the readout, to be written to a folder that is chosen for them.
    Refused are a record that does not verify, a cut before anybody was enrolled, and a place in another study.

    Example: hevesy.open("trial").readout(as_of="2016-11-04").write()
    """
    from hevesy.readout.build import build
    from hevesy.record import Record, folder_for, refuse_another_study
    from hevesy.render.package import package

    if format != "html":
        raise QuestionError(f"only html is made yet, got {format!r}", "format")
    tell("building the readout ...")
    made = build(recorded_at(folder, known_at), as_of, ledger_time(known_at), since)
    readouts = Record(folder).readouts
    place = out or readouts
    refuse_another_study(place / made.id, readouts)
    files = package(made)
    chosen = folder_for(place / made.id, files)
    page = chosen / "index.html"
    return Answer(
        document=lambda: _said(page, made),
        blocks=(said(str(page)), *_in_short(made)),
        files=files,
        folder=chosen,
        whole=True,
    )


def _in_short(made: Document) -> Iterator[Block]:
    """What the readout holds, and its summary."""
    from hevesy.blocks.section import numbers_in

    if made.synthetic:
        yield MADE_UP
    count = len(numbers_in(made.sections))
    yield said(f"{made.name}: {count} numbers in {len(made.sections)} sections, each with its definition and rule.")
    for section in made.sections:
        if section.id == "summary":
            yield from section.blocks


def _said(page: Path, made: Document) -> dict[str, Json]:
    """Where the page is and what the readout holds: every number in full, every row listed."""
    from hevesy.render.numbers import with_rows
    from hevesy.render.package import as_data

    told = as_data(made)
    return {"path": str(page), **told, "numbers": [with_rows(number) for number in told["numbers"]]}
