"""Files into the record: read, compare with what is recorded, check, and write all of it or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from hevesy.conduct.coherence import faults
from hevesy.conduct.comparison import Part, compare, orphaned
from hevesy.conduct.recorded_study import examine, plan_of
from hevesy.conduct.refusal import Difference, Refusal
from hevesy.errors import CannotAnswerError, DeliveryError
from hevesy.files.cut import name_without_columns, without_columns
from hevesy.files.protocol import read_protocol
from hevesy.files.sources import read_sources
from hevesy.files.tables import read_table
from hevesy.record import (
    Draft,
    Examined,
    PlanKind,
    Record,
    Recorded,
    author_fault,
    plan_draft,
    refuse_unless_intact,
)
from hevesy.version import __version__


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
    dropped_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns that no copy keeps, by file."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    plan_changes: tuple[str, ...] = ()
    written: bool = False


def init_study(folder: Path, protocol: Path, sources: Path | None, who: str) -> ImportReport:
    """Create a study folder: the protocol and (if given) the sources are copied in and become its first entries.

    Nobody but the owner of the folder can read it.
    """
    if (wrong := author_fault(who)) is not None:
        raise CannotAnswerError(wrong)
    protocol_text = _text(protocol)
    read_protocol(protocol_text, protocol.name)
    sources_text = _text(sources) if sources is not None else None
    if sources is not None and sources_text is not None:
        read_sources(sources_text, sources.name)
    drafts = [
        Draft(action="begin", key="study", content=json.dumps({"hevesy": __version__})),
        plan_draft("protocol", protocol_text),
    ]
    if sources_text is not None:
        drafts.append(plan_draft("sources", sources_text))
    begun = Record(folder).begin(drafts, who)
    added = tuple(draft.key for draft in drafts)
    return ImportReport(entries=begun.entries, chain_head=begun.head, added=added, written=True)


def import_files(
    folder: Path,
    files: Iterable[Path],
    *,
    who: str,
    reason: str | None = None,
    mapping: Path | None = None,
    dry_run: bool = False,
    withdraw: bool = False,
    sha256: Mapping[str, str] | None = None,
    head: str | None = None,
) -> ImportReport:
    """Take files into the record, in one transaction or not at all. A record that does not verify is not written to.

    A value that differs from the recorded one needs `reason`; so does withdrawing keys that are absent from a newer
    full delivery (`withdraw`), and a changed protocol.toml or sources.toml. Nothing is written with `dry_run`. `sha256`
    gives, by name of file, what its sender said its SHA-256 is; a record that is no longer in the state `head` is
    refused. A kept copy that is gone or was altered is put back by the file it was made of.
    """
    if (wrong := author_fault(who)) is not None:
        raise CannotAnswerError(wrong)
    reason = reason.strip() if reason is not None else None
    asked = _Asked(
        who=who,
        reason=reason,
        mapping=mapping,
        dry_run=dry_run,
        withdraw=withdraw,
        sha256=sha256 or {},
        head=head,
    )
    if dry_run:
        return _import(folder, tuple(files), asked)
    with Record(folder).writing():
        return _import(folder, tuple(files), asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked of an import beside its files."""

    who: str
    reason: str | None
    mapping: Path | None
    dry_run: bool
    withdraw: bool
    sha256: Mapping[str, str]
    head: str | None


