"""Response and progression of multiple myeloma from serum proteins, with the reason at every visit.

Source: Kumar S et al., International Myeloma Working Group consensus criteria for response and minimal residual disease
assessment in multiple myeloma. Lancet Oncol 2016;17:e328-46, tables 4 and 5.

What is read here: serum M-protein and serum free light chains. Complete response needs immunofixation and marrow, and
urine is not yet read, so a response above VGPR is never called, and where urine was measurable the serum part is all
that is judged. Two readings are pinned: the "lowest confirmed value" is the lowest of the baseline and of any value
borne out by the next one (the larger of two consecutive values); progression and response are confirmed by the next
evaluable assessment, and progression is dated at the first of the two.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from hevesy.study.events import Assessment
from hevesy.study.subject import Subject

Category = Literal["VGPR", "PR", "MR", "SD", "PD", "NE"]
ORDER: tuple[Category, ...] = ("SD", "MR", "PR", "VGPR")
"""From worse to better; PD and NE stand apart."""

MEASURABLE_SERUM_M_G_PER_DL = 1.0
MEASURABLE_INVOLVED_FLC_MG_PER_L = 100.0
"""10 mg/dL; a published table prints 10 mg/L, a factor of ten off."""
ABNORMAL_FLC_RATIO_ABOVE = 1.65
_EXACT = 1e-9
"""Relative slack, so that 25 % written in decimals is 25 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is followed: the name, unit, absolute rise that progression needs, and whether MR is defined for it."""

    name: str
    unit: str
    least_rise: float
    rise_must_exceed: bool
    minor_response_defined: bool

    def of(self, assessment: Assessment) -> float | None:
        """The followed value at an assessment, or None when it was not measured."""
        if self is SERUM_M_PROTEIN:
            return assessment.serum_m_protein_g_per_dL
        involved, uninvolved = assessment.involved_flc_mg_per_L, assessment.uninvolved_flc_mg_per_L
        return None if involved is None or uninvolved is None else involved - uninvolved


SERUM_M_PROTEIN = Measure(name="serum M-protein", unit="g/dL", least_rise=0.5, rise_must_exceed=False, minor_response_defined=True)
FLC_DIFFERENCE = Measure(
    name="difference of involved and uninvolved free light chains",
    unit="mg/L",
    least_rise=100.0,
    rise_must_exceed=True,
    minor_response_defined=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One evaluable assessment: value, change from baseline in percent, category before confirmation, and why."""

    on: date
    value: float
    change_percent: float
    category: Category
    because: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Visits, best confirmed response, and progression (date of the first of two); None: none seen by the cut."""

    subject: str
    measure: Measure | None
    visits: tuple[Visit, ...]
    best: Category
    because: str
    rows: tuple[int, ...]
    progression_on: date | None
    unconfirmed_progression_on: date | None
    last_without_progression_on: date | None
    last_rows: tuple[int, ...]

    @property
    def evaluable(self) -> bool:
        """Whether a response can be stated: measurable at baseline and assessed after treatment."""
        return self.best != "NE"


def measure_at_baseline(baseline: Assessment) -> Measure | None:
    """What is measurable: serum M-protein of 1 g/dL or more; else involved light chain of 100 mg/L or more, ratio abnormal."""
    serum = baseline.serum_m_protein_g_per_dL
    if serum is not None and serum >= MEASURABLE_SERUM_M_G_PER_DL * (1 - _EXACT):
        return SERUM_M_PROTEIN
    involved, uninvolved = baseline.involved_flc_mg_per_L, baseline.uninvolved_flc_mg_per_L
    if involved is None or uninvolved is None or involved < MEASURABLE_INVOLVED_FLC_MG_PER_L * (1 - _EXACT):
        return None
    return FLC_DIFFERENCE if involved > ABNORMAL_FLC_RATIO_ABOVE * uninvolved * (1 + _EXACT) else None


def assess(subject: Subject) -> Response:
    """Response of a subject to treatment; the baseline is the last value up to the day of the first infusion, per protein."""
    first_day = subject.day_1
    if first_day is None:
        return _not_evaluable(subject, None, "no administration recorded")
    dated = [(item.on, item) for item in subject.assessments if isinstance(item.on, date)]
    before = [item for on, item in dated if on <= first_day]
    if not before:
        return _not_evaluable(subject, None, "no assessment before treatment")
    later = [item for on, item in dated if on > first_day]
    for measure in (SERUM_M_PROTEIN, FLC_DIFFERENCE):
        baseline = next((item for item in reversed(before) if measure.of(item) is not None), None)
        if baseline is not None and measure_at_baseline(_only(measure, baseline)) is measure:
            return classify(subject.id, baseline, later, measure)
    return _not_evaluable(subject, None, "disease not measurable in serum at baseline", (before[-1].row,))


def _only(measure: Measure, assessment: Assessment) -> Assessment:
    """The assessment as if nothing else had been measured."""
    if measure is SERUM_M_PROTEIN:
        return replace(assessment, involved_flc_mg_per_L=None, uninvolved_flc_mg_per_L=None)
    return replace(assessment, serum_m_protein_g_per_dL=None)


def _not_evaluable(subject: Subject, measure: Measure | None, because: str, rows: tuple[int, ...] = ()) -> Response:
    return Response(
        subject=subject.id,
        measure=measure,
        visits=(),
        best="NE",
        because=because,
        rows=rows or (subject.enrolment.row,),
        progression_on=None,
        unconfirmed_progression_on=None,
        last_without_progression_on=None,
        last_rows=(),
    )


def classify(subject: str, baseline: Assessment, later: Sequence[Assessment], measure: Measure) -> Response:
    """Response from a baseline and the assessments after it, in order of date."""
    start = measure.of(baseline)
    if start is None:
        raise ValueError(f"{measure.name} was not measured at baseline (subject {subject})")
    values = [start]
    visits: list[Visit] = []
    for assessment in later:
        value = measure.of(assessment)
        if value is None or not isinstance(assessment.on, date):
            continue
        visits.append(_visit(assessment, assessment.on, value, values, measure))
        values.append(value)
    confirmed, unconfirmed = _progression(visits, values, measure)
    before_progression = visits if confirmed is None else visits[:confirmed]
    counted = [visit for place, visit in enumerate(before_progression) if place != unconfirmed]
    best, because, rows = _best(before_progression, confirmed, unconfirmed, baseline.row)
    return Response(
        subject=subject,
        measure=measure,
        visits=tuple(visits),
        best=best,
        because=because,
        rows=rows if confirmed is None else (*rows, visits[confirmed].row, visits[confirmed + 1].row),
        progression_on=None if confirmed is None else visits[confirmed].on,
        unconfirmed_progression_on=None if unconfirmed is None else visits[unconfirmed].on,
        last_without_progression_on=counted[-1].on if counted else None,
        last_rows=(counted[-1].row,) if counted else (baseline.row,),
    )


def lowest_confirmed(values: Sequence[float]) -> float:
    """The lowest of the baseline (first) and of the larger of any two consecutive values.

    >>> lowest_confirmed([3.8, 3.59, 3.76, 3.94])
    3.76
    """
    return min([values[0], *(max(pair) for pair in itertools.pairwise(values))])


def _rises(value: float, reference: float, measure: Measure) -> bool:
    rise = value - reference
    least = 1.0 if measure is SERUM_M_PROTEIN and reference >= 5.0 else measure.least_rise
    slack = _EXACT * max(abs(value), abs(reference))
    enough = rise > least + slack if measure.rise_must_exceed else rise >= least - slack
    return enough and rise >= 0.25 * reference - slack


def _visit(assessment: Assessment, on: date, value: float, earlier: Sequence[float], measure: Measure) -> Visit:
    start, reference = earlier[0], lowest_confirmed(earlier)
    change = (value - start) / start
    category: Category = "SD"
    for wanted, least_fall in (("VGPR", 0.90), ("PR", 0.50), ("MR", 0.25)):
        if -change >= least_fall - _EXACT and (wanted != "MR" or measure.minor_response_defined):
            category = wanted  # type: ignore[assignment]
            break
    shown = f"{measure.name} {value:g} {measure.unit}, {change:+.1%} from baseline {start:g}"
    if _rises(value, reference, measure):
        category = "PD"
        share = f"{(value - reference) / reference:+.1%} and " if reference > 0 else ""
        shown += f"; {share}{value - reference:+.3g} {measure.unit} from the lowest confirmed value {reference:g}"
    return Visit(on=on, value=value, change_percent=100 * change, category=category, because=shown, row=assessment.row)


def _progression(visits: Sequence[Visit], values: Sequence[float], measure: Measure) -> tuple[int | None, int | None]:
    """Place of the confirmed and of the unconfirmed progression among the visits (values begin with the baseline)."""
    for place, visit in enumerate(visits):
        if visit.category != "PD":
            continue
        if place + 1 == len(visits):
            return None, place
        if _rises(values[place + 2], lowest_confirmed(values[: place + 1]), measure):
            return place, None
    return None, None


def _best(
    visits: Sequence[Visit], confirmed: int | None, unconfirmed: int | None, baseline_row: int
) -> tuple[Category, str, tuple[int, ...]]:
    if confirmed == 0:
        return "PD", "progression at the first assessment, confirmed at the next", (baseline_row,)
    if not visits:
        return "NE", "no evaluable assessment after treatment", (baseline_row,)
    if len(visits) == 1 and unconfirmed == 0:
        return (
            "NE",
            f"the only assessment after treatment is a rise that awaits confirmation ({visits[0].because})",
            (baseline_row, visits[0].row),
        )
    ranks = [ORDER.index(visit.category) if visit.category in ORDER else 0 for visit in visits]
    both = [min(pair) for pair in itertools.pairwise(ranks)]
    best = max(both, default=0)
    if best > 0:
        place = both.index(best)
        first, second = visits[place], visits[place + 1]
        return (
            ORDER[best],
            f"{first.because} on {first.on}, confirmed on {second.on} ({second.change_percent:+.1f} %)",
            (baseline_row, first.row, second.row),
        )
    lowest = min(visits, key=lambda visit: visit.value)
    because = f"best change {lowest.change_percent:+.1f} % on {lowest.on}"
    if max(ranks) > 0:
        place = ranks.index(max(ranks))
        because += f"; {ORDER[max(ranks)]} on {visits[place].on} not confirmed by the next assessment"
    return "SD", because, (baseline_row, *(visit.row for visit in visits))
