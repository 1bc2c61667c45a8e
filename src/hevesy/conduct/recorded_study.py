"""A study's record, examined and read.

The one check before anything is answered from it or written to it, and the study it adds up to.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from hevesy.conduct.evidence import Evidence
from hevesy.conduct.projection import project
from hevesy.errors import CannotAnswerError
from hevesy.files.protocol import read_protocol
from hevesy.files.sources import read_sources
from hevesy.follow.response.reported import unknown_words
from hevesy.record import Examined, Record, Recorded, refuse_unless_intact
from hevesy.study.mapping import SourceMapping
from hevesy.study.protocol import TrialProtocol
from hevesy.study.protocol.criteria import CRITERIA
from hevesy.study.subject import Finding, Study


def examine(
    folder: Path, known_at: str | None = None, head: str | None = None, *, hash_objects: bool = False
) -> Examined:
    """The one check of a study's record, and its state; each delivery held against its kept file by the mapping it had.

    With `head`, whether that state is contained; `known_at` (UTC, as the ledger writes it) gives the record as it was
    known then; with `hash_objects` every array and image that is kept is hashed too, which is for who verifies.
    """
    record = Record(folder)
    return record.examine(partial(Evidence, record), known_at, head, hash_objects)


def read_record(folder: Path, known_at: str | None = None) -> Recorded:
    """The state of a study's record, or its state at an earlier time (UTC, as the ledger writes it).

    Refused unless it verifies.
    """
    examined = examine(folder, known_at)
    refuse_unless_intact(examined.verification)
    return examined.recorded


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
