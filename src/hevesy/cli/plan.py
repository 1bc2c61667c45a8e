"""hevesy plan: the next dose and why, decision tables, dose paths, fits, the paragraph of a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, show
from hevesy.cli.designs import Rates, Typed, by_flag, design_options
from hevesy.errors import CannotAnswerError

if TYPE_CHECKING:
    from hevesy.plan.escalation.design import Decision, DescribedDesign
    from hevesy.study.protocol import TrialProtocol

app = typer.Typer(
    help=(
        "Plan the trial: the next dose and why, decision tables, operating characteristics, "
        "two-stage and basket designs."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)
History = Annotated[
    str | None,
    typer.Option(
        "--history",
        help=(
            "As in '1NNNN 2NT37P40': N no DLT, T DLT, P pending, U undetermined, X not evaluable, E response, "
            "B response and DLT; days may follow T, B and P."
        ),
    ),
]
NOT_OF_A_STUDY = {
    "table": "a table is not for this command: it is for next, oc and paths with --history or --p",
    "boin12": "boin12 needs the responses of the subjects: give a history in notation",
}
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
    stratum: Annotated[
        str | None, typer.Option("--stratum", metavar="NAME", help="One stratum of a study's escalation.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """The next dose and why, from a study folder or from notation; of each stratum where the protocol has strata."""
    if (folder is None) == (history is None):
        raise typer.BadParameter("give either a study folder or --history")
    if history is not None:
        if stratum is not None:
            raise typer.BadParameter("a history has no strata; they are a study's", param_hint="--stratum")
        document = _from_notation(typed, history)
    else:
        assert folder is not None
        document = _from_study(typed, folder, as_of, stratum)
    show(document, as_json, lambda: "\n".join(_lines_of_decision(document)))


def _from_notation(typed: Typed, history: str) -> dict[str, Any]:
    from hevesy.plan.escalation.design import parse_history

    cohorts = parse_history(history)
    count = typed.level_count()
    notes: tuple[str, ...] = ()
    if count is None:
        count = max((cohort.level for cohort in cohorts), default=1) + 1
        notes = (f"the number of levels was not given; taken as at least {count}",)
    days = [day for cohort in cohorts for day in (*cohort.pending_d, *cohort.dlt_after_d)]
    with_days = bool(days) and typed.design == "rolling-six"
    design = typed.built(count, calendar=with_days)
    window_d = typed.window_d(calendar=with_days)
    if window_d is not None and max(days, default=0) > window_d:
        raise CannotAnswerError(
            f"a subject is followed for at most the window of {window_d:g} days, got {max(days):g} in the history"
        )
    decision = design.decide(cohorts)
    doses = [f"{dose:g}" for dose in typed.dose_values()]
    return _decision_document(decision, (*decision.because, *typed.window_told(), *notes), design.in_short, doses)


def _from_study(typed: Typed, folder: Path, as_of: str | None, stratum: str | None) -> dict[str, Any]:
    from dataclasses import replace

    from hevesy.conduct.next_dose import design_of, next_doses
    from hevesy.conduct.recorded_study import read_record, study_of
    from hevesy.study.cut import as_of as cut_at

    study = study_of(read_record(arguments.study_folder(folder)))
    own = study.protocol.escalation
    if typed.design is not None:
        chosen: DescribedDesign | None = _for_study(typed, study.protocol)
        other = replace(typed.plan(), strata=own.strata if own is not None else ())
        study = replace(study, protocol=replace(study.protocol, escalation=other))
    elif not typed.nothing:
        raise typer.BadParameter("the study's own design is used; to try another, give --design", param_hint="--design")
    else:
        chosen = None
    strata = [one.name for one in own.strata] if own is not None else []
    if stratum is not None and stratum not in strata:
        known = f"it has {', '.join(strata)}" if strata else "the protocol has no strata"
        raise typer.BadParameter(f"no stratum is called {stratum!r}; {known}", param_hint="--stratum")
    cut = arguments.day(as_of, "--as-of") or study.last_fact_on()
    if cut is None:
        raise CannotAnswerError("the study has no dated fact yet")
    doses = [str(level.total) for level in study.protocol.dose_levels]
    documents = []
    for found in next_doses(cut_at(study, cut), cut, design=chosen):
        if stratum is not None and found.stratum != stratum:
            continue
        design = (
            None
            if study.protocol.escalation is None or study.protocol.dlt is None
            else chosen or design_of(study.protocol)
        )
        because = found.because
        if found.decision is not None:
            because = (f"as of {cut}: {found.notation or 'nobody yet'}", *because)
            because = (*because, "not by the study's own design") if chosen is not None else because
        told = _decision_document(found.decision, because, design.in_short if design is not None else None, doses)
        documents.append(told | ({"stratum": found.stratum} if found.stratum is not None else {}))
    if all(one["action"] is None for one in documents):
        why = "; ".join(dict.fromkeys(line for one in documents for line in one["because"]))
        raise CannotAnswerError(why, documents[0] if len(documents) == 1 else _of_strata(documents))
    return documents[0] if len(documents) == 1 else _of_strata(documents)


def _of_strata(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Decisions of several strata: there is none for all of them together."""
    none = dict.fromkeys(("action", "level", "open_places", "mtd", "dose"))
    return none | {
        "design": documents[0]["design"],
        "because": ["each stratum is decided by itself; name one with its name, or see the decisions of all"],
        "strata": documents,
    }


