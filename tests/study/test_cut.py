"""As of a date: what happened later is hidden, also inside a fact that began before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.conduct.analysis import analyse
from hevesy.study.cut import as_of
from hevesy.study.dates import PartialDate, latest, on_study_day, study_day
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import days_of
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, ThyroidBlockCourse
from hevesy.study.subject import Study, Subject
from tests.conftest import Folder
from tests.readout.laid_out import safety_of

FIRST, LAST = date(2015, 6, 1), date(2016, 12, 31)
days = st.integers(0, (LAST - FIRST).days).map(lambda n: FIRST + timedelta(days=n))


@given(days)
@settings(max_examples=40)
def test_no_fact_is_later_than_the_cut(demo_study: Study, cut: date) -> None:
    seen = as_of(demo_study, cut)
    assert all(
        on <= cut
        for subject in seen.subjects
        for event in (*subject.events, subject.enrolment)
        for on in days_of(event)
    )


@given(days, days)
@settings(max_examples=25)
def test_a_cut_of_a_cut_is_the_earlier_cut(demo_study: Study, one: date, other: date) -> None:
    early, late = sorted((one, other))
    assert as_of(as_of(demo_study, late), early).subjects == as_of(demo_study, early).subjects


@given(days)
@settings(max_examples=15)
def test_what_is_decided_at_a_cut_does_not_know_the_future(demo_study: Study, cut: date) -> None:
    """The same answer from a record that ends at the cut as from the whole record cut there."""
    from hevesy.conduct.next_dose import next_dose

    whole = next_dose(as_of(demo_study, cut), cut)
    ended = as_of(demo_study, cut)
    assert next_dose(ended, cut) == whole
    if whole.decision is not None and whole.decision.action == "escalate":
        assert all(outcome.status in ("no DLT", "DLT", "not evaluable") for outcome in whole.outcomes)


def test_an_event_worst_after_the_cut_has_no_grade_yet(demo_study: Study) -> None:
    """2-02's platelets fell from day 29 (2016-07-25) and were worst on day 50 (2016-08-15)."""
    cut = date(2016, 8, 1)
    seen = as_of(demo_study, cut)
    event = next(
        event
        for subject in seen.subjects
        if subject.id == "2-02"
        for event in subject.of(AdverseEvent)
        if event.term.startswith("Platelet")
    )
    assert (event.grade, event.worst_on, event.resolved, event.worst_after_cut) == (None, None, None, True)


def test_the_counts_give_the_grade_at_the_cut_where_the_report_cannot(demo_study: Study) -> None:
    from hevesy.blocks.number import plain
    from hevesy.blocks.prose import Listing

    section = safety_of(analyse(demo_study, date(2016, 8, 1)))
    told = ["".join(map(plain, item)) for block in section.blocks if isinstance(block, Listing) for item in block.items]
    assert any(
        line.startswith("2-02: Platelet count decreased") and "grade 3 by the counts up to the cut" in line
        for line in told
    ), told


def test_flags_without_a_date_are_not_used_before_the_event_has_ended(demo_study: Study) -> None:
    seen = as_of(demo_study, date(2016, 8, 1))
    for subject in seen.subjects:
        for event in subject.of(AdverseEvent):
            if event.resolved is None:
                assert event.serious is None
                assert event.related is None


def test_a_course_that_ends_later_has_no_end_yet(demo_study: Study) -> None:
    seen = as_of(demo_study, date(2015, 7, 3))
    assert [event.stop for event in seen.subjects[0].events if isinstance(event, ThyroidBlockCourse)] == [None]
    assert [subject.id for subject in seen.subjects] == ["1-01"]


@given(days, st.integers(1, 400))
def test_study_days_have_no_day_nought_and_come_back(day_1: date, day: int) -> None:
    for number in (day, -day):
        assert study_day(on_study_day(number, day_1), day_1) == number
    assert study_day(day_1, day_1) == 1
    with pytest.raises(ValueError, match="no study day 0"):
        on_study_day(0, day_1)


