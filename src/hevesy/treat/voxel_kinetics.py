"""Decays in each voxel by the fitted curve of its region: what scans show of it, times the curve's integral."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.imaging.region import Region
from hevesy.treat.kinetics import ExponentialSum
from hevesy.treat.voxel import EVERYWHERE, REST, Decays, Floats, Scan, Single

UNEVEN_RATE = 1e-4
"""Half-lives of a nuclide in the fit and in the dose may differ by this share."""


def curves_at(
    regions: Sequence[Region], told: Mapping[str, ExponentialSum], physical_h: float, activity: Single
) -> tuple[NDArray[np.intp], tuple[ExponentialSum, ...], tuple[str, ...]]:
    """Which curve each voxel has (its place in the curves; -1: none), shape of the grid, and what was taken.

    A voxel of several regions takes that of the smallest; REST is what lies in none. Refused: a region, or activity in
    none, without a curve; names that are no region; curves of another nuclide.
    """
    names = [region.name for region in regions]
    unknown = [name for name in told if name not in (*names, REST, EVERYWHERE)]
    if unknown:
        there = ", ".join(map(repr, [*names, REST]))
        raise RuleError(
            f"a curve was fitted to {unknown[0]!r}, which is no region: there are {there}", field="kinetics"
        )
    for name, one in told.items():
        if abs(one.physical_per_h * physical_h / math.log(2) - 1) > UNEVEN_RATE:
            raise RuleError(
                f"the curve of {name or 'all'} decays with {math.log(2) / one.physical_per_h:.6g} h, the nuclide with "
                f"{physical_h:.6g} h: fit it for this label",
                field="kinetics",
            )
    order = list(told)
    everywhere = order.index(EVERYWHERE) if EVERYWHERE in told else None
    found = np.full(activity.shape, -1, dtype=np.intp)
    rest = order.index(REST) if REST in told else everywhere
    if rest is not None:
        found[...] = rest
    for region in sorted(regions, key=lambda one: -one.voxels):
        own = order.index(region.name) if region.name in told else everywhere
        if own is None:
            raise RuleError(f"region {region.name!r} has no curve", field="kinetics")
        found[region.mask] = own
    missing = (found < 0) & (activity > 0)
    if missing.any():
        share = 100 * float(activity[missing].sum(dtype=np.float64) / activity.sum(dtype=np.float64))
        raise RuleError(
            f"{share:.3g} % of the activity lie in no region and have no curve: tell a half-life of {REST!r}, as in "
            "rest=60h (⟦half_life⟧)",
            field="kinetics",
        )
    told_names = ", ".join(
        f"{name or 'all'} ({', '.join(f'{half:.4g}' for half in one.half_lives_h)} h)" for name, one in told.items()
    )
    return found, tuple(told.values()), (f"kinetics by fitted curves, with effective half-lives: {told_names}",)


def decays_by_curves(scans: Sequence[Scan], places: NDArray[np.intp], curves: Sequence[ExponentialSum]) -> Decays:
    """Decays per mL over all time: in each voxel the mean of activity over curve at the scans, times the integral.

    Refused: no scan, a curve that has nothing at a scan.
    """
    amount = amounts(scans, places, curves)
    first, last = scans[0].elapsed_h, scans[-1].elapsed_h
    whole, before, after = (
        3600 * amount * _by_place(places, [one.integral_h(*within) for one in curves])
        for within in ((0.0, math.inf), (0.0, first), (last, math.inf))
    )
    shown = ", ".join(f"{scan.elapsed_h:.6g}" for scan in scans)
    how = "its scan" if len(scans) == 1 else f"the mean of its {len(scans)} scans"
    return Decays(
        per_mL=whole,
        before_per_mL=before,
        after_per_mL=after,
        because=(
            f"time-integrated activity is the integral of the region's curve, in each voxel scaled to {how} at "
            f"{shown} h",
        ),
    )


def amounts(scans: Sequence[Scan], places: NDArray[np.intp], curves: Sequence[ExponentialSum]) -> Floats:
    """Activity (Bq/mL) over the curve of its place, the mean over scans."""
    if not scans:
        raise RuleError("there is no scan")
    found = np.zeros(places.shape)
    for scan in scans:
        at_scan = [float(one.at(scan.elapsed_h)) for one in curves]
        if min(at_scan) <= 0:
            raise RuleError(f"a curve has nothing at {scan.elapsed_h:g} h, the time of a scan", field="kinetics")
        found += scan.activity.values.astype(np.float64) / _by_place(places, at_scan, none=1.0)
    return found / len(scans)


def rate_by_curves(
    scans: Sequence[Scan], places: NDArray[np.intp], curves: Sequence[ExponentialSum], elapsed_h: float
) -> Floats:
    """Activity (Bq/mL) at a time by the curves."""
    if not (math.isfinite(elapsed_h) and elapsed_h >= 0):
        raise RuleError(f"a dose rate is asked of a time after the injection, got {elapsed_h:g} h", field="rate_at")
    return amounts(scans, places, curves) * _by_place(places, [float(one.at(elapsed_h)) for one in curves])


def _by_place(places: NDArray[np.intp], values: Sequence[float], none: float = 0.0) -> Floats:
    """The value of each voxel's curve; `none` where it has none."""
    return np.asarray(np.array([*values, none])[places])
