"""Recompute the hash chain, and say whether it still holds the state a readout was made from."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from hevesy.record import statements
from hevesy.record.ledger import chained_hash, open_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether the chain is intact, its head, the entries counted, and a sentence for every fault."""

    intact: bool
    entries: int
    chain_head: str
    contains_head: bool | None
    faults: tuple[str, ...]


def verify(database: Path, sources: Path | None = None, head: str | None = None) -> Verification:
    """Read every entry as stored, recompute each hash and its link; check the kept source files against theirs.

    With `head`: is the state of that hash still contained? (At least its first eight characters.) Rows cut off at the
    end, and a chain recomputed as a whole, show only this way.
    """
    faults: list[str] = []
    try:
        connection = open_record(database)
        try:
            damage = [str(row[0]) for row in connection.execute(statements.INTEGRITY) if row[0] != "ok"]
            faults += [f"the database file is damaged: {line}" for line in damage]
            rows = connection.execute(statements.ALL).fetchall()
        finally:
            connection.close()
    except (sqlite3.DatabaseError, OverflowError, UnicodeDecodeError) as error:
        fault = f"{database.name} cannot be read: {error}"
        return Verification(intact=False, entries=0, chain_head="", contains_head=False if head else None, faults=(fault,))

    previous, hashes, named = "", [], set()
    for expected, row in enumerate(rows, start=1):
        *fields, stored = row
        sequence, before = fields[0], fields[-1]
        if sequence != expected:
            faults.append(f"entry {expected} is missing or out of place: found {sequence}")
        if before != previous:
            faults.append(f"entry {sequence} does not follow the entry before it")
        try:
            recomputed: str | None = chained_hash(*fields)
        except TypeError:
            recomputed = None
        if recomputed is None or recomputed != stored:
            faults.append(f"entry {sequence} ({fields[6]}) was altered: its hash does not match its content")
        previous = stored
        hashes.append(str(stored))
        if fields[3] == "delivery" and fields[4] is not None:
            named.add(str(fields[4]))
    if not rows:
        faults.append("the ledger is empty")
    if sources is not None:
        faults += _source_faults(sources, named)
    contains: bool | None = None
    if head is not None:
        contains = len(head) >= 8 and any(value.startswith(head.lower()) for value in hashes)
        if not contains:
            faults.append(f"the ledger does not contain the state {head}: entries were cut off or the chain was rewritten")
    return Verification(
        intact=not faults, entries=len(rows), chain_head=hashes[-1] if hashes else "", contains_head=contains, faults=tuple(faults)
    )


def _source_faults(sources: Path, named: set[str]) -> list[str]:
    """Kept files that are missing or no longer what was delivered."""
    faults = []
    for digest in sorted(named):
        kept = [path for path in sorted((sources / digest[:16]).glob("*")) if path.is_file() and not path.name.startswith(".")]
        if not kept:
            faults.append(f"the source file with SHA-256 {digest[:16]}... is missing from {sources.name}/")
        faults += [
            f"the source file {path.name} ({digest[:16]}...) was altered after delivery"
            for path in kept
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest
        ]
    return faults
