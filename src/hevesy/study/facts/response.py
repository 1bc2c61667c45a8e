"""What was found of the disease: proteins, lesions, visits, and responses as others called them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from hevesy.errors import RuleError
from hevesy.study.dates import When
from hevesy.study.facts.fact import (
    Reported,
    SubjectId,
    choice,
    day,
    finding,
    flag,
    integer,
    number,
    record_kind,
    refuse,
    text,
)

Finding = Literal["positive", "negative"]
Chain = Literal["kappa", "lambda"]
LesionRole = Literal["target", "non-target", "new"]
LesionState = Literal["present", "absent", "progressed", "doubtful"]
Course = Literal["better", "stable", "worse"]
"""Against baseline."""
NonTarget = Literal["CR", "NON-CR/NON-PD", "PD", "NE"]
Uptake = Literal["less", "same", "more"]

Visit = Annotated[When | None, day("the day of the visit", columns=("date",))]
Evaluator = Annotated[str | None, text("in which role it was read, as an independent assessor")]
Reader = Annotated[str | None, text("who of several read, as RADIOLOGIST 1")]
Accepted = Annotated[bool | None, flag("whether this reading is the one that was accepted")]


@record_kind("myeloma_assessment", as_reported=("study_day", "flc_difference_mg_per_L"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Myeloma proteins and findings at one visit, in internal units; None is "not measured", "not looked for"."""

    subject: SubjectId
    row: int
    on: Visit = None
    serum_m_protein_g_per_dL: Annotated[float | None, number("", "m_protein", columns=("serum_M",))] = None
    involved_flc_mg_per_L: Annotated[
        float | None, number("involved free light chain", "free_light_chain", columns=("iFLC",))
    ] = None
    uninvolved_flc_mg_per_L: Annotated[
        float | None, number("uninvolved free light chain", "free_light_chain", columns=("uFLC",))
    ] = None
    involved_chain: Annotated[Chain | None, choice(*get_args(Chain))] = None
    urine_m_protein_mg_per_24h: Annotated[float | None, number("", "urine_m_protein", columns=("urine_M",))] = None
    serum_immunofixation: Annotated[Finding | None, finding(columns=("serum_IFE",))] = None
    urine_immunofixation: Annotated[Finding | None, finding(columns=("urine_IFE",))] = None
    marrow_plasma_cells_percent: Annotated[float | None, number(columns=("marrow_percent",))] = None
    marrow_clonal: Annotated[bool | None, flag("the plasma cells of the marrow are clonal")] = None
    plasmacytoma_cm2: Annotated[
        float | None,
        number("sum of the products of soft-tissue plasmacytomas, 0 where there are none", "lesion_area"),
    ] = None
    new_lesion: Annotated[bool | None, flag("a lesion of bone or soft tissue that was not there before")] = None
    reported: Reported = ()


@record_kind("lesion")
@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """A lesion as one reader measured it on one day; 0 mm: looked for and gone, None: not measured.

    A lesion may come in several rows that tell different things of it.
    """

    subject: SubjectId
    row: int
    on: Visit = None
    lesion: Annotated[str, text("which one", required=True)]
    role: Annotated[LesionRole, choice(*get_args(LesionRole))] = "target"
    longest_mm: Annotated[float | None, number("longest diameter", "lesion_diameter")] = None
    shortest_mm: Annotated[float | None, number("diameter across the longest", "lesion_diameter")] = None
    nodal: Annotated[bool | None, flag("a lymph node")] = None
    state: Annotated[LesionState | None, choice(*get_args(LesionState), means="of a lesion that is not measured")] = (
        None
    )
    evaluator: Evaluator = None
    reader: Reader = None
    accepted: Accepted = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        longest, shortest = self.longest_mm, self.shortest_mm
        if longest is not None and shortest is not None and shortest > longest:
            rule = f"the shorter diameter is not above the longest ({longest:g} mm)"
            refuse(RuleError(rule, field="shortest_mm", value=f"{shortest:g} mm"))


