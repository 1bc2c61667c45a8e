"""From a patient's images to what dose in voxels is computed of: decays in each voxel, its density, its tissue."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.imaging.region import Region
from hevesy.imaging.resample import mean_onto
from hevesy.imaging.volume import Grid, Volume
from hevesy.matter.ct import (
    Calibration,
    LARGEST_DENSITY_g_per_cm3,
    LEAST_DENSITY_g_per_cm3,
    Metal,
    Padding,
    clamped,
)
from hevesy.matter.material import material
from hevesy.radiation.voxel_dose import Scene

Floats = NDArray[np.float64]
Single = NDArray[np.float32]
Before = Literal["decay", "rise", "level"]
BEFORE: Mapping[Before, str] = {
    "decay": "falling from the injection on with the half-life of its place",
    "rise": "rising from nothing at the injection in a straight line",
    "level": "as in the first scan",
}
"""What is taken of the time between injection and first scan."""
Outside = Literal["air"]
REST = "rest"
"""What lies in no region."""
EVERYWHERE = ""
"""The half-life of all that has none of its own."""
LARGEST_EDGE_mm, LEAST_EDGE_mm = 20.0, 0.05
UNEVEN_HALF_LIFE = 1e-4
"""An effective half-life may be told longer than the physical one by this share: it was rounded."""
MOST_HALF_LIVES_BACK = 10.0
"""Over so many a thousandth is left, and its noise with it."""
ONE_SCAN_h = 1e-3
"""Scans that lie nearer to one another are of one time."""
LIKE_BONE_HU = 120.0
CONTRAST_SHARE = 0.05
BONES = ("bone", "marrow", "skelet", "spin", "vertebra", "femur", "femor", "humer", "skull", "rib", "spongios", "pelvi",
         "sacr", "stern", "jaw", "mandib", "teeth", "calc", "body", "rest", "remain", "whole")  # fmt: skip
"""How words begin in the names of regions that may be bone, or hold some."""


def size_cm_of(grid: Grid) -> tuple[float, float, float]:
    """The edges of the voxels; refused where axes do not stand at right angles, or edges are those of no image."""
    directions = grid.affine[:3, :3] / np.array(grid.edges_mm)
    leaning = float(np.abs(directions.T @ directions - np.eye(3)).max())
    if leaning > 1e-3:
        degrees = 90 - math.degrees(math.acos(min(leaning, 1.0)))
        raise RuleError(
            f"the axes of the activity's voxels lean by {degrees:.2g} degrees: dose is computed in voxels at right "
            "angles"
        )
    refuse_edges(grid, "the activity")
    first, second, third = (edge / 10 for edge in grid.edges_mm)
    return first, second, third


def refuse_edges(grid: Grid, what: str) -> None:
    """Refuse voxels whose edges are those of no image of a patient."""
    told = " x ".join(f"{edge:.4g}" for edge in grid.edges_mm)
    if max(grid.edges_mm) > LARGEST_EDGE_mm or min(grid.edges_mm) < LEAST_EDGE_mm:
        raise RuleError(
            f"voxels of {what} are {told} mm, no image of a patient: edges lie in "
            f"{LEAST_EDGE_mm:g}..{LARGEST_EDGE_mm:g} mm (were mm told as cm, or cm as mm?)"
        )


def refuse_no_activity(volume: Volume, name: str) -> None:
    """Refuse values that are no activity: not finite, negative, or nowhere any."""
    wrong = ~(np.isfinite(volume.values) & (volume.values >= 0))
    if wrong.any():
        place = tuple(int(one) for one in np.argwhere(wrong)[0])
        value = float(volume.values[place])
        raise RuleError(
            f"{name}: {int(np.count_nonzero(wrong)):,} voxels hold no activity, the first at {place[::-1]} (column, "
            f"row, slice from 0) is {value:g} {volume.unit}; an activity is finite and 0 or more"
        )
    if not (volume.values > 0).any():
        raise RuleError(f"{name}: there is no activity anywhere")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matter:
    """What the voxels of a grid are made of: density, tissue as an index into `tissues`, and the mean CT number."""

    grid: Grid
    density_g_per_cm3: Floats = field(repr=False)
    tissue: NDArray[np.uint8] = field(repr=False)
    tissues: tuple[str, ...]
    ct: Volume
    padding: int
    metal: int
    outside: int
    because: tuple[str, ...]


def matter_of(
    ct: Volume,
    grid: Grid,
    activity: Single,
    *,
    calibration: Calibration | None = None,
    padding: Padding | None = None,
    metal: Metal | None = None,
    outside: Outside | None = None,
) -> Matter:
    """The matter of a grid's voxels from a CT in HU of the same frame of reference, by the mean over each voxel.

    Density is taken of each voxel of the CT and then averaged, so that mass is kept; the tissue is that of the mean CT
    number. Refused: padding and metal without a word (see `matter.ct.clamped`), a CT that does not cover the activity's
    image without `outside`, two frames of reference, densities beyond 0.001..20 g/cm3.
    """
    by = calibration or Calibration()
    refuse_edges(ct.grid, "the CT")
    held = clamped(ct.values, by, padding, metal)
    size_cm_of(grid)
    numbers = mean_onto(Volume(grid=ct.grid, values=held.ct_HU, unit="HU"), grid)
    uncovered = numbers.covered < 1 - 1e-3
    because = list(held.because)
    if uncovered.any():
        if outside is None:
            without = 100 * float(uncovered.mean())
            share = 100 * float(activity[uncovered].sum(dtype=np.float64) / activity.sum(dtype=np.float64))
            raise RuleError(
                f"the CT does not cover {int(np.count_nonzero(uncovered)):,} voxels of the activity's image "
                f"({without:.3g} % of them, with {share:.3g} % of the activity); they are taken as air with "
                "⟦outside⟧ air",
                field="outside",
            )
        because.append(f"{int(np.count_nonzero(uncovered)):,} voxels that the CT does not cover were taken as air")
    density_of_ct = np.empty(ct.grid.shape, dtype=np.float32)
    for place, numbers_there in enumerate(held.ct_HU):  # a slice at a time: a CT is large in double precision
        density_of_ct[place] = by.density_g_per_cm3(numbers_there.astype(np.float64))
    density = mean_onto(Volume(grid=ct.grid, values=density_of_ct, unit="g/cm3"), grid).volume.values
    low, high = by.limits_HU
    air_HU, air_g_per_cm3 = low, by.density[0][1]
    mean_HU = np.clip(np.where(uncovered, np.float32(air_HU), numbers.volume.values), low, high)
    density_g_per_cm3 = np.where(uncovered, air_g_per_cm3, density).astype(np.float64)
    _refuse_density(density_g_per_cm3)
    because.append(f"density and tissue of the CT by {by.name}; onto the voxels of the activity: {numbers.rule}")
    return Matter(
        grid=grid,
        density_g_per_cm3=density_g_per_cm3,
        tissue=by.tissue(mean_HU).astype(np.uint8),
        tissues=tuple(name for _, name in by.tissues),
        ct=Volume(grid=grid, values=mean_HU, unit="HU"),
        padding=held.padding,
        metal=held.metal,
        outside=int(np.count_nonzero(uncovered)),
        because=tuple(because),
    )


def _refuse_density(density_g_per_cm3: Floats) -> None:
    low, high = LEAST_DENSITY_g_per_cm3, LARGEST_DENSITY_g_per_cm3
    wrong = ~((density_g_per_cm3 >= low) & (density_g_per_cm3 <= high))
    if wrong.any():
        place = tuple(int(one) for one in np.argwhere(wrong)[0])
        raise RuleError(
            f"the density at voxel {place} is {density_g_per_cm3[place]:g}, it must lie in {low:g}..{high:g} g/cm3"
        )


def like_contrast(matter: Matter, regions: Sequence[Region]) -> tuple[str, ...]:
    """A sentence for each region, by its name without bone, of which CT reads a twentieth or more as bone."""
    told = []
    for region in regions:
        if any(word.startswith(BONES) for word in re.findall(r"[a-z]+", region.name.casefold())):
            continue
        numbers = region.within(matter.ct)
        share = float((numbers > LIKE_BONE_HU).mean())
        if share >= CONTRAST_SHARE:
            density = float(matter.density_g_per_cm3[region.mask & (matter.ct.values > LIKE_BONE_HU)].mean())
            told.append(
                f"{100 * share:.0f} % of region {region.name!r} lie above {LIKE_BONE_HU:g} HU and are taken as bone of "
                f"{density:.3g} g/cm3; if that is contrast medium, its mass is too large and its dose too small"
            )
    return tuple(told)


def scene_of(matter: Matter, activity: NDArray[np.floating]) -> Scene:
    """The scene of transport and preview: matter with activity in any unit."""
    return Scene(
        size_cm=size_cm_of(matter.grid),
        materials=tuple(material(name) for name in matter.tissues),
        material=matter.tissue,
        density_g_per_cm3=matter.density_g_per_cm3,
        activity=np.asarray(activity, dtype=np.float64),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """Activity (Bq/mL) as it was at a time, in hours after the injection."""

    elapsed_h: float
    activity: Volume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decays:
    """Decays per mL in each voxel over all time, and of those the ones before the first scan and after the last."""

    per_mL: Floats = field(repr=False)
    before_per_mL: Floats | None = field(default=None, repr=False)
    """None: not told apart, of a map that came integrated."""
    after_per_mL: Floats | None = field(default=None, repr=False)
    because: tuple[str, ...] = ()

    def shares(self, inside: NDArray[np.bool_]) -> tuple[float | None, float | None]:
        """The shares of a region's decays before the first scan and after the last."""
        if self.before_per_mL is None or self.after_per_mL is None:
            return None, None
        whole = float(self.per_mL[inside].sum())
        if whole == 0:
            return None, None
        return float(self.before_per_mL[inside].sum()) / whole, float(self.after_per_mL[inside].sum()) / whole


