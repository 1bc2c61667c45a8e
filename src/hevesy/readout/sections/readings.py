"""Who read what: each reader's answers, how two agree, and whose answer counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.names import slug, told_apart
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import percent

if TYPE_CHECKING:
    from hevesy.conduct.imaged import Imaged
    from hevesy.conduct.readers import OneReader, ReadersOf, Together

ANSWERS = ("positive", "negative", "not readable")


def readings(found: Imaged) -> Section:
    """Readers by modality, their agreement, and the readings that do not count."""
    if not found.readers:
        blocks: list[Block] = [said("No reading has been delivered.", tone="caution")]
        return Section(id="readings", title="Readings and readers", blocks=tuple(blocks))
    at = f", {found.plan.modality} at {found.plan.primary_h:g} h" if found.plan.primary_h is not None else ""
    blocks = [
        said(f"The reading that counts is that of: {found.plan.reader}{at}. Single readers are shown, not counted."),
        _readers(found),
    ]
    if any(one.together for one in found.readers):
        blocks.append(_together(found))
    for one in found.readers:
        for pair in one.together:
            if pair.differ:
                blocks.append(said(f"{one.modality}: {pair.first} and {pair.second} differ on"))
                blocks.append(listed(*shortened(pair.differ)))
    blocks += _without(found)
    return Section(id="readings", title="Readings and readers", blocks=tuple(blocks))


def _readers(found: Imaged) -> Table:
    rows: list[tuple[Part, ...]] = []
    for one in found.readers:
        ids = told_apart({reader.name: slug(reader.name) for reader in one.readers})
        for reader in one.readers:
            rows.append(
                (
                    one.modality,
                    reader.name,
                    *(_answered(one, reader, ids[reader.name], answer) for answer in ANSWERS),
                    f"{reader.blinded} of {len(reader.rows)}",
                )
            )
    return table(
        "readers",
        "Answers of each reader",
        ("Modality", "Reader", *map(of_numbers, map(str.capitalize, ANSWERS)), "Blinded"),
        rows,
    )


def _answered(one: ReadersOf, reader: OneReader, id: str, answer: str) -> Number:
    return number(
        f"reader-{slug(one.modality)}-{id}-{slug(answer)}",
        reader.answers.get(answer, 0),
        label=f"{reader.name}, {one.modality}: {answer}",
        definition=f"readings of {one.modality} by {reader.name} that are {answer}",
        population=f"readings of {one.modality} by {reader.name} (n={len(reader.rows)})",
        because=tuple(f"{answer}: {n}" for answer, n in sorted(reader.answers.items())),
        rows=reader.rows,
    )


def _together(found: Imaged) -> Table:
    rows = [
        (one.modality, f"{pair.first} and {pair.second}", *_agreed(one, pair))
        for one in found.readers
        for pair in one.together
    ]
    return table(
        "reader-agreement",
        "Agreement of two readers on what both read",
        ("Modality", "Readers", of_numbers("Read by both"), of_numbers("Same answer"), "Kappa (95 %)"),
        rows,
        "Cohen's kappa of positive and negative where both could read. What one could not read is in the counts, not "
        "in kappa.",
    )


def _agreed(one: ReadersOf, pair: Together) -> tuple[Part, ...]:
    id = f"{slug(one.modality)}-{slug(pair.first)}-{slug(pair.second)}"
    each = tuple(f"{first} / {second}: {n}" for (first, second), n in sorted(pair.pairs.items()))

    def told(key: str, value: float, text: str, definition: str, n: int) -> Number:
        return number(
            f"agreement-{key}-{id}",
            value,
            text,
            label=f"{pair.first} and {pair.second}, {one.modality}: {key}",
            definition=definition,
            population=f"read by both (n={n})",
            because=each,
            rows=pair.rows,
        )

    same = told(
        "same",
        pair.same,
        f"{pair.same} ({percent(pair.same / pair.n)})" if pair.n else "0",
        "both say the same",
        pair.n,
    )
    kappa: Part = f"cannot be told: {pair.because}"
    if pair.kappa is not None:
        found = pair.kappa
        text = f"{found.estimate:.2f} ({found.lower:.2f} to {found.upper:.2f})"
        kappa = told(
            "kappa",
            found.estimate,
            text,
            "Cohen's kappa of positive and negative, where both could read",
            pair.readable,
        )
    return str(pair.n), same, kappa


def _without(found: Imaged) -> list[Block]:
    """Subjects of whom there is no reading that counts, and why; and readings that stand aside."""
    lacking = [
        f"{one.case.name}: {why}"
        for one in found.cases
        for test in found.tests
        if test not in one.case.readings
        for why in (next((said for said in one.because if said.startswith(f"{test}:")), f"{test}: no reading"),)
    ]
    aside = [
        f"{one.id}: {note}"
        for one in found.subjects
        for each in one.patient.whole.said.values()
        for said_of in each
        for note in said_of.notes
    ]
    blocks: list[Block] = []
    if lacking:
        blocks += [said("Without a reading that counts:", tone="caution"), listed(*shortened(lacking))]
    if aside:
        blocks += [said("Readings that do not count:"), listed(*shortened(aside))]
    return blocks
