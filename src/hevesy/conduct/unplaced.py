"""What a subject's record tells of regions that the plan does not have: a name that was written another way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from hevesy.names import sounding
from hevesy.study.facts.dosimetry import DeliveredDose, ExternalCourse, RegionMass, RegionSValue
from hevesy.study.subject import Subject


def unplaced(subject: Subject, names: Sequence[str]) -> Iterator[str]:
    """A sentence for each row that names no region of the plan: it plays no part.

    External beam may be to any site of the body; it is told where a region of the plan sounds alike.
    """
    for mass in subject.of(RegionMass):
        if mass.region not in names:
            yield _no_part(f"the mass of {mass.region!r} (row {mass.row})", mass.region, names)
    for value in subject.of(RegionSValue):
        if missing := [one for one in (value.target, value.source) if one not in names]:
            what = f"the S value of {value.target!r} from {value.source!r} (row {value.row})"
            yield _no_part(what, missing[0], names)
    for course in subject.of(ExternalCourse):
        if course.region not in names and (near := alike(course.region, names)) is not None:
            yield (
                f"the external beam to {course.region!r} (row {course.row}) is in no dose of the plan's {near}: is it "
                "the same?"
            )
    for told in subject.of(DeliveredDose):
        if told.region not in names:
            yield _no_part(f"the dose of {told.region!r} by others (row {told.row})", told.region, names)


def alike(name: str, names: Sequence[str]) -> str | None:
    """The name that sounds like another, letters, blanks and hyphens apart, or is written nearly so; None: none is.

    >>> alike("Kidney", ("liver", "kidneys")), alike("left femur", ("liver", "kidneys"))
    ('kidneys', None)
    """
    by_sound = {sounding(one): one for one in names}
    near = get_close_matches(sounding(name), by_sound, 1, 0.8)
    return by_sound[near[0]] if near else None


def _no_part(what: str, name: str, names: Sequence[str]) -> str:
    near = alike(name, names)
    return f"{what} is of no region of the plan and plays no part{f'; nearest is {near}' if near else ''}"
