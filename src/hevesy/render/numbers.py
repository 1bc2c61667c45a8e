"""Numbers as data: each in full, or many with what they share said once.

In a file (`readout.json`) a meaning, a sentence and a set of ledger rows that several numbers have stand once, and a
number names their places. `read_numbers` gives every number in full again; nothing is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hevesy.blocks.number import Number, Value, ranges, told_ranges

Full = dict[str, Any]
"""A number with its id, value, text, label, definition, population, because and row_ranges (first and last)."""

MEANING = ("id", "label", "definition", "population")
"""What numbers of one meaning share but for the subject they are of, for whom `{}` stands."""
COLUMNS = ("meaning", "of", "value", "text", "because", "rows")
"""Of a number's line: places of its meaning, of its sentences and of its rows, and what is its own."""
_OF = "{}"


class Shared:
    """What the numbers of a document share, in the order in which it is met: meanings, sentences, sets of rows."""

    def __init__(self, numbers: Iterable[Number]) -> None:
        self.numbers = tuple(numbers)
        self._meanings: dict[tuple[str, ...], int] = {}
        self._sentences: dict[str, int] = {}
        self._rows: dict[tuple[int, ...], int] = {}
        self._of = tuple(self._take(number) for number in self.numbers)

    def _take(self, number: Number) -> tuple[int, str | None]:
        """Put down what a number shares; gives the place of its meaning, and of whom it is."""
        for sentence in number.because:
            self._sentences.setdefault(sentence, len(self._sentences))
        self._rows.setdefault(number.rows, len(self._rows))
        meaning, of = meaning_of(number)
        return self._meanings.setdefault(meaning, len(self._meanings)), of

    def meanings(self) -> Iterator[str]:
        """Each meaning as JSON."""
        return (_json(dict(zip(MEANING, meaning, strict=True))) for meaning in self._meanings)

    def sentences(self) -> Iterator[str]:
        """Each sentence as JSON."""
        return map(_json, self._sentences)

    def rows(self) -> Iterator[str]:
        """Each set of rows in words ("3, 7-9") as JSON."""
        return (_json(told_ranges(rows)) for rows in self._rows)

    def lines(self) -> Iterator[str]:
        """Each number as JSON, its columns as named."""
        for number, (meaning, of) in zip(self.numbers, self._of, strict=True):
            because = [self._sentences[sentence] for sentence in number.because]
            own = (meaning, of, in_twelve_digits(number.value), number.text, because, self._rows[number.rows])
            yield _json(own)


def meaning_of(number: Number) -> tuple[tuple[str, ...], str | None]:
    """The meaning with the subject's name left out, and that name; in full, and None, where it cannot be put back."""
    full, of = (number.id, number.label, number.definition, number.population), number.of
    if of is None:
        return full, None
    without = tuple(text.replace(of, _OF) for text in full)
    if without == full or any(one.replace(_OF, of) != text for one, text in zip(without, full, strict=True)):
        return full, None
    return without, of


def in_full(number: Number) -> Full:
    """A number with all that is said of it."""
    return {
        "id": number.id,
        "value": in_twelve_digits(number.value),
        "text": number.text,
        "label": number.label,
        "definition": number.definition,
        "population": number.population,
        "because": list(number.because),
        "row_ranges": [list(pair) for pair in ranges(number.rows)],
    }


def with_rows(full: Full) -> Full:
    """A number in full with each of its ledger rows listed.

    >>> with_rows({"id": "os", "row_ranges": [[3, 3], [7, 9]]})["rows"]
    [3, 7, 8, 9]
    """
    return {**full, "rows": [row for first, last in full["row_ranges"] for row in range(first, last + 1)]}


def read_numbers(document: Mapping[str, Any]) -> list[Full]:
    """Every number of a readout.json in full, as it was read from JSON (schema 2 or 3).

    >>> read_numbers({
    ...     "schema": 3,
    ...     "meanings": [{"id": "os-{}", "label": "OS of {}", "definition": "days", "population": "subject {}"}],
    ...     "sentences": ["died"],
    ...     "rows": ["3, 7-9"],
    ...     "numbers": [[0, "1-01", 84, "84", [0], 0]],
    ... })[0]["row_ranges"]
    [[3, 3], [7, 9]]
    """
    if document["schema"] == 2:
        return list(document["numbers"])
    rows = [_ranges(told) for told in document["rows"]]
    sentences = document["sentences"]
    found = []
    for meaning, of, value, text, because, place in document["numbers"]:
        said = document["meanings"][meaning]
        words = said if of is None else {key: one.replace(_OF, of) for key, one in said.items()}
        found.append(
            {
                "id": words["id"],
                "value": value,
                "text": text,
                "label": words["label"],
                "definition": words["definition"],
                "population": words["population"],
                "because": [sentences[number] for number in because],
                "row_ranges": rows[place],
            }
        )
    return found


def _ranges(told: str) -> list[list[int]]:
    pairs = (one.partition("-") for one in told.split(", ") if one)
    return [[int(first), int(last or first)] for first, _, last in pairs]


def in_twelve_digits(value: Value) -> Value:
    """A figure as far as it is the same on every Python: versions differ in how they add up, in the last digits."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
