"""Measures of scans by dose and time from a table: columns found by their names, units told, doubtful ones refused."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.tables import DeliveredRow, DeliveredTable
from hevesy.units import factor_of, parse_quantity, unit_written

NOT_MEASURED = ("", "na", "n/a", "nan", ".", "nr", "nd", "missing", "not readable", "unreadable", "not done")
"""What a cell without a measure may say, in any case of letters."""
NEAR = 0.25
"""How far from its nominal time a scan may be, as a share of it."""
DOSES = ("activity", "activity_per_mass", "activity_per_area", "drug_mass")
_SUBJECT = re.compile(r"(u?subjid|(subject|patient|participant)(_?(id|no|nr|number|code))?|pat|id)")
_DOSE = re.compile(
    r"(planned_|nominal_)?(dose|arm|activity|dose_level|level|group|cohort)"
    r"(_(?P<unit>([mu]?ci|[kmgt]?bq|[mu]?g)(_(per_)?(kg|m2))?))?"
)
_TIME = re.compile(
    r"(planned_|nominal_)?(?P<word>hours?|hrs?|h|minutes?|mins?|min|days?|time|timepoint|time_point)"
    r"(_(pi|p_i|post_injection|after_injection|post_dose))?(_(?P<unit>h|hrs?|hours?|min|mins|minutes?|d|days?))?"
)
_RATIO = re.compile(
    r"(tbr|tnr|cnr|snr|lbr|tlr|t_b|t_n|ratio|contrast)\w*|\w*_(ratio|tbr|cnr)|"
    r"(lesion|tumou?r|target)s?_(to|over)_\w+|\w*_to_(background|blood|muscle|brain|liver|normal)\w*"
)
_UPTAKE = re.compile(r"suv\w*")
WIDE = 20
"""From which factor between the smallest and the largest dose on one asks whether all are in one unit."""
_SCORE = re.compile(r"\w*(quality|score|rating|grade|likert)\w*")
_TIME_UNITS = {"h": "h", "m": "min", "d": "d"}


class ScanRow(NamedTuple):
    """A row: subject, dose in the unit of the table, time after the injection (h), measure (None: none), its line."""

    subject: str
    dose: float
    time_h: float
    value: float | None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Which column holds what, where the user says so; None: it is found by its name."""

    subject: str | None = None
    dose: str | None = None
    time: str | None = None
    measure: str | None = None
    time_unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseAndTime:
    """The scans of a table, what their doses are in, and how columns and cells were read."""

    scans: tuple[ScanRow, ...]
    measure: str
    dose_unit: str
    others: tuple[str, ...]
    """Columns that might be measures too."""
    told: tuple[str, ...]
    doubts: tuple[str, ...]


def scans_in(table: DeliveredTable, named: Named, times_h: Sequence[float] = ()) -> DoseAndTime:
    """The scans of a table; `times_h` are nominal times, to the nearest of which each scan belongs.

    Refused with their place are rows without subject, dose or time, measures that are no numbers, subjects that are
    one but for the case of letters or the way a number is written, doses 37 times another (one activity in two units),
    times 60 times another that no subject has both of, and doses or times as given, which make no groups.
    """
    columns = {
        "subject": _column(table, "subject", named.subject, _SUBJECT),
        "dose": _column(table, "dose", named.dose, _DOSE),
        "time": _column(table, "time", named.time, _TIME),
    }
    measure, others = _measure(table, named.measure, columns.values())
    read = _Units(table, columns, named.time_unit)
    scans = tuple(_scan(read, row, measure, times_h) for row in table.rows)
    if not scans:
        raise CannotAnswerError(f"{table.name} has no rows")
    _refuse_doubtful(table, scans, columns)
    told = [] if read.dose_unit else [f"{columns['dose']} has no unit: doses are told as the table has them"]
    told.append(
        f"columns: subject {columns['subject']}, dose {columns['dose']}, time {columns['time']}, measure {measure}"
    )
    if times_h:
        told.append(f"each scan belongs to the nearest of {', '.join(f'{one:g}' for one in sorted(times_h))} h")
    return DoseAndTime(
        scans=scans,
        measure=measure,
        dose_unit=read.dose_unit or "",
        others=others,
        told=tuple(told),
        doubts=(*_wide(scans, columns["dose"]), *_far_from_nominal(table, scans, read)),
    )


def scale_of(measure: str) -> Literal["ratio", "score"] | None:
    """Whether a measure is a ratio or a score by its name; None: it does not say.

    >>> scale_of("TBR"), scale_of("image_quality_1to5"), scale_of("z")
    ('ratio', 'score', None)
    """
    name = _plain(measure)
    if _SCORE.fullmatch(name):
        return "score"
    return "ratio" if _RATIO.fullmatch(name) or _UPTAKE.fullmatch(name) else None


def _plain(column: str) -> str:
    """A column's name in small letters, anything else than letters and digits as one underscore."""
    return re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_")


