"""The columns of every table: the arms that have subjects, then all together; shares and spreads of a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.names import token
from hevesy.stats.proportion import Interval, clopper_pearson
from hevesy.study.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A column: its id, its heading, and its subjects."""

    id: str
    name: str
    members: tuple[SubjectAnalysis, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The subjects themselves."""
        return tuple(item.subject for item in self.members)

    @property
    def treated(self) -> tuple[SubjectAnalysis, ...]:
        """Members with an administration."""
        return tuple(item for item in self.members if item.subject.treated)


def arm_groups(analysis: Analysis) -> tuple[Group, ...]:
    """One group per arm that has subjects, with its dose in the heading."""
    groups = []
    for arm in analysis.study.protocol.arms:
        members = analysis.of_arm(arm)
        if not members:
            continue
        name = arm.name
        if arm.dose_level is not None:
            name += f", {analysis.study.protocol.dose_level(arm.dose_level).total}"
        groups.append(Group(id=token(arm.code), name=name, members=members))
    return tuple(groups)


def columns(analysis: Analysis) -> tuple[Group, ...]:
    """The arms, and all assigned subjects together when there is more than one arm."""
    groups = arm_groups(analysis)
    return (*groups, Group(id="all", name="All", members=analysis.assigned)) if len(groups) > 1 else groups


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOne:
    """Whether something holds for one subject, what is said of it, and the rows."""

    subject: str
    holds: bool
    told: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """For how many of those judged something holds, with the exact 95 % interval (Clopper-Pearson)."""

    judged: tuple[OfOne, ...]
    interval: Interval

    @property
    def hits(self) -> int:
        """For how many it holds."""
        return sum(one.holds for one in self.judged)

    @property
    def n(self) -> int:
        """Of how many."""
        return len(self.judged)


def share_of(judged: Iterable[OfOne]) -> Share | None:
    """The share; None of nobody."""
    every = tuple(judged)
    if not every:
        return None
    return Share(judged=every, interval=clopper_pearson(sum(one.holds for one in every), len(every)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What several values are like: how many, mean, median, least and most."""

    n: int
    mean: float
    median: float
    least: float
    most: float


def spread_of(values: Sequence[float]) -> Spread | None:
    """The spread of values; None of none.

    >>> spread_of([1, 2, 6])
    Spread(n=3, mean=3, median=2, least=1, most=6)
    """
    if not values:
        return None
    return Spread(n=len(values), mean=mean(values), median=median(values), least=min(values), most=max(values))
