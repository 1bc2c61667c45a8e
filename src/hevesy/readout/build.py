"""From a record to a readout at a data cut: values only, no files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hevesy.blocks.number import ranges
from hevesy.blocks.section import Document, RowFile
from hevesy.conduct.recorded_study import mapped_columns
from hevesy.names import slug
from hevesy.readout.contents import Material, material, sections
from hevesy.record import Recorded, RecordedRow
from hevesy.version import __version__


def build(
    recorded: Recorded, cut: date | None = None, known_at: str | None = None, since: date | None = None
) -> Document:
    """The readout of a record at a cut (default: the day of its last fact), against an earlier cut.

    The earlier cut is `since`, else the last of the protocol's readout_cuts before the cut.
    """
    return document_of(material(recorded, cut, known_at, since))


def document_of(of: Material) -> Document:
    """Every section, what identifies them, and the rows behind their numbers."""
    protocol, recorded, cut = of.protocol, of.recorded, str(of.analysis.cut)
    return Document(
        id=f"{cut}_{recorded.head[:8]}",
        name=f"Readout of {protocol.study_id}",
        title=protocol.title,
        facts=(
            ("Data cut", cut),
            ("Known at", of.known_at or "the last entry"),
            ("Ledger head", f"{recorded.head[:16]}, {recorded.entries} entries"),
            ("Made by", f"Hevesy {__version__}; not a medical device"),
        ),
        about=(
            ("study", protocol.study_id),
            ("title", protocol.title),
            ("synthetic", protocol.synthetic),
            ("as_of", cut),
            ("known_at", of.known_at),
            ("ledger_head", recorded.head),
            ("ledger_entries", recorded.entries),
            ("hevesy", __version__),
        ),
        sections=sections(of),
        row_files=_row_files(recorded),
        synthetic=protocol.synthetic,
    )


class _Rows:
    """The rows of a source for tables/, read from the record each time they are gone through.

    A large study has too many to hold.
    """

    def __init__(self, rows: list[RecordedRow], columns: tuple[str, ...]) -> None:
        self._rows, self._columns = rows, columns

    def __iter__(self) -> Iterator[tuple[int, int | None, tuple[str | None, ...]]]:
        for row in self._rows:
            values = row.values
            yield row.sequence, row.line, tuple(values.get(name) for name in self._columns)


def _row_files(recorded: Recorded) -> tuple[RowFile, ...]:
    """The current rows of each source, as delivered, with their ledger row and line.

    Of their columns those that are mapped.
    """
    mapped = mapped_columns(recorded)
    by_source: dict[str, list[RecordedRow]] = {}
    for row in recorded.rows.values():
        by_source.setdefault(row.source, []).append(row)
    files = []
    for source, theirs in sorted(by_source.items()):
        theirs.sort(key=lambda row: row.sequence)
        columns = tuple(name for name in mapped.get(source, ()) if any(row.has(name) for row in theirs))
        files.append(
            RowFile(
                name=f"rows_{slug(source)}",
                columns=columns,
                rows=_Rows(theirs, columns),
                ledger_rows=ranges(row.sequence for row in theirs),
            )
        )
    return tuple(files)
