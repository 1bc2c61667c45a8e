"""The sets of response criteria a plan may name: a file here declares one or more of them in `CRITERIA`.

Their words from best to worst, which of them are responses, what is confirmed, and the rates read off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hevesy.errors import RuleError
from hevesy.provenance import Source
from hevesy.study.discovered import Discovered


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate by name: best responses of the first so many standings count."""

    key: str
    title: str
    standings: int
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedFor:
    """What criteria ask of an assessment: fields that it holds, all of any one group, and what is so where none does.

    No group: nothing that is delivered holds it.
    """

    fields: tuple[tuple[str, ...], ...]
    otherwise: str

    def held_by(self, assessment: object) -> bool:
        """Whether an assessment holds it."""
        return any(all(getattr(assessment, name, None) is not None for name in group) for group in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """A set of criteria: its responses, best first, and those that say nothing; what needs confirmation; its rates."""

    name: str
    best_first: tuple[tuple[str, ...], ...]
    """Words of equal standing together; the last is progression."""
    silent: tuple[str, ...]
    responses: int
    """How many of the standings, from the best, are responses."""
    source: Source
    rates: tuple[Rate, ...]
    confirmation: str
    """What bears a response out, in words."""
    confirmed_after_d: int | None = None
    """A response counts if a later one, so many days after it or more, is as good; None: not asked for, or by the next
    assessment."""
    followed: str = ""
    """What the change from baseline is of."""
    limits_percent: tuple[tuple[int, str], ...] = ()
    """Changes from baseline at which a category begins."""
    disease: str = ""
    """The disease they are for, where that is one; empty: tumours of several."""
    progression_is_confirmed: bool = False
    """Progression is told once a second assessment bears it out."""
    looks_for: tuple[LookedFor, ...] = ()
    """What is asked for beside what is followed; empty: a visit that lacks something cannot be judged, and says so."""
    only_called: bool = False
    """Nothing here says how they are found from what was measured."""
    _places: Mapping[str, int | None] = field(init=False, repr=False, compare=False)
    """Standing of every word, None of those that say nothing."""

    def __post_init__(self) -> None:
        """Put down where each word stands: the question is asked of every visit many times."""
        standings = {word.upper(): place for place, words in enumerate(self.best_first) for word in words}
        object.__setattr__(self, "_places", {"": None, **{word.upper(): None for word in self.silent}, **standings})

    @property
    def called(self) -> str:
        """The name in a protocol and at the command line."""
        return self.name.casefold().replace(" ", "-")

    def not_delivered(self, assessments: Iterable[object]) -> tuple[str, ...]:
        """What is so since no assessment holds what the criteria look for."""
        seen = tuple(assessments)
        return tuple(one.otherwise for one in self.looks_for if not any(map(one.held_by, seen)))

    @property
    def progression(self) -> tuple[str, ...]:
        """Words for progression."""
        return self.best_first[-1]

    @property
    def stable(self) -> int:
        """Place of stable disease: the last before progression."""
        return len(self.best_first) - 2

    def standing(self, word: str) -> int | None:
        """Place among the standings, 0 the best; None: says nothing. An unknown word is refused."""
        folded = word.strip().upper()
        if folded in self._places:
            return self._places[folded]
        known_words = ", ".join(one for words in self.best_first for one in words)
        raise RuleError(f"{word!r} is not a response of {self.name}; known are {known_words}, {', '.join(self.silent)}")

    def knows(self, word: str) -> bool:
        """Whether a word is one of the criteria, or says nothing."""
        try:
            self.standing(word)
        except ValueError:
            return False
        return True

    @property
    def family(self) -> str:
        """The name without its year or version, in capitals."""
        return self.name.split()[0].upper()

    def speaks_of(self, written: str | None) -> bool:
        """Whether a response said to be by some criteria may be by these.

        It names none, these, or ones that nobody knows here.
        """
        words = (written or "").upper().split()
        families = {one.family for one in CRITERIA.values()}
        named = [word for word in words if word in families]
        return not named or self.family in named

    def responded(self, best: str) -> bool:
        """Whether a best response is a response."""
        place = self.standing(best)
        return place is not None and place < self.responses

    def counts(self, best: str, rate: Rate) -> bool:
        """Whether a best response counts in a rate."""
        place = self.standing(best)
        return place is not None and place < rate.standings

    def without_progression(self, word: str) -> bool:
        """Whether a category says that there was no progression."""
        place = self.standing(word)
        return place is not None and place <= self.stable


MYELOMA = "multiple myeloma"
HEADLINES = ("cbr", "orr", "orr-minor")
"""Keys of the rates by which a study is summed up: the first of them that the criteria have."""
SILENT = ("NE", "ND", "NOT DONE", "UE", "NOT EVALUABLE", "NA", "NOT ASSESSED")
"""Words of every set of criteria that say nothing."""


def rate_of(key: str, standings: int) -> Rate:
    """One of the usual rates: best responses of the first so many standings count."""
    title, meaning = {
        "orr": ("Overall response rate", "partial response or better"),
        "orr-minor": ("Overall response rate", "minor response or better"),
        "mrr": ("Major response rate", "partial response or better"),
        "crr": ("Complete response rate", "complete response"),
        "cbr": ("Clinical benefit rate", "minor response or better"),
        "dcr": ("Disease control rate", "stable disease or better"),
    }[key]
    return Rate(key=key, title=title, standings=standings, meaning=meaning)


CRITERIA: Discovered[Criteria] = Discovered(__name__, __path__, "CRITERIA")
"""By the name in a protocol and at the command line."""


def called_by() -> tuple[str, ...]:
    """Names of the criteria that responses may be called by."""
    return tuple(CRITERIA)


def found_by() -> tuple[str, ...]:
    """Names of the criteria that responses may be found by, from what was measured."""
    return tuple(name for name, one in CRITERIA.items() if not one.only_called)


def criteria_named(name: str) -> Criteria:
    """The criteria of a name."""
    if name not in CRITERIA:
        raise RuleError(f"response criteria are {', '.join(CRITERIA)}, got {name!r}")
    return CRITERIA[name]
