"""Decision tables, dose paths and operating characteristics drawn."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hevesy.plan.escalation.design import Cell
from hevesy.plan.escalation.paths import Path
from hevesy.readout.figures.canvas import Sheet, nice_ticks, standalone
from hevesy.readout.statement import Figure

_FILL = {"E": "band f2", "S": "b1", "D": "b3", "X": "b4"}
_WORDS = {"E": "escalate", "S": "stay", "D": "go down (at level 1 stay or stop)", "X": "go down, never again"}


def decision_figure(cells: Sequence[Cell], name: str = "decision-grid") -> Figure:
    """The decision table as a grid: subjects across, DLTs upwards."""
    n_max, dlt_max = max(cell.n for cell in cells), min(max(cell.dlts for cell in cells), 12)
    shown = [cell for cell in cells if cell.dlts <= dlt_max]
    sheet = Sheet(
        760, 60 + 24 * (dlt_max + 2), name, "Decision table", "decision by subjects and DLTs at the present level"
    )
    sheet.area(60, 34, 740, 34 + 24 * (dlt_max + 1), (0.5, n_max + 0.5), (-0.5, dlt_max + 0.5))
    for cell in shown:
        sheet.box(cell.n - 0.46, cell.dlts - 0.46, cell.n + 0.46, cell.dlts + 0.46, _FILL[cell.decision])
        sheet.text(sheet.x(cell.n), sheet.y(cell.dlts) + 4, cell.decision, "mid")
    sizes = sorted({cell.n for cell in cells})
    sheet.axes(sizes, list(range(dlt_max + 1)), "subjects at the level", "DLTs", grid=False)
    told = "; ".join(f"{key} {words}" for key, words in _WORDS.items())
    return Figure(
        id=name,
        caption=f"Decision by subjects and DLTs at the present level: {told}.",
        description=told,
        svg=sheet.svg(),
    )


def decision_grid(cells: Sequence[Cell]) -> str:
    """The decision table as an SVG file."""
    return standalone(decision_figure(cells).svg)


def decision_table_html(cells: Sequence[Cell]) -> str:
    """The decision table as HTML to print."""
    sizes, most = sorted({cell.n for cell in cells}), max(cell.dlts for cell in cells)
    found = {(cell.n, cell.dlts): cell.decision for cell in cells}
    head = "".join(f"<th>{n}</th>" for n in sizes)
    body = "".join(
        f"<tr><th>{dlt}</th>" + "".join(f"<td>{found.get((n, dlt), '')}</td>" for n in sizes) + "</tr>"
        for dlt in range(most + 1)
    )
    note = "; ".join(f"{key}: {escape(words)}" for key, words in _WORDS.items())
    return (
        "<table><caption>Decision by subjects (columns) and DLTs (rows) at the present level</caption>"
        f"<thead><tr><th>DLT</th>{head}</tr></thead><tbody>{body}</tbody>"
        f"<tfoot><tr><td colspan='{len(sizes) + 1}'>{note}</td></tr></tfoot></table>"
    )


def dose_paths(paths: Sequence[Path]) -> str:
    """Dose paths as an SVG file: cohorts across, levels upwards, each line as opaque as the path is probable."""
    cohorts = max(len(path.outcomes) for path in paths)
    levels = max(max(*path.levels, path.level or 1, path.mtd or 1) for path in paths)
    sheet = Sheet(760, 90 + 60 * levels, "dose-paths", "Dose paths", f"{len(paths)} paths of up to {cohorts} cohorts")
    sheet.area(60, 34, 640, 34 + 60 * levels, (1, cohorts + 1), (0.5, levels + 0.5))
    sheet.axes(list(range(1, cohorts + 2)), list(range(1, levels + 1)), "cohort", "level")
    spread = 0.6 / max(len(paths) - 1, 1)
    for place, path in enumerate(paths):
        shift = -0.3 + place * spread
        points = [(float(number), level + shift) for number, level in enumerate(path.levels, start=1)]
        told = " ".join(f"{level}{letters}" for level, letters in zip(path.levels, path.outcomes, strict=True))
        told += f": {'then level ' + str(path.level) if path.level else 'over, MTD ' + str(path.mtd or 'none')}"
        told += "" if path.probability is None else f", probability {path.probability:.4f}"
        end = (len(path.levels) + 1.0, (path.level or path.mtd or path.levels[-1]) + shift)
        sheet.line([*points, end], f"line thin c{place % 4}")
        sheet.mark(
            *end, "dot" if path.level else "cross", f"f{place % 4}" if path.level else f"line c{place % 4}", told
        )
    return standalone(sheet.svg())


def selection_figure(scenarios: Sequence[tuple[str, Sequence[float]]], name: str = "selection") -> Figure:
    """How often each level is selected in each scenario, as bars; the first value of each is that of no level."""
    levels = len(scenarios[0][1]) - 1
    sheet = Sheet(
        760,
        300,
        name,
        "Selection by scenario",
        "; ".join(f"{title}: {', '.join(f'{v:.2f}' for v in values)}" for title, values in scenarios),
    )
    sheet.area(60, 34, 740, 220, (-0.5, levels + 0.5), (0, 1))
    sheet.axes(list(range(levels + 1)), nice_ticks(0, 1, 5), "level selected (0: none)", "probability")
    width = 0.8 / len(scenarios)
    for number, (title, values) in enumerate(scenarios):
        for level, value in enumerate(values):
            left = level - 0.4 + number * width
            sheet.box(left, 0, left + width * 0.92, value, f"f{number % 4}")
            sheet.mark(
                left + width * 0.46, value, "dot", f"f{number % 4}", f"{title}, level {level or 'none'}: {value:.4f}"
            )
        sheet.box(
            -0.5 + number * (levels + 1) / len(scenarios),
            -0.33,
            -0.42 + number * (levels + 1) / len(scenarios),
            -0.29,
            f"f{number % 4}",
        )
        sheet.text(sheet.x(-0.40 + number * (levels + 1) / len(scenarios)), sheet.y(-0.33), title[:34])
    return Figure(
        id=name,
        caption="How often each level is selected, by scenario.",
        description=sheet.description,
        svg=sheet.svg(),
    )
