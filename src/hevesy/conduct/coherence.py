"""What is wrong with the record as a delivery would leave it: every fact of each subject it touches, held together."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from hevesy.conduct.comparison import MOST_REFUSALS, Part, too_many
from hevesy.conduct.projection import Unmapped, facts_of
from hevesy.conduct.recorded_study import plan_of
from hevesy.conduct.refusal import Refusal
from hevesy.record import Delivery, Recorded, RecordedRow
from hevesy.study.consistency import Contradiction, contradictions
from hevesy.study.facts.fact import OF_THE_STUDY, Fact, kinds
from hevesy.study.mapping import SourceMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class _WouldBe:
    """The record with a delivery: its rows by key, what stood there before, and where each source was delivered."""

    rows: Mapping[str, RecordedRow]
    replaced: tuple[RecordedRow, ...]
    withdrawn: tuple[RecordedRow, ...]
    fresh: bool
    files: Mapping[int, str]
    """The delivered file of each new or changed row, by its number."""
    deliveries: tuple[Delivery, ...]
    mappings: Mapping[str, SourceMapping]

    def file_of(self, row: RecordedRow) -> str:
        """The file that a row comes from: of this delivery, or the one by which it was recorded."""
        if row.sequence in self.files:
            return self.files[row.sequence]
        before = [one for one in self.deliveries if one.source == row.source and one.sequence < row.sequence]
        return before[-1].file if before else row.source


def faults(
    parts: list[Part], recorded: Recorded, mappings: tuple[SourceMapping, ...], plan_changed: bool, withdraw: bool
) -> list[Refusal]:
    """What is wrong with the record as it would be.

    Every fact of each subject that new, changed or withdrawn rows touch.
    """
    would_be = _with(parts, recorded, mappings, withdraw)
    if not would_be.fresh and not plan_changed and not would_be.withdrawn:
        return []
    facts, unmapped = facts_of(would_be.rows.values(), mappings, most_unmapped=MOST_REFUSALS)
    refused = _rows_that_are_no_facts(unmapped, would_be)
    if len(unmapped) >= MOST_REFUSALS:
        return [*dict.fromkeys(refused), too_many(", ".join(sorted({part.table.name for part in parts})))]
    checked = facts if plan_changed else _of_touched_subjects(facts, would_be)
    by_sequence: dict[int, RecordedRow] = {}

    def row_of(sequence: int) -> RecordedRow:
        if not by_sequence:
            by_sequence.update((row.sequence, row) for row in would_be.rows.values())
        return by_sequence[sequence]

    protocol, _ = plan_of(recorded)
    told = contradictions(checked, facts, protocol, datetime.now(UTC).date())
    refused += _contradicted(told, unmapped, row_of, would_be)
    refused += _names_written_in_two_ways(facts, row_of, would_be)
    return list(dict.fromkeys(refused))


def _with(parts: list[Part], recorded: Recorded, mappings: tuple[SourceMapping, ...], withdraw: bool) -> _WouldBe:
    rows = dict(recorded.rows)
    replaced = []
    for part in parts:
        rows.update((row.key, row) for row in part.added)
        for row in part.changed:
            replaced.append(recorded.rows[row.key])
            rows[row.key] = row
    missing = {key for part in parts for key in part.missing} if withdraw else ()
    return _WouldBe(
        withdrawn=tuple(rows.pop(key) for key in missing if key in rows),
        rows=rows,
        replaced=tuple(replaced),
        fresh=any(part.added or part.changed for part in parts),
        files={row.sequence: part.table.name for part in parts for row in (*part.added, *part.changed)},
        deliveries=recorded.deliveries,
        mappings={mapping.name: mapping for mapping in mappings},
    )


def _rows_that_are_no_facts(unmapped: Iterable[Unmapped], would_be: _WouldBe) -> list[Refusal]:
    return [
        Refusal(
            file=would_be.file_of(one.row),
            line=one.row.line,
            column=fault.column,
            value=fault.value,
            rule=fault.rule,
        )
        for one in unmapped
        for fault in one.faults
    ]


def _of_touched_subjects(facts: Iterable[Fact], would_be: _WouldBe) -> list[Fact]:
    """The facts of subjects of whom a row is new, changed or withdrawn; new and changed rows have numbers below 0."""
    facts = list(facts)
    was, _ = facts_of([*would_be.withdrawn, *would_be.replaced], would_be.mappings.values())
    touched = {fact.subject for fact in facts if fact.row < 0} | {fact.subject for fact in was}
    return [fact for fact in facts if fact.subject in touched]


def _contradicted(
    told: Iterable[Contradiction],
    unmapped: Iterable[Unmapped],
    row_of: Callable[[int], RecordedRow],
    would_be: _WouldBe,
) -> list[Refusal]:
    """Facts that cannot stand beside the others, each at the column of its field."""
    refused_enrolments = {
        _subject_of(one.row, would_be)
        for one in unmapped
        if (mapping := would_be.mappings.get(one.row.source)) is not None and mapping.kind == "enrolment"
    }
    refused = []
    for fault in told:
        if fault.field == "subject" and fault.value in refused_enrolments:
            continue  # its enrolment is refused above; that it is unknown follows
        row = row_of(fault.row)
        mapping = would_be.mappings[row.source]
        name = kinds()[mapping.kind].name_of(fault.field)
        column = mapping.columns[name].name if name in mapping.columns else name
        refused.append(
            Refusal(file=would_be.file_of(row), line=row.line, column=column, value=fault.value, rule=fault.rule)
        )
    return refused


def _subject_of(row: RecordedRow, would_be: _WouldBe) -> str:
    return would_be.mappings[row.source].columns["subject"].text_of(row.values) or ""


def _names_written_in_two_ways(
    facts: Iterable[Fact], row_of: Callable[[int], RecordedRow], would_be: _WouldBe
) -> list[Refusal]:
    """Subjects whose names differ and read the same (NFKC: of another width, or composed otherwise).

    One person or two is a question.
    """
    first: dict[str, tuple[str, int]] = {}
    asked: dict[tuple[str, str], int] = {}
    for fact in facts:
        if fact.subject == OF_THE_STUDY:
            continue
        plain = " ".join(unicodedata.normalize("NFKC", fact.subject).split())
        before, sequence = first.setdefault(plain, (fact.subject, fact.row))
        if before == fact.subject or (fact.row > 0 and sequence > 0):
            continue
        fresh, other = (fact.row, before) if fact.row < 0 else (sequence, fact.subject)
        name = fact.subject if fresh == fact.row else before
        asked.setdefault((name, other), fresh)
    refused = []
    for (name, other), sequence in asked.items():
        row = row_of(sequence)
        rule = (
            f"reads like {other!r} and is written otherwise ({name!a} and {other!a}): the same subject? Write it one "
            "way (codes)"
        )
        column = would_be.mappings[row.source].columns["subject"].name
        refused.append(Refusal(file=would_be.file_of(row), line=row.line, column=column, value=name, rule=rule))
    return refused
