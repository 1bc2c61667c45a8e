"""A rule on adverse events: of a grade or worse, haematological ones apart, begun in the window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from hevesy.follow.blood_terms import is_listed
from hevesy.follow.ctcae import test_of_term, worst_laboratory_grade
from hevesy.follow.dlt.verdict import NEAR_D, WATCHED_D, Verdict, Window
from hevesy.follow.labs import GradedLab
from hevesy.study.dates import When, earliest, latest
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.protocol import AdverseEventRule, DLTRule
from hevesy.study.subject import Study, Subject


def by_adverse_event(
    rule: AdverseEventRule, rules: DLTRule, subject: Subject, study: Study, window: Window, labs: tuple[GradedLab, ...]
) -> Verdict:
    """Yes where an event is one for sure, undetermined where something must be known first, otherwise no."""
    if "adverse_event" not in study.delivered_kinds:
        return Verdict(
            rule=rule.name, answer="undetermined", because=("no adverse events have been delivered for this study",)
        )
    certain: list[tuple[str, int, When]] = []
    unsettled: list[tuple[str, int]] = []
    noted: list[str] = []
    for event in subject.of(AdverseEvent):
        haematological = _left_out(event, rule, rules)
        if haematological:
            continue
        outside = _outside(event, rule, window)
        if outside is not None:
            noted += _near(event, rule, outside, window)
            continue
        reached = event.worst_on or event.on
        question = _question(event, rule, window, labs)
        if question is not None:
            unsettled.append((question, event.row))
        elif event.grade is None or event.grade < rule.minimum_grade or reached is None:
            continue
        elif haematological is None:
            unsettled.append((_unlisted(event, reached), event.row))
        else:
            certain.append((f"{event.term} grade {event.grade} on {reached}", event.row, reached))
    if certain:
        return Verdict(
            rule=rule.name,
            answer="yes",
            because=tuple(text for text, _, _ in certain),
            rows=tuple(row for _, row, _ in certain),
            met_on=_first_day([when for _, _, when in certain]),
        )
    if unsettled:
        because = tuple(text for text, _ in unsettled)
        return Verdict(
            rule=rule.name, answer="undetermined", because=because, rows=tuple(row for _, row in unsettled), seen=True
        )
    looked_at = tuple(event.row for event in subject.of(AdverseEvent))
    because = (f"none among {len(looked_at)} adverse events recorded",)
    return Verdict(rule=rule.name, answer="no", because=because, rows=looked_at, noted=tuple(noted))


def _near(event: AdverseEvent, rule: AdverseEventRule, outside: date, window: Window) -> list[str]:
    """What is told of an event outside the window beside a "no"."""
    if not _just_outside(outside, window) or (event.grade is not None and event.grade < rule.minimum_grade):
        return []
    grade = event.grade if event.grade is not None else "unknown"
    return [f"{event.term}, grade {grade}, {outside}: outside the window"]


def _unlisted(event: AdverseEvent, reached: When) -> str:
    return (
        f"{event.term} grade {event.grade} on {reached} speaks of a low count that dlt.haematological_terms "
        "does not list: list it there, or in dlt.non_haematological_terms"
    )


def _just_outside(day: date, window: Window) -> bool:
    """Whether a day outside lies so near that a slip of the pen or of a time zone would bring it in."""
    return max(window.first - day, day - window.last).days <= NEAR_D


def _outside(event: AdverseEvent, rule: AdverseEventRule, window: Window) -> date | None:
    """The day by which an event surely lies outside the window, or None.

    It began after it, was at its worst (or over) before it, or reached just the minimum grade after it.
    """
    if event.on is not None and earliest(event.on) > window.last:
        return earliest(event.on)
    if event.worst_on is not None and earliest(event.worst_on) > window.last and event.grade == rule.minimum_grade:
        return earliest(event.worst_on)
    over, began = event.worst_on or event.resolved, event.on
    if over is not None and window.latest(over) < window.first and (began is None or earliest(began) < window.first):
        return window.latest(over)
    return None


def _question(event: AdverseEvent, rule: AdverseEventRule, window: Window, labs: tuple[GradedLab, ...]) -> str | None:
    """What must be known of an event before it is a DLT by the rule or none; None: it is one or the other."""
    if event.grade is None:
        if event.grade_at_most is not None and event.grade_at_most < rule.minimum_grade:
            return None
        if _stayed_below(event, labs, rule.minimum_grade, window.until):
            return None
        return (
            f"{event.term} ({event.on or 'undated'}): "
            f"{'grade at cut not known' if event.worst_after_cut else 'no CTCAE grade'}"
        )
    if event.grade < rule.minimum_grade:
        return None
    named, reached = f"{event.term} grade {event.grade}", event.worst_on or event.on
    if reached is None or earliest(reached) <= window.last < window.latest(reached):
        return f"{named}: not known whether by day {window.length_d}"
    if earliest(reached) > window.last:
        return f"{named} after day {window.length_d}; when grade {rule.minimum_grade} was reached is not recorded"
    if window.latest(reached) < window.first:
        return f"{named} began before treatment; the day of its worst grade is not recorded"
    if earliest(reached) < window.first:
        return f"{named} ({reached}): not known whether before treatment"
    if (
        event.worst_on is None
        and min(window.cut, latest(event.resolved) if event.resolved else window.cut) > window.last
    ):
        return f"{named}: day of the worst grade not recorded"
    return None


def _left_out(event: AdverseEvent, rule: AdverseEventRule, rules: DLTRule) -> bool | None:
    """Whether an event is haematological and the rule leaves those out.

    None: it speaks of a low count, and nobody said what it is.
    """
    if not rule.non_haematological_only or is_listed(event.term, rules.non_haematological_terms):
        return False
    return is_listed(event.term, rules.haematological_terms)


def _first_day(when: Sequence[When]) -> date | None:
    """The earliest of several days, None where an incomplete date may be earlier."""
    known = [day for day in when if isinstance(day, date)]
    first = min(known, default=None)
    return first if first is not None and all(isinstance(day, date) or earliest(day) >= first for day in when) else None


def _stayed_below(event: AdverseEvent, labs: tuple[GradedLab, ...], minimum_grade: int, until: date) -> bool:
    """Whether the counts since the onset of a low count show that its grade stayed below the minimum."""
    test = test_of_term(event.term)
    if test is None or event.on is None or minimum_grade > worst_laboratory_grade(test):
        return False
    since = earliest(event.on)
    counts = [lab for lab in labs if lab.lab.test == test and lab.on is not None and since <= lab.on <= until]
    bounds = [grade.bound for lab in counts for grade in (lab.grade, lab.otherwise) if grade is not None]
    if any(lab.support is not None for lab in counts):
        return False
    over = min(until, latest(event.resolved)) if event.resolved is not None else until
    days = [since, *sorted(lab.on for lab in counts if lab.on is not None), over]
    watched = all((later - before).days <= WATCHED_D for before, later in pairwise(days))
    return watched and bool(bounds) and all(bound is not None and bound < minimum_grade for bound in bounds)
