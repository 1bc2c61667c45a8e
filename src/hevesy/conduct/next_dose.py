"""From a study to the next dose: every subject's DLT status, counted by cohort, put to the protocol's design."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hevesy.errors import RuleError
from hevesy.follow.dlt.status import outcome
from hevesy.follow.labs import GradedLab, graded
from hevesy.nuclides.library import nuclide
from hevesy.plan.escalation.catalogue import design_named
from hevesy.plan.escalation.design import Decision, DescribedDesign, Design, notation
from hevesy.study.believable import Questioned
from hevesy.study.dates import earliest
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, SubsequentTherapy
from hevesy.study.outcomes import CohortOutcome, SubjectOutcome, count
from hevesy.study.protocol import Stratum, TrialProtocol
from hevesy.study.subject import ABSENT, Study, Subject
from hevesy.treat.exposure import Exposure, exposure, share_of_regimen


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the decision would be after so many more DLTs.

    Among the subjects who are waited for or may be enrolled next.
    """

    with_dlt: int
    among: int
    level: int
    decision: Decision
    history: tuple[CohortOutcome, ...]
    """The history it would then be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAhead:
    """Outcomes of the subjects to come, cohort by cohort (in notation), and the decision they would lead to."""

    outcomes: str
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDose:
    """The statuses, the history they make, and the decision.

    `decision` None where the design cannot answer (`because`).

    `stratum` None: the escalation has no strata, and every subject with a level is in it.
    """

    outcomes: tuple[SubjectOutcome, ...]
    history: tuple[CohortOutcome, ...]
    notation: str
    decision: Decision | None
    because: tuple[str, ...]
    ahead: tuple[Outlook, ...] = ()
    paths: tuple[PathAhead, ...] = ()
    stratum: str | None = None
    members: tuple[tuple[str, ...], ...] = ()
    """Subjects of each cohort of the history."""


def paths_ahead(
    design: Design, history: tuple[CohortOutcome, ...], decision: Decision, cohorts: int = 2
) -> tuple[PathAhead, ...]:
    """Every path from here over so many cohorts; those that end the trial end there."""
    found: list[PathAhead] = []

    def walk(past: tuple[CohortOutcome, ...], now: Decision, told: str, left: int) -> None:
        steps = look_ahead(design, past, now)
        for outlook in steps:
            letters = f"{outlook.level}{'N' * (outlook.among - outlook.with_dlt)}{'T' * outlook.with_dlt}"
            here = f"{told} {letters}".strip()
            if left == 1 or outlook.decision.level is None or outlook.decision.action == "wait":
                found.append(PathAhead(outcomes=here, decision=outlook.decision))
            else:
                walk(outlook.history, outlook.decision, here, left - 1)

    walk(history, decision, "", cohorts)
    return tuple(found)


def look_ahead(design: Design, history: tuple[CohortOutcome, ...], decision: Decision) -> tuple[Outlook, ...]:
    """The decision after each number of DLTs that the waiting subjects, or else the next cohort, can have."""
    if decision.level is None:
        return ()
    among, last = decision.open_places, None
    if decision.action == "wait":
        last = history[-1]
        among = last.pending + last.undetermined if last.level == decision.level else 0
    if not among:
        return ()
    found = []
    for dlt in range(among + 1):
        if last is not None:
            settled = replace(
                last,
                evaluable=last.evaluable + among,
                with_dlt=last.with_dlt + dlt,
                pending=0,
                undetermined=0,
                pending_d=(),
            )
            after = (*history[:-1], settled)
        else:
            after = (*history, CohortOutcome(level=decision.level, evaluable=among, with_dlt=dlt))
        try:
            found.append(
                Outlook(with_dlt=dlt, among=among, level=decision.level, decision=design.decide(after), history=after)
            )
        except RuleError:
            return ()
    return tuple(found)


Graded = Mapping[str, tuple[GradedLab, ...]]
"""Graded laboratory values by subject, where they have been graded already."""
Given = Mapping[str, Exposure]
"""What subjects received, where it has been worked out already."""


def subject_outcomes(
    study: Study, cut: date, labs: Graded | None = None, given: Given | None = None
) -> tuple[SubjectOutcome, ...]:
    """DLT status of every subject with a dose level, in the order of treatment (undated ones after their cohort)."""
    with_level = [
        (level.number, subject) for subject in study.subjects if (level := study.level_of(subject)) is not None
    ]
    ordered = sorted(with_level, key=lambda pair: (_began(pair[1]) or date.max, _hour(pair[1]), pair[1].id))
    return tuple(
        _outcome(subject, study, cut, number, labs, given) for number, subject in _undated_with_their_level(ordered)
    )


def _outcome(
    subject: Subject, study: Study, cut: date, level: int, labs: Graded | None, given: Given | None
) -> SubjectOutcome:
    protocol, first_day = study.protocol, subject.day_1
    if protocol.dlt is None:
        raise RuleError("the protocol defines no dose-limiting toxicity")
    received = _received(subject, study, given)
    until = first_day + timedelta(days=protocol.dlt.window_d - 1) if first_day is not None else cut
    percent, told = share_of_regimen(received, until)
    counts = labs.get(subject.id) if labs else None
    found = outcome(subject, study, cut, level, percent, counts, told)
    arm = subject.enrolment.arm_code
    noted = (*found.noted, *_beside(subject, study, found, percent, told, until))
    return replace(found, arm=arm, stratum=protocol.stratum_of(arm), noted=noted)


def _received(subject: Subject, study: Study, given: Given | None) -> Exposure:
    if given is not None:
        return given[subject.id]
    return exposure(subject, study, nuclide(study.protocol.nuclide) if study.protocol.nuclide else None)


def _beside(
    subject: Subject, study: Study, found: SubjectOutcome, percent: float | None, told: Sequence[str], until: date
) -> tuple[str, ...]:
    """What decides nothing by the protocol's rules and must be seen beside a decision."""
    protocol, enrolment, level = study.protocol, subject.enrolment, study.level_of(subject)
    noted = list(told) if percent is not None else []
    if percent is not None and abs(percent - 100) > protocol.activity_tolerance_percent:
        noted.append(
            f"{percent:.0f} % of the prescribed activity, outside the tolerance of "
            f"{protocol.activity_tolerance_percent:g} %"
        )
    said = enrolment.level
    if (
        said is not None
        and level is not None
        and said.kind == level.dose.kind
        and not math.isclose(level.dose.amount, said.amount, rel_tol=1e-6)
    ):
        noted.append(f"enrolled at {said}, counted at {level.dose}, the level of its arm")
    flagged = [
        event
        for event in subject.of(AdverseEvent)
        if (dict(event.reported).get("dlt") or "").casefold() in ("1", "y", "yes", "true")
    ]
    if found.status != "DLT":
        noted += [f"the sender calls {event.term} a dose-limiting toxicity (row {event.row})" for event in flagged]
    for therapy in subject.of(SubsequentTherapy):
        if therapy.on is None or earliest(therapy.on) <= until:
            noted.append(
                f"other treatment of the disease within the window: {therapy.treatment or 'unnamed'} on "
                f"{therapy.on or 'an unknown day'}"
            )
    return tuple(noted)


