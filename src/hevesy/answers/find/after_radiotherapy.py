"""Progression against treatment effect by time since radiotherapy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import ColumnName, Quantities, Real, TableFile
from hevesy.answers.find.delivered_cases import (
    MISSING,
    AskedMixed,
    CaseColumns,
    ClusterColumn,
    DeliveredCases,
    LesionColumn,
    PresentationColumn,
    TruthColumn,
    cases_in,
)
from hevesy.answers.find.told_accuracy import percent, share_data, share_told, test_data
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.files.columns import number_in, require
from hevesy.files.tables import DeliveredRow, DeliveredTable

if TYPE_CHECKING:
    from hevesy.find.after_radiotherapy import AfterRadiotherapy, Consequences, TimedCase, TimeInterval

COMMAND = "find after-radiotherapy"
FACES = ("csv",)
LONGEST_D = 36525
"""A hundred years: what is longer is no time since radiotherapy."""
DAYS_COLUMN = "days_since_radiotherapy"
OTHER_UNITS = ("week", "month", "year", "hour")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTime:
    """The time since radiotherapy: days in a column, or two dates."""

    days: Annotated[
        str | None,
        ColumnName("Days from the end of radiotherapy to the scan (default: days_since_radiotherapy).", "COL"),
    ] = None
    end: Annotated[str | None, ColumnName("In place of ⟦days⟧: date of the end of radiotherapy.", "COL")] = None
    scan: Annotated[str | None, ColumnName("With ⟦end⟧: date of the scan.", "COL")] = None

    def __post_init__(self) -> None:
        if self.days is not None and self.end is not None:
            raise QuestionError("give one of ⟦days⟧ and ⟦end⟧", "days")
        if (self.end is None) != (self.scan is None):
            raise QuestionError("two dates are needed: ⟦end⟧ and ⟦scan⟧", "scan")
        if self.days is not None and (unit := next((one for one in OTHER_UNITS if one in self.days.casefold()), None)):
            raise QuestionError(f"the column is named {self.days!r}: {unit}s are no days; deliver days", "days")

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The columns that say it."""
        if self.days is None and self.end is None:
            return (DAYS_COLUMN,)
        return self.days, self.end, self.scan

    def of(self, table: DeliveredTable, row: DeliveredRow) -> float | None:
        """Days since radiotherapy in a row; None where a cell is empty or says that it is not known."""
        own = [column for column in self.columns if column is not None]
        if any((row.values[column] or "").strip().casefold() in MISSING for column in own):
            return None
        found = (
            number_in(table, row, own[0])
            if self.end is None
            else float((_day(table, row, own[1]) - _day(table, row, own[0])).days)
        )
        place = f"{table.name}, line {row.line}, {own[-1]}"
        if found < 0:
            raise CannotAnswerError(f"{place}: the scan lies {-found:g} days before the end of radiotherapy")
        if found > LONGEST_D:
            raise CannotAnswerError(f"{place}: {found:g} days are more than a hundred years")
        return found


def _day(table: DeliveredTable, row: DeliveredRow, column: str) -> date:
    text = (row.values[column] or "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CannotAnswerError(
            f"{table.name}, line {row.line}, {column}: {text!r} is not a date as in 2016-11-04"
        ) from None


