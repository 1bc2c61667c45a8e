"""Where work runs: long work is told and stopped, nothing is lost and nothing is done by halves."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hevesy.conduct.recorded_study import examine
from tests.conftest import EXAMPLE
from tests.console.serving import Served
from tests.tiers import FULL

LONG = {
    "design": "titecrm", "target": "0.25", "skeleton": "0.05,0.1,0.25,0.4", "p": "0.05,0.1,0.25,0.4", "window": "85d",
    "n": "60", "arrivals": "2/28d", "trials": "2000000",
}  # fmt: skip
NEXT = {"history": "1NNN 2NNT", "design": "boin", "target": "0.25", "levels": "4"}


def is_there(process: int) -> bool:
    """Whether a process is there and not only remembered."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def console(demonstration: Path, tmp_path: Path, serving: Callable[..., Served]) -> Served:
    shutil.copytree(demonstration, tmp_path / "study")
    return serving(tmp_path / "study")


def busy_with(console: Served, times: int = 1, **more: str) -> list[str]:
    """Questions that take long, each being answered."""
    jobs = [console.get("/plan-oc", {**LONG, "seed": str(seed), **more}).job for seed in range(times)]
    for job in jobs:
        end = time.monotonic() + 60
        while "trials" not in console.get(f"/answers/{job}").panel:
            assert time.monotonic() < end
    return jobs


def test_a_long_answer_tells_how_far_it_is_and_stops_within_a_second(console: Served) -> None:
    (job,) = busy_with(console)
    page = console.get(f"/answers/{job}").text
    assert re.search(r"[0-9,]+ of 2,000,000 trials", page)
    before = set(console.workers())
    begun = time.monotonic()
    assert console.post(f"/answers/{job}/cancel").status == 303
    while len(gone := {one for one in before if not is_there(one)}) < 1:
        assert time.monotonic() < begun + 1
    assert len(gone) == 1
    assert "stopped: nothing was shown" in console.get(f"/answers/{job}").panel
    assert "de-escalate" in console.answered(console.get("/plan-next", NEXT)).panel


def test_a_page_without_scripts_asks_again_by_itself_and_gets_the_same_answer(console: Served) -> None:
    (job,) = busy_with(console)
    again = console.get("/plan-oc", {**LONG, "seed": "0"})
    assert again.job == job
    assert '<noscript><meta http-equiv="refresh" content="1"></noscript>' in again.text


def test_a_new_value_replaces_what_the_form_asked_before(console: Served) -> None:
    first = console.get("/plan-oc", LONG, **{"X-Form": "a1", "HX-Request": "true"}).job
    second = console.get("/plan-oc", {**LONG, "seed": "7"}, **{"X-Form": "a1", "HX-Request": "true"}).job
    other = console.get("/plan-oc", {**LONG, "seed": "8"}, **{"X-Form": "b2", "HX-Request": "true"}).job
    assert "stopped" in console.get(f"/answers/{first}").panel
    assert all('class="progress"' in console.get(f"/answers/{one}").text for one in (second, other))


def test_a_question_is_answered_beside_a_long_one(console: Served) -> None:
    busy_with(console)
    for _ in range(3):
        assert "de-escalate" in console.get("/plan-next", NEXT).panel


def test_a_worker_that_is_killed_loses_one_question_and_says_so(console: Served) -> None:
    (job,) = busy_with(console)
    for one in console.workers():
        os.kill(one, signal.SIGKILL)
    assert "ended before its answer" in console.answered(console.get(f"/answers/{job}")).panel
    assert "de-escalate" in console.answered(console.get("/plan-next", NEXT)).panel


def test_workers_end_with_the_desk(console: Served) -> None:
    busy_with(console)
    workers = console.workers()
    console.process.kill()
    console.process.wait()
    end = time.monotonic() + 5
    while any(map(is_there, workers)):
        assert time.monotonic() < end


