"""hevesy follow km and cox: times to an event, from tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, show
from hevesy.cli.rows import TableFile, groups_of, is_number, number_of, read_columns
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


def km(
    file: TableFile,
    time: Annotated[str, typer.Option("--time", metavar="COL")],
    event: EventColumn = None,
    censored: CensoredColumn = None,
    by: Annotated[str | None, typer.Option("--by", metavar="COL")] = None,
    entry: Annotated[
        str | None, typer.Option("--entry", metavar="COL", help="Left truncation: under observation from this time.")
    ] = None,
    ci: Annotated[str, typer.Option("--ci", help="log-log, log, plain, logit or arcsin.")] = "log-log",
    level: Annotated[float, typer.Option("--level")] = 0.95,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIMES", help="Survival at these times, as in 180,365.")
    ] = None,
    rmst: Annotated[float | None, typer.Option("--rmst", metavar="TAU", help="Restricted mean to this time.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Survival curves and numbers by Kaplan-Meier, with R's conventions; times in the unit of the table."""
    from hevesy.stats import survival

    if ci not in get_args(survival.IntervalType):
        raise typer.BadParameter(f"{ci!r} is none of {', '.join(get_args(survival.IntervalType))}", param_hint="--ci")
    told = seen_by(event, censored)
    table = read_columns(file, [column for column in (time, told.column, by, entry) if column is not None])
    groups = groups_of(table, by, file)
    wanted = arguments.numbers(at, "--at") if at else []
    observed = {name: _observed(groups[name], time, told, entry, file) for name in groups}
    answers = [_group(name, *observed[name], level, wanted, rmst, ci) for name in observed]
    tested, untested = None, ""
    if len(groups) > 1 and entry is None and any(sum(events) for _, events, _ in observed.values()):
        try:
            tested = survival.log_rank([(times, events) for times, events, _ in observed.values()])
        except ValueError as error:
            untested = str(error)
    document = {
        "groups": answers,
        "logrank": None
        if tested is None
        else {
            "chisq": tested.chi_square,
            "df": tested.degrees_of_freedom,
            "p_value": tested.p_value,
            "observed": list(tested.observed),
            "expected": list(tested.expected),
        },
        "because": [
            f"Kaplan-Meier, {ci} interval, median by R's midpoint rule; null is not reached or not defined",
            *told.told,
            *_beyond(answers),
            *(["no log-rank test is made of left-truncated times"] if entry and len(groups) > 1 else []),
            *([f"no log-rank test: {untested}"] if untested else []),
        ],
    }

    def words() -> str:
        lines = [
            f"{answer['group']}: n {answer['n']}, events {answer['events']}, "
            f"median {_told(answer['median'])} ({_told(answer['lower'])} to {_told(answer['upper'])})"
            for answer in answers
        ]
        for answer in answers:
            lines += [
                f"{answer['group']} at {here['time']:g}: {here['survival']:.4f} ({_told(here['lower'])} to "
                f"{_told(here['upper'])}), {here['n_risk']} at risk"
                for here in answer["at"]
            ]
            if answer["rmst"] is not None:
                mean = answer["rmst"]
                error = f"standard error {mean['standard_error']:.4f}"
                lines.append(f"{answer['group']}: restricted mean to {mean['tau']:g}: {mean['estimate']:.4f} ({error})")
        lines += [*told.told, *_beyond(answers)]
        if tested is not None:
            lines.append(
                f"log-rank: chi-square {tested.chi_square:.4g} on {tested.degrees_of_freedom} df, "
                f"p = {tested.p_value:.4g}"
            )
        return "\n".join(lines)

    show(document, as_json, words)


def _beyond(answers: list[dict[str, Any]]) -> list[str]:
    """What was asked beyond the last time anybody was watched, where the last value is carried on."""
    told = [
        f"{answer['group']} at {here['time']:g}: beyond the follow-up; the last survival is carried on, "
        "with nobody at risk"
        for answer in answers
        for here in answer["at"]
        if here["beyond_follow_up"]
    ]
    return told + [
        f"{answer['group']}: {answer['rmst']['tau']:g} is beyond the follow-up; the restricted mean carries the last "
        "survival on"
        for answer in answers
        if answer["rmst"] is not None and answer["rmst"]["beyond_follow_up"]
    ]


def _told(value: float | None) -> str:
    return "not reached" if value is None else f"{value:g}"


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


def _group(
    name: str,
    times: list[float],
    events: list[float],
    entries: list[float] | None,
    level: float,
    at: list[float],
    rmst: float | None,
    interval: Any,
) -> dict[str, Any]:
    from hevesy.stats import survival

    curve = survival.kaplan_meier(times, events, level, entry=entries, interval=interval)
    median, reverse = survival.quantile(curve), survival.follow_up(times, events, level)
    answer: dict[str, Any] = {
        "group": name,
        "n": curve.n,
        "events": curve.events,
        "median": median.estimate,
        "lower": median.lower,
        "upper": median.upper,
        "quantiles": [
            {"p": found.p, "estimate": found.estimate, "lower": found.lower, "upper": found.upper}
            for found in (survival.quantile(curve, p) for p in (0.25, 0.5, 0.75))
        ],
        "follow_up": {"median": reverse.estimate, "lower": reverse.lower, "upper": reverse.upper},
        "at": [],
        "rmst": None,
    }
    for time in at:
        here = survival.survival_at(curve, time)
        answer["at"].append(
            {
                "time": time,
                "n_risk": here.n_risk,
                "survival": here.survival,
                "standard_error": here.standard_error,
                "lower": here.lower,
                "upper": here.upper,
                "beyond_follow_up": here.beyond_follow_up,
            }
        )
    if rmst is not None:
        mean = survival.restricted_mean(curve, rmst)
        answer["rmst"] = {
            "tau": rmst,
            "estimate": mean.estimate,
            "standard_error": mean.standard_error,
            "beyond_follow_up": mean.beyond_follow_up,
        }
    return answer


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

    if ties not in get_args(regression.Ties):
        raise typer.BadParameter(f"{ties!r} is none of {', '.join(get_args(regression.Ties))}", param_hint="--ties")
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
