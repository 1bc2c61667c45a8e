"""Decay chains: what grows in from a parent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext

from hevesy.errors import RuleError
from hevesy.nuclides.library import chain, nuclide

DIGITS = 60


def activities_MBq(name: str, activity_MBq: float, elapsed_h: Sequence[float]) -> dict[str, tuple[float, ...]]:
    """Activity of a nuclide and of every descendant in the library.

    It is that `elapsed_h` after there was `activity_MBq` of the parent alone.

    Descendants that live longer than a hundred years are not followed. Sums along every path of the chain, in decimal
    arithmetic of 60 digits, so that nothing is lost between a microsecond and a month.

    >>> activities_MBq("Ra-223", 1.0, [24.0])["Bi-211"]
    (0.943...,)

    Source: H. Bateman, Proc. Camb. Phil. Soc. 15 (1910) 423.
    """
    if activity_MBq < 0 or not math.isfinite(activity_MBq):
        raise RuleError(f"an activity is not negative and finite, got {activity_MBq} MBq")
    for time in elapsed_h:
        if time < 0 or not math.isfinite(time):
            raise RuleError(f"a chain is followed forwards from the parent alone, got {time} h")
    members = chain(name)
    with localcontext() as context:
        context.prec = DIGITS
        rate = {one: Decimal(2).ln() / Decimal(nuclide(one).half_life_h) for one in members}
        total = {one: [Decimal(0)] * len(elapsed_h) for one in members}
        times = [Decimal(time) for time in elapsed_h]
        decayed = {one: [(-rate[one] * time).exp() for time in times] for one in members}

        def follow(path: list[str], share: Decimal) -> None:
            last = path[-1]
            for place in range(len(times)):
                number = Decimal(0)
                for one in path:
                    factor = decayed[one][place]
                    for other in path:
                        if other != one:
                            factor *= rate[other] / (rate[other] - rate[one])
                    number += factor * rate[one] / rate[path[0]]
                total[last][place] += share * number
            for mode in nuclide(last).modes:
                if mode.daughter in rate:
                    follow([*path, mode.daughter], share * Decimal(mode.branching))

        follow([members[0]], Decimal(activity_MBq))
        return {one: tuple(max(float(value), 0.0) for value in values) for one, values in total.items()}


def decays_per_parent(name: str) -> dict[str, float]:
    """Decays of a nuclide and of each descendant in the library for each decay of the parent, once all have decayed.

    >>> decays_per_parent("Pb-212")["Tl-208"]
    0.359...
    """
    found = dict.fromkeys(chain(name), 0.0)
    found[nuclide(name).name] = 1.0
    for one in found:
        for mode in nuclide(one).modes:
            if mode.daughter in found:
                found[mode.daughter] += found[one] * mode.branching
    return found