def after_radiotherapy(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    truth: TruthColumn = "truth",
    test: Annotated[
        str, ColumnName("The test: 1 or 0, yes or no, positive or negative, not readable.", "COL")
    ] = "test",
    since: AskedTime,
    boundaries_d: Annotated[
        Sequence[float],
        Quantities(
            "Between intervals of time since radiotherapy (default: 84d,180d, RANO's twelve weeks and half a year).",
            dimension="time",
            unit="d",
        ),
    ] = (84.0, 180.0),
    prevalence: Annotated[
        float | None, Real("Share with progression at which the errors are told too, as in 0.6.")
    ] = None,
    cluster: ClusterColumn = None,
    lesion: LesionColumn = None,
    presentation: PresentationColumn = None,
    specimens: AskedMixed,
    level: Annotated[float, Real("Of the intervals.")] = 0.95,
) -> Answer:
    """Progression against treatment effect among suspected recurrences, by time since radiotherapy.

    Sensitivity and specificity of a test in each interval, and what its errors would do among a hundred patients:
    effective therapies stopped (positive without tumour), operations for necrosis, recurrences missed. Newly diagnosed
    cases are left out and named; several scans or lesions of a patient are clusters.

    Returns by interval sensitivity and specificity with limits, over all, and the errors per hundred patients at the
    prevalence seen and at the one that was asked for. What cannot be told is null with its reason.
    Refused are a scan before the end of radiotherapy, a date that is none, days under the name of another unit, and
    what `find accuracy` refuses.
    Source: twelve weeks: Wen et al., J Clin Oncol 2010;28:1963 (RANO); limits as of `find accuracy`.

    Example: print(hevesy.after_radiotherapy("after_rt.csv", truth="truth", test="pet", days="days", prevalence=0.6))
    """
    from hevesy.find.after_radiotherapy import TimedCase
    from hevesy.find.after_radiotherapy import after_radiotherapy as by_time

    columns = CaseColumns(
        truth=truth,
        tests=(test,),
        cluster=cluster,
        lesion=lesion,
        viable=specimens.viable,
        presentation=presentation,
    )
    require(table, (truth, test, *since.columns))
    delivered = cases_in(table, columns)
    if delivered.scores:
        raise CannotAnswerError(f"{table.name}, {test}: a number is no reading; say from where on it is positive")
    timed = []
    for case, row in zip(delivered.cases, delivered.rows, strict=True):
        days = since.of(table, row)
        scanned = f"{case.lesion}, scan of day {days:g}".removeprefix(", ") if days is not None else case.lesion
        timed.append(TimedCase(case=replace(case, lesion=scanned) if delivered.columns.lesion else case, since_d=days))
    try:
        found = by_time(
            timed, test, boundaries_d=boundaries_d, prevalence=prevalence, mixed=specimens.rule, level=level
        )
    except RuleError as error:
        field = "prevalence" if "prevalence" in str(error) else "boundaries" if "boundaries" in str(error) else None
        if field is not None:
            raise QuestionError(str(error), field) from None
        raise
    except CannotAnswerError as error:
        raise CannotAnswerError(f"{table.name}: {error}") from None
    cautions = [*delivered.cautions, *_cautions(found, delivered, timed)]
    because = [*delivered.told, *found.because, *_because(found, boundaries_d)]
    return Answer(
        document=_document(found, [*because, *cautions]), blocks=tuple(_blocks(found, cautions, because, level))
    )


def _because(found: AfterRadiotherapy, boundaries_d: Sequence[float]) -> Iterator[str]:
    told = ", ".join(f"{each:g}" for each in boundaries_d)
    default = " (RANO's twelve weeks, half a year)" if tuple(boundaries_d) == (84.0, 180.0) else ""
    yield f"intervals part at {told} days since radiotherapy{default}; a day on a boundary belongs to the later one"
    yield (
        "errors per hundred patients suppose that every positive reading stops the therapy or leads to an operation, "
        "and every negative one to waiting"
    )
    if found.consequences and not found.clustered:
        yield "limits at a given prevalence are those of sensitivity or specificity; the prevalence itself has none"


def _cautions(found: AfterRadiotherapy, delivered: DeliveredCases, timed: Sequence[TimedCase]) -> Iterator[str]:
    if delivered.columns.presentation is None:
        yield "no column says how patients presented: every row but new tumours is taken as a suspected recurrence"
    for words, names in (
        ("newly diagnosed, left out", found.newly_diagnosed),
        ("not counted", found.not_counted),
        ("not readable, outside the counts", found.overall.not_readable),
        ("without a reading, counted nowhere", found.overall.missing),
        ("without time since radiotherapy, in no interval", found.without_time),
    ):
        if names:
            yield f"{words}: {'; '.join(shortened(names, 12))}"
    untold = [_span(one) for one in found.intervals if one.accuracy is None]
    if untold:
        yield f"cannot be told, for nobody who counts was scanned then: {', '.join(untold)}"


