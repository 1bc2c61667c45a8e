"""Late effects: their own follow-up over time at risk, and renal function from creatinine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.names import slug, token
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import percent, three_figures

if TYPE_CHECKING:
    from hevesy.conduct.late import Kidneys, LateEffects, RenalFunction
    from hevesy.follow.late_effects import LateEffectRisk
    from hevesy.follow.renal import RenalCourse
    from hevesy.study.facts.safety import AdverseEvent

FORMULA = "CKD-EPI 2021 from creatinine, age and sex (Inker et al., N Engl J Med 2021;385:1737)"


def late_effects(found: LateEffects) -> Section | None:
    """Second malignancies over patient-years, and the course of the filtration rate."""
    blocks: list[Block] = []
    if found.risks:
        blocks.append(_risks(found.risks))
    blocks += _unjudged(found.unjudged)
    if found.renal is not None:
        blocks += [_fallen(found.renal), _each(found.renal)]
    elif found.laboratory_delivered:
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


def _risks(risks: Sequence[LateEffectRisk]) -> Table:
    return table(
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
        map(_risk, risks),
        "Exact Poisson limits. Cumulative incidence by Aalen and Johansen, death without the effect competing; "
        "told for years that somebody was watched. Leukaemia after radionuclides comes years later: "
        "a short watch without one says little.",
    )


def _risk(risk: LateEffectRisk) -> tuple[Part, ...]:
    n, rates = len(risk.watched), risk.per_100_years
    told = shortened(f"{one.subject}: {one.days} d, {one.because}" for one in risk.watched)
    rows = tuple(row for one in risk.watched for row in one.rows)

    def cell(part: str, value: float, text: str, meaning: str) -> Number:
        return number(
            f"late-{slug(risk.name)}-{part}",
            value,
            text,
            label=f"{risk.name}: {meaning}",
            definition=f"{meaning}; from day 1 to the event, death or the last day known alive",
            population=f"treated, day 1 known (n={n})",
            because=told,
            rows=rows,
        )

    rate: Part = "no time at risk"
    if rates is not None:
        limits = f"{three_figures(rates.rate)} ({three_figures(rates.lower)} to {three_figures(rates.upper)})"
        rate = cell("rate", rates.rate, limits, "events per 100 patient-years, exact 95 % interval")
    watch = f"{risk.years:.2f} (longest {risk.longest_years:.2f})"
    return (
        risk.name,
        cell("events", risk.events, f"{risk.events} of {n}", "subjects with the effect"),
        cell("years", risk.years, watch, "patient-years at risk"),
        rate,
        _by_time(risk) or "no event",
        ", ".join(risk.terms),
    )


def _by_time(risk: LateEffectRisk) -> str:
    return "; ".join(
        f"{one.time / 365.25:g} y: {percent(one.incidence)}"
        + (
            f" ({percent(one.lower)} to {percent(one.upper)})"
            if one.lower is not None and one.upper is not None
            else ""
        )
        for one in risk.incidence
    )


def _fallen(found: RenalFunction) -> Block:
    """How many had a sustained fall, and the median slope."""
    able, fallen = found.able, found.fallen
    count = number(
        "renal-sustained",
        len(fallen),
        f"{len(fallen)} of {len(able)}",
        label=f"Sustained fall of the filtration rate by {found.fall:.0%}",
        definition=(
            f"subjects with two values in a row, four weeks or more apart, {found.fall:.0%} or more below "
            f"baseline; {FORMULA}"
        ),
        population=f"treated, with a baseline and two later values four weeks apart (n={len(able)} of {found.treated})",
        because=tuple(f"{course.subject}: from {course.sustained_fall_on}" for course in fallen) or ("nobody",),
        rows=(row for course in able for row in course.rows),
    )
    parts: list[Part] = ["Renal function: a sustained fall in ", count]
    if found.slope is not None:
        slope = number(
            "renal-slope",
            found.slope.median,
            f"{found.slope.median:+.1f} mL/min/1.73 m2 a year",
            label="Median slope of the filtration rate",
            definition=(
                f"median of least-squares slopes; {found.slope_values} values over {found.slope_over_d} days or more; "
                f"{FORMULA}"
            ),
            population=f"treated with a slope (n={found.slope.n})",
            because=shortened(f"{course.subject}: {value:+.1f}" for course, value in found.slopes),
            rows=(row for course, _ in found.slopes for row in course.rows),
        )
        parts += ["; median slope ", slope]
    return said(*parts, ".")


def _each(found: RenalFunction) -> Table:
    return table(
        "renal",
        "Filtration rate (mL/min/1.73 m2)",
        (
            "Subject",
            *map(of_numbers, ("Before treatment", "Last", "Change", "Slope a year")),
            f"Sustained fall of {found.fall:.0%}",
            "Not said, because",
        ),
        map(_kidneys, found.each),
        f"{FORMULA}; categories of KDIGO 2024.",
    )


def _kidneys(one: Kidneys) -> tuple[Part, ...]:
    course, before, last = one.course, one.before, one.last
    change, slope = course.change_percent, course.slope_per_year

    def cell(part: str, value: float, text: str, meaning: str) -> Number:
        return number(
            f"renal-{part}-{token(course.subject)}",
            value,
            text,
            label=f"{meaning} of {course.subject}",
            definition=f"{meaning}, mL/min/1.73 m2 by {FORMULA}",
            population=f"subject {course.subject}",
            because=(*shortened(f"{rate.on}: {rate.egfr:.1f}" for rate in course.later), *course.because),
            rows=course.rows,
            of=course.subject,
        )

    return (
        course.subject,
        cell(
            "baseline", before.rate.egfr, f"{before.rate.egfr:.0f} ({before.stage})", "filtration rate before treatment"
        )
        if before
        else "none",
        cell("last", last.rate.egfr, f"{last.rate.egfr:.0f} ({last.stage}), {last.rate.on}", "last rate")
        if last
        else "none",
        cell("change", change, f"{round(change):+d} %", "change from baseline") if change is not None else "",
        cell("slope", slope, f"{slope:+.1f}", "slope a year") if slope is not None else "",
        _fall(course),
        "; ".join(course.because),
    )


def _fall(course: RenalCourse) -> str:
    if course.sustained_fall_on is not None:
        return f"from {course.sustained_fall_on}"
    return "no" if course.could_show_fall else "not known"
