"""Vital signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hevesy.errors import RuleError
from hevesy.study.facts.enrolment import WEIGHT_KG
from hevesy.study.facts.fact import On, Reported, SubjectId, number, outside, record_kind, refuse

SYSTOLIC_MMHG, DIASTOLIC_MMHG, PULSE_PER_MIN, TEMPERATURE_C = (30, 320), (10, 220), (10, 350), (24, 45)
"""What a person's vital signs lie within; outside them a unit or a digit is wrong."""


@record_kind("vital_signs")
@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSigns:
    """Vital signs as measured on a day; None: not measured. A row may tell any of them."""

    subject: SubjectId
    row: int
    on: On = None
    systolic_mmHg: Annotated[float | None, number("systolic blood pressure", "blood_pressure")] = None
    diastolic_mmHg: Annotated[float | None, number("diastolic blood pressure", "blood_pressure")] = None
    pulse_beats_per_min: Annotated[float | None, number("heart rate", "heart_rate")] = None
    temperature_C: Annotated[float | None, number("of the body, in C or F", "temperature", may_be_negative=True)] = None
    weight_kg: Annotated[float | None, number("of the body", "body_mass")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            outside(self.systolic_mmHg, SYSTOLIC_MMHG, "systolic blood pressure", "systolic_mmHg", "mmHg"),
            outside(self.diastolic_mmHg, DIASTOLIC_MMHG, "diastolic blood pressure", "diastolic_mmHg", "mmHg"),
            outside(self.pulse_beats_per_min, PULSE_PER_MIN, "pulse", "pulse_beats_per_min", "beats/min"),
            outside(self.temperature_C, TEMPERATURE_C, "temperature", "temperature_C", "C"),
            outside(self.weight_kg, WEIGHT_KG, "weight", "weight_kg", "kg"),
            self._pressures(),
        )

    def _pressures(self) -> RuleError | None:
        above, below = self.systolic_mmHg, self.diastolic_mmHg
        if above is None or below is None or below < above:
            return None
        rule = f"the diastolic pressure lies below the systolic ({above:g} mmHg)"
        return RuleError(rule, field="diastolic_mmHg", value=f"{below:g} mmHg")
