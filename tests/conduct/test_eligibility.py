"""A study with rules of eligibility and prior therapies as delivered: from files to what the readout says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.blocks.number import Number, plain
from hevesy.blocks.prose import Listing
from hevesy.blocks.section import Document, numbers_in
from hevesy.blocks.table import Table
from hevesy.conduct.analysis import analyse
from hevesy.conduct.followed import followed
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.readout.build import build
from hevesy.study.cut import as_of
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.prior_therapy import PriorTherapy
from hevesy.study.subject import Subject
from tests.conduct.with_rules import study_with_rules


@pytest.fixture(scope="session")
def with_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration with four rules and the prior therapies of four subjects of eight."""
    return study_with_rules(tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="session")
def page(with_rules: Path) -> Document:
    return build(read_record(with_rules))


def numbers(page: Document) -> dict[str, Number]:
    return {one.id: one for one in numbers_in(page.sections)}


def test_each_rule_is_counted_and_who_does_not_satisfy_it_is_named(page: Document) -> None:
    """By hand: 1-01 fails both classes (progression on VRd), of 1-02 to 1-04 something is lacking or not so."""
    found = numbers(page)
    counts = {
        place: tuple(found[f"eligibility-{place}-{answer}"].value for answer in ("yes", "no", "undetermined"))
        for place in (1, 2, 3, 4)
    }
    assert counts == {1: (8, 0, 0), 2: (3, 1, 4), 3: (3, 1, 4), 4: (3, 0, 5)}
    assert tuple(found[f"eligible-{answer}"].value for answer in ("yes", "no", "undetermined")) == (2, 1, 5)
    (section,) = (one for one in page.sections if one.id == "eligibility")
    deviations, undetermined = (block for block in section.blocks if isinstance(block, Listing))
    told = ["".join(map(plain, item)) for item in deviations.items]
    assert told == [
        "1-03: two prior lines or more: 1 prior line told",
        "1-03: refractory to both: refractory to no proteasome inhibitor",
    ]
    lines = ["".join(map(plain, item)) for item in undetermined.items]
    assert any("1-04: no therapy" in line and "stopped is not told" in line for line in lines)


def test_what_prior_therapies_amount_to_stands_at_baseline_with_their_rows(page: Document, with_rules: Path) -> None:
    found = numbers(page)
    assert found["prior-therapy-lines-mean-all"].text == "mean 1.75, median 2, 1 to 2 (n=4)"
    assert found["prior-triple-combination-all"].text == "2 of 4 (4 undetermined)"
    assert found["prior-double-refractory-all"].text == "3 of 4 (4 undetermined)"
    assert found["prior-triple-class-exposed-all"].text == "0 of 3 (5 undetermined)"
    rows = {row.sequence: row for row in read_record(with_rules).rows.values() if row.source == "prior therapies"}
    assert set(found["prior-therapy-lines-mean-all"].rows) == set(rows)


def test_a_study_without_rules_or_prior_therapies_says_nothing_of_either(demonstration: Path) -> None:
    page = build(read_record(demonstration))
    assert "eligibility" not in [section.id for section in page.sections]
    assert not [one for one in numbers(page) if one.startswith("prior-")]
    study = study_of(read_record(demonstration))
    last = study.last_fact_on()
    assert last is not None
    assert followed(analyse(study, last)).eligibility is None


def test_a_therapy_years_before_consent_is_taken_and_is_no_sign_that_the_subject_had_joined(with_rules: Path) -> None:
    study = study_of(read_record(with_rules))
    first = study.subjects[0]
    assert first.of(PriorTherapy)[0].line == 1
    undated = Enrolment(subject="9-99", row=9000, arm_code="1")
    prior = PriorTherapy(subject="9-99", row=9001, line=1, agents="VRd", on=date(2011, 1, 1))
    joined = replace(study, subjects=(*study.subjects, Subject(id="9-99", enrolment=undated, events=(prior,))))
    assert "9-99" not in {subject.id for subject in as_of(joined, date(2016, 1, 1)).subjects}


def test_the_question_tells_each_rule_of_each_subject_and_its_rows(with_rules: Path) -> None:
    asked: Any = hevesy.ask("study eligibility", with_rules, as_of="2016-12-01").document
    assert [rule["name"] for rule in asked["rules"]] == [
        "adult",
        "two prior lines or more",
        "refractory to both",
        "no therapy in the last two weeks",
    ]
    by_subject = {one["subject"]: one for one in asked["subjects"]}
    assert by_subject["1-01"]["eligible"] == "yes"
    assert by_subject["1-03"]["eligible"] == "no"
    assert by_subject["1-02"]["prior_therapies"]["unknown_agents"] == ["XYZ-17"]
    assert by_subject["1-02"]["prior_therapies"]["lines"] == 2
    assert by_subject["2-01"]["prior_therapies"]["lines"] is None
    both = by_subject["1-04"]["prior_therapies"]["double_refractory"]
    assert both["answer"] == "yes"
    assert len(both["rows"]) == 2


def test_a_study_without_rules_calls_nobody_eligible(demonstration: Path) -> None:
    answer = hevesy.ask("study eligibility", demonstration)
    asked: Any = answer.document
    assert asked["rules"] == []
    assert {one["eligible"] for one in asked["subjects"]} == {None}
    assert {one["prior_therapies"] for one in asked["subjects"]} == {None}
    assert [block.id for block in answer.blocks if isinstance(block, Table)] == ["eligibility"]
