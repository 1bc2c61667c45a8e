"""A fitted curve drawn: points with their uncertainties, the fit with its band, residuals below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hevesy.blocks.figure import Figure, Point
from hevesy.blocks.sheet import BAND, Sheet, nice_ticks
from hevesy.names import slug

if TYPE_CHECKING:
    from hevesy.study.time_activity import TimeActivityCurve
    from hevesy.treat.fit import Fitted

PLACES, DRAWS, SEED = 61, 200, 131
BEYOND = 1.25
"""Times of the last point up to which the curve is drawn."""


def fit_figure(curve: TimeActivityCurve, model: str, fitted: Fitted | None, uncertain: bool = True) -> Figure:
    """Of the label that was measured, in percent of the administered; without a fit the points alone.

    `uncertain`: the uncertainties of the points were told; else none are drawn.
    """
    points = list(zip(curve.elapsed_h, curve.activity_fractions, curve.standard_uncertainties, strict=True))
    if not uncertain:
        points = [(time, share, 0.0) for time, share, _ in points]
    known = [f" +- {100 * error:.2g}" * uncertain for *_, error in points]
    told = [f"{time:.4g} h: {100 * share:.3g}{one} %" for (time, share, _), one in zip(points, known, strict=True)]
    id, title = f"fit-{slug(curve.region) or 'region'}", f"{curve.region}: {model}, as measured ({curve.nuclide})"
    sheet = Sheet(
        760, 420 if fitted else 300, id, title, f"{curve.region}, measured, % of the administered: {'; '.join(told)}"
    )
    across = (0.0, BEYOND * (curve.elapsed_h[-1] or 1.0))
    times = np.linspace(*across, PLACES).tolist()
    line = [] if fitted is None else (100 * fitted.measured.at(times)).tolist()
    top = 1.05 * max([*line, *(100 * (share + error) for _, share, error in points)])
    if fitted is not None:
        _residuals(sheet, fitted, curve, across)
    sheet.area(62, 34, 745, 250, across, (0.0, top))
    below, beneath = ([], "") if fitted else (nice_ticks(*across), "after the injection, h")
    sheet.axes(below, nice_ticks(0.0, top), beneath, "% of the administered")
    if fitted is not None:
        sheet.polygon(_band(fitted, times, top), "series-0", BAND)
        sheet.course("fit", 0, list(zip(times, line, strict=True)))
    sheet.keep("measured", "series-1", [(time, 100 * share) for time, share, _ in points])
    for (time, share, error), words in zip(points, told, strict=True):
        sheet.line([(time, 100 * max(share - error, 0.0)), (time, 100 * (share + error))], "series-1")
        sheet.mark(time, 100 * share, "dot", "series-1", words)
    caption = "Points with standard uncertainties (k = 1)" if uncertain else "Points without uncertainties"
    if fitted is not None:
        over = "standard uncertainty" if uncertain else "measured"
        caption += (
            ", the fit and the band that 95 % of fits to drawn curves lie in; below, measured less fitted over the "
        )
        caption += over
    return sheet.figure(f"{caption}.")


def _band(fitted: Fitted, times: Sequence[float], top: float) -> list[Point]:
    """Along the lower limits and back along the upper ones."""
    band = fitted.band(np.array(times), DRAWS, SEED)
    if band is None:
        return []
    low, high = ((100 * one).clip(0.0, top).tolist() for one in band)
    return [*zip(times, low, strict=True), *reversed(list(zip(times, high, strict=True)))]


def _residuals(sheet: Sheet, fitted: Fitted, curve: TimeActivityCurve, across: tuple[float, float]) -> None:
    far = max(3.0, *(1.1 * abs(one) for one in fitted.residuals))
    sheet.area(62, 285, 745, 365, across, (-far, far))
    ticks = [one for one in nice_ticks(-far, far, 3) if -far <= one <= far]
    sheet.axes(nice_ticks(*across), ticks, "after the injection, h", "residual")
    sheet.line([(across[0], 0.0), (across[1], 0.0)], "faint")
    for time, left in zip(curve.elapsed_h, fitted.residuals, strict=True):
        sheet.line([(time, 0.0), (time, left)], "series-1")
        sheet.mark(time, left, "dot", "series-1", f"{time:.4g} h: {left:+.2g}")
