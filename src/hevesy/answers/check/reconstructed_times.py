"""The times behind a published survival curve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from hevesy.answers.answer import Answer, picked
from hevesy.answers.asked import NewFile, Read, TableFile, Whole, numbers
from hevesy.blocks.prose import listed, said
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.columns import numbers_in, require
from hevesy.files.tables import DeliveredTable

COMMAND = "follow reconstruct"


def _at_risk(text: str) -> tuple[tuple[float, int], ...]:
    try:
        return tuple((float(when), int(n)) for when, _, n in (part.partition(":") for part in text.split(",")))
    except ValueError:
        raise RuleError(f"{text!r} is not times and numbers as in 0:120,6:80") from None


def _pairs(given: object) -> tuple[tuple[float, int], ...]:
    check = numbers(float, int, least=0)
    pairs = (check(pair) for pair in given) if isinstance(given, Sequence) else ()
    return tuple((float(when), int(n)) for when, n in pairs)


def reconstructed_times(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    at_risk: Annotated[
        Sequence[tuple[float, int]],
        Read("Printed numbers at risk, as in 0:120,6:80,12:31.", "TIME:N,...", reader=_at_risk, of_value=_pairs),
    ],
    events: Annotated[int | None, Whole("All events, where they are printed.", least=0)] = None,
    out: Annotated[Path | None, NewFile("Write the times (time, event) to this .csv.")] = None,
) -> Answer:
    """Times of subjects behind a published Kaplan-Meier curve (Guyot 2012): columns time and survival, read off it.

    Returns a time for every subject and whether its event was seen, in the unit of the table, their median with limits
    and how far their curve lies from the published one at most.
    Refused are a curve that does not fall from 1 to 0, numbers at risk that rise, more events than subjects.
    Source: P. Guyot et al., BMC Med Res Methodol 2012;12:9.

    Example: print(hevesy.reconstructed_times("curve.csv", at_risk="0:120,6:80", events=70))
    """
    from hevesy.render.csv import csv_of
    from hevesy.stats.digitised import reconstruct
    from hevesy.stats.survival import kaplan_meier, quantile

    require(table, ("time", "survival"))
    time, survival = numbers_in(table, "time"), numbers_in(table, "survival")
    try:
        found = reconstruct(time, survival, [when for when, _ in at_risk], [n for _, n in at_risk], events)
    except ValueError as error:
        raise CannotAnswerError(f"{table.name}: {error}") from None
    times, observed = found.time.tolist(), found.observed.tolist()
    median = quantile(kaplan_meier(found.time, found.observed))
    because = ["censoring is taken as even between the printed numbers at risk", *found.because]
    told = "not reached" if median.estimate is None else f"{median.estimate:g}"
    subjects = f"{len(times)} subjects, {sum(observed)} events, median {told}"
    kept = {}
    if out is not None:
        kept[out.name] = csv_of(("time", "event"), zip(times, map(int, observed), strict=True))
    return Answer(
        document={
            "n": len(times),
            "events": sum(observed),
            **picked(median, "lower", "upper", median="estimate"),
            "largest_difference": found.largest_difference,
            "times": times,
            "observed": observed,
            "because": because,
        },
        blocks=(said(f"{subjects}; farthest from the curve {found.largest_difference:.4f}"), listed(*because)),
        files=kept,
        folder=out.parent if out is not None else None,
    )
