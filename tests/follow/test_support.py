"""Counts that rest on a transfusion or growth factor: left out of nadirs and of recoveries, never of what is low."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from hevesy.follow.dlt.rules import judge
from hevesy.follow.dlt.verdict import Verdict
from hevesy.follow.labs import courses, graded
from hevesy.follow.support import rule_for, supported, without_rule
from hevesy.study.dates import PartialDate
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.protocol import AdverseEventRule, CountRule, CountSchedule, DurationRule, SupportRule
from hevesy.study.subject import Study, Subject

PLATELETS: dict[int, float] = {1: 200, 15: 90, 29: 18, 36: 40, 43: 22, 50: 60, 57: 120, 64: 160}
"""By study day; platelets are given on day 32 and carry the 40 of day 36."""


def subject_of(study: Study, counts: Mapping[int, float], *given: tuple[int, str]) -> tuple[Study, Subject]:
    """The first subject with these platelet counts and products only."""
    first = study.subjects[0]
    day_1 = first.day_1
    assert day_1 is not None
    kept: list[Fact] = [event for event in first.events if not isinstance(event, Lab | SupportiveCare)]
    kept += [
        Lab(
            subject=first.id,
            row=1000 + day,
            on=day_1 + timedelta(days=day - 1),
            test="platelets",
            value=value,
            unit="10^9/L",
        )
        for day, value in counts.items()
    ]
    kept += [
        SupportiveCare(subject=first.id, row=2000 + day, on=day_1 + timedelta(days=day - 1), product=product)
        for day, product in given
    ]
    subject = replace(first, events=tuple(kept))
    return replace(study, subjects=(subject,)), subject


def test_a_nadir_without_carried_counts_and_a_recovery_by_own_counts_only(demo_study: Study) -> None:
    study, subject = subject_of(
        demo_study, PLATELETS | {57: 155}, (32, "platelet concentrate"), (54, "Platelets, apheresis")
    )
    course = courses(subject, graded(subject, study.protocol))[0]
    assert [item.day for item in course.counts if item.support is not None] == [36, 57]
    assert course.nadir is not None
    assert course.own_nadir is not None
    assert (course.nadir.grade.value, course.own_nadir.grade.value) == (18, 18)
    assert course.episode is not None
    assert course.episode.resolved_day == 64, "the 155 of day 57 rests on the platelets of day 54"
    _, plain = subject_of(demo_study, PLATELETS | {57: 155})
    without = courses(plain, graded(plain, study.protocol))[0].episode
    assert without is not None
    assert without.resolved_day == 57


def test_a_lowest_count_under_transfusion_is_the_nadir_and_not_the_marrows_own(demo_study: Study) -> None:
    study, subject = subject_of(demo_study, {1: 200, 29: 30, 36: 12, 43: 50}, (33, "platelets"))
    course = courses(subject, graded(subject, study.protocol))[0]
    assert course.nadir is not None
    assert course.own_nadir is not None
    assert (course.nadir.grade.value, course.own_nadir.grade.value) == (12, 30)
    assert course.worst_grade == 4


def test_a_count_carried_by_a_transfusion_settles_no_dose_limiting_toxicity(demo_study: Study) -> None:
    """Grade 4 on day 29, back on day 36 only under platelets: without them the recovery is seen on day 64."""
    rule = CountRule(name="platelets not back", test="platelets", grade=4, recovery_grade=1, within_d=28)
    assert demo_study.protocol.dlt is not None
    protocol = replace(demo_study.protocol, dlt=replace(demo_study.protocol.dlt, rules=(rule,)), count_schedule=None)
    counts = {1: 200, 22: 100, 29: 18, 36: 100, 50: 20, 64: 160}
    answers = {}
    for given in ((), ((33, "platelet concentrate"),)):
        study, subject = subject_of(replace(demo_study, protocol=protocol), counts, *given)
        answers[bool(given)] = judge(subject, study, date(2017, 1, 1))[0]
    assert answers[False].answer == "no"
    assert answers[True].answer == "undetermined"
    assert any("left out: 1 counts that rest on platelet concentrate" in why for why in answers[True].because)


@pytest.mark.parametrize(
    ("product", "test", "days"),
    [
        ("Platelet concentrate", "platelets", 7), ("2 units packed cells", "haemoglobin", 14), ("RBC", "haemoglobin", 14),
        ("Filgrastim 300 ug", "neutrophils", 7), ("Pegfilgrastim", "neutrophils", 14), ("G-CSF", "neutrophils", 7),
    ],
)  # fmt: skip
def test_products_are_known_by_their_words(product: str, test: str, days: int) -> None:
    rule = rule_for(product)
    assert rule is not None
    assert (rule.test, rule.days) == (test, days)


def test_the_protocols_own_days_go_first_and_what_no_rule_knows_is_told(demo_study: Study) -> None:
    study, subject = subject_of(demo_study, PLATELETS, (20, "platelets"), (25, "eltrombopag"))
    day_1 = subject.day_1
    assert day_1 is not None
    on = day_1 + timedelta(days=28)
    assert supported(subject, "platelets", on) is None, "nine days after"
    own = (
        SupportRule(words=("platelet",), test="platelets", days=10),
        SupportRule(words=("eltrombopag",), test="platelets", days=14),
    )
    found = supported(subject, "platelets", on, own)
    assert found is not None
    assert found.product == "eltrombopag"
    assert [given.product for given in without_rule(subject)] == ["eltrombopag"]
    assert without_rule(subject, own) == ()
    month = replace(subject, events=(*subject.events, SupportiveCare(subject="S", row=1, on=None, product="platelets")))
    assert [given.row for given in without_rule(month, own)] == [1]
    assert study.protocol.support_rules == ()


def test_a_product_known_to_the_month_carries_any_day_it_may(demo_study: Study) -> None:
    _, subject = subject_of(demo_study, PLATELETS)
    day_1 = subject.day_1
    assert day_1 is not None
    later = day_1 + timedelta(days=40)
    given = SupportiveCare(
        subject=subject.id, row=1, on=PartialDate(year=later.year, month=later.month), product="platelets"
    )
    subject = replace(subject, events=(*subject.events, given))
    assert supported(subject, "platelets", later) is not None
    assert supported(subject, "platelets", later - timedelta(days=62)) is None
    assert supported(subject, "haemoglobin", later) is None


def verdict(
    study: Study,
    rule: CountRule | DurationRule,
    counts: Mapping[int, float],
    *given: tuple[int, str],
    weekly: bool = False,
) -> Verdict:
    """The rule's answer for weekly counts as required (or none required)."""
    assert study.protocol.dlt is not None
    schedule = CountSchedule(days=tuple(range(1, 86, 7)), tolerance_d=3, tests=("platelets",)) if weekly else None
    protocol = replace(study.protocol, dlt=replace(study.protocol.dlt, rules=(rule,)), count_schedule=schedule)
    changed, subject = subject_of(replace(study, protocol=protocol), counts, *given)
    return judge(subject, changed, date(2017, 1, 1))[0]


