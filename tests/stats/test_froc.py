"""FROC figures and their jackknife against their definitions written as loops, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.find.readers import Lesions, Mark, MarkedStudy, marked_study
from hevesy.stats.froc import curve_of_marks, figures_of_marks
from hevesy.stats.words import MarkMerit
from tests.references import reader_study as plain

MERITS: tuple[MarkMerit, ...] = ("wafroc", "afroc", "wafroc1", "afroc1", "hrauc")
Reading = list[tuple[int, int | None, float]]


@st.composite
def marked(draw: st.DrawFn) -> tuple[list[int], list[Reading]]:
    """How many lesions each case has, and the marks of two readers, each one at least."""
    lesions = [0, 0, *draw(st.lists(st.integers(0, 3), min_size=2, max_size=5)), 1, 2]
    places = [(case, lesion) for case, count in enumerate(lesions) for lesion in (None, *range(1, count + 1))]
    mark = st.tuples(st.sampled_from(places), st.integers(1, 4)).map(lambda one: (*one[0], float(one[1])))
    return lesions, [draw(st.lists(mark, min_size=1, max_size=12)) for _ in range(2)]


def study_of(lesions: list[int], readings: list[Reading]) -> MarkedStudy:
    return marked_study(
        [
            Mark(str(case), f"r{reader}", "PET", lesion, rating, "a row")
            for reader, marks in enumerate(readings)
            for case, lesion, rating in marks
        ],
        [Lesions(str(case), count, (), "a row") for case, count in enumerate(lesions)],
    )


@settings(max_examples=40)
@given(marked(), st.sampled_from(MERITS))
def test_a_figure_and_its_jackknife_are_those_of_the_definition(
    given: tuple[list[int], list[Reading]], merit: MarkMerit
) -> None:
    lesions, readings = given
    found = study_of(lesions, readings).figures(merit)
    wholes = [plain.froc_figure(merit, lesions, marks) for marks in readings]
    without = [[plain.froc_figure(merit, lesions, marks, case) for case in range(len(lesions))] for marks in readings]
    assert found.estimates[0] == pytest.approx([float(one) for one in wholes], abs=1e-13)
    for a, b in itertools.product(range(2), repeat=2):
        theirs = float(plain.jackknife_covariance(without[a], without[b]))
        assert found.covariance[0, a, 0, b] == pytest.approx(theirs, abs=1e-13)


@given(marked(), st.sampled_from(MERITS))
def test_the_area_under_a_curve_of_marks_is_the_figure(
    given: tuple[list[int], list[Reading]], merit: MarkMerit
) -> None:
    study = study_of(*given)
    for at in range(2):
        found = curve_of_marks(study.noise[0, at], study.lesions[0, at], study.case_of_lesion, study.weights, merit)
        assert np.trapezoid(found.signal, found.noise) == pytest.approx(
            study.figures(merit).estimates[0, at], abs=1e-12
        )


@given(marked(), st.sampled_from(MERITS))
def test_a_figure_knows_the_order_of_ratings_alone(given: tuple[list[int], list[Reading]], merit: MarkMerit) -> None:
    lesions, readings = given
    other = [[(case, lesion, rating**3 - 50) for case, lesion, rating in marks] for marks in readings]
    one, two = study_of(lesions, readings).figures(merit), study_of(lesions, other).figures(merit)
    assert (one.estimates == two.estimates).all()
    assert one.covariance == pytest.approx(two.covariance, abs=1e-15)


def test_weights_say_what_a_lesion_counts_for() -> None:
    """Case 2: a lesion of weight 0.9 rated above all noise, one of 0.1 not marked, as one healthy case of two is not."""
    study = marked_study(
        [Mark("2", "A", "PET", 1, 5.0, ""), Mark("3", "A", "PET", 1, 4.0, ""), Mark("0", "A", "PET", None, 4.0, "")],
        [Lesions("0", 0, (), ""), Lesions("1", 0, (), ""), Lesions("2", 2, (0.9, 0.1), ""), Lesions("3", 1, (), "")],
    )
    heavy, tie = 0.9 + 0.1 * 0.25, 0.75
    assert study.figures("wafroc").estimates[0, 0] == pytest.approx((heavy + tie) / 2)
    assert study.figures("afroc").estimates[0, 0] == pytest.approx((1 + 0.25 + tie) / 3)
    assert study.notes[0] == "lesions have the weights that the cases give"


@pytest.mark.parametrize(
    ("weights", "words"), [([0.5, 0.4, 1.0], "add up to 1, got 0.9"), ([1.5, -0.5, 1.0], "above 0, got -0.5")]
)
def test_weights_that_are_none_are_refused(weights: list[float], words: str) -> None:
    with pytest.raises(RuleError, match=words):
        figures_of_marks(
            np.zeros((1, 1, 4)), np.zeros((1, 1, 3)), [2, 2, 3], weights, modalities=["PET"], readers=["A"]
        )


def test_one_diseased_case_is_refused() -> None:
    with pytest.raises(RuleError, match="1 diseased case: two or more are needed"):
        figures_of_marks(np.zeros((1, 1, 4)), np.zeros((1, 1, 1)), [2], [1.0], modalities=["PET"], readers=["A"])
