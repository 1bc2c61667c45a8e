"""What was planned: levels, regimen, the meaning of a dose-limiting toxicity, schedules. Never a subject's data.

A chapter a file. Each is a frozen dataclass that cannot be built wrong: its fields say their rules (`study.declared`),
its `__post_init__` the rest, and `TrialProtocol` those between chapters. FieldError names field, rule and value. The
words of the field stand with their chapter; those that the statistics need themselves (borrowing, ties, the scale of
an interval) in `stats.words`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Annotated

from hevesy.errors import FieldError, RuleError
from hevesy.stats.words import Borrowing as Borrowing
from hevesy.stats.words import IntervalType as IntervalType
from hevesy.stats.words import Ties as Ties
from hevesy.study.declared import InOurTime, Key, Name, Percent, keep
from hevesy.study.protocol.counts import BLOOD_TEST_DIMENSION as BLOOD_TEST_DIMENSION
from hevesy.study.protocol.counts import BLOOD_TESTS as BLOOD_TESTS
from hevesy.study.protocol.counts import BelievableRange as BelievableRange
from hevesy.study.protocol.counts import BloodTest as BloodTest
from hevesy.study.protocol.counts import CountSchedule as CountSchedule
from hevesy.study.protocol.counts import ReferenceRange as ReferenceRange
from hevesy.study.protocol.counts import Sex as Sex
from hevesy.study.protocol.counts import SupportRule as SupportRule
from hevesy.study.protocol.criteria import found_by
from hevesy.study.protocol.dosimetry import DosimetryPlan as DosimetryPlan
from hevesy.study.protocol.dosimetry import DosimetryRegion as DosimetryRegion
from hevesy.study.protocol.dosimetry import SValuesDeclared as SValuesDeclared
from hevesy.study.protocol.eligibility import EligibilityRule as EligibilityRule
from hevesy.study.protocol.escalation import VARIANTS as VARIANTS
from hevesy.study.protocol.escalation import Escalation as Escalation
from hevesy.study.protocol.escalation import LogisticModel as LogisticModel
from hevesy.study.protocol.escalation import Stratum as Stratum
from hevesy.study.protocol.imaging import ImagingPlan as ImagingPlan
from hevesy.study.protocol.imaging import Modality as Modality
from hevesy.study.protocol.imaging import TimePoint as TimePoint
from hevesy.study.protocol.response import Censoring as Censoring
from hevesy.study.protocol.response import Confirming as Confirming
from hevesy.study.protocol.response import Indications as Indications
from hevesy.study.protocol.response import ResponsePlan as ResponsePlan
from hevesy.study.protocol.safety import EventOfInterest as EventOfInterest
from hevesy.study.protocol.safety import LateEffect as LateEffect
from hevesy.study.protocol.toxicity import AdverseEventRule as AdverseEventRule
from hevesy.study.protocol.toxicity import CountRule as CountRule
from hevesy.study.protocol.toxicity import CtcaeVersion as CtcaeVersion
from hevesy.study.protocol.toxicity import DLTRule as DLTRule
from hevesy.study.protocol.toxicity import DurationRule as DurationRule
from hevesy.study.protocol.toxicity import Rule as Rule
from hevesy.study.protocol.treatment import Arm as Arm
from hevesy.study.protocol.treatment import ConcomitantSchedule as ConcomitantSchedule
from hevesy.study.protocol.treatment import DoseLevel as DoseLevel
from hevesy.study.protocol.treatment import Regimen as Regimen
from hevesy.study.protocol.treatment import SurfaceFormula as SurfaceFormula
from hevesy.study.protocol.treatment import ThyroidBlock as ThyroidBlock
from hevesy.units import ActivityUnit

MOST_LEVELS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialProtocol:
    """The plan of a study, as its protocol.toml says."""

    study_id: Annotated[str, Key("study.id"), Name()]
    title: Annotated[str, Key("study.title"), Name(300)]
    synthetic: Annotated[bool, Key("study.synthetic")] = False
    compound: Annotated[str | None, Key("study.compound")] = None
    nuclide: Annotated[str | None, Key("study.nuclide")] = None
    """As the library of nuclides calls it, however it is written."""
    disease: Annotated[str | None, Key("study.disease")] = None
    ctcae_version: Annotated[CtcaeVersion | None, Key("study.ctcae_version")] = None
    arms: Annotated[tuple[Arm, ...], Key("arm")] = ()
    """Empty: each level is a cohort by its number."""
    dose_levels: Annotated[tuple[DoseLevel, ...], Key("dose_level")] = ()
    unassigned_codes: Annotated[tuple[str, ...], Key("study.unassigned_arms")] = ()
    body_surface_area_formula: Annotated[SurfaceFormula, Key("treatment.body_surface_area")] = "Mosteller"
    activity_tolerance_percent: Annotated[float, Key("treatment.activity_tolerance_percent"), Percent()] = 10.0
    escalation: Escalation | None = None
    dlt: DLTRule | None = None
    reference_ranges: Annotated[tuple[ReferenceRange, ...], Key("reference_range")] = ()
    count_schedule: Annotated[CountSchedule | None, Key("blood_counts")] = None
    thyroid_block: Annotated[ThyroidBlock | None, Key("treatment.thyroid_block")] = None
    concomitant: Annotated[tuple[ConcomitantSchedule, ...], Key("treatment.concomitant")] = ()
    response: ResponsePlan | None = None
    events_of_interest: Annotated[tuple[EventOfInterest, ...], Key("event_of_interest")] = ()
    readout_cuts: Annotated[tuple[date, ...], Key("study.readout_cuts"), InOurTime()] = ()
    """In any order; kept in that of time."""
    indications: Indications | None = None
    imaging: ImagingPlan | None = None
    dosimetry: DosimetryPlan | None = None
    support_rules: Annotated[tuple[SupportRule, ...], Key("support")] = ()
    related_words: Annotated[tuple[str, ...], Key("study.related_words")] = ()
    """Words of an adverse event's relation that mean the study treatment, beside the usual ones."""
    late_effects: Annotated[tuple[LateEffect, ...], Key("late_effect")] = ()
    """Without any the usual ones are followed."""
    believable: tuple[BelievableRange, ...] = ()
    """Bounds that this study sets in place of the shipped ones."""
    eligibility: tuple[EligibilityRule, ...] = ()
    """Rules that every subject answers before treatment."""
    shown_activity: Annotated[ActivityUnit | None, Key("display.activity")] = None
    """What `[display]` says; None: the unit the levels are written in."""

    def __post_init__(self) -> None:
        keep(self)
        _numbered_from_one(self.dose_levels)
        own: dict[str, object] = {
            "arms": self.arms or tuple(_cohort(level) for level in self.dose_levels),
            "readout_cuts": tuple(sorted(self.readout_cuts)),
            "nuclide": None if self.nuclide is None else _nuclide(self.nuclide),
        }
        if self.imaging is not None and self.imaging.nuclide is not None:
            own["imaging"] = replace(self.imaging, nuclide=_nuclide(self.imaging.nuclide, "imaging.nuclide"))
        if self.dosimetry is not None:
            if self.nuclide is None:
                raise FieldError("nuclide", "must be given: [dosimetry] works out the dose of the label that treats")
            measured = _nuclide(self.dosimetry.measured, "dosimetry.measured")
            own["dosimetry"] = replace(
                self.dosimetry, measured=measured, s_values=_of_the_label(self.dosimetry, _nuclide(self.nuclide))
            )
        for name, value in own.items():
            object.__setattr__(self, name, value)
        _arms_that_are_there(self)
        _doses_that_can_be_found(self)
        _strata_of_arms(self)
        _criteria_of_arms(self)
        _rules_that_differ(self.eligibility)
        if self.dlt is not None and self.ctcae_version is None:
            raise FieldError("ctcae_version", "must be given, since the DLT rules speak of grades")

    @property
    def activity_unit(self) -> ActivityUnit:
        """The unit this study's activities are shown in: of `[display]`, else of its levels, else MBq."""
        levels = (level.dose.activity_unit for level in self.dose_levels)
        return self.shown_activity or next(levels, ActivityUnit())

    @property
    def diagnostic(self) -> bool:
        """Whether what is administered is the label that is imaged: nobody is treated."""
        return self.imaging is not None and self.imaging.nuclide in (None, self.nuclide)

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


