"""Readings and marks brought in order: what cannot be a study of readers is refused by its place, and said in words."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from hevesy.errors import RuleError
from hevesy.find.readers import (
    Lesions,
    Mark,
    Rated,
    agreement_of_marks,
    agreement_of_ratings,
    marked_study,
    rated_study,
)


def readings(cases: int = 6, readers: str = "AB", modalities: tuple[str, ...] = ("MRI", "PET")) -> list[Rated]:
    return [
        Rated(str(case), reader, modality, case % 2 == 0, float((case * 7 + place) % 5), f"row {place}")
        for place, (modality, reader, case) in enumerate(itertools.product(modalities, readers, range(cases)), start=1)
    ]


def test_a_study_has_modalities_and_readers_in_order_and_cases_as_they_come() -> None:
    rows = readings(modalities=("10", "9"), readers="BA")[::-1]
    found = rated_study(rows)
    assert (found.modalities, found.readers, found.cases) == (("9", "10"), ("A", "B"), ("5", "4", "3", "2", "1", "0"))
    for at, reader, case in itertools.product(range(2), range(2), range(6)):
        (row,) = [
            one
            for one in rows
            if (one.modality, one.reader, one.case) == (found.modalities[at], found.readers[reader], found.cases[case])
        ]
        assert found.ratings[at, reader, case] == row.rating
        assert found.diseased[case] == row.diseased


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "there are no readings"),
        (
            [*readings(), readings()[3]],
            "row 4: reader A rates case 3 in MRI a second time; the first is in row 4",
        ),
        (
            readings()[:-1],
            "every reader rates every case in every modality, but 1 of 24 readings are missing: case 5 by reader B in PET",
        ),
        (
            readings()[:13],
            "but 11 of 24 readings are missing: 5 of 6 cases by reader A in PET, 6 of 6 cases by reader B in PET",
        ),
        (
            [one._replace(diseased=True) if one.place == "row 14" else one for one in readings()],
            "row 14: case 1 is diseased here and healthy in row 2",
        ),
        ([one._replace(reader="b ") if one.place == "row 20" else one for one in readings()], "'B' and 'b ' may be one reader"),
        ([one._replace(modality="pet") if one.place == "row 20" else one for one in readings()], "may be one modality"),
        ([one._replace(case="05") if one.place == "row 24" else one for one in readings()], "'5' and '05' may be one case"),
    ],
)  # fmt: skip
def test_what_is_no_factorial_study_is_refused(rows: list[Rated], words: str) -> None:
    with pytest.raises(RuleError) as refused:
        rated_study(rows)
    assert words in str(refused.value)


def test_names_that_only_look_alike_stay_two() -> None:
    rows = [one._replace(case={"1": "1.1", "2": "1.10", "3": "11"}.get(one.case, one.case)) for one in readings()]
    assert len(rated_study(rows).cases) == 6


CASES = [
    Lesions("1", 0, (), "case row 1"),
    Lesions("2", 0, (), "case row 2"),
    Lesions("3", 1, (), "case row 3"),
    Lesions("4", 2, (), "case row 4"),
]
MARK = Mark("4", "A", "PET", 2, 3.0, "row 1")


def test_marks_find_their_places_and_the_highest_counts() -> None:
    marks = [
        MARK,
        MARK._replace(rating=5.0, place="row 2"),
        MARK._replace(case="1", lesion=None, rating=2.0),
        MARK._replace(case="1", lesion=None, rating=4.0),
        MARK._replace(case="3", lesion=None, rating=1.0),
    ]
    found = marked_study(marks, CASES)
    none = -math.inf
    assert found.noise[0, 0].tolist() == [4, none, 1, none]
    assert found.lesions[0, 0].tolist() == [none, none, 5]
    assert found.case_of_lesion.tolist() == [2, 3, 3]
    assert found.weights.tolist() == [1, 0.5, 0.5]
    assert found.marked[0, 0].tolist() == [True, False, True, True]
    assert found.notes[-1] == "one lesion marked again by the same reader: the highest rating counts (row 2)"


@pytest.mark.parametrize(
    ("marks", "cases", "words"),
    [
        ([], CASES, "there are no marks"),
        ([MARK._replace(case="9")], CASES, "row 1: case 9 is not among the 4 cases"),
        ([MARK._replace(lesion=3)], CASES, "row 1: case 4 has 2 lesions, got lesion 3"),
        ([MARK._replace(lesion=0)], CASES, "row 1: case 4 has 2 lesions, got lesion 0"),
        ([MARK._replace(case="1", lesion=1)], CASES, "row 1: case 1 has no lesion"),
        ([MARK], [*CASES, CASES[0]._replace(place="case row 5")], "case row 5: case 1 stands there twice"),
        ([MARK, MARK._replace(reader="B"), MARK._replace(modality="MRI")], CASES, "reader B has no mark in MRI"),
        ([MARK._replace(case="04")], CASES, "'4' and '04' may be one case in two spellings"),
        ([MARK], [*CASES[:3], Lesions("4", 2, (1.0,), "case row 4")], "case row 4: case 4 has 2 lesions and 1 weights"),
        ([MARK], [*CASES[:3], Lesions("4", 2, (0.5, 0.6), "case row 4")], "add up to 1, got 1.1"),
    ],
)
def test_marks_that_have_no_place_are_refused(marks: list[Mark], cases: list[Lesions], words: str) -> None:
    with pytest.raises(RuleError) as refused:
        marked_study(marks, cases)
    assert words in str(refused.value)


class TestAgreement:
    def test_few_ratings_are_categories_and_many_a_measurement(self) -> None:
        found = agreement_of_ratings(rated_study(readings()))
        assert [one.weights for one in found] == ["quadratic", "quadratic"]
        assert all(pair.kappa and not pair.limits for one in found for pair in one.pairs)
        study = rated_study(readings(cases=12))
        many = replace(study, ratings=study.ratings + np.arange(12) / 100)
        found = agreement_of_ratings(many)
        assert all(pair.limits and not pair.kappa for one in found for pair in one.pairs)
        assert all(one.intraclass and not one.several for one in found)

    def test_ratings_that_are_all_equal_have_no_kappa_and_say_so(self) -> None:
        study = rated_study([one._replace(rating=2.0) for one in readings()])
        (first, _) = agreement_of_ratings(study)
        assert first.pairs[0].kappa is None
        assert first.pairs[0].because == "every rating is 2: by chance the readers would agree as well"
        assert first.because == ("MRI: every rating is 2: by chance the readers would agree as well",)

    def test_marks_agree_on_whether_a_case_bears_one(self) -> None:
        marks = [MARK, MARK._replace(reader="B"), MARK._replace(reader="B", case="1", lesion=None)]
        (found,) = agreement_of_marks(marked_study(marks, CASES))
        assert found.pairs[0].kappa is not None
        assert found.pairs[0].kappa.observed == 0.75
        assert found.intraclass == ()
