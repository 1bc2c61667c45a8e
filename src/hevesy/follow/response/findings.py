"""What was found at visits.

Lesions and other findings of one reader and one day together, and what the criteria read of them.

Sums are over the targets of the baseline, and are not made while one of them was not measured; those measured are a
lower bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, TypeVar

from hevesy.errors import RuleError
from hevesy.follow.response.lymphoma import LymphomaVisit, Node
from hevesy.follow.response.tumour import NODE_mm, TumourVisit
from hevesy.study.facts.response import Assessment, IgMAssessment, Lesion, NonTarget, TumourAssessment

E = TypeVar("E", Assessment, Lesion, TumourAssessment, IgMAssessment)
_NOT_FOUND = ("subject", "row", "on", "reported")
"""Fields of an event that are no finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """One reader's visit: the measured lesions of a day and what else was found."""

    on: date
    lesions: tuple[Lesion, ...]
    also: TumourAssessment | None
    rows: tuple[int, ...]
    """Every row of the visit."""
    new_lesions_listed: bool = False
    """The delivery holds every new lesion: one that is not there was not there."""

    @property
    def row(self) -> int:
        """The row that names the visit."""
        return self.also.row if self.also is not None else self.lesions[0].row

    @property
    def new_lesion(self) -> bool | None:
        """A new lesion was measured or told of; None: nobody says, or it is doubtful."""
        new = [
            lesion
            for lesion in self.lesions
            if lesion.role == "new" and lesion.longest_mm != 0 and lesion.state != "absent"
        ]
        if any(lesion.state != "doubtful" for lesion in new):
            return True
        told = self.also.new_lesion if self.also is not None else None
        if told is not None or new:
            return told
        return False if self.new_lesions_listed else None

    def of(self, role: str) -> dict[str, Lesion]:
        """Lesions of a role by name."""
        return {lesion.lesion: lesion for lesion in self.lesions if lesion.role == role}


def last_of_each(events: Sequence[E]) -> E:
    """The last of events in order of day, each thing that it does not tell taken from the last that does."""
    names = [one.name for one in fields(events[-1]) if one.name not in _NOT_FOUND]
    last: dict[str, Any] = {
        name: next((value for item in reversed(events) if (value := getattr(item, name)) is not None), None)
        for name in names
    }
    return replace(events[-1], **last)


def of_each_day(events: Sequence[E]) -> tuple[tuple[tuple[date, E], ...], tuple[str, ...]]:
    """Events in order of day, the rows of one day as one visit, which cannot bear itself out.

    With them, what two rows tell differently.

    That is not known: neither value is taken. What is not known to the day is no visit.
    """
    by_day: dict[date, list[E]] = {}
    for one in events:
        if isinstance(one.on, date):
            by_day.setdefault(one.on, []).append(one)
    joined, doubts = [], []
    for on, own in sorted(by_day.items()):
        if len(own) == 1:
            joined.append((on, own[0]))
            continue
        told: dict[str, Any] = {}
        for name in (one.name for one in fields(own[0]) if one.name not in _NOT_FOUND):
            values = dict.fromkeys(value for item in own if (value := getattr(item, name)) is not None)
            told[name] = next(iter(values)) if len(values) == 1 else None
            if len(values) > 1:
                rows = " and ".join(str(item.row) for item in own if getattr(item, name) is not None)
                doubts.append(f"{name} on {on} is {' and '.join(map(str, values))} in rows {rows}: none is taken")
        joined.append((on, replace(own[0], **told)))
    return tuple(joined), tuple(doubts)


def visits_of(
    lesions: Iterable[Lesion], assessments: Iterable[TumourAssessment], new_lesions_listed: bool = False
) -> tuple[Findings, ...]:
    """Visits in order of day; two assessments of one day, or two answers on one lesion, are refused.

    What has no day is no visit.
    """
    measured: dict[date, dict[str, list[Lesion]]] = {}
    also: dict[date, TumourAssessment] = {}
    for lesion in lesions:
        if isinstance(lesion.on, date):
            measured.setdefault(lesion.on, {}).setdefault(lesion.lesion, []).append(lesion)
    for assessment in assessments:
        if isinstance(assessment.on, date):
            if assessment.on in also:
                raise RuleError(f"two assessments of one reader on {assessment.on}")
            also[assessment.on] = assessment
    found = []
    for on in sorted({*measured, *also}):
        own, told = measured.get(on, {}), also.get(on)
        rows = (*((told.row,) if told is not None else ()), *(lesion.row for parts in own.values() for lesion in parts))
        joined = tuple(_joined(parts) for parts in own.values())
        found.append(Findings(on=on, lesions=joined, also=told, rows=rows, new_lesions_listed=new_lesions_listed))
    return tuple(found)


def _joined(parts: Sequence[Lesion]) -> Lesion:
    """A lesion whose rows of one day tell different things; the same thing told twice is refused."""
    told: dict[str, Any] = {}
    for part in parts:
        for name in ("longest_mm", "shortest_mm", "nodal", "state"):
            value = getattr(part, name)
            if value is not None and name in told:
                raise RuleError(f"{part.lesion} was measured twice on {part.on}")
            if value is not None:
                told[name] = value
    if len(parts) > 1 and all(
        part.longest_mm is None and part.shortest_mm is None and part.state is None for part in parts
    ):
        raise RuleError(f"{parts[0].lesion} was measured twice on {parts[0].on}")
    if {part.role for part in parts} != {parts[0].role}:
        raise RuleError(f"{parts[0].lesion} has two roles on {parts[0].on}")
    return replace(parts[0], **told)


