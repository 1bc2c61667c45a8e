"""A REDCap export: one file, a row for each event and repeat, every instrument's columns in each."""

from __future__ import annotations

from pathlib import Path

import pytest

from hevesy.conduct.delivery import ImportReport, import_files, init_study
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.errors import DeliveryError
from hevesy.files.redcap import boxes_of
from hevesy.files.sources import read_sources
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration
from hevesy.study.subject import Study
from tests.conftest import EXAMPLE

MAPPING = """
time_zone = "America/Chicago"

[[source]]
name = "enrolment"
file = "export*.csv"
kind = "enrolment"
delivery = "full"
missing = ["-99"]
[source.redcap]
events = ["screening_arm_1"]
[source.fields]
subject = "record_id"
arm = "cohort"
age = "age"
sex = { column = "sex", codes = { "1" = "F", "2" = "M" } }

[[source]]
name = "infusions"
file = "export*.csv"
kind = "administration"
delivery = "full"
[source.redcap]
events = ["treatment_arm_1"]
[source.fields]
subject = "record_id"
start = "inf_start"
assay = { column = "inf_mci", unit = "mCi" }
assay_time = "inf_assay_time"

[[source]]
name = "adverse events"
file = "export*.csv"
kind = "adverse_event"
delivery = "full"
[source.redcap]
repeating_instrument = "adverse_events"
[source.fields]
subject = "record_id"
term = "ae_term"
grade = "ae_grade"
onset = "ae_onset"
related = { checkbox = "ae_related", codes = { "1" = "study drug", "2" = "dexamethasone", "3" = "disease" } }
"""
COLUMNS = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,cohort,age,sex,screening_complete,inf_start,inf_mci,"
    "inf_assay_time,ae_term,ae_grade,ae_onset,ae_related___1,ae_related___2,ae_related___3,adverse_events_complete,notes"
)
ROWS = (
    "1-01,screening_arm_1,,,1,61,1,2,,,,,,,,,,,a",
    "1-01,treatment_arm_1,,,,,,,2015-07-01 10:00,22.1,2015-07-01 09:30,,,,,,,,",
    "1-01,treatment_arm_1,adverse_events,1,,,,,,,,Fatigue,2,2015-07-09,1,1,0,2,",
    "1-01,treatment_arm_1,adverse_events,2,,,,,,,,Nausea,1,2015-07-10,0,0,0,2,",
    "1-02,screening_arm_1,,,1,-99,2,2,,,,,,,,,,,",
    "1-02,treatment_arm_1,,,,,,,,,,,,,,,,,",
)


def deliver(folder: Path, *rows: str, name: str = "export.csv") -> ImportReport:
    file = folder.parent / name
    file.write_text("\n".join([COLUMNS, *rows]) + "\n")
    return import_files(folder, [file], who="data manager")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mapping = tmp_path / "redcap.toml"
    mapping.write_text(MAPPING)
    init_study(tmp_path / "study", EXAMPLE / "protocol.toml", mapping, who="data manager")
    return tmp_path / "study"


def study(folder: Path) -> Study:
    return study_of(read_record(folder))


def test_each_instrument_becomes_its_events_and_empty_rows_none(folder: Path) -> None:
    report = deliver(folder, *ROWS)
    assert (report.refused, len(report.added)) == ((), 5)
    first, second = study(folder).subjects
    assert [(event.term, event.grade, event.related) for event in first.of(AdverseEvent)] == [
        ("Fatigue", 2, "study drug; dexamethasone"), ("Nausea", 1, None),
    ]  # fmt: skip
    assert (first.enrolment.age_a, first.enrolment.sex, second.enrolment.age_a, second.enrolment.sex) == (
        61,
        "F",
        None,
        "M",
    )
    assert (len(first.of(Administration)), len(second.of(Administration))) == (1, 0), (
        "a visit without its form filled is no infusion"
    )
    assert set(next(iter(report.unknown_columns.values()))) == {"notes"}


def test_a_change_of_another_instrument_changes_nothing_here(folder: Path) -> None:
    deliver(folder, *ROWS)
    again = deliver(folder, ROWS[0][:-1] + "b", *ROWS[1:])
    assert (len(again.added), again.changed, again.unchanged) == (0, (), 5)
    changed = deliver(folder, *ROWS[:2], ROWS[2].replace(",2,2015-07-09,1,1,0", ",3,2015-07-09,1,1,0"), *ROWS[3:])
    assert [str(change) for change in changed.changed] == [
        "adverse events|1-01|treatment_arm_1|adverse_events|1: ae_grade '2' -> '3'"
    ]
    gone = deliver(folder, *ROWS[:3], *ROWS[4:])
    assert gone.missing == ("adverse events|1-01|treatment_arm_1|adverse_events|2",)


def test_a_repeat_given_twice_and_a_row_without_its_record_are_refused(folder: Path) -> None:
    assert "duplicate key" in str(deliver(folder, *ROWS, ROWS[3]).refused[0])
    assert "a key column must not be empty" in str(
        deliver(folder, *ROWS, ",screening_arm_1,,,1,50,1,2,,,,,,,,,,,").refused[0]
    )


