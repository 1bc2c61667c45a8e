"""Adverse-event terms against the NCI's own tables."""

from __future__ import annotations

import csv

import pytest

from hevesy.follow.terms import check_term, unknown_terms
from tests.conftest import reference


@pytest.mark.parametrize(("version", "count"), [("5.0", 837), ("6.0", 850)])
def test_every_term_of_the_nci_is_known_with_its_class_and_grades(version: str, count: int) -> None:
    with reference(f"ctcae/ctcae_v{version}_terms.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    for row in rows:
        found = check_term(row["term"], version)
        assert (found.term, found.organ_class, found.exact) == (
            row["term"].strip(),
            row["soc"].strip(),
            row["term"] == row["term"].strip(),
        )
        assert list(found.grades) == [grade for grade in range(1, 6) if row[f"g{grade}"].strip() not in ("", "-")]


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [("Anaemia", "Anemia"), ("Diarrhoea", "Diarrhea"), ("Oedema limbs", "Edema limbs"), ("Platelet count decresed", "Platelet count decreased"),
     ("Febrile neutropaenia", "Febrile neutropenia"), ("Dyspnoea", "Dyspnea"), ("Hypercalcaemia", "Hypercalcemia")],
)  # fmt: skip
def test_another_spelling_is_suggested_and_not_taken(written: str, suggestion: str) -> None:
    found = check_term(written, "5.0")
    assert (found.term, found.suggestions[0]) == (None, suggestion)
    assert f"'{written}' is no term of CTCAE 5.0; nearest are {suggestion}" in found.because


def test_a_term_that_went_is_unknown_in_the_new_version() -> None:
    """Version 6.0 grades few platelets as thrombocytopenia."""
    assert check_term("platelet count decreased", "5.0").term == "Platelet count decreased"
    assert not check_term("platelet count decreased", "5.0").exact
    assert check_term("Platelet count decreased", "6.0").term is None
    assert check_term("Thrombocytopenia", "6.0").term == "Thrombocytopenia"


def test_words_that_are_no_terms_are_listed_once() -> None:
    found = unknown_terms(["Rash", "Anemia", "Rash", "Qwxyz"], "5.0")
    assert found == ("Qwxyz", "Rash")
    assert check_term("Qwxyz", "5.0").suggestions == ()
    with pytest.raises(ValueError, match=r"CTCAE 5\.0 or 6\.0, got '3\.0'"):
        check_term("Rash", "3.0")
