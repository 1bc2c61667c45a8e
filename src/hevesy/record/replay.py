"""What a ledger adds up to: the last row of each key, the plan, deliveries, changes, and what was withdrawn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from json.encoder import encode_basestring as _quoted
from typing import NamedTuple

from hevesy.errors import RuleError, shown
from hevesy.record.ledger import Draft, Entry, name_of_object


class RecordedRow(NamedTuple):
    """The last row written under a key.

    Its entry's sequence, the line it came from, and its values as they are written (JSON).
    """

    sequence: int
    key: str
    line: int | None
    content: str

    @property
    def source(self) -> str:
        """Name of the source, with which the key begins."""
        return self.key.partition("|")[0]

    @property
    def values(self) -> dict[str, str | None]:
        """Text by column; None: an empty cell.

        Read anew each time, since a large study holds too many of them at once.
        """
        values, _ = _read_json(self.content)
        return values  # type: ignore[no-any-return]

    def has(self, column: str) -> bool:
        """Whether the row has a column, empty or not."""
        return f"{_quoted(column)}: " in self.content


_read_json = json.JSONDecoder().raw_decode


class RowWriter:
    """Writes rows in some of their columns as entries hold them: a JSON object, each name prepared once.

    >>> RowWriter(("subject", "grade"), ("grade", "other", "subject"))([None, "x", "1-01"])
    '{"subject": "1-01", "grade": null}'
    """

    def __init__(self, columns: Iterable[str], there: Sequence[str]) -> None:
        self._names = [(f"{_quoted(name)}: ", there.index(name)) for name in columns]

    def __call__(self, cells: Sequence[str | None]) -> str:
        """The content of an entry, from the cells of a row in the order of the file."""
        told = [name + ("null" if (text := cells[place]) is None else _quoted(text)) for name, place in self._names]
        return "{" + ", ".join(told) + "}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The first entry of a record: when, by whom, by which version of Hevesy."""

    sequence: int
    recorded_at: str
    who: str
    version: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A file that was taken in: name, hash, when, by whom, what it did."""

    sequence: int
    recorded_at: str
    who: str
    source: str
    file: str
    sha256: str
    """Of the kept copy."""
    original_sha256: str
    """Of the file as it was delivered; another where columns were cut from the copy."""
    full: bool
    added: int
    changed: int
    unchanged: int
    missing: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    cut: tuple[str, ...]
    """Columns that were dropped from the kept copy."""
    skipped: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A correction or withdrawal, with the reason given, and the row that stood before and stands after it."""

    sequence: int
    recorded_at: str
    who: str
    action: str
    key: str
    replaced: RecordedRow | None
    replacement: RecordedRow | None
    reason: str | None

    @property
    def before(self) -> Mapping[str, str | None] | None:
        """The values before; None: there were none."""
        return self.replaced.values if self.replaced is not None else None

    @property
    def after(self) -> Mapping[str, str | None] | None:
        """The values since; None: withdrawn."""
        return self.replacement.values if self.replacement is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Somebody said that a questioned row is right, and why.

    Of that row as it was written, not of a correction of it.
    """

    sequence: int
    recorded_at: str
    who: str
    key: str
    row: int
    value: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The dose that people chose on what a cohort showed: a level (None: to stop), by whom, on which day."""

    cohort: int
    """From 1, in the order of treatment; in a study with strata of its `stratum`."""
    level: int | None
    by: str
    on: date
    stratum: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no decision, as an entry that somebody forged may hold."""
        numbers = [number for number in (self.cohort, self.level) if number is not None]
        texts = [self.by, *([self.stratum] if self.stratum is not None else [])]
        if self.cohort is None or not all(isinstance(number, int) and number >= 1 for number in numbers):
            raise RuleError(f"cohort and level are numbered from 1, got {shown(self.cohort)} and {shown(self.level)}")
        if not all(isinstance(text, str) for text in texts):
            raise RuleError(f"names are texts, got {shown(self.by)} and {shown(self.stratum)}")

    @property
    def words(self) -> str:
        """What was decided, in two words."""
        return "stop" if self.level is None else f"level {self.level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignSaid:
    """What the protocol's design said on the facts up to the day of a decision, when that was written down."""

    action: str
    level: int | None
    mtd: int | None
    history: str
    """In notation."""

    def __post_init__(self) -> None:
        """Refuse what no design says."""
        numbers = [number for number in (self.level, self.mtd) if number is not None]
        if not (isinstance(self.action, str) and isinstance(self.history, str)):
            raise RuleError(f"action and history are texts, got {shown(self.action)} and {shown(self.history)}")
        if not all(isinstance(number, int) for number in numbers):
            raise RuleError(f"levels are numbers, got {shown(self.level)} and {shown(self.mtd)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTaken:
    """A dose decision of people as it was written down, on the state `head` of the record.

    `design` None: the design could not answer.
    """

    sequence: int
    recorded_at: str
    who: str
    """Who wrote it down."""
    decided: Decided
    head: str
    design: DesignSaid | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptObject:
    """A derived array or a folder of images that was kept: its name, the SHA-256 of the list of its files, its size."""

    sequence: int
    recorded_at: str
    who: str
    name: str
    sha256: str
    files: int
    size_bytes: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """A version of protocol.toml or sources.toml as it was recorded."""

    sequence: int
    recorded_at: str
    who: str
    name: str
    sha256: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Current state of the record (or its state at an earlier time).

    Rows by key, protocol and sources texts, history.
    """

    head: str
    entries: int
    rows: Mapping[str, RecordedRow]
    protocol_text: str | None
    protocol_sha256: str | None
    protocol_sequence: int | None
    sources_text: str | None
    sources_sha256: str | None
    sources_sequence: int | None
    plans: tuple[PlanVersion, ...]
    deliveries: tuple[Delivery, ...]
    changes: tuple[Change, ...]
    withdrawn: frozenset[str]
    confirmations: tuple[Confirmation, ...] = ()
    decisions: tuple[DecisionTaken, ...] = ()
    objects: tuple[KeptObject, ...] = ()
    begun: Begun | None = None

    def missing(self) -> tuple[str, ...]:
        """Keys absent from the newest full delivery of their source and neither withdrawn nor delivered again."""
        newest = {delivery.source: delivery for delivery in self.deliveries if delivery.full}
        return tuple(
            key
            for delivery in newest.values()
            for key in delivery.missing
            if key in self.rows and self.rows[key].sequence < delivery.sequence
        )


class Replay:
    """What entries add up to, as they come: `rows` by key, and the rest when it is asked for."""

    def __init__(self, known_at: str | None = None) -> None:
        self.rows: dict[str, RecordedRow] = {}
        self._known_at = known_at
        self.deliveries: list[Delivery] = []
        self.sources_text: str | None = None
        self._texts: dict[str, tuple[str, str | None, int]] = {}
        self._plans: list[PlanVersion] = []
        self._changes: list[Change] = []
        self._confirmations: list[Confirmation] = []
        self._decisions: list[DecisionTaken] = []
        self._begun: Begun | None = None
        self._objects: list[KeptObject] = []
        self._withdrawn: set[str] = set()
        self._head, self._count = "", 0

    def take(self, entry: Entry) -> None:
        """Add the next entry; one recorded after `known_at` (UTC, as the ledger writes it) is not known yet."""
        if self._known_at is not None and entry.recorded_at > self._known_at:
            return
        sequence, _, _, action, _, line, key, content, _, _, self._head = entry
        self._count = sequence
        match action:
            case "row" | "correction":
                row = RecordedRow(sequence, key, line, content or "{}")
                if action == "correction":
                    self._changes.append(_change(entry, self.rows.get(key), row))
                self.rows[key] = row
                if self._withdrawn:
                    self._withdrawn.discard(key)
            case "protocol" | "sources":
                self._take_plan(entry)
            case "begin":
                self._begun = _begun(entry)
            case "delivery":
                self.deliveries.append(_delivery(entry))
            case "withdrawal":
                self._changes.append(_change(entry, self.rows.pop(entry.key, None), None))
                self._withdrawn.add(entry.key)
            case "confirmation":
                self._confirmations.append(_confirmation(entry))
            case "decision":
                self._decisions.append(_decision(entry))
            case "object":
                self._objects.append(_object(entry))
            case _:
                pass

    def _take_plan(self, entry: Entry) -> None:
        self._texts[entry.action] = (entry.content or "", entry.source_sha256, entry.sequence)
        if entry.action == "sources":
            self.sources_text = entry.content
        self._plans.append(
            PlanVersion(
                sequence=entry.sequence,
                recorded_at=entry.recorded_at,
                who=entry.who,
                name=entry.key,
                sha256=entry.source_sha256 or "",
                reason=entry.reason,
            )
        )

    def recorded(self) -> Recorded:
        """The state after the entries so far."""
        protocol, sources = self._texts.get("protocol"), self._texts.get("sources")
        return Recorded(
            head=self._head,
            entries=self._count,
            rows=self.rows,
            protocol_text=protocol[0] if protocol else None,
            protocol_sha256=protocol[1] if protocol else None,
            protocol_sequence=protocol[2] if protocol else None,
            sources_text=sources[0] if sources else None,
            sources_sha256=sources[1] if sources else None,
            sources_sequence=sources[2] if sources else None,
            plans=tuple(self._plans),
            deliveries=tuple(self.deliveries),
            changes=tuple(self._changes),
            withdrawn=frozenset(self._withdrawn),
            confirmations=tuple(self._confirmations),
            decisions=tuple(self._decisions),
            objects=tuple(self._objects),
            begun=self._begun,
        )


def _begun(entry: Entry) -> Begun:
    version = json.loads(entry.content or "{}").get("hevesy", "of an unnamed version")
    return Begun(sequence=entry.sequence, recorded_at=entry.recorded_at, who=entry.who, version=str(version))


def _confirmation(entry: Entry) -> Confirmation:
    told = json.loads(entry.content or "{}")
    return Confirmation(
        sequence=entry.sequence,
        recorded_at=entry.recorded_at,
        who=entry.who,
        key=entry.key,
        row=told["row"],
        value=told["value"],
        reason=entry.reason,
    )


def decision_draft(decided: Decided, design: DesignSaid | None, reason: str | None) -> Draft:
    """The entry of a decision. The state it was made on is the one before it in the chain."""
    content = asdict(decided) | {"on": decided.on.isoformat(), "design": asdict(design) if design is not None else None}
    return Draft(
        action="decision",
        key="|".join(("decision", *filter(None, (decided.stratum,)), str(decided.cohort))),
        content=json.dumps(content, ensure_ascii=False),
        reason=reason,
    )


def _decision(entry: Entry) -> DecisionTaken:
    told = json.loads(entry.content or "{}")
    design = told.pop("design")
    return DecisionTaken(
        sequence=entry.sequence,
        recorded_at=entry.recorded_at,
        who=entry.who,
        decided=Decided(**told | {"on": date.fromisoformat(told["on"])}),
        head=entry.previous_hash,
        design=DesignSaid(**design) if design is not None else None,
        reason=entry.reason,
    )


def _object(entry: Entry) -> KeptObject:
    told = json.loads(entry.content or "{}")
    return KeptObject(
        sequence=entry.sequence,
        recorded_at=entry.recorded_at,
        who=entry.who,
        name=name_of_object(entry.key),
        sha256=entry.source_sha256 or "",
        files=told["files"],
        size_bytes=told["bytes"],
        reason=entry.reason,
    )


def _delivery(entry: Entry) -> Delivery:
    told = json.loads(entry.content or "{}")
    return Delivery(
        sequence=entry.sequence,
        recorded_at=entry.recorded_at,
        who=entry.who,
        source=told["source"],
        file=told["file"],
        sha256=entry.source_sha256 or "",
        original_sha256=told.get("original_sha256", entry.source_sha256 or ""),
        full=told["full"],
        added=told["added"],
        changed=told["changed"],
        unchanged=told.get("unchanged", 0),
        missing=tuple(told["missing"]),
        unknown_columns=tuple(told["unknown_columns"]),
        cut=tuple(told.get("cut", ())),
        skipped=told["skipped"],
        reason=entry.reason,
    )


def _change(entry: Entry, before: RecordedRow | None, after: RecordedRow | None) -> Change:
    return Change(
        sequence=entry.sequence,
        recorded_at=entry.recorded_at,
        who=entry.who,
        action=entry.action,
        key=entry.key,
        replaced=before,
        replacement=after,
        reason=entry.reason,
    )
