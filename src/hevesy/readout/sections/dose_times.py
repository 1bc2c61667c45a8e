"""Which activity and time separate best: means of what was measured by cell, and how likely each is the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.readout.figures.dose_times import dose_times_figure
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import percent, three_figures

if TYPE_CHECKING:
    from hevesy.conduct.dose_times import Cell, DoseTimes, Grid
    from hevesy.find.time_points import Cell as Separating

BEYOND_ROUNDING = 0.15
"""From which difference on a ratio is not that of its SUVs: a background of 0.05 in two decimals is off by 10 %."""
MOST_NAMED = 5


def dose_times(found: DoseTimes) -> Section:
    """A table and a figure of each quantity, what the model says, and what the delivered ratio is."""
    blocks: list[Block] = []
    for grid in found.grids:
        if grid.compared is not None:
            blocks.append(said(*in_short(grid), tone="answer"))
        blocks.append(_table(grid))
        blocks.append(dose_times_figure(grid))
        if grid.compared is not None:
            blocks.append(listed(*grid.compared.because))
        else:
            blocks.append(
                said(f"{grid.quantity.title}: which is the best cannot be told: {grid.because}.", tone="caution")
            )
    blocks += _ratio(found)
    if found.repeated:
        blocks.append(said("Scans that count in no cell, because another of their time lies nearer to it:"))
        told = shortened(found.repeated, told=lambda one: f"{one[0]}: {one[1].because or one[1].scan.on}")
        blocks.append(listed(*told))
    return Section(id="dose-times", title="Activity and time", blocks=tuple(blocks))


def in_short(grid: Grid) -> list[Part]:
    """The cell that is most likely the best, and an earlier or smaller one that is hardly worse."""
    compared = grid.compared
    assert compared is not None
    best = next(cell for cell in grid.cells if grid.compared_at(cell) == compared.choice)
    parts: list[Part] = [
        f"{grid.quantity.title}: most likely best is {_named(best)}, probability ",
        _best(grid, best, compared.choice),
    ]
    if compared.earlier is not None:
        other = next(cell for cell in grid.cells if grid.compared_at(cell) == compared.earlier)
        parts += [
            f"; {_named(other)} is within {percent(grid.margin, 0)} of the best mean with a probability of ",
            _within(grid, other, compared.earlier),
        ]
    return [*parts, "."]


def _named(cell: Cell) -> str:
    return f"{cell.group.name} at {cell.planned_h:g} h"


def _table(grid: Grid) -> Table:
    geometric = grid.quantity.scale == "ratio"
    return table(
        f"cells-{grid.quantity.key}",
        f"{grid.quantity.title} by activity and planned time",
        (
            "Activity",
            of_numbers("Time", "h"),
            of_numbers("Subjects"),
            "Mean (SD)",
            "Least to most",
            f"{'Geometric mean' if geometric else 'Mean'} by the model (95 %)",
            of_numbers("Probability best"),
        ),
        (_row(grid, cell) for cell in grid.cells),
        f"{grid.quantity.definition[0].upper()}{grid.quantity.definition[1:]}; one value a subject, over its lesions.",
    )


def _row(grid: Grid, cell: Cell) -> tuple[Part, ...]:
    spread, separating = cell.spread, grid.compared_at(cell)
    if spread is None:
        return (cell.group.name, f"{cell.planned_h:g}", "0", "nobody", "", "", "")
    sd = f" ({cell.sd:.2f})" if cell.sd is not None else ""
    mean = _number(
        grid, cell, "mean", spread.mean, f"{spread.mean:.2f}{sd}",
        f"arithmetic mean and standard deviation: {grid.quantity.definition}",
    )  # fmt: skip
    model: Part = "cannot be told"
    if separating is not None:
        limits = f"{three_figures(separating.lower)} to {three_figures(separating.upper)}"
        model = _number(
            grid, cell, "model", separating.mean, f"{three_figures(separating.mean)} ({limits})",
            "mean by a linear mixed model with a random start for each subject, a ratio on its logarithm; 95 % limits",
        )  # fmt: skip
    return (
        cell.group.name,
        f"{cell.planned_h:g}",
        str(spread.n),
        mean,
        f"{spread.least:g} to {spread.most:g}",
        model,
        _best(grid, cell, separating) if separating is not None else "",
    )


def _best(grid: Grid, cell: Cell, found: Separating) -> Number:
    return _number(
        grid, cell, "best", found.p_best, percent(found.p_best) if found.p_best > 0 else "<0.1 %",
        "share of draws from the normal posterior of the cells' means in which this cell's mean is the highest",
    )  # fmt: skip


def _within(grid: Grid, cell: Cell, found: Separating) -> Number:
    return _number(
        grid, cell, "within", found.p_within, percent(found.p_within),
        f"share of draws in which this cell's mean is not worse than the best by more than {percent(grid.margin, 0)}",
    )  # fmt: skip


def _number(grid: Grid, cell: Cell, key: str, value: float, text: str, definition: str) -> Number:
    """A number of a cell; what the model says rests on the scans of every cell."""
    of_model = key != "mean"
    rows = [row for one in grid.cells for row in one.rows] if of_model else cell.rows
    own = tuple(f"{who}: {figure:g}" for who, figure in cell.values)
    return number(
        f"cell-{grid.quantity.key}-{key}-{cell.group.id}-{cell.planned_h:g}-h".replace(".", "-"),
        value,
        text,
        label=f"{grid.quantity.title}, {_named(cell)}: {key}",
        definition=definition,
        population=f"scans of all cells (n={sum(len(one.values) for one in grid.cells)})"
        if of_model
        else f"{_named(cell)} (n={len(cell.values)})",
        because=grid.compared.because if of_model and grid.compared is not None else shortened(own),
        rows=rows,
    )


def _ratio(found: DoseTimes) -> list[Block]:
    """By how much the delivered ratio and that of the delivered SUVs differ."""
    if not found.ratio_off:
        return []
    who, largest = found.ratio_off[0]
    off = largest.ratio_off or 0.0
    count = number(
        "ratio-difference",
        off,
        f"{100 * off:+.1f} %",
        label="Largest difference of SUVmax / SUVmean from the ratio as delivered",
        definition=(
            "SUVmax of the lesion / SUVmean of the background, both as delivered, less the delivered ratio, in parts "
            "of that"
        ),
        population=f"scans with all three (n={len(found.ratio_off)})",
        because=shortened(
            found.ratio_off,
            MOST_NAMED,
            told=lambda one: f"{one[0]}, {one[1].planned_h or 0:g} h: {100 * (one[1].ratio_off or 0):+.1f} %",
        ),
        rows=(one.scan.row for _, one in found.ratio_off),
    )
    return [
        said(
            "The ratio is used as it was delivered; SUVmax / SUVmean of the rounded figures differs from it by up to ",
            count,
            f" ({who}).",
        ),
        *_beyond_rounding(found),
    ]


def _beyond_rounding(found: DoseTimes) -> list[Block]:
    """Scans whose delivered ratio is another number than their SUVs make."""
    far = [one for one in found.ratio_off if abs(one[1].ratio_off or 0) > BEYOND_ROUNDING]
    if not far:
        return []
    told = shortened(
        far,
        MOST_NAMED,
        told=lambda one: f"{one[0]}, {one[1].planned_h or 0:g} h: {100 * (one[1].ratio_off or 0):+.1f} %",
    )
    return [said(f"That is more than rounding explains: {'; '.join(told)}.", tone="caution")]
