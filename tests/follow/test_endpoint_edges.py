"""Times to an event at the edges of their rules: on the day, the day beside it, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest

from hevesy.follow.endpoints import (
    AS_SEEN,
    CensoringRule,
    Course,
    Reason,
    course_of,
    duration_of_response,
    event_free,
    fda,
    progression_between,
    progression_free,
    rule_of,
    time_to_response,
)
from hevesy.follow.response.outcome import Response, Visit
from hevesy.follow.survival import TimeToEvent
from hevesy.study.dates import PartialDate
from hevesy.study.facts.disposition import Death
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.treatment import Administration, SubsequentTherapy
from hevesy.study.protocol import ResponsePlan
from hevesy.study.protocol.criteria import CRITERIA
from hevesy.study.subject import Study, Subject

START = date(2020, 1, 1)
FDA = fda(every_d=56, tolerance_d=7)
"""Two assessments missed in a row: more than 2 x 56 + 7 = 119 days without one."""


def on(day: int) -> date:
    return START + timedelta(days=day)


def course(assessed: tuple[int, ...] = (), **days: int) -> Course:
    given: dict[str, Any] = {f"{name}_on": on(day) for name, day in days.items()}
    return Course(subject="S", start=START, assessed_on=tuple(map(on, assessed)), **given)


def told(found: TimeToEvent | None) -> tuple[int, bool]:
    assert found is not None
    return (found.end - START).days, found.observed


@pytest.mark.parametrize(
    ("seen", "day", "observed", "words"),
    [
        # new therapy: censored before progression, not on its day or after; the assessment of its own day still counts
        (course((56, 112), new_therapy=112, progressed=113), 112, False, "censored at the last assessment before it"),
        (course((56, 113), new_therapy=112, progressed=114), 56, False, "censored at the last assessment before it"),
        (course((56, 112), new_therapy=168, progressed=168), 168, True, "progression on"),
        (course((56, 112), new_therapy=167, progressed=168), 112, False, "new therapy on"),
        (course((56, 112), new_therapy=150, died=150), 150, True, "death on"),
        (course((), new_therapy=0, died=9), 0, False, "before any assessment: censored at the start"),
        (course((0,), new_therapy=20), 0, False, "censored at the last assessment before it"),
        # an assessment of the first day is one
        (course((0,)), 0, False, "no progression; last assessment 2020-01-01"),
        (course((-7,)), 0, False, "no assessment without progression after the start: censored there"),
        (course((-7,), died=119), 119, True, "death on"),
        (course((-7,), died=120), 0, False, "censored at the start"),
        # gaps: counted from the last assessment; the one that saw progression is not before it, the one of the day of death is
        (course((0,), progressed=119), 119, True, "progression on"),
        (
            course((0,), progressed=120),
            0,
            False,
            "more than 1 missed assessment (over 119 days): censored at the start",
        ),
        (course((56, 300), progressed=300), 56, False, "censored at the last assessment before them, 2020-02-26"),
        (course((56, 300), died=300), 300, True, "death on"),
        (course((56, 301), died=300), 56, False, "death on 2020-10-27 after more than 1 missed assessment"),
        (course((56, 300), progressed=300, died=300), 56, False, "progression on"),
        (course((56, 100), progressed=219), 219, True, "progression on"),
        (course((56, 100), progressed=220), 100, False, "censored at the last assessment before them, 2020-04-10"),
    ],
)
def test_progression_free_by_the_fda(seen: Course, day: int, observed: bool, words: str) -> None:
    found = progression_free(seen, FDA)
    assert told(found) == (day, observed)
    assert words in found.because


@pytest.mark.parametrize(
    ("missed", "every", "tolerance", "longest"),
    [
        (0, 56, 0, 56),
        (1, 56, 0, 112),
        (1, 56, 7, 119),
        (2, 28, 3, 87),
        (1, 1, 0, 2),
        (None, 56, 7, None),
        (None, None, 0, None),
    ],
)
def test_the_longest_gap_is_the_allowed_misses_and_one_more_interval(
    missed: int | None, every: int | None, tolerance: int, longest: int | None
) -> None:
    rule = CensoringRule(name="mine", at_new_therapy="censor", most_missed=missed, every_d=every, tolerance_d=tolerance)
    assert rule.longest_gap_d == longest


def test_no_tolerance_is_none_and_misses_are_counted_in_words() -> None:
    rule = CensoringRule(name="mine", at_new_therapy="censor", most_missed=2, every_d=28)
    assert rule.longest_gap_d == 84
    assert told(progression_free(course((28,), progressed=112), rule)) == (112, True)
    late = progression_free(course((28,), progressed=113), rule)
    assert told(late) == (28, False)
    assert "after more than 2 missed assessments (over 84 days)" in late.because
    with pytest.raises(ValueError, match="needs the days between them"):
        replace(rule, every_d=0)
    assert replace(rule, most_missed=None, every_d=None).longest_gap_d is None


def plan(censoring: Literal["as-seen", "fda"], every_d: int | None) -> ResponsePlan:
    return ResponsePlan(criteria="recist-1.1", censoring=censoring, assessed_every_d=every_d, tolerance_d=7)


def test_the_rule_of_a_protocol() -> None:
    """As seen where it names none or says so; the FDA's with its days."""
    assert [rule_of(one) for one in (None, plan("as-seen", 56), plan("as-seen", None))] == [AS_SEEN] * 3
    found = rule_of(plan("fda", 56))
    assert (found.name, found.at_new_therapy, found.most_missed, found.longest_gap_d) == ("FDA", "censor", 1, 119)


