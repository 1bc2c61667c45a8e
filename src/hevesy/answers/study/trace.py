"""A number of a readout back to its rows, and a row forward to the numbers that stand on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import StudyFolder, Text, Whole
from hevesy.answers.progress import tell
from hevesy.answers.study.at_cut import AsOf, KnownAt, Since, cut_in_words, cut_of, material_at
from hevesy.blocks.number import shown
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.errors import QuestionError
from hevesy.names import token

if TYPE_CHECKING:
    from hevesy.blocks.number import Number
    from hevesy.blocks.section import Block, Document
    from hevesy.conduct.lineage import DeliveredRow, Fate
    from hevesy.readout.contents import Material
    from hevesy.readout.traced import Place, Traced, TracedNumber

COMMAND = "trace"
ROW = ("ledger_row", "source", "key", "file", "line", "values", "recorded_at", "who", "because")


def trace(
    folder: Annotated[Path, StudyFolder()],
    number: Annotated[str | None, Text("Id of a number of the readout, as in dlt-count.", "ID")] = None,
    *,
    row: Annotated[int | None, Whole("Ledger row, in place of a number: what stands on it?", "N", least=1)] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    since: Since = None,
) -> Answer:
    """A number of the readout back to file, line, value and rule; or a ledger row forward to every number on it.

    Returns the cut and the head of the record; of a number all that is said of it, its rule, where it stands, and
    `rows`, each with its file, line and mapped values as delivered; of a row what became of it, and `numbers`, each
    with the section and table it stands in (figures are drawn from rows too, and name none).
    Refused are a number that the readout at the cut does not have (the nearest are named), a row later than the
    record, both or neither, and what the readout refuses.

    Example: print(hevesy.open("trial").trace("dlt-count", as_of="2016-11-04"))
    """
    from hevesy.readout.build import document_of
    from hevesy.readout.traced import traced

    if (number is None) == (row is None):
        raise QuestionError("one of two is needed, the id of a number or a ⟦row⟧", "number", "row")
    tell("building the readout ...")
    of = material_at(folder, as_of, known_at, since)
    if row is not None and row > of.recorded.entries:
        known = f" as known at {of.known_at}" if of.known_at is not None else ""
        raise QuestionError(f"the record has {of.recorded.entries} entries{known}, got row {row}", "row")
    document = _with_meeting(of, document_of(of))
    joined = traced(document, of.recorded)
    return _forward(of, document, joined, row) if row is not None else _back(of, joined, number or "")


def _with_meeting(of: Material, document: Document) -> Document:
    """A readout, and after its sections what ⟦study cohorts⟧ shows: its numbers open too."""
    from hevesy.blocks.section import Section
    from hevesy.conduct.cohorts import cohorts
    from hevesy.readout.sections.cohorts import cohorts as laid_out

    meeting = Section(id="cohorts", title="Cohorts of the dose meeting", blocks=laid_out(cohorts(of.analysis)))
    return replace(document, sections=(*document.sections, meeting))


def _back(of: Material, joined: Traced, id: str) -> Answer:
    """A number with its rule, its places and its rows."""
    from hevesy.render.numbers import in_full, with_rows

    found = joined.numbers.get(id)
    if found is None:
        near = ", ".join(joined.nearest(id)) or "none of them"
        among = f"the {len(joined.numbers)} of the readout and the dose meeting at {of.analysis.cut}"
        raise QuestionError(f"there is no number {id!r} among {among}; nearest is {near}", "number")
    number, rows = found.number, joined.rows_of(found)
    return Answer(
        document={
            **cut_of(of),
            "number": with_rows(in_full(number)),
            "rule": [number.definition, *number.because],
            "section": picked(found.home.section, "id", "title"),
            "table": found.home.table.id if found.home.table is not None else None,
            "places": [_place(place) for place in found.places],
            "rows": [picked(row, *ROW) for row in rows],
        },
        blocks=(
            said(f"{number.label}: ", number, tone="answer"),
            said(f"Means: {number.definition}."),
            said(f"Population: {number.population}."),
            *_because(number),
            said(f"It stands in {'; '.join(dict.fromkeys(map(_in_words, found.places)))}."),
            said(f"It stands on {_counted(rows)}." if rows else "It names no row: it follows from what its rule says."),
            *_tables(rows),
            *cut_in_words(of),
        ),
    )


def _because(number: Number) -> Iterator[Block]:
    if number.because:
        yield said("Because:")
        yield listed(*number.because)


def _place(place: Place) -> dict[str, Json]:
    return {
        "section": place.section.id,
        "within": place.within.id if place.within is not None else None,
        "table": place.table.id if place.table is not None else None,
    }


def _in_words(place: Place) -> str:
    within = f", {place.within.title}" if place.within is not None else ""
    return f"{place.section.title}{within}" + (f", table {place.table.title!r}" if place.table is not None else "")


def _counted(rows: Sequence[DeliveredRow]) -> str:
    """How many rows, of which files."""
    files = ", ".join(dict.fromkeys(row.file for row in rows))
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'} of {files}"


def _tables(rows: Sequence[DeliveredRow]) -> Iterator[Block]:
    """Of each source the rows with file, line and mapped values; what is to be said of them stands below."""
    by_source: dict[str, list[DeliveredRow]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    for source, own in by_source.items():
        columns = tuple(dict.fromkeys(name for row in own for name in row.values))
        yield table(
            f"rows-{token(source)}",
            f"{source}: rows as they were delivered",
            (of_numbers("Ledger row"), "File", of_numbers("Line"), *columns),
            (
                (shown(row.ledger_row), row.file, shown(row.line), *(row.values.get(name) or "" for name in columns))
                for row in own
            ),
            *shortened(dict.fromkeys(_taken_in(row) for row in own)),
            *shortened(sentence for row in own for sentence in row.because),
            looked_up=True,
        )


def _taken_in(row: DeliveredRow) -> str:
    from hevesy.conduct.lineage import day_of

    return f"{row.file}: recorded by {row.who} on {day_of(row.recorded_at)}"


def _forward(of: Material, document: Document, joined: Traced, row: int) -> Answer:
    """The numbers that stand on a row; of an entry that is no row, or none that counts, what it is."""
    fate, numbers = joined.numbers_on(row)
    rows = (fate.row,) if fate.row is not None else ()
    told = _told(of, row, fate, numbers)
    return Answer(
        document={
            **cut_of(of),
            "row": row,
            "state": fate.state,
            "counts_now": fate.now,
            "because": told,
            "rows": [picked(one, *ROW) for one in rows],
            "numbers": [_standing(one, document) for one in numbers],
        },
        blocks=(
            *(said(sentence, tone="answer" if numbers else "caution") for sentence in told),
            *_tables(rows),
            *([_numbers(row, numbers)] if numbers else []),
            *cut_in_words(of),
        ),
    )


def _told(of: Material, row: int, fate: Fate, numbers: Sequence[TracedNumber]) -> list[str]:
    if fate.row is None:
        return [fate.told, "Numbers name rows of deliveries alone."]
    if fate.state != "counts":
        return [fate.told, "No number stands on it any more."]
    line = f"line {fate.row.line} of {fate.row.file}" if fate.row.line is not None else f"a row of {fate.row.file}"
    if numbers:
        count = "1 number stands" if len(numbers) == 1 else f"{len(numbers)} numbers stand"
        return [f"Row {row} is {line}; {count} on it."]
    return [
        f"Row {row} is {line}; no number of the readout and the dose meeting at {of.analysis.cut} stands on it.",
        "What it says may be later than the cut, in no question of the plan, or told by figures and sentences alone.",
    ]


def _standing(one: TracedNumber, document: Document) -> dict[str, Json]:
    return {
        **picked(one.number, "id", "text", "label"),
        "table": one.home.table.id if one.home.table is not None else None,
        "section": one.home.section.id,
        "document": document.name,
    }


def _numbers(row: int, numbers: Sequence[TracedNumber]) -> Table:
    return table(
        "numbers",
        f"Numbers that stand on row {row}",
        ("Number", "As shown", "Section", "Table", "Id"),
        (
            (
                one.number.label,
                one.number,
                one.home.section.title,
                one.home.table.caption if one.home.table is not None else "",
                one.number.id,
            )
            for one in numbers
        ),
        looked_up=True,
    )
