"""Agents as they are written: their drugs and classes, and nothing guessed."""

from __future__ import annotations

import pytest

from hevesy.follow.therapy_agents import agents_in, drugs_of_table
from hevesy.study.protocol.eligibility import DRUG_CLASSES

REGIMENS = {
    "VRd": {"bortezomib", "lenalidomide", "dexamethasone"},
    "RVD": {"bortezomib", "lenalidomide", "dexamethasone"},
    "KRd": {"carfilzomib", "lenalidomide", "dexamethasone"},
    "CyBorD": {"cyclophosphamide", "bortezomib", "dexamethasone"},
    "DVd": {"daratumumab", "bortezomib", "dexamethasone"},
    "Dara-VRd": {"daratumumab", "bortezomib", "lenalidomide", "dexamethasone"},
    "VMP": {"bortezomib", "melphalan", "prednisone"},
    "R-CHOP": {"rituximab", "cyclophosphamide", "doxorubicin", "vincristine", "prednisone"},
    "Velcade; Revlimid; dex": {"bortezomib", "lenalidomide", "dexamethasone"},
    "bortezomib + thalidomide, Dexamethasone": {"bortezomib", "thalidomide", "dexamethasone"},
    "lenalidomide (Revlimid)": {"lenalidomide"},
    "Lenalidomide (maintenance)": {"lenalidomide"},
    "elotuzumab and pomalidomide": {"elotuzumab", "pomalidomide"},
    "Dara/Pom/Dex": {"daratumumab", "pomalidomide", "dexamethasone"},
    "daratumumab and hyaluronidase-fihj": {"daratumumab"},
    "isatuximab-irfc": {"isatuximab"},
}
"""Regimens and brands as guidelines and labels write them, spelt out by hand."""


@pytest.mark.parametrize("written", REGIMENS)
def test_a_regimen_is_its_drugs(written: str) -> None:
    found = agents_in(written)
    assert {drug.name for drug in found.drugs} == REGIMENS[written]
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("drug", "drug_class"),
    [
        ("carfilzomib", "proteasome inhibitor"),  # Kyprolis, FDA label, section 12.1
        ("pomalidomide", "immunomodulatory drug"),  # Pomalyst: analogue of thalidomide
        ("Sarclisa", "anti-CD38 antibody"),
        ("Empliciti", "anti-SLAMF7 antibody"),
        ("Xpovio", "XPO1 inhibitor"),
        ("Farydak", "HDAC inhibitor"),
        ("Imbruvica", "BTK inhibitor"),
        ("Gazyva", "anti-CD20 antibody"),
        ("Zevalin", "anti-CD20 antibody"),
        ("Blenrep", "BCMA-directed"),
        ("ide-cel", "BCMA-directed"),
        ("Doxil", "anthracycline"),
        ("ASCT", "autologous transplant"),
    ],
)
def test_a_drug_has_the_class_of_its_label(drug: str, drug_class: str) -> None:
    (found,) = agents_in(drug).drugs
    assert drug_class in found.classes


@pytest.mark.parametrize(
    "written", ["XYZ-17", "bortezomibe", "study drug", "bortezomib 1.3 mg/m2", "lenalidomide/placebo", "dex (with XYZ)"]
)
def test_what_is_not_known_is_named_and_never_taken_for_something_near(written: str) -> None:
    found = agents_in(f"VRd; {written}")
    assert found.unknown == (written,)
    assert {drug.name for drug in found.drugs} == REGIMENS["VRd"]


@pytest.mark.parametrize("written", [None, "", "  ", ";"])
def test_no_agents_are_not_told_rather_than_none(written: str | None) -> None:
    assert agents_in(written).unknown == ("agents not told",)
    assert not agents_in(written).no_therapy


def test_none_is_written_only_by_itself() -> None:
    assert agents_in("None").no_therapy
    assert not agents_in("none; VRd").no_therapy


def test_a_transplant_may_have_had_an_alkylator_and_surely_is_not_one() -> None:
    (transplant,) = agents_in("ASCT").drugs
    assert "alkylator" in transplant.may_be - transplant.classes
    (whose,) = agents_in("stem cell transplant").drugs
    assert {"autologous transplant", "allogeneic transplant"} <= whose.may_be


def test_the_classes_of_the_table_are_those_that_a_plan_may_ask_for() -> None:
    drugs = {drug for named in drugs_of_table().values() for drug in named}
    assert {one for drug in drugs for one in drug.classes | drug.may_be} == {*DRUG_CLASSES, "none"}


@pytest.mark.parametrize(
    ("written", "drug"),
    [("Vd-dara", "daratumumab"), ("KRd-ASCT", "autologous transplant"), ("Rd-elot", "elotuzumab"), ("VRd (induction) (daratumumab)", "daratumumab"), ("KRd (oral)(isa)", "isatuximab")],
)  # fmt: skip
def test_no_drug_is_lost_after_a_hyphen_or_in_a_second_bracket(written: str, drug: str) -> None:
    """What follows a regimen is another drug, known or told as unknown; four letters are cut from antibodies alone."""
    found = agents_in(written)
    assert drug in [one.name for one in found.drugs] or found.unknown
    assert [one.name for one in agents_in("daratumumab-fihj").drugs] == ["daratumumab"]
