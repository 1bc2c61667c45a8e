"""What dosimetry is worked out from: the label that was measured, activities, masses, blood, doses told by others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, get_args

from hevesy.errors import RuleError
from hevesy.radiation.words import Masses
from hevesy.study.dates import When
from hevesy.study.facts.bounds import bounded, named_as_the_library, none_of_it, nuclide_named, uncertainty
from hevesy.study.facts.fact import (
    On,
    Reported,
    SubjectId,
    before,
    choice,
    day,
    flag,
    integer,
    later,
    number,
    outside,
    record_kind,
    refuse,
    text,
    time,
)

Decay = Literal["as measured", "decay-corrected"]
BloodPart = Literal["whole blood", "plasma"]
DoseOf = Literal["administered", "predicted"]

ACTIVITY_UP_TO_MBq, MASS_UP_TO_g, DOSE_UP_TO_Gy = 1e6, 3e5, 1e4
"""No activity in a region, mass of one or dose to one comes near; beyond them a unit or a digit is wrong."""
S_UP_TO = 1e3
"""mGy/(MBq s): of a milligram of tissue that holds a strong alpha emitter; beyond it the unit is another."""
CONCENTRATION_UP_TO_MBq_per_mL, EXTERNAL_UP_TO_Gy, FRACTIONS_UP_TO = 100, 200, 150


def _as_decayed(
    decay: Decay, corrected_to: datetime | None, corrected_for: str | None, nuclide: str
) -> RuleError | None:
    """Activity at the time of the measurement tells of no other time; a corrected one of its time and its own decay."""
    if decay == "decay-corrected" and corrected_to is None:
        return RuleError("what is corrected for decay tells to which time", field="corrected_to", value=None)
    if decay == "as measured" and corrected_to is not None:
        rule = "what is told as measured is corrected to no time: one or the other"
        return RuleError(rule, field="corrected_to", value=corrected_to.isoformat())
    if decay == "as measured" and corrected_for is not None:
        return RuleError(
            "what is told as measured is corrected for no decay", field="corrected_for", value=corrected_for
        )
    if corrected_for is not None and corrected_for != nuclide:
        rule = f"what was measured of {nuclide} is corrected for the decay of {nuclide}"
        return RuleError(rule, field="corrected_for", value=corrected_for)
    return None


@record_kind("tracer_injection", before_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class TracerInjection:
    """A label is injected to be measured, not to treat: it begins no treatment, and day 1 is not its day.

    What is treated with is an administration. Where the label that is measured is the one that treats, its injection is
    an administration and stands there.
    """

    subject: SubjectId
    row: int
    start: Annotated[datetime, time("of the injection", required=True)]
    activity_MBq: Annotated[float, number("injected, at that time", "activity", required=True)]
    nuclide: Annotated[str, text("of the label", required=True, spelling=nuclide_named)]
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            bounded(self.activity_MBq, ACTIVITY_UP_TO_MBq, "an injected activity", "activity_MBq", "MBq"),
            none_of_it(self.activity_MBq, "an injected activity", "activity_MBq"),
            named_as_the_library(self.nuclide, "nuclide"),
        )

    @property
    def on(self) -> When:
        """Day of the injection."""
        return self.start.date()


@record_kind("region_activity", before_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class RegionActivity:
    """The activity that was measured in a region at a time: in MBq, or as a share of what was injected.

    As measured, or corrected for the decay of its own nuclide to a time that is told; which of the two must be said.
    The standard uncertainty (k = 1) is relative. A region is an organ, a lesion, or the remainder of the body.
    """

    subject: SubjectId
    row: int
    start: Annotated[datetime, time("of the measurement", required=True)]
    region: Annotated[str, text("the organ or lesion", required=True)]
    nuclide: Annotated[str, text("of the label that was measured", required=True, spelling=nuclide_named)]
    activity_MBq: Annotated[float | None, number("in the region", "activity")] = None
    injected_percent: Annotated[float | None, number("in the region, as a share of what was injected")] = None
    uncertainty_percent: Annotated[float | None, number("standard uncertainty (k = 1), of the value")] = None
    decay: Annotated[Decay, choice(*get_args(Decay), means="whether its decay was corrected", required=True)]
    corrected_to: Annotated[datetime | None, time("to which its decay was corrected")] = None
    corrected_for: Annotated[
        str | None, text("the nuclide whose decay was corrected; None: its own", spelling=nuclide_named)
    ] = None
    camera: Annotated[str | None, text("by which it was measured, as the plan calls it")] = None
    recovery_corrected: Annotated[bool | None, flag("for partial volume; None: not told")] = None
    method: Annotated[str | None, text("how the region was drawn")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            self._one_of_two(),
            bounded(self.activity_MBq, ACTIVITY_UP_TO_MBq, "an activity", "activity_MBq", "MBq"),
            bounded(self.injected_percent, 200, "a share of the injected", "injected_percent", "%"),
            uncertainty(self.uncertainty_percent),
            named_as_the_library(self.nuclide, "nuclide"),
            _as_decayed(self.decay, self.corrected_to, self.corrected_for, self.nuclide),
        )

    @property
    def on(self) -> When:
        """Day of the measurement."""
        return self.start.date()

    def as_of(self, cut: date) -> RegionActivity | None:
        """As it had happened by a cut: a time that decay is corrected to is a convention, and may lie after it."""
        return None if later(self.start, cut) else self

    def _one_of_two(self) -> RuleError | None:
        if (self.activity_MBq is None) != (self.injected_percent is None):
            return None
        told = "neither" if self.activity_MBq is None else "both"
        return RuleError(
            "a measurement tells an activity, or a share of what was injected", field="activity_MBq", value=told
        )


@record_kind("region_mass", before_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class RegionMass:
    """The mass of a region as it was measured; of an organ also whether the blood in it is weighed."""

    subject: SubjectId
    row: int
    on: On = None
    region: Annotated[str, text("the organ or lesion", required=True)]
    mass_g: Annotated[float, number("of the region", "tissue_mass", required=True)]
    uncertainty_percent: Annotated[float | None, number("standard uncertainty (k = 1), of the value")] = None
    holds: Annotated[Masses | None, choice(*get_args(Masses), means="the blood in it; of a lesion not told")] = None
    method: Annotated[str | None, text("how it was measured")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            bounded(self.mass_g, MASS_UP_TO_g, "a mass", "mass_g", "g"),
            none_of_it(self.mass_g, "a mass", "mass_g"),
            uncertainty(self.uncertainty_percent),
        )


@record_kind("region_s_value", before_study=True, without_subject=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSValue:
    """Absorbed dose to a region per decay in another (or itself) in the subject's own anatomy, as it was computed."""

    subject: SubjectId
    row: int
    on: On = None
    target: Annotated[str, text("the region that receives", required=True)]
    source: Annotated[str, text("the region that holds the activity", required=True)]
    nuclide: Annotated[str, text("of the label", required=True, spelling=nuclide_named)]
    s_mGy_per_MBq_per_s: Annotated[float, number("absorbed dose per decay", "dose_per_decay", required=True, name="s")]
    uncertainty_percent: Annotated[float | None, number("standard uncertainty (k = 1), of the value")] = None
    program: Annotated[str, text("by what it was worked out, with its version", required=True)]
    method: Annotated[str | None, text("how")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            bounded(self.s_mGy_per_MBq_per_s, S_UP_TO, "an S value", "s_mGy_per_MBq_per_s", "mGy/(MBq s)"),
            uncertainty(self.uncertainty_percent),
            named_as_the_library(self.nuclide, "nuclide"),
        )


