"""The words of the statistics, for signatures: nothing is imported with them."""

from __future__ import annotations

from typing import Literal

IntervalType = Literal["log-log", "log", "plain", "logit", "arcsin"]
"""On which scale the limits of a survival curve are made."""
Ties = Literal["efron", "breslow", "exact"]
"""How a Cox regression takes events at one time."""
Alternative = Literal["two-sided", "greater", "less"]
"""Which departures an exact test counts."""
Borrowing = Literal["independent", "pooled", "bhm", "exnex", "mem"]
"""How groups that are judged together borrow from one another."""
Rounding = Literal["half-up", "half-down", "half-even", "up", "down", "any"]
"""How a printed figure may have been rounded."""
