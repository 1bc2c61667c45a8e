"""Who of a study was eligible by its rules, and who entered without being so; what prior therapies amount to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.follow.dlt.verdict import Answer as Answer
from hevesy.follow.eligibility import Answered, Known, SubjectEligibility, eligibility
from hevesy.follow.prior_therapies import (
    Derived,
    History,
    double_refractory,
    history_of,
    number_of_lines,
    triple_class_exposed,
    triple_class_refractory,
    triple_combination,
)
from hevesy.study.protocol import EligibilityRule


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOfAll:
    """A rule and every subject that was enrolled."""

    rule: EligibilityRule
    answers: tuple[tuple[str, Answered], ...]

    def of(self, answer: Answer) -> tuple[tuple[str, Answered], ...]:
        """Subjects of whom it was answered so."""
        return tuple(one for one in self.answers if one[1].answer == answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Every rule of eligibility, answered for each subject that was enrolled to an arm."""

    rules: tuple[AskedOfAll, ...]
    subjects: tuple[SubjectEligibility, ...]

    def of(self, answer: Answer) -> tuple[SubjectEligibility, ...]:
        """Subjects who were eligible, were not, or of whom it is not determined."""
        return tuple(one for one in self.subjects if one.eligible == answer)

    @property
    def deviations(self) -> tuple[tuple[str, Answered], ...]:
        """Who entered without satisfying a rule."""
        return tuple((one.subject, answered) for one in self.subjects for answered in one.of("no"))


def eligible(analysis: Analysis) -> Eligibility | None:
    """The rules answered for those enrolled; None: the protocol has none."""
    rules = analysis.study.protocol.eligibility
    if not rules:
        return None
    subjects = tuple(of_subject(analysis, item) for item in analysis.assigned)
    return Eligibility(
        rules=tuple(
            AskedOfAll(rule=rule, answers=tuple((one.subject, one.answers[place]) for one in subjects))
            for place, rule in enumerate(rules)
        ),
        subjects=subjects,
    )


def of_subject(analysis: Analysis, item: SubjectAnalysis) -> SubjectEligibility:
    """Every rule of the protocol answered for one subject."""
    protocol = analysis.study.protocol
    known = Known(
        subject=item.subject,
        history=history_of(item.subject),
        labs=item.counts.labs,
        support_delivered="supportive_care" in analysis.study.delivered_kinds,
        support_rules=protocol.support_rules,
    )
    return eligibility(protocol.eligibility, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic:
    """What is derived of each subject's prior therapies: its key, what it is called, what it means."""

    key: str
    title: str
    definition: str
    of: Callable[[History], Derived]


CHARACTERISTICS = (
    Characteristic(
        key="triple-combination",
        title="Prior triple combination",
        definition="three drugs or more given together in one prior line, corticosteroids counted",
        of=triple_combination,
    ),
    Characteristic(
        key="double-refractory",
        title="Refractory to both",
        definition="refractory to a proteasome inhibitor and to an immunomodulatory drug (IMWG 2011)",
        of=double_refractory,
    ),
    Characteristic(
        key="triple-class-exposed",
        title="Triple-class exposed",
        definition="prior proteasome inhibitor, immunomodulatory drug and anti-CD38 antibody",
        of=triple_class_exposed,
    ),
    Characteristic(
        key="triple-class-refractory",
        title="Triple-class refractory",
        definition=(
            "refractory to a proteasome inhibitor, an immunomodulatory drug and an anti-CD38 antibody (IMWG 2011)"
        ),
        of=triple_class_refractory,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorTherapies:
    """What the prior therapies of a subject amount to."""

    history: History
    lines: int | None
    because: tuple[str, ...]
    """Why there are so many lines, or why they are not determined."""
    derived: tuple[tuple[Characteristic, Derived], ...]


def prior_therapies(item: SubjectAnalysis) -> PriorTherapies:
    """What the prior therapies of a subject amount to, from what was delivered of them."""
    history = history_of(item.subject)
    lines, because = number_of_lines(history)
    return PriorTherapies(
        history=history,
        lines=lines,
        because=because,
        derived=tuple((one, one.of(history)) for one in CHARACTERISTICS),
    )
