"""The remainder of a patient's body and the bladder, made of the points of the regions and of what was excreted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hevesy.conduct.case_activity import (
    Powers,
    Told,
    activity_of,
    curve_of,
    fit_of,
    labels,
    recovered_of,
    told_of,
)
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.study.case import REST, Bladder, Case, CaseRegion, Remainder
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.bladder import bladder_tia_h, held_of_phases_h
from hevesy.treat.dose_uncertainty import SEED, Input
from hevesy.treat.fit import Fitted, Sigma, fit_curve
from hevesy.treat.organ_dose import SourceActivity
from hevesy.treat.remainder import NAME, SAME_h, remainder, whole_body

Floats = NDArray[np.float64]
DRAWS = 2_000
STEP = 1e-3
"""Of a region's activity: how the remainder's goes with it."""
FEW, STRAIGHT = 60, 0.05
"""Curves fitted again to see whether an integral is straight in its points: the error of that in its spread."""
GROUP = "points"
WHOLE_BODY = "whole body"
WEIGHT, LEAST_WEIGHT = 0.01, 0.001
"""Relative uncertainties of a whole body's points: where none is told, all alike; at least, where little has left."""
OfCurves = Callable[[Floats, Floats], Floats]
"""An integral (h) of curves, by their coefficients and rates, each of shape (count, phases)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    """Points of the regions, of recovered activity, and draws of their noise that the remainder shares."""

    regions: tuple[CaseRegion, ...]
    curves: tuple[TimeActivityCurve, ...]
    recoveries: tuple[float, ...]
    noise: tuple[Floats, ...]
    """By region, each of shape (draws, points)."""
    of_excreted: Floats
    """Noise of what was excreted, with decay."""

    @property
    def of_remainder(self) -> Floats:
        """Noise of the remainder's points: what regions and excretion have too much it has too little."""
        return np.asarray(-sum(self.noise, start=self.of_excreted))


def rest_of_body(case: Case, regions: Sequence[SourceActivity], told: Told) -> tuple[tuple[SourceActivity, ...], Told]:
    """The remainder, and the bladder where it is told, as sources; all that was told, activities now drawn together.

    What is voided has left the body, and what is in the bladder until then is in the remainder: its decays are taken
    off there. Where nothing is voided, what left was never outside.
    Refused: a region measured at other times, excretion of other times, more in regions than was given.
    """
    asked, (_, measured) = case.remainder, labels(case)
    if asked is None:
        return (), told
    points = _points(case, asked)
    try:
        curve, because = remainder(points.curves, measured.half_life_h, _shares(asked), _errors(asked))
        fitted = fit_of(case, curve, asked.model)
    except RuleError as error:
        raise CannotAnswerError(f"remainder: {error.rule}") from None
    drawn = _drawn_together(points, told)
    rest = SourceActivity(
        name=REST,
        source=REST,
        target=None,
        tia_MBq_h=fitted.tia_h * case.administered_MBq,
        exponents=((activity_of(REST), 1.0), *_powers(points, fitted, regions, _tia_h)),
    )
    error_h = fitted.tia_standard_error_h
    assert error_h is not None, "points with known uncertainties have one"
    input = Input(
        name=activity_of(REST),
        part="activity",
        relative=error_h / fitted.tia_h,
        draws=_drawn(fitted, points.of_remainder, _tia_h),
        group=GROUP,
    )
    told = replace(told, inputs=tuple(drawn.get(one.name, one) for one in told.inputs)) + Told(
        inputs=(input,),
        because=(*because, *_said(case)),
        warnings=tuple(f"{NAME}: {one}" for one in fitted.warnings),
        untold=("excretion",) if _errors(asked) is None else (),
        fitted=(fitted,),
    )
    if case.bladder is None:
        return (rest,), told
    bladder, of_bladder = _bladder(case, case.bladder, asked, points, regions, fitted)
    if math.isinf(case.bladder.voided_every_h):
        return (rest, bladder), told + of_bladder
    try:
        return (rest.without(bladder), bladder), told + of_bladder
    except RuleError as error:
        raise CannotAnswerError(f"bladder: {error.rule}") from None


def _said(case: Case) -> tuple[str, ...]:
    told = [
        f"{NAME}: its points are drawn together with those of the regions; where a region is too high it is too low, "
        "by noise, calibration and recovery"
    ]
    if case.tumours:
        told.append(f"{NAME}: tumours are in it, and irradiate organs as parts of it")
    return tuple(told)


