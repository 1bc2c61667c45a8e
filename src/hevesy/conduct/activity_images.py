"""From files to activity in voxels: PET series of DICOM in Bq/mL, and NIfTI whose unit and times are told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np

from hevesy.conduct.images import LEAST_MBQ, MOST_HELD, Given, corrected, pet_series
from hevesy.errors import CannotAnswerError, DeliveryError, RuleError
from hevesy.files.dicom.pet import known, pet_header
from hevesy.files.dicom.regions import patient_of
from hevesy.files.dicom.series import Series, look_into, values_of
from hevesy.files.nifti import read_nifti
from hevesy.find.decay import Told, measured_after_h
from hevesy.find.suv import IN_MBQ_BELOW, conversion
from hevesy.imaging.pet import PetHeader
from hevesy.imaging.region import Region
from hevesy.imaging.resample import mean_onto
from hevesy.imaging.volume import Grid, Volume
from hevesy.nuclides.library import nuclide as nuclide_of
from hevesy.treat.activity_unit import MapUnit
from hevesy.treat.voxel import Scan, refuse_no_activity

ANY_Bq = 1e9
"""An activity that cancels: what is asked of a series is Bq/mL, and its share of the activity given is worked out."""
MOST_OF_A_PATIENT_MBq = 1e5
"""No patient is given more than 100 GBq: the unit is another."""
FASTER_THAN_DECAY = 1.1
"""What a scan may hold over what decay alone leaves of the one before: calibration and noise."""
LIGHTEST_OF_A_CT_HU = -500.0
"""A CT without a voxel below it has no air, or is not in HU."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ActivityImages:
    """Scans in order of time on one grid, or one map of decays per mL; and what was said of them."""

    scans: tuple[Scan, ...]
    decays_per_mL: Volume | None
    series: tuple[Series, ...] = field(repr=False)
    warnings: tuple[str, ...]
    because: tuple[str, ...]

    @property
    def first(self) -> Volume:
        """The first scan, or the map."""
        return self.scans[0].activity if self.decays_per_mL is None else self.decays_per_mL


def is_nifti(path: Path) -> bool:
    """Whether a file's name says that it is one."""
    return path.name.casefold().endswith((".nii", ".nii.gz"))


def activity_images(
    places: Sequence[Path], nuclide: str, unit: MapUnit | None, times_h: Sequence[float], given: Given | None = None
) -> ActivityImages:
    """The activity of a nuclide in files: PET series of DICOM, or NIfTI of a told unit at told times.

    Refused: both kinds at once, NIfTI without unit or times, a label that is not the nuclide, values that are
    no activity, volumes in two frames of reference or of two patients.
    """
    kinds = {is_nifti(place) for place in places}
    if len(kinds) > 1:
        raise CannotAnswerError("activity is told by NIfTI files or by DICOM series, not by both")
    if kinds == {True}:
        if given is not None and given.injected_at is not None:
            raise RuleError("NIfTI tells no time of a day: give hours after the injection, ⟦times⟧", field="injected")
        return _of_nifti(places, nuclide, unit, times_h)
    if times_h:
        raise RuleError("DICOM tells the times of its scans; ⟦times⟧ are those of NIfTI files", field="times")
    if unit is not None and (unit.integrated or unit.per_voxel or unit.factor != 1.0):
        raise RuleError(f"DICOM tells the unit of its values, and it is not {unit.written}", field="activity_unit")
    return _of_dicom(places, nuclide, given or Given())


def _of_nifti(places: Sequence[Path], nuclide: str, unit: MapUnit | None, times_h: Sequence[float]) -> ActivityImages:
    names = ", ".join(place.name for place in places)
    if unit is None:
        raise RuleError(f"{names}: NIfTI does not tell what its values are; say it, as in Bq/mL", field="activity_unit")
    if unit.integrated:
        if len(places) > 1:
            raise RuleError(f"a map in {unit.written} is one file, got {len(places)}", field="activity")
        if times_h:
            raise RuleError(f"a map in {unit.written} is of all time: it has no ⟦times⟧", field="times")
        found = _in_its_unit(places[0], unit)
        told = f"time-integrated activity as delivered, in {unit.written}"
        held, odd = _held_by_a_map(found, nuclide)
        because = (told, held, *_untold_frame())
        return ActivityImages(scans=(), decays_per_mL=found, series=(), warnings=odd, because=because)
    if len(times_h) != len(places):
        raise RuleError(
            f"{len(places)} scan{'s' * (len(places) > 1)} of NIfTI, whose times after the injection it does not tell: "
            f"give as many, as in 4h,24h; got {len(times_h)}",
            field="times",
        )
    if any(later <= earlier for earlier, later in pairwise(times_h)):
        raise RuleError(
            f"times of scans rise in the order of the files, got {', '.join(f'{one:g}' for one in times_h)} h",
            field="times",
        )
    volumes = [_in_its_unit(place, unit) for place in places]
    _refuse_one_twice(places, volumes)
    scans, notes = _on_one_grid(list(zip(times_h, volumes, strict=True)))
    held, odd = _held(scans, nuclide)
    because = (f"activity in {unit.written} at the times told, decay not corrected for", held, *notes, *_untold_frame())
    return ActivityImages(scans=scans, decays_per_mL=None, series=(), warnings=odd, because=because)


