"""A folder told apart by its headers: which series lie in it, and a series as one volume or several in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import DeliveryError
from hevesy.files.dicom.enhanced import frames_of
from hevesy.files.dicom.reading import code, read_header, read_whole, refusing
from hevesy.files.dicom.slices import Slice, slices_of, stored_values
from hevesy.imaging.volume import Grid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MOST_FILES = 50_000
UNEVEN = 0.05
"""Slices whose distances differ by more than this share of their mean are not evenly spaced."""
SAME_PLACE_MM = 1e-3
TILT_DEGREES = 0.5
"""Slices that are shifted by more than this against one another are told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """The slices of a volume in the order of their normal, how they lie, and what was noticed."""

    modality: str
    slices: tuple[Slice, ...]
    grid: Grid
    time_slot: str
    notes: tuple[str, ...]

    @property
    def unit(self) -> str:
        """What stored values become."""
        return self.slices[0].unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What was found: series that can be volumes, why others cannot, and how many files are no images."""

    series: tuple[Series, ...]
    refused: tuple[str, ...]
    others: int


def look_into(places: Sequence[Path]) -> Folder:
    """The series of folders and files, told apart by their headers; nothing of the pixels is read.

    Refused are a place that is not there and a folder of more files than are looked at. A file that is broken is told
    in `refused`; one that is no image is counted.
    """
    files = [path for place in places for path in _files(place)]
    slices: list[Slice] = []
    refused: list[str] = []
    others = 0
    for path in files:
        try:
            with refusing(path.name):
                own = _slices(read_header(path), path)
        except DeliveryError as error:
            if len(files) == 1:
                raise
            refused.append(str(error))
            continue
        others += not own
        slices += own
    by_series: dict[tuple[str, str], list[Slice]] = defaultdict(list)
    for one in slices:
        by_series[one.series, one.modality].append(one)
    series: list[Series] = []
    for own_slices in by_series.values():
        try:
            series += _volumes(own_slices)
        except DeliveryError as error:
            refused.append(str(error))
    return Folder(series=tuple(series), refused=tuple(refused), others=others)


def _slices(found: Dataset, path: Path) -> tuple[Slice, ...]:
    """The slices of a file; empty where it is no image that lies in a patient."""
    if "Rows" not in found or "Columns" not in found or code(found, "Modality") in ("SEG", "RTDOSE", "RTSTRUCT"):
        return ()
    return (frames_of if "PerFrameFunctionalGroupsSequence" in found else slices_of)(found, path)


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise DeliveryError(f"there is no file or folder {place}")
    files = sorted(path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))
    if len(files) > MOST_FILES:
        raise DeliveryError(f"{place.name}: {len(files):,} files; at most {MOST_FILES:,} are looked at")
    if not files:
        raise DeliveryError(f"{place.name}: the folder is empty")
    return files


def _volumes(slices: list[Slice]) -> list[Series]:
    """The volumes of a series: one, or one for each of its times."""
    name = f"the {slices[0].modality or 'unnamed'} series of {slices[0].path.parent.name or slices[0].path.name}"
    slices, notes = _without_copies(slices, name)
    if len({one.layout for one in slices}) > 1:
        raise DeliveryError(
            f"{name}: slices of different size, spacing or direction are mixed "
            f"({len({one.layout for one in slices})} kinds of {len(slices)} slices)"
        )
    if len({one.frame_of_reference for one in slices}) > 1:
        raise DeliveryError(f"{name}: slices are told in two frames of reference (0020,0052)")
    if len({one.patient for one in slices}) > 1:
        raise DeliveryError(f"{name}: slices are of two patients (0010,0020)")
    if len({one.facts for one in slices}) > 1:
        raise DeliveryError(f"{name}: slices tell different doses, times, corrections or bodies")
    if len({one.unit for one in slices}) > 1:
        raise DeliveryError(f"{name}: slices are in two units (0054,1001)")
    slots: dict[str, list[Slice]] = defaultdict(list)
    for one in slices:
        slots[one.time_slot].append(one)
    return [_volume(own, name, slot, notes) for slot, own in sorted(slots.items(), key=lambda item: _begins(item[1]))]


def _begins(slices: Sequence[Slice]) -> tuple[str, float]:
    """What time frames are ordered by."""
    told = [one.frame.acquired_at for one in slices if one.frame.acquired_at is not None]
    reference = [one.frame.reference_s for one in slices if one.frame.reference_s is not None]
    return (min(told).isoformat() if told else "", min(reference, default=0.0))


def _without_copies(slices: list[Slice], name: str) -> tuple[list[Slice], tuple[str, ...]]:
    """Each instance once; two files of one instance that differ are refused."""
    first: dict[tuple[str, int], Slice] = {}
    kept, copies = [], 0
    for one in slices:
        before = first.setdefault((one.instance, one.place), one)
        if before is one or not one.instance:
            kept.append(one)
        elif before.path.read_bytes() != one.path.read_bytes():
            raise DeliveryError(f"{name}: {before.path.name} and {one.path.name} say they are one image and differ")
        else:
            copies += 1
    return kept, (f"{copies} files are copies of others and were left out",) if copies else ()


def _volume(slices: list[Slice], name: str, slot: str, notes: tuple[str, ...]) -> Series:
    normal = slices[0].normal
    ordered = sorted(slices, key=lambda one: float(one.position_mm @ normal))
    heights = np.array([float(one.position_mm @ normal) for one in ordered])
    first = ordered[0]
    if len(ordered) == 1:
        step = normal * (first.thickness_mm or 1.0)
        if not first.thickness_mm:
            notes += ("one slice without a thickness (0018,0050): 1 mm was taken",)
    else:
        _refuse_uneven(ordered, np.diff(heights), name)
        step = (ordered[-1].position_mm - first.position_mm) / (len(ordered) - 1)
        if first.thickness_mm and np.diff(heights).mean() > 1.5 * first.thickness_mm:
            notes += (
                f"slices lie {np.diff(heights).mean():.4g} mm apart and are {first.thickness_mm:.4g} mm thick "
                "(0018,0050): every other one may be missing",
            )
        tilt = np.degrees(np.arccos(np.clip(abs(step @ normal) / np.linalg.norm(step), 0, 1)))
        if tilt > TILT_DEGREES:
            notes += (f"slices are shifted against one another (a tilt of {tilt:.1f} degrees)",)
    affine = np.eye(4)
    affine[:3, 0] = step
    affine[:3, 1] = first.along_rows * first.spacing_mm[0]
    affine[:3, 2] = first.along_columns * first.spacing_mm[1]
    affine[:3, 3] = first.position_mm
    shape = (len(ordered), first.rows, first.columns)
    return Series(
        modality=first.modality,
        slices=tuple(ordered),
        grid=Grid(shape=shape, affine=affine, frame_of_reference=first.frame_of_reference),
        time_slot=slot,
        notes=notes,
    )


def _refuse_uneven(ordered: list[Slice], steps: NDArray[np.float64], name: str) -> None:
    if steps.min() < SAME_PLACE_MM:
        at = int(steps.argmin())
        raise DeliveryError(
            f"{name}: {ordered[at].path.name} and {ordered[at + 1].path.name} lie at one place and are two images"
        )
    usual = float(np.median(steps))
    wide = int(steps.argmax())
    if steps[wide] > 1.5 * usual:
        raise DeliveryError(
            f"{name}: slices are missing: between {ordered[wide].path.name} and {ordered[wide + 1].path.name} lie "
            f"{steps[wide]:.4g} mm, between others {usual:.4g} mm"
        )
    if np.abs(steps - usual).max() > UNEVEN * usual:
        raise DeliveryError(f"{name}: slices lie {steps.min():.4g} to {steps.max():.4g} mm apart, not evenly")
    offsets = [after.position_mm - before.position_mm for before, after in pairwise(ordered)]
    apart = np.ptp(np.array(offsets), axis=0).max()
    if apart > max(UNEVEN * usual, 0.1):
        raise DeliveryError(f"{name}: slices are shifted against one another by up to {apart:.3g} mm, not evenly")


def values_of(series: Series) -> NDArray[np.float32]:
    """The values of a series in its unit, each slice by its own slope and intercept; shape of its grid."""
    values = np.empty(series.grid.shape, dtype=np.float32)
    path, stored = None, None
    for place, one in enumerate(series.slices):
        if one.path != path:
            with refusing(one.path.name):
                stored, path = stored_values(read_whole(one.path), one.path), one.path
        if stored is None or one.place >= len(stored) or stored.shape[1:] != values.shape[1:]:
            raise DeliveryError(f"{one.path.name}: its pixels are not those that its header tells")
        np.multiply(stored[one.place], one.slope, out=values[place], casting="unsafe")
        values[place] += np.float32(one.intercept)
    return values
