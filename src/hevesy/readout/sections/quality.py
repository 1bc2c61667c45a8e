"""Can we stand behind it: disagreements, missing visits, findings of the import, and where everything comes from."""

from __future__ import annotations

import platform

from hevesy.blocks.number import Number, Part, told_ranges
from hevesy.blocks.prose import Listing, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.conduct.analysis import Analysis
from hevesy.conduct.recorded_study import mapped_columns
from hevesy.follow.terms import VERSIONS, check_term, unknown_terms
from hevesy.readout.sections.groups import number
from hevesy.readout.wording import shortened
from hevesy.record import Recorded


def _terms(analysis: Analysis) -> list[Block]:
    """Delivered terms that are none of the protocol's CTCAE version, with suggestions; nothing is changed."""
    version = analysis.study.protocol.ctcae_version
    events = [event for item in analysis.subjects for event in item.subject.adverse_events]
    if version not in VERSIONS or not events:
        return []
    unknown = unknown_terms((event.term for event in events), version)
    named = set(unknown)
    count = number(
        "unknown-terms",
        len(unknown),
        label=f"Terms that CTCAE {version} does not have",
        definition=f"distinct adverse-event terms as delivered that are no term of CTCAE {version}; none is changed",
        population="all adverse events",
        because=shortened(unknown, told=lambda one: check_term(one, version).because) or ("every term is one of it",),
        rows=(event.row for event in events if event.term in named),
    )
    return [said(f"Adverse-event terms that CTCAE {version} does not have: ", count, ".")]


def quality(analysis: Analysis) -> Section:
    """What was reported against what is derived, visits that are missing, and what the record lacks."""
    faults = analysis.disagreements
    count = number(
        "disagreements",
        len(faults),
        label="Reported against derived",
        definition="values the sender derived itself that differ from ours beyond rounding; none of them is used",
        population="all reported derivations",
        because=shortened(
            f"{fault.subject}, {fault.what}: reported {fault.reported}, derived {fault.derived}" for fault in faults
        )
        or ("all agree",),
        rows=(row for fault in faults for row in fault.rows),
    )
    blocks: list[Block] = [said("Reported and derived values that disagree: ", count, ".")]
    if faults:
        rows = tuple(
            (fault.subject, fault.what, fault.reported, fault.derived, fault.because, told_ranges(fault.rows))
            for fault in faults
        )
        columns = ("Subject", "What", "Reported", "Derived", "Because", "Ledger rows")
        blocks.append(table("disagreements", "Reported against derived", columns, rows))
    blocks += _questioned(analysis)
    if analysis.study.protocol.count_schedule is not None:
        missing = [(item.subject.id, test, day) for item in analysis.treated for test, day in item.missing_counts]
        visits = number(
            "missing-counts",
            len(missing),
            label="Required counts missing",
            definition="scheduled blood counts up to the cut without a gradable value within the tolerance",
            population="treated",
            because=shortened(f"{subject}: {test} on day {day}" for subject, test, day in missing) or ("none",),
            rows=(item.subject.enrolment.row for item in analysis.treated if item.missing_counts),
        )
        blocks.append(said("Required blood counts missing: ", visits, "."))
        if missing:
            told = tuple((subject, test, str(day)) for subject, test, day in missing)
            blocks.append(
                table("missing-counts", "Required counts missing", ("Subject", "Test", "Day"), told, looked_up=True)
            )
    blocks += _terms(analysis)
    by_topic: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for finding in analysis.study.findings:
        who = f"{finding.subject}: " if finding.subject else ""
        by_topic.setdefault(finding.topic, []).append((who + finding.message, finding.rows))
    if by_topic:
        findings: list[tuple[Part, ...]] = [
            (topic, _finding(topic, told), told[0][0]) for topic, told in sorted(by_topic.items())
        ]
        blocks.append(
            table("findings", "What the record lacks or leaves open", ("Topic", "Times", "For example"), findings)
        )
        every = tuple(
            (topic, message, told_ranges(rows)) for topic, told in sorted(by_topic.items()) for message, rows in told
        )
        blocks.append(
            table("findings-all", "Every finding", ("Topic", "Finding", "Ledger rows"), every, looked_up=True)
        )
    return Section(id="quality", title="Data quality", blocks=tuple(blocks))


