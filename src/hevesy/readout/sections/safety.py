"""Is it safe: adverse events, events of interest, blood counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hevesy.blocks.number import Part
from hevesy.blocks.prose import Listing, listed, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Row, Table, table
from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.narratives import serious_events
from hevesy.follow.adverse_events import by_term, emergent, of_interest, tally
from hevesy.follow.ctcae import TERM
from hevesy.follow.incidence import AtRisk, Occurrence, at_risk_of, first_events, held_related, occurrences
from hevesy.names import slug, token, told_apart
from hevesy.readout.sections.counts import blood_counts, supportive_care
from hevesy.readout.sections.groups import Group, columns, number, zero_event_parts
from hevesy.readout.wording import percent, shortened, three_figures
from hevesy.stats.rates import Rate, rate
from hevesy.study.dates import DAYS_PER_YEAR

EMERGENT = "adverse events that began, or became worst, on or after the day of the first administration"


def safety(analysis: Analysis) -> Section:
    """Adverse events and blood counts of the treated."""
    groups = columns(analysis)
    blocks: list[Block] = []
    if "adverse_event" in analysis.study.delivered_kinds:
        blocks += _tallies(groups)
        blocks += _of_interest(analysis)
        blocks.append(_terms(groups))
        blocks.append(_over_time(groups, analysis.study.protocol.related_words))
        blocks += _relation_not_known(analysis)
        unknown = [
            (item, event) for item in analysis.treated for event in item.subject.adverse_events if event.worst_after_cut
        ]
        if unknown:
            blocks.append(
                said(
                    "Worst after the cut; the grade at the cut is not known unless the counts give it:", tone="caution"
                )
            )
            blocks.append(
                listed(
                    *shortened(
                        f"{item.subject.id}: {event.term}, began {event.on}: {_grade_at_cut(item, event.term)}"
                        for item, event in unknown
                    )
                )
            )
        told = serious_events(analysis)
        if told:
            blocks.append(said("Serious events, from the record alone:"))
            blocks.append(
                Listing(
                    items=tuple(
                        (
                            number(
                                f"serious-{token(one.subject)}-{place}",
                                one.term,
                                label=f"Serious event of {one.subject}: {one.term}",
                                definition="an adverse event delivered as serious",
                                population=f"subject {one.subject}",
                                because=(one.words,),
                                rows=one.rows,
                            ),
                            f": {one.words}",
                        )
                        for place, one in enumerate(told, 1)
                    )
                )
            )
    else:
        blocks.append(said("No adverse events have been delivered: nothing can be said about them.", tone="caution"))
    if any(item.courses for item in analysis.treated):
        blocks += blood_counts(analysis, groups)
    elif "laboratory" not in analysis.study.delivered_kinds:
        blocks.append(said("No laboratory values have been delivered.", tone="caution"))
    blocks += supportive_care(analysis)
    return Section(id="safety", title="Safety", blocks=tuple(blocks))


def _grade_at_cut(item: SubjectAnalysis, term: str) -> str:
    course = next((course for course in item.courses if TERM[course.test] == term), None)
    if course is None or course.worst_grade is None:
        return "grade at cut not known"
    return f"grade {course.worst_grade} by the counts up to the cut"


def _tallies(groups: Sequence[Group]) -> list[Block]:
    rows: list[tuple[Part, ...]] = []
    tallies = [(group, tally(group.subjects)) for group in groups]
    version = "CTCAE grade at its worst"

    def row(title: str, key: str, definition: str, of: str, text: str = "{}") -> None:
        cells = []
        for group, counted in tallies:
            value = getattr(counted, of)
            shown = "none graded" if value is None else text.format(value)
            if of == "serious" and counted.serious_not_known:
                shown = (
                    "not known"
                    if counted.serious_not_known == counted.events
                    else f"{shown} ({counted.serious_not_known} not known)"
                )
                value = None if counted.serious_not_known == counted.events else value
            if of == "worst_grade" and value is not None and counted.graded < counted.events:
                shown += f" ({counted.events - counted.graded} not graded)"
            cells.append(
                number(
                    f"{key}-{group.id}",
                    value,
                    shown,
                    label=f"{title}, {group.name}",
                    definition=definition,
                    population=f"treated, {group.name} (n={counted.subjects})",
                    because=(
                        f"{counted.events} events in {counted.subjects} treated subjects, {counted.graded} with a "
                        "grade",
                    ),
                    rows=counted.rows,
                )
            )
        rows.append((title, *cells))

    row("Treated subjects", "ae-n", "subjects with an administration on record: the denominator", "subjects")
    row("With any adverse event", "ae-any", f"treated subjects with {EMERGENT}", "with_any")
    row("Adverse events", "ae-events", EMERGENT, "events")
    row(
        "Events per treated subject",
        "ae-per-subject",
        f"{EMERGENT}, divided by treated subjects",
        "per_subject",
        "{:.2f}",
    )
    row("Median grade", "ae-median-grade", f"median over events of the {version}", "median_grade", "{:g}")
    row("Worst grade", "ae-worst-grade", f"highest {version}", "worst_grade")
    row("Serious", "ae-serious", f"{EMERGENT}, delivered as serious; what is not known yet is said beside", "serious")
    ungraded = [(group, counted) for group, counted in tallies if counted.events > counted.graded]
    made = table("adverse-events", "Adverse events", ("", *(group.name for group in groups)), rows)
    blocks: list[Block] = [made]
    if ungraded:
        _group, counted = ungraded[-1]
        missing = counted.events - counted.graded
        text = (
            f"{missing} of {counted.events} adverse events have no CTCAE grade; a severity word is not turned into one."
        )
        blocks.append(said(text, tone="caution"))
    return blocks


def _relation_not_known(analysis: Analysis) -> list[Block]:
    """Events whose relation was not said, or is told in words that are not known."""
    words = analysis.study.protocol.related_words
    found = [
        event
        for item in analysis.treated
        for event in emergent(item.subject)
        if held_related(event.related, words) is None
    ]
    if not found:
        return []
    relations = Counter((event.related or "").strip() or "nothing delivered" for event in found)
    count = number(
        "ae-relation-not-known",
        len(found),
        label="Adverse events whose relation is not known",
        definition=(
            "adverse events whose relation to the study treatment was not delivered, or in words that are not known"
        ),
        population="treated",
        because=tuple(f"{word}: {times}" for word, times in relations.most_common(40)),
        rows=(event.row for event in found),
    )
    told = ", ".join(f"{word} ({times})" for word, times in relations.most_common(6))
    text = (
        f" events are not among those held related, since their relation is not known: {told}. Words of your own: "
        "study.related_words."
    )
    return [said(count, text, tone="caution")]


def _over_time(groups: Sequence[Group], related_words: Sequence[str]) -> Table:
    """Events and first events over the time at risk, for any event, the severe and those held related.

    What was not delivered is not counted as no: where grade or relation is known of some events only, the rate lies
    between two.
    """
    kinds: tuple[tuple[str, str, Callable[[Occurrence], bool | None]], ...] = (
        ("any", "Any adverse event", lambda event: True),
        ("grade3", "Grade 3 or worse", lambda event: None if event.grade is None else event.grade >= 3),
        ("related", "Held related", lambda event: event.related),
    )
    watched = [
        _Watched(
            group, tuple(at_risk_of(group.subjects, group.name)), tuple(occurrences(group.subjects, related_words))
        )
        for group in groups
    ]
    rows: list[tuple[Part, ...]] = []
    for key, title, counted in kinds:
        for first in (True, False):
            cells = [_rate_cell(one, key, title, counted, first) for one in watched]
            rows.append((title, "first event" if first else "all events", *cells))
    return table(
        "adverse-event-rates",
        "Adverse events per 100 patient-years",
        ("", "Counted", *(group.name for group in groups)),
        rows,
        "From day 1 to the last day known alive. Exact Poisson limits; a rate takes for granted that the risk "
        "stays the same.",
    )


@dataclass(frozen=True, slots=True)
class _Watched:
    """A group with its time at risk and its events."""

    group: Group
    at_risk: tuple[AtRisk, ...]
    events: tuple[Occurrence, ...]


def _rate_cell(
    watched: _Watched, key: str, title: str, counted: Callable[[Occurrence], bool | None], first: bool
) -> Part:
    """One rate of one group.

    A number with its limits, bounds where some events are not known to count, or that it is not known.
    """
    group, at_risk = watched.group, watched.at_risk
    every = [replace(event, term=title) for event in watched.events]
    answers = [counted(event) for event in every]
    surely = [event for event, answer in zip(every, answers, strict=True) if answer]
    perhaps = [event for event, answer in zip(every, answers, strict=True) if answer is not False]

    def per_100_years(events: list[Occurrence]) -> Rate | None:
        if first:
            return first_events(events, at_risk, title)[0].per_100_years if at_risk else None
        days = sum(one.days or 0.0 for one in at_risk)
        return rate(len(events), days / DAYS_PER_YEAR / 100) if days > 0 else None

    least, most = per_100_years(surely), per_100_years(perhaps)
    if least is None or most is None:
        return "no time at risk"
    what = {"grade3": "grade", "related": "relation"}.get(key, "")
    unknown = sum(answer is None for answer in answers)
    if not unknown:
        value: float | None = least.rate
        text = f"{three_figures(least.rate)} ({three_figures(least.lower)} to {three_figures(least.upper)})"
    elif unknown == len(every):
        value, text = None, f"not known: no event has a {what}"
    else:
        value, text = (
            None,
            (
                f"at least {three_figures(least.rate)}, at most {three_figures(most.rate)} ({unknown} of {len(every)} "
                f"without a {what})"
            ),
        )
    return number(
        f"ae-rate-{key}-{'first' if first else 'all'}-{group.id}",
        value,
        text,
        label=f"{title}, {'first event' if first else 'all events'} per 100 patient-years, {group.name}",
        definition="subjects over the time until their first event" if first else "events over all the time watched",
        population=f"treated, {group.name} (n={len(at_risk)})",
        because=(
            f"{least.events} over {100 * least.at_risk:.2f} patient-years",
            *((f"{unknown} events without a {what}",) if unknown else ()),
        ),
        rows=(event.row for subject in group.subjects for event in subject.adverse_events),
    )


def _of_interest(analysis: Analysis) -> list[Block]:
    items: list[tuple[Part, ...]] = []
    subjects = [item.subject for item in analysis.assigned]
    for event in analysis.study.protocol.events_of_interest:
        found = of_interest(subjects, event)
        if not found.n:
            continue
        because = (found.zero.sentence,) if found.zero is not None else ()
        if found.interval is not None and found.zero is None:
            because = (
                f"95 % interval {percent(found.interval.lower)} to {percent(found.interval.upper)} (Clopper-Pearson)",
            )
        counted = number(
            f"interest-{slug(event.name)}",
            found.subjects,
            f"{found.subjects} of {found.n}",
            label=event.name,
            definition=f"treated subjects with any of: {', '.join((*event.terms, *event.organ_classes))}",
            population=f"treated (n={found.n})",
            because=because,
            rows=found.rows
            or (row for item in analysis.treated for row in (ae.row for ae in item.subject.adverse_events)),
        )
        if found.zero is not None:
            told = zero_event_parts(f"interest-{slug(event.name)}", event.name, found.zero, f"treated (n={found.n})")
            items.append((f"{event.name.capitalize()}: ", counted, *told))
        else:
            items.append((f"{event.name.capitalize()}: ", counted, f"; {because[0]}." if because else "."))
    return [said("Events the protocol asks about by name:"), Listing(items=tuple(items))] if items else []


def _folded(organ_class: str, term: str | None) -> tuple[str, str | None]:
    return organ_class.casefold(), term.casefold() if term is not None else None


def _terms(groups: Sequence[Group]) -> Table:
    """Subjects per organ class and term at the worst grade, a column per arm."""
    per_group = {
        group.id: {_folded(row.organ_class, row.term): row for row in by_term(item.subject for item in group.treated)}
        for group in groups
    }
    order = (
        [(row.organ_class, row.term) for row in by_term(item.subject for item in groups[-1].treated)] if groups else []
    )
    ids = told_apart({f"{one} / {term}": f"{slug(one)}-{slug(term) if term else 'any-term'}" for one, term in order})
    rows: list[Row] = []
    for organ_class, term in order:
        cells: list[Part] = []
        for group in groups:
            row = per_group[group.id].get(_folded(organ_class, term))
            n = len(group.treated)
            if row is None:
                cells.append("0")
                continue
            grades = ", ".join(
                f"{'not graded' if grade is None else f'grade {grade}'}: {count}"
                for grade, count in sorted(row.by_grade.items(), key=lambda pair: -1 if pair[0] is None else pair[0])
            )
            cells.append(
                number(
                    f"ae-{ids[f'{organ_class} / {term}']}-{group.id}",
                    row.subjects,
                    f"{row.subjects} ({percent(row.subjects / n, 0)}) {grades}",
                    label=f"{term or organ_class}, {group.name}",
                    definition="treated subjects with the term (or any of its organ class), each at the worst grade",
                    population=f"treated, {group.name} (n={n})",
                    because=(grades,),
                    rows=row.rows,
                )
            )
        rows.append(Row(cells=(term or organ_class, *cells), level=int(term is not None)))
    return table(
        "adverse-events-by-term",
        "Subjects by system organ class and term, at worst grade",
        ("Organ class and term", *(group.name for group in groups)),
        rows,
    )
