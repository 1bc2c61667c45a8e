"""Times to an event of a study: which endpoints there are, each group's curve, each subject's time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hevesy.conduct.analysis import Analysis, Times
from hevesy.conduct.groups import Group, arm_groups, columns
from hevesy.follow.endpoints import CensoringRule, rule_of
from hevesy.follow.survival import SurvivalSummary, TimeToEvent, summarise


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A time by its name: what it runs from and to, and where it stands among a subject's times."""

    key: str
    title: str
    meaning: str
    of: Callable[[Times], TimeToEvent | None]
    by_rule: bool = True
    """Whether the protocol's censoring rule bears on it."""
    bracketed: bool = False
    """Whether the event came between two visits, which are told."""

    def definition(self, rule: CensoringRule) -> str:
        """What is counted, with the rule by which it is censored."""
        if not self.by_rule or rule.name == "as seen":
            return self.meaning
        return f"{self.meaning}; censored by the rule of {rule.name} ({rule.source})"


ENDPOINTS = (
    Endpoint(
        key="pfs",
        title="Progression-free survival",
        meaning="days from day 1 (first infusion) to progression (confirmed where the criteria ask) or death; "
        "censored at the last assessment without progression",
        of=lambda times: times.progression_free,
        bracketed=True,
    ),
    Endpoint(
        key="efs",
        title="Event-free survival",
        meaning="days from day 1 (first infusion) to progression, death or other treatment of the disease",
        of=lambda times: times.event_free,
    ),
    Endpoint(
        key="dor",
        title="Duration of response",
        meaning="days from the first response that counts to progression or death, of responders; "
        "censored at the last assessment without progression",
        of=lambda times: times.of_response,
    ),
    Endpoint(
        key="ttr",
        title="Time to response",
        meaning="days from day 1 (first infusion) to the first response that counts, of responders",
        of=lambda times: times.to_response,
        by_rule=False,
    ),
    Endpoint(
        key="os",
        title="Overall survival",
        meaning="days from day 1 (first infusion) to death of any cause; censored at the last date known alive, "
        "never at the cut",
        of=lambda times: times.overall,
        by_rule=False,
    ),
)
"""In the order in which they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectTime:
    """One subject's time, and (where it is asked) the two days between which progression came."""

    subject: str
    arm: str
    time: TimeToEvent
    between: tuple[date, date | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """An endpoint of a study: a summary of each group that has a time, and every subject's time."""

    endpoint: Endpoint
    definition: str
    groups: tuple[tuple[Group, SurvivalSummary], ...]
    places: tuple[int | None, ...]
    """Of each group among the arms, so that an arm keeps its colour; None: no arm by itself."""
    each: tuple[SubjectTime, ...]
    died_without_day: tuple[str, ...]
    """Subjects whose death cannot be counted, since its day is not recorded."""


def survivals(analysis: Analysis) -> tuple[Survival, ...]:
    """Every endpoint that somebody has a time of."""
    rule = rule_of(analysis.study.protocol.response)
    groups, arms = columns(analysis), arm_groups(analysis)
    places = {group.id: place for place, group in enumerate(arms)}
    undated = tuple(item.subject.id for item in analysis.treated if item.death is not None and item.death.day is None)
    found = []
    for endpoint in ENDPOINTS:
        summaries = tuple(
            (group, summarise(own))
            for group in groups
            if (own := [time for item in group.treated if (time := endpoint.of(item.times)) is not None])
        )
        if summaries:
            found.append(
                Survival(
                    endpoint=endpoint,
                    definition=endpoint.definition(rule),
                    groups=summaries,
                    places=tuple(places.get(group.id) for group, _ in summaries),
                    each=_each(analysis, endpoint),
                    died_without_day=undated,
                )
            )
    return tuple(found)


def _each(analysis: Analysis, endpoint: Endpoint) -> tuple[SubjectTime, ...]:
    return tuple(
        SubjectTime(
            subject=item.subject.id,
            arm=item.arm.name if item.arm else "",
            time=time,
            between=item.times.progression_between if endpoint.bracketed else None,
        )
        for item in analysis.treated
        if (time := endpoint.of(item.times)) is not None
    )
