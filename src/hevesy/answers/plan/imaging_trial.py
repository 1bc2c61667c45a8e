"""The size and the grid of an imaging trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Quantities, Real, Whole
from hevesy.blocks.prose import said
from hevesy.errors import QuestionError

if TYPE_CHECKING:
    from hevesy.plan.imaging import ImagingGrid

COMMAND = "plan imaging"
TOGETHER = (
    ("activities", "times", "subjects"),
    ("sensitivity", "specificity", "prevalence"),
    ("only_first", "only_second"),
)


def imaging_trial(
    *,
    activities_MBq: Annotated[
        Sequence[float] | None,
        Quantities("Of a grid: activity by group, as in 55MBq,110MBq.", dimension="activity", unit="MBq"),
    ] = None,
    times_h: Annotated[
        Sequence[float] | None,
        Quantities("Of a grid: time of each scan after injection, as in 24h,48h,120h.", dimension="time", unit="h"),
    ] = None,
    subjects: Annotated[int | None, Whole("Of a grid: subjects for each activity.", least=1)] = None,
    sensitivity: Annotated[float | None, Real("Expected; with specificity, prevalence, half width.")] = None,
    specificity: Annotated[float | None, Real("Expected.")] = None,
    prevalence: Annotated[float | None, Real("Share of subjects with disease.")] = None,
    half_width: Annotated[float, Real("Wanted of both exact intervals, on average.")] = 0.1,
    level: Annotated[float, Real("Of the intervals.")] = 0.95,
    only_first: Annotated[float | None, Real("Paired: share of diseased found by the first test only.")] = None,
    only_second: Annotated[float | None, Real("Paired: share found by the second test only.")] = None,
    alpha: Annotated[float, Real("Paired: two-sided type I error.")] = 0.05,
    power: Annotated[float, Real("Paired: wanted power.")] = 0.8,
) -> Answer:
    """An imaging trial: its grid of activities and times, its size for precise accuracy or a paired comparison.

    Returns what was asked for: the grid's cells (MBq, hours after injection) with subjects and scans; subjects with and
    without disease for intervals of the half width; subjects with disease for the power of McNemar's exact test.
    Refused is a part of which something is missing, and a question for none of the three.
    Source: exact binomial limits (Clopper and Pearson) and McNemar's test, each worked out over all outcomes.

    >>> import hevesy
    >>> hevesy.imaging_trial(activities="55MBq,110MBq", times="24h,48h,120h", subjects=6).document["grid"]["scans"]
    36
    """
    from hevesy.plan.imaging import ImagingGrid, for_paired_comparison, for_precision

    given: dict[str, object] = {
        "activities": activities_MBq, "times": times_h, "subjects": subjects, "sensitivity": sensitivity,
        "specificity": specificity, "prevalence": prevalence, "only_first": only_first, "only_second": only_second,
    }  # fmt: skip
    for names in TOGETHER:
        absent = [given[name] is None for name in names]
        if any(absent) and not all(absent):
            raise QuestionError("these belong together: give all or none", *names)
    document: dict[str, Json] = {"grid": None, "precision": None, "paired": None}
    lines: list[str] = []
    if activities_MBq is not None and times_h is not None and subjects is not None:
        grid = ImagingGrid(activities_MBq=tuple(activities_MBq), times_h=tuple(times_h), subjects_per_activity=subjects)
        document["grid"] = _cells(grid)
        lines.append(
            f"grid of {len(activities_MBq)} activities x {len(times_h)} times: {grid.subjects} subjects, "
            f"{grid.scans} scans"
        )
    if sensitivity is not None and specificity is not None and prevalence is not None:
        wide = for_precision(sensitivity, specificity, half_width, prevalence, level)
        document["precision"] = picked(wide, "diseased", "healthy", "subjects", "because")
        lines.append(
            f"precision: {wide.subjects} subjects ({wide.diseased} with and {wide.healthy} without disease at least)"
        )
        lines.append(f"  {wide.because}")
    if only_first is not None and only_second is not None:
        paired = for_paired_comparison(only_first, only_second, alpha, power)
        document["paired"] = picked(paired, "n", "power", "because")
        lines.append(f"paired comparison: {paired.n} subjects with disease, power {paired.power:.4f}")
        lines.append(f"  {paired.because}")
    if not lines:
        raise QuestionError(
            "ask for a grid, a precision or a paired comparison", "activities", "sensitivity", "only_first"
        )
    return Answer(document=document, blocks=tuple(map(said, lines)))


def _cells(grid: ImagingGrid) -> dict[str, Json]:
    cells = [
        {"activity_MBq": activity, "elapsed_h": time, "subjects": grid.subjects_per_activity}
        for activity in grid.activities_MBq
        for time in grid.times_h
    ]
    return {"subjects": grid.subjects, "scans": grid.scans, "cells": cells}
