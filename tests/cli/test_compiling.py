"""Who waits for a compilation is told so, at once, and nobody else is."""

from __future__ import annotations

import os
import pickle
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hevesy.kernels import trials

TOLD = "the simulation is compiled on first use: about 5 seconds, once"
CALL = ("plan", "oc", "--design", "three-plus-three", "--p", "0.1,0.2", "--trials", "10")


def told_to_a_person(cache: Path, *call: str) -> tuple[list[str], float, float]:
    """What a program called by a person writes to standard error, and the seconds to the first of it and to the end."""
    own, theirs = pty.openpty()
    began = time.perf_counter()
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    program = [sys.executable, "-c", "from hevesy.cli import main; main()", *call]
    told, first = b"", 0.0
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=theirs, env=environment) as process:
        os.close(theirs)
        while True:
            try:
                part = os.read(own, 4096)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            told, first = told + part, first or time.perf_counter() - began
    os.close(own)
    assert process.returncode == 0
    return told.decode().splitlines(), first, time.perf_counter() - began


def test_a_first_simulation_says_that_it_is_compiled_and_a_second_does_not(tmp_path: Path) -> None:
    lines, first, whole = told_to_a_person(tmp_path, *CALL)
    assert lines == [TOLD, "10 of 10 trials"]
    assert first < whole / 2, "before the compilation, not after it"
    assert told_to_a_person(tmp_path, *CALL)[0] == ["10 of 10 trials"]
    for index in tmp_path.glob("*/trials._walk-*.nbi"):  # a file is there, but Numba will not use it
        index.write_bytes(pickle.dumps("another version of Numba"))
    assert told_to_a_person(tmp_path, *CALL)[0] == [TOLD, "10 of 10 trials"]


@pytest.mark.parametrize(
    ("options", "kernel"),
    [
        (("--design", "three-plus-three", "--arrivals", "2/28d"), "_trials_complete"),
        (("--design", "rolling-six"), "_trials_of_rolling_six"),
        (("--design", "titecrm", "--skeleton", "0.1,0.2", "--target", "0.2"), "_trials_of_tite_crm"),
        (("--design", "titeboin", "--target", "0.2"), "_trials_of_tite_boin"),
    ],
)
def test_of_each_kind_of_trial_only_its_own_loop_is_compiled(
    tmp_path: Path, options: tuple[str, ...], kernel: str
) -> None:
    call = ("plan", "oc", *options, "--p", "0.1,0.2", "--window", "28d", "--trials", "10")
    assert told_to_a_person(tmp_path, *call)[0] == [TOLD, "10 of 10 trials"]
    compiled = {re.sub(r"-\d+\.py.*", "", file.name) for file in tmp_path.glob("*/trials.*.nbi")}
    loops = {f"trials.{name}" for name in vars(trials) if name.startswith(("_trials_", "_walk", "_outcomes"))}
    assert compiled & loops == {f"trials.{kernel}"}
