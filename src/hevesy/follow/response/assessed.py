"""Response of a study's subject from what was assessed.

Lesions, findings at visits, serum IgM, or the proteins of myeloma.

The baseline is what was last told of each lesion and finding up to the day of the first infusion.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import import_module

from hevesy.errors import RuleError
from hevesy.follow.response import imwg
from hevesy.follow.response.called import BestResponse, best_response
from hevesy.follow.response.findings import (
    Findings,
    baseline_of,
    lymphoma_visit,
    of_each_day,
    small_target_nodes,
    tumour_visit,
    unknown_targets,
    visits_of,
)
from hevesy.follow.response.imwg_rules import RULE_SETS
from hevesy.follow.response.lymphoma import IgMVisit, LymphomaResponse, iwwm, lugano
from hevesy.follow.response.outcome import Response, Visit, not_evaluable
from hevesy.follow.response.readers import of_reader
from hevesy.follow.response.tumour import NODE_mm, TumourVisit, rano, recist, too_early_to_tell
from hevesy.study.called import Called
from hevesy.study.dates import When, earliest
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.response import Assessment, IgMAssessment, Lesion, TumourAssessment
from hevesy.study.facts.treatment import SubsequentTherapy
from hevesy.study.protocol import Confirming
from hevesy.study.protocol.criteria import CRITERIA, Criteria, criteria_named
from hevesy.study.subject import Subject


@dataclass(frozen=True, slots=True)
class Radiotherapy:
    """When radiotherapy of the tumour ended; None: it is not known."""

    ended_on: When | None


def response_of(
    subject: Subject,
    criteria: str,
    evaluator: str | None = None,
    stable_after_d: int = 0,
    confirming: Confirming = "as-good",
    new_lesions_listed: bool = False,
) -> Response:
    """Response of a subject by named criteria.

    Of several readers `evaluator` says whose counts (one reader needs no name).

    A response that came after other treatment of the disease began is not counted; progression is, and the censoring
    rule has its say. Stable disease by size or IgM counts from so many days after the first infusion
    (`stable_after_d`).
    """
    begun = min((earliest(one.on) for one in subject.of(SubsequentTherapy) if one.on is not None), default=None)
    first = subject.day_1
    stable_from = first + timedelta(days=stable_after_d) if first is not None and stable_after_d else None
    response = _response(subject, criteria, evaluator, begun, stable_from, confirming, new_lesions_listed)
    kinds: dict[str, tuple[Fact, ...]] = {"iwwm": subject.of(IgMAssessment)} | dict.fromkeys(
        RULE_SETS, subject.of(Assessment)
    )
    used = kinds.get(criteria, (*subject.of(Lesion), *subject.of(TumourAssessment)))
    return replace(
        response, other_therapy_on=begun, undated=tuple(event.row for event in used if not isinstance(event.on, date))
    )


def _response(
    subject: Subject,
    criteria: str,
    evaluator: str | None,
    other_therapy_on: date | None,
    stable_from: date | None,
    confirming: Confirming,
    new_lesions_listed: bool,
) -> Response:
    rules = criteria_named(criteria)
    if criteria in RULE_SETS:
        return imwg.assess(subject, RULE_SETS[criteria], other_therapy_on)
    own = (subject.enrolment.row,)
    if criteria == "imwg":
        return not_evaluable(subject.id, rules, "the protocol does not say which year's IMWG criteria", own)
    first_day = subject.day_1
    if first_day is None:
        return not_evaluable(subject.id, rules, "no administration recorded", own)
    try:
        if criteria == "iwwm":
            dated, doubts = of_each_day(subject.of(IgMAssessment))
            before = [one for on, one in dated if on <= first_day and one.igm_g_per_dL is not None]
            if not before:
                return not_evaluable(subject.id, rules, "no serum IgM before treatment", own)
            visits = [before[-1], *(one for on, one in dated if on > first_day)]
            by_igm = from_igm(subject.id, visits, other_therapy_on, stable_from, confirming)
            return replace(by_igm, because="; ".join((by_igm.because, *doubts)))
        seen = findings_of(subject, evaluator, new_lesions_listed)
        before_treatment = [one for one in seen if one.on <= first_day]
        if not before_treatment:
            return not_evaluable(subject.id, rules, "no tumour assessment before treatment", own)
        later = (one for one in seen if one.on > first_day)
        radiotherapy = Radiotherapy(subject.enrolment.radiotherapy_end)
        return from_findings(
            subject.id,
            criteria,
            [baseline_of(before_treatment), *later],
            other_therapy_on,
            stable_from,
            confirming,
            radiotherapy,
        )
    except ValueError as error:
        return not_evaluable(subject.id, rules, str(error), own)


def findings_of(subject: Subject, evaluator: str | None, new_lesions_listed: bool = False) -> tuple[Findings, ...]:
    """The visits of the reader that counts, in order of day; ValueError says why there are none.

    `new_lesions_listed`: the delivery holds every new lesion, so that a visit that tells of none had none.
    """
    if not subject.of(Lesion) and not subject.of(TumourAssessment):
        raise RuleError("no tumour assessment delivered")
    everything: tuple[Lesion | TumourAssessment, ...] = (*subject.of(Lesion), *subject.of(TumourAssessment))
    chosen = {event.row for event in of_reader(everything, evaluator)}
    return visits_of(
        [lesion for lesion in subject.of(Lesion) if lesion.row in chosen],
        [one for one in subject.of(TumourAssessment) if one.row in chosen],
        new_lesions_listed,
    )


def from_findings(
    subject: str,
    criteria: str,
    visits: Sequence[Findings],
    other_therapy_on: date | None = None,
    stable_from: date | None = None,
    confirming: Confirming = "as-good",
    radiotherapy: Radiotherapy | None = None,
) -> Response:
    """Response by RECIST, RANO, Lugano or criteria of a file of their own; the first visit is the baseline."""
    rules, baseline = criteria_named(criteria), visits[0]
    rows = {one.row: one.rows for one in visits}
    judge = _by_lugano if criteria == "lugano-2014" else _judge_of(criteria)
    if judge is not None:
        followed, read = judge(visits)
    else:
        tumours = [tumour_visit(one, baseline, criteria) for one in visits]
        if because := _nothing_to_follow(tumours[0], baseline, criteria):
            return not_evaluable(subject, rules, because, rows[baseline.row])
        followed = tuple(baseline.of("target")) or ("target lesions, as summed by the sender",)
        read = _by_size(tumours, visits, criteria, rules, radiotherapy)
    return outcome_of_visits(
        subject, rules, followed, baseline.row, read, rows, other_therapy_on, stable_from, confirming=confirming
    )


def _by_lugano(visits: Sequence[Findings]) -> tuple[tuple[str, ...], Sequence[Visit]]:
    """What is followed, and what each visit after the baseline says by PET or CT."""
    read = [_by_pet_or_ct(one) for one in lugano([lymphoma_visit(one, visits[0]) for one in visits])]
    return tuple(lesion.lesion for lesion in visits[0].lesions) or ("uptake",), read


def _nothing_to_follow(tumour: TumourVisit, baseline: Findings, criteria: str) -> str:
    """Why no response can be told from a baseline; empty: one can."""
    if tumour.target is None and tumour.non_target is None:
        return "no lesion to follow at baseline"
    if criteria == "recist-1.1" and (small := small_target_nodes(baseline)):
        return (
            f"{', '.join(small)}: a target node has a short axis of 15 mm or more at baseline, "
            f"and below {NODE_mm:g} mm none is left"
        )
    return ""


def _by_size(
    tumours: Sequence[TumourVisit],
    visits: Sequence[Findings],
    criteria: str,
    rules: Criteria,
    radiotherapy: Radiotherapy | None,
) -> list[Visit]:
    """What each visit after the baseline says by RECIST or RANO."""
    answers = (
        recist(tumours) if criteria == "recist-1.1" else rano(tumours, "2010" if criteria == "rano-2010" else "2.0")
    )
    read = []
    for one, tumour, visit in zip(answers, tumours[1:], visits[1:], strict=True):
        category, because = one.response, one.because
        if unknown := unknown_targets(visit, visits[0]):
            because += f"; {', '.join(unknown)} was no target at baseline (a new lesion has the role new)"
        if radiotherapy is not None and criteria.startswith("rano") and category in rules.progression:
            outside = visit.also.outside_field if visit.also is not None else None
            early = too_early_to_tell(one.on, visits[0].on, radiotherapy.ended_on, outside)
            category, because = (category, because) if early is None else ("NE", f"{because}; {early}")
        read.append(
            Visit(
                on=one.on,
                value=tumour.target,
                change_percent=one.change_percent,
                category=category,
                because=because,
                row=one.row,
            )
        )
    return read


Judge = Callable[[Sequence[Findings]], tuple[tuple[str, ...], Sequence[Visit]]]
"""From the visits of a reader, the baseline first: the names of what is followed, and what each later visit says."""


def _judge_of(criteria: str) -> Judge | None:
    """Of criteria that come as a file: its `judge`, in the file of this room called like that of their words."""
    file = CRITERIA.file_of(criteria)
    if file == "shipped":
        return None
    judge: Judge = import_module(f"hevesy.follow.response.{file}").judge
    return judge


def from_igm(
    subject: str,
    assessments: Sequence[IgMAssessment],
    other_therapy_on: date | None = None,
    stable_from: date | None = None,
    confirming: Confirming = "as-good",
) -> Response:
    """Response by IWWM; the first assessment is the baseline.

    A rise is progression once the next evaluable visit shows one too.
    """
    visits = [_igm(one.on, one) for one in assessments if isinstance(one.on, date)]
    read: list[Visit] = []
    awaiting = None
    answers = iwwm(visits)
    for place, (one, visit) in enumerate(zip(answers, visits[1:], strict=True)):
        category, because = one.response, one.because
        if category == "PD" and not visit.clinical_progression:
            following = next((other for other in answers[place + 1 :] if other.response != "NE"), None)
            if following is None:
                awaiting = one.on
            elif following.response != "PD":
                category, because = "NE", f"{because}; not borne out on {following.on}"
        read.append(
            Visit(
                on=one.on,
                value=visit.igm_g_per_dL,
                change_percent=one.change_percent,
                category=category,
                because=because,
                row=one.row,
            )
        )
    return outcome_of_visits(
        subject,
        criteria_named("iwwm"),
        ("serum IgM",),
        visits[0].row,
        read,
        {},
        other_therapy_on,
        stable_from,
        awaiting,
        confirming,
    )


def _igm(on: date, one: IgMAssessment) -> IgMVisit:
    return IgMVisit(
        row=one.row,
        on=on,
        igm_g_per_dL=one.igm_g_per_dL,
        immunofixation=one.immunofixation,
        igm_normal=one.igm_normal,
        marrow_normal=one.marrow_normal,
        extramedullary_gone=one.extramedullary_gone,
        clinical_progression=one.clinical_progression,
    )


def _by_pet_or_ct(one: LymphomaResponse) -> Visit:
    """By PET where its score is evaluable, otherwise by CT."""
    by_pet = one.metabolic not in (None, "NE") or one.anatomic is None
    word = one.metabolic if by_pet else one.anatomic
    both = f"PET: {one.metabolic_because}; CT: {one.anatomic or 'not done'} ({one.anatomic_because})"
    return Visit(
        on=one.on, value=None, change_percent=one.change_percent, category=word or "NE", because=both, row=one.row
    )


def outcome_of_visits(
    subject: str,
    rules: Criteria,
    followed: tuple[str, ...],
    baseline_row: int,
    read: Sequence[Visit],
    rows_of: dict[int, tuple[int, ...]],
    other_therapy_on: date | None = None,
    stable_from: date | None = None,
    awaiting: date | None = None,
    confirming: Confirming = "as-good",
) -> Response:
    """Best response up to the first progression or other therapy, and when progression came.

    `awaiting`: one that needs a second look.
    """
    start = rows_of.get(baseline_row, (baseline_row,))
    course = _course(rules, read, awaiting)
    if not course.counted:
        told = next((f" ({visit.because})" for visit in reversed(read)), "")
        because = f"no evaluable assessment after treatment{told}"
        return not_evaluable(subject, rules, because, start, course.silent, followed, course.awaiting)
    in_time = [visit for visit in course.counted if other_therapy_on is None or visit.on <= other_therapy_on]
    if not in_time:
        because = f"no evaluable assessment before other treatment began on {other_therapy_on}"
        response = not_evaluable(subject, rules, because, start, course.silent, followed, course.awaiting)
    else:
        # visits that say nothing count between a response and the one that bears it out
        silent = (visit for visit in course.silent if visit.on <= in_time[-1].on)
        together = sorted((*in_time, *silent), key=lambda visit: visit.on)
        best, response_on = _best_and_when(subject, rules, together, stable_from, confirming)
        chosen = next((visit for visit in in_time if visit.on == best.on), in_time[0])
        late = f"; visits after other treatment began on {other_therapy_on} do not count"
        response = Response(
            subject=subject,
            criteria=rules,
            followed=followed,
            visits=(),
            not_evaluable=course.silent,
            best=best.best,
            because=f"{best.because}: {chosen.because}{late if len(in_time) < len(course.counted) else ''}",
            rows=tuple(dict.fromkeys((*start, *(row for one in best.rows for row in rows_of.get(one, (one,)))))),
            response_on=response_on,
            unconfirmed_progression_on=course.awaiting,
        )
    last = course.until[-1].row if course.until else None
    return replace(
        response,
        visits=course.evaluable,
        progression_on=None if course.progression is None else course.progression.on,
        without_progression=course.until,
        last_rows=start if last is None else rows_of.get(last, (last,)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """Visits that say something and those that do not, and the former up to the first progression."""

    evaluable: tuple[Visit, ...]
    silent: tuple[Visit, ...]
    until: tuple[Visit, ...]
    """Without progression."""
    progression: Visit | None
    awaiting: date | None
    """Of a progression that a second look has not borne out yet."""

    @property
    def counted(self) -> tuple[Visit, ...]:
        """What is called after progression is no response to this treatment."""
        return self.until if self.progression is None else (*self.until, self.progression)


def _course(rules: Criteria, read: Sequence[Visit], awaiting: date | None) -> _Course:
    """`awaiting`: the day of a progression that needs a second look."""
    evaluable = tuple(visit for visit in read if rules.standing(visit.category) is not None)
    until = tuple(itertools.takewhile(lambda visit: rules.without_progression(visit.category), evaluable))
    ended = evaluable[len(until)] if len(until) < len(evaluable) else None
    open_yet = ended is not None and ended.on == awaiting
    return _Course(
        evaluable=evaluable,
        silent=tuple(visit for visit in read if rules.standing(visit.category) is None),
        until=until,
        progression=None if open_yet else ended,
        awaiting=awaiting if open_yet else None,
    )


def _best_and_when(
    subject: str, rules: Criteria, visits: Sequence[Visit], stable_from: date | None, confirming: Confirming
) -> tuple[BestResponse, date | None]:
    """The best response of visits, and the day of the first response that later ones bear out."""
    called = [_called(subject, visit) for visit in visits]

    def best_of(own: Sequence[Called], stable: date | None = None) -> BestResponse:
        return best_response(
            own, rules, confirmed_after_d=rules.confirmed_after_d, stable_from=stable, confirming=confirming
        )

    borne_out = (
        visit.on
        for place, visit in enumerate(visits)
        if rules.without_progression(visit.category)
        and rules.responded(visit.category)
        and rules.responded(best_of(called[place:]).best)
    )
    return best_of(called, stable_from), next(borne_out, None)


def _called(subject: str, visit: Visit) -> Called:
    return Called(
        subject=subject, row=visit.row, visit=str(visit.on), visit_number=0.0, on=visit.on, response=visit.category
    )
