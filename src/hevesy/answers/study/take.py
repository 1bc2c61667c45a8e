"""Files into the record of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Flag, Places, Several, StudyFolder, Text
from hevesy.answers.progress import tell
from hevesy.answers.study.taken import Mapping, Writer, document
from hevesy.blocks.prose import said, shortened
from hevesy.errors import CannotAnswerError, QuestionError

if TYPE_CHECKING:
    from hevesy.conduct.delivery import ImportReport

COMMAND = "study import"
WRITES = True
MOST_ROWS = 50
"""Refused rows, changes and missing rows that are said; the document has them all."""


def take(
    folder: Annotated[Path, StudyFolder()],
    files: Annotated[Sequence[Path], Places("Files as delivered: .csv, .xpt, .parquet.", "FILE...")],
    *,
    mapping: Mapping = None,
    reason: Annotated[str | None, Text("Why values, the plan or the mapping change, or rows are withdrawn.")] = None,
    sha256: Annotated[
        Sequence[str], Several("What the sender says the SHA-256 of a file is (repeat for more).", "NAME=HASH")
    ] = (),
    dry_run: Annotated[bool, Flag("Show what would change; write nothing.")] = False,
    withdraw: Annotated[bool, Flag("Withdraw the rows that a full delivery no longer holds.")] = False,
    who: Writer = "",
) -> Answer:
    """Take files into the record: all of them or nothing. The same file twice adds nothing.

    Returns what was added, changed, left as it is, is missing or was withdrawn, and the receipt: entries and head.
    Refused are rows with a fault, each with its file, line, column and rule; changes without a reason; a file whose
    SHA-256 is not the one that was given; a record that does not verify.

    Example: hevesy.open("trial").take(["dm.csv", "ex.csv"], who="data manager")
    """
    from hevesy.conduct.delivery import import_files

    tell(f"reading {len(files)} files ...")
    report = import_files(
        folder,
        files,
        who=who,
        reason=reason,
        mapping=mapping,
        dry_run=dry_run,
        withdraw=withdraw,
        sha256=_hashes(sha256, files),
    )
    if report.refused:
        told = shortened(report.refused, MOST_ROWS)
        raise CannotAnswerError("\n  ".join(("nothing was imported:", *told)), document(report))
    return Answer(document=document(report), blocks=tuple(map(said, _words(report, dry_run))), notes=report.notes)


def _hashes(given: Sequence[str], files: Sequence[Path]) -> dict[str, str]:
    """SHA-256 by name of file from NAME=HASH; of a single file the hash alone will do."""
    found = {}
    for text in given:
        name, _, digest = text.rpartition("=")
        name = name or (files[0].name if len(files) == 1 else "")
        if not name or len(digest) != 64 or set(digest.lower()) - set("0123456789abcdef"):
            raise QuestionError(
                f"a SHA-256 is given as NAME=HASH, 64 characters of 0-9 and a-f; got {text!r}", "sha256"
            )
        found[name] = digest.lower()
    return found


def _words(report: ImportReport, dry_run: bool) -> Iterator[str]:

    did, was = ("would add", "would be") if dry_run else ("added", "was")
    yield f"{did} {len(report.added)}, changed {len(report.changed)}, unchanged {report.unchanged}"
    yield from shortened(report.changed, MOST_ROWS, lambda change: f"changed: {change}")
    if report.withdrawn:
        yield f"withdrawn {len(report.withdrawn)}"
    elif report.missing:
        yield (
            f"{len(report.missing)} rows are absent from a newer full delivery and still count until they are "
            "withdrawn, with a reason:"
        )
        yield from shortened(report.missing, MOST_ROWS, lambda key: f"missing: {key}")
    for file, names in report.unknown_columns.items():
        yield f"{file}: columns not mapped (in the kept copy alone): {', '.join(names)}"
    yield from (f"{part}: {count} rows are not of this source" for part, count in report.skipped.items())
    yield from (f"{name}: this version {was} recorded" for name in report.plan_changes)
    yield f"{'receipt: ' if report.written else ''}{report.entries} entries, head {report.chain_head}"
