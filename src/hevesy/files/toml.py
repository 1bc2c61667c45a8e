"""Read TOML strictly.

Every key is asked for by name and type, and a key nobody asked for is an error with the nearest name. A chapter of a
plan (see `study.declared`) is read by its fields; a rule that it refuses itself by is told with the file and
the place.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hevesy.errors import DeliveryError, RuleError, shown
from hevesy.files.limits import STEERING, fault_of_text
from hevesy.study.declared import (
    Days,
    Declared,
    Dimension,
    DimensionOf,
    Name,
    OneOf,
    declared,
    is_of,
    key_of,
    word_for,
)
from hevesy.units import parse_quantity

T = TypeVar("T")

MOST_CHARACTERS, MOST_TABLES, MOST_ITEMS, DEEPEST = 1_000_000, 1_000, 10_000, 10
LONGEST_TEXT, LONGEST_KEY, LARGEST_WHOLE = 10_000, 500, 1_000_000_000


class Section:
    """One table of a TOML file; `done` refuses what has not been taken from it."""

    def __init__(self, content: dict[str, Any], file: str, place: str = "") -> None:
        self._content = content
        self._asked: set[str] = set()
        self._inside: dict[str, Section] = {}
        self.file = file
        self.place = place

    @classmethod
    def parse(cls, text: str, file: str) -> Section:
        """The top table of a file.

        What is beyond every plan (nesting, size, numbers, signs that are no text) is refused here.
        """
        if len(text) > MOST_CHARACTERS:
            raise DeliveryError(f"{file}: {len(text):,} characters; at most {MOST_CHARACTERS:,} are read")
        _refuse_nesting(text, file)
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise DeliveryError(f"{file}: not valid TOML: {error}") from error
        except (ValueError, OverflowError) as error:
            digits = max((len(digits.replace("_", "")) for digits in re.findall(r"\d[\d_]*+", text)), default=0)
            raise DeliveryError(f"{file}: not valid TOML: a number of {digits:,} digits") from error
        _refuse_odd(content, file, "")
        return cls(content, file)

    def where(self, key: str) -> str:
        """Place of a key, for messages."""
        return f"{self.file}, {self.place + '.' if self.place else ''}{key}"

    def error(self, key: str, rule: str) -> DeliveryError:
        """An error at a key."""
        return DeliveryError(f"{self.where(key)}: {rule}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._asked.add(key)
        return key in self._content

    def get(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of a key, of the type asked for; without a default it must be there."""
        if not self.has(key):
            if default is None:
                near = difflib.get_close_matches(key, set(self._content) - self._asked, n=1, cutoff=0.6)
                raise self.error(key, "this key must be given" + (f"; is {near[0]!r} misspelt?" if near else ""))
            return default
        value = self._content[key]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(key, f"must be {word_for(kind)}, got {shown(value)}")
        return value

    def name(self, key: str, longest: int = 60) -> str:
        """A name: one line of text that is neither empty nor long, to be printed and to be part of a file's name."""
        text = self.get(key, str)
        if rule := Name(longest).broken(text):
            raise self.error(key, rule)
        return text

    def word(self, key: str, words: tuple[str, ...]) -> str | None:
        """One of some words, or None where the key is absent."""
        given = self.maybe(key, str)
        if given is not None and (rule := OneOf(words).broken(given)):
            raise self.error(key, rule)
        return given

    def maybe(self, key: str, kind: type[T]) -> T | None:
        """The value of a key, or None where it is absent."""
        return self.get(key, kind) if self.has(key) else None

    def kind(self, kinds: Mapping[str, type[T]]) -> type[T]:
        """The chapter that the word under `kind` chooses."""
        kind = self.get("kind", str)
        if kind not in kinds:
            raise self.error("kind", f"must be one of {', '.join(kinds)}; got {kind!r}")
        return kinds[kind]

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._list(key, str, default))

    def _list(self, key: str, kind: type[T], default: tuple[T, ...] | None) -> list[T]:
        values = self.get(key, list, list(default) if default is not None else None)
        for value in values:
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                words = "texts in quotes" if kind is str else f"{word_for(kind).removeprefix('a ')}s"
                raise self.error(key, f"must be a list of {words}, got {shown(value)} in it")
        return values

    def is_table(self, key: str) -> bool:
        """Whether a key holds a table."""
        return self.has(key) and isinstance(self._content[key], dict)

    def section(self, key: str) -> Section | None:
        """A table inside, or None."""
        content = self.maybe(key, dict)
        if content is None:
            return None
        place = f"{self.place}.{key}" if self.place else key
        return self._inside.setdefault(key, Section(content, self.file, place))

    def sections(self, key: str) -> Iterator[Section]:
        """The tables of an array of tables."""
        for number, content in enumerate(self.get(key, list, []), start=1):
            if not isinstance(content, dict):
                raise self.error(key, f"must be a list of tables, got {shown(content)}")
            yield Section(content, self.file, f"{self.place + '.' if self.place else ''}{key}[{number}]")

    def read(
        self, kind: type[T], only: Collection[str] | None = None, needed: Collection[str] = (), **given: object
    ) -> T:
        """A chapter that is this table: `part`, and a key that is none of its fields is refused."""
        chapter = self.part(kind, only, needed, **given)
        self.done()
        return chapter

    def part(
        self, kind: type[T], only: Collection[str] | None = None, needed: Collection[str] = (), **given: object
    ) -> T:
        """A chapter by its fields, but for what is `given`; a rule that it breaks is told with its place.

        `only`: the fields that are asked for here; `needed`: those that must be there although a chapter may be
        without. Keys of another table (`study.id`) are looked for there.
        """
        values = dict(given)
        for field in declared(kind):
            if field.name not in given and (only is None or field.name in only):
                values |= self._value(field, field.name in needed)
        try:
            return kind(**values)
        except RuleError as error:
            raise self.broken(kind, error) from error

    def broken(self, kind: type, error: RuleError) -> DeliveryError:
        """The rule that a chapter refuses itself by, with its place in this table."""
        key = key_of(kind, error.field) if error.field is not None else ""
        if key:
            return self.error(key, error.rule)
        return DeliveryError(f"{self.file}{f', {self.place}' if self.place else ''}: {error.rule}")

    def _value(self, field: Declared, needed: bool) -> dict[str, Any]:
        """The value of a field by its name; nothing where it is not there and need not be."""
        table, _, key = field.key.rpartition(".")
        owner = self.section(table) if table else self
        if field.chapter:
            return {} if owner is None else owner._chapters(field, key)
        if owner is None:
            return {}
        words = next((mark.words for mark in field.marks if isinstance(mark, OneOf)), None)
        if not owner.has(key):
            if needed and words is not None:
                raise owner.error(key, f"must be given, one of {', '.join(words)}")
            if not field.required and not needed:
                return {}
        return {field.name: owner._read(field, key)}

    def _chapters(self, field: Declared, key: str) -> dict[str, Any]:
        """A table inside, or several, or the fields of the chapter in this table itself."""
        if not key:
            return {field.name: self.part(field.kind)}
        if field.many:
            found: tuple[object, ...] = tuple(part.read(field.kind) for part in self.sections(key))
            return {field.name: found} if self.has(key) else {}
        inside = self.section(key)
        return {field.name: inside.read(field.kind)} if inside is not None else {}

    def _read(self, field: Declared, key: str) -> object:
        for mark in field.marks:
            if isinstance(mark, Dimension):
                return self.quantity(key, mark.name)
            if isinstance(mark, Days):
                return self.days(key, mark)
            if isinstance(mark, DimensionOf):
                return self.quantity(key, mark.of[self._one_of(mark.field, tuple(mark.of))])
        if field.kind is date:
            return self.dates(key) if field.many else self.date(key)
        if field.kind is tuple:
            return self.pair(key)
        return tuple(self._list(key, field.kind, None)) if field.many else self.get(key, field.kind)

    def _one_of(self, key: str, words: tuple[str, ...]) -> str:
        """The word of a key that another one needs."""
        text = self.get(key, str)
        if rule := OneOf(words).broken(text):
            raise self.error(key, rule)
        return text

    def quantity(self, key: str, dimension: str) -> float:
        """A number with its unit, in the internal unit; it must be positive."""
        text = self.get(key, object)
        if is_of(text, float):
            what = dimension.replace("_", " ")
            raise self.error(key, f"must be a text, a number with its unit of {what}, got {shown(text)}")
        text = self.get(key, str)
        value = self.amount(key, text, dimension)
        if rule := Dimension(dimension).broken(value, text):
            raise self.error(key, rule)
        return value

    def amount(self, key: str, text: str, dimension: str) -> float:
        """A number with its unit, in the internal unit."""
        try:
            return parse_quantity(text, dimension)
        except RuleError as error:
            raise self.error(key, error.rule) from error

    def days(self, key: str, rule: Days) -> int:
        """A time as whole days."""
        days = round(self.quantity(key, "time") / 24)
        if broken := rule.broken(days, self.get(key, str)):
            raise self.error(key, broken)
        return days

    def dates(self, key: str) -> tuple[date, ...]:
        """A list of dates."""
        values = self.get(key, list)
        for value in values:
            if not is_of(value, date):
                raise self.error(key, f"must be a list of dates, as in [2016-12-01], got {shown(value)}")
        return tuple(values)

    def date(self, key: str) -> date:
        """A date."""
        value = self.get(key, object)
        if not is_of(value, date):
            raise self.error(key, f"must be a date, as in 2016-12-01, got {shown(value)}")
        assert isinstance(value, date)
        return value

    def pair(self, key: str) -> tuple[float, float]:
        """Two numbers."""
        numbers = self.get(key, list)
        if len(numbers) != 2 or not all(is_of(number, float) for number in numbers):
            raise self.error(key, f"two numbers are needed, got {shown(numbers)}")
        return float(numbers[0]), float(numbers[1])

    def items(self) -> dict[str, Any]:
        """Everything in the table, for tables whose keys are free."""
        self._asked |= set(self._content)
        return dict(self._content)

    def done(self) -> None:
        """Refuse a key that is none of those asked for, here and in the tables inside that were opened."""
        for inside in self._inside.values():
            inside.done()
        for key in self._content:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1, cutoff=0.5)
                hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(self._asked))}"
                raise self.error(key, f"this key is not known{hint}")


