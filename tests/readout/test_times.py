"""Times: four subjects whose Kaplan-Meier curve is worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hevesy.blocks.number import plain
from hevesy.conduct.times import ENDPOINTS, SubjectTime, Survival
from hevesy.follow.survival import summarise
from hevesy.readout.sections.survival import median_of, survival
from tests.readout.small import group, numbers, person, table, time, words

TIMES = (time(1, 57, True), time(2, 90, True), time(3, 160, True), time(4, 201, False))
ALL = group(*(person(number) for number in range(1, 5)))
OS = next(one for one in ENDPOINTS if one.key == "os")
FOUND = Survival(
    endpoint=OS,
    definition=OS.meaning,
    groups=((ALL, summarise(TIMES)),),
    places=(0,),
    each=tuple(SubjectTime(subject=one.subject, arm="cohort 1", time=one, between=None) for one in TIMES),
    died_without_day=(),
)


def test_three_of_four_died_half_of_them_by_the_middle_of_90_and_160_days() -> None:
    """S is 0.75, 0.5, 0.25 at 57, 90, 160 d; at exactly one half the median is the midpoint, 125 d (as in R)."""
    events, median, mean, _ = table(survival(FOUND), "os")[0][1:]
    assert events == "3 of 4"
    assert median.startswith("125 d (")
    assert mean == "127.0 d (lower bound: one subject ongoing)"
    assert numbers(survival(FOUND))["os-mean-all"].value == (57 + 90 + 160 + 201) / 4


def test_everybody_has_a_line_and_who_is_censored_a_plus() -> None:
    rows = table(survival(FOUND), "os-by-subject")
    assert [row[4] for row in rows] == ["57", "90", "160", "201+"]
    assert [row[5] for row in rows] == ["event", "event", "event", "censored"]
    number = numbers(survival(FOUND))["os-S4"]
    assert (number.value, number.rows, number.of) == (201, (504,), "S4")


def test_the_curve_steps_down_at_the_deaths_and_counts_those_at_risk() -> None:
    (figure,) = [block for block in survival(FOUND).blocks if getattr(block, "id", "") == "os-curve"]
    (curve,) = figure.scene.data  # type: ignore[union-attr]
    assert curve.points == ((0.0, 1.0), (57.0, 0.75), (90.0, 0.5), (160.0, 0.25), (201.0, 0.25))


def test_a_death_without_its_day_makes_the_figures_too_favourable_and_is_said() -> None:
    assert "S9: it is not counted as an event" in words(survival(replace(FOUND, died_without_day=("S9",))))
    assert "too favourable" not in words(survival(FOUND))


def test_progression_lies_between_two_visits_where_the_endpoint_asks_for_it() -> None:
    pfs = next(one for one in ENDPOINTS if one.key == "pfs")
    after, by = date(2020, 2, 1), date(2020, 2, 29)
    each = tuple(
        replace(one, between=days)
        for one, days in zip(FOUND.each, ((after, by), (after, None), None, None), strict=True)
    )
    rows = table(survival(replace(FOUND, endpoint=pfs, each=each)), "pfs-by-subject")
    assert [row[6] for row in rows] == ["after 2020-02-01, by 2020-02-29", "after 2020-02-01, if at all", "", ""]


def test_a_group_that_is_no_arm_has_its_row_and_no_curve() -> None:
    section = survival(
        replace(FOUND, groups=(*FOUND.groups, (group(id="2", name="both"), summarise(TIMES[:2]))), places=(0, None))
    )
    assert [row[0] for row in table(section, "os")] == ["All", "both"]
    (figure,) = [block for block in section.blocks if getattr(block, "id", "") == "os-curve"]
    assert len(figure.scene.data) == 1  # type: ignore[union-attr]


def test_the_median_of_the_summary_is_the_one_of_the_table() -> None:
    assert numbers(survival(FOUND))["os-median-all"] == median_of(FOUND, *FOUND.groups[0])


def test_a_median_that_is_not_reached_is_none_and_never_a_number() -> None:
    alive = summarise([replace(one, observed=False) for one in TIMES])
    median = median_of(FOUND, ALL, alive)
    assert (median.value, plain(median)) == (None, "not reached")
