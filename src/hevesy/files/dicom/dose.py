"""RTDOSE out: a dose map as a DICOM object that a planning system takes, linked to the images it was made from."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hevesy.errors import DeliveryError, RuleError
from hevesy.files.dicom.reading import read_header, refusing
from hevesy.files.dicom.series import Series
from hevesy.imaging.volume import Affine, Floats, Volume
from hevesy.version import __version__

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

RT_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
LARGEST = 2**31 - 1
"""Of a stored value: also readers that take it as signed read it right."""
MOST_BYTES = 2**32 - 2
"""Of the pixels of one object."""
OF_THE_PATIENT = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientIdentityRemoved",
    "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
"""What the object says of patient and study: as the images say it."""
EMPTY_WHERE_UNKNOWN = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName", "OperatorsName", "PositionReferenceIndicator",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Of whom and of which images a dose is: what an image says of patient and study, the images by class and UID."""

    told: Dataset = field(repr=False)
    images: tuple[tuple[str, str], ...] = field(repr=False)


def links_of(series: Sequence[Series]) -> Links | None:
    """The links to the images of DICOM series, patient and study those of the first; None where there is none."""
    from pydicom.dataset import Dataset

    if not series:
        return None
    told, images = Dataset(), []
    for number, one in enumerate(series):
        path = one.slices[0].path
        with refusing(path.name):
            header = read_header(path)
            if number == 0:
                header.decode()  # by its own character set; what is written is told in another
                for keyword in OF_THE_PATIENT:
                    if keyword in header:
                        told[keyword] = header[keyword]
            kind = str(header.SOPClassUID)
        images += [(kind, slice.instance) for slice in one.slices if slice.instance]
    return Links(told=told, images=tuple(dict.fromkeys(images)))


def rt_dose(dose: Volume, links: Links | None, comment: str, derived: str = "") -> bytes:
    """A dose map (Gy) as the bytes of an RTDOSE object: unsigned numbers of 32 bits, times one scaling.

    Its axes are put in the order and direction nearest to the patient's (columns to the left, rows to the back, planes
    to the head); where each voxel lies stays as it is. Without a frame of reference it has one of its own, and without
    links patient and study are empty. It refers to no plan: there is none. `comment` has 64 characters, `derived`, how
    it was made, 1,024.
    Refused: axes that do not stand at right angles, doses below 0 or not finite, more than 4 GiB.
    """
    import pydicom
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

    if dose.unit != "Gy":
        raise RuleError(f"a dose object is in Gy, got {dose.unit or 'no unit'}")
    if dose.values.nbytes > MOST_BYTES:
        raise RuleError(
            f"a dose object holds at most 4 GiB, {dose.values.size:,} voxels are {dose.values.nbytes:,} bytes"
        )
    values, affine = _as_the_patient(dose)
    scaling, stored = _scaled(values)
    pixels = stored.tobytes()
    entropy = [_digest(pixels), scaling, repr(affine.tolist()), comment, derived]
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID = UID(RT_DOSE)
    instance = generate_uid(entropy_srcs=["dose", *entropy])
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID = instance
    found.SpecificCharacterSet = "ISO_IR 192"
    for keyword in EMPTY_WHERE_UNKNOWN:
        setattr(found, keyword, "")
    found.StudyInstanceUID = generate_uid(entropy_srcs=["study", *entropy])
    if links is not None:
        found.update(links.told)
    found.Modality, found.SeriesNumber, found.InstanceNumber = "RTDOSE", None, 1
    found.SeriesInstanceUID = generate_uid(entropy_srcs=["series", *entropy])
    found.SeriesDescription = "Absorbed dose"
    found.Manufacturer, found.ManufacturerModelName, found.SoftwareVersions = "Hevesy", "Hevesy", __version__
    frame = dose.grid.frame_of_reference
    found.FrameOfReferenceUID = UID(frame) if frame else generate_uid(entropy_srcs=["frame", *entropy])
    _place(found, affine, stored.shape)
    _pixels(found, stored.shape, scaling)
    found.DoseUnits, found.DoseType, found.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    found.DoseComment, found.DerivationDescription = comment[:64], derived[:1024]
    if links is not None and links.images:
        found.ReferencedImageSequence = [_reference(*one) for one in links.images]
    found.PixelData = pixels
    held = io.BytesIO()
    with refusing("the dose object"):  # what patient and study are called is passed on as it was found
        pydicom.dcmwrite(held, found, enforce_file_format=True)
    return held.getvalue()


