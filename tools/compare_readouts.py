"""Whether two versions of Hevesy say the same: both demonstrations and every example of the documents, item by item.

    python tools/compare_readouts.py REVISION         the working tree against a commit
    python tools/compare_readouts.py --write FILE     what the working tree says, a short hash an item
    python tools/compare_readouts.py --against FILE   the working tree against what was written before

Compared are, of each demonstration (imported with a fixed clock and author): the sequence of all numbers (id, value,
text, label, definition, population, because, rows as a set), every sentence and table cell of the page in its order,
every tables/*.csv; and of every example in README and docs what it prints with --json. Not compared: markup, figures,
hashes of the ledger.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "docs/tutorial/first-study.md")
DEMONSTRATIONS = ("clr131", "clover")
_TEXTS = {"p", "li", "td", "th", "caption", "figcaption", "h1", "h2", "h3", "h4", "summary", "dt", "dd"}
_HASH = re.compile(r"\b[0-9a-f]{8,64}\b")
_PYTHON = re.compile(r"\bPython 3\.\d+\.\d+\w*")

Said = dict[str, list[str]]
"""Lines by the part of a readout, or the command, they stand in."""

CALLED = """
import itertools, json, sys
from datetime import UTC, datetime, timedelta
import hevesy.record.ledger as ledger
ticks = itertools.count()
start = datetime(2026, 1, 1, tzinfo=UTC)
ledger.utc_now = lambda: (start + timedelta(seconds=next(ticks))).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
from hevesy.cli import main
sys.argv[0] = "hevesy"
main()
"""


class Page(HTMLParser):
    """The sentences and table cells of a page, in their order.

    What stands inside another is said once, by the inner one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[list[str]] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A text begins."""
        if tag in ("svg", "script", "style", "nav"):
            self._hidden += 1
        if tag in _TEXTS:
            self._open.append([])

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        if tag in ("svg", "script", "style", "nav"):
            self._hidden -= 1
        if tag in _TEXTS and self._open:
            text = " ".join("".join(self._open.pop()).split())
            if text:
                self.said.append(text)

    def handle_data(self, data: str) -> None:
        """What it says."""
        if self._open and not self._hidden:
            self._open[-1].append(data)


def plain(text: str) -> str:
    """A text without hashes, which depend on the ledger's head, and without the version of Python."""
    return _PYTHON.sub("Python #", _HASH.sub("#", text))


