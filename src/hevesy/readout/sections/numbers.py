"""How counts, shares and bounds become numbers that say what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part, Value
from hevesy.blocks.prose import shortened
from hevesy.readout.wording import percent

if TYPE_CHECKING:
    from hevesy.conduct.analysis import SubjectAnalysis
    from hevesy.conduct.groups import Share
    from hevesy.follow.adverse_events import ZeroEvents


def number(
    id: str,
    value: Value,
    text: str | None = None,
    *,
    label: str,
    definition: str,
    population: str,
    because: Iterable[str] = (),
    rows: Iterable[int] = (),
    of: str | None = None,
) -> Number:
    """A number; without `text` the value itself is shown. `of` names the one subject it is of."""
    return Number(
        id=id,
        value=value,
        text=text if text is not None else str(value),
        label=label,
        definition=definition,
        population=population,
        because=tuple(because),
        rows=tuple(sorted(set(rows))),
        of=of,
    )


def share_number(id: str, share: Share, *, label: str, definition: str, population: str, more: str = "") -> Number:
    """How many of those judged, with the exact interval; of each whether it counts, why, and the rows."""
    rate = share.hits / share.n
    limits = f"{percent(share.interval.lower)} to {percent(share.interval.upper)}"
    return number(
        id,
        rate,
        f"{share.hits}/{share.n} = {percent(rate)} ({limits}){more}",
        label=label,
        definition=f"{definition}; exact 95 % interval (Clopper-Pearson)",
        population=f"{population} (n={share.n})",
        because=shortened(f"{one.subject}: {one.told}" for one in share.judged),
        rows=(row for one in share.judged for row in one.rows),
    )


def head_count(id: str, members: Sequence[SubjectAnalysis], *, label: str, definition: str, population: str) -> Number:
    """How many subjects, with who they are and their enrolment rows."""
    names = ", ".join(shortened(item.subject.id for item in members))
    return number(
        id,
        len(members),
        label=label,
        definition=definition,
        population=population,
        because=(names,) if names else ("nobody",),
        rows=(item.subject.enrolment.row for item in members),
    )


def zero_event_parts(id: str, name: str, zero: ZeroEvents, population: str) -> tuple[Part, ...]:
    """The rest of a sentence that says "none": both exact 95 % upper bounds, each a number of its own."""
    upper = number(
        f"{id}-upper",
        zero.one_sided_upper,
        percent(zero.one_sided_upper),
        label=f"{name}, one-sided upper bound",
        definition="exact one-sided 95 % upper bound for no event, 1 - 0.05^(1/n)",
        population=population,
        because=(zero.sentence,),
    )
    both = number(
        f"{id}-upper-two-sided",
        zero.two_sided.upper,
        percent(zero.two_sided.upper),
        label=f"{name}, two-sided upper limit",
        definition="upper limit of the exact two-sided 95 % interval (Clopper-Pearson)",
        population=population,
        because=(zero.sentence,),
    )
    return ("; a true rate up to ", upper, " (one-sided 95 %) or ", both, " (two-sided 95 %) is compatible with this.")
