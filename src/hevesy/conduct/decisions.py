"""The dose decisions that people took, each beside what the protocol's design says on the facts up to its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from hevesy.conduct.next_dose import NextDose, next_doses
from hevesy.conduct.recorded_study import read_record, study_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation.design import Decision
from hevesy.record import Decided, DecisionTaken, DesignSaid, Record, Recorded, author_fault, decision_draft
from hevesy.study.cut import as_of
from hevesy.study.dates import FIRST_YEAR, earliest
from hevesy.study.subject import Study, Subject

FARTHEST_EAST = timedelta(hours=14)
"""By which the day somewhere on Earth may be ahead of UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A decision with what the design says on the facts up to its day, and what a reader must know of it.

    `design` None: it could not answer, `because` tells why. `taken` None while it is not written down.
    """

    decided: Decided
    taken: DecisionTaken | None
    design: Decision | None
    history: str
    """What the design saw, in notation."""
    because: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDecision:
    """A decision, the entry that says so, the state of the record it was made on, and the record's head after it.

    `last_fact_on` is the default cut of the study.
    """

    judged: Judged
    entry: int
    head: str
    chain_head: str
    last_fact_on: date | None


def decide(
    folder: Path, decided: Decided, *, who: str, reason: str | None, now: datetime, head: str | None = None
) -> WrittenDecision:
    """Write down the dose decision that people took, whatever the design says.

    `who` writes it down, `now` is the present time. Refused are a level, a cohort or a stratum that there is not, a day
    on which nobody had been enrolled or that has not come anywhere yet, and a record that does not verify or is no
    longer in the state `head`.
    """
    if (wrong := author_fault(decided.by)) is not None:
        raise RuleError(wrong, field="who")
    if not date(FIRST_YEAR, 1, 1) <= decided.on <= (now + FARTHEST_EAST).date():
        rule = f"a decision that was taken is of a day from {FIRST_YEAR} to now ({now.date()}), got {decided.on}"
        raise RuleError(rule, field="on")
    record = Record(folder)
    with record.writing():
        recorded = read_record(folder)
        record.refuse_moved(recorded, head)
        study = study_of(recorded)
        doses = _refuse_what_is_not(study, decided)
        judged = _judged(study, doses, decided, recorded.decisions, None)
        draft = decision_draft(decided, _said(judged), reason)
        written = record.append([draft], who, after=recorded.head)
    return WrittenDecision(
        judged=judged,
        entry=written.entries,
        head=recorded.head,
        chain_head=written.head,
        last_fact_on=study.last_fact_on(),
    )


def _said(judged: Judged) -> DesignSaid | None:
    design = judged.design
    if design is None:
        return None
    return DesignSaid(action=design.action, level=design.level, mtd=design.mtd, history=judged.history)


def decisions_taken(recorded: Recorded, study: Study) -> tuple[Judged, ...]:
    """Every decision that the record holds, in the order of their entries.

    Of a study that is shown as of a cut those taken by then.
    """
    known = tuple(one for one in recorded.decisions if study.as_of is None or one.decided.on <= study.as_of)
    doses = _doses(study) if known else ()
    return tuple(_judged(study, doses, one.decided, known, one) for one in known)


def _refuse_what_is_not(study: Study, decided: Decided) -> tuple[NextDose, ...]:
    """Refuse a stratum, a level, a cohort and a day that there is not; gives the design's answers on all facts."""
    protocol = study.protocol
    levels = len(protocol.dose_levels)
    if protocol.escalation is None or protocol.dlt is None:
        raise CannotAnswerError("the protocol has no [escalation] and [dlt]: there is no dose to decide")
    strata = [one.name for one in protocol.escalation.strata]
    if strata and decided.stratum not in strata:
        got = "none is named" if decided.stratum is None else f"none is called {decided.stratum!r}"
        raise RuleError(f"each stratum is decided by itself, {got}; there are {', '.join(strata)}", field="stratum")
    if not strata and decided.stratum is not None:
        raise RuleError(f"no stratum is called {decided.stratum!r}; the protocol has no strata", field="stratum")
    if decided.level is not None and not 1 <= decided.level <= levels:
        raise RuleError(f"the study has the levels 1 to {levels}, got {decided.level}", field="level")
    doses = _doses(study)
    dose = _of_stratum(doses, decided.stratum)
    cohorts = dose.history if dose is not None else ()
    if not 1 <= decided.cohort <= len(cohorts):
        there = ", ".join(f"{number} (level {one.level})" for number, one in enumerate(cohorts, start=1))
        why = "" if cohorts or dose is None or dose.decision is not None else f" ({'; '.join(dose.because)})"
        raise RuleError(f"there is no cohort {decided.cohort}; there are {there or f'none yet{why}'}", field="cohort")
    first = min((on for subject in study.subjects if (on := _came(subject)) is not None), default=None)
    if first is not None and decided.on < first:
        rule = f"on {decided.on} nobody had been enrolled yet, the first was on {first}: no cohort was decided on"
        raise RuleError(rule, field="on")
    return doses


def _came(subject: Subject) -> date | None:
    """The first day on which a subject can have been in the study."""
    enrolment = subject.enrolment
    told = (enrolment.consent, enrolment.on, enrolment.first_treatment, subject.day_1)
    return min((earliest(when) for when in told if when is not None), default=None)


def _doses(study: Study, on: date | None = None) -> tuple[NextDose, ...]:
    """The design's answers on the facts up to a day, or on all."""
    cut = on or study.as_of or study.last_fact_on() or date.max
    return next_doses(as_of(study, cut), cut)


def _of_stratum(doses: Sequence[NextDose], stratum: str | None) -> NextDose | None:
    return next((one for one in doses if one.stratum == stratum), None)


