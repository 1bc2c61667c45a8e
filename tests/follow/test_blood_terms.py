"""Which terms speak of a low blood count: by every spelling what is listed, asked about what is not, and never what is more than a count."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hevesy.follow.blood_terms import is_listed, low_count
from hevesy.follow.dlt.rules import judge
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration
from hevesy.study.protocol import AdverseEventRule
from hevesy.study.subject import Study

LISTED = (
    "Anaemia",
    "Lymphocyte count decreased",
    "Neutrophil count decreased",
    "Platelet count decreased",
    "White blood cell decreased",
)


@pytest.mark.parametrize(
    "term",
    [
        "Anemia", "ANAEMIA", "Hemoglobin decreased", "Thrombocytopenia", "Thrombocytopaenia", "Platelets decreased", "Neutropenia",
        "Neutropaenia", "Granulocytopenia", "Leukopenia", "Leucopenia", "WBC decreased", "White blood cell count decreased", "Lymphopenia",
        "Lymphocytopenia", "platelet  count-decreased",
    ],
)  # fmt: skip
def test_a_spelling_or_synonym_of_a_listed_term_is_listed(term: str) -> None:
    assert is_listed(term, LISTED) is True


@pytest.mark.parametrize(
    "term",
    ["Pancytopenia", "Bicytopenia", "Bone marrow hypocellular", "Aplastic anaemia", "CD4 lymphocytes decreased", "Immune thrombocytopenia",
     "Monocytopenia", "Myelosuppression", "Reticulocyte count decreased", "Agranulocytosis"],
)  # fmt: skip
def test_a_low_count_that_is_not_listed_is_a_question(term: str) -> None:
    assert is_listed(term, LISTED) is None
    assert is_listed(term, (*LISTED, term)) is True


@pytest.mark.parametrize(
    "term",
    ["Febrile neutropenia", "Febrile neutropaenia", "Neutropenic sepsis", "Neutropenic fever", "Gastrointestinal haemorrhage", "Bleeding gums",
     "Disseminated intravascular coagulation", "DIC", "Haemolysis", "Haemolytic anaemia", "Thrombotic thrombocytopenic purpura", "TTP",
     "Hemolytic uremic syndrome", "HUS"],
)  # fmt: skip
def test_what_is_more_than_a_low_count_is_never_left_out_but_by_its_own_name(term: str) -> None:
    assert is_listed(term, LISTED) is False
    assert is_listed(term, (*LISTED, term)) is True


@pytest.mark.parametrize(
    "term",
    ["Nausea", "Osteopenia", "Sarcopenia", "Weight decreased", "Low back pain", "Blood pressure decreased", "Leukocytosis", "Leukaemia",
     "Ejection fraction decreased", "Lymphocyte count increased"],
)  # fmt: skip
def test_what_has_nothing_to_do_with_a_low_count_is_not_listed(term: str) -> None:
    assert is_listed(term, LISTED) is False


def test_nothing_listed_leaves_every_low_count_a_question() -> None:
    assert is_listed("Thrombocytopenia", ()) is None
    assert is_listed("Thrombocytopenia", ("Anaemia",)) is None
    assert (low_count("Leukopenia"), low_count("Thrombopenia"), low_count("Nausea")) == (
        "leukocytes",
        "platelets",
        None,
    )


@pytest.mark.parametrize(
    ("term", "answer"),
    [
        ("Thrombocytopenia", "no"),
        ("Anemia", "no"),
        ("Pancytopenia", "undetermined"),
        ("Febrile neutropenia", "yes"),
        ("Nausea", "yes"),
    ],
)
def test_the_rule_on_non_haematological_events_reads_terms_so(demo_study: Study, term: str, answer: str) -> None:
    protocol = demo_study.protocol
    assert protocol.dlt is not None
    rule = AdverseEventRule(name="non-haematological", minimum_grade=3, non_haematological_only=True)
    plan = replace(protocol, dlt=replace(protocol.dlt, rules=(rule,), haematological_terms=LISTED))
    subject = next(subject for subject in demo_study.subjects if subject.id == "1-01")
    assert subject.day_1 is not None
    on = subject.day_1 + timedelta(days=20)
    event = AdverseEvent(subject="1-01", row=9, term=term, grade=4, on=on, worst_on=on, resolved=on)
    study = replace(
        demo_study, protocol=plan, subjects=(replace(subject, events=(*subject.of(Administration), event)),)
    )
    verdict = judge(study.subjects[0], study, subject.day_1 + timedelta(days=200))[0]
    assert verdict.answer == answer
    if answer == "undetermined":
        assert "does not list: list it there" in verdict.because[0]
        counted = replace(plan, dlt=replace(plan.dlt, non_haematological_terms=("pancytopenia",)))  # type: ignore[type-var]
        assert (
            judge(study.subjects[0], replace(study, protocol=counted), subject.day_1 + timedelta(days=200))[0].answer
            == "yes"
        )
