"""hevesy follow incidence and rate: what may come first, and events over time at risk."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, show
from hevesy.cli.rows import TableFile, groups_of, number_of, read_columns
from hevesy.errors import CannotAnswerError


def incidence(
    file: TableFile,
    time: Annotated[str, typer.Option("--time", metavar="COL")],
    cause: Annotated[str, typer.Option("--cause", metavar="COL", help="0: censored; 1, 2, ...: what happened first.")],
    at: Annotated[str, typer.Option("--at", metavar="TIMES", help="As in 180,365.")],
    by: Annotated[str | None, typer.Option("--by", metavar="COL")] = None,
    level: Annotated[float, typer.Option("--level")] = 0.95,
    as_json: JsonFlag = False,
) -> None:
    """Cumulative incidence of competing causes (Aalen and Johansen) at given times, and Gray's test between groups."""
    from hevesy.stats.competing import cumulative_incidence, gray, incidence_at

    table = read_columns(file, [column for column in (time, cause, by) if column is not None])
    wanted = arguments.numbers(at, "--at")
    arrays: dict[str, tuple[list[float], list[int]]] = {}
    for name, rows in groups_of(table, by, file).items():
        lengths = [number_of(row, time, file) for row in rows]
        causes = [number_of(row, cause, file) for row in rows]
        for row, length, kind in zip(rows, lengths, causes, strict=True):
            if length < 0:
                raise CannotAnswerError(
                    f"{file.name}, line {row.line}, {time}: a time must not be negative, got {length:g}"
                )
            if kind < 0 or kind != int(kind):
                raise CannotAnswerError(
                    f"{file.name}, line {row.line}, {cause}: a cause is 0 (censored), 1, 2, ..., got {kind:g}"
                )
        arrays[name] = lengths, [int(kind) for kind in causes]
    kinds = sorted({kind for _, causes in arrays.values() for kind in causes if kind})
    if not kinds:
        raise CannotAnswerError(f"{file.name}: nobody had an event; there is no incidence to estimate")
    groups: list[dict[str, Any]] = []
    for name, (lengths, own) in arrays.items():
        found: list[dict[str, Any]] = []
        if any(own):
            curve = cumulative_incidence(lengths, own)
            for kind in curve.causes:
                for one in (incidence_at(curve, kind, when, level) for when in wanted):
                    found.append(
                        {"cause": kind, "time": one.time, "incidence": one.incidence,
                         "standard_error": one.standard_error, "lower": one.lower, "upper": one.upper}
                    )  # fmt: skip
        events = {str(kind): own.count(kind) for kind in kinds}
        groups.append({"group": name, "n": len(lengths), "events": events, "longest": max(lengths), "at": found})
    tests: dict[str, Any] = {}
    if len(arrays) > 1:
        for kind in kinds:
            test = gray(list(arrays.values()), kind)
            tests[str(kind)] = {"chisq": test.chi_square, "df": test.degrees_of_freedom, "p_value": test.p_value}
    document: dict[str, Any] = {
        "groups": groups,
        "gray": tests or None,
        "because": [
            f"Aalen and Johansen, {level:.0%} limits on the scale log(-log)",
            *(f"{one['group']}: {when:g} lies beyond its longest time, {one['longest']:g}" for one in groups
              for when in wanted
              if when > one["longest"]),
        ],
    }  # fmt: skip

    def words() -> str:
        lines = []
        for one in groups:
            lines += [
                f"{one['group']}: cause {here['cause']} by {here['time']:g}: {here['incidence']:.4f}"
                + (f" ({here['lower']:.4f} to {here['upper']:.4f})" if here["lower"] is not None else "")
                for here in one["at"]
            ] or [f"{one['group']}: no event among {one['n']}"]
        lines += [
            f"Gray, cause {kind}: chi-square {test['chisq']:.4g} on {test['df']} df, p = {test['p_value']:.4g}"
            for kind, test in tests.items()
        ]
        return "\n".join([*lines, *document["because"][1:]])

    show(document, as_json, words)


def rate(
    events: Annotated[int, typer.Argument(metavar="EVENTS")],
    at_risk: Annotated[float, typer.Argument(metavar="TIME", help="At risk, as in patient-years.")],
    against: Annotated[
        str | None, typer.Option("--against", metavar="EVENTS/TIME", help="A second group, as in 4/20.5.")
    ] = None,
    level: Annotated[float, typer.Option("--level")] = 0.95,
    as_json: JsonFlag = False,
) -> None:
    """Events over time at risk: rate with exact limits, and its ratio to a second group's."""
    from hevesy.stats import rates

    ours = rates.rate(events, at_risk, level)
    document: dict[str, Any] = {
        "events": events,
        "at_risk": at_risk,
        "rate": ours.rate,
        "lower": ours.lower,
        "upper": ours.upper,
        "ratio": None,
    }
    if against is not None:
        counted, _, time = against.partition("/")
        try:
            theirs = int(counted), float(time)
        except ValueError:
            raise typer.BadParameter(f"{against!r} is not events/time, as in 4/20.5", param_hint="--against") from None
        other = rates.rate(*theirs, level)
        ratio = rates.rate_ratio((events, at_risk), theirs, level)
        document["against"] = {
            "events": theirs[0],
            "at_risk": theirs[1],
            "rate": other.rate,
            "lower": other.lower,
            "upper": other.upper,
        }
        document["ratio"] = {
            "estimate": ratio.ratio,
            "lower": ratio.lower,
            "upper": ratio.upper,
            "p_value": ratio.p_value,
        }

    def words() -> str:
        lines = [f"{events} over {at_risk:g}: {ours.rate:.4g} ({ours.lower:.4g} to {ours.upper:.4g})"]
        found = document["ratio"]
        if found is not None:
            upper = "no upper limit" if found["upper"] is None else f"{found['upper']:.4g}"
            estimate = (
                "not defined: none in the second group" if found["estimate"] is None else f"{found['estimate']:.4g}"
            )
            lines.append(f"ratio {estimate} ({found['lower']:.4g} to {upper}), exact p = {found['p_value']:.4g}")
        return "\n".join(lines)

    show(document, as_json, words)
