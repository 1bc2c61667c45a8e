"""A study as it had happened by a date: later facts hidden, and later halves of facts too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact, kind_of, later
from hevesy.study.facts.treatment import Administration, Exposure
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
    facts = tuple(fact for fact in (_fact_as_of(fact, cut) for fact in study.facts) if fact is not None)
    study = replace(study, facts=facts)
    last = study.last_fact_on()
    if last is None or last <= cut:
        return replace(study, as_of=cut)  # nothing is later
    subjects = (_subject_as_of(subject, cut) for subject in study.subjects)
    return replace(study, subjects=tuple(subject for subject in subjects if subject is not None), as_of=cut)


def _subject_as_of(subject: Subject, cut: date) -> Subject | None:
    seen = tuple(event for event in (_fact_as_of(event, cut) for event in subject.events) if event is not None)
    enrolment = _fact_as_of(subject.enrolment, cut)
    if not isinstance(enrolment, Enrolment):
        if not any(isinstance(event, Administration | Exposure) and event.on is not None for event in seen):
            return None
        # treated by the cut, whatever the enrolment says of its day
        enrolment = replace(
            subject.enrolment, first_treatment=None, not_evaluable_reason=None, safety_days_reported=None
        )
    undated = enrolment.on is None and enrolment.consent is None and enrolment.first_treatment is None
    if undated and not any(event.on is not None and not kind_of(event).before_study for event in seen):
        return None
    return replace(subject, enrolment=enrolment, events=seen)


def _fact_as_of(fact: Fact, cut: date) -> Fact | None:
    """The fact as it had happened by the cut, or None.

    A kind whose parts are known at different times tells that itself. Of the others every later day is hidden, and
    with it what was measured then.
    """
    kind = kind_of(fact)
    if kind.as_of is not None:
        return kind.as_of(fact, cut)
    if later(fact.on, cut):
        return None
    hidden = [name for name in kind.dated if name != kind.begins and later(getattr(fact, name), cut)]
    if not hidden:
        return fact
    measured = [field.attribute for field in kind.fields.values() if field.measured_at in hidden]
    return replace(fact, **dict.fromkeys((*hidden, *measured)))
