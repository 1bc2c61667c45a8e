"""What a model makes of data."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Text, WordsOrFile
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import of_numbers, table
from hevesy.errors import QuestionError

COMMAND = "plan fit"
FACES = ("csv",)
Model = Literal["empiric", "logistic"]
FITTED = ("crm", "titecrm", "blrm")


def posterior_rates(
    *,
    history: Annotated[str, WordsOrFile("As in '1NNN 2NNT', or a file that says so.", "FILE|TEXT")] = "",
    model: Annotated[Model, Text("Of crm: empiric or logistic.", choices=get_args(Model))] = "empiric",
    by: AskedDesign,
) -> Answer:
    """Posterior of crm, titecrm or blrm for given data: parameters, DLT rates with 95 % intervals, the level.

    Returns the parameters, by level the rate with its limits (of blrm also the probability of each interval), and the
    level nearest the target before any restriction on going up.
    Refused are other designs, pending subjects without their days, levels that the design has not.
    Source: O'Quigley 1990; Cheung and Chappell 2000; Neuenschwander 2008.

    >>> import hevesy
    >>> hevesy.posterior_rates(history="1NNN 2NNT", design="crm", target=0.25, skeleton=[0.1, 0.25, 0.4]).document[
    ...     "recommended"
    ... ]
    2
    """
    from hevesy.plan.escalation.design import notation, parse_history
    from hevesy.plan.escalation.posterior import posterior

    if by.design not in FITTED:
        raise QuestionError(f"crm, titecrm and blrm have a posterior; {by.design} has none", "design")
    cohorts = parse_history(history)
    count = by.level_count()
    if count is None:
        raise QuestionError("give the skeleton or the doses", "skeleton", "doses")
    found = posterior(by.plan(), by.built(count), cohorts, model)
    names = list(found.p_dlt[0])
    rows: list[list[Cell]] = [
        [shown(level), *(shown(value, ".3f") for value in one.values())]
        for level, one in enumerate(found.p_dlt, start=1)
    ]
    columns = [of_numbers(title) for title in ("level", *(name.replace("p_", "P ") for name in names))]
    return Answer(
        document={
            "parameters": found.parameters,
            "p_dlt": found.p_dlt,
            "recommended": found.recommended,
            "because": [f"history {notation(cohorts) or 'empty'}", *by.window_told(), *found.because],
        },
        blocks=(
            said(f"recommended: {'level ' + str(found.recommended) if found.recommended else 'none'}", tone="answer"),
            said("  " + ", ".join(f"{name} {value:.6g}" for name, value in found.parameters.items())),
            table("rates", "DLT rates by level", columns, rows),
            *map(said, found.because),
        ),
    )
