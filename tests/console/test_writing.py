"""Deliveries, confirmations, decisions and readouts from a browser: looked at first, written whole, and refused by their rule."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hevesy.conduct.recorded_study import examine
from hevesy.record import Record
from tests.conftest import EXAMPLE
from tests.console.serving import Reply, Served


@pytest.fixture
def study(demonstration: Path, tmp_path: Path) -> Path:
    shutil.copytree(demonstration, tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def console(study: Path, serving: Callable[..., Served]) -> Served:
    return serving(study)


def corrected() -> bytes:
    """The laboratory's file with one value another."""
    text = (EXAMPLE / "sources" / "lb.csv").read_text()
    assert text.count("PLT,244,") == 1
    return text.replace("PLT,244,", "PLT,243,").encode()


def dropped(console: Served, name: str, content: bytes) -> str:
    assert console.drop({name: content}).status == 303
    return console.on_shelf()[name]


def head_of(reply: Reply) -> str:
    found = re.search(r'name="head" value="([0-9a-f]{64})"', reply.text)
    assert found is not None
    return found[1]


def entries(study: Path) -> int:
    return examine(study).verification.entries


def test_a_correction_is_looked_at_needs_its_reason_and_stands_in_the_chain(console: Served, study: Path) -> None:
    made = console.answered(console.post("/readout", {"as_of": "2016-11-04"}))
    assert "2016-11-04_" in made.panel
    before, bytes_before = entries(study), Record(study).stamp()
    file = dropped(console, "lb.csv", corrected())
    preview = console.answered(console.get("/study-import", {"files": file, "dry_run": "yes"}))
    assert "244" in preview.panel
    assert "243" in preview.panel
    assert entries(study) == before
    assert Record(study).stamp() == bytes_before
    assert 'formmethod="post"' in preview.text
    head = head_of(preview)
    line = 1 + (EXAMPLE / "sources" / "lb.csv").read_text().splitlines().index(
        next(one for one in (EXAMPLE / "sources" / "lb.csv").read_text().splitlines() if "PLT,244," in one)
    )
    refused = console.answered(console.post("/study-import", {"files": file, "head": head}))
    assert "a correction needs “Reason”" in refused.panel
    assert re.search(rf"lb\.csv, line {line}\b", refused.panel)
    assert entries(study) == before
    taken = console.answered(console.post("/study-import", {"files": file, "head": head, "reason": "typed again"}))
    assert "receipt" in taken.panel
    (change,) = examine(study).recorded.changes
    assert change.reason == "typed again"
    assert entries(study) == before + 2
    assert "the record changed since" in console.get("/readouts").text
    assert "the record changed since 1 of them" in console.answered(console.get("/study-readouts")).panel


def test_of_two_writers_who_looked_at_one_state_the_second_is_told_to_look_again(console: Served, study: Path) -> None:
    file = dropped(console, "lb.csv", corrected())
    head = head_of(console.answered(console.get("/study-import", {"files": file, "dry_run": "yes"})))
    first = console.answered(console.post("/study-import", {"files": file, "head": head, "reason": "one"}))
    second = console.answered(console.post("/study-import", {"files": file, "head": head, "reason": "two"}))
    assert "receipt" in first.panel
    assert "Cannot be answered" in second.panel
    assert "look" in second.panel
    assert [change.reason for change in examine(study).recorded.changes] == ["one"]


def test_what_was_not_looked_at_is_not_written(console: Served, study: Path) -> None:
    before = entries(study)
    file = dropped(console, "lb.csv", corrected())
    reply = console.post("/study-import", {"files": file, "reason": "typed again"})
    assert "Look at the record first" in reply.text
    assert entries(study) == before


def test_a_file_unknown_to_every_mapping_is_refused_in_a_sentence(console: Served) -> None:
    file = dropped(console, "other.csv", b"one,two\n1,2\n")
    page = console.answered(console.get("/study-import", {"files": file, "dry_run": "yes"}))
    assert "Cannot be answered" in page.panel
    assert "other.csv" in page.panel
    assert "Traceback" not in page.text


def test_a_wrong_value_is_told_at_its_field_and_the_others_stay(console: Served) -> None:
    given = {"history": "1NNN", "design": "boin", "target": "many", "levels": "4"}
    page = console.answered(console.get("/plan-next", given))
    assert page.status == 422
    assert re.search(r'<input[^>]*name="target"[^>]*aria-invalid="true"[^>]*value="many"', page.text)
    assert re.search(r'id="wrong-target">[^<]*&#39;many&#39; is not a number', page.text)
    assert re.search(r'name="levels"[^>]*value="4"', page.text)
    assert re.search(r'<option(?: value="boin")? selected>boin</option>', page.text)


