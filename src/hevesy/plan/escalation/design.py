"""What every dose-finding design shares: a history, a decision with its reasons, and one method.

A history is a sequence of cohorts in the order they were enrolled. In notation: level and letters, `1NNNN 2NNTP`:
N no DLT, T DLT, P pending, U undetermined, X not evaluable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from hevesy.study.outcomes import CohortOutcome

Action = Literal["escalate", "stay", "de-escalate", "stop", "wait"]
History = Sequence[CohortOutcome]


class HistoryError(ValueError):
    """The history cannot be read, or cannot have happened under the design; the message names the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do next. `level` is where the next subject goes (None: nowhere); `mtd` only with `stop` (None: no level)."""

    action: Action
    level: int | None
    open_places: int
    mtd: int | None
    because: tuple[str, ...]


class Step(NamedTuple):
    """A decision without its reasons, for those who ask very often."""

    action: Action
    level: int | None
    open_places: int
    mtd: int | None


Counts = tuple[tuple[int, int], ...]
"""Evaluable subjects and DLTs at each level."""


class Design(Protocol):
    """A dose-finding design over `levels` dose levels."""

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        ...

    def decide(self, history: History) -> Decision:
        """The next step; raises HistoryError where the history is impossible under the design."""
        ...


class CountDesign(Protocol):
    """A design whose next step depends on the present level and the counts alone."""

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        ...

    @property
    def start(self) -> int:
        """The level the trial begins at."""
        ...

    @property
    def cohort_size(self) -> int:
        """Size of the first cohort."""
        ...

    def step(self, counts: Counts, level: int, last_dlt: int) -> Step:
        """What comes next with these counts, the last cohort having been at `level` with `last_dlt` DLTs."""
        ...


_LETTERS = {"N": "no DLT", "T": "DLT", "P": "pending", "U": "undetermined", "X": "not evaluable"}


def parse_history(text: str) -> tuple[CohortOutcome, ...]:
    """Read notation: `1NNNN 2NNTP` is level 1 with four subjects without DLT, then level 2 with one DLT and one pending.

    >>> [(cohort.level, cohort.evaluable, cohort.with_dlt, cohort.pending) for cohort in parse_history("1NNNN 2NNTP")]
    [(1, 4, 0, 0), (2, 3, 1, 1)]
    """
    cohorts = []
    for place, part in enumerate(text.split(), start=1):
        match = re.fullmatch(r"(\d+)([A-Za-z]*)", part)
        if match is None:
            raise HistoryError(f"cohort {place}: {part!r} is not a level and letters as in 2NNTP")
        letters = match.group(2).upper()
        unknown = next((letter for letter in letters if letter not in _LETTERS), None)
        if unknown is not None:
            meaning = ", ".join(f"{letter} {meant}" for letter, meant in _LETTERS.items())
            raise HistoryError(f"cohort {place}: {unknown!r} in {part!r} is none of {meaning}")
        level = int(match.group(1))
        if level < 1:
            raise HistoryError(f"cohort {place}: levels are numbered from 1, got {level}")
        cohorts.append(
            CohortOutcome(
                level=level,
                evaluable=letters.count("N") + letters.count("T"),
                with_dlt=letters.count("T"),
                pending=letters.count("P"),
                undetermined=letters.count("U"),
                not_evaluable=letters.count("X"),
            )
        )
    return tuple(cohorts)


def notation(history: History) -> str:
    """The notation of a history.

    >>> notation(parse_history("1NNNN 2NTNP"))
    '1NNNN 2NNTP'
    """
    return " ".join(
        f"{cohort.level}{'N' * (cohort.evaluable - cohort.with_dlt)}{'T' * cohort.with_dlt}"
        f"{'P' * cohort.pending}{'U' * cohort.undetermined}{'X' * cohort.not_evaluable}"
        for cohort in history
    )
