"""Response and progression of multiple myeloma, with the reason at every visit: IMWG 2006, 2011 and 2016.

What is read: M-protein in serum and urine, free light chains, immunofixation, marrow, soft-tissue plasmacytomas and new
lesions. A protein is followed if it was measurable at baseline; a category needs every followed protein, and what was
not looked at is not taken as gone: complete response needs both immunofixations and a marrow, so from serum alone
nothing above VGPR is called.

Pinned readings stand in docs/decisions/0005: the "lowest confirmed value" of 2016 is the lowest of the baseline and of
any value borne out by the next one (2006 and 2011: the lowest value); response, and progression by proteins, are
confirmed by the next evaluable assessment, and progression is dated at the first of the two; imaging needs no second
look.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from hevesy.follow.response.findings import last_of_each, of_each_day
from hevesy.follow.response.imwg_rules import (
    EXACT,
    FLC_DIFFERENCE,
    IMWG_2016,
    ORDER,
    SERUM_M_PROTEIN,
    URINE_M_PROTEIN,
    Category,
    FEW_PLASMA_CELLS_percent,
    LITTLE_URINE_M_mg_PER_24h,
    MEASURABLE_URINE_M_mg_PER_24h,
    Measure,
    RuleSet,
    below,
    lowest_confirmed,
    measures_at_baseline,
    normal_ratio,
    ratio_of,
    rises,
    turned_to_the_other_side,
    usable,
)
from hevesy.follow.response.outcome import Response, Visit, not_evaluable
from hevesy.study.facts.response import Assessment
from hevesy.study.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A visit with what its confirmation needs."""

    visit: Visit
    progressed: tuple[str, ...]
    """What rose enough: names of proteins, or "imaging"."""
    values: dict[str, float]
    """Of the followed proteins that were measured."""
    references: dict[str, float]
    """Value of each protein that progression is counted from."""


def assess(subject: Subject, rules: RuleSet = IMWG_2016, other_therapy_on: date | None = None) -> Response:
    """Response of a subject to treatment.

    The baseline is the last value up to the day of the first infusion, of each thing measured.
    """
    first_day = subject.day_1
    if first_day is None:
        return not_evaluable(subject.id, rules.criteria, "no administration recorded", (subject.enrolment.row,))
    visits, doubts = of_each_day(subject.of(Assessment))
    before = [item for on, item in visits if on <= first_day]
    if not before:
        return not_evaluable(subject.id, rules.criteria, "no assessment before treatment", (subject.enrolment.row,))
    found = classify(
        subject.id, _baseline(before), [item for on, item in visits if on > first_day], rules, other_therapy_on
    )
    return replace(found, because="; ".join((found.because, *doubts)))


def _baseline(before: Sequence[Assessment]) -> Assessment:
    """The last value of each thing measured before treatment, in the row of the first protein that can be followed."""
    merged = last_of_each(before)
    measured = measures_at_baseline(merged)
    if not measured:
        return merged
    source = next((item for item in reversed(before) if measured[0].of(item) is not None), before[-1])
    return replace(merged, row=source.row, on=source.on)


def classify(
    subject: str,
    baseline: Assessment,
    later: Sequence[Assessment],
    rules: RuleSet = IMWG_2016,
    other_therapy_on: date | None = None,
) -> Response:
    """Response from a baseline and the assessments after it, in order of date.

    None that came after other therapy began is counted.
    """
    measures = measures_at_baseline(baseline)
    if not measures:
        return not_evaluable(subject, rules.criteria, "disease not measurable in serum at baseline", (baseline.row,))
    course = _Course(baseline, measures, rules)
    every = [course.visit(assessment, assessment.on) for assessment in later if isinstance(assessment.on, date)]
    seen = [one for one in every if one.visit.category != "NE"]
    visits = [one.visit for one in seen]
    confirmed, unconfirmed = _progression(seen, measures)
    before_progression = visits[:confirmed]
    counted = [visit for place, visit in enumerate(before_progression) if place != unconfirmed]
    judged = before_progression or visits[:1]
    responding = [visit for visit in judged if other_therapy_on is None or visit.on <= other_therapy_on]
    best, because, rows = _best(responding, confirmed, unconfirmed, baseline.row)
    if len(responding) < len(judged):
        because += f"; visits after other treatment began on {other_therapy_on} do not count"
    closing = () if confirmed is None else tuple(visit.row for visit in visits[confirmed : confirmed + 2])
    return Response(
        subject=subject,
        criteria=rules.criteria,
        followed=tuple(measure.name for measure in measures),
        visits=tuple(visits),
        not_evaluable=tuple(one.visit for one in every if one.visit.category == "NE"),
        best=best,
        because=because,
        rows=(*rows, *closing),
        response_on=next(
            (
                first.on
                for first, second in itertools.pairwise(responding)
                if rules.criteria.responded(first.category) and rules.criteria.responded(second.category)
            ),
            None,
        ),
        progression_on=None if confirmed is None else visits[confirmed].on,
        unconfirmed_progression_on=None if unconfirmed is None else visits[unconfirmed].on,
        without_progression=tuple(counted),
        last_rows=(counted[-1].row,) if counted else (baseline.row,),
    )


