"""Where the subjects come from: enrolment, what is missing, departures from the plan and adverse events by centre."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Cell, Number, Part, Shown
from hevesy.blocks.prose import Listing, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.names import slug, told_apart
from hevesy.readout.sections.numbers import head_count, number, share_number, zero_event_parts
from hevesy.readout.wording import p_value, three_figures

if TYPE_CHECKING:
    from hevesy.conduct.analysis import SubjectAnalysis
    from hevesy.conduct.centres import Centre, CentreEvents, Centres, Departure, HowMany, Kept, Lack
    from hevesy.conduct.centres_compared import Compared, Comparison, Side


def centres(found: Centres) -> Section:
    """Each centre in the order of the names; what differs by an exact test, and what could not."""
    blocks: list[Block] = [_enrolment(found.centres)]
    blocks += [said(_alike(names), tone="caution") for names in found.alike]
    if found.kinds_lacking:
        blocks.append(_lacking(found))
    if any(centre.kept is not None for centre in found.centres):
        blocks.append(_departures(found))
    if any(centre.events is not None for centre in found.centres):
        blocks.append(_events(found.centres))
        blocks += _without_events(found.centres)
    else:
        blocks.append(said("No adverse events have been delivered: no centre can be told apart by them."))
    blocks += _compared(found.compared)
    return Section(id="centres", title="Centres", blocks=tuple(blocks))


def _alike(names: Sequence[str]) -> str:
    return (
        f"{' and '.join(names)} read the same and are written in {len(names)} ways: kept apart here; "
        "if they are one centre, correct the codes."
    )


def _enrolment(each: Sequence[Centre]) -> Table:
    return table(
        "centres",
        "Subjects by centre",
        (
            "Centre",
            *map(of_numbers, ("Subjects", "Enrolled", "Treated")),
            "First enrolment",
            "Last enrolment",
            of_numbers("Without a day"),
        ),
        map(_enrolled, each),
        "In the order of their names. Subjects: all in the record, also those who were never assigned to an arm.",
    )


def _enrolled(centre: Centre) -> tuple[Part, ...]:
    group = centre.group

    def count(part: str, members: Sequence[SubjectAnalysis], meaning: str) -> Number:
        return head_count(
            f"{group.id}-{part}",
            members,
            label=f"{part.capitalize()}, {group.name}",
            definition=meaning,
            population=f"centre {group.name}" if centre.told else "subjects whose centre is not told",
        )

    return (
        group.name,
        count("subjects", group.members, "subjects in the record"),
        count("enrolled", centre.enrolled, "subjects assigned to an arm of the protocol"),
        count("treated", group.treated, "subjects with an administration on record"),
        str(centre.first or "none"),
        str(centre.last or "none"),
        str(centre.undated),
    )


def _lacking(found: Centres) -> Table:
    """How often each kind of gap occurs, and in how many subjects."""
    kinds = _ids(found.kinds_lacking)
    rows: list[tuple[Part, ...]] = [
        (one.group.name, *(_lack(one, kind, id) for kind, id in kinds.items())) for one in found.centres
    ]
    return table(
        "centres-lacking",
        "What the record lacks or leaves open, by centre",
        ("Centre", *map(of_numbers, map(_capital, kinds))),
        rows,
        "How often, and in how many of the centre's subjects; every single one stands under data quality.",
    )


def _ids(kinds: Iterable[str]) -> dict[str, str]:
    return told_apart({kind: slug(kind) for kind in kinds})


def _lack(centre: Centre, kind: str, id: str) -> Number:
    theirs = [one for one in centre.lacks if one.kind == kind]
    subjects = len({one.subject for one in theirs})
    return number(
        f"{centre.group.id}-lacks-{id}",
        len(theirs),
        f"{len(theirs)} in {subjects} of {len(centre.group.members)}",
        label=f"{_capital(kind)}, {centre.group.name}",
        definition=f"{kind}: reported, never filled in",
        population=f"subjects of {centre.group.name} (n={len(centre.group.members)})",
        because=_each(theirs),
        rows=(row for one in theirs for row in one.rows),
    )


def _each(found: Sequence[Lack] | Sequence[Departure]) -> tuple[str, ...]:
    return shortened(f"{one.subject}: {one.told}" for one in found) or ("none",)


def _departures(found: Centres) -> Table:
    kinds = _ids(found.kinds_departed)
    return table(
        "centres-departures",
        "Given other than planned, by centre",
        (
            "Centre",
            "Subjects with a departure (95 %)",
            *map(of_numbers, map(_capital, kinds)),
        ),
        (_departed(one, one.kept, kinds) for one in found.centres if one.kept is not None),
        "Activity, regimen and drugs given along, as under exposure.",
    )


def _departed(centre: Centre, kept: Kept, kinds: Mapping[str, str]) -> tuple[Part, ...]:
    share = _how_many(
        f"{centre.group.id}-departed",
        kept.departed,
        label=f"Subjects with a departure, {centre.group.name}",
        definition="subjects given an activity, infusions or a drug along other than planned",
        population=f"treated, {centre.group.name}",
    )
    return (centre.group.name, share, *(_kind(centre, kind, id, kept.departures) for kind, id in kinds.items()))


def _how_many(id: str, found: HowMany, *, label: str, definition: str, population: str) -> Part:
    """A share with its limits; between two numbers where it is not known of all: unknown is not no."""
    if not found.of:
        return "nobody treated"
    if found.share is not None:
        return share_number(id, found.share, label=label, definition=definition, population=population)
    every = (*found.known, *found.not_known)
    return number(
        id,
        found.least,
        f"at least {found.least}, at most {found.most} of {found.of}",
        label=label,
        definition=f"{definition}: those that surely are, those that may be",
        population=f"{population} (n={found.of})",
        because=(f"not known of {len(found.not_known)}", *shortened(f"{one.subject}: {one.told}" for one in every)),
        rows=(row for one in every for row in one.rows),
    )


def _kind(centre: Centre, kind: str, id: str, departures: Iterable[Departure]) -> Number:
    theirs = [one for one in departures if one.kind == kind]
    return number(
        f"{centre.group.id}-departed-{id}",
        len(theirs),
        label=f"{_capital(kind)}, {centre.group.name}",
        definition=f"{kind}: times, of all treated subjects of the centre",
        population=f"treated, {centre.group.name} (n={len(centre.group.treated)})",
        because=_each(theirs),
        rows=(row for one in theirs for row in one.rows),
    )


def _events(each: Sequence[Centre]) -> Table:
    return table(
        "centres-events",
        "Adverse events by centre",
        (
            "Centre",
            "Subjects with any (95 %)",
            "Grade 3 or worse (95 %)",
            "Events per subject-month (95 %)",
            of_numbers("Most of one subject"),
        ),
        (_told(one, one.events) for one in each if one.events is not None),
        "From the first treatment on. Shares with exact limits (Clopper-Pearson), rates with exact Poisson limits, "
        "from day 1 to death or the last day known alive: too narrow where one subject has many of the events. "
        "A centre that watches longer has lower rates: most events come early.",
    )


def _told(centre: Centre, found: CentreEvents) -> tuple[Part, ...]:
    group, months = centre.group, found.per_month
    treated = f"treated, {group.name}"
    return (
        group.name,
        _how_many(
            f"{group.id}-ae-any",
            found.any,
            label=f"Subjects with an adverse event, {group.name}",
            definition="subjects with an adverse event that began, or became worst, from the first treatment on",
            population=treated,
        ),
        _how_many(
            f"{group.id}-ae-severe",
            found.severe,
            label=f"Subjects with grade 3 or worse, {group.name}",
            definition="treated subjects with an event of CTCAE grade 3 or worse",
            population=treated,
        ),
        "no time at risk"
        if months is None
        else number(
            f"{group.id}-ae-rate",
            months.rate,
            f"{months.events} over {months.at_risk:.1f}: {_figures(months.rate)} "
            f"({_figures(months.lower)} to {_figures(months.upper)})",
            label=f"Adverse events per subject-month, {group.name}",
            definition="events over the months at risk (of 30.4375 d), exact Poisson 95 % interval",
            population=f"{treated}, day 1 known (n={len(group.treated) - found.without_time})",
            because=(
                f"{found.most_of_one} events of the subject that has most",
                f"{found.without_time} treated without a known day 1 are not in it",
            ),
            rows=found.rows or (item.subject.enrolment.row for item in group.treated),
        ),
        str(found.most_of_one),
    )


def _figures(value: float) -> str:
    return "0" if value == 0 else three_figures(value)


def _without_events(each: Sequence[Centre]) -> list[Block]:
    """What a centre without any event permits to say."""
    told: list[tuple[Part, ...]] = []
    for one in each:
        if one.events is not None and one.events.zero is not None:
            n = one.events.zero.n
            population = f"treated, {one.group.name} (n={n})"
            bounds = zero_event_parts(
                f"{one.group.id}-ae", f"Any adverse event, {one.group.name}", one.events.zero, population
            )
            told.append((f"{one.group.name}: no adverse event in {n} treated", *bounds))
    return [Listing(items=tuple(told))] if told else []


def _compared(found: Compared | None) -> list[Block]:
    if found is None:
        return [said("Fewer than two centres have treated anybody: there is nothing to compare.")]
    blocks: list[Block] = []
    if found.comparisons:
        blocks.append(said(*_in_short(found)))
        if found.differing:
            blocks.append(Listing(items=tuple((_difference(one),) for one in found.differing)))
        blocks.append(_table(found.comparisons))
    elif not found.too_few:
        blocks.append(said("No measure tells any two subjects apart: there is nothing to compare."))
    return blocks + _too_few(found)


def _comparisons(found: Compared) -> str:
    n = len(found.comparisons)
    return f"{n} comparison{'' if n == 1 else 's'}"


def _in_short(found: Compared) -> tuple[Part, ...]:
    differing = number(
        "centres-differing",
        len(found.differing),
        label="Differences between centres",
        definition=(
            f"comparisons of a centre with all others together whose exact two-sided p, raised by Holm for "
            f"{_comparisons(found)}, is at most {found.level:g}"
        ),
        population=f"treated at centres with a name (n={found.treated})",
        because=shortened(map(_difference, found.differing)) or ("none",),
    )
    return (
        f"Each centre held against all the others by exact two-sided tests, {_comparisons(found)}: ",
        differing,
        " differ at 5 % after Holm. Many is no worse than few: conspicuously few events may be events that were not "
        "reported, many may come with the dose, the disease or a shorter watch. No difference found is not likeness.",
    )


def _difference(one: Comparison) -> str:
    return (
        f"{one.group.name}, {one.measure}: {_side(one, one.here)} against {_side(one, one.elsewhere)} elsewhere, "
        f"{'more' if one.above else 'fewer'} than there; p {p_value(one.p_value)}, "
        f"after Holm {p_value(one.adjusted)} ({one.test})"
    )


def _side(one: Comparison, side: Side) -> str:
    if one.watched is not None:
        return f"{side.least} in {side.of:.1f} subject-months"
    return f"{side.least if side.least == side.most else f'{side.least} to {side.most}'} of {side.of:g}"


def _table(comparisons: Iterable[Comparison]) -> Table:
    return table(
        "centres-compared",
        "Each centre against all the others",
        (
            "Centre",
            "Measure",
            "Here",
            "Elsewhere",
            "Median watch, months: here, elsewhere",
            "Test",
            of_numbers("p"),
            of_numbers("p after Holm"),
        ),
        map(_comparison, comparisons),
        "Where it is not known of all, p is the largest that what is not known allows. "
        "Events over time are compared subject by subject, since events of one come together; "
        "a longer watch has lower rates.",
        looked_up=True,
    )


def _comparison(one: Comparison) -> tuple[Cell, ...]:
    return (
        one.group.name,
        one.measure,
        _side(one, one.here),
        _side(one, one.elsewhere),
        "" if one.watched is None else f"{one.watched[0]:.1f}, {one.watched[1]:.1f}",
        one.test,
        Shown(one.p_value, p_value(one.p_value)),
        Shown(one.adjusted, p_value(one.adjusted)),
    )


def _too_few(found: Compared) -> list[Block]:
    """From which number on something could be said at all."""
    names = ", ".join(shortened(group.name for group in found.too_few))
    if not found.too_few:
        return []
    if found.least is None:
        return [
            said(
                f"Nothing can be said of any centre against the others: with {found.treated} treated at {names} "
                "no result could have differed at 5 % by an exact test, whatever was reported."
            )
        ]
    return [
        said(
            f"Nothing can be said of {names}: below {found.least} treated at a centre (or at all others together) no "
            f"result could differ at 5 % by an exact test over {found.treated} subjects with all such centres among "
            "the comparisons, whatever was reported."
        )
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
