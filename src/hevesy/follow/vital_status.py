"""Whether and when a subject died, and the last day the subject is known to have been alive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from hevesy.study.dates import When, earliest, whole
from hevesy.study.facts.disposition import Contact, Death, Disposition
from hevesy.study.facts.fact import Fact, kind_of
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDeath:
    """A death: its date as far as it is known (None: not at all), where that was said, and every row that says so."""

    on: When | None
    because: str
    rows: tuple[int, ...]
    by_then: bool = False
    """The date is that of a contact: the death came on it or before."""

    @property
    def day(self) -> date | None:
        """The day, if it is known to the day."""
        return whole(self.on)


_DIED = re.compile(r"(?:(?:subject|patient)\s+)?(?:died|death|dead|deceased|fatal)\b", re.IGNORECASE)
"""Words of a disposition that say the subject died."""
HEARD_OF = 3
"""Rank of a contact: the death happened by its day, not on it."""


def _says_dead(event: Fact) -> tuple[int, When | None, str] | None:
    """Rank of the source (lower is better), date and name, for an event that says the subject died."""
    match event:
        case Death():
            return 0, event.on, "death record" + (f", {event.cause}" if event.cause else "")
        case AdverseEvent(grade=5):
            return 1, event.worst_on or event.resolved or event.on, f"grade 5 {event.term}"
        case Disposition() if _DIED.match(event.term.strip()):
            return 2, event.on, "disposition"
        case Contact(vital_status=status) if status is not None and status.casefold() == "dead":
            return 3, event.on, "reported dead at a contact"
        case _:
            return None


def _said(subject: Subject) -> list[tuple[int, When | None, str, int]]:
    """Every record that says the subject died: rank of the source, date, name and row."""
    speakers: tuple[Fact, ...] = (
        *subject.of(Death),
        *subject.of(AdverseEvent),
        *subject.of(Disposition),
        *subject.of(Contact),
    )
    return [(*found, event.row) for event in speakers if (found := _says_dead(event)) is not None]


def said_dead(subject: Subject) -> tuple[tuple[str, When | None, int], ...]:
    """Every record that says the subject died: name of the source, date and row."""
    return tuple((name, on, row) for _, on, name, row in _said(subject))


def death_of(subject: Subject) -> KnownDeath | None:
    """The death of a subject from every record that can say so: death, grade 5 event, disposition, contact.

    The best record of the death that gives a day is taken, without one the best that gives a month or year; a contact
    at which the subject is reported dead only where no record gives any date, since the death came before it. None:
    nothing says the subject died.
    """
    said = _said(subject)
    if not said:
        return None
    of_death = [item for item in said if item[0] < HEARD_OF and item[1] is not None]
    rank, on, name, _ = min(of_death or said, key=lambda item: (whole(item[1]) is None, item[1] is None, item[0]))
    return KnownDeath(on=on, because=name, rows=tuple(row for *_, row in said), by_then=rank == HEARD_OF)


def last_known_alive(subject: Subject, since: date) -> tuple[date, Fact] | None:
    """The latest dated fact from `since` on that shows the subject alive, and no later than a death can have been."""
    death = death_of(subject)
    limit = earliest(death.on) if death is not None and death.on is not None else date.max
    found: tuple[date, Fact] | None = None
    for event in reversed(subject.events):  # in order of date: most are earlier than the first that is looked at
        on = whole(event.on)
        if on is None or not since <= on <= limit:
            continue
        if found is not None and (on, event.row) <= (found[0], found[1].row):
            continue
        if _says_dead(event) is None and not kind_of(event).without_subject:
            found = on, event
    return found
