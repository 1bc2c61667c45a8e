"""Status of one subject of a phase 1 trial with regard to dose-limiting toxicity (DLT): an independent reference.

This is a reference written from the rules of decision 0004 by another hand than the program. It exists so that the
program can be held against it. It was written from the text of the rules alone, without sight of the program, and it
is meant to be read and checked by a clinician. It is slow and plain on purpose.

Words used throughout:

- The window is the study days 1 to ``window_d``. Its last day is called the last window day ("W" in the rules).
- A date may be known to the day, only to the month, only to the year, or not at all. For a date that is not known to
  the day, the code asks for its earliest and its latest possible day. Everything in a case had happened by the cut, so
  no latest possible day is later than the cut.
- Every length of time is a difference of two dates: from the 5th to the 12th is 7 days.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

PartialDate: TypeAlias = tuple[int, int] | tuple[int]
"""A date known only to the month, ``(year, month)``, or only to the year, ``(year,)``."""

PossibleDate: TypeAlias = date | PartialDate | None
"""A full date, a partial date, or None where nothing is known."""

EventKind: TypeAlias = Literal["plain", "listed", "cytopenia"]
Finding: TypeAlias = Literal["yes", "open", "nothing"]
Answer: TypeAlias = Literal["yes", "no", "undetermined"]
Status: TypeAlias = Literal["DLT", "undetermined", "not evaluable", "pending", "no DLT"]

ONE_DAY = timedelta(days=1)


# ---------------------------------------------------------------------------------------------------------------------
# Input
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Event:
    """One adverse event.

    ``kind`` is "plain" (non-haematological), "listed" (a haematological term that the protocol lists) or "cytopenia"
    (a low blood count that the protocol does not list).
    """

    row: int
    kind: EventKind
    onset: PossibleDate
    grade: int | None
    grade_at_most: int | None
    worst_on: PossibleDate
    resolved: PossibleDate


@dataclass(frozen=True, kw_only=True)
class Count:
    """One blood count. ``carried``: taken while a transfusion or a growth factor was lifting it."""

    row: int
    test: str
    on: date
    grade: int | None
    carried: bool


@dataclass(frozen=True, kw_only=True)
class EventRule:
    """An adverse event of at least this grade in the window."""

    minimum_grade: int
    non_haematological_only: bool


@dataclass(frozen=True, kw_only=True)
class NotRecovered:
    """A count of at least ``grade`` that has not come back to ``recovery_grade`` or better within so many days."""

    test: str
    grade: int
    recovery_grade: int
    within_d: int


@dataclass(frozen=True, kw_only=True)
class Lasting:
    """A count that stays at ``grade`` or worse for so many days."""

    test: str
    grade: int
    lasting_d: int


CountRule: TypeAlias = NotRecovered | Lasting
Rule: TypeAlias = EventRule | NotRecovered | Lasting


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The study days on which counts of these tests are required. Study day 1 is the day of the first infusion."""

    days: tuple[int, ...]
    tolerance_d: int
    tests: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything that is known about one subject at the cut."""

    day_1: date
    cut: date
    window_d: int
    rules: tuple[Rule, ...]
    schedule: Schedule | None
    events: tuple[Event, ...]
    counts: tuple[Count, ...]
    events_delivered: bool
    percent: float | None
    minimum_percent: float | None
    maximum_percent: float | None
    regimen_over: bool
    declared_not_evaluable: bool
    death: date | PartialDate | Literal["unknown day"] | None
    last_seen: date | None


# ---------------------------------------------------------------------------------------------------------------------
# Days
# ---------------------------------------------------------------------------------------------------------------------


def last_window_day(case: Case) -> date:
    """Return the last day of the window."""
    return case.day_1 + (case.window_d - 1) * ONE_DAY


def earliest_day(when: date | PartialDate) -> date:
    """Return the earliest day that this date can stand for."""
    if isinstance(when, date):
        return when
    if len(when) == 2:
        return date(when[0], when[1], 1)
    return date(when[0], 1, 1)


def latest_day(when: date | PartialDate, cut: date) -> date:
    """Return the latest day that this date can stand for. Everything had happened by the cut."""
    if isinstance(when, date):
        latest = when
    elif len(when) == 2:
        latest = date(when[0], when[1], monthrange(when[0], when[1])[1])
    else:
        latest = date(when[0], 12, 31)
    return min(latest, cut)


def surely_before(when: PossibleDate, day: date, cut: date) -> bool:
    """Say whether this date is surely before the day. An unknown date is not surely anything."""
    return when is not None and latest_day(when, cut) < day


def surely_after(when: PossibleDate, day: date) -> bool:
    """Say whether this date is surely after the day. An unknown date is not surely anything."""
    return when is not None and earliest_day(when) > day


# ---------------------------------------------------------------------------------------------------------------------
# A rule on adverse events
# ---------------------------------------------------------------------------------------------------------------------


def was_over_before_day_1(event: Event, case: Case) -> bool:
    """Say whether the event surely began before day 1 with its worst day (or else its end) surely before day 1 too.

    An event cannot begin after its own worst day or after its own end. So where the onset is not known well enough,
    a worst day or an end that is surely before day 1 shows that the event surely began before day 1. This is not
    concluded against an onset that is itself surely on day 1 or later (the dates then contradict each other).
    """
    if event.onset is not None and earliest_day(event.onset) >= case.day_1:
        return False
    decisive_day = event.worst_on if event.worst_on is not None else event.resolved
    return surely_before(decisive_day, case.day_1, case.cut)


def was_still_there_after_the_window(event: Event, case: Case) -> bool:
    """Say whether the event, as far as is known, may have gone on past the last window day."""
    latest_end = case.cut if event.resolved is None else latest_day(event.resolved, case.cut)
    return latest_end > last_window_day(case)


def what_a_plain_event_says(event: Event, minimum_grade: int, case: Case) -> Finding:
    """Say what an event says to a rule with this minimum grade, its kind left aside."""
    window_end = last_window_day(case)

    if surely_after(event.onset, window_end):
        return "nothing"
    if was_over_before_day_1(event, case):
        return "nothing"

    if event.grade is None:
        if event.grade_at_most is not None and event.grade_at_most < minimum_grade:
            return "nothing"
        return "open"
    if event.grade < minimum_grade:
        return "nothing"

    reached = event.worst_on if event.worst_on is not None else event.onset
    if reached is None:
        return "open"
    if surely_after(reached, window_end):
        # The worst grade came after the window. A lower grade may have been reached inside the window.
        return "open" if event.grade > minimum_grade else "nothing"
    if latest_day(reached, case.cut) > window_end:
        return "open"
    # Amended with decision 0004: a day that may lie before day 1 leaves the event open, not only one that surely does.
    if earliest_day(reached) < case.day_1:
        return "open"
    if event.worst_on is None and was_still_there_after_the_window(event, case):
        return "open"
    return "yes"


def what_an_event_says(event: Event, rule: EventRule, case: Case) -> Finding:
    """Say what one event says to the rule: yes, open (not settled), or nothing."""
    if rule.non_haematological_only and event.kind == "listed":
        return "nothing"
    says = what_a_plain_event_says(event, rule.minimum_grade, case)
    if rule.non_haematological_only and event.kind == "cytopenia" and says == "yes":
        return "open"
    return says


def answer_on_events(rule: EventRule, case: Case) -> tuple[Answer, bool]:
    """Answer a rule on adverse events, and say whether it is left undetermined by a finding."""
    if not case.events_delivered:
        return "undetermined", False
    says = [what_an_event_says(event, rule, case) for event in case.events]
    if "yes" in says:
        return "yes", False
    if "open" in says:
        return "undetermined", True
    return "no", False


# ---------------------------------------------------------------------------------------------------------------------
# A rule on blood counts
# ---------------------------------------------------------------------------------------------------------------------


def number_of_days(rule: CountRule) -> int:
    """Return the number of days that the rule speaks of."""
    return rule.within_d if isinstance(rule, NotRecovered) else rule.lasting_d


def is_over(grade: int, rule: CountRule) -> bool:
    """Say whether a count of this grade shows that an episode is over."""
    if isinstance(rule, NotRecovered):
        return grade <= rule.recovery_grade
    return grade < rule.grade


def is_short_enough(days: int, rule: CountRule) -> bool:
    """Say whether an episode of at most so many days surely does not meet the rule."""
    if isinstance(rule, NotRecovered):
        return days <= rule.within_d
    return days < rule.lasting_d


def is_left_out(count: Count, rule: CountRule) -> bool:
    """Say whether a graded count is left out because it looks well only while something was lifting it."""
    return count.grade is not None and count.carried and is_over(count.grade, rule)


def graded_counts(rule: CountRule, case: Case) -> list[Count]:
    """Return the graded counts of the rule's test in order of day, then row."""
    graded = [count for count in case.counts if count.test == rule.test and count.grade is not None]
    return sorted(graded, key=lambda count: (count.on, count.row))


