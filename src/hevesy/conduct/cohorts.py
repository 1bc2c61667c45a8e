"""A study for its dose meeting: cohort by cohort who is in it, what each had, and whether the cohort is complete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.blood_counts import DrawnTest, drawn_tests
from hevesy.conduct.groups import arm_groups
from hevesy.conduct.next_dose import NextDose, design_of, runs_of, subject_outcomes
from hevesy.errors import RuleError
from hevesy.follow.labs import CountCourse
from hevesy.follow.vital_status import last_known_alive
from hevesy.plan.escalation.design import Decision, DescribedDesign
from hevesy.study.facts.fact import kind_of
from hevesy.study.outcomes import CohortOutcome, SubjectOutcome, count
from hevesy.study.protocol import BloodTest, DoseLevel, TrialProtocol

FOLLOWED: tuple[BloodTest, ...] = ("neutrophils", "platelets")
"""The counts that a dose meeting looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastContact:
    """The last day a subject is known to have been alive, and the kind of record and the row that say so."""

    on: date
    words: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A subject as the meeting looks at it."""

    item: SubjectAnalysis
    level: DoseLevel | None
    outcome: SubjectOutcome | None
    """None: the protocol defines no dose-limiting toxicity, or the subject has no level."""
    courses: tuple[tuple[BloodTest, CountCourse | None], ...]
    """Of each count that is looked at (None: no count of it)."""
    last_contact: LastContact | None
    """None: nothing dated is recorded of the subject."""
    because: str | None = None
    """Why it is in no cohort, where it is in none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Subjects who were decided on together; without an escalation, those of an arm or of consecutive treatment.

    `counts` None: the protocol defines no dose-limiting toxicity. `complete` None: it cannot be said, `because`.
    """

    number: int
    name: str | None
    """The arm, where a cohort is one."""
    stratum: str | None
    level: DoseLevel | None
    places: int | None
    """How many the design asked for; None: it cannot be said."""
    counts: CohortOutcome | None
    complete: bool | None
    because: str
    members: tuple[Member, ...]
    drawn: DrawnTest | None
    """What a figure of platelets shows, a line a subject; None: nobody has a count of them, or it is an arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """Every cohort of a study at a cut, who is in none, and what cannot be said."""

    cut: date
    protocol: TrialProtocol
    cohorts: tuple[Cohort, ...]
    others: tuple[Member, ...]
    """Enrolled to an arm or treated, and in no cohort."""
    unassigned: int
    """Neither enrolled to an arm nor treated: screen failures."""
    unsaid: tuple[str, ...]


def cohorts(analysis: Analysis, stratum: str | None = None) -> Cohorts:
    """The cohorts of a study in the order of treatment, each stratum by itself; `stratum`: only those of it."""
    protocol, outcomes = analysis.study.protocol, _outcomes(analysis)
    statuses = {one.subject: one for one in outcomes}
    members = {item.subject.id: _member(analysis, item, statuses.get(item.subject.id)) for item in analysis.subjects}
    found = _in_cohorts(analysis, outcomes, members)
    inside = {member.item.subject.id for cohort in found for member in cohort.members}
    outside = [one for name, one in members.items() if name not in inside]
    return Cohorts(
        cut=analysis.cut,
        protocol=protocol,
        cohorts=tuple(one for one in found if stratum is None or one.stratum == stratum),
        others=tuple(
            replace(one, because=_why_outside(one, protocol))
            for one in outside
            if one.item.arm is not None or one.item.subject.treated
        ),
        unassigned=sum(one.item.arm is None and not one.item.subject.treated for one in outside),
        unsaid=tuple(_unsaid(analysis)),
    )


def _unsaid(analysis: Analysis) -> Iterable[str]:
    protocol = analysis.study.protocol
    if protocol.diagnostic:
        yield "the label is only imaged: no dose is decided, and accuracy is a section of the readout"
        return
    if protocol.dlt is None:
        yield "the protocol defines no dose-limiting toxicity: whether anybody had one cannot be said"
    if protocol.escalation is None:
        yield "the protocol has no escalation: there is no next dose, and no cohort is complete or open"
    elif protocol.dlt is None:
        yield "no dose is decided without it, and no cohort is complete or open"
    if "laboratory" not in analysis.study.delivered_kinds:
        yield "no laboratory values were delivered: nothing can be said of blood counts"


def _outcomes(analysis: Analysis) -> tuple[SubjectOutcome, ...]:
    """DLT status of every subject with a level, also where nothing is decided from it."""
    if analysis.outcomes or analysis.study.protocol.dlt is None:
        return analysis.outcomes
    labs = {item.subject.id: item.counts.labs for item in analysis.subjects}
    given = {item.subject.id: item.given.exposure for item in analysis.subjects}
    return subject_outcomes(analysis.study, analysis.cut, labs, given)


def _member(analysis: Analysis, item: SubjectAnalysis, outcome: SubjectOutcome | None) -> Member:
    return Member(
        item=item,
        level=analysis.study.level_of(item.subject),
        outcome=outcome,
        courses=_courses(item),
        last_contact=_last_contact(item),
    )


def _courses(item: SubjectAnalysis) -> tuple[tuple[BloodTest, CountCourse | None], ...]:
    return tuple((test, next((one for one in item.counts.courses if one.test == test), None)) for test in FOLLOWED)


