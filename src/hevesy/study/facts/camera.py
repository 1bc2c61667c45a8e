"""What is measured of cameras: calibrations and recovery, which every region of every subject shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from hevesy.errors import RuleError
from hevesy.study.dates import When
from hevesy.study.facts.bounds import bounded, named_as_the_library, none_of_it, nuclide_named, uncertainty
from hevesy.study.facts.fact import (
    OF_THE_STUDY,
    Reported,
    choice,
    day,
    flag,
    number,
    record_kind,
    refuse,
    text,
)

FactorIs = Literal["counts/s/MBq", "told/true"]
SENSITIVITY_UP_TO = 1e6
"""Counts a second of a MBq: no camera has more; beyond it the factor is of kBq or of Bq turned round."""
FAR_FROM_ONE = 2.0
"""A camera that tells twice what is there, or half of it, is not calibrated."""
RECOVERY_UP_TO = 1.5
SPHERE_mm = (1.0, 300.0)


@record_kind("camera_calibration", of_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraCalibration:
    """A calibration of a camera: counts a second of a MBq, or the ratio of what it tells to what there is.

    It holds from its day on until the next of the camera and nuclide. `applied` says whether the delivered activities
    were made with it; a ratio that was not is applied here, counts are always.
    """

    row: int
    on: Annotated[When, day("the day it was calibrated", name="calibrated", required=True)]
    camera: Annotated[str, text("as measurements call it", required=True)]
    nuclide: Annotated[str | None, text("it was calibrated for; not told: for all", spelling=nuclide_named)] = None
    factor: Annotated[float, number("counts a second of a MBq, or what is told over what there is", required=True)]
    factor_is: Annotated[FactorIs, choice(*get_args(FactorIs), means="which of the two", required=True)]
    applied: Annotated[bool, flag("whether delivered activities were made with it", required=True)]
    uncertainty_percent: Annotated[float, number("standard uncertainty (k = 1), of the factor", required=True)]
    source: Annotated[str, text("how it was measured", required=True)]
    subject: str = OF_THE_STUDY
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            bounded(self.factor, SENSITIVITY_UP_TO, "a calibration factor", "factor", ""),
            none_of_it(self.factor, "a calibration factor", "factor"),
            self._near_one(),
            self._made_with_counts(),
            uncertainty(self.uncertainty_percent),
            named_as_the_library(self.nuclide, "nuclide"),
        )

    def _near_one(self) -> RuleError | None:
        if self.factor_is != "told/true" or 1 / FAR_FROM_ONE <= self.factor <= FAR_FROM_ONE:
            return None
        rule = "of what a camera tells to what there is lies near 1 (percent are not meant)"
        return RuleError(rule, field="factor", value=f"{self.factor:g}")

    def _made_with_counts(self) -> RuleError | None:
        if self.factor_is != "counts/s/MBq" or self.applied:
            return None
        rule = "activities in MBq were made with the counts a second of a MBq: they are delivered as MBq"
        return RuleError(rule, field="applied", value="no")


@record_kind("recovery_sphere", of_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySphere:
    """A sphere of a phantom on a camera: which part of its activity concentration the camera told."""

    row: int
    on: Annotated[When, day("the day it was measured", name="measured", required=True)]
    camera: Annotated[str, text("as measurements call it", required=True)]
    nuclide: Annotated[str | None, text("it was filled with; not told: for all", spelling=nuclide_named)] = None
    diameter_mm: Annotated[float, number("inner, of the sphere", "lesion_diameter", required=True)]
    recovery: Annotated[float, number("what is told over what there is (1), above the background", required=True)]
    uncertainty_percent: Annotated[float, number("standard uncertainty (k = 1), of the recovery", required=True)]
    source: Annotated[str, text("the phantom and how it was measured", required=True)]
    subject: str = OF_THE_STUDY
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            self._a_sphere(),
            bounded(self.recovery, RECOVERY_UP_TO, "a recovery", "recovery", ""),
            none_of_it(self.recovery, "a recovery", "recovery"),
            uncertainty(self.uncertainty_percent),
            named_as_the_library(self.nuclide, "nuclide"),
        )

    def _a_sphere(self) -> RuleError | None:
        low, high = SPHERE_mm
        if math.isfinite(self.diameter_mm) and low <= self.diameter_mm <= high:
            return None
        rule = f"a sphere of a phantom measures {low:g} to {high:g} mm"
        return RuleError(rule, field="diameter_mm", value=f"{self.diameter_mm:g} mm")