class Version:
    """A source tree and what it says."""

    def __init__(self, source: Path) -> None:
        self._environment = os.environ | {
            "PYTHONPATH": str(source),
            "HEVESY_WHO": "comparison",
            "PYTHONHASHSEED": "0",
            "COLUMNS": "120",
        }

    def call(self, arguments: list[str], folder: Path) -> tuple[int, str]:
        """Exit status and standard output of a command."""
        ran = subprocess.run(
            [sys.executable, "-c", CALLED, *arguments],
            cwd=folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if "Traceback" in ran.stderr:
            raise RuntimeError(f"hevesy {shlex.join(arguments)}:\n{ran.stderr}")
        return ran.returncode, ran.stdout

    def says(self) -> Said:
        """Everything, by the part it stands in."""
        found: Said = {}
        for name in DEMONSTRATIONS:
            with tempfile.TemporaryDirectory() as temporary:
                self.call(["demo", "study", "--study", name], Path(temporary))
                (readout,) = Path(temporary).glob("study/readouts/*")
                found |= {f"{name}: {item}": text for item, text in _of_readout(readout).items()}
        for document in DOCUMENTS:
            found |= {f"{document}: {item}": text for item, text in self._of_document(ROOT / document).items()}
        return found

    def _of_document(self, document: Path) -> Said:
        """What the commands of a document's console blocks print as JSON, one after another in one folder."""
        found: Said = {}
        example = ROOT / "src" / "hevesy" / "examples" / "clr131"
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for file in (example / "protocol.toml", *(example / "sources").glob("*.csv")):
                (folder / file.name).write_bytes(file.read_bytes())
            for block in re.findall(r"```console\n(.*?)```", document.read_text(encoding="utf-8"), flags=re.DOTALL):
                for line in block.splitlines():
                    if line.startswith("$ hevesy "):
                        status, out = self.call([*shlex.split(line)[2:], "--json"], folder)
                        found[line[2:]] = [
                            f"exit {status}",
                            *(f"{key}: {value}" for key, value in _of_json(out).items()),
                        ]
        return found


def _of_json(text: str) -> dict[str, str]:
    document: dict[str, Any] = json.loads(text)
    for number in document.get("numbers", ()):
        number["rows"] = _rows(number)
    document.pop("path", None)
    said = {key: json.dumps(value, sort_keys=True, ensure_ascii=False) for key, value in sorted(document.items())}
    return {key: plain(value) for key, value in said.items()}


def _rows(number: dict[str, Any]) -> list[int]:
    """Rows as a set, whether they are listed or told in ranges (`row_ranges`: pairs of first and last)."""
    rows = set(number.get("rows", ()))
    for first, last in number.pop("row_ranges", ()):
        rows |= set(range(first, last + 1))
    return sorted(rows)


def _numbers(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Every number in full: since schema 3 what numbers share stands once, `{}` for the subject that each is of."""
    if said.get("schema", 1) < 3:
        return list(said["numbers"])
    found = []
    for meaning, of, value, text, because, rows in said["numbers"]:
        words = said["meanings"][meaning]
        pairs = [one.partition("-") for one in said["rows"][rows].split(", ") if one]
        found.append(
            {key: one if of is None else one.replace("{}", of) for key, one in words.items()}
            | {"value": value, "text": text, "because": [said["sentences"][place] for place in because]}
            | {"row_ranges": [(int(first), int(last or first)) for first, _, last in pairs]}
        )
    return found


def _of_readout(readout: Path) -> Said:
    numbers = _numbers(json.loads((readout / "readout.json").read_text(encoding="utf-8")))
    for number in numbers:
        number["rows"] = _rows(number)
    page = Page()
    page.feed((readout / "index.html").read_text(encoding="utf-8"))
    found = {
        "numbers": [plain(json.dumps(number, sort_keys=True, ensure_ascii=False)) for number in numbers],
        "page": [plain(text) for text in page.said],
    }
    for table in sorted((readout / "tables").glob("*.csv")):
        found[table.name] = [plain(line) for line in table.read_text(encoding="utf-8").splitlines()]
    return found


def hashed(said: Said) -> Said:
    """A short hash for each line (for delivered rows one for all of a source), so that a file can be kept."""

    def short(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()[:6]

    return {
        part: [short("\n".join(lines))] if "rows_" in part else [short(line) for line in lines]
        for part, lines in said.items()
    }


def differences(before: Said, after: Said) -> list[str]:
    """The lines that are gone (-), new (+) or otherwise, each with its part."""
    told = []
    for part in dict.fromkeys((*before, *after)):
        one, two = before.get(part, []), after.get(part, [])
        if one != two:
            changed = difflib.unified_diff(one, two, lineterm="", n=0)
            told += [f"{part}: {line[:400]}" for line in changed if not line.startswith(("---", "+++", "@@"))]
    return told


def main() -> int:
    """Compare and print what differs."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    options.add_argument("revision", nargs="?")
    options.add_argument("--write", type=Path)
    options.add_argument("--against", type=Path)
    asked = options.parse_args()
    after = Version(ROOT / "src").says()
    if asked.write is not None:
        asked.write.write_text(json.dumps(hashed(after), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{sum(map(len, after.values()))} lines")
        return 0
    if asked.against is not None:
        before, after = json.loads(asked.against.read_text(encoding="utf-8")), hashed(after)
    elif asked.revision is not None:
        packed = subprocess.run(
            ["git", "archive", asked.revision, "src"], cwd=ROOT, capture_output=True, check=True
        ).stdout
        with tempfile.TemporaryDirectory() as temporary:
            with tarfile.open(fileobj=BytesIO(packed)) as archive:
                archive.extractall(temporary, filter="data")
            before = Version(Path(temporary) / "src").says()
    else:
        options.error("name a revision, --write or --against")
    told = differences(before, after)
    print("\n".join(told[:60]))
    print(f"{sum(map(len, after.values()))} lines, {len(told)} differ")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
