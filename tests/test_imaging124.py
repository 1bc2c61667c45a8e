"""The imaging demonstration study end to end: its counts as plain counting of the delivered tables gives them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import date
from importlib import resources
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest

import hevesy
from hevesy.conduct.analysis import analyse
from hevesy.conduct.changes import changes
from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.imaged import Imaged
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.readout.build import document_of
from hevesy.readout.contents import material
from hevesy.readout.traced import Traced, traced
from hevesy.render.html import page
from hevesy.render.numbers import read_numbers
from hevesy.render.package import package
from hevesy.study.cut import as_of
from hevesy.study.facts.fact import days_of
from hevesy.study.facts.imaging import Reading, Specimen
from tests.conftest import MAPPINGS, ROOT, Folder, reference

EXAMPLE = Path(str(resources.files("hevesy"))) / "examples" / "imaging124"


def table(name: str) -> list[dict[str, str]]:
    with (EXAMPLE / name).open(newline="") as file:
        return list(csv.DictReader(file))


SUBJECTS, SCANS = table("delivered/img_subject.csv"), table("delivered/img_scan.csv")
ANSWER = {"PET": "pet_positive_48h", "MRI": "mri_positive"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("imaging") / "study"
    init_study(made, EXAMPLE / "protocol.toml", MAPPINGS / "imaging124.toml", "tester")
    assert import_files(made, sorted((EXAMPLE / "sources").glob("*.csv")), who="tester").written
    return made


@pytest.fixture(scope="module")
def joined(folder: Path) -> Traced:
    recorded = read_record(folder)
    return traced(document_of(material(recorded)), recorded)


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    files = package(document_of(material(read_record(folder))))
    return {number["id"]: number for number in read_numbers(json.loads(files["readout.json"]))}


@pytest.fixture(scope="module")
def found(folder: Path) -> Imaged:
    result = hevesy.open(folder).imaged
    assert result is not None
    return result


def two_by_two(test: str, **of: str) -> tuple[int, int, int, int]:
    """TP, FN, FP, TN of those that have these values; newly diagnosed patients say nothing on specificity."""
    cells = {("1", "1"): 0, ("1", "0"): 0, ("0", "1"): 0, ("0", "0"): 0}
    for one in SUBJECTS:
        if all(one[name] == value for name, value in of.items()):
            if one["truth_tumour"] == "0" and one["presentation"] == "newly diagnosed":
                continue
            cells[one["truth_tumour"], one[ANSWER[test]]] += 1
    return cells["1", "1"], cells["1", "0"], cells["0", "1"], cells["0", "0"]


GROUPS: dict[str, dict[str, str]] = {
    "all": {},
    "presentation-suspected-recurrence": {"presentation": "suspected recurrence"},
    "presentation-newly-diagnosed": {"presentation": "newly diagnosed"},
    "arm-lower": {"arm_mCi": "5.0"},
    "arm-higher": {"arm_mCi": "7.5"},
    **{f"site-{site}": {"site": site} for site in sorted({one["site"] for one in SUBJECTS})},
}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("test", ["PET", "MRI"])
def test_tables_of_two_by_two_are_those_of_plain_counting(told: dict[str, Any], test: str, group: str) -> None:
    shown = tuple(told[f"{cell}-{test.lower()}-{group}"]["value"] for cell in ("tp", "fn", "fp", "tn"))
    assert shown == two_by_two(test, **GROUPS[group])


def test_ten_centres_are_told_apart(told: dict[str, Any]) -> None:
    assert len([group for group in GROUPS if group.startswith("site-")]) == 10
    assert sum(told[f"{group}-enrolled"]["value"] for group in GROUPS if group.startswith("site-")) == 36


@pytest.mark.parametrize(
    ("test", "group", "sensitivity", "specificity"),
    [
        ("pet", "all", "24/26 =", "7/10 ="),
        ("mri", "all", "23/26 =", "4/10 ="),
        ("pet", "presentation-suspected-recurrence", "13/14 =", "7/10 ="),
        ("mri", "presentation-suspected-recurrence", "13/14 =", "4/10 ="),
        ("pet", "presentation-newly-diagnosed", "11/12 =", None),
        ("mri", "presentation-newly-diagnosed", "10/12 =", None),
        ("pet", "arm-lower", "12/13 =", "4/5 ="),
        ("pet", "arm-higher", "12/13 =", "3/5 ="),
    ],
)
def test_shares_are_those_that_the_study_was_made_to_show(
    told: dict[str, Any], test: str, group: str, sensitivity: str, specificity: str | None
) -> None:
    assert told[f"sensitivity-{test}-{group}"]["text"].startswith(sensitivity)
    if specificity is None:
        assert f"specificity-{test}-{group}" not in told, "newly diagnosed patients say nothing on specificity"
    else:
        assert told[f"specificity-{test}-{group}"]["text"].startswith(specificity)


def test_limits_of_12_of_13_are_those_of_r(found: Imaged) -> None:
    """Sensitivity of either activity: binom.test(12, 13) and prop.test(12, 13, correct = FALSE)."""
    with reference("imaging/diag_stats_golden.csv").open(newline="") as file:
        by_r = {row["quantity"]: float(row["value"]) for row in csv.DictReader(file) if row["id"] == "prop"}
    for group in found.by_dose:
        assert group.found is not None
        share = group.found.tests[0].sensitivity
        assert share.exact is not None
        assert share.wilson is not None
        assert share.exact.lower == pytest.approx(by_r["12/13 clopper-pearson lower"], abs=1e-9)
        assert share.wilson.lower == pytest.approx(by_r["12/13 wilson lower"], abs=1e-9)
        assert share.wilson.upper == pytest.approx(by_r["12/13 wilson upper"], abs=1e-9)


def test_pet_against_mri_by_mcnemar(told: dict[str, Any], found: Imaged) -> None:
    """3 against 2 discordant with tumour, 0 against 3 false alarms without."""
    assert found.overall.found is not None
    (compared,) = found.overall.found.comparisons
    assert (compared.sensitivity.only_first, compared.sensitivity.only_second) == (3, 2)
    assert (compared.specificity.only_first, compared.specificity.only_second) == (3, 0)
    assert told["compared-sensitivity-p-pet-mri"]["value"] == 1.0
    assert told["compared-sensitivity-mid-p-pet-mri"]["value"] == pytest.approx(0.6875)
    assert told["compared-specificity-p-pet-mri"]["value"] == 0.25
    assert told["compared-specificity-mid-p-pet-mri"]["text"] == "0.125"


def test_cells_of_activity_and_time_use_the_ratio_as_delivered(told: dict[str, Any]) -> None:
    for arm, key in (("5.0", "lower"), ("7.5", "higher")):
        for hours in ("6", "24", "48"):
            own = [one for one in SCANS if (one["arm_mCi"], one["hours_pi"]) == (arm, hours)]
            for column, quantity in (("TBR", "tbr"), ("image_quality_1to5", "quality")):
                values = [float(one[column]) for one in own]
                shown = told[f"cell-{quantity}-mean-{key}-{hours}-h"]
                assert shown["value"] == pytest.approx(mean(values))
                assert shown["text"] == f"{mean(values):.2f} ({stdev(values):.2f})"
    best = [number["value"] for key, number in told.items() if key.startswith("cell-tbr-best-")]
    assert len(best) == 6
    assert sum(best) == pytest.approx(1, abs=1e-9)


def test_the_delivered_ratio_differs_from_that_of_the_figures_by_up_to_3_1_percent(told: dict[str, Any]) -> None:
    off = [float(one["SUVmax_lesion"]) / float(one["SUVmean_background"]) / float(one["TBR"]) - 1 for one in SCANS]
    largest = max(off, key=abs)
    assert told["ratio-difference"]["value"] == pytest.approx(largest)
    assert told["ratio-difference"]["text"] == "-3.1 %"


def test_actual_times_are_those_delivered(told: dict[str, Any], found: Imaged) -> None:
    """To the minute that a start is written in."""
    delivered = {(one["subject"], float(one["hours_pi"])): float(one["actual_hours_pi"]) for one in SCANS}
    shown = {
        (one.id, scan.planned_h): scan.actual_h
        for one in found.subjects
        for scan in one.scans
        if scan.scan.modality == "PET"
    }
    assert shown == pytest.approx(delivered, abs=1e-9)
    assert [told[f"scans-outside-{hours}-h"]["value"] for hours in (6, 24, 48)] == [0, 0, 0]


def test_specimens_too_late_are_named_and_counted(told: dict[str, Any], found: Imaged) -> None:
    assert sorted({one.subject for one in found.too_far}) == ["G10", "G27"]
    assert told["interval-beyond-pet"]["value"] == 2
    assert told["tp-pet-within-interval"]["value"] == 23
    assert told["specimens-non-diagnostic"]["because"] == ["G05, G05-1: non-diagnostic"]


def test_the_consensus_is_the_delivered_answer_and_one_reader_at_least_agrees(found: Imaged) -> None:
    delivered = {one["subject"]: one for one in SUBJECTS}
    word = {"1": "positive", "0": "negative"}
    for one in found.subjects:
        for test, column in ANSWER.items():
            answer = word[delivered[one.id][column]]
            assert one.patient.whole.case.readings[test] == answer
            single = [each.answer for each in one.readings if each.modality == test and not each.consensus]
            assert len(single) == 2
            assert answer in single


def test_nothing_on_the_page_speaks_of_treatment(folder: Path, told: dict[str, Any]) -> None:
    document = document_of(material(read_record(folder)))
    assert [section.id for section in document.sections] == [
        "summary", "disposition", "changes", "baseline", "exposure", "accuracy", "truth", "readings", "dose-times",
        "scans", "centres", "profiles", "quality", "provenance",
    ]  # fmt: skip
    words = page(document).casefold()
    for word in ("not treated", "dlt", "dose-limiting", "escalate", "progression-free", "not evaluable"):
        assert word not in words, word
    assert [key for key, one in told.items() if "treated" in " ".join((one["definition"], one["population"]))] == []


def test_every_delivered_row_stands_behind_a_number(folder: Path, joined: Traced) -> None:
    rows = {row.sequence: key for key, row in read_record(folder).rows.items()}
    assert len(rows) == sum(len(table(f"sources/{path.name}")) for path in (EXAMPLE / "sources").glob("*.csv"))
    assert {key for row, key in rows.items() if not joined.on_row.get(row)} == set()


def test_a_cut_knows_nothing_of_later_days(folder: Path) -> None:
    """At 2014-09-01: read and diagnosed by then, and no more, counted in the files."""
    cut = date(2014, 9, 1)
    study = as_of(study_of(read_record(folder)), cut)
    readings = [one for subject in study.subjects for one in subject.of(Reading)]
    diagnoses = [one for subject in study.subjects for one in subject.of(Specimen) if one.diagnosis is not None]
    assert len(readings) == sum(row["read"] <= str(cut) for row in table("sources/readings.csv"))
    assert len(diagnoses) == sum(row["diagnosed"] <= str(cut) for row in table("sources/specimens.csv"))
    assert len(readings) not in (0, 216)
    taken = [one for subject in study.subjects for one in subject.of(Specimen)]
    assert len(taken) > len(diagnoses), "tissue without a diagnosis yet"
    result = hevesy.open(folder).imaged_at(cut)
    assert result is not None
    assert {one.id for one in result.subjects} == {
        row["subject"] for row in table("sources/dm.csv") if row["enrolled"] <= str(cut)
    }


@pytest.mark.parametrize("cut", [date(2014, 4, 1), date(2014, 7, 8), date(2014, 11, 30), date(2015, 2, 28)])
def test_no_fact_is_later_than_a_cut_and_a_cut_of_a_cut_is_the_earlier_one(folder: Path, cut: date) -> None:
    study = study_of(read_record(folder))
    seen = as_of(study, cut)
    assert all(on <= cut for one in seen.subjects for fact in (one.enrolment, *one.events) for on in days_of(fact))
    assert as_of(as_of(study, date(2015, 3, 20)), cut).subjects == seen.subjects


def test_a_corrected_reading_changes_its_table_and_keeps_the_old_row(tmp_path: Path) -> None:
    """The consensus on G03's PET, a false alarm, is read again as negative."""
    made = tmp_path / "study"
    hevesy.demonstration(made, study="imaging124")
    study, name = Folder(made), "readings.csv"
    text = (EXAMPLE / "sources" / name).read_text()
    (old,) = [line for line in text.splitlines() if line.startswith("G03,PET") and ",1,positive," in line]
    report = study.deliver(
        study.write(name, text.replace(old, old.replace("positive", "negative"))), reason="read again"
    )
    assert report.written
    result = hevesy.open(made).imaged
    assert result is not None
    assert [result.overall.cells["PET"][cell].n for cell in ("tp", "fn", "fp", "tn")] == [24, 2, 2, 8]
    history = analyse(study_of(read_record(made)), date(2015, 12, 31))
    assert len(history.subjects) == 36


