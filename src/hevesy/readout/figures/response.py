"""Response over time: change of the followed protein, and the swimmer plot of time on study."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.blocks.figure import Figure
from hevesy.blocks.sheet import BAND, LIMIT, THIN, Sheet, nice_ticks, series_paint
from hevesy.conduct.analysis import SubjectAnalysis
from hevesy.follow.response.criteria import Criteria
from hevesy.study.dates import study_day

MOST, LABELLED = 40, 16
"""Subjects that a figure draws, and that a figure of lines names at their ends."""


def change_figure(
    groups: Sequence[tuple[str, Sequence[SubjectAnalysis]]], criteria: Criteria, suffix: str = ""
) -> Figure | None:
    """Change from baseline of what the criteria follow in percent, one line a subject.

    M-protein, sum of lesions, IgM.
    """
    drawn: list[tuple[int, str, list[tuple[int, float]]]] = []
    for number, (_, members) in enumerate(groups):
        for item in members:
            first_day = item.subject.day_1
            if item.response is not None and item.response.visits and first_day is not None:
                points = [(1, 0.0)]
                for visit in item.response.visits:
                    if visit.change_percent is not None:
                        points.append((study_day(visit.on, first_day), visit.change_percent))
                drawn.append((number, item.subject.id, points))
    if not drawn:
        return None
    many, drawn = len(drawn) > MOST, drawn[:MOST]
    lowest = min(value for _, _, points in drawn for _, value in points)
    highest = max(value for _, _, points in drawn for _, value in points)
    last = max(day for _, _, points in drawn for day, _ in points)
    told = "; ".join(f"{name}: lowest {min(value for _, value in points):+.0f} %" for _, name, points in drawn)
    title = f"Change from baseline, {criteria.name}"
    sheet = Sheet(760, 340, f"change{suffix}", title, told)
    low, high = min(-55.0, lowest - 5), max(30.0, highest + 5)
    sheet.area(52, 34, 700, 280, (1, last + 3), (low, high))
    sheet.axes(nice_ticks(1, last + 3, 9), nice_ticks(low, high), "study day", "change from baseline, %")
    for level, name in criteria.limits_percent:
        if low <= level <= high:
            sheet.rule(52, sheet.y(level), 700, sheet.y(level), dash=LIMIT)
            sheet.text(58, sheet.y(level) - 4, name, paint="faint")
    for number, name, points in drawn:
        sheet.course(name, number, points, THIN)
        for day, value in points:
            sheet.mark(
                day,
                value,
                "dot" if number % 2 == 0 else "diamond",
                series_paint(number),
                f"{name}, day {day}: {value:+.1f} %",
            )
        day, value = points[-1]
        if len(drawn) <= LABELLED:
            sheet.text(sheet.x(day) + 5, sheet.y(value) + 4, name)
    sheet.key([name if members else "" for name, members in groups], 60, 326)
    caption = f"Change from baseline of {criteria.followed}."
    if many:
        caption += f" The first {MOST} subjects are drawn; all are in tables/."
    return sheet.figure(caption)


def waterfall_figure(
    groups: Sequence[tuple[str, Sequence[SubjectAnalysis]]], criteria: Criteria, suffix: str = ""
) -> Figure | None:
    """Best change of what the criteria follow, one bar a subject, from the greatest rise to the deepest fall."""
    drawn: list[tuple[float, int, str, str]] = []
    for number, (_, members) in enumerate(groups):
        for item in members:
            change = item.response.best_change_percent if item.response is not None else None
            if change is not None and item.response is not None:
                drawn.append((change, number, item.subject.id, item.response.best))
    if not drawn:
        return None
    drawn.sort(key=lambda bar: (-bar[0], bar[2]))
    told = "; ".join(f"{subject}: {change:+.1f} %, {best}" for change, _, subject, best in drawn)
    low, high = min(-55.0, drawn[-1][0] - 16), max(20.0, drawn[0][0] + 8)
    sheet = Sheet(760, 356, f"waterfall{suffix}", f"Best change from baseline, {criteria.name}", told)
    sheet.area(52, 34, 700, 280, (0, len(drawn)), (low, high))
    sheet.axes([], nice_ticks(low, high), "subjects, in order of their best change", "best change from baseline, %")
    limits = [(level, name) for level, name in criteria.limits_percent if low <= level <= high]
    for level, _ in limits:
        sheet.rule(52, sheet.y(level), 700, sheet.y(level), dash=LIMIT)
    room = 648 / len(drawn)
    named = room >= 6.2 * max(len(subject) for _, _, subject, _ in drawn)
    worded = room >= 6.2 * max(len(best) for _, _, _, best in drawn)
    for place, (change, number, subject, best) in enumerate(drawn):
        sheet.box(place + 0.12, max(change, 0.0), place + 0.88, min(change, 0.0), series_paint(number))
        sheet.keep(subject, series_paint(number), [(place + 0.5, change)])
        if worded:
            sheet.text(sheet.x(place + 0.5), sheet.y(min(change, 0.0)) + 14, best, "middle")
        if named:
            sheet.text(sheet.x(place + 0.5), sheet.y(max(change, 0.0)) - 5, subject, "middle")
    for level, name in limits:
        sheet.text(704, sheet.y(level) + 4, name, paint="faint")
    sheet.rule(52, sheet.y(0), 700, sheet.y(0))
    sheet.key([name if members else "" for name, members in groups], 60, 344)
    caption = (
        f"Bars: a subject's best change of {criteria.followed}; under them the best response, {criteria.confirmation}."
    )
    return sheet.figure(caption)


def swimmer_figure(groups: Sequence[tuple[str, Sequence[SubjectAnalysis]]]) -> Figure | None:
    """One bar a subject from the first infusion to the last day known alive; response, progression and death marked."""
    lanes = [
        (number, item)
        for number, (_, members) in enumerate(groups)
        for item in members
        if item.overall is not None and item.subject.day_1 is not None
    ]
    if not lanes:
        return None
    many, lanes = len(lanes) > MOST, lanes[:MOST]
    longest = max(item.overall.time_d for _, item in lanes if item.overall is not None)
    height = 70 + 22 * len(lanes)
    told = "; ".join(
        f"{item.subject.id}: {item.overall.time_d} days on study"
        + (
            f", PFS {item.progression_free.time_d} days{'' if item.progression_free.observed else ' and ongoing'}"
            if item.progression_free
            else ""
        )
        for _, item in lanes
        if item.overall is not None
    )
    sheet = Sheet(760, height + 56, "swimmer", "Swimmer plot", told)
    sheet.area(70, 34, 730, height - 10, (0, longest * 1.03), (len(lanes), 0))
    sheet.axes(nice_ticks(0, longest * 1.03, 9), [], "days (day 1: first infusion)", "")
    for lane, (number, item) in enumerate(lanes):
        paint, middle = series_paint(number), lane + 0.5
        assert item.overall is not None
        alive, pfs, response = item.overall, item.progression_free, item.response
        sheet.text(64, sheet.y(middle) + 4, item.subject.id, "end")
        sheet.box(0, lane + 0.42, alive.time_d, lane + 0.58, paint, BAND)
        ends = (0, alive.time_d) if pfs is None else (0, pfs.time_d, alive.time_d)
        sheet.keep(item.subject.id, paint, [(day, middle) for day in ends])
        if pfs is not None:
            sheet.box(0, lane + 0.28, pfs.time_d, lane + 0.72, paint)
        if response is not None and item.subject.day_1 is not None:
            first = response.improved_on
            if first is not None:
                sheet.mark(
                    study_day(first, item.subject.day_1),
                    middle,
                    "diamond",
                    "hole",
                    f"{item.subject.id}: {response.best} first on {first}",
                )
        if pfs is not None:
            words = "progression or death" if pfs.observed else "no progression at the last assessment"
            told = f"{item.subject.id}: {words}, day {pfs.time_d}"
            sheet.mark(pfs.time_d, middle, "cross" if pfs.observed else "arrow", "ink", told)
        sheet.mark(
            alive.time_d, middle, "cross" if alive.observed else "tick", "ink", f"{item.subject.id}: {alive.because}"
        )
    sheet.key([name if members else "" for name, members in groups], 60, height + 48)
    caption = (
        "Thick bar: without progression; thin bar: known alive. Diamond: best response first seen, "
        "if better than stable disease; cross: progression or death; arrow: no progression at the last assessment; "
        "tick: last known alive."
    )
    if many:
        caption += f" The first {MOST} subjects are drawn; all are in tables/."
    return sheet.figure(caption)
