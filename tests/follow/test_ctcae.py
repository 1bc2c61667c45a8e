"""Laboratory grades against the boundary grid graded by admiral, and their laws."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.follow.ctcae import grade_lab, grade_laboratory, laboratory_terms
from tests.conftest import reference

TO_INTERNAL = {"haemoglobin": 0.1, "platelets": 1.0, "neutrophils": 1.0, "lymphocytes": 1.0}
VERSION = {"v4": "4.03", "v5": "5.0", "v6": "6.0"}


def number(text: str) -> float | None:
    return float(text) if text else None


def flag(text: str | None) -> Any:
    return text.lower() if text else None


def test_every_boundary_is_graded_as_by_admiral() -> None:
    """47 terms in three versions, above, on and below every limit, with limits and baselines missing: 7,101 of 7,101."""
    with reference("ctcae/ctcae_boundary_grid_golden.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7101
    for row in rows:
        ours = grade_laboratory(
            row["TERM"],
            number(row["AVAL"]),
            row["UNIT"] or None,
            VERSION[row["version"]],
            lower_limit=number(row["ANRLO"]),
            upper_limit=number(row["ANRHI"]),
            baseline=number(row["BASE"]),
            baseline_flag=flag(row["BNRIND"]),
            change_percent=number(row["PCHG"]),
        )
        assert ours.grade == (int(row["GRADE"]) if row["GRADE"] else None), (row, ours)
        assert ours.because


def test_the_pilot_studys_laboratory_values_are_graded_as_by_admiral() -> None:
    """Seven tests of 254 subjects in three versions: 52,482 values; version 6.0 has no criterion for few lymphocytes."""
    import polars as pl

    terms = {
        "ALT": "Alanine aminotransferase increased",
        "AST": "Aspartate aminotransferase increased",
        "BILI": "Blood bilirubin increased",
        "CREAT": "Creatinine increased",
        "PLAT": "Platelet count decreased",
        "WBC": "White blood cell decreased",
        "LYMPH": "Lymphocyte count decreased",
    }
    compared = 0
    for row in pl.read_parquet(reference("safety/lab_grades_v456.parquet")).to_dicts():
        if row["PARAMCD"] == "HGB":
            continue
        version = VERSION[row["version"]]
        term = "Thrombocytopenia" if version == "6.0" and row["PARAMCD"] == "PLAT" else terms[row["PARAMCD"]]
        ours = grade_laboratory(
            term,
            row["AVAL"],
            row["UNIT"],
            version,
            lower_limit=row["ANRLO"],
            upper_limit=row["ANRHI"],
            baseline=row["BASE"],
            baseline_flag=flag(row["BNRIND"]),
            change_percent=row["PCHG"],
        )
        assert ours.grade == (None if row["GRADE"] is None else int(row["GRADE"])), (row, ours)
        compared += 1
    assert compared == 52_482


def test_the_pilot_studys_haemoglobin_in_mmol_per_litre_is_graded() -> None:
    """2,499 rows, which admiral leaves ungraded without a word: 34 subjects below the limit, one of them of grade 2."""
    import polars as pl

    worst: dict[str, int] = {}
    rows = [
        row
        for row in pl.read_parquet(reference("safety/lab_grades_v456.parquet")).to_dicts()
        if row["PARAMCD"] == "HGB"
    ]
    rows = [row for row in rows if row["version"] == "v5"]
    for row in rows:
        found = grade_laboratory("Anemia", row["AVAL"], "mmol/L", "5.0", lower_limit=row["ANRLO"])
        assert found.grade is not None
        worst[row["USUBJID"]] = max(worst.get(row["USUBJID"], 0), found.grade)
    assert len(rows) == 2499
    assert sum(grade >= 1 for grade in worst.values()) == 34
    assert sum(grade >= 2 for grade in worst.values()) == 1


@pytest.mark.parametrize(
    ("term", "value", "unit", "grade"),
    [
        ("Hypercalcemia", 13.6, "mg/dL", 4), ("Hypercalcemia", 13.5, "MG/DL", 3), ("Hypercalcemia", 3.41, "MMOL/L", 4),
        ("Hypercalcemia", 5.9, "mEq/L", 2), ("Hypoglycemia", 39.9, "mg/dL", 3), ("Hypoglycemia", 2.19, "mmol/L", 3),
        ("Hypoglycemia", 0.399, "g/L", 3), ("Hypokalemia", 2.4, "mEq/L", 4), ("Hyponatremia", 129, "mmol/L", 3),
        ("Hyponatremia", 129.5, "mmol/L", 1), ("Cholesterol high", 401, "mg/dL", 3), ("Hypoalbuminemia", 1.9, "g/dL", 3),
        ("Hypertriglyceridemia", 1001, "mg/dL", 4), ("CD4 lymphocytes decreased", 49, "cells/uL", 4), ("Fibrinogen decreased", 49, "mg/dL", 4),
    ],
)  # fmt: skip
def test_each_system_of_units_has_its_printed_limits(term: str, value: float, unit: str, grade: int) -> None:
    """CTCAE prints mg/dL beside mmol/L, and rounds: values in a unit are held against the limits printed in it."""
    assert grade_laboratory(term, value, unit, "5.0", lower_limit=1e3, upper_limit=1e-3).grade == grade


@pytest.mark.parametrize(
    ("term", "given", "words"),
    [
        ("Platelet count decreased", {"value": float("nan"), "lower_limit": 150}, "0 or more"),
        ("Hypercalcemia", {"value": float("inf"), "upper_limit": 2.6}, "0 or more"),
        (
            "Creatinine increased",
            {"value": 2.0, "upper_limit": 0.0},
            "the upper limit of normal is no value to compare with: 0",
        ),
        (
            "Creatinine increased",
            {"value": 2.0, "upper_limit": 1.0, "baseline": float("nan")},
            "the baseline is no value",
        ),
        ("Fibrinogen decreased", {"value": 2.0, "lower_limit": 1.8, "change_percent": float("nan")}, "no number"),
    ],
)
def test_what_is_no_number_has_no_grade(term: str, given: dict[str, float], words: str) -> None:
    value = given.pop("value")
    unit = {"Hypercalcemia": "mmol/L", "Fibrinogen decreased": "g/L", "Platelet count decreased": "10^9/L"}.get(term)
    found = grade_laboratory(term, value, unit, "5.0", **given)  # type: ignore[arg-type]
    assert found.grade is None
    assert words in found.because


def test_neutrophils_of_0_4_are_grade_3_in_version_6() -> None:
    assert grade_laboratory("Neutrophil count decreased", 0.4, "10^9/L", "6.0").grade == 3
    assert grade_laboratory("Neutrophil count decreased", 0.4, "10^9/L", "5.0").grade == 4


@given(
    st.sampled_from(laboratory_terms("5.0")),
    st.floats(0, 1e3),
    st.sampled_from([None, 1.0, 20.0]),
    st.sampled_from([None, 0.5, 30.0]),
)
def test_a_bound_holds_whatever_was_missing(
    term: str, value: float, limit: float | None, baseline: float | None
) -> None:
    """Where a limit or a baseline is missing, the answer with any of them lies at or below the bound, or it is the same grade or worse."""
    unit = "mmol/L" if term.startswith("Hyp") and "albumin" not in term and "uric" not in term else None
    less = grade_laboratory(term, value, unit, "5.0", baseline=baseline)
    more = grade_laboratory(term, value, unit, "5.0", lower_limit=limit, upper_limit=limit, baseline=baseline)
    if less.grade is None and less.at_most is not None and more.grade is not None:
        assert more.grade <= less.at_most


@pytest.mark.parametrize(
    ("value", "unit", "grade"),
    [(100, "g/L", 1), (99.9, "g/L", 2), (10, "g/dL", 1), (6.2, "mmol/L", 1), (6.19, "mmol/L", 2), (4.9, "mmol/L", 2), (4.89, "mmol/L", 3), (79.9, "g/L", 3)],
)  # fmt: skip
def test_haemoglobin_in_each_of_its_units(value: float, unit: str, grade: int) -> None:
    """CTCAE prints 10.0 g/dL, 100 g/L and 6.2 mmol/L as one limit."""
    assert grade_lab("haemoglobin", value, unit, "4.03", 13.0).grade == grade


def test_neutrophils_of_0_4_are_grade_4_in_these_versions() -> None:
    assert [grade_lab("neutrophils", 0.4, "10^9/L", version, 2.0).grade for version in ("4.03", "5.0")] == [4, 4]


@given(st.sampled_from(["10^9/L", "10^3/uL", "G/L"]), st.floats(0, 400))
def test_a_grade_does_not_depend_on_the_way_the_unit_is_written(unit: str, value: float) -> None:
    assert (
        grade_lab("platelets", value, unit, "5.0", 150).grade
        == grade_lab("platelets", value * 1000, "/uL", "5.0", 150).grade
    )


@given(st.sampled_from(sorted(TO_INTERNAL)), st.floats(0, 400), st.floats(0, 400))
def test_a_lower_count_is_never_of_a_lower_grade(test: str, one: float, other: float) -> None:
    unit = "g/dL" if test == "haemoglobin" else "10^9/L"
    lower, higher = sorted((one, other))
    assert (grade_lab(test, lower, unit, "5.0", 2.0).grade or 0) >= (
        grade_lab(test, higher, unit, "5.0", 2.0).grade or 0
    )


@pytest.mark.parametrize(
    ("term", "value", "unit", "words"),
    [
        ("Hypercalcaemia", 3.0, "mmol/L", "no laboratory criterion for 'Hypercalcaemia'; nearest are Hypercalcemia"),
        ("Hypercalcemia", 3.0, "furlong", "'furlong' is not a unit of calcium; known are mmol/L, mg/dL"),
        ("Hypercalcemia", 3.0, None, "a unit of calcium is missing"),
        ("Hypercalcemia", -3.0, "mmol/L", "not negative"),
        ("Alanine aminotransferase increased", 90.0, "U/L", "no upper limit of normal is given"),
        ("Hypoalbuminemia", 300.0, "umol/L", "'umol/L' is not a unit of albumin"),
    ],
)
def test_a_term_that_cannot_be_graded_says_why(term: str, value: float, unit: str | None, words: str) -> None:
    found = grade_laboratory(term, value, unit, "5.0")
    assert found.grade is None
    assert words in found.because


@pytest.mark.parametrize(
    ("test", "value", "unit", "limit", "words"),
    [
        ("platelets", None, "10^9/L", 150, "no value"),
        ("platelets", 200, None, 150, "unit of cell count is missing"),
        ("platelets", 200, "g/L", 150, "'g/L' is not a unit of cell count"),
        ("platelets", 200, "10^9/L", None, "no lower limit of normal"),
        ("creatinine", 1, "mg/dL", None, "no laboratory criterion"),
    ],
)  # fmt: skip
def test_what_cannot_be_graded_says_why(
    test: str, value: float | None, unit: str | None, limit: float | None, words: str
) -> None:
    found = grade_lab(test, value, unit, "4.03", limit)
    assert found.grade is None
    assert words in found.because
