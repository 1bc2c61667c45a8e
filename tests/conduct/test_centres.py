"""A study by centre: twelve subjects at three centres, worked out by hand, and sites through deliveries."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from hevesy.conduct.analysis import analyse
from hevesy.conduct.centres import Centre, Centres
from hevesy.conduct.centres_compared import Comparison, Side
from hevesy.conduct.delivery import init_study
from hevesy.conduct.followed import followed
from hevesy.files.protocol import read_protocol
from hevesy.study.facts.disposition import Contact
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration
from hevesy.study.sites import written_alike
from hevesy.study.subject import Study, Subject
from tests.conftest import MAPPINGS, Folder, reference

PROTOCOL = """
[study]
id = "C"
title = "Centres"
ctcae_version = "5.0"
unassigned_arms = ["SCREEN"]
[[dose_level]]
number = 1
activity = "1000 MBq"
[treatment]
activity_tolerance_percent = 10
[[arm]]
code = "1"
name = "one"
dose_level = 1
"""
DAY_1 = datetime(2020, 3, 1, 12, tzinfo=UTC)
WATCHED_D = 61
MONTHS = WATCHED_D / 30.4375
ROWS = count(1)


def subject(
    id: str,
    site: str | None,
    events: int = 0,
    *,
    grades: Sequence[int | None] = (),
    activity_MBq: float | None = 1000.0,
    treated: bool = True,
    arm: str = "1",
) -> Subject:
    """Treated on one day and seen last 60 days later, with so many events, of grade 1 but for those named."""
    enrolment = Enrolment(
        subject=id, row=next(ROWS), on=DAY_1.date(), consent=DAY_1.date(), first_treatment=None, arm_code=arm, site=site
    )
    told: list[Fact] = []
    if treated:
        told.append(Administration(subject=id, row=next(ROWS), start=DAY_1, administered_MBq=activity_MBq))
        told.append(Contact(subject=id, row=next(ROWS), on=DAY_1.date() + timedelta(days=WATCHED_D - 1)))
    graded = [*grades, *[1] * (events - len(grades))]
    told += [
        AdverseEvent(subject=id, row=next(ROWS), term="Nausea", grade=grade, on=DAY_1.date() + timedelta(days=place))
        for place, grade in enumerate(graded, 1)
    ]
    return Subject(id=id, enrolment=enrolment, events=tuple(sorted(told, key=lambda fact: str(fact.on))))


def three_centres() -> tuple[Subject, ...]:
    """A and B report about five events a subject, C none."""
    return (
        subject("A1", "A", 5, grades=[3], activity_MBq=1200.0),
        *(subject(f"A{place}", "A", 5) for place in (2, 3, 4)),
        subject("B1", "B", 5, grades=[None], activity_MBq=None),
        *(subject(f"B{place}", "B", events) for place, events in ((2, 4), (3, 6), (4, 5))),
        *(subject(f"C{place}", "C") for place in (1, 2, 3, 4)),
    )


def by_centre(*subjects: Subject, delivered: frozenset[str] = frozenset({"adverse_event"})) -> Centres | None:
    study = Study(protocol=read_protocol(PROTOCOL), subjects=subjects, findings=(), delivered_kinds=delivered)
    return followed(analyse(study, DAY_1.date() + timedelta(days=100))).centres


def found(*subjects: Subject) -> Centres:
    centres = by_centre(*subjects)
    assert centres is not None
    return centres


def named(centres: Centres) -> dict[str, Centre]:
    return {one.group.name: one for one in centres.centres}


def compared(centres: Centres) -> dict[tuple[str, str], Comparison]:
    assert centres.compared is not None
    return {(one.group.name, one.measure): one for one in centres.compared.comparisons}


def test_a_study_without_sites_has_no_centres() -> None:
    assert by_centre(subject("1", None, 3), subject("2", None)) is None


def test_everybody_is_counted_once_also_who_has_no_site_was_not_treated_or_has_no_arm() -> None:
    subjects = (
        *three_centres(),
        subject("A5", "A", treated=False),
        subject("B5", "B", treated=False, arm="SCREEN"),
        subject("X", None, 2),
    )
    centres = found(*subjects)
    told = [
        (one.group.name, len(one.group.members), len(one.enrolled), len(one.group.treated)) for one in centres.centres
    ]
    assert told == [("A", 5, 5, 4), ("B", 5, 4, 4), ("C", 4, 4, 4), ("Site not told", 1, 1, 1)]
    assert [one.told for one in centres.centres] == [True, True, True, False]
    assert sum(len(one.group.members) for one in centres.centres) == len(subjects)
    assert centres.compared is not None
    assert centres.compared.treated == 12, "who has no site could be of any centre"


def test_first_and_last_enrolment_and_who_has_no_day() -> None:
    early, late, undated = subject("1", "A"), subject("2", "A"), subject("3", "A")
    early = replace(early, enrolment=replace(early.enrolment, on=DAY_1.date() - timedelta(days=40)))
    undated = replace(undated, enrolment=replace(undated.enrolment, on=None))
    (centre,) = found(late, early, undated).centres
    assert (centre.first, centre.last, centre.undated) == (early.enrolment.on, DAY_1.date(), 1)


def test_events_have_exact_limits_and_a_centre_without_any_its_upper_ones() -> None:
    centres = named(found(*three_centres()))
    full, empty = centres["A"].events, centres["C"].events
    assert full is not None
    assert full.any.share is not None
    assert (full.any.share.hits, full.any.share.n) == (4, 4)
    assert full.any.share.interval.lower == pytest.approx(0.025**0.25)  # Clopper-Pearson of n of n
    assert full.per_month is not None
    assert (full.per_month.events, full.per_month.at_risk) == pytest.approx((20, 4 * MONTHS))
    limits = (full.per_month.lower, full.per_month.upper)
    assert limits == pytest.approx((1.523935717, 3.853135256), rel=1e-8)  # R 4.2.2, poisson.test(20, 4 * 61 / 30.4375)
    assert full.zero is None
    assert empty is not None
    assert empty.per_month is not None
    assert (empty.per_month.lower, empty.per_month.upper) == pytest.approx((0.0, 3.688879454 / (4 * MONTHS)))
    assert empty.zero is not None
    assert empty.zero.one_sided_upper == pytest.approx(1 - 0.05**0.25)
    assert (full.most_of_one, empty.most_of_one) == (5, 0)


def test_what_is_not_known_is_not_counted_as_no() -> None:
    centres = named(found(*three_centres()))
    severe = [one.events.severe for one in centres.values() if one.events is not None]
    assert [(one.least, one.most, one.of) for one in severe] == [(1, 1, 4), (0, 1, 4), (0, 0, 4)]
    departed = [one.kept.departed for one in centres.values() if one.kept is not None]
    assert [(one.least, one.most, one.of) for one in departed] == [(1, 1, 4), (0, 1, 4), (0, 0, 4)]
    assert [one.share is None for one in severe] == [False, True, False]


def test_a_departure_is_the_activity_outside_the_tolerance_with_its_row() -> None:
    treated = three_centres()
    centres = found(*treated)
    assert centres.kinds_departed == ("activity outside the tolerance",)
    kept = named(centres)["A"].kept
    assert kept is not None
    (departure,) = kept.departures
    assert departure.subject == "A1"
    assert departure.rows == tuple(one.row for one in treated[0].of(Administration))


def test_what_the_record_lacks_stands_at_the_centre_of_its_subject() -> None:
    lacks = named(found(*three_centres()))["B"].lacks
    assert [(one.subject, one.kind) for one in lacks] == [("B1", "event without a grade")]


def test_a_centre_that_reports_nothing_differs_by_fishers_test_and_by_ranks() -> None:
    """Of the 495 ways to choose 4 of 12 only one has these four: p = 1/495, twelve comparisons."""
    centres = found(*three_centres())
    told = compared(centres)
    assert len(told) == 12
    for measure in ("subjects with an adverse event", "adverse events over time at risk"):
        one = told["C", measure]
        assert (one.p_value, one.adjusted) == pytest.approx((1 / 495, 12 / 495))
        assert not one.above
    assert centres.compared is not None
    assert {one.group.name for one in centres.compared.differing} == {"C"}
    elsewhere = told["C", "adverse events over time at risk"].elsewhere
    assert (elsewhere.least, elsewhere.of) == pytest.approx((40, 8 * MONTHS))
    assert told["C", "adverse events over time at risk"].watched == pytest.approx((MONTHS, MONTHS))


def test_the_others_are_held_against_all_and_p_is_two_sided() -> None:
    """4 of 4 against 4 of 8: tables no likelier than 70/495 are 1, 32 and 70 of 495 (R 4.2.2, fisher.test: 0.2080808)."""
    one = compared(found(*three_centres()))["A", "subjects with an adverse event"]
    assert (one.here, one.elsewhere) == (Side(4, 4, 4), Side(4, 4, 8))
    assert one.p_value == pytest.approx(103 / 495)
    assert one.above


def test_an_unknown_answer_speaks_for_no_difference() -> None:
    told = compared(found(*three_centres()))
    unknown = told["B", "subjects treated other than planned"]
    assert (unknown.here, unknown.elsewhere, unknown.p_value) == (Side(0, 1, 4), Side(1, 1, 8), 1.0)
    nearest = [subject(f"A{n}", "A", 1, grades=[3]) for n in range(4)]
    nearest += [subject(f"B{n}", "B", 1, grades=[None if n == 0 else 1]) for n in range(4)]
    one = compared(found(*nearest, *(subject(f"C{n}", "C", 2) for n in range(12))))[
        "A", "subjects with an event of grade 3 or worse"
    ]
    assert (one.here, one.elsewhere) == (Side(4, 4, 4), Side(0, 1, 16))
    # the one not graded as if it were severe: 5 of 20 severe, all 4 of A: (5 choose 4) / (20 choose 4)
    assert one.p_value == pytest.approx(5 / 4845)


def test_many_events_of_one_subject_are_no_difference_of_its_centre() -> None:
    subjects = [subject(f"A{n}", "A", 1) for n in range(5)] + [subject(f"B{n}", "B", 1) for n in range(9)]
    subjects += [subject("A9", "A", 40), subject("B9", "B", 0)]
    one = compared(found(*subjects))["A", "adverse events over time at risk"]
    assert (one.here.least, one.elsewhere.least) == (45, 9)
    # ranks 1, 8.5 (fourteen times) and 16: the sum is as far from its mean where one of the two others is at A, not both
    assert one.p_value == pytest.approx(2 * 6 / 16 * 10 / 15)
    assert one.above


def test_a_centre_too_small_for_any_result_is_named_and_not_compared() -> None:
    """With 13 treated and 12 comparisons p must reach 0.05 / 12: 1 in 286 ways to choose three does, 1 in 78 does not."""
    compared_ = found(*three_centres(), subject("D1", "D", 30)).compared
    assert compared_ is not None
    assert (compared_.least, [group.name for group in compared_.too_few]) == (3, ["D"])
    assert {one.group.name for one in compared_.comparisons} == {"A", "B", "C"}


def test_of_two_small_centres_nothing_can_be_said() -> None:
    compared_ = found(*(subject(f"{site}{n}", site, 9 * (site == "A")) for site in "AB" for n in range(2))).compared
    assert compared_ is not None
    assert (compared_.comparisons, compared_.least) == ((), None)
    assert [group.name for group in compared_.too_few] == ["A", "B"]


def test_where_all_subjects_are_alike_nothing_is_compared_and_nobody_is_too_few() -> None:
    compared_ = found(*(subject(f"{site}{n}", site) for site in "AB" for n in range(9))).compared
    assert compared_ is not None
    assert (compared_.comparisons, compared_.too_few) == ((), ())


def test_two_centres_are_compared_once_and_one_with_nobody() -> None:
    two = found(*(subject(f"{site}{n}", site, 9 * (site == "A")) for site in "AB" for n in range(6))).compared
    assert two is not None
    assert [one.group.name for one in two.comparisons] == ["A", "A"]
    assert found(subject("1", "A", 2), subject("2", "A")).compared is None


def test_without_adverse_events_delivered_nobody_has_none() -> None:
    centres = by_centre(*three_centres(), delivered=frozenset())
    assert centres is not None
    assert all(one.events is None for one in centres.centres)
    assert {measure for _, measure in compared(centres)} == {"subjects treated other than planned"}


def test_large_centres_are_compared_about_the_median() -> None:
    subjects = [subject(f"A{n:03}", "A", 1 + n % 2) for n in range(300)]
    subjects += [subject(f"B{n:03}", "B", n % 2) for n in range(300)]
    one = compared(found(*subjects))["A", "adverse events over time at risk"]
    assert one.test == "Fisher's exact test about the median"
    assert one.above
    assert one.p_value < 1e-6


def test_names_that_read_the_same_are_kept_apart_and_told() -> None:
    centres = found(subject("1", "01"), subject("2", "1"), subject("3", "２"), subject("4", "2"), subject("5", "a b"))
    assert [one.group.name for one in centres.centres] == ["01", "1", "2", "a b", "２"]
    assert centres.alike == (("01", "1"), ("2", "２"))
    assert len({one.group.id for one in centres.centres}) == 5
    assert written_alike(["10", "1", "100", "A", "B", "AB"]) == ()
    assert written_alike(["US 007", "us-7", "us7"]) == (("US 007", "us7"),)


SDTM = """STUDYID,USUBJID,RFSTDTC,ARMCD,AGE,SEX,RACE,ETHNIC,COUNTRY,SITEID,DTHFL,DTHDTC
C,{0}1,2020-03-01,1,60,F,,,USA,{1},,
C,{0}2,2020-03-02,1,61,M,,,USA,{2},,
"""


@pytest.fixture
def sdtm(tmp_path: Path) -> Folder:
    (tmp_path / "protocol.toml").write_text(PROTOCOL)
    init_study(tmp_path / "study", tmp_path / "protocol.toml", MAPPINGS / "sdtm.toml", "tester")
    return Folder(tmp_path / "study")


def sites(folder: Folder) -> list[str | None]:
    return [one.enrolment.site for one in folder.study().subjects]


def test_sdtm_gives_the_site_and_another_one_is_a_correction(sdtm: Folder) -> None:
    assert sdtm.deliver(sdtm.write("dm.csv", SDTM.format("S", "01", "02"))).written
    assert sites(sdtm) == ["01", "02"]
    moved = sdtm.write("dm.csv", SDTM.format("S", "01", "1"))
    assert not sdtm.deliver(moved).written, "a correction needs its reason"
    report = sdtm.deliver(moved, reason="enrolled elsewhere")
    assert len(report.changed) == 1
    assert sites(sdtm) == ["01", "1"]
    (alike,) = [one for one in sdtm.study().findings if one.topic == "sites written alike"]
    assert alike.message == "'01' and '1' read the same and are kept apart: one centre or 2?"
    assert len(alike.rows) == 2


def test_sdtm_without_sites_is_taken_as_before(sdtm: Folder) -> None:
    without = "\n".join(
        line.replace(",{1}", "").replace(",{2}", "").replace(",SITEID", "") for line in SDTM.split("\n")
    )
    assert sdtm.deliver(sdtm.write("dm.csv", without.format("S"))).written
    assert sites(sdtm) == [None, None]


def test_a_study_recorded_before_there_were_sites_keeps_its_mapping_until_it_is_changed(sdtm: Folder) -> None:
    mapping = sdtm.path / "sources.toml"
    now = mapping.read_text()
    before = now.replace('"DMDY", "ARMNRS"', '"DMDY", "SITEID", "ARMNRS"')
    before = before.replace('site = { column = "SITEID", optional = true }\n', "")
    assert before.count("SITEID") == 1
    mapping.write_text(before)
    file = sdtm.write("dm.csv", SDTM.format("S", "01", "02"))
    assert sdtm.deliver(file, reason="the mapping of old").written
    assert sites(sdtm) == [None, None]
    mapping.write_text(now)
    report = sdtm.deliver(file, reason="sites mapped")
    assert (len(report.added), len(report.changed), sites(sdtm)) == (0, 2, ["01", "02"])


def test_the_zone_reads_the_column_and_the_site_its_codes(sdtm: Folder) -> None:
    mapping = sdtm.path / "sources.toml"
    told = mapping.read_text().replace(
        'time_zone = "UTC"', 'time_zone = { column = "SITEID", "01" = "America/Chicago", "02" = "Europe/Berlin" }', 1
    )
    codes = 'site = { column = "SITEID", optional = true, codes = { "01" = "Chicago" } }'
    mapping.write_text(told.replace('site = { column = "SITEID", optional = true }', codes))
    late = SDTM.format("S", "01", "02").replace("2020-03-01", "2020-03-01T03:00Z")
    assert sdtm.deliver(sdtm.write("dm.csv", late), reason="sites").written
    first, second = (one.enrolment for one in sdtm.study().subjects)
    assert (first.site, str(first.on), second.site) == ("Chicago", "2020-02-29", "02")


def test_the_pilot_study_by_site_is_what_its_own_table_says(sdtm: Folder, tmp_path: Path) -> None:
    with reference("cdisc_pilot/sdtm_dm.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    plan = PROTOCOL.replace('["SCREEN"]', '["Scrnfail", "Pbo", "Xan_Lo", "Xan_Hi"]')
    (tmp_path / "pilot.toml").write_text(plan)
    init_study(tmp_path / "pilot", tmp_path / "pilot.toml", MAPPINGS / "sdtm.toml", "tester")
    folder = Folder(tmp_path / "pilot")
    assert folder.deliver(reference("cdisc_pilot/dm.xpt"), reference("cdisc_pilot/ex.xpt")).written
    centres = followed(analyse(folder.study(), DAY_1.date())).centres
    assert centres is not None
    assert {one.group.name: len(one.group.members) for one in centres.centres} == Counter(row["SITEID"] for row in rows)
    dosed = Counter(row["SITEID"] for row in rows if row["RFXSTDTC"])
    assert {one.group.name: len(one.group.treated) for one in centres.centres} == dosed


def test_treatment_that_can_be_held_against_nothing_is_not_known_to_be_kept() -> None:
    """B's arm has no dose level, and nobody was told its activity: that is no "0 of 4 departed"."""
    protocol = PROTOCOL + '[[arm]]\ncode = "2"\nname = "two"\n'
    subjects = (
        *(subject(f"A{place}", "A", activity_MBq=2000.0) for place in (1, 2, 3, 4)),
        *(subject(f"B{place}", "B", activity_MBq=None, arm="2") for place in (1, 2, 3, 4)),
    )
    study = Study(
        protocol=read_protocol(protocol), subjects=subjects, findings=(), delivered_kinds=frozenset({"adverse_event"})
    )
    centres = followed(analyse(study, DAY_1.date() + timedelta(days=100))).centres
    assert centres is not None
    kept = named(centres)
    assert kept["A"].kept is not None
    assert kept["B"].kept is not None
    assert (kept["A"].kept.departed.least, kept["A"].kept.departed.most) == (4, 4)
    assert (kept["B"].kept.departed.least, kept["B"].kept.departed.most) == (0, 4)
