"""What a delivery would change.

Files read through their mappings, compared with the record, and every fault in them.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from hevesy.conduct.projection import events_of
from hevesy.conduct.recorded_study import plan_of
from hevesy.errors import DeliveryError
from hevesy.files import redcap
from hevesy.files.cut import name_without_columns, without_columns
from hevesy.files.sources import mappings_for, not_read, read_sources
from hevesy.files.tables import DeliveredTable, read_table
from hevesy.record import Delivery, Recorded, RecordedRow, RowWriter, name_of_partial
from hevesy.study.consistency import contradictions
from hevesy.study.dates import earliest, parse_when
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import test_named
from hevesy.study.identifiers import Values, values_of, word_of_header
from hevesy.study.mapping import SourceMapping
from hevesy.study.protocol import BLOOD_TEST_DIMENSION
from hevesy.study.protocol.criteria import CRITERIA


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a delivery was not taken in: file, line, column, value and rule."""

    file: str
    line: int | None
    column: str | None
    value: str | None
    rule: str

    def __str__(self) -> str:
        place = self.file + (f", line {self.line}" if self.line is not None else "")
        about = f", {self.column}" if self.column else ""
        got = f" (got {self.value[:80]!r})" if self.value is not None and repr(self.value) not in self.rule else ""
        return f"{place}{about}: {self.rule}{got}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row whose values differ from those recorded under its key: column -> (before, after)."""

    key: str
    file: str
    line: int
    values: Mapping[str, tuple[str | None, str | None]]

    def __str__(self) -> str:
        return f"{self.key}: " + ", ".join(
            f"{name} {before!r} -> {after!r}" for name, (before, after) in self.values.items()
        )


MOST_REFUSALS = 1_000
"""Refused rows that are listed; a file with more is not looked at any further."""


LONGEST_NAME_BYTES = 200
"""Of a delivered file: it is kept under its name, and beside it while it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCopy:
    """What is kept of a delivered file: its bytes, or those of a copy without the dropped columns."""

    name: str
    sha256: str
    content: bytes
    original_sha256: str
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file read through one mapping, compared with the record."""

    table: DeliveredTable
    kept: KeptCopy
    mapping: SourceMapping
    added: tuple[RecordedRow, ...]
    changed: tuple[RecordedRow, ...]
    unchanged: int
    present: frozenset[str] | None
    """Keys of the rows; None where the file is the last delivery again."""
    missing: tuple[str, ...]
    skipped: int
    unknown_columns: tuple[str, ...]


