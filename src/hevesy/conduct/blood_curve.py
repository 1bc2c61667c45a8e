"""From a subject's blood samples to the concentration of a label in whole blood over time, and to red marrow's part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hevesy.conduct.measured_curves import (
    GivenActivity,
    SAME_TIME_h,
    decay_said,
    followed,
    long_before,
    one_way,
)
from hevesy.conduct.region_fits import fitted_to
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.nuclides.library import nuclide
from hevesy.study.facts.dosimetry import BloodSample
from hevesy.study.protocol.dosimetry import DosimetryPlan
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.fit import Fitted
from hevesy.treat.prescription import elapsed_h

BLOOD = "blood"
LEAST_mL, MOST_mL = 200.0, 5e5
"""Volumes that what is left of the injected would fill at a sample's concentration: a newborn has more blood than the
former (80 mL/kg), and where little is as thin as the latter says another unit is likelier."""
WITHIN_h = 24.0
"""Only an early sample tells of a volume: later ones of what has left."""
APART_percent = 5.0
"""Haematocrits of one subject, highest less lowest, from which on it is a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodPoint:
    """A sample as the concentration in whole blood: at its time, and over what was given; k = 1."""

    elapsed_h: float
    MBq_per_mL: float
    share_per_mL: float
    standard_uncertainty_per_mL: float
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodCurve:
    """The label in whole blood over time, decay included, as a share of the administered in a mL."""

    curve: TimeActivityCurve
    points: tuple[BloodPoint, ...]
    given: GivenActivity
    haematocrit: float | None
    """The mean of what samples tell; None: none does."""
    rows: tuple[int, ...]
    because: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedBlood:
    """Blood's curve and its fit for the label that treats (integrals in h/mL), or the reason why there is none."""

    measured: BloodCurve | None
    fitted: Fitted | None
    because: str | None
    delivered: bool = True
    """Whether anything was sampled, of use or not."""


def fitted_blood(
    measured: str, label: str, every: Sequence[BloodSample], given: Sequence[GivenActivity], plan: DosimetryPlan
) -> FittedBlood:
    """The samples of one label, fitted for the label that treats."""
    own = [one for one in every if one.nuclide == measured]
    if not own:
        why = f"no blood sample of {measured} was delivered"
        return FittedBlood(measured=None, fitted=None, because=why, delivered=False)
    assert plan.marrow is not None
    curve = None
    try:
        curve = blood_curve(own, given)
        fitted = fitted_to(curve.curve, label, plan.marrow.model or plan.model, plan.measurement_uncertainty)
    except (CannotAnswerError, RuleError) as error:
        return FittedBlood(measured=curve, fitted=None, because=str(error))
    return FittedBlood(measured=curve, fitted=fitted, because=None)


def blood_curve(samples: Sequence[BloodSample], given: Sequence[GivenActivity]) -> BloodCurve:
    """Samples of one label as a curve of whole blood, after the one administration that they follow.

    Plasma is brought to whole blood by (1 - haematocrit), all of it being outside cells. CannotAnswerError: nothing
    given before a sample, two administrations, blood and plasma together, plasma without a haematocrit, two samples of
    one time, some corrected for decay and others not, a sample without uncertainty, more in a mL than can be.
    """
    label = samples[0].nuclide
    ordered = sorted(samples, key=lambda one: one.start)
    start = followed(label, ordered, given)
    one_way(ordered, BLOOD)
    haematocrit, because, warnings = _haematocrit(ordered)
    of = _part(ordered)
    whole = 1.0
    if of == "plasma":
        if haematocrit is None:
            raise CannotAnswerError(
                f"plasma was counted (row {ordered[0].row}) and no haematocrit is told: a mL of blood holds "
                "(1 - haematocrit) mL of it"
            )
        whole = 1 - haematocrit
        because.append(
            f"plasma was counted: a mL of blood holds (1 - {haematocrit:.3g}) mL of it, nothing is taken to be in cells"
        )
    half_life_h = nuclide(label).half_life_h
    points = tuple(_point(one, start, half_life_h, whole) for one in ordered)
    for before, after in pairwise(points):
        if after.elapsed_h - before.elapsed_h < SAME_TIME_h:
            raise CannotAnswerError(
                f"two samples of blood are of one time, {after.elapsed_h:.4g} h after the injection (rows {before.row} "
                f"and {after.row}): which one counts?"
            )
    warnings += _possible(points, half_life_h)
    return BloodCurve(
        curve=TimeActivityCurve(
            region=BLOOD,
            nuclide=label,
            elapsed_h=tuple(one.elapsed_h for one in points),
            activity_fractions=tuple(one.share_per_mL for one in points),
            standard_uncertainties=tuple(one.standard_uncertainty_per_mL for one in points),
        ),
        points=points,
        given=start,
        haematocrit=haematocrit,
        rows=(start.row, *(one.row for one in ordered)),
        because=(*decay_said(ordered, half_life_h), *because),
        warnings=(*warnings, *long_before(ordered, start)),
    )


