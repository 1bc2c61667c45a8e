"""Adverse events of a study, counted: per group, by term, over time at risk, those asked about by name, the serious."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.groups import Group, columns
from hevesy.conduct.narratives import Narrative, serious_events
from hevesy.follow.adverse_events import OfInterest, Tally, TermRow, by_term, emergent, of_interest, tally
from hevesy.follow.ctcae import TERM
from hevesy.follow.incidence import AtRisk, Occurrence, at_risk_of, first_events, held_related, occurrences
from hevesy.stats.rates import Rate, rate
from hevesy.study.dates import DAYS_PER_YEAR
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.protocol import EventOfInterest

Lacking = Literal["grade", "relation"]
"""What must be known of an event before it is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCount:
    """An organ class, or a term of one (None: the class), and its subjects in each group (None: nobody)."""

    organ_class: str
    term: str | None
    by_group: tuple[TermRow | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateOfEvents:
    """Events over the time at risk of a group, per 100 patient-years, between two where not all is known of some.

    `least` counts those that surely belong, `most` also those of which it is not known; both None: no time at risk.
    """

    group: Group
    at_risk: int
    least: Rate | None
    most: Rate | None
    events: int
    """Of any kind."""
    unknown: int
    """Of which it is not known whether they count."""
    lacking: Lacking | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateKind:
    """One kind of event: its first in each subject, or all of them, in every group."""

    key: str
    title: str
    first: bool
    by_group: tuple[RateOfEvents, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An event the protocol asks about by name, counted; `rows` also where nobody had it: those looked at."""

    event: EventOfInterest
    found: OfInterest
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstAfterCut:
    """An event that was at its worst after the cut, and the grade that the counts show up to the cut (None: none)."""

    event: AdverseEvent
    grade_by_counts: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """Adverse events of the treated, in the groups of every table."""

    tallies: tuple[tuple[Group, Tally], ...]
    asked: tuple[Asked, ...]
    terms: tuple[TermCount, ...]
    rates: tuple[RateKind, ...]
    relation_not_known: tuple[tuple[str, int], ...]
    """Words of relation that say nothing, and how many events have them."""
    relation_rows: tuple[int, ...]
    worst_after_cut: tuple[WorstAfterCut, ...]
    serious: tuple[Narrative, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """The columns."""
        return tuple(group for group, _ in self.tallies)


def safety(analysis: Analysis) -> Safety | None:
    """Adverse events of the treated; None where none have been delivered: nothing can be said about them."""
    if "adverse_event" not in analysis.study.delivered_kinds:
        return None
    groups, words = columns(analysis), analysis.study.protocol.related_words
    relations, rows = _relation_not_known(analysis.treated, words)
    return Safety(
        tallies=tuple((group, tally(group.subjects)) for group in groups),
        asked=_asked(analysis),
        terms=_terms(groups),
        rates=_rates(groups, words),
        relation_not_known=relations,
        relation_rows=rows,
        worst_after_cut=tuple(
            WorstAfterCut(event=event, grade_by_counts=_grade_at_cut(item, event.term))
            for item in analysis.treated
            for event in item.subject.of(AdverseEvent)
            if event.worst_after_cut
        ),
        serious=serious_events(analysis),
    )


def _grade_at_cut(item: SubjectAnalysis, term: str) -> int | None:
    course = next((course for course in item.counts.courses if TERM[course.test] == term), None)
    return None if course is None else course.worst_grade


def _relation_not_known(
    treated: Iterable[SubjectAnalysis], words: Sequence[str]
) -> tuple[tuple[tuple[str, int], ...], tuple[int, ...]]:
    """Events whose relation was not said, or is told in words that are not known: the words, and the rows."""
    found = [
        event for item in treated for event in emergent(item.subject) if held_related(event.related, words) is None
    ]
    relations = Counter((event.related or "").strip() or "nothing delivered" for event in found)
    return tuple(relations.most_common()), tuple(event.row for event in found)


def _asked(analysis: Analysis) -> tuple[Asked, ...]:
    subjects = [item.subject for item in analysis.assigned]
    looked_at = tuple(event.row for item in analysis.treated for event in item.subject.of(AdverseEvent))
    counted = [(event, of_interest(subjects, event)) for event in analysis.study.protocol.events_of_interest]
    return tuple(Asked(event=event, found=found, rows=found.rows or looked_at) for event, found in counted if found.n)


def _terms(groups: Sequence[Group]) -> tuple[TermCount, ...]:
    """Subjects per organ class and term at the worst grade, in the order of the last group."""
    if not groups:
        return ()
    every = [by_term(item.subject for item in group.treated) for group in groups]
    known = [{_folded(row): row for row in rows} for rows in every]
    return tuple(
        TermCount(organ_class=row.organ_class, term=row.term, by_group=tuple(own.get(_folded(row)) for own in known))
        for row in every[-1]
    )


def _folded(row: TermRow) -> tuple[str, str | None]:
    return row.organ_class.casefold(), row.term.casefold() if row.term is not None else None


@dataclass(frozen=True, slots=True)
class _Watched:
    """A group with its time at risk and its events."""

    group: Group
    at_risk: tuple[AtRisk, ...]
    events: tuple[Occurrence, ...]
    rows: tuple[int, ...]


def _rates(groups: Sequence[Group], related_words: Sequence[str]) -> tuple[RateKind, ...]:
    """Events and first events over the time at risk, for any event, the severe and those held related.

    What was not delivered is not counted as no: where grade or relation is known of some events only, the rate lies
    between two.
    """
    kinds: tuple[tuple[str, str, Lacking | None, Callable[[Occurrence], bool | None]], ...] = (
        ("any", "Any adverse event", None, lambda event: True),
        (
            "grade3",
            "Grade 3 or worse",
            "grade",
            lambda event: None if event.grade is None else event.grade >= 3,
        ),
        ("related", "Held related", "relation", lambda event: event.related),
    )
    watched = [
        _Watched(
            group,
            at_risk_of(group.subjects, group.name),
            occurrences(group.subjects, related_words),
            tuple(event.row for subject in group.subjects for event in subject.of(AdverseEvent)),
        )
        for group in groups
    ]
    return tuple(
        RateKind(
            key=key,
            title=title,
            first=first,
            by_group=tuple(_rate(one, title, lacking, counted, first) for one in watched),
        )
        for key, title, lacking, counted in kinds
        for first in (True, False)
    )


def _rate(
    watched: _Watched,
    title: str,
    lacking: Lacking | None,
    counted: Callable[[Occurrence], bool | None],
    first: bool,
) -> RateOfEvents:
    every = [replace(event, term=title) for event in watched.events] if first else list(watched.events)
    answers = [counted(event) for event in every]
    surely = [event for event, answer in zip(every, answers, strict=True) if answer]
    perhaps = [event for event, answer in zip(every, answers, strict=True) if answer is not False]

    def per_100_years(events: list[Occurrence]) -> Rate | None:
        if first:
            return first_events(events, watched.at_risk, title)[0].per_100_years if watched.at_risk else None
        days = sum(one.days or 0.0 for one in watched.at_risk)
        return rate(len(events), days / DAYS_PER_YEAR / 100) if days > 0 else None

    return RateOfEvents(
        group=watched.group,
        at_risk=len(watched.at_risk),
        least=per_100_years(surely),
        most=per_100_years(perhaps),
        events=len(every),
        unknown=sum(answer is None for answer in answers),
        lacking=lacking,
        rows=watched.rows,
    )
