"""The question of several readers: its document against the outside truth, and what people really deliver."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

import hevesy
from hevesy.answers.answer import Answer
from hevesy.errors import CannotAnswerError, HevesyError, QuestionError
from hevesy.find.readers import RatedStudy
from tests.answers.asking import DATA
from tests.conftest import Run, reference

READINGS, MARKS, CASES = DATA / "readings.csv", DATA / "marks.csv", DATA / "marked_cases.csv"
Row = dict[str, object]


def asked(table: object, **given: object) -> Answer:
    return hevesy.ask("find readers", table=table, **given)


def told(table: object, **given: object) -> dict[str, Any]:
    """The document, as JSON gives it back."""
    found: dict[str, Any] = json.loads(json.dumps(asked(table, **given).document, allow_nan=False))
    return found


def rows_of(path: Path) -> list[Row]:
    with path.open() as file:
        return [dict(row) for row in csv.DictReader(file)]


def test_the_keys_of_the_contract_hold_the_outside_truth() -> None:
    found = told(reference("imaging/own_mrmc.csv"), covariance="delong")
    assert found["auc"] == pytest.approx({"MRI": 0.807224025974026, "PET": 0.931006493506494}, rel=1e-12)
    assert found["difference"] == pytest.approx(-0.123782467532468, rel=1e-12)
    assert found["standard_error"] == pytest.approx(0.030227633806544, rel=1e-10)
    assert found["df"] == pytest.approx(47.3955170618665, rel=1e-10)
    assert found["p_value"] == pytest.approx(0.000163462650912161, rel=1e-10)


def test_marks_are_answered_with_their_cases() -> None:
    found = told(
        reference("imaging/own_froc_marks.csv"), cases=reference("imaging/own_froc_cases.csv"), merit="wafroc1"
    )
    estimates = [[one["estimate"] for one in modality["readers"]] for modality in found["modalities"]]
    assert estimates[0] == pytest.approx([0.705597643098, 0.764730639731, 0.655829124579], rel=1e-9)
    assert found["auc"]["2"] == pytest.approx((0.828388047138 + 0.896990740741 + 0.90382996633) / 3, rel=1e-9)
    assert "the lesions of a case have equal weights" in found["because"]


def test_it_is_typed_as_the_contract_has_it(run: Run) -> None:
    code, printed, _ = run("find", "readers", MARKS, "--cases", CASES, "--json")
    assert code == 0
    assert {"auc", "difference", "standard_error", "df", "p_value"} <= json.loads(printed).keys()
    code, printed, _ = run("find", "readers", READINGS, "--covariance", "unbiased")
    assert code == 0
    assert printed.startswith("AUC, mean of 3 readers: MRI ")


class TestWhatIsDelivered:
    def test_columns_in_capitals_truth_in_words_and_typed_files(self, tmp_path: Path) -> None:
        plain = told(READINGS)
        rows = rows_of(READINGS)
        words = [
            {key.upper(): ({"1": "Positive", "0": "negative"}[str(value)] if key == "truth" else value)
             for key, value in row.items()} | {"remark": ""}
            for row in rows
        ]  # fmt: skip
        typed = [row | {"rating": float(str(row["rating"])), "truth": row["truth"] == "1"} for row in rows]
        frame = polars.DataFrame(typed)
        frame.write_parquet(tmp_path / "readings.parquet")
        for table in (words, frame, tmp_path / "readings.parquet"):
            assert told(table) == plain

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"rating": "definitely"}, "the table, line 5, rating: 'definitely' is not a number"),
            ({"rating": None}, "the table, line 5, rating: the cell is empty, a number is needed"),
            ({"rating": "inf"}, "the table, line 5, rating: 'inf' is not a finite number"),
            ({"truth": "maybe"}, "the table, line 5, truth: 'maybe' does not say whether the case is diseased"),
            ({"truth": "0"}, "case 19 is diseased here and healthy in the table, line 5"),
            ({"reader": ""}, "the table, line 5, reader: the cell is empty, a name is needed"),
            ({"reader": "Reader 1"}, "1 of 16 cases by reader 1 in MRI, 15 of 16 cases by reader Reader 1 in MRI, 16 of 16 cases by reader Reader 1"),
            ({"modality": "mri"}, "'MRI' and 'mri' may be one modality in two spellings"),
            ({"case": "15"}, "the table, line 5: reader 1 rates case 15 in MRI a second time; the first is in the table, line 1"),
        ],
    )  # fmt: skip
    def test_one_bad_cell_is_refused_with_its_place(self, changed: Row, words: str) -> None:
        rows = rows_of(READINGS)
        with pytest.raises(CannotAnswerError) as refused:
            told([*rows[:4], rows[4] | changed, *rows[5:]])
        assert words in str(refused.value)

    @pytest.mark.parametrize(
        ("kept", "words"),
        [
            (lambda row: row["reader"] == "1", "one reader (1) says nothing of other readers: two or more are needed"),
            (lambda row: int(row["case"]) >= 22, "1 diseased case: two or more are needed"),
            (lambda row: int(row["case"]) <= 22, "0 healthy cases: two or more are needed"),
            (
                lambda row: row["modality"] == "MRI" or row["case"] == "15",
                "readings are missing: 15 of 16 cases by reader 1 in PET",
            ),
        ],
    )
    def test_too_few_are_refused_with_what_is_missing(self, kept: object, words: str) -> None:
        with pytest.raises(CannotAnswerError) as refused:
            asked([row for row in rows_of(READINGS) if kept(row)])  # type: ignore[operator]
        assert words in str(refused.value)

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"case": "99"}, "line 3: case 99 is not among the 15 cases"),
            ({"type": "FP"}, "line 3, type: 'FP' is neither LL (a mark on a lesion) nor NL (beside them)"),
            ({"type": "LL"}, "line 3, lesion: a mark on a lesion (LL) names it"),
            ({"lesion": "1"}, "line 3, lesion: a mark beside the lesions (NL) names none, got '1'"),
            ({"rating": "NA"}, "line 3, rating: 'NA' is not a number"),
            ({"diseased": "1", "case": "9"}, "line 3, diseased: case 9 is diseased here and healthy among the cases"),
            ({"type": "LL", "lesion": "7", "case": "15", "diseased": "1"}, "line 3: case 15 has 2 lesions, got lesion 7"),
            ({"type": "LL", "lesion": "1.5", "case": "15", "diseased": "1"}, "a whole number is needed, got 1.5"),
        ],
    )  # fmt: skip
    def test_one_bad_mark_is_refused_with_its_place(self, changed: Row, words: str) -> None:
        rows = rows_of(MARKS)
        with pytest.raises(CannotAnswerError) as refused:
            asked([*rows[:2], rows[2] | changed, *rows[3:]], cases=CASES)
        assert words in str(refused.value)

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"lesions": "0"}, "lesions: a diseased case has a lesion or more and a healthy one none, got 0 of one that is"),
            ({"lesions": "-1"}, "got -1 of one that is diseased"),
            ({"weights": "0.7;x"}, "weights: 'x' is not a weight; write those of the lesions as in 0.7;0.3"),
            ({"weights": "0.7;0.2"}, "the weights of a case's lesions add up to 1, got 0.9"),
        ],
    )  # fmt: skip
    def test_one_bad_case_is_refused_with_its_place(self, changed: Row, words: str) -> None:
        rows = [row | {"weights": ""} for row in rows_of(CASES)]
        place = next(at for at, row in enumerate(rows) if row["lesions"] == "2")
        with pytest.raises(CannotAnswerError) as refused:
            asked(MARKS, cases=[*rows[:place], rows[place] | changed, *rows[place + 1 :]])
        assert words in str(refused.value)
        assert f"the table, line {place + 1}" in str(refused.value)

    def test_weights_of_lesions_are_taken_from_their_column(self) -> None:
        rows = [
            row | {"weights": {"2": "0.9;0.1", "1": "1", "3": "0.6; 0.3; 0.1"}.get(str(row["lesions"]), "")}
            for row in rows_of(CASES)
        ]
        heavy, plain = told(MARKS, cases=rows), told(MARKS, cases=CASES)
        assert heavy["auc"] != plain["auc"]
        assert "lesions have the weights that the cases give" in heavy["because"]

    @pytest.mark.parametrize(
        ("given", "fields"),
        [
            ({"merit": "wafroc"}, ("merit", "cases")),
            ({"cases": CASES, "merit": "auc"}, ("merit", "cases")),
            ({"cases": CASES, "covariance": "delong"}, ("covariance",)),
            ({"merit": "sensitivity"}, ("threshold",)),
            ({"threshold": 4}, ("threshold",)),
            ({"fixed": "both"}, ("fixed",)),
        ],
    )
    def test_what_does_not_go_together_is_refused_by_its_field(self, given: Row, fields: tuple[str, ...]) -> None:
        with pytest.raises(QuestionError) as refused:
            told(MARKS if "cases" in given else READINGS, **given)
        assert refused.value.fields == fields

    def test_a_level_beyond_reason_is_refused(self) -> None:
        with pytest.raises(HevesyError, match="level must lie between 0 and 1, got 95"):
            asked(READINGS, level=95)

    @pytest.mark.parametrize("rating", [lambda row: 3, lambda row: row["truth"]])
    def test_what_does_not_vary_is_said_to_be_no_evidence(self, rating: object) -> None:
        rows = [row | {"rating": rating(row)} for row in rows_of(READINGS)]  # type: ignore[operator]
        answer, found = asked(rows), told(rows)
        assert (found["p_value"], found["standard_error"]) == (None, None)
        assert "cannot be told, and that is no evidence of equality" in str(answer)

    def test_ratings_beyond_reason_have_their_areas_and_no_agreement(self) -> None:
        rows = [row | {"rating": float(str(row["rating"])) * 1e300} for row in rows_of(READINGS)]
        found = told(rows)
        assert found["auc"] == told(READINGS)["auc"]
        assert any("every rating is a finite number, at most 1e+150" in line for line in found["because"])

    def test_cases_of_one_class_have_a_sensitivity_and_no_curve(self) -> None:
        rows = [row for row in rows_of(READINGS) if row["truth"] == "1"]
        answer = asked(rows, merit="sensitivity", threshold=4)
        plain = told(READINGS, merit="sensitivity", threshold=4)
        assert answer.document["estimates"] == plain["estimates"]
        assert answer.document["p_value"] == plain["p_value"]
        with pytest.raises(CannotAnswerError, match="no figure"):
            answer.svg()

    def test_several_modalities_have_one_test_and_no_single_difference(self) -> None:
        more = [row | {"modality": "MRI and PET", "rating": 6 - int(str(row["rating"]))}
                for row in rows_of(READINGS) if row["modality"] == "PET"]  # fmt: skip
        found = told([*rows_of(READINGS), *more])
        assert found["difference"] is None
        assert found["p_value"] == found["equality"]["p_value"]
        assert len(found["differences"]) == 3
        assert "Test of all modalities being equal: p = " in str(asked([*rows_of(READINGS), *more]))

    def test_one_modality_has_its_estimate_alone(self) -> None:
        found = told([row for row in rows_of(READINGS) if row["modality"] == "PET"])
        assert (found["difference"], found["p_value"], found["equality"]) == (None, None, None)
        both = told(READINGS)
        assert found["modalities"] == [both["modalities"][1]]

    @pytest.mark.parametrize(("fixed", "words"), [("readers", "for these readers and"), ("cases", "and these cases")])
    def test_whom_the_answer_is_for_is_said(self, fixed: str, words: str) -> None:
        assert words in told(READINGS, fixed=fixed)["because"][0]


def test_covariances_of_thousands_of_cases_agree() -> None:
    """4,000 cases by 4 readers in 2 modalities, which no square of them would fit: three estimators of one covariance."""
    rng = np.random.default_rng(2)
    diseased = rng.random(4000) < 0.4
    study = RatedStudy(
        modalities=("a", "b"),
        readers=("1", "2", "3", "4"),
        cases=tuple(map(str, range(4000))),
        diseased=diseased,
        ratings=rng.normal(size=(2, 4, 4000)) + diseased,
    )
    found = [study.figures("auc", kind).covariance for kind in ("delong", "jackknife", "unbiased")]
    assert found[1] == pytest.approx(found[0], rel=1e-2, abs=1e-7)
    assert found[2] == pytest.approx(found[0], rel=1e-2, abs=1e-7)