def _import(folder: Path, files: tuple[Path, ...], asked: _Asked) -> ImportReport:
    record, examined = Record(folder), examine(folder)
    recorded = examined.recorded
    record.refuse_moved(recorded, asked.head)
    put_back, files = _settled(record, examined, files, asked)
    plan_drafts, planned, plan_refusals = _plan_changes(record, recorded, asked.mapping, asked.reason)
    if plan_refusals:
        return ImportReport(entries=recorded.entries, chain_head=recorded.head, refused=tuple(plan_refusals))
    _, mappings = plan_of(planned)
    compared = compare(files, mappings, planned, bool(plan_drafts))
    parts = compared.parts
    refused = [*compared.refused, *_other_than_said(parts, asked.sha256)]
    refused += faults(parts, planned, mappings, bool(plan_drafts), asked.withdraw)
    notes = [*compared.notes, *(f"{name}: the kept copy was put back" for name in put_back.values())]
    report = _report(parts, recorded, refused, notes)
    report = replace(
        report,
        plan_changes=tuple(draft.key for draft in plan_drafts),
        refused=(*report.refused, *_without_reason(report, parts, recorded, asked)),
    )
    news = _with_news(parts, recorded, asked.withdraw)
    if report.refused or asked.dry_run or not (plan_drafts or news):
        return report
    mapped_anew = asked.mapping is not None and planned.sources_text != recorded.sources_text
    written = record.append(
        chain(plan_drafts, _drafts(news, recorded, asked.reason, asked.withdraw)),
        asked.who,
        after=recorded.head,
        copies={part.kept.sha256: (part.kept.name, part.kept.content) for part in news},
        sources_text=planned.sources_text if mapped_anew else None,
    )
    return replace(
        report,
        notes=report.notes if written.clock_fault is None else (*report.notes, written.clock_fault),
        entries=written.entries,
        chain_head=written.head,
        written=True,
        withdrawn=report.missing if asked.withdraw else (),
    )


def _settled(
    record: Record, examined: Examined, files: tuple[Path, ...], asked: _Asked
) -> tuple[dict[str, str], tuple[Path, ...]]:
    """What killed runs left is settled, and lost copies are put back: their SHA-256 and names, and the files to read.

    Refused where the record does not verify for anything else.
    """
    put_back: dict[str, str] = {}
    if any(fault.heals is None for fault in examined.verification.found):
        # Before anything is cleared: what a damaged record no longer names may be the only copy of a delivery.
        refuse_unless_intact(examined.verification)
    if not asked.dry_run:
        record.settle(examined)
        put_back, files = _put_back(record, examined, files)
    found = tuple(fault for fault in examined.verification.found if fault.heals not in put_back)
    if found:
        refuse_unless_intact(replace(examined.verification, found=found))
    return put_back, files


def _without_reason(report: ImportReport, parts: list[Part], recorded: Recorded, asked: _Asked) -> Iterator[Refusal]:
    """What an import would change that needs a reason and has none; a dry run shows what would change instead."""
    if asked.reason:
        return
    for part in parts:
        for row in part.added:
            if row.key in recorded.withdrawn:
                rule = "was withdrawn; to count again it needs ⟦reason⟧"
                yield Refusal(file=part.table.name, line=row.line, value=row.key, rule=rule)
    if asked.dry_run:
        return
    for change in report.changed:
        rule = "differs from the recorded value; a correction needs ⟦reason⟧"
        columns = ", ".join(change.values)
        yield Refusal(file=change.file, line=change.line, column=columns, value=str(change), rule=rule)
    if asked.withdraw and report.missing:
        yield Refusal(file=", ".join(part.table.name for part in parts), rule="a withdrawal needs ⟦reason⟧")


def _put_back(record: Record, examined: Examined, files: tuple[Path, ...]) -> tuple[dict[str, str], tuple[Path, ...]]:
    """Put kept copies that are gone or altered back from the files they were made of.

    Gives their SHA-256 and names, and the files left to read. A file that is not its source's last delivery is only put
    back: what it says was corrected or withdrawn since.
    """
    wanted = {fault.heals for fault in examined.verification.found if fault.heals is not None}
    deliveries = {delivery.sha256: delivery for delivery in examined.recorded.deliveries if delivery.sha256 in wanted}
    last = {delivery.source: delivery.sha256 for delivery in examined.recorded.deliveries}
    put_back: dict[str, str] = {}
    rest: list[Path] = []
    for path in files:
        content = path.read_bytes() if path.is_file() and wanted else b""
        original = hashlib.sha256(content).hexdigest()
        found = [one for one in deliveries.values() if original in (one.sha256, one.original_sha256)]
        for delivery in found:
            mapping = next((one for one in plan_of(examined.recorded)[1] if one.name == delivery.source), None)
            if delivery.cut and original != delivery.sha256 and mapping is not None:
                content = without_columns(read_table(path, mapping.encoding), delivery.cut)
            if hashlib.sha256(content).hexdigest() == delivery.sha256:
                name = name_without_columns(delivery.file) if delivery.cut else delivery.file
                record.put_back(delivery.sha256, name, content)
                put_back[delivery.sha256] = name
        if not found or any(last[delivery.source] == delivery.sha256 for delivery in found):
            rest.append(path)
    return put_back, tuple(rest)