@cache
def _nuclide(name: str, field: str = "nuclide") -> str:
    """The library's name of a nuclide; the library is loaded when a plan names one."""
    from hevesy.nuclides import library

    try:
        return library.nuclide(name).name
    except RuleError as error:
        raise FieldError(field, error.rule, name) from error


def _of_the_label(plan: DosimetryPlan, label: str) -> SValuesDeclared | None:
    """Its S values, whose decays are those of the label that treats."""
    told = plan.s_values
    if told is None or told.nuclide is None:
        return told
    theirs = _nuclide(told.nuclide, "dosimetry.s_values.nuclide")
    if theirs != label:
        rule = f"must be the label that treats, {label}: S values are of its decays, got those of {theirs}"
        raise FieldError("dosimetry.s_values.nuclide", rule, told.nuclide)
    return replace(told, nuclide=theirs)


def _cohort(level: DoseLevel) -> Arm:
    """The arm of a level where no arms are named."""
    return Arm(code=str(level.number), name=f"Cohort {level.number}", dose_level=level.number)


def _numbered_from_one(levels: tuple[DoseLevel, ...]) -> None:
    numbers = [level.number for level in levels]
    if len(levels) > MOST_LEVELS:
        raise FieldError("dose_levels", f"at most {MOST_LEVELS} levels, got {len(levels)}", levels)
    if numbers != list(range(1, len(levels) + 1)):
        raise FieldError("dose_levels", f"levels are numbered 1, 2, 3 ... in order, got {numbers}", numbers)
    for lower, higher in itertools.pairwise(levels):
        if higher.total.kind != lower.total.kind:
            rule = f"levels must be doses of one kind; level {higher.number} is not of the kind of the one before"
            raise FieldError("dose_levels", rule, higher)
        if higher.total.amount <= lower.total.amount:
            rule = f"doses must increase from level to level; level {higher.number} does not"
            raise FieldError("dose_levels", rule, higher)