@pytest.mark.parametrize(
    ("seen", "day", "words"),
    [
        # new therapy is an event on its own day: what was missed before it does not matter
        (course((56,), new_therapy=300), 300, "new therapy on 2020-10-27, which counts as an event"),
        (course((56,), new_therapy=300, progressed=300), 300, "new therapy on 2020-10-27, which counts as an event"),
        (course((56,), new_therapy=300, progressed=301), 300, "new therapy on"),
        (course((56, 112), new_therapy=151, progressed=150), 150, "progression on"),
        (course((56, 112), died=150), 150, "death on"),
    ],
)
def test_event_free(seen: Course, day: int, words: str) -> None:
    found = event_free(seen, FDA)
    assert told(found) == (day, True)
    assert words in found.because
    assert ("counts as an event" in found.because) == words.startswith("new therapy")


def test_event_free_without_an_event_is_censored_at_the_last_assessment() -> None:
    assert told(event_free(course((56, 112)), FDA)) == (112, False)


def test_new_therapy_that_is_ignored_changes_nothing() -> None:
    assert told(progression_free(course((56, 112), new_therapy=60), AS_SEEN)) == (112, False)
    assert told(progression_free(course((56, 112), new_therapy=60, died=900), AS_SEEN)) == (900, True)


@pytest.mark.parametrize(
    ("seen", "rule", "day", "observed", "words"),
    [
        # assessments before the response are of no response
        (course((28, 56, 112), response=56), FDA, 112, False, "no progression"),
        (course((28, 56), response=56), FDA, 56, False, "no progression; last assessment 2020-02-26"),
        (course((28,), response=56, progressed=56 + 119), FDA, 175, True, "progression on"),
        (course((28,), response=56, progressed=56 + 120), FDA, 56, False, "censored at the start"),
        # new therapy before the response, on its day, the day after
        (
            course((56, 112), response=56, new_therapy=55, progressed=130),
            FDA,
            56,
            False,
            "came after new therapy on 2020-02-25",
        ),
        (
            course((56, 112), response=56, new_therapy=56, progressed=130),
            FDA,
            56,
            False,
            "censored at the last assessment before it",
        ),
        (course((112,), response=56, new_therapy=56, progressed=130), FDA, 56, False, "before any assessment"),
        (
            course((56, 112), response=56, new_therapy=57, progressed=130),
            FDA,
            56,
            False,
            "censored at the last assessment before it",
        ),
        (course((56, 112), response=56, new_therapy=55, progressed=130), AS_SEEN, 130, True, "progression on"),
        (course((56, 112), response=56, new_therapy=55), AS_SEEN, 112, False, "no progression"),
    ],
)
def test_duration_of_response(seen: Course, rule: CensoringRule, day: int, observed: bool, words: str) -> None:
    found = duration_of_response(seen, rule)
    assert told(found) == (day, observed)
    assert found is not None
    assert (found.start, found.time_d) == (on(56), day - 55)
    assert words in found.because