@record_kind("blood_sample", before_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class BloodSample:
    """The activity per millilitre of blood or plasma at a time, with the haematocrit where it was measured."""

    subject: SubjectId
    row: int
    start: Annotated[datetime, time("the sample was taken", required=True)]
    nuclide: Annotated[str, text("of the label that was measured", required=True, spelling=nuclide_named)]
    of: Annotated[BloodPart, choice(*get_args(BloodPart), means="what was counted", required=True)]
    activity_MBq_per_mL: Annotated[float, number("in it", "activity_concentration", required=True)]
    uncertainty_percent: Annotated[float | None, number("standard uncertainty (k = 1), of the value")] = None
    decay: Annotated[Decay, choice(*get_args(Decay), means="whether its decay was corrected", required=True)]
    corrected_to: Annotated[datetime | None, time("to which its decay was corrected")] = None
    haematocrit_percent: Annotated[float | None, number("share of the cells in whole blood")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        per_mL, share = self.activity_MBq_per_mL, self.haematocrit_percent
        unlike_blood = outside(share, (5, 80), "a haematocrit", "haematocrit_percent", "%")
        refuse(
            bounded(per_mL, CONCENTRATION_UP_TO_MBq_per_mL, "an activity", "activity_MBq_per_mL", "MBq/mL"),
            uncertainty(self.uncertainty_percent),
            unlike_blood,
            named_as_the_library(self.nuclide, "nuclide"),
            _as_decayed(self.decay, self.corrected_to, None, self.nuclide),
        )

    @property
    def on(self) -> When:
        """Day of the sample."""
        return self.start.date()

    def as_of(self, cut: date) -> BloodSample | None:
        """As it had happened by a cut: a time that decay is corrected to is a convention, and may lie after it."""
        return None if later(self.start, cut) else self


@record_kind("delivered_dose", without_subject=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredDose:
    """An absorbed dose to a region as somebody worked it out: held beside ours, never used in its place."""

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("the day it was worked out or reported")] = None
    region: Annotated[str, text("the organ or lesion", required=True)]
    dose_Gy: Annotated[float, number("absorbed; no biological effect is weighed in", "dose", required=True)]
    of: Annotated[DoseOf, choice(*get_args(DoseOf), means="what was given, or what was foreseen", required=True)]
    nuclide: Annotated[str, text("of the label it is the dose of", required=True, spelling=nuclide_named)]
    uncertainty_percent: Annotated[float | None, number("standard uncertainty (k = 1), of the value")] = None
    program: Annotated[str, text("by what it was worked out, with its version", required=True)]
    method: Annotated[str | None, text("how")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            bounded(self.dose_Gy, DOSE_UP_TO_Gy, "an absorbed dose", "dose_Gy", "Gy"),
            uncertainty(self.uncertainty_percent),
            named_as_the_library(self.nuclide, "nuclide"),
        )


@record_kind("external_course", before_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCourse:
    """A course of external beam: the dose that a site received, in how many fractions, from first to last day."""

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("first day", name="first")] = None
    last: Annotated[When | None, day("last day")] = None
    region: Annotated[str, text("the site or organ", required=True)]
    dose_Gy: Annotated[float, number("received in all fractions", "dose", required=True)]
    fractions: Annotated[int, integer("received", required=True)]
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            before(self.on, self.last, "last", "a course ends no sooner than it begins"),
            bounded(self.dose_Gy, EXTERNAL_UP_TO_Gy, "a dose of external beam", "dose_Gy", "Gy"),
            none_of_it(self.dose_Gy, "a dose of external beam", "dose_Gy"),
            outside(self.fractions, (1, FRACTIONS_UP_TO), "the number of fractions", "fractions", ""),
        )

    def as_of(self, cut: date) -> ExternalCourse | None:
        """As it had happened by a cut: a course that was not over by then has no dose that could be told."""
        return None if later(self.last or self.on, cut) else self
