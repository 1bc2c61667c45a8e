"""Is it safe: adverse events, events of interest, blood counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import Listing, listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Row, Table, table
from hevesy.names import slug, token, told_apart
from hevesy.readout.sections.counts import blood_counts, supportive_care
from hevesy.readout.sections.numbers import number, zero_event_parts
from hevesy.readout.wording import percent, three_figures

if TYPE_CHECKING:
    from hevesy.conduct.blood_counts import BloodCounts, Care
    from hevesy.conduct.groups import Group
    from hevesy.conduct.narratives import Narrative
    from hevesy.conduct.safety import Asked, RateKind, RateOfEvents, Safety, TermCount, WorstAfterCut
    from hevesy.follow.adverse_events import Tally, TermRow

EMERGENT = "adverse events that began, or became worst, on or after the day of the first administration"
GRADED = "CTCAE grade at its worst"


def safety(
    found: Safety | None, counts: BloodCounts | None, care: Sequence[Care] | None, laboratory_delivered: bool
) -> Section:
    """Adverse events and blood counts of the treated."""
    blocks: list[Block] = []
    if found is not None:
        blocks += _tallies(found)
        blocks += _asked(found)
        blocks += [_terms(found), _over_time(found)]
        blocks += _relation_not_known(found)
        blocks += _worst_after_cut(found)
        blocks += _serious(found)
    else:
        blocks.append(said("No adverse events have been delivered: nothing can be said about them.", tone="caution"))
    if counts is not None:
        blocks += blood_counts(counts)
    elif not laboratory_delivered:
        blocks.append(said("No laboratory values have been delivered.", tone="caution"))
    blocks += supportive_care(care)
    return Section(id="safety", title="Safety", blocks=tuple(blocks))


def _worst_after_cut(found: Safety) -> list[Block]:
    if not found.worst_after_cut:
        return []
    text = "Worst after the cut; the grade at the cut is not known unless the counts give it:"
    return [said(text, tone="caution"), listed(*shortened(map(_grade_at_cut, found.worst_after_cut)))]


def _grade_at_cut(one: WorstAfterCut) -> str:
    grade = (
        "grade at cut not known"
        if one.grade_by_counts is None
        else f"grade {one.grade_by_counts} by the counts up to the cut"
    )
    return f"{one.event.subject}: {one.event.term}, began {one.event.on}: {grade}"


def _serious(found: Safety) -> list[Block]:
    if not found.serious:
        return []
    told = tuple((_narrative(one, place), f": {one.words}") for place, one in enumerate(found.serious, 1))
    return [said("Serious events, from the record alone:"), Listing(items=told)]


def _narrative(one: Narrative, place: int) -> Number:
    return number(
        f"serious-{token(one.subject)}-{place}",
        one.term,
        label=f"Serious event of {one.subject}: {one.term}",
        definition="an adverse event delivered as serious",
        population=f"subject {one.subject}",
        because=(one.words,),
        rows=one.rows,
    )


def _tallies(found: Safety) -> list[Block]:
    rows = [_tally_row(found, measure) for measure in MEASURES]
    blocks: list[Block] = [
        table("adverse-events", "Adverse events", ("", *(group.name for group in found.groups)), rows)
    ]
    ungraded = [counted for _, counted in found.tallies if counted.events > counted.graded]
    if ungraded:
        counted = ungraded[-1]
        text = (
            f"{counted.events - counted.graded} of {counted.events} adverse events have no CTCAE grade; "
            "a severity word is not turned into one."
        )
        blocks.append(said(text, tone="caution"))
    return blocks


Tallied = tuple[float | None, str]
"""A value of a tally, and how it is shown with what is not known of it."""


def _tally_row(found: Safety, measure: Measure) -> tuple[Part, ...]:
    return (measure.title, *(_tally(measure, group, counted) for group, counted in found.tallies))


def _tally(measure: Measure, group: Group, counted: Tally) -> Number:
    value, text = measure.tallied(counted)
    return number(
        f"{measure.key}-{group.id}",
        value,
        text,
        label=f"{measure.title}, {group.name}",
        definition=measure.definition,
        population=f"treated, {group.name} (n={counted.subjects})",
        because=(f"{counted.events} events in {counted.subjects} treated subjects, {counted.graded} with a grade",),
        rows=counted.rows,
    )


def in_short(found: Safety) -> tuple[Part | None, ...]:
    """Events of all groups together, how many were serious, median and worst grade, as part of a sentence."""

    def told(measure: Measure) -> Number | None:
        return _tally(measure, *found.tallies[-1]) if found.tallies else None

    return (
        told(EVENTS),
        " adverse events, serious: ",
        told(SERIOUS),
        ", median grade ",
        told(MEDIAN_GRADE),
        ", worst grade ",
        told(WORST_GRADE),
    )


def _shown(value: float | None, form: str = "") -> Tallied:
    return value, "none graded" if value is None else format(value, form)


def _worst(counted: Tally) -> Tallied:
    value, text = _shown(counted.worst_grade)
    ungraded = counted.events - counted.graded
    return value, f"{text} ({ungraded} not graded)" if value is not None and ungraded else text


def _how_many_serious(counted: Tally) -> Tallied:
    unknown = counted.serious_not_known
    if unknown and unknown == counted.events:
        return None, "not known"
    return counted.serious, f"{counted.serious} ({unknown} not known)" if unknown else str(counted.serious)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A row of the first table: its title, the id of its numbers, what it means, and what of a tally it shows."""

    title: str
    key: str
    definition: str
    tallied: Callable[[Tally], Tallied]


