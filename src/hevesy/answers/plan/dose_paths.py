"""Paths through a trial."""

from __future__ import annotations

from typing import Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Whole
from hevesy.answers.plan.asked_design import AskedDesign, Rates
from hevesy.blocks.number import shown
from hevesy.blocks.section import Section
from hevesy.blocks.table import of_numbers, table
from hevesy.errors import QuestionError

COMMAND = "plan paths"
FACES = ("csv", "svg")


def dose_paths(
    *,
    cohorts: Annotated[int, Whole("How many cohorts ahead.", least=1, most=8)] = 3,
    p: Rates = None,
    by: AskedDesign,
) -> Answer:
    """Every path to a horizon of cohorts, with probabilities under given DLT rates.

    Returns of each path its outcomes, the level that follows or the MTD, and its probability where rates were given.
    Refused are designs without exact results, and rates for another number of levels.

    >>> import hevesy
    >>> found = hevesy.dose_paths(design="three-plus-three", p=[0.1, 0.3], cohorts=1).document["paths"]
    >>> found[0]["outcomes"], round(found[0]["probability"], 3)
    ('1NNN', 0.729)
    """
    from hevesy.plan.escalation.paths import paths
    from hevesy.readout.figures import decisions

    count = by.level_count_with(p) if p is not None else by.level_count()
    if count is None:
        raise QuestionError("give ⟦p⟧ or the number of levels", "levels")
    found = paths(by.built(count).complete(), cohorts, p)
    outcomes = [
        " ".join(f"{level}{letters}" for level, letters in zip(path.levels, path.outcomes, strict=True))
        for path in found
    ]
    rows: list[dict[str, Json]] = [
        {"outcomes": told, **picked(path, "level", "mtd", "probability")}
        for told, path in zip(outcomes, found, strict=True)
    ]
    columns = [of_numbers(title) for title in ("then level", "MTD", "probability")]
    cells = [
        (told, shown(path.level, absent="over"), shown(path.mtd, absent="" if path.level else "none"),
         shown(path.probability, ".6f"))
        for told, path in zip(outcomes, found, strict=True)
    ]  # fmt: skip
    drawn = Section(id="drawn", title="Drawn", blocks=(decisions.dose_paths(found),), folded=True)
    return Answer(document={"paths": rows}, blocks=(table("paths", "Paths", ("outcomes", *columns), cells), drawn))
