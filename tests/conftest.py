"""What all tests share: where the outside truth lies, and the demonstration study."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import settings

import hevesy
from hevesy.cli import main
from hevesy.conduct.delivery import ImportReport, import_files, init_study
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.record import Recorded, Replay, statements
from hevesy.record.folder import DATABASE
from hevesy.record.ledger import Entry, open_record
from hevesy.study.subject import Study

ROOT = Path(__file__).parent.parent
REFERENCE = Path(os.environ.get("HEVESY_REFERENCE", ROOT.parent / "shared" / "reference"))
SHIPPED = ROOT / "tests" / "against" / "data"
EXAMPLE = Path(str(resources.files("hevesy"))) / "examples" / "clr131"
MAPPINGS = Path(str(resources.files("hevesy.files.mappings")))

settings.register_profile("hevesy", deadline=None, print_blob=True)
settings.load_profile("hevesy")


def outside_truth(path: str) -> Path:
    """Where a file of the outside truth lies: in the folder beside the checkout, else among what may be passed on (if anywhere)."""
    beside = REFERENCE / path
    return beside if beside.exists() else SHIPPED / path


def reference(path: str) -> Path:
    """A file of the outside truth; the test is skipped, by name, where it is absent."""
    found = outside_truth(path)
    if not found.exists():
        pytest.skip(f"outside truth absent: {path} (set HEVESY_REFERENCE)")
    return found


def entries_of(folder: Path) -> list[Entry]:
    """The entries of a study's record, as they stand."""
    connection = open_record(folder / DATABASE)
    try:
        return [Entry._make(row) for row in connection.execute(statements.ALL)]
    finally:
        connection.close()


def played(entries: Iterable[Entry], known_at: str | None = None) -> Recorded:
    """What entries add up to."""
    replay = Replay(known_at)
    for entry in entries:
        replay.take(entry)
    return replay.recorded()


@dataclass(frozen=True)
class Folder:
    """A study folder under test, with the few things tests do to it."""

    path: Path

    def deliver(
        self, *files: Path, reason: str | None = None, withdraw: bool = False, dry_run: bool = False
    ) -> ImportReport:
        return import_files(self.path, files, who="tester", reason=reason, withdraw=withdraw, dry_run=dry_run)

    def study(self) -> Study:
        return study_of(read_record(self.path))

    def write(self, name: str, text: str) -> Path:
        """A delivery of that name with that text, in a folder of its own."""
        target = self.path / "incoming" / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target


@pytest.fixture
def empty(tmp_path: Path) -> Folder:
    """The demonstration study before its files arrive."""
    folder = tmp_path / "study"
    init_study(folder, EXAMPLE / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    return Folder(folder)


@pytest.fixture(scope="session")
def _imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "study"
    init_study(folder, EXAMPLE / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    report = import_files(folder, sorted((EXAMPLE / "sources").glob("*.csv")), who="tester")
    assert report.written
    return folder


@pytest.fixture(scope="session")
def demonstration(_imported: Path) -> Path:
    """The folder of the demonstration study with its files taken in, to be copied."""
    return _imported


@pytest.fixture
def demo(_imported: Path, tmp_path: Path) -> Folder:
    """The demonstration study with its files taken in: a copy to do anything with."""
    shutil.copytree(_imported, tmp_path / "study")
    return Folder(tmp_path / "study")


@pytest.fixture
def demo_with_not_evaluable(demo: Folder) -> Folder:
    """The same with the two subjects who are not evaluable."""
    assert demo.deliver(EXAMPLE / "sources-optional" / "dm_not_evaluable.csv").written
    return demo


@pytest.fixture(scope="session")
def demo_study(_imported: Path) -> Study:
    """The demonstration study itself, as a value."""
    return study_of(read_record(_imported))


def write_readout(folder: Path, as_of: date | None = None, **given: object) -> Path:
    """Build and write a study's readout; gives its folder."""
    return hevesy.ask("readout", folder, as_of=as_of, **given).write()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the program as typed; gives exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hevesy", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        told = capsys.readouterr()
        return code, told.out, told.err

    return call
