"""From subjects to the decision, at the edges: levels of 1000, 2000 and 3000 MBq for everybody, a window of 85 days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from hevesy.conduct.next_dose import (
    NextDose,
    cohorts_of,
    design_of,
    look_ahead,
    next_dose,
    next_doses,
    paths_ahead,
    subject_outcomes,
)
from hevesy.files.protocol import read_protocol
from hevesy.plan.escalation.design import notation, parse_history
from hevesy.plan.escalation.three_plus_three import three_plus_three
from hevesy.study.dates import PartialDate, When
from hevesy.study.dose import Basis, Dose
from hevesy.study.facts.disposition import Contact
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, SubsequentTherapy
from hevesy.study.outcomes import DLTStatus, SubjectOutcome
from hevesy.study.protocol import AdverseEventRule, Arm, DLTRule, DoseLevel, Escalation, Regimen, Stratum, TrialProtocol
from hevesy.study.subject import ABSENT, ConfirmedValue, Finding, Study, Subject
from tests.conftest import EXAMPLE

DAY_1, CUT = date(2016, 1, 4), date(2017, 1, 1)
RULE = AdverseEventRule(name="grade 3", minimum_grade=3, non_haematological_only=True)
DESIGN = Escalation(design="three-plus-three", variant="no-de-escalation", cohort_size=3)


def plan(
    fractions: int = 1,
    arms: tuple[Arm, ...] = (),
    escalation: Escalation | None = DESIGN,
    basis: Basis = "fixed activity",
) -> TrialProtocol:
    """Arms 1, 2 and 3 with the levels of their numbers, and "none" without one."""
    regimen = Regimen(fractions=fractions, interval_d=7 if fractions > 1 else None)
    usual = (
        *(Arm(code=str(number), name=f"Cohort {number}", dose_level=number) for number in (1, 2, 3)),
        Arm(code="none", name="Without a level", dose_level=None),
    )
    return replace(
        read_protocol((EXAMPLE / "protocol.toml").read_text()),
        dose_levels=tuple(
            DoseLevel(number=number, dose=Dose(amount=1000 * number, basis=basis), regimen=regimen)
            for number in (1, 2, 3)
        ),
        arms=arms or usual,
        escalation=escalation,
        dlt=DLTRule(window_d=85, rules=(RULE,), haematological_terms=("Anaemia",)),
        count_schedule=None,
    )


PLAN = plan()


def on_day(number: int, first: date = DAY_1) -> date:
    return first + timedelta(days=number - 1)


def infusion(name: str, on: date, activity_MBq: float | None, hour: int = 12) -> Administration:
    return Administration(
        subject=name, row=10, start=datetime(on.year, on.month, on.day, hour, tzinfo=UTC), administered_MBq=activity_MBq
    )


def toxic(name: str, on: date, **told: object) -> AdverseEvent:
    event = AdverseEvent(subject=name, row=20, term="Nausea", grade=3, on=on, worst_on=on, resolved=on)
    return replace(event, **told)  # type: ignore[arg-type]


def treated(
    name: str,
    arm: str = "1",
    first: date = DAY_1,
    *events: Fact,
    given_MBq: float | None = None,
    dlt: bool = False,
    hour: int = 12,
) -> Subject:
    """Treated with the level's activity and seen alive on the last day of the window; with a DLT on day 10 or none."""
    level = next((one.dose_level for one in PLAN.arms if one.code == arm.rstrip("N")), None) or 1
    own: list[Fact] = [infusion(name, first, 1000.0 * level if given_MBq is None else given_MBq, hour)]
    own += [toxic(name, on_day(10, first))] if dlt else []
    own.append(Contact(subject=name, row=30, on=on_day(85, first), vital_status="alive"))
    return Subject(id=name, enrolment=Enrolment(subject=name, row=1, arm_code=arm), events=(*own, *events))


def enrolled(name: str, arm: str = "1", **when: When) -> Subject:
    return Subject(id=name, enrolment=Enrolment(subject=name, row=1, arm_code=arm, **when), events=())  # type: ignore[arg-type]


def study(*subjects: Subject, protocol: TrialProtocol = PLAN) -> Study:
    return Study(protocol=protocol, subjects=subjects, findings=(), delivered_kinds=frozenset({"adverse_event"}))


