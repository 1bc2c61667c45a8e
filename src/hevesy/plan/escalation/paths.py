"""Every path to a horizon, cohort by cohort, with the probability of each under given DLT rates.

From the start of a trial, or from where a history has led it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation.design import CountDesign, Counts, Decision, History
from hevesy.plan.escalation.graph import Standing, StateGraph, state_graph
from hevesy.study.outcomes import CohortOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Outcomes so far (`NNT` per cohort), the level that follows, the MTD if the trial is over, probability.

    The level is None where it is over.
    """

    outcomes: tuple[str, ...]
    levels: tuple[int, ...]
    level: int | None
    mtd: int | None
    probability: float | None

    def then(self, level: int, size: int, dlt: int, p: Sequence[float] | None) -> Path:
        """One cohort further: `dlt` of `size` at `level`; what follows is not known yet."""
        chance = None
        if p is not None and self.probability is not None:
            rate = p[level - 1]
            chance = self.probability * comb(size, dlt) * rate**dlt * (1 - rate) ** (size - dlt)
        outcomes = (*self.outcomes, "N" * (size - dlt) + "T" * dlt)
        return Path(outcomes=outcomes, levels=(*self.levels, level), level=None, mtd=None, probability=chance)

    def led_to(self, level: int | None, mtd: int | None) -> Path:
        """The same, with what follows."""
        return Path(outcomes=self.outcomes, levels=self.levels, level=level, mtd=mtd, probability=self.probability)


def paths(design: CountDesign, cohorts: int, p: Sequence[float] | None = None) -> tuple[Path, ...]:
    """All paths of up to `cohorts` cohorts; those that stop earlier end there. Without `p` no probabilities."""
    _check(design, cohorts, p)
    return tuple(_walk(state_graph(design), 0, _begun(p), cohorts, p))


def paths_from(
    design: CountDesign, history: History, cohorts: int, p: Sequence[float] | None = None
) -> tuple[Path, ...]:
    """All paths of up to `cohorts` steps from where a history has led; an empty one is the start of the trial.

    While subjects are waited for, their outcomes are the first step, and probabilities are given these: for each
    number of DLTs among them they add up to 1, since a rate says nothing of a subject that was followed for some
    days. Raises CannotAnswerError where the trial is over or subjects at two levels are waited for, and RuleError
    where the history, or an outcome of those waited for, is impossible under the design.
    """
    _check(design, cohorts, p)
    now = design.decide(history)
    if now.level is None:
        raise CannotAnswerError(f"no path leads on from here: the trial is over; {now.because[-1]}")
    waiting = waited_for(history)
    opened = list(_opened(design, tuple(history), now, p, waiting))
    if waiting and cohorts > 1:
        # the cohort of those waited for may have places left: it is the design that says so
        opened = [
            further
            for one, past, then in opened
            for further in ([(one, past, then)] if then.level is None else _next(design, one, past, then, p))
        ]
    standing = {
        Standing(then.level, then.open_places, totals(past, design.levels)): None
        for _, past, then in opened
        if then.level is not None
    }
    places = {one: place for place, one in enumerate(standing)}
    graph = state_graph(design, begun=tuple(places)) if places else None
    found: list[Path] = []
    for one, past, then in opened:
        if graph is None or then.level is None or len(one.outcomes) == cohorts:
            found.append(one.led_to(then.level, then.mtd))
        else:
            here = places[Standing(then.level, then.open_places, totals(past, design.levels))]
            found += _walk(graph, here, one, cohorts, p)
    return tuple(found)


def waited_for(history: History) -> int:
    """Subjects whose outcome is not known yet: pending or undetermined."""
    return sum(cohort.pending + cohort.undetermined for cohort in history)


def totals(history: History, levels: int) -> Counts:
    """Evaluable subjects and DLTs at each level.

    >>> from hevesy.plan.escalation.design import parse_history
    >>> totals(parse_history("1NNT 1NN 2N"), 3)
    ((5, 1), (1, 0), (0, 0))
    """
    return tuple(
        (
            sum(cohort.evaluable for cohort in history if cohort.level == level),
            sum(cohort.with_dlt for cohort in history if cohort.level == level),
        )
        for level in range(1, levels + 1)
    )


