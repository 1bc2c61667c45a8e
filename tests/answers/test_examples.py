"""The examples of the docstrings that need files run, in a folder that has them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import hevesy
from hevesy.answers.question import Question, questions
from hevesy.conduct.delivery import import_files
from tests.answers.asking import DATA
from tests.conftest import EXAMPLE
from tests.files import phantom_files

CODE = re.compile(r"^ *Example: (.*)$", flags=re.MULTILINE)
WITH_FILES = [asked for asked in questions().values() if CODE.search(asked.function.__doc__ or "")]


@pytest.mark.parametrize("asked", WITH_FILES, ids=lambda asked: asked.command)
def test_the_example_of_a_question_runs(
    asked: Question, demonstration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (
        *DATA.glob("*.csv"),
        *(DATA / "case").iterdir(),
        *(EXAMPLE / "sources").glob("*.csv"),
        EXAMPLE / "protocol.toml",
    ):
        shutil.copy(file, tmp_path)
    for name in ("iodide.inp", "weights.txt"):
        shutil.copy(DATA / name, tmp_path)
    for folder in ("pet", "icrp133"):
        shutil.copytree(DATA / folder, tmp_path / folder)
    monkeypatch.setattr("hevesy.files.icrp133.KNOWN", phantom_files.known())
    if asked.command != "study init":
        shutil.copytree(demonstration, tmp_path / "trial")
    if asked.command == "study confirm":
        lines = (EXAMPLE / "sources" / "lb.csv").read_text(encoding="utf-8").replace("PLT,244,", "PLT,24400,")
        (tmp_path / "lb.csv").write_text(lines, encoding="utf-8")
        import_files(tmp_path / "trial", [tmp_path / "lb.csv"], who="a test", reason="typed again")
    monkeypatch.chdir(tmp_path)
    (code,) = CODE.findall(asked.function.__doc__ or "")
    exec(code, {"hevesy": hevesy})


def test_every_question_has_an_example_that_runs() -> None:
    without = [
        asked.command
        for asked in questions().values()
        if asked not in WITH_FILES and ">>>" not in (asked.function.__doc__ or "")
    ]
    assert without == []
