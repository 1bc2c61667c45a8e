"""hevesy plan: the next dose and why, decision tables, paths, operating characteristics, fits, two-stage and basket designs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli import arguments
from hevesy.cli.app import CannotAnswer, JsonFlag, note, show
from hevesy.cli.designs import Typed, design_options

if TYPE_CHECKING:
    from hevesy.plan.escalation.boin12 import BOIN12
    from hevesy.plan.escalation.catalogue import AnyDesign
    from hevesy.plan.escalation.scenario import Accrual
    from hevesy.plan.escalation.simulate import Simulated
    from hevesy.study.protocol import TrialProtocol
    from hevesy.workers import Workers

app = typer.Typer(
    help="Plan the trial: the next dose and why, decision tables, operating characteristics, two-stage and basket designs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Rates = Annotated[str | None, typer.Option("--p", metavar="RATES", help="True DLT rates by level, as in 0.05,0.1,0.25.")]
History = Annotated[
    str | None,
    typer.Option(
        "--history",
        help="As in '1NNNN 2NT37P40': N no DLT, T DLT, P pending, U undetermined, X not evaluable, E response, B response and DLT; "
        "days may follow T, B and P.",
    ),
]
MEANING = {
    "E": "escalate",
    "S": "stay",
    "D": "de-escalate; at level 1 stay or stop",
    "X": "de-escalate, never again at this level or above",
}


@app.command("next")
@design_options
def next_(
    typed: Typed,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A study folder; or give --history.")] = None,
    history: History = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Data cut of the study.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """The next dose and why, from a study folder or from notation."""
    from dataclasses import replace

    from hevesy.conduct.delivery import require_intact
    from hevesy.conduct.next_dose import design_of, next_dose
    from hevesy.conduct.recorded_study import read_record, study_of
    from hevesy.plan.escalation.design import parse_history
    from hevesy.plan.escalation.paragraph import in_short
    from hevesy.study.cut import as_of as cut_at

    if (folder is None) == (history is None):
        raise typer.BadParameter("give either a study folder or --history")
    notes: tuple[str, ...] = ()
    if history is not None:
        cohorts = parse_history(history)
        count = typed.level_count()
        if count is None:
            count = max((cohort.level for cohort in cohorts), default=1) + 1
            notes = (f"the number of levels was not given; taken as at least {count}",)
        design = typed.built(count)
        decision = design.decide(cohorts)
        because = (*decision.because, *notes)
        doses = [f"{dose:g}" for dose in typed.dose_values()]
    else:
        assert folder is not None
        require_intact(arguments.study_folder(folder))
        study = study_of(read_record(folder))
        if typed.design is not None:
            chosen: AnyDesign | None = _for_study(typed, study.protocol)
            study = replace(study, protocol=replace(study.protocol, escalation=typed.escalation()))
        elif not typed.nothing:
            raise typer.BadParameter("the study's own design is used; to try another, give --design", param_hint="--design")
        else:
            chosen = None
        cut = arguments.day(as_of, "--as-of") or study.last_fact_on()
        if cut is None:
            raise CannotAnswer("the study has no dated fact yet")
        dose = next_dose(cut_at(study, cut), cut, design=chosen)
        if dose.decision is None:
            nothing = {"action": None, "level": None, "open_places": None, "mtd": None, "because": list(dose.because)}
            raise CannotAnswer("; ".join(dose.because), nothing)
        design = chosen or design_of(study.protocol)
        decision, because = dose.decision, (f"as of {cut}: {dose.notation or 'nobody yet'}", *dose.because)
        doses = [str(level.total) for level in study.protocol.dose_levels]
        if chosen is not None:
            because = (*because, "not by the study's own design")
    document = {
        "action": decision.action,
        "level": decision.level,
        "open_places": decision.open_places,
        "mtd": decision.mtd,
        "dose": _dose_of(decision.level or decision.mtd, doses),
        "design": in_short(design),
        "because": list(because),
    }
    at = f" ({document['dose']})" if document["dose"] else ""
    where = (
        f", level {decision.level}{at}"
        if decision.level is not None
        else (f", MTD level {decision.mtd}{at}" if decision.mtd else ", no MTD")
    )
    show(
        document,
        as_json,
        lambda: "\n".join(
            [
                f"{decision.action}{where}; places open: {decision.open_places}",
                *(f"  {line}" for line in because),
                f"  by {document['design']}",
            ]
        ),
    )


def _dose_of(level: int | None, doses: list[str]) -> str | None:
    """The dose of a level, where doses are known."""
    return doses[level - 1] if level is not None and level <= len(doses) else None


def _for_study(typed: Typed, protocol: TrialProtocol) -> AnyDesign:
    """The design typed, over the levels of a study and in its window; the study knows both."""
    from dataclasses import replace

    from hevesy.plan.escalation.boin12 import BOIN12

    count, told = len(protocol.dose_levels), typed.level_count()
    if told is not None and told != count:
        raise typer.BadParameter(f"the study has {count} levels, got {told}", param_hint="--levels, --doses, --skeleton")
    if typed.window is not None:
        raise typer.BadParameter("the study's own window is used: its DLTs are judged in it", param_hint="--window")
    if typed.design == "blrm" and not typed.dose_values():
        hint = "give the doses in the unit of the reference dose, one for each of the study's levels"
        raise typer.BadParameter(hint, param_hint="--doses")
    if protocol.dlt is None:
        raise CannotAnswer("the protocol has no [dlt]: no dose decision")
    size = typed.cohort_size or (protocol.escalation.cohort_size if protocol.escalation else None)
    design = replace(typed, window=f"{protocol.dlt.window_d}d", cohort_size=size).built(count)
    if isinstance(design, BOIN12):
        raise typer.BadParameter("boin12 needs the responses of the subjects: give a history in notation", param_hint="--design")
    return design


@app.command("table")
@design_options
def table(
    typed: Typed,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Print an HTML table.")] = False,
    as_svg: Annotated[bool, typer.Option("--svg", help="Print the table as a picture (SVG).")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Decision table: escalate (E), stay (S), de-escalate (D) or never again (X) by subjects and DLTs at a level."""
    from hevesy.plan.escalation import table as tables
    from hevesy.plan.escalation.boin12 import BOIN12
    from hevesy.plan.escalation.paragraph import in_short
    from hevesy.plan.escalation.rules import Ruled

    if typed.design == "boin12":
        worth = typed.desirability()
        scores = worth.ranks()
        cells = [
            {"n": n, "dlts": dlt, "responses": responses, "decision": score if score is not None else "X"}
            for (n, dlt, responses), score in scores.items()
        ]
        told = (
            f"rank-based desirability score, DLT limit {worth.toxicity_limit:g}, response limit {worth.efficacy_limit:g}; X: not admissible"
        )
        show({"rows": cells, "because": [told]}, as_json, lambda: _csv(cells))
        return
    design = typed.built(typed.level_count() or 3)
    assert not isinstance(design, BOIN12)
    if sum((as_csv, as_html, as_svg, as_json)) > 1:
        raise typer.BadParameter("give one of --csv, --html, --svg, --json")
    if isinstance(design, Ruled):
        raise typer.BadParameter("the table is of the design alone: rules look at more than one level", param_hint="--design")
    found = tables.decision_table(design, typed.n if typed.n is not None else 30)
    rows = [{"n": cell.n, "dlts": cell.dlts, "decision": cell.decision} for cell in found]
    if as_csv:
        typer.echo(_csv(rows))
    elif as_html or as_svg:
        from hevesy.readout.figures.decisions import decision_grid, decision_table_html

        typer.echo(decision_table_html(found) if as_html else decision_grid(found))
    else:
        show(
            {"rows": rows, "because": [f"{key}: {meant}" for key, meant in MEANING.items()]},
            as_json,
            lambda: "\n".join(
                [
                    f"{in_short(design)}: decision with n subjects at the level and 0, 1, 2 ... DLTs",
                    *(
                        f"n {size}: " + " ".join(cell.decision for cell in found if cell.n == size)
                        for size in sorted({cell.n for cell in found})
                    ),
                    *(f"{key}: {meant}" for key, meant in MEANING.items()),
                ]
            ),
        )


