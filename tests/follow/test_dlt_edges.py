"""Each clause of the DLT rules at its edges: first and last day, months across them, the exact grade, the exact number of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from hevesy.files.protocol import read_protocol
from hevesy.follow.dlt.counts import episodes
from hevesy.follow.dlt.rules import judge
from hevesy.follow.dlt.status import outcome
from hevesy.follow.dlt.verdict import Verdict
from hevesy.follow.labs import graded
from hevesy.study.dates import PartialDate, When
from hevesy.study.dose import Dose
from hevesy.study.facts.disposition import Contact, Death
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab, Side
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, Exposure, SupportiveCare
from hevesy.study.outcomes import SubjectOutcome
from hevesy.study.protocol import (
    AdverseEventRule,
    CountRule,
    CountSchedule,
    DLTRule,
    DoseLevel,
    DurationRule,
    Regimen,
    Rule,
)
from hevesy.study.subject import Study, Subject
from tests.conftest import EXAMPLE

PROTOCOL = read_protocol((EXAMPLE / "protocol.toml").read_text())
DAY_1 = date(2016, 2, 1)
"""February is days 1 to 29, March days 30 to 60: the window of 60 days ends with it."""
WINDOW_D = 60
DECEMBER, JANUARY = PartialDate(year=2015, month=12), PartialDate(year=2016, month=1)
FEBRUARY, MARCH, APRIL = (PartialDate(year=2016, month=month) for month in (2, 3, 4))
YEAR = PartialDate(year=2016)
VALUE = {0: 190.0, 1: 100.0, 2: 60.0, 3: 30.0, 4: 10.0}
"""Platelets of each grade; no two differ by a factor of 20."""

EVENT = AdverseEventRule(name="event", minimum_grade=3, non_haematological_only=True)
ANY_EVENT = replace(EVENT, non_haematological_only=False)
RECOVERY = CountRule(name="recovery", test="platelets", grade=4, recovery_grade=2, within_d=28)
LASTING = DurationRule(name="lasting", test="platelets", grade=4, lasting_d=14)


def on(day: int) -> date:
    """A date by study day; day 0 is the day before day 1."""
    return DAY_1 + timedelta(days=day - 1)


def when(day: int | When | None) -> When | None:
    return on(day) if isinstance(day, int) else day


LATER = on(200)
INFUSION = Administration(subject="S", row=2, start=datetime.combine(DAY_1, time(13), UTC))


def study(
    *events: Fact,
    rules: tuple[Rule, ...],
    window_d: int = WINDOW_D,
    schedule: CountSchedule | None = None,
    arm: str | None = "1",
    **dlt: float,
) -> Study:
    """One subject with these facts, under these rules."""
    terms = ("Platelet count decreased", "Anaemia")
    rule_set = DLTRule(window_d=window_d, rules=rules, haematological_terms=terms, **dlt)  # type: ignore[arg-type]
    who = Subject(id="S", enrolment=Enrolment(subject="S", row=1, arm_code=arm), events=events)
    protocol = replace(PROTOCOL, dlt=rule_set, count_schedule=schedule)
    return Study(protocol=protocol, subjects=(who,), findings=(), delivered_kinds=frozenset({"adverse_event"}))


def judged(
    rule: Rule, *events: Fact, cut: date = LATER, window_d: int = WINDOW_D, schedule: CountSchedule | None = None
) -> Verdict:
    made = study(INFUSION, *events, rules=(rule,), window_d=window_d, schedule=schedule)
    return judge(made.subjects[0], made, cut)[0]


def found(made: Study, cut: date = LATER, percent: float | None = 100.0) -> SubjectOutcome:
    return outcome(made.subjects[0], made, cut, 1, percent)


def event(
    begun: int | When | None,
    worst: int | When | None = None,
    over: int | When | None = None,
    grade: int | None = 3,
    term: str = "Nausea",
    row: int = 3,
) -> AdverseEvent:
    return AdverseEvent(
        subject="S", row=row, term=term, grade=grade, on=when(begun), worst_on=when(worst), resolved=when(over)
    )


def platelets(grades: Mapping[int, int]) -> list[Lab]:
    """A count of each grade by study day; the row is 1000 and the day."""
    return [count(day, VALUE[grade], 1000 + day) for day, grade in grades.items()]


def count(day: int | When | None, value: float | None, row: int, test: str = "platelets") -> Lab:
    return Lab(subject="S", row=row, on=when(day), test=test, value=value, unit="10^9/L")


def given(day: int | When | None, product: str = "Platelets", row: int = 50) -> SupportiveCare:
    return SupportiveCare(subject="S", row=row, on=when(day), product=product)


# --- events ---


@pytest.mark.parametrize(
    ("fact", "answer"),
    [
        (event(20, 22, 30), "yes"),
        (event(20, 22, 30, grade=2), "no"),
        (event(20, 22, 30, grade=4), "yes"),
        (event(1, 1, 1), "yes"),
        (event(0, 1, 1), "yes"),
        (event(0, 0, 0), "no"),
        (event(0, 0, 20), "no"),
        (event(-5, None, 0), "no"),
        (event(0, None, 1), "undetermined"),
        (event(None, None, 0), "no"),
        (event(None, None, 1), "undetermined"),
        (event(None, 0), "no"),
        (event(None, 30), "yes"),
        (event(None), "undetermined"),
        (event(60, 60, 60), "yes"),
        (event(61, 61, 61), "no"),
        (event(50, 60, 70), "yes"),
        (event(50, 61, 70), "no"),
        (event(50, 61, 70, grade=4), "undetermined"),
        (event(50, None, 60), "yes"),
        (event(50, None, 61), "undetermined"),
        (event(20, None, 40), "yes"),
    ],
)
def test_an_event_of_grade_3_on_whole_days(fact: AdverseEvent, answer: str) -> None:
    """First and last day count; what was worst before or began after does not; where a day is missing it is a question."""
    assert judged(EVENT, fact).answer == answer


@pytest.mark.parametrize(
    ("fact", "window_d", "cut", "answer"),
    [
        (event(FEBRUARY, FEBRUARY, 29), 60, 200, "yes"),
        (event(50, MARCH, 70), 60, 200, "yes"),
        (event(50, MARCH, 70), 59, 200, "undetermined"),
        (event(50, MARCH), 59, 59, "yes"),
        (event(50, APRIL), 60, 200, "no"),
        (event(50, APRIL, grade=4), 60, 200, "undetermined"),
        (event(20, MARCH), 30, 200, "undetermined"),
        (event(20, MARCH), 29, 200, "no"),
        (event(APRIL), 60, 200, "no"),
        (event(MARCH), 59, 200, "undetermined"),
        (event(MARCH), 29, 200, "no"),
        (event(JANUARY, JANUARY), 60, 200, "no"),
        (event(JANUARY), 60, 200, "undetermined"),
        (event(JANUARY, FEBRUARY), 60, 200, "yes"),
        (event(YEAR, 0), 60, 200, "no"),
        (event(YEAR, 1), 60, 200, "yes"),
        (event(20, YEAR), 60, 200, "undetermined"),
        (event(20, YEAR), 60, 60, "undetermined"),
        (event(50, None, MARCH), 60, 200, "yes"),
        (event(50, None, YEAR), 60, 200, "undetermined"),
        (event(50, None, YEAR), 60, 60, "yes"),
        (event(50), 60, 60, "yes"),
        (event(50), 60, 61, "undetermined"),
        (event(-40, None, DECEMBER), 60, 200, "no"),
        (event(-40, None, JANUARY), 60, 200, "no"),
        (event(-40, None, FEBRUARY), 60, 200, "undetermined"),
    ],
)
def test_an_event_known_to_the_month(fact: AdverseEvent, window_d: int, cut: int, answer: str) -> None:
    """The earliest and the latest day it can have been decide, and the latest is no later than the cut."""
    assert judged(EVENT, fact, cut=on(cut), window_d=window_d).answer == answer


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (event(None), "Nausea grade 3: not known whether by day 60"),
        (event(20, YEAR), "Nausea grade 3: not known whether by day 60"),
        (event(50, 61, grade=4), "Nausea grade 4 after day 60; when grade 3 was reached is not recorded"),
        (event(0), "Nausea grade 3 began before treatment; the day of its worst grade is not recorded"),
        (event(50), "Nausea grade 3: day of the worst grade not recorded"),
        (event(50, grade=None), "Nausea (2016-03-21): no CTCAE grade"),
        (event(20, 20, 20, term="Pancytopenia"), "Pancytopenia grade 3 on 2016-02-20 speaks of a low count that"),
    ],
)
def test_a_question_says_what_is_to_be_delivered(fact: AdverseEvent, words: str) -> None:
    asked = judged(EVENT, fact, event(30, 30, 30, grade=2, row=4))
    assert (asked.answer, asked.seen, asked.met_on, asked.noted) == ("undetermined", True, None, ())
    assert len(asked.because) == 1
    assert asked.because[0].startswith(words)
    assert asked.rows == (3,)


def test_a_year_that_may_be_before_treatment_is_a_question_at_a_cut_in_the_window() -> None:
    assert judged(EVENT, event(20, YEAR), cut=on(60)).because == (
        "Nausea grade 3 (2016): not known whether before treatment",
    )


@pytest.mark.parametrize(
    ("fact", "noted"),
    [
        (event(61, 61), "Nausea, grade 3, 2016-04-01: outside the window"),
        (event(63, 63), "Nausea, grade 3, 2016-04-03: outside the window"),
        (event(64, 64), None),
        (event(0, 0), "Nausea, grade 3, 2016-01-31: outside the window"),
        (event(-2, -2), "Nausea, grade 3, 2016-01-29: outside the window"),
        (event(-3, -3), None),
        (event(APRIL), "Nausea, grade 3, 2016-04-01: outside the window"),
        (event(50, APRIL), "Nausea, grade 3, 2016-04-01: outside the window"),
        (event(61, 61, grade=None), "Nausea, grade unknown, 2016-04-01: outside the window"),
        (event(61, 61, grade=2), None),
        (event(61, 61, grade=4), "Nausea, grade 4, 2016-04-01: outside the window"),
        (event(30, 30, grade=2), None),
    ],
)
def test_three_days_outside_the_window_are_told_beside_a_no(fact: AdverseEvent, noted: str | None) -> None:
    verdict = judged(EVENT, fact)
    assert (verdict.answer, verdict.seen) == ("no", False)
    assert verdict.noted == ((noted,) if noted else ())
    assert (verdict.because, verdict.rows) == (("none among 1 adverse events recorded",), (3,))
    assert found(study(INFUSION, fact, Contact(subject="S", row=9, on=on(60)), rules=(EVENT,))).noted == verdict.noted


def test_a_yes_goes_before_a_question_and_a_question_before_a_no() -> None:
    asked, settled, mild = event(50, row=3), event(20, 22, 30, row=4), event(20, 20, 20, grade=1, row=5)
    verdict = judged(EVENT, asked, settled, mild)
    assert (verdict.answer, verdict.rows, verdict.because) == ("yes", (4,), ("Nausea grade 3 on 2016-02-22",))
    assert judged(EVENT, asked, mild).rows == (3,)


def test_which_terms_a_rule_leaves_out() -> None:
    low = event(20, 22, 30, term="Platelet count decreased")
    assert judged(EVENT, low).answer == "no"
    assert judged(ANY_EVENT, low).answer == "yes"
    assert judged(ANY_EVENT, event(20, 22, 30, term="Pancytopenia")).answer == "yes"
    assert judged(EVENT, event(20, 22, 30, term="Pancytopenia", grade=2)).answer == "no"


@pytest.mark.parametrize(
    ("at_most", "answer"), [(None, "undetermined"), (4, "undetermined"), (3, "undetermined"), (2, "no")]
)
def test_an_event_without_grade_that_cannot_have_reached_it(at_most: int | None, answer: str) -> None:
    assert judged(EVENT, replace(event(20, grade=None), grade_at_most=at_most)).answer == answer


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (((31, 40), (1, 1)), 1),
        (((FEBRUARY, 30), (1, 1)), 1),
        (((FEBRUARY, 30), (2, 2)), None),
        (((MARCH, 60), (29, 29)), 29),
        (((MARCH, 60), (30, 30), (29, 29)), 29),
        (((MARCH, 60),), None),
    ],
)
def test_the_first_day_of_several_is_that_which_no_month_can_go_before(
    days: tuple[tuple[int | When, int], ...], expected: int | None
) -> None:
    verdict = judged(EVENT, *(event(day, day, over, row=10 + place) for place, (day, over) in enumerate(days)))
    assert (verdict.answer, verdict.met_on) == ("yes", on(expected) if expected else None)


WATCHED = {10: 2, 24: 1, 38: 1, 52: 0}


@pytest.mark.parametrize(
    ("grades", "begun", "over", "cut", "answer"),
    [
        (WATCHED, 10, None, 200, "no"),
        (WATCHED | {24: 3}, 10, None, 200, "undetermined"),
        (WATCHED | {10: 3}, 10, None, 200, "undetermined"),
        (WATCHED | {9: 3}, 10, None, 200, "no"),
        (WATCHED | {60: 3}, 10, None, 200, "undetermined"),
        (WATCHED | {61: 3}, 10, None, 200, "no"),
        ({24: 1, 38: 1, 52: 0}, 10, None, 200, "no"),
        ({25: 1, 38: 1, 52: 0}, 10, None, 200, "undetermined"),
        ({24: 1, 39: 1, 52: 0}, 10, None, 200, "undetermined"),
        ({24: 1, 38: 1, 46: 0}, 10, None, 200, "no"),
        ({24: 1, 38: 1, 45: 0}, 10, None, 200, "undetermined"),
        ({24: 1, 36: 1}, 10, None, 50, "no"),
        ({24: 1, 35: 1}, 10, None, 50, "undetermined"),
        ({24: 1}, 10, 30, 200, "no"),
        ({24: 1}, 10, 38, 200, "no"),
        ({24: 1}, 10, 39, 200, "undetermined"),
        ({24: 1}, 10, FEBRUARY, 200, "no"),
        ({24: 1, 38: 1}, 10, MARCH, 200, "undetermined"),
        ({}, 50, None, 200, "undetermined"),
        (WATCHED, None, None, 200, "undetermined"),
        ({5: 3} | WATCHED, FEBRUARY, None, 200, "undetermined"),
        ({5: 1} | WATCHED, FEBRUARY, None, 200, "no"),
    ],
)
def test_counts_a_fortnight_apart_show_that_a_low_count_stayed_below_its_grade(
    grades: dict[int, int], begun: int | When | None, over: int | When | None, cut: int, answer: str
) -> None:
    """From its onset to its end, the end of the window or the cut: no gap of more than 14 days, and every count below grade 3."""
    fact = event(begun, None, over, grade=None, term="Thrombocytopenia")
    seen = [lab for lab in platelets(grades) if isinstance(lab.on, date) and lab.on <= on(cut)]
    assert judged(ANY_EVENT, fact, *seen, cut=on(cut)).answer == answer


def test_what_counts_show_of_a_low_count_is_of_its_own_test_by_own_and_graded_counts() -> None:
    fact = event(10, grade=None, term="Thrombocytopenia")
    others = [count(24, 0.1, 600, "neutrophils"), count(None, 10, 601)]
    assert judged(ANY_EVENT, fact, *platelets(WATCHED), *others).answer == "no"
    assert judged(ANY_EVENT, fact, *platelets(WATCHED), given(20)).answer == "undetermined"
    assert judged(ANY_EVENT, fact, *platelets(WATCHED), count(30, 5000, 602)).answer == "undetermined"
    assert judged(ANY_EVENT, event(10, grade=None, term="Pancytopenia"), *platelets(WATCHED)).answer == "undetermined"


@pytest.mark.parametrize(
    ("value", "side", "minimum", "answer"),
    [
        (30.0, "<", 4, "undetermined"),
        (60.0, "<", 3, "undetermined"),
        (60.0, ">", 3, "no"),
        (30.0, ">", 4, "no"),
        (30.0, ">", 3, "undetermined"),
    ],
)
def test_a_count_told_as_below_a_limit_shows_only_what_it_is_at_worst(
    value: float, side: Side, minimum: int, answer: str
) -> None:
    """Below 30 may be grade 4, above 30 is grade 3 at the worst, above 60 grade 2."""
    told = replace(count(24, value, 600), side=side)
    fact = event(10, grade=None, term="Thrombocytopenia")
    watched = platelets({10: 2, 38: 1, 52: 0})
    assert judged(replace(ANY_EVENT, minimum_grade=minimum), fact, *watched, told).answer == answer


def test_counts_show_nothing_of_a_grade_that_no_count_has() -> None:
    """Platelets have grades to 4; a death of it, grade 5, no count can exclude."""
    fact = event(10, grade=None, term="Thrombocytopenia")
    assert judged(replace(ANY_EVENT, minimum_grade=4), fact, *platelets(WATCHED | {24: 3})).answer == "no"
    assert judged(replace(ANY_EVENT, minimum_grade=5), fact, *platelets(WATCHED)).answer == "undetermined"


# --- counts ---


def test_episodes_with_their_bounds_and_rows() -> None:
    """Grade 4 until grade 2 or better: from 8 to 22 for 14 to 28 days, on 36 for 0 to 14 days."""
    made = study(INFUSION, *platelets({1: 0, 8: 4, 15: 3, 22: 4, 29: 2, 36: 4, 43: 0}), rules=(RECOVERY,))
    labs = graded(made.subjects[0], made.protocol)
    first, second = episodes(labs, 4, 2)
    assert (first.first_on, first.first_count, first.at_least_d, first.at_most_d) == (on(8), "10 10^9/L", 14, 28)
    assert first.rows == (1001, 1008, 1015, 1022, 1029)
    assert (second.first_on, second.at_least_d, second.at_most_d, second.rows) == (on(36), 0, 14, (1029, 1036, 1043))


@pytest.mark.parametrize(
    ("grades", "at_least", "at_most", "rows"),
    [
        ({8: 4, 15: 0}, 0, 7, (1008, 1015)),
        ({8: 4, 15: 4, 20: 0}, 7, 12, (1008, 1015, 1020)),
        ({1: 0, 8: 4, 15: 4}, 7, None, (1001, 1008, 1015)),
        ({1: 0, 2: 0, 8: 4}, 0, None, (1002, 1008)),
        ({1: 0, 8: 4, 15: 3, 22: 3}, 14, None, (1001, 1008, 1015, 1022)),
        ({1: 3, 8: 4, 15: 2, 22: 0}, 0, 14, (1001, 1008, 1015)),
    ],
)
def test_an_episode_at_the_ends_of_the_counts(
    grades: dict[int, int], at_least: int, at_most: int | None, rows: tuple[int, ...]
) -> None:
    made = study(INFUSION, *platelets(grades), count(None, 10, 1), count(12, 5000, 2), rules=(RECOVERY,))
    (only,) = episodes(graded(made.subjects[0], made.protocol), 4, 2)
    assert (only.at_least_d, only.at_most_d, only.rows) == (at_least, at_most, rows)


@pytest.mark.parametrize(
    ("missing", "at_least"),
    [
        ((), 14),
        ((9,), 0),
        ((8,), 14),
        ((15,), 14),
        ((16,), 7),
        ((22,), 14),
        ((9, 16), 0),
        ((12, 100), 0),
        ((7, 23), 14),
    ],
)
def test_an_episode_is_sure_up_to_the_count_before_a_gap(missing: tuple[int, ...], at_least: int) -> None:
    """Low on days 8, 15 and 22; a gap lies between two of them, not on one."""
    made = study(INFUSION, *platelets({1: 0, 8: 4, 15: 4, 22: 4, 29: 0}), rules=(RECOVERY,))
    (only,) = episodes(graded(made.subjects[0], made.protocol), 4, 2, [on(day) for day in missing])
    assert (only.at_least_d, only.at_most_d) == (at_least, 28)


@pytest.mark.parametrize(
    ("rule", "grades", "answer", "words"),
    [
        (RECOVERY, {1: 0, 8: 4, 36: 4, 40: 0}, "yes", "after 28 to 39 days"),
        (
            RECOVERY,
            {1: 0, 8: 4, 35: 4, 40: 0},
            "undetermined",
            "within 28 days cannot be decided: more frequent counts are needed",
        ),
        (RECOVERY, {7: 0, 8: 4, 35: 0}, "no", "after 0 to 28 days"),
        (RECOVERY, {7: 0, 8: 4, 36: 0}, "undetermined", "after 0 to 29 days; within 28 days cannot be decided: more"),
        (RECOVERY, {1: 0, 8: 4, 35: 4}, "undetermined", "28 days cannot be decided: later counts are needed"),
        (RECOVERY, {1: 0, 8: 4, 15: 2, 43: 0}, "no", "back to grade 2 after 0 to 14 days"),
        (RECOVERY, {1: 0, 8: 4, 15: 3, 43: 0}, "undetermined", "back to grade 2 after 7 to 42 days"),
        (LASTING, {1: 0, 8: 4, 22: 4, 24: 0}, "yes", "after 14 to 23 days"),
        (
            LASTING,
            {1: 0, 8: 4, 21: 4, 24: 0},
            "undetermined",
            "lasting 14 days cannot be decided: more frequent counts are needed",
        ),
        (LASTING, {7: 0, 8: 4, 20: 0}, "no", "back to below grade 4 after 0 to 13 days"),
        (LASTING, {7: 0, 8: 4, 21: 0}, "undetermined", "after 0 to 14 days"),
        (LASTING, {7: 0, 8: 4, 15: 4}, "undetermined", "lasting 14 days cannot be decided: later counts are needed"),
        (RECOVERY, {-10: 4, -3: 0, 8: 4, 15: 0}, "no", "after 0 to 18 days"),
        (RECOVERY, {-3: 4, 8: 0}, "undetermined", "it was there before the infusion took effect"),
        (RECOVERY, {1: 4, 8: 4, 15: 4, 22: 4, 29: 4}, "undetermined", "it was there before the infusion took effect"),
        (RECOVERY, {1: 0, 2: 4, 30: 4}, "yes", "after 28 days, its end not seen yet"),
        (RECOVERY, {59: 0, 60: 4, 88: 4}, "yes", "first on 2016-03-31"),
        (RECOVERY, {59: 0, 61: 4, 89: 4}, "no", "no platelets count of grade 4 among 3"),
        (RECOVERY, {-3: 0, 1: 0, 8: 3}, "no", "no platelets count of grade 4 among 3"),
        (RECOVERY, {1: 0}, "undetermined", "no platelets count after the infusion"),
        (RECOVERY, {1: 0, 2: 0}, "no", "no platelets count of grade 4 among 2"),
        (RECOVERY, {1: 0, 60: 0}, "no", "no platelets count of grade 4 among 2"),
        (RECOVERY, {1: 0, 61: 0}, "undetermined", "no platelets count after the infusion"),
    ],
)
def test_a_rule_on_counts_at_its_edges(
    rule: CountRule | DurationRule, grades: dict[int, int], answer: str, words: str
) -> None:
    verdict = judged(rule, *platelets(grades))
    assert verdict.answer == answer
    assert words in verdict.because[0]
    assert len(verdict.because) == 1
    assert verdict.seen is (answer == "undetermined" and "no platelets count" not in words)


def test_grade_3_ends_an_episode_of_grade_4_that_must_last() -> None:
    """Low on days 8 and 15 for 0 to 7 days each, and not from 8 to 15."""
    verdict = judged(LASTING, *platelets({7: 0, 8: 4, 14: 3, 15: 4, 21: 0}))
    assert (verdict.answer, len(verdict.because)) == ("no", 2)
    assert all(one.endswith("back to below grade 4 after 0 to 7 days") for one in verdict.because)


def test_of_several_episodes_the_yes_is_told_and_dated_by_the_first() -> None:
    """Low on days 8 to 36 and 43 to 71 (28 days each), and on day 40 for a moment."""
    low = {1: 0, 8: 4, 36: 4, 37: 0, 40: 4, 41: 0, 43: 4, 71: 4, 78: 0}
    verdict = judged(RECOVERY, *platelets(low))
    assert (verdict.answer, verdict.met_on, len(verdict.because)) == ("yes", on(36), 2)
    assert verdict.rows == (1001, 1008, 1036, 1037, 1041, 1043, 1071, 1078)
    assert found(study(INFUSION, *platelets(low), rules=(RECOVERY,))).dlt_after_d == 36
    assert judged(LASTING, *platelets(low)).met_on == on(22)


def test_a_count_without_a_grade_is_no_baseline_and_no_visit() -> None:
    verdict = judged(RECOVERY, *platelets({-3: 0, 8: 4, 15: 0}), count(0, None, 7))
    assert verdict.answer == "no"
    assert "after 0 to 18 days" in verdict.because[0]
    assert judged(RECOVERY, *platelets({-3: 0}), count(8, None, 7)).because == (
        "no platelets count after the infusion",
    )


def test_the_worst_count_of_a_day_stands_and_of_two_as_bad_the_first_delivered() -> None:
    twice = [count(8, 10, 7), count(8, 190, 6), count(8, 12, 8)]
    verdict = judged(RECOVERY, *platelets({1: 0, 15: 0}), *twice)
    assert verdict.rows == (1001, 7, 1015)
    assert "(10 10^9/L)" in verdict.because[0]
    assert (
        judged(
            replace(RECOVERY, grade=1, recovery_grade=0), *platelets({1: 0, 15: 0}), count(8, 190, 6), count(8, 100, 7)
        ).rows[1]
        == 7
    )
    assert judged(RECOVERY, *platelets({1: 0, 15: 0}), count(8, 5000, 5), count(8, 190, 6)).rows == (1001, 6, 1015)


SCHEDULE = CountSchedule(days=(8, 22, 60, 67), tolerance_d=3, tests=("platelets", "neutrophils"))


@pytest.mark.parametrize(
    ("grades", "cut", "answer", "because"),
    [
        ({1: 0, 8: 0, 22: 0, 60: 0}, 200, "no", "no platelets count of grade 4 among 4"),
        ({1: 0, 5: 0, 25: 0, 57: 0}, 200, "no", "no platelets count of grade 4 among 4"),
        ({1: 0, 4: 0, 26: 0, 57: 0}, 200, "undetermined", "required platelets count missing on day 8, 22"),
        ({1: 0, 8: 0, 22: 0}, 59, "no", "no platelets count of grade 4 among 3"),
        ({1: 0, 8: 0, 22: 0}, 60, "undetermined", "required platelets count missing on day 60"),
    ],
)
def test_required_counts_of_the_window_by_the_cut(grades: dict[int, int], cut: int, answer: str, because: str) -> None:
    """Within three days, up to the last day of the window and no further; those of another test are another rule's."""
    verdict = judged(RECOVERY, *platelets(grades), cut=on(cut), schedule=SCHEDULE)
    assert (verdict.answer, verdict.because, verdict.seen) == (answer, (because,), False)


