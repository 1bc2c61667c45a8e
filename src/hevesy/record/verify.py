"""Recompute the hash chain, and hold it against what else lies in the study's folder.

Kept files, the schema, heads of readouts.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hevesy.record import statements
from hevesy.record.ledger import Entry, chained_hash, name_of_object

SHORTEST_HEAD = 16
"""Characters of a hash that are asked for: eight could be met by trying for an hour."""
MOST_FAULTS = 200
_HEX = re.compile(r"[0-9a-f]+")
_PRINTED_HEAD = re.compile(rb'"ledger_head"\s*:\s*"([0-9a-f]{64})"')
_HEAD_STANDS_WITHIN_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record, with what can be done.

    `heals` is the SHA-256 of the file that mends it when it is imported again.
    """

    sentence: str
    heals: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether the record is intact, its head, the entries counted, and what is wrong."""

    entries: int
    chain_head: str
    contains_head: bool | None
    found: tuple[Fault, ...]

    @property
    def intact(self) -> bool:
        """Nothing is wrong."""
        return not self.found

    @property
    def faults(self) -> tuple[str, ...]:
        """A sentence for everything that is wrong."""
        return tuple(fault.sentence for fault in self.found)


class Chain:
    """Recomputes the chain while its entries pass, and looks for the states that must be in it.

    States are told as hashes, or beginnings of them.
    """

    def __init__(self, states: Iterable[str] = ()) -> None:
        self.found: list[Fault] = []
        self.entries, self.head = 0, ""
        self.delivered: dict[str, str] = {}
        """SHA-256 of every delivery, with the name of the file."""
        self.objects: dict[str, str] = {}
        """SHA-256 of every object, with its name."""
        self._sought: dict[str, list[str]] = {}
        for state in states:
            self._sought.setdefault(state[:SHORTEST_HEAD], []).append(state)
        self.contained: set[str] = set()

    def through(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Entry]:
        """The entries, in order."""
        previous, last, hashed, sought, made = "", "", chained_hash, self._sought, tuple.__new__  # a million times over
        for expected, row in enumerate(rows, start=1):
            entry = made(Entry, row)
            sequence, when, _, action, digest, _, key, content, _, before, stored = entry
            if sequence != expected:
                self._fault(f"entry {expected} is missing or out of place: found {sequence}")
            if before != previous:
                self._fault(f"entry {sequence} does not follow the entry before it")
            try:
                if type(stored) is not str:
                    raise TypeError(stored)
                if hashed(*row[:-1]) != stored:
                    self._fault(f"entry {sequence} ({key}) was altered: its hash does not match its content")
                if when < last:
                    self._fault(f"entry {sequence} says it was recorded at {when}, before the entry above it ({last})")
            except TypeError:
                self._fault(f"entry {sequence} ({key}) holds a value of another kind than the ledger's")
                continue
            if action == "delivery" and digest is not None:
                self.delivered.setdefault(digest, _file_of(content))
            elif action == "object" and digest is not None:
                self.objects.setdefault(digest, name_of_object(key))
            if sought and (states := sought.get(stored[:SHORTEST_HEAD])):
                self.contained.update(state for state in states if stored.startswith(state))
            previous, last = stored, when
            self.entries, self.head = expected, stored
            yield entry
        if not self.entries:
            self._fault("the ledger is empty")

    def _fault(self, sentence: str) -> None:
        if len(self.found) < MOST_FAULTS:
            self.found.append(Fault(sentence))


def _file_of(content: str | None) -> str:
    try:
        return str(json.loads(content or "{}").get("file", ""))
    except (ValueError, AttributeError):
        return ""


def database_faults(connection: sqlite3.Connection) -> list[Fault]:
    """Tables and triggers other than those of a ledger.

    Damage of the file shows when every entry is read and its hash recomputed.
    """
    found = []
    there = {(kind, name): _plain(sql) for kind, name, _, sql in connection.execute(statements.SCHEMA)}
    wanted = _schema()
    for kind, name in sorted(set(wanted) - set(there)):
        found.append(Fault(f"the {kind} {name} of the ledger is gone: its rules no longer hold"))
    for kind, name in sorted(set(there) - set(wanted)):
        found.append(Fault(f"the database holds a {kind} {name!r} that is not of the ledger"))
    for kind, name in sorted(set(there) & set(wanted)):
        if there[kind, name] != wanted[kind, name]:
            found.append(Fault(f"the {kind} {name} of the ledger was altered"))
    return found


def _plain(sql: str | None) -> str:
    return " ".join((sql or "").split())


@cache
def _schema() -> dict[tuple[str, str], str]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(statements.CREATE)
        return {(kind, name): _plain(sql) for kind, name, _, sql in connection.execute(statements.SCHEMA)}
    finally:
        connection.close()


def heads_of_readouts(readouts: Path) -> dict[str, str]:
    """The state of the ledger that each readout in a folder was made from: hash -> name of the readout."""
    found = {}
    for page in sorted(readouts.glob("*/readout.json")):
        if page.parent.name.startswith("."):
            continue
        with page.open("rb") as file:
            printed = _PRINTED_HEAD.search(file.read(_HEAD_STANDS_WITHIN_BYTES))
        if printed:
            found[printed[1].decode()] = page.parent.name
    return found


def faults_of_heads(heads: Mapping[str, str], contained: set[str]) -> list[Fault]:
    """Readouts whose state the chain no longer contains."""
    return [
        Fault(
            f"readouts/{name} was made from the state {head[:SHORTEST_HEAD]}, which the ledger does not contain: "
            "entries were cut off or the chain was rewritten; restore the record from a copy, "
            "or take that readout away if it is of another study"
        )
        for head, name in heads.items()
        if head not in contained
    ]


def head_fault(head: str, shortest: int = SHORTEST_HEAD) -> str | None:
    """Why a text cannot be looked for as the hash of a state, or None."""
    if len(head) < shortest or len(head) > 64 or not _HEX.fullmatch(head.lower()):
        return f"give at least the first {shortest} characters of the hash, got {head[:80]!r}"
    return None


def verification(chain: Chain, found: list[Fault], head: str | None) -> Verification:
    """What was found, and whether a state asked for is contained."""
    contains = None if head is None else head.lower() in chain.contained
    if contains is False:
        found = [
            *found,
            Fault(f"the ledger does not contain the state {head}: entries were cut off or the chain was rewritten"),
        ]
    return Verification(
        entries=chain.entries, chain_head=chain.head, contains_head=contains, found=tuple(found[:MOST_FAULTS])
    )


def unreadable(database: Path, error: Exception, head: str | None) -> Verification:
    """The answer where the database is no database."""
    fault = Fault(f"{database.name} cannot be read: {error}; restore it from a copy")
    return Verification(entries=0, chain_head="", contains_head=None if head is None else False, found=(fault,))
