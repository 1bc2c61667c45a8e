"""The documents run: commands of README and tutorial give what they show, numbers are those measured, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from hevesy.cli import main
from tests.conftest import EXAMPLE, ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "docs" / "tutorial" / "first-study.md"]


def steps(document: Path) -> list[tuple[str, list[str]]]:
    """Commands of a document's console blocks, each with the lines shown after it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", document.read_text(), flags=re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found:
                found[-1][1].append(line)
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_commands_of_a_document_give_what_it_shows(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(EXAMPLE / "protocol.toml", tmp_path)
    for file in (EXAMPLE / "sources").glob("*.csv"):
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = steps(document)
    assert len(commands) >= 4
    for command, shown in commands:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        try:
            main()
        except SystemExit as ended:
            assert ended.code in (0, None), (command, capsys.readouterr().err)  # noqa: PT017
        told = capsys.readouterr()
        for line in shown:
            assert line in told.out, (command, line, told.out)


def test_the_readme_names_the_two_commands_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("demo", "test", "benchmarks"):
        assert f"make {target}" in (ROOT / "README.md").read_text()
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


def test_the_command_reference_is_what_the_commands_say() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from write_command_reference import RECORDS, TARGET, records, reference
    finally:
        sys.path.remove(str(ROOT / "tools"))
    assert TARGET.read_text() == reference(), "run python tools/write_command_reference.py"
    assert RECORDS.read_text() == records(), "run python tools/write_command_reference.py"


@pytest.mark.parametrize(
    "document", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]), ids=lambda path: path.name
)
def test_every_link_leads_to_a_file(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_the_changelog_speaks_of_this_version() -> None:
    from hevesy import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()