def test_a_missing_required_count_breaks_what_is_sure_of_an_episode() -> None:
    low = platelets({1: 0, 8: 4, 36: 4, 60: 4})
    assert judged(RECOVERY, *low).answer == "yes"
    assert judged(RECOVERY, *low, schedule=SCHEDULE).answer == "undetermined"


# --- what is carried ---


@pytest.mark.parametrize(
    ("rule", "grades", "day", "answer"),
    [
        (RECOVERY, {1: 0, 8: 4, 15: 2, 22: 4, 36: 4}, 14, "undetermined"),
        (RECOVERY, {1: 0, 8: 4, 15: 3, 22: 4, 36: 4}, 14, "yes"),
        (RECOVERY, {1: 0, 8: 4, 15: 2, 22: 0}, 14, "no"),
        (RECOVERY, {1: 0, 8: 0, 15: 0, 36: 0}, 14, "no"),
        (RECOVERY, {1: 0, 8: 0, 15: 0, 37: 0}, 14, "undetermined"),
        (LASTING, {1: 0, 8: 0, 15: 0, 21: 0}, 13, "no"),
        (LASTING, {1: 0, 8: 0, 15: 0, 22: 0}, 13, "undetermined"),
        (RECOVERY, {1: 0, 8: 0, 15: 0}, 14, "undetermined"),
        (RECOVERY, {1: 0, 8: 0, 57: 0, 60: 0, 90: 0}, 59, "undetermined"),
        (RECOVERY, {1: 0, 8: 0, 57: 0, 61: 0, 90: 0}, 60, "no"),
        (RECOVERY, {-20: 0, 1: 0, 30: 0}, 0, "no"),
        (RECOVERY, {-20: 0, 2: 0, 30: 0}, 0, "undetermined"),
        (RECOVERY, {1: 0, 8: 0, 10: 0, 12: 0, 20: 0}, 9, "no"),
    ],
)
def test_a_good_count_after_platelets_shows_nothing(
    rule: CountRule | DurationRule, grades: dict[int, int], day: int, answer: str
) -> None:
    """Platelets of one day carry the counts of seven; what hides there is over in time if own counts lie close enough on both sides."""
    verdict = judged(rule, *platelets(grades), given(day))
    assert verdict.answer == answer
    if any(day <= one <= day + 7 and grade <= 2 for one, grade in grades.items()):
        assert any(
            one.startswith("left out: ") and one.endswith(" counts that rest on Platelets") for one in verdict.because
        )
    if answer == "undetermined":
        assert verdict.seen
        assert verdict.noted == ()


