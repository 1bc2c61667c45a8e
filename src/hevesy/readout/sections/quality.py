"""Can we stand behind it: disagreements, missing visits, findings of the import, and where everything comes from."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, told_ranges
from hevesy.blocks.prose import Listing, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.conduct.recorded_study import mapped_columns
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from datetime import date

    from hevesy.conduct.quality import Quality, Topic
    from hevesy.nuclides.nuclide import Nuclide
    from hevesy.record import Recorded
    from hevesy.study.protocol import TrialProtocol


def quality(found: Quality) -> Section:
    """What was reported against what is derived, visits that are missing, and what the record lacks."""
    blocks: list[Block] = [said("Reported and derived values that disagree: ", disagreements(found), ".")]
    blocks += _disagreements(found)
    blocks += _questioned(found)
    blocks += _missing(found)
    blocks += _terms(found)
    blocks += _findings(found)
    return Section(id="quality", title="Data quality", blocks=tuple(blocks))


def disagreements(found: Quality) -> Number:
    """How many reported values differ from ours."""
    faults = found.disagreements
    return number(
        "disagreements",
        len(faults),
        label="Reported against derived",
        definition="values the sender derived itself that differ from ours beyond rounding; none of them is used",
        population="all reported derivations",
        because=shortened(
            faults,
            told=lambda fault: f"{fault.subject}, {fault.what}: reported {fault.reported}, derived {fault.derived}",
        )
        or ("all agree",),
        rows=(row for fault in faults for row in fault.rows),
    )


def _disagreements(found: Quality) -> list[Block]:
    if not found.disagreements:
        return []
    rows = (
        (fault.subject, fault.what, fault.reported, fault.derived, fault.because, told_ranges(fault.rows))
        for fault in found.disagreements
    )
    columns = ("Subject", "What", "Reported", "Derived", "Because", "Ledger rows")
    return [table("disagreements", "Reported against derived", columns, rows)]


def questioned(found: Quality) -> Number:
    """How many values nobody could believe."""
    return number(
        "questioned",
        len(found.questioned),
        label="Questioned values",
        definition=(
            "delivered values outside their bounds, or counts far above both their neighbours: kept, shown, not used"
        ),
        population="all subjects",
        because=shortened(f"{one.subject}: {one}" for one in found.questioned) or ("none",),
        rows=(one.row for one in found.questioned),
    )


def _questioned(found: Quality) -> list[Block]:
    """Values that nobody could believe, each with why; nothing on this page rests on them."""
    count, asked = questioned(found), found.questioned
    blocks: list[Block] = [said("Values that nobody could believe, and that nothing here rests on: ", count, ".")]
    if asked:
        rows = ((one.subject, one.quantity, one.value, str(one.on or ""), one.because, str(one.row)) for one in asked)
        columns = ("Subject", "What", "As delivered", "Day", "Because", "Ledger row")
        blocks.append(table("questioned", "Questioned values", columns, rows))
    return blocks


def missing(found: Quality) -> Number | None:
    """How many required counts are missing; None where none are required."""
    if found.missing is None:
        return None
    return number(
        "missing-counts",
        len(found.missing),
        label="Required counts missing",
        definition="scheduled blood counts up to the cut without a gradable value within the tolerance",
        population="treated",
        because=shortened(found.missing, told=lambda one: f"{one.subject}: {one.test} on day {one.day}") or ("none",),
        rows=found.missing_rows,
    )


def _missing(found: Quality) -> list[Block]:
    count = missing(found)
    if count is None:
        return []
    blocks: list[Block] = [said("Required blood counts missing: ", count, ".")]
    if found.missing:
        told = ((one.subject, one.test, str(one.day)) for one in found.missing)
        columns = ("Subject", "Test", "Day")
        blocks.append(table("missing-counts", "Required counts missing", columns, told, looked_up=True))
    return blocks


def _terms(found: Quality) -> list[Block]:
    """Delivered terms that are none of the protocol's CTCAE version, with suggestions; nothing is changed."""
    unknown = found.terms
    if unknown is None:
        return []
    count = number(
        "unknown-terms",
        len(unknown.terms),
        label=f"Terms that CTCAE {unknown.version} does not have",
        definition=(
            f"distinct adverse-event terms as delivered that are no term of CTCAE {unknown.version}; none is changed"
        ),
        population="all adverse events",
        because=shortened(unknown.terms, told=unknown.why) or ("every term is one of it",),
        rows=unknown.rows,
    )
    return [said(f"Adverse-event terms that CTCAE {unknown.version} does not have: ", count, ".")]


def _findings(found: Quality) -> list[Block]:
    if not found.findings:
        return []
    topics = ((topic.name, _topic(topic), topic.messages[0][0]) for topic in found.findings)
    every = ((topic.name, message, told_ranges(rows)) for topic in found.findings for message, rows in topic.messages)
    return [
        table("findings", "What the record lacks or leaves open", ("Topic", "Times", "For example"), topics),
        table("findings-all", "Every finding", ("Topic", "Finding", "Ledger rows"), every, looked_up=True),
    ]


def _topic(topic: Topic) -> Number:
    return number(
        f"finding-{topic.name.replace(' ', '-')}",
        len(topic.messages),
        label=topic.name,
        definition=f"{topic.name}: reported, never filled in",
        population="the whole record",
        because=shortened((message for message, _ in topic.messages), 20),
        rows=(row for _, rows in topic.messages for row in rows),
    )


