"""hevesy study: create a study folder, take files in, say what is in it, verify its record."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, note, show
from hevesy.errors import CannotAnswerError

if TYPE_CHECKING:
    from hevesy.conduct.delivery import ImportReport
    from hevesy.study.subject import Study

app = typer.Typer(
    help="A study folder: create it, load files, what is in it, verify its record.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The study folder.")]
Who = Annotated[
    str | None, typer.Option("--who", help="Who writes into the record (default: HEVESY_WHO or the account).")
]
MappingFile = Annotated[
    str | None,
    typer.Option("--mapping", metavar="FILE", help="A sources.toml, or one that comes with Hevesy: clr131, sdtm."),
]


def _mapping_path(given: str | None, stack: ExitStack) -> Path | None:
    """A mapping file by path, or by the name of one that comes with the package."""
    from importlib import resources

    from hevesy.files.sources import shipped_mappings

    if given is None or Path(given).is_file() or given not in shipped_mappings():
        return Path(given) if given is not None else None
    return stack.enter_context(resources.as_file(resources.files("hevesy.files.mappings") / f"{given}.toml"))


def _document(report: ImportReport) -> dict[str, Any]:
    return {
        "entries": report.entries,
        "added": len(report.added),
        "changed": [
            {
                "key": change.key,
                "file": change.file,
                "line": change.line,
                "values": {name: list(pair) for name, pair in change.values.items()},
            }
            for change in report.changed
        ],
        "unchanged": report.unchanged,
        "missing": list(report.missing),
        "withdrawn": list(report.withdrawn),
        "refused": [
            {
                "file": refusal.file,
                "line": refusal.line,
                "column": refusal.column,
                "value": refusal.value,
                "rule": refusal.rule,
                "message": str(refusal),
            }
            for refusal in report.refused
        ],
        "unknown_columns": {file: list(names) for file, names in report.unknown_columns.items()},
        "skipped": dict(report.skipped),
        "notes": list(report.notes),
        "plan_changes": list(report.plan_changes),
        "chain_head": report.chain_head,
        "intact": True,
        "written": report.written,
    }


@app.command("init")
def init(
    folder: Folder,
    protocol: Annotated[
        Path | None, typer.Option("--protocol", metavar="FILE", help="The plan (default: DIR/protocol.toml).")
    ] = None,
    mapping: MappingFile = None,
    who: Who = None,
    as_json: JsonFlag = False,
) -> None:
    """Create a study folder from a protocol.toml and, if given, a mapping of its files."""
    from hevesy.conduct.delivery import init_study
    from hevesy.record.folder import PROTOCOL, SOURCES_TOML

    plan = protocol or folder / PROTOCOL
    if not plan.is_file():
        raise CannotAnswerError(f"{plan} does not exist: a study begins with its protocol.toml")
    with ExitStack() as stack:
        sources = _mapping_path(mapping, stack)
        if sources is None and (folder / SOURCES_TOML).is_file():
            sources = folder / SOURCES_TOML
        report = init_study(folder, plan, sources, arguments.author(who))
    show(
        _document(report),
        as_json,
        lambda: f"{folder}: created, {report.entries} entries, head {report.chain_head[:16]}",
    )


@app.command("import")
def import_(
    folder: Folder,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files as delivered: .csv, .xpt, .parquet.")],
    mapping: MappingFile = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why values, the plan or the mapping change, or rows are withdrawn.")
    ] = None,
    sha256: Annotated[
        list[str] | None,
        typer.Option(
            "--sha256", metavar="NAME=HASH", help="What the sender says the SHA-256 of a file is (repeat for more)."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Withdraw the rows that a full delivery no longer holds.")
    ] = False,
    who: Who = None,
    as_json: JsonFlag = False,
) -> None:
    """Take files into the record: all of them or nothing. The same file twice adds nothing."""
    from hevesy.conduct.delivery import import_files

    arguments.study_folder(folder)
    note(f"reading {len(files)} files ...")
    with ExitStack() as stack:
        sources = _mapping_path(mapping, stack)
        report = import_files(
            folder,
            files,
            who=arguments.author(who),
            reason=reason,
            mapping=sources,
            dry_run=dry_run,
            withdraw=withdraw,
            sha256=arguments.hashes_by_name(sha256 or [], files, "--sha256"),
        )
    if report.refused:
        listed = "\n  ".join(str(refusal) for refusal in report.refused[:50])
        more = f"\n  and {len(report.refused) - 50} more" if len(report.refused) > 50 else ""
        raise CannotAnswerError(f"nothing was imported:\n  {listed}{more}", _document(report))
    show(_document(report), as_json, lambda: _words(report, dry_run))


@app.command("confirm")
def confirm_(
    folder: Folder,
    row: Annotated[
        int, typer.Option("--row", min=1, help="Ledger row of the questioned value, as the readout names it.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why the value is right.")],
    who: Who = None,
    as_json: JsonFlag = False,
) -> None:
    """A questioned value was right: an entry says so, and the value counts again."""
    from hevesy.conduct.confirmation import confirm

    found = confirm(arguments.study_folder(folder), row, who=arguments.author(who), reason=reason)
    document = {"row": found.row, "value": found.value, "entry": found.entry, "chain_head": found.chain_head}
    show(
        document,
        as_json,
        lambda: f"row {found.row} confirmed: {found.value}; entry {found.entry}, head {found.chain_head[:16]}",
    )


def _words(report: ImportReport, dry_run: bool) -> str:
    did = "would add" if dry_run else "added"
    lines = [f"{did} {len(report.added)}, changed {len(report.changed)}, unchanged {report.unchanged}"]
    lines += [f"  changed: {change}" for change in report.changed[:50]]
    if report.withdrawn:
        lines.append(f"withdrawn {len(report.withdrawn)}")
    elif report.missing:
        lines.append(
            f"{len(report.missing)} rows are absent from a newer full delivery and still count (withdraw them with "
            "--withdraw --reason):"
        )
        lines += [f"  missing: {key}" for key in report.missing[:50]]
    for file, names in report.unknown_columns.items():
        lines.append(f"{file}: columns not mapped (in the kept copy alone): {', '.join(names)}")
    for part, count in report.skipped.items():
        lines.append(f"{part}: {count} rows are not of this source")
    lines += [f"{name}: this version {'would be' if dry_run else 'was'} recorded" for name in report.plan_changes]
    lines += list(report.notes)
    lines.append(f"{'receipt: ' if report.written else ''}{report.entries} entries, head {report.chain_head}")
    return "\n".join(lines)


@app.command("status")
def status(folder: Folder, as_json: JsonFlag = False) -> None:
    """What is in a study: subjects, rows by source, deliveries, what is missing or was withdrawn."""
    from hevesy.conduct.recorded_study import examine, plans_on_disk, study_of

    examined = examine(arguments.study_folder(folder))
    checked, recorded = examined.verification, examined.recorded
    if not checked.intact:
        document: dict[str, Any] = {
            "entries": checked.entries,
            "chain_head": checked.chain_head,
            "intact": False,
            "faults": list(checked.faults),
        }
        raise CannotAnswerError("the record does not verify: " + "; ".join(checked.faults[:5]), document)
    by_source: dict[str, int] = {}
    for row in recorded.rows.values():
        by_source[row.source] = by_source.get(row.source, 0) + 1
    study = study_of(recorded) if recorded.sources_text is not None else None
    findings = _findings(study)
    document = {
        "entries": recorded.entries,
        "chain_head": recorded.head,
        "intact": checked.intact,
        "faults": list(checked.faults),
        "subjects": len(study.subjects) if study else 0,
        "last_fact_on": str(study.last_fact_on()) if study and study.last_fact_on() else None,
        "rows": by_source,
        "deliveries": [
            {
                "file": delivery.file,
                "source": delivery.source,
                "sha256": delivery.sha256,
                "recorded_at": delivery.recorded_at,
                "who": delivery.who,
            }
            for delivery in recorded.deliveries
        ],
        "added": len(recorded.rows),
        "changed": [
            {"key": change.key, "action": change.action, "reason": change.reason} for change in recorded.changes
        ],
        "unchanged": 0,
        "missing": list(recorded.missing()),
        "withdrawn": sorted(recorded.withdrawn),
        "refused": [],
        "findings": findings,
        "plan_on_disk": plans_on_disk(folder, recorded),
    }

    def words() -> str:
        lines = [
            f"{document['subjects']} subjects, last fact {document['last_fact_on'] or 'none'}; "
            f"{recorded.entries} entries, head {recorded.head[:16]}"
        ]
        lines += [f"  {source}: {count} rows" for source, count in sorted(by_source.items())]
        lines += [f"  {topic}: {count}" for topic, count in findings.items()]
        lines += [f"  missing from a newer full delivery: {key}" for key in recorded.missing()[:20]]
        lines += plans_on_disk(folder, recorded)
        lines.append("the record is intact")
        return "\n".join(lines)

    show(document, as_json, words)


def _findings(study: Study | None) -> dict[str, int]:
    counted: dict[str, int] = {}
    for finding in study.findings if study is not None else ():
        counted[finding.topic] = counted.get(finding.topic, 0) + 1
    return counted


@app.command("verify")
def verify_(
    folder: Folder,
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="HASH", help="Does the record still contain this state (of a readout)?"),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Recompute the hash chain, hold it against kept files and readouts; with --head, whether it contains a state."""
    from hevesy.conduct.recorded_study import examine
    from hevesy.record.verify import head_fault

    arguments.study_folder(folder)
    if head is not None and (wrong := head_fault(head)) is not None:
        raise typer.BadParameter(wrong, param_hint="--head")
    checked = examine(folder, head=head).verification
    document = {
        "entries": checked.entries,
        "chain_head": checked.chain_head,
        "intact": checked.intact,
        "contains_head": checked.contains_head,
        "faults": list(checked.faults),
    }
    if not checked.intact:
        raise CannotAnswerError("the record does not verify: " + "; ".join(checked.faults[:20]), document)
    contained = f"; it contains the state {head}" if head else ""
    show(document, as_json, lambda: f"intact: {checked.entries} entries, head {checked.chain_head}{contained}")


