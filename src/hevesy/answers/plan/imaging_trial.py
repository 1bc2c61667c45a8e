"""The size and the grid of an imaging trial, and what so many subjects give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Numbers, Quantities, Real, Text, Whole
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.blocks.table import of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import QuestionError

if TYPE_CHECKING:
    from hevesy.plan.imaging import ImagingGrid
    from hevesy.plan.imaging_expected import ExpectedAccuracy, ExpectedChoice, ExpectedInterval, ExpectedPower

COMMAND = "plan imaging"
Part = tuple[dict[str, Json] | None, tuple[Block, ...]]
"""What is answered of a part: as data (None: it was not worked out), and its blocks."""


def _all_or_none(**given: object) -> bool:
    """Whether all of what belongs together is given; refused where only some of it is."""
    absent = [value is None for value in given.values()]
    if any(absent) and not all(absent):
        raise QuestionError("these belong together: give all or none", *given)
    return not any(absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedGrid:
    """A grid of activities and times, or so many subjects without one."""

    activities_MBq: Annotated[
        Sequence[float] | None,
        Quantities("Of a grid: activity by group, as in 55MBq,110MBq.", dimension="activity", unit="MBq"),
    ] = None
    times_h: Annotated[
        Sequence[float] | None,
        Quantities("Of a grid: time of each scan after injection, as in 24h,48h,120h.", dimension="time", unit="h"),
    ] = None
    subjects: Annotated[
        int | None, Whole("Of a grid: subjects for each activity. Without a grid: subjects in all.", least=1)
    ] = None

    def __post_init__(self) -> None:
        if self.activities_MBq is not None or self.times_h is not None:
            _all_or_none(activities=self.activities_MBq, times=self.times_h, subjects=self.subjects)

    @property
    def grid(self) -> ImagingGrid | None:
        """The grid, if one is asked for."""
        from hevesy.plan.imaging import ImagingGrid

        if self.activities_MBq is None or self.times_h is None or self.subjects is None:
            return None
        activities, times = tuple(self.activities_MBq), tuple(self.times_h)
        return ImagingGrid(activities_MBq=activities, times_h=times, subjects_per_activity=self.subjects)

    @property
    def in_all(self) -> int | None:
        """Subjects in all."""
        grid = self.grid
        return self.subjects if grid is None else grid.subjects

    def answer(self) -> Part | None:
        """Its cells, subjects and scans."""
        grid = self.grid
        if grid is None:
            return None
        size = f"{grid.subjects} subjects, {grid.scans} scans; {grid.subjects_per_activity} subjects for each activity"
        line = f"grid of {len(grid.activities_MBq)} activities x {len(grid.times_h)} times: {size}"
        return _cells(grid), (said(line),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPrecision:
    """Intervals of sensitivity and specificity so narrow."""

    sensitivity: Annotated[
        float | None, Real("Expected (of two tests the first's); with specificity, prevalence, half width.")
    ] = None
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
        return picked(wide, "diseased", "healthy", "subjects", "because"), tuple(map(said, lines))


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
        return picked(paired, "n", "power", "because"), (said(size), said(f"  {paired.because}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedChoice:
    """What a grid is expected to find, so that its choice can be played."""

    means: Annotated[
        Sequence[float] | None,
        Numbers("Of a grid: expected mean of each activity and time, one activity after another, as in 4,7.4,4.2,7.8."),
    ] = None
    sd_between: Annotated[
        float | None, Real("Standard deviation between subjects; of a ratio that of its logarithm.")
    ] = None
    sd_residual: Annotated[float | None, Real("Standard deviation of a scan of a subject, likewise.")] = None
    scale: Annotated[Literal["ratio", "score"], Text("Of the means: ratio or score.", choices=("ratio", "score"))] = (
        "ratio"
    )
    margin: Annotated[float, Real("Hardly worse than the best: by so large a share of its mean.")] = 0.1
    trials: Annotated[int, Whole("That are played of each size.", least=10, most=100_000)] = 500
    seed: Annotated[int, Whole("Of the trials.", least=0)] = 1

    def __post_init__(self) -> None:
        _all_or_none(means=self.means, sd_between=self.sd_between, sd_residual=self.sd_residual)

    def answer(self, grid: ImagingGrid | None) -> Part | None:
        """How often the best activity and time is chosen, with so many subjects, half and twice as many."""
        from hevesy.answers.progress import tell
        from hevesy.plan.imaging_expected import ExpectedMeans, expected_choice
        from hevesy.stats.best import Best

        if self.means is None or self.sd_between is None or self.sd_residual is None:
            return None
        if grid is None:
            raise QuestionError("means are those of a grid: give ⟦activities⟧, ⟦times⟧ and ⟦subjects⟧", "means")
        expected = ExpectedMeans(
            means=tuple(self.means),
            sd_between=self.sd_between,
            sd_residual=self.sd_residual,
            by=Best(scale=self.scale, margin=self.margin),
        )
        own = grid.subjects_per_activity
        sizes = sorted({max(2, own // 2), own, 2 * own})

        def heard(place: int) -> Callable[[int], None]:
            return lambda done: tell("trials", place * self.trials + done, len(sizes) * self.trials)

        found = [
            expected_choice(
                replace(grid, subjects_per_activity=size), expected, self.trials, self.seed, heard(place)
            )
            for place, size in enumerate(sizes)
        ]  # fmt: skip
        asked = found[sizes.index(own)]
        return _choice_document(asked, found, grid), tuple(_choice_blocks(asked, found, grid, self.margin))


def imaging_trial(*, grid: AskedGrid, precision: AskedPrecision, paired: AskedPair, choice: AskedChoice) -> Answer:
    """An imaging trial: its grid of activities and times, its size for a precision or a paired comparison, what n give.

    ⟦subjects⟧ are those of each activity where there is a grid, else those in all; the answer says both. With
    sensitivity, specificity and prevalence it tells what so many subjects give: how many are expected with and without
    disease, intervals, and the power of the paired comparison. With the expected mean of each activity and time, trials
    are played: how often the best is chosen, and for how many scans.

    Returns what was asked for: the grid's cells (MBq, hours after injection) with subjects and scans; subjects with and
    without disease for intervals of the half width; subjects with disease for the power of McNemar's exact test; of the
    subjects that are given expected and typical intervals (exact and Wilson's) with their coverage, and power; how
    often the grid chooses the best activity and time, or one hardly worse, with Monte Carlo error.
    Refused is a part of which something is missing, and a question for none of them.
    Source: exact binomial limits (Clopper and Pearson), Wilson's, and McNemar's test, each worked out over all
    outcomes; trials by the mixed model of `find time-points`.

    >>> import hevesy
    >>> hevesy.imaging_trial(activities="55MBq,110MBq", times="24h,48h,120h", subjects=6).document["grid"]["scans"]
    36
    """
    parts = {
        "grid": grid.answer(),
        "precision": precision.answer(),
        "paired": paired.answer(),
        "expected": _expected(grid, precision, paired),
        "choice": choice.answer(grid.grid),
    }
    blocks = [block for part in parts.values() if part is not None for block in part[1]]
    if not blocks:
        raise QuestionError(
            "ask for a grid, a precision or a paired comparison", "activities", "sensitivity", "only_first"
        )
    document: dict[str, Json] = {name: None if part is None else part[0] for name, part in parts.items()}
    return Answer(document=document, blocks=tuple(blocks))


def _cells(grid: ImagingGrid) -> dict[str, Json]:
    cells = [
        {"activity_MBq": activity, "elapsed_h": time, "subjects": grid.subjects_per_activity}
        for activity in grid.activities_MBq
        for time in grid.times_h
    ]
    return {**picked(grid, "subjects", "subjects_per_activity", "scans"), "cells": cells}


def _expected(grid: AskedGrid, precision: AskedPrecision, paired: AskedPair) -> Part | None:
    """What the subjects that are given give."""
    from hevesy.plan.imaging_expected import MOST_SUBJECTS, expected_accuracy, expected_power

    subjects, own = grid.in_all, grid.grid
    if subjects is None:
        return None
    if precision.sensitivity is None or precision.specificity is None or precision.prevalence is None:
        if own is None:
            raise QuestionError(
                "what so many subjects give needs ⟦sensitivity⟧, ⟦specificity⟧ and ⟦prevalence⟧; subjects of a grid "
                "need ⟦activities⟧ and ⟦times⟧",
                "subjects",
            )
        return None
    if own is not None and subjects > MOST_SUBJECTS:
        told = f"what {subjects} subjects give is not worked out: all outcomes are added up for {MOST_SUBJECTS} at most"
        return None, (said(told, tone="caution"),)
    asked = (precision.sensitivity, precision.specificity, precision.prevalence)
    found = expected_accuracy(subjects, *asked, precision.level)
    power = (
        expected_power(subjects, asked[0], asked[2], paired.only_first, paired.only_second, paired.alpha)
        if paired.only_first is not None and paired.only_second is not None
        else None
    )
    each = None if own is None else own.subjects_per_activity
    in_all = f"{subjects} subjects in all" + (
        f" ({each} for each of {len(own.activities_MBq)} activities)" if own is not None else ""
    )
    document: dict[str, Json] = {
        "subjects": subjects,
        "subjects_per_activity": each,
        "level": precision.level,
        **{name: picked(getattr(found, name), *_COUNT) for name in ("with_disease", "without_disease")},
        **{name: _of_share(getattr(found, name)) for name in ("sensitivity", "specificity")},
        "power": picked(power, "power", "at_expected", "with_disease", "second_sensitivity", "because")
        if power
        else None,
    }
    return document, tuple(_expected_blocks(in_all, found, power, asked, precision.level))


_COUNT = ("share", "expected", "lower", "upper", "p_none")
_METHOD = {"Clopper-Pearson": "clopper_pearson", "Wilson": "wilson"}


def _of_share(intervals: Sequence[ExpectedInterval]) -> dict[str, Json]:
    return {
        _METHOD[one.method]: {
            **picked(one, "lower", "upper", "width", "coverage"),
            "typical": {**picked(one, "x", "n"), **picked(one.typical, "lower", "upper")},
        }
        for one in intervals
    }


def _expected_blocks(
    in_all: str, found: ExpectedAccuracy, power: ExpectedPower | None, asked: tuple[float, float, float], level: float
) -> list[Block]:
    sick, well = found.with_disease, found.without_disease
    blocks: list[Block] = [
        said(
            f"{in_all}: {sick.expected:.1f} with disease expected ({sick.lower} to {sick.upper} in 95 % of trials), "
            f"{well.expected:.1f} without ({well.lower} to {well.upper}).",
            tone="answer",
        )
    ]
    for count, what, share in ((sick, "with", "sensitivity"), (well, "without", "specificity")):
        if count.p_none > 1e-3:
            none = (
                f"With a probability of {count.p_none:.3f} nobody {what} disease is among them, and nothing is said of"
            )
            blocks.append(said(f"{none} {share}.", tone="caution"))
    under = f"{level:.0%} limits"
    heads = (
        "share", "interval", of_numbers("width"), of_numbers("lower", under=f"{under} on average"),
        of_numbers("upper", under=f"{under} on average"), of_numbers("coverage"), of_numbers("x of n", under="typical"),
        of_numbers("lower", under="typical"), of_numbers("upper", under="typical"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (f"{name} {value:g}", one.method, shown(one.width, ".3f"), shown(one.lower, ".3f"), shown(one.upper, ".3f"),
         shown(one.coverage, ".3f"), f"{one.x}/{one.n}", shown(one.typical.lower, ".3f"),
         shown(one.typical.upper, ".3f"))
        for name, value, intervals in (("sensitivity", asked[0], found.sensitivity),
                                       ("specificity", asked[1], found.specificity))
        for one in intervals
    ]  # fmt: skip
    note = "Over all outcomes, the number with disease being a matter of chance; typical: the outcome that is expected."
    blocks.append(table_of("expected", "Intervals of so many subjects", heads, rows, note))
    if power is not None:
        told = f"power of the paired comparison {power.power:.3f}, over the number with disease"
        second = f"the second test's sensitivity is then {power.second_sensitivity:.3g}"
        blocks.append(said(f"{told} ({power.at_expected:.3f} with {power.with_disease} of them); {second}."))
        blocks.append(said(f"  {power.because}"))
    return blocks


_SIZE = ("subjects_per_activity", "subjects", "scans", "p_correct", "p_correct_error")
_NEAR = ("p_hardly_worse", "p_hardly_worse_error", "mean_p_best")


def _choice_document(own: ExpectedChoice, sizes: Sequence[ExpectedChoice], grid: ImagingGrid) -> dict[str, Json]:
    cells = [(activity, time) for activity in grid.activities_MBq for time in grid.times_h]
    return {
        **picked(own, *_SIZE, *_NEAR, "trials", "seed"),
        "best": [{"activity_MBq": cells[place][0], "elapsed_h": cells[place][1]} for place in own.best],
        "cells": [
            {"activity_MBq": activity, "elapsed_h": time, "chosen": chosen}
            for (activity, time), chosen in zip(cells, own.chosen, strict=True)
        ],
        "sizes": [picked(one, *_SIZE, *_NEAR) for one in sizes],
    }


def _choice_blocks(
    own: ExpectedChoice, sizes: Sequence[ExpectedChoice], grid: ImagingGrid, margin: float
) -> list[Block]:
    cells = [f"{activity:g} MBq at {time:g} h" for activity in grid.activities_MBq for time in grid.times_h]
    best = " or ".join(cells[place] for place in own.best)
    heads = (
        of_numbers("for each activity", under="subjects"), of_numbers("in all", under="subjects"), of_numbers("scans"),
        of_numbers("P(the best)"), of_numbers("error", under="Monte Carlo"),
        of_numbers(f"P(within {margin:.0%} of the best)"), of_numbers("mean P(best) it would tell"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (shown(one.subjects_per_activity), shown(one.subjects), shown(one.scans), shown(one.p_correct, ".3f"),
         shown(one.p_correct_error, ".1g"), shown(one.p_hardly_worse, ".3f"), shown(one.mean_p_best, ".3f"))
        for one in sizes
    ]  # fmt: skip
    chosen: list[tuple[Cell, ...]] = [
        (cell, shown(share, ".3f")) for cell, share in zip(cells, own.chosen, strict=True)
    ]  # fmt: skip
    return [
        said(
            f"With {own.subjects} subjects and {own.scans} scans the best, {best}, is chosen with a probability of "
            f"{own.p_correct:.3f} (Monte Carlo error {own.p_correct_error:.1g}), one within {margin:.0%} of it with "
            f"{own.p_hardly_worse:.3f}.",
            tone="answer",
        ),
        table_of("sizes", "What scans buy", heads, rows,
                 f"{own.trials:,} trials of each size, seed {own.seed}; nobody is lost and no scan is missing."),
        table_of("chosen", "How often each is chosen", ("activity and time", of_numbers("share of trials")), chosen),
    ]  # fmt: skip