def _decision_document(
    decision: Decision | None, because: tuple[str, ...], design: str | None, doses: list[str]
) -> dict[str, Any]:
    """A decision as printed; all of it null where there is none."""
    return {
        "action": decision.action if decision else None,
        "level": decision.level if decision else None,
        "open_places": decision.open_places if decision else None,
        "mtd": decision.mtd if decision else None,
        "dose": _dose_of(decision.level or decision.mtd, doses) if decision else None,
        "design": design,
        "because": list(because),
    }


def _lines_of_decision(document: dict[str, Any]) -> list[str]:
    """A decision in words, or those of each stratum."""
    if "strata" in document:
        return [line for one in document["strata"] for line in (f"stratum {one['stratum']}:", *_lines_of_decision(one))]
    reasons = [f"  {line}" for line in document["because"]]
    if document["action"] is None:
        return ["cannot be answered", *reasons]
    at = f" ({document['dose']})" if document["dose"] else ""
    where = f", MTD level {document['mtd']}{at}" if document["mtd"] else ", no MTD"
    if document["level"] is not None:
        where = f", level {document['level']}{at}"
    first = f"{document['action']}{where}; places open: {document['open_places']}"
    return [first, *reasons, f"  by {document['design']}"]


def _dose_of(level: int | None, doses: list[str]) -> str | None:
    """The dose of a level, where doses are known."""
    return doses[level - 1] if level is not None and level <= len(doses) else None


