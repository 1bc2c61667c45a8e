"""The documents run: commands of README and tutorial give what they show, numbers are those measured, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hevesy
from hevesy.cli import main
from hevesy.files.protocol import read_protocol
from hevesy.files.toml import Section
from tests.answers.asking import DATA
from tests.conftest import EXAMPLE, ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "docs" / "tutorial" / "first-study.md"]
DOCUMENTS_OF_ONE_QUESTION = [ROOT / "docs" / "how-to" / "effect.md"]
WITH_CASE = ROOT / "docs" / "how-to" / "organ-dose.md"
WITH_CURVES = ROOT / "docs" / "how-to" / "kinetics.md"
WITH_IMAGES = ROOT / "docs" / "how-to" / "voxel-dose.md"


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
    _run_as_shown(commands, monkeypatch, capsys)


@pytest.mark.parametrize("document", DOCUMENTS_OF_ONE_QUESTION, ids=lambda path: path.name)
def test_the_commands_of_a_page_on_one_question_give_what_it_shows(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in re.findall(r"`([a-z]+\.csv)`:\n\n```text\n(.*?)```", document.read_text(), flags=re.DOTALL):
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    commands = steps(document)
    assert commands
    _run_as_shown(commands, monkeypatch, capsys)


def test_the_command_on_images_gives_what_its_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(DATA / "pet", tmp_path / "pet")
    monkeypatch.chdir(tmp_path)
    commands = steps(WITH_IMAGES)
    assert commands
    _run_as_shown(commands, monkeypatch, capsys)
    assert {path.name for path in (tmp_path / "dose").iterdir()} == {"rtdose.dcm", "dose.nii.gz", "dvh.csv"}


def test_the_case_of_organ_doses_gives_what_its_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = WITH_CASE.read_text()
    for name, kind in (("made-up.csv", "text"), ("CASE.toml", "toml")):
        content, *_ = re.findall(rf"```{kind}\n(.*?)```", page, flags=re.DOTALL)
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    ((command, shown),) = steps(WITH_CASE)
    assert len(shown) == 4
    _run_as_shown([(command, shown)], monkeypatch, capsys)


def test_the_command_on_curves_gives_what_its_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(DATA / "liver_curve.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = steps(WITH_CURVES)
    assert commands
    _run_as_shown(commands, monkeypatch, capsys)


def _run_as_shown(
    commands: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command, shown in commands:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        try:
            main()
        except SystemExit as ended:
            assert ended.code in (0, None), (command, capsys.readouterr().err)  # noqa: PT017
        told = capsys.readouterr()
        for line in shown:
            assert line in told.out, (command, line, told.out)


def test_the_python_lines_of_the_readme_run_on_a_study_of_their_own(tmp_path: Path) -> None:
    """In a process of its own, in a folder with nothing but a study and two files, as they come again with a delivery."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line]) == 5
    made = hevesy.create(tmp_path / "trial", protocol=EXAMPLE / "protocol.toml", mapping="clr131", who="data manager")
    made.take(list((EXAMPLE / "sources").glob("*.csv")), who="data manager")
    for name in ("dm.csv", "ex.csv"):
        shutil.copy(EXAMPLE / "sources" / name, tmp_path)
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("escalate, level 3 (25 mCi/m2); places open: 4")
    assert len(list((tmp_path / "trial" / "readouts").glob("*/index.html"))) == 1


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


def test_the_keys_of_the_plan_and_of_the_mapping_are_what_their_readers_ask_for() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from write_key_reference import PAGES, written
    finally:
        sys.path.remove(str(ROOT / "tools"))
    for page in PAGES:
        assert page.read_text() == written(page), "run python tools/write_key_reference.py"


@pytest.mark.parametrize("example", ["clr131", "clover", "imaging124", "dosimetry131"])
def test_every_key_that_a_plan_is_asked_for_is_on_its_page(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    has = Section.has

    def noted(section: Section, key: str) -> bool:
        if (
            section.place.split(".")[0] not in ("reference_range", "believable")
            and section.place != "indications.criteria"
        ):
            asked.add(key)  # there the keys are the study's own
        return has(section, key)

    monkeypatch.setattr(Section, "has", noted)
    read_protocol((ROOT / "src" / "hevesy" / "examples" / example / "protocol.toml").read_text())
    page = (ROOT / "docs" / "reference" / "protocol.md").read_text()
    assert [key for key in sorted(asked) if f"`{key}`" not in page] == []


def test_every_reader_is_followed_to_the_same_tables_as_a_plan_has() -> None:
    """The keys of an example stand in the table of the page that they stand in there."""
    page = (ROOT / "docs" / "reference" / "protocol.md").read_text().split("## Every key")[1]
    tables = dict(re.findall(r"### `\[+([a-z_.]+)\]+`\n(.*?)(?=\n###|\Z)", page, flags=re.DOTALL))
    plan = tomllib.loads((EXAMPLE / "protocol.toml").read_text())
    for table in ("study", "treatment", "escalation", "dlt", "blood_counts"):
        assert [key for key in plan[table] if f"`{key}`" not in tables[table]] == []
    for key in plan["dlt"]["rule"][1]:
        assert f"`{key}`" in tables["dlt.rule"]