def test_no_question_of_many_clients_is_lost(console: Served) -> None:
    each = 10 if FULL else 5
    found: list[str] = []

    def client(number: int) -> None:
        for place in range(each):
            n = 20 + number
            page = console.answered(console.get("/follow-proportion", {"x": str(place), "n": str(n)}))
            found.append(f"{place}/{n}" if f"{place}/{n} = {place / n:.1%}" in page.panel else page.panel)

    clients = [threading.Thread(target=client, args=(number,)) for number in range(20)]
    for one in clients:
        one.start()
    for one in clients:
        one.join(120)
    assert sorted(found) == sorted(f"{place}/{20 + number}" for number in range(20) for place in range(each))
    memory = Path(f"/proc/{console.process.pid}/status").read_text()
    (held,) = re.findall(r"VmRSS:\s+([0-9]+) kB", memory)
    assert int(held) < 120_000


def test_what_is_answered_lies_where_nobody_else_can_read_it_and_is_gone_with_the_console(console: Served) -> None:
    job = console.answered(console.get("/study-status")).job
    (place,) = Path(tempfile.gettempdir()).glob(f"hevesy-console-{console.process.pid}-*")
    assert place.stat().st_mode & 0o077 == 0
    assert (place / "answers" / job / "document.json").is_file()
    console.stop()
    assert not place.exists()


def one_more_column_of_values(console: Served) -> dict[str, object]:
    """An import that takes a moment: every laboratory value of the demonstration, another."""
    header, *lines = (EXAMPLE / "sources" / "lb.csv").read_text().splitlines()
    place = header.split(",").index("value")
    rows = [line.split(",") for line in lines]
    others = [",".join([*row[:place], f"{row[place]}1", *row[place + 1 :]]) for row in rows if "." in row[place]]
    kept = [",".join(row) for row in rows if "." not in row[place]]
    console.drop({"lb.csv": "\n".join([header, *others, *kept, ""]).encode()})
    fields: dict[str, object] = {"files": console.on_shelf()["lb.csv"], "reason": "typed again"}
    preview = console.answered(console.get("/study-import", {**fields, "dry_run": "yes"}))
    found = re.search(r'name="head" value="([0-9a-f]{64})"', preview.text)
    assert found is not None
    return {**fields, "head": found[1]}


@pytest.mark.parametrize("killed", ["worker", "desk"])
@pytest.mark.parametrize("after_s", [0.02, 0.1, 0.2, 0.3, 0.45] if FULL else [0.15])
def test_an_import_that_is_killed_is_there_whole_or_not_at_all(
    console: Served, tmp_path: Path, killed: str, after_s: float
) -> None:
    study = tmp_path / "study"
    fields = one_more_column_of_values(console)
    before = examine(study).verification
    asking = threading.Thread(target=lambda: _whatever(console, fields))
    asking.start()
    time.sleep(after_s)
    for one in console.workers() if killed == "worker" else [console.process.pid]:
        os.kill(one, signal.SIGKILL)
    asking.join(60)
    time.sleep(0.5)
    after = examine(study)
    assert after.verification.intact
    changed = len(after.recorded.changes)
    assert (after.verification.entries - before.entries, changed) in {(0, 0), (changed + 1, changed)}
    assert changed in (0, corrections())


def corrections() -> int:
    """How many values that import would change."""
    header, *lines = (EXAMPLE / "sources" / "lb.csv").read_text().splitlines()
    place = header.split(",").index("value")
    return sum("." in line.split(",")[place] for line in lines)


def _whatever(console: Served, fields: dict[str, object]) -> None:
    """Send it; what answers may be gone by then."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        console.post("/study-import", fields)


def test_without_its_packages_the_console_says_what_it_needs(tmp_path: Path) -> None:
    code = "import sys; sys.modules['starlette'] = None; sys.argv = ['hevesy', 'serve', 'x']; from hevesy.cli import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == "hevesy: the console needs starlette: pip install 'hevesy[console]'\n"


def test_a_study_that_is_none_and_a_port_in_use_are_one_sentence(console: Served, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments, told in (
        (["serve", str(tmp_path / "empty"), "--no-open"], "is not a study: it has no study.sqlite"),
        (
            ["serve", str(tmp_path / "study"), "--no-open", "--port", str(console.port)],
            f"port {console.port} cannot be used",
        ),
    ):
        ended = subprocess.run([sys.executable, "-m", "hevesy", *arguments], capture_output=True, text=True, timeout=20)
        assert ended.returncode == 1
        assert ended.stdout == ""
        assert told in ended.stderr
        assert ended.stderr.count("\n") == 1
