"""How an imaging trial is judged: label and times of its scans, whose reading at which time, what the truth is."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Literal

from hevesy.errors import FieldError
from hevesy.study.declared import Days, Dimension, Key, Name, Percent, keep

Modality = Literal["PET", "SPECT", "MRI", "CT", "planar"]
MixedIs = Literal["tumour", "no tumour"]
SAME_TIME = 1e-3
"""Planned times that differ by no more than this part are one: 50 min is 0.8333 h."""
CONSENSUS = "consensus"
"""The reader that is all of them together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePoint:
    """A planned time of a scan after the injection, and how far from it the actual time may lie."""

    planned_h: Annotated[float, Dimension("time")]
    tolerance_h: Annotated[float, Dimension("time")]

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagingPlan:
    """An imaging trial: what is imaged when, and by what it is judged. Its activities are those of the dose levels."""

    nuclide: Annotated[str | None, Name()] = None
    """Of the label that is imaged, where it is another than that of the study."""
    modality: Modality = "PET"
    comparator: Modality | None = None
    """What it is compared with in the same patients."""
    time_points: Annotated[tuple[TimePoint, ...], Key("time_point")] = ()
    primary_h: Annotated[float | None, Dimension("time"), Key("primary_time")] = None
    """The planned time that the primary analysis reads; None: readings are of no time."""
    reader: Annotated[str, Name()] = CONSENSUS
    """Whose reading the primary analysis takes: `consensus`, or a reader by name."""
    mixed: MixedIs = "tumour"
    """On which side a mixed specimen counts; the other is shown beside it."""
    mixed_from_percent: Annotated[float | None, Percent()] = None
    """From which share of viable tumour on a mixed specimen is tumour, below it none; `mixed` is then of those without
    a share."""
    scan_to_specimen_d: Annotated[int | None, Days(), Key("scan_to_specimen")] = None
    """Most days between a scan and its specimen; those farther apart are named and count."""
    presentation: Annotated[str, Name(200)] = "presentation"
    """The baseline characteristic that tells why a patient was imaged."""
    newly_diagnosed: Annotated[str, Name()] = "newly diagnosed"
    """Its word for a patient with a new lesion, who says nothing on specificity."""
    suspected_recurrence: Annotated[str, Name()] = "suspected recurrence"
    """Its word for a patient who had been treated."""

    def __post_init__(self) -> None:
        keep(self)
        if self.comparator == self.modality:
            raise FieldError("comparator", f"must be another modality than {self.modality}", self.comparator)
        planned = [point.planned_h for point in self.time_points]
        for hours, count in Counter(planned).items():
            if count > 1:
                raise FieldError("time_points", f"two time points are planned {hours:g} h after the injection", hours)
        for place, (one, then) in enumerate(zip(self.time_points, self.time_points[1:], strict=False), start=2):
            if then.planned_h < one.planned_h:
                raise FieldError(f"time_points[{place}].planned_h", "must be later than the one before", then.planned_h)
            if then.planned_h - then.tolerance_h < one.planned_h + one.tolerance_h:
                rule = f"reaches back to the time point at {one.planned_h:g} h; an actual time is of one of them"
                raise FieldError(f"time_points[{place}].tolerance_h", rule, then.tolerance_h)
        if self.primary_h is not None and self.primary_h not in planned:
            known = ", ".join(f"{hours:g} h" for hours in planned) or "none"
            raise FieldError("primary_h", f"must be one of the time points ({known}), got {self.primary_h:g} h")
        if self.newly_diagnosed == self.suspected_recurrence:
            raise FieldError("suspected_recurrence", f"must differ from newly_diagnosed, got {self.newly_diagnosed!r}")

    def time_point(self, planned_h: float | None) -> TimePoint | None:
        """The time point of a planned time; one that was rounded in hours is the same."""
        if planned_h is None:
            return None
        same = (point for point in self.time_points if math.isclose(point.planned_h, planned_h, rel_tol=SAME_TIME))
        return next(same, None)
