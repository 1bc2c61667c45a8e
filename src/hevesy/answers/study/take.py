"""Files into the record of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Flag, Places, Several, StudyFolder, Text
from hevesy.answers.progress import tell
from hevesy.answers.study.taken import MOST_ROWS, Head, Mapping, Writer, document, first_rows, value_shown
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.table import of_numbers
from hevesy.errors import CannotAnswerError, QuestionError

if TYPE_CHECKING:
    from hevesy.blocks.section import Block
    from hevesy.conduct.delivery import ImportReport

COMMAND = "study import"
WRITES = True
DIFFERENCES = ("Key", "Column", "Recorded", "Delivered", "File", of_numbers("Line"))


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
    head: Head = None,
) -> Answer:
    """Take files into the record: all of them or nothing. The same file twice adds nothing.

    Returns what was added, changed, left as it is, is missing or was withdrawn, and the receipt: entries and head.
    Refused are rows with a fault, each with its file, line, column and rule; changes without a reason; a file whose
    SHA-256 is not the one that was given; a record that does not verify, or that somebody has written to since the
    state ⟦head⟧.

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
        head=head,
    )
    if report.refused:
        told = shortened(report.refused, MOST_ROWS)
        raise CannotAnswerError("\n  ".join(("nothing was imported:", *told)), document(report))
    blocks = tuple(_blocks(report, dry_run, bool(reason and reason.strip())))
    return Answer(document=document(report), blocks=blocks, notes=report.notes)


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


def _key(key: str) -> str:
    """What tells a row from the others of its source."""
    return key.replace("|", ", ")


def _blocks(report: ImportReport, dry_run: bool, reasoned: bool) -> Iterator[Block]:
    """What was done, or would be: first in words, then value by value."""
    did, was = ("would add", "would be") if dry_run else ("added", "was")
    changes, stays = ("change", "leave unchanged") if dry_run else ("changed", "unchanged")
    counted = f"{did} {len(report.added)}, {changes} {len(report.changed)}, {stays} {report.unchanged}"
    yield said(counted, tone="answer")
    if dry_run and report.changed and not reasoned:
        yield said("a value that differs from the recorded one is a correction: it needs a reason", tone="caution")
    differences = (
        (_key(change.key), name, value_shown(before), value_shown(after), change.file, str(change.line))
        for change in report.changed
        for name, (before, after) in change.values.items()
    )
    yield from first_rows("changed", "What differs from the record", DIFFERENCES, differences)
    if report.withdrawn:
        yield said(f"withdrawn {len(report.withdrawn)}")
        yield listed(*shortened(report.withdrawn, MOST_ROWS, lambda key: f"withdrawn: {_key(key)}"))
    elif report.missing:
        rows, they = (
            ("row is", "counts until it is") if len(report.missing) == 1 else ("rows are", "count until they are")
        )
        still = f"{rows} absent from a newer full delivery and still {they} withdrawn, with a reason:"
        yield said(f"{len(report.missing)} {still}", tone="caution")
        yield listed(*shortened(report.missing, MOST_ROWS, lambda key: f"missing: {_key(key)}"))
    unknown = ((file, ", ".join(names)) for file, names in report.unknown_columns.items())
    yield from first_rows(
        "columns", "Columns that are not mapped, in the kept copy alone", ("File", "Columns"), unknown
    )
    dropped = ((file, ", ".join(names)) for file, names in report.dropped_columns.items())
    yield from first_rows("dropped", "Columns dropped, in no copy", ("File", "Columns"), dropped)
    skipped = ((part, str(count)) for part, count in report.skipped.items())
    columns = ("File and source", of_numbers("Rows"))
    yield from first_rows("skipped", "Rows that are not of this source", columns, skipped)
    yield from (said(f"{name}: this version {was} recorded") for name in report.plan_changes)
    yield said(f"{'receipt: ' if report.written else ''}{report.entries} entries, head {report.chain_head}")
