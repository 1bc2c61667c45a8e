"""What may be asked: kinds of fields, each read once from words or from a value, and refused by its rule.

A field is a parameter of a question's function, `Annotated[value's type, kind(...)]`. The kind says what a reader is
told of it and reads what is given: the words of a command line or a form, or a value from Python. What cannot be read
raises `RuleError` with the rule alone; the question adds the field. Nothing heavy is imported before something is read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

from hevesy.errors import QuestionError, RuleError


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of field: its help, how its value is called in help, and its name where that is not the parameter's.

    `typed` is what a shell may parse itself (str, int, float, bool, Path); `reads_nothing` says that even a field that
    was not given is read (its value then comes from elsewhere).
    """

    help: str = ""
    metavar: str | None = None
    name: str | None = None
    typed: ClassVar[type] = str
    many: ClassVar[bool] = False
    reads_nothing: ClassVar[bool] = False

    def field(self, parameter: str) -> str:
        """The name of the field by the name of its parameter, which may end with a unit."""
        return self.name or parameter

    def read(self, given: object) -> object:
        """The value of what was given."""
        return given


@dataclass(frozen=True, slots=True)
class Text(Asked):
    """Words; one of `choices` where there are some. `offered` are words that are known, for a form to choose from."""

    choices: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()

    def read(self, given: object) -> str:
        """The words."""
        if not isinstance(given, str):
            raise RuleError(f"a text is needed, got {given!r}")
        if self.choices and given not in self.choices:
            raise RuleError(f"{given!r} is none of {', '.join(self.choices)}")
        return given


class ColumnName(Text):
    """The name of a column of the table that is asked of."""

    __slots__ = ()


