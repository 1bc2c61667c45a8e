"""A region's dose against a limit: in the limit's own quantity, with its interval, and what can be told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hevesy.conduct.region_dose import Bound, RegionDose
from hevesy.study.facts.dosimetry import ExternalCourse
from hevesy.study.limits import USUAL_FRACTION_GY, Limit, Met, met
from hevesy.study.protocol.dosimetry import DosimetryRegion


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitHeld:
    """A limit against what a region absorbs: the value in the limit's own quantity, its interval, and the verdict."""

    limit: Limit
    value_Gy: float
    interval_Gy: tuple[float, float] | None
    met: Met
    because: tuple[str, ...]
    rows: tuple[int, ...]
    bound: Bound | None = None
    """What the dose is, and with it the value."""


def held_against(
    limit: Limit, found: RegionDose, region: DosimetryRegion, external: Sequence[ExternalCourse]
) -> LimitHeld:
    """A dose held against a limit of its own quantity; external beam is added where it is BED or EQD2."""
    if limit.of == "absorbed dose":
        value_Gy, interval, told = found.dose_Gy, found.interval_Gy, [_not_in_it(one) for one in external]
    else:
        in_quantity, told = _effect(limit, found, region, external)
        value_Gy = in_quantity(found.dose_Gy)
        interval = None
        if found.interval_Gy is not None:
            lower_Gy, upper_Gy = found.interval_Gy
            interval = in_quantity(lower_Gy), in_quantity(upper_Gy)
    return LimitHeld(
        limit=limit,
        value_Gy=value_Gy,
        interval_Gy=interval,
        met=met(limit.amount_Gy, value_Gy, interval, missing=bool(found.without), above=bool(found.above)),
        because=(*found.warnings, *told),
        rows=tuple(sorted({*found.rows, *(one.row for one in external)})),
        bound=found.bound,
    )


def _not_in_it(one: ExternalCourse) -> str:
    when = one.on if one.on is not None else "a day not told"
    return (
        f"{one.dose_Gy:g} Gy of external beam in {one.fractions} fractions ({when}) are not in it: dose rates differ, "
        "and the limit is one of absorbed dose"
    )


def _effect(
    limit: Limit, found: RegionDose, region: DosimetryRegion, external: Sequence[ExternalCourse]
) -> tuple[Callable[[float], float], list[str]]:
    """What a dose of the region's own course is as BED or EQD2 with its beams, and how that is worked out.

    The dose rate keeps its form: BED grows with the dose and with its square.
    """
    alpha_beta_Gy, repair_h = region.alpha_beta_Gy, region.repair_half_life_h
    assert alpha_beta_Gy is not None
    assert repair_h is not None
    quadratic = found.course.quadratic_Gy2(repair_h) / found.dose_Gy**2
    over = 1 + USUAL_FRACTION_GY / alpha_beta_Gy if limit.of == "EQD2" else 1.0
    beams = [one.dose_Gy * (1 + one.dose_Gy / one.fractions / alpha_beta_Gy) for one in external]
    told = [
        f"{limit.of} by the region's own dose rate, alpha/beta {alpha_beta_Gy:g} Gy, repair {repair_h:g} h "
        f"({region.effect_source})"
    ]
    told += [
        f"with {beam / over:.3g} Gy of {limit.of} by {one.dose_Gy:g} Gy of external beam in {one.fractions}"
        for one, beam in zip(external, beams, strict=True)
    ]
    return lambda dose_Gy: (dose_Gy * (1 + quadratic * dose_Gy / alpha_beta_Gy) + sum(beams)) / over, told
