"""The append-only ledger of a study: what was written down, when, by whom, from which file, why; in a hash chain."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path
from typing import Literal, NamedTuple

from hevesy.errors import CannotAnswerError
from hevesy.record import statements
from hevesy.record.folder import partial_of

Action = Literal[
    "begin", "protocol", "sources", "delivery", "row", "correction", "withdrawal", "confirmation", "decision", "object"
]


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


class Since(NamedTuple):
    """What was written after a state: the number of entries, by whom, and when the last of them."""

    entries: int
    who: tuple[str, ...]
    until: str


LONGEST_WHO = 100
"""Characters of an author's name."""


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
    """SHA-256 of the entry's fields and the hash before it.

    Written as one JSON list (so that no two entries read alike).
    """
    source = "null" if source_sha256 is None else _quoted(source_sha256)
    place = "null" if line is None else int.__repr__(line)
    said, why = "null" if content is None else _quoted(content), "null" if reason is None else _quoted(reason)
    fields = (
        f"[{int.__repr__(sequence)},{_quoted(recorded_at)},{_quoted(who)},{_quoted(action)},{source},{place},"
        f"{_quoted(key)},{said},{why},{_quoted(previous_hash)}]"
    )
    return hashlib.sha256(fields.encode("ascii")).hexdigest()


def name_of_object(key: str) -> str:
    """The name of an object from the key of its entry."""
    return key.partition("|")[2]


def author_fault(who: str) -> str | None:
    """Why a name cannot stand as an author in the ledger, or None."""
    if not 1 <= len(who.strip()) <= LONGEST_WHO or not who.isprintable():
        return f"an author is named in 1 to {LONGEST_WHO} characters that can be printed, got {who[:LONGEST_WHO]!r}"
    return None


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
            raise CannotAnswerError(f"no study record at {path}: create one with ⟦study init⟧")
        self.path = path
        try:
            self._connection = open_record(path)
        except sqlite3.DatabaseError as error:
            raise CannotAnswerError(f"{path} is not a study record, or it is damaged: {error}") from error

    @classmethod
    def create(cls, path: Path, drafts: Iterable[Draft], who: str) -> Ledger:
        """A new ledger with its first entries; refused where one exists.

        It appears under its name only when it is whole.
        """
        if path.exists():
            raise CannotAnswerError(f"{path} exists already")
        partial = partial_of(path)
        try:
            os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            partial.chmod(0o600)  # what SQLite writes beside a database has its mode
            connection = sqlite3.connect(partial)
            try:
                connection.executescript(statements.CREATE)
            finally:
                connection.close()
            with cls(partial) as ledger:
                ledger.append(drafts, who, expected_head="")
            if path.exists():
                raise CannotAnswerError(f"{path} exists already")
            partial.rename(path)
        except sqlite3.Error as error:
            raise CannotAnswerError(f"{path} cannot be written: {error}") from error
        finally:
            for leftover in path.parent.glob(f"{partial.name}*"):
                leftover.unlink(missing_ok=True)
        return cls(path)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; what was written is in the one file then, where the folder can be written."""
        with suppress(sqlite3.Error):
            self._connection.execute(statements.ALL_INTO_ONE_FILE)
        self._connection.close()

    def head(self) -> tuple[int, str]:
        """Sequence and hash of the last entry; (0, "") when there is none."""
        row = self._connection.execute(statements.HEAD).fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    def last_time(self) -> str | None:
        """Time of the last entry."""
        row = self._connection.execute(statements.LAST_TIME).fetchone()
        return str(row[0]) if row else None

    def since(self, state: str) -> Since | None:
        """What was written after the state whose hash begins so; None where the chain has no such state."""
        (sequence,) = self._connection.execute(statements.STATE, (len(state), state)).fetchone()
        if sequence is None:
            return None
        written = self._connection.execute(statements.SINCE, (sequence,)).fetchall()
        return Since(
            entries=sum(count for _, count, _ in written),
            who=tuple(str(who) for who, _, _ in written),
            until=max((str(last) for _, _, last in written), default=""),
        )

    def clock_fault(self, now: str) -> str | None:
        """That the clock is before the last entry (one of the two times is wrong; entries get the later), or None."""
        last = self.last_time()
        if last is None or now >= last:
            return None
        rule = f"the clock here says {now}, before the last entry of the record ({last})"
        return f"{rule}: entries get that time until then; set the clock right"

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Everything written inside is kept together, or none of it."""
        try:
            self._connection.execute(statements.BEGIN)
            try:
                yield
                self._connection.execute(statements.COMMIT)
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute(statements.ROLLBACK)
                raise
        except sqlite3.IntegrityError:
            raise  # the ledger's own rules
        except sqlite3.Error as error:
            raise CannotAnswerError(f"{self.path} cannot be written, nothing was: {error}") from error

    def append(self, drafts: Iterable[Draft], who: str, *, expected_head: str, recorded_at: str | None = None) -> int:
        """Write entries at the end of the chain, all or none; gives how many.

        Refused where the chain does not end in `expected_head`.

        Times never fall: with a clock that is behind, entries get the time of the last one (`clock_fault` tells).
        """
        if (wrong := author_fault(who)) is not None:
            raise CannotAnswerError(wrong)
        with self._transaction():
            if self.head()[1] != expected_head:
                raise CannotAnswerError(
                    "the record was changed by somebody else meanwhile; nothing was written, run it again"
                )
            return self._append(drafts, who, recorded_at or utc_now())

    def _append(self, drafts: Iterable[Draft], who: str, when: str) -> int:
        sequence, previous = self.head()
        first = sequence
        last = self.last_time()
        when = max(when, last) if last is not None else when

        def rows() -> Iterator[tuple[object, ...]]:
            nonlocal sequence, previous
            for draft in drafts:
                sequence += 1
                fields = (
                    sequence, when, who, draft.action, draft.source_sha256, draft.line, draft.key, draft.content,
                    draft.reason, previous,
                )  # fmt: skip
                previous = chained_hash(*fields)
                yield (*fields, previous)

        self._connection.executemany(statements.APPEND, rows())
        return sequence - first
