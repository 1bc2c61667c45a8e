"""A delivered row becomes a fact: each text the value that its field asks for, or the rule that it breaks.

Pure: a row is a mapping of column to text as delivered (None: empty); the result is a fact, or the reasons why not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from sys import intern
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hevesy.errors import RuleError
from hevesy.study.dates import on_study_day, parse_when, within_reason
from hevesy.study.facts.fact import Fact, Field, FieldType, Kind, kinds
from hevesy.study.mapping import CENSORED, Column, Row, SiteZones, SourceMapping
from hevesy.units import factor_of, half_unit, kept, spelt

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
"""A number as written. A run of digits fits in one place only, and exponents are short: else a text of many digits
takes hours."""
_FLAGS = {"1": True, "0": False, "Y": True, "N": False, "YES": True, "NO": False, "TRUE": True, "FALSE": False}
_FINDINGS = {"POSITIVE": "positive", "POS": "positive", "NEGATIVE": "negative", "NEG": "negative"}
_SEX_UNKNOWN = ("U", "UNKNOWN", "UNDIFFERENTIATED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a value cannot be taken: column, value and rule."""

    column: str
    value: str | None
    rule: str


class _Cell(NamedTuple):
    """A text with all that says how to read it: its field, its column, the row it stands in, the subject's day 1.

    A tuple: a study has millions of them, and each lives for a moment.
    """

    text: str
    field: Field
    column: Column
    row: Row
    mapping: SourceMapping
    day_1: date | None

    @property
    def unit(self) -> str | None:
        return self.row.get(self.column.unit_column) if self.column.unit_column else self.column.unit

    @property
    def zone(self) -> str:
        return self.mapping.zone_of(self.row)

    @property
    def is_day(self) -> bool:
        """Whether a time came without its hour."""
        return self.column.date_format is None and re.fullmatch(r"\d{4}-\d\d-\d\d", self.text, re.ASCII) is not None


MOST_REMEMBERED = 2_000
"""Texts of a column whose values are remembered: subjects, tests, units and days stand in many rows."""


class RowReader:
    """Reads the rows of a mapping as facts. What a column's text means is worked out once, if nothing else tells it."""

    def __init__(self, mapping: SourceMapping) -> None:
        self.mapping, self.kind = mapping, kinds()[mapping.kind]
        self._columns: list[tuple[str, Column, Field, dict[str | None, dict[str, Any]] | None]] = [
            (
                name,
                column,
                self.kind.fields[name],
                {} if _told_by_text(column, self.kind.fields[name], mapping) else None,
            )
            for name, column in mapping.columns.items()
        ]

    def __call__(self, row: Row, sequence: int, day_1: date | None) -> Fact | list[Fault]:
        """The fact of a row; or every fault found in it. `day_1` dates what is given as a study day."""
        mapping, kind = self.mapping, self.kind
        values: dict[str, Any] = {}
        faults = _faults_of_site(row, mapping)
        for name, column, field, remembered in self._columns:
            delivered = row.get(column.column) if remembered is not None and column.column is not None else None
            if remembered is not None and (known := remembered.get(delivered)) is not None:
                values.update(known)
                continue
            before = len(faults)
            told = self._told(name, column, field, row, day_1, faults, values)
            values.update(told)
            if remembered is not None and len(faults) == before and len(remembered) < MOST_REMEMBERED:
                remembered[delivered] = told
        if faults:
            return faults
        if mapping.as_reported and (reported := _said(row, mapping.as_reported, mapping)):
            values["reported"] = reported
        if mapping.baseline:
            values["baseline"] = _said(row, mapping.baseline, mapping)
        try:
            return kind.fact(row=sequence, **values)
        except RuleError as error:
            return [_fault(one, kind, mapping) for one in error.together]

    def _told(
        self,
        name: str,
        column: Column,
        field: Field,
        row: Row,
        day_1: date | None,
        faults: list[Fault],
        before: Mapping[str, Any],
    ) -> dict[str, Any]:
        """What a column tells of a row, by attribute; what is wrong with it goes to the faults."""
        text = None
        try:
            text = self.mapping.without_missing(column.text_of(row))
            if text:
                text = text if column.checkbox is not None else column.meaning(text)
                text = field.spelling(text) if field.spelling is not None else text
                return _values_of(_Cell(text, field, column, row, self.mapping, day_1), before)
            if field.required:
                faults.append(Fault(column=column.name, value=text, rule=f"{name} must not be empty"))
        except (ValueError, OverflowError) as error:
            faults.append(Fault(column=column.name, value=text, rule=str(error)))
        return {}


