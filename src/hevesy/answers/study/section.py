"""One section of a readout, as an answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import StudyFolder, Text
from hevesy.answers.progress import tell
from hevesy.answers.study.at_cut import AsOf, KnownAt, Since, cut_in_words, cut_of, material_at
from hevesy.blocks.prose import said
from hevesy.blocks.table import table
from hevesy.errors import QuestionError

if TYPE_CHECKING:
    from hevesy.blocks.section import Section
    from hevesy.readout.contents import Material

COMMAND = "study section"
SECTIONS = tuple(
    "summary disposition changes baseline eligibility exposure accuracy truth readings dose-times scans dosimetry "
    "safety vital-signs late-effects dlt decision design label response indications doses pfs efs dor ttr os published "
    "centres profiles quality provenance".split()
)
"""Every section that a readout may have, in its order; which one has is found out by asking."""


def section(
    folder: Annotated[Path, StudyFolder()],
    name: Annotated[
        str | None, Text("A section by its id, as in safety (default: which there are).", "NAME", offered=SECTIONS)
    ] = None,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    since: Since = None,
) -> Answer:
    """One section of the study's readout at a data cut; without a name, which sections there are.

    Only what the section shows is worked out.

    Returns the cut, the head, and either `sections` (id and title of each) or `section`: id, title, and every number
    in full with its rows. The other of the two is null.
    Refused are a name that the readout at the cut has no section of, and what the readout refuses.

    Example: print(hevesy.open("trial").section("safety", as_of="2016-11-04"))
    """
    from hevesy.readout.contents import SECTIONS as MADE
    from hevesy.readout.contents import sections

    tell("reading the study ...")
    of = material_at(folder, as_of, known_at, since)
    if name is None:
        return _listed(of, sections(of))
    found = MADE[name](of) if name in MADE else None
    if found is None:
        known = ", ".join(one.id for one in sections(of))
        raise QuestionError(f"the readout at {of.analysis.cut} has no section {name!r}; there are {known}", "name")
    return Answer(
        document=lambda: {**cut_of(of), "sections": None, "section": _in_full(found)},
        blocks=(found, *cut_in_words(of)),
    )


def _listed(of: Material, every: tuple[Section, ...]) -> Answer:
    rows = [(one.title, one.id) for one in every]
    return Answer(
        document={
            **cut_of(of),
            "sections": [picked(one, "id", "title") for one in every],
            "section": None,
        },
        blocks=(
            said(f"The readout has {len(every)} sections.", tone="answer"),
            table("sections", "Sections of the readout", ("Section", "Name"), rows),
            *cut_in_words(of),
        ),
    )


def _in_full(found: Section) -> dict[str, Json]:
    from hevesy.blocks.section import numbers_in
    from hevesy.render.numbers import in_full, with_rows

    return {
        **picked(found, "id", "title"),
        "numbers": [with_rows(in_full(number)) for number in numbers_in(found.blocks)],
    }
