"""hevesy plan oc: operating characteristics, exact or by simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, note, show
from hevesy.cli.compiling import told_if_compiled
from hevesy.cli.designs import Rates, Typed, design_options

if TYPE_CHECKING:
    from hevesy.plan.escalation.boin12 import BOIN12
    from hevesy.plan.escalation.design import DescribedDesign
    from hevesy.plan.escalation.scenario import Accrual
    from hevesy.plan.escalation.simulate import Simulated
    from hevesy.workers import Workers

COMPILED = {
    "rolling-six": ("_trials_of_rolling_six",),
    "titecrm": ("_trials_of_tite_crm",),
    "titeboin": ("_trials_of_tite_boin",),
}
"""The loop of `kernels.trials` that the trials of a design on the calendar need, where it is not that of complete
outcomes."""


@design_options
def oc(
    typed: Typed,
    p: Rates = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Without Monte Carlo error (the default where a design permits it).")
    ] = False,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="Simulate so many trials.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the simulation.")] = 1,
    arrivals: Annotated[
        str | None,
        typer.Option("--arrivals", help="Subjects per time, as in 2/28d: trials are simulated on the calendar."),
    ] = None,
    onset: Annotated[
        str, typer.Option("--onset", help="When DLTs show: uniform, weibull:DAY or nadir:DAY of the peak.")
    ] = "uniform",
    stagger: Annotated[str | None, typer.Option("--stagger", help="Between two starts, as in 7d.")] = None,
    dropout: Annotated[float, typer.Option("--dropout", help="Share not evaluable, replaced.")] = 0.0,
    screen_failure: Annotated[float, typer.Option("--screen-failure", help="Share of candidates not enrolled.")] = 0.0,
    backfill: Annotated[
        int,
        typer.Option(
            "--backfill", min=0, help="While a cohort is watched, treat up to so many a level at cleared levels below."
        ),
    ] = 0,
    efficacy: Annotated[
        str | None, typer.Option("--efficacy", metavar="RATES", help="True response rates by level, of boin12.")
    ] = None,
    dlts: Annotated[
        int | None, typer.Option("--risk-of", min=0, help="Also the probability of so many DLTs or more (exact).")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 1,
    scheduler: Annotated[str | None, typer.Option("--scheduler", help="Address of a Dask scheduler.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Operating characteristics under DLT rates: exact where a design permits it, or simulated with standard errors."""
    from hevesy.plan.escalation.exact import operating_characteristics

    if p is None:
        raise typer.BadParameter("give the true DLT rates by level", param_hint="--p")
    if exact and trials is not None:
        raise typer.BadParameter("give either --exact or --trials", param_hint="--trials")
    rates = tuple(arguments.numbers(p, "--p"))
    on_its_own = typed.design in ("rolling-six", "titecrm", "titeboin")
    calendar = trials is not None and (arrivals is not None or on_its_own) and typed.design != "boin12"
    design = typed.built(typed.level_count_with(rates), calendar=calendar)
    on_calendar = {
        "--arrivals": arrivals,
        "--stagger": stagger,
        "--dropout": dropout or None,
        "--screen-failure": screen_failure or None,
    }
    on_calendar["--backfill"] = backfill or None
    given = [flag for flag, value in on_calendar.items() if value is not None]
    if trials is None and given:
        raise typer.BadParameter(
            "exact results know no calendar; say how many trials to simulate (--trials)", param_hint=", ".join(given)
        )
    if trials is not None and dlts is not None:
        raise typer.BadParameter(
            "the risk of so many DLTs is an exact result; leave out --trials", param_hint="--risk-of"
        )
    notes = (
        ["the DLT rates do not increase with the level, which every design here takes for granted"]
        if list(rates) != sorted(rates)
        else []
    )
    if typed.design == "boin12" and trials is not None:
        if arrivals is not None or stagger is not None or dropout or screen_failure:
            raise typer.BadParameter("boin12 is simulated without a calendar", param_hint="--arrivals")
        from hevesy.plan.escalation.catalogue import boin12

        _oc_boin12(boin12(typed.plan(), len(rates)), rates, efficacy, trials, seed, as_json)
        return
    if efficacy is not None:
        raise typer.BadParameter("response rates are for boin12, with --trials", param_hint="--efficacy")
    if trials is None:
        found = operating_characteristics(design.complete(), rates)
        document: dict[str, Any] = {
            "selected": list(found.selected),
            "mean_n": list(found.mean_n),
            "mean_dlt": list(found.mean_dlt),
            "expected_n": found.expected_n,
            "mean_cohorts": found.mean_cohorts,
            "dlt_distribution": list(found.dlt_distribution),
            "method": found.method,
            "standard_error": 0.0,
            "duration_d": None,
            "because": [f"{found.states} states; selected: none first, then each level", *notes],
        }
        if dlts is not None:
            document["risk"] = {"dlts": dlts, "probability": found.risk_of(dlts)}
        show(document, as_json, lambda: _oc_words(rates, document, "exact"))
        return
    from hevesy.plan.escalation.scenario import Scenario

    accrual, told = _accrual(typed, design, arrivals, stagger, dropout, screen_failure, backfill)
    if accrual is not None:
        told.append(
            f"DLTs show by the law {onset}; who comes while accrual is closed goes elsewhere; "
            "the duration ends with the last decision"
        )
    scenario = Scenario(name="given", p=rates, onset=_onset(onset))
    kernels = COMPILED.get(typed.design or "", ("_trials_complete",)) if accrual is not None else ("_walk", "_outcomes")
    with told_if_compiled(*(f"trials.{name}" for name in kernels)):
        from hevesy.plan.escalation.simulate import simulate

        simulated = simulate(
            design,
            scenario,
            trials,
            seed,
            accrual,
            _workers(workers, scheduler),
            progress=lambda done: note(f"{done:,} of {trials:,} trials"),
        )
    document = _simulated(simulated, [*told, *notes])
    show(document, as_json, lambda: _oc_words(rates, document, f"{trials:,} simulated trials, seed {seed}"))


