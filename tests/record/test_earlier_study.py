"""A study written by an earlier version opens, verifies, takes its files again and is read out."""

from __future__ import annotations

import csv
import hashlib
import json
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

import hevesy
from hevesy.conduct.delivery import import_files
from hevesy.conduct.recorded_study import examine, read_record
from hevesy.render.numbers import read_numbers
from tests.conftest import EXAMPLE, write_readout


@dataclass(frozen=True)
class Written:
    """A commit that wrote a study, and what the study held then."""

    commit: str
    entries: int
    head: str
    rows: int


BY_9D921DD = Written("9d921dd", 762, "85394f01a6861599", 749)
BY_7A8CDFB = Written("7a8cdfb", 765, "d4f27ff833641a23", 748)
EARLIER = pytest.mark.parametrize("written", [BY_9D921DD, BY_7A8CDFB], ids=lambda written: written.commit)


def unpacked(written: Written, folder: Path) -> Path:
    """The folder that holds `study` and the files `src`."""
    archive = Path(__file__).parent / f"study_of_{written.commit}.tar.gz"
    described = tomllib.loads(archive.with_name(f"study_of_{written.commit}.toml").read_text())
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == described["sha256"]
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder


@EARLIER
def test_it_verifies_and_holds_what_it_was_read_out_from(written: Written, tmp_path: Path) -> None:
    found = examine(unpacked(written, tmp_path) / "study", head=written.head).verification
    assert found.faults == ()
    assert (found.entries, found.contains_head) == (written.entries, True)


@EARLIER
def test_its_files_change_nothing_in_it(written: Written, tmp_path: Path) -> None:
    """Rows are compared in the columns that are mapped."""
    earlier = unpacked(written, tmp_path)
    report = import_files(earlier / "study", sorted((earlier / "src").glob("*.csv")), who="tester")
    assert (len(report.added), len(report.changed), report.unchanged) == (0, 0, written.rows)
    assert (report.refused, report.missing, report.written) == ((), (), False)


@EARLIER
def test_its_readout_has_the_numbers_that_it_had(written: Written, tmp_path: Path) -> None:
    """Of those that both have; a version may say more, and says what it said before alike.

    Dose factors of spheres apart: their kernels count the photons that electrons make since 2026-11-29 (below 0.12 %).
    """
    study = unpacked(written, tmp_path) / "study"
    (kept,) = study.glob("readouts/*/readout.json")
    before = {number["id"]: number["value"] for number in json.loads(kept.read_text())["numbers"]}
    said = json.loads((write_readout(study, out=tmp_path / "again") / "readout.json").read_text())
    now = {number["id"]: number["value"] for number in read_numbers(said)}
    assert said["ledger_head"].startswith(written.head)
    assert len(before.keys() & now.keys()) > 400
    differ = {name: (before[name], now[name]) for name in before.keys() & now.keys() if before[name] != now[name]}
    spheres = {name: differ.pop(name) for name in sorted(differ) if name.startswith("label-sphere-")}
    assert all(after == pytest.approx(before, rel=1.2e-3) for before, after in spheres.values())
    # 9d921dd wrote every digit, later ones those that mean something
    assert {name: pair for name, pair in differ.items() if pair[1] != pytest.approx(pair[0], rel=1e-9)} == {}


def test_a_column_that_nobody_mapped_is_in_the_rows_of_9d921dd_and_goes_with_their_correction(tmp_path: Path) -> None:
    earlier = unpacked(BY_9D921DD, tmp_path)
    before = read_record(earlier / "study")
    key = "adverse events|1-01|1"
    text = (
        (earlier / "src" / "ae.csv")
        .read_text()
        .replace("1-01,1,1,Anaemia,Blood and lymphatic system disorders,4.03,2,", "1-01,1,1,Anaemia,Blood,4.03,1,")
    )
    (earlier / "src" / "ae.csv").write_text(text.replace(",W1\n", ",W9\n"))
    report = import_files(earlier / "study", [earlier / "src" / "ae.csv"], who="tester", reason="read again")
    assert [(change.key, sorted(change.values)) for change in report.changed] == [(key, ["max_grade", "soc"])]
    after = read_record(earlier / "study")
    assert "ward" in before.rows[key].values
    assert "ward" not in after.rows[key].values
    assert examine(earlier / "study").verification.faults == ()


def test_the_readout_of_9d921dd_shows_mapped_columns_alone(tmp_path: Path) -> None:
    written = write_readout(unpacked(BY_9D921DD, tmp_path) / "study")
    with (written / "tables" / "rows_adverse-events.csv").open() as file:
        header = next(csv.reader(file))
    assert "ward" not in header
    assert "preferred_term" in header


def test_files_as_the_package_ships_them_are_the_same_delivery(tmp_path: Path) -> None:
    """The shipped ae.csv lacks the column that nobody mapped: nothing differs by that."""
    report = import_files(unpacked(BY_9D921DD, tmp_path) / "study", [EXAMPLE / "sources" / "ae.csv"], who="tester")
    assert (len(report.added), len(report.changed)) == (0, 0)


def test_what_was_said_of_rows_of_7a8cdfb_stands(tmp_path: Path) -> None:
    """A value confirmed, a grade corrected, a row withdrawn; the dropped column is in none of the kept copies."""
    study = unpacked(BY_7A8CDFB, tmp_path) / "study"
    recorded = hevesy.open(study).recorded
    assert [(one.value, one.reason) for one in recorded.confirmations] == [
        ("1-01: platelets 24400 10^9/L", "repeated by the laboratory")
    ]
    assert [(one.action, one.key, one.reason) for one in recorded.changes] == [
        ("correction", "adverse events|1-01|1", "graded again"),
        ("withdrawal", "myeloma proteins|2-04|2016-11-18", "of another subject"),
    ]
    assert {one.cut for one in recorded.deliveries if one.source == "adverse events"} == {("Patient_Name",)}
    assert not [path for path in study.glob("sources/*/*") if b"Nobody" in path.read_bytes()]
