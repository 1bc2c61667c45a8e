"""Whether a subject may enter: each rule of eligibility answered yes, no or undetermined, with why and the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor

from hevesy.follow.dlt.verdict import Answer
from hevesy.follow.labs import GradedLab
from hevesy.follow.prior_therapies import (
    Derived,
    History,
    all_of,
    any_of,
    days_since,
    exposed,
    joined,
    number_of_lines,
    refractory,
)
from hevesy.follow.support import rule_for
from hevesy.study.dates import When, earliest, latest
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.protocol import BLOOD_TEST_DIMENSION, EligibilityRule, SupportRule
from hevesy.study.protocol.eligibility import (
    AgeRule,
    BaselineCountRule,
    Before,
    ExposedRule,
    PriorLinesRule,
    RefractoryRule,
    TherapyFreeRule,
)
from hevesy.study.subject import Subject
from hevesy.units import INTERNAL_UNIT

_OTHER: dict[Answer, Answer] = {"yes": "no", "no": "yes", "undetermined": "undetermined"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A rule and one subject: whether what it asks for holds, and so whether the subject satisfies it.

    An exclusion is satisfied by a subject of whom it does not hold.
    """

    rule: EligibilityRule
    holds: Answer
    because: tuple[str, ...]
    rows: tuple[int, ...]

    @property
    def answer(self) -> Answer:
        """Whether the subject satisfies it."""
        return _OTHER[self.holds] if self.rule.exclusion else self.holds


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectEligibility:
    """A subject and every rule."""

    subject: str
    answers: tuple[Answered, ...]

    @property
    def eligible(self) -> Answer:
        """Yes if every rule is satisfied, no if one is not, otherwise undetermined."""
        answers = {one.answer for one in self.answers}
        return "no" if "no" in answers else "undetermined" if "undetermined" in answers else "yes"

    def of(self, answer: Answer) -> tuple[Answered, ...]:
        """The rules that are answered so."""
        return tuple(one for one in self.answers if one.answer == answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rules ask for of a subject; `support_delivered`: transfusions and growth factors are recorded."""

    subject: Subject
    history: History
    labs: Sequence[GradedLab]
    support_delivered: bool
    support_rules: Sequence[SupportRule] = ()


def eligibility(rules: Sequence[EligibilityRule], known: Known) -> SubjectEligibility:
    """Every rule answered for a subject."""
    answers = []
    for rule in rules:
        found = holds(rule, known)
        answers.append(Answered(rule=rule, holds=found.answer, because=found.because, rows=found.rows))
    return SubjectEligibility(subject=known.subject.id, answers=tuple(answers))


def holds(rule: EligibilityRule, known: Known) -> Derived:
    """Whether what a rule asks for holds of a subject."""
    match rule:
        case AgeRule():
            return _age(rule, known.subject)
        case PriorLinesRule():
            return _lines(rule, known.history)
        case ExposedRule():
            every = [exposed(known.history, one) for one in rule.classes]
            return all_of(every) if rule.of_them == "all" else any_of(every)
        case RefractoryRule():
            every = [refractory(known.history, one) for one in rule.classes]
            return all_of(every) if rule.of_them == "all" else any_of(every)
        case BaselineCountRule():
            return _count(rule, known)
        case TherapyFreeRule():
            return _therapy_free(rule, known)


def _age(rule: AgeRule, subject: Subject) -> Derived:
    rows, age = (subject.enrolment.row,), subject.enrolment.age_a
    if age is None:
        return Derived(answer="undetermined", because=("no age is recorded",), rows=rows)
    answer = _within(floor(age), floor(age), rule.at_least_a, rule.at_most_a)
    return Derived(answer=answer, because=(f"{floor(age)} years",), rows=rows)


def _lines(rule: PriorLinesRule, history: History) -> Derived:
    least, most = history.lines
    count, because = number_of_lines(history)
    answer = _within(least, most, rule.at_least, rule.at_most)
    told = because if count is not None or answer == "undetermined" else (f"{least} prior lines or more", *because)
    return Derived(answer=answer, because=told, rows=history.rows)


def _within(low: int, high: int | None, least: int | None, most: int | None) -> Answer:
    """Whether a number of which only bounds are known (no upper one: None) lies within others."""
    if (least is not None and high is not None and high < least) or (most is not None and low > most):
        return "no"
    surely = (least is None or low >= least) and (most is None or (high is not None and high <= most))
    return "yes" if surely else "undetermined"


def _reference(before: Before, subject: Subject) -> When | None:
    """The day that a rule counts back from, as far as it is known."""
    if before == "day 1":
        return subject.day_1
    return subject.enrolment.consent if before == "consent" else subject.enrolment.on


def _therapy_free(rule: TherapyFreeRule, known: Known) -> Derived:
    reference = _reference(rule.before, known.subject)
    if reference is None:
        return _no_day(rule.before)
    what = rule.drug_class or "prior therapy"
    least, _, on = days_since(known.history, earliest(reference), rule.drug_class)
    _, most, _ = days_since(known.history, latest(reference), rule.drug_class)
    if on.answer == "no":
        return Derived(answer="yes", because=(f"no {what} was given",), rows=on.rows)
    answer: Answer = "undetermined"
    if most is not None and most < rule.at_least_d:
        answer = "no"
    elif on.answer == "yes" and least is not None and least >= rule.at_least_d:
        answer = "yes"
    return Derived(answer=answer, because=on.because, rows=on.rows)


def _no_day(before: Before) -> Derived:
    return Derived(answer="undetermined", because=(f"the day that is counted from ({before}) is not known",))


def _count(rule: BaselineCountRule, known: Known) -> Derived:
    """By the last count before the day; where several may be the last, by all of them."""
    reference = _reference(rule.before, known.subject)
    if not isinstance(reference, date):
        return _no_day(rule.before)
    first = reference - timedelta(days=rule.within_d)
    labs = [one for one in known.labs if one.lab.test == rule.test]
    dated = [one for one in labs if one.on is not None and first <= one.on <= reference]
    last = max((one.on for one in dated if one.on is not None), default=first)
    latest_ones = [one for one in dated if one.on == last]
    perhaps = [one for one in labs if one.on is None and _may_lie(one.lab.on, last, reference)]
    if not latest_ones:
        why = f"no {rule.test} count of the {rule.within_d} days before {reference}"
        told = (why, *(f"one of {one.lab.on or 'no day'} may lie there" for one in perhaps))
        return Derived(answer="undetermined", because=told, rows=tuple(one.lab.row for one in labs))
    # of several of one day, whose order is not known, each must be enough
    found = all_of(_enough(rule, one, known) for one in latest_ones)
    others = [_enough(rule, one, known) for one in perhaps]
    return found if all(one.answer == found.answer for one in others) else joined("undetermined", (found, *others))


def _may_lie(on: When | None, first: date, last: date) -> bool:
    return on is None or (earliest(on) <= last and latest(on) >= first)


def _enough(rule: BaselineCountRule, one: GradedLab, known: Known) -> Derived:
    """Whether one count is enough, by itself and with what carried it."""
    unit, value = INTERNAL_UNIT[BLOOD_TEST_DIMENSION[rule.test]], one.lab.inside
    when = f"{rule.test} of {one.lab.on or 'no day'}"
    if value is None:
        return Derived(answer="undetermined", because=(f"{when}: no value",), rows=(one.lab.row,))
    told = f"{when}: {one.lab.side or ''}{value:g} {unit}"
    if one.question is not None:
        because = f"{told}, which nobody could believe: {one.question.because}"
        return Derived(answer="undetermined", because=(because,), rows=(one.lab.row,))
    answer = _against(value, one.lab.side, rule.minimum)
    if answer == "no" or rule.unsupported_d is None:
        return Derived(answer=answer, because=(told,), rows=(one.lab.row,))
    carried = _carried(rule, one, known, rule.unsupported_d)
    if carried is None:
        return Derived(answer=answer, because=(told,), rows=(one.lab.row,))
    return Derived(answer="undetermined", because=(f"{told}; {carried.because[0]}",), rows=(one.lab.row, *carried.rows))


def _against(value: float, side: str | None, limit: float) -> Answer:
    if side == "<":
        return "no" if value <= limit else "undetermined"
    if side == ">":
        return "yes" if value >= limit else "undetermined"
    return "yes" if value >= limit * (1 - 1e-12) else "no"


def _carried(rule: BaselineCountRule, one: GradedLab, known: Known, days: int) -> Derived | None:
    """What may have carried a count; None: it is known that nothing did."""
    if not known.support_delivered:
        return Derived(answer="undetermined", because=("transfusions and growth factors were not delivered",))
    found = []
    for given in known.subject.of(SupportiveCare):
        product = rule_for(given.product, known.support_rules)
        if product is not None and product.test != rule.test:
            continue
        if one.on is None or given.on is None or _may_lie(given.on, one.on - timedelta(days=days), one.on):
            found.append(given)
    if not found:
        return None
    names = ", ".join(f"{given.product} on {given.on or 'no day'}" for given in found)
    return Derived(answer="undetermined", because=(f"may rest on {names}",), rows=tuple(given.row for given in found))