def _oc_boin12(
    design: BOIN12, rates: tuple[float, ...], efficacy: str | None, trials: int, seed: int, as_json: bool
) -> None:
    """Operating characteristics of BOIN12, by simulation."""
    from hevesy.plan.escalation.boin12_trials import simulate_boin12

    if efficacy is None:
        raise typer.BadParameter("boin12 needs the true response rates by level", param_hint="--efficacy")
    responses = arguments.numbers(efficacy, "--efficacy")
    with told_if_compiled("random._fill", words="the random numbers are compiled on first use: a second, once"):
        found = simulate_boin12(design, rates, responses, trials, seed)
    document: dict[str, Any] = {
        "selected": [one.mean for one in found.selected],
        "mean_n": [one.mean for one in found.n],
        "mean_dlt": [one.mean for one in found.dlt],
        "mean_responses": [one.mean for one in found.responses],
        "expected_n": found.subjects.mean,
        "method": found.method,
        "trials": trials,
        "seed": seed,
        "standard_error": max(one.standard_error for one in found.selected),
        "standard_errors": {
            "selected": [one.standard_error for one in found.selected],
            "mean_n": [one.standard_error for one in found.n],
            "mean_dlt": [one.standard_error for one in found.dlt],
            "mean_responses": [one.standard_error for one in found.responses],
            "expected_n": found.subjects.standard_error,
        },
        "duration_d": None,
        "because": [
            "selected: none first, then each level as the optimal biological dose",
            (
                f"DLT limit {design.worth.toxicity_limit:g}, response limit {design.worth.efficacy_limit:g}, "
                f"worth of no DLT and no response {design.worth.neither:g}, of both {design.worth.both:g}; "
                "DLT and response independent"
            ),
        ],
    }
    show(document, as_json, lambda: _oc_words(rates, document, f"{trials:,} simulated trials, seed {seed}"))


