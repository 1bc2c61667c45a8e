"""Late effects of a study: each over time at risk, neoplasms that none of them counts, and renal function."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.conduct.analysis import Analysis
from hevesy.conduct.groups import Spread, spread_of
from hevesy.follow.late_effects import USUAL, LateEffectRisk, late_effect, unjudged
from hevesy.follow.renal import SLOPE_VALUES, SUSTAINED_FALL, FiltrationRate, RenalCourse, SLOPE_OVER_d, renal_course
from hevesy.follow.renal import stage as stage_of
from hevesy.study.facts.safety import AdverseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A filtration rate with its category of KDIGO 2024."""

    rate: FiltrationRate
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kidneys:
    """Renal function of one subject: the course, and its first and last value staged."""

    course: RenalCourse
    before: Staged | None
    last: Staged | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenalFunction:
    """Renal function of a group: who was followed, whose rate fell for good of those who could show it, the slopes."""

    treated: int
    each: tuple[Kidneys, ...]
    able: tuple[RenalCourse, ...]
    """With a baseline and two later values four weeks apart."""
    fallen: tuple[RenalCourse, ...]
    slopes: tuple[tuple[RenalCourse, float], ...]
    slope: Spread | None
    fall: float = SUSTAINED_FALL
    """The share of the baseline that is a fall."""
    slope_values: int = SLOPE_VALUES
    slope_over_d: int = SLOPE_OVER_d


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEffects:
    """Late effects of the treated."""

    risks: tuple[LateEffectRisk, ...]
    """Of those that somebody was watched for; empty: no adverse events were delivered, or nobody's day 1 is known."""
    unjudged: tuple[AdverseEvent, ...]
    """Neoplasms that no late effect counts, for people to judge."""
    renal: RenalFunction | None
    """None: no creatinine was delivered."""
    laboratory_delivered: bool


def late_effects(analysis: Analysis) -> LateEffects:
    """Second malignancies over patient-years, and the course of the filtration rate."""
    subjects = [item.subject for item in analysis.treated]
    delivered = analysis.study.delivered_kinds
    risks: list[LateEffectRisk] = []
    others: tuple[AdverseEvent, ...] = ()
    if "adverse_event" in delivered and subjects:
        effects = analysis.study.protocol.late_effects or USUAL
        risks = [late_effect(subjects, effect) for effect in effects]
        others = unjudged(subjects, effects)
    renal = [course for subject in subjects if (course := renal_course(subject)) is not None]
    return LateEffects(
        risks=tuple(risk for risk in risks if risk.watched),
        unjudged=others,
        renal=_renal(renal, len(subjects)) if renal else None,
        laboratory_delivered="laboratory" in delivered and bool(subjects),
    )


def _renal(courses: list[RenalCourse], treated: int) -> RenalFunction:
    able = tuple(course for course in courses if course.could_show_fall)
    slopes = tuple((course, course.slope_per_year) for course in courses if course.slope_per_year is not None)
    return RenalFunction(
        treated=treated,
        each=tuple(
            Kidneys(course=course, before=_staged(course.baseline), last=_staged(course.last)) for course in courses
        ),
        able=able,
        fallen=tuple(course for course in able if course.sustained_fall_on is not None),
        slopes=slopes,
        slope=spread_of([slope for _, slope in slopes]),
    )


def _staged(rate: FiltrationRate | None) -> Staged | None:
    return Staged(rate=rate, stage=stage_of(rate.egfr)) if rate is not None else None
