"""Files into the record: read, compare with what is recorded, check, and write all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hevesy import __version__
from hevesy.conduct.comparison import Difference, Part, Refusal, faults, orphaned, read
from hevesy.conduct.recorded_study import DATABASE, plan_of
from hevesy.files.protocol import read_protocol
from hevesy.files.sources import read_sources
from hevesy.files.tables import sha256_of
from hevesy.files.toml import FormatError
from hevesy.record.ledger import Draft, Ledger, LedgerError
from hevesy.record.project import Recorded, replay
from hevesy.record.verify import verify

PROTOCOL, SOURCES_TOML, KEPT = "protocol.toml", "sources.toml", "sources"


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
        parts, refused, notes = read(files, mappings, planned)
        refused += faults(parts, planned, mappings, bool(plan_drafts), withdraw)
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
        if report.changed and not reason and not dry_run:
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
        if to_withdraw and not reason and not dry_run:
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
            refused += orphaned(read_sources(text, path.name), recorded, path.name)
            planned = replace(planned, sources_text=text)
        if before is not None and not reason:
            rule = "differs from the recorded version; a change of the plan or of the mapping needs --reason"
            refused.append(Refusal(file=path.name, line=None, column=None, value=None, rule=rule))
        drafts.append(_plan_draft(action, text, reason))
    return drafts, planned, refused


def _report(parts: list[Part], recorded: Recorded, refused: list[Refusal], notes: list[str]) -> ImportReport:
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


def _drafts(parts: list[Part], recorded: Recorded, reason: str | None, withdraw: bool) -> list[Draft]:
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


def _keep_files(folder: Path, parts: list[Part]) -> None:
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
