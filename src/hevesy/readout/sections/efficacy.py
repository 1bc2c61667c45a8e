"""Does it work: response with its rates, and the times to progression and death."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.follow.endpoints import rule_of
from hevesy.follow.response.criteria import Criteria, Rate
from hevesy.follow.survival import SurvivalSummary, TimeToEvent, summarise
from hevesy.names import slug, token
from hevesy.readout.figures.response import change_figure, swimmer_figure, waterfall_figure
from hevesy.readout.figures.survival import survival_figure
from hevesy.readout.sections.groups import Group, arm_groups, columns, number, share
from hevesy.readout.statement import Block, Number, Paragraph, Part, Section, Table
from hevesy.readout.wording import months, shortened, span

DENOMINATORS: tuple[tuple[str, str, Callable[[SubjectAnalysis], bool]], ...] = (
    ("enrolled", "enrolled", lambda item: True),
    ("treated", "treated", lambda item: item.subject.treated),
    ("evaluable", "response-evaluable", lambda item: item.response is not None and item.response.evaluable),
)


def best_rows(item: SubjectAnalysis) -> tuple[int, ...]:
    """Rows behind a subject's best response."""
    return item.response.rows if item.response is not None else (item.subject.enrolment.row,)


def response(analysis: Analysis) -> Section | None:
    """Best response per subject, rates by definition and denominator, and the figures.

    Each set of criteria by itself.
    """
    judged = [item for item in analysis.assigned if item.response is not None]
    if not judged:
        return None
    sets = tuple(dict.fromkeys(item.response.criteria.name for item in judged if item.response is not None))
    rates: list[Block] = []
    more: list[Block] = []
    for name in sets:
        own = [item for item in judged if item.response is not None and item.response.criteria.name == name]
        assert own[0].response is not None
        criteria, suffix = own[0].response.criteria, f"-{slug(name)}" if len(sets) > 1 else ""
        arms = {item.arm for item in own}
        groups = [group for group in columns(analysis) if {item.arm for item in group.members} <= arms]
        # every arm keeps its place, so that it keeps its colour; those judged by other criteria are empty here
        drawn = [
            (group.name, tuple(item for item in group.treated if item.arm in arms)) for group in arm_groups(analysis)
        ]
        rates.append(_rates(groups, criteria, suffix))
        figures = (waterfall_figure(drawn, criteria, suffix), change_figure(drawn, criteria, suffix))
        more += [figure for figure in figures if figure is not None]
        source = f"{criteria.source.work}, {criteria.source.locator}"
        more.append(Paragraph(parts=(f"Criteria: {_worded(criteria)} ({source}). {_not_looked_for(own, criteria)}",)))
        more += _undated(own, criteria, suffix)
    unjudged = Counter(
        item.response.because for item in judged if item.response is not None and not item.response.evaluable
    )
    warned: list[Block] = []
    if sum(unjudged.values()) == len(judged):
        told = "; ".join(f"{because} ({n})" for because, n in unjudged.most_common(5))
        warned.append(Paragraph(parts=(f"Nobody could be judged: {told}.",), tone="caution"))
    swimmer = swimmer_figure([(group.name, group.treated) for group in arm_groups(analysis)])
    drawn_lanes = (swimmer,) if swimmer is not None else ()
    return Section(id="response", title="Response", blocks=(*warned, *rates, _best(judged), *drawn_lanes, *more))


def share_of(
    rate: Rate, criteria: Criteria, group: Group, of: str, words: str, inside: Callable[[SubjectAnalysis], bool]
) -> Number | str:
    """A response rate with its interval, for one denominator."""
    members = [item for item in group.members if inside(item)]
    if not members:
        return "nobody"
    if not any(item.response is not None and item.response.evaluable for item in members):
        return "not estimable: nobody could be judged"
    if only_progression_could_be_judged(group.members):
        return "not estimable: only progression could be judged, since nobody says whether there were new lesions"
    return share(
        f"{rate.key}-{of}-{group.id}",
        [
            (
                item.response is not None and criteria.counts(item.response.best, rate),
                f"{item.subject.id}: {item.response.best if item.response else 'NE'}",
                best_rows(item),
            )
            for item in members
        ],
        label=f"{rate.title} of those {words}, {group.name}",
        definition=f"{rate.title}: best response {rate.meaning}, {_worded(criteria)}",
        population=f"{words}, {group.name}",
    )


def only_progression_could_be_judged(members: Sequence[SubjectAnalysis]) -> bool:
    """Whether all who could be judged progressed, and others could not be for want of a word on new lesions.

    0 by omission.
    """
    responses = [item.response for item in members if item.response is not None]
    judged = [response for response in responses if response.evaluable]
    unasked = [
        response
        for response in responses
        if not response.evaluable and any("new lesion" in visit.because for visit in response.not_evaluable)
    ]
    return bool(judged and unasked) and all(response.best in response.criteria.progression for response in judged)


def _worded(criteria: Criteria) -> str:
    return f"{criteria.name}, {criteria.confirmation}"


def _not_looked_for(judged: Sequence[SubjectAnalysis], criteria: Criteria) -> str:
    """What the criteria ask for and nobody delivered; or why visits could not be judged."""
    if not criteria.name.startswith("IMWG"):
        return _not_judged(judged)
    seen = [event for item in judged for event in item.subject.assessments]
    told = []
    if not any(event.serum_immunofixation and event.urine_immunofixation for event in seen):
        told.append("Immunofixation of serum and urine was not delivered, so that complete response is never called.")
    if not any(event.urine_m_protein_mg_per_24h is not None for event in seen):
        told.append("Urine M-protein was not delivered: disease measurable there only is not followed.")
    if not any(event.plasmacytoma_cm2 is not None or event.new_lesion is not None for event in seen):
        told.append("Plasmacytomas and new lesions were not delivered: progression by them is not seen.")
    told.append("MR is not defined where only light chains can be measured.")
    return " ".join(told)


