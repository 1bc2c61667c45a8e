"""Rules between the facts of a study.

What an event must agree with in the protocol and in the subject's other facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from hevesy.study.dates import When, earliest, latest
from hevesy.study.facts.disposition import Contact, Death
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact, days_of, kind_of
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, Exposure
from hevesy.study.protocol import TrialProtocol
from hevesy.study.subject import day_1

DEATH_GRADE = 5
"""Of CTCAE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A fact that cannot stand: the field, its value, the rule, and the ledger row."""

    row: int
    field: str
    value: str | None
    rule: str


def contradictions(
    events: Iterable[Fact], every: Iterable[Fact], protocol: TrialProtocol, received_on: date
) -> list[Contradiction]:
    """Every rule the events break, given `every` event (recorded and new) and the day the delivery was received."""
    enrolments: dict[str, Enrolment] = {}
    given: dict[str, list[Fact]] = {}
    for event in every:
        if isinstance(event, Enrolment):
            enrolments.setdefault(event.subject, event)
        elif isinstance(event, Administration | Exposure):
            given.setdefault(event.subject, []).append(event)
    first_days = {subject: day_1(theirs) for subject, theirs in given.items()}
    events = list(events)
    alone = (
        fault
        for event in events
        for fault in _of(event, enrolments, first_days.get(event.subject), protocol, received_on)
    )
    return [*alone, *_together(events)]


def _together(events: Iterable[Fact]) -> Iterator[Contradiction]:
    """What facts of a kind and a subject break only together, where the kind says so."""
    found: dict[tuple[str, str], list[Fact]] = {}
    for event in events:
        if kind_of(event).together is not None:
            found.setdefault((kind_of(event).name, event.subject), []).append(event)
    for theirs in found.values():
        rule = kind_of(theirs[0]).together
        assert rule is not None
        for row, broken in rule(theirs):
            value = None if broken.value is None else str(broken.value)
            yield Contradiction(row=row, field=broken.field or "subject", value=value, rule=broken.rule)


def _of(
    event: Fact,
    enrolments: Mapping[str, Enrolment],
    first_day: date | None,
    protocol: TrialProtocol,
    received_on: date,
) -> list[Contradiction]:
    faults: list[Contradiction] = []

    def fault(field: str, value: object, rule: str) -> None:
        faults.append(Contradiction(row=event.row, field=field, value=None if value is None else str(value), rule=rule))

    for day in days_of(event):
        if day > received_on:
            fault("on", day, f"a fact cannot be dated after the day it was received ({received_on})")
    if kind_of(event).of_study:
        return faults
    enrolment = enrolments.get(event.subject)
    if enrolment is None:
        fault("subject", event.subject, "unknown subject: no enrolment has been delivered for it")
        return faults
    if isinstance(event, Enrolment):
        if enrolment.row != event.row:
            fault("subject", event.subject, f"this subject is enrolled already (ledger row {enrolment.row})")
        code = event.arm_code
        if code is None:
            fault(
                "arm",
                None,
                "a subject needs an arm or cohort: a code of protocol.toml, or the number of its dose level",
            )
        elif protocol.arm(code) is None and code not in protocol.unassigned_codes:
            known = ", ".join(arm.code for arm in protocol.arms)
            fault("arm", code, f"cohort without level: protocol.toml has no arm or dose level {code!r}; it has {known}")
        return faults
    died_on = _died_on(event)
    if first_day is not None and died_on is not None and latest(died_on) < first_day:
        fault("on", died_on, f"a subject cannot have died before the first administration ({first_day})")
    if _precedes(event, enrolment.consent) and not kind_of(event).before_study:
        fault("on", event.on, f"dated before the subject's consent ({enrolment.consent})")
    return faults


def _died_on(event: Fact) -> When | None:
    """The day of death, of an event that tells of one."""
    if isinstance(event, AdverseEvent) and event.grade == DEATH_GRADE:
        return event.worst_on or event.resolved or event.on
    if isinstance(event, Death) or (isinstance(event, Contact) and (event.vital_status or "").casefold() == "dead"):
        return event.on
    return None


def _precedes(event: Fact, day: When | None) -> bool:
    """Whether an event lies before a day, whatever partial dates are."""
    return day is not None and event.on is not None and latest(event.on) < earliest(day)