def test_a_project_without_repeats_or_events_has_none_of_their_columns(tmp_path: Path) -> None:
    mapping = tmp_path / "redcap.toml"
    mapping.write_text(
        MAPPING.split("[[source]]")[0]
        + "[[source]]"
        + MAPPING.split("[[source]]")[1].replace('events = ["screening_arm_1"]', "")
    )
    init_study(tmp_path / "study", EXAMPLE / "protocol.toml", mapping, who="data manager")
    file = tmp_path / "export.csv"
    file.write_text("record_id,cohort,age,sex,screening_complete\n1-01,1,61,1,2\n")
    report = import_files(tmp_path / "study", [file], who="data manager")
    assert (report.refused, len(report.added)) == ((), 1)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('checkbox = "ae_related", codes = { "1" = "study drug", "2" = "dexamethasone", "3" = "disease" }', 'checkbox = "ae_related"', "needs codes"),
        ('related = { checkbox = "ae_related"', 'related = { column = "x", checkbox = "ae_related"', "give either column or constant, or checkbox"),
        ("repeating_instrument", "repeating_instruments", "repeating_instruments"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_meant_is_refused(before: str, after: str, words: str) -> None:
    with pytest.raises(DeliveryError, match=words):
        read_sources(MAPPING.replace(before, after))


def test_an_export_of_labels_or_a_mistyped_event_is_refused_rather_than_taken_for_empty(folder: Path) -> None:
    """Otherwise no adverse event would be recorded, and a dose-limiting toxicity would be answered no."""
    labelled = [row.replace("adverse_events,", "Adverse Events,") for row in ROWS]
    refused = deliver(folder, *labelled).refused
    assert "adverse_events of 'adverse events' stands in no row; the file has Adverse Events" in str(refused[0])
    mistyped = [row.replace("treatment_arm_1", "Treatment (Arm 1)") for row in ROWS]
    assert "treatment_arm_1 of 'infusions' stands in no row" in str(deliver(folder, *mistyped).refused[0])
    none_yet = deliver(folder, *ROWS[:2])
    assert (none_yet.refused, len(none_yet.added)) == ((), 2)


def test_a_file_without_the_column_that_tells_instruments_apart_is_refused(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    header = COLUMNS.replace("redcap_repeat_instrument,redcap_repeat_instance,", "")
    file.write_text(header + "\n" + ROWS[0].replace(",,,1,61", ",1,61") + "\n")
    report = import_files(folder, [file], who="data manager")
    assert any(
        "redcap_repeat_instrument" in str(refusal) and "the column is missing" in str(refusal)
        for refusal in report.refused
    )


@pytest.mark.parametrize(
    ("written", "related"),
    [("1.0,1.0,0.0", "study drug; dexamethasone"), ("Checked,Unchecked,Unchecked", "study drug")],
)
def test_boxes_are_read_as_they_are_exported(folder: Path, written: str, related: str) -> None:
    report = deliver(folder, *ROWS[:2], ROWS[2].replace("1,1,0,2", f"{written},2"))
    assert report.refused == ()
    assert study(folder).subjects[0].of(AdverseEvent)[0].related == related


def test_a_box_that_is_neither_ticked_nor_not_is_refused_by_place(folder: Path) -> None:
    refused = deliver(folder, *ROWS[:2], ROWS[2].replace("1,1,0,2", "yes,1,0,2")).refused
    assert "ae_related___1 is a box: 1 or 0" in str(refused[0])
    assert refused[0].line == 4


def test_codes_of_missing_data_are_none_at_baseline_either(tmp_path: Path) -> None:
    mapping = tmp_path / "redcap.toml"
    mapping.write_text(
        MAPPING.replace(
            '[source.redcap]\nevents = ["screening_arm_1"]',
            '[source.redcap]\nevents = ["screening_arm_1"]\n[source.baseline]\n"remark" = "notes"',
            1,
        )
    )
    init_study(tmp_path / "study", EXAMPLE / "protocol.toml", mapping, who="data manager")
    deliver(tmp_path / "study", ROWS[0][:-1] + "-99", *ROWS[1:4], ROWS[4] + "b")
    assert [subject.enrolment.baseline for subject in study(tmp_path / "study").subjects] == [(), (("remark", "b"),)]


def test_a_box_of_a_negative_code_is_named_as_redcap_names_it() -> None:
    found = boxes_of("ae_related", {"-99": "unknown", "A1": "drug"})
    assert list(found) == ["ae_related____99", "ae_related___a1"]


def test_boxes_that_are_not_ticked_say_nothing_of_other_instruments(folder: Path) -> None:
    rows = [ROWS[0].replace("61,1,2,,,,,,,,,,,a", "61,1,2,,,,,,,0,0,0,0,a"), *ROWS[1:]]
    report = deliver(folder, *rows)
    assert (report.refused, [note for note in report.notes if "not taken" in note]) == ((), [])
