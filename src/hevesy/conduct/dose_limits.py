"""A region's dose against a limit: in the limit's own quantity, with its interval, and what can be told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.conduct.region_dose import Bound, RegionDose
from hevesy.study.facts.dosimetry import ExternalCourse
from hevesy.study.limits import Met, met
from hevesy.study.protocol.dosimetry import DosimetryRegion, OrganLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitHeld:
    """A limit against what a region absorbs: the value in the limit's own quantity, its interval, and the verdict."""

    limit: OrganLimit
    value_Gy: float
    interval_Gy: tuple[float, float] | None
    met: Met
    because: tuple[str, ...]
    rows: tuple[int, ...]
    bound: Bound | None = None
    """What the dose is, and with it the value."""


def held_against(
    limit: OrganLimit, found: RegionDose, region: DosimetryRegion, external: Sequence[ExternalCourse]
) -> LimitHeld:
    """A dose held against a limit of its own quantity; external beam is added where both are BED."""
    because, value_Gy, factor = list(found.warnings), found.dose_Gy, 1.0
    if limit.quantity == "BED":
        value_Gy, told = _bed_Gy(found, region)
        because.append(told)
        factor = value_Gy / found.dose_Gy
    for one in external:
        if limit.quantity == "BED":
            assert region.alpha_beta_Gy is not None
            beam_Gy = one.dose_Gy * (1 + one.dose_Gy / one.fractions / region.alpha_beta_Gy)
            value_Gy += beam_Gy
            because.append(f"with {beam_Gy:.3g} Gy of BED by {one.dose_Gy:g} Gy of external beam in {one.fractions}")
        else:
            when = one.on if one.on is not None else "a day not told"
            because.append(
                f"{one.dose_Gy:g} Gy of external beam in {one.fractions} fractions ({when}) are not in it: dose rates "
                "differ, and the limit is one of absorbed dose"
            )
    interval = None
    if found.interval_Gy is not None:
        beam = value_Gy - factor * found.dose_Gy
        interval = (_scaled(found, region, limit, 0) + beam, _scaled(found, region, limit, 1) + beam)
    at_most_Gy = _at_most_Gy(found, region, limit, value_Gy - factor * found.dose_Gy)
    whole = at_most_Gy is not None and at_most_Gy <= limit.limit_Gy
    if whole:
        because.append(f"kept with what is missing too: if all energy of its decays stayed here, {at_most_Gy:.3g} Gy")
    return LimitHeld(
        limit=limit,
        value_Gy=value_Gy,
        interval_Gy=interval,
        met=met(limit.limit_Gy, value_Gy, interval, missing=bool(found.without) and not whole, above=bool(found.above)),
        because=tuple(because),
        rows=tuple(sorted({*found.rows, *(one.row for one in external)})),
        bound=found.bound,
    )


def _at_most_Gy(found: RegionDose, region: DosimetryRegion, limit: OrganLimit, beam_Gy: float) -> float | None:
    """The most that a region receives with all that is missing of its dose, in the quantity of the limit.

    A BED is no more than that of the whole dose at once. None: the most is not known.
    """
    if found.interval_Gy is None or found.without_up_to_Gy is None:
        return None
    dose_Gy = found.interval_Gy[1] + found.without_up_to_Gy
    if limit.quantity == "absorbed dose":
        return dose_Gy + beam_Gy
    assert region.alpha_beta_Gy is not None
    return dose_Gy * (1 + dose_Gy / region.alpha_beta_Gy) + beam_Gy


def _scaled(found: RegionDose, region: DosimetryRegion, limit: OrganLimit, end: int) -> float:
    """An end of the interval in the quantity of the limit: BED grows with the square of the dose too."""
    assert found.interval_Gy is not None
    dose_Gy = found.interval_Gy[end]
    if limit.quantity == "absorbed dose":
        return dose_Gy
    whole_Gy, _ = _bed_Gy(found, region)
    return dose_Gy + (whole_Gy - found.dose_Gy) * (dose_Gy / found.dose_Gy) ** 2


def _bed_Gy(found: RegionDose, region: DosimetryRegion) -> tuple[float, str]:
    assert region.alpha_beta_Gy is not None
    assert region.repair_half_life_h is not None
    quadratic = found.course.quadratic_Gy2(region.repair_half_life_h)
    told = (
        f"BED by the region's own dose rate, alpha/beta {region.alpha_beta_Gy:g} Gy, repair "
        f"{region.repair_half_life_h:g} h ({region.effect_source})"
    )
    return found.dose_Gy + quadratic / region.alpha_beta_Gy, told
