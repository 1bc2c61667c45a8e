"""Each centre held against all the others: exact tests over subjects, two-sided, never a ranking.

Events of one subject come together. A test that takes each for an event of its own (Przyborowski and Wilenski's) found
a difference where there was none in 24 to 44 % of simulated studies whose subjects differ in how many events they have,
at 5 % nominal; ranks of subjects in 5 %. So rates have Poisson limits, but it is subjects that are compared. Two-sided:
a centre that reports conspicuously few events asks for a look as much as one that reports many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Literal

from hevesy.conduct.groups import Group
from hevesy.stats.proportion import fisher_p
from hevesy.stats.ranks import can_rank, holm, rank_sums
from hevesy.study.facts.safety import AdverseEvent

Test = Literal["Fisher's exact test", "exact rank sums", "Fisher's exact test about the median"]
LEVEL = 0.05
"""At which centres are said to differ, over all comparisons together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A treated subject as its centre is judged by it; None: not known, or nothing to know it from."""

    subject: str
    row: int
    events: tuple[AdverseEvent, ...] | None
    severe: bool | None
    """Whether an event was of grade 3 or worse."""
    months: float | None
    """At risk."""
    departed: bool | None
    """Whether something was given other than planned."""
    count_missing: bool | None
    """Whether a required blood count is missing."""

    @property
    def per_month(self) -> float | None:
        """Events a month at risk."""
        return None if self.events is None or self.months is None else len(self.events) / self.months


@dataclass(frozen=True, slots=True)
class Side:
    """Subjects of how many (between two numbers where it is not known of all), or events over subject-months."""

    least: int
    most: int
    of: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One centre against all the others by one measure."""

    measure: str
    test: Test
    group: Group
    here: Side
    elsewhere: Side
    above: bool
    """Whether it lies above the others, not below."""
    p_value: float
    """The largest that is possible where it is not known of all."""
    adjusted: float
    """By Holm, over all comparisons of the study."""
    watched: tuple[float, float] | None = None
    """Median months at risk of a subject, here and elsewhere, where events are compared over time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What was compared, and what could not be."""

    comparisons: tuple[Comparison, ...]
    treated: int
    """Subjects at the centres that have a name."""
    least: int | None
    """Treated subjects below which no result of a centre could have differed; None: none of any centre could."""
    too_few: tuple[Group, ...]
    """Centres with fewer, or beside which fewer were treated; empty without comparisons: all subjects are alike."""
    level: float = LEVEL

    @property
    def differing(self) -> tuple[Comparison, ...]:
        """The comparisons whose p, raised for their number, is at the level or below."""
        return tuple(one for one in self.comparisons if one.adjusted <= self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The treated subjects of a centre."""

    group: Group
    seen: tuple[Seen, ...]


SHARES: tuple[tuple[str, Callable[[Seen], bool | None]], ...] = (
    ("subjects with an adverse event", lambda one: None if one.events is None else bool(one.events)),
    ("subjects with an event of grade 3 or worse", lambda one: one.severe),
    ("subjects treated other than planned", lambda one: one.departed),
    ("subjects with a required count missing", lambda one: one.count_missing),
)
OVER_TIME = "adverse events over time at risk"
Compare = Callable[[Sequence[Peers], Sequence[Peers]], Iterable[Comparison]]
"""Compares some centres, each with all the others of the first argument."""


def compare(centres: Iterable[Peers]) -> Compared | None:
    """Hold each centre against all the others together; None: fewer than two have treated anybody.

    Two centres are compared once. A measure that all subjects share, or none, is not compared. A centre takes part from
    so many treated on that some result could have differed: by any exact test over k of n subjects p is at least one in
    the number of ways to choose them, and Holm's first step multiplies it by the number of comparisons.
    """
    peopled = [one for one in centres if one.seen]
    if len(peopled) < 2:
        return None
    n = sum(len(one.seen) for one in peopled)
    measures = _measures([seen for one in peopled for seen in one.seen])
    once = peopled[:1] if len(peopled) == 2 else peopled
    if not measures:
        return Compared(comparisons=(), treated=n, least=None, too_few=())
    least = _least([_smaller(one, n) for one in once], n, len(measures))
    chosen = [one for one in once if least is not None and _smaller(one, n) >= least]
    found = [comparison for measure in measures for comparison in measure(peopled, chosen)]
    raised = holm([one.p_value for one in found])
    return Compared(
        comparisons=tuple(replace(one, adjusted=p) for one, p in zip(found, raised, strict=True)),
        treated=n,
        least=least,
        too_few=tuple(one.group for one in peopled if least is None or _smaller(one, n) < least),
    )


def _smaller(one: Peers, n: int) -> int:
    """Subjects of a centre, or of all the others where those are fewer."""
    return min(len(one.seen), n - len(one.seen))


def _measures(everybody: Sequence[Seen]) -> list[Compare]:
    """Comparisons by what tells these subjects apart at all."""
    found: list[Compare] = [
        partial(_by_shares, name, of) for name, of in SHARES if {True, False} <= {of(one) for one in everybody}
    ]
    return found + ([_over_time] if len({one.per_month for one in everybody} - {None}) > 1 else [])


def _least(sizes: Sequence[int], n: int, measures: int) -> int | None:
    """The fewest subjects at which the least p of all is at the level, raised for all comparisons of such centres."""
    for least in range(1, max(sizes) + 1):
        comparisons = measures * sum(size >= least for size in sizes)
        if math.comb(n, least) * LEVEL >= comparisons > 0:
            return least
    return None


def _by_shares(
    name: str, of: Callable[[Seen], bool | None], peopled: Sequence[Peers], chosen: Sequence[Peers]
) -> Iterator[Comparison]:
    sides = {one.group.id: _side([of(seen) for seen in one.seen]) for one in peopled}
    for one in chosen:
        here, others = sides[one.group.id], [side for id, side in sides.items() if id != one.group.id]
        least, most, n = (
            sum(told) for told in zip(*((side.least, side.most, side.of) for side in others), strict=True)
        )
        yield _of_shares(name, "Fisher's exact test", one.group, here, Side(int(least), int(most), n))


def _side(answers: Sequence[bool | None]) -> Side:
    surely = sum(answer is True for answer in answers)
    return Side(surely, surely + sum(answer is None for answer in answers), len(answers))


def _of_shares(name: str, test: Test, group: Group, here: Side, elsewhere: Side) -> Comparison:
    """Fisher's test of the shares that lie nearest to each other: what is not known speaks for no difference."""
    n, others = int(here.of), int(elsewhere.of)
    above, below = here.least * others > elsewhere.most * n, here.most * others < elsewhere.least * n
    p = 1.0
    if above or below:
        own, theirs = (here.least, elsewhere.most) if above else (here.most, elsewhere.least)
        p = fisher_p((own, theirs), (n - own, others - theirs))
    return Comparison(
        measure=name, test=test, group=group, here=here, elsewhere=elsewhere, above=above, p_value=p, adjusted=1.0
    )


@dataclass(frozen=True, slots=True)
class _Watched:
    """A subject's events and months at risk."""

    events: int
    months: float

    @property
    def per_month(self) -> float:
        return self.events / self.months


def _over_time(peopled: Sequence[Peers], chosen: Sequence[Peers]) -> Iterator[Comparison]:
    """Events a month at risk, subject by subject: by exact ranks, in a large study by how many lie above the median."""
    watched = {one.group.id: theirs for one in peopled if (theirs := _watched(one))}
    if len(watched) < 2:
        return
    rates = {id: [one.per_month for one in theirs] for id, theirs in watched.items()}
    middle = median(value for values in rates.values() for value in values)
    ranked = rank_sums(rates) if can_rank(map(len, rates.values())) else None
    for group in (one.group for one in chosen if one.group.id in watched):
        here, others = watched[group.id], [one for id in watched if id != group.id for one in watched[id]]
        halves = (_side([one.per_month > middle for one in theirs]) for theirs in (here, others))
        by_median = _of_shares(OVER_TIME, "Fisher's exact test about the median", group, *halves)
        found = (
            by_median
            if ranked is None
            else replace(
                by_median, test="exact rank sums", above=ranked[group.id].above > 0.5, p_value=ranked[group.id].p_value
            )
        )
        yield replace(
            found,
            here=_total(here),
            elsewhere=_total(others),
            watched=(median(one.months for one in here), median(one.months for one in others)),
        )


def _watched(one: Peers) -> list[_Watched]:
    return [
        _Watched(len(seen.events), seen.months)
        for seen in one.seen
        if seen.events is not None and seen.months is not None
    ]


def _total(subjects: Sequence[_Watched]) -> Side:
    events = sum(one.events for one in subjects)
    return Side(events, events, sum(one.months for one in subjects))
