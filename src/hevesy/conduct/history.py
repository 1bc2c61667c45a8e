"""What was written into a record: its entries in groups that were written together and can be read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hevesy.conduct.recorded_study import mapped_columns
from hevesy.record import Begun, Change, Confirmation, DecisionTaken, Delivery, KeptObject, PlanVersion, Recorded

Told = Begun | PlanVersion | Delivery | Confirmation | DecisionTaken | KeptObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A row that was corrected or withdrawn.

    `values` has, for each mapped column that says something else since, what it said before and after; of a row that
    was withdrawn it is empty.
    """

    entry: int
    key: str
    withdrawn: bool
    values: Mapping[str, tuple[str | None, str | None]]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entries from `first` to `last`: what they say together, and the rows that a delivery among them changed.

    `told` None: of a kind that this version does not know.
    """

    first: int
    last: int
    told: Told | None
    changes: tuple[Changed, ...] = ()


def history(recorded: Recorded) -> tuple[Group, ...]:
    """Every entry of a record, in the order in which they were written.

    A delivery is one group, however many rows it has.
    """
    every: list[Told] = [
        *((recorded.begun,) if recorded.begun is not None else ()),
        *recorded.plans,
        *recorded.deliveries,
        *recorded.confirmations,
        *recorded.decisions,
        *recorded.objects,
    ]
    every.sort(key=lambda one: one.sequence)
    changes = _changes(recorded)
    places = [one.entry for one in changes]
    groups: list[Group] = []
    for told, following in zip(every, [*(one.sequence for one in every[1:]), recorded.entries + 1], strict=True):
        own = tuple(changes[bisect_left(places, told.sequence) : bisect_left(places, following)])
        last = told.sequence
        if isinstance(told, Delivery):
            last += told.added + told.changed + sum(one.withdrawn for one in own)
        groups.append(Group(first=told.sequence, last=last, told=told, changes=own))
        if last + 1 < following:
            groups.append(Group(first=last + 1, last=following - 1, told=None))
    return tuple(groups)


def _changes(recorded: Recorded) -> list[Changed]:
    mapped = mapped_columns(recorded) if recorded.changes else {}
    return [_changed(one, mapped.get(one.key.partition("|")[0], ())) for one in recorded.changes]


def _changed(change: Change, mapped: tuple[str, ...]) -> Changed:
    return Changed(
        entry=change.sequence,
        key=change.key,
        withdrawn=change.after is None,
        values=dict(_differences(change, mapped)),
        reason=change.reason,
    )


def _differences(change: Change, mapped: tuple[str, ...]) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    """Of mapped columns alone: earlier versions recorded others too, which nothing shows."""
    before, after = change.before or {}, change.after or {}
    for name in after:
        if name in mapped and before.get(name) != after.get(name):
            yield name, (before.get(name), after.get(name))
