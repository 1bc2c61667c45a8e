"""Subjects with their events, and the study they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from hevesy.study.dates import When, earliest
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import F, Fact, days_of
from hevesy.study.facts.treatment import (
    Administration,
    Exposure,
)
from hevesy.study.protocol import DoseLevel, TrialProtocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject: the enrolment and everything that happened, in order of date (undated last)."""

    id: str
    enrolment: Enrolment
    events: tuple[Fact, ...] = field(repr=False)
    confirmed: frozenset[int] = frozenset()
    """Rows that somebody confirmed: nothing in them is questioned any more."""
    _by_kind: dict[type, tuple[Fact, ...]] = field(init=False, repr=False, compare=False)
    _day_1: date | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_kind: dict[type, list[Fact]] = {}
        for event in self.events:
            by_kind.setdefault(type(event), []).append(event)
        object.__setattr__(self, "_by_kind", {kind: tuple(events) for kind, events in by_kind.items()})
        object.__setattr__(self, "_day_1", day_1((*self.of(Administration), *self.of(Exposure))))

    def of(self, kind: type[F]) -> tuple[F, ...]:
        """The facts of a kind, in order of date: `subject.of(Lesion)`."""
        return cast("tuple[F, ...]", self._by_kind.get(kind, ()))

    @property
    def day_1(self) -> date | None:
        """Day of the first administration or exposure; None while none is known to the day."""
        return self._day_1

    @property
    def treated(self) -> bool:
        """Whether an administration is recorded, dated or not: the safety population."""
        return bool(self.of(Administration) or self.of(Exposure))


def day_1(events: Iterable[Fact]) -> date | None:
    """First day on treatment, if it is known to the day.

    Of the infusions of activity where there are any, else of the drugs taken.

    No partly dated exposure may have begun before it.
    """
    given = list(events)
    begun: list[When] = [event.start.date() for event in given if isinstance(event, Administration)]
    if not begun:
        begun = [event.on for event in given if isinstance(event, Exposure) and event.on is not None]
    first = min((on for on in begun if isinstance(on, date)), default=None)
    if first is None or any(earliest(on) < first for on in begun if not isinstance(on, date)):
        return None
    return first


ABSENT = "absent from newest full delivery"
"""Topic of a finding: a row that still counts, and that the newest full delivery does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a reader must know about the delivered data; `rows` are ledger sequence numbers."""

    topic: str
    subject: str | None
    message: str
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedValue:
    """A questioned value that somebody said is right: the ledger row, what stands in it, who said so and why."""

    row: int
    value: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Protocol and subjects; `delivered_kinds` says which kinds of record have been delivered at all."""

    protocol: TrialProtocol
    subjects: tuple[Subject, ...]
    findings: tuple[Finding, ...]
    delivered_kinds: frozenset[str]
    facts: tuple[Fact, ...] = ()
    """Of no subject, in order of date: calibrations of cameras."""
    confirmations: tuple[ConfirmedValue, ...] = ()
    new_lesions_listed: bool = False
    """The delivery of lesions holds every new one, so that a visit that tells of none had none."""
    as_of: date | None = None
    """The cut: facts dated later are hidden; None while the whole record is shown."""
    _last: list[date | None] = field(init=False, repr=False, compare=False, default_factory=list)
    """The latest day of any fact, once it has been looked for: each cut asks for it."""

    def level_of(self, subject: Subject) -> DoseLevel | None:
        """Dose level of the subject's arm.

        Of an arm without one, the level per body surface area that the enrolment names; or None.
        """
        arm = self.protocol.arm(subject.enrolment.arm_code) if subject.enrolment.arm_code else None
        if arm is not None and arm.dose_level is not None:
            return self.protocol.dose_level(arm.dose_level)
        named = subject.enrolment.level_MBq_per_m2
        if arm is None or named is None:
            return None
        by_area = [level for level in self.protocol.dose_levels if level.dose.basis == "body surface area"]
        return next((level for level in by_area if abs(level.dose.amount - named) <= 1e-6 * named), None)

    def of(self, kind: type[F]) -> tuple[F, ...]:
        """The facts of a kind that belong to no subject, in order of date."""
        return tuple(fact for fact in self.facts if isinstance(fact, kind))

    def last_fact_on(self) -> date | None:
        """Latest day of any fact of a subject: the default cut."""
        if not self._last:
            days = (
                earliest(on)
                for subject in self.subjects
                for event in (subject.enrolment, *subject.events)
                for on in days_of(event)
            )
            self._last.append(max(days, default=None))
        return self._last[0]