def _shares(asked: Remainder) -> dict[float, float] | None:
    return {one.at_h: one.share for one in asked.excreted} or None


def _errors(asked: Remainder) -> dict[float, float] | None:
    """Standard uncertainties of the shares; None where they, or the shares, are not told."""
    if not asked.excreted or any(one.uncertainty is None for one in asked.excreted):
        return None
    return {one.at_h: one.share * (one.uncertainty or 0.0) for one in asked.excreted}


def _points(case: Case, asked: Remainder) -> _Points:
    """Points of the regions with draws of their noise, recovered where that was not done before."""
    chance = np.random.default_rng(SEED)
    curves, recoveries = [], []
    for one in case.regions:
        curve, recovered = curve_of(case, one.name, one.activity), recovered_of(case, one)
        applied = recovered is None or case.recovery is None or case.recovery.applied
        by = 1.0 if applied or recovered is None else recovered.value
        curves.append(
            replace(
                curve,
                activity_fractions=tuple(share / by for share in curve.activity_fractions),
                standard_uncertainties=tuple(error / by for error in curve.standard_uncertainties),
            )
        )
        recoveries.append(by)
    times = curves[0].elapsed_h
    if apart := [one.at_h for one in asked.excreted if all(abs(one.at_h - time) > SAME_h for time in times)]:
        raise CannotAnswerError(f"remainder: excretion is told by {apart[0]:g} h, where no region was measured")
    for time in times:
        if len(same := [one.at_h for one in asked.excreted if abs(one.at_h - time) <= SAME_h]) > 1:
            raise CannotAnswerError(
                f"remainder: excretion by {same[0]:g} h and by {same[1]:g} h are both of the scan at {time:g} h: it is "
                "told once a scan"
            )
    noise = tuple(
        np.array(one.standard_uncertainties) * chance.standard_normal((DRAWS, len(one.elapsed_h))) for one in curves
    )
    decayed = 2.0 ** (-np.array(times) / labels(case)[1].half_life_h)
    of_share = np.array([_near(_errors(asked), time) for time in times]) * decayed
    return _Points(
        regions=case.regions,
        curves=tuple(curves),
        recoveries=tuple(recoveries),
        noise=noise,
        of_excreted=of_share * chance.standard_normal((DRAWS, len(times))),
    )


def _near(told: Mapping[float, float] | None, time_h: float) -> float:
    return next((told[one] for one in told if abs(one - time_h) <= SAME_h), 0.0) if told else 0.0


def _tia_h(coefficients: Floats, rates_per_h: Floats) -> Floats:
    return np.asarray((coefficients / rates_per_h).sum(axis=-1))


def _drawn(fitted: Fitted, noise: Floats, of: OfCurves) -> Floats:
    """An integral of a curve over its best value, for points with noise (draws, points).

    By its slopes in the points, where a few curves that are fitted again say that it is straight; else all are.
    """
    points = noise.shape[1]
    sizes = noise.std(axis=0)
    tried = np.concatenate([np.zeros((1, points)), STEP * np.diag(sizes), noise[:FEW]])
    found = of(*fitted.fitted_again(tried))
    slopes, again = (found[1 : points + 1] / found[0] - 1) / STEP, found[points + 1 :] / found[0]
    straight = 1 + noise / np.where(sizes > 0, sizes, 1.0) @ slopes
    if np.sqrt(np.mean((straight[:FEW] - again) ** 2)) <= STRAIGHT * straight.std():
        return np.asarray(straight)
    return np.asarray(of(*fitted.fitted_again(noise)) / found[0])


def _drawn_together(points: _Points, told: Told) -> dict[str, Input]:
    """Inputs of the regions' activities with the draws that the remainder shares, by name."""
    fits = {one.region: one for one in told.fitted}
    inputs = {one.name: one for one in told.inputs}
    found = {}
    for region, noise, recovery in zip(points.regions, points.noise, points.recoveries, strict=True):
        fitted, name = fits[region.name], activity_of(region.name)
        draws = _drawn(fitted, noise * recovery, _tia_h)
        found[name] = replace(inputs[name], draws=draws, group=GROUP)
    return found


