"""Our subjects weighted to a published arm, and compared with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import ColumnName, NewFile, Read, Several, TableFile, numbers
from hevesy.answers.follow.times import Level, Seen, event_in
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import listed, said
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.files.columns import numbers_in, require
from hevesy.files.tables import DeliveredTable

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    from hevesy.stats.indirect import HazardRatio, OddsRatio

COMMAND = "follow match"
FACES = ("csv",)
PERMITS = (
    "without a common comparator every difference between the trials that was not matched is part of the answer",
    "weights answer for the published population, not for ours",
)
Target = tuple[str, float, float | None]
"""A column with its published mean, and its standard deviation where that is matched too."""


def _target(text: str) -> Target:
    name, sign, rest = text.partition("=")
    mean, _, sd = rest.partition("+-")
    try:
        if not sign or not name.strip():
            raise ValueError
        share = mean.strip().endswith("%")
        value = float(mean.strip().removesuffix("%")) / (100 if share else 1)
        return name.strip(), value, float(sd) if sd else None
    except ValueError:
        raise RuleError(f"{text!r} is not a mean as in age=51 or age=51+-3.25") from None


def _pair(given: object) -> Target:
    match given:
        case (str(name), mean) | (str(name), mean, None):
            return name, float(numbers(float)(mean)[0]), None
        case (str(name), mean, sd):
            mean, sd = numbers(float, float)((mean, sd))
            return name, float(mean), float(sd)
        case _:
            raise RuleError(f"a column, its mean and perhaps its standard deviation are needed, got {given!r}")


def _events(text: str) -> tuple[int, int]:
    events, _, n = text.partition("/")
    try:
        return int(events), int(n)
    except ValueError:
        raise RuleError(f"{text!r} is not X/N, as in 210/300") from None


def matched_comparison(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    target: Annotated[
        Sequence[Target],
        Several("A published mean, as in age=51, or with its SD, as in age=51+-3.25.", reader=_target, of_value=_pair),
    ],
    event: Annotated[str | None, ColumnName("0 or 1: compared as odds, or with ⟦time⟧ as hazards.", "COL")] = None,
    published: Annotated[
        tuple[int, int] | None,
        Read("Events of the published arm, as in 210/300.", "X/N", reader=_events, of_value=numbers(int, int, least=0)),
    ] = None,
    time: Annotated[str | None, ColumnName(metavar="COL")] = None,
    against: Annotated[
        DeliveredTable | None, TableFile("Times of the published arm (of reconstruct): time, event.", None)
    ] = None,
    out: Annotated[Path | None, NewFile("Write the table with its weights (column weight) to this .csv.")] = None,
    level: Level = 0.95,
) -> Answer:
    """Matching-adjusted comparison: weights that give ours the published means, the sample left, the effect.

    Columns are numbers; a share (men) is a column of 0 and 1. The odds of an event against ⟦published⟧, or the hazard
    against the times in ⟦against⟧, ours over theirs, before and after matching. A published share may be given as in
    male=60%.

    Returns the weights (mean 1), the effective sample size, the means before and after and the effect with its limits.
    Refused is a published mean beyond which nobody lies, or means that no weights give at once.
    Source: J. E. Signorovitch et al., Pharmacoeconomics 2010;28:935; NICE DSU Technical Support Document 18 (2016).

    Example: print(hevesy.matched_comparison("ours.csv", target=["age=46", "male=55%"]))
    """
    import numpy as np

    from hevesy.render.csv import csv_of
    from hevesy.stats.indirect import matched_weights

    _check(target, event, published, time, against)
    require(table, (*(one[0] for one in target), event, time))
    if not table.rows:
        raise CannotAnswerError(f"{table.name} has no rows")
    moments = [moment for one in target for moment in _moments(table, *one)]
    names, columns, targets = zip(*moments, strict=True)
    try:
        found = matched_weights(np.array(columns).T, targets, names)
    except CannotAnswerError as error:
        raise CannotAnswerError(
            f"{table.name}: {error}", {"effective_sample_size": None, "because": [str(error)]}
        ) from None
    effect = _compared(table, found.weights, event, published, time, against, level) if event is not None else {}
    measure = f"{'odds' if published is not None else 'hazard'} ratio, ours over theirs"
    scaled: list[float] = found.scaled.tolist()
    means = [(name, aim, found.before[name], found.after[name]) for name, aim in zip(names, targets, strict=True)]
    document: dict[str, Json] = {
        "n": len(table.rows),
        "effective_sample_size": found.effective_sample_size,
        "largest_weight": max(scaled),
        "weights": scaled,
        "covariates": [dict(zip(("name", "published", "before", "after"), row, strict=True)) for row in means],
        "effect": None,
        "because": PERMITS,
    }
    if effect:
        limits = {
            key: picked(one, "estimate", "lower", "upper", log_se="log_standard_error") for key, one in effect.items()
        }
        document["effect"] = {**limits, "measure": measure}
    kept = {}
    if out is not None:
        rows = ([*cells, weight] for cells, weight in zip(table.cells, scaled, strict=True))
        kept[out.name] = csv_of([*table.columns, "weight"], rows)
    sample = f"{len(scaled)} subjects weigh as {found.effective_sample_size:.1f}"
    return Answer(
        document=document,
        blocks=(
            said(f"{sample}; largest weight {max(scaled):.3g} (mean 1)"),
            _means(means),
            *_effects(effect, measure, level),
            listed(*PERMITS),
        ),
        files=kept,
        folder=out.parent if out is not None else None,
    )


def _check(
    target: Sequence[Target],
    event: str | None,
    published: tuple[int, int] | None,
    time: str | None,
    against: DeliveredTable | None,
) -> None:
    if event is not None and (published is None) == (against is None):
        raise QuestionError("give the published arm: ⟦published⟧ X/N, or ⟦time⟧ and ⟦against⟧ FILE", "event")
    if event is None and (published is not None or against is not None):
        raise QuestionError("name the column of the event that is compared", "event")
    if (against is None) != (time is None):
        raise QuestionError("hazards need both ⟦time⟧ and ⟦against⟧", "time")


def _compared(
    table: DeliveredTable,
    weights: NDArray[float64],
    event: str,
    published: tuple[int, int] | None,
    time: str | None,
    against: DeliveredTable | None,
    level: float,
) -> dict[str, OddsRatio | HazardRatio]:
    """Ours against the published arm, as they are and matched."""
    from hevesy.stats.indirect import hazard_ratio, odds_ratio

    seen, both = _events_in(table, event), {"before": None, "after": weights}
    if published is not None:
        return {key: odds_ratio(seen, one, published, level) for key, one in both.items()}
    assert time is not None
    assert against is not None
    ours = numbers_in(table, time), seen
    theirs = numbers_in(require(against, ("time", "event")), "time"), _events_in(against, "event")
    return {key: hazard_ratio(ours, one, theirs, level) for key, one in both.items()}


def _moments(
    table: DeliveredTable, name: str, mean: float, sd: float | None = None
) -> Iterator[tuple[str, list[float], float]]:
    """What is matched of a column: its name, values and aim; with a standard deviation its square too."""
    values = numbers_in(table, name)
    yield name, values, mean
    if sd is not None:
        yield f"{name} squared", [value**2 for value in values], mean**2 + sd**2


def _events_in(table: DeliveredTable, column: str) -> list[float]:
    return [event_in(table, row, Seen(column, False)) for row in table.rows]


def _means(means: Sequence[tuple[str, float, float, float]]) -> Table:
    columns = [of_numbers(title) for title in ("published", "before", "after")]
    rows: list[list[Cell]] = [[name, *(shown(value, ".4g") for value in values)] for name, *values in means]
    return table_of("means", "Means before and after matching", ("covariate", *columns), rows)


def _effects(effect: Mapping[str, OddsRatio | HazardRatio], measure: str, level: float) -> list[Table]:
    columns = [of_numbers("estimate")]
    columns += [of_numbers(title, under=f"{level:.0%} limits") for title in ("lower", "upper")]
    rows: list[list[Cell]] = [
        [words, *(shown(value, ".4g") for value in (effect[key].estimate, effect[key].lower, effect[key].upper))]
        for key, words in (("before", "as they are"), ("after", "matched"))
        if effect
    ]
    return [table_of("effect", measure.capitalize(), ("weights", *columns), rows)] if rows else []