def _column(table: DeliveredTable, field: str, named: str | None, known: re.Pattern[str]) -> str:
    """The column of a field: the one that is named, or the only one whose name says it."""
    if named is not None:
        if named not in table.columns:
            raise CannotAnswerError(f"{table.name} has no column {named!r}; it has {', '.join(table.columns)}")
        return named
    found = [name for name in table.columns if known.fullmatch(_plain(name))]
    if field != "subject" and len(found) > 1:  # dose_mCi and a group of another kind: the one with a unit
        with_unit = [name for name in found if _unit_of_name(known, name)]
        found = with_unit if len(with_unit) == 1 else found
    if len(found) == 1:
        return found[0]
    if not found:
        raise CannotAnswerError(
            f"{table.name} has no column for {field} by its name; name it with ⟦{field}⟧: it has "
            f"{', '.join(table.columns)}"
        )
    raise CannotAnswerError(f"{table.name}: {' and '.join(found)} could each be {field}; name one with ⟦{field}⟧")


def _unit_of_name(known: re.Pattern[str], column: str) -> str | None:
    match = known.fullmatch(re.sub(r"^(actual|real|true)_", "", _plain(column)))
    unit = match.groupdict().get("unit") if match else None
    word = (match.groupdict().get("word") or "") if match else ""
    return unit or (word if not word.startswith("time") else None) or None


def _measure(table: DeliveredTable, named: str | None, taken: object) -> tuple[str, tuple[str, ...]]:
    """The column of the measure, and others that might be one: the first ratio, else the first score."""
    known = [name for name in table.columns if scale_of(name)]
    if named is not None:
        if named not in table.columns:
            raise CannotAnswerError(f"{table.name} has no column {named!r}; it has {', '.join(table.columns)}")
        return named, tuple(name for name in known if name != named)
    whole = ("tbr", "cnr", "tnr")
    separating = [name for name in known if not _UPTAKE.fullmatch(_plain(name))]
    first = sorted(separating, key=lambda name: (_plain(name) not in whole, scale_of(name) != "ratio"))
    if not first:
        raise CannotAnswerError(
            f"{table.name} has no column whose name says a ratio or a score (tbr, cnr, image_quality); name one with "
            f"⟦measure⟧: it has {', '.join(table.columns)}"
        )
    return first[0], tuple(name for name in known if name != first[0])


class _Units:
    """How the cells of subject, dose and time are read: units from the cells, else from the names of columns."""

    def __init__(self, table: DeliveredTable, columns: Mapping[str, str], time_unit: str | None) -> None:
        self.table, self.columns = table, columns
        self.dose_unit = self._activity(_unit_of_name(_DOSE, columns["dose"]))
        named = self._time(_unit_of_name(_TIME, columns["time"]))
        if time_unit and named and factor_of(time_unit, "time") != factor_of(named, "time"):
            raise CannotAnswerError(f"{table.name}, {columns['time']}: the name says {named}, ⟦time_unit⟧ {time_unit}")
        self.time_unit = time_unit or named
        actual = [name for name in table.columns if not _TIME.fullmatch(_plain(name)) and _unit_of_name(_TIME, name)]
        self.actual = actual[0] if len(actual) == 1 and columns["time"] not in actual else None

    @staticmethod
    def _activity(written: str | None) -> str | None:
        from hevesy.units import UNITS

        known = {unit.casefold(): unit for dimension in DOSES for unit in UNITS[dimension]}
        return known.get(re.sub(r"_(per_)?", "/", written or ""))

    @staticmethod
    def _time(written: str | None) -> str | None:
        return _TIME_UNITS.get((written or "")[:1])

    def place(self, row: DeliveredRow, field: str) -> str:
        return f"{self.table.name}, line {row.line}, {self.columns.get(field, field)}"

    def text(self, row: DeliveredRow, field: str) -> str:
        found = (row.values.get(self.columns[field]) or "").strip()
        if not found:
            raise CannotAnswerError(f"{self.place(row, field)}: the cell is empty, a {field} is needed")
        return found

    def dose(self, row: DeliveredRow) -> float:
        """The dose in the unit of the column, or of the first cell that has one."""
        text = self.text(row, "dose")
        number = _number(text)
        if number is not None:
            return number
        for dimension in DOSES:
            try:
                found, unit = parse_quantity(text, dimension), unit_written(text, dimension)
                self.dose_unit = self.dose_unit or unit
                return float(f"{found / factor_of(self.dose_unit, dimension):.9g}")
            except RuleError:
                continue
        raise CannotAnswerError(f"{self.place(row, 'dose')}: {text!r} is not a dose, as in 5 or 5mCi")

    def time_h(self, row: DeliveredRow, field: str = "time") -> float:
        """The time after the injection in h."""
        text = self.text(row, field) if field == "time" else (row.values.get(field) or "").strip()
        number = _number(text)
        try:
            if number is None:
                return parse_quantity(text, "time")
            unit = self.time_unit if field == "time" else self._time(_unit_of_name(_TIME, field))
        except RuleError:
            raise CannotAnswerError(f"{self.place(row, field)}: {text!r} is not a time, as in 24 or 24h") from None
        if unit is None:
            raise CannotAnswerError(
                f"{self.place(row, field)}: {text} has no unit; say it in the name (hours, time_h) or with ⟦time_unit⟧"
            )
        return float(f"{number * factor_of(unit, 'time'):.9g}")


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _far(actual_h: float, nominal_h: float) -> bool:
    """Whether a scan is far from its nominal time; a quarter of an hour is near to any."""
    return abs(actual_h - nominal_h) > max(NEAR * nominal_h, 0.25)


