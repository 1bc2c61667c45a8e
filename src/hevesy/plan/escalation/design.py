"""What every dose-finding design shares: a history, a decision with its reasons, and one method.

A history is a sequence of cohorts in the order they were enrolled. In notation: level and letters, `1NNNN 2NNTP`: N no
DLT, T DLT, P pending, U undetermined, X not evaluable; where response counts too, E response without DLT and B both.
Days may follow a letter: `2NT37P40` had the DLT after 37 days, and one subject is pending for 40.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.study.outcomes import CohortOutcome

Action = Literal["escalate", "stay", "de-escalate", "stop", "wait"]
History = Sequence[CohortOutcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do next.

    `level` is where the next subject goes (None: nowhere); `mtd` only with `stop` (None: no level).
    """

    action: Action
    level: int | None
    open_places: int
    mtd: int | None
    because: tuple[str, ...]


Answer = Literal["E", "S", "D", "X"]
"""Escalate, stay, de-escalate, eliminate."""


class Cell(NamedTuple):
    """A decision (E, S, D or X) with so many subjects and DLTs at the present level."""

    n: int
    dlts: int
    decision: Answer


class Step(NamedTuple):
    """A decision without its reasons, for those who ask very often."""

    action: Action
    level: int | None
    open_places: int
    mtd: int | None


Counts = tuple[tuple[int, int], ...]
"""Evaluable subjects and DLTs at each level."""

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Steps(NamedTuple):
    """Many decisions at once.

    The next level (0: the trial is over), the places there, and the MTD if it is over (0: none).
    """

    level: Ints
    places: Ints
    mtd: Ints


class Design(Protocol):
    """A dose-finding design over `levels` dose levels."""

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        ...

    def decide(self, history: History) -> Decision:
        """The next step; raises RuleError where the history is impossible under the design."""
        ...


class DescribedDesign(Design, Protocol):
    """A design that says of itself what it is and what it can answer."""

    @property
    def in_short(self) -> str:
        """The design in a line: its name and the numbers it depends on."""
        ...

    @property
    def paragraph(self) -> str:
        """The paragraph of a protocol for the design, with its numbers."""
        ...

    @property
    def needs_calendar(self) -> bool:
        """Whether it goes on while subjects are pending, so that its trials are simulated in days."""
        ...

    @property
    def cohort_size(self) -> int:
        """Size of the first cohort, or the most that are treated without waiting."""
        ...

    @property
    def splits_cohorts(self) -> bool:
        """Whether a decision lies between two cohorts at one level; otherwise it counts by level alone."""
        ...

    def starting_at(self, level: int) -> Self:
        """The design, begun at a level of its own."""
        ...

    def complete(self) -> CountDesign:
        """The design as one of complete outcomes, which has exact results; RuleError where it has none."""
        ...

    def decision_table(self, n_max: int) -> tuple[Cell, ...]:
        """The decision with each number of subjects (to `n_max`) and DLTs at a level in the middle.

        RuleError where its answer depends on more.
        """
        ...


class CountDesign(DescribedDesign, Protocol):
    """A design whose next step depends on the present level, the counts and the last cohort alone."""

    @property
    def start(self) -> int:
        """The level the trial begins at."""
        ...

    def __hash__(self) -> int:
        """A design is a value."""
        ...

    def steps(self, n: Ints, dlt: Ints, level: Ints, last_dlt: Ints) -> Steps:
        """What comes next in many trials at once.

        `n` and `dlt` have a row for each trial and a column for each level; the last cohort was at `level` (from 1) and
        had `last_dlt` DLTs.
        """
        ...


def without_table(design: object) -> RuleError:
    """The refusal of a decision table."""
    return RuleError(
        f"{type(design).__name__} has no table: its answer depends on every level, or on time; "
        "see ⟦plan paths⟧ or ⟦plan fit⟧"
    )


def never_complete(design: object) -> RuleError:
    """The refusal of exact results, of a design that counts pending subjects."""
    return RuleError(
        f"{type(design).__name__} goes on while subjects are pending: it has no exact results; simulate it (⟦trials⟧)"
    )


def count_rows(counts: Counts) -> tuple[Ints, Ints]:
    """Counts as one row of subjects and one of DLTs."""
    both = np.array(counts, dtype=np.int64).reshape(1, len(counts), 2)
    return both[:, :, 0], both[:, :, 1]


