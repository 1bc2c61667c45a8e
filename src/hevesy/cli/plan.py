"""hevesy plan: the next dose and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli import arguments
from hevesy.cli.app import CannotAnswer, JsonFlag, show

if TYPE_CHECKING:
    from hevesy.study.protocol import Escalation

app = typer.Typer(
    help="Plan the trial: the next dose and why, decision tables, operating characteristics, two-stage designs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("next")
def next_(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A study folder; or give --history.")] = None,
    design: Annotated[str | None, typer.Option("--design", help="three-plus-three, boin, keyboard, mtpi, mtpi2, crm.")] = None,
    variant: Annotated[str | None, typer.Option("--variant", help="no-de-escalation, de-escalation, modified.")] = None,
    cohort_size: Annotated[int | None, typer.Option("--cohort-size", min=1, help="Evaluable subjects a cohort.")] = None,
    levels: Annotated[
        str | None, typer.Option("--levels", metavar="L", help="Number of dose levels, or the levels between commas.")
    ] = None,
    skeleton: Annotated[str | None, typer.Option("--skeleton", metavar="RATES", help="Prior DLT rates by level, of crm.")] = None,
    history: Annotated[
        str | None, typer.Option("--history", help="As in '1NNNN 2NNTP': N no DLT, T DLT, P pending, U undetermined, X not evaluable.")
    ] = None,
    target: Annotated[float | None, typer.Option("--target", help="Target DLT rate of an interval design.")] = None,
    n: Annotated[int | None, typer.Option("--n", min=1, help="Subjects in all, of an interval design (default 30).")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Data cut of the study.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """The next dose and why, from a study folder or from notation."""
    from dataclasses import replace

    from hevesy.conduct.delivery import require_intact
    from hevesy.conduct.next_dose import next_dose
    from hevesy.conduct.recorded_study import read_record, study_of
    from hevesy.plan.escalation.catalogue import design_named
    from hevesy.plan.escalation.design import parse_history
    from hevesy.study.cut import as_of as cut_at

    if (folder is None) == (history is None):
        raise typer.BadParameter("give either a study folder or --history")
    notes: tuple[str, ...] = ()
    if history is not None:
        cohorts = parse_history(history)
        count = _level_count(levels) if skeleton is None else len(skeleton.split(","))
        if count is None:
            count = max((cohort.level for cohort in cohorts), default=1) + 1
            notes = (f"the number of levels was not given; taken as at least {count}",)
        decision = design_named(_escalation(design, variant, cohort_size, target, n, skeleton), count).decide(cohorts)
        because = (*decision.because, *notes)
    else:
        assert folder is not None
        require_intact(arguments.study_folder(folder))
        study = study_of(read_record(folder))
        if design is not None:
            study = replace(
                study, protocol=replace(study.protocol, escalation=_escalation(design, variant, cohort_size, target, n, skeleton))
            )
        elif variant is not None or cohort_size is not None or target is not None or n is not None:
            raise typer.BadParameter("the study's own design is used; to try another, give --design", param_hint="--variant")
        cut = arguments.day(as_of, "--as-of") or study.last_fact_on()
        if cut is None:
            raise CannotAnswer("the study has no dated fact yet")
        dose = next_dose(cut_at(study, cut), cut)
        if dose.decision is None:
            nothing = {"action": None, "level": None, "open_places": None, "mtd": None, "because": list(dose.because)}
            raise CannotAnswer("; ".join(dose.because), nothing)
        decision, because = dose.decision, (f"as of {cut}: {dose.notation or 'nobody yet'}", *dose.because)
    document = {
        "action": decision.action,
        "level": decision.level,
        "open_places": decision.open_places,
        "mtd": decision.mtd,
        "because": list(because),
    }
    where = f", level {decision.level}" if decision.level is not None else (f", MTD level {decision.mtd}" if decision.mtd else ", no MTD")
    show(
        document,
        as_json,
        lambda: "\n".join([f"{decision.action}{where}; places open: {decision.open_places}", *(f"  {line}" for line in because)]),
    )


def _escalation(
    design: str | None, variant: str | None, cohort_size: int | None, target: float | None, n: int | None, skeleton: str | None = None
) -> Escalation:
    """The design as typed; what a design needs and does not have is wrong usage."""
    from hevesy.study.protocol import DESIGN_VARIANTS, Escalation

    if design is None:
        raise typer.BadParameter("name the design", param_hint="--design")
    if design not in DESIGN_VARIANTS:
        raise typer.BadParameter(f"{design!r} is not known yet; known are {', '.join(DESIGN_VARIANTS)}", param_hint="--design")
    variants = DESIGN_VARIANTS[design]
    if variants:
        chosen = variant or variants[0]
        if chosen not in variants:
            raise typer.BadParameter(f"{variant!r} is none of {', '.join(variants)}", param_hint="--variant")
        return Escalation(design=design, variant=chosen, cohort_size=cohort_size or (4 if chosen == "modified" else 3))
    if variant is not None:
        raise typer.BadParameter(f"{design} has no variants", param_hint="--variant")
    if target is None or not 0 < target < 1:
        raise typer.BadParameter(f"{design} needs a target DLT rate between 0 and 1, got {target}", param_hint="--target")
    if (design == "crm") != (skeleton is not None):
        raise typer.BadParameter("crm needs the prior DLT rates by level; other designs have none", param_hint="--skeleton")
    prior = tuple(arguments.numbers(skeleton, "--skeleton")) if skeleton is not None else ()
    full = n if n is not None else 30
    return Escalation(design=design, variant=None, cohort_size=cohort_size or 3, target=target, n_max=full, skeleton=prior)


Design = Annotated[str, typer.Option("--design", help="three-plus-three, boin, keyboard, mtpi, mtpi2, crm.")]
Variant = Annotated[str | None, typer.Option("--variant", help="Of three-plus-three: no-de-escalation, de-escalation, modified.")]
CohortSize = Annotated[int | None, typer.Option("--cohort-size", min=1, help="Evaluable subjects a cohort.")]
Target = Annotated[float | None, typer.Option("--target", help="Target DLT rate of an interval design.")]
Skeleton = Annotated[str | None, typer.Option("--skeleton", metavar="RATES", help="Prior DLT rates by level, of crm.")]
Rates = Annotated[str | None, typer.Option("--p", metavar="RATES", help="True DLT rates by level, as in 0.05,0.1,0.25.")]


@app.command("table")
def table(
    design: Design,
    target: Target = None,
    cohort_size: CohortSize = None,
    n: Annotated[int, typer.Option("--n", min=1)] = 30,
    variant: Variant = None,
    as_json: JsonFlag = False,
) -> None:
    """Decision table: escalate (E), stay (S), de-escalate (D) or never again (X) by subjects and DLTs at a level."""
    from hevesy.plan.escalation.catalogue import rule_named
    from hevesy.plan.escalation.design import parse_history
    from hevesy.plan.escalation.three_plus_three import three_plus_three

    if design == "crm":
        raise typer.BadParameter("crm has no table: its answer depends on every level; see plan paths", param_hint="--design")
    plan = _escalation(design, variant, cohort_size, target, n)
    rows: list[dict[str, object]] = []
    if plan.target is not None:
        rule = rule_named(design, plan.target)
        rows = [{"n": size, "dlts": dlt, "decision": rule.at(size, dlt)} for size in range(1, n + 1) for dlt in range(size + 1)]
    else:
        middle = three_plus_three(plan.variant or "", 3, plan.cohort_size)
        below = "1" + "N" * middle.first
        words = {"escalate": "E", "stay": "S", "de-escalate": "D", "stop": "D"}
        for size in (middle.first, middle.first + middle.more):
            for dlt in range(size + 1):
                if size > middle.first and not dlt:
                    continue
                first = min(dlt, middle.add_at_most)
                letters = "N" * (middle.first - first) + "T" * first
                if size == middle.first:
                    letters = "N" * (middle.first - dlt) + "T" * dlt
                history = f"{below} 2{letters}"
                if size > middle.first:
                    if dlt - first > middle.more:
                        continue
                    history += f" 2{'N' * (middle.more - dlt + first)}{'T' * (dlt - first)}"
                rows.append({"n": size, "dlts": dlt, "decision": words[middle.decide(parse_history(history)).action]})
    meaning = {"E": "escalate", "S": "stay", "D": "de-escalate or stop", "X": "de-escalate, never again at this level or above"}
    show(
        {"rows": rows, "because": [f"{key}: {meant}" for key, meant in meaning.items()]},
        as_json,
        lambda: "\n".join(
            f"n {size}: " + " ".join(str(row["decision"]) for row in rows if row["n"] == size)
            for size in sorted({int(str(row["n"])) for row in rows})
        ),
    )


@app.command("oc")
def oc(
    design: Design,
    p: Rates = None,
    target: Target = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Subjects in all, of an interval design.")] = 30,
    cohort_size: CohortSize = None,
    variant: Variant = None,
    skeleton: Skeleton = None,
    exact: Annotated[bool, typer.Option("--exact", help="By exact enumeration (the only way yet).")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Operating characteristics of a design under given DLT rates, without Monte Carlo error."""
    from hevesy.plan.escalation.catalogue import design_named
    from hevesy.plan.escalation.exact import operating_characteristics

    if p is None:
        raise typer.BadParameter("give the true DLT rates by level", param_hint="--p")
    del exact
    rates = arguments.numbers(p, "--p")
    found = operating_characteristics(design_named(_escalation(design, variant, cohort_size, target, n, skeleton), len(rates)), rates)
    document = {
        "selected": list(found.selected),
        "mean_n": list(found.mean_n),
        "mean_dlt": list(found.mean_dlt),
        "expected_n": found.expected_n,
        "mean_cohorts": found.mean_cohorts,
        "method": found.method,
        "standard_error": 0.0,
        "duration_d": None,
        "because": [f"{found.states} states; selected: none first, then each level"],
    }

    def words() -> str:
        lines = [f"no level: {found.selected[0]:.4f}"]
        lines += [
            f"level {level} (p = {rate:g}): selected {found.selected[level]:.4f}, subjects {found.mean_n[level - 1]:.2f}, "
            f"DLT {found.mean_dlt[level - 1]:.2f}"
            for level, rate in enumerate(rates, start=1)
        ]
        return "\n".join([*lines, f"exact; {found.expected_n:.2f} subjects expected"])

    show(document, as_json, words)


