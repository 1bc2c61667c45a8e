"""Blood counts over time: grades, baseline, nadir, recovery, and the adverse events they amount to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from hevesy.errors import RuleError
from hevesy.follow.ctcae import TERM, LabGrade, grade_lab, worst_laboratory_grade
from hevesy.follow.questioned import doubtful_counts
from hevesy.follow.support import supported
from hevesy.study.believable import Questioned
from hevesy.study.dates import on_study_day, study_day
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.protocol import BLOOD_TEST_DIMENSION, BLOOD_TESTS, BloodTest, CountSchedule, TrialProtocol
from hevesy.study.subject import Subject
from hevesy.units import factor_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedLab:
    """A laboratory value with its grade (or why none), its study day (None without a date), and what it may rest on."""

    lab: Lab
    grade: LabGrade
    on: date | None
    day: int | None
    support: SupportiveCare | None = None
    """A transfusion or growth factor given so shortly before that the value is not the marrow's own."""
    question: Questioned | None = None
    """Why the value is not believed; it then has no grade."""
    otherwise: LabGrade | None = None
    """Another grade it may have: that of a questioned value as delivered, or the worse end of a value told as below or
    above a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A count worse than at baseline: the adverse event it amounts to, with its days.

    `resolved_day` None: not by the cut.
    """

    subject: str
    test: BloodTest
    term: str
    baseline_grade: int
    worst_grade: int
    onset_day: int
    worst_day: int
    resolved_day: int | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCourse:
    """One blood test of one subject.

    Counts after treatment in order, baseline, nadir, and the episode with its recovery.

    Recovery is the episode's end: the first count after the last one worse than the baseline grade that rests on no
    support.
    """

    subject: str
    test: BloodTest
    counts: tuple[GradedLab, ...]
    baseline: GradedLab | None
    nadir: GradedLab | None
    own_nadir: GradedLab | None
    """The lowest of the counts that rest on no transfusion or growth factor."""
    worst_grade: int | None
    episode: Episode | None


def graded(subject: Subject, protocol: TrialProtocol) -> tuple[GradedLab, ...]:
    """All laboratory values of a subject with their grades; the protocol gives the CTCAE version and limits of normal.

    A value that nobody could believe has no grade; the one it would have stands beside it.
    """
    doubts = doubtful_counts(subject, protocol)
    first_day = subject.day_1
    limits: dict[str, float | None] = {
        test: protocol.lower_limit_of_normal(test, subject.enrolment.sex) for test in BLOOD_TESTS
    }
    result = []
    for lab in subject.of(Lab):
        on = lab.on if isinstance(lab.on, date) else None
        grade, worse = _graded(lab, protocol.ctcae_version, limits.get(lab.test))
        day = study_day(on, first_day) if on is not None and first_day is not None else None
        test = next((name for name in BLOOD_TESTS if name == lab.test), None) if subject.of(SupportiveCare) else None
        support = supported(subject, test, on, protocol.support_rules) if test is not None and on is not None else None
        support = support or doubts.explained.get(lab.row)
        question = doubts.questioned.get(lab.row)
        believed = grade if question is None else LabGrade(grade=None, because=question.because, value=None)
        result.append(
            GradedLab(
                lab=lab,
                grade=believed,
                on=on,
                day=day,
                support=support,
                question=question,
                otherwise=grade if question is not None else worse,
            )
        )
    return tuple(result)


def _graded(lab: Lab, version: str | None, limit: float | None) -> tuple[LabGrade, LabGrade | None]:
    """The grade of a value, by the lower limit of normal of its row before that of the protocol.

    Of a value told as below or above a limit: at its milder end, and at the worse one where that differs.
    """
    if version is None:
        return LabGrade(grade=None, because="the protocol names no CTCAE version", value=None), None
    dimension = BLOOD_TEST_DIMENSION.get(lab.test)
    if dimension is not None and lab.lower is not None and lab.lower > 0:
        with suppress(RuleError):
            limit = lab.lower * factor_of(lab.unit, dimension)
    found = grade_lab(lab.test, lab.value, lab.unit, version, limit)
    if lab.side is None or found.value is None or lab.value is None:
        return found, None
    least, most = (0.0, lab.value * (1 - 1e-9)) if lab.side == "<" else (lab.value * (1 + 1e-9), lab.value * 1e6)
    mild, worse = (grade_lab(lab.test, end, lab.unit, version, limit) for end in (most, least))
    told = f"{lab.side}{lab.value:g}"
    shown = replace(mild, value=found.value, because=f"{told}: {mild.because}")
    same = (mild.grade, mild.at_most) == (worse.grade, worse.at_most)
    return shown, None if same else replace(worse, value=found.value, because=f"{told}: {worse.because}")


