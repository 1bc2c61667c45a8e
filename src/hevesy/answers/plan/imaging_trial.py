"""The size and the grid of an imaging trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Quantities, Real, Whole
from hevesy.blocks.prose import said
from hevesy.errors import QuestionError

if TYPE_CHECKING:
    from hevesy.plan.imaging import ImagingGrid

COMMAND = "plan imaging"
Part = tuple[dict[str, Json], tuple[str, ...]]
"""What is answered of a part: as data, and its lines."""


def _all_or_none(**given: object) -> bool:
    """Whether all of what belongs together is given; refused where only some of it is."""
    absent = [value is None for value in given.values()]
    if any(absent) and not all(absent):
        raise QuestionError("these belong together: give all or none", *given)
    return not any(absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedGrid:
    """A grid of activities and times."""

    activities_MBq: Annotated[
        Sequence[float] | None,
        Quantities("Of a grid: activity by group, as in 55MBq,110MBq.", dimension="activity", unit="MBq"),
    ] = None
    times_h: Annotated[
        Sequence[float] | None,
        Quantities("Of a grid: time of each scan after injection, as in 24h,48h,120h.", dimension="time", unit="h"),
    ] = None
    subjects: Annotated[int | None, Whole("Of a grid: subjects for each activity.", least=1)] = None

    def __post_init__(self) -> None:
        _all_or_none(activities=self.activities_MBq, times=self.times_h, subjects=self.subjects)

    def answer(self) -> Part | None:
        """Its cells, subjects and scans."""
        from hevesy.plan.imaging import ImagingGrid

        if self.activities_MBq is None or self.times_h is None or self.subjects is None:
            return None
        activities, times = tuple(self.activities_MBq), tuple(self.times_h)
        grid = ImagingGrid(activities_MBq=activities, times_h=times, subjects_per_activity=self.subjects)
        size = f"{grid.subjects} subjects, {grid.scans} scans"
        return _cells(grid), (f"grid of {len(activities)} activities x {len(times)} times: {size}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPrecision:
    """Intervals of sensitivity and specificity so narrow."""

    sensitivity: Annotated[float | None, Real("Expected; with specificity, prevalence, half width.")] = None
    specificity: Annotated[float | None, Real("Expected.")] = None
    prevalence: Annotated[float | None, Real("Share of subjects with disease.")] = None
    half_width: Annotated[float, Real("Wanted of both exact intervals, on average.")] = 0.1
    level: Annotated[float, Real("Of the intervals.")] = 0.95

    def __post_init__(self) -> None:
        _all_or_none(sensitivity=self.sensitivity, specificity=self.specificity, prevalence=self.prevalence)

    def answer(self) -> Part | None:
        """Subjects with and without disease."""
        from hevesy.plan.imaging import for_precision

        if self.sensitivity is None or self.specificity is None or self.prevalence is None:
            return None
        wide = for_precision(self.sensitivity, self.specificity, self.half_width, self.prevalence, self.level)
        by_disease = f"{wide.diseased} with and {wide.healthy} without disease at least"
        lines = f"precision: {wide.subjects} subjects ({by_disease})", f"  {wide.because}"
        return picked(wide, "diseased", "healthy", "subjects", "because"), lines


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPair:
    """Two tests in the same subjects."""

    only_first: Annotated[float | None, Real("Paired: share of diseased found by the first test only.")] = None
    only_second: Annotated[float | None, Real("Paired: share found by the second test only.")] = None
    alpha: Annotated[float, Real("Paired: two-sided type I error.")] = 0.05
    power: Annotated[float, Real("Paired: wanted power.")] = 0.8

    def __post_init__(self) -> None:
        _all_or_none(only_first=self.only_first, only_second=self.only_second)

    def answer(self) -> Part | None:
        """Subjects with disease."""
        from hevesy.plan.imaging import for_paired_comparison

        if self.only_first is None or self.only_second is None:
            return None
        paired = for_paired_comparison(self.only_first, self.only_second, self.alpha, self.power)
        size = f"paired comparison: {paired.n} subjects with disease, power {paired.power:.4f}"
        return picked(paired, "n", "power", "because"), (size, f"  {paired.because}")


def imaging_trial(*, grid: AskedGrid, precision: AskedPrecision, paired: AskedPair) -> Answer:
    """An imaging trial: its grid of activities and times, its size for precise accuracy or a paired comparison.

    Returns what was asked for: the grid's cells (MBq, hours after injection) with subjects and scans; subjects with and
    without disease for intervals of the half width; subjects with disease for the power of McNemar's exact test.
    Refused is a part of which something is missing, and a question for none of the three.
    Source: exact binomial limits (Clopper and Pearson) and McNemar's test, each worked out over all outcomes.

    >>> import hevesy
    >>> hevesy.imaging_trial(activities="55MBq,110MBq", times="24h,48h,120h", subjects=6).document["grid"]["scans"]
    36
    """
    parts = {"grid": grid.answer(), "precision": precision.answer(), "paired": paired.answer()}
    lines = [line for part in parts.values() if part is not None for line in part[1]]
    if not lines:
        raise QuestionError(
            "ask for a grid, a precision or a paired comparison", "activities", "sensitivity", "only_first"
        )
    document: dict[str, Json] = {name: None if part is None else part[0] for name, part in parts.items()}
    return Answer(document=document, blocks=tuple(map(said, lines)))


def _cells(grid: ImagingGrid) -> dict[str, Json]:
    cells = [
        {"activity_MBq": activity, "elapsed_h": time, "subjects": grid.subjects_per_activity}
        for activity in grid.activities_MBq
        for time in grid.times_h
    ]
    return {"subjects": grid.subjects, "scans": grid.scans, "cells": cells}
