"""From a dose level to what the patient received: body surface area, prescription, assays, decay, deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from hevesy.errors import RuleError
from hevesy.nuclides.nuclide import Nuclide, remaining_MBq
from hevesy.provenance import Source
from hevesy.study.dose import Dose
from hevesy.study.facts.enrolment import HEIGHT_CM, WEIGHT_KG
from hevesy.study.protocol import Regimen
from hevesy.treat.effect import dose_for_bed_Gy
from hevesy.units import ActivityUnit

BSA_SOURCES = {
    "Mosteller": Source(work="Mosteller, N Engl J Med 1987;317:1098", locator="formula"),
    "DuBois": Source(work="Du Bois and Du Bois, Arch Intern Med 1916;17:863", locator="formula"),
    "Haycock": Source(work="Haycock et al., J Pediatr 1978;93:62", locator="formula"),
    "Gehan-George": Source(work="Gehan and George, Cancer Chemother Rep 1970;54:225", locator="formula"),
}


def body_surface_area_m2(formula: str, height_cm: float, weight_kg: float) -> float:
    """Body surface area by a named formula: Mosteller, DuBois, Haycock or Gehan-George.

    >>> round(body_surface_area_m2("Mosteller", 162, 68), 3)
    1.749
    """
    if not HEIGHT_CM[0] <= height_cm <= HEIGHT_CM[1]:
        raise RuleError(f"height must lie in {HEIGHT_CM[0]}..{HEIGHT_CM[1]} cm, got {height_cm:g} cm")
    if not WEIGHT_KG[0] <= weight_kg <= WEIGHT_KG[1]:
        raise RuleError(f"weight must lie in {WEIGHT_KG[0]}..{WEIGHT_KG[1]} kg, got {weight_kg:g} kg")
    match formula:
        case "Mosteller":
            return math.sqrt(height_cm * weight_kg / 3600)
        case "DuBois":
            return float(0.007184 * height_cm**0.725 * weight_kg**0.425)
        case "Haycock":
            return float(0.024265 * height_cm**0.3964 * weight_kg**0.5378)
        case "Gehan-George":
            return float(0.0235 * height_cm**0.42246 * weight_kg**0.51456)
        case other:
            raise RuleError(f"body surface area formula must be one of {', '.join(BSA_SOURCES)}, got {other!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a prescription needs to know of a patient; `organ_dose_Gy_per_GBq` of the organ that limits the dose."""

    height_cm: float | None = None
    weight_kg: float | None = None
    organ_dose_Gy_per_GBq: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """Activity prescribed for one fraction and for the whole regimen, with the sentences that lead there."""

    bsa_m2: float | None
    formula: str
    level: Dose
    prescribed_MBq: float
    total_MBq: float
    regimen: Regimen
    shown_in: ActivityUnit
    because: tuple[str, ...]


def prescribe(
    level: Dose,
    person: Person,
    formula: str = "Mosteller",
    regimen: Regimen | None = None,
    shown_in: ActivityUnit | None = None,
) -> Prescription:
    """Activity of a fraction from the dose level.

    Times body surface area or mass, as it is, or by the dose to an organ.

    The sentences show activities in `shown_in`; None: in the unit of the level.

    >>> person = Person(height_cm=162, weight_kg=68)
    >>> round(prescribe(Dose(amount=462.5, basis="body surface area"), person).prescribed_MBq)
    809
    >>> prescribe(Dose(amount=5, basis="body mass"), person).because
    ('5 MBq/kg x 68 kg = 340 MBq',)
    """
    plan, unit = regimen or Regimen(), shown_in or level.activity_unit
    bsa_m2 = _area_m2(level, person, formula)
    match level.basis:
        case "body surface area":
            assert bsa_m2 is not None
            fraction_MBq, because = _per_m2(level, person, formula, bsa_m2)
        case "body mass":
            fraction_MBq, because = _per_kg(level, person)
        case "fixed activity":
            fraction_MBq, because = level.amount, ("the same for everybody",)
        case "absorbed dose" | "BED":
            fraction_MBq, because = _to_organ(level, person)
    *before, how = because
    sentences = [*before, f"{how} = {unit.text(fraction_MBq)}"]
    if plan.fractions > 1:
        sentences.append(
            f"{plan.fractions} fractions {plan.interval_d} days apart: {unit.text(plan.fractions * fraction_MBq)} in "
            f"total, {level.times(plan.fractions)}"
        )
    return Prescription(
        bsa_m2=bsa_m2,
        formula=formula,
        level=level,
        prescribed_MBq=fraction_MBq,
        total_MBq=plan.fractions * fraction_MBq,
        regimen=plan,
        shown_in=unit,
        because=tuple(sentences),
    )


