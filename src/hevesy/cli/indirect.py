"""hevesy follow match and reconstruct.

Our subjects weighted to a published arm, and the times behind a published curve.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.app import JsonFlag, show
from hevesy.cli.rows import TableFile, number_of, read_columns
from hevesy.errors import CannotAnswerError

PERMITS = (
    "without a common comparator every difference between the trials that was not matched is part of the answer",
    "weights answer for the published population, not for ours",
)


def match(
    file: TableFile,
    target: Annotated[
        list[str], typer.Option("--target", help="A published mean, as in age=51, or with its SD, as in age=51+-3.25.")
    ],
    event: Annotated[
        str | None, typer.Option("--event", metavar="COL", help="0 or 1: compared as odds, or with --time as hazards.")
    ] = None,
    published: Annotated[
        str | None, typer.Option("--published", metavar="X/N", help="Events of the published arm, as in 210/300.")
    ] = None,
    time: Annotated[str | None, typer.Option("--time", metavar="COL")] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Times of the published arm (of reconstruct): time, event.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the table with its weights (column weight) to this .csv.")
    ] = None,
    level: Annotated[float, typer.Option("--level")] = 0.95,
    as_json: JsonFlag = False,
) -> None:
    """Matching-adjusted comparison: weights that give ours the published means, the sample left, the effect.

    Columns are numbers; a share (men) is a column of 0 and 1. The odds of an event against --published, or the hazard
    against the times in --against, ours over theirs, before and after matching. A published share may be given as in
    male=60%.
    """
    import numpy as np

    from hevesy.errors import CannotAnswerError
    from hevesy.stats.indirect import hazard_ratio, matched_weights, odds_ratio

    if (published is None) == (against is None) and event is not None:
        raise typer.BadParameter(
            "give the published arm: --published X/N, or --time and --against FILE", param_hint="--event"
        )
    if event is None and (published is not None or against is not None):
        raise typer.BadParameter("name the column of the event that is compared", param_hint="--event")
    if (against is None) != (time is None):
        raise typer.BadParameter("hazards need both --time and --against", param_hint="--time")
    wanted = [_target(text) for text in target]
    columns = dict.fromkeys(name for name, _, _ in wanted)
    table = read_columns(file, [*columns, *(column for column in (event, time) if column is not None)])
    if not table.rows:
        raise CannotAnswerError(f"{file.name} has no rows")
    names, covariates, targets = [], [], []
    for name, mean, sd in wanted:
        values = [number_of(row, name, file) for row in table.rows]
        names.append(name)
        covariates.append(values)
        targets.append(mean)
        if sd is not None:
            names.append(f"{name} squared")
            covariates.append([value**2 for value in values])
            targets.append(mean**2 + sd**2)
    try:
        found = matched_weights(np.array(covariates).T, targets, names)
    except CannotAnswerError as error:
        raise CannotAnswerError(
            f"{file.name}: {error}", {"effective_sample_size": None, "because": [str(error)]}
        ) from None
    document: dict[str, Any] = {
        "n": len(table.rows),
        "effective_sample_size": found.effective_sample_size,
        "largest_weight": float(found.scaled.max()),
        "weights": found.scaled.tolist(),
        "covariates": [
            {"name": name, "published": aim, "before": found.before[name], "after": found.after[name]}
            for name, aim in zip(names, targets, strict=True)
        ],
        "effect": None,
        "because": list(PERMITS),
    }
    if event is not None:
        seen = _zero_or_one(table, event, file)
        document["effect"] = {}
        for key, weights in (("before", None), ("after", found.weights)):
            if published is not None:
                one: Any = odds_ratio(seen, weights, _events(published), level)
            else:
                times = [number_of(row, time or "", file) for row in table.rows]
                one = hazard_ratio((times, seen), weights, _published_times(against), level)
            document["effect"][key] = {
                "estimate": one.estimate,
                "lower": one.lower,
                "upper": one.upper,
                "log_se": one.log_standard_error,
            }
        document["effect"]["measure"] = f"{'odds' if published is not None else 'hazard'} ratio, ours over theirs"
    if out is not None:
        _write_weighted(out, table, found.scaled.tolist())

    def words() -> str:
        lines = [
            f"{len(table.rows)} subjects weigh as {found.effective_sample_size:.1f}; largest weight "
            f"{found.scaled.max():.3g} (mean 1)"
        ]
        lines += [
            f"{one['name']}: {one['before']:.4g} -> {one['after']:.4g} (published {one['published']:.4g})"
            for one in document["covariates"]
        ]
        effect = document["effect"]
        if effect is not None:
            lines += [
                f"{effect['measure']} {when}: {effect[key]['estimate']:.4g} ({effect[key]['lower']:.4g} to "
                f"{effect[key]['upper']:.4g})"
                for key, when in (("before", "as they are"), ("after", "matched"))
            ]
        return "\n".join([*lines, *PERMITS, *([f"written to {out}"] if out is not None else [])])

    show(document, as_json, words)


def _write_weighted(out: Path, table: Any, weights: list[float]) -> None:
    """The table as it was, with a column of weights (mean 1)."""
    with out.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*table.columns, "weight"])
        for row, weight in zip(table.rows, weights, strict=True):
            writer.writerow([*(row.values.get(column) or "" for column in table.columns), repr(weight)])


def _target(text: str) -> tuple[str, float, float | None]:
    """A name with its mean, and its standard deviation where one is given."""
    name, sign, rest = text.partition("=")
    mean, _, sd = rest.partition("+-")
    try:
        if not sign or not name.strip():
            raise ValueError
        share = mean.strip().endswith("%")
        value = float(mean.strip().removesuffix("%")) / (100 if share else 1)
        return name.strip(), value, float(sd) if sd else None
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a mean as in age=51 or age=51+-3.25", param_hint="--target"
        ) from None


def _events(text: str) -> tuple[int, int]:
    events, _, n = text.partition("/")
    try:
        return int(events), int(n)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not X/N, as in 210/300", param_hint="--published") from None


def _published_times(file: Path | None) -> tuple[list[float], list[float]]:
    assert file is not None
    table = read_columns(file, ["time", "event"])
    return [number_of(row, "time", file) for row in table.rows], _zero_or_one(table, "event", file)


def _zero_or_one(table: Any, column: str, file: Path) -> list[float]:
    """A column of events, each 0 or 1."""
    found = [number_of(row, column, file) for row in table.rows]
    for row, value in zip(table.rows, found, strict=True):
        if value not in (0, 1):
            raise CannotAnswerError(f"{file.name}, line {row.line}, {column}: an event is 0 or 1, got {value:g}")
    return found


def reconstruct(
    file: TableFile,
    at_risk: Annotated[
        str, typer.Option("--at-risk", metavar="TIME:N,...", help="Printed numbers at risk, as in 0:120,6:80,12:31.")
    ],
    events: Annotated[int | None, typer.Option("--events", min=0, help="All events, where they are printed.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the times (time, event) to this .csv.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Times of subjects behind a published Kaplan-Meier curve (Guyot 2012): columns time and survival, read off it."""
    from hevesy.stats import digitised
    from hevesy.stats.survival import kaplan_meier, quantile

    table = read_columns(file, ["time", "survival"])
    pairs = [part.partition(":") for part in at_risk.split(",")]
    try:
        numbers = [(float(when), int(n)) for when, _, n in pairs]
    except ValueError:
        raise typer.BadParameter(
            f"{at_risk!r} is not times and numbers as in 0:120,6:80", param_hint="--at-risk"
        ) from None
    points = [(number_of(row, "time", file), number_of(row, "survival", file)) for row in table.rows]
    try:
        found = digitised.reconstruct(
            [one for one, _ in points],
            [one for _, one in points],
            [one for one, _ in numbers],
            [one for _, one in numbers],
            events,
        )
    except ValueError as error:
        raise CannotAnswerError(f"{file.name}: {error}") from None
    if out is not None:
        lines = [
            f"{time!r},{int(seen)}" for time, seen in zip(found.time.tolist(), found.observed.tolist(), strict=True)
        ]
        out.write_text("\n".join(["time,event", *lines]) + "\n")
    median = quantile(kaplan_meier(found.time, found.observed))
    document = {
        "n": len(found.time),
        "events": int(found.observed.sum()),
        "median": median.estimate,
        "lower": median.lower,
        "upper": median.upper,
        "largest_difference": found.largest_difference,
        "times": found.time.tolist(),
        "observed": found.observed.tolist(),
        "because": ["censoring is taken as even between the printed numbers at risk", *found.because],
    }

    def words() -> str:
        told = "not reached" if median.estimate is None else f"{median.estimate:g}"
        line = (
            f"{document['n']} subjects, {document['events']} events, median {told}; farthest from the curve "
            f"{found.largest_difference:.4f}"
        )
        return "\n".join([line, *document["because"], *([f"written to {out}"] if out is not None else [])])

    show(document, as_json, words)
