"""What was given: activities, periods, schedules, and one dose beside two, of a few subjects worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hevesy.conduct.groups import OfOne, share_of, spread_of
from hevesy.conduct.treated import (
    Activities,
    ByDoses,
    GroupActivity,
    Periods,
    Responders,
    ResponseReading,
    Schedule,
    SubjectInfusion,
    Treated,
)
from hevesy.readout.sections.doses import doses
from hevesy.readout.sections.exposure import exposure
from hevesy.study.facts.treatment import Administration
from hevesy.treat.exposure import Infusion, ScheduleCheck
from hevesy.treat.prescription import Administered
from hevesy.units import ActivityUnit
from tests.readout.small import group, numbers, person, table, words

UNIT = ActivityUnit("MBq")
ALL = group(person(1, total_MBq=900.0), person(2, total_MBq=1100.0), person(3))
NOTHING = Treated(cut=date(2020, 6, 1), subjects=ALL.members, activities=None, periods=(), schedules=(), by_doses=None)
TOTAL = spread_of([900.0, 1100.0])
assert TOTAL is not None


def infusion(given: Administered | None) -> SubjectInfusion:
    administration = Administration(subject="S1", row=101, start=datetime(2020, 1, 1, 12, tzinfo=UTC))
    return SubjectInfusion(
        subject="S1",
        infusion=Infusion(administration=administration, fraction=1, given=given, because=("assay minus residual",)),
        prescription=None,
        because=("no level",),
        lasted_min=None,
        rows=(1, 101),
    )


def activities(*infusions: SubjectInfusion) -> Activities:
    assert TOTAL is not None
    return Activities(
        infusions=infusions,
        by_group=(GroupActivity(group=ALL, total_MBq=TOTAL, rows=(1, 2, 101, 102)),),
        notes=("S1: infusion 1 took 40 min",),
        prescribed_by=None,
        body_surface_area_formula="Mosteller",
        tolerance_percent=10,
        unit=UNIT,
        nuclide=None,
    )


GIVEN = Administered(
    administered_MBq=880.0, per_m2_MBq=None, deviation_percent=-12.0, within_tolerance=False, because=()
)


def test_the_mean_of_900_and_1100_is_1000() -> None:
    section = exposure(replace(NOTHING, activities=activities()))
    assert table(section, "activity") == [["All", "1000 MBq", "900 to 1100 MBq", "2"]]
    assert numbers(section)["activity-mean-all"].because == ("900 to 1100 MBq, n=2",)
    assert "S1: infusion 1 took 40 min" in words(section)


def test_an_infusion_outside_its_tolerance_says_so_and_what_is_not_known_is_said() -> None:
    section = exposure(replace(NOTHING, activities=activities(infusion(GIVEN))))
    (row,) = table(section, "exposure")
    assert row == [
        "S1",
        "2020-01-01 12:00 UTC",
        "not known",
        "not known",
        "not known",
        "880",
        "not known",
        "-12.0 % outside",
        "not recorded",
    ]
    number = numbers(section)["administered-S1-1"]
    assert (number.value, number.of, number.because) == (880.0, "S1", ("assay minus residual",))
    unknown = exposure(replace(NOTHING, activities=activities(infusion(None))))
    assert table(unknown, "exposure")[0][5:8] == ["not known"] * 3


def test_periods_on_a_drug_have_days_where_both_ends_are_known() -> None:
    one = Periods(
        group=ALL,
        rows=(7, 8, 9),
        doses_mg=(5.0, 10.0),
        days=spread_of([10, 20]),
        without_days=1,
        ended_rows=(7, 8),
        without_end=1,
    )
    section = exposure(replace(NOTHING, periods=(one, replace(one, group=group(id="2"), days=None))))
    assert table(section, "periods")[0] == ["All", "3", "5 mg, 10 mg", "15.0", "1"]
    assert table(section, "periods")[1][3] == "not known"


def check(number: int, kept: bool | None) -> ScheduleCheck:
    return ScheduleCheck(subject=f"S{number}", kept=kept, because="as planned" if kept else "late", rows=(number,))


def test_a_schedule_counts_who_kept_it_and_of_whom_it_is_not_known() -> None:
    one = Schedule(name="thyroid block", checks=(check(1, True), check(2, False), check(3, None)), kept=1, open_yet=1)
    section = exposure(replace(NOTHING, schedules=(one,)))
    assert "Thyroid block kept to the protocol in 1 of 3 (1 not known yet) treated subjects." in words(section)
    assert "S2: late" in words(section)
    assert "S1: as planned" not in words(section)


def test_nothing_given_is_said() -> None:
    assert "No administration has been delivered." in words(exposure(NOTHING))


ONE, TWO = (
    group(person(1), person(2), id="planned-1", name="1 dose planned"),
    group(person(3), id="planned-2", name="2 doses planned"),
)
HALF = share_of(
    (OfOne(subject="S1", holds=True, told="PR", rows=(1,)), OfOne(subject="S2", holds=False, told="SD", rows=(2,)))
)
BY_DOSES = ByDoses(
    groups=(ONE, TWO),
    completed=(HALF, None),
    total_MBq=(TOTAL, None),
    readings=(
        ResponseReading(
            how="derived",
            by_evaluator=False,
            by_group=(
                Responders(group=ONE, share=HALF),
                Responders(group=TWO, share=None, because="nobody could be judged"),
            ),
        ),
    ),
    tests=(),
    other_readings=(),
    supported=False,
    support=None,
    short=(),
    unit=UNIT,
)


def test_one_dose_beside_two_tells_shares_and_what_cannot_be_estimated() -> None:
    """1 of 2: 1.3 % to 98.7 % (Clopper and Pearson)."""
    half = "1/2 = 50.0 % (1.3 % to 98.7 %)"
    assert table(doses(BY_DOSES), "doses") == [
        ["Treated subjects", "2", "1"],
        ["Received all doses planned", half, "not known yet"],
        ["Total activity, mean (range)", "1000 MBq (900 to 1100)", "not known"],
        ["Responders, derived from findings", half, "not estimable: nobody could be judged"],
        ["Transfusion or growth factor", "not recorded", "not recorded"],
    ]
    assert numbers(doses(BY_DOSES))["responders-derived-planned-1"].because == ("S1: PR", "S2: SD")


def test_a_reading_by_an_evaluator_bears_its_name() -> None:
    called = replace(BY_DOSES.readings[0], how="BICR", by_evaluator=True)
    section = doses(replace(BY_DOSES, readings=(called,)))
    assert table(section, "doses")[3][0] == "Responders, BICR"
    assert numbers(section)["responders-called-planned-1"].label == "Response rate called by BICR, 1 dose planned"


def test_who_has_not_received_all_doses_is_named_with_the_reason_and_a_death() -> None:
    dead = person(3, died=date(2020, 2, 1))
    short = replace(
        dead, given=replace(dead.given, completion=replace(dead.given.completion, because="dose 2 of 2 not recorded"))
    )
    assert "S3: dose 2 of 2 not recorded; died 2020-02-01" in words(doses(replace(BY_DOSES, short=(short,))))


def test_support_that_was_delivered_is_a_share() -> None:
    section = doses(replace(BY_DOSES, support=(HALF, None)))
    assert table(section, "doses")[-1] == [
        "Transfusion or growth factor",
        "1/2 = 50.0 % (1.3 % to 98.7 %)",
        "not recorded",
    ]


def test_dose_tables_warn_of_the_bias_of_a_second_dose_received() -> None:
    assert "had lived and recovered until it was due" in words(doses(BY_DOSES))
