"""Every question is a form and its answer a panel: of one document with the command, and with the lines that are shown."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import hevesy
from hevesy.answers.asked import Asked, File, MappingFile, NewFile, NewFolder, PlanFile, Several, StudyFolder, TableFile
from hevesy.answers.question import Question, commands, question
from hevesy.console.forms import NOT_FROM_HERE, address
from hevesy.record import ledger
from tests.answers.asking import Asking, Example, examples, untimed
from tests.conftest import ROOT
from tests.console.serving import Reply, Served, packed
from tests.tiers import FULL


def first_examples() -> Iterator[Example]:
    """Of every question the first example that a form can ask."""
    every = examples()
    for command in commands():
        yield next(
            one
            for one in every
            if one.question.command == command
            and not any(
                isinstance(field.kind, NOT_FROM_HERE) and field.name in one.given for field in one.question.fields
            )
        )


CLOCK = ledger.utc_now
"""The clock as it is before an example sets one of its own."""
SHELL = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
"""Where the command is found."""
ONE_OF_EACH = [one for place, one in enumerate(first_examples()) if FULL or one.question.writes or place % 3 == 0]
"""Of each question the first example that a form can ask; below full size, of every third and of all that write."""


def sent(asked: Question, given: dict[str, object], console: Served) -> list[tuple[str, str]]:
    """What a browser sends for what is given: files are dropped first and chosen then."""
    fields = []
    for field in asked.fields:
        if field.name in given:
            fields += [(field.name, text) for text in _texts(field.kind, field.required, given[field.name], console)]
    return fields


def _texts(kind: Asked, required: bool, value: object, console: Served) -> list[str]:
    match kind:
        case StudyFolder():
            return [] if required else ["yes"]
        case NewFolder() | NewFile():
            return [Path(str(value)).name] if required else []
        case MappingFile() if str(value) in kind.shipped():
            return [str(value)]
        case Several():
            assert isinstance(value, list)
            return ["\n".join(map(str, value))]
        case TableFile() | File() | MappingFile() | PlanFile():
            return [_dropped(Path(str(value)), console)]
        case _ if isinstance(value, list):
            return [_dropped(Path(str(one)), console) for one in value]
        case _ if isinstance(value, bool):
            return ["yes"] * value
        case _:
            return [str(value)]


def _dropped(path: Path, console: Served) -> str:
    name, content = (f"{path.name}.zip", packed(path)) if path.is_dir() else (path.name, path.read_bytes())
    assert console.drop({name: content}).status == 303
    return console.on_shelf()[name]


def shown(page: Reply) -> tuple[str, str]:
    """The line for a shell and the call in Python that a panel shows."""
    shell, python = re.findall(r"<pre[^>]*>(.*?)</pre>", page.text, flags=re.DOTALL)
    return html.unescape(shell), html.unescape(python)


class Place:
    """A console on the study that an example asks, and the example in a form."""

    def __init__(self, example: Example, asking: Asking, served: Served, start: Callable[..., Served]) -> None:
        self._asking = asking
        given = asking.afresh()
        of_study = next((field.name for field in example.question.fields if isinstance(field.kind, StudyFolder)), None)
        self.console = start(Path(str(given[of_study]))) if of_study in given else served
        self.fields = sent(example.question, given, self.console)

    def again(self) -> None:
        """Everything as it was before the question."""
        self._asking.afresh()


@pytest.fixture
def place(
    request: pytest.FixtureRequest,
    demonstration: Path,
    served: Served,
    tmp_path: Path,
    serving: Callable[..., Served],
) -> Iterator[Place]:
    (tmp_path / "asked").mkdir()
    with pytest.MonkeyPatch.context() as own:
        yield Place(request.param, Asking(request.param, demonstration, tmp_path / "asked", own), served, serving)


@pytest.mark.parametrize(
    ("place", "asked"),
    [(one, one.question) for one in ONE_OF_EACH],
    indirect=["place"],
    ids=[one.question.command for one in ONE_OF_EACH],
)
def test_a_panel_has_the_document_of_the_command_and_of_the_lines_it_shows(
    place: Place, asked: Question, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = place.console
    if asked.writes:
        head = re.search(r'name="head" value="([0-9a-f]{64})"', console.get(address(asked.command)).text)
        fields = [*place.fields, *([("head", head[1])] if head else [])]
        if any(field.name == "dry_run" for field in asked.fields):
            console.answered(console.get(address(asked.command), [*fields, ("dry_run", "yes")]))
        page = console.answered(console.post(address(asked.command), fields))
    else:
        page = console.answered(console.get(address(asked.command), [*place.fields, ("ask", "")]))
    assert "Cannot be answered" not in page.text
    assert "Asked wrongly" not in page.text
    told = console.document(page)
    shell, python = shown(page)
    place.again()
    (tmp_path / "typed").mkdir()
    typed = subprocess.run(
        ["bash", "-c", f"{shell} --json"], cwd=tmp_path / "typed", capture_output=True, text=True, check=True, env=SHELL
    )
    place.again()
    (tmp_path / "called").mkdir()
    monkeypatch.chdir(tmp_path / "called")
    monkeypatch.setattr(ledger, "utc_now", CLOCK)
    called = json.loads(json.dumps(eval(python, {"hevesy": hevesy}).document))
    assert as_told(told, asked) == as_told(json.loads(typed.stdout), asked) == as_told(called, asked)


_MOVES = re.compile(
    r'(?<=")[0-9a-f]{64}(?=")|(?<=")/[^"]*/(?:made|typed|called)(?=[/"])|(?<=-[0-9]{2}_)[0-9a-f]{8}(?=/)'
)


def as_told(document: dict[str, object], asked: Question) -> object:
    """A document without the time that it took; of one that writes, without the hashes of when it was written and the folder it was written in."""
    if not asked.writes:
        return untimed(document)
    return json.loads(_MOVES.sub("", json.dumps(document)))


ONE_MORE = '''"""How many letters a word has."""

from __future__ import annotations

from typing import Annotated

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Text
from hevesy.blocks.prose import said

COMMAND = "check letters"


def letters(word: Annotated[str, Text("Any word.")]) -> Answer:
    """How many letters a word has.

    Returns the number.
    """
    return Answer(document={"letters": len(word)}, blocks=(said(f"{len(word)} letters", tone="answer"),))
'''


def test_a_question_that_is_added_appears_with_form_and_panel(
    demonstration: Path, tmp_path: Path, serving: Callable[..., Served]
) -> None:
    source = tmp_path / "src" / "hevesy"
    shutil.copytree(ROOT / "src" / "hevesy", source, ignore=shutil.ignore_patterns("__pycache__", "examples"))
    (source / "answers" / "check" / "letters.py").write_text(ONE_MORE)
    shutil.copytree(demonstration, tmp_path / "study")
    console = serving(tmp_path / "study", PYTHONPATH=str(tmp_path / "src"), PYTHONSAFEPATH="1")
    assert '<a href="/check-letters">check letters</a>' in console.get("/").text
    form = console.get("/check-letters").text
    assert 'name="word"' in form
    assert "Any word." in form
    page = console.answered(console.get("/check-letters", {"word": "isotope"}))
    assert "7 letters" in page.panel
    assert console.document(page) == {"letters": 7}
    assert shown(page) == ("hevesy check letters isotope", "hevesy.ask('check letters', word='isotope')")


def test_every_question_is_on_the_first_page(served: Served) -> None:
    linked = re.findall(r'<a href="(/[^"]*)">', served.get("/").text)
    assert {address(command) for command in commands()} <= set(linked)


@pytest.mark.parametrize("command", commands())
def test_a_form_has_every_field_once_with_its_label_and_help(served: Served, command: str) -> None:
    text = served.get(address(command), {"fill": ""}).text
    for field in question(command).fields:
        controls = text.count(f'id="field-{field.name}"')
        hidden = (
            isinstance(field.kind, NOT_FROM_HERE)
            or (isinstance(field.kind, StudyFolder) and field.required)
            or (isinstance(field.kind, NewFolder) and not field.required)
            or (question(command).writes and field.name in ("dry_run", "head"))
        )
        assert controls == (0 if hidden else 1), field.name
