"""What changed since an earlier cut."""

from __future__ import annotations

from collections.abc import Callable

from hevesy.blocks.number import Part
from hevesy.blocks.prose import Listing, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.follow.adverse_events import emergent
from hevesy.readout.sections.decision import answers
from hevesy.readout.sections.groups import number


def changes(analysis: Analysis, before: Analysis | None) -> Section:
    """Counts then and now, and every subject whose status, response or time differs."""
    if before is None:
        text = (
            "No earlier data cut is named: list them under study.readout_cuts in protocol.toml, or name one when a "
            "readout is asked for."
        )
        return Section(id="changes", title="What changed", blocks=(said(text),))
    measures: tuple[tuple[str, str, Callable[[Analysis], int], Callable[[Analysis], list[int]]], ...] = (
        (
            "subjects",
            "Enrolled",
            lambda a: len(a.assigned),
            lambda a: [item.subject.enrolment.row for item in a.assigned],
        ),
        ("treated", "Treated", lambda a: len(a.treated), lambda a: [item.subject.enrolment.row for item in a.treated]),
        ("events", "Adverse events", lambda a: len(_events(a)), _events),
        ("labs", "Laboratory values", lambda a: sum(len(item.labs) for item in a.treated), lambda a: []),
        (
            "progressed",
            "Progressions confirmed",
            lambda a: sum(item.response is not None and item.response.progression_on is not None for item in a.treated),
            lambda a: [],
        ),
        ("deaths", "Deaths", lambda a: sum(item.death is not None for item in a.assigned), lambda a: []),
    )
    rows: list[tuple[Part, ...]] = []
    for key, title, value, of_rows in measures:
        then, now = value(before), value(analysis)
        difference = number(
            f"change-{key}",
            now - then,
            f"{now - then:+d}",
            label=f"{title}, change since {before.cut}",
            definition=f"{title.lower()} on {analysis.cut} minus those on {before.cut}, both from the same record",
            population="all assigned",
            because=(f"{then} then, {now} now",),
            rows=set(of_rows(analysis)) - set(of_rows(before)),
        )
        shown = [
            number(
                f"change-{key}-{when}",
                count,
                label=f"{title} on {of.cut}",
                definition=f"{title.lower()} as of {of.cut}, from the present record",
                population="all assigned",
                because=(f"as of {of.cut}",),
                rows=of_rows(of),
            )
            for when, count, of in (("then", then, before), ("now", now, analysis))
        ]
        rows.append((title, *shown, difference))
    blocks: list[Block] = [
        table(
            "changes",
            f"Since {before.cut}",
            ("", *map(of_numbers, (str(before.cut), str(analysis.cut), "Change"))),
            rows,
        )
    ]
    for then_answer, now_answer in zip(answers(before), answers(analysis), strict=True):
        blocks.append(
            said(
                f"{now_answer.label} then, worked out again from the present record: {then_answer.text}; now: ",
                now_answer,
                ".",
            )
        )
    known = {item.subject.id: item for item in before.subjects}
    told = [
        (f"{item.subject.id}: {sentence}",)
        for item in analysis.assigned
        for sentence in _differences(known.get(item.subject.id), item)
    ]
    if told:
        blocks.append(Listing(items=tuple(told[:60]) + (((f"and {len(told) - 60} more",),) if len(told) > 60 else ())))
    return Section(id="changes", title="What changed", blocks=tuple(blocks))


def _events(analysis: Analysis) -> list[int]:
    return [event.row for item in analysis.treated for event in emergent(item.subject)]


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
