"""What a delivery would change: files read through their mappings and held against the record, with what is refused."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from hevesy.conduct.identifying import Undecided, first_consent, identifying
from hevesy.conduct.refusal import Refusal
from hevesy.errors import DeliveryError
from hevesy.files import redcap
from hevesy.files.cut import name_without_columns, without_columns
from hevesy.files.reading import MOST_FAULTS, Reading, read_through
from hevesy.files.sources import mappings_for, not_read, read_sources
from hevesy.files.tables import DeliveredTable, read_table
from hevesy.record import Delivery, Recorded, RecordedRow, RowWriter, name_of_partial
from hevesy.study.facts.laboratory import test_named
from hevesy.study.identifiers import values_of, word_of_header
from hevesy.study.mapping import SourceMapping
from hevesy.study.protocol import BLOOD_TEST_DIMENSION
from hevesy.study.protocol.criteria import CRITERIA

MOST_REFUSALS = MOST_FAULTS
"""Refused rows that are listed; a file with more is not looked at any further."""
LONGEST_NAME_BYTES = 200
"""Of a delivered file: it is kept under its name, and beside it while it is written."""
MOST_COLUMNS_NAMED, MOST_TESTS_NAMED = 12, 12


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


@dataclass(slots=True)
class Compared:
    """A delivery held against the record: its parts, what is refused, and what a reader should know of it."""

    parts: list[Part] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compare(
    files: Iterable[Path], mappings: tuple[SourceMapping, ...], recorded: Recorded, plan_changed: bool
) -> Compared:
    """Every file through each mapping that is for it, compared with the record; with refusals and notes.

    A file that was its sources' last delivery is not read again: the record holds it already, and was held against its
    kept copy.
    """
    compared, files = Compared(), tuple(files)
    files_of = Counter(mapping.name for path in files for mapping in mappings_for(mappings, path.name))
    undecided: list[Undecided] = []
    enrolled: list[Reading] = []
    keys: dict[str, tuple[str, int]] = {}
    numbers = count(-1, -1)
    for path in files:
        fitting = mappings_for(mappings, path.name)
        if not plan_changed and fitting and all(files_of[mapping.name] == 1 for mapping in fitting):
            as_before = _delivered_before(path, fitting, recorded)
            if as_before:
                compared.parts += as_before
                continue
        table = _table_of(path, fitting, mappings, recorded, compared)
        if table is None:
            continue
        kept, unknown = _kept_copy(path, table, fitting), _unknown_columns(table, fitting)
        undecided += [Undecided(file=table.name, name=name, values=values_of(table.column(name))) for name in unknown]
        compared.notes += _ignored_and_kept(table, fitting)
        for mapping in fitting:
            if _lacks_columns(table, mapping, compared):
                continue
            reading = read_through(table, mapping, keys)
            keys.update((row.key, (table.name, row.line)) for row in reading.rows)
            if mapping.kind == "enrolment":
                enrolled.append(reading)  # of the others nothing but the part is kept: a large file holds much
            compared.parts.append(_part(reading, kept, recorded, unknown, numbers))
            _tell(reading, compared)
    if undecided:
        compared.refused += identifying(undecided, first_consent(_enrolments(enrolled, mappings, recorded)))
    compared.parts = _with_missing(compared.parts, recorded)
    return compared


def _table_of(
    path: Path,
    fitting: list[SourceMapping],
    mappings: tuple[SourceMapping, ...],
    recorded: Recorded,
    compared: Compared,
) -> DeliveredTable | None:
    """The table of a file that some mapping is for; None, with a refusal or a note, where it is not read."""
    if not fitting and not_read(recorded.sources_text or "", path.name):
        compared.notes.append(f"{path.name}: not read and not kept; there is no kind of record for it here")
        return None
    if (refusal := _refused_by_name(path, fitting, mappings)) is not None:
        compared.refused.append(refusal)
        return None
    try:
        table = read_table(path, fitting[0].encoding)
    except DeliveryError as error:
        _, _, rule = str(error).partition(": ")
        compared.refused.append(Refusal(file=path.name, line=error.line, rule=rule))
        return None
    at_odds = _sources_at_odds(table, fitting)
    compared.refused += at_odds
    return None if at_odds else table


def _refused_by_name(path: Path, fitting: list[SourceMapping], mappings: tuple[SourceMapping, ...]) -> Refusal | None:
    """Why a file is not read for its name alone."""
    if len(path.name.encode()) > LONGEST_NAME_BYTES:
        rule = f"its name has more than {LONGEST_NAME_BYTES} bytes; give it a shorter one"
        return Refusal(file=f"{path.name[:60]}...", rule=rule)
    if name_of_partial(path) is not None:
        return Refusal(
            file=path.name, rule="is called like a file that was not written to its end; give it another name"
        )
    if not fitting:
        known = ", ".join(sorted({mapping.file for mapping in mappings}))
        return Refusal(
            file=path.name, rule=f"no source in sources.toml is for a file of this name; they are for {known}"
        )
    return None


def _unknown_columns(table: DeliveredTable, fitting: list[SourceMapping]) -> tuple[str, ...]:
    """Columns that no mapping of the file speaks of."""
    known = set().union(*(mapping.known_columns() for mapping in fitting))
    wide = any(mapping.only_filled for mapping in fitting)
    return tuple(name for name in table.columns if name not in known and not (wide and redcap.adds(name, table)))


def _lacks_columns(table: DeliveredTable, mapping: SourceMapping, compared: Compared) -> bool:
    """Whether columns that the mapping needs are missing, which is refused."""
    lacking = sorted(mapping.needed_columns() - set(table.columns) - mapping.may_be_absent)
    rule = f"the column is missing; the file has {', '.join(table.columns[:MOST_COLUMNS_NAMED])}"
    compared.refused += [Refusal(file=table.name, line=1, column=name, rule=rule) for name in lacking]
    return bool(lacking)


def _tell(reading: Reading, compared: Compared) -> None:
    """Add the rows that a reading could not take, and what a reader should know of the others."""
    table, mapping = reading.table, reading.mapping
    wrong, notes = redcap.left_out(table, mapping)
    compared.refused += [
        Refusal(file=table.name, line=row.line, column=column, value=row.values.get(column), rule=rule)
        for column, row, rule in wrong
    ]
    compared.refused += [
        Refusal(file=table.name, line=fault.line, column=fault.columns, value=fault.value, rule=fault.rule)
        for fault in reading.faults
    ]
    if not reading.whole:
        compared.refused.append(too_many(table.name))
    absent = mapping.known_columns() - set(mapping.dropped) - set(table.columns) - mapping.may_be_absent
    notes += [f"{table.name}: column {name!r} of sources.toml is not in the file" for name in sorted(absent)]
    compared.notes += notes + _tests_without_grades(reading) + _words_that_are_no_response(reading)


def _enrolments(
    enrolled: Iterable[Reading], mappings: tuple[SourceMapping, ...], recorded: Recorded
) -> Iterator[tuple[SourceMapping, Iterator[Mapping[str, str | None]]]]:
    """The enrolments of a delivery and of the record, as rows of their mappings."""
    for reading in enrolled:
        yield reading.mapping, map(reading.values, reading.rows)
    for mapping in mappings:
        if mapping.kind == "enrolment":
            yield mapping, (row.values for row in recorded.rows.values() if row.source == mapping.name)


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
        told.append(Refusal(file=table.name, rule=rule))
    return told + [
        Refusal(
            file=table.name,
            line=1,
            column=name,
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


def _tests_without_grades(reading: Reading) -> list[str]:
    """Laboratory tests of a file that no grade here speaks of, with how many rows each."""
    if reading.mapping.kind != "laboratory":
        return []
    counted = Counter(test_named(test) for _, (test,) in reading.texts("test"))
    others = sorted((test, rows) for test, rows in counted.items() if test not in BLOOD_TEST_DIMENSION)
    named = ", ".join(f"{test} ({rows} rows)" for test, rows in others[:MOST_TESTS_NAMED])
    rule = "kept, not graded (name the blood counts by codes in sources.toml)"
    return [f"{reading.table.name}: {rule}: {named}"] if others else []


def _words_that_are_no_response(reading: Reading) -> list[str]:
    """Called responses that no criteria know, each with its subject and line: those visits are not evaluable."""
    if reading.mapping.kind != "response":
        return []
    return [
        f"{reading.table.name}, line {line}: {subject}: {word!r} is no response: that visit is not evaluable"
        for line, (subject, word) in reading.texts("subject", "response")
        if word and not any(criteria.knows(word) for criteria in CRITERIA.values())
    ]


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


def _part(
    reading: Reading, kept: KeptCopy, recorded: Recorded, unknown: tuple[str, ...], numbers: Iterator[int]
) -> Part:
    """A reading against the record; `numbers` numbers the new and changed rows of this delivery below 0."""
    table, mapping, columns = reading.table, reading.mapping, reading.columns
    added: list[RecordedRow] = []
    changed: list[RecordedRow] = []
    written = RowWriter(columns, table.columns)
    for row in reading.rows:
        before, content = recorded.rows.get(row.key), written(row.cells)
        if before is None:
            added.append(RecordedRow(sequence=next(numbers), key=row.key, line=row.line, content=content))
        elif before.content != content and not _agree(before.values, reading.values(row), columns):
            content = _with_absent(content, before, mapping, columns)
            changed.append(RecordedRow(sequence=next(numbers), key=row.key, line=row.line, content=content))
    return Part(
        table=replace(table, lines=(), cells=()),
        kept=kept,
        mapping=mapping,
        added=tuple(added),
        changed=tuple(changed),
        unchanged=len(reading.rows) - len(added) - len(changed),
        present=frozenset(row.key for row in reading.rows),
        missing=(),
        skipped=reading.skipped,
        unknown_columns=unknown,
    )


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


def too_many(file: str) -> Refusal:
    """That a file has more faults than are told."""
    return Refusal(file=file, rule=f"more than {MOST_REFUSALS:,} rows are refused; the rest was not looked at")


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
            refused.append(Refusal(file=file, column=before.name, rule=rule))
        elif after[before.name].key != before.key:
            rule = f"has recorded rows under the key {' + '.join(before.key)}; the key cannot be changed"
            refused.append(Refusal(file=file, column=before.name, rule=rule))
    return refused
