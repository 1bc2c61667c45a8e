"""Runs chosen tests again and again, each time in a fork of a process that has the libraries loaded.

Usage: python tools/mutant_tests.py FOLDER, where FOLDER/src holds the copy of the package that is changed. A request is
a line of JSON on standard input: `tests` (paths as pytest takes them) and `limit_s`. The answer is a line of JSON:
`code` (of pytest; null: it took too long) and `seconds`.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

LIBRARIES = (
    "numpy",
    "scipy.stats",
    "scipy.optimize",
    "scipy.integrate",
    "scipy.sparse",
    "hypothesis.strategies",
    "typer.testing",
    "rich",
)
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")


def answer(folder: Path, request: dict[str, Any]) -> dict[str, object]:
    """Run the tests of a request in a fork."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        failed = 3
        with contextlib.suppress(BaseException):
            failed = _in_fork(folder, request["tests"])
        os._exit(failed)
    code = _waited(child, request["limit_s"])
    return {"code": code, "seconds": time.monotonic() - began}


def _in_fork(folder: Path, tests: list[str]) -> int:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.path.insert(0, str(folder / "src"))
    sys.dont_write_bytecode = True
    return int(pytest.main([*OPTIONS, *tests]))


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
