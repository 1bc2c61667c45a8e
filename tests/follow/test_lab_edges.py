"""Counts at the edges of their rules: limits of normal, day 1, ties, support, questions, and the tolerance of a visit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hevesy.errors import RuleError
from hevesy.follow.ctcae import LabGrade
from hevesy.follow.labs import (
    CountCourse,
    GradedLab,
    courses,
    graded,
    missing_counts,
    taken_as_delivered,
    taken_as_lowest,
)
from hevesy.study.believable import Questioned
from hevesy.study.dates import PartialDate
from hevesy.study.facts.laboratory import Lab, Side
from hevesy.study.facts.treatment import Administration, SupportiveCare
from hevesy.study.protocol import BloodTest, CountSchedule
from hevesy.study.subject import Study, Subject

DAY_1 = date(2020, 1, 1)
GIVEN = SupportiveCare(subject="S", row=900, on=DAY_1, product="platelets")
QUESTION = Questioned(subject="S", row=1, quantity="platelets", value="9000", on=DAY_1, because="why")
UNKNOWN = LabGrade(grade=None, because="", value=None)


def item(
    row: int,
    day: int | None,
    grade: int | None = 0,
    value: float | None = 100.0,
    *,
    test: str = "platelets",
    support: SupportiveCare | None = None,
    question: Questioned | None = None,
    otherwise: LabGrade | None = None,
    at_most: int | None = None,
    on: date | None = None,
) -> GradedLab:
    """A graded count of a study day; the day before day 1 is day -1."""
    if day is not None:
        on = DAY_1 + timedelta(days=day - 1 if day > 0 else day)
    unit = "g/dL" if test == "haemoglobin" else "10^9/L"
    lab = Lab(subject="S", row=row, on=on, test=test, value=value, unit=unit)
    found = LabGrade(grade=grade, because="", value=value, at_most=at_most)
    return GradedLab(lab=lab, grade=found, on=on, day=day, support=support, question=question, otherwise=otherwise)


def course(study: Study, *items: GradedLab) -> CountCourse:
    (found,) = courses(study.subjects[0], items)
    return found


def rows(course: CountCourse) -> tuple[int | None, ...]:
    """Of baseline, nadir and own nadir."""
    return tuple(None if one is None else one.lab.row for one in (course.baseline, course.nadir, course.own_nadir))


def treated(study: Study, *events: Lab | SupportiveCare) -> Subject:
    first = study.subjects[0]
    return replace(first, events=(*first.of(Administration), *events))


def lab(
    study: Study, day: int, value: float | None, test: str = "neutrophils", unit: str = "10^9/L", **more: object
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


@pytest.mark.parametrize(
    ("value", "unit", "lower", "grade"),
    [
        # neutrophils of 1.6: grade 1 below the protocol's 2.0; at or above the row's own limit none
        (1.6, "10^9/L", None, 1),
        (1.6, "10^9/L", 1.0, 0),
        (1.6, "10^9/L", 0.5, 0),
        (1.6, "10^9/L", 1.6, 0),
        (1.6, "10^9/L", 1.7, 1),
        (1.6, "10^9/L", 0.0, 1),  # a limit of nought is none
        (1.6, "10^9/L", -1.0, 1),
        (1600.0, "/uL", 1500.0, 0),
        (1600.0, "/uL", 1700.0, 1),
        (1600.0, "/uL", 0.5, 0),
    ],
)
def test_the_limit_of_a_row_is_in_its_own_unit(
    demo_study: Study, value: float, unit: str, lower: float | None, grade: int
) -> None:
    subject = treated(demo_study, lab(demo_study, 8, value, unit=unit, lower=lower))
    assert graded(subject, demo_study.protocol)[0].grade.grade == grade


@pytest.mark.parametrize(
    ("value", "side", "grade", "otherwise"),
    [
        # platelets, limit 150: grade 1 below it, 2 below 75, 3 below 50, 4 below 25
        (25.0, "<", 4, None),
        (25.1, "<", 3, 4),
        (25.0, ">", 0, 3),
        (24.9, ">", 0, 4),
        (50.0, ">", 0, 2),
        (75.0, ">", 0, 1),
        (150.0, ">", 0, None),
        (150.0, "<", 1, 4),
        (150.1, "<", 0, 4),
        (25.0, None, 3, None),
    ],
)
def test_below_and_above_do_not_hold_the_limit_itself(
    demo_study: Study, value: float, side: Side | None, grade: int, otherwise: int | None
) -> None:
    subject = treated(demo_study, lab(demo_study, 8, value, "platelets", side=side))
    (found,) = graded(subject, demo_study.protocol)
    assert (found.grade.grade, found.grade.value) == (grade, value)
    assert (None if found.otherwise is None else (found.otherwise.grade, found.otherwise.value)) == (
        None if otherwise is None else (otherwise, value)
    )
    for one in (found.grade, found.otherwise):
        assert one is None or one.because.startswith(f"{side}{value:g}: ") == (side is not None)


def test_what_cannot_be_graded_says_why_and_nothing_else(demo_study: Study) -> None:
    (found,) = graded(treated(demo_study, lab(demo_study, 9, None, "platelets", side="<")), demo_study.protocol)
    assert (found.grade.grade, found.grade.value, found.otherwise) == (None, None, None)
    assert found.grade.because == "no value"
    with pytest.raises(RuleError, match="'no unit' is not a unit of cell count"):
        lab(demo_study, 8, 20.0, "platelets", "no unit", side="<", lower=100.0)
    without = graded(
        treated(demo_study, lab(demo_study, 8, 1.6)), replace(demo_study.protocol, ctcae_version=None, dlt=None)
    )
    assert (without[0].grade.grade, without[0].grade.because) == (None, "the protocol names no CTCAE version")


def test_days_of_counts(demo_study: Study) -> None:
    """From day 1 on counted from 1; none without a whole date or without a first day."""
    first = demo_study.subjects[0].day_1
    assert first is not None
    vague = replace(lab(demo_study, 5, 3.0), on=PartialDate(year=first.year, month=first.month))
    labs = (
        lab(demo_study, 0, 3.0),
        lab(demo_study, 1, 3.0),
        lab(demo_study, 2, 3.0),
        vague,
        replace(lab(demo_study, 6, 3.0), on=None),
    )
    subject = treated(demo_study, *labs)
    assert [(one.day, one.on is None) for one in graded(subject, demo_study.protocol)] == [
        (-1, False),
        (1, False),
        (2, False),
        (None, True),
        (None, True),
    ]
    untreated = graded(replace(subject, events=labs), demo_study.protocol)
    assert [(one.day, one.on is None) for one in untreated] == [(None, False)] * 3 + [(None, True)] * 2


def test_a_rise_that_a_product_explains_rests_on_it_after_its_days_too(demo_study: Study) -> None:
    """Platelets given on day 10 carry counts to day 17; 250 of day 25 between 8 and 9 is theirs all the same."""
    first = demo_study.subjects[0].day_1
    assert first is not None
    given = replace(GIVEN, on=first + timedelta(days=9))
    counts = {8: 8.0, 10: 8.0, 17: 8.0, 18: 8.0, 25: 250.0, 32: 9.0}
    labs = tuple(lab(demo_study, day, value, "platelets") for day, value in counts.items())
    found = {one.day: one.support for one in graded(treated(demo_study, given, *labs), demo_study.protocol)}
    assert [found[day] for day in (8, 10, 17, 18, 32)] == [None, given, given, None, None]
    close = tuple(one for one in labs if one.row not in (1010, 1017, 1018))
    subject = treated(demo_study, given, *close)
    assert [one.support for one in graded(subject, demo_study.protocol)] == [None, given, None]
    alone = graded(treated(demo_study, *close), demo_study.protocol)
    assert [one.question is not None for one in alone] == [False, True, False]
    assert alone[1].otherwise is not None
    assert (alone[1].grade.grade, alone[1].grade.value, alone[1].otherwise.grade) == (None, None, 0)


def test_the_last_count_to_day_1_is_the_baseline_and_the_next_day_is_after_it(demo_study: Study) -> None:
    found = course(demo_study, item(3, 2, 0, 90.0), item(1, 1, 0, 80.0), item(2, -1, 4, 10.0), item(4, 8, 1, 85.0))
    assert rows(found) == (1, 4, 4)
    assert [one.lab.row for one in found.counts] == [3, 4]
    assert (found.worst_grade, found.subject, found.test) == (1, demo_study.subjects[0].id, "platelets")


def test_of_several_counts_of_one_day_the_worst_is_the_baseline(demo_study: Study) -> None:
    """Rows say nothing of their order in the day: whichever row is first, the count of grade 2 stands; of equals one does."""
    for worse, better in ((5, 9), (9, 5)):
        found = course(demo_study, item(better, 1), item(worse, 1, 2), item(2, -3, 3), item(8, 8))
        assert rows(found) == (worse, 8, 8)


def test_a_nadir_is_the_lowest_and_of_equals_the_first(demo_study: Study) -> None:
    """Nought is a value; the own nadir rests on no support."""
    counts = (
        item(1, 8, 1, 5.0),
        item(2, 15, 4, 0.0, support=GIVEN),
        item(3, 22, 4, 2.0),
        item(4, 29, 4, 0.0),
        item(5, 36, 4, 0.0),
    )
    found = course(demo_study, *counts)
    assert rows(found) == (None, 2, 4)
    assert found.episode is None
    carried = course(demo_study, item(1, 8, 1, 5.0, support=GIVEN))
    assert rows(carried) == (None, 1, None)


def test_counts_without_a_day_or_a_value_make_no_course(demo_study: Study) -> None:
    subject = demo_study.subjects[0]
    none = item(1, None), item(2, 8, None, None), item(3, 8, test="albumin")
    assert courses(subject, none) == ()
    (dated_only,) = courses(subject, [item(4, None, 3, 30.0, on=DAY_1)])
    assert (dated_only.counts, dated_only.baseline, dated_only.nadir, dated_only.worst_grade) == ((), None, None, None)
    both = courses(subject, [item(5, 8, test="haemoglobin"), item(6, 8), item(7, None, 4, 1.0, on=DAY_1)])
    assert [(one.test, [count.lab.row for count in one.counts]) for one in both] == [
        ("platelets", [6]),
        ("haemoglobin", [5]),
    ]


GRADES = dict[int, int | None]


@pytest.mark.parametrize(
    ("grades", "carried", "onset", "worst_day", "worst", "resolved"),
    [
        ({1: 0, 8: 1, 15: 0}, (), 8, 8, 1, 15),
        ({1: 0, 8: 1, 15: 3, 22: 3, 29: 2}, (), 8, 15, 3, None),  # the first of the worst, and not over
        ({1: 1, 8: 1, 15: 2, 22: 1}, (), 15, 15, 2, 22),  # as at baseline is not worse
        ({1: 1, 8: 2, 15: 1, 22: 0, 29: 2, 36: 1, 43: 0}, (), 8, 8, 2, 36),
        ({1: 0, 8: 4, 15: 0, 22: 0}, (15,), 8, 8, 4, 22),  # a carried count shows no recovery
        ({1: 0, 8: 4, 15: 0}, (15,), 8, 8, 4, None),
        ({1: 0, 8: 4, 15: 1, 22: 0}, (15,), 8, 8, 4, 22),  # and is low all the same
        ({1: 0, 8: 2, 15: None, 22: 0}, (), 8, 8, 2, 22),  # nor one without a grade
        ({1: 0, 8: None, 15: 2}, (), 15, 15, 2, None),
    ],
)
def test_an_episode(
    demo_study: Study,
    grades: GRADES,
    carried: tuple[int, ...],
    onset: int,
    worst_day: int,
    worst: int,
    resolved: int | None,
) -> None:
    items = [item(day, day, grade, support=GIVEN if day in carried else None) for day, grade in grades.items()]
    found = course(demo_study, *items).episode
    assert found is not None
    assert (found.onset_day, found.worst_day, found.worst_grade, found.resolved_day) == (
        onset,
        worst_day,
        worst,
        resolved,
    )
    start = grades[1]
    assert start is not None
    low = [day for day, grade in grades.items() if day > 1 and grade is not None and grade > start]
    assert found.rows == (1, *low, *(() if resolved is None else (resolved,)))
    assert (found.baseline_grade, found.term) == (start, "Platelet count decreased")


def test_a_recovery_of_the_same_day_as_a_low_count_is_none(demo_study: Study) -> None:
    found = course(demo_study, item(1, 1), item(2, 8, 3), item(3, 8, 0), item(4, 9, 0)).episode
    assert found is not None
    assert (found.onset_day, found.resolved_day, found.rows) == (8, 9, (1, 2, 4))


@pytest.mark.parametrize(
    "items",
    [
        (item(1, 1, 2), item(2, 8, 2)),
        (item(1, 1, None, at_most=1), item(2, 8, 4)),
        (item(2, 8, 4),),
        (item(1, 1, 0), item(2, 8, None)),
    ],
)
def test_without_a_baseline_or_anything_worse_there_is_no_episode(
    demo_study: Study, items: tuple[GradedLab, ...]
) -> None:
    assert course(demo_study, *items).episode is None


LOW, MILD = LabGrade(grade=4, because="", value=9.0), LabGrade(grade=1, because="", value=90.0)


def test_values_as_delivered_and_as_lowest() -> None:
    """A value with another grade takes it, in the rows named; only a questioned one may be the lowest there is."""
    items = (
        item(1, 8, None, None, question=QUESTION, otherwise=LOW),
        item(2, 15, 2, 60.0, otherwise=MILD),
        item(3, 22, 3, 30.0),
        item(4, 29, None, None, test="haemoglobin", question=QUESTION, otherwise=LOW),
    )
    assert [one.grade.grade for one in taken_as_delivered(items)] == [4, 1, 3, 4]
    assert [one.grade.grade for one in taken_as_delivered(items, [2, 3])] == [None, 1, 3, None]
    assert [one.grade.grade for one in taken_as_delivered(items, [])] == [None, 2, 3, None]
    assert [one.grade.grade for one in taken_as_lowest(items)] == [4, 2, 3, 3]


@pytest.mark.parametrize(
    ("days", "until", "missing"),
    [
        ((8, 15), 40, ()),
        ((), 40, (8, 15)),
        ((6, 13), 40, ()),  # two days early, two days late: within
        ((10, 17), 40, ()),
        ((5, 18), 40, (8, 15)),  # three: not
        ((11, 12), 40, (8, 15)),
        ((10,), 40, (15,)),
        ((13,), 40, (8,)),
        ((30, 13, 1, 6), 40, ()),  # in any order
        ((), 15, (8, 15)),  # due on the last day
        ((), 14, (8,)),
        ((), 7, ()),
    ],
)
def test_a_required_count_is_kept_within_its_tolerance(
    days: tuple[int, ...], until: int, missing: tuple[int, ...]
) -> None:
    asked: tuple[BloodTest, ...] = ("platelets",)
    schedule = CountSchedule(days=(8, 15), tolerance_d=2, tests=asked)
    last = DAY_1 + timedelta(days=until - 1)
    found = missing_counts([item(day, day) for day in days], schedule, DAY_1, last)
    assert found == tuple(("platelets", day, DAY_1 + timedelta(days=day - 1)) for day in missing)


def test_only_a_usable_dated_count_of_the_test_keeps_a_visit() -> None:
    """A grade that is bounded is usable; tests are looked at one by one."""
    asked: tuple[BloodTest, ...] = ("platelets", "neutrophils")
    schedule = CountSchedule(days=(8,), tolerance_d=0, tests=asked)

    def missing(*items: GradedLab) -> list[str]:
        return [test for test, _, _ in missing_counts(items, schedule, DAY_1, DAY_1 + timedelta(days=40))]

    assert missing(item(1, 8)) == ["neutrophils"]
    assert missing(item(1, 8, test="neutrophils")) == ["platelets"]
    assert missing(item(1, 8), item(2, 8, None, 1.0, test="neutrophils", at_most=1)) == []
    assert missing(item(1, 8, None, None), item(2, None)) == ["platelets", "neutrophils"]