class _Course:
    """What has been seen of one subject so far, visit by visit."""

    def __init__(self, baseline: Assessment, measures: tuple[Measure, ...], rules: RuleSet) -> None:
        self.rules = rules
        self.chain = baseline.involved_chain
        self.start: dict[str, float] = {measure.name: measure.of(baseline) or 0.0 for measure in measures}
        self.values: dict[str, list[float]] = {name: [value] for name, value in self.start.items()}
        self.measures = measures
        self.had_plasmacytoma = bool(baseline.plasmacytoma_cm2)
        self.first_size = baseline.plasmacytoma_cm2 or 0.0
        self.sizes: list[float] = [] if baseline.plasmacytoma_cm2 is None else [baseline.plasmacytoma_cm2]
        self.marrow_percent: float | None = None
        self.marrow_clonal: bool | None = None

    def reference(self, measure: Measure) -> float:
        """The value that progression is counted from."""
        values = self.values[measure.name]
        return lowest_confirmed(values) if self.rules.confirmed_reference else min(values)

    def visit(self, item: Assessment, on: date) -> Seen:
        """The category of the next visit, which then belongs to what has been seen."""
        found = {measure.name: usable(measure.of(item)) for measure in self.measures}
        turned = turned_to_the_other_side(item, self.chain) if FLC_DIFFERENCE in self.measures else None
        if turned is not None:
            found[FLC_DIFFERENCE.name] = None
        references = {measure.name: self.reference(measure) for measure in self.measures}
        told, progressed = self._told(found), []
        for measure, reference in zip(self.measures, references.values(), strict=True):
            value = found[measure.name]
            if value is not None and rises(value, reference, measure):
                progressed.append(measure.name)
                kind = "lowest confirmed value" if self.rules.confirmed_reference else "lowest value"
                share = f"{(value - reference) / reference:+.1%} and " if reference > 0 else ""
                told.append(f"{share}{value - reference:+.3g} {measure.unit} from the {kind} {reference:g}")
        told += (seen := self._imaging(item))
        if seen:
            progressed.append("imaging")
        self._remember(item, found)
        missing = [measure.name for measure in self.measures if found[measure.name] is None]
        category: Category
        if progressed:
            category = "PD"
        elif missing:
            category = "NE"
            told.append(turned or f"{' and '.join(missing)} followed from baseline and not measured")
        else:
            category, why = self._response(item, {name: value for name, value in found.items() if value is not None})
            told += why
        first = self.measures[0].name
        value = found[first]
        start = self.start[first]
        visit = Visit(
            on=on,
            value=value,
            change_percent=None if value is None else 100 * (value - start) / start,
            category=category,
            because="; ".join(told),
            row=item.row,
        )
        values = {name: one for name, one in found.items() if one is not None}
        return Seen(visit=visit, progressed=tuple(progressed), values=values, references=references)

    def _told(self, found: dict[str, float | None]) -> list[str]:
        told = []
        for measure in self.measures:
            value, start = found[measure.name], self.start[measure.name]
            if value is not None:
                told.append(
                    f"{measure.name} {value:g} {measure.unit}, {(value - start) / start:+.1%} from baseline {start:g}"
                )
        return told

    def _imaging(self, item: Assessment) -> list[str]:
        told = ["a new lesion"] if item.new_lesion else []
        size = item.plasmacytoma_cm2
        if size is not None and self.sizes:
            least = min(self.sizes)
            if size > 0 and not below(size, 1.5 * least):
                told.append(f"plasmacytomas of {size:g} cm2 after {least:g} cm2")
        return told

    def _remember(self, item: Assessment, found: dict[str, float | None]) -> None:
        for name, value in found.items():
            if value is not None:
                self.values[name].append(value)
        if item.plasmacytoma_cm2 is not None:
            self.sizes.append(item.plasmacytoma_cm2)
        if item.marrow_plasma_cells_percent is not None:
            self.marrow_percent = item.marrow_plasma_cells_percent
        if item.marrow_clonal is not None:
            self.marrow_clonal = item.marrow_clonal

    def _response(self, item: Assessment, found: dict[str, float]) -> tuple[Category, list[str]]:
        """Category of a visit at which every followed protein was measured and nothing progressed."""
        level = min((self._level(measure, found[measure.name]) for measure in self.measures), key=ORDER.index)
        told: list[str] = []
        urine = item.urine_m_protein_mg_per_24h
        if (
            level == "VGPR"
            and URINE_M_PROTEIN not in self.measures
            and urine is not None
            and not below(urine, LITTLE_URINE_M_mg_PER_24h)
        ):
            level = "PR"
            told.append(f"urine M-protein {urine:g} mg/24h, VGPR needs less than {LITTLE_URINE_M_mg_PER_24h:g}")
        complete, why = self._complete(item, level)
        if complete is not None:
            return complete, [*told, *why]
        told += why
        if self.had_plasmacytoma and level != "SD":
            fall = 1 - self.sizes[-1] / self.first_size
            if level in ("VGPR", "PR") and fall < 0.5 - EXACT:
                # by light chains alone a minor response is not defined
                level = "MR" if self.rules.minor_response and self.measures != (FLC_DIFFERENCE,) else "SD"
                told.append(f"plasmacytomas {-fall:+.0%}, a partial response needs -50 %")
            if level == "MR" and fall < self.rules.minor_plasmacytoma_fall - EXACT:
                level = "SD"
                told.append(
                    f"plasmacytomas {-fall:+.0%}, a minor response needs {-self.rules.minor_plasmacytoma_fall:.0%}"
                )
        return level, told

    def _level(self, measure: Measure, value: float) -> Category:
        start = self.start[measure.name]
        fall = (start - value) / start
        minor: Category = "MR" if self.rules.minor_response else "SD"
        if measure is URINE_M_PROTEIN:
            if below(value, LITTLE_URINE_M_mg_PER_24h):
                return "VGPR"
            if fall >= 0.9 - EXACT or below(value, MEASURABLE_URINE_M_mg_PER_24h):
                return "PR"
            return minor if fall >= 0.5 - EXACT else "SD"
        if fall >= 0.9 - EXACT and (measure is SERUM_M_PROTEIN or self.rules.vgpr_by_light_chains):
            return "VGPR"
        if fall >= 0.5 - EXACT:
            return "PR"
        return minor if measure is SERUM_M_PROTEIN and fall >= 0.25 - EXACT else "SD"

    def _complete(self, item: Assessment, level: Category) -> tuple[Category | None, list[str]]:
        """Complete or stringent complete response, or what it lacks where immunofixation was negative."""
        ratio = ratio_of(item)
        low, high = normal_ratio(self.chain)
        normal = ratio is not None and low * (1 - EXACT) <= ratio <= high * (1 + EXACT)
        if self.measures == (FLC_DIFFERENCE,):
            urine = item.urine_m_protein_mg_per_24h
            deep = normal and (urine is None or below(urine, LITTLE_URINE_M_mg_PER_24h))
        else:
            deep = level == "VGPR"
        if not deep or item.serum_immunofixation != "negative" or item.urine_immunofixation != "negative":
            return None, []
        if self.marrow_percent is None:
            return None, [
                "immunofixation negative in serum and urine; no marrow after baseline, so that complete response is "
                "not shown"
            ]
        if not below(self.marrow_percent, FEW_PLASMA_CELLS_percent):
            return None, [f"immunofixation negative; {self.marrow_percent:g} % plasma cells in the marrow"]
        if self.sizes and self.sizes[-1] > 0:
            return None, [f"immunofixation negative; plasmacytomas of {self.sizes[-1]:g} cm2 remain"]
        told = [f"immunofixation negative in serum and urine, {self.marrow_percent:g} % plasma cells in the marrow"]
        if normal and self.marrow_clonal is False:
            return "sCR", [*told, f"light chain ratio {ratio:.3g} and no clonal plasma cells"]
        return "CR", told


