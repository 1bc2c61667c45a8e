"""A subject's scans against the plan, and which reading of them counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from hevesy.find.cases import Reading as Answer
from hevesy.study.dates import When, earliest
from hevesy.study.facts.imaging import WITH_A_LABEL, Reading, Scan
from hevesy.study.facts.treatment import Administration
from hevesy.study.protocol.imaging import CONSENSUS, ImagingPlan, Modality


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedScan:
    """A scan with its time after the injection before it, planned and actual.

    `actual_h` None: not known. `within`: whether it lies within the tolerance of its time point; None: not known, or
    nothing is planned. `ratio_off`: by how much SUVmax / SUVmean lies above the ratio as delivered, in parts of that.
    """

    scan: Scan
    injection: Administration | None
    planned_h: float | None
    actual_h: float | None
    within: bool | None
    because: str
    ratio_off: float | None

    @property
    def rows(self) -> tuple[int, ...]:
        """The scan, and the injection that its time is counted from."""
        return (self.scan.row,) if self.injection is None else (self.scan.row, self.injection.row)


def timed(scans: Iterable[Scan], injections: Sequence[Administration], plan: ImagingPlan) -> tuple[TimedScan, ...]:
    """Each scan of a modality that sees the label against the last injection before it.

    Where no planned time is told, it is the time point in whose tolerance the actual time lies.
    """
    return tuple(_timed(scan, injections, plan) for scan in scans)


def _timed(scan: Scan, injections: Sequence[Administration], plan: ImagingPlan) -> TimedScan:
    before = [one for one in injections if one.start <= scan.start] if scan.modality in WITH_A_LABEL else []
    injection = max(before, key=lambda one: one.start, default=None)
    actual, why = None, ""
    if scan.modality in WITH_A_LABEL:
        if injection is None:
            why = "no injection before it is recorded"
        elif not (scan.hour_known and injection.hour_known):
            why = "the hour of the scan or of the injection is not recorded"
        else:
            actual = (scan.start - injection.start).total_seconds() / 3600
    planned = scan.planned_h
    if planned is None and actual is not None:
        fits = [point for point in plan.time_points if abs(actual - point.planned_h) <= point.tolerance_h]
        planned = fits[0].planned_h if fits else None
    point, within = plan.time_point(planned), None
    planned = point.planned_h if point is not None else planned
    if point is not None and actual is not None:
        within = abs(actual - point.planned_h) <= point.tolerance_h + 1e-9
        why = f"{actual:.2f} h after the injection, {point.planned_h:g} h planned, {point.tolerance_h:g} h either way"
    elif planned is not None and point is None and scan.modality == plan.modality:
        why = f"the protocol has no time point at {planned:g} h"
    return TimedScan(
        scan=scan,
        injection=injection,
        planned_h=planned,
        actual_h=actual,
        within=within,
        because=why,
        ratio_off=_ratio_off(scan),
    )


def _ratio_off(scan: Scan) -> float | None:
    lesion, background, ratio = scan.suv_max_lesion, scan.suv_mean_background, scan.lesion_to_background
    if lesion is None or not background or not ratio:
        return None
    return lesion / background / ratio - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What counts of the readings of a modality, on a lesion or (`lesion` None) on the subject as a whole.

    `answer` None: there is none that counts, and `because` says why. `scanned` is the day of the scan that was read.
    """

    lesion: str | None
    answer: Answer | None
    scanned: When | None
    score: float | None
    because: str
    notes: tuple[str, ...]
    rows: tuple[int, ...]


def said_of(
    readings: Iterable[Reading],
    scans: Sequence[TimedScan],
    plan: ImagingPlan,
    modality: Modality,
    taken: Mapping[str | None, When],
    otherwise: When | None = None,
) -> tuple[Said, ...]:
    """Of each lesion the reading that counts: of the plan's reader, for the index modality at its primary time.

    Of several scans it is the last on or before the day on which tissue of the lesion was `taken` or its follow-up
    began (of a lesion without a day the first of the others, else the day given `otherwise`), else the first after it;
    two answers of one day that differ are no answer.
    """
    primary = plan.primary_h if modality == plan.modality else None
    own = [one for one in readings if one.modality == modality]
    by_lesion: dict[str | None, list[Reading]] = {}
    for one in own:
        if primary is None or read_at(one, scans, plan) == primary:
            by_lesion.setdefault(one.lesion, []).append(one)
    elsewhen = [one for one in own if read_at(one, scans, plan) is None] if primary is not None else []
    stray = tuple(f"a {modality} reading of no known time does not count" for _ in elsewhen[:1])
    first = min(taken.values(), key=earliest, default=otherwise)
    found = [
        _with_its_scan(_said(lesion, these, plan, modality, taken.get(lesion, first), stray), scans, modality, primary)
        for lesion, these in by_lesion.items()
    ]
    if not found and own:
        why = f"no {modality} reading at {primary:g} h" if primary is not None else f"no {modality} reading"
        rows = tuple(one.row for one in own)
        found = [Said(lesion=None, answer=None, scanned=None, score=None, because=why, notes=stray, rows=rows)]
    return tuple(found)