def test_one_of_two_carried_counts_that_may_hide_an_episode_is_enough() -> None:
    """Carried on days 10 and 40: beside the first own counts on 8 and 20, beside the second on 20 and 55."""
    low = platelets({1: 0, 8: 0, 10: 0, 20: 0, 40: 0, 55: 0})
    assert judged(RECOVERY, *low, given(9), given(39)).answer == "undetermined"
    assert judged(RECOVERY, *low, given(9)).answer == "no"


def test_a_value_nobody_believes_keeps_no_watch_beside_a_carried_count() -> None:
    seen = platelets({1: 0, 8: 0, 15: 0, 43: 0})
    assert judged(RECOVERY, *seen, count(25, 30, 8), given(15)).answer == "no"
    assert judged(RECOVERY, *seen, count(25, None, 8), given(15)).answer == "undetermined"


def test_a_low_count_of_the_same_day_stands_on_neither_side_of_a_carried_one() -> None:
    """Own counts on days 8 and 43, and on day 15 itself beside the carried one: 35 days are not watched."""
    assert judged(RECOVERY, *platelets({8: 0, 15: 3, 43: 0}), count(15, 100, 9), given(15)).answer == "undetermined"


def test_a_carried_value_that_has_no_grade_is_not_left_out_but_questioned() -> None:
    verdict = judged(RECOVERY, *platelets({1: 0, 8: 0, 22: 0}), count(15, None, 7), given(14))
    assert (verdict.answer, verdict.because) == ("no", ("no platelets count of grade 4 among 4",))


