"""What a delivery would change: files read through their mappings, compared with the record, and every fault in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from hevesy.conduct.recorded_study import plan_of
from hevesy.files.sources import mappings_for, not_read, read_sources
from hevesy.files.tables import DeliveredTable, read_table
from hevesy.files.toml import FormatError
from hevesy.follow.response.criteria import CRITERIA
from hevesy.record.project import Recorded, RecordedRow, events_of
from hevesy.study.consistency import contradictions
from hevesy.study.mapping import SourceMapping, test_named
from hevesy.study.protocol import BLOOD_TEST_DIMENSION


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
        return f"{self.key}: " + ", ".join(f"{name} {before!r} -> {after!r}" for name, (before, after) in self.values.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file read through one mapping, compared with the record."""

    path: Path
    table: DeliveredTable
    mapping: SourceMapping
    added: tuple[RecordedRow, ...]
    changed: tuple[RecordedRow, ...]
    unchanged: int
    present: frozenset[str]
    missing: tuple[str, ...]
    skipped: int
    unknown_columns: tuple[str, ...]


def read(files: Iterable[Path], mappings: tuple[SourceMapping, ...], recorded: Recorded) -> tuple[list[Part], list[Refusal], list[str]]:
    """Every file through each mapping that is for it, compared with the record; with refusals and notes."""
    parts: list[Part] = []
    refused: list[Refusal] = []
    notes: list[str] = []
    seen: dict[str, str] = {}
    for path in files:
        fitting = mappings_for(mappings, path.name)
        if not fitting and not_read(recorded.sources_text or "", path.name):
            notes.append(f"{path.name}: not read and not kept; there is no kind of record for it here")
            continue
        if not fitting:
            known = ", ".join(sorted({mapping.file for mapping in mappings}))
            rule = f"no source in sources.toml is for a file of this name; they are for {known}"
            refused.append(Refusal(file=path.name, line=None, column=None, value=None, rule=rule))
            continue
        try:
            table = read_table(path, fitting[0].encoding)
        except FormatError as error:
            _, _, rule = str(error).partition(": ")
            refused.append(Refusal(file=path.name, line=error.line, column=None, value=None, rule=rule))
            continue
        known_columns = set().union(*(mapping.known_columns() for mapping in fitting))
        by_instrument = any(mapping.by_instrument for mapping in fitting)
        unknown = tuple(name for name in table.columns if name not in known_columns and not (by_instrument and _of_redcap(name)))
        for mapping in fitting:
            lacking = sorted(name for name in mapping.needed_columns() - set(table.columns) if mapping.needs_column(name))
            if lacking:
                rule = f"the column is missing; the file has {', '.join(table.columns[:12])}"
                refused += [Refusal(file=path.name, line=1, column=name, value=None, rule=rule) for name in lacking]
                continue
            excluded, told = _not_taken(table, mapping)
            refused += excluded
            notes += told
            part, faults = _compare(path, table, mapping, recorded, seen, unknown)
            parts.append(part)
            refused += faults
            for name in sorted(name for name in mapping.known_columns() - set(table.columns) if mapping.needs_column(name)):
                notes.append(f"{path.name}: column {name!r} of sources.toml is not in the file")
            notes += _tests_without_grades(table, mapping)
            notes += _words_that_are_no_response(table, mapping)
    return _with_missing(parts, recorded), refused, notes


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
    return [f"{table.name}: kept, not graded (name the blood counts by codes in sources.toml): {named}"] if counted else []


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
                    f"{table.name}, line {row.line}: {whose.text_of(row.values)}: {word!r} is no response: that visit is not evaluable"
                )
    return told


def _not_taken(table: DeliveredTable, mapping: SourceMapping) -> tuple[list[Refusal], list[str]]:
    """Rows of a REDCap export in which the source's own columns are filled and which its instrument or events leave out.

    Where a name that the mapping gives stands in no row at all, it is taken to be mistyped, or the export to be one of labels.
    """
    if not mapping.by_instrument:
        return [], []
    refused, notes = [], []
    for column, wanted in mapping.only.items():
        present = {(row.values.get(column) or "") for row in table.rows}
        filled = [row for row in table.rows if (row.values.get(column) or "") not in wanted and mapping.says_something(row.values)]
        absent = [name for name in wanted if name and name not in present]
        if absent and filled:
            rule = f"{', '.join(absent)} of {mapping.name!r} stands in no row; the file has {', '.join(sorted(present - {''})) or 'none'}"
            refused.append(Refusal(file=table.name, line=filled[0].line, column=column, value=filled[0].values.get(column), rule=rule))
        elif filled:
            notes.append(
                f"{table.name}: {len(filled)} rows with columns of {mapping.name!r} filled are of another {column} and are not taken"
            )
    return refused, notes


def _of_redcap(column: str) -> bool:
    """Columns that REDCap adds to every export."""
    return column.startswith("redcap_") or column.endswith("_complete")


