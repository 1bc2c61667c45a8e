"""Dose-limiting toxicity in three values: what weekly counts leave open is undetermined, and never a no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.follow.dlt.counts import episodes
from hevesy.follow.dlt.rules import judge
from hevesy.follow.dlt.status import outcome
from hevesy.follow.dlt.verdict import Verdict
from hevesy.follow.labs import graded
from hevesy.study.cut import as_of
from hevesy.study.dates import PartialDate
from hevesy.study.dose import Dose
from hevesy.study.facts.disposition import Death
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration
from hevesy.study.protocol import CountRule, DLTRule, DurationRule
from hevesy.study.subject import Study, Subject

DAY_1 = date(2016, 1, 1)
CHICAGO = ZoneInfo("America/Chicago")
LAST = DAY_1 + timedelta(days=84)


def on(day: int) -> date:
    return DAY_1 + timedelta(days=day - 1)


def subject(*events: Fact, counts: dict[int, float] | None = None, skip: tuple[int, ...] = ()) -> Subject:
    """A treated subject with weekly normal counts, but for the platelets given by study day."""
    facts: list[Fact] = [Administration(subject="S", row=2, start=datetime(2016, 1, 1, 13, tzinfo=CHICAGO)), *events]
    platelets = {day: 200.0 for day in range(1, 142, 7) if day not in skip} | (counts or {})
    row = 100
    for test, unit, value in (
        ("neutrophils", "10^9/L", 4.0),
        ("haemoglobin", "g/dL", 14.0),
        ("lymphocytes", "10^9/L", 2.0),
    ):
        for day in range(1, 142, 7):
            row += 1
            facts.append(Lab(subject="S", row=row, on=on(day), test=test, value=value, unit=unit))
    for day, value in sorted(platelets.items()):
        row += 1
        facts.append(Lab(subject="S", row=row, on=on(day), test="platelets", value=value, unit="10^9/L"))
    return Subject(id="S", enrolment=Enrolment(subject="S", row=1, arm_code="1", sex="M"), events=tuple(facts))


@pytest.fixture
def plan(demo_study: Study) -> Study:
    return demo_study


def with_rule(plan: Study, *rules: CountRule | DurationRule) -> Study:
    assert plan.protocol.dlt is not None
    dlt: DLTRule = replace(plan.protocol.dlt, rules=rules)
    return replace(plan, protocol=replace(plan.protocol, dlt=dlt))


LATER = on(141)


def verdict(who: Subject, plan: Study, cut: date = LATER) -> Verdict:
    study = as_of(replace(plan, subjects=(who,)), cut)
    return judge(study.subjects[0], study, cut)[0]


LASTING = DurationRule(name="grade 4 platelets for 14 days or more", test="platelets", grade=4, lasting_d=14)
RECOVERY = CountRule(name="not back within 28 days", test="platelets", grade=4, recovery_grade=2, within_d=28)


def test_two_weekly_counts_of_grade_4_leave_14_days_undetermined(plan: Study) -> None:
    """Counts of grade 4 on days 50 and 57, not on 43 and 64: between 7 and 21 days."""
    found = verdict(subject(counts={50: 18, 57: 19}), with_rule(plan, LASTING))
    assert found.answer == "undetermined"
    assert "7 to 21 days" in found.because[0]
    assert "more frequent counts" in found.because[0]


@pytest.mark.parametrize(
    ("counts", "answer"),
    [
        ({50: 18}, "undetermined"),
        ({50: 18, 53: 60}, "no"),
        ({50: 18, 57: 19, 64: 20}, "yes"),
        ({50: 30}, "no"),
        ({}, "no"),
    ],
)
def test_lasting_14_days_or_more(plan: Study, counts: dict[int, float], answer: str) -> None:
    assert verdict(subject(counts=counts), with_rule(plan, LASTING)).answer == answer


@pytest.mark.parametrize(
    ("counts", "answer", "words"),
    [
        ({50: 18, 57: 40, 64: 40, 71: 40}, "undetermined", "21 to 35 days"),
        ({50: 18, 57: 40, 64: 60}, "no", "7 to 21 days"),
        ({50: 18, 57: 40, 64: 40, 71: 40, 78: 40}, "yes", "28 to 42 days"),
        ({85: 18, 92: 40, 99: 40, 106: 40, 113: 40}, "yes", "28 to 42 days"),
        ({92: 18, 99: 18, 106: 18, 113: 18, 120: 18}, "no", "no platelets count of grade 4"),
    ],
)
def test_not_back_to_grade_2_within_28_days(plan: Study, counts: dict[int, float], answer: str, words: str) -> None:
    found = verdict(subject(counts=counts), with_rule(plan, RECOVERY))
    assert found.answer == answer
    assert words in " ".join(found.because) or answer == "no"


def test_an_episode_still_going_on_at_the_cut_is_undetermined(plan: Study) -> None:
    found = verdict(subject(counts={85: 18, 92: 18}), with_rule(plan, RECOVERY), cut=on(90))
    assert found.answer == "undetermined"
    assert "later counts are needed" in found.because[0]


@given(onset=st.integers(2, 80), length=st.integers(0, 60), phase=st.integers(0, 6), limit=st.integers(1, 60))
def test_the_bounds_hold_the_true_length_whatever_the_days_of_the_counts(
    onset: int, length: int, phase: int, limit: int
) -> None:
    """A daily truth seen once a week: the true length lies within the bounds, and no answer contradicts it."""
    from hevesy.follow.ctcae import LabGrade
    from hevesy.follow.labs import GradedLab

    def count(day: int) -> GradedLab:
        bad = onset <= day < onset + length
        grade = LabGrade(grade=4 if bad else 0, because="", value=18 if bad else 200)
        return GradedLab(
            lab=Lab(subject="S", row=day, on=on(day), test="platelets", value=0, unit="10^9/L"),
            grade=grade,
            on=on(day),
            day=day,
        )

    seen = episodes([count(day) for day in range(1 + phase, 200, 7)], 4, 3)
    assert len(seen) <= 1
    for episode in seen:
        assert episode.at_most_d is not None
        if (episode.first_on - DAY_1).days + 1 > 1 + phase:
            assert episode.at_least_d < length <= episode.at_most_d or episode.at_least_d <= length <= episode.at_most_d
            assert not (episode.at_least_d >= limit and length < limit)
            assert not (episode.at_most_d < limit and length >= limit)


def test_a_missing_required_count_is_undetermined_not_no(plan: Study) -> None:
    study = as_of(replace(plan, subjects=(subject(skip=(50,)),)), LAST)
    found = outcome(study.subjects[0], study, LAST, 1, 100.0)
    assert found.status == "undetermined"
    assert "required platelets count missing on day 50" in " ".join(found.because)


def test_no_adverse_events_delivered_is_undetermined(plan: Study) -> None:
    study = as_of(replace(plan, subjects=(subject(),), delivered_kinds=plan.delivered_kinds - {"adverse_event"}), LAST)
    assert outcome(study.subjects[0], study, LAST, 1, 100.0).status == "undetermined"


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (AdverseEvent(subject="S", row=3, term="Nausea", grade=3, on=on(20), worst_on=on(22), resolved=on(30)), "DLT"),
        (AdverseEvent(subject="S", row=3, term="Nausea", grade=2, on=on(20), worst_on=on(22)), "no DLT"),
        (AdverseEvent(subject="S", row=3, term="Nausea", grade=3, on=on(90), worst_on=on(92)), "no DLT"),
        (AdverseEvent(subject="S", row=3, term="Nausea", grade=3, on=on(80), worst_on=on(92)), "undetermined"),
        (AdverseEvent(subject="S", row=3, term="Nausea", grade=None, on=on(20)), "undetermined"),
        (AdverseEvent(subject="S", row=3, term="Nausea", grade=3, on=None), "undetermined"),
        (AdverseEvent(subject="S", row=3, term="Anaemia", grade=3, on=on(20), worst_on=on(22)), "no DLT"),
        (
            AdverseEvent(subject="S", row=3, term="Nausea", grade=4, on=on(-5), worst_on=on(-5), resolved=on(-2)),
            "no DLT",
        ),
    ],
)
def test_an_adverse_event_by_grade_and_day(plan: Study, event: AdverseEvent, status: str) -> None:
    cut = on(85) if event.worst_on == on(92) and event.on == on(80) else on(141)
    study = as_of(replace(plan, subjects=(subject(event),)), cut)
    assert outcome(study.subjects[0], study, cut, 1, 100.0).status == status


@pytest.mark.parametrize(
    ("events", "day"),
    [
        ((AdverseEvent(subject="S", row=3, term="Nausea", grade=3, on=on(20), worst_on=on(22)),), 22),
        (
            (
                AdverseEvent(subject="S", row=3, term="Nausea", grade=3, on=on(40), worst_on=on(41)),
                AdverseEvent(subject="S", row=4, term="Vomiting", grade=3, on=on(30), worst_on=on(31)),
            ),
            31,
        ),
        (
            (
                AdverseEvent(
                    subject="S",
                    row=3,
                    term="Nausea",
                    grade=3,
                    on=PartialDate(year=2016, month=2),
                    worst_on=PartialDate(year=2016, month=2),
                ),
            ),
            None,
        ),
        (
            (
                AdverseEvent(
                    subject="S",
                    row=3,
                    term="Nausea",
                    grade=3,
                    on=PartialDate(year=2016, month=2),
                    worst_on=PartialDate(year=2016, month=2),
                ),
                AdverseEvent(subject="S", row=4, term="Vomiting", grade=3, on=on(30), worst_on=on(31)),
            ),
            31,
        ),
        (
            (
                AdverseEvent(
                    subject="S",
                    row=3,
                    term="Nausea",
                    grade=3,
                    on=PartialDate(year=2016, month=2),
                    worst_on=PartialDate(year=2016, month=2),
                ),
                AdverseEvent(subject="S", row=4, term="Vomiting", grade=3, on=on(33), worst_on=on(34)),
            ),
            None,
        ),
    ],
)
def test_the_day_of_a_dlt_is_that_its_rule_was_met_where_it_is_known(
    plan: Study, events: tuple[AdverseEvent, ...], day: int | None
) -> None:
    """February 2016 begins on day 32: an event of that month cannot be before one of day 31, but may be before day 34."""
    study = as_of(replace(plan, subjects=(subject(*events),)), LATER)
    found = outcome(study.subjects[0], study, LATER, 1, 100.0)
    assert (found.status, found.dlt_after_d) == ("DLT", day)


def test_a_count_rule_is_met_when_its_days_are_over_and_at_the_latest_as_the_window_ends(plan: Study) -> None:
    study = with_rule(plan, CountRule(name="slow", test="platelets", grade=4, recovery_grade=2, within_d=28))
    low = {"within": range(29, 70, 7), "across": range(71, 121, 7)}
    for days, day in ((low["within"], 29 + 28), (low["across"], 85)):
        who = subject(counts=dict.fromkeys(days, 10.0))
        found = outcome(who, as_of(replace(study, subjects=(who,)), LATER), LATER, 1, 100.0)
        assert (found.status, found.dlt_after_d) == ("DLT", day)


def test_the_window_is_complete_at_the_end_of_its_last_day(plan: Study) -> None:
    for cut, status in ((on(84), "pending"), (on(85), "no DLT")):
        study = as_of(replace(plan, subjects=(subject(),)), cut)
        assert outcome(study.subjects[0], study, cut, 1, 100.0).status == status


def test_too_little_activity_is_not_evaluable(plan: Study) -> None:
    study = as_of(replace(plan, subjects=(subject(),)), LAST)
    assert outcome(study.subjects[0], study, LAST, 1, 89.9).status == "not evaluable"


def test_a_death_in_the_window_is_for_review_not_for_counting(plan: Study) -> None:
    study = as_of(replace(plan, subjects=(subject(Death(subject="S", row=9, on=on(40))),)), on(141))
    assert outcome(study.subjects[0], study, on(141), 1, 100.0).status == "undetermined"


def test_grades_of_the_demonstration_equal_those_delivered(plan: Study) -> None:
    for who in plan.subjects:
        for item in graded(who, plan.protocol):
            assert str(item.grade.grade) == dict(item.lab.reported)["ctcae_grade"]


@pytest.mark.parametrize("day", [84, 85, None])
def test_a_death_in_the_window_is_never_a_no(plan: Study, day: int | None) -> None:
    study = replace(plan, subjects=(subject(Death(subject="S", row=9, on=on(day) if day else None)),))
    assert outcome(study.subjects[0], study, on(141), 1, 100.0).status == "undetermined"


def test_a_fractionated_subject_between_fractions_is_pending(plan: Study) -> None:
    from hevesy.study.protocol import DoseLevel, Regimen

    level = DoseLevel(
        number=1, dose=Dose(amount=231.25, basis="body surface area"), regimen=Regimen(fractions=2, interval_d=7)
    )
    split = replace(
        plan,
        protocol=replace(plan.protocol, dose_levels=(level,), arms=(replace(plan.protocol.arms[0], dose_level=1),)),
    )
    study = as_of(replace(split, subjects=(subject(),)), on(3))
    assert outcome(study.subjects[0], study, on(3), 1, 50.0).status == "pending"
    late = as_of(replace(split, subjects=(subject(),)), on(85))
    assert outcome(late.subjects[0], late, on(85), 1, 50.0).status == "not evaluable"


def test_an_activity_that_is_not_known_is_not_enough(plan: Study) -> None:
    study = as_of(replace(plan, subjects=(subject(),)), LAST)
    found = outcome(study.subjects[0], study, LAST, 1, None)
    assert found.status == "undetermined"
    assert "administered activity not known" in found.because


def test_no_count_at_all_is_not_a_no(plan: Study) -> None:
    bare = replace(plan, protocol=replace(plan.protocol, count_schedule=None))
    who = subject()
    no_platelets = replace(
        who, events=tuple(event for event in who.events if getattr(event, "test", "") != "platelets")
    )
    study = as_of(replace(bare, subjects=(no_platelets,)), LAST)
    found = outcome(study.subjects[0], study, LAST, 1, 100.0)
    assert found.status == "undetermined"
    assert "no platelets count after the infusion" in " ".join(found.because)


def test_a_subject_not_seen_to_the_end_of_the_window_is_undetermined(plan: Study) -> None:
    from hevesy.study.protocol import AdverseEventRule

    assert plan.protocol.dlt is not None
    only_events = replace(
        plan.protocol.dlt, rules=tuple(rule for rule in plan.protocol.dlt.rules if isinstance(rule, AdverseEventRule))
    )
    lost = subject()
    lost = replace(
        lost,
        events=tuple(
            event for event in lost.events if event.on is None or not isinstance(event.on, date) or event.on <= on(30)
        ),
    )
    study = replace(plan, subjects=(lost,), protocol=replace(plan.protocol, dlt=only_events))
    found = outcome(lost, study, on(400), 1, 100.0)
    assert found.status == "undetermined"
    assert "last seen on day 29" in " ".join(found.because)


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (
            AdverseEvent(subject="S", row=3, term="Pneumonitis", grade=4, on=on(60), worst_on=on(88), resolved=on(100)),
            "undetermined",
        ),
        (
            AdverseEvent(subject="S", row=3, term="Pneumonitis", grade=3, on=on(60), worst_on=on(88), resolved=on(100)),
            "no DLT",
        ),
        (
            AdverseEvent(subject="S", row=3, term="Diarrhoea", grade=4, on=on(-10), worst_on=on(20), resolved=on(30)),
            "DLT",
        ),
        (AdverseEvent(subject="S", row=3, term="Diarrhoea", grade=4, on=on(-10)), "undetermined"),
        (AdverseEvent(subject="S", row=3, term="Diarrhoea", grade=4, on=on(-10), resolved=on(-3)), "no DLT"),
    ],
)
def test_when_a_grade_was_reached_matters(plan: Study, event: AdverseEvent, status: str) -> None:
    study = replace(plan, subjects=(subject(event),))
    assert outcome(study.subjects[0], study, on(141), 1, 100.0).status == status


def test_a_gap_without_required_counts_is_not_certain_to_have_lasted(plan: Study) -> None:
    found = verdict(subject(counts={8: 20, 57: 40}, skip=(15, 22, 29, 36, 43, 50)), with_rule(plan, RECOVERY))
    assert found.answer == "undetermined"


def test_recovery_shows_in_normal_counts_without_a_limit_of_normal(plan: Study) -> None:
    no_ranges = replace(plan, protocol=replace(plan.protocol, reference_ranges=()))
    found = verdict(subject(counts={8: 20, 57: 20}), with_rule(no_ranges, RECOVERY))
    assert found.answer == "no"
    assert "0 to 14 days" in " ".join(found.because)


def test_a_sample_three_days_before_day_1_is_within_three_days(plan: Study) -> None:
    from hevesy.follow.labs import missing_counts

    who = subject(counts={-2: 210.0}, skip=(1,))  # on(-2) is three days before on(1)
    schedule = plan.protocol.count_schedule
    assert schedule is not None
    gaps = missing_counts(graded(who, plan.protocol), schedule, DAY_1, on(14))
    assert [(test, day) for test, day, _ in gaps if test == "platelets"] == []


def _one(
    plan: Study,
    *events: Fact,
    percent: float | None = 87.9,
    cut: date = LATER,
    declared: str | None = None,
    **dlt: object,
) -> str:
    """Status of a subject with these events, given so much of the prescription, by the demonstration's rules."""
    assert plan.protocol.dlt is not None
    rules = replace(plan.protocol.dlt, **dlt)  # type: ignore[arg-type]
    who = subject(*events)
    who = replace(who, enrolment=replace(who.enrolment, not_evaluable_reason=declared))
    study = as_of(replace(plan, subjects=(who,), protocol=replace(plan.protocol, dlt=rules)), cut)
    return outcome(study.subjects[0], study, cut, 1, percent).status


