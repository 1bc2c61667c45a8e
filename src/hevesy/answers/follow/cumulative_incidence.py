"""Cumulative incidence of causes that compete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import ColumnName, Numbers, TableFile
from hevesy.answers.follow.times import GroupColumn, Level, TimeColumn, as_data, time_in
from hevesy.blocks.curves import StepCurve, step_figure
from hevesy.blocks.figure import Figure
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError
from hevesy.files.columns import number_in, require, rows_by
from hevesy.files.tables import DeliveredRow, DeliveredTable

if TYPE_CHECKING:
    from hevesy.stats.competing import CumulativeIncidence, IncidenceAt

COMMAND = "follow incidence"
FACES = ("csv", "svg")


def cumulative_incidence(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    time: TimeColumn,
    cause: Annotated[str, ColumnName("0: censored; 1, 2, ...: what happened first.", "COL")],
    at: Annotated[Sequence[float], Numbers("As in 180,365.", "TIMES")],
    by: GroupColumn = None,
    level: Level = 0.95,
) -> Answer:
    """Cumulative incidence of competing causes (Aalen and Johansen) at given times, and Gray's test between groups.

    Returns by group and cause the incidence at each time with its limits, and of each cause the test.
    Refused are negative times, causes that are no whole numbers from 0, a table in which nothing happened.
    Source: Aalen and Johansen, Scand J Stat 1978;5:141; R. J. Gray, Ann Stat 1988;16:1141.

    Example: print(hevesy.cumulative_incidence("causes.csv", time="t", cause="cause", at=[2]))
    """
    from hevesy.stats.competing import gray

    require(table, (time, cause, by))
    groups = [_group(table, name, rows, time, cause) for name, rows in rows_by(table, by).items()]
    kinds = sorted({kind for one in groups for kind in one.causes if kind})
    if not kinds:
        raise CannotAnswerError(f"{table.name}: nobody had an event; there is no incidence to estimate")
    found = [(one, one.incidence(at, level)) for one in groups]
    arrays = [(one.times, one.causes) for one in groups]
    tests = {kind: gray(arrays, kind) for kind in kinds} if len(groups) > 1 else {}
    beyond = [
        f"{one.name}: {when:g} lies beyond its longest time, {one.longest:g}"
        for one in groups
        for when in at
        if when > one.longest
    ]
    eventless = [f"{one.name}: no event among {len(one.times)}" for one, here in found if not here]
    compared = [
        f"Gray, cause {kind}: chi-square {test.chi_square:.4g} on {test.degrees_of_freedom} df, p = {test.p_value:.4g}"
        for kind, test in tests.items()
    ]
    document: dict[str, Json] = {
        "groups": [one.document(kinds, here) for one, here in found],
        "gray": {str(kind): as_data(test) for kind, test in tests.items()} or None,
        "because": [f"Aalen and Johansen, {level:.0%} limits on the scale log(-log)", *beyond],
    }
    lines = map(said, (*eventless, *compared, *beyond))
    return Answer(document=document, blocks=(_table(found, level), *lines, _curves(groups, time)))


def _table(found: Sequence[tuple[_Group, Sequence[IncidenceAt]]], level: float) -> Table:
    limits = f"{level:.0%} limits"
    columns = [of_numbers(title) for title in ("cause", "time", "incidence")]
    columns += [of_numbers(title, under=limits) for title in ("lower", "upper")]
    rows: list[list[Cell]] = [
        [one.name, shown(at.cause), shown(at.time),
         *(shown(value, ".4f") for value in (at.incidence, at.lower, at.upper))]
        for one, here in found
        for at in here
    ]  # fmt: skip
    return table_of("incidence", "Cumulative incidence", ("group", *columns), rows)


def _curves(groups: Sequence[_Group], time: str) -> Figure:
    curves = [curve for one in groups for curve in one.steps()]
    curves = [replace(curve, number=number) for number, curve in enumerate(curves)]
    caption = "Cumulative incidence by group and cause; numbers at risk below"
    ends = "; ".join(f"{one.name} ends at {one.points[-1][1]:.4f} after {one.points[-1][0]:g}" for one in curves)
    return step_figure(curves, "curves", "Cumulative incidence", caption, ends, time)


def _group(table: DeliveredTable, name: str, rows: Sequence[DeliveredRow], time: str, cause: str) -> _Group:
    from hevesy.stats.competing import cumulative_incidence as incidence

    causes = []
    for row in rows:
        kind = number_in(table, row, cause)
        if kind < 0 or kind != int(kind):
            raise CannotAnswerError(
                f"{table.name}, line {row.line}, {cause}: a cause is 0 (censored), 1, 2, ..., got {kind:g}"
            )
        causes.append(int(kind))
    times = [time_in(table, row, time) for row in rows]
    return _Group(name=name, times=times, causes=causes, curve=incidence(times, causes) if any(causes) else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Times and causes of a group, and its curve where anything happened."""

    name: str
    times: list[float]
    causes: list[int]
    curve: CumulativeIncidence | None

    @property
    def longest(self) -> float:
        return max(self.times)

    def incidence(self, at: Sequence[float], level: float) -> list[IncidenceAt]:
        """Of each cause at each time; of a group without an event, none."""
        from hevesy.stats.competing import incidence_at

        curve = self.curve
        return [incidence_at(curve, kind, when, level) for kind in curve.causes for when in at] if curve else []

    def steps(self) -> list[StepCurve]:
        """Its curves, to be drawn; numbers at risk once."""
        curve = self.curve
        return (
            [
                StepCurve(
                    name=f"{self.name}, cause {kind}",
                    number=place,
                    points=[(0.0, 0.0), *zip(curve.time.tolist(), curve.incidence[:, place].tolist(), strict=True)],
                    at_risk=None if place else lambda time: sum(own >= time for own in self.times),
                )
                for place, kind in enumerate(curve.causes)
            ]
            if curve
            else []
        )

    def document(self, kinds: Sequence[int], found: Sequence[IncidenceAt]) -> dict[str, Json]:
        names = ("cause", "time", "incidence", "standard_error", "lower", "upper")
        return {
            "group": self.name,
            "n": len(self.times),
            "events": {str(kind): self.causes.count(kind) for kind in kinds},
            "longest": self.longest,
            "at": [picked(one, *names) for one in found],
        }
