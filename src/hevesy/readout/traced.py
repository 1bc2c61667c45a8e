"""From a number of a readout back to the rows it stands on, and from a row forward to every number that does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from hevesy.blocks.section import Document, numbers_in, standing
from hevesy.conduct.lineage import DeliveredRow, Fate, Lineage, lineage

if TYPE_CHECKING:
    from hevesy.blocks.number import Number
    from hevesy.blocks.section import Section
    from hevesy.blocks.table import Table
    from hevesy.record import Recorded

MOST_NEAREST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a number stands.

    The section of the readout, the one within it (a subject's profile) and the table; None: in none.
    """

    section: Section
    within: Section | None
    table: Table | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedNumber:
    """A number and every place where it stands, in reading order."""

    number: Number
    places: tuple[Place, ...]

    @property
    def home(self) -> Place:
        """Where it is looked up: its first table, else where it is said last; a summary says it before its section."""
        return next((place for place in self.places if place.table is not None), self.places[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A readout joined to its record once: every number by its id, and the numbers on each ledger row."""

    numbers: Mapping[str, TracedNumber] = field(repr=False)
    on_row: Mapping[int, tuple[TracedNumber, ...]] = field(repr=False)
    lineage: Lineage

    def rows_of(self, number: TracedNumber) -> tuple[DeliveredRow, ...]:
        """The rows a number stands on, in the order of the ledger."""
        return tuple(map(self.lineage.row, number.number.rows))

    def numbers_on(self, row: int) -> tuple[Fate, tuple[TracedNumber, ...]]:
        """What became of a ledger row, and the numbers that stand on it in reading order."""
        return self.lineage.fate(row), self.on_row.get(row, ())

    def nearest(self, id: str) -> tuple[str, ...]:
        """Ids that are written much like this one, or have it in them."""
        close = get_close_matches(id, self.numbers, MOST_NEAREST)
        holding = (known for known in self.numbers if id.casefold() in known.casefold())
        return tuple(dict.fromkeys((*close, *holding)))[:MOST_NEAREST]


def traced(document: Document, recorded: Recorded) -> Traced:
    """The numbers of a readout and the rows of the record that it was made from."""
    places: dict[str, list[Place]] = {}
    for number, sections, table in standing(document.sections):
        outer, *inner = sections
        place = Place(section=outer, within=inner[-1] if inner else None, table=table)
        places.setdefault(number.id, []).append(place)
    numbers = {
        number.id: TracedNumber(number=number, places=tuple(places[number.id]))
        for number in numbers_in(document.sections)
    }
    return Traced(numbers=numbers, on_row=_on_row(numbers.values()), lineage=lineage(recorded))


def _on_row(numbers: Iterable[TracedNumber]) -> dict[int, tuple[TracedNumber, ...]]:
    found: dict[int, list[TracedNumber]] = {}
    for one in numbers:
        for row in one.number.rows:
            found.setdefault(row, []).append(one)
    return {row: tuple(standing_on) for row, standing_on in found.items()}