WEEKS = range(1, 86, 7)
LASTING = DurationRule(name="grade 4 for 7 days", test="platelets", grade=4, lasting_d=7)


def test_required_counts_that_rest_on_transfusions_are_as_if_not_drawn(demo_study: Study) -> None:
    """Three of them after platelets: the rule cannot be answered, as where they were not drawn at all."""
    counts = dict.fromkeys(WEEKS, 160.0) | {36: 30, 43: 28, 50: 35}
    carried = verdict(demo_study, LASTING, counts, (34, "platelets"), (41, "platelets"), (48, "platelets"), weekly=True)
    not_drawn = verdict(
        demo_study, LASTING, {day: value for day, value in counts.items() if day not in (36, 43, 50)}, weekly=True
    )
    assert (carried.answer, not_drawn.answer) == ("undetermined", "undetermined")
    assert verdict(demo_study, LASTING, counts, weekly=True).answer == "no"


def test_a_carried_count_between_two_low_ones_leaves_open_whether_it_lasted(demo_study: Study) -> None:
    rule = DurationRule(name="grade 4 for 14 days", test="platelets", grade=4, lasting_d=14)
    counts = dict.fromkeys(WEEKS, 160.0) | {36: 18, 43: 150, 50: 18}
    for weekly in (True, False):
        assert verdict(demo_study, rule, counts, (40, "platelets"), weekly=weekly).answer == "undetermined"


def test_products_without_a_day_leave_the_answer_open_and_unknown_ones_are_told(demo_study: Study) -> None:
    good = dict.fromkeys(WEEKS, 160.0)
    study, subject = subject_of(demo_study, good)
    undated = replace(
        subject, events=(*subject.events, SupportiveCare(subject=subject.id, row=1, on=None, product="platelets"))
    )
    assert study.protocol.dlt is not None
    protocol = replace(study.protocol, dlt=replace(study.protocol.dlt, rules=(LASTING,)), count_schedule=None)
    answer = judge(undated, replace(study, protocol=protocol, subjects=(undated,)), date(2017, 1, 1))[0]
    assert (answer.answer, "given on an unknown day" in " ".join(answer.because)) == ("undetermined", True)
    unknown = verdict(demo_study, LASTING, good, (20, "eltrombopag"))
    assert (unknown.answer, "no rule knows which count it carries: eltrombopag" in " ".join(unknown.because)) == (
        "no",
        True,
    )


def test_carried_counts_do_not_show_that_a_low_count_stayed_mild(demo_study: Study) -> None:
    """An event of unknown grade and counts of 40 under transfusions only: whether it reached grade 4 is open."""
    assert demo_study.protocol.dlt is not None
    rule = AdverseEventRule(name="grade 4", minimum_grade=4, non_haematological_only=False)
    protocol = replace(demo_study.protocol, dlt=replace(demo_study.protocol.dlt, rules=(rule,)), count_schedule=None)
    answers = []
    for given in ((), tuple((day - 2, "platelets") for day in WEEKS)):
        study, subject = subject_of(replace(demo_study, protocol=protocol), dict.fromkeys(WEEKS, 40.0), *given)
        kept = tuple(event for event in subject.events if not isinstance(event, AdverseEvent))
        low = AdverseEvent(subject=subject.id, row=1, on=subject.day_1, term="Platelet count decreased", resolved=None)
        subject = replace(subject, events=(*kept, low))
        answers.append(judge(subject, replace(study, subjects=(subject,)), date(2017, 1, 1))[0].answer)
    assert answers == ["no", "undetermined"]


def test_a_carried_count_that_could_hide_nothing_long_enough_settles_nothing_less(demo_study: Study) -> None:
    """Grade 4 on day 29, carried on 36, back by the own count of day 43: over within 21 days of the last good count, whatever day 36 was."""
    rule = CountRule(name="not back to grade 2 in 21 days", test="platelets", grade=4, recovery_grade=2, within_d=21)
    counts = dict.fromkeys(WEEKS, 160.0) | {22: 60, 29: 18, 36: 60, 43: 62, 50: 95}
    for day_36 in (60, 15):
        assert verdict(demo_study, rule, counts | {36: day_36}, (30, "platelets"), weekly=True).answer == "no"
    assert (
        verdict(demo_study, replace(rule, within_d=14), counts, (30, "platelets"), weekly=True).answer == "undetermined"
    )
