"""Adverse events counted: per cohort, by organ class and term at worst grade, and what zero events permit to say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from hevesy.follow.ctcae import test_of_term
from hevesy.follow.labs import Episode
from hevesy.stats.proportion import Interval, clopper_pearson, one_sided_upper
from hevesy.study.dates import When, latest, study_day, whole
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.protocol import EventOfInterest
from hevesy.study.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Adverse events of a group: treated subjects, events, events per subject, median grade of the graded ones."""

    subjects: int
    with_any: int
    events: int
    per_subject: float | None
    graded: int
    median_grade: float | None
    worst_grade: int | None
    serious: int
    serious_not_known: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRow:
    """Subjects with a term (or any of its organ class), at their worst grade: grade -> subjects; None: not graded."""

    organ_class: str
    term: str | None
    subjects: int
    by_grade: dict[int | None, int]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroEvents:
    """What 0 of n permits to say: exact upper bounds, one-sided and two-sided 95 %."""

    n: int
    one_sided_upper: float
    two_sided: Interval

    @property
    def sentence(self) -> str:
        """The statement with its bounds."""
        return (
            f"0 of {self.n}; a true rate up to {self.one_sided_upper:.1%} (one-sided 95 %) or "
            f"{self.two_sided.upper:.1%} (two-sided 95 %) is compatible with this"
        )


def emergent(subject: Subject) -> tuple[AdverseEvent, ...]:
    """Adverse events that began, or became worst, on or after the first day of treatment.

    One without a date, or with a partial one that can lie there, counts; so do all where day 1 itself is not known.
    """
    if not subject.treated:
        return ()
    first_day = subject.day_1
    if first_day is None:
        return subject.of(AdverseEvent)
    return tuple(
        event
        for event in subject.of(AdverseEvent)
        if event.on is None
        or latest(event.on) >= first_day
        or (event.worst_on is not None and latest(event.worst_on) >= first_day)
    )


def tally(subjects: Sequence[Subject]) -> Tally:
    """Count the adverse events of the treated among the subjects; the untreated are no denominator."""
    treated = [subject for subject in subjects if subject.treated]
    each = [emergent(subject) for subject in treated]
    events = [event for theirs in each for event in theirs]
    grades = [event.grade for event in events if event.grade is not None]
    return Tally(
        subjects=len(treated),
        with_any=sum(bool(theirs) for theirs in each),
        events=len(events),
        per_subject=len(events) / len(treated) if treated else None,
        graded=len(grades),
        median_grade=float(median(grades)) if grades else None,
        worst_grade=max(grades, default=None),
        serious=sum(event.serious is True for event in events),
        serious_not_known=sum(event.serious is None for event in events),
        rows=tuple(event.row for event in events),
    )


def by_term(subjects: Iterable[Subject]) -> tuple[TermRow, ...]:
    """Subjects per organ class and per term at their worst grade, most frequent class and term first."""
    worst: dict[tuple[str, str | None], dict[str, int | None]] = {}
    rows: dict[tuple[str, str | None], list[int]] = {}
    spellings: dict[tuple[str, str], tuple[str, str]] = {}
    for subject in subjects:
        for event in emergent(subject):
            organ_class = event.system_organ_class or "(no organ class delivered)"
            spelled = spellings.setdefault((organ_class.casefold(), event.term.casefold()), (organ_class, event.term))
            for place in ((spelled[0], None), spelled):
                known = worst.setdefault(place, {})
                known[subject.id] = _worse(known.get(subject.id), event.grade)
                rows.setdefault(place, []).append(event.row)
    made = []
    for (organ_class, term), per_subject in worst.items():
        grades: dict[int | None, int] = {}
        for grade in per_subject.values():
            grades[grade] = grades.get(grade, 0) + 1
        made.append(
            TermRow(
                organ_class=organ_class,
                term=term,
                subjects=len(per_subject),
                by_grade=grades,
                rows=tuple(rows[organ_class, term]),
            )
        )
    size = {row.organ_class: row.subjects for row in made if row.term is None}
    return tuple(
        sorted(
            made,
            key=lambda row: (
                -size[row.organ_class],
                row.organ_class,
                row.term is not None,
                -row.subjects,
                row.term or "",
            ),
        )
    )


def _worse(first: int | None, second: int | None) -> int | None:
    known = [grade for grade in (first, second) if grade is not None]
    return max(known, default=None)


