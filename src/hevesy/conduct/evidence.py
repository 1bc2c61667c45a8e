"""The ledger held against the deliveries that are kept beside it.

Every row of a kept file, and every entry that came from one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from hevesy.errors import DeliveryError
from hevesy.files.cut import read_cut
from hevesy.files.lines import lines_of, rows_on
from hevesy.files.reading import cells_of
from hevesy.files.sources import read_sources
from hevesy.files.tables import Cells, DeliveredTable, read_table
from hevesy.record import Entry, Fault, Record, RecordedRow, Replay, RowWriter
from hevesy.study.mapping import SourceMapping

MOST_FAULTS = 20
"""Of one delivery; a forged or wrong file has as many as it has rows."""
_NEW = ""
"""In place of the key of a line that was not in the file before; every key begins with the name of its source."""


@dataclass(slots=True)
class _Delivery:
    """A delivery whose entries are passing.

    What it says of itself, how many of each kind came, and the last of which line.
    """

    sequence: int
    digest: str
    told: dict[str, Any]
    counted: dict[str, int] = field(default_factory=lambda: {"row": 0, "correction": 0})
    last_line: dict[str, int] = field(default_factory=lambda: {"row": 0, "correction": 0})

    @property
    def source(self) -> str:
        """Name of its source."""
        return str(self.told.get("source"))

    @property
    def own_lines(self) -> bool:
        """Whether the kept copy has the lines that were delivered.

        One without some columns may have a cell of several lines less, or more.
        """
        return "cut" not in self.told


@dataclass(slots=True, kw_only=True)
class _Agreed:
    """A kept file that said in every row what the record said when its entries had passed."""

    digest: str
    mapping: SourceMapping
    encoding: str
    """That its kept copy is read in; "": a copy without some columns."""
    columns: tuple[str, ...]
    by_line: bool
    """Whether each row stands on a line of its own."""
    header: bytes = b""
    keys: dict[Hashable, str | None] | None = None
    """The key of each of its lines or rows (None: one that the mapping does not take), once a later file asks."""


class Evidence:
    """Holds each delivery against its kept file when its entries have passed.

    `played` is the state of the record up to there.

    A chain that was written anew as a whole shows here where it contradicts a file that was delivered: a value, a row
    that is missing, one that no file has, or rows in another order than theirs.

    A line that stands, to the byte, in the file of its source before and agreed with the record then agrees still,
    unless an entry of its key came since: of a later file only the other lines are read. Of a file whose rows do not
    stand each on a line, all are read and the others compared. Where they do not agree, the whole file is compared,
    which gives the sentences.
    """

    def __init__(self, record: Record, played: Replay) -> None:
        self.found: list[Fault] = []
        self.rows_read = 0
        """Rows of kept files that were read so far."""
        self._record, self._played = record, played
        self._open: _Delivery | None = None
        self._last_table: tuple[tuple[str, str], DeliveredTable | None] = (("", ""), None)
        self._last_lines: tuple[tuple[str, str], list[bytes] | None] = (("", ""), None)
        self._mappings: tuple[str, tuple[SourceMapping, ...]] = ("", ())
        self._agreed: dict[str, _Agreed] = {}
        self._withdrawn: set[str] = set()

    def take(self, entry: Entry) -> None:
        """The next entry, before it is played."""
        action, delivery = entry.action, self._open
        if action in ("row", "correction", "withdrawal"):
            if action == "withdrawal":
                self._withdrawn.add(entry.key)
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
        mapping = self._mapping(delivery.source)
        if mapping is None:
            wrong.append(f"entry {delivery.sequence} is of a source that sources.toml did not have")
        elif not self._agrees_by_its_new_lines(delivery, mapping):
            table = self._table(delivery.digest, _encoding(delivery, mapping), wrong.append)
            if table is None or not self._agrees_by_its_new_rows(delivery, mapping, table):
                self._agreed.pop(delivery.source, None)
                self._hold_all(delivery, mapping, table, wrong)
        self.found += [Fault(f"{file}: {sentence}") for sentence in wrong[:MOST_FAULTS]]
        if len(wrong) > MOST_FAULTS:
            self.found.append(Fault(f"{file}: and {len(wrong) - MOST_FAULTS} more"))

    def _hold_all(
        self, delivery: _Delivery, mapping: SourceMapping, table: DeliveredTable | None, wrong: list[str]
    ) -> None:
        """Hold every row of the delivery's file against the record, and every entry against the file."""
        if table is None:
            return
        own, _ = self._held(delivery, mapping, table, wrong.append)
        if own != sum(delivery.counted.values()):
            there = {mapping.key_of(row.values) for row in table.rows if mapping.takes(row.values)}
            for kept in self._played.rows.values():
                if kept.sequence > delivery.sequence and kept.key not in there:
                    wrong.append(f"entry {kept.sequence} ({kept.key}) stands in no line of the kept file")
        if not wrong:
            self._agreed[delivery.source] = _Agreed(
                digest=delivery.digest,
                mapping=mapping,
                encoding=_encoding(delivery, mapping),
                columns=table.columns,
                by_line=_one_row_a_line(table),
            )

    def _held(
        self, delivery: _Delivery, mapping: SourceMapping, table: DeliveredTable, say: Callable[[str], None]
    ) -> tuple[int, list[str | None]]:
        """Hold rows of a kept file against the record.

        Gives how many of them this delivery wrote, and the key of each (None: one that the mapping does not take).
        """
        columns, since, rows, own = table.columns, delivery.sequence, self._played.rows, 0
        every: list[str | None] = []
        recorded = mapping.recorded_columns(columns)
        written = RowWriter(recorded, columns)
        for line, key, row in zip(table.lines, _keys(table.cells, columns, mapping), table.cells, strict=True):
            kept = rows.get(key) if key is not None else None
            every.append(kept.key if kept is not None else key)  # the record's own text, which takes no memory
            if key is None:
                continue
            if kept is None:
                say(f"line {line} of the kept file ({key}) is not in the ledger")
                continue
            written_now = kept.sequence > since
            if written_now:
                own += 1
                if kept.line != line and delivery.own_lines:
                    say(f"entry {kept.sequence} ({key}) names line {kept.line}; in the kept file it is line {line}")
            if kept.content != written(row):
                values = dict(zip(columns, row, strict=True))
                if not _agree(kept, values, recorded, written_now):
                    say(f"entry {kept.sequence} ({key}) contradicts line {line} of the kept file")
        return own, every

    def _agrees_by_its_new_lines(self, delivery: _Delivery, mapping: SourceMapping) -> bool:
        """Whether the file agrees, by the lines that the file of its source before does not have."""
        before = self._before(delivery, mapping)
        if before is None or not before.by_line:
            return False
        if before.keys is None:
            before.by_line = self._gather_keys_of_lines(before)
        lines = self._lines(delivery.digest, before.encoding)
        if lines is None or lines[0] != before.header:
            return False
        rows = lines[1:]

        def read(asked: list[int]) -> DeliveredTable | None:
            cells = rows_on([rows[place] for place in asked], before.encoding or "utf-8", len(before.columns))
            self.rows_read += len(asked)
            numbers = [place + 2 for place in asked]
            return _table_of(before.columns, numbers, cells) if cells is not None else None

        return before.by_line and self._agrees_by_others(delivery, before, rows, read)

    def _agrees_by_its_new_rows(self, delivery: _Delivery, mapping: SourceMapping, table: DeliveredTable) -> bool:
        """Whether the file agrees, by the rows that the file of its source before does not have."""
        before = self._before(delivery, mapping)
        if before is None or before.columns != table.columns:
            return False
        if before.by_line or before.keys is None:
            earlier = self._read(before.digest, before.encoding, lambda _: None)
            if earlier is None:
                return False
            keys = _keys(earlier.cells, before.columns, mapping)
            before.keys = dict(zip(map(tuple, earlier.cells), keys, strict=True))
        before.by_line = False

        def read(asked: list[int]) -> DeliveredTable:
            return _table_of(
                table.columns, [table.lines[place] for place in asked], [table.cells[place] for place in asked]
            )

        return self._agrees_by_others(delivery, before, [tuple(cells) for cells in table.cells], read)

    def _before(self, delivery: _Delivery, mapping: SourceMapping) -> _Agreed | None:
        """The file of the same source before, where it agreed and was read by the same mapping."""
        before = self._agreed.get(delivery.source)
        alike = before is not None and before.mapping is mapping and before.encoding == _encoding(delivery, mapping)
        return before if alike else None

    def _agrees_by_others(
        self,
        delivery: _Delivery,
        before: _Agreed,
        units: Sequence[Hashable],
        read: Callable[[list[int]], DeliveredTable | None],
    ) -> bool:
        """Whether a file agrees by those of its lines or rows that are not known, or whose key was ever withdrawn.

        Every entry of this delivery is of one of them, or there would be more entries than such lines.
        """
        known = before.keys or {}
        keys = [known.get(unit, _NEW) for unit in units]
        asked = [place for place, key in enumerate(keys) if key is not None and (key == _NEW or key in self._withdrawn)]
        table, told = read(asked), list[str]()
        if table is None:
            return False
        own, found = self._held(delivery, before.mapping, table, told.append)
        taken = [key for key in found if key is not None]
        if told or own != sum(delivery.counted.values()) or len(set(taken)) != len(taken):
            return False
        for place, key in zip(asked, found, strict=True):
            keys[place] = key
        before.digest, before.keys = delivery.digest, dict(zip(units, keys, strict=True))
        return True

    def _gather_keys_of_lines(self, agreed: _Agreed) -> bool:
        """Note the key of each line of a file that agreed; whether its rows stand each on a line."""
        lines = self._lines(agreed.digest, agreed.encoding)
        cells = rows_on(lines[1:], agreed.encoding or "utf-8", len(agreed.columns)) if lines else None
        if lines is None or cells is None:
            return False
        self.rows_read += len(cells)
        agreed.header = lines[0]
        agreed.keys = dict(zip(lines[1:], _keys(cells, agreed.columns, agreed.mapping), strict=True))
        return True

    def _lines(self, digest: str, encoding: str) -> list[bytes] | None:
        """The lines of a kept CSV; None where it has none, is missing or was altered."""
        if self._last_lines[0] != (digest, encoding):
            path, content = self._record.kept(digest), b""
            with suppress(FileNotFoundError):
                content = path.read_bytes() if path is not None and path.name.lower().endswith(".csv") else b""
            as_kept = sha256(content).hexdigest() == digest
            self._last_lines = ((digest, encoding), lines_of(content, encoding or "utf-8") if as_kept else None)
        return self._last_lines[1]

    def _table(self, digest: str, encoding: str, say: Callable[[str], None]) -> DeliveredTable | None:
        """A kept file; None where it is missing or altered, which is told elsewhere."""
        read = (digest, encoding)
        if self._last_table[0] != read:
            self._last_table = (read, self._read(digest, encoding, say))
        return self._last_table[1]

    def _read(self, digest: str, encoding: str, say: Callable[[str], None]) -> DeliveredTable | None:
        for _ in range(3):
            path = self._record.kept(digest)
            if path is None:
                return None
            try:
                if _sha256_of(path) != digest:
                    return None
                table = read_cut(path) if not encoding else read_table(path, encoding)
                self.rows_read += len(table.cells)
                return table
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


