"""Arms with and without a companion drug: decided by themselves where the protocol has strata, together and said so where it has none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from hevesy.blocks.section import numbers_in
from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.next_dose import next_doses
from hevesy.errors import DeliveryError
from hevesy.files.protocol import read_protocol
from hevesy.readout.build import build
from hevesy.study.cut import as_of
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.subject import Study
from tests.conftest import EXAMPLE, MAPPINGS, Folder, Run

CUT = date(2016, 12, 1)
TEXT = (EXAMPLE / "protocol.toml").read_text()
ARMS = """
[[arm]]
code = "1"
name = "12.5 with"
dose_level = 1
{0}
[[arm]]
code = "2"
name = "18.75 with"
dose_level = 2
{0}
[[arm]]
code = "1N"
name = "12.5 alone"
dose_level = 1
{1}
[[arm]]
code = "2N"
name = "18.75 alone"
dose_level = 2
{1}
"""
WITH, ALONE = 'stratum = "with dexamethasone"', 'stratum = "alone"'
STRATA = 'strata = ["with dexamethasone", "alone"]'


def protocol_text(strata: str = STRATA, arms: str = ARMS.format(WITH, ALONE)) -> str:
    return TEXT.replace("cohort_size = 4\n", f"cohort_size = 4\n{strata}\n") + arms


def in_two_arms(study: Study, text: str, alone: tuple[str, ...], *, toxic: str = "") -> Study:
    """The demonstration with some subjects in the arms without the drug, one of them with a DLT."""
    subjects = []
    for subject in study.subjects:
        if subject.id == toxic:
            assert subject.day_1 is not None
            on = subject.day_1 + timedelta(days=9)
            event = AdverseEvent(
                subject=subject.id, row=90_000, term="Nausea", grade=3, on=on, worst_on=on, resolved=on
            )
            subject = replace(subject, events=(*subject.events, event))
        if subject.id in alone:
            subject = replace(subject, enrolment=replace(subject.enrolment, arm_code=f"{subject.enrolment.arm_code}N"))
        subjects.append(subject)
    return as_of(replace(study, protocol=read_protocol(text), subjects=tuple(subjects)), CUT)


def test_each_stratum_is_decided_by_itself_with_the_dlts_of_the_others_beside_it(demo_study: Study) -> None:
    study = in_two_arms(demo_study, protocol_text(), ("1-03", "1-04"), toxic="1-04")
    found = {dose.stratum: dose for dose in next_doses(study, CUT)}
    assert {name: dose.notation for name, dose in found.items()} == {
        "with dexamethasone": "1NN 2NNNN",
        "alone": "1NT10",
    }
    assert found["alone"].decision is not None
    assert (found["alone"].decision.action, found["alone"].decision.open_places) == ("stay", 2)
    assert any("in stratum alone, level 1: 1-04: DLT" in line for line in found["with dexamethasone"].because)
    assert not any("1-04" in line for line in found["alone"].because if line.startswith("in stratum"))


def test_a_dlt_at_a_higher_level_of_another_stratum_says_nothing_here(demo_study: Study) -> None:
    study = in_two_arms(demo_study, protocol_text(), ("1-03", "1-04"), toxic="2-04")
    found = {dose.stratum: dose for dose in next_doses(study, CUT)}
    assert not any("2-04" in line for line in found["alone"].because)


def test_a_dlt_at_the_same_level_of_another_stratum_stands_beside(demo_study: Study) -> None:
    strata = 'strata = ["with dexamethasone", { name = "alone", start_level = 2 }]'
    study = in_two_arms(demo_study, protocol_text(strata), ("2-03", "2-04"), toxic="2-04")
    found = {dose.stratum: dose for dose in next_doses(study, CUT)}
    assert found["with dexamethasone"].decision is not None
    assert found["with dexamethasone"].decision.level == 2
    assert any(line.startswith("in stratum alone, level 2: 2-04: DLT") for line in found["with dexamethasone"].because)


def test_a_questioned_value_is_named_in_its_own_stratum(demo_study: Study) -> None:
    study = in_two_arms(demo_study, protocol_text(), ("1-03", "1-04"))
    subjects = []
    for subject in study.subjects:
        if subject.id == "1-03":
            first = next(event for event in subject.of(Lab) if event.test == "platelets")
            events = tuple(replace(event, value=15_000.0) if event is first else event for event in subject.events)
            subject = replace(subject, events=events)
        subjects.append(subject)
    found = {dose.stratum: dose for dose in next_doses(replace(study, subjects=tuple(subjects)), CUT)}
    named = {name: [line for line in dose.because if line.startswith("questioned, ")] for name, dose in found.items()}
    assert [line.split(":")[0] for line in named["alone"]] == ["questioned, 1-03"]
    assert named["with dexamethasone"] == []


def test_a_stratum_may_begin_at_its_own_level(demo_study: Study) -> None:
    strata = 'strata = ["with dexamethasone", { name = "alone", start_level = 2 }]'
    study = in_two_arms(demo_study, protocol_text(strata), ("2-03", "2-04"))
    found = {dose.stratum: dose for dose in next_doses(study, CUT)}
    assert found["alone"].notation == "2NN"
    assert found["alone"].decision is not None
    assert (found["alone"].decision.action, found["alone"].decision.level) == ("stay", 2)
    nobody = {dose.stratum: dose for dose in next_doses(in_two_arms(demo_study, protocol_text(strata), ()), CUT)}[
        "alone"
    ]
    assert nobody.decision is not None
    assert (nobody.decision.level, nobody.decision.open_places) == (2, 4)


def test_arms_without_strata_are_decided_together_and_the_answer_says_so(demo_study: Study) -> None:
    study = in_two_arms(demo_study, protocol_text(strata="", arms=ARMS.format("", "")), ("1-03", "1-04", "2-04"))
    (found,) = next_doses(study, CUT)
    assert found.notation == "1NNNN 2NNNN"
    told = [line for line in found.because if "decided together" in line]
    assert told[0].startswith("arms 1 and 1N are decided together (level 1)")
    assert told[1].startswith("arms 2 and 2N are decided together (level 2)")
    assert not any("decided together" in line for line in next_doses(as_of(demo_study, CUT), CUT)[0].because)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (protocol_text(strata='strata = ["with dexamethasone"]'), "two strata or more"),
        (protocol_text(strata='strata = ["with dexamethasone", "alone", "third"]'), "no [[arm]] is of stratum 'third'"),
        (protocol_text(arms=ARMS.format(WITH, "")), "'1N' has a dose level and no stratum"),
        (protocol_text(arms=ARMS.format(WITH, 'stratum = "elsewhere"')), "'1N' is of stratum 'elsewhere'"),
        (
            protocol_text(strata='strata = ["with dexamethasone", { name = "alone", start_level = 5 }]'),
            "lies in 1..4, got 5",
        ),
        (protocol_text(strata='strata = ["alone", "alone"]'), "names are there and differ"),
        (protocol_text(strata='strata = ["with dexamethasone", { nam = "alone" }]'), "nam"),
        (
            TEXT.replace('agent = "dexamethasone"\n', 'agent = "dexamethasone"\narms = ["9"]\n'),
            "given in arm '9', which is not there",
        ),
    ],
)
def test_strata_that_cannot_be_are_refused(text: str, rule: str) -> None:
    with pytest.raises(DeliveryError) as refusal:
        read_protocol(text)
    assert rule in str(refusal.value)


def test_who_is_in_no_arm_with_the_drug_does_not_deviate_from_its_schedule(demo_study: Study) -> None:
    from hevesy.conduct.analysis import analyse

    text = protocol_text().replace('agent = "dexamethasone"\n', 'agent = "dexamethasone"\narms = ["1", "2"]\n')
    found = {item.subject.id: item for item in analyse(in_two_arms(demo_study, text, ("1-03", "1-04")), CUT).subjects}
    assert "dexamethasone" not in dict(found["1-03"].given.schedules)
    assert "dexamethasone" in dict(found["1-01"].given.schedules)


@pytest.fixture
def stratified(tmp_path: Path) -> Folder:
    (tmp_path / "protocol.toml").write_text(protocol_text())
    folder = Folder(tmp_path / "study")
    init_study(folder.path, tmp_path / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    dm = (EXAMPLE / "sources" / "dm.csv").read_text()
    for who in ("1-03", "1-04"):
        dm = dm.replace(f"{who},1,", f"{who},1N,")
    files = [path for path in sorted((EXAMPLE / "sources").glob("*.csv")) if path.name != "dm.csv"]
    assert import_files(folder.path, [folder.write("dm.csv", dm), *files], who="tester").written
    return folder


def test_the_command_line_gives_each_stratum_and_null_for_the_whole(run: Run, stratified: Folder) -> None:
    code, out, _ = run("plan", "next", stratified.path, "--json")
    document = json.loads(out)
    assert code == 0
    assert [document[key] for key in ("action", "level", "open_places", "mtd")] == [None] * 4
    assert [(one["stratum"], one["action"]) for one in document["strata"]] == [
        ("with dexamethasone", None),
        ("alone", "stay"),
    ]
    assert all({"action", "level", "open_places", "mtd", "because"} <= set(one) for one in document["strata"])
    assert "level 2 was given where the design says stay" in document["strata"][0]["because"][0]
    assert run("plan", "next", stratified.path, "--stratum", "with dexamethasone", "--json")[0] == 1
    alone = json.loads(run("plan", "next", stratified.path, "--stratum", "alone", "--json")[1])
    assert (alone["action"], alone["level"], alone["open_places"]) == ("stay", 1, 2)
    assert "stratum alone:" in run("plan", "next", stratified.path)[1]
    assert run("plan", "next", stratified.path, "--stratum", "elsewhere")[0] == 2


def test_paths_begin_where_each_stratum_stands(run: Run, stratified: Folder) -> None:
    document = json.loads(run("plan", "paths", stratified.path, "--cohorts", 1, "--json")[1])
    assert document["paths"] is None
    unasked, alone = document["strata"]
    assert (unasked["stratum"], unasked["paths"]) == ("with dexamethasone", None)
    assert "level 2 was given where the design says stay" in unasked["because"][0]
    assert (alone["stratum"], alone["from"], alone["waiting"], alone["cut"]) == ("alone", "1NN", 0, "2016-12-01")
    assert [(one["outcomes"], one["level"]) for one in alone["paths"]] == [("1NN", 2), ("1NT", 1), ("1TT", None)]
    by_itself = json.loads(run("plan", "paths", stratified.path, "--stratum", "alone", "--cohorts", 1, "--json")[1])
    assert by_itself == alone
    code, _, told = run("plan", "paths", stratified.path, "--stratum", "with dexamethasone")
    assert (code, "the design cannot answer" in told) == (1, True)
    assert "stratum alone:" in run("plan", "paths", stratified.path)[1]
    assert run("plan", "paths", stratified.path, "--stratum", "elsewhere")[0] == 2


def test_the_readout_prints_each_stratum(stratified: Folder) -> None:
    from hevesy.conduct.recorded_study import read_record

    page = build(read_record(stratified.path), CUT)
    known = {number.id: number for section in page.sections for number in numbers_in(section.blocks)}
    assert known["decision-alone"].text.startswith("stay at level 1")
    assert sum(key.startswith("decision") for key in known) == 2
    chances = [known[f"oc-1-selected-{level}-alone"].value for level in range(5)]
    assert sum(chance for chance in chances if isinstance(chance, float)) == pytest.approx(1)
