"""Our subjects weighted to a published arm, and compared with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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

    from hevesy.stats.indirect import HazardRatio, MatchedWeights, OddsRatio

COMMAND = "follow match"
FACES = ("csv",)
PERMITS = (
    "without a common comparator every difference between the trials that was not matched is part of the answer",
    "weights answer for the published population, not for ours",
)
Target = tuple[str, float, float | None]
"""A column with its published mean, and its standard deviation where that is matched too."""
Mean = tuple[str, float, float, float]
"""What is matched with its published mean, and ours before and after."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOutcome:
    """The outcome that is compared, if any: the odds of an event, or the hazard of one."""

    event: Annotated[str | None, ColumnName("0 or 1: compared as odds, or with ⟦time⟧ as hazards.", "COL")] = None
    published: Annotated[
        tuple[int, int] | None,
        Read("Events of the published arm, as in 210/300.", "X/N", reader=_events, of_value=numbers(int, int, least=0)),
    ] = None
    time: Annotated[str | None, ColumnName(metavar="COL")] = None
    against: Annotated[
        DeliveredTable | None, TableFile("Times of the published arm (of reconstruct): time, event.", None)
    ] = None

    def __post_init__(self) -> None:
        if self.event is not None and (self.published is None) == (self.against is None):
            raise QuestionError("give the published arm: ⟦published⟧ X/N, or ⟦time⟧ and ⟦against⟧ FILE", "event")
        if self.event is None and (self.published is not None or self.against is not None):
            raise QuestionError("name the column of the event that is compared", "event")
        if (self.against is None) != (self.time is None):
            raise QuestionError("hazards need both ⟦time⟧ and ⟦against⟧", "time")

    @property
    def measure(self) -> str:
        """What is compared."""
        return f"{'odds' if self.published is not None else 'hazard'} ratio, ours over theirs"

    def compared(
        self, table: DeliveredTable, weights: NDArray[float64], level: float
    ) -> dict[str, OddsRatio | HazardRatio]:
        """Ours against the published arm, as they are and matched; nothing where no outcome is asked for."""
        from hevesy.stats.indirect import hazard_ratio, odds_ratio

        if self.event is None:
            return {}
        seen, both = _events_in(table, self.event), {"before": None, "after": weights}
        if self.published is not None:
            return {key: odds_ratio(seen, one, self.published, level) for key, one in both.items()}
        assert self.time is not None
        assert self.against is not None
        ours = numbers_in(table, self.time), seen
        theirs = numbers_in(require(self.against, ("time", "event")), "time"), _events_in(self.against, "event")
        return {key: hazard_ratio(ours, one, theirs, level) for key, one in both.items()}


def matched_comparison(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    target: Annotated[
        Sequence[Target],
        Several("A published mean, as in age=51, or with its SD, as in age=51+-3.25.", reader=_target, of_value=_pair),
    ],
    outcome: AskedOutcome,
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

    from hevesy.stats.indirect import matched_weights

    require(table, (*(one[0] for one in target), outcome.event, outcome.time))
    if not table.rows:
        raise CannotAnswerError(f"{table.name} has no rows")
    moments = [moment for one in target for moment in _moments(table, *one)]
    names, columns, aims = zip(*moments, strict=True)
    try:
        matched = matched_weights(np.array(columns).T, aims, names)
    except CannotAnswerError as error:
        raise CannotAnswerError(
            f"{table.name}: {error}", {"effective_sample_size": None, "because": [str(error)]}
        ) from None
    effect = outcome.compared(table, matched.weights, level)
    scaled: list[float] = matched.scaled.tolist()
    means = [(name, aim, matched.before[name], matched.after[name]) for name, aim in zip(names, aims, strict=True)]
    sample = f"{len(scaled)} subjects weigh as {matched.effective_sample_size:.1f}"
    return Answer(
        document=_document(matched, means, effect, outcome.measure),
        blocks=(
            said(f"{sample}; largest weight {max(scaled):.3g} (mean 1)"),
            _means(means),
            *_effects(effect, outcome.measure, level),
            listed(*PERMITS),
        ),
        files={} if out is None else {out.name: _weighted(table, scaled)},
        folder=out.parent if out is not None else None,
    )


def _document(
    matched: MatchedWeights, means: Sequence[Mean], effect: Mapping[str, OddsRatio | HazardRatio], measure: str
) -> dict[str, Json]:
    scaled: list[float] = matched.scaled.tolist()
    limits = {
        key: picked(one, "estimate", "lower", "upper", log_se="log_standard_error") for key, one in effect.items()
    }
    return {
        "n": len(scaled),
        "effective_sample_size": matched.effective_sample_size,
        "largest_weight": max(scaled),
        "weights": scaled,
        "covariates": [dict(zip(("name", "published", "before", "after"), row, strict=True)) for row in means],
        "effect": {**limits, "measure": measure} if limits else None,
        "because": PERMITS,
    }


def _weighted(table: DeliveredTable, weights: Sequence[float]) -> bytes:
    """The table with its weights, as CSV."""
    from hevesy.render.csv import csv_of

    rows = ([*cells, weight] for cells, weight in zip(table.cells, weights, strict=True))
    return csv_of([*table.columns, "weight"], rows)


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


def _means(means: Sequence[Mean]) -> Table:
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
