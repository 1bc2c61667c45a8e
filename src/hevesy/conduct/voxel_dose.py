"""From a patient's images to dose: activity and CT as files, regions, a nuclide; dose maps and what regions receive."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.conduct.activity_images import (
    ActivityImages,
    activity_images,
    body_of,
    ct_image,
    refuse_apart,
    refuse_regions_of_another,
    renamed,
    untold_frame,
)
from hevesy.conduct.images import Given, regions_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.dicom.dose import Links, links_of, rt_dose
from hevesy.files.fitted import read_fitted
from hevesy.files.nifti import nifti
from hevesy.files.time_activity import THE_REGION
from hevesy.imaging.contours import Rule
from hevesy.imaging.region import Region
from hevesy.imaging.volume import Grid, Volume
from hevesy.matter.ct import Metal, Padding
from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.library import nuclide as nuclide_of
from hevesy.nuclides.nuclide import Nuclide
from hevesy.render.csv import csv_of
from hevesy.treat.activity_unit import MapUnit
from hevesy.treat.dose_volume import DoseVolume, dose_volume
from hevesy.treat.kinetics import ExponentialSum, of_half_life
from hevesy.treat.voxel import (
    EVERYWHERE,
    REST,
    Before,
    Decays,
    Floats,
    Matter,
    Outside,
    at_time,
    decays_of,
    half_lives_h,
    like_contrast,
    matter_of,
    scene_of,
    size_cm_of,
)
from hevesy.treat.voxel_engines import Dosed, Method, RegionUncertainty, Run, dosed
from hevesy.treat.voxel_kinetics import curves_at, decays_by_curves, rate_by_curves
from hevesy.version import __version__

LEAST_OF_A_BODY_g_per_cm3 = 0.2
MOST_IN_AIR = 0.05
"""Of all decays; what scatter and motion put beside a body is less."""
OTHER_SIZE = 0.2
"""Of the volume of a region, drawn in other voxels than those of the activity."""
BYTES_PER_VOXEL = {"kernel": 96, "transport": 128}
"""Of memory, beside the tallies of workers and the transforms of a preview."""
BYTES_ON_DISK = 4
"""Per voxel and map, before packing."""
RATE_FILE = "dose_rate.nii.gz"
NOISY = 0.02
"""Of a voxel, by transport's statistics: an even dose then has a D95 that is 3 % too small."""
TOO_NOISY = 0.10
"""Of a voxel: the D95 of an even dose is 16 % too small, and nothing is told of the spread over a region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """The files of a patient, and what they do not tell themselves."""

    activity: Sequence[Path]
    ct: Sequence[Path]
    regions: Path | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    contours: Rule = "centre"
    unit: MapUnit | None = None
    times_h: Sequence[float] = ()
    given: Given | None = None
    padding: Padding | None = None
    metal: Metal | None = None
    outside: Outside | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinetics:
    """What is taken of the activity before the first scan and after the last, and the time that a rate is asked of.

    `half_lives_h` None: the physical one everywhere, where `physical` says so.
    """

    half_lives_h: Mapping[str, float] | None = None
    physical: bool = False
    fits: Path | None = None
    """Fitted curves of regions (JSON); what has none may have a half-life."""
    before: Before | None = None
    rate_at_h: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionDose:
    """What a region receives: mean dose (energy over mass) with its uncertainty, and the spread over its volume."""

    name: str
    rule: str
    voxels: int
    mass_g: float
    mean_Gy: float
    uncertainty: RegionUncertainty
    doubtful: float | None
    own: float | None
    """Of a preview: the share of its dose that its own activity gives."""
    of_a_voxel: float | None
    """Of transport: the standard error of a voxel's dose over the mean of the region."""
    volume: DoseVolume = field(repr=False)
    eud_a: float | None
    rate_mGy_per_h: float | None
    before_share: float | None
    after_share: float | None
    decays: float
    """Decays in it over all time."""

    @property
    def spread(self) -> DoseVolume | None:
        """The doses of its voxels; None where they are the noise of transport rather than what the voxels receive."""
        return None if self.of_a_voxel is not None and self.of_a_voxel > TOO_NOISY else self.volume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatientDose:
    """A patient's dose in voxels and regions, what it was computed of, and what is to be said of it."""

    nuclide: str
    method: Method
    dose: Volume
    rate: Volume | None
    matter: Matter
    regions: tuple[Region, ...]
    of_regions: tuple[RegionDose, ...]
    links: Links | None = field(repr=False)
    decays: float
    histories: int | None
    seconds: float
    warnings: tuple[str, ...]
    because: tuple[str, ...]

    @property
    def largest_in_body_Gy(self) -> float:
        """The largest dose of a voxel that the CT shows as body: of air, with hardly a mass, a dose tells nothing."""
        body = self.matter.density_g_per_cm3 >= LEAST_OF_A_BODY_g_per_cm3
        return float(self.dose.values[body].max(initial=0.0))


