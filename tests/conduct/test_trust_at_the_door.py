"""What an import and a status tell, and what they refuse: other bytes than were sent, a plan that is not recorded, one name in two writings."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from hevesy.conduct.backup import back_up
from hevesy.conduct.delivery import import_files
from hevesy.conduct.recorded_study import examine
from hevesy.errors import CannotAnswerError, DeliveryError
from tests.conftest import EXAMPLE, Folder, Run

LABORATORY = EXAMPLE / "sources" / "lb.csv"


def test_a_file_that_is_not_the_one_that_was_sent_is_refused(empty: Folder) -> None:
    right = hashlib.sha256(LABORATORY.read_bytes()).hexdigest()
    files = [EXAMPLE / "sources" / "dm.csv", EXAMPLE / "sources" / "ex.csv", LABORATORY]
    wrong = import_files(empty.path, files, who="tester", sha256={"lb.csv": "0" * 64})
    assert [(refusal.file, refusal.rule) for refusal in wrong.refused] == [
        ("lb.csv", f"its SHA-256 is {right}, not the {'0' * 64} that was given: it is not the file that was sent")
    ]
    assert not wrong.written
    absent = import_files(empty.path, files, who="tester", sha256={"ae.csv": right})
    assert [(refusal.file, refusal.rule) for refusal in absent.refused] == [
        ("ae.csv", "a SHA-256 is given for it, and it is not imported")
    ]
    assert import_files(empty.path, files, who="tester", sha256={"lb.csv": right.upper()}).written


@pytest.mark.parametrize(
    ("written", "other"),
    [("１-01", "fullwidth digit"), ("1-01\u00a0x", "no-break space"), ("1-0①", "circled digit")],
    ids=lambda text: ascii(text),
)
def test_a_subject_that_reads_like_another_is_asked_about(demo: Folder, written: str, other: str) -> None:
    first = {"１-01": "1-01", "1-01\u00a0x": "1-01 x", "1-0①": "1-01"}[written]
    header, row, *_ = LABORATORY.read_text().splitlines()
    sources = (demo.path / "sources.toml").read_text()
    whole = 'file = "lb.csv"\nkind = "laboratory"\ndelivery = "full"'
    (demo.path / "sources.toml").write_text(sources.replace(whole, whole.replace("full", "partial")))
    rows = [row.replace("1-01,", f"{name},", 1).replace("2015", "2014", 1) for name in dict.fromkeys((first, written))]
    report = demo.deliver(demo.write("lb.csv", "\n".join([header, *rows]) + "\n"), reason="in parts")
    asked = [refusal for refusal in report.refused if "the same subject?" in refusal.rule]
    assert [(refusal.file, refusal.value) for refusal in asked] == [("lb.csv", written)], other
    assert ascii(written) in asked[0].rule
    assert not report.written


def test_a_plan_on_the_disk_that_is_not_recorded_is_a_line_of_status(demo: Folder, run: Run) -> None:
    _, before, _ = run("study", "status", demo.path)
    assert "is not recorded so" not in before
    protocol = demo.path / "protocol.toml"
    protocol.write_text(protocol.read_text() + "# looked at again\n")
    code, words, _ = run("study", "status", demo.path)
    assert code == 0
    assert [line for line in words.splitlines() if line.startswith("protocol.toml was changed and is not recorded so")]
    _, text, _ = run("study", "status", demo.path, "--json")
    assert len(json.loads(text)["plan_on_disk"]) == 1


def test_a_decision_is_not_taken_from_a_record_that_does_not_verify(demo: Folder, run: Run) -> None:
    next(demo.path.glob("sources/*/lb.csv")).write_text("altered")
    for command in (
        ("plan", "next"),
        ("readout",),
        ("study", "status"),
        ("study", "adam", "--out", str(demo.path.parent / "adam")),
    ):
        code, _, err = run(*command[:2], demo.path, *command[2:])
        assert code == 1
        assert "does not verify" in err
        assert "import the delivered file again" in err
    assert run("study", "import", demo.path, LABORATORY)[0] == 0
    assert run("plan", "next", demo.path)[0] == 0


def test_a_copy_in_one_file_is_the_study_again(demo: Folder, tmp_path: Path) -> None:
    made = back_up(demo.path, tmp_path / "copy.tar.gz")
    with tarfile.open(made.file) as archive:
        archive.extractall(tmp_path / "restored", filter="data")
    restored = tmp_path / "restored" / demo.path.name
    found = examine(restored, head=made.chain_head).verification
    assert (found.faults, found.entries, found.contains_head) == ((), 760, True)
    assert import_files(restored, [LABORATORY], who="tester").unchanged == 504
    with pytest.raises(DeliveryError, match="is there already; nothing was written"):
        back_up(demo.path, made.file)
    next(demo.path.glob("sources/*/lb.csv")).unlink()
    with pytest.raises(CannotAnswerError, match="does not verify"):
        back_up(demo.path, tmp_path / "second.tar")
    assert not (tmp_path / "second.tar").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_hundred_thousand_refused_rows_are_a_thousand_sentences(empty: Folder) -> None:
    """No value is a number: the file is not looked at to its end, and its memory is that of its rows."""
    header, row, *_ = LABORATORY.read_text().splitlines()
    place = header.split(",").index("value")
    count = 100_000

    def spoilt(number: int) -> str:
        cells = row.split(",")
        cells[place], cells[header.split(",").index("test")] = "many", f"T{number}"
        return ",".join(cells)

    file = empty.write("lb.csv", "\n".join([header, *map(spoilt, range(count))]) + "\n")
    code = (
        "import re, sys\nfrom pathlib import Path\nfrom hevesy.conduct.delivery import import_files\n"
        "report = import_files(Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]], who='t')\n"
        "most = re.search(r'VmHWM:\\s+(\\d+) kB', Path('/proc/self/status').read_text())\n"  # ru_maxrss counts the parent's too
        "print(len(report.refused), report.written, int(most[1]) // 1024)\n"
        "print(report.refused[-1])\n"
    )
    others = [EXAMPLE / "sources" / name for name in ("dm.csv", "ex.csv")]
    ran = subprocess.run(
        [sys.executable, "-c", code, empty.path, file, *others], capture_output=True, text=True, check=True
    )
    first, last = ran.stdout.splitlines()
    refused, written, memory_MB = first.split()
    assert (int(refused), written) == (1_001, "False")
    assert last.endswith("more than 1,000 rows are refused; the rest was not looked at")
    assert int(memory_MB) < 250 + count * 2_000 / 1e6, memory_MB