@pytest.mark.parametrize(
    ("product", "day", "answer", "told"),
    [
        ("Platelets", None, "undetermined", "Platelets given on an unknown day: it may carry any of them"),
        ("Platelets", 100, "no", None),
        ("Red cells", None, "no", None),
        ("Vitamin D", 20, "no", "not taken into account, since no rule knows which count it carries: Vitamin D"),
        ("Vitamin D", None, "no", "not taken into account, since no rule knows which count it carries: Vitamin D"),
    ],
)
def test_a_product_without_its_day_or_without_a_rule_is_told(
    product: str, day: int | None, answer: str, told: str | None
) -> None:
    verdict = judged(RECOVERY, *platelets({1: 0, 8: 0, 36: 0}), given(day, product))
    assert (verdict.answer, verdict.seen) == (answer, answer == "undetermined")
    assert verdict.because == ("no platelets count of grade 4 among 3", *((told,) if told else ()))
    assert verdict.noted == ((told,) if told and answer == "no" else ())


# --- beside a no ---


@pytest.mark.parametrize(
    ("rule", "grades", "cut", "noted"),
    [
        (
            RECOVERY,
            {20: 0, 40: 0, 60: 0, 61: 4},
            200,
            ("platelets 10 10^9/L on 2016-04-01, grade 4: outside the window",),
        ),
        (
            RECOVERY,
            {20: 0, 40: 0, 60: 0, 90: 4},
            200,
            ("platelets 10 10^9/L on 2016-04-30, grade 4: outside the window",),
        ),
        (
            RECOVERY,
            {20: 0, 40: 0, 61: 0, 63: 4},
            200,
            ("platelets 10 10^9/L on 2016-04-03, grade 4: outside the window",),
        ),
        (RECOVERY, {20: 0, 40: 0, 61: 0, 64: 4}, 200, ()),
        (RECOVERY, {20: 0, 40: 0, 60: 0, 61: 3}, 200, ()),
        (RECOVERY, {20: 0, 40: 4, 41: 0, 60: 0, 61: 0}, 200, ()),
        (RECOVERY, {-1: 0, 0: 3, 20: 0, 40: 0, 60: 0}, 200, ()),
        (RECOVERY, {20: 0, 40: 0, 59: 0, 60: 4, 61: 0}, 200, ()),
        (RECOVERY, {10: 0, 31: 0, 60: 0}, 200, ()),
        (RECOVERY, {10: 0, 32: 0, 61: 0}, 200, ()),
        (
            RECOVERY,
            {10: 0, 31: 0, 61: 0},
            200,
            ("no platelets count between 2016-03-02 and 2016-03-31, and the protocol requires none",),
        ),
        (RECOVERY, {10: 0, 31: 0}, 59, ()),
        (
            RECOVERY,
            {10: 0, 30: 0},
            59,
            ("no platelets count between 2016-03-01 and 2016-03-30, and the protocol requires none",),
        ),
        (replace(RECOVERY, within_d=42), {10: 0, 18: 0}, 200, ()),
        (
            replace(RECOVERY, within_d=42),
            {10: 0, 17: 0},
            200,
            ("no platelets count between 2016-02-17 and 2016-03-31, and the protocol requires none",),
        ),
        (LASTING, {10: 0, 32: 0}, 200, ()),
        (
            LASTING,
            {10: 0, 31: 0},
            200,
            ("no platelets count between 2016-03-02 and 2016-03-31, and the protocol requires none",),
        ),
        (replace(LASTING, lasting_d=42), {10: 0, 18: 0}, 200, ()),
    ],
)
def test_what_a_no_leaves_out_is_told_beside_it(
    rule: CountRule | DurationRule, grades: dict[int, int], cut: int, noted: tuple[str, ...]
) -> None:
    """A low count within three days after the window, or whose begin may lie within it; and more than four weeks that nobody looked at."""
    verdict = judged(rule, *platelets(grades), cut=on(cut))
    assert (verdict.answer, verdict.noted) == ("no", noted)


