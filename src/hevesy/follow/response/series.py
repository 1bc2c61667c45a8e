"""Responses of a table as called: of each subject the best by who read it and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hevesy.errors import RuleError
from hevesy.follow.response.called import Confirmed, best_response, by_series, myeloma_outcome, says_something
from hevesy.study.called import Called
from hevesy.study.protocol.criteria import MYELOMA, Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The visits of a subject by one reader and method, in order of day, and the best of them.

    `best` None: no visit counts. `confirmed`: of myeloma, each visit with what the next one bears out.
    """

    visits: tuple[Called, ...]
    confirmed: tuple[Confirmed, ...]
    best: str | None
    best_unconfirmed: str
    because: tuple[str, ...]


def best_of_each(called: Sequence[Called], rules: Criteria) -> tuple[Series, ...]:
    """The best response of each series; a word that the criteria do not have says nothing, and is told.

    Refused where no answer is a word of the criteria: then it was called by others.
    """
    answered = {one.response.strip() for one in called if says_something(one.response)}
    if answered and not any(map(rules.knows, answered)):
        raise RuleError(f"no response in it is one of {rules.name}: {', '.join(sorted(answered)[:8])}")
    unknown = [one for one in called if not rules.knows(one.response)]
    known = [one if rules.knows(one.response) else replace(one, response="NE") for one in called]
    return tuple(
        _series(own, rules, [one for one in unknown if one.subject == own[0].subject])
        for own in by_series(known).values()
    )


def _series(own: tuple[Called, ...], rules: Criteria, unknown: Iterable[Called]) -> Series:
    told = [
        f"line {one.row}: {one.response!r} is no response of {rules.name}: that visit is not evaluable"
        for one in unknown
    ]
    best: str | None
    if rules.disease == MYELOMA:
        outcome = myeloma_outcome(own)
        best, confirmed = outcome.best, outcome.visits
        because = [f"{one.visit.visit}: {one.because}" for one in confirmed]
    else:
        found = best_response(own, rules, confirmed_after_d=rules.confirmed_after_d)
        best, confirmed, because = found.best, (), [found.because]
    return Series(
        visits=own,
        confirmed=confirmed,
        best=best,
        best_unconfirmed=best_response(own, rules).best,
        because=(*because, *told),
    )
