"""Nobody writes on what he has not seen: who names the head that he decided on is refused where the record has moved."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import hevesy
from hevesy.conduct.delivery import import_files
from hevesy.conduct.recorded_study import examine, read_record
from hevesy.errors import CannotAnswerError, QuestionError
from hevesy.record import Record
from tests.conftest import EXAMPLE, Folder, Run, entries_of

AE = (EXAMPLE / "sources" / "ae.csv").read_text()


def regraded(demo: Folder, grade: int) -> Path:
    """The adverse events with the first one at another grade."""
    text = AE.replace("lymphatic system disorders,4.03,2,36", f"lymphatic system disorders,4.03,{grade},36", 1)
    file = demo.path / "incoming" / str(grade) / "ae.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def imported(demo: Folder, study: hevesy.OpenStudy, head: str, dry_run: bool = False) -> None:
    study.take([regraded(demo, 3)], reason="graded again", who="second", head=head, dry_run=dry_run)


def previewed(demo: Folder, study: hevesy.OpenStudy, head: str) -> None:
    imported(demo, study, head, dry_run=True)


def confirmed(demo: Folder, study: hevesy.OpenStudy, head: str) -> None:
    study.confirm(row=762, reason="repeated by the laboratory", who="second", head=head)


def decided(demo: Folder, study: hevesy.OpenStudy, head: str) -> None:
    study.decide(level=3, cohort=2, who="committee", on="2016-12-01", writer="second", head=head)


Written = Callable[[Folder, "hevesy.OpenStudy", str], None]
WRITING = pytest.mark.parametrize("write", [imported, previewed, confirmed, decided], ids=lambda one: one.__name__)


@pytest.fixture
def questioned(demo: Folder) -> Folder:
    """The demonstration with a count that nobody could believe, in row 762."""
    lines = (EXAMPLE / "sources" / "lb.csv").read_text().replace("PLT,244,", "PLT,24400,")
    assert demo.deliver(demo.write("lb.csv", lines), reason="typed again").written
    return demo


@WRITING
@pytest.mark.parametrize("told", [slice(64), slice(8)], ids=["whole", "8-characters"])
def test_who_names_the_present_head_writes(questioned: Folder, write: Written, told: slice) -> None:
    before = read_record(questioned.path)
    write(questioned, hevesy.open(questioned.path), before.head.upper()[told])
    assert (len(entries_of(questioned.path)) > before.entries) is (write is not previewed)


@WRITING
def test_who_decided_on_an_earlier_state_is_told_who_wrote_since(questioned: Folder, write: Written) -> None:
    study, seen = hevesy.open(questioned.path), read_record(questioned.path).head
    for grade, who in ((1, "first"), (4, "other")):
        import_files(questioned.path, [regraded(questioned, grade)], who=who, reason="graded again")
    last = entries_of(questioned.path)[-1]
    with pytest.raises(CannotAnswerError) as refused:
        write(questioned, study, seen[:12])
    assert str(refused.value) == (
        f"the record has moved since the state {seen[:12]}: 4 entries were written since by other and first, the last at "
        f"{last.recorded_at}; nothing was written here, look again at what is there now"
    )
    assert entries_of(questioned.path)[-1] == last


@WRITING
def test_a_state_that_never_was_and_no_hash_are_refused(questioned: Folder, write: Written) -> None:
    study, before = hevesy.open(questioned.path), entries_of(questioned.path)
    with pytest.raises(CannotAnswerError, match="does not contain the state 00000000; nothing was written"):
        write(questioned, study, "00000000")
    for wrong in ("", "1234567", "g" * 8, before[-1].hash + "0", f"{before[-1].hash[:8]}%"):
        with pytest.raises(QuestionError, match="first 8 characters of the hash") as refused:
            write(questioned, study, wrong)
        assert refused.value.fields == ("head",)
    assert entries_of(questioned.path) == before


def test_one_of_two_imports_at_once_on_one_head_is_told_to_look_again(demo: Folder) -> None:
    head = read_record(demo.path).head
    given = ("study", "import", str(demo.path), "--reason", "graded again", "--head", head)
    with Record(demo.path).writing():  # both have begun, and wait for this
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "hevesy", *given, "--who", f"of grade {grade}", str(regraded(demo, grade))],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for grade in (1, 3)
        ]
        time.sleep(1.5)
    ended = [(*one.communicate(timeout=120), one.returncode) for one in running]
    assert sorted(code for *_, code in ended) == [0, 1], ended
    (refused,) = [error for _, error, code in ended if code == 1]
    (won,) = [grade for grade, (*_, code) in zip((1, 3), ended, strict=True) if code == 0]
    assert re.search(rf"2 entries were written since by of grade {won}, the last at \S+; .* look again", refused)
    (change,) = read_record(demo.path).changes
    assert (change.who, (change.after or {})["max_grade"]) == (f"of grade {won}", str(won))
    assert examine(demo.path, head=head).verification.intact


def test_without_a_head_two_imports_follow_one_another(demo: Folder, run: Run) -> None:
    for grade in (1, 3):
        code, *_ = run("study", "import", demo.path, regraded(demo, grade), "--reason", "graded again")
        assert code == 0
    assert len(read_record(demo.path).changes) == 2


def test_who_only_reads_leaves_the_stamp_as_it_was_while_he_reads_and_after(demo: Folder) -> None:
    """An open reader keeps an empty log beside the database: a page that asked before and after it asks the same."""
    record = Record(demo.path)
    before = record.stamp()
    reader = sqlite3.connect(record.folder / "study.sqlite")
    assert reader.execute("SELECT count(*) FROM entry").fetchone()[0] > 0
    assert (record.folder / "study.sqlite-wal").exists()
    assert record.stamp() == before
    reader.close()
    assert record.stamp() == before
    import_files(record.folder, [regraded(demo, 3)], who="second", reason="graded again")
    assert record.stamp() != before
