"""Deliveries that are odd but possible: split files, changed plans, dirty values, damaged records, hostile names."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.recorded_study import examine, read_record
from hevesy.errors import CannotAnswerError, DeliveryError
from hevesy.study.facts.safety import AdverseEvent
from tests.conftest import EXAMPLE, MAPPINGS, Folder, write_readout

SOURCES = EXAMPLE / "sources"


def text_of(name: str) -> str:
    return (SOURCES / name).read_text()


@pytest.fixture
def split(tmp_path: Path) -> Folder:
    """The demonstration with adverse events that come as two files of one full delivery."""
    mapping = tmp_path / "sources.toml"
    mapping.write_text((MAPPINGS / "clr131.toml").read_text().replace('file = "ae.csv"', 'file = "ae*.csv"'))
    init_study(tmp_path / "study", EXAMPLE / "protocol.toml", mapping, "tester")
    folder = Folder(tmp_path / "study")
    header, *rows = text_of("ae.csv").splitlines()
    for number in ("1", "2"):
        folder.write(f"ae_{number}.csv", "\n".join([header, *(row for row in rows if row.startswith(number))]) + "\n")
    assert folder.deliver(SOURCES / "dm.csv", SOURCES / "ex.csv", *parts(folder)).written
    return folder


def parts(folder: Folder) -> list[Path]:
    return [folder.path / "incoming" / f"ae_{number}.csv" for number in ("1", "2")]


def test_a_full_delivery_in_two_files_misses_nothing_and_adds_nothing_twice(split: Folder) -> None:
    before = read_record(split.path)
    report = split.deliver(*parts(split))
    assert (report.missing, len(report.added), report.written) == ((), 0, False)
    assert read_record(split.path).head == before.head


def test_a_key_absent_from_both_files_is_withdrawn_once(split: Folder) -> None:
    first = parts(split)[0]
    first.write_text(
        "\n".join(line for line in first.read_text().splitlines() if not line.startswith("1-01,1,1,")) + "\n"
    )
    report = split.deliver(*parts(split), withdraw=True, reason="entered twice")
    assert report.withdrawn == ("adverse events|1-01|1",)
    entries = [entry for entry in _entries(split) if entry[0] == "withdrawal"]
    assert entries == [("withdrawal", "adverse events|1-01|1")]
    assert sum(len(subject.of(AdverseEvent)) for subject in split.study().subjects) == 35
    assert not split.deliver(*parts(split)).written


def _entries(folder: Folder) -> list[tuple[str, str]]:
    connection = sqlite3.connect(folder.path / "study.sqlite")
    found = connection.execute("SELECT action, key FROM entry ORDER BY sequence").fetchall()
    connection.close()
    return found


def test_an_empty_column_more_is_no_change(demo: Folder) -> None:
    lines = text_of("ae.csv").splitlines()
    wider = demo.write("ae.csv", "\n".join([lines[0] + ",note", *(line + "," for line in lines[1:])]) + "\n")
    report = demo.deliver(wider)
    assert (len(report.changed), report.unchanged) == (0, 36)


def test_a_space_in_a_subject_makes_no_second_fact(demo: Folder) -> None:
    lines = text_of("ae.csv").splitlines()
    report = demo.deliver(demo.write("ae.csv", "\n".join([*lines, lines[1].replace("1-01,", "1-01 ,", 1)]) + "\n"))
    assert not report.written
    assert "duplicate key" in str(report.refused[0])


def test_an_empty_key_is_refused(demo: Folder) -> None:
    lines = text_of("ae.csv").splitlines()
    report = demo.deliver(
        demo.write("ae.csv", "\n".join([*lines, "1-01,1,,Rash,Skin,4.03,1,6,6,11,0,not related,0"]) + "\n")
    )
    assert "ae.csv, line 38, ae_no: a key column must not be empty" in str(report.refused[0])


def test_a_changed_plan_is_said_when_it_is_recorded(demo: Folder) -> None:
    protocol = demo.path / "protocol.toml"
    protocol.write_text(protocol.read_text().replace("window_d = 85", "window_d = 28"))
    report = demo.deliver(SOURCES / "ae.csv", reason="typo in a term", dry_run=True)
    assert report.plan_changes == ("protocol.toml",)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('key = ["subject", "ae_no"]', 'key = ["subject", "ae_no", "onset_day"]', "the key cannot be changed"),
        ('name = "adverse events"', 'name = "AE"', "cannot be removed or renamed"),
    ],
)
def test_a_mapping_that_would_orphan_recorded_rows_is_refused(
    demo: Folder, before: str, after: str, words: str
) -> None:
    sources = demo.path / "sources.toml"
    sources.write_text(sources.read_text().replace(before, after))
    report = demo.deliver(SOURCES / "ae.csv", reason="tidying up")
    assert not report.written
    assert words in str(report.refused[0])


def test_a_correction_is_checked_against_what_is_recorded(tmp_path: Path) -> None:
    mapping = tmp_path / "sources.toml"
    mapping.write_text(
        (MAPPINGS / "clr131.toml").read_text().replace('arm = "cohort"\n', 'arm = "cohort"\nconsent = "consent"\n', 1)
    )
    init_study(tmp_path / "study", EXAMPLE / "protocol.toml", mapping, "tester")
    header, *rows = text_of("dm.csv").splitlines()

    def consented(day: str) -> Path:
        file = tmp_path / "dm.csv"
        file.write_text("\n".join([f"{header},consent", *(f"{row},{day}" for row in rows)]) + "\n")
        return file

    early = consented("2015-01-01")
    assert import_files(tmp_path / "study", [early, SOURCES / "ex.csv", SOURCES / "lb.csv"], who="t").written
    report = import_files(tmp_path / "study", [consented("2016-06-01")], who="t", reason="date of the amended form")
    assert not report.written
    assert any("before the subject's consent (2016-06-01)" in str(refusal) for refusal in report.refused)


def test_withdrawing_an_enrolment_leaves_no_facts_without_a_subject(demo: Folder) -> None:
    shorter = demo.write("dm.csv", "\n".join(text_of("dm.csv").splitlines()[:-1]) + "\n")
    report = demo.deliver(shorter, withdraw=True, reason="screen failure")
    assert not report.written
    assert any("unknown subject" in str(refusal) for refusal in report.refused)


@pytest.mark.parametrize(
    ("name", "before", "after", "words"),
    [
        ("ae.csv", "4.03,2,36", "4.03,2,99999999", "onset_day: a study day lies within a lifetime"),
        ("ae.csv", "4.03,2,36", "4.03,2," + "9" * 400, "onset_day: "),
        ("ex.csv", "2015-07-01T13:30", "9999-12-31T23:59", "infusion_end: "),
        ("lb.csv", "2015-07-08", "0000", "date: a year lies in 1900..2200"),
        ("lb.csv", "2015-07-08", "2015-07-08 or maybe August", "date: "),
        ("lb.csv", "2015-07-08", "2015-07-08T99:99", "date: "),
        ("ex.csv", "21.87,", "2_1.87,", "assay_mCi: '2_1.87' is not a number"),
        ("dm.csv", "162,68,", "1.62,68,", "height_cm: height must lie in 30..250 cm"),
        ("dm.csv", "162,68,", "162,0,", "weight_kg: weight must lie in 2..400 kg"),
    ],
)
def test_dirty_values_are_refused_with_their_place(
    empty: Folder, name: str, before: str, after: str, words: str
) -> None:
    file = empty.write(name, text_of(name).replace(before, after, 1))
    others = [SOURCES / other for other in ("dm.csv", "ex.csv", "ae.csv", "lb.csv") if other != name]
    report = empty.deliver(file, *others)
    assert not report.written
    assert any(str(refusal).startswith(f"{name}, line ") and words in str(refusal) for refusal in report.refused), (
        report.refused[:3]
    )


def test_the_line_of_a_byte_that_is_no_text(demo: Folder) -> None:
    lines = text_of("lb.csv").encode().splitlines()
    lines[400] = lines[400].replace(b"g/dL", b"g/d\xe4")
    lines[400] = lines[400].replace(b"10^9/L", b"10^9/\xe4")
    file = demo.path / "lb.csv"
    file.write_bytes(b"\n".join(lines) + b"\n")
    refusal = demo.deliver(file).refused[0]
    assert (refusal.file, refusal.line) == ("lb.csv", 401)


def test_a_record_that_was_altered_is_neither_written_to_nor_decided_from(demo: Folder) -> None:
    connection = sqlite3.connect(demo.path / "study.sqlite")
    connection.execute("DROP TRIGGER entry_is_never_updated")
    connection.execute(
        'UPDATE entry SET content = replace(content, \'"max_grade": "4"\', \'"max_grade": "1"\') WHERE action = \'row\''
    )
    connection.commit()
    connection.close()
    with pytest.raises(CannotAnswerError, match="does not verify"):
        demo.deliver(SOURCES / "ae.csv")


def test_leftovers_of_a_killed_import_do_not_matter(demo: Folder) -> None:
    kept = next((demo.path / "sources").glob("*/dm.csv"))
    kept.with_name(".dm.csv.4711").write_text("half a fi")
    assert examine(demo.path).verification.intact


def test_a_killed_init_leaves_a_folder_that_can_be_begun_again(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / ".study.sqlite.4711").write_bytes(b"half a database")
    assert init_study(folder, EXAMPLE / "protocol.toml", MAPPINGS / "clr131.toml", "tester").written
    assert examine(folder).verification.intact


def test_a_blank_reason_is_no_reason(demo: Folder) -> None:
    file = demo.write("lb.csv", text_of("lb.csv").replace("PLT,244", "PLT,24"))
    assert not demo.deliver(file, reason="   ").written


@pytest.mark.parametrize("name", ["1-01/../../../../pwned", "x" * 300, "a\x01b", "\u00c5ngstr\u00f6m", "-1"])
def test_a_hostile_or_odd_subject_name_harms_no_file(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "study"
    init_study(folder, EXAMPLE / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    files = []
    for table in ("dm.csv", "ex.csv", "ae.csv", "lb.csv", "mprotein.csv"):
        (tmp_path / table).write_text(
            "\n".join(
                f"{name},{line[5:]}" if line.startswith("1-01,") else line for line in text_of(table).split("\n")
            ),
            encoding="utf-8",
        )
        files.append(tmp_path / table)
    assert import_files(folder, files, who="tester").written
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    page = write_readout(folder)
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(page in path.parents for path in made)
    assert write_readout(folder) == page
    json.loads((page / "readout.json").read_text())


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('variant = "modified"', 'variant = "modifed"', "escalation.variant: must be one of"),
        ('design = "three-plus-three"', 'design = "three-plus-tree"', "escalation.design: must be one of"),
        ("cohort_size = 4", "cohort_size = 0", "cohort_size: must be 1 or more"),
        ("activity_tolerance_percent = 10", "activity_tolerance_percent = nan", "must be a finite number"),
        ("minimum_activity_percent = 90", "minimum_activity_percent = -3", "must lie in 0..100"),
        ("doses = 12", "doses = -1", "doses: must be 1 or more"),
        ("window_d = 85", "windw_d = 85", "dlt.window_d: this key must be given; is 'windw_d' misspelt?"),
        ("illustrative = true", "ilustrative = true", "did you mean 'illustrative'"),
        ('activity = "25 mCi/m2"', 'activity = "25"', "is missing"),
        ('activity = "25 mCi/m2"', 'activity = "2.5 mCi/m2"', "must increase"),
        ('nuclide = "I-131"', 'nuclide = "I-132"', "nearest are I-131"),
        ('test = "platelets"', 'test = "platelet"', "must be one of platelets"),
        ('test = "platelets"', 'test = "haemoglobin"', "haemoglobin has no laboratory criterion of grade 4"),
        ('ctcae_version = "4.03"', 'ctcae_version = "4"', "must be one of 4.03, 5.0"),
    ],
)
def test_a_protocol_that_cannot_be_is_refused_by_key(tmp_path: Path, before: str, after: str, words: str) -> None:
    text = (EXAMPLE / "protocol.toml").read_text()
    assert before in text
    (tmp_path / "protocol.toml").write_text(text.replace(before, after, 1))
    with pytest.raises(DeliveryError) as refused:
        init_study(tmp_path / "study", tmp_path / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    assert words in str(refused.value)
    assert "protocol.toml" in str(refused.value)
    assert not (tmp_path / "study" / "study.sqlite").exists()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('kind = "laboratory"', 'kind = "labratory"', "did you mean 'laboratory'"),
        ('resolved = { column = "resolved_day"', 'resolvd = { column = "resolved_day"', "did you mean 'resolved'"),
        ('unit = "mCi/m2"', 'unit = "mCi"', "not a unit of activity per area"),
        ('delivery = "full"', 'delivery = "all"', "must be full"),
        ('time_zone = "America/Chicago"', 'time_zone = "Chicago"', "is not a time zone"),
        ('name = "laboratory"', 'name = "lab|central"', "no |"),
        ('name = "follow-up"', 'name = "thyroid-block"', "differ only in signs"),
        ('name = "laboratory"', 'name = "demography"', "must be unique"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_by_key(tmp_path: Path, before: str, after: str, words: str) -> None:
    text = (MAPPINGS / "clr131.toml").read_text()
    assert before in text
    (tmp_path / "sources.toml").write_text(text.replace(before, after, 1))
    with pytest.raises(DeliveryError) as refused:
        init_study(tmp_path / "study", EXAMPLE / "protocol.toml", tmp_path / "sources.toml", "tester")
    assert words in str(refused.value)


def test_a_mapped_column_that_is_missing_is_refused_unless_it_is_optional(demo: Folder) -> None:
    header, *rows = text_of("lb.csv").splitlines()
    place = header.split(",").index("value")
    without = [
        ",".join(cell for number, cell in enumerate(line.split(",")) if number != place) for line in (header, *rows)
    ]
    report = demo.deliver(demo.write("lb.csv", "\n".join(without) + "\n"), reason="r")
    assert not report.written
    assert [str(refusal) for refusal in report.refused] == [
        "lb.csv, line 1, value: the column is missing; the file has subject, cohort, day, date, test, unit, ctcae4_grade, baseline_flag"
    ]


def test_an_amendment_is_shown_with_its_reason(demo: Folder) -> None:
    protocol = demo.path / "protocol.toml"
    protocol.write_text(protocol.read_text().replace("minimum_activity_percent = 90", "minimum_activity_percent = 85"))
    assert demo.deliver(SOURCES / "dm.csv", reason="amendment 1").written
    assert "amendment 1" in (write_readout(demo.path) / "index.html").read_text()


def test_a_refused_enrolment_is_not_followed_by_unknown_subjects(empty: Folder) -> None:
    file = empty.write("dm.csv", text_of("dm.csv").replace("162,68,", "1.62,68,", 1))
    report = empty.deliver(file, SOURCES / "ex.csv", SOURCES / "lb.csv")
    assert len(report.refused) == 1


def test_times_in_a_format_of_their_own(tmp_path: Path) -> None:
    text = (MAPPINGS / "clr131.toml").read_text()
    for name in ("start", "end"):
        text = text.replace(
            f'{name} = "infusion_{name}"', f'{name} = {{ column = "infusion_{name}", date_format = "%d.%m.%Y %H:%M" }}'
        )
    (tmp_path / "sources.toml").write_text(text)
    init_study(tmp_path / "study", EXAMPLE / "protocol.toml", tmp_path / "sources.toml", "tester")
    import re

    there = re.sub(r"(\d{4})-(\d\d)-(\d\d)T(13:[03]0)", r"\3.\2.\1 \4", text_of("ex.csv"))
    (tmp_path / "ex.csv").write_text(there)
    report = import_files(tmp_path / "study", [SOURCES / "dm.csv", tmp_path / "ex.csv"], who="t")
    assert report.written, report.refused[:2]
    assert str(Folder(tmp_path / "study").study().subjects[0].day_1) == "2015-07-01"


def test_laboratory_tests_that_cannot_be_graded_are_said_at_import(demo: Folder) -> None:
    lines = text_of("lb.csv").splitlines()
    more = demo.write(
        "lb.csv",
        "\n".join([*lines, "1-01,1,8,2015-07-08,CREA,80,umol/L,,0", "1-01,1,8,2015-07-08,hemoglobin,10,g/dL,1,0"])
        + "\n",
    )
    assert any(
        "not graded" in note and "CREA (1 rows)" in note and "hemoglobin" not in note
        for note in demo.deliver(more).notes
    )
