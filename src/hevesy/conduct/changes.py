"""What changed in a study between two cuts of one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from hevesy.conduct.analysis import Analysis, SubjectAnalysis


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A count by its name, and the rows behind it (empty: too many to name)."""

    key: str
    title: str
    of: Callable[[Analysis], int]
    rows: Callable[[Analysis], Iterable[int]] = lambda analysis: ()


def _enrolments(items: Iterable[SubjectAnalysis]) -> list[int]:
    return [item.subject.enrolment.row for item in items]


def _events(analysis: Analysis) -> list[int]:
    return [event.row for item in analysis.treated for event in item.emergent]


MEASURES = (
    Measure(
        key="subjects",
        title="Enrolled",
        of=lambda analysis: len(analysis.assigned),
        rows=lambda analysis: _enrolments(analysis.assigned),
    ),
    Measure(
        key="treated",
        title="Treated",
        of=lambda analysis: len(analysis.treated),
        rows=lambda analysis: _enrolments(analysis.treated),
    ),
    Measure(key="events", title="Adverse events", of=lambda analysis: len(_events(analysis)), rows=_events),
    Measure(
        key="labs",
        title="Laboratory values",
        of=lambda analysis: sum(len(item.counts.labs) for item in analysis.treated),
    ),
    Measure(
        key="progressed",
        title="Progressions confirmed",
        of=lambda analysis: sum(
            item.response is not None and item.response.progression_on is not None for item in analysis.treated
        ),
    ),
    Measure(
        key="deaths",
        title="Deaths",
        of=lambda analysis: sum(item.death is not None for item in analysis.assigned),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A measure at two cuts, with the rows at each."""

    key: str
    title: str
    then: int
    now: int
    rows_then: tuple[int, ...]
    rows_now: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Counts then and now, and of every subject whose status, response or life differs what does."""

    then: date
    now: date
    counts: tuple[Counted, ...]
    subjects: tuple[tuple[str, str], ...]


def changes(before: Analysis, now: Analysis) -> Changes:
    """What differs between two cuts, both worked out from the present record."""
    known = {item.subject.id: item for item in before.subjects}
    return Changes(
        then=before.cut,
        now=now.cut,
        counts=tuple(
            Counted(
                key=measure.key,
                title=measure.title,
                then=measure.of(before),
                now=measure.of(now),
                rows_then=tuple(measure.rows(before)),
                rows_now=tuple(measure.rows(now)),
            )
            for measure in MEASURES
        ),
        subjects=tuple(
            (item.subject.id, sentence)
            for item in now.assigned
            for sentence in _differences(known.get(item.subject.id), item)
        ),
    )


def _differences(then: SubjectAnalysis | None, now: SubjectAnalysis) -> list[str]:
    if then is None:
        return ["enrolled since"]
    told = []
    if not then.subject.treated and now.subject.treated:
        told.append("treated since")
    if then.dlt is not None and now.dlt is not None and then.dlt.status != now.dlt.status:
        told.append(f"DLT status {then.dlt.status} -> {now.dlt.status}")
    if then.response is not None and now.response is not None:
        if then.response.best != now.response.best:
            told.append(f"best response {then.response.best} -> {now.response.best}")
        if then.response.progression_on is None and now.response.progression_on is not None:
            told.append(f"progression on {now.response.progression_on} confirmed")
    if then.death is None and now.death is not None:
        told.append("died")
    return told