@app.command("paths")
def paths_(
    design: Design,
    cohorts: Annotated[int, typer.Option("--cohorts", min=1, max=8, help="How many cohorts ahead.")],
    levels: Annotated[str | None, typer.Option("--levels", metavar="L", help="Number of dose levels, where --p is not given.")] = None,
    p: Rates = None,
    target: Target = None,
    n: Annotated[int, typer.Option("--n", min=1)] = 30,
    cohort_size: CohortSize = None,
    variant: Variant = None,
    as_json: JsonFlag = False,
    skeleton: Skeleton = None,
) -> None:
    """Every path to a horizon of cohorts, with probabilities under given DLT rates."""
    from hevesy.plan.escalation.catalogue import design_named
    from hevesy.plan.escalation.paths import paths

    rates = arguments.numbers(p, "--p") if p is not None else None
    count = len(rates) if rates is not None else _level_count(levels)
    if count is None:
        raise typer.BadParameter("give --p or the number of levels", param_hint="--levels")
    found = paths(design_named(_escalation(design, variant, cohort_size, target, n, skeleton), count), cohorts, rates)
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
def fit_(
    design: Annotated[str, typer.Option("--design", help="crm.")],
    history: Annotated[str, typer.Option("--history", help="As in '1NNN 2NNT'.")],
    skeleton: Annotated[str, typer.Option("--skeleton", metavar="RATES", help="Prior DLT rates by level.")],
    target: Annotated[float, typer.Option("--target", help="Target DLT rate.")],
    model: Annotated[str, typer.Option("--model", help="empiric or logistic.")] = "empiric",
    as_json: JsonFlag = False,
) -> None:
    """Posterior of the continual reassessment method for given data, and the level it recommends."""
    from hevesy.plan.escalation.crm import fit
    from hevesy.plan.escalation.design import parse_history

    if design != "crm":
        raise typer.BadParameter(f"only crm is fitted yet, got {design!r}", param_hint="--design")
    if model not in ("empiric", "logistic"):
        raise typer.BadParameter(f"{model!r} is none of empiric, logistic", param_hint="--model")
    cohorts = parse_history(history)
    if any(cohort.pending or cohort.undetermined for cohort in cohorts):
        raise CannotAnswer("crm uses complete outcomes only; pending or undetermined subjects need titecrm, which is not made yet")
    levels = [cohort.level for cohort in cohorts for _ in range(cohort.evaluable)]
    dlt = [int(place < cohort.with_dlt) for cohort in cohorts for place in range(cohort.evaluable)]
    found = fit("empiric" if model == "empiric" else "logistic", arguments.numbers(skeleton, "--skeleton"), target, levels, dlt)
    document = {
        "parameters": {"beta": found.beta, "variance": found.variance},
        "p_dlt": [{"mean": rate, "lower": None, "upper": None} for rate in found.p_dlt],
        "recommended": found.recommended,
        "because": [f"{model} model, normal prior of variance 1.34; rates at the posterior mean; intervals are not given yet"],
    }
    show(
        document,
        as_json,
        lambda: f"level {found.recommended} is nearest {target:g}; rates " + ", ".join(f"{rate:.3f}" for rate in found.p_dlt),
    )