def half_lives_h(
    grid: Grid,
    regions: Sequence[Region],
    told_h: Mapping[str, float],
    physical_h: float,
    activity: Single,
) -> tuple[Floats, tuple[str, ...]]:
    """The effective half-life in each voxel, shape of the grid, by region; REST is what lies in none.

    A voxel of several regions takes that of the smallest. Refused: a region, or activity in none, without a half-life;
    names that are no region; half-lives longer than that of the nuclide.
    """
    names = [region.name for region in regions]
    if REST in names:
        raise RuleError(f"a region is called {REST!r}, as is what lies in none: give it another name", field="names")
    unknown = [name for name in told_h if name not in (*names, REST, EVERYWHERE)]
    if unknown:
        there = ", ".join(map(repr, [*names, REST]))
        raise RuleError(
            f"a half-life is told of {unknown[0]!r}, which is no region: there are {there}", field="half_life"
        )
    for name, told in told_h.items():
        if not 0 < told <= physical_h * (1 + UNEVEN_HALF_LIFE):
            raise RuleError(
                f"the effective half-life of {name or 'all'} is {told:g} h; it is above 0 and not longer than the "
                f"nuclide's, {physical_h:.6g} h",
                field="half_life",
            )
    everywhere = told_h.get(EVERYWHERE)
    found = np.full(grid.shape, np.nan)
    rest = told_h.get(REST, everywhere)
    if rest is not None:
        found[...] = rest
    overlap = np.zeros(grid.shape, dtype=np.uint8)
    for region in sorted(regions, key=lambda one: -one.voxels):
        own = told_h.get(region.name, everywhere)
        if own is None:
            raise RuleError(f"region {region.name!r} has no half-life", field="half_life")
        found[region.mask] = own
        overlap[region.mask] += np.uint8(1)
    missing = np.isnan(found) & (activity > 0)
    if missing.any():
        share = 100 * float(activity[missing].sum(dtype=np.float64) / activity.sum(dtype=np.float64))
        raise RuleError(
            f"{share:.3g} % of the activity lie in no region and have no half-life: tell one of {REST!r}",
            field="half_life",
        )
    shown = ", ".join(f"{name or 'all'} {value:g} h" for name, value in told_h.items())
    because = [f"effective half-lives as told: {shown}"]
    if (overlap > 1).any():
        because.append(
            f"{int(np.count_nonzero(overlap > 1)):,} voxels lie in several regions and take the half-life of the "
            "smallest"
        )
    return np.where(np.isnan(found), physical_h, found), tuple(because)


