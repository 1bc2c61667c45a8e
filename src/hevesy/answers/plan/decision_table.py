"""The decision table of a design."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hevesy.answers.answer import Answer, picked
from hevesy.answers.plan.asked_design import AskedDesign, by_field
from hevesy.blocks.number import shown
from hevesy.blocks.prose import Note, said
from hevesy.blocks.section import Section
from hevesy.blocks.table import Table, table

if TYPE_CHECKING:
    from hevesy.plan.escalation.boin12 import Desirability

COMMAND = "plan table"
FACES = ("csv", "html", "svg")
MEANING = {
    "E": "escalate",
    "S": "stay",
    "D": "de-escalate; at level 1 stay or stop",
    "X": "de-escalate, never again at this level or above",
}


def decision_table(*, by: AskedDesign) -> Answer:
    """Decision table: escalate (E), stay (S), de-escalate (D) or never again (X) by subjects and DLTs at a level.

    Returns a row for each number of subjects and of DLTs; of boin12 with responses, and a rank of desirability.
    Refused are designs whose answer depends on more than one level, or on time.
    Source: each design's own paper.

    >>> import hevesy
    >>> rows = hevesy.decision_table(design="boin", target=0.25, n=6).document["rows"]
    >>> [row["decision"] for row in rows if row["n"] == 3]
    ['E', 'D', 'D', 'X']
    """
    if by.design == "boin12":
        from hevesy.plan.escalation.catalogue import desirability

        return _of_responses(desirability(by.plan()))
    from hevesy.readout.figures.decisions import decision_figure, decision_grid

    design = by.built(by.level_count() or 3)
    with by_field():
        found = design.decision_table(by.n if by.n is not None else 30)
    rows = [picked(cell, "n", "dlts", "decision") for cell in found]
    cells = _by_row(("n", "dlts", "decision"), ((cell.n, cell.dlts, cell.decision) for cell in found))
    told = [f"{key}: {meant}" for key, meant in MEANING.items()]
    return Answer(
        document={"rows": rows, "because": told},
        blocks=(
            Section(id="cells", title="By row", blocks=(cells, decision_figure(found)), folded=True),
            said(f"{design.in_short}: decision with n subjects at the level and 0, 1, 2 ... DLTs"),
            replace(decision_grid(found), notes=tuple(Note(parts=(line,)) for line in told)),
        ),
    )


def _of_responses(worth: Desirability) -> Answer:
    names = ("n", "dlts", "responses", "decision")
    ranked = [(*counts, score if score is not None else "X") for counts, score in worth.ranks().items()]
    rows = [dict(zip(names, one, strict=True)) for one in ranked]
    told = (
        f"rank-based desirability score, DLT limit {worth.toxicity_limit:g}, response limit "
        f"{worth.efficacy_limit:g}; X: not admissible"
    )
    return Answer(document={"rows": rows, "because": [told]}, blocks=(_by_row(names, ranked), said(told)))


def _by_row(columns: Sequence[str], rows: Iterable[Sequence[float | str]]) -> Table:
    return table("decisions", "Decisions", columns, ([shown(value) for value in row] for row in rows))
