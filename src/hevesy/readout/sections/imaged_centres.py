"""An imaging trial by centre: who came from where, what was other than planned, and the counts of each modality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.names import sounding
from hevesy.readout.sections import accuracy
from hevesy.readout.sections.numbers import head_count, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hevesy.conduct.imaged import Imaged, ImagedSubject, InGroup


def centres(found: Imaged) -> Section | None:
    """Subjects, departures and counts of each centre; None where no subject has one."""
    if all(one.site is None for one in found.subjects):
        return None
    blocks: list[Block] = [_subjects(found), _counts(found)]
    blocks.append(
        said(
            f"The {len([one for one in found.by_centre if one.key != 'no-site'])} centres are described, not compared "
            "with one another."
        )
    )
    blocks += [said(f"These may be one centre in two spellings: {names}.", tone="caution") for names in _alike(found)]
    return Section(id="centres", title="Centres", blocks=tuple(blocks))


def _alike(found: Imaged) -> list[str]:
    """Centres whose names differ in spelling alone."""
    spelled: dict[str, dict[str, None]] = {}
    for site in sorted({one.site for one in found.subjects if one.site is not None}):
        spelled.setdefault(sounding(site), {})[site] = None
    return [" and ".join(names) for names in spelled.values() if len(names) > 1]


def _members(found: Imaged, centre: InGroup) -> list[ImagedSubject]:
    ids = {one.case.subject for one in centre.cases}
    return [one for one in found.subjects if one.id in ids]


def _subjects(found: Imaged) -> Table:
    return table(
        "centres",
        "Subjects by centre",
        (
            "Centre",
            *map(
                of_numbers,
                (
                    "Enrolled",
                    "Injected",
                    "Scans outside their time",
                    "Scan and specimen too far apart",
                    "Truth not known",
                ),
            ),
        ),
        (_centre(found, one, _members(found, one)) for one in found.by_centre),
        "In the order of their names.",
    )


def _centre(found: Imaged, centre: InGroup, own: Sequence[ImagedSubject]) -> tuple[Part, ...]:
    ids = {one.id for one in own}

    def count(key: str, what: str, who: Sequence[str], rows: Sequence[int]) -> Number:
        return number(
            f"{centre.key}-{key}",
            len(who),
            label=f"{what.capitalize()}, {centre.name}",
            definition=what,
            population=f"enrolled at {centre.name} (n={len(own)})",
            because=shortened(who) or ("nobody",),
            rows=rows,
        )

    outside = [one for point in found.time_points for one in point.outside if one[0] in ids]
    far = [one for one in found.too_far if one.subject in ids]
    unknown = [one for one in centre.cases if one.case.truth in (None, "non-diagnostic")]
    enrolled, injected = (
        head_count(
            f"{centre.key}-{key}",
            [one.item for one in members],
            label=f"{key.capitalize()}, {centre.name}",
            definition=meaning,
            population=f"centre {centre.name}",
        )
        for key, members, meaning in (
            ("enrolled", own, "subjects assigned to an arm of the protocol"),
            (
                "injected",
                [one for one in own if one.injections],
                "subjects with an administration of the label on record",
            ),
        )
    )
    return (
        centre.name,
        enrolled,
        injected,
        count(
            "outside",
            "scans outside the tolerance of their time",
            [f"{who}: {scan.because}" for who, scan in outside],
            [row for _, scan in outside for row in scan.rows],
        ),
        count(
            "too-far",
            "scans farther from their specimen than allowed",
            [f"{one.subject}: {one.modality}, {one.days} d" for one in far],
            [row for one in far for row in one.rows],
        ),
        count(
            "truth-unknown",
            "cases whose truth is not known",
            [f"{one.case.name}: {one.because[0]}" for one in unknown],
            [row for one in unknown for row in one.rows_of()],
        ),
    )


def _counts(found: Imaged) -> Table:
    """The table of two by two of each modality, a line a centre."""
    titles = [title.upper() for title, _, _ in accuracy.CELLS]
    columns = [of_numbers(title, under=accuracy.told(found, test)) for test in found.tests for title in titles]
    rows: list[tuple[Part, ...]] = [
        (one.name, *(accuracy.cell(found, one, test, place) for test in found.tests for place in range(4)))
        for one in found.by_centre
    ]
    return table(
        "centres-accuracy",
        "Counts by centre",
        ("Centre", *columns),
        rows,
        "TP true positive, FN false negative, FP false positive, TN true negative.",
    )
