"""Blood counts of a study: nadirs and recovery by group, shifts, what has no grade, and what carries a count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.groups import Group, Spread, arm_groups, columns, spread_of
from hevesy.follow.incidence import shift_table
from hevesy.follow.labs import CountCourse, courses, taken_as_delivered
from hevesy.follow.support import rule_for, without_rule
from hevesy.study.dates import study_day, whole
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.protocol import BLOOD_TESTS, BloodTest, SupportRule, TrialProtocol

MANY = 40
"""More courses than this in a group are drawn as their range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReading:
    """What the figures of a test in a group would be with the values that nobody believed."""

    test: BloodTest
    group: Group
    questioned: int
    nadir: Spread
    severe: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsInGroup:
    """One blood test in one group: the courses with a count after treatment, and what they are like together."""

    test: BloodTest
    group: Group
    courses: tuple[CountCourse, ...]
    nadir: Spread
    own_nadir: Spread | None
    """Of the counts that rest on no transfusion or growth factor; None: there are none."""
    nadir_day: Spread
    severe: tuple[CountCourse, ...]
    """Those whose worst count was grade 3 or 4."""
    resting: int
    """Counts that rest on a transfusion or growth factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Courses of one grade at baseline and one worst grade after it (None: not graded)."""

    before: int | None
    after: int | None
    courses: tuple[CountCourse, ...]
    subjects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftsOfTest:
    """Grade at baseline against the worst after it, of one test: those there are, and how many were counted."""

    test: BloodTest
    counted: int
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The counts of a group in one week: its first study day, 5th percentile, median and 95th percentile."""

    day: int
    lower: float
    median: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowest:
    """Nadirs of the courses of a group: least and greatest, and the median of their days."""

    least: float
    most: float
    median_day: float


Points = tuple[tuple[int, float], ...]
"""Study days and values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnGroup:
    """What a figure shows of a group: its courses point by point, or week by week where they are many."""

    name: str
    courses: tuple[CountCourse, ...]
    points: tuple[Points, ...]
    weeks: tuple[Week, ...] | None
    """None: few enough to be drawn one by one."""
    lowest: Lowest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTest:
    """What a figure of one test shows: its groups, the end of the DLT window, days and products of supportive care."""

    test: BloodTest
    groups: tuple[DrawnGroup, ...]
    window_d: int | None
    care: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """A transfusion or growth factor, and the rule by which it carries a count.

    None: no rule knows it, or its day is not known.
    """

    subject: str
    event: SupportiveCare
    rule: SupportRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodCounts:
    """Blood counts of the treated, in the groups of every table."""

    ctcae_version: str | None
    drawn: tuple[DrawnTest, ...]
    tests: tuple[CountsInGroup, ...]
    other_readings: tuple[OtherReading, ...]
    """Where a value of a test was questioned."""
    shifts: tuple[ShiftsOfTest, ...]
    not_graded: tuple[tuple[str, tuple[int, ...]], ...]
    """Reasons why a value has no grade, each with its rows."""
    labs: int
    supported: bool
    """Whether anybody had a transfusion or growth factor."""


def blood_counts(analysis: Analysis) -> BloodCounts | None:
    """Blood counts of the treated; None where nobody has any."""
    if not any(item.counts.courses for item in analysis.treated):
        return None
    groups = columns(analysis)
    not_graded: dict[str, list[int]] = {}
    for item in analysis.treated:
        for lab in item.counts.labs:
            if lab.grade.grade is None:
                not_graded.setdefault(lab.grade.because, []).append(lab.lab.row)
    return BloodCounts(
        ctcae_version=analysis.study.protocol.ctcae_version,
        drawn=_drawn(analysis),
        tests=in_groups(groups),
        other_readings=other_readings(groups),
        shifts=_shifts(analysis),
        not_graded=tuple((because, tuple(rows)) for because, rows in not_graded.items()),
        labs=sum(len(item.counts.labs) for item in analysis.treated),
        supported=any(item.subject.of(SupportiveCare) for group in groups for item in group.treated),
    )


def supportive_care(analysis: Analysis) -> tuple[Care, ...] | None:
    """Transfusions and growth factors of the treated; None where no such record was delivered."""
    if "supportive_care" not in analysis.study.delivered_kinds:
        return None
    rules = analysis.study.protocol.support_rules
    found = []
    for item in analysis.treated:
        unknown = without_rule(item.subject, rules)
        found += [
            Care(
                subject=item.subject.id,
                event=event,
                rule=None if event in unknown else rule_for(event.product, rules),
            )
            for event in item.subject.of(SupportiveCare)
        ]
    return tuple(found)


def in_groups(groups: Sequence[Group]) -> tuple[CountsInGroup, ...]:
    """Every test of every group that has a count of it after treatment."""
    return tuple(
        _test_in(test, group, own)
        for test in BLOOD_TESTS
        for group in groups
        if (own := _followed(test, group.treated))
    )


def _followed(test: BloodTest, members: Sequence[SubjectAnalysis]) -> tuple[CountCourse, ...]:
    return tuple(
        course for item in members for course in item.counts.courses if course.test == test and course.nadir is not None
    )


def _test_in(test: BloodTest, group: Group, own: tuple[CountCourse, ...]) -> CountsInGroup:
    nadir, days = spread_of(_nadirs(own)), spread_of(_days(own))
    assert nadir is not None  # every course followed has a nadir on a day
    assert days is not None
    return CountsInGroup(
        test=test,
        group=group,
        courses=own,
        nadir=nadir,
        own_nadir=spread_of(
            [
                course.own_nadir.grade.value
                for course in own
                if course.own_nadir is not None and course.own_nadir.grade.value is not None
            ]
        ),
        nadir_day=days,
        severe=tuple(course for course in own if (course.worst_grade or 0) >= 3),
        resting=sum(item.support is not None for course in own for item in course.counts),
    )