def _encoding(delivery: _Delivery, mapping: SourceMapping) -> str:
    """That a delivery's kept copy is read in; "": a copy without some columns, which says so itself."""
    return mapping.encoding if delivery.own_lines else ""


def _one_row_a_line(table: DeliveredTable) -> bool:
    own_lines = bool(table.lines) and table.lines[-1] == len(table.lines) + 1
    return own_lines and table.name.lower().endswith(".csv")


def _table_of(columns: tuple[str, ...], lines: list[int], cells: list[Cells]) -> DeliveredTable:
    """Some rows of a kept file."""
    return DeliveredTable(name="", sha256="", columns=columns, lines=lines, cells=cells)


def _keys(cells: Sequence[Cells], columns: tuple[str, ...], mapping: SourceMapping) -> Iterator[str | None]:
    """The key of each row; None: one that the mapping does not take."""
    pick, selects = cells_of(mapping.key, columns), mapping.selects
    for row in cells:
        taken = not selects or mapping.takes(dict(zip(columns, row, strict=True)))
        yield mapping.key_from(pick(row)) if taken else None


def _agree(kept: RecordedRow, values: dict[str, str | None], columns: tuple[str, ...], written_now: bool) -> bool:
    """Whether a row says what the file says.

    One written from this file in all its columns, one that was there before in those mapped.
    """
    said = kept.values
    compared = [name for name in said if name in values] if written_now else columns
    return all(said.get(name) == values.get(name) for name in compared)
