"""Paired, clustered and ROC statistics against definitions written out, laws and statsmodels."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.stats.clustered import Alarms, clustered_pairs, clustered_ratios, clustered_share
from hevesy.stats.diagnostic import Counts, begg_greenes, measures
from hevesy.stats.marginal import marginal_logit, marginal_share
from hevesy.stats.paired import mcnemar, tango
from hevesy.stats.proportion import exact_test
from hevesy.stats.roc import area, best_threshold, compare_areas, partial_area, score_limits

counts = st.integers(0, 40)


@given(counts, counts)
def test_mcnemars_exact_test_is_the_binomial_one_and_mid_p_lies_between_it_and_what_is_rarer(b: int, c: int) -> None:
    found = mcnemar(b, c)
    if b + c:
        assert found.exact_p == pytest.approx(exact_test(b, b + c), rel=1e-9)
        seen = math.comb(b + c, b) / 2 ** (b + c)
        assert found.mid_p == pytest.approx(1.0 if b == c else found.exact_p - seen, rel=1e-9, abs=1e-12)
    assert mcnemar(c, b).exact_p == found.exact_p


@given(st.integers(1, 40), st.data())
@settings(max_examples=60)
def test_tangos_limits_are_where_the_score_is_the_quantile(n: int, data: st.DataObject) -> None:
    """The restricted estimate is found again by a search for the most likely chance of the second alone."""
    b = data.draw(st.integers(0, n))
    c = data.draw(st.integers(0, n - b))
    found = tango(b, c, n)
    turned = tango(c, b, n)
    assert (found.lower, found.upper) == pytest.approx((-turned.upper, -turned.lower), abs=1e-9)
    assert -1 <= found.lower <= (c - b) / n <= found.upper <= 1
    assert found.upper - found.lower > 0.01
    for limit in (found.lower, found.upper):
        if abs(limit) < 1 - 1e-9:
            only_first = _most_likely(b, c, n, limit)
            spread = math.sqrt(n * (2 * only_first + limit - limit**2))
            assert abs(c - b - n * limit) / spread == pytest.approx(1.959964, abs=2e-3)


def _most_likely(b: int, c: int, n: int, difference: float) -> float:
    """The chance of yes in the first alone that makes the table likeliest, of those with this difference."""
    low, high = max(0.0, -difference), (1 - difference) / 2

    def likely(p: float) -> float:
        cells = ((b, p), (c, p + difference), (n - b - c, 1 - 2 * p - difference))
        return sum(count * math.log(max(chance, 1e-300)) for count, chance in cells if count)

    for _ in range(200):
        one, two = low + (high - low) * 0.382, low + (high - low) * 0.618
        low, high = (low, two) if likely(one) >= likely(two) else (one, high)
    return (low + high) / 2


def test_a_difference_that_is_seen_in_nobody_has_limits() -> None:
    found = tango(0, 0, 10)
    assert found.lower == -found.upper < -0.2


@given(counts, counts, counts, counts)
def test_measures_of_a_table_of_two_by_two_are_finite_or_say_why(tp: int, fn: int, fp: int, tn: int) -> None:
    found = measures(Counts(tp=tp, fn=fn, fp=fp, tn=tn))
    for name in found.__slots__:
        one = getattr(found, name)
        told = (one.estimate, one.lower, one.upper)
        assert all(value is None or math.isfinite(value) for value in told)
        assert None not in told or one.because
        if None not in told:
            assert one.lower <= one.estimate <= one.upper


@given(counts.filter(bool), counts.filter(bool), counts.filter(bool), counts.filter(bool))
def test_where_all_are_verified_there_is_nothing_to_correct(tp: int, fn: int, fp: int, tn: int) -> None:
    found = begg_greenes(Counts(tp=tp, fn=fn, fp=fp, tn=tn), 0, 0)
    assert found.sensitivity.estimate == pytest.approx(tp / (tp + fn))
    assert found.specificity.estimate == pytest.approx(tn / (tn + fp))
    error = found.sensitivity_standard_error
    assert error == pytest.approx(math.sqrt(tp * fn / (tp + fn) ** 3), rel=1e-9)  # that of a plain share


def test_the_error_of_a_corrected_share_is_that_of_the_delta_method() -> None:
    """The gradient by differences over the three free chances: of a positive, and of the truth in either answer."""
    tp, fn, fp, tn, up, un = 231, 27, 32, 54, 166, 140
    n, positive, negative = 650, tp + fp, fn + tn
    chances = np.array([(positive + up) / n, tp / positive, fn / negative])
    spreads = chances * (1 - chances) / np.array([n, positive, negative])

    def sensitivity(p: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float(p[0] * p[1] / (p[0] * p[1] + (1 - p[0]) * p[2]))

    steps = np.eye(3) * 1e-6
    slope = np.array([(sensitivity(chances + step) - sensitivity(chances - step)) / 2e-6 for step in steps])
    found = begg_greenes(Counts(tp=tp, fn=fn, fp=fp, tn=tn), up, un)
    assert found.sensitivity_standard_error == pytest.approx(math.sqrt(float(slope**2 @ spreads)), rel=1e-6)


clusters = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)).map(lambda one: (min(one), one[1])), min_size=2)


@given(clusters)
def test_a_share_of_clusters_has_an_interval_of_some_length_whatever_they_hold(own: list[tuple[int, int]]) -> None:
    x, n = (list(column) for column in zip(*own, strict=True))
    found = clustered_share(x, n)
    for limits in (found.exact, found.wilson):
        assert limits is not None
        assert 0 <= limits.lower <= found.estimate + 1e-12
        assert found.estimate - 1e-12 <= limits.upper <= 1
        assert limits.upper - limits.lower > 0.01
    assert found.effective_n is not None
    assert found.effective_n <= found.n
    turned = clustered_share([of - one for one, of in own], n)
    assert turned.estimate == pytest.approx(1 - found.estimate)
    assert turned.standard_error == pytest.approx(found.standard_error, abs=1e-12)


def test_clusters_of_one_unit_are_units() -> None:
    found = clustered_share([1] * 9 + [0] * 3, [1] * 12)
    assert found.standard_error == pytest.approx(math.sqrt(0.75 * 0.25 / 11))
    assert clustered_share([3], [4]).exact is None
    pairs = clustered_pairs([1, 1, 0, 0, 0, 1, 0, 0], [0, 0, 1, 0, 0, 0, 0, 0], [1] * 8)
    assert pairs.yang.chi_square == mcnemar(3, 1).chi_square
    nobody = clustered_pairs([0, 0, 0], [0, 0, 0], [2, 3, 1])
    assert nobody.interval is not None
    assert nobody.interval.upper > 0.2
    assert nobody.obuchowski.p_value is None


def test_clusters_that_are_copies_say_no_more_than_one_unit_of_each() -> None:
    """Four lesions of a patient that are always alike: the limits are those of the patients, but for the few of them."""
    copied, single = clustered_share([4] * 9 + [0] * 3, [4] * 12), clustered_share([1] * 9 + [0] * 3, [1] * 12)
    assert copied.standard_error == pytest.approx(single.standard_error)
    assert copied.design_effect == pytest.approx(4 * 12 / 11)
    assert copied.exact is not None
    assert single.exact is not None
    assert copied.exact.upper - copied.exact.lower > single.exact.upper - single.exact.lower - 1e-9


def test_ratios_of_clusters_of_one_unit_have_the_error_of_independent_units() -> None:
    """Simel's error of the logarithm, but for the factor of few clusters and the quantile of t."""
    with_it = Alarms(positive=[1] * 12 + [0] + [0] * 12, n=[1] * 13 + [0] * 12)
    without = Alarms(positive=[0] * 13 + [1] * 5 + [0] * 7, n=[0] * 13 + [1] * 12)
    ratio, _, youden = clustered_ratios(with_it, without)
    assert ratio.lower is not None
    assert ratio.estimate is not None
    half = float(stdtrit(24, 0.975)) * math.sqrt(25 / 24 * (1 / 12 - 1 / 13 + 1 / 5 - 1 / 12))
    assert math.log(ratio.estimate / ratio.lower) == pytest.approx(half)
    assert youden.estimate == pytest.approx(12 / 13 + 7 / 12 - 1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 7), st.integers(0, 3)), min_size=4, max_size=40))
