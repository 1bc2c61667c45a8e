"""Agreement against statsmodels, published examples and other programs' output, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats import inter_rater

from hevesy.errors import RuleError
from hevesy.stats.agreement import (
    Agreement,
    adjusted_kappa,
    cohen_kappa,
    fleiss_kappa,
    gwet_coefficient,
    intraclass,
    krippendorff_alpha,
    limits_of_agreement,
    limits_of_constant,
    limits_with_repeats,
)
from hevesy.stats.words import KappaWeights

NAN = float("nan")
FOUR_OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
).T
"""Twelve units by four observers, with missing ratings: Krippendorff, Computing Krippendorff's alpha reliability, 2011, D."""
SIX_TARGETS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Shrout and Fleiss, Psychol Bull 1979;86:420, table 2."""
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
"""Peak flow by two meters: Bland and Altman, Lancet 1986;327:307, first measurements."""

ratings = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=4, max_size=40)


def varied(pairs: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    one, two = [first for first, _ in pairs], [second for _, second in pairs]
    assume(len({*one, *two}) > 1)
    return one, two


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
@given(pairs=ratings)
def test_kappa_and_its_error_are_those_of_statsmodels(pairs: list[tuple[int, int]], weights: KappaWeights) -> None:
    one, two = varied([*pairs, *((value, value) for value in range(1, 6))])  # every category: statsmodels weighs places
    table = np.zeros((5, 5))
    np.add.at(table, (np.array(one) - 1, np.array(two) - 1), 1)
    with np.errstate(invalid="ignore"):  # of complete agreement a variance of 0 may come out there as -1e-18
        theirs = inter_rater.cohens_kappa(table, wt=None if weights == "unweighted" else weights)
    found = cohen_kappa(one, two, weights)
    assert found.estimate == pytest.approx(theirs.kappa, abs=1e-12)
    assert found.standard_error**2 == pytest.approx(theirs.var_kappa, rel=1e-9, abs=1e-15)
    if theirs.var_kappa < 0:
        assert found.estimate == pytest.approx(1)
        return
    assert (found.lower, found.upper) == pytest.approx((max(-1, theirs.kappa_low), min(1, theirs.kappa_upp)), abs=1e-7)


@given(st.lists(st.lists(st.integers(1, 4), min_size=3, max_size=3), min_size=3, max_size=30))
def test_fleiss_kappa_is_that_of_statsmodels(rows: list[list[int]]) -> None:
    assume(len({value for row in rows for value in row}) > 1)
    theirs = inter_rater.fleiss_kappa(inter_rater.aggregate_raters(np.array(rows))[0])
    assert fleiss_kappa(rows).estimate == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize(("scale", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_krippendorffs_example(scale: str, alpha: float) -> None:
    assert round(krippendorff_alpha(FOUR_OBSERVERS, scale).estimate, 3) == alpha  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "estimate", "error", "lower"),
    [
        (gwet_coefficient(FOUR_OBSERVERS), 0.7754441, 0.1429500, 0.4608133),
        (fleiss_kappa(FOUR_OBSERVERS), 0.7611693, 0.1530192, 0.4243763),
        (krippendorff_alpha(FOUR_OBSERVERS), 0.7434211, 0.1454787, 0.4192743),
        (gwet_coefficient(FOUR_OBSERVERS, "interval"), 0.9140007, 0.10396224, 0.6851814),
        (fleiss_kappa(FOUR_OBSERVERS, "interval"), 0.8649351, 0.14603361, 0.5435173),
        (krippendorff_alpha(FOUR_OBSERVERS, "interval"), 0.8491071, 0.12905120, 0.5615632),
    ],
)
def test_coefficients_of_several_readers_are_those_of_simply_agree(
    found: Agreement, estimate: float, error: float, lower: float
) -> None:
    """Printed by agree_coef of the R package SimplyAgree (vignette reliability_analysis), plain and with quadratic weights."""
    assert (found.estimate, found.standard_error, found.lower) == pytest.approx((estimate, error, lower), abs=6e-8)
    assert found.upper == 1


def test_intraclass_correlations_of_shrout_and_fleiss() -> None:
    found = {one.form: round(one.estimate, 2) for one in intraclass(SIX_TARGETS)}
    assert found == {"(1,1)": 0.17, "(2,1)": 0.29, "(3,1)": 0.71, "(1,k)": 0.44, "(2,k)": 0.62, "(3,k)": 0.91}


def test_intervals_of_the_intraclass_correlations_are_those_of_simply_agree() -> None:
    """Printed by reli_aov of the same package, whose limits are those of 90 % although it prints 95."""
    theirs = {
        "(1,1)": (0.1657, -0.09672, 0.6434),
        "(2,1)": (0.2898, 0.04290, 0.6911),
        "(3,1)": (0.7148, 0.41183, 0.9258),
        "(1,k)": (0.4428, -0.54504, 0.8783),
        "(2,k)": (0.6201, 0.15204, 0.8995),
        "(3,k)": (0.9093, 0.73690, 0.9804),
    }
    for one in intraclass(SIX_TARGETS, 0.9):
        assert (one.estimate, one.lower, one.upper) == pytest.approx(theirs[one.form], abs=6e-5)


def test_limits_of_the_peak_flow_meters() -> None:
    found = limits_of_agreement(WRIGHT, MINI)
    assert (round(found.bias, 1), round(found.sd, 1)) == (-2.1, 38.8)
    assert [round(limit, 1) for limit in found.bias_interval] == [-22.0, 17.8]
    assert (found.upper_interval[1] - found.upper_interval[0]) / 2 == pytest.approx(34.6, abs=0.1)
    assert found.upper - found.bias == pytest.approx(1.959963984540054 * found.sd)


class TestRepeats:
    def test_varying_values_are_the_random_effects_of_a_mixed_model(self) -> None:
        """In a balanced study the analysis of variance is restricted maximum likelihood (statsmodels' MixedLM)."""
        rng = np.random.default_rng(8)
        subject = np.repeat(np.arange(20), 4)
        apart = 1.5 + rng.normal(0, 2, 20)[subject] + rng.normal(0, 1, 80)
        first = rng.normal(0, 5, 80)
        found = limits_with_repeats([str(one) for one in subject], first + apart, first)
        theirs = MixedLM(apart, np.ones(80), subject).fit(reml=True)
        assert found.bias == pytest.approx(float(theirs.fe_params[0]), abs=1e-6)
        assert found.sd**2 == pytest.approx(
            float(theirs.cov_re[0, 0]) + theirs.scale, rel=1e-4
        )  # its search stops there
        assert (found.subjects, found.pairs) == (20, 80)
        half = found.bias_interval[1] - found.bias
        assert half == pytest.approx(float(theirs.bse_fe[0]) * 2.093024054408263, rel=1e-4)

    def test_a_constant_value_gets_back_what_averaging_took_away(self) -> None:
        """Bland and Altman 2007: the variance of means, and of each method its own less what so many repeats leave."""
        first = [[10.0, 12.0], [20.0, 22.0, 21.0], [30.0]]
        second = [[9.0, 13.0], [22.0, 23.0], [28.0, 29.0]]
        of_means = np.var([11 - 11, 21 - 22.5, 30 - 28.5], ddof=1)
        noise_one = (2.0 + 2.0) / 3
        noise_two = (8.0 + 0.5 + 0.5) / 3
        share_one, share_two = (1 / 2 + 1 / 3 + 1) / 3, 1 / 2
        variance = of_means + noise_one * (1 - share_one) + noise_two * (1 - share_two)
        found = limits_of_constant(first, second)
        assert found.sd**2 == pytest.approx(variance)
        assert found.bias == pytest.approx(0.0)

    def test_repeats_that_all_agree_leave_the_limits_of_their_means(self) -> None:
        first, second = [1.0, 4.0, 2.0, 7.0], [2.0, 3.0, 3.0, 5.0]
        single = limits_of_agreement(first, second)
        twice = limits_of_constant([[one] * 3 for one in first], [[one] * 3 for one in second])
        pairs = limits_with_repeats([*"abcd"] * 2, first * 2, second * 2)
        for found in (twice, pairs):
            assert found.bias == pytest.approx(single.bias)
            assert found.sd == pytest.approx(single.sd)
            assert found.bias_interval == pytest.approx(single.bias_interval)
            assert found.lower_interval[0] < found.lower < found.lower_interval[1]
            assert found.upper_interval[0] < found.upper < found.upper_interval[1]

    def test_without_repeats_it_is_refused(self) -> None:
        with pytest.raises(RuleError, match="one of them with two pairs, are needed, got 2 and 2 pairs"):
            limits_with_repeats(["a", "b"], [1, 2], [2, 3])
        with pytest.raises(RuleError, match="nobody was measured twice"):
            limits_of_constant([[1.0], [2.0]], [[1.0], [3.0]])


class TestLaws:
    @given(ratings, st.sampled_from(["unweighted", "linear", "quadratic"]))
    def test_a_reader_agrees_with_herself(self, pairs: list[tuple[int, int]], weights: KappaWeights) -> None:
        one, _ = varied(pairs)
        assume(len(set(one)) > 1)
        both = np.array([one, one]).T
        assert cohen_kappa(one, one, weights).estimate == pytest.approx(1)
        for found in (fleiss_kappa(both), gwet_coefficient(both), krippendorff_alpha(both), adjusted_kappa(one, one)):
            assert found.estimate == pytest.approx(1)
            assert found.standard_error == pytest.approx(0, abs=1e-12)
        assert {round(form.estimate, 9) for form in intraclass(both)} == {1.0}

    @given(ratings, st.sampled_from(["unweighted", "linear", "quadratic"]))
    def test_who_is_first_and_how_ratings_are_counted_says_nothing(
        self, pairs: list[tuple[int, int]], weights: KappaWeights
    ) -> None:
        one, two = varied(pairs)
        found = cohen_kappa(one, two, weights)
        for other in (
            cohen_kappa(two, one, weights),
            cohen_kappa(np.array(one) * 3 - 7, np.array(two) * 3 - 7, weights),
        ):
            assert other.estimate == pytest.approx(found.estimate, abs=1e-12)
            assert other.standard_error == pytest.approx(found.standard_error, abs=1e-10)

    @given(ratings)
    def test_quadratic_kappa_is_nearly_the_intraclass_correlation(self, pairs: list[tuple[int, int]]) -> None:
        """Fleiss and Cohen 1973: with mean squares over n subjects, kappa is the form (2,1)."""
        one, two = varied(pairs)
        n = len(one)
        rated = np.array([one, two], dtype=np.float64).T
        assume(np.ptp(rated.mean(axis=1)) > 0)
        subjects = 2 * ((rated.mean(axis=1) - rated.mean()) ** 2).sum()
        readers = n * ((rated.mean(axis=0) - rated.mean()) ** 2).sum()
        rest = ((rated - rated.mean()) ** 2).sum() - subjects - readers
        theirs = (subjects - rest) / (subjects + rest + 2 * readers)
        assert cohen_kappa(one, two, "quadratic").estimate == pytest.approx(theirs, abs=1e-9)

    def test_two_categories_adjusted_for_prevalence_and_bias(self) -> None:
        """Byrt et al 1993: twice the observed agreement less 1, whatever the prevalence."""
        one, two = [1] * 90 + [2] * 10, [1] * 85 + [2] * 10 + [1] * 5
        even = [1] * 50 + [2] * 50
        assert adjusted_kappa(one, two).estimate == pytest.approx(0.8)
        assert adjusted_kappa(even, [2] * 10 + even[10:]).estimate == pytest.approx(0.8)
        assert cohen_kappa(one, two).estimate < 0.5


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: cohen_kappa([1, 1, 1], [1, 1, 1]), "every rating is 1"),
        (lambda: fleiss_kappa([[1, 1], [1, 1]]), "every rating is 1"),
        (lambda: cohen_kappa([1, 2], [1, 2, 3]), "two readings of the same subjects"),
        (lambda: cohen_kappa([1, NAN], [1, 2]), "finite"),
        (lambda: limits_of_agreement([1, 1e200], [1, 2]), "finite number, at most 1e\\+150, got 1e\\+200"),
        (lambda: cohen_kappa([1], [1]), "two or more subjects are needed, got 1"),
        (lambda: cohen_kappa([1, 2], [1, 2], level=95), "level must lie between 0 and 1"),
        (lambda: fleiss_kappa([[1], [2]]), "two or more readers"),
        (lambda: krippendorff_alpha([[1.0, NAN], [2.0, 1.0]]), "two ratings are needed, got 1"),
        (lambda: intraclass([[1, 2], [2, 1]]), "subjects do not differ"),
        (lambda: intraclass([[1.0, NAN], [2.0, 1.0]]), "every rating is a finite number, at most 1e\\+150, got nan"),
        (lambda: adjusted_kappa([1, 2, 3], [1, 2, 3], categories=2), "3 categories were used, got 2"),
    ],
)
def test_what_cannot_be_told_is_refused(asked: object, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        asked()  # type: ignore[operator]
