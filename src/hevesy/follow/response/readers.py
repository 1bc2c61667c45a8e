"""Who read: an evaluator with an identifier, where one is delivered, and whose reading counts where several read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hevesy.errors import RuleError
from hevesy.study.facts.response import Lesion, ReportedResponse, TumourAssessment

R = TypeVar("R", bound=ReportedResponse | Lesion | TumourAssessment)


def reader_of(event: ReportedResponse | Lesion | TumourAssessment) -> str:
    """The evaluator and, where there is one, the identifier: INDEPENDENT ASSESSOR, RADIOLOGIST 1.

    Unnamed readers are one.

    >>> reader_of(ReportedResponse(subject="1", row=1, evaluator="INVESTIGATOR"))
    'INVESTIGATOR'
    """
    return ", ".join(part for part in (event.evaluator, event.reader) if part)


def readers_of(events: Sequence[R]) -> tuple[str, ...]:
    """Every reader of some events, in alphabetical order."""
    return tuple(sorted({reader_of(event) for event in events}))


def of_reader(events: Sequence[R], evaluator: str | None) -> tuple[R, ...]:
    """The events of the one reader that counts; ValueError says why there is none.

    `evaluator` names a reader or an evaluator (None: there is only one). Of several readers of one evaluator the one
    counts whose reading was accepted.
    """
    names = readers_of(events)
    own = [event for event in events if evaluator is None or evaluator in (reader_of(event), event.evaluator or "")]
    if not own:
        raise RuleError(
            f"assessed by {in_words(names)}; not by {evaluator}" if names else "nobody's reading was delivered"
        )
    several = readers_of(own)
    if len(several) == 1:
        return tuple(own)
    accepted = {reader_of(event) for event in own if event.accepted}
    if evaluator is None or len(accepted) != 1:
        marked = f"{len(accepted)} are marked as accepted" if accepted else "none is marked as accepted"
        raise RuleError(
            f"assessed by {in_words(several)}; the protocol does not name whose reading counts, and {marked}"
        )
    return tuple(event for event in own if reader_of(event) in accepted)


def in_words(names: Sequence[str]) -> str:
    """Names of readers in a sentence."""
    return ", ".join(name or "an unnamed reader" for name in names)
