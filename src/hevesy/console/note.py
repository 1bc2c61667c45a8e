"""The meeting's note: answers that were added, as they stood then."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from hevesy.errors import CannotAnswerError

_LABEL, _REGION = re.compile(r'(?<= )aria-label="([^"]*)"'), re.compile(r'(<section[^>]*) aria-labelledby="[^"]*"')
MOST_NOTED, MOST_LETTERS = 60, 4_000_000
"""Answers in a note, and letters of them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """An answer in the note: what was asked, when it was answered, on which head of the record, and its panel."""

    title: str
    at: str
    head: str | None
    shell: str
    html: str
    id: str = field(default_factory=lambda: secrets.token_hex(6))

    def apart(self, place: int) -> str:
        """Its panel at that place of the note: regions of several answers have names of their own."""
        return _LABEL.sub(rf'aria-label="{place}: \1"', _REGION.sub(r"\1", self.html))


@dataclass(slots=True)
class Note:
    """The answers of a note in the order in which they were added."""

    entries: list[Noted] = field(default_factory=list)

    def add(self, noted: Noted) -> None:
        """Add an answer; refused where the note is full."""
        if (
            len(self.entries) >= MOST_NOTED
            or sum(len(one.html) for one in self.entries) + len(noted.html) > MOST_LETTERS
        ):
            raise CannotAnswerError(f"the note is full ({len(self.entries)} answers): print it and remove some")
        self.entries.append(noted)

    def remove(self, id: str) -> None:
        """Take an answer out."""
        self.entries = [one for one in self.entries if one.id != id]
