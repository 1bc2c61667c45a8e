"""What a study's sources.toml says: which file is of which kind of record, and which column holds which field."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from hevesy.errors import RuleError

Row = Mapping[str, str | None]


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
    """The name of a field whose boxes are columns of their own."""
    boxes: Mapping[str, str] = field(default_factory=dict)
    """The column of each box, and what it means when it is ticked."""

    @property
    def name(self) -> str:
        """Name of the column for messages."""
        return self.column or self.checkbox or "(constant)"

    def meaning(self, text: str) -> str:
        """What a text stands for."""
        return self.codes.get(text, text if self.others is None else self.others)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return tuple(name for name in (self.column, self.unit_column, self.censored_column, *self.boxes) if name)

    def text_of(self, row: Row) -> str | None:
        """What the row says, before codes: ticked boxes together; None: nothing."""
        if self.checkbox is not None:
            ticked = "; ".join(meaning for name, meaning in self.boxes.items() if _ticked(name, row.get(name)))
            return ticked or self.others
        if self.column is not None and (text := row.get(self.column)) is not None and (text := text.strip()):
            return text  # as nearly all do
        text = self.constant if self.column is None else row.get(self.column)
        text = text.strip() if text is not None else None
        if not text and self.censored_column is not None:
            beside = (row.get(self.censored_column) or "").strip()
            text = beside if CENSORED.fullmatch(beside) else text
        return text


CENSORED = re.compile(r"([<>])=?\s*((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)", re.ASCII)
"""A value below or above a limit."""


_NOT_TICKED = ("", "0", "0.0", "unchecked")


def _ticked(column: str, text: str | None) -> bool:
    """Whether a box is ticked; anything but a box's words is refused."""
    folded = (text or "").strip().casefold()
    if folded in _NOT_TICKED:
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
    only_filled: bool = False
    """A row of a wide export holds the columns of several sources, and is this one's where it fills one of them."""
    may_be_empty: frozenset[str] = frozenset()
    """Columns of the key that a row may leave empty."""
    may_be_absent: frozenset[str] = frozenset()
    """Columns of the key, or that choose rows, which a file need not have."""

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
        return bool(self.only or self.excluded or self.only_filled)

    def takes(self, row: Row) -> bool:
        """Whether the row is one of those the mapping speaks of.

        `only`: column = values, `except`: those that are not.
        """
        if self.only and not all((row.get(column) or "") in wanted for column, wanted in self.only.items()):
            return False
        if self.excluded and any((row.get(column) or "") in unwanted for column, unwanted in self.excluded.items()):
            return False
        return not self.only_filled or self.says_something(row)

    def _says_something(self, row: Row, entry: Column) -> bool:
        """Whether a field that is no part of the key, nor a constant, was filled."""
        if entry.constant is not None or entry.column in self.key:
            return False
        if entry.checkbox is not None:
            return any((row.get(name) or "").strip().casefold() not in _NOT_TICKED for name in entry.boxes)
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
