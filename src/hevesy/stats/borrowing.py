"""Response rates of several groups that may tell one another something.

Alone, pooled, exchangeable, or exchangeable perhaps.

Everything is by exact sums or quadrature; nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaln, expit, log_expit, logsumexp

from hevesy.errors import RuleError
from hevesy.stats.quadrature import Panels

Floats = NDArray[np.float64]
MOST_GROUPS = 7
"""Of exchangeability by pairs: with K groups there are 2 to the K(K-1)/2 models; 7 groups have two million."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPosterior:
    """By group: probability that the rate exceeds the null rate, posterior mean, central interval.

    Of pairs, where it means something.
    """

    post_prob: tuple[float, ...]
    mean: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    pairwise_exchangeability: tuple[tuple[float, ...], ...] | None = None


def _checked(responses: Sequence[int], sizes: Sequence[int], null: float) -> tuple[Floats, Floats]:
    if len(responses) != len(sizes) or not sizes:
        raise RuleError(f"responses and sizes must be of one length, got {len(responses)} and {len(sizes)}")
    for place, (count, size) in enumerate(zip(responses, sizes, strict=True), start=1):
        if size < 0 or not 0 <= count <= size:
            raise RuleError(f"responses must lie in 0..{size} (treated), got {count} (group {place})")
    if not 0 < null < 1:
        raise RuleError(f"a null rate lies between 0 and 1, got {null:g}")
    return np.asarray(responses, dtype=float), np.asarray(sizes, dtype=float)


def _mixtures(
    parts: Sequence[tuple[Floats, Floats, Floats]], null: float, level: float, pairs: Floats | None = None
) -> GroupPosterior:
    """Summaries of mixtures of beta distributions: for each group the weights and both parameters."""
    from scipy.optimize import brentq

    def quantile(weights: Floats, a: Floats, b: Floats, share: float) -> float:
        return float(brentq(lambda p: weights @ betainc(a, b, p) - share, 0, 1, xtol=1e-13))

    return GroupPosterior(
        post_prob=tuple(float(1 - weights @ betainc(a, b, null)) for weights, a, b in parts),
        mean=tuple(float(weights @ (a / (a + b))) for weights, a, b in parts),
        lower=tuple(quantile(*part, (1 - level) / 2) for part in parts),
        upper=tuple(quantile(*part, (1 + level) / 2) for part in parts),
        pairwise_exchangeability=None if pairs is None else tuple(map(tuple, pairs.tolist())),
    )


def independent(
    responses: Sequence[int],
    sizes: Sequence[int],
    null: float,
    prior: tuple[float, float] = (0.5, 0.5),
    level: float = 0.95,
) -> GroupPosterior:
    """Each group by itself, under one beta prior.

    >>> [round(p, 4) for p in independent([8, 1], [19, 8], null=0.25).post_prob]
    [0.9517, 0.2166]
    """
    y, n = _checked(responses, sizes, null)
    one = np.ones(1)
    return _mixtures(
        [(one, one * (prior[0] + a), one * (prior[1] + b)) for a, b in zip(y, n - y, strict=True)], null, level
    )


def pooled(
    responses: Sequence[int],
    sizes: Sequence[int],
    null: float,
    prior: tuple[float, float] = (0.5, 0.5),
    level: float = 0.95,
) -> GroupPosterior:
    """One rate for all groups, under a beta prior."""
    y, n = _checked(responses, sizes, null)
    part = (np.ones(1), np.array([prior[0] + y.sum()]), np.array([prior[1] + (n - y).sum()]))
    return _mixtures([part] * len(y), null, level)


