"""Every form and every answer can be read by everybody: axe finds nothing, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import expect

from hevesy.answers.question import commands, question
from hevesy.console.forms import address, form_of
from hevesy.console.screens import SCREENS, STEPS
from hevesy.console.shelf import Offered
from tests.answers.asking import DATA, Example
from tests.conftest import EXAMPLE
from tests.console.browsing import NARROW, WAITS_MS, WIDE, Walk, needs_axe, needs_chromium
from tests.console.serving import Served
from tests.console.test_every_question import ONE_OF_EACH, sent
from tests.tiers import FULL

pytestmark = [*needs_chromium, needs_axe]


def one_of_each_face() -> Iterator[str]:
    """Questions in whose forms every kind of control occurs."""
    seen: set[str] = set()
    for command in commands():
        faces = {control.face for control in form_of(question(command), Offered(())).controls}
        if faces - seen:
            seen |= faces
            yield command


def one_of_each_room(every: list[Example]) -> list[Example]:
    """An example of each room of questions."""
    return list({one.question.command.split()[0]: one for one in reversed(every)}.values())


FORMS = commands() if FULL else tuple(one_of_each_face())
READ = [one for one in ONE_OF_EACH if not one.question.writes]
ANSWERS = READ if FULL else one_of_each_room(READ)
"""Examples that an address asks."""
VIEWS: tuple[tuple[Literal["light", "dark"], int, Literal["every", "contrast"]], ...] = (
    ("light", WIDE, "every"),
    ("dark", WIDE, "contrast"),
    ("dark", NARROW, "every"),
    ("light", NARROW, "contrast"),
)
"""Light, width and rules: every rule in one light at each width, contrast in both."""


def look(walked: Walk) -> None:
    """Hold a page to be readable as it is shown: wide and narrow, light and dark."""
    walked.unfold()
    for scheme, width, rules in VIEWS:
        walked.page.emulate_media(color_scheme=scheme)
        walked.page.set_viewport_size({"width": width, "height": 900})
        assert walked.violations(rules) == [], (scheme, width)
        assert walked.too_wide() == 0, (scheme, width)


@pytest.mark.parametrize("command", FORMS)
def test_a_form(walked: Walk, command: str) -> None:
    walked.open(address(command), {"fill": ""})
    look(walked)


@pytest.mark.parametrize("example", ANSWERS, ids=[one.question.command for one in ANSWERS])
def test_an_answer(walked: Walk, console: Served, example: Example) -> None:
    walked.open(address(example.question.command), [*sent(example.question, placed(example), console), ("ask", "")])
    assert "Asked wrongly" not in walked.answered().inner_text()
    look(walked)


def placed(example: Example) -> dict[str, object]:
    """What an example gives; the study of each is the one that is served."""
    return {name: _placed(value) for name, value in example.given.items()}


def _placed(value: object) -> object:
    if isinstance(value, list):
        return [_placed(one) for one in value]
    return (
        value.format(data=DATA, shipped=EXAMPLE, study="", questioned="", ruled="", new="new")
        if isinstance(value, str)
        else value
    )


@pytest.mark.parametrize("screen", [one.name for one in (*SCREENS, *STEPS)])
def test_a_screen(walked: Walk, screen: str) -> None:
    walked.open(f"/screens/{screen}")
    expect(walked.page.locator(".progress")).to_have_count(0, timeout=WAITS_MS)
    look(walked)


def test_the_first_page(walked: Walk) -> None:
    walked.open("/")
    look(walked)


def test_the_shelf_with_files_and_without(walked: Walk, console: Served) -> None:
    walked.open("/shelf")
    look(walked)
    assert console.drop({"a table.csv": b"n\n1\n", "one <more>.csv": b"n\n2\n"}).status == 303
    walked.open("/shelf")
    look(walked)


def test_the_note_with_an_answer_twice(walked: Walk, console: Served) -> None:
    walked.open("/note")
    look(walked)
    page = console.answered(console.get("/study-status", {"ask": ""}))
    for _ in range(2):
        assert console.post("/note", {"answer": page.job}).status == 303
    walked.open("/note")
    assert walked.page.locator("section.noted").count() == 2
    look(walked)


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        ("/plan-next", {"history": "1NNN 2NNT", "design": "boin", "target": "2"}, "Asked wrongly"),
        ("/plan-next", {"history": "1NNN", "nonsense": "2"}, ""),
        ("/study-verify", {"head": "0" * 64}, "Cannot be answered"),
        ("/study-import", {"dry_run": "yes", "files": "study/nothing"}, ""),
    ],
    ids=["wrong", "unknown field", "cannot", "not offered"],
)
def test_a_refusal(walked: Walk, path: str, fields: dict[str, str], told: str) -> None:
    walked.open(path, fields)
    if told:
        assert told in walked.answered().inner_text()
    else:
        assert walked.page.locator(".wrong").count() == 1
    look(walked)


def test_a_page_that_waits(walked: Walk) -> None:
    long = {
        "p": "0.05,0.1,0.25,0.4", "design": "titecrm", "skeleton": "0.06,0.14,0.25,0.38", "target": "0.25",
        "window": "85d", "arrivals": "2/28d", "trials": "5000000",
    }  # fmt: skip
    walked.open("/plan-oc", long)
    assert walked.page.locator("#answer .progress").is_visible()
    look(walked)
    walked.page.get_by_role("button", name="Stop").click()
    assert "stopped" in walked.answered().inner_text()
