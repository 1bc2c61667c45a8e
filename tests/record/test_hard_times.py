"""Killed at any moment, two at once, a full disk, a folder that cannot be written: nothing acknowledged is lost, each refusal a sentence."""

from __future__ import annotations

import ctypes
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.recorded_study import examine
from hevesy.errors import CannotAnswerError
from hevesy.record.folder import name_of_partial, writing
from tests.conftest import EXAMPLE, MAPPINGS, Folder
from tests.tiers import cases

FILES = sorted((EXAMPLE / "sources").glob("*.csv"))
_RECEIPT = re.compile(r"receipt: (\d+) entries, head ([0-9a-f]{64})")


def run(*arguments: str | Path, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """A command of Hevesy in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "hevesy", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
        env=os.environ | {"HEVESY_WHO": "tester"},
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit status and what was printed; a refusal is a sentence."""
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, 1, -signal.SIGKILL), err
    assert "Traceback" not in err
    assert "Errno" not in err
    if process.returncode == 1:
        assert err.startswith("hevesy: "), err
        assert len(err.strip().splitlines()) <= 52
    return process.returncode, out, err


def holds(study: Path, *printed: str) -> int:
    """The record is whole and holds the states of all receipts; gives the number of its entries."""
    checked = examine(study).verification
    assert checked.faults == ()
    for text in printed:
        if found := _RECEIPT.search(text):
            assert examine(study, head=found[2]).verification.contains_head
    return checked.entries


def one_delivery(study: Path, number: int) -> Path:
    """A file of one laboratory value, of a source that delivers in parts."""
    file = study.parent / f"{study.name}-{number}" / "lb.csv"
    file.parent.mkdir(exist_ok=True)
    header = "subject,cohort,day,date,test,value,unit,ctcae4_grade,baseline_flag"
    file.write_text(f"{header}\n1-01,1,{200 + number},2015-12-{1 + number % 28:02d},X{number},{number},g/L,0,0\n")
    return file


@pytest.fixture
def in_parts(demo: Folder) -> Path:
    """The demonstration study, its laboratory files delivered in parts."""
    sources = demo.path / "sources.toml"
    whole = 'file = "lb.csv"\nkind = "laboratory"\ndelivery = "full"'
    assert whole in sources.read_text()
    sources.write_text(sources.read_text().replace(whole, whole.replace("full", "partial")))
    demo.deliver(EXAMPLE / "sources" / "dm.csv", reason="only what is new")
    return demo.path


def killed(process: subprocess.Popen[str], dice: random.Random, longest_s: float) -> tuple[int, str, str]:
    time.sleep(dice.uniform(0.05, longest_s))
    process.send_signal(signal.SIGKILL)
    return ended(process)