def _refuse_one_twice(places: Sequence[Path], volumes: Sequence[Volume]) -> None:
    """Refuse scans that are alike to the last digit, which no two measurements are."""
    for (place, one), (other_place, other) in combinations(zip(places, volumes, strict=True), 2):
        if np.array_equal(one.values, other.values):
            raise CannotAnswerError(
                f"{place.name} and {other_place.name} hold the same values in every voxel: no two scans do, one was "
                "given twice"
            )


def _held(scans: Sequence[Scan], nuclide: str) -> tuple[str, tuple[str, ...]]:
    """What activity the scans hold, and what is odd of it: another unit, values that were corrected for decay."""
    half_life_h = nuclide_of(nuclide).half_life_h
    held_MBq = [float(scan.activity.values.sum(dtype=np.float64)) * scan.activity.grid.voxel_mL / 1e6 for scan in scans]
    shown = ", ".join(f"{one:.4g} MBq at {scan.elapsed_h:.4g} h" for one, scan in zip(held_MBq, scans, strict=True))
    odd = [
        f"the scan at {scan.elapsed_h:.4g} h holds {one:.3g} MBq, {_out_of_bounds(one)}: is the unit right?"
        for one, scan in zip(held_MBq, scans, strict=True)
        if _out_of_bounds(one)
    ]
    for (earlier, before), (later, after) in pairwise(zip(scans, held_MBq, strict=True)):
        left = 2.0 ** ((earlier.elapsed_h - later.elapsed_h) / half_life_h)
        if after > FASTER_THAN_DECAY * left * before:
            odd.append(
                f"from {earlier.elapsed_h:.4g} h to {later.elapsed_h:.4g} h the activity in the image goes to "
                f"{after / before:.3g} of what it was, where decay alone leaves {left:.3g}: were the values corrected "
                "for decay, is one calibrated otherwise, or did activity come into the image?"
            )
    return f"activity in the whole image: {shown}", tuple(odd)


def _held_by_a_map(decays_per_mL: Volume, nuclide: str) -> tuple[str, tuple[str, ...]]:
    """What decays a map holds, and whether it is of another unit."""
    MBq_h = float(decays_per_mL.values.sum(dtype=np.float64)) * decays_per_mL.grid.voxel_mL / 3.6e9
    least_MBq = MBq_h * math.log(2) / nuclide_of(nuclide).half_life_h
    odd = (
        (f"the map holds the decays of {least_MBq:.3g} MBq or more, {_out_of_bounds(least_MBq)}: is the unit right?",)
        if least_MBq > MOST_OF_A_PATIENT_MBq
        else ()
    )
    return f"time-integrated activity in the whole map: {MBq_h:.4g} MBq h", odd


def _out_of_bounds(held_MBq: float) -> str:
    """Why no patient holds an activity; empty where one may."""
    if held_MBq > MOST_OF_A_PATIENT_MBq:
        return f"more than a patient is given ({MOST_OF_A_PATIENT_MBq / 1e3:g} GBq)"
    return f"less than a scan is made with ({LEAST_MBQ:g} MBq)" if held_MBq < LEAST_MBQ else ""


def _untold_frame() -> tuple[str, ...]:
    return ("NIfTI tells no frame of reference: its coordinates were believed to be those of the CT",)


def _in_its_unit(path: Path, unit: MapUnit) -> Volume:
    found = read_nifti(path, unit.written)
    refuse_no_activity(found, path.name)
    factor = unit.per_mL(found.grid.voxel_mL)
    inside = "decays/mL" if unit.integrated else "Bq/mL"
    return Volume(grid=found.grid, values=found.values * np.float32(factor), unit=inside)


