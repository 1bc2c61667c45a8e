"""How a design over a grid of activities and cycles behaves: there are two ways to go up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.answers.plan.asked_world import Grid, grid_design
from hevesy.answers.progress import tell
from hevesy.blocks.number import Cell, Shown, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.errors import QuestionError, RuleError

if TYPE_CHECKING:
    from hevesy.plan.escalation.grid_trials import GridCharacteristics, SimulatedGrid
    from hevesy.plan.escalation.partial_order import PartialOrderCRM

SELECTED = "selected: none first, then each cell by activity and within it by cycles; this design always selects one"
ORDERS = (
    "continual reassessment method for partial orders (Wages, Conaway and O'Quigley 2011), six orders of the cells, "
    "one step up in one direction at a time, none after a DLT"
)


def grid_answer(
    grid: Grid, by: AskedDesign, p: Sequence[float], trials: int | None, seed: int, told: Sequence[str]
) -> Answer:
    """Operating characteristics over the grid: exact, or simulated where a number of trials is given."""
    from hevesy.plan.escalation.grid_trials import cells_of, exact_grid, simulate_grid

    design = grid_design(grid, by)
    because = [SELECTED, ORDERS, *_limited(design), *told]
    document: dict[str, Json] = {
        "grid": [{"activity": design.activity[a - 1], "cycles": c} for a, c in cells_of(design)]
    }
    try:
        if trials is None:
            found: GridCharacteristics | SimulatedGrid = exact_grid(design, p)
        else:
            found = simulate_grid(design, p, trials, seed, progress=lambda done: tell("trials", done, trials))
    except RuleError as error:
        raise QuestionError(str(error), "p") from error
    document |= _document(found)
    document |= {"duration_d": None, "because": because}
    return Answer(document=document, blocks=(_by_cell(design, found), *map(said, (_line(found), *because))))


def _limited(design: PartialOrderCRM) -> list[str]:
    if design.limit is None:
        return []
    return [f"no cell whose activity times cycles exceeds {design.limit:g}"]


def _document(found: GridCharacteristics | SimulatedGrid) -> dict[str, Json]:
    from hevesy.plan.escalation.grid_trials import GridCharacteristics

    if isinstance(found, GridCharacteristics):
        return {
            **picked(found, "p", "selected", "mean_n", "mean_dlt", "expected_n", "method", "states"),
            "standard_error": 0.0,
        }
    parts = {"selected": found.selected, "mean_n": found.n, "mean_dlt": found.dlt}
    return {
        **picked(found, "p", "method", "trials", "seed"),
        **{name: [one.mean for one in part] for name, part in parts.items()},
        "expected_n": found.subjects.mean,
        "standard_error": max(one.standard_error for one in found.selected),
        "standard_errors": {name: [one.standard_error for one in part] for name, part in parts.items()},
    }


def _line(found: GridCharacteristics | SimulatedGrid) -> str:
    from hevesy.plan.escalation.grid_trials import GridCharacteristics

    if isinstance(found, GridCharacteristics):
        return f"exact, {found.states:,} states; {found.expected_n:.2f} subjects expected"
    return f"{found.trials:,} simulated trials, seed {found.seed}; {found.subjects.mean:.2f} subjects expected"


def _by_cell(design: PartialOrderCRM, found: GridCharacteristics | SimulatedGrid) -> Table:
    from hevesy.plan.escalation.grid_trials import GridCharacteristics, cells_of

    if isinstance(found, GridCharacteristics):
        columns: list[list[Shown]] = [
            [shown(one, form) for one in part]
            for part, form in ((found.selected[1:], ".4f"), (found.mean_n, ".2f"), (found.mean_dlt, ".2f"))
        ]
    else:
        columns = [
            [Shown(one.mean, f"{one.mean:.{digits}f} (SE {one.standard_error:.{digits + 1}f})") for one in part]
            for part, digits in ((found.selected[1:], 4), (found.n, 2), (found.dlt, 2))
        ]
    rows: list[list[Cell]] = [
        [shown(design.activity[a - 1], "g"), shown(c), shown(rate, ".4g"), *rest]
        for (a, c), rate, *rest in zip(cells_of(design), found.p, *columns, strict=True)
    ]
    titles = ("activity", "cycles", "p", "selected", "subjects", "DLT")
    heads = [of_numbers(title) for title in titles]
    return table("operating-characteristics", "Operating characteristics by activity and cycles", heads, rows)
