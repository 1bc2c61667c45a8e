"""hevesy follow km and cox: times to an event, from tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from hevesy.cli.app import JsonFlag, show
from hevesy.cli.rows import TableFile, is_number, number_of, read_columns
from hevesy.errors import CannotAnswerError

EventColumn = Annotated[str | None, typer.Option("--event", metavar="COL", help="1: event, 0: censored.")]
CensoredColumn = Annotated[
    str | None,
    typer.Option("--censored", metavar="COL", help="In place of --event: 0: event, above 0: censored (CNSR of ADaM)."),
]


@dataclass(frozen=True, slots=True)
class Seen:
    """The column that says whether the event was seen: 1 where it was, or (`turned`) 0 where it was."""

    column: str
    turned: bool

    @property
    def told(self) -> list[str]:
        """How the column was read, where that is not as its option says."""
        return [f"{self.column} is read as censoring: 0 is the event"] if self.turned else []


def seen_by(event: str | None, censored: str | None) -> Seen:
    """Which column says it.

    CNSR is ADaM's column of censoring by whichever option: taken for events it would turn every answer round.
    """
    if (event is None) == (censored is None):
        raise typer.BadParameter("give one of --event and --censored", param_hint="--event")
    if event is not None and event.strip().upper() != "CNSR":
        return Seen(event, False)
    return Seen(event or censored or "", True)


def _observed(
    rows: list[Any], time: str, event: Seen, entry: str | None, file: Path
) -> tuple[list[float], list[float], list[float] | None]:
    """Times, events and entries of rows, each row refused with its place."""
    times, events, entries = [], [], []
    for row in rows:
        length, seen = number_of(row, time, file), number_of(row, event.column, file)
        if length < 0:
            raise CannotAnswerError(
                f"{file.name}, line {row.line}, {time}: a time must not be negative, got {length:g}"
            )
        if event.turned:
            if seen < 0 or seen != int(seen):
                raise CannotAnswerError(
                    f"{file.name}, line {row.line}, {event.column}: censoring is 0, or a code above 0, got {seen:g}"
                )
            seen = float(seen == 0)
        if seen not in (0, 1):
            raise CannotAnswerError(f"{file.name}, line {row.line}, {event.column}: an event is 0 or 1, got {seen:g}")
        times.append(length)
        events.append(seen)
        if entry is not None:
            entries.append(number_of(row, entry, file))
            if not entries[-1] < length:
                raise CannotAnswerError(
                    f"{file.name}, line {row.line}, {entry}: entry comes before exit, got {entries[-1]:g} and "
                    f"{length:g}"
                )
    return times, events, entries if entry is not None else None


def cox(
    file: TableFile,
    time: Annotated[str, typer.Option("--time", metavar="COL")],
    covariates: Annotated[
        str, typer.Option("--covariates", metavar="COLS", help="As in age,sex; words: against the first.")
    ],
    event: EventColumn = None,
    censored: CensoredColumn = None,
    entry: Annotated[
        str | None, typer.Option("--entry", metavar="COL", help="Left truncation, or start of an interval.")
    ] = None,
    strata: Annotated[str | None, typer.Option("--strata", metavar="COL")] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="COL", help="Rows that belong together: robust errors.")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option("--weights", metavar="COL", help="Weights of the rows; give --cluster for errors to trust."),
    ] = None,
    ties: Annotated[str, typer.Option("--ties", help="efron, breslow or exact.")] = "efron",
    level: Annotated[float, typer.Option("--level")] = 0.95,
    as_json: JsonFlag = False,
) -> None:
    """Hazard ratios by Cox regression, with R's conventions; rows with a missing covariate are left out and counted."""
    from hevesy.stats import regression
    from hevesy.stats.words import Ties

    if ties not in get_args(Ties):
        raise typer.BadParameter(f"{ties!r} is none of {', '.join(get_args(Ties))}", param_hint="--ties")
    named = [name.strip() for name in covariates.split(",")]
    told = seen_by(event, censored)
    used = (time, told.column, entry, strata, cluster, weights, *named)
    table = read_columns(file, [column for column in used if column is not None])
    rows = [row for row in table.rows if all(row.values.get(name) not in (None, "", "NA") for name in named)]
    left_out = len(table.rows) - len(rows)
    if not rows:
        raise CannotAnswerError(f"{file.name} has no row with {', '.join(named)}")
    rows, eventless = _without_eventless_groups(rows, named, told, file)
    times, events, entries = _observed(rows, time, told, entry, file)
    columns: dict[str, list[float]] = {}
    for name in named:
        texts = [row.values[name] for row in rows]
        if all(is_number(text) for text in texts):
            columns[name] = [float(text) for text in texts]
        else:
            levels = sorted(set(texts))
            columns |= {f"{name}={one}": [float(text == one) for text in texts] for one in levels[1:]}
    matrix = [list(row) for row in zip(*columns.values(), strict=True)] if columns else []
    if not matrix:
        raise CannotAnswerError(f"{file.name}: {', '.join(named)} have one value only")
    labels = [[row.values[column] or "" for row in rows] if column else None for column in (strata, cluster)]
    try:
        how: Any = ties
        fit = regression.cox(
            times,
            events,
            matrix,
            list(columns),
            entry=entries,
            strata=labels[0],
            cluster=labels[1],
            weights=[number_of(row, weights, file) for row in rows] if weights else None,
            ties=how,
            level=level,
        )
    except ValueError as error:
        raise CannotAnswerError(f"{file.name}: {error}") from None
    order = None if weights else regression.concordance(fit)
    document = {
        "n": fit.n,
        "events": fit.events,
        "left_out": left_out,
        "coefficients": [
            {
                "name": one.name,
                "coef": one.log_hazard_ratio,
                "se": one.standard_error,
                "robust_se": one.robust_standard_error,
                "hazard_ratio": _finite(one.hazard_ratio),
                "lower": _finite(one.lower),
                "upper": _finite(one.upper),
                "z": _finite(one.z),
                "p_value": _finite(one.p_value),
            }
            for one in fit.coefficients
        ]
        + [
            dict.fromkeys(("name", "coef", "se", "robust_se", "hazard_ratio", "lower", "upper", "z", "p_value"))
            | {"name": name}
            for name in eventless
        ],
        "log_likelihood": {"null": fit.null_log_likelihood, "fitted": fit.log_likelihood},
        "tests": {
            name: {"chisq": test.chi_square, "df": test.degrees_of_freedom, "p_value": test.p_value}
            for name, test in (("likelihood_ratio", fit.likelihood_ratio), ("score", fit.score), ("wald", fit.wald))
        },
        "concordance": None if order is None else {"estimate": order.estimate, "standard_error": order.standard_error},
        "proportional_hazards": None
        if ties == "exact"
        else {
            name: {"chisq": test.chi_square, "df": test.degrees_of_freedom, "p_value": test.p_value}
            for name, test in regression.proportional_hazards(fit).items()
        },
        "because": [f"Cox regression, ties by {ties}" + (", robust standard errors" if cluster else ""), *told.told]
        + (
            ["weighted rows: tests of the likelihood are not to be trusted" + ("" if cluster else ", nor are errors")]
            if weights
            else []
        )
        + [
            f"{name}: nobody in it had the event; it has no hazard ratio, and its {n} rows are out of the fit"
            for name, n in eventless.items()
        ]
        + ["a limit beyond what a number can hold is null"]
        * any(_finite(one.upper) is None for one in fit.coefficients)
        + ([f"{left_out} rows without a value of {', '.join(named)} were left out"] if left_out else []),
    }

    def words() -> str:
        lines = [
            f"{one.name}: hazard ratio {one.hazard_ratio:.4g} ({one.lower:.4g} to {one.upper:.4g}), "
            f"p = {one.p_value:.3g}"
            for one in fit.coefficients
        ]
        lines += [f"{name}: no hazard ratio, nobody in it had the event" for name in eventless]
        test = fit.likelihood_ratio.p_value
        lines.append(
            f"n {fit.n}, events {fit.events}; likelihood ratio test p = {test:.3g}"
            + (f"; C {order.estimate:.3f}" if order else "")
        )
        return "\n".join([*lines, *document["because"]])  # type: ignore[misc]

    show(document, as_json, words)


def _finite(value: float) -> float | None:
    """A number that JSON can hold, or null."""
    return value if math.isfinite(value) else None


def _without_eventless_groups(
    rows: list[Any], named: list[str], event: Seen, file: Path
) -> tuple[list[Any], dict[str, int]]:
    """Rows without those of a group named in words in which nobody had the event, and how many each had.

    Its hazard ratio tends to nothing; at that limit its rows leave the likelihood of the others, which is what is
    fitted.
    """
    eventless: dict[str, int] = {}
    for name in named:
        texts = [row.values[name] for row in rows]
        if all(is_number(text) for text in texts):
            continue
        groups = sorted(set(texts))
        for group in groups:
            own = [row for row in rows if row.values[name] == group]
            seen = [number_of(row, event.column, file) for row in own]
            if any((value == 0) == event.turned for value in seen):
                continue
            if len(groups) - sum(one.startswith(f"{name}=") for one in eventless) <= 2:
                raise CannotAnswerError(
                    f"{file.name}: nobody with {name} {group} had the event; against it there is no hazard ratio"
                )
            eventless[f"{name}={group}"] = len(own)
            rows = [row for row in rows if row.values[name] != group]
    return rows, eventless
