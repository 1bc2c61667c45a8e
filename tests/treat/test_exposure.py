"""What was given against the plan: fractions, intervals, durations, and drugs given along."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hevesy.nuclides.library import nuclide
from hevesy.study.dates import PartialDate
from hevesy.study.dose import Dose
from hevesy.study.events import Administration, Event, Exposure, ThyroidBlockCourse
from hevesy.study.protocol import DoseLevel, Regimen, ThyroidBlock
from hevesy.study.subject import Study, Subject
from hevesy.treat.exposure import check_concomitant, check_thyroid_block, exposure
from hevesy.units import mCi

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2016, 1, 4, 13, tzinfo=CHICAGO)
PLAN = ThyroidBlock(start_before_h=24, stop_after_d=14)


def infusion(day: int, minutes: int = 30, activity_MBq: float = 1000) -> Administration:
    start = NOON + timedelta(days=day - 1)
    return Administration(subject="S", row=day, start=start, end=start + timedelta(minutes=minutes), assay_MBq=activity_MBq, assay_at=start)


def person(study: Study, *events: Event) -> Subject:
    return replace(study.subjects[0], events=events)


def block(start: int, stop: int | None) -> ThyroidBlockCourse:
    day_1 = NOON.date()
    return ThyroidBlockCourse(
        subject="S", row=99, on=day_1 + timedelta(days=start), stop=None if stop is None else day_1 + timedelta(days=stop), agent="SSKI"
    )


def test_two_fractions_add_up_and_their_interval_is_checked(demo_study: Study) -> None:
    level = DoseLevel(
        number=1, dose=Dose(amount=15.625 * mCi, basis="body surface area"), regimen=Regimen(fractions=2, interval_d=7, infusion_h=0.5)
    )
    protocol = replace(demo_study.protocol, dose_levels=(level,), arms=(replace(demo_study.protocol.arms[0], dose_level=1),))
    study = replace(demo_study, protocol=protocol)
    given = exposure(person(study, infusion(1), infusion(8)), study, nuclide("I-131"))
    assert given.total_MBq == pytest.approx(2000)
    assert given.prescription is not None
    assert given.percent_of_prescribed == pytest.approx(100 * 2000 / given.prescription.total_MBq)
    assert given.notes == ()
    late = exposure(person(study, infusion(1), infusion(30, minutes=50)), study, nuclide("I-131"))
    assert "fraction 2 was given 29 days after the one before; 7 are planned" in late.notes
    assert "infusion 2 took 50 min; 30 are planned" in late.notes


@pytest.mark.parametrize(
    ("courses", "kept"),
    [
        ([(-1, 14)], True),
        ([(-1, 13)], False),
        ([(0, 14)], False),
        ([(-1, None)], None),
        ([(-34, -25), (10, 30)], False),
        ([], False),
    ],
)
def test_thyroid_block_must_be_there_at_the_infusion(demo_study: Study, courses: list[tuple[int, int | None]], kept: bool | None) -> None:
    found = check_thyroid_block(person(demo_study, infusion(1), *(block(*course) for course in courses)), PLAN)
    assert found.kept is kept
    assert found.because


def test_the_demonstration_kept_its_schedules(demo_study: Study) -> None:
    for subject in demo_study.subjects:
        assert check_thyroid_block(subject, PLAN).kept
        assert check_concomitant(subject, demo_study.protocol.concomitant[0], demo_study).kept
        assert "480 mg in total" in check_concomitant(subject, demo_study.protocol.concomitant[0], demo_study).because


def test_a_missed_dose_is_named(demo_study: Study) -> None:
    subject = demo_study.subjects[0]
    missed = replace(subject, events=tuple(event for event in subject.events if event.on != date(2015, 7, 15)))
    assert "no dose near 2015-07-15" in check_concomitant(missed, demo_study.protocol.concomitant[0], demo_study).because


def test_a_partly_dated_exposure_that_may_be_first_leaves_day_1_unknown(demo_study: Study) -> None:
    later = Exposure(subject="S", row=2, on=date(2014, 5, 1), end=date(2014, 6, 1))
    vague = Exposure(subject="S", row=1, on=PartialDate(year=2014, month=2))
    subject = person(demo_study, vague, later)
    assert subject.treated
    assert subject.day_1 is None
    assert person(demo_study, later).day_1 == date(2014, 5, 1)
