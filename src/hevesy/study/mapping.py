"""From a delivered row to an event: what a study's sources.toml says about each column, and the rules a row must keep.

Pure: a row is a mapping of column to text as delivered (None: empty); the result is an event, or the reasons why not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from sys import intern
from zoneinfo import ZoneInfo

from hevesy.errors import RuleError
from hevesy.study import events
from hevesy.study.dates import When, earliest, latest, on_study_day, parse_when, within_reason
from hevesy.study.events import AGE_A, HEIGHT_CM, WEIGHT_KG, Event
from hevesy.study.protocol import BLOOD_TEST_DIMENSION
from hevesy.study.record_kinds import KINDS, Field
from hevesy.units import factor_of, half_unit, spelt

Row = Mapping[str, str | None]
_TEST_SPELLINGS = {"hemoglobin": "haemoglobin"} | {test: test for test in BLOOD_TEST_DIMENSION}


def test_named(text: str) -> str:
    """The name of a blood test in our spelling, other tests as delivered."""
    return _TEST_SPELLINGS.get(text.casefold(), text)


REDCAP_REPEATS = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
"""Columns of a REDCap export that say which event and which repeat a row is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where a field comes from.

    A column or a constant, its unit or unit column, its codes, or that it is a study day.
    """

    column: str | None = None
    constant: str | None = None
    unit: str | None = None
    unit_column: str | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    others: str | None = None
    """What every text means that is none of the codes."""
    date_format: str | None = None
    study_day: bool = False
    optional: bool = False
    censored_column: str | None = None
    """Where a number below or above a limit stands as text (<20), if its own column is empty then."""
    checkbox: str | None = None
    """A field of REDCap whose boxes are columns of their own: `codes` says which box means what."""

    @property
    def name(self) -> str:
        """Name of the column for messages."""
        return self.column or self.checkbox or "(constant)"

    def meaning(self, text: str) -> str:
        """What a text stands for."""
        return self.codes.get(text, text if self.others is None else self.others)

    @property
    def boxes(self) -> dict[str, str]:
        """Column of each box, and what it means when it is ticked."""
        if self.checkbox is None:
            return {}
        # as REDCap names them: a code in small letters, what is no letter or digit as _
        return {
            f"{self.checkbox}___{re.sub(r'[^a-z0-9_]', '_', code.lower())}": meaning
            for code, meaning in self.codes.items()
        }

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return tuple(name for name in (self.column, self.unit_column, self.censored_column, *self.boxes) if name)

    def text_of(self, row: Row) -> str | None:
        """What the row says, before codes: ticked boxes together; None: nothing."""
        if self.checkbox is not None:
            ticked = "; ".join(meaning for name, meaning in self.boxes.items() if _ticked(name, row.get(name)))
            return ticked or self.others
        text = self.constant if self.column is None else row.get(self.column)
        text = text.strip() if text is not None else None
        if not text and self.censored_column is not None:
            beside = (row.get(self.censored_column) or "").strip()
            text = beside if _CENSORED.fullmatch(beside) else text
        return text


_CENSORED = re.compile(r"([<>])=?\s*((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)", re.ASCII)
"""A value below or above a limit."""


_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
"""A number as written. A run of digits fits in one place only, and exponents are short: else a text of many digits
takes hours."""


def _ticked(column: str, text: str | None) -> bool:
    """Whether a box is ticked; anything but a box's words is refused."""
    folded = (text or "").strip().casefold()
    if folded in ("", "0", "0.0", "unchecked"):
        return False
    if folded in ("1", "1.0", "checked"):
        return True
    raise RuleError(f"{column} is a box: 1 or 0, Checked or Unchecked, got {text!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteZones:
    """The time zone of each row, by the site that a column names."""

    column: str
    zones: Mapping[str, str]

    def named(self, row: Row) -> str | None:
        """The zone of a row; None: it names no site. A site that is not listed is refused."""
        site = (row.get(self.column) or "").strip()
        if not site:
            return None
        if site not in self.zones:
            raise RuleError(f"site {site!r} has no time zone in sources.toml; named are {', '.join(self.zones)}")
        return self.zones[site]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMapping:
    """How one kind of file becomes events: which files, full or partial delivery, time zone, key and columns."""

    name: str
    file: str
    kind: str
    full: bool
    time_zone: str | SiteZones
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    as_reported: Mapping[str, str] = field(default_factory=dict)
    baseline: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    """Columns that are known and not recorded; the kept copy of the file has them."""
    dropped: tuple[str, ...] = ()
    """Columns that are cut from the file before anything of it is kept."""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Rows that are not taken: column = values."""
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ()
    """Words that stand for no value, as REDCap's codes of missing data."""
    lists_new_lesions: bool = False
    """Of lesions: a full delivery holds every new one, so that a visit without any had none (SDTM TU)."""
    by_instrument: bool = False
    """A row of a REDCap export: it holds every instrument's columns, of which only those mapped here are this
    source's."""

    def zone_of(self, row: Row) -> str:
        """The time zone that a row's times and instants are read in."""
        if isinstance(self.time_zone, str):
            return self.time_zone
        named = self.time_zone.named(row)
        if named is None:
            raise RuleError(f"the time zone depends on {self.time_zone.column}, which is empty or absent here")
        return named

    def known_columns(self) -> set[str]:
        """Every column the mapping speaks of."""
        named = {column for entry in self.columns.values() for column in entry.columns}
        return (
            named
            | set(self.as_reported.values())
            | set(self.baseline.values())
            | set(self.ignored)
            | set(self.dropped)
            | set(self.key)
            | set(self.only)
            | set(self.excluded)
            | self._of_zone()
        )

    def _of_zone(self) -> set[str]:
        return set() if isinstance(self.time_zone, str) else {self.time_zone.column}

    def needed_columns(self) -> set[str]:
        """Columns without which the file is not the one described: all that are mapped and not optional."""
        named = {name for entry in self.columns.values() if not entry.optional for name in entry.columns}
        return named | set(self.key) | set(self.only) | set(self.excluded)

    @property
    def selects(self) -> bool:
        """Whether there are rows that the mapping does not take."""
        return bool(self.only or self.excluded or self.by_instrument)

    def takes(self, row: Row) -> bool:
        """Whether the row is one of those the mapping speaks of.

        `only`: column = values, `except`: those that are not.
        """
        if self.only and not all((row.get(column) or "") in wanted for column, wanted in self.only.items()):
            return False
        if self.excluded and any((row.get(column) or "") in unwanted for column, unwanted in self.excluded.items()):
            return False
        return not self.by_instrument or self.says_something(row)

    def _says_something(self, row: Row, entry: Column) -> bool:
        """Whether a field that is no part of the key, nor a constant, was filled."""
        if entry.constant is not None or entry.column in self.key:
            return False
        if entry.checkbox is not None:
            return any((row.get(name) or "").strip() not in ("", "0", "0.0", "Unchecked") for name in entry.boxes)
        return bool(self.without_missing(entry.text_of(row)))

    def without_missing(self, text: str | None) -> str | None:
        """A text, or None where it stands for no value."""
        return None if text is not None and text in self.missing else text

    def recorded_columns(self, there: Collection[str]) -> tuple[str, ...]:
        """The columns of a file that enter the record.

        Those that make an event, are held against it, or are the key, in this order.
        """
        of_fields = (name for entry in self.columns.values() for name in entry.columns)
        named = dict.fromkeys(
            (*self.key, *of_fields, *self.as_reported.values(), *self.baseline.values(), *sorted(self._of_zone()))
        )
        return tuple(name for name in named if name in there)

    def says_something(self, row: Row) -> bool:
        """Whether a field that is no part of the key, nor a constant, was filled; boxes not ticked say nothing."""
        return any(self._says_something(row, entry) for entry in self.columns.values())

    def needs_column(self, column: str) -> bool:
        """Whether a file must have a column.

        Those of REDCap's repeats only where the mapping names an instrument or event.
        """
        repeats = any(self.only.get("redcap_repeat_instrument", ()))
        return (
            self.must_be_filled(column)
            or any(self.only.get(column, ()))
            or (column == "redcap_repeat_instance" and repeats)
        )

    def must_be_filled(self, column: str) -> bool:
        """Whether a column of the key must be filled; REDCap leaves those of repeats empty where nothing repeats."""
        return not (self.by_instrument and column in REDCAP_REPEATS)

    def key_of(self, row: Row) -> str:
        """The key of a row in the ledger: the name of the source and the values of the key columns."""
        return self.key_from([row.get(column) for column in self.key])

    def key_from(self, values: Iterable[str | None]) -> str:
        """The key of a row from the values of its key columns."""
        texts = [(value or "").strip() for value in values]
        key = "|".join((self.name, *texts))
        if "\\" in key or key.count("|") != len(texts):
            key = "|".join((self.name, *(text.replace("\\", "\\\\").replace("|", "\\|") for text in texts)))
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a value cannot be taken: column, value and rule."""

    column: str
    value: str | None
    rule: str


def to_event(row: Row, sequence: int, mapping: SourceMapping, day_1: date | None) -> Event | list[Fault]:
    """The event of a row; or every fault found in it. `day_1` dates what is given as a study day."""
    kind = KINDS[mapping.kind]
    values: dict[str, object] = {}
    faults: list[Fault] = []
    rounding: dict[str, tuple[tuple[str, float], ...]] = {}
    if isinstance(mapping.time_zone, SiteZones):
        try:
            mapping.time_zone.named(row)
        except ValueError as error:
            faults.append(
                Fault(column=mapping.time_zone.column, value=row.get(mapping.time_zone.column), rule=str(error))
            )
    for name, column in mapping.columns.items():
        spec = kind.fields[name]
        try:
            text = mapping.without_missing(column.text_of(row))
        except ValueError as error:
            faults.append(Fault(column=column.name, value=None, rule=str(error)))
            continue
        if not text:
            if spec.required:
                faults.append(Fault(column=column.name, value=text, rule=f"{name} must not be empty"))
            continue
        text = text if column.checkbox is not None else column.meaning(text)
        if name == "test":
            text = test_named(text)
        try:
            if spec.type == "censored number" and (side := _CENSORED.fullmatch(text)) is not None:
                values["side"], text = side[1], side[2]
            if spec.type == "time or day" and _is_day(text, column.date_format):
                values["hour_known"] = False
            values[spec.becomes] = _value(text, spec, column, row, mapping, day_1)
            if spec.dimension is not None and spec.unit_becomes is not None:
                values[spec.unit_becomes] = spelt(_unit(column, row), spec.dimension)
            if spec.dimension is not None and spec.rounding_becomes is not None:
                half = (spec.becomes, half_unit(text) * _factor(column, row, spec.dimension))
                rounding[spec.rounding_becomes] = (*rounding.get(spec.rounding_becomes, ()), half)
        except (ValueError, OverflowError, RuleError) as error:
            faults.append(Fault(column=column.name, value=text, rule=str(error)))
    if faults:
        return faults
    reported = _said(row, mapping.as_reported, mapping)
    if reported:
        values["reported"] = reported
    values |= rounding
    if mapping.kind == "enrolment":
        values["baseline"] = _said(row, mapping.baseline, mapping)
    event = kind.event(row=sequence, **values)
    return _faults_between_fields(event, mapping) or event


def _said(row: Row, columns: Mapping[str, str], mapping: SourceMapping) -> tuple[tuple[str, str], ...]:
    """What the columns say, by name; what stands for no value is left out."""
    found = []
    for name, column in columns.items():
        delivered = row.get(column)
        if delivered and (text := delivered.strip()) not in mapping.missing:
            found.append((name, text))
    return tuple(found)


def _value(text: str, spec: Field, column: Column, row: Row, mapping: SourceMapping, day_1: date | None) -> object:
    match spec.type:
        case "text":
            return intern(text)  # subjects, tests and units stand in many rows
        case "number" | "censored number":
            return _number_value(text, spec, column, row)
        case "integer":
            return _integer(text)
        case "grade":
            grade = _integer(text)
            if not 0 <= grade <= 5:
                raise RuleError(f"a CTCAE grade lies in 0..5, got {text}")
            return grade
        case "date":
            if column.study_day:
                return on_study_day(_integer(text), day_1) if day_1 is not None else None
            return parse_when(text, column.date_format, lambda: _zone(mapping.zone_of(row)))
        case "time":
            return _time(text, mapping.zone_of(row), column.date_format)
        case "time or day":
            if _is_day(text, column.date_format):
                return datetime.combine(date.fromisoformat(text), time(12), tzinfo=_zone(mapping.zone_of(row)))
            return _time(text, mapping.zone_of(row), column.date_format)
        case "flag":
            known = {
                "1": True,
                "0": False,
                "Y": True,
                "N": False,
                "YES": True,
                "NO": False,
                "TRUE": True,
                "FALSE": False,
            }
            if text.upper() not in known:
                raise RuleError(f"a flag is one of 1, 0, Y, N, got {text!r}")
            return known[text.upper()]
        case "choice":
            known_words = {word.casefold(): word for word in spec.choices}
            if text.casefold() not in known_words:
                raise RuleError(f"{spec.becomes.replace('_', ' ')} is one of {', '.join(spec.choices)}, got {text!r}")
            return known_words[text.casefold()]
        case "finding":
            known_findings = {"POSITIVE": "positive", "POS": "positive", "NEGATIVE": "negative", "NEG": "negative"}
            if text.upper() not in known_findings:
                raise RuleError(f"a finding is positive or negative, got {text!r}")
            return known_findings[text.upper()]
        case "sex":
            if text.upper() in ("U", "UNKNOWN", "UNDIFFERENTIATED"):
                return None
            if text.upper() not in ("F", "M"):
                raise RuleError(f"sex is F, M or U, got {text!r} (name other codes in sources.toml)")
            return text.upper()


def _number_value(text: str, spec: Field, column: Column, row: Row) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise RuleError(f"{text!r} is not a number")
    number = float(text)
    if not math.isfinite(number):
        raise RuleError(f"{text!r} is not a finite number")
    quantity = (spec.dimension or spec.becomes).replace("_", " ")
    if number < 0 and not spec.may_be_negative:
        raise RuleError(f"{quantity} must not be negative, got {text}")
    if spec.dimension is None:
        return number
    return number * _factor(column, row, spec.dimension)


def _unit(column: Column, row: Row) -> str | None:
    return row.get(column.unit_column) if column.unit_column else column.unit


def _factor(column: Column, row: Row, dimension: str) -> float:
    return factor_of(_unit(column, row), dimension)


def _integer(text: str) -> int:
    if not re.fullmatch(r"[-+]?\d{1,9}(\.0+)?", text, re.ASCII):
        raise RuleError(f"{text!r} is not a whole number")
    return int(float(text))


def _is_day(text: str, date_format: str | None) -> bool:
    return date_format is None and re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is not None


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _time(text: str, time_zone: str, date_format: str | None = None) -> datetime:
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


def _faults_between_fields(event: Event, mapping: SourceMapping) -> list[Fault]:
    """Rules that several fields of one row must keep together."""

    def column_of(name: str) -> str:
        return mapping.columns[name].name if name in mapping.columns else name

    faults: list[Fault] = []

    def in_order(first: When | None, then: When | None, field_name: str, rule: str) -> None:
        if first is not None and then is not None and latest(then) < earliest(first):
            faults.append(Fault(column=column_of(field_name), value=str(then), rule=f"{rule} ({first})"))

    match event:
        case events.Administration(hour_known=False, assay_MBq=assay, residual_MBq=residual) if (
            assay is not None or residual is not None
        ):
            rule = "an assay needs the hour of the infusion, or it cannot be decay-corrected"
            faults.append(Fault(column=column_of("start"), value=event.start.date().isoformat(), rule=rule))
        case events.Administration(hour_known=True, start=start, end=end) if end is not None and end < start:
            faults.append(
                Fault(
                    column=column_of("end"),
                    value=end.isoformat(),
                    rule=f"an infusion ends after its start ({start.isoformat()})",
                )
            )
        case events.Administration(hour_known=False, end=end) if end is not None and end.date() < event.start.date():
            rule = f"an infusion ends no sooner than the day of its start ({event.start.date()})"
            faults.append(Fault(column=column_of("end"), value=end.isoformat(), rule=rule))
        case events.Administration(assay_MBq=assay, assay_at=at) if assay is not None and at is None:
            faults.append(
                Fault(
                    column=column_of("assay_time"),
                    value=None,
                    rule="an assay needs its time, or it cannot be decay-corrected",
                )
            )
        case events.Administration(residual_MBq=residual, residual_at=at) if residual is not None and at is None:
            faults.append(
                Fault(
                    column=column_of("residual_time"),
                    value=None,
                    rule="a residual needs its time, or it cannot be decay-corrected",
                )
            )
        case events.Enrolment() | events.BodyMeasurement():
            age = event.age_a if isinstance(event, events.Enrolment) else None
            height, weight = event.height_cm, event.weight_kg
            people = (
                ("height", height, HEIGHT_CM, "cm"),
                ("weight", weight, WEIGHT_KG, "kg"),
                ("age", age, AGE_A, "years"),
            )
            for name, value, (low, high), unit in people:
                if value is not None and not low <= value <= high:
                    rule = f"{name} must lie in {low}..{high} {unit}"
                    faults.append(Fault(column=column_of(name), value=f"{value:g} {unit}", rule=rule))
        case events.Exposure():
            in_order(event.on, event.end, "end", "an exposure ends no sooner than it starts")
        case events.AdverseEvent():
            in_order(event.on, event.resolved, "resolved", "an adverse event resolves no sooner than its onset")
            in_order(event.on, event.worst_on, "worst", "an adverse event is worst no sooner than its onset")
        case events.ThyroidBlockCourse():
            in_order(event.on, event.stop, "stop", "a thyroid block stops no sooner than it starts")
        case events.Lab(test=test, value=value, unit=unit) if test in BLOOD_TEST_DIMENSION and value is not None:
            if value < 0:
                faults.append(Fault(column=column_of("value"), value=str(value), rule=f"{test} must not be negative"))
            try:
                factor_of(unit, BLOOD_TEST_DIMENSION[test])
            except RuleError as error:
                faults.append(Fault(column=column_of("unit"), value=unit, rule=str(error)))
        case events.Lesion(longest_mm=longest, shortest_mm=shortest) if (
            longest is not None and shortest is not None and shortest > longest
        ):
            rule = f"the shorter diameter is not above the longest ({longest:g} mm)"
            faults.append(Fault(column=column_of("shortest"), value=f"{shortest:g} mm", rule=rule))
        case events.TumourAssessment(deauville=score) if score is not None and not 1 <= score <= 5:
            faults.append(Fault(column=column_of("deauville"), value=str(score), rule="a Deauville score is 1 to 5"))
        case events.Contact(vital_status=status) if status is not None and status.lower() not in ("alive", "dead"):
            faults.append(Fault(column=column_of("vital_status"), value=status, rule="vital status is alive or dead"))
        case _:
            pass
    return faults