EVENTS = Measure(
    title="Adverse events", key="ae-events", definition=EMERGENT, tallied=lambda counted: _shown(counted.events)
)
MEDIAN_GRADE = Measure(
    title="Median grade",
    key="ae-median-grade",
    definition=f"median over events of the {GRADED}",
    tallied=lambda counted: _shown(counted.median_grade, "g"),
)
WORST_GRADE = Measure(title="Worst grade", key="ae-worst-grade", definition=f"highest {GRADED}", tallied=_worst)
SERIOUS = Measure(
    title="Serious",
    key="ae-serious",
    definition=f"{EMERGENT}, delivered as serious; what is not known yet is said beside",
    tallied=_how_many_serious,
)
MEASURES = (
    Measure(
        title="Treated subjects",
        key="ae-n",
        definition="subjects with an administration on record: the denominator",
        tallied=lambda counted: _shown(counted.subjects),
    ),
    Measure(
        title="With any adverse event",
        key="ae-any",
        definition=f"treated subjects with {EMERGENT}",
        tallied=lambda counted: _shown(counted.with_any),
    ),
    EVENTS,
    Measure(
        title="Events per treated subject",
        key="ae-per-subject",
        definition=f"{EMERGENT}, divided by treated subjects",
        tallied=lambda counted: _shown(counted.per_subject, ".2f"),
    ),
    MEDIAN_GRADE,
    WORST_GRADE,
    SERIOUS,
)


def _relation_not_known(found: Safety) -> list[Block]:
    """Events whose relation was not said, or is told in words that are not known."""
    relations = found.relation_not_known
    if not relations:
        return []
    count = number(
        "ae-relation-not-known",
        sum(times for _, times in relations),
        label="Adverse events whose relation is not known",
        definition=(
            "adverse events whose relation to the study treatment was not delivered, or in words that are not known"
        ),
        population="treated",
        because=tuple(f"{word}: {times}" for word, times in relations[:40]),
        rows=found.relation_rows,
    )
    told = ", ".join(f"{word} ({times})" for word, times in relations[:6])
    text = (
        f" events are not among those held related, since their relation is not known: {told}. Words of your own: "
        "study.related_words."
    )
    return [said(count, text, tone="caution")]


def _over_time(found: Safety) -> Table:
    """Events and first events over the time at risk."""
    return table(
        "adverse-event-rates",
        "Adverse events per 100 patient-years",
        ("", "Counted", *(group.name for group in found.groups)),
        (
            (kind.title, "first event" if kind.first else "all events", *(_rate(kind, one) for one in kind.by_group))
            for kind in found.rates
        ),
        "From day 1 to the last day known alive. Exact Poisson limits; a rate takes for granted that the risk "
        "stays the same.",
    )


