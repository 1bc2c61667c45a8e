"""What changed since an earlier cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import Listing, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from datetime import date

    from hevesy.conduct.changes import Changes, Counted

MOST = 60


def changes(found: Changes | None, decided: Sequence[tuple[Number, Number]]) -> Section:
    """Counts then and now, every subject whose status, response or time differs, and each decision then and now."""
    if found is None:
        text = (
            "No earlier data cut is named: list them under study.readout_cuts in protocol.toml, or name one when a "
            "readout is asked for."
        )
        return Section(id="changes", title="What changed", blocks=(said(text),))
    blocks: list[Block] = [
        table(
            "changes",
            f"Since {found.then}",
            ("", *map(of_numbers, (str(found.then), str(found.now), "Change"))),
            (_counted(found, one) for one in found.counts),
        )
    ]
    for then, now in decided:
        told = f"{now.label} then, worked out again from the present record: {then.text}; now: "
        blocks.append(said(told, now, "."))
    if found.subjects:
        told_each = shortened(found.subjects, MOST, told=lambda one: f"{one[0]}: {one[1]}")
        blocks.append(Listing(items=tuple((sentence,) for sentence in told_each)))
    return Section(id="changes", title="What changed", blocks=tuple(blocks))


def _counted(found: Changes, one: Counted) -> tuple[Part, ...]:
    difference = number(
        f"change-{one.key}",
        one.now - one.then,
        f"{one.now - one.then:+d}",
        label=f"{one.title}, change since {found.then}",
        definition=f"{one.title.lower()} on {found.now} minus those on {found.then}, both from the same record",
        population="all assigned",
        because=(f"{one.then} then, {one.now} now",),
        rows=set(one.rows_now) - set(one.rows_then),
    )
    then = _at(one, "then", one.then, found.then, one.rows_then)
    return (one.title, then, _at(one, "now", one.now, found.now, one.rows_now), difference)


def _at(one: Counted, when: str, count: int, cut: date, rows: Sequence[int]) -> Number:
    return number(
        f"change-{one.key}-{when}",
        count,
        label=f"{one.title} on {cut}",
        definition=f"{one.title.lower()} as of {cut}, from the present record",
        population="all assigned",
        because=(f"as of {cut}",),
        rows=rows,
    )
