"""Consoles to be asked."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.console.browsing import Walk, browser, walk
from tests.console.serving import Served, serve


def on_a_copy(study: Path, place: Path) -> Iterator[Served]:
    """A console on a copy of a study, until it is no longer asked."""
    shutil.copytree(study, place / "study")
    console = serve(place / "study")
    yield console
    console.stop()


@pytest.fixture(scope="session")
def served(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A console on a copy of the demonstration, for tests that leave it as it is."""
    yield from on_a_copy(demonstration, tmp_path_factory.mktemp("served"))


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Consoles of a test of its own, by the study's folder and the options."""
    started: list[Served] = []

    def start(study: Path, *options: str, **environment: str) -> Served:
        started.append(serve(study, *options, **environment))
        return started[-1]

    yield start
    for console in started:
        console.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all walks of a module."""
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def console(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A console on a copy of the demonstration, for the walks of a module: its note and shelf are theirs."""
    yield from on_a_copy(demonstration, tmp_path_factory.mktemp("walked"))


@pytest.fixture
def walked(chromium: Browser, console: Served) -> Iterator[Walk]:
    """A page on the console, as a browser of this machine shows it."""
    with walk(chromium, console) as page:
        yield page
