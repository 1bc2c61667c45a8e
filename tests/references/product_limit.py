"""Kaplan-Meier, its quantiles and restricted mean, and the two-group log-rank test in exact fractions.

Sources: Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. J Am Stat Assoc
1958;53:457-481. Mantel N. Evaluation of survival data and two new rank order statistics. Cancer Chemother Rep
1966;50:163-170. Quantile convention: R package survival 3.8, quantile.survfit (read for the convention only).

Conventions:

* Subjects censored at a time are at risk for the events of that time.
* Quantile q is the first time at which S falls below 1-q. If S equals 1-q exactly on a stretch, it is the
  midpoint of the start of the stretch and the next time at which S falls (censoring times in between do not
  count). If S reaches 1-q exactly at its last fall, it is the midpoint of that time and the last observed
  time, event or censored; when S has reached 0 the two are the same time. If S stays above 1-q: None.
* The restricted mean is the area under S from 0 to tau; S keeps its last value beyond the last time.
* Times are taken as the decimal text they print as.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import nan

Row = tuple[float, int, int, int, Fraction]
Sample = tuple[Sequence[float], Sequence[int]]


def exact(number: object) -> Fraction:
    """The number as the decimal it prints as."""
    return Fraction(str(number))


def survival(times: Sequence[float], events: Sequence[int]) -> list[Row]:
    """One row per distinct time: time, at risk, events, censored, S after that time."""
    subjects = [(exact(t), t, bool(e)) for t, e in zip(times, events, strict=True)]
    as_given = {key: t for key, t, _ in subjects}
    rows: list[Row] = []
    surviving = Fraction(1)
    for key in sorted(as_given):
        at_risk = sum(1 for other, _, _ in subjects if other >= key)
        n_events = sum(1 for other, _, event in subjects if other == key and event)
        n_censored = sum(1 for other, _, event in subjects if other == key and not event)
        surviving *= Fraction(at_risk - n_events, at_risk)
        rows.append((as_given[key], at_risk, n_events, n_censored, surviving))
    return rows


def quantile(times: Sequence[float], events: Sequence[int], q: Fraction) -> Fraction | None:
    """Time by which a fraction q has had the event, 0 < q <= 1, with the convention of R's survival."""
    if not 0 < q <= 1:
        raise ValueError("q must lie above 0 and at most at 1")
    rows = survival(times, events)
    falls = [(exact(time), surviving) for time, _, n_events, _, surviving in rows if n_events]
    target = 1 - Fraction(q)
    for index, (time, surviving) in enumerate(falls):
        if surviving < target:
            return time
        if surviving == target:
            is_last = index == len(falls) - 1
            end = exact(rows[-1][0]) if is_last else falls[index + 1][0]
            return (time + end) / 2
    return None


def restricted_mean(times: Sequence[float], events: Sequence[int], tau: float | Fraction) -> Fraction:
    """Area under the survival curve from 0 to tau."""
    horizon = exact(tau)
    area, start, height = Fraction(0), Fraction(0), Fraction(1)
    for time, _, _, _, surviving in survival(times, events):
        end = min(exact(time), horizon)
        area += (end - start) * height
        start, height = end, surviving
        if end == horizon:
            return area
    return area + (horizon - start) * height


def log_rank(groups: list[Sample]) -> float:
    """Log-rank chi-square of two groups, hypergeometric variance; nan when that variance is 0."""
    if len(groups) != 2:
        raise ValueError("the log-rank test here is for two groups")
    subjects = [
        (exact(t), bool(e), which)
        for which, (times, events) in enumerate(groups)
        for t, e in zip(times, events, strict=True)
    ]
    difference = variance = Fraction(0)
    for time in sorted({t for t, event, _ in subjects if event}):
        at_risk = sum(1 for t, _, _ in subjects if t >= time)
        at_risk_first = sum(1 for t, _, which in subjects if t >= time and which == 0)
        died = sum(1 for t, event, _ in subjects if t == time and event)
        died_first = sum(1 for t, event, which in subjects if t == time and event and which == 0)
        share = Fraction(at_risk_first, at_risk)
        difference += died_first - died * share
        if at_risk > 1:
            variance += died * share * (1 - share) * Fraction(at_risk - died, at_risk - 1)
    return float(difference**2 / variance) if variance else nan