def _began(subject: Subject) -> date | None:
    enrolment = subject.enrolment
    when = subject.day_1 or enrolment.first_treatment or enrolment.on or enrolment.consent
    return earliest(when) if when is not None else None


def _hour(subject: Subject) -> float:
    """Puts subjects of one day in order: by the hour of the infusion, noon where it is not known.

    Who has none comes last.
    """
    return min((item.start.timestamp() for item in subject.of(Administration)), default=math.inf)


def _undated_with_their_level(ordered: list[tuple[int, Subject]]) -> list[tuple[int, Subject]]:
    """Subjects without any date stand after the last dated subject of their level."""
    placed = [pair for pair in ordered if _began(pair[1]) is not None]
    for number, subject in (pair for pair in ordered if _began(pair[1]) is None):
        after = max((place for place, (level, _) in enumerate(placed) if level <= number), default=-1)
        placed.insert(after + 1, (number, subject))
    return placed


def cohorts_of(outcomes: tuple[SubjectOutcome, ...], size: int | None = None) -> tuple[CohortOutcome, ...]:
    """Consecutive subjects at one level make a cohort.

    With `size` no more than so many who are evaluable or may become so.
    """
    return tuple(count(run[0].level, run) for run in runs_of(outcomes, size))


def runs_of(outcomes: Sequence[SubjectOutcome], size: int | None = None) -> list[list[SubjectOutcome]]:
    """The subjects of each cohort of `cohorts_of`."""
    runs: list[list[SubjectOutcome]] = []
    for item in outcomes:
        if runs and _has_place(runs[-1], item, size):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _has_place(run: list[SubjectOutcome], item: SubjectOutcome, size: int | None) -> bool:
    counted = sum(other.status != "not evaluable" for other in run)
    return run[0].level == item.level and (size is None or counted < size or item.status == "not evaluable")