def cohort(arm: str, first: date, letters: str) -> tuple[Subject, ...]:
    """Subjects of one arm, N without and T with a DLT, a day apart."""
    return tuple(
        treated(f"{arm}-{n}", arm, on_day(n, first), dlt=letter == "T") for n, letter in enumerate(letters, start=1)
    )


LATER, LATEST = date(2016, 5, 2), date(2016, 8, 1)


# ------------------------------------------------------------------------------------------------ what lies ahead
THREE = three_plus_three("no-de-escalation", 3)


def test_every_path_over_two_cohorts() -> None:
    """3+3: 0 of 3 up, 1 of 3 three more, 2 of 3 stop; 1 of 6 up, 2 of 6 stop."""
    found = paths_ahead(THREE, (), THREE.decide(()))
    assert [(one.outcomes, one.decision.action, one.decision.level) for one in found] == [
        ("1NNN 2NNN", "escalate", 3),
        ("1NNN 2NNT", "stay", 2),
        ("1NNN 2NTT", "stop", None),
        ("1NNN 2TTT", "stop", None),
        ("1NNT 1NNN", "escalate", 2),
        ("1NNT 1NNT", "stop", None),
        ("1NNT 1NTT", "stop", None),
        ("1NNT 1TTT", "stop", None),
        ("1NTT", "stop", None),
        ("1TTT", "stop", None),
    ]
    assert [one.outcomes for one in paths_ahead(THREE, (), THREE.decide(()), 1)] == ["1NNN", "1NNT", "1NTT", "1TTT"]
    assert len(paths_ahead(THREE, (), THREE.decide(()), 3)) > len(found)


@pytest.mark.parametrize(
    ("history", "ahead"),
    [
        ("1NNN 2NPU", [(0, 2, "2NNN", "escalate", 3), (1, 2, "2NNT", "stay", 2), (2, 2, "2NTT", "stop", None)]),
        ("1NNN 2TP", [(0, 1, "2NT", "stay", 2), (1, 1, "2TT", "stop", None)]),
        ("1NNN 2NNU", [(0, 1, "2NNN", "escalate", 3), (1, 1, "2NNT", "stay", 2)]),
        ("1NNN 2NN", [(0, 1, "2NN 2N", "escalate", 3), (1, 1, "2NN 2T", "stay", 2)]),
        # the next level was begun too early: what is waited for lies below it
        ("1NNP 2NNN", []),
        ("1NNP 2NNN 3NNP", []),
        ("1TTN", []),
    ],
)
def test_what_the_subjects_who_are_waited_for_would_make(
    history: str, ahead: list[tuple[int, int, str, str, int | None]]
) -> None:
    past = parse_history(history)
    found = look_ahead(THREE, past, THREE.decide(past))
    told = [(one.with_dlt, one.among, notation(one.history), one.decision.action, one.decision.level) for one in found]
    assert told == [(dlt, among, f"1NNN {last}", action, level) for dlt, among, last, action, level in ahead]


# ------------------------------------------------------------------------------------------------ the order of treatment
def order(*subjects: Subject) -> list[str]:
    return [item.subject for item in subject_outcomes(study(*subjects), CUT)]


def test_subjects_stand_by_infusion_else_reported_treatment_else_enrolment_else_consent() -> None:
    found = order(
        enrolled("a", consent=on_day(5)),
        enrolled("b", on=on_day(4), consent=on_day(1)),
        enrolled("c", first_treatment=on_day(3), on=on_day(1)),
        replace(
            treated("d", "1", on_day(2)),
            enrolment=Enrolment(subject="d", row=1, arm_code="1", first_treatment=on_day(90)),
        ),
        treated("e"),
    )
    assert found == ["e", "d", "c", "b", "a"]


def test_a_partly_known_day_stands_at_its_first_and_one_day_is_put_in_order_by_the_hour() -> None:
    month = PartialDate(year=2016, month=1)
    assert order(treated("y", "1", date(2016, 1, 10)), enrolled("z", first_treatment=month)) == ["z", "y"]
    assert order(treated("a", hour=15), treated("b", hour=9)) == ["b", "a"]
    assert order(treated("a", hour=15), treated("b", "1", DAY_1, infusion("b", on_day(8), 1000), hour=9)) == ["b", "a"]
    assert order(treated("b"), treated("a")) == ["a", "b"]


