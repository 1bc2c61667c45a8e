"""Walks through the console as people do them: by keyboard, by mouse, on a page without scripts."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hevesy.answers.question import commands
from hevesy.console.forms import address
from hevesy.console.pages import STATIC
from hevesy.console.screens import SCREENS, Screen
from hevesy.record.folder import DATABASE
from tests.answers.asking import DATA, Example
from tests.conftest import EXAMPLE
from tests.console.browsing import NARROW, WAITS_MS, WIDE, Walk, needs_chromium, walk
from tests.console.serving import Served
from tests.console.test_axe import ANSWERS, placed
from tests.console.test_every_question import sent

MOST_BYTES, MOST_REQUESTS = 60 * 1024, 4
"""Of a form or an answer with all it loads, unpacked."""
CALENDAR = {
    "p": "0.05,0.1,0.25,0.4", "design": "titecrm", "skeleton": "0.06,0.14,0.25,0.38", "target": "0.25", "window": "85d",
    "arrivals": "2/28d",
}  # fmt: skip
WHO = "const at = document.activeElement; return (at.tagName !== 'BUTTON' && at.name) || at.textContent.trim();"
"""What has the focus."""

pytestmark = needs_chromium


@pytest.fixture
def plain(chromium: Browser, console: Served) -> Iterator[Walk]:
    """A page on the console in a browser that runs no scripts."""
    with walk(chromium, console, scripts=False) as page:
        yield page


def focused(page: Page) -> str:
    told: str = page.evaluate(f"() => {{ {WHO} }}")
    return told


@pytest.mark.parametrize("screen", SCREENS, ids=[one.name for one in SCREENS])
def test_a_screen_answers_its_questions_and_fills_the_note(walked: Walk, screen: Screen) -> None:
    page = walked.page
    walked.open("/")
    page.get_by_role("navigation", name="Screens").get_by_role("link", name=screen.title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(screen.title)
    parts = page.locator("section[aria-labelledby^=part-]")
    shown = [part.command for part in screen.parts if not part.needs]
    expect(parts).to_have_count(len(shown))
    if not shown:
        expect(page.get_by_role("form", name="Inputs" if screen.asks is None else "Question")).to_be_visible()
    for part in parts.all():
        expect(part.locator(".panel")).to_be_visible(timeout=WAITS_MS)
        expect(part.locator("[role=alert]")).to_have_count(0)
        part.get_by_text("Show command").click()
        expect(part.get_by_role("region", name="for a shell")).to_contain_text("hevesy ")
        expect(part.get_by_role("region", name="for Python")).to_contain_text("hevesy.ask(")
        title = part.get_by_role("heading").first.inner_text()
        for link in part.locator("a.csv").all()[:1]:
            table = page.context.request.get(f"http://{walked.served.host}{link.get_attribute('href')}")
            assert table.headers["content-type"].startswith("text/csv")
            if not link.is_visible():
                part.get_by_text("Copy as CSV").click()
            link.click()
            expect(link).to_have_text("Copied")
            assert page.evaluate("() => navigator.clipboard.readText()") == table.text().replace("\r\n", "\n"), title
        part.get_by_role("button", name="Add to the note").click()
        expect(part.get_by_role("link", name="Added to the note")).to_be_visible()
    page.get_by_role("link", name=re.compile(r"^Note")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Note")
    page.wait_for_load_state()
    noted = page.locator("section.noted > h2").all_inner_texts()
    assert noted == shown
    for left in range(len(noted), 0, -1):
        expect(page.locator("section.noted")).to_have_count(left)
        page.get_by_role("button", name=re.compile("^Remove")).first.click()
    expect(page.get_by_text("Nothing was added yet.")).to_be_visible()


def test_a_form_is_filled_and_asked_by_keyboard_alone(walked: Walk) -> None:
    page, typed = walked.page, {"history": "1NNN 2NNT", "design": "boin", "target": "0.25", "levels": "10,20,40"}
    walked.open("/plan-next")
    wanted = set(
        page.locator(".inputs :is(input, select, textarea):not([type=hidden])").evaluate_all(
            "all => all.map((one) => one.name)"
        )
    )
    reached: list[str] = []
    while "Answer" not in reached:
        page.keyboard.press("Tab")
        name = focused(page)
        if name not in reached:
            if name.startswith("The design and its rules"):
                page.keyboard.press("Enter")
            page.keyboard.type(typed.get(name, ""))
        reached.append(name)
        assert len(reached) < 200
    assert reached[0] == "To the content"
    assert wanted <= set(reached)
    while focused(page) != "levels":
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(walked.answered().locator("p.answer")).to_be_visible()
    assert focused(page) == "levels"
    expect(page).to_have_url(re.compile(r"/plan-next\?.*history=1NNN\+2NNT.*design=boin"))
    told, marked = walked.panel.locator("p").all_inner_texts(), page.url
    page.go_back()
    expect(page).to_have_url(re.compile("/plan-next$"))
    expect(walked.panel).to_have_count(0)
    page.goto(marked)
    assert walked.answered().locator("p").all_inner_texts() == told
    expect(page.get_by_label("Levels")).to_have_value("10,20,40")


def test_a_wrong_value_stands_at_its_field_and_the_rest_is_kept(walked: Walk) -> None:
    page = walked.page
    walked.open("/plan-next")
    page.get_by_label("History").fill("1NNN 2NNT")
    page.get_by_text("The design and its rules").click()
    page.get_by_label("Design").select_option("boin")
    page.get_by_label("Target").fill("2")
    page.get_by_role("button", name="Answer").click()
    target = page.get_by_label("Target")
    expect(target).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#wrong-target")).to_be_visible()
    expect(target).to_have_accessible_description(re.compile("target"))
    expect(page.get_by_label("History")).to_have_value("1NNN 2NNT")
    expect(page.get_by_label("Design")).to_have_value("boin")
    expect(walked.panel.get_by_role("alert")).to_contain_text("Asked wrongly")
    walked.panel.get_by_role("link", name="Target").click()
    target.fill("0.25")
    expect(page.locator(".work.changed")).to_have_count(1)
    target.press("Enter")
    expect(walked.panel.locator("p.answer")).to_be_visible(timeout=WAITS_MS)
    expect(page.locator("[aria-invalid]")).to_have_count(0)
    expect(page.locator(".work.changed")).to_have_count(0)


def test_a_wrong_value_in_a_folded_group_unfolds_it(walked: Walk) -> None:
    page = walked.page
    walked.open("/plan-oc")
    page.get_by_label("p", exact=True).fill("0.05,0.1")
    page.get_by_text("The design and its rules").click()
    page.get_by_label("Target").fill("2")
    page.get_by_label("Design").select_option("boin")
    page.get_by_text("The design and its rules").click()
    expect(page.get_by_label("Target")).to_be_hidden()
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#wrong-target")).to_be_visible(timeout=WAITS_MS)


def test_a_long_answer_tells_how_far_it_is_and_stops(walked: Walk) -> None:
    page = walked.page
    walked.open("/plan-oc", {**CALENDAR, "trials": "5000000", "fill": ""})
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("status").filter(has_text=re.compile("of 5,000,000"))).to_be_visible(timeout=WAITS_MS)
    bar = page.get_by_role("progressbar")
    first = float(bar.get_attribute("value") or 0)
    expect(bar).not_to_have_attribute("value", f"{first:g}", timeout=WAITS_MS)
    assert float(bar.get_attribute("value") or 0) > first
    page.get_by_role("button", name="Stop").click()
    expect(walked.panel).to_contain_text("stopped", timeout=2_000)
    page.get_by_label("Trials").fill("40")
    page.get_by_role("button", name="Answer").click()
    expect(walked.panel.get_by_role("table").first).to_be_visible(timeout=WAITS_MS)


def test_another_value_replaces_the_question_that_runs(walked: Walk) -> None:
    page = walked.page
    walked.open("/plan-oc", {**CALENDAR, "trials": "5000000", "fill": ""})
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".progress")).to_be_visible(timeout=WAITS_MS)
    page.get_by_label("Trials").fill("40")
    page.get_by_role("button", name="Answer").click()
    expect(walked.panel.get_by_role("table").first).to_be_visible(timeout=WAITS_MS)
    expect(page.locator(".progress")).to_have_count(0)


def test_without_scripts_a_form_answers_and_a_page_waits(plain: Walk) -> None:
    page = plain.page
    plain.open("/plan-oc", {**CALENDAR, "trials": "20000", "fill": ""})
    page.get_by_label("Trials").fill("150000")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".progress")).to_be_visible(timeout=WAITS_MS)
    expect(page.locator("#answer .panel table").first).to_be_visible(timeout=WAITS_MS)
    expect(page.get_by_label("Trials")).to_have_value("150000")
    page.get_by_role("button", name="Add to the note").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Note")
    page.get_by_role("button", name=re.compile("^Remove")).first.click()
    plain.open("/plan-oc", {**CALENDAR, "trials": "5000000"})
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#answer")).to_contain_text("stopped", timeout=WAITS_MS)


def test_without_scripts_files_are_dropped_and_removed(plain: Walk) -> None:
    page = plain.page
    plain.open("/shelf")
    page.get_by_label("Files, at most").set_input_files(
        [EXAMPLE / "sources" / "ae.csv", EXAMPLE / "sources" / "ex.csv"]
    )
    page.get_by_role("button", name="Put on the shelf").click()
    expect(page.get_by_role("row", name=re.compile(r"^ex\.csv"))).to_be_visible()
    plain.open("/follow-km")
    page.get_by_label("Table").select_option(label="ex.csv")
    plain.open("/shelf")
    for name in ("ae.csv", "ex.csv"):
        with page.expect_navigation():
            page.get_by_role("button", name=f"Remove {name}").click()
        expect(page.get_by_role("row", name=re.compile(f"^{re.escape(name)}"))).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_what_an_import_would_do_is_seen_before_it_is_done(
    chromium: Browser, console: Served, tmp_path: Path, scripts: bool
) -> None:
    corrected = tmp_path / "lb.csv"
    corrected.write_text((EXAMPLE / "sources" / "lb.csv").read_text().replace("PLT,244,", "PLT,245,", 1))
    database = Path(str(console.process.args[4])) / DATABASE  # type: ignore[index]
    before = database.read_bytes()
    with walk(chromium, console, scripts=scripts) as walked:
        page = walked.page
        walked.open("/shelf")
        page.get_by_label("Files, at most").set_input_files(corrected)
        page.get_by_role("button", name="Put on the shelf").click()
        walked.open("/study-import")
        expect(page.get_by_role("button", name="Write it into the record")).to_have_count(0)
        page.get_by_role("group", name="Files").get_by_label("lb.csv", exact=True).check()
        page.get_by_label("Reason").fill("typed again")
        page.get_by_role("button", name="Show what it would do").click()
        panel = walked.answered()
        expect(panel).to_contain_text("245")
        expect(page.get_by_role("button", name="Write it into the record")).to_be_visible()
        expect(page.get_by_label("Reason")).to_have_value("typed again")
    assert database.read_bytes() == before


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_form_and_its_answer_are_few_requests(walked: Walk, width: int) -> None:
    page = walked.page
    page.set_viewport_size({"width": width, "height": 900})
    walked.open("/plan-next")
    page.wait_for_load_state("networkidle")
    assert len(walked.asked) <= MOST_REQUESTS
    assert unpacked(walked) <= MOST_BYTES
    walked.asked.clear()
    page.get_by_label("Ask this study").check()
    page.get_by_role("button", name="Answer").click()
    walked.answered()
    assert len(walked.asked) <= MOST_REQUESTS
    walked.open("/plan-next", {"folder": "yes"})
    walked.answered()
    assert unpacked(walked) <= MOST_BYTES


def unpacked(walked: Walk) -> int:
    """Bytes of everything that was loaded."""
    replies = [one.response() for one in walked.asked]
    return sum(len(reply.body()) for reply in replies if reply is not None)


def shared(console: Served) -> int:
    """Bytes that every page loads."""
    return sum(len(console.get(f"/static/{name}").body) for name in STATIC)


def test_every_form_is_small(demonstration: Path, tmp_path: Path, serving: Callable[..., Served]) -> None:
    shutil.copytree(demonstration, tmp_path / "study")
    served = serving(tmp_path / "study")
    sizes = {command: len(served.get(address(command), {"fill": ""}).body) for command in commands()}
    assert {command: size for command, size in sizes.items() if size + shared(served) > MOST_BYTES} == {}


@pytest.mark.parametrize("example", ANSWERS, ids=[one.question.command for one in ANSWERS])
def test_an_answer_is_small_on_its_way(console: Served, example: Example) -> None:
    fields = [*sent(example.question, placed(example), console), ("ask", "")]
    page = console.answered(console.get(address(example.question.command), fields))
    packed = [page, *(console.get(f"/static/{name}") for name in STATIC)]
    assert sum(len(gzip.compress(reply.body)) for reply in packed) <= MOST_BYTES / 2


def test_values_are_read_off_a_figure_by_pointer_and_by_keys(walked: Walk, console: Served) -> None:
    page, curve = walked.page, DATA / "km.csv"
    assert console.drop({curve.name: curve.read_bytes()}).status == 303
    walked.open("/follow-km", {"table": console.on_shelf()[curve.name], "time": "t", "event": "e"})
    drawn = walked.answered().locator("svg[data-read]").first
    expect(walked.panel.locator("output")).to_have_count(0)
    x, y, series = json.loads(drawn.get_attribute("data-read") or "")
    name, *points = series[0]
    drawn.focus()
    read = walked.panel.locator("figure output").first
    expect(read).to_have_text(f"{name}: {x} {points[0][0]:g}, {y} {points[0][1]:g}")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(read).to_have_text(f"{name}: {x} {points[2][0]:g}, {y} {points[2][1]:g}")
    box = drawn.bounding_box()
    assert box is not None
    zoom = box["width"] / float((drawn.get_attribute("viewBox") or "").split()[2])
    drawn.hover(position={"x": points[-1][2] * zoom + 2, "y": points[-1][3] * zoom - 2})
    expect(read).to_have_text(f"{name}: {x} {points[-1][0]:g}, {y} {points[-1][1]:g}")