@app.command("backup")
def backup(
    folder: Folder,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The archive to write: .tar or .tar.gz; must not be there yet.")
    ],
    as_json: JsonFlag = False,
) -> None:
    """A copy of the study in one file: record, plan and kept deliveries; `tar -xf FILE` restores it."""
    from hevesy.conduct.backup import back_up

    made = back_up(arguments.study_folder(folder), file)
    document = {"file": str(made.file), "entries": made.entries, "head": made.chain_head}
    show(document, as_json, lambda: f"{made.file}: {made.entries} entries, head {made.chain_head}")


@app.command("adam")
def adam(
    folder: Folder,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where to put the datasets; must not be there yet.")
    ],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Data cut (default: the last fact).")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="json (Dataset-JSON 1.1) or csv.")] = "json",
    as_json: JsonFlag = False,
) -> None:
    """The study as analysis datasets: ADSL, ADAE, ADLB, ADRS and ADTTE, every derived row with its reason."""
    from datetime import UTC, datetime

    from hevesy.conduct.adam import datasets
    from hevesy.conduct.analysis import analyse
    from hevesy.conduct.recorded_study import read_record, study_of
    from hevesy.files.dataset_json import as_csv, write_dataset_json
    from hevesy.record.folder import write_folder

    if format not in ("json", "csv"):
        raise typer.BadParameter(f"json or csv, got {format!r}", param_hint="--format")
    arguments.study_folder(folder)
    if out.exists():
        raise CannotAnswerError(f"{out} is there already; nothing was written")
    study = study_of(read_record(folder))
    cut = arguments.day(as_of, "--as-of") or study.last_fact_on()
    if cut is None:
        raise CannotAnswerError("the study has no dated fact")
    made = datasets(analyse(study, cut), datetime.now(UTC))
    text = write_dataset_json if format == "json" else as_csv
    write_folder(out, {f"{dataset.name.lower()}.{format}": text(dataset).encode() for dataset in made})
    document = {"path": str(out), "cut": str(cut), "datasets": {dataset.name: len(dataset.rows) for dataset in made}}
    show(
        document,
        as_json,
        lambda: f"{out}: " + ", ".join(f"{dataset.name} {len(dataset.rows)} rows" for dataset in made),
    )