def _undated(judged: Sequence[SubjectAnalysis], criteria: Criteria, suffix: str) -> list[Block]:
    """Assessments that are not known to the day, and were not used."""
    rows = {
        item.subject.id: item.response.undated for item in judged if item.response is not None and item.response.undated
    }
    if not rows:
        return []
    count = number(
        f"undated-assessments{suffix}",
        sum(map(len, rows.values())),
        label=f"Assessments without a day, {criteria.name}",
        definition="rows of assessments whose date is not known to the day: they are not used",
        population="judged subjects",
        because=tuple(f"{subject}: {len(own)}" for subject, own in rows.items()),
        rows=(row for own in rows.values() for row in own),
    )
    return [Paragraph(parts=(count, " assessments are not known to the day and were not used."), tone="caution")]


def _not_judged(judged: Sequence[SubjectAnalysis]) -> str:
    silent = [
        (item.subject.id, visit)
        for item in judged
        if item.response is not None
        for visit in item.response.not_evaluable
    ]
    if not silent:
        return "Every visit could be judged."
    told = "; ".join(shortened((f"{subject} on {visit.on} ({visit.because})" for subject, visit in silent), 10))
    return f"Visits that could not be judged: {told}."


def _rates(groups: Sequence[Group], criteria: Criteria, suffix: str) -> Table:
    rows: list[tuple[Part, ...]] = []
    for rate in criteria.rates:
        for of, words, inside in DENOMINATORS:
            cells = (share_of(rate, criteria, group, of, words, inside) for group in groups)
            rows.append((f"{rate.title} ({rate.meaning})", words, *cells))
    return Table(
        id=f"rates{suffix}",
        caption="Response rates" + (f", {criteria.name}" if suffix else ""),
        columns=("Rate and definition", "Of those", *(group.name for group in groups)),
        rows=tuple(rows),
        note="Exact 95 % intervals. The three denominators answer different questions and must not be exchanged.",
    )


def _best(judged: Sequence[SubjectAnalysis]) -> Table:
    rows: list[tuple[Part, ...]] = []
    for item in judged:
        answer = item.response
        assert answer is not None
        best = number(
            f"best-{token(item.subject.id)}",
            answer.best,
            label=f"Best response of {item.subject.id}",
            definition=f"best response, {_worded(answer.criteria)}",
            population=f"subject {item.subject.id}",
            because=(
                answer.because,
                *shortened(f"{visit.on}: {visit.category} ({visit.because})" for visit in answer.visits),
            ),
            rows=answer.rows,
        )
        if answer.progression_on is not None:
            progression = f"{answer.progression_on}" + (
                " (confirmed)" if answer.criteria.name.startswith("IMWG") else ""
            )
        elif answer.unconfirmed_progression_on is not None:
            progression = f"{answer.unconfirmed_progression_on}, awaiting confirmation"
        else:
            progression = "none by the cut"
        called = ", ".join(
            sorted(
                {
                    f"{reported.response} ({reported.evaluator or 'reported'})"
                    for reported in item.subject.reported_responses
                }
            )
        )
        read = [
            f"{other.best}{f', progression {other.progression_on}' if other.progression_on else ''} (derived, {reader})"
            for reader, other in item.other_readings
        ]
        called = ", ".join(part for part in (called, *read) if part)
        measured = ", ".join(answer.followed[:6]) or "not measurable"
        rows.append(
            (
                item.subject.id,
                item.arm.name if item.arm else "",
                measured,
                best,
                answer.because,
                progression,
                called or "not delivered",
            )
        )
    return Table(
        id="best-response",
        caption="Best response by subject",
        columns=(
            "Subject",
            "Arm",
            "Followed by",
            "Best",
            "Because",
            "Progression",
            "Others: called, or derived from their reading",
        ),
        rows=tuple(rows),
    )


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
    rows: list[tuple[Part, ...]] = []
    for group, summary in summaries:
        rows.append((group.name, *_row(key, title, definition, group, summary)))
    places = {group.id: place for place, group in enumerate(arm_groups(analysis))}
    drawn = [(places[group.id], group.name, summary) for group, summary in summaries if group.id in places]
    table = Table(
        id=key,
        caption=title,
        columns=("Arm", "Events", "Median (95 % interval)", "Mean", "Median follow-up (reverse Kaplan-Meier)"),
        rows=tuple(rows),
        note=(
            "Kaplan-Meier, log-log intervals; at S(t) = 0.50 exactly the median is the midpoint of the flat stretch "
            "(as in R). The day of the first infusion counts as day 1. A month is 30.4375 days."
        ),
    )
    per_subject: list[tuple[Part, ...]] = []
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
            per_subject.append(
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
    listing = Table(
        id=f"{key}-by-subject",
        caption=f"{title} by subject",
        columns=("Subject", "Arm", "From", "End", "Days", "", *(("Progression came",) if between else ()), "Because"),
        rows=tuple(per_subject),
    )
    blocks: list[Block] = [Paragraph(parts=(f"{definition.capitalize()}.",))]
    undated = [item.subject.id for item in analysis.treated if item.death is not None and item.death.day is None]
    if undated:
        names = ", ".join(undated)
        text = (
            f"The day of death is not recorded for {names}: it is not counted as an event, "
            "and the figures here are too favourable."
        )
        blocks.append(Paragraph(parts=(text,), tone="caution"))
    return Section(id=key, title=title, blocks=(*blocks, table, survival_figure(f"{key}-curve", title, drawn), listing))


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
