"""A+B escalation subject by subject: the rule of Storer 1989 and of Lin and Shih 2001 read along the order of enrolment.

At a level the first `first` subjects are judged by themselves, then all of them together. `more` are added where the first neither
permit going up nor are too many, and where the trial came back from a level above that was too toxic. What `of_all` permits no longer
is too many at once. A level below that nobody was given begins with its first subjects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

Trial = tuple[tuple[int, str], ...]
"""Cohorts: the level, and a letter for each subject (N no DLT, T DLT, P pending, U undetermined, X not evaluable)."""


class Answer(NamedTuple):
    """What to do, at which level, for how many; the MTD when it is over."""

    action: str
    level: int | None
    places: int
    mtd: int | None


class Rule(NamedTuple):
    """The numbers of a design."""

    levels: int
    start: int
    first: int
    more: int
    up: int
    add: int
    of_all: int
    down: bool

    def verdict(self, results: str, came_back: bool) -> str:
        """Of a level: `up`, `too many`, or the stage that is to be filled."""
        of_first = results[: self.first].count("T")
        if of_first > self.add:
            return "too many"
        if len(results) < self.first:
            return "first"
        if of_first <= self.up and not (came_back and self.more):
            return "up"
        if results.count("T") > self.of_all:
            return "too many"
        return "up" if len(results) == self.first + self.more else "all"

    def size(self, stage: str) -> int:
        """Subjects at a level when a stage is full."""
        return {"first": self.first, "all": self.first + self.more}.get(stage, 0)

    def answer(self, trial: Trial) -> Answer:
        """What comes after a trial that went as it should; None of it is checked."""
        given: dict[int, str] = {}
        toxic: set[int] = set()
        told = Answer("stay", self.start, self.first, None)
        for level, letters in trial:
            given[level] = given.get(level, "") + letters.replace("X", "")
            told = self._after(level, given, toxic)
        return told

    def _after(self, level: int, given: dict[int, str], toxic: set[int]) -> Answer:
        known = given[level].replace("P", "").replace("U", "")
        verdict = self.verdict(known, level + 1 in toxic)
        if known != given[level]:
            return Answer("wait", level, max(self.size(verdict) - len(given[level]), 0), None)
        if verdict == "up":
            if level == self.levels or level + 1 in toxic:
                return Answer("stop", None, 0, level)
            return Answer("escalate", level + 1, self.first, None)
        if verdict != "too many":
            return Answer("stay", level, self.size(verdict) - len(known), None)
        toxic.add(level)
        if not self.down or level == 1:
            return Answer("stop", None, 0, level - 1 if level > self.start else None)
        below = len(given.get(level - 1, ""))
        if below == self.size("all"):
            return Answer("stop", None, 0, level - 1)
        return Answer("de-escalate", level - 1, self.size("first" if below < self.first else "all") - below, None)

    def trials(self, partial: bool = False) -> Iterator[tuple[Trial, Answer]]:
        """One trial for each state that can be reached by whole cohorts; with `partial` by smaller ones too."""
        ahead: list[Trial] = [()]
        seen = set()
        while ahead:
            trial = ahead.pop()
            told = self.answer(trial)
            yield trial, told
            if told.level is None:
                continue
            for size in range(1 if partial else told.places, told.places + 1):
                for dlt in range(size + 1):
                    longer = (*trial, (told.level, "T" * dlt + "N" * (size - dlt)))
                    state = (told.level, *self._state(longer))
                    if state not in seen:
                        seen.add(state)
                        ahead.append(longer)

    def _state(self, trial: Trial) -> Iterator[tuple[int, int, int]]:
        for level in range(1, self.levels + 1):
            results = "".join(letters for at, letters in trial if at == level)
            yield len(results), results[: self.first].count("T"), results.count("T")