@settings(max_examples=60)
def test_marginal_models_that_suppose_independence_are_those_of_statsmodels(rows: list[tuple[bool, int, int]]) -> None:
    """With one correlation its estimate divides otherwise than geepack does, which is what ours is held against."""
    import statsmodels.api as sm

    answers, groups = [int(one) for one, _, _ in rows], [group for _, group, _ in rows]
    try:
        found = marginal_logit(answers, groups)
    except CannotAnswerError:
        return
    order = np.argsort(groups, kind="stable")
    fit = sm.GEE(
        np.array(answers)[order], np.ones((len(rows), 1)), groups=np.array(groups)[order], family=sm.families.Binomial()
    ).fit(ctol=1e-12)
    assert found.estimates[0] == pytest.approx(float(fit.params[0]), abs=1e-7)
    assert found.standard_errors[0] == pytest.approx(float(np.sqrt(fit.cov_params()[0, 0])), abs=1e-7)


def test_what_a_marginal_model_cannot_tell_it_says() -> None:
    with pytest.raises(CannotAnswerError, match="beyond all numbers"):
        marginal_logit([1, 1, 1], ["A", "B", "C"])
    with pytest.raises(CannotAnswerError, match="without error"):
        marginal_logit([1, 1, 0, 0], ["A", "B", "C", "D"], [[1, 1], [1, 1], [1, 0], [1, 0]])
    with pytest.raises(CannotAnswerError, match="one cluster"):
        marginal_logit([1, 0], ["A", "A"])
    with pytest.raises(CannotAnswerError, match="do not differ"):
        marginal_logit([1, 0, 1, 0], ["A", "A", "B", "B"])
    assert marginal_share([1, 1], ["A", "B"]).because.startswith("cannot be told")
    with pytest.raises(RuleError, match="0 or 1"):
        marginal_logit([1, 2], ["A", "B"])


