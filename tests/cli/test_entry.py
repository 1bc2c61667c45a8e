"""How the program is started, and what a shell asks it while somebody types."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hevesy import __version__


def called(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hevesy", *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_the_package_is_a_program() -> None:
    assert called("--version").stdout == f"{__version__}\n"
    refused = called("nonsense")
    assert refused.returncode == 2
    assert "Usage: hevesy [OPTIONS]" in refused.stderr, "by its own name, however it was started"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("hevesy pl", {"plan"}),
        ("hevesy plan t", {"table", "two-stage"}),
        ("hevesy plan oc --st", {"--stagger", "--stop-at"}),
    ],
)
def test_a_shell_is_told_what_may_follow(typed: str, offered: set[str]) -> None:
    last = str(len(typed.split()) - 1)
    found = called(_HEVESY_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=last)
    assert (found.returncode, set(found.stdout.split())) == (0, offered)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_completion_is_installed_for_the_shell_it_is_asked_from(tmp_path: Path) -> None:
    def from_bash(command: str) -> str:
        environment = os.environ | {"HOME": str(tmp_path), "PYTHON": sys.executable}
        # with a command after it bash does not give way to the program, which looks for the shell above it
        return subprocess.run(
            ["bash", "-c", f"{command}; true"], env=environment, capture_output=True, text=True, check=True
        ).stdout

    shown = from_bash('"$PYTHON" -m hevesy --show-completion')
    assert "complete -o default -F _hevesy_completion hevesy" in shown
    assert "bash completion installed" in from_bash('"$PYTHON" -m hevesy --install-completion')
    script = tmp_path / ".bash_completions" / "hevesy.sh"
    assert script.read_text().strip() == shown.strip()
    assert str(script) in (tmp_path / ".bashrc").read_text()