def _csv(rows: list[dict[str, Any]]) -> str:
    return "\n".join([",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)])


@app.command("oc")
@design_options
def oc(
    typed: Typed,
    p: Rates = None,
    exact: Annotated[bool, typer.Option("--exact", help="Without Monte Carlo error (the default where a design permits it).")] = False,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="Simulate so many trials.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the simulation.")] = 1,
    arrivals: Annotated[
        str | None, typer.Option("--arrivals", help="Subjects per time, as in 2/28d: trials are simulated on the calendar.")
    ] = None,
    onset: Annotated[str, typer.Option("--onset", help="When DLTs show: uniform, weibull:DAY or nadir:DAY of the peak.")] = "uniform",
    stagger: Annotated[str | None, typer.Option("--stagger", help="Between two starts, as in 7d.")] = None,
    dropout: Annotated[float, typer.Option("--dropout", help="Share not evaluable, replaced.")] = 0.0,
    screen_failure: Annotated[float, typer.Option("--screen-failure", help="Share of candidates not enrolled.")] = 0.0,
    backfill: Annotated[
        int, typer.Option("--backfill", min=0, help="While a cohort is watched, treat up to so many a level at cleared levels below.")
    ] = 0,
    efficacy: Annotated[str | None, typer.Option("--efficacy", metavar="RATES", help="True response rates by level, of boin12.")] = None,
    dlts: Annotated[int | None, typer.Option("--risk-of", min=0, help="Also the probability of so many DLTs or more (exact).")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 1,
    scheduler: Annotated[str | None, typer.Option("--scheduler", help="Address of a Dask scheduler.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Operating characteristics under given DLT rates: exact where a design permits it, or simulated with standard errors."""
    from hevesy.plan.escalation.boin12 import BOIN12
    from hevesy.plan.escalation.catalogue import of_complete_outcomes
    from hevesy.plan.escalation.exact import operating_characteristics

    if p is None:
        raise typer.BadParameter("give the true DLT rates by level", param_hint="--p")
    if exact and trials is not None:
        raise typer.BadParameter("give either --exact or --trials", param_hint="--trials")
    rates = tuple(arguments.numbers(p, "--p"))
    design = typed.built(typed.level_count_with(rates))
    on_calendar = {"--arrivals": arrivals, "--stagger": stagger, "--dropout": dropout or None, "--screen-failure": screen_failure or None}
    on_calendar["--backfill"] = backfill or None
    given = [flag for flag, value in on_calendar.items() if value is not None]
    if trials is None and given:
        raise typer.BadParameter("exact results know no calendar; say how many trials to simulate (--trials)", param_hint=", ".join(given))
    if trials is not None and dlts is not None:
        raise typer.BadParameter("the risk of so many DLTs is an exact result; leave out --trials", param_hint="--risk-of")
    notes = (
        ["the DLT rates do not increase with the level, which every design here takes for granted"] if list(rates) != sorted(rates) else []
    )
    if isinstance(design, BOIN12) and trials is not None:
        if arrivals is not None or stagger is not None or dropout or screen_failure:
            raise typer.BadParameter("boin12 is simulated without a calendar", param_hint="--arrivals")
        _oc_boin12(design, rates, efficacy, trials, seed, as_json)
        return
    if efficacy is not None:
        raise typer.BadParameter("response rates are for boin12, with --trials", param_hint="--efficacy")
    if isinstance(design, BOIN12) or trials is None:
        found = operating_characteristics(of_complete_outcomes(design), rates)
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
    from hevesy.plan.escalation.simulate import simulate

    accrual, told = _accrual(typed, design, arrivals, stagger, dropout, screen_failure, backfill)
    if accrual is not None:
        told.append(
            f"DLTs show by the law {onset}; who comes while accrual is closed goes elsewhere; the duration ends with the last decision"
        )
    scenario = Scenario(name="given", p=rates, onset=_onset(onset))
    note("the compiled loops are made on first use: half a minute, once")
    simulated = simulate(
        design, scenario, trials, seed, accrual, _workers(workers, scheduler), progress=lambda done: note(f"{done:,} of {trials:,} trials")
    )
    document = _simulated(simulated, [*told, *notes])
    show(document, as_json, lambda: _oc_words(rates, document, f"{trials:,} simulated trials, seed {seed}"))


def _oc_boin12(design: BOIN12, rates: tuple[float, ...], efficacy: str | None, trials: int, seed: int, as_json: bool) -> None:
    """Operating characteristics of BOIN12, by simulation."""
    from hevesy.plan.escalation.boin12_trials import simulate_boin12

    if efficacy is None:
        raise typer.BadParameter("boin12 needs the true response rates by level", param_hint="--efficacy")
    found = simulate_boin12(design, rates, arguments.numbers(efficacy, "--efficacy"), trials, seed)
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
            f"DLT limit {design.worth.toxicity_limit:g}, response limit {design.worth.efficacy_limit:g}, worth of no DLT and no response "
            f"{design.worth.neither:g}, of both {design.worth.both:g}; DLT and response independent",
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
        f"level {level} (p = {rate:g}): selected {told('selected', level, 4)}, subjects {told('mean_n', level - 1, 2)}, "
        f"DLT {told('mean_dlt', level - 1, 2)}"
        for level, rate in enumerate(rates, start=1)
    ]
    lines.append(f"{how}; {document['expected_n']:.2f} subjects expected")
    if document["duration_d"] is not None:
        lines.append(f"duration {document['duration_d']:.0f} days (standard error {document['standard_errors']['duration_d']:.1f})")
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
    typed: Typed, design: object, arrivals: str | None, stagger: str | None, dropout: float, screen_failure: float, backfill: int
) -> tuple[Accrual | None, list[str]]:
    """How subjects come; two per window where a design needs a calendar and nothing was said."""
    from hevesy.plan.escalation.rolling_six import RollingSix
    from hevesy.plan.escalation.scenario import Accrual
    from hevesy.plan.escalation.tite import TITEBOIN, TITECRM

    needs = isinstance(design, RollingSix | TITECRM | TITEBOIN)
    if arrivals is None and not needs:
        if stagger is not None or dropout or screen_failure or backfill:
            raise typer.BadParameter("stagger, dropout, screen failure and backfill need --arrivals", param_hint="--arrivals")
        return None, []
    window = typed.window_d
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
    told.append(f"Poisson arrivals, one every {1 / per_d:.4g} days, window {window:g} days" if per_d else "no arrivals")
    accrual = Accrual(window_d=window, per_d=per_d, stagger_d=between, dropout=dropout, screen_failure=screen_failure, backfill=backfill)
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


@app.command("paths")
@design_options
def paths_(
    typed: Typed,
    cohorts: Annotated[int, typer.Option("--cohorts", min=1, max=8, help="How many cohorts ahead.")] = 3,
    p: Rates = None,
    as_svg: Annotated[bool, typer.Option("--svg", help="Print the paths as a picture (SVG).")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Every path to a horizon of cohorts, with probabilities under given DLT rates."""
    from hevesy.plan.escalation.catalogue import of_complete_outcomes
    from hevesy.plan.escalation.paths import paths

    rates = arguments.numbers(p, "--p") if p is not None else None
    count = typed.level_count_with(rates) if rates is not None else typed.level_count()
    if count is None:
        raise typer.BadParameter("give --p or the number of levels", param_hint="--levels")
    found = paths(of_complete_outcomes(typed.built(count)), cohorts, rates)
    if as_svg:
        from hevesy.readout.figures.decisions import dose_paths

        typer.echo(dose_paths(found))
        return
    rows = [
        {
            "outcomes": " ".join(f"{level}{letters}" for level, letters in zip(path.levels, path.outcomes, strict=True)),
            "level": path.level,
            "mtd": path.mtd,
            "probability": path.probability,
        }
        for path in found
    ]
    show(
        {"paths": rows},
        as_json,
        lambda: "\n".join(
            f"{row['outcomes']} -> {'level ' + str(row['level']) if row['level'] else 'over, MTD ' + str(row['mtd'] or 'none')}"
            + ("" if row["probability"] is None else f"  {row['probability']:.6f}")
            for row in rows
        ),
    )


@app.command("fit")
@design_options
def fit_(
    typed: Typed,
    history: Annotated[str, typer.Option("--history", metavar="FILE|TEXT", help="As in '1NNN 2NNT', or a file that says so.")] = "",
    model: Annotated[str, typer.Option("--model", help="Of crm: empiric or logistic.")] = "empiric",
    as_json: JsonFlag = False,
) -> None:
    """Posterior of crm, titecrm or blrm for given data: parameters, DLT rates with 95 % intervals, the level recommended."""
    from dataclasses import replace

    from hevesy.plan.escalation import blrm, crm
    from hevesy.plan.escalation.design import notation, parse_history
    from hevesy.plan.escalation.tite import TITECRM

    if typed.design not in ("crm", "titecrm", "blrm"):
        raise typer.BadParameter(f"crm, titecrm and blrm have a posterior; {typed.design} has none", param_hint="--design")
    if model not in ("empiric", "logistic"):
        raise typer.BadParameter(f"{model!r} is none of empiric, logistic", param_hint="--model")
    cohorts = parse_history(_text_or_file(history))
    count = typed.level_count()
    if count is None:
        raise typer.BadParameter("give the skeleton or the doses", param_hint="--skeleton, --doses")
    design = typed.built(count)
    if max((cohort.level for cohort in cohorts), default=1) > count:
        raise CannotAnswer(f"the history has a level above the {count} of the design")
    unsettled = any(cohort.pending or cohort.undetermined for cohort in cohorts)
    if unsettled and not isinstance(design, TITECRM):
        raise CannotAnswer(f"{typed.design} uses complete outcomes only; pending subjects need titecrm, undetermined ones an answer")
    n = [sum(cohort.evaluable for cohort in cohorts if cohort.level == level) for level in range(1, count + 1)]
    dlt = [sum(cohort.with_dlt for cohort in cohorts if cohort.level == level) for level in range(1, count + 1)]
    if isinstance(design, blrm.BLRM):
        low, high = design.target_interval
        posterior = blrm.fit(design.prior, design.doses, n, dlt, limits=(low, high))
        decision = design.decide(cohorts)
        p_dlt = [
            {"mean": mean, "lower": lower, "upper": upper, "p_under": inside[0], "p_target": inside[1], "p_overdose": inside[2]}
            for mean, lower, upper, inside in zip(posterior.mean, posterior.lower, posterior.upper, posterior.intervals, strict=True)
        ]
        parameters = {"log_alpha": posterior.log_alpha[0], "log_alpha_sd": posterior.log_alpha[1]}
        parameters |= {"log_beta": posterior.log_beta[0], "log_beta_sd": posterior.log_beta[1]}
        recommended, because = decision.level or decision.mtd, [design.stated()]
    else:
        kind: crm.Model = "empiric" if model == "empiric" else "logistic"
        tite = (
            design if isinstance(design, TITECRM) else TITECRM(prior=typed.escalation().skeleton, target=typed.target or 0.0, window_d=85)
        )
        found = replace(tite, model=kind).fit(cohorts)
        p_dlt = [{"mean": rate, "lower": lower, "upper": upper} for rate, (lower, upper) in zip(found.p_dlt, found.intervals, strict=True)]
        parameters, recommended = {"beta": found.beta, "variance": found.variance}, found.recommended
        because = [
            f"recommended: the level nearest the target {tite.target:g}, before the restrictions on going up (see `plan next`)",
            f"{model} model, normal prior of variance {tite.variance:g}; rates at the posterior mean, 95 % intervals from the posterior",
        ]
    document = {
        "parameters": parameters,
        "p_dlt": p_dlt,
        "recommended": recommended,
        "because": [f"history {notation(cohorts) or 'empty'}", *because],
    }
    show(
        document,
        as_json,
        lambda: "\n".join(
            [
                f"recommended: {'level ' + str(recommended) if recommended else 'none'}",
                "  " + ", ".join(f"{name} {value:.6g}" for name, value in parameters.items()),
                *(
                    f"  level {level}: {one['mean']:.3f} ({one['lower']:.3f} to {one['upper']:.3f})"
                    + (f", P(target) {one['p_target']:.3f}, P(overdose) {one['p_overdose']:.3f}" if "p_target" in one else "")
                    for level, one in enumerate(p_dlt, start=1)
                ),
                *because,
            ]
        ),
    )


def _text_or_file(text: str) -> str:
    """The text itself, or what the file of that name says."""
    path = Path(text)
    try:
        return path.read_text(encoding="utf-8") if text and path.is_file() else text
    except OSError:
        return text


@app.command("protocol")
@design_options
def protocol_text(typed: Typed, as_json: JsonFlag = False) -> None:
    """The paragraph of a protocol that says how doses are escalated by a design."""
    from hevesy.plan.escalation.paragraph import paragraph

    count = typed.level_count()
    if count is None:
        raise typer.BadParameter("a protocol says how many levels there are", param_hint="--levels")
    text = paragraph(typed.built(count))
    show({"text": text}, as_json, lambda: text)


@app.command("two-stage")
def two_stage(
    p0: Annotated[float, typer.Option("--p0", help="Response rate that is not interesting.")],
    p1: Annotated[float, typer.Option("--p1", help="Response rate that is.")],
    alpha: Annotated[float, typer.Option("--alpha", help="Type I error.")],
    beta: Annotated[float, typer.Option("--beta", help="Type II error.")],
    n_max: Annotated[int, typer.Option("--n-max", help="Largest size searched.")] = 120,
    as_json: JsonFlag = False,
) -> None:
    """Simon's optimal and minimax two-stage designs, and a Bayesian one that stops by predictive probability."""
    from hevesy.plan.two_stage import predictive, simon

    found = simon(p0, p1, alpha, beta, n_max)
    document: dict[str, Any] = {
        name: {
            "r1": one.r1,
            "n1": one.n1,
            "r": one.r,
            "n": one.n,
            "expected_n": one.expected_n,
            "pet": one.pet,
            "alpha": one.alpha,
            "power": one.power,
        }
        for name, one in (("optimal", found.optimal), ("minimax", found.minimax))
    }
    bayes = predictive(p0, p1, found.minimax.n1, found.minimax.n, alpha)
    document["bayesian"] = {
        "r1": bayes.r1,
        "n1": bayes.n1,
        "r": bayes.r,
        "n": bayes.n,
        "expected_n": bayes.expected_n,
        "pet": bayes.pet,
        "alpha": bayes.alpha,
        "power": bayes.power,
        "because": bayes.because
        + ("" if bayes.power >= 1 - beta else f"; its power of {bayes.power:.4f} is below the {1 - beta:g} asked for (sizes of minimax)"),
    }
    show(
        document,
        as_json,
        lambda: "\n".join(
            f"{name}: stop after {one['n1']} with at most {one['r1']} responses; not of interest after {one['n']} with at most {one['r']}; "
            f"under p0 = {p0:g} expected {one['expected_n']:.2f}, early stop {one['pet']:.3f}, error {one['alpha']:.4f}; under p1 = {p1:g} "
            f"power {one['power']:.4f}" + (f"\n  {one['because']}" if "because" in one else "")
            for name, one in document.items()
        ),
    )


@app.command("basket")
def basket(
    responses: Annotated[str, typer.Option("--responses", help="By basket, as in 6,3.")],
    sizes: Annotated[str, typer.Option("--sizes", help="By basket, as in 20,18.")],
    null: Annotated[float, typer.Option("--p0", help="Response rate that is not interesting.")] = 0.2,
    method: Annotated[str, typer.Option("--method", help="independent, pooled, bhm, exnex, mem.")] = "mem",
    exchangeable: Annotated[float, typer.Option("--exchangeable", help="Prior probability of exchangeability, of mem and exnex.")] = 0.5,
    as_json: JsonFlag = False,
) -> None:
    """Several indications together: the probability that each responds more than a null rate."""
    from hevesy.plan.basket import METHODS, judged, prior_of

    if method not in METHODS:
        raise typer.BadParameter(f"{method!r} is none of {', '.join(METHODS)}", param_hint="--method")
    if not 0 < null < 1:
        raise typer.BadParameter(f"a response rate lies between 0 and 1, got {null:g}", param_hint="--p0")
    counts, treated = arguments.whole_numbers(responses, "--responses"), arguments.whole_numbers(sizes, "--sizes")
    found = judged(method, tuple(counts), tuple(treated), null, exchangeable)
    document = {
        "post_prob": list(found.post_prob),
        "mean": list(found.mean),
        "lower": list(found.lower),
        "upper": list(found.upper),
        "pairwise_exchangeability": [list(row) for row in found.pairwise_exchangeability] if found.pairwise_exchangeability else None,
        "because": [
            f"{method}: P(response rate > {null:g}) by basket, posterior mean and 95 % interval",
            prior_of(method, null, exchangeable),
        ],
    }
    show(
        document,
        as_json,
        lambda: "\n".join(
            [
                *(
                    f"basket {place}: {y} of {n}, P(rate > {null:g}) = {prob:.4f}, mean {mean:.3f} ({low:.3f} to {high:.3f})"
                    for place, (y, n, prob, mean, low, high) in enumerate(
                        zip(counts, treated, found.post_prob, found.mean, found.lower, found.upper, strict=True), start=1
                    )
                ),
                *document["because"],  # type: ignore[misc]
            ]
        ),
    )


@app.command("imaging")
def imaging_(
    activities: Annotated[str | None, typer.Option("--activities", help="Of a grid: activity by group, as in 55MBq,110MBq.")] = None,
    times: Annotated[str | None, typer.Option("--times", help="Of a grid: time of each scan after injection, as in 24h,48h,120h.")] = None,
    subjects: Annotated[int | None, typer.Option("--subjects", min=1, help="Of a grid: subjects for each activity.")] = None,
    sensitivity: Annotated[float | None, typer.Option("--sensitivity", help="Expected; with specificity, prevalence, half width.")] = None,
    specificity: Annotated[float | None, typer.Option("--specificity", help="Expected.")] = None,
    prevalence: Annotated[float | None, typer.Option("--prevalence", help="Share of subjects with disease.")] = None,
    half_width: Annotated[float, typer.Option("--half-width", help="Wanted of both exact intervals, on average.")] = 0.1,
    level: Annotated[float, typer.Option("--level", help="Of the intervals.")] = 0.95,
    only_first: Annotated[
        float | None, typer.Option("--only-first", help="Paired: share of diseased found by the first test only.")
    ] = None,
    only_second: Annotated[float | None, typer.Option("--only-second", help="Paired: share found by the second test only.")] = None,
    alpha: Annotated[float, typer.Option("--alpha", help="Paired: two-sided type I error.")] = 0.05,
    power: Annotated[float, typer.Option("--power", help="Paired: wanted power.")] = 0.8,
    as_json: JsonFlag = False,
) -> None:
    """An imaging trial: its grid of activities and times, its size for precise accuracy, its size for a paired comparison."""
    from hevesy.plan.imaging import ImagingGrid, for_paired_comparison, for_precision

    document: dict[str, Any] = {"grid": None, "precision": None, "paired": None}
    lines: list[str] = []
    grid_options, accuracy, pair = (activities, times, subjects), (sensitivity, specificity, prevalence), (only_first, only_second)
    for asked, names in (
        (grid_options, "--activities, --times, --subjects"),
        (accuracy, "--sensitivity, --specificity, --prevalence"),
        (pair, "--only-first, --only-second"),
    ):
        if any(one is not None for one in asked) and any(one is None for one in asked):
            raise typer.BadParameter("these belong together: give all or none", param_hint=names)
    if activities is not None and times is not None and subjects is not None:
        grid = ImagingGrid(
            activities_MBq=tuple(arguments.quantity(one, "activity", "--activities") for one in activities.split(",")),
            times_h=tuple(arguments.quantity(one, "time", "--times") for one in times.split(",")),
            subjects_per_activity=subjects,
        )
        cells = [
            {"activity_MBq": activity, "elapsed_h": time, "subjects": subjects} for activity in grid.activities_MBq for time in grid.times_h
        ]
        document["grid"] = {"subjects": grid.subjects, "scans": grid.scans, "cells": cells}
        lines.append(
            f"grid of {len(grid.activities_MBq)} activities x {len(grid.times_h)} times: {grid.subjects} subjects, {grid.scans} scans"
        )
    if sensitivity is not None and specificity is not None and prevalence is not None:
        wide = for_precision(sensitivity, specificity, half_width, prevalence, level)
        document["precision"] = {"diseased": wide.diseased, "healthy": wide.healthy, "subjects": wide.subjects, "because": wide.because}
        lines.append(f"precision: {wide.subjects} subjects ({wide.diseased} with and {wide.healthy} without disease at least)")
        lines.append(f"  {wide.because}")
    if only_first is not None and only_second is not None:
        paired = for_paired_comparison(only_first, only_second, alpha, power)
        document["paired"] = {"n": paired.n, "power": paired.power, "because": paired.because}
        lines.append(f"paired comparison: {paired.n} subjects with disease, power {paired.power:.4f}")
        lines.append(f"  {paired.because}")
    if not lines:
        raise typer.BadParameter(
            "ask for a grid, a precision or a paired comparison", param_hint="--activities, --sensitivity, --only-first"
        )
    show(document, as_json, lambda: "\n".join(lines))
