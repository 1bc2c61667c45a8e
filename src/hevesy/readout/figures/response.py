"""Response over time: change of the followed protein, and the swimmer plot of time on study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hevesy.blocks.figure import Figure
from hevesy.blocks.sheet import BAND, LIMIT, THIN, Sheet, nice_ticks, series_paint

if TYPE_CHECKING:
    from hevesy.conduct.efficacy import Lane, OnStudy
    from hevesy.study.protocol.criteria import Criteria

MOST, LABELLED = 40, 16
"""Subjects that a figure draws, and that a figure of lines names at their ends."""
_NAME_WIDTH = 6.2
"""Of a letter of a name, in units of the sheet."""


def _numbered(groups: Sequence[tuple[str, Sequence[Lane]]]) -> list[tuple[int, Lane]]:
    return [(number, lane) for number, (_, lanes) in enumerate(groups) for lane in lanes]


def _not_all(drawn: int) -> str:
    return f" The first {MOST} subjects are drawn; all are in tables/." if drawn > MOST else ""


def change_figure(groups: Sequence[tuple[str, Sequence[Lane]]], criteria: Criteria, suffix: str = "") -> Figure | None:
    """Change from baseline of what the criteria follow in percent, one line a subject.

    M-protein, sum of lesions, IgM.
    """
    every = [(number, lane) for number, lane in _numbered(groups) if lane.changes]
    if not every:
        return None
    drawn = every[:MOST]
    lowest = min(value for _, lane in drawn for _, value in lane.changes)
    highest = max(value for _, lane in drawn for _, value in lane.changes)
    last = max(day for _, lane in drawn for day, _ in lane.changes)
    told = "; ".join(f"{lane.subject}: lowest {min(value for _, value in lane.changes):+.0f} %" for _, lane in drawn)
    sheet = Sheet(760, 340, f"change{suffix}", f"Change from baseline, {criteria.name}", told)
    low, high = min(-55.0, lowest - 5), max(30.0, highest + 5)
    sheet.area(52, 34, 700, 280, (1, last + 3), (low, high))
    sheet.axes(nice_ticks(1, last + 3, 9), nice_ticks(low, high), "study day", "change from baseline, %")
    for level, name in criteria.limits_percent:
        if low <= level <= high:
            sheet.rule(52, sheet.y(level), 700, sheet.y(level), dash=LIMIT)
            sheet.text(58, sheet.y(level) - 4, name, paint="faint")
    for number, lane in drawn:
        _line(sheet, number, lane, len(drawn) <= LABELLED)
    sheet.key([name if lanes else "" for name, lanes in groups], 60, 326)
    return sheet.figure(f"Change from baseline of {criteria.followed}.{_not_all(len(every))}")


def _line(sheet: Sheet, number: int, lane: Lane, named: bool) -> None:
    sheet.course(lane.subject, number, lane.changes, THIN)
    for day, value in lane.changes:
        told = f"{lane.subject}, day {day}: {value:+.1f} %"
        sheet.mark(day, value, "dot" if number % 2 == 0 else "diamond", series_paint(number), told)
    day, value = lane.changes[-1]
    if named:
        sheet.text(sheet.x(day) + 5, sheet.y(value) + 4, lane.subject)


@dataclass(frozen=True, slots=True)
class _Bar:
    """One bar of the waterfall."""

    change: float
    number: int
    subject: str
    best: str


def waterfall_figure(
    groups: Sequence[tuple[str, Sequence[Lane]]], criteria: Criteria, suffix: str = ""
) -> Figure | None:
    """Best change of what the criteria follow, one bar a subject, from the greatest rise to the deepest fall."""
    bars = [
        _Bar(lane.best_change_percent, number, lane.subject, lane.best)
        for number, lane in _numbered(groups)
        if lane.best_change_percent is not None
    ]
    if not bars:
        return None
    bars.sort(key=lambda bar: (-bar.change, bar.subject))
    told = "; ".join(f"{bar.subject}: {bar.change:+.1f} %, {bar.best}" for bar in bars)
    low, high = min(-55.0, bars[-1].change - 16), max(20.0, bars[0].change + 8)
    sheet = Sheet(760, 356, f"waterfall{suffix}", f"Best change from baseline, {criteria.name}", told)
    sheet.area(52, 34, 700, 280, (0, len(bars)), (low, high))
    sheet.axes([], nice_ticks(low, high), "subjects, in order of their best change", "best change from baseline, %")
    limits = [(level, name) for level, name in criteria.limits_percent if low <= level <= high]
    for level, _ in limits:
        sheet.rule(52, sheet.y(level), 700, sheet.y(level), dash=LIMIT)
    room = 648 / len(bars)
    named = room >= _NAME_WIDTH * max(len(bar.subject) for bar in bars)
    worded = room >= _NAME_WIDTH * max(len(bar.best) for bar in bars)
    for place, bar in enumerate(bars):
        paint = series_paint(bar.number)
        sheet.box(place + 0.12, max(bar.change, 0.0), place + 0.88, min(bar.change, 0.0), paint)
        sheet.keep(bar.subject, paint, [(place + 0.5, bar.change)])
        if worded:
            sheet.text(sheet.x(place + 0.5), sheet.y(min(bar.change, 0.0)) + 14, bar.best, "middle")
        if named:
            sheet.text(sheet.x(place + 0.5), sheet.y(max(bar.change, 0.0)) - 5, bar.subject, "middle")
    for level, name in limits:
        sheet.text(704, sheet.y(level) + 4, name, paint="faint")
    sheet.rule(52, sheet.y(0), 700, sheet.y(0))
    sheet.key([name if lanes else "" for name, lanes in groups], 60, 344)
    caption = (
        f"Bars: a subject's best change of {criteria.followed}; under them the best response, {criteria.confirmation}."
    )
    return sheet.figure(caption)


def swimmer_figure(groups: Sequence[tuple[str, Sequence[OnStudy]]]) -> Figure | None:
    """One bar a subject from the first infusion to the last day known alive; response, progression and death marked."""
    every = [(number, one) for number, (_, members) in enumerate(groups) for one in members]
    if not every:
        return None
    lanes = every[:MOST]
    longest = max(one.alive_d for _, one in lanes)
    height = 70 + 22 * len(lanes)
    sheet = Sheet(760, height + 56, "swimmer", "Swimmer plot", "; ".join(_in_words(one) for _, one in lanes))
    sheet.area(70, 34, 730, height - 10, (0, longest * 1.03), (len(lanes), 0))
    sheet.axes(nice_ticks(0, longest * 1.03, 9), [], "days (day 1: first infusion)", "")
    for lane, (number, one) in enumerate(lanes):
        _swim(sheet, lane, number, one)
    sheet.key([name if members else "" for name, members in groups], 60, height + 48)
    caption = (
        "Thick bar: without progression; thin bar: known alive. Diamond: best response first seen, "
        "if better than stable disease; cross: progression or death; arrow: no progression at the last assessment; "
        "tick: last known alive."
    )
    return sheet.figure(caption + _not_all(len(every)))


def _in_words(one: OnStudy) -> str:
    told = f"{one.subject}: {one.alive_d} days on study"
    if one.progression_free_d is None:
        return told
    return f"{told}, PFS {one.progression_free_d} days{'' if one.progressed else ' and ongoing'}"


def _swim(sheet: Sheet, lane: int, number: int, one: OnStudy) -> None:
    """One lane: the bars, and the marks of response, progression and death."""
    paint, middle, pfs_d = series_paint(number), lane + 0.5, one.progression_free_d
    sheet.text(64, sheet.y(middle) + 4, one.subject, "end")
    sheet.box(0, lane + 0.42, one.alive_d, lane + 0.58, paint, BAND)
    ends = (0, one.alive_d) if pfs_d is None else (0, pfs_d, one.alive_d)
    sheet.keep(one.subject, paint, [(day, middle) for day in ends])
    if pfs_d is not None:
        sheet.box(0, lane + 0.28, pfs_d, lane + 0.72, paint)
    if one.improved_day is not None:
        told = f"{one.subject}: {one.best} first on {one.improved_on}"
        sheet.mark(one.improved_day, middle, "diamond", "hole", told)
    if pfs_d is not None:
        words = "progression or death" if one.progressed else "no progression at the last assessment"
        told = f"{one.subject}: {words}, day {pfs_d}"
        sheet.mark(pfs_d, middle, "cross" if one.progressed else "arrow", "ink", told)
    sheet.mark(one.alive_d, middle, "cross" if one.died else "tick", "ink", f"{one.subject}: {one.because}")
