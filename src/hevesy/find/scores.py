"""Tests that give a number against the truth: the area under the curve, two areas compared, the best threshold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from hevesy.errors import CannotAnswerError
from hevesy.find.accuracy import AccuracyOfTest, accuracy
from hevesy.find.cases import Case, Counted, MixedRule, Reading, counted
from hevesy.stats.proportion import Interval
from hevesy.stats.roc import Area, AreasCompared, BestThreshold, Curve, area, best_threshold, compare_areas, roc_points


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredTest:
    """One score against the truth; `limits` are those of the area that hold best for these cases.

    `at_best` is the test called positive from the best threshold on, which was looked for in these same cases. What
    cannot be told is None, and `because` says why.
    """

    test: str
    n: int
    missing: tuple[str, ...]
    area: Area | None = None
    limits: Interval | None = None
    best: BestThreshold | None = None
    at_best: AccuracyOfTest | None = None
    curve: Curve | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresCompared:
    """Two scores of the same cases; None where they cannot be compared, and `because` says why."""

    first: str
    second: str
    n: int
    compared: AreasCompared | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Scores against the truth, and every two of them compared."""

    tests: tuple[ScoredTest, ...]
    comparisons: tuple[ScoresCompared, ...]


ONE_SIDE = "cannot be told: a curve needs cases with tumour and cases without"


def scored(
    cases: Iterable[Case], tests: Sequence[str], *, mixed: MixedRule | None = None, level: float = 0.95
) -> Scored:
    """Each score against the truth; a case without one is named and left out of that score alone.

    >>> rows = [("A", "tumour", 3.1), ("B", "tumour", 1.9), ("C", "no tumour", 2.0), ("D", "no tumour", 0.4)]
    >>> cases = [Case(subject=who, truth=truth, scores={"tbr": says}) for who, truth, says in rows]
    >>> scored(cases, ["tbr"]).tests[0].area.area
    0.75
    """
    rule = mixed or MixedRule()
    every = tuple(cases)
    found, _ = counted(every, rule)
    if not found:
        raise CannotAnswerError("no case counts: of none is the truth known")
    return Scored(
        tests=tuple(_scored(test, every, found, rule, level) for test in tests),
        comparisons=tuple(_compared(first, second, found, level) for first, second in combinations(tests, 2)),
    )


def _scored(test: str, every: Sequence[Case], found: Sequence[Counted], rule: MixedRule, level: float) -> ScoredTest:
    own = [(case, side) for case, side in found if test in case.scores]
    told = ScoredTest(test=test, n=len(own), missing=tuple(case.name for case, _ in found if test not in case.scores))
    truth = [side == "tumour" for _, side in own]
    if len(set(truth)) < 2:
        return replace(told, because=ONE_SIDE)
    scores = [case.scores[test] for case, _ in own]
    under = area(scores, truth, _clusters(own), level)
    best = best_threshold(scores, truth)
    return replace(
        told,
        area=under,
        limits=under.score or under.logit,
        best=best,
        at_best=_at(test, best.threshold, every, rule, level),
        curve=roc_points(scores, truth),
        because=under.because,
    )


def _at(
    test: str, threshold: float | None, every: Sequence[Case], rule: MixedRule, level: float
) -> AccuracyOfTest | None:
    if threshold is None:
        return None

    def read(case: Case) -> dict[str, Reading]:
        if test not in case.scores:
            return {}
        return {test: "positive" if case.scores[test] >= threshold else "negative"}

    (found,) = accuracy([replace(case, readings=read(case)) for case in every], [test], mixed=rule, level=level).tests
    return found


def _compared(first: str, second: str, found: Sequence[Counted], level: float) -> ScoresCompared:
    own = [(case, side) for case, side in found if first in case.scores and second in case.scores]
    told = ScoresCompared(first=first, second=second, n=len(own))
    truth = [side == "tumour" for _, side in own]
    if len(set(truth)) < 2:
        return replace(told, because=ONE_SIDE)
    one, two = ([case.scores[test] for case, _ in own] for test in (first, second))
    compared = compare_areas(one, two, truth, _clusters(own), level)
    return replace(told, compared=compared, because=compared.because)


def _clusters(own: Sequence[Counted]) -> list[str] | None:
    """The subjects, where one of them has several cases."""
    subjects = [case.subject for case, _ in own]
    return subjects if len(set(subjects)) < len(subjects) else None
