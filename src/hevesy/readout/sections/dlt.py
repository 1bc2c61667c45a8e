"""Dose-limiting toxicity: every subject with a level, and what none among a few permits to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.names import token
from hevesy.readout.sections.numbers import number, zero_event_parts

if TYPE_CHECKING:
    from datetime import date

    from hevesy.conduct.toxicity import Toxicity
    from hevesy.study.outcomes import SubjectOutcome
    from hevesy.study.protocol import DLTRule


def dlt(found: Toxicity) -> Section:
    """The DLT table, and the statement on none.

    Every subject with a level, status, days of the window elapsed, reasons.
    """
    rules, blocks = found.rules, list[Block]()
    if rules.illustrative:
        blocks.append(
            said("The trial's own DLT rule is not public; the rules used here are illustrative.", tone="caution")
        )
    if found.evaluable:
        blocks.append(said(*_sentence(found)))
    blocks.append(
        table(
            "dlt",
            f"Dose-limiting toxicity to day {rules.window_d}",
            ("Subject", "Level", "Status", of_numbers("Days of the window"), "Because"),
            (_row(found, outcome) for outcome in found.outcomes),
        )
    )
    blocks.append(said("Rules of the protocol: " + "; ".join(rule.name for rule in rules.rules) + "."))
    blocks.append(said(_activity_rule(rules)))
    return Section(id="dlt", title="Dose-limiting toxicity", blocks=tuple(blocks))


def with_dlt(found: Toxicity) -> Number:
    """Subjects with a dose-limiting toxicity of those evaluable."""
    n = len(found.evaluable)
    return number(
        "dlt-count",
        found.with_dlt,
        f"{found.with_dlt} of {n}",
        label="Subjects with a dose-limiting toxicity",
        definition=f"DLT-evaluable subjects with a dose-limiting toxicity to day {found.rules.window_d}",
        population=f"DLT-evaluable (n={n})",
        because=shortened(f"{outcome.subject}: {outcome.status}" for outcome in found.evaluable),
        rows=(row for outcome in found.evaluable for row in outcome.rows),
    )


def none_seen(found: Toxicity) -> tuple[Part, ...]:
    """What none among those evaluable permits to say; nothing where somebody had one."""
    if found.none_seen is None:
        return ()
    return zero_event_parts("dlt", "DLT rate", found.none_seen, f"DLT-evaluable (n={len(found.evaluable)})")


def _sentence(found: Toxicity) -> tuple[Part, ...]:
    bounds = none_seen(found)
    begun = ("Dose-limiting toxicity in ", with_dlt(found), " DLT-evaluable subjects")
    return (*begun, " over all levels", *bounds) if bounds else (*begun, ".")


def _row(found: Toxicity, outcome: SubjectOutcome) -> tuple[Part, ...]:
    window_d = found.rules.window_d
    status, elapsed = status_of(outcome, window_d), elapsed_of(outcome, window_d, found.cut)
    return (outcome.subject, str(outcome.level), status, elapsed, "; ".join(outcome.because))


def status_of(outcome: SubjectOutcome, window_d: int) -> Number:
    """The DLT status of a subject."""
    subject = outcome.subject
    return number(
        f"dlt-{token(subject)}",
        outcome.status,
        label=f"DLT status of {subject}",
        definition=(
            f"dose-limiting toxicity to day {window_d} by the protocol's rules; undetermined is never counted as no"
        ),
        population=f"subject {subject}",
        because=outcome.because,
        rows=outcome.rows,
        of=subject,
    )


def elapsed_of(outcome: SubjectOutcome, window_d: int, cut: date) -> Part:
    """Days of the window elapsed at the cut."""
    subject = outcome.subject
    if outcome.elapsed_d is None:
        return "not treated"
    return number(
        f"elapsed-{token(subject)}",
        outcome.elapsed_d,
        f"{outcome.elapsed_d} of {window_d}",
        label=f"Days of the window elapsed, {subject}",
        definition="days from the first infusion (day 1) to the cut, at most the window",
        population=f"subject {subject}",
        because=(f"as of {cut}",),
        rows=outcome.rows,
        of=subject,
    )


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
