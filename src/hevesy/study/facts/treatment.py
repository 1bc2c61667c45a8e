"""What was given: activities, drugs beside them, thyroid blockade, transfusions, the next therapy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from hevesy.errors import RuleError
from hevesy.study.dates import When
from hevesy.study.facts.fact import (
    Field,
    On,
    Reported,
    SubjectId,
    before,
    day,
    number,
    record_kind,
    refuse,
    text,
    time,
)
from hevesy.units import UNITS


@record_kind(
    "administration",
    as_reported=(
        *(f"{what}_{unit}" for what in ("prescribed", "administered") for unit in UNITS["activity"]),
        "deviation_percent",
    ),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """An activity is infused: timed assays of the syringe before and of what was left, or the activity as delivered.

    `hour_known` tells whether the start was delivered with its hour; without it `start` is noon of the day, and nothing
    is decay-corrected.
    """

    subject: SubjectId
    row: int
    start: Annotated[
        datetime,
        Field(type="time or day", means="start of the infusion", required=True, hour_kept_in="hour_known"),
    ]
    end: Annotated[datetime | None, time("end of the infusion")] = None
    administered_MBq: Annotated[
        float | None,
        number("as the sender states it; used where there is no assay", "activity", rounding_kept_in="rounding_MBq"),
    ] = None
    assay_MBq: Annotated[
        float | None,
        number("of the syringe before", "activity", rounding_kept_in="rounding_MBq", measured_at="assay_at"),
    ] = None
    assay_at: Annotated[datetime | None, time("of the assay", name="assay_time")] = None
    residual_MBq: Annotated[
        float | None,
        number("of what was left", "activity", rounding_kept_in="rounding_MBq", measured_at="residual_at"),
    ] = None
    residual_at: Annotated[datetime | None, time("of the residual's assay", name="residual_time")] = None
    hour_known: bool = True
    rounding_MBq: tuple[tuple[str, float], ...] = ()
    """Half a unit of the last digit of each activity as it was written, by the name of its field."""
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(self._order(), self._timing())

    @property
    def on(self) -> When:
        """Day of the infusion's start."""
        return self.start.date()

    def _order(self) -> RuleError | None:
        if self.end is None:
            return None
        if self.hour_known and self.end < self.start:
            rule = f"an infusion ends after its start ({self.start.isoformat()})"
        elif not self.hour_known and self.end.date() < self.start.date():
            rule = f"an infusion ends no sooner than the day of its start ({self.start.date()})"
        else:
            return None
        return RuleError(rule, field="end", value=self.end.isoformat())

    def _timing(self) -> RuleError | None:
        if not self.hour_known and (self.assay_MBq is not None or self.residual_MBq is not None):
            rule = "an assay needs the hour of the infusion, or it cannot be decay-corrected"
            return RuleError(rule, field="start", value=self.start.date().isoformat())
        if self.assay_MBq is not None and self.assay_at is None:
            rule = "an assay needs its time, or it cannot be decay-corrected"
            return RuleError(rule, field="assay_at", value=None)
        if self.residual_MBq is not None and self.residual_at is None:
            rule = "a residual needs its time, or it cannot be decay-corrected"
            return RuleError(rule, field="residual_at", value=None)
        return None


@record_kind("exposure")
@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """A drug measured by mass is taken from a first to a last day; `end` None is "not recorded"."""

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("first day", name="start")] = None
    end: Annotated[When | None, day("last day")] = None
    treatment: Annotated[str | None, text("what was taken")] = None
    dose_mg: Annotated[float | None, number("of each intake", "drug_mass")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(before(self.on, self.end, "end", "an exposure ends no sooner than it starts"))


@record_kind("concomitant_dose")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConcomitantDose:
    """One dose of a drug given along."""

    subject: SubjectId
    row: int
    on: On = None
    agent: Annotated[str, text("the drug", required=True)]
    dose_mg: Annotated[float | None, number("of this dose", "drug_mass")] = None
    reported: Reported = ()


@record_kind("thyroid_block")
@dataclass(frozen=True, slots=True, kw_only=True)
class ThyroidBlockCourse:
    """A course of thyroid blockade from its first to its last day."""

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("first day", name="start")] = None
    stop: Annotated[When | None, day("last day")] = None
    agent: Annotated[str | None, text("what was taken")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(before(self.on, self.stop, "stop", "a thyroid block stops no sooner than it starts"))


@record_kind("supportive_care")
@dataclass(frozen=True, slots=True, kw_only=True)
class SupportiveCare:
    """A transfusion or growth factor: it fakes the recovery of a count, so it must be seen beside it."""

    subject: SubjectId
    row: int
    on: On = None
    product: Annotated[str, text("its name, by whose words the counts it lifts are told", required=True)]
    reported: Reported = ()


@record_kind("subsequent_therapy")
@dataclass(frozen=True, slots=True, kw_only=True)
class SubsequentTherapy:
    """The subject begins another treatment of the disease."""

    subject: SubjectId
    row: int
    on: On = None
    treatment: Annotated[str | None, text("what was begun")] = None
    reported: Reported = ()
