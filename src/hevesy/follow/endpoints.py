"""Times to an event from what was seen when, by named censoring rules.

PFS, EFS, duration of response, time to response.

Every time says whether it ended in the event and why it ended when it did. The first day counts as day 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from hevesy.errors import RuleError
from hevesy.follow.response.outcome import Response
from hevesy.follow.survival import TimeToEvent
from hevesy.follow.vital_status import death_of
from hevesy.study.facts.treatment import SubsequentTherapy
from hevesy.study.protocol import ResponsePlan
from hevesy.study.subject import Subject

Therapy = Literal["censor", "ignore", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something is held to have happened, and the rows that say so."""

    because: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is known of a subject.

    Days of adequate assessments without progression, and of what happened (None: not seen).
    """

    subject: str
    start: date
    assessed_on: tuple[date, ...] = ()
    response_on: date | None = None
    progressed_on: date | None = None
    died_on: date | None = None
    new_therapy_on: date | None = None
    rows: tuple[int, ...] = ()
    facts: Mapping[str, Reason] = field(default_factory=dict)
    """What is told of `progression`, `death`, `response`, `new therapy` and `last` (the last assessment without
    progression)."""
    note: str = ""
    """Said of every time that is censored."""

    def __post_init__(self) -> None:
        """Refuse days before the start, and facts after death."""
        for name in ("response_on", "progressed_on", "died_on", "new_therapy_on"):
            on = getattr(self, name)
            if on is not None and on < self.start:
                raise RuleError(f"{self.subject}: {name} {on} lies before the start, {self.start}")
        for name in ("response_on", "progressed_on"):
            on = getattr(self, name)
            if on is not None and self.died_on is not None and on > self.died_on:
                raise RuleError(f"{self.subject}: {name} {on} lies after death, {self.died_on}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CensoringRule:
    """How gaps and new therapy are treated; the source says whose rule it is."""

    name: str
    at_new_therapy: Therapy
    most_missed: int | None
    """An event after more missed assessments in a row than this is censored at the assessment before them; None: they
    do not matter."""
    every_d: int | None = None
    """Planned days between assessments; needed where gaps matter."""
    tolerance_d: int = 0
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse a rule about gaps without a plan."""
        if self.most_missed is not None and (self.every_d is None or self.every_d < 1):
            raise RuleError(f"{self.name}: a rule about missed assessments needs the days between them")

    @property
    def longest_gap_d(self) -> int | None:
        """Days between two assessments beyond which more than the allowed number were missed."""
        if self.most_missed is None or self.every_d is None:
            return None
        return (self.most_missed + 1) * self.every_d + self.tolerance_d


def fda(every_d: int, tolerance_d: int = 0) -> CensoringRule:
    """The rule of the FDA's guidance.

    Censored at new therapy, and an event after two missed assessments or more before them.
    """
    return CensoringRule(
        name="FDA",
        at_new_therapy="censor",
        most_missed=1,
        every_d=every_d,
        tolerance_d=tolerance_d,
        source=(
            "FDA, Clinical Trial Endpoints for the Approval of Cancer Drugs and Biologics (2018), appendix 3, "
            "tables A and B"
        ),
    )


AS_SEEN = CensoringRule(
    name="as seen",
    at_new_therapy="ignore",
    most_missed=None,
    source="every documented progression and death counts when it was seen",
)


def rule_of(plan: ResponsePlan | None) -> CensoringRule:
    """The censoring rule of a protocol; as seen where it names none."""
    if plan is None or plan.censoring == "as-seen" or plan.assessed_every_d is None:
        return AS_SEEN
    return fda(plan.assessed_every_d, plan.tolerance_d)


def course_of(subject: Subject, response: Response) -> Course | None:
    """What is known of a subject's course from the first infusion.

    None without an administration that is known to the day.
    """
    start = subject.day_1
    if start is None:
        return None
    death = death_of(subject)
    died = death.day if death is not None else None
    before_start = died if died is not None and died < start else None
    died = None if before_start is not None else died
    progressed = response.progression_on
    responded = response.response_on
    if died is not None:
        progressed = progressed if progressed is not None and progressed <= died else None
        responded = responded if responded is not None and responded <= died else None
    begun = [(one.on, one) for one in subject.of(SubsequentTherapy) if isinstance(one.on, date) and one.on >= start]
    therapy = min(begun, key=lambda one: one[0], default=None)
    facts = {"last": Reason(because=response.because, rows=response.last_rows or response.rows)}
    if progressed is not None:
        facts["progression"] = Reason(
            because=f"progressive disease on {progressed} by {response.criteria.name}", rows=response.rows
        )
    if death is not None and died is not None:
        facts["death"] = Reason(because=f"death ({death.because})", rows=death.rows)
    if responded is not None:
        facts["response"] = Reason(because=f"response on {responded} by {response.criteria.name}", rows=response.rows)
    if therapy is not None:
        facts["new therapy"] = Reason(
            because=f"{therapy[1].treatment or 'new therapy'} on {therapy[0]}", rows=(therapy[1].row,)
        )
    note = ""
    if response.unconfirmed_progression_on is not None:
        note += f"; a rise on {response.unconfirmed_progression_on} awaits confirmation"
    open_therapies = [one for one in subject.of(SubsequentTherapy) if not isinstance(one.on, date)]
    if open_therapies:
        told = ", ".join(f"{one.treatment or 'new therapy'} ({one.on or 'no date'})" for one in open_therapies)
        note += f"; other treatment is recorded, its day is not: {told}"
    if before_start is not None:
        note += f"; a death is dated {before_start}, before the first infusion: it is not counted"
    elif death is not None and died is None:
        note += f"; a death is recorded, its day is not ({death.on or 'no date'})"
    return Course(
        subject=subject.id,
        start=start,
        assessed_on=tuple(visit.on for visit in response.without_progression),
        response_on=responded,
        progressed_on=progressed,
        died_on=died,
        new_therapy_on=therapy[0] if therapy is not None else None,
        rows=response.rows,
        facts=facts,
        note=note,
    )


