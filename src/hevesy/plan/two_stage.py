"""Two-stage designs of phase 2: stop early for futility, else go on to the full size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betainc, betaln, gammaln

from hevesy.errors import RuleError

Floats = NDArray[np.float64]

_NEARLY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStage:
    """Stop after `n1` subjects with at most `r1` responses; reject the drug after `n` with at most `r`.

    `expected_n` and `pet` (probability of early termination) are under the uninteresting rate p0.
    """

    r1: int
    n1: int
    r: int
    n: int
    expected_n: float
    pet: float
    alpha: float
    power: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Simon:
    """The optimal design (least expected size under p0) and the minimax one (least full size)."""

    optimal: TwoStage
    minimax: TwoStage


def simon(p0: float, p1: float, alpha: float, beta: float, n_max: int = 120) -> Simon:
    """Simon's two-stage designs of up to `n_max` subjects.

    With type I error at most `alpha` and power at least 1 - `beta`.

    >>> design = simon(0.05, 0.20, 0.05, 0.10, n_max=50).optimal
    >>> design.r1, design.n1, design.r, design.n
    (1, 21, 4, 41)

    Source: Simon, Control Clin Trials 1989;10:1.
    """
    if not 0 < p0 < p1 < 1:
        raise RuleError(f"response rates must keep 0 < p0 < p1 < 1, got p0 = {p0:g}, p1 = {p1:g}")
    if not (0 < alpha < 1 and 0 < beta < 1):
        raise RuleError(f"alpha and beta lie between 0 and 1, got {alpha:g} and {beta:g}")
    if n_max < 2:
        raise RuleError(f"n_max must be 2 or more, got {n_max}")
    best: TwoStage | None = None
    smallest: TwoStage | None = None
    for n in range(2, n_max + 1):
        critical = _critical(n, p0, alpha)
        for n1 in range(1, n):
            candidate = _best_of(n, n1, critical, p0, p1, alpha, beta)
            if candidate is None:
                continue
            if best is None or candidate.expected_n < best.expected_n - _NEARLY:
                best = candidate
            if (
                smallest is None
                or candidate.n < smallest.n
                or (candidate.n == smallest.n and candidate.expected_n < smallest.expected_n - _NEARLY)
            ):
                smallest = candidate
    if best is None or smallest is None:
        raise RuleError(
            f"no two-stage design of at most {n_max} subjects meets alpha {alpha:g} and beta {beta:g}; "
            "a larger n_max may"
        )
    return Simon(optimal=best, minimax=smallest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictive(TwoStage):
    """A two-stage design by predictive probability, with the rule in words."""

    because: str


def predictive(
    p0: float,
    p1: float,
    n1: int,
    n: int,
    alpha: float,
    futile_below: float = 0.05,
    prior: tuple[float, float] = (0.5, 0.5),
) -> Predictive:
    """A Bayesian two-stage design of given sizes.

    The drug is of interest where P(rate > p0 | all) is at least 1 - `alpha`; the trial stops after `n1` where the
    predictive probability of that at the end is below `futile_below`. Its frequentist error and power under p0 and p1
    are exact.

    >>> design = predictive(0.05, 0.20, 21, 41, 0.05)
    >>> design.r1, design.r
    (0, 4)

    Source: Lee and Liu, Clin Trials 2008;5:93.
    """
    if not 0 < p0 < p1 < 1:
        raise RuleError(f"response rates must keep 0 < p0 < p1 < 1, got p0 = {p0:g}, p1 = {p1:g}")
    if not 1 <= n1 < n or not 0 < alpha < 1 or not 0 <= futile_below < 1:
        raise RuleError(
            f"1 <= n1 < n, alpha and the futility bound lie between 0 and 1; got {n1}, {n}, {alpha:g}, {futile_below:g}"
        )
    needed = _needed(n, p0, alpha, prior)
    r1 = sum(chance < futile_below for chance in _chances(n1, n, needed, prior)) - 1
    pet = float(_density(n1, p0)[: r1 + 1].sum())
    a, b = prior
    because = (
        f"Beta({a:g}, {b:g}) prior; of interest where P(rate > {p0:g}) >= {1 - alpha:g}; "
        f"stops after {n1} where the predictive probability of that is below {futile_below:g}"
    )
    return Predictive(
        r1=r1,
        n1=n1,
        r=needed - 1,
        n=n,
        expected_n=n1 + (1 - pet) * (n - n1),
        pet=pet,
        alpha=_reaches(n1, n, r1, needed, p0),
        power=_reaches(n1, n, r1, needed, p1),
        because=because,
    )


def _needed(n: int, p0: float, alpha: float, prior: tuple[float, float]) -> int:
    """Fewest responses in n after which the rate is above p0 with probability 1 - `alpha`; n + 1: not even all."""
    a, b = prior
    every = np.arange(n + 1)
    convincing = 1 - betainc(a + every, b + n - every, p0) >= 1 - alpha
    return int(np.argmax(convincing)) if convincing.any() else n + 1


def _chances(n1: int, n: int, needed: int, prior: tuple[float, float]) -> list[float]:
    """By the responses among the first n1: predictive probability of at least as many as needed among n."""
    a, b = prior
    left = n - n1
    further = np.arange(left + 1)
    chances = []
    for seen in range(n1 + 1):
        log = gammaln(left + 1) - gammaln(further + 1) - gammaln(left - further + 1)
        log = log + betaln(a + seen + further, b + n - seen - further) - betaln(a + seen, b + n1 - seen)
        chances.append(float(np.exp(log)[seen + further >= needed].sum()))
    return chances


def _reaches(n1: int, n: int, r1: int, needed: int, p: float) -> float:
    """Probability, at a true rate, of more than r1 responses among the first n1 and of those needed among n."""
    first, second = _density(n1, p), _density(n - n1, p)
    return float(sum(first[seen] * second[max(needed - seen, 0) :].sum() for seen in range(r1 + 1, n1 + 1)))


def _critical(n: int, p0: float, alpha: float) -> int:
    """The responses that a single stage must exceed.

    Stopping early only lowers the type I error, so r need not be higher.
    """
    tails = 1 - bdtr(np.arange(n + 1), n, p0)
    return int(np.argmax(tails <= alpha + _NEARLY))


def _best_of(n: int, n1: int, critical: int, p0: float, p1: float, alpha: float, beta: float) -> TwoStage | None:
    """Of the designs with sizes n1 and n, the admissible one with the least expected size under p0.

    Given r1, the smallest r that keeps the type I error has the most power; of the admissible r1 the highest ends early
    most often.
    """
    kept = _rejection(n, n1, critical, p0) <= alpha + _NEARLY
    r_of = np.argmax(kept, axis=1)
    rejected = _rejection(n, n1, critical, p1)
    rows = np.arange(kept.shape[0])
    admissible = kept[rows, r_of] & (rejected[rows, r_of] >= 1 - beta - _NEARLY)
    if not admissible.any():
        return None
    r1 = int(np.flatnonzero(admissible)[-1])
    r = int(r_of[r1])
    pet = float(bdtr(r1, n1, p0))
    return TwoStage(
        r1=r1,
        n1=n1,
        r=r,
        n=n,
        expected_n=n1 + (1 - pet) * (n - n1),
        pet=pet,
        alpha=float(_rejection(n, n1, critical, p0)[r1, r]),
        power=float(rejected[r1, r]),
    )


@lru_cache(maxsize=4096)
def _density(n: int, p: float) -> Floats:
    x = np.arange(n + 1)
    log = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) + x * np.log(p) + (n - x) * np.log1p(-p)
    return np.asarray(np.exp(log))


@lru_cache(maxsize=4096)
def _beyond(n: int, p: float) -> Floats:
    """P(more than m responses) for m = 0..n."""
    return np.asarray(1 - bdtr(np.arange(n + 1), n, p))


def _rejection(n: int, n1: int, most: int, p: float) -> Floats:
    """P(more than r responses in all and more than r1 in the first stage).

    For r1 = 0..min(n1, most) - 1, r = 0..most.
    """
    highest = min(n1, most)
    second = np.concatenate((np.ones(n1 + 1), _beyond(n - n1, p), np.zeros(n1 + 1)))
    x, r = np.arange(n1 + 1)[:, None], np.arange(most + 1)[None, :]
    joint = _density(n1, p)[:, None] * second[np.minimum(r - x + n1 + 1, second.size - 1)]
    return np.asarray(np.cumsum(joint[::-1], axis=0)[::-1][1 : highest + 1])
