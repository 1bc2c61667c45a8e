"""Whether reported figures can have come from whole numbers in so many subjects."""

from __future__ import annotations

from typing import Annotated, get_args

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Read, Text, Whole, numbers
from hevesy.blocks.prose import said
from hevesy.errors import QuestionError, RuleError
from hevesy.stats.words import Rounding

COMMAND = "follow consistent"
SHOWN = 5


def _range(text: str) -> tuple[int, int]:
    low, dots, high = text.partition("..")
    try:
        if dots:
            return int(low), int(high)
    except ValueError:
        pass
    raise RuleError(f"{text!r} is not a range as in 1..5")


def consistent_figures(
    figure: Annotated[str, Text("As printed: 4.75, or 80%.", "FIGURE")],
    n: Annotated[int, Whole(metavar="N", least=1)],
    *,
    sd: Annotated[str | None, Text("The printed standard deviation (n - 1).")] = None,
    items: Annotated[int, Whole("Whole numbers averaged per subject.", least=1)] = 1,
    rounding: Annotated[
        Rounding, Text("half-up, half-down, half-even, up, down, or any.", choices=get_args(Rounding))
    ] = "half-up",
    within: Annotated[
        tuple[int, int] | None,
        Read("Also samples in this range, as in 1..5.", "LOW..HIGH", reader=_range, of_value=numbers(int, int)),
    ] = None,
) -> Answer:
    """Whether a mean or percentage (GRIM) and a standard deviation (GRIMMER) are possible in N, with samples of it.

    Returns whether they are possible, the whole totals they can come from and, with a range, every sample (up to 1000).
    Refused are figures that are no numbers as printed, and a search for samples without an end.
    Source: Brown and Heathers, Soc Psychol Personal Sci 2017;8:363 (GRIM); A. Allard, Analytic-GRIMMER (2018).

    >>> import hevesy
    >>> print(hevesy.consistent_figures("80%", 8))
    not possible
    80 % cannot be: nearest are 6/8 = 75 and 7/8 = 87.5 (half-up)
    """
    from hevesy.stats.granularity import grim, grimmer, possible_samples

    percent = figure.strip().endswith("%")
    printed = figure.strip().removesuffix("%").strip()
    if percent and (sd is not None or within is not None):
        raise QuestionError("a percentage of subjects has no standard deviation or range here", "sd")
    if items > 1 and (sd is not None or within is not None):
        raise QuestionError("standard deviations and samples are searched for one whole number per subject", "items")
    if sd is None:
        found = grim(printed, n, items=items, percent=percent, rounding=rounding)
    else:
        found = grimmer(printed, sd, n, rounding=rounding)
    because, samples, possible = [found.because], None, found.possible
    if within is not None:
        samples = possible_samples(printed, sd, n, *within, rounding=rounding) if possible else ()
        if possible and not samples:
            because.append(f"no sample in {within[0]}..{within[1]} has it")
            possible = False
    lines = ["possible" if possible else "not possible", *because]
    if samples:
        more = f" and {len(samples) - SHOWN} more" if len(samples) > SHOWN else ""
        lines.append("; ".join(" ".join(map(str, one)) for one in samples[:SHOWN]) + more)
    return Answer(
        document={"possible": possible, "totals": found.totals, "samples": samples, "because": because},
        blocks=tuple(map(said, lines)),
    )