def distinct_rows(rows: Ints) -> tuple[Ints, Ints]:
    """Where each distinct row stands first, and for every row the number of its like.

    Rows are compared by a 64-bit sum of products; that no two different rows share one is checked, not trusted.

    >>> first, inverse = distinct_rows(np.array([[1, 2], [3, 4], [1, 2]]))
    >>> first[inverse].tolist()
    [0, 1, 0]
    """
    factors = np.random.default_rng(19).integers(1, 2**63, rows.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    _, first, inverse = np.unique(rows.astype(np.uint64) @ factors, return_index=True, return_inverse=True)
    if not np.array_equal(rows[first][inverse], rows):
        _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first, inverse.ravel()


def one_step(design: CountDesign, counts: Counts, level: int, last_dlt: int = 0) -> Step:
    """What comes next with these counts, the last cohort having been at `level` with `last_dlt` DLTs."""
    n, dlt = count_rows(counts)
    after = design.steps(n, dlt, np.array([level]), np.array([last_dlt]))
    following = int(after.level[0])
    if not following:
        return Step("stop", None, 0, int(after.mtd[0]) or None)
    action: Action = "escalate" if following > level else "stay" if following == level else "de-escalate"
    return Step(action, following, int(after.places[0]), None)


_LETTERS = {
    "N": "no DLT",
    "T": "DLT",
    "E": "response without DLT",
    "B": "response and DLT",
    "P": "pending",
    "U": "undetermined",
    "X": "not evaluable",
}


def parse_history(text: str) -> tuple[CohortOutcome, ...]:
    """Read notation.

    `1NNNN 2NNTP` is level 1 with four subjects without DLT, then level 2 with one DLT and one pending.

    >>> [(cohort.level, cohort.evaluable, cohort.with_dlt, cohort.pending) for cohort in parse_history("1NNNN 2NNTP")]
    [(1, 4, 0, 0), (2, 3, 1, 1)]
    """
    cohorts = []
    for place, part in enumerate(text.split(), start=1):
        match = re.fullmatch(r"(\d+)((?:[A-Za-z](?:\d+(?:\.\d+)?)?)*)", part)
        if match is None:
            raise RuleError(f"cohort {place}: {part!r} is not a level and letters as in 2NNTP")
        marks = [(letter.upper(), days) for letter, days in re.findall(r"([A-Za-z])([\d.]*)", match.group(2))]
        letters = [letter for letter, _ in marks]
        unknown = next((letter for letter in letters if letter not in _LETTERS), None)
        if unknown is not None:
            meaning = ", ".join(f"{letter} {meant}" for letter, meant in _LETTERS.items())
            raise RuleError(f"cohort {place}: {unknown!r} in {part!r} is none of {meaning}")
        dated = next((letter for letter, days in marks if days and letter not in "TBP"), None)
        if dated is not None:
            raise RuleError(f"cohort {place}: days follow T, B or P, not {dated!r} in {part!r}")
        level = int(match.group(1))
        if level < 1:
            raise RuleError(f"cohort {place}: levels are numbered from 1, got {level}")
        cohorts.append(
            CohortOutcome(
                level=level,
                evaluable=sum(letter in "NTEB" for letter in letters),
                with_dlt=sum(letter in "TB" for letter in letters),
                responses_without_dlt=letters.count("E"),
                responses_with_dlt=letters.count("B"),
                pending=letters.count("P"),
                undetermined=letters.count("U"),
                not_evaluable=letters.count("X"),
                pending_d=tuple(float(days) for letter, days in marks if letter == "P" and days),
                dlt_after_d=tuple(float(days) for letter, days in marks if letter in "TB" and days),
            )
        )
    return tuple(cohorts)


def notation(history: History) -> str:
    """The notation of a history.

    >>> notation(parse_history("1NNNE 2NTNP 2BT30E"))
    '1NNNE 2NNTP 2ET30B'
    """

    def dated(letters: str, days: tuple[float, ...]) -> str:
        return "".join(f"{letter}{day:g}" for letter, day in zip(letters, days, strict=False)) + letters[len(days) :]

    def toxic(cohort: CohortOutcome) -> str:
        letters = "T" * (cohort.with_dlt - cohort.responses_with_dlt) + "B" * cohort.responses_with_dlt
        return dated(letters, cohort.dlt_after_d)

    return " ".join(
        f"{cohort.level}"
        f"{'N' * (cohort.evaluable - cohort.with_dlt - cohort.responses_without_dlt)}"
        f"{'E' * cohort.responses_without_dlt}"
        f"{toxic(cohort)}"
        f"{dated('P' * cohort.pending, cohort.pending_d)}{'U' * cohort.undetermined}{'X' * cohort.not_evaluable}"
        for cohort in history
    )
