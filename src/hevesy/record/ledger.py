"""The append-only ledger of a study: what was written down, when, by whom, from which file, why; in a hash chain."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from hevesy.record import statements

Action = Literal["begin", "protocol", "sources", "delivery", "row", "correction", "withdrawal", "confirmation"]


class LedgerError(RuntimeError):
    """The ledger cannot be opened or written; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry before it is written: everything but its place in the chain."""

    action: Action
    key: str
    content: str | None
    source_sha256: str | None = None
    line: int | None = None
    reason: str | None = None


class Entry(NamedTuple):
    """What was written down: its place, time (UTC, ISO 8601), author, action, source file, key, content and reason."""

    sequence: int
    recorded_at: str
    who: str
    action: str
    source_sha256: str | None
    line: int | None
    key: str
    content: str | None
    reason: str | None
    previous_hash: str
    hash: str


_ONE_WAY_TO_WRITE = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def chained_hash(
    sequence: int,
    recorded_at: str,
    who: str,
    action: str,
    source_sha256: str | None,
    line: int | None,
    key: str,
    content: str | None,
    reason: str | None,
    previous_hash: str,
) -> str:
    """SHA-256 of the entry's fields and the hash before it, written as one JSON list (so that no two entries read alike)."""
    fields = [sequence, recorded_at, who, action, source_sha256, line, key, content, reason, previous_hash]
    return hashlib.sha256(_ONE_WAY_TO_WRITE.encode(fields).encode()).hexdigest()


def utc_now() -> str:
    """The present time as the ledger writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def open_record(path: Path) -> sqlite3.Connection:
    """A connection to a study record; to one in a folder that cannot be written (an archive) for reading only."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in (statements.WAIT_FOR_WRITER, statements.ON_OPEN, statements.HEAD):
            connection.execute(statement).fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(path.name + "-wal").exists():
            raise
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True, isolation_level=None)
        connection.execute(statements.HEAD).fetchone()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


class Ledger:
    """An open ledger. Entries can be read and appended; nothing else is possible."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise LedgerError(f"no study record at {path}: create one with `hevesy study init`")
        self.path = path
        try:
            self._connection = open_record(path)
        except sqlite3.DatabaseError as error:
            raise LedgerError(f"{path} is not a study record, or it is damaged: {error}") from error

    @classmethod
    def create(cls, path: Path, drafts: Iterable[Draft], who: str) -> Ledger:
        """A new ledger with its first entries; refused where one exists. It appears under its name only when it is whole."""
        if path.exists():
            raise LedgerError(f"{path} exists already")
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        for leftover in path.parent.glob(f".{path.name}.*"):
            leftover.unlink()
        connection = sqlite3.connect(partial)
        connection.executescript(statements.CREATE)
        connection.close()
        with cls(partial) as ledger, ledger.transaction():
            ledger.append(drafts, who)
        partial.rename(path)
        return cls(path)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def head(self) -> tuple[int, str]:
        """Sequence and hash of the last entry; (0, "") when there is none."""
        row = self._connection.execute(statements.HEAD).fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    def entries(self) -> list[Entry]:
        """All entries in order."""
        try:
            return [Entry._make(row) for row in self._connection.execute(statements.ALL)]
        except sqlite3.DatabaseError as error:
            raise LedgerError(f"{self.path} is damaged: {error}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything appended inside is kept together, or none of it."""
        try:
            self._connection.execute(statements.BEGIN)
        except sqlite3.OperationalError as error:
            raise LedgerError(f"{self.path} cannot be written: {error}") from error
        try:
            yield
        except BaseException:
            self._connection.execute(statements.ROLLBACK)
            raise
        self._connection.execute(statements.COMMIT)

    def append(self, drafts: Iterable[Draft], who: str, recorded_at: str | None = None) -> int:
        """Write entries at the end of the chain (inside a transaction); gives how many."""
        sequence, previous = self.head()
        first, when = sequence, recorded_at or utc_now()

        def rows() -> Iterator[tuple[object, ...]]:
            nonlocal sequence, previous
            for draft in drafts:
                sequence += 1
                fields = (
                    sequence, when, who, draft.action, draft.source_sha256, draft.line, draft.key, draft.content, draft.reason, previous,
                )  # fmt: skip
                previous = chained_hash(*fields)
                yield (*fields, previous)

        self._connection.executemany(statements.APPEND, rows())
        return sequence - first