def _last_contact(item: SubjectAnalysis) -> LastContact | None:
    seen = last_known_alive(item.subject, item.subject.day_1 or date.min)
    return LastContact(on=seen[0], words=kind_of(seen[1]).words, row=seen[1].row) if seen is not None else None


def _why_outside(member: Member, protocol: TrialProtocol) -> str:
    item, code = member.item, member.item.subject.enrolment.arm_code or "(none)"
    if item.arm is None:
        return f"arm {code} is none of the protocol"
    if member.level is None:
        return f"arm {code} has no dose level"
    if protocol.escalation is not None and protocol.escalation.strata and item.arm.stratum is None:
        return f"arm {code} has no stratum"
    return "no cohort was made: a subject of the study has no stratum"


def _in_cohorts(
    analysis: Analysis, outcomes: tuple[SubjectOutcome, ...], members: dict[str, Member]
) -> tuple[Cohort, ...]:
    """By the escalation; without one by level in the order of treatment; without DLTs by arm."""
    protocol = analysis.study.protocol
    if protocol.escalation is not None and protocol.dlt is not None:
        return tuple(one for dose in analysis.next_doses for one in _of_stratum(protocol, dose, members))
    if protocol.dlt is not None:
        return tuple(
            _cohort(protocol, number, [members[one.subject] for one in run], _UNDECIDED, outcomes=run)
            for number, run in enumerate(runs_of(outcomes), start=1)
        )
    return tuple(
        _cohort(
            protocol,
            number,
            sorted((members[item.subject.id] for item in group.members), key=_order),
            _UNDECIDED,
            name=group.name,
        )
        for number, group in enumerate(arm_groups(analysis), start=1)
    )


def _order(member: Member) -> tuple[date, str]:
    """By first treatment, those without one last."""
    return member.item.subject.day_1 or date.max, member.item.subject.id


Standing = tuple[bool | None, str, int | None]
"""Whether a cohort is complete, why, and how many the design asked for."""
_UNDECIDED: Standing = (None, "no dose is decided", None)


def _cohort(
    protocol: TrialProtocol,
    number: int,
    members: Sequence[Member],
    standing: Standing,
    *,
    outcomes: Sequence[SubjectOutcome] = (),
    name: str | None = None,
    stratum: str | None = None,
) -> Cohort:
    complete, because, places = standing
    own = [member.item for member in members] if outcomes else []
    drawn = drawn_tests(protocol, [(item.subject.id, [item]) for item in own], own)
    return Cohort(
        number=number,
        name=name,
        stratum=stratum,
        level=protocol.dose_level(outcomes[0].level) if outcomes else None,
        places=places,
        counts=count(outcomes[0].level, list(outcomes)) if outcomes else None,
        complete=complete,
        because=because,
        members=tuple(members),
        drawn=next((one for one in drawn if one.test == "platelets"), None),
    )


def _of_stratum(protocol: TrialProtocol, dose: NextDose, members: dict[str, Member]) -> list[Cohort]:
    """The cohorts that a decision rests on, numbered as it counts them."""
    strata = protocol.escalation.strata if protocol.escalation is not None else ()
    design = design_of(protocol, next((one for one in strata if one.name == dose.stratum), None))
    outcomes = {one.subject: one for one in dose.outcomes}
    runs = [[outcomes[name] for name in run] for run in dose.members]
    return [
        _cohort(
            protocol,
            number,
            [members[one.subject] for one in run],
            _standing(design, dose.history[: number - 1], run, last=number == len(runs)),
            outcomes=run,
            stratum=dose.stratum,
        )
        for number, run in enumerate(runs, start=1)
    ]


def _standing(
    design: DescribedDesign, before: Sequence[CohortOutcome], run: Sequence[SubjectOutcome], *, last: bool
) -> Standing:
    """Whether a cohort is complete: as many are evaluable as the design asked for, and nobody is waited for.

    It is also where the design had its answer earlier. `last`: no other cohort was begun since.
    """
    here = count(run[0].level, list(run))
    waits = [f"{number} {what}" for number, what in ((here.pending, "pending"), (here.undetermined, "undetermined"))
             if number]  # fmt: skip
    if design.needs_calendar:
        told = "the design enrols while subjects are pending: a cohort has no size of its own"
        return (False, "; ".join((*waits, told)), None) if waits else (True, f"nobody is waited for; {told}", None)
    # a design that counts by level asks for some and then for more: the last of them are what it waits for
    *earlier, _ = (count(part[0].level, part) for part in runs_of(run, design.cohort_size))
    asked = _decided(design, (*before, *earlier))
    places = None
    if asked is not None and asked.level == here.level and asked.action != "wait":
        places = asked.open_places + sum(part.evaluable for part in earlier)
    if waits:
        return False, ", ".join(waits), places
    if places is not None and here.evaluable >= places:
        return True, f"{here.evaluable} evaluable of {places} asked for", places
    after = _decided(design, (*before, here))
    if after is not None and after.level != here.level:
        return True, f"decided with {here.evaluable} evaluable: {after.because[-1]}", places
    if places is None:
        return None, "the design cannot say how many it asked for", None
    short = f"{here.evaluable} evaluable of {places} asked for"
    return False, short if last else f"{short}; closed before it was full", places


def _decided(design: DescribedDesign, history: Sequence[CohortOutcome]) -> Decision | None:
    """The decision after a history; None where the design did not ask for it."""
    try:
        return design.decide(tuple(history))
    except RuleError:
        return None
