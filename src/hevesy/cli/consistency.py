"""hevesy follow consistent: whether a reported figure can have come from whole numbers in so many subjects."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import typer

from hevesy.cli.app import JsonFlag, show

SHOWN = 5


def consistent(
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="As printed: 4.75, or 80%.")],
    n: Annotated[int, typer.Argument(metavar="N", min=1)],
    sd: Annotated[str | None, typer.Option("--sd", help="The printed standard deviation (n - 1).")] = None,
    items: Annotated[int, typer.Option("--items", min=1, help="Whole numbers averaged per subject.")] = 1,
    rounding: Annotated[
        str, typer.Option("--rounding", help="half-up, half-down, half-even, up, down, or any.")
    ] = "half-up",
    within: Annotated[
        str | None, typer.Option("--within", metavar="LOW..HIGH", help="Also samples in this range, as in 1..5.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Whether a mean or percentage (GRIM) and a standard deviation (GRIMMER) are possible in N, with samples of it."""
    from hevesy.stats import granularity
    from hevesy.stats.words import Rounding

    known = get_args(Rounding)
    if rounding not in known:
        raise typer.BadParameter(f"{rounding!r} is none of {', '.join(known)}", param_hint="--rounding")
    how: Any = rounding
    percent = figure.strip().endswith("%")
    printed = figure.strip().removesuffix("%").strip()
    if percent and (sd is not None or within is not None):
        raise typer.BadParameter("a percentage of subjects has no standard deviation or range here", param_hint="--sd")
    if items > 1 and (sd is not None or within is not None):
        raise typer.BadParameter(
            "standard deviations and samples are searched for one whole number per subject", param_hint="--items"
        )
    found = (
        granularity.grim(printed, n, items=items, percent=percent, rounding=how)
        if sd is None
        else granularity.grimmer(printed, sd, n, rounding=how)
    )
    samples: tuple[tuple[int, ...], ...] | None = None
    if within is not None:
        low, dots, high = within.partition("..")
        try:
            if not dots:
                raise ValueError
            limits = int(low), int(high)
        except ValueError:
            raise typer.BadParameter(f"{within!r} is not a range as in 1..5", param_hint="--within") from None
        samples = granularity.possible_samples(printed, sd, n, *limits, rounding=how) if found.possible else ()
    document: dict[str, Any] = {
        "possible": found.possible and samples != (),
        "totals": list(found.totals),
        "samples": None if samples is None else [list(one) for one in samples],
        "because": [found.because, *([f"no sample in {within} has it"] if samples == () and found.possible else [])],
    }

    def words() -> str:
        lines = ["possible" if document["possible"] else "not possible", *document["because"]]
        if samples:
            more = f" and {len(samples) - SHOWN} more" if len(samples) > SHOWN else ""
            lines.append("; ".join(" ".join(map(str, one)) for one in samples[:SHOWN]) + more)
        return "\n".join(lines)

    show(document, as_json, words)