def patient_dose(
    images: Images,
    emitted: Emissions,
    kinetics: Kinetics,
    method: Method,
    *,
    run: Run,
    eud_a: Mapping[str, float] | None = None,
    out: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> PatientDose:
    """Dose maps and regions of a patient from images of one frame of reference.

    Refused: whatever the images cannot mean (see `activity_images`, `treat.voxel`), a place that is taken or too small
    for the maps. Nothing is written here.
    """
    started = time.monotonic()
    if out is not None and (out.exists() or out.is_symlink()):
        raise CannotAnswerError(f"{out} is there already; nothing was written")
    tell("reading the images ...")
    activity = activity_images(images.activity, emitted.nuclide, images.unit, images.times_h, images.given)
    _refuse_without_use(activity, images, kinetics)
    grid = activity.first.grid
    size_cm_of(grid)
    _refuse_no_room(grid, method, run, out, maps=2 + (kinetics.rate_at_h is not None))
    ct = ct_image(images.ct)
    refuse_apart(activity, ct)
    matter = matter_of(
        ct.volume,
        grid,
        activity.first.values,
        padding=images.padding,
        metal=images.metal,
        outside=images.outside,
    )
    if images.regions is not None:
        refuse_regions_of_another(images.regions, activity, ct)
    regions = _regions(images, grid, matter)
    nuclide = nuclide_of(emitted.nuclide)
    fitted = _fitted(activity, regions, kinetics, nuclide)
    decays, half_life_h, told = _decays(activity, regions, kinetics, nuclide.half_life_h, fitted)
    masks = [region.mask for region in regions]
    total = float(decays.per_mL.sum()) * grid.voxel_mL
    tell(f"dose by {method} ...")
    try:
        found = dosed(scene_of(matter, decays.per_mL), emitted, total, masks, method, run)
        rate, rates, rate_because = _rate(
            activity, matter, half_life_h, kinetics, emitted, masks, method, run, tell, fitted
        )
    except MemoryError:
        raise CannotAnswerError(f"{_told(grid)} need more memory than there is; nothing was written") from None
    of_regions = _of_regions(regions, found, decays, grid, eud_a or {}, rates)
    frame = grid.frame_of_reference or ct.volume.grid.frame_of_reference
    own = Grid(shape=grid.shape, affine=grid.affine, frame_of_reference=frame)
    series = (*activity.series, *([ct.series] if ct.series else []))
    return PatientDose(
        nuclide=emitted.nuclide,
        method=method,
        dose=Volume(grid=own, values=np.maximum(found.dose_Gy, 0.0).astype(np.float32), unit="Gy"),
        rate=rate,
        matter=matter,
        regions=regions,
        of_regions=of_regions,
        links=links_of(series),
        decays=total,
        histories=found.histories,
        seconds=time.monotonic() - started,
        warnings=(
            *emitted.warnings,
            *activity.warnings,
            *ct.warnings,
            *untold_frame(activity, ct),
            *_in_air(matter, decays),
            *_of_other_size(regions),
            *like_contrast(matter, regions),
            *_noisy(of_regions),
        ),
        because=(
            *activity.because,
            *told,
            *matter.because,
            *found.because,
            *rate_because,
            *emitted.because,
            *_uncertain(method, emitted),
        ),
    )


def _told(grid: Grid) -> str:
    return f"{' x '.join(map(str, grid.shape[::-1]))} voxels"


def _refuse_without_use(activity: ActivityImages, images: Images, kinetics: Kinetics) -> None:
    """Refuse kinetics of a map that is integrated already, and scans without any."""
    if activity.decays_per_mL is not None:
        asked = {"half_life": kinetics.half_lives_h, "before": kinetics.before, "rate_at": kinetics.rate_at_h}
        for name, value in asked.items():
            if value is not None:
                raise RuleError(f"a map of all time has no kinetics: leave out ⟦{name}⟧", field=name)
        if kinetics.physical or kinetics.fits is not None:
            raise RuleError("a map of all time has no kinetics: leave out ⟦kinetics⟧", field="kinetics")
        return
    if kinetics.fits is not None:
        if kinetics.before is not None:
            raise RuleError(
                "a fitted curve tells of the time before the first scan: leave out ⟦before⟧", field="before"
            )
        return
    if kinetics.half_lives_h is None and not kinetics.physical:
        raise RuleError(
            "scans tell nothing of the time after the last: give an effective half-life, as in liver=40h,rest=60h "
            "(⟦half_life⟧), or say that activity only decays (⟦kinetics⟧ physical)",
            field="half_life",
        )
    if kinetics.half_lives_h is not None and kinetics.physical:
        raise RuleError("either effective half-lives or ⟦kinetics⟧ physical", field="half_life")
    named = [name for name in kinetics.half_lives_h or {} if name not in (EVERYWHERE, REST)]
    if named and images.regions is None:
        raise RuleError(f"half-lives of {', '.join(named)} need the ⟦regions⟧", field="regions")


def _refuse_no_room(grid: Grid, method: Method, run: Run, out: Path | None, maps: int) -> None:
    """Refuse before anything is computed what memory or disk cannot hold."""
    voxels = math.prod(grid.shape)
    needed = voxels * (BYTES_PER_VOXEL[method] + 8 * run.workers * (method == "transport"))
    there = _memory_bytes()
    if there is not None and needed > there:
        raise CannotAnswerError(
            f"{_told(grid)} need some {needed / 2**30:.3g} GiB of memory, and there are {there / 2**30:.3g}; "
            "nothing was written"
        )
    if out is None:
        return
    place = next((one for one in out.absolute().parents if one.exists()), None)
    if place is None:
        return
    if not place.is_dir():
        raise CannotAnswerError(f"{place} is a file: no folder can be made in it; nothing was written")
    on_disk = voxels * BYTES_ON_DISK * maps
    free = shutil.disk_usage(place).free
    if on_disk > free:
        raise CannotAnswerError(
            f"the maps need {on_disk / 2**20:,.4g} MiB, and {place} has {free / 2**20:,.4g} left; nothing was written"
        )


def _memory_bytes() -> int | None:
    """The memory of this machine, where the system tells it."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _regions(images: Images, grid: Grid, matter: Matter) -> tuple[Region, ...]:
    if images.regions is None:
        if images.names:
            raise RuleError("names are of regions: give their file, ⟦regions⟧", field="names")
        return (body_of(grid, matter.density_g_per_cm3, LEAST_OF_A_BODY_g_per_cm3),)
    return renamed(regions_of(images.regions, grid, images.contours), dict(images.names))


def _fitted(
    activity: ActivityImages, regions: Sequence[Region], kinetics: Kinetics, nuclide: Nuclide
) -> tuple[NDArray[np.intp], tuple[ExponentialSum, ...], tuple[str, ...]] | None:
    """The curve of each voxel, where curves were fitted; a half-life beside them is a curve of one phase."""
    if kinetics.fits is None:
        return None
    read = read_fitted(kinetics.fits, nuclide.name)
    # a table without a column of regions has one curve, which is of all
    named = {EVERYWHERE if len(read) == 1 and one.region == THE_REGION else one.region: one for one in read}
    curves = {
        name: ExponentialSum(
            coefficients=one.coefficients, biological_per_h=one.biological_per_h, physical_per_h=one.physical_per_h
        )
        for name, one in named.items()
    }
    for name, half_life_h in (kinetics.half_lives_h or {}).items():
        if name in curves:
            raise RuleError(f"{name or 'all'} has a curve and a half-life", field="half_life")
        curves[name] = of_half_life(half_life_h, nuclide.half_life_h)
    places, found, told = curves_at(regions, curves, nuclide.half_life_h, activity.scans[-1].activity.values)
    warned = (f"fit of {one.region}: {line}" for one in read for line in one.warnings)
    return places, found, (*told, *warned)


def _decays(
    activity: ActivityImages,
    regions: Sequence[Region],
    kinetics: Kinetics,
    physical_h: float,
    fitted: tuple[NDArray[np.intp], tuple[ExponentialSum, ...], tuple[str, ...]] | None,
) -> tuple[Decays, Floats | float, tuple[str, ...]]:
    """Decays per mL, the half-life in each voxel, and how they came to be."""
    if activity.decays_per_mL is not None:
        return Decays(per_mL=activity.decays_per_mL.values.astype(np.float64)), physical_h, ()
    last = activity.scans[-1].activity
    half_life_h: Floats | float = physical_h
    told: tuple[str, ...] = (
        f"activity is taken to decay with the nuclide, {physical_h:.6g} h, and to stay where it is",
    )
    if fitted is not None:
        places, curves, told = fitted
        decays = decays_by_curves(activity.scans, places, curves)
    else:
        if kinetics.half_lives_h is not None:
            half_life_h, told = half_lives_h(last.grid, regions, kinetics.half_lives_h, physical_h, last.values)
        decays = decays_of(activity.scans, half_life_h, kinetics.before)
    before, after = decays.shares(np.ones(last.grid.shape, dtype=bool))
    shares = (
        f"of all decays {100 * (before or 0):.3g} % lie before the first scan and "
        f"{100 * (after or 0):.3g} % after the last"
    )
    return decays, half_life_h, (*decays.because, *told, shares)


def _rate(
    activity: ActivityImages,
    matter: Matter,
    half_life_h: Floats | float,
    kinetics: Kinetics,
    emitted: Emissions,
    masks: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.bool_]]],
    method: Method,
    run: Run,
    tell: Callable[[str], None],
    fitted: tuple[NDArray[np.intp], tuple[ExponentialSum, ...], tuple[str, ...]] | None,
) -> tuple[Volume | None, tuple[float, ...] | None, tuple[str, ...]]:
    """The map of dose rate (mGy/h) at the time asked for, the mean of each region, and how it came to be."""
    if kinetics.rate_at_h is None:
        return None, None, ()
    tell("dose rate ...")
    if fitted is not None:
        then = rate_by_curves(activity.scans, *fitted[:2], kinetics.rate_at_h)
    else:
        then = at_time(activity.scans, half_life_h, kinetics.rate_at_h, kinetics.before)
    if not then.any():
        raise RuleError(
            f"there is no activity at {kinetics.rate_at_h:g} h, as it was taken before the first scan: no dose rate",
            field="rate_at",
        )
    in_an_hour = float(then.sum()) * matter.grid.voxel_mL * 3600
    found = dosed(scene_of(matter, then), emitted, in_an_hour, masks, method, run)
    rate = Volume(grid=matter.grid, values=(1e3 * np.maximum(found.dose_Gy, 0.0)).astype(np.float32), unit="mGy/h")
    told = f"dose rate at {kinetics.rate_at_h:g} h: of the activity then, as if it stayed for an hour"
    return rate, tuple(1e3 * one for one in found.means_Gy), (told,)


def _of_regions(
    regions: Sequence[Region],
    found: Dosed,
    decays: Decays,
    grid: Grid,
    eud_a: Mapping[str, float],
    rates: tuple[float, ...] | None,
) -> tuple[RegionDose, ...]:
    unknown = [name for name in eud_a if name and name not in {region.name for region in regions}]
    if unknown:
        raise RuleError(f"there is no region {unknown[0]!r} to have an equivalent uniform dose", field="eud_a")
    told = []
    for place, region in enumerate(regions):
        before, after = decays.shares(region.mask)
        told.append(
            RegionDose(
                name=region.name,
                rule=region.rule,
                voxels=region.voxels,
                mass_g=found.masses_g[place],
                mean_Gy=found.means_Gy[place],
                uncertainty=found.uncertainties[place],
                doubtful=None if found.doubtful is None else found.doubtful[place],
                own=None if found.own is None else found.own[place],
                of_a_voxel=None if found.of_a_voxel is None else found.of_a_voxel[place],
                volume=dose_volume(np.maximum(found.dose_Gy[region.mask], 0.0), grid.voxel_mL),
                eud_a=eud_a.get(region.name, eud_a.get("")),
                rate_mGy_per_h=None if rates is None else rates[place],
                before_share=before,
                after_share=after,
                decays=float(decays.per_mL[region.mask].sum()) * grid.voxel_mL,
            )
        )
    return tuple(told)


def _in_air(matter: Matter, decays: Decays) -> tuple[str, ...]:
    """A sentence where decays lie where the CT shows no body: a CT that lies elsewhere, is turned or of another."""
    share = float(decays.per_mL[matter.density_g_per_cm3 < LEAST_OF_A_BODY_g_per_cm3].sum() / decays.per_mL.sum())
    if share < MOST_IN_AIR:
        return ()
    return (
        f"{100 * share:.3g} % of the decays lie where the CT shows less than {LEAST_OF_A_BODY_g_per_cm3:g} g/cm3: do "
        "activity and CT lie together, is one turned over?",
    )


def _of_other_size(regions: Sequence[Region]) -> tuple[str, ...]:
    """A sentence for each region that is much larger or smaller in the voxels of the activity than as drawn."""
    return tuple(
        f"region {one.name!r} is {one.volume_mL:.3g} mL in the voxels of the activity and {one.drawn_mL:.3g} mL as "
        "drawn: what is told of it is of these voxels"
        for one in regions
        if one.drawn_mL is not None and abs(one.volume_mL / one.drawn_mL - 1) > OTHER_SIZE
    )


def _noisy(of_regions: Sequence[RegionDose]) -> tuple[str, ...]:
    """A sentence where transport knows single voxels worse than what is read off them would need."""
    known = [(one.of_a_voxel, one.name) for one in of_regions if one.of_a_voxel is not None]
    if not known or max(known)[0] <= NOISY:
        return ()
    (best, first), (worst, last) = min(known), max(known)
    told = f"{100 * worst:.3g} % in {last}"
    if len(known) > 1:
        told = f"{100 * best:.3g} % in {first} to {told}"
    unsaid = [one.name for one in of_regions if one.spread is None]
    more = f"; above {100 * TOO_NOISY:g} % none but the mean is told ({', '.join(unsaid)})" if unsaid else ""
    return (
        f"means are known as told, a single voxel by statistics only to {told}: least, largest, D98 to D2, volumes "
        f"with a dose, EUD, curves and maps hold this noise and spread too wide{more}; a preview has no such noise",
    )


def _uncertain(method: Method, emitted: Emissions) -> tuple[str, ...]:
    """What the uncertainty holds, and what it does not."""
    not_held = (
        "it holds neither calibration, noise and resolution of the scans nor the kinetics nor the density of the CT"
    )
    if method == "transport":
        model = "2 % for transport"
    else:
        model = (
            "5 % for a preview in place of transport, without a figure where over a tenth of a region is doubtful or "
            "its own activity gives less than half of its dose"
        )
    spread = (emitted.spread.electron, emitted.spread.photon, emitted.spread.alpha)
    nuclide = (
        "the spread of the nuclide's evaluations" if any(spread) else "no spread of the nuclide's evaluations is known"
    )
    return (f"uncertainty (k = 1): statistics, {model}, {nuclide}; {not_held}",)


def files_of(made: PatientDose, subject: str = "") -> dict[str, bytes]:
    """The maps and the curves as files: RTDOSE, NIfTI, dose-volume histogram as CSV, the rate where asked for.

    `subject` is whose they are, as the histogram shall say it.
    """
    # the object holds 1,024 characters of it: what the doses are good to comes first
    derived = "; ".join((*made.warnings, *made.because[-1:], *made.because[:-1]))
    comment = f"Hevesy, {made.nuclide}, by {made.method}"
    files = {
        "rtdose.dcm": rt_dose(made.dose, made.links, comment, derived),
        "dose.nii.gz": nifti(made.dose),
        "dvh.csv": _curves(made, subject),
    }
    if made.rate is not None:
        files[RATE_FILE] = nifti(made.rate)
    return files


DVH_COLUMNS = (
    "region", "dose_Gy", "volume_percent", "volume_mL", "region_volume_mL", "of", "nuclide", "program", "subject",
)  # fmt: skip
"""As the record takes it (kind dose_volume): `volume_mL` receives the dose, of `region_volume_mL` in all."""


def _curves(made: PatientDose, subject: str) -> bytes:
    program, rows = f"Hevesy {__version__}, treat voxel-dose, {made.method}", []
    for one in made.of_regions:
        if one.spread is None:
            continue
        whole_mL = one.volume.volume_mL
        doses, percent = one.spread.curve()
        points = dict(zip(doses.tolist(), percent.tolist(), strict=True))  # of a region without dose all are one
        for dose, share in points.items():
            volume = (share, share / 100 * whole_mL, whole_mL)
            rows.append((one.name, dose, *volume, "radionuclide", made.nuclide, program, subject))
    return csv_of(DVH_COLUMNS, rows)