@app.command("two-stage")
def two_stage(
    p0: Annotated[float, typer.Option("--p0", help="Response rate that is not interesting.")],
    p1: Annotated[float, typer.Option("--p1", help="Response rate that is.")],
    alpha: Annotated[float, typer.Option("--alpha", help="Type I error.")],
    beta: Annotated[float, typer.Option("--beta", help="Type II error.")],
    n_max: Annotated[int, typer.Option("--n-max", help="Largest size searched.")] = 120,
    as_json: JsonFlag = False,
) -> None:
    """Simon's optimal and minimax two-stage designs."""
    from hevesy.plan.two_stage import simon

    found = simon(p0, p1, alpha, beta, n_max)
    document = {
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
    show(
        document,
        as_json,
        lambda: "\n".join(
            f"{name}: stop after {one.n1} with at most {one.r1}; reject after {one.n} with at most {one.r}; "
            f"expected {one.expected_n:.2f}, PET {one.pet:.3f}"
            for name, one in (("optimal", found.optimal), ("minimax", found.minimax))
        ),
    )


def _level_count(levels: str | None) -> int | None:
    if levels is None:
        return None
    if levels.isdigit():
        if int(levels) < 1:
            raise typer.BadParameter("a design needs at least one level", param_hint="--levels")
        return int(levels)
    parts = [part for part in levels.split(",") if part.strip()]
    if len(parts) < 2:
        raise typer.BadParameter(f"{levels!r} is neither a number of levels nor levels between commas", param_hint="--levels")
    return len(parts)
