"""Files into the record: read, compare with what is recorded, check, and write all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from hevesy import __version__
from hevesy.conduct.recorded_study import DATABASE, plan_of
from hevesy.files.protocol import read_protocol
from hevesy.files.sources import mappings_for, read_sources
from hevesy.files.tables import DeliveredTable, read_table, sha256_of
from hevesy.files.toml import FormatError
from hevesy.record.ledger import Draft, Ledger, LedgerError
from hevesy.record.project import Recorded, RecordedRow, events_of, replay
from hevesy.record.verify import verify
from hevesy.study.consistency import contradictions
from hevesy.study.mapping import SourceMapping

PROTOCOL, SOURCES_TOML, KEPT = "protocol.toml", "sources.toml", "sources"


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
class ImportReport:
    """What an import did, or (refused, dry run) would have done."""

    entries: int
    chain_head: str
    added: tuple[str, ...] = ()
    changed: tuple[Difference, ...] = ()
    unchanged: int = 0
    missing: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    unknown_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    plan_changes: tuple[str, ...] = ()
    written: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
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


def require_intact(folder: Path) -> None:
    """Refuse a record whose chain does not verify: nothing is written to it and nothing decided from it."""
    checked = verify(folder / DATABASE)
    if not checked.intact:
        raise LedgerError(f"the record does not verify: {'; '.join(checked.faults[:3])}")


def init_study(folder: Path, protocol: Path, sources: Path | None, who: str) -> ImportReport:
    """Create a study folder: the protocol and (if given) the sources are copied in and become its first entries."""
    database = folder / DATABASE
    if database.exists():
        raise FormatError(f"{folder} is a study already")
    protocol_text = _text(protocol)
    read_protocol(protocol_text, protocol.name)
    sources_text = _text(sources) if sources is not None else None
    if sources is not None and sources_text is not None:
        read_sources(sources_text, sources.name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / KEPT).mkdir(exist_ok=True)
    drafts = [Draft(action="begin", key="study", content=json.dumps({"hevesy": __version__})), _plan_draft("protocol", protocol_text, None)]
    _write_atomically(folder / PROTOCOL, protocol_text.encode())
    if sources_text is not None:
        _write_atomically(folder / SOURCES_TOML, sources_text.encode())
        drafts.append(_plan_draft("sources", sources_text, None))
    with Ledger.create(database, drafts, who) as ledger:
        entries, head = ledger.head()
    return ImportReport(entries=entries, chain_head=head, added=tuple(draft.key for draft in drafts), written=True)


def import_files(
    folder: Path,
    files: Iterable[Path],
    *,
    who: str,
    reason: str | None = None,
    mapping: Path | None = None,
    dry_run: bool = False,
    withdraw: bool = False,
) -> ImportReport:
    """Take files into the record, in one transaction or not at all. A record that does not verify is not written to.

    A value that differs from the recorded one needs `reason`; so does withdrawing keys that are absent from a newer
    full delivery (`withdraw`), and a changed protocol.toml or sources.toml. Nothing is written with `dry_run`.
    """
    reason = reason.strip() if reason is not None else None
    require_intact(folder)
    with Ledger(folder / DATABASE) as ledger:
        recorded = replay(ledger.entries())
        plan_drafts, planned, plan_refusals = _plan_changes(folder, recorded, mapping, reason)
        if plan_refusals:
            return ImportReport(entries=recorded.entries, chain_head=recorded.head, refused=tuple(plan_refusals))
        _protocol, mappings = plan_of(planned)
        parts, refused, notes = _read(files, mappings, planned)
        refused += _faults(parts, planned, mappings, bool(plan_drafts), withdraw)
        if not reason:
            refused += [
                Refusal(
                    file=part.table.name, line=row.line, column=None, value=row.key, rule="was withdrawn; to count again it needs --reason"
                )
                for part in parts
                for row in part.added
                if row.key in recorded.withdrawn
            ]
        report = _report(parts, recorded, refused, notes)
        report = replace(report, plan_changes=tuple(draft.key for draft in plan_drafts))
        if report.changed and not reason:
            rule = "differs from the recorded value; a correction needs --reason"
            report = replace(
                report,
                refused=report.refused
                + tuple(
                    Refusal(file=change.file, line=change.line, column=", ".join(change.values), value=str(change), rule=rule)
                    for change in report.changed
                ),
            )
        to_withdraw = report.missing if withdraw else ()
        if to_withdraw and not reason:
            refusal = Refusal(
                file=", ".join(part.table.name for part in parts), line=None, column=None, value=None, rule="a withdrawal needs --reason"
            )
            report = replace(report, refused=(*report.refused, refusal))
        if report.refused or dry_run:
            return report
        drafts = [*plan_drafts, *_drafts(parts, recorded, reason, withdraw)]
        if not drafts:
            return report
        _keep_files(folder, parts)
        if mapping is not None:
            # Before the entry: should the machine stop between the two, the next import asks for a reason again.
            _write_atomically(folder / SOURCES_TOML, (planned.sources_text or "").encode())
        with ledger.transaction():
            if ledger.head()[1] != recorded.head:
                raise FormatError("the record was changed by somebody else during this import; nothing was written, run it again")
            ledger.append(drafts, who)
        entries, head = ledger.head()
    return replace(report, entries=entries, chain_head=head, written=True, withdrawn=tuple(to_withdraw))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise FormatError(f"{path.name}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise FormatError(f"{path.name}: not UTF-8 text (byte {error.start})") from error


def _plan_draft(action: str, text: str, reason: str | None) -> Draft:
    digest = hashlib.sha256(text.encode()).hexdigest()
    key = PROTOCOL if action == "protocol" else SOURCES_TOML
    return Draft(action="protocol" if action == "protocol" else "sources", key=key, content=text, source_sha256=digest, reason=reason)


def _plan_changes(
    folder: Path, recorded: Recorded, mapping: Path | None, reason: str | None
) -> tuple[list[Draft], Recorded, list[Refusal]]:
    """Entries for a protocol.toml or sources.toml that is new or changed, and the record as it would be with them."""
    drafts: list[Draft] = []
    refused: list[Refusal] = []
    planned = recorded
    on_disk = {"protocol": folder / PROTOCOL, "sources": mapping or folder / SOURCES_TOML}
    for action, path in on_disk.items():
        before = recorded.protocol_text if action == "protocol" else recorded.sources_text
        if not path.is_file() and path != mapping:
            continue
        text = _text(path)
        if text == before:
            continue
        if action == "protocol":
            read_protocol(text, path.name)
            planned = replace(planned, protocol_text=text)
        else:
            refused += _orphaned(read_sources(text, path.name), recorded, path.name)
            planned = replace(planned, sources_text=text)
        if before is not None and not reason:
            rule = "differs from the recorded version; a change of the plan or of the mapping needs --reason"
            refused.append(Refusal(file=path.name, line=None, column=None, value=None, rule=rule))
        drafts.append(_plan_draft(action, text, reason))
    return drafts, planned, refused


def _orphaned(mappings: tuple[SourceMapping, ...], recorded: Recorded, file: str) -> list[Refusal]:
    """Sources with recorded rows that a changed mapping no longer names, or whose key it changes."""
    if recorded.sources_text is None:
        return []
    after = {mapping.name: mapping for mapping in mappings}
    used = {row.source for row in recorded.rows.values()}
    refused = []
    for before in read_sources(recorded.sources_text):
        if before.name not in used:
            continue
        if before.name not in after:
            rule = "has recorded rows; it cannot be removed or renamed"
            refused.append(Refusal(file=file, line=None, column=before.name, value=None, rule=rule))
        elif after[before.name].key != before.key:
            rule = f"has recorded rows under the key {' + '.join(before.key)}; the key cannot be changed"
            refused.append(Refusal(file=file, line=None, column=before.name, value=None, rule=rule))
    return refused


def _read(files: Iterable[Path], mappings: tuple[SourceMapping, ...], recorded: Recorded) -> tuple[list[_Part], list[Refusal], list[str]]:
    parts: list[_Part] = []
    refused: list[Refusal] = []
    notes: list[str] = []
    seen: dict[str, str] = {}
    for path in files:
        fitting = mappings_for(mappings, path.name)
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
        unknown = tuple(name for name in table.columns if name not in known_columns)
        for mapping in fitting:
            lacking = sorted(mapping.needed_columns() - set(table.columns))
            if lacking:
                rule = f"the column is missing; the file has {', '.join(table.columns[:12])}"
                refused += [Refusal(file=path.name, line=1, column=name, value=None, rule=rule) for name in lacking]
                continue
            part, faults = _compare(path, table, mapping, recorded, seen, unknown)
            parts.append(part)
            refused += faults
            for name in sorted(mapping.known_columns() - set(table.columns)):
                notes.append(f"{path.name}: column {name!r} of sources.toml is not in the file")
    return _with_missing(parts, recorded), refused, notes


def _with_missing(parts: list[_Part], recorded: Recorded) -> list[_Part]:
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
) -> tuple[_Part, list[Refusal]]:
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
        empty = [column for column in mapping.key if not (row.values.get(column) or "").strip()]
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
        if before is not None and _said(before.values) == _said(row.values):
            unchanged += 1
            continue
        delivered = RecordedRow(
            sequence=next_sequence, key=key, source=mapping.name, file_sha256=table.sha256, line=row.line, values=row.values
        )
        next_sequence -= 1
        (added if before is None else changed).append(delivered)
    part = _Part(
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


def _faults(
    parts: list[_Part], recorded: Recorded, mappings: tuple[SourceMapping, ...], plan_changed: bool, withdraw: bool
) -> list[Refusal]:
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
    for fault in contradictions(checked, events, protocol, datetime.now(UTC).date()):
        row = by_sequence[fault.row]
        mapping = by_name[row.source]
        field_name = {"on": next((name for name in ("on", "start", "onset", "enrolled") if name in mapping.columns), "on")}.get(
            fault.field, fault.field
        )
        column = mapping.columns[field_name].name if field_name in mapping.columns else field_name
        refused.append(Refusal(file=files.get(row.source, row.source), line=row.line, column=column, value=fault.value, rule=fault.rule))
    return refused


def _report(parts: list[_Part], recorded: Recorded, refused: list[Refusal], notes: list[str]) -> ImportReport:
    changed = tuple(
        Difference(
            key=row.key,
            file=part.table.name,
            line=row.line or 0,
            values={
                name: (recorded.rows[row.key].values.get(name), row.values.get(name))
                for name in dict.fromkeys((*recorded.rows[row.key].values, *row.values))
                if recorded.rows[row.key].values.get(name) != row.values.get(name)
            },
        )
        for part in parts
        for row in part.changed
    )
    return ImportReport(
        entries=recorded.entries,
        chain_head=recorded.head,
        added=tuple(row.key for part in parts for row in part.added),
        changed=changed,
        unchanged=sum(part.unchanged for part in parts),
        missing=tuple(dict.fromkeys(key for part in parts for key in part.missing)),
        refused=tuple(refused),
        unknown_columns={part.table.name: part.unknown_columns for part in parts if part.unknown_columns},
        skipped={f"{part.table.name} -> {part.mapping.name}": part.skipped for part in parts if part.skipped},
        notes=tuple(notes),
    )


def _drafts(parts: list[_Part], recorded: Recorded, reason: str | None, withdraw: bool) -> list[Draft]:
    drafts: list[Draft] = []
    delivered = {delivery.source for delivery in recorded.deliveries}
    known_missing = set(recorded.missing())
    gone: set[str] = set()
    for part in parts:
        news = part.added or part.changed or (withdraw and part.missing) or part.mapping.name not in delivered
        newly_missing = set(part.missing) != {key for key in known_missing if recorded.rows[key].source == part.mapping.name}
        if not news and not (part.mapping.full and newly_missing):
            continue
        told = {
            "source": part.mapping.name,
            "file": part.table.name,
            "full": part.mapping.full,
            "added": len(part.added),
            "changed": len(part.changed),
            "unchanged": part.unchanged,
            "missing": list(part.missing),
            "skipped": part.skipped,
            "unknown_columns": list(part.unknown_columns),
        }
        digest = part.table.sha256
        drafts.append(
            Draft(
                action="delivery",
                key=f"delivery|{part.mapping.name}",
                content=json.dumps(told, ensure_ascii=False),
                source_sha256=digest,
                reason=reason,
            )
        )
        for action, rows in (("row", part.added), ("correction", part.changed)):
            drafts += [
                Draft(
                    action="row" if action == "row" else "correction",
                    key=row.key,
                    content=json.dumps(row.values, ensure_ascii=False),
                    source_sha256=digest,
                    line=row.line,
                    reason=reason if action == "correction" or row.key in recorded.withdrawn else None,
                )
                for row in rows
            ]
        if withdraw:
            new = [key for key in part.missing if key not in gone]
            gone.update(new)
            drafts += [Draft(action="withdrawal", key=key, content=None, source_sha256=digest, reason=reason) for key in new]
    return drafts


def _keep_files(folder: Path, parts: list[_Part]) -> None:
    """Keep each source file as delivered, under its hash; on disk before the entries that name it."""
    for path, digest in {part.path: part.table.sha256 for part in parts}.items():
        kept = folder / KEPT / digest[:16] / path.name
        if kept.exists() and sha256_of(kept) == digest:
            continue
        kept.parent.mkdir(parents=True, exist_ok=True)
        for leftover in kept.parent.glob(f".{kept.name}.*"):
            leftover.unlink()
        partial = kept.with_name(f".{kept.name}.{os.getpid()}")
        shutil.copyfile(path, partial)
        if sha256_of(partial) != digest:
            partial.unlink()
            raise FormatError(f"{path.name}: the file changed while it was being read; nothing was written, run it again")
        _into_place(partial, kept)


def _write_atomically(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    _into_place(partial, path)


def _into_place(partial: Path, path: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)