def baseline_of(visits: Sequence[Findings]) -> Findings:
    """One baseline of everything found before treatment: each lesion and each finding as it was last told."""
    lesions: dict[str, list[Lesion]] = {}
    for visit in visits:
        for lesion in visit.lesions:
            lesions.setdefault(lesion.lesion, []).append(lesion)
    told = [visit.also for visit in visits if visit.also is not None]
    return Findings(
        on=visits[-1].on,
        lesions=tuple(last_of_each(own) for own in lesions.values()),
        also=last_of_each(told) if told else None,
        rows=tuple(row for visit in visits for row in visit.rows),
        new_lesions_listed=visits[-1].new_lesions_listed,
    )


def unknown_targets(visit: Findings, baseline: Findings) -> tuple[str, ...]:
    """Targets of a visit that were none at baseline, where the sums are of lesions."""
    return tuple(name for name in visit.of("target") if name not in baseline.of("target"))


def tumour_visit(visit: Findings, baseline: Findings, criteria: str) -> TumourVisit:
    """The visit as RECIST and RANO read it, with the sum over the targets of the baseline."""
    also, first, now = visit.also, baseline.of("target"), visit.of("target")
    by_diameter = criteria == "recist-1.1"
    if by_diameter:
        sizes = [_diameter(now.get(name), nodal=bool(lesion.nodal)) for name, lesion in first.items()]
        delivered = also.target_mm if also is not None else None
    else:
        sizes = [_product(now.get(name)) for name in first]
        delivered = 100 * also.target_cm2 if also is not None and also.target_cm2 is not None else None
    gone = also.targets_gone if also is not None else None
    total = seen = delivered
    if first or now:
        measured = [(size, lesion) for size, lesion in zip(sizes, first.values(), strict=True) if size is not None]
        seen = sum(size for size, _ in measured)
        total = seen if len(measured) == len(sizes) and not unknown_targets(visit, baseline) else None
        small = [size < NODE_mm if lesion.nodal and by_diameter else size == 0 for size, lesion in measured]
        gone = False if not all(small) else True if total is not None else None
    return TumourVisit(
        row=visit.row,
        on=visit.on,
        target=total,
        seen=seen,
        targets_gone=gone,
        non_target=_non_target(visit, baseline),
        new_lesion=visit.new_lesion,
        flair=also.flair if also is not None else None,
        steroids=also.steroids if also is not None else None,
        off_steroids=also.off_steroids if also is not None else None,
        clinical=also.clinical if also is not None else None,
    )


def small_target_nodes(baseline: Findings) -> tuple[str, ...]:
    """Nodes that were targets at baseline with a short axis that is normal already.

    Nothing of them can be seen to go.
    """
    nodes = (lesion for lesion in baseline.of("target").values() if lesion.nodal)
    return tuple(
        lesion.lesion for lesion in nodes if (size := _diameter(lesion, nodal=True)) is not None and size < NODE_mm
    )


def _non_target(visit: Findings, baseline: Findings) -> NonTarget | None:
    """As told; else from lesions of that role; not evaluable where there were some at baseline and nobody says.

    None: there are none.
    """
    told = visit.also.non_target if visit.also is not None else None
    if told is not None:
        return told
    first, now = baseline.of("non-target"), visit.of("non-target")
    if not first and (baseline.also is None or baseline.also.non_target is None):
        return None
    there = [now[name] for name in first if name in now]
    if any(lesion.state == "progressed" for lesion in there):
        return "PD"
    if any(lesion.state == "present" or (lesion.longest_mm is not None and lesion.longest_mm > 0) for lesion in there):
        return "NON-CR/NON-PD"
    gone = [lesion.state == "absent" or lesion.longest_mm == 0 for lesion in there]
    return "CR" if first and len(gone) == len(first) and all(gone) else "NE"


def _diameter(lesion: Lesion | None, nodal: bool) -> float | None:
    """What RECIST adds up: the longest diameter, of a node the shorter one."""
    if lesion is None:
        return None
    if lesion.longest_mm == 0:
        return 0.0
    return lesion.shortest_mm if nodal else lesion.longest_mm


def _product(lesion: Lesion | None) -> float | None:
    if lesion is None or lesion.longest_mm is None:
        return None
    if lesion.longest_mm == 0:
        return 0.0
    return None if lesion.shortest_mm is None else lesion.longest_mm * lesion.shortest_mm


def lymphoma_visit(visit: Findings, baseline: Findings) -> LymphomaVisit:
    """The visit as Lugano reads it: measured lesions with two diameters, whatever else there was."""
    also = visit.also
    known = [lesion for lesion in visit.lesions if lesion.role != "non-target"]
    nodes = tuple(
        Node(
            name=lesion.lesion,
            longest_mm=lesion.longest_mm,
            shortest_mm=lesion.shortest_mm or 0.0,
            nodal=lesion.nodal is not False,
        )
        for lesion in known
        if lesion.longest_mm is not None and _product(lesion) is not None
    )
    return LymphomaVisit(
        row=visit.row,
        on=visit.on,
        deauville=also.deauville if also is not None else None,
        uptake=also.uptake if also is not None else None,
        new_avid_lesion=also.new_avid_lesion if also is not None else None,
        nodes=nodes or None,
        unmeasured=tuple(lesion.lesion for lesion in known if _product(lesion) is None),
        new_lesion=visit.new_lesion,
        others_gone=also.others_gone if also is not None else None,
        others_progressed=_non_target(visit, baseline) == "PD",
    )