@pytest.mark.parametrize(
    ("seen", "day"),
    [
        (course(), 0),
        (course((-7,)), 0),
        (course((0,)), 0),
        (course((56, 28)), 56),
        (course((28,), progressed=60), 60),
        (course((56,), progressed=30), 56),
        (course(progressed=0), 0),
        (course((28,), died=70), 28),
    ],
)
def test_without_a_response_the_last_assessment_ends_the_time(seen: Course, day: int) -> None:
    assert told(time_to_response(seen)) == (day, False)


@pytest.mark.parametrize(
    ("seen", "after", "by"),
    [
        (course(), 0, None),
        (course((-7,)), 0, None),
        (course((56, 112)), 112, None),
        (course((-7,), progressed=30), 0, 30),
        (course((28, 56), progressed=56), 28, 56),
        (course((28, 55), progressed=56), 55, 56),
        (course((28, 90), progressed=56), 28, 56),
    ],
)
def test_progression_came_between(seen: Course, after: int, by: int | None) -> None:
    assert progression_between(seen) == (on(after), None if by is None else on(by))


@pytest.mark.parametrize("name", ["response", "progressed", "died", "new_therapy"])
def test_days_of_a_course_begin_with_the_start(name: str) -> None:
    first: dict[str, Any] = {name: 0}
    before: dict[str, Any] = {name: -1}
    assert getattr(course(**first), f"{name}_on") == START
    with pytest.raises(ValueError, match=f"{name}_on 2019-12-31 lies before the start"):
        course(**before)


@pytest.mark.parametrize("name", ["response", "progressed"])
def test_nothing_is_seen_after_death_and_on_its_day_it_may_be(name: str) -> None:
    on_it: dict[str, Any] = {name: 30}
    after: dict[str, Any] = {name: 31}
    assert getattr(course(died=30, **on_it), f"{name}_on") == on(30)
    with pytest.raises(ValueError, match=f"{name}_on 2020-02-01 lies after death, 2020-01-31"):
        course(died=30, **after)


def test_new_therapy_may_be_recorded_after_a_death() -> None:
    """It is no finding: a day of it after death is the record's, and the death is first."""
    assert told(progression_free(course((28,), died=30, new_therapy=31), FDA)) == (30, True)


def test_rows_and_reasons_are_those_of_the_facts() -> None:
    facts = {
        name: Reason(because=f"told of {name}", rows=(row,))
        for row, name in enumerate(("progression", "last"), start=7)
    }
    seen = replace(course((56,), progressed=90), facts=facts, rows=(1, 2), note="; a note")
    event = progression_free(seen, FDA)
    assert (event.because, event.rows) == ("told of progression", (7,))
    plain = progression_free(replace(seen, facts={}), FDA)
    assert (plain.because, plain.rows) == ("progression on 2020-03-31", (1, 2))
    censored = progression_free(replace(seen, progressed_on=None), FDA)
    assert (censored.because, censored.rows) == ("no progression; last assessment 2020-02-26; a note", (8,))
    assert progression_free(replace(seen, progressed_on=None, facts={}), FDA).rows == (1, 2)
    nothing = progression_free(replace(seen, progressed_on=None, assessed_on=()), FDA)
    assert nothing.because == "no assessment without progression after the start (told of last): censored there; a note"


VISITS = tuple(
    Visit(on=on(day), value=None, change_percent=None, category="SD", because="", row=day) for day in (56, 112)
)