Opened = tuple[Path, tuple[CohortOutcome, ...], Decision]
"""A path, the history it makes, and the decision after it."""


def _check(design: CountDesign, cohorts: int, p: Sequence[float] | None) -> None:
    if cohorts < 1:
        raise RuleError(f"a path has at least one cohort, got {cohorts}")
    if p is not None and len(p) != design.levels:
        raise RuleError(f"p must give a DLT rate for each of {design.levels} levels, got {len(p)}")
    if p is not None and not all(0 <= rate <= 1 for rate in p):
        raise RuleError(f"a DLT rate lies in 0..1, got {', '.join(f'{rate:g}' for rate in p)}")


def _begun(p: Sequence[float] | None) -> Path:
    return Path(outcomes=(), levels=(), level=None, mtd=None, probability=None if p is None else 1.0)


def _walk(graph: StateGraph, state: int, before: Path, cohorts: int, p: Sequence[float] | None) -> Iterator[Path]:
    """Every path on from a state."""
    level, size = int(graph.level[state]), int(graph.size[state])
    for dlt in range(size + 1):
        after, one = int(graph.after[graph.branch[state] + dlt]), before.then(level, size, dlt, p)
        if after < 0:
            yield one.led_to(None, (-1 - after) or None)
        elif len(one.outcomes) == cohorts:
            yield one.led_to(int(graph.level[after]), None)
        else:
            yield from _walk(graph, after, one, cohorts, p)


def _opened(
    design: CountDesign, history: tuple[CohortOutcome, ...], now: Decision, p: Sequence[float] | None, waiting: int
) -> Iterator[Opened]:
    """The first step: what those waited for have, or else the outcomes of the places that are open."""
    if not waiting:
        yield from _next(design, _begun(p), history, now, p)
        return
    for dlt in range(waiting + 1):
        past, level = _settled(history, dlt)
        one = _begun(p)
        outcomes = ("N" * (waiting - dlt) + "T" * dlt,)
        settled = Path(outcomes=outcomes, levels=(level,), level=None, mtd=None, probability=one.probability)
        yield settled, past, design.decide(past)


def _next(
    design: CountDesign, before: Path, history: tuple[CohortOutcome, ...], now: Decision, p: Sequence[float] | None
) -> Iterator[Opened]:
    """One step of the design itself: it knows a cohort that is not full yet."""
    assert now.level is not None
    for dlt in range(now.open_places + 1):
        past = (*history, CohortOutcome(level=now.level, evaluable=now.open_places, with_dlt=dlt))
        yield before.then(now.level, now.open_places, dlt, p), past, design.decide(past)


def _settled(history: tuple[CohortOutcome, ...], dlt: int) -> tuple[tuple[CohortOutcome, ...], int]:
    """The history once those waited for are known, `dlt` of them with a DLT, and their level.

    Records of their cohort become one: which of them a DLT belongs to decides nothing.
    """
    open_ = [place for place, one in enumerate(history) if one.pending + one.undetermined]
    levels = sorted({history[place].level for place in open_})
    first, end = open_[0], open_[-1] + 1
    if len(levels) > 1 or any(one.level != levels[0] for one in history[first:end]):
        raise CannotAnswerError(
            f"subjects are waited for at levels {' and '.join(map(str, levels))}: paths begin once those of one level "
            "at most are"
        )
    while end < len(history) and history[end].level == levels[0]:
        end += 1
    cohort = history[first:end]
    known = CohortOutcome(
        level=levels[0],
        evaluable=sum(one.evaluable for one in cohort) + waited_for(cohort),
        with_dlt=sum(one.with_dlt for one in cohort) + dlt,
        not_evaluable=sum(one.not_evaluable for one in cohort),
    )
    return (*history[:first], known, *history[end:]), levels[0]
