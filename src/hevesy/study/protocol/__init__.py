"""What was planned: levels, regimen, the meaning of a dose-limiting toxicity, schedules. Never a subject's data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from hevesy.study.dose import Dose
from hevesy.study.protocol.escalation import VARIANTS as VARIANTS
from hevesy.study.protocol.escalation import Escalation as Escalation
from hevesy.study.protocol.escalation import LogisticModel as LogisticModel
from hevesy.study.protocol.escalation import Stratum as Stratum
from hevesy.units import ActivityUnit

RESPONSE_CRITERIA = (
    "imwg-2006",
    "imwg-2011",
    "imwg-2016",
    "iwwm",
    "lugano-2014",
    "recist-1.1",
    "rano-2010",
    "rano-2.0",
)
"""By which a study's response may be derived."""

Sex = Literal["F", "M"]
BloodTest = Literal["platelets", "neutrophils", "haemoglobin", "lymphocytes"]
BLOOD_TESTS: tuple[BloodTest, ...] = ("platelets", "neutrophils", "haemoglobin", "lymphocytes")
BLOOD_TEST_DIMENSION: dict[str, str] = {
    "platelets": "cell_count",
    "neutrophils": "cell_count",
    "lymphocytes": "cell_count",
    "haemoglobin": "haemoglobin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """How an activity is given: number of fractions, days between them, duration of each infusion."""

    fractions: int = 1
    interval_d: int | None = None
    infusion_h: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLevel:
    """A level of the escalation: its number from 1 and the dose of one fraction."""

    number: int
    dose: Dose
    regimen: Regimen

    @property
    def total(self) -> Dose:
        """The dose of all fractions together."""
        return self.dose.times(self.regimen.fractions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A group subjects are assigned to.

    Its code as delivered, its name, and its dose level and stratum in an escalation.
    """

    code: str
    name: str
    dose_level: int | None
    stratum: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventRule:
    """A DLT by an adverse event: this grade or worse, of any term or of none of the haematological ones."""

    name: str
    minimum_grade: int
    non_haematological_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRule:
    """A DLT by a blood count: `grade` or worse and not back to `recovery_grade` within `within_d` days of its onset."""

    name: str
    test: BloodTest
    grade: int
    recovery_grade: int
    within_d: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationRule:
    """A DLT by a blood count: `grade` or worse lasting `lasting_d` days or more."""

    name: str
    test: BloodTest
    grade: int
    lasting_d: int


Rule = AdverseEventRule | CountRule | DurationRule


@dataclass(frozen=True, slots=True, kw_only=True)
class DLTRule:
    """What a dose-limiting toxicity is in this trial: the window, its rules, and which terms are haematological."""

    window_d: int
    rules: tuple[Rule, ...]
    haematological_terms: tuple[str, ...]
    minimum_activity_percent: float | None = None
    """Of the prescription; a subject who was given less is not evaluable. None: the protocol has no such rule."""
    maximum_activity_percent: float | None = None
    illustrative: bool = False
    non_haematological_terms: tuple[str, ...] = ()
    """Terms that speak of blood and count all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRange:
    """Lower limit of normal of a blood test in the internal unit, for one sex or both."""

    test: BloodTest
    sex: Sex | None
    lower: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSchedule:
    """Study days on which blood counts are required, and how many days off still counts as that visit."""

    days: tuple[int, ...]
    tolerance_d: int
    tests: tuple[BloodTest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BelievableRange:
    """Bounds of a quantity in its internal unit; a value outside them is questioned."""

    quantity: str
    lower: float
    upper: float
    unit: str

    def beyond(self, value: float) -> str | None:
        """Why a value is not believed, or None."""
        if self.lower <= value <= self.upper:
            return None
        return f"outside {self.lower:g}..{self.upper:g} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportRule:
    """A transfusion or growth factor carries a blood count for so many days.

    Any of the words in a product's name tells it.
    """

    words: tuple[str, ...]
    test: BloodTest
    days: int
    source: str = "protocol"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEffect:
    """A late effect that is followed by itself, over time at risk: the adverse-event terms that are it."""

    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThyroidBlock:
    """Thyroid blockade.

    Begun at least so long before the first activity, stopped no sooner than so long after the last.
    """

    start_before_h: float
    stop_after_d: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcomitantSchedule:
    """A drug given along.

    One dose of `dose_mg` every `every_d` days, `doses` times from day 1, in the arms named (empty: in all).
    """

    agent: str
    dose_mg: float
    every_d: int
    doses: int
    arms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOfInterest:
    """A toxicity the protocol asks about by name: the terms and organ classes that count, listed and not inferred."""

    name: str
    terms: tuple[str, ...]
    organ_classes: tuple[str, ...]


Confirming = Literal["as-good", "any-later"]
"""What may lie between a response and the one that bears it out: only responses as good and at most one visit that says
nothing (as admiralonco has it by default), or anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePlan:
    """How response is derived, and by which rule times to progression are censored."""

    criteria: str | None
    """One of RESPONSE_CRITERIA; None: those of the indications."""
    evaluator: str | None = None
    """Whose measurements count; None: there is one reader."""
    censoring: Literal["as-seen", "fda"] = "as-seen"
    assessed_every_d: int | None = None
    tolerance_d: int = 0
    stable_after_d: int = 0
    """Stable disease counts from so many days after the first infusion; 0: from the first assessment."""
    assessment_method: str | None = None
    """Of responses as called: by which method, where one reader gives two answers at a visit (PET-CT, CT)."""
    confirming: Confirming = "as-good"
    """What may lie between a response and the one that bears it out, where the criteria ask for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indications:
    """How several indications are judged: whose reading, by which criteria each, against which rate, borrowing how."""

    evaluator: str
    null_rate: float
    method: str
    criteria: tuple[tuple[str, str], ...]
    """Of each arm, by its code: one of RESPONSE_CRITERIA, or imwg without a year where responses are only called."""
    total_activity_threshold_MBq: float | None
    assessment_method: str | None = None
    """Of responses as called: by which method, where one reader gives two answers at a visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialProtocol:
    """The plan of a study, as its protocol.toml says."""

    study_id: str
    title: str
    synthetic: bool
    compound: str | None
    nuclide: str | None
    disease: str | None
    ctcae_version: str | None
    arms: tuple[Arm, ...]
    dose_levels: tuple[DoseLevel, ...]
    unassigned_codes: tuple[str, ...]
    body_surface_area_formula: str
    activity_tolerance_percent: float
    escalation: Escalation | None
    dlt: DLTRule | None
    reference_ranges: tuple[ReferenceRange, ...]
    count_schedule: CountSchedule | None
    thyroid_block: ThyroidBlock | None
    concomitant: tuple[ConcomitantSchedule, ...]
    response: ResponsePlan | None
    events_of_interest: tuple[EventOfInterest, ...]
    readout_cuts: tuple[date, ...]
    indications: Indications | None = None
    support_rules: tuple[SupportRule, ...] = ()
    related_words: tuple[str, ...] = ()
    """Words of an adverse event's relation that mean the study treatment, beside the usual ones."""
    late_effects: tuple[LateEffect, ...] = ()
    """Empty: those of `follow.late_effects.USUAL`."""
    believable: tuple[BelievableRange, ...] = ()
    """Bounds that this study sets in place of the shipped ones."""
    shown_activity: ActivityUnit | None = None
    """What `[display]` says; None: the unit the levels are written in."""

    @property
    def activity_unit(self) -> ActivityUnit:
        """The unit this study's activities are shown in: of `[display]`, else of its levels, else MBq."""
        levels = (level.dose.activity_unit for level in self.dose_levels)
        return self.shown_activity or next(levels, ActivityUnit())

    @property
    def confirming(self) -> Confirming:
        """What may lie between a response and the one that bears it out, in every section alike."""
        return self.response.confirming if self.response is not None else "as-good"

    @property
    def stable_after_d(self) -> int:
        """Days from the first infusion after which stable disease counts; 0: from the first assessment."""
        return self.response.stable_after_d if self.response is not None else 0

    def criteria_of(self, arm_code: str | None) -> str | None:
        """Response criteria of an arm: those of its indication, otherwise those of the study."""
        if self.indications is not None and arm_code is not None:
            return dict(self.indications.criteria).get(arm_code)
        return self.response.criteria if self.response is not None else None

    def stratum_of(self, arm_code: str | None) -> str | None:
        """Stratum of an arm, where the escalation has strata."""
        arm = self.arm(arm_code) if arm_code is not None else None
        return arm.stratum if arm is not None and self.escalation is not None and self.escalation.strata else None

    def arm(self, code: str) -> Arm | None:
        """The arm of a code, or None if the protocol has none of that code."""
        return next((arm for arm in self.arms if arm.code == code), None)

    def dose_level(self, number: int) -> DoseLevel:
        """The level of a number."""
        return next(level for level in self.dose_levels if level.number == number)

    def lower_limit_of_normal(self, test: str, sex: Sex | None) -> float | None:
        """Lower limit of normal of a test for a sex in the internal unit, or None where the protocol gives none."""
        return next(
            (limit.lower for limit in self.reference_ranges if limit.test == test and limit.sex in (None, sex)), None
        )
