"""Reader studies against a slow reference written by the definitions, and laws of their statistics."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.stats.merit import Figures, curve, figures_of_ratings, mean_curve, pair_moments
from hevesy.stats.reader import ReaderAnalysis, obuchowski_rockette, u_statistic
from hevesy.stats.words import CaseCovariance, CaseMerit, Effect
from tests.references import reader_study as plain

Ratings = NDArray[np.float64]
COVARIANCES: tuple[CaseCovariance, ...] = ("delong", "jackknife", "unbiased")


@st.composite
def studies(
    draw: st.DrawFn, modalities: int = 2, most_readers: int = 3, most_cases: int = 4
) -> tuple[Ratings, NDArray[np.bool_]]:
    """Ratings of few values, so that ties abound, and the truth."""
    r = draw(st.integers(2, most_readers))
    n1, n0 = draw(st.integers(2, most_cases)), draw(st.integers(2, most_cases))
    size = modalities * r * (n1 + n0)
    values = draw(st.lists(st.integers(1, 5), min_size=size, max_size=size))
    diseased = np.array([True] * n1 + [False] * n0)
    return np.array(values, dtype=np.float64).reshape(modalities, r, n1 + n0), diseased


def named(ratings: Ratings, diseased: NDArray[np.bool_], covariance: CaseCovariance = "jackknife") -> Figures:
    t, r = ratings.shape[:2]
    return figures_of_ratings(
        ratings,
        diseased,
        modalities=[f"m{at}" for at in range(t)],
        readers=[f"r{at}" for at in range(r)],
        covariance=covariance,
    )


def analysed(ratings: Ratings, diseased: NDArray[np.bool_], covariance: CaseCovariance = "jackknife") -> ReaderAnalysis:
    return obuchowski_rockette(named(ratings, diseased, covariance))


def alike(one: float | None, other: float | None) -> bool:
    """Whether two numbers are one but for rounding, or both are not there."""
    return one is other if one is None or other is None else one == pytest.approx(other, rel=1e-6, abs=1e-12)


class TestAgainstTheSlowReference:
    @settings(max_examples=40)
    @given(studies())
    def test_areas_and_covariances_of_all_three_methods(self, study: tuple[Ratings, NDArray[np.bool_]]) -> None:
        ratings, diseased = study
        flat, sick = ratings.reshape(-1, ratings.shape[2]).tolist(), diseased.tolist()
        without = [plain.left_out(one, sick, plain.area) for one in flat]
        for covariance in COVARIANCES:
            figures = named(ratings, diseased, covariance)
            spread = figures.covariance.reshape(len(flat), len(flat))
            assert figures.estimates.ravel() == pytest.approx([float(plain.area(one, sick)) for one in flat], abs=1e-14)
            for a, b in itertools.combinations_with_replacement(range(len(flat)), 2):
                theirs = {
                    "jackknife": lambda a=a, b=b: plain.jackknife_covariance(without[a], without[b]),
                    "delong": lambda a=a, b=b: plain.delong_covariance(flat[a], flat[b], sick),
                    "unbiased": lambda a=a, b=b: plain.unbiased_covariance(flat[a], flat[b], sick),
                }[covariance]()
                assert spread[a, b] == pytest.approx(float(theirs), abs=1e-13)
                assert spread[a, b] == pytest.approx(spread[b, a], abs=1e-15)

    @settings(max_examples=40)
    @given(studies(modalities=3))
    def test_error_and_freedom_of_three_modalities(self, study: tuple[Ratings, NDArray[np.bool_]]) -> None:
        ratings, diseased = study
        found = analysed(ratings, diseased)
        figures = found.figures
        cells = list(itertools.product(figures.modalities, figures.readers))
        places = {cell: divmod(at, len(figures.readers)) for at, cell in enumerate(cells)}
        if found.differences[0].df is None:
            return
        error, df = plain.error_of_difference(
            {cell: float(figures.estimates[places[cell]]) for cell in cells},
            lambda one, other: float(figures.covariance[(*places[one], *places[other])]),
            figures.modalities,
            figures.readers,
        )
        for one in found.differences:
            assert one.standard_error == pytest.approx(error, rel=1e-10)
            assert one.df == pytest.approx(df, rel=1e-9)

    @pytest.mark.parametrize("merit", ["sensitivity", "specificity"])
    def test_the_covariance_of_shares_is_that_of_leaving_cases_out(self, merit: CaseMerit) -> None:
        rng = np.random.default_rng(3)
        ratings, diseased = rng.integers(1, 6, (2, 3, 14)).astype(float), np.arange(14) < 8
        figures = figures_of_ratings(
            ratings, diseased, modalities="ab", readers="xyz", merit=merit, threshold=3, covariance="jackknife"
        )
        own = diseased if merit == "sensitivity" else ~diseased
        right = (ratings >= 3) == (merit == "sensitivity")
        n, places = int(own.sum()), np.flatnonzero(own)
        without = np.array([right[:, :, np.delete(places, gone)].mean(axis=2) for gone in range(n)]).reshape(n, 6)
        theirs = (n - 1) / n * (without - without.mean(axis=0)).T @ (without - without.mean(axis=0))
        assert figures.covariance.reshape(6, 6) == pytest.approx(theirs, abs=1e-15)
        assert figures.estimates == pytest.approx(right[:, :, own].mean(axis=2))


class TestLaws:
    @given(studies(), st.sampled_from(COVARIANCES))
    def test_an_area_knows_ranks_alone(
        self, study: tuple[Ratings, NDArray[np.bool_]], covariance: CaseCovariance
    ) -> None:
        ratings, diseased = study
        one, other = named(ratings, diseased, covariance), named(np.exp(ratings / 2) - 7, diseased, covariance)
        assert (one.estimates == other.estimates).all()
        assert one.covariance == pytest.approx(other.covariance, abs=1e-15)

    @given(studies(), st.randoms(use_true_random=False))
    def test_the_order_of_readers_and_cases_says_nothing(
        self, study: tuple[Ratings, NDArray[np.bool_]], random: Random
    ) -> None:
        ratings, diseased = study
        readers, cases = list(range(ratings.shape[1])), list(range(ratings.shape[2]))
        random.shuffle(readers)
        random.shuffle(cases)
        one = analysed(ratings, diseased)
        other = analysed(ratings[:, readers][:, :, cases], diseased[cases])
        for name in ("estimate", "standard_error", "df", "p_value"):
            assert alike(getattr(one.differences[0], name), getattr(other.differences[0], name))

    @given(studies())
    def test_swapping_the_modalities_turns_the_sign(self, study: tuple[Ratings, NDArray[np.bool_]]) -> None:
        ratings, diseased = study
        one, other = analysed(ratings, diseased).differences[0], analysed(ratings[::-1], diseased).differences[0]
        assert one.estimate == pytest.approx(-other.estimate, abs=1e-15)
        assert alike(one.p_value, other.p_value)
        if one.lower is not None:
            assert one.lower == pytest.approx(-(other.upper or 0.0), abs=1e-9)

    @given(studies())
    def test_turning_ratings_and_truth_round_changes_nothing(self, study: tuple[Ratings, NDArray[np.bool_]]) -> None:
        ratings, diseased = study
        one, other = named(ratings, diseased), named(-ratings, ~diseased)
        assert one.estimates == pytest.approx(other.estimates, abs=1e-15)
        assert one.covariance == pytest.approx(other.covariance, abs=1e-14)

    @settings(max_examples=60)
    @given(studies(most_cases=6))
    def test_the_one_shot_variance_is_that_of_unbiased_obuchowski_rockette(
        self, study: tuple[Ratings, NDArray[np.bool_]]
    ) -> None:
        """Gallas et al 2009: both are the unbiased variance, where differences of covariances are not cut off at 0."""
        ratings, diseased = study
        found = analysed(ratings, diseased, "unbiased")
        shares = u_statistic(ratings, diseased, modalities=["m0", "m1"], readers=found.figures.readers)
        r, parts = len(found.figures.readers), found.components
        assert parts is not None
        assert found.equality is not None
        apart = (found.equality.ms_modality_reader or 0.0) + r * ((parts.cov2 or 0.0) - (parts.cov3 or 0.0))
        assert shares[2].variance == pytest.approx(2 / r * apart, abs=1e-12)
        for at in range(2):
            one = found.modalities[at]
            assert shares[at].variance == pytest.approx(((one.ms_reader or 0.0) + r * (one.cov2 or 0.0)) / r, abs=1e-12)

    @given(studies())
    def test_the_area_under_the_mean_curve_is_the_mean_area(self, study: tuple[Ratings, NDArray[np.bool_]]) -> None:
        ratings, diseased = study
        figures = named(ratings, diseased)
        for at, of_readers in enumerate(ratings):
            found = mean_curve([curve(one[~diseased], one[diseased]) for one in of_readers])
            assert np.trapezoid(found.signal, found.noise) == pytest.approx(figures.estimates[at].mean(), abs=1e-12)
            assert (np.diff(found.noise) >= 0).all()
            assert (np.diff(found.signal) >= -1e-12).all()

    def test_moments_do_not_depend_on_how_many_pairs_are_held(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rng = np.random.default_rng(1)
        ratings, diseased = rng.integers(0, 9, (6, 50)).astype(float), np.arange(50) % 3 == 0
        whole = pair_moments(ratings, diseased)
        monkeypatch.setattr("hevesy.stats.merit.MOST_PAIRS", 500)
        assert (pair_moments(ratings, diseased) == whole).all()

    def test_fixed_cases_leave_the_t_test_of_the_readers_and_fixed_readers_the_error_of_their_mean(self) -> None:
        rng = np.random.default_rng(5)
        diseased = np.arange(30) < 15
        ratings = rng.normal(size=(2, 4, 30)) + rng.normal(size=(2, 1, 30)) + diseased
        figures = named(ratings, diseased)
        of_cases = obuchowski_rockette(figures, cases="fixed")
        apart = figures.estimates[0] - figures.estimates[1]
        one = of_cases.differences[0]
        assert one.estimate == pytest.approx(apart.mean())
        assert one.standard_error == pytest.approx(apart.std(ddof=1) / math.sqrt(4))  # the paired t test of the readers
        assert one.df == 3
        assert of_cases.components is None
        of_readers = obuchowski_rockette(figures, readers="fixed")
        flat = figures.covariance.reshape(8, 8)
        weights = np.array([0.25] * 4 + [-0.25] * 4)
        assert of_readers.differences[0].df is None
        assert of_readers.differences[0].standard_error == pytest.approx(math.sqrt(weights @ flat @ weights), rel=1e-9)
        first = np.array([0.25] * 4 + [0.0] * 4)
        assert of_readers.modalities[0].standard_error == pytest.approx(math.sqrt(first @ flat @ first), rel=1e-9)


class TestRefusals:
    ratings = np.arange(16.0).reshape(1, 2, 8) % 5
    diseased = np.arange(8) < 4

    @pytest.mark.parametrize(
        ("diseased", "words"),
        [
            ([True] + [False] * 7, "1 diseased case: two or more are needed"),
            ([True] * 8, "0 healthy cases: two or more are needed"),
        ],
    )
    def test_one_case_of_a_class(self, diseased: list[bool], words: str) -> None:
        with pytest.raises(RuleError, match=words):
            named(self.ratings, np.array(diseased))

    def test_one_random_reader(self) -> None:
        figures = named(self.ratings[:, :1], self.diseased)
        with pytest.raises(RuleError, match=r"one reader \(r0\) says nothing of other readers: two or more are needed"):
            obuchowski_rockette(figures)
        alone = obuchowski_rockette(figures, readers="fixed").modalities[0]
        assert alone.standard_error == pytest.approx(math.sqrt(figures.covariance[0, 0, 0, 0]))

    def test_nothing_left_to_vary(self) -> None:
        with pytest.raises(RuleError, match="cannot both be fixed"):
            obuchowski_rockette(named(self.ratings, self.diseased), readers="fixed", cases="fixed")

    @pytest.mark.parametrize(("merit", "threshold"), [("sensitivity", None), ("auc", 3.0)])
    def test_a_threshold_where_it_belongs(self, merit: CaseMerit, threshold: float | None) -> None:
        with pytest.raises(RuleError, match="threshold"):
            figures_of_ratings(
                self.ratings, self.diseased, modalities="a", readers="xy", merit=merit, threshold=threshold
            )

    @pytest.mark.parametrize("level", [0, 1, 95])
    def test_a_level(self, level: float) -> None:
        with pytest.raises(RuleError, match="level must lie between 0 and 1"):
            obuchowski_rockette(named(self.ratings, self.diseased), level=level)

    @pytest.mark.parametrize("effects", [("random", "random"), ("fixed", "random"), ("random", "fixed")])
    @pytest.mark.parametrize("value", [1.0, None])
    def test_what_does_not_vary_cannot_be_told(self, value: float | None, effects: tuple[Effect, Effect]) -> None:
        """All ratings equal (area 1/2), and every case told apart (area 1): there is no error, so no p of 0 or 1."""
        diseased = np.arange(8) < 4
        ratings = np.full((2, 3, 8), 1.0) if value else np.tile(diseased.astype(float), (2, 3, 1))
        found = obuchowski_rockette(named(ratings, diseased), readers=effects[0], cases=effects[1])
        assert found.cannot_tell
        (one,) = found.differences
        assert (one.estimate, one.standard_error, one.lower, one.upper, one.p_value) == (0, None, None, None, None)
        assert [each.estimate for each in found.modalities] == [0.5 if value else 1.0] * 2
        assert {each.standard_error for each in found.modalities} == {None}


def test_fractions_of_the_reference_are_exact() -> None:
    assert plain.area([3, 1, 1, 2], [True, True, False, False]) == Fraction(5, 8)
