"""Basket trials: several indications, each with one dose or two, judged together.

How the indications borrow from one another is the method; what is decided is whether the response rate of each exceeds
a rate that would not be of interest. Two doses of an indication are two baskets of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

import numpy as np

from hevesy.errors import RuleError
from hevesy.stats.borrowing import GroupPosterior, HierarchicalPrior, exchangeability, hierarchical, independent, pooled
from hevesy.stats.words import Borrowing

METHODS = get_args(Borrowing)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketDesign:
    """Baskets of these sizes; a basket is worth going on with where P(rate > null | data) exceeds `go_above`."""

    sizes: tuple[int, ...]
    null: float
    method: str = "mem"
    go_above: float = 0.90
    exchangeable: float = 0.5

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise RuleError(f"method must be one of {', '.join(METHODS)}, got {self.method!r}")
        if not 0 < self.go_above < 1:
            raise RuleError(f"the threshold of a decision lies between 0 and 1, got {self.go_above:g}")
        if not self.sizes or min(self.sizes) < 1:
            raise RuleError(f"a basket has at least one subject, got {', '.join(map(str, self.sizes)) or 'none'}")

    def posterior(self, responses: Sequence[int]) -> GroupPosterior:
        """What the responses say of each basket.

        >>> [round(p, 4) for p in BasketDesign(sizes=(19, 10, 26, 8), null=0.25).posterior((8, 0, 1, 1)).post_prob]
        [0.9472, 0.0017, 0.0003, 0.0304]
        """
        return judged(self.method, tuple(responses), self.sizes, self.null, self.exchangeable)

    def goes_on(self, responses: Sequence[int]) -> tuple[bool, ...]:
        """Which baskets are worth going on with."""
        return tuple(p > self.go_above for p in self.posterior(responses).post_prob)


@lru_cache(maxsize=100_000)
def judged(
    method: str, responses: tuple[int, ...], sizes: tuple[int, ...], null: float, exchangeable: float = 0.5
) -> GroupPosterior:
    """The posterior of a method by name.

    The normal priors of `bhm` and `exnex` are centred at the log odds of the null rate.
    """
    centre = float(np.log(null / (1 - null)))
    match method:
        case "independent":
            return independent(responses, sizes, null)
        case "pooled":
            return pooled(responses, sizes, null)
        case "mem":
            return exchangeability(responses, sizes, null, pair_prior=exchangeable)
        case "bhm":
            return hierarchical(responses, sizes, null, HierarchicalPrior(mean=centre))
        case "exnex":
            return hierarchical(
                responses, sizes, null, HierarchicalPrior(mean=centre, exchangeable=exchangeable, alone_mean=centre)
            )
        case _:
            raise RuleError(f"method must be one of {', '.join(METHODS)}, got {method!r}")


def prior_of(method: str, null: float, exchangeable: float = 0.5) -> str:
    """What a method takes for granted, in words."""
    spread = HierarchicalPrior(mean=0.0)
    common = (
        f"log odds normal around a common mean, that normal around those of {null:g} with SD {spread.mean_sd:g}, "
        f"between baskets half-normal with SD {spread.between_sd:g}"
    )
    match method:
        case "independent":
            return "Beta(0.5, 0.5) prior of each basket by itself"
        case "pooled":
            return "Beta(0.5, 0.5) prior of one rate for all baskets"
        case "mem":
            return f"Beta(0.5, 0.5) priors; any two baskets share their rate with prior probability {exchangeable:g}"
        case "bhm":
            return common
        case _:
            return (
                f"with prior probability {exchangeable:g} {common}; else by itself, normal with SD {spread.alone_sd:g}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketCharacteristics:
    """Probability of going on with each basket, and with at least one that should not be, with standard errors."""

    go: tuple[float, ...]
    standard_error: tuple[float, ...]
    any_wrong: float
    trials: int


def characteristics(design: BasketDesign, rates: Sequence[float], trials: int, seed: int) -> BasketCharacteristics:
    """Operating characteristics under true response rates, by simulated trials.

    Going on is wrong at or below the null rate.
    """
    if len(rates) != len(design.sizes) or not all(0 <= rate <= 1 for rate in rates):
        raise RuleError(
            f"give a response rate within 0..1 for each of {len(design.sizes)} baskets, "
            f"got {', '.join(f'{rate:g}' for rate in rates)}"
        )
    if trials < 1:
        raise RuleError(f"at least one trial is simulated, got {trials}")
    stream = np.random.Generator(np.random.Philox(seed))
    drawn = stream.binomial(np.array(design.sizes), np.array(rates), size=(trials, len(rates)))
    distinct, inverse = np.unique(drawn, axis=0, return_inverse=True)
    goes = np.array([design.goes_on(tuple(row)) for row in distinct.tolist()])[inverse.ravel()]
    go = goes.mean(axis=0)
    wrong = goes[:, np.array(rates) <= design.null].any(axis=1)
    return BasketCharacteristics(
        go=tuple(go.tolist()),
        standard_error=tuple(np.sqrt(go * (1 - go) / trials).tolist()),
        any_wrong=float(wrong.mean()),
        trials=trials,
    )
