"""Kaplan-Meier curves with censoring ticks and numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.blocks.figure import SERIES, Figure
from hevesy.blocks.sheet import COURSE_WIDTH, Sheet, nice_ticks, series_paint
from hevesy.follow.survival import SurvivalSummary
from hevesy.readout.wording import days
from hevesy.stats.survival import survival_at


def survival_figure(name: str, title: str, groups: Sequence[tuple[int, str, SurvivalSummary]]) -> Figure:
    """Curves of several groups, told apart by colour and dash, numbers at risk below."""
    longest = max(float(summary.curve.time[-1]) for _, _, summary in groups)
    ticks = nice_ticks(0, longest * 1.04, 8)
    told = "; ".join(
        f"{group}: {summary.curve.events} events in {summary.curve.n}, median {days(summary.median.estimate)}"
        for _, group, summary in groups
    )
    height = 320 + 18 * len(groups)
    sheet = Sheet(760, height, name, title, told)
    sheet.area(190, 34, 730, 250, (0, longest * 1.04), (0, 1))
    sheet.axes(ticks, [0, 0.25, 0.5, 0.75, 1], "days (day 1: first infusion)", "probability")
    for number, (place, group, summary) in enumerate(groups):
        paint, curve = series_paint(place), summary.curve
        points = [(0.0, 1.0), *((float(t), float(s)) for t, s in zip(curve.time, curve.survival, strict=True))]
        sheet.course(group, place, points, step=True)
        for time, censored, level in zip(curve.time, curve.n_censored, curve.survival, strict=True):
            if censored:
                sheet.mark(
                    float(time),
                    float(level),
                    "tick",
                    paint,
                    f"{group}: {int(censored)} censored at day {time:g}",
                )
        y = 308 + 18 * number
        sheet.rule(8, y - 4, 26, y - 4, paint, place % SERIES, COURSE_WIDTH)
        sheet.text(30, y, group[:25])
        for tick in ticks:
            sheet.text(sheet.x(tick), y, str(survival_at(curve, tick).n_risk), "middle")
    sheet.text(8, 290, "at risk", paint="faint")
    caption = (
        f"{title}; ticks are censored subjects, numbers at risk below. 95 % intervals (log-log) stand in the table."
    )
    return sheet.figure(caption)
