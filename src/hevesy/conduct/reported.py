"""Values the sender derived itself, beside ours: every disagreement is listed, none is used.

A reported figure agrees when ours lies within half a unit of its last digit, widened by half a unit of the last digit
of each figure it was worked out from (their rounding is not an error).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from hevesy.errors import RuleError
from hevesy.follow.adverse_events import CountsAgainstReport
from hevesy.follow.labs import GradedLab
from hevesy.follow.response.outcome import Response
from hevesy.follow.vital_status import death_of, said_dead
from hevesy.study.dates import study_day
from hevesy.study.facts.disposition import Contact
from hevesy.study.facts.fact import Fact, kind_of
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.response import Assessment, IgMAssessment, Lesion, TumourAssessment
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration
from hevesy.study.outcomes import SubjectOutcome
from hevesy.study.subject import Study, Subject
from hevesy.treat.exposure import Exposure
from hevesy.treat.prescription import BSA_SOURCES, body_surface_area_m2
from hevesy.units import UNITS, decimals, half_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A reported value that ours contradicts: what, both values, and why they may differ."""

    subject: str
    what: str
    reported: str
    derived: str
    because: str
    rows: tuple[int, ...]


Differ = Callable[..., None]


def agrees(reported: str, derived: float, *, from_figures: float = 0.0) -> bool | None:
    """Whether a printed figure is ours, rounded; None when it is no number.

    `from_figures`: rounding of what it came from.
    """
    try:
        number, half = float(reported), half_unit(reported)
    except (ValueError, ArithmeticError):
        return None
    return abs(number - derived) <= (half + from_figures) * (1 + 1e-9)


def _places(reported: str) -> int:
    """Decimals of a reported figure, for ours beside it; two where it is no figure."""
    try:
        return decimals(reported)
    except ArithmeticError:
        return 2


def disagreements(
    subject: Subject,
    study: Study,
    given: Exposure,
    labs: Iterable[GradedLab],
    dlt: SubjectOutcome | None,
    response: Response | None,
    counts: Iterable[CountsAgainstReport],
) -> list[Disagreement]:
    """Everything reported about a subject that differs from what is derived here."""
    found: list[Disagreement] = []

    def differ(what: str, reported: str, derived: object, because: str, *rows: int) -> None:
        found.append(
            Disagreement(
                subject=subject.id, what=what, reported=reported, derived=str(derived), because=because, rows=rows
            )
        )

    _enrolment(subject, study, response, differ)
    _infusions(subject, given, differ)
    _labs(labs, differ)
    _assessments(subject, differ)
    _deaths(subject, differ)
    _dlt_flags(subject, dlt, differ)
    _versions(subject, study.protocol.ctcae_version, differ)
    _low_counts(counts, differ)
    return found


def _labs(labs: Iterable[GradedLab], differ: Differ) -> None:
    for item in labs:
        if not item.lab.reported:
            continue
        reported = dict(item.lab.reported)
        derived = "not gradable" if item.grade.grade is None else str(item.grade.grade)
        if "ctcae_grade" in reported and reported["ctcae_grade"] != derived:
            differ(
                f"CTCAE grade of {item.lab.test} on {item.on}",
                reported["ctcae_grade"],
                derived,
                item.grade.because,
                item.lab.row,
            )
        if "study_day" in reported and item.day is not None and reported["study_day"] != str(item.day):
            differ(
                f"study day of {item.lab.test} on {item.on}",
                reported["study_day"],
                item.day,
                "first infusion is day 1",
                item.lab.row,
            )


def _versions(subject: Subject, planned: str | None, differ: Differ) -> None:
    for event in subject.of(AdverseEvent):
        if (
            planned is not None
            and event.ctcae_version is not None
            and event.ctcae_version.strip().lstrip("vV") != planned
        ):
            because = "grades of one version are not those of another"
            differ(f"CTCAE version of {event.term}", event.ctcae_version, f"{planned} (protocol)", because, event.row)


def _low_counts(counts: Iterable[CountsAgainstReport], differ: Differ) -> None:
    for pair in counts:
        rows = (*((pair.reported.row,) if pair.reported else ()), *(pair.derived.rows if pair.derived else ()))
        for what, said, derived in pair.differences:
            because = "compared with the laboratory values"
            differ(f"adverse event of low {pair.test}: {what}", said, derived, because, *rows)


def _enrolment(subject: Subject, study: Study, response: Response | None, differ: Differ) -> None:
    enrolment, level = subject.enrolment, study.level_of(subject)
    said = enrolment.level
    if enrolment.level_MBq_per_m2 == 0 and level is not None:
        differ("dose level", "0", str(level.dose), "level of the arm in protocol.toml", enrolment.row)
    elif (
        said is not None
        and level is not None
        and (said.kind != level.dose.kind or abs(said.amount / level.dose.amount - 1) > 1e-9)
    ):
        differ("dose level", str(said), str(level.dose), "level of the arm in protocol.toml", enrolment.row)
    reported = dict(enrolment.reported)
    for formula in BSA_SOURCES:
        text = reported.get(f"bsa_{formula}_m2")
        if text is not None and enrolment.height_cm is not None and enrolment.weight_kg is not None:
            try:
                ours = body_surface_area_m2(formula, enrolment.height_cm, enrolment.weight_kg)
            except RuleError as error:
                differ(f"body surface area ({formula})", text, "none", str(error), enrolment.row)
                continue
            if not agrees(text, ours):
                differ(f"body surface area ({formula})", text, f"{ours:.3f}", "from height and weight", enrolment.row)
    if "evaluable" in reported and response is not None:
        derived = "1" if response.evaluable else "0"
        if reported["evaluable"] != derived and study.as_of == study.last_fact_on():
            differ("response-evaluable", reported["evaluable"], derived, response.because, enrolment.row)