# --- counts without their day ---


@pytest.mark.parametrize(
    ("month", "value", "window_d", "answer"),
    [
        (None, 10, 60, "undetermined"),
        (None, 30, 60, "no"),
        (None, None, 60, "no"),
        (JANUARY, 10, 60, "no"),
        (FEBRUARY, 10, 60, "undetermined"),
        (MARCH, 10, 60, "undetermined"),
        (MARCH, 10, 59, "undetermined"),
        (MARCH, 10, 30, "undetermined"),
        (MARCH, 10, 29, "no"),
        (APRIL, 10, 60, "no"),
        (YEAR, 10, 60, "undetermined"),
        (PartialDate(year=2015), 10, 60, "no"),
    ],
)
def test_a_low_count_of_a_month_is_a_question_where_the_month_touches_the_window(
    month: PartialDate | None, value: float | None, window_d: int, answer: str
) -> None:
    verdict = judged(RECOVERY, *platelets({1: 0, 8: 0, 24: 0}), count(month, value, 7), window_d=window_d)
    assert (verdict.answer, verdict.seen) == (answer, answer == "undetermined")
    if verdict.seen:
        assert verdict.because == (f"platelets 10 10^9/L, grade 4, day not known ({month or 'no date'})",)
        assert verdict.rows == (7,)