def time_zone(section: Section, key: str) -> str:
    """Name of a time zone of the IANA database."""
    name = section.get(key, str)
    try:
        # the library would look for any other text among modules and files
        if re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,3}", name) is None:
            raise ZoneInfoNotFoundError(name)
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise section.error(key, f"{name!r} is not a time zone, as in America/Chicago") from error
    return name


_TOKEN = re.compile(
    r"""
    \"{3}(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5}|\\?\Z) | '{3}(?:[^']|'(?!''))*+(?:'{3,5}|\Z)   # texts of several lines
    | "(?:[^"\\\n]|\\[^\n])*+"? | '[^'\n]*+'? | \#[^\n]*+                              # texts, comments
    | [\[{\]}.=,\n]
    """,
    re.VERBOSE | re.DOTALL,
)


def _refuse_nesting(text: str, file: str) -> None:
    """Refuse brackets and dotted keys deeper than any plan has.

    The parser would spend its stack or its time on them.
    """
    depth = dots = 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if len(sign) > 1:
            continue
        dots = dots + 1 if sign == "." else 0
        depth += (sign in "[{") - (sign in "]}")
        if max(depth, dots) > DEEPEST:
            raise DeliveryError(
                f"{file}, line {text.count(chr(10), 0, token.start()) + 1}: nested deeper than {DEEPEST} levels"
            )


