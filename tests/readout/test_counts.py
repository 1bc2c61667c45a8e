"""Blood counts: nadirs, shifts and support of three subjects, worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hevesy.blocks.section import Section
from hevesy.conduct.blood_counts import (
    BloodCounts,
    Care,
    DrawnGroup,
    DrawnTest,
    OtherReading,
    Shift,
    ShiftsOfTest,
    drawn_group,
    drawn_tests,
    in_groups,
)
from hevesy.conduct.groups import spread_of
from hevesy.follow.support import USUAL
from hevesy.readout.figures.counts import counts_figure
from hevesy.readout.sections.counts import blood_counts, supportive_care
from hevesy.readout.sections.profiles import recovery
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.subject import Study
from tests.readout.small import course, group, numbers, person, table, words

COURSES = (
    course(1, (1, 200.0, 0), (15, 40.0, 3), (29, 120.0, 1)),
    course(2, (1, 180.0, 0), (15, 60.0, 2), (29, 160.0, 0), resolved=29),
    course(3, (1, 250.0, 0), (22, 220.0, 0)),
)
ALL = group(*(person(number, courses=(one,)) for number, one in enumerate(COURSES, 1)))
FOUND = BloodCounts(
    ctcae_version="5.0",
    drawn=(),
    tests=in_groups((ALL,)),
    other_readings=(),
    shifts=(
        ShiftsOfTest(
            test="platelets",
            counted=3,
            shifts=(
                Shift(before=0, after=0, courses=(COURSES[2],), subjects=1),
                Shift(before=0, after=2, courses=(COURSES[1],), subjects=1),
                Shift(before=0, after=3, courses=(COURSES[0],), subjects=1),
            ),
        ),
    ),
    not_graded=(("no limit of normal", (7, 8)), ("no unit", (9,))),
    labs=12,
    supported=False,
)


def section(found: BloodCounts) -> Section:
    return Section(id="counts", title="Counts", blocks=tuple(blood_counts(found)))


def test_nadir_its_day_severe_counts_and_recovery_of_three() -> None:
    """Nadirs 40, 60, 220 on days 15, 15, 22; one grade 3; of two who were worse than at baseline one came back."""
    assert table(section(FOUND), "nadirs") == [
        ["Platelets, 10^9/L", "All", "60 (40 to 220)", "15 (15 to 22)", "1 of 3", "1 of 2"]
    ]
    found = numbers(section(FOUND))
    assert found["nadir-platelets-all"].rows == (715, 815, 922)
    assert found["recovered-platelets-all"].because == ("S1: from day 15 to not yet", "S2: from day 15 to 29")
    assert found["grade3-platelets-all"].because == ("S1: grade 3",)


def test_shifts_stand_in_the_row_of_the_baseline_and_the_column_of_the_worst() -> None:
    assert table(section(FOUND), "shifts") == [["Platelets", "0", "1", "", "1", "1", "", ""]]
    assert numbers(section(FOUND))["shift-platelets-0-3"].because == ("S1",)


def test_a_grade_that_is_not_known_has_a_place_of_its_own() -> None:
    unknown = Shift(before=None, after=None, courses=(COURSES[0],), subjects=1)
    shifts = (replace(FOUND.shifts[0], shifts=(unknown,)),)
    assert table(section(replace(FOUND, shifts=shifts)), "shifts") == [["Platelets", "not known", *[""] * 5, "1"]]


def test_values_without_a_grade_are_counted_by_their_reason() -> None:
    without = numbers(section(FOUND))["labs-not-graded"]
    assert (without.value, without.text, without.rows) == (3, "3 of 12", (7, 8, 9))
    assert without.because == ("no limit of normal: 2", "no unit: 1")


def test_with_support_the_marrows_own_counts_have_a_column() -> None:
    found = section(replace(FOUND, supported=True))
    assert table(found, "nadirs")[0][3] == "60 (40 to 220)"
    assert "own-nadir-platelets-all" in numbers(found)


@pytest.mark.parametrize(
    ("questioned", "told"),
    [(1, "1 questioned value not in it, with it"), (2, "2 questioned values not in it, with them")],
)
def test_what_a_questioned_value_would_change_is_said(questioned: int, told: str) -> None:
    nadir = spread_of([30.0, 40.0, 60.0])
    assert nadir is not None
    other = OtherReading(test="platelets", group=ALL, questioned=questioned, nadir=nadir, severe=2, of=3)
    (made,) = [
        block for block in blood_counts(replace(FOUND, other_readings=(other,))) if getattr(block, "id", "") == "nadirs"
    ]
    note = str(made.notes)  # type: ignore[union-attr]
    assert f"{told} nadir 40 (30 to 60), grade 3 or 4 in 2 of 3" in note


def test_products_say_which_count_they_carry_or_why_none() -> None:
    product = SupportiveCare(subject="S1", row=5, on=date(2020, 1, 20), product="platelets")
    care = (
        Care(subject="S1", event=product, rule=USUAL[0]),
        Care(subject="S1", event=replace(product, row=6, product="tea"), rule=None),
        Care(subject="S1", event=replace(product, row=7, on=None), rule=None),
    )
    told = words(*supportive_care(care))
    assert "S1: platelets on 2020-01-20; carries platelets for 7 days" in told
    assert "S1: tea on 2020-01-20; no rule knows which count it carries" in told
    assert "S1: platelets on an unknown day; its day is not known: no count is taken out" in told
    assert numbers(*supportive_care(care))["supportive-care"].rows == (5, 6, 7)


def drawn(group_drawn: DrawnGroup) -> DrawnTest:
    return DrawnTest(test="platelets", groups=(group_drawn,), window_d=85, care=((20, "platelets"),))


def test_a_few_are_drawn_one_by_one_and_many_as_their_range() -> None:
    few = counts_figure(drawn(drawn_group("platelets", "All", ALL.members)))
    assert [(one.name, one.points) for one in few.scene.data] == [
        ("S1", ((1.0, 200.0), (15.0, 40.0), (29.0, 120.0))),
        ("S2", ((1.0, 180.0), (15.0, 60.0), (29.0, 160.0))),
        ("S3", ((1.0, 250.0), (22.0, 220.0))),
    ]
    assert "3 subjects, nadirs 40 to 220 10^9/L, median day 15" in few.description
    many = counts_figure(drawn(drawn_group("platelets", "All", ALL.members * 14)))
    assert [(one.name, one.points) for one in many.scene.data] == [
        ("All", ((1.0, 200.0), (15.0, 50.0), (22.0, 220.0), (29.0, 140.0)))
    ]
    assert "median and 5th to 95th percentile by week" in many.caption


def test_counts_on_no_known_study_day_have_no_figure(demo_study: Study) -> None:
    nowhere = replace(COURSES[0], counts=(), baseline=None, nadir=None, own_nadir=None, worst_grade=None, episode=None)
    members = [person(1, courses=(nowhere,))]
    assert drawn_tests(demo_study.protocol, [("all", members)], members) == ()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "not by the cut"),
        ({"nadir": None, "episode": None}, "no count after day 1"),
        ({"baseline": None, "episode": None}, "no baseline"),
        ({"episode": None}, "never worse"),
    ],
)
def test_a_recovery_that_nobody_could_see_is_not_said(changed: dict[str, object], told: str) -> None:
    assert recovery(replace(COURSES[0], **changed)) == told  # type: ignore[arg-type]


def test_a_baseline_without_a_grade_does_not_tell_that_a_count_was_never_worse() -> None:
    baseline = COURSES[0].baseline
    assert baseline is not None
    ungraded = replace(baseline, grade=replace(baseline.grade, grade=None))
    assert recovery(replace(COURSES[0], baseline=ungraded, episode=None)) == "baseline not graded"


def test_a_recovery_is_told_by_its_day() -> None:
    assert recovery(COURSES[1]) == "29"
