"""What somebody tries who wants to get in, to write unseen, or to be told something that is not so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.console.serving import Served
from tests.console.test_writing import corrected, dropped, entries, head_of


@pytest.fixture
def study(demonstration: Path, tmp_path: Path) -> Path:
    shutil.copytree(demonstration, tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def console(study: Path, serving: Callable[..., Served]) -> Served:
    return serving(study)


@pytest.mark.parametrize("options", [(), ("--read-only",)], ids=str)
def test_an_address_that_says_no_to_looking_writes_nothing(
    study: Path, serving: Callable[..., Served], options: tuple[str, ...]
) -> None:
    console = serving(study, *options)
    before = entries(study)
    file = dropped(console, "lb.csv", corrected())
    reply = console.get("/study-import", {"files": file, "reason": "unseen", "dry_run": "no"})
    assert reply.status == 403
    assert "This writes, and an address alone does not" in reply.panel
    assert entries(study) == before


def test_what_is_written_is_what_was_shown(console: Served, study: Path) -> None:
    before = entries(study)
    file, other = dropped(console, "lb.csv", corrected()), dropped(console, "ae.csv", b"a\n1\n")
    shown = console.answered(console.get("/study-import", {"files": file, "dry_run": "yes"}))
    fields = {"files": file, "head": head_of(shown), "reason": "typed again"}
    for changed in ({"withdraw": "yes"}, {"mapping": "sdtm"}, {"files": other}, {"files": [file, other]}):
        reply = console.post("/study-import", {**fields, **changed})
        assert "it was not shown" in reply.panel
        assert 'formmethod="post"' not in reply.text
    assert entries(study) == before
    assert "receipt" in console.answered(console.post("/study-import", fields)).panel


def test_a_preview_that_showed_nothing_offers_no_writing(console: Served) -> None:
    page = console.answered(
        console.get("/study-import", {"files": dropped(console, "x.csv", b"a\n1\n"), "dry_run": "yes"})
    )
    assert "Cannot be answered" in page.panel
    assert 'formmethod="post"' not in page.text
