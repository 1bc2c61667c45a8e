"""A cut at the edges of its rule: on the day, the day beside it, and what has no day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hevesy.study.cut import as_of
from hevesy.study.dates import PartialDate, When
from hevesy.study.facts.disposition import Contact
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, Exposure, ThyroidBlockCourse
from hevesy.study.subject import Study, Subject

CUT = date(2016, 8, 10)
BEFORE, AFTER = date(2016, 8, 9), date(2016, 8, 11)
ENROLLED = Enrolment(subject="S", row=1, on=date(2016, 7, 1))
LATER = Contact(subject="S", row=99, on=AFTER)
"""Makes the cut an earlier one: the record holds a fact after it."""


def cut(
    study: Study, *events: Fact, enrolment: Enrolment = ENROLLED, later: bool = True, other: bool = False
) -> Subject | None:
    """The subject at the cut; `other`: what comes after the cut is another subject's."""
    more = (LATER,) if later and not other else ()
    subjects = [Subject(id="S", enrolment=enrolment, events=(*events, *more))]
    if later and other:
        subjects.append(
            Subject(id="T", enrolment=replace(ENROLLED, subject="T"), events=(replace(LATER, subject="T"),))
        )
    found = as_of(replace(study, subjects=tuple(subjects)), CUT).subjects
    return next((one for one in found if one.id == "S"), None)


def event_at_cut(study: Study, *, later: bool = True, **given: Any) -> AdverseEvent:
    event = AdverseEvent(
        subject="S", row=5, term="Rash", serious=True, related="yes", severity="severe", **({"on": BEFORE} | given)
    )
    found = cut(study, event, later=later)
    assert found is not None
    return found.of(AdverseEvent)[0]


@pytest.mark.parametrize(
    ("worst_on", "resolved", "grade", "at_most"),
    [
        (None, BEFORE, 3, None),  # over by the cut: all of it is known
        (None, CUT, 3, None),
        (None, AFTER, None, 3),  # open, and when it was worst is not told
        (None, None, None, 3),
        (CUT, None, 3, None),  # open, and worst by the cut
        (CUT, AFTER, 3, None),
        (AFTER, AFTER, None, 3),
        (AFTER, None, None, 3),
        (AFTER, CUT, None, 3),
        (PartialDate(year=2016, month=8), None, 3, None),  # can have been by the cut
        (PartialDate(year=2016, month=9), None, None, 3),
    ],
)
def test_a_grade_is_known_once_it_was_reached(
    demo_study: Study, worst_on: When | None, resolved: date | None, grade: int | None, at_most: int | None
) -> None:
    found = event_at_cut(demo_study, grade=3, worst_on=worst_on, resolved=resolved)
    assert (found.grade, found.grade_at_most, found.worst_after_cut) == (grade, at_most, grade is None)
    assert (found.severity, found.worst_on) == (("severe", worst_on) if grade is not None else (None, None))
    over = resolved is not None and resolved <= CUT
    assert (found.resolved, found.serious, found.related) == ((resolved, True, "yes") if over else (None, None, None))


def test_at_the_last_fact_everything_is_known(demo_study: Study) -> None:
    """A cut on the day of the last fact is no earlier one: an open event keeps its grade and its flags."""
    found = event_at_cut(demo_study, later=False, on=CUT, grade=3)
    assert (found.grade, found.serious, found.related, found.worst_after_cut) == (3, True, "yes", False)


@pytest.mark.parametrize(
    ("given", "at_most"),
    [
        ({"grade": None, "grade_at_most": 2}, 2),
        ({"grade": None}, None),
        ({"grade": 2, "grade_at_most": 4, "resolved": CUT}, 4),
    ],
)
def test_what_bounded_a_grade_before_still_does(demo_study: Study, given: dict[str, Any], at_most: int | None) -> None:
    assert event_at_cut(demo_study, **given).grade_at_most == at_most


def test_what_was_worst_after_an_earlier_cut_stays_so(demo_study: Study) -> None:
    assert event_at_cut(demo_study, later=False, on=CUT, worst_after_cut=True).worst_after_cut


def test_an_event_of_the_day_of_the_cut_is_there_and_one_of_the_next_is_not(demo_study: Study) -> None:
    found = cut(
        demo_study, *(AdverseEvent(subject="S", row=row, on=on) for row, on in ((1, CUT), (2, AFTER), (3, None)))
    )
    assert found is not None
    assert [event.row for event in found.of(AdverseEvent)] == [1, 3]


NOWHERE = Enrolment(subject="S", row=1)
UNDATED, DATED = Contact(subject="S", row=2), Contact(subject="S", row=3, on=BEFORE)