def _questioned(analysis: Analysis) -> list[Block]:
    """Values that nobody could believe, each with why; nothing on this page rests on them."""
    asked = analysis.questioned
    count = number(
        "questioned",
        len(asked),
        label="Questioned values",
        definition=(
            "delivered values outside their bounds, or counts far above both their neighbours: kept, shown, not used"
        ),
        population="all subjects",
        because=shortened(f"{one.subject}: {one}" for one in asked) or ("none",),
        rows=(one.row for one in asked),
    )
    blocks: list[Block] = [said("Values that nobody could believe, and that nothing here rests on: ", count, ".")]
    if asked:
        rows = tuple(
            (one.subject, one.quantity, one.value, str(one.on or ""), one.because, str(one.row)) for one in asked
        )
        columns = ("Subject", "What", "As delivered", "Day", "Because", "Ledger row")
        blocks.append(table("questioned", "Questioned values", columns, rows))
    return blocks


def _finding(topic: str, told: list[tuple[str, tuple[int, ...]]]) -> Number:
    return number(
        f"finding-{topic.replace(' ', '-')}",
        len(told),
        label=topic,
        definition=f"{topic}: reported, never filled in",
        population="the whole record",
        because=shortened((message for message, _ in told), 20),
        rows=(row for _, rows in told for row in rows),
    )


def provenance(analysis: Analysis, recorded: Recorded, version: str, known_at: str | None) -> Section:
    """The state of the ledger, the plan, the files, the corrections and the sources of constants."""
    protocol_sha, sources_sha = recorded.protocol_sha256 or "", recorded.sources_sha256 or ""
    protocol = analysis.study.protocol
    facts: list[tuple[Part, ...]] = [
        (f"{name}: {said}",)
        for name, said in (("Compound", protocol.compound), ("Disease", protocol.disease))
        if said is not None
    ]
    facts += [
        (f"Ledger head {recorded.head}",),
        (f"Entries {recorded.entries}",),
        (f"Data cut {analysis.cut}: facts dated later are hidden",),
        (f"Known at {known_at or 'the last entry'}",),
        (f"protocol.toml, ledger row {recorded.protocol_sequence}, SHA-256 {protocol_sha}",),
        (f"sources.toml, ledger row {recorded.sources_sequence}, SHA-256 {sources_sha}",),
        (f"Hevesy {version}, Python {platform.python_version()}",),
        (
            "In tables/*.csv a text that a spreadsheet would take for a formula (it begins with =, +, "
            "- or @) has a ' before it.",
        ),
    ]
    if analysis.nuclide is not None:
        facts.append(
            (
                f"Half-life of {analysis.nuclide.name}: {analysis.nuclide.half_life_h:.4f} h, "
                f"{analysis.nuclide.source}, section SHA-256 {analysis.nuclide.source.sha256}",
            )
        )
    files = tuple(
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
    blocks: list[Block] = [
        Listing(items=tuple(facts)),
        table("deliveries", "Files taken in", columns, files),
    ]
    versions = tuple(
        (plan.name, str(plan.sequence), plan.recorded_at, plan.who, plan.reason or "first version", plan.sha256)
        for plan in recorded.plans
    )
    blocks.append(
        table(
            "plan-versions",
            "Versions of the plan and of the mapping",
            ("File", of_numbers("Ledger row"), "Recorded (UTC)", "By", "Reason", "SHA-256"),
            versions,
        )
    )
    count = number(
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
    blocks.append(said("Corrections and withdrawals: ", count, "."))
    if recorded.changes:
        mapped = mapped_columns(recorded)
        told = tuple(
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
        blocks.append(
            table(
                "corrections",
                "Corrections and withdrawals",
                (of_numbers("Ledger row"), "Recorded (UTC)", "By", "Action", "Key", "Change", "Reason"),
                told,
            )
        )
    if recorded.confirmations:
        agreed = tuple(
            (str(one.sequence), one.recorded_at, one.who, str(one.row), one.value, one.reason or "none given")
            for one in recorded.confirmations
        )
        blocks.append(
            table(
                "confirmations",
                "Questioned values that were confirmed",
                (of_numbers("Ledger row"), "Recorded (UTC)", "By", of_numbers("Of row"), "Value", "Reason"),
                agreed,
            )
        )
    blocks.append(said(f"Whether the record still contains this state is told by verifying it against {recorded.head}"))
    return Section(id="provenance", title="Provenance", blocks=tuple(blocks))


def _difference(before: object, after: object, mapped: tuple[str, ...]) -> str:
    if not isinstance(before, dict):
        return "new"
    if not isinstance(after, dict):
        return "withdrawn"
    changed = (name for name in after if name in mapped and before.get(name) != after.get(name))
    return "; ".join(f"{name}: {before.get(name)} -> {after.get(name)}" for name in changed)