def fact_of(row: Row, sequence: int, mapping: SourceMapping, day_1: date | None) -> Fact | list[Fault]:
    """The fact of one row of a mapping, or every fault found in it; of many rows a `RowReader` reads them faster."""
    return RowReader(mapping)(row, sequence, day_1)


def _told_by_text(column: Column, field: Field, mapping: SourceMapping) -> bool:
    """Whether the text of one column alone says what a field is: no unit, site, day 1 or other column beside it."""
    return (
        column.column is not None
        and column.unit_column is column.censored_column is None
        and not column.study_day
        and field.rounding_kept_in is None
        and isinstance(mapping.time_zone, str)
    )


def _fault(broken: RuleError, kind: Kind, mapping: SourceMapping) -> Fault:
    """A rule that a fact does not keep, at the column its field was read from, or by its name where there is none."""
    name = kind.name_of(broken.field or "")
    column = mapping.columns[name].name if name in mapping.columns else name
    return Fault(column=column, value=None if broken.value is None else str(broken.value), rule=str(broken))


def _faults_of_site(row: Row, mapping: SourceMapping) -> list[Fault]:
    if isinstance(mapping.time_zone, SiteZones):
        try:
            mapping.time_zone.named(row)
        except ValueError as error:
            column = mapping.time_zone.column
            return [Fault(column=column, value=row.get(column), rule=str(error))]
    return []


def _said(row: Row, columns: Mapping[str, str], mapping: SourceMapping) -> tuple[tuple[str, str], ...]:
    """What the columns say, by name; what stands for no value is left out."""
    told = []
    for name, column in columns.items():
        delivered = row.get(column)
        if delivered and (text := delivered.strip()) not in mapping.missing:
            told.append((name, text))
    return tuple(told)


def _values_of(cell: _Cell, before: Mapping[str, Any]) -> dict[str, Any]:
    """The value of a cell under its attribute, and what else the text tells under those that keep it."""
    field, values = cell.field, dict[str, Any]()
    if field.side_kept_in is not None and (side := CENSORED.fullmatch(cell.text)) is not None:
        values[field.side_kept_in] = side[1]
        cell = cell._replace(text=side[2])
    if field.hour_kept_in is not None and cell.is_day:
        values[field.hour_kept_in] = False
    values[field.attribute] = _READ[field.type](cell)
    if field.dimension is not None and field.unit_kept_in is not None:
        values[field.unit_kept_in] = spelt(cell.unit, field.dimension)
    if field.dimension is not None and field.rounding_kept_in is not None:
        half = (field.attribute, half_unit(cell.text) * factor_of(cell.unit, field.dimension))
        values[field.rounding_kept_in] = (*before.get(field.rounding_kept_in, ()), half)
    return values


def _text(cell: _Cell) -> str:
    return intern(cell.text)  # subjects, tests and units stand in many rows


def _number(cell: _Cell) -> float:
    text, field = cell.text, cell.field
    if _NUMBER.fullmatch(text) is None:
        raise RuleError(f"{text!r} is not a number")
    number = float(text)
    if not math.isfinite(number):
        raise RuleError(f"{text!r} is not a finite number")
    if number < 0 and not field.may_be_negative:
        quantity = (field.dimension or field.attribute).replace("_", " ")
        raise RuleError(f"{quantity} must not be negative, got {text}")
    return number if field.dimension is None else kept(number, cell.unit, field.dimension)


