"""The one check of a record, which everything that reads it or writes to it makes first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hevesy.errors import CannotAnswerError
from hevesy.record import statements
from hevesy.record.folder import DATABASE, KEPT, READOUTS, refuse_no_record
from hevesy.record.kept import kept_faults, listed
from hevesy.record.ledger import Entry, open_record
from hevesy.record.objects import object_faults, objects_there
from hevesy.record.replay import Recorded, Replay
from hevesy.record.verify import (
    Chain,
    Fault,
    Verification,
    database_faults,
    faults_of_heads,
    heads_of_readouts,
    unreadable,
    verification,
)


class Witness(Protocol):
    """Who holds entries, as they pass, against what the kept files say; `found` has what contradicts them.

    It knows what the record does not: how a kept file reads, and which of its columns are a row's key and values.
    """

    found: list[Fault]

    def take(self, entry: Entry) -> None:
        """The next entry, before it is played."""

    def close(self) -> None:
        """All entries have passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A record as it stands, and whether it can be trusted.

    `delivered` has the SHA-256 of every kept file with its name, `objects` that of every object.
    """

    recorded: Recorded
    verification: Verification
    delivered: dict[str, str]
    objects: dict[str, str]


def examine(
    folder: Path,
    witness_of: Callable[[Replay], Witness],
    known_at: str | None = None,
    head: str | None = None,
    hash_objects: bool = False,
) -> Examined:
    """Read a study's record once and hold it against everything that lies in its folder.

    Looked at: the database and its rules, the hash chain, times, the kept files, every row against its line in them
    (by the witness, who is given the state played so far), and the states that the readouts in the folder were made
    from; with `head`, whether that state is contained. `known_at` (UTC, as the ledger writes it) gives the record as
    it was known then. Objects are looked for, and hashed with `hash_objects` alone.
    """
    refuse_no_record(folder)
    database, sources = folder / DATABASE, folder / KEPT
    # Listed before the ledger is read: what is there by now, its entries named before; what comes meanwhile is not of
    # this state.
    there, objects = listed(sources), objects_there(folder)
    heads = heads_of_readouts(folder / READOUTS)
    chain = Chain([*heads, *([head.lower()] if head is not None else [])])
    played, found, understood = Replay(), list[Fault](), True
    known = played if known_at is None else Replay(known_at)
    witness = witness_of(played)
    try:
        connection = open_record(database)
        try:
            found += database_faults(connection)
            for entry in chain.through(connection.execute(statements.ALL)):
                if chain.found or not understood:
                    continue
                try:
                    witness.take(entry)
                    played.take(entry)
                    if known is not played:
                        known.take(entry)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    understood = False
                    found.append(
                        Fault(
                            f"entry {entry.sequence} ({entry.key}) cannot be understood: {type(error).__name__} {error}"
                        )
                    )
        finally:
            connection.close()
    except (sqlite3.DatabaseError, OverflowError, UnicodeDecodeError) as error:
        return Examined(
            recorded=Replay().recorded(), verification=unreadable(database, error, head), delivered={}, objects={}
        )
    if understood and not chain.found:
        try:
            witness.close()
        except ValueError as error:
            found.append(Fault(f"the last delivery cannot be understood: {error}"))
    found = [*found, *chain.found, *witness.found]
    found += [Fault(sentence, heals) for sentence, heals in kept_faults(sources, chain.delivered, there)]
    found += map(Fault, object_faults(folder, chain.objects, objects, hash_objects))
    found += faults_of_heads(heads, chain.contained)
    return Examined(
        recorded=known.recorded(),
        verification=verification(chain, found, head),
        delivered=chain.delivered,
        objects=chain.objects,
    )


def refuse_unless_intact(checked: Verification) -> None:
    """Nothing is answered from a record that does not verify, and nothing written to it."""
    if not checked.intact:
        more = f"; and {len(checked.faults) - 3} more (⟦study verify⟧ lists them)" if len(checked.faults) > 3 else ""
        raise CannotAnswerError(
            "the record does not verify, so nothing is answered from it or written to it: "
            f"{'; '.join(checked.faults[:3])}{more}"
        )