def _nadirs(own: Sequence[CountCourse]) -> list[float]:
    return [
        course.nadir.grade.value for course in own if course.nadir is not None and course.nadir.grade.value is not None
    ]


def _days(own: Sequence[CountCourse]) -> list[int]:
    return [course.nadir.day for course in own if course.nadir is not None and course.nadir.day is not None]


def other_readings(groups: Sequence[Group]) -> tuple[OtherReading, ...]:
    """What the figures would be with the values that nobody believed, of every test and group that has one."""
    asked = [
        (test, group, questioned)
        for test in BLOOD_TESTS
        for group in groups
        if (
            questioned := sum(
                lab.question is not None and lab.lab.test == test
                for item in group.treated
                if item.questioned
                for lab in item.counts.labs
            )
        )
    ]
    return tuple(reading for one in asked if (reading := _other_reading(*one)) is not None)


def _other_reading(test: BloodTest, group: Group, questioned: int) -> OtherReading | None:
    with_them = [
        course
        for item in group.treated
        for course in courses(item.subject, taken_as_delivered(item.counts.labs))
        if course.test == test and course.nadir is not None
    ]
    nadir = spread_of(_nadirs(with_them))
    if nadir is None:
        return None  # no count after treatment, with them or without
    return OtherReading(
        test=test,
        group=group,
        questioned=questioned,
        nadir=nadir,
        severe=sum((course.worst_grade or 0) >= 3 for course in with_them),
        of=len(with_them),
    )


def _shifts(analysis: Analysis) -> tuple[ShiftsOfTest, ...]:
    """Grade at baseline against the worst grade after it, all treated subjects."""
    found = []
    for test in BLOOD_TESTS:
        own = [
            course
            for item in analysis.treated
            for course in item.counts.courses
            if course.test == test and course.counts
        ]
        by_grades: dict[tuple[int | None, int | None], list[CountCourse]] = {}
        for course in own:
            before = course.baseline.grade.grade if course.baseline else None
            by_grades.setdefault((before, course.worst_grade), []).append(course)
        counted = shift_table((before, after) for (before, after), theirs in by_grades.items() for _ in theirs)
        found.append(
            ShiftsOfTest(
                test=test,
                counted=len(own),
                shifts=tuple(
                    Shift(before=before, after=after, courses=tuple(by_grades[before, after]), subjects=subjects)
                    for (before, after), subjects in counted.items()
                ),
            )
        )
    return tuple(found)


def _drawn(analysis: Analysis) -> tuple[DrawnTest, ...]:
    """Of each test that anybody has a course of, what a figure shows."""
    groups = [(group.name, group.treated) for group in arm_groups(analysis)]
    return drawn_tests(analysis.study.protocol, groups, analysis.treated)


def drawn_tests(
    protocol: TrialProtocol,
    groups: Sequence[tuple[str, Sequence[SubjectAnalysis]]],
    supported: Sequence[SubjectAnalysis],
) -> tuple[DrawnTest, ...]:
    """What figures show of groups by name, a figure for each test that anybody has a count of on a known study day.

    `supported` are those whose transfusions and growth factors are marked.
    """
    care = [
        (rule.test, study_day(on, item.subject.day_1), event.product)
        for item in supported
        for event in item.subject.of(SupportiveCare)
        if (on := whole(event.on)) is not None
        and item.subject.day_1 is not None
        and (rule := rule_for(event.product, protocol.support_rules)) is not None
    ]
    found = []
    for test in BLOOD_TESTS:
        by_group = tuple(drawn_group(test, name, members) for name, members in groups)
        if any(points for one in by_group for points in one.points):
            found.append(
                DrawnTest(
                    test=test,
                    groups=by_group,
                    window_d=protocol.dlt.window_d if protocol.dlt else None,
                    care=tuple((day, product) for carried, day, product in care if carried == test),
                )
            )
    return tuple(found)


def drawn_group(test: BloodTest, name: str, members: Sequence[SubjectAnalysis]) -> DrawnGroup:
    """What a figure shows of the courses of one test."""
    own = tuple(course for item in members for course in item.counts.courses if course.test == test)
    points = tuple(map(points_of, own))
    values, days = spread_of(_nadirs(own)), spread_of(_days(own))
    return DrawnGroup(
        name=name,
        courses=own,
        points=points,
        weeks=weeks(points) if len(own) > MANY else None,
        lowest=Lowest(least=values.least, most=values.most, median_day=days.median) if values and days else None,
    )


def points_of(course: CountCourse) -> Points:
    """Study day and value of the baseline and every count after it."""
    items = ([course.baseline] if course.baseline is not None else []) + list(course.counts)
    return tuple(
        (item.day, item.grade.value) for item in items if item.day is not None and item.grade.value is not None
    )


def weeks(points: Sequence[Points]) -> tuple[Week, ...]:
    """Percentiles by week of study days, of weeks with more than four counts.

    >>> weeks([((1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0), (5, 5.0), (9, 7.0))])
    (Week(day=1, lower=1.2, median=3.0, upper=4.8),)
    """
    by_week: dict[int, list[float]] = {}
    for course in points:
        for day, value in course:
            by_week.setdefault((day - 1) // 7, []).append(value)
    found = []
    for week, values in sorted(by_week.items()):
        if len(values) > 4:
            cut = quantiles(values, n=20, method="inclusive")
            found.append(Week(day=1 + 7 * week, lower=cut[0], median=median(values), upper=cut[18]))
    return tuple(found)
