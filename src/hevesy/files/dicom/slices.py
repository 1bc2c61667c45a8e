"""The slices of image files: where each lies, how its stored values become values, when it was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import DeliveryError
from hevesy.files.dicom.reading import clock, code, day, in_zone, joined, moment, number, numbers, offset_of, text
from hevesy.imaging.pet import Frame

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

READ_PACKED = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5")
"""Deflated and run lengths; decoders of the JPEG family make hours and memory of a broken stream."""
PET_IMAGE = "1.2.840.10008.5.1.4.1.1.128"
MOST_PIXELS = 2**28
"""Of one file."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slice:
    """One plane of an image: its file, its place in it, its geometry (mm, LPS), its scale, its time.

    `place` is the number of the frame in a file of several. Identifiers of the series serve to tell slices apart and
    are never shown.
    """

    path: Path
    place: int
    instance: str
    series: str
    modality: str
    frame_of_reference: str | None
    rows: int
    columns: int
    position_mm: NDArray[np.float64]
    along_columns: NDArray[np.float64]
    """Direction in which the number of the column grows."""
    along_rows: NDArray[np.float64]
    spacing_mm: tuple[float, float]
    """Between rows, between columns."""
    thickness_mm: float | None
    slope: float
    intercept: float
    unit: str
    """What stored values become: BQML, HU ...; empty: not told."""
    frame: Frame
    time_slot: str = ""
    """What tells the time frames of a dynamic series apart."""
    patient: str = ""
    facts: tuple[str, ...] = ()
    """What every slice of a PET series has to tell alike for one factor to hold."""

    @property
    def normal(self) -> NDArray[np.float64]:
        """Direction that rows and columns stand on."""
        return np.cross(self.along_columns, self.along_rows)

    @property
    def layout(self) -> tuple[object, ...]:
        """What all slices of one volume share."""
        directions = np.round(np.concatenate([self.along_columns, self.along_rows]), 3) + 0.0
        return (self.rows, self.columns, *(round(one, 3) for one in self.spacing_mm), *directions.tolist())


def slices_of(found: Dataset, path: Path) -> tuple[Slice, ...]:
    """The slice of a file of one image; empty where it does not tell where it lies. Call inside `refusing`."""
    position, orientation = numbers(found, "ImagePositionPatient", 3), numbers(found, "ImageOrientationPatient", 6)
    spacing = numbers(found, "PixelSpacing", 2)
    if position is None or orientation is None or spacing is None:
        if text(found, "SOPClassUID") == PET_IMAGE and "DERIVED" not in (found.get("ImageType") or ()):
            raise DeliveryError(f"{path.name}: a slice of PET that does not tell where it lies (0020,0032)")
        return ()
    if int(found.get("NumberOfFrames", 1) or 1) > 1:
        raise DeliveryError(f"{path.name}: several frames, and not told where each lies")
    slope, intercept = number(found, "RescaleSlope"), number(found, "RescaleIntercept")
    ct = code(found, "Modality") == "CT"
    if slope is None and (ct or code(found, "Modality") == "PT"):
        raise DeliveryError(f"{path.name}: the slope of its values is missing (0028,1053)")
    if intercept is None and ct:
        raise DeliveryError(f"{path.name}: the intercept of its values is missing (0028,1052)")
    return (
        one_slice(
            found,
            path,
            geometry=(position, orientation, spacing),
            scale=(1.0 if slope is None else slope, intercept or 0.0),
            unit=code(found, "Units") or (_of_ct(found) if ct else ""),
            frame=Frame(
                acquired_at=acquired_at(found),
                reference_s=_seconds(number(found, "FrameReferenceTime")),
                duration_s=_seconds(number(found, "ActualFrameDuration")),
            ),
            time_slot=_time_slot(found),
        ),
    )


def _of_ct(found: Dataset) -> str:
    """HU, unless a CT tells what else it shows (electron density ED, effective atomic number Z_EFF ...)."""
    told = code(found, "RescaleType")
    return "HU" if told in ("", "US", "HU", "HU_MOD") else told