def _digest(held: bytes) -> str:
    import hashlib

    return hashlib.sha256(held).hexdigest()


def _as_the_patient(dose: Volume) -> tuple[Floats, Affine]:
    """Values and affine with planes, rows and columns along z, y and x as nearly as the axes allow."""
    directions = dose.grid.affine[:3, :3] / np.array(dose.grid.edges_mm)
    if np.abs(directions.T @ directions - np.eye(3)).max() > 1e-3:
        raise RuleError("the axes of a dose object stand at right angles; those of this grid do not")
    order = _order(np.abs(directions))
    values, affine = np.transpose(dose.values, order), dose.grid.affine[:, [*order, 3]].copy()
    for axis, along in enumerate((2, 1, 0)):
        if affine[along, axis] < 0:
            values = np.flip(values, axis)
            affine[:3, 3] += affine[:3, axis] * (values.shape[axis] - 1)
            affine[:3, axis] *= -1
    if np.linalg.det(affine[:3, [2, 1, 0]]) < 0:  # planes are told along the normal of rows and columns
        values = np.flip(values, 0)
        affine[:3, 3] += affine[:3, 0] * (values.shape[0] - 1)
        affine[:3, 0] *= -1
    return np.ascontiguousarray(values), affine


def _order(along: Affine) -> tuple[int, int, int]:
    """The axis of the grid nearest to z, to y and to x, each once: of all orders the one nearest in all."""
    from itertools import permutations

    best = max(permutations(range(3)), key=lambda axes: sum(along[2 - place, axis] for place, axis in enumerate(axes)))
    return best[0], best[1], best[2]


def _scaled(values: Floats) -> tuple[str, np.ndarray[tuple[int, ...], np.dtype[np.uint32]]]:
    """The scaling as it is written, in 16 characters, and the numbers that it multiplies."""
    if not np.isfinite(values).all() or (values < 0).any():
        raise RuleError("doses are 0 or more and finite")
    largest = float(values.max(initial=0.0))
    written = decimal_string(largest / LARGEST * (1 + 1e-9)) if largest > 0 else "1"
    if largest > 0 and not float(written) > 0:
        raise RuleError(f"the largest dose, {largest:g} Gy, is too small for a dose object")
    return written, np.rint(values.astype(np.float64) / float(written)).astype("<u4")


def decimal_string(value: float) -> str:
    """A number in the 16 characters that a decimal string of DICOM may have, to as many digits as they hold.

    >>> decimal_string(-123.456789012345678), decimal_string(1.23456789012e-8)
    ('-123.45678901235', '1.2345678901e-08')
    """
    if not math.isfinite(value):
        raise DeliveryError(f"a number of DICOM is finite, got {value}")
    for digits in range(17, 0, -1):
        written = f"{value:.{digits}g}"
        if len(written) <= 16:
            return written
    raise DeliveryError(f"{value!r} does not fit into 16 characters")


def _place(found: Dataset, affine: Affine, shape: tuple[int, ...]) -> None:
    edges = np.linalg.norm(affine[:3, :3], axis=0)
    columns, rows = affine[:3, 2] / edges[2], affine[:3, 1] / edges[1]
    found.ImagePositionPatient = [decimal_string(float(one)) for one in affine[:3, 3]]
    found.ImageOrientationPatient = [decimal_string(float(one)) for one in (*columns, *rows)]
    found.PixelSpacing = [decimal_string(float(edges[1])), decimal_string(float(edges[2]))]
    found.SliceThickness = decimal_string(float(edges[0]))
    found.FrameIncrementPointer = 0x3004000C
    found.GridFrameOffsetVector = [decimal_string(place * float(edges[0])) for place in range(shape[0])]


def _pixels(found: Dataset, shape: tuple[int, ...], scaling: str) -> None:
    found.NumberOfFrames, found.Rows, found.Columns = shape
    found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
    found.BitsAllocated = found.BitsStored = 32
    found.HighBit, found.PixelRepresentation = 31, 0
    found.DoseGridScaling = scaling


def _reference(kind: str, instance: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = kind, instance
    return item