def test_a_month_stays_if_it_can_have_happened(demo_study: Study) -> None:
    from dataclasses import replace

    subject = demo_study.subjects[0]
    vague = AdverseEvent(subject=subject.id, row=9999, term="Rash", on=PartialDate(year=2015, month=8))
    study = replace(demo_study, subjects=(replace(subject, events=(*subject.events, vague)),))
    assert vague.on is not None
    assert latest(vague.on) == date(2015, 8, 31)
    assert any(event.row == 9999 for event in as_of(study, date(2015, 8, 1)).subjects[0].events)
    assert not any(event.row == 9999 for event in as_of(study, date(2015, 7, 31)).subjects[0].events)


def test_an_enrolment_without_any_date_is_not_there_before_the_last_fact(demo_with_not_evaluable: Folder) -> None:
    """On 2015-07-02 one subject had been treated: nobody knows that two others were enrolled by then."""
    from hevesy.conduct.next_dose import next_dose

    study = demo_with_not_evaluable.study()
    early = next_dose(as_of(study, date(2015, 7, 2)), date(2015, 7, 2))
    assert (early.notation, early.decision and early.decision.open_places) == ("1P2", 3)
    late = next_dose(as_of(study, date(2016, 12, 1)), date(2016, 12, 1))
    assert late.notation == "1NNNNX 2NNNNX"


def test_what_is_not_known_of_seriousness_is_said(demo_study: Study) -> None:
    from hevesy.follow.adverse_events import tally

    seen = as_of(demo_study, date(2016, 8, 1))
    counted = tally(seen.subjects)
    assert counted.serious == 0
    assert (
        counted.serious_not_known
        == sum(event.resolved is None for subject in seen.subjects for event in subject.of(AdverseEvent))
        > 0
    )


def test_a_mild_event_still_open_cannot_break_a_rule_for_grade_3(demo_study: Study) -> None:
    """An ongoing grade 1 event without the day of its worst grade: at an earlier cut its grade was at most 1."""
    from dataclasses import replace

    from hevesy.conduct.next_dose import next_dose

    cut = date(2016, 5, 17)
    before = next_dose(as_of(demo_study, cut), cut)
    subject = demo_study.subjects[3]
    mild = AdverseEvent(subject=subject.id, row=9999, term="Dry mouth", grade=1, on=date(2016, 3, 1))
    others = tuple(
        item if item.id != subject.id else replace(subject, events=(*subject.events, mild))
        for item in demo_study.subjects
    )
    after = next_dose(as_of(replace(demo_study, subjects=others), cut), cut)
    assert (after.notation, after.decision) == (before.notation, before.decision)
    severe = replace(mild, grade=3)
    others = tuple(
        item if item.id != subject.id else replace(subject, events=(*subject.events, severe))
        for item in demo_study.subjects
    )
    assert next_dose(as_of(replace(demo_study, subjects=others), cut), cut).notation == "1NNNU"


def test_an_enrolment_known_by_its_consent_is_there_from_that_day(demo_study: Study) -> None:
    """One date of three is enough: a consent alone places the subject; without any it waits for its first dated fact."""
    waiting = Subject(
        id="9-99", enrolment=Enrolment(subject="9-99", row=9001, arm_code="1", consent=date(2016, 1, 5)), events=()
    )
    study = replace(demo_study, subjects=(*demo_study.subjects, waiting))
    assert "9-99" in {one.id for one in as_of(study, date(2016, 2, 1)).subjects}
    assert "9-99" not in {one.id for one in as_of(study, date(2016, 1, 4)).subjects}
    nowhere = replace(waiting, enrolment=replace(waiting.enrolment, consent=None))
    assert "9-99" not in {
        one.id for one in as_of(replace(study, subjects=(*demo_study.subjects, nowhere)), date(2016, 2, 1)).subjects
    }


def test_an_infusion_that_ends_on_the_day_of_the_cut_has_ended(demo_study: Study) -> None:
    first = demo_study.subjects[0].of(Administration)[0]
    assert first.end is not None
    same, before = as_of(demo_study, first.end.date()), as_of(demo_study, first.start.date())
    assert same.subjects[0].of(Administration)[0].end == first.end
    overnight = replace(first, end=first.end.replace(day=first.end.day + 1))
    study = replace(demo_study, subjects=(replace(demo_study.subjects[0], events=(overnight,)),))
    assert as_of(study, overnight.start.date()).subjects[0].of(Administration)[0].end is None
    assert as_of(study, overnight.end.date()).subjects[0].of(Administration)[0].end == overnight.end  # type: ignore[union-attr]
    assert before.subjects