@pytest.mark.parametrize(
    ("enrolment", "events", "present"),
    [
        (NOWHERE, (), False),
        (NOWHERE, (UNDATED,), False),
        (NOWHERE, (DATED,), True),
        (NOWHERE, (UNDATED, DATED), True),
        (replace(NOWHERE, on=CUT), (UNDATED,), True),
        (replace(NOWHERE, consent=CUT), (UNDATED,), True),
        (replace(NOWHERE, first_treatment=CUT), (UNDATED,), True),
        (replace(NOWHERE, on=AFTER), (DATED,), False),
        (replace(NOWHERE, consent=AFTER), (DATED,), False),
        (replace(NOWHERE, first_treatment=AFTER), (DATED,), False),
        (replace(NOWHERE, on=CUT, consent=AFTER, first_treatment=AFTER), (), True),
        (replace(NOWHERE, on=AFTER, consent=BEFORE), (), False),  # the day of enrolment is asked first
        (replace(NOWHERE, on=AFTER), (Exposure(subject="S", row=4, on=CUT), UNDATED), True),  # treated by the cut
        (replace(NOWHERE, on=AFTER), (Exposure(subject="S", row=4, on=AFTER), DATED), False),
        (
            replace(NOWHERE, on=AFTER),
            (Exposure(subject="S", row=4), DATED),
            False,
        ),  # nothing says that it was by the cut
    ],
)
def test_who_is_there_at_an_earlier_cut(
    demo_study: Study, enrolment: Enrolment, events: tuple[Fact, ...], present: bool
) -> None:
    assert (cut(demo_study, *events, enrolment=enrolment, other=True) is not None) == present


def test_an_undated_subject_is_there_at_the_last_fact(demo_study: Study) -> None:
    assert cut(demo_study, UNDATED, enrolment=NOWHERE, later=False) is not None
    assert cut(demo_study, UNDATED, enrolment=NOWHERE, later=True, other=True) is None


def test_an_enrolment_keeps_what_had_happened(demo_study: Study) -> None:
    """Later days of it are hidden; what has no day counts only at the last fact."""
    told = replace(ENROLLED, not_evaluable_reason="withdrew", safety_days_reported=85)
    whole = replace(told, consent=CUT, first_treatment=CUT)
    at_last = cut(demo_study, Contact(subject="S", row=2, on=CUT), enrolment=whole, later=False)
    assert at_last is not None
    assert at_last.enrolment == whole
    hidden = replace(told, consent=AFTER, first_treatment=AFTER)
    found = cut(demo_study, enrolment=hidden)
    assert found is not None
    assert found.enrolment == ENROLLED


def test_who_was_treated_before_the_day_of_enrolment_has_no_reasons_yet(demo_study: Study) -> None:
    told = replace(NOWHERE, on=AFTER, first_treatment=AFTER, not_evaluable_reason="withdrew", safety_days_reported=85)
    found = cut(demo_study, Exposure(subject="S", row=4, on=CUT), enrolment=told)
    assert found is not None
    assert found.enrolment == replace(NOWHERE, on=AFTER)


@pytest.mark.parametrize("field", ["on", "consent", "first_treatment"])
def test_an_enrolment_is_a_fact_the_default_cut_does_not_lie_before(demo_study: Study, field: str) -> None:
    """Enrolled last, with nothing else recorded yet: such a subject fills a place."""
    old = Subject(id="S", enrolment=ENROLLED, events=(Contact(subject="S", row=2, on=CUT),))
    dated: dict[str, Any] = {field: AFTER}
    new = Subject(id="T", enrolment=Enrolment(subject="T", row=3, **dated), events=())
    study = replace(demo_study, subjects=(old, new))
    assert study.last_fact_on() == AFTER
    assert [one.id for one in as_of(study, AFTER).subjects] == ["S", "T"]
    assert [one.id for one in as_of(study, CUT).subjects] == ["S"]


def given_from(start: date, end: date | None) -> Administration:
    noon, until = datetime(start.year, start.month, start.day, 12, tzinfo=UTC), None
    if end is not None:
        until = datetime(end.year, end.month, end.day, 13, tzinfo=UTC)
    left = 5 if until is not None else None
    return Administration(
        subject="S", row=4, start=noon, end=until, assay_MBq=100, assay_at=noon, residual_MBq=left, residual_at=until
    )


@pytest.mark.parametrize(("end", "known"), [(CUT, True), (AFTER, False), (None, True)])
def test_an_infusion_that_goes_on_has_no_end_and_no_residual(demo_study: Study, end: date | None, known: bool) -> None:
    infusion = given_from(CUT, end)
    found = cut(demo_study, infusion)
    assert found is not None
    one = found.of(Administration)[0]
    assert one == (infusion if known else replace(infusion, end=None, residual_MBq=None, residual_at=None))


@pytest.mark.parametrize(("end", "known"), [(CUT, True), (AFTER, False), (PartialDate(year=2016, month=8), True)])
def test_what_is_taken_until_later_has_no_end(demo_study: Study, end: When, known: bool) -> None:
    found = cut(
        demo_study,
        Exposure(subject="S", row=4, on=BEFORE, end=end),
        ThyroidBlockCourse(subject="S", row=5, on=BEFORE, stop=end),
    )
    assert found is not None
    assert (found.of(Exposure)[0].end, found.of(ThyroidBlockCourse)[0].stop) == ((end, end) if known else (None, None))
