"""Two answers of yes or no on the same subjects: McNemar's tests and Tango's interval of the difference.

Of n pairs, `b` have yes in the first answer only and `c` in the second only. A difference is the second's share less
the first's, (c - b) / n.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import bdtr, chdtrc, ndtri

from hevesy.errors import RuleError
from hevesy.stats.proportion import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """Discordant pairs and whether they lean to one side.

    `chi_square` and `corrected_chi_square` (with the correction for continuity) are None without a discordant pair,
    `because` then says so; the exact p values are 1.
    """

    b: int
    c: int
    exact_p: float
    mid_p: float
    chi_square: float | None
    p_value: float | None
    corrected_chi_square: float | None
    corrected_p_value: float | None
    because: str


def mcnemar(b: int, c: int) -> McNemar:
    """McNemar's test of the discordant pairs, two-sided: exact, mid-p, by chi-square without and with correction.

    >>> found = mcnemar(3, 2)
    >>> found.exact_p, found.mid_p
    (1.0, 0.6875)

    Errors: counts that are not whole numbers from 0.
    Source: McNemar, Psychometrika 1947;12:153; Edwards, Psychometrika 1948;13:185; Fagerland, Lydersen and Laake,
    BMC Med Res Methodol 2013;13:91 (mid-p). Without a difference nothing is corrected, as in R's mcnemar.test.
    """
    _whole(b=b, c=c)
    n, fewer = b + c, min(b, c)
    at_most = float(bdtr(fewer, n, 0.5)) if n else 1.0
    below = float(bdtr(fewer - 1, n, 0.5)) if fewer else 0.0
    plain = (b - c) ** 2 / n if n else None
    corrected = (max(abs(b - c) - 1, 0)) ** 2 / n if n else None
    return McNemar(
        b=b,
        c=c,
        exact_p=min(1.0, 2 * at_most),
        mid_p=min(1.0, below + at_most),
        chi_square=plain,
        p_value=None if plain is None else float(chdtrc(1, plain)),
        corrected_chi_square=corrected,
        corrected_p_value=None if corrected is None else float(chdtrc(1, corrected)),
        because="" if n else "no pair is discordant: nothing speaks against equal shares, and there is no chi-square",
    )


def tango(b: int, c: int, n: int, level: float = 0.95) -> Interval:
    """Score interval of the difference (c - b) / n of two shares of the same n subjects.

    The sign is that of PropCIs::scoreci.mp(b, c, n). The interval is never of no length, not with b = c = 0 either.

    >>> found = tango(1, 7, 25)
    >>> round(found.lower, 4), round(found.upper, 4)
    (0.0222, 0.4497)

    Errors: counts that are not whole numbers, more discordant pairs than pairs, a level outside 0..1.
    Source: Tango, Stat Med 1998;17:891.
    """
    _whole(b=b, c=c, n=n)
    return score_interval(b, c, n, level)


def score_interval(b: float, c: float, n: float, level: float = 0.95) -> Interval:
    """Tango's interval of counts that need not be whole, as effective numbers of pairs are not.

    Errors: more discordant pairs than pairs, a negative number, a level outside 0..1.
    """
    if not (n > 0 and b >= 0 and c >= 0 and b + c <= n * (1 + 1e-12)):
        raise RuleError(f"b + c must lie in 0..n with n above 0, got b = {b}, c = {c}, n = {n}")
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    z = float(ndtri(1 - (1 - level) / 2))
    seen = (c - b) / n
    return Interval(
        lower=-1.0 if b >= n else _where_score(b, c, n, z, -1.0, seen),
        upper=1.0 if c >= n else _where_score(b, c, n, -z, seen, 1.0),
        method="Tango",
        level=level,
    )


def _where_score(b: float, c: float, n: float, z: float, low: float, high: float) -> float:
    """Where the score, which falls as the difference grows, is z: halved to the last bit."""
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if _score(b, c, n, middle) > z:
            low = middle
        else:
            high = middle


def _score(b: float, c: float, n: float, difference: float) -> float:
    """How far the difference seen lies above one that is supposed, in its standard errors under that one."""
    first = -b - c + (2 * n - c + b) * difference
    second = -b * difference * (1 - difference)
    only_first = (math.sqrt(max(first * first - 8 * n * second, 0.0)) - first) / (4 * n)
    variance = n * (2 * only_first + difference * (1 - difference))
    away = c - b - n * difference
    return away / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, away)


def _whole(**counts: int) -> None:
    for name, count in counts.items():
        if count != int(count) or count < 0:
            raise RuleError(f"{name} must be a whole number from 0, got {count}")
