"""PET series for tests: a block of SUV 4 in a body of SUV 1 in air of SUV 0.2, under whatever header is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp, log
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

HALF_LIFE_S = {"F-18": 6586.2, "I-124": 360806.4}
MEANING = {"F-18": "^18^Fluorine", "I-124": "^124^Iodine"}
POSITRONS = {"F-18": 0.967, "I-124": 0.227}
SHAPE = (6, 16, 16)


def truth() -> NDArray[np.float64]:
    """The SUV of each voxel."""
    values = np.full(SHAPE, 0.2)
    values[1:5, 3:13, 3:13] = 1.0
    values[2:4, 6:9, 6:9] = 4.0
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A PET scan as it was, and how the scanner stored it."""

    label: str = "I-124"
    injected: datetime = datetime(2025, 3, 3, 9, 0)
    scanned: datetime = datetime(2025, 3, 4, 9, 30)
    dose_MBq: float = 185.0
    weight_kg: float = 72.5
    height_m: float = 1.68
    sex: str = "F"
    decay: str = "START"
    duration_s: float = 1200.0
    edges_mm: tuple[float, float, float] = (4.0, 4.0, 4.0)
    slopes: tuple[float, ...] = (1.0, 1.5)
    """Repeated over the slices."""

    @property
    def decay_per_s(self) -> float:
        return log(2) / HALF_LIFE_S[self.label]

    def stored_Bq_per_mL(self) -> NDArray[np.float64]:
        """What the scanner stores: the concentration at the time it corrects decay to, or over the frame."""
        at_injection = truth() * self.dose_MBq * 1e6 / (1000 * self.weight_kg)
        elapsed_s = (self.scanned - self.injected).total_seconds()
        match self.decay:
            case "ADMIN":
                left = 1.0
            case "START":
                left = exp(-self.decay_per_s * elapsed_s)
            case _:
                over = self.decay_per_s * self.duration_s
                left = exp(-self.decay_per_s * elapsed_s) * (1 - exp(-over)) / over
        return at_injection * left


Change = Callable[[Dataset, int], None]
"""What a test does to the header of the slice of a number."""


def write_scan(folder: Path, scan: Scan | None = None, change: Change | None = None, units: str = "BQML") -> Path:
    """The scan as a folder of slices; values are stored to 1 in 20,000 of the largest."""
    scan = scan or Scan()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = scan.stored_Bq_per_mL() if units == "BQML" else truth()
    series, frame = generate_uid(entropy_srcs=["series", str(folder.name)]), generate_uid(entropy_srcs=["frame"])
    for number in range(SHAPE[0]):
        slope = scan.slopes[number % len(scan.slopes)] * wanted.max() / 20000
        found = _header(scan, number, units, series, frame)
        found.RescaleSlope = f"{slope:.10g}"
        found.PixelData = np.rint(wanted[number] / float(f"{slope:.10g}")).astype("<i2").tobytes()
        if change is not None:
            change(found, number)
        found.save_as(folder / f"slice_{number:02d}.dcm", enforce_file_format=True)
    return folder


