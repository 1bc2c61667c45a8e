"""Read TOML strictly.

Every key is asked for by name and type, and a key nobody asked for is an error with the nearest name.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterator
from typing import Any, TypeVar

from hevesy.errors import DeliveryError
from hevesy.files.limits import CONTROL, STEERING, fault_of_text, shown

T = TypeVar("T")

MOST_CHARACTERS, MOST_TABLES, MOST_ITEMS, DEEPEST = 1_000_000, 1_000, 10_000, 10
LONGEST_TEXT, LONGEST_KEY, LARGEST_WHOLE = 10_000, 500, 1_000_000_000


class Section:
    """One table of a TOML file; `done` refuses what has not been taken from it."""

    def __init__(self, content: dict[str, Any], file: str, place: str = "") -> None:
        self._content = content
        self._asked: set[str] = set()
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
            raise self.error(key, f"must be {_word(kind)}, got {shown(value)}")
        return value

    def name(self, key: str, longest: int = 60) -> str:
        """A name: one line of text that is neither empty nor long, to be printed and to be part of a file's name."""
        text = self.get(key, str)
        if not 1 <= len(text.strip()) <= longest:
            raise self.error(key, f"a name has 1 to {longest} characters, got {len(text.strip())}")
        if CONTROL.search(text):
            raise self.error(key, f"a name is one line of text, without control characters, got {shown(text)}")
        return text

    def whole(self, key: str, lowest: int, highest: int, default: int | None = None) -> int:
        """A whole number within bounds, both of which may be reached."""
        value = self.get(key, int, default)
        if not lowest <= value <= highest:
            bound = f"{lowest:,} or more" if value < lowest else f"{highest:,} or less"
            raise self.error(key, f"must be {bound}, got {value}")
        return value

    def maybe(self, key: str, kind: type[T]) -> T | None:
        """The value of a key, or None where it is absent."""
        return self.get(key, kind) if self.has(key) else None

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._list(key, str, default))

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(self._list(key, int, None))

    def _list(self, key: str, kind: type[T], default: tuple[T, ...] | None) -> list[T]:
        values = self.get(key, list, list(default) if default is not None else None)
        for value in values:
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                raise self.error(key, f"must be a list of {_word(kind)}, got {shown(value)} in it")
        return values

    def is_table(self, key: str) -> bool:
        """Whether a key holds a table."""
        return self.has(key) and isinstance(self._content[key], dict)

    def section(self, key: str) -> Section | None:
        """A table inside, or None."""
        content = self.maybe(key, dict)
        return None if content is None else Section(content, self.file, f"{self.place}.{key}" if self.place else key)

    def sections(self, key: str) -> Iterator[Section]:
        """The tables of an array of tables."""
        for number, content in enumerate(self.get(key, list, []), start=1):
            if not isinstance(content, dict):
                raise self.error(key, f"must be a list of tables, got {shown(content)}")
            yield Section(content, self.file, f"{self.place + '.' if self.place else ''}{key}[{number}]")

    def items(self) -> dict[str, Any]:
        """Everything in the table, for tables whose keys are free."""
        self._asked |= set(self._content)
        return dict(self._content)

    def done(self) -> None:
        """Refuse a key that is none of those asked for."""
        for key in self._content:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1, cutoff=0.5)
                hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(self._asked))}"
                raise self.error(key, f"this key is not known{hint}")


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


def _word(kind: type[Any]) -> str:
    words = {
        str: "a text",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        list: "a list",
        dict: "a table",
    }
    return words.get(kind, f"a {kind.__name__}")