@pytest.mark.parametrize(
    ("dated", "undated", "levels"),
    [
        ("1122", "1", "11u22"),
        ("1122", "2", "1122u"),
        ("1122", "3", "1122u"),
        ("22", "1", "u22"),
        ("121", "1", "121u"),
        ("1122", "11", "11uv22"),
        ("1122", "21", "11v22u"),
        ("", "21", "vu"),
    ],
)
def test_who_has_no_day_stands_after_the_last_of_the_level(dated: str, undated: str, levels: str) -> None:
    """Or after the last below it, where nobody has the level."""
    with_day = tuple(treated(f"{arm}{n}", arm, on_day(n)) for n, arm in enumerate(dated, start=1))
    without = tuple(enrolled(name, arm) for name, arm in zip("uv", undated, strict=False))
    assert "".join(name[0] for name in order(*without, *with_day)) == levels


LETTERS: dict[str, DLTStatus] = {"N": "no DLT", "T": "DLT", "P": "pending", "U": "undetermined", "X": "not evaluable"}


@pytest.mark.parametrize(
    ("subjects", "size", "cohorts"),
    [
        ("1N 1N 1N 1N", None, "1NNNN"),
        ("1N 1N 1N 1N", 3, "1NNN 1N"),
        ("1N 1N 1N", 1, "1N 1N 1N"),
        ("1N 1X 1N 1N 1X 1N", 3, "1NNNXX 1N"),
        ("1X 1X 1X 1N", 3, "1NXXX"),
        ("1P 1U 1T 1N", 3, "1TPU 1N"),
        ("1N 2N 1N", None, "1N 2N 1N"),
        ("1N 1N 2N 2N 2X 1X", 2, "1NN 2NNX 1X"),
        ("", 3, ""),
    ],
)
def test_a_cohort_is_a_run_at_one_level_of_so_many_who_count(subjects: str, size: int | None, cohorts: str) -> None:
    outcomes = tuple(
        SubjectOutcome(subject=str(n), level=int(one[0]), status=LETTERS[one[1]], because=(), rows=(), elapsed_d=None)
        for n, one in enumerate(subjects.split())
    )
    # a pending subject without a day counts as day 0
    assert notation(cohorts_of(outcomes, size)).replace("P0", "P") == cohorts


# ------------------------------------------------------------------------------------------------ what stands beside a status
def beside(subject: Subject, protocol: TrialProtocol = PLAN, cut: date = CUT) -> tuple[str, ...]:
    (found,) = subject_outcomes(study(subject, protocol=protocol), cut)
    return found.noted


def test_an_infusion_of_the_last_day_of_the_window_is_of_its_regimen_and_the_next_days_is_not() -> None:
    two = plan(fractions=2)
    assert beside(treated("a", "1", DAY_1, infusion("a", on_day(85), 1000)), two) == ()
    assert beside(treated("a", "1", DAY_1, infusion("a", on_day(86), 1000)), two) == (
        "1 infusion after the window left out of the activity",
        "50 % of the prescribed activity, outside the tolerance of 10 %",
    )


@pytest.mark.parametrize(
    ("given_MBq", "told"),
    [(1000, None), (1100, None), (1101, "110 %"), (1200, "120 %"), (900, None), (899, "90 %"), (880, "88 %")],
)
def test_more_or_less_than_the_tolerance_is_told(given_MBq: float, told: str | None) -> None:
    expected = () if told is None else (f"{told} of the prescribed activity, outside the tolerance of 10 %",)
    assert beside(treated("a", given_MBq=given_MBq)) == expected


def test_an_activity_that_is_not_known_stands_in_the_reasons_and_not_beside() -> None:
    (found,) = subject_outcomes(study(treated("a", "1", DAY_1, infusion("a", on_day(2), None))), CUT)
    assert (found.status, found.noted) == ("undetermined", ())
    assert found.because == (
        "administered activity not known; 2 infusions recorded within the window, the regimen has 1",
    )


