"""What an imaging trial found: scans, readings, the truth, accuracy, and which activity and time separate best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.dose_times import DoseTimes, dose_times
from hevesy.conduct.groups import Group, columns
from hevesy.conduct.readers import ReadersOf, readers_of
from hevesy.errors import CannotAnswerError
from hevesy.find.accuracy import Accuracy, accuracy
from hevesy.find.cases import Case, MixedRule, Presentation, Side, side_of
from hevesy.find.patient import JoinedCase, Patient, joined
from hevesy.find.scans import Said, TimedScan, days_from, said_of, timed
from hevesy.find.truth import LesionTruth, truths_of
from hevesy.names import slug, token
from hevesy.study.dates import When
from hevesy.study.facts.imaging import FollowUpReference, Reading, Scan, Specimen
from hevesy.study.facts.treatment import Administration
from hevesy.study.protocol import ImagingPlan
from hevesy.study.protocol.imaging import Modality


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Days from the scan that was read to the tissue that tells the truth of a case; negative: tissue was taken first.

    `beyond`: more days than the plan allows lie between them; None: it allows any, or a day is not known.
    """

    subject: str
    lesion: str | None
    modality: Modality
    scanned: When | None
    taken: When | None
    days: int | None
    beyond: bool | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagedSubject:
    """A subject: what was injected and scanned, what was said, and what was true."""

    item: SubjectAnalysis
    presentation: Presentation | None
    presentation_told: str | None
    """Its word as delivered; None: none was."""
    injections: tuple[Administration, ...]
    scans: tuple[TimedScan, ...]
    readings: tuple[Reading, ...]
    truths: tuple[LesionTruth, ...]
    patient: Patient
    intervals: tuple[Interval, ...]

    @property
    def id(self) -> str:
        """The subject."""
        return self.item.subject.id

    @property
    def site(self) -> str | None:
        """Its centre."""
        return self.item.subject.enrolment.site

    @property
    def specimens(self) -> tuple[Specimen, ...]:
        """Its specimens, a row a review."""
        return self.item.subject.of(Specimen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The cases of one cell of a table of two by two."""

    cases: tuple[JoinedCase, ...]
    rows: tuple[int, ...]

    @property
    def n(self) -> int:
        """How many."""
        return len(self.cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class InGroup:
    """Accuracy in a group of cases: the tests, and by test the cases of each cell (`tp`, `fn`, `fp`, `tn`).

    `found` None: no case of the group counts.
    """

    key: str
    name: str
    cases: tuple[JoinedCase, ...]
    found: Accuracy | None
    cells: Mapping[str, Mapping[str, Counted]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePointSeen:
    """A planned time of the index modality: who was scanned then, when, and who was not although it was due."""

    planned_h: float
    tolerance_h: float
    scans: tuple[tuple[str, TimedScan], ...]
    """By subject."""
    missing: tuple[str, ...]
    """Injected subjects whose scan was due by the cut and is not recorded."""

    @property
    def outside(self) -> tuple[tuple[str, TimedScan], ...]:
        """Scans outside the tolerance."""
        return tuple(one for one in self.scans if one[1].within is False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the flow of subjects: who reached it, by group, and those who did not with why."""

    key: str
    title: str
    words: str
    """In a sentence, after a number of subjects."""
    definition: str
    by_group: tuple[tuple[SubjectAnalysis, ...], ...]
    lost: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Imaged:
    """An imaging trial as of a cut; each part is a result of its own, worked out when it is first asked."""

    analysis: Analysis = field(repr=False)
    plan: ImagingPlan
    subjects: tuple[ImagedSubject, ...] = field(repr=False)
    """Those assigned to an arm."""

    @property
    def cut(self) -> date:
        """The data cut."""
        return self.analysis.cut

    @property
    def tests(self) -> tuple[Modality, ...]:
        """The modality that is judged, and the one it is compared with."""
        return (self.plan.modality,) if self.plan.comparator is None else (self.plan.modality, self.plan.comparator)

    @property
    def mixed(self) -> MixedRule:
        """On which side a mixed specimen counts."""
        return rule_of(self.plan)

    def side(self, case: JoinedCase, turned: bool = False) -> Side | None:
        """On which side a case counts; `turned`: with mixed specimens on the other. None: it counts nowhere."""
        return counts_on(case.case, self.mixed.other if turned else self.mixed)

    @property
    def by_lesion(self) -> bool:
        """Whether the lesions of a subject are the cases: somebody has several."""
        return any(one.patient.lesions for one in self.subjects)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The arms, and all together."""
        return columns(self.analysis)

    @cached_property
    def cases(self) -> tuple[JoinedCase, ...]:
        """What is held against the truth: subjects, or where somebody has several lesions each of these."""
        return _cases(self.subjects, self.by_lesion)

    @cached_property
    def overall(self) -> InGroup:
        """Accuracy over all cases."""
        return _in_group("all", "All", self.cases, self)

    @cached_property
    def per_patient(self) -> InGroup:
        """Accuracy over subjects, whatever their number of lesions."""
        return _in_group("patients", "Patients", _cases(self.subjects, False), self)

    @cached_property
    def by_presentation(self) -> tuple[InGroup, ...]:
        """Accuracy of those newly diagnosed and of those suspected of recurrence."""
        words: dict[Presentation | None, str] = {
            "suspected recurrence": self.plan.suspected_recurrence,
            "newly diagnosed": self.plan.newly_diagnosed,
            None: f"{self.plan.presentation}: neither word",
        }
        found = (
            self._of(
                f"presentation-{slug(key or 'not told')}",
                word,
                [one for one in self.subjects if one.presentation == key],
            )
            for key, word in words.items()
        )
        return tuple(one for one in found if one.cases)

    @cached_property
    def counted_without_scan(self) -> tuple[tuple[str, str], ...]:
        """Subjects whose index reading counts although no injection or no scan of its time is on record, and why."""
        counting = {one.case.subject for cell in self.overall.cells[self.plan.modality].values() for one in cell.cases}
        lost = (item for step in self.flow if step.key in ("injected", "scanned") for item in step.lost)
        return tuple((who, why) for who, why in lost if who in counting)

    @property
    def of_no_presentation(self) -> tuple[ImagedSubject, ...]:
        """Subjects whose presentation is neither word of the plan: they count on both sides."""
        return tuple(one for one in self.subjects if one.presentation is None)

    @cached_property
    def by_dose(self) -> tuple[InGroup, ...]:
        """Accuracy of each arm."""
        by_id = {one.id: one for one in self.subjects}
        return tuple(
            self._of(f"arm-{group.id}", group.name, [by_id[item.subject.id] for item in group.members])
            for group in self.groups
            if group.id != "all"
        )

    @cached_property
    def by_centre(self) -> tuple[InGroup, ...]:
        """Accuracy of each centre, in the order of their names; last those of whom it is not told."""
        sites = sorted({one.site for one in self.subjects}, key=lambda site: (site is None, site or ""))
        return tuple(
            self._of(
                f"site-{token(site)}" if site is not None else "no-site",
                site or "Site not told",
                [one for one in self.subjects if one.site == site],
            )
            for site in sites
        )

    @cached_property
    def by_reference(self) -> tuple[InGroup, ...]:
        """Accuracy where the truth is by specimen and where it is by follow-up; empty: it is by one of them alone."""
        by = [case.case.reference for case in self.cases]
        if "follow-up" not in by or "specimen" not in by:
            return ()
        return tuple(
            _in_group(f"by-{slug(key)}", key, [case for case in self.cases if case.case.reference == key], self)
            for key in ("specimen", "follow-up")
        )

    @cached_property
    def within_interval(self) -> InGroup | None:
        """Accuracy without the cases whose scan and specimen lie farther apart than planned; None: there are none."""
        far = {(one.subject, one.lesion or "") for one in self.too_far}
        if not far:
            return None
        near = [case for case in self.cases if (case.case.subject, case.case.lesion) not in far]
        return _in_group("within-interval", "Scan and specimen as close as planned", near, self)

    @cached_property
    def intervals(self) -> tuple[Interval, ...]:
        """Days from scan to specimen of every case with tissue, by modality."""
        return tuple(one for subject in self.subjects for one in subject.intervals)

    @property
    def too_far(self) -> tuple[Interval, ...]:
        """Those farther apart than the plan allows."""
        return tuple(one for one in self.intervals if one.beyond)

    @property
    def tissue_first(self) -> tuple[Interval, ...]:
        """Those whose tissue was taken before the scan that is held against it."""
        return tuple(one for one in self.intervals if one.days is not None and one.days < 0)

    @cached_property
    def time_points(self) -> tuple[TimePointSeen, ...]:
        """Scans of the index modality at each planned time."""
        return tuple(_seen_at(point.planned_h, point.tolerance_h, self) for point in self.plan.time_points)

    @property
    def of_no_time(self) -> tuple[tuple[str, TimedScan], ...]:
        """Scans of the index modality that are of no time of the plan."""
        planned = {point.planned_h for point in self.plan.time_points}
        return tuple(
            (one.id, scan)
            for one in self.subjects
            for scan in one.scans
            if scan.scan.modality == self.plan.modality and scan.planned_h not in planned
        )

    @cached_property
    def dose_times(self) -> DoseTimes | None:
        """What was measured at each activity and time; None: no such scan was delivered."""
        groups = [group for group in self.groups if group.id != "all" or len(self.groups) == 1]
        scans = {one.id: one.scans for one in self.subjects}
        return dose_times(groups, scans, self.analysis.study.protocol, self.plan)

    @cached_property
    def readers(self) -> tuple[ReadersOf, ...]:
        """What single readers said of each modality, and how they agree."""
        readings = {one.id: one.readings for one in self.subjects}
        return readers_of(readings, {one.id: one.scans for one in self.subjects}, self.plan, self.tests)

    @cached_property
    def flow(self) -> tuple[Step, ...]:
        """From enrolment to the analysis: who reached each step."""
        return _flow(self)

    def _of(self, key: str, name: str, members: Sequence[ImagedSubject]) -> InGroup:
        return _in_group(key, name, _cases(members, self.by_lesion), self)


def imaged(analysis: Analysis) -> Imaged | None:
    """What an imaging trial found, from what was worked out of each subject; None: the protocol has no [imaging]."""
    plan = analysis.study.protocol.imaging
    if plan is None:
        return None
    return Imaged(analysis=analysis, plan=plan, subjects=tuple(_subject(item, plan) for item in analysis.assigned))


def rule_of(plan: ImagingPlan) -> MixedRule:
    """On which side a mixed specimen counts by a plan."""
    share = plan.mixed_from_percent
    return MixedRule(side=plan.mixed, viable_from=share / 100 if share is not None else None)


def _subject(item: SubjectAnalysis, plan: ImagingPlan) -> ImagedSubject:
    subject = item.subject
    told = dict(subject.enrolment.baseline).get(plan.presentation)
    words: dict[str, Presentation] = {
        plan.newly_diagnosed.casefold(): "newly diagnosed",
        plan.suspected_recurrence.casefold(): "suspected recurrence",
    }
    presentation = words.get(told.casefold()) if told is not None else None
    injections, readings = subject.of(Administration), subject.of(Reading)
    scans = timed(subject.of(Scan), injections, plan)
    truths = truths_of(subject.of(Specimen), subject.of(FollowUpReference))
    taken = {one.lesion: one.taken for one in truths if one.taken is not None}
    said: dict[str, tuple[Said, ...]] = {plan.modality: said_of(readings, scans, plan, plan.modality, taken)}
    if plan.comparator is not None:
        index = next((one.scanned for one in said[plan.modality]), None)
        said[plan.comparator] = said_of(readings, scans, plan, plan.comparator, taken, index)
    patient = joined(subject.id, truths, said, presentation, subject.enrolment.row, rule_of(plan))
    return ImagedSubject(
        item=item,
        presentation=presentation,
        presentation_told=told,
        injections=injections,
        scans=scans,
        readings=readings,
        truths=truths,
        patient=patient,
        intervals=tuple(_intervals(subject.id, patient, plan)),
    )


def _intervals(subject: str, patient: Patient, plan: ImagingPlan) -> Iterable[Interval]:
    """Of each case and modality the days between the scan that was read and the tissue."""
    tests = (plan.modality,) if plan.comparator is None else (plan.modality, plan.comparator)
    for joined_case in patient.lesions or (patient.whole,):
        tissue = _tissue(joined_case)
        for test in tests:
            read = next((one for one in joined_case.said[test] if one.answer is not None), None)
            if tissue is None or read is None:
                continue
            days, allowed = days_from(read.scanned, tissue.taken), plan.scan_to_specimen_d
            yield Interval(
                subject=subject,
                lesion=joined_case.case.lesion or None,
                modality=test,
                scanned=read.scanned,
                taken=tissue.taken,
                days=days,
                beyond=None if days is None or allowed is None else abs(days) > allowed,
                rows=joined_case.rows_of(test),
            )


def _tissue(joined_case: JoinedCase) -> LesionTruth | None:
    """The truth of a case where tissue tells it; of several that which the case counts by."""
    told = [one for one in joined_case.truths if one.told_by is not None]
    return next((one for one in told if one.truth == joined_case.case.truth), told[0] if told else None)


def _cases(subjects: Iterable[ImagedSubject], by_lesion: bool) -> tuple[JoinedCase, ...]:
    found: list[JoinedCase] = []
    for one in subjects:
        found += one.patient.lesions if by_lesion and one.patient.lesions else (one.patient.whole,)
    return tuple(found)


_CELLS: Mapping[tuple[Side, str], str] = {
    ("tumour", "positive"): "tp",
    ("tumour", "negative"): "fn",
    ("no tumour", "positive"): "fp",
    ("no tumour", "negative"): "tn",
}


def _in_group(key: str, name: str, cases: Sequence[JoinedCase], of: Imaged) -> InGroup:
    """Accuracy of some cases; those whose truth is not known are named by it and count nowhere."""
    try:
        found = accuracy([one.case for one in cases], of.tests, mixed=of.mixed)
    except CannotAnswerError:
        found = None
    cells: dict[str, Mapping[str, Counted]] = {test: _cells(test, cases, of) for test in of.tests}
    return InGroup(key=key, name=name, cases=tuple(cases), found=found, cells=cells)


def _cells(test: str, cases: Sequence[JoinedCase], of: Imaged) -> dict[str, Counted]:
    own: dict[str, list[JoinedCase]] = {cell: [] for cell in _CELLS.values()}
    for one in cases:
        side, says = counts_on(one.case, of.mixed), one.case.readings.get(test)
        if side is not None and says in ("positive", "negative"):
            own[_CELLS[side, says]].append(one)
    return {
        cell: Counted(cases=tuple(these), rows=tuple(row for one in these for row in one.rows_of(test)))
        for cell, these in own.items()
    }


def counts_on(case: Case, rule: MixedRule) -> Side | None:
    """On which side a case counts; None: on neither. Newly diagnosed cases say nothing on specificity."""
    side = side_of(case, rule)
    return None if side == "no tumour" and case.presentation == "newly diagnosed" else side


def _seen_at(planned_h: float, tolerance_h: float, of: Imaged) -> TimePointSeen:
    scans, missing = [], []
    for one in of.subjects:
        own = [scan for scan in one.scans if scan.scan.modality == of.plan.modality and scan.planned_h == planned_h]
        scans += [(one.id, scan) for scan in own]
        first = min((given.start for given in one.injections), default=None)
        if not own and first is not None and (first + timedelta(hours=planned_h + tolerance_h)).date() <= of.cut:
            missing.append(one.id)
    return TimePointSeen(planned_h=planned_h, tolerance_h=tolerance_h, scans=tuple(scans), missing=tuple(missing))


def _flow(of: Imaged) -> tuple[Step, ...]:
    """Each step takes those of the one before who have what it asks for."""
    index, comparator, primary = of.plan.modality, of.plan.comparator, of.plan.primary_h
    at = f" at {primary:g} h" if primary is not None else ""
    steps: list[tuple[str, str, str, str, Callable[[ImagedSubject], str | None]]] = [
        ("enrolled", "Enrolled", "enrolled", "subjects assigned to an arm of the protocol", lambda one: None),
        (
            "injected",
            "Injected",
            "injected",
            "enrolled subjects with an administration of the label on record",
            lambda one: None if one.injections else "no injection recorded",
        ),
        (
            "scanned",
            f"{index} scan{at}",
            f"scanned by {index}{at}",
            f"injected subjects with a {index} scan{at}",
            lambda one: None if _scanned(one, of) else _no_scan(one, of, f"{index} scan{at}"),
        ),
        (
            "read",
            f"{index}{at} read",
            "read",
            f"scanned subjects with the reading that counts ({of.plan.reader}); not readable is an answer",
            lambda one: None if index in one.patient.whole.case.readings else _why_not(one, index),
        ),
        (
            "truth",
            "Truth known",
            "with the truth known",
            "of them those whose truth is told by tissue or follow-up",
            lambda one: None if side_of(one.patient.whole.case, of.mixed) is not None else one.patient.whole.because[0],
        ),
    ]
    if comparator is not None:
        steps.append(
            (
                "compared",
                f"{comparator} read too",
                f"with {comparator} read too",
                f"of them those with a {comparator} reading that counts",
                lambda one: None if comparator in one.patient.whole.case.readings else _why_not(one, comparator),
            )
        )
    found, left = [], list(of.subjects)
    for key, title, words, definition, why in steps:
        lost = [(one.id, reason) for one in left if (reason := why(one)) is not None]
        gone = {subject for subject, _ in lost}
        left = [one for one in left if one.id not in gone]
        ids = {one.id for one in left}
        by_group = tuple(tuple(item for item in group.members if item.subject.id in ids) for group in of.groups)
        found.append(
            Step(key=key, title=title, words=words, definition=definition, by_group=by_group, lost=tuple(lost))
        )
    return tuple(found)


def _scanned(one: ImagedSubject, of: Imaged) -> bool:
    return any(
        scan.scan.modality == of.plan.modality and of.plan.primary_h in (None, scan.planned_h) for scan in one.scans
    )


def _no_scan(one: ImagedSubject, of: Imaged, what: str) -> str:
    """Not there although it was due, or not due by the cut."""
    point = of.plan.time_point(of.plan.primary_h)
    first = min((given.start for given in one.injections), default=None)
    if point is not None and first is not None:
        due = (first + timedelta(hours=point.planned_h + point.tolerance_h)).date()
        if due > of.cut:
            return f"the {what} is due by {due}"
    return f"no {what} recorded"


def _why_not(one: ImagedSubject, test: str) -> str:
    told = [why.removeprefix(f"{test}: ") for why in one.patient.whole.because if why.startswith(f"{test}: ")]
    return told[0] if told else f"no {test} reading"
