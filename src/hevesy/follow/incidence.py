"""How often adverse events occur.

Subjects with exact limits, events and first events over time at risk, shifts from baseline to worst.

Counting is by subject within a row: two events of one term are one subject and two events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hevesy.errors import RuleError
from hevesy.follow.adverse_events import emergent
from hevesy.follow.vital_status import death_of, last_known_alive
from hevesy.stats.proportion import Interval, clopper_pearson
from hevesy.stats.rates import Rate, rate
from hevesy.study.dates import DAYS_PER_YEAR, study_day, whole
from hevesy.study.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRisk:
    """A treated subject: group (arm, cohort) and days under treatment and watch, the first day counted.

    None: not known.
    """

    subject: str
    group: str
    days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A treatment-emergent event.

    Subject, organ class and term as coded, study day of its onset, grade, whether held related.
    """

    subject: str
    organ_class: str
    term: str
    onset_day: int | None = None
    grade: int | None = None
    related: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidenceRow:
    """A row for one group: any event (no class), an organ class (no term), or a term.

    Rates are events per 100 patient-years.

    Who is at risk for an unknown time is counted among the subjects and adds no time.
    """

    organ_class: str | None
    term: str | None
    group: str
    subjects: int
    at_risk: int
    share: Interval
    events: int
    per_100_years: Rate | None
    """None: the time at risk of nobody in the group is known."""
    worst_grade: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstEvents:
    """Subjects with a term over the time until it first occurred (or the end of watch), per 100 patient-years."""

    group: str
    per_100_years: Rate | None
    without_day: int
    """Subjects with the event whose day is not known: counted, with all their days at risk."""
    without_days: int
    """Subjects whose time at risk is not known: they add no time, so that the rate is if anything too high."""


def at_risk_of(subjects: Iterable[Subject], group: str) -> tuple[AtRisk, ...]:
    """Treated subjects with the days from day 1 to the last day known alive, or to death; None: day 1 is not known."""
    found = []
    for subject in subjects:
        first = subject.day_1
        if not subject.treated:
            continue
        death = death_of(subject)
        seen = last_known_alive(subject, first) if first is not None else None
        last = death.day if death is not None and death.day is not None else seen[0] if seen is not None else first
        found.append(
            AtRisk(
                subject=subject.id, group=group, days=None if first is None or last is None else (last - first).days + 1
            )
        )
    return tuple(found)


def occurrences(subjects: Iterable[Subject], related_words: Sequence[str] = ()) -> tuple[Occurrence, ...]:
    """Emergent adverse events of subjects, with the study day of onset where that date is whole.

    If it began before, the day is that of its worst.
    """
    found = []
    for subject in subjects:
        first = subject.day_1
        for event in emergent(subject):
            on = whole(event.on)
            if on is not None and first is not None and on < first:
                # it was there before and became worse: that is what emerged
                on = whole(event.worst_on)
            found.append(
                Occurrence(
                    subject=subject.id,
                    organ_class=event.system_organ_class or "(no organ class delivered)",
                    term=event.term,
                    onset_day=study_day(on, first) if on is not None and first is not None else None,
                    grade=event.grade,
                    related=held_related(event.related, related_words),
                )
            )
    return tuple(found)


RELATED = (
    "y", "yes", "1", "true", "related", "possible", "possibly", "probable", "probably", "definite", "definitely",
    "certain", "suspected",
    "likely", "reasonable possibility", "possibly related", "probably related", "definitely related",
)  # fmt: skip
UNRELATED = (
    "n", "no", "0", "false", "none", "not related", "unrelated", "unlikely", "unlikely related", "remote",
    "remotely related", "not suspected", "no reasonable possibility", "doubtful",
)  # fmt: skip
"""Words of a relation to the study treatment, in any letter case; other words say nothing unless the protocol names
them."""


def held_related(word: str | None, related_words: Sequence[str] = ()) -> bool | None:
    """Whether a relation was called at least possible; None: not said, or in words that are not known.

    `related_words` are a protocol's own, as the name of the drug in a list of suspects parted by semicolons.
    """
    folded = (word or "").strip().casefold()
    named = {one.casefold() for one in related_words}
    if folded in RELATED or any(part.strip() in named for part in folded.split(";")):
        return True
    return False if folded in UNRELATED else None