def _part(samples: Sequence[BloodSample]) -> str:
    told = {one.of: one.row for one in reversed(samples)}
    if len(told) > 1:
        parts = " and ".join(f"{part} (row {row})" for part, row in sorted(told.items()))
        raise CannotAnswerError(f"samples are of {parts}: a curve is told of one of the two")
    return samples[0].of


def _haematocrit(samples: Sequence[BloodSample]) -> tuple[float | None, list[str], list[str]]:
    told = [one.haematocrit_percent for one in samples if one.haematocrit_percent is not None]
    if not told:
        return None, [], []
    mean, low, high = sum(told) / len(told), min(told), max(told)
    if low == high:
        return mean / 100, [f"haematocrit {mean:g} %"], []
    said = f"haematocrit {mean:.3g} %, the mean of {len(told)} from {low:g} to {high:g} %"
    return mean / 100, [said], [said] if high - low > APART_percent else []


def _point(one: BloodSample, start: GivenActivity, half_life_h: float, whole: float) -> BloodPoint:
    if one.uncertainty_percent is None:
        raise CannotAnswerError(
            f"the sample of blood of {one.start:%Y-%m-%d %H:%M} (row {one.row}) has no uncertainty: nothing tells "
            "what it weighs"
        )
    decayed = 1.0 if one.corrected_to is None else 2.0 ** (-elapsed_h(one.corrected_to, one.start) / half_life_h)
    MBq_per_mL = one.activity_MBq_per_mL * decayed * whole
    share = MBq_per_mL / start.activity_MBq
    return BloodPoint(
        elapsed_h=elapsed_h(start.start, one.start),
        MBq_per_mL=MBq_per_mL,
        share_per_mL=share,
        standard_uncertainty_per_mL=share * one.uncertainty_percent / 100,
        row=one.row,
    )


def _possible(points: Sequence[BloodPoint], half_life_h: float) -> list[str]:
    """Sentences where a mL holds too little of what is left to be believed; refused where it holds too much."""
    for one in points:
        left = 2.0 ** (-one.elapsed_h / half_life_h)
        if one.share_per_mL * LEAST_mL > left:
            raise CannotAnswerError(
                f"{one.MBq_per_mL:.3g} MBq in a mL of blood at {one.elapsed_h:.3g} h (row {one.row}): all that "
                f"decay has left of the injected would lie in {left / one.share_per_mL:.3g} mL: a unit or an "
                "activity is another"
            )
    first = points[0]
    if first.elapsed_h > WITHIN_h or first.share_per_mL * MOST_mL > 2.0 ** (-first.elapsed_h / half_life_h):
        return []
    return [
        f"{first.MBq_per_mL:.3g} MBq in a mL of blood at {first.elapsed_h:.3g} h (row {first.row}): hardly any of the "
        "injected is in it: is its unit another?"
    ]
