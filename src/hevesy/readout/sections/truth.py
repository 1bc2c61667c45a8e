"""What was true and who said so: tissue and follow-up, categories, days between scan and specimen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.conduct.groups import spread_of
from hevesy.names import slug
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import range_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hevesy.conduct.imaged import Imaged, Interval
    from hevesy.find.patient import JoinedCase
    from hevesy.study.facts.imaging import Specimen

CATEGORIES = ("new tumour", "recurrence", "mixed", "pseudoprogression", "radiation necrosis", "non-diagnostic")


def truth(found: Imaged) -> Section:
    """Cases by category and by who told it, specimens, intervals, and what disagrees."""
    blocks: list[Block] = [_categories(found), *_specimens(found), _intervals(found), *_named(found)]
    return Section(id="truth", title="Truth and specimens", blocks=tuple(blocks))


def _categories(found: Imaged) -> Table:
    rows: list[tuple[Part, ...]] = []
    for category in CATEGORIES:
        own = [one for one in found.cases if one.case.truth == category]
        by = [[one for one in own if one.case.reference == reference] for reference in ("specimen", "follow-up")]
        sides = dict.fromkeys(found.side(one) or "neither" for one in own)
        rows.append(
            (
                category,
                _cases(found, f"truth-{slug(category)}", category, own),
                *(
                    _cases(found, f"truth-{slug(category)}-by-{reference}", f"{category} by {reference}", these)
                    for reference, these in zip(("specimen", "follow-up"), by, strict=True)
                ),
                " / ".join(sides) if own else "",
            )
        )
    open_yet = [one for one in found.cases if one.case.truth is None]
    rows.append(("not known", _cases(found, "truth-not-known", "truth not known", open_yet), "", "", ""))
    notes = [
        f"Mixed specimens count {found.mixed.told}. Non-diagnostic ones count nowhere.",
        "Where tissue and follow-up both tell, tissue counts; tumour in any specimen of a lesion is tumour.",
    ]
    return table(
        "truth",
        f"{'Lesions' if found.by_lesion else 'Patients'} by what they were found to be",
        ("Truth", *map(of_numbers, ("Cases", "By specimen", "By follow-up")), "Counts as"),
        rows,
        *notes,
    )


def _cases(found: Imaged, id: str, what: str, cases: Sequence[JoinedCase]) -> Number:
    return number(
        id,
        len(cases),
        label=f"Cases: {what}",
        definition=f"cases of which the truth is: {what}",
        population=f"all cases (n={len(found.cases)})",
        because=shortened(cases, told=lambda one: f"{one.case.name}: {one.because[0]}") or ("nobody",),
        rows=[row for one in cases for row in one.rows_of()],
    )


def _specimens(found: Imaged) -> list[Block]:
    reviews: list[Specimen] = [one for subject in found.subjects for one in subject.specimens]
    if not reviews:
        return [said("No specimen has been delivered.")]
    first = [one for one in reviews if not one.second_review]

    def count(id: str, what: str, own: Sequence[Specimen]) -> Number:
        return number(
            f"specimens-{id}",
            len(own),
            label=f"Specimens: {what}",
            definition=f"diagnoses of specimens as delivered: {what}",
            population=f"all diagnoses (n={len(reviews)})",
            because=shortened(
                own, told=lambda one: f"{one.subject}, {one.specimen or one.on}: {one.diagnosis or 'not yet'}"
            )
            or ("none",),
            rows=(one.row for one in own),
        )

    second = [one for one in reviews if one.second_review]
    nothing = [one for one in reviews if one.diagnosis == "non-diagnostic"]
    waiting = [one for one in reviews if one.diagnosis is None]
    kinds = Counter(one.procedure or "procedure not told" for one in first)
    blinded = [one for one in reviews if one.blinded]
    parts: list[Part] = [
        count("first", "first reviews", first),
        f" specimens ({', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))}), ",
        count("second", "second reviews", second),
        " with a second review, which counts; reviewers blinded to the images in ",
        count("blinded", "by a reviewer blinded to the images", blinded),
        f" of {len(reviews)} diagnoses; ",
        count("non-diagnostic", "non-diagnostic", nothing),
        " non-diagnostic",
    ]
    if nothing:
        parts.append(f" ({', '.join(f'{one.subject}: {one.specimen or one.on}' for one in nothing)})")
    parts += ["; ", count("waiting", "without a diagnosis yet", waiting), " without a diagnosis yet."]
    return [said(*parts)]


def _intervals(found: Imaged) -> Table:
    allowed = found.plan.scan_to_specimen_d
    rows = [_of_modality(found, test) for test in found.tests]
    return table(
        "scan-to-specimen",
        "Days from the scan that was read to the specimen",
        (
            "Modality",
            "Days",
            *map(of_numbers, ("Cases", "Farther apart than allowed", "Tissue first", "Day not known")),
        ),
        rows,
        f"Allowed: {allowed} days. Those farther apart are named and count."
        if allowed is not None
        else "The protocol allows any number of days.",
    )


def _of_modality(found: Imaged, test: str) -> tuple[Part, ...]:
    own = [one for one in found.intervals if one.modality == test]
    days = [one.days for one in own if one.days is not None]
    spread = spread_of(days)

    def count(id: str, what: str, these: Sequence[Interval]) -> Number:
        return number(
            f"interval-{id}-{slug(test)}",
            len(these),
            label=f"{test} to specimen: {what}",
            definition=f"cases with tissue and a {test} reading that counts: {what}",
            population=f"cases with both (n={len(own)})",
            because=shortened(these, told=_told) or ("none",),
            rows=(row for one in these for row in one.rows),
        )

    median: Part = "not known"
    if spread is not None:
        median = number(
            f"interval-median-{slug(test)}",
            spread.median,
            range_of(spread),
            label=f"Days from {test} to specimen",
            definition="day of the specimen less day of the scan that was read: median, least and most",
            population=f"cases with both days (n={spread.n})",
            because=shortened(own, told=_told),
            rows=(row for one in own for row in one.rows),
        )
    return (
        test,
        median,
        count("cases", "all", own),
        count("beyond", "farther apart than allowed", [one for one in own if one.beyond]),
        count(
            "tissue-first",
            "tissue taken before the scan",
            [one for one in own if one.days is not None and one.days < 0],
        ),
        count("no-day", "a day is not known", [one for one in own if one.days is None]),
    )


def _told(one: Interval) -> str:
    whose = f"{one.subject}, lesion {one.lesion}" if one.lesion else one.subject
    return f"{whose}: {one.modality} {one.scanned or 'no day'}, tissue {one.taken or 'no day'}" + (
        f", {one.days} d" if one.days is not None else ""
    )


def _named(found: Imaged) -> list[Block]:
    """Those too far apart, tissue taken first, and what reviewers or specimens disagree on."""
    blocks: list[Block] = []
    allowed = found.plan.scan_to_specimen_d
    if found.too_far:
        blocks.append(said(f"Scan and specimen farther apart than {allowed} days, named and counted:", tone="caution"))
        blocks.append(listed(*shortened(found.too_far, told=_told)))
    if found.tissue_first:
        blocks.append(said("Tissue was taken before the scan that is held against it:", tone="caution"))
        blocks.append(listed(*shortened(found.tissue_first, told=_told)))
    notes = [f"{one.id}: {note}" for one in found.subjects for truth in one.truths for note in truth.notes]
    if notes:
        blocks += [said("To be known of the truth:"), listed(*shortened(notes))]
    return blocks
