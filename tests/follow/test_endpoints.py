"""Times to an event by the FDA's table of censoring, row by row, and laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.follow.endpoints import (
    AS_SEEN,
    CensoringRule,
    Course,
    course_of,
    duration_of_response,
    event_free,
    fda,
    progression_between,
    progression_free,
    time_to_response,
)
from hevesy.follow.response.outcome import Response, Visit
from hevesy.study.dates import PartialDate
from hevesy.study.facts.disposition import Death
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.treatment import Administration, SubsequentTherapy
from hevesy.study.protocol.criteria import CRITERIA
from hevesy.study.subject import Study, Subject

START = date(2020, 1, 1)
FDA = fda(every_d=56, tolerance_d=7)


def on(day: int | None) -> date | None:
    return None if day is None else START + timedelta(days=day)


def course(assessed: tuple[int, ...] = (), **days: int | None) -> Course:
    given: dict[str, Any] = {f"{name}_on": on(day) for name, day in days.items()}
    return Course(subject="S", start=START, assessed_on=tuple(START + timedelta(days=day) for day in assessed), **given)


@pytest.mark.parametrize(
    ("seen", "day", "observed"),
    [
        # FDA 2018, table A: no assessment after baseline; progression between visits; none; treatment stopped; new therapy; death; gaps
        (course(), 0, False),
        (course((56, 112), progressed=130), 130, True),
        (course((56, 112)), 112, False),
        (course((56, 112), new_therapy=120), 112, False),
        (course((56, 112), new_therapy=120, progressed=168), 112, False),
        (course((56, 112), progressed=168, new_therapy=170), 168, True),
        (course(died=40), 40, True),
        (course((56,), died=90), 90, True),
        (course((56, 112), progressed=130, died=150), 130, True),
        (course((56,), progressed=56 + 119), 175, True),
        (course((56,), progressed=56 + 120), 56, False),
        (course((56,), died=56 + 120), 56, False),
        (course(progressed=130), 0, False),
        (course((56,), new_therapy=30), 0, False),
        (course((56, 300), progressed=340), 340, True),
        (course((56, 280, 336, 392)), 392, False),
        (course((56, 280), progressed=400), 280, False),
    ],
)
def test_the_fdas_table_of_censoring(seen: Course, day: int, observed: bool) -> None:
    found = progression_free(seen, FDA)
    assert ((found.end - START).days, found.observed) == (day, observed), found.because
    assert found.because
    assert found.time_d == day + 1


def test_the_reason_says_what_the_time_ends_with_and_where_it_is_censored() -> None:
    both = progression_free(course((56, 112), progressed=130, died=150), FDA).because
    assert both.startswith("progression")
    assert "death" not in both
    assert "censored at the start" in progression_free(course(progressed=130), FDA).because
    assert (
        f"censored at the last assessment before them, {on(56)}"
        in progression_free(course((56,), died=56 + 120), FDA).because
    )


def test_a_rule_about_gaps_needs_at_least_a_day_between_assessments() -> None:
    assert fda(every_d=1).longest_gap_d == 2
    with pytest.raises(ValueError, match="needs the days between them"):
        fda(every_d=0)


def test_as_seen_every_progression_counts() -> None:
    found = progression_free(course((56,), progressed=400, new_therapy=100), AS_SEEN)
    assert ((found.end - START).days, found.observed) == (400, True)


def test_new_therapy_ends_event_free_survival() -> None:
    assert ((found := event_free(course((56,), new_therapy=70, progressed=90), FDA)).end - START).days == 70
    assert found.observed
    assert (event_free(course((56,), new_therapy=100, progressed=90), FDA).end - START).days == 90


def test_duration_begins_with_the_response() -> None:
    found = duration_of_response(course((56, 112, 168), response=56, progressed=224), FDA)
    assert found is not None
    assert (found.start, found.time_d, found.observed) == (on(56), 169, True)
    assert duration_of_response(course((56,)), FDA) is None
    late = duration_of_response(course((56, 112), response=112, new_therapy=60), FDA)
    assert late is not None
    assert (late.time_d, late.observed) == (1, False)


def test_time_to_response_and_between() -> None:
    assert time_to_response(course((56, 112), response=56)).time_d == 57
    assert not time_to_response(course((56,), progressed=112)).observed
    assert progression_between(course((56, 112), progressed=150)) == (on(112), on(150))
    assert progression_between(course((56, 112))) == (on(112), None)


days = st.one_of(st.none(), st.integers(0, 700))


@given(st.lists(st.integers(1, 600), max_size=8), days, days, days)
def test_censoring_never_lengthens_a_time_and_event_free_is_never_longer(
    assessed: list[int], progressed: int | None, died: int | None, therapy: int | None
) -> None:
    if progressed is not None and died is not None and progressed > died:
        return
    if died is not None:
        assessed = [day for day in assessed if day <= died]
    seen = course(tuple(sorted(assessed)), progressed=progressed, died=died, new_therapy=therapy)
    strict, free = progression_free(seen, FDA), progression_free(seen, AS_SEEN)
    assert strict.end <= free.end
    if strict.observed:
        assert (strict.end, free.observed) == (free.end, True)
    assert event_free(seen, AS_SEEN).end <= max(free.end, seen.new_therapy_on or free.end)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: course(progressed=-3), "progressed_on 2019-12-29 lies before the start"),
        (lambda: course(progressed=30, died=20), "lies after death"),
        (
            lambda: CensoringRule(name="mine", at_new_therapy="censor", most_missed=1),
            "mine: a rule about missed assessments needs the days between",
        ),
    ],
)
def test_courses_that_cannot_be_are_refused(action: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        action()


def _response(**days: int | None) -> Response:
    """A response with its days, and assessments every eight weeks to day 112."""
    visits = tuple(
        Visit(on=START + timedelta(days=day), value=None, change_percent=None, category="SD", because="", row=day)
        for day in (56, 112)
    )
    given: dict[str, Any] = {f"{name}_on": on(day) for name, day in days.items()}
    return Response(
        subject="S",
        criteria=CRITERIA["recist-1.1"],
        followed=(),
        visits=visits,
        best="SD",
        because="",
        rows=(1,),
        without_progression=visits,
        **given,
    )


def _subject(demo: Study, *events: Fact) -> Subject:
    start = datetime(2020, 1, 1, 12, tzinfo=UTC)
    return Subject(
        id="S", enrolment=demo.subjects[0].enrolment, events=(Administration(subject="S", row=1, start=start), *events)
    )


def test_a_course_from_the_facts_of_a_subject(demo_study: Study) -> None:
    """What comes after a death does not count, nor a death before treatment; what has no day is said."""
    died = Death(subject="S", row=9, on=on(90))
    found = course_of(_subject(demo_study, died), _response(progression=120, response=100))
    assert found is not None
    assert (found.died_on, found.progressed_on, found.response_on) == (on(90), None, None)
    on_the_day = course_of(_subject(demo_study, died), _response(progression=90, response=90))
    assert on_the_day is not None
    assert (on_the_day.progressed_on, on_the_day.response_on) == (on(90), on(90))
    alive = course_of(_subject(demo_study), _response(progression=120, response=100))
    assert alive is not None
    assert (alive.died_on, alive.progressed_on, alive.response_on) == (None, on(120), on(100))
    vague = course_of(_subject(demo_study, Death(subject="S", row=9, on=PartialDate(year=2020, month=4))), _response())
    assert vague is not None
    assert vague.died_on is None
    assert "a death is recorded, its day is not (2020-04)" in vague.note
    assert "death" not in vague.facts
    before = course_of(_subject(demo_study, Death(subject="S", row=9, on=on(-1))), _response())
    assert before is not None
    assert before.died_on is None
    assert "before the first infusion" in before.note
    same_day = course_of(_subject(demo_study, Death(subject="S", row=9, on=on(0))), _response())
    assert same_day is not None
    assert same_day.died_on == on(0)


def test_other_treatment_in_a_course(demo_study: Study) -> None:
    """The first from day 1 on; one before it is none, one without its day is said."""
    therapies = [
        SubsequentTherapy(subject="S", row=20 + n, on=on(day), treatment=f"drug {n}")
        for n, day in enumerate((-5, 80, 60))
    ]
    found = course_of(_subject(demo_study, *therapies), _response())
    assert found is not None
    assert found.new_therapy_on == on(60)
    assert "drug 2" in found.facts["new therapy"].because
    at_start = course_of(_subject(demo_study, SubsequentTherapy(subject="S", row=20, on=on(0))), _response())
    assert at_start is not None
    assert at_start.new_therapy_on == on(0)
    vague = course_of(
        _subject(demo_study, SubsequentTherapy(subject="S", row=20, on=PartialDate(year=2020), treatment="drug")),
        _response(),
    )
    assert vague is not None
    assert vague.new_therapy_on is None
    assert "other treatment is recorded, its day is not: drug (2020)" in vague.note
    assert course_of(replace(_subject(demo_study), events=()), _response()) is None
