"""Dose-limiting toxicity: every subject with a level, and what none among a few permits to say."""

from __future__ import annotations

from hevesy.blocks.number import Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.conduct.analysis import Analysis
from hevesy.follow.adverse_events import zero_events
from hevesy.names import token
from hevesy.readout.sections.groups import number, zero_event_parts
from hevesy.readout.wording import shortened
from hevesy.study.protocol import DLTRule


def dlt(analysis: Analysis) -> Section | None:
    """The DLT table, and the statement on none.

    Every subject with a level, status, days of the window elapsed, reasons.
    """
    rules = analysis.study.protocol.dlt
    if rules is None:
        return None
    rows: list[tuple[Part, ...]] = []
    for outcome in analysis.outcomes:
        status = number(
            f"dlt-{token(outcome.subject)}",
            outcome.status,
            label=f"DLT status of {outcome.subject}",
            definition=(
                f"dose-limiting toxicity to day {rules.window_d} by the protocol's rules; "
                "undetermined is never counted as no"
            ),
            population=f"subject {outcome.subject}",
            because=outcome.because,
            rows=outcome.rows,
        )
        elapsed: Part = "not treated"
        if outcome.elapsed_d is not None:
            elapsed = number(
                f"elapsed-{token(outcome.subject)}",
                outcome.elapsed_d,
                f"{outcome.elapsed_d} of {rules.window_d}",
                label=f"Days of the window elapsed, {outcome.subject}",
                definition="days from the first infusion (day 1) to the cut, at most the window",
                population=f"subject {outcome.subject}",
                because=(f"as of {analysis.cut}",),
                rows=outcome.rows,
            )
        rows.append((outcome.subject, str(outcome.level), status, elapsed, "; ".join(outcome.because)))
    evaluable = [outcome for outcome in analysis.outcomes if outcome.status in ("DLT", "no DLT")]
    with_dlt = [outcome for outcome in evaluable if outcome.status == "DLT"]
    blocks: list[Block] = []
    if rules.illustrative:
        blocks.append(
            said("The trial's own DLT rule is not public; the rules used here are illustrative.", tone="caution")
        )
    if evaluable:
        n = len(evaluable)
        count = number(
            "dlt-count",
            len(with_dlt),
            f"{len(with_dlt)} of {n}",
            label="Subjects with a dose-limiting toxicity",
            definition=f"DLT-evaluable subjects with a dose-limiting toxicity to day {rules.window_d}",
            population=f"DLT-evaluable (n={n})",
            because=shortened(f"{outcome.subject}: {outcome.status}" for outcome in evaluable),
            rows=(row for outcome in evaluable for row in outcome.rows),
        )
        if with_dlt:
            blocks.append(said("Dose-limiting toxicity in ", count, " DLT-evaluable subjects."))
        else:
            told = zero_event_parts("dlt", "DLT rate", zero_events(n), f"DLT-evaluable (n={n})")
            parts: tuple[Part, ...] = (
                "Dose-limiting toxicity in ",
                count,
                " DLT-evaluable subjects over all levels",
                *told,
            )
            blocks.append(said(*parts))
    blocks.append(
        table(
            "dlt",
            f"Dose-limiting toxicity to day {rules.window_d}",
            ("Subject", "Level", "Status", of_numbers("Days of the window"), "Because"),
            rows,
        )
    )
    blocks.append(said("Rules of the protocol: " + "; ".join(rule.name for rule in rules.rules) + "."))
    blocks.append(said(_activity_rule(rules)))
    return Section(id="dlt", title="Dose-limiting toxicity", blocks=tuple(blocks))


def _activity_rule(rules: DLTRule) -> str:
    """Which shares of the prescribed activity leave a subject evaluable, or that the protocol says nothing of it."""
    least, most = rules.minimum_activity_percent, rules.maximum_activity_percent
    if least is None and most is None:
        return (
            "Not evaluable by activity: the protocol sets no least and no greatest share of the prescription, "
            "so that none is applied."
        )
    told = [f"under {least:g} %" if least is not None else "", f"over {most:g} %" if most is not None else ""]
    lacking = " No least share is set." if least is None else " No greatest share is set." if most is None else ""
    return f"Not evaluable by activity: {' or '.join(one for one in told if one)} of the prescription.{lacking}"