def _integer(cell: _Cell) -> int:
    if not re.fullmatch(r"[-+]?\d{1,9}(\.0+)?", cell.text, re.ASCII):
        raise RuleError(f"{cell.text!r} is not a whole number")
    return int(float(cell.text))


def _grade(cell: _Cell) -> int:
    grade = _integer(cell)
    if not 0 <= grade <= 5:
        raise RuleError(f"a CTCAE grade lies in 0..5, got {cell.text}")
    return grade


def _day(cell: _Cell) -> object:
    if cell.column.study_day:
        return on_study_day(_integer(cell), cell.day_1) if cell.day_1 is not None else None
    return parse_when(cell.text, cell.column.date_format, lambda: _zone(cell.zone))


def _time(cell: _Cell) -> datetime:
    return _time_at(cell.text, cell.zone, cell.column.date_format)


def _time_or_day(cell: _Cell) -> datetime:
    if cell.is_day:
        return datetime.combine(date.fromisoformat(cell.text), time(12), tzinfo=_zone(cell.zone))
    return _time(cell)


def _flag(cell: _Cell) -> bool:
    if cell.text.upper() not in _FLAGS:
        raise RuleError(f"a flag is one of 1, 0, Y, N, got {cell.text!r}")
    return _FLAGS[cell.text.upper()]


def _choice(cell: _Cell) -> str:
    known = {word.casefold(): word for word in cell.field.choices}
    if cell.text.casefold() not in known:
        what = cell.field.attribute.replace("_", " ")
        raise RuleError(f"{what} is one of {', '.join(cell.field.choices)}, got {cell.text!r}")
    return known[cell.text.casefold()]


def _finding(cell: _Cell) -> str:
    if cell.text.upper() not in _FINDINGS:
        raise RuleError(f"a finding is positive or negative, got {cell.text!r}")
    return _FINDINGS[cell.text.upper()]


def _sex(cell: _Cell) -> str | None:
    if cell.text.upper() in _SEX_UNKNOWN:
        return None
    if cell.text.upper() not in ("F", "M"):
        raise RuleError(f"sex is F, M or U, got {cell.text!r} (name other codes in sources.toml)")
    return cell.text.upper()


_READ: Mapping[FieldType, Callable[[_Cell], object]] = {
    "text": _text,
    "number": _number,
    "censored number": _number,
    "integer": _integer,
    "grade": _grade,
    "date": _day,
    "time": _time,
    "time or day": _time_or_day,
    "flag": _flag,
    "choice": _choice,
    "finding": _finding,
    "sex": _sex,
}


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _time_at(text: str, time_zone: str, date_format: str | None = None) -> datetime:
    """A time with its zone: as written, else in the source's time zone; hours that do not exist there are refused."""
    try:
        read = datetime.fromisoformat(text) if date_format is None else datetime.strptime(text, date_format)
        within_reason(read.date())
    except ValueError as error:
        raise RuleError(f"{text!r} is not a time as in {date_format or '2016-08-12T13:00'} ({error})") from None
    if date_format is None and not re.match(r"\d{4}-?\d\d-?\d\d[T ]\d\d", text):
        raise RuleError(f"{text!r} has no hour; a time as in 2016-08-12T13:00 is needed")
    if read.tzinfo is None:
        local = read.replace(tzinfo=_zone(time_zone))
        if local.astimezone(UTC).astimezone(_zone(time_zone)).replace(tzinfo=None) != read:
            raise RuleError(
                f"{text} does not exist in {time_zone}: the clocks were put forward; give the offset from UTC"
            )
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            raise RuleError(f"{text} happened twice in {time_zone}: the clocks were put back; give the offset from UTC")
        read = local
    # The day is that of the site, and a fixed offset keeps differences right across a change of the clocks.
    at_site = read.astimezone(_zone(time_zone))
    return at_site.replace(tzinfo=timezone(at_site.utcoffset() or timedelta()))
