"""What changed in a study between two cuts of one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.imaged import Counted as Cell
from hevesy.conduct.imaged import Imaged, imaged
from hevesy.study.facts.fact import F
from hevesy.study.facts.imaging import Reading, Scan, Specimen


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


def _facts(analysis: Analysis, kind: type[F]) -> list[F]:
    return [fact for item in analysis.assigned for fact in item.subject.of(kind)]


def _diagnoses(analysis: Analysis) -> list[Specimen]:
    return [one for one in _facts(analysis, Specimen) if one.diagnosis is not None]


ENROLLED = Measure(
    key="subjects",
    title="Enrolled",
    of=lambda analysis: len(analysis.assigned),
    rows=lambda analysis: _enrolments(analysis.assigned),
)
DEATHS = Measure(
    key="deaths",
    title="Deaths",
    of=lambda analysis: sum(item.death is not None for item in analysis.assigned),
)
MEASURES = (
    ENROLLED,
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
    DEATHS,
)
CELLS = {"tp": "true positive", "fn": "false negative", "fp": "false positive", "tn": "true negative"}
"""Cells of the table of the modality that is tried."""
OF_IMAGES = (
    ENROLLED,
    Measure(
        key="injected",
        title="Injected",
        of=lambda analysis: len(analysis.treated),
        rows=lambda analysis: _enrolments(analysis.treated),
    ),
    Measure(
        key="scans",
        title="Scans",
        of=lambda analysis: len(_facts(analysis, Scan)),
        rows=lambda analysis: [one.row for one in _facts(analysis, Scan)],
    ),
    Measure(
        key="readings",
        title="Readings",
        of=lambda analysis: len(_facts(analysis, Reading)),
        rows=lambda analysis: [one.row for one in _facts(analysis, Reading)],
    ),
    Measure(
        key="diagnoses",
        title="Diagnoses of specimens",
        of=lambda analysis: len(_diagnoses(analysis)),
        rows=lambda analysis: [one.row for one in _diagnoses(analysis)],
    ),
    DEATHS,
)
"""Where nobody is treated but a label imaged."""


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
    counts = tuple(
        Counted(
            key=measure.key,
            title=measure.title,
            then=measure.of(before),
            now=measure.of(now),
            rows_then=tuple(measure.rows(before)),
            rows_now=tuple(measure.rows(now)),
        )
        for measure in (OF_IMAGES if now.study.protocol.diagnostic else MEASURES)
    )
    subjects = tuple(
        (item.subject.id, sentence)
        for item in now.assigned
        for sentence in _differences(known.get(item.subject.id), item, now.study.protocol.diagnostic)
    )
    answers = _answers_of(before, now) if now.study.protocol.diagnostic else ((), ())
    return Changes(then=before.cut, now=now.cut, counts=counts + answers[0], subjects=subjects + answers[1])


def _answers_of(before: Analysis, now: Analysis) -> tuple[tuple[Counted, ...], tuple[tuple[str, str], ...]]:
    """What the modality that is tried says of the truth, then and now, and every case that went to another cell."""
    was, here = imaged(before), imaged(now)
    if was is None or here is None:
        return (), ()
    then, cells = _cells(was), _cells(here)
    modality = here.plan.modality
    counts = tuple(
        Counted(
            key=f"{key}-of-{modality.lower()}",
            title=f"{modality}: {title}s",
            then=then[key].n,
            now=cells[key].n,
            rows_then=then[key].rows,
            rows_now=cells[key].rows,
        )
        for key, title in CELLS.items()
    )
    told_then, told_now = _by_case(then), _by_case(cells)
    moved = tuple(
        (name, f"{modality} {told_then.get(name, 'not counted')} -> {told_now.get(name, 'not counted')}")
        for name in dict.fromkeys([*told_then, *told_now])
        if name in told_then and told_then[name] != told_now.get(name)
    )
    return counts, moved


def _cells(of: Imaged) -> Mapping[str, Cell]:
    return of.overall.cells[of.plan.modality]


def _by_case(cells: Mapping[str, Cell]) -> dict[str, str]:
    """The cell of each case that counts."""
    return {one.case.name: CELLS[key] for key, cell in cells.items() for one in cell.cases}


def _differences(then: SubjectAnalysis | None, now: SubjectAnalysis, diagnostic: bool) -> list[str]:
    if then is None:
        return ["enrolled since"]
    told = []
    if not then.subject.treated and now.subject.treated:
        told.append("injected since" if diagnostic else "treated since")
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
