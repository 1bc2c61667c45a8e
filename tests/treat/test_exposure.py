"""What was given against the plan: fractions, intervals, durations, and drugs given along."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hevesy.nuclides.library import nuclide
from hevesy.study.dates import PartialDate
from hevesy.study.dose import Dose
from hevesy.study.facts.enrolment import BodyMeasurement
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.treatment import Administration, ConcomitantDose, Exposure, ThyroidBlockCourse
from hevesy.study.protocol import DoseLevel, Regimen, ThyroidBlock
from hevesy.study.subject import Study, Subject
from hevesy.treat.exposure import ScheduleCheck, check_concomitant, check_thyroid_block, exposure, share_of_regimen
from hevesy.units import mCi

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2016, 1, 4, 13, tzinfo=CHICAGO)
PLAN = ThyroidBlock(start_before_h=24, stop_after_d=14)


def infusion(day: int, minutes: int = 30, activity_MBq: float = 1000) -> Administration:
    start = NOON + timedelta(days=day - 1)
    return Administration(
        subject="S",
        row=day,
        start=start,
        end=start + timedelta(minutes=minutes),
        assay_MBq=activity_MBq,
        assay_at=start,
    )


def person(study: Study, *events: Fact) -> Subject:
    return replace(study.subjects[0], events=events)


def block(start: int, stop: int | None) -> ThyroidBlockCourse:
    day_1 = NOON.date()
    return ThyroidBlockCourse(
        subject="S",
        row=99,
        on=day_1 + timedelta(days=start),
        stop=None if stop is None else day_1 + timedelta(days=stop),
        agent="SSKI",
    )


def test_two_fractions_add_up_and_their_interval_is_checked(demo_study: Study) -> None:
    level = DoseLevel(
        number=1,
        dose=Dose(amount=15.625 * mCi, basis="body surface area"),
        regimen=Regimen(fractions=2, interval_d=7, infusion_h=0.5),
    )
    protocol = replace(
        demo_study.protocol, dose_levels=(level,), arms=(replace(demo_study.protocol.arms[0], dose_level=1),)
    )
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
        ([(-1, None), (-1, 14)], True),
        ([(-1, None), (-1, 13)], None),
        ([(-34, -25), (10, 30)], False),
        ([], False),
    ],
)
def test_thyroid_block_must_be_there_at_the_infusion(
    demo_study: Study, courses: list[tuple[int, int | None]], kept: bool | None
) -> None:
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
    assert (
        "no dose near 2015-07-15" in check_concomitant(missed, demo_study.protocol.concomitant[0], demo_study).because
    )


def test_a_partly_dated_exposure_that_may_be_first_leaves_day_1_unknown(demo_study: Study) -> None:
    later = Exposure(subject="S", row=2, on=date(2014, 5, 1), end=date(2014, 6, 1))
    vague = Exposure(subject="S", row=1, on=PartialDate(year=2014, month=2))
    subject = person(demo_study, vague, later)
    assert subject.treated
    assert subject.day_1 is None
    assert person(demo_study, later).day_1 == date(2014, 5, 1)


def test_a_block_that_stops_in_a_month_may_have_stopped_on_its_first_day(demo_study: Study) -> None:
    """Infusion on 4 January: a stop known as January covers neither the infusion nor the 14 days after it."""
    january = ThyroidBlockCourse(
        subject="S", row=99, on=NOON.date() - timedelta(days=2), stop=PartialDate(year=2016, month=1), agent="SSKI"
    )
    february = replace(january, stop=PartialDate(year=2016, month=2))
    assert check_thyroid_block(person(demo_study, infusion(1), january), PLAN).kept is False
    found = check_thyroid_block(person(demo_study, infusion(1), february), PLAN)
    assert found.kept
    assert "stopped 28 d after the last" in found.because


@pytest.mark.parametrize(("minutes", "told"), [(30, False), (35, False), (36, True), (24, True), (25, False)])
def test_an_infusion_of_another_length_than_planned_is_told(demo_study: Study, minutes: int, told: bool) -> None:
    found = exposure(person(demo_study, infusion(1, minutes)), demo_study, nuclide("I-131"))
    assert any(f"infusion 1 took {minutes} min; 30 are planned" in note for note in found.notes) == told


def test_infusions_after_the_window_are_left_out_of_the_share(demo_study: Study) -> None:
    until = NOON.date() + timedelta(days=84)
    one = exposure(person(demo_study, infusion(1), infusion(120), infusion(130)), demo_study, nuclide("I-131"))
    alone = exposure(person(demo_study, infusion(1)), demo_study, nuclide("I-131"))
    share, told = share_of_regimen(one, until)
    assert share == pytest.approx(share_of_regimen(alone, until)[0])
    assert share == pytest.approx(alone.percent_of_prescribed)
    assert told == ("2 infusions after the window left out of the activity",)
    assert share_of_regimen(alone, until)[1] == ()
    twice, why = share_of_regimen(
        exposure(person(demo_study, infusion(1), infusion(2)), demo_study, nuclide("I-131")), until
    )
    assert (twice, why) == (None, ("2 infusions recorded within the window, the regimen has 1",))
    nothing = exposure(person(demo_study), demo_study, nuclide("I-131"))
    assert share_of_regimen(nothing, until)[0] is None


def test_height_and_weight_are_the_last_on_or_before_the_infusion(demo_study: Study) -> None:
    """As VS delivers them; those of the enrolment go first, what came after the infusion does not count."""
    measured = [
        BodyMeasurement(
            subject="S", row=500 + n, on=NOON.date() + timedelta(days=day), height_cm=height, weight_kg=weight
        )
        for n, (day, height, weight) in enumerate(
            [(-30, 170.0, None), (-10, None, 80.0), (0, None, 70.0), (1, None, 60.0)]
        )
    ]
    subject = person(demo_study, infusion(1), *measured)
    own = replace(subject, enrolment=replace(subject.enrolment, height_cm=None, weight_kg=None))
    found = exposure(own, demo_study, nuclide("I-131")).prescription
    assert found is not None
    assert found.bsa_m2 == pytest.approx((170 * 70 / 3600) ** 0.5)
    kept = exposure(subject, demo_study, nuclide("I-131")).prescription
    assert kept is not None
    assert kept.bsa_m2 == pytest.approx((162 * 68 / 3600) ** 0.5)
    doubtful = replace(measured[2], weight_kg=320.0)
    questioned = exposure(replace(own, events=(infusion(1), *measured[:2], doubtful)), demo_study, nuclide("I-131"))
    assert questioned.prescription is None
    assert [one.row for one in questioned.questioned] == [502]


def test_an_activity_as_stated_needs_no_assay(demo_study: Study) -> None:
    planned = exposure(person(demo_study, infusion(1)), demo_study, nuclide("I-131")).prescription
    assert planned is not None
    for share, within in ((1.0, True), (1.0999, True), (1.1001, False), (0.9001, True), (0.8999, False)):
        stated = Administration(
            subject="S", row=7, start=NOON, administered_MBq=share * planned.prescribed_MBq, hour_known=False
        )
        found = exposure(person(demo_study, stated), demo_study, None)
        given = found.infusions[0].given
        assert given is not None
        assert given.deviation_percent == pytest.approx(100 * share - 100)
        assert given.within_tolerance is within
        assert given.per_m2_MBq == pytest.approx(share * 12.5 * mCi)
        assert found.percent_of_prescribed == pytest.approx(100 * share)


@pytest.mark.parametrize(("moved_d", "kept"), [(-1, True), (1, True), (-2, False), (2, False)])
def test_a_dose_of_the_regimen_is_kept_within_a_day(demo_study: Study, moved_d: int, kept: bool) -> None:
    subject, due = demo_study.subjects[0], date(2015, 7, 15)
    events = tuple(
        replace(event, on=due + timedelta(days=moved_d))
        if isinstance(event, ConcomitantDose) and event.on == due
        else event
        for event in subject.events
    )
    assert (
        check_concomitant(replace(subject, events=events), demo_study.protocol.concomitant[0], demo_study).kept is kept
    )


def test_a_dose_without_an_amount_is_not_a_dose_of_none(demo_study: Study) -> None:
    subject, plan = demo_study.subjects[0], demo_study.protocol.concomitant[0]
    first = next(event for event in subject.events if isinstance(event, ConcomitantDose))

    def given(amount_mg: float | None) -> Subject:
        return replace(
            subject,
            events=tuple(replace(event, dose_mg=amount_mg) if event is first else event for event in subject.events),
        )

    unknown, none_taken = (check_concomitant(given(amount), plan, demo_study) for amount in (None, 0.0))
    assert (unknown.kept, none_taken.kept) == (None, False)
    assert "1 of 12 doses without an amount" in unknown.because
    assert "in total" not in unknown.because


def test_a_dose_is_due_on_the_day_of_the_cut(demo_study: Study) -> None:
    subject, due = demo_study.subjects[0], date(2015, 7, 15)
    missed = replace(
        subject,
        events=tuple(event for event in subject.events if not isinstance(event, ConcomitantDose) or event.on != due),
    )
    plan = demo_study.protocol.concomitant[0]
    assert check_concomitant(missed, plan, replace(demo_study, as_of=due)).because.startswith("no dose near 2015-07-15")
    assert (
        "no dose near"
        not in check_concomitant(missed, plan, replace(demo_study, as_of=due - timedelta(days=1))).because
    )


def test_a_dose_without_a_day_may_be_the_one_that_is_looked_for(demo_study: Study) -> None:
    subject, plan, due = demo_study.subjects[0], demo_study.protocol.concomitant[0], date(2015, 7, 15)
    other = next(event for event in subject.events if isinstance(event, ConcomitantDose) and event.on != due)

    def told(missing: tuple[date, ...], undated: ConcomitantDose | None) -> ScheduleCheck:
        kept = (event for event in subject.events if not isinstance(event, ConcomitantDose) or event.on not in missing)
        more = () if undated is None else (replace(undated, on=None),)
        return check_concomitant(replace(subject, events=(*kept, *more)), plan, demo_study)

    undated = told((due,), other)
    assert undated.kept is None
    assert "1 of 12 doses without a day" in undated.because
    assert told((due,), None).kept is False
    assert isinstance(other.on, date)
    two_missed = told((due, other.on), other)
    assert two_missed.kept is False, "one dose without a day cannot be two"
