"""Sentences: paragraphs, lists of short ones, and the notes that a mark in a table points to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hevesy.blocks.number import Part

Tone = Literal["plain", "answer", "caution"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A sentence made of text and numbers; `answer` stands out, `caution` warns."""

    parts: tuple[Part, ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Short sentences, one below another."""

    items: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What stands below a table; with a mark, what the cells that bear it mean."""

    parts: tuple[Part, ...]
    mark: str | None = None

    @property
    def words(self) -> tuple[Part, ...]:
        """What is said, after the mark."""
        return self.parts if self.mark is None else (f"{self.mark} ", *self.parts)


def said(*parts: Part, tone: Tone = "plain") -> Paragraph:
    """A paragraph of these parts.

    >>> said("nobody was treated", tone="caution").tone
    'caution'
    """
    return Paragraph(parts=parts, tone=tone)


def listed(*sentences: str) -> Listing:
    """A list of these sentences.

    >>> listed("one", "two").items
    (('one',), ('two',))
    """
    return Listing(items=tuple((sentence,) for sentence in sentences))
