"""What is in the body but in no region measured: the injected less regions less excreted, never less than nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from hevesy.errors import RuleError
from hevesy.study.time_activity import TimeActivityCurve

SAME_h = 0.05
"""Times of regions in one scan may differ by this."""
BELIEVED = 2.0
"""Standard uncertainties by which a remainder may fall below nothing and be taken as nothing."""
NAME = "remainder of the body"


def remainder(
    curves: Sequence[TimeActivityCurve],
    physical_half_life_h: float,
    excreted: Mapping[float, float] | None = None,
    excreted_errors: Mapping[float, float] | None = None,
) -> tuple[TimeActivityCurve, tuple[str, ...]]:
    """The curve of the remainder, as measured (with decay), and what was taken.

    `excreted`: share of the administered that has left the body by a time (h), corrected for decay to the injection,
    never falling; without it nothing was collected, which is taken as nothing excreted and said. `excreted_errors`:
    standard uncertainties (k = 1) of these shares.
    Refused: curves of different nuclides, names or times; a time without its excretion; regions and excretion together
    above what is left of the injected by more than two standard uncertainties; a remainder of nothing at all times.

    >>> curve = TimeActivityCurve(region="liver", nuclide="I-124", elapsed_h=(24.0,), activity_fractions=(0.2,),
    ...                           standard_uncertainties=(0.01,))
    >>> round(remainder([curve], 100.224)[0].activity_fractions[0], 6)
    0.64706
    """
    first = _alike(curves)
    _refuse_excreted(excreted)
    shares, errors, told = [], [], []
    for place, time in enumerate(first.elapsed_h):
        left = 2.0 ** (-time / physical_half_life_h)
        gone, of_gone = (_by(told, time) * left for told in (excreted, excreted_errors))
        held = sum(one.activity_fractions[place] for one in curves)
        error = math.hypot(of_gone, *(one.standard_uncertainties[place] for one in curves))
        share = left - gone - held
        if share < -BELIEVED * error:
            raise RuleError(
                f"at {time:g} h regions hold {held:.4g} and {gone:.4g} was excreted, together more than the {left:.4g} "
                "left of the injected: is an activity, a volume or a calibration wrong, or a region in another?"
            )
        if share < 0:
            told.append(f"at {time:g} h the remainder is {share:.2g} within its uncertainty ({error:.2g}): taken as 0")
        shares.append(max(share, 0.0))
        errors.append(error)
    if not any(shares):
        raise RuleError("regions and excretion leave no remainder at any time")
    names = ", ".join(one.region for one in curves)
    because = [f"{NAME}: the injected, decayed, less {names}" + (" less excreted" if excreted else "")]
    if not excreted:
        because.append("no excretion was told: nothing was taken as excreted, so that the remainder is an upper bound")
    curve = TimeActivityCurve(
        region=NAME,
        nuclide=first.nuclide,
        elapsed_h=first.elapsed_h,
        activity_fractions=tuple(shares),
        standard_uncertainties=tuple(errors),
        measured_with=first.measured_with,
    )
    return curve, (*because, *told)


def _alike(curves: Sequence[TimeActivityCurve]) -> TimeActivityCurve:
    if not curves:
        raise RuleError("a remainder is what regions leave: there is none")
    first = curves[0]
    names = [one.region for one in curves]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise RuleError(f"region {twice!r} stands twice: it would be taken off twice")
    for one in curves[1:]:
        if one.nuclide != first.nuclide:
            raise RuleError(f"{one.region} is of {one.nuclide}, {first.region} of {first.nuclide}")
        same = len(one.elapsed_h) == len(first.elapsed_h) and all(
            abs(a - b) <= SAME_h for a, b in zip(one.elapsed_h, first.elapsed_h, strict=True)
        )
        if not same:
            raise RuleError(f"{one.region} was measured at other times than {first.region}: a remainder needs the same")
    return first


def whole_body(
    elapsed_h: Sequence[float], physical_half_life_h: float, excreted: Mapping[float, float]
) -> tuple[float, ...]:
    """Shares of the administered in the body at times, with decay: the injected less excreted.

    >>> [round(one, 6) for one in whole_body([24.0], 24.0, {24.0: 0.5})]
    [0.25]
    """
    _refuse_excreted(excreted)
    return tuple((1 - _by(excreted, time)) * 2.0 ** (-time / physical_half_life_h) for time in elapsed_h)


def _refuse_excreted(excreted: Mapping[float, float] | None) -> None:
    if not excreted:
        return
    shares = [excreted[one] for one in sorted(excreted)]
    if any(later < earlier for earlier, later in pairwise(shares)) or not (shares[0] >= 0 and shares[-1] <= 1):
        raise RuleError("what was excreted by a time lies in 0..1 and never falls, corrected for decay")


def _by(told: Mapping[float, float] | None, time: float) -> float:
    """What is told of a time; nothing where nothing is told."""
    if not told:
        return 0.0
    there = next((one for one in told if abs(one - time) <= SAME_h), None)
    if there is None:
        raise RuleError(
            f"what was excreted by {time:g} h is not told: it is needed at each time of the regions' points, or at none"
        )
    return told[there]
