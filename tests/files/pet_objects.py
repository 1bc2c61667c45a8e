"""PET series for tests: a block of SUV 4 in a body of SUV 1 in air of SUV 0.2, under whatever header is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp, log
from pathlib import Path

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


FLUORINE = Scan(label="F-18", scanned=datetime(2025, 3, 3, 10, 0), duration_s=300.0)


def after(scan: Scan, **time: float) -> Scan:
    """The scan taken so long after the injection."""
    return replace(scan, scanned=scan.injected + timedelta(**time))
