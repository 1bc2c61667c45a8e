"""Blaker's interval against its definition with exact binomial sums, and the credible interval against scipy's beta distribution."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest, fisher_exact

from hevesy.stats.proportion import blaker, clopper_pearson, credible, exact_test, fisher_p
from hevesy.stats.words import Alternative


def acceptability(x: int, n: int, p: float) -> float:
    """Probability of all outcomes whose smaller tail is no larger than that of x (Blaker 2000, as a sum over outcomes)."""
    point = [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    smaller = [min(sum(point[: k + 1]), sum(point[k:])) for k in range(n + 1)]
    return sum(one for one, tail in zip(point, smaller, strict=True) if tail <= smaller[x] * (1 + 1e-12))


@pytest.mark.parametrize(("x", "n"), [(0, 8), (1, 8), (4, 8), (3, 10), (2, 15), (13, 15), (15, 15)])
def test_blaker_is_the_hull_of_the_accepted_proportions(x: int, n: int) -> None:
    grid = [place / 4000 for place in range(1, 4000)]
    accepted = [p for p in grid if acceptability(x, n, p) >= 0.05]
    found, outer = blaker(x, n), clopper_pearson(x, n)
    assert found.lower == pytest.approx(accepted[0] if x else 0, abs=1 / 4000)
    assert found.upper == pytest.approx(accepted[-1] if x < n else 1, abs=1 / 4000)
    assert outer.lower - 1e-12 <= found.lower <= found.upper <= outer.upper + 1e-12


def test_credible_limits_are_quantiles_of_the_posterior() -> None:
    found = credible(3, 10, 0.9, (1, 1))
    assert (found.lower, found.upper) == pytest.approx((beta.ppf(0.05, 4, 8), beta.ppf(0.95, 4, 8)), rel=1e-10)
    assert credible(0, 8).lower == 0
    assert credible(8, 8).upper == 1
    with pytest.raises(ValueError, match="two positive numbers"):
        credible(1, 8, prior=(0, 1))


@given(st.integers(0, 80), st.integers(0, 80), st.integers(0, 80), st.integers(0, 80))
def test_fisher_in_whole_numbers_is_that_of_scipy(a: int, b: int, c: int, d: int) -> None:
    if a + c and b + d:
        expected = float(fisher_exact([[a, c], [b, d]]).pvalue)
        assert fisher_p((a, b), (c, d)) == pytest.approx(expected, rel=1e-10, abs=1e-300)


@given(
    st.integers(1, 300), st.data(), st.just(0.0) | st.floats(1e-9, 1), st.sampled_from(["two-sided", "greater", "less"])
)
def test_the_exact_test_of_a_proportion_is_that_of_scipy(
    n: int, data: st.DataObject, p: float, alternative: Alternative
) -> None:
    """Between 0 and 1e-9 binomtest itself overflows."""
    x = data.draw(st.integers(0, n))
    expected = float(binomtest(x, n, p, alternative).pvalue)
    assert exact_test(x, n, p, alternative) == pytest.approx(expected, rel=1e-9, abs=1e-300)