def read(
    files: Iterable[Path], mappings: tuple[SourceMapping, ...], recorded: Recorded, plan_changed: bool
) -> tuple[list[Part], list[Refusal], list[str]]:
    """Every file through each mapping that is for it, compared with the record; with refusals and notes.

    A file that was its sources' last delivery is not read again: the record holds it already, and was held against its
    kept copy.
    """
    parts: list[Part] = []
    refused: list[Refusal] = []
    notes: list[str] = []
    undecided: list[tuple[str, str, Values]] = []
    consents: dict[str, list[date]] = {}
    seen: dict[str, tuple[str, int]] = {}
    numbers = count(-1, -1)
    files = tuple(files)
    files_of = Counter(mapping.name for path in files for mapping in mappings_for(mappings, path.name))
    for path in files:
        fitting = mappings_for(mappings, path.name)
        if not plan_changed and fitting and all(files_of[mapping.name] == 1 for mapping in fitting):
            as_before = _delivered_before(path, fitting, recorded)
            if as_before:
                parts += as_before
                continue
        if not fitting and not_read(recorded.sources_text or "", path.name):
            notes.append(f"{path.name}: not read and not kept; there is no kind of record for it here")
            continue
        if len(path.name.encode()) > LONGEST_NAME_BYTES:
            rule = f"its name has more than {LONGEST_NAME_BYTES} bytes; give it a shorter one"
            refused.append(Refusal(file=f"{path.name[:60]}...", line=None, column=None, value=None, rule=rule))
            continue
        if name_of_partial(path) is not None:
            rule = "is called like a file that was not written to its end; give it another name"
            refused.append(Refusal(file=path.name, line=None, column=None, value=None, rule=rule))
            continue
        if not fitting:
            known = ", ".join(sorted({mapping.file for mapping in mappings}))
            rule = f"no source in sources.toml is for a file of this name; they are for {known}"
            refused.append(Refusal(file=path.name, line=None, column=None, value=None, rule=rule))
            continue
        try:
            table = read_table(path, fitting[0].encoding)
        except DeliveryError as error:
            _, _, rule = str(error).partition(": ")
            refused.append(Refusal(file=path.name, line=error.line, column=None, value=None, rule=rule))
            continue
        contradicted = _sources_at_odds(table, fitting)
        if contradicted:
            refused += contradicted
            continue
        kept = _kept_copy(path, table, fitting)
        known_columns = set().union(*(mapping.known_columns() for mapping in fitting))
        wide = any(mapping.only_filled for mapping in fitting)
        unknown = tuple(
            name for name in table.columns if name not in known_columns and not (wide and redcap.adds(name, table))
        )
        undecided += [(table.name, name, values_of(table.column(name))) for name in unknown]
        notes += _ignored_and_kept(table, fitting)
        for mapping in fitting:
            lacking = sorted(mapping.needed_columns() - set(table.columns) - mapping.may_be_absent)
            if lacking:
                rule = f"the column is missing; the file has {', '.join(table.columns[:12])}"
                refused += [Refusal(file=path.name, line=1, column=name, value=None, rule=rule) for name in lacking]
                continue
            wrong, left_out = redcap.left_out(table, mapping)
            refused += [
                Refusal(file=table.name, line=row.line, column=column, value=row.values.get(column), rule=rule)
                for column, row, rule in wrong
            ]
            notes += left_out
            part, faults = _compare(table, kept, mapping, recorded, seen, unknown, numbers)
            parts.append(part)
            if mapping.kind == "enrolment":
                _gather_consents(consents, mapping, (row.values for row in table.rows))
            refused += faults
            absent = mapping.known_columns() - set(mapping.dropped) - set(table.columns) - mapping.may_be_absent
            for name in sorted(absent):
                notes.append(f"{path.name}: column {name!r} of sources.toml is not in the file")
            notes += _tests_without_grades(table, mapping)
            notes += _words_that_are_no_response(table, mapping)
    if undecided:
        for mapping in mappings:
            if mapping.kind == "enrolment":
                _gather_consents(
                    consents, mapping, (row.values for row in recorded.rows.values() if row.source == mapping.name)
                )
        refused += _identifiers(undecided, _first(consents))
    return _with_missing(parts, recorded), refused, notes


def _almost_dropped(table: DeliveredTable, dropped: set[str]) -> list[Refusal]:
    """Columns called like one that is dropped but for the size of letters or blanks."""

    def plainly(name: str) -> str:
        return " ".join(name.casefold().split())

    meant = {plainly(name): name for name in dropped if name not in table.columns}
    return [
        Refusal(
            file=table.name,
            line=1,
            column=name,
            value=None,
            rule=f"`drop` has {like!r}: write it there as it stands here",
        )
        for name in table.columns
        if name not in dropped and (like := meant.get(plainly(name))) is not None
    ]


def _sources_at_odds(table: DeliveredTable, fitting: list[SourceMapping]) -> list[Refusal]:
    """Where the sources of one file contradict each other: its encoding, columns one drops and another uses."""
    dropped = {name for mapping in fitting for name in mapping.dropped}
    told = _almost_dropped(table, dropped)
    encodings = {mapping.encoding.lower(): mapping.name for mapping in fitting}
    if len(encodings) > 1:
        rule = f"{' and '.join(map(repr, encodings.values()))} read it in different encodings ({', '.join(encodings)})"
        told.append(Refusal(file=table.name, line=None, column=None, value=None, rule=rule))
    return told + [
        Refusal(
            file=table.name,
            line=1,
            column=name,
            value=None,
            rule=f"is dropped by one source and used by {mapping.name!r}",
        )
        for mapping in fitting
        for name in sorted(dropped & (set(mapping.recorded_columns(table.columns)) | mapping.needed_columns()))
    ]


