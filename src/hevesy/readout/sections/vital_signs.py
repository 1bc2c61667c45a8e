"""Vital signs and electrocardiograms: how many subjects had which worst grade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import table
from hevesy.names import slug
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.vital_signs import SignsOfStudy, TermOfSigns, WorstSign

GRADES = (0, 1, 2, 3, 4)
SEVERE = 3


def vital_signs(found: SignsOfStudy) -> Section:
    """Of each term those who were measured, by their worst grade after day 1."""
    blocks: list[Block] = []
    if found.because is not None:
        blocks.append(said(f"Not graded: {found.because}."))
    elif not found.terms:
        blocks.append(said("Nobody was measured after day 1."))
    else:
        title = f"Worst grade of each subject after day 1 (CTCAE {found.version})"
        headings = ("Term", "Measured", *(f"Grade {grade}" for grade in GRADES), "Some not graded")
        note = (
            "By the measured value alone: how long it lasted, whether it was treated or felt is not known from it. "
            "What was measured up to day 1 is the baseline. Where a measurement is not graded, a worse grade may be."
        )
        blocks.append(table("vital-signs", title, headings, map(_term, found.terms), note))
        blocks += [said(*_severe(term), tone="caution") for term in found.terms if _those_severe(term)]
    if found.undated:
        left = number(
            "signs-undated",
            len(found.undated),
            label="Measurements that are not graded for want of a day",
            definition="rows of vital signs and ECG without a whole date, or of subjects without a day 1",
            population="treated",
            rows=found.undated,
        )
        blocks.append(said("Not graded for want of a day: ", left, " measurements.", tone="caution"))
    return Section(id="vital-signs", title="Vital signs and ECG", blocks=tuple(blocks))


def _term(term: TermOfSigns) -> tuple[Part, ...]:
    graded = (_count(term, f"grade-{grade}", term.of_grade(grade), f"worst grade {grade}") for grade in GRADES)
    return (
        term.term,
        _count(term, "measured", term.each, "measured after day 1"),
        *graded,
        _count(term, "open", term.open, "a measurement tells no grade"),
    )


def _count(term: TermOfSigns, part: str, those: Sequence[WorstSign], meaning: str) -> Number:
    shown = [one.unknown[0] if part == "open" or one.worst is None else one.worst for one in those]
    return number(
        f"sign-{slug(term.term)}-{part}",
        len(those),
        label=f"{term.term}: {meaning}",
        definition=f"subjects {meaning}, by the measured value alone",
        population=f"treated, measured for it after day 1 (n={len(term.each)})",
        because=shortened(f"{one.subject}: {sign.because}" for one, sign in zip(those, shown, strict=True))
        or ("nobody",),
        rows=(row for sign in shown for row in sign.rows),
    )


def _those_severe(term: TermOfSigns) -> list[WorstSign]:
    return [one for one in term.each if one.worst is not None and (one.worst.grade or 0) >= SEVERE]


def _severe(term: TermOfSigns) -> tuple[Part, ...]:
    told = "; ".join(
        shortened(f"{one.subject}, {one.worst.because}" for one in _those_severe(term) if one.worst is not None)
    )
    return (f"{term.term} of grade {SEVERE} or worse: {told}.",)
