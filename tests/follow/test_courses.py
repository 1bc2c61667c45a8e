"""Counts with their limits: of the row before those of the protocol, below or above a limit, and what is no blood count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hevesy.follow.dlt.rules import judge
from hevesy.follow.labs import courses, graded, taken_as_delivered
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.treatment import Administration, SupportiveCare
from hevesy.study.protocol import DurationRule
from hevesy.study.subject import Study, Subject


def plain(study: Study, *labs: Lab) -> Subject:
    subject = study.subjects[0]
    return replace(subject, events=(*subject.of(Administration), *labs))


def lab(
    study: Study, day: int, value: float | None, test: str = "haemoglobin", unit: str = "g/dL", **more: object
) -> Lab:
    first = study.subjects[0].day_1
    assert first is not None
    return Lab(
        subject="S",
        row=1000 + day,
        on=first + timedelta(days=day - 1),
        test=test,
        value=value,
        unit=unit,
        **more,  # type: ignore[arg-type]
    )


def test_limits_of_the_row_go_before_those_of_the_protocol(demo_study: Study) -> None:
    """11.5 g/dL: below the protocol's 12 (women) it is grade 1, above a row's own 11 it is not."""
    subject = plain(
        demo_study,
        lab(demo_study, 8, 11.5),
        lab(demo_study, 15, 11.5, lower=11.0),
        lab(demo_study, 22, 115.0, unit="g/L", lower=110.0),
    )
    assert [item.grade.grade for item in graded(subject, demo_study.protocol)] == [1, 0, 0]
    without = plain(demo_study, lab(demo_study, 8, 40.0, "albumin", "g/L", lower=35.0))
    assert graded(without, demo_study.protocol)[0].grade.grade is None


@pytest.mark.parametrize(
    ("value", "side", "grade", "otherwise"),
    [(20.0, "<", 4, None), (50.0, "<", 3, 4), (1000.0, ">", 0, None), (25.0, ">", 0, 3), (75.0, "<", 2, 4)],
)
def test_a_value_below_or_above_a_limit_has_every_grade_it_may_have(
    demo_study: Study, value: float, side: str, grade: int, otherwise: int | None
) -> None:
    subject = plain(demo_study, lab(demo_study, 8, value, "platelets", "10^9/L", side=side))
    (found,) = graded(subject, demo_study.protocol)
    assert found.grade.grade == grade
    assert (found.otherwise.grade if found.otherwise is not None else None) == otherwise


def test_what_hangs_on_a_censored_count_is_undetermined(demo_study: Study) -> None:
    rule = DurationRule(name="grade 4 for 7 days", test="platelets", grade=4, lasting_d=7)
    assert demo_study.protocol.dlt is not None
    protocol = replace(demo_study.protocol, dlt=replace(demo_study.protocol.dlt, rules=(rule,)), count_schedule=None)
    study = replace(demo_study, protocol=protocol)
    answers = {}
    for value, side in ((50.0, "<"), (20.0, "<"), (50.0, None)):
        labs = [lab(study, day, 200.0, "platelets", "10^9/L") for day in (1, 8, 36, 64, 85)]
        labs += [lab(study, day, value, "platelets", "10^9/L", side=side) for day in (15, 22, 29)]
        subject = plain(study, *labs)
        verdict = judge(subject, study, date(2016, 12, 1))[0]
        answers[value, side] = (verdict.answer, verdict.seen)
        if side == "<" and value == 50.0:
            assert "platelets <50 10^9/L on" in verdict.because[0]
    assert answers == {(50.0, "<"): ("undetermined", True), (20.0, "<"): ("yes", False), (50.0, None): ("no", False)}


def test_values_that_are_none_and_tests_that_are_no_counts_are_passed_over(demo_study: Study) -> None:
    labs: tuple[Fact, ...] = (
        lab(demo_study, 8, None, "platelets", "10^9/L"),
        lab(demo_study, 9, 40.0, "albumin", "g/L"),
        lab(demo_study, 11, 90.0, "platelets", "10^9/L"),
    )
    subject = replace(demo_study.subjects[0], events=(*demo_study.subjects[0].of(Administration), *labs))
    found = graded(subject, demo_study.protocol)
    assert [item.grade.grade for item in found] == [None, None, 1]
    assert all(item.question is None for item in found)
    (course,) = courses(subject, found)
    assert (course.baseline, course.nadir and course.nadir.grade.value, len(course.counts)) == (None, 90.0, 1)


def test_baseline_nadir_and_recovery_by_hand(demo_study: Study) -> None:
    values = {-3: 250.0, 1: 210.0, 2: 200.0, 8: 60.0, 15: 20.0, 22: 20.0, 29: 90.0, 36: 160.0}
    subject = plain(
        demo_study,
        *(lab(demo_study, day if day > 0 else day + 1, value, "platelets", "10^9/L") for day, value in values.items()),
    )
    (course,) = courses(subject, graded(subject, demo_study.protocol))
    assert course.baseline is not None
    assert course.nadir is not None
    assert course.episode is not None
    assert (course.baseline.grade.value, course.nadir.grade.value, course.nadir.day, course.worst_grade) == (
        210.0,
        20.0,
        15,
        4,
    )
    episode = course.episode
    assert (
        episode.onset_day,
        episode.worst_day,
        episode.resolved_day,
        episode.baseline_grade,
        episode.worst_grade,
    ) == (8, 15, 36, 0, 4)


def test_questioned_values_can_be_taken_by_row(demo_study: Study) -> None:
    subject = plain(
        demo_study,
        lab(demo_study, 8, 9000.0, "platelets", "10^9/L"),
        lab(demo_study, 15, 9001.0, "platelets", "10^9/L"),
    )
    found = graded(subject, demo_study.protocol)
    assert [item.grade.grade for item in taken_as_delivered(found)] == [0, 0]
    assert [item.grade.grade for item in taken_as_delivered(found, [1008])] == [0, None]


def test_undated_counts_of_a_transfused_subject_are_graded_and_carried_by_nothing(demo_study: Study) -> None:
    first = demo_study.subjects[0].day_1
    assert first is not None
    given = SupportiveCare(subject="S", row=7, on=first, product="platelets")
    labs = (
        replace(lab(demo_study, 8, 40.0, "platelets", "10^9/L"), on=None),
        lab(demo_study, 5, 40.0, "albumin", "g/L"),
        lab(demo_study, 6, 40.0, "platelets", "10^9/L"),
    )
    subject = replace(demo_study.subjects[0], events=(*demo_study.subjects[0].of(Administration), given, *labs))
    found = {item.lab.row: item for item in graded(subject, demo_study.protocol)}
    assert [found[row].support for row in (1008, 1005)] == [None, None]
    assert found[1006].support == given
    assert found[1008].grade.grade == 3


def test_recovery_is_the_first_count_after_the_last_one_that_is_worse(demo_study: Study) -> None:
    """Worse than at baseline on days 8 and 22, not on 15 between: recovered on day 29, not on day 15."""
    values = {1: 200.0, 8: 60.0, 15: 180.0, 22: 60.0, 29: 190.0, 36: 200.0}
    subject = plain(demo_study, *(lab(demo_study, day, value, "platelets", "10^9/L") for day, value in values.items()))
    (course,) = courses(subject, graded(subject, demo_study.protocol))
    assert course.episode is not None
    assert (course.episode.onset_day, course.episode.resolved_day) == (8, 29)
    assert len(course.episode.rows) == 4


def test_the_day_of_the_infusion_is_baseline_and_the_next_day_is_not(demo_study: Study) -> None:
    values = {1: 250.0, 2: 40.0, 8: 90.0}
    subject = plain(demo_study, *(lab(demo_study, day, value, "platelets", "10^9/L") for day, value in values.items()))
    (course,) = courses(subject, graded(subject, demo_study.protocol))
    assert course.baseline is not None
    assert course.nadir is not None
    assert (course.baseline.day, course.nadir.day) == (1, 2)
