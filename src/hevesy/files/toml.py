"""Read TOML strictly: every key is asked for by name and type, and a key nobody asked for is an error with the nearest name."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterator
from typing import Any, TypeVar

T = TypeVar("T")


class FormatError(ValueError):
    """A file is not what it should be; the message names file, place, value and rule. `line` is the line, where there is one."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class Section:
    """One table of a TOML file; `done` refuses what has not been taken from it."""

    def __init__(self, content: dict[str, Any], file: str, place: str = "") -> None:
        self._content = content
        self._asked: set[str] = set()
        self.file = file
        self.place = place

    @classmethod
    def parse(cls, text: str, file: str) -> Section:
        """The top table of a file."""
        try:
            return cls(tomllib.loads(text), file)
        except tomllib.TOMLDecodeError as error:
            raise FormatError(f"{file}: not valid TOML: {error}") from error

    def where(self, key: str) -> str:
        """Place of a key, for messages."""
        return f"{self.file}, {self.place + '.' if self.place else ''}{key}"

    def error(self, key: str, rule: str) -> FormatError:
        """An error at a key."""
        return FormatError(f"{self.where(key)}: {rule}")

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
            raise self.error(key, f"must be {_word(kind)}, got {value!r}")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.error(key, f"must be a finite number, got {value!r}")
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
            if not isinstance(value, kind):
                raise self.error(key, f"must be a list of {_word(kind)}, got {value!r} in it")
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
                raise self.error(key, f"must be a list of tables, got {content!r}")
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


def _word(kind: type[Any]) -> str:
    words = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list", dict: "a table"}
    return words.get(kind, f"a {kind.__name__}")
