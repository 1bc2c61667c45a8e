"""The kinds of record that can be delivered: which event each becomes, and its fields with type and unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from hevesy.study import events
from hevesy.study.events import Event
from hevesy.units import UNITS

FieldType = Literal[
    "text",
    "number",
    "integer",
    "date",
    "time",
    "time or day",
    "censored number",
    "flag",
    "sex",
    "grade",
    "finding",
    "choice",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a field of a record is: its type, the dimension of a number, whether it must be there, what it becomes."""

    type: FieldType
    becomes: str
    dimension: str | None = None
    required: bool = False
    may_be_negative: bool = False
    choices: tuple[str, ...] = ()
    """The words a choice may be, in any letter case."""
    unit_becomes: str | None = None
    """The field of the event that keeps the unit as it was written."""
    rounding_becomes: str | None = None
    """The field of the event that keeps half a unit of the last digit as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKind:
    """A kind of record: the event it becomes, its fields by the name used in sources.toml, and the default key."""

    event: Callable[..., Event]
    fields: dict[str, Field]


def _text(becomes: str, required: bool = False) -> Field:
    return Field(type="text", becomes=becomes, required=required)


def _date(becomes: str) -> Field:
    return Field(type="date", becomes=becomes)


def _number(becomes: str, dimension: str | None = None) -> Field:
    return Field(type="number", becomes=becomes, dimension=dimension)


def _activity(becomes: str) -> Field:
    return replace(_number(becomes, "activity"), rounding_becomes="rounding_MBq")


def _flag(becomes: str) -> Field:
    return Field(type="flag", becomes=becomes)


def _choice(becomes: str, *choices: str) -> Field:
    return Field(type="choice", becomes=becomes, choices=choices)


_COURSE = ("better", "stable", "worse")
_SUBJECT = _text("subject", required=True)

KINDS: dict[str, RecordKind] = {
    "enrolment": RecordKind(
        event=events.Enrolment,
        fields={
            "subject": _SUBJECT,
            "enrolled": _date("on"),
            "consent": _date("consent"),
            "first_treatment": _date("first_treatment"),
            "radiotherapy_end": _date("radiotherapy_end"),
            "arm": _text("arm_code"),
            "level": replace(_number("level_MBq_per_m2", "activity_per_area"), unit_becomes="level_written_in"),
            "age": _number("age_a", "age"),
            "sex": Field(type="sex", becomes="sex"),
            "height": _number("height_cm", "length"),
            "weight": _number("weight_kg", "body_mass"),
            "organ_dose": _number("organ_dose_Gy_per_GBq", "dose_per_activity"),
            "not_evaluable_reason": _text("not_evaluable_reason"),
            "safety_days": Field(type="integer", becomes="safety_days_reported"),
        },
    ),
    "body_measurement": RecordKind(
        event=events.BodyMeasurement,
        fields={
            "subject": _SUBJECT,
            "on": _date("on"),
            "height": _number("height_cm", "length"),
            "weight": _number("weight_kg", "body_mass"),
        },
    ),
    "administration": RecordKind(
        event=events.Administration,
        fields={
            "subject": _SUBJECT,
            "start": Field(type="time or day", becomes="start", required=True),
            "end": Field(type="time", becomes="end"),
            "administered": _activity("administered_MBq"),
            "assay": _activity("assay_MBq"),
            "assay_time": Field(type="time", becomes="assay_at"),
            "residual": _activity("residual_MBq"),
            "residual_time": Field(type="time", becomes="residual_at"),
        },
    ),
    "exposure": RecordKind(
        event=events.Exposure,
        fields={
            "subject": _SUBJECT,
            "start": _date("on"),
            "end": _date("end"),
            "treatment": _text("treatment"),
            "dose": _number("dose_mg", "drug_mass"),
        },
    ),
    "adverse_event": RecordKind(
        event=events.AdverseEvent,
        fields={
            "subject": _SUBJECT,
            "term": _text("term", required=True),
            "system_organ_class": _text("system_organ_class"),
            "number": _text("number"),
            "grade": Field(type="grade", becomes="grade"),
            "severity": _text("severity"),
            "ctcae_version": _text("ctcae_version"),
            "onset": _date("on"),
            "worst": _date("worst_on"),
            "resolved": _date("resolved"),
            "serious": _flag("serious"),
            "related": _text("related"),
        },
    ),
    "laboratory": RecordKind(
        event=events.Lab,
        fields={
            "subject": _SUBJECT,
            "on": _date("on"),
            "test": _text("test", required=True),
            "value": Field(type="censored number", becomes="value", may_be_negative=True),
            "unit": _text("unit"),
            "lower": Field(type="number", becomes="lower", may_be_negative=True),
            "upper": Field(type="number", becomes="upper", may_be_negative=True),
        },
    ),
    "myeloma_assessment": RecordKind(
        event=events.Assessment,
        fields={
            "subject": _SUBJECT,
            "on": _date("on"),
            "serum_m_protein": _number("serum_m_protein_g_per_dL", "m_protein"),
            "involved_flc": _number("involved_flc_mg_per_L", "free_light_chain"),
            "uninvolved_flc": _number("uninvolved_flc_mg_per_L", "free_light_chain"),
            "involved_chain": _choice("involved_chain", "kappa", "lambda"),
            "urine_m_protein": _number("urine_m_protein_mg_per_24h", "urine_m_protein"),
            "serum_immunofixation": Field(type="finding", becomes="serum_immunofixation"),
            "urine_immunofixation": Field(type="finding", becomes="urine_immunofixation"),
            "marrow_plasma_cells_percent": _number("marrow_plasma_cells_percent"),
            "marrow_clonal": _flag("marrow_clonal"),
            "plasmacytoma": _number("plasmacytoma_cm2", "lesion_area"),
            "new_lesion": _flag("new_lesion"),
        },
    ),
    "lesion": RecordKind(
        event=events.Lesion,
        fields={
            "subject": _SUBJECT,
            "on": _date("on"),
            "lesion": _text("lesion", required=True),
            "role": _choice("role", "target", "non-target", "new"),
            "longest": _number("longest_mm", "lesion_diameter"),
            "shortest": _number("shortest_mm", "lesion_diameter"),
            "nodal": _flag("nodal"),
            "state": _choice("state", "present", "absent", "progressed", "doubtful"),
            "evaluator": _text("evaluator"),
            "reader": _text("reader"),
            "accepted": _flag("accepted"),
        },
    ),
    "tumour_assessment": RecordKind(
        event=events.TumourAssessment,
        fields={
            "subject": _SUBJECT,
            "on": _date("on"),
            "evaluator": _text("evaluator"),
            "reader": _text("reader"),
            "accepted": _flag("accepted"),
            "target_diameters": _number("target_mm", "lesion_diameter"),
            "target_products": _number("target_cm2", "lesion_area"),
            "targets_gone": _flag("targets_gone"),
            "non_target": _choice("non_target", "CR", "NON-CR/NON-PD", "PD", "NE"),
            "new_lesion": _flag("new_lesion"),
            "others_gone": _flag("others_gone"),
            "flair": _choice("flair", *_COURSE),
            "steroids": _choice("steroids", *_COURSE),
            "off_steroids": _flag("off_steroids"),
            "clinical": _choice("clinical", *_COURSE),
            "deauville": Field(type="integer", becomes="deauville"),
            "uptake": _choice("uptake", "less", "same", "more"),
            "new_avid_lesion": _flag("new_avid_lesion"),
            "outside_field": _flag("outside_field"),
        },
    ),
    "igm_assessment": RecordKind(
        event=events.IgMAssessment,
        fields={
            "subject": _SUBJECT,
            "on": _date("on"),
            "igm": _number("igm_g_per_dL", "immunoglobulin"),
            "immunofixation": Field(type="finding", becomes="immunofixation"),
            "igm_normal": _flag("igm_normal"),
            "marrow_normal": _flag("marrow_normal"),
            "extramedullary_gone": _flag("extramedullary_gone"),
            "clinical_progression": _flag("clinical_progression"),
        },
    ),
    "response": RecordKind(
        event=events.ReportedResponse,
        fields={
            "subject": _SUBJECT,
            "on": _date("on"),
            "criteria": _text("criteria"),
            "response": _text("response"),
            "evaluator": _text("evaluator"),
            "reader": _text("reader"),
            "method": _text("method"),
            "visit": _text("visit"),
            "accepted": _flag("accepted"),
            "status": _text("status"),
        },
    ),
    "concomitant_dose": RecordKind(
        event=events.ConcomitantDose,
        fields={
            "subject": _SUBJECT,
            "on": _date("on"),
            "agent": _text("agent", required=True),
            "dose": _number("dose_mg", "drug_mass"),
        },
    ),
    "thyroid_block": RecordKind(
        event=events.ThyroidBlockCourse,
        fields={"subject": _SUBJECT, "start": _date("on"), "stop": _date("stop"), "agent": _text("agent")},
    ),
    "supportive_care": RecordKind(
        event=events.SupportiveCare,
        fields={"subject": _SUBJECT, "on": _date("on"), "product": _text("product", required=True)},
    ),
    "subsequent_therapy": RecordKind(
        event=events.SubsequentTherapy, fields={"subject": _SUBJECT, "on": _date("on"), "treatment": _text("treatment")}
    ),
    "contact": RecordKind(
        event=events.Contact,
        fields={"subject": _SUBJECT, "on": _date("on"), "vital_status": _text("vital_status"), "by": _text("by")},
    ),
    "death": RecordKind(event=events.Death, fields={"subject": _SUBJECT, "on": _date("on"), "cause": _text("cause")}),
    "disposition": RecordKind(
        event=events.Disposition,
        fields={
            "subject": _SUBJECT,
            "on": _date("on"),
            "term": _text("term", required=True),
            "category": _text("category"),
        },
    ),
}


AS_REPORTED: dict[str, tuple[str, ...]] = {
    "enrolment": ("bsa_Mosteller_m2", "bsa_DuBois_m2", "bsa_Haycock_m2", "bsa_Gehan-George_m2", "evaluable"),
    "administration": (
        *(f"{what}_{unit}" for what in ("prescribed", "administered") for unit in UNITS["activity"]),
        "deviation_percent",
    ),
    "adverse_event": ("dlt",),
    "laboratory": ("ctcae_grade", "study_day"),
    "myeloma_assessment": ("study_day", "flc_difference_mg_per_L"),
}
"""What a sender derives itself and is held against ours, by kind of record."""
KEPT_AS_REPORTED = ("baseline", "counts_in", "marrow_dose_Gy")
"""Names that are kept beside a record and held against nothing."""


def kind_of(event: Event) -> str:
    """The kind of record an event came from, in words.

    >>> kind_of(events.Lab(subject="1", row=1, test="platelets"))
    'laboratory'
    """
    return next((name.replace("_", " ") for name, kind in KINDS.items() if kind.event is type(event)), "record")