@pytest.mark.parametrize(
    ("basis", "level", "told"),
    [
        ("body surface area", None, False),
        ("body surface area", 1000.0, False),
        ("body surface area", 1000.0005, False),
        ("body surface area", 1000.01, True),
        ("body surface area", 2000.0, True),
        ("body surface area", 500.0, True),
        ("fixed activity", 2000.0, False),
    ],
)
def test_another_level_than_the_arms_is_told_where_the_two_are_of_one_kind(
    basis: Basis, level: float | None, told: bool
) -> None:
    subject = treated("a")
    one = replace(subject, enrolment=replace(subject.enrolment, level_MBq_per_m2=level, height_cm=180, weight_kg=80))
    found = [line for line in beside(one, plan(basis=basis)) if line.startswith("enrolled at ")]
    assert len(found) == told
    assert all(line.endswith("counted at 1000 MBq/m2, the level of its arm") for line in found)


@pytest.mark.parametrize(
    ("flag", "told"),
    [("1", True), ("y", True), ("Yes", True), ("TRUE", True), ("0", False), ("N", False), ("", False), (None, False)],
)
def test_the_senders_flag_is_told_unless_it_is_a_dlt_here(flag: str | None, told: bool) -> None:
    reported = () if flag is None else (("dlt", flag),)
    mild = AdverseEvent(
        subject="a",
        row=21,
        term="Cough",
        grade=1,
        on=on_day(5),
        worst_on=on_day(5),
        resolved=on_day(6),
        reported=reported,
    )
    assert beside(treated("a", "1", DAY_1, mild)) == (
        ("the sender calls Cough a dose-limiting toxicity (row 21)",) if told else ()
    )
    assert beside(treated("a", "1", DAY_1, mild, dlt=True)) == ()


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (on_day(85), "2016-03-28"),
        (on_day(86), None),
        (on_day(2), "2016-01-05"),
        (PartialDate(year=2016, month=3), "2016-03"),
        (PartialDate(year=2016, month=4), None),
        (None, "an unknown day"),
    ],
)
def test_other_treatment_within_the_window_is_told(on: When | None, told: str | None) -> None:
    other = SubsequentTherapy(subject="a", row=40, on=on, treatment="melphalan")
    line = f"other treatment of the disease within the window: melphalan on {told}"
    assert beside(treated("a", "1", DAY_1, other)) == (() if told is None else (line,))


def test_without_a_first_day_other_treatment_by_the_cut_is_told() -> None:
    subject = enrolled("a")
    other = SubsequentTherapy(subject="a", row=40, on=CUT)
    assert len(beside(replace(subject, events=(other,)))) == 1
    assert beside(replace(subject, events=(replace(other, on=CUT + timedelta(days=1)),))) == ()


# ------------------------------------------------------------------------------------------------ the decision
def test_a_decision_says_what_there_is_to_say_and_no_more() -> None:
    found = next_dose(study(*cohort("1", DAY_1, "NNN")), CUT)
    assert found.decision is not None
    assert (found.notation, found.decision.action, found.decision.level) == ("1NNN", "escalate", 2)
    assert found.because == found.decision.because
    assert [one.among for one in found.ahead] == [3, 3, 3, 3]
    assert found.stratum is None


def test_pending_alone_is_not_undetermined() -> None:
    early = on_day(30)
    waiting = next_dose(study(*cohort("1", DAY_1, "NNN")), early)
    assert waiting.decision is not None
    assert waiting.decision.action == "wait"
    settles = "what is undetermined is settled by the counts, dates or records named there"
    assert settles not in waiting.because
    unknown = treated("1-3", "1", on_day(3), infusion("1-3", on_day(4), None))
    found = next_dose(study(*cohort("1", DAY_1, "NN"), unknown), CUT)
    assert found.notation == "1NNU"
    assert settles in found.because


@pytest.mark.parametrize("lacking", ["escalation", "dlt"])
def test_without_a_design_or_a_rule_there_is_no_decision(lacking: str) -> None:
    protocol = replace(PLAN, **{lacking: None})  # type: ignore[arg-type]
    (found,) = next_doses(study(*cohort("1", DAY_1, "NNN"), protocol=protocol), CUT)
    assert (found.outcomes, found.history, found.decision) == ((), (), None)
    assert found.because == ("the protocol has no [escalation] and [dlt]: no dose decision",)
    with pytest.raises(ValueError, match=r"no \[escalation\] and \[dlt\]: no design"):
        design_of(protocol)


