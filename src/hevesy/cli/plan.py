"""hevesy plan: the next dose and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli import arguments
from hevesy.cli.app import CannotAnswer, JsonFlag, show

app = typer.Typer(help="Plan the trial: the next dose and why.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def plan() -> None:
    """Plan the trial: the next dose and why."""


@app.command("next")
def next_(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A study folder; or give --history.")] = None,
    design: Annotated[str | None, typer.Option("--design", help="three-plus-three (others follow).")] = None,
    variant: Annotated[str | None, typer.Option("--variant", help="no-de-escalation, de-escalation, modified.")] = None,
    cohort_size: Annotated[int | None, typer.Option("--cohort-size", min=1, help="Evaluable subjects a cohort.")] = None,
    levels: Annotated[
        str | None, typer.Option("--levels", metavar="L", help="Number of dose levels, or the levels between commas.")
    ] = None,
    history: Annotated[
        str | None, typer.Option("--history", help="As in '1NNNN 2NNTP': N no DLT, T DLT, P pending, U undetermined, X not evaluable.")
    ] = None,
    target: Annotated[float | None, typer.Option("--target", help="Target DLT rate (not used by three-plus-three).")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Data cut of the study.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """The next dose and why, from a study folder or from notation."""
    from dataclasses import replace

    from hevesy.conduct.delivery import require_intact
    from hevesy.conduct.next_dose import DESIGNS, design_of, next_dose
    from hevesy.conduct.recorded_study import read_record, study_of
    from hevesy.plan.escalation.design import parse_history
    from hevesy.plan.escalation.three_plus_three import VARIANTS
    from hevesy.study.cut import as_of as cut_at
    from hevesy.study.protocol import Escalation

    if (folder is None) == (history is None):
        raise typer.BadParameter("give either a study folder or --history")
    if design is not None and design not in DESIGNS:
        raise typer.BadParameter(f"{design!r} is not known yet; known is {', '.join(DESIGNS)}", param_hint="--design")
    if variant is not None and variant not in VARIANTS:
        raise typer.BadParameter(f"{variant!r} is none of {', '.join(VARIANTS)}", param_hint="--variant")
    del target
    notes: tuple[str, ...] = ()
    if history is not None:
        if design is None:
            raise typer.BadParameter("a history needs the design it belongs to", param_hint="--design")
        cohorts = parse_history(history)
        count = _level_count(levels)
        if count is None:
            count = max((cohort.level for cohort in cohorts), default=1) + 1
            notes = (f"the number of levels was not given; taken as at least {count}",)
        chosen = variant or "no-de-escalation"
        size = cohort_size if cohort_size is not None else (4 if chosen == "modified" else 3)
        decision = design_of(Escalation(design=design, variant=chosen, cohort_size=size), count).decide(cohorts)
        because = (*decision.because, *notes)
    else:
        assert folder is not None
        require_intact(arguments.study_folder(folder))
        study = study_of(read_record(folder))
        if design or variant or cohort_size:
            given = study.protocol.escalation
            escalation = Escalation(
                design=design or (given.design if given else DESIGNS[0]),
                variant=variant or (given.variant if given else VARIANTS[0]),
                cohort_size=cohort_size or (given.cohort_size if given else 3),
            )
            study = replace(study, protocol=replace(study.protocol, escalation=escalation))
        cut = arguments.day(as_of, "--as-of") or study.last_fact_on()
        if cut is None:
            raise CannotAnswer("the study has no dated fact yet")
        dose = next_dose(cut_at(study, cut), cut)
        if dose.decision is None:
            raise CannotAnswer(
                "; ".join(dose.because), {"action": None, "level": None, "open_places": None, "mtd": None, "because": list(dose.because)}
            )
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
