"""Responses of a study: rates by definition and denominator, each set of criteria by itself, and everybody's best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.groups import Group, OfOne, Share, arm_groups, columns, share_of
from hevesy.follow.response.outcome import Response, Visit
from hevesy.study.dates import study_day
from hevesy.study.facts.response import Assessment, ReportedResponse
from hevesy.study.protocol.criteria import HEADLINES, Criteria, Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Denominator:
    """Of whom a rate is told."""

    key: str
    words: str
    inside: Callable[[SubjectAnalysis], bool]


ENROLLED = Denominator(key="enrolled", words="enrolled", inside=lambda item: True)
TREATED = Denominator(key="treated", words="treated", inside=lambda item: item.subject.treated)
EVALUABLE = Denominator(key="evaluable", words="response-evaluable", inside=lambda item: item.response_evaluable)

NOBODY_JUDGED = "nobody could be judged"
ONLY_PROGRESSION = "only progression could be judged, since nobody says whether there were new lesions"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateInGroup:
    """A response rate of a group for one denominator: its share; None: nobody, or not estimable because."""

    group: Group
    share: Share | None
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateOf:
    """A rate for one denominator, in every group."""

    rate: Rate
    of: Denominator
    by_group: tuple[RateInGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What is drawn of one subject's response: change from baseline by study day, the best of them, the response."""

    subject: str
    best: str
    best_change_percent: float | None
    changes: tuple[tuple[int, float], ...]
    """Day 1 at 0 %, then the visits; empty: no visit, or day 1 is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCriteria:
    """Those judged by one set of criteria."""

    criteria: Criteria
    groups: tuple[Group, ...]
    rates: tuple[RateOf, ...]
    lanes: tuple[tuple[str, tuple[Lane, ...]], ...]
    """By arm: every arm keeps its place, so that it keeps its colour; those judged by other criteria are empty."""
    not_looked_for: tuple[str, ...]
    """What the criteria ask for and nobody delivered."""
    not_judged: tuple[tuple[str, Visit], ...]
    """Subject and visit that could not be judged."""
    undated: tuple[tuple[str, tuple[int, ...]], ...]
    """Rows of assessments by subject that are not known to the day, and were not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """One subject's response, what others called, and what their readings would say."""

    subject: str
    arm: str
    response: Response
    called: tuple[str, ...]
    others: tuple[tuple[str, Response], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnStudy:
    """One subject from the first infusion to the last day known alive."""

    subject: str
    alive_d: int
    died: bool
    because: str
    progression_free_d: int | None
    progressed: bool
    """Or died: the end of the time without progression was seen."""
    best: str | None
    improved_on: date | None
    improved_day: int | None
    """Study day of the best response, where that is better than stable disease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Responses of those assigned."""

    sets: tuple[ByCriteria, ...]
    best: tuple[Best, ...]
    on_study: tuple[tuple[str, tuple[OnStudy, ...]], ...]
    """Treated subjects by arm."""
    nobody_because: tuple[tuple[str, int], ...]
    """Where nobody could be judged: why, and how many; else empty."""


def responses(analysis: Analysis) -> Responses | None:
    """Response rates, best responses and what figures show; None where the protocol asks for none or nothing came."""
    judged = [(item, item.response) for item in analysis.assigned if item.response is not None]
    if not judged:
        return None
    by_criteria: dict[str, list[tuple[SubjectAnalysis, Response]]] = {}
    for item, response in judged:
        by_criteria.setdefault(response.criteria.name, []).append((item, response))
    unjudged = Counter(response.because for _, response in judged if not response.evaluable)
    return Responses(
        sets=tuple(_by_criteria(analysis, own) for own in by_criteria.values()),
        best=tuple(_best(item, response) for item, response in judged),
        on_study=tuple((group.name, _on_study(group.treated)) for group in arm_groups(analysis)),
        nobody_because=tuple(unjudged.most_common()) if sum(unjudged.values()) == len(judged) else (),
    )


def _by_criteria(analysis: Analysis, own: Sequence[tuple[SubjectAnalysis, Response]]) -> ByCriteria:
    criteria, arms = own[0][1].criteria, {item.arm for item, _ in own}
    groups = tuple(group for group in columns(analysis) if {item.arm for item in group.members} <= arms)
    blind = {group.id: only_progression_could_be_judged(group.members) for group in groups}
    return ByCriteria(
        criteria=criteria,
        groups=groups,
        rates=tuple(
            RateOf(
                rate=rate,
                of=of,
                by_group=tuple(_rate_in(rate, criteria, group, of, blind[group.id]) for group in groups),
            )
            for rate in criteria.rates
            for of in (ENROLLED, TREATED, EVALUABLE)
        ),
        lanes=tuple(
            (group.name, tuple(_lane(item) for item in group.treated if item.arm in arms))
            for group in arm_groups(analysis)
        ),
        not_looked_for=criteria.not_delivered(one for item, _ in own for one in item.subject.of(Assessment)),
        not_judged=tuple((item.subject.id, visit) for item, response in own for visit in response.not_evaluable),
        undated=tuple((item.subject.id, response.undated) for item, response in own if response.undated),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The rate that sums a study up: of the response-evaluable of a group, by their criteria."""

    criteria: Criteria
    rate: RateOf
    cell: RateInGroup


def headline(found: Responses, group: Group) -> Headline | None:
    """The rate of a group by which a study is summed up; None where none can be given."""
    known = [
        Headline(criteria=own.criteria, rate=one, cell=cell)
        for own in found.sets
        for one in own.rates
        for cell in one.by_group
        if one.of is EVALUABLE and cell.group.id == group.id and cell.share is not None
    ]
    return next((one for key in HEADLINES for one in known if one.rate.rate.key == key), None)


def _rate_in(rate: Rate, criteria: Criteria, group: Group, of: Denominator, only_progression: bool) -> RateInGroup:
    """A response rate of those of a group who are inside the denominator."""
    members = [item for item in group.members if of.inside(item)]
    if not members:
        return RateInGroup(group=group, share=None)
    if not any(item.response_evaluable for item in members):
        return RateInGroup(group=group, share=None, because=NOBODY_JUDGED)
    if only_progression:
        return RateInGroup(group=group, share=None, because=ONLY_PROGRESSION)
    return RateInGroup(
        group=group,
        share=share_of(
            OfOne(
                subject=item.subject.id,
                holds=item.response is not None and criteria.counts(item.response.best, rate),
                told=item.response.best if item.response else "NE",
                rows=item.response.rows if item.response is not None else (item.subject.enrolment.row,),
            )
            for item in members
        ),
    )


def only_progression_could_be_judged(members: Sequence[SubjectAnalysis]) -> bool:
    """Whether all who could be judged progressed, and others could not be for want of a word on new lesions.

    0 by omission.
    """
    answers = [item.response for item in members if item.response is not None]
    evaluable = [response for response in answers if response.evaluable]
    unasked = [
        response
        for response in answers
        if not response.evaluable and any("new lesion" in visit.because for visit in response.not_evaluable)
    ]
    return bool(evaluable and unasked) and all(response.best in response.criteria.progression for response in evaluable)


def _best(item: SubjectAnalysis, response: Response) -> Best:
    called = {f"{one.response} ({one.evaluator or 'reported'})" for one in item.subject.of(ReportedResponse)}
    return Best(
        subject=item.subject.id,
        arm=item.arm.name if item.arm else "",
        response=response,
        called=tuple(sorted(called)),
        others=item.other_readings,
    )


def _lane(item: SubjectAnalysis) -> Lane:
    response, first_day = item.response, item.subject.day_1
    changes: list[tuple[int, float]] = []
    if response is not None and response.visits and first_day is not None:
        changes = [(1, 0.0)]
        changes += [
            (study_day(visit.on, first_day), visit.change_percent)
            for visit in response.visits
            if visit.change_percent is not None
        ]
    return Lane(
        subject=item.subject.id,
        best=response.best if response is not None else "NE",
        best_change_percent=response.best_change_percent if response is not None else None,
        changes=tuple(changes),
    )


def _on_study(members: Sequence[SubjectAnalysis]) -> tuple[OnStudy, ...]:
    found = []
    for item in members:
        alive, pfs, first_day = item.times.overall, item.times.progression_free, item.subject.day_1
        if alive is None or first_day is None:
            continue
        improved = item.response.improved_on if item.response is not None else None
        found.append(
            OnStudy(
                subject=item.subject.id,
                alive_d=alive.time_d,
                died=alive.observed,
                because=alive.because,
                progression_free_d=pfs.time_d if pfs is not None else None,
                progressed=pfs is not None and pfs.observed,
                best=item.response.best if item.response is not None else None,
                improved_on=improved,
                improved_day=study_day(improved, first_day) if improved is not None else None,
            )
        )
    return tuple(found)