def incidence_table(
    events: Sequence[Occurrence], at_risk: Sequence[AtRisk], level: float = 0.95, related_only: bool = False
) -> tuple[IncidenceRow, ...]:
    """Any event, then organ classes and their terms, each for every group that has it; the most frequent first.

    Sources: Clopper and Pearson, Biometrika 1934;26:404; Garwood, Biometrika 1936;28:437.
    """
    group_of = _groups(events, at_risk)
    sizes = Counter(one.group for one in at_risk)
    years = {group: sum(one.days or 0.0 for one in at_risk if one.group == group) / DAYS_PER_YEAR for group in sizes}
    counted: dict[tuple[str | None, str | None], dict[str, list[Occurrence]]] = {}
    for event in events:
        if related_only and event.related is not True:
            continue
        places: tuple[tuple[str | None, str | None], ...] = (
            (None, None),
            (event.organ_class, None),
            (event.organ_class, event.term),
        )
        for place in places:
            counted.setdefault(place, {}).setdefault(group_of[event.subject], []).append(event)

    def subjects(place: tuple[str | None, str | None]) -> int:
        return sum(len({event.subject for event in own}) for own in counted[place].values())

    order = sorted(
        counted,
        key=lambda place: (
            place[0] is not None,
            -subjects((place[0], None)) if place[0] else 0,
            place[0] or "",
            place[1] is not None,
            -subjects(place),
            place[1] or "",
        ),
    )
    rows = []
    for place in order:
        for group in sorted(counted[place]):
            own = counted[place][group]
            with_event = len({event.subject for event in own})
            rows.append(
                IncidenceRow(
                    organ_class=place[0],
                    term=place[1],
                    group=group,
                    subjects=with_event,
                    at_risk=sizes[group],
                    share=clopper_pearson(with_event, sizes[group], level),
                    events=len(own),
                    per_100_years=rate(len(own), years[group] / 100, level) if years[group] > 0 else None,
                    worst_grade=max((event.grade for event in own if event.grade is not None), default=None),
                )
            )
    return tuple(rows)


def first_events(
    events: Sequence[Occurrence], at_risk: Sequence[AtRisk], term: str, level: float = 0.95
) -> tuple[FirstEvents, ...]:
    """Exposure-adjusted incidence of a term by group, groups without it included."""
    _groups(events, at_risk)
    onset: dict[str, int | None] = {}
    for event in events:
        if event.term.casefold() == term.casefold():
            known = [day for day in (onset.get(event.subject), event.onset_day) if day is not None]
            onset[event.subject] = min(known, default=None)
    found = []
    for group in sorted({one.group for one in at_risk}):
        own = [one for one in at_risk if one.group == group]
        days = 0.0
        for one in own:
            day = onset.get(one.subject)
            whole = one.days or 0.0
            days += whole if day is None else max(day, 1) if one.days is None else min(max(day, 1), whole)
        with_event = [one for one in own if one.subject in onset]
        found.append(
            FirstEvents(
                group=group,
                per_100_years=rate(len(with_event), days / DAYS_PER_YEAR / 100, level) if days > 0 else None,
                without_day=sum(onset[one.subject] is None for one in with_event),
                without_days=sum(one.days is None and onset.get(one.subject) is None for one in own),
            )
        )
    return tuple(found)


def shift_table(pairs: Iterable[tuple[int | None, int | None]]) -> Mapping[tuple[int | None, int | None], int]:
    """Subjects by grade at baseline and worst grade after it; None: not graded.

    >>> shift_table([(0, 3), (0, 3), (1, None)])
    {(0, 3): 2, (1, None): 1}
    """
    counted = Counter(pairs)
    return dict(sorted(counted.items(), key=lambda item: tuple(-1 if grade is None else grade for grade in item[0])))


def _groups(events: Sequence[Occurrence], at_risk: Sequence[AtRisk]) -> dict[str, str]:
    """Group of each subject at risk; refuses what cannot be counted."""
    found: dict[str, str] = {}
    for one in at_risk:
        if one.subject in found:
            raise RuleError(f"{one.subject} stands twice among those at risk")
        if one.days is not None and not one.days > 0:
            raise RuleError(f"{one.subject} must be at risk for a positive time, got {one.days} days")
        found[one.subject] = one.group
    for event in events:
        if event.subject not in found:
            raise RuleError(f"{event.subject} has {event.term!r} but is not among those at risk")
    return found
