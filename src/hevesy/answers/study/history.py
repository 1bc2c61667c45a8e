"""What was written into a study's record, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import StudyFolder
from hevesy.answers.study.taken import first_rows, recorded_decision, value_shown
from hevesy.blocks.number import told_pairs
from hevesy.blocks.prose import said

if TYPE_CHECKING:
    from hevesy.blocks.section import Block
    from hevesy.conduct.decisions import Judged
    from hevesy.conduct.history import Changed, Group
    from hevesy.record import Delivery, Recorded

COMMAND = "study history"
PLANS = {"protocol.toml": "the plan", "sources.toml": "the mapping"}
LONGEST_HASH = 16
"""Characters of a hash that a table shows."""


def history(folder: Annotated[Path, StudyFolder()]) -> Answer:
    """What was written into the record: when, by whom, why, and which entries; a delivery is one line.

    Of a delivery its file, source, SHA-256 and what it did are told; of a correction every value before and after; of
    the plan its versions; values that were confirmed, dose decisions that people took, and what was kept.

    Returns the groups of entries in the order in which they were written.
    Refused where the record does not verify.

    Example: print(hevesy.open("trial").history())
    """
    from hevesy.conduct.decisions import decisions_taken
    from hevesy.conduct.history import history as groups_of
    from hevesy.conduct.recorded_study import read_record, study_of

    recorded = read_record(folder)
    groups = groups_of(recorded)
    judged = decisions_taken(recorded, study_of(recorded)) if recorded.decisions else ()
    decisions = {one.taken.sequence: one for one in judged if one.taken is not None}
    entries = [_entry(group, decisions) for group in groups]
    flags = [f"Entry {entry}: {flag}." for entry, one in decisions.items() for flag in one.flags]
    return Answer(
        document={
            "chain_head": recorded.head,
            "entry_count": recorded.entries,
            "entries": entries,
        },
        blocks=tuple(_blocks(recorded, groups, entries, flags)),
    )


def _entry(group: Group, decisions: Mapping[int, Judged]) -> dict[str, Json]:
    """A group of entries as data: what every group has, and what its kind has beside."""
    kind, words, own = _told(group, decisions)
    written = picked(group.told, "recorded_at", "who", "reason") if group.told is not None else {}
    return {"first": group.first, "last": group.last, **written, "kind": kind, "words": words, **own}


def _told(group: Group, decisions: Mapping[int, Judged]) -> tuple[str, str, dict[str, Json]]:
    """What kind of entry it is, what it says in words, and as data."""
    from hevesy.record import Begun, Confirmation, DecisionTaken, Delivery, KeptObject, PlanVersion

    match group.told:
        case Begun(version=version):
            return "begin", f"the record begins, by Hevesy {version}", {"version": version}
        case PlanVersion(name=name) as plan:
            return "plan", f"{name}: a version of {PLANS[name]}", picked(plan, "name", "sha256")
        case Delivery() as delivery:
            return "delivery", _delivered(delivery, group.changes), _delivery(delivery, group.changes)
        case Confirmation(row=row, value=value):
            return "confirmation", f"row {row} is right: {value}", {"row": row, "value": value}
        case DecisionTaken(sequence=sequence, decided=decided):
            whose = f" of stratum {decided.stratum}" if decided.stratum is not None else ""
            words = (
                f"dose decision: {decided.words} after cohort {decided.cohort}{whose}, by {decided.by} on {decided.on}"
            )
            return "decision", words, {"decision": recorded_decision(decisions[sequence])}
        case KeptObject(name=name, files=files, size_bytes=size) as kept:
            return (
                "object",
                f"{name} is kept, files: {files}, bytes: {size}",
                picked(kept, "name", "sha256", "files", bytes="size_bytes"),
            )
        case None:
            return "unknown", f"{group.last - group.first + 1} entries of a kind that this version does not know", {}


def _delivered(delivery: Delivery, changes: Iterable[Changed]) -> str:
    withdrawn = sum(one.withdrawn for one in changes)
    told = [f"{delivery.added} added", f"{delivery.changed} changed", f"{delivery.unchanged} unchanged"]
    told += [f"{withdrawn} withdrawn"] * bool(withdrawn)
    told += [f"{len(delivery.missing)} absent"] * bool(delivery.missing)
    beside = [
        f"{what}: {', '.join(names)}"
        for what, names in (("not mapped", delivery.unknown_columns), ("dropped", delivery.cut))
        if names
    ]
    return "; ".join((f"{delivery.file} into {delivery.source}: {', '.join(told)}", *beside))


def _delivery(delivery: Delivery, changes: Iterable[Changed]) -> dict[str, Json]:
    names = ("file", "source", "sha256", "original_sha256", "full", "added", "changed", "unchanged", "skipped")
    return {
        **picked(delivery, *names, "missing", "unknown_columns", cut="cut"),
        "withdrawn": [picked(one, "entry", "key", "reason") for one in changes if one.withdrawn],
        "corrections": [picked(one, "entry", "key", "values", "reason") for one in changes if not one.withdrawn],
    }


def _blocks(
    recorded: Recorded, groups: Iterable[Group], entries: list[dict[str, Json]], flags: Iterable[str]
) -> Iterator[Block]:
    """What was written last stands first."""
    latest = list(reversed(entries))
    last = f", the last at {_when(latest[0])} UTC by {latest[0]['who']}" if latest and "who" in latest[0] else ""
    yield said(f"{recorded.entries} entries{last}", tone="answer")
    columns = ("Entries", "Recorded (UTC)", "By", "What", "Reason", "SHA-256")
    rows = (
        (
            told_pairs([(one["first"], one["last"])]),  # type: ignore[list-item]  # numbers of entries
            _when(one),
            *(str(one.get(name) or "") for name in ("who", "words", "reason")),
            str(one.get("sha256") or "")[:LONGEST_HASH],
        )
        for one in latest
    )
    yield from first_rows("history", "What was written, the latest first", columns, rows)
    corrected = [(group, one) for group in groups for one in group.changes]
    changed = ("Entry", "Key", "Column", "Before", "After", "By", "Reason")
    values = (
        (str(one.entry), one.key.replace("|", ", "), *values, getattr(group.told, "who", ""), one.reason or "")
        for group, one in reversed(corrected)
        for values in _values(one)
    )
    for flag in flags:
        yield said(flag, tone="caution")
    yield from first_rows("corrections", "Corrections and withdrawals, the latest first", changed, values)
    yield said(f"head {recorded.head}")


def _when(entry: Mapping[str, Json]) -> str:
    """When it was written, to the second."""
    return str(entry.get("recorded_at") or "")[:19].replace("T", " ")


def _values(one: Changed) -> Iterator[tuple[str, str, str]]:
    """The column, what it said before and after; one line for a row that was withdrawn."""
    if one.withdrawn:
        yield "", "withdrawn", ""
    for name, (before, after) in one.values.items():
        yield name, value_shown(before), value_shown(after)
