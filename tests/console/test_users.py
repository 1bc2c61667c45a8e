"""What people who are new to the console stumbled over."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

import hevesy
from hevesy.answers.question import question, questions
from hevesy.console.forms import form_of, read
from hevesy.console.screens import SCREENS, STEPS, asked_on
from hevesy.console.shelf import Offered
from tests.conftest import EXAMPLE
from tests.console.serving import Served

DESIGNS = next(one for one in SCREENS if one.name == "designs")
NOTHING = Offered(())


def test_the_prior_rates_of_one_design_are_not_asked_of_another() -> None:
    compared = {"designs": ["boin,crm"], "p": ["0.1,0.3"], "skeleton": ["0.1,0.3"]}
    by_title = {part.title: dict(given) for part, given in asked_on(DESIGNS, {**compared, "design": ["boin"]})}
    assert "skeleton" in by_title["Side by side"]
    assert "skeleton" not in by_title["Decision table"]
    by_title = {part.title: dict(given) for part, given in asked_on(DESIGNS, {**compared, "design": ["crm"]})}
    assert by_title["Decision table"]["skeleton"] == "0.1,0.3"


@pytest.mark.parametrize("command", list(questions()))
def test_an_example_fills_a_form_in_with_what_it_takes(command: str) -> None:
    asked = question(command)
    sent = parse_qsl(form_of(asked, NOTHING).example, keep_blank_values=True)
    filled = read(asked, sent, NOTHING, Path("a study"))
    assert filled.wrong == {}
    if sent:
        assert asked.ask(**filled.given).blocks


def test_there_are_examples_to_fill_in() -> None:
    found = [command for command in questions() if form_of(question(command), NOTHING).example]
    assert {"plan next", "plan basket", "plan two-stage", "treat prescribe", "follow proportion"} <= set(found)


def test_the_example_of_a_screen_is_answered_in_every_part(console: Served) -> None:
    parts = asked_on(DESIGNS, {name: [v for n, v in DESIGNS.example if n == name] for name, _ in DESIGNS.example})
    assert len(parts) == len(DESIGNS.parts)
    for part, given in parts:
        reply = console.answered(console.get(f"/{part.command.replace(' ', '-')}", given))
        assert "Asked wrongly" not in reply.panel
        assert "Cannot be answered" not in reply.panel


@pytest.mark.parametrize("step", STEPS, ids=[one.name for one in STEPS])
def test_a_step_has_its_form_beside_what_it_rests_on(console: Served, step: object) -> None:
    (one,) = [one for one in STEPS if one is step]
    page = console.get(f"/screens/{one.name}").text
    assert f'hx-post="/{(one.asks or "").replace(" ", "-")}"' in page
    assert re.search(r'name="head" value="[0-9a-f]{64}"', page)
    assert all(f">{part.title}</h2>" in page for part in one.parts)
    (before,) = [screen for screen in SCREENS if one.name in screen.then]
    assert f'href="/screens/{one.name}"' in console.get(f"/screens/{before.name}").text


def test_what_was_refused_when_it_was_looked_at_cannot_be_written(console: Served) -> None:
    named = (EXAMPLE / "sources" / "dm.csv").read_text(encoding="utf-8").splitlines()
    text = "\n".join([f"{named[0]},patient_name", *(f"{line},Somebody" for line in named[1:])])
    console.drop({"dm.csv": text.encode()})
    looked_at = console.answered(
        console.get("/study-import", {"files": console.on_shelf()["dm.csv"], "reason": "x", "dry_run": "yes"})
    )
    assert "may say who a subject is" in looked_at.panel
    assert "<code>drop</code>" in looked_at.text
    assert "Write it into the record" not in looked_at.text


def test_what_a_study_has_no_section_of_is_said_and_not_called_asked_wrongly(
    serving: Callable[..., Served], tmp_path: Path
) -> None:
    hevesy.demonstration(tmp_path / "clover", study="clover")
    console = serving(tmp_path / "clover")
    assert console.answered(console.get("/study-section", {"name": "decision"})).status == 422
    end = time.monotonic() + 60
    while 'class="progress"' in (shown := console.get("/screens/dose-meeting").text) and time.monotonic() < end:
        time.sleep(0.2)
    decisions = shown.partition(">Decision at the cut</h2>")[2].partition("</section>")[0]
    assert 'role="alert"' in decisions
    assert "Asked wrongly" not in decisions


def test_a_mapping_is_chosen_from_mappings_and_a_table_from_tables(console: Served) -> None:
    form = console.get("/study-import").text
    mappings = re.search(r'<select[^>]*name="mapping".*?</select>', form, flags=re.DOTALL)
    assert mappings is not None
    assert ".csv" not in mappings[0]
    assert "sources.toml" in mappings[0]
    assert "the mapping of the study" in mappings[0]
    table = re.search(r'<select[^>]*name="table".*?</select>', console.get("/follow-km").text, flags=re.DOTALL)
    assert table is not None
    assert ".toml" not in table[0]
    assert "lb.csv" in table[0]


def test_a_decision_that_is_later_than_the_last_fact_stands_on_the_screen_of_the_meeting(
    serving: Callable[..., Served], demonstration: Path, tmp_path: Path
) -> None:
    shutil.copytree(demonstration, tmp_path / "study")
    console = serving(tmp_path / "study")
    head = console.document(console.answered(console.get("/study-status")))["chain_head"]
    decided = {"level": "3", "cohort": "2", "who": "Safety committee", "on": "2016-12-02", "head": head}
    assert "Safety committee" in console.answered(console.post("/study-decide", decided)).panel
    end = time.monotonic() + 60
    while 'class="progress"' in (shown := console.get("/screens/dose-meeting").text) and time.monotonic() < end:
        time.sleep(0.2)
    assert "Safety committee" in shown