def one_slice(
    found: Dataset,
    path: Path,
    *,
    geometry: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]],
    scale: tuple[float, float],
    unit: str,
    frame: Frame,
    time_slot: str,
    place: int = 0,
    thickness_mm: float | None = None,
) -> Slice:
    """A slice of what was read, refused where it can be no plane."""
    position, orientation, spacing = geometry
    along_columns, along_rows = np.array(orientation[:3]), np.array(orientation[3:])
    lengths = np.linalg.norm(along_columns), np.linalg.norm(along_rows)
    if max(abs(length - 1) for length in lengths) > 1e-2 or abs(along_columns @ along_rows) > 1e-2:
        raise DeliveryError(f"{path.name}: rows and columns (0020,0037) do not stand at right angles, of length 1")
    if min(spacing) <= 0:
        raise DeliveryError(f"{path.name}: pixels must be apart, got {spacing[0]:g} and {spacing[1]:g} mm (0028,0030)")
    rows, columns = int(found.Rows), int(found.Columns)
    if rows < 1 or columns < 1 or rows * columns * max(int(found.get("NumberOfFrames", 1) or 1), 1) > MOST_PIXELS:
        raise DeliveryError(f"{path.name}: {rows} x {columns} pixels (0028,0010) cannot be")
    if scale[0] <= 0 or not all(map(math.isfinite, scale)):
        raise DeliveryError(f"{path.name}: the slope of the values must be above 0 (0028,1053)")
    return Slice(
        path=path,
        place=place,
        instance=text(found, "SOPInstanceUID"),
        series=text(found, "SeriesInstanceUID"),
        modality=code(found, "Modality"),
        frame_of_reference=text(found, "FrameOfReferenceUID") or None,
        rows=rows,
        columns=columns,
        position_mm=np.array(position),
        along_columns=along_columns / lengths[0],
        along_rows=along_rows / lengths[1],
        spacing_mm=(spacing[0], spacing[1]),
        thickness_mm=thickness_mm if thickness_mm is not None else number(found, "SliceThickness"),
        slope=scale[0],
        intercept=scale[1],
        unit=unit,
        frame=frame,
        time_slot=time_slot,
        patient=text(found, "PatientID"),
        facts=_facts(found) if code(found, "Modality") == "PT" else (),
    )


ALIKE = ("DecayCorrection", "DecayCorrected", "CorrectedImage", "SUVType", "PatientWeight", "SeriesDate", "SeriesTime")
ALIKE_OF_LABEL = (
    "RadionuclideTotalDose", "RadionuclideHalfLife", "RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStartTime",
)  # fmt: skip


def _facts(found: Dataset) -> tuple[str, ...]:
    label = [
        text(item, one) for item in found.get("RadiopharmaceuticalInformationSequence") or () for one in ALIKE_OF_LABEL
    ]
    philips = [str(found[tag].value) for tag in (0x70531000, 0x70531009) if tag in found]
    return (*(text(found, one) for one in ALIKE), *label, *philips)


def acquired_at(found: Dataset) -> datetime | None:
    """When a classic slice was measured: (0008,0022) and (0008,0032), else (0008,002A)."""
    told = joined(day(found.get("AcquisitionDate")), clock(found.get("AcquisitionTime")))
    if told is not None:
        return told
    whole = moment(found.get("AcquisitionDateTime"))
    if whole is None or whole[1] is None:
        return None
    return in_zone(datetime.combine(whole[0], whole[1]), whole[2], offset_of(found))


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _time_slot(found: Dataset) -> str:
    """What a slice of a dynamic or gated series says of its turn."""
    kinds = [str(one) for one in found.get("SeriesType") or ()]
    told = [text(found, "TemporalPositionIdentifier")]
    if "DYNAMIC" in kinds or "GATED" in kinds:
        slices, index = found.get("NumberOfSlices"), found.get("ImageIndex")
        told.append(str((int(index) - 1) // int(slices)) if slices and index else text(found, "FrameReferenceTime"))
    return " ".join(filter(None, told))


def stored_values(found: Dataset, path: Path) -> NDArray[np.generic]:
    """Stored values of a file, shape (frames, rows, columns), signed as told. Call inside `refusing`."""
    if int(found.get("SamplesPerPixel", 1) or 1) != 1:
        raise DeliveryError(f"{path.name}: is a picture in colours (0028,0002), not an image of values")
    if "PixelData" not in found:
        raise DeliveryError(f"{path.name}: has no pixels (7FE0,0010)")
    rows, columns, bits = int(found.Rows), int(found.Columns), int(found.BitsAllocated)
    frames = max(int(found.get("NumberOfFrames", 1) or 1), 1)
    syntax = found.file_meta.TransferSyntaxUID
    if syntax.is_compressed or not syntax.is_little_endian or bits not in (8, 16, 32):
        if syntax.is_compressed and syntax not in READ_PACKED:
            raise DeliveryError(f"{path.name}: pixels are packed in a way that is not read (0002,0010: {syntax.name})")
        return np.asarray(found.pixel_array).reshape(frames, rows, columns)
    signed = int(found.get("PixelRepresentation", 0) or 0) == 1
    kind = np.dtype(f"<{'i' if signed else 'u'}{bits // 8}")
    needed = frames * rows * columns * kind.itemsize
    data = found.PixelData
    if len(data) < needed:
        raise DeliveryError(f"{path.name}: pixels end too early: {len(data):,} of {needed:,} bytes (7FE0,0010)")
    values = np.frombuffer(data, dtype=kind, count=frames * rows * columns).reshape(frames, rows, columns)
    unused = bits - int(found.get("BitsStored", bits) or bits)
    if int(found.get("HighBit", bits - unused - 1)) != bits - unused - 1:
        raise DeliveryError(f"{path.name}: the bits that are stored do not begin with the lowest (0028,0102)")
    if not 0 <= unused < bits:
        raise DeliveryError(f"{path.name}: more bits are stored than there are (0028,0101)")
    return (values << unused) >> unused if unused else values
