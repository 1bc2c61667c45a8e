"""Files of many frames (Enhanced PET, CT and MR): each frame's geometry, scale, unit and time from its groups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hevesy.errors import DeliveryError
from hevesy.files.dicom.reading import code, in_zone, moment, number, numbers, offset_of, text
from hevesy.files.dicom.slices import Slice, one_slice
from hevesy.imaging.pet import Frame

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

UNITS = {
    "Bq/ml": "BQML",
    "{SUVbw}g/ml": "GML:BW",
    "{SUVlbm}g/ml": "GML:LBM",
    "{SUVlbmjanma}g/ml": "GML:LBMJANMA",
    "{SUVlbm(Janma)}g/ml": "GML:LBMJANMA",
    "{SUVlbmjames128}g/ml": "GML:LBMJAMES128",
    "{SUVlbm(James128)}g/ml": "GML:LBMJAMES128",
    "{SUVibw}g/ml": "GML:IBW",
    "{SUVbsa}cm2/ml": "CM2ML:BSA",
    "{counts}": "CNTS",
    "[hnsf'U]": "HU",
    "[hnsf'u]": "HU",
}
"""What a mapping to real values may be in (UCUM), as a classic series spells it, with the kind of SUV."""
PREFERRED = ("BQML", "GML:BW", "HU")


def frames_of(found: Dataset, path: Path) -> tuple[Slice, ...]:
    """The slices of a file of frames, one for each, its frames told apart by time."""
    groups = found.PerFrameFunctionalGroupsSequence
    if len(groups) != int(found.get("NumberOfFrames", 0) or 0):
        raise DeliveryError(f"{path.name}: {found.get('NumberOfFrames')} frames (0028,0008) and {len(groups)} groups")
    shared = found.SharedFunctionalGroupsSequence[0] if found.get("SharedFunctionalGroupsSequence") else None
    return tuple(_frame(found, path, place, (own, shared)) for place, own in enumerate(groups))


def _frame(found: Dataset, path: Path, place: int, groups: tuple[Dataset, Dataset | None]) -> Slice:
    position = _item(groups, "PlanePositionSequence")
    orientation = _item(groups, "PlaneOrientationSequence")
    measures = _item(groups, "PixelMeasuresSequence")
    told = (
        None if position is None else numbers(position, "ImagePositionPatient", 3),
        None if orientation is None else numbers(orientation, "ImageOrientationPatient", 6),
        None if measures is None else numbers(measures, "PixelSpacing", 2),
    )
    if told[0] is None or told[1] is None or told[2] is None or measures is None:
        raise DeliveryError(f"{path.name}: frame {place + 1} does not tell where it lies")
    slope, intercept, unit = _scale(groups, path, place, code(found, "Modality"))
    content = _item(groups, "FrameContentSequence")
    return one_slice(
        found,
        path,
        geometry=(told[0], told[1], told[2]),
        scale=(slope, intercept),
        unit=unit,
        frame=_times(content, found),
        time_slot=text(content, "TemporalPositionIndex") if content is not None else "",
        place=place,
        thickness_mm=number(measures, "SliceThickness"),
    )


def _item(groups: tuple[Dataset, Dataset | None], keyword: str) -> Dataset | None:
    """The first item of a group: the frame's own, else that which all share."""
    for group in groups:
        sequence = None if group is None else group.get(keyword)
        if sequence:
            item: Dataset = sequence[0]
            return item
    return None


def _scale(groups: tuple[Dataset, Dataset | None], path: Path, place: int, modality: str) -> tuple[float, float, str]:
    """Slope, intercept and unit: of a mapping to real values where there is one, else of the pixels' transformation."""
    mapped = list(dict.fromkeys(_mappings(groups)))
    if len({unit for *_, unit in mapped}) < len(mapped):
        raise DeliveryError(f"{path.name}: frame {place + 1} has two mappings to real values of one unit (0040,9096)")
    for wanted in PREFERRED:
        for slope, intercept, unit in mapped:
            if unit == wanted:
                return slope, intercept, unit
    if mapped:
        return mapped[0]
    own = _item(groups, "PixelValueTransformationSequence")
    told = None if own is None else number(own, "RescaleSlope")
    if own is None or told is None:
        if modality == "PT":
            raise DeliveryError(f"{path.name}: frame {place + 1} does not tell what its values are (0040,9096)")
        return 1.0, 0.0, ""
    kind, offset = code(own, "RescaleType"), number(own, "RescaleIntercept")
    if modality == "CT" and offset is None:
        raise DeliveryError(f"{path.name}: the intercept of its values is missing (0028,1052)")
    return told, 0.0 if offset is None else offset, "" if kind == "US" else kind


def _mappings(groups: tuple[Dataset, Dataset | None]) -> Iterator[tuple[float, float, str]]:
    """Every linear mapping to real values, in a unit that is known."""
    for group in groups:
        for mapping in (group.get("RealWorldValueMappingSequence") or ()) if group is not None else ():
            slope = number(mapping, "RealWorldValueSlope")
            codes = mapping.get("MeasurementUnitsCodeSequence")
            unit = UNITS.get(text(codes[0], "CodeValue")) if codes else None
            if slope and unit is not None:
                yield slope, number(mapping, "RealWorldValueIntercept") or 0.0, unit


def _times(content: Dataset | None, found: Dataset) -> Frame:
    if content is None:
        return Frame()
    length_ms = number(content, "FrameAcquisitionDuration")
    return Frame(
        acquired_at=moment_of(content, "FrameAcquisitionDateTime", found),
        duration_s=None if length_ms is None else length_ms / 1000,
    )


def moment_of(item: Dataset, keyword: str, found: Dataset) -> datetime | None:
    """A date-time of an item, in the zone of the file."""
    told = moment(item.get(keyword))
    if told is None or told[1] is None:
        return None
    return in_zone(datetime.combine(told[0], told[1]), told[2], offset_of(found))