def write_large(folder: Path, scan: Scan, shape: tuple[int, int, int]) -> Path:
    """A scan of another size, of noise: for measuring time and memory."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(shape[0])
    series, frame = generate_uid(entropy_srcs=["large", str(folder.name)]), generate_uid(entropy_srcs=["frame"])
    for number in range(shape[0]):
        found = _header(scan, number, "BQML", series, frame)
        found.NumberOfSlices, found.Rows, found.Columns = shape
        found.RescaleSlope = f"{0.1 + number / 1000:.6g}"
        found.PixelData = rng.integers(0, 30000, shape[1:]).astype("<i2").tobytes()
        found.save_as(folder / f"slice_{number:03d}.dcm", enforce_file_format=True)
    return folder


def _header(scan: Scan, number: int, units: str, series: UID, frame: UID) -> Dataset:
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.128")
    instance = generate_uid(entropy_srcs=["slice", str(series), str(number)])
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID = instance
    found.SeriesInstanceUID, found.FrameOfReferenceUID = series, frame
    found.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    found.PatientName, found.PatientID = "Somebody^Synthetic", "HVSY-0001"
    found.Modality, found.Manufacturer = "PT", "Synthetic"
    found.SeriesType = ["STATIC", "IMAGE"]
    for name in ("Study", "Series", "Acquisition"):
        setattr(found, f"{name}Date", scan.scanned.strftime("%Y%m%d"))
        setattr(found, f"{name}Time", scan.scanned.strftime("%H%M%S"))
    found.Units, found.DecayCorrection = units, scan.decay
    found.CorrectedImage = ["NORM", "DTIM", "ATTN", "SCAT", "RAN"] + ["DECY"] * (scan.decay != "NONE")
    over = scan.decay_per_s * scan.duration_s
    found.FrameReferenceTime = f"{1000 * log(over / (1 - exp(-over))) / scan.decay_per_s:.6f}"
    found.ActualFrameDuration = str(int(1000 * scan.duration_s))
    found.PatientWeight, found.PatientSize, found.PatientSex = scan.weight_kg, scan.height_m, scan.sex
    found.RadiopharmaceuticalInformationSequence = [_label(scan)]
    found.NumberOfSlices = SHAPE[0]
    found.Rows, found.Columns = SHAPE[1:]
    step, row, column = scan.edges_mm
    found.PixelSpacing, found.SliceThickness = [row, column], step
    found.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    found.ImagePositionPatient = [-30.0, -20.0, 100 + step * number]
    found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
    found.BitsAllocated = found.BitsStored = 16
    found.HighBit, found.PixelRepresentation = 15, 1
    found.RescaleIntercept = 0
    return found


def _label(scan: Scan) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "X", "99TEST", MEANING[scan.label]
    label = Dataset()
    label.RadionuclideCodeSequence = [code]
    label.RadionuclideTotalDose = f"{scan.dose_MBq * 1e6:.10g}"
    label.RadionuclideHalfLife = str(HALF_LIFE_S[scan.label])
    label.RadionuclidePositronFraction = str(POSITRONS[scan.label])
    label.RadiopharmaceuticalStartTime = scan.injected.strftime("%H%M%S")
    label.RadiopharmaceuticalStartDateTime = scan.injected.strftime("%Y%m%d%H%M%S")
    return label


@dataclass(frozen=True, slots=True, kw_only=True)
class Ct:
    """A CT around the scan, in voxels of 2 mm: air, the body as soft tissue of 40 HU, a rod of bone beside the lesion."""

    edge_mm: float = 2.0
    first_mm: tuple[float, float, float] = (98.0, -24.0, -34.0)
    """The centre of the first voxel: to the head, back and left."""
    shape: tuple[int, int, int] = (13, 35, 35)

    def values_HU(self) -> NDArray[np.int16]:
        """CT numbers of each voxel."""
        z, y, x = (
            first + self.edge_mm * np.arange(many) for first, many in zip(self.first_mm, self.shape, strict=True)
        )
        body = ((z > 102) & (z < 118))[:, None, None] & ((y > -10) & (y < 30))[:, None] & ((x > -20) & (x < 20))
        rod = np.ones(len(z), dtype=bool)[:, None, None] & ((y > 20) & (y < 26))[:, None] & ((x > 8) & (x < 14))
        return np.where(body & rod, 700, np.where(body, 40, -1000)).astype(np.int16)


def write_ct(folder: Path, ct: Ct | None = None, change: Change | None = None) -> Path:
    """The CT as a folder of slices, in the frame of reference of the scan, stored as 1024 more than HU."""
    ct = ct or Ct()
    folder.mkdir(parents=True, exist_ok=True)
    values = ct.values_HU()
    for number in range(ct.shape[0]):
        found = body(folder, "1.2.840.10008.5.1.4.1.1.2", "CT")
        instance = generate_uid(entropy_srcs=["ct", str(number)])
        found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID = instance
        found.Rows, found.Columns = ct.shape[1:]
        found.PixelSpacing, found.SliceThickness = [ct.edge_mm, ct.edge_mm], ct.edge_mm
        found.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        z, y, x = ct.first_mm
        found.ImagePositionPatient = [x, y, z + ct.edge_mm * number]
        found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
        found.BitsAllocated = found.BitsStored = 16
        found.HighBit, found.PixelRepresentation = 15, 1
        found.RescaleSlope, found.RescaleIntercept = 1, -1024
        found.PixelData = (values[number] + 1024).astype("<i2").tobytes()
        if change is not None:
            change(found, number)
        found.save_as(folder / f"slice_{number:02d}.dcm", enforce_file_format=True)
    return folder


FLUORINE = Scan(label="F-18", scanned=datetime(2025, 3, 3, 10, 0), duration_s=300.0)


def after(scan: Scan, **time: float) -> Scan:
    """The scan taken so long after the injection."""
    return replace(scan, scanned=scan.injected + timedelta(**time))


IDENTIFIERS = ("Somebody", "HVSY-0001")
"""Name and number of the patient of every object."""


def body(path: Path, sop_class: str, modality: str) -> Dataset:
    """The beginning of another object of the same patient and frame of reference."""
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID = UID(sop_class)
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID = generate_uid(entropy_srcs=[modality])
    found.SeriesInstanceUID = generate_uid(entropy_srcs=["series", modality])
    found.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    found.FrameOfReferenceUID = generate_uid(entropy_srcs=["frame"])
    found.PatientName, found.PatientID = "Somebody^Synthetic", "HVSY-0001"
    found.Modality = modality
    return found


def enhanced_pet(path: Path, scan: Scan | None = None) -> Path:
    """The scan as one file of frames, in reverse order, mapped to Bq/mL by each frame's real-world values."""
    scan = scan or Scan()
    wanted = scan.stored_Bq_per_mL()
    found = body(path, "1.2.840.10008.5.1.4.1.1.130", "PT")
    found.Rows, found.Columns = SHAPE[1:]
    found.NumberOfFrames = SHAPE[0]
    found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
    found.BitsAllocated = found.BitsStored = 16
    found.HighBit, found.PixelRepresentation = 15, 0
    found.PatientWeight, found.PatientSize, found.PatientSex = scan.weight_kg, scan.height_m, scan.sex
    found.DecayCorrected, found.DecayCorrectionDateTime = "YES", scan.scanned.strftime("%Y%m%d%H%M%S")
    for name in ("Attenuation", "Scatter", "Randoms", "DeadTime"):
        setattr(found, f"{name}Corrected", "YES")
    found.SensitivityCalibrated = "YES"
    label = _label(scan)
    label.RadionuclideTotalDose = f"{scan.dose_MBq:.10g}"  # of a file of frames in MBq
    found.RadiopharmaceuticalInformationSequence = [label]
    step, row, column = scan.edges_mm
    shared = Dataset()
    orientation, measures = Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [row, column], step
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    found.SharedFunctionalGroupsSequence = [shared]
    frames, pixels = [], []
    for number in reversed(range(SHAPE[0])):
        slope = scan.slopes[number % len(scan.slopes)] * wanted.max() / 20000
        frames.append(_group(scan, step, number, slope))
        pixels.append(np.rint(wanted[number] / slope).astype("<u2").tobytes())
    found.PerFrameFunctionalGroupsSequence = frames
    found.PixelData = b"".join(pixels)
    found.save_as(path, enforce_file_format=True)
    return path


