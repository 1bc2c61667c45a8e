"""The cohorts of a dose meeting: counted as they are decided on, with what plain reading of the files gives of each subject."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.blocks.figure import Figure
from hevesy.blocks.section import Section, numbers_in
from hevesy.conduct.analysis import analyse
from hevesy.conduct.cohorts import Cohort, Cohorts, cohorts
from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.errors import QuestionError
from hevesy.readout.build import build
from hevesy.readout.sections.cohorts import cohorts as laid_out
from hevesy.render.text import as_text
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.treatment import Administration
from hevesy.study.subject import Study, Subject
from tests.conduct.test_strata import in_two_arms, protocol_text
from tests.conftest import EXAMPLE, MAPPINGS, Folder

CUT = date(2016, 12, 1)


def of(study: Study, cut: date = CUT, stratum: str | None = None) -> Cohorts:
    return cohorts(analyse(study, cut), stratum)


def statuses(one: Cohort) -> list[str | None]:
    return [member.outcome.status if member.outcome is not None else None for member in one.members]


def without(study: Study, kind: type, kept: Iterable[str] = ()) -> Study:
    """The study without a kind of fact, but of the subjects named."""
    subjects = tuple(
        one if one.id in kept else replace(one, events=tuple(event for event in one.events if type(event) is not kind))
        for one in study.subjects
    )
    return replace(study, subjects=subjects)


def changed(study: Study, who: str, **enrolment: object) -> Study:
    def other(one: Subject) -> Subject:
        return replace(one, enrolment=replace(one.enrolment, **enrolment)) if one.id == who else one  # type: ignore[arg-type]

    return replace(study, subjects=tuple(map(other, study.subjects)))


def document(folder: Path, **given: object) -> Any:
    return json.loads(json.dumps(hevesy.ask("study cohorts", folder, **given).document))


def delivered(name: str) -> list[dict[str, str]]:
    with (EXAMPLE / "sources" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_nadirs_and_their_days_are_those_of_the_delivered_table(demonstration: Path) -> None:
    found = document(demonstration)
    subjects = [one for cohort in found["cohorts"] for one in cohort["subjects"]]
    assert [one["subject"] for one in subjects] == [row["subject"] for row in delivered("dm.csv")]
    for one in subjects:
        for test, code in (("platelets", "PLT"), ("neutrophils", "ANC")):
            after = [
                (float(row["value"]), int(row["day"]), int(row["ctcae4_grade"]))
                for row in delivered("lb.csv")
                if row["subject"] == one["subject"] and row["test"] == code and int(row["day"]) > 1
            ]
            value, day, grade = min(after)
            course = one["counts"][test]
            assert (course["nadir"], course["nadir_day"], course["nadir_grade"]) == (value, day, grade)
            assert course["worst_grade"] == max(grade for _, _, grade in after)


def at_start(row: dict[str, str]) -> float:
    """MBq of I-131 (half-life 8.0252 d) at the start of an infusion: syringe less residual, each at the time it was measured."""
    start = datetime.fromisoformat(row["infusion_start"])

    def there(what: str) -> float:
        days = (start - datetime.fromisoformat(row[f"{what}_time"])).total_seconds() / 86_400
        return 37 * float(row[f"{what}_mCi"]) * 2 ** (-days / 8.0252)

    return there("assay") - there("residual")


def test_what_was_given_is_told_against_the_plan_with_its_rows(demonstration: Path) -> None:
    """Planned is the level times the area by Mosteller, sqrt(cm kg / 3600), of what the demographics say."""
    given = {row["subject"]: at_start(row) for row in delivered("ex.csv")}
    areas = {
        row["subject"]: (int(row["height_cm"]) * int(row["weight_kg"]) / 3600) ** 0.5 for row in delivered("dm.csv")
    }
    planned = {
        row["subject"]: 37 * float(row["dose_level_mCi_m2"]) * areas[row["subject"]] for row in delivered("dm.csv")
    }
    for cohort in document(demonstration)["cohorts"]:
        for one in cohort["subjects"]:
            who, told = one["subject"], one["activity"]
            assert told["administered_MBq"] == pytest.approx(given[who], rel=1e-6)
            assert told["planned_MBq"] == pytest.approx(planned[who], rel=1e-9)
            assert told["percent"] == pytest.approx(100 * given[who] / planned[who], rel=1e-6)
            assert told["rows"]


def test_every_row_named_is_of_the_subject(demo_study: Study, demonstration: Path) -> None:
    owners = {event.row: one.id for one in demo_study.subjects for event in (one.enrolment, *one.events)}
    for cohort in document(demonstration)["cohorts"]:
        for one in cohort["subjects"]:
            named = [*one["dlt"]["rows"], *one["activity"]["rows"], *one["last_contact"]["rows"]]
            named += [row for course in one["counts"].values() for row in course["rows"]]
            assert {owners[row] for row in named} == {one["subject"]}


@pytest.mark.parametrize("cut", ["2015-11-20", "2016-06-01", "2016-08-20", "2016-12-01"])
def test_cohorts_are_counted_as_they_are_decided_on(demo_study: Study, cut: str) -> None:
    analysis = analyse(demo_study, date.fromisoformat(cut))
    assert tuple(one.counts for one in cohorts(analysis).cohorts) == analysis.next_doses[0].history


def test_a_cohort_with_somebody_pending_is_not_complete_and_one_that_is_full_is(demo_study: Study) -> None:
    first, second = of(demo_study, date(2016, 6, 1)).cohorts
    assert (first.complete, first.because) == (True, "4 evaluable of 4 asked for")
    assert (second.complete, second.because, statuses(second)) == (False, "1 pending", ["pending"])
    assert [one.complete for one in of(demo_study).cohorts] == [True, True]


def test_each_cohort_is_a_section_that_says_how_it_stands_with_a_figure_of_platelets_to_open(demo_study: Study) -> None:
    sections = [block for block in laid_out(of(demo_study, date(2016, 6, 1))) if isinstance(block, Section)]
    assert [one.title for one in sections] == [
        "Cohort 1, level 1 (12.5 mCi/m2): 4 evaluable, 0 with DLT; complete (4 evaluable of 4 asked for)",
        "Cohort 2, level 2 (18.75 mCi/m2): 0 evaluable, 0 with DLT; not complete (1 pending)",
    ]
    (drawn,) = [block for block in sections[0].blocks if isinstance(block, Section)]
    assert drawn.folded
    (figure,) = drawn.blocks
    assert isinstance(figure, Figure)
    assert [series.name for series in figure.scene.data] == ["1-01", "1-02", "1-03", "1-04"]
    values = [float(row["value"]) for row in delivered("lb.csv") if row["subject"] == "1-01" and row["test"] == "PLT"]
    assert [value for _, value in figure.scene.data[0].points] == [
        value for day, value in zip(days_of("1-01"), values, strict=True) if day <= date(2016, 6, 1)
    ]


def days_of(who: str) -> list[date]:
    """When the platelets of a subject were counted."""
    return [
        date.fromisoformat(row["date"]) for row in delivered("lb.csv") if row["subject"] == who and row["test"] == "PLT"
    ]


def test_a_place_left_open_by_who_is_not_evaluable_is_said(demo_study: Study) -> None:
    study = changed(demo_study, "2-04", not_evaluable_reason="declared so")
    second = of(study).cohorts[1]
    assert second.counts is not None
    assert (second.counts.evaluable, second.counts.not_evaluable) == (3, 1)
    assert (second.complete, second.because, second.places) == (False, "3 evaluable of 4 asked for", 4)


def test_a_level_that_the_design_asked_more_for_is_one_cohort_as_it_is_decided_on(demo_study: Study) -> None:
    """A DLT among the first four: four more at the level, of whom two are there, then all."""
    study = in_two_arms(demo_study, protocol_text(strata="", arms=""), (), toxic="1-04")
    for who in ("2-01", "2-02", "2-03", "2-04"):
        study = changed(study, who, arm_code="1")
    (whole,) = of(study).cohorts
    assert whole.counts is not None
    assert (whole.counts.evaluable, whole.counts.with_dlt) == (8, 1)
    assert (whole.complete, whole.because, whole.places) == (True, "8 evaluable of 8 asked for", 8)
    fewer = replace(study, subjects=study.subjects[:6])
    (open_yet,) = of(fewer).cohorts
    assert (open_yet.complete, open_yet.because) == (False, "6 evaluable of 8 asked for")
    assert [one.counts for one in of(fewer).cohorts] == list(analyse(fewer, CUT).next_doses[0].history)


def test_counts_nobody_delivered_are_none_and_never_nothing(tmp_path: Path) -> None:
    init_study(tmp_path / "study", EXAMPLE / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    files = [path for path in sorted((EXAMPLE / "sources").glob("*.csv")) if path.name != "lb.csv"]
    assert import_files(tmp_path / "study", files, who="tester").written
    found = document(tmp_path / "study")
    courses = [course for one in found["cohorts"] for who in one["subjects"] for course in who["counts"].values()]
    assert {course["recovery"] for course in courses} == {"no count"}
    assert all(course[key] is None for course in courses for key in course if key not in ("unit", "recovery", "rows"))
    assert "no laboratory values were delivered: nothing can be said of blood counts" in found["because"]
    words = str(hevesy.ask("study cohorts", tmp_path / "study"))
    assert "No count of neutrophils or platelets of anybody here." in words
    assert {who["dlt"]["status"] for one in found["cohorts"] for who in one["subjects"]} == {"undetermined"}
    assert [one["complete"] for one in found["cohorts"]] == [False, False]


def test_counts_before_treatment_alone_show_no_recovery(demo_study: Study) -> None:
    study = replace(
        demo_study,
        subjects=tuple(
            replace(
                one, events=tuple(event for event in one.events if not isinstance(event, Lab) or event.on == one.day_1)
            )
            for one in demo_study.subjects
        ),
    )
    text = as_text(laid_out(of(study)))
    assert "no count after day 1" in text
    assert "never worse" not in text


def test_one_who_has_not_recovered_yet_is_said_so(demo_study: Study) -> None:
    cut = date(2016, 4, 10)  # 1-04, infused on 2016-02-23, is on day 48, below its grade at baseline
    text = as_text(laid_out(of(demo_study, cut)))
    assert "not recovered by the cut" in text
    member = next(one for one in of(demo_study, cut).cohorts[0].members if one.item.subject.id == "1-04")
    course = dict(member.courses)["platelets"]
    assert course is not None
    assert course.episode is not None
    assert course.episode.resolved_day is None


def test_an_activity_that_is_not_known_is_not_nothing(demo_study: Study) -> None:
    found = of(changed(demo_study, "1-02", weight_kg=None))
    member = next(one for one in found.cohorts[0].members if one.item.subject.id == "1-02")
    assert member.item.given.exposure.percent_of_prescribed is None
    row = next(line for line in as_text(laid_out(found)).splitlines() if line.startswith("1-02"))
    assert re.search(r"MBq\) +not known +not known ", row)


def test_subjects_without_an_infusion_are_there_as_not_treated(demo_study: Study) -> None:
    found = of(without(demo_study, Administration, kept=("1-01", "1-02", "1-03", "1-04")))
    assert "not treated" in as_text(laid_out(found))
    assert sum(len(one.members) for one in found.cohorts) == len(demo_study.subjects)


def test_each_stratum_has_cohorts_of_its_own(demo_study: Study) -> None:
    study = in_two_arms(demo_study, protocol_text(), ("1-03", "1-04"), toxic="1-04")
    found = of(study)
    assert [(one.stratum, one.number, len(one.members)) for one in found.cohorts] == [
        ("with dexamethasone", 1, 2),
        ("with dexamethasone", 2, 4),
        ("alone", 1, 2),
    ]
    short, unasked, alone = found.cohorts
    assert (short.complete, short.because) == (False, "2 evaluable of 4 asked for; closed before it was full")
    assert (unasked.complete, unasked.because) == (None, "the design cannot say how many it asked for")
    assert alone.counts is not None
    assert (alone.counts.with_dlt, alone.complete) == (1, False)
    assert [one.stratum for one in of(study, stratum="alone").cohorts] == ["alone"]
    ids = [number.id for number in numbers_in(laid_out(found))]
    assert "cohort-1-alone-with-dlt" in ids


def test_a_stratum_that_is_not_there_is_refused(demonstration: Path) -> None:
    with pytest.raises(QuestionError, match="no stratum is called 'alone'"):
        hevesy.ask("study cohorts", demonstration, stratum="alone")


def test_without_an_escalation_statuses_stand_and_no_cohort_is_complete(demo_study: Study) -> None:
    found = of(replace(demo_study, protocol=replace(demo_study.protocol, escalation=None)))
    assert [(one.complete, one.because) for one in found.cohorts] == [(None, "no dose is decided")] * 2
    assert all(status == "no DLT" for one in found.cohorts for status in statuses(one))
    assert found.unsaid == ("the protocol has no escalation: there is no next dose, and no cohort is complete or open",)


def test_a_study_without_doses_to_find_shows_its_subjects_by_arm(tmp_path: Path) -> None:
    folder = tmp_path / "clover"
    hevesy.demonstration(folder, study="clover")
    found = document(folder)
    assert [one["arm"] for one in found["cohorts"]][:2] == ["Multiple myeloma", "CLL/SLL"]
    assert sum(len(one["subjects"]) for one in found["cohorts"]) == 42
    assert {one["evaluable"] for one in found["cohorts"]} == {None}
    assert {who["dlt"] for one in found["cohorts"] for who in one["subjects"]} == {None}
    assert {who["level"] for one in found["cohorts"] for who in one["subjects"]} == {1, 2}
    assert found["window_d"] is None
    words = str(hevesy.ask("study cohorts", folder))
    assert "whether anybody had one cannot be said" in words
    assert "42 subjects in 6 arms" in words


def test_a_number_that_the_readout_has_too_is_the_same_there(demonstration: Path) -> None:
    recorded = read_record(demonstration)
    page = {one.id: one for section in build(recorded, CUT).sections for one in numbers_in(section.blocks)}
    ours = numbers_in(laid_out(of(study_of(recorded))))
    both = [one for one in ours if one.id in page]
    assert {one.id.rpartition("-")[0].rpartition("-")[0] for one in both} >= {"dlt", "elapsed", "profile-total"}
    assert [one for one in both if one != page[one.id]] == []
    told = [one.id for one in ours if one.id not in page]
    assert all(one.startswith(("cohort-", "last-contact-")) for one in told)


def test_who_is_in_no_cohort_is_shown_with_the_reason(demo_with_not_evaluable: Folder, demo_study: Study) -> None:
    with_them = of(demo_with_not_evaluable.study())
    assert sum(one.counts.not_evaluable for one in with_them.cohorts if one.counts is not None) == 2
    found = of(changed(demo_study, "2-01", arm_code="9"))
    assert [(one.item.subject.id, one.because) for one in found.others] == [("2-01", "arm 9 is none of the protocol")]
    assert "In no cohort: 1" in as_text(laid_out(found))