def design_of(protocol: TrialProtocol, stratum: Stratum | None = None) -> DescribedDesign:
    """The design the protocol names, over its levels, with their total doses and its DLT window.

    Of a stratum from its own level.
    """
    if protocol.escalation is None or protocol.dlt is None:
        raise RuleError("the protocol has no [escalation] and [dlt]: no design")
    doses = [level.total.amount for level in protocol.dose_levels]
    start = stratum.start_level if stratum is not None else 1
    return design_named(protocol.escalation, len(doses), doses, float(protocol.dlt.window_d), start)


def next_doses(
    study: Study,
    cut: date,
    labs: Graded | None = None,
    design: DescribedDesign | None = None,
    given: Given | None = None,
) -> tuple[NextDose, ...]:
    """The decision at a cut (the study must be shown as of it), with every subject's status and the reasons.

    One for each stratum.

    By the protocol's design, or by another over the same levels.
    """
    protocol = study.protocol
    if protocol.escalation is None or protocol.dlt is None:
        because = ("the protocol has no [escalation] and [dlt]: no dose decision",)
        return (NextDose(outcomes=(), history=(), notation="", decision=None, because=because),)
    outcomes = subject_outcomes(study, cut, labs, given)
    doubts = _questioned(study, labs, given, outcomes)
    about = _about_the_record(study, outcomes)
    strata = protocol.escalation.strata
    if not strata:
        together = (*_decided_together(outcomes), *about)
        return (_decided(outcomes, design or design_of(protocol), doubts, together, None),)
    homeless = [item.subject for item in outcomes if item.stratum is None]
    if homeless:
        because = (f"{', '.join(homeless)}: treated at a level in an arm without a stratum; give the arm one",)
        return tuple(
            NextDose(outcomes=(), history=(), notation="", decision=None, because=because, stratum=stratum.name)
            for stratum in strata
        )
    found = []
    for stratum in strata:
        own = tuple(item for item in outcomes if item.stratum == stratum.name)
        theirs = tuple(item for item in outcomes if item.stratum != stratum.name)
        chosen = design.starting_at(stratum.start_level) if design is not None else design_of(protocol, stratum)
        told = tuple(one for one in doubts if one.subject in {item.subject for item in own})
        found.append(_with_others(_decided(own, chosen, told, about, stratum.name), theirs))
    return tuple(found)


def next_dose(study: Study, cut: date, labs: Graded | None = None, design: DescribedDesign | None = None) -> NextDose:
    """The decision of an escalation without strata."""
    found = next_doses(study, cut, labs, design)
    if len(found) > 1:
        raise RuleError(
            f"the escalation has strata, each with its own decision: {', '.join(one.stratum or '' for one in found)}"
        )
    return found[0]


def _questioned(
    study: Study, labs: Graded | None, given: Given | None, outcomes: Sequence[SubjectOutcome]
) -> tuple[Questioned, ...]:
    """Values of the subjects of the escalation that nobody could believe and that bear on a decision.

    Counts and activities.
    """
    with_level = {item.subject for item in outcomes}
    found: list[Questioned] = []
    for subject in study.subjects:
        if subject.id in with_level:
            counts = labs[subject.id] if labs is not None else graded(subject, study.protocol)
            found += [item.question for item in counts if item.question is not None]
            found += _received(subject, study, given).questioned
    return tuple(found)


