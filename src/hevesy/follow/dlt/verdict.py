"""What a rule says of a subject, and the window it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hevesy.study.dates import When, latest

Answer = Literal["yes", "no", "undetermined"]
WATCHED_D = 14
"""Counts no further apart than this show that a low count stayed below a grade."""
UNWATCHED_D = 28
"""A stretch without a count longer than this (and than the rule's own days) is told beside a "no"."""
NEAR_D = 3
"""Events and counts so many days outside the window are told beside a "no"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of one rule for one subject, the sentences behind it and the rows they rest on.

    `met_on` is the day a yes was first true, None where it is no yes or the day is not known. `seen` tells, of a rule
    that is undetermined, that something was seen which may be a toxicity; otherwise it is open because nobody looked.
    """

    rule: str
    answer: Answer
    because: tuple[str, ...]
    rows: tuple[int, ...] = ()
    met_on: date | None = None
    seen: bool = False
    noted: tuple[str, ...] = ()
    """Of a no: what lies just outside the window."""


@dataclass(frozen=True, slots=True)
class Window:
    """The days that count, both included, and the cut."""

    first: date
    last: date
    cut: date
    length_d: int

    @classmethod
    def of(cls, first_day: date, length_d: int, cut: date) -> Window:
        """The window of a subject first treated on a day."""
        return cls(first_day, first_day + timedelta(days=length_d - 1), cut, length_d)

    @property
    def until(self) -> date:
        """The last day of it that can be looked at by the cut."""
        return min(self.last, self.cut)

    def latest(self, when: When) -> date:
        """The last day it can have been: nothing known at the cut happened after it."""
        return min(latest(when), self.cut) if not isinstance(when, date) else when
