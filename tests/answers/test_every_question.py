"""Every question answers alike at each of its doors, and has what every question has."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

import hevesy
from hevesy.answers import door
from hevesy.answers.question import Question, questions
from hevesy.errors import QuestionError
from tests.answers.asking import Asking, Example, as_data, examples, untimed

EVERY = examples()


def told(example: Example) -> str:
    return f"{example.question.command} {' '.join(map(str, example.given.values()))}"[:80]


@pytest.fixture
def asking(
    request: pytest.FixtureRequest, demonstration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Asking:
    return Asking(request.param, demonstration, tmp_path, monkeypatch)


@pytest.mark.parametrize("asking", EVERY, ids=told, indirect=True)
def test_a_question_answers_alike_typed_by_name_and_with_values(
    asking: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = untimed(json.loads(asking.typed(capsys, "--json")))
    assert typed == as_data(asking.by_name()) == as_data(asking.with_values())


@pytest.mark.parametrize("asking", EVERY, ids=told, indirect=True)
def test_the_words_of_a_terminal_are_those_of_the_blocks(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    typed, answer = asking.typed(capsys).strip(), asking.by_name()
    written = (
        ""
        if answer.whole or answer.folder is None
        else "".join(f"\nwritten to {os.path.relpath(answer.folder / name)}" for name in answer.files)
    )
    assert typed == f"{answer.words}{written}".strip() != ""


@pytest.mark.parametrize(
    ("asking", "face"),
    [
        pytest.param(example, face, id=f"{told(example)} --{face}")
        for example in EVERY
        for face in example.question.faces
    ],
    indirect=["asking"],
)
def test_an_answer_has_the_faces_its_question_declares(
    asking: Asking, face: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    printed = asking.typed(capsysbinary, f"--{face}")
    assert {"csv": b",", "svg": b"<svg", "html": b"<table", "png": b"\x89PNG\r\n\x1a\n"}[face] in printed


@pytest.mark.parametrize("asked", questions().values(), ids=questions().keys())
class TestEvery:
    def test_has_an_example(self, asked: Question) -> None:
        assert any(example.question == asked for example in EVERY)

    def test_has_its_name_at_the_door(self, asked: Question) -> None:
        assert asked.name in dir(hevesy) or asked.name in dir(door.OpenStudy(Path()))

    def test_is_documented(self, asked: Question) -> None:
        text = asked.function.__doc__ or ""
        assert re.search(r"^    Returns ", text, flags=re.MULTILINE)
        assert asked.help.strip()

    def test_says_a_refusal_by_its_field(self, asked: Question) -> None:
        with pytest.raises(QuestionError):
            asked.ask(no_such_field=1)