values = st.lists(st.integers(0, 6), min_size=2, max_size=12)


@given(values, values, st.randoms(use_true_random=False))
def test_areas_and_their_covariances_are_those_of_pairs_counted_one_by_one(
    with_it: list[int], without: list[int], random: object
) -> None:
    scores, truth = [*with_it, *without], [1] * len(with_it) + [0] * len(without)
    other = [float(place * 7 % 5) for place in range(len(scores))]
    found = compare_areas(scores, other, truth)
    kernels = [_kernel(one, truth) for one in (scores, other)]
    assert found.first.area == pytest.approx(kernels[0].mean())
    m, n = kernels[0].shape
    rows, columns = (np.array([kernel.mean(axis) for kernel in kernels]) for axis in (1, 0))
    expected = np.cov(rows) / m + np.cov(columns) / n
    if found.covariance is not None:
        assert found.covariance == pytest.approx(expected[0, 1], abs=1e-12)
    if found.first.variance is not None:
        assert found.first.variance == pytest.approx(expected[0, 0], abs=1e-12)
        alone = area(scores, truth, list(range(len(truth))))
        assert alone.variance == pytest.approx(found.first.variance, rel=1e-9)  # clusters of one unit are DeLong's
    assert found.first.score is not None
    assert found.first.score.upper - found.first.score.lower > 0.01


def _kernel(scores: list[float] | list[int], truth: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    above = [score for score, kind in zip(scores, truth, strict=True) if kind]
    below = [score for score, kind in zip(scores, truth, strict=True) if not kind]
    pairs = [float(x > y) + 0.5 * (x == y) for x, y in product(above, below)]
    return np.array(pairs).reshape(len(above), len(below))


@given(values, values)
def test_the_whole_of_a_partial_area_is_the_area_and_a_threshold_is_the_best(
    with_it: list[int], without: list[int]
) -> None:
    scores, truth = [*with_it, *without], [1] * len(with_it) + [0] * len(without)
    whole = area(scores, truth).area
    for axis in ("specificity", "sensitivity"):
        assert partial_area(scores, truth, (0, 1), axis).area == pytest.approx(whole)
        parts = [partial_area(scores, truth, each, axis).area for each in ((0, 0.3), (0.3, 0.75), (0.75, 1))]
        assert sum(parts) == pytest.approx(whole)
    best = best_threshold(scores, truth)
    sums = [
        sum(one >= cut for one in with_it) / len(with_it) + sum(one < cut for one in without) / len(without) - 1
        for cut in range(8)
    ]
    assert best.youden == pytest.approx(max(sums))


def test_newcombes_limits_solve_his_equation() -> None:
    found = score_limits(0.85, 14, 22)
    for limit in (found.lower, found.upper):
        spread = limit * (1 - limit) * (1 + 17 * ((1 - limit) / (2 - limit) + limit / (1 + limit))) / (14 * 22)
        assert abs(limit - 0.85) == pytest.approx(1.959964 * math.sqrt(spread), rel=1e-5)


def test_areas_of_two_hundred_thousand_need_no_square_of_them() -> None:
    random = np.random.default_rng(5)
    truth = (random.random(200_000) < 0.3).astype(int)
    scores = random.normal(size=200_000) + truth
    found = area(scores, truth)
    assert found.area == pytest.approx(0.76, abs=0.01)


def test_what_is_no_curve_is_refused() -> None:
    for scores, truth, words in (
        ([1, 2], [1, 1], "units with the condition and units without"),
        ([1, math.inf], [1, 0], "finite"),
        ([1], [1, 0], "one score"),
        ([1, 2], [1, 2], "0 or 1"),
    ):
        with pytest.raises(RuleError, match=words):
            area(scores, truth)
