"""What of the outside truth is passed on with the tests: as described, the same bytes as outside, nothing that may not be."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests import conftest
from tests.conftest import REFERENCE, SHIPPED, reference

FOLDERS = sorted(SHIPPED.glob("*.toml"))
DESCRIBED: dict[str, dict[str, Any]] = {
    f"{folder.stem}/{name}": about
    for folder in FOLDERS
    for name, about in tomllib.loads(folder.read_text())["files"].items()
}
MEDDRA_CODE = re.compile(r"(?<![\w.])10\d{6}\b")  # every code of MedDRA has eight digits and begins with 10
MEDDRA_COLUMN = re.compile(r"MedDRA|(LLT|PT|HLT|HLGT|SOC|BDSY)CD\b")


def test_every_file_is_described_and_every_description_has_its_file() -> None:
    lying = {
        path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*") if path.is_file() and path.parent != SHIPPED
    }
    assert lying == set(DESCRIBED)
    beside = {path.name for path in SHIPPED.iterdir() if path.is_file() and path.suffix != ".toml"}
    assert beside == {"NOTICE", "LICENSE-Apache-2.0.md"}


@pytest.mark.parametrize("path", sorted(DESCRIBED))
def test_a_shipped_file_is_the_one_described_and_the_one_outside(path: str) -> None:
    content, about = (SHIPPED / path).read_bytes(), DESCRIBED[path]
    assert about["sha256"] == hashlib.sha256(content).hexdigest()
    assert all(about[key] for key in ("work", "origin", "licence"))
    if path.endswith(".csv"):
        assert about["columns"] == content.decode("utf-8-sig").splitlines()[0]
    else:
        assert about["content"]
    if (REFERENCE / path).exists():
        assert content == (REFERENCE / path).read_bytes()


@pytest.mark.parametrize("path", sorted(path for path in DESCRIBED if path.endswith(".csv")))
def test_no_code_of_meddra_is_passed_on(path: str) -> None:
    text = (SHIPPED / path).read_text("utf-8-sig")
    assert not MEDDRA_COLUMN.search(text.splitlines()[0])
    assert not MEDDRA_CODE.search(text)


def test_a_code_of_meddra_would_be_found() -> None:
    """The columns of SDTM and of the NCI's table with codes, and a code as it stands there."""
    assert all(
        MEDDRA_COLUMN.search(name) for name in ("AELLTCD", "AEPTCD", "AEBDSYCD", "CTCAE v6.0 MedDRA 28.0 LLT Code")
    )
    assert MEDDRA_CODE.search("10011974,Eye disorders")


def test_the_notice_names_every_file_under_the_apache_licence() -> None:
    named = set(re.findall(r"^- (\S+)$", (SHIPPED / "NOTICE").read_text(), re.MULTILINE))
    assert named == {path for path, about in DESCRIBED.items() if about["licence"].startswith("Apache-2.0")}


def test_what_is_passed_on_stays_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) < 4_000_000


def test_the_folder_beside_comes_first_then_what_ships_then_a_skip_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conftest, "REFERENCE", tmp_path)
    name = "escalation/boin_lambda.csv"
    assert reference(name) == SHIPPED / name
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text("beside")
    assert reference(name) == tmp_path / name
    with pytest.raises(pytest.skip.Exception, match=r"outside truth absent: icrp/I-131\.json \(set HEVESY_REFERENCE\)"):
        reference("icrp/I-131.json")