def _fault_of_sign(text: str) -> str | None:
    return fault_of_text(text) or (f"{shown(text)} has a control character" if STEERING.search(text) else None)


def _refuse_odd(value: object, file: str, place: str) -> None:
    """Refuse what no plan holds, wherever it stands.

    Numbers beyond bounds, long texts and lists, signs that are no text.
    """
    rule = None
    if isinstance(value, str):
        long = (
            f"a text has at most {LONGEST_TEXT:,} characters, got {len(value):,}" if len(value) > LONGEST_TEXT else None
        )
        rule = long or _fault_of_sign(value)
    elif isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        rule = f"whole numbers here lie within {LARGEST_WHOLE:,}, got one of {value.bit_length() * 0.30103:.0f} digits"
    elif isinstance(value, float) and not math.isfinite(value):
        rule = f"must be a finite number, got {value!r}"
    elif isinstance(value, list):
        most, what = (MOST_TABLES, "tables") if value and isinstance(value[0], dict) else (MOST_ITEMS, "values")
        rule = f"at most {most:,} {what}, got {len(value):,}" if len(value) > most else None
        for number, item in enumerate(value if rule is None else (), start=1):
            _refuse_odd(item, file, f"{place}[{number}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if len(key) > LONGEST_KEY:
                raise DeliveryError(
                    f"{file}, {place or 'top'}: a key has at most {LONGEST_KEY} characters, got {len(key):,}"
                )
            if fault := _fault_of_sign(key):
                raise DeliveryError(f"{file}, {place or 'top'}: the key {fault}")
            _refuse_odd(item, file, f"{place}.{key}" if place else key)
    if rule is not None:
        raise DeliveryError(f"{file}, {place}: {rule}")
