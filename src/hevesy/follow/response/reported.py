"""Responses as others called them, brought to one reading: one reader, one answer a visit, in order of day.

A reader is an evaluator with an identifier, where one is delivered (INDEPENDENT ASSESSOR, RADIOLOGIST 1). Of several
readers of one evaluator the one whose reading was accepted counts. The method divides a reading only where one reader
gives two answers at one visit.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hevesy.errors import RuleError
from hevesy.follow.response.assessed import outcome_of_visits
from hevesy.follow.response.called import in_order_of_day, myeloma_outcome, same_visit, says_something
from hevesy.follow.response.outcome import Response, Visit, not_evaluable
from hevesy.follow.response.readers import of_reader, reader_of
from hevesy.study.called import Called
from hevesy.study.dates import earliest, whole
from hevesy.study.facts.response import ReportedResponse
from hevesy.study.facts.treatment import SubsequentTherapy
from hevesy.study.protocol import Confirming
from hevesy.study.protocol.criteria import Criteria, criteria_named
from hevesy.study.subject import Subject

CALLED = "responses as called"


def reading_of(
    events: Sequence[ReportedResponse], evaluator: str | None, method: str | None = None
) -> tuple[ReportedResponse, ...]:
    """The one reading that counts; ValueError says why there is none.

    `method`: the one that counts where a reader gives two answers.
    """
    own = of_reader(events, evaluator)
    if _twice(own) is not None:
        own = _by_method(own, method)
    twice = _twice(own)
    if twice is not None:
        first, second = twice
        where = second.visit or second.on
        raise RuleError(
            f"two answers of {reader_of(second) or 'one reader'} at {where} (rows {first.row} and {second.row})"
        )
    return own


def _twice(own: Sequence[ReportedResponse]) -> tuple[ReportedResponse, ReportedResponse] | None:
    """Two answers at one visit, or None."""
    answers = [event for event in own if says_something(event.response)]
    pairs = itertools.combinations(answers, 2)
    return next(
        (pair for pair in pairs if same_visit(pair[0].visit or "", pair[0].on, pair[1].visit or "", pair[1].on)), None
    )


def _by_method(own: tuple[ReportedResponse, ...], method: str | None) -> tuple[ReportedResponse, ...]:
    methods = sorted({event.method or "" for event in own})
    if len(methods) < 2:
        return own
    if method is None:
        told = " and by ".join(name or "no named method" for name in methods)
        raise RuleError(f"answers by {told} at one visit; the protocol does not name the one that counts")
    return tuple(event for event in own if event.method == method)


def called_of(events: Sequence[ReportedResponse], criteria: Criteria) -> tuple[Called, ...]:
    """One reading as responses called at visits, in order of day; a word that the criteria do not have says nothing."""
    called = [
        Called(
            subject=event.subject,
            row=event.row,
            visit=event.visit or str(event.on or f"row {event.row}"),
            visit_number=0.0,
            on=event.on,
            response=event.response if criteria.knows(event.response) else "NE",
            evaluator=reader_of(event),
            method=event.method or "",
            accepted=event.accepted,
        )
        for event in events
    ]
    return in_order_of_day(called)


def unknown_words(subject: Subject, criteria: Criteria) -> tuple[tuple[int, str], ...]:
    """Rows whose word is no response of the criteria, with the word: those visits are not evaluable."""
    return tuple(
        (event.row, event.response) for event in by_these(subject, criteria) if not criteria.knows(event.response)
    )


def by_these(subject: Subject, criteria: Criteria) -> tuple[ReportedResponse, ...]:
    """Responses of a subject that were not called by other criteria."""
    return tuple(event for event in subject.of(ReportedResponse) if criteria.speaks_of(event.criteria))


def reported_response(
    subject: Subject,
    criteria: str,
    evaluator: str | None = None,
    method: str | None = None,
    stable_after_d: int = 0,
    confirming: Confirming = "as-good",
) -> Response:
    """Response of a subject from what others called, by named criteria.

    Best confirmed, first response and progression with their days.
    """
    rules = criteria_named(criteria)
    own = (subject.enrolment.row,)
    first_day = subject.day_1
    after = [
        event
        for event in by_these(subject, rules)
        if first_day is None or not isinstance(event.on, date) or event.on > first_day
    ]
    try:
        called = called_of(reading_of(after, evaluator, method), rules)
    except ValueError as error:
        return not_evaluable(subject.id, rules, str(error), own)
    undated = tuple(one.row for one in called if not isinstance(one.on, date))
    visits = [_visit(one, one.on) for one in called if isinstance(one.on, date)]
    begun = min((earliest(one.on) for one in subject.of(SubsequentTherapy) if one.on is not None), default=None)
    if not visits:
        return not_evaluable(subject.id, rules, "no response called with its day", own)
    if criteria.startswith("imwg"):
        found = _myeloma(subject, rules, called, visits, begun)
    else:
        stable_from = first_day + timedelta(days=stable_after_d) if first_day is not None and stable_after_d else None
        found = outcome_of_visits(
            subject.id, rules, (CALLED,), own[0], visits, {}, begun, stable_from, confirming=confirming
        )
    return replace(found, other_therapy_on=begun, undated=undated)


def _visit(one: Called, on: date) -> Visit:
    whose = f"called by {one.evaluator}" if one.evaluator else "as called"
    return Visit(
        on=on,
        value=None,
        change_percent=None,
        category=one.response.strip() or "NE",
        because=f"{one.response} {whose}",
        row=one.row,
    )


def _myeloma(
    subject: Subject, rules: Criteria, called: Sequence[Called], visits: Sequence[Visit], begun: date | None
) -> Response:
    """By the next evaluable visit, as admiralonco confirms myeloma responses.

    Progression is seen after other therapy too.
    """
    told = [replace(one, new_therapy_on=begun) for one in called if isinstance(one.on, date)]
    outcome = myeloma_outcome(told)
    evaluable = [visit for visit in visits if rules.standing(visit.category) is not None]
    progressed = next((whole(one.visit.on) for one in outcome.visits if one.response == "PD"), None)
    until = tuple(
        visit
        for visit in evaluable
        if rules.without_progression(visit.category) and (progressed is None or visit.on < progressed)
    )
    because = "; ".join(f"{one.visit.visit}: {one.because}" for one in outcome.visits)
    return Response(
        subject=subject.id,
        criteria=rules,
        followed=(CALLED,),
        visits=tuple(evaluable),
        not_evaluable=tuple(visit for visit in visits if rules.standing(visit.category) is None),
        best=outcome.best or "NE",
        because=because,
        rows=tuple(one.row for one in told),
        response_on=whole(outcome.response_on),
        progression_on=progressed,
        without_progression=until,
        last_rows=(until[-1].row,) if until else (subject.enrolment.row,),
    )
