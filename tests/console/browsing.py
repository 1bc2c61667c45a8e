"""Walking through a console in Chromium, with axe-core in every page; the policy of the pages stays as it is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect, sync_playwright

from tests.conftest import ROOT
from tests.console.serving import Fields, Served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = ROOT / "tests" / "console" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--enable-unsafe-swiftshader",
)  # fmt: skip
NOT_OF_A_PAGE = ("Failed to load resource: the server responded", "[.WebGL-")
"""How lines of the console begin that no script of a page said: a refused request, a driver on its own speed."""
WIDE, NARROW = 1300, 390
"""Pixels of a desk's screen and of a telephone's."""
WAITS_MS = 120_000.0
"""For an answer, on a machine that is busy."""

needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and "CI" not in os.environ,
        reason="walks need Chromium (Debian package chromium): not found",
    ),
]
"""Marks of tests that walk; in continuous integration Chromium is there."""
needs_axe = pytest.mark.skipif(
    not AXE.is_file() and "CI" not in os.environ,
    reason="axe-core is not there: npm ci --prefix tests/console",
)


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window; nothing else in this process may run an event loop meanwhile."""
    assert CHROMIUM is not None, "Chromium (Debian package chromium) is not installed"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@contextmanager
def beside(chromium: Browser, *flags: str) -> Iterator[Browser]:
    """Another Chromium beside one that runs, with flags of its own."""
    launched = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
    yield launched
    launched.close()


@dataclass(slots=True)
class Walk:
    """A page on a console, what its scripts said, and what it asked for."""

    served: Served
    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def open(self, path: str, fields: Fields | None = None) -> None:
        """Go to an address of the console."""
        query = f"?{urlencode(fields)}" if fields is not None else ""
        self.asked.clear()
        self.page.goto(f"http://{self.served.host}{path}{query}")

    @property
    def panel(self) -> Locator:
        """The answer beside a form."""
        return self.page.locator("#answer .panel")

    def answered(self) -> Locator:
        """The answer, once it is there."""
        expect(self.panel).to_be_visible(timeout=WAITS_MS)
        return self.panel

    def unfold(self) -> None:
        """Open whatever is folded."""
        self.page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    def violations(self, rules: Literal["every", "contrast"] = "every") -> list[str]:
        """What axe finds in the page as it stands, folded parts left out."""
        only = {"runOnly": ["color-contrast"]} if rules == "contrast" else {}
        found: dict[str, Any] = self.page.evaluate("(options) => axe.run(document, options)", only)
        assert found["passes"]
        return [
            f"{one['id']} ({one['help']}): {node['html'][:300]}" for one in found["violations"] for node in one["nodes"]
        ]

    def too_wide(self) -> int:
        """Pixels by which the page itself is wider than the screen."""
        wide: int = self.page.evaluate("() => document.scrollingElement.scrollWidth - window.innerWidth")
        return max(wide, 0)

    def end(self) -> None:
        """What holds of every walk: no script failed, the policy stopped nothing, nobody else was asked."""
        told = [line for line in self.said if not line.startswith(NOT_OF_A_PAGE)]
        assert told == []
        assert self.foreign() == []

    def foreign(self) -> list[str]:
        """Requests to anybody but the console."""
        return [
            one.url
            for one in self.asked
            if urlsplit(one.url).scheme != "data" and urlsplit(one.url).netloc != self.served.host
        ]


@contextmanager
def walk(chromium: Browser, served: Served, *, scripts: bool = True) -> Iterator[Walk]:
    """A page of a browser that was given the console's address."""
    context = chromium.new_context(java_script_enabled=scripts, viewport={"width": WIDE, "height": 900})
    try:
        if scripts and AXE.is_file():
            context.add_init_script(path=AXE)
        if scripts:
            context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(served.address)
        walked = Walk(served, page)

        def heard(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                walked.said.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: walked.said.append(str(error)))
        page.on("request", lambda request: walked.asked.append(request))
        yield walked
        walked.end()
    finally:
        context.close()