def _scan(read: _Units, row: DeliveredRow, measure: str, times_h: Sequence[float]) -> ScanRow:
    """A row; with nominal times its own is the nearest of them, and must be near."""
    subject, dose, time = read.text(row, "subject"), read.dose(row), read.time_h(row)
    if times_h:
        nominal = min(times_h, key=lambda one: (abs(one - time), one))
        if _far(time, nominal):
            raise CannotAnswerError(
                f"{read.place(row, 'time')}: {time:g} h is within {NEAR:.0%} of none of "
                f"{', '.join(f'{one:g}' for one in times_h)} h"
            )
        time = nominal
    text = (row.values.get(measure) or "").strip()
    value = None if text.casefold() in NOT_MEASURED else _number(text)
    if value is None and text.casefold() not in NOT_MEASURED:
        raise CannotAnswerError(f"{read.table.name}, line {row.line}, {measure}: {text!r} is not a finite number")
    return ScanRow(subject, dose, time, value, row.line)


def _refuse_doubtful(table: DeliveredTable, scans: Sequence[ScanRow], columns: Mapping[str, str]) -> None:
    """Refuse what looks like one thing written in two ways, or like no groups at all."""
    alike: dict[str, ScanRow] = {}
    for scan in scans:
        number = _number(scan.subject)
        key = scan.subject.casefold() if number is None else f"{number:.12g}"
        other = alike.setdefault(key, scan)
        if other.subject != scan.subject:
            raise CannotAnswerError(
                f"{table.name}, lines {other.line} and {scan.line}, {columns['subject']}: {other.subject!r} and "
                f"{scan.subject!r} are one but for the case of letters or the way a number is written: one subject or "
                "two?"
            )
    subjects = len(alike)
    doses, times = sorted({scan.dose for scan in scans}), sorted({scan.time_h for scan in scans})
    cells = len({(scan.dose, scan.time_h) for scan in scans})
    for small, large in _times_another(doses, 37):
        raise CannotAnswerError(
            f"{table.name}, {columns['dose']}: {small:g} and {large:g} are one activity in mCi and in MBq; write every "
            "dose in one unit"
        )
    of = {time: {scan.subject for scan in scans if scan.time_h == time} for time in times}
    for short, long in _times_another(times, 60):
        if not of[short] & of[long]:
            raise CannotAnswerError(
                f"{table.name}, {columns['time']}: {short:g} and {long:g} h are one time in hours and in minutes, and "
                "no subject has both; write every time in one unit"
            )
    if len(doses) > max(2, subjects / 2):
        raise CannotAnswerError(
            f"{table.name}, {columns['dose']}: {len(doses)} doses of {subjects} subjects are doses as given; a column "
            "of planned doses is needed"
        )
    if len(times) > 6 and cells > len(scans) / 2:
        raise CannotAnswerError(
            f"{table.name}, {columns['time']}: {len(times)} times of {len(scans)} scans are times as they were; say "
            "the nominal ones with ⟦times⟧, as in 6h,24h,48h"
        )


def _times_another(values: Sequence[float], factor: float) -> Iterator[tuple[float, float]]:
    """Pairs of values of which the second is so many times the first."""
    near = {f"{value:.6g}": value for value in values}
    for small in values:
        large = near.get(f"{small * factor:.6g}")
        if small > 0 and large is not None:
            yield small, large


def _wide(scans: Sequence[ScanRow], column: str) -> Iterator[str]:
    """A doubt of doses so far apart that they may be in two units."""
    low, high = min(scan.dose for scan in scans), max(scan.dose for scan in scans)
    if low > 0 and high / low > WIDE:
        yield f"{column}: doses from {low:g} to {high:g} are a factor of {high / low:.3g} apart; are all in one unit?"


def _far_from_nominal(table: DeliveredTable, scans: Sequence[ScanRow], read: _Units) -> Iterator[str]:
    """Scans whose actual time, where the table has it, is far from the nominal one."""
    if read.actual is None:
        return
    for scan, row in zip(scans, table.rows, strict=True):
        if (row.values.get(read.actual) or "").strip().casefold() in NOT_MEASURED:
            continue
        actual = read.time_h(row, read.actual)
        if _far(actual, scan.time_h):
            far = f"at {actual:g} h, more than {NEAR:.0%} from {scan.time_h:g} h"
            yield f"line {scan.line}: subject {scan.subject} was scanned {far}"
