"""Regions of DICOM: contours of a structure set, voxels of a segmentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hevesy.errors import DeliveryError
from hevesy.files.dicom.reading import code, read_header, read_whole, refusing, text
from hevesy.imaging.contours import Points, Rule, region_of_contours
from hevesy.imaging.region import Region, onto
from hevesy.imaging.volume import Grid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")


def read_regions(path: Path, grid: Grid, rule: Rule = "centre", only: str | None = None) -> tuple[Region, ...]:
    """The regions of a structure set or segmentation on the grid of an image, under their names in the file.

    `only`: the one of a name, where the file has it; what others hold then refuses nothing.

    Refused: another kind of file, one told in another frame of reference, contours that are not closed, two regions of
    one name.
    """
    with refusing(path.name):
        found = read_whole(path)
        match code(found, "Modality"):
            case "RTSTRUCT":
                regions = _of_contours(found, path, grid, rule, only)
            case "SEG":
                regions = _of_segments(path, grid, only)
            case other:
                raise DeliveryError(
                    f"{path.name}: regions are in files of kind RTSTRUCT or SEG (0008,0060), not {other}"
                )
    names = [region.name for region in regions]
    for name in names:
        if names.count(name) > 1:
            raise DeliveryError(f"{path.name}: two regions are called {name!r}")
    return regions


def patient_of(path: Path) -> str:
    """The number of the patient (0010,0020) that a structure set or segmentation is of; empty where it tells none."""
    with refusing(path.name):
        return text(read_header(path), "PatientID")


def _of_contours(found: Dataset, path: Path, grid: Grid, rule: Rule, only: str | None) -> tuple[Region, ...]:
    drawn_in = {
        int(item.ROINumber): (text(item, "ROIName"), text(item, "ReferencedFrameOfReferenceUID"))
        for item in found.get("StructureSetROISequence") or ()
    }
    regions = []
    asked = only if only in [name for name, _ in drawn_in.values()] else None
    for item in found.get("ROIContourSequence") or ():
        name, frame = drawn_in.get(int(item.ReferencedROINumber), ("", ""))
        if asked not in (None, name):
            continue
        _refuse_other_frame(path, name, frame, grid)
        contours = [_points(contour, path, name) for contour in item.get("ContourSequence") or ()]
        if contours:
            regions.append(region_of_contours(name or str(item.ReferencedROINumber), grid, contours, rule))
    if not regions:
        raise DeliveryError(f"{path.name}: has no region with contours")
    return tuple(regions)


def _points(contour: Dataset, path: Path, name: str) -> Points:
    kind = text(contour, "ContourGeometricType")
    if kind not in CLOSED:
        raise DeliveryError(
            f"{path.name}: region {name!r} has a contour of kind {kind or 'unknown'}, which encloses nothing"
        )
    points = np.array([float(one) for one in contour.ContourData], dtype=np.float64)
    if points.size % 3 or not np.isfinite(points).all():
        raise DeliveryError(f"{path.name}: region {name!r} has a contour whose points are no three finite numbers each")
    return points.reshape(-1, 3)


def _refuse_other_frame(path: Path, name: str, frame: str, grid: Grid) -> None:
    if frame and grid.frame_of_reference and frame != grid.frame_of_reference:
        raise DeliveryError(f"{path.name}: region {name!r} is drawn in another frame of reference than the image's")


def _of_segments(path: Path, grid: Grid, only: str | None) -> tuple[Region, ...]:
    from highdicom.seg import segread

    file = segread(path)
    regions = []
    described = {number: str(file.get_segment_description(number).segment_label) for number in file.segment_numbers}
    asked = only if only in described.values() else None
    for number, name in described.items():
        if asked not in (None, name):
            continue
        volume = file.get_volume(segment_numbers=[number], combine_segments=False, rescale_fractional=True)
        held = np.asarray(volume.array)[..., 0]
        mask = held > 0 if file.segmentation_type.value != "FRACTIONAL" else held >= 0.5
        own = Grid(
            shape=(mask.shape[0], mask.shape[1], mask.shape[2]),
            affine=np.asarray(volume.affine, dtype=np.float64),
            frame_of_reference=str(volume.frame_of_reference_uid or "") or None,
        )
        told = "voxels of the segmentation" + (
            ", a share of half or more" if mask is not held and held.dtype.kind == "f" else ""
        )
        regions.append(onto(Region(name=name, grid=own, mask=mask, rule=told), grid))
    return tuple(regions)