def _for_study(typed: Typed, protocol: TrialProtocol) -> DescribedDesign:
    """The design typed, over the levels of a study and in its window; the study knows both."""
    from dataclasses import replace

    count, told = len(protocol.dose_levels), typed.level_count()
    if told is not None and told != count:
        raise typer.BadParameter(
            f"the study has {count} levels, got {told}", param_hint="--levels, --doses, --skeleton"
        )
    if typed.window is not None:
        raise typer.BadParameter("the study's own window is used: its DLTs are judged in it", param_hint="--window")
    uses_window = typed.design in ("titecrm", "titeboin")
    if typed.design == "blrm" and not typed.dose_values():
        hint = "give the doses in the unit of the reference dose, one for each of the study's levels"
        raise typer.BadParameter(hint, param_hint="--doses")
    if protocol.dlt is None:
        raise CannotAnswerError("the protocol has no [dlt]: no dose decision")
    size = typed.cohort_size or (protocol.escalation.cohort_size if protocol.escalation else None)
    window = f"{protocol.dlt.window_d}d" if uses_window else None
    design = replace(typed, window=window, cohort_size=size).built(count)
    if typed.design in NOT_OF_A_STUDY:
        raise typer.BadParameter(NOT_OF_A_STUDY[typed.design], param_hint="--design")
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
    if typed.design == "boin12":
        from hevesy.plan.escalation.catalogue import desirability

        worth = desirability(typed.plan())
        scores = worth.ranks()
        cells = [
            {"n": n, "dlts": dlt, "responses": responses, "decision": score if score is not None else "X"}
            for (n, dlt, responses), score in scores.items()
        ]
        told = (
            f"rank-based desirability score, DLT limit {worth.toxicity_limit:g}, response limit "
            f"{worth.efficacy_limit:g}; X: not admissible"
        )
        show({"rows": cells, "because": [told]}, as_json, lambda: _csv(cells))
        return
    design = typed.built(typed.level_count() or 3)
    if sum((as_csv, as_html, as_svg, as_json)) > 1:
        raise typer.BadParameter("give one of --csv, --html, --svg, --json")
    with by_flag():
        found = design.decision_table(typed.n if typed.n is not None else 30)
    rows = [{"n": cell.n, "dlts": cell.dlts, "decision": cell.decision} for cell in found]
    if as_csv:
        typer.echo(_csv(rows))
    elif as_html or as_svg:
        from hevesy.readout.figures.decisions import decision_figure, decision_grid
        from hevesy.render.html import as_html as html_of
        from hevesy.render.svg import as_svg as svg_of

        typer.echo(html_of([decision_grid(found)]) if as_html else svg_of(decision_figure(found), "paper"), nl=as_html)
    else:
        show(
            {"rows": rows, "because": [f"{key}: {meant}" for key, meant in MEANING.items()]},
            as_json,
            lambda: "\n".join(
                [
                    f"{design.in_short}: decision with n subjects at the level and 0, 1, 2 ... DLTs",
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
    from hevesy.plan.escalation.paths import paths

    rates = arguments.numbers(p, "--p") if p is not None else None
    count = typed.level_count_with(rates) if rates is not None else typed.level_count()
    if count is None:
        raise typer.BadParameter("give --p or the number of levels", param_hint="--levels")
    found = paths(typed.built(count).complete(), cohorts, rates)
    if as_svg:
        from hevesy.readout.figures.decisions import dose_paths
        from hevesy.render.svg import as_svg as svg_of

        typer.echo(svg_of(dose_paths(found), "paper"), nl=False)
        return
    rows = [
        {
            "outcomes": " ".join(
                f"{level}{letters}" for level, letters in zip(path.levels, path.outcomes, strict=True)
            ),
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
            f"{row['outcomes']} -> "
            f"{'level ' + str(row['level']) if row['level'] else 'over, MTD ' + str(row['mtd'] or 'none')}"
            + ("" if row["probability"] is None else f"  {row['probability']:.6f}")
            for row in rows
        ),
    )


@app.command("fit")
@design_options
def fit_(
    typed: Typed,
    history: Annotated[
        str, typer.Option("--history", metavar="FILE|TEXT", help="As in '1NNN 2NNT', or a file that says so.")
    ] = "",
    model: Annotated[str, typer.Option("--model", help="Of crm: empiric or logistic.")] = "empiric",
    as_json: JsonFlag = False,
) -> None:
    """Posterior of crm, titecrm or blrm for given data: parameters, DLT rates with 95 % intervals, the level."""
    from hevesy.plan.escalation.design import notation, parse_history
    from hevesy.plan.escalation.posterior import posterior

    if typed.design not in ("crm", "titecrm", "blrm"):
        raise typer.BadParameter(
            f"crm, titecrm and blrm have a posterior; {typed.design} has none", param_hint="--design"
        )
    if model not in ("empiric", "logistic"):
        raise typer.BadParameter(f"{model!r} is none of empiric, logistic", param_hint="--model")
    cohorts = parse_history(_text_or_file(history))
    count = typed.level_count()
    if count is None:
        raise typer.BadParameter("give the skeleton or the doses", param_hint="--skeleton, --doses")
    design = typed.built(count)
    found = posterior(typed.plan(), design, cohorts, "empiric" if model == "empiric" else "logistic")
    parameters, p_dlt, recommended, because = found.parameters, found.p_dlt, found.recommended, found.because
    document = {
        "parameters": parameters,
        "p_dlt": p_dlt,
        "recommended": recommended,
        "because": [f"history {notation(cohorts) or 'empty'}", *typed.window_told(), *because],
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
                    + (
                        f", P(target) {one['p_target']:.3f}, P(overdose) {one['p_overdose']:.3f}"
                        if "p_target" in one
                        else ""
                    )
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
    count = typed.level_count()
    if count is None:
        raise typer.BadParameter("a protocol says how many levels there are", param_hint="--levels")
    text = typed.built(count).paragraph
    show({"text": text}, as_json, lambda: text)
