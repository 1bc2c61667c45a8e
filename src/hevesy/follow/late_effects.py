"""Late effects as their own follow-up.

Who had one, over how long everybody was watched, with death as what may come first.

The clock starts on day 1 and runs to the first event, to death, or to the last day known alive: a short follow-up says
little, and the time at risk says how little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hevesy.follow.adverse_events import emergent
from hevesy.follow.vital_status import death_of, last_known_alive
from hevesy.stats.competing import IncidenceAt, cumulative_incidence, incidence_at
from hevesy.stats.rates import Rate, rate
from hevesy.study.dates import DAYS_PER_YEAR, earliest, latest, whole
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.protocol import LateEffect
from hevesy.study.subject import Subject

USUAL = (
    LateEffect(
        name="myelodysplastic syndrome or acute leukaemia",
        terms=(
            "myelodysplas",
            "acute myeloid leuk",
            "acute leuk",
            "acute lymphocytic leuk",
            "acute lymphoblastic leuk",
            "myelomonocytic leuk",
            "leukemia secondary",
            "leukaemia secondary",
        ),
    ),
    LateEffect(
        name="other second malignancy",
        terms=("secondary malignancy", "second primary malignancy", "carcinoma", "melanoma"),
    ),
)
"""What a term contains, in any letter case; a protocol may list its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A treated subject's time at risk of one late effect: days, and whether it ended in the effect or in death."""

    subject: str
    days: int
    event: AdverseEvent | None
    died: bool
    because: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEffectRisk:
    """One late effect in a group: events over patient-years with exact limits.

    By-time incidence with death competing.
    """

    name: str
    terms: tuple[str, ...]
    watched: tuple[Watched, ...]
    per_100_years: Rate | None
    incidence: tuple[IncidenceAt, ...]
    """At the years asked for that somebody reached; empty without an event."""

    @property
    def years(self) -> float:
        """Patient-years at risk."""
        return sum(one.days for one in self.watched) / DAYS_PER_YEAR

    @property
    def events(self) -> int:
        """Subjects with the effect."""
        return sum(one.event is not None for one in self.watched)

    @property
    def longest_years(self) -> float:
        """The longest watch."""
        return max((one.days for one in self.watched), default=0) / DAYS_PER_YEAR


def unjudged(subjects: Sequence[Subject], effects: Sequence[LateEffect]) -> tuple[AdverseEvent, ...]:
    """Events of the organ class of neoplasms, from the first treatment on, that no late effect counts.

    For people to judge.
    """
    terms = {term.casefold() for effect in effects for term in effect.terms}
    return tuple(
        event
        for subject in subjects
        for event in emergent(subject)
        if (event.system_organ_class or "").casefold().startswith("neoplasm")
        and not any(term in event.term.casefold() for term in terms)
    )


def watch(subject: Subject, effect: LateEffect) -> Watched | None:
    """Time at risk of a subject; None without a first day of treatment. An event before treatment is none of it."""
    first = subject.day_1
    if first is None:
        return None
    terms = {term.casefold() for term in effect.terms}
    events = [event for event in subject.of(AdverseEvent) if any(term in event.term.casefold() for term in terms)]
    counted = [event for event in events if event.on is None or latest(event.on) >= first]
    dated = sorted(
        ((max(earliest(event.on), first), event) for event in counted if event.on is not None), key=lambda one: one[0]
    )
    undated = [event for event in counted if event.on is None]
    death = death_of(subject)
    died = death.day if death is not None else None
    seen = last_known_alive(subject, first)
    last = seen[0] if seen is not None else first
    rows = (seen[1].row,) if seen is not None else (subject.enrolment.row,)
    if dated:
        on, event = dated[0]
        because = (
            f"{event.term} on {on}"
            if whole(event.on) is not None
            else f"{event.term} in {event.on}: at the earliest it can have been"
        )
        return _watched(subject, first, on, event, False, because, (event.row,))
    if undated:
        return _watched(
            subject,
            first,
            last,
            undated[0],
            False,
            f"{undated[0].term}, its day is not known: at the end of watch",
            (undated[0].row,),
        )
    if died is not None and death is not None and died >= first:
        return _watched(subject, first, died, None, True, f"died on {died} without it", death.rows)
    return _watched(subject, first, last, None, False, f"without it when last known alive on {last}", rows)


def _watched(
    subject: Subject,
    first: date,
    until: date,
    event: AdverseEvent | None,
    died: bool,
    because: str,
    rows: tuple[int, ...],
) -> Watched:
    return Watched(
        subject=subject.id, days=(until - first).days + 1, event=event, died=died, because=because, rows=rows
    )


def late_effect(
    subjects: Sequence[Subject], effect: LateEffect, years: Sequence[float] = (1.0, 2.0, 5.0)
) -> LateEffectRisk:
    """A late effect among the treated of a group."""
    watched = tuple(one for subject in subjects if (one := watch(subject, effect)) is not None)
    at_risk = sum(one.days for one in watched) / DAYS_PER_YEAR
    events = sum(one.event is not None for one in watched)
    incidence: tuple[IncidenceAt, ...] = ()
    if events:
        curve = cumulative_incidence(
            [one.days for one in watched], [1 if one.event is not None else 2 if one.died else 0 for one in watched]
        )
        longest = max(one.days for one in watched) / DAYS_PER_YEAR
        incidence = tuple(incidence_at(curve, 1, year * DAYS_PER_YEAR) for year in years if year <= longest)
    return LateEffectRisk(
        name=effect.name,
        terms=effect.terms,
        watched=watched,
        per_100_years=rate(events, at_risk / 100) if at_risk > 0 else None,
        incidence=incidence,
    )
