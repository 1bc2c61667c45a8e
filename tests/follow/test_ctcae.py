"""Laboratory grades against the boundary grid graded by admiral, and their laws."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.follow.ctcae import grade_lab
from tests.conftest import reference

TERMS = {
    "Anemia": "haemoglobin",
    "Platelet count decreased": "platelets",
    "Neutrophil count decreased": "neutrophils",
    "Lymphocyte count decreased": "lymphocytes",
}
TO_INTERNAL = {"haemoglobin": 0.1, "platelets": 1.0, "neutrophils": 1.0, "lymphocytes": 1.0}


def test_every_boundary_of_the_four_counts_is_graded_as_by_admiral() -> None:
    versions = {"v4": "4.03", "v5": "5.0"}
    compared = 0
    with reference("ctcae/ctcae_boundary_grid_golden.csv").open() as file:
        for row in csv.DictReader(file):
            if row["TERM"] not in TERMS or row["version"] not in versions:
                continue
            test = TERMS[row["TERM"]]
            value = float(row["AVAL"]) if row["AVAL"] else None
            limit = float(row["ANRLO"]) * TO_INTERNAL[test] if row["ANRLO"] else None
            ours = grade_lab(test, value, row["UNIT"], versions[row["version"]], limit)
            assert ours.grade == (int(row["GRADE"]) if row["GRADE"] else None), (row, ours)
            assert ours.because
            compared += 1
    assert compared > 200


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
    assert grade_lab("platelets", value, unit, "5.0", 150).grade == grade_lab("platelets", value * 1000, "/uL", "5.0", 150).grade


@given(st.sampled_from(sorted(TO_INTERNAL)), st.floats(0, 400), st.floats(0, 400))
def test_a_lower_count_is_never_of_a_lower_grade(test: str, one: float, other: float) -> None:
    unit = "g/dL" if test == "haemoglobin" else "10^9/L"
    lower, higher = sorted((one, other))
    assert (grade_lab(test, lower, unit, "5.0", 2.0).grade or 0) >= (grade_lab(test, higher, unit, "5.0", 2.0).grade or 0)


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
def test_what_cannot_be_graded_says_why(test: str, value: float | None, unit: str | None, limit: float | None, words: str) -> None:
    found = grade_lab(test, value, unit, "4.03", limit)
    assert found.grade is None
    assert words in found.because
