"""Which of several estimated means is the best, by draws from their normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
Scale = Literal["ratio", "score"]
"""A ratio is compared on the logarithmic scale, its means being geometric; a score on its own."""
Wanted = Literal["highest", "lowest"]
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """What is best, and what is hardly worse: by no more than `margin`, a share of the best mean."""

    scale: Scale = "ratio"
    wanted: Wanted = "highest"
    margin: float = 0.1

    def __post_init__(self) -> None:
        """Refuse a margin that is none."""
        if not 0 <= self.margin < 1:
            raise RuleError(
                f"a margin is a share of the best mean from 0 to below 1, got {self.margin:g}", field="margin"
            )

    def turned(self, means: Floats) -> Floats:
        """Means (of ratios their logarithms) so that the highest is the best."""
        return means if self.wanted == "highest" else -means

    def least(self, best: Floats) -> Floats:
        """From which turned mean on one is hardly worse than the best turned one."""
        if self.scale == "score":
            return best - self.margin * np.abs(best)
        return best + (math.log1p(-self.margin) if self.wanted == "highest" else -math.log1p(self.margin))


class Chances(NamedTuple):
    """Of each of several means, shape (p,): in what share of draws it is the best, that of its group, hardly worse."""

    best: Floats
    best_of_group: Floats
    within: Floats


def chances(mean: Floats, covariance: Floats, group: Sequence[float], by: Best, draws: int, seed: int) -> Chances:
    """How often each mean is the best, of all and of those of its group, in draws from their normal distribution.

    `mean` has shape (p,), on the scale compared; hardly worse is against the best of all that is drawn.

    Source: J. O. Berger and J. Deely, J Am Stat Assoc 1988;83:364.
    """
    stream = np.random.default_rng(seed)
    root = np.linalg.cholesky(covariance)
    groups = [np.flatnonzero(np.asarray(group) == one) for one in sorted(set(group))]
    best, own, within = np.zeros((3, len(mean)))
    for begin in range(0, draws, _AT_ONCE):
        drawn = by.turned(mean + stream.standard_normal((min(_AT_ONCE, draws - begin), len(mean))) @ root.T)
        top = drawn.max(axis=1, keepdims=True)
        best += (drawn == top).sum(axis=0)
        within += (drawn >= by.least(top)).sum(axis=0)
        for places in groups:
            own[places] += (drawn[:, places] == drawn[:, places].max(axis=1, keepdims=True)).sum(axis=0)
    return Chances(best / draws, own / draws, within / draws)


def monte_carlo_error(share: float, draws: int) -> float:
    """Standard error of a share of so many draws.

    >>> monte_carlo_error(0.5, 10_000)
    0.005
    """
    return math.sqrt(share * (1 - share) / draws)
