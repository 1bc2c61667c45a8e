"""What somebody tries who wants to get in, to write unseen, or to be told something that is not so."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from hevesy.answers.asked import Asked
from hevesy.answers.question import question
from hevesy.conduct.recorded_study import examine
from hevesy.console.bench import ASKS_AGAIN_S, WORKERS, Bench, Job
from hevesy.console.exchange import Panel
from hevesy.console.forms import read
from hevesy.console.shelf import Offered
from hevesy.console.state import State
from hevesy.record.folder import DATABASE
from tests.console.serving import Served, children
from tests.console.test_bench import busy_with, is_there
from tests.console.test_guard import FORM
from tests.console.test_writing import corrected, dropped, entries, head_of


@pytest.fixture
def study(demonstration: Path, tmp_path: Path) -> Path:
    shutil.copytree(demonstration, tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def console(study: Path, serving: Callable[..., Served]) -> Served:
    return serving(study)


@pytest.mark.parametrize("options", [(), ("--read-only",)], ids=str)
def test_an_address_that_says_no_to_looking_writes_nothing(
    study: Path, serving: Callable[..., Served], options: tuple[str, ...]
) -> None:
    console = serving(study, *options)
    before = entries(study)
    file = dropped(console, "lb.csv", corrected())
    reply = console.get("/study-import", {"files": file, "reason": "unseen", "dry_run": "no"})
    assert reply.status == 403
    assert "This writes, and an address alone does not" in reply.panel
    assert entries(study) == before


def test_what_is_written_is_what_was_shown(console: Served, study: Path) -> None:
    before = entries(study)
    file, other = dropped(console, "lb.csv", corrected()), dropped(console, "ae.csv", b"a\n1\n")
    shown = console.answered(console.get("/study-import", {"files": file, "dry_run": "yes"}))
    fields = {"files": file, "head": head_of(shown), "reason": "typed again"}
    for changed in ({"withdraw": "yes"}, {"mapping": "sdtm"}, {"files": other}, {"files": [file, other]}):
        reply = console.post("/study-import", {**fields, **changed})
        assert "it was not shown" in reply.panel
        assert 'formmethod="post"' not in reply.text
    assert entries(study) == before
    assert "receipt" in console.answered(console.post("/study-import", fields)).panel


def test_a_plan_that_was_changed_after_the_preview_is_not_written_with_it(console: Served, study: Path) -> None:
    before = entries(study)
    file = dropped(console, "lb.csv", corrected())
    shown = console.answered(console.get("/study-import", {"files": file, "dry_run": "yes"}))
    fields = {"files": file, "head": head_of(shown), "reason": "typed again"}
    with (study / "protocol.toml").open("a") as plan:
        plan.write("# another\n")
    assert "it was not shown" in console.post("/study-import", fields).panel
    assert entries(study) == before
    again = console.answered(console.get("/study-import", {**fields, "dry_run": "yes"}))
    assert "protocol.toml: this version would be recorded" in again.panel
    assert "receipt" in console.answered(console.post("/study-import", fields)).panel


def test_a_preview_that_showed_nothing_offers_no_writing(console: Served) -> None:
    page = console.answered(
        console.get("/study-import", {"files": dropped(console, "x.csv", b"a\n1\n"), "dry_run": "yes"})
    )
    assert "Cannot be answered" in page.panel
    assert 'formmethod="post"' not in page.text


def test_a_form_whose_length_is_said_twice_is_refused_before_it_is_read(console: Served) -> None:
    own = {"Cookie": console.cookie, "Origin": f"http://{console.host}", "Content-Type": FORM}
    body = f"key={console.key}&answer=x".encode()
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    twice = {**own, "Content-Length": str(len(chunked)), "Transfer-Encoding": "chunked"}
    assert console.send("POST", "/note", own, body).status == 404  # only the answer is unknown
    for path in ("/note", "/shelf"):
        reply = console.send("POST", path, twice, chunked)
        assert reply.status == 403
        assert reply.text == "Refused: a form says how long it is.\n"


@pytest.mark.parametrize("beside", ['other={"a":1}; {own}', "{own}; other=[1, 2]", "a b=\xfc; {own}", "x;;{own}"])
def test_a_cookie_of_another_program_keeps_nobody_out(served: Served, beside: str) -> None:
    cookie = beside.replace("{own}", served.cookie)
    assert served.send("GET", "/plan-next", {"Cookie": cookie}).status == 200
    assert (
        served.send("GET", "/plan-next", {"Cookie": cookie.replace(served.cookie, served.cookie + "x")}).status == 403
    )


def test_the_name_of_a_file_is_as_long_as_a_disk_takes(console: Served) -> None:
    reply = console.drop({"ü" * 150 + ".csv": b"a\n1\n"})
    assert reply.status == 413
    assert "the name of a file may have 150 bytes" in reply.text
    assert console.drop({"ü" * 73 + ".csv": b"a\n1\n"}).status == 303
    assert list(console.on_shelf()) == ["ü" * 73 + ".csv"]


def test_files_of_one_name_are_told_apart(console: Served) -> None:
    dropped(console, "lb.csv", corrected())
    dropped(console, "lb.csv", b"a\n1\n")
    dropped(console, "km.csv", b"a\n1\n")
    told = re.findall(r'name="files" value="[^"]*"> ([^<]*)</label>', console.get("/study-import").text)
    assert len(set(told)) == len(told)
    assert "km.csv" in told
    assert sum(name.startswith("lb.csv (") for name in told) == 2


@pytest.mark.parametrize("content", [b"", b"{", b'{\n"as_of": "\xff",\n"sections": [', b"[]\n\n"])
def test_a_readout_that_says_nothing_of_itself_takes_no_page_away(console: Served, study: Path, content: bytes) -> None:
    (study / "readouts" / "odd").mkdir(parents=True)
    (study / "readouts" / "odd" / "readout.json").write_bytes(content)
    assert console.get("/readouts").status == 200
    assert "odd" in console.get("/readouts").text
    (study / "readouts" / "folder" / "readout.json").mkdir(parents=True)
    assert console.get("/readouts").status == 200


def test_a_field_of_a_screen_that_is_blank_asks_nothing(served: Served) -> None:
    page = served.get("/screens/dose-meeting", {"design": " ", "cohorts": " "})
    assert "Next dose, by the protocol" in page.text
    assert "Next dose, by the other design" not in page.text
    assert re.search(r"hevesy plan paths [^<]* --cohorts 1\b", page.text) or "progress" in page.text


def test_a_note_says_when_and_on_which_head_an_answer_was_given(console: Served, study: Path) -> None:
    asked = console.answered(console.get("/study-cohorts"))
    before = examine(study).verification.chain_head
    given = {"level": "3", "cohort": "2", "who": "dose committee", "on": "2016-12-01", "head": before}
    written = console.answered(console.post("/study-decide", given))
    after = examine(study).verification.chain_head
    plan = console.answered(console.get("/follow-proportion", {"x": "0", "n": "25"}))
    for page in (asked, written, plan):
        assert console.post("/note", {"answer": page.job}).status == 303
    heads = re.findall(r"Answered [^<;]*?(?:, head ([0-9a-f]{16}))?; hevesy", console.get("/note").text)
    assert heads == [before[:16], after[:16], ""]


def test_an_answer_that_nobody_fetched_is_not_given_to_who_comes_later() -> None:
    stale = Job(id="a", command="c", given={}, place=Path(), within="", head=None)
    assert not stale.is_old()
    stale.end(Panel(kind="answer"))
    assert not stale.is_old()
    stale.since -= ASKS_AGAIN_S + 1
    assert stale.is_old()


def test_a_readout_runs_the_script_that_it_was_made_with_and_no_other(console: Served, study: Path) -> None:
    console.answered(console.post("/readout", {"as_of": "2016-11-04"}))
    (page,) = study.glob("readouts/*/index.html")
    made = page.read_text()
    (own,) = re.findall(r"<script>(.*?)</script>", made, flags=re.DOTALL)
    page.write_text(made.replace("<script>", "<script>fetch('/note')</script><script>"))
    (page.parent / "more.js").write_text("fetch('/note')")
    (page.parent / "more.xhtml").write_text("<html/>")
    at = f"/readouts/{page.parent.name}"
    told = console.get(f"{at}/index.html").headers["content-security-policy"]
    (scripts,) = re.findall(r"script-src ([^;]*);", told)
    assert scripts == f"'sha256-{b64encode(hashlib.sha256(own.encode()).digest()).decode()}'"
    for name in ("more.js", "more.xhtml"):
        assert console.get(f"{at}/{name}").headers["content-type"] == "application/octet-stream"
    (study / "readouts" / page.parent.name / "out.csv").symlink_to("/etc/passwd")
    assert console.get(f"{at}/out.csv").status == 404


def test_what_a_killed_console_left_is_removed_by_the_next(
    console: Served, study: Path, serving: Callable[..., Served]
) -> None:
    other = serving(study)
    (left,) = Path(tempfile.gettempdir()).glob(f"hevesy-console-{console.process.pid}-*")
    (kept,) = Path(tempfile.gettempdir()).glob(f"hevesy-console-{other.process.pid}-*")
    console.process.kill()
    console.process.wait()
    assert left.exists()
    serving(study)
    assert not left.exists()
    assert kept.exists()


class Elsewhere(Asked):
    """A kind that a later question may bring: where something lies."""

    typed: ClassVar[type] = Path


def test_a_kind_of_place_that_no_form_knows_yet_takes_no_path(study: Path) -> None:
    known = question("follow proportion")
    asked = replace(known, fields=(replace(known.fields[0], kind=Elsewhere()),))
    filled = read(asked, [(asked.fields[0].name, "/etc/passwd")], Offered(()), study)
    assert filled.not_offered
    assert not filled.given


@pytest.mark.parametrize("how", ["stopped", "worker killed", "desk killed"])
def test_processes_that_an_answer_started_end_with_it(console: Served, how: str) -> None:
    (job,) = busy_with(console, workers="2")
    worker = next(one for one in console.workers() if children(one))
    started = [one for one, _ in children(worker)]
    assert len(started) >= 2
    match how:
        case "stopped":
            console.post(f"/answers/{job}/cancel")
        case "worker killed":
            os.kill(worker, signal.SIGKILL)
        case _:
            console.process.kill()
            console.process.wait()
    end = time.monotonic() + 5
    while any(map(is_there, [worker, *started])):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_a_screen_is_given_and_does_not_use_is_said_so(served: Served) -> None:
    page = served.get("/screens/dose-meeting", {"target": "0.1", "as_of": "2016-11-04", "as-of": "2015-01-01"}).text
    assert re.search(r'id="wrong-target">is not used here without “Design”<', page)
    assert 'id="wrong-as_of"' not in page
    assert '<p class="wrong">&#39;as-of&#39; is not asked on this screen</p>' in page
    page = served.get("/screens/designs", {"designs": "boin,crm", "trials": "100"}).text
    assert re.search(r'id="wrong-trials">is not used here without “Designs” and “p”<', page)
    page = served.get("/screens/dose-meeting", {"target": "0.1", "design": "boin"}).text
    assert "is not used here" not in page
    assert '"wrong"' not in served.get("/screens/designs").text


def test_the_address_that_a_browser_is_started_with_opens_once(study: Path, tmp_path: Path) -> None:
    shown = tmp_path / "opened"
    started = tmp_path / "browser"
    started.write_text(f'#!/bin/sh\nprintf %s "$1" > {shown}.part && mv {shown}.part {shown}\nsleep 2\n')
    started.chmod(0o700)
    process = subprocess.Popen(
        [sys.executable, "-m", "hevesy", "serve", str(study)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "BROWSER": f"{started} %s"},
    )
    assert process.stdout is not None
    console = Served(process, process.stdout.readline().strip(), study)
    try:
        end = time.monotonic() + 10
        while not shown.exists():
            assert time.monotonic() < end
        path = f"/?{shown.read_text().partition('?')[2]}"
        entered = console.send("GET", path)
        assert entered.status == 303
        assert console.send("GET", path).status == 403
        cookie = {"Cookie": entered.headers["set-cookie"].partition(";")[0]}
        assert console.send("GET", path, cookie).status == 303  # a browser that asks twice is in
        console.enter()
        console.enter()
    finally:
        console.stop()


def test_a_kept_file_that_is_altered_is_told_before_anybody_asks_for_it(console: Served, study: Path) -> None:
    assert "does not verify" not in console.get("/plan-next").text
    (kept,) = study.glob("sources/*/lb.csv")
    kept.write_bytes(kept.read_bytes().replace(b"PLT,244,", b"PLT,144,"))
    end = time.monotonic() + 30
    while "The record does not verify" not in console.get("/plan-next").text:
        assert time.monotonic() < end


def test_a_check_of_an_earlier_state_says_nothing_of_a_later_one(study: Path) -> None:
    """Two pages look while the record changes between them: what the first check finds is not said of the second."""

    class Checks(Bench):
        def __init__(self) -> None:
            self.asked: list[Job] = []

        def ask(self, command: str, given: Mapping[str, object], **_: object) -> Job:
            self.asked.append(Job(id="a", command=command, given=given, place=Path(), within="", head=None))
            return self.asked[-1]

    async def looked() -> State:
        state, bench = State(study=study), Checks()
        first = asyncio.create_task(state.look(bench, 5))
        await asyncio.sleep(0.05)
        os.utime(study / DATABASE)
        await state.look(bench, 0)
        early, late = bench.asked
        early.end(Panel(kind="answer"))
        await first
        late.end(Panel(kind="cannot", sentence="altered"))
        await state.look(bench, 0.05)
        return state

    found = asyncio.run(looked())
    assert found.intact is False
    assert found.fault == "altered"


def test_a_question_whose_page_was_closed_is_found_again_and_stopped(console: Served) -> None:
    (job,) = busy_with(console)
    home = console.get("/").text
    assert f'<a href="/answers/{job}">plan oc</a>' in home
    assert "--trials 2000000" in home
    console.post(f"/answers/{job}/cancel")
    assert f"/answers/{job}" not in console.get("/").text


def test_a_worker_that_cannot_start_is_tried_again_without_haste(tmp_path: Path) -> None:
    """A worker that ends before its first question is not started over and over."""
    started = 0

    class Broken(Bench):
        async def _started(self) -> asyncio.subprocess.Process:
            nonlocal started
            started += 1
            if started == 1:
                raise BlockingIOError
            return await asyncio.create_subprocess_exec(
                sys.executable, "-c", "", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip

    async def tried() -> None:
        bench = Broken(tmp_path)
        bench.start()
        await asyncio.sleep(0.9)
        await bench.stop()

    asyncio.run(tried())
    assert started == WORKERS
