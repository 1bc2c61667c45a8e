"""Whether a subject received all the doses that were planned: yes, no, or not due yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hevesy.study.protocol import DoseLevel
from hevesy.study.subject import Subject
from hevesy.treat.exposure import Exposure


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Doses planned and received, and whether that is all.

    Planned None: the arm has no dose level. Received None: no infusion is recorded.

    `complete` None: not known, or not due yet.
    """

    subject: str
    planned: int | None
    received: int | None
    complete: bool | None
    because: str
    rows: tuple[int, ...]


def completion(subject: Subject, level: DoseLevel | None, given: Exposure, until: date) -> Completion:
    """The doses of a treated subject up to a day; one of no activity was not received, one of unknown activity was."""
    infusions = [item for item in given.infusions if item.given is None or item.given.administered_MBq > 0]
    received = len(infusions)

    def told(complete: bool | None, because: str) -> Completion:
        return Completion(
            subject=subject.id,
            planned=level.regimen.fractions if level is not None else None,
            received=received if given.infusions else None,
            complete=complete,
            because=because,
            rows=given.rows,
        )

    if not given.infusions:
        return told(None, "no infusion recorded")
    if level is None:
        return told(None, f"{received} received; no dose level in the protocol for this arm")
    planned, first_day = level.regimen.fractions, subject.day_1
    if received > planned:
        return told(None, f"{received} infusions recorded, the regimen has {planned}: one may be another's correction")
    if received == planned:
        return told(True, f"{received} of {planned} received")
    missing = f"dose {received + 1} of {planned}"
    if first_day is None or level.regimen.interval_d is None:
        return told(False, f"{missing} not recorded by {until}")
    due = first_day + timedelta(days=received * level.regimen.interval_d)
    if due > until:
        return told(None, f"{missing} is due on {due}, after the cut")
    return told(False, f"{missing} was due on {due} and is not recorded by {until}")
