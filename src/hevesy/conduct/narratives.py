"""A paragraph for each serious adverse event, from the record alone.

What is not recorded is said to be not recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.study.dates import study_day
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, SupportiveCare
from hevesy.units import ActivityUnit

NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrative:
    """The words for one serious event, and the rows they rest on."""

    subject: str
    term: str
    words: str
    rows: tuple[int, ...]


def serious_events(analysis: Analysis) -> tuple[Narrative, ...]:
    """Narratives of all serious events of treated subjects, in order of subject and onset."""
    return tuple(
        _narrative(item, event, analysis.study.protocol.ctcae_version, analysis.study.protocol.activity_unit)
        for item in analysis.treated
        for event in sorted(item.subject.of(AdverseEvent), key=lambda event: str(event.on))
        if event.serious is True
    )


def _narrative(item: SubjectAnalysis, event: AdverseEvent, version: str | None, unit: ActivityUnit) -> Narrative:
    enrolment = item.subject.enrolment
    sex = {"F": "woman", "M": "man"}.get(enrolment.sex or "", "person")
    years = f"{enrolment.age_a:g}" if enrolment.age_a is not None else ""
    age = f"{years}-year-old " if years else ""
    article = "an" if years.startswith("8") or years in ("11", "18") else "a"
    arm = f" ({item.arm.name})" if item.arm is not None else ""
    total = item.given.exposure.total_MBq
    doses = len(item.subject.of(Administration))
    given = f"{unit.text(total)} in {doses} infusion{'' if doses == 1 else 's'}" if total is not None else NOT_RECORDED
    first = item.subject.day_1
    day = study_day(event.on, first) if isinstance(event.on, date) and first is not None else None
    onset = (
        f"On day {day} ({event.on})"
        if day is not None
        else f"On {event.on}"
        if event.on is not None
        else "On a day that is not recorded"
    )
    grade = (
        f"grade {event.grade} (CTCAE {event.ctcae_version or version or NOT_RECORDED})"
        if event.grade is not None
        else "of no recorded grade"
    )
    others = sorted(
        {
            other.term
            for other in item.subject.of(AdverseEvent)
            if other.row != event.row
            and isinstance(other.on, date)
            and isinstance(event.on, date)
            and abs((other.on - event.on).days) <= 7
        }
    )
    care = sorted({care.product for care in item.subject.of(SupportiveCare)})
    outcome = (
        f"It had resolved by {event.resolved}." if event.resolved is not None else "Its resolution is not recorded."
    )
    if event.grade == 5:
        outcome = "It was fatal."
    related = (
        f"The investigator called it {event.related}."
        if event.related
        else "Its relation to treatment is not recorded."
    )
    words = (
        f"Subject {item.subject.id}{arm}, {article} {age}{sex}, received {given}. {onset} serious {event.term}, "
        f"{grade}, began. {related} Events that began within a week of it: {', '.join(others) or 'none recorded'}. "
        f"Supportive care at any time: {', '.join(care) or 'none recorded'}. {outcome}"
    )
    return Narrative(
        subject=item.subject.id,
        term=event.term,
        words=words,
        rows=(enrolment.row, event.row, *item.given.exposure.rows),
    )
