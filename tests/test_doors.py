"""The doors of the house: thin shells over the questions, one description of each, nothing written twice."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tests.conftest import ROOT

SRC = ROOT / "src" / "hevesy"
SHELL_LINES = 900
MOST_ANY = 10


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("hevesy")
    circles = [
        (one, other)
        for one in graph.modules
        for other in graph.find_modules_directly_imported_by(one)
        if graph.chain_exists(other, one)
    ]
    assert circles == []


def test_the_declarations_and_the_page_of_the_python_door_are_what_the_questions_say() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from write_python_reference import PAGE, STUB, page, stub
    finally:
        sys.path.remove(str(ROOT / "tools"))
    assert STUB.read_text() == stub(), "run python tools/write_python_reference.py"
    assert PAGE.read_text() == page(), "run python tools/write_python_reference.py"


ADDED = '''
"""What a question needs."""
from __future__ import annotations
from typing import Annotated
from hevesy.answers.answer import Answer
from hevesy.answers.asked import Quantity, Whole
from hevesy.blocks.prose import said

COMMAND = "plan wait"

def waiting_time(subjects: Annotated[int, Whole("Who waits.", "N", least=1)], *,
                 each_d: Annotated[float, Quantity("Of each, as in 7d.", dimension="time", unit="d")]) -> Answer:
    """How long subjects wait one after another.

    Returns the days.
    """
    days = subjects * each_d
    return Answer(document={"days": days}, blocks=(said(f"{days:g} days"),))
'''

ASKED = """
import sys, contextlib, io
import hevesy.answers
hevesy.answers.__path__.append(sys.argv.pop(1))
sys.path.insert(0, sys.argv.pop(1))
import hevesy
assert str(hevesy.waiting_time(3, each="7d")) == "21 days"
assert hevesy.ask("plan wait", subjects=3, each=7).document == {"days": 21.0}
from write_python_reference import page, stub
assert "## waiting_time" in page() and "How long subjects wait" in page() and "def waiting_time(" in stub()
from write_command_reference import reference
assert "## hevesy plan wait" in reference() and "`--each" in reference()
from hevesy.cli import main
main()
"""


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        (["plan", "wait", "3", "--each", "7d"], "21 days"),
        (["plan", "wait", "3", "--each", "7d", "--json"], '"days": 21.0'),
        (["plan", "wait", "--help"], "How long subjects wait one after another."),
        (["plan", "--help"], "wait"),
    ],
)
def test_a_file_with_a_question_is_a_command_a_python_call_and_a_page(
    tmp_path: Path, typed: list[str], printed: str
) -> None:
    room = tmp_path / "waiting"
    room.mkdir()
    (room / "__init__.py").write_text('"""Waiting."""\n')
    (room / "waiting_time.py").write_text(ADDED)
    ran = subprocess.run(
        [sys.executable, "-c", ASKED, str(tmp_path), str(ROOT / "tools"), *typed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert printed in ran.stdout, ran.stderr


def test_a_question_added_twice_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('"""A room."""\n')
        (tmp_path / name / "waiting_time.py").write_text(ADDED)
    code = "import sys, hevesy.answers; hevesy.answers.__path__.append(sys.argv[1]); import hevesy; dir(hevesy)"
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "two questions have the command 'plan wait'" in ran.stderr


def test_the_command_line_is_thin() -> None:
    lines = sum(len(path.read_text().splitlines()) for path in (SRC / "cli").rglob("*.py"))
    assert lines <= SHELL_LINES


def test_what_is_asked_and_shown_has_types() -> None:
    """`Any` says that nobody knows; a few places talk to libraries without types."""
    named = [
        (path.relative_to(SRC).as_posix(), node.lineno)
        for room in ("answers", "cli", "readout", "render")
        for path in (SRC / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name) and node.id == "Any"
    ]
    assert len(named) <= MOST_ANY, named
