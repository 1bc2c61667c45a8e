"""From image files to what verbs measure: a PET series as SUV, the regions of a file on its grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np

from hevesy.errors import CannotAnswerError, DeliveryError
from hevesy.files.columns import number_in, require
from hevesy.files.dicom.pet import pet_header
from hevesy.files.dicom.regions import read_regions
from hevesy.files.dicom.series import Folder, Series, look_into, values_of
from hevesy.files.nifti import read_nifti_regions
from hevesy.files.tables import DeliveredTable
from hevesy.find.body import Body, Kind
from hevesy.find.recovery import RecoveryCurve, sphere_mL
from hevesy.find.suv import IN_MBQ_BELOW, Conversion, conversion
from hevesy.imaging.contours import Rule
from hevesy.imaging.pet import TAGS, PetHeader, Start
from hevesy.imaging.region import Region, onto
from hevesy.imaging.volume import Grid, Volume

MOST_HELD = 1.2
"""An image that holds more than so many times the activity given is told: no body does, noise and scatter aside."""
LEAST_MBQ = 0.1
"""No PET of a patient is made with less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What who asks knows better than the header; None: as the header says."""

    weight_kg: float | None = None
    height_m: float | None = None
    sex: str | None = None
    activity_MBq: float | None = None
    """What was given in fact, less what stayed behind, at the time of injection."""
    injected_at: datetime | None = None
    """Of the clock of the scanner."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SuvImage:
    """A PET series as SUV, how its values came to be, and what else was noticed."""

    volume: Volume
    conversion: Conversion
    warnings: tuple[str, ...]


def pet_series(places: Sequence[Path]) -> tuple[tuple[Series, ...], Folder]:
    """The PET volumes among files and folders, in order of time, and all that was found.

    Refused: no PET among them. A file that cannot be read is refused too: a slice may be missing without a gap.
    """
    found = look_into(places)
    if found.refused:
        more = f" (and {len(found.refused) - 1} more)" if len(found.refused) > 1 else ""
        raise DeliveryError(f"{found.refused[0]}{more}")
    pet = tuple(one for one in found.series if one.modality == "PT")
    if not pet:
        told = ", ".join(f"{one.modality or 'untold'} of {len(one.slices)}" for one in found.series) or "no image"
        raise DeliveryError(f"there is no PET series (0008,0060 PT) here: {told}, {found.others} other files")
    return pet, found


def suv_image(places: Sequence[Path], kind: Kind = "bw", given: Given | None = None) -> SuvImage:
    """The one PET series among files as SUV.

    Refused: several series or time frames, and whatever `find.suv.conversion` refuses.
    """
    pet, found = pet_series(places)
    if len(pet) > 1:
        told = ", ".join(f"{len(one.slices)} slices" + (" of one time" if one.time_slot else "") for one in pet[:6])
        raise CannotAnswerError(f"there are {len(pet)} PET volumes here ({told}): name the files of one")
    ignored = [one.modality or "untold" for one in found.series if one is not pet[0]]
    notes = (f"other series here were not read: {', '.join(sorted(ignored))}",) if ignored else ()
    return as_suv(pet[0], kind, given or Given(), notes)


def as_suv(series: Series, kind: Kind, given: Given, notes: tuple[str, ...] = ()) -> SuvImage:
    """A PET series as SUV."""
    header, told = corrected(pet_header(series), given)
    volume, found, odd = converted(series, header, kind)
    return SuvImage(
        volume=volume, conversion=_resting_on(found, given), warnings=(*found.warnings, *told, *odd, *notes)
    )


def converted(
    series: Series, header: PetHeader, kind: Kind | Literal["fraction"]
) -> tuple[Volume, Conversion, tuple[str, ...]]:
    """The values of a series as SUV of a kind or as shares per mL, how, and whether there is more than was given."""
    found = conversion(header, kind)
    values = values_of(series)
    values *= found.factors.astype(np.float32)[:, None, None]
    odd: tuple[str, ...] = ()
    if header.units in ("BQML", "CNTS") and not (header.units == "CNTS" and header.philips_suv):
        held = float(values.sum(dtype=np.float64)) * series.grid.voxel_mL / Body(header).numerator(kind)
        if held > MOST_HELD:
            odd = (f"the image holds {held:.3g} times the activity given: a date, a time or an activity is wrong",)
    return Volume(grid=series.grid, values=values, unit=found.unit, taken_at=header.series_at), found, odd


def _resting_on(found: Conversion, given: Given) -> Conversion:
    """The conversion, its steps resting on what was given in place of the header's tag."""
    known = {"weight": given.weight_kg, "height": given.height_m, "sex": given.sex, "activity": given.activity_MBq}
    steps = found.corrections
    for name, value in known.items():
        if value is not None:
            steps = tuple(replace(one, tag=one.tag.replace(TAGS[name], "as given")) for one in steps)
    return replace(found, corrections=steps)