def test_a_month_that_ends_on_day_1_touches_the_window() -> None:
    first = date(2016, 1, 31)
    rest = (count(first, 190, 6), count(first + timedelta(days=9), 190, 8))
    made = study(
        replace(INFUSION, start=datetime.combine(first, time(13), UTC)), *rest, count(JANUARY, 10, 7), rules=(RECOVERY,)
    )
    assert judge(made.subjects[0], made, LATER)[0].answer == "undetermined"


def test_an_undated_count_without_a_grade_is_no_low_one() -> None:
    mild = replace(RECOVERY, grade=1, recovery_grade=0)
    assert judged(mild, *platelets({1: 0, 8: 0}), count(None, None, 7)).answer == "no"
    assert judged(mild, *platelets({1: 0, 8: 0}), count(None, 190, 7)).answer == "no"
    assert judged(mild, *platelets({1: 0, 8: 0}), count(None, 100, 7)).answer == "undetermined"
    assert judged(mild, *platelets({1: 0, 8: 0}), count(None, 0.1, 7, "neutrophils")).answer == "no"


# --- questioned and censored values ---


def test_a_rule_without_a_questioned_value_of_its_test_says_nothing_of_one() -> None:
    verdict = judged(RECOVERY, *platelets({1: 0, 8: 0}), count(15, 5000, 7, "neutrophils"))
    assert (verdict.answer, verdict.because) == ("no", ("no platelets count of grade 4 among 2",))


def test_a_questioned_value_by_which_the_rule_says_the_same_is_named() -> None:
    verdict = judged(RECOVERY, *platelets({1: 0, 8: 0, 16: 0}), count(12, 5000, 7))
    assert verdict.answer == "no"
    assert verdict.because[0] == "no platelets count of grade 4 among 4"
    assert verdict.because[1].startswith(
        "the same however this is read: platelets 5000 10^9/L on 2016-02-12 (row 7): outside 0..3000"
    )


def test_a_questioned_value_by_which_the_rule_says_otherwise_makes_it_a_question() -> None:
    """Low on days 8 to 36: a DLT; with the 5000 of day 22 as delivered it recovered."""
    made = study(INFUSION, *platelets({1: 0, 8: 4, 15: 4, 29: 4, 36: 4, 43: 0}), count(22, 5000, 7), rules=(RECOVERY,))
    verdict = judge(made.subjects[0], made, LATER)[0]
    assert (verdict.answer, verdict.seen, verdict.met_on) == ("undetermined", True, None)
    assert verdict.because[0].endswith("; by it the rule says no, else yes")
    assert verdict.rows == (7, 1001, 1008, 1015, 1029, 1036, 1043)
    assert found(made, percent=50.0).status == "undetermined"


def test_two_questioned_values_are_also_read_one_at_a_time() -> None:
    """Haemoglobin of 7 on days 8 and 36, of 0.5 and of 30 on day 22: low for 28 days by none, by both (the worse stands), not by the 30."""
    anaemia = DurationRule(name="anaemia", test="haemoglobin", grade=3, lasting_d=28)
    values = ((1, 14.0), (8, 7.0), (22, 0.5), (22, 30.0), (36, 7.0), (43, 14.0))
    counts = [
        Lab(subject="S", row=row, on=on(day), test="haemoglobin", value=value, unit="g/dL")
        for row, (day, value) in enumerate(values, start=10)
    ]
    assert judged(anaemia, *counts[:3], *counts[4:]).answer == "yes"
    assert judged(anaemia, *counts).answer == "undetermined"


@pytest.mark.parametrize(
    ("value", "side", "answer", "words"),
    [
        (
            30.0,
            "<",
            "undetermined",
            "platelets <30 10^9/L on 2016-02-15 may be grade 3 to 4; by it the rule says undetermined, else no",
        ),
        (20.0, "<", "undetermined", "platelets grade 4 first on 2016-02-15"),
        (60.0, ">", "no", "no platelets count of grade 4 among 3"),
    ],
)
def test_a_value_told_as_below_a_limit_is_read_at_both_its_ends(
    value: float, side: Side, answer: str, words: str
) -> None:
    told = replace(count(15, value, 7), side=side)
    verdict = judged(RECOVERY, *platelets({1: 0, 50: 0}), told)
    assert verdict.answer == answer
    assert verdict.because[0].startswith(words)


# --- the status ---

SEEN = Contact(subject="S", row=9, on=on(60))
"""On the last day of the window."""
LOW = platelets({1: 0, 8: 4, 37: 0})
"""For 0 to 36 days: not settled."""
ASKED, SETTLED = event(20, grade=None), event(20, 22, 30)
GOOD = platelets({1: 0, 8: 0, 36: 0, 60: 0})


@pytest.mark.parametrize(
    ("facts", "cut", "status"),
    [
        ((ASKED, *LOW), 59, "undetermined"),
        ((ASKED, *GOOD), 59, "undetermined"),
        ((ASKED, *LOW), 60, "undetermined"),
        (LOW, 59, "pending"),
        (LOW, 60, "undetermined"),
        ((ASKED, replace(SETTLED, row=4), *LOW), 59, "DLT"),
        (GOOD, 59, "pending"),
        (GOOD, 60, "no DLT"),
    ],
)
def test_an_open_count_waits_while_the_window_runs_and_an_open_event_asks_at_once(
    facts: tuple[Fact, ...], cut: int, status: str
) -> None:
    assert found(study(INFUSION, *facts, rules=(EVENT, RECOVERY)), on(cut)).status == status


OTHER_LOW = replace(RECOVERY, name="other", test="neutrophils")