def _judged(
    study: Study,
    doses: Sequence[NextDose],
    decided: Decided,
    every: Sequence[DecisionTaken],
    taken: DecisionTaken | None,
) -> Judged:
    """A decision held against the days of the cohorts, the design and the other decisions; `doses` are of all facts."""
    whole = _of_stratum(doses, decided.stratum)
    then = _of_stratum(_doses(study, decided.on), decided.stratum)
    flags = _no_longer_there(study, decided, whole)
    if whole is not None and decided.cohort <= len(whole.members):
        flags += _against_its_cohort(study, decided, whole) + _against_the_next(study, decided, whole)
    if then is not None:
        flags += _against_design(decided, then, taken)
    return Judged(
        decided=decided,
        taken=taken,
        design=then.decision if then is not None else None,
        history=then.notation if then is not None else "",
        because=then.because if then is not None else (),
        flags=(*flags, *_others(decided, every, taken)),
    )


def _no_longer_there(study: Study, decided: Decided, dose: NextDose | None) -> list[str]:
    """What the plan or the record no longer has; none of it while a decision is written down."""
    told = []
    if dose is None and decided.stratum is None:
        told.append("the protocol has strata by now, and none was named")
    elif dose is None:
        told.append(f"the protocol has no stratum {decided.stratum!r} by now")
    elif decided.cohort > len(dose.members):
        told.append(f"the record has {len(dose.members)} cohorts by now and no cohort {decided.cohort}")
    if decided.level is not None and decided.level > len(study.protocol.dose_levels):
        told.append(f"the protocol has no level {decided.level} by now")
    return told


def _against_its_cohort(study: Study, decided: Decided, dose: NextDose) -> list[str]:
    """Whether the cohort had been treated when it was decided on."""
    cohort, days = decided.cohort, _first_days(study, dose.members[decided.cohort - 1])
    dated = {name: day for name, day in days.items() if day is not None}
    later = [name for name, day in dated.items() if day > decided.on]
    told = [f"the first day of treatment of {name} is not known" for name in days if name not in dated]
    if not days:
        told.append(f"nobody of cohort {cohort} has been treated")
    elif dated and decided.on < min(dated.values()):
        told.append(f"dated {decided.on}, before the first infusion of cohort {cohort} ({min(dated.values())})")
    elif later and decided.level != dose.history[cohort - 1].level:  # else those who were treated on at its level
        told.append(f"dated {decided.on}, before {', '.join(later)} of cohort {cohort} had been treated")
    return told


def _against_the_next(study: Study, decided: Decided, dose: NextDose) -> list[str]:
    """Whether the decision came before the next cohort was treated."""
    after = decided.cohort + 1
    days = _first_days(study, dose.members[decided.cohort]) if after <= len(dose.members) else {}
    dated = [day for day in days.values() if day is not None]
    if dated and decided.on > min(dated):
        return [f"dated {decided.on}, after the first infusion of the next cohort, {after} ({min(dated)})"]
    if len(dated) < len(days):
        unknown = ", ".join(name for name, day in days.items() if day is None)
        rule = "whether the decision came before it cannot be told"
        return [f"the first day of treatment of {unknown} of the next cohort, {after}, is not known: {rule}"]
    return []


def _first_days(study: Study, names: Sequence[str]) -> dict[str, date | None]:
    """The first day of treatment of those who were treated; None: it is not known to the day."""
    return {subject.id: subject.day_1 for subject in study.subjects if subject.id in names and subject.treated}


def _against_design(decided: Decided, dose: NextDose, taken: DecisionTaken | None) -> list[str]:
    """Where the decision differs from the design, and where the design says otherwise than it said then."""
    told = []
    said = dose.decision
    seen = f"on the facts up to {decided.on} ({dose.notation or 'nobody yet'})"
    if said is None:
        told.append(f"the design could not answer {seen}: {dose.because[0]}")
    elif not agrees(decided, said):
        told.append(f"differs from the design, which said {seen}: {in_short(said)}")
    if taken is None or _as_said(taken.design) == _as_said(said):
        return told
    then = "could not answer" if taken.design is None else f"said {in_short(taken.design)}"
    now = "it cannot answer" if said is None else f"it says {in_short(said)}"
    return [
        *told,
        f"when it was written down the design {then}; by the present record {now} on the facts up to {decided.on}",
    ]


def _as_said(said: Decision | DesignSaid | None) -> tuple[str, int | None, int | None] | None:
    return None if said is None else (said.action, said.level, said.mtd)


def agrees(decided: Decided, said: Decision) -> bool:
    """Whether people chose what the design said: to stop, or a level at which it has a place for the next subject."""
    if decided.level is None:
        return said.action == "stop"
    return said.level == decided.level and said.open_places > 0


def in_short(said: Decision | DesignSaid) -> str:
    """What the design said, in a few words."""
    if said.action == "stop":
        return f"stop, the MTD is level {said.mtd}" if said.mtd is not None else "stop, no MTD"
    return f"{said.action}, level {said.level}"


def _others(decided: Decided, every: Sequence[DecisionTaken], taken: DecisionTaken | None) -> list[str]:
    """Other decisions on the same cohort: all stay, the last that was written down counts."""
    same = [
        one
        for one in every
        if one is not taken and (one.decided.cohort, one.decided.stratum) == (decided.cohort, decided.stratum)
    ]
    told = []
    for one in same:
        what = f"{one.decided.words} by {one.decided.by} on {one.decided.on} (entry {one.sequence}, {one.who})"
        if taken is None or one.sequence < taken.sequence:
            told.append(
                f"a decision on cohort {decided.cohort} was recorded before: {what}; both stay, this one counts"
            )
        else:
            told.append(f"a later decision on cohort {decided.cohort} counts: {what}")
    return told
