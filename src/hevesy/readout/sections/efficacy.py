"""Does it work: best response and response rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, table
from hevesy.names import slug, token
from hevesy.readout.figures.response import change_figure, swimmer_figure, waterfall_figure
from hevesy.readout.sections.numbers import number, share_number

if TYPE_CHECKING:
    from hevesy.conduct.efficacy import Best, ByCriteria, RateInGroup, RateOf, Responses
    from hevesy.follow.response.outcome import Response
    from hevesy.study.protocol.criteria import Criteria


def response(found: Responses) -> Section:
    """Best response per subject, rates by definition and denominator, and the figures.

    Each set of criteria by itself.
    """
    rates: list[Block] = []
    more: list[Block] = []
    for own in found.sets:
        suffix = f"-{slug(own.criteria.name)}" if len(found.sets) > 1 else ""
        rates.append(_rates(own, suffix))
        figures = (
            waterfall_figure(own.lanes, own.criteria, suffix),
            change_figure(own.lanes, own.criteria, suffix),
        )
        more += [figure for figure in figures if figure is not None]
        source = f"{own.criteria.source.work}, {own.criteria.source.locator}"
        more.append(said(f"Criteria: {worded(own.criteria)} ({source}). {_lacking(own)}"))
        more += _undated(own, suffix)
    warned: list[Block] = []
    if found.nobody_because:
        told = "; ".join(f"{because} ({n})" for because, n in found.nobody_because[:5])
        warned.append(said(f"Nobody could be judged: {told}.", tone="caution"))
    swimmer = swimmer_figure(found.on_study)
    lanes = (swimmer,) if swimmer is not None else ()
    return Section(id="response", title="Response", blocks=(*warned, *rates, _best(found.best), *lanes, *more))


def worded(criteria: Criteria) -> str:
    """The criteria with what they confirm."""
    return f"{criteria.name}, {criteria.confirmation}"


def _rates(own: ByCriteria, suffix: str) -> Table:
    return table(
        f"rates{suffix}",
        "Response rates" + (f", {own.criteria.name}" if suffix else ""),
        ("Rate and definition", "Of those", *(group.name for group in own.groups)),
        (
            (
                f"{one.rate.title} ({one.rate.meaning})",
                one.of.words,
                *(rate_cell(one, cell, own.criteria) for cell in one.by_group),
            )
            for one in own.rates
        ),
        "Exact 95 % intervals. The three denominators answer different questions and must not be exchanged.",
    )


def rate_cell(one: RateOf, cell: RateInGroup, criteria: Criteria) -> Number | str:
    """A response rate with its interval, for one denominator."""
    if cell.share is None:
        return f"not estimable: {cell.because}" if cell.because is not None else "nobody"
    return share_number(
        f"{one.rate.key}-{one.of.key}-{cell.group.id}",
        cell.share,
        label=f"{one.rate.title} of those {one.of.words}, {cell.group.name}",
        definition=f"{one.rate.title}: best response {one.rate.meaning}, {worded(criteria)}",
        population=f"{one.of.words}, {cell.group.name}",
    )


def _lacking(own: ByCriteria) -> str:
    """What the criteria ask for and nobody delivered; or why visits could not be judged."""
    if own.criteria.looks_for:
        return " ".join(own.not_looked_for)
    if not own.not_judged:
        return "Every visit could be judged."
    told = "; ".join(shortened((f"{subject} on {visit.on} ({visit.because})" for subject, visit in own.not_judged), 10))
    return f"Visits that could not be judged: {told}."


def _undated(own: ByCriteria, suffix: str) -> list[Block]:
    """Assessments that are not known to the day, and were not used."""
    if not own.undated:
        return []
    count = number(
        f"undated-assessments{suffix}",
        sum(len(rows) for _, rows in own.undated),
        label=f"Assessments without a day, {own.criteria.name}",
        definition="rows of assessments whose date is not known to the day: they are not used",
        population="judged subjects",
        because=tuple(f"{subject}: {len(rows)}" for subject, rows in own.undated),
        rows=(row for _, rows in own.undated for row in rows),
    )
    return [said(count, " assessments are not known to the day and were not used.", tone="caution")]


def _best(best: Sequence[Best]) -> Table:
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
        map(_best_of, best),
    )


def _best_of(one: Best) -> tuple[Part, ...]:
    answer = one.response
    best = number(
        f"best-{token(one.subject)}",
        answer.best,
        label=f"Best response of {one.subject}",
        definition=f"best response, {worded(answer.criteria)}",
        population=f"subject {one.subject}",
        because=(
            answer.because,
            *shortened(answer.visits, told=lambda visit: f"{visit.on}: {visit.category} ({visit.because})"),
        ),
        rows=answer.rows,
        of=one.subject,
    )
    read = (
        f"{other.best}{f', progression {other.progression_on}' if other.progression_on else ''} (derived, {reader})"
        for reader, other in one.others
    )
    return (
        one.subject,
        one.arm,
        ", ".join(answer.followed[:6]) or "not measurable",
        best,
        answer.because,
        _progression(answer),
        ", ".join((*one.called, *read)) or "not delivered",
    )


def _progression(answer: Response) -> str:
    if answer.progression_on is not None:
        return f"{answer.progression_on}{' (confirmed)' if answer.criteria.progression_is_confirmed else ''}"
    if answer.unconfirmed_progression_on is not None:
        return f"{answer.unconfirmed_progression_on}, awaiting confirmation"
    return "none by the cut"