OPEN = AdverseEvent(subject="S", row=3, term="Nausea", grade=3, on=on(20))
SETTLED = AdverseEvent(subject="S", row=3, term="Nausea", grade=3, on=on(20), worst_on=on(22), resolved=on(30))


def test_an_open_finding_goes_before_too_little_activity(plan: Study) -> None:
    """87.9 % of the activity and an open grade 3 event: not a free place, but a question; settled it is a DLT."""
    assert _one(plan, OPEN) == "undetermined"
    assert _one(plan, SETTLED) == "DLT"
    assert _one(plan) == "not evaluable"
    assert _one(plan, OPEN, cut=on(60)) == "undetermined", "at an earlier cut the grade by then is not known"


def test_an_open_finding_goes_before_what_the_team_declared(plan: Study) -> None:
    assert _one(plan, OPEN, percent=100.0, declared="withdrew") == "undetermined"
    assert _one(plan, Death(subject="S", row=3, on=on(40)), percent=100.0, declared="withdrew") == "undetermined"
    assert _one(plan, percent=100.0, declared="withdrew") == "not evaluable"


def test_an_under_dosed_subject_with_one_missed_count_and_no_finding_is_replaced(plan: Study) -> None:
    study = as_of(replace(plan, subjects=(subject(skip=(50,)),)), LATER)
    assert outcome(study.subjects[0], study, LATER, 1, 87.9).status == "not evaluable"
    assert outcome(study.subjects[0], study, LATER, 1, 90.0).status == "undetermined"