def test_without_a_rule_no_subject_has_a_status() -> None:
    with pytest.raises(ValueError, match="defines no dose-limiting toxicity"):
        subject_outcomes(study(treated("a"), protocol=replace(PLAN, dlt=None)), CUT)


def test_another_design_may_be_asked() -> None:
    """Modified: four subjects a cohort, so that one is missing."""
    found = next_dose(study(*cohort("1", DAY_1, "NNN")), CUT, design=three_plus_three("modified", 3))
    assert found.decision is not None
    assert (found.decision.action, found.decision.open_places) == ("stay", 1)


def test_an_impossible_history_has_no_decision() -> None:
    found = next_dose(study(*cohort("2", DAY_1, "NNN")), CUT)
    assert found.decision is None
    assert found.because == ("the design cannot answer: step 1: the design starts at level 1, the history at level 2",)


def test_who_is_outside_what_is_absent_and_what_was_confirmed() -> None:
    """Rows 1, 10 and 30 are those of every subject here; 101 and 102 are events of the two."""
    inside = treated("in", "1", DAY_1, Lab(subject="in", row=101, on=on_day(3), test="albumin", value=4))
    outside, unassigned = (replace(treated(name), enrolment=Enrolment(subject=name, row=row, arm_code=arm), events=(
        replace(infusion(name, DAY_1, 1000), row=row + 1), Lab(subject=name, row=row + 2, on=on_day(3), test="albumin", value=4)
    )) for name, row, arm in (("out", 200, "none"), ("lost", 300, None)))  # fmt: skip
    screened = Subject(id="screened", enrolment=Enrolment(subject="screened", row=400, arm_code="none"), events=())
    findings = (
        Finding(topic=ABSENT, subject=None, message="absent A", rows=(101, 202)),
        Finding(topic=ABSENT, subject=None, message="absent B", rows=(202,)),
        Finding(topic="undated", subject="in", message="undated C", rows=(101,)),
    )
    confirmed = tuple(ConfirmedValue(row=row, value=f"v{row}", who="W", reason="seen") for row in (101, 202))
    whole = replace(study(inside, outside, unassigned, screened), findings=findings, confirmations=confirmed)
    found = next_dose(whole, CUT)
    assert found.decision is not None
    assert found.because[len(found.decision.because) :] == (
        "out: treated in arm none, which has no dose level: not in the decision",
        "lost: treated in arm (none), which has no dose level: not in the decision",
        "in: absent A",
        "in: row 101 was confirmed by W (seen): v101",
    )


def lines(found: NextDose, word: str) -> list[str]:
    return [line for line in found.because if word in line]


def test_questions_of_those_who_are_in_the_decision_stand_in_it() -> None:
    """6 % of the prescription is no activity anybody gave; the same value outside the escalation is not its matter."""
    inside, outside = treated("in", given_MBq=60), treated("out", "none", given_MBq=60)
    found = next_dose(study(inside, outside), CUT)
    assert [line.split(":")[0] for line in lines(found, "questioned, ")] == ["questioned, in"]


# ------------------------------------------------------------------------------------------------ strata
ARMS = tuple(
    Arm(code=f"{level}{mark}", name=f"Cohort {level}{mark}", dose_level=level, stratum=stratum)
    for mark, stratum in (("", "with"), ("N", "alone"))
    for level in (1, 2, 3)
)
STRATA = replace(DESIGN, strata=(Stratum(name="with"), Stratum(name="alone")))


def in_strata(
    *subjects: Subject, arms: tuple[Arm, ...] = ARMS, escalation: Escalation = STRATA
) -> dict[str | None, NextDose]:
    protocol = plan(arms=arms, escalation=escalation)
    return {one.stratum: one for one in next_doses(study(*subjects, protocol=protocol), CUT)}


def answer(found: NextDose) -> tuple[str, int | None] | None:
    return None if found.decision is None else (found.decision.action, found.decision.level)


