"""Time-activity curves of regions from a series of PET images in one frame of reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from hevesy.conduct.images import Given, converted, corrected, pet_series, regions_of
from hevesy.errors import CannotAnswerError
from hevesy.files.dicom.pet import known, pet_header
from hevesy.files.dicom.series import Series
from hevesy.find.curves import Content, content
from hevesy.find.decay import Told, measured_after_h
from hevesy.imaging.contours import Rule
from hevesy.imaging.pet import PetHeader
from hevesy.imaging.region import Region, onto
from hevesy.study.time_activity import TimeActivityCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A region at a time: hours after the injection, what is in it."""

    elapsed_h: float
    content: Content
    left: float
    """Share not decayed by then, by the half-life that decay was corrected with in the images."""
    rule: str
    """How the region's voxels were chosen in this volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Curves of the label that was imaged, and of another where one was asked for, with the points they rest on."""

    curves: tuple[TimeActivityCurve, ...]
    points: dict[str, tuple[Point, ...]]
    nuclide: str
    half_life_h: float
    warnings: tuple[str, ...]
    because: tuple[str, ...]


def time_activity_curves(
    places: Sequence[Path],
    regions: Path,
    nuclide: str,
    *,
    other: str | None = None,
    resolution_mm: float,
    contours: Rule = "centre",
    given: Given | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Curves:
    """Curves of every region of a file over the PET volumes among files and folders.

    Refused: volumes in two frames of reference, two of one time, a label that is not the header's, what `find.suv`
    refuses. With another nuclide the curve is that of the same molecule under it.
    """
    label, half_life_s, _ = known(nuclide)
    if label is None or half_life_s is None:
        raise CannotAnswerError(f"nuclide {nuclide!r} is not in the library")
    pet, _ = pet_series(places)
    frames = {one.grid.frame_of_reference for one in pet}
    if len(frames) > 1 or (len(pet) > 1 and frames == {None}):
        raise CannotAnswerError(
            f"{len(pet)} volumes are told in {len(frames)} frames of reference (0020,0052): a region of one is not a "
            "region of another until they are registered"
        )
    drawn = regions_of(regions, pet[0].grid, contours)
    warnings: dict[str, None] = {}
    points: dict[str, list[Point]] = {region.name: [] for region in drawn}
    if len({one.slices[0].patient for one in pet}) > 1:
        raise CannotAnswerError("the volumes are of two patients (0010,0020)")
    administered: dict[tuple[object, ...], None] = {}
    for number, series in enumerate(pet, start=1):
        tell(f"volume {number} of {len(pet)} ...")
        header, told = corrected(pet_header(series), given or Given())
        scanned = header.frames[0].acquired_at
        day = header.start.day or (None if scanned is None else scanned.date())  # without a day: that of the scan
        administered[day, header.start.clock, header.activity] = None
        if len(administered) > 1:
            raise CannotAnswerError(
                f"the volumes tell two administrations: other times {header.start.tag} or activities (0018,1074); a "
                "curve is of one, whose activity and time can be given"
            )
        warnings |= dict.fromkeys(told)
        warnings |= dict.fromkeys(_measure(series, header, drawn, points, (label, half_life_s), resolution_mm))
    rules = dict.fromkeys(one.rule for each in points.values() for one in each)
    own = [_curve(name, label, each) for name, each in points.items()]
    return Curves(
        curves=tuple(own if other is None else [_of_other(curve, half_life_s / 3600, other) for curve in own]),
        points={name: tuple(sorted(each, key=lambda one: one.elapsed_h)) for name, each in points.items()},
        nuclide=label if other is None else known(other)[0] or other,
        half_life_h=half_life_s / 3600,
        warnings=tuple(warnings),
        because=(
            f"regions: {' | '.join(rules)}; all volumes in one frame of reference",
            f"noise: voxels within {resolution_mm:g} mm of one another are taken as one",
            "edge: a boundary anywhere within half a voxel; no partial-volume correction",
            "the uncertainty holds neither the calibration of scanner and dose meter nor attenuation and scatter",
        ),
    )


def _measure(
    series: Series,
    header: PetHeader,
    drawn: Sequence[Region],
    points: dict[str, list[Point]],
    label: tuple[str, float],
    resolution_mm: float,
) -> tuple[str, ...]:
    """Add a volume's point to each region's, and tell what was odd of it."""
    nuclide, half_life_s = label
    if header.nuclide is not None and header.nuclide != nuclide:
        raise CannotAnswerError(f"the images are of {header.nuclide} (0054,0300), asked were curves of {nuclide}")
    named = () if header.nuclide is not None else (f"the header names no nuclide (0054,0300): {nuclide} was believed",)
    if header.nuclide is None:
        header = replace(header, nuclide=nuclide, nuclide_half_life_s=half_life_s)
    volume, found, odd = converted(series, header, "fraction")
    told = Told()
    corrected_by_s = header.half_life_s or half_life_s
    hours = measured_after_h(header, corrected_by_s, told)
    for region in drawn:
        here = onto(region, series.grid)
        weights = here.mask.sum(axis=(1, 2))
        elapsed_h = float((hours * weights).sum() / weights.sum())
        left = 2.0 ** (-elapsed_h * 3600 / corrected_by_s)
        share = content(volume, here, resolution_mm)
        points[region.name].append(Point(elapsed_h=elapsed_h, content=share, left=left, rule=here.rule))
    return (*found.warnings, *told.warnings, *odd, *named)


def _curve(name: str, nuclide: str, points: Sequence[Point]) -> TimeActivityCurve:
    """Shares with the decay that is corrected away in the images put back."""
    ordered = sorted(points, key=lambda one: one.elapsed_h)
    for before, after in pairwise(ordered):
        if after.elapsed_h - before.elapsed_h < 1e-3:
            raise CannotAnswerError(f"two volumes are of one time, {after.elapsed_h:.4g} h after the injection")
    return TimeActivityCurve(
        region=name,
        nuclide=nuclide,
        elapsed_h=tuple(one.elapsed_h for one in ordered),
        activity_fractions=tuple(one.content.share * one.left for one in ordered),
        standard_uncertainties=tuple(one.content.standard_uncertainty * one.left for one in ordered),
    )


def _of_other(curve: TimeActivityCurve, half_life_h: float, nuclide: str) -> TimeActivityCurve:
    name, half_life_s, _ = known(nuclide)
    if name is None or half_life_s is None:
        raise CannotAnswerError(f"nuclide {nuclide!r} is not in the library")
    return curve.of(name, half_life_s / 3600, half_life_h)
