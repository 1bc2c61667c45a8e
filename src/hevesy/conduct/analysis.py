"""A study at a data cut, worked out by every verb once: what the readout shows and the next dose rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from hevesy.conduct.next_dose import NextDose, next_doses
from hevesy.conduct.reported import Disagreement, disagreements
from hevesy.follow.adverse_events import CountsAgainstReport, against_counts, emergent
from hevesy.follow.endpoints import (
    course_of,
    duration_of_response,
    event_free,
    progression_between,
    progression_free,
    rule_of,
    time_to_response,
)
from hevesy.follow.labs import CountCourse, GradedLab, courses, graded, missing_counts
from hevesy.follow.questioned import questioned_proteins, without_questioned_proteins
from hevesy.follow.response.assessed import response_of
from hevesy.follow.response.outcome import Response
from hevesy.follow.response.readers import of_reader, readers_of
from hevesy.follow.response.reported import reported_response
from hevesy.follow.survival import TimeToEvent, overall
from hevesy.follow.vital_status import KnownDeath, death_of
from hevesy.nuclides.library import nuclide
from hevesy.nuclides.nuclide import Nuclide
from hevesy.study.believable import Questioned
from hevesy.study.cut import as_of
from hevesy.study.facts.response import Lesion, TumourAssessment
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.outcomes import SubjectOutcome
from hevesy.study.protocol import Arm, TrialProtocol
from hevesy.study.subject import Study, Subject
from hevesy.treat.completion import Completion, completion
from hevesy.treat.exposure import Exposure, ScheduleCheck, check_concomitant, check_thyroid_block, exposure

EVIDENCE = frozenset({"myeloma_assessment", "lesion", "tumour_assessment", "igm_assessment"})
"""Kinds of record that a response is derived from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a subject was given: activity by infusion, drugs along with it by their plans, and whether that is all."""

    exposure: Exposure
    schedules: tuple[tuple[str, ScheduleCheck], ...]
    """By the name of the drug."""
    completion: Completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A subject's laboratory values with their grades, the courses of its blood counts, and what is missing."""

    labs: tuple[GradedLab, ...] = ()
    courses: tuple[CountCourse, ...] = ()
    against_report: tuple[CountsAgainstReport, ...] = ()
    missing: tuple[tuple[str, int], ...] = ()
    """Test and study day of each required count without a usable value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """A subject's times to events; None: not asked for, or nothing to tell it from."""

    progression_free: TimeToEvent | None = None
    progression_between: tuple[date, date | None] | None = None
    """Progression came after the first day and by the second (None: not seen)."""
    event_free: TimeToEvent | None = None
    """None also where nobody was told to have begun other therapy: it would be progression-free survival again."""
    to_response: TimeToEvent | None = None
    """Of responders, as the duration of the response."""
    of_response: TimeToEvent | None = None
    overall: TimeToEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectAnalysis:
    """What is worked out about one subject; None where the protocol does not ask for it."""

    subject: Subject
    arm: Arm | None
    given: Given
    counts: Counts
    death: KnownDeath | None
    dlt: SubjectOutcome | None
    response: Response | None
    other_readings: tuple[tuple[str, Response], ...]
    """What other readers' measurements would say; they decide nothing."""
    times: Times
    questioned: tuple[Questioned, ...]
    """Values that nobody could believe: kept, shown, not used."""

    @property
    def emergent(self) -> tuple[AdverseEvent, ...]:
        """Adverse events that began, or became worst, on or after the first day of treatment."""
        return emergent(self.subject)

    @property
    def dlt_evaluable(self) -> bool:
        """Whether dose-limiting toxicity was answered yes or no."""
        return self.dlt is not None and self.dlt.status in ("DLT", "no DLT")

    @property
    def asks_for_attention(self) -> bool:
        """Whether dose-limiting toxicity was seen, or could not be answered."""
        return self.dlt is not None and self.dlt.status in ("DLT", "undetermined")

    @property
    def response_evaluable(self) -> bool:
        """Whether a response can be stated."""
        return self.response is not None and self.response.evaluable


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A study as of its cut, subject by subject, with the dose decision."""

    study: Study
    cut: date
    subjects: tuple[SubjectAnalysis, ...]
    next_doses: tuple[NextDose, ...]
    """One decision, or one for each stratum of the escalation."""
    nuclide: Nuclide | None

    @property
    def treated(self) -> tuple[SubjectAnalysis, ...]:
        """Subjects with an administration: the safety population."""
        return tuple(item for item in self.subjects if item.subject.treated)

    @property
    def assigned(self) -> tuple[SubjectAnalysis, ...]:
        """Subjects enrolled to an arm of the protocol (screen failures have none)."""
        return tuple(item for item in self.subjects if item.arm is not None)

    @property
    def outcomes(self) -> tuple[SubjectOutcome, ...]:
        """DLT status of every subject with a dose level."""
        return tuple(outcome for dose in self.next_doses for outcome in dose.outcomes)

    @property
    def questioned(self) -> tuple[Questioned, ...]:
        """Every value that nobody could believe, by subject."""
        return tuple(one for item in self.subjects for one in item.questioned)

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """What reported and derived values disagree on; worked out when asked."""
        return tuple(
            fault
            for item in self.subjects
            for fault in disagreements(
                item.subject,
                self.study,
                item.given.exposure,
                item.counts.labs,
                item.dlt,
                item.response,
                item.counts.against_report,
            )
        )

    def of_arm(self, arm: Arm) -> tuple[SubjectAnalysis, ...]:
        """Subjects of one arm."""
        return tuple(item for item in self.subjects if item.arm == arm)


def analyse(study: Study, cut: date, later: Analysis | None = None) -> Analysis:
    """Work out a study as of a cut; facts dated later play no part.

    `later` is the same study worked out at a later cut: what does not depend on the cut itself is taken over from it
    for those of whom nothing has happened since.
    """
    seen = as_of(study, cut)
    known = {} if later is None else {item.subject.id: item for item in later.subjects}
    same = {
        subject.id: item
        for subject in seen.subjects
        if (item := known.get(subject.id)) is not None and item.subject == subject
    }
    isotope = nuclide(study.protocol.nuclide) if study.protocol.nuclide else None
    labs, given = {}, {}
    for subject in seen.subjects:
        item = same.get(subject.id)
        labs[subject.id] = item.counts.labs if item is not None else graded(subject, study.protocol)
        given[subject.id] = item.given.exposure if item is not None else exposure(subject, seen, isotope)
    decisions = next_doses(seen, cut, labs, given=given)
    statuses = {item.subject: item for decision in decisions for item in decision.outcomes}
    subjects = []
    for subject in seen.subjects:
        item, status, received = same.get(subject.id), statuses.get(subject.id), given[subject.id]
        if item is None:
            subjects.append(_subject(subject, seen, cut, received, labs[subject.id], status))
        else:
            at_cut = _missing(item.subject, seen, cut, item.counts.labs)
            subjects.append(
                replace(
                    item,
                    given=_given(item.subject, seen, cut, received),
                    counts=replace(item.counts, missing=at_cut),
                    dlt=status,
                )
            )
    return Analysis(study=seen, cut=cut, subjects=tuple(subjects), next_doses=decisions, nuclide=isotope)


def _subject(
    subject: Subject,
    study: Study,
    cut: date,
    received: Exposure,
    labs: tuple[GradedLab, ...],
    dlt: SubjectOutcome | None,
) -> SubjectAnalysis:
    protocol = study.protocol
    response = _response(subject, study)
    return SubjectAnalysis(
        subject=subject,
        arm=protocol.arm(subject.enrolment.arm_code) if subject.enrolment.arm_code else None,
        given=_given(subject, study, cut, received),
        counts=_counts(subject, study, cut, labs),
        death=death_of(subject),
        dlt=dlt,
        response=response,
        other_readings=_other_readings(subject, study),
        times=_times(subject, study, response),
        questioned=_questioned(subject, protocol, received, labs),
    )


def _given(subject: Subject, study: Study, cut: date, received: Exposure) -> Given:
    return Given(
        exposure=received,
        schedules=_schedules(subject, study),
        completion=completion(subject, study.level_of(subject), received, cut),
    )


def _schedules(subject: Subject, study: Study) -> tuple[tuple[str, ScheduleCheck], ...]:
    protocol = study.protocol
    checks = [("thyroid block", check_thyroid_block(subject, protocol.thyroid_block))] if protocol.thyroid_block else []
    checks += [
        (plan.agent, check_concomitant(subject, plan, study))
        for plan in protocol.concomitant
        if not plan.arms or subject.enrolment.arm_code in plan.arms
    ]
    return tuple(checks)


def _counts(subject: Subject, study: Study, cut: date, labs: tuple[GradedLab, ...]) -> Counts:
    every = courses(subject, labs)
    episodes = [course.episode for course in every if course.episode is not None]
    with_baseline = {
        course.test for course in every if course.baseline is not None and course.baseline.grade.grade is not None
    }
    return Counts(
        labs=labs,
        courses=every,
        against_report=against_counts(subject, episodes, with_baseline)
        if "laboratory" in study.delivered_kinds
        else (),
        missing=_missing(subject, study, cut, labs),
    )


def _missing(subject: Subject, study: Study, cut: date, labs: tuple[GradedLab, ...]) -> tuple[tuple[str, int], ...]:
    schedule, first_day = study.protocol.count_schedule, subject.day_1
    if schedule is None or first_day is None:
        return ()
    return tuple((test, day) for test, day, _ in missing_counts(labs, schedule, first_day, cut))


def _times(subject: Subject, study: Study, response: Response | None) -> Times:
    course = course_of(subject, response) if response is not None else None
    if course is None:
        return Times(overall=overall(subject))
    rule = rule_of(study.protocol.response)
    of_response = duration_of_response(course, rule)
    return Times(
        progression_free=progression_free(course, rule),
        progression_between=progression_between(course),
        event_free=event_free(course, rule) if "subsequent_therapy" in study.delivered_kinds else None,
        to_response=time_to_response(course) if of_response is not None else None,
        of_response=of_response,
        overall=overall(subject),
    )


def _questioned(
    subject: Subject, protocol: TrialProtocol, given: Exposure, labs: Sequence[GradedLab]
) -> tuple[Questioned, ...]:
    return (
        *given.questioned,
        *(item.question for item in labs if item.question is not None),
        *(one for _, one in questioned_proteins(subject, protocol)),
    )


def questioned_of(study: Study) -> tuple[Questioned, ...]:
    """Every value of a study that nobody could believe and nobody has confirmed."""
    protocol = study.protocol
    isotope = nuclide(protocol.nuclide) if protocol.nuclide else None
    return tuple(
        one
        for subject in study.subjects
        for one in _questioned(subject, protocol, exposure(subject, study, isotope), graded(subject, protocol))
    )


def _response(subject: Subject, study: Study) -> Response | None:
    """Response by the criteria of the subject's arm.

    None where the protocol asks for none, or nothing was delivered to tell it from.

    From what was measured and found; without any such record from responses as called. Proteins that nobody could
    believe were not measured; what they would make of the response is told beside it.
    """
    protocol = study.protocol
    criteria = protocol.criteria_of(subject.enrolment.arm_code)
    if criteria is None:
        return None
    if not EVIDENCE & study.delivered_kinds and "response" in study.delivered_kinds:
        return _as_called(subject, study, criteria, _reader_that_counts(study))
    if protocol.response is None and not EVIDENCE & study.delivered_kinds:
        return None
    believed = without_questioned_proteins(subject, protocol)
    found = _as_measured(believed, study, criteria, _reader_that_counts(study))
    if believed is subject:
        return found
    doubts = questioned_proteins(subject, protocol)
    with_them = _as_measured(subject, study, criteria, _reader_that_counts(study))
    told = f"{len(doubts)} questioned value{'' if len(doubts) == 1 else 's'} not in it, with them {with_them.best}"
    rows = tuple(dict.fromkeys((*found.rows, *(one.row for _, one in doubts))))
    return replace(found, because=f"{found.because}; {told}", rows=rows)


def _as_measured(subject: Subject, study: Study, criteria: str, reader: str | None) -> Response:
    protocol = study.protocol
    return response_of(
        subject, criteria, reader, protocol.stable_after_d, protocol.confirming, study.new_lesions_listed
    )


def _as_called(subject: Subject, study: Study, criteria: str, reader: str | None) -> Response:
    protocol = study.protocol
    plan, indications = protocol.response, protocol.indications
    method = (
        plan.assessment_method
        if plan is not None
        else indications.assessment_method
        if indications is not None
        else None
    )
    return reported_response(subject, criteria, reader, method, protocol.stable_after_d, protocol.confirming)


def _other_readings(subject: Subject, study: Study) -> tuple[tuple[str, Response], ...]:
    """Response by every other reader's measurements, where it is known whose count."""
    criteria, counts = study.protocol.criteria_of(subject.enrolment.arm_code), _reader_that_counts(study)
    measured: tuple[Lesion | TumourAssessment, ...] = (*subject.of(Lesion), *subject.of(TumourAssessment))
    try:
        chosen = set(readers_of(of_reader(measured, counts)))
    except ValueError:
        return ()
    if criteria is None:
        return ()
    return tuple(
        (reader or "unnamed reader", _as_measured(subject, study, criteria, reader))
        for reader in readers_of(measured)
        if reader not in chosen
    )


def _reader_that_counts(study: Study) -> str | None:
    plan, indications = study.protocol.response, study.protocol.indications
    named = plan.evaluator if plan is not None else None
    return named if named is not None or indications is None else indications.evaluator