def _group(scan: Scan, step: float, number: int, slope: float) -> Dataset:
    position, content, stored, mapped, unit = (Dataset() for _ in range(5))
    position.ImagePositionPatient = [-30.0, -20.0, 100 + step * number]
    content.FrameAcquisitionDateTime = scan.scanned.strftime("%Y%m%d%H%M%S")
    content.FrameAcquisitionDuration = 1000 * scan.duration_s
    stored.RescaleSlope, stored.RescaleIntercept, stored.RescaleType = 1, 0, "US"
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "Bq/ml", "UCUM", "Becquerels/milliliter"
    mapped.RealWorldValueSlope, mapped.RealWorldValueIntercept = slope, 0.0
    mapped.MeasurementUnitsCodeSequence = [unit]
    group = Dataset()
    group.PlanePositionSequence, group.FrameContentSequence = [position], [content]
    group.PixelValueTransformationSequence, group.RealWorldValueMappingSequence = [stored], [mapped]
    return group


def structure_set(path: Path, points_mm: Sequence[Sequence[tuple[float, float, float]]] = (), kind: str = "") -> Path:
    """A structure set of one region, `lesion`: the block of SUV 4, or contours of one's own."""
    square = ((-7.9, 2.1), (6.1 - 4, 2.1), (6.1 - 4, 14.1), (-7.9, 14.1))
    drawn = points_mm or [[(x, y, 100 + 4.0 * number) for x, y in square] for number in (2, 3)]
    found = body(path, "1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT")
    named, region = Dataset(), Dataset()
    named.ROINumber, named.ROIName = 1, "lesion"
    named.ReferencedFrameOfReferenceUID = found.FrameOfReferenceUID
    found.StructureSetROISequence = [named]
    region.ReferencedROINumber = 1
    contours = []
    for corners in drawn:
        contour = Dataset()
        contour.ContourGeometricType, contour.NumberOfContourPoints = kind or "CLOSED_PLANAR", len(corners)
        contour.ContourData = [f"{one:.6g}" for corner in corners for one in corner]
        contours.append(contour)
    region.ContourSequence = contours
    found.ROIContourSequence = [region]
    found.save_as(path, enforce_file_format=True)
    return path