def _arms_that_are_there(plan: TrialProtocol) -> None:
    """Codes that differ, levels that there are, and drugs given along in arms that there are."""
    if not plan.arms:
        raise RuleError("give [[dose_level]] or [[arm]]; without either no subject can be assigned")
    codes = [arm.code for arm in plan.arms]
    for code, count in Counter(codes).items():
        if count > 1:
            raise FieldError("arms", f"two arms have the code {code!r}", code)
    numbers = {level.number for level in plan.dose_levels}
    for place, arm in enumerate(plan.arms, start=1):
        if arm.dose_level is not None and arm.dose_level not in numbers:
            rule = f"cohort without level: there is no [[dose_level]] with number {arm.dose_level}"
            raise FieldError(f"arms[{place}].dose_level", rule, arm.dose_level)
    for given in plan.concomitant:
        for code in given.arms:
            if code not in codes:
                rule = f"{given.agent} is given in arm {code!r}, which is not there; there are {', '.join(codes)}"
                raise FieldError("concomitant", rule, code)


def _doses_that_can_be_found(plan: TrialProtocol) -> None:
    """A design has levels, a skeleton as many rates, and a stratum begins at one of them."""
    design, levels = plan.escalation, len(plan.dose_levels)
    if design is None:
        return
    if not levels:
        raise FieldError("escalation", "needs [[dose_level]]", design)
    if design.skeleton and len(design.skeleton) != levels:
        rule = f"one rate for each of {levels} levels, got {len(design.skeleton)}"
        raise FieldError("escalation.skeleton", rule, design.skeleton)
    for place, stratum in enumerate(design.strata, start=1):
        if not 1 <= stratum.start_level <= levels:
            rule = f"lies in 1..{levels}, got {stratum.start_level}"
            raise FieldError(f"escalation.strata[{place}].start_level", rule, stratum.start_level)


def _strata_of_arms(plan: TrialProtocol) -> None:
    """Strata of the escalation and of the arms are the same."""
    strata = [stratum.name for stratum in plan.escalation.strata] if plan.escalation is not None else []
    names = ", ".join(strata)
    for arm in plan.arms if strata else ():
        if arm.stratum is None and arm.dose_level is not None:
            rule = f"{arm.code!r} has a dose level and no stratum; [escalation] names {names}"
            raise FieldError("arms", rule, arm.code)
        if arm.stratum is not None and arm.stratum not in strata:
            raise FieldError(
                "arms", f"{arm.code!r} is of stratum {arm.stratum!r}; [escalation] names {names}", arm.code
            )
    used = {arm.stratum for arm in plan.arms}
    for name in strata:
        if name not in used:
            raise FieldError("escalation.strata", f"no [[arm]] is of stratum {name!r}", name)


def _rules_that_differ(rules: tuple[EligibilityRule, ...]) -> None:
    for name, count in Counter(rule.name for rule in rules).items():
        if count > 1:
            raise FieldError("eligibility", f"two rules are called {name!r}", name)


def _criteria_of_arms(plan: TrialProtocol) -> None:
    """Criteria stand once: for the whole study, or for each of its arms."""
    if plan.indications is None:
        if plan.response is not None and plan.response.criteria is None:
            raise FieldError("response.criteria", f"must be given: one of {', '.join(found_by())}")
        return
    if plan.response is not None and plan.response.criteria is not None:
        raise FieldError("response.criteria", "are given by [indications] for each arm", plan.response.criteria)
    codes, named = [arm.code for arm in plan.arms], [code for code, _ in plan.indications.criteria]
    for code in codes:
        if code not in named:
            raise FieldError(f"indications.criteria.{code}", "this key must be given")
    for code in named:
        if code not in codes:
            rule = f"this key is not known; known are {', '.join(sorted(codes))}"
            raise FieldError(f"indications.criteria.{code}", rule, code)
