"""What a field of a chapter says of itself: its key in a plan, its unit there, the rule that its value keeps.

A chapter is a frozen dataclass whose fields are annotated with these marks. `keep` holds a chapter to them, whoever
builds it; who reads a plan from a file reads the same marks, so that a rule and its sentence stand once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin, get_type_hints

from hevesy.errors import CONTROL, FieldError, shown
from hevesy.study.dates import within_reason

LONGEST_D = 3_650
"""Of a window, a schedule or an interval: ten years."""
LARGEST_QUANTITY = 1e9
"""In the internal unit: no activity, dose, time or laboratory value comes near."""


class Mark(Protocol):
    """A rule of a field's values."""

    def broken(self, value: Any, written: str | None = None) -> str | None:
        """The rule that a value breaks, or None; `written` is how it was written, where it was."""
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """The field's key in a plan, where it is not its name; with a point it stands in a table beside the others.

    Empty: the field is a chapter whose own fields stand in the table of this one.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name: one line of text, to be printed and to be part of a file's name."""

    longest: int = 60

    def broken(self, value: str, written: str | None = None) -> str | None:
        """It is empty, long or of several lines."""
        if not 1 <= len(value.strip()) <= self.longest:
            return f"a name has 1 to {self.longest} characters, got {len(value.strip())}"
        if CONTROL.search(value):
            return f"a name is one line of text, without control characters, got {shown(value)}"
        return None


@dataclass(frozen=True, slots=True)
class Within:
    """A whole number within bounds, both of which may be reached."""

    lowest: int
    highest: int

    def broken(self, value: int, written: str | None = None) -> str | None:
        """It lies outside."""
        if self.lowest <= value <= self.highest:
            return None
        return (
            f"must be {f'{self.lowest:,} or more' if value < self.lowest else f'{self.highest:,} or less'}, got {value}"
        )


@dataclass(frozen=True, slots=True)
class StudyDay:
    """A study day of a schedule: day 1 is that of the first administration."""

    def broken(self, value: int, written: str | None = None) -> str | None:
        """It lies years away, or between day -1 and day 1."""
        if value == 0:
            return "there is no study day 0: the day of the first administration is day 1, the day before it day -1"
        return None if abs(value) <= LONGEST_D else f"lies in -{LONGEST_D:,}..{LONGEST_D:,}, got {value}"


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade of CTCAE."""

    def broken(self, value: int, written: str | None = None) -> str | None:
        """There is no such grade."""
        return None if 0 <= value <= 5 else f"a CTCAE grade lies in 0..5, got {value}"


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of a hundred, more than none of it."""

    def broken(self, value: float, written: str | None = None) -> str | None:
        """It is none, or more than the whole."""
        return None if 0 < value <= 100 else f"must lie in 0..100, got {value:g}"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A positive quantity in the internal unit of a dimension of `units`; in a plan it stands with its unit."""

    name: str

    def broken(self, value: float, written: str | None = None) -> str | None:
        """It is none, less than none, or beyond all that is measured."""
        if not value > 0:
            return f"must be positive, got {written or f'{value:g}'}"
        if not value <= LARGEST_QUANTITY:
            return f"is beyond every such quantity, got {written or f'{value:g}'}"
        return None


@dataclass(frozen=True, slots=True)
class DimensionOf:
    """A positive quantity whose dimension another field tells, as the test that a limit is of."""

    field: str
    of: Mapping[str, str]

    def broken(self, value: float, written: str | None = None) -> str | None:
        """It is none, less than none, or beyond all that is measured."""
        return Dimension("").broken(value, written)


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days; in a plan a time with its unit."""

    least: int = 0

    def broken(self, value: int, written: str | None = None) -> str | None:
        """They are too few, or more than ten years."""
        if value < self.least:
            return f"at least {self.least} day{'' if self.least == 1 else 's'}, got {written or value}"
        return None if value <= LONGEST_D else f"at most {LONGEST_D:,} days, got {written or value}"


