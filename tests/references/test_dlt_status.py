"""Small cases, each worked out by hand from the text of the rules.

Day 1 is 1 March 2024 and the window has 28 days, so its last day is 28 March 2024 and study day N is N March.
The cut is 1 June 2024 unless a case says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.references.dlt_status import Case, Count, Event, EventRule, Lasting, NotRecovered, Schedule, answers, status

CUT = date(2024, 6, 1)
GRADE_3 = EventRule(minimum_grade=3, non_haematological_only=True)
ANY_GRADE_3 = EventRule(minimum_grade=3, non_haematological_only=False)
LASTING = Lasting(test="neutrophils", grade=4, lasting_d=7)
NOT_RECOVERED = NotRecovered(test="platelets", grade=3, recovery_grade=1, within_d=14)
WEEKLY = Schedule(days=(8, 15, 22), tolerance_d=1, tests=("neutrophils", "platelets"))

YES = ("yes", False)
NO = ("no", False)
FINDING = ("undetermined", True)
NO_FINDING = ("undetermined", False)


def march(day: int) -> date:
    """Return a day of March 2024, which is the study day of the same number."""
    return date(2024, 3, day)


def event(**changes: Any) -> Event:
    """Return a plain grade 3 event on study day 10, worst on that day and over on study day 14, with changes."""
    usual: dict[str, Any] = {
        "row": 1, "kind": "plain", "onset": march(10), "grade": 3, "grade_at_most": None,
        "worst_on": march(10), "resolved": march(14),
    }  # fmt: skip
    return Event(**(usual | changes))


def counts(test: str, *taken: tuple[Any, ...]) -> tuple[Count, ...]:
    """Return counts of one test from pairs of day and grade; a third part "carried" marks a carried count."""
    return tuple(
        Count(row=row, test=test, on=one[0], grade=one[1], carried=len(one) == 3) for row, one in enumerate(taken, 1)
    )


def case(**changes: Any) -> Case:
    """Return a complete case without any finding, with changes."""
    usual: dict[str, Any] = {
        "day_1": march(1), "cut": CUT, "window_d": 28, "rules": (GRADE_3,), "schedule": None, "events": (),
        "counts": (), "events_delivered": True, "percent": 100.0, "minimum_percent": 80.0, "maximum_percent": 120.0,
        "regimen_over": True, "declared_not_evaluable": False, "death": None, "last_seen": march(30),
    }  # fmt: skip
    return Case(**(usual | changes))


# --- A rule on adverse events ----------------------------------------------------------------------------------------

EVENT_CASES = {
    "grade 3 inside the window": (event(), YES),
    "grade 2 inside the window": (event(grade=2), NO),
    "worst on the last window day": (event(worst_on=march(28), resolved=march(30)), YES),
    "worst on day 1, began before": (event(onset=date(2024, 2, 20), worst_on=march(1)), YES),
    "onset after the window": (event(onset=march(29), worst_on=march(29), resolved=march(30)), NO),
    "onset some time in April": (event(onset=(2024, 4), worst_on=None, resolved=None), NO),
    "began and worst before day 1": (event(onset=date(2024, 2, 1), worst_on=date(2024, 2, 3), resolved=None), NO),
    "began and ended before day 1": (event(onset=(2024, 1), worst_on=None, resolved=(2024, 2)), NO),
    "onset unknown, worst before day 1": (event(onset=None, worst_on=(2024, 2), resolved=None), NO),
    "onset in the window, worst before day 1": (event(worst_on=date(2024, 2, 3)), FINDING),
    "began before day 1, worst not given": (event(onset=date(2024, 2, 25), worst_on=None), FINDING),
    "no grade, no limit": (event(grade=None), FINDING),
    "no grade, at most 2": (event(grade=None, grade_at_most=2), NO),
    "no grade, at most 3": (event(grade=None, grade_at_most=3), FINDING),
    "no grade, onset after the window": (event(grade=None, onset=march(29)), NO),
    "onset and worst day unknown": (event(onset=None, worst_on=None), FINDING),
    "onset unknown, worst day in the window": (event(onset=None), YES),
    "worst in March, either side": (event(worst_on=(2024, 3)), FINDING),
    "worst in 2024, either side": (event(worst_on=(2024,)), FINDING),
    "grade 3 worst after the window": (event(worst_on=march(29), resolved=None), NO),
    "grade 4 worst after the window": (event(grade=4, worst_on=march(29), resolved=None), FINDING),
    "worst not given, over in the window": (event(worst_on=None), YES),
    "worst not given, over on the last window day": (event(worst_on=None, resolved=march(28)), YES),
    "worst not given, over on the day after": (event(worst_on=None, resolved=march(29)), FINDING),
    "worst not given, over some time in March": (event(worst_on=None, resolved=(2024, 3)), FINDING),
    "worst not given, no end": (event(worst_on=None, resolved=None), FINDING),
    "listed": (event(kind="listed"), NO),
    "listed, without a grade": (event(kind="listed", grade=None), NO),
    "cytopenia": (event(kind="cytopenia"), FINDING),
    "cytopenia of grade 2": (event(kind="cytopenia", grade=2), NO),
}


@pytest.mark.parametrize("name", EVENT_CASES)
def test_event_rule(name: str) -> None:
    """One event against the rule on non-haematological events of grade 3."""
    one, expected = EVENT_CASES[name]
    assert answers(case(events=(one,))) == (expected,)


@pytest.mark.parametrize("kind", ["listed", "cytopenia"])
def test_event_rule_on_all_events(kind: str) -> None:
    """A rule that is not confined to non-haematological events takes every kind as plain."""
    assert answers(case(rules=(ANY_GRADE_3,), events=(event(kind=kind),))) == (YES,)


def test_event_dates_are_capped_by_the_cut() -> None:
    """At a cut on study day 20, "in March" cannot be after the window, and no end is not an end after it."""
    assert answers(case(cut=march(20), events=(event(worst_on=(2024, 3)),))) == (YES,)
    assert answers(case(cut=march(20), events=(event(worst_on=None, resolved=None),))) == (YES,)


def test_event_rule_takes_the_strongest_event() -> None:
    """A yes stands before an open event, and an open event before nothing."""
    assert answers(case(events=(event(grade=None), event(), event(grade=1)))) == (YES,)
    assert answers(case(events=(event(grade=1), event(grade=None)))) == (FINDING,)


def test_no_events_delivered() -> None:
    """Without any delivery the rule is undetermined, not on a finding."""
    assert answers(case(events_delivered=False)) == (NO_FINDING,)


# --- A rule on blood counts ------------------------------------------------------------------------------------------

LASTING_CASES = {
    "seven days": (((march(5), 0), (march(8), 4), (march(15), 4), (march(16), 1)), YES),
    "six sure days, eight possible": (((march(7), 0), (march(8), 4), (march(14), 4), (march(15), 1)), FINDING),
    "six possible days": (((march(8), 0), (march(9), 4), (march(14), 3)), NO),
    "seven possible days": (((march(7), 0), (march(9), 4), (march(14), 3)), FINDING),
    "no count before the episode": (((march(8), 4), (march(14), 0)), NO),
    "no end seen": (((march(7), 0), (march(8), 4)), FINDING),
    "first count on day 1": (((march(1), 4), (march(12), 4), (march(13), 0)), FINDING),
    "last count before day 1 is low": (((date(2024, 2, 25), 0), (date(2024, 2, 28), 4), (march(2), 0)), FINDING),
    "an earlier count before day 1 is low": (((date(2024, 2, 25), 4), (date(2024, 2, 28), 0), (march(2), 0)), NO),
    "begins after the window": (((march(20), 0), (march(29), 4), (date(2024, 4, 9), 4)), NO),
    "begins on the last window day": (((march(27), 0), (march(28), 4), (date(2024, 4, 4), 4)), YES),
    "second episode counts": (((march(2), 4), (march(4), 0), (march(6), 4), (march(13), 4)), YES),
    "count without a grade": (((march(7), 0), (march(8), 4), (march(10), None), (march(13), 0)), NO),
    "only ungraded counts": (((march(8), None),), NO_FINDING),
    "only a count on day 1": (((march(1), 0),), NO_FINDING),
    "only a count after the window": (((march(29), 0),), NO_FINDING),
    "carried recovery is not recovery": (((march(7), 0), (march(8), 4), (march(10), 0, "carried")), FINDING),
    "carried recovery breaks the proof": (
        ((march(7), 0), (march(8), 4), (march(10), 0, "carried"), (march(15), 4), (march(16), 0)),
        FINDING,
    ),
    "carried recovery on the day of a low count breaks nothing": (
        ((march(7), 0), (march(8), 4), (march(15), 0, "carried"), (march(15), 4), (march(16), 0)),
        YES,
    ),
    "carried low count counts": (((march(8), 4, "carried"), (march(15), 4, "carried")), YES),
    "carried, harmless": (((march(8), 0), (march(10), 0, "carried"), (march(14), 0)), NO),
    "carried, seven days apart": (((march(8), 0), (march(10), 0, "carried"), (march(15), 0)), FINDING),
    "carried, nothing after": (((march(8), 0), (march(10), 0, "carried")), FINDING),
    "carried on day 1": (((march(1), 0, "carried"), (march(8), 0)), NO),
}


@pytest.mark.parametrize("name", LASTING_CASES)
def test_lasting(name: str) -> None:
    """Counts against the rule: grade 4 neutrophils lasting 7 days."""
    taken, expected = LASTING_CASES[name]
    assert answers(case(rules=(LASTING,), counts=counts("neutrophils", *taken))) == (expected,)


NOT_RECOVERED_CASES = {
    "back within fourteen days": (((march(5), 0), (march(6), 3), (march(12), 2), (march(19), 1)), NO),
    "fifteen possible days": (((march(5), 0), (march(6), 3), (march(12), 2), (march(20), 1)), FINDING),
    "fourteen sure days at grade 2": (((march(5), 0), (march(6), 3), (march(12), 2), (march(20), 2)), YES),
    "grade 2 only": (((march(5), 2), (march(25), 2)), NO),
    "carried grade 2 counts": (((march(6), 3), (march(20), 2, "carried")), YES),
    "carried, fourteen days apart": (((march(5), 0), (march(10), 1, "carried"), (march(19), 0)), NO),
    "carried, fifteen days apart": (((march(5), 0), (march(10), 1, "carried"), (march(20), 0)), FINDING),
}


@pytest.mark.parametrize("name", NOT_RECOVERED_CASES)
def test_not_recovered(name: str) -> None:
    """Counts against the rule: platelets of grade 3 not back to grade 1 within 14 days."""
    taken, expected = NOT_RECOVERED_CASES[name]
    assert answers(case(rules=(NOT_RECOVERED,), counts=counts("platelets", *taken))) == (expected,)


SCHEDULE_CASES = {
    "all there, within the tolerance": (((march(9), 0), (march(14), 0), (march(22), 0)), CUT, NO),
    "one two days late": (((march(8), 0), (march(17), 0), (march(22), 0)), CUT, NO_FINDING),
    "one without a grade": (((march(8), 0), (march(15), None), (march(22), 0)), CUT, NO_FINDING),
    "not yet due at the cut": (((march(8), 0),), march(14), NO),
    "due on the day of the cut": (((march(8), 0),), march(15), NO_FINDING),
    "missing date breaks the proof": (((march(8), 4), (march(17), 4), (march(22), 0)), CUT, FINDING),
    "proof up to the missing date": (((march(5), 4), (march(8), 4), (march(12), 4), (march(22), 4)), CUT, YES),
}


@pytest.mark.parametrize("name", SCHEDULE_CASES)
def test_required_counts(name: str) -> None:
    """Counts are required on study days 8, 15 and 22, a day more or less."""
    taken, cut, expected = SCHEDULE_CASES[name]
    one = case(rules=(LASTING,), schedule=WEEKLY, cut=cut, counts=counts("neutrophils", *taken))
    assert answers(one) == (expected,)


def test_carried_count_fills_a_required_day() -> None:
    """A graded carried count fills its required day, even though it is left out as evidence."""
    around = ((march(13), 0), (march(15), 0, "carried"), (march(17), 0))
    taken = counts("neutrophils", (march(8), 0), *around, (march(22), 0))
    assert answers(case(rules=(LASTING,), schedule=WEEKLY, counts=taken)) == (NO,)


def test_schedule_of_other_tests() -> None:
    """A schedule that does not name the test requires nothing of it; counts of other tests say nothing."""
    others = replace(WEEKLY, tests=("platelets",))
    taken = counts("neutrophils", (march(8), 0)) + counts("platelets", (march(5), 4), (march(20), 4))
    assert answers(case(rules=(LASTING,), schedule=others, counts=taken)) == (NO,)


def test_same_day_goes_by_row() -> None:
    """Of two counts on one day the one with the lower row comes first, wherever it stands in the list."""
    low = Count(row=1, test="neutrophils", on=march(8), grade=4, carried=False)
    well = Count(row=2, test="neutrophils", on=march(8), grade=0, carried=False)
    assert answers(case(rules=(LASTING,), counts=(well, low))) == (NO,)
    swapped = (replace(low, row=2), replace(well, row=1))
    assert answers(case(rules=(LASTING,), counts=swapped)) == (FINDING,)


# --- The subject -----------------------------------------------------------------------------------------------------

LOW_NOW = counts("neutrophils", (march(7), 0), (march(8), 4))
WELL = counts("neutrophils", (march(8), 0), (march(15), 0), (march(22), 0))
EARLY = march(20)

STATUS_CASES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing found": ({}, "no DLT"),
    "event": ({"events": (event(),)}, "DLT"),
    "event before all else": ({"events": (event(),), "declared_not_evaluable": True, "death": march(12)}, "DLT"),
    "event at an early cut": ({"events": (event(),), "cut": EARLY}, "DLT"),
    "open event": ({"events": (event(grade=None),)}, "undetermined"),
    "open event at an early cut": ({"events": (event(grade=None),), "cut": EARLY}, "undetermined"),
    "open event before not evaluable": ({"events": (event(grade=None),), "percent": 10.0}, "undetermined"),
    "open count": ({"rules": (LASTING,), "counts": LOW_NOW}, "undetermined"),
    "open count at an early cut": ({"rules": (LASTING,), "counts": LOW_NOW, "cut": EARLY}, "pending"),
    "open count at an early cut, declared": (
        {"rules": (LASTING,), "counts": LOW_NOW, "cut": EARLY, "declared_not_evaluable": True},
        "pending",
    ),
    "open count and open event at an early cut": (
        {"rules": (LASTING, GRADE_3), "counts": LOW_NOW, "events": (event(grade=None),), "cut": EARLY},
        "undetermined",
    ),
    "open count and no events at an early cut": (
        {"rules": (LASTING, GRADE_3), "counts": LOW_NOW, "events_delivered": False, "cut": EARLY},
        "pending",
    ),
    "open count and a death at an early cut": (
        {"rules": (LASTING,), "counts": LOW_NOW, "cut": EARLY, "death": march(18)},
        "undetermined",
    ),
    "death on the last window day": ({"death": march(28)}, "undetermined"),
    "death at an early cut": ({"death": march(12), "cut": EARLY}, "undetermined"),
    "death after the window": ({"death": march(29)}, "no DLT"),
    "death some time in March": ({"death": (2024, 3)}, "undetermined"),
    "death some time in April": ({"death": (2024, 4)}, "no DLT"),
    "death on an unknown day": ({"death": "unknown day"}, "undetermined"),
    "too little activity": ({"percent": 79.9}, "not evaluable"),
    "just enough activity": ({"percent": 80.0}, "no DLT"),
    "too much activity": ({"percent": 120.1}, "not evaluable"),
    "bounds not applied": ({"percent": 10.0, "minimum_percent": None, "maximum_percent": None}, "no DLT"),
    "too little so far": ({"percent": 50.0, "cut": EARLY, "regimen_over": False}, "pending"),
    "too little, regimen over": ({"percent": 50.0, "cut": EARLY}, "not evaluable"),
    "too little on the last window day": ({"percent": 50.0, "cut": march(28), "regimen_over": False}, "not evaluable"),
    "declared at an early cut": ({"declared_not_evaluable": True, "cut": EARLY}, "not evaluable"),
    "day before the last window day": ({"cut": march(27)}, "pending"),
    "cut on the last window day": ({"cut": march(28), "last_seen": march(28)}, "no DLT"),
    "no events delivered": ({"events_delivered": False}, "undetermined"),
    "no events delivered at an early cut": ({"events_delivered": False, "cut": EARLY}, "pending"),
    "activity not known": ({"percent": None}, "undetermined"),
    "last seen a day too early": ({"last_seen": march(27)}, "undetermined"),
    "last seen not given": ({"last_seen": None}, "no DLT"),
    "last seen within the tolerance": (
        {"rules": (LASTING,), "counts": WELL, "schedule": WEEKLY, "last_seen": march(27)},
        "no DLT",
    ),
    "last seen before the tolerance": (
        {"rules": (LASTING,), "counts": WELL, "schedule": WEEKLY, "last_seen": march(26)},
        "undetermined",
    ),
}


@pytest.mark.parametrize("name", STATUS_CASES)
def test_status(name: str) -> None:
    """The status of the subject, in the order of the six steps."""
    changes, expected = STATUS_CASES[name]
    assert status(case(**changes)) == expected


def test_answers_come_in_the_order_of_the_rules() -> None:
    """Each rule has its own answer, in order."""
    one = case(rules=(LASTING, GRADE_3, NOT_RECOVERED), events=(event(),), counts=LOW_NOW)
    assert answers(one) == (FINDING, YES, NO_FINDING)
