"""What a laboratory criterion of CTCAE asks: the notation of its table, read once and answered in three values.

As in "< 1.5 LLN", "> 3 BASE or > 5 ULN" or "change >= 25"; a question mark at the end of a comparison: looked at only
where it can be. A criterion may need what is not known (a limit of normal, the baseline): then it is neither met nor
not met.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

from hevesy.errors import RuleError

BaselineFlag = Literal["low", "normal", "high"]


@dataclass(frozen=True, slots=True)
class Known:
    """What a criterion may look at, in one unit."""

    value: float
    lower_limit: float | None
    upper_limit: float | None
    baseline: float | None
    flag: BaselineFlag | None
    change_percent: float | None


class Comparison(Protocol):
    """One comparison of what is known."""

    @property
    def lacks(self) -> str:
        """What it may lack; empty: nothing, it can always be answered."""
        ...

    def holds(self, known: Known) -> bool | None:
        """Whether it does; None: something is lacking."""
        ...

    def words(self, known: Known, unit: str) -> str:
        """It in words, with what is known."""
        ...


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison of a criterion; with `if_known` it does not hold where something is lacking."""

    comparison: Comparison
    if_known: bool

    def met(self, known: Known) -> bool | None:
        """Whether it holds; None: something is lacking."""
        answer = self.comparison.holds(known)
        return False if answer is None and self.if_known else answer


@dataclass(frozen=True, slots=True)
class Criterion:
    """Alternatives of joined atoms."""

    alternatives: tuple[tuple[Atom, ...], ...]
    compares: bool
    """Whether it looks at anything but the value, so that something can be lacking."""

    def met(self, known: Known) -> tuple[bool | None, tuple[Atom, ...]]:
        """Whether it is met, and the atoms that say so (or whose answer is missing)."""
        unanswered: tuple[Atom, ...] = ()
        for joined in self.alternatives:
            answers = [atom.met(known) for atom in joined]
            if all(answers):
                return True, joined
            if False not in answers:
                unanswered += tuple(atom for atom, answer in zip(joined, answers, strict=True) if answer is None)
        return (None, unanswered) if unanswered else (False, self.alternatives[-1])

    def left_open(self, known: Known) -> str:
        """What is lacking to exclude it, also where that counts as not met; empty: excluded."""
        for joined in self.alternatives:
            answers = [atom.comparison.holds(known) for atom in joined]
            if None in answers and False not in answers:
                return next(
                    atom.comparison.lacks for atom, answer in zip(joined, answers, strict=True) if answer is None
                )
        return ""


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SIDE = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_NOT = {"<": "not below", "<=": "above", ">": "not above", ">=": "below"}
LIMITS = {"LLN": "lower limit of normal", "ULN": "upper limit of normal", "BASE": "baseline"}
_HELD = {"LLN": "lower_limit", "ULN": "upper_limit", "BASE": "baseline"}
HIGHER_OF = "max(ULN, BASE)"


@dataclass(frozen=True, slots=True)
class _Flagged:
    """Where the baseline lay against its limits of normal."""

    flag: str
    no: str
    """Empty, or "not "."""

    @property
    def lacks(self) -> str:
        return ""

    def holds(self, known: Known) -> bool | None:
        return (known.flag == self.flag) != bool(self.no)

    def words(self, known: Known, unit: str) -> str:
        return f"baseline {self.no}{self.flag}"


@dataclass(frozen=True, slots=True)
class _Changed:
    """The change from baseline in percent."""

    side: str
    percent: float

    @property
    def lacks(self) -> str:
        return LIMITS["BASE"]

    def holds(self, known: Known) -> bool | None:
        if known.change_percent is None:
            return None
        return _COMPARE[self.side](rounded(known.change_percent), self.percent)

    def words(self, known: Known, unit: str) -> str:
        return f"change from baseline {_SIDE[self.side]} {self.percent:g} %"


@dataclass(frozen=True, slots=True)
class _Against:
    """The value against a number, which stands alone (`of` None) or is so many times a limit, and something more."""

    side: str
    factor: float
    of: str | None
    more: float

    @property
    def lacks(self) -> str:
        if self.of is None:
            return ""
        return LIMITS["ULN" if self.of == HIGHER_OF else self.of]

    def holds(self, known: Known) -> bool | None:
        if self.of is None:
            return _COMPARE[self.side](known.value, self.factor)
        limit = self._limit(known)
        return None if limit is None else _COMPARE[self.side](known.value, rounded(limit))

    def words(self, known: Known, unit: str) -> str:
        if self.of is None:
            return f"{_SIDE[self.side]} {self.factor:g} {unit}".rstrip()
        name = "upper limit of normal or a higher baseline" if self.of == HIGHER_OF else LIMITS[self.of]
        times, plus = f"{self.factor:g} times " if self.factor != 1 else "", f" + {self.more:g}" if self.more else ""
        limit = self._limit(known)
        where = "" if limit is None else f" {(limit - self.more) / self.factor:g} {unit}".rstrip()
        return f"{_SIDE[self.side]} {times}the {name}{where}{plus}"

    def _limit(self, known: Known) -> float | None:
        if self.of is None:
            return self.factor
        if self.of == HIGHER_OF:
            if known.upper_limit is None:
                return None
            return max(known.upper_limit, known.upper_limit if known.baseline is None else known.baseline) + self.more
        own: float | None = getattr(known, _HELD[self.of])
        return None if own is None else self.factor * own + self.more


_FORM = re.compile(
    r"(?P<side>[<>]=?) (?P<number>[\d.]+)?\s*(?P<of>LLN|ULN|BASE|max\(ULN, BASE\))?(?: \+ (?P<more>[\d.]+))?$"
)
_CHANGE = re.compile(r"change (?P<side>[<>]=?) (?P<number>-?[\d.]+)$")
_FLAG = re.compile(r"baseline (?P<no>not )?(?P<flag>high|low)$")


@cache
def criterion(text: str) -> Criterion:
    """The criterion that is written so."""
    alternatives = tuple(tuple(_atom(atom) for atom in joined.split(" and ")) for joined in text.split(" or "))
    return Criterion(alternatives, any(atom.comparison.lacks for joined in alternatives for atom in joined))


def _atom(text: str) -> Atom:
    bare, if_known = text.removesuffix("?"), text.endswith("?")
    if flagged := _FLAG.match(bare):
        return Atom(_Flagged(flagged["flag"], flagged["no"] or ""), if_known)
    if changed := _CHANGE.match(bare):
        return Atom(_Changed(changed["side"], float(changed["number"])), if_known)
    against = _FORM.match(bare)
    if against is None:
        raise RuleError(f"{text!r} is not a criterion")
    factor, more = rounded(float(against["number"] or 1)), float(against["more"] or 0)
    return Atom(_Against(against["side"], factor, against["of"], more), if_known)


def denied(words: str) -> str:
    """The words of a comparison that does not hold."""
    for side, word in _SIDE.items():
        if words.startswith(f"{word} "):
            return _NOT[side] + words.removeprefix(word)
    return f"not: {words}"


def rounded(value: float) -> float:
    """Twelve significant digits, so that 100 g/L is 10 g/dL and not the float beside it."""
    return float(f"{value:.12g}")
