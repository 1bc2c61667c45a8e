"""The readouts in a study's folder, by what each says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LONGEST_LINE, MOST_LINES = 10_000, 40
"""Of the beginning of a readout.json, where what identifies it stands, a line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReadout:
    """A readout: its folder, and what it says of the cut and the state of the record that it was made from."""

    folder: Path
    about: Mapping[str, object]

    @property
    def cut(self) -> str:
        """Its data cut, as it says it."""
        return str(self.about.get("as_of"))

    @property
    def known_at(self) -> str | None:
        """Up to when the record was known; None: the last entry."""
        told = self.about.get("known_at")
        return told if isinstance(told, str) else None

    @property
    def head(self) -> str | None:
        """The state it was made from."""
        told = self.about.get("ledger_head")
        return told if isinstance(told, str) else None

    @property
    def entries(self) -> int | None:
        """How many entries the record had then."""
        told = self.about.get("ledger_entries")
        return told if isinstance(told, int) else None


def made_readouts(readouts: Path) -> list[MadeReadout]:
    """The readouts of a folder that were written to their end, the newest cut first."""
    pages = [
        page for page in readouts.glob("*/readout.json") if page.is_file() and not page.parent.name.startswith(".")
    ]
    found = [MadeReadout(folder=page.parent, about=_about(page)) for page in pages]
    return sorted(
        found, key=lambda made: (str(made.about.get("as_of")), made.entries or 0, made.folder.name), reverse=True
    )


def _about(page: Path) -> dict[str, object]:
    """What stands before the sections of a readout.json."""
    told: dict[str, object] = {}
    with page.open(encoding="utf-8", errors="replace") as file:
        for _ in range(MOST_LINES):
            line = file.readline(LONGEST_LINE).strip().rstrip(",")
            if line.startswith('"sections"') or not line:
                break
            try:
                told |= json.loads(f"{{{line}}}") if line != "{" else {}
            except ValueError:
                break
    return told