@pytest.mark.parametrize("number", range(cases(300) // 5))
def test_an_import_that_is_killed_stands_whole_or_not_at_all(empty: Folder, number: int) -> None:
    _, out, _ = killed(run("study", "import", empty.path, *FILES), random.Random(number), 0.9)
    assert holds(empty.path, out) in (3, 760)
    assert ended(run("study", "import", empty.path, *FILES))[0] == 0
    assert holds(empty.path) == 760
    assert not [path for path in empty.path.rglob(".*") if name_of_partial(path)]


@pytest.mark.parametrize("number", range(cases(300) // 5))
def test_an_init_that_is_killed_can_be_run_again(tmp_path: Path, number: int) -> None:
    study = tmp_path / "study"
    begin = ("study", "init", study, "--protocol", EXAMPLE / "protocol.toml", "--mapping", "clr131")
    killed(run(*begin), random.Random(number), 0.5)
    if (study / "study.sqlite").exists():
        assert holds(study) == 3
    else:
        assert ended(run(*begin))[0] == 0
        assert holds(study) == 3


@pytest.mark.parametrize("number", range(cases(300) // 5))
def test_a_readout_that_is_killed_shows_no_half(demo: Folder, number: int) -> None:
    killed(run("readout", demo.path), random.Random(number), 1.6)
    for readout in demo.path.glob("readouts/[!.]*"):
        assert (readout / "readout.json").read_text().rstrip().endswith("}")
        assert (readout / "index.html").read_text().rstrip().endswith("</html>")
    assert ended(run("readout", demo.path))[0] == 0
    assert not list(demo.path.glob("readouts/.*"))
    assert holds(demo.path) == 760


@pytest.mark.parametrize("number", range(cases(300) // 5))
def test_of_two_imports_at_once_each_stands_or_is_told(in_parts: Path, number: int) -> None:
    dice, before = random.Random(number), holds(in_parts)
    first, second = (run("study", "import", in_parts, one_delivery(in_parts, 2 * number + place)) for place in (0, 1))
    printed = [killed(first, dice, 0.9)[1]] if number % 2 else [ended(first)[1]]
    status, out, err = ended(second)
    assert status == 0, err
    assert holds(in_parts, *printed, out) in ((before + 2, before + 4) if number % 2 else (before + 4,))


@pytest.mark.parametrize("number", range(cases(300) // 5))
def test_an_import_beside_a_readout_disturbs_neither(in_parts: Path, number: int) -> None:
    dice = random.Random(number)
    read, taken = run("readout", in_parts), run("study", "import", in_parts, one_delivery(in_parts, number))
    if number % 3 == 0:
        killed(read, dice, 1.5)
    out = killed(taken, dice, 0.9)[1] if number % 3 == 1 else ended(taken)[1]
    status, _, err = ended(read) if number % 3 else (0, "", "")
    assert status == 0, err
    holds(in_parts, out)


def test_readouts_at_once_are_one(demo: Folder) -> None:
    results = [ended(process) for process in [run("readout", demo.path) for _ in range(4)]]
    assert {status for status, _, _ in results} == {0}, results
    assert len(list(demo.path.glob("readouts/*"))) == 1


def test_of_inits_at_once_one_makes_the_study_and_the_others_are_told(tmp_path: Path) -> None:
    study = tmp_path / "study"
    begin = ("study", "init", study, "--protocol", EXAMPLE / "protocol.toml", "--mapping", "clr131")
    results = [ended(process) for process in [run(*begin) for _ in range(4)]]
    assert sorted(status for status, _, _ in results) == [0, 1, 1, 1]
    assert all("is a study already" in err for status, _, err in results if status)
    assert holds(study) == 3


def test_who_waits_too_long_for_another_writer_is_told(demo: Folder) -> None:
    with (
        writing(demo.path),
        pytest.raises(CannotAnswerError, match="is being written by another run; nothing was written here"),
        writing(demo.path, wait_s=0.2),
    ):
        raise AssertionError("two write at once")


@pytest.mark.parametrize("size", [1_000, 4_000, 16_000, 40_000, 80_000, 160_000, 320_000, 500_000, 900_000])
def test_a_disk_that_is_full_loses_nothing(empty: Folder, size: int) -> None:
    """No file can grow beyond a size: what comes first, a kept copy, the database, its journal."""

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    status, out, err = ended(run("study", "import", empty.path, *FILES, before=full))
    entries = holds(empty.path, out)
    assert entries == (760 if status == 0 else 3), err
    assert not [path for path in empty.path.rglob(".*") if name_of_partial(path)]
    assert ended(run("study", "import", empty.path, *FILES))[0] == 0
    assert holds(empty.path) == 760


def no_longer_above_permissions() -> None:
    """Root reads and writes what it likes; in the process to come it does not."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (1, 2, 3):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
            if libc.prctl(24, capability, 0, 0, 0) != 0:  # PR_CAPBSET_DROP
                os._exit(99)


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are of Linux")
@pytest.mark.parametrize(
    "closed",
    [("",), ("study.sqlite",), ("sources",), ("readouts",), ("", "sources", "study.sqlite", "readouts")],
    ids=["folder", "database", "kept files", "readouts", "all"],
)
def test_what_cannot_be_written_is_told_and_loses_nothing(
    in_parts: Path, tmp_path: Path, closed: tuple[str, ...]
) -> None:
    (in_parts / "readouts").mkdir(mode=0o700, exist_ok=True)
    before = holds(in_parts)
    modes = {in_parts / name: (in_parts / name).stat().st_mode for name in closed}
    for path in modes:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        imported = ended(
            run("study", "import", in_parts, one_delivery(in_parts, 1), before=no_longer_above_permissions)
        )
        read = ended(run("readout", in_parts, before=no_longer_above_permissions))
        elsewhere = ended(run("readout", in_parts, "--out", tmp_path / "out", before=no_longer_above_permissions))
        verified = ended(run("study", "verify", in_parts, before=no_longer_above_permissions))
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    refused = {"folder": (1, 0), "study.sqlite": (1, 0), "sources": (1, 0), "readouts": (0, 1)}.get(
        closed[0] or "folder", (1, 1)
    )
    assert (imported[0], read[0]) == (refused if len(closed) == 1 else (1, 1)), (imported, read)
    assert (elsewhere[0], verified[0]) == (0, 0), (elsewhere, verified)
    assert holds(in_parts, imported[1]) == before + (2 if imported[0] == 0 else 0)


def test_a_study_is_begun_once(tmp_path: Path) -> None:
    """Another protocol.toml in the folder is not written over."""
    study = tmp_path / "study"
    study.mkdir()
    (study / "protocol.toml").write_text("title = 1\n")
    with pytest.raises(ValueError, match="is there already and says something else; nothing was written"):
        init_study(study, EXAMPLE / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    assert (study / "protocol.toml").read_text() == "title = 1\n"
    shutil.rmtree(study)
    init_study(study, EXAMPLE / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    assert import_files(study, FILES, who="tester").written
