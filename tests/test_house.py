"""The house: nothing below the edge opens a file, heavy imports are lazy, every shipped table has its source."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from hevesy.answers.question import questions
from hevesy.provenance import shipped_table
from tests.conftest import EXAMPLE, ROOT

SRC = ROOT / "src" / "hevesy"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
BELOW_THE_EDGE = next(one["source_modules"] for one in CONTRACTS if one["name"].startswith("No file access"))


def modules() -> list[Path]:
    rooms = [SRC / name.removeprefix("hevesy.") for name in BELOW_THE_EDGE]
    return sorted(
        path for room in rooms for path in (room.rglob("*.py") if room.is_dir() else [room.with_suffix(".py")])
    )


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(SRC).as_posix())
def test_no_verb_or_noun_opens_a_file(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    opened = [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "open"]
    assert opened == []


def loaded_by(code: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def test_help_loads_nothing_heavy() -> None:
    code = "import contextlib, io, sys; sys.argv = ['hevesy', '--help']\nfrom hevesy.cli import main\nwith contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()"
    heavy = {"numpy", "scipy", "polars", "pyreadstat", "jinja2", "rich", "zoneinfo", "sqlite3"}
    assert loaded_by(code) & heavy == set()


def test_importing_hevesy_loads_nothing_but_itself() -> None:
    assert {name for name in loaded_by("import hevesy") if name.startswith(("hevesy", "numpy", "polars"))} == {
        "hevesy",
        "hevesy.version",
    }


@pytest.mark.parametrize("table", sorted(SRC.rglob("data/*.csv")), ids=lambda path: path.stem)
def test_every_shipped_table_has_its_source(table: Path) -> None:
    rows, source = shipped_table(table.parent.parent.name, table.stem)
    described = tomllib.loads(table.with_suffix(".toml").read_text())
    assert rows
    assert source.sha256 == hashlib.sha256(table.read_bytes()).hexdigest()
    assert (ROOT / described["made_by"]).is_file()
    assert all(described[key] for key in ("work", "locator", "origin", "licence"))


def test_every_file_of_the_demonstration_has_its_source() -> None:
    described = tomllib.loads((EXAMPLE / "origin.toml").read_text())
    files = {path.relative_to(EXAMPLE).as_posix(): path for path in EXAMPLE.rglob("*.csv")}
    assert set(described["files"]) == set(files)
    for name, path in files.items():
        assert described["files"][name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert described["files"][name]["columns"] == path.read_text().splitlines()[0]


def test_no_path_of_one_machine_and_no_address_of_a_registry_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    marks = (*(f"/{folder}/" for folder in ("home", "root", "Users")), "index-" + "url", "pypi." + "org/simple")
    found = [
        (name, mark)
        for name in listed.split("\0")
        if name and (ROOT / name).is_file() and (ROOT / name).suffix in (".py", ".toml", ".md", ".txt", ".csv", "")
        for mark in marks
        if mark in (ROOT / name).read_text(errors="ignore")
    ]
    assert found == []


SHELLS = {"cli", "console"}
BELOW_THE_SHELLS = sorted(path for path in SRC.rglob("*.py") if not SHELLS & {*path.relative_to(SRC).parts})
SPELLING = ("render/svg.py", "answers/spelled.py")
"""The colours of a page are called --ink, and how a shell spells a field is said in one place."""
EXPLAINING = ("errors.py", "answers/asked.py")
"""What says how fields and questions are marked, and kinds of fields that speak of a field beside them."""


@pytest.mark.parametrize("path", BELOW_THE_SHELLS, ids=lambda path: path.relative_to(SRC).as_posix())
def test_no_sentence_below_the_shells_names_a_flag_or_a_command(path: Path) -> None:
    """Fields and questions stand between guillemets, and name one that there is: each shell puts its own word there."""
    name = path.relative_to(SRC).as_posix()
    told = [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    if name not in SPELLING:
        assert [text for text in told if re.search(r"--[A-Za-z]|`hevesy |`(?:plan|follow|treat|study) ", text)] == []
    known = {field.name for one in questions().values() for field in one.fields} | {*questions()}
    marked = {mark for text in told for mark in re.findall("⟦([^⟧]+)⟧", text)}
    assert name in EXPLAINING or marked <= known


@pytest.mark.parametrize("path", BELOW_THE_SHELLS, ids=lambda path: path.relative_to(SRC).as_posix())
def test_below_the_shells_only_our_own_kinds_are_raised(path: Path) -> None:
    """RuleError, CannotAnswerError and DeliveryError; what is raised to be caught in the same file is its own affair."""
    tree = ast.parse(path.read_text())
    raised = {
        node.exc.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)
    }
    assert raised & {"ValueError", "RuntimeError", "KeyError", "LookupError", "Exception", "OSError"} == set()
    kinds = {
        base.id
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and path.name != "errors.py" and not node.name.startswith("_")
        for base in node.bases
        if isinstance(base, ast.Name)
    }
    assert not [name for name in kinds if name.endswith(("Error", "Exception"))]


OUTSIDE_THE_RECORD = sorted(path for path in SRC.rglob("*.py") if "record" not in path.relative_to(SRC).parts)
OF_A_STUDY = {"study.sqlite", "sources", "readouts", "objects", "protocol.toml", "sources.toml"}
"""Names of what lies in a study's folder."""