def taken_as_delivered(labs: Iterable[GradedLab], rows: Iterable[int] | None = None) -> tuple[GradedLab, ...]:
    """The values as they may be otherwise (those questioned as delivered): all of them, or those in the rows named."""
    named = None if rows is None else frozenset(rows)
    return tuple(
        replace(item, grade=item.otherwise)
        if item.otherwise is not None and (named is None or item.lab.row in named)
        else item
        for item in labs
    )


def taken_as_lowest(labs: Iterable[GradedLab]) -> tuple[GradedLab, ...]:
    """The values as if each questioned one were the lowest count there is: in a wrong unit it may have been one."""

    def lowest(item: GradedLab) -> LabGrade:
        worst = worst_laboratory_grade(item.lab.test)
        return LabGrade(grade=worst, because="questioned, read as the lowest count", value=item.grade.value)

    return tuple(replace(item, grade=lowest(item)) if item.question is not None else item for item in labs)


def courses(subject: Subject, labs: Iterable[GradedLab]) -> tuple[CountCourse, ...]:
    """The course of each blood test that was measured. A sample of the day of infusion counts as before it."""
    by_test: dict[str, list[GradedLab]] = {}
    for item in labs:
        if item.on is not None and item.grade.value is not None:
            by_test.setdefault(item.lab.test, []).append(item)
    return tuple(_course(subject.id, test, by_test[test]) for test in BLOOD_TESTS if test in by_test)


def _course(subject: str, test: BloodTest, items: list[GradedLab]) -> CountCourse:
    # of several counts of one day, whose order is not known, the worst stands as the last of them
    dated = sorted(
        (item for item in items if item.day is not None),
        key=lambda item: (_day(item), item.grade.grade or 0, item.lab.row),
    )
    before = [item for item in dated if _day(item) <= 1]
    after = tuple(dated[len(before) :])
    baseline = before[-1] if before else None
    nadir = min(after, key=_value, default=None)
    own_nadir = min((item for item in after if item.support is None), key=_value, default=None)
    grades = [item.grade.grade for item in after if item.grade.grade is not None]
    return CountCourse(
        subject=subject,
        test=test,
        counts=after,
        baseline=baseline,
        nadir=nadir,
        own_nadir=own_nadir,
        worst_grade=max(grades, default=None),
        episode=_episode(subject, test, after, baseline),
    )


def _episode(subject: str, test: BloodTest, after: tuple[GradedLab, ...], baseline: GradedLab | None) -> Episode | None:
    """Counts above the baseline grade, from the first to the last, as one event (CTCAE grade at its worst)."""
    if baseline is None or baseline.grade.grade is None:
        return None
    start = baseline.grade.grade
    worse = [item for item in after if item.grade.grade is not None and item.grade.grade > start]
    if not worse:
        return None
    worst_grade = max(item.grade.grade for item in worse if item.grade.grade is not None)
    worst = next(item for item in worse if item.grade.grade == worst_grade)
    own = [item for item in after if item.grade.grade is not None and item.support is None]
    later = [item for item in own if _day(item) > _day(worse[-1])]
    return Episode(
        subject=subject,
        test=test,
        term=TERM[test],
        baseline_grade=start,
        worst_grade=worst_grade,
        onset_day=_day(worse[0]),
        worst_day=_day(worst),
        resolved_day=later[0].day if later else None,
        rows=tuple(item.lab.row for item in (baseline, *worse, *later[:1])),
    )


def _day(item: GradedLab) -> int:
    assert item.day is not None
    return item.day


def _value(item: GradedLab) -> float:
    assert item.grade.value is not None
    return item.grade.value


def missing_counts(
    labs: Iterable[GradedLab],
    schedule: CountSchedule,
    first_day: date,
    until: date,
    of: BloodTest | None = None,
) -> tuple[tuple[BloodTest, int, date], ...]:
    """Required counts (test, scheduled study day, its date) without a usable value within the tolerance.

    Up to `until`; `of` one test alone.
    """
    tests = schedule.tests if of is None else tuple(test for test in schedule.tests if test == of)
    days_of: dict[str, list[int]] = {}
    for item in labs:
        if item.on is not None and item.grade.bound is not None:
            days_of.setdefault(item.lab.test, []).append(item.on.toordinal())
    for days in days_of.values():
        days.sort()

    def measured_near(test: str, day: int) -> bool:
        days = days_of.get(test, [])
        place = bisect_left(days, day - schedule.tolerance_d)
        return place < len(days) and days[place] <= day + schedule.tolerance_d

    scheduled = [(day, on_study_day(day, first_day)) for day in schedule.days]
    return tuple(
        (test, day, due)
        for day, due in scheduled
        if due <= until
        for test in tests
        if not measured_near(test, due.toordinal())
    )
