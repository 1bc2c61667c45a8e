"""A profile per subject: all that is known of one person on one fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import Listing, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.names import token
from hevesy.readout.sections.numbers import number
from hevesy.study.dates import study_day, whole

if TYPE_CHECKING:
    from hevesy.conduct.analysis import SubjectAnalysis
    from hevesy.follow.labs import CountCourse, GradedLab
    from hevesy.study.dates import When
    from hevesy.study.facts.safety import AdverseEvent
    from hevesy.units import ActivityUnit

MOST, MOST_MISSING = 40, 24
"""Subjects who have a profile, and missing counts that one names."""


def profiles(assigned: Sequence[SubjectAnalysis], unit: ActivityUnit) -> Section:
    """The first subjects' profiles; of a large study those that ask for attention come first."""
    ordered = list(assigned)
    if len(ordered) > MOST:
        ordered = sorted(ordered, key=lambda item: (not item.asks_for_attention, item.subject.id))
    blocks: list[Block] = [_profile(item, unit) for item in ordered[:MOST]]
    if len(ordered) > MOST:
        text = (
            f"{MOST} of {len(ordered)} subjects, those with a dose-limiting toxicity or an open question first; "
            "all rows are in tables/."
        )
        blocks.insert(0, said(text))
    return Section(id="profiles", title="Subjects", blocks=tuple(blocks))


def _profile(item: SubjectAnalysis, unit: ActivityUnit) -> Section:
    subject = item.subject
    blocks: list[Block] = [Listing(items=tuple(_facts(item, unit)))]
    events = item.emergent
    if events:
        blocks.append(_events(item, events))
    if item.counts.courses:
        blocks.append(_courses(item))
    if item.counts.missing:
        missing = ", ".join(f"{test} day {day}" for test, day in item.counts.missing[:MOST_MISSING])
        blocks.append(said(f"Required counts missing: {missing}.", tone="caution"))
    status = f"; DLT: {item.dlt.status}" if item.dlt is not None else ""
    best = f"; best response {item.response.best}" if item.response is not None else ""
    return Section(id=f"subject-{token(subject.id)}", title=f"{subject.id}{status}{best}", blocks=tuple(blocks))


def _facts(item: SubjectAnalysis, unit: ActivityUnit) -> list[tuple[Part, ...]]:
    """Who it is, what was given, and what came of it, a sentence each."""
    subject, enrolment, given = item.subject, item.subject.enrolment, item.given.exposure
    who = [
        f"{enrolment.age_a:g} years" if enrolment.age_a is not None else "age not recorded",
        {"F": "woman", "M": "man"}.get(enrolment.sex or "", "sex not recorded"),
    ]
    arm, first = item.arm.name if item.arm else "no arm", subject.day_1 or "not recorded"
    facts: list[tuple[Part, ...]] = [(f"{', '.join(who)}; {arm}; first treatment {first}",)]
    facts += [(f"{name}: {value}",) for name, value in enrolment.baseline]
    total, percent = total_given(item, unit), given.percent_of_prescribed
    if total is not None:
        facts.append(("administered ", total, f" ({percent:.1f} % of prescribed)" if percent is not None else ""))
    facts += [(f"{name}: {check.because}",) for name, check in item.given.schedules]
    if item.dlt is not None:
        facts.append((f"DLT: {item.dlt.status}; {'; '.join(item.dlt.because)}",))
    if item.response is not None:
        facts.append((f"best response {item.response.best}: {item.response.because}",))
    if item.times.overall is not None:
        facts.append((item.times.overall.because,))
    return facts


def total_given(item: SubjectAnalysis, unit: ActivityUnit) -> Number | None:
    """The activity administered in all infusions of a subject; None where it is not known."""
    subject, given = item.subject.id, item.given.exposure
    if given.total_MBq is None:
        return None
    return number(
        f"profile-total-{token(subject)}",
        given.total_MBq,
        unit.text(given.total_MBq),
        label=f"Administered in total, {subject}",
        definition="sum over infusions of the administered activity",
        population=f"subject {subject}",
        because=tuple(sentence for infusion in given.infusions for sentence in infusion.because),
        rows=given.rows,
        of=subject,
    )


def _events(item: SubjectAnalysis, events: Sequence[AdverseEvent]) -> Table:
    subject = item.subject.id
    return table(
        f"profile-events-{token(subject)}",
        f"Adverse events of {subject}",
        ("Term", *map(of_numbers, ("Grade", "Onset day", "Worst day", "Resolved day")), "Related", "Serious"),
        (
            (
                event.term,
                _event_grade(event, subject),
                *(_day(when, item) for when in (event.on, event.worst_on, event.resolved)),
                event.related or "not known",
                {True: "yes", False: "no", None: "not known"}[event.serious],
            )
            for event in events
        ),
    )


def _courses(item: SubjectAnalysis) -> Table:
    subject = item.subject.id
    return table(
        f"profile-counts-{token(subject)}",
        f"Blood counts of {subject}",
        ("Test", "Baseline", "Nadir", "Day", "Worst grade", "Back to baseline grade on day"),
        (
            (
                course.test.capitalize(),
                before(course),
                lowest(course),
                "" if course.nadir is None else str(course.nadir.day),
                _grade(course.worst_grade),
                recovery(course),
            )
            for course in item.counts.courses
        ),
    )


def _event_grade(event: AdverseEvent, subject: str) -> Number:
    """The grade of an adverse event as a number."""
    text = "not known at the cut" if event.worst_after_cut else ("none" if event.grade is None else str(event.grade))
    return number(
        f"event-{event.row}",
        event.grade,
        text,
        label=f"Grade of {event.term}, {subject}",
        definition="CTCAE grade at its worst, as delivered",
        population=f"subject {subject}",
        because=(
            f"onset {event.on or 'not dated'}, worst {event.worst_on or 'not dated'}, resolved "
            f"{event.resolved or 'not recorded'}",
        ),
        rows=(event.row,),
    )


def recovery(course: CountCourse) -> str:
    """The study day on which a count was back at its grade at baseline, or in words why there is none."""
    if course.nadir is None:
        return "no count after day 1"
    if course.baseline is None:
        return "no baseline"
    if course.baseline.grade.grade is None:
        return "baseline not graded"
    if course.episode is None:
        return "never worse"
    return "not by the cut" if course.episode.resolved_day is None else str(course.episode.resolved_day)


def before(course: CountCourse) -> str:
    """The last count before treatment."""
    baseline = course.baseline
    return "none" if baseline is None else f"{baseline.grade.value:g} (grade {_grade(baseline.grade.grade)})"


def lowest(course: CountCourse) -> Part:
    """The nadir of a course."""
    return _count("lowest", course.nadir, course, "lowest count after the first infusion")


def _count(key: str, item: GradedLab | None, course: CountCourse, definition: str) -> Part:
    """A count of a profile as a number."""
    if item is None or item.grade.value is None:
        return "none"
    return number(
        f"{key}-{course.test}-{token(course.subject)}",
        item.grade.value,
        f"{item.grade.value:g} (grade {_grade(item.grade.grade)})",
        label=f"{course.test}, {definition}, {course.subject}",
        definition=definition,
        population=f"subject {course.subject}",
        because=(f"{item.on}, study day {item.day}: {item.grade.because}",),
        rows=(item.lab.row,),
        of=course.subject,
    )


def _grade(grade: int | None) -> str:
    return "not graded" if grade is None else str(grade)


def _day(when: When | None, item: SubjectAnalysis) -> str:
    on = whole(when)
    if on is None or item.subject.day_1 is None:
        return "" if when is None else str(when)
    return str(study_day(on, item.subject.day_1))
