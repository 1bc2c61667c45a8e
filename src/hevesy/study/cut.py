"""A study as it had happened by a date: later facts hidden, and later halves of facts too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hevesy.study.dates import When, earliest
from hevesy.study.events import Administration, AdverseEvent, Enrolment, Event, Exposure, ThyroidBlockCourse
from hevesy.study.subject import Study, Subject


def as_of(study: Study, cut: date) -> Study:
    """The study with every fact dated after `cut` hidden.

    A subject whose enrolment is dated later is absent, unless it was treated by the cut. Of an adverse event that began
    before the cut and was worst after it, the grade at the cut is not known (`worst_after_cut`), nor its end. What the
    record does not date (a grade without the day it was reached, the serious and related flags) counts as known at an
    earlier cut only once the event had ended. Undated facts stay, since nothing says they are later; but a subject
    whose enrolment has no date at all is absent from an earlier cut until its first dated fact, and undated reasons are
    not known yet. A fact known only to the month stays if it can have happened by the cut.
    """
    last = study.last_fact_on()
    earlier = last is not None and cut < last
    subjects = (_subject_as_of(subject, cut, earlier) for subject in study.subjects)
    return replace(study, subjects=tuple(subject for subject in subjects if subject is not None), as_of=cut)


def _later(when: When | None, cut: date) -> bool:
    return when is not None and earliest(when) > cut


def _subject_as_of(subject: Subject, cut: date, earlier: bool) -> Subject | None:
    seen = tuple(
        event for event in (_event_as_of(event, cut, earlier) for event in subject.events) if event is not None
    )
    enrolment = _event_as_of(subject.enrolment, cut, earlier)
    if not isinstance(enrolment, Enrolment):
        if not any(isinstance(event, Administration | Exposure) and event.on is not None for event in seen):
            return None
        # treated by the cut, whatever the enrolment says of its day
        enrolment = replace(
            subject.enrolment, first_treatment=None, not_evaluable_reason=None, safety_days_reported=None
        )
    undated = enrolment.on is None and enrolment.consent is None and enrolment.first_treatment is None
    if earlier and undated and not any(event.on is not None for event in seen):
        return None
    return replace(subject, enrolment=enrolment, events=seen)


def _event_as_of(event: Event, cut: date, earlier: bool) -> Event | None:
    """The event as it had happened by the cut, or None; `earlier`: the record holds facts after the cut."""
    if isinstance(event, Enrolment):
        if _later(event.on or event.consent or event.first_treatment, cut):
            return None
        return replace(
            event,
            consent=None if _later(event.consent, cut) else event.consent,
            first_treatment=None if _later(event.first_treatment, cut) else event.first_treatment,
            not_evaluable_reason=None if earlier else event.not_evaluable_reason,
            safety_days_reported=None if earlier else event.safety_days_reported,
        )
    if _later(event.on, cut):
        return None
    match event:
        case Administration() if event.end is not None and event.end.date() > cut:
            return replace(event, end=None, residual_MBq=None, residual_at=None)
        case Exposure() if _later(event.end, cut):
            return replace(event, end=None)
        case ThyroidBlockCourse() if _later(event.stop, cut):
            return replace(event, stop=None)
        case AdverseEvent():
            return _adverse_event_as_of(event, cut, earlier)
        case _:
            return event


def _adverse_event_as_of(event: AdverseEvent, cut: date, earlier: bool) -> AdverseEvent:
    resolved = None if _later(event.resolved, cut) else event.resolved
    still_open = earlier and resolved is None
    grade_unknown = _later(event.worst_on, cut) or (still_open and event.worst_on is None)
    return replace(
        event,
        grade=None if grade_unknown else event.grade,
        severity=None if grade_unknown else event.severity,
        worst_on=None if grade_unknown else event.worst_on,
        resolved=resolved,
        serious=None if still_open else event.serious,
        related=None if still_open else event.related,
        worst_after_cut=event.worst_after_cut or grade_unknown,
        grade_at_most=event.grade if grade_unknown and event.grade is not None else event.grade_at_most,
        reported=() if still_open else event.reported,
    )
