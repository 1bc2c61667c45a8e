"""Curves of a subject's regions: what was measured, what was fitted, and the residuals below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hevesy.blocks.sheet import LIMIT, Sheet, nice_ticks, series_paint

if TYPE_CHECKING:
    from hevesy.blocks.figure import Figure
    from hevesy.conduct.dosed import DosedRegion
    from hevesy.treat.fit import Fitted

ACROSS, WIDE, HIGH, STRIP = 3, 250, 214, 42
"""Panels across, and the room of a panel in pixels; the strip of its residuals is within it."""
STEPS = 80
BLOOD = "blood"
IN_LITRE = 1e5
"""Percent in a litre of a share in a mL."""
MOST_SIGMA = 3.0
"""Residuals beyond are drawn at the edge of their strip."""


class Shown(NamedTuple):
    """A curve: points as hours, percent and its standard uncertainty, and what was fitted, `per_one` percent of it."""

    name: str
    percent_of: str
    label: str
    points: tuple[tuple[float, float, float], ...]
    fitted: Fitted
    per_one: float


def curves_figure(id: str, subject: str, regions: Sequence[DosedRegion]) -> Figure | None:
    """A panel for each region with a fit, and for blood; None: nothing was fitted."""
    shown = [curve for one in regions for curve in _curves(one)]
    if not shown:
        return None
    lines = -(-len(shown) // ACROSS)
    described = "; ".join(_described(one) for one in shown)
    sheet = Sheet(ACROSS * WIDE + 20, lines * HIGH + 26, id, f"{subject}: curves with their fits", described)
    for place, one in enumerate(shown):
        _panel(sheet, one, 46 + WIDE * (place % ACROSS), 34 + HIGH * (place // ACROSS))
    sheet.text(46, lines * HIGH + 20, "hours after the injection; below each curve its residuals", paint="faint")
    blood = ", of blood in a litre" if any(one.name == BLOOD for one in shown) else ""
    caption = (
        f"Share of the injected {shown[0].label} in the region{blood}, decay included, with its standard uncertainty "
        "(k = 1), and the fitted curve. Below: measured less fitted, in standard uncertainties."
    )
    return sheet.figure(caption)


def _curves(one: DosedRegion) -> Iterator[Shown]:
    of = one.before
    if of.measured is not None and of.fitted is not None:
        points = tuple((p.elapsed_h, 100 * p.share, 100 * p.standard_uncertainty) for p in of.measured.points)
        yield Shown(one.name, f"{one.name[:28]}, %", of.measured.curve.nuclide, points, of.fitted, 100)
    blood = one.by_blood.before if one.by_blood is not None else None
    if blood is not None and blood.measured is not None and blood.fitted is not None:
        points = tuple(
            (p.elapsed_h, IN_LITRE * p.share_per_mL, IN_LITRE * p.standard_uncertainty_per_mL)
            for p in blood.measured.points
        )
        yield Shown(BLOOD, f"{BLOOD}, % in a L", blood.measured.curve.nuclide, points, blood.fitted, IN_LITRE)


def _described(one: Shown) -> str:
    points = ", ".join(f"{hours:.4g} h {percent:.3g} %" for hours, percent, _ in one.points)
    return f"{one.name}: {points}; fitted {one.fitted.model}"


def _panel(sheet: Sheet, one: Shown, left: float, top: float) -> None:
    right, bottom = left + WIDE - 66, top + HIGH - STRIP - 62
    last_h = one.points[-1][0] * 1.08
    times = [last_h * step / (STEPS - 1) for step in range(STEPS)]
    fit = [one.per_one * float(share) for share in one.fitted.measured.at(times)]
    highest = 1.08 * max(*fit, *(value + error for _, value, error in one.points))
    paint = series_paint(0)
    sheet.area(left, top, right, bottom, (0.0, last_h), (0.0, highest))
    sheet.axes(nice_ticks(0, last_h, 4), nice_ticks(0, highest, 3), "", one.percent_of)
    line = list(zip(times, fit, strict=True))
    sheet.keep(f"{one.name}, fitted", paint, line)
    sheet.line(line, paint)
    sheet.keep(f"{one.name}, measured", "ink", [(hours, value) for hours, value, _ in one.points])
    for hours, value, error in one.points:
        sheet.line([(hours, value - error), (hours, value + error)], "ink", 1.0)
        sheet.mark(hours, value, "dot", "ink", f"{hours:.4g} h: {value:.3g} +- {error:.2g} %")
    sheet.area(left, bottom + 28, right, bottom + 28 + STRIP, (0.0, last_h), (-MOST_SIGMA, MOST_SIGMA))
    sheet.axes([], [-MOST_SIGMA, 0.0, MOST_SIGMA], "", "")
    sheet.line([(0.0, 0.0), (last_h, 0.0)], "ink", 1.0, LIMIT)
    for (hours, _, _), residual in zip(one.points, one.fitted.residuals, strict=True):
        at = max(-MOST_SIGMA, min(MOST_SIGMA, residual))
        sheet.mark(hours, at, "dot", paint, f"{hours:.4g} h: {residual:+.2g} standard uncertainties")