@pytest.mark.parametrize(
    ("own", "others", "decided", "told"),
    [
        # escalate to 2: the others' DLTs of levels 1 and 2
        ([("1", "NNN")], [("1N", "NNT"), ("1N", "NNN"), ("2N", "NNT")], ("escalate", 2), ["1N", "2N"]),
        # stay at 1: those of level 1
        ([("1", "NNT")], [("1N", "NNN"), ("2N", "NNT")], ("stay", 1), []),
        ([("1", "NNT")], [("1N", "NNT")], ("stay", 1), ["1N"]),
        # stop: those of the levels that were given
        ([("1", "NNN"), ("2", "TTN")], [("1N", "NNN"), ("2N", "NNT")], ("stop", None), ["2N"]),
        ([("1", "NNN"), ("2", "TTN")], [("1N", "NNN"), ("2N", "NNN"), ("3N", "NNT")], ("stop", None), []),
        # the design cannot answer: those of the levels that were given
        ([("2", "NNN")], [("1N", "NNT"), ("1N", "NNN"), ("2N", "NNT")], None, ["1N", "2N"]),
        # nobody yet: those of the level to begin at
        ([], [("1N", "NNT"), ("1N", "NNN"), ("2N", "NNT")], ("stay", 1), ["1N"]),
    ],
)
def test_dlts_of_the_other_stratum_at_the_level_or_below_stand_beside(
    own: list[tuple[str, str]], others: list[tuple[str, str]], decided: tuple[str, int | None] | None, told: list[str]
) -> None:
    subjects = [
        replace(subject, id=f"{subject.id}{'ab'[place % 2]}{place}")
        for group in (own, others)
        for place, (arm, letters) in enumerate(group)
        for subject in cohort(arm, (DAY_1, LATER, LATEST)[place], letters)
    ]
    found = in_strata(*subjects)["with"]
    assert answer(found) == decided
    assert [line.split("level ")[1][0] + "N" for line in lines(found, "in stratum alone, ")] == told
    assert all(": DLT; " in line for line in lines(found, "in stratum "))


def test_a_given_design_begins_each_stratum_at_its_own_level() -> None:
    escalation = replace(DESIGN, strata=(Stratum(name="with"), Stratum(name="alone", start_level=2)))
    protocol = plan(arms=ARMS, escalation=escalation)
    empty = study(protocol=protocol)
    asked = {one.stratum: answer(one) for one in next_doses(empty, CUT, design=three_plus_three("modified", 3))}
    assert asked == {"with": ("stay", 1), "alone": ("stay", 2)}
    own = {one.stratum: one.decision.open_places for one in next_doses(empty, CUT) if one.decision is not None}
    assert own == {"with": 3, "alone": 3}
    with pytest.raises(ValueError, match="each with its own decision: with, alone"):
        next_dose(empty, CUT)


def test_questions_are_told_in_their_own_stratum() -> None:
    found = in_strata(treated("a", "1", given_MBq=60), treated("b", "1N", given_MBq=60))
    assert {name: [line.split(":")[0] for line in lines(one, "questioned, ")] for name, one in found.items()} == {
        "with": ["questioned, a"],
        "alone": ["questioned, b"],
    }


def test_an_arm_without_a_stratum_stops_every_decision_by_name() -> None:
    """An arm whose enrolments name the level has none of its own, and need not have a stratum."""
    protocol = plan(
        arms=(*ARMS[:-1], replace(ARMS[-1], stratum=None, dose_level=None)),
        escalation=STRATA,
        basis="body surface area",
    )
    homeless = treated("b", "3N")
    homeless = replace(homeless, enrolment=replace(homeless.enrolment, level_MBq_per_m2=3000.0))
    found = next_doses(study(treated("a"), homeless, protocol=protocol), CUT)
    assert [(one.decision, one.because) for one in found] == [
        (None, ("b: treated at a level in an arm without a stratum; give the arm one",))
    ] * 2
    alone = next(one for one in next_doses(study(treated("a"), protocol=protocol), CUT) if one.stratum == "alone")
    assert answer(alone) == ("stay", 1)


def test_two_arms_of_a_level_without_strata_are_decided_together_and_said_so() -> None:
    arms = tuple(replace(arm, stratum=None) for arm in ARMS)
    protocol = plan(arms=arms)
    mixed = (
        treated("a", "1"),
        treated("b", "1N", on_day(2)),
        treated("c", "1", on_day(3)),
        *cohort("2N", LATER, "NNN"),
    )
    found = next_dose(study(*mixed, protocol=protocol), CUT)
    assert found.notation == "1NNN 2NNN"
    assert lines(found, "decided together") == [
        "arms 1 and 1N are decided together (level 1); strata in [escalation] would keep them apart"
    ]
