"""How long until progression and death: Kaplan-Meier with numbers at risk, and each subject's time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.names import token
from hevesy.readout.figures.survival import survival_figure
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import months, span

if TYPE_CHECKING:
    from datetime import date

    from hevesy.conduct.groups import Group
    from hevesy.conduct.times import SubjectTime, Survival
    from hevesy.follow.survival import SurvivalSummary


def survival(found: Survival) -> Section:
    """One endpoint: its definition, a summary by group, the curves, and every subject's time."""
    key, title = found.endpoint.key, found.endpoint.title
    blocks: list[Block] = [said(f"{found.definition.capitalize()}.")]
    if found.died_without_day:
        text = (
            f"The day of death is not recorded for {', '.join(found.died_without_day)}: it is not counted as an event, "
            "and the figures here are too favourable."
        )
        blocks.append(said(text, tone="caution"))
    drawn = [
        (place, group.name, summary)
        for place, (group, summary) in zip(found.places, found.groups, strict=True)
        if place is not None
    ]
    blocks += [_summaries(found), survival_figure(f"{key}-curve", title, drawn), _each(found)]
    return Section(id=key, title=title, blocks=tuple(blocks))


def _summaries(found: Survival) -> Table:
    return table(
        found.endpoint.key,
        found.endpoint.title,
        ("Arm", "Events", "Median (95 % interval)", "Mean", "Median follow-up (reverse Kaplan-Meier)"),
        (_summary(found, group, summary) for group, summary in found.groups),
        "Kaplan-Meier, log-log intervals; at S(t) = 0.50 exactly the median is the midpoint of the flat stretch "
        "(as in R). The day of the first infusion counts as day 1. A month is 30.4375 days.",
    )


def _summary(found: Survival, group: Group, summary: SurvivalSummary) -> tuple[Part, ...]:
    events, mean, follow_up = summary.curve.events, summary.mean, summary.follow_up.estimate
    followed = f"{months(follow_up)}" + (f" ({follow_up:g} d)" if follow_up is not None else "")
    return (
        group.name,
        _cell(found, group, summary, "events", events, f"{events} of {summary.curve.n}", "number of events"),
        median_of(found, group, summary),
        _cell(
            found,
            group,
            summary,
            "mean",
            mean.days,
            f"{mean.days:.1f} d ({mean.label})",
            "mean of the times; with censored ones only a lower bound",
        ),
        _cell(found, group, summary, "follow-up", follow_up, followed, "median follow-up by reverse Kaplan-Meier"),
    )


def median_of(found: Survival, group: Group, summary: SurvivalSummary) -> Number:
    """The median time of a group."""
    meaning = "Kaplan-Meier median with log-log 95 % interval"
    return _cell(found, group, summary, "median", summary.median.estimate, span(summary.median), meaning)


def _cell(
    found: Survival, group: Group, summary: SurvivalSummary, part: str, value: float | None, text: str, meaning: str
) -> Number:
    return number(
        f"{found.endpoint.key}-{part}-{group.id}",
        value,
        text,
        label=f"{found.endpoint.title}, {part.replace('-', ' ')}, {group.name}",
        definition=f"{meaning}; {found.definition}",
        population=f"treated, {group.name} (n={summary.curve.n})",
        because=shortened(
            summary.times, told=lambda time: f"{time.subject}: {time.time_d}{'' if time.observed else '+'} d"
        ),
        rows=(row for time in summary.times for row in time.rows),
    )


def _each(found: Survival) -> Table:
    bracketed = ("Progression came",) if found.endpoint.bracketed else ()
    return table(
        f"{found.endpoint.key}-by-subject",
        f"{found.endpoint.title} by subject",
        ("Subject", "Arm", "From", "End", of_numbers("Days"), "", *bracketed, "Because"),
        (_by_subject(found, one) for one in found.each),
    )


def _by_subject(found: Survival, one: SubjectTime) -> tuple[Part, ...]:
    time = one.time
    days = number(
        f"{found.endpoint.key}-{token(one.subject)}",
        time.time_d,
        f"{time.time_d}{'' if time.observed else '+'}",
        label=f"{found.endpoint.title} of {one.subject}",
        definition=found.definition,
        population=f"subject {one.subject}",
        because=(time.because,),
        rows=time.rows,
        of=one.subject,
    )
    return (
        one.subject,
        one.arm,
        str(time.start),
        str(time.end),
        days,
        "event" if time.observed else "censored",
        *((_between(one.between),) if found.endpoint.bracketed else ()),
        time.because,
    )


def _between(days: tuple[date, date | None] | None) -> str:
    """Progression is seen at a visit and came between two."""
    if days is None:
        return ""
    after, by = days
    return f"after {after}" + (f", by {by}" if by is not None else ", if at all")
