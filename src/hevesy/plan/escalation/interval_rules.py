"""Rules that answer from the number treated and the number of DLTs at one level: up, stay, down, or never again.

Each is a frozen dataclass with `at(n, dlt)`. A level is eliminated (`X`) when P(DLT rate > target | data) is above
`eliminate_above` under a uniform prior, from `eliminate_from_n` subjects on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from scipy.special import betainc

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import Answer


class IntervalRule(Protocol):
    """What an interval design needs to know of its rule."""

    @property
    def target(self) -> float:
        """Target DLT rate."""
        ...

    @property
    def in_short(self) -> str:
        """Its name and the numbers it depends on."""
        ...

    @property
    def how(self) -> str:
        """How it decides, as the predicate of a sentence about the design."""
        ...

    @property
    def closes(self) -> str:
        """When a level is never given again, as the main clause of a sentence."""
        ...

    def __hash__(self) -> int:
        """A rule is a value."""
        ...

    def at(self, n: int, dlt: int) -> Answer:
        """The answer at a level with `dlt` DLTs among `n` evaluable subjects."""
        ...


def above_target(target: float, n: int, dlt: int) -> float:
    """Posterior probability that the DLT rate is above the target, uniform prior."""
    return 1.0 - float(betainc(dlt + 1, n - dlt + 1, target))


def _check_target(target: float) -> None:
    if not 0 < target < 1:
        raise RuleError(f"a target DLT rate lies between 0 and 1, got {target:g}")


def _check_counts(n: int, dlt: int) -> None:
    if n < 1:
        raise RuleError(f"n must be 1 or more, got {n}")
    if not 0 <= dlt <= n:
        raise RuleError(f"dlt must lie in 0..{n}, got {dlt}")


def _check_interval(target: float, left: float, right: float) -> None:
    _check_target(target)
    if min(left, right) <= 0 or left >= target or target + right >= 1:
        raise RuleError(
            f"the interval around the target lies between 0 and 1, got {target:g} - {left:g} to {target:g} + "
            f"{right:g}: for so low or high a target take boin or crm"
        )


def _eliminates(rule: BOIN | Keyboard | MTPI | IThreePlusThree, n: int, dlt: int) -> bool:
    """Whether a level is never given again; refuses counts that cannot be.

    Without a DLT none is, however low the target.
    """
    _check_counts(n, dlt)
    return n >= rule.eliminate_from_n and dlt > 0 and above_target(rule.target, n, dlt) > rule.eliminate_above


def _elimination(rule: BOIN | Keyboard | MTPI | IThreePlusThree) -> str:
    return (
        f"A level with at least {rule.eliminate_from_n} subject{'s' if rule.eliminate_from_n > 1 else ''} and a "
        f"DLT whose DLT rate exceeds the target with a probability above {rule.eliminate_above:g} (uniform prior) "
        "is closed with all above it"
    )


def by_table_of(what: str) -> str:
    """How a rule decides that is best read as a table."""
    return f"follows the decision table of {what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BOIN:
    """Bayesian optimal interval: up at a rate of at most lambda_e, down at one of at least lambda_d.

    Source: Liu and Yuan, J R Stat Soc C 2015;64:507, equations 3 and 4; elimination from three subjects on.
    """

    target: float
    low: float = 0.6
    high: float = 1.4
    eliminate_above: float = 0.95
    eliminate_from_n: int = 3

    def __post_init__(self) -> None:
        _check_target(self.target)
        if not 0 < self.low < 1 < self.high or self.high * self.target >= 1:
            raise RuleError(
                f"low < 1 < high as multiples of the target, high x target < 1; got {self.low:g}, {self.high:g}"
            )

    @property
    def lambda_e(self) -> float:
        """The DLT rate at or below which to go up."""
        p, p1 = self.target, self.low * self.target
        return math.log((1 - p1) / (1 - p)) / math.log(p * (1 - p1) / (p1 * (1 - p)))

    @property
    def lambda_d(self) -> float:
        """The DLT rate at or above which to go down."""
        p, p2 = self.target, self.high * self.target
        return math.log((1 - p) / (1 - p2)) / math.log(p2 * (1 - p) / (p * (1 - p2)))

    @property
    def in_short(self) -> str:
        """Its name and the numbers it depends on."""
        return (
            f"BOIN, target {self.target:g}, up at a rate of at most {self.lambda_e:.3f}, down from {self.lambda_d:.3f}"
        )

    @property
    def how(self) -> str:
        """How it decides."""
        return (
            f"goes up where the observed DLT rate at the present level is at most {self.lambda_e:.3f}, down where it "
            f"is at least {self.lambda_d:.3f}, and stays otherwise (Liu and Yuan, J R Stat Soc C 2015;64:507)"
        )

    @property
    def closes(self) -> str:
        """When a level is never given again."""
        return _elimination(self)

    def at(self, n: int, dlt: int) -> Answer:
        """The answer at a level.

        >>> BOIN(target=0.25).at(3, 0), BOIN(target=0.25).at(3, 1), BOIN(target=0.25).at(3, 3)
        ('E', 'D', 'X')
        """
        if _eliminates(self, n, dlt):
            return "X"
        if dlt <= math.floor(self.lambda_e * n + 1e-12):
            return "E"
        return "D" if dlt >= math.ceil(self.lambda_d * n - 1e-12) else "S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyboard:
    """The strongest of equally wide keys: below the target key up, above it down.

    Source: Yan, Mandrekar and Yuan, Clin Cancer Res 2017;23:3994; elimination from the first subject on.
    """

    target: float
    left: float = 0.05
    right: float = 0.05
    eliminate_above: float = 0.95
    eliminate_from_n: int = 1

    def __post_init__(self) -> None:
        _check_interval(self.target, self.left, self.right)

    @property
    def in_short(self) -> str:
        """Its name and the numbers it depends on."""
        return f"Keyboard, target {self.target:g}"

    @property
    def how(self) -> str:
        """How it decides."""
        return by_table_of("the keyboard design (Yan, Mandrekar and Yuan, Clin Cancer Res 2017;23:3994)")

    @property
    def closes(self) -> str:
        """When a level is never given again."""
        return _elimination(self)

    def at(self, n: int, dlt: int) -> Answer:
        """The answer at a level."""
        if _eliminates(self, n, dlt):
            return "X"
        low, width = self.target - self.left, self.left + self.right
        first = -math.floor(low / width + 1e-9)
        last = math.floor((1 - low) / width + 1e-9) - 1
        keys = {key: _mass(n, dlt, low + key * width, low + (key + 1) * width) for key in range(first, last + 1)}
        strongest = max(keys, key=lambda key: (keys[key], -abs(key)))
        return "E" if strongest < 0 else "D" if strongest > 0 else "S"


@dataclass(frozen=True, slots=True, kw_only=True)
class MTPI:
    """Modified toxicity probability interval: the interval of the highest unit probability mass decides.

    Source: Ji, Liu, Li and Bekele, Clin Trials 2010;7:653. With `equal_keys` the intervals below and above are cut into
    keys as wide as the target interval: mTPI-2 (Guo, Wang, Yang, Lynn and Ji, Contemp Clin Trials 2017;58:23). Of equal
    masses the lower dose.

    Elimination begins at the second subject because escalation 0.2.3 does so; this was not checked against the papers.
    """

    target: float
    left: float = 0.05
    right: float = 0.05
    equal_keys: bool = False
    eliminate_above: float = 0.95
    eliminate_from_n: int = 2

    def __post_init__(self) -> None:
        _check_interval(self.target, self.left, self.right)

    @property
    def in_short(self) -> str:
        """Its name and the numbers it depends on."""
        return f"mTPI{'-2' if self.equal_keys else ''}, target {self.target:g}"

    @property
    def how(self) -> str:
        """How it decides."""
        return by_table_of(
            "mTPI-2 (Guo et al., Contemp Clin Trials 2017;58:23)"
            if self.equal_keys
            else "mTPI (Ji et al., Clin Trials 2010;7:653)"
        )

    @property
    def closes(self) -> str:
        """When a level is never given again."""
        return _elimination(self)

    def at(self, n: int, dlt: int) -> Answer:
        """The answer at a level."""
        if _eliminates(self, n, dlt):
            return "X"
        low, high = self.target - self.left, self.target + self.right
        width = high - low if self.equal_keys else 1.0
        answers: dict[Answer, float] = {
            "D": max(_unit_mass(n, dlt, 1 - near, 1 - far) for far, near in _keys_below(1 - high, width)),
            "S": _unit_mass(n, dlt, low, high),
            "E": max(_unit_mass(n, dlt, *key) for key in _keys_below(low, width)),
        }
        return max(answers, key=lambda answer: round(answers[answer] * 1e10))


@dataclass(frozen=True, slots=True, kw_only=True)
class IThreePlusThree:
    """The i3+3 rule: the observed rate against the equivalence interval, and what it would be with one DLT less.

    Below the interval up; within it stay; above it stay if with one DLT less it were below, otherwise down.

    Source: Liu, Wang and Ji, J Biopharm Stat 2020;30:294; elimination from three subjects on.
    """

    target: float
    left: float = 0.05
    right: float = 0.05
    eliminate_above: float = 0.95
    eliminate_from_n: int = 3

    def __post_init__(self) -> None:
        _check_interval(self.target, self.left, self.right)

    @property
    def in_short(self) -> str:
        """Its name and the numbers it depends on."""
        return f"i3+3, target {self.target:g}"

    @property
    def how(self) -> str:
        """How it decides."""
        return by_table_of("i3+3 (Liu, Wang and Ji, J Biopharm Stat 2020;30:294)")

    @property
    def closes(self) -> str:
        """When a level is never given again."""
        return _elimination(self)

    def at(self, n: int, dlt: int) -> Answer:
        """The answer at a level.

        >>> [IThreePlusThree(target=0.25).at(3, dlt) for dlt in range(4)]
        ['E', 'S', 'D', 'X']
        """
        if _eliminates(self, n, dlt):
            return "X"
        fewest = math.ceil((self.target - self.left) * n - 1e-12)
        most = math.floor((self.target + self.right) * n + 1e-12)
        if dlt < fewest:
            return "E"
        return "S" if dlt <= max(most, fewest) else "D"


def _keys_below(high: float, width: float) -> list[tuple[float, float]]:
    """Intervals of a width from a rate down to 0, the last one cut short."""
    edges = [max(high - key * width, 0.0) for key in range(math.ceil(high / width - 1e-9) + 1)]
    return [(far, near) for near, far in pairwise(edges)]


def _mass(n: int, dlt: int, low: float, high: float) -> float:
    """Posterior probability of an interval, uniform prior."""
    a, b = dlt + 1, n - dlt + 1
    return float(betainc(a, b, min(max(high, 0.0), 1.0)) - betainc(a, b, min(max(low, 0.0), 1.0)))


def _unit_mass(n: int, dlt: int, low: float, high: float) -> float:
    return _mass(n, dlt, low, high) / (high - low)