def joined(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Texts that become a part of a path, each with what it is joined to."""
    match node:
        case ast.BinOp(op=ast.Div(), left=left, right=ast.Constant(value=str(name))):
            yield ast.unparse(left), name
        case ast.Call(func=ast.Attribute(attr="joinpath" | "with_name", value=left), args=parts):
            yield from ((ast.unparse(left), str(part.value)) for part in parts if isinstance(part, ast.Constant))


@pytest.mark.parametrize("path", OUTSIDE_THE_RECORD, ids=lambda path: path.relative_to(SRC).as_posix())
def test_a_study_folder_has_one_door(path: Path) -> None:
    """Nobody outside the record names a file or folder of a study, nor a part of the record's room."""
    tree = ast.parse(path.read_text())
    inside = [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hevesy.record."))
        or (isinstance(node, ast.Import) and any(name.name.startswith("hevesy.record") for name in node.names))
    ]
    assert inside == []
    named = [(to, name) for node in ast.walk(tree) for to, name in joined(node)]
    assert [pair for pair in named if pair[1].split("/")[0] in OF_A_STUDY and pair[0] != "example"] == []
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert not [text for text in texts if "study.sqlite" in text]


DERIVING = ("check", "follow", "matter", "nuclides", "plan", "preclinical", "radiation", "stats", "treat")
"""Rooms that work things out: conduct/ asks them, and readout/ knows no more of them than what their results are."""


@pytest.mark.parametrize(
    "path", sorted((SRC / "readout").rglob("*.py")), ids=lambda path: path.relative_to(SRC).as_posix()
)
def test_a_readout_lays_out_and_derives_nothing(path: Path) -> None:
    """What stands there of a verb is a type, never a function or a table."""
    taken = [
        (node.module, alias.name, getattr(import_module(node.module), alias.name))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("hevesy.")
        for alias in node.names
        if node.module.split(".")[1] in DERIVING
    ]
    assert [(module, name) for module, name, thing in taken if not isinstance(thing, type)] == []
    whole = [
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    assert not {name for name in whole if name.split(".")[0] in ("statistics", "numpy", "scipy", "hevesy")}


LONG, MOST_LONG = 60, 10
"""Lines of a function from which it wants to be two, and how many may yet be longer."""


def test_few_functions_are_long() -> None:
    """Loops that are compiled and the algorithms of statistics read better whole; everything else falls into its steps."""
    every = [path for path in SRC.rglob("*.py") if path.relative_to(SRC).parts[0] not in ("kernels", "stats")]
    long = [
        f"{path.relative_to(SRC).as_posix()}: {node.name}"
        for path in sorted(every)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > LONG
    ]
    assert len(long) <= MOST_LONG, long
