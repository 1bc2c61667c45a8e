"""A number that carries its meaning, and what may stand in a sentence or a cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A value as shown, what it means, on whom, by which rule and from which ledger rows.

    Its id is stable between cuts. Numbers of one meaning `of` one subject each (None: of no single one) are told with
    their meaning once.
    """

    id: str
    value: Value
    text: str
    label: str
    definition: str
    population: str
    because: tuple[str, ...]
    rows: tuple[int, ...]
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A value of a cell as shown; its meaning is that of its column and row, files get the value itself."""

    value: Value
    text: str


Part = str | Number
"""What a sentence is made of."""
Cell = str | Number | Shown
"""What a table is made of."""


def plain(part: Cell) -> str:
    """The text of a part."""
    return part if isinstance(part, str) else part.text


def shown(value: float | int | str | None, form: str = "g", absent: str = "") -> Shown:
    """A value for a cell, as a format of Python writes it; what is None is told by `absent`.

    >>> shown(0.34567, ".4g").text, shown(None, absent="not reached").text, shown("A").text
    ('0.3457', 'not reached', 'A')
    """
    if value is None or isinstance(value, str):
        return Shown(value, absent if value is None else value)
    return Shown(value, format(value, form))


def ranges(rows: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Row numbers as pairs of first and last, in order.

    >>> ranges([3, 1, 2, 7, 9, 10])
    ((1, 3), (7, 7), (9, 10))
    """
    found: list[tuple[int, int]] = []
    for row in sorted(set(rows)):
        if found and row == found[-1][1] + 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return tuple(found)


def told_ranges(rows: Iterable[int]) -> str:
    """Row numbers as short as they can be said.

    >>> told_ranges([3, 1, 2, 7, 9, 10])
    '1-3, 7, 9-10'
    """
    return told_pairs(ranges(rows))


def told_pairs(pairs: Iterable[tuple[int, int]]) -> str:
    """Pairs of first and last, as short as they can be said."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in pairs)
