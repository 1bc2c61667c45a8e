"""From a record to a readout at a data cut: values only, no files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from hevesy.blocks.section import Document, RowFile, Section
from hevesy.conduct.analysis import Analysis, analyse
from hevesy.conduct.recorded_study import mapped_columns, study_of
from hevesy.errors import CannotAnswerError
from hevesy.names import slug
from hevesy.readout.sections import (
    changes,
    decision,
    design,
    dlt,
    doses,
    efficacy,
    exposure,
    indications,
    label,
    late,
    population,
    profiles,
    published,
    quality,
    safety,
    summary,
    survival,
)
from hevesy.record import Recorded, RecordedRow
from hevesy.version import __version__


def build(
    recorded: Recorded, cut: date | None = None, known_at: str | None = None, since: date | None = None
) -> Document:
    """The readout of a record at a cut (default: the day of its last fact), against an earlier cut.

    The earlier cut is `since`, else the last of the protocol's readout_cuts before the cut.
    """
    study = study_of(recorded)
    if not study.subjects:
        raise CannotAnswerError("the record holds no subject yet: import the study's files first")
    last = study.last_fact_on()
    cut = cut or last
    if cut is None:
        raise CannotAnswerError("no fact in the record has a date: name the cut with ⟦as_of⟧")
    analysis = analyse(study, cut)
    if not analysis.subjects:
        raise CannotAnswerError(f"no subject had been enrolled by {cut}")
    if since is not None and since >= cut:
        raise CannotAnswerError(f"an earlier cut lies before {cut}, got {since}")
    before_cut = since or max((planned for planned in study.protocol.readout_cuts if planned < cut), default=None)
    before = analyse(study, before_cut) if before_cut is not None else None
    return _document(analysis, before, recorded, known_at)


def _document(analysis: Analysis, before: Analysis | None, recorded: Recorded, known_at: str | None) -> Document:
    protocol, cut, sections = (
        analysis.study.protocol,
        str(analysis.cut),
        _sections(analysis, before, recorded, known_at),
    )
    return Document(
        id=f"{cut}_{recorded.head[:8]}",
        name=f"Readout of {protocol.study_id}",
        title=protocol.title,
        facts=(
            ("Data cut", cut),
            ("Known at", known_at or "the last entry"),
            ("Ledger head", f"{recorded.head[:16]}, {recorded.entries} entries"),
            ("Made by", f"Hevesy {__version__}; not a medical device"),
        ),
        about=(
            ("study", protocol.study_id),
            ("title", protocol.title),
            ("synthetic", protocol.synthetic),
            ("as_of", cut),
            ("known_at", known_at),
            ("ledger_head", recorded.head),
            ("ledger_entries", recorded.entries),
            ("hevesy", __version__),
        ),
        sections=(summary.summary(analysis, sections), *sections),
        row_files=_row_files(recorded),
        synthetic=protocol.synthetic,
    )


def _sections(
    analysis: Analysis, before: Analysis | None, recorded: Recorded, known_at: str | None
) -> tuple[Section, ...]:
    made: Sequence[Section | None] = (
        population.disposition(analysis),
        changes.changes(analysis, before),
        population.baseline(analysis),
        exposure.exposure(analysis),
        safety.safety(analysis),
        late.late_effects(analysis),
        dlt.dlt(analysis),
        decision.dose_decision(analysis),
        design.design_on_paper(analysis),
        label.label(analysis),
        efficacy.response(analysis),
        indications.indications(analysis),
        doses.doses(analysis),
        *survival.times(analysis),
        published.published(analysis),
        profiles.profiles(analysis),
        quality.quality(analysis),
        quality.provenance(analysis, recorded, __version__, known_at),
    )
    return tuple(section for section in made if section is not None)


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
        files.append(RowFile(name=f"rows_{slug(source)}", columns=columns, rows=_Rows(theirs, columns)))
    return tuple(files)
