"""Cumulative incidence of causes that compete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import ColumnName, Numbers, TableFile
from hevesy.answers.follow.times import GroupColumn, Level, TimeColumn, as_data, time_in
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Column, Table
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError
from hevesy.files.columns import number_in, require, rows_by
from hevesy.files.tables import DeliveredRow, DeliveredTable

if TYPE_CHECKING:
    from hevesy.stats.competing import IncidenceAt

COMMAND = "follow incidence"
FACES = ("csv",)


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

    >>> print(hevesy.cumulative_incidence("t.csv", time="days", cause="cause", at=[180]))  # doctest: +SKIP
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
    return Answer(document=document, blocks=(_table(found, level), *map(said, (*eventless, *compared, *beyond))))


def _table(found: Sequence[tuple[_Group, Sequence[IncidenceAt]]], level: float) -> Table:
    limits = f"{level:.0%} limits"
    columns = [Column(title=title, kind="number") for title in ("cause", "time", "incidence")]
    columns += [Column(title=title, kind="number", under=limits) for title in ("lower", "upper")]
    rows: list[list[Cell]] = [
        [one.name, shown(at.cause), shown(at.time),
         *(shown(value, ".4f") for value in (at.incidence, at.lower, at.upper))]
        for one, here in found
        for at in here
    ]  # fmt: skip
    return table_of("incidence", "Cumulative incidence", ("group", *columns), rows)


def _group(table: DeliveredTable, name: str, rows: Sequence[DeliveredRow], time: str, cause: str) -> _Group:
    causes = []
    for row in rows:
        kind = number_in(table, row, cause)
        if kind < 0 or kind != int(kind):
            raise CannotAnswerError(
                f"{table.name}, line {row.line}, {cause}: a cause is 0 (censored), 1, 2, ..., got {kind:g}"
            )
        causes.append(int(kind))
    return _Group(name=name, times=[time_in(table, row, time) for row in rows], causes=causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Times and causes of a group."""

    name: str
    times: list[float]
    causes: list[int]

    @property
    def longest(self) -> float:
        return max(self.times)

    def incidence(self, at: Sequence[float], level: float) -> list[IncidenceAt]:
        """Of each cause at each time; of a group without an event, none."""
        from hevesy.stats.competing import cumulative_incidence, incidence_at

        if not any(self.causes):
            return []
        curve = cumulative_incidence(self.times, self.causes)
        return [incidence_at(curve, kind, when, level) for kind in curve.causes for when in at]

    def document(self, kinds: Sequence[int], found: Sequence[IncidenceAt]) -> dict[str, Json]:
        names = ("cause", "time", "incidence", "standard_error", "lower", "upper")
        return {
            "group": self.name,
            "n": len(self.times),
            "events": {str(kind): self.causes.count(kind) for kind in kinds},
            "longest": self.longest,
            "at": [picked(one, *names) for one in found],
        }
