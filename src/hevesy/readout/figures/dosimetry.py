"""Curves of a subject's regions: what was measured, what was fitted, and the residuals below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.sheet import LIMIT, Sheet, nice_ticks, series_paint

if TYPE_CHECKING:
    from hevesy.blocks.figure import Figure
    from hevesy.conduct.dosed import DosedRegion, FittedRegion

ACROSS, WIDE, HIGH, STRIP = 3, 250, 214, 42
"""Panels across, and the room of a panel in pixels; the strip of its residuals is within it."""
STEPS = 80
MOST_SIGMA = 3.0
"""Residuals beyond are drawn at the edge of their strip."""


def curves_figure(id: str, subject: str, regions: Sequence[DosedRegion]) -> Figure | None:
    """A panel for each region with a fit; None: nothing was fitted."""
    shown = [one for one in regions if one.before.fitted is not None]
    if not shown:
        return None
    lines = -(-len(shown) // ACROSS)
    described = "; ".join(_described(one.before) for one in shown)
    sheet = Sheet(ACROSS * WIDE + 20, lines * HIGH + 26, id, f"{subject}: curves with their fits", described)
    for place, one in enumerate(shown):
        _panel(sheet, one, 46 + WIDE * (place % ACROSS), 34 + HIGH * (place // ACROSS))
    sheet.text(46, lines * HIGH + 20, "hours after the injection; below each curve its residuals", paint="faint")
    caption = (
        f"Share of the injected {_label(shown)} in the region, decay included, with its standard uncertainty (k = 1), "
        "and the fitted curve. Below: measured less fitted, in standard uncertainties."
    )
    return sheet.figure(caption)


def _label(regions: Sequence[DosedRegion]) -> str:
    measured = regions[0].before.measured
    assert measured is not None
    return measured.curve.nuclide


def _described(of: FittedRegion) -> str:
    assert of.measured is not None
    assert of.fitted is not None
    points = ", ".join(f"{one.elapsed_h:.4g} h {100 * one.share:.3g} %" for one in of.measured.points)
    return f"{of.fitted.region}: {points}; fitted {of.fitted.model}"


def _panel(sheet: Sheet, one: DosedRegion, left: float, top: float) -> None:
    of = one.before
    assert of.measured is not None
    assert of.fitted is not None
    right, bottom = left + WIDE - 66, top + HIGH - STRIP - 62
    points = of.measured.points
    last_h = points[-1].elapsed_h * 1.08
    times = [last_h * step / (STEPS - 1) for step in range(STEPS)]
    fit = [100 * float(one) for one in of.fitted.measured.at(times)]
    highest = 1.08 * max(*fit, *(100 * (p.share + p.standard_uncertainty) for p in points))
    paint = series_paint(0)
    sheet.area(left, top, right, bottom, (0.0, last_h), (0.0, highest))
    sheet.axes(nice_ticks(0, last_h, 4), nice_ticks(0, highest, 3), "", f"{one.name[:28]}, %")
    line = list(zip(times, fit, strict=True))
    sheet.keep(f"{one.name}, fitted", paint, line)
    sheet.line(line, paint)
    sheet.keep(f"{one.name}, measured", "ink", [(p.elapsed_h, 100 * p.share) for p in points])
    for p in points:
        value, error = 100 * p.share, 100 * p.standard_uncertainty
        sheet.line([(p.elapsed_h, value - error), (p.elapsed_h, value + error)], "ink", 1.0)
        sheet.mark(p.elapsed_h, value, "dot", "ink", f"{p.elapsed_h:.4g} h: {value:.3g} +- {error:.2g} %")
    sheet.area(left, bottom + 28, right, bottom + 28 + STRIP, (0.0, last_h), (-MOST_SIGMA, MOST_SIGMA))
    sheet.axes([], [-MOST_SIGMA, 0.0, MOST_SIGMA], "", "")
    sheet.line([(0.0, 0.0), (last_h, 0.0)], "ink", 1.0, LIMIT)
    for p, residual in zip(points, of.fitted.residuals, strict=True):
        at = max(-MOST_SIGMA, min(MOST_SIGMA, residual))
        sheet.mark(p.elapsed_h, at, "dot", paint, f"{p.elapsed_h:.4g} h: {residual:+.2g} standard uncertainties")