def _kept_copy(path: Path, table: DeliveredTable, fitting: list[SourceMapping]) -> KeptCopy:
    """The file as it is, or without the dropped columns where they hold anything."""
    dropped = {name for mapping in fitting for name in mapping.dropped}
    cut = tuple(name for name in table.columns if name in dropped)
    if any(any(table.column(name)) for name in cut):
        content = without_columns(table, dropped)
        digest = hashlib.sha256(content).hexdigest()
        return KeptCopy(
            name=name_without_columns(path.name), sha256=digest, content=content, original_sha256=table.sha256, cut=cut
        )
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != table.sha256:
        raise DeliveryError(f"{path.name}: the file changed while it was being read; nothing was written, run it again")
    return KeptCopy(name=path.name, sha256=table.sha256, content=content, original_sha256=table.sha256)


def _ignored_and_kept(table: DeliveredTable, fitting: list[SourceMapping]) -> list[str]:
    """Ignored columns that look like identifiers: they enter neither record nor page, and stand in the kept copy."""
    ignored = {name for mapping in fitting for name in mapping.ignored} - {
        name for mapping in fitting for name in mapping.dropped
    }
    named = [name for name in table.columns if name in ignored and word_of_header(name)]
    return [f"{table.name}: {', '.join(named)} stays in the kept copy of the file (`drop` cuts it)"] if named else []


def _identifiers(undecided: list[tuple[str, str, Values]], consent: date) -> list[Refusal]:
    """Columns (file, name, values) that no source speaks of and that may say who a subject is."""
    refused = []
    for file, name, values in undecided:
        word = word_of_header(name)
        like = f"a header with {word!r}" if word else values.identifying(consent)
        if like:
            rule = (
                f"may say who a subject is ({like}): decide in sources.toml: `drop` cuts it, "
                "`ignore` leaves it in the kept copy"
            )
            refused.append(Refusal(file=file, line=1, column=name, value=None, rule=rule))
    return refused


_DAYS_OF_ENROLMENT = ("consent", "enrolled", "first_treatment")


def _gather_consents(
    consents: dict[str, list[date]], mapping: SourceMapping, rows: Iterable[Mapping[str, str | None]]
) -> None:
    """The days that rows of an enrolment tell, by what they are of."""
    fields = [(field, mapping.columns[field]) for field in _DAYS_OF_ENROLMENT if field in mapping.columns]
    for values in rows:
        for field, column in fields:
            if text := column.text_of(values):
                with suppress(ValueError):
                    consents.setdefault(field, []).append(earliest(parse_when(text, column.date_format)))


def _first(consents: Mapping[str, list[date]]) -> date:
    """The earliest day on which a subject consented or, where that is not told, enrolled.

    Today where nothing is known.
    """
    return next((min(consents[field]) for field in _DAYS_OF_ENROLMENT if field in consents), datetime.now(UTC).date())


def _delivered_before(path: Path, fitting: list[SourceMapping], recorded: Recorded) -> list[Part]:
    """The parts of a file that is, to the byte, the last delivery of each of its sources.

    None if rows were withdrawn since.
    """
    if not path.is_file() or recorded.sources_sequence is None:
        return []
    last = {delivery.source: delivery for delivery in recorded.deliveries}
    deliveries = [last.get(mapping.name) for mapping in fitting]
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    parts = []
    for mapping, delivery in zip(fitting, deliveries, strict=True):
        if delivery is None or {delivery.original_sha256, delivery.sha256} != {digest} or delivery.file != path.name:
            return []
        if delivery.sequence < recorded.sources_sequence or _one_of_several(delivery, recorded):
            return []
        if any(
            change.sequence > delivery.sequence and change.key.startswith(f"{mapping.name}|")
            for change in recorded.changes
        ):
            return []
        parts.append(
            Part(
                table=DeliveredTable(name=path.name, sha256=digest, columns=()),
                kept=KeptCopy(name=path.name, sha256=digest, content=content, original_sha256=digest),
                mapping=mapping,
                added=(),
                changed=(),
                unchanged=delivery.added + delivery.changed + delivery.unchanged,
                present=None,
                missing=tuple(key for key in recorded.missing() if recorded.rows[key].source == mapping.name)
                if mapping.full
                else (),
                skipped=delivery.skipped,
                unknown_columns=delivery.unknown_columns,
            )
        )
    return parts