Worked = tuple[float, tuple[str, ...]]
"""Activity of a fraction (MBq), and the sentences that lead there: the last is what it equals."""


def _per_m2(level: Dose, person: Person, formula: str, bsa_m2: float) -> Worked:
    area = f"body surface area by {formula} from {person.height_cm:g} cm and {person.weight_kg:g} kg: {bsa_m2:.3f} m2"
    return level.amount * bsa_m2, (area, f"{level} x {bsa_m2:.3f} m2")


def _per_kg(level: Dose, person: Person) -> Worked:
    if person.weight_kg is None:
        raise RuleError("weight not recorded: no prescription")
    if not WEIGHT_KG[0] <= person.weight_kg <= WEIGHT_KG[1]:
        raise RuleError(f"weight must lie in {WEIGHT_KG[0]}..{WEIGHT_KG[1]} kg, got {person.weight_kg:g} kg")
    return level.amount * person.weight_kg, (f"{level} x {person.weight_kg:g} kg",)


def _to_organ(level: Dose, person: Person) -> Worked:
    """By what an activity gives the organ that limits it; a BED by the absorbed dose that has it."""
    per_activity = person.organ_dose_Gy_per_GBq
    if per_activity is None:
        raise RuleError(f"dose per activity to the {level.organ} not recorded: no prescription")
    if per_activity <= 0:
        raise RuleError(f"a dose per activity is positive, got {per_activity:g} Gy/GBq")
    dose_Gy, because = level.amount, []
    if level.effect is not None:
        dose_Gy = dose_for_bed_Gy(level.amount, level.effect)
        because.append(
            f"{level} is an absorbed dose of {dose_Gy:.3f} Gy: alpha/beta {level.effect.alpha_beta_Gy:g} Gy, "
            f"half-lives of repair {level.effect.repair_half_life_h:g} h and of the dose rate "
            f"{level.effect.effective_half_life_h:g} h"
        )
    how = f"{dose_Gy:.4g} Gy to the {level.organ} / {per_activity:g} Gy/GBq"
    return 1000 * dose_Gy / per_activity, (*because, how)


def _area_m2(level: Dose, person: Person, formula: str) -> float | None:
    """Body surface area; where the level does not need it, None is good enough."""
    needed = level.basis == "body surface area"
    if person.height_cm is None or person.weight_kg is None:
        if needed:
            raise RuleError("height or weight not recorded: no body surface area, no prescription")
        return None
    try:
        return body_surface_area_m2(formula, person.height_cm, person.weight_kg)
    except RuleError:
        if needed:
            raise
        return None


def elapsed_h(start: datetime, end: datetime) -> float:
    """Hours between two times with zones, also across a change of the clocks.

    Python subtracts two times of one zone by their clock faces, which is an hour off when the clocks were changed
    between.
    """
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Assay:
    """A measured activity and the time (with its zone) it was measured at."""

    activity_MBq: float
    at: datetime

    def __post_init__(self) -> None:
        if self.activity_MBq < 0:
            raise RuleError(f"an activity is not negative, got {self.activity_MBq:g} MBq")
        if self.at.tzinfo is None:
            raise RuleError(f"the time of an assay needs its zone, got {self.at.isoformat()}")

    def decayed_to(self, when: datetime, nuclide: Nuclide) -> float:
        """Activity in MBq at another time."""
        return remaining_MBq(self.activity_MBq, elapsed_h(self.at, when), nuclide)


@dataclass(frozen=True, slots=True, kw_only=True)
class Administered:
    """Activity given at the start of the infusion, and how far it is from the prescription (None: not known)."""

    administered_MBq: float
    per_m2_MBq: float | None
    deviation_percent: float | None
    within_tolerance: bool | None
    because: tuple[str, ...]