def _about_the_record(study: Study, outcomes: Sequence[SubjectOutcome]) -> tuple[str, ...]:
    """Who was treated and is in no decision, rows that may be another's correction, and values somebody confirmed."""
    inside = {item.subject for item in outcomes}
    told = []
    for subject in study.subjects:
        if subject.treated and subject.id not in inside:
            told.append(
                f"{subject.id}: treated in arm {subject.enrolment.arm_code or '(none)'}, which has no dose level: "
                "not in the decision"
            )
    rows = {
        event.row: subject.id
        for subject in study.subjects
        if subject.id in inside
        for event in (subject.enrolment, *subject.events)
    }
    for finding in study.findings:
        told += [f"{rows[row]}: {finding.message}" for row in finding.rows if finding.topic == ABSENT and row in rows]
    told += [
        f"{rows[one.row]}: row {one.row} was confirmed by {one.who} ({one.reason}): {one.value}"
        for one in study.confirmations
        if one.row in rows
    ]
    return tuple(told)


def _decided_together(outcomes: Sequence[SubjectOutcome]) -> tuple[str, ...]:
    """A sentence for each level at which subjects of several arms are counted as one."""
    arms: dict[int, set[str]] = {}
    for item in outcomes:
        if item.arm is not None:
            arms.setdefault(item.level, set()).add(item.arm)
    return tuple(
        f"arms {' and '.join(sorted(codes))} are decided together (level {level}); strata in [escalation] would keep "
        "them apart"
        for level, codes in sorted(arms.items())
        if len(codes) > 1
    )


def _decided(
    outcomes: tuple[SubjectOutcome, ...],
    design: DescribedDesign,
    doubts: Sequence[Questioned],
    together: tuple[str, ...],
    stratum: str | None,
) -> NextDose:
    size = design.cohort_size if design.splits_cohorts else None
    history = cohorts_of(outcomes, size)
    members = tuple(tuple(item.subject for item in run) for run in runs_of(outcomes, size))
    told = (*together, *(f"questioned, {one.subject}: {one}" for one in doubts), *_of_subjects(outcomes))
    try:
        decision = design.decide(history)
    except RuleError as error:
        because = (f"the design cannot answer: {error}", *told)
        return NextDose(
            outcomes=outcomes,
            history=history,
            notation=notation(history),
            decision=None,
            because=because,
            stratum=stratum,
            members=members,
        )
    if decision.action == "wait" and any(item.status == "undetermined" for item in outcomes):
        told = (*told, "what is undetermined is settled by the counts, dates or records named there")
    return NextDose(
        outcomes=outcomes,
        history=history,
        notation=notation(history),
        decision=decision,
        because=(*decision.because, *told),
        ahead=look_ahead(design, history, decision),
        paths=paths_ahead(design, history, decision),
        stratum=stratum,
        members=members,
    )


def _of_subjects(outcomes: Sequence[SubjectOutcome]) -> tuple[str, ...]:
    """What each subject adds to the reasons: every status but a plain "no DLT", and what lies just outside a window."""
    told = [f"{item.subject}: {item.status}; {'; '.join(item.because)}" for item in outcomes if item.status != "no DLT"]
    return (*told, *(f"{item.subject}: beside it: {one}" for item in outcomes for one in item.noted))


def _with_others(dose: NextDose, others: Sequence[SubjectOutcome]) -> NextDose:
    """The decision of a stratum with the DLTs of the others at its level or below beside it."""
    levels = [cohort.level for cohort in dose.history]
    if dose.decision is not None and dose.decision.level is not None:
        levels.append(dose.decision.level)
    told = tuple(
        f"in stratum {item.stratum}, level {item.level}: {item.subject}: DLT; {'; '.join(item.because)}"
        for item in others
        if item.status == "DLT" and item.level <= max(levels)
    )
    return replace(dose, because=(*dose.because, *told))
