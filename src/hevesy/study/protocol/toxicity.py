"""What a dose-limiting toxicity is: the window, its rules, and which terms are haematological."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from hevesy.errors import FieldError
from hevesy.study.declared import LONGEST_D, Grade, Key, Name, Percent, Within, keep
from hevesy.study.protocol.counts import BloodTest

CtcaeVersion = Literal["4.03", "5.0", "6.0"]
"""Versions of CTCAE with laboratory criteria."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventRule:
    """A DLT by an adverse event: this grade or worse, of any term or of none of the haematological ones."""

    name: Annotated[str, Name(200)]
    minimum_grade: Annotated[int, Grade()]
    non_haematological_only: bool = False

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRule:
    """A DLT by a blood count: `grade` or worse and not back to `recovery_grade` within `within_d` days of its onset."""

    name: Annotated[str, Name(200)]
    test: BloodTest
    grade: Annotated[int, Grade()]
    recovery_grade: Annotated[int, Grade()]
    within_d: Annotated[int, Within(1, LONGEST_D)]

    def __post_init__(self) -> None:
        keep(self)
        if self.recovery_grade >= self.grade:
            rule = f"must be below grade {self.grade}, got {self.recovery_grade}"
            raise FieldError("recovery_grade", rule, self.recovery_grade)
        _can_be_met(self.test, self.grade)


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationRule:
    """A DLT by a blood count: `grade` or worse lasting `lasting_d` days or more."""

    name: Annotated[str, Name(200)]
    test: BloodTest
    grade: Annotated[int, Grade()]
    lasting_d: Annotated[int, Within(1, LONGEST_D)]

    def __post_init__(self) -> None:
        keep(self)
        _can_be_met(self.test, self.grade)


Rule = AdverseEventRule | CountRule | DurationRule
RULES: dict[str, type[Rule]] = {
    "adverse event": AdverseEventRule,
    "count not recovered": CountRule,
    "count lasting": DurationRule,
}
"""Rules of a DLT by the kind that a plan names."""


def _can_be_met(test: BloodTest, grade: int) -> None:
    """A grade that no laboratory value has can be met by none."""
    if test == "haemoglobin" and grade >= 4:
        rule = "haemoglobin has no laboratory criterion of grade 4 (it is clinical): no count can meet the rule"
        raise FieldError("grade", rule, grade)
    if grade >= 5:
        rule = "a blood count has no laboratory criterion of grade 5: no count can meet the rule"
        raise FieldError("grade", rule, grade)


@dataclass(frozen=True, slots=True, kw_only=True)
class DLTRule:
    """What a dose-limiting toxicity is in this trial: the window, its rules, and which terms are haematological."""

    window_d: Annotated[int, Within(1, LONGEST_D)]
    rules: Annotated[tuple[Rule, ...], Key("rule")]
    haematological_terms: tuple[str, ...] = ()
    minimum_activity_percent: Annotated[float | None, Percent()] = None
    """Of the prescription; a subject who was given less is not evaluable; None: the protocol has no such rule."""
    maximum_activity_percent: float | None = None
    illustrative: bool = False
    non_haematological_terms: tuple[str, ...] = ()
    """Terms that speak of blood and count all the same."""

    def __post_init__(self) -> None:
        keep(self)
        if not self.rules:
            raise FieldError("rules", "at least one [[dlt.rule]] must be given")
        for place, rule in enumerate(self.rules, start=1):
            if isinstance(rule, AdverseEventRule) and rule.non_haematological_only and not self.haematological_terms:
                told = "needs dlt.haematological_terms: they are listed, not inferred"
                raise FieldError(f"rules[{place}].non_haematological_only", told, True)
        most = self.maximum_activity_percent
        if most is not None and not most >= 100:
            raise FieldError("maximum_activity_percent", f"is 100 or more, got {most:g}", most)
        folded = (
            {term.casefold() for term in terms} for terms in (self.haematological_terms, self.non_haematological_terms)
        )
        if both := set.intersection(*folded):
            told = f"stand in haematological_terms too: {', '.join(sorted(both))}"
            raise FieldError("non_haematological_terms", told, self.non_haematological_terms)
