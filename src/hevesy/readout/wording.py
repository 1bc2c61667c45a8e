"""How values are written for people: one place, so that a page and its data never differ in rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from hevesy.study.dates import DAYS_PER_MONTH

if TYPE_CHECKING:
    from hevesy.conduct.groups import Spread
    from hevesy.stats.survival import Quantile

NOT_REACHED = "not reached"
NOT_RECORDED = "not recorded"


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage, halves rounded up; what is more than nothing is never 0 %.

    >>> percent(5 / 8, 0), percent(0.145, 0), percent(1 / 254, 0), percent(0.0, 0)
    ('63 %', '15 %', '<1 %', '0 %')
    """
    step = Decimal(1).scaleb(-digits)
    shown = Decimal(f"{100 * share:.12g}").quantize(step, ROUND_HALF_UP)
    return f"<{step} %" if shown == 0 < share else f"{shown} %"


def range_of(spread: Spread) -> str:
    """Median with the least and the most."""
    return f"{spread.median:g} ({spread.least:g} to {spread.most:g})"


def days(value: float | None) -> str:
    """Days, without a point when whole; None is "not reached"."""
    return NOT_REACHED if value is None else f"{value:g} d"


def months(value_d: float | None) -> str:
    """Days as months of 30.4375 d."""
    return "not estimable" if value_d is None else f"{value_d / DAYS_PER_MONTH:.1f} months"


def span(quantile: Quantile) -> str:
    """Median with its limits."""
    if quantile.estimate is None:
        return NOT_REACHED
    lower = "not estimable" if quantile.lower is None else f"{quantile.lower:g}"
    upper = (
        ("not reached" if quantile.lower is not None else "not estimable")
        if quantile.upper is None
        else f"{quantile.upper:g}"
    )
    return f"{quantile.estimate:g} d ({lower} to {upper})"


def p_value(p: float) -> str:
    """A p value of two significant figures, below one in a thousand by that limit.

    >>> p_value(0.10462), p_value(0.0597), p_value(6.2e-5), p_value(1.0)
    ('0.10', '0.060', '<0.001', '1.0')
    """
    return "<0.001" if p < 0.001 else f"{p:#.2g}"


def three_figures(value: float) -> str:
    """Three significant figures, never with an exponent.

    >>> three_figures(2031.4), three_figures(16.04), three_figures(0.0727)
    ('2031', '16.0', '0.0727')
    """
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")


def interval(lower: float | None, upper: float | None) -> str:
    """Limits of an interval by three figures.

    >>> interval(0.51234, 12.3456), interval(None, None)
    ('0.512 to 12.3', 'not known')
    """
    if lower is None or upper is None:
        return "not known"
    return f"{three_figures(lower)} to {three_figures(upper)}"