def _on_one_grid(told: Sequence[tuple[float, Volume]]) -> tuple[tuple[Scan, ...], tuple[str, ...]]:
    """Scans on the grid of the first; what that grid shows of no later scan is refused."""
    grid = told[0][1].grid
    scans, rules = [], []
    for number, (elapsed_h, volume) in enumerate(told, start=1):
        if volume.grid.same_as(grid):
            scans.append(Scan(elapsed_h=elapsed_h, activity=volume))
            continue
        moved = mean_onto(volume, grid)
        seen = told[0][1].values > 0
        without = seen & (moved.covered < 1 - 1e-3)
        if without.any():
            raise CannotAnswerError(
                f"scan {number} does not cover {int(np.count_nonzero(without)):,} voxels of the first that hold "
                "activity"
            )
        scans.append(Scan(elapsed_h=elapsed_h, activity=moved.volume))
        rules.append(f"scan {number} was put onto the voxels of the first: {moved.rule}")
    return tuple(scans), tuple(rules)


def _of_dicom(places: Sequence[Path], nuclide: str, given: Given) -> ActivityImages:
    pet, _ = pet_series(places)
    frames = {one.grid.frame_of_reference for one in pet}
    if len(frames) > 1 or (len(pet) > 1 and frames == {None}):
        raise CannotAnswerError(
            f"{len(pet)} volumes are told in {len(frames)} frames of reference (0020,0052): a voxel of one is not a "
            "voxel of another until they are registered"
        )
    if len({one.slices[0].patient for one in pet}) > 1:
        raise CannotAnswerError("the volumes are of two patients (0010,0020)")
    warnings: dict[str, None] = {}
    told: list[tuple[float, Volume]] = []
    administered: set[tuple[object, ...]] = set()
    for series in pet:
        header, sentences = corrected(pet_header(series), given)
        administered.add((header.start.day, header.start.clock))
        elapsed_h, volume, more = _measured(series, header, nuclide)
        refuse_no_activity(volume, series.slices[0].path.parent.name or series.slices[0].path.name)
        told.append((elapsed_h, volume))
        warnings |= dict.fromkeys((*sentences, *more))
    if len(administered) > 1:
        raise CannotAnswerError("the volumes tell two administrations: other times of injection (0018,1078)")
    told.sort(key=lambda one: one[0])
    if any(later - earlier < 1e-3 for (earlier, _), (later, _) in pairwise(told)):
        raise CannotAnswerError("two volumes are of one time after the injection")
    scans, notes = _on_one_grid(told)
    held, odd = _held(scans, nuclide)
    because = (
        "activity in Bq/mL as the headers tell it, with the decay that they corrected for put back; each volume is of "
        "the middle of its acquisition",
        held,
        *notes,
    )
    return ActivityImages(scans=scans, decays_per_mL=None, series=pet, warnings=(*warnings, *odd), because=because)


def _measured(series: Series, header: PetHeader, nuclide: str) -> tuple[float, Volume, tuple[str, ...]]:
    """Hours after the injection, the activity then (Bq/mL), and what was odd."""
    name, half_life_s, _ = known(nuclide)
    if name is None or half_life_s is None:
        raise CannotAnswerError(f"nuclide {nuclide!r} is not in the library")
    if header.nuclide is not None and header.nuclide != name:
        raise CannotAnswerError(
            f"the images are of {header.nuclide} (0054,0300) and the dose of {name} was asked: another label on the "
            "same molecule has another decay, which is not exchanged here"
        )
    if header.units not in ("BQML", "CNTS") or (header.units == "CNTS" and header.philips_suv):
        raise CannotAnswerError(
            f"values in {header.units or 'an untold unit'} (0054,1001) are no activity: dose needs Bq/mL (BQML)"
        )
    said = () if header.nuclide is not None else (f"the header names no nuclide (0054,0300): {name} was believed",)
    if header.nuclide is None:
        header = replace(header, nuclide=name, nuclide_half_life_s=half_life_s)
    own_Bq = header.activity
    found = conversion(replace(header, activity=ANY_Bq), "fraction")
    told = Told()
    corrected_by_s = header.half_life_s or half_life_s
    elapsed_h = float(measured_after_h(header, corrected_by_s, told).mean())
    values = values_of(series)
    values *= (found.factors * ANY_Bq).astype(np.float32)[:, None, None]
    odd: tuple[str, ...] = ()
    if own_Bq:
        given_Bq = own_Bq if own_Bq >= IN_MBQ_BELOW else own_Bq * 1e6
        held = float(values.sum(dtype=np.float64)) * series.grid.voxel_mL / given_Bq
        if held > MOST_HELD:
            odd = (f"the image holds {held:.3g} times the activity given: a date, a time or an activity is wrong",)
    values *= np.float32(2.0 ** (-elapsed_h * 3600 / corrected_by_s))
    volume = Volume(grid=series.grid, values=values, unit="Bq/mL")
    return elapsed_h, volume, (*found.warnings, *told.warnings, *odd, *said)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CtImage:
    """A CT in HU, its series where it is DICOM, and what was noticed."""

    volume: Volume
    series: Series | None = field(repr=False)
    warnings: tuple[str, ...]