def administered(
    assay: Assay,
    residual: Assay | None,
    infusion_start: datetime,
    nuclide: Nuclide,
    prescription: Prescription | None,
    tolerance_percent: float = 10.0,
    shown_in: ActivityUnit | None = None,
) -> Administered:
    """Syringe before minus what was left, both corrected for decay to the start of the infusion.

    The reference time is the start of the infusion; over 30 minutes I-131 loses 0.18 %. The sentences show activities
    in `shown_in`; None: in the unit of the prescription.
    """
    unit = shown_in or (prescription.shown_in if prescription is not None else ActivityUnit())
    if infusion_start.tzinfo is None:
        raise RuleError(f"the start of the infusion needs its time zone, got {infusion_start.isoformat()}")
    drawn = assay.decayed_to(infusion_start, nuclide)
    left = residual.decayed_to(infusion_start, nuclide) if residual is not None else 0.0
    given = drawn - left
    if given < 0:
        raise RuleError(
            f"more was left ({unit.text(left)}) than had been drawn ({unit.text(drawn)}), at the start of the infusion"
        )
    because = (
        (
            f"assay {unit.plain(assay.activity_MBq)} at {assay.at.isoformat()}: {unit.plain(drawn)} at the start of "
            "the infusion"
        ),
        f"residual {unit.plain(residual.activity_MBq)} at {residual.at.isoformat()}: {unit.plain(left)} at the same "
        "time"
        if residual is not None
        else "no residual measured: taken as nothing left",
        f"administered {unit.text(given)}",
        f"half-life of {nuclide.name} {nuclide.half_life_h / 24:.4f} d ({nuclide.source.work})",
    )
    return _against(given, prescription, tolerance_percent, because)


def as_stated(
    activity_MBq: float,
    prescription: Prescription | None,
    tolerance_percent: float = 10.0,
    shown_in: ActivityUnit | None = None,
) -> Administered:
    """An administered activity as the sender states it, against its prescription.

    There is no assay to work it out from.
    """
    unit = shown_in or (prescription.shown_in if prescription is not None else ActivityUnit())
    told = f"administered {unit.text(activity_MBq)} as stated; no assay was delivered to work it out from"
    return _against(activity_MBq, prescription, tolerance_percent, (told,))


def _against(
    given_MBq: float, prescription: Prescription | None, tolerance_percent: float, told: tuple[str, ...]
) -> Administered:
    """An activity against its prescription; at the tolerance it is within."""
    if prescription is None:
        return Administered(
            administered_MBq=given_MBq,
            per_m2_MBq=None,
            deviation_percent=None,
            within_tolerance=None,
            because=(*told, "no prescription known"),
        )
    # rounded, so that 110 of 100 MBq is 10 % above and not the float beside it
    deviation = round(100 * (given_MBq / prescription.prescribed_MBq - 1), 9)
    within = abs(deviation) <= tolerance_percent
    because = (
        f"{deviation:+.1f} % from prescription; {'within' if within else 'outside'} the tolerance of "
        f"{tolerance_percent:g} %"
    )
    return Administered(
        administered_MBq=given_MBq,
        per_m2_MBq=given_MBq / prescription.bsa_m2 if prescription.bsa_m2 is not None else None,
        deviation_percent=deviation,
        within_tolerance=within,
        because=(*told, because),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Activity and volume to draw at calibration so that the prescription is met at the infusion."""

    at_calibration_MBq: float
    volume_mL: float | None


def draw(
    prescription: Prescription, stock: Assay, stock_volume_mL: float | None, infusion_start: datetime, nuclide: Nuclide
) -> Draw:
    """Share of a calibrated stock that holds the prescribed activity at the start of the infusion."""
    at_infusion = stock.decayed_to(infusion_start, nuclide)
    if at_infusion <= 0:
        raise RuleError("the calibrated stock holds no activity")
    share = prescription.prescribed_MBq / at_infusion
    if share > 1:
        raise RuleError(
            f"the stock holds {prescription.shown_in.text(at_infusion)} at the infusion, less than the prescribed "
            f"{prescription.shown_in.text(prescription.prescribed_MBq)}"
        )
    return Draw(
        at_calibration_MBq=share * stock.activity_MBq,
        volume_mL=None if stock_volume_mL is None else share * stock_volume_mL,
    )
