"""Who is in the study: disposition, the populations with the reasons for leaving one, and baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import Listing, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import table
from hevesy.conduct.populations import DerivedFromPrior, Measured, Told
from hevesy.names import slug, token
from hevesy.readout.sections.numbers import head_count, number

if TYPE_CHECKING:
    from hevesy.conduct.groups import Group
    from hevesy.conduct.populations import (
        Answering,
        Baseline,
        Characteristics,
        Having,
        Population,
        PopulationKind,
        Populations,
        Recorded,
        Sexes,
    )

MOST_LEFT_OUT = 80


def disposition(found: Populations) -> Section:
    """Enrolled, treated, evaluable: counts per arm, and why each subject is left out."""
    rows: list[tuple[Part, ...]] = [_population(found, one) for one in found.populations]
    rows.append(("Died", *(deaths(group) for group in found.groups)))
    blocks: list[Block] = [
        table("disposition", "Subjects by population", ("Population", *(group.name for group in found.groups)), rows)
    ]
    if found.unassigned:
        codes = sorted({item.subject.enrolment.arm_code or "none" for item in found.unassigned})
        count = head_count(
            "n-unassigned",
            found.unassigned,
            label="Without an arm",
            definition="subjects whose code has no arm in the protocol",
            population="all subjects",
        )
        blocks.append(said(count, f" subjects have no arm (delivered as {', '.join(codes)})."))
    if found.left_out:
        blocks.append(said("Left out of a population, and why:"))
        told = found.left_out[:MOST_LEFT_OUT]
        blocks.append(Listing(items=tuple((f"{subject}: {reason}",) for subject, reason in told)))
    return Section(id="disposition", title="Disposition and populations", blocks=tuple(blocks))


def _population(found: Populations, one: Population) -> tuple[Part, ...]:
    return (one.kind.title, *(in_population(one.kind, group) for group in found.groups))


def in_population(kind: PopulationKind, group: Group) -> Number:
    """How many of a group are in a population."""
    return head_count(
        f"n-{kind.key}-{group.id}",
        kind.of(group.members),
        label=f"{kind.title}, {group.name}",
        definition=kind.definition,
        population=group.name,
    )


def deaths(group: Group) -> Number:
    """Those of a group of whom the record says that they died."""
    died = [(item.subject.id, item.death) for item in group.members if item.death is not None]
    return number(
        f"n-deaths-{group.id}",
        len(died),
        label=f"Deaths, {group.name}",
        definition=(
            "subjects of whom any record says by the cut that they died: death, grade 5 event, disposition, contact"
        ),
        population=f"enrolled, {group.name}",
        because=tuple(f"{subject}: {death.on or 'no date'} ({death.because})" for subject, death in died)
        or ("nothing in the record says that anybody died",),
        rows=(row for _, death in died for row in death.rows),
    )


def baseline(found: Baseline) -> Section:
    """Age, sex, body size and the characteristics the mapping names, per arm."""
    made = table(
        "baseline", "Baseline", ("Characteristic", *(group.name for group in found.groups)), map(_row, found.rows)
    )
    return Section(id="baseline", title="Baseline", blocks=(made,))


def _row(row: Characteristics) -> tuple[Part, ...]:
    match row:
        case Measured():
            return (row.title, *(_measured(row, one) for one in row.by_group))
        case Told():
            title = row.name.capitalize() if row.only else f"{row.name.capitalize()}: {row.wanted}"
            return (title, *(_having(row, one) for one in row.by_group))
        case DerivedFromPrior():
            return (row.of.title, *(_derived(row, one) for one in row.by_group))
    return ("Women / men", *map(_sexes, row))


def _measured(row: Measured, one: Recorded) -> Number | str:
    spread = one.spread
    if spread is None:
        return "not recorded"
    text = f"{spread.mean:.3g}" if spread.mean < 1000 else f"{spread.mean:.0f}"
    return number(
        f"{row.key}-mean-{one.group.id}",
        spread.mean,
        f"mean {text}, median {spread.median:g}, {spread.least:g} to {spread.most:g} (n={spread.n})",
        label=f"{row.title}, {one.group.name}",
        definition=f"{row.title}: arithmetic mean, median and range of the recorded values",
        population=f"enrolled with a value, {one.group.name}",
        because=(f"{one.lacking} without a value",),
        rows=one.rows,
    )


def _sexes(one: Sexes) -> Number:
    unknown = f" ({one.not_recorded} not recorded)" if one.not_recorded else ""
    return number(
        f"sex-{one.group.id}",
        one.women,
        f"{one.women} / {one.men}{unknown}",
        label=f"Women / men, {one.group.name}",
        definition="women and men as recorded",
        population=f"enrolled, {one.group.name}",
        because=(f"{one.women} F, {one.men} M",),
        rows=one.rows,
    )


def _having(row: Told, one: Having) -> Number:
    name, key = row.name, slug(row.name) if row.only else f"{slug(row.name)}-{token(row.wanted)}"
    return number(
        f"base-{key}-{one.group.id}",
        len(one.subjects),
        f"{len(one.subjects)} of {one.recorded}",
        label=f"{name}, {one.group.name}",
        definition=f"subjects with {name!r} delivered as {row.wanted!r}",
        population=f"enrolled with {name!r} recorded, {one.group.name}",
        because=(", ".join(shortened(one.subjects)) or "nobody",),
        rows=one.rows,
    )


def _derived(row: DerivedFromPrior, one: Answering) -> Number:
    """Those answered yes of those answered; who is undetermined is in neither."""
    answered, unknown = len(one.yes) + len(one.no), len(one.undetermined)
    return number(
        f"prior-{row.of.key}-{one.group.id}",
        len(one.yes),
        f"{len(one.yes)} of {answered}" + (f" ({unknown} undetermined)" if unknown else ""),
        label=f"{row.of.title}, {one.group.name}",
        definition=f"{row.of.definition}; derived from the prior therapies delivered",
        population=f"enrolled with an answer, {one.group.name}",
        because=shortened(one.because) or ("nobody",),
        rows=one.rows,
    )
