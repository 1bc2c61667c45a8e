"""Hazard ratios by Cox regression."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import ColumnName, Read, TableFile, Text
from hevesy.answers.follow.times import (
    CensoredColumn,
    EventColumn,
    Level,
    Seen,
    TimeColumn,
    as_data,
    event_in,
    observed,
    seen_by,
)
from hevesy.blocks.number import Cell, Shown, shown
from hevesy.blocks.prose import listed, said
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.columns import is_number, number_in, require
from hevesy.files.tables import DeliveredRow, DeliveredTable
from hevesy.stats.words import Ties

if TYPE_CHECKING:
    from hevesy.stats.regression import Coefficient, CoxFit

COMMAND = "follow cox"
FACES = ("csv",)
RATIO = ("hazard_ratio", "lower", "upper", "z", "p_value")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _each(given: object) -> tuple[str, ...]:
    names = tuple(given) if isinstance(given, Sequence) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise RuleError("the names of columns are needed")
    return names


def cox_regression(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    time: TimeColumn,
    covariates: Annotated[
        Sequence[str], Read("As in age,sex; words: against the first.", "COLS", reader=_names, of_value=_each)
    ],
    event: EventColumn = None,
    censored: CensoredColumn = None,
    entry: Annotated[str | None, ColumnName("Left truncation, or start of an interval.", "COL")] = None,
    strata: Annotated[str | None, ColumnName(metavar="COL")] = None,
    cluster: Annotated[str | None, ColumnName("Rows that belong together: robust errors.", "COL")] = None,
    weights: Annotated[
        str | None, ColumnName("Weights of the rows; give ⟦cluster⟧ for errors to trust.", "COL")
    ] = None,
    ties: Annotated[Ties, Text("efron, breslow or exact.", choices=get_args(Ties))] = "efron",
    level: Level = 0.95,
) -> Answer:
    """Hazard ratios by Cox regression, with R's conventions; rows with a missing covariate are left out and counted.

    Returns hazard ratios with limits, the tests of the model, Harrell's C and the tests of proportional hazards.
    A group named in words in which nobody had the event has no hazard ratio; its rows are out of the fit, and told.
    Refused are rows without a time or event, covariates of one value only or without separate effects, and a likelihood
    that has no top.
    Source: Cox, J R Stat Soc B 1972;34:187; conventions of R's survival 3.8 (coxph, cox.zph, concordance).

    Example: print(hevesy.cox_regression("cox.csv", time="t", event="e", covariates="x,arm"))
    """
    from hevesy.stats import regression

    seen, named = seen_by(event, censored), ", ".join(covariates)
    require(table, (time, seen.column, entry, strata, cluster, weights, *covariates))
    complete = [row for row in table.rows if all(row.values.get(name) not in (None, "", "NA") for name in covariates)]
    if not complete:
        raise CannotAnswerError(f"{table.name} has no row with {named}")
    rows, eventless = _without_eventless_groups(table, complete, covariates, seen)
    times, events, entries = observed(table, rows, time, seen, entry)
    columns = _columns(rows, covariates)
    if not columns:
        raise CannotAnswerError(f"{table.name}: {named} have one value only")
    try:
        fit = regression.cox(
            times,
            events,
            list(zip(*columns.values(), strict=True)),
            list(columns),
            entry=entries,
            strata=_labels(rows, strata),
            cluster=_labels(rows, cluster),
            weights=[number_in(table, row, weights) for row in rows] if weights else None,
            ties=ties,
            level=level,
        )
    except ValueError as error:
        raise CannotAnswerError(f"{table.name}: {error}") from None
    left_out = len(table.rows) - len(complete)
    because = _because(fit, seen, eventless)
    if left_out:
        because.append(f"{left_out} rows without a value of {named} were left out")
    return _answer(fit, eventless, left_out, because)


def _because(fit: CoxFit, seen: Seen, eventless: Mapping[str, int]) -> list[str]:
    robust = fit.robust_covariance is not None
    because = [f"Cox regression, ties by {fit.ties}" + (", robust standard errors" if robust else ""), *seen.told]
    if fit.rows.weighted:
        untrusted = "" if robust else ", nor are errors"
        because.append(f"weighted rows: tests of the likelihood are not to be trusted{untrusted}")
    because += [
        f"{name}: nobody in it had the event; it has no hazard ratio, and its {n} rows are out of the fit"
        for name, n in eventless.items()
    ]
    if not all(math.isfinite(one.upper) for one in fit.coefficients):
        because.append("a limit beyond what a number can hold is null")
    return because


def _answer(fit: CoxFit, eventless: Mapping[str, int], left_out: int, because: list[str]) -> Answer:
    from hevesy.stats.regression import concordance, proportional_hazards

    order = None if fit.rows.weighted else concordance(fit)
    changing = None if fit.ties == "exact" else proportional_hazards(fit)
    document: dict[str, Json] = {
        **picked(fit, "n", "events"),
        "left_out": left_out,
        "coefficients": [*map(_document, fit.coefficients), *map(_no_ratio, eventless)],
        "log_likelihood": picked(fit, null="null_log_likelihood", fitted="log_likelihood"),
        "tests": {name: as_data(getattr(fit, name)) for name in ("likelihood_ratio", "score", "wald")},
        "concordance": picked(order, "estimate", "standard_error") if order else None,
        "proportional_hazards": None if changing is None else {name: as_data(one) for name, one in changing.items()},
        "because": because,
    }
    whole = f"n {fit.n}, events {fit.events}; likelihood ratio test p = {fit.likelihood_ratio.p_value:.3g}"
    ordered = f"; C {order.estimate:.3f}" if order else ""
    return Answer(
        document=document,
        blocks=(_ratios(fit.coefficients, eventless, fit.level), said(whole + ordered), listed(*because)),
    )


def _ratios(coefficients: Sequence[Coefficient], eventless: Mapping[str, int], level: float) -> Table:
    limits = f"{level:.0%} limits"
    columns = [of_numbers("hazard ratio"), of_numbers("lower", under=limits)]
    columns += [of_numbers("upper", under=limits), of_numbers("p")]
    rows: list[list[Cell]] = [
        [one.name, *(Shown(_finite(value), f"{value:.4g}") for value in (one.hazard_ratio, one.lower, one.upper)),
         shown(one.p_value, ".3g")]
        for one in coefficients
    ]  # fmt: skip
    rows += [[name, shown(None, absent="none"), *[shown(None)] * 3] for name in eventless]
    return table_of("ratios", "Hazard ratios", ("covariate", *columns), rows)


def _document(one: Coefficient) -> dict[str, Json]:
    found = picked(one, "name", *RATIO, coef="log_hazard_ratio", se="standard_error", robust_se="robust_standard_error")
    return {name: _finite(value) if isinstance(value, float) else value for name, value in found.items()}


def _no_ratio(name: str) -> dict[str, Json]:
    return {"name": name} | dict.fromkeys((*RATIO, "coef", "se", "robust_se"))


def _finite(value: float) -> float | None:
    """A number that JSON can hold, or null."""
    return value if math.isfinite(value) else None


def _labels(rows: Sequence[DeliveredRow], column: str | None) -> list[str] | None:
    return [row.values[column] or "" for row in rows] if column else None


def _columns(rows: Sequence[DeliveredRow], covariates: Sequence[str]) -> dict[str, list[float]]:
    """Numbers as they are; of words a column of 0 and 1 for each but the first."""
    columns: dict[str, list[float]] = {}
    for name in covariates:
        texts = [row.values[name] or "" for row in rows]
        if all(map(is_number, texts)):
            columns[name] = list(map(float, texts))
        else:
            words = sorted(set(texts))
            columns |= {f"{name}={one}": [float(text == one) for text in texts] for one in words[1:]}
    return columns


def _without_eventless_groups(
    table: DeliveredTable, rows: list[DeliveredRow], covariates: Sequence[str], event: Seen
) -> tuple[list[DeliveredRow], dict[str, int]]:
    """Rows without those of a group named in words in which nobody had the event, and how many each had.

    Its hazard ratio tends to nothing; at that limit its rows leave the likelihood of the others, which is what is
    fitted.
    """
    eventless: dict[str, int] = {}
    for name in covariates:
        groups = sorted({row.values[name] or "" for row in rows})
        left = len(groups)
        for group in [] if all(map(is_number, groups)) else groups:
            own = [row for row in rows if row.values[name] == group]
            if any(event_in(table, row, event) for row in own):
                continue
            if left <= 2:
                raise CannotAnswerError(
                    f"{table.name}: nobody with {name} {group} had the event; against it there is no hazard ratio"
                )
            left -= 1
            eventless[f"{name}={group}"] = len(own)
            rows = [row for row in rows if row.values[name] != group]
    return rows, eventless
