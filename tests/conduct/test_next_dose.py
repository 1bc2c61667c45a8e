"""The window's edges, the order of treatment and every tri-state, each decided by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hevesy.conduct.next_dose import NextDose, cohorts_of, next_dose, subject_outcomes
from hevesy.follow.dlt.status import outcome
from hevesy.follow.endpoints import fda, rule_of
from hevesy.plan.escalation.design import parse_history
from hevesy.plan.escalation.interval_rules import IThreePlusThree
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.plan.escalation.three_plus_three import three_plus_three
from hevesy.study.cut import as_of
from hevesy.study.facts.disposition import Death
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.protocol import ResponsePlan
from hevesy.study.subject import Study, Subject

CUT = date(2016, 12, 1)


def decided(study: Study, cut: date = CUT) -> NextDose:
    return next_dose(as_of(study, cut), cut)


def one(study: Study, who: str) -> Subject:
    return next(subject for subject in study.subjects if subject.id == who)


def first_day(study: Study, who: str) -> date:
    found = one(study, who).day_1
    assert found is not None
    return found


def changed(study: Study, subject: Subject) -> Study:
    return replace(study, subjects=tuple(subject if other.id == subject.id else other for other in study.subjects))


def with_events(study: Study, who: str, *events: Fact) -> Study:
    subject = one(study, who)
    return changed(study, replace(subject, events=(*subject.events, *events)))


def status(found: NextDose, who: str) -> str:
    return next(item.status for item in found.outcomes if item.subject == who)


@pytest.mark.parametrize(("day", "expected"), [(1, "DLT"), (84, "DLT"), (85, "DLT"), (86, "no DLT")])
def test_an_event_on_the_last_day_of_the_window_counts(demo_study: Study, day: int, expected: str) -> None:
    on = first_day(demo_study, "2-02") + timedelta(days=day - 1)
    event = AdverseEvent(subject="2-02", row=9001, term="Nausea", grade=3, on=on, worst_on=on, resolved=on)
    found = decided(with_events(demo_study, "2-02", event))
    assert status(found, "2-02") == expected


@pytest.mark.parametrize("day", [85, 78])
def test_a_required_count_on_the_last_day_that_is_missing_is_waited_for(demo_study: Study, day: int) -> None:
    subject = one(demo_study, "2-02")
    near = {first_day(demo_study, "2-02") + timedelta(days=day - 1 + off) for off in range(-3, 60 if day == 85 else 4)}
    kept = tuple(
        event
        for event in subject.events
        if not (isinstance(event, Lab) and event.test == "platelets" and event.on in near)
    )
    found = decided(changed(demo_study, replace(subject, events=kept)))
    assert status(found, "2-02") == "undetermined"
    assert found.decision is not None
    assert found.decision.action == "wait"
    assert "what is undetermined is settled by the counts, dates or records named there" in found.because


def test_a_subject_enrolled_after_the_cut_is_not_there(demo_study: Study) -> None:
    later = replace(
        one(demo_study, "2-04"),
        events=(),
        enrolment=replace(one(demo_study, "2-04").enrolment, first_treatment=None, on=date(2016, 12, 5)),
    )
    study = changed(demo_study, later)
    assert "2-04" not in {item.subject for item in decided(study).outcomes}
    assert status(decided(study, date(2016, 12, 5)), "2-04") == "pending"


def test_an_event_open_at_the_cut_without_the_day_of_its_worst_grade_is_a_question(demo_study: Study) -> None:
    on = first_day(demo_study, "2-02") + timedelta(days=30)
    event = AdverseEvent(subject="2-02", row=9001, term="Nausea", grade=3, on=on)
    assert status(decided(with_events(demo_study, "2-02", event)), "2-02") == "undetermined"
    assert status(decided(with_events(demo_study, "2-02", replace(event, worst_on=on))), "2-02") == "DLT"


@pytest.mark.parametrize(("day", "expected"), [(0, "undetermined"), (1, "undetermined"), (4, "DLT")])
def test_a_low_count_at_or_before_the_infusion_is_to_be_reviewed(demo_study: Study, day: int, expected: str) -> None:
    first = first_day(demo_study, "2-02")
    subject = one(demo_study, "2-02")
    begin = first + timedelta(days=day - 1)
    low = tuple(
        replace(event, value=5.0)
        if isinstance(event, Lab) and event.test == "platelets" and isinstance(event.on, date) and event.on > begin
        else event
        for event in subject.events
        if not (isinstance(event, Lab) and event.test == "platelets" and event.on == first)
    )
    extra = Lab(subject="2-02", row=9001, on=begin, test="platelets", value=5.0, unit="10^9/L")
    assert status(decided(changed(demo_study, replace(subject, events=(*low, extra)))), "2-02") == expected


def test_a_baseline_count_alone_shows_nothing(demo_study: Study) -> None:
    first = first_day(demo_study, "2-02")
    subject = one(demo_study, "2-02")
    kept = tuple(event for event in subject.events if not isinstance(event, Lab) or event.on == first)
    protocol = replace(demo_study.protocol, count_schedule=None)
    study = replace(changed(demo_study, replace(subject, events=kept)), protocol=protocol)
    found = decided(study)
    assert status(found, "2-02") == "undetermined"
    assert any("no platelets count after the infusion" in line for line in found.because)


@pytest.mark.parametrize(("reason", "expected"), [("withdrew consent", "not evaluable"), (None, "no DLT")])
def test_declared_not_evaluable_is_that(demo_study: Study, reason: str | None, expected: str) -> None:
    subject = one(demo_study, "2-02")
    study = changed(demo_study, replace(subject, enrolment=replace(subject.enrolment, not_evaluable_reason=reason)))
    assert status(decided(study), "2-02") == expected


@pytest.mark.parametrize(("day", "expected"), [(85, "undetermined"), (86, "no DLT")])
def test_a_death_after_the_window_is_no_dlt(demo_study: Study, day: int, expected: str) -> None:
    on = first_day(demo_study, "2-02") + timedelta(days=day - 1)
    subject = one(demo_study, "2-02")
    kept = tuple(event for event in subject.events if not isinstance(event.on, date) or event.on <= on)
    study = changed(demo_study, replace(subject, events=(*kept, Death(subject="2-02", row=9001, on=on))))
    assert status(decided(study), "2-02") == expected


def test_the_censoring_that_the_protocol_asks_for_is_applied(demo_study: Study) -> None:
    asked = ResponsePlan(criteria="imwg-2016", censoring="fda", assessed_every_d=28, tolerance_d=5)
    assert rule_of(asked) == fda(28, 5)
    assert rule_of(asked).longest_gap_d != rule_of(replace(asked, censoring="as-seen")).longest_gap_d
    assert rule_of(None).name == rule_of(ResponsePlan(criteria="imwg-2016")).name


def test_subjects_stand_in_the_order_of_treatment_and_not_of_their_names(demo_study: Study) -> None:
    """Names turned round: the cohorts are those of the days of treatment all the same."""
    names = dict(zip(sorted(subject.id for subject in demo_study.subjects), "hgfedcba", strict=True))
    turned = tuple(replace(subject, id=names[subject.id]) for subject in demo_study.subjects)
    study = replace(demo_study, subjects=tuple(sorted(turned, key=lambda subject: subject.id)))
    found = subject_outcomes(as_of(study, CUT), CUT)
    days = [first_day(study, item.subject) for item in found]
    assert days == sorted(days)
    assert [cohort.level for cohort in cohorts_of(found)] == [1, 2]


def test_enrolled_subjects_without_any_day_stand_after_their_cohort(demo_study: Study) -> None:
    waiting = Subject(id="0-00", enrolment=Enrolment(subject="0-00", row=9001, arm_code="1"), events=())
    found = subject_outcomes(replace(demo_study, subjects=(waiting, *demo_study.subjects)), CUT)
    assert [item.level for item in found] == [1, 1, 1, 1, 1, 2, 2, 2, 2]
    assert found[4].subject == "0-00"


@pytest.mark.parametrize(
    ("n", "dlt", "answer"),
    # Liu, Wang and Ji, Clin Cancer Res 2020;26:1787, table 1, target 0.30 and interval 0.25 to 0.35
    [(3, 0, "E"), (3, 1, "S"), (3, 2, "D"), (6, 1, "E"), (6, 2, "S"), (6, 3, "D"), (9, 2, "E"), (9, 3, "S"), (9, 4, "D"), (12, 3, "E"), (12, 4, "S"), (12, 5, "D")],
)  # fmt: skip
def test_i3plus3_beyond_small_counts(n: int, dlt: int, answer: str) -> None:
    share, below = dlt / n, (dlt - 1) / n
    by_the_paper = "E" if share < 0.25 else "S" if share <= 0.35 else "S" if below < 0.25 else "D"
    found = IThreePlusThree(target=0.30).at(n, dlt)
    assert found[0] in (by_the_paper, "X" if by_the_paper == "D" else by_the_paper), answer


@pytest.mark.parametrize(
    ("history", "action", "level", "places", "mtd"),
    [
        ("1NNN 2NTT 1NNT", "stop", None, 0, 1),
        ("1NNN 2NTT 1NN", "stay", 1, 1, None),
        ("1NNN 2NTT 1NNP", "wait", 1, 0, None),
        ("1NNNN 2NTT", "de-escalate", 1, 2, None),
        ("1TT", "stop", None, 0, None),
        ("1NNNNNN 2TT", "stop", None, 0, 1),
        ("1NNNNNN", "escalate", 2, 6, None),
    ],
)
def test_rolling_six_on_its_way_down(
    history: str, action: str, level: int | None, places: int, mtd: int | None
) -> None:
    found = RollingSix(levels=4).decide(parse_history(history))
    assert (found.action, found.level, found.open_places, found.mtd) == (action, level, places, mtd)


def test_designs_of_one_level_are_designs() -> None:
    assert RollingSix(levels=1).decide(()).level == 1
    assert RollingSix(levels=1).decide(parse_history("1NNN")).mtd == 1
    assert three_plus_three("no-de-escalation", 1).decide(parse_history("1NNN")).mtd == 1


@pytest.mark.parametrize("variant", ["no-de-escalation", "de-escalation", "modified"])
@pytest.mark.parametrize("start", [1, 2])
def test_many_steps_at_once_are_the_decisions_one_by_one(variant: str, start: int) -> None:
    """The arrays that simulations use and the sentences that people read are two writings of one design."""
    import numpy as np

    design = replace(three_plus_three(variant, 4), first_level=start)
    histories, seen = [""], 0
    for _ in range(5):
        longer = []
        for history in histories:
            now = design.decide(parse_history(history))
            if now.level is None:
                continue
            for dlt in range(now.open_places + 1):
                letters = f"{now.level}{'N' * (now.open_places - dlt)}{'T' * dlt}"
                told = f"{history} {letters}".strip()
                cohorts = parse_history(told)
                n, with_dlt = np.zeros((1, 4), dtype=np.int64), np.zeros((1, 4), dtype=np.int64)
                for cohort in cohorts:
                    n[0, cohort.level - 1] += cohort.evaluable
                    with_dlt[0, cohort.level - 1] += cohort.with_dlt
                level = np.array([cohorts[-1].level])
                steps, decision = design.steps(n, with_dlt, level, np.array([dlt])), design.decide(cohorts)
                assert (int(steps.level[0]) or None, int(steps.places[0]), int(steps.mtd[0]) or None) == (
                    decision.level,
                    decision.open_places,
                    decision.mtd,
                ), told
                seen += 1
                longer.append(told)
        histories = longer
    assert seen > 20


def test_the_share_of_the_activity_and_the_day_are_told(demo_study: Study) -> None:
    study = as_of(demo_study, CUT)
    found = outcome(one(study, "2-02"), study, CUT, 2, 80.0)
    assert found.because == ("80.0 % of the prescribed activity administered; 90 % are required",)
    early = as_of(demo_study, date(2016, 8, 1))
    pending = outcome(one(early, "2-02"), early, date(2016, 8, 1), 2, 100.0)
    days = (date(2016, 8, 1) - first_day(demo_study, "2-02")).days + 1
    assert pending.because[0].startswith(f"day {days} of 85; the window ends on ")
    assert pending.elapsed_d == days
