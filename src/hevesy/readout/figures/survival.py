"""Kaplan-Meier curves with censoring ticks and numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.curves import StepCurve, step_figure
from hevesy.blocks.figure import Figure
from hevesy.readout.wording import days

if TYPE_CHECKING:
    from hevesy.follow.survival import SurvivalSummary
    from hevesy.stats.survival import SurvivalCurve


def survival_figure(name: str, title: str, groups: Sequence[tuple[int, str, SurvivalSummary]]) -> Figure:
    """Curves of several groups, told apart by colour and dash, numbers at risk below."""
    told = "; ".join(
        f"{group}: {summary.curve.events} events in {summary.curve.n}, median {days(summary.median.estimate)}"
        for _, group, summary in groups
    )
    caption = (
        f"{title}; ticks are censored subjects, numbers at risk below. 95 % intervals (log-log) stand in the table."
    )
    curves = [survival_steps(group, place, summary.curve, "day ") for place, group, summary in groups]
    return step_figure(curves, name, title, caption, told, "days (day 1: first infusion)")


def survival_steps(name: str, number: int, curve: SurvivalCurve, before_time: str = "") -> StepCurve:
    """A survival curve to be drawn."""
    times, survival = curve.time.tolist(), curve.survival.tolist()
    return StepCurve(
        name=name,
        number=number,
        points=[(0.0, 1.0), *zip(times, survival, strict=True)],
        censored=[
            (time, value, f"{name}: {int(censored)} censored at {before_time}{time:g}")
            for time, value, censored in zip(times, survival, curve.n_censored.tolist(), strict=True)
            if censored
        ],
        at_risk=curve.at_risk,
    )