def exchangeability(
    responses: Sequence[int],
    sizes: Sequence[int],
    null: float,
    prior: tuple[float, float] = (0.5, 0.5),
    pair_prior: float = 0.5,
    level: float = 0.95,
) -> GroupPosterior:
    """Multi-source exchangeability: every pair of groups may or may not share a rate, and every such model is weighed.

    The weight of a model is the product over groups of the marginal likelihood of the group with those it shares with,
    and of each group that it does not share with by itself.

    Source: Hobbs and Landin, Stat Med 2018;37:3557; Kane, Chen, Kaizer, Jin and Hobbs, R Journal 2020;12:193.

    >>> [round(p, 6) for p in exchangeability([8, 0, 1, 1], [19, 10, 26, 8], null=0.25).post_prob]
    [0.947188, 0.001667, 0.000288, 0.030387]
    """
    y, n = _checked(responses, sizes, null)
    groups = len(y)
    if groups > MOST_GROUPS:
        raise RuleError(
            f"exchangeability by pairs is for at most {MOST_GROUPS} groups, got {groups}: "
            "its models double with every pair"
        )
    if not 0 < pair_prior < 1:
        raise RuleError(f"the prior probability that a pair is exchangeable lies between 0 and 1, got {pair_prior:g}")
    a, b = prior
    alone = betaln(a + y, b + n - y) - betaln(a, b)
    # what group j contributes depends only on the set it shares with: one number for each set
    sets = (np.arange(2**groups)[:, None] >> np.arange(groups)) & 1
    shared_y, shared_n = np.asarray(sets @ y, dtype=float), np.asarray(sets @ n, dtype=float)
    part = betaln(a + shared_y, b + shared_n - shared_y) - betaln(a, b) + (1 - sets) @ alone
    pairs = list(combinations(range(groups), 2))
    models = np.arange(2 ** len(pairs))
    member = np.zeros((groups, len(models)), dtype=np.int64)
    log_weight = np.zeros(len(models))
    for place, (i, j) in enumerate(pairs):
        linked = (models >> place) & 1
        member[i] |= linked << j
        member[j] |= linked << i
        log_weight += np.where(linked == 1, np.log(pair_prior), np.log(1 - pair_prior))
    for j in range(groups):
        member[j] |= 1 << j
        log_weight += part[member[j]]
    weight = np.exp(log_weight - logsumexp(log_weight))
    by_set = [np.bincount(member[j], weight, 2**groups).astype(float) for j in range(groups)]
    parts: list[tuple[Floats, Floats, Floats]] = []
    for weights in by_set:
        used = np.flatnonzero(weights)
        parts.append((np.asarray(weights[used]), a + shared_y[used], b + (shared_n - shared_y)[used]))
    shares = np.array([weights @ sets for weights in by_set])
    return _mixtures(parts, null, level, shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchicalPrior:
    """Log odds of the groups.

    Normal around a common mean, itself normal, with a half-normal standard deviation between groups.

    `exchangeable` below 1 makes it EXNEX: with the rest of the probability a group stands by itself, its log odds
    normal with `alone_mean` and `alone_sd`.
    """

    mean: float
    mean_sd: float = 2.0
    between_sd: float = 1.0
    exchangeable: float = 1.0
    alone_mean: float = 0.0
    alone_sd: float = 2.0

    def __post_init__(self) -> None:
        if min(self.mean_sd, self.between_sd, self.alone_sd) <= 0 or not 0 <= self.exchangeable <= 1:
            raise RuleError(f"standard deviations are positive and a probability lies in 0..1, got {self}")


MOST_NODES = 40_000_000
"""Of the grid over mean, spread and log odds: larger groups would need a finer one."""
WIDEST = 3.0
"""Spread, in standard deviations of its prior, up to which a likelihood is resolved by the grid."""


def _lines(y: Floats, n: Floats, prior: HierarchicalPrior) -> tuple[Panels, Panels]:
    """Quadrature for the log odds of a group and for the common mean, fine enough for the narrowest likelihood."""
    rate = (y + 0.5) / (n + 1)
    information = n * rate * (1 - rate)
    spread = WIDEST * max(prior.between_sd, prior.alone_sd if prior.exchangeable < 1 else 0.0)
    # two nodes a standard deviation of the likelihood; where the groups hardly differ, one of all groups is as narrow
    # in the mean
    z_panels = max(10, int(np.ceil(15 * 2 * spread * np.sqrt(information.max()) / 6)))
    mu_panels = max(60, int(np.ceil(12 * prior.mean_sd * 2 * np.sqrt(information.sum()) / 4)))
    if 6 * z_panels * 4 * mu_panels * 30 > MOST_NODES:
        raise RuleError(f"groups of {int(n.max())} are too large for this method here; use independent, pooled or mem")
    return (
        Panels(low=-7.5, high=7.5, panels=z_panels, order=6),
        Panels(low=prior.mean - 6 * prior.mean_sd, high=prior.mean + 6 * prior.mean_sd, panels=mu_panels, order=4),
    )


def _clouds(
    line: Floats, mu: Floats, tau: Floats, least_sd: float, per_marginal: Floats, prior: HierarchicalPrior
) -> Floats:
    """Density of each group's log odds along a line, before its own data, shape (line, groups).

    A bell around every mean with every spread (none narrower than the grid of means), and that of a group by itself.
    """
    w = prior.exchangeable
    alone = np.exp(-(((line - prior.alone_mean) / prior.alone_sd) ** 2) / 2) / prior.alone_sd
    clouds = (1 - w) * alone[:, None] * per_marginal.sum(axis=(0, 1))
    seen = (per_marginal > 1e-12 * per_marginal.max(axis=(0, 1))).any(axis=-1)
    for place, spread in enumerate(tau):
        used = seen[:, place]
        s = max(spread, least_sd)
        bells = np.exp(-(((line[:, None] - mu[used]) / s) ** 2) / 2) / s
        clouds += w * bells @ per_marginal[used, place, :]
    return np.asarray(clouds)


def _limits(
    line: Floats, clouds: Floats, y: Floats, n: Floats, peak: Floats, level: float
) -> tuple[list[float], list[float]]:
    """Equal-tailed limits of each group's rate."""
    lower, upper = [], []
    for k in range(len(y)):
        cumulative = np.cumsum(
            clouds[:, k] * np.exp(y[k] * log_expit(line) + (n[k] - y[k]) * log_expit(-line) - peak[k])
        )
        cumulative /= cumulative[-1]
        lower.append(float(expit(np.interp((1 - level) / 2, cumulative, line))))
        upper.append(float(expit(np.interp((1 + level) / 2, cumulative, line))))
    return lower, upper


def hierarchical(
    responses: Sequence[int], sizes: Sequence[int], null: float, prior: HierarchicalPrior, level: float = 0.95
) -> GroupPosterior:
    """Bayesian hierarchical model, and exchangeability or not (EXNEX) where the prior says so.

    Source: Berry, Broglio, Groshen and Berry, Clin Trials 2013;10:720; Neuenschwander, Wandel, Roychoudhury and Bailey,
    Pharm Stat 2016;15:123.
    """
    y, n = _checked(responses, sizes, null)
    z_line, mu_line = _lines(y, n, prior)
    z, cut = z_line.nodes(), float(np.log(null / (1 - null)))
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    tau_line = Panels(low=0.0, high=6 * prior.between_sd, panels=6, order=5)
    mu, tau = mu_line.nodes()[:, None], tau_line.nodes()[None, :]
    common = np.exp(-(((mu - prior.mean) / prior.mean_sd) ** 2) / 2 - (tau / prior.between_sd) ** 2 / 2)
    common = common * mu_line.weights()[:, None] * tau_line.weights()[None, :]
    whole = z_line.weights() * density

    def sums(centre: Floats, spread: Floats) -> tuple[Floats, Floats, Floats]:
        """Marginal likelihood, its part above the cut, and times the rate; last axis groups."""
        theta = centre[..., None] + spread[..., None] * z
        above = z_line.weights_above((cut - centre) / spread) * density
        found = [np.empty((*centre.shape, len(y))) for _ in range(3)]
        log_rate, log_rest, rates = log_expit(theta), log_expit(-theta), expit(theta)
        for k in range(len(y)):
            likelihood = np.exp(y[k] * log_rate + (n[k] - y[k]) * log_rest - peak[k])
            found[0][..., k] = likelihood @ whole
            found[1][..., k] = (likelihood * above).sum(axis=-1)
            found[2][..., k] = (likelihood * rates) @ whole
        return found[0], found[1], found[2]

    rate = np.clip(y / np.maximum(n, 1), 1e-9, 1 - 1e-9)
    peak = y * np.log(rate) + (n - y) * np.log1p(-rate)
    centre, spread = np.broadcast_arrays(mu, tau)
    ex, ex_above, ex_mean = sums(centre, spread)
    if prior.exchangeable < 1:
        nex, nex_above, nex_mean = sums(np.array([prior.alone_mean]), np.array([prior.alone_sd]))
    else:
        nex = nex_above = nex_mean = np.zeros((1, len(y)))
    w = prior.exchangeable
    marginal = w * ex + (1 - w) * nex[0]
    posterior = common * marginal.prod(axis=-1)
    total = posterior.sum()
    if not total > 0:
        raise RuleError(
            "the responses lie so far from the prior that their probability vanishes: state another prior or method"
        )
    posterior /= total

    possible = marginal > 0
    per_marginal = np.divide(posterior[..., None], marginal, out=np.zeros_like(marginal), where=possible)

    def expected(of_ex: Floats, of_nex: Floats) -> Floats:
        return np.asarray(((w * of_ex + (1 - w) * of_nex[0]) * per_marginal).sum(axis=(0, 1)))

    line = np.linspace(-12, 12, 2401)
    clouds = _clouds(line, mu[:, 0], tau[0], mu_line.width / 2, per_marginal, prior)
    lower, upper = _limits(line, clouds, y, n, peak, level)
    return GroupPosterior(
        # what the quadrature is off by must not leave 0..1
        post_prob=tuple((np.clip(expected(ex_above, nex_above), 0.0, 1.0) + 0.0).tolist()),
        mean=tuple(expected(ex_mean, nex_mean).tolist()),
        lower=tuple(lower),
        upper=tuple(upper),
    )
