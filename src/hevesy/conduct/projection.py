"""From the state of a record to a study: rows mapped to facts, gathered by subject under the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hevesy.record import Recorded, RecordedRow
from hevesy.study.dates import PartialDate
from hevesy.study.delivered import Fault, RowReader
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import OF_THE_STUDY, Fact
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Exposure
from hevesy.study.mapping import SourceMapping
from hevesy.study.protocol import TrialProtocol
from hevesy.study.sites import written_alike
from hevesy.study.subject import ABSENT, ConfirmedValue, Finding, Study, Subject, day_1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """A row that is no event: its key and the faults."""

    row: RecordedRow
    faults: tuple[Fault, ...]


def facts_of(
    rows: Iterable[RecordedRow], mappings: Iterable[SourceMapping], most_unmapped: int | None = None
) -> tuple[list[Fact], list[Unmapped]]:
    """Map rows to facts. What gives a subject its day 1 is mapped first, so that study days can be dated.

    Ends early where `most_unmapped` rows are no facts.
    """
    by_name = {mapping.name: mapping for mapping in mappings}
    readers = {name: RowReader(mapping) for name, mapping in by_name.items()}
    facts: list[Fact] = []
    unmapped: list[Unmapped] = []
    waiting: list[tuple[RecordedRow, SourceMapping]] = []

    def take(
        row: RecordedRow, values: Mapping[str, str | None], mapping: SourceMapping, first_day: date | None
    ) -> None:
        result = readers[mapping.name](values, row.sequence, first_day)
        if isinstance(result, list):
            unmapped.append(Unmapped(row=row, faults=tuple(result)))
        else:
            facts.append(result)

    for row in rows:
        mapping = by_name.get(row.source)
        if mapping is None:
            unmapped.append(
                Unmapped(
                    row=row, faults=(Fault(column="", value=None, rule=f"sources.toml has no source {row.source!r}"),)
                )
            )
        elif mapping.kind in ("administration", "exposure"):
            take(row, row.values, mapping, None)
        else:
            waiting.append((row, mapping))
    given: dict[str, list[Fact]] = {}
    for fact in facts:
        given.setdefault(fact.subject, []).append(fact)
    first_days = {subject: day_1(theirs) for subject, theirs in given.items()}
    for row, mapping in waiting:
        if most_unmapped is not None and len(unmapped) >= most_unmapped:
            break
        values, column = row.values, mapping.columns.get("subject")
        subject = column.text_of(values) or "" if column is not None else OF_THE_STUDY
        take(row, values, mapping, first_days.get(column.codes.get(subject, subject) if column else subject))
    return facts, unmapped


def project(recorded: Recorded, protocol: TrialProtocol, mappings: Sequence[SourceMapping]) -> Study:
    """The study the record adds up to under its plan, with findings on what a reader must know about the data."""
    facts, unmapped = facts_of(recorded.rows.values(), mappings)
    enrolments: dict[str, Enrolment] = {}
    of_subject: dict[str, list[Fact]] = {}
    for fact in facts:
        if isinstance(fact, Enrolment):
            enrolments.setdefault(fact.subject, fact)
        else:
            of_subject.setdefault(fact.subject, []).append(fact)
    of_the_study = of_subject.pop(OF_THE_STUDY, [])
    confirmed = frozenset(one.row for one in recorded.confirmations)
    subjects = tuple(_subject(enrolments[name], of_subject.get(name, []), confirmed) for name in sorted(enrolments))
    findings = [
        *_rows_without_meaning(unmapped),
        *_not_enrolled({name: theirs for name, theirs in of_subject.items() if name not in enrolments}),
        *(finding for subject in subjects for finding in _findings(subject)),
        *_sites_written_alike(subjects),
        *_absent(recorded),
    ]
    delivered = {delivery.source for delivery in recorded.deliveries}
    in_use = [mapping for mapping in mappings if mapping.name in delivered]
    return Study(
        protocol=protocol,
        subjects=subjects,
        facts=tuple(sorted(of_the_study, key=_in_order)),
        findings=tuple(findings),
        delivered_kinds=frozenset(mapping.kind for mapping in in_use),
        confirmations=tuple(
            ConfirmedValue(row=one.row, value=one.value, who=one.who, reason=one.reason or "")
            for one in recorded.confirmations
        ),
        new_lesions_listed=any(mapping.lists_new_lesions for mapping in in_use),
    )


def _subject(enrolment: Enrolment, facts: Iterable[Fact], confirmed: frozenset[int]) -> Subject:
    ordered = tuple(sorted(facts, key=_in_order))
    own = confirmed.intersection(fact.row for fact in (enrolment, *ordered)) if confirmed else confirmed
    return Subject(id=enrolment.subject, enrolment=enrolment, events=ordered, confirmed=own)


def _rows_without_meaning(unmapped: Iterable[Unmapped]) -> Iterator[Finding]:
    for one in unmapped:
        for fault in one.faults:
            message = f"{one.row.key}: {fault.rule}"
            yield Finding(topic="row without meaning", subject=None, message=message, rows=(one.row.sequence,))


def _not_enrolled(facts: Mapping[str, Sequence[Fact]]) -> Iterator[Finding]:
    for name in sorted(facts):
        rows = tuple(fact.row for fact in facts[name])
        yield Finding(topic="subject not enrolled", subject=name, message="records but no enrolment", rows=rows)


def _sites_written_alike(subjects: Iterable[Subject]) -> Iterator[Finding]:
    """Centres whose names may be one name written in two ways; both stand as they were delivered."""
    rows: dict[str, list[int]] = {}
    for subject in subjects:
        if subject.enrolment.site is not None:
            rows.setdefault(subject.enrolment.site, []).append(subject.enrolment.row)
    for names in written_alike(rows):
        message = f"{' and '.join(map(repr, names))} read the same and are kept apart: one centre or {len(names)}?"
        told = tuple(sorted(row for name in names for row in rows[name]))
        yield Finding(topic="sites written alike", subject=None, message=message, rows=told)


def _absent(recorded: Recorded) -> Iterator[Finding]:
    for key in recorded.missing():
        message = f"{key} is not in the newest full delivery of its source and not withdrawn; it still counts"
        yield Finding(topic=ABSENT, subject=None, message=message, rows=(recorded.rows[key].sequence,))


def _in_order(event: Fact) -> tuple[bool, str, int]:
    """By date as it is written (a year or a month stands before its days), then by row; undated last."""
    return (event.on is None, str(event.on), event.row)


def _findings(subject: Subject) -> list[Finding]:
    """Partial dates, absent consent, missing ends: reported, never filled in."""
    found: list[Finding] = []

    def note(topic: str, message: str, row: int) -> None:
        found.append(Finding(topic=topic, subject=subject.id, message=message, rows=(row,)))

    if subject.treated and subject.day_1 is None:
        note(
            "day 1 not known", "treated, but the first day of treatment is not known to the day", subject.enrolment.row
        )
    if subject.enrolment.consent is None:
        note("consent date absent", "no consent date was delivered", subject.enrolment.row)
    for event in subject.events:
        match event:
            case AdverseEvent(on=PartialDate() as on):
                note("partial onset date", f"{event.term}: onset known only as {on}", event.row)
            case AdverseEvent(on=None):
                note("undated", f"{event.term}: no onset date", event.row)
            case Exposure(end=None):
                note(
                    "end of exposure missing",
                    f"{event.treatment or 'exposure'} from {event.on}: no last day was delivered",
                    event.row,
                )
            case _:
                pass
        if event.on is None and not isinstance(event, AdverseEvent):
            note("undated", f"{type(event).__name__} without a date", event.row)
        elif isinstance(event.on, PartialDate) and not isinstance(event, AdverseEvent):
            note("partial date", f"{type(event).__name__} known only as {event.on}", event.row)
    return found
