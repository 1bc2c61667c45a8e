"""A subject joins the study, and what was measured of the person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from hevesy.study.dates import When
from hevesy.study.dose import Dose
from hevesy.study.facts.fact import (
    Field,
    On,
    Reported,
    SubjectId,
    day,
    integer,
    later,
    number,
    outside,
    record_kind,
    refuse,
    text,
)
from hevesy.study.protocol import Sex

HEIGHT_CM, WEIGHT_KG, AGE_A = (30, 250), (2, 400), (0, 120)
"""Bounds of a person's height, weight and age; outside them a unit or a digit is wrong."""


@record_kind(
    "enrolment",
    as_reported=("bsa_Mosteller_m2", "bsa_DuBois_m2", "bsa_Haycock_m2", "bsa_Gehan-George_m2", "evaluable"),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A subject joins the study: assigned arm, consent, and what is known at baseline."""

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("the day of enrolment", name="enrolled")] = None
    consent: Annotated[When | None, day("informed consent was given")] = None
    first_treatment: Annotated[When | None, day("first day of treatment as the sender has it")] = None
    radiotherapy_end: Annotated[When | None, day("last day of radiotherapy of the tumour")] = None
    """What grows within twelve weeks of it may be its effect."""
    arm_code: Annotated[
        str | None,
        text("arm or cohort assigned: its code in protocol.toml, or the number of its dose level", name="arm"),
    ] = None
    site: Annotated[str | None, text("centre that enrolled the subject, by its code as delivered")] = None
    level_MBq_per_m2: Annotated[
        float | None,
        number(
            "dose level of one fraction where it is per body surface",
            "activity_per_area",
            unit_kept_in="level_written_in",
        ),
    ] = None
    age_a: Annotated[float | None, number("at enrolment", "age")] = None
    sex: Annotated[Sex | None, Field(type="sex", means="F or M; U is unknown")] = None
    height_cm: Annotated[float | None, number("at baseline", "length")] = None
    weight_kg: Annotated[float | None, number("at baseline", "body_mass")] = None
    organ_dose_Gy_per_GBq: Annotated[
        float | None,
        number("of the organ that limits the dose, as expected from the subject's own dosimetry", "dose_per_activity"),
    ] = None
    not_evaluable_reason: Annotated[str | None, text("why the sender holds the subject not evaluable")] = None
    safety_days_reported: Annotated[
        int | None, integer("days of safety follow-up as the sender has them", name="safety_days")
    ] = None
    level_written_in: str | None = None
    """The unit the level was delivered in."""
    baseline: Reported = ()
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            outside(self.height_cm, HEIGHT_CM, "height", "height_cm", "cm"),
            outside(self.weight_kg, WEIGHT_KG, "weight", "weight_kg", "kg"),
            outside(self.age_a, AGE_A, "age", "age_a", "years"),
        )

    @property
    def level(self) -> Dose | None:
        """The dose level as delivered; None: none is, or 0."""
        if not self.level_MBq_per_m2:
            return None
        return Dose(amount=self.level_MBq_per_m2, basis="body surface area", written_in=self.level_written_in)

    def as_of(self, cut: date) -> Enrolment | None:
        """As it had happened by a cut after which the record goes on; None: it had not.

        What has no date of its own is not known yet.
        """
        if later(self.on or self.consent or self.first_treatment, cut):
            return None
        return replace(
            self,
            consent=None if later(self.consent, cut) else self.consent,
            first_treatment=None if later(self.first_treatment, cut) else self.first_treatment,
            radiotherapy_end=None if later(self.radiotherapy_end, cut) else self.radiotherapy_end,
            not_evaluable_reason=None,
            safety_days_reported=None,
        )


@record_kind("body_measurement")
@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMeasurement:
    """Height or weight as measured on a day."""

    subject: SubjectId
    row: int
    on: On = None
    height_cm: Annotated[float | None, number("", "length")] = None
    weight_kg: Annotated[float | None, number("", "body_mass")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            outside(self.height_cm, HEIGHT_CM, "height", "height_cm", "cm"),
            outside(self.weight_kg, WEIGHT_KG, "weight", "weight_kg", "kg"),
        )