def _oc_words(rates: tuple[float, ...], document: dict[str, Any], how: str) -> str:
    errors = document.get("standard_errors")

    def told(key: str, place: int, digits: int) -> str:
        error = f" (SE {errors[key][place]:.{digits + 1}f})" if errors else ""
        return f"{document[key][place]:.{digits}f}{error}"

    lines = [f"no level: {told('selected', 0, 4)}"]
    lines += [
        f"level {level} (p = {rate:g}): selected {told('selected', level, 4)}, subjects "
        f"{told('mean_n', level - 1, 2)}, DLT {told('mean_dlt', level - 1, 2)}"
        for level, rate in enumerate(rates, start=1)
    ]
    lines.append(f"{how}; {document['expected_n']:.2f} subjects expected")
    if document["duration_d"] is not None:
        lines.append(
            f"duration {document['duration_d']:.0f} days (standard error "
            f"{document['standard_errors']['duration_d']:.1f})"
        )
    if document.get("backfilled"):
        lines.append(f"{document['backfilled']:.2f} of them backfilled")
    if "risk" in document:
        lines.append(f"{document['risk']['dlts']} or more DLTs: {document['risk']['probability']:.4f}")
    return "\n".join([*lines, *document["because"][1:]])


def _simulated(found: Simulated, told: list[str]) -> dict[str, Any]:
    return {
        "selected": [one.mean for one in found.selected],
        "mean_n": [one.mean for one in found.n],
        "mean_dlt": [one.mean for one in found.dlt],
        "expected_n": found.subjects.mean,
        "method": found.method,
        "trials": found.trials,
        "seed": found.seed,
        "standard_error": max(one.standard_error for one in found.selected),
        "standard_errors": {
            "selected": [one.standard_error for one in found.selected],
            "mean_n": [one.standard_error for one in found.n],
            "mean_dlt": [one.standard_error for one in found.dlt],
            "expected_n": found.subjects.standard_error,
            "duration_d": found.duration_d.standard_error if found.duration_d else None,
        },
        "duration_d": found.duration_d.mean if found.duration_d else None,
        "not_evaluable": found.not_evaluable,
        "screened_out": found.screened_out,
        "backfilled": found.backfilled,
        "sha256": found.sha256,
        "because": ["selected: none first, then each level", *told],
    }


def _accrual(
    typed: Typed,
    design: DescribedDesign,
    arrivals: str | None,
    stagger: str | None,
    dropout: float,
    screen_failure: float,
    backfill: int,
) -> tuple[Accrual | None, list[str]]:
    """How subjects come; two per window where a design needs a calendar and nothing was said."""
    from hevesy.plan.escalation.scenario import Accrual

    if arrivals is None and not design.needs_calendar:
        if stagger is not None or dropout or screen_failure or backfill:
            raise typer.BadParameter(
                "stagger, dropout, screen failure and backfill need --arrivals", param_hint="--arrivals"
            )
        return None, []
    window = typed.window_d(calendar=True)
    assert window is not None
    told = []
    if arrivals is None:
        per_d = 2 / window
        told.append(f"arrivals were not given: two per window of {window:g} days")
    else:
        count, slash, time = arrivals.partition("/")
        if not slash:
            raise typer.BadParameter(f"{arrivals!r} is not subjects per time as in 2/28d", param_hint="--arrivals")
        days = arguments.quantity(time, "time", "--arrivals") / 24
        per_d = arguments.numbers(count, "--arrivals")[0] / days if days else 0.0
    between = arguments.quantity(stagger, "time", "--stagger") / 24 if stagger is not None else 0.0
    told.append(
        f"Poisson arrivals, one every {1 / per_d:.4g} days, {typed.window_told()[0]}" if per_d else "no arrivals"
    )
    accrual = Accrual(
        window_d=window,
        per_d=per_d,
        stagger_d=between,
        dropout=dropout,
        screen_failure=screen_failure,
        backfill=backfill,
    )
    return accrual, told


def _onset(text: str) -> Any:
    from hevesy.plan.escalation.onset import NadirOnset, UniformOnset, WeibullOnset

    kind, _, day = text.partition(":")
    if text == "uniform":
        return UniformOnset()
    if kind not in ("weibull", "nadir") or not day:
        raise typer.BadParameter(f"{text!r} is none of uniform, weibull:DAY, nadir:DAY", param_hint="--onset")
    peak = arguments.numbers(day, "--onset")[0]
    return WeibullOnset(shape=3.5, peak_d=peak) if kind == "weibull" else NadirOnset(nadir_d=peak)


def _workers(count: int, scheduler: str | None) -> Workers:
    from hevesy.workers import Dask, Processes, Serial

    if scheduler is not None:
        return Dask(scheduler)
    return Processes(count) if count > 1 else Serial()
