"""What was given against the plan, at the edges: 180 cm and 80 kg are 2 m2, so that 500 MBq/m2 are 1000 MBq."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hevesy.files.protocol import read_protocol
from hevesy.nuclides.library import nuclide
from hevesy.study.dates import PartialDate, When
from hevesy.study.dose import Basis, Dose
from hevesy.study.facts.enrolment import BodyMeasurement, Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.treatment import Administration, ConcomitantDose, ThyroidBlockCourse
from hevesy.study.facts.vital_signs import VitalSigns
from hevesy.study.protocol import ConcomitantSchedule, DoseLevel, Regimen, ThyroidBlock
from hevesy.study.subject import Study, Subject
from hevesy.treat.exposure import check_concomitant, check_thyroid_block, exposure, share_of_regimen
from tests.conftest import EXAMPLE

PROTOCOL = read_protocol((EXAMPLE / "protocol.toml").read_text())
DAY_1 = date(2016, 1, 4)
NOON = datetime(2016, 1, 4, 12, tzinfo=ZoneInfo("America/Chicago"))
I_131 = nuclide("I-131")


def planned(
    amount: float = 500,
    basis: Basis = "body surface area",
    fractions: int = 1,
    interval_d: int = 7,
    infusion_h: float | None = None,
) -> Study:
    regimen = Regimen(fractions=fractions, interval_d=interval_d if fractions > 1 else None, infusion_h=infusion_h)
    level = DoseLevel(number=1, dose=Dose(amount=amount, basis=basis), regimen=regimen)
    protocol = replace(PROTOCOL, dose_levels=(level,), arms=(replace(PROTOCOL.arms[0], code="1", dose_level=1),))
    return Study(protocol=protocol, subjects=(), findings=(), delivered_kinds=frozenset())


def person(
    *events: Fact, height_cm: float | None = 180, weight_kg: float | None = 80, arm: str | None = "1"
) -> Subject:
    return Subject(
        id="S",
        enrolment=Enrolment(subject="S", row=1, arm_code=arm, height_cm=height_cm, weight_kg=weight_kg),
        events=events,
    )


def stated(day: int, activity_MBq: float | None, row: int = 0) -> Administration:
    return Administration(
        subject="S", row=row or 10 + day, start=NOON + timedelta(days=day - 1), administered_MBq=activity_MBq
    )


def on_day(number: int) -> date:
    return DAY_1 + timedelta(days=number - 1)


def body(row: int, on: When | None, height_cm: float | None = None, weight_kg: float | None = None) -> BodyMeasurement:
    return BodyMeasurement(subject="S", row=row, on=on, height_cm=height_cm, weight_kg=weight_kg)


def prescribed(subject: Subject, study: Study) -> float | None:
    found = exposure(subject, study, I_131).prescription
    return None if found is None else found.prescribed_MBq


def test_what_was_prescribed_and_given_is_counted_and_nothing_else_is_said() -> None:
    found = exposure(person(stated(1, 1000), stated(8, 900)), planned(fractions=2, interval_d=7), None)
    assert (found.total_MBq, found.percent_of_prescribed) == (1900, 95)
    assert [(one.fraction, one.administration.row) for one in found.infusions] == [(1, 11), (2, 18)]
    assert (found.notes, found.questioned, found.rows) == ((), (), (1, 11, 18))


@pytest.mark.parametrize(
    "events", [(), (stated(1, None),), (stated(1, 1000), stated(8, None))], ids=["none", "unknown", "one-of-two"]
)
def test_a_total_is_known_only_where_every_infusion_is(events: tuple[Fact, ...]) -> None:
    found = exposure(person(*events), planned(fractions=2), I_131)
    assert (found.total_MBq, found.percent_of_prescribed) == (None, None)


def test_without_a_level_nothing_is_prescribed_and_the_activity_is_still_known() -> None:
    measured = body(5, on_day(1), height_cm=180, weight_kg=80)
    found = exposure(
        person(measured, stated(1, 7000), stated(9, 1000), height_cm=None, weight_kg=None, arm=None), planned(), I_131
    )
    assert (found.prescription, found.total_MBq, found.percent_of_prescribed) == (None, 8000, None)
    assert found.notes == ("no dose level in the protocol for this arm",)
    assert found.questioned == ()


def test_a_measurement_that_is_used_is_named_with_its_day_and_one_of_the_enrolment_is_not() -> None:
    measured = body(5, on_day(1), weight_kg=80)
    assert exposure(person(measured, stated(1, 1000), weight_kg=None), planned(), I_131).notes == (
        "weight of 2016-01-04, the last on or before the first infusion",
    )
    assert exposure(person(measured, stated(1, 1000)), planned(), I_131).notes == ()


@pytest.mark.parametrize(
    ("height_cm", "weight_kg", "by_area", "by_mass"),
    [
        (180, 80, 1000, 800),
        (None, 80, None, 800),
        (180, None, None, None),
        (99, 80, None, 800),
        (231, 80, None, 800),
        (180, 24, None, None),
        (180, 301, None, None),
    ],
)
def test_height_and_weight_are_each_needed_where_the_level_needs_them(
    height_cm: float | None, weight_kg: float | None, by_area: float | None, by_mass: float | None
) -> None:
    """Believed are 100 to 230 cm and 25 to 300 kg; 10 MBq/kg x 80 kg = 800 MBq."""
    subject = person(stated(1, 1000), height_cm=height_cm, weight_kg=weight_kg)
    assert prescribed(subject, planned()) == by_area
    assert prescribed(subject, planned(10, "body mass")) == by_mass


@pytest.mark.parametrize(("height_cm", "weight_kg"), [(100, 25), (230, 300)])
def test_height_and_weight_at_their_bounds_are_believed(height_cm: float, weight_kg: float) -> None:
    subject = person(stated(1, 1000), height_cm=height_cm, weight_kg=weight_kg)
    assert prescribed(subject, planned()) == pytest.approx(500 * (height_cm * weight_kg / 3600) ** 0.5)


def test_a_weight_that_somebody_confirmed_is_used() -> None:
    """231 cm x 100 kg; the row that was confirmed is that of the enrolment."""
    subject = person(stated(1, 1000), height_cm=231, weight_kg=100)
    assert exposure(subject, planned(), I_131).questioned[0].quantity == "height"
    assert prescribed(replace(subject, confirmed=frozenset({2})), planned()) is None
    assert prescribed(replace(subject, confirmed=frozenset({1})), planned()) == pytest.approx(
        500 * (231 * 100 / 3600) ** 0.5
    )


@pytest.mark.parametrize(
    ("measured", "weight_kg"),
    [
        ([body(5, on_day(-3), weight_kg=50), body(6, on_day(1), weight_kg=60), body(7, on_day(2), weight_kg=70)], 60),
        ([body(5, on_day(1), weight_kg=60), body(6, on_day(-3), weight_kg=50)], 60),
        ([body(6, on_day(1), weight_kg=50), body(5, on_day(1), weight_kg=60)], 50),
        (
            [
                body(5, on_day(-3), weight_kg=50),
                body(6, PartialDate(year=2016, month=1), weight_kg=60),
                body(7, None, weight_kg=70),
            ],
            50,
        ),
        ([body(5, on_day(1), height_cm=170)], None),
        ([body(5, on_day(2), weight_kg=60)], None),
    ],
    ids=[
        "the-day-itself",
        "by-day-not-by-row",
        "the-later-row-of-a-day",
        "only-whole-days",
        "a-height-is-no-weight",
        "too-late",
    ],
)
def test_the_weight_is_the_last_on_or_before_the_infusion(measured: list[Fact], weight_kg: float | None) -> None:
    found = prescribed(person(*measured, stated(1, 1000), weight_kg=None), planned(10, "body mass"))
    assert found == (None if weight_kg is None else 10 * weight_kg)


def test_before_any_infusion_the_last_measurement_of_all_is_used() -> None:
    measured = [body(5, on_day(1), weight_kg=50), body(6, on_day(400), weight_kg=60)]
    assert prescribed(person(*measured, weight_kg=None), planned(10, "body mass")) == 600


@pytest.mark.parametrize(
    ("days", "notes"),
    [
        ((1, 8), ()),
        ((1, 7), ("fraction 2 was given 6 days after the one before; 7 are planned",)),
        ((1, 9), ("fraction 2 was given 8 days after the one before; 7 are planned",)),
        (
            (1, 8, 16),
            (
                "3 infusions recorded, the regimen has 2",
                "fraction 3 was given 8 days after the one before; 7 are planned",
            ),
        ),
    ],
)
def test_number_and_days_of_the_fractions(days: tuple[int, ...], notes: tuple[str, ...]) -> None:
    found = exposure(person(*(stated(day, 1000) for day in days)), planned(fractions=2, interval_d=7), I_131)
    assert found.notes == notes


@pytest.mark.parametrize(
    ("minutes", "told"), [(85, ()), (95, ()), (84, ("infusion 1 took 84 min; 90 are planned",)), (96, ("infusion 1 took 96 min; 90 are planned",))]
)  # fmt: skip
def test_an_infusion_may_take_five_minutes_more_or_less(minutes: int, told: tuple[str, ...]) -> None:
    item = replace(stated(1, 1000), end=NOON + timedelta(minutes=minutes))
    assert exposure(person(item), planned(infusion_h=1.5), I_131).notes == told
    assert exposure(person(item), planned(), I_131).notes == ()
    assert exposure(person(replace(item, hour_known=False)), planned(infusion_h=1.5), I_131).notes == ()
    assert exposure(person(replace(item, end=None)), planned(infusion_h=1.5), I_131).notes == ()


def test_the_second_infusion_is_named_by_its_number() -> None:
    late = replace(stated(8, 1000), end=NOON + timedelta(days=7, minutes=100))
    assert exposure(person(stated(1, 1000), late), planned(fractions=2, infusion_h=1.5), I_131).notes == (
        "infusion 2 took 100 min; 90 are planned",
    )


ASSAYED = replace(stated(1, None), assay_MBq=1000, assay_at=NOON)
NO_NUCLIDE = "the protocol names no nuclide: no decay correction"


@pytest.mark.parametrize(
    ("item", "known_nuclide", "given", "because"),
    [
        (stated(1, None), True, None, "no assay of the syringe recorded"),
        (stated(1, None), False, None, NO_NUCLIDE),
        (stated(1, 1000), True, 1000, None),
        (stated(1, 1000), False, 1000, None),
        (ASSAYED, True, 1000, None),
        (ASSAYED, False, None, NO_NUCLIDE),
        (replace(ASSAYED, administered_MBq=950), True, 1000, None),
        (replace(ASSAYED, administered_MBq=950), False, None, NO_NUCLIDE),
        (replace(ASSAYED, residual_MBq=20, residual_at=NOON), True, 980, None),
        (replace(ASSAYED, residual_MBq=0, residual_at=NOON), True, 1000, None),
        (replace(ASSAYED, residual_at=NOON), True, 1000, None),
    ],
)
def test_an_activity_is_that_of_its_assay_else_as_stated(
    item: Administration, known_nuclide: bool, given: float | None, because: str | None
) -> None:
    """Assay and residual at the start of the infusion, so that nothing has decayed."""
    found = exposure(person(item), planned(), I_131 if known_nuclide else None)
    assert found.total_MBq == pytest.approx(given)
    assert found.notes == (() if because is None else (f"infusion 1: {because}",))


@pytest.mark.parametrize("assayed", [True, False])
@pytest.mark.parametrize(("share", "believed"), [(0.199, False), (0.2, True), (5.0, True), (5.001, False)])
def test_an_activity_of_20_to_500_percent_is_believed(assayed: bool, share: float, believed: bool) -> None:
    item = replace(ASSAYED, assay_MBq=1000 * share) if assayed else stated(1, 1000 * share)
    found = exposure(person(item), planned(), I_131)
    assert (found.total_MBq is not None) == believed
    assert [one.quantity for one in found.questioned] == ([] if believed else ["administered activity"])
    assert [one.question is None for one in found.infusions] == [believed]
    assert found.notes == tuple(f"infusion 1: {one}" for one in found.questioned), "the question is the reason"
    confirmed = exposure(replace(person(item), confirmed=frozenset({item.row})), planned(), I_131)
    assert confirmed.total_MBq == pytest.approx(1000 * share)
    assert confirmed.questioned == ()
    without = exposure(person(item, arm=None), planned(), I_131)
    assert without.total_MBq == pytest.approx(1000 * share), "without a prescription there is nothing it is far from"


@pytest.mark.parametrize(
    ("given", "until", "percent", "told"),
    [
        ([(1, 1000)], 1, 50, ()),
        ([(1, 1000), (85, 900)], 85, 95, ()),
        ([(1, 1000), (86, 900)], 85, 50, ("1 infusion after the window left out of the activity",)),
        ([(1, 1000), (86, 900), (90, 900)], 85, 50, ("2 infusions after the window left out of the activity",)),
        ([(1, 1000), (2, 900), (3, 100)], 85, None, ("3 infusions recorded within the window, the regimen has 2",)),
        ([(1, 1000), (8, None)], 85, None, ("infusion 2: no assay of the syringe recorded",)),
        ([], 85, None, ()),
    ],
)
def test_the_share_of_the_regimen_by_a_day(
    given: list[tuple[int, float | None]], until: int, percent: float | None, told: tuple[str, ...]
) -> None:
    """Two fractions of 1000 MBq each are the regimen."""
    found = exposure(person(*(stated(day, activity) for day, activity in given)), planned(fractions=2), I_131)
    share, said = share_of_regimen(found, on_day(until))
    assert share == percent
    assert tuple(one for one in said if "recorded, the regimen" not in one) == told


def test_a_share_without_a_prescription_is_not_known() -> None:
    found = exposure(person(stated(1, 1000), stated(86, 1000), weight_kg=None), planned(), I_131)
    share, told = share_of_regimen(found, on_day(85))
    assert share is None
    assert "height or weight not recorded: no body surface area, no prescription" in told
    assert told[-1] == "1 infusion after the window left out of the activity"


def course(start: When | int | None, stop: When | int | None) -> ThyroidBlockCourse:
    on, off = (on_day(when) if isinstance(when, int) else when for when in (start, stop))
    return ThyroidBlockCourse(subject="S", row=99, on=on, stop=off)


DECEMBER, JANUARY, FEBRUARY = (
    PartialDate(year=year, month=month) for year, month in ((2015, 12), (2016, 1), (2016, 2))
)


@pytest.mark.parametrize(
    ("days", "courses", "before_h", "after_d", "kept", "because"),
    [
        ((), [(-1, 20)], 24, 14, None, "no infusion recorded"),
        ((1,), [], 24, 14, False, "no thyroid block recorded"),
        ((1,), [(None, 20)], 24, 14, False, "no thyroid block recorded"),
        # day 4 is three days after day 1; 72 h are three days, 73 h are more
        ((4,), [(1, 18)], 72, 14, True, "begun 3 d before the infusion of 2016-01-07, stopped 14 d after the last (14 d planned)"),
        ((4,), [(1, 18)], 73, 14, False, "begun 3 d before the infusion of 2016-01-07, 73 h are planned"),
        # 600 h are 25 days
        ((25,), [(1, 60)], 600, 14, False, "begun 24 d before the infusion of 2016-01-28, 600 h are planned"),
        ((4,), [(1, 17)], 72, 14, False, "begun 3 d before the infusion of 2016-01-07, stopped 13 d after the last (14 d planned)"),
        # begun in December: on its last day at the latest
        ((1,), [(DECEMBER, 15)], 96, 14, True, "begun 4 d before the infusion of 2016-01-04, stopped 14 d after the last (14 d planned)"),
        ((1,), [(JANUARY, 15)], 24, 14, False, "no thyroid block on 2016-01-04, the day of an infusion"),
        # stopped in January or February: on its first day at the earliest
        ((1,), [(0, JANUARY)], 24, 14, False, "no thyroid block on 2016-01-04, the day of an infusion"),
        ((1,), [(0, FEBRUARY)], 24, 28, True, "begun 1 d before the infusion of 2016-01-04, stopped 28 d after the last (28 d planned)"),
        ((1,), [(0, FEBRUARY)], 24, 29, False, "begun 1 d before the infusion of 2016-01-04, stopped 28 d after the last (29 d planned)"),
        # the earliest start and the latest stop of the courses that cover the day
        ((4,), [(1, 4), (4, 18)], 72, 14, True, "begun 3 d before the infusion of 2016-01-07, stopped 14 d after the last (14 d planned)"),
        ((4,), [(1, None), (1, 18), (1, 5)], 72, 14, True, "begun 3 d before the infusion of 2016-01-07, stopped 14 d after the last (14 d planned)"),
        ((4,), [(1, None), (1, 17)], 72, 14, None, "begun 3 d before the infusion of 2016-01-07, no stop recorded yet"),
        ((4,), [(1, None)], 72, 1, None, "begun 3 d before the infusion of 2016-01-07, no stop recorded yet"),
    ],
)  # fmt: skip
def test_a_block_of_one_infusion(
    days: tuple[int, ...],
    courses: list[tuple[When | int | None, When | int | None]],
    before_h: float,
    after_d: int,
    kept: bool | None,
    because: str,
) -> None:
    subject = person(*(stated(day, 1000) for day in days), *(course(*one) for one in courses))
    found = check_thyroid_block(subject, ThyroidBlock(start_before_h=before_h, stop_after_d=after_d))
    assert (found.kept, found.because) == (kept, because)


@pytest.mark.parametrize(
    ("courses", "kept", "because"),
    [
        ([(0, 45)], True, ["begun 1 d before the infusion of 2016-01-04", "begun 31 d before the infusion of 2016-02-03", "stopped 14 d after the last (14 d planned)"]),
        ([(0, 44)], False, ["begun 1 d before the infusion of 2016-01-04", "begun 31 d before the infusion of 2016-02-03", "stopped 13 d after the last (14 d planned)"]),
        # at the second infusion it must be there, and need not have begun before; the first course may stop on the day of the first infusion
        ([(0, 1), (31, 45)], True, ["begun 1 d before the infusion of 2016-01-04", "begun 0 d before the infusion of 2016-02-03", "stopped 14 d after the last (14 d planned)"]),
        ([(0, 20), (32, 60)], False, ["begun 1 d before the infusion of 2016-01-04", "no thyroid block on 2016-02-03, the day of an infusion"]),
        ([(0, 20), (5, 30)], False, ["begun 1 d before the infusion of 2016-01-04", "no thyroid block on 2016-02-03, the day of an infusion"]),
        ([(30, 60)], False, ["no thyroid block on 2016-01-04, the day of an infusion", "begun 1 d before the infusion of 2016-02-03"]),
        ([(1, 60)], False, ["begun 0 d before the infusion of 2016-01-04", "24 h are planned", "begun 30 d before the infusion of 2016-02-03"]),
        ([(0, None)], None, ["begun 1 d before the infusion of 2016-01-04", "begun 31 d before the infusion of 2016-02-03", "no stop recorded yet"]),
    ],
)  # fmt: skip
def test_a_block_of_two_infusions(courses: list[tuple[int, int | None]], kept: bool | None, because: list[str]) -> None:
    """Infusions on days 1 and 31, the later one delivered first; 24 h before the first, 14 days after the last."""
    subject = person(stated(31, 1000), stated(1, 1000), *(course(*one) for one in courses))
    found = check_thyroid_block(subject, ThyroidBlock(start_before_h=24, stop_after_d=14))
    assert (found.kept, found.because) == (kept, ", ".join(because))


@pytest.mark.parametrize(("stop", "kept"), [(None, True), (1, True)])
def test_a_block_that_need_not_outlast_the_infusion(stop: int | None, kept: bool) -> None:
    subject = person(stated(1, 1000), course(0, stop))
    assert check_thyroid_block(subject, ThyroidBlock(start_before_h=24, stop_after_d=0)).kept is kept


WEEKLY = ConcomitantSchedule(agent="dexamethasone", dose_mg=40, every_d=7, doses=5)
"""On days 1, 8, 15, 22 and 29."""


def dose(day: int | None, dose_mg: float | None = 40, agent: str = "Dexamethasone") -> ConcomitantDose:
    return ConcomitantDose(
        subject="S", row=200 + (day or 0), on=None if day is None else on_day(day), agent=agent, dose_mg=dose_mg
    )


ALL = tuple(dose(day) for day in (1, 8, 15, 22, 29))


@pytest.mark.parametrize(
    ("doses", "kept", "because"),
    [
        (ALL, True, "5 of 5 doses of 40 mg on the planned days, 200 mg in total"),
        (tuple(dose(day) for day in (2, 7, 16, 21, 30)), True, "5 of 5 doses of 40 mg on the planned days, 200 mg in total"),
        ((*ALL[:4], dose(31)), False, "no dose near 2016-02-01"),
        ((*ALL[:4], dose(27)), False, "no dose near 2016-02-01"),
        (ALL[:2], False, "no dose near 2016-01-18, 2016-01-25, 2016-02-01"),
        (ALL[:1], False, "no dose near 2016-01-11, 2016-01-18, 2016-01-25, ..."),
        ((*ALL, dose(36)), False, "6 doses, 5 planned"),
        ((*ALL[:4], dose(29, 20)), False, "1 doses not of 40 mg"),
        ((*ALL[:4], dose(29, 60)), False, "1 doses not of 40 mg"),
        ((*ALL[:4], dose(29, 0)), False, "1 doses not of 40 mg"),
        ((*ALL, dose(40, agent="ondansetron")), True, "5 of 5 doses of 40 mg on the planned days, 200 mg in total"),
        ((*ALL[:4], dose(29, None)), None, "1 of 5 doses without an amount: whether 40 mg were taken on the planned days cannot be told"),
        ((*ALL[:4], dose(None)), None, "1 of 5 doses without a day: whether 40 mg were taken on the planned days cannot be told"),
        ((*ALL[:3], dose(None)), False, "no dose near 2016-01-25, 2016-02-01"),
        ((*ALL[:3], dose(22, 20), dose(29, None)), False, "1 doses not of 40 mg"),
        ((*ALL[:3], dose(22, None)), False, "no dose near 2016-02-01"),
    ],
)  # fmt: skip
def test_doses_given_along(doses: tuple[Fact, ...], kept: bool | None, because: str) -> None:
    found = check_concomitant(person(stated(1, 1000), *doses), WEEKLY, planned())
    assert (found.kept, found.because) == (kept, because)


@pytest.mark.parametrize(("as_of", "kept"), [(28, True), (29, False), (None, False)])
def test_a_dose_is_due_from_its_day_on(as_of: int | None, kept: bool) -> None:
    study = replace(planned(), as_of=None if as_of is None else on_day(as_of))
    assert check_concomitant(person(stated(1, 1000), *ALL[:4]), WEEKLY, study).kept is kept


def test_without_an_infusion_no_dose_is_due() -> None:
    found = check_concomitant(person(*ALL), WEEKLY, planned())
    assert (found.kept, found.because) == (None, "no infusion recorded")


def test_a_weight_among_vital_signs_is_a_measurement_as_any_other() -> None:
    """The last on or before the first infusion, whichever record holds it; a later one is none of the prescription."""
    own = (
        body(31, on_day(-10), 180, 90),
        VitalSigns(subject="S", row=32, on=on_day(1), weight_kg=80),
        VitalSigns(subject="S", row=33, on=on_day(8), weight_kg=60),
    )
    told = prescribed(
        person(stated(1, 1000), *own, height_cm=None, weight_kg=None), planned(basis="body mass", amount=10)
    )
    assert told == pytest.approx(800), "10 MBq/kg of 80 kg"