def evidence_counts(rule: CountRule, case: Case) -> list[Count]:
    """Return the counts that are evidence: the last one before day 1, and every one from day 1 on."""
    kept = [count for count in graded_counts(rule, case) if not is_left_out(count, rule)]
    before_day_1 = [count for count in kept if count.on < case.day_1]
    from_day_1 = [count for count in kept if count.on >= case.day_1]
    return before_day_1[-1:] + from_day_1


def left_out_days(rule: CountRule, case: Case) -> list[date]:
    """Return the days of the carried counts that are left out."""
    return [count.on for count in graded_counts(rule, case) if is_left_out(count, rule)]


def missing_required_dates(rule: CountRule, case: Case) -> list[date]:
    """Return the scheduled dates, up to the cut and inside the window, that have no graded count near enough."""
    if case.schedule is None or rule.test not in case.schedule.tests:
        return []
    days_with_a_count = {count.on for count in graded_counts(rule, case)}
    missing = []
    for study_day in case.schedule.days:
        required = case.day_1 + (study_day - 1) * ONE_DAY
        if required > case.cut or required > last_window_day(case):
            continue
        tolerance = case.schedule.tolerance_d
        near_days = {required + shift * ONE_DAY for shift in range(-tolerance, tolerance + 1)}
        if not near_days & days_with_a_count:
            missing.append(required)
    return missing


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One episode of low counts.

    ``inside`` are the evidence counts from the first of the episode to the last before its end was seen;
    ``before`` is the evidence count just before the episode; ``ending`` is the count that ended it.
    """

    before: Count | None
    inside: tuple[Count, ...]
    ending: Count | None


def find_episodes(evidence: list[Count], rule: CountRule) -> list[Episode]:
    """Walk through the evidence in order and return every episode."""
    episodes = []
    position = 0
    while position < len(evidence):
        if grade_of(evidence[position]) < rule.grade:
            position += 1
            continue
        first = position
        position += 1
        while position < len(evidence) and not is_over(grade_of(evidence[position]), rule):
            position += 1
        episodes.append(
            Episode(
                before=evidence[first - 1] if first > 0 else None,
                inside=tuple(evidence[first:position]),
                ending=evidence[position] if position < len(evidence) else None,
            )
        )
        # The search goes on from the ending count itself, so the position is not moved past it.
    return episodes


def grade_of(count: Count) -> int:
    """Return the grade of a count that is known to be graded."""
    if count.grade is None:
        raise ValueError(f"the count of row {count.row} has no grade")
    return count.grade


def surely_lasted(episode: Episode, gap_days: list[date]) -> int:
    """Return how many days the episode surely lasted.

    It is followed from count to count, and no further than the last count before the first gap: a gap is a step with
    a missing required date, or the day of a left-out carried count, strictly between its two days.
    """
    first = episode.inside[0].on
    proved_up_to = first
    for count in episode.inside[1:]:
        if any(proved_up_to < gap_day < count.on for gap_day in gap_days):
            break
        proved_up_to = count.on
    return (proved_up_to - first).days


def at_most_lasted(episode: Episode) -> int | None:
    """Return how many days the episode can have lasted at most; None (no limit) while no end was seen."""
    if episode.ending is None:
        return None
    start = episode.before if episode.before is not None else episode.inside[0]
    return (episode.ending.on - start.on).days


def answer_on_episode(episode: Episode, rule: CountRule, case: Case, gap_days: list[date]) -> Answer:
    """Answer the rule for one episode."""
    if episode.inside[0].on <= case.day_1:
        return "undetermined"
    if surely_lasted(episode, gap_days) >= number_of_days(rule):
        return "yes"
    longest = at_most_lasted(episode)
    if longest is not None and is_short_enough(longest, rule):
        return "no"
    return "undetermined"


def is_harmless(left_out_day: date, evidence: list[Count], rule: CountRule) -> bool:
    """Say whether the evidence on both sides of a left-out count is so close that nothing can hide between."""
    days_before = [count.on for count in evidence if count.on < left_out_day]
    days_after = [count.on for count in evidence if count.on > left_out_day]
    if not days_before or not days_after:
        return False
    return is_short_enough((min(days_after) - max(days_before)).days, rule)


def answer_on_counts(rule: CountRule, case: Case) -> tuple[Answer, bool]:
    """Answer a rule on blood counts, and say whether it is left undetermined by a finding."""
    window_end = last_window_day(case)
    evidence = evidence_counts(rule, case)
    missing = missing_required_dates(rule, case)
    left_out = left_out_days(rule, case)

    episodes = [episode for episode in find_episodes(evidence, rule) if episode.inside[0].on <= window_end]
    of_episodes = [answer_on_episode(episode, rule, case, missing + left_out) for episode in episodes]
    if "yes" in of_episodes:
        return "yes", False
    if "undetermined" in of_episodes:
        return "undetermined", True

    if missing:
        return "undetermined", False
    if not any(case.day_1 < count.on <= window_end for count in evidence):
        return "undetermined", False
    left_out_in_window = [day for day in left_out if case.day_1 < day <= window_end]
    if not all(is_harmless(day, evidence, rule) for day in left_out_in_window):
        return "undetermined", True
    return "no", False


# ---------------------------------------------------------------------------------------------------------------------
# The subject
# ---------------------------------------------------------------------------------------------------------------------


def answers(case: Case) -> tuple[tuple[Answer, bool], ...]:
    """Answer every rule, in order.

    The second part of each answer says whether the rule is left undetermined by a finding; it is False for every
    "yes" and every "no".
    """
    return tuple(
        answer_on_events(rule, case) if isinstance(rule, EventRule) else answer_on_counts(rule, case)
        for rule in case.rules
    )


def death_may_be_in_window(case: Case) -> bool:
    """Say whether the subject died, or may have died, on or before the last window day."""
    if case.death is None:
        return False
    if isinstance(case.death, str):
        return True
    return earliest_day(case.death) <= last_window_day(case)


def activity_is_out_of_bounds(case: Case) -> bool:
    """Say whether the share of the prescribed activity is known, final, and too small or too large."""
    if case.cut < last_window_day(case) and not case.regimen_over:
        return False
    if case.percent is None:
        return False
    if case.minimum_percent is not None and case.percent < case.minimum_percent:
        return True
    return case.maximum_percent is not None and case.percent > case.maximum_percent


def was_lost_from_sight(case: Case) -> bool:
    """Say whether the subject was last seen too long before the end of the window."""
    if case.last_seen is None:
        return False
    tolerance = 0 if case.schedule is None else case.schedule.tolerance_d
    return case.last_seen < last_window_day(case) - tolerance * ONE_DAY


def status(case: Case) -> Status:
    """Give the status of the subject at the cut."""
    window_end = last_window_day(case)
    of_rules = answers(case)

    # 1. Any rule answered yes.
    if any(answer == "yes" for answer, _ in of_rules):
        return "DLT"

    # 2. A finding that is not settled.
    rules_with_open_finding = [
        rule
        for rule, (answer, on_finding) in zip(case.rules, of_rules, strict=True)
        if answer == "undetermined" and on_finding
    ]
    if rules_with_open_finding or death_may_be_in_window(case):
        only_counts = not any(isinstance(rule, EventRule) for rule in rules_with_open_finding)
        if case.cut < window_end and case.death is None and only_counts:
            return "pending"
        return "undetermined"

    # 3. Too little or too much activity, or declared not evaluable by the team.
    if activity_is_out_of_bounds(case) or case.declared_not_evaluable:
        return "not evaluable"

    # 4. The window is not over.
    if case.cut < window_end:
        return "pending"

    # 5. Something that is needed is not known.
    if any(answer == "undetermined" for answer, _ in of_rules):
        return "undetermined"
    if case.percent is None or was_lost_from_sight(case):
        return "undetermined"

    # 6. Nothing was found, and nothing is missing.
    return "no DLT"
