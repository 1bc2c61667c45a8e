"""Late effects: their own follow-up over time at risk, and renal function from creatinine."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.conduct.analysis import Analysis
from hevesy.follow.late_effects import USUAL, LateEffectRisk, late_effect, unjudged
from hevesy.follow.renal import SLOPE_VALUES, SUSTAINED_FALL, RenalCourse, SLOPE_OVER_d, renal_course, stage
from hevesy.names import slug, token
from hevesy.readout.sections.groups import number
from hevesy.readout.wording import percent, shortened, three_figures
from hevesy.study.facts.safety import AdverseEvent

FORMULA = "CKD-EPI 2021 from creatinine, age and sex (Inker et al., N Engl J Med 2021;385:1737)"


def late_effects(analysis: Analysis) -> Section | None:
    """Second malignancies over patient-years, and the course of the filtration rate."""
    subjects = [item.subject for item in analysis.treated]
    if not subjects:
        return None
    blocks: list[Block] = []
    if "adverse_event" in analysis.study.delivered_kinds:
        effects = analysis.study.protocol.late_effects or USUAL
        risks = [late_effect(subjects, effect) for effect in effects]
        blocks += _risks([risk for risk in risks if risk.watched])
        blocks += _unjudged(unjudged(subjects, effects))
    courses = [course for subject in subjects if (course := renal_course(subject)) is not None]
    if courses:
        blocks += _renal(courses, len(subjects))
    elif "laboratory" in analysis.study.delivered_kinds:
        blocks.append(said("Creatinine was not delivered: nothing can be said about renal function."))
    return Section(id="late-effects", title="Late effects", blocks=tuple(blocks)) if blocks else None


def _unjudged(events: Sequence[AdverseEvent]) -> list[Block]:
    """Neoplasms that no late effect counts."""
    if not events:
        return []
    count = number(
        "late-unjudged",
        len(events),
        label="Neoplasms that no late effect counts",
        definition=(
            "adverse events of the organ class of neoplasms, from the first treatment on, "
            "whose terms no late effect contains"
        ),
        population="treated",
        because=shortened(f"{event.subject}: {event.term} ({event.on or 'no date'})" for event in events),
        rows=(event.row for event in events),
    )
    told = ", ".join(shortened((f"{event.subject}: {event.term}" for event in events), 10))
    parts = ("Not counted above, for people to judge: ", count, f" events of the class of neoplasms ({told}).")
    return [said(*parts, tone="caution")]


def _risks(risks: Sequence[LateEffectRisk]) -> list[Block]:
    if not risks:
        return []
    rows: list[tuple[Part, ...]] = []
    for risk in risks:
        key, n = slug(risk.name), len(risk.watched)
        told = shortened(f"{one.subject}: {one.days} d, {one.because}" for one in risk.watched)
        every_row = tuple(row for one in risk.watched for row in one.rows)

        def cell(
            part: str,
            value: float,
            text: str,
            meaning: str,
            key: str = key,
            n: int = n,
            name: str = risk.name,
            told: tuple[str, ...] = told,
            every_row: tuple[int, ...] = every_row,
        ) -> Number:
            return number(
                f"late-{key}-{part}",
                value,
                text,
                label=f"{name}: {meaning}",
                definition=f"{meaning}; from day 1 to the event, death or the last day known alive",
                population=f"treated, day 1 known (n={n})",
                because=told,
                rows=every_row,
            )  # fmt: skip

        rates = risk.per_100_years
        by_time = "; ".join(
            f"{one.time / 365.25:g} y: {percent(one.incidence)}"
            + (
                f" ({percent(one.lower)} to {percent(one.upper)})"
                if one.lower is not None and one.upper is not None
                else ""
            )
            for one in risk.incidence
        )
        rows.append(
            (
                risk.name,
                cell("events", risk.events, f"{risk.events} of {n}", "subjects with the effect"),
                cell(
                    "years", risk.years, f"{risk.years:.2f} (longest {risk.longest_years:.2f})", "patient-years at risk"
                ),
                cell(
                    "rate",
                    rates.rate,
                    f"{three_figures(rates.rate)} ({three_figures(rates.lower)} to {three_figures(rates.upper)})",
                    "events per 100 patient-years, exact 95 % interval",
                )
                if rates is not None
                else "no time at risk",
                by_time or "no event",
                ", ".join(risk.terms),
            )
        )
    made = table(
        "late-effects",
        "Late effects over time at risk",
        (
            "Effect",
            "Subjects",
            "Patient-years",
            "Per 100 patient-years (95 %)",
            "Cumulative incidence",
            "Terms that contain",
        ),
        rows,
        "Exact Poisson limits. Cumulative incidence by Aalen and Johansen, death without the effect competing; "
        "told for years that somebody was watched. Leukaemia after radionuclides comes years later: "
        "a short watch without one says little.",
    )
    return [made]


def _fall(course: RenalCourse) -> str:
    if course.sustained_fall_on is not None:
        return f"from {course.sustained_fall_on}"
    return "no" if course.could_show_fall else "not known"


def _renal(courses: Sequence[RenalCourse], treated: int) -> list[Block]:
    rows: list[tuple[Part, ...]] = []
    for course in courses:
        key = token(course.subject)
        base, last, change, slope = course.baseline, course.last, course.change_percent, course.slope_per_year

        def cell(
            part: str, value: float, text: str, meaning: str, course: RenalCourse = course, key: str = key
        ) -> Number:
            return number(
                f"renal-{part}-{key}",
                value,
                text,
                label=f"{meaning} of {course.subject}",
                definition=f"{meaning}, mL/min/1.73 m2 by {FORMULA}",
                population=f"subject {course.subject}",
                because=(*shortened(f"{one.on}: {one.egfr:.1f}" for one in course.later), *course.because),
                rows=course.rows,
            )

        rows.append(
            (
                course.subject,
                cell("baseline", base.egfr, f"{base.egfr:.0f} ({stage(base.egfr)})", "filtration rate before treatment")
                if base
                else "none",
                cell("last", last.egfr, f"{last.egfr:.0f} ({stage(last.egfr)}), {last.on}", "last rate")
                if last
                else "none",
                cell("change", change, f"{round(change):+d} %", "change from baseline") if change is not None else "",
                cell("slope", slope, f"{slope:+.1f}", "slope a year") if slope is not None else "",
                _fall(course),
                "; ".join(course.because),
            )
        )
    sloping = [(course, course.slope_per_year) for course in courses if course.slope_per_year is not None]
    slopes = [slope for _, slope in sloping]
    able = [course for course in courses if course.could_show_fall]
    fallen = [course for course in able if course.sustained_fall_on is not None]
    count = number(
        "renal-sustained",
        len(fallen),
        f"{len(fallen)} of {len(able)}",
        label=f"Sustained fall of the filtration rate by {SUSTAINED_FALL:.0%}",
        definition=(
            f"subjects with two values in a row, four weeks or more apart, {SUSTAINED_FALL:.0%} or more below "
            f"baseline; {FORMULA}"
        ),
        population=f"treated, with a baseline and two later values four weeks apart (n={len(able)} of {treated})",
        because=tuple(f"{course.subject}: from {course.sustained_fall_on}" for course in fallen) or ("nobody",),
        rows=(row for course in able for row in course.rows),
    )
    parts: list[Part] = ["Renal function: a sustained fall in ", count]
    if slopes:
        parts += [
            "; median slope ",
            number(
                "renal-slope",
                median(slopes),
                f"{median(slopes):+.1f} mL/min/1.73 m2 a year",
                label="Median slope of the filtration rate",
                definition=(
                    f"median of least-squares slopes; {SLOPE_VALUES} values over {SLOPE_OVER_d} days or more; {FORMULA}"
                ),
                population=f"treated with a slope (n={len(slopes)})",
                because=shortened(f"{course.subject}: {slope:+.1f}" for course, slope in sloping),
                rows=(row for course, _ in sloping for row in course.rows),
            ),
        ]
    parts.append(".")
    return [
        said(*parts),
        table(
            "renal",
            "Filtration rate (mL/min/1.73 m2)",
            (
                "Subject",
                *map(of_numbers, ("Before treatment", "Last", "Change", "Slope a year")),
                f"Sustained fall of {SUSTAINED_FALL:.0%}",
                "Not said, because",
            ),
            rows,
            f"{FORMULA}; categories of KDIGO 2024.",
        ),
    ]
