"""A study written by an earlier version opens, verifies, takes its files again and is read out."""

from __future__ import annotations

import csv
import hashlib
import json
import tarfile
import tomllib
from pathlib import Path

import pytest

from hevesy.conduct.delivery import import_files
from hevesy.conduct.recorded_study import examine, read_record
from tests.conftest import EXAMPLE, write_readout

ARCHIVE = Path(__file__).parent / "study_of_9d921dd.tar.gz"


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The folder that holds `study` and the files `src`."""
    described = tomllib.loads(ARCHIVE.with_name("study_of_9d921dd.toml").read_text())
    assert hashlib.sha256(ARCHIVE.read_bytes()).hexdigest() == described["sha256"]
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def test_it_verifies_and_holds_what_it_was_read_out_from(earlier: Path) -> None:
    found = examine(earlier / "study", head="85394f01a6861599").verification
    assert found.faults == ()
    assert (found.entries, found.contains_head) == (762, True)


def test_its_files_change_nothing_in_it(earlier: Path) -> None:
    """It recorded a column that nobody mapped; rows are compared in those that are."""
    assert '"ward"' in next(
        row.content for row in read_record(earlier / "study").rows.values() if row.source == "adverse events"
    )
    report = import_files(earlier / "study", sorted((earlier / "src").glob("*.csv")), who="tester")
    assert (len(report.added), len(report.changed), report.unchanged, report.written) == (0, 0, 749, False)


def test_a_file_that_was_not_the_last_of_its_source_changes_only_what_differs(earlier: Path) -> None:
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


def test_its_readout_shows_mapped_columns_alone(earlier: Path) -> None:
    written = write_readout(earlier / "study")
    with (written / "tables" / "rows_adverse-events.csv").open() as file:
        header = next(csv.reader(file))
    assert "ward" not in header
    assert "preferred_term" in header
    assert json.loads((written / "readout.json").read_text())["ledger_head"].startswith("85394f01a6861599")


def test_files_as_the_package_ships_them_are_the_same_delivery(earlier: Path) -> None:
    """The shipped ae.csv lacks the column that nobody mapped: nothing differs by that."""
    report = import_files(earlier / "study", [EXAMPLE / "sources" / "ae.csv"], who="tester")
    assert (len(report.added), len(report.changed)) == (0, 0)
