"""Mutated files of every format are read or refused with one sentence: no traceback, no hang, no flood of memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.files import image_mutations
from tests.files.mutations import KINDS, SECONDS_A_FILE, mutated, valid
from tests.tiers import cases

FILES = -(-cases(6_000) // len(KINDS))
"""Of each kind."""
MOST_BYTES = 1_000_000_000


IMAGES = -(-cases(2_000) // len(image_mutations.KINDS))
"""Of each kind."""


def played(module: str, kind: str, count: int) -> dict[str, float]:
    """What came of mutated files, all of which were read or refused with a sentence."""
    command = [sys.executable, "-m", f"tests.files.{module}", kind, "0", str(count)]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"POLARS_MAX_THREADS": "2"},
        capture_output=True,
        text=True,
        timeout=count * SECONDS_A_FILE,
        check=False,
    )
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0, (
        f"{kind} file {told[-1] if told else 'none'}: ended by {ran.returncode}; {ran.stderr[-1500:]}"
    )
    assert [one for one in told if "fault" in one] == []
    assert ran.stderr == ""
    end: dict[str, float] = told[-1]
    assert end["files"] == count
    assert end["refused"] > count // 4
    assert end["most_bytes"] < MOST_BYTES
    return end


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutated_file_is_read_or_refused_with_a_sentence(kind: str) -> None:
    played("mutations", kind, FILES)


@pytest.mark.parametrize("kind", image_mutations.KINDS)
def test_a_mutated_image_is_read_or_refused_without_a_name(kind: str) -> None:
    """A sentence that tells no identifier, long before the alarm, and nothing written beside it."""
    assert played("image_mutations", kind, IMAGES)["slowest_s"] < SECONDS_A_FILE / 2


def test_a_mutated_file_is_the_same_in_every_run() -> None:
    whole = valid("csv")
    assert mutated(whole, "csv", 3) == mutated(whole, "csv", 3)
    assert len({mutated(whole, "csv", number)[0] for number in range(20)}) > 10