class Machine(Text):
    """The address of another machine."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Flag(Asked):
    """Yes or no."""

    typed: ClassVar[type] = bool

    def read(self, given: object) -> bool:
        """Yes or no."""
        if not isinstance(given, bool):
            raise RuleError(f"yes or no (True or False) is needed, got {given!r}")
        return given


@dataclass(frozen=True, slots=True)
class Whole(Asked):
    """A whole number, between limits where they are given."""

    least: int | None = None
    most: int | None = None
    typed: ClassVar[type] = int

    def read(self, given: object) -> int:
        """The number."""
        found = int(_number(given, "a whole number", int))
        if (self.least is not None and found < self.least) or (self.most is not None and found > self.most):
            limits = (
                f"at least {self.least}" * (self.least is not None),
                f"at most {self.most}" * (self.most is not None),
            )
            raise RuleError(f"must be {' and '.join(filter(None, limits))}, got {found}")
        return found


@dataclass(frozen=True, slots=True)
class Real(Asked):
    """A number without a unit, or in the unit that its name says."""

    typed: ClassVar[type] = float

    def read(self, given: object) -> float:
        """The number, which is finite."""
        found = float(_number(given, "a number", float))
        if not math.isfinite(found):
            raise RuleError(f"must be finite, got {given}")
        return found


@dataclass(frozen=True, slots=True)
class Numbers(Asked):
    """Finite numbers, in words between commas."""

    def read(self, given: object) -> tuple[float, ...]:
        """The numbers."""
        try:
            found = tuple(float(_number(part, "a number", float)) for part in _parts(given))
        except ValueError:
            raise RuleError(f"{given!r} is not a list of numbers as in 180,365") from None
        if not all(math.isfinite(number) for number in found):
            raise RuleError(f"every number must be finite, got {given!r}")
        return found


@dataclass(frozen=True, slots=True)
class WholeNumbers(Asked):
    """Whole numbers, in words between commas; so many of them where a count is given."""

    count: int | None = None

    def read(self, given: object) -> tuple[int, ...]:
        """The numbers."""
        try:
            found = tuple(int(_number(part, "a whole number", int)) for part in _parts(given))
        except ValueError:
            raise RuleError(f"{given!r} is not a list of whole numbers as in 6,3") from None
        if self.count is not None and len(found) != self.count:
            raise RuleError(f"{self.count} whole numbers are needed, got {given!r}")
        return found


@dataclass(frozen=True, slots=True)
class Read(Asked):
    """What is written in a way of its own, as in 4/20.5: `reader` takes the words, `of_value` checks a value."""

    reader: Callable[[str], object] = str
    of_value: Callable[[object], object] | None = None

    def read(self, given: object) -> object:
        """The value of the words, or the value."""
        if isinstance(given, str):
            return self.reader(given)
        if self.of_value is None:
            raise RuleError(f"words are needed, got {_kind(given)}")
        return self.of_value(given)


@dataclass(frozen=True, slots=True)
class Several(Asked):
    """One field given several times; each is read by `reader` where it is written in words."""

    reader: Callable[[str], object] = str
    of_value: Callable[[object], object] | None = None
    many: ClassVar[bool] = True

    def read(self, given: object) -> tuple[object, ...]:
        """The values in their order."""
        one = Read(reader=self.reader, of_value=self.of_value)
        return tuple(one.read(each) for each in _several(given))


@dataclass(frozen=True, slots=True)
class Quantity(Asked):
    """A quantity with its unit, as in 28d: the value is in `unit`, which the parameter's name ends with.

    A bare number, from Python, is in that unit.
    """

    dimension: str = ""
    unit: str = ""

    def field(self, parameter: str) -> str:
        """The parameter without its unit."""
        return self.name or parameter.removesuffix("_" + self.unit.replace("/", "_per_").replace("^", ""))

    def read(self, given: object) -> float:
        """The value in the unit of the parameter."""
        from hevesy.units import factor_of, parse_quantity

        if isinstance(given, str):
            value = parse_quantity(given, self.dimension) / factor_of(self.unit, self.dimension)
        else:
            value = float(_number(given, "a quantity", float))
        if value < 0:
            raise RuleError(f"must not be negative, got {given}")
        if not math.isfinite(value):
            raise RuleError(f"must be finite, got {given}")
        return value


@dataclass(frozen=True, slots=True)
class Quantities(Quantity):
    """Quantities, in words between commas."""

    def read(self, given: object) -> tuple[float, ...]:  # type: ignore[override]  # several of what one is
        """The values in the unit of the parameter."""
        return tuple(Quantity.read(self, part) for part in _parts(given))


@dataclass(frozen=True, slots=True)
class Day(Asked):
    """A date."""

    metavar: str | None = "DATE"

    def read(self, given: object) -> date:
        """The date."""
        if isinstance(given, date) and not isinstance(given, datetime):
            return given
        try:
            return date.fromisoformat(str(given))
        except ValueError:
            raise RuleError(f"{given!r} is not a date as in 2016-11-04") from None


@dataclass(frozen=True, slots=True)
class Moment(Asked):
    """A time; with its zone, unless the question asks for the zone of times without one (`zoned`)."""

    metavar: str | None = "TIME"
    local: bool = False

    def read(self, given: object) -> datetime:
        """The time; without a zone only where `local`."""
        read = given if isinstance(given, datetime) else _time(str(given))
        if not 1900 <= read.year <= 2200:
            raise RuleError(f"{str(given)!r} is not a time as in {_EXAMPLE}")
        if read.tzinfo is None and not self.local:
            raise RuleError(f"{str(given)!r} has no time zone; write it with its offset, as in {_EXAMPLE}")
        return read


_EXAMPLE = "2016-08-12T13:00-05:00"


def _time(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise RuleError(f"{text!r} is not a time as in {_EXAMPLE}") from None
    if ":" not in text and "T" not in text:
        raise RuleError(f"{text!r} is a day without a time; write it as in {_EXAMPLE}")
    return read


@dataclass(frozen=True, slots=True)
class Measured(Asked):
    """An activity in MBq and its time (see `zoned`), as in 21.87mCi@2015-07-01T12:40-05:00."""

    metavar: str | None = "A@TIME"

    def read(self, given: object) -> tuple[float, datetime]:
        """The activity and the time."""
        if isinstance(given, tuple | list) and len(given) == 2:
            activity, time = given
        elif isinstance(given, str):
            activity, at, time = given.partition("@")
            if not at:
                raise RuleError(f"{given!r} is not an activity and its time, as in 21.87mCi@2015-07-01T12:40-05:00")
        else:
            raise RuleError(f"an activity and its time are needed, got {_kind(given)}")
        return Quantity(dimension="activity", unit="MBq").read(activity), Moment(local=True).read(time)


def zoned(at: datetime, time_zone: str | None, field: str) -> datetime:
    """A time with its zone: its own, or that of `time_zone`; without either it is refused."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if at.tzinfo is not None:
        return at
    if time_zone is None:
        raise QuestionError(
            f"{at.isoformat(timespec='minutes')!r} has no time zone; write it with its offset, as in {_EXAMPLE}, "
            "or give ⟦time_zone⟧",
            field,
        )
    try:
        return at.replace(tzinfo=ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise QuestionError(f"{time_zone!r} is not a time zone, as in America/Chicago", "time_zone") from None


def ledger_time(at: datetime | None) -> str | None:
    """A time as the ledger writes it (UTC)."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class File(Asked):
    """A file that is there."""

    metavar: str | None = "FILE"
    typed: ClassVar[type] = Path

    def read(self, given: object) -> Path:
        """Where it lies."""
        path = _path(given)
        if not path.is_file():
            raise RuleError(f"{path} is a folder: name the file in it" if path.is_dir() else f"there is no file {path}")
        return path


class Said(str):
    """A text that is no name of a file, whatever lies there: what was typed into a form."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class WordsOrFile(Asked):
    """A text, or a file that says it."""

    def read(self, given: object) -> str:
        """The text."""
        if isinstance(given, Said):
            return str(given)
        words = Text().read(str(given) if isinstance(given, Path) else given)
        try:
            return Path(words).read_text(encoding="utf-8") if words and Path(words).is_file() else words
        except UnicodeDecodeError:
            raise RuleError(f"{words} is not a text in UTF-8") from None
        except OSError:  # what is no name of a file
            return words


@dataclass(frozen=True, slots=True)
class Place(Asked):
    """Where something lies or shall lie; whether it is there is the question's affair."""

    typed: ClassVar[type] = Path

    def read(self, given: object) -> Path:
        """The place."""
        return _path(given)


class PlanFile(Place):
    """A file that may lie where the question looks for it by itself."""

    __slots__ = ()


class OwnFolder(Place):
    """A folder of the user's own files."""

    __slots__ = ()


class NewFolder(Place):
    """A folder that shall be made."""

    __slots__ = ()


class NewFile(Place):
    """Where a file shall be written."""

    __slots__ = ()

    def read(self, given: object) -> Path:
        """The place, which has the name of a file."""
        path = _path(given)
        if path.name in ("", ".."):
            raise RuleError(f"the name of a file is needed, got {str(given)!r}")
        return path


@dataclass(frozen=True, slots=True)
class Places(Asked):
    """Several places."""

    typed: ClassVar[type] = Path
    many: ClassVar[bool] = True

    def read(self, given: object) -> tuple[Path, ...]:
        """The places in their order."""
        return tuple(_path(one) for one in _several(given))


@dataclass(frozen=True, slots=True)
class ImagePlaces(Places):
    """Several places of images: DICOM or NIfTI; tables are not offered for them."""


@dataclass(frozen=True, slots=True)
class ImageFile(File):
    """A file of regions or an image; tables are not offered for it."""


@dataclass(frozen=True, slots=True)
class TableFile(Asked):
    """A table: .csv, .xpt or .parquet; its value is what it holds. From Python also a data frame or a list of rows."""

    help: str = "A table: .csv, .xpt or .parquet."
    metavar: str | None = "FILE"
    typed: ClassVar[type] = Path

    def read(self, given: object) -> object:
        """The table (`hevesy.files.tables.DeliveredTable`)."""
        from hevesy.files.tables import DeliveredTable, read_table, table_of

        if isinstance(given, DeliveredTable):
            return given
        if isinstance(given, str | Path):
            return read_table(_path(given))
        return table_of(_records(given))


@dataclass(frozen=True, slots=True)
class StudyFolder(Asked):
    """The folder of a study, or an opened study; a folder without a record cannot be answered from."""

    help: str = "The study folder."
    metavar: str | None = "DIR"
    typed: ClassVar[type] = Path

    def read(self, given: object) -> Path:
        """The folder."""
        from hevesy.record import Record

        folder = _path(getattr(given, "folder", given))
        Record(folder).refuse_unless_there()
        return folder


@dataclass(frozen=True, slots=True)
class MappingFile(Asked):
    """A sources.toml, by its place or by the name of one that comes with Hevesy."""

    metavar: str | None = "FILE"

    @staticmethod
    def shipped() -> Sequence[str]:
        """The names of those that come with Hevesy."""
        from hevesy.files.sources import shipped_mappings

        return tuple(shipped_mappings())

    def read(self, given: object) -> Path:
        """The file."""
        from importlib import resources

        path = _path(given)
        if not path.is_file() and str(given) in self.shipped():
            return Path(str(resources.files("hevesy.files.mappings") / f"{given}.toml"))
        return path


@dataclass(frozen=True, slots=True)
class Who(Asked):
    """Who writes into the record: what is given, else HEVESY_WHO, else the name of the account."""

    help: str = "Who writes into the record (default: HEVESY_WHO or the account)."
    reads_nothing: ClassVar[bool] = True

    def read(self, given: object) -> str:
        """The name."""
        import getpass
        import os

        try:
            return str(given) if given else os.environ.get("HEVESY_WHO") or getpass.getuser()
        except (OSError, KeyError):
            raise RuleError("the account has no name; say who you are") from None


def _path(given: object) -> Path:
    if not isinstance(given, str | Path) or not str(given):
        raise RuleError(f"the name of a file or folder is needed, got {_kind(given)}")
    return Path(given)


def _kind(given: object) -> str:
    """What was given, without what is in it."""
    return repr(given) if isinstance(given, str | int | float | date | None) else f"a {type(given).__name__}"


def _records(given: object) -> Sequence[Mapping[str, object]]:
    """The rows of a data frame of polars or pandas, or rows by column."""
    if callable(to_dicts := getattr(given, "to_dicts", None)):
        given = to_dicts()
    elif callable(to_dict := getattr(given, "to_dict", None)) and hasattr(given, "columns"):
        given = to_dict("records")
    if not isinstance(given, Sequence) or not all(isinstance(row, Mapping) for row in given):
        raise RuleError(f"a table is a file, a data frame or a list of rows by column, got {_kind(given)}")
    return given


def _parts(given: object) -> Sequence[object]:
    return given.split(",") if isinstance(given, str) else _several(given)


def _several(given: object) -> Sequence[object]:
    """One or several; a sequence of bytes is neither."""
    if isinstance(given, bytes | bytearray):
        raise RuleError(f"words or values are needed, got {_kind(given)}")
    return given if isinstance(given, Sequence) and not isinstance(given, str) else (given,)


def numbers(*kinds: type[int] | type[float], least: float = -math.inf) -> Callable[[object], tuple[int | float, ...]]:
    """A check of a value of several numbers: so many, whole where they are to be, finite, none below `least`.

    >>> numbers(int, float)((4, 20.5))
    (4, 20.5)
    """

    def checked(given: object) -> tuple[int | float, ...]:
        each = _several(given)
        if len(each) != len(kinds):
            raise RuleError(f"{len(kinds)} numbers are needed, got {_kind(given)}")
        words = {int: "a whole number", float: "a number"}
        found = tuple(_number(one, words[kind], kind) for one, kind in zip(each, kinds, strict=True))
        if not all(math.isfinite(one) and one >= least for one in found):
            raise RuleError(f"numbers of {least:g} or more are needed, got {given}")
        return found

    return checked


def instance(*kinds: type) -> Callable[[object], object]:
    """A check that a value is of a type."""

    def checked(given: object) -> object:
        if not isinstance(given, kinds):
            raise RuleError(f"words, or {' or '.join(kind.__name__ for kind in kinds)}, are needed, got {_kind(given)}")
        return given

    return checked


def _number(given: object, what: str, kind: type[int] | type[float]) -> int | float:
    try:
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            raise ValueError
        number = kind(given)
    except (ValueError, OverflowError):
        raise RuleError(f"{given!r} is not {what}") from None
    if isinstance(given, float) and number != given and given == given:  # 2.5 is not the whole number 2
        raise RuleError(f"{given!r} is not {what}")
    return number
