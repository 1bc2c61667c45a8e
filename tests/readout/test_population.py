"""Who is in the study, and what changed: four subjects, counted on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hevesy.conduct.changes import Changes, Counted
from hevesy.conduct.groups import spread_of
from hevesy.conduct.populations import (
    ENROLLED,
    POPULATIONS,
    TREATED,
    Baseline,
    Having,
    Measured,
    Population,
    Populations,
    Recorded,
    Sexes,
    Told,
    untreated_reason,
)
from hevesy.readout.sections.changes import MOST, changes
from hevesy.readout.sections.numbers import number
from hevesy.readout.sections.population import baseline, disposition
from tests.readout.small import group, numbers, outcome, person, response, table, words

PEOPLE = (
    person(1, response=response(1, "PR"), dlt=outcome(1, "no DLT")),
    person(2, response=response(2, "NE"), dlt=outcome(2, "pending"), died=date(2020, 5, 1)),
    person(3, dlt=outcome(3, "DLT")),
    person(4, treated=False),
)
ALL = group(*PEOPLE)
FOUND = Populations(
    groups=(ALL,),
    populations=tuple(Population(kind=kind, by_group=(kind.of(PEOPLE),)) for kind in POPULATIONS),
    unassigned=(),
    left_out=(("S4", "not treated: no administration recorded"),),
)


def test_four_enrolled_three_treated_two_answered_one_with_a_response() -> None:
    assert [(row[0], row[1]) for row in table(disposition(FOUND), "disposition")] == [
        ("Enrolled", "4"),
        ("Treated (safety population)", "3"),
        ("DLT-evaluable", "2"),
        ("Response-evaluable", "1"),
        ("Died", "1"),
    ]
    found = numbers(disposition(FOUND))
    assert found["n-treated-all"].because == ("S1, S2, S3",)
    assert found["n-treated-all"].rows == (1, 2, 3)
    assert (found["n-deaths-all"].because, found["n-deaths-all"].rows) == (("S2: 2020-05-01 (death record)",), (302,))


def test_who_is_left_out_is_named_with_the_reason() -> None:
    assert "S4: not treated: no administration recorded" in words(disposition(FOUND))
    assert untreated_reason(PEOPLE[3]) == "no administration recorded"
    many = replace(FOUND, left_out=FOUND.left_out * 100)
    assert words(disposition(many)).count("S4:") == 80


def test_subjects_of_no_arm_are_counted_apart() -> None:
    stray = replace(PEOPLE[3], arm=None)
    section = disposition(replace(FOUND, unassigned=(stray,)))
    assert "1 subjects have no arm (delivered as 1)." in words(section)
    assert numbers(section)["n-unassigned"].rows == (4,)


def test_populations_are_each_a_part_of_the_one_before_but_for_the_two_readings() -> None:
    enrolled, treated = ENROLLED.of(PEOPLE), TREATED.of(PEOPLE)
    assert {item.subject.id for item in treated} < {item.subject.id for item in enrolled}


def test_baseline_tells_figures_sexes_and_words_each_with_who_lacks_it() -> None:
    ages = Measured(
        key="age",
        title="Age, years",
        by_group=(Recorded(group=ALL, spread=spread_of([50, 60, 76]), lacking=1, rows=(1, 2, 3)),),
    )
    sexes = (Sexes(group=ALL, women=2, men=1, not_recorded=1, rows=(1, 2, 3, 4)),)
    prior = Told(
        name="prior therapy",
        wanted="1",
        only=True,
        by_group=(Having(group=ALL, subjects=("S1",), recorded=3, rows=(1, 2, 3)),),
    )
    stage = Told(
        name="stage", wanted="III", only=False, by_group=(Having(group=ALL, subjects=(), recorded=2, rows=(1, 2)),)
    )
    nobody = Measured(
        key="weight", title="Weight, kg", by_group=(Recorded(group=ALL, spread=None, lacking=4, rows=()),)
    )
    section = baseline(Baseline(groups=(ALL,), rows=(ages, sexes, prior, stage, nobody)))
    assert table(section, "baseline") == [
        ["Age, years", "mean 62, median 60, 50 to 76 (n=3)"],
        ["Women / men", "2 / 1 (1 not recorded)"],
        ["Prior therapy", "1 of 3"],
        ["Stage: III", "0 of 2"],
        ["Weight, kg", "not recorded"],
    ]
    found = numbers(section)
    assert found["age-mean-all"].because == ("1 without a value",)
    assert found["base-stage-III-all"].because == ("nobody",)


THEN, NOW = date(2020, 3, 1), date(2020, 6, 1)
SINCE = Changes(
    then=THEN,
    now=NOW,
    counts=(Counted(key="subjects", title="Enrolled", then=3, now=4, rows_then=(1, 2, 3), rows_now=(1, 2, 3, 4)),),
    subjects=(("S4", "enrolled since"),),
)


def test_a_change_is_the_difference_with_the_rows_that_are_new() -> None:
    section = changes(SINCE, ())
    assert table(section, "changes") == [["Enrolled", "3", "4", "+1"]]
    assert numbers(section)["change-subjects"].rows == (4,)
    assert "S4: enrolled since" in words(section)


def test_a_decision_is_told_as_it_was_and_as_it_is() -> None:
    then, now = (
        number("decision", action, text, label="Dose decision", definition="by 3+3", population="all")
        for action, text in (("wait", "wait at level 1"), ("escalate", "escalate to level 2"))
    )
    assert (
        "Dose decision then, worked out again from the present record: wait at level 1; now: escalate to level 2."
        in words(changes(SINCE, ((then, now),)))
    )


def test_more_changes_than_a_page_holds_are_counted() -> None:
    many = replace(SINCE, subjects=SINCE.subjects * (MOST + 5))
    assert "and 5 more" in words(changes(many, ()))


def test_without_an_earlier_cut_it_is_said_how_to_name_one() -> None:
    assert "study.readout_cuts" in words(changes(None, ()))
