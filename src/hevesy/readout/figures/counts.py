"""Blood counts over time, with grade bands and the DLT window.

One line a subject, or median and range when there are many.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles

from hevesy.blocks.figure import Figure
from hevesy.blocks.sheet import BAND, LIMIT, THIN, Sheet, nice_ticks, series_paint
from hevesy.conduct.analysis import SubjectAnalysis
from hevesy.follow.labs import CountCourse
from hevesy.study.protocol import BloodTest
from hevesy.units import INTERNAL_UNIT

MANY = 40
_LIMITS: dict[str, tuple[tuple[int, float, float], ...]] = {
    "platelets": ((2, 50, 75), (3, 25, 50), (4, 0, 25)),
    "neutrophils": ((2, 1.0, 1.5), (3, 0.5, 1.0), (4, 0, 0.5)),
    "lymphocytes": ((2, 0.5, 0.8), (3, 0.2, 0.5), (4, 0, 0.2)),
    "haemoglobin": ((2, 8, 10), (3, 0, 8)),
}
_UNIT = {test: INTERNAL_UNIT["haemoglobin" if test == "haemoglobin" else "cell_count"] for test in _LIMITS}


def counts_figure(
    test: BloodTest,
    groups: Sequence[tuple[str, Sequence[SubjectAnalysis]]],
    window_d: int | None,
    care: Sequence[tuple[int, str]] = (),
) -> Figure | None:
    """The figure of one test, groups told apart by colour and dash; `care` are days and products of supportive care."""
    drawn = [
        (name, [course for item in members for course in item.courses if course.test == test])
        for name, members in groups
    ]
    if not any(theirs for _, theirs in drawn):
        return None
    every = [(day, value) for _, theirs in drawn for course in theirs for day, value in _points(course)]
    last_day, highest = max(day for day, _ in every), max(value for _, value in every)
    lowest = max(0.0, min(value for _, value in every) - 2) if test == "haemoglobin" else 0.0
    sheet = Sheet(760, 330, f"counts-{test}", f"{test.capitalize()} over time", _description(test, drawn))
    sheet.area(
        52, 34, 745, 270, (min(day for day, _ in every), max(last_day, window_d or 0) + 2), (lowest, highest * 1.05)
    )
    low_x = min(day for day, _ in every)
    high_x = max(last_day, window_d or 0) + 2
    for grade, low, high in _LIMITS[test]:
        if low < highest * 1.05 and high > lowest:
            sheet.box(low_x, max(low, lowest), high_x, min(high, highest * 1.05), f"grade-{grade}")
            sheet.text(743, sheet.y(min(high, highest)) + 12, f"grade {grade}", "end")
    sheet.axes(
        nice_ticks(low_x, high_x, 9),
        nice_ticks(lowest, highest * 1.05),
        "study day (day 1: first infusion)",
        f"{test}, {_UNIT[test]}",
        grid=False,
    )
    if window_d is not None:
        sheet.rule(sheet.x(window_d), 34, sheet.x(window_d), 270, dash=LIMIT)
        sheet.text(sheet.x(window_d) - 4, 46, f"day {window_d}: end of the DLT window", "end", "faint")
    for number, (name, theirs) in enumerate(drawn):
        if len(theirs) > MANY:
            _range(sheet, name, theirs, number)
        else:
            for course in theirs:
                points = _points(course)
                sheet.course(course.subject, number, points, THIN)
                for day, value in points:
                    sheet.mark(
                        day,
                        value,
                        "dot" if number % 2 == 0 else "diamond",
                        series_paint(number),
                        f"{course.subject}, day {day}: {value:g}",
                    )
    sheet.key([f"{name} (n={len(theirs)})" if theirs else "" for name, theirs in drawn], 60, 322)
    for day, product in care:
        sheet.mark(day, lowest, "cross", "ink", f"{product} on day {day}")
    many = any(len(theirs) > MANY for _, theirs in drawn)
    caption = (
        f"{test.capitalize()}: {'median and 5th to 95th percentile by week' if many else 'one line a subject'}; "
        "bands are CTCAE grades."
    ) + (" Crosses on the base line: what carries the count (transfusions, growth factors)." if care else "")
    return sheet.figure(caption)


def _points(course: CountCourse) -> list[tuple[int, float]]:
    items = ([course.baseline] if course.baseline is not None else []) + list(course.counts)
    return [(item.day, item.grade.value) for item in items if item.day is not None and item.grade.value is not None]


def _range(sheet: Sheet, name: str, theirs: Sequence[CountCourse], number: int) -> None:
    by_week: dict[int, list[float]] = {}
    for course in theirs:
        for day, value in _points(course):
            by_week.setdefault((day - 1) // 7, []).append(value)
    weeks = [week for week in sorted(by_week) if len(by_week[week]) > 4]
    cut = {week: quantiles(by_week[week], n=20, method="inclusive") for week in weeks}
    if weeks:
        outline = [(1 + 7 * week, cut[week][18]) for week in weeks] + [
            (1 + 7 * week, cut[week][0]) for week in reversed(weeks)
        ]
        sheet.polygon(outline, series_paint(number), BAND)
        sheet.course(name, number, [(1 + 7 * week, median(by_week[week])) for week in weeks])


def _description(test: str, drawn: Sequence[tuple[str, Sequence[CountCourse]]]) -> str:
    told = []
    for name, theirs in drawn:
        lowest = [
            (course.nadir.grade.value, course.nadir.day)
            for course in theirs
            if course.nadir is not None and course.nadir.grade.value is not None
        ]
        if lowest:
            values, on = [value for value, _ in lowest], [day for _, day in lowest if day is not None]
            told.append(
                f"{name}: {len(theirs)} subjects, nadirs {min(values):g} to {max(values):g} {_UNIT[test]}, "
                f"median day {median(on):g}"
            )
    return f"{test} over study days. " + "; ".join(told) + "."