def _powers(points: _Points, fitted: Fitted, regions: Sequence[SourceActivity], of: OfCurves) -> Powers:
    """Powers of the regions' inputs, but for the noise of their points, in an integral of the remainder's curve."""
    shares = np.array([one.activity_fractions for one in points.curves])
    shift = np.concatenate([np.zeros((1, shares.shape[1])), -STEP * shares])
    best, *moved = of(*fitted.fitted_again(shift))
    found: dict[str, float] = {}
    for one, value in zip(regions, moved, strict=True):
        power = float((value / best - 1) / STEP)
        own = one.recovered.exponents() if one.recovered is not None else ()
        for name, by in (*one.exponents, *own):
            if name != activity_of(one.name):
                found[name] = found.get(name, 0.0) + power * by
    return tuple(found.items())


def _bladder(
    case: Case,
    bladder: Bladder,
    asked: Remainder,
    points: _Points,
    regions: Sequence[SourceActivity],
    rest: Fitted,
) -> tuple[SourceActivity, Told]:
    """The bladder as a source, filled from the whole body or from the remainder."""
    physical_per_h = math.log(2) / labels(case)[0].half_life_h

    def held_h(coefficients: Floats, rates_per_h: Floats) -> Floats:
        of_phases = held_of_phases_h(rates_per_h, physical_per_h, bladder.voided_every_h)
        return np.asarray((coefficients * of_phases).sum(axis=-1))

    whole = bladder.body == WHOLE_BODY
    body = _whole_body(case, asked, points.curves[0].elapsed_h) if whole else rest
    try:
        tia_h = bladder_tia_h(body.function, bladder.urinary_share, bladder.voided_every_h)
    except RuleError as error:
        more = "" if whole else "; tell body = 'whole body'"
        raise CannotAnswerError(f"bladder: {error.rule}{more}") from None
    if not tia_h > 0:
        raise CannotAnswerError(f"bladder: nothing leaves the {bladder.body}, by its curve: there is none to fill it")
    name = bladder.source
    told, powers = told_of(
        f"{name}: urinary share", "activity", bladder.urinary_share_uncertainty, f"urinary share to {name}"
    )
    noise = points.of_excreted if whole else points.of_remainder
    if noise.any():
        draws = _drawn(body, noise, held_h)
        known = Input(
            name=activity_of(name), part="activity", relative=float(draws.std(ddof=1)), draws=draws, group=GROUP
        )
        told += Told(inputs=(known,))
        powers = (*powers, (known.name, 1.0))
    else:
        told += Told(without_error=frozenset([name]), untold=(f"activity of {name}",))
    if not whole:
        powers = (*powers, *_powers(points, rest, regions, held_h))
    found = SourceActivity(
        name=name, source=name, target=None, tia_MBq_h=tia_h * case.administered_MBq, exponents=powers
    )
    return found, told + Told(because=_bladder_said(bladder), fitted=(body,) if whole else ())


def _bladder_said(bladder: Bladder) -> tuple[str, str]:
    never = math.isinf(bladder.voided_every_h)
    often = "never voided, as told" if never else f"voided every {bladder.voided_every_h:g} h"
    where = (
        "what left the body is in it and not in the remainder"
        if never
        else f"its content is in {NAME}, what left the body being what was voided; it is taken off there"
    )
    return (
        f"{bladder.source}: {100 * bladder.urinary_share:.3g} % of what leaves the {bladder.body}, {often}, empty at "
        "the administration (Cloutier 1973)",
        f"{bladder.source}: {where}",
    )


def _whole_body(case: Case, asked: Remainder, times_h: Sequence[float]) -> Fitted:
    """The curve of the whole body, injected less excreted: the phases that its points bear, one where they take up.

    Points are weighted by the uncertainty of what was excreted, or alike where it is not told.
    """
    treated, measured = labels(case)
    shares = whole_body(times_h, measured.half_life_h, _shares(asked) or {})
    errors = _errors(asked)
    curve = TimeActivityCurve(
        region=WHOLE_BODY,
        nuclide=measured.name,
        elapsed_h=tuple(times_h),
        activity_fractions=shares,
        standard_uncertainties=tuple(
            max(_near(errors, time) * 2.0 ** (-time / measured.half_life_h), LEAST_WEIGHT * share)
            if errors is not None
            else WEIGHT * share
            for time, share in zip(times_h, shares, strict=True)
        ),
    )
    sigma: Sigma = "unknown" if errors is None else "known"
    of = partial(
        fit_curve,
        curve,
        physical_half_life_h=measured.half_life_h,
        for_half_life_h=treated.half_life_h,
        sigma=sigma,
    )
    try:
        found = of()
        return found if min(found.function.coefficients) >= 0 else of(model="mono")
    except RuleError as error:
        raise CannotAnswerError(f"bladder: {error.rule}") from None
