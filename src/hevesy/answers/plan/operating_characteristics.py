"""How a design behaves under given DLT rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Flag, Numbers, Whole
from hevesy.answers.compiling import told_if_compiled
from hevesy.answers.plan.asked_calendar import AskedCalendar
from hevesy.answers.plan.asked_design import AskedDesign, Rates
from hevesy.answers.plan.asked_trials import (
    COMPLETE,
    NO_CALENDAR,
    ON_THE_CALENDAR,
    WITHOUT,
    Processes,
    Scheduler,
    Seed,
    Trials,
    accrual_of,
    workers_of,
)
from hevesy.answers.plan.asked_world import AskedGrid, OrganDose, rates_of
from hevesy.answers.plan.grid_answer import grid_answer
from hevesy.answers.progress import tell
from hevesy.blocks.number import Cell, Shown, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.errors import QuestionError

if TYPE_CHECKING:
    from hevesy.plan.escalation.boin12_trials import OptimalDose
    from hevesy.plan.escalation.design import DescribedDesign
    from hevesy.plan.escalation.exact import OperatingCharacteristics
    from hevesy.plan.escalation.simulate import Estimate, Simulated
    from hevesy.workers import Workers

COMMAND = "plan oc"
FACES = ("csv",)
SELECTED = "selected: none first, then each level"


def operating_characteristics(
    *,
    p: Rates = None,
    organ_dose: OrganDose = None,
    grid: AskedGrid = None,
    exact: Annotated[bool, Flag("Without Monte Carlo error (the default where a design permits it).")] = False,
    trials: Trials = None,
    seed: Seed = 1,
    efficacy: Annotated[Sequence[float] | None, Numbers("True response rates by level, of boin12.", "RATES")] = None,
    risk_of: Annotated[int | None, Whole("Also the probability of so many DLTs or more (exact).", least=0)] = None,
    workers: Processes = 1,
    scheduler: Scheduler = None,
    calendar: AskedCalendar,
    by: AskedDesign,
) -> Answer:
    """Operating characteristics under DLT rates: exact where a design permits it, or simulated with standard errors.

    The rates are told by level or by cell of a grid of activities and cycles, or follow from doses to an organ.
    Returns how often no level and each level is selected, subjects and DLTs by level, subjects in all; of simulated
    trials standard errors, and on the calendar the days that a trial takes.
    Refused are a calendar without a number of trials, exact results of designs that have none, rates outside 0 to 1,
    on a grid rates that fall with activity or cycles.
    Source: every path of a design added up, or its trials played out; docs/decisions/0010; over a grid Wages, Conaway
    and O'Quigley, Biometrics 2011;67:1555.

    >>> import hevesy
    >>> found = hevesy.operating_characteristics(design="three-plus-three", p=[0.1, 0.3]).document
    >>> [round(share, 4) for share in found["selected"]]
    [0.0939, 0.4583, 0.4479]
    """
    rates, notes = rates_of(p, organ_dose, grid)
    if exact and trials is not None:
        raise QuestionError("give either ⟦exact⟧ or ⟦trials⟧", "trials")
    if grid is not None:
        _refuse_beside_grid(calendar, efficacy, risk_of)
        return grid_answer(grid, by, rates, trials, seed, notes)
    return _by_levels(rates, (trials, seed), efficacy, risk_of, workers_of(workers, scheduler), calendar, by, notes)


def _refuse_beside_grid(calendar: AskedCalendar, efficacy: Sequence[float] | None, risk_of: int | None) -> None:
    other = [
        *calendar.given,
        *(["efficacy"] if efficacy is not None else []),
        *(["risk_of"] if risk_of is not None else []),
    ]
    if other:
        raise QuestionError(
            "a grid is answered without a calendar, response rates and the risk of so many DLTs", *other
        )


def _by_levels(
    p: Sequence[float],
    drawn: tuple[int | None, int],
    efficacy: Sequence[float] | None,
    risk_of: int | None,
    workers: Workers,
    calendar: AskedCalendar,
    by: AskedDesign,
    notes: list[str],
) -> Answer:
    trials, seed = drawn
    on_calendar = trials is not None and by.design != "boin12"
    on_calendar = on_calendar and (calendar.arrivals_per_d is not None or by.design in ON_THE_CALENDAR)
    design = by.built(by.level_count_with(p), calendar=on_calendar)
    if trials is None and calendar.given:
        raise QuestionError(NO_CALENDAR, *calendar.given)
    if trials is not None and risk_of is not None:
        raise QuestionError("the risk of so many DLTs is an exact result; leave out ⟦trials⟧", "risk_of")
    if list(p) != sorted(p):
        notes.append("the DLT rates do not increase with the level, which every design here takes for granted")
    if by.design == "boin12" and trials is not None:
        if set(calendar.given) - {"backfill"}:
            raise QuestionError("boin12 is simulated without a calendar", "arrivals")
        return _of_responses(by, p, efficacy, trials, seed)
    if efficacy is not None:
        raise QuestionError("response rates are for boin12, with ⟦trials⟧", "efficacy")
    if trials is None:
        return _exact(design, p, risk_of, notes)
    return _simulated(by, calendar, design, p, (trials, seed), workers, notes)


def _exact(design: DescribedDesign, p: Sequence[float], risk_of: int | None, notes: Sequence[str]) -> Answer:
    from hevesy.plan.escalation.exact import operating_characteristics

    found = operating_characteristics(design.complete(), p)
    document: dict[str, Json] = {
        **picked(
            found, "p", "selected", "mean_n", "mean_dlt", "expected_n", "mean_cohorts", "dlt_distribution", "method"
        ),
        "standard_error": 0.0,
        "duration_d": None,
        "because": [f"{found.states} states; {SELECTED}", *notes],
    }
    lines = [f"exact; {found.expected_n:.2f} subjects expected"]
    if risk_of is not None:
        document["risk"] = {"dlts": risk_of, "probability": found.risk_of(risk_of)}
        lines.append(f"{risk_of} or more DLTs: {found.risk_of(risk_of):.4f}")
    return Answer(document=document, blocks=(_by_level(p, found), *map(said, (*lines, *notes))))


def _simulated(
    by: AskedDesign,
    calendar: AskedCalendar,
    design: DescribedDesign,
    p: Sequence[float],
    drawn: tuple[int, int],
    workers: Workers,
    notes: Sequence[str],
) -> Answer:
    from hevesy.plan.escalation.scenario import Scenario

    trials, seed = drawn
    accrual, told = accrual_of(by, calendar, needed=design.needs_calendar)
    scenario = Scenario(name="given", p=tuple(p), onset=calendar.law())
    kernels = ON_THE_CALENDAR.get(by.design or "", COMPLETE) if accrual is not None else WITHOUT
    with told_if_compiled(*(f"trials.{name}" for name in kernels)):
        from hevesy.plan.escalation.simulate import simulate

        found = simulate(
            design, scenario, trials, seed, accrual, workers, progress=lambda done: tell("trials", done, trials)
        )
    errors = _errors(selected=found.selected, mean_n=found.n, mean_dlt=found.dlt)
    days = found.duration_d
    document: dict[str, Json] = {
        "p": list(p),
        **_means(selected=found.selected, mean_n=found.n, mean_dlt=found.dlt),
        "expected_n": found.subjects.mean,
        **picked(found, "method", "trials", "seed"),
        "standard_error": max(one.standard_error for one in found.selected),
        "standard_errors": {
            **errors,
            "expected_n": found.subjects.standard_error,
            "duration_d": days.standard_error if days else None,
        },
        "duration_d": days.mean if days else None,
        **picked(found, "not_evaluable", "screened_out", "backfilled", "sha256"),
        "because": [SELECTED, *told, *notes],
    }
    lines = [f"{trials:,} simulated trials, seed {seed}; {found.subjects.mean:.2f} subjects expected"]
    if days is not None:
        lines.append(f"duration {days.mean:.0f} days (standard error {days.standard_error:.1f})")
    if found.backfilled:
        lines.append(f"{found.backfilled:.2f} of them backfilled")
    return Answer(document=document, blocks=(_by_level(p, found), *map(said, (*lines, *told, *notes))))


def _of_responses(
    by: AskedDesign, p: Sequence[float], efficacy: Sequence[float] | None, trials: int, seed: int
) -> Answer:
    """Operating characteristics of BOIN12, by simulation."""
    from hevesy.plan.escalation.boin12_trials import simulate_boin12
    from hevesy.plan.escalation.catalogue import boin12

    if efficacy is None:
        raise QuestionError("boin12 needs the true response rates by level", "efficacy")
    design = boin12(by.plan(), len(p))
    with told_if_compiled("random._fill", words="the random numbers are compiled on first use: a second, once"):
        found = simulate_boin12(design, p, efficacy, trials, seed)
    parts = {"selected": found.selected, "mean_n": found.n, "mean_dlt": found.dlt, "mean_responses": found.responses}
    because = (
        f"DLT limit {design.worth.toxicity_limit:g}, response limit {design.worth.efficacy_limit:g}, "
        f"worth of no DLT and no response {design.worth.neither:g}, of both {design.worth.both:g}; "
        "DLT and response independent"
    )
    document: dict[str, Json] = {
        **_means(**parts),
        "expected_n": found.subjects.mean,
        "method": found.method,
        "trials": trials,
        "seed": seed,
        "standard_error": max(one.standard_error for one in found.selected),
        "standard_errors": {**_errors(**parts), "expected_n": found.subjects.standard_error},
        "duration_d": None,
        "because": [f"{SELECTED} as the optimal biological dose", because],
    }
    lines = (f"{trials:,} simulated trials, seed {seed}; {found.subjects.mean:.2f} subjects expected", because)
    return Answer(document=document, blocks=(_by_level(p, found), *map(said, lines)))


def _means(**parts: Sequence[Estimate]) -> dict[str, Json]:
    return {name: [one.mean for one in part] for name, part in parts.items()}


def _errors(**parts: Sequence[Estimate]) -> dict[str, Json]:
    return {name: [one.standard_error for one in part] for name, part in parts.items()}


def _by_level(p: Sequence[float], found: OperatingCharacteristics | Simulated | OptimalDose) -> Table:
    """Selections, subjects and DLTs by level; the first row is that no level is selected."""
    from hevesy.plan.escalation.exact import OperatingCharacteristics

    if isinstance(found, OperatingCharacteristics):
        n, dlt = found.mean_n, found.mean_dlt
        parts: list[list[Shown]] = [[shown(one, form) for one in part] for part, form in
                                    ((found.selected, ".4f"), (n, ".2f"), (dlt, ".2f"))]  # fmt: skip
    else:
        parts = [[_with_error(one, digits) for one in part]
                 for part, digits in ((found.selected, 4), (found.n, 2), (found.dlt, 2))]  # fmt: skip
    selected, subjects, toxic = parts
    rows: list[list[Cell]] = [["none", shown(None), selected[0], shown(None), shown(None)]]
    by_level = zip(p, selected[1:], subjects, toxic, strict=True)
    rows += [[shown(level), shown(rate, ".4g"), *rest] for level, (rate, *rest) in enumerate(by_level, start=1)]
    columns = [of_numbers(title) for title in ("level", "p", "selected", "subjects", "DLT")]
    return table("operating-characteristics", "Operating characteristics by level", columns, rows)


def _with_error(found: Estimate, digits: int) -> Shown:
    return Shown(found.mean, f"{found.mean:.{digits}f} (SE {found.standard_error:.{digits + 1}f})")
