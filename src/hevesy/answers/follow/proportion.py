"""A proportion of a small sample."""

from __future__ import annotations

from typing import Annotated

from hevesy.answers.answer import Answer, picked
from hevesy.answers.asked import Whole
from hevesy.answers.follow.times import Level
from hevesy.blocks.prose import said

COMMAND = "follow proportion"


def proportion(
    x: Annotated[int, Whole(metavar="X")], n: Annotated[int, Whole(metavar="N")], *, level: Level = 0.95
) -> Answer:
    """X in N: exact, mid-p, Wilson, Blaker and Jeffreys intervals, and the one-sided bound.

    Returns shares between 0 and 1.
    Refused is X outside 0..N, and a level outside 0..1.
    Source: Clopper and Pearson, Biometrika 1934;26:404; Lancaster, J Am Stat Assoc 1961;56:223; Wilson, J Am Stat Assoc
    1927;22:209; Blaker, Can J Stat 2000;28:783; Brown, Cai and DasGupta, Stat Sci 2001;16:101.

    >>> import hevesy
    >>> round(hevesy.proportion(0, 8).document["one_sided_upper"], 3)
    0.312
    """
    from hevesy.stats import proportion as intervals

    methods = {
        "clopper_pearson": ("exact", intervals.clopper_pearson),
        "mid_p": ("mid-p", intervals.mid_p),
        "wilson": ("Wilson", intervals.wilson),
        "blaker": ("Blaker", intervals.blaker),
        "jeffreys": ("Jeffreys", intervals.credible),
    }
    found = {name: (words, method(x, n, level)) for name, (words, method) in methods.items()}
    upper = intervals.one_sided_upper(x, n, level)
    told = [f"{words} {one.lower:.1%} to {one.upper:.1%}" for words, one in found.values()]
    return Answer(
        document={
            "estimate": x / n,
            **{name: picked(one, "lower", "upper") for name, (_, one) in found.items()},
            "one_sided_upper": upper,
            "level": level,
        },
        blocks=(said("; ".join([f"{x}/{n} = {x / n:.1%}", *told, f"one-sided upper {upper:.1%}"])),),
    )
