"""Asking one question through each of its doors: typed, called by name in words, called with values."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import AnyStr, NamedTuple

import pytest

from hevesy.answers.answer import Answer
from hevesy.answers.question import Question, question, questions
from hevesy.cli import main
from hevesy.cli.commands import word
from hevesy.conduct.delivery import import_files
from tests.conduct.with_rules import study_with_rules
from tests.conftest import EXAMPLE, ROOT

EXAMPLES = ROOT / "tests" / "answers" / "examples"
DATA = ROOT / "tests" / "answers" / "data"

Given = dict[str, object]


class Example(NamedTuple):
    """A question and what is given to it; in texts `{data}` is the folder of test tables, `{shipped}` the demonstration's
    plan and files, `{study}` a copy of a study of its own, `{questioned}` one with a value that nobody could believe,
    `{ruled}` one with rules of eligibility, `{new}` an empty folder of its own."""

    question: Question
    given: Given


def examples() -> list[Example]:
    """Every example of every question, from its file in examples/."""
    found = []
    for command in questions():
        file = EXAMPLES / f"{command.replace(' ', '_').replace('-', '_')}.toml"
        told = tomllib.loads(file.read_text(encoding="utf-8"))["example"] if file.is_file() else []
        found += [Example(question(command), given) for given in told]
    return found


class Asking:
    """The doors, each with folders of its own, so that what one writes the next does not find."""

    def __init__(self, example: Example, study: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._example, self._study, self._place, self._patch = example, study, place, monkeypatch
        monkeypatch.setenv("HEVESY_WHO", "a test")

    def typed(self, capsys: pytest.CaptureFixture[AnyStr], *more: str) -> AnyStr:
        """What the command prints."""
        argv: list[str] = ["hevesy", *self._example.question.command.split()]
        given = self.afresh()
        for field in self._example.question.fields:
            if field.name not in given:
                continue
            value = given[field.name]
            texts = [str(one) for one in (value if isinstance(value, list) else [value])]
            if field.positional:
                argv += texts
            elif isinstance(value, bool):
                argv += [word(field.name)] * value
            else:
                argv += [part for text in texts for part in (word(field.name), text)]
        self._patch.setattr(sys, "argv", [*argv, *more])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert ended.value.code == 0, printed.err
        return printed.out

    def by_name(self) -> Answer:
        """The answer to words."""
        return self._example.question.ask(**self.afresh())

    def with_values(self) -> Answer:
        """The answer of the function itself."""
        asked = self._example.question
        return asked.function(**asked.read(**self.afresh()))

    def afresh(self) -> Given:
        """What is given, in folders as they were before any question, under a clock that starts again."""
        ticks = itertools.count()
        start = datetime(2026, 1, 1, tzinfo=UTC)
        self._patch.setattr(
            "hevesy.record.ledger.utc_now",
            lambda: (start + timedelta(seconds=next(ticks))).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        )
        for name in ("study", "new"):
            shutil.rmtree(self._place / name, ignore_errors=True)
        if any(mark in str(value) for value in self._example.given.values() for mark in ("{study}", "{questioned}")):
            shutil.copytree(self._study, self._place / "study")
        if any("{ruled}" in str(value) for value in self._example.given.values()):
            study_with_rules(self._place)
        if any("{questioned}" in str(value) for value in self._example.given.values()):
            lines = (EXAMPLE / "sources" / "lb.csv").read_text(encoding="utf-8").replace("PLT,244,", "PLT,24400,")
            (self._place / "lb.csv").write_text(lines, encoding="utf-8")
            import_files(self._place / "study", [self._place / "lb.csv"], who="a test", reason="typed again")
        (self._place / "new").mkdir()
        return {name: self._placed(value) for name, value in self._example.given.items()}

    def _placed(self, value: object) -> object:
        if isinstance(value, list):
            return [self._placed(one) for one in value]
        if not isinstance(value, str):
            return value
        places = {"{data}": DATA, "{shipped}": EXAMPLE, "{new}": self._place / "new"}
        places |= dict.fromkeys(("{study}", "{questioned}", "{ruled}"), self._place / "study")
        for mark, place in places.items():
            value = value.replace(mark, str(place))
        return value


def as_data(answer: Answer) -> object:
    """A document as it comes back from JSON, without the time that it took."""
    return untimed(json.loads(json.dumps(answer.document)))


def untimed(document: dict[str, object]) -> dict[str, object]:
    """A document without the time that it took."""
    return {name: value for name, value in document.items() if name != "seconds"}