def test_what_was_seen_goes_before_the_share_of_activity_and_what_nobody_looked_at_after_it() -> None:
    for rules, facts, status in (
        ((EVENT, RECOVERY), LOW, "undetermined"),
        ((EVENT, RECOVERY), GOOD, "not evaluable"),
        ((EVENT, RECOVERY), (*GOOD, count(FEBRUARY, 10, 7)), "undetermined"),
        ((EVENT, RECOVERY), (*GOOD, given(None)), "undetermined"),
        ((EVENT, RECOVERY), (), "not evaluable"),
        ((EVENT, RECOVERY), (ASKED,), "undetermined"),
        ((EVENT, RECOVERY), (SETTLED,), "DLT"),
    ):
        made = study(INFUSION, *facts, rules=rules, minimum_activity_percent=90.0)
        assert found(made, percent=89.9).status == status, facts
        declared = replace(made.subjects[0].enrolment, not_evaluable_reason="withdrew")
        who = replace(made.subjects[0], enrolment=declared)
        assert found(replace(made, subjects=(who,))).status == status, facts


@pytest.mark.parametrize(
    ("percent", "status"),
    [(90.0, "no DLT"), (89.99, "not evaluable"), (120.0, "no DLT"), (120.01, "not evaluable"), (None, "undetermined")],
)
def test_the_shares_of_activity_a_protocol_names_are_enough(percent: float | None, status: str) -> None:
    made = study(INFUSION, SEEN, rules=(EVENT,), minimum_activity_percent=90.0, maximum_activity_percent=120.0)
    one = found(made, percent=percent)
    assert one.status == status
    if status != "no DLT":
        assert one.rows == (2,)
    assert found(study(INFUSION, SEEN, rules=(EVENT,)), percent=percent).status == (
        "undetermined" if percent is None else "no DLT"
    )
    only_most = study(INFUSION, SEEN, rules=(EVENT,), maximum_activity_percent=120.0)
    assert found(only_most, percent=89.99).status == "no DLT"


TWO_FRACTIONS = DoseLevel(
    number=1, dose=Dose(amount=231.25, basis="body surface area"), regimen=Regimen(fractions=2, interval_d=7)
)
SECOND = replace(INFUSION, row=4, start=INFUSION.start + timedelta(days=7))


@pytest.mark.parametrize(
    ("arm", "infusions", "cut", "status"),
    [
        (None, (INFUSION,), 10, "not evaluable"),
        ("1", (INFUSION,), 59, "pending"),
        ("1", (INFUSION,), 60, "not evaluable"),
        ("1", (INFUSION, SECOND), 10, "not evaluable"),
    ],
    ids=["no-level-is-one-fraction", "between-fractions", "window-over", "both-given"],
)
def test_too_little_activity_is_judged_once_the_regimen_or_the_window_is_over(
    arm: str | None, infusions: tuple[Administration, ...], cut: int, status: str
) -> None:
    made = study(*infusions, rules=(EVENT,), arm=arm, minimum_activity_percent=90.0)
    arms = (replace(made.protocol.arms[0], code="1", dose_level=1),)
    split = replace(made, protocol=replace(made.protocol, dose_levels=(TWO_FRACTIONS,), arms=arms))
    assert found(split, on(cut), 50.0).status == status


@pytest.mark.parametrize(
    ("seen", "tolerance", "status"),
    [
        (60, None, "no DLT"),
        (59, None, "undetermined"),
        (57, 3, "no DLT"),
        (56, 3, "undetermined"),
        (58, 1, "undetermined"),
        (61, None, "no DLT"),
    ],
)
def test_seen_to_the_end_of_the_window_within_the_tolerance_of_visits(
    seen: int, tolerance: int | None, status: str
) -> None:
    schedule = CountSchedule(days=(8,), tolerance_d=tolerance, tests=("platelets",)) if tolerance is not None else None
    one = found(study(INFUSION, Contact(subject="S", row=9, on=on(seen)), rules=(EVENT,), schedule=schedule))
    assert one.status == status
    if status == "undetermined":
        assert one.because == (f"last seen on day {seen}, before the window ended",)
        assert one.rows == (9,)


@pytest.mark.parametrize(
    ("seen", "cut", "elapsed", "followed", "told"),
    [
        (30, 30, 30, 30, ""),
        (22, 50, 50, 50, ""),
        (21, 50, 50, 21, "; last seen on day 21"),
        (1, 29, 29, 29, ""),
        (1, 30, 30, 1, "; last seen on day 1"),
        (59, 59, 59, 59, ""),
    ],
)
def test_whoever_was_not_seen_for_four_weeks_was_followed_to_the_day_last_seen(
    seen: int, cut: int, elapsed: int, followed: int, told: str
) -> None:
    one = found(study(INFUSION, Contact(subject="S", row=9, on=on(seen)), rules=(EVENT,)), on(cut))
    assert (one.status, one.elapsed_d, one.followed_d) == ("pending", elapsed, followed)
    assert one.because == (f"day {elapsed} of 60; the window ends on 2016-03-31{told}",)


def test_a_count_that_waits_is_followed_too() -> None:
    one = found(study(INFUSION, *LOW, rules=(RECOVERY,)), on(59))
    assert (one.status, one.elapsed_d, one.followed_d) == ("pending", 59, 59)
    assert one.because[0] == "day 59 of 60; the window ends on 2016-03-31"
    later = found(study(INFUSION, *LOW, rules=(RECOVERY,)), on(200))
    assert later.elapsed_d == 60


def test_the_first_rule_met_dates_a_dlt_and_open_ones_are_told_beside_it() -> None:
    low = platelets({1: 0, 8: 4, 36: 4, 43: 0})
    one = found(study(INFUSION, event(40, 41, 42), *low, rules=(EVENT, RECOVERY, OTHER_LOW)))
    assert (one.status, one.dlt_after_d) == ("DLT", 36)
    assert one.because[2] == "also open: other: no neutrophils count after the infusion"
    assert one.rows == (3, 1001, 1008, 1036, 1043)
    assert found(study(INFUSION, event(30, 31, 42), *low, rules=(EVENT, RECOVERY))).dlt_after_d == 31
    assert found(study(INFUSION, event(FEBRUARY, FEBRUARY, 30), *low, rules=(EVENT, RECOVERY))).dlt_after_d is None


@pytest.mark.parametrize(
    ("died", "window_d", "status"),
    [
        (60, 60, "undetermined"),
        (61, 60, "no DLT"),
        (None, 60, "undetermined"),
        (APRIL, 60, "no DLT"),
        (MARCH, 59, "undetermined"),
        (MARCH, 29, "no DLT"),
        (YEAR, 60, "undetermined"),
    ],
)
def test_a_death_that_may_lie_in_the_window_is_a_question(died: int | When | None, window_d: int, status: str) -> None:
    facts = (
        INFUSION,
        Death(subject="S", row=8, on=when(died)),
        Contact(subject="S", row=9, on=on(window_d), vital_status="alive"),
    )
    one = found(study(*facts, rules=(EVENT,), window_d=window_d))
    assert one.status == status
    assert (8 in one.rows) is (status == "undetermined")


