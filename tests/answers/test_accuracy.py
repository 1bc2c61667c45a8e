"""The two questions about accuracy from delivered tables: the study of 36, and tables that are not as they should be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.errors import CannotAnswerError, HevesyError, QuestionError
from tests.conftest import REFERENCE

SUBJECTS = REFERENCE.parent / "demo" / "imaging124" / "sources" / "img_subject.csv"
TESTS = ["pet_positive_48h", "mri_positive"]
Rows = Sequence[Mapping[str, object]]


def asked(table: object, **given: Any) -> dict[str, Any]:
    return hevesy.ask("find accuracy", table, **({"truth": "truth", "test": ["pet"]} | given)).document


def rows(*cases: tuple[object, ...], names: str = "patient truth pet") -> list[dict[str, object]]:
    return [dict(zip(names.split(), case, strict=True)) for case in cases]


def counts(document: Mapping[str, Any], test: int = 0) -> tuple[int, ...]:
    return tuple(document["tests"][test]["counts"][key] for key in ("tp", "fn", "fp", "tn"))


@pytest.fixture(scope="module")
def imaging124() -> Path:
    if not SUBJECTS.exists():
        pytest.skip(f"outside truth absent: {SUBJECTS}")
    return SUBJECTS


@pytest.mark.parametrize("truth", ["pathology_truth", "truth_tumour"])
def test_the_study_of_36_by_pathology_and_by_yes_or_no(imaging124: Path, truth: str) -> None:
    found = asked(imaging124, truth=truth, test=TESTS, by="arm_mCi")
    assert (counts(found), counts(found, 1)) == ((24, 2, 3, 7), (23, 3, 6, 4))
    sensitivity, specificity = found["comparison"]["sensitivity"], found["comparison"]["specificity"]
    assert (sensitivity["mcnemar"]["exact_p"], round(sensitivity["mcnemar"]["mid_p"], 2)) == (1.0, 0.69)
    assert (specificity["mcnemar"]["exact_p"], specificity["mcnemar"]["mid_p"]) == (0.25, 0.125)
    apart = {
        (one["column"], one["value"]): [
            tuple(test[key][part] for key in ("sensitivity", "specificity") for part in ("x", "n"))
            for test in one["tests"]
        ]
        for one in found["groups"]
    }
    assert apart["arm_mCi", "5.0"][0] == (12, 13, 4, 5)
    assert apart["arm_mCi", "7.5"][0] == (12, 13, 3, 5)
    assert apart["presentation", "suspected recurrence"] == [(13, 14, 7, 10), (13, 14, 4, 10)]
    assert apart["presentation", "newly diagnosed"] == [(11, 12, 0, 0), (10, 12, 0, 0)]
    assert any("say nothing on specificity" in line for line in found["because"])


@pytest.mark.parametrize(
    ("yes", "no"),
    [("1", "0"), (1, 0), (True, False), ("yes", "no"), ("Positive", "NEGATIVE"), ("1.0", "0.0"), (" y ", "n")],
)
def test_words_of_a_reading(yes: object, no: object) -> None:
    found = asked(rows(("A", 1, yes), ("B", 1, no), ("C", 0, yes), ("D", 0, no)))
    assert counts(found) == (1, 1, 1, 1)


def test_not_readable_missing_and_not_told_are_three_things() -> None:
    found = asked(
        rows(("A", "yes", "indeterminate"), ("B", "yes", ""), ("C", "", "1"), ("D", "yes", "1"), ("E", "no", "0"))
    )
    (test,) = found["tests"]
    assert "taken as not readable: indeterminate" in found["because"]
    assert counts(found) == (1, 0, 0, 1)
    assert (test["not_readable"], test["missing"]) == (["A"], ["B"])
    assert [one["case"] for one in found["not_counted"]] == ["C"]
    assert test["intention_to_diagnose"]["counts"] == {"tp": 1, "fn": 1, "fp": 0, "tn": 1}


def test_cases_without_a_truth_correct_what_is_expected_of_all() -> None:
    """Hepatic scintigraphy (Drum and Christacopoulos 1972) as Begg and Greenes correct it, given case by case."""
    table = rows(
        *(
            (f"{truth or '?'}-{says}-{place}", truth, says)
            for truth, says, count in ((1, 1, 231), (1, 0, 27), (0, 1, 32), (0, 0, 54), ("", 1, 166), ("", 0, 140))
            for place in range(count)
        )
    )
    corrected = asked(table)["tests"][0]["corrected"]
    assert (corrected["verified"], corrected["not_verified"]) == (344, 306)
    assert corrected["sensitivity"]["estimate"] == pytest.approx(0.8365, abs=5e-5)
    assert corrected["specificity"]["estimate"] == pytest.approx(0.7384, abs=5e-5)


def test_predictive_values_with_newly_diagnosed_are_said_to_be_off() -> None:
    new = [(f"N{n}", int(n < 8), 1, "newly diagnosed") for n in range(12)]
    suspected = [(f"R{n}", n // 2, n % 2, "suspected recurrence") for n in range(4)]
    found = asked(rows(*new, *suspected, names="patient truth pet presentation"))
    assert found["tests"][0]["ppv"]["estimate"] == 9 / 10  # of the 14 who are positive 9 have a tumour
    assert any("PPV is too high" in line for line in found["because"])
    alone = asked(rows(*suspected, names="patient truth pet presentation"))
    assert not any("PPV" in line for line in alone["because"])


def test_a_truth_of_one_kind_leaves_specificity_untold() -> None:
    answer = hevesy.ask("find accuracy", rows(("A", 1, 1), ("B", 1, 0)), truth="truth", test=["pet"])
    document: dict[str, Any] = answer.document
    (test,) = document["tests"]
    assert test["specificity"]["estimate"] is None
    assert "cannot be told" in test["specificity"]["because"]
    assert "specificity cannot be told" in str(answer)


def test_a_patient_who_repeats_makes_clusters_without_being_asked() -> None:
    table = rows(("A", 1, 1, 1), ("A", 1, 1, 2), ("B", 0, 0, 1), ("C", 1, 0, 1), names="patient truth pet lesion")
    found = asked(table)
    assert found["clustered"]
    assert found["tests"][0]["sensitivity"]["clustered"]["clusters"] == 2
    assert any("clusters" in line for line in found["because"])
    assert found["per_patient"][0]["counts"] == {"tp": 1, "fn": 1, "fp": 0, "tn": 1}


def test_rows_alike_in_every_cell_are_counted_and_said() -> None:
    answer = hevesy.ask(
        "find accuracy", rows(("A", 1, 1), ("A", 1, 1), ("B", 0, 0), ("C", 1, 0)), truth="truth", test=["pet"]
    )
    assert counts(answer.document) == (2, 1, 0, 1)
    assert "lines alike in every cell count each: 1 and 2" in str(answer)


def test_without_a_patient_every_row_is_one_and_that_is_said() -> None:
    answer = hevesy.ask("find accuracy", rows((1, 1), (0, 0), names="truth pet"), truth="truth", test=["pet"])
    assert not answer.document["clustered"]
    assert "no column names the patient" in str(answer)


def test_a_column_of_that_name_with_other_words_is_not_read_and_that_is_said() -> None:
    table = rows(("A", 1, 1, "headache"), ("B", 0, 0, "seizure"), names="patient truth pet presentation")
    found = asked(table)
    assert found["groups"] == []
    assert any("presentation is not read" in line for line in found["because"])


def test_scores_have_areas_and_a_threshold_and_are_not_mixed_with_readings() -> None:
    table = rows(
        ("A", 1, 2.5, 1), ("B", 1, 3.0, 1), ("C", 0, 1.0, 0), ("D", 0, 2.0, 1), ("E", 1, "not readable", 1),
        names="patient truth tbr pet",
    )  # fmt: skip
    found = asked(table, test=["tbr", "pet"])
    score, reading = found["tests"]
    assert (score["kind"], reading["kind"]) == ("score", "reading")
    assert score["auc"]["estimate"] == 1.0
    assert score["auc"]["lower"] < 1  # never of no length
    assert score["auc"]["delong"] is None
    assert score["threshold"]["threshold"] == 2.25
    assert score["missing"] == ["E"]
    assert found["comparison"] is None


REFUSED: list[tuple[Rows, dict[str, Any], str]] = [
    (rows(("A", 1, "maybe")), {}, r"line 1|row 1.*pet.*'maybe' is no word for a reading"),
    (rows(("A", "cured", 1)), {}, r"truth: 'cured' is no word for a truth"),
    (rows(("A", 1, 1), ("B", 0, 2), ("C", 0, 1)), {}, r"pet: 1 and 2 are no readings"),
    (rows(("A", 1, 1)), {"test": ["truth"]}, r"'truth' is the truth and the test"),
    (rows(("A", 1, 1)), {"test": ["pet", "pet"]}, r"one test"),
    (rows(("A", 1, 1)), {"test": ["ct"]}, r"has no column 'ct'"),
    (rows(("A", 1, 1), ("", 0, 0)), {"cluster": "patient"}, r"line 2, patient: the cell is empty"),
    (rows(("A", "non-diagnostic", 1)), {}, r"of none is the truth known"),
    (rows(("A", 1, "inf"), ("B", 0, 0.5), ("C", 1, 0.7)), {}, r"not a finite number"),
    (
        rows(("A", 1, 1, 1), ("A", 0, 0, 1), names="patient truth pet lesion"), {},
        r"A, lesion 1 stands twice \(line 1 and line 2\)",
    ),
    (
        rows(("A", "mixed", 1, 40), ("B", 1, 1, ""), names="patient truth pet viable"),
        {"viable": "viable"}, r"20 % is 0\.2\), got 40",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("table", "given", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_what_is_refused_with_its_place(table: Rows, given: dict[str, Any], words: str) -> None:
    with pytest.raises(HevesyError, match=words):
        asked(table, **given)


def test_a_level_that_is_none_and_a_share_without_its_column_are_asked_wrongly() -> None:
    table = rows(("A", 1, 1), ("B", 0, 0))
    with pytest.raises(QuestionError, match="viable"):
        asked(table, viable_from=0.2)
    with pytest.raises(HevesyError, match="level must lie"):
        asked(table, level=95)


def numbers_of(value: object) -> list[float]:
    if isinstance(value, Mapping):
        return [each for inside in value.values() for each in numbers_of(inside)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [each for inside in value for each in numbers_of(inside)]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize("pattern", ["11", "10", "01", "00", "1100", "1010", "1111", "0000", "1110"])
@pytest.mark.parametrize("lesions", [1, 2])
def test_no_number_of_an_answer_is_infinite_or_none(pattern: str, lesions: int) -> None:
    table = rows(
        *(
            (f"P{place}", lesion, place % 2, int(said), (place * 7 + lesion * 3) % 5 + 0.5, 1 - int(said))
            for place, said in enumerate(pattern)
            for lesion in range(lesions)
        ),
        names="patient lesion truth pet tbr mri",
    )
    found = numbers_of(asked(table, test=["pet", "mri", "tbr"]))
    assert found
    assert all(map(math.isfinite, found))


def after(table: object, **given: Any) -> dict[str, Any]:
    return hevesy.ask("find after-radiotherapy", table, **({"test": "pet", "days": "days"} | given)).document


TIMED = "patient truth pet days"


def test_treatment_effect_by_time_with_errors_worked_by_hand() -> None:
    """Ten suspected recurrences: 4 of 5 with progression found; of 5 without, 1 necrosis of 2 and 1 of 3 called."""
    table = rows(
        ("A", "recurrence", 1, 30), ("B", "recurrence", 1, 100), ("C", "recurrence", 1, 300), ("D", "recurrence", 1, 400),
        ("E", "recurrence", 0, 84), ("F", "pseudoprogression", 1, 20), ("G", "pseudoprogression", 0, 83),
        ("H", "pseudoprogression", 0, 40), ("I", "radiation necrosis", 1, 400), ("J", "radiation necrosis", 0, 180),
        names=TIMED,
    )  # fmt: skip
    found = after(table, prevalence=0.8)
    assert [(one["from_d"], one["to_d"], one["cases"]) for one in found["intervals"]] == [
        (0, 84, 4), (84, 180, 2), (180, None, 4)
    ]  # fmt: skip
    early = found["intervals"][0]
    assert (early["sensitivity"]["x"], early["sensitivity"]["n"]) == (1, 1)
    assert (early["specificity"]["x"], early["specificity"]["n"]) == (2, 3)
    assert found["intervals"][1]["specificity"]["estimate"] is None
    seen, given = found["per_hundred"]
    assert (seen["prevalence"], seen["observed"]) == (0.5, True)
    assert [seen[key]["estimate"] for key in ("therapies_stopped", "operations_for_necrosis", "recurrences_missed")] == [
        pytest.approx(20), pytest.approx(10), pytest.approx(10)
    ]  # fmt: skip
    assert [given[key]["estimate"] for key in ("therapies_stopped", "operations_for_necrosis", "recurrences_missed")] == [
        pytest.approx(100 * 0.2 * 2 / 5), pytest.approx(100 * 0.2 / 5), pytest.approx(100 * 0.8 / 5)
    ]  # fmt: skip
    assert given["recurrences_missed"]["lower"] < 16 < given["recurrences_missed"]["upper"]


@pytest.mark.parametrize("untold", ["", "NA", "not known"])
def test_newly_diagnosed_are_left_out_and_a_truth_of_yes_or_no_knows_no_necrosis(untold: str) -> None:
    table = rows(
        ("A", 1, 1, 30, "newly diagnosed"), ("B", 1, 1, 100, "recurrence"), ("C", 0, 1, untold, "recurrence"),
        names=f"{TIMED} presentation",
    )  # fmt: skip
    found = after(table)
    assert found["newly_diagnosed"] == ["A"]
    assert found["cases"] == 2
    assert found["without_time"] == ["C"]
    assert found["per_hundred"][0]["operations_for_necrosis"]["estimate"] is None


def test_without_treatment_effects_what_they_would_suffer_cannot_be_told() -> None:
    (seen,) = after(rows(("A", "recurrence", 1, 30), ("B", "recurrence", 0, 100), names=TIMED))["per_hundred"]
    assert seen["therapies_stopped"]["estimate"] is None
    assert seen["recurrences_missed"]["estimate"] == 50


def test_dates_are_as_good_as_days() -> None:
    table = rows(
        ("A", "recurrence", 1, "2016-01-01", "2016-03-24"), ("B", "pseudoprogression", 0, "2016-01-01", "2016-03-25"),
        names="patient truth pet end scan",
    )  # fmt: skip
    found = after(table, days=None, end="end", scan="scan")
    assert [one["cases"] for one in found["intervals"]] == [1, 1, 0]  # 83 and 84 days of a leap year


@pytest.mark.parametrize(
    ("table", "given", "words"),
    [
        (rows(("A", "recurrence", 1, -3), names=TIMED), {}, "3 days before the end of radiotherapy"),
        (rows(("A", "recurrence", 1, 40000), names=TIMED), {}, "more than a hundred years"),
        (rows(("A", "recurrence", 1, "soon"), names=TIMED), {}, "'soon' is not a number"),
        (rows(("A", "recurrence", 1, 3), names="patient truth pet weeks"), {"days": "weeks"}, "weeks are no days"),
        (rows(("A", "new tumour", 1, 3), names=TIMED), {}, "no case is a suspected recurrence"),
        (rows(("A", "recurrence", 1, 3), names=TIMED), {"boundaries": "90d,30d"}, "boundaries rise"),
        (rows(("A", "recurrence", 1, 3), names=TIMED), {"prevalence": 60.0}, "a share in 0..1, got 60"),
        (rows(("A", "recurrence", 1, 3), names=TIMED), {"end": "days"}, "one of days and end"),
        (
            rows(("A", "recurrence", 1, "03/04/2016", "2016-06-01"), names="patient truth pet end scan"),
            {"days": None, "end": "end", "scan": "scan"},
            "'03/04/2016' is not a date",
        ),
    ],
)
def test_what_is_refused_of_times(table: Rows, given: dict[str, Any], words: str) -> None:
    with pytest.raises((CannotAnswerError, QuestionError), match=words):
        after(table, **given)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (rows(("P1", 1, 1), ("p1", 0, 1)), r"lines? 1 and 2, patient: 'P1' and 'p1' may be one in two spellings"),
        (rows(("01", 1, 1), ("1", 0, 1)), r"'01' and '1' may be one in two spellings"),
        (rows(("P-1", 1, 1), ("P 1", 0, 1)), r"'P-1' and 'P 1' may be one in two spellings"),
        (
            rows(("A", 1, 1, "L1"), ("A", 0, 1, "l1"), names="patient truth pet lesion"),
            r"lesion: 'L1' and 'l1' may be one in two spellings",
        ),
    ],
)
def test_a_patient_or_lesion_in_two_spellings_is_not_counted_as_two(table: Rows, words: str) -> None:
    with pytest.raises(HevesyError, match=words):
        asked(table)


def test_lesions_of_two_patients_may_be_spelled_in_two_ways() -> None:
    table = rows(("A", 1, 1, "L1"), ("B", 0, 1, "l1"), names="patient truth pet lesion")
    assert counts(asked(table)) == (1, 0, 1, 0)


@pytest.mark.parametrize("code", ["2", "8", "9", "99", "-1", "-9", "999"])
def test_a_code_beside_1_and_0_is_no_score(code: str) -> None:
    table = rows(("A", 1, 1), ("B", 0, code), ("C", 1, 0), ("D", 0, 0))
    with pytest.raises(HevesyError, match=rf"pet: {code} beside 1 and 0 is a code of which nobody said the meaning"):
        asked(table)


def test_groups_of_one_word_are_one_whatever_surrounds_it() -> None:
    found = asked(
        rows(("A", 1, 1, "5"), ("B", 1, 0, "5 "), ("C", 0, 0, "7.5"), names="patient truth pet dose"), by="dose"
    )
    assert [one["value"] for one in found["groups"] if one["column"] == "dose"] == ["5", "7.5"]


@pytest.mark.parametrize("code", [999, -9])
def test_what_may_be_a_code_among_scores_is_warned_of(code: int) -> None:
    table = rows(("A", 1, 3.5), ("B", 0, code), ("C", 1, 2.5), ("D", 0, 1.5), ("E", 1, 2.0))
    assert any(f"pet: {code} (line 2) may be a code for not done" in line for line in asked(table)["because"])


def test_scores_without_a_code_are_not_warned_of() -> None:
    tenfold = rows(("A", 1, 3.5), ("B", 0, 99), ("C", 1, 80), ("D", 0, 1.5))
    below_nought = rows(("A", 1, -9), ("B", 0, -4), ("C", 1, 80), ("D", 0, 1.5))
    for table in (tenfold, below_nought):
        assert not any("may be a code" in line for line in asked(table)["because"])
