"""Sentences: paragraphs, lists of short ones, and the notes that a mark in a table points to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from hevesy.blocks.number import Part

Tone = Literal["plain", "answer", "caution"]
MOST_LISTED = 40
"""Subjects, rows or sentences that are told one by one; of the others their number is told."""
T = TypeVar("T")


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


def shortened(lines: Iterable[T], most: int = MOST_LISTED, told: Callable[[T], str] = str) -> tuple[str, ...]:
    """The first so many lines, and how many more there are: nothing is left off without a word.

    `told` writes only those shown.

    >>> shortened(["a", "b", "c"], 2), shortened([], 2)
    (('a', 'b', 'and 1 more'), ())
    """
    every = tuple(lines)
    shown = tuple(told(one) for one in every[:most])
    return shown if len(every) <= most else (*shown, f"and {len(every) - most} more")