def _one_of_several(delivery: Delivery, recorded: Recorded) -> bool:
    """Whether several files of one source were delivered together: the last of them alone is another delivery."""
    return (
        sum(
            other.recorded_at == delivery.recorded_at and other.source == delivery.source
            for other in recorded.deliveries
        )
        > 1
    )


def _tests_without_grades(table: DeliveredTable, mapping: SourceMapping) -> list[str]:
    """Laboratory tests of a file that no grade here speaks of, with how many rows each."""
    column = mapping.columns.get("test")
    if mapping.kind != "laboratory" or column is None:
        return []
    counted: dict[str, int] = {}
    for row in table.rows:
        if mapping.takes(row.values):
            written = column.text_of(row.values) or ""
            test = test_named(column.meaning(written))
            if test not in BLOOD_TEST_DIMENSION:
                counted[test] = counted.get(test, 0) + 1
    named = ", ".join(f"{test} ({count} rows)" for test, count in sorted(counted.items())[:12])
    return (
        [f"{table.name}: kept, not graded (name the blood counts by codes in sources.toml): {named}"] if counted else []
    )


def _words_that_are_no_response(table: DeliveredTable, mapping: SourceMapping) -> list[str]:
    """Called responses that no criteria know, each with its subject and line: those visits are not evaluable."""
    column, whose = mapping.columns.get("response"), mapping.columns["subject"]
    if mapping.kind != "response" or column is None:
        return []
    told = []
    for row in table.rows:
        if mapping.takes(row.values) and (written := column.text_of(row.values)):
            word = column.meaning(written)
            if not any(criteria.knows(word) for criteria in CRITERIA.values()):
                told.append(
                    f"{table.name}, line {row.line}: {whose.text_of(row.values)}: {word!r} is no response: "
                    "that visit is not evaluable"
                )
    return told


def _with_missing(parts: list[Part], recorded: Recorded) -> list[Part]:
    """Of each source delivered in full: the recorded keys that none of its files in this delivery holds."""
    present: dict[str, set[str]] = {}
    for part in parts:
        if part.present is not None:
            present.setdefault(part.mapping.name, set()).update(part.present)
    absent = {
        name: tuple(key for key, row in recorded.rows.items() if row.source == name and key not in keys)
        for name, keys in present.items()
    }
    return [
        replace(part, missing=absent[part.mapping.name], present=frozenset())
        if part.mapping.full and part.present is not None
        else part
        for part in parts
    ]


