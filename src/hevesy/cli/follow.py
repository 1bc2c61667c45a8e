"""hevesy follow: survival, proportions, laboratory grades and response, from tables."""

from __future__ import annotations

from typing import Annotated

import typer

from hevesy.cli.app import JsonFlag, show

app = typer.Typer(
    help="Follow the patients: survival, proportions, grades, response.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("proportion")
def proportion_(
    x: Annotated[int, typer.Argument(metavar="X")],
    n: Annotated[int, typer.Argument(metavar="N")],
    level: Annotated[float, typer.Option("--level")] = 0.95,
    as_json: JsonFlag = False,
) -> None:
    """X in N: exact, mid-p, Wilson, Blaker and Jeffreys intervals, and the one-sided bound."""
    from hevesy.stats import proportion

    exact, mid, score = (
        method(x, n, level) for method in (proportion.clopper_pearson, proportion.mid_p, proportion.wilson)
    )
    within, posterior = proportion.blaker(x, n, level), proportion.credible(x, n, level)
    upper = proportion.one_sided_upper(x, n, level)
    document = {
        "estimate": x / n,
        "clopper_pearson": {"lower": exact.lower, "upper": exact.upper},
        "mid_p": {"lower": mid.lower, "upper": mid.upper},
        "wilson": {"lower": score.lower, "upper": score.upper},
        "blaker": {"lower": within.lower, "upper": within.upper},
        "jeffreys": {"lower": posterior.lower, "upper": posterior.upper},
        "one_sided_upper": upper,
        "level": level,
    }
    show(
        document,
        as_json,
        lambda: (
            f"{x}/{n} = {x / n:.1%}; exact {exact.lower:.1%} to {exact.upper:.1%}; mid-p {mid.lower:.1%} to "
            f"{mid.upper:.1%}; Wilson {score.lower:.1%} to {score.upper:.1%}; Blaker {within.lower:.1%} to "
            f"{within.upper:.1%}; Jeffreys {posterior.lower:.1%} to {posterior.upper:.1%}; one-sided upper {upper:.1%}"
        ),
    )
