"""A study's record, examined and read.

The one check before anything is answered from it or written to it, and the study it adds up to.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from hevesy.conduct.evidence import Evidence
from hevesy.errors import CannotAnswerError
from hevesy.files.protocol import read_protocol
from hevesy.files.sources import read_sources
from hevesy.follow.response.criteria import CRITERIA
from hevesy.follow.response.reported import unknown_words
from hevesy.record import statements
from hevesy.record.folder import DATABASE, KEPT, PROTOCOL, READOUTS, SOURCES_TOML
from hevesy.record.kept import kept_faults, listed
from hevesy.record.ledger import open_record
from hevesy.record.project import Recorded, Replay, project
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
from hevesy.study.mapping import SourceMapping
from hevesy.study.protocol import TrialProtocol
from hevesy.study.subject import Finding, Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A record as it stands, and whether it can be trusted.

    `delivered` has the SHA-256 of every kept file with its name.
    """

    recorded: Recorded
    verification: Verification
    delivered: dict[str, str]


def examine(folder: Path, known_at: str | None = None, head: str | None = None) -> Examined:
    """Read a study's record once and hold it against everything that lies in its folder.

    Looked at: the database and its rules, the hash chain, times, the kept files, every row against its line in them,
    and the states that the readouts in the folder were made from; with `head`, whether that state is contained.
    `known_at` (UTC, as the ledger writes it) gives the record as it was known then.
    """
    database, sources = folder / DATABASE, folder / KEPT
    if not database.is_file():
        raise CannotAnswerError(f"no study record at {database}: create one with ⟦study init⟧")
    # Listed before the ledger is read: what is there by now, its entries named before; what comes meanwhile is not of
    # this state.
    there, heads = listed(sources), heads_of_readouts(folder / READOUTS)
    chain = Chain([*heads, *([head.lower()] if head is not None else [])])
    played, found, understood = Replay(), list[Fault](), True
    known = played if known_at is None else Replay(known_at)
    evidence = Evidence(sources, played)
    try:
        connection = open_record(database)
        try:
            found += database_faults(connection)
            for entry in chain.through(connection.execute(statements.ALL)):
                if chain.found or not understood:
                    continue
                try:
                    evidence.take(entry)
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
        return Examined(recorded=Replay().recorded(), verification=unreadable(database, error, head), delivered={})
    if understood and not chain.found:
        try:
            evidence.close()
        except ValueError as error:
            found.append(Fault(f"the last delivery cannot be understood: {error}"))
    found = [*found, *chain.found, *evidence.found]
    found += [Fault(sentence, heals) for sentence, heals in kept_faults(sources, chain.delivered, there)]
    found += faults_of_heads(heads, chain.contained)
    return Examined(recorded=known.recorded(), verification=verification(chain, found, head), delivered=chain.delivered)


def refuse_unless_intact(checked: Verification) -> None:
    """Nothing is answered from a record that does not verify, and nothing written to it."""
    if not checked.intact:
        more = f"; and {len(checked.faults) - 3} more (⟦study verify⟧ lists them)" if len(checked.faults) > 3 else ""
        raise CannotAnswerError(
            "the record does not verify, so nothing is answered from it or written to it: "
            f"{'; '.join(checked.faults[:3])}{more}"
        )


def read_record(folder: Path, known_at: str | None = None) -> Recorded:
    """The state of a study's record, or its state at an earlier time (UTC, as the ledger writes it).

    Refused unless it verifies.
    """
    examined = examine(folder, known_at)
    refuse_unless_intact(examined.verification)
    return examined.recorded


def plans_on_disk(folder: Path, recorded: Recorded) -> list[str]:
    """A line for each of protocol.toml and sources.toml that says something else on the disk than in the record."""
    told = []
    for name, known in ((PROTOCOL, recorded.protocol_text), (SOURCES_TOML, recorded.sources_text)):
        path = folder / name
        if path.is_file() and path.read_bytes() != (known or "").encode():
            told.append(
                f"{name} was changed and is not recorded so: what is answered follows the recorded one until an "
                "import takes it in"
            )
    return told


def plan_of(recorded: Recorded) -> tuple[TrialProtocol, tuple[SourceMapping, ...]]:
    """The recorded protocol and mappings."""
    if recorded.protocol_text is None:
        raise CannotAnswerError("the record holds no protocol.toml yet: give one with ⟦study init⟧ or ⟦study import⟧")
    if recorded.sources_text is None:
        raise CannotAnswerError("the record holds no sources.toml yet: give one as ⟦mapping⟧ of ⟦study import⟧")
    return read_protocol(recorded.protocol_text), read_sources(recorded.sources_text, recorded=True)


def mapped_columns(recorded: Recorded) -> dict[str, tuple[str, ...]]:
    """By source, the columns that its mapping speaks for: earlier versions recorded others too, which nothing shows."""
    _, mappings = plan_of(recorded)
    return {mapping.name: mapping.recorded_columns(mapping.known_columns()) for mapping in mappings}


def study_of(recorded: Recorded) -> Study:
    """The study a record adds up to."""
    protocol, mappings = plan_of(recorded)
    study = project(recorded, protocol, mappings)
    return replace(study, findings=(*study.findings, *_words_that_are_no_response(study)))


def _words_that_are_no_response(study: Study) -> tuple[Finding, ...]:
    """Called responses whose word the criteria of the arm do not have: the visit is not evaluable."""
    found = []
    for subject in study.subjects:
        name = study.protocol.criteria_of(subject.enrolment.arm_code)
        if name is None:
            continue
        for row, word in unknown_words(subject, CRITERIA[name]):
            message = f"{word!r} is no response of {CRITERIA[name].name}: that visit is not evaluable"
            found.append(Finding(topic="response not understood", subject=subject.id, message=message, rows=(row,)))
    return tuple(found)
