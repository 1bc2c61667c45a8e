"""What each subject received against the plan: every infusion, the regimen as a whole, and the drugs given along."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from hevesy.errors import RuleError
from hevesy.nuclides.nuclide import Nuclide
from hevesy.study.believable import REMEDY, Questioned, beyond
from hevesy.study.dates import earliest, latest, whole
from hevesy.study.facts.enrolment import BodyMeasurement
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.treatment import Administration, ConcomitantDose, ThyroidBlockCourse
from hevesy.study.facts.vital_signs import VitalSigns
from hevesy.study.protocol import ConcomitantSchedule, Regimen, ThyroidBlock, TrialProtocol
from hevesy.study.subject import Study, Subject
from hevesy.treat.prescription import (
    Administered,
    Assay,
    Person,
    Prescription,
    administered,
    as_stated,
    elapsed_h,
    prescribe,
)

DURATION_TOLERANCE_MIN = 5.0
"""Minutes an infusion may take more or less than planned without being listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Infusion:
    """One administration against its prescription; `given` None where it cannot be worked out (the reason says why)."""

    administration: Administration
    fraction: int
    given: Administered | None
    because: tuple[str, ...]
    question: Questioned | None = None
    """Why the activity is not believed; `given` is None then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """All infusions of a subject.

    Prescription, infusions, total, and the part of the prescribed total that was given.
    """

    subject: str
    prescription: Prescription | None
    infusions: tuple[Infusion, ...]
    total_MBq: float | None
    percent_of_prescribed: float | None
    because: tuple[str, ...]
    notes: tuple[str, ...]
    rows: tuple[int, ...]
    questioned: tuple[Questioned, ...] = ()
    """Height, weight and activities that nobody could believe; nothing is worked out from them."""


def exposure(subject: Subject, study: Study, nuclide: Nuclide | None) -> Exposure:
    """Work out what a subject received; what is missing is said, not assumed."""
    enrolment, level = subject.enrolment, study.level_of(subject)
    notes: list[str] = []
    prescription = None
    body = _body(subject)
    questioned = list(_questioned_body(body, subject, study.protocol))
    notes += [str(one) for one in questioned]
    doubted = {one.quantity for one in questioned}
    notes += [
        f"{one.name} of {one.on}, the last on or before the first infusion"
        for one in body
        if one.on is not None and level is not None
    ]
    if level is None:
        notes.append("no dose level in the protocol for this arm")
    else:
        person = Person(
            height_cm=next((one.value for one in body if one.name == "height" and "height" not in doubted), None),
            weight_kg=next((one.value for one in body if one.name == "weight" and "weight" not in doubted), None),
            organ_dose_Gy_per_GBq=enrolment.organ_dose_Gy_per_GBq,
        )
        unit = study.protocol.activity_unit
        try:
            prescription = prescribe(level.dose, person, study.protocol.body_surface_area_formula, level.regimen, unit)
        except RuleError as error:
            notes.append(str(error))
    infusions = tuple(
        _infusion(item, number, prescription, nuclide, subject, study.protocol)
        for number, item in enumerate(subject.of(Administration), start=1)
    )
    if level is not None:
        notes += _against_regimen(subject, level.regimen)
    notes += [f"infusion {item.fraction}: {'; '.join(item.because)}" for item in infusions if item.given is None]
    known = [item.given.administered_MBq for item in infusions if item.given is not None]
    total = sum(known) if known and len(known) == len(infusions) else None
    percent = 100 * total / prescription.total_MBq if total is not None and prescription is not None else None
    return Exposure(
        subject=subject.id,
        prescription=prescription,
        infusions=infusions,
        total_MBq=total,
        percent_of_prescribed=percent,
        because=(*(prescription.because if prescription else ()), *notes),
        notes=tuple(notes),
        rows=(enrolment.row, *(item.row for item in subject.of(Administration))),
        questioned=(*questioned, *(item.question for item in infusions if item.question is not None)),
    )


@dataclass(frozen=True, slots=True)
class _BodyValue:
    name: str
    value: float
    unit: str
    row: int
    on: date | None


def share_of_regimen(given: Exposure, until: date) -> tuple[float | None, tuple[str, ...]]:
    """The part of the prescribed activity that was given by a day, in percent, and what is to be said of it.

    None: not known.

    Infusions after that day are of no regimen of the window; more by then than the regimen has fractions are not added
    up: one may be another's correction.
    """
    own = [item for item in given.infusions if item.administration.start.date() <= until]
    later = len(given.infusions) - len(own)
    told = [f"{later} infusion{'' if later == 1 else 's'} after the window left out of the activity"] if later else []
    if given.prescription is None:
        return None, (*given.notes, *told)
    fractions = given.prescription.regimen.fractions
    if len(own) > fractions:
        return None, (f"{len(own)} infusions recorded within the window, the regimen has {fractions}", *told)
    known = [item.given.administered_MBq for item in own if item.given is not None]
    if len(known) < len(own) or not own:
        return None, (*given.notes, *told)
    return 100 * sum(known) / given.prescription.total_MBq, tuple(told)


def _body(subject: Subject) -> tuple[_BodyValue, ...]:
    """Height and weight: of the enrolment, else as last measured on or before the first infusion."""
    enrolment, first_day = subject.enrolment, subject.day_1
    bodies: tuple[Fact, ...] = (*subject.of(BodyMeasurement), *subject.of(VitalSigns))
    found = []
    for name, told, unit in (("height", enrolment.height_cm, "cm"), ("weight", enrolment.weight_kg, "kg")):
        if told is not None:
            found.append(_BodyValue(name, told, unit, enrolment.row, None))
            continue
        measured = [
            (event.on, event.row, value)
            for event in bodies
            if isinstance(event.on, date) and (first_day is None or event.on <= first_day)
            for value in (getattr(event, f"{name}_{unit}", None),)
            if value is not None
        ]
        if measured:
            on, row, value = max(measured)
            found.append(_BodyValue(name, value, unit, row, on))
    return tuple(found)


def _questioned_body(body: Iterable[_BodyValue], subject: Subject, protocol: TrialProtocol) -> tuple[Questioned, ...]:
    """Height and weight that nobody could believe."""
    return tuple(
        Questioned(
            subject=subject.id,
            row=one.row,
            quantity=one.name,
            value=f"{one.value:g} {one.unit}",
            on=one.on,
            because=f"{told}; {REMEDY}",
        )
        for one in body
        if one.row not in subject.confirmed and (told := beyond(one.name, one.value, protocol)) is not None
    )


def _against_regimen(subject: Subject, regimen: Regimen) -> list[str]:
    """Number of infusions, days between them and their duration against the regimen, where they differ."""
    given = subject.of(Administration)
    notes = []
    if len(given) > regimen.fractions:
        notes.append(f"{len(given)} infusions recorded, the regimen has {regimen.fractions}")
    if regimen.interval_d is not None:
        for number, (before, after) in enumerate(pairwise(given), start=2):
            days = (after.start.date() - before.start.date()).days
            if days != regimen.interval_d:
                notes.append(
                    f"fraction {number} was given {days} days after the one before; {regimen.interval_d} are planned"
                )
    if regimen.infusion_h is not None:
        for number, item in enumerate(given, start=1):
            lasted_min = 60 * elapsed_h(item.start, item.end) if item.end is not None and item.hour_known else None
            if lasted_min is not None and abs(lasted_min - 60 * regimen.infusion_h) > DURATION_TOLERANCE_MIN:
                notes.append(f"infusion {number} took {lasted_min:g} min; {60 * regimen.infusion_h:g} are planned")
    return notes


def _infusion(
    item: Administration,
    number: int,
    prescription: Prescription | None,
    nuclide: Nuclide | None,
    subject: Subject,
    protocol: TrialProtocol,
) -> Infusion:
    if item.assay_MBq is None and item.administered_MBq is not None:
        stated = as_stated(
            item.administered_MBq, prescription, protocol.activity_tolerance_percent, protocol.activity_unit
        )
        question = _questioned_activity(item, stated, subject, protocol)
        because = stated.because if question is None else (str(question),)
        return Infusion(
            administration=item,
            fraction=number,
            given=stated if question is None else None,
            because=because,
            question=question,
        )
    if nuclide is None:
        return Infusion(
            administration=item,
            fraction=number,
            given=None,
            because=("the protocol names no nuclide: no decay correction",),
        )
    if item.assay_MBq is None or item.assay_at is None:
        return Infusion(administration=item, fraction=number, given=None, because=("no assay of the syringe recorded",))
    residual = (
        Assay(activity_MBq=item.residual_MBq, at=item.residual_at)
        if item.residual_MBq is not None and item.residual_at
        else None
    )
    assay, tolerance_percent = Assay(activity_MBq=item.assay_MBq, at=item.assay_at), protocol.activity_tolerance_percent
    try:
        given = administered(
            assay, residual, item.start, nuclide, prescription, tolerance_percent, protocol.activity_unit
        )
    except RuleError as error:
        return Infusion(administration=item, fraction=number, given=None, because=(str(error),))
    question = _questioned_activity(item, given, subject, protocol)
    if question is not None:
        return Infusion(administration=item, fraction=number, given=None, because=(str(question),), question=question)
    return Infusion(administration=item, fraction=number, given=given, because=given.because)


def _questioned_activity(
    item: Administration, given: Administered, subject: Subject, protocol: TrialProtocol
) -> Questioned | None:
    """An activity so far from its prescription that it is not known."""
    deviation = given.deviation_percent
    told = (
        None
        if deviation is None or item.row in subject.confirmed
        else beyond("activity_percent", 100 + deviation, protocol)
    )
    if told is None:
        return None
    because = f"{deviation:+,.0f} % from the prescription; {told} of it; {REMEDY}"
    value = protocol.activity_unit.text(given.administered_MBq)
    return Questioned(
        subject=subject.id, row=item.row, quantity="administered activity", value=value, on=item.on, because=because
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCheck:
    """Whether a drug was given as planned: a sentence either way, and the rows looked at."""

    subject: str
    kept: bool | None
    because: str
    rows: tuple[int, ...]


def check_thyroid_block(subject: Subject, plan: ThyroidBlock) -> ScheduleCheck:
    """Begun early enough before the first infusion, there at each, and kept up long enough after the last.

    Dates carry no hour: "24 h before" is met by a start on an earlier day, and cannot be told more exactly.
    """
    infusions = sorted(item.start.date() for item in subject.of(Administration))
    courses = [course for course in subject.of(ThyroidBlockCourse) if course.on is not None]
    rows = tuple(course.row for course in courses)
    if not infusions:
        return ScheduleCheck(subject=subject.id, kept=None, because="no infusion recorded", rows=rows)
    if not courses:
        return ScheduleCheck(subject=subject.id, kept=False, because="no thyroid block recorded", rows=rows)
    needed_d = math.ceil(plan.start_before_h / 24)
    told: list[str] = []
    kept: bool | None = True
    for infused in infusions:
        covering = [
            course
            for course in courses
            if course.on is not None
            and latest(course.on) <= infused
            and (course.stop is None or earliest(course.stop) >= infused)
        ]
        if not covering:
            kept = False
            told.append(f"no thyroid block on {infused}, the day of an infusion")
            continue
        days_before = max((infused - latest(course.on)).days for course in covering if course.on is not None)
        told.append(f"begun {days_before} d before the infusion of {infused}")
        if infused == infusions[0] and days_before < needed_d:
            kept = False
            told.append(f"{plan.start_before_h:g} h are planned")
        if infused == infusions[-1] and kept:
            after = [(earliest(course.stop) - infused).days for course in covering if course.stop is not None]
            # a course without a stop was there on the day of the infusion
            lasted_d, still_open = max(after, default=0), len(after) < len(covering)
            kept = True if lasted_d >= plan.stop_after_d else None if still_open else False
            told.append(
                f"stopped {lasted_d} d after the last ({plan.stop_after_d} d planned)"
                if after and kept is not None
                else "no stop recorded yet"
            )
    return ScheduleCheck(subject=subject.id, kept=kept, because=", ".join(told), rows=rows)


def check_concomitant(subject: Subject, plan: ConcomitantSchedule, study: Study) -> ScheduleCheck:
    """Doses of a drug given along against its schedule: number, amount and days (a day either side is as planned)."""
    doses = [dose for dose in subject.of(ConcomitantDose) if dose.agent.casefold() == plan.agent.casefold()]
    rows = tuple(dose.row for dose in doses)
    first_day = subject.day_1
    if first_day is None:
        return ScheduleCheck(subject=subject.id, kept=None, because="no infusion recorded", rows=rows)
    planned = [first_day + timedelta(days=plan.every_d * number) for number in range(plan.doses)]
    due = [day for day in planned if study.as_of is None or day <= study.as_of]
    given_on = [on for dose in doses if (on := whole(dose.on)) is not None]
    late = [day for day in due if not any(abs((on - day).days) <= 1 for on in given_on)]
    wrong = [dose for dose in doses if dose.dose_mg is not None and not math.isclose(dose.dose_mg, plan.dose_mg)]
    undated = [dose for dose in doses if whole(dose.on) is None]
    # a dose whose day is not known may be the one that is looked for
    faults = [f"no dose near {', '.join(map(str, _first(late)))}"] if len(late) > len(undated) else []
    faults += [f"{len(wrong)} doses not of {plan.dose_mg:g} mg"] if wrong else []
    faults += [f"{len(doses)} doses, {plan.doses} planned"] if len(doses) > plan.doses else []
    unknown = [dose for dose in doses if dose.dose_mg is None]
    lacking = [
        f"{len(those)} of {len(doses)} doses without {what}"
        for what, those in (("a day", undated), ("an amount", unknown))
        if those
    ]
    if lacking and not faults:
        told = f"{', '.join(lacking)}: whether {plan.dose_mg:g} mg were taken on the planned days cannot be told"
        return ScheduleCheck(subject=subject.id, kept=None, because=told, rows=rows)
    total = sum(dose.dose_mg for dose in doses if dose.dose_mg is not None)
    because = (
        "; ".join(faults)
        or f"{len(doses)} of {plan.doses} doses of {plan.dose_mg:g} mg on the planned days, {total:g} mg in total"
    )
    return ScheduleCheck(subject=subject.id, kept=not faults, because=because, rows=rows)


def _first(days: Iterable[object], most: int = 3) -> list[object]:
    listed = list(days)
    return listed[:most] + (["..."] if len(listed) > most else [])