def provenance(
    protocol: TrialProtocol, nuclide: Nuclide | None, cut: date, recorded: Recorded, version: str, known_at: str | None
) -> Section:
    """The state of the ledger, the plan, the files, the corrections and the sources of constants."""
    blocks: list[Block] = [
        Listing(items=tuple((fact,) for fact in _facts(protocol, nuclide, cut, recorded, version, known_at))),
        _deliveries(recorded),
        _plans(recorded),
        said("Corrections and withdrawals: ", corrections(recorded), "."),
    ]
    if recorded.changes:
        blocks.append(_corrections(recorded))
    if recorded.confirmations:
        blocks.append(_confirmations(recorded))
    blocks.append(said(f"Whether the record still contains this state is told by verifying it against {recorded.head}"))
    return Section(id="provenance", title="Provenance", blocks=tuple(blocks))


def _facts(
    protocol: TrialProtocol, nuclide: Nuclide | None, cut: date, recorded: Recorded, version: str, known_at: str | None
) -> list[str]:
    protocol_sha, sources_sha = recorded.protocol_sha256 or "", recorded.sources_sha256 or ""
    about = (("Compound", protocol.compound), ("Disease", protocol.disease))
    facts = [
        *(f"{name}: {said}" for name, said in about if said is not None),
        f"Ledger head {recorded.head}",
        f"Entries {recorded.entries}",
        f"Data cut {cut}: facts dated later are hidden",
        f"Known at {known_at or 'the last entry'}",
        f"protocol.toml, ledger row {recorded.protocol_sequence}, SHA-256 {protocol_sha}",
        f"sources.toml, ledger row {recorded.sources_sequence}, SHA-256 {sources_sha}",
        f"Hevesy {version}, Python {platform.python_version()}",
        "In tables/*.csv a text that a spreadsheet would take for a formula (it begins with =, +, "
        "- or @) has a ' before it.",
    ]
    if nuclide is not None:
        facts.append(
            f"Half-life of {nuclide.name}: {nuclide.half_life_h:.4f} h, "
            f"{nuclide.source}, section SHA-256 {nuclide.source.sha256}"
        )
    return facts


def _deliveries(recorded: Recorded) -> Table:
    files = (
        (
            delivery.file,
            delivery.source,
            "full" if delivery.full else "partial",
            delivery.recorded_at,
            delivery.who,
            str(delivery.added),
            str(delivery.changed),
            str(len(delivery.missing)),
            ", ".join((*delivery.unknown_columns, *(f"{name} (cut)" for name in delivery.cut))) or "none",
            delivery.sha256,
        )
        for delivery in recorded.deliveries
    )
    columns = (
        "File",
        "Source",
        "Delivery",
        "Recorded (UTC)",
        "By",
        "Added",
        "Changed",
        "Missing",
        "Columns not mapped",
        "SHA-256",
    )
    return table("deliveries", "Files taken in", columns, files)


def _plans(recorded: Recorded) -> Table:
    versions = (
        (plan.name, str(plan.sequence), plan.recorded_at, plan.who, plan.reason or "first version", plan.sha256)
        for plan in recorded.plans
    )
    columns = ("File", of_numbers("Ledger row"), "Recorded (UTC)", "By", "Reason", "SHA-256")
    return table("plan-versions", "Versions of the plan and of the mapping", columns, versions)


def corrections(recorded: Recorded) -> Number:
    """How many entries changed or withdrew a row."""
    return number(
        "corrections",
        len(recorded.changes),
        label="Corrections and withdrawals",
        definition="entries that changed or withdrew a recorded row, each with its reason",
        population="the whole record",
        because=shortened(
            f"{change.action} of {change.key}: {change.reason or 'no reason'}" for change in recorded.changes
        )
        or ("none",),
    )


def _corrections(recorded: Recorded) -> Table:
    mapped = mapped_columns(recorded)
    told = (
        (
            str(change.sequence),
            change.recorded_at,
            change.who,
            change.action,
            change.key,
            _difference(change.before, change.after, mapped.get(change.key.partition("|")[0], ())),
            change.reason or "none given",
        )
        for change in recorded.changes
    )
    columns = (of_numbers("Ledger row"), "Recorded (UTC)", "By", "Action", "Key", "Change", "Reason")
    return table("corrections", "Corrections and withdrawals", columns, told)


def _confirmations(recorded: Recorded) -> Table:
    agreed = (
        (str(one.sequence), one.recorded_at, one.who, str(one.row), one.value, one.reason or "none given")
        for one in recorded.confirmations
    )
    columns = (of_numbers("Ledger row"), "Recorded (UTC)", "By", of_numbers("Of row"), "Value", "Reason")
    return table("confirmations", "Questioned values that were confirmed", columns, agreed)


def _difference(before: object, after: object, mapped: tuple[str, ...]) -> str:
    if not isinstance(before, dict):
        return "new"
    if not isinstance(after, dict):
        return "withdrawn"
    changed = (name for name in after if name in mapped and before.get(name) != after.get(name))
    return "; ".join(f"{name}: {before.get(name)} -> {after.get(name)}" for name in changed)