def _other_than_said(parts: list[Part], sha256: Mapping[str, str]) -> list[Refusal]:
    """Files whose bytes are not those that the sender's SHA-256 is of."""
    found: dict[str, set[str]] = {}
    for part in parts:
        found.setdefault(part.table.name, set()).add(part.table.sha256)
    refused = []
    for name, said in sha256.items():
        if name not in found:
            refused.append(
                Refusal(
                    file=name,
                    line=None,
                    column=None,
                    value=None,
                    rule="a SHA-256 is given for it, and it is not imported",
                )
            )
        for digest in sorted(found.get(name, set()) - {said.lower()}):
            rule = f"its SHA-256 is {digest}, not the {said} that was given: it is not the file that was sent"
            refused.append(Refusal(file=name, rule=rule))
    return refused


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise DeliveryError(f"{path.name}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise DeliveryError(f"{path.name}: not UTF-8 text (byte {error.start})") from error


def _plan_changes(
    record: Record, recorded: Recorded, mapping: Path | None, reason: str | None
) -> tuple[list[Draft], Recorded, list[Refusal]]:
    """Entries for a protocol.toml or sources.toml that is new or changed, and the record as it would be with them."""
    drafts: list[Draft] = []
    refused: list[Refusal] = []
    planned = recorded
    on_disk: tuple[tuple[PlanKind, Path], ...] = (
        ("protocol", record.protocol_file),
        ("sources", mapping or record.sources_file),
    )
    for action, path in on_disk:
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
            rule = "differs from the recorded version; a change of the plan or of the mapping needs ⟦reason⟧"
            refused.append(Refusal(file=path.name, rule=rule))
        drafts.append(plan_draft(action, text, reason))
    return drafts, planned, refused


def _report(parts: list[Part], recorded: Recorded, refused: list[Refusal], notes: list[str]) -> ImportReport:
    changed = tuple(
        Difference(
            key=row.key,
            file=part.table.name,
            line=row.line or 0,
            values=_differences(recorded.rows[row.key].values, row.values),
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
        dropped_columns={part.table.name: part.kept.cut for part in parts if part.kept.cut},
        skipped={f"{part.table.name} -> {part.mapping.name}": part.skipped for part in parts if part.skipped},
        notes=tuple(notes),
    )


def _differences(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> dict[str, tuple[str | None, str | None]]:
    """What a delivered row says otherwise than the recorded one, of the columns it has."""
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}


def _with_news(parts: list[Part], recorded: Recorded, withdraw: bool) -> list[Part]:
    """The parts that say something the record does not know yet."""
    delivered = {delivery.source for delivery in recorded.deliveries}
    known_missing: dict[str, set[str]] = {}
    for key in recorded.missing():
        known_missing.setdefault(recorded.rows[key].source, set()).add(key)
    return [
        part
        for part in parts
        if part.added
        or part.changed
        or (withdraw and part.missing)
        or part.mapping.name not in delivered
        or (part.mapping.full and set(part.missing) != known_missing.get(part.mapping.name, set()))
    ]


def _drafts(parts: list[Part], recorded: Recorded, reason: str | None, withdraw: bool) -> Iterator[Draft]:
    """The entries of a delivery: of each part what it did, then its rows, its corrections and what it withdraws."""
    gone: set[str] = set()
    for part in parts:
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
        if part.kept.cut:
            told |= {"cut": list(part.kept.cut), "original_sha256": part.kept.original_sha256}
        digest, content = part.kept.sha256, json.dumps(told, ensure_ascii=False)
        yield Draft(
            action="delivery", key=f"delivery|{part.mapping.name}", content=content, source_sha256=digest, reason=reason
        )
        for row in part.added:
            why = reason if row.key in recorded.withdrawn else None
            yield Draft(action="row", key=row.key, content=row.content, source_sha256=digest, line=row.line, reason=why)
        for row in part.changed:
            yield Draft(
                action="correction",
                key=row.key,
                content=row.content,
                source_sha256=digest,
                line=row.line,
                reason=reason,
            )
        if withdraw:
            new = [key for key in part.missing if key not in gone]
            gone.update(new)
            for key in new:
                yield Draft(action="withdrawal", key=key, content=None, source_sha256=digest, reason=reason)
