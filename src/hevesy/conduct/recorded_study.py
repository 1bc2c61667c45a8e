"""The study a record adds up to: its recorded plan read, its rows mapped, its subjects gathered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hevesy.files.protocol import read_protocol
from hevesy.files.sources import read_sources
from hevesy.follow.response.criteria import CRITERIA
from hevesy.follow.response.reported import unknown_words
from hevesy.record.ledger import Ledger
from hevesy.record.project import Recorded, project, replay
from hevesy.study.mapping import SourceMapping
from hevesy.study.protocol import TrialProtocol
from hevesy.study.subject import Finding, Study

DATABASE = "study.sqlite"


class NotPlannedError(ValueError):
    """The record holds no protocol or no sources yet."""


def read_record(folder: Path, known_at: str | None = None) -> Recorded:
    """The state of a study folder's record, or its state at an earlier time (UTC, as the ledger writes it)."""
    with Ledger(folder / DATABASE) as ledger:
        return replay(ledger.entries(), known_at)


def plan_of(recorded: Recorded) -> tuple[TrialProtocol, tuple[SourceMapping, ...]]:
    """The recorded protocol and mappings."""
    if recorded.protocol_text is None:
        raise NotPlannedError("the record holds no protocol.toml yet: give one with `hevesy study init` or `import`")
    if recorded.sources_text is None:
        raise NotPlannedError("the record holds no sources.toml yet: give one with `hevesy study import --mapping FILE`")
    return read_protocol(recorded.protocol_text), read_sources(recorded.sources_text, recorded=True)


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
