"""Rules of eligibility, each answered by hand: what is not known is undetermined, never satisfied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.files.protocol import read_protocol
from hevesy.follow.eligibility import Answered, Known, SubjectEligibility, eligibility, holds
from hevesy.follow.labs import graded
from hevesy.follow.prior_therapies import Derived, history_of
from hevesy.study.dates import PartialDate
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.protocol.eligibility import (
    AgeRule,
    BaselineCountRule,
    EligibilityRule,
    ExposedRule,
    PriorLinesRule,
    RefractoryRule,
    TherapyFreeRule,
)
from hevesy.study.subject import Subject
from tests.follow.prior_subjects import DAY_1, subject_with, therapy
from tests.tiers import cases

PLAN = read_protocol('[study]\nid = "S"\ntitle = "S"\nctcae_version = "5.0"\n[[arm]]\ncode = "1"\nname = "One"\n')
PI, IMID = "proteasome inhibitor", "immunomodulatory drug"


def known(subject: Subject, support_delivered: bool = True) -> Known:
    return Known(
        subject=subject,
        history=history_of(subject),
        labs=graded(subject, PLAN),
        support_delivered=support_delivered,
    )


def asked(rule: EligibilityRule, subject: Subject, support_delivered: bool = True) -> Derived:
    return holds(rule, known(subject, support_delivered))


@pytest.mark.parametrize(
    ("age", "answer"),
    [(17.99, "no"), (18, "yes"), (75, "yes"), (75.9, "yes"), (76, "no"), (None, "undetermined")],
)
def test_an_age_is_in_completed_years_and_both_bounds_may_be_reached(age: float | None, answer: str) -> None:
    found = asked(AgeRule(name="age", at_least_a=18, at_most_a=75), subject_with(age_a=age))
    assert (found.answer, found.rows) == (answer, (1,))


@pytest.mark.parametrize(
    ("lines", "least", "most", "answer"),
    [
        ((1, 2, 3), 3, None, "yes"),
        ((1, 2), 3, None, "no"),
        ((1, 2, 3, 4), None, 3, "no"),
        ((1, 2, 3), None, 3, "yes"),
        ((2, 3), 3, None, "undetermined"),
        ((2, 3), 4, None, "no"),
        ((2, 3), 2, None, "yes"),
        ((1, 2, None), 3, None, "undetermined"),
        ((1, 2, None), 2, 3, "yes"),
        ((), 1, None, "undetermined"),
        ((), None, 4, "undetermined"),
    ],
)
def test_lines_are_held_against_bounds_as_far_as_they_are_known(
    lines: tuple[int | None, ...], least: int | None, most: int | None, answer: str
) -> None:
    subject = subject_with(*(therapy(line, "Rd", 50 + place) for place, line in enumerate(lines)))
    assert asked(PriorLinesRule(name="lines", at_least=least, at_most=most), subject).answer == answer


def test_all_of_some_classes_or_any_of_them() -> None:
    subject = subject_with(therapy(1, "Rd", best_response="PD"))
    for of_them, answer in (("all", "no"), ("any", "yes")):
        chosen: Any = of_them
        assert asked(ExposedRule(name="both", classes=(PI, IMID), of_them=chosen), subject).answer == answer
        assert asked(RefractoryRule(name="both", classes=(PI, IMID), of_them=chosen), subject).answer == answer


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        # 14 days before 1 March 2016 (a leap year) is 16 February
        ({"stop": date(2016, 2, 16)}, "yes"),
        ({"stop": date(2016, 2, 17)}, "no"),
        ({"stop": PartialDate(year=2016, month=1)}, "yes"),
        ({"stop": PartialDate(year=2016, month=2)}, "undetermined"),
        ({"stop": PartialDate(year=2016)}, "undetermined"),
        ({"on": date(2016, 2, 20)}, "no"),
        ({"on": date(2016, 1, 20)}, "undetermined"),
        ({"on": date(2016, 1, 20), "stop": date(2016, 3, 9)}, "no"),
        ({}, "undetermined"),
    ],
)
def test_days_since_therapy_are_counted_from_its_last(told: dict[str, Any], answer: str) -> None:
    rule = TherapyFreeRule(name="washout", at_least_d=14)
    found = asked(rule, subject_with(therapy(1, "Rd", stop=date(2014, 1, 1)), therapy(2, "Vd", **told)))
    assert found.answer == answer
    assert found.rows == (101, 102)


def test_days_since_a_class_ask_of_that_class_and_of_what_may_be_it() -> None:
    rule = TherapyFreeRule(name="washout", at_least_d=100, drug_class=PI)
    old, new = therapy(1, "Vd", stop=date(2015, 6, 1)), therapy(2, "Rd", stop=date(2016, 2, 20))
    assert asked(rule, subject_with(old, new)).answer == "yes"
    assert asked(rule, subject_with(new, old, therapy(3, "XYZ-17", stop=date(2016, 2, 20)))).answer == "undetermined"
    assert asked(rule, subject_with(old, new, therapy(3, "XYZ-17", stop=date(2015, 7, 1)))).answer == "yes"
    assert asked(rule, subject_with(therapy(1, "Rd", stop=date(2016, 2, 20)))).answer == "yes"
    assert asked(rule, subject_with()).answer == "undetermined"


def test_days_are_counted_from_the_day_that_the_rule_names() -> None:
    told = therapy(1, "Rd", stop=date(2016, 1, 20))
    by_consent = TherapyFreeRule(name="washout", at_least_d=21, before="consent")
    for consent, answer in (
        (date(2016, 2, 10), "yes"),
        (date(2016, 2, 9), "no"),
        (PartialDate(year=2016, month=2), "undetermined"),
        (None, "undetermined"),
    ):
        assert asked(by_consent, subject_with(told, consent=consent)).answer == answer
    untreated = subject_with(told, day_1=None)
    assert asked(replace(by_consent, before="day 1"), untreated).because == (
        "the day that is counted from (day 1) is not known",
    )


PLATELETS = BaselineCountRule(name="platelets", test="platelets", minimum=75, within_d=14, unsupported_d=7)


def count(before: int, value: float | None, row: int = 30, **told: Any) -> Lab:
    """So many days before day 1."""
    given: dict[str, Any] = {"unit": "10^9/L", "on": DAY_1 - timedelta(days=before)} | told
    return Lab(subject="1", row=row, test="platelets", value=value, **given)


def product(before: int | None, name: str = "platelet concentrate", row: int = 60) -> SupportiveCare:
    on = DAY_1 - timedelta(days=before) if before is not None else None
    return SupportiveCare(subject="1", row=row, on=on, product=name)


COUNTS: list[tuple[str, tuple[Fact, ...], str]] = [
    ("enough", (count(3, 75),), "yes"),
    ("too few", (count(3, 74.9),), "no"),
    ("in another unit", (count(3, 80000, unit="/uL"),), "yes"),
    ("on the day itself", (count(0, 80),), "yes"),
    ("two weeks before", (count(14, 80),), "yes"),
    ("longer before", (count(15, 80),), "undetermined"),
    ("after it", (count(-1, 80),), "undetermined"),
    ("none", (), "undetermined"),
    ("the last is too low", (count(10, 200), count(2, 60, 31)), "no"),
    ("the last is enough", (count(10, 60), count(2, 90, 31)), "yes"),
    ("two of the last day", (count(2, 90), count(2, 60, 31)), "no"),
    ("no value", (count(2, None),), "undetermined"),
    ("above a limit", (count(2, 80, side=">"),), "yes"),
    ("above a lower limit", (count(2, 50, side=">"),), "undetermined"),
    ("below a limit", (count(2, 75, side="<"),), "no"),
    ("below a higher limit", (count(2, 100, side="<"),), "undetermined"),
    ("one more of the month", (count(9, 90), count(0, 60, 31, on=PartialDate(year=2016, month=2))), "undetermined"),
    ("one more that is enough too", (count(9, 90), count(0, 80, 31, on=PartialDate(year=2016, month=2))), "yes"),
    ("one more of an earlier month", (count(9, 90), count(0, 60, 31, on=PartialDate(year=2016, month=1))), "yes"),
    ("one more of no day", (count(9, 90), count(0, 60, 31, on=None)), "undetermined"),
    ("carried by platelets", (count(3, 90), product(10)), "undetermined"),
    ("platelets long before", (count(3, 90), product(11)), "yes"),
    ("platelets after it", (count(3, 90), product(2)), "yes"),
    ("too few although carried", (count(3, 60), product(4)), "no"),
    ("platelets of no day", (count(3, 90), product(None)), "undetermined"),
    ("carried by what lifts another count", (count(3, 90), product(4, "epoetin")), "yes"),
    ("carried by what nobody knows", (count(3, 90), product(4, "XYZ-17")), "undetermined"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "answer"), [one[1:] for one in COUNTS], ids=[one[0] for one in COUNTS])
def test_the_last_count_before_treatment_is_enough_by_itself(facts: tuple[Fact, ...], answer: str) -> None:
    assert asked(PLATELETS, subject_with(*facts)).answer == answer


def test_without_records_of_transfusions_none_is_not_what_is_known() -> None:
    subject = subject_with(count(3, 90))
    assert asked(PLATELETS, subject, support_delivered=False).answer == "undetermined"
    assert asked(replace(PLATELETS, unsupported_d=None), subject, support_delivered=False).answer == "yes"


def test_a_count_that_nobody_could_believe_is_none() -> None:
    found = asked(PLATELETS, subject_with(count(3, 90000)))
    assert found.answer == "undetermined"
    assert "nobody could believe" in found.because[0]


def test_an_exclusion_is_satisfied_by_whom_it_does_not_hold_of() -> None:
    rule = ExposedRule(name="no CD38", classes=("anti-CD38 antibody",), exclusion=True)
    for agents, answer in (("Rd", "yes"), ("DRd", "no"), ("XYZ-17", "undetermined")):
        found = eligibility((rule,), known(subject_with(therapy(1, agents))))
        assert found.answers[0].answer == found.eligible == answer


ANSWERS = st.sampled_from(("yes", "no", "undetermined"))


@given(st.lists(st.tuples(ANSWERS, st.booleans()), min_size=1, max_size=6))
def test_undetermined_is_never_counted_as_eligible(answers: list[tuple[Any, bool]]) -> None:
    """Eligible is the minimum of three values, of which an exclusion turns round the outer two."""
    order = ("no", "undetermined", "yes")
    rules = [
        Answered(rule=AgeRule(name="age", at_least_a=18, exclusion=out), holds=holds, because=(), rows=())
        for holds, out in answers
    ]
    values = [2 - order.index(holds) if out else order.index(holds) for holds, out in answers]
    assert SubjectEligibility(subject="1", answers=tuple(rules)).eligible == order[min(values)]


RULES: tuple[EligibilityRule, ...] = (
    AgeRule(name="age", at_least_a=18),
    PriorLinesRule(name="lines", at_least=2),
    PriorLinesRule(name="not many", at_most=3),
    ExposedRule(name="exposed", classes=(PI, IMID)),
    ExposedRule(name="naive", classes=("anti-CD38 antibody",), exclusion=True),
    RefractoryRule(name="refractory", classes=(IMID,)),
    TherapyFreeRule(name="washout", at_least_d=14),
    PLATELETS,
)
WHOLE: tuple[Fact, ...] = (
    therapy(1, "VRd", on=date(2013, 1, 1), stop=date(2014, 1, 1), best_response="CR", reason="progression"),
    therapy(2, "Kd", on=date(2014, 3, 1), stop=date(2015, 1, 1), best_response="PR", reason="toxicity"),
    therapy(3, "Pd", on=date(2015, 2, 1), stop=date(2016, 2, 1), best_response="PR", reason="progression"),
    count(3, 120),
)


def test_a_subject_who_satisfies_every_rule_is_eligible() -> None:
    found = eligibility(RULES, known(subject_with(*WHOLE, age_a=61)))
    assert [one.answer for one in found.answers] == ["yes"] * len(RULES)
    assert found.eligible == "yes"


HIDE: list[Callable[[Fact], Iterable[Fact]]] = [
    lambda fact: (),
    lambda fact: (replace(fact, on=None),),
    lambda fact: (replace(fact, on=PartialDate(year=2016)),) if isinstance(fact, Lab) else (replace(fact, stop=None),),
    lambda fact: (replace(fact, value=None),) if isinstance(fact, Lab) else (replace(fact, agents=None),),
    lambda fact: (fact,) if isinstance(fact, Lab) else (replace(fact, line=None),),
]
"""What of a fact is not told: all of it, its day, its end, what it was."""


@settings(max_examples=cases(1000), deadline=None)
@given(st.lists(st.sampled_from(HIDE), min_size=4, max_size=4), st.booleans())
def test_telling_less_of_one_who_satisfies_every_rule_makes_no_exclusion_and_no_deviation(
    hide: list[Callable[[Fact], Iterable[Fact]]], age: bool
) -> None:
    """Less is told of each fact; but for the whole last line of therapy, which nobody could miss, no rule says no."""
    kept = [part for how, fact in zip(hide, WHOLE, strict=True) for part in how(fact)]
    lines = [one for one in kept if getattr(one, "line", 0)]
    found = eligibility(RULES, known(subject_with(*kept, age_a=61 if age else None)))
    if any(getattr(one, "line", None) == 3 for one in lines):
        assert "no" not in {one.answer for one in found.answers}
    if len(kept) < 4 or not age:
        assert found.eligible != "yes" or (len(kept) == 3 and HIDE[0] in hide[:3])
