"""The words of the statistics, for signatures: nothing is imported with them."""

from __future__ import annotations

from typing import Literal

IntervalType = Literal["log-log", "log", "plain", "logit", "arcsin"]
"""On which scale the limits of a survival curve are made."""
Ties = Literal["efron", "breslow", "exact"]
"""How a Cox regression takes events at one time."""
Alternative = Literal["two-sided", "greater", "less"]
"""Which departures an exact test counts."""
CaseMerit = Literal["auc", "sensitivity", "specificity"]
"""How well a reader's ratings of cases tell the diseased from the healthy."""
MarkMerit = Literal["wafroc", "afroc", "wafroc1", "afroc1", "hrauc"]
"""How well a reader's marks find lesions (FROC)."""
CaseCovariance = Literal["delong", "jackknife", "unbiased"]
"""How the covariance of readers' figures of merit is estimated from the cases."""
Effect = Literal["random", "fixed"]
"""Whether what was studied speaks for others of its kind or for itself alone."""
KappaWeights = Literal["unweighted", "linear", "quadratic"]
"""How far apart two ordered ratings count as disagreement."""
Borrowing = Literal["independent", "pooled", "bhm", "exnex", "mem"]
"""How groups that are judged together borrow from one another."""
Rounding = Literal["half-up", "half-down", "half-even", "up", "down", "any"]
"""How a printed figure may have been rounded."""