@pytest.mark.parametrize(
    ("alive", "heard", "status"),
    [
        (60, 70, "no DLT"),
        (59, 70, "undetermined"),
        (60, APRIL, "no DLT"),
        (None, 70, "undetermined"),
        (None, YEAR, "undetermined"),
        (60, None, "undetermined"),
    ],
)
def test_a_death_heard_of_came_after_the_last_day_seen_alive(
    alive: int | None, heard: int | When | None, status: str
) -> None:
    seen = [Contact(subject="S", row=8, on=on(alive), vital_status="alive")] if alive else []
    one = found(
        study(INFUSION, *seen, Contact(subject="S", row=9, on=when(heard), vital_status="dead"), rules=(EVENT,))
    )
    assert one.status == status


# --- without a first day ---

MILD_TOO = replace(RECOVERY, name="milder", grade=3, recovery_grade=1)


@pytest.mark.parametrize(
    ("facts", "rules", "status"),
    [
        ((), (EVENT, RECOVERY), "not evaluable"),
        ((event(20),), (EVENT,), "undetermined"),
        ((event(20, grade=4),), (EVENT,), "undetermined"),
        ((event(20, grade=2),), (EVENT,), "not evaluable"),
        ((event(20, grade=None),), (EVENT,), "undetermined"),
        ((event(20),), (EVENT, replace(EVENT, minimum_grade=4)), "undetermined"),
        ((event(20),), (replace(EVENT, minimum_grade=4), EVENT), "undetermined"),
        ((event(20),), (replace(EVENT, minimum_grade=4),), "not evaluable"),
        ((event(20, grade=4),), (RECOVERY,), "not evaluable"),
        ((count(20, 10, 7),), (EVENT, RECOVERY), "undetermined"),
        ((count(None, 10, 7),), (EVENT, RECOVERY), "undetermined"),
        ((count(20, 10, 7),), (EVENT,), "not evaluable"),
        ((count(20, 30, 7),), (EVENT, RECOVERY), "not evaluable"),
        ((count(20, 30, 7),), (MILD_TOO, RECOVERY), "undetermined"),
        ((count(20, 30, 7),), (RECOVERY, MILD_TOO), "undetermined"),
        ((count(20, 0.1, 7, "neutrophils"),), (EVENT, RECOVERY), "not evaluable"),
        ((count(20, None, 7),), (EVENT, RECOVERY), "not evaluable"),
        ((count(20, 190, 7),), (EVENT, replace(RECOVERY, grade=1, recovery_grade=0)), "not evaluable"),
        ((count(20, 5000, 7),), (EVENT, RECOVERY), "undetermined"),
        ((count(20, 5000, 7),), (EVENT, OTHER_LOW), "not evaluable"),
        ((replace(count(20, 30, 7), side="<"),), (EVENT, RECOVERY), "undetermined"),
        ((replace(count(20, 60, 7), side=">"),), (EVENT, RECOVERY), "not evaluable"),
        ((Death(subject="S", row=7, on=on(20)),), (EVENT,), "undetermined"),
    ],
)
def test_without_an_infusion_record_what_a_rule_asks_about_is_not_passed_over(
    facts: tuple[Fact, ...], rules: tuple[Rule, ...], status: str
) -> None:
    """Treatment was reported, by its day or by days of safety; a value in a wrong unit, or told as below a limit, may be a low one."""
    made = study(*facts, rules=rules)
    plain = made.subjects[0]
    for enrolment in (
        replace(plain.enrolment, safety_days_reported=0),
        replace(plain.enrolment, first_treatment=DAY_1),
    ):
        one = found(replace(made, subjects=(replace(plain, enrolment=enrolment),)))
        assert one.status == status
        assert one.rows == ((1, *(fact.row for fact in facts)) if status == "undetermined" else (1,))
        assert (one.elapsed_d, one.dlt_after_d) == (None, None)


@pytest.mark.parametrize(
    ("facts", "declared", "status", "because"),
    [
        ((), None, "pending", ("enrolled, not yet treated",)),
        ((), "withdrew", "not evaluable", ("withdrew",)),
        ((event(20),), None, "pending", ("enrolled, not yet treated; Nausea, grade 3",)),
        (
            (event(20, grade=None),),
            "withdrew",
            "undetermined",
            (
                "no administration record: what was seen cannot be placed in the window; Nausea, grade unknown",
                "withdrew",
            ),
        ),
        (
            (count(None, 10, 7), Death(subject="S", row=8, on=on(20))),
            None,
            "undetermined",
            (
                "no administration record: what was seen cannot be placed in the window; platelets 10 10^9/L on an unknown day; "
                "died (death record)",
            ),
        ),
    ],
)
def test_who_was_not_treated_waits_unless_something_was_said(
    facts: tuple[Fact, ...], declared: str | None, status: str, because: tuple[str, ...]
) -> None:
    made = study(*facts, rules=(EVENT, RECOVERY))
    enrolment = replace(made.subjects[0].enrolment, not_evaluable_reason=declared)
    one = found(replace(made, subjects=(replace(made.subjects[0], enrolment=enrolment),)))
    assert (one.status, one.because) == (status, because)


def test_a_first_day_known_to_the_month_leaves_everything_open() -> None:
    one = found(study(Exposure(subject="S", row=2, on=FEBRUARY), event(20), count(20, 10, 7), rules=(EVENT, RECOVERY)))
    assert (one.status, one.rows) == ("undetermined", (1, 3, 7))
    assert one.because == (
        "treated, and the first day of treatment is not known to the day; Nausea, grade 3; platelets 10 10^9/L on 2016-02-20",
    )


def test_a_protocol_without_the_rule_and_a_subject_without_day_1_are_refused() -> None:
    bare = study(INFUSION, rules=(EVENT,))
    none = replace(bare, protocol=replace(bare.protocol, dlt=None))
    for call in (
        lambda: judge(none.subjects[0], none, LATER),
        lambda: outcome(none.subjects[0], none, LATER, 1, 100.0),
    ):
        with pytest.raises(ValueError, match="defines no dose-limiting toxicity"):
            call()
    untreated = study(rules=(EVENT,))
    with pytest.raises(ValueError, match="no administration recorded"):
        judge(untreated.subjects[0], untreated, LATER)


def test_grades_that_were_worked_out_already_are_used() -> None:
    made = study(INFUSION, *platelets({1: 0, 8: 0}), rules=(RECOVERY,))
    low = study(INFUSION, *platelets({1: 0, 8: 4, 36: 4}), rules=(RECOVERY,))
    labs = graded(low.subjects[0], low.protocol)
    assert judge(made.subjects[0], made, LATER, labs)[0].answer == "yes"
    untreated = study(rules=(RECOVERY,))
    assert (
        outcome(untreated.subjects[0], untreated, LATER, 1, None, labs)
        .because[0]
        .startswith("enrolled, not yet treated; platelets 10")
    )


def test_events_that_were_never_delivered_are_an_open_question_of_nobody_looking() -> None:
    made = replace(study(INFUSION, SETTLED, rules=(EVENT,)), delivered_kinds=frozenset({"lab"}))
    verdict = judge(made.subjects[0], made, LATER)[0]
    assert (verdict.answer, verdict.seen) == ("undetermined", False)