def test_tissue_that_turns_a_patient_stands_in_what_changed(tmp_path: Path) -> None:
    """G02, truly negative by its biopsy, is operated on later and has tumour."""
    made = tmp_path / "study"
    hevesy.demonstration(made, study="imaging124")
    study, name = Folder(made), "specimens.csv"
    text = (EXAMPLE / "sources" / name).read_text()
    late = "G02,G02-2,2015-05-20,resection,frontal,2015-05-22,true recurrence,central pathologist,1,1\n"
    assert study.deliver(study.write(name, text + late)).written
    found = changes(*(analyse(study_of(read_record(made)), cut) for cut in (date(2015, 4, 11), date(2015, 5, 31))))
    assert [(one.then, one.now) for one in found.counts if one.title.startswith("PET")] == [
        (24, 24), (2, 3), (3, 3), (7, 6),
    ]  # fmt: skip
    assert ("G02", "PET true negative -> false negative") in found.subjects
    said = str(hevesy.open(made).section("changes", since="2015-04-11"))
    assert "G02: PET true negative -> false negative" in said


def test_the_generator_makes_the_shipped_files(tmp_path: Path) -> None:
    script = (
        (ROOT / "tools" / "make_imaging124.py")
        .read_text()
        .replace(
            'EXAMPLE = Path(__file__).parent.parent / "src" / "hevesy" / "examples" / "imaging124"',
            f"EXAMPLE = Path({str(tmp_path)!r})",
        )
    )
    for part in ("sources", "delivered"):
        (tmp_path / part).mkdir()
    for path in (EXAMPLE / "delivered").glob("*.csv"):
        (tmp_path / "delivered" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "make.py").write_text(script)
    subprocess.run([sys.executable, str(tmp_path / "make.py")], check=True)
    for path in (EXAMPLE / "sources").glob("*.csv"):
        assert (tmp_path / "sources" / path.name).read_bytes() == path.read_bytes()
    assert (tmp_path / "origin.toml").read_text() == (EXAMPLE / "origin.toml").read_text()