def test_shares_of_the_activity_are_rules_only_where_the_protocol_has_them(plan: Study) -> None:
    assert _one(plan, percent=30.0, minimum_activity_percent=None) == "no DLT"
    assert _one(plan, percent=130.0) == "no DLT"
    assert _one(plan, percent=130.0, maximum_activity_percent=125.0) == "not evaluable"
    assert _one(plan, percent=125.0, maximum_activity_percent=125.0) == "no DLT"
    assert _one(plan, SETTLED, percent=130.0, maximum_activity_percent=125.0) == "DLT"


@pytest.mark.parametrize(
    ("day", "noted"),
    [(84, False), (85, False), (86, True), (88, True), (89, False)],
    ids=["before", "last-day", "after", "near", "far"],
)
def test_what_lies_just_outside_the_window_is_told_beside_a_no(plan: Study, day: int, noted: bool) -> None:
    event = AdverseEvent(subject="S", row=3, term="Nausea", grade=3, on=on(day), worst_on=on(day), resolved=on(day))
    study = as_of(replace(plan, subjects=(subject(event),)), LATER)
    found = outcome(study.subjects[0], study, LATER, 1, 100.0)
    assert found.status == ("DLT" if day <= 85 else "no DLT")
    assert bool(found.noted) == noted


@pytest.mark.parametrize("order", [(10, 190), (190, 10)])
def test_two_counts_of_one_day_are_read_alike_in_any_order(plan: Study, order: tuple[int, int]) -> None:
    """A low and a normal count of one day: which came last is not known, so the low one stands."""
    twice = [
        Lab(subject="S", row=900 + place, on=on(57), test="platelets", value=value, unit="10^9/L")
        for place, value in enumerate(order)
    ]
    who = subject(*twice, counts={50: 18, 64: 18}, skip=(57,))
    found = verdict(replace(who, events=tuple(event for event in who.events)), with_rule(plan, LASTING))
    assert found.answer == "yes"


def test_treated_without_a_whole_first_day_is_a_question_and_not_a_subject_yet_to_be_treated(plan: Study) -> None:
    from hevesy.study.facts.treatment import Exposure

    vague = Subject(
        id="S",
        enrolment=Enrolment(subject="S", row=1, arm_code="1"),
        events=(Exposure(subject="S", row=2, on=PartialDate(year=2016, month=1)),),
    )
    study = replace(plan, subjects=(vague,))
    assert outcome(vague, study, LATER, 1, None).status == "undetermined"
    untreated = Subject(id="S", enrolment=Enrolment(subject="S", row=1, arm_code="1"), events=())
    assert outcome(untreated, study, LATER, 1, None).status == "pending"
    reported = replace(untreated, enrolment=replace(untreated.enrolment, first_treatment=on(1)))
    assert outcome(reported, study, LATER, 1, None).status == "not evaluable"
    with_event = replace(reported, events=(OPEN,))
    assert outcome(with_event, study, LATER, 1, None).status == "undetermined"
