"""What happened to a subject: facts as delivered, nothing derived. `row` is the ledger sequence number of the fact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hevesy.study.dates import When
from hevesy.study.dose import Dose
from hevesy.study.protocol import Sex

HEIGHT_CM, WEIGHT_KG, AGE_A = (30, 250), (2, 400), (0, 120)
"""Bounds of a person's height, weight and age; outside them a unit or a digit is wrong."""

Reported = tuple[tuple[str, str], ...]
"""What the sender derived itself, by name: kept as reported, recomputed, never used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A subject joins the study: assigned arm, consent, and what is known at baseline."""

    subject: str
    row: int
    on: When | None = None
    consent: When | None = None
    arm_code: str | None = None
    level_MBq_per_m2: float | None = None
    age_a: float | None = None
    sex: Sex | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    organ_dose_Gy_per_GBq: float | None = None
    """Of the organ that limits the dose, as expected from the subject's own dosimetry."""
    first_treatment: When | None = None
    radiotherapy_end: When | None = None
    """Last day of radiotherapy of the tumour: what grows within twelve weeks of it may be its effect."""
    not_evaluable_reason: str | None = None
    safety_days_reported: int | None = None
    level_written_in: str | None = None
    """The unit the level was delivered in."""
    baseline: Reported = ()
    reported: Reported = ()

    @property
    def level(self) -> Dose | None:
        """The dose level as delivered; None: none is, or 0."""
        if not self.level_MBq_per_m2:
            return None
        return Dose(amount=self.level_MBq_per_m2, basis="body surface area", written_in=self.level_written_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMeasurement:
    """Height or weight as measured on a day."""

    subject: str
    row: int
    on: When | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """An activity is infused: timed assays of the syringe before and of what was left, or the activity as delivered.

    `hour_known` tells whether the start was delivered with its hour; without it `start` is noon of the day, and nothing
    is decay-corrected.
    """

    subject: str
    row: int
    start: datetime
    end: datetime | None = None
    assay_MBq: float | None = None
    assay_at: datetime | None = None
    residual_MBq: float | None = None
    residual_at: datetime | None = None
    administered_MBq: float | None = None
    """As the sender states it; used where there is no assay."""
    hour_known: bool = True
    rounding_MBq: tuple[tuple[str, float], ...] = ()
    """Half a unit of the last digit of each activity as it was written, by the name of its field."""
    reported: Reported = ()

    @property
    def on(self) -> When:
        """Day of the infusion's start."""
        return self.start.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """A drug measured by mass is taken from a first to a last day; `end` None is "not recorded"."""

    subject: str
    row: int
    on: When | None = None
    end: When | None = None
    treatment: str | None = None
    dose_mg: float | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEvent:
    """An untoward occurrence. `grade` is the CTCAE grade at its worst, never made from a severity word."""

    subject: str
    row: int
    on: When | None = None
    term: str = ""
    system_organ_class: str | None = None
    number: str | None = None
    grade: int | None = None
    severity: str | None = None
    ctcae_version: str | None = None
    worst_on: When | None = None
    resolved: When | None = None
    serious: bool | None = None
    related: str | None = None
    worst_after_cut: bool = False
    grade_at_most: int | None = None
    """At an earlier cut: the worst grade of all, which the grade by then cannot have exceeded."""
    reported: Reported = ()


Side = Literal["<", ">"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A laboratory value in the unit it was delivered in, with its limits of normal where the row has them.

    `side`: the value lies below or above the limit that `value` gives, as in <20.
    """

    subject: str
    row: int
    on: When | None = None
    test: str
    value: float | None = None
    unit: str | None = None
    side: Side | None = None
    lower: float | None = None
    upper: float | None = None
    reported: Reported = ()


Finding = Literal["positive", "negative"]
Chain = Literal["kappa", "lambda"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Myeloma proteins and findings at one visit, in internal units; None is "not measured", "not looked for".

    `plasmacytoma_cm2`: sum of the products of soft-tissue plasmacytomas, 0 where there are none.
    """

    subject: str
    row: int
    on: When | None = None
    serum_m_protein_g_per_dL: float | None = None
    involved_flc_mg_per_L: float | None = None
    uninvolved_flc_mg_per_L: float | None = None
    involved_chain: Chain | None = None
    urine_m_protein_mg_per_24h: float | None = None
    serum_immunofixation: Finding | None = None
    urine_immunofixation: Finding | None = None
    marrow_plasma_cells_percent: float | None = None
    marrow_clonal: bool | None = None
    plasmacytoma_cm2: float | None = None
    new_lesion: bool | None = None
    reported: Reported = ()


LesionRole = Literal["target", "non-target", "new"]
LesionState = Literal["present", "absent", "progressed", "doubtful"]
Course = Literal["better", "stable", "worse"]
"""Against baseline."""
NonTarget = Literal["CR", "NON-CR/NON-PD", "PD", "NE"]
Uptake = Literal["less", "same", "more"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """A lesion as one reader measured it on one day; 0 mm: looked for and gone, None: not measured.

    A lesion may come in several rows that tell different things of it.
    """

    subject: str
    row: int
    on: When | None = None
    lesion: str
    role: LesionRole = "target"
    longest_mm: float | None = None
    shortest_mm: float | None = None
    nodal: bool | None = None
    state: LesionState | None = None
    """Of a lesion that is not measured."""
    evaluator: str | None = None
    reader: str | None = None
    accepted: bool | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TumourAssessment:
    """What one reader found at one visit beside the measured lesions; None: not assessed.

    The sums are those of the target lesions as delivered, for who delivers no lesions: of diameters (mm) or of products
    (cm2).
    """

    subject: str
    row: int
    on: When | None = None
    evaluator: str | None = None
    reader: str | None = None
    accepted: bool | None = None
    target_mm: float | None = None
    target_cm2: float | None = None
    targets_gone: bool | None = None
    non_target: NonTarget | None = None
    new_lesion: bool | None = None
    others_gone: bool | None = None
    """Nothing is left of what was not measured, organs of normal size."""
    flair: Course | None = None
    steroids: Course | None = None
    off_steroids: bool | None = None
    clinical: Course | None = None
    deauville: int | None = None
    uptake: Uptake | None = None
    new_avid_lesion: bool | None = None
    outside_field: bool | None = None
    """What grew or is new lies outside the field of radiotherapy."""
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IgMAssessment:
    """Serum IgM and findings of Waldenstrom's macroglobulinaemia at one visit; None: not measured, not looked for."""

    subject: str
    row: int
    on: When | None = None
    igm_g_per_dL: float | None = None
    immunofixation: Finding | None = None
    igm_normal: bool | None = None
    marrow_normal: bool | None = None
    extramedullary_gone: bool | None = None
    clinical_progression: bool | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedResponse:
    """A response as an investigator or a review committee called it; empty: the visit has no answer (NOT DONE)."""

    subject: str
    row: int
    on: When | None = None
    response: str = ""
    criteria: str | None = None
    evaluator: str | None = None
    reader: str | None = None
    """Who of several read, as RADIOLOGIST 1."""
    method: str | None = None
    visit: str | None = None
    accepted: bool | None = None
    """Whether this reading is the one that was accepted."""
    status: str | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcomitantDose:
    """One dose of a drug given along."""

    subject: str
    row: int
    on: When | None = None
    agent: str
    dose_mg: float | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ThyroidBlockCourse:
    """A course of thyroid blockade from its first to its last day."""

    subject: str
    row: int
    on: When | None = None
    stop: When | None = None
    agent: str | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsequentTherapy:
    """The subject begins another treatment of the disease."""

    subject: str
    row: int
    on: When | None = None
    treatment: str | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportiveCare:
    """A transfusion or growth factor: it fakes the recovery of a count, so it must be seen beside it."""

    subject: str
    row: int
    on: When | None = None
    product: str
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The subject was seen or heard of; `vital_status` is `alive` or `dead`."""

    subject: str
    row: int
    on: When | None = None
    vital_status: str | None = None
    by: str | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The subject died."""

    subject: str
    row: int
    on: When | None = None
    cause: str | None = None
    reported: Reported = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """A milestone or the reason a subject left a part of the study."""

    subject: str
    row: int
    on: When | None = None
    term: str
    category: str | None = None
    reported: Reported = ()


Assessed = Assessment | Lesion | TumourAssessment | IgMAssessment
"""What a response is found from."""
Event = (
    Enrolment
    | BodyMeasurement
    | Administration
    | Exposure
    | AdverseEvent
    | Lab
    | Assessment
    | Lesion
    | TumourAssessment
    | IgMAssessment
    | ReportedResponse
    | ConcomitantDose
    | ThyroidBlockCourse
    | SupportiveCare
    | SubsequentTherapy
    | Contact
    | Death
    | Disposition
)