def corrected(header: PetHeader, given: Given) -> tuple[PetHeader, tuple[str, ...]]:
    """The header with what was given in its place, and a sentence for each."""
    told: list[str] = []
    _refuse_no_place_for(given, header)
    if given.weight_kg is not None:
        instead = _instead(header.weight_kg, given.weight_kg, "kg", "weight")
        header = replace(header, weight_kg=given.weight_kg)
        told.append(f"the weight is as given, {given.weight_kg:g} kg{instead}")
    if given.height_m is not None:
        instead = _instead(header.height_m, given.height_m, "m", "height")
        header = replace(header, height_m=given.height_m)
        told.append(f"the height is as given, {given.height_m:g} m{instead}")
    if given.sex is not None:
        header = replace(header, sex=given.sex)
        told.append(f"the sex is as given, {given.sex}")
    if given.activity_MBq is not None:
        own = header.activity
        own_MBq = own if own is None or own < IN_MBQ_BELOW else own / 1e6
        instead = _instead(own_MBq, given.activity_MBq, "MBq", "activity")
        header = replace(header, activity=given.activity_MBq * 1e6)
        told.append(f"the activity is as given, {given.activity_MBq:g} MBq{instead}")
    if given.injected_at is not None:
        at = given.injected_at
        header = replace(header, start=Start(day=at.date(), clock=at.time().replace(tzinfo=None), tag="as given"))
        told.append("the time of injection is as given")
    if told and (header.units not in ("BQML", "CNTS") or (header.units == "CNTS" and header.philips_suv)):
        told.append("the values were SUV already: what is given here does not change what the scanner used")
    return header, tuple(told)


def _instead(own: float | None, given: float, unit: str, what: str) -> str:
    """What the header says, where it says something else."""
    return "" if own is None or math.isclose(own, given) else f"; the header says {own:g} {unit} {TAGS[what]}"


def _refuse_no_place_for(given: Given, header: PetHeader) -> None:
    """Refuse what cannot stand in the header's place, and would be told as if it did."""
    made = header.units in ("GML", "CM2ML") or (header.units == "CNTS" and bool(header.philips_suv))
    own = ((given.weight_kg, header.weight_kg), (given.height_m, header.height_m), (given.sex, header.sex or None))
    if made and any(one is not None and had and one != had for one, had in own):
        raise CannotAnswerError(
            "the values are SUV already, made with the body of the header: another makes none of it"
        )
    if given.activity_MBq is not None and not given.activity_MBq >= LEAST_MBQ:
        raise CannotAnswerError(f"an activity of {given.activity_MBq:g} MBq is less than a scan is made with")
    at = given.injected_at
    if at is not None and at.tzinfo is not None:
        raise CannotAnswerError("the time of injection is by the clock of the scanner: give it without an offset")
    start = header.start
    if at is not None and header.decay_correction == "ADMIN" and start.day is not None and start.clock is not None:
        apart_s = abs((at - datetime.combine(start.day, start.clock)).total_seconds())
        if apart_s > 60:
            raise CannotAnswerError(
                f"decay is corrected to the injection that the header tells {start.tag}: the image holds no other"
            )


def regions_of(path: Path, grid: Grid, rule: Rule = "centre", only: str | None = None) -> tuple[Region, ...]:
    """Every region of a file on the grid of an image, or the one of a name: NIfTI, structure set or segmentation."""
    if path.name.casefold().endswith((".nii", ".nii.gz")):
        regions = [one for one in read_nifti_regions(path) if only in (None, one.name)] or read_nifti_regions(path)
        return tuple(onto(region, grid) for region in regions)
    return read_regions(path, grid, rule, only)


def region_of(path: Path, grid: Grid, name: str | None = None, rule: Rule = "centre") -> Region:
    """The region of a name, or the only one; refused where there are several and none is named."""
    regions = regions_of(path, grid, rule, name)
    if name is None and len(regions) == 1:
        return regions[0]
    own = [one for one in regions if one.name == name]
    if not own:
        there = ", ".join(one.name for one in regions[:12]) + (" ..." if len(regions) > 12 else "")
        asked = "name one of its regions" if name is None else f"has no region {name!r}"
        raise CannotAnswerError(f"{path.name}: {asked}: there {'are' if len(regions) > 1 else 'is'} {there}")
    return own[0]


def recovery_curve_of(table: DeliveredTable) -> RecoveryCurve:
    """The recovery of a phantom's spheres from a table: volume_mL or diameter_mm, and recovery (a share)."""
    by_volume = "volume_mL" in table.columns
    if by_volume and "diameter_mm" in table.columns:
        raise CannotAnswerError(f"{table.name}: spheres are told by volume_mL or by diameter_mm, not by both")
    size = "volume_mL" if by_volume else "diameter_mm"
    require(table, (size, "recovery"))
    spheres = sorted(
        (
            number_in(table, row, size) if by_volume else sphere_mL(number_in(table, row, size)),
            number_in(table, row, "recovery"),
        )
        for row in table.rows
    )
    return RecoveryCurve(
        volumes_mL=tuple(volume for volume, _ in spheres), coefficients=tuple(shown for _, shown in spheres)
    )