def ct_image(places: Sequence[Path]) -> CtImage:
    """The one CT of a NIfTI file in HU or of DICOM files.

    Refused: several, none, files that cannot be read, slices that are shifted against one another.
    """
    if len(places) == 1 and is_nifti(places[0]):
        volume, series, notes = read_nifti(places[0], "HU"), None, tuple[str, ...]()
    else:
        found = look_into(places)
        if found.refused:
            more = f" (and {len(found.refused) - 1} more)" if len(found.refused) > 1 else ""
            raise DeliveryError(f"{found.refused[0]}{more}")
        ct = [one for one in found.series if one.modality == "CT"]
        if len(ct) != 1:
            told = ", ".join(f"{one.modality or 'untold'} of {len(one.slices)} slices" for one in found.series[:6])
            raise CannotAnswerError(f"one CT (0008,0060) is needed; here {'are ' + told if told else 'is none'}")
        (series,) = ct
        if series.unit != "HU":
            raise CannotAnswerError(f"the CT is in {series.unit or 'an untold unit'}, not in HU")
        volume, notes = Volume(grid=series.grid, values=values_of(series), unit="HU"), series.notes
    warnings = list(notes)
    if float(volume.values.min()) > LIGHTEST_OF_A_CT_HU:
        warnings.append(f"the CT has nothing below {LIGHTEST_OF_A_CT_HU:g} HU, where air is -1000: are its values HU?")
    return CtImage(volume=volume, series=series, warnings=tuple(warnings))


def untold_frame(activity: ActivityImages, ct: CtImage) -> tuple[str, ...]:
    """A sentence where a DICOM image tells no frame of reference."""
    told = {
        "the activity's image": activity.first.grid if activity.series else None,
        "the CT": ct.series.grid if ct.series else None,
    }
    return tuple(
        f"{name} tells no frame of reference (0020,0052): that activity and CT lie together was believed"
        for name, grid in told.items()
        if grid is not None and grid.frame_of_reference is None
    )


def refuse_apart(activity: ActivityImages, ct: CtImage) -> None:
    """Refuse a CT of another frame of reference or of another patient than the activity."""
    if not activity.first.grid.one_frame_with(ct.volume.grid):
        raise CannotAnswerError(
            "the activity and the CT are told in two frames of reference (0020,0052): they are registered "
            "elsewhere, first"
        )
    patients = {one.slices[0].patient for one in (*activity.series, *([ct.series] if ct.series else []))}
    if len(patients) > 1:
        raise CannotAnswerError("the activity and the CT are of two patients (0010,0020)")


def refuse_regions_of_another(path: Path, activity: ActivityImages, ct: CtImage) -> None:
    """Refuse DICOM regions that were drawn in another patient than the images are of."""
    series = (*activity.series, *([ct.series] if ct.series else []))
    if is_nifti(path) or not series:
        return
    drawn_in = patient_of(path)
    if drawn_in and drawn_in != series[0].slices[0].patient:
        raise CannotAnswerError(f"{path.name}: the regions are of another patient than the images (0010,0020)")


def renamed(regions: Sequence[Region], names: dict[str, str]) -> tuple[Region, ...]:
    """Regions under the names that are told of them, as in 1=liver; refused are two of one name and names of none."""
    own = [region.name for region in regions]
    for name in names:
        if name not in own:
            raise RuleError(f"there is no region {name!r} to be named; there are {', '.join(own)}", field="names")
    told = tuple(replace(region, name=names.get(region.name, region.name)) for region in regions)
    twice = [one.name for one in told if [other.name for other in told].count(one.name) > 1]
    if twice:
        raise RuleError(f"two regions are called {twice[0]!r}", field="names")
    return told


def body_of(grid: Grid, density_g_per_cm3: np.ndarray[tuple[int, ...], np.dtype[np.float64]], least: float) -> Region:
    """What is as dense as a body, where no region is told."""
    mask = density_g_per_cm3 >= least
    if not mask.any():
        raise CannotAnswerError(f"the CT shows no body: no voxel has {least:g} g/cm3 or more")
    return Region(name="body", grid=grid, mask=mask, rule=f"voxels of {least:g} g/cm3 or more, as no regions were told")
