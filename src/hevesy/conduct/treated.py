"""What a study gave: activities by subject and group, periods on a drug, drugs along with it, one dose beside two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.blood_counts import CountsInGroup, OtherReading, in_groups, other_readings
from hevesy.conduct.efficacy import NOBODY_JUDGED, ONLY_PROGRESSION, only_progression_could_be_judged
from hevesy.conduct.groups import Group, OfOne, Share, Spread, columns, share_of, spread_of
from hevesy.conduct.indications import Judged, judge
from hevesy.follow.response.reported import CALLED
from hevesy.nuclides.nuclide import Nuclide
from hevesy.study.dates import whole
from hevesy.study.dose import Dose
from hevesy.study.facts.treatment import Exposure, SupportiveCare
from hevesy.treat.exposure import Infusion, ScheduleCheck
from hevesy.treat.prescription import Prescription, elapsed_h
from hevesy.units import ActivityUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectInfusion:
    """One infusion of one subject, its prescription, and how long it took."""

    subject: str
    infusion: Infusion
    prescription: Prescription | None
    because: tuple[str, ...]
    """How the prescription came about."""
    lasted_min: float | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupActivity:
    """Total activity of the members of a group of whom it is known (MBq)."""

    group: Group
    total_MBq: Spread
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activities:
    """Activity by infusion and by group, and by what it was prescribed."""

    infusions: tuple[SubjectInfusion, ...]
    by_group: tuple[GroupActivity, ...]
    notes: tuple[str, ...]
    """What was other than planned, by subject."""
    prescribed_by: Dose | None
    body_surface_area_formula: str
    tolerance_percent: float
    unit: ActivityUnit
    nuclide: Nuclide | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """Periods on a drug measured by mass, of a group."""

    group: Group
    rows: tuple[int, ...]
    doses_mg: tuple[float, ...]
    days: Spread | None
    """Of those that have a first and a last day; both count."""
    without_days: int
    ended_rows: tuple[int, ...]
    without_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A drug given along: of each treated subject whether its plan was kept up to the cut."""

    name: str
    checks: tuple[ScheduleCheck, ...]
    kept: int
    open_yet: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Responders:
    """Responders of a group by one reading; None: not estimable because."""

    group: Group
    share: Share | None
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReading:
    """How responses were told, and the responders of each group."""

    how: str
    """An evaluator's name, or derived or called."""
    by_evaluator: bool
    by_group: tuple[Responders, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByDoses:
    """Treated subjects by number of doses planned and by number received; what each group was given and how it went."""

    groups: tuple[Group, ...]
    completed: tuple[Share | None, ...]
    """Of those whose doses were all due or received; None: of nobody it is known yet."""
    total_MBq: tuple[Spread | None, ...]
    readings: tuple[ResponseReading, ...]
    tests: tuple[CountsInGroup, ...]
    other_readings: tuple[OtherReading, ...]
    supported: bool
    support: tuple[Share | None, ...] | None
    """With a transfusion or growth factor; None: no such record was delivered."""
    short: tuple[SubjectAnalysis, ...]
    """Those who have not received all doses, or of whom it is not known."""
    unit: ActivityUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """A study's treatment as of a cut: every treated subject, and what the tables say of them together."""

    cut: date
    subjects: tuple[SubjectAnalysis, ...]
    activities: Activities | None
    """None: no infusion was delivered."""
    periods: tuple[Periods, ...]
    """Empty: no period on a drug was delivered."""
    schedules: tuple[Schedule, ...]
    by_doses: ByDoses | None
    """None: no regimen has more than one dose."""


def treated(analysis: Analysis) -> Treated:
    """What was given in a study, from what was worked out of each subject."""
    subjects = analysis.treated
    return Treated(
        cut=analysis.cut,
        subjects=subjects,
        activities=_activities(analysis) if any(item.given.exposure.infusions for item in subjects) else None,
        periods=tuple(_periods(group) for group in columns(analysis))
        if any(item.subject.of(Exposure) for item in subjects)
        else (),
        schedules=_schedules(subjects),
        by_doses=_by_doses(analysis),
    )


def _activities(analysis: Analysis) -> Activities:
    protocol = analysis.study.protocol
    infused = [item for item in analysis.treated if item.given.exposure.infusions]
    by_group = []
    for group in columns(analysis):
        known = [item for item in group.treated if item.given.exposure.total_MBq is not None]
        spread = _total(known)
        if spread is not None:
            rows = tuple(row for item in known for row in item.given.exposure.rows)
            by_group.append(GroupActivity(group=group, total_MBq=spread, rows=rows))
    return Activities(
        infusions=tuple(one for item in infused for one in _infusions(item)),
        by_group=tuple(by_group),
        notes=tuple(f"{item.subject.id}: {note}" for item in infused for note in item.given.exposure.notes),
        prescribed_by=next((level.dose for level in protocol.dose_levels), None),
        body_surface_area_formula=protocol.body_surface_area_formula,
        tolerance_percent=protocol.activity_tolerance_percent,
        unit=protocol.activity_unit,
        nuclide=analysis.nuclide,
    )


def _total(members: Sequence[SubjectAnalysis]) -> Spread | None:
    totals = [item.given.exposure.total_MBq for item in members]
    return spread_of([total for total in totals if total is not None])


def _infusions(item: SubjectAnalysis) -> list[SubjectInfusion]:
    given, found = item.given.exposure, []
    for infusion in given.infusions:
        start, end = infusion.administration.start, infusion.administration.end
        found.append(
            SubjectInfusion(
                subject=item.subject.id,
                infusion=infusion,
                prescription=given.prescription,
                because=given.because,
                lasted_min=60 * elapsed_h(start, end) if end is not None else None,
                rows=given.rows,
            )
        )
    return found


def _periods(group: Group) -> Periods:
    periods = [period for item in group.treated for period in item.subject.of(Exposure)]
    lengths = [
        (end - begun).days + 1 for period in periods if (begun := whole(period.on)) and (end := whole(period.end))
    ]
    return Periods(
        group=group,
        rows=tuple(period.row for period in periods),
        doses_mg=tuple(sorted({period.dose_mg for period in periods if period.dose_mg is not None})),
        days=spread_of(lengths),
        without_days=len(periods) - len(lengths),
        ended_rows=tuple(period.row for period in periods if period.end is not None),
        without_end=sum(period.end is None for period in periods),
    )


def _schedules(subjects: Sequence[SubjectAnalysis]) -> tuple[Schedule, ...]:
    by_name: dict[str, list[ScheduleCheck]] = {}
    for item in subjects:
        for name, check in item.given.schedules:
            by_name.setdefault(name, []).append(check)
    return tuple(
        Schedule(
            name=name,
            checks=tuple(checks),
            kept=sum(check.kept is True for check in checks),
            open_yet=sum(check.kept is None for check in checks),
        )
        for name, checks in by_name.items()
    )


def _by_doses(analysis: Analysis) -> ByDoses | None:
    protocol = analysis.study.protocol
    if all(level.regimen.fractions == 1 for level in protocol.dose_levels) or not analysis.treated:
        return None
    groups = (
        *_dose_groups(analysis, "planned", lambda item: item.given.completion.planned),
        *_dose_groups(analysis, "received", lambda item: item.given.completion.received),
    )
    delivered = "supportive_care" in analysis.study.delivered_kinds
    return ByDoses(
        groups=groups,
        completed=tuple(_completed(group) for group in groups),
        total_MBq=tuple(_total(group.members) for group in groups),
        readings=_readings(analysis, groups),
        tests=in_groups(groups),
        other_readings=other_readings(groups),
        supported=any(item.subject.of(SupportiveCare) for item in analysis.treated),
        support=tuple(_support(group) for group in groups) if delivered else None,
        short=tuple(item for item in analysis.treated if item.given.completion.complete is not True),
        unit=protocol.activity_unit,
    )


def _dose_groups(analysis: Analysis, what: str, count: Callable[[SubjectAnalysis], int | None]) -> list[Group]:
    """Treated subjects by a number of doses; those of whom it is not known last."""
    counts = {item.subject.id: count(item) for item in analysis.treated}
    ordered = sorted({one for one in counts.values() if one is not None})
    groups = [
        Group(
            id=f"{what}-{one}",
            name=f"{one} dose{'' if one == 1 else 's'} {what}",
            members=tuple(item for item in analysis.treated if counts[item.subject.id] == one),
        )
        for one in ordered
    ]
    unknown = tuple(item for item in analysis.treated if counts[item.subject.id] is None)
    return groups + (
        [Group(id=f"{what}-not-known", name=f"number {what} not known", members=unknown)] if unknown else []
    )


def _one(item: SubjectAnalysis, holds: bool, told: str, rows: tuple[int, ...]) -> OfOne:
    return OfOne(subject=item.subject.id, holds=holds, told=told, rows=rows or (item.subject.enrolment.row,))


def _completed(group: Group) -> Share | None:
    whole_regimens = [(item, item.given.completion) for item in group.members]
    return share_of(
        _one(item, one.complete, one.because, one.rows) for item, one in whole_regimens if one.complete is not None
    )


def _support(group: Group) -> Share | None:
    return share_of(
        _one(item, bool(care), f"{len(care)} records" if care else "none", tuple(event.row for event in care))
        for item in group.members
        for care in (item.subject.of(SupportiveCare),)
    )


def _readings(analysis: Analysis, groups: Sequence[Group]) -> tuple[ResponseReading, ...]:
    """Responses as the reader that counts called them, and as derived; without such a reader as called."""
    found, plan = [], analysis.study.protocol.indications
    if plan is not None:
        called = {item.subject.id: judge(item, plan, analysis.study.protocol) for item in analysis.treated}
        own = tuple(_called(group, [called[item.subject.id] for item in group.members]) for group in groups)
        found.append(ResponseReading(how=plan.evaluator, by_evaluator=True, by_group=own))
    if any(item.response is not None and item.response.followed != (CALLED,) for item in analysis.treated):
        derived = tuple(
            Responders(group=group, share=None, because=ONLY_PROGRESSION)
            if only_progression_could_be_judged(group.members)
            else _responded(group)
            for group in groups
        )
        found.append(ResponseReading(how="derived", by_evaluator=False, by_group=derived))
    elif plan is None and any(item.response is not None for item in analysis.treated):
        as_called = tuple(_responded(group) for group in groups)
        found.append(ResponseReading(how="called", by_evaluator=False, by_group=as_called))
    return tuple(found)


def _called(group: Group, own: Sequence[Judged]) -> Responders:
    if not any(one.best != "NE" for one in own):
        return Responders(group=group, share=None, because=NOBODY_JUDGED)
    return Responders(group=group, share=share_of(_one(one.item, one.responded, one.best, one.rows) for one in own))


def _responded(group: Group) -> Responders:
    answers = [(item, item.response) for item in group.members]
    if not any(item.response_evaluable for item in group.members):
        return Responders(group=group, share=None, because=NOBODY_JUDGED)
    return Responders(
        group=group,
        share=share_of(
            _one(item, answer.responded, answer.best, answer.rows)
            if answer is not None
            else _one(item, False, "NE", (item.subject.enrolment.row,))
            for item, answer in answers
        ),
    )