def zero_events(n: int, level: float = 0.95) -> ZeroEvents:
    """Bounds for no event among n subjects.

    >>> zero_events(8).sentence
    '0 of 8; a true rate up to 31.2% (one-sided 95 %) or 36.9% (two-sided 95 %) is compatible with this'
    """
    return ZeroEvents(n=n, one_sided_upper=one_sided_upper(0, n, level), two_sided=clopper_pearson(0, n, level))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfInterest:
    """Treated subjects with an event of interest; `zero` holds the bounds when there is none."""

    name: str
    subjects: int
    n: int
    zero: ZeroEvents | None
    interval: Interval | None
    rows: tuple[int, ...]


def of_interest(subjects: Sequence[Subject], event: EventOfInterest) -> OfInterest:
    """Count the treated subjects with any of the listed terms or organ classes."""
    terms = {term.casefold() for term in event.terms}
    classes = {name.casefold() for name in event.organ_classes}
    treated = [subject for subject in subjects if subject.treated]
    hits = {
        subject.id: [
            item
            for item in emergent(subject)
            if item.term.casefold() in terms or (item.system_organ_class or "").casefold() in classes
        ]
        for subject in treated
    }
    with_any = sum(bool(items) for items in hits.values())
    n = len(treated)
    return OfInterest(
        name=event.name,
        subjects=with_any,
        n=n,
        zero=zero_events(n) if n and not with_any else None,
        interval=clopper_pearson(with_any, n) if n else None,
        rows=tuple(item.row for items in hits.values() for item in items),
    )


UNREPORTED_FROM_GRADE = 3
"""A low count of this grade or worse that nobody reported is listed; milder ones are seldom adverse events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsAgainstReport:
    """A low count reported as an adverse event beside the episode derived from the counts; either may be absent.

    A difference is what differs, as reported and as derived.
    """

    subject: str
    test: str
    reported: AdverseEvent | None
    derived: Episode | None
    differences: tuple[tuple[str, str, str], ...]


def against_counts(
    subject: Subject, derived: Iterable[Episode], with_baseline: Collection[str]
) -> tuple[CountsAgainstReport, ...]:
    """Compare each reported low count with the one derived from the laboratory values: grade and days.

    `with_baseline`: tests with a gradable count before treatment; without one no episode can be derived.
    """
    first_day = subject.day_1
    episodes: dict[str, Episode] = {episode.test: episode for episode in derived}
    reported: dict[str, AdverseEvent] = {}
    times: dict[str, int] = {}
    for event in emergent(subject):
        test = test_of_term(event.term)
        if test is not None:
            reported.setdefault(test, event)
            times[test] = times.get(test, 0) + 1
    pairs = []
    for test in dict.fromkeys((*reported, *episodes)):
        reported_event, episode = reported.get(test), episodes.get(test)
        differences: list[tuple[str, str, str]] = []
        if reported_event is None:
            if episode is not None and episode.worst_grade >= UNREPORTED_FROM_GRADE:
                differences.append(
                    (
                        "report",
                        "none",
                        (
                            f"grade {episode.worst_grade} by the counts, days {episode.onset_day} to "
                            f"{episode.resolved_day or 'open'}"
                        ),
                    )
                )
        elif episode is None:
            # without a gradable count before treatment nothing can be derived, and nothing differs
            if test in with_baseline:
                differences.append(("report", reported_event.term, "reported, not seen in the counts"))
        elif first_day is not None:
            said = {
                "worst grade": (reported_event.grade, episode.worst_grade),
                "onset day": (_day(reported_event.on, first_day), episode.onset_day),
                "day of worst grade": (_day(reported_event.worst_on, first_day), episode.worst_day),
                "resolved day": (_day(reported_event.resolved, first_day), episode.resolved_day),
            }
            if said["day of worst grade"][0] is None:
                # the sender says nothing of it
                del said["day of worst grade"]
            differences += [
                (what, _or_none(ours), _or_none(theirs)) for what, (ours, theirs) in said.items() if ours != theirs
            ]
        if times.get(test, 0) > 1:
            differences.append(("report", f"{times[test]} events", "one episode, compared with the first"))
        pairs.append(
            CountsAgainstReport(
                subject=subject.id, test=test, reported=reported_event, derived=episode, differences=tuple(differences)
            )
        )
    return tuple(pairs)


def _or_none(value: int | None) -> str:
    return "none" if value is None else str(value)


def _day(when: When | None, first_day: date) -> int | None:
    on = whole(when)
    return study_day(on, first_day) if on is not None else None