def test_a_console_that_only_reads_shows_and_writes_nothing(study: Path, serving: Callable[..., Served]) -> None:
    console = serving(study, "--read-only")
    before = entries(study)
    file = dropped(console, "lb.csv", corrected())
    preview = console.answered(console.get("/study-import", {"files": file, "dry_run": "yes"}))
    assert "243" in preview.panel
    head = examine(study).verification.chain_head
    for path, fields in (
        ("/study-import", {"files": file, "reason": "r", "head": head}),
        ("/readout", {}),
        ("/study-confirm", {"row": "4", "reason": "r", "head": head}),
        ("/study-decide", {"level": "3", "cohort": "2", "who": "a", "on": "2016-12-01", "head": head}),
    ):
        assert console.post(path, fields).status == 403
    assert entries(study) == before
    assert not any(study.glob("readouts/*"))


def test_a_study_that_does_not_verify_says_so_on_every_page_and_is_not_read_out(console: Served, study: Path) -> None:
    assert "does not verify" not in console.get("/plan-next").text
    (kept,) = study.glob("sources/*/lb.csv")
    kept.write_bytes(kept.read_bytes().replace(b"PLT,244,", b"PLT,144,"))
    assert "does not verify" in console.answered(console.get("/study-status")).panel
    for path in ("/", "/plan-next", "/screens/dose-meeting", "/readouts", "/shelf", "/note"):
        page = console.get(path)
        assert "The record does not verify; nothing is read out from it." in page.text, path
    assert "does not verify" in console.answered(console.post("/readout", {})).panel
    assert not any(study.glob("readouts/*"))


def test_a_decision_is_recorded_with_the_head_it_was_made_on(console: Served, study: Path) -> None:
    head = head_of(console.get("/study-decide"))
    given = {"level": "3", "cohort": "2", "who": "dose committee", "on": "2016-12-01", "head": head}
    page = console.answered(console.post("/study-decide", given))
    told = console.document(page)
    assert told["entry"] == entries(study)
    assert told["design_action"] == "escalate"
    assert "dose committee" in console.answered(console.get("/study-history")).panel
    assert "dose committee" in console.answered(console.get("/study-section", {"name": "decision"})).panel


def test_an_answer_added_to_the_note_stays_as_it_stood(console: Served) -> None:
    page = console.answered(console.get("/follow-proportion", {"x": "0", "n": "25"}))
    assert console.post("/note", {"answer": page.job}).status == 303
    assert console.post("/note", {"answer": page.job}).status == 303
    note = console.get("/note").text
    assert note.count("0/25 = 0.0%") == 2
    assert "hevesy follow proportion 0 25" in note
    ids = re.findall(r' id="([^"]+)"', note)
    assert len(ids) == len(set(ids))
    (first, _) = re.findall(r'name="note" value="([0-9a-f]+)"', note)
    assert console.post("/note/remove", {"note": first}).status == 303
    assert console.get("/note").text.count("0/25 = 0.0%") == 1


def test_uploads_have_limits_and_say_them(console: Served) -> None:
    many = console.drop({f"f{number}.csv": b"a\n1\n" for number in range(21)})
    assert many.status == 413
    assert "At most 20 files are dropped at once" in many.text
    large = console.drop({"large.csv": b"x" * (64 * 2**20 + 1)})
    assert large.status == 413
    assert "large.csv: a file may have 64 MB; this one has more" in large.text
    assert console.on_shelf() == {}
    for name in ("../up.csv", "a/b.csv", ".."):
        assert console.drop({name: b"a\n1\n"}).status in (303, 413)
    assert all(re.fullmatch(r"[0-9a-f]{16}/[^/\\]+", value) for value in console.on_shelf().values())


def test_a_file_dropped_is_there_for_the_one_console_and_can_be_taken_away(console: Served) -> None:
    value = dropped(console, "km.csv", b"t,e\n1,1\n2,0\n3,1\n")
    page = console.answered(console.get("/follow-km", {"table": value, "time": "t", "event": "e"}))
    assert "Cannot" not in page.panel
    assert console.post("/shelf/remove", {"file": value}).status == 303
    assert console.on_shelf() == {}
    assert console.get("/follow-km", {"table": value, "time": "t", "event": "e"}).status == 404


def test_a_readout_that_was_made_opens_with_its_script_allowed_by_hash(console: Served) -> None:
    console.answered(console.post("/readout", {"as_of": "2016-11-04"}))
    (path,) = set(re.findall(r'href="(/readouts/[^"]+/index.html)"', console.get("/readouts").text))
    page = console.get(path)
    assert page.status == 200
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    assert len(re.findall(r"'sha256-[A-Za-z0-9+/=]{44}'", page.headers["content-security-policy"])) == 2
    assert console.get(path.replace("index.html", "readout.json")).status == 200
    for file in ("../../study.sqlite", "%2e%2e/%2e%2e/study.sqlite", "../../protocol.toml", ""):
        assert console.get(path.replace("index.html", file)).status == 404