def test_a_scan_and_a_biopsy_before_consent_are_taken(tmp_path: Path) -> None:
    """They may be why a patient was asked; an injection then is refused."""
    made = tmp_path / "study"
    init_study(made, EXAMPLE / "protocol.toml", MAPPINGS / "imaging124.toml", "tester")
    study = Folder(made)
    (consent,) = [row["consent"] for row in table("sources/dm.csv") if row["subject"] == "G01"]
    assert consent > "2014-01-31"
    early = {
        "mri.csv": "subject,scan\nG01,2014-01-31\n",
        "ex.csv": "subject,injected,injected_mCi\nG01,2014-01-31T09:00,5\n",
    }
    early["specimens.csv"] = (
        "subject,specimen,taken,procedure,region,diagnosed,diagnosis,reviewer,blinded,second_review\n"
        "G01,G01-1,2014-01-31,biopsy,frontal,2014-02-02,newly diagnosed glioblastoma,site pathologist,1,0\n"
    )
    assert study.deliver(EXAMPLE / "sources" / "dm.csv").written
    for name, text in early.items():
        report = study.deliver(study.write(name, text))
        assert report.written == (name != "ex.csv"), name
        refused = [str(one) for one in report.refused]
        assert all("dated before the subject's consent" in one for one in refused)
        assert bool(refused) == (name == "ex.csv")