def _compare(
    table: DeliveredTable,
    kept: KeptCopy,
    mapping: SourceMapping,
    recorded: Recorded,
    seen: dict[str, tuple[str, int]],
    unknown: tuple[str, ...],
    numbers: Iterator[int],
) -> tuple[Part, list[Refusal]]:
    """A file's rows against the record.

    `seen` has file and line of each key of this delivery; `numbers` numbers its rows below 0.
    """
    added: list[RecordedRow] = []
    changed: list[RecordedRow] = []
    refused: list[Refusal] = []
    unchanged = skipped = 0
    present: set[str] = set()
    columns = mapping.recorded_columns(table.columns)
    filled = [column for column in mapping.key if column not in mapping.may_be_empty]
    written = RowWriter(columns, table.columns)
    for row, cells in zip(table.rows, table.cells, strict=True):
        if len(refused) >= MOST_REFUSALS:
            refused.append(_too_many(table.name))
            break
        if not mapping.takes(row.values):
            skipped += 1
            continue
        empty = [column for column in filled if not (row.values.get(column) or "").strip()]
        if empty:
            rule = "a key column must not be empty: the row could not be told from others"
            refused.append(Refusal(file=table.name, line=row.line, column=" + ".join(empty), value=None, rule=rule))
            continue
        key = mapping.key_of(row.values)
        if key in seen:
            rule = f"duplicate key: the same {' + '.join(mapping.key)} stands in {', line '.join(map(str, seen[key]))}"
            value = " + ".join(row.values.get(column) or "" for column in mapping.key)
            refused.append(
                Refusal(file=table.name, line=row.line, column=" + ".join(mapping.key), value=value, rule=rule)
            )
            continue
        seen[key] = (table.name, row.line)
        present.add(key)
        before = recorded.rows.get(key)
        content = written(cells)
        if before is not None and (before.content == content or _agree(before.values, row.values, columns)):
            unchanged += 1
            continue
        if before is not None:
            content = _with_absent(content, before, mapping, columns)
        delivered = RecordedRow(sequence=next(numbers), key=key, line=row.line, content=content)
        (added if before is None else changed).append(delivered)
    part = Part(
        table=replace(table, lines=(), cells=()),
        kept=kept,
        mapping=mapping,
        added=tuple(added),
        changed=tuple(changed),
        unchanged=unchanged,
        present=frozenset(present),
        missing=(),
        skipped=skipped,
        unknown_columns=unknown,
    )
    return part, refused


def _with_absent(content: str, before: RecordedRow, mapping: SourceMapping, columns: tuple[str, ...]) -> str:
    """The content of a corrected row, with what the record says in mapped columns that this file does not have."""
    absent = [
        name for name in mapping.recorded_columns(mapping.known_columns()) if name not in columns and before.has(name)
    ]
    if not absent:
        return content
    said = before.values
    values = {**json.loads(content), **{name: said[name] for name in absent}}
    return RowWriter(values, tuple(values))(list(values.values()))


def _agree(before: Mapping[str, str | None], values: Mapping[str, str | None], columns: tuple[str, ...]) -> bool:
    """Whether a recorded row says what a delivered one does in the mapped columns.

    An empty cell and an absent column say the same.
    """
    return all(before.get(name) == values[name] for name in columns)


def _too_many(file: str) -> Refusal:
    rule = f"more than {MOST_REFUSALS:,} rows are refused; the rest was not looked at"
    return Refusal(file=file, line=None, column=None, value=None, rule=rule)


