"""The page in a browser: it draws, a number opens its meaning, and nothing is asked of the network."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Folder, write_readout

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="browser tests need Chromium (Debian package chromium): not found"),
]

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--virtual-time-budget=3000",
]  # fmt: skip


def browse(address: str, profile: Path, *flags: str) -> str:
    assert CHROMIUM is not None
    called = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *flags, address],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return called.stdout


def test_a_number_opens_its_meaning(demo: Folder, tmp_path: Path) -> None:
    page = write_readout(demo.path) / "index.html"
    # A copy of the page that clicks a number and writes what opened into the title: the page itself has no hook for tests.
    click = '<script>document.querySelector(\'a.n[href="#why-pfs-median-2"]\').click(); document.title = document.getElementById("card").open + " " + document.getElementById("card-body").innerText;</script>'
    (tmp_path / "clicked.html").write_text(page.read_text().replace("</body>", click + "</body>"))
    drawn = browse((tmp_path / "clicked.html").as_uri(), tmp_path / "profile", "--dump-dom")
    title = drawn.split("<title>")[1].split("</title>")[0]
    assert title.startswith("true ")
    for words in ("120 d", "Kaplan-Meier median", "treated, Cohort 2", "2-01: 183+ d", "rows_myeloma-proteins"):
        assert words in title


@pytest.mark.parametrize("width", [1200, 420])
def test_nothing_but_a_table_is_wider_than_the_screen(demo: Folder, tmp_path: Path, width: int) -> None:
    page = write_readout(demo.path) / "index.html"
    measure = '<script>document.title = document.documentElement.scrollWidth + " " + window.innerWidth + " " + document.querySelectorAll("svg.fig").length;</script>'
    (tmp_path / "measured.html").write_text(page.read_text().replace("</body>", measure + "</body>"))
    drawn = browse(
        (tmp_path / "measured.html").as_uri(), tmp_path / "profile", "--dump-dom", f"--window-size={width},900"
    )
    wide, window, figures = map(int, drawn.split("<title>")[1].split("</title>")[0].split())
    assert wide <= window
    assert figures == 11


def test_it_prints(demo: Folder, tmp_path: Path) -> None:
    page = write_readout(demo.path) / "index.html"
    browse(page.as_uri(), tmp_path / "profile", f"--print-to-pdf={tmp_path / 'out.pdf'}", "--no-pdf-header-footer")
    content = (tmp_path / "out.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") + content.count(b"/Type/Page/") >= 4
