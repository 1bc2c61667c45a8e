"""A study by centre: who came from where, what is missing, what was other than planned, and what was reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.centres_compared import Compared, Peers, Seen, compare
from hevesy.conduct.groups import Group, OfOne, Share, share_of
from hevesy.conduct.quality import Quality
from hevesy.follow.adverse_events import ZeroEvents, zero_events
from hevesy.follow.incidence import at_risk_of
from hevesy.names import token
from hevesy.stats.rates import Rate, rate
from hevesy.study.dates import DAYS_PER_MONTH, When, earliest
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.sites import written_alike

SEVERE_FROM_GRADE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Something that was given other than planned: to whom, of which kind, what was found, and the rows."""

    subject: str
    kind: str
    told: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that a subject's record lacks or leaves open, of a kind that the data quality names, and the rows."""

    subject: str
    kind: str
    told: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HowMany:
    """For how many of a centre's treated something holds: between two numbers where it is not known of all."""

    known: tuple[OfOne, ...]
    not_known: tuple[OfOne, ...]
    share: Share | None
    """None: nobody was treated, or it is not known of all."""

    @property
    def least(self) -> int:
        """Of whom it surely holds."""
        return sum(one.holds for one in self.known)

    @property
    def most(self) -> int:
        """For whom it may hold."""
        return self.least + len(self.not_known)

    @property
    def of(self) -> int:
        """Of how many."""
        return len(self.known) + len(self.not_known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Whether what was given was as planned, of a centre's treated subjects."""

    departed: HowMany
    departures: tuple[Departure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreEvents:
    """Adverse events of a centre's treated subjects, from day 1 on."""

    any: HowMany
    """Subjects with one."""
    severe: HowMany
    """Subjects with one of grade 3 or worse; not known where no such event but one without a grade is there."""
    per_month: Rate | None
    """Events over subject-months of those whose time at risk is known; None: nobody's is."""
    without_time: int
    """Treated subjects whose day 1 is not known: neither their events nor their time are in the rate."""
    most_of_one: int
    """Events of the subject that has most."""
    zero: ZeroEvents | None
    """What no event at all permits to say; None: there are some."""
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A centre and its subjects, also those that were never assigned or treated."""

    group: Group
    told: bool
    """Whether it has a name: subjects without one stand together and are compared with nobody."""
    enrolled: tuple[SubjectAnalysis, ...]
    """Assigned to an arm."""
    first: When | None
    """Day of the first and of the last enrolment, of the enrolled that have one."""
    last: When | None
    undated: int
    lacks: tuple[Lack, ...]
    kept: Kept | None
    """None: the protocol plans nothing that could be judged."""
    events: CentreEvents | None
    """None: no adverse events were delivered in the study."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Centres:
    """The centres of a study in the order of their names; subjects whose centre is not told come last."""

    centres: tuple[Centre, ...]
    kinds_lacking: tuple[str, ...]
    kinds_departed: tuple[str, ...]
    """What was found other than planned anywhere in the study."""
    alike: tuple[tuple[str, ...], ...]
    """Names that may be one centre's, written in two ways."""
    compared: Compared | None
    """None: nobody was treated, or one centre treated everybody."""


def centres(analysis: Analysis, stands: Quality) -> Centres | None:
    """A study by centre; None where no subject has one. `stands` is what the study lacks."""
    by_site: dict[str | None, list[SubjectAnalysis]] = {}
    for item in analysis.subjects:
        by_site.setdefault(item.subject.enrolment.site, []).append(item)
    if set(by_site) <= {None}:
        return None
    departures = {item.subject.id: tuple(_departures(item)) for item in analysis.treated}
    planned = any(analysis.study.level_of(item.subject) or item.given.schedules for item in analysis.treated)
    seen = {item.subject.id: _seen(item, analysis, departures[item.subject.id], planned) for item in analysis.treated}
    lacks: dict[str, list[Lack]] = {}
    for lack in _lacks(analysis, stands):
        lacks.setdefault(lack.subject, []).append(lack)
    found = []
    for site in sorted(by_site, key=lambda site: (site is None, site or "")):
        members = tuple(by_site[site])
        treated = [seen[item.subject.id] for item in members if item.subject.treated]
        enrolled = tuple(item for item in members if item.arm is not None)
        dated = sorted((item.subject.enrolment.on for item in enrolled if item.subject.enrolment.on), key=earliest)
        found.append(
            Centre(
                group=_group(site, members),
                told=site is not None,
                enrolled=enrolled,
                first=dated[0] if dated else None,
                last=dated[-1] if dated else None,
                undated=len(enrolled) - len(dated),
                lacks=tuple(one for item in members for one in lacks.get(item.subject.id, ())),
                kept=_kept(treated, departures) if planned else None,
                events=_events(treated) if "adverse_event" in analysis.study.delivered_kinds else None,
            )
        )
    return Centres(
        centres=tuple(found),
        kinds_lacking=tuple(dict.fromkeys(one.kind for each in found for one in each.lacks)),
        kinds_departed=tuple(dict.fromkeys(one.kind for each in departures.values() for one in each)),
        alike=written_alike(site for site in by_site if site is not None),
        compared=compare(
            Peers(group=one.group, seen=tuple(seen[item.subject.id] for item in one.group.treated))
            for one in found
            if one.told
        ),
    )


def _group(site: str | None, members: tuple[SubjectAnalysis, ...]) -> Group:
    if site is None:
        return Group(id="no-site", name="Site not told", members=members)
    return Group(id=f"site-{token(site)}", name=site, members=members)


def _lacks(analysis: Analysis, stands: Quality) -> Iterator[Lack]:
    """What is missing, questioned or left open of each subject, as the data quality has it."""
    row_of = {item.subject.id: item.subject.enrolment.row for item in analysis.subjects}
    for one in stands.missing or ():
        told = f"{one.test} on day {one.day}"
        yield Lack(subject=one.subject, kind="required count missing", told=told, rows=(row_of[one.subject],))
    for item in analysis.treated:
        for event in item.emergent:
            if event.grade is None:
                yield Lack(subject=item.subject.id, kind="event without a grade", told=event.term, rows=(event.row,))
    for finding in analysis.study.findings:
        if finding.subject in row_of:
            yield Lack(subject=finding.subject, kind=finding.topic, told=finding.message, rows=finding.rows)
    for doubt in stands.questioned:
        yield Lack(subject=doubt.subject, kind="questioned value", told=str(doubt), rows=(doubt.row,))
    for fault in stands.disagreements:
        yield Lack(subject=fault.subject, kind="reported otherwise than derived", told=fault.what, rows=fault.rows)


def _departures(item: SubjectAnalysis) -> Iterator[Departure]:
    """What was given other than planned: an activity, the regimen, a drug along with it."""
    subject, given = item.subject.id, item.given.exposure
    for infusion in given.infusions:
        if infusion.given is not None and infusion.given.within_tolerance is False:
            told = f"infusion {infusion.fraction}: {'; '.join(infusion.because)}"
            yield Departure(
                subject=subject,
                kind="activity outside the tolerance",
                told=told,
                rows=(infusion.administration.row,),
            )
    for note in given.off_regimen:
        yield Departure(subject=subject, kind="infusions other than the regimen", told=note, rows=given.rows)
    for name, check in item.given.schedules:
        if check.kept is False:
            rows = check.rows or (item.subject.enrolment.row,)
            yield Departure(subject=subject, kind=f"{name} other than planned", told=check.because, rows=rows)


def _not_all_known(item: SubjectAnalysis, analysis: Analysis) -> bool:
    """Whether a departure may yet be there: an activity that is not known, a plan that cannot be judged or is open."""
    infusions = item.given.exposure.infusions
    planned = analysis.study.level_of(item.subject) is not None
    if not planned and not item.given.schedules:
        return True  # there is nothing that this subject's treatment could be held against
    return (planned and any(one.given is None or one.given.within_tolerance is None for one in infusions)) or any(
        check.kept is None for _, check in item.given.schedules
    )


def _seen(item: SubjectAnalysis, analysis: Analysis, departures: Sequence[Departure], planned: bool) -> Seen:
    """A treated subject as its centre is judged by it; `planned`: there is something to depart from."""
    plan, (watched,) = analysis.study.protocol, at_risk_of([item.subject], "")
    delivered = "adverse_event" in analysis.study.delivered_kinds
    unknown = not planned or _not_all_known(item, analysis)
    return Seen(
        subject=item.subject.id,
        row=item.subject.enrolment.row,
        events=item.emergent if delivered else None,
        severe=_severe(item.emergent) if delivered else None,
        months=None if watched.days is None else watched.days / DAYS_PER_MONTH,
        departed=True if departures else None if unknown else False,
        count_missing=None if plan.count_schedule is None or item.subject.day_1 is None else bool(item.counts.missing),
    )


def _severe(events: Sequence[AdverseEvent]) -> bool | None:
    """Whether one is of grade 3 or worse; None: one that is not graded may be."""
    if any(event.grade is not None and event.grade >= SEVERE_FROM_GRADE for event in events):
        return True
    most = [event.grade_at_most for event in events if event.grade is None]
    return None if any(grade is None or grade >= SEVERE_FROM_GRADE for grade in most) else False


def _kept(treated: Sequence[Seen], departures: Mapping[str, tuple[Departure, ...]]) -> Kept:
    judged = []
    for one in treated:
        theirs = departures[one.subject]
        told = "; ".join(dict.fromkeys(departure.kind for departure in theirs)) or "no departure found"
        rows = (one.row, *_rows(theirs))
        judged.append((one.departed, OfOne(subject=one.subject, holds=bool(one.departed), told=told, rows=rows)))
    every = tuple(departure for one in treated for departure in departures[one.subject])
    return Kept(departed=_how_many(judged), departures=every)


def _how_many(judged: Iterable[tuple[bool | None, OfOne]]) -> HowMany:
    every = list(judged)
    known = tuple(one for answer, one in every if answer is not None)
    return HowMany(
        known=known,
        not_known=tuple(one for answer, one in every if answer is None),
        share=share_of(known) if len(known) == len(every) else None,
    )


def _rows(of: Iterable[Departure]) -> tuple[int, ...]:
    return tuple(row for one in of for row in one.rows)


def _events(treated: Sequence[Seen]) -> CentreEvents:
    """Subjects with an event, with a severe one, and events over the time at risk."""
    each = [(one, one.events or ()) for one in treated]
    timed = [(one.months, len(events)) for one, events in each if one.months is not None]
    months = sum(watched for watched, _ in timed)
    return CentreEvents(
        any=_how_many((bool(events), _of_one(one, bool(events), events)) for one, events in each),
        severe=_how_many((one.severe, _of_one(one, bool(one.severe), events)) for one, events in each),
        per_month=rate(sum(count for _, count in timed), months) if months > 0 else None,
        without_time=len(each) - len(timed),
        most_of_one=max((len(events) for _, events in each), default=0),
        zero=zero_events(len(each)) if each and not any(events for _, events in each) else None,
        rows=tuple(event.row for _, events in each for event in events),
    )


def _of_one(one: Seen, holds: bool, events: Sequence[AdverseEvent]) -> OfOne:
    worst = max((event.grade for event in events if event.grade is not None), default=None)
    graded = f", worst grade {worst}" if worst is not None else ""
    told = f"{len(events)} event{'' if len(events) == 1 else 's'}{graded}" if events else "no event"
    return OfOne(subject=one.subject, holds=holds, told=told, rows=(one.row, *(event.row for event in events)))
