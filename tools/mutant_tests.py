"""Runs chosen tests again and again, each time in a fork of a process that has the libraries loaded; tells which tests touch which lines.

Usage: python tools/mutant_tests.py FOLDER, where FOLDER/src holds the copy of the package that is changed. A request is a line of JSON on
standard input: `tests` (paths or names as pytest takes them), `limit_s`, and `record`, a source file whose lines are to be told. The answer
is a line of JSON: `code` (of pytest; null: it took too long) and, where asked, `lines` and `seconds` of each test.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

LIBRARIES = ("numpy", "scipy.stats", "scipy.optimize", "scipy.integrate", "scipy.sparse", "hypothesis.strategies", "typer.testing", "rich")

OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")


class Recorder:
    """Which lines of one source file each test runs, and how long each takes.

    What a fixture of a wider scope runs belongs to every test that asks for the fixture.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines: dict[str, set[int]] = {}
        self.seconds: dict[str, float] = {}
        self._here: set[int] = set()
        self._of_fixture: dict[str, set[int]] = {}
        self._asked: dict[str, list[str]] = {}

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename != self.source:
            return None
        self._here.add(frame.f_lineno)
        return self._trace

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None]:
        """Record a test from its setup to its end."""
        self._here, started = set(), time.perf_counter()
        sys.settrace(self._trace)
        yield
        sys.settrace(None)
        self.lines[item.nodeid], self.seconds[item.nodeid] = self._here, time.perf_counter() - started
        self._asked[item.nodeid] = list(getattr(item, "fixturenames", ()))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None]:
        """Record what a fixture runs by itself."""
        before, self._here = self._here, set()
        yield
        if fixturedef.scope != "function":
            self._of_fixture.setdefault(fixturedef.argname, set()).update(self._here)
        self._here |= before

    def told(self) -> dict[str, object]:
        """Lines and seconds of each test."""
        lines = {
            name: sorted(own.union(*(self._of_fixture.get(one, set()) for one in self._asked[name]))) for name, own in self.lines.items()
        }
        return {"lines": lines, "seconds": self.seconds}


def answer(folder: Path, request: dict[str, Any]) -> dict[str, object]:
    """Run the tests of a request in a fork."""
    recorder = Recorder(request["record"]) if request.get("record") else None
    with tempfile.TemporaryDirectory() as temporary:
        told = Path(temporary) / "told.json"
        child = os.fork()
        if child == 0:
            failed = 3
            with contextlib.suppress(BaseException):
                failed = _in_fork(folder, request["tests"], recorder, told)
            os._exit(failed)
        code = _waited(child, request["limit_s"])
        return {"code": code} | (json.loads(told.read_text()) if told.is_file() else {})


def _in_fork(folder: Path, tests: list[str], recorder: Recorder | None, told: Path) -> int:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.path.insert(0, str(folder / "src"))
    sys.dont_write_bytecode = recorder is None
    code = int(pytest.main([*OPTIONS, *tests], plugins=[recorder] if recorder else []))
    if recorder is not None:
        told.write_text(json.dumps(recorder.told()))
    return code


def _waited(child: int, limit_s: float) -> int | None:
    until = time.monotonic() + limit_s
    pause_s = 0.002
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, 0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def main() -> None:
    """Answer requests until the input ends."""
    folder = Path(sys.argv[1])
    for name in LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(answer(folder, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
