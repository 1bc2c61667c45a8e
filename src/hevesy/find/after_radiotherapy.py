"""Progression against treatment effect after radiotherapy: a test by the time since, and what its errors would do.

The question is of suspected recurrence alone. A positive reading without tumour would stop a therapy that works, or
operate on a necrosis; a negative one with tumour misses a recurrence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.find.accuracy import AccuracyOfTest, Limits, Share, accuracy, share
from hevesy.find.cases import Case, MixedRule, side_of

DEFAULT_BOUNDARIES_D = (84.0, 180.0)
"""Twelve weeks, within which RANO calls no progression inside the field of radiotherapy, and half a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedCase:
    """A case with the days from the end of radiotherapy to the scan; None: nobody knows them."""

    case: Case
    since_d: float | None

    def __post_init__(self) -> None:
        if self.since_d is not None and self.since_d < 0:
            raise RuleError(f"a scan lies after the end of radiotherapy, got {self.since_d:g} days ({self.case.name})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeInterval:
    """A test in the scans of an interval, its end excluded (None: without end); no accuracy: no case counts there."""

    from_d: float
    to_d: float | None
    cases: int
    accuracy: AccuracyOfTest | None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerHundred:
    """Of a hundred patients with suspected recurrence, how many an error would hit; None where it cannot be told."""

    what: str
    estimate: float | None
    lower: float | None
    upper: float | None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What errors do among a hundred patients, of whom so many (a share) have progression."""

    prevalence: float
    observed: bool
    therapies_stopped: PerHundred
    operations_for_necrosis: PerHundred
    recurrences_missed: PerHundred


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterRadiotherapy:
    """A test among suspected recurrences: over all, by time since radiotherapy, and what its errors would do."""

    overall: AccuracyOfTest
    cases: int
    subjects: int
    clustered: bool
    intervals: tuple[TimeInterval, ...]
    consequences: tuple[Consequences, ...]
    without_time: tuple[str, ...]
    newly_diagnosed: tuple[str, ...]
    not_counted: tuple[str, ...]
    because: tuple[str, ...]


def after_radiotherapy(
    cases: Iterable[TimedCase],
    test: str,
    *,
    boundaries_d: Sequence[float] = DEFAULT_BOUNDARIES_D,
    prevalence: float | None = None,
    mixed: MixedRule | None = None,
    level: float = 0.95,
) -> AfterRadiotherapy:
    """A test among suspected recurrences by time since the end of radiotherapy.

    `boundaries_d` part the intervals, the first from 0 and the last without end. With a `prevalence` the errors are
    also told where that share has progression.

    >>> rows = [("A", "recurrence", "positive", 200), ("B", "pseudoprogression", "positive", 30)]
    >>> timed = [
    ...     TimedCase(case=Case(subject=who, truth=truth, readings={"pet": says}), since_d=days)
    ...     for who, truth, says, days in rows
    ... ]
    >>> [one.cases for one in after_radiotherapy(timed, "pet").intervals]
    [1, 0, 1]

    Errors: boundaries that do not rise above 0, a prevalence outside 0..1; no case of suspected recurrence that counts.
    """
    _refuse(boundaries_d, prevalence)
    rule = mixed or MixedRule()
    every = tuple(cases)
    new = tuple(one.case.name for one in every if _is_new(one.case))
    suspected = [one for one in every if not _is_new(one.case)]
    if not suspected:
        raise CannotAnswerError("no case is a suspected recurrence: the question is of none else")
    found = accuracy([one.case for one in suspected], [test], mixed=rule, level=level)
    counting = [one for one in suspected if side_of(one.case, rule) is not None]
    limits = Limits(clustered=found.clustered, level=level)
    return AfterRadiotherapy(
        overall=found.tests[0],
        cases=found.cases,
        subjects=found.subjects,
        clustered=found.clustered,
        intervals=tuple(_intervals(counting, test, boundaries_d, rule, level)),
        consequences=tuple(_consequences([one.case for one in counting], test, prevalence, rule, limits)),
        without_time=tuple(one.case.name for one in counting if one.since_d is None),
        newly_diagnosed=new,
        not_counted=tuple(f"{one.case}: {one.because}" for one in found.not_counted),
        because=found.because,
    )


def _is_new(case: Case) -> bool:
    """Whether a case is of a tumour that was never treated."""
    return case.presentation == "newly diagnosed" or case.truth == "new tumour"


def _refuse(boundaries_d: Sequence[float], prevalence: float | None) -> None:
    if not all(low < high for low, high in zip((0.0, *boundaries_d), boundaries_d, strict=False)):
        told = ", ".join(f"{each:g}" for each in boundaries_d)
        raise RuleError(f"boundaries rise and lie above 0, got {told}")
    if prevalence is not None and not 0 <= prevalence <= 1:
        raise RuleError(f"a prevalence is a share in 0..1, got {prevalence:g}")


def _intervals(
    cases: Sequence[TimedCase], test: str, boundaries_d: Sequence[float], rule: MixedRule, level: float
) -> Iterable[TimeInterval]:
    edges = (0.0, *boundaries_d)
    for from_d, to_d in zip(edges, (*edges[1:], None), strict=True):
        own = [
            one.case
            for one in cases
            if one.since_d is not None and one.since_d >= from_d and (to_d is None or one.since_d < to_d)
        ]
        told = accuracy(own, [test], mixed=rule, level=level).tests[0] if own else None
        why = "" if own else "no case that counts was scanned then"
        yield TimeInterval(from_d=from_d, to_d=to_d, cases=len(own), accuracy=told, because=why)


NO_EFFECT, NO_PROGRESSION = "no case is a treatment effect", "no case is progression"


def _consequences(
    cases: Sequence[Case], test: str, prevalence: float | None, rule: MixedRule, limits: Limits
) -> Iterable[Consequences]:
    """At the prevalence of the cases, and at the one that was asked for."""
    read = [(case, side_of(case, rule) == "tumour", case.readings.get(test)) for case in cases]
    read = [one for one in read if one[2] in ("positive", "negative")]
    if not read:
        return
    with_tumour = [one for one in read if one[1]]
    without = [one for one in read if not one[1]]
    kinds = Counter(case.truth for case, has, _ in read if not has)
    no_kind = bool(kinds["no tumour"])
    false_alarm = [(case.subject, says == "positive") for case, _, says in without]
    necrosis = [(case.subject, says == "positive" and case.truth == "radiation necrosis") for case, _, says in without]
    missed = [(case.subject, says == "negative") for case, _, says in with_tumour]
    every = [case.subject for case, _, _ in read]
    alarms = [not has and says == "positive" for _, has, says in read]
    necroses = [hit and case.truth == "radiation necrosis" for hit, (case, _, _) in zip(alarms, read, strict=True)]
    misses = [has and says == "negative" for _, has, says in read]

    def of_all(hit: Sequence[bool], side: Sequence[object], why: str) -> Share:
        """A share of all cases; it cannot be told where none is on the side that could be hit."""
        return share(list(zip(every, hit, strict=True)) if side else [], limits, why)

    yield _told(
        len(with_tumour) / len(read),
        True,
        of_all(alarms, without, NO_EFFECT),
        of_all(necroses, without, NO_EFFECT),
        of_all(misses, with_tumour, NO_PROGRESSION),
        no_kind,
    )
    if prevalence is not None:
        side = share(false_alarm, limits, NO_EFFECT)
        of_necrosis = share(necrosis, limits, NO_EFFECT)
        of_missed = share(missed, limits, NO_PROGRESSION)
        yield _told(prevalence, False, side, of_necrosis, of_missed, no_kind)


def _told(
    prevalence: float, observed: bool, alarms: Share, necroses: Share, misses: Share, no_kind: bool
) -> Consequences:
    without, having = (1.0, 1.0) if observed else (1 - prevalence, prevalence)
    necrosis = _hundred("operations for necrosis", necroses, without)
    if no_kind:
        necrosis = PerHundred(
            what="operations for necrosis",
            estimate=None,
            lower=None,
            upper=None,
            because="cannot be told: the truth does not say of every case without tumour whether it is necrosis",
        )
    return Consequences(
        prevalence=prevalence,
        observed=observed,
        therapies_stopped=_hundred("effective therapies stopped", alarms, without),
        operations_for_necrosis=necrosis,
        recurrences_missed=_hundred("recurrences missed", misses, having),
    )


def _hundred(what: str, one: Share, share_of_all: float) -> PerHundred:
    """Of a share of a part of the patients, how many of a hundred patients."""
    estimate, lower, upper = (
        None if value is None else 100 * share_of_all * value for value in (one.estimate, one.lower, one.upper)
    )
    return PerHundred(what=what, estimate=estimate, lower=lower, upper=upper, because=one.because)
