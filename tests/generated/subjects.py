"""Subjects of every kind for tests: dates at the edges of the window, whole, partial and absent; every tri-state; counts by grade.

A `Made` subject is described once and read twice: by the program (a study) and by the reference written by another hand (a case).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from hevesy.study.dates import PartialDate, When
from hevesy.study.facts.disposition import Contact, Death
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, SupportiveCare
from hevesy.study.protocol import (
    AdverseEventRule,
    Arm,
    BloodTest,
    CountRule,
    CountSchedule,
    DLTRule,
    DurationRule,
    Regimen,
    Rule,
    TrialProtocol,
)
from hevesy.study.subject import Study, Subject
from tests.references import dlt_status as reference

DAY_1 = date(2016, 3, 10)
TESTS: tuple[BloodTest, ...] = ("platelets", "neutrophils")
VALUES: dict[BloodTest, dict[int, float]] = {
    "platelets": {0: 190.0, 1: 100.0, 2: 60.0, 3: 30.0, 4: 10.0},
    "neutrophils": {0: 4.0, 1: 1.7, 2: 1.2, 3: 0.7, 4: 0.3},
}
"""A count of each grade of CTCAE 4.03, with limits of normal of 150 and 2.0; no two differ by a factor of 20."""
TERMS = {"plain": "Nausea", "listed": "Anaemia", "cytopenia": "Pancytopenia"}
CARRIES_D = {"platelets": 7, "neutrophils": 7}
PRODUCT = {"platelets": "platelet transfusion", "neutrophils": "filgrastim"}


@dataclass(frozen=True)
class Made:
    """A subject, its protocol and its cut, for the program and for the reference."""

    study: Study
    cut: date
    percent: float | None
    case: reference.Case


def on(day: int) -> date:
    """A date by study day, day 0 being the day before day 1."""
    return DAY_1 + timedelta(days=day - 1)


def _blurred(day: date, how: str) -> When | None:
    match how:
        case "whole":
            return day
        case "month":
            return PartialDate(year=day.year, month=day.month)
        case "year":
            return PartialDate(year=day.year)
        case _:
            return None


def _for_reference(when: When | None) -> Any:
    match when:
        case PartialDate(year=year, month=None):
            return (year,)
        case PartialDate(year=year, month=month):
            return (year, month)
        case _:
            return when


_BLUR = st.sampled_from(("whole", "whole", "whole", "whole", "month", "year", "none"))


@st.composite
def _rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    def one() -> Rule:
        kind = draw(st.sampled_from(("event", "recovered", "lasting")))
        if kind == "event":
            grade = draw(st.integers(2, 4))
            return AdverseEventRule(name="event", minimum_grade=grade, non_haematological_only=draw(st.booleans()))
        test = draw(st.sampled_from(TESTS))
        grade = draw(st.integers(2, 4))
        if kind == "recovered":
            recovery = draw(st.integers(0, grade - 1))
            return CountRule(
                name="count", test=test, grade=grade, recovery_grade=recovery, within_d=draw(st.integers(1, 30))
            )
        return DurationRule(name="duration", test=test, grade=grade, lasting_d=draw(st.integers(1, 30)))

    return tuple(one() for _ in range(draw(st.integers(1, 3))))


@st.composite
def _event(draw: st.DrawFn, row: int, last: int, cut: date) -> tuple[str, AdverseEvent] | None:
    edge = st.sampled_from((-9, 0, 1, 2, last - 1, last, last + 1, last + 2))
    onset = on(draw(edge | st.integers(-10, last + 10)))
    worst = onset + timedelta(days=draw(st.integers(0, 12)))
    if draw(st.booleans()):
        worst = max(onset, on(draw(edge)))
    over = worst + timedelta(days=draw(st.integers(0, 20)))
    if onset > cut or worst > cut:
        return None
    grade = draw(st.sampled_from((None, 1, 2, 3, 3, 4)))
    kind = draw(st.sampled_from(("plain", "plain", "listed", "cytopenia")))
    known = _blurred(worst, draw(_BLUR))
    event = AdverseEvent(
        subject="S",
        row=row,
        term=TERMS[kind],
        on=_blurred(onset, draw(_BLUR)),
        grade=grade,
        worst_on=known if grade is not None else None,
        resolved=_blurred(over, draw(_BLUR)) if over <= cut else None,
        grade_at_most=draw(st.sampled_from((None, 2, 4))) if grade is None else None,
    )
    return kind, event


@st.composite
def made(draw: st.DrawFn, protocol: TrialProtocol) -> Made:
    """A subject whose facts crowd about the edges of a short window."""
    last = draw(st.integers(10, 40))
    cut = on(draw(st.sampled_from((last - 1, last, last + 1)) | st.integers(1, last + 60)))
    rules, fractions = draw(_rules()), draw(st.integers(1, 2))
    tolerance = draw(st.integers(0, 3))
    scheduled = tuple(sorted(draw(st.sets(st.integers(1, last + 10), max_size=6))))
    tests = draw(st.sampled_from((TESTS[:1], TESTS)))
    schedule = CountSchedule(days=scheduled, tolerance_d=tolerance, tests=tests) if draw(st.booleans()) else None
    row = 10
    events: list[Fact] = [Administration(subject="S", row=2, start=datetime(*on(1).timetuple()[:3], 13, tzinfo=UTC))]
    of_reference: list[reference.Event] = []
    counts: list[reference.Count] = []
    given = {test: on(draw(st.integers(-5, last))) for test in VALUES if draw(st.integers(0, 3)) == 0}
    given = {test: given_on for test, given_on in given.items() if given_on <= cut}
    for test, given_on in given.items():
        row += 1
        events.append(SupportiveCare(subject="S", row=row, on=given_on, product=PRODUCT[test]))
    for test, by_grade in VALUES.items():
        regular = range(-6, last + 60, draw(st.integers(3, 9)))
        days = set(draw(st.sampled_from((regular, (), scheduled)))) | draw(
            st.sets(st.integers(-6, last + 30), max_size=6)
        )
        course = draw(st.lists(st.sampled_from((0, 0, 1, 2, 3, 4, 4, None)), min_size=len(days), max_size=len(days)))
        for day, grade in zip(sorted(days), course, strict=True):
            if on(day) > cut:
                continue
            row += 1
            value = None if grade is None else by_grade[grade]
            events.append(Lab(subject="S", row=row, on=on(day), test=test, value=value, unit="10^9/L"))
            carried = test in given and 0 <= (on(day) - given[test]).days <= CARRIES_D[test]
            counts.append(reference.Count(row=row, test=test, on=on(day), grade=grade, carried=carried))
    for _ in range(draw(st.integers(0, 3))):
        row += 1
        found = draw(_event(row, last, cut))
        if found is None:
            continue
        kind, event = found
        events.append(event)
        of_reference.append(
            reference.Event(
                row=row,
                kind=kind,  # type: ignore[arg-type]
                onset=_for_reference(event.on),
                grade=event.grade,
                grade_at_most=event.grade_at_most,
                worst_on=_for_reference(event.worst_on),
                resolved=_for_reference(event.resolved),
            )
        )
    death: Any = None
    died = draw(st.sampled_from((None, None, None, None, "unknown day", last - 1, last, last + 1)))
    if died == "unknown day":
        death = died
        events.append(Death(subject="S", row=5))
    elif isinstance(died, int) and on(died) <= cut:
        death = on(died)
        events.append(Death(subject="S", row=5, on=death))
    seen_on = on(draw(st.sampled_from((1, last - tolerance - 1, last - tolerance, last, last + 9))))
    if seen_on <= cut:
        events.append(Contact(subject="S", row=6, on=seen_on, vital_status="alive"))
    enrolment = Enrolment(
        subject="S", row=1, arm_code="1", not_evaluable_reason=draw(st.sampled_from((None, None, "withdrew")))
    )
    percent = draw(st.sampled_from((None, 50.0, 89.9, 90.0, 100.0, 120.0, 120.1)))
    bounds = draw(st.sampled_from((None, 90.0))), draw(st.sampled_from((None, 120.0)))
    delivered = draw(st.integers(0, 9)) > 0
    limit = death if isinstance(death, date) else date.max
    alive = [
        event.on
        for event in events
        if isinstance(event.on, date) and not isinstance(event, Death) and DAY_1 <= event.on <= limit
    ]
    regimen = Regimen(fractions=fractions, interval_d=7 if fractions > 1 else None)
    plan = replace(
        protocol,
        dose_levels=tuple(replace(level, regimen=regimen) for level in protocol.dose_levels),
        arms=(Arm(code="1", name="Cohort 1", dose_level=1),),
        count_schedule=schedule,
        dlt=DLTRule(
            window_d=last,
            rules=rules,
            haematological_terms=("Anaemia",),
            minimum_activity_percent=bounds[0],
            maximum_activity_percent=bounds[1],
        ),
    )
    kinds = frozenset({"enrolment", "administration", "laboratory"} | ({"adverse_event"} if delivered else set()))
    subject = Subject(id="S", enrolment=enrolment, events=tuple(draw(st.permutations(events))))
    case = reference.Case(
        day_1=DAY_1,
        cut=cut,
        window_d=last,
        rules=tuple(_rule_for_reference(rule) for rule in rules),
        schedule=None if schedule is None else reference.Schedule(days=scheduled, tolerance_d=tolerance, tests=tests),
        events=tuple(of_reference),
        counts=tuple(counts),
        events_delivered=delivered,
        percent=percent,
        minimum_percent=bounds[0],
        maximum_percent=bounds[1],
        regimen_over=fractions == 1,
        declared_not_evaluable=enrolment.not_evaluable_reason is not None,
        death=death,
        last_seen=max(alive),
    )
    study = Study(protocol=plan, subjects=(subject,), findings=(), delivered_kinds=kinds, as_of=cut)
    return Made(study=study, cut=cut, percent=percent, case=case)


def _rule_for_reference(rule: Rule) -> reference.Rule:
    match rule:
        case AdverseEventRule():
            return reference.EventRule(
                minimum_grade=rule.minimum_grade, non_haematological_only=rule.non_haematological_only
            )
        case CountRule():
            return reference.NotRecovered(
                test=rule.test, grade=rule.grade, recovery_grade=rule.recovery_grade, within_d=rule.within_d
            )
        case DurationRule():
            return reference.Lasting(test=rule.test, grade=rule.grade, lasting_d=rule.lasting_d)
