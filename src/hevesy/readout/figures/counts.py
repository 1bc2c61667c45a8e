"""Blood counts over time, with grade bands and the DLT window.

One line a subject, or median and range when there are many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hevesy.blocks.figure import Figure
from hevesy.blocks.sheet import BAND, LIMIT, THIN, Sheet, nice_ticks, series_paint
from hevesy.units import INTERNAL_UNIT

if TYPE_CHECKING:
    from hevesy.conduct.blood_counts import DrawnGroup, DrawnTest

_LIMITS: dict[str, tuple[tuple[int, float, float], ...]] = {
    "platelets": ((2, 50, 75), (3, 25, 50), (4, 0, 25)),
    "neutrophils": ((2, 1.0, 1.5), (3, 0.5, 1.0), (4, 0, 0.5)),
    "lymphocytes": ((2, 0.5, 0.8), (3, 0.2, 0.5), (4, 0, 0.2)),
    "haemoglobin": ((2, 8, 10), (3, 0, 8)),
}
_UNIT = {test: INTERNAL_UNIT["haemoglobin" if test == "haemoglobin" else "cell_count"] for test in _LIMITS}


def counts_figure(drawn: DrawnTest, of: str | None = None) -> Figure:
    """The figure of one test, groups told apart by colour and dash.

    `of` is the id of whom it shows where each of its groups is one subject, who is then named alone.
    """
    test, frame = drawn.test, _frame(drawn)
    id = f"counts-{test}" if of is None else f"counts-{test}-{of}"
    sheet = Sheet(760, 330, id, f"{test.capitalize()} over time", _description(drawn, of is not None))
    sheet.area(52, 34, 745, 270, (frame.first, frame.last), (frame.lowest, frame.highest))
    for grade, low, high in _LIMITS[test]:
        if low < frame.highest and high > frame.lowest:
            sheet.box(frame.first, max(low, frame.lowest), frame.last, min(high, frame.highest), f"grade-{grade}")
            sheet.text(743, sheet.y(min(high, frame.most)) + 12, f"grade {grade}", "end")
    sheet.axes(
        nice_ticks(frame.first, frame.last, 9),
        nice_ticks(frame.lowest, frame.highest),
        "study day (day 1: first infusion)",
        f"{test}, {_UNIT[test]}",
        grid=False,
    )
    if drawn.window_d is not None:
        sheet.rule(sheet.x(drawn.window_d), 34, sheet.x(drawn.window_d), 270, dash=LIMIT)
        told = f"day {drawn.window_d}: end of the DLT window"
        sheet.text(sheet.x(drawn.window_d) - 4, 46, told, "end", "faint")
    for number, group in enumerate(drawn.groups):
        _draw(sheet, group, number)
    names = [group.name if of is not None else f"{group.name} (n={len(group.courses)})" for group in drawn.groups]
    shown = zip(names, drawn.groups, strict=True)
    sheet.key([name if group.courses else "" for name, group in shown], 60, 322)
    for day, product in drawn.care:
        sheet.mark(day, frame.lowest, "cross", "ink", f"{product} on day {day}")
    many = any(group.weeks is not None for group in drawn.groups)
    caption = (
        f"{test.capitalize()}: {'median and 5th to 95th percentile by week' if many else 'one line a subject'}; "
        "bands are CTCAE grades."
    ) + (" Crosses on the base line: what carries the count (transfusions, growth factors)." if drawn.care else "")
    return sheet.figure(caption)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The study days and counts between which a figure is drawn; `most` is the greatest count itself."""

    first: int
    last: int
    lowest: float
    highest: float
    most: float


def _frame(drawn: DrawnTest) -> _Frame:
    every = [point for group in drawn.groups for course in group.points for point in course]
    days, values = [day for day, _ in every], [value for _, value in every]
    lowest = max(0.0, min(values) - 2) if drawn.test == "haemoglobin" else 0.0
    return _Frame(min(days), max(*days, drawn.window_d or 0) + 2, lowest, max(values) * 1.05, max(values))


def _draw(sheet: Sheet, group: DrawnGroup, number: int) -> None:
    """The range of many, or each by itself."""
    if group.weeks is not None:
        _range(sheet, group, number)
        return
    for course, points in zip(group.courses, group.points, strict=True):
        sheet.course(course.subject, number, points, THIN)
        for day, value in points:
            told = f"{course.subject}, day {day}: {value:g}"
            sheet.mark(day, value, "dot" if number % 2 == 0 else "diamond", series_paint(number), told)


def _range(sheet: Sheet, group: DrawnGroup, number: int) -> None:
    weeks = group.weeks or ()
    if weeks:
        outline = [(one.day, one.upper) for one in weeks] + [(one.day, one.lower) for one in reversed(weeks)]
        sheet.polygon(outline, series_paint(number), BAND)
        sheet.course(group.name, number, [(one.day, one.median) for one in weeks])


def _description(drawn: DrawnTest, by_subject: bool) -> str:
    if by_subject:
        nadirs = [(group.name, group.lowest) for group in drawn.groups if group.lowest is not None]
        told = [f"{name}: nadir {low.least:g} {_UNIT[drawn.test]} on day {low.median_day:g}" for name, low in nadirs]
        return f"{drawn.test} over study days. " + "; ".join(told) + "."
    told = [
        f"{group.name}: {len(group.courses)} subjects, nadirs {low.least:g} to {low.most:g} {_UNIT[drawn.test]}, "
        f"median day {low.median_day:g}"
        for group in drawn.groups
        if (low := group.lowest) is not None
    ]
    return f"{drawn.test} over study days. " + "; ".join(told) + "."
