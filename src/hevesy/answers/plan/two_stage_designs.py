"""Two-stage designs of a single arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, picked
from hevesy.answers.asked import Real, Whole
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Table, of_numbers, table

if TYPE_CHECKING:
    from hevesy.plan.two_stage import TwoStage

COMMAND = "plan two-stage"
FACES = ("csv",)


def two_stage_designs(
    *,
    p0: Annotated[float, Real("Response rate that is not interesting.")],
    p1: Annotated[float, Real("Response rate that is.")],
    alpha: Annotated[float, Real("Type I error.")],
    beta: Annotated[float, Real("Type II error.")],
    n_max: Annotated[int, Whole("Largest size searched.")] = 120,
) -> Answer:
    """Simon's optimal and minimax two-stage designs, and a Bayesian one that stops by predictive probability.

    Returns of each design r1 of n1 and r of n (at most so many responses: stop, or not of interest), the size expected
    and the probability of stopping early under p0, its errors.
    Refused are rates and errors outside 0 to 1, p1 not above p0, and sizes among which no design keeps both errors.
    Source: Simon, Control Clin Trials 1989;10:1; Lee and Liu, Clin Trials 2008;5:93.

    >>> import hevesy
    >>> found = hevesy.two_stage_designs(p0=0.1, p1=0.3, alpha=0.05, beta=0.2).document["optimal"]
    >>> [found[name] for name in ("r1", "n1", "r", "n")]
    [1, 10, 5, 29]
    """
    from hevesy.plan.two_stage import predictive, simon

    found = simon(p0, p1, alpha, beta, n_max)
    bayes = predictive(p0, p1, found.minimax.n1, found.minimax.n, alpha)
    because = bayes.because
    if bayes.power < 1 - beta:
        because += f"; its power of {bayes.power:.4f} is below the {1 - beta:g} asked for (sizes of minimax)"
    designs: dict[str, TwoStage] = {"optimal": found.optimal, "minimax": found.minimax, "bayesian": bayes}
    names = ("r1", "n1", "r", "n", "expected_n", "pet", "alpha", "power")
    document = {name: picked(one, *names) for name, one in designs.items()}
    document["bayesian"]["because"] = because
    return Answer(document=document, blocks=(_table(designs, p0, p1), said(because)))


def _table(designs: Mapping[str, TwoStage], p0: float, p1: float) -> Table:
    first, second = "stop", "not of interest"
    columns = [
        of_numbers("after", under=first),
        of_numbers("with at most", under=first),
        of_numbers("after", under=second),
        of_numbers("with at most", under=second),
    ]
    under_p0 = f"under p0 = {p0:g}"
    columns += [of_numbers(title, under=under_p0) for title in ("expected n", "early stop", "error")]
    columns.append(of_numbers("power", under=f"under p1 = {p1:g}"))
    rows: list[list[Cell]] = [
        [name, *map(shown, (one.n1, one.r1, one.n, one.r)), shown(one.expected_n, ".2f"), shown(one.pet, ".3f"),
         shown(one.alpha, ".4f"), shown(one.power, ".4f")]
        for name, one in designs.items()
    ]  # fmt: skip
    return table("two-stage", "Two-stage designs, by subjects and responses", ("design", *columns), rows)
