"""Decision tables, dose paths and operating characteristics drawn."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.blocks.figure import Figure
from hevesy.blocks.sheet import THIN, Sheet, nice_ticks, series_paint
from hevesy.blocks.table import Table, table
from hevesy.plan.escalation.design import Cell
from hevesy.plan.escalation.paths import Path

COLOURS = 4
_PAINT = {"E": "grade-0", "S": "grade-1", "D": "grade-3", "X": "grade-4"}
_WORDS = {"E": "escalate", "S": "stay", "D": "go down (at level 1 stay or stop)", "X": "go down, never again"}
_TOLD = "; ".join(f"{key} {words}" for key, words in _WORDS.items())


def decision_figure(cells: Sequence[Cell], name: str = "decision-grid") -> Figure:
    """The decision table as a grid: subjects across, DLTs upwards."""
    n_max, dlt_max = max(cell.n for cell in cells), min(max(cell.dlts for cell in cells), 12)
    shown = [cell for cell in cells if cell.dlts <= dlt_max]
    sheet = Sheet(760, 60 + 24 * (dlt_max + 2), name, "Decision table", _TOLD)
    sheet.area(60, 34, 740, 34 + 24 * (dlt_max + 1), (0.5, n_max + 0.5), (-0.5, dlt_max + 0.5))
    for cell in shown:
        sheet.box(cell.n - 0.46, cell.dlts - 0.46, cell.n + 0.46, cell.dlts + 0.46, _PAINT[cell.decision])
        sheet.text(sheet.x(cell.n), sheet.y(cell.dlts) + 4, cell.decision, "middle")
    for decision, paint in _PAINT.items():
        where = [(cell.n, cell.dlts) for cell in shown if cell.decision == decision]
        if where:
            sheet.keep(_WORDS[decision], paint, where)
    sizes = sorted({cell.n for cell in cells})
    sheet.axes(sizes, list(range(dlt_max + 1)), "subjects at the level", "DLTs", grid=False)
    return sheet.figure(f"Decision by subjects and DLTs at the present level: {_TOLD}.")


def decision_grid(cells: Sequence[Cell]) -> Table:
    """The decision table to print: subjects across, DLTs downwards."""
    sizes, most = sorted({cell.n for cell in cells}), max(cell.dlts for cell in cells)
    found = {(cell.n, cell.dlts): cell.decision for cell in cells}
    return table(
        "decision-grid",
        "Decision by subjects (columns) and DLTs (rows) at the present level",
        ("DLT", *map(str, sizes)),
        ((str(dlt), *(found.get((n, dlt), "") for n in sizes)) for dlt in range(most + 1)),
        _TOLD,
    )


def dose_paths(paths: Sequence[Path]) -> Figure:
    """Dose paths: cohorts across, levels upwards, a line a path."""
    cohorts = max(len(path.outcomes) for path in paths)
    levels = max(max(*path.levels, path.level or 1, path.mtd or 1) for path in paths)
    sheet = Sheet(760, 90 + 60 * levels, "dose-paths", "Dose paths", f"{len(paths)} paths of up to {cohorts} cohorts")
    sheet.area(60, 34, 640, 34 + 60 * levels, (1, cohorts + 1), (0.5, levels + 0.5))
    sheet.axes(list(range(1, cohorts + 2)), list(range(1, levels + 1)), "cohort", "level")
    spread = 0.6 / max(len(paths) - 1, 1)
    for place, path in enumerate(paths):
        shift, paint = -0.3 + place * spread, series_paint(place % COLOURS)
        ends = path.level or path.mtd or path.levels[-1]
        levels_of = [(float(number), float(level)) for number, level in enumerate((*path.levels, ends), start=1)]
        points = [(number, level + shift) for number, level in levels_of]
        sheet.line(points, paint, THIN)
        sheet.keep(_outcomes(path), paint, levels_of, drawn=points)
        sheet.mark(*points[-1], "dot" if path.level else "cross", paint, _told(path))
    return sheet.figure("Cohorts across, levels upwards, a line a path; a dot goes on, a cross is over.")


def _outcomes(path: Path) -> str:
    return " ".join(f"{level}{letters}" for level, letters in zip(path.levels, path.outcomes, strict=True))


def _told(path: Path) -> str:
    chance = "" if path.probability is None else f", probability {path.probability:.4f}"
    ends = f"then level {path.level}" if path.level else f"over, MTD {path.mtd or 'none'}"
    return f"{_outcomes(path)}: {ends}{chance}"


def selection_figure(
    scenarios: Sequence[tuple[str, Sequence[float]]], name: str = "selection", by: str = "scenario"
) -> Figure:
    """How often each level is selected in each scenario (or `by` what the bars are), as bars.

    The first value of each is that of no level.
    """
    levels = len(scenarios[0][1]) - 1
    told = "; ".join(f"{title}: {', '.join(f'{v:.2f}' for v in values)}" for title, values in scenarios)
    sheet = Sheet(760, 300, name, f"Selection by {by}", told)
    sheet.area(60, 34, 740, 220, (-0.5, levels + 0.5), (0, 1))
    sheet.axes(list(range(levels + 1)), nice_ticks(0, 1, 5), "level selected (0: none)", "probability")
    width = 0.8 / len(scenarios)
    for number, (title, values) in enumerate(scenarios):
        paint = series_paint(number % COLOURS)
        middle = width * (number + 0.46) - 0.4
        sheet.keep(title, paint, list(enumerate(values)), drawn=[(level + middle, v) for level, v in enumerate(values)])
        for level, value in enumerate(values):
            left = level - 0.4 + number * width
            sheet.box(left, 0, left + width * 0.92, value, paint)
            sheet.mark(left + width * 0.46, value, "dot", paint, f"{title}, level {level or 'none'}: {value:.4f}")
        key = -0.5 + number * (levels + 1) / len(scenarios)
        sheet.box(key, -0.33, key + 0.08, -0.29, paint)
        sheet.text(sheet.x(key + 0.1), sheet.y(-0.33), title[:34])
    return sheet.figure(f"How often each level is selected, by {by}.")