def decays_of(scans: Sequence[Scan], half_life_h: Floats | float, before: Before | None = None) -> Decays:
    """Decays per mL over all time.

    Between scans in straight lines, after the last by the half-life of each voxel, before the first as told. Before one
    scan the activity is taken as falling with its half-life, before a series as rising, unless told.
    Refused: times that do not rise or begin before the injection, scans on two grids.
    """
    if not scans:
        raise RuleError("there is no scan")
    times = [scan.elapsed_h for scan in scans]
    shown = ", ".join(f"{one:.6g}" for one in times)
    if not all(map(math.isfinite, times)) or times[0] < 0:
        raise RuleError(f"scans are made after the injection, got {shown} h", field="times")
    if any(later - earlier < ONE_SCAN_h for earlier, later in pairwise(times)):
        raise RuleError(f"times of scans rise, got {shown} h", field="times")
    if any(not scan.activity.grid.same_as(scans[0].activity.grid) for scan in scans):
        raise RuleError("scans of a series lie on one grid")
    way = _way(scans, before)
    mean_life_h = np.asarray(half_life_h, dtype=np.float64) / math.log(2)
    first, last = (scan.activity.values.astype(np.float64) for scan in (scans[0], scans[-1]))
    match way:
        case "decay":
            _refuse_far_back(first, mean_life_h * math.log(2), times[0])
            early = first * mean_life_h * np.expm1(times[0] / mean_life_h)
        case "rise":
            early = first * times[0] / 2
        case "level":
            early = first * times[0]
    late = last * mean_life_h
    between = np.zeros_like(first)
    for one, next_one in pairwise(scans):
        between += (
            (one.activity.values.astype(np.float64) + next_one.activity.values)
            / 2
            * (next_one.elapsed_h - one.elapsed_h)
        )
    one_scan = "one scan" if len(scans) == 1 else f"{len(scans)} scans, joined by straight lines in each voxel"
    return Decays(
        per_mL=3600 * (early + between + late),
        before_per_mL=3600 * early,
        after_per_mL=3600 * late,
        because=(
            f"time-integrated activity is an estimate from {one_scan} at {shown} h after the injection",
            f"before the first scan: {BEFORE[way]}",
            "after the last scan: falling with the half-life of its place",
        ),
    )


