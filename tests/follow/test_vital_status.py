"""Deaths and times: every record that says dead counts, a day that is not known is not invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from hevesy.conduct.analysis import analyse
from hevesy.follow.endpoints import AS_SEEN, course_of, progression_free
from hevesy.follow.response.imwg import assess
from hevesy.follow.survival import overall, summarise
from hevesy.follow.vital_status import death_of
from hevesy.study.dates import PartialDate
from hevesy.study.facts.disposition import Contact, Death, Disposition
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.imaging import FollowUpReference, Reading, Scan
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.subject import Study, Subject
from tests.readout.laid_out import times_of

DIED = date(2016, 3, 1)


def with_event(study: Study, event: Fact, without_contacts: bool = True) -> Subject:
    """Subject 1-01 (first infusion 2015-07-01) with one more fact."""
    subject = study.subjects[0]
    kept = tuple(item for item in subject.events if not (without_contacts and isinstance(item, Contact)))
    return replace(subject, events=(*kept, event))


@pytest.mark.parametrize(
    "event",
    [
        Death(subject="1-01", row=9001, on=DIED),
        Contact(subject="1-01", row=9001, on=DIED, vital_status="dead"),
        AdverseEvent(subject="1-01", row=9001, term="Sepsis", grade=5, on=date(2016, 2, 20), worst_on=DIED),
        Disposition(subject="1-01", row=9001, on=DIED, term="DEATH"),
    ],
)
def test_every_record_that_says_dead_is_a_death(demo_study: Study, event: Fact) -> None:
    time = overall(with_event(demo_study, event))
    assert time is not None
    assert (time.end, time.observed, time.time_d) == (DIED, True, 245)
    assert time.rows == (9001,)


@pytest.mark.parametrize("on", [PartialDate(year=2016, month=2), PartialDate(year=2016), None])
def test_a_death_without_a_day_is_no_event_and_no_sign_of_life(demo_study: Study, on: PartialDate | None) -> None:
    subject = with_event(demo_study, Death(subject="1-01", row=9001, on=on))
    time = overall(subject)
    assert time is not None
    assert not time.observed
    assert "its day is not" in time.because
    assert time.end <= date(2016, 2, 1)
    analysis = analyse(replace(demo_study, subjects=(subject,)), date(2016, 12, 1))
    assert analysis.subjects[0].death is not None
    assert analysis.subjects[0].death.day is None


def test_the_page_warns_of_a_death_without_a_day(demo_study: Study) -> None:
    from hevesy.blocks.number import plain
    from hevesy.blocks.prose import Paragraph

    subject = with_event(demo_study, Death(subject="1-01", row=9001, on=PartialDate(year=2016, month=2)))
    sections = times_of(analyse(replace(demo_study, subjects=(subject,)), date(2016, 12, 1)))
    for section in sections:
        told = [
            "".join(map(plain, block.parts))
            for block in section.blocks
            if isinstance(block, Paragraph) and block.tone == "caution"
        ]
        assert any("day of death is not recorded for 1-01" in line for line in told)


def test_the_best_source_of_a_death_is_taken_and_all_are_named(demo_study: Study) -> None:
    subject = with_event(demo_study, Contact(subject="1-01", row=9001, on=date(2016, 3, 9), vital_status="dead"))
    subject = replace(subject, events=(*subject.events, Death(subject="1-01", row=9002, on=DIED)))
    death = death_of(subject)
    assert death is not None
    assert (death.day, death.because, set(death.rows)) == (DIED, "death record", {9001, 9002})


def test_death_before_progression_ends_progression_free_survival(demo_study: Study) -> None:
    subject = with_event(demo_study, Death(subject="1-01", row=9001, on=date(2015, 10, 1)))
    kept = replace(
        subject,
        events=tuple(
            item
            for item in subject.events
            if item.on is None or not isinstance(item.on, date) or item.on <= date(2015, 10, 1)
        ),
    )
    course = course_of(kept, assess(kept))
    assert course is not None
    time = progression_free(course, AS_SEEN)
    assert (time.end, time.observed) == (date(2015, 10, 1), True)


def test_overall_survival_is_censored_at_the_last_date_known_alive_not_at_the_cut(demo_study: Study) -> None:
    analysis = analyse(demo_study, date(2016, 11, 20))
    ends = {item.subject.id: item.times.overall.end for item in analysis.subjects if item.times.overall is not None}
    assert ends["1-02"] == date(2016, 3, 4), "the last laboratory value before the contact of December"
    assert all(end < date(2016, 11, 20) for end in ends.values())


def test_a_mean_with_censored_times_is_only_a_lower_bound(demo_study: Study) -> None:
    times = [time for subject in demo_study.subjects if (time := overall(subject)) is not None]
    assert summarise(times).mean.lower_bound
    assert summarise(times).mean.label == "lower bound: 8 subjects ongoing"


def test_records_of_death_that_contradict_one_another_or_life_are_told(demo_study: Study) -> None:
    subject = with_event(demo_study, Death(subject="1-01", row=9001, on=DIED))
    later = Contact(subject="1-01", row=9002, on=DIED + timedelta(days=30), vital_status="alive")
    other = Contact(subject="1-01", row=9003, on=DIED + timedelta(days=7), vital_status="dead")
    subject = replace(subject, events=(*subject.events, later, other))
    told = {
        (fault.what, fault.reported)
        for fault in analyse(replace(demo_study, subjects=(subject,)), date(2017, 12, 1)).disagreements
        if "death" in fault.what
    }
    assert ("day of death (reported dead at a contact)", str(DIED + timedelta(days=7))) in told
    assert any(what == "alive after death" for what, _ in told)


def test_a_reading_is_no_sign_of_life_on_its_day(demo_study: Study) -> None:
    """Images are read, and follow-up is judged, without the subject."""
    before = overall(demo_study.subjects[0])
    for fact in (
        Reading(subject="1-01", row=9001, on=date(2017, 1, 1), modality="PET", answer="negative"),
        FollowUpReference(subject="1-01", row=9001, on=date(2017, 1, 1), verdict="recurrence"),
    ):
        assert overall(with_event(demo_study, fact, without_contacts=False)) == before
    scan = Scan(subject="1-01", row=9001, start=datetime(2017, 1, 1, 9, tzinfo=UTC), modality="MRI")
    seen = overall(with_event(demo_study, scan, without_contacts=False))
    assert seen is not None
    assert seen.end == date(2017, 1, 1)
