"""The ledger held against the deliveries that are kept beside it.

Every row of a kept file, and every entry that came from one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import file_digest
from operator import itemgetter
from pathlib import Path
from typing import Any

from hevesy.errors import DeliveryError
from hevesy.files.cut import read_cut
from hevesy.files.sources import read_sources
from hevesy.files.tables import DeliveredTable, read_table
from hevesy.record import Entry, Fault, Record, RecordedRow, Replay, RowWriter
from hevesy.study.mapping import SourceMapping

MOST_FAULTS = 20
"""Of one delivery; a forged or wrong file has as many as it has rows."""


@dataclass(slots=True)
class _Delivery:
    """A delivery whose entries are passing.

    What it says of itself, and how many of each kind came, the last of which line.
    """

    sequence: int
    digest: str
    told: dict[str, Any]
    counted: dict[str, int] = field(default_factory=lambda: {"row": 0, "correction": 0})
    last_line: dict[str, int] = field(default_factory=lambda: {"row": 0, "correction": 0})


class Evidence:
    """Holds each delivery against its kept file when its entries have passed.

    `played` is the state of the record up to there.

    A chain that was written anew as a whole shows here where it contradicts a file that was delivered: a value, a row
    that is missing, one that no file has, or rows in another order than theirs.
    """

    def __init__(self, record: Record, played: Replay) -> None:
        self.found: list[Fault] = []
        self._record, self._played = record, played
        self._open: _Delivery | None = None
        self._last_table: tuple[tuple[str, str], DeliveredTable | None] = (("", ""), None)
        self._mappings: tuple[str, tuple[SourceMapping, ...]] = ("", ())

    def take(self, entry: Entry) -> None:
        """The next entry, before it is played."""
        action, delivery = entry.action, self._open
        if action in ("row", "correction", "withdrawal"):
            if delivery is None or entry.source_sha256 != delivery.digest:
                self.found.append(
                    Fault(f"entry {entry.sequence} ({entry.key}) stands outside the delivery of its file")
                )
            elif action != "withdrawal":
                delivery.counted[action] += 1
                if entry.line is not None:
                    if entry.line <= delivery.last_line[action]:
                        last = delivery.last_line[action]
                        self.found.append(
                            Fault(
                                f"entry {entry.sequence} ({entry.key}) is of line {entry.line} and stands after line "
                                f"{last}"
                            )
                        )
                    delivery.last_line[action] = entry.line
            return
        self.close()
        if action == "delivery":
            self._open = _Delivery(entry.sequence, entry.source_sha256 or "", json.loads(entry.content or "{}"))

    def close(self) -> None:
        """Hold the delivery whose entries have passed against its file."""
        delivery, self._open = self._open, None
        if delivery is None:
            return
        file = delivery.told.get("file", "")
        wrong: list[str] = []
        for action, word in (("row", "added"), ("correction", "changed")):
            if delivery.counted[action] != delivery.told.get(word):
                wrong.append(
                    f"entry {delivery.sequence} says {delivery.told.get(word)} rows were {word}; "
                    f"{delivery.counted[action]} follow"
                )
        table = self._table(delivery, wrong.append)
        mapping = self._mapping(str(delivery.told.get("source")))
        if mapping is None:
            wrong.append(f"entry {delivery.sequence} is of a source that sources.toml did not have")
        elif table is not None:
            self._compare(delivery, table, mapping, wrong.append)
        self.found += [Fault(f"{file}: {sentence}") for sentence in wrong[:MOST_FAULTS]]
        if len(wrong) > MOST_FAULTS:
            self.found.append(Fault(f"{file}: and {len(wrong) - MOST_FAULTS} more"))

    def _compare(
        self, delivery: _Delivery, table: DeliveredTable, mapping: SourceMapping, say: Callable[[str], None]
    ) -> None:
        own_lines = "cut" not in delivery.told  # a copy may have a cell of several lines less, or more
        columns = mapping.recorded_columns(table.columns)
        written, key_cells = RowWriter(columns, table.columns), _cells_of(mapping.key, table.columns)
        rows, since, own, selects = self._played.rows, delivery.sequence, 0, mapping.selects
        for line, cells in zip(table.lines, table.cells, strict=True):
            if selects and not mapping.takes(dict(zip(table.columns, cells, strict=True))):
                continue
            key = mapping.key_from(key_cells(cells))
            kept = rows.get(key)
            if kept is None:
                say(f"line {line} of the kept file ({key}) is not in the ledger")
                continue
            written_now = kept.sequence > since
            if written_now:
                own += 1
                if own_lines and kept.line != line:
                    say(f"entry {kept.sequence} ({key}) names line {kept.line}; in the kept file it is line {line}")
            if kept.content != written(cells):
                values = dict(zip(table.columns, cells, strict=True))
                if not _agree(kept, values, columns, written_now):
                    say(f"entry {kept.sequence} ({key}) contradicts line {line} of the kept file")
        if own != sum(delivery.counted.values()):
            there = {mapping.key_of(row.values) for row in table.rows if mapping.takes(row.values)}
            for kept in rows.values():
                if kept.sequence > since and kept.key not in there:
                    say(f"entry {kept.sequence} ({kept.key}) stands in no line of the kept file")

    def _table(self, delivery: _Delivery, say: Callable[[str], None]) -> DeliveredTable | None:
        """The kept file of a delivery; None where it is missing or altered, which is told elsewhere."""
        mapping = self._mapping(str(delivery.told.get("source")))
        if mapping is None:
            return None
        read = (delivery.digest, "" if "cut" in delivery.told else mapping.encoding)
        if self._last_table[0] != read:
            self._last_table = (read, self._read(*read, say))
        return self._last_table[1]

    def _read(self, digest: str, encoding: str, say: Callable[[str], None]) -> DeliveredTable | None:
        for _ in range(3):
            path = self._record.kept(digest)
            if path is None:
                return None
            try:
                if _sha256_of(path) != digest:
                    return None
                return read_cut(path) if not encoding else read_table(path, encoding)
            except FileNotFoundError:
                continue  # it got its own name meanwhile
            except DeliveryError as error:
                if path.exists():
                    say(f"the kept copy cannot be read: {error}")
                    return None
        return None

    def _mapping(self, source: str) -> SourceMapping | None:
        text = self._played.sources_text or ""
        if self._mappings[0] != text:
            self._mappings = (text, read_sources(text, recorded=True))
        return next((mapping for mapping in self._mappings[1] if mapping.name == source), None)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _cells_of(columns: Sequence[str], there: Sequence[str]) -> Callable[[Sequence[str | None]], Sequence[str | None]]:
    """What picks the cells of columns from a row; one that is not there is empty."""
    places = [there.index(name) if name in there else None for name in columns]
    known = [place for place in places if place is not None]
    if len(known) == len(places) > 1:
        return itemgetter(*known)
    return lambda cells: [None if place is None else cells[place] for place in places]


def _agree(kept: RecordedRow, values: dict[str, str | None], columns: tuple[str, ...], written_now: bool) -> bool:
    """Whether a row says what the file says.

    One written from this file in all its columns, one that was there before in those mapped.
    """
    said = kept.values
    compared = [name for name in said if name in values] if written_now else columns
    return all(said.get(name) == values.get(name) for name in compared)