def progression_free(course: Course, rule: CensoringRule) -> TimeToEvent:
    """Time to progression or death, whichever is first; censored by the rule."""
    seen = sorted(on for on in course.assessed_on if on >= course.start)
    therapy = course.new_therapy_on if rule.at_new_therapy != "ignore" else None
    ends = [
        (on, name) for on, name in ((course.progressed_on, "progression"), (course.died_on, "death")) if on is not None
    ]
    event = min(ends, default=None, key=lambda one: one[0])
    if therapy is not None and rule.at_new_therapy == "event" and (event is None or therapy <= event[0]):
        return _event(course, therapy, "new therapy", ", which counts as an event")
    if therapy is not None and (event is None or therapy < event[0]):
        last = max((on for on in seen if on <= therapy), default=None)
        if last is None:
            return _censored(
                course, course.start, f"new therapy on {therapy} before any assessment: censored at the start"
            )
        return _censored(course, last, f"new therapy on {therapy}: censored at the last assessment before it")
    if event is None:
        if not seen:
            why = f" ({course.facts['last'].because})" if "last" in course.facts else ""
            return _censored(
                course, course.start, f"no assessment without progression after the start{why}: censored there"
            )
        return _censored(course, seen[-1], f"no progression; last assessment {seen[-1]}")
    on, name = event
    # an assessment on the day of death shows that none was missed before it; on the day of progression it is the one
    # that saw it
    last = max((one for one in seen if one < on or (one == on and name == "death")), default=course.start)
    if rule.longest_gap_d is not None and (on - last).days > rule.longest_gap_d:
        where = "the start" if last == course.start else f"the last assessment before them, {last}"
        return _censored(course, last, f"{name} on {on} after {_gap_words(rule)}: censored at {where}")
    return _event(course, on, name)


def event_free(course: Course, rule: CensoringRule) -> TimeToEvent:
    """Time to progression, death or new therapy."""
    return progression_free(course, replace(rule, name=f"{rule.name}, event-free", at_new_therapy="event"))


def duration_of_response(course: Course, rule: CensoringRule) -> TimeToEvent | None:
    """From the first response to progression or death; None for who has not responded."""
    if course.response_on is None:
        return None
    therapy = course.new_therapy_on
    later = replace(
        course,
        start=course.response_on,
        response_on=None,
        new_therapy_on=therapy if therapy is None or therapy >= course.response_on else None,
    )
    if therapy is not None and therapy < course.response_on and rule.at_new_therapy == "censor":
        return _censored(later, later.start, f"the response of {later.start} came after new therapy on {therapy}")
    return progression_free(later, rule)


def time_to_response(course: Course) -> TimeToEvent:
    """To the first response.

    Without one censored at the last assessment (progression and death do not end it: report them beside).
    """
    if course.response_on is not None:
        return _event(course, course.response_on, "response")
    last = max(course.start, *course.assessed_on, course.progressed_on or course.start)
    return _censored(course, last, "no response to the last assessment")


def progression_between(course: Course) -> tuple[date, date | None]:
    """When progression can have come.

    After the last assessment without it, by the day it was seen (None: not seen yet).
    """
    before = [on for on in course.assessed_on if course.progressed_on is None or on < course.progressed_on]
    return max((course.start, *before)), course.progressed_on


def _gap_words(rule: CensoringRule) -> str:
    return (
        f"more than {rule.most_missed} missed assessment{'' if rule.most_missed == 1 else 's'} (over "
        f"{rule.longest_gap_d} days)"
    )


def _event(course: Course, on: date, name: str, more: str = "") -> TimeToEvent:
    fact = course.facts.get(name)
    because = (fact.because if fact is not None else f"{name} on {on}") + more
    rows = fact.rows if fact is not None else course.rows
    return TimeToEvent(subject=course.subject, start=course.start, end=on, observed=True, because=because, rows=rows)


def _censored(course: Course, on: date, because: str) -> TimeToEvent:
    fact = course.facts.get("last")
    rows = fact.rows if fact is not None else course.rows
    return TimeToEvent(
        subject=course.subject, start=course.start, end=on, observed=False, because=because + course.note, rows=rows
    )
