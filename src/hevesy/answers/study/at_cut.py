"""What is asked of a readout at a data cut: the cut, what was known, the cut before, and the record as it was then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Json
from hevesy.answers.asked import Day, Moment, ledger_time
from hevesy.blocks.prose import said
from hevesy.errors import CannotAnswerError

if TYPE_CHECKING:
    from hevesy.blocks.section import Block
    from hevesy.readout.contents import Material
    from hevesy.record import Recorded

AsOf = Annotated[date | None, Day("Data cut: later facts are hidden (default: the last fact).")]
KnownAt = Annotated[datetime | None, Moment("Only what was recorded by then, with its time zone.")]
Since = Annotated[date | None, Day("Earlier cut to compare with.")]
MADE_UP = said("Synthetic data: a demonstration, no patient is described.", tone="caution")
"""What is told of a study whose plan says that it is synthetic."""


def recorded_at(folder: Path, known_at: datetime | None) -> Recorded:
    """A study's record, or its state at an earlier time; refused unless it verifies, and before its first entry."""
    from hevesy.conduct.recorded_study import read_record

    known = ledger_time(known_at)
    recorded = read_record(folder, known)
    if not recorded.entries:
        raise CannotAnswerError(f"nothing was known at {known}: the first entry was written later")
    return recorded


def material_at(folder: Path, as_of: date | None, known_at: datetime | None, since: date | None) -> Material:
    """What the sections of a study's readout at a cut are made of."""
    from hevesy.readout.contents import material

    return material(recorded_at(folder, known_at), as_of, ledger_time(known_at), since)


def cut_of(of: Material) -> dict[str, Json]:
    """The cut and the state of the record, as data."""
    return {"cut": str(of.analysis.cut), "known_at": of.known_at, "head": of.recorded.head}


def cut_in_words(of: Material) -> Iterator[Block]:
    """Of which readout something is told; that its data are made up, where they are."""
    known = f", as known at {of.known_at}" if of.known_at is not None else ""
    yield said(
        f"Of the readout of {of.protocol.study_id} at {of.analysis.cut}{known}; ledger head {of.recorded.head[:16]}, "
        f"{of.recorded.entries} entries."
    )
    if of.protocol.synthetic:
        yield MADE_UP