def segmentation(path: Path, slices: Sequence[Path], masks: Mapping[str, NDArray[np.bool_]] | None = None) -> Path:
    """A segmentation, as highdicom writes it: the block of SUV 4 as `lesion`, or masks of one's own."""
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import Segmentation, SegmentDescription
    from pydicom import dcmread
    from pydicom.sr.codedict import codes

    named = dict(masks) if masks is not None else {"lesion": truth() == 4.0}
    sources = [dcmread(one) for one in slices]
    for one in sources:
        one.PatientBirthDate, one.AccessionNumber, one.StudyID = "", "", ""
        one.ReferringPhysicianName = ""
    told: Any = AlgorithmIdentificationSequence(name="a test", version="1", family=codes.DCM.ArtificialIntelligence)
    described = [
        SegmentDescription(
            segment_number=number,
            segment_label=name,
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type="AUTOMATIC",
            algorithm_identification=told,
        )
        for number, name in enumerate(named, start=1)
    ]
    written: Any = Segmentation(
        source_images=sources,
        pixel_array=np.stack(list(named.values()), axis=-1).astype(np.uint8),
        segmentation_type="BINARY",
        segment_descriptions=described,
        series_instance_uid=generate_uid(),
        series_number=2,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="a test",
        manufacturer_model_name="a test",
        software_versions="1",
        device_serial_number="1",
        omit_empty_frames=True,
    )
    written.save_as(path)
    return path


def nifti_mask(path: Path) -> Path:
    """The block of SUV 4 (1) and what lies beside it (2), on the grid of the scan."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[truth() == 4.0] = 1
    labels[2:4, 4:12, 10:12] = 2
    affine = np.array([[-4.0, 0, 0, 30], [0, -4, 0, 20], [0, 0, 4, 100], [0, 0, 0, 1]])
    header: Any = nibabel.Nifti1Header()  # type: ignore[no-untyped-call]  # nibabel has no types
    header.set_qform(affine, code=1)
    nibabel.save(nibabel.Nifti1Image(labels.T, affine, header), path)  # type: ignore[no-untyped-call]
    return path