def _refuse_far_back(first: Floats, half_life_h: Floats, elapsed_h: float) -> None:
    """Refuse to tell from what is hardly there any more what was there at the injection."""
    shortest = float(np.broadcast_to(half_life_h, first.shape)[first > 0].min(initial=math.inf))
    if elapsed_h > MOST_HALF_LIVES_BACK * shortest:
        raise RuleError(
            f"the first scan is made {elapsed_h:g} h after the injection, {elapsed_h / shortest:.3g} half-lives of "
            f"{shortest:g} h: nothing is told backwards over more than {MOST_HALF_LIVES_BACK:g}; say what was there, "
            "⟦before⟧",
            field="before",
        )


def at_time(
    scans: Sequence[Scan], half_life_h: Floats | float, elapsed_h: float, before: Before | None = None
) -> Floats:
    """Activity (Bq/mL) at a time: between scans in straight lines, after them by half-life, before them as told.

    Refused: a time before the injection.
    """
    if not (math.isfinite(elapsed_h) and elapsed_h >= 0):
        raise RuleError(f"a dose rate is asked of a time after the injection, got {elapsed_h:g} h", field="rate_at")
    times = [scan.elapsed_h for scan in scans]
    if times[0] < elapsed_h < times[-1]:
        place = int(np.searchsorted(times, elapsed_h))
        part = (elapsed_h - times[place - 1]) / (times[place] - times[place - 1])
        earlier, later = (scans[one].activity.values.astype(np.float64) for one in (place - 1, place))
        return np.asarray((1 - part) * earlier + part * later)
    if elapsed_h < times[0] and _way(scans, before) != "decay":
        part = elapsed_h / times[0] if _way(scans, before) == "rise" else 1.0
        return np.asarray(part * scans[0].activity.values.astype(np.float64))
    nearest = scans[0] if elapsed_h <= times[0] else scans[-1]
    apart_h = elapsed_h - nearest.elapsed_h
    return np.asarray(nearest.activity.values * 2.0 ** (-apart_h / np.asarray(half_life_h, dtype=np.float64)))


def _way(scans: Sequence[Scan], before: Before | None) -> Before:
    """What is taken of the time before the first scan, where nothing is told."""
    return before or ("decay" if len(scans) == 1 else "rise")
