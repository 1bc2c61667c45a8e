"""Reading what is typed: dates, times with their zone, quantities with their unit.

What cannot be read is wrong usage.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from pathlib import Path

import typer


def day(text: str | None, option: str) -> date | None:
    """A date as in 2016-11-04."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date as in 2016-11-04", param_hint=option) from None


def moment(text: str, option: str, time_zone: str | None = None) -> datetime:
    """A time with its zone, as in 2016-08-12T13:00-05:00, or local to `time_zone`."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        read = datetime.fromisoformat(text)
        if not 1900 <= read.year <= 2200:
            raise ValueError("year")
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time as in 2016-08-12T13:00-05:00", param_hint=option) from None
    if read.tzinfo is not None:
        return read
    hint = ", or give --time-zone" if option != "--known-at" else ""
    if time_zone is None:
        raise typer.BadParameter(
            f"{text!r} has no time zone; write it with its offset, as in 2016-08-12T13:00-05:00{hint}",
            param_hint=option,
        )
    try:
        return read.replace(tzinfo=ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter(
            f"{time_zone!r} is not a time zone, as in America/Chicago", param_hint="--time-zone"
        ) from None


def quantity(text: str, dimension: str, option: str) -> float:
    """A positive number with its unit, in the internal unit."""
    from hevesy.errors import RuleError
    from hevesy.units import parse_quantity

    try:
        value = parse_quantity(text, dimension)
    except RuleError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
    if value < 0:
        raise typer.BadParameter(f"must not be negative, got {text}", param_hint=option)
    return value


def measured(text: str, option: str, time_zone: str | None) -> tuple[float, datetime]:
    """An activity and its time, as in 21.87mCi@2015-07-01T12:40-05:00."""
    activity, at, time = text.partition("@")
    if not at:
        raise typer.BadParameter(
            f"{text!r} is not an activity and its time, as in 21.87mCi@2015-07-01T12:40-05:00", param_hint=option
        )
    return quantity(activity, "activity", option), moment(time, option, time_zone)


def numbers(text: str, option: str) -> list[float]:
    """Numbers between commas."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a list of numbers as in 180,365", param_hint=option) from None
    if not all(math.isfinite(number) for number in found):
        raise typer.BadParameter(f"every number must be finite, got {text!r}", param_hint=option)
    return found


def whole_numbers(text: str, option: str, count: int | None = None) -> list[int]:
    """Whole numbers between commas, so many where a count is given."""
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a list of whole numbers as in 6,3", param_hint=option) from None
    if count is not None and len(found) != count:
        raise typer.BadParameter(f"{count} whole numbers are needed, got {text!r}", param_hint=option)
    return found


def existing_file(text: str, option: str) -> Path:
    """A file that is there."""
    path = Path(text)
    if not path.is_file():
        raise typer.BadParameter(f"there is no file {text}", param_hint=option)
    return path


def study_folder(folder: Path) -> Path:
    """The folder of a study; a folder without a record cannot be answered from."""
    from hevesy.errors import CannotAnswerError
    from hevesy.record.folder import DATABASE

    if not (folder / DATABASE).is_file():
        raise CannotAnswerError(f"{folder} is not a study: it has no {DATABASE}; create one with `hevesy study init`")
    return folder
