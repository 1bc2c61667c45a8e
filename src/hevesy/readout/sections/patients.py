"""Every patient of an imaging trial on one line: why imaged, what each modality said, what was true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.names import slug, token
from hevesy.readout.sections.accuracy import told
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.imaged import Imaged, ImagedSubject
    from hevesy.find.patient import JoinedCase

MOST = 500


def patients(found: Imaged) -> Section:
    """The first subjects, a line a case; of a large study all rows are in tables/."""
    shown = found.subjects[:MOST]
    rows = [_line(found, one, case) for one in shown for case in _cases_of(found, one)]
    columns = (
        "Patient",
        *(("Lesion",) if found.by_lesion else ()),
        "Centre",
        "Arm",
        "Presentation",
        *(told(found, test) for test in found.tests),
        "Truth",
        *(of_numbers(f"{test} to specimen", "d") for test in found.tests),
    )
    blocks: list[Block] = [table("patients", "Every patient", columns, rows, looked_up=True)]
    if len(found.subjects) > MOST:
        blocks.insert(0, said(f"{MOST} of {len(found.subjects)} subjects; all rows are in tables/."))
    return Section(id="profiles", title="Patients", blocks=tuple(blocks))


def _cases_of(found: Imaged, one: ImagedSubject) -> tuple[JoinedCase, ...]:
    return one.patient.lesions if found.by_lesion and one.patient.lesions else (one.patient.whole,)


def _line(found: Imaged, one: ImagedSubject, case: JoinedCase) -> tuple[Part, ...]:
    days = [
        next(
            (each for each in one.intervals if each.modality == test and (each.lesion or "") == case.case.lesion), None
        )
        for test in found.tests
    ]
    return (
        one.id,
        *((case.case.lesion or "all",) if found.by_lesion else ()),
        one.site or "not told",
        one.item.arm.name if one.item.arm is not None else "no arm",
        one.presentation_told or "not told",
        *(_says(found, one, case, test) for test in found.tests),
        _truth(one, case),
        *(
            f"{each.days}{' beyond' if each.beyond else ''}" if each is not None and each.days is not None else ""
            for each in days
        ),
    )


def _name(case: JoinedCase) -> str:
    return token(f"{case.case.subject}-{case.case.lesion}" if case.case.lesion else case.case.subject)


def _says(found: Imaged, one: ImagedSubject, case: JoinedCase, test: str) -> Part:
    answer = case.case.readings.get(test)
    why = next((told for told in case.because if told.startswith(f"{test}: ")), None)
    because = [said_of.because for said_of in case.said.get(test, ())]
    return number(
        f"says-{slug(test)}-{_name(case)}",
        answer,
        answer or "none that counts",
        label=f"{told(found, test)}, {one.id}",
        definition=f"what the reading that counts ({found.plan.reader}) says",
        population=f"subject {one.id}",
        because=(why,) if answer is None and why is not None else because,
        rows=(row for said_of in case.said.get(test, ()) for row in said_of.rows),
        of=one.id,
    )


def _truth(one: ImagedSubject, case: JoinedCase) -> Number:
    truth = case.case.truth
    by = f" ({case.case.reference})" if case.case.reference is not None else ""
    return number(
        f"truth-of-{_name(case)}",
        truth,
        f"{truth}{by}" if truth is not None else "not known",
        label=f"Truth, {one.id}",
        definition="what tissue, else the follow-up, says it was",
        population=f"subject {one.id}",
        because=case.because,
        rows=case.rows_of(),
        of=one.id,
    )
