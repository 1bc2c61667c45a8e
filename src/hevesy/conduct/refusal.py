"""Why a delivery is not taken in, and what it says otherwise than the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_VALUE = 80
"""Characters of a delivered value that a sentence repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a delivery was not taken in: file, line, column, value and rule."""

    file: str
    rule: str
    line: int | None = None
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        place = self.file + (f", line {self.line}" if self.line is not None else "")
        about = f", {self.column}" if self.column else ""
        told = self.value is None or repr(self.value) in self.rule
        return f"{place}{about}: {self.rule}" + ("" if told else f" (got {(self.value or '')[:LONGEST_VALUE]!r})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row whose values differ from those recorded under its key: column -> (before, after)."""

    key: str
    file: str
    line: int
    values: Mapping[str, tuple[str | None, str | None]]

    def __str__(self) -> str:
        return f"{self.key}: " + ", ".join(
            f"{name} {before!r} -> {after!r}" for name, (before, after) in self.values.items()
        )
