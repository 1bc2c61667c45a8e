"""Events over time at risk: exact intervals of rates, and the ratio of two."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import gammaincinv

from hevesy.errors import RuleError
from hevesy.stats.proportion import clopper_pearson, exact_test


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Events per unit of time at risk, with exact limits."""

    events: int
    at_risk: float
    rate: float
    lower: float
    upper: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRatio:
    """First rate over the second, with exact limits and p; None: without end."""

    ratio: float | None
    lower: float
    upper: float | None
    p_value: float


def rate(events: int, at_risk: float, level: float = 0.95) -> Rate:
    """Rate of a Poisson count.

    >>> round(rate(0, 1.2).upper, 4)
    3.0741

    Source: Garwood, Biometrika 1936;28:437.
    """
    _checked(events, at_risk)
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    tail = (1 - level) / 2
    lower = 0.0 if events == 0 else float(gammaincinv(events, tail))
    upper = float(gammaincinv(events + 1, 1 - tail))
    return Rate(
        events=events, at_risk=at_risk, rate=events / at_risk, lower=lower / at_risk, upper=upper / at_risk, level=level
    )


def rate_ratio(first: tuple[int, float], second: tuple[int, float], level: float = 0.95) -> RateRatio:
    """Compare two rates, each given as (events, time at risk), by the share of events in the first.

    Source: Przyborowski and Wilenski, Biometrika 1940;31:313.
    """
    for events, at_risk in (first, second):
        _checked(events, at_risk)
    events, share = first[0] + second[0], first[1] / (first[1] + second[1])
    if events == 0:
        raise RuleError("a ratio of rates needs at least one event, got none")
    limits = clopper_pearson(first[0], events, level)
    times = second[1] / first[1]
    return RateRatio(
        ratio=first[0] / second[0] * times if second[0] else None,
        lower=limits.lower / (1 - limits.lower) * times if limits.lower < 1 else 0.0,
        upper=limits.upper / (1 - limits.upper) * times if limits.upper < 1 else None,
        p_value=exact_test(first[0], events, share),
    )


def _checked(events: int, at_risk: float) -> None:
    if events < 0 or events != int(events):
        raise RuleError(f"events are a whole number from 0, got {events}")
    if not math.isfinite(at_risk) or at_risk <= 0:
        raise RuleError(f"time at risk is positive, got {at_risk}")