def _infusions(subject: Subject, given: Exposure, differ: Differ) -> None:
    prescription = given.prescription
    for infusion in given.infusions:
        item, reported = infusion.administration, dict(infusion.administration.reported)
        for unit, factor in UNITS["activity"].items():
            text = reported.get(f"prescribed_{unit}")
            if text is None or prescription is None or agrees(text, prescription.prescribed_MBq / factor):
                continue
            because, ours = prescription.because[-1], f"{prescription.prescribed_MBq / factor:.{_places(text)}f}"
            if prescription.level.basis == "body surface area" and prescription.bsa_m2 is not None:
                because = f"{prescription.formula} area {prescription.bsa_m2:.4f} m2"
                if agrees(text, prescription.level.amount / factor * round(prescription.bsa_m2, 2)):
                    because += "; the reported figure used the area rounded to two decimals"
            differ(f"prescribed activity, {unit}", text, ours, because, item.row)
        if infusion.given is None:
            continue
        # ours may be off by the rounding of what it is worked out from
        stated = item.assay_MBq is None
        used = ("administered_MBq",) if stated else ("assay_MBq", "residual_MBq")
        ours_MBq, rounding_MBq = (
            infusion.given.administered_MBq,
            sum(half for name, half in item.rounding_MBq if name in used),
        )
        for unit, factor in UNITS["activity"].items():
            text = reported.get(f"administered_{unit}")
            if text is not None and not agrees(text, ours_MBq / factor, from_figures=rounding_MBq / factor):
                because = (
                    "as stated" if stated else "assay minus residual, both decay-corrected to the start of the infusion"
                )
                differ(
                    f"administered activity, {unit}", text, f"{ours_MBq / factor:.{_places(text)}f}", because, item.row
                )
        deviation, text = infusion.given.deviation_percent, reported.get("deviation_percent")
        if text is not None and deviation is not None and prescription is not None:
            slack = 100 * rounding_MBq / prescription.prescribed_MBq
            if not agrees(text, deviation, from_figures=slack):
                because = infusion.given.because[-1]
                differ("deviation from prescription, %", text, f"{deviation:.{_places(text)}f}", because, item.row)


def _assessments(subject: Subject, differ: Differ) -> None:
    for item in subject.of(Assessment):
        reported = dict(item.reported)
        involved, uninvolved = item.involved_flc_mg_per_L, item.uninvolved_flc_mg_per_L
        if "flc_difference_mg_per_L" in reported and involved is not None and uninvolved is not None:
            text = reported["flc_difference_mg_per_L"]
            if not agrees(text, involved - uninvolved):
                differ(
                    f"free light chain difference on {item.on}, mg/L",
                    text,
                    f"{involved - uninvolved:g}",
                    "involved minus uninvolved",
                    item.row,
                )
        if "study_day" in reported and isinstance(item.on, date) and subject.day_1 is not None:
            day = study_day(item.on, subject.day_1)
            if reported["study_day"] != str(day):
                differ(
                    f"study day of the assessment on {item.on}",
                    reported["study_day"],
                    day,
                    "first infusion is day 1",
                    item.row,
                )


def _deaths(subject: Subject, differ: Differ) -> None:
    """Records of death that name other days, and facts that show the subject alive after it."""
    death = death_of(subject)
    if death is None or death.day is None:
        return
    for said, on, row in said_dead(subject):
        if isinstance(on, date) and on != death.day:
            differ(f"day of death ({said})", str(on), str(death.day), f"taken from the {death.because}", row)
    seen: tuple[Fact, ...] = (
        *(contact for contact in subject.of(Contact) if (contact.vital_status or "").casefold() == "alive"),
        *subject.of(Administration),
        *subject.of(Assessment),
        *subject.of(Lesion),
        *subject.of(TumourAssessment),
        *subject.of(IgMAssessment),
        *subject.of(Lab),
    )
    later = [(event.on, event) for event in seen if isinstance(event.on, date) and event.on > death.day]
    if later:
        last_on, last = max(later, key=lambda one: one[0])
        because = f"{death.because}; {len(later)} records that show the subject alive are later"
        rows = (event.row for _, event in later[:40])
        differ("alive after death", f"{kind_of(last).words} on {last_on}", f"died {death.day}", because, *rows)


def _dlt_flags(subject: Subject, dlt: SubjectOutcome | None, differ: Differ) -> None:
    flagged = [(event, dict(event.reported).get("dlt")) for event in subject.of(AdverseEvent)]
    said = [event for event, flag in flagged if (flag or "").casefold() in ("1", "y", "yes", "true")]
    if dlt is None or not any(flag is not None for _, flag in flagged):
        return
    if said and dlt.status != "DLT":
        terms = ", ".join(event.term for event in said)
        differ(
            "dose-limiting toxicity",
            f"yes ({terms})",
            dlt.status,
            "; ".join(dlt.because),
            *(event.row for event in said),
        )
    elif not said and dlt.status == "DLT":
        differ("dose-limiting toxicity", "no", "DLT", "; ".join(dlt.because), *dlt.rows)