def faults(
    parts: list[Part], recorded: Recorded, mappings: tuple[SourceMapping, ...], plan_changed: bool, withdraw: bool
) -> list[Refusal]:
    """What is wrong with the record as it would be.

    Every fact of each subject that new, changed or withdrawn rows touch.
    """
    protocol, _ = plan_of(recorded)
    files = {part.mapping.name: part.table.name for part in parts}
    rows = dict(recorded.rows)
    changed_before = []
    for part in parts:
        rows.update((row.key, row) for row in part.added)
        for row in part.changed:
            changed_before.append(recorded.rows[row.key])
            rows[row.key] = row
    fresh = any(part.added or part.changed for part in parts)  # their numbers are below 0
    withdrawn = (
        [rows.pop(key) for key in {key for part in parts for key in part.missing} if key in rows] if withdraw else []
    )
    if not fresh and not plan_changed and not withdrawn:
        return []
    by_name = {mapping.name: mapping for mapping in mappings}
    events, unmapped = events_of(rows.values(), mappings, most_unmapped=MOST_REFUSALS)
    refused = [
        Refusal(
            file=files.get(item.row.source, item.row.source),
            line=item.row.line,
            column=fault.column,
            value=fault.value,
            rule=fault.rule,
        )
        for item in unmapped
        for fault in item.faults
    ]
    if len(unmapped) >= MOST_REFUSALS:
        return [*dict.fromkeys(refused), _too_many(", ".join(sorted({part.table.name for part in parts})))]
    was, _ = events_of([*withdrawn, *changed_before], mappings)
    touched = {event.subject for event in (*events, *was) if event.row < 0} | {event.subject for event in was}
    checked = events if plan_changed else [event for event in events if event.subject in touched]
    by_sequence: dict[int, RecordedRow] = {}

    def row_of(sequence: int) -> RecordedRow:
        if not by_sequence:
            by_sequence.update((row.sequence, row) for row in rows.values())
        return by_sequence[sequence]

    refused_enrolments = {
        _subject_of(item.row, by_name)
        for item in unmapped
        if by_name.get(item.row.source) and by_name[item.row.source].kind == "enrolment"
    }
    for fault in contradictions(checked, events, protocol, datetime.now(UTC).date()):
        if fault.field == "subject" and fault.value in refused_enrolments:
            continue  # its enrolment is refused above; that it is unknown follows
        row = row_of(fault.row)
        mapping = by_name[row.source]
        field_name = {
            "on": next((name for name in ("on", "start", "onset", "enrolled") if name in mapping.columns), "on")
        }.get(fault.field, fault.field)
        column = mapping.columns[field_name].name if field_name in mapping.columns else field_name
        refused.append(
            Refusal(
                file=files.get(row.source, row.source), line=row.line, column=column, value=fault.value, rule=fault.rule
            )
        )
    refused += _names_written_in_two_ways(events, row_of, by_name, files)
    return list(dict.fromkeys(refused))


def _names_written_in_two_ways(
    events: list[Fact],
    row_of: Callable[[int], RecordedRow],
    by_name: Mapping[str, SourceMapping],
    files: Mapping[str, str],
) -> list[Refusal]:
    """Subjects whose names differ and read the same (NFKC: of another width, or composed otherwise).

    One person or two is a question.
    """
    first: dict[str, tuple[str, int]] = {}
    asked: dict[tuple[str, str], int] = {}
    for event in events:
        plain = " ".join(unicodedata.normalize("NFKC", event.subject).split())
        before, row = first.setdefault(plain, (event.subject, event.row))
        if before == event.subject or (event.row > 0 and row > 0):
            continue
        fresh, other = (event.row, before) if event.row < 0 else (row, event.subject)
        name = event.subject if fresh == event.row else before
        asked.setdefault((name, other), fresh)
    refused = []
    for (name, other), row in asked.items():
        source = row_of(row).source
        rule = (
            f"reads like {other!r} and is written otherwise ({name!a} and {other!a}): the same subject? Write it one "
            "way (codes)"
        )
        column = by_name[source].columns["subject"].name
        refused.append(
            Refusal(file=files.get(source, source), line=row_of(row).line, column=column, value=name, rule=rule)
        )
    return refused


def _subject_of(row: RecordedRow, by_name: Mapping[str, SourceMapping]) -> str:
    column = by_name[row.source].columns["subject"]
    return column.text_of(row.values) or ""


def orphaned(mappings: tuple[SourceMapping, ...], recorded: Recorded, file: str) -> list[Refusal]:
    """Sources with recorded rows that a changed mapping no longer names, or whose key it changes."""
    if recorded.sources_text is None:
        return []
    after = {mapping.name: mapping for mapping in mappings}
    used = {row.source for row in recorded.rows.values()}
    refused = []
    for before in read_sources(recorded.sources_text, recorded=True):
        if before.name not in used:
            continue
        if before.name not in after:
            rule = "has recorded rows; it cannot be removed or renamed"
            refused.append(Refusal(file=file, line=None, column=before.name, value=None, rule=rule))
        elif after[before.name].key != before.key:
            rule = f"has recorded rows under the key {' + '.join(before.key)}; the key cannot be changed"
            refused.append(Refusal(file=file, line=None, column=before.name, value=None, rule=rule))
    return refused
