"""Borrowing between groups against the basket package, and against priors sampled and weighed."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import beta, binom

from hevesy.stats.borrowing import HierarchicalPrior, exchangeability, hierarchical, independent, pooled
from tests.conftest import reference

RESPONSES, SIZES = (8, 0, 1, 1), (19, 10, 26, 8)


def test_exchangeability_is_that_of_the_basket_package() -> None:
    found = exchangeability(RESPONSES, SIZES, null=0.25)
    with reference("escalation/basket_mem_exact_vemu4.csv").open() as file:
        for k, row in enumerate(csv.DictReader(file)):
            assert (int(row["responders"]), int(row["n"])) == (RESPONSES[k], SIZES[k])
            assert found.post_prob[k] == pytest.approx(float(row["post_prob"]), abs=1e-6)
            assert found.mean[k] == pytest.approx(float(row["mean"]), abs=0.01)
    assert found.pairwise_exchangeability is not None
    with reference("escalation/basket_mem_exact_vemu4_PEP.csv").open() as file:
        for i, line in enumerate(csv.reader(list(file)[1:])):
            for j, told in enumerate(line[1:]):
                if told != "NA":
                    assert found.pairwise_exchangeability[i][j] == pytest.approx(float(told), abs=1e-6)


@pytest.mark.parametrize("exchangeable", [1.0, 0.5])
def test_the_hierarchical_model_is_that_of_a_prior_sampled_and_weighed(exchangeable: float) -> None:
    prior = HierarchicalPrior(
        mean=-1.0, mean_sd=1.5, between_sd=0.8, exchangeable=exchangeable, alone_mean=-0.5, alone_sd=1.7
    )
    stream, draws = np.random.default_rng(8), 2_000_000
    mu, tau = stream.normal(-1.0, 1.5, draws), np.abs(stream.normal(0, 0.8, draws))
    y, n = (5, 1, 3), (12, 10, 9)
    rates, weight = [], np.ones(draws)
    for count, size in zip(y, n, strict=True):
        shared = stream.random(draws) < exchangeable
        theta = np.where(shared, stream.normal(mu, tau), stream.normal(-0.5, 1.7, draws))
        rates.append(expit(theta))
        weight *= binom.pmf(count, size, rates[-1])
    found = hierarchical(y, n, 0.25, prior)
    effective = weight.sum() ** 2 / (weight**2).sum()
    for k, p in enumerate(rates):
        mean = (weight * p).sum() / weight.sum()
        spread = ((weight * (p - mean) ** 2).sum() / weight.sum()) ** 0.5
        above = (weight * (p > 0.25)).sum() / weight.sum()
        assert found.mean[k] == pytest.approx(mean, abs=4 * spread / effective**0.5)
        assert found.post_prob[k] == pytest.approx(above, abs=4 * (above * (1 - above) / effective) ** 0.5)
        order = np.argsort(p)
        cumulative = np.cumsum(weight[order]) / weight.sum()
        for told, share in ((found.lower[k], 0.025), (found.upper[k], 0.975)):
            assert np.interp(told, p[order], cumulative) == pytest.approx(share, abs=0.002)


@given(st.lists(st.integers(1, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=4))
def test_laws_of_borrowing(groups: list[tuple[int, int]]) -> None:
    y, n = [count for count, _ in groups], [size for _, size in groups]
    alone, together, perhaps = independent(y, n, 0.3), pooled(y, n, 0.3), exchangeability(y, n, 0.3)
    assert alone.post_prob == pytest.approx([beta.sf(0.3, 0.5 + a, 0.5 + b - a) for a, b in groups])
    assert len(set(together.post_prob)) == 1
    for found in (alone, together, perhaps):
        assert all(low < mean < high for low, mean, high in zip(found.lower, found.mean, found.upper, strict=True))
    assert exchangeability(y[::-1], n[::-1], 0.3).post_prob[::-1] == pytest.approx(perhaps.post_prob, abs=1e-12)
    never = exchangeability(y, n, 0.3, pair_prior=1e-12)
    assert never.post_prob == pytest.approx(alone.post_prob, abs=1e-6)


def test_bad_counts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"group 2"):
        independent((1, 5), (3, 4), 0.3)
    with pytest.raises(ValueError, match="at most 7"):
        exchangeability((1,) * 8, (9,) * 8, 0.3)
    with pytest.raises(ValueError, match="null"):
        pooled((1,), (3,), 1.0)
