"""How long until progression and death: Kaplan-Meier with numbers at risk, and each subject's time."""

from __future__ import annotations

from collections.abc import Callable

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.follow.endpoints import rule_of
from hevesy.follow.survival import SurvivalSummary, TimeToEvent, summarise
from hevesy.names import token
from hevesy.readout.figures.survival import survival_figure
from hevesy.readout.sections.groups import Group, arm_groups, columns, number
from hevesy.readout.wording import months, shortened, span


def times(analysis: Analysis) -> list[Section]:
    """Progression-free and overall survival.

    Of responders, when the response came and how long it lasted; event-free survival.
    """
    rule = rule_of(analysis.study.protocol.response)
    by_rule = "" if rule.name == "as seen" else f"; censored by the rule of {rule.name} ({rule.source})"
    endpoints: tuple[tuple[str, str, str, Callable[[SubjectAnalysis], TimeToEvent | None]], ...] = (
        (
            "pfs",
            "Progression-free survival",
            "days from day 1 (first infusion) to progression (confirmed where the criteria ask) or death; "
            "censored at the last assessment without progression" + by_rule,
            lambda item: item.progression_free,
        ),
        (
            "efs",
            "Event-free survival",
            "days from day 1 (first infusion) to progression, death or other treatment of the disease" + by_rule,
            lambda item: item.event_free,
        ),
        (
            "dor",
            "Duration of response",
            "days from the first response that counts to progression or death, of responders; "
            "censored at the last assessment without progression" + by_rule,
            lambda item: item.duration_of_response,
        ),
        (
            "ttr",
            "Time to response",
            "days from day 1 (first infusion) to the first response that counts, of responders",
            lambda item: item.time_to_response if item.duration_of_response is not None else None,
        ),
        (
            "os",
            "Overall survival",
            (
                "days from day 1 (first infusion) to death of any cause; censored at the last date known alive, "
                "never at the cut"
            ),
            lambda item: item.overall,
        ),
    )
    made = (_survival(analysis, key, title, definition, of) for key, title, definition, of in endpoints)
    return [section for section in made if section is not None]


def _survival(
    analysis: Analysis, key: str, title: str, definition: str, of: Callable[[SubjectAnalysis], TimeToEvent | None]
) -> Section | None:
    summaries = [
        (group, summarise(found))
        for group in columns(analysis)
        if (found := [time for item in group.treated if (time := of(item)) is not None])
    ]
    if not summaries:
        return None
    places = {group.id: place for place, group in enumerate(arm_groups(analysis))}
    drawn = [(places[group.id], group.name, summary) for group, summary in summaries if group.id in places]
    made = table(
        key,
        title,
        ("Arm", "Events", "Median (95 % interval)", "Mean", "Median follow-up (reverse Kaplan-Meier)"),
        ((group.name, *_row(key, title, definition, group, summary)) for group, summary in summaries),
        "Kaplan-Meier, log-log intervals; at S(t) = 0.50 exactly the median is the midpoint of the flat stretch "
        "(as in R). The day of the first infusion counts as day 1. A month is 30.4375 days.",
    )
    blocks: list[Block] = [said(f"{definition.capitalize()}.")]
    undated = [item.subject.id for item in analysis.treated if item.death is not None and item.death.day is None]
    if undated:
        names = ", ".join(undated)
        text = (
            f"The day of death is not recorded for {names}: it is not counted as an event, "
            "and the figures here are too favourable."
        )
        blocks.append(said(text, tone="caution"))
    curves, each = survival_figure(f"{key}-curve", title, drawn), _by_subject(analysis, key, title, definition, of)
    return Section(id=key, title=title, blocks=(*blocks, made, curves, each))


def _by_subject(
    analysis: Analysis, key: str, title: str, definition: str, of: Callable[[SubjectAnalysis], TimeToEvent | None]
) -> Table:
    rows: list[tuple[Part, ...]] = []
    between = key == "pfs"
    for item in analysis.treated:
        time = of(item)
        if time is not None:
            days = number(
                f"{key}-{token(item.subject.id)}",
                time.time_d,
                f"{time.time_d}{'' if time.observed else '+'}",
                label=f"{title} of {item.subject.id}",
                definition=definition,
                population=f"subject {item.subject.id}",
                because=(time.because,),
                rows=time.rows,
            )
            rows.append(
                (
                    item.subject.id,
                    item.arm.name if item.arm else "",
                    str(time.start),
                    str(time.end),
                    days,
                    "event" if time.observed else "censored",
                    *((_between(item),) if between else ()),
                    time.because,
                )
            )
    return table(
        f"{key}-by-subject",
        f"{title} by subject",
        (
            "Subject",
            "Arm",
            "From",
            "End",
            of_numbers("Days"),
            "",
            *(("Progression came",) if between else ()),
            "Because",
        ),
        rows,
    )


def _between(item: SubjectAnalysis) -> str:
    """Progression is seen at a visit and came between two."""
    if item.progression_between is None:
        return ""
    after, by = item.progression_between
    return f"after {after}" + (f", by {by}" if by is not None else ", if at all")


def _row(key: str, title: str, definition: str, group: Group, summary: SurvivalSummary) -> tuple[Number, ...]:
    rows = tuple(row for time in summary.times for row in time.rows)
    told = shortened(f"{time.subject}: {time.time_d}{'' if time.observed else '+'} d" for time in summary.times)
    population = f"treated, {group.name} (n={summary.curve.n})"

    def cell(part: str, value: float | None, text: str, meaning: str) -> Number:
        return number(
            f"{key}-{part}-{group.id}",
            value,
            text,
            label=f"{title}, {part.replace('-', ' ')}, {group.name}",
            definition=f"{meaning}; {definition}",
            population=population,
            because=told,
            rows=rows,
        )

    follow_up = summary.follow_up.estimate
    return (
        cell("events", summary.curve.events, f"{summary.curve.events} of {summary.curve.n}", "number of events"),
        cell("median", summary.median.estimate, span(summary.median), "Kaplan-Meier median with log-log 95 % interval"),
        cell(
            "mean",
            summary.mean.days,
            f"{summary.mean.days:.1f} d ({summary.mean.label})",
            "mean of the times; with censored ones only a lower bound",
        ),
        cell(
            "follow-up",
            follow_up,
            f"{months(follow_up)}" + (f" ({follow_up:g} d)" if follow_up is not None else ""),
            "median follow-up by reverse Kaplan-Meier",
        ),
    )
