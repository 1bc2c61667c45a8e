"""From a record to a readout at a data cut: values only, no files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from hevesy.blocks.number import ranges
from hevesy.blocks.section import Document, RowFile, Section
from hevesy.conduct.analysis import Analysis, analyse
from hevesy.conduct.changes import changes as changes_between
from hevesy.conduct.decisions import decisions_taken
from hevesy.conduct.expectations import on_paper
from hevesy.conduct.followed import followed
from hevesy.conduct.label import label
from hevesy.conduct.recorded_study import mapped_columns, study_of
from hevesy.conduct.treated import treated
from hevesy.errors import CannotAnswerError
from hevesy.names import slug
from hevesy.readout.sections import (
    centres,
    changes,
    decision,
    design,
    dlt,
    doses,
    efficacy,
    eligibility,
    exposure,
    indications,
    late,
    population,
    profiles,
    published,
    quality,
    safety,
    summary,
    survival,
    vital_signs,
)
from hevesy.readout.sections import label as label_section
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
    since_then = _changes(analysis, analyse(study, before_cut, analysis) if before_cut is not None else None)
    return _document(analysis, since_then, recorded, known_at)


def _changes(analysis: Analysis, before: Analysis | None) -> Section:
    if before is None:
        return changes.changes(None, ())
    decisions = zip(decision.answers(before), decision.answers(analysis), strict=True)
    return changes.changes(changes_between(before, analysis), tuple(decisions))


def _document(analysis: Analysis, since_then: Section, recorded: Recorded, known_at: str | None) -> Document:
    protocol, cut = analysis.study.protocol, str(analysis.cut)
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
        sections=_sections(analysis, since_then, recorded, known_at),
        row_files=_row_files(recorded),
        synthetic=protocol.synthetic,
    )


def _sections(analysis: Analysis, since_then: Section, recorded: Recorded, known_at: str | None) -> tuple[Section, ...]:
    """Every section in the order of the page; what was not asked for or delivered has none."""
    given, found, protocol = treated(analysis), followed(analysis), analysis.study.protocol
    decided, on_label = decision.answers(analysis), label(analysis)
    unit, laboratory = protocol.activity_unit, "laboratory" in analysis.study.delivered_kinds
    made: Sequence[Section | None] = (
        summary.summary(given, found, decided, quality.corrections(recorded), protocol),
        population.disposition(found.populations),
        since_then,
        population.baseline(found.baseline),
        eligibility.eligibility(found.eligibility),
        exposure.exposure(given),
        safety.safety(found.safety, found.blood_counts, found.supportive_care, laboratory),
        vital_signs.vital_signs(found.vital_signs) if found.vital_signs is not None else None,
        late.late_effects(found.late_effects),
        dlt.dlt(found.toxicity) if found.toxicity is not None else None,
        decision.dose_decision(analysis, decisions_taken(recorded, analysis.study)),
        design.design_on_paper(on_paper(protocol), analysis.study),
        label_section.label(on_label) if on_label is not None else None,
        efficacy.response(found.responses) if found.responses is not None else None,
        indications.indications(found.indications, unit) if found.indications is not None else None,
        doses.doses(given.by_doses) if given.by_doses is not None else None,
        *map(survival.survival, found.survivals),
        published.published(found.published),
        centres.centres(found.centres) if found.centres is not None else None,
        profiles.profiles(analysis.assigned, unit),
        quality.quality(found.quality),
        quality.provenance(protocol, analysis.nuclide, analysis.cut, recorded, __version__, known_at),
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
        files.append(
            RowFile(
                name=f"rows_{slug(source)}",
                columns=columns,
                rows=_Rows(theirs, columns),
                ledger_rows=ranges(row.sequence for row in theirs),
            )
        )
    return tuple(files)