def _with_missing(parts: list[Part], recorded: Recorded) -> list[Part]:
    """Of each source delivered in full: the recorded keys that none of its files in this delivery holds."""
    present: dict[str, set[str]] = {}
    for part in parts:
        present.setdefault(part.mapping.name, set()).update(part.present)
    absent = {
        name: tuple(key for key, row in recorded.rows.items() if row.source == name and key not in keys) for name, keys in present.items()
    }
    return [replace(part, missing=absent[part.mapping.name]) if part.mapping.full else part for part in parts]


def _compare(
    path: Path, table: DeliveredTable, mapping: SourceMapping, recorded: Recorded, seen: dict[str, str], unknown: tuple[str, ...]
) -> tuple[Part, list[Refusal]]:
    added: list[RecordedRow] = []
    changed: list[RecordedRow] = []
    refused: list[Refusal] = []
    unchanged = skipped = 0
    present: set[str] = set()
    next_sequence = -1
    for row in table.rows:
        if not mapping.takes(row.values):
            skipped += 1
            continue
        values = mapping.kept(row.values)
        empty = [column for column in mapping.key if mapping.must_be_filled(column) and not (values.get(column) or "").strip()]
        if empty:
            rule = "a key column must not be empty: the row could not be told from others"
            refused.append(Refusal(file=table.name, line=row.line, column=" + ".join(empty), value=None, rule=rule))
            continue
        key = mapping.key_of(row.values)
        if key in seen:
            rule = f"duplicate key: the same {' + '.join(mapping.key)} stands in {seen[key]}"
            value = " + ".join(row.values.get(column) or "" for column in mapping.key)
            refused.append(Refusal(file=table.name, line=row.line, column=" + ".join(mapping.key), value=value, rule=rule))
            continue
        seen[key] = f"{table.name}, line {row.line}"
        present.add(key)
        before = recorded.rows.get(key)
        if before is not None and _said(before.values) == _said(values):
            unchanged += 1
            continue
        delivered = RecordedRow(sequence=next_sequence, key=key, source=mapping.name, line=row.line, values=values)
        next_sequence -= 1
        (added if before is None else changed).append(delivered)
    part = Part(
        path=path,
        table=table,
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


def _said(values: Mapping[str, str | None]) -> dict[str, str]:
    """What a row says: an empty cell and an absent column say the same."""
    return {column: value for column, value in values.items() if value is not None}


def faults(parts: list[Part], recorded: Recorded, mappings: tuple[SourceMapping, ...], plan_changed: bool, withdraw: bool) -> list[Refusal]:
    """What is wrong with the record as it would be: every fact of each subject that new, changed or withdrawn rows touch."""
    protocol, _ = plan_of(recorded)
    files = {part.mapping.name: part.table.name for part in parts}
    fresh: dict[int, RecordedRow] = {}
    rows = dict(recorded.rows)
    for number, row in enumerate((row for part in parts for row in (*part.added, *part.changed)), start=1):
        renumbered = replace(row, sequence=-number)
        fresh[-number] = renumbered
        rows[row.key] = renumbered
    withdrawn = [rows.pop(key) for key in {key for part in parts for key in part.missing} if key in rows] if withdraw else []
    if not fresh and not plan_changed and not withdrawn:
        return []
    by_name = {mapping.name: mapping for mapping in mappings}
    events, unmapped = events_of(rows.values(), mappings)
    refused = [
        Refusal(
            file=files.get(item.row.source, item.row.source), line=item.row.line, column=fault.column, value=fault.value, rule=fault.rule
        )
        for item in unmapped
        for fault in item.faults
    ]
    changed_before = [recorded.rows[row.key] for row in fresh.values() if row.key in recorded.rows]
    was, _ = events_of([*withdrawn, *changed_before], mappings)
    touched = {event.subject for event in (*events, *was) if event.row in fresh} | {event.subject for event in was}
    checked = events if plan_changed else [event for event in events if event.subject in touched]
    by_sequence = {row.sequence: row for row in rows.values()}
    refused_enrolments = {
        _subject_of(item.row, by_name) for item in unmapped if by_name.get(item.row.source) and by_name[item.row.source].kind == "enrolment"
    }
    for fault in contradictions(checked, events, protocol, datetime.now(UTC).date()):
        if fault.field == "subject" and fault.value in refused_enrolments:
            continue  # its enrolment is refused above; that it is unknown follows
        row = by_sequence[fault.row]
        mapping = by_name[row.source]
        field_name = {"on": next((name for name in ("on", "start", "onset", "enrolled") if name in mapping.columns), "on")}.get(
            fault.field, fault.field
        )
        column = mapping.columns[field_name].name if field_name in mapping.columns else field_name
        refused.append(Refusal(file=files.get(row.source, row.source), line=row.line, column=column, value=fault.value, rule=fault.rule))
    return list(dict.fromkeys(refused))


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
