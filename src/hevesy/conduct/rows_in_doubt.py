"""Rows of a subject that dosimetry cannot take as they stand: of no region of the plan, or known better than can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from hevesy.conduct.measured_curves import A_SHARE, LEAST_percent
from hevesy.names import sounding
from hevesy.study.facts.dosimetry import (
    BloodSample,
    DeliveredDose,
    ExternalCourse,
    RegionActivity,
    RegionMass,
    RegionSValue,
)
from hevesy.study.subject import Subject


def unplaced(subject: Subject, names: Sequence[str], label: str) -> Iterator[str]:
    """A sentence for each row that names no region of the plan, or a dose of another label: it plays no part.

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
        elif told.nuclide != label:
            yield f"the dose of {told.region!r} by others (row {told.row}) is of {told.nuclide}: it stands beside none"


def too_well_known(subject: Subject) -> Iterator[str]:
    """A sentence for each kind of row whose uncertainty is less than anybody's: a share of 1 for percent."""
    yield from _too_well("the activity", subject.of(RegionActivity))
    yield from _too_well("the blood sample", subject.of(BloodSample))
    yield from _too_well("the mass", subject.of(RegionMass))


def _too_well(what: str, told: Sequence[RegionActivity | BloodSample | RegionMass]) -> Iterator[str]:
    small = [one for one in told if one.uncertainty_percent is not None and one.uncertainty_percent < LEAST_percent]
    if small:
        more = f" and {len(small) - 1} more" if len(small) > 1 else ""
        yield f"{what} of row {small[0].row}{more} is known to {small[0].uncertainty_percent:g} %: {A_SHARE}"


def alike(name: str, names: Sequence[str]) -> str | None:
    """The name that is another written nearly so, a part of it or one that holds it; None: there is none.

    >>> alike("Kidney", ("liver", "kidneys")), alike("left femur", ("liver", "kidneys"))
    ('kidneys', None)
    >>> alike("kidneys - left", ("liver", "kidneys")), alike("Spine", ("liver", "red marrow in the spine"))
    ('kidneys', 'red marrow in the spine')
    """
    sounds, by_sound = sounding(name), {sounding(one): one for one in names}
    near = get_close_matches(sounds, by_sound, 1, 0.8)
    near += [one for one in by_sound if sounds in one or one in sounds]
    return by_sound[near[0]] if near else None


def _no_part(what: str, name: str, names: Sequence[str]) -> str:
    near = alike(name, names)
    return f"{what} is of no region of the plan and plays no part{f'; nearest is {near}' if near else ''}"