@record_kind("tumour_assessment")
@dataclass(frozen=True, slots=True, kw_only=True)
class TumourAssessment:
    """What one reader found at one visit beside the measured lesions; None: not assessed.

    The sums are those of the target lesions as delivered, for who delivers no lesions: of diameters (mm) or of products
    (cm2).
    """

    subject: SubjectId
    row: int
    on: Visit = None
    evaluator: Evaluator = None
    reader: Reader = None
    accepted: Accepted = None
    target_mm: Annotated[
        float | None, number("sum of diameters", "lesion_diameter", name="target_diameters", columns=("sum",))
    ] = None
    target_cm2: Annotated[
        float | None, number("sum of products", "lesion_area", name="target_products", columns=("sum",))
    ] = None
    targets_gone: Annotated[bool | None, flag("nothing is left of the target lesions")] = None
    non_target: Annotated[NonTarget | None, choice(*get_args(NonTarget), means="lesions that are not measured")] = None
    new_lesion: Annotated[bool | None, flag("a lesion that was not there before")] = None
    others_gone: Annotated[bool | None, flag("nothing is left of what was not measured, organs of normal size")] = None
    flair: Annotated[Course | None, choice(*get_args(Course), means="T2 or FLAIR against baseline")] = None
    steroids: Annotated[
        Course | None, choice(*get_args(Course), means="their dose against baseline: worse is more")
    ] = None
    off_steroids: Annotated[bool | None, flag("none but a physiological dose")] = None
    clinical: Annotated[Course | None, choice(*get_args(Course), means="the patient against baseline")] = None
    deauville: Annotated[int | None, integer("score of the most avid lesion, 1 to 5")] = None
    uptake: Annotated[Uptake | None, choice(*get_args(Uptake), means="against baseline")] = None
    new_avid_lesion: Annotated[bool | None, flag("on PET")] = None
    outside_field: Annotated[bool | None, flag("what grew or is new lies outside the field of radiotherapy")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        if self.deauville is not None and not 1 <= self.deauville <= 5:
            refuse(RuleError("a Deauville score is 1 to 5", field="deauville", value=str(self.deauville)))


@record_kind("igm_assessment")
@dataclass(frozen=True, slots=True, kw_only=True)
class IgMAssessment:
    """Serum IgM and findings of Waldenstrom's macroglobulinaemia at one visit; None: not measured, not looked for."""

    subject: SubjectId
    row: int
    on: Visit = None
    igm_g_per_dL: Annotated[float | None, number("serum IgM", "immunoglobulin", columns=("IgM",))] = None
    immunofixation: Annotated[Finding | None, finding("of serum")] = None
    igm_normal: Annotated[bool | None, flag("IgM within its limits of normal")] = None
    marrow_normal: Annotated[bool | None, flag("no infiltration of the marrow")] = None
    extramedullary_gone: Annotated[bool | None, flag("nothing is left outside the marrow")] = None
    clinical_progression: Annotated[bool | None, flag("by symptoms of the disease")] = None
    reported: Reported = ()


@record_kind("response")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedResponse:
    """A response as an investigator or a review committee called it; empty: the visit has no answer (NOT DONE)."""

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("the day of the visit", columns=("date", "RSDTC"))] = None
    criteria: Annotated[str | None, text("by which it was called")] = None
    response: Annotated[str, text("in the words of the criteria", columns=("response", "RSSTRESC", "RSORRES"))] = ""
    evaluator: Annotated[
        str | None, text("in which role it was read, as an independent assessor", columns=("evaluator", "RSEVAL"))
    ] = None
    reader: Annotated[str | None, text("who of several read, as RADIOLOGIST 1", columns=("assessor", "RSEVALID"))] = (
        None
    )
    method: Annotated[
        str | None,
        text("where one reader gives two answers at a visit (PET-CT, CT)", columns=("method", "RSMETHOD")),
    ] = None
    visit: Annotated[str | None, text("its name", columns=("visit", "VISIT"))] = None
    accepted: Annotated[
        bool | None, flag("whether this reading is the one that was accepted", columns=("accepted", "RSACPTFL"))
    ] = None
    status: Annotated[str | None, text("NOT DONE, where there is no answer", columns=("status", "RSSTAT"))] = None
    reported: Reported = ()


Assessed = Assessment | Lesion | TumourAssessment | IgMAssessment
"""What a response is found from."""