@dataclass(frozen=True, slots=True)
class InOurTime:
    """A date that a study can have."""

    def broken(self, value: date, written: str | None = None) -> str | None:
        """Its year is out of reason."""
        try:
            within_reason(value)
        except ValueError as error:
            return str(error)
        return None


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some words; or of those that a function tells, where a file more is a word more."""

    known: tuple[str, ...] | Callable[[], tuple[str, ...]]

    @property
    def words(self) -> tuple[str, ...]:
        """The words, as they are now."""
        return self.known if isinstance(self.known, tuple) else self.known()

    def broken(self, value: str, written: str | None = None) -> str | None:
        """It is none of them."""
        return None if value in self.words else f"must be one of {', '.join(self.words)}, got {shown(value)}"


_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def word_for(kind: type) -> str:
    """What a value of a kind is called in a sentence."""
    return _WORDS.get(kind, f"a {kind.__name__}")


def is_of(value: object, kind: type) -> bool:
    """Whether a value is of a kind; true and false are no numbers, a whole number is a number."""
    if isinstance(value, bool) and kind not in (bool, object):
        return False
    return isinstance(value, (int, float) if kind is float else kind) and not (kind is date and type(value) is not date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A field of a chapter: its name, its key, what its value is (or each of its values), and its marks."""

    name: str
    key: str
    kind: type
    many: bool
    optional: bool
    required: bool
    default: Any
    marks: tuple[Mark, ...]

    @property
    def chapter(self) -> bool:
        """Whether its value is a chapter itself."""
        return is_dataclass(self.kind)

    def broken(self, value: Any, written: str | None = None) -> str | None:
        """The rule that its value, or one of its values, breaks; of a value that is not given none."""
        if value is None and self.optional:
            return None
        for one in value if self.many else (value,):
            if not is_of(one, self.kind):
                return f"must be {word_for(self.kind)}, got {shown(one)}"
            for mark in self.marks:
                if rule := mark.broken(one, written):
                    return rule
        return None


def keep(chapter: object) -> None:
    """Hold a chapter to what its fields say; FieldError names the first that breaks its rule."""
    for field in declared(type(chapter)):
        value = getattr(chapter, field.name)
        if rule := field.broken(value):
            raise FieldError(field.name, rule, value)


def declared(kind: type) -> tuple[Declared, ...]:
    """The fields of a chapter; of one whose values are of several kinds, `kind` is object."""
    return _declared(kind)


@cache
def _declared(kind: type[Any]) -> tuple[Declared, ...]:
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for field in fields(kind):
        marks, inside = _unmarked(hints[field.name])
        optional, many = False, False
        if get_origin(inside) in (Union, UnionType) and NoneType in get_args(inside):
            optional = True
            more, inside = _unmarked(next(one for one in get_args(inside) if one is not NoneType))
            marks = (*marks, *more)
        if get_origin(inside) is tuple and get_args(inside)[1:] == (...,):
            many = True
            more, inside = _unmarked(get_args(inside)[0])
            marks = (*marks, *more)
        if get_origin(inside) is Literal:
            words = get_args(inside)
            marks, inside = (OneOf(words), *marks), str
        if get_origin(inside) is tuple:
            inside = tuple
        found.append(
            Declared(
                name=field.name,
                key=_key(field.name, marks),
                kind=inside if isinstance(inside, type) else object,
                many=many,
                optional=optional,
                required=field.default is MISSING and field.default_factory is MISSING,
                default=None if field.default is MISSING else field.default,
                marks=tuple(one for one in marks if not isinstance(one, Key)),
            )
        )
    return tuple(found)


def _unmarked(hint: Any) -> tuple[tuple[Any, ...], Any]:
    if get_origin(hint) is Annotated:
        inside, *marks = get_args(hint)
        return tuple(marks), inside
    return (), hint


def _key(name: str, marks: Iterable[object]) -> str:
    """Its own, or the name; without the unit where the value has one."""
    for mark in marks:
        if isinstance(mark, Key):
            return mark.name
    return name.rpartition("_")[0] if any(isinstance(mark, Dimension | Days) for mark in marks) else name


def key_of(kind: type, path: str) -> str:
    """The place in a plan's table of a place in a chapter: each field by its key.

    What is no field of a chapter (a code among the criteria of arms) stays as it is.
    """
    keys: list[str] = []
    inside: type | None = kind
    for part in path.split("."):
        name, bracket, number = part.partition("[")
        field = next((one for one in declared(inside) if one.name == name), None) if inside is not None else None
        if field is None:
            keys.append(part)
        elif field.key:
            keys.append(f"{field.key}{bracket}{number}")
        inside = field.kind if field is not None and field.chapter else None
    return ".".join(keys)