def _rate(kind: RateKind, one: RateOfEvents) -> Part:
    """A number with its limits, bounds where some events are not known to count, or that it is not known."""
    least, most = one.least, one.most
    if least is None or most is None:
        return "no time at risk"
    value: float | None = None
    if not one.unknown:
        value = least.rate
        text = f"{three_figures(least.rate)} ({three_figures(least.lower)} to {three_figures(least.upper)})"
    elif one.unknown == one.events:
        text = f"not known: no event has a {one.lacking}"
    else:
        text = (
            f"at least {three_figures(least.rate)}, at most {three_figures(most.rate)} ({one.unknown} of {one.events} "
            f"without a {one.lacking})"
        )
    lacking = (f"{one.unknown} events without a {one.lacking}",) if one.unknown else ()
    return number(
        f"ae-rate-{kind.key}-{'first' if kind.first else 'all'}-{one.group.id}",
        value,
        text,
        label=f"{kind.title}, {'first event' if kind.first else 'all events'} per 100 patient-years, {one.group.name}",
        definition="subjects over the time until their first event"
        if kind.first
        else "events over all the time watched",
        population=f"treated, {one.group.name} (n={one.at_risk})",
        because=(f"{least.events} over {100 * least.at_risk:.2f} patient-years", *lacking),
        rows=one.rows,
    )


def _asked(found: Safety) -> list[Block]:
    if not found.asked:
        return []
    return [said("Events the protocol asks about by name:"), Listing(items=tuple(map(_one_asked, found.asked)))]


def _one_asked(one: Asked) -> tuple[Part, ...]:
    event, found = one.event, one.found
    because: tuple[str, ...] = ()
    if found.zero is not None:
        because = (found.zero.sentence,)
    elif found.interval is not None:
        limits = f"{percent(found.interval.lower)} to {percent(found.interval.upper)}"
        because = (f"95 % interval {limits} (Clopper-Pearson)",)
    counted = number(
        f"interest-{slug(event.name)}",
        found.subjects,
        f"{found.subjects} of {found.n}",
        label=event.name,
        definition=f"treated subjects with any of: {', '.join((*event.terms, *event.organ_classes))}",
        population=f"treated (n={found.n})",
        because=because,
        rows=one.rows,
    )
    if found.zero is not None:
        told = zero_event_parts(f"interest-{slug(event.name)}", event.name, found.zero, f"treated (n={found.n})")
        return (f"{event.name.capitalize()}: ", counted, *told)
    return (f"{event.name.capitalize()}: ", counted, f"; {because[0]}." if because else ".")


def _terms(found: Safety) -> Table:
    """Subjects per organ class and term at the worst grade, a column per arm."""
    ids = told_apart(
        {_place(one): f"{slug(one.organ_class)}-{slug(one.term) if one.term else 'any-term'}" for one in found.terms}
    )
    rows = []
    for one in found.terms:
        cells = (
            _term(one, row, group, ids[_place(one)]) for group, row in zip(found.groups, one.by_group, strict=True)
        )
        rows.append(Row(cells=(one.term or one.organ_class, *cells), level=int(one.term is not None)))
    return table(
        "adverse-events-by-term",
        "Subjects by system organ class and term, at worst grade",
        ("Organ class and term", *(group.name for group in found.groups)),
        rows,
    )


def _place(one: TermCount) -> str:
    return f"{one.organ_class} / {one.term}"


def _term(one: TermCount, row: TermRow | None, group: Group, id: str) -> Part:
    if row is None:
        return "0"
    n = len(group.treated)
    grades = ", ".join(
        f"{'not graded' if grade is None else f'grade {grade}'}: {count}"
        for grade, count in sorted(row.by_grade.items(), key=lambda pair: -1 if pair[0] is None else pair[0])
    )
    return number(
        f"ae-{id}-{group.id}",
        row.subjects,
        f"{row.subjects} ({percent(row.subjects / n, 0)}) {grades}",
        label=f"{one.term or one.organ_class}, {group.name}",
        definition="treated subjects with the term (or any of its organ class), each at the worst grade",
        population=f"treated, {group.name} (n={n})",
        because=(grades,),
        rows=row.rows,
    )