def _progression(visits: Sequence[Seen], measures: Sequence[Measure]) -> tuple[int | None, int | None]:
    """Place of the confirmed and of the unconfirmed progression among the evaluable visits."""
    for place, seen in enumerate(visits):
        if seen.visit.category != "PD":
            continue
        if "imaging" in seen.progressed:
            return place, None
        if place + 1 == len(visits):
            return None, place
        if _bears_out(seen, visits[place + 1], measures):
            return place, None
    return None, None


def _bears_out(first: Seen, second: Seen, measures: Sequence[Measure]) -> bool:
    """Whether a visit bears out the progression of the one before.

    Imaging, or one of its proteins against the same reference.
    """
    if "imaging" in second.progressed:
        return True
    return any(
        measure.name in first.progressed
        and measure.name in second.values
        and rises(second.values[measure.name], first.references[measure.name], measure)
        for measure in measures
    )


def _best(
    visits: Sequence[Visit], confirmed: int | None, unconfirmed: int | None, baseline_row: int
) -> tuple[Category, str, tuple[int, ...]]:
    """Best confirmed response of visits up to progression; where that is the first visit, of it alone."""
    if not visits:
        return "NE", "no evaluable assessment after treatment", (baseline_row,)
    if confirmed == 0:
        return "PD", "progression at the first assessment, confirmed at the next", (baseline_row,)
    if unconfirmed == 0:
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
            f"{first.because} on {first.on}, confirmed on {second.on} ({_change(second)})",
            (baseline_row, first.row, second.row),
        )
    lowest = min(visits, key=lambda visit: float("inf") if visit.value is None else visit.value)
    because = f"best change {_change(lowest)} on {lowest.on}"
    if max(ranks) > 0:
        place = ranks.index(max(ranks))
        because += f"; {ORDER[max(ranks)]} on {visits[place].on} not confirmed by the next assessment"
    return "SD", because, (baseline_row, *(visit.row for visit in visits))


def _change(visit: Visit) -> str:
    return "not measured" if visit.change_percent is None else f"{visit.change_percent:+.1f} %"