def _with_its_scan(said: Said, scans: Sequence[TimedScan], modality: Modality, primary_h: float | None) -> Said:
    """With a note where the day that was read is that of no scan on record, or of one at another time alone."""
    own = [scan for scan in scans if scan.scan.modality == modality]
    if said.answer is None or said.scanned is None or not own:
        return said
    of_day = {scan.planned_h for scan in own if scan.scan.on == said.scanned}
    if not of_day:
        note = f"no {modality} scan of {said.scanned}, which was read, is recorded"
    elif primary_h is not None and not of_day & {primary_h, None}:
        others = ", ".join(f"{hours:g} h" for hours in sorted(hours for hours in of_day if hours is not None))
        note = f"the {modality} reading of {primary_h:g} h was of {said.scanned}, the day of the scan at {others}"
    else:
        return said
    return replace(said, notes=(*said.notes, note))


def read_at(one: Reading, scans: Sequence[TimedScan], plan: ImagingPlan) -> float | None:
    """The planned time of the scan that was read: as told, else that of the only scan of its day."""
    if one.planned_h is not None or one.scanned is None:
        point = plan.time_point(one.planned_h)
        return point.planned_h if point is not None else one.planned_h
    same = {scan.planned_h for scan in scans if scan.scan.modality == one.modality and scan.scan.on == one.scanned}
    return next(iter(same)) if len(same) == 1 else None


def _said(
    lesion: str | None,
    readings: Sequence[Reading],
    plan: ImagingPlan,
    modality: Modality,
    taken: When | None,
    notes: tuple[str, ...],
) -> Said:
    counting = [one for one in readings if _is_of(one, plan.reader)]
    if not counting:
        each = ", ".join(f"{one.reader or 'a reader'} {one.answer}" for one in readings)
        what = "no consensus" if plan.reader == CONSENSUS else f"no reading of {plan.reader}"
        rows = tuple(one.row for one in readings)
        return Said(
            lesion=lesion,
            answer=None,
            scanned=readings[0].scanned,
            score=None,
            because=f"{what} on {modality} ({each})",
            notes=notes,
            rows=rows,
        )
    day = _nearest([one.scanned for one in counting], taken)
    chosen = [one for one in counting if one.scanned == day]
    others = [one for one in counting if one.scanned != day]
    told = [*notes, *(f"{modality} of {one.scanned or 'no day'} ({one.answer}) does not count" for one in others)]
    answers = dict.fromkeys(one.answer for one in chosen)
    if len(answers) > 1:
        why = f"two {modality} readings of one scan differ: {', '.join(answers)}"
        rows = tuple(one.row for one in chosen)
        return Said(lesion=lesion, answer=None, scanned=day, score=None, because=why, notes=tuple(told), rows=rows)
    last = max(chosen, key=lambda one: one.row)
    return Said(
        lesion=lesion,
        answer=last.answer,
        scanned=day,
        score=last.score,
        because=f"{modality} of {day or 'no day'}: {last.answer} ({last.reader or plan.reader})",
        notes=tuple(told),
        rows=(last.row,),
    )


def is_consensus(one: Reading) -> bool:
    """Whether a reading is that of all readers together: as told, else by its reader's name."""
    return one.consensus if one.consensus is not None else (one.reader or "").casefold() == CONSENSUS


def _is_of(one: Reading, reader: str) -> bool:
    return is_consensus(one) if reader == CONSENSUS else one.reader == reader and not is_consensus(one)


def _nearest(days: Sequence[When | None], taken: When | None) -> When | None:
    """The last day on or before another, else the first after it; without one the last."""
    known = sorted({day for day in days if day is not None}, key=earliest)
    if not known:
        return None
    if taken is None:
        return known[-1]
    before = [day for day in known if earliest(day) <= earliest(taken)]
    return before[-1] if before else known[0]


def days_from(scanned: When | None, taken: When | None) -> int | None:
    """Days from a scan to a specimen, negative where tissue was taken first; None where a day is not known."""
    if not isinstance(scanned, date) or not isinstance(taken, date):
        return None
    return (taken - scanned).days
