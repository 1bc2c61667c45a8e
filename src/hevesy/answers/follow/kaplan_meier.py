"""Survival curves and numbers by Kaplan and Meier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import ColumnName, Numbers, Real, TableFile, Text
from hevesy.answers.follow.times import (
    CensoredColumn,
    EventColumn,
    GroupColumn,
    Level,
    TimeColumn,
    as_data,
    observed,
    seen_by,
)
from hevesy.blocks.figure import Figure
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.files.tables import DeliveredTable
from hevesy.stats.words import IntervalType

if TYPE_CHECKING:
    from hevesy.blocks.curves import StepCurve
    from hevesy.stats.survival import Landmark, LogRank, Quantile, RestrictedMean, SurvivalCurve

COMMAND = "follow km"
FACES = ("csv", "svg")


def kaplan_meier(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    time: TimeColumn,
    event: EventColumn = None,
    censored: CensoredColumn = None,
    by: GroupColumn = None,
    entry: Annotated[str | None, ColumnName("Left truncation: under observation from this time.", "COL")] = None,
    ci: Annotated[
        IntervalType, Text("log-log, log, plain, logit or arcsin.", choices=get_args(IntervalType))
    ] = "log-log",
    level: Level = 0.95,
    at: Annotated[Sequence[float], Numbers("Survival at these times, as in 180,365.", "TIMES")] = (),
    rmst: Annotated[float | None, Real("Restricted mean to this time.", "TAU")] = None,
) -> Answer:
    """Survival curves and numbers by Kaplan-Meier, with R's conventions; times in the unit of the table.

    Returns by group n, events, median, quartiles and median follow-up with limits, survival at `at`, the restricted
    mean to `rmst`, numbers at risk; with several groups the log-rank test. What is not reached is null.
    Refused are rows without a time or event, negative times, an entry that is not before the exit.
    Source: Kaplan and Meier 1958; limits as in R's survival 3.8 (survfit).

    Example: print(hevesy.kaplan_meier("km.csv", time="t", event="e", by="arm"))
    """
    from hevesy.blocks.curves import risk_times
    from hevesy.files.columns import require, rows_by
    from hevesy.readout.figures.survival import survival_steps

    seen = seen_by(event, censored)
    rows = rows_by(require(table, (time, seen.column, by, entry)), by)
    arrays = {name: observed(table, rows[name], time, seen, entry) for name in rows}
    groups = [_group(name, own, level, ci, at, rmst) for name, own in arrays.items()]
    tested, untested = _log_rank(list(arrays.values())) if entry is None else (None, "")
    beyond = [line for group in groups for line in group.beyond()]
    logrank: Json = None
    if tested is not None:
        logrank = as_data(tested) | {"observed": list(tested.observed), "expected": list(tested.expected)}
    because = [
        f"Kaplan-Meier, {ci} interval, median by R's midpoint rule; null is not reached or not defined",
        *seen.told,
        *beyond,
        *(["no log-rank test is made of left-truncated times"] if entry and len(groups) > 1 else []),
        *([f"no log-rank test: {untested}"] if untested else []),
    ]
    curves = [
        replace(survival_steps(one.name, place, one.curve), at_risk=one.at_risk) for place, one in enumerate(groups)
    ]
    times = risk_times(curves)
    return Answer(
        document={"groups": [group.document(times) for group in groups], "logrank": logrank, "because": because},
        blocks=(
            _medians(groups, level),
            *_landmarks(groups, level),
            *map(said, (*seen.told, *beyond, *_test_told(tested))),
            _curves(curves, time),
            _numbers_at_risk(groups, times),
        ),
    )


Times = tuple[list[float], list[float], list[float] | None]
"""Of a group: times, whether the event was seen, and entries where there are any."""


def _group(name: str, times: Times, level: float, ci: IntervalType, at: Sequence[float], rmst: float | None) -> _Group:
    from hevesy.stats import survival

    time, seen, entry = times
    curve = survival.kaplan_meier(time, seen, level, entry=entry, interval=ci)
    return _Group(
        name=name,
        curve=curve,
        follow_up=survival.follow_up(time, seen, level),
        quartiles=tuple(survival.quantile(curve, p) for p in (0.25, 0.5, 0.75)),
        landmarks=tuple(survival.survival_at(curve, when) for when in at),
        mean=survival.restricted_mean(curve, rmst) if rmst is not None else None,
        at_risk=curve.at_risk if entry is None else _under_observation(time, entry),
    )


def _log_rank(groups: Sequence[Times]) -> tuple[LogRank | None, str]:
    """The test of several groups in which something happened, or why there is none."""
    from hevesy.stats.survival import log_rank

    if len(groups) < 2 or not any(sum(seen) for _, seen, _ in groups):
        return None, ""
    try:
        return log_rank([(time, seen) for time, seen, _ in groups]), ""
    except ValueError as error:
        return None, str(error)


def _test_told(test: LogRank | None) -> list[str]:
    if test is None:
        return []
    return [f"log-rank: chi-square {test.chi_square:.4g} on {test.degrees_of_freedom} df, p = {test.p_value:.4g}"]


def _medians(groups: Sequence[_Group], level: float) -> Table:
    limits = f"{level:.0%} limits"
    columns = [of_numbers(title) for title in ("n", "events", "median")]
    columns += [of_numbers("lower", under=limits), of_numbers("upper", under=limits)]
    if groups[0].mean is not None:
        columns += [of_numbers(f"restricted mean to {groups[0].mean.tau:g}"), of_numbers("standard error")]
    rows: list[list[Cell]] = []
    for one in groups:
        median = one.median
        row: list[Cell] = [one.name, shown(one.curve.n), shown(one.curve.events)]
        row += [shown(value, "g", "not reached") for value in (median.estimate, median.lower, median.upper)]
        if one.mean is not None:
            row += [shown(one.mean.estimate, ".4f"), shown(one.mean.standard_error, ".4f")]
        rows.append(row)
    return table_of("medians", "Time to the event", ("group", *columns), rows)


def _landmarks(groups: Sequence[_Group], level: float) -> list[Table]:
    limits = f"{level:.0%} limits"
    rows = [
        (one.name, shown(at.time), shown(at.survival, ".4f"), shown(at.lower, ".4f"), shown(at.upper, ".4f"),
         shown(at.n_risk))
        for one in groups
        for at in one.landmarks
    ]  # fmt: skip
    heads = [
        of_numbers("time"),
        of_numbers("survival"),
        of_numbers("lower", under=limits),
        of_numbers("upper", under=limits),
    ]
    return (
        [table_of("survival", "Survival at given times", ("group", *heads, of_numbers("at risk")), rows)]
        if rows
        else []
    )


def _curves(curves: Sequence[StepCurve], time: str) -> Figure:
    from hevesy.blocks.curves import step_figure

    caption = "Survival curves; ticks are censored, numbers at risk below"
    ends = "; ".join(f"{one.name} ends at {one.points[-1][1]:.4f} after {one.points[-1][0]:g}" for one in curves)
    return step_figure(curves, "curves", "Survival", caption, ends, time)


def _numbers_at_risk(groups: Sequence[_Group], times: Sequence[float]) -> Table:
    columns = [of_numbers(f"{when:g}", under="time") for when in times]
    rows: list[list[Cell]] = [[one.name, *(shown(one.at_risk(when)) for when in times)] for one in groups]
    note = "Under observation just before each time, at 0 from the start."
    return table_of("at-risk", "Numbers at risk", ("group", *columns), rows, note)


def _under_observation(time: Sequence[float], entry: Sequence[float]) -> Callable[[float], int]:
    """How many are under observation just before a time, of subjects who came under it late."""

    def at_risk(when: float) -> int:
        return sum((begun < when or begun <= 0) and when <= end for begun, end in zip(entry, time, strict=True))

    return at_risk


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """The curve of a group and what is read off it."""

    name: str
    curve: SurvivalCurve
    follow_up: Quantile
    quartiles: tuple[Quantile, ...]
    landmarks: tuple[Landmark, ...]
    mean: RestrictedMean | None
    at_risk: Callable[[float], int]
    """How many are under observation just before a time."""

    @property
    def median(self) -> Quantile:
        return self.quartiles[1]

    def beyond(self) -> Iterator[str]:
        """What was asked beyond the last time anybody was watched, where the last value is carried on."""
        for at in self.landmarks:
            if at.beyond_follow_up:
                yield (
                    f"{self.name} at {at.time:g}: beyond the follow-up; the last survival is carried on, "
                    "with nobody at risk"
                )
        if self.mean is not None and self.mean.beyond_follow_up:
            yield (
                f"{self.name}: {self.mean.tau:g} is beyond the follow-up; the restricted mean carries the last "
                "survival on"
            )

    def document(self, times: Sequence[float]) -> dict[str, Json]:
        landmark = ("time", "n_risk", "survival", "standard_error", "lower", "upper", "beyond_follow_up")
        mean = ("tau", "estimate", "standard_error", "beyond_follow_up")
        return {
            "group": self.name,
            **picked(self.curve, "n", "events"),
            **picked(self.median, "lower", "upper", median="estimate"),
            "quantiles": [picked(one, "p", "estimate", "lower", "upper") for one in self.quartiles],
            "follow_up": picked(self.follow_up, "lower", "upper", median="estimate"),
            "at": [picked(at, *landmark) for at in self.landmarks],
            "rmst": picked(self.mean, *mean) if self.mean is not None else None,
            "at_risk": [{"time": when, "n": self.at_risk(when)} for when in times],
        }
