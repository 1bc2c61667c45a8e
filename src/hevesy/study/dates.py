"""Dates as they are known: whole, or only to the month or the year; never filled in."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cache, lru_cache

from hevesy.errors import RuleError

DAYS_PER_MONTH, DAYS_PER_YEAR = 30.4375, 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialDate:
    """A date of which only the year, or year and month, is known; it has bounds but no day."""

    year: int
    month: int | None = None

    def __str__(self) -> str:
        return f"{self.year:04d}" if self.month is None else f"{self.year:04d}-{self.month:02d}"


When = date | PartialDate


def earliest(when: When) -> date:
    """First day the fact can have happened.

    >>> earliest(PartialDate(year=2014, month=2))
    datetime.date(2014, 2, 1)
    """
    return when if isinstance(when, date) else date(when.year, when.month or 1, 1)


def latest(when: When) -> date:
    """Last day the fact can have happened.

    >>> latest(PartialDate(year=2016, month=2))
    datetime.date(2016, 2, 29)
    """
    if isinstance(when, date):
        return when
    month = when.month or 12
    return date(when.year, month, calendar.monthrange(when.year, month)[1])


def whole(when: When | None) -> date | None:
    """The date if it is known to the day, else None."""
    return when if isinstance(when, date) else None


def study_day(on: date, day_1: date) -> int:
    """Study day by CDISC's convention: the first administration is day 1, the day before it is day -1.

    There is no day 0.

    >>> study_day(date(2016, 11, 4), date(2016, 8, 12)), study_day(date(2016, 8, 11), date(2016, 8, 12))
    (85, -1)
    """
    elapsed = (on - day_1).days
    return elapsed + 1 if elapsed >= 0 else elapsed


def on_study_day(day: int, day_1: date) -> date:
    """The date of a study day; day 0 does not exist.

    >>> on_study_day(85, date(2016, 8, 12))
    datetime.date(2016, 11, 4)
    """
    if day == 0:
        raise RuleError(
            "there is no study day 0: the day of the first administration is day 1, the day before it day -1"
        )
    if abs(day) > 40_000:
        raise RuleError(f"a study day lies within a lifetime, got {day}")
    return day_1 + timedelta(days=day - 1 if day > 0 else day)


FIRST_YEAR, LAST_YEAR = 1900, 2200
_ISO = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](?:[01]\d|2[0-3])(?::[0-5]\d){0,2}(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?)?)?",
    re.ASCII,
)


def within_reason(day: date) -> date:
    """The day, if its year can be one of a study; a year 9999 that means "ongoing" is refused."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise RuleError(f"a year lies in {FIRST_YEAR}..{LAST_YEAR}, got {day}")
    return day


def parse_when(text: str, date_format: str | None = None, site: Callable[[], tzinfo] | None = None) -> When:
    """Read ISO 8601 (`2016-11-04`, `2016-11`, `2016`, with or without a time), or a day in `date_format` (strptime).

    A time with its offset is an instant: its day is that of the site (without one, the day as written). In a
    `date_format` of day, month and year a part that is not known may be written UN, UNK, NK, ND, XX or 00.

    >>> parse_when("2014-02"), parse_when("UN-06-2025", "%d-%m-%Y")
    (PartialDate(year=2014, month=2), PartialDate(year=2025, month=6))
    >>> from zoneinfo import ZoneInfo
    >>> parse_when("2016-11-05T03:00Z", site=lambda: ZoneInfo("America/Chicago"))
    datetime.date(2016, 11, 4)
    """
    if date_format is not None:
        partial = _partial(text.strip(), date_format)
        if partial is not None:
            return partial
        try:
            read = datetime.strptime(text.strip(), date_format)
        except ValueError:
            raise RuleError(f"{text!r} is not a date as in {date_format}") from None
        return within_reason(_at_site(read, site))
    if len(text) == 10:
        return _iso_day(text)
    return _iso(text, site)


@lru_cache(maxsize=20_000)
def _iso_day(text: str) -> When:
    """A day without a time is the same at every site, and stands in many rows."""
    return _iso(text, None)


def _iso(text: str, site: Callable[[], tzinfo] | None) -> When:
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise RuleError(f"{text!r} is not a date as in 2016-11-04, nor partial as in 2016-11 or 2016")
    year, month, day, offset = match.groups()
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise RuleError(f"a year lies in {FIRST_YEAR}..{LAST_YEAR}, got {text!r}")
    if offset is not None:
        return _at_site(datetime.fromisoformat(text.strip()), site)
    if day is not None:
        return date(int(year), int(month), int(day))
    if month is not None and not 1 <= int(month) <= 12:
        raise RuleError(f"month must be in 1..12, got {month}")
    return PartialDate(year=int(year), month=int(month) if month is not None else None)


def _at_site(read: datetime, site: Callable[[], tzinfo] | None) -> date:
    """The day of a time; of an instant (with its offset) the day at the site."""
    return read.date() if read.tzinfo is None or site is None else read.astimezone(site()).date()


_UNKNOWN = r"UNK?|NK|ND|XX|\?\?|--|00"
_PARTS = {
    "%d": rf"(?P<day>\d{{1,2}}|{_UNKNOWN})",
    "%m": rf"(?P<month>\d{{1,2}}|{_UNKNOWN})",
    "%b": rf"(?P<name>[A-Za-z]{{3,9}}|{_UNKNOWN})",
    "%B": rf"(?P<name>[A-Za-z]{{3,9}}|{_UNKNOWN})",
    "%Y": r"(?P<year>\d{4})",
}


@cache
def _with_unknown_parts(date_format: str) -> re.Pattern[str] | None:
    """What a day of a format looks like when parts of it are not known.

    None: the format has other parts than day, month and year.
    """
    pieces = re.split(r"(%.)", date_format)
    if any(piece.startswith("%") and piece not in _PARTS for piece in pieces) or "%Y" not in pieces:
        return None
    return re.compile("".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces), re.ASCII | re.IGNORECASE)


def _partial(text: str, date_format: str) -> PartialDate | None:
    """A date with unknown parts, or None where every part is known or the text is no such date."""
    pattern = _with_unknown_parts(date_format)
    match = pattern.fullmatch(text) if pattern is not None else None
    if match is None:
        return None
    parts = match.groupdict()
    unknown = {name for name, part in parts.items() if part is not None and re.fullmatch(_UNKNOWN, part, re.IGNORECASE)}
    if not unknown:
        return None
    year = within_reason(date(int(parts["year"]), 1, 1)).year
    if unknown & {"month", "name"}:
        return PartialDate(year=year)
    written = parts.get("month") or parts.get("name") or ""
    try:
        month = datetime.strptime(written, "%m" if parts.get("month") else "%b" if len(written) == 3 else "%B").month
    except ValueError:
        return None
    return PartialDate(year=year, month=month)