def response(**given: Any) -> Response:
    asked: dict[str, Any] = {"without_progression": VISITS, "rows": (1,), "last_rows": (112,)} | given
    return Response(
        subject="S", criteria=CRITERIA["recist-1.1"], followed=(), visits=VISITS, best="SD", because="why", **asked
    )


def of(study: Study, found: Response, *events: Fact) -> Course:
    infusion = Administration(subject="S", row=2, start=datetime(2020, 1, 1, 12, tzinfo=UTC))
    seen = course_of(Subject(id="S", enrolment=study.subjects[0].enrolment, events=(infusion, *events)), found)
    assert seen is not None
    return seen


def test_a_course_of_nothing_but_assessments(demo_study: Study) -> None:
    seen = of(demo_study, response())
    assert (seen.start, seen.assessed_on, seen.rows, seen.note) == (START, (on(56), on(112)), (1,), "")
    assert seen.facts == {"last": Reason(because="why", rows=(112,))}
    assert of(demo_study, response(last_rows=())).facts["last"].rows == (1,)


def test_a_course_with_everything_in_it(demo_study: Study) -> None:
    therapies = (
        SubsequentTherapy(subject="S", row=20, on=on(140), treatment="second"),
        SubsequentTherapy(subject="S", row=21, on=on(130), treatment="first"),
        SubsequentTherapy(subject="S", row=22, on=on(-1), treatment="before"),
    )
    found = response(progression_on=on(120), response_on=on(56))
    seen = of(demo_study, found, *therapies, Death(subject="S", row=9, on=on(150)))
    assert (seen.progressed_on, seen.response_on, seen.died_on, seen.new_therapy_on) == (
        on(120),
        on(56),
        on(150),
        on(130),
    )
    assert {name: fact.rows for name, fact in seen.facts.items()} == {
        "last": (112,),
        "progression": (1,),
        "death": (9,),
        "response": (1,),
        "new therapy": (21,),
    }
    assert seen.facts["new therapy"].because == "first on 2020-05-10"
    assert seen.note == ""


@pytest.mark.parametrize(("day", "kept"), [(150, True), (119, False), (120, True)])
def test_what_is_dated_after_a_death_is_not_seen(demo_study: Study, day: int, kept: bool) -> None:
    """A finding of the day of death counts."""
    seen = of(demo_study, response(progression_on=on(120), response_on=on(120)), Death(subject="S", row=9, on=on(day)))
    expected = on(120) if kept else None
    assert (seen.progressed_on, seen.response_on) == (expected, expected)
    assert ("progression" in seen.facts, "response" in seen.facts, "death" in seen.facts) == (kept, kept, True)


@pytest.mark.parametrize(
    ("died", "counted", "note"),
    [
        (on(0), on(0), ""),
        (on(-1), None, "; a death is dated 2019-12-31, before the first infusion: it is not counted"),
        (PartialDate(year=2020), None, "; a death is recorded, its day is not (2020)"),
        (None, None, "; a death is recorded, its day is not (no date)"),
    ],
)
def test_a_death_without_a_day_or_before_treatment_is_told(
    demo_study: Study, died: Any, counted: date | None, note: str
) -> None:
    seen = of(demo_study, response(without_progression=()), Death(subject="S", row=9, on=died))
    assert (seen.died_on, seen.note, "death" in seen.facts) == (counted, note, counted is not None)


def test_what_awaits_confirmation_and_treatment_without_a_day_are_told(demo_study: Study) -> None:
    seen = of(demo_study, response(unconfirmed_progression_on=on(112)), SubsequentTherapy(subject="S", row=20))
    assert seen.note == (
        "; a rise on 2020-04-22 awaits confirmation; other treatment is recorded, its day is not: new therapy (no date)"
    )
    assert (seen.new_therapy_on, "new therapy" in seen.facts) == (None, False)
    started = of(demo_study, response(), SubsequentTherapy(subject="S", row=20, on=on(0)))
    assert started.new_therapy_on == START
    assert started.facts["new therapy"].because == "new therapy on 2020-01-01"