def _span(one: TimeInterval) -> str:
    return f"{one.from_d:g} to {one.to_d:g} days" if one.to_d is not None else f"from {one.from_d:g} days on"


def _document(found: AfterRadiotherapy, because: Sequence[str]) -> dict[str, Json]:
    return {
        "intervals": [_interval_data(one) for one in found.intervals],
        "overall": test_data(found.overall),
        **picked(found, "cases", "subjects", "clustered"),
        "per_hundred": [_consequence_data(one) for one in found.consequences],
        "newly_diagnosed": list(found.newly_diagnosed),
        "not_counted": list(found.not_counted),
        "without_time": list(found.without_time),
        "because": list(because),
    }


def _interval_data(one: TimeInterval) -> dict[str, Json]:
    told = one.accuracy
    return {
        **picked(one, "from_d", "to_d", "cases", "because"),
        "counts": picked(told.counts, "tp", "fn", "fp", "tn") if told else None,
        "sensitivity": share_data(told.sensitivity) if told else None,
        "specificity": share_data(told.specificity) if told else None,
    }


def _consequence_data(one: Consequences) -> dict[str, Json]:
    keys = ("therapies_stopped", "operations_for_necrosis", "recurrences_missed")
    return picked(one, "prevalence", "observed") | {
        key: picked(getattr(one, key), "estimate", "lower", "upper", "because") for key in keys
    }


def _blocks(found: AfterRadiotherapy, cautions: Sequence[str], because: Sequence[str], level: float) -> Iterator[Block]:
    whole = found.overall
    yield said(
        f"{whole.test} among {found.cases} suspected recurrences: sensitivity {share_told(whole.sensitivity)}, "
        f"specificity {share_told(whole.specificity)}",
        tone="answer",
    )
    for one in found.intervals:
        if one.accuracy is not None:
            yield said(
                f"{_span(one)}: sensitivity {share_told(one.accuracy.sensitivity)}, specificity "
                f"{share_told(one.accuracy.specificity)}"
            )
    yield from (said(line, tone="caution") for line in cautions)
    yield _by_time(found, level)
    if found.consequences:
        yield _errors(found.consequences, level)
    yield listed(*because)


def _by_time(found: AfterRadiotherapy, level: float) -> Table:
    rows: list[list[Cell]] = []
    named = [(_span(one), one.accuracy) for one in found.intervals] + [("all", found.overall)]
    for span, told in named:
        row: list[Cell] = [span]
        for share in (told.sensitivity, told.specificity) if told else (None, None):
            row += [shown(getattr(share, key, 0)) for key in ("x", "n")]
            row += [
                shown(None if (value := getattr(share, key, None)) is None else 100 * value, ".1f", "-")
                for key in ("estimate", "lower", "upper")
            ]
        rows.append(row)
    columns = [
        of_numbers(title, unit, under=measure)
        for measure in ("sensitivity", "specificity")
        for title, unit in (("x", None), ("n", None), ("estimate", "%"), ("lower", "%"), ("upper", "%"))
    ]
    caption = f"Progression against treatment effect by time since radiotherapy, {level:.0%} limits"
    return table_of("intervals", caption, ("time", *columns), rows)


def _errors(consequences: Sequence[Consequences], level: float) -> Table:
    rows: list[list[Cell]] = []
    notes: list[str] = []
    for one in consequences:
        of = f"{percent(one.prevalence)}{', as seen' if one.observed else ''}"
        for told in (one.therapies_stopped, one.operations_for_necrosis, one.recurrences_missed):
            rows.append(
                [of, told.what, *(shown(getattr(told, key), ".1f", "-") for key in ("estimate", "lower", "upper"))]
            )
            if told.because:
                notes.append(f"{told.what}: {told.because}.")
    columns = [
        of_numbers("estimate"),
        *(of_numbers(title, under=f"{level:.0%} limits") for title in ("lower", "upper")),
    ]
    return table_of(
        "per-hundred",
        "Errors per hundred patients",
        ("with progression", "of a hundred patients", *columns),
        rows,
        *dict.fromkeys(notes),
    )
