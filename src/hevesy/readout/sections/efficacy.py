"""Does it work: best response and response rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, table
from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.follow.response.criteria import Criteria, Rate
from hevesy.names import slug, token
from hevesy.readout.figures.response import change_figure, swimmer_figure, waterfall_figure
from hevesy.readout.sections.groups import Group, arm_groups, columns, number, share
from hevesy.readout.wording import shortened

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
        more.append(said(f"Criteria: {_worded(criteria)} ({source}). {_not_looked_for(own, criteria)}"))
        more += _undated(own, criteria, suffix)
    unjudged = Counter(
        item.response.because for item in judged if item.response is not None and not item.response.evaluable
    )
    warned: list[Block] = []
    if sum(unjudged.values()) == len(judged):
        told = "; ".join(f"{because} ({n})" for because, n in unjudged.most_common(5))
        warned.append(said(f"Nobody could be judged: {told}.", tone="caution"))
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
    return [said(count, " assessments are not known to the day and were not used.", tone="caution")]


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
    return table(
        f"rates{suffix}",
        "Response rates" + (f", {criteria.name}" if suffix else ""),
        ("Rate and definition", "Of those", *(group.name for group in groups)),
        rows,
        "Exact 95 % intervals. The three denominators answer different questions and must not be exchanged.",
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
    return table(
        "best-response",
        "Best response by subject",
        (
            "Subject",
            "Arm",
            "Followed by",
            "Best",
            "Because",
            "Progression",
            "Others: called, or derived from their reading",
        ),
        rows,
    )
